//! Texts to a compiled policy, and that to what is in force.

use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use weir_bundle::Contents;
use weir_content::{AdapterError, Adapters};
use weir_detect::Scanner;
use weir_engine::InForce;
use weir_engine::packtest::TestResult;
use weir_policy::{Catalogue, Compiled, Diagnostic, Diagnostics, RegoEngine, Source, WithRego};
use weir_wire::PolicyTexts;

use crate::check::tested;
use crate::texts::CatalogueTexts;
use crate::voices::{self, Files, NameModels};

/// What runs the parts of a pack that are not ours to run.
#[derive(Clone, Copy)]
pub struct Engines<'a> {
    /// Rules in Rego.
    pub rego: &'a dyn RegoEngine,
    /// Models that find names.
    pub names: &'a dyn NameModels,
}

/// Policy could not be loaded. Nothing runs under a policy that is not understood.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// A file cannot be read.
    #[error("cannot read `{}`", .path.display())]
    Read {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A pack or catalogue file has errors; each names its file, line and column.
    #[error("{0}")]
    Invalid(Diagnostics),
    /// The model that the pack brings cannot be used.
    #[error("the model in `{directory}` cannot be used")]
    Model {
        /// Where its files are, as the pack names it.
        directory: String,
        /// Why.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A route of the catalogue cannot be compiled.
    #[error("the catalogue cannot be used")]
    Adapters(#[source] AdapterError),
}

/// What was loaded, with what is worth saying about it.
pub struct Loaded {
    /// For the gate.
    pub in_force: InForce,
    /// Warnings.
    pub diagnostics: Vec<Diagnostic>,
    /// What it was made from.
    pub texts: PolicyTexts,
}

impl Loaded {
    /// With the number that records refer to.
    #[must_use]
    pub fn numbered(mut self, number: u64) -> Self {
        self.in_force.policy = self.in_force.policy.numbered(number);
        self
    }
}

/// What came of a bundle.
pub struct Opened {
    /// What can be put in force.
    pub loaded: Loaded,
    /// The pack's own tests.
    pub results: Vec<TestResult>,
}

/// A pack that can be put in force.
pub struct Ready {
    /// What it says.
    pub compiled: Compiled,
    /// The detectors, with its own.
    pub scanner: Arc<Scanner>,
}

/// Compiles what is in a bundle and runs the tests of its pack. Nothing outside the bundle is read.
///
/// # Errors
/// When something in it cannot be used.
pub fn open(contents: &Contents, engines: Engines<'_>) -> Result<Opened, LoadError> {
    let mut texts = texts_of(contents);
    // The signer's program has seen to it that the pack is there.
    let (compiled, catalogue) = compile_texts(&texts, engines.rego)?;
    let (compiled, files) = voices::named_by_files(compiled, contents);
    texts.files = files;
    let ready = with_detectors(compiled, contents, engines.names)?;
    let tests = ready.compiled.tests.clone();
    let loaded = put_together(ready, catalogue, texts)?.numbered(contents.number);
    let results = tested(&tests, &loaded.in_force);
    Ok(Opened { loaded, results })
}

/// The texts of a bundle. Its other files are named by nothing yet.
#[must_use]
pub fn texts_of(contents: &Contents) -> PolicyTexts {
    PolicyTexts {
        pack: contents.pack.clone(),
        packs: contents.packs.clone(),
        catalogue: contents.catalogue.clone(),
        files: BTreeMap::new(),
    }
}

/// Compiles what was read elsewhere, or at another time. Nothing but the texts is read; the detectors are left out.
///
/// # Errors
/// When a pack or a file of the catalogue has errors.
pub fn compile_texts(texts: &PolicyTexts, rego: &dyn RegoEngine) -> Result<(Compiled, Catalogue), LoadError> {
    let catalogue = CatalogueTexts::of(texts).parse()?;
    let text = |name: &str| Some(Source::new(name, texts.packs.get(name)?.as_str()));
    let source = text(&texts.pack).unwrap_or_else(|| Source::new(texts.pack.as_str(), ""));
    let compiled = weir_policy::compile(&source, &WithRego::new(&text, rego), &catalogue);
    let compiled = compiled.map_err(LoadError::Invalid)?.with_files(&texts.files);
    Ok((compiled, catalogue))
}

/// A compiled pack with its detectors, and with the files they are made from.
///
/// # Errors
/// When a file cannot be used, or a detector of the pack does not do what its examples say.
pub fn with_detectors(compiled: Compiled, files: &dyn Files, names: &dyn NameModels) -> Result<Ready, LoadError> {
    let voices = voices::load(&compiled, files, names)?;
    let scanner = weir_engine::scanner(&compiled, voices).map_err(LoadError::Invalid)?;
    Ok(Ready {
        compiled,
        scanner: Arc::new(scanner),
    })
}

/// A compiled pack with the catalogue it was compiled against.
///
/// # Errors
/// When a route of the catalogue cannot be compiled.
pub fn put_together(ready: Ready, catalogue: Catalogue, texts: PolicyTexts) -> Result<Loaded, LoadError> {
    let adapters = Adapters::compile(catalogue.services()).map_err(LoadError::Adapters)?;
    let Ready { compiled, scanner } = ready;
    let mut diagnostics = compiled.unknown_types(&known_types());
    diagnostics.extend(compiled.diagnostics);
    let in_force = InForce {
        policy: compiled.policy,
        catalogue,
        adapters,
        scanner,
    };
    Ok(Loaded {
        in_force,
        diagnostics,
        texts,
    })
}

/// Everything that a detector finds, for packs that name what none does.
#[must_use]
pub fn known_types() -> Vec<&'static str> {
    weir_detect::registry()
        .iter()
        .map(|info| info.data_type.as_str())
        .collect()
}
