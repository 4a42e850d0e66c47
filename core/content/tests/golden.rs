//! Golden messages: what the catalogue that comes with Weir finds in them.
//!
//! `tests/golden/traffic` holds samples of many services, `tests/golden/services/<service>/<case>.json` small cases, at
//! least one for every route of the catalogue.
// The whole file is a test.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use include_dir::{Dir, DirEntry, include_dir};
use serde_json::Value;
use std::collections::{BTreeSet, HashMap};
use std::sync::LazyLock;
use support::{adapters, services};
use weir_content::locator::Locator;
use weir_content::{
    Adapters, Attachment, Carrier, Detail, Edit, Inspected, RequestView, Rewritten, inspect, inspect_with, locate,
    locate_text,
};
use weir_model::{Kind, Role, Sensitive, Tier};

static GOLDEN: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/../../tests/golden");

/// The service that the messages of each route belong to, by `service/route`.
static OWNERS: LazyLock<HashMap<String, String>> = LazyLock::new(|| {
    let routes = services().into_iter().flat_map(|service| {
        let id = service.service;
        let routes = service.routes.into_iter();
        routes.map(move |route| {
            (
                format!("{id}/{}", route.id),
                route.service.unwrap_or_else(|| id.clone()),
            )
        })
    });
    routes.collect()
});

#[test]
fn traffic_of_services_with_adapters_is_read_exactly() {
    let adapters = adapters();
    let mut problems = Vec::new();
    let mut without = Vec::new();
    for sample in samples() {
        let read = sample.read(&adapters);
        if read.iter().any(Read::is_described) {
            problems.extend(sample.check(&read));
        } else if !read.is_empty() {
            without.push(sample.id().to_owned());
        }
    }
    assert!(
        problems.is_empty(),
        "{} problems:\n{}",
        problems.len(),
        problems.join("\n")
    );
    assert!(without.is_empty(), "without an adapter: {without:?}");
}

/// Adapters help; they are not needed to find what people say.
#[test]
fn the_walker_alone_finds_what_people_say() {
    let adapters = Adapters::compile(&[]).unwrap();
    let (mut found, mut all, mut missed) = (0, 0, Vec::new());
    for sample in samples() {
        let read = sample.read_as(&adapters, Some(("unknown.example", "/x")));
        for item in sample.said() {
            let text = word(&item["text"]);
            all += 1;
            let somewhere = read.iter().any(|message| {
                message
                    .found
                    .segments
                    .iter()
                    .any(|segment| segment.text.expose().contains(&text))
            });
            match somewhere {
                true => found += 1,
                false => missed.push(format!("{}: {}", sample.name, word(&item["where"]))),
            }
        }
    }
    assert!(all >= 50, "only {all} texts checked");
    assert!(found * 100 >= all * 95, "{found} of {all}: {missed:?}");
}

/// A value is put into every prompt, by an edit of what the adapters or the walker found, and looked for at an address
/// that nobody knows.
#[test]
fn the_walker_alone_finds_every_value() {
    const VALUE: &str = "AKIAIOSFODNN7EXAMPLE";
    let (adapters, none) = (adapters(), Adapters::compile(&[]).unwrap());
    let mut seen = 0;
    for sample in samples() {
        let texts: Vec<String> = sample.said().map(|item| word(&item["text"])).collect();
        for message in sample.read(&adapters) {
            for (number, segment) in message.found.segments.iter().enumerate() {
                let text = segment.text.expose();
                let Some(start) = texts.iter().find_map(|said| text.find(said.as_str())) else {
                    continue;
                };
                let edit = Edit {
                    segment: number,
                    span: start..start,
                    replacement: Sensitive::new(format!("{VALUE} ")),
                };
                let edited = message.rewritten(&sample, &[edit]);
                let mut request = sample.request("unknown.example", "/x");
                request.body = edited.body.unwrap_or(message.body.clone());
                request.query = edited.path_and_query.map_or(request.query, |target| {
                    target.split_once('?').map(|(_, query)| query.to_owned())
                });
                let again = request.look(&none, message.carrier);
                let somewhere = |segment: &weir_model::Segment| segment.text.expose().contains(VALUE);
                assert!(
                    again.segments.iter().any(somewhere),
                    "{}: segment {number}",
                    sample.name
                );
                seen += 1;
            }
        }
    }
    assert!(seen >= 50, "only {seen} values");
}

