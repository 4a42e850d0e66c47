//! Calls of one AI interface as calls of another: OpenAI chat completions, OpenAI responses and Anthropic messages, each
//! way between all of them, with tools, pictures, usage, errors and streams.
//!
//! ```text
//!   request of one ── read ── Call ── write ── request of another
//!    answer of one ── write ── Reply / Event ── read ── answer of another
//! ```
//!
//! Neighbours: imports `core/model` only; the agent's gateway calls it. It must not know where anything is sent, what
//! is in it, or what policy says.
//!
//! Only what is faithful is converted: a field that nothing here knows, or that the other interface has no room for, is
//! an error that names its place ([`ConvertError`]), unless it changes nothing in the answer (accounting, hints to
//! caches). The thoughts of a model are no part of its answer: they are left out. Answers cite nothing and hold no
//! results of a service's own tools, because requests that ask for them are refused.
//!
//! Why not a crate: of those that convert between these three in Rust, `switchyard-translation` is the best kept and
//! the only one with all three and their streams; it asks for a newer compiler than ours, reads into unordered JSON, and
//! carries what it does not know beside the message or drops it with a note, where a gateway that promises what leaves
//! must refuse and name the field. `anyllm_translate` knows two of the three and drops by default. The types of the SDK
//! crates follow one vendor each, and forget what they do not know when they are read.

mod anthropic;
mod call;
mod chat;
mod error;
mod fields;
mod json;
mod reply;
mod responses;
mod retarget;
mod sse;
mod stream;

pub use error::{ConvertError, ErrorAnswer, Problem, error, error_of};
pub use retarget::{Retarget, retarget};
pub use stream::StreamConverter;
use weir_model::Interface;

use crate::json::Json;

/// What an answer needs to know of the request it belongs to.
#[derive(Clone, Default)]
pub struct Frame {
    created: u64,
    include_usage: bool,
    /// Fields of the request that an answer in the form of responses repeats.
    repeated: Vec<(String, Json)>,
}

/// What a request says about how it wants to be answered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Asked {
    /// The model it names.
    pub model: String,
    /// True for a streamed answer.
    pub stream: bool,
}

/// What an answer in the form of responses says about its request where the request says nothing, by key.
fn usual(key: &str) -> Json {
    match key {
        "parallel_tool_calls" => true.into(),
        "tool_choice" => "auto".into(),
        "tools" => Vec::new().into(),
        _ => Json::Null,
    }
}

const REPEATED: [&str; 6] = [
    "instructions",
    "parallel_tool_calls",
    "temperature",
    "tool_choice",
    "tools",
    "top_p",
];

impl Frame {
    /// Of a request in its caller's own interface; `created` is the time in seconds since 1970.
    #[must_use]
    pub fn of(request: &[u8], created: u64) -> Self {
        let json = Json::parse(request).unwrap_or(Json::Null);
        let said = |key: &str| json.get(key).filter(|value| **value != Json::Null).cloned();
        Self {
            created,
            include_usage: json.at(&["stream_options", "include_usage"]) == Some(&Json::Bool(true)),
            repeated: REPEATED
                .iter()
                .map(|key| ((*key).to_owned(), said(key).unwrap_or_else(|| usual(key))))
                .collect(),
        }
    }
}

/// How a request wants to be answered, read from any of the three interfaces.
///
/// # Errors
/// The body is no JSON object that names a model.
pub fn asked(request: &[u8]) -> Result<Asked, ConvertError> {
    let json = Json::parse(request).ok_or_else(|| ConvertError::new("", Problem::Form))?;
    let model = json.text_at(&["model"]);
    Ok(Asked {
        model: model
            .ok_or_else(|| ConvertError::new("model", Problem::Form))?
            .to_owned(),
        stream: json.get("stream") == Some(&Json::Bool(true)),
    })
}

/// Converts a request.
///
/// # Errors
/// It says something that cannot be carried over; the error names the field.
pub fn request(from: Interface, to: Interface, body: &[u8]) -> Result<Vec<u8>, ConvertError> {
    let call = match from {
        Interface::OpenAiChat => chat::request::read(body),
        Interface::OpenAiResponses => responses::request::read(body),
        Interface::AnthropicMessages => anthropic::request::read(body),
    }?;
    let written = match to {
        Interface::OpenAiChat => chat::request::write(&call),
        Interface::OpenAiResponses => responses::request::write(&call),
        Interface::AnthropicMessages => anthropic::request::write(&call),
    }?;
    Ok(written.write())
}

/// Converts a whole answer.
///
/// # Errors
/// It says something that cannot be carried over; the error names the field.
pub fn answer(from: Interface, to: Interface, body: &[u8], frame: &Frame) -> Result<Vec<u8>, ConvertError> {
    let reply = match from {
        Interface::OpenAiChat => chat::reply::read(body),
        Interface::OpenAiResponses => responses::reply::read(body),
        Interface::AnthropicMessages => anthropic::reply::read(body),
    }?;
    let written = match to {
        Interface::OpenAiChat => chat::reply::write(&reply, frame),
        Interface::OpenAiResponses => responses::reply::write(&reply, frame),
        Interface::AnthropicMessages => anthropic::reply::write(&reply)?,
    };
    Ok(written.write())
}

/// For fuzzing: converts any bytes as a request, an answer and a stream, each way. What was converted must be readable
/// in its new interface, and a stream must come out the same wherever it is cut.
pub fn fuzz(data: &[u8]) {
    let frame = Frame::of(data, 0);
    for from in Interface::ALL {
        for to in Interface::ALL {
            if let Ok(converted) = request(from, to, data) {
                assert!(request(to, to, &converted).is_ok(), "a converted request can be read");
            }
            let _ = answer(from, to, data, &frame);
            let _ = error(to, 400, data);
            let whole = converted(from, to, &frame, &[data]);
            let (one, two) = data.split_at(data.len() / 2);
            assert!(
                whole == converted(from, to, &frame, &[one, two]),
                "a cut changes nothing"
            );
        }
    }
}

fn converted(from: Interface, to: Interface, frame: &Frame, pieces: &[&[u8]]) -> (Vec<u8>, bool) {
    let mut stream = StreamConverter::new(from, to, frame.clone());
    let mut out = Vec::new();
    let pushed = pieces.iter().try_for_each(|piece| stream.push(piece, &mut out));
    let done = pushed.and_then(|()| stream.finish(&mut out));
    (out, done.is_ok())
}
