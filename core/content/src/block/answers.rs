//! Refusals as a message of the assistant, in the stream format of the page that asked: the counterpart of the decoders.
//!
//! ChatGPT and Claude are in [`chat`](super::chat).

use serde_json::{Value, json};

use super::chat::{derived_id, markdown, message_id, push_event};
use super::errors::envelope;
use super::{Notice, Reply};

const EVENTS: &str = "text/event-stream; charset=utf-8";
const LINES: &str = "application/x-ndjson";

/// Chunks with their length in UTF-16 units, as Google's page reads them.
pub(super) fn gemini(notice: &Notice) -> Reply {
    let ids = ["c", "r", "rc"].map(|kind| format!("{kind}_{}", derived_id(notice, kind).replace('-', "")));
    let [conversation, response, candidate] = ids;
    let inner = json!([
        null,
        [conversation, response],
        null,
        null,
        [[candidate, [markdown(notice)]]]
    ]);
    let mut body = ")]}'\n\n".to_owned();
    for chunk in [
        json!([["wrb.fr", null, inner.to_string()]]),
        json!([["e", 4, null, null, 131]]),
    ] {
        let chunk = format!("\n{chunk}\n");
        body.push_str(&chunk.encode_utf16().count().to_string());
        body.push_str(&chunk);
    }
    Reply::new(200, "application/json; charset=utf-8", notice, body)
}

pub(super) fn grok(notice: &Notice) -> Reply {
    let (text, id) = (markdown(notice), message_id(notice));
    let conversation = json!({"conversationId": derived_id(notice, "conversation"), "title": ""});
    let message = json!({"responseId": id, "message": text, "sender": "ASSISTANT", "partial": false});
    let documents = [
        json!({"result": {"conversation": conversation}}),
        json!({"result": {"response": {"token": text, "isThinking": false, "isSoftStop": false, "responseId": id}}}),
        json!({"result": {"response": {"modelResponse": message}}}),
    ];
    lines(notice, "application/json", &documents)
}

pub(super) fn perplexity(notice: &Notice) -> Reply {
    let text = markdown(notice);
    let value = json!({"progress": "DONE", "chunks": [text], "answer": text});
    let patch = json!({"op": "replace", "path": "", "value": value});
    let block = json!({"intended_usage": "ask_text", "diff_block": {"field": "markdown_block", "patches": [patch]}});
    let message = json!({
        "backend_uuid": message_id(notice), "status": "COMPLETED", "text_completed": true, "final_sse_message": true, "blocks": [block],
    });
    events(
        notice,
        &[(Some("message"), message), (Some("end_of_stream"), json!({}))],
    )
}

pub(super) fn deepseek(notice: &Notice) -> Reply {
    let fragment = json!({"id": 1, "type": "RESPONSE", "content": markdown(notice)});
    let response =
        json!({"message_id": 2, "parent_id": 1, "role": "ASSISTANT", "status": "WIP", "fragments": [fragment]});
    events(
        notice,
        &[
            (
                Some("ready"),
                json!({"request_message_id": 1, "response_message_id": 2}),
            ),
            (None, json!({"v": {"response": response}})),
            (None, json!({"p": "response/status", "o": "SET", "v": "FINISHED"})),
            (Some("finish"), json!({})),
        ],
    )
}

pub(super) fn mistral(notice: &Notice) -> Reply {
    let chunk = json!({"type": "text", "text": markdown(notice)});
    let patches = json!([
        {"op": "add", "path": "/contentChunks", "value": [chunk]},
        {"op": "replace", "path": "/generationStatus", "value": "success"},
    ]);
    let message = json!({"json": {"type": "message", "messageId": message_id(notice), "patches": patches}});
    Reply::new(200, "text/plain; charset=utf-8", notice, format!("15:{message}\n"))
}

pub(super) fn huggingchat(notice: &Notice) -> Reply {
    let text = markdown(notice);
    let documents = [
        json!({"type": "status", "status": "started"}),
        json!({"type": "stream", "token": text}),
        json!({"type": "finalAnswer", "text": text, "interrupted": false}),
    ];
    lines(notice, "application/jsonl", &documents)
}

pub(super) fn qwen(notice: &Notice) -> Reply {
    let created = json!({"chat_id": derived_id(notice, "chat"), "response_id": message_id(notice)});
    let delta = |content: &str, status: &str| json!({"choices": [{"delta": {"role": "assistant", "content": content, "phase": "answer", "status": status}}]});
    events(
        notice,
        &[
            (None, json!({"response.created": created})),
            (None, delta(&markdown(notice), "typing")),
            (None, delta("", "finished")),
        ],
    )
}

pub(super) fn kimi(notice: &Notice) -> Reply {
    let block = json!({"id": "1", "text": {"content": markdown(notice)}});
    let messages = [
        json!({"op": "set", "mask": "block.text", "eventOffset": 1, "block": block}),
        json!({"eventOffset": 2, "done": {}}),
    ];
    let mut body: Vec<u8> = messages
        .iter()
        .flat_map(|message| envelope(0, message.to_string().as_bytes()))
        .collect();
    body.extend(envelope(2, b"{}"));
    Reply::new(200, "application/connect+json", notice, body)
}

pub(super) fn duckai(notice: &Notice) -> Reply {
    let message = json!({
        "role": "assistant", "message": markdown(notice), "created": 0, "id": message_id(notice), "action": "success", "model": "weir",
    });
    let mut reply = events(notice, &[(None, message)]);
    reply.body.extend_from_slice(b"data: [DONE]\n\n");
    reply
}

pub(super) fn notion(notice: &Notice) -> Reply {
    let segment =
        json!({"type": "agent-inference", "id": message_id(notice), "value": [{"type": "text", "content": ""}]});
    let documents = [
        json!({"type": "patch", "v": [{"o": "a", "p": "/s/-", "v": segment}]}),
        json!({"type": "patch", "v": [{"o": "x", "p": "/s/0/value/0/content", "v": markdown(notice)}]}),
    ];
    lines(notice, LINES, &documents)
}

pub(super) fn you(notice: &Notice) -> Reply {
    let token = json!({"youChatToken": markdown(notice)});
    events(notice, &[(Some("youChatToken"), token), (Some("done"), json!({}))])
}

pub(super) fn pi(notice: &Notice) -> Reply {
    events(
        notice,
        &[
            (Some("partial"), json!({"text": markdown(notice)})),
            (Some("done"), json!({})),
        ],
    )
}

pub(super) fn arena(notice: &Notice) -> Reply {
    let (text, end) = (json!(markdown(notice)), json!({"finishReason": "stop"}));
    Reply::new(
        200,
        "text/plain; charset=utf-8",
        notice,
        format!("a0:{text}\nad:{end}\n"),
    )
}

pub(super) fn meta(notice: &Notice) -> Reply {
    let text = markdown(notice);
    let message = json!({
        "id": message_id(notice), "streaming_state": "OVERALL_DONE", "snippet": text, "composed_text": {"content": [{"text": text}]},
    });
    lines(
        notice,
        "text/plain; charset=utf-8",
        &[json!({"data": {"node": {"bot_response_message": message}}})],
    )
}

fn lines(notice: &Notice, content_type: &str, documents: &[Value]) -> Reply {
    let body: String = documents.iter().map(|document| format!("{document}\n")).collect();
    Reply::new(200, content_type, notice, body)
}

fn events(notice: &Notice, events: &[(Option<&str>, Value)]) -> Reply {
    let mut body = String::new();
    for (name, data) in events {
        push_event(&mut body, *name, data);
    }
    Reply::new(200, EVENTS, notice, body)
}
