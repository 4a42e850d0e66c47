//! The tests in the catalogue's files hold, and every route with text has one.
// The whole file is a test.
#![allow(clippy::unwrap_used, clippy::panic)]

mod support;

use std::collections::BTreeSet;
use support::{adapters, services};
use weir_content::selftest;
use weir_model::catalogue::Route;

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

fn carries_text(route: &Route) -> bool {
    !(route.text.is_empty() && route.attachments.is_empty())
}
