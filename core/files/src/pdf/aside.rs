//! What a PDF holds beside its pages: annotations, form fields, outlines, properties, XMP, attachments.
//!
//! All of them are strings and streams of objects, so the objects are gone through one by one, and no structure that a
//! damaged or crafted file may break is followed.

use super::content::Painter;
use crate::Unreadable;
use crate::limits::MAX_PDF_OBJECT_DEPTH;
use crate::markup::{self, Rules, line};
use crate::reading::Reading;
use hayro_syntax::Pdf;
use hayro_syntax::object::dict::keys;
use hayro_syntax::object::{Array, Dict, MaybeRef, Name, Object, Stream};

/// Keys whose strings nobody wrote: checksums, font data, signatures, the look of fields.
const NOT_WRITTEN: &[&[u8]] = &[
    b"ID",
    b"DA",
    b"CharSet",
    b"Registry",
    b"Ordering",
    b"O",
    b"U",
    b"OE",
    b"UE",
    b"Perms",
    b"CheckSum",
    b"Cert",
    b"ByteRange",
    b"Panose",
    b"Style",
    b"Lookup",
    b"CreationDate",
    b"ModDate",
    b"M",
    b"Lang",
];

pub(super) fn read<'a>(pdf: &'a Pdf, painter: &mut Painter<'a>, reading: &mut Reading) {
    let mut strings = String::new();
    information(pdf, &mut strings);
    let (mut attached, mut forms) = (0_u32, 0_u32);
    for object in pdf.objects() {
        if !reading.entry() || painter.decoding.is_spent() {
            reading.note(Unreadable::TooLarge);
            break;
        }
        match object {
            Object::Stream(stream) => {
                entries(stream.dict(), &mut strings, 0, reading);
                of_stream(&stream, painter, &mut attached, &mut forms, reading);
            }
            object => value(&object, &mut strings, 0, reading),
        }
    }
    reading.add("beside the pages", strings);
}

/// The information dictionary, which in some files is no object of its own.
fn information(pdf: &Pdf, strings: &mut String) {
    let found = pdf.metadata();
    for text in [
        &found.title,
        &found.author,
        &found.subject,
        &found.keywords,
        &found.creator,
        &found.producer,
    ]
    .into_iter()
    .flatten()
    {
        line(strings, &text_string(text));
    }
}

fn of_stream<'a>(
    stream: &Stream<'a>,
    painter: &mut Painter<'a>,
    attached: &mut u32,
    forms: &mut u32,
    reading: &mut Reading,
) {
    let dict = stream.dict();
    let name = |key: &[u8]| {
        dict.get::<Name<'_>>(key)
            .map(|name| name.as_ref().to_vec())
            .unwrap_or_default()
    };
    let (kind, subtype) = (name(keys::TYPE), name(keys::SUBTYPE));
    if kind == b"EmbeddedFile" || dict.contains_key("Params") {
        *attached += 1;
        match painter
            .decoding
            .decode(stream)
            .and_then(|bytes| reading.unpack(&*bytes.ok_or(Unreadable::Damaged)?))
        {
            Ok(bytes) => reading.member(format!("attachment {attached}"), &bytes, None, None),
            Err(reason) => reading.note(reason),
        }
    } else if kind == b"Metadata" || subtype == b"XML" {
        xml(stream, "properties", painter, reading);
    } else if subtype == b"Form" {
        *forms += 1;
        painter.form(stream, &format!("form {forms}"), reading);
    } else if kind.is_empty() && subtype.is_empty() && dict.len() <= 3 {
        // Forms of the XFA kind are XML in streams that say nothing of themselves.
        xml(stream, "form data", painter, reading);
    }
}

fn xml<'a>(stream: &Stream<'a>, place: &str, painter: &mut Painter<'a>, reading: &mut Reading) {
    match painter.decoding.decode(stream) {
        Ok(Some(bytes)) if bytes.trim_ascii_start().starts_with(b"<") => {
            let text = markup::decode(&bytes);
            let mut found = markup::read(&text, Rules::Any, reading);
            // XMP is padded with blanks and framed by instructions; cut pieces of XFA do not end.
            found.comments.clear();
            found.damaged = false;
            found.add_to(reading, place);
        }
        Ok(_) => {}
        Err(reason) => reading.note(reason),
    }
}

fn entries(dict: &Dict<'_>, strings: &mut String, depth: usize, reading: &mut Reading) {
    if depth >= MAX_PDF_OBJECT_DEPTH {
        reading.note(Unreadable::TooDeep);
        return;
    }
    // The value of a signature is its bytes.
    let signed = dict.contains_key("ByteRange");
    for (key, entry) in dict.entries() {
        let MaybeRef::NotRef(object) = entry else { continue };
        let is_signature = signed && key.as_ref() == b"Contents";
        let written = !is_signature && !NOT_WRITTEN.contains(&key.as_ref());
        match object {
            Object::String(text) if written => {
                let text = text_string(text.as_bytes());
                reading.labels().property(key.as_str(), &text);
                line(strings, &text);
            }
            object if written => value_below(&object, strings, depth, reading),
            _ => {}
        }
    }
}

fn value(object: &Object<'_>, strings: &mut String, depth: usize, reading: &mut Reading) {
    match object {
        Object::String(text) => line(strings, &text_string(text.as_bytes())),
        object => value_below(object, strings, depth, reading),
    }
}

fn value_below(object: &Object<'_>, strings: &mut String, depth: usize, reading: &mut Reading) {
    match object {
        Object::Dict(dict) => entries(dict, strings, depth + 1, reading),
        Object::Array(array) => items(array, strings, depth + 1, reading),
        _ => {}
    }
}

fn items(array: &Array<'_>, strings: &mut String, depth: usize, reading: &mut Reading) {
    if depth >= MAX_PDF_OBJECT_DEPTH {
        reading.note(Unreadable::TooDeep);
        return;
    }
    for item in array.raw_iter() {
        if let MaybeRef::NotRef(object) = item {
            value(&object, strings, depth, reading);
        }
    }
}

/// A string for people: UTF-16 or UTF-8 with a mark, else PDF's own set, which is Latin-1 where it matters.
pub(super) fn text_string(bytes: &[u8]) -> String {
    match bytes {
        [0xFE, 0xFF, rest @ ..] => encoding_rs::UTF_16BE.decode_without_bom_handling(rest).0.into_owned(),
        [0xFF, 0xFE, rest @ ..] => encoding_rs::UTF_16LE.decode_without_bom_handling(rest).0.into_owned(),
        [0xEF, 0xBB, 0xBF, rest @ ..] => String::from_utf8_lossy(rest).into_owned(),
        bytes => encoding_rs::WINDOWS_1252
            .decode_without_bom_handling(bytes)
            .0
            .into_owned(),
    }
}
