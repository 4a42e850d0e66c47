//! Files that take several messages: each step is judged by itself, and a reference by what was decided of the bytes.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test's broken assumption is a failed test"
)]

mod loaded;

use weir_content::{Carrier, RequestView};
use weir_engine::{
    CopiedTexts, DecidedTexts, FingerprintKey, InForce, Message, Origin, Plan, ScannedTexts, Surrogates, Uploads,
    Verdict, judge,
};
use weir_model::{Action, Closed, EventId, FileState, Timestamp};
use weir_policy::{Buckets, Environment};

const NOW: Timestamp = Timestamp::from_millis(1_000);

/// One request of a story.
struct Sent<'a> {
    method: &'a str,
    host: &'a str,
    path: &'a str,
    query: Option<&'a str>,
    headers: &'a [(&'a str, &'a [u8])],
    body: &'a [u8],
}

const POST: Sent<'_> = Sent {
    method: "POST",
    host: "gemini.google.com",
    path: "/",
    query: None,
    headers: &[],
    body: b"",
};

#[test]
fn a_name_in_a_header_and_a_path_in_an_answer_link_the_steps_of_gemini() {
    for (content, fate) in [("two masts", FileState::Released), (SECRET, FileState::Blocked)] {
        let mut story = Story::new();
        let push = "https://push.clients6.google.com/upload/?upload_id=AB12&upload_protocol=resumable";
        story.answered(
            &Sent {
                host: "content-push.googleapis.com",
                path: "/upload/",
                headers: &[("x-goog-upload-command", b"start")],
                body: b"File name: boats.txt",
                ..POST
            },
            &[("x-goog-upload-url", push.as_bytes())],
            b"",
        );
        let sent = story.answered(
            &Sent {
                host: "push.clients6.google.com",
                path: "/upload/",
                query: Some("upload_id=AB12&upload_protocol=resumable"),
                headers: &[("x-goog-upload-command", b"upload, finalize")],
                body: content.as_bytes(),
                ..POST
            },
            &[],
            b"/contrib_service/ttl_1d/17",
        );
        assert_eq!(sent.files[0].name.as_deref(), Some("boats.txt"));
        assert_eq!(sent.files[0].state, FileState::Inline);
        assert_eq!(sent.files[0].event, Some(event(1)));
        assert_eq!(sent.decision.action == Action::Block, fate == FileState::Blocked);
        if fate == FileState::Blocked {
            continue;
        }
        let prompt = br#"f.req=%5Bnull%2C%22%5B%5B%5C%22What+is+it%3F%5C%22%2C0%2Cnull%2C%5B%5B%5B%5C%22%2Fcontrib_service%2Fttl_1d%2F17%5C%22%5D%2C%5C%22boats.txt%5C%22%5D%5D%5D%5D%22%5D"#;
        let asked = story.judged(&Sent {
            path: "/_/BardChatUi/data/assistant.lamda.BardFrontendService/StreamGenerate",
            headers: &[("content-type", b"application/x-www-form-urlencoded")],
            body: prompt,
            ..POST
        });
        assert_eq!((asked.files[0].state, asked.files[0].event), (fate, Some(event(2))));
    }
}

