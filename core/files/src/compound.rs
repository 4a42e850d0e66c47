//! Compound files: what Outlook saves a message as, and the wrapping of encrypted office files.
//!
//! A message is a tree of streams named after properties: `__substg1.0_PPPPTTTT`, property number and type.

use crate::charset;
use crate::html;
use crate::limits::MAX_ENTRIES;
use crate::markup::line;
use crate::reading::Reading;
use crate::{Unreadable, rtf};
use cfb::CompoundFile;
use std::collections::BTreeMap;
use std::io::Cursor;
use std::path::{Path, PathBuf};

/// Storages within storages: a message attached to a message is two deeper.
const MAX_STORAGES: usize = 32;

type Compound<'a> = CompoundFile<Cursor<&'a [u8]>>;

const PROPERTY: &str = "__substg1.0_";
const BODY: &str = "1000";
const HTML_BODY: &str = "1013";
const RTF_BODY: &str = "1009";
const HEADERS: &str = "007D";
const ATTACHED: &str = "3701";
const ATTACHED_NAMES: [&str; 2] = ["3707", "3704"];

pub(crate) fn read(bytes: &[u8], reading: &mut Reading) -> Result<(), Unreadable> {
    let mut file = CompoundFile::open(Cursor::new(bytes)).map_err(|_| Unreadable::Damaged)?;
    let streams = streams(&file, reading);
    if file.is_stream("/EncryptedPackage") || file.is_stream("/EncryptionInfo") {
        return Err(Unreadable::Encrypted);
    }
    if file.is_stream("/__properties_version1.0") {
        message(&mut file, &streams, reading);
        return Ok(());
    }
    // An object another program embedded: newer ones hold a whole file in one stream.
    let package = ["/Package", "/CONTENTS"].into_iter().find(|name| file.is_stream(name));
    match package {
        Some(name) => {
            let content = stream(&mut file, Path::new(name), reading)?;
            reading.member("embedded".to_owned(), &content, None, None);
            Ok(())
        }
        // Word, Excel and PowerPoint before 2007 keep their text in formats of their own.
        None => Err(Unreadable::Unknown),
    }
}

/// The paths of all streams. A path is as long as its place is deep, so the walk ends where no message goes.
fn streams(file: &Compound<'_>, reading: &mut Reading) -> Vec<PathBuf> {
    let mut streams = Vec::new();
    for (index, entry) in file.walk().enumerate() {
        if index >= MAX_ENTRIES as usize {
            reading.note(Unreadable::TooLarge);
            break;
        }
        if entry.path().components().count() > MAX_STORAGES {
            reading.note(Unreadable::TooDeep);
            break;
        }
        if entry.is_stream() {
            streams.push(entry.path().to_owned());
        }
    }
    streams
}

fn message(file: &mut Compound<'_>, streams: &[PathBuf], reading: &mut Reading) {
    let mut properties = String::new();
    let mut attachments: BTreeMap<PathBuf, Attachment> = BTreeMap::new();
    for path in streams {
        let Some((number, kind)) = property(path) else { continue };
        if !reading.entry() {
            break;
        }
        let content = match stream(file, path, reading) {
            Ok(content) => content,
            Err(reason) => {
                reading.note(reason);
                continue;
            }
        };
        match (number.as_str(), kind.as_str()) {
            (HTML_BODY, _) => html::read(&content, "body", reading),
            (RTF_BODY, "0102") => match decompress(&content, reading) {
                Ok(text) => rtf::read_at(&text, "body", reading),
                Err(reason) => reading.note(reason),
            },
            (ATTACHED, "0102") => attachment(&mut attachments, path).content = Some(content),
            (_, "001F" | "001E") => {
                let text = string(&kind, &content);
                if ATTACHED_NAMES.contains(&number.as_str()) {
                    attachment(&mut attachments, path).name.get_or_insert(text.clone());
                }
                text_property(&number, text, &mut properties, reading);
            }
            _ => {}
        }
    }
    reading.add("properties", properties);
    for (index, attachment) in attachments.into_values().enumerate() {
        if let Some(content) = attachment.content {
            reading.member(
                format!("attachment {}", index + 1),
                &content,
                attachment.name.as_deref(),
                None,
            );
        }
    }
}

#[derive(Default)]
struct Attachment {
    name: Option<String>,
    content: Option<Vec<u8>>,
}

fn attachment<'m>(all: &'m mut BTreeMap<PathBuf, Attachment>, path: &Path) -> &'m mut Attachment {
    all.entry(path.parent().unwrap_or(path).to_owned()).or_default()
}

