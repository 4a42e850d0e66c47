//! Refusals on a connection that carries messages: what the client is told instead of the answer to the message that was
//! held back.

use serde_json::{Value, json};

use super::chat::{self, markdown, message_id};
use super::{Notice, Shape, details, sentence};

/// Closes a record of SignalR.
const SEPARATOR: char = '\u{1e}';

/// One message to put into a connection, from the service's side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SocketMessage {
    /// A text message.
    Text(String),
    /// A binary message.
    Binary(Vec<u8>),
}

/// The refusal of one message, `refused`, in the form its client understands. Nothing but ids is taken from it.
///
/// The connection stays open. A shape that has no messages of its own gives an error in JSON.
#[must_use]
pub fn messages(shape: Shape, notice: &Notice, refused: &[u8]) -> Vec<SocketMessage> {
    let texts = match shape {
        Shape::CopilotWs => copilot(notice, &id(refused, "conversationId")),
        Shape::Signalr => vec![signalr(notice, &id(refused, "invocationId"))],
        Shape::ChatgptWs => vec![chatgpt(notice)],
        Shape::Realtime => vec![realtime(notice, &id(refused, "event_id"))],
        Shape::Cai => vec![cai(notice, &id(refused, "request_id"))],
        _ => vec![
            json!({"error": {"code": "policy_block", "message": sentence(notice), "weir": details(notice)}})
                .to_string(),
        ],
    };
    texts.into_iter().map(SocketMessage::Text).collect()
}

/// A message of the assistant, as Copilot sends it.
fn copilot(notice: &Notice, conversation: &Value) -> Vec<String> {
    let message = message_id(notice);
    let events = [
        json!({"event": "received", "conversationId": conversation}),
        json!({"event": "startMessage", "conversationId": conversation, "messageId": message}),
        json!({"event": "appendText", "messageId": message, "partId": "weir", "text": markdown(notice)}),
        json!({"event": "partCompleted", "messageId": message, "partId": "weir"}),
        json!({"event": "done", "messageId": message}),
    ];
    events.iter().map(Value::to_string).collect()
}

/// A message of the bot, and the completion of the call, if it has a number.
fn signalr(notice: &Notice, invocation: &Value) -> String {
    let message =
        json!({"author": "bot", "messageId": message_id(notice), "text": markdown(notice), "contentOrigin": "weir"});
    let mut records = vec![json!({"type": 1, "target": "update", "arguments": [{"messages": [message]}]})];
    if !invocation.is_null() {
        let item = json!({"messages": [message], "result": {"value": "Success"}});
        records.push(json!({"type": 2, "invocationId": invocation, "item": item}));
        records.push(json!({"type": 3, "invocationId": invocation}));
    }
    records.iter().map(|record| format!("{record}{SEPARATOR}")).collect()
}

/// The events ChatGPT's page reads, as items of its connection.
fn chatgpt(notice: &Notice) -> String {
    let item = |event: &str| json!({"type": "message", "message": {"payload": {"payload": {"encoded_item": event}}}});
    let items: Vec<Value> = chat::chatgpt_events(notice).split_inclusive("\n\n").map(item).collect();
    json!(items).to_string()
}

fn realtime(notice: &Notice, event: &Value) -> String {
    let error = json!({
        "type": "invalid_request_error", "code": "policy_block", "message": sentence(notice), "param": null, "event_id": event,
    });
    json!({"type": "error", "event_id": message_id(notice), "error": error}).to_string()
}

fn cai(notice: &Notice, request: &Value) -> String {
    json!({"command": "neo_error", "request_id": request, "comment": sentence(notice), "error_code": 403}).to_string()
}

/// An id in one of the records of the refused message, or null. What is longer is no id.
fn id(refused: &[u8], name: &str) -> Value {
    const LONGEST: usize = 128;
    let records = refused.split(|byte| *byte == SEPARATOR as u8);
    let mut documents = records.filter_map(|record| serde_json::from_slice::<Value>(record).ok());
    let found = documents.find_map(|document| document.get(name)?.as_str().map(str::to_owned));
    found
        .filter(|id| id.len() <= LONGEST)
        .map_or(Value::Null, Value::String)
}