#[test]
fn the_parts_of_a_file_are_its_bytes_and_one_that_stays_keeps_the_file() {
    let mut story = Story::new();
    let create = br#"{"filename":"masts.jsonl","bytes":20,"mime_type":"text/jsonl","purpose":"user_data"}"#;
    let headers: &[(&str, &[u8])] = &[("content-type", b"application/json")];
    let api = Sent {
        host: "api.openai.com",
        headers,
        ..POST
    };
    let created = Sent {
        path: "/v1/uploads",
        body: create,
        ..api
    };
    story.answered(&created, headers, br#"{"id":"upload_7","status":"pending"}"#);
    for (part, action) in [("two masts", Action::Allow), (SECRET, Action::Block)] {
        let body = format!(
            "--b\r\nContent-Disposition: form-data; name=\"data\"; filename=\"blob\"\r\n\r\n{part}\r\n--b--\r\n"
        );
        let sent = Sent {
            path: "/v1/uploads/upload_7/parts",
            headers: &[("content-type", b"multipart/form-data; boundary=b")],
            body: body.as_bytes(),
            ..api
        };
        let sent = story.answered(&sent, headers, br#"{"id":"part_1"}"#);
        assert_eq!(sent.decision.action, action);
        assert_eq!(sent.files[0].name.as_deref(), Some("masts.jsonl"), "as announced");
    }
    let complete = Sent {
        path: "/v1/uploads/upload_7/complete",
        body: br#"{"part_ids":["part_1"]}"#,
        ..api
    };
    story.answered(&complete, headers, br#"{"id":"upload_7","file":{"id":"file-9"}}"#);
    let asked = story.judged(&Sent {
        path: "/v1/responses",
        body: br#"{"model":"m","input":[{"role":"user","content":[{"type":"input_file","file_id":"file-9"},{"type":"input_text","text":"How many?"}]}]}"#,
        ..api
    });
    assert_eq!(asked.decision.action, Action::Block);
    assert!(matches!(asked.plan, Plan::Answer(_)));
    assert_eq!(asked.files[0].state, FileState::Blocked);
    assert_eq!(asked.files[0].name.as_deref(), Some("masts.jsonl"));
    assert_eq!(asked.attachments, 0, "it carries no file");
}

#[test]
fn names_of_one_provider_say_nothing_to_another() {
    let mut story = Story::new();
    let json: &[(&str, &[u8])] = &[("content-type", b"application/json")];
    let create = Sent {
        host: "api.openai.com",
        path: "/v1/uploads",
        headers: json,
        body: br#"{"filename":"a.txt","bytes":1,"mime_type":"text/plain","purpose":"user_data"}"#,
        ..POST
    };
    story.answered(&create, json, br#"{"id":"1"}"#);
    let asked = story.judged(&Sent {
        host: "chat.deepseek.com",
        path: "/api/v0/chat/completion",
        headers: json,
        body: br#"{"chat_session_id":"s","prompt":"hello","ref_file_ids":["1"]}"#,
        ..POST
    });
    assert_eq!((asked.files[0].state, asked.files[0].event), (FileState::Unseen, None));
    assert_eq!(asked.decision.action, Action::Allow);
}

const SECRET: &str = concat!("deploy with AKIA", "Q7RZT2MWXKVN5JHB please");

/// Messages one after another, with what is remembered between them.
struct Story {
    in_force: InForce,
    uploads: Uploads,
    key: FingerprintKey,
    told: u8,
}

impl Story {
    fn new() -> Self {
        Self {
            in_force: in_force(),
            uploads: Uploads::default(),
            key: FingerprintKey::new(&[3; 32]),
            told: 0,
        }
    }

    fn judged(&mut self, sent: &Sent<'_>) -> Verdict {
        self.told += 1;
        let message = Message {
            request: RequestView {
                method: sent.method,
                host: sent.host,
                path: sent.path,
                query: sent.query,
                headers: sent.headers,
                body: sent.body,
                carrier: Carrier::Http,
            },
            unread: None,
            surrogates: &Surrogates::default(),
            decided: &DecidedTexts::new(),
            scanned: &ScannedTexts::default(),
            copied: &CopiedTexts::default(),
            buckets: &Buckets::default(),
            closed: Closed::NOTHING,
            stale: false,
            leaves: &[],
            justified: false,
            uploads: &self.uploads,
            fingerprints: &self.key,
            origin: Origin {
                user: None,
                process: None,
                environment: Environment::Production,
            },
            route: None,
            event: event(self.told),
        };
        judge(&message, &self.in_force, NOW)
    }

    /// The same, remembered as the agent does, with the answer the service gave if it was asked.
    fn answered(&mut self, sent: &Sent<'_>, headers: &[(&str, &[u8])], answer: &[u8]) -> Verdict {
        let verdict = self.judged(sent);
        let released = matches!(verdict.plan, Plan::Forward | Plan::Edit(_));
        let step = verdict.upload.as_ref().unwrap();
        let file = self.uploads.take(step, released, verdict.event, NOW);
        if let (true, Some(file), Some(gives)) = (released, file, &step.gives) {
            let names = step.digests(&self.key, &gives.read(headers, answer));
            self.uploads.call(file, names);
        }
        verdict
    }
}

fn event(number: u8) -> EventId {
    EventId::from_bytes([number; 16])
}

fn in_force() -> InForce {
    loaded::load("pack: {name: uploads, version: 1.0.0, extends: [weir/baseline]}").in_force
}
