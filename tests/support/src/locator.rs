//! Places in requests, named as `tests/golden/traffic/README.md` says, and texts put there.
//!
//! Written from that page alone: it must share nothing with Weir's own reader, or the two would agree on a mistake. What
//! is not on the way to the place keeps its bytes; what is on the way is written anew.

use crate::client::Outgoing;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode, utf8_percent_encode};
use serde_json::de::Deserializer;
use std::io::{Read, Write};
use std::ops::Range;

/// What form encoding leaves as it is.
const FORM: &AsciiSet = &NON_ALPHANUMERIC.remove(b'*').remove(b'-').remove(b'.').remove(b'_');

/// The place is not there, or nothing can be put there.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum PlaceError {
    /// A step that is not known, or cannot be written.
    #[error("no way to write by `{0}`")]
    Step(String),
    /// A step that leads nowhere.
    #[error("nothing at `{0}`")]
    Missing(String),
    /// What is there is not text.
    #[error("no text at the end")]
    NotText,
    /// A coding that does not decode.
    #[error("a coding does not decode")]
    Coding,
}

type Change<'a> = &'a mut dyn FnMut(&str) -> String;

/// Changes the text at a place of a request.
pub fn edit_request(request: &mut Outgoing, place: &str, change: Change<'_>) -> Result<(), PlaceError> {
    let steps: Vec<&str> = place.split(" > ").collect();
    if let Some(name) = steps[0].strip_prefix("query:") {
        let (path, query) = request.path.split_once('?').ok_or_else(|| missing(steps[0]))?;
        let edited = field(query.as_bytes(), name, &steps[1..], change)?;
        request.path = format!("{path}?{}", text(&edited)?);
        return Ok(());
    }
    let coding = request
        .headers
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case("content-encoding"))
        .map_or(String::new(), |(_, value)| value.to_ascii_lowercase());
    let body = crate::fake::undo_coding(&coding, std::mem::take(&mut request.body));
    request.body = coded(&coding, within(&body, &steps, change)?)?;
    Ok(())
}

/// Changes the text at a place of a socket's message; the place begins after its `frame:N`.
pub fn edit_message(message: &mut Vec<u8>, place: &str, change: Change<'_>) -> Result<(), PlaceError> {
    let steps: Vec<&str> = place.split(" > ").collect();
    *message = within(message, &steps, change)?;
    Ok(())
}

/// The number of the message that a place is in, and the rest of the place.
#[must_use]
pub fn frame(place: &str) -> Option<(usize, &str)> {
    let (number, rest) = place.strip_prefix("frame:")?.split_once(" > ").unwrap_or_default();
    Some((number.parse().ok()?, rest))
}

/// Bytes as they are compared: without the codings that two writers may write in two ways.
#[must_use]
pub fn unpacked(request: &Outgoing) -> Vec<u8> {
    let header = |wanted: &str| {
        let found = request
            .headers
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case(wanted));
        found.map_or("", |(_, value)| value.as_str())
    };
    let body = crate::fake::undo_coding(header("content-encoding"), request.body.clone());
    if !header("content-type").contains("connect") && !header("content-type").contains("grpc") {
        return body;
    }
    let mut out = Vec::new();
    for envelope in envelopes(&body) {
        let inner = &body[envelope.start + 5..envelope.end];
        match body[envelope.start] & 1 {
            1 => out.extend(crate::fake::undo_coding("gzip", inner.to_vec())),
            _ => out.extend(inner),
        }
    }
    out
}

fn within(bytes: &[u8], steps: &[&str], change: Change<'_>) -> Result<Vec<u8>, PlaceError> {
    let Some((step, rest)) = steps.split_first() else {
        return Ok(change(&text(bytes)?).into_bytes());
    };
    let (name, argument) = step.split_once(':').unwrap_or((step, ""));
    match name {
        "raw" | "text" => within(bytes, rest, change),
        "json" => json(bytes, argument, rest, change),
        "form" => field(bytes, argument, rest, change),
        "part" => part(bytes, argument, rest, change),
        "connect" => envelope(bytes, number(argument)?, rest, change),
        "pb" => protobuf(bytes, &fields(argument)?, rest, change),
        "rs" => piece(bytes, 0x1e, number(argument)?, rest, change),
        "jsonl" => piece(bytes, b'\n', number(argument)?, rest, change),
        "b64" => base64(bytes, rest, change),
        "hex" => hex(bytes, rest, change),
        "dataurl" => data_url(bytes, rest, change),
        _ => Err(PlaceError::Step((*step).to_owned())),
    }
}

