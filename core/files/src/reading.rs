//! What has been read so far, and how much may still be: the one thing all readers share.
//!
//! Neighbours: every reader gets a [`Reading`] and adds to it. It must not know any format.

use crate::budget::{Budget, PdfBudget};
use crate::label::{Label, LabelFacts};
use crate::limits::{MAX_DEPTH, MAX_ENTRIES, MAX_PIECES, MAX_RATIO, MAX_TEXT, MAX_UNPACKED, RATIO_FLOOR};
use crate::{
    FileKind, FileText, Piece, SOURCE, Unreadable, archive, charset, compound, digits, html, json, kind, mail, markup,
    pdf, rtf,
};
use std::io::{ErrorKind, Read};
use std::rc::Rc;
use weir_model::Sensitive;

/// What a file lies in, compression aside: pictures belong to a document, and an archive is only a way to send them.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Holder {
    /// Also: nothing.
    Archive,
    Document,
}

pub(crate) struct Reading {
    pieces: Vec<Piece>,
    labels: LabelFacts,
    unread: Option<Unreadable>,
    pictures: u32,
    /// What the file at hand lies in.
    holder: Holder,
    /// The files we are in, outermost first.
    path: Vec<String>,
    text_left: usize,
    bytes_left: u64,
    entries_left: u32,
    /// What text and bytes began with.
    allowed: (usize, u64),
    pdf: Rc<PdfBudget>,
}

impl Reading {
    /// Nothing but the limits of one file.
    #[cfg(test)]
    pub(crate) fn of(size: usize) -> Self {
        Self::within(size, &Budget::default())
    }

    /// A file of this size, when this much may still be unpacked and taken out.
    pub(crate) fn within(size: usize, budget: &Budget) -> Self {
        let left = budget.unpacked();
        let ratio = u64::try_from(size).unwrap_or(u64::MAX).saturating_mul(MAX_RATIO);
        let text_left = usize::try_from(left).map_or(MAX_TEXT, |left| left.min(MAX_TEXT));
        let bytes_left = ratio.clamp(RATIO_FLOOR, MAX_UNPACKED).min(left);
        Self {
            pieces: Vec::new(),
            labels: LabelFacts::default(),
            unread: None,
            pictures: 0,
            holder: Holder::Archive,
            path: Vec::new(),
            text_left,
            bytes_left,
            entries_left: MAX_ENTRIES,
            allowed: (text_left, bytes_left),
            pdf: budget.pdf(),
        }
    }

    /// Reads the outermost file.
    pub(crate) fn file(
        &mut self,
        bytes: &[u8],
        name: Option<&str>,
        mime: Option<&str>,
    ) -> Result<FileKind, Unreadable> {
        let kind = kind::sniff(bytes, name, mime)?;
        if self.path.is_empty() && kind.is_written_otherwise() {
            // It is told twice, as it reads and as it stands, and nothing had to be unpacked for the second.
            self.text_left += bytes.len();
        }
        match kind {
            FileKind::Pdf => pdf::read(bytes, self)?,
            FileKind::Zip => return archive::zip(bytes, self),
            FileKind::Tar => archive::tar(bytes, self)?,
            FileKind::Gzip | FileKind::Xz | FileKind::Zstd | FileKind::Bzip2 => {
                archive::compressed(kind, bytes, name, self)?;
            }
            FileKind::OutlookMessage => compound::read(bytes, self)?,
            FileKind::Rtf => rtf::read(bytes, self),
            FileKind::Html => html::read(bytes, "", self),
            FileKind::Email => mail::read(bytes, self)?,
            FileKind::Notebook => json::notebook(bytes, self),
            FileKind::Json => json::read(bytes, self),
            FileKind::Xml => markup::file(bytes, self),
            _ => self.add("text", charset::decode(bytes)),
        }
        Ok(kind)
    }

    /// Adds a file of text whose text is another one as it stands. Each reader has something that it does not tell (names,
    /// layout, what breaks the rules of the format), and whoever gets the file may read that.
    pub(crate) fn source(&mut self, place: &str, bytes: &[u8]) {
        let place = if place.is_empty() {
            SOURCE.to_owned()
        } else {
            format!("{place} {SOURCE}")
        };
        self.add(&place, digits::without_files(charset::decode(bytes)));
    }

    /// Reads a file inside the current one, which is a document; what goes wrong with it is noted, and the rest is still read.
    pub(crate) fn member(&mut self, place: String, bytes: &[u8], name: Option<&str>, mime: Option<&str>) {
        self.held(Holder::Document, place, bytes, name, mime);
    }

    /// Reads a member of the archive at hand.
    pub(crate) fn packed(&mut self, place: String, bytes: &[u8], name: &str) {
        self.held(Holder::Archive, place, bytes, Some(name), None);
    }

