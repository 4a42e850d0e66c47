//! Files that are no text: `weir-files` takes the text out of them. It is judged and cannot be edited, for nothing leads
//! from a piece of it back to the bytes.

use super::{Content, Origin, Stop, Walk};
use crate::codec::Codec;
use crate::inspect::Unscannable;
use std::borrow::Cow;
use std::ops::Range;
use weir_files::{Budget, FileKind, FileText, Unreadable, read_within};
use weir_model::Role;

/// Files with text in one message. Pictures are known by their first bytes and not counted.
const MAX_FILES: usize = 100;

/// What all files of one message may take together.
#[derive(Default)]
pub(super) struct Files {
    read: usize,
    budget: Budget,
}

impl Files {
    fn read(&mut self, bytes: &[u8]) -> Result<FileText, Unreadable> {
        if self.read >= MAX_FILES || self.budget.is_spent() {
            return Err(Unreadable::TooLarge);
        }
        let read = read_within(bytes, None, None, &mut self.budget);
        self.read += usize::from(!matches!(read, Err(Unreadable::Unknown)));
        read
    }
}

impl Walk<'_> {
    /// Bytes without a text codec, or a file of text with another text in it: the pieces of its text and its labels, or
    /// why there are none.
    pub(super) fn document(&mut self, content: Content<'_>, span: Range<usize>, rule: Option<u16>) -> Result<(), Stop> {
        let file = match self.files.read(&content.bytes[span.clone()]) {
            // What only a guess at its letters would make a text: pictures look like that too.
            Ok(file) if is_guess(file.kind) => {
                self.unscannable(Unscannable::Binary);
                return Ok(());
            }
            Ok(file) => file,
            Err(reason) => {
                self.unscannable(reason.into());
                return Ok(());
            }
        };
        if let Some(reason) = file.unread {
            self.unscannable(reason.into());
        }
        self.found.labels.extend(file.labels);
        for (number, piece) in file.pieces.into_iter().enumerate() {
            let mark = self.down(|path| path.push_str(&format!("piece:{number}")));
            let origin = Origin {
                layer: content.layer,
                span: span.clone(),
                codec: Codec::Fixed,
            };
            self.emit_text(origin, Cow::Owned(piece.text.into_exposed()), rule)?;
            if rule.is_none()
                && let Some(segment) = self.found.segments.last_mut()
            {
                segment.place.role = Role::Attachment;
            }
            self.up(mark);
        }
        Ok(())
    }
}

/// Files of text that hide, as letters, what people see in them. They are judged by both.
pub(super) fn is_written_otherwise(bytes: &[u8]) -> bool {
    FileKind::of(bytes, None, None).is_some_and(FileKind::is_written_otherwise)
}

fn is_guess(kind: FileKind) -> bool {
    matches!(
        kind,
        FileKind::Text | FileKind::Csv | FileKind::Tsv | FileKind::Markdown
    )
}
