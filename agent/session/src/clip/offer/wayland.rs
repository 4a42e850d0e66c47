//! Wayland: the compositor says what is offered, where it speaks data-control; a picture is counted as it comes through a pipe.

use wl_clipboard_rs::paste::{ClipboardType, MimeType, Seat, get_contents, get_mime_types_ordered};

/// `None` where the compositor does not show the clipboard.
pub(super) fn offered() -> Option<Vec<String>> {
    use wl_clipboard_rs::paste::Error;
    match get_mime_types_ordered(ClipboardType::Regular, Seat::Unspecified) {
        Ok(offered) => Some(offered),
        Err(Error::ClipboardEmpty) => Some(Vec::new()),
        Err(_) => None,
    }
}

pub(super) fn size(mime: &str) -> Option<u64> {
    let (pipe, _) = get_contents(ClipboardType::Regular, Seat::Unspecified, MimeType::Specific(mime)).ok()?;
    super::count(pipe)
}
