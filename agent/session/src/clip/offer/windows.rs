//! Windows: bitmaps are offered by every program that copies a picture. Not run by the tests of this repository.

use clipboard_win::formats::CF_DIB;
use clipboard_win::{Clipboard, is_format_avail, raw};

use super::{Forms, Picture};

/// Looks at what is offered.
#[derive(Default)]
pub(crate) struct Offers;

/// The clipboard is another program's for so many tries.
const TRIES: usize = 10;

impl Offers {
    /// The system makes one form of another by itself, and answers at once what it does not have.
    pub(crate) fn forms(&mut self) -> Forms {
        Forms::ALL
    }

    /// The picture that is there now.
    pub(crate) fn picture(&mut self) -> Option<Picture> {
        if !is_format_avail(CF_DIB) {
            return None;
        }
        let _open = Clipboard::new_attempts(TRIES).ok()?;
        Some(Picture {
            mime: "image/bmp".to_owned(),
            size: raw::size(CF_DIB).map(|size| size.get() as u64),
        })
    }
}
