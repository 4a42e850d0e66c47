//! The OpenAPI description beside the documents is the one that is served.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test's broken assumption is a failed test"
)]

use serde_json::Value;
use std::collections::BTreeSet;
use std::path::Path;
use weir_server::api::document;

#[test]
fn the_written_description_is_the_served_one() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/openapi.json");
    let served = document().to_pretty_json().unwrap() + "\n";
    if std::env::var_os("WEIR_BLESS").is_some() {
        std::fs::write(&path, &served).unwrap();
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        written == served,
        "WEIR_BLESS=1 cargo nextest run -p weir-server --test description"
    );
}

/// What the macros could leave out.
#[test]
fn every_operation_is_described() {
    let document = serde_json::to_value(document()).unwrap();
    let mut ids = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let at = format!("{method} {path}");
            assert!(operation["summary"].is_string(), "{at}");
            assert!(operation["security"].is_array(), "{at}");
            assert!(
                operation["responses"]["default"]["content"]["application/problem+json"].is_object(),
                "{at}"
            );
            ids.push(operation["operationId"].clone());
        }
    }
    assert!(ids.len() > 30);
    let text = document.to_string();
    let known = &document["components"]["schemas"];
    for reference in text.split("\"#/components/schemas/").skip(1) {
        let name = reference.split('"').next().unwrap();
        assert!(known[name].is_object(), "{name}");
    }
    let all = ids.len();
    ids.sort_by_key(Value::to_string);
    ids.dedup();
    assert_eq!(ids.len(), all, "an operation is named once");
}

/// The description knows a body by its name alone: of two with one name, one would be described as the other.
#[test]
fn no_two_bodies_have_one_name() {
    let mut seen = BTreeSet::new();
    let mut ahead = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
    while let Some(folder) = ahead.pop() {
        for path in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                ahead.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                for name in described(&std::fs::read_to_string(&path).unwrap()) {
                    assert!(
                        seen.insert(name.clone()),
                        "`{name}` in {} is the second",
                        path.display()
                    );
                }
            }
        }
    }
    assert!(seen.len() > 60, "{seen:?}");
}

/// The types of a file that are derived for the description.
fn described(text: &str) -> Vec<String> {
    let mut names = Vec::new();
    let mut is_described = false;
    for line in text.lines() {
        is_described |= line.starts_with("#[derive(") && line.contains("ToSchema");
        let words: Vec<&str> = line.split([' ', '<', '(', '{', ';']).collect();
        let kind = words.iter().position(|word| ["struct", "enum"].contains(word));
        if let Some(at) = kind.filter(|_| is_described) {
            names.push(words[at + 1].to_owned());
            is_described = false;
        }
    }
    names
}
