//! Every sample of `tests/golden/traffic` through the running agent, by HTTP/1.1 and HTTP/2, before a service that repeats
//! the recorded answer: as it is, with a key where its user writes, and with an address there.
//!
//! Texts are put into samples, and read from what arrived, by `weir_support::locator`, which shares nothing with Weir.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test's broken assumption is a failed test"
)]

use serde_json::Value;
use std::collections::BTreeSet;
use std::time::{Duration, Instant, SystemTime};
use weir_e2e::{Stage, names_an_event};
use weir_support::client::{Outgoing, Reply};
use weir_support::fake::{Options, Received, Recording};
use weir_support::locator::{edit_message, edit_request, frame, unpacked};
use weir_support::sample::Message;
use weir_support::socket::Message as Said;
use weir_support::{Random, Sample, Socket, folder, values};

/// Everybody is approved, and what cannot be read (pictures, sound) passes: the stories are about text.
const PACK: &str = "\
pack: {name: samples, version: 1.0.0, extends: [weir/baseline]}
providers: {approvals: {default: approved}}
policies: {policy: {data-classification: {unscannable: {action: allow}}}}
";

/// Formats of answers in which a stand-in cannot be put by replacing a word.
const ANSWERS_THAT_CANNOT_BE_WRITTEN: [(&str, &str); 2] = [
    ("cursor", "protobuf whose lengths enclose the text"),
    ("openai_text", "the recorded answer has no word"),
];

#[test]
fn every_sample_passes_as_it_is() {
    let (stage, samples) = stage("samples-plain");
    let mut problems = Problems::default();
    let mut sent = Vec::new();
    for sample in &samples {
        for version in versions(sample) {
            let name = format!("{} {version}", sample.id);
            // Records are told apart by their time, which counts milliseconds.
            std::thread::sleep(Duration::from_millis(2));
            let began = now();
            stage.fake.play(Some(sample.recording()));
            match sample.is_socket() {
                true => plain_socket(&stage, sample, &name, &mut problems),
                false => plain_exchange(&stage, sample, version, &name, &mut problems),
            }
            sent.push((name, sample, began..=now()));
            stage.fake.reset();
        }
    }
    let records = stage.agent().records().unwrap();
    for (name, sample, time) in sent {
        let of_it = records
            .iter()
            .filter(|record| record["time"].as_u64().is_some_and(|at| time.contains(&at)));
        check_records(sample, &of_it.collect::<Vec<_>>(), &name, &mut problems);
    }
    problems.none();
}

#[test]
fn a_key_stays_wherever_people_write() {
    let (stage, samples) = stage("samples-key");
    let mut random = Random::from_env();
    let mut problems = Problems::seeded(random.seed());
    let mut tried = 0;
    for sample in &samples {
        for place in places_of_text(sample) {
            for version in versions(sample) {
                let key = values::aws_access_key(&mut random);
                let name = format!("{} {version} {place}", sample.id);
                let mut put = |said: &str| format!("{said}\n{} ", key.sentence);
                stage.fake.play(Some(sample.recording()));
                let heard = match frame(&place) {
                    Some((number, place)) => {
                        let mut messages = sample.messages.clone();
                        edit_message(&mut messages[number].data, place, &mut put).unwrap();
                        refused_message(&stage, sample, &messages, number)
                    }
                    None => {
                        let mut request = sample.request();
                        edit_request(&mut request, &place, &mut put).unwrap_or_else(|error| panic!("{name}: {error}"));
                        let reply = send(&stage, &request, version);
                        problems.that(&name, stage.fake.received().is_empty(), || {
                            "the request left".to_owned()
                        });
                        everything(&reply)
                    }
                };
                problems.that(&name, !stage.fake.saw(&key.value), || "the key left".to_owned());
                problems.that(&name, !heard.contains(&key.value), || "the key is repeated".to_owned());
                problems.that(&name, names_an_event(&heard), || format!("no reason: {heard}"));
                tried += 1;
                stage.fake.reset();
            }
        }
    }
    assert!(tried >= samples.len(), "only {tried} places");
    problems.none();
}

