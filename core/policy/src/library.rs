//! What a pack is compiled with beside its own text.

use crate::Source;
use crate::rego::RegoEngine;

/// Where the packs that a pack extends and the files beside it come from, and what runs the rules that are not ours to
/// run. Any function from names to texts is one, without rules in Rego.
pub trait Library {
    /// The pack that is extended by this name, or the file of this name beside the pack.
    fn text(&self, name: &str) -> Option<Source>;

    /// What runs rules in Rego. Without it, a pack that has some is refused: a rule that is silently left out is none.
    fn rego(&self) -> Option<&dyn RegoEngine> {
        None
    }
}

impl<F: Fn(&str) -> Option<Source>> Library for F {
    fn text(&self, name: &str) -> Option<Source> {
        self(name)
    }
}

/// A library whose packs may have rules in Rego.
pub struct WithRego<'a> {
    texts: &'a dyn Fn(&str) -> Option<Source>,
    engine: &'a dyn RegoEngine,
}

impl<'a> WithRego<'a> {
    /// From texts and an engine.
    #[must_use]
    pub fn new(texts: &'a dyn Fn(&str) -> Option<Source>, engine: &'a dyn RegoEngine) -> Self {
        Self { texts, engine }
    }
}

impl Library for WithRego<'_> {
    fn text(&self, name: &str) -> Option<Source> {
        (self.texts)(name)
    }

    fn rego(&self) -> Option<&dyn RegoEngine> {
        Some(self.engine)
    }
}
