//! The ways text is written inside other text: each can be read, and an edit of what was read can be brought back to the
//! bytes it came from.
//!
//! The invariant of all text codecs: [`unit`] yields one character at a time with the bytes it was written with, and
//! [`Codec::decode`] is the concatenation of the units. So an offset in the decoded text is a place in the bytes.

use crate::coding::{self, Coding};
use crate::{envelope, protobuf};
use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use std::borrow::Cow;
use std::ops::Range;

/// How a piece is written in what surrounds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Codec {
    /// As it is.
    Utf8,
    /// One byte a character.
    Latin1,
    Utf16Le,
    Utf16Be,
    /// Inside the quotes of a JSON string.
    JsonString,
    /// A bare JSON number, which says the same with an exponent and with a fraction of zeros; edited, it becomes a string.
    JsonNumber,
    /// `%41` and `+`.
    Form,
    /// `%41`, and `+` is a plus.
    Percent,
    Base64,
    Hex,
    /// Bytes as they are.
    Raw,
    /// An envelope with its head; its content is in this coding.
    Envelope(Option<Coding>),
    /// A protobuf field from its length on.
    Delimited,
    /// A protobuf number, as digits. It cannot be edited.
    Varint,
    /// Bytes in a coding that nothing announces.
    Coded(Coding),
    /// Bytes as they are, which cannot be edited: they could be read in two ways.
    Fixed,
}

/// Bytes to put in place of others.
#[derive(Clone)]
pub(crate) struct Splice {
    pub(crate) span: Range<usize>,
    pub(crate) with: Vec<u8>,
}

/// An edit cannot be brought back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SpliceError {
    /// The span is outside the text, cuts a character, or overlaps another.
    Span,
    /// The replacement has characters this place cannot hold.
    Replacement,
    /// This place cannot be edited.
    Fixed,
}