#[test]
fn an_address_leaves_as_a_stand_in_and_comes_back() {
    let (stage, samples) = stage("samples-address");
    let mut random = Random::from_env();
    let mut problems = Problems::seeded(random.seed());
    for sample in samples.iter().filter(|sample| prompts(sample).next().is_some()) {
        for version in versions(sample) {
            let address = values::email(&mut random);
            let name = format!("{} {version}", sample.id);
            let story = Address {
                stage: &stage,
                sample,
                version,
                address: &address,
                name: &name,
            };
            match sample.expect()["redactable"] == false {
                true => story.blocked(&mut problems),
                false => story.replaced(&mut problems),
            }
            stage.fake.reset();
        }
    }
    problems.none();
}

/// The same without Weir: every key arrives where it was put.
#[test]
fn without_weir_every_key_leaves() {
    let stage = Stage::without_weir("samples-control");
    let mut random = Random::from_env();
    for sample in over_tls() {
        for place in places_of_text(&sample) {
            let key = values::aws_access_key(&mut random);
            let mut put = |said: &str| format!("{said}\n{} ", key.sentence);
            stage.fake.play(Some(sample.recording()));
            if let Some((number, place)) = frame(&place) {
                let mut messages = sample.messages.clone();
                edit_message(&mut messages[number].data, place, &mut put).unwrap();
                converse(&stage, &sample, &messages);
                let sent = wire(&messages);
                assert_eq!(
                    text(&arrived_in_socket(&stage, sent.len())),
                    text(&sent),
                    "{}",
                    sample.id
                );
                assert!(stage.fake.saw(&key.value), "{}", sample.id);
            } else {
                let mut request = sample.request();
                edit_request(&mut request, &place, &mut put).unwrap();
                send(&stage, &request, Version::Http1);
                let mut arrived = outgoing(&stage.fake.received()[0]);
                let mut found = false;
                let read = edit_request(&mut arrived, &place, &mut |said| {
                    found = said.contains(&key.value);
                    String::new()
                });
                assert!(read.is_ok() && found, "{}: {place}", sample.id);
            }
            stage.fake.reset();
        }
    }
}

/// What is not sent: a program on the same machine, asked without TLS, never meets a proxy.
#[test]
fn only_local_programs_are_left_out() {
    let left_out: Vec<Sample> = all().into_iter().filter(|sample| !sample.is_tls()).collect();
    for sample in left_out {
        assert_eq!(sample.expect()["account"]["type"], "local", "{}", sample.id);
    }
}

// --- As it is ---

fn plain_exchange(stage: &Stage, sample: &Sample, version: Version, name: &str, problems: &mut Problems) {
    let (request, recording) = (sample.request(), sample.recording());
    let reply = send(stage, &request, version);
    problems.same(name, "status", reply.status, recording.status);
    problems.that(name, reply.body == recording.body, || {
        format!("answer: {}", everything(&reply))
    });
    for (header, value) in &recording.headers {
        let got = reply
            .headers
            .get(header)
            .map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
        problems.same(name, header, got.as_deref(), Some(value));
    }
    let received = stage.fake.received();
    let [arrived] = &received[..] else {
        problems.that(name, false, || {
            format!("{} requests arrived: {}", received.len(), everything(&reply))
        });
        return;
    };
    problems.same(name, "version", arrived.version.as_str(), version.wire());
    problems.same(name, "method", &arrived.method, &request.method);
    problems.same(name, "host", &arrived.host, &request.host);
    problems.same(name, "path", &arrived.path, &request.path);
    problems.that(name, arrived.body == request.body, || {
        format!("body: {}", arrived.text())
    });
    for (header, value) in &request.headers {
        problems.same(name, header, arrived.header(&header.to_ascii_lowercase()), Some(value));
    }
}

