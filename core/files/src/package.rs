//! The directory of a ZIP archive, and its members one by one.
//!
//! Neighbours: `archive` decides what to do with members. It must not know what they mean.

use crate::Unreadable;
use crate::limits::{MAX_ENTRIES, MAX_WINDOW_KIB};
use crate::reading::Reading;
use rawzip::{
    CompressionMethod, ZipArchive, ZipArchiveEntryWayfinder, ZipFileHeaderRecord, ZipSliceArchive, ZipSliceEntry,
};
use std::io::{BufRead, Read};
use std::ops::Range;

/// So many bytes tell what a member is.
const HEAD: u64 = 4096;

/// The most that a descriptor of a member takes.
const DESCRIPTOR: u64 = 24;

/// A ZIP archive in memory.
pub(crate) struct Package<'a> {
    archive: ZipSliceArchive<&'a [u8]>,
    members: Vec<Member>,
}

struct Member {
    name: String,
    comment: String,
    at: ZipArchiveEntryWayfinder,
    start: u64,
    method: CompressionMethod,
    is_encrypted: bool,
}

impl<'a> Package<'a> {
    /// Reads the directory, up to as many members as may be read.
    pub(crate) fn open(bytes: &'a [u8], reading: &mut Reading) -> Result<Self, Unreadable> {
        let archive = ZipArchive::from_slice(bytes).map_err(|_| Unreadable::Damaged)?;
        let mut entries = archive.entries();
        let mut members = Vec::new();
        loop {
            match entries.next_entry() {
                Ok(Some(_)) if members.len() >= MAX_ENTRIES as usize => {
                    reading.note(Unreadable::TooLarge);
                    break;
                }
                Ok(Some(entry)) => members.push(member(&entry)),
                Ok(None) => break,
                Err(_) if members.is_empty() => return Err(Unreadable::Damaged),
                Err(_) => {
                    reading.note(Unreadable::Damaged);
                    break;
                }
            }
        }
        let package = Self { archive, members };
        if package.has_gaps(bytes) {
            reading.note(Unreadable::Damaged);
        }
        Ok(package)
    }

    /// Whether bytes lie before, between or behind the members and the directory that neither knows of: a member that was taken
    /// out of the directory alone, or what makes an archive unpack itself.
    fn has_gaps(&self, bytes: &[u8]) -> bool {
        let directory = self.archive.directory_offset()..self.archive.end_offset();
        let members = self.members.iter().filter_map(|member| self.span(member));
        let mut known: Vec<Range<u64>> = members.chain([directory]).collect();
        known.sort_unstable_by_key(|span| span.start);
        let mut end = 0;
        for span in known {
            if has_content(bytes, end..span.start) {
                return true;
            }
            end = end.max(span.end);
        }
        has_content(bytes, end..bytes.len() as u64)
    }

    /// Where a member lies, with its header and what stands behind it where its size was not known before.
    fn span(&self, member: &Member) -> Option<Range<u64>> {
        let entry = self.archive.get_entry(member.at).ok()?;
        let (_, end) = entry.compressed_data_range();
        let is_described = matches!(entry.data_descriptor(), Ok(Some(_)));
        Some(member.start..end + if is_described { DESCRIPTOR } else { 0 })
    }

