//! Packs and catalogue to a compiled policy, and from there to decisions.
//!
//! ```text
//! pack text ─ yaml ─ shape ─┐
//! its parents ──────────────┴ extend ─ compile ─ Policy ─ decide(Facts) ─ Decision
//! catalogue text ─ yaml ─ de ─ Catalogue ──┘                 │
//!                                                   chain/<member>.rs
//! ```
//!
//! Neighbours: imports `core/model` only. The engine gives [`Facts`] and carries out the [`Decision`]; the command line
//! shows [`Diagnostic`]s and runs [`PackTest`]s. This crate must not know how anything is found in a text or edited in
//! a message, and it never sees content: facts hold types, levels and places, no values.
//!
//! Reading a pack goes in passes: text to a tree whose every value knows its place (`yaml`); the tree checked against
//! the one description of the format (`shape`, `format`); parents merged in (`extend`); meaning read and linted
//! (`compile`, `lint`). Reading goes on after an error, so that one run shows them all.

mod agreement;
mod arrange;
mod catalogue;
mod chain;
mod compile;
mod custom;
mod day;
mod de;
mod decision;
mod diagnostic;
mod diff;
mod extend;
mod file_detector;
mod format;
mod holds;
mod hosts;
mod hours;
mod json_form;
mod library;
mod lint;
mod matrix;
mod mutate;
mod name_model;
mod pack_test;
mod policy;
mod prove;
mod regions;
mod rego;
mod report;
mod risks;
mod routing;
mod rule;
mod schema;
mod shape;
mod sheet;
mod space;
mod stale;
mod tenant;
mod words;
mod yaml;

pub use arrange::arrange;
pub use catalogue::Catalogue;
pub use chain::{AnswerAction, AnswerGuard, AnswerRuling, Buckets, ChainMember, Draw};
pub use compile::{Compiled, compile};
pub use decision::{
    Approval, Decision, Environment, Facts, HeaderEdits, OTHER_ACCOUNT, Obligation, Reason, Treatment, Why,
};
pub use diagnostic::{CODES, Diagnostic, Diagnostics, Severity};
pub use diff::{Change, Difference, LevelChange, diff, loosens};
pub use file_detector::{Ask, FileDetector};
pub use holds::Holds;
pub use library::{Library, WithRego};
pub use matrix::{Cell, Column, Matrix, Row, Ruled, matrix};
pub use mutate::{Mutant, Mutation, mutants};
pub use name_model::NameModel;
pub use pack_test::{Expectation, Given, PackTest};
pub use policy::{Levels, Policy};
pub use prove::{Leak, Proof, prove};
pub use rego::{RegoEngine, RegoFailure, RegoFault, RegoLimits, RegoPackage, RegoRules};
pub use routing::{Endpoint, KeyRef, Route, Routing, Selected, Target};
pub use schema::pack_schema;
pub use space::{Data, Situation, Space};
pub use stale::WhenStale;

/// A file, as text with the name diagnostics show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// File name, or the name a pack is extended by.
    pub name: String,
    /// What is in it.
    pub text: String,
}

impl Source {
    /// From name and text.
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            text: text.into(),
        }
    }
}

/// For fuzzing: reads any text as a pack and as catalogue files. Must never panic, whatever the text.
pub fn fuzz_pack(text: &str) {
    let catalogue = Catalogue::parse(&[], &[], &[]);
    if let Ok(catalogue) = catalogue {
        let source = Source::new("fuzz.yaml", text);
        let library = |_: &str| Some(Source::new("fuzz.yaml", text));
        let _ = compile(&source, &library, &catalogue);
        let _ = Catalogue::parse(std::slice::from_ref(&source), std::slice::from_ref(&source), &[]);
        let _ = Catalogue::parse(&[], &[], std::slice::from_ref(&source));
        let _ = catalogue.with_tenant_schemes(std::slice::from_ref(&source));
    }
}
