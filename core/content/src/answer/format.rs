//! What the bytes of an answer are: told by the decoder, the `Content-Type` header and, since headers lie, the first bytes.

use super::Decoder;
use super::framing::{Chunks, Connect, Cutter, EventStream, Events, Lines, Values, is_flags};
use super::text::Writing;

/// Bytes looked at to tell a format that the headers do not name.
const SNIFF: usize = 64;

/// What the bytes are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    /// Frames, of which there are several kinds.
    Framed(Framing),
    /// One JSON document.
    Json,
    /// Something else, restored byte by byte.
    Bytes(Writing),
    /// Not known yet: the first bytes tell.
    Unknown,
    /// Nothing to read: pictures, sound, archives, what is not framed as it should be.
    Opaque,
}

/// How an answer is cut into frames.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Framing {
    /// Server-sent events.
    Events,
    /// JSON documents one behind the other.
    Values,
    /// Lines with a prefix.
    Lines,
    /// Chunks with their length in digits.
    Chunks,
    /// Envelopes of Connect.
    Connect,
    /// Frames of an AWS event stream.
    EventStream,
    /// Messages, which the caller tells apart.
    Messages,
}

impl Framing {
    /// As the service of the decoder sends its answers.
    fn of(decoder: Decoder) -> Self {
        match decoder {
            Decoder::ChatgptWs
            | Decoder::CopilotWs
            | Decoder::Signalr
            | Decoder::Cai
            | Decoder::Realtime
            | Decoder::Grok
            | Decoder::Xgrok
            | Decoder::Hf
            | Decoder::Notion
            | Decoder::Converse
            | Decoder::Ollama
            | Decoder::Cohere
            | Decoder::GeminiApi
            | Decoder::Qwen
            | Decoder::MetaForm => Framing::Values,
            Decoder::LinesPatch | Decoder::Lma => Framing::Lines,
            Decoder::Gemini => Framing::Chunks,
            Decoder::Kimi | Decoder::Cursor | Decoder::Windsurf => Framing::Connect,
            Decoder::BedrockStream => Framing::EventStream,
            Decoder::ChatgptV1
            | Decoder::ChatgptFull
            | Decoder::Anthropic
            | Decoder::OpenAiChat
            | Decoder::OpenAiText
            | Decoder::Responses
            | Decoder::Perplexity
            | Decoder::Deepseek
            | Decoder::Ddg
            | Decoder::Doubao
            | Decoder::Pi
            | Decoder::Zai
            | Decoder::Hailuo
            | Decoder::You => Framing::Events,
        }
    }

    /// A cutter at the beginning of its stream; none for messages.
    pub(super) fn cutter(self) -> Option<Box<dyn Cutter + Send>> {
        Some(match self {
            Framing::Events => Box::new(Events::default()),
            Framing::Values => Box::new(Values::default()),
            Framing::Lines => Box::new(Lines::default()),
            Framing::Chunks => Box::new(Chunks::default()),
            Framing::Connect => Box::new(Connect::default()),
            Framing::EventStream => Box::new(EventStream::default()),
            Framing::Messages => return None,
        })
    }

    /// What the bytes are when they are not framed in this way.
    pub(super) fn otherwise(self) -> Format {
        match self {
            Framing::Connect | Framing::EventStream => Format::Opaque,
            _ => Format::Bytes(Writing::PlainJson),
        }
    }
}

impl Format {
    /// From the `Content-Type` header.
    pub(super) fn named(content_type: Option<&str>, decoder: Option<Decoder>) -> Self {
        let name = content_type
            .unwrap_or_default()
            .split(';')
            .next()
            .unwrap_or_default()
            .trim()
            .to_ascii_lowercase();
        let (main, sub) = name.split_once('/').unwrap_or((&name, ""));
        match (main, sub) {
            ("text", "event-stream") if decoder.is_some() => Format::Framed(Framing::Events),
            ("text", "event-stream") => Format::Bytes(Writing::PlainJson),
            ("application", "json") => Format::Json,
            ("text", "html") | ("application", "xhtml+xml") => Format::Bytes(Writing::Html),
            ("text", "plain") | ("", _) => Format::Unknown,
            ("text", _) => Format::Bytes(Writing::Plain),
            ("image" | "audio" | "video" | "font" | "multipart", _) => Format::Opaque,
            ("application", _) if sub.ends_with("+json") => Format::Json,
            ("application", _) if sub.contains("json") => Format::Bytes(Writing::PlainJson),
            ("application", "javascript" | "xml" | "x-javascript" | "x-www-form-urlencoded") => {
                Format::Bytes(Writing::Plain)
            }
            ("application", _) if sub.ends_with("+xml") => Format::Bytes(Writing::Plain),
            _ => Format::Opaque,
        }
    }

