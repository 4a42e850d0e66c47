//! PDF: pages, and everything beside them (annotations, forms, properties, attachments).
//!
//! ```text
//! guard (sizes before anything is decoded) ─▶ objects (hayro-syntax) ─┬▶ content ─▶ layout ─▶ text of pages
//!                                                                     ╰▶ aside: strings, XMP, attachments
//! ```

mod aside;
mod content;
mod guard;
mod layout;

use crate::Unreadable;
use crate::reading::Reading;
use content::Painter;
use guard::Decoding;
use hayro_syntax::{LoadPdfError, Pdf};

pub(crate) fn read(bytes: &[u8], reading: &mut Reading) -> Result<(), Unreadable> {
    let decoding = Decoding::before_load(bytes, &reading.pdf_budget())?;
    let pdf = Pdf::new(bytes.to_vec()).map_err(|error| match error {
        LoadPdfError::Decryption(_) => Unreadable::Encrypted,
        LoadPdfError::Invalid => Unreadable::Damaged,
    })?;
    let mut painter = Painter::new(decoding);
    for (index, page) in pdf.pages().iter().enumerate() {
        if !reading.entry() {
            break;
        }
        painter.page(page, &format!("page {}", index + 1), reading);
    }
    aside::read(&pdf, &mut painter, reading);
    Ok(())
}
