//! Scores the detectors on the labelled development texts, and holds the floors. Documents, levels and larger sets are
//! scored in `tests/corpus`.

use std::fmt::Write;
use weir_detect::score::{Item, Prediction, Tally};
use weir_detect::{Scanner, registry};
use weir_model::{Confidence, Level};

#[test]
fn development_texts_stay_above_the_floors() {
    let scanner = Scanner::builtin();
    let (mut tally, mut faulty) = (Tally::default(), String::new());
    for line in include_str!("../../../tests/corpus/data/detect-dev.jsonl").lines() {
        let item = Item::read(line).unwrap_or_else(|error| panic!("{error}"));
        let found: Vec<Prediction> = scanner
            .scan(&item.text)
            .into_iter()
            .filter(|found| found.confidence > Confidence::Low)
            .map(|found| Prediction {
                span: found.span,
                name: found.data_type.name().to_owned(),
                level: Level::Confidential,
            })
            .collect();
        let faults = tally.add(&item, &found);
        for index in faults.missed {
            let _ = writeln!(faulty, "missed {} {}", item.id, item.labels[index].name);
        }
        for index in faults.wrong {
            let _ = writeln!(
                faulty,
                "wrong  {} {} {:?}",
                item.id, found[index].name, found[index].span
            );
        }
    }
    let report = tally.report();
    assert!(report.all.f1() >= 0.95, "{report}\n{faulty}");
    let alarms = report.documents.false_alarms;
    assert!(alarms.of * 100 <= alarms.all, "{report}\n{faulty}");
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