fn plain_socket(stage: &Stage, sample: &Sample, name: &str, problems: &mut Problems) {
    let heard = converse(stage, sample, &sample.messages);
    problems.same(name, "answers", text(&heard), text(&sample.recording().said()));
    let sent = wire(&sample.messages);
    let arrived = arrived_in_socket(stage, sent.len());
    problems.same(
        name,
        "messages",
        String::from_utf8_lossy(&arrived),
        String::from_utf8_lossy(&sent),
    );
    let path = stage.fake.received().first().map(|request| request.path.clone());
    problems.same(name, "path", path, Some(sample.request().path));
}

fn check_records(sample: &Sample, records: &[&Value], name: &str, problems: &mut Problems) {
    let expect = sample.expect();
    let kind = expect["kind"].as_str().unwrap_or_default();
    // What the client says on a socket that only brings an answer is nothing of its own.
    let kind = if kind == "answer_stream" { "other" } else { kind };
    for record in records {
        problems.same(name, "findings", &record["findings"], &Value::Array(Vec::new()));
        problems.same(
            name,
            "service",
            &record["destination"]["service"],
            &sample.meta["service"],
        );
        problems.same(name, "disposition", &record["disposition"], &Value::from("released"));
    }
    let says_something = places_of_text(sample).next().is_some();
    let Some(record) = records.iter().find(|record| record["kind"] == kind) else {
        problems.that(name, !says_something, || {
            format!("no record of kind {kind}: {records:?}")
        });
        return;
    };
    problems.same(name, "channel", record["channel"].as_str(), Some(channel(sample)));
    let model = match &expect["model"] {
        Value::Number(number) => Value::from(number.to_string()),
        model => model.clone(),
    };
    problems.same(name, "model", &record["destination"]["model"], &model);
}

fn channel(sample: &Sample) -> &'static str {
    let kind = sample.expect()["kind"].as_str().unwrap_or_default();
    match (kind, sample.meta["category"].as_str().unwrap_or_default()) {
        ("upload" | "upload_init", _) => "upload",
        (_, "consumer_chat" | "enterprise_chat") => "browser",
        _ => "api",
    }
}

// --- With a key ---

/// Plays the socket up to an edited message, and brings what is said about it.
fn refused_message(stage: &Stage, sample: &Sample, messages: &[Message], number: usize) -> String {
    let mut socket = Socket::open_as(&stage.client(), &sample.request()).unwrap_or_else(|error| panic!("{error}"));
    play(&mut socket, &messages[..number]);
    socket.say(said(&messages[number])).unwrap();
    let heard = std::iter::from_fn(|| socket.next_text());
    heard.into_iter().find(|text| names_an_event(text)).unwrap_or_default()
}

// --- With an address ---

struct Address<'a> {
    stage: &'a Stage,
    sample: &'a Sample,
    version: Version,
    address: &'a str,
    name: &'a str,
}

