//! 1,000 random secrets through all paths, and a word of each prompt: none is found afterwards in any file under the
//! state directory, in the log at trace level, or in anything said to the client.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test's broken assumption is a failed test"
)]

use serde_json::{Value, json};
use std::collections::HashMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use weir_e2e::{Stage, event_in};
use weir_support::client::{Outgoing, Reply};
use weir_support::{Random, values};

const SECRETS: usize = 1000;

/// Bytes of a needle that are looked up; long enough that chance does not find it.
const PREFIX: usize = 8;

#[test]
fn no_secret_is_kept_logged_or_repeated() {
    let stage = Stage::with("canary", Default::default(), |mut launch| {
        launch.log = "trace".to_owned();
        launch
    });
    let mut random = Random::from_env();
    let seed = random.seed();
    let client = [stage.client(), stage.client().http2()];
    let mut needles = Needles::default();
    let (mut events, mut through) = (Vec::new(), Vec::new());
    for index in 0..SECRETS {
        let secret = values::secret(&mut random, index);
        let word = random.text("bcdfghjklmnpqrstvwxz", 12);
        let text = format!("{word} {}", secret.sentence);
        let (path, request) = way(index, &text);
        let reply = client[index % 2]
            .send(&request)
            .unwrap_or_else(|error| panic!("{path}: {error:?}"));
        let said = everything(&reply);
        if stage.fake.saw(&secret.value) {
            through.push(format!("{path}: {}", secret.kind));
        } else if said.contains(&secret.value) {
            panic!("{path} repeats the {} (seed {seed}): {said}", secret.kind);
        }
        stage.fake.reset();
        events.extend(event_in(&said).map(str::to_owned));
        needles.add(&secret.value, secret.kind);
        needles.add(&word, "word of a prompt");
    }
    // What leaves as a surrogate is kept only sealed.
    for index in 0..50 {
        let email = values::email(&mut random);
        let reply = client[index % 2]
            .send(&way(index * 2, &format!("write to {email}")).1)
            .unwrap();
        assert!(!stage.fake.saw(&email), "an address got through (seed {seed})");
        assert!(reply.status < 500, "{}", everything(&reply));
        needles.add(&email, "address");
    }
    assert!(
        through.is_empty(),
        "{} secrets got through (seed {seed}): {through:#?}",
        through.len()
    );
    assert!(
        events.len() > SECRETS / 2,
        "only {} refusals named an event",
        events.len()
    );
    assert_commands_say_nothing(&stage, &needles, &events);
    let files = files_below(stage.folder.path());
    assert!(
        files.iter().any(|file| file.ends_with("agent.log")),
        "no log to look at"
    );
    for file in files {
        let found = needles.find(&std::fs::read(&file).unwrap());
        assert!(
            found.is_none(),
            "{} holds a {} (seed {seed})",
            file.display(),
            found.unwrap_or_default()
        );
    }
}

