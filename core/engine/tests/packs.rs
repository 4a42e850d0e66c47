//! The packs that come with Weir: they do what their tests say, and their tests would notice every change that makes them
//! weaker.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops where it fails")]

mod loaded;

use loaded::{Loaded, library};
use weir_engine::packtest;
use weir_policy::{Source, mutants};

/// Runs the tests of a pack that comes with Weir against it, and against everything weaker.
fn hold(name: &str) {
    hold_pack(&library(name).unwrap());
}

/// The same for an example.
fn hold_example(name: &str) {
    let text = weir_policies::examples().find_map(|(known, text)| (known == name).then_some(text));
    hold_pack(&Source::new(name, text.unwrap()));
}

fn hold_pack(pack: &Source) {
    let name = &pack.name;
    let Loaded {
        in_force,
        tests,
        diagnostics,
    } = loaded::load_from(pack);
    assert!(diagnostics.is_empty(), "{diagnostics:?}");
    assert!(!tests.is_empty());
    for test in &tests {
        let failures = packtest::run(test, &in_force).failures;
        assert!(failures.is_empty(), "{name}: {}: {failures:?}", test.name);
    }
    let mutants = mutants(pack, &library, &in_force.catalogue).unwrap();
    let survivors = packtest::survivors(&tests, &mutants, &in_force);
    assert!(survivors.is_empty(), "{name}: {survivors:#?}");
}

#[test]
fn the_example_with_guards_notices_every_weaker_one() {
    hold_example("guards");
}

#[test]
fn the_example_with_tenants_notices_every_weaker_one() {
    hold_example("tenants");
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
