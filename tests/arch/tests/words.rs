//! What may not stand in this repository, and what must: finished work, names that say something, promises with tests.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test's broken assumption is a failed test"
)]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Not ours to judge: built things, installed things, and samples of other people's words.
const SKIPPED: &[&str] = &[
    "target",
    ".git",
    ".weir",
    "node_modules",
    ".tools",
    "tests/golden",
    "tests/corpus/data",
    "tests/fuzz/seeds",
    "tests/fuzz/corpus",
    "Cargo.lock",
];

#[test]
fn nothing_is_left_for_later() {
    // Put together from halves, so that this file does not find itself.
    let words = [
        ("TO", "DO"),
        ("FIX", "ME"),
        ("XX", "X:"),
        ("HA", "CK:"),
        ("todo", "!("),
        ("unimplemented", "!("),
    ];
    for (first, second) in words {
        let word = format!("{first}{second}");
        let found = holding(&word);
        assert!(
            found.is_empty(),
            "`{word}` in {found:?}: finish it, or describe it in an issue and in the limits section"
        );
    }
}

#[test]
fn nothing_points_outside_the_repository() {
    for (first, second) in [
        ("../", "shared"),
        ("/work", "/shared"),
        ("/work", "/main"),
        ("/tmp/", "weir"),
    ] {
        let path = format!("{first}{second}");
        let found = holding(&path);
        assert!(found.is_empty(), "`{path}` in {found:?}: nobody else has that folder");
    }
}

/// Such names say that an idea is missing.
#[test]
fn names_say_what_a_thing_is() {
    let endings = ["Manager", "Helper", "Helpers", "Util", "Utils", "Processor", "Common"];
    let modules = ["util", "utils", "helper", "helpers", "common", "misc", "manager"];
    let mut wrong = Vec::new();
    for file in files()
        .into_iter()
        .filter(|file| file.extension().is_some_and(|extension| extension == "rs"))
    {
        let content = std::fs::read_to_string(&file).unwrap_or_default();
        for line in content.lines() {
            let Some((keyword, name)) = declared(line) else {
                continue;
            };
            let bad = match keyword {
                "mod" => modules.contains(&name),
                _ => {
                    endings.iter().any(|ending| name.ends_with(ending))
                        || name.ends_with("Service") && name != "Service"
                }
            };
            if bad {
                wrong.push(format!("{}: {keyword} {name}", file.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Each promise says which tests hold it (`Held by: …`), and they exist.
#[test]
fn every_promise_names_its_tests() {
    let security = std::fs::read_to_string(root().join("SECURITY.md")).unwrap();
    let tests = tests_in_the_repository();
    for number in 1..=10 {
        let promise = promise(&security, number);
        let held = promise
            .split_once("Held by:")
            .unwrap_or_else(|| panic!("P{number} does not say `Held by:` which tests"))
            .1;
        let named: Vec<&str> = held.split('`').skip(1).step_by(2).collect();
        assert!(!named.is_empty(), "P{number} names no test");
        for name in named {
            let function = name.rsplit("::").next().unwrap_or(name);
            assert!(
                tests.contains(function),
                "P{number} names `{name}`, which is no test in this repository"
            );
        }
    }
}

/// From its number to the next one's, or to the next heading.
fn promise(security: &str, number: u32) -> &str {
    let start = security
        .find(&format!("**P{number} "))
        .unwrap_or_else(|| panic!("no promise P{number}"));
    let rest = &security[start..];
    let end = rest
        .find(&format!("**P{} ", number + 1))
        .or_else(|| rest.find("\n## "))
        .unwrap_or(rest.len());
    &rest[..end]
}

/// Names of functions under `#[test]`, `#[tokio::test]`, in `proptest!`, or of fault suites made by a macro.
fn tests_in_the_repository() -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for file in files()
        .into_iter()
        .filter(|file| file.extension().is_some_and(|extension| extension == "rs"))
    {
        let content = std::fs::read_to_string(&file).unwrap_or_default();
        let mut expecting = false;
        for line in content.lines().map(str::trim_start) {
            if line.starts_with("#[test]") || line.starts_with("#[tokio::test") {
                expecting = true;
            }
            let name = line
                .trim_start_matches("async ")
                .strip_prefix("fn ")
                .and_then(|rest| rest.split(['(', '<']).next());
            if let (true, Some(name)) = (expecting, name) {
                names.insert(name.to_owned());
                expecting = false;
            }
        }
    }
    names
}

fn declared(line: &str) -> Option<(&str, &str)> {
    let line = line.trim_start();
    let line = line
        .strip_prefix("pub ")
        .or_else(|| {
            line.split_once("pub(")
                .and_then(|(_, rest)| rest.split_once(") "))
                .map(|(_, rest)| rest)
        })
        .unwrap_or(line);
    let (keyword, rest) = line.split_once(' ')?;
    let name = rest
        .split(|letter: char| !letter.is_alphanumeric() && letter != '_')
        .next()?;
    ["struct", "enum", "trait", "mod", "type"]
        .contains(&keyword)
        .then_some((keyword, name))
}

fn holding(word: &str) -> Vec<PathBuf> {
    let holds = |file: &PathBuf| std::fs::read_to_string(file).is_ok_and(|content| content.contains(word));
    files().into_iter().filter(holds).collect()
}

fn files() -> Vec<PathBuf> {
    let (mut files, mut pending) = (Vec::new(), vec![root().to_path_buf()]);
    while let Some(dir) = pending.pop() {
        for entry in std::fs::read_dir(dir).unwrap().map(Result::unwrap) {
            let path = entry.path();
            let skipped = SKIPPED
                .iter()
                .any(|skipped| path.strip_prefix(root()).is_ok_and(|inner| inner.ends_with(skipped)));
            match entry.file_type().unwrap() {
                _ if skipped => {}
                kind if kind.is_dir() => pending.push(path),
                kind if kind.is_file() => files.push(path),
                _ => {}
            }
        }
    }
    files
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap()
}

#[test]
fn declarations_are_read() {
    assert_eq!(declared("pub(crate) struct Launch {"), Some(("struct", "Launch")));
    assert_eq!(declared("    pub mod fake;"), Some(("mod", "fake")));
    assert_eq!(declared("let structure = 1;"), None);
}