    /// Paths of the members, in the order of the directory.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> + Clone {
        self.members.iter().map(|member| member.name.as_str())
    }

    /// Which member has this path.
    pub(crate) fn position(&self, name: &str) -> Option<usize> {
        self.names().position(|found| found == name)
    }

    /// What people wrote about the archive and its members.
    pub(crate) fn comments(&self) -> String {
        let whole = String::from_utf8_lossy(self.archive.comment().as_bytes()).into_owned();
        let all = self.members.iter().map(|member| member.comment.as_str());
        let all: Vec<&str> = all
            .chain([whole.as_str()])
            .filter(|comment| !comment.is_empty())
            .collect();
        all.join("\n")
    }

    /// Unpacks a member. Folders too: their names do not keep bytes out of them.
    pub(crate) fn unpack(&self, index: usize, reading: &mut Reading) -> Result<Vec<u8>, Unreadable> {
        let (method, entry) = self.entry(index)?;
        let mut packed = entry.data();
        if method == CompressionMethod::ZSTD && !is_all_frames(packed) {
            reading.note(Unreadable::Damaged);
        }
        let content = reading.unpack(entry.verifying_reader(unpacked(method, &mut packed)?))?;
        if !packed.is_empty() {
            reading.note(Unreadable::Damaged);
        }
        Ok(content)
    }

    /// The first bytes of a member.
    pub(crate) fn head(&self, index: usize) -> Result<Vec<u8>, Unreadable> {
        let (method, entry) = self.entry(index)?;
        let (mut packed, mut head) = (entry.data(), Vec::new());
        let read = unpacked(method, &mut packed)?.take(HEAD).read_to_end(&mut head);
        read.map(|_| head).map_err(|_| Unreadable::Damaged)
    }

    fn entry(&self, index: usize) -> Result<(CompressionMethod, ZipSliceEntry<'_>), Unreadable> {
        let member = self.members.get(index).ok_or(Unreadable::Damaged)?;
        if member.is_encrypted {
            return Err(Unreadable::Encrypted);
        }
        let entry = self.archive.get_entry(member.at).map_err(|_| Unreadable::Damaged)?;
        Ok((member.method, entry))
    }
}

/// Whether anything but zeros lies there: some writers align members.
fn has_content(bytes: &[u8], place: Range<u64>) -> bool {
    let place = usize::try_from(place.start).ok().zip(usize::try_from(place.end).ok());
    let gap = place.and_then(|(start, end)| bytes.get(start..end.min(bytes.len())));
    gap.is_some_and(|gap| gap.iter().any(|byte| *byte != 0))
}

fn unpacked<'p>(method: CompressionMethod, packed: &'p mut &[u8]) -> Result<Box<dyn Read + 'p>, Unreadable> {
    Ok(match method {
        CompressionMethod::STORE => Box::new(packed),
        CompressionMethod::DEFLATE => Box::new(flate2::bufread::DeflateDecoder::new(packed)),
        CompressionMethod::ZSTD => Box::new(zstd_reader(packed)?),
        _ => return Err(Unreadable::Unknown),
    })
}

/// A Zstandard stream, with a limit on the memory it may ask for.
pub(crate) fn zstd_reader(packed: impl BufRead) -> Result<impl Read, Unreadable> {
    let mut decoder = zstd::Decoder::with_buffer(packed).map_err(|_| Unreadable::Damaged)?;
    let window = (MAX_WINDOW_KIB << 10).ilog2();
    decoder.window_log_max(window).map_err(|_| Unreadable::Damaged)?;
    Ok(decoder)
}

/// Whether a Zstandard stream is frames of content to its last byte. Others are for whoever knows what to do with them: decoders
/// skip them.
#[must_use]
pub fn is_all_frames(mut packed: &[u8]) -> bool {
    while let Some(magic) = packed.first_chunk() {
        if u32::from_le_bytes(*magic) & !0xF == 0x184D_2A50 {
            return false;
        }
        let length = zstd::zstd_safe::find_frame_compressed_size(packed).unwrap_or(usize::MAX);
        match packed.get(length.max(1)..) {
            Some(rest) => packed = rest,
            None => return false,
        }
    }
    packed.is_empty()
}

fn member(entry: &ZipFileHeaderRecord<'_>) -> Member {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Member {
        name: text(entry.file_path().as_ref()),
        comment: text(entry.comment().as_bytes()),
        at: entry.wayfinder(),
        start: entry.local_header_offset(),
        method: entry.compression_method(),
        is_encrypted: entry.flags().is_encrypted(),
    }
}