fn text_property(number: &str, text: String, properties: &mut String, reading: &mut Reading) {
    match number {
        BODY => reading.add("body", text),
        HEADERS => {
            label_header(&text, reading);
            reading.add("headers", text);
        }
        _ => {
            reading.labels().list(&text);
            line(properties, &text);
        }
    }
}

/// The one line of the transport headers that carries labels, with the lines it is folded over.
fn label_header(headers: &str, reading: &mut Reading) {
    let unfolded = headers.replace("\r\n ", " ").replace("\r\n\t", " ");
    for header in unfolded.lines() {
        if let Some((name, value)) = header.split_once(':') {
            reading.labels().property(name, value);
        }
    }
}

/// Number and type of the property a stream holds.
fn property(path: &Path) -> Option<(String, String)> {
    let tag = path.file_name()?.to_str()?.strip_prefix(PROPERTY)?;
    Some((tag.get(..4)?.to_ascii_uppercase(), tag.get(4..8)?.to_ascii_uppercase()))
}

fn string(kind: &str, content: &[u8]) -> String {
    match kind {
        "001F" => encoding_rs::UTF_16LE
            .decode_without_bom_handling(content)
            .0
            .into_owned(),
        _ => charset::decode(content),
    }
}

fn stream(file: &mut Compound<'_>, path: &Path, reading: &mut Reading) -> Result<Vec<u8>, Unreadable> {
    let stream = file.open_stream(path).map_err(|_| Unreadable::Damaged)?;
    reading.unpack(stream)
}

/// What every compressed RTF has in its window at the start (MS-OXRTFCP 2.1.2.1).
const RTF_WINDOW: &[u8] = b"{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern \\fscript \\fdecor MS Sans SerifSymbolArialTimes New RomanCourier{\\colortbl\\red0\\green0\\blue0\r\n\\par \\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx";

/// Undoes the compression of RTF in messages: groups of eight, a bit each for a byte as it is or a place in the window.
fn decompress(bytes: &[u8], reading: &mut Reading) -> Result<Vec<u8>, Unreadable> {
    let kind = bytes.get(8..12).ok_or(Unreadable::Damaged)?;
    let body = bytes.get(16..).ok_or(Unreadable::Damaged)?;
    if kind == b"MELA" {
        return Ok(body.to_vec());
    }
    if kind != b"LZFu" {
        return Err(Unreadable::Damaged);
    }
    let mut window = [b' '; 4096];
    let start = RTF_WINDOW.len();
    window[..start].copy_from_slice(RTF_WINDOW);
    let (mut at, mut text, mut input) = (start, Vec::new(), body.iter().copied());
    let mut put = |byte: u8, at: &mut usize, window: &mut [u8; 4096]| {
        window[*at % 4096] = byte;
        *at += 1;
        text.push(byte);
    };
    'groups: while let Some(flags) = input.next() {
        for bit in 0..8 {
            if flags & (1 << bit) == 0 {
                let Some(byte) = input.next() else { break 'groups };
                put(byte, &mut at, &mut window);
                continue;
            }
            let (Some(high), Some(low)) = (input.next(), input.next()) else {
                break 'groups;
            };
            let reference = usize::from(u16::from_be_bytes([high, low]));
            let (from, length) = (reference >> 4, (reference & 15) + 2);
            if from == at % 4096 {
                break 'groups;
            }
            for step in 0..length {
                put(window[(from + step) % 4096], &mut at, &mut window);
            }
        }
    }
    reading.unpack(text.as_slice())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn compressed_rtf_as_the_specification_shows_it() {
        // MS-OXRTFCP 4.1.1: `{\rtf1\ansi\ansicpg1252\pard hello world}`
        let bytes = [
            0x2d, 0x00, 0x00, 0x00, 0x2b, 0x00, 0x00, 0x00, 0x4c, 0x5a, 0x46, 0x75, 0xf1, 0xc5, 0xc7, 0xa7, 0x03, 0x00,
            0x0a, 0x00, 0x72, 0x63, 0x70, 0x67, 0x31, 0x32, 0x35, 0x42, 0x32, 0x0a, 0xf3, 0x20, 0x68, 0x65, 0x6c, 0x09,
            0x00, 0x20, 0x62, 0x77, 0x05, 0xb0, 0x6c, 0x64, 0x7d, 0x0a, 0x80, 0x0f, 0xa0,
        ];
        let text = decompress(&bytes, &mut Reading::of(bytes.len())).unwrap();
        assert_eq!(text, b"{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n");
    }
}
