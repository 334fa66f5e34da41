//! Tables as files: CSV, JSON and Parquet, written row by row under another name that is changed at the end.

use super::parquet::Parquet;
use super::{Cell, Columns, Summary};
use serde_json::{Value, json};
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use voxsieve_core::{Error, Result};
use voxsieve_io::partial_path;

/// How a table is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TableKind {
    /// Comma-separated values (RFC 4180).
    Csv,
    /// One object with the columns, the rows and the whole volume.
    Json,
    /// Apache Parquet.
    Parquet,
}

/// The kind that the ending of a name means.
pub fn kind(path: &Path) -> Result<TableKind> {
    let ending = path.extension().and_then(|ending| ending.to_str());
    match ending.map(str::to_ascii_lowercase).as_deref() {
        Some("csv") => Ok(TableKind::Csv),
        Some("json") => Ok(TableKind::Json),
        Some("parquet") => Ok(TableKind::Parquet),
        _ => {
            let message = format!(
                "must end in .csv, .json or .parquet; {} does not",
                path.display()
            );
            Err(Error::parameter("-o", message))
        }
    }
}

/// A table that is being written. It appears under its name when it is whole.
pub struct Table {
    path: PathBuf,
    partial: PathBuf,
    form: Form,
    line: Vec<u8>,
}

enum Form {
    Csv(Output),
    Json {
        to: Output,
        rows: u64,
    },
    Parquet(Box<Parquet<Output>>),
    /// The table has its name.
    Whole,
}

type Output = BufWriter<File>;

impl Table {
    /// Begins a table.
    pub fn create(path: &Path, columns: &Columns) -> Result<Self> {
        let partial = partial_path(path).unwrap_or_default();
        let file = File::create(&partial).map_err(Error::io("cannot create", &partial))?;
        let form = begin(
            kind(path)?,
            BufWriter::with_capacity(1 << 18, file),
            columns,
        );
        Ok(Self {
            form: form.map_err(Error::io("cannot write", &partial))?,
            path: path.to_owned(),
            partial,
            line: Vec::new(),
        })
    }

    /// Writes a row.
    pub fn row(&mut self, cells: &[Cell]) -> Result<()> {
        let line = &mut self.line;
        line.clear();
        let written = match &mut self.form {
            Form::Csv(to) => {
                csv(cells, line);
                to.write_all(line)
            }
            Form::Json { to, rows } => {
                let values: Vec<Value> = cells.iter().map(Cell::json).collect();
                line.extend(if *rows > 0 { &b",\n"[..] } else { &b"\n"[..] });
                line.extend(json!(values).to_string().as_bytes());
                *rows += 1;
                to.write_all(line)
            }
            Form::Parquet(to) => to.row(cells),
            Form::Whole => Ok(()),
        };
        written.map_err(Error::io("cannot write", &self.partial))
    }

    /// Ends the table and gives it its name.
    pub fn finish(mut self, summary: &Summary) -> Result<()> {
        let form = std::mem::replace(&mut self.form, Form::Whole);
        let whole = end(form, summary);
        whole.map_err(Error::io("cannot write", &self.partial))?;
        fs::rename(&self.partial, &self.path).map_err(Error::io("cannot rename", &self.partial))
    }
}

impl Drop for Table {
    fn drop(&mut self) {
        // After the table has its name there is nothing left here.
        let _ = fs::remove_file(&self.partial);
    }
}

fn begin(kind: TableKind, mut to: Output, columns: &Columns) -> io::Result<Form> {
    let names = columns.names();
    match kind {
        TableKind::Csv => {
            write!(to, "{}\r\n", names.join(","))?;
            Ok(Form::Csv(to))
        }
        TableKind::Json => {
            write!(to, "{{\"columns\": {},\n\"objects\": [", json!(names))?;
            Ok(Form::Json { to, rows: 0 })
        }
        TableKind::Parquet => {
            let table = Parquet::new(to, &names, &columns.kinds())?;
            Ok(Form::Parquet(Box::new(table)))
        }
    }
}

fn end(form: Form, summary: &Summary) -> io::Result<()> {
    let mut to = match form {
        Form::Csv(to) => to,
        Form::Json { mut to, .. } => {
            write!(to, "\n],\n\"volume\": {}}}\n", json!(summary))?;
            to
        }
        Form::Parquet(to) => to.finish()?,
        Form::Whole => return Ok(()),
    };
    to.flush()?;
    to.get_ref().sync_data()
}

/// A line of CSV. No value needs quotes; what is not a number is left empty.
fn csv(cells: &[Cell], line: &mut Vec<u8>) {
    for (index, cell) in cells.iter().enumerate() {
        if index > 0 {
            line.push(b',');
        }
        // Writing to memory does not fail.
        let _ = match cell {
            Cell::Count(n) => write!(line, "{n}"),
            Cell::Whole(n) => write!(line, "{n}"),
            Cell::Real(r) if r.is_nan() => Ok(()),
            // The fewest digits that lead back to the same number.
            Cell::Real(r) => write!(line, "{r:?}"),
            Cell::Flag(flag) => write!(line, "{flag}"),
        };
    }
    line.extend(b"\r\n");
}

impl Cell {
    /// The value as JSON, which has neither NaN nor infinity.
    pub fn json(&self) -> Value {
        match *self {
            Self::Count(n) => json!(n),
            Self::Whole(n) => json!(n),
            Self::Real(r) => json!(r),
            Self::Flag(flag) => json!(flag),
        }
    }
}
