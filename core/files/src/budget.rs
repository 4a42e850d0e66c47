//! What several files may take together: those of one message, and the files inside them.

use crate::limits::{MAX_PDF_DECODED, MAX_UNPACKED};
use std::cell::Cell;
use std::rc::Rc;

/// Counts down while files are read.
pub struct Budget {
    unpacked: u64,
    pdf: Rc<PdfBudget>,
}

/// Streams of PDFs, which are decoded by two hands: measured before a file is loaded, and decoded for their text.
pub(crate) struct PdfBudget {
    pub(crate) loading: Cell<u64>,
    pub(crate) decoding: Cell<u64>,
}

impl Default for Budget {
    /// As much as one file may take that has it for itself.
    fn default() -> Self {
        Self {
            unpacked: MAX_UNPACKED,
            pdf: Rc::new(PdfBudget {
                loading: Cell::new(MAX_PDF_DECODED),
                decoding: Cell::new(MAX_PDF_DECODED),
            }),
        }
    }
}

impl Budget {
    /// True when no further file can be read.
    #[must_use]
    pub fn is_spent(&self) -> bool {
        self.unpacked == 0
    }

    pub(crate) fn unpacked(&self) -> u64 {
        self.unpacked
    }

    pub(crate) fn pdf(&self) -> Rc<PdfBudget> {
        Rc::clone(&self.pdf)
    }

    pub(crate) fn spend(&mut self, size: u64) {
        self.unpacked = self.unpacked.saturating_sub(size);
    }
}

#[cfg(test)]
mod tests {
    use super::Budget;
    use crate::{Unreadable, read_within};

    #[test]
    fn files_of_one_message_share_what_may_be_unpacked() {
        let mut budget = Budget {
            unpacked: 1000,
            ..Budget::default()
        };
        let html = format!("<!doctype html><p>{}</p>", "rivers ".repeat(60));
        let mut unread = || read_within(html.as_bytes(), None, None, &mut budget).map(|file| file.unread);
        assert_eq!(unread(), Ok(None));
        assert_eq!(unread(), Ok(None));
        assert_eq!(unread(), Ok(Some(Unreadable::TooLarge)));
        assert!(budget.is_spent());
    }
}
