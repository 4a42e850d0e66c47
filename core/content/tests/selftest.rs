//! The tests in the catalogue's files hold, and every route with text has one.
// The whole file is a test.
#![allow(clippy::unwrap_used, clippy::panic)]

mod support;

use std::collections::BTreeSet;
use support::{adapters, services};
use weir_content::{Adapters, selftest};
use weir_model::Tier;
use weir_model::catalogue::{Provider, Route, Service};

#[test]
fn the_tests_of_every_service_hold() {
    let adapters = adapters();
    let mut failures = Vec::new();
    let mut tests = 0;
    for service in services() {
        tests += service.tests.len();
        let failed = selftest::run(&adapters, &service).into_iter();
        failures.extend(failed.map(|failure| format!("{}: {failure}", service.service)));
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    assert!(tests > 150, "only {tests} tests");
}

#[test]
fn every_route_with_text_has_a_test() {
    let mut missing = Vec::new();
    for service in services() {
        let tested: BTreeSet<&str> = service
            .tests
            .iter()
            .filter_map(|test| test.expect.route.as_deref())
            .collect();
        let routes = service.routes.iter().filter(|route| carries_text(route));
        let untested = routes.filter(|route| !tested.contains(&*route.id));
        missing.extend(untested.map(|route| format!("{}/{}", service.service, route.id)));
    }
    assert!(missing.is_empty(), "routes without a test: {missing:?}");
}

/// What the page for newcomers shows is a service that works.
#[test]
fn the_example_of_the_documentation_holds() {
    let page = include_str!("../../../docs/add-an-ai-service.md");
    let mut blocks = page
        .split("```yaml\n")
        .skip(1)
        .filter_map(|block| block.split("```").next());
    let service: Service = serde_saphyr::from_str(blocks.next().unwrap()).unwrap();
    let provider: Provider = serde_saphyr::from_str(blocks.next().unwrap()).unwrap();
    assert_eq!(service.provider, provider.provider);
    assert!(!service.tests.is_empty());
    let adapters = Adapters::compile(std::slice::from_ref(&service)).unwrap();
    assert_eq!(selftest::run(&adapters, &service), []);
}

/// A runner that finds no fault finds nothing.
#[test]
fn what_does_not_hold_is_told() {
    let page = include_str!("../../../docs/add-an-ai-service.md");
    let example = page
        .split("```yaml\n")
        .nth(1)
        .and_then(|block| block.split("```").next());
    let mut service: Service = serde_saphyr::from_str(example.unwrap()).unwrap();
    let expect = &mut service.tests[0].expect;
    expect.prompts = Some(vec!["Another mat?".to_owned()]);
    expect.model = Some("acme-small".to_owned());
    expect.tier = Some(Tier::Consumer);
    expect.noise = vec!["porch".to_owned()];
    let adapters = Adapters::compile(std::slice::from_ref(&service)).unwrap();
    let failures = selftest::run(&adapters, &service);
    let what: Vec<&str> = failures.iter().map(|failure| failure.what).collect();
    assert_eq!(what, ["prompts", "model", "tier", "noise"]);
    assert_eq!(
        failures[1].to_string(),
        "a conversation with a file: model: expected \"acme-small\", found \"acme-large\""
    );
}

fn carries_text(route: &Route) -> bool {
    !(route.text.is_empty() && route.attachments.is_empty())
}
