//! Parquet, as far as tables of numbers need it: plain values that are never missing, in groups of rows.
//!
//! The format is that of <https://parquet.apache.org/docs/file-format>; its metadata are structures of Thrift's compact
//! protocol. A column has one page in each group.

use super::Cell;
use super::columns::Kind;
use super::thrift::{BINARY, FALSE, I8, I32, STRUCT, Thrift};
use std::io::{self, Write};

/// Rows of one group.
const ROWS: usize = 1 << 14;
const MAGIC: &[u8; 4] = b"PAR1";

/// A file that is being written.
pub struct Parquet<W> {
    to: W,
    /// Bytes written so far.
    at: u64,
    names: Vec<String>,
    columns: Vec<Column>,
    /// Rows that are not written yet.
    waiting: usize,
    groups: Vec<Group>,
}

/// Values of a column that are not written yet.
struct Column {
    kind: Kind,
    bytes: Vec<u8>,
    /// Flags that do not fill a byte yet are in the last one.
    flags: usize,
}

/// Where the columns of a group lie.
struct Group {
    rows: usize,
    /// First byte and number of bytes of each.
    chunks: Vec<(u64, u64)>,
}

impl<W: Write> Parquet<W> {
    /// Begins a file.
    pub fn new(mut to: W, names: Vec<String>, kinds: &[Kind]) -> io::Result<Self> {
        to.write_all(MAGIC)?;
        let column = |kind: &Kind| Column {
            kind: *kind,
            bytes: Vec::new(),
            flags: 0,
        };
        Ok(Self {
            to,
            at: MAGIC.len() as u64,
            names,
            columns: kinds.iter().map(column).collect(),
            waiting: 0,
            groups: Vec::new(),
        })
    }

    /// Adds a row.
    pub fn row(&mut self, cells: &[Cell]) -> io::Result<()> {
        for (column, cell) in self.columns.iter_mut().zip(cells) {
            column.push(*cell);
        }
        self.waiting += 1;
        if self.waiting == ROWS {
            self.group()?;
        }
        Ok(())
    }

    /// Writes the rows that wait as a group.
    fn group(&mut self) -> io::Result<()> {
        let rows = self.waiting;
        let mut chunks = Vec::new();
        for column in &mut self.columns {
            let head = page_head(rows, column.bytes.len());
            self.to.write_all(&head)?;
            self.to.write_all(&column.bytes)?;
            let bytes = (head.len() + column.bytes.len()) as u64;
            chunks.push((self.at, bytes));
            self.at += bytes;
            column.bytes.clear();
            column.flags = 0;
        }
        self.groups.push(Group { rows, chunks });
        self.waiting = 0;
        Ok(())
    }

    /// Ends the file with its metadata, and gives back what it was written to.
    pub fn finish(mut self) -> io::Result<W> {
        if self.waiting > 0 {
            self.group()?;
        }
        let metadata = self.metadata();
        self.to.write_all(&metadata)?;
        self.to.write_all(&(metadata.len() as u32).to_le_bytes())?;
        self.to.write_all(MAGIC)?;
        Ok(self.to)
    }

    /// `FileMetaData`
    fn metadata(&self) -> Vec<u8> {
        let mut file = Thrift::default();
        file.i32(1, 2);
        file.list(2, STRUCT, self.columns.len() + 1);
        file.structure(|root| {
            root.text(4, "objects");
            root.i32(5, self.columns.len() as i32);
        });
        for (name, column) in self.names.iter().zip(&self.columns) {
            file.structure(|element| column.kind.describe(element, name));
        }
        file.i64(3, self.groups.iter().map(|group| group.rows as i64).sum());
        file.list(4, STRUCT, self.groups.len());
        for group in &self.groups {
            file.structure(|row_group| self.describe(group, row_group));
        }
        file.text(6, concat!("voxsieve version ", env!("CARGO_PKG_VERSION")));
        file.stop();
        file.bytes
    }

    /// `RowGroup`
    fn describe(&self, group: &Group, to: &mut Thrift) {
        to.list(1, STRUCT, group.chunks.len());
        for ((name, column), (start, bytes)) in
            self.names.iter().zip(&self.columns).zip(&group.chunks)
        {
            to.structure(|chunk| {
                chunk.i64(2, *start as i64);
                chunk.field(3, STRUCT);
                // ColumnMetaData
                chunk.structure(|meta| {
                    meta.i32(1, column.kind.physical());
                    meta.list(2, I32, 1);
                    meta.zigzag(0);
                    meta.list(3, BINARY, 1);
                    meta.string(name);
                    meta.i32(4, 0);
                    meta.i64(5, group.rows as i64);
                    meta.i64(6, *bytes as i64);
                    meta.i64(7, *bytes as i64);
                    meta.i64(9, *start as i64);
                });
            });
        }
        to.i64(2, group.chunks.iter().map(|(_, bytes)| *bytes as i64).sum());
        to.i64(3, group.rows as i64);
    }
}

impl Column {
    fn push(&mut self, cell: Cell) {
        match cell {
            Cell::Count(n) => self.bytes.extend(n.to_le_bytes()),
            Cell::Whole(n) => self.bytes.extend(n.to_le_bytes()),
            Cell::Real(r) => self.bytes.extend(r.to_le_bytes()),
            Cell::Flag(flag) => {
                if self.flags.is_multiple_of(8) {
                    self.bytes.push(0);
                }
                if let Some(last) = self.bytes.last_mut() {
                    *last |= u8::from(flag) << (self.flags % 8);
                }
                self.flags += 1;
            }
        }
    }
}

impl Kind {
    /// `Type`
    fn physical(self) -> i32 {
        match self {
            Self::Flag => 0,
            Self::Count | Self::Whole => 2,
            Self::Real => 5,
        }
    }

    /// `SchemaElement`
    fn describe(self, element: &mut Thrift, name: &str) {
        element.i32(1, self.physical());
        // Required: no value is missing.
        element.i32(3, 0);
        element.text(4, name);
        if self == Self::Count {
            // UINT_64, in the old form and in the new one.
            element.i32(6, 14);
            element.field(10, STRUCT);
            element.structure(|logical| {
                logical.field(10, STRUCT);
                logical.structure(|integer| {
                    integer.field(1, I8);
                    integer.bytes.push(64);
                    integer.field(2, FALSE);
                });
            });
        }
    }
}

/// `PageHeader` of plain values.
fn page_head(rows: usize, bytes: usize) -> Vec<u8> {
    let mut head = Thrift::default();
    head.i32(1, 0);
    head.i32(2, bytes as i32);
    head.i32(3, bytes as i32);
    head.field(5, STRUCT);
    head.structure(|data| {
        data.i32(1, rows as i32);
        data.i32(2, 0);
        // Levels, which required values have none of, are called RLE.
        data.i32(3, 3);
        data.i32(4, 3);
    });
    head.stop();
    head.bytes
}
