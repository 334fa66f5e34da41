//! Which crate may use which: cargo's metadata against the table in ARCHITECTURE.md.

use crate::Result;
use serde::Deserialize;
use std::collections::BTreeSet;

/// From a crate to a crate that it uses.
pub type Arrow = (String, String);

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    dependencies: Vec<Dependency>,
}

#[derive(Deserialize)]
struct Dependency {
    name: String,
    /// `None` for what the library itself needs; tests and build scripts may use anything.
    kind: Option<String>,
}

/// The arrows between the workspace's crates, from `cargo metadata --no-deps`.
pub fn existing(metadata: &str) -> Result<BTreeSet<Arrow>> {
    let metadata: Metadata = serde_json::from_str(metadata)?;
    let ours: BTreeSet<String> = metadata.packages.iter().map(|p| p.name.clone()).collect();
    let mut arrows = BTreeSet::new();
    for package in metadata.packages {
        let uses = package.dependencies.into_iter();
        let uses = uses.filter(|d| d.kind.is_none() && ours.contains(&d.name));
        arrows.extend(uses.map(|d| (package.name.clone(), d.name)));
    }
    Ok(arrows)
}

/// The arrows that the table between `<!-- arrows -->` and `<!-- /arrows -->` allows.
pub fn allowed(architecture: &str) -> Result<BTreeSet<Arrow>> {
    let table = architecture
        .split_once("<!-- arrows -->")
        .and_then(|(_, rest)| rest.split_once("<!-- /arrows -->"))
        .ok_or("ARCHITECTURE.md has no table between <!-- arrows --> and <!-- /arrows -->")?
        .0;
    let mut arrows = BTreeSet::new();
    for row in table.lines() {
        let cells: Vec<&str> = row.split('|').map(|c| c.trim().trim_matches('`')).collect();
        let [_, from, uses, ..] = cells[..] else {
            continue;
        };
        let uses = uses.split(',').map(|u| u.trim().trim_matches('`'));
        let uses = uses.filter(|u| u.starts_with("voxsieve"));
        arrows.extend(uses.map(|to| (from.to_owned(), to.to_owned())));
    }
    Ok(arrows)
}

/// One sentence for each arrow that is in one set and not in the other.
pub fn differences(existing: &BTreeSet<Arrow>, allowed: &BTreeSet<Arrow>) -> Vec<String> {
    let forbidden = existing
        .difference(allowed)
        .map(|(from, to)| format!("{from} uses {to}, which ARCHITECTURE.md does not allow"));
    let stale = allowed
        .difference(existing)
        .map(|(from, to)| format!("ARCHITECTURE.md lists {from} -> {to}, which no longer exists"));
    forbidden.chain(stale).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const METADATA: &str = r#"{"packages": [
        {"name": "voxsieve-core", "dependencies": [
            {"name": "serde", "kind": null}, {"name": "voxsieve-io", "kind": "dev"}]},
        {"name": "voxsieve-io", "dependencies": [{"name": "voxsieve-core", "kind": null}]}
    ]}"#;

    fn check(rows: &str) -> Vec<String> {
        let table = format!(
            "text\n<!-- arrows -->\n| crate | uses |\n|---|---|\n{rows}\n<!-- /arrows -->\n"
        );
        differences(&existing(METADATA).unwrap(), &allowed(&table).unwrap())
    }

    #[test]
    fn a_table_that_says_what_is_passes() {
        assert!(check("| `voxsieve-io` | `voxsieve-core` |\n| voxsieve-core | |").is_empty());
    }

    #[test]
    fn a_forbidden_arrow_is_found() {
        let found = check("| voxsieve-core | |");
        assert_eq!(found.len(), 1);
        assert!(found[0].starts_with("voxsieve-io uses voxsieve-core,"));
    }

    #[test]
    fn an_arrow_that_is_gone_is_found() {
        let found = check("| voxsieve-io | voxsieve-core, voxsieve-kernels |");
        assert_eq!(found.len(), 1);
        assert!(found[0].contains("voxsieve-io -> voxsieve-kernels"));
    }

    #[test]
    fn a_missing_table_is_an_error() {
        assert!(allowed("# Architecture").is_err());
    }
}
