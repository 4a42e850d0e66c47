//! A pack in force, with the catalogue that comes with Weir.

#![allow(dead_code, reason = "each test uses a part of it")]

use std::sync::Arc;

use weir_content::Adapters;
use weir_engine::InForce;
use weir_policies::Embedded;
use weir_policy::{Catalogue, Diagnostic, PackTest, Source};

/// What became of a pack.
pub(crate) struct Loaded {
    pub(crate) in_force: InForce,
    pub(crate) tests: Vec<PackTest>,
    pub(crate) diagnostics: Vec<Diagnostic>,
}

/// Puts a pack in force under the name of a file.
pub(crate) fn load(text: &str) -> Loaded {
    load_from(&Source::new("pack.yaml", text))
}

pub(crate) fn load_from(pack: &Source) -> Loaded {
    let catalogue = catalogue();
    let compiled = weir_policy::compile(pack, &library, &catalogue).unwrap_or_else(|errors| panic!("{errors}"));
    let scanner = weir_engine::scanner(&compiled, Vec::new()).unwrap_or_else(|errors| panic!("{errors}"));
    Loaded {
        in_force: InForce {
            policy: compiled.policy,
            adapters: Adapters::compile(catalogue.services()).unwrap(),
            catalogue,
            scanner: Arc::new(scanner),
        },
        tests: compiled.tests,
        diagnostics: compiled.diagnostics,
    }
}

pub(crate) fn catalogue() -> Catalogue {
    Catalogue::parse(
        &sources(weir_policies::services()),
        &sources(weir_policies::shapes()),
        &sources(weir_policies::providers()),
    )
    .and_then(|catalogue| catalogue.with_tenant_schemes(&sources(weir_policies::tenant_schemes())))
    .unwrap_or_else(|errors| panic!("{errors}"))
}

/// The packs that come with Weir.
pub(crate) fn library(name: &str) -> Option<Source> {
    Some(Source::new(name, weir_policies::pack(name)?))
}

pub(crate) fn sources(files: impl Iterator<Item = Embedded>) -> Vec<Source> {
    files.map(|file| Source::new(file.name, file.text)).collect()
}
