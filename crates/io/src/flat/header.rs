//! What text headers have in common: reading their lines, naming their files.

use super::{Data, Skip};
use std::fs::File;
use std::io::Read;
use std::path::{Component, Path};
use voxsieve_core::{Error, Result};

/// No honest header is longer than this.
const LONGEST: u64 = 1 << 20;

/// The first bytes of a file, at most as many as a header can have.
pub(super) fn start(path: &Path) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(|e| Error::input(path, e))?;
    let read = file.take(LONGEST).read_to_end(&mut bytes);
    read.map_err(Error::io("cannot read", path))?;
    Ok(bytes)
}

/// The first few bytes of a file, to tell its format by.
pub(crate) fn read_start(file: &mut impl Read) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    file.take(512).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// The lines of a header, and how many bytes were taken.
pub(super) struct Lines<'a> {
    bytes: &'a [u8],
    /// Bytes behind the lines taken so far.
    pub at: usize,
}

impl<'a> Lines<'a> {
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }
}

impl<'a> Iterator for Lines<'a> {
    type Item = std::borrow::Cow<'a, str>;

    fn next(&mut self) -> Option<Self::Item> {
        let rest = self.bytes.get(self.at..).filter(|rest| !rest.is_empty())?;
        let end = rest.iter().position(|b| *b == b'\n');
        let line = &rest[..end.unwrap_or(rest.len())];
        self.at += end.map_or(rest.len(), |end| end + 1);
        Some(String::from_utf8_lossy(
            line.strip_suffix(b"\r").unwrap_or(line),
        ))
    }
}

/// Numbers apart by white space; `None` when one is none.
pub(super) fn numbers<T: std::str::FromStr>(text: &str) -> Option<Vec<T>> {
    text.split_whitespace()
        .map(|word| word.parse().ok())
        .collect()
}

/// A file that a header names: beside it or in a folder below; others could be anything.
pub(super) fn beside(header: &Path, name: &str, skip: Skip) -> Result<Data> {
    let mut parts = Path::new(name).components();
    let inside = parts.all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
    if !inside || name.is_empty() {
        let what = format!("voxels in '{name}', a file outside the folder of the header");
        return Err(Error::unsupported(header, what));
    }
    let path = header.with_file_name(name);
    Ok(Data { path, skip })
}

/// The names that `NAME.%03d 1 93 1` stands for; at most `most` of them.
pub(super) fn pattern(text: &str, most: u64) -> Option<Vec<String>> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let (form, range) = match words.as_slice() {
        [form, first, last] => (form, [first.parse().ok()?, last.parse().ok()?, 1]),
        [form, first, last, step] => (
            form,
            [first.parse().ok()?, last.parse().ok()?, step.parse().ok()?],
        ),
        _ => return None,
    };
    let (before, digits, after) = number_in(form)?;
    let [first, last, step]: [i64; 3] = range;
    if step == 0 || first < 0 || last < 0 {
        return None;
    }
    let count = u64::try_from((last - first) / step).ok()? + 1;
    if count > most {
        return None;
    }
    let name = |n: i64| match digits {
        (true, width) => format!("{before}{n:0width$}{after}"),
        (false, width) => format!("{before}{n:width$}{after}"),
    };
    Some((0..count as i64).map(|i| name(first + i * step)).collect())
}

/// What stands before and behind the `%03d` of a name, and whether zeros fill its width.
fn number_in(form: &str) -> Option<(&str, (bool, usize), &str)> {
    let (before, rest) = form.split_once('%')?;
    let end = rest.find(|c: char| !c.is_ascii_digit())?;
    let after = rest[end..].strip_prefix(['d', 'i', 'u'])?;
    let width: usize = if end == 0 {
        0
    } else {
        rest[..end].parse().ok()?
    };
    (width < 32 && !after.contains('%')).then_some((before, (rest.starts_with('0'), width), after))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_of_names() {
        let names = pattern("a.%d 1 5 2", 9).unwrap();
        assert_eq!(names, ["a.1", "a.3", "a.5"]);
        assert_eq!(
            pattern("s%03d.raw 9 10", 9).unwrap(),
            ["s009.raw", "s010.raw"]
        );
        for text in [
            "a.%d 1 93 0",
            "a 1 2 1",
            "a%s 1 2 1",
            "a%d 1 20 1",
            "a%d 5 1 1",
            "a%d",
        ] {
            assert_eq!(pattern(text, 9), None, "{text}");
        }
    }

    #[test]
    fn files_lie_beside_the_header() {
        let header = Path::new("/scans/a.nhdr");
        let data = beside(header, "./b.raw", Skip::Bytes(0)).unwrap();
        assert_eq!(data.path, Path::new("/scans/./b.raw"));
        for name in ["/etc/passwd", "../b.raw", ""] {
            assert!(beside(header, name, Skip::Bytes(0)).is_err(), "{name}");
        }
    }
}
