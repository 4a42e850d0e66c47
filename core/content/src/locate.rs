//! What stands at a concrete place: the way back from a printed locator to its text, for people and for tests.
//!
//! Written apart from the walker: it goes one way to one place, and so can tell when the walker's words are wrong. Of
//! several that a step could mean (`*`, equal keys) it takes the first.

use crate::codec::Codec;
use crate::coding::{self, Coding};
use crate::inspect::sniff;
use crate::json::{self, Reader};
use crate::locator::{Compression, Index, Locator, Name, Source, Step, Token};
use crate::protobuf::{self, Value};
use crate::{RequestView, envelope, form, multipart};
use std::borrow::Cow;
use std::ops::Range;

/// The bytes at a place, out of all encodings on the way; `None` where there is no such place.
#[must_use]
pub fn locate(request: &RequestView<'_>, locator: &Locator) -> Option<Vec<u8>> {
    let mut here = start(request, locator)?;
    for step in &locator.steps {
        here = here.step(step, request)?;
    }
    Some(here.bytes)
}

/// The same as text. Bytes that are no text in any width are read one character a byte.
#[must_use]
pub fn locate_text(request: &RequestView<'_>, locator: &Locator) -> Option<String> {
    let bytes = locate(request, locator)?;
    Some(match String::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => {
            let bytes = error.as_bytes();
            let codec = sniff::text(bytes).unwrap_or(Codec::Latin1);
            codec.decode_text(bytes).into_owned()
        }
    })
}

/// A place on the way.
#[derive(Default)]
struct Here {
    bytes: Vec<u8>,
    /// A value inside something else: where it is no UTF-8, it is read one character a byte before anything is looked for.
    is_value: bool,
    name: Option<String>,
    file_name: Option<String>,
    others: Vec<Vec<u8>>,
}

impl From<Vec<u8>> for Here {
    fn from(bytes: Vec<u8>) -> Self {
        Self {
            bytes,
            ..Self::default()
        }
    }
}

fn start(request: &RequestView<'_>, locator: &Locator) -> Option<Here> {
    Some(match &locator.source {
        Source::Body | Source::Frame(_) => body(request)?.into_owned().into(),
        Source::Query(name, index) => field(request.query?.as_bytes(), name, *index)?,
        Source::Path(regex) => {
            let found = regex.captures(request.path)?.get(1)?;
            Codec::Percent.decode(found.as_str().as_bytes())?.into_owned().into()
        }
        Source::Header(name) => request.header(name)?.to_vec().into(),
    })
}

fn body<'a>(request: &RequestView<'a>) -> Option<Cow<'a, [u8]>> {
    let mut codings = Vec::new();
    for (_, value) in request.headers.iter().filter(|(name, _)| *name == "content-encoding") {
        codings.extend(coding::parse(value).ok()?);
    }
    if codings.is_empty() || request.body.is_empty() {
        return Some(Cow::Borrowed(request.body));
    }
    coding::decode(&mut codings, request.body).ok().map(Cow::Owned)
}

