//! What a client is told instead of an answer.
//!
//! One shape for each kind of client, all with the same words: title, reason, rule, event, advice. Never the value that
//! was found: a [`Notice`] does not have it. Every field is escaped for its shape; none may carry markup of its own.
//! Must not know why something is blocked.

mod answers;
mod chat;
mod errors;
mod page;
mod shape;
mod socket;

use serde_json::{Value, json};

pub use shape::{Shape, UnknownShape};
pub use socket::{SocketMessage, messages};

/// What people are told: words of the pack and ids, never the value that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// What happened, in one line.
    pub title: String,
    /// Why.
    pub reason: String,
    /// The rule that decided.
    pub rule: String,
    /// The event to quote when asking about it.
    pub event: String,
    /// What can be done now.
    pub advice: String,
    /// In how many seconds the same may be sent, where that alone is what is wrong.
    pub wait: Option<u32>,
}

/// An answer made here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// HTTP status; 429 only where trying again later helps, and never 5xx: clients take both as an invitation.
    pub status: u16,
    /// Headers, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Notice {
    /// One word for what is forbidden, and another for what is too much for now.
    fn either<T>(&self, forbidden: T, too_much: T) -> T {
        match self.wait {
            None => forbidden,
            Some(_) => too_much,
        }
    }
}

impl Reply {
    fn new(status: u16, content_type: &str, notice: &Notice, body: impl Into<Vec<u8>>) -> Self {
        let headers = [
            ("content-type", content_type),
            ("cache-control", "no-store"),
            ("x-content-type-options", "nosniff"),
            ("weir-event", &token(&notice.event)),
        ];
        let headers = headers
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .to_vec();
        Self {
            status,
            headers,
            body: body.into(),
        }
    }

    /// For callers that understand errors.
    fn error(content_type: &str, notice: &Notice, body: impl Into<Vec<u8>>) -> Self {
        let reply = Self::new(notice.either(403, 429), content_type, notice, body);
        match notice.wait {
            Some(seconds) => reply.with("retry-after", &seconds.to_string()),
            None => reply,
        }
    }

    fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }
}

/// The refusal of a request in the form its client understands. `streaming`: the request asked for a streamed answer.
///
/// Errors are 403: the SDKs raise their permission error and do not try again. Where waiting helps they are 429 and say how
/// long. What a page shows as a message of the
/// assistant is 200, since pages hide the text of errors.
#[must_use]
pub fn reply(shape: Shape, notice: &Notice, streaming: bool) -> Reply {
    match shape {
        Shape::OpenAi => api(
            notice,
            &json!({"error": {
                "message": sentence(notice), "type": "weir_policy_block", "param": null,
                "code": notice.either("policy_block", "rate_limit_exceeded"), "weir": details(notice),
            }}),
        ),
        Shape::ClaudeWeb if streaming => chat::claude(notice),
        Shape::Anthropic | Shape::ClaudeWeb => api(
            notice,
            &json!({
                "type": "error", "error": {"type": notice.either("permission_error", "rate_limit_error"), "message": sentence(notice)},
                "weir": details(notice),
            }),
        ),
        Shape::Google => errors::google(notice),
        Shape::Bedrock => errors::bedrock(notice),
        Shape::Ollama => errors::ollama(notice),
        Shape::Cohere => errors::cohere(notice),
        Shape::Trpc => errors::trpc(notice),
        Shape::Connect => errors::connect(notice, "application/connect+json"),
        Shape::ConnectProto => errors::connect(notice, "application/connect+proto"),
        Shape::ChatgptWeb => chat::chatgpt(notice),
        Shape::GeminiWeb => answers::gemini(notice),
        Shape::Grok => answers::grok(notice),
        Shape::Perplexity => answers::perplexity(notice),
        Shape::Deepseek => answers::deepseek(notice),
        Shape::MistralWeb => answers::mistral(notice),
        Shape::Huggingchat => answers::huggingchat(notice),
        Shape::Qwen => answers::qwen(notice),
        Shape::Kimi => answers::kimi(notice),
        Shape::Duckai => answers::duckai(notice),
        Shape::Notion => answers::notion(notice),
        Shape::You => answers::you(notice),
        Shape::Pi => answers::pi(notice),
        Shape::Arena => answers::arena(notice),
        Shape::MetaGraphql => answers::meta(notice),
        Shape::Html => page::html(notice),
        Shape::Plain => Reply::error("text/plain; charset=utf-8", notice, plain(notice)),
        // The shapes of connections stand here for a connection that is refused as a whole.
        Shape::QuietJson | Shape::CopilotWs | Shape::Signalr | Shape::ChatgptWs | Shape::Cai | Shape::Realtime => {
            api(notice, &json!({"detail": sentence(notice), "weir": details(notice)}))
        }
    }
}

fn api(notice: &Notice, body: &Value) -> Reply {
    let reply = Reply::error("application/json", notice, body.to_string());
    match notice.wait {
        Some(_) => reply,
        // Both vendors' SDKs obey `x-should-retry`.
        None => reply.with("x-should-retry", "false"),
    }
}

fn details(notice: &Notice) -> Value {
    let Notice {
        title,
        reason,
        rule,
        event,
        advice,
        ..
    } = notice;
    json!({"title": title, "reason": reason, "rule": rule, "event": event, "advice": advice})
}

/// One line for error messages: terminals and exceptions show no more.
fn sentence(notice: &Notice) -> String {
    let Notice {
        title,
        reason,
        rule,
        event,
        advice,
        ..
    } = notice;
    let words = [title, ": ", reason, " ", advice]
        .map(|words| words.trim_matches(['\n', '\r']))
        .concat();
    format!("{} (rule {rule}, event {event})", words.trim())
}

fn plain(notice: &Notice) -> String {
    let Notice {
        title,
        reason,
        rule,
        event,
        advice,
        ..
    } = notice;
    format!("{title}\n\n{reason}\n\n{advice}\n\nRule: {rule}\nEvent: {event}\n")
}

/// Only what may stand in a header or an attribute without quoting.
fn token(text: &str) -> String {
    text.chars()
        .filter(|character| character.is_ascii_alphanumeric() || "-_.".contains(*character))
        .collect()
}

#[cfg(test)]
mod tests;
