//! Every data type is held to account by its own examples and near misses.

use std::collections::HashSet;
use std::sync::LazyLock;
use weir_detect::{Scanner, registry};
use weir_model::{Confidence, Match};

static SCANNER: LazyLock<Scanner> = LazyLock::new(Scanner::builtin);

fn sure(text: &str) -> Vec<Match> {
    SCANNER
        .scan(text)
        .into_iter()
        .filter(|found| found.confidence > Confidence::Low)
        .collect()
}

#[test]
fn every_example_is_found() {
    let mut missed = Vec::new();
    for info in registry() {
        for example in info.examples {
            if !sure(example).iter().any(|found| found.data_type == info.data_type) {
                missed.push(format!("{} in {example:?}, found {:?}", info.data_type, sure(example)));
            }
        }
    }
    assert!(missed.is_empty(), "not found:\n{}", missed.join("\n"));
}

#[test]
fn no_near_miss_is_found() {
    let mut wrong = Vec::new();
    for info in registry() {
        for near_miss in info.counter_examples {
            if let Some(found) = sure(near_miss).iter().find(|found| found.data_type == info.data_type) {
                wrong.push(format!(
                    "{} in {near_miss:?} at {:?}",
                    info.data_type,
                    &near_miss[found.span.clone()]
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "found:\n{}", wrong.join("\n"));
}

#[test]
fn every_type_has_examples_near_misses_and_a_source() {
    let mut ids = HashSet::new();
    for info in registry() {
        let id = info.data_type.as_str();
        assert!(ids.insert(id), "`{id}` is listed twice");
        assert!(!info.examples.is_empty(), "`{id}` has no example");
        assert!(info.counter_examples.len() >= 2, "`{id}` has no near misses");
        let numbered = matches!(info.category.as_str(), "governmental" | "financial" | "medical");
        if numbered {
            assert!(info.examples.len() >= 5, "`{id}` has too few examples");
            assert!(info.counter_examples.len() >= 5, "`{id}` has too few near misses");
        }
        assert!(
            !info.source.is_empty() && !info.name.is_empty(),
            "`{id}` does not say where it comes from"
        );
        assert_eq!(info.data_type.category(), info.category.as_str());
        if info.data_type.category() == "security" {
            let held = info.examples.len() >= 5 && info.counter_examples.len() >= 5;
            assert!(held, "`{id}` has fewer than five examples or near misses");
        }
    }
    assert!(ids.len() >= 60, "only {} types", ids.len());
}
