//! The answer text a client would show, put together from a stream's events.

use serde_json::Value;

/// The stream formats the fake service speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Chat completions.
    OpenAiChat,
    /// Responses API.
    Responses,
    /// Messages API, and the Claude page.
    Anthropic,
    /// The ChatGPT page, delta encoding v1.
    ChatGpt,
}

/// The text of a whole streamed answer.
#[must_use]
pub fn text(format: Format, body: &str) -> String {
    let mut out = String::new();
    for data in events(body) {
        match format {
            Format::OpenAiChat => push(&mut out, &data["choices"][0]["delta"]["content"]),
            Format::Responses if data["type"] == "response.output_text.delta" => push(&mut out, &data["delta"]),
            Format::Anthropic => push(&mut out, &data["delta"]["text"]),
            Format::ChatGpt => chatgpt(&mut out, &data),
            Format::Responses => {}
        }
    }
    out
}

/// The data of each server-sent event that is JSON.
pub fn events(body: &str) -> impl Iterator<Item = Value> {
    body.split("\n\n").filter_map(|event| {
        let lines: Vec<&str> = event.lines().filter_map(|line| line.strip_prefix("data: ")).collect();
        serde_json::from_str(&lines.join("\n")).ok()
    })
}

fn push(out: &mut String, value: &Value) {
    out.push_str(value.as_str().unwrap_or_default());
}

/// Only what the fake service sends, and whole messages, with which Weir may answer in its place.
fn chatgpt(out: &mut String, data: &Value) {
    if let Some(parts) = data["v"].as_array() {
        for part in parts.iter().filter(|part| part["p"] == "/message/content/parts/0") {
            push(out, &part["v"]);
        }
    } else if let Some(parts) = data
        .pointer("/v/message/content/parts")
        .or_else(|| data.pointer("/message/content/parts"))
    {
        *out = parts
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect();
    } else {
        push(out, &data["v"]);
    }
}
