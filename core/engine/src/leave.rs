//! Leave that people have given for one message: whether it is for this one.
//!
//! An exception binds content by a keyed digest over all text that people, tools and files bring into a message, in its
//! order, with the role of each; and over every other text in which something was found. Numbers that a page makes anew with
//! every request are not in it, so that the same words sent once more are the same content, and one more word is not.

use std::collections::HashSet;

use weir_content::Inspected;
use weir_model::{Destination, Fingerprint, Granted, Role, Tier};

use crate::FingerprintKey;
use crate::findings::Found;

/// A genuine exception of this sender, in its time, with uses left.
#[derive(Clone, Debug)]
pub struct Leave {
    /// The content it is for.
    pub digest: Fingerprint,
    /// The service or host it is for.
    pub name: String,
    /// The account tier it is for.
    pub tier: Tier,
    /// What decisions see of it.
    pub granted: Granted,
}

/// What exceptions call a destination.
#[must_use]
pub fn exception_name(destination: &Destination) -> &str {
    destination.service.as_deref().unwrap_or(&destination.host)
}

/// The one that is for this content, to there.
pub(crate) fn fitting<'a>(leaves: &'a [Leave], digest: &Fingerprint, to: &Destination) -> Option<&'a Granted> {
    let is_for = |leave: &&Leave| leave.digest == *digest && leave.name == exception_name(to) && leave.tier == to.tier;
    leaves.iter().find(is_for).map(|leave| &leave.granted)
}

/// Digest of what a message says.
pub(crate) fn digest(inspected: &Inspected, found: &Found, key: &FingerprintKey) -> Fingerprint {
    let with_findings: HashSet<usize> = found.places.iter().map(|place| place.segment).collect();
    let said = inspected
        .segments
        .iter()
        .enumerate()
        .filter(|(number, segment)| segment.place.role != Role::Unclassified || with_findings.contains(number));
    let parts = said.map(|(_, segment)| (segment.place.role.as_str(), segment.text.expose().as_str()));
    key.content(inspected.kind, parts)
}