impl Codec {
    /// What the bytes say. `None` where they are not in this encoding.
    pub(crate) fn decode<'a>(self, raw: &'a [u8]) -> Option<Cow<'a, [u8]>> {
        if let Some(window) = self.window(raw) {
            return raw.get(window).map(Cow::Borrowed);
        }
        match self {
            Codec::Delimited | Codec::Raw | Codec::Fixed | Codec::Envelope(None) => None,
            Codec::Envelope(Some(coding)) => decode_coded(coding, raw.get(envelope::HEAD..)?),
            Codec::Coded(coding) => decode_coded(coding, raw),
            Codec::Varint => protobuf::varint(raw, 0).map(|(value, _)| Cow::Owned(value.to_string().into_bytes())),
            Codec::Base64 => decode_base64(raw).map(Cow::Owned),
            Codec::Hex => decode_hex(raw).map(Cow::Owned),
            _ => Some(match self.decode_text(raw) {
                Cow::Borrowed(text) => Cow::Borrowed(text.as_bytes()),
                Cow::Owned(text) => Cow::Owned(text.into_bytes()),
            }),
        }
    }

    /// Where the content stands in the bytes, for encodings that only wrap it.
    pub(crate) fn window(self, raw: &[u8]) -> Option<Range<usize>> {
        match self {
            Codec::Raw | Codec::Fixed => Some(0..raw.len()),
            Codec::Envelope(None) => (raw.len() >= envelope::HEAD).then_some(envelope::HEAD..raw.len()),
            Codec::Delimited => protobuf::content(raw),
            _ => None,
        }
    }

    /// What the bytes say, for text codecs. What is no text becomes U+FFFD, one for each byte or escape.
    pub(crate) fn decode_text<'a>(self, raw: &'a [u8]) -> Cow<'a, str> {
        if self == Codec::JsonNumber
            && let Some(decimal) = decimal(raw)
        {
            return Cow::Owned(decimal);
        }
        let plain = match self {
            Codec::Utf8 | Codec::JsonNumber => true,
            Codec::JsonString => memchr::memchr(b'\\', raw).is_none(),
            Codec::Form => memchr::memchr2(b'%', b'+', raw).is_none(),
            Codec::Percent => memchr::memchr(b'%', raw).is_none(),
            Codec::Latin1 => raw.is_ascii(),
            Codec::Varint => return Cow::Owned(protobuf::varint(raw, 0).map_or(0, |(value, _)| value).to_string()),
            _ => false,
        };
        if plain && let Ok(text) = std::str::from_utf8(raw) {
            return Cow::Borrowed(text);
        }
        let mut text = String::with_capacity(raw.len());
        let mut at = 0;
        while at < raw.len() {
            if let Some(run) = self.plain_run(&raw[at..]) {
                text.push_str(run);
                at += run.len();
                continue;
            }
            let (character, length) = self.unit(raw, at);
            text.push(character);
            at += length;
        }
        Cow::Owned(text)
    }

    /// A start that stands for itself. The window keeps bytes that are no text from being searched over and over.
    fn plain_run(self, raw: &[u8]) -> Option<&str> {
        const WINDOW: usize = 256;
        let window = &raw[..raw.len().min(WINDOW)];
        let special = match self {
            Codec::Utf8 | Codec::JsonNumber => None,
            Codec::JsonString => memchr::memchr(b'\\', window),
            Codec::Form => memchr::memchr2(b'%', b'+', window),
            Codec::Percent => memchr::memchr(b'%', window),
            _ => return None,
        };
        let plain = &window[..special.unwrap_or(window.len())];
        let run = match std::str::from_utf8(plain) {
            Ok(run) => run,
            Err(error) => std::str::from_utf8(&plain[..error.valid_up_to()]).unwrap_or_default(),
        };
        (!run.is_empty()).then_some(run)
    }

    /// The character at a place and the number of bytes it was written with (at least one).
    fn unit(self, raw: &[u8], at: usize) -> (char, usize) {
        match self {
            Codec::JsonString if raw[at] == b'\\' => json_escape(&raw[at..]),
            Codec::Form => percent_unit(&raw[at..], true),
            Codec::Percent => percent_unit(&raw[at..], false),
            Codec::Latin1 => (char::from(raw[at]), 1),
            Codec::Utf16Le => utf16_unit(&raw[at..], u16::from_le_bytes),
            Codec::Utf16Be => utf16_unit(&raw[at..], u16::from_be_bytes),
            _ => utf8_unit(&raw[at..]),
        }
    }

    /// Brings edits of the decoded content back to the bytes. `edits` are sorted by place.
    pub(crate) fn splice(self, raw: &[u8], edits: &[Splice]) -> Result<Vec<Splice>, SpliceError> {
        check_order(edits)?;
        match self {
            Codec::Base64 | Codec::Hex | Codec::JsonNumber => {
                let edited = self.edited(raw, edits)?;
                let with = match self {
                    Codec::Base64 => encode_base64(&edited, raw),
                    Codec::Hex => encode_hex(&edited, raw),
                    _ => quoted(&edited)?,
                };
                Ok(whole(raw, with))
            }
            Codec::Fixed | Codec::Varint => Err(SpliceError::Fixed),
            Codec::Raw => Ok(edits.to_vec()),
            Codec::Envelope(None) | Codec::Delimited => self.splice_wrapped(raw, edits),
            Codec::Envelope(Some(coding)) => {
                let (flags, _) = raw.split_first().ok_or(SpliceError::Span)?;
                let edited = self.edited(raw, edits)?;
                let content = coding::encode(&[coding], &edited).map_err(|_| SpliceError::Replacement)?;
                let mut with = vec![*flags];
                with.extend(frame_length(content.len())?);
                with.extend(content);
                Ok(whole(raw, with))
            }
            Codec::Coded(coding) => {
                let edited = self.edited(raw, edits)?;
                let with = coding::encode(&[coding], &edited).map_err(|_| SpliceError::Replacement)?;
                Ok(whole(raw, with))
            }
            _ => self.splice_text(raw, edits),
        }
    }

    fn edited(self, raw: &[u8], edits: &[Splice]) -> Result<Vec<u8>, SpliceError> {
        apply(&self.decode(raw).ok_or(SpliceError::Span)?, edits)
    }

    /// Edits of content behind its length: the length follows.
    fn splice_wrapped(self, raw: &[u8], edits: &[Splice]) -> Result<Vec<Splice>, SpliceError> {
        let window = self.window(raw).ok_or(SpliceError::Span)?;
        let gone: usize = edits.iter().map(|edit| edit.span.len()).sum();
        let come: usize = edits.iter().map(|edit| edit.with.len()).sum();
        let length = (window.len() + come).checked_sub(gone).ok_or(SpliceError::Span)?;
        let head = match self {
            Codec::Delimited => Splice {
                span: 0..window.start,
                with: protobuf::encode_varint(length as u64),
            },
            _ => Splice {
                span: 1..window.start,
                with: frame_length(length)?.to_vec(),
            },
        };
        let mut spliced = Vec::with_capacity(edits.len() + 1);
        if length != window.len() {
            spliced.push(head);
        }
        spliced.extend(edits.iter().map(|edit| Splice {
            span: edit.span.start + window.start..edit.span.end + window.start,
            with: edit.with.clone(),
        }));
        Ok(spliced)
    }

    fn splice_text(self, raw: &[u8], edits: &[Splice]) -> Result<Vec<Splice>, SpliceError> {
        let mut cursor = Cursor {
            codec: self,
            raw,
            at: 0,
            decoded: 0,
        };
        let mut spliced = Vec::with_capacity(edits.len());
        for edit in edits {
            let start = cursor.advance(edit.span.start)?;
            let end = cursor.advance(edit.span.end)?;
            let with = std::str::from_utf8(&edit.with).map_err(|_| SpliceError::Replacement)?;
            spliced.push(Splice {
                span: start..end,
                with: self.encode(with, raw)?,
            });
        }
        Ok(spliced)
    }

    /// Writes text the way the text around it is written.
    fn encode(self, text: &str, around: &[u8]) -> Result<Vec<u8>, SpliceError> {
        match self {
            Codec::JsonString => Ok(json_encode(text, around)),
            Codec::Form | Codec::Percent => Ok(percent_encode(text, self == Codec::Form && around.contains(&b'+'))),
            Codec::Latin1 => text
                .chars()
                .map(|c| u8::try_from(u32::from(c)).map_err(|_| SpliceError::Replacement))
                .collect(),
            Codec::Utf16Le => Ok(text.encode_utf16().flat_map(u16::to_le_bytes).collect()),
            Codec::Utf16Be => Ok(text.encode_utf16().flat_map(u16::to_be_bytes).collect()),
            _ => Ok(text.as_bytes().to_vec()),
        }
    }
}

