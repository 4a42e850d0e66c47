//! What changes from one bundle to the next, and how many people have to agree to it.

use serde::{Deserialize, Serialize};
use weir_policy::{Difference, Policy, diff, loosens};

/// Which way a change goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Class {
    /// Nothing gets further than before.
    Tightens,
    /// Something may.
    Loosens,
}

/// What changes.
#[derive(Debug, Serialize)]
pub struct Compared {
    /// Which way, all in all.
    pub class: Class,
    /// The first thing that gets further than before, in words; absent where nothing does.
    pub loosens: Option<String>,
    /// Each change in words, the weaker ones first.
    pub changes: Vec<Told>,
    /// Messages that were decided under both.
    pub tried: usize,
}

/// A change in words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Told {
    /// Which way this one goes.
    pub class: Class,
    /// In words: what, where, from, to, for whom.
    pub text: String,
    /// The rule that decides now.
    pub rule: Option<String>,
    /// True where only rules that watch say something else.
    pub watching: bool,
}

/// Decides every message that one of the two can tell apart under both of them. What cannot be decided so (another
/// catalogue, other detectors, other limits) counts as loosening: nobody has shown that it is not.
#[must_use]
pub fn compare(before: &Policy, after: &Policy) -> Compared {
    let loosens = loosens(before, after);
    // Situations of two catalogues cannot be put beside each other.
    let difference = match before.catalogue_name() == after.catalogue_name() {
        true => diff(before, after),
        false => Difference::default(),
    };
    let levels = difference.levels.iter().map(|change| Told {
        class: class(change.after < change.before),
        text: change.to_string(),
        rule: None,
        watching: false,
    });
    let decisions = difference.decisions.iter().map(|change| Told {
        class: class(change.is_weaker()),
        text: change.to_string(),
        rule: change.rule.clone(),
        watching: change.watching,
    });
    let mut changes: Vec<Told> = levels.chain(decisions).collect();
    changes.sort_by_key(|change| (change.watching, change.class == Class::Tightens));
    Compared {
        class: class(loosens.is_some()),
        loosens,
        changes,
        tried: difference.tried,
    }
}

const fn class(weaker: bool) -> Class {
    match weaker {
        true => Class::Loosens,
        false => Class::Tightens,
    }
}
