//! Golden messages: what the catalogue that comes with Weir finds in them.
//!
//! `tests/golden/traffic` holds samples of many services, `tests/golden/services/<service>/<case>.json` small cases, at
//! least one for every route of the catalogue.
// The whole file is a test.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use include_dir::{Dir, DirEntry, include_dir};
use serde_json::Value;
use std::collections::BTreeSet;
use support::{adapters, services};
use weir_content::locator::{Locator, Source, Step};
use weir_content::{Adapters, Carrier, Inspected, RequestView, inspect};
use weir_model::{Kind, Role, Tier};

static GOLDEN: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/../../tests/golden");

/// Samples whose services have adapters: everything in them is checked.
const COVERED: [&str; 17] = [
    "s01", "s02", "s03", "s04", "s05", "s06", "s07", "s09", "s10", "s32", "s33", "s34", "s35", "s41", "s44", "s45",
    "s46",
];

#[test]
fn covered_traffic_is_read_exactly() {
    let adapters = adapters();
    for sample in samples().filter(|sample| COVERED.contains(&sample.id())) {
        sample.inspected(&adapters, |found| {
            let expect = sample.expect();
            sample.check_kind(found);
            assert_eq!(
                texts(found, Role::Prompt),
                strings(&expect["prompts"], "text"),
                "{}: prompts",
                sample.name
            );
            let context: Vec<(String, String)> = found
                .segments
                .iter()
                .filter(|segment| !matches!(segment.place.role, Role::Prompt | Role::Unclassified))
                .map(|segment| (role_name(segment.place.role).to_owned(), segment.text.expose().clone()))
                .collect();
            for item in expect["context"].as_array().into_iter().flatten() {
                let (role, text) = (word(&item["role"]), word(&item["text"]));
                let role = if role == "user" { "history".to_owned() } else { role };
                assert!(context.contains(&(role, text)), "{}: context", sample.name);
            }
            let wanted = expect["context"].as_array().map_or(0, Vec::len);
            let files = expect["attachments"].as_array().map_or(0, Vec::len);
            assert!(
                context.len() <= wanted + 2 * files,
                "{}: more context than expected",
                sample.name
            );
            assert_eq!(
                found.model.clone().unwrap_or_default(),
                word(&expect["model"]),
                "{}: model",
                sample.name
            );
            assert_eq!(found.tier, tier(&expect["account"]["type"]), "{}: tier", sample.name);
            sample.check_attachments(found);
            assert_eq!(
                found.editable,
                expect["redactable"] != false,
                "{}: editable",
                sample.name
            );
        });
    }
}

#[test]
fn prompts_of_services_without_adapters_are_found_too() {
    let adapters = adapters();
    let mut seen = 0;
    for sample in samples() {
        sample.inspected(&adapters, |found| {
            let expect = sample.expect();
            let prompts = expect["prompts"].as_array().into_iter().flatten();
            let context = expect["context"].as_array().into_iter().flatten();
            let copies = expect["same_text_also_at"].as_array().into_iter().flatten();
            for item in prompts
                .chain(context)
                .chain(copies)
                .filter(|item| is_supported(&word(&item["where"])))
            {
                let text = word(&item["text"]);
                let somewhere = found
                    .segments
                    .iter()
                    .any(|segment| segment.text.expose().contains(&text));
                assert!(
                    somewhere,
                    "{}: {} is not in any segment",
                    sample.name,
                    word(&item["where"])
                );
                seen += 1;
            }
        });
    }
    assert!(seen > 40, "only {seen} texts checked");
}

#[test]
fn protocol_noise_of_covered_services_is_in_no_segment() {
    let adapters = adapters();
    for sample in samples().filter(|sample| COVERED.contains(&sample.id())) {
        sample.inspected(&adapters, |found| {
            for noise in sample.expect()["protocol_noise"]
                .as_array()
                .into_iter()
                .flatten()
                .map(word)
            {
                let somewhere = found
                    .segments
                    .iter()
                    .any(|segment| segment.text.expose().contains(&noise));
                assert!(!somewhere, "{}: noise in a segment", sample.name);
            }
        });
    }
}