/// A number with a point or an exponent as people write it: an integer, where it is one. `None` for all others, for those below one and
/// for those that nobody writes out.
fn decimal(raw: &[u8]) -> Option<String> {
    const LONGEST: usize = 64;
    memchr::memchr3(b'.', b'e', b'E', raw)?;
    let text = std::str::from_utf8(raw).ok()?;
    let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let (sign, whole) = whole.strip_prefix('-').map_or(("", whole), |whole| ("-", whole));
    let point = isize::try_from(whole.len()).ok()?.checked_add(exponent.parse().ok()?)?;
    let point = usize::try_from(point)
        .ok()
        .filter(|point| (1..=LONGEST).contains(point))?;
    let digits = format!("{whole}{fraction:0<width$}", width = point.saturating_sub(whole.len()));
    let (whole, fraction) = digits.split_at(point);
    let whole = whole.trim_start_matches('0');
    Some(match (whole, fraction.trim_end_matches('0')) {
        ("", _) => return None,
        (whole, "") => format!("{sign}{whole}"),
        (whole, fraction) => format!("{sign}{whole}.{fraction}"),
    })
}

fn whole(raw: &[u8], with: Vec<u8>) -> Vec<Splice> {
    vec![Splice {
        span: 0..raw.len(),
        with,
    }]
}

fn frame_length(length: usize) -> Result<[u8; 4], SpliceError> {
    let length = u32::try_from(length).map_err(|_| SpliceError::Replacement)?;
    Ok(length.to_be_bytes())
}

fn decode_coded<'a>(coding: Coding, raw: &[u8]) -> Option<Cow<'a, [u8]>> {
    coding::decode_inside(coding, raw).ok().map(Cow::Owned)
}

