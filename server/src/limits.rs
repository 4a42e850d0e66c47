//! What the system lets this process have.

/// Lets it have as many descriptors as it may; gives how many, where the system counts them. Each laptop holds a connection,
/// and most systems begin with 1,024.
#[cfg(unix)]
#[must_use]
pub fn raise_descriptors() -> Option<u64> {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit {
        current: limit.maximum,
        maximum: limit.maximum,
    };
    // Where it is refused, as on systems whose highest is not to be had, what was there holds.
    match setrlimit(Resource::Nofile, raised) {
        Ok(()) => limit.maximum,
        Err(_) => limit.current,
    }
}

/// Other systems set no such limit.
#[cfg(not(unix))]
#[must_use]
pub fn raise_descriptors() -> Option<u64> {
    None
}
