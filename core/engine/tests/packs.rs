//! The packs that come with Weir: they do what their tests say, and their tests would notice every change that makes them
//! weaker.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops where it fails")]

use std::sync::Arc;

use weir_content::Adapters;
use weir_engine::{InForce, packtest};
use weir_policies::Embedded;
use weir_policy::{Catalogue, Source, mutants};

fn catalogue() -> Catalogue {
    let read = |files: &mut dyn Iterator<Item = Embedded>| -> Vec<Source> {
        files.map(|file| Source::new(file.name, file.text)).collect()
    };
    let services = read(&mut weir_policies::services());
    let catalogue = Catalogue::parse(
        &services,
        &read(&mut weir_policies::shapes()),
        &read(&mut weir_policies::providers()),
    );
    let schemes = read(&mut weir_policies::tenant_schemes());
    catalogue.unwrap().with_tenant_schemes(&schemes).unwrap()
}

fn library(name: &str) -> Option<Source> {
    Some(Source::new(name, weir_policies::pack(name)?))
}

/// Runs the tests of a pack against it, and against everything weaker.
fn hold(name: &str) {
    let pack = library(name).unwrap();
    let catalogue = catalogue();
    let compiled = weir_policy::compile(&pack, &library, &catalogue).unwrap();
    assert!(compiled.diagnostics.is_empty(), "{:?}", compiled.diagnostics);
    let in_force = InForce {
        scanner: Arc::new(weir_engine::scanner(&compiled, None).unwrap_or_else(|faults| panic!("{faults}"))),
        policy: compiled.policy,
        adapters: Adapters::compile(&[]).unwrap(),
        catalogue: catalogue.clone(),
    };
    assert!(!compiled.tests.is_empty());
    for test in &compiled.tests {
        let failures = packtest::run(test, &in_force).failures;
        assert!(failures.is_empty(), "{name}: {}: {failures:?}", test.name);
    }
    let mutants = mutants(&pack, &library, &catalogue).unwrap();
    let survivors = packtest::survivors(&compiled.tests, &mutants, &in_force);
    assert!(survivors.is_empty(), "{name}: {survivors:#?}");
}

macro_rules! packs {
    ($($test:ident: $name:literal,)*) => {
        $(#[test]
        fn $test() {
            hold($name);
        })*

        #[test]
        fn every_pack_has_a_test_here() {
            let here = [$($name),*];
            let shipped: Vec<String> = weir_policies::packs().map(|(name, _)| name).collect();
            assert_eq!(shipped, here);
        }
    };
}

packs! {
    baseline: "weir/baseline",
    education: "weir/education",
    eu_residency: "weir/eu-residency",
    finance: "weir/finance",
    gdpr: "weir/gdpr",
    healthcare: "weir/healthcare",
    legal: "weir/legal",
    monitor_only: "weir/monitor-only",
    source_code: "weir/source-code",
    strict: "weir/strict",
    zero_retention: "weir/zero-retention",
}
