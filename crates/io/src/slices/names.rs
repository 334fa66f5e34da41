//! The files of a volume in slices: which they are, and that none is missing.

use std::cmp::Ordering;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use voxsieve_core::{Error, Result};

/// More files than this are not one volume.
const MOST_SLICES: usize = 1 << 20;
/// What lies in the folder of a Zarr array or group.
const ZARR: [&str; 4] = ["zarr.json", ".zarray", ".zgroup", ".zattrs"];

/// True when a name has wildcards in its last part.
pub(crate) fn is_pattern(path: &Path) -> bool {
    let name = path.file_name().map(|name| name.to_string_lossy());
    name.is_some_and(|name| name.contains(['*', '?']))
}

/// True for a folder that has TIFF files and is no Zarr.
pub(crate) fn is_folder_of_slices(path: &Path) -> bool {
    if ZARR.iter().any(|name| path.join(name).exists()) {
        return false;
    }
    let Ok(entries) = fs::read_dir(path) else {
        return false;
    };
    let mut names = entries.flatten().map(|entry| entry.file_name());
    names.any(|name| is_slice(&name.to_string_lossy()))
}

/// True for names that TIFF files have; hidden files are no slices.
fn is_slice(name: &str) -> bool {
    let extension = Path::new(name).extension();
    let extension = extension.map(|e| e.to_string_lossy().to_lowercase());
    !name.starts_with('.') && matches!(extension.as_deref(), Some("tif" | "tiff"))
}

/// The folder, and the names of the slices in it from the lowest number to the highest.
pub(super) fn list(path: &Path, allow_gaps: bool) -> Result<(PathBuf, Vec<OsString>)> {
    let (folder, pattern) = if path.is_dir() {
        (path, None)
    } else {
        let folder = path.parent().filter(|p| !p.as_os_str().is_empty());
        (folder.unwrap_or(Path::new(".")), path.file_name())
    };
    let pattern = pattern.map(|pattern| pattern.to_string_lossy());
    let wanted = |name: &str| match &pattern {
        Some(pattern) => {
            (!name.starts_with('.') || pattern.starts_with('.')) && matches(pattern, name)
        }
        None => is_slice(name),
    };
    let mut names = Vec::new();
    let entries = fs::read_dir(folder).map_err(|error| Error::input(folder, error))?;
    for entry in entries {
        let entry = entry.map_err(Error::io("cannot read", folder))?;
        let name = entry.file_name();
        if wanted(&name.to_string_lossy()) && !entry.path().is_dir() {
            names.push(name);
        }
        if names.len() > MOST_SLICES {
            let what = format!("more than {MOST_SLICES} slices");
            return Err(Error::unsupported(path, what));
        }
    }
    if names.is_empty() {
        return Err(Error::input(path, "no file has a name like that"));
    }
    let names = in_order(folder, names)?;
    check(folder, &names, allow_gaps)?;
    Ok((
        folder.to_owned(),
        names.into_iter().map(|name| name.whole).collect(),
    ))
}

/// Compares a name with a pattern in which `*` stands for anything and `?` for one character.
fn matches(pattern: &str, name: &str) -> bool {
    let (pattern, name): (Vec<char>, Vec<char>) =
        (pattern.chars().collect(), name.chars().collect());
    let (mut p, mut n) = (0, 0);
    let mut last_star = None;
    while n < name.len() {
        if p < pattern.len() && (pattern[p] == '?' || pattern[p] == name[n]) && pattern[p] != '*' {
            (p, n) = (p + 1, n + 1);
        } else if p < pattern.len() && pattern[p] == '*' {
            last_star = Some((p, n));
            p += 1;
        } else if let Some((star, from)) = last_star {
            last_star = Some((star, from + 1));
            (p, n) = (star + 1, from + 1);
        } else {
            return false;
        }
    }
    pattern[p..].iter().all(|c| *c == '*')
}

/// A name cut into words and numbers.
#[derive(Debug)]
struct Name {
    whole: OsString,
    /// What stands before each number, and after the last, in lower case.
    words: Vec<String>,
    numbers: Vec<u64>,
}

impl Name {
    fn new(folder: &Path, whole: OsString) -> Result<Self> {
        let (mut words, mut numbers) = (vec![String::new()], Vec::new());
        let mut digits = String::new();
        let text = whole.to_string_lossy().to_lowercase();
        for character in text.chars().chain(['\0']) {
            if character.is_ascii_digit() {
                digits.push(character);
                continue;
            }
            if !digits.is_empty() {
                let Ok(number) = digits.parse() else {
                    let message = format!("the number {digits} in its name is too large");
                    return Err(Error::input(folder.join(&whole), message));
                };
                numbers.push(number);
                words.push(String::new());
                digits.clear();
            }
            if let Some(word) = words.last_mut().filter(|_| character != '\0') {
                word.push(character);
            }
        }
        Ok(Self {
            whole,
            words,
            numbers,
        })
    }

    fn compare(&self, other: &Self) -> Ordering {
        (self.numbers.cmp(&other.numbers)).then_with(|| self.whole.cmp(&other.whole))
    }
}

/// Cuts the names, checks that they differ in numbers only, and sorts by these.
fn in_order(folder: &Path, names: Vec<OsString>) -> Result<Vec<Name>> {
    let names = names.into_iter().map(|name| Name::new(folder, name));
    let mut names = names.collect::<Result<Vec<_>>>()?;
    names.sort_by(|a, b| a.words.cmp(&b.words).then_with(|| a.compare(b)));
    if let (Some(first), Some(last)) = (names.first(), names.last())
        && first.words != last.words
    {
        let odd = odd_one(&names);
        let like = if odd.words == first.words {
            last
        } else {
            first
        };
        let message = format!(
            "its name is not like {}: the slices of a volume are told apart by a number; move it away, \
             or name the slices with a pattern such as 'folder/slice_*.tif'",
            like.whole.display()
        );
        return Err(Error::input(folder.join(&odd.whole), message));
    }
    Ok(names)
}

