//! Numbers made from the standards, by a program that shares no code with the validators (most of them were checked
//! against python-stdnum 2.2 as well), are found beside their label in every surrounding, and not with a wrong digit.

use std::sync::LazyLock;
use weir_detect::Scanner;
use weir_model::Confidence;

static SCANNER: LazyLock<Scanner> = LazyLock::new(Scanner::builtin);

struct Line {
    data_type: &'static str,
    label: &'static str,
    value: &'static str,
    /// The same with a wrong digit; empty where the number has no check digit.
    wrong: &'static str,
}

fn lines() -> impl Iterator<Item = Line> {
    let text = include_str!("identities.tsv");
    text.lines().filter(|line| !line.starts_with('#')).map(|line| {
        let mut cells = line.split('\t');
        let mut next = || cells.next().unwrap_or_default();
        Line {
            data_type: next(),
            label: next(),
            value: next(),
            wrong: next(),
        }
    })
}

type Surround = fn(&str, &str) -> String;

/// The places where people write a value: prose, a form, files of settings, tables, code.
const SURROUNDINGS: &[(&str, Surround)] = &[
    ("words", |label, value| format!("{label} {value}")),
    ("line", |label, value| {
        format!("Name: Ada Weir\n{label}: {value}\nCity: Lima\n")
    }),
    ("json", |label, value| {
        format!("{{\"name\": \"Ada\", \"{label}\": \"{value}\", \"n\": 3}}")
    }),
    ("csv", |label, value| {
        format!("name,{label},city\nAda Weir,{value},Lima\nBob Weir,,Oslo\n")
    }),
    ("quoted csv", |label, value| {
        format!("\"name\";\"{label}\";\"city\"\n\"Ada Weir\";\"{value}\";\"Lima\"\n")
    }),
    ("markdown", |label, value| {
        format!("| name | {label} |\n|---|---|\n| Ada | {value} |\n")
    }),
    ("line above", |label, value| format!("{label}\n{value}\n")),
    ("list", |label, value| format!("{label}:\n  - {value}\n  - {value}\n")),
    ("sql", |label, value| {
        format!("INSERT INTO people (id, `{label}`, city) VALUES (1, '{value}', 'Lima'), (2, '{value}', 'Oslo');")
    }),
    ("chat", |label, value| {
        format!("hi, can you fix my record? the {label} is {value}, thanks!")
    }),
    ("xml", |label, value| {
        format!("<p><f name=\"{label}\">{value}</f><n>7</n></p>")
    }),
];

fn finds(text: &str, data_type: &str, value: &str) -> bool {
    SCANNER.scan(text).iter().any(|found| {
        found.confidence > Confidence::Low
            && found.data_type.as_str() == data_type
            && text[found.span.clone()].contains(value)
    })
}

#[test]
fn numbers_of_the_standards_are_found_in_every_surrounding() {
    let mut missed = Vec::new();
    for line in lines() {
        for (name, surround) in SURROUNDINGS {
            let text = surround(line.label, line.value);
            if !finds(&text, line.data_type, line.value) {
                let found: Vec<_> = SCANNER
                    .scan(&text)
                    .iter()
                    .map(|found| found.data_type.to_string())
                    .collect();
                missed.push(format!("{} {name}: {text:?} gives {found:?}", line.data_type));
            }
        }
    }
    assert!(missed.is_empty(), "{} missed:\n{}", missed.len(), missed.join("\n"));
}

#[test]
fn numbers_with_a_wrong_digit_are_not_found() {
    let mut wrong = Vec::new();
    for line in lines().filter(|line| !line.wrong.is_empty()) {
        for (_, surround) in SURROUNDINGS {
            let text = surround(line.label, line.wrong);
            if finds(&text, line.data_type, line.wrong) {
                wrong.push(format!("{} {text:?}", line.data_type));
            }
        }
    }
    assert!(wrong.is_empty(), "{} found:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn every_number_has_values_here() {
    let types: std::collections::BTreeSet<&str> = lines().map(|line| line.data_type).collect();
    assert!(types.len() >= 110, "only {} types", types.len());
}
