//! The Gemini web page, as sample s11 shows it: length-prefixed chunks, each of which repeats the text so far.

use super::{Answer, Body, Head, echo, pieces};
use bytes::Bytes;
use http::StatusCode;
use serde_json::{Value, json};

const GENERATE: &str = "/_/BardChatUi/data/assistant.lamda.BardFrontendService/StreamGenerate";

pub(super) fn answer(head: &Head, body: &[u8]) -> Answer {
    match (head.method.as_str(), head.path.as_str()) {
        ("GET", "/") => Answer::chat("Gemini", include_str!("../pages/gemini.js")),
        ("POST", GENERATE) => stream(&prompt(body)),
        _ => Answer::not_found(head),
    }
}

/// `f.req` holds `[null, "<JSON>"]`, and that JSON's first entry begins with the prompt.
fn prompt(body: &[u8]) -> String {
    let fields = String::from_utf8_lossy(body);
    let field = fields.split('&').find_map(|field| field.strip_prefix("f.req="));
    let text = field.unwrap_or_default().replace('+', " ");
    let text = percent_encoding::percent_decode_str(&text).decode_utf8_lossy();
    let outer: Value = serde_json::from_str(&text).unwrap_or_default();
    let inner: Value = serde_json::from_str(outer[1].as_str().unwrap_or_default()).unwrap_or_default();
    inner[0][0].as_str().unwrap_or_default().to_owned()
}

fn stream(prompt: &str) -> Answer {
    let mut chunks = vec![Bytes::from_static(b")]}'\n\n")];
    let mut said = String::new();
    for piece in pieces(&echo(prompt)) {
        said.push_str(&piece);
        let payload = json!([null, ["c_fake", "r_fake"], null, null, [["rc_fake", [said]]]]).to_string();
        chunks.push(chunk(&json!([["wrb.fr", null, payload]])));
    }
    chunks.push(chunk(&json!([["e", 4, null, null, 131]])));
    let mut answer = Answer::whole(StatusCode::OK, "application/json; charset=utf-8", "");
    answer.body = Body::Events(chunks);
    answer
}

/// The length counts UTF-16 units, and both line breaks.
fn chunk(value: &Value) -> Bytes {
    let text = value.to_string();
    Bytes::from(format!("{}\n{text}\n", text.encode_utf16().count() + 2))
}
