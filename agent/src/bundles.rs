//! Bundles: what goes into one, and what one puts in force.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use weir_assembly::{Engines, Files, Opened};
use weir_bundle::{Contents, FileBytes};
use weir_model::Timestamp;
use weir_ner::Models;
use weir_policy::Compiled;

use crate::in_force::{self, Beside, LoadError, Read};
use crate::rego;

/// What the signer says of a bundle.
pub(crate) struct Terms {
    pub(crate) number: u64,
    pub(crate) issued: Timestamp,
    pub(crate) expires: Timestamp,
    pub(crate) audience: BTreeSet<String>,
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
        files: files(&compiled, &Beside(beside.as_deref()))?,
    })
}

/// The files that the detectors of a pack are made from.
fn files(compiled: &Compiled, folder: &dyn Files) -> Result<BTreeMap<String, FileBytes>, LoadError> {
    let names = weir_assembly::files(compiled).into_iter();
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

/// Compiles what is in a bundle and runs the tests of its pack.
pub(crate) fn open(contents: &Contents) -> Result<Opened, LoadError> {
    let engines = Engines {
        rego: rego::apart(),
        names: &Models,
    };
    weir_assembly::open(contents, engines)
}
