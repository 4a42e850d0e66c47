//! Text as it is written inside an answer: undoing JSON escapes bit by bit, and writing originals in the same manner.

use std::borrow::Cow;

use crate::codec::{hex_escape, json_encode, json_escape};

/// How a piece of the answer writes its text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Writing {
    /// As it is.
    Plain,
    /// As it is, in a document where `<` and `&` mean something.
    Html,
    /// Plain bytes of a document that is JSON in some way.
    PlainJson,
    /// A JSON string.
    Json,
    /// A JSON string that holds JSON, where the text stands in strings again.
    Nested,
}

impl Writing {
    /// Of the inside of a JSON string that stands by itself.
    pub(super) fn of_string(raw: &[u8]) -> Self {
        let object = raw.trim_ascii_start().strip_prefix(b"{");
        match object {
            Some(rest) if rest.trim_ascii_start().starts_with(b"\\\"") => Writing::Nested,
            _ => Writing::Json,
        }
    }

    /// True when the bytes are those of a JSON string and a backslash begins an escape.
    pub(super) fn escaped(self) -> bool {
        matches!(self, Writing::Json | Writing::Nested)
    }

    /// Backslashes that write one backslash of the text, after the outer escapes are undone.
    pub(super) fn backslashes(self) -> usize {
        match self {
            Writing::Nested | Writing::PlainJson => 2,
            Writing::Plain | Writing::Html | Writing::Json => 1,
        }
    }

    /// Writes `text` so that a reader of the answer sees exactly `text`.
    pub(super) fn write(self, text: &str, out: &mut Vec<u8>) {
        match self {
            Writing::Plain => out.extend_from_slice(text.as_bytes()),
            Writing::Html => out.extend_from_slice(escape_html(text).as_bytes()),
            Writing::Json | Writing::PlainJson => out.extend(json_encode(text, b"")),
            Writing::Nested => {
                let inner = json_encode(text, b"");
                // JSON of a `str` is UTF-8.
                out.extend(json_encode(&String::from_utf8_lossy(&inner), b""));
            }
        }
    }
}

/// Text made safe inside HTML, also in quoted attributes.
pub(crate) fn escape_html(text: &str) -> Cow<'_, str> {
    if !text.contains(['&', '<', '>', '"', '\'']) {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        match character {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            other => safe.push(other),
        }
    }
    Cow::Owned(safe)
}

/// One byte as it stands, or one character written as an escape.
pub(super) struct Unit {
    text: [u8; 4],
    length: usize,
    /// Bytes of the writing it takes.
    pub(super) raw: usize,
    /// Half a surrogate pair whose other half is not beside it.
    pub(super) half: Option<u16>,
}

impl Unit {
    /// The unit `raw` begins with; `raw` is not empty.
    pub(super) fn first(raw: &[u8], escaped: bool) -> Self {
        match raw {
            [b'\\', ..] if escaped => Self::escape(raw),
            _ => Self {
                text: [raw.first().copied().unwrap_or_default(), 0, 0, 0],
                length: 1,
                raw: 1,
                half: None,
            },
        }
    }

    pub(super) fn text(&self) -> &[u8] {
        &self.text[..self.length]
    }

    fn escape(raw: &[u8]) -> Self {
        let (character, taken) = json_escape(raw);
        let half = if character == char::REPLACEMENT_CHARACTER {
            hex_escape(raw).filter(|unit| (0xd800..0xe000).contains(unit))
        } else {
            None
        };
        let mut text = [0; 4];
        let length = character.encode_utf8(&mut text).len();
        Self {
            text,
            length,
            raw: taken,
            half,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Unit, Writing};
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_written_reads_back(text in any::<String>()) {
            let mut json = b"\"".to_vec();
            Writing::Json.write(&text, &mut json);
            json.push(b'"');
            prop_assert_eq!(&serde_json::from_slice::<String>(&json).unwrap(), &text);
            let mut nested = b"\"\\\"".to_vec();
            Writing::Nested.write(&text, &mut nested);
            nested.extend_from_slice(b"\\\"\"");
            let inner: String = serde_json::from_slice(&nested).unwrap();
            prop_assert_eq!(&serde_json::from_str::<String>(&inner).unwrap(), &text);
        }

        #[test]
        fn units_read_what_serde_reads(text in any::<String>(), ascii in any::<bool>()) {
            let json = if ascii { escape_all(&text) } else { serde_json::to_string(&text).unwrap() };
            let raw = &json.as_bytes()[1..json.len() - 1];
            let (mut at, mut read) = (0, Vec::new());
            while at < raw.len() {
                let unit = Unit::first(&raw[at..], true);
                read.extend_from_slice(unit.text());
                at += unit.raw;
            }
            prop_assert_eq!(String::from_utf8(read).unwrap(), text);
        }
    }

    fn escape_all(text: &str) -> String {
        let escapes: String = text.encode_utf16().map(|unit| format!("\\u{unit:04x}")).collect();
        format!("\"{escapes}\"")
    }
}