fn json(bytes: &[u8], pointer: &str, rest: &[&str], change: Change<'_>) -> Result<Vec<u8>, PlaceError> {
    let keys: Vec<String> = pointer
        .split('/')
        .skip(1)
        .map(|key| key.replace("~1", "/").replace("~0", "~"))
        .collect();
    let span = value(bytes, 0, &keys).ok_or_else(|| missing(pointer))?;
    let said: String = serde_json::from_slice(&bytes[span.clone()]).map_err(|_| PlaceError::NotText)?;
    let edited = text(&within(said.as_bytes(), rest, change)?)?;
    let written = serde_json::to_string(&edited).map_err(|_| PlaceError::NotText)?;
    Ok(splice(bytes, span, written.as_bytes()))
}

/// Where a value stands.
fn value(bytes: &[u8], at: usize, keys: &[String]) -> Option<Range<usize>> {
    let at = blank(bytes, at);
    let Some((key, rest)) = keys.split_first() else {
        return Some(at..end(bytes, at)?);
    };
    let is_object = *bytes.get(at)? == b'{';
    let mut at = blank(bytes, at + 1);
    for number in 0.. {
        let mut name = number.to_string();
        if is_object {
            let stop = end(bytes, at)?;
            name = serde_json::from_slice(&bytes[at..stop]).ok()?;
            at = blank(bytes, stop) + 1;
        }
        if name == *key {
            return value(bytes, at, rest);
        }
        at = blank(bytes, end(bytes, blank(bytes, at))?);
        if *bytes.get(at)? != b',' {
            return None;
        }
        at = blank(bytes, at + 1);
    }
    None
}

fn end(bytes: &[u8], at: usize) -> Option<usize> {
    let mut values = Deserializer::from_slice(bytes.get(at..)?).into_iter::<serde::de::IgnoredAny>();
    values.next()?.ok()?;
    Some(at + values.byte_offset())
}

fn blank(bytes: &[u8], at: usize) -> usize {
    let blanks = bytes.iter().skip(at).take_while(|byte| byte.is_ascii_whitespace());
    at + blanks.count()
}

fn field(bytes: &[u8], name: &str, rest: &[&str], change: Change<'_>) -> Result<Vec<u8>, PlaceError> {
    let (wanted, index) = indexed(name)?;
    let decoded = |bytes: &[u8]| -> Vec<u8> {
        let spaced: Vec<u8> = bytes
            .iter()
            .map(|byte| if *byte == b'+' { b' ' } else { *byte })
            .collect();
        percent_decode(&spaced).collect()
    };
    let mut at = 0;
    let mut seen = 0;
    for pair in bytes.split(|byte| *byte == b'&') {
        let stop = pair.iter().position(|byte| *byte == b'=').unwrap_or(pair.len());
        if decoded(&pair[..stop]) == wanted.as_bytes() {
            if seen == index {
                let value = pair.get(stop + 1..).unwrap_or_default();
                let edited = text(&within(&decoded(value), rest, change)?)?;
                let written = utf8_percent_encode(&edited, FORM).to_string().replace("%20", "+");
                return Ok(splice(bytes, at + stop + 1..at + pair.len(), written.as_bytes()));
            }
            seen += 1;
        }
        at += pair.len() + 1;
    }
    Err(missing(name))
}

fn part(bytes: &[u8], name: &str, rest: &[&str], change: Change<'_>) -> Result<Vec<u8>, PlaceError> {
    let (wanted, index) = indexed(name)?;
    let wanted = format!(" name=\"{wanted}\"");
    let line = find(bytes, b"\r\n", 0).ok_or_else(|| missing(name))?;
    let border = [b"\r\n", &bytes[..line]].concat();
    let (mut at, mut seen) = (line, 0);
    while let Some(stop) = find(bytes, &border, at) {
        let head = find(bytes, b"\r\n\r\n", at).ok_or_else(|| missing(name))?;
        if String::from_utf8_lossy(&bytes[at..head]).contains(&wanted) {
            if seen == index {
                let edited = within(&bytes[head + 4..stop], rest, change)?;
                return Ok(splice(bytes, head + 4..stop, &edited));
            }
            seen += 1;
        }
        at = stop + border.len();
    }
    Err(missing(name))
}

fn envelope(bytes: &[u8], wanted: usize, rest: &[&str], change: Change<'_>) -> Result<Vec<u8>, PlaceError> {
    let span = envelopes(bytes).nth(wanted).ok_or_else(|| missing("connect"))?;
    let (flags, inner) = (bytes[span.start], &bytes[span.start + 5..span.end]);
    let coding = if flags & 1 == 1 { "gzip" } else { "" };
    let plain = crate::fake::undo_coding(coding, inner.to_vec());
    let edited = coded(coding, within(&plain, rest, change)?)?;
    let length = u32::try_from(edited.len()).map_err(|_| PlaceError::Coding)?;
    let written = [&[flags][..], &length.to_be_bytes(), &edited].concat();
    Ok(splice(bytes, span, &written))
}

