//! The tests that a service's file brings along: messages, and what must be found in them.
//!
//! Neighbours: the catalogue holds the tests as data; the command line and the tests of this crate run them. It must not
//! know any service. What the tests hold is made up, so a [`Failure`] may show it.

use crate::request::{Carrier, RequestView};
use crate::{Adapters, Inspected, inspect};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::borrow::Cow;
use std::fmt::Debug;
use weir_model::Role;
use weir_model::catalogue::{AdapterTest, Expectation, Service, Transport};

/// Something that a test expected and that was not found.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{test}: {what}: expected {expected}, found {found}")]
pub struct Failure {
    /// Name of the test.
    pub test: String,
    /// What differs: `prompts`, `model`.
    pub what: &'static str,
    /// What the test says.
    pub expected: String,
    /// What is so.
    pub found: String,
}

/// Runs the tests of a service's file. `adapters` must have been compiled with the service in them.
#[must_use]
pub fn run(adapters: &Adapters, service: &Service) -> Vec<Failure> {
    let tests = service.tests.iter();
    tests.flat_map(|test| run_one(adapters, service, test)).collect()
}

fn run_one(adapters: &Adapters, service: &Service, test: &AdapterTest) -> Vec<Failure> {
    let mut report = Report {
        test: &test.name,
        failures: Vec::new(),
    };
    let Some(host) = test.host.as_deref().or_else(|| exact_host(service)) else {
        report.differs("host", "a `host` in the test", "only patterns in the service");
        return report.failures;
    };
    let Some(body) = body(test) else {
        report.differs("body_base64", "base64", "something else");
        return report.failures;
    };
    let (path, query) = match test.path.split_once('?') {
        Some((path, query)) => (path, Some(query)),
        None => (&*test.path, None),
    };
    let headers: Vec<(&str, &[u8])> = test
        .headers
        .iter()
        .map(|(name, value)| (&**name, value.as_bytes()))
        .collect();
    let request = RequestView {
        method: test.method.as_deref().unwrap_or("POST"),
        host,
        path,
        query,
        headers: &headers,
        body: &body,
        carrier: match test.transport {
            Transport::Http => Carrier::Http,
            Transport::Websocket => Carrier::WebSocket { number: 0 },
        },
    };
    report.compare(&service.service, &test.expect, &inspect(adapters, &request));
    report.failures
}

fn exact_host(service: &Service) -> Option<&str> {
    let mut hosts = service.hosts.iter().map(|host| &*host.host);
    hosts.find(|host| !host.contains('*'))
}

fn body(test: &AdapterTest) -> Option<Cow<'_, [u8]>> {
    match (&test.body_base64, &test.body) {
        (Some(encoded), _) => STANDARD.decode(encoded).ok().map(Cow::Owned),
        (None, Some(text)) => Some(Cow::Borrowed(text.as_bytes())),
        (None, None) => Some(Cow::Borrowed(b"")),
    }
}

struct Report<'a> {
    test: &'a str,
    failures: Vec<Failure>,
}

impl Report<'_> {
    fn compare(&mut self, service: &str, expect: &Expectation, found: &Inspected) {
        let route = found.route.as_deref().map(|route| {
            let own = route.strip_prefix(service).and_then(|rest| rest.strip_prefix('/'));
            own.unwrap_or(route).to_owned()
        });
        self.check("route", expect.route.as_ref(), route.as_ref());
        self.check("kind", expect.kind.as_ref(), Some(&found.kind));
        let prompts = texts(found, |role| role == Role::Prompt);
        self.check("prompts", expect.prompts.as_ref(), Some(&prompts));
        let context = texts(found, |role| {
            !matches!(role, Role::Prompt | Role::Unclassified | Role::Copy)
        });
        self.check("context", expect.context.as_ref(), Some(&context));
        self.check("model", expect.model.as_ref(), found.model.as_ref());
        let conversation = found.conversation.as_ref().map(|id| id.expose());
        self.check("conversation", expect.conversation.as_ref(), conversation);
        let names = found.attachments.iter().map(|file| {
            let name = file.name.as_ref().map(|name| name.expose().clone());
            name.unwrap_or_default()
        });
        self.check("attachments", expect.attachments.as_ref(), Some(&names.collect()));
        let ids = found.references.iter().map(|file| file.id.expose().clone());
        self.check("references", expect.references.as_ref(), Some(&ids.collect()));
        let known = found.upload.iter().flat_map(|step| &step.known_by);
        let known = known.map(|name| name.expose().clone()).collect();
        self.check("known_by", expect.known_by.as_ref(), Some(&known));
        self.check("tier", expect.tier.as_ref(), Some(&found.tier));
        let account = found.account.as_ref().map(|id| id.expose());
        self.check("account", expect.account.as_ref(), account);
        self.check("editable", expect.editable.as_ref(), Some(&found.editable));
        for noise in &expect.noise {
            let somewhere = found
                .segments
                .iter()
                .find(|segment| segment.text.expose().contains(noise));
            if let Some(segment) = somewhere {
                let place = segment.place.locator.as_deref().unwrap_or("an unnamed place");
                self.differs("noise", &format!("`{noise}` in no text"), place);
            }
        }
    }

    /// What a test does not say is not checked.
    fn check<T: PartialEq + Debug>(&mut self, what: &'static str, expected: Option<&T>, found: Option<&T>) {
        if expected.is_some() && expected != found {
            self.differs(what, &shown(expected), &shown(found));
        }
    }

    fn differs(&mut self, what: &'static str, expected: &str, found: &str) {
        self.failures.push(Failure {
            test: self.test.to_owned(),
            what,
            expected: expected.to_owned(),
            found: found.to_owned(),
        });
    }
}

fn texts(found: &Inspected, wanted: impl Fn(Role) -> bool) -> Vec<String> {
    let segments = found.segments.iter().filter(|segment| wanted(segment.place.role));
    segments.map(|segment| segment.text.expose().clone()).collect()
}

fn shown(value: Option<&impl Debug>) -> String {
    value.map_or_else(|| "nothing".to_owned(), |value| format!("{value:?}"))
}
