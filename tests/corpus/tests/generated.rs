//! The generated set, as it is committed: it is what the generator writes, and the detectors stay above the floors on it.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test's broken assumption is a failed test"
)]

use weir_corpus::generate::{Set, generate};
use weir_corpus::judge::Judge;
use weir_detect::score::{Item, Tally};

const COMMITTED: &str = include_str!("../data/generated-dev.jsonl");
const SEED: u64 = 20261;

#[test]
fn the_committed_set_is_what_the_generator_writes() {
    let mut lines = COMMITTED.lines();
    generate(SEED, COMMITTED.lines().count(), Set::Dev, &mut |line| {
        assert!(
            lines.next() == Some(line),
            "write it anew: cargo run -p weir-corpus -- generate --seed {SEED} --count 1500 --out tests/corpus/data/generated-dev.jsonl"
        );
    });
}

#[test]
fn the_detectors_stay_above_the_floors() {
    let judge = Judge::builtin();
    let mut tally = Tally::default();
    for line in COMMITTED.lines() {
        let item = Item::read(line).unwrap_or_else(|error| panic!("{error}"));
        tally.add(&item, &judge.predict(&item.text));
    }
    let report = tally.report();
    let documents = &report.documents;
    assert!(report.all.f1() >= 0.92 && report.macro_f1 >= 0.92, "{report}");
    assert!(documents.restricted_blocked.rate() >= Some(0.92), "{report}");
    assert!(documents.false_blocks.rate() <= Some(0.02), "{report}");
    assert!(documents.evasion_false_blocks.of == 0, "{report}");
    assert!(report.evasion.rate() >= Some(0.93), "{report}");
}
