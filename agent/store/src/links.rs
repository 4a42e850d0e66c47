//! The chain of a log, without what its records say.

use crate::disk::RealDisk;
use crate::log::segments;
use crate::verify::VerifyError;
use std::path::Path;
use weir_audit::{Head, Kind, Link, Step, Walk};
use weir_model::EventId;

/// Every record of a log as it stands in the chain, in the order of the files.
pub struct Links(Vec<Placed>);

struct Placed {
    before: Head,
    link: Link,
    head: Head,
}

/// Reads the chain of the log in a directory: no key, no lock, no repair. A record that is just being written is not in it.
///
/// # Errors
/// The directory cannot be read.
pub fn links(dir: &Path) -> Result<Links, VerifyError> {
    let fail = |source| VerifyError::at(dir, source);
    let mut links = Vec::new();
    for number in segments::numbers(&RealDisk, dir).map_err(fail)? {
        let bytes = segments::read(&RealDisk, dir, number, None).map_err(fail)?;
        for step in Walk::new(&bytes) {
            if let Step::Frame { frame, .. } = step {
                links.push(Placed {
                    before: frame.prev(),
                    link: frame.link(),
                    head: frame.head(),
                });
            }
        }
    }
    Ok(Links(links))
}

impl Links {
    /// The number of an event's decision, or of the first record that belongs to it.
    #[must_use]
    pub fn of(&self, event: &EventId) -> Option<u64> {
        let mut of_event = self
            .0
            .iter()
            .map(|placed| placed.link.header())
            .filter(|header| header.id == *event);
        let first = of_event.clone().next()?;
        let decision = of_event.find(|header| header.kind == Kind::Decision);
        Some(decision.unwrap_or(first).seq)
    }

    /// The records from number `first` to number `last` with this head, and the head before them: each links to the one before,
    /// whatever damage or abandoned records stand between. `None` where they do not hang together, or the log has others.
    #[must_use]
    pub fn between(&self, first: u64, (last, head): (u64, Head)) -> Option<(Head, Vec<Link>)> {
        let mut wanted = head;
        let mut found = Vec::new();
        for placed in self.0.iter().rev() {
            let seq = placed.link.header().seq;
            if placed.head != wanted || (found.is_empty() && seq != last) {
                continue;
            }
            found.push(placed.link);
            if seq == first {
                found.reverse();
                return Some((placed.before, found));
            }
            wanted = placed.before;
        }
        None
    }
}