/// Applies splices to bytes. They are sorted and do not overlap.
pub(crate) fn apply(bytes: &[u8], splices: &[Splice]) -> Result<Vec<u8>, SpliceError> {
    check_order(splices)?;
    let mut out = Vec::with_capacity(bytes.len() + splices.iter().map(|splice| splice.with.len()).sum::<usize>());
    let mut at = 0;
    for splice in splices {
        out.extend_from_slice(bytes.get(at..splice.span.start).ok_or(SpliceError::Span)?);
        out.extend_from_slice(&splice.with);
        at = splice.span.end;
    }
    out.extend_from_slice(bytes.get(at..).ok_or(SpliceError::Span)?);
    Ok(out)
}

fn check_order(splices: &[Splice]) -> Result<(), SpliceError> {
    let mut end = 0;
    for splice in splices {
        if splice.span.start < end || splice.span.end < splice.span.start {
            return Err(SpliceError::Span);
        }
        end = splice.span.end;
    }
    Ok(())
}

/// Walks bytes and decoded offsets side by side.
struct Cursor<'a> {
    codec: Codec,
    raw: &'a [u8],
    at: usize,
    decoded: usize,
}

impl Cursor<'_> {
    fn advance(&mut self, to: usize) -> Result<usize, SpliceError> {
        while self.decoded < to {
            if self.at >= self.raw.len() {
                return Err(SpliceError::Span);
            }
            let (character, length) = self.codec.unit(self.raw, self.at);
            self.at += length;
            self.decoded += character.len_utf8();
        }
        if self.decoded == to {
            Ok(self.at)
        } else {
            Err(SpliceError::Span)
        }
    }
}

fn utf8_unit(raw: &[u8]) -> (char, usize) {
    let width = match raw[0] {
        0..=0x7F => return (char::from(raw[0]), 1),
        0xC2..=0xDF => 2,
        0xE0..=0xEF => 3,
        0xF0..=0xF4 => 4,
        _ => return (char::REPLACEMENT_CHARACTER, 1),
    };
    let text = raw.get(..width).and_then(|bytes| std::str::from_utf8(bytes).ok());
    match text.and_then(|text| text.chars().next()) {
        Some(character) => (character, width),
        None => (char::REPLACEMENT_CHARACTER, 1),
    }
}

fn utf16_unit(raw: &[u8], read: fn([u8; 2]) -> u16) -> (char, usize) {
    let at = |place: usize| raw.get(place..place + 2).map(|pair| read([pair[0], pair[1]]));
    let Some(first) = at(0) else {
        return (char::REPLACEMENT_CHARACTER, raw.len());
    };
    match (char::from_u32(u32::from(first)), at(2)) {
        (Some(character), _) => (character, 2),
        (None, Some(second)) => join_surrogates(first, second).map_or((char::REPLACEMENT_CHARACTER, 2), |c| (c, 4)),
        (None, None) => (char::REPLACEMENT_CHARACTER, 2),
    }
}

pub(crate) fn join_surrogates(high: u16, low: u16) -> Option<char> {
    char::decode_utf16([high, low]).next().and_then(Result::ok)
}

pub(crate) fn json_escape(raw: &[u8]) -> (char, usize) {
    let simple = match raw.get(1) {
        Some(b'b') => '\u{8}',
        Some(b'f') => '\u{c}',
        Some(b'n') => '\n',
        Some(b'r') => '\r',
        Some(b't') => '\t',
        Some(b'u') => return json_unicode_escape(raw),
        Some(byte @ (b'"' | b'\\' | b'/')) => char::from(*byte),
        // The reader lets no other escape pass; alone, a backslash stands for itself.
        _ => return ('\\', 1),
    };
    (simple, 2)
}

fn json_unicode_escape(raw: &[u8]) -> (char, usize) {
    let Some(first) = hex_escape(raw) else { return ('\\', 1) };
    if let Some(character) = char::from_u32(u32::from(first)) {
        return (character, 6);
    }
    let joined = raw
        .get(6..)
        .and_then(hex_escape)
        .and_then(|second| join_surrogates(first, second));
    joined.map_or((char::REPLACEMENT_CHARACTER, 6), |character| (character, 12))
}