    /// Reads the one file that is compressed in the current one.
    pub(crate) fn content(&mut self, bytes: &[u8], name: Option<&str>) {
        self.held(self.holder, "content".to_owned(), bytes, name, None);
    }

    fn held(&mut self, holder: Holder, place: String, bytes: &[u8], name: Option<&str>, mime: Option<&str>) {
        let outer = std::mem::replace(&mut self.holder, holder);
        self.inner(place, bytes, name, mime);
        self.holder = outer;
    }

    fn inner(&mut self, place: String, bytes: &[u8], name: Option<&str>, mime: Option<&str>) {
        if kind::is_picture(bytes) {
            self.picture();
            // An archive must not carry what could not go by itself.
            if self.holder == Holder::Archive {
                self.note(Unreadable::Unknown);
            }
            return;
        }
        if bytes.is_empty() {
            return;
        }
        if self.path.len() >= MAX_DEPTH {
            self.note(Unreadable::TooDeep);
            return;
        }
        self.path.push(place);
        if let Err(reason) = self.file(bytes, name, mime) {
            self.note(reason);
        }
        self.path.pop();
    }

    /// Adds text found at `place` of the current file. Beyond the limit it is cut, and the cut is noted.
    pub(crate) fn add(&mut self, place: &str, mut text: String) {
        if text.trim().is_empty() {
            return;
        }
        if self.pieces.len() >= MAX_PIECES {
            self.note(Unreadable::TooLarge);
            return;
        }
        if text.len() > self.text_left {
            text.truncate(text.floor_char_boundary(self.text_left));
            self.note(Unreadable::TooLarge);
        }
        self.text_left -= text.len();
        if text.is_empty() {
            return;
        }
        self.pieces.push(Piece {
            place: self.place(place),
            text: Sensitive::new(text),
        });
    }

    /// Unpacks one part of the current file.
    pub(crate) fn unpack(&mut self, from: impl Read) -> Result<Vec<u8>, Unreadable> {
        let mut bytes = Vec::new();
        // One byte more than may be tells a file that ends at the limit from one that goes on.
        let outcome = from.take(self.bytes_left + 1).read_to_end(&mut bytes);
        let size = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        if size > self.bytes_left {
            self.bytes_left = 0;
            return Err(Unreadable::TooLarge);
        }
        self.bytes_left -= size;
        match outcome {
            Ok(_) => Ok(bytes),
            Err(error) if error.kind() == ErrorKind::OutOfMemory => Err(Unreadable::TooLarge),
            Err(_) => Err(Unreadable::Damaged),
        }
    }

    /// Counts a member, part or attachment. `false`: there were too many, which is noted.
    pub(crate) fn entry(&mut self) -> bool {
        match self.entries_left.checked_sub(1) {
            Some(left) => {
                self.entries_left = left;
                true
            }
            None => {
                self.note(Unreadable::TooLarge);
                false
            }
        }
    }

    /// Notes that something was not read. The first reason is kept: later ones often follow from it.
    pub(crate) fn note(&mut self, reason: Unreadable) {
        self.unread.get_or_insert(reason);
    }

    /// Notes a picture that was not looked into.
    pub(crate) fn picture(&mut self) {
        self.pictures = self.pictures.saturating_add(1);
    }

    /// How much text may still be taken: readers that repeat a text (shared strings) stop there.
    pub(crate) fn text_left(&self) -> usize {
        self.text_left
    }

    /// Bytes unpacked and text taken out so far.
    pub(crate) fn spent(&self) -> u64 {
        let (text, bytes) = self.allowed;
        let text = u64::try_from(text.saturating_sub(self.text_left)).unwrap_or(u64::MAX);
        text.saturating_add(bytes.saturating_sub(self.bytes_left))
    }

    pub(crate) fn pdf_budget(&self) -> Rc<PdfBudget> {
        Rc::clone(&self.pdf)
    }

    pub(crate) fn labels(&mut self) -> &mut LabelFacts {
        &mut self.labels
    }

    pub(crate) fn into_text(self, kind: FileKind) -> FileText {
        let labels: Vec<Label> = self.labels.in_force();
        FileText {
            kind,
            pieces: self.pieces,
            labels,
            unread: self.unread,
            pictures: self.pictures,
        }
    }

    fn place(&self, place: &str) -> String {
        let mut parts: Vec<&str> = self.path.iter().map(String::as_str).collect();
        if !place.is_empty() || parts.is_empty() {
            parts.push(if place.is_empty() { "text" } else { place });
        }
        parts.join(" > ")
    }
}

/// Whether a place could have been written by this crate: lower-case words, numbers and `>`.
pub(crate) fn is_place(place: &str) -> bool {
    let ours = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == ' ' || c == '>';
    !place.is_empty() && place.len() < 400 && place.chars().all(ours)
}
