//! Bytes of a file to pieces of text, and to the labels that its author's organisation put on it.
//!
//! ```text
//! bytes ─▶ kind (sniffed) ─▶ reader of the kind ─▶ pieces of text, labels, what could not be read
//!                                   │    ▲
//!                                   ╰────╯ members of archives, attachments, embedded files
//! ```
//!
//! Neighbours: `weir-content` reads uploads through this crate, the command line reads files through it.
//! It must not know what is looked for in the text or what follows from a label, and it never opens a file itself.
//!
//! Everything hidden in a file counts: comments, notes, headers, deleted text, hidden sheets, properties, alternative
//! texts. What cannot be read is never left out in silence: it is the error, or [`FileText::unread`].
//! Limits are in [`limits`]; what is read and what is not is described in `docs/design/files.md`.

mod archive;
mod budget;
mod charset;
mod compound;
mod digits;
mod html;
mod json;
mod kind;
mod label;
pub mod limits;
mod mail;
mod markup;
mod office;
mod package;
mod pdf;
mod reading;
mod rtf;

pub use budget::Budget;
pub use kind::FileKind;
pub use label::{Guid, Label};
pub use package::is_all_frames;

use reading::Reading;
use weir_model::Sensitive;

/// What a file says. Holds content: no `Debug`.
pub struct FileText {
    /// What the bytes are, whatever the name and the announced type say.
    pub kind: FileKind,
    /// Its text. A value that a reader sees in one piece lies in one piece here.
    pub pieces: Vec<Piece>,
    /// Sensitivity labels in force on it or on a file inside it.
    pub labels: Vec<Label>,
    /// Why not everything was read, if so: the pieces are then only a part of the text.
    pub unread: Option<Unreadable>,
    /// Pictures, sound and film inside. They were not looked into. In documents they are not counted as unread: nearly every
    /// one has a logo. In archives they are.
    pub pictures: u32,
}

/// The place of text that is markup or encoded, as it stands in the file and not as people read it. It comes behind the pieces
/// that were read from it.
pub const SOURCE: &str = "source";

/// Text from one place of a file.
pub struct Piece {
    /// Where it stands: `page 3`, `sheet 2`, `member 4 > document`. Words of ours and numbers only, never a name the
    /// sender chose, so it may be recorded.
    pub place: String,
    /// Table cells are separated by tabs, rows and paragraphs by newlines.
    pub text: Sensitive<String>,
}

/// Why a file, or a part of one, has no text to judge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// It needs a password or a right that we do not have.
    #[error("encrypted")]
    Encrypted,
    /// It is cut short or breaks the rules of its format.
    #[error("damaged")]
    Damaged,
    /// It has more text, more members or more bytes than [`limits`] allow.
    #[error("too large")]
    TooLarge,
    /// Files lie in files beyond [`limits::MAX_DEPTH`].
    #[error("nested too deeply")]
    TooDeep,
    /// No reader knows the format, or the format has no text (pictures, sound, film).
    #[error("unknown format")]
    Unknown,
}

/// Reads a file. The bytes decide what it is; `name` and `mime`, which may lie, are asked only where bytes of different
/// kinds look alike (CSV, Markdown, source code).
///
/// # Errors
/// When nothing of it could be read. What could be read in part is `Ok` with [`FileText::unread`].
pub fn read(bytes: &[u8], name: Option<&str>, mime: Option<&str>) -> Result<FileText, Unreadable> {
    read_within(bytes, name, mime, &mut Budget::default())
}

/// Like [`read`], for one of many files: what is unpacked and the text taken out are counted off the budget, and what it
/// does not cover is [`Unreadable::TooLarge`].
///
/// # Errors
/// When nothing of it could be read.
pub fn read_within(
    bytes: &[u8],
    name: Option<&str>,
    mime: Option<&str>,
    budget: &mut Budget,
) -> Result<FileText, Unreadable> {
    let mut reading = Reading::within(bytes.len(), budget);
    let read = reading.file(bytes, name, mime);
    budget.spend(reading.spent());
    read.map(|kind| reading.into_text(kind))
}

/// For the fuzz target: every input returns within [`limits`].
///
/// # Panics
/// When the text is larger than [`limits`] allow beside the file itself, or a place holds anything but our own words.
#[doc(hidden)]
pub fn fuzz(bytes: &[u8]) {
    let Ok(file) = read(bytes, None, None) else { return };
    let total: usize = file.pieces.iter().map(|piece| piece.text.expose().len()).sum();
    assert!(
        total <= limits::MAX_TEXT + bytes.len(),
        "text stays within its limit, beside the file itself"
    );
    assert!(
        file.pieces.iter().all(|piece| reading::is_place(&piece.place)),
        "a place is made of our own words"
    );
}
