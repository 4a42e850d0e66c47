//! Bundles: what goes into one, and what one puts in force.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use weir_bundle::Contents;
use weir_engine::packtest::{self, TestResult};
use weir_model::Timestamp;
use weir_policy::Source;

use crate::in_force::{self, CatalogueTexts, LoadError, Loaded, Ready};

/// What the signer says of a bundle.
pub(crate) struct Terms {
    pub(crate) number: u64,
    pub(crate) issued: Timestamp,
    pub(crate) expires: Timestamp,
    pub(crate) audience: BTreeSet<String>,
}

/// A pack that cannot be bundled.
#[derive(Debug, thiserror::Error)]
pub(crate) enum GatherError {
    /// It cannot be loaded.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// Bundles hold text.
    #[error("the pack brings a model (`name_model`), and bundles hold text only")]
    Model,
}

/// What came of a bundle.
pub(crate) struct Opened {
    pub(crate) loaded: Loaded,
    /// The pack's own tests.
    pub(crate) results: Vec<TestResult>,
}

/// The texts that a pack is made of, with those of everything it extends, and the catalogue.
pub(crate) fn gather(pack: &Path, extra_catalogue: Option<&Path>, terms: Terms) -> Result<Contents, GatherError> {
    let texts = CatalogueTexts::read(extra_catalogue)?;
    let catalogue = texts.parse()?;
    let (source, beside) = in_force::source_of(Some(pack))?;
    let parents = RefCell::new(BTreeMap::new());
    let library = |name: &str| {
        let parent = in_force::parent(name, beside.as_deref())?;
        parents.borrow_mut().insert(name.to_owned(), parent.text.clone());
        Some(parent)
    };
    let Ready { compiled, .. } = in_force::compile_source(&source, &library, None, &catalogue)?;
    if compiled.name_model().is_some() {
        return Err(GatherError::Model);
    }
    let file = Path::new(&source.name).file_name().unwrap_or_default();
    let name = file.to_string_lossy().into_owned();
    let mut packs = parents.into_inner();
    packs.insert(name.clone(), source.text);
    Ok(Contents {
        name: compiled.policy.name().to_owned(),
        number: terms.number,
        issued: terms.issued,
        expires: terms.expires,
        audience: terms.audience,
        pack: name,
        packs,
        catalogue: texts.into_paths(),
    })
}

/// Compiles what is in a bundle and runs the tests of its pack. Nothing outside the bundle is read.
pub(crate) fn open(contents: &Contents) -> Result<Opened, LoadError> {
    let catalogue = CatalogueTexts::of(contents).parse()?;
    let text = |name: &str| Some(Source::new(name, contents.packs.get(name)?.as_str()));
    // The signer's program has seen to it that the pack is there.
    let source = text(&contents.pack).unwrap_or_else(|| Source::new(contents.pack.as_str(), ""));
    let ready = in_force::compile_source(&source, &text, None, &catalogue)?;
    let tests = ready.compiled.tests.clone();
    let loaded = in_force::put_together(ready, catalogue)?.numbered(contents.number);
    let results = tests.iter().map(|test| packtest::run(test, &loaded.in_force)).collect();
    Ok(Opened { loaded, results })
}
