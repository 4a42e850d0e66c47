//! What stands in one recorded message, for people who describe services: everything is told, nothing is decided.

use weir_content::{Detail, Edit, Inspected, RequestView, RewriteError, Rewritten, inspect_with};
use weir_model::{Level, Match, Sensitive};

use crate::findings::Share;
use crate::scanned::Reader;
use crate::{FingerprintKey, InForce, ScannedTexts, findings};

/// A message, read. No `Debug`: it holds what people typed.
pub struct Survey {
    /// Its parts, with their concrete places.
    pub inspected: Inspected,
    /// What the detectors found and the policy in force gives a level above public.
    pub matches: Vec<Surveyed>,
}

/// One match.
pub struct Surveyed {
    /// Index of the segment.
    pub segment: usize,
    /// Where in it, and what.
    pub found: Match,
    /// The level policy gives it.
    pub level: Level,
    /// The value began in the segment before: the service cuts its texts.
    pub continued: bool,
}

/// Reads a message.
#[must_use]
pub fn survey(request: &RequestView<'_>, in_force: &InForce) -> Survey {
    let inspected = inspect_with(&in_force.adapters, request, Detail::Locators);
    // Nothing is kept, so any key will do.
    let (key, before) = (FingerprintKey::new(&[0; 32]), ScannedTexts::default());
    let mut reader = Reader::new(&in_force.scanner, &key, &before);
    let found = findings::find(&inspected.segments, &inspected.joined, in_force, &mut reader);
    let matches = found.places.into_iter().map(|place| Surveyed {
        segment: place.segment,
        level: in_force.policy.level_of(&place.found.data_type, place.found.confidence),
        continued: matches!(place.share, Share::Rest),
        found: place.found,
    });
    Survey {
        matches: matches.filter(|surveyed| surveyed.level > Level::Public).collect(),
        inspected,
    }
}

impl Survey {
    /// The message with a marker in place of everything found.
    ///
    /// # Errors
    /// When an edit cannot be written where it would have to stand.
    pub fn redacted(&self, request: &RequestView<'_>, in_force: &InForce) -> Result<Rewritten, RewriteError> {
        let edits: Vec<Edit> = self
            .matches
            .iter()
            .map(|surveyed| Edit {
                segment: surveyed.segment,
                span: surveyed.found.span.clone(),
                replacement: Sensitive::new(match surveyed.continued {
                    true => String::new(),
                    false => in_force.policy.marker(&surveyed.found.data_type),
                }),
            })
            .collect();
        self.inspected.rewrite(request, &edits)
    }
}