pub(crate) fn hex_escape(raw: &[u8]) -> Option<u16> {
    let digits = raw.strip_prefix(b"\\u")?.get(..4)?;
    digits
        .iter()
        .try_fold(0, |value, digit| Some(value << 4 | u16::from(hex_digit(*digit)?)))
}

fn hex_digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

/// Escapes as the string around does: `\u` for everything beyond ASCII where it has no raw character but an escaped one,
/// `\/` where it escapes slashes.
pub(crate) fn json_encode(text: &str, around: &[u8]) -> Vec<u8> {
    let ascii = around.is_ascii() && memchr::memmem::find(around, b"\\u").is_some();
    let slashes = memchr::memmem::find(around, b"\\/").is_some();
    let mut out = Vec::with_capacity(text.len() + 2);
    for character in text.chars() {
        match character {
            '"' => out.extend_from_slice(b"\\\""),
            '\\' => out.extend_from_slice(b"\\\\"),
            '\n' => out.extend_from_slice(b"\\n"),
            '\r' => out.extend_from_slice(b"\\r"),
            '\t' => out.extend_from_slice(b"\\t"),
            '/' if slashes => out.extend_from_slice(b"\\/"),
            c if c < ' ' || (ascii && !c.is_ascii()) => {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    out.extend_from_slice(format!("\\u{unit:04x}").as_bytes());
                }
            }
            c => out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }
    out
}

fn quoted(bytes: &[u8]) -> Result<Vec<u8>, SpliceError> {
    let text = std::str::from_utf8(bytes).map_err(|_| SpliceError::Replacement)?;
    let mut out = vec![b'"'];
    out.extend(json_encode(text, b""));
    out.push(b'"');
    Ok(out)
}

fn percent_unit(raw: &[u8], plus: bool) -> (char, usize) {
    let (first, length) = percent_byte(raw);
    if plus && raw[0] == b'+' {
        return (' ', 1);
    }
    let width = match first {
        0..=0x7F => return (char::from(first), length),
        0xC2..=0xDF => 2,
        0xE0..=0xEF => 3,
        0xF0..=0xF4 => 4,
        _ => return (char::REPLACEMENT_CHARACTER, length),
    };
    let mut bytes = [first, 0, 0, 0];
    let mut end = length;
    for byte in &mut bytes[1..width] {
        if end >= raw.len() {
            return (char::REPLACEMENT_CHARACTER, length);
        }
        let (next, length) = percent_byte(&raw[end..]);
        *byte = next;
        end += length;
    }
    let character = std::str::from_utf8(&bytes[..width])
        .ok()
        .and_then(|text| text.chars().next());
    character.map_or((char::REPLACEMENT_CHARACTER, length), |character| (character, end))
}

fn percent_byte(raw: &[u8]) -> (u8, usize) {
    let escaped = match raw {
        [b'%', high, low, ..] => hex_digit(*high).zip(hex_digit(*low)),
        _ => None,
    };
    escaped.map_or((raw[0], 1), |(high, low)| (high << 4 | low, 3))
}

fn percent_encode(text: &str, plus: bool) -> Vec<u8> {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    let mut out = Vec::with_capacity(text.len() + 8);
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'*' => out.push(byte),
            b' ' if plus => out.push(b'+'),
            _ => out.extend([b'%', DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]]),
        }
    }
    out
}

const LENIENT: GeneralPurposeConfig = GeneralPurposeConfig::new()
    .with_decode_padding_mode(DecodePaddingMode::Indifferent)
    .with_decode_allow_trailing_bits(true);
const STANDARD: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, LENIENT);
const URL_SAFE: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, LENIENT);

fn decode_base64(raw: &[u8]) -> Option<Vec<u8>> {
    let compact: Cow<'_, [u8]> = if raw.iter().any(u8::is_ascii_whitespace) {
        Cow::Owned(raw.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect())
    } else {
        Cow::Borrowed(raw)
    };
    let engine = if is_url_safe(raw) { &URL_SAFE } else { &STANDARD };
    engine.decode(&*compact).ok()
}

