//! Why something was not converted, and the error answers of the three interfaces.

use weir_model::Interface;

use crate::json::{Json, Object};

/// A message cannot be converted without changing what it means. It names the place, never a value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{} {problem}", shown(place))]
pub struct ConvertError {
    place: String,
    problem: Problem,
}

/// What is wrong at the place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// It has not the form that its interface gives it.
    #[error("has not the form it should have")]
    Form,
    /// Nothing here knows what it means.
    #[error("is not known here, so it cannot be carried over to another interface")]
    Unknown,
    /// The other interface has nothing like it.
    #[error("cannot be said in {}", .0.title())]
    NotIn(Interface),
    /// The stream mixes parts that the other interface gives one after the other.
    #[error("comes between the parts of another block")]
    Interleaved,
    /// The stream ended before it was over.
    #[error("ended before it was over")]
    Cut,
}

impl ConvertError {
    pub(crate) fn new(place: &str, problem: Problem) -> Self {
        let parts: Vec<&str> = place.split('/').map(speakable).collect();
        Self {
            place: parts.join("/"),
            problem,
        }
    }

    /// The field: `messages/0/content/1`; empty for the whole body.
    #[must_use]
    pub fn place(&self) -> &str {
        &self.place
    }

    /// What is wrong with it.
    #[must_use]
    pub fn problem(&self) -> Problem {
        self.problem
    }
}

/// Keys come from the sender, who could write anything as a key: only what looks like the name of a field is repeated.
fn speakable(key: &str) -> &str {
    let named = key.len() <= 32 && key.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    let numbered = key.len() <= 6 && key.bytes().all(|byte| byte.is_ascii_digit());
    if named || numbered { key } else { "?" }
}

fn shown(place: &str) -> String {
    if place.is_empty() {
        "the body".to_owned()
    } else {
        format!("`{place}`")
    }
}

/// An error answer, as far as every interface knows it.
#[derive(Clone, PartialEq)]
pub(crate) struct Fault {
    /// In the words of the Anthropic interface.
    pub(crate) kind: String,
    pub(crate) message: String,
    /// OpenAI's own finer word.
    pub(crate) code: Option<String>,
    /// OpenAI's name of the parameter.
    pub(crate) param: Option<String>,
}

/// Status by the word for it.
const KINDS: &[(u16, &str)] = &[
    (400, "invalid_request_error"),
    (401, "authentication_error"),
    (403, "permission_error"),
    (404, "not_found_error"),
    (409, "conflict_error"),
    (413, "request_too_large"),
    (422, "invalid_request_error"),
    (429, "rate_limit_error"),
    (504, "timeout_error"),
    (529, "overloaded_error"),
];

/// An error answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ErrorAnswer {
    /// Status.
    pub status: u16,
    /// Body; what the service said may repeat what was sent.
    pub body: Vec<u8>,
}

/// Converts an error answer. What is not in the form of its interface is told by its status alone.
#[must_use]
pub fn error(to: Interface, status: u16, body: &[u8]) -> ErrorAnswer {
    let fault = Json::parse(body).and_then(|json| read(&json));
    let fault = fault.unwrap_or_else(|| of_status(status, "The service answered with an error.".to_owned()));
    // Anthropic's own status for an overload means nothing to clients of the other interfaces.
    let status = match (to, status) {
        (Interface::OpenAiChat | Interface::OpenAiResponses, 529) => 503,
        _ => status,
    };
    let fault = Fault {
        kind: kind_of(status).unwrap_or(&fault.kind).to_owned(),
        ..fault
    };
    ErrorAnswer {
        status,
        body: write(to, &fault).write(),
    }
}

/// An error answer with words of our own.
#[must_use]
pub fn error_of(to: Interface, status: u16, message: &str) -> ErrorAnswer {
    ErrorAnswer {
        status,
        body: write(to, &of_status(status, message.to_owned())).write(),
    }
}

fn of_status(status: u16, message: String) -> Fault {
    Fault {
        kind: kind_of(status).unwrap_or("api_error").to_owned(),
        message,
        code: None,
        param: None,
    }
}

fn kind_of(status: u16) -> Option<&'static str> {
    KINDS.iter().find(|(known, _)| *known == status).map(|(_, kind)| *kind)
}

/// Both families say `{"error": {"message": …, "type": …}}`.
pub(crate) fn read(json: &Json) -> Option<Fault> {
    let error = json.get("error")?;
    let text = |key: &str| error.text_at(&[key]).map(str::to_owned);
    Some(Fault {
        kind: text("type").unwrap_or_else(|| "api_error".to_owned()),
        message: text("message").or_else(|| error.text().map(str::to_owned))?,
        code: text("code"),
        param: text("param"),
    })
}

pub(crate) fn write(to: Interface, fault: &Fault) -> Json {
    let message = &*fault.message;
    match to {
        Interface::AnthropicMessages => Object::of_type("error")
            .with("error", Object::of_type(&fault.kind).with("message", message))
            .into(),
        Interface::OpenAiChat | Interface::OpenAiResponses => {
            let error = Object::new()
                .with("message", message)
                .with("type", &*fault.kind)
                .or_null("param", fault.param.as_deref())
                .or_null("code", fault.code.as_deref());
            Object::new().with("error", error).into()
        }
    }
}
