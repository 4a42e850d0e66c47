//! The ChatGPT web page: its protocol as the samples in `tests/golden/traffic` show it (s01, s02, s04, s05).

use super::{Answer, Head, content_text, echo, event, parsed, pieces};
use http::StatusCode;
use serde_json::{Value, json};

const CONVERSATION: &str = "a6578720-30d4-58ac-8166-691ab05cecaf";

pub(super) fn answer(head: &Head, body: &[u8]) -> Answer {
    let path = head.path.replacen("/backend-anon/", "/backend-api/", 1);
    match (head.method.as_str(), path.as_str()) {
        ("GET", "/") => Answer::chat("ChatGPT", include_str!("../pages/chatgpt.js")),
        ("POST", "/backend-api/f/conversation/prepare") => {
            Answer::json(&json!({"status": "success", "conduit_token": "conduit-token"}))
        }
        ("POST", "/backend-api/f/conversation") => Answer::events(conversation(&prompt(&parsed(body)))),
        ("POST", "/backend-api/files") => Answer::json(&announced(&parsed(body))),
        _ => Answer::not_found(head),
    }
}

/// Each file has an id and an address of its own, which do not tell its name.
fn announced(request: &Value) -> Value {
    let name = request["file_name"].as_str().unwrap_or_default();
    let number = name
        .bytes()
        .fold(7u32, |sum, byte| sum.wrapping_mul(31).wrapping_add(u32::from(byte)));
    let address = format!("https://sdmntprwestus.oaiusercontent.com/files/{number:08x}-sample/raw");
    json!({
        "status": "success",
        "upload_url": format!("{address}?se=2030-01-01&sp=cw"),
        "file_id": format!("file-{number:08x}"),
    })
}

/// The store that takes the bytes of files.
pub(super) fn blob(head: &Head) -> Answer {
    if head.method == "PUT" {
        Answer::whole(StatusCode::CREATED, "application/octet-stream", "").with("x-ms-request-id", "fake")
    } else {
        Answer::not_found(head)
    }
}

pub(super) fn prompt(request: &Value) -> String {
    let last = request["messages"].as_array().and_then(|messages| messages.last());
    last.map(|message| content_text(&message["content"]["parts"]))
        .unwrap_or_default()
}

fn conversation(prompt: &str) -> Vec<String> {
    let message = json!({
        "id": "436b94f8-e3b2-5a55-b7bd-0bce80a7619d", "author": {"role": "assistant"},
        "content": {"content_type": "text", "parts": [""]}, "status": "in_progress", "recipient": "all",
    });
    let mut events = vec![
        event(Some("delta_encoding"), &json!("v1")),
        event(
            Some("delta"),
            &json!({"p": "", "o": "add", "v": {"message": message, "conversation_id": CONVERSATION}, "c": 0}),
        ),
    ];
    for (index, piece) in pieces(&echo(prompt)).into_iter().enumerate() {
        // The service names path and operation once and leaves them out afterwards.
        let delta = match index {
            0 => json!({"p": "/message/content/parts/0", "o": "append", "v": piece}),
            _ => json!({"v": piece}),
        };
        events.push(event(Some("delta"), &delta));
    }
    let last = json!({"p": "", "o": "patch", "v": [
        {"p": "/message/content/parts/0", "o": "append", "v": "."},
        {"p": "/message/status", "o": "replace", "v": "finished_successfully"},
    ]});
    events.push(event(Some("delta"), &last));
    events.push(event(
        None,
        &json!({"type": "message_stream_complete", "conversation_id": CONVERSATION}),
    ));
    events.push("data: [DONE]\n\n".to_owned());
    events
}
