//! What the system holds this process to. Who goes beyond memory is aborted, who goes beyond time is killed.
//!
//! Memory is held on Linux alone: other systems know no limit that a process can put on itself by safe means. There, the
//! time that the other end of the pipes waits is what ends a rule.

/// No image of the memory is left on the disk when this process is ended, nor of those it starts.
///
/// One byte, not none: where images go to a program (`|` in `core_pattern`), Linux hands them over whatever the limit is, but for
/// this one (`core(5)`, `fs/coredump.c`).
pub fn leave_no_traces() {
    #[cfg(unix)]
    {
        let least = Rlimit {
            current: Some(1),
            maximum: Some(1),
        };
        // Where less is allowed already, that may not be raised, and is as good.
        let _ = rustix::process::setrlimit(rustix::process::Resource::Core, least);
    }
}

/// Lets this process take so many more bytes, and a second or two of the processor's time, until what is given back is
/// dropped.
pub(crate) fn hold(bytes: u32) -> Held {
    #[cfg(unix)]
    limit(rustix::process::Resource::Cpu, Some(processor_seconds() + SECONDS));
    hold_memory(u64::from(bytes));
    Held
}

/// Lets this process take so many more bytes, where the system can be told so. It is aborted when it asks for more.
pub fn hold_memory(_bytes: u64) {
    #[cfg(target_os = "linux")]
    limit(
        rustix::process::Resource::Data,
        memory_taken().map(|taken| taken + _bytes),
    );
}

/// Holds this process to so many more bytes and so many seconds of the processor's time, for good, and leaves no image of its
/// memory behind: for a program that tries out what others wrote, and then ends.
pub fn hold_process(bytes: u64, _seconds: u64) {
    leave_no_traces();
    #[cfg(unix)]
    limit(rustix::process::Resource::Cpu, Some(processor_seconds() + _seconds));
    hold_memory(bytes);
}

/// The limits hold while this lives.
pub(crate) struct Held;

impl Drop for Held {
    fn drop(&mut self) {
        #[cfg(unix)]
        limit(rustix::process::Resource::Cpu, None);
        #[cfg(target_os = "linux")]
        limit(rustix::process::Resource::Data, None);
    }
}

/// The system counts whole seconds, and the one that has begun.
#[cfg(unix)]
const SECONDS: u64 = 2;

/// Lowers or lifts what may be had of something.
#[cfg(unix)]
fn limit(resource: rustix::process::Resource, current: Option<u64>) {
    let Rlimit { maximum, .. } = rustix::process::getrlimit(resource);
    let least = |most: u64| current.map_or(most, |current| current.min(most));
    let current = maximum.map_or(current, |most| Some(least(most)));
    // It is lower than what was allowed before, or the same: the system has no reason to refuse.
    let _ = rustix::process::setrlimit(resource, Rlimit { current, maximum });
}

#[cfg(unix)]
use rustix::process::Rlimit;

#[cfg(unix)]
fn processor_seconds() -> u64 {
    let spent = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    u64::try_from(spent.tv_sec).unwrap_or_default()
}

/// Bytes of memory that can be written to and is this process's own, as the limit counts them.
#[cfg(target_os = "linux")]
fn memory_taken() -> Option<u64> {
    let sizes = std::fs::read_to_string("/proc/self/statm").ok()?;
    let pages: u64 = sizes.split_ascii_whitespace().nth(5)?.parse().ok()?;
    Some(pages * rustix::param::page_size() as u64)
}
