//! The Anthropic API, complete enough for its SDKs.

use super::{Answer, Head, content_text, echo, event, last_content, parsed, pieces, uploaded};
use serde_json::{Value, json};

pub(super) fn answer(head: &Head, body: &[u8]) -> Answer {
    match (head.method.as_str(), head.path.as_str()) {
        ("POST", "/v1/messages") => message(&parsed(body)),
        ("POST", "/v1/files") => {
            let (name, size) = uploaded(body);
            Answer::json(&json!({
                "id": "file_fake", "type": "file", "filename": name, "mime_type": "text/plain", "size_bytes": size,
                "created_at": "2026-01-01T00:00:00Z", "downloadable": false,
            }))
        }
        _ => Answer::not_found(head),
    }
}

fn message(request: &Value) -> Answer {
    let text = echo(&content_text(last_content(&request["messages"], "user")));
    let model = request["model"].as_str().unwrap_or("claude");
    if request["stream"] == true {
        return Answer::events(message_events(&text, model));
    }
    let mut whole = opened(model);
    whole["content"] = json!([{"type": "text", "text": text}]);
    whole["stop_reason"] = json!("end_turn");
    Answer::json(&whole)
}

/// The events of one streamed message; the web page uses the same.
pub(super) fn message_events(text: &str, model: &str) -> Vec<String> {
    let typed = |value: Value| event(value["type"].as_str(), &value);
    let mut events = vec![
        typed(json!({"type": "message_start", "message": opened(model)})),
        typed(json!({"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}})),
        typed(json!({"type": "ping"})),
    ];
    for piece in pieces(text) {
        let delta = json!({"type": "text_delta", "text": piece});
        events.push(typed(
            json!({"type": "content_block_delta", "index": 0, "delta": delta}),
        ));
    }
    let stop = json!({"stop_reason": "end_turn", "stop_sequence": null});
    events.push(typed(json!({"type": "content_block_stop", "index": 0})));
    events.push(typed(
        json!({"type": "message_delta", "delta": stop, "usage": {"output_tokens": 9}}),
    ));
    events.push(typed(json!({"type": "message_stop"})));
    events
}

fn opened(model: &str) -> Value {
    json!({
        "id": "msg_fake", "type": "message", "role": "assistant", "model": model, "content": [],
        "stop_reason": null, "stop_sequence": null, "usage": {"input_tokens": 9, "output_tokens": 1},
    })
}