    /// False where the header is believed whatever the bytes are: no service streams its answers as a page or a picture.
    pub(super) fn doubtful(self, content_type: Option<&str>) -> bool {
        let main = content_type
            .unwrap_or_default()
            .trim_start()
            .split('/')
            .next()
            .unwrap_or_default();
        match self {
            Format::Bytes(writing) => writing != Writing::Html,
            Format::Opaque => main.eq_ignore_ascii_case("application"),
            Format::Framed(_) | Format::Json | Format::Unknown => true,
        }
    }

    /// From the first bytes; `None` while they do not tell. `named` is what counts where they never do.
    pub(super) fn sniffed(bytes: &[u8], decoder: Option<Decoder>, named: Self, ended: bool) -> Option<Self> {
        let first = &bytes[..bytes.len().min(SNIFF)];
        let text = first.strip_prefix(b"\xef\xbb\xbf").unwrap_or(first).trim_ascii_start();
        let fallback = match (named, first.first()) {
            (Format::Unknown, Some(_)) => Format::Bytes(Writing::Plain),
            (Format::Unknown, None) => Format::Opaque,
            (named, _) => named,
        };
        let found = match decoder {
            Some(decoder) => Self::by_decoder(first, text, decoder, named),
            None if text.first() == Some(&b'{') => Some(Format::Json),
            None => None,
        };
        if found.is_some() {
            return found;
        }
        let may_become = decoder.is_some_and(|decoder| may_become(text, decoder));
        let undecided = bytes.len() < SNIFF && !ended && (text.is_empty() || may_become);
        (!undecided).then_some(fallback)
    }

    fn by_decoder(first: &[u8], text: &[u8], decoder: Decoder, named: Self) -> Option<Self> {
        let framing = Framing::of(decoder);
        let own = Some(Format::Framed(framing));
        match framing {
            Framing::Connect if first.first().is_some_and(|byte| is_flags(*byte)) => return own,
            Framing::EventStream if first.first() == Some(&0) => return own,
            Framing::Chunks if text.starts_with(b")]}'") || text.first().is_some_and(u8::is_ascii_digit) => return own,
            Framing::Lines if is_prefixed(text) => return own,
            _ => {}
        }
        if FIELDS.iter().any(|field| text.starts_with(field)) {
            return Some(Format::Framed(Framing::Events));
        }
        if !matches!(text.first(), Some(b'{' | b'[')) {
            return None;
        }
        match (framing, named) {
            (Framing::Events, Format::Bytes(_)) => None,
            // Where events were expected, one document is the whole answer, unless the header promises more.
            (Framing::Events, Format::Json | Format::Unknown | Format::Opaque) => Some(Format::Json),
            _ => Some(Format::Framed(Framing::Values)),
        }
    }
}

const FIELDS: [&[u8]; 5] = [b"data:", b"event:", b"id:", b"retry:", b":"];

/// True when more bytes may tell what these do not.
fn may_become(text: &[u8], decoder: Decoder) -> bool {
    let marks: &[&[u8]] = match Framing::of(decoder) {
        Framing::Chunks => &[b")]}'"],
        Framing::Lines => {
            return text.len() <= 16 && text.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b':');
        }
        _ => &[],
    };
    FIELDS.iter().chain(marks).any(|mark| mark.starts_with(text))
}

/// A prefix, a colon, JSON: no field of an event looks so.
fn is_prefixed(text: &[u8]) -> bool {
    let prefix = text.iter().take_while(|byte| byte.is_ascii_alphanumeric()).count();
    let rest = text.get(prefix..).and_then(|rest| rest.strip_prefix(b":"));
    let value = rest.and_then(|rest| rest.first());
    (1..=4).contains(&prefix)
        && value.is_some_and(|byte| matches!(byte, b'"' | b'{' | b'[') || byte.is_ascii_digit())
        && !FIELDS
            .iter()
            .any(|field| text.starts_with(field) && value != Some(&b'"'))
}
