//! macOS: programs offer a picture as PNG, TIFF or both. Not run by the tests of this repository.

use objc2_app_kit::{NSPasteboard, NSPasteboardType};

use super::{Forms, Picture};

/// Looks at what is offered.
#[derive(Default)]
pub(crate) struct Offers;

impl Offers {
    /// The system answers at once what it does not have.
    pub(crate) fn forms(&mut self) -> Forms {
        Forms::ALL
    }

    /// The picture that is there now.
    pub(crate) fn picture(&mut self) -> Option<Picture> {
        let board = NSPasteboard::generalPasteboard();
        [("public.png", "image/png"), ("public.tiff", "image/tiff")]
            .into_iter()
            .find_map(|(kind, mime)| {
                let data = board.dataForType(&NSPasteboardType::from_str(kind))?;
                Some(Picture {
                    mime: mime.to_owned(),
                    size: Some(data.length() as u64),
                })
            })
    }
}