impl Here {
    fn step(self, step: &Step, request: &RequestView<'_>) -> Option<Here> {
        let bytes = match step {
            Step::Json(tokens) => return value(&self.narrow(), tokens),
            Step::Form(name, index) => return field(&self.bytes, name, *index),
            Step::Part(name, index) => return part(&self.bytes, name, *index, request),
            Step::Name => self.name?.into_bytes(),
            Step::FileName => self.file_name?.into_bytes(),
            Step::Other(index) => {
                let others = if self.others.is_empty() {
                    around(&self.bytes, request)?
                } else {
                    self.others
                };
                others.into_iter().nth(number(*index))?
            }
            Step::Piece(index) => {
                let file = weir_files::read(&self.bytes, None, None).ok()?;
                let piece = file.pieces.into_iter().nth(number(*index))?;
                piece.text.into_exposed().into_bytes()
            }
            Step::Jsonl(index) => line(&self.narrow(), number(*index))?,
            Step::Base64 => Codec::Base64.decode(&self.bytes)?.into_owned(),
            Step::Hex => Codec::Hex.decode(&self.bytes)?.into_owned(),
            Step::DataUrl => return data_url(&self.bytes),
            Step::Coded(compression) => {
                let coding = match compression {
                    Compression::Gzip => Coding::Gzip,
                    Compression::Zstd => Coding::Zstd,
                };
                coding::decode_inside(coding, &self.bytes).ok()?
            }
            Step::Raw | Step::Text => self.bytes,
            Step::Connect(index) => frame(&self.bytes, number(*index), request)?,
            Step::Record(index) => {
                let bytes = self.narrow();
                let mut records = bytes
                    .split(|byte| *byte == 0x1E)
                    .filter(|record| !record.trim_ascii().is_empty());
                records.nth(number(*index))?.to_vec()
            }
            Step::Protobuf(path) => {
                let mut fields = path.iter();
                let index = |index: &Option<Index>| index.map_or(0, number);
                fields.try_fold(self.bytes, |bytes, (field, place)| {
                    message_field(&bytes, *field, index(place))
                })?
            }
        };
        Some(Here {
            bytes,
            is_value: matches!(
                step,
                Step::Protobuf(_) | Step::Base64 | Step::Hex | Step::Name | Step::FileName
            ),
            ..Here::default()
        })
    }

    /// JSON in another width is read like any other.
    fn narrow(self) -> Vec<u8> {
        let codec = match self.is_value {
            true => sniff::text(&self.bytes).filter(|codec| *codec != Codec::Utf8),
            false => sniff::utf16(&self.bytes),
        };
        match codec {
            Some(codec) => codec
                .decode_text(&self.bytes)
                .trim_start_matches('\u{feff}')
                .as_bytes()
                .to_vec(),
            None => self.bytes,
        }
    }
}

const fn number(index: Index) -> usize {
    match index {
        Index::At(place) => place,
        Index::Any => 0,
    }
}

fn field(bytes: &[u8], name: &Name, index: Index) -> Option<Here> {
    let text = |span: Range<usize>| Codec::Form.decode_text(&bytes[span]).into_owned();
    let mut named = form::fields(bytes).filter(|field| name.covers(&text(field.name.clone())));
    let field = named.nth(number(index))?;
    Some(Here {
        bytes: text(field.value).into_bytes(),
        name: Some(text(field.name)),
        ..Here::default()
    })
}

fn parts(bytes: &[u8], request: &RequestView<'_>) -> Option<multipart::Multipart> {
    let told = request.header_text("content-type").and_then(multipart::boundary);
    let mut boundaries = [told, multipart::opening(bytes)].into_iter().flatten();
    boundaries.find_map(|boundary| multipart::parse(bytes, boundary))
}

fn part(bytes: &[u8], name: &Name, index: Index, request: &RequestView<'_>) -> Option<Here> {
    let text = |span: Range<usize>| Codec::Utf8.decode_text(&bytes[span]).into_owned();
    let parts = parts(bytes, request)?.parts.into_iter();
    let part = parts
        .filter(|part| name.covers(&text(part.name.clone())))
        .nth(number(index))?;
    Some(Here {
        bytes: bytes[part.content].to_vec(),
        is_value: true,
        name: Some(text(part.name)),
        file_name: part.file_name.map(text),
        others: part.strange.into_iter().map(|span| bytes[span].to_vec()).collect(),
    })
}

fn around(bytes: &[u8], request: &RequestView<'_>) -> Option<Vec<Vec<u8>>> {
    let around = parts(bytes, request)?.around.into_iter();
    Some(around.map(|span| bytes[span].to_vec()).collect())
}

fn line(bytes: &[u8], wanted: usize) -> Option<Vec<u8>> {
    let mut at = sniff::after_bom(bytes);
    for _ in 0..wanted {
        at = document_end(bytes, at)?;
    }
    Some(bytes.get(at..document_end(bytes, at)?)?.to_vec())
}

fn document_end(bytes: &[u8], at: usize) -> Option<usize> {
    let mut reader = Reader::new(bytes, at);
    while reader.next().ok()? != json::Token::End {}
    Some(reader.position())
}

