//! What is said about faulty packs: `tests/golden/policy/<case>.yaml` and the text beside it. `WEIR_BLESS=1` rewrites.
#![allow(clippy::disallowed_methods, reason = "reads and rewrites the cases")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops where it fails")]

mod support;

use std::path::{Path, PathBuf};

use weir_policy::{Catalogue, Diagnostic, Source};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden/policy")
}

#[test]
fn diagnostics_are_as_written_down() {
    let mut cases: Vec<PathBuf> = std::fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|it| it == "yaml"))
        .collect();
    cases.sort();
    assert!(cases.len() >= 10);
    let mut wrong = Vec::new();
    for case in cases {
        let found = report(&case);
        let expected = case.with_extension("txt");
        if std::env::var_os("WEIR_BLESS").is_some() {
            std::fs::write(&expected, &found).unwrap();
        } else if std::fs::read_to_string(&expected).unwrap_or_default() != found {
            wrong.push(format!("{}:\n{found}", case.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The whole answer for one case: a pack, or a catalogue file where the name says so.
fn report(case: &Path) -> String {
    let name = case.file_name().unwrap().to_str().unwrap();
    let source = Source::new(name, std::fs::read_to_string(case).unwrap());
    let diagnostics = match name {
        _ if name.starts_with("service-") => said(Catalogue::parse(&[source], &[shape()], &[]).map(|_| Vec::new())),
        _ if name.starts_with("shape-") => said(Catalogue::parse(&[], &[source], &[]).map(|_| Vec::new())),
        _ if name.starts_with("provider-") => said(Catalogue::parse(&[], &[], &[source]).map(|_| Vec::new())),
        _ if name.starts_with("scheme-") => said(no_services().with_tenant_schemes(&[source]).map(|_| Vec::new())),
        _ => said(weir_policy::compile(&source, &library, &support::catalogue()).map(|it| it.diagnostics)),
    };
    match diagnostics.is_empty() {
        true => "nothing to say\n".to_owned(),
        false => diagnostics.iter().map(|diagnostic| format!("{diagnostic}\n")).collect(),
    }
}

/// The one shape the service files of the cases can name.
fn shape() -> Source {
    Source::new(
        "shape.yaml",
        "shape: acme_chat\nkind: prompt\ntext: [{at: 'json:/text', role: prompt}]\n",
    )
}

fn no_services() -> Catalogue {
    Catalogue::parse(&[], &[], &[]).unwrap()
}

fn said(outcome: Result<Vec<Diagnostic>, weir_policy::Diagnostics>) -> Vec<Diagnostic> {
    outcome.unwrap_or_else(|diagnostics| diagnostics.0)
}

/// The shipped packs, and the other cases under `golden/`.
fn library(name: &str) -> Option<Source> {
    let case = name
        .strip_prefix("golden/")
        .map(|case| folder().join(format!("{case}.yaml")));
    match case {
        Some(path) => Some(Source::new(name, std::fs::read_to_string(path).ok()?)),
        None => support::library(name).or_else(|| sheet(name)),
    }
}

/// The classification sheets beside the cases.
fn sheet(name: &str) -> Option<Source> {
    let is_sheet = name.ends_with(".csv") || name.ends_with(".md");
    let path = folder().join(name);
    is_sheet.then(|| Some(Source::new(name, std::fs::read_to_string(path).ok()?)))?
}

#[test]
fn every_code_has_its_heading_on_the_page_about_checks() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/policy-checks.md");
    let page = std::fs::read_to_string(page).unwrap();
    let headings: Vec<&str> = page.lines().filter_map(|line| line.strip_prefix("## ")).collect();
    let codes: Vec<&str> = weir_policy::CODES.iter().map(|(code, _)| *code).collect();
    assert_eq!(headings, codes);
}
