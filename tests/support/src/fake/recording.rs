//! Answers that were recorded: the fake service repeats them instead of making its own.

use super::AnswerBody;
use bytes::Bytes;
use http::{HeaderName, HeaderValue, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use tokio_tungstenite::tungstenite::Message;

/// What a service answered once.
#[derive(Clone, Debug, Default)]
pub struct Recording {
    /// Status.
    pub status: u16,
    /// Names and values.
    pub headers: Vec<(String, String)>,
    /// Body, as it was on the wire.
    pub body: Vec<u8>,
    /// For a socket: what is said before the first message of the client, and after each.
    pub turns: Option<Vec<Vec<Turn>>>,
}

/// One message of a socket's service.
#[derive(Clone, Debug)]
pub struct Turn {
    /// False for text.
    pub binary: bool,
    /// What it says.
    pub data: Vec<u8>,
}

impl Recording {
    /// The same with another word in the place of one, and the lengths around it corrected.
    #[must_use]
    pub fn with_word(&self, word: &str, other: &str) -> Self {
        let mut recording = self.clone();
        recording.body = framed(&self.body, |said| replace(said, word, other));
        for turn in recording.turns.iter_mut().flatten().flatten() {
            turn.data = replace(&turn.data, word, other);
        }
        recording
    }

    /// Everything the service says on a socket, a line each.
    #[must_use]
    pub fn said(&self) -> Vec<u8> {
        let turns = self.turns.iter().flatten().flatten();
        turns.flat_map(|turn| [&turn.data[..], b"\n"].concat()).collect()
    }

    pub(super) fn response(&self) -> Response<AnswerBody> {
        let mut response = Response::new(Full::new(Bytes::from(self.body.clone())).boxed());
        *response.status_mut() = StatusCode::from_u16(self.status).unwrap_or_default();
        for (name, value) in &self.headers {
            if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
                response.headers_mut().append(name, value);
            }
        }
        response
    }
}

impl Turn {
    pub(super) fn message(&self) -> Message {
        match String::from_utf8(self.data.clone()) {
            Ok(text) if !self.binary => Message::text(text),
            _ => Message::binary(self.data.clone()),
        }
    }
}

/// The change made inside the frames of an answer.
fn framed(body: &[u8], change: impl Fn(&[u8]) -> Vec<u8>) -> Vec<u8> {
    let edited = match body {
        [b')', b']', b'}', b'\'', ..] => counted(body, &change),
        [0..=3, 0, ..] => enveloped(body, &change),
        _ => None,
    };
    edited.unwrap_or_else(|| change(body))
}

/// Gemini: each chunk stands after its length in UTF-16 units, which counts the line break before it.
fn counted(body: &[u8], change: impl Fn(&[u8]) -> Vec<u8>) -> Option<Vec<u8>> {
    let (head, mut rest) = std::str::from_utf8(body).ok()?.split_once("\n\n")?;
    let mut out = format!("{head}\n\n");
    while let Some((length, after)) = rest.split_once('\n') {
        let mut units = length.parse::<usize>().ok()?.checked_sub(1)?;
        let mut stop = 0;
        for letter in after.chars() {
            if units == 0 {
                break;
            }
            units = units.checked_sub(letter.len_utf16())?;
            stop += letter.len_utf8();
        }
        let chunk = String::from_utf8(change(&after.as_bytes()[..stop])).ok()?;
        out += &format!("{}\n{chunk}", chunk.encode_utf16().count() + 1);
        rest = &after[stop..];
    }
    Some((out + rest).into_bytes())
}

/// Connect: five bytes before each message, four of them its length.
fn enveloped(mut body: &[u8], change: impl Fn(&[u8]) -> Vec<u8>) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    while let Some((head, after)) = body.split_first_chunk::<5>() {
        let length = u32::from_be_bytes([head[1], head[2], head[3], head[4]]);
        let (message, rest) = after.split_at_checked(usize::try_from(length).ok()?)?;
        let edited = change(message);
        out.push(head[0]);
        out.extend(u32::try_from(edited.len()).ok()?.to_be_bytes());
        out.extend(edited);
        body = rest;
    }
    Some(out)
}

fn replace(bytes: &[u8], word: &str, other: &str) -> Vec<u8> {
    let mut out = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        if bytes[at..].starts_with(word.as_bytes()) {
            out.extend(other.as_bytes());
            at += word.len();
        } else {
            out.push(bytes[at]);
            at += 1;
        }
    }
    out
}