impl Address<'_> {
    fn blocked(&self, problems: &mut Problems) {
        self.stage.fake.play(Some(self.sample.recording()));
        let heard = everything(&send(self.stage, &self.request(self.address), self.version));
        problems.that(self.name, self.stage.fake.received().is_empty(), || {
            "it left".to_owned()
        });
        problems.that(self.name, names_an_event(&heard), || format!("no reason: {heard}"));
        problems.that(self.name, !heard.contains(self.address), || {
            "the address is repeated".to_owned()
        });
    }

    /// Sent twice: the first time shows the stand-in, the second time the service says it.
    fn replaced(&self, problems: &mut Problems) {
        let recording = self.sample.recording();
        let Some(stand_in) = self.sent(&recording, problems).map(|(stand_in, _)| stand_in) else {
            return;
        };
        let Some(word) = word_of_answer(self.sample) else {
            let decoder = self.sample.expect()["answer"]["decoder"].as_str();
            let cannot =
                decoder.is_none_or(|decoder| ANSWERS_THAT_CANNOT_BE_WRITTEN.iter().any(|(name, _)| *name == decoder));
            problems.that(self.name, cannot, || {
                "no word of the answer stands in one piece".to_owned()
            });
            return;
        };
        self.stage.fake.reset();
        let Some((again, heard)) = self.sent(&recording.with_word(word, &stand_in), problems) else {
            return;
        };
        problems.same(self.name, "stand-in", &again, &stand_in);
        let expected = recording.with_word(word, self.address);
        let expected = if self.sample.is_socket() {
            expected.said()
        } else {
            expected.body
        };
        problems.same(self.name, "answer", text(&heard), text(&expected));
    }

    /// The stand-in that arrived and what was answered.
    fn sent(&self, recording: &Recording, problems: &mut Problems) -> Option<(String, Vec<u8>)> {
        self.stage.fake.play(Some(recording.clone()));
        match self.sample.is_socket() {
            true => self.sent_in_socket(problems),
            false => self.sent_in_request(problems),
        }
    }

    fn sent_in_request(&self, problems: &mut Problems) -> Option<(String, Vec<u8>)> {
        let reply = send(self.stage, &self.request(self.address), self.version);
        let received = self.stage.fake.received();
        let [arrived] = &received[..] else {
            problems.that(self.name, false, || format!("nothing arrived: {}", everything(&reply)));
            return None;
        };
        problems.that(self.name, !self.stage.fake.saw(self.address), || {
            "the address left".to_owned()
        });
        let mut arrived = outgoing(arrived);
        let place = prompts(self.sample).next()?;
        let mut stand_in = None;
        let read = edit_request(&mut arrived.clone(), place, &mut |said| {
            stand_in = between(said).map(str::to_owned);
            String::new()
        });
        problems.that(self.name, read.is_ok() && stand_in.is_some(), || {
            "no stand-in".to_owned()
        });
        let stand_in = stand_in?;
        let mut expected = self.request(&stand_in);
        problems.same(self.name, "path", &arrived.path, &expected.path);
        arrived.headers.clone_from(&expected.headers);
        problems.same(self.name, "body", text(&unpacked(&arrived)), text(&unpacked(&expected)));
        expected.body.clear();
        Some((stand_in, reply.body))
    }

    fn sent_in_socket(&self, problems: &mut Problems) -> Option<(String, Vec<u8>)> {
        let heard = converse(self.stage, self.sample, &self.messages(self.address));
        let (number, place) = frame(prompts(self.sample).next()?)?;
        let shortest = wire(&self.messages("")).len();
        let arrived = arrived_in_socket(self.stage, shortest);
        problems.that(self.name, !self.stage.fake.saw(self.address), || {
            "the address left".to_owned()
        });
        let from_client = self.sample.messages[..number]
            .iter()
            .filter(|message| message.from_client)
            .count();
        let mut message = arrived.split(|byte| *byte == b'\n').nth(from_client)?.to_vec();
        let mut stand_in = None;
        let read = edit_message(&mut message, place, &mut |said| {
            stand_in = between(said).map(str::to_owned);
            String::new()
        });
        problems.that(self.name, read.is_ok() && stand_in.is_some(), || {
            format!("no stand-in: {}", text(&arrived))
        });
        let stand_in = stand_in?;
        let expected = wire(&self.messages(&stand_in));
        let arrived = arrived_in_socket(self.stage, expected.len());
        problems.same(self.name, "messages", text(&arrived), text(&expected));
        Some((stand_in, heard))
    }

    /// The sample's request, with this in every place its prompt is at.
    fn request(&self, value: &str) -> Outgoing {
        let mut request = self.sample.request();
        for place in prompts(self.sample).chain(copies(self.sample)) {
            edit_request(&mut request, place, &mut |said| with_address(said, value))
                .unwrap_or_else(|error| panic!("{}: {place}: {error}", self.name));
        }
        request
    }

    fn messages(&self, value: &str) -> Vec<Message> {
        let mut messages = self.sample.messages.clone();
        for place in prompts(self.sample).chain(copies(self.sample)) {
            let (number, place) = frame(place).unwrap();
            edit_message(&mut messages[number].data, place, &mut |said| with_address(said, value)).unwrap();
        }
        messages
    }
}