/// In the alphabet, with the padding and the line width of what it replaces.
fn encode_base64(bytes: &[u8], around: &[u8]) -> Vec<u8> {
    let url_safe = is_url_safe(around);
    let engine = if url_safe { &URL_SAFE } else { &STANDARD };
    let mut text = engine.encode(bytes).into_bytes();
    let digits = around.iter().filter(|byte| !byte.is_ascii_whitespace()).count();
    // Where the old text needed no padding, the alphabet tells the custom.
    let padded = around.contains(&b'=') || (!url_safe && digits.is_multiple_of(4));
    if !padded {
        while text.last() == Some(&b'=') {
            text.pop();
        }
    }
    let Some(width) = around
        .iter()
        .position(u8::is_ascii_whitespace)
        .filter(|width| *width > 0)
    else {
        return text;
    };
    let rest = &around[width..];
    let gap = &rest[..rest
        .iter()
        .position(|byte| !byte.is_ascii_whitespace())
        .unwrap_or(rest.len())];
    let mut wrapped = text.chunks(width).collect::<Vec<_>>().join(gap);
    if around.last().is_some_and(u8::is_ascii_whitespace) {
        wrapped.extend_from_slice(gap);
    }
    wrapped
}

fn is_url_safe(raw: &[u8]) -> bool {
    memchr::memchr2(b'-', b'_', raw).is_some()
}

fn decode_hex(raw: &[u8]) -> Option<Vec<u8>> {
    if !raw.len().is_multiple_of(2) {
        return None;
    }
    raw.chunks_exact(2)
        .map(|pair| Some(hex_digit(pair[0])? << 4 | hex_digit(pair[1])?))
        .collect()
}