fn data_url(bytes: &[u8]) -> Option<Here> {
    let text = std::str::from_utf8(bytes).ok()?;
    let (_, base64, start) = sniff::data_url(text)?;
    let codec = if base64 { Codec::Base64 } else { Codec::Percent };
    let head = Codec::Percent.decode_text(&bytes[sniff::DATA.len()..start - 1]);
    Some(Here {
        bytes: codec.decode(&bytes[start..])?.into_owned(),
        is_value: true,
        name: Some(head.into_owned()),
        ..Here::default()
    })
}

fn frame(bytes: &[u8], wanted: usize, request: &RequestView<'_>) -> Option<Vec<u8>> {
    let frame = envelope::frames(bytes)?.into_iter().nth(wanted)?;
    let content = &bytes[frame.span.start + envelope::HEAD..frame.span.end];
    if !frame.compressed {
        return Some(content.to_vec());
    }
    let told = ["connect-content-encoding", "grpc-encoding"]
        .iter()
        .find_map(|name| coding::named(request.header_text(name)?));
    coding::decode_inside(sniff::coding(content).or(told)?, content).ok()
}

fn message_field(bytes: &[u8], wanted: u32, place: usize) -> Option<Vec<u8>> {
    let fields = protobuf::fields(bytes).map_while(Result::ok);
    let field = fields.filter(|field| field.number == wanted).nth(place)?;
    match field.value {
        Value::Varint(value, _) => Some(value.to_string().into_bytes()),
        Value::Delimited(_, content) => Some(bytes[content].to_vec()),
        Value::Fixed => None,
    }
}

/// An open container on the way to a value.
struct Open {
    object: bool,
    index: usize,
}

/// The value at a pointer.
fn value(bytes: &[u8], pointer: &[Token]) -> Option<Here> {
    let mut reader = Reader::new(bytes, sniff::after_bom(bytes));
    let mut open: Vec<Open> = Vec::new();
    // How many tokens the open containers answer to.
    let mut matched = 0;
    let mut key: Option<Range<usize>> = None;
    // Where the wanted container began, how deep, and its key.
    let mut begun: Option<(usize, usize, Option<Range<usize>>)> = None;
    loop {
        let token = reader.next().ok()?;
        match token {
            json::Token::End => return None,
            json::Token::Key(span) => {
                key = Some(span);
                continue;
            }
            json::Token::EndObject | json::Token::EndArray => {
                open.pop();
                if let Some((start, _, key)) = begun.take_if(|(_, depth, _)| *depth == open.len()) {
                    return Some(found(bytes[start..reader.position()].to_vec(), bytes, key));
                }
                matched = matched.min(open.len());
                continue;
            }
            _ => {}
        }
        let depth = open.len();
        let is_wanted = begun.is_none() && matched == depth && depth <= pointer.len() && {
            let parent = open.last_mut();
            parent.is_none_or(|parent| answers(parent, key.as_ref(), bytes, &pointer[depth - 1]))
        };
        if let Some(parent) = open.last_mut() {
            parent.index += 1;
        }
        let complete = is_wanted && depth == pointer.len();
        match token {
            json::Token::BeginObject | json::Token::BeginArray => {
                if complete {
                    begun = Some((reader.position() - 1, depth, key.clone()));
                }
                if is_wanted {
                    matched = depth + 1;
                }
                let object = token == json::Token::BeginObject;
                open.push(Open { object, index: 0 });
            }
            json::Token::String(span) if complete => {
                let text = Codec::JsonString.decode_text(&bytes[span]).into_owned();
                return Some(found(text.into_bytes(), bytes, key));
            }
            json::Token::Number(span) if complete => {
                let text = Codec::JsonNumber.decode_text(&bytes[span]).into_owned();
                return Some(found(text.into_bytes(), bytes, key));
            }
            _ if complete => {
                let end = reader.position();
                let start = bytes[..end]
                    .iter()
                    .rposition(|byte| !byte.is_ascii_lowercase())
                    .map_or(0, |at| at + 1);
                return Some(found(bytes[start..end].to_vec(), bytes, key));
            }
            _ => {}
        }
    }
}