const BEFORE: &str = " Write to ";
const AFTER: &str = " about it.";

fn with_address(said: &str, value: &str) -> String {
    format!("{said}{BEFORE}{value}{AFTER}")
}

fn between(said: &str) -> Option<&str> {
    let stand_in = said.strip_suffix(AFTER)?.rsplit_once(BEFORE)?.1;
    stand_in.starts_with("[EMAIL_").then_some(stand_in)
}

/// The longest word of the answer that stands in the recording in one piece.
fn word_of_answer(sample: &Sample) -> Option<&str> {
    let answer = &sample.expect()["answer"];
    let decoder = answer["decoder"].as_str()?;
    if ANSWERS_THAT_CANNOT_BE_WRITTEN.iter().any(|(name, _)| *name == decoder) {
        return None;
    }
    let recording = sample.recording();
    let bytes = if sample.is_socket() {
        recording.said()
    } else {
        recording.body
    };
    let words = answer["text"]
        .as_str()?
        .split(|letter: char| !letter.is_ascii_alphabetic());
    let there = words.filter(|word| word.len() > 2 && bytes.windows(word.len()).any(|part| part == word.as_bytes()));
    there.max_by_key(|word| word.len())
}

// --- The stage ---

fn all() -> Vec<Sample> {
    Sample::all(&folder::root().join("tests/golden/traffic")).unwrap()
}

fn over_tls() -> Vec<Sample> {
    all().into_iter().filter(Sample::is_tls).collect()
}

/// One agent and one service for all samples.
fn stage(name: &str) -> (Stage, Vec<Sample>) {
    let samples = over_tls();
    assert!(samples.len() >= 45, "only {} samples", samples.len());
    let hosts: BTreeSet<String> = samples.iter().map(|sample| sample.host().to_owned()).collect();
    let stage = Stage::with(name, Options::default(), |mut launch| {
        let pack = launch.state.with_file_name("pack.yaml");
        std::fs::write(&pack, PACK).unwrap();
        launch.pack = Some(pack);
        let service = launch.resolve[0].1;
        launch.resolve = hosts.into_iter().map(|host| (host, service)).collect();
        launch
    });
    (stage, samples)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Version {
    Http1,
    Http2,
}

impl Version {
    fn wire(self) -> &'static str {
        match self {
            Version::Http1 => "HTTP/1.1",
            Version::Http2 => "HTTP/2.0",
        }
    }
}

impl std::fmt::Display for Version {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(self.wire())
    }
}

/// Sockets are opened by HTTP/1.1 only.
fn versions(sample: &Sample) -> impl Iterator<Item = Version> {
    let second = (!sample.is_socket()).then_some(Version::Http2);
    [Version::Http1].into_iter().chain(second)
}

fn send(stage: &Stage, request: &Outgoing, version: Version) -> Reply {
    let client = match version {
        Version::Http1 => stage.client(),
        Version::Http2 => stage.client().http2(),
    };
    let reply = client.send(request);
    reply.unwrap_or_else(|error| panic!("{} {}{}: {error:?}", version, request.host, request.path))
}

/// Plays a sample's socket: sends what the client says, and takes what the service says, in the recorded order.
fn converse(stage: &Stage, sample: &Sample, messages: &[Message]) -> Vec<u8> {
    let mut socket =
        Socket::open_as(&stage.client(), &sample.request()).unwrap_or_else(|error| panic!("{}: {error}", sample.id));
    play(&mut socket, messages)
}