fn encode_hex(bytes: &[u8], around: &[u8]) -> Vec<u8> {
    let digits: &[u8; 16] = if around.iter().any(|byte| matches!(byte, b'A'..=b'F')) {
        b"0123456789ABCDEF"
    } else {
        b"0123456789abcdef"
    };
    bytes
        .iter()
        .flat_map(|byte| [digits[usize::from(byte >> 4)], digits[usize::from(byte & 15)]])
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{Codec, Splice, SpliceError, apply};

    fn edit(codec: Codec, raw: &str, needle: &str, with: &str) -> String {
        let decoded = codec.decode(raw.as_bytes()).unwrap();
        let start = memchr::memmem::find(&decoded, needle.as_bytes()).unwrap();
        let edits = [Splice {
            span: start..start + needle.len(),
            with: with.into(),
        }];
        let splices = codec.splice(raw.as_bytes(), &edits).unwrap();
        String::from_utf8(apply(raw.as_bytes(), &splices).unwrap()).unwrap()
    }

    fn decode(codec: Codec, raw: &str) -> String {
        codec.decode_text(raw.as_bytes()).into_owned()
    }

    #[test]
    fn json_strings_keep_every_untouched_escape() {
        let raw = r"caf\u00e9 \uD83D\uDE00 sec\u0072et\/x \ud800 end";
        assert_eq!(decode(Codec::JsonString, raw), "café 😀 secret/x \u{fffd} end");
        assert_eq!(
            edit(Codec::JsonString, raw, "secret", "a/é\"\n"),
            r#"caf\u00e9 \uD83D\uDE00 a\/\u00e9\"\n\/x \ud800 end"#
        );
        assert_eq!(edit(Codec::JsonString, "raw é secret", "secret", "ü/"), "raw é ü/");
    }

    #[test]
    fn form_values_keep_their_style() {
        assert_eq!(
            decode(Codec::Form, "a+b%20c%C3%A9%zz%+%E2%82"),
            "a b cé%zz% \u{fffd}\u{fffd}"
        );
        assert_eq!(edit(Codec::Form, "a+key%3d1+b", "key=1", "x y"), "a+x+y+b");
        assert_eq!(edit(Codec::Form, "a%20key", "key", "x y&"), "a%20x%20y%26");
        assert_eq!(decode(Codec::Percent, "a+b%2B"), "a+b+");
    }

    #[test]
    fn base64_keeps_alphabet_padding_and_lines() {
        let encoded = "aGVsbG8gc2VjcmV0\nIHdvcmxk\n";
        assert_eq!(
            edit(Codec::Base64, encoded, "secret", "XXXXXX"),
            "aGVsbG8gWFhYWFhY\nIHdvcmxk\n"
        );
        assert_eq!(edit(Codec::Base64, "c2VjcmV0Pz8_", "secret", "s"), "cz8_Pw");
        assert_eq!(edit(Codec::Base64, "c2VjcmV0IQ==", "secret", "s"), "cyE=");
        assert_eq!(edit(Codec::Hex, "736563", "se", "x"), "7863");
    }

    #[test]
    fn a_number_becomes_a_string() {
        assert_eq!(
            edit(Codec::JsonNumber, "4111111111111111", "4111111111111111", "[CARD_1]"),
            "\"[CARD_1]\""
        );
    }

    #[test]
    fn a_number_says_the_same_however_it_is_written() {
        for written in [
            "4111111111111111",
            "4111111111111111.0",
            "4111111111111111.00e0",
            "4.111111111111111e15",
            "4.1111111111111110E+15",
            "0.4111111111111111e16",
            "41111111111111110e-1",
        ] {
            assert_eq!(
                Codec::JsonNumber.decode_text(written.as_bytes()),
                "4111111111111111",
                "{written}"
            );
            let edited = edit(Codec::JsonNumber, written, "4111111111111111", "[CARD_1]");
            assert_eq!(edited, "\"[CARD_1]\"", "{written}");
        }
        for (written, text) in [
            ("-12345678.50", "-12345678.5"),
            ("1.23456789e4", "12345.6789"),
            ("0.25", "0.25"),
            ("1e-7", "1e-7"),
            ("0.0", "0.0"),
            ("1e400", "1e400"),
            ("1e99999999999999999999", "1e99999999999999999999"),
        ] {
            assert_eq!(Codec::JsonNumber.decode_text(written.as_bytes()), text);
        }
    }

    #[test]
    fn other_widths_are_edited_in_place() {
        let wide: Vec<u8> = "\u{feff}a😀b".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(Codec::Utf16Le.decode_text(&wide), "\u{feff}a😀b");
        let edits = [Splice {
            span: 4..8,
            with: b"xy".to_vec(),
        }];
        let splices = Codec::Utf16Le.splice(&wide, &edits).unwrap();
        assert_eq!(
            Codec::Utf16Le.decode_text(&apply(&wide, &splices).unwrap()),
            "\u{feff}axyb"
        );
        assert_eq!(Codec::Latin1.decode_text(b"caf\xe9"), "café");
        let edits = [Splice {
            span: 3..5,
            with: "ê".into(),
        }];
        assert_eq!(Codec::Latin1.splice(b"caf\xe9", &edits).unwrap()[0].with, b"\xea");
    }

    #[test]
    fn spans_that_cut_characters_or_overlap_are_refused() {
        let cut = [Splice {
            span: 0..1,
            with: vec![],
        }];
        assert_eq!(
            Codec::JsonString.splice("é".as_bytes(), &cut).err(),
            Some(SpliceError::Span)
        );
        let outside = [Splice {
            span: 0..9,
            with: vec![],
        }];
        assert_eq!(Codec::Utf8.splice(b"abc", &outside).err(), Some(SpliceError::Span));
        let overlap = [
            Splice {
                span: 0..2,
                with: vec![],
            },
            Splice {
                span: 1..3,
                with: vec![],
            },
        ];
        assert_eq!(Codec::Utf8.splice(b"abc", &overlap).err(), Some(SpliceError::Span));
    }

    #[test]
    fn bytes_that_are_no_text_are_counted_one_by_one() {
        let raw = b"a\xff\xe2\x82b";
        assert_eq!(Codec::Utf8.decode_text(raw), "a\u{fffd}\u{fffd}\u{fffd}b");
        let edits = [Splice {
            span: 10..11,
            with: b"c".to_vec(),
        }];
        assert_eq!(
            apply(raw, &Codec::Utf8.splice(raw, &edits).unwrap()).unwrap(),
            b"a\xff\xe2\x82c"
        );
    }
}
