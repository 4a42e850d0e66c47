//! The OpenAI API, complete enough for its SDKs.

use super::{Answer, Body, Head, content_text, echo, event, last_content, parsed, pieces, uploaded};
use bytes::Bytes;
use http::StatusCode;
use serde_json::{Value, json};

const CREATED: u64 = 1_792_000_000;

pub(super) fn answer(head: &Head, body: &[u8]) -> Answer {
    match (head.method.as_str(), head.path.as_str()) {
        ("POST", "/v1/chat/completions") => chat(&parsed(body)),
        ("POST", "/v1/responses") => responses(&parsed(body)),
        ("POST", "/v1/files") => {
            let (name, size) = uploaded(body);
            Answer::json(&json!({
                "id": "file-fake", "object": "file", "bytes": size, "created_at": CREATED, "filename": name,
                "purpose": "user_data", "status": "processed",
            }))
        }
        ("POST", "/v1/audio/speech") => spoken(&parsed(body)),
        ("GET", "/v1/models") => Answer::json(&json!({"object": "list", "data": [
            {"id": "gpt-5.1", "object": "model", "created": CREATED, "owned_by": "openai"},
        ]})),
        _ => Answer::not_found(head),
    }
}

fn spoken(request: &Value) -> Answer {
    let sound = speech(request["input"].as_str().unwrap_or_default());
    let mut answer = Answer::whole(StatusCode::OK, "audio/mpeg", "");
    answer.body = Body::Events(sound.chunks(700).map(Bytes::copy_from_slice).collect());
    answer
}

/// What speech looks like to somebody who looks for text: frames of noise, and the words in a tag before them.
#[must_use]
pub fn speech(text: &str) -> Vec<u8> {
    let mut random = crate::Random::seeded(text.len() as u64);
    let noise = (0..4_000).map(|_| random.next_u64().to_le_bytes()[0]);
    let tag = [b"ID3\x04\0\0", text.as_bytes(), b"\0\xFF\xFB"].concat();
    tag.into_iter().chain(noise).collect()
}

fn chat(request: &Value) -> Answer {
    let text = echo(&content_text(last_content(&request["messages"], "user")));
    let model = request["model"].as_str().unwrap_or("gpt-5.1");
    if request["stream"] != true {
        return Answer::json(&json!({
            "id": "chatcmpl-fake", "object": "chat.completion", "created": CREATED, "model": model,
            "choices": [{"index": 0, "finish_reason": "stop", "logprobs": null,
                         "message": {"role": "assistant", "content": text, "refusal": null}}],
            "usage": {"prompt_tokens": 9, "completion_tokens": 9, "total_tokens": 18},
        }));
    }
    let chunk = |delta: Value, finish: Value| {
        event(
            None,
            &json!({
                "id": "chatcmpl-fake", "object": "chat.completion.chunk", "created": CREATED, "model": model,
                "choices": [{"index": 0, "delta": delta, "finish_reason": finish}],
            }),
        )
    };
    let mut events = vec![chunk(json!({"role": "assistant", "content": ""}), Value::Null)];
    events.extend(
        pieces(&text)
            .into_iter()
            .map(|piece| chunk(json!({"content": piece}), Value::Null)),
    );
    events.push(chunk(json!({}), json!("stop")));
    events.push("data: [DONE]\n\n".to_owned());
    Answer::events(events)
}

fn responses(request: &Value) -> Answer {
    let input = &request["input"];
    let asked = input
        .as_str()
        .map_or_else(|| content_text(last_content(input, "user")), str::to_owned);
    let text = echo(&asked);
    let model = request["model"].as_str().unwrap_or("gpt-5.1");
    if request["stream"] == true {
        Answer::events(response_events(&text, model))
    } else {
        Answer::json(&response(model, "completed", json!([message(&text, "completed")])))
    }
}

/// The whole text comes three times more after its pieces: in `…text.done`, `…part.done` and `response.completed`.
fn response_events(text: &str, model: &str) -> Vec<String> {
    let mut sequence = 0;
    let mut typed = |kind: &str, mut value: Value| {
        value["type"] = json!(kind);
        value["sequence_number"] = json!(sequence);
        sequence += 1;
        event(Some(kind), &value)
    };
    let place = || json!({"item_id": "msg_fake", "output_index": 0, "content_index": 0});
    let with = |key: &str, value: Value| {
        let mut placed = place();
        placed[key] = value;
        placed
    };
    let created = response(model, "in_progress", json!([]));
    let mut events = vec![
        typed("response.created", json!({"response": created})),
        typed("response.in_progress", json!({"response": created})),
        typed(
            "response.output_item.added",
            json!({"output_index": 0, "item": {"id": "msg_fake", "type": "message", "status": "in_progress",
                   "role": "assistant", "content": []}}),
        ),
        typed("response.content_part.added", with("part", part(""))),
    ];
    for piece in pieces(text) {
        let mut delta = with("delta", json!(piece));
        delta["logprobs"] = json!([]);
        events.push(typed("response.output_text.delta", delta));
    }
    let mut done = with("text", json!(text));
    done["logprobs"] = json!([]);
    events.push(typed("response.output_text.done", done));
    events.push(typed("response.content_part.done", with("part", part(text))));
    events.push(typed(
        "response.output_item.done",
        json!({"output_index": 0, "item": message(text, "completed")}),
    ));
    let completed = response(model, "completed", json!([message(text, "completed")]));
    events.push(typed("response.completed", json!({"response": completed})));
    events
}

fn part(text: &str) -> Value {
    json!({"type": "output_text", "text": text, "annotations": [], "logprobs": []})
}

fn message(text: &str, status: &str) -> Value {
    json!({"id": "msg_fake", "type": "message", "status": status, "role": "assistant", "content": [part(text)]})
}

#[expect(clippy::needless_pass_by_value, reason = "called with freshly built JSON only")]
fn response(model: &str, status: &str, output: Value) -> Value {
    json!({
        "id": "resp_fake", "object": "response", "created_at": CREATED, "status": status, "error": null,
        "incomplete_details": null, "instructions": null, "metadata": {}, "model": model, "output": output,
        "parallel_tool_calls": true, "temperature": 1.0, "tool_choice": "auto", "tools": [], "top_p": 1.0,
        "usage": {"input_tokens": 9, "output_tokens": 9, "total_tokens": 18,
                  "input_tokens_details": {"cached_tokens": 0}, "output_tokens_details": {"reasoning_tokens": 0}},
    })
}