#[test]
fn cases_hold() {
    let adapters = adapters();
    for (path, case) in cases() {
        case_request(&case, |request| {
            let found = inspect(&adapters, request);
            let expect = &case["expect"];
            assert_eq!(
                found.route.as_deref().unwrap_or_default(),
                word(&expect["route"]),
                "{path}: route"
            );
            if let Some(kind) = expect.get("kind") {
                assert_eq!(serde_json::to_value(found.kind).unwrap(), *kind, "{path}: kind");
            }
            for (role, key) in [
                (Role::Prompt, "prompts"),
                (Role::History, "history"),
                (Role::System, "system"),
                (Role::ToolResult, "tool_results"),
                (Role::Attachment, "attached"),
                (Role::Code, "code"),
            ] {
                assert_eq!(
                    sorted(texts(&found, role)),
                    sorted(words(&expect[key])),
                    "{path}: {key}"
                );
            }
            if let Some(others) = expect.get("unclassified") {
                assert_eq!(
                    sorted(texts(&found, Role::Unclassified)),
                    sorted(words(others)),
                    "{path}: unclassified"
                );
            }
            for text in words(&expect["contains"]) {
                assert!(
                    found.segments.iter().any(|segment| *segment.text.expose() == text),
                    "{path}: lost a text"
                );
            }
            for text in words(&expect["silent"]) {
                let somewhere = found
                    .segments
                    .iter()
                    .any(|segment| segment.text.expose().contains(&text));
                assert!(!somewhere, "{path}: noise in a segment");
            }
            assert_eq!(
                found.model.clone().unwrap_or_default(),
                word(&expect["model"]),
                "{path}: model"
            );
            let names = found
                .attachments
                .iter()
                .filter_map(|file| Some(file.name.as_ref()?.expose().clone()));
            assert_eq!(names.collect::<Vec<_>>(), words(&expect["files"]), "{path}: files");
            assert_eq!(found.streaming, expect["streaming"] == true, "{path}: streaming");
            assert_eq!(
                found.unscannable.map(|why| why.as_str()).unwrap_or_default(),
                word(&expect["unscannable"]),
                "{path}: unscannable"
            );
            if let Some(tier) = expect.get("tier") {
                assert_eq!(serde_json::to_value(found.tier).unwrap(), *tier, "{path}: tier");
            }
            if let Some(conversation) = expect.get("conversation") {
                let found = found.conversation.as_ref().map(|id| id.expose().as_str());
                assert_eq!(found.unwrap_or_default(), word(conversation), "{path}: conversation");
            }
        });
    }
}

#[test]
fn every_route_of_the_catalogue_has_a_case() {
    let adapters = adapters();
    let mut covered = BTreeSet::new();
    for (_, case) in cases() {
        case_request(&case, |request| {
            covered.extend(inspect(&adapters, request).route);
        });
    }
    for sample in samples() {
        sample.inspected(&adapters, |found| covered.extend(found.route.clone()));
    }
    let all = services().into_iter().flat_map(|service| {
        let routes = service.routes.into_iter();
        routes
            .map(move |route| format!("{}/{}", service.service, route.id))
            .collect::<Vec<_>>()
    });
    let missing: Vec<String> = all.filter(|route| !covered.contains(route)).collect();
    assert!(missing.is_empty(), "routes without a golden case: {missing:?}");
}

#[test]
fn the_head_alone_tells_the_route() {
    let adapters = adapters();
    let route = adapters
        .route("POST", "chatgpt.com", "/backend-api/f/conversation/prepare")
        .unwrap();
    assert_eq!(
        (route.service(), route.id(), route.kind()),
        ("chatgpt-web", "prepare", Kind::PrefetchPrompt)
    );
    assert!(route.declares_text());
    assert!(
        !adapters
            .route("POST", "chatgpt.com", "/ces/v1/t")
            .unwrap()
            .declares_text()
    );
    assert!(
        adapters
            .route("GET", "chatgpt.com", "/backend-api/f/conversation")
            .is_none()
    );
    assert!(
        adapters
            .route("POST", "evilchatgpt.com", "/backend-api/f/conversation")
            .is_none()
    );
}

// --- The samples ---

struct Sample {
    name: String,
    meta: Value,
    body: &'static [u8],
}

impl Sample {
    fn id(&self) -> &str {
        self.name.split('-').next().unwrap()
    }

    fn expect(&self) -> &Value {
        &self.meta["expect"]
    }

    fn inspected(&self, adapters: &Adapters, check: impl FnOnce(&Inspected)) {
        let request = &self.meta["request"];
        let target = word(&request["path"]);
        let (path, query) = target
            .split_once('?')
            .map_or((target.as_str(), None), |(path, query)| (path, Some(query)));
        let headers = headers(&request["headers"]);
        let headers: Vec<(&str, &[u8])> = headers
            .iter()
            .map(|(name, value)| (&**name, value.as_bytes()))
            .collect();
        let (method, host) = (word(&request["method"]), word(&request["host"]));
        let view = RequestView {
            method: &method,
            host: &host,
            path,
            query,
            headers: &headers,
            body: self.body,
            carrier: Carrier::Http,
        };
        check(&inspect(adapters, &view));
    }

    fn check_kind(&self, found: &Inspected) {
        assert_eq!(
            serde_json::to_value(found.kind).unwrap(),
            self.expect()["kind"],
            "{}: kind",
            self.name
        );
    }

