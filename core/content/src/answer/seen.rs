//! JSON that the model wrote and no decoder cuts into fields: one text, in which every string and number is what it says
//! and everything between stands as written, so that detectors see a value beside its key.
//!
//! What is found in that text is taken out of the strings and numbers it lies in, also where it goes on in the next one.

use std::ops::Range;

use super::layers::unescaped;
use super::text::{Unit, Writing};
use crate::codec::Codec;
use crate::json::{Reader, Token};

pub(super) struct Seen<'a> {
    json: &'a [u8],
    text: Vec<u8>,
    /// In the order they are written.
    values: Vec<Value>,
}

struct Value {
    /// In the text.
    at: Range<usize>,
    /// In the JSON; of a string, without the quotes.
    raw: Range<usize>,
    number: bool,
}

/// A part of the JSON in which something was found.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Part {
    pub(super) span: Range<usize>,
    /// How text is written there; `None` for a number, of which nothing may stay.
    pub(super) writing: Option<Writing>,
}

impl<'a> Seen<'a> {
    /// Of a document that was read before.
    pub(super) fn of(json: &'a [u8]) -> Self {
        let mut seen = Self {
            json,
            text: Vec::with_capacity(json.len()),
            values: Vec::new(),
        };
        let (mut reader, mut from) = (Reader::new(json, 0), 0);
        loop {
            let (raw, number) = match reader.next() {
                Ok(Token::Key(raw) | Token::String(raw)) => (raw, false),
                Ok(Token::Number(raw)) => (raw, true),
                Ok(Token::End) | Err(_) => break,
                Ok(_) => continue,
            };
            seen.text.extend_from_slice(&json[from..raw.start]);
            from = raw.end;
            let at = seen.text.len();
            match number {
                true => seen
                    .text
                    .extend_from_slice(Codec::JsonNumber.decode_text(&json[raw.clone()]).as_bytes()),
                false => seen.text.extend(unescaped(&json[raw.clone()])),
            }
            let at = at..seen.text.len();
            seen.values.push(Value { at, raw, number });
        }
        seen.text.extend_from_slice(&json[from..]);
        seen
    }

    pub(super) fn text(&self) -> &[u8] {
        &self.text
    }

    /// Where this stretch of the text is written.
    pub(super) fn parts(&self, found: &Range<usize>) -> impl Iterator<Item = Part> {
        let first = self.values.partition_point(|value| value.at.end <= found.start);
        let touched = self.values[first..]
            .iter()
            .take_while(|value| value.at.start < found.end)
            .filter(|value| !value.at.is_empty());
        touched.map(|value| self.part(value, found))
    }

    fn part(&self, value: &Value, found: &Range<usize>) -> Part {
        if value.number {
            return Part {
                span: value.raw.clone(),
                writing: None,
            };
        }
        let raw = &self.json[value.raw.clone()];
        let found = found.start.saturating_sub(value.at.start)..found.end.min(value.at.end) - value.at.start;
        let span = written(raw, &found);
        Part {
            span: value.raw.start + span.start..value.raw.start + span.end,
            writing: Some(Writing::of_string(raw)),
        }
    }
}

/// Where a stretch of what a string says is written in it, in whole escapes.
fn written(raw: &[u8], found: &Range<usize>) -> Range<usize> {
    let (mut at, mut said, mut start) = (0, 0, 0);
    while at < raw.len() && said < found.end {
        if said <= found.start {
            start = at;
        }
        let unit = Unit::first(&raw[at..], true);
        at += unit.raw;
        said += unit.text().len();
    }
    start..at
}

#[cfg(test)]
mod tests {
    use super::{Part, Seen, Writing};

    #[test]
    fn strings_say_what_they_mean_and_the_rest_stands() {
        let seen = Seen::of(br#" {"a\u0062": ["x\ny", -12.5, true], "q": "\"\\"}"#);
        assert_eq!(seen.text(), b" {\"ab\": [\"x\ny\", -12.5, true], \"q\": \"\"\\\"}");
    }

    #[test]
    fn what_is_found_is_whole_escapes_of_every_value_it_lies_in() {
        let json = br#"{"a":"1\u00e9\n2",   "b":{},"c":345,"d":"{\"e\":6}"}"#;
        let seen = Seen::of(json);
        let text = std::str::from_utf8(seen.text()).unwrap();
        let parts = |from: &str, to: &str| -> Vec<(String, Option<Writing>)> {
            let found = text.find(from).unwrap()..text.find(to).unwrap() + to.len();
            let shown = |part: Part| (String::from_utf8_lossy(&json[part.span]).into_owned(), part.writing);
            seen.parts(&found).map(shown).collect()
        };
        let string = Some(Writing::Json);
        assert_eq!(parts("\u{e9}", "\n"), [(r"\u00e9\n".to_owned(), string)]);
        let across = parts("2", "4");
        let spans: Vec<&str> = across.iter().map(|(span, _)| span.as_str()).collect();
        assert_eq!(spans, ["2", "b", "c", "345"]);
        assert_eq!(across.last().unwrap().1, None);
        assert_eq!(parts("6", "6"), [("6".to_owned(), Some(Writing::Nested))]);
    }
}