/// What is printed as the place of a text leads to that text.
#[test]
fn every_place_leads_to_its_text() {
    for adapters in [adapters(), Adapters::compile(&[]).unwrap()] {
        let mut seen = 0;
        for sample in samples() {
            for message in sample.read(&adapters) {
                sample.view(&message, |view| {
                    for (number, segment) in message.found.segments.iter().enumerate() {
                        let place = message.found.locator(number).unwrap();
                        let located =
                            locate_text(view, &Locator::parse(place).unwrap_or_else(|e| panic!("{place}: {e}")));
                        assert_eq!(
                            located.as_deref(),
                            Some(segment.text.expose().as_str()),
                            "{}: {place}",
                            sample.name
                        );
                        seen += 1;
                    }
                    for file in &message.found.attachments {
                        let Some(content) = message.found.content(view, file) else {
                            continue;
                        };
                        let place = file.locator.as_deref().unwrap();
                        let located = locate(view, &Locator::parse(place).unwrap());
                        assert_eq!(located.as_deref(), Some(&*content), "{}: {place}", sample.name);
                        seen += 1;
                    }
                });
            }
        }
        assert!(seen > 200, "only {seen} places");
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
        covered.extend(
            sample
                .read(&adapters)
                .into_iter()
                .filter_map(|message| message.found.route),
        );
    }
    // Or a test of its own, in its file.
    for service in services() {
        for test in &service.tests {
            let route = test.expect.route.as_ref();
            covered.extend(route.map(|route| format!("{}/{route}", service.service)));
        }
    }
    for service in services() {
        let routes = service.tests.iter().filter_map(|test| test.expect.route.as_ref());
        covered.extend(routes.map(|route| format!("{}/{route}", service.service)));
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
    /// The messages of a socket from the client, each with its number among those of both directions.
    frames: Vec<(u64, Vec<u8>)>,
}

/// One message of a sample, read.
struct Read {
    body: Vec<u8>,
    carrier: Carrier,
    found: Inspected,
}

/// A request that owns what a view borrows.
struct Request {
    method: String,
    host: String,
    path: String,
    query: Option<String>,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Request {
    fn view<T>(&self, carrier: Carrier, look: impl FnOnce(&RequestView<'_>) -> T) -> T {
        let headers: Vec<(&str, &[u8])> = self
            .headers
            .iter()
            .map(|(name, value)| (&**name, value.as_bytes()))
            .collect();
        look(&RequestView {
            method: &self.method,
            host: &self.host,
            path: &self.path,
            query: self.query.as_deref(),
            headers: &headers,
            body: &self.body,
            carrier,
        })
    }

    fn look(&self, adapters: &Adapters, carrier: Carrier) -> Inspected {
        self.view(carrier, |view| inspect_with(adapters, view, Detail::Locators))
    }
}

impl Read {
    /// By the service that owns the host, not only by the look of the protocol.
    fn is_described(&self) -> bool {
        let route = self.found.route.as_deref();
        let owner = route.and_then(|route| OWNERS.get(route));
        owner.is_some() && owner == self.found.service.as_ref()
    }

    fn rewritten(&self, sample: &Sample, edits: &[Edit]) -> Rewritten {
        sample.view(self, |view| self.found.rewrite(view, edits).unwrap())
    }
}

impl Sample {
    fn id(&self) -> &str {
        self.name.split('-').next().unwrap()
    }

    fn expect(&self) -> &Value {
        &self.meta["expect"]
    }

    /// Everything people, or their tools, say in it.
    fn said(&self) -> impl Iterator<Item = &Value> {
        ["prompts", "context", "same_text_also_at"]
            .into_iter()
            .flat_map(|key| self.expect()[key].as_array().into_iter().flatten())
    }

    fn request(&self, host: &str, path: &str) -> Request {
        let request = &self.meta["request"];
        let target = word(&request["path"]);
        let query = target.split_once('?').map(|(_, query)| query.to_owned());
        Request {
            method: word(&request["method"]),
            host: host.to_owned(),
            path: path.to_owned(),
            query,
            headers: headers(&request["headers"]),
            body: self.body.to_vec(),
        }
    }

    fn read(&self, adapters: &Adapters) -> Vec<Read> {
        self.read_as(adapters, None)
    }

    /// As it is, or sent to another address.
    fn read_as(&self, adapters: &Adapters, address: Option<(&str, &str)>) -> Vec<Read> {
        let (host, path) = self.address();
        let (host, path) = address.unwrap_or((&host, &path));
        let mut request = self.request(host, path);
        let mut read = |body: Vec<u8>, carrier: Carrier| {
            request.body.clone_from(&body);
            let found = request.look(adapters, carrier);
            Read { body, carrier, found }
        };
        if self.meta["transport"] != "websocket" {
            return vec![read(self.body.to_vec(), Carrier::Http)];
        }
        let frames = self.frames.iter();
        frames
            .map(|(number, body)| read(body.clone(), Carrier::WebSocket { number: *number }))
            .collect()
    }

    fn view<T>(&self, message: &Read, look: impl FnOnce(&RequestView<'_>) -> T) -> T {
        let (host, path) = self.address();
        let mut request = self.request(&host, &path);
        request.body.clone_from(&message.body);
        request.view(message.carrier, look)
    }

    fn address(&self) -> (String, String) {
        let request = &self.meta["request"];
        let target = word(&request["path"]);
        let path = target.split_once('?').map_or(target.as_str(), |(path, _)| path);
        (word(&request["host"]), path.to_owned())
    }

    /// Everything that is not as its meta file says.
    fn check(&self, read: &[Read]) -> Vec<String> {
        let expect = self.expect();
        let mut check = Check {
            sample: &self.name,
            problems: Vec::new(),
        };
        let of_role = |wanted: &dyn Fn(Role) -> bool| {
            let messages = read.iter().flat_map(|message| {
                let segments = message.found.segments.iter().enumerate();
                segments.map(|(number, segment)| (segment, message.found.locator(number).unwrap_or_default()))
            });
            messages
                .filter(|(segment, _)| wanted(segment.place.role))
                .map(|(segment, place)| (segment.text.expose().clone(), place.to_owned(), segment.place.role))
                .collect::<Vec<_>>()
        };
        let kinds: Vec<Value> = read
            .iter()
            .map(|message| serde_json::to_value(message.found.kind).unwrap())
            .collect();
        let kind = match &*word(&expect["kind"]) {
            // The samples name the answer's direction; what the client sends there is nothing of its own.
            "answer_stream" => Value::from("other"),
            _ => expect["kind"].clone(),
        };
        check.that("kind", kinds.contains(&kind), || format!("{kinds:?}"));
        let prompts = of_role(&|role| role == Role::Prompt);
        let prompts: Vec<(String, String)> = prompts.into_iter().map(|(text, place, _)| (text, place)).collect();
        check.same("prompts", &prompts, &places(&expect["prompts"]));
        let copies = of_role(&|role| role == Role::Copy);
        for (text, place) in places(&expect["same_text_also_at"]) {
            let there = copies.iter().any(|copy| copy.0 == text && copy.1 == place);
            check.that("copies", there, || place);
        }
        let context = of_role(&|role| !matches!(role, Role::Prompt | Role::Unclassified | Role::Copy));
        for item in expect["context"].as_array().into_iter().flatten() {
            let role = match &*word(&item["role"]) {
                "user" => "history".to_owned(),
                "suffix" => "code".to_owned(),
                role => role.to_owned(),
            };
            let there = context.iter().any(|found| {
                found.0 == word(&item["text"]) && found.1 == word(&item["where"]) && role_name(found.2) == role
            });
            check.that("context", there, || word(&item["where"]));
        }
        let wanted = expect["context"].as_array().map_or(0, Vec::len);
        let files = expect["attachments"].as_array().map_or(0, Vec::len);
        check.that("context", context.len() <= wanted + 2 * files, || {
            "more than expected".to_owned()
        });
        let model = read.iter().find(|message| message.found.model.is_some());
        let (model, place) = model.map_or((None, None), |message| {
            (message.found.model.clone(), message.found.model_where.clone())
        });
        check.same("model", &model.unwrap_or_default(), &word(&expect["model"]));
        let (place, wanted) = (place.unwrap_or_default(), word(&expect["model_where"]));
        // Many expressions find the same part of a path.
        if !(place.starts_with("path~") && wanted.starts_with("path~")) {
            check.same("model_where", &place, &wanted);
        }
        for message in read {
            check.same("tier", &message.found.tier, &tier(&expect["account"]["type"]));
            if let Some(kind) = &message.found.account_kind {
                check.same("account", kind, &word(&expect["account"]["type"]));
            }
            check.same("editable", &message.found.editable, &(expect["redactable"] != false));
            check.that("drift", message.found.drift.is_none(), || "told".to_owned());
            for noise in expect["protocol_noise"].as_array().into_iter().flatten().map(word) {
                let mut segments = message.found.segments.iter();
                let somewhere = segments.any(|segment| segment.text.expose().contains(&noise));
                check.that("noise", !somewhere, || "in a segment".to_owned());
            }
        }
        self.check_attachments(read, &mut check);
        check.problems
    }

    fn check_attachments(&self, read: &[Read], check: &mut Check<'_>) {
        let expected = self.expect()["attachments"].as_array().cloned().unwrap_or_default();
        let found: Vec<(&Read, &Attachment)> = read
            .iter()
            .flat_map(|message| message.found.attachments.iter().map(move |file| (message, file)))
            .collect();
        check.same("attachments", &found.len(), &expected.len());
        for ((message, file), want) in found.iter().zip(&expected) {
            let name = file.name.as_ref().map(|name| name.expose().clone());
            // Some names were said in an earlier message, or are nobody's.
            let said = message
                .found
                .segments
                .iter()
                .any(|segment| *segment.text.expose() == word(&want["name"]));
            if name.is_some() || said {
                check.same("file name", &name.unwrap_or_default(), &word(&want["name"]));
            }
            if file.mime.is_some() || !word(&want["name"]).starts_with('(') {
                check.same(
                    "media type",
                    &file.mime.clone().unwrap_or_default(),
                    &word(&want["mime"]),
                );
            }
            check.same("size", &file.size, &want["size"].as_u64());
            check.same("inline", &file.inline, &(want["inline"] == true));
            if want["inline"] == true {
                check.same(
                    "file place",
                    &file.locator.clone().unwrap_or_default(),
                    &word(&want["where"]),
                );
                let digest = self.view(message, |view| Some(sha256(&message.found.content(view, file)?)));
                check.same("digest", &digest.unwrap_or_default(), &word(&want["sha256"]));
            }
            if let Some(text) = want.get("text").map(word) {
                let there = texts(&message.found, Role::Attachment)
                    .iter()
                    .any(|found| found.contains(&text));
                check.that("file text", there, || "missing".to_owned());
            }
        }
    }
}

struct Check<'a> {
    sample: &'a str,
    problems: Vec<String>,
}

impl Check<'_> {
    fn that(&mut self, what: &str, holds: bool, told: impl FnOnce() -> String) {
        if !holds {
            self.problems.push(format!("{}: {what}: {}", self.sample, told()));
        }
    }

    fn same<T: PartialEq + std::fmt::Debug>(&mut self, what: &str, found: &T, want: &T) {
        self.that(what, found == want, || format!("found {found:?}, want {want:?}"));
    }
}

fn samples() -> impl Iterator<Item = Sample> {
    let files = GOLDEN.get_dir("traffic").unwrap().files();
    files.filter_map(|file| {
        let path = file.path().to_str().unwrap();
        let name = path.strip_suffix(".meta.json")?;
        let meta: Value = serde_json::from_slice(file.contents()).unwrap();
        let content = |suffix: &str| {
            GOLDEN
                .get_file(format!("{name}.{suffix}"))
                .map(include_dir::File::contents)
        };
        Some(Sample {
            name: name.rsplit('/').next().unwrap().to_owned(),
            meta,
            body: content("req.body").unwrap_or_default(),
            frames: content("ws.jsonl").map(from_client).unwrap_or_default(),
        })
    })
}

fn from_client(lines: &[u8]) -> Vec<(u64, Vec<u8>)> {
    let lines = std::str::from_utf8(lines)
        .unwrap()
        .lines()
        .filter(|line| !line.trim().is_empty());
    let frames = lines.enumerate().filter_map(|(number, line)| {
        let frame: Value = serde_json::from_str(line).unwrap();
        let data = match frame["data"].as_str() {
            Some(text) => text.as_bytes().to_vec(),
            None => decode_base64(frame["b64"].as_str().unwrap_or_default()),
        };
        let is_message = frame["dir"] == "c2s" && matches!(frame["op"].as_str(), Some("text" | "binary"));
        is_message.then(|| (u64::try_from(number).unwrap(), data))
    });
    frames.collect()
}

fn decode_base64(text: &str) -> Vec<u8> {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.decode(text).unwrap()
}

fn sha256(bytes: &[u8]) -> String {
    use aws_lc_rs::digest::{SHA256, digest};
    digest(&SHA256, bytes)
        .as_ref()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// Texts with their places.
fn places(items: &Value) -> Vec<(String, String)> {
    let items = items.as_array().into_iter().flatten();
    items.map(|item| (word(&item["text"]), word(&item["where"]))).collect()
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

fn words(items: &Value) -> Vec<String> {
    items.as_array().into_iter().flatten().map(word).collect()
}

/// Cases are written in JSON, whose keys have no order.
fn sorted(mut texts: Vec<String>) -> Vec<String> {
    texts.sort();
    texts
}

/// A string as it is, a number in digits.
fn word(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        _ => String::new(),
    }
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
