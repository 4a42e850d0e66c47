//! Processes of the system, as /proc tells.

use std::fs;
use std::time::Duration;

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

/// Memory of a process, in kB.
#[derive(Clone, Copy, Debug, Default)]
pub struct Memory {
    /// What of it is in memory, shared or not.
    pub resident: u64,
    /// The same with what is shared divided among those who share it.
    pub proportional: u64,
    /// What no other process shares.
    pub private: u64,
}

/// Its memory now; nothing where it has ended.
#[must_use]
pub fn memory(pid: u32) -> Memory {
    let smaps = fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).unwrap_or_default();
    let sum = |name: &str| {
        let lines = smaps.lines().filter(|line| line.starts_with(name));
        lines
            .filter_map(|line| line.split_whitespace().nth(1)?.parse::<u64>().ok())
            .sum()
    };
    Memory {
        resident: sum("Rss:"),
        proportional: sum("Pss:"),
        private: sum("Private_"),
    }
}

/// Time that a process has had of the processors, all its threads together.
#[must_use]
pub fn processor_time(pid: u32) -> Duration {
    let threads = fs::read_dir(format!("/proc/{pid}/task"))
        .into_iter()
        .flatten()
        .flatten();
    let times = threads.filter_map(|thread| {
        let times = fs::read_to_string(thread.path().join("schedstat")).ok()?;
        times.split_whitespace().next()?.parse::<u64>().ok()
    });
    Duration::from_nanos(times.sum())
}
