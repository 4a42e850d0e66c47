//! Refusals as a message of the assistant, in the stream format of the page that asked.
//!
//! Ids are made from the event, so that the same refusal is the same bytes.

use std::str::FromStr;

use serde_json::{Value, json};
use weir_model::EventId;

use super::{Notice, Reply};

/// As ChatGPT streams it: patches, `delta_encoding: v1`.
pub(super) fn chatgpt(notice: &Notice) -> Reply {
    stream(notice, chatgpt_events(notice))
}

/// The events of [`chatgpt`].
pub(super) fn chatgpt_events(notice: &Notice) -> String {
    let (message, conversation) = (message_id(notice), derived_id(notice, "conversation"));
    let begin = json!({"p": "", "o": "add", "c": 0, "v": {"conversation_id": conversation, "error": null, "message": {
        "id": message,
        "author": {"role": "assistant", "name": null, "metadata": {}},
        "content": {"content_type": "text", "parts": [""]},
        "status": "in_progress", "end_turn": null, "weight": 1.0, "metadata": {}, "recipient": "all", "channel": "final",
    }}});
    let text = json!({"p": "/message/content/parts/0", "o": "append", "v": markdown(notice)});
    let end = json!({"p": "", "o": "patch", "v": [
        {"p": "/message/status", "o": "replace", "v": "finished_successfully"},
        {"p": "/message/end_turn", "o": "replace", "v": true},
    ]});
    let complete = json!({"type": "message_stream_complete", "conversation_id": conversation});
    let mut body = String::from("event: delta_encoding\ndata: \"v1\"\n\n");
    for delta in [begin, text, end] {
        push_event(&mut body, Some("delta"), &delta);
    }
    push_event(&mut body, None, &complete);
    body.push_str("data: [DONE]\n\n");
    body
}

/// As Claude streams it: content blocks.
pub(super) fn claude(notice: &Notice) -> Reply {
    let message = json!({
        "id": format!("chatcompl_{}", message_id(notice)), "type": "message", "role": "assistant", "model": "weir",
        "uuid": message_id(notice), "parent_uuid": derived_id(notice, "parent"), "content": [], "stop_reason": null, "stop_sequence": null,
    });
    let events = [
        ("message_start", json!({"type": "message_start", "message": message})),
        (
            "content_block_start",
            json!({"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": "", "citations": []}}),
        ),
        (
            "content_block_delta",
            json!({"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": markdown(notice)}}),
        ),
        ("content_block_stop", json!({"type": "content_block_stop", "index": 0})),
        (
            "message_delta",
            json!({"type": "message_delta", "delta": {"stop_reason": "end_turn", "stop_sequence": null}}),
        ),
        ("message_stop", json!({"type": "message_stop"})),
    ];
    let mut body = String::new();
    for (name, data) in &events {
        push_event(&mut body, Some(name), data);
    }
    stream(notice, body)
}

/// The message people read. Pages render markdown: links, pictures and markup in the words are made inert.
pub(super) fn markdown(notice: &Notice) -> String {
    let inert = |words: &str| words.replace('\\', "\\\\").replace('[', "\\[").replace('<', "\\<");
    let line = |words: &str| words.replace(['\n', '\r', '`'], " ");
    let Notice {
        title,
        reason,
        rule,
        event,
        advice,
        ..
    } = notice;
    format!(
        "**{}**\n\n{}\n\n{}\n\nRule: `{}`\nEvent: `{}`",
        line(&inert(title)),
        inert(reason),
        inert(advice),
        line(rule),
        line(event)
    )
}

fn stream(notice: &Notice, body: String) -> Reply {
    Reply::new(200, "text/event-stream; charset=utf-8", notice, body)
}

pub(super) fn push_event(body: &mut String, name: Option<&str>, data: &Value) {
    if let Some(name) = name {
        body.push_str("event: ");
        body.push_str(name);
        body.push('\n');
    }
    body.push_str("data: ");
    body.push_str(&data.to_string());
    body.push_str("\n\n");
}

/// The event itself where it is an id, so that support can search for either.
pub(super) fn message_id(notice: &Notice) -> String {
    EventId::from_str(&notice.event).map_or_else(|_| derived_id(notice, "message"), |event| event.to_string())
}

/// A UUID (version 8: made by own rules) that is the same for the same event.
pub(super) fn derived_id(notice: &Notice, purpose: &str) -> String {
    let mut bytes = [0; 16];
    for (half, seed) in bytes
        .chunks_mut(8)
        .zip([0xcbf2_9ce4_8422_2325_u64, 0x6c62_272e_07bb_0142])
    {
        let words = purpose.bytes().chain([0]).chain(notice.event.bytes());
        let hash = words.fold(seed, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
        half.copy_from_slice(&hash.to_be_bytes());
    }
    bytes[6] = bytes[6] & 0x0f | 0x80;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    EventId::from_bytes(bytes).to_string()
}
