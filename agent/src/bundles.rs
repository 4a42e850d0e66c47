//! Bundles: what goes into one, and what one puts in force.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use weir_bundle::{Contents, FileBytes};
use weir_engine::packtest::{self, TestResult};
use weir_model::Timestamp;
use weir_policy::Compiled;
use weir_wire::PolicyTexts;

use crate::in_force::{self, LoadError, Loaded, Read};
use crate::voices::{self, Beside};

/// What the signer says of a bundle.
pub(crate) struct Terms {
    pub(crate) number: u64,
    pub(crate) issued: Timestamp,
    pub(crate) expires: Timestamp,
    pub(crate) audience: BTreeSet<String>,
}

/// What came of a bundle.
pub(crate) struct Opened {
    pub(crate) loaded: Loaded,
    /// The pack's own tests.
    pub(crate) results: Vec<TestResult>,
}

/// What a pack is made of: its text with those of everything it extends, the files they name, and the catalogue.
pub(crate) fn gather(pack: &Path, extra_catalogue: Option<&Path>, terms: Terms) -> Result<Contents, LoadError> {
    let Read {
        texts,
        compiled,
        beside,
        ..
    } = in_force::read_policy(Some(pack), extra_catalogue)?;
    Ok(Contents {
        name: compiled.policy.name().to_owned(),
        number: terms.number,
        issued: terms.issued,
        expires: terms.expires,
        audience: terms.audience,
        pack: texts.pack,
        packs: texts.packs,
        catalogue: texts.catalogue,
        files: files(&compiled, Beside::Folder(beside.as_deref()))?,
    })
}

/// The files that the detectors of a pack are made from.
fn files(compiled: &Compiled, folder: Beside<'_>) -> Result<BTreeMap<String, FileBytes>, LoadError> {
    let names = voices::files(compiled).into_iter();
    names
        .map(|name| {
            let bytes = folder.read(&name).map_err(|source| LoadError::Read {
                path: name.as_str().into(),
                source,
            })?;
            Ok((name, FileBytes(bytes)))
        })
        .collect()
}

/// Compiles what is in a bundle and runs the tests of its pack. Nothing outside the bundle is read.
pub(crate) fn open(contents: &Contents) -> Result<Opened, LoadError> {
    let mut texts = PolicyTexts {
        pack: contents.pack.clone(),
        packs: contents.packs.clone(),
        catalogue: contents.catalogue.clone(),
        files: BTreeMap::new(),
    };
    // The signer's program has seen to it that the pack is there.
    let (compiled, catalogue) = in_force::compile_texts(&texts)?;
    let (compiled, files) = voices::named_by_files(compiled, Beside::Bundle(contents));
    texts.files = files;
    let ready = in_force::with_detectors(compiled, Beside::Bundle(contents))?;
    let tests = ready.compiled.tests.clone();
    let loaded = in_force::put_together(ready, catalogue, texts)?.numbered(contents.number);
    let results = tests.iter().map(|test| packtest::run(test, &loaded.in_force)).collect();
    Ok(Opened { loaded, results })
}