/// Every way in that carries text, in turn.
fn way(index: usize, text: &str) -> (&'static str, Outgoing) {
    let chat = |stream: bool| json!({"model": "m", "stream": stream, "messages": [{"role": "user", "content": text}]});
    let page = json!({"action": "next", "messages": [{"author": {"role": "user"}, "content": {"content_type": "text", "parts": [text]}}]});
    let partial =
        json!({"partial_query": {"author": {"role": "user"}, "content": {"content_type": "text", "parts": [text]}}});
    let claude = json!({"prompt": text, "model": "m", "attachments": []});
    let paste = json!({"prompt": "sum up", "model": "m", "attachments": [{"file_name": "paste.txt", "extracted_content": text}]});
    let completion = "/api/organizations/o/chat_conversations/c/completion";
    let ways: [(&'static str, Outgoing); 14] = [
        (
            "openai chat",
            Outgoing::json("api.openai.com", "/v1/chat/completions", &chat(false)),
        ),
        (
            "openai chat, streamed",
            Outgoing::json("api.openai.com", "/v1/chat/completions", &chat(true)),
        ),
        (
            "openai responses",
            Outgoing::json("api.openai.com", "/v1/responses", &json!({"model": "m", "input": text})),
        ),
        (
            "openai file",
            Outgoing::file("api.openai.com", "/v1/files", "notes.txt", text),
        ),
        (
            "anthropic messages",
            Outgoing::json("api.anthropic.com", "/v1/messages", &chat(false)),
        ),
        (
            "anthropic messages, streamed",
            Outgoing::json("api.anthropic.com", "/v1/messages", &chat(true)),
        ),
        (
            "chatgpt",
            Outgoing::json("chatgpt.com", "/backend-api/f/conversation", &page),
        ),
        (
            "chatgpt while typing",
            Outgoing::json("chatgpt.com", "/backend-api/f/conversation/prepare", &partial),
        ),
        (
            "chatgpt logged out",
            Outgoing::json("chatgpt.com", "/backend-anon/f/conversation", &page),
        ),
        (
            "chatgpt file",
            put("sdmntprwestus.oaiusercontent.com", "/files/0/raw?sig=x", text),
        ),
        ("claude", Outgoing::json("claude.ai", completion, &claude)),
        ("claude paste", Outgoing::json("claude.ai", completion, &paste)),
        (
            "no adapter knows it",
            Outgoing::json("api.openai.com", "/v1/something/new", &json!({"deep": [{"er": text}]})),
        ),
        (
            "compressed",
            gzipped(Outgoing::json("api.openai.com", "/v1/chat/completions", &chat(false))),
        ),
    ];
    let choice = index % ways.len();
    ways.into_iter().nth(choice).unwrap()
}

fn put(host: &str, path: &str, content: &str) -> Outgoing {
    let mut request = Outgoing::get(host, path).header("content-type", "text/plain");
    request.method = "PUT".to_owned();
    request.body = content.as_bytes().to_vec();
    request
}

fn gzipped(mut request: Outgoing) -> Outgoing {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(&request.body).unwrap();
    request.body = encoder.finish().unwrap();
    request.header("content-encoding", "gzip")
}

fn everything(reply: &Reply) -> String {
    let headers: Vec<String> = reply
        .headers
        .iter()
        .map(|(name, value)| format!("{name}: {}", String::from_utf8_lossy(value.as_bytes())))
        .collect();
    format!("{}\n{}", headers.join("\n"), reply.text())
}

fn assert_commands_say_nothing(stage: &Stage, needles: &Needles, events: &[String]) {
    let mut commands: Vec<Vec<&str>> = vec![
        vec!["status", "--json"],
        vec!["audit", "query", "--json"],
        vec!["audit", "verify", "--json"],
    ];
    commands.extend(events.iter().step_by(100).map(|event| vec!["explain", event]));
    for command in commands {
        let output = stage.agent().run(&command).unwrap();
        let found = needles.find(&output.stdout).or_else(|| needles.find(&output.stderr));
        assert!(
            found.is_none(),
            "`weir {command:?}` says a {}",
            found.unwrap_or_default()
        );
    }
    let records: Vec<Value> = stage.agent().records().unwrap();
    assert!(
        records.len() >= SECRETS,
        "only {} records: were all paths judged?",
        records.len()
    );
}

fn files_below(dir: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(dir).unwrap().map(Result::unwrap) {
        let kind = entry.file_type().unwrap();
        if kind.is_dir() {
            files.extend(files_below(&entry.path()));
        } else if kind.is_file() {
            files.push(entry.path());
        }
    }
    files
}

/// Values to look for, in plain and in the encodings that text passes through, found by their first bytes.
#[derive(Default)]
struct Needles {
    by_prefix: HashMap<[u8; PREFIX], Vec<(Vec<u8>, &'static str)>>,
}

impl Needles {
    fn add(&mut self, value: &str, kind: &'static str) {
        let hex = value.bytes().map(|byte| format!("{byte:02x}")).collect::<String>();
        let mut forms = vec![value.as_bytes().to_vec(), hex.into_bytes()];
        // The middle of a base64 text does not depend on what is around the value, but on where it begins.
        forms.extend((0..3).map(|offset| base64_middle(value.as_bytes(), offset)));
        for form in forms {
            if let Some(prefix) = form.first_chunk::<PREFIX>() {
                self.by_prefix.entry(*prefix).or_default().push((form.clone(), kind));
            }
        }
    }

    fn find(&self, content: &[u8]) -> Option<&'static str> {
        content.windows(PREFIX).enumerate().find_map(|(start, window)| {
            let candidates = self.by_prefix.get(<&[u8; PREFIX]>::try_from(window).ok()?)?;
            candidates
                .iter()
                .find(|(form, _)| content[start..].starts_with(form))
                .map(|(_, kind)| *kind)
        })
    }
}

fn base64_middle(value: &[u8], offset: usize) -> Vec<u8> {
    let letters = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let skip = (3 - offset) % 3;
    let whole = value.get(skip..).unwrap_or_default().chunks_exact(3);
    whole
        .flat_map(|group| {
            let word = u32::from(group[0]) << 16 | u32::from(group[1]) << 8 | u32::from(group[2]);
            [18, 12, 6, 0].map(|shift| letters[(word >> shift & 63) as usize])
        })
        .collect()
}

#[test]
fn needles_are_found_in_every_form() {
    let mut needles = Needles::default();
    needles.add("a secret of some length", "secret");
    assert_eq!(needles.find(b"so a secret of some length it is"), Some("secret"));
    assert_eq!(
        needles.find(b"x 6120736563726574206f6620736f6d65206c656e677468"),
        Some("secret")
    );
    // base64 of "it is a secret of some length!" and of the same with one and two letters in front.
    for coded in [
        "aXQgaXMgYSBzZWNyZXQgb2Ygc29tZSBsZW5ndGgh",
        "LGl0IGlzIGEgc2VjcmV0IG9mIHNvbWUgbGVuZ3RoIQ==",
        "LixpdCBpcyBhIHNlY3JldCBvZiBzb21lIGxlbmd0aCE=",
    ] {
        assert_eq!(needles.find(coded.as_bytes()), Some("secret"), "{coded}");
    }
    assert_eq!(needles.find(b"a secret of another length"), None);
}
