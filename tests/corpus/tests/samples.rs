//! The development sample, at the levels of the built-in pack.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test's broken assumption is a failed test"
)]

use weir_corpus::judge::Judge;
use weir_detect::registry;
use weir_detect::score::{Family, Item, Tally};
use weir_model::Confidence;

#[test]
fn restricted_samples_are_blocked_and_harmless_ones_pass() {
    let judge = Judge::builtin();
    let mut tally = Tally::default();
    for item in items() {
        tally.add(&item, &judge.predict(&item.text));
    }
    let report = tally.report();
    let documents = &report.documents;
    assert!(documents.restricted_blocked.rate() >= Some(0.985), "{report}");
    assert!(documents.false_blocks.rate() <= Some(0.0), "{report}");
}

/// A level in a labelled set is that of the built-in pack, or blocks would be counted wrongly.
#[test]
fn labels_have_the_levels_of_the_built_in_pack() {
    let judge = Judge::builtin();
    for item in items() {
        for label in &item.labels {
            let types = registry().iter().map(|info| &info.data_type);
            for data_type in types.filter(|data_type| data_type.name() == label.name) {
                assert_eq!(
                    judge.level_of(data_type, Confidence::High),
                    label.level,
                    "{data_type} in {}",
                    item.id
                );
            }
            assert!(Family::of(&label.name) != Family::Other, "{}", label.name);
        }
    }
}

fn items() -> Vec<Item> {
    let lines = include_str!("../data/detect-dev.jsonl").lines();
    lines
        .map(|line| Item::read(line).unwrap_or_else(|error| panic!("{error}")))
        .collect()
}
