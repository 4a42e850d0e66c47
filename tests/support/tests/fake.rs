//! The fake service is itself tested: a story that passes because the fake said nothing would prove nothing.
#![allow(clippy::unwrap_used, reason = "a test's broken assumption is a failed test")]

use serde_json::json;
use weir_support::client::{Outgoing, SendError, Way};
use weir_support::fake::Options;
use weir_support::stream::{self, Format};
use weir_support::{Client, FakeAi, certs::Fault};

fn fake(options: Options) -> (tempfile::TempDir, FakeAi) {
    let dir = tempfile::tempdir().unwrap();
    let fake = FakeAi::start(dir.path(), options).unwrap();
    (dir, fake)
}

fn client(fake: &FakeAi) -> Client {
    Client::new(Way::Direct(fake.address()), &[fake.ca()]).unwrap()
}

const TEXT: &str = "Write to [EMAIL_1] — naïve 🦆 \"quoted\"\nand twice";

#[test]
fn every_service_echoes_in_small_pieces() {
    let (_dir, fake) = fake(Options::default());
    let chat = json!({"model": "m", "stream": true, "messages": [{"role": "user", "content": TEXT}]});
    let input = json!({"model": "m", "stream": true, "input": [{"role": "user", "content": [{"type": "input_text", "text": TEXT}]}]});
    let page = json!({"messages": [{"author": {"role": "user"}, "content": {"parts": [TEXT]}}]});
    let prompt = json!({"prompt": TEXT, "model": "m", "attachments": []});
    let claude = "/api/organizations/o/chat_conversations/c/completion";
    for (format, host, path, body) in [
        (Format::OpenAiChat, "api.openai.com", "/v1/chat/completions", &chat),
        (Format::Responses, "api.openai.com", "/v1/responses", &input),
        (Format::Anthropic, "api.anthropic.com", "/v1/messages", &chat),
        (Format::ChatGpt, "chatgpt.com", "/backend-api/f/conversation", &page),
        (Format::Anthropic, "claude.ai", claude, &prompt),
    ] {
        for client in [client(&fake), client(&fake).http2()] {
            let reply = client.send(&Outgoing::json(host, path, body)).unwrap();
            let text = stream::text(format, &reply.text());
            assert_eq!(reply.status, 200, "{host}{path}");
            assert_eq!(text.trim_end_matches('.'), format!("You wrote: {TEXT}"), "{host}{path}");
            assert!(reply.pieces > 10, "{host}{path}: {} pieces", reply.pieces);
        }
    }
    assert_eq!(fake.received().len(), 10);
    assert!(fake.received().iter().all(|request| request.complete));
}

#[test]
fn whole_answers_echo_too_and_may_be_compressed() {
    let (_dir, fake) = fake(Options::default());
    let body = json!({"model": "m", "messages": [{"role": "user", "content": TEXT}], "input": TEXT});
    for (host, path) in [
        ("api.openai.com", "/v1/chat/completions"),
        ("api.openai.com", "/v1/responses"),
        ("api.anthropic.com", "/v1/messages"),
    ] {
        let plain = client(&fake).send(&Outgoing::json(host, path, &body)).unwrap();
        let packed = client(&fake)
            .send(&Outgoing::json(host, path, &body).header("accept-encoding", "gzip"))
            .unwrap();
        assert!(packed.headers.contains_key("content-encoding") && !plain.headers.contains_key("content-encoding"));
        assert_eq!(packed.text(), plain.text());
        assert!(plain.text().contains("[EMAIL_1]"), "{path}");
    }
}

#[test]
fn received_bytes_are_kept_and_told() {
    let (_dir, fake) = fake(Options::default());
    let upload = Outgoing::file("api.openai.com", "/v1/files", "notes.txt", "the very content");
    assert!(client(&fake).send(&upload).unwrap().text().contains("\"bytes\":16"));
    let received = &fake.received()[0];
    assert_eq!(
        (received.method.as_str(), received.path.as_str()),
        ("POST", "/v1/files")
    );
    assert_eq!(received.body, upload.body);
    assert!(fake.saw("very content") && !fake.saw("other content"));
    fake.reset();
    assert!(fake.received().is_empty());
}

#[test]
fn faulty_certificates_are_refused_by_a_sound_client() {
    for fault in [Fault::Expired, Fault::SelfSigned, Fault::WrongHost] {
        let (_dir, fake) = fake(Options {
            fault: Some(fault),
            ..Options::default()
        });
        let outcome = client(&fake).send(&Outgoing::get("bank.example", "/"));
        assert!(matches!(outcome, Err(SendError::Connect(_))), "{fault:?}");
        assert!(fake.received().is_empty(), "{fault:?}");
    }
}