fn envelopes(bytes: &[u8]) -> impl Iterator<Item = Range<usize>> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let length = bytes.get(at + 1..at + 5)?.try_into().ok()?;
        let stop = at + 5 + usize::try_from(u32::from_be_bytes(length)).ok()?;
        let span = at..stop;
        at = stop;
        (stop <= bytes.len()).then_some(span)
    })
}

/// `1.2[0].3`: fields by number, each with its place among those of the same number.
fn fields(path: &str) -> Result<Vec<(u64, usize)>, PlaceError> {
    let steps = path.split('.').map(|step| {
        let (field, index) = indexed(step)?;
        Ok((field.parse().map_err(|_| missing(path))?, index))
    });
    steps.collect()
}

fn protobuf(bytes: &[u8], path: &[(u64, usize)], rest: &[&str], change: Change<'_>) -> Result<Vec<u8>, PlaceError> {
    let Some(((field, index), deeper)) = path.split_first() else {
        return within(bytes, rest, change);
    };
    let (mut at, mut seen) = (0, 0);
    while at < bytes.len() {
        let (key, after) = varint(bytes, at).ok_or(PlaceError::Coding)?;
        let (content, stop) = match key & 7 {
            0 => (after, varint(bytes, after).ok_or(PlaceError::Coding)?.1),
            1 => (after, after + 8),
            5 => (after, after + 4),
            2 => {
                let (length, content) = varint(bytes, after).ok_or(PlaceError::Coding)?;
                (
                    content,
                    content + usize::try_from(length).map_err(|_| PlaceError::Coding)?,
                )
            }
            _ => return Err(PlaceError::Coding),
        };
        if key >> 3 == *field && key & 7 == 2 {
            if seen == *index {
                let inner = bytes.get(content..stop).ok_or(PlaceError::Coding)?;
                let edited = protobuf(inner, deeper, rest, change)?;
                let written = [length(edited.len()), edited].concat();
                return Ok(splice(bytes, after..stop, &written));
            }
            seen += 1;
        }
        at = stop;
    }
    Err(missing("pb"))
}

fn varint(bytes: &[u8], at: usize) -> Option<(u64, usize)> {
    let mut value = 0;
    for (number, byte) in bytes.get(at..)?.iter().take(10).enumerate() {
        value |= u64::from(byte & 0x7f) << (7 * number);
        if byte & 0x80 == 0 {
            return Some((value, at + number + 1));
        }
    }
    None
}

