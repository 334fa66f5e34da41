//! How much memory there is, how much is used, and how people write it.

use std::fs;
use std::path::{Path, PathBuf};
use voxsieve_core::{Error, Result};

/// Bytes that this process may still take: the least of what the machine, the cgroups and the address-space
/// limit leave. `None` where the system does not tell.
pub fn available() -> Option<u64> {
    memory_limits()
        .into_iter()
        .filter_map(|(_, bytes)| bytes)
        .min()
}

/// What limits the memory of this process, by name, with the bytes that each leaves where it is known.
pub fn memory_limits() -> [(&'static str, Option<u64>); 3] {
    [
        ("machine", machine()),
        ("cgroup", cgroup()),
        ("address space", address_space()),
    ]
}

/// Most memory that the process ever had resident (`VmHWM`), in bytes.
pub fn peak() -> Option<u64> {
    status_field("VmHWM:")
}

/// Memory that the process has resident now (`VmRSS`), in bytes.
pub fn resident() -> Option<u64> {
    status_field("VmRSS:")
}

fn status_field(name: &str) -> Option<u64> {
    kib_field(&fs::read_to_string("/proc/self/status").ok()?, name)
}

fn machine() -> Option<u64> {
    kib_field(&fs::read_to_string("/proc/meminfo").ok()?, "MemAvailable:")
}

fn kib_field(text: &str, name: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    Some(line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()? * 1024)
}

fn address_space() -> Option<u64> {
    let limits = fs::read_to_string("/proc/self/limits").ok()?;
    let line = limits
        .lines()
        .find_map(|line| line.strip_prefix("Max address space"))?;
    line.split_whitespace().next()?.parse().ok()
}

/// What the tightest cgroup above this process leaves (version 2, then version 1).
fn cgroup() -> Option<u64> {
    let groups = fs::read_to_string("/proc/self/cgroup").ok()?;
    let left = groups.lines().filter_map(|line| {
        let mut parts = line.splitn(3, ':');
        let (_, controllers, path) = (parts.next()?, parts.next()?, parts.next()?);
        match controllers {
            "" => least_left("/sys/fs/cgroup", path, "memory.max", "memory.current"),
            "memory" => least_left(
                "/sys/fs/cgroup/memory",
                path,
                "memory.limit_in_bytes",
                "memory.usage_in_bytes",
            ),
            _ => None,
        }
    });
    left.min()
}

/// Walks from a group up to the root: every limit on the way holds.
fn least_left(root: &str, group: &str, limit: &str, usage: &str) -> Option<u64> {
    let mut folder: PathBuf = Path::new(root).join(group.trim_start_matches('/'));
    let mut least = None;
    while folder.starts_with(root) {
        let read = |name: &str| -> Option<u64> {
            fs::read_to_string(folder.join(name))
                .ok()?
                .trim()
                .parse()
                .ok()
        };
        if let (Some(limit), Some(usage)) = (read(limit), read(usage)) {
            let left = limit.saturating_sub(usage);
            least = Some(least.map_or(left, |l: u64| l.min(left)));
        }
        if !folder.pop() {
            break;
        }
    }
    least
}

/// Reads a size such as `4GiB`, `256 MiB`, `500MB` or a plain number of bytes.
pub fn parse_bytes(text: &str) -> Result<u64> {
    let text = text.trim();
    let split = text
        .find(|c: char| !c.is_ascii_digit() && c != '.')
        .unwrap_or(text.len());
    let factor: u64 = match text[split..].trim().to_lowercase().as_str() {
        "" | "b" => 1,
        "k" | "kib" => 1 << 10,
        "m" | "mib" => 1 << 20,
        "g" | "gib" => 1 << 30,
        "t" | "tib" => 1 << 40,
        "kb" => 1_000,
        "mb" => 1_000_000,
        "gb" => 1_000_000_000,
        "tb" => 1_000_000_000_000,
        _ => return Err(not_a_size(text)),
    };
    let amount: f64 = text[..split].parse().map_err(|_| not_a_size(text))?;
    Ok((amount * factor as f64) as u64)
}

fn not_a_size(text: &str) -> Error {
    Error::parameter(
        "--memory",
        format!("'{text}' is not a size such as 4GiB or 500MB"),
    )
}

/// A size for people: `1.5 GiB`.
pub fn format_bytes(bytes: u64) -> String {
    const UNITS: [&str; 4] = ["KiB", "MiB", "GiB", "TiB"];
    if bytes < 1024 {
        return format!("{bytes} B");
    }
    let mut amount = bytes as f64 / 1024.0;
    let mut unit = 0;
    while amount >= 1023.95 && unit + 1 < UNITS.len() {
        amount /= 1024.0;
        unit += 1;
    }
    if amount >= 100.0 {
        format!("{amount:.0} {}", UNITS[unit])
    } else {
        format!("{amount:.1} {}", UNITS[unit])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_as_people_write_them() {
        assert_eq!(parse_bytes("4GiB").unwrap(), 4 << 30);
        assert_eq!(parse_bytes("256 MiB").unwrap(), 256 << 20);
        assert_eq!(parse_bytes("1.5k").unwrap(), 1536);
        assert_eq!(parse_bytes("500MB").unwrap(), 500_000_000);
        assert!(parse_bytes("lots").is_err() && parse_bytes("-1GiB").is_err());
        assert_eq!(format_bytes(1536 << 20), "1.5 GiB");
        assert_eq!(format_bytes(12), "12 B");
    }

    #[test]
    fn this_process_has_memory() {
        assert!(available().unwrap() > 0);
        assert!(peak().unwrap() >= resident().unwrap() / 2);
    }
}