/// The first name of the smaller of the two groups at the ends of a sorted list.
fn odd_one(names: &[Name]) -> &Name {
    let like_first = names.partition_point(|name| name.words == names[0].words);
    let end = &names[names.len() - 1];
    let like_last = names.len() - names.partition_point(|name| name.words < end.words);
    if like_first < like_last {
        &names[0]
    } else {
        &names[names.len() - like_last]
    }
}

/// Checks that one number of the names changes, by one from slice to slice.
fn check(folder: &Path, names: &[Name], allow_gaps: bool) -> Result<()> {
    let changes = |place: &usize| {
        names
            .iter()
            .any(|n| n.numbers[*place] != names[0].numbers[*place])
    };
    let places: Vec<usize> = (0..names[0].numbers.len()).filter(changes).collect();
    if let [_, _, ..] = places[..] {
        let last = &names[names.len() - 1];
        let message = format!(
            "its name differs from {} in {} numbers, so the order of the slices is not certain; \
             name the slices of one volume with a pattern such as 'folder/slice_*.tif'",
            names[0].whole.display(),
            places.len()
        );
        return Err(Error::input(folder.join(&last.whole), message));
    }
    for pair in names.windows(2) {
        let [before, after] = pair else { continue };
        let number = |name: &Name| places.first().map(|place| name.numbers[*place]);
        let (Some(from), Some(to)) = (number(before), number(after)) else {
            return Err(twice(
                folder,
                before,
                after,
                names[0].numbers.first().copied(),
            ));
        };
        if from == to {
            return Err(twice(folder, before, after, Some(to)));
        }
        if to > from + 1 && !allow_gaps {
            let message = format!(
                "slice number {} is missing: {} is followed by {}; give --allow-gaps and --spacing to \
                 read the slices as neighbours all the same",
                from + 1,
                before.whole.display(),
                after.whole.display()
            );
            return Err(Error::input(folder, message));
        }
    }
    Ok(())
}

fn twice(folder: &Path, before: &Name, after: &Name, number: Option<u64>) -> Error {
    let number = number.map_or_else(String::new, |number| format!(" {number}"));
    let message = format!(
        "slice number{number} is there twice, the other is {}",
        before.whole.display()
    );
    Error::input(folder.join(&after.whole), message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listed(names: &[&str], allow_gaps: bool) -> Result<Vec<String>> {
        let folder = tempfile::tempdir().unwrap();
        for name in names {
            fs::write(folder.path().join(name), b"").unwrap();
        }
        let (_, names) = list(folder.path(), allow_gaps)?;
        Ok(names
            .iter()
            .map(|n| n.to_string_lossy().into_owned())
            .collect())
    }

    #[test]
    fn numbers_give_the_order() {
        let found = listed(
            &[
                "s10.tif",
                "s9.TIF",
                "s8.tiff",
                "Thumbs.db",
                ".s7.tif",
                "s1.txt",
            ],
            false,
        );
        assert!(found.unwrap_err().to_string().contains("name is not like"));
        let found = listed(
            &["2024_s10.tif", "2024_s9.TIF", "2024_s08.tif", "notes.txt"],
            false,
        );
        assert_eq!(
            found.unwrap(),
            ["2024_s08.tif", "2024_s9.TIF", "2024_s10.tif"]
        );
        assert_eq!(listed(&["alone.tif"], false).unwrap(), ["alone.tif"]);
    }

    #[test]
    fn bad_series_are_refused_by_name() {
        let cases: [(&[&str], &[&str]); 5] = [
            (
                &["s1.tif", "s2.tif", "s5.tif"],
                &["number 3", "s2.tif", "s5.tif"],
            ),
            (
                &["s1.tif", "s01.tif", "s2.tif"],
                &["number 1", "twice", "s1.tif"],
            ),
            (&["s1.tif", "s1.TIF"], &["twice"]),
            (
                &["a1_b1.tif", "a1_b2.tif", "a2_b1.tif"],
                &["a2_b1.tif", "2 numbers"],
            ),
            (&["s99999999999999999999999.tif"], &["too large"]),
        ];
        for (names, words) in cases {
            let error = listed(names, false).unwrap_err().to_string();
            assert!(words.iter().all(|word| error.contains(word)), "{error}");
        }
        assert_eq!(listed(&["s1.tif", "s19.tif"], true).unwrap().len(), 2);
    }

    #[test]
    fn the_odd_name_is_the_one_of_few() {
        for odd in ["alone.tif", "zz.tif"] {
            let error = listed(&["s1.tif", "s2.tif", odd], false).unwrap_err();
            assert!(
                error.to_string().contains(&format!("{odd}: its name")),
                "{error}"
            );
        }
    }

    #[test]
    fn patterns() {
        for (pattern, name) in [
            ("*", ""),
            ("a*.tif", "a.tif"),
            ("a*1*.t?f", "a0110.tif"),
            ("?b*", "abab"),
        ] {
            assert!(matches(pattern, name), "{pattern} {name}");
        }
        for (pattern, name) in [
            ("?", ""),
            ("a*.tif", "b.tif"),
            ("a*1.tif", "a12.tif"),
            ("a", "ab"),
        ] {
            assert!(!matches(pattern, name), "{pattern} {name}");
        }
        assert!(is_pattern(Path::new("folder/a*.tif")) && !is_pattern(Path::new("fol*der/a.tif")));
    }
}
