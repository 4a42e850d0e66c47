//! Processes of the system, as /proc tells.

use std::fs;

/// Names of a process's children.
///
/// # Panics
/// Where there is no /proc.
#[must_use]
pub fn children(of: u32) -> Vec<String> {
    let mut names = Vec::new();
    for entry in fs::read_dir("/proc").unwrap().flatten() {
        let Some(status) = fs::read_to_string(entry.path().join("status")).ok() else {
            continue;
        };
        let field = |name: &str| {
            status
                .lines()
                .find_map(|line| Some(line.strip_prefix(name)?.trim().to_owned()))
        };
        let zombie = field("State:").is_some_and(|state| state.starts_with('Z'));
        if field("PPid:").is_some_and(|parent| parent == of.to_string()) && !zombie {
            names.extend(field("Name:"));
        }
    }
    names
}

/// The arguments it runs with.
#[must_use]
pub fn arguments(pid: u32) -> String {
    let line = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    String::from_utf8_lossy(&line).replace('\0', " ")
}

/// Memory that no other process shares, in kB.
#[must_use]
pub fn private_kb(pid: u32) -> u64 {
    let smaps = fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).unwrap_or_default();
    let lines = smaps.lines().filter(|line| line.starts_with("Private_"));
    lines
        .filter_map(|line| line.split_whitespace().nth(1)?.parse::<u64>().ok())
        .sum()
}
