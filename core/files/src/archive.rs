//! Archives and compressed files, and the packages under office files.
//!
//! Members are named by number: their names are the sender's words, and are a piece of text like any other.

use crate::limits::MAX_WINDOW_KIB;
use crate::markup::{Rules, line};
use crate::office::{self, Part, SharedStrings};
use crate::package::{self, Package};
use crate::reading::Reading;
use crate::{FileKind, Unreadable, charset, kind};
use flate2::bufread::GzDecoder;
use memchr::memmem;
use std::collections::HashSet;
use std::io::Read;
use std::ops::Range;

/// Reads a ZIP archive, or the office file that it is.
pub(crate) fn zip(bytes: &[u8], reading: &mut Reading) -> Result<FileKind, Unreadable> {
    let archive = Package::open(bytes, reading)?;
    let mimetype = archive
        .position("mimetype")
        .and_then(|index| archive.unpack(index, reading).ok());
    match office::kind(archive.names(), mimetype.as_deref()) {
        Some(kind) => document(kind, &archive, reading).map(|()| kind),
        None => members(&archive, reading).map(|()| FileKind::Zip),
    }
}

/// Reads a TAR archive: member by member, and each block of it is one's header or content, or empty.
pub(crate) fn tar(bytes: &[u8], reading: &mut Reading) -> Result<(), Unreadable> {
    let mut archive = tar::Archive::new(bytes);
    let entries = archive.entries().map_err(|_| Unreadable::Damaged)?;
    let (mut names, mut known, mut end) = (String::new(), HashSet::new(), 0);
    // Raw: what only says more of the next member (long names, remarks) is a member as well.
    for (index, entry) in entries.raw(true).enumerate() {
        if !reading.entry() {
            break;
        }
        let Ok(mut entry) = entry else {
            reading.note(Unreadable::Damaged);
            break;
        };
        for text in tar_texts(entry.header(), &entry.path_bytes()) {
            if known.insert(text.clone()) {
                line(&mut names, &text);
            }
        }
        let start = usize::try_from(entry.raw_file_position()).unwrap_or(usize::MAX);
        let behind = start.saturating_add(usize::try_from(entry.size()).unwrap_or(usize::MAX));
        end = behind.next_multiple_of(TAR_BLOCK);
        if has_content(bytes, behind..end) {
            reading.note(Unreadable::Damaged);
        }
        let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        match reading.unpack(&mut entry) {
            // Attributes of files are in there, which are no text by themselves.
            Ok(content) if tells_of_next(&entry) && content.len() <= TAR_REMARKS => {
                line(&mut names, &charset::decode(&content));
            }
            Ok(content) => reading.packed(format!("member {}", index + 1), &content, &name),
            Err(reason) => reading.note(reason),
        }
    }
    if has_content(bytes, end..bytes.len()) {
        reading.note(Unreadable::Damaged);
    }
    reading.add("names", names);
    Ok(())
}

/// The size of a header, and what sizes of members are rounded up to.
const TAR_BLOCK: usize = 512;

/// Remarks on a member that are taken as text whatever they are.
const TAR_REMARKS: usize = 4096;

/// The path of a member, and all other texts in its header: links, owners, what stands behind the end of a name.
fn tar_texts(header: &tar::Header, path: &[u8]) -> Vec<String> {
    const NAME: Range<usize> = 0..100;
    const LINK: Range<usize> = 157..257;
    const OWNERS: Range<usize> = 265..329;
    let whole = header.as_bytes();
    let fields = [NAME, LINK, OWNERS].into_iter().filter_map(|field| whole.get(field));
    let texts = fields.flat_map(|field| field.split(|byte| *byte == 0));
    [path]
        .into_iter()
        .chain(texts)
        .filter(|text| !text.is_empty())
        .map(|text| String::from_utf8_lossy(text).into_owned())
        .collect()
}

fn tells_of_next(entry: &tar::Entry<'_, impl Read>) -> bool {
    let kind = entry.header().entry_type();
    kind.is_gnu_longname()
        || kind.is_gnu_longlink()
        || kind.is_pax_local_extensions()
        || kind.is_pax_global_extensions()
}

/// Whether anything but zeros lies there.
fn has_content(bytes: &[u8], place: Range<usize>) -> bool {
    let place = place.start.min(bytes.len())..place.end.min(bytes.len());
    bytes.get(place).is_some_and(|rest| rest.iter().any(|byte| *byte != 0))
}

/// Reads what lies under one of the compressions of single files.
pub(crate) fn compressed(
    kind: FileKind,
    bytes: &[u8],
    name: Option<&str>,
    reading: &mut Reading,
) -> Result<(), Unreadable> {
    let content = match kind {
        FileKind::Gzip => gunzip(bytes, reading),
        FileKind::Bzip2 => reading.unpack(bzip2::read::MultiBzDecoder::new(bytes)),
        FileKind::Xz => reading.unpack(lzma_rust2::XzReader::new_mem_limit(bytes, true, MAX_WINDOW_KIB)),
        _ => {
            if !package::is_all_frames(bytes) {
                reading.note(Unreadable::Damaged);
            }
            reading.unpack(package::zstd_reader(bytes)?)
        }
    }?;
    let inner = name.and_then(|name| name.rsplit_once('.')).map(|(stem, _)| stem);
    reading.content(&content, inner);
    Ok(())
}

