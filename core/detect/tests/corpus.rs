//! Scores the detectors on the labelled development texts, and holds the floors.
//!
//! A finding is right when it overlaps a labelled span of a type that is accepted there; ambiguous spans are never
//! scored; doubtful findings do not count.

use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use weir_detect::{Scanner, registry};
use weir_model::Confidence;

#[derive(Deserialize)]
struct Item {
    id: String,
    text: String,
    doc: String,
    spans: Vec<Span>,
}

#[derive(Deserialize)]
struct Span {
    start: usize,
    end: usize,
    #[serde(rename = "type")]
    name: String,
    #[serde(default)]
    also: Vec<String>,
    #[serde(default)]
    ambiguous: bool,
}

impl Span {
    fn accepts(&self, name: &str) -> bool {
        self.name == name || self.also.iter().any(|also| also == name)
    }

    fn overlaps(&self, range: &std::ops::Range<usize>) -> bool {
        range.start < self.end && self.start < range.end
    }
}

#[derive(Default)]
struct Score {
    found: usize,
    missed: usize,
    wrong: usize,
}

impl Score {
    fn f1(&self) -> f64 {
        let doubled = 2.0 * self.found as f64;
        doubled / (doubled + (self.missed + self.wrong) as f64).max(1.0)
    }
}

#[test]
fn development_texts_stay_above_the_floors() {
    let covered: BTreeSet<&str> = registry().iter().map(|info| info.data_type.name()).collect();
    let scanner = Scanner::builtin();
    let mut scores: BTreeMap<String, Score> = BTreeMap::new();
    let (mut harmless, mut alarms, mut report) = (0, 0, String::new());
    for item in items() {
        let found: Vec<_> = scanner
            .scan(&item.text)
            .into_iter()
            .filter(|found| found.confidence > Confidence::Low)
            .collect();
        for span in item
            .spans
            .iter()
            .filter(|span| !span.ambiguous && covered.contains(span.name.as_str()))
        {
            let score = scores.entry(span.name.clone()).or_default();
            if found
                .iter()
                .any(|found| span.overlaps(&found.span) && span.accepts(found.data_type.name()))
            {
                score.found += 1;
            } else {
                score.missed += 1;
                let _ = writeln!(report, "missed {} {}", item.id, span.name);
            }
        }
        let mut alarmed = false;
        for found in &found {
            let name = found.data_type.name();
            let excused = item
                .spans
                .iter()
                .any(|span| span.overlaps(&found.span) && (span.ambiguous || span.accepts(name)));
            if !excused {
                scores.entry(name.to_owned()).or_default().wrong += 1;
                alarmed = true;
                let _ = writeln!(report, "wrong  {} {name} {:?}", item.id, found.span);
            }
        }
        harmless += usize::from(item.doc == "none");
        alarms += usize::from(item.doc == "none" && alarmed);
    }
    let total = scores.values().fold(Score::default(), |sum, score| Score {
        found: sum.found + score.found,
        missed: sum.missed + score.missed,
        wrong: sum.wrong + score.wrong,
    });
    for (name, score) in &scores {
        let _ = writeln!(
            report,
            "{name:24} found {:3} missed {:3} wrong {:3}",
            score.found, score.missed, score.wrong
        );
    }
    let _ = writeln!(
        report,
        "micro F1 {:.3}, false alarms {alarms} of {harmless}",
        total.f1()
    );
    assert!(total.f1() >= 0.97, "{report}");
    assert!(alarms * 100 <= harmless, "{report}");
}

#[test]
fn canary_texts_are_found_inside_ordinary_ones() {
    let scanner = Scanner::builtin();
    let filler = "The team in Osaka will own the migration from now on. ".repeat(40);
    for info in registry() {
        for example in info.examples.iter().filter(|example| !example.contains('\n')) {
            let text = format!("{filler}\n{example}\n{filler}");
            let there = |found: &weir_model::Match| {
                found.data_type == info.data_type
                    && found.span.start > filler.len()
                    && found.span.end <= filler.len() + 1 + example.len()
            };
            assert!(
                scanner.scan(&text).iter().any(there),
                "{} in {example:?}",
                info.data_type
            );
        }
    }
}

#[expect(clippy::unwrap_used, reason = "the corpus is part of the test")]
fn items() -> Vec<Item> {
    let text = include_str!("../../../tests/corpus/detect-dev.jsonl");
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}
