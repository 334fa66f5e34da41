//! Tables of numbers as Parquet, in groups of rows.

use super::Cell;
use super::columns::Kind;
use parquet::basic::{Compression, LogicalType, Repetition, Type as Physical};
use parquet::data_type::{BoolType, DoubleType, Int64Type};
use parquet::errors::Result;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedColumnWriter, SerializedFileWriter};
use parquet::schema::types::Type;
use std::io::{self, Write};
use std::sync::Arc;

/// Rows of one group.
const ROWS: usize = 1 << 14;

/// A file that is being written.
pub struct Parquet<W: Write + Send> {
    to: SerializedFileWriter<W>,
    columns: Vec<Values>,
    /// Rows that are not written yet.
    waiting: usize,
}

/// Values of a column that are not written yet.
enum Values {
    Whole(Vec<i64>),
    Real(Vec<f64>),
    Flag(Vec<bool>),
}

impl<W: Write + Send> Parquet<W> {
    /// Begins a file.
    pub fn new(to: W, names: &[String], kinds: &[Kind]) -> io::Result<Self> {
        let properties = WriterProperties::builder()
            .set_created_by(concat!("voxsieve version ", env!("CARGO_PKG_VERSION")).to_owned())
            .set_compression(Compression::UNCOMPRESSED)
            // Measurements hardly repeat.
            .set_dictionary_enabled(false)
            .build();
        let schema = schema(names, kinds).map_err(io::Error::other)?;
        let to = SerializedFileWriter::new(to, Arc::new(schema), Arc::new(properties));
        Ok(Self {
            to: to.map_err(io::Error::other)?,
            columns: kinds.iter().map(|kind| Values::new(*kind)).collect(),
            waiting: 0,
        })
    }

    /// Adds a row.
    pub fn row(&mut self, cells: &[Cell]) -> io::Result<()> {
        for (column, cell) in self.columns.iter_mut().zip(cells) {
            column.push(*cell);
        }
        self.waiting += 1;
        if self.waiting == ROWS {
            self.group().map_err(io::Error::other)?;
        }
        Ok(())
    }

    /// Ends the file with its metadata, and gives back what it was written to.
    pub fn finish(mut self) -> io::Result<W> {
        if self.waiting > 0 {
            self.group().map_err(io::Error::other)?;
        }
        self.to.into_inner().map_err(io::Error::other)
    }

    /// Writes the rows that wait as a group.
    fn group(&mut self) -> Result<()> {
        let mut group = self.to.next_row_group()?;
        let mut columns = self.columns.iter_mut();
        while let (Some(mut writer), Some(values)) = (group.next_column()?, columns.next()) {
            values.write(&mut writer)?;
            writer.close()?;
        }
        group.close()?;
        self.waiting = 0;
        Ok(())
    }
}

impl Values {
    fn new(kind: Kind) -> Self {
        match kind {
            Kind::Count | Kind::Whole => Self::Whole(Vec::new()),
            Kind::Real => Self::Real(Vec::new()),
            Kind::Flag => Self::Flag(Vec::new()),
        }
    }

    /// Every cell of a column is of the column's kind.
    fn push(&mut self, cell: Cell) {
        match (self, cell) {
            // Numbers without a sign keep their bits: the column says what they are.
            (Self::Whole(all), Cell::Count(n)) => all.push(n as i64),
            (Self::Whole(all), Cell::Whole(n)) => all.push(n),
            (Self::Real(all), Cell::Real(r)) => all.push(r),
            (Self::Flag(all), Cell::Flag(flag)) => all.push(flag),
            _ => debug_assert!(false, "{cell:?} in a column of another kind"),
        }
    }

    fn write(&mut self, to: &mut SerializedColumnWriter) -> Result<()> {
        match self {
            Self::Whole(all) => {
                to.typed::<Int64Type>().write_batch(all, None, None)?;
                all.clear();
            }
            Self::Real(all) => {
                to.typed::<DoubleType>().write_batch(all, None, None)?;
                all.clear();
            }
            Self::Flag(all) => {
                to.typed::<BoolType>().write_batch(all, None, None)?;
                all.clear();
            }
        }
        Ok(())
    }
}

/// The columns, none of which misses a value.
fn schema(names: &[String], kinds: &[Kind]) -> Result<Type> {
    let column = |(name, kind): (&String, &Kind)| {
        let (physical, logical) = match kind {
            Kind::Count => (Physical::INT64, Some(LogicalType::integer(64, false))),
            Kind::Whole => (Physical::INT64, None),
            Kind::Real => (Physical::DOUBLE, None),
            Kind::Flag => (Physical::BOOLEAN, None),
        };
        let column = Type::primitive_type_builder(name, physical)
            .with_repetition(Repetition::REQUIRED)
            .with_logical_type(logical);
        column.build().map(Arc::new)
    };
    let fields: Result<_> = names.iter().zip(kinds).map(column).collect();
    Type::group_type_builder("objects")
        .with_fields(fields?)
        .build()
}
