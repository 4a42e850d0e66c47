//! Detectors of a pack's own: what they find, what speaks for it, and what is said of faulty ones.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops where it fails")]

use weir_detect::Scanner;
use weir_model::Confidence;
use weir_policy::{Catalogue, Compiled, Source};

fn compiled(custom: &str) -> Compiled {
    let text = format!("pack: {{name: acme}}\nclassification:\n  custom:\n{custom}");
    let catalogue = Catalogue::parse(&[], &[], &[]).unwrap();
    weir_policy::compile(&Source::new("acme.yaml", text), &|_: &str| None, &catalogue)
        .unwrap_or_else(|error| panic!("{error}"))
}

fn scanner(custom: &str) -> Scanner {
    weir_engine::scanner(&compiled(custom), Vec::new()).unwrap_or_else(|error| panic!("{error}"))
}

/// Type, value and confidence of what a detector `acme/…` finds.
fn found<'t>(scanner: &Scanner, text: &'t str) -> Vec<(&'t str, Confidence)> {
    let found = scanner.scan(text).into_iter();
    let own = found.filter(|found| found.data_type.category() == "acme");
    own.map(|found| (&text[found.span], found.confidence)).collect()
}

#[test]
fn a_keyword_nearby_makes_a_match_sure() {
    let with = |more: &str| {
        scanner(&format!(
            "    - {{id: acme/customer, level: confidential, pattern: 'CUST-\\d{{8}}', keywords: [customer, Kundin]{more}}}\n"
        ))
    };
    let usual = with("");
    assert_eq!(
        found(&usual, "our customer CUST-00412345"),
        [("CUST-00412345", Confidence::High)]
    );
    assert_eq!(
        found(&usual, "CUST-00412345 (KUNDIN)"),
        [("CUST-00412345", Confidence::High)]
    );
    assert_eq!(found(&usual, "see CUST-00412345"), [("CUST-00412345", Confidence::Low)]);
    assert_eq!(
        found(&usual, "customers CUST-00412345"),
        [("CUST-00412345", Confidence::Low)]
    );
    let far = format!("customer {} CUST-00412345", "x".repeat(80));
    assert_eq!(found(&usual, &far), [("CUST-00412345", Confidence::Low)]);
    assert_eq!(
        found(&with(", distance: 200"), &far),
        [("CUST-00412345", Confidence::High)]
    );
    assert_eq!(
        found(&with(", alone: medium"), &far),
        [("CUST-00412345", Confidence::Medium)]
    );
    assert_eq!(found(&with(", alone: ignore"), &far), []);
}

#[test]
fn words_are_found_whole_in_any_case_and_a_group_is_the_value() {
    let words = scanner("    - {id: acme/project, level: restricted, words: [Blue Heron, Größe, 青鹭]}\n");
    for (text, value) in [
        ("about BLUE HERON.", "BLUE HERON"),
        ("die GRÖSSE und die größe", "größe"),
        ("GRÖẞE, GRÖSSE, Größe", "Größe"),
        ("(青鹭)", "青鹭"),
        ("Blue Ｈeron", "Blue Ｈeron"),
        ("Blue\u{200b} Heron", "Blue\u{200b} Heron"),
    ] {
        let found = found(&words, text);
        assert_eq!(found.last().map(|(value, _)| *value), Some(value), "{text}");
    }
    assert_eq!(found(&words, "blue herons, Untergröße"), []);
    let group = scanner("    - {id: acme/badge, level: restricted, pattern: 'badge (?<number>\\d+)', group: number}\n");
    assert_eq!(found(&group, "badge 4711 of Ada"), [("4711", Confidence::High)]);
    let numbered = scanner("    - {id: acme/badge, level: restricted, pattern: 'badge (\\d+)', group: 1}\n");
    assert_eq!(found(&numbered, "badge 4711 of Ada"), [("4711", Confidence::High)]);
}

#[test]
fn check_digits_and_entropy_must_hold() {
    for (check, good, bad) in [
        ("luhn", "7992-7398-713", "7992-7398-714"),
        ("mod97", "794 44", "794 45"),
        ("iban", "GB82 WEST 1234 5698 7654 32", "GB82 WEST 1234 5698 7654 33"),
        ("mod11_10", "86095742719", "86095742718"),
        ("verhoeff", "2363", "2364"),
        ("damm", "5724", "5725"),
    ] {
        let custom =
            format!("    - {{id: acme/number, level: restricted, pattern: '[0-9A-Z][0-9A-Z -]+', check: {check}}}\n");
        let scanner = scanner(&custom);
        let types = |text: &str| {
            let found = scanner.scan(text).into_iter();
            found.filter(|found| found.data_type.as_str() == "acme/number").count()
        };
        assert_eq!(types(good), 1, "{check}");
        assert_eq!(types(bad), 0, "{check}");
    }
    let random = scanner("    - {id: acme/code, level: restricted, pattern: '[a-z]{12}', min_entropy: 3}\n");
    assert_eq!(
        found(&random, "aaaabbbbcccc qjzkvwxpmtrb"),
        [("qjzkvwxpmtrb", Confidence::High)]
    );
}

#[test]
fn what_a_detector_finds_has_its_level_and_its_example_can_be_named() {
    let pack =
        compiled("    - {id: acme/project, level: restricted, words: [Blue Heron], examples: [Blue Heron flies]}\n");
    let scanner = weir_engine::scanner(&pack, Vec::new()).unwrap();
    assert_eq!(scanner.example("acme/project"), Some("Blue Heron flies"));
    assert!(scanner.example("personal/email").is_some());
    let found = scanner.scan("the blue heron").remove(0);
    let level = pack.policy.level_of(&found.data_type, found.confidence);
    assert_eq!(level, weir_model::Level::Restricted);
}

#[test]
fn faults_are_said_at_their_place() {
    let pack = compiled(
        "    - {id: acme/one, level: restricted, pattern: '(unclosed'}
    - {id: acme/two, level: restricted, pattern: 'A\\d{4}', examples: [A1234, B1234], counter_examples: [A12345]}
    - {id: acme/three, level: restricted, pattern: '(?=look)ahead'}
    - {id: acme/four, level: restricted, pattern: '((a{100}){100}){100}'}
    - {id: acme/five, level: restricted, pattern: 'x*'}
    - {id: acme/six, level: restricted, pattern: 'x(y)', group: z}
    - {id: acme/seven, level: restricted, words: ['']}
",
    );
    let said = weir_engine::scanner(&pack, Vec::new()).err().unwrap().to_string();
    let expected = "\
acme.yaml:4:50: error[bad-pattern]: the pattern does not compile: unclosed group
  help: patterns take linear time: there are no look-arounds and no back-references
acme.yaml:5:78: error[bad-pattern]: the detector finds nothing in this example
acme.yaml:5:105: error[bad-pattern]: the detector finds something in this counter-example
acme.yaml:6:52: error[bad-pattern]: the pattern does not compile: look-around, including look-ahead and look-behind, is not supported
  help: patterns take linear time: there are no look-arounds and no back-references
acme.yaml:7:51: error[bad-pattern]: the pattern is too big
  help: patterns take linear time: there are no look-arounds and no back-references
acme.yaml:8:51: error[bad-pattern]: the pattern matches where nothing stands
  help: patterns take linear time: there are no look-arounds and no back-references
acme.yaml:9:65: error[bad-pattern]: the pattern has no group `z`
acme.yaml:10:51: error[bad-pattern]: one of the words is empty";
    assert_eq!(said, expected);
}