fn play(socket: &mut Socket, messages: &[Message]) -> Vec<u8> {
    let mut heard = Vec::new();
    for message in messages {
        if message.from_client {
            socket.say(said(message)).unwrap();
        } else if let Some(next) = socket.next_message() {
            heard.extend(next.into_data());
            heard.push(b'\n');
        }
    }
    heard
}

fn said(message: &Message) -> Said {
    match String::from_utf8(message.data.clone()) {
        Ok(text) if !message.binary => Said::text(text),
        _ => Said::binary(message.data.clone()),
    }
}

/// Everything the client says on a socket, as the fake service writes it down.
fn wire(messages: &[Message]) -> Vec<u8> {
    let from_client = messages.iter().filter(|message| message.from_client);
    from_client
        .flat_map(|message| [&message.data[..], b"\n"].concat())
        .collect()
}

/// What arrived on the socket, when it is at least this long.
fn arrived_in_socket(stage: &Stage, length: usize) -> Vec<u8> {
    let deadline = Instant::now() + Duration::from_secs(5);
    loop {
        let body = stage
            .fake
            .received()
            .into_iter()
            .next()
            .map(|request| request.body)
            .unwrap_or_default();
        if body.len() >= length || Instant::now() > deadline {
            return body;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn outgoing(received: &Received) -> Outgoing {
    Outgoing {
        method: received.method.clone(),
        host: received.host.clone(),
        path: received.path.clone(),
        headers: received.headers.clone(),
        body: received.body.clone(),
    }
}

fn prompts(sample: &Sample) -> impl Iterator<Item = &str> {
    wheres(&sample.expect()["prompts"])
}

fn copies(sample: &Sample) -> impl Iterator<Item = &str> {
    wheres(&sample.expect()["same_text_also_at"])
}

/// Where text of people leaves: prompts, what goes with them, and files of text.
fn places_of_text(sample: &Sample) -> impl Iterator<Item = String> {
    let expect = sample.expect();
    let files = expect["attachments"].as_array().into_iter().flatten();
    let files = files.filter(|file| file["inline"] == true && file["text"].is_string());
    let files = files.filter_map(|file| file["where"].as_str());
    let places: BTreeSet<String> = prompts(sample)
        .chain(copies(sample))
        .chain(wheres(&expect["context"]))
        .chain(files)
        .map(str::to_owned)
        .collect();
    places.into_iter()
}

fn wheres(items: &Value) -> impl Iterator<Item = &str> {
    let items = items.as_array().into_iter().flatten();
    items.filter_map(|item| item["where"].as_str())
}

fn everything(reply: &Reply) -> String {
    let headers: Vec<String> = reply
        .headers
        .iter()
        .map(|(name, value)| format!("{name}: {}", String::from_utf8_lossy(value.as_bytes())))
        .collect();
    format!("{} {}\n{}", reply.status, headers.join("\n"), reply.text())
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn now() -> u64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
    u64::try_from(since.as_millis()).unwrap()
}

/// Everything that is not as it should be, over all samples.
#[derive(Default)]
struct Problems {
    seed: Option<u64>,
    list: Vec<String>,
}

impl Problems {
    fn seeded(seed: u64) -> Self {
        Self {
            seed: Some(seed),
            list: Vec::new(),
        }
    }

    fn that(&mut self, name: &str, holds: bool, told: impl FnOnce() -> String) {
        if !holds {
            self.list.push(format!("{name}: {}", told()));
        }
    }

    #[allow(clippy::needless_pass_by_value, reason = "a check reads better without ampersands")]
    fn same<A: PartialEq<B> + std::fmt::Debug, B: std::fmt::Debug>(&mut self, name: &str, what: &str, got: A, want: B) {
        self.that(name, got == want, || {
            format!("{what}:\n    got  {got:?}\n    want {want:?}")
        });
    }

    fn none(self) {
        let Self { seed, list } = self;
        assert!(
            list.is_empty(),
            "{} problems (seed {seed:?}):\n{}",
            list.len(),
            list.join("\n")
        );
    }
}