/// Bytes in all headers of a gzip file that are no text.
const GZIP_EXTRA: usize = 255;

/// Member by member: each has a header, and in it texts that no decoder gives out.
fn gunzip(mut bytes: &[u8], reading: &mut Reading) -> Result<Vec<u8>, Unreadable> {
    let (mut content, mut names, mut unread) = (Vec::new(), String::new(), 0);
    while !bytes.is_empty() && reading.entry() {
        let mut decoder = GzDecoder::new(bytes);
        content.append(&mut reading.unpack(&mut decoder)?);
        let header = decoder.header().ok_or(Unreadable::Damaged)?;
        for field in [header.extra(), header.filename(), header.comment()]
            .into_iter()
            .flatten()
        {
            if charset::is_text(field) {
                line(&mut names, &charset::decode(field));
            } else {
                unread += field.len();
            }
        }
        bytes = decoder.into_inner();
    }
    if unread > GZIP_EXTRA {
        reading.note(Unreadable::Damaged);
    }
    reading.add("names", names);
    Ok(content)
}

fn members(archive: &Package<'_>, reading: &mut Reading) -> Result<(), Unreadable> {
    reading.add("names", archive.names().collect::<Vec<_>>().join("\n"));
    reading.add("comments", archive.comments());
    let (mut opened, mut encrypted) = (false, false);
    for (index, name) in archive.names().enumerate() {
        if !reading.entry() {
            break;
        }
        match archive.unpack(index, reading) {
            Ok(content) => {
                opened = true;
                reading.packed(format!("member {}", index + 1), &content, name);
            }
            Err(reason) => {
                encrypted |= reason == Unreadable::Encrypted;
                reading.note(reason);
            }
        }
    }
    // Names alone are not worth calling the archive read.
    if encrypted && !opened {
        Err(Unreadable::Encrypted)
    } else {
        Ok(())
    }
}

fn document(kind: FileKind, archive: &Package<'_>, reading: &mut Reading) -> Result<(), Unreadable> {
    if is_encrypted(kind, archive, reading) {
        return Err(Unreadable::Encrypted);
    }
    let strings = archive
        .names()
        .position(|name| Part::of(kind, name) == Part::SharedStrings);
    let shared = match strings {
        Some(index) => SharedStrings::read(&archive.unpack(index, reading)?, reading),
        None => SharedStrings::default(),
    };
    for (index, name) in archive.names().enumerate() {
        if !reading.entry() {
            break;
        }
        let part = Part::of(kind, name);
        match told_by_head(part, index, archive, reading) {
            Ok(true) => {}
            Ok(false) => match archive.unpack(index, reading) {
                Ok(content) => read_part(part, index, name, &content, &shared, reading),
                Err(reason) => reading.note(reason),
            },
            Err(reason) => reading.note(reason),
        }
    }
    Ok(())
}

/// Whether the first bytes of a part say that no text is in it. Its path alone says nothing: whoever wrote the file chose it.
fn told_by_head(part: Part, index: usize, archive: &Package<'_>, reading: &mut Reading) -> Result<bool, Unreadable> {
    match part {
        // A program's text is packed in a way of its own and not read.
        Part::Macros => Err(Unreadable::Unknown),
        Part::Layout => Ok(kind::is_layout(&archive.head(index)?)),
        Part::Embedded => {
            let is_picture = kind::is_picture(&archive.head(index)?);
            if is_picture {
                reading.picture();
            }
            Ok(is_picture)
        }
        _ => Ok(false),
    }
}

fn read_part(part: Part, index: usize, name: &str, content: &[u8], shared: &SharedStrings, reading: &mut Reading) {
    match part {
        Part::Sheet => office::sheet(name, content, shared, reading),
        // Also by themselves: a string no cell points to any more is still in the file.
        Part::SharedStrings => office::xml(name, content, Rules::Office, reading),
        Part::Xml(rules) => office::xml(name, content, rules, reading),
        _ => reading.member(format!("embedded {}", index + 1), content, Some(name), None),
    }
}

/// OpenDocument says in its manifest that parts are encrypted; the archive around them is not.
fn is_encrypted(kind: FileKind, archive: &Package<'_>, reading: &mut Reading) -> bool {
    if !matches!(kind, FileKind::Odt | FileKind::Ods | FileKind::Odp) {
        return false;
    }
    let manifest = archive.position("META-INF/manifest.xml");
    let content = manifest.and_then(|index| archive.unpack(index, reading).ok());
    content.is_some_and(|content| memmem::find(&content, b"encryption-data").is_some())
}
