//! The detectors, one family a file. A family asks the sweep for words, or is called for numbers, tokens and marks.

mod tokens;

use crate::page::{Findings, Page};
use crate::registry::Info;
use crate::sweep::{Number, Token};

/// Detectors that share their triggers.
pub(crate) trait Family: Sync {
    /// What the family finds.
    fn infos(&self) -> Vec<&'static Info>;

    /// The words it waits for.
    fn words(&self) -> Vec<Word> {
        Vec::new()
    }

    /// One of its words stands in the page.
    fn word(&self, _page: &Page<'_>, _hit: Hit, _out: &mut Findings) {}
}

/// A word of the lexicon, at least three bytes long.
#[derive(Clone, Copy)]
pub(crate) struct Word {
    pub(crate) text: &'static str,
    pub(crate) exact_case: bool,
}

impl Word {
    pub(crate) const fn exact(text: &'static str) -> Self {
        Self { text, exact_case: true }
    }

    pub(crate) const fn any_case(text: &'static str) -> Self {
        Self {
            text,
            exact_case: false,
        }
    }
}

/// Where a word of a family stands.
#[derive(Clone, Copy)]
pub(crate) struct Hit {
    pub(crate) start: usize,
    pub(crate) end: usize,
    /// Which of the family's words.
    pub(crate) index: usize,
}

/// All families, in the order of the registry.
pub(crate) fn families() -> &'static [&'static dyn Family] {
    &[&tokens::Tokens]
}

/// A number stands in the page.
pub(crate) fn number(_page: &Page<'_>, _number: &Number, _out: &mut Findings) {}

/// A token of letters and digits, or a long one.
pub(crate) fn token(_page: &Page<'_>, _token: Token, _out: &mut Findings) {}

/// One of `@`, `:`, `=`.
pub(crate) fn mark(_page: &Page<'_>, _mark: u8, _at: usize, _out: &mut Findings) {}