fn length(mut value: usize) -> Vec<u8> {
    let mut out = Vec::new();
    while value > 0x7f {
        out.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
    out
}

fn piece(bytes: &[u8], mark: u8, wanted: usize, rest: &[&str], change: Change<'_>) -> Result<Vec<u8>, PlaceError> {
    let mut at = 0;
    for (number, piece) in bytes.split(|byte| *byte == mark).enumerate() {
        if number == wanted {
            return Ok(splice(bytes, at..at + piece.len(), &within(piece, rest, change)?));
        }
        at += piece.len() + 1;
    }
    Err(missing("a record"))
}

fn base64(bytes: &[u8], rest: &[&str], change: Change<'_>) -> Result<Vec<u8>, PlaceError> {
    let engines = [STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD];
    for engine in engines {
        if let Ok(plain) = engine.decode(bytes) {
            return Ok(engine.encode(within(&plain, rest, change)?).into_bytes());
        }
    }
    Err(PlaceError::Coding)
}

fn hex(bytes: &[u8], rest: &[&str], change: Change<'_>) -> Result<Vec<u8>, PlaceError> {
    let digits = text(bytes)?;
    let plain: Option<Vec<u8>> = (0..digits.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(digits.get(at..at + 2)?, 16).ok())
        .collect();
    let edited = within(&plain.ok_or(PlaceError::Coding)?, rest, change)?;
    let written: String = edited.iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(written.into_bytes())
}

fn data_url(bytes: &[u8], rest: &[&str], change: Change<'_>) -> Result<Vec<u8>, PlaceError> {
    let mark = b";base64,";
    let start = find(bytes, mark, 0).ok_or_else(|| missing("dataurl"))? + mark.len();
    let edited = base64(&bytes[start..], rest, change)?;
    Ok(splice(bytes, start..bytes.len(), &edited))
}

fn coded(coding: &str, body: Vec<u8>) -> Result<Vec<u8>, PlaceError> {
    let failed = |_| PlaceError::Coding;
    match coding {
        "" | "identity" => Ok(body),
        "gzip" => {
            let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
            encoder.write_all(&body).and_then(|()| encoder.finish()).map_err(failed)
        }
        "deflate" => {
            let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
            encoder.write_all(&body).and_then(|()| encoder.finish()).map_err(failed)
        }
        "zstd" => zstd::encode_all(&*body, 3).map_err(failed),
        "br" => {
            let mut out = Vec::new();
            let mut encoder = brotli::CompressorReader::new(&*body, 4096, 5, 22);
            encoder.read_to_end(&mut out).map_err(failed)?;
            Ok(out)
        }
        other => Err(PlaceError::Step(other.to_owned())),
    }
}

/// `name[2]` is the third of its name; without a number, the first.
fn indexed(name: &str) -> Result<(&str, usize), PlaceError> {
    match name.strip_suffix(']').and_then(|name| name.rsplit_once('[')) {
        Some((name, index)) => Ok((name, number(index)?)),
        None => Ok((name, 0)),
    }
}

fn number(digits: &str) -> Result<usize, PlaceError> {
    digits.parse().map_err(|_| PlaceError::Step(digits.to_owned()))
}

fn text(bytes: &[u8]) -> Result<String, PlaceError> {
    String::from_utf8(bytes.to_vec()).map_err(|_| PlaceError::NotText)
}

fn missing(step: &str) -> PlaceError {
    PlaceError::Missing(step.to_owned())
}

fn find(bytes: &[u8], needle: &[u8], from: usize) -> Option<usize> {
    let places = bytes
        .get(from..)?
        .windows(needle.len())
        .position(|window| window == needle);
    places.map(|place| from + place)
}

fn splice(bytes: &[u8], span: Range<usize>, with: &[u8]) -> Vec<u8> {
    [&bytes[..span.start], with, &bytes[span.end..]].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put(body: &[u8], place: &str) -> Result<Vec<u8>, PlaceError> {
        let mut message = body.to_vec();
        edit_message(&mut message, place, &mut |said| format!("<{said}>"))?;
        Ok(message)
    }

    #[test]
    fn every_layer_is_written_back() {
        let cases: [(&[u8], &str, &[u8]); 10] = [
            (
                br#"{ "a": [1, {"b/c": "x\n"}] }"#,
                "json:/a/1/b~1c",
                br#"{ "a": [1, {"b/c": "<x\n>"}] }"#,
            ),
            (br#"["{\"a\":\"x\"}"]"#, "json:/0 > json:/a", br#"["{\"a\":\"<x>\"}"]"#),
            (b"a=1&q=x+y&q=z", "form:q[1]", b"a=1&q=x+y&q=%3Cz%3E"),
            (b"a\x1e\"b\"\x1e", "rs:1 > json:", b"a\x1e\"<b>\"\x1e"),
            (b"a\nb\n", "jsonl:1", b"a\n<b>\n"),
            (b"aGk=", "b64", b"PGhpPg=="),
            (b"6869", "hex", b"3c68693e"),
            (
                b"data:text/plain;base64,aGk=",
                "dataurl",
                b"data:text/plain;base64,PGhpPg==",
            ),
            (b"\x08\x01\x12\x02hi", "pb:2", b"\x08\x01\x12\x04<hi>"),
            (
                b"\x00\0\0\0\x04\x0a\x02hi",
                "connect:0 > pb:1",
                b"\x00\0\0\0\x06\x0a\x04<hi>",
            ),
        ];
        for (body, place, expected) in cases {
            assert_eq!(put(body, place).as_deref(), Ok(expected), "{place}");
        }
        let form = b"--B\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nx\r\n--B\r\n\
            Content-Disposition: form-data; name=\"b\"\r\n\r\nx\r\n--B--\r\n";
        let edited = String::from_utf8(put(form, "part:b").unwrap_or_default()).unwrap_or_default();
        assert!(edited.ends_with("name=\"b\"\r\n\r\n<x>\r\n--B--\r\n"), "{edited}");
    }

    #[test]
    fn what_is_not_there_is_said() {
        assert_eq!(put(b"{}", "json:/a"), Err(missing("/a")));
        assert_eq!(put(b"{\"a\":1}", "json:/a"), Err(PlaceError::NotText));
        assert_eq!(put(b"a=1", "form:b"), Err(missing("b")));
        assert_eq!(put(b"a=1", "xml:b"), Err(PlaceError::Step("xml:b".to_owned())));
    }
}
