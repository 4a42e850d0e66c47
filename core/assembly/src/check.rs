//! What is asked of a pack before it is in force.

use serde::Serialize;
use weir_bundle::Contents;
use weir_engine::InForce;
use weir_engine::packtest::{self, TestResult};
use weir_policy::{Diagnostic, Mutant, Mutation, PackTest, Source, WithRego};

use crate::assemble::{Engines, LoadError, Opened, open};
use crate::texts::CatalogueTexts;
use crate::texts_of;

/// What came of a pack.
#[derive(Debug, Default)]
pub struct Checked {
    /// What is wrong with it, or may not be meant.
    pub diagnostics: Vec<Diagnostic>,
    /// Its tests; empty where it cannot be used.
    pub results: Vec<TestResult>,
    /// Whether its tests would notice a weaker pack; absent where it cannot be used or a test fails.
    pub mutation: Option<MutationScore>,
}

/// How many weaker packs there were, and those that no test noticed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MutationScore {
    /// Packs that are weaker by one change.
    pub mutants: usize,
    /// Changes that no test noticed.
    pub survivors: Vec<Mutation>,
}

/// Compiles what would be in a bundle, runs the tests of its pack, and makes the pack weaker one change at a time to see
/// whether they notice.
///
/// # Errors
/// When what is wrong has no place in a text: a file that is missing, a model that cannot be used.
pub fn check(contents: &Contents, engines: Engines<'_>) -> Result<Checked, LoadError> {
    let Opened { loaded, results } = match open(contents, engines) {
        Ok(opened) => opened,
        Err(LoadError::Invalid(diagnostics)) => {
            return Ok(Checked {
                diagnostics: diagnostics.0,
                ..Checked::default()
            });
        }
        Err(error) => return Err(error),
    };
    // A test that fails for the pack itself fails for every weaker one: their number would say nothing.
    let mutation = match failed(&results) {
        0 => Some(mutated(contents, &loaded.in_force, engines)?),
        _ => None,
    };
    Ok(Checked {
        diagnostics: loaded.diagnostics,
        results,
        mutation,
    })
}

fn mutated(contents: &Contents, in_force: &InForce, engines: Engines<'_>) -> Result<MutationScore, LoadError> {
    let texts = texts_of(contents);
    let catalogue = CatalogueTexts::of(&texts).parse()?;
    let text = |name: &str| Some(Source::new(name, texts.packs.get(name)?.as_str()));
    let source = text(&texts.pack).unwrap_or_else(|| Source::new(texts.pack.as_str(), ""));
    let library = WithRego::new(&text, engines.rego);
    let compiled = weir_policy::compile(&source, &library, &catalogue).map_err(LoadError::Invalid)?;
    let mutants = weir_policy::mutants(&source, &library, &catalogue).map_err(LoadError::Invalid)?;
    Ok(score(&compiled.tests, &mutants, in_force))
}

/// Runs tests against what is in force.
#[must_use]
pub fn tested(tests: &[PackTest], in_force: &InForce) -> Vec<TestResult> {
    tests.iter().map(|test| packtest::run(test, in_force)).collect()
}

/// How many of them failed.
#[must_use]
pub fn failed(results: &[TestResult]) -> usize {
    results.iter().filter(|result| !result.failures.is_empty()).count()
}

/// Which of these weaker packs the tests notice.
#[must_use]
pub fn score(tests: &[PackTest], mutants: &[Mutant], in_force: &InForce) -> MutationScore {
    let survivors = packtest::survivors(tests, mutants, in_force);
    MutationScore {
        mutants: mutants.len(),
        survivors: survivors.into_iter().cloned().collect(),
    }
}
