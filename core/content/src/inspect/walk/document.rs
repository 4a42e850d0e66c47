//! Files that are no text: `weir-files` takes the text out of them. It is judged and cannot be edited, for nothing leads
//! from a piece of it back to the bytes.

use super::{Content, Origin, Stop, Walk};
use crate::codec::Codec;
use crate::inspect::Unscannable;
use std::borrow::Cow;
use std::ops::Range;
use weir_files::{FileKind, FileText, Unreadable, limits, read_within};
use weir_model::Role;

/// Files with text in one message. Pictures are known by their first bytes and not counted.
const MAX_FILES: usize = 100;

/// What all files of one message may take together.
pub(super) struct Files {
    read: usize,
    left: u64,
}

impl Default for Files {
    fn default() -> Self {
        Self {
            read: 0,
            left: limits::MAX_UNPACKED,
        }
    }
}

impl Files {
    fn read(&mut self, bytes: &[u8]) -> Result<FileText, Unreadable> {
        if self.read >= MAX_FILES || self.left == 0 {
            return Err(Unreadable::TooLarge);
        }
        let read = read_within(bytes, None, None, &mut self.left);
        self.read += usize::from(!matches!(read, Err(Unreadable::Unknown)));
        read
    }
}

impl Walk<'_> {
    /// Bytes without a text codec: the pieces of their text and their labels, or why there are none.
    pub(super) fn document(&mut self, content: Content<'_>, span: Range<usize>) -> Result<(), Stop> {
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
            self.emit_text(origin, Cow::Owned(piece.text.into_exposed()), None)?;
            if let Some(segment) = self.found.segments.last_mut() {
                segment.place.role = Role::Attachment;
            }
            self.up(mark);
        }
        Ok(())
    }
}

fn is_guess(kind: FileKind) -> bool {
    matches!(
        kind,
        FileKind::Text | FileKind::Csv | FileKind::Tsv | FileKind::Markdown
    )
}