fn answers(parent: &Open, key: Option<&Range<usize>>, bytes: &[u8], token: &Token) -> bool {
    match token {
        Token::Any | Token::Deep => true,
        Token::Name(name) if parent.object => {
            key.is_some_and(|key| *name == Codec::JsonString.decode_text(&bytes[key.clone()]))
        }
        Token::Name(name) => name.parse() == Ok(parent.index),
    }
}

fn found(value: Vec<u8>, bytes: &[u8], key: Option<Range<usize>>) -> Here {
    Here {
        bytes: value,
        name: key.map(|key| Codec::JsonString.decode_text(&bytes[key]).into_owned()),
        ..Here::default()
    }
}

#[cfg(test)]
mod tests {
    use super::{locate, locate_text};
    use crate::locator::Locator;
    use crate::{Carrier, RequestView};

    fn at(content_type: &str, body: &[u8], place: &str) -> Option<String> {
        let headers = [("content-type", content_type.as_bytes())];
        let request = RequestView {
            method: "POST",
            host: "a.example",
            path: "/v1/a%20b/c",
            query: Some("q=one&q=two+three"),
            headers: &headers,
            body,
            carrier: Carrier::Http,
        };
        let locator = Locator::parse(place).unwrap();
        assert_eq!(
            locate(&request, &locator).is_some(),
            locate_text(&request, &locator).is_some()
        );
        locate_text(&request, &locator)
    }

    #[test]
    fn every_step_leads_somewhere() {
        let json = br#"{"a":[1,{"b/c":"x\u00e9","d":{}}],"a":"again","e":"{\"f\":[\"aGVsbG8=\"]}","n":-12,"t":true}"#;
        let json = |place: &str| at("", json, place);
        assert_eq!(json("json:/a/1/b~1c").as_deref(), Some("xé"));
        assert_eq!(json("json:/a/1/b~1c > name").as_deref(), Some("b/c"));
        assert_eq!(json("json:/a/1").as_deref(), Some(r#"{"b/c":"x\u00e9","d":{}}"#));
        assert_eq!(json("json:/e > json:/f/0 > b64").as_deref(), Some("hello"));
        assert_eq!(json("json:/n").as_deref(), Some("-12"));
        assert_eq!(json("json:/t").as_deref(), Some("true"));
        assert_eq!(json("json:/a/2"), None);
        assert_eq!(json("json:/a/1/d/x"), None);
        assert_eq!(json("query:q[1]").as_deref(), Some("two three"));
        assert_eq!(json("path~^/v1/(.*)/c$").as_deref(), Some("a b"));
        assert_eq!(
            at("", b"{\"a\":1}\n{\"a\":\"x\"}", "jsonl:1 > json:/a").as_deref(),
            Some("x")
        );
        assert_eq!(
            at("", b"{}\x1E{\"a\":\"x\"}\x1E", "rs:1 > json:/a").as_deref(),
            Some("x")
        );
        assert_eq!(
            at("", b"a=1&f=%7B%22b%22:2%7D", "form:f > json:/b").as_deref(),
            Some("2")
        );
        assert_eq!(
            at("", b"\x00\x00\x00\x00\x06\x0A\x04\x12\x02hi", "connect:0 > pb:1.2").as_deref(),
            Some("hi")
        );
        assert_eq!(at("", b"data:text/plain,a%20b", "dataurl").as_deref(), Some("a b"));
        assert_eq!(at("", b"data:a;k=%41,b", "dataurl > name").as_deref(), Some("a;k=A"));
        assert_eq!(at("", b"6869", "hex").as_deref(), Some("hi"));
        let form = b"--b\r\nContent-Disposition: form-data; name=\"f\"; filename=\"n.txt\"\r\nX-A: 1\r\n\r\nhi\r\n--b--\r\nend";
        for (place, want) in [
            ("part:f", "hi"),
            ("part:f > name", "f"),
            ("part:f > filename", "n.txt"),
            ("other:1", "end"),
        ] {
            assert_eq!(
                at("multipart/form-data; boundary=b", form, place).as_deref(),
                Some(want),
                "{place}"
            );
            assert_eq!(at("text/plain", form, place).as_deref(), Some(want), "{place}");
        }
    }
}
