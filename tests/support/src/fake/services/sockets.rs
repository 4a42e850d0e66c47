//! WebSockets of services, as the samples in `tests/golden/traffic` show them (s08, s13, s15, s42): what each says when it
//! is opened, and what to a message.

use super::{Head, echo, pieces};
use serde_json::{Value, json};

/// SignalR ends each record with it.
const RECORD_END: char = '\u{1e}';

/// What a service says before it is asked; `None` when it has no socket there.
pub(crate) fn greeting(head: &Head) -> Option<Vec<String>> {
    match (head.host.as_str(), head.path.as_str()) {
        ("copilot.microsoft.com", "/c/api/chat") => {
            Some(vec![json!({"event": "connected", "requestId": "r1"}).to_string()])
        }
        ("substrate.office.com", path) if path.starts_with("/m365Copilot/Chathub/") => Some(Vec::new()),
        ("api.openai.com", "/v1/realtime") => Some(vec![
            json!({"type": "session.created", "session": {"id": "sess_fake"}}).to_string(),
        ]),
        ("ws.chatgpt.com", path) if path.starts_with("/ws/user/") => Some(Vec::new()),
        _ => None,
    }
}

/// What a service says to a message. `asked`: the last prompt it was sent over HTTP.
pub(crate) fn reply(head: &Head, message: &str, asked: &str) -> Vec<String> {
    match head.host.as_str() {
        "copilot.microsoft.com" => copilot(&parsed(message)),
        "substrate.office.com" => message
            .split_terminator(RECORD_END)
            .flat_map(|record| signalr(&parsed(record)))
            .collect(),
        "api.openai.com" => realtime(&parsed(message)),
        _ => handed_over(&parsed(message), asked),
    }
}

fn parsed(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_default()
}

fn copilot(message: &Value) -> Vec<String> {
    if message["event"] != "send" {
        return Vec::new();
    }
    let text = message["content"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|part| part["text"].as_str());
    let mut events = vec![
        json!({"event": "received", "conversationId": message["conversationId"]}),
        json!({"event": "startMessage", "messageId": "m1"}),
    ];
    let said = echo(&text.collect::<String>());
    events.extend(
        pieces(&said)
            .into_iter()
            .map(|piece| json!({"event": "appendText", "messageId": "m1", "partId": "p1", "text": piece})),
    );
    events.push(json!({"event": "done", "messageId": "m1"}));
    events.iter().map(Value::to_string).collect()
}

fn signalr(record: &Value) -> Vec<String> {
    let records = |records: &[Value]| {
        records
            .iter()
            .map(|record| format!("{record}{RECORD_END}"))
            .collect::<String>()
    };
    if record["protocol"] == "json" {
        return vec![records(&[json!({})])];
    }
    if record["target"] != "chat" {
        return Vec::new();
    }
    let asked = record.pointer("/arguments/0/message/text").and_then(Value::as_str);
    let said = echo(asked.unwrap_or_default());
    let update = |piece: String| json!({"type": 1, "target": "update", "arguments": [{"writeAtCursor": piece, "streamingMode": "Delta"}]});
    // Two records in one message, as the service does.
    let mut messages: Vec<String> = pieces(&said)
        .into_iter()
        .map(|piece| records(&[update(piece), json!({"type": 6})]))
        .collect();
    messages.push(records(&[json!({"type": 3, "invocationId": "0"})]));
    messages
}

fn realtime(event: &Value) -> Vec<String> {
    let Some(text) = event.pointer("/item/content/0/text").and_then(Value::as_str) else {
        return Vec::new();
    };
    let said = echo(text);
    let delta =
        |piece: String| json!({"type": "response.output_text.delta", "response_id": "r", "delta": piece}).to_string();
    pieces(&said)
        .into_iter()
        .map(delta)
        .chain([json!({"type": "response.done"}).to_string()])
        .collect()
}

/// The answer to a prompt that went over HTTP: events inside JSON inside messages.
fn handed_over(commands: &Value, asked: &str) -> Vec<String> {
    let commands = commands.as_array().map(Vec::as_slice).unwrap_or_default();
    if !commands.iter().any(|command| command["command"]["type"] == "subscribe") {
        return Vec::new();
    }
    let message = |item: String| {
        let payload = json!({"payload": {"payload": {"encoded_item": item}}});
        json!([{"type": "message", "topic_id": "conversation-turn-fake", "message": payload}]).to_string()
    };
    let deltas = pieces(&echo(asked)).into_iter().map(|piece| {
        let patch = json!({"p": "/message/content/parts/0", "o": "append", "v": piece});
        format!("event: delta\ndata: {patch}\n\n")
    });
    let end = "data: {\"type\": \"message_stream_complete\"}\n\n".to_owned();
    deltas.chain([end]).map(message).collect()
}