    fn check_attachments(&self, found: &Inspected) {
        let expected = self.expect()["attachments"].as_array().cloned().unwrap_or_default();
        assert_eq!(found.attachments.len(), expected.len(), "{}: attachments", self.name);
        for (file, want) in found.attachments.iter().zip(&expected) {
            let place = word(&want["where"]);
            let name = word(&want["name"]);
            if !name.starts_with('(') && place != "raw" {
                assert_eq!(
                    file.name.as_ref().map(|name| name.expose().as_str()),
                    Some(name.as_str()),
                    "{}",
                    self.name
                );
            }
            assert_eq!(
                file.mime.clone().unwrap_or_default(),
                word(&want["mime"]),
                "{}: mime",
                self.name
            );
            assert_eq!(file.size, want["size"].as_u64(), "{}: size", self.name);
            assert_eq!(file.inline, want["inline"] == true, "{}: inline", self.name);
            if let Some(text) = want.get("text").map(word) {
                assert!(
                    texts(found, Role::Attachment).iter().any(|found| found.contains(&text)),
                    "{}",
                    self.name
                );
            }
        }
    }
}

fn samples() -> impl Iterator<Item = Sample> {
    let files = GOLDEN.get_dir("traffic").unwrap().files();
    files.filter_map(|file| {
        let path = file.path().to_str().unwrap();
        let name = path.strip_suffix(".meta.json")?;
        let meta: Value = serde_json::from_slice(file.contents()).unwrap();
        let body = GOLDEN
            .get_file(format!("{name}.req.body"))
            .map_or(b"".as_slice(), |body| body.contents());
        (meta["transport"] != "websocket").then(|| Sample {
            name: name.rsplit('/').next().unwrap().to_owned(),
            meta,
            body,
        })
    })
}

fn cases() -> Vec<(String, Value)> {
    let mut cases = Vec::new();
    for service in GOLDEN
        .get_dir("services")
        .unwrap()
        .entries()
        .iter()
        .filter_map(DirEntry::as_dir)
    {
        for file in service.files() {
            let path = file.path().display().to_string();
            let case = serde_json::from_slice(file.contents()).unwrap_or_else(|error| panic!("{path}: {error}"));
            cases.push((path, case));
        }
    }
    cases
}

/// `body` is text, `json` is written as JSON.
fn case_request(case: &Value, check: impl FnOnce(&RequestView<'_>)) {
    let request = &case["request"];
    let target = word(&request["path"]);
    let (path, query) = target
        .split_once('?')
        .map_or((target.as_str(), None), |(path, query)| (path, Some(query)));
    let headers = headers(&request["headers"]);
    let headers: Vec<(&str, &[u8])> = headers
        .iter()
        .map(|(name, value)| (&**name, value.as_bytes()))
        .collect();
    let body = match request.get("json") {
        Some(json) => json.to_string(),
        None => word(&request["body"]),
    };
    let (method, host) = (word(&request["method"]), word(&request["host"]));
    check(&RequestView {
        method: &method,
        host: &host,
        path,
        query,
        headers: &headers,
        body: body.as_bytes(),
        carrier: Carrier::Http,
    });
}

fn headers(pairs: &Value) -> Vec<(String, String)> {
    let pairs = pairs.as_array().into_iter().flatten();
    pairs
        .map(|pair| (word(&pair[0]).to_ascii_lowercase(), word(&pair[1])))
        .collect()
}

fn texts(found: &Inspected, role: Role) -> Vec<String> {
    let of_role = found.segments.iter().filter(|segment| segment.place.role == role);
    of_role.map(|segment| segment.text.expose().clone()).collect()
}

fn strings(items: &Value, key: &str) -> Vec<String> {
    items
        .as_array()
        .into_iter()
        .flatten()
        .map(|item| word(&item[key]))
        .collect()
}

fn words(items: &Value) -> Vec<String> {
    items.as_array().into_iter().flatten().map(word).collect()
}

/// Cases are written in JSON, whose keys have no order.
fn sorted(mut texts: Vec<String>) -> Vec<String> {
    texts.sort();
    texts
}

fn word(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn role_name(role: Role) -> &'static str {
    match role {
        Role::System => "system",
        Role::History => "history",
        Role::ToolResult => "tool",
        Role::Attachment => "attachment",
        Role::Code => "code",
        _ => "other",
    }
}

/// The samples' words for accounts. What may be either is unknown.
fn tier(account: &Value) -> Tier {
    match account.as_str() {
        Some("anonymous") => Tier::Anonymous,
        Some("consumer") => Tier::Consumer,
        Some("workspace") => Tier::Team,
        Some("enterprise") => Tier::Enterprise,
        Some("api" | "enterprise_api") => Tier::Api,
        Some("local") => Tier::Local,
        _ => Tier::Unknown,
    }
}

/// Steps that need a frame, an envelope or protobuf come with the services that use them.
fn is_supported(locator: &str) -> bool {
    let locator = Locator::parse(locator).unwrap_or_else(|error| panic!("{locator}: {error}"));
    let envelope = |step: &Step| matches!(step, Step::Connect(_) | Step::Protobuf(_) | Step::Record(_));
    !matches!(locator.source, Source::Frame(_)) && !locator.steps.iter().any(envelope)
}
