//! Memory and processor time of a process, from /proc (Linux only; elsewhere all is zero).

/// Kernel clock ticks a second: 100 on every Linux that Debian builds.
const TICKS_PER_SECOND: f64 = 100.0;

/// What a process has used so far.
#[derive(Clone, Copy, Default)]
pub(crate) struct Usage {
    pub(crate) resident_kib: u64,
    pub(crate) cpu_seconds: f64,
}

/// Reads it now.
pub(crate) fn of(pid: u32) -> Usage {
    Usage {
        resident_kib: resident_kib(pid),
        cpu_seconds: cpu_seconds(pid),
    }
}

fn cpu_seconds(pid: u32) -> f64 {
    // The scheduler's own account of each thread, in nanoseconds; ticks where the kernel does not keep it.
    let threads = std::fs::read_dir(format!("/proc/{pid}/task"))
        .into_iter()
        .flatten()
        .flatten();
    let nanoseconds: u64 = threads
        .filter_map(|thread| std::fs::read_to_string(thread.path().join("schedstat")).ok())
        .filter_map(|text| text.split_whitespace().next()?.parse::<u64>().ok())
        .sum();
    if nanoseconds > 0 {
        nanoseconds as f64 / 1e9
    } else {
        ticks(pid) / TICKS_PER_SECOND
    }
}

fn ticks(pid: u32) -> f64 {
    let text = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    // After the parenthesised name: state first; user and system time are the 12th and 13th.
    let fields: Vec<&str> = text
        .rsplit_once(')')
        .map_or(Vec::new(), |(_, rest)| rest.split_whitespace().collect());
    [11, 12]
        .iter()
        .filter_map(|place| fields.get(*place)?.parse::<f64>().ok())
        .sum()
}

fn resident_kib(pid: u32) -> u64 {
    let text = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|rest| rest.split_whitespace().next()?.parse().ok())
        .unwrap_or_default()
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    #[test]
    fn this_process_uses_something() {
        let until = std::time::Instant::now() + std::time::Duration::from_millis(30);
        while std::time::Instant::now() < until {}
        let usage = super::of(std::process::id());
        assert!(usage.resident_kib > 100 && usage.cpu_seconds > 0.01);
    }
}
