//! The packs that come with Weir: they do what their tests say, and their tests would notice every change that makes them
//! weaker.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops where it fails")]

mod loaded;

use loaded::{Loaded, library};
use weir_engine::packtest;
use weir_policy::mutants;

/// Runs the tests of a pack against it, and against everything weaker.
fn hold(name: &str) {
    let pack = library(name).unwrap();
    let Loaded {
        in_force,
        tests,
        diagnostics,
    } = loaded::load_from(&pack);
    assert!(diagnostics.is_empty(), "{diagnostics:?}");
    assert!(!tests.is_empty());
    for test in &tests {
        let failures = packtest::run(test, &in_force).failures;
        assert!(failures.is_empty(), "{name}: {}: {failures:?}", test.name);
    }
    let mutants = mutants(&pack, &library, &in_force.catalogue).unwrap();
    let survivors = packtest::survivors(&tests, &mutants, &in_force);
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
