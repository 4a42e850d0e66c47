//! Archives and compressed files, and the packages under office files.
//!
//! Members are named by number: their names are the sender's words, and are a piece of text like any other.

use crate::limits::MAX_WINDOW_KIB;
use crate::markup::{Rules, line};
use crate::office::{self, Part, SharedStrings};
use crate::package::{self, Package};
use crate::reading::Reading;
use crate::{FileKind, Unreadable, kind};
use memchr::memmem;

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

/// Reads a TAR archive.
pub(crate) fn tar(bytes: &[u8], reading: &mut Reading) -> Result<(), Unreadable> {
    let mut archive = tar::Archive::new(bytes);
    let entries = archive.entries().map_err(|_| Unreadable::Damaged)?;
    let mut names = String::new();
    for (index, entry) in entries.enumerate() {
        let Ok(mut entry) = entry else {
            reading.note(Unreadable::Damaged);
            break;
        };
        if !reading.entry() {
            break;
        }
        let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        line(&mut names, &name);
        match reading.unpack(&mut entry) {
            Ok(content) => reading.member(format!("member {}", index + 1), &content, Some(&name), None),
            Err(reason) => reading.note(reason),
        }
    }
    reading.add("names", names);
    Ok(())
}

/// Reads what lies under one of the compressions of single files.
pub(crate) fn compressed(
    kind: FileKind,
    bytes: &[u8],
    name: Option<&str>,
    reading: &mut Reading,
) -> Result<(), Unreadable> {
    let content = match kind {
        FileKind::Gzip => reading.unpack(flate2::read::MultiGzDecoder::new(bytes)),
        FileKind::Bzip2 => reading.unpack(bzip2::read::MultiBzDecoder::new(bytes)),
        FileKind::Xz => reading.unpack(lzma_rust2::XzReader::new_mem_limit(bytes, true, MAX_WINDOW_KIB)),
        _ => reading.unpack(package::zstd_reader(bytes)?),
    }?;
    let inner = name.and_then(|name| name.rsplit_once('.')).map(|(stem, _)| stem);
    reading.member("content".to_owned(), &content, inner, None);
    Ok(())
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
                reading.member(format!("member {}", index + 1), &content, Some(name), None);
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
