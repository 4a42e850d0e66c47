//! Linux and its kin: the compositor or the X server says what is offered.

use super::{Forms, Picture, wayland, x11};
use std::io::Read;

/// Beyond it a picture is not counted to its end.
pub(super) const MOST_BYTES: u64 = 256 << 20;

/// Looks at what is offered. Kept by whoever looks often.
#[derive(Default)]
pub(crate) struct Offers {
    x11: Option<x11::Offers>,
}

impl Offers {
    /// What there is now.
    pub(crate) fn forms(&mut self) -> Forms {
        self.offered().map_or(Forms::ALL, |offered| forms_of(&offered))
    }

    /// The picture that is there now.
    pub(crate) fn picture(&mut self) -> Option<Picture> {
        let mime = picture_of(&self.offered()?)?.clone();
        let size = match has_wayland() {
            true => wayland::size(&mime),
            false => self.x11()?.size(&mime),
        };
        Some(Picture { mime, size })
    }

    fn offered(&mut self) -> Option<Vec<String>> {
        // Where the compositor does not show the clipboard, it does to programs of X11.
        let by_wayland = has_wayland().then(wayland::offered).flatten();
        by_wayland.or_else(|| self.x11()?.offered())
    }

    fn x11(&mut self) -> Option<&x11::Offers> {
        if self.x11.is_none() {
            self.x11 = x11::Offers::connect();
        }
        self.x11.as_ref()
    }
}

/// A compositor runs this session.
pub(crate) fn has_wayland() -> bool {
    is_named("WAYLAND_DISPLAY")
}

/// Programs of X11 are shown here.
pub(crate) fn has_x11() -> bool {
    is_named("DISPLAY")
}

fn is_named(variable: &str) -> bool {
    std::env::var_os(variable).is_some_and(|value| !value.is_empty())
}

/// Which of the forms that a program offers are read.
pub(crate) fn forms_of(offered: &[String]) -> Forms {
    let is_text = |form: &str| matches!(form, "UTF8_STRING" | "STRING" | "TEXT") || form.starts_with("text/plain");
    Forms {
        text: offered.iter().any(|form| is_text(form)),
        html: offered.iter().any(|form| form == "text/html"),
        files: offered.iter().any(|form| form == "text/uri-list"),
    }
}

/// Of several forms of one picture the one that others are made from: programs offer PNG first of all.
pub(crate) fn picture_of(offered: &[String]) -> Option<&String> {
    let png = offered.iter().find(|form| *form == "image/png");
    png.or_else(|| offered.iter().find(|form| form.starts_with("image/")))
}

/// How many bytes come, none of which is kept; `None` where it breaks off or has no end.
pub(crate) fn count(from: impl Read) -> Option<u64> {
    let bytes = std::io::copy(&mut from.take(MOST_BYTES), &mut std::io::sink()).ok()?;
    (bytes < MOST_BYTES).then_some(bytes)
}

#[cfg(test)]
mod tests {
    use super::{Forms, count, forms_of, picture_of};

    fn offered(forms: &[&str]) -> Vec<String> {
        forms.iter().map(|form| (*form).to_owned()).collect()
    }

    #[test]
    fn a_picture_is_png_or_what_is_offered_first() {
        let form = |forms: &[&str]| picture_of(&offered(forms)).cloned();
        assert_eq!(
            form(&["TARGETS", "image/bmp", "image/png"]).as_deref(),
            Some("image/png")
        );
        assert_eq!(form(&["image/webp", "image/jpeg"]).as_deref(), Some("image/webp"));
        assert_eq!(form(&["TARGETS", "application/x-color"]), None);
    }

    #[test]
    fn forms_are_those_that_are_read() {
        let text = Forms {
            text: true,
            ..Forms::default()
        };
        assert_eq!(forms_of(&offered(&["TARGETS", "text/plain;charset=utf-8"])), text);
        assert_eq!(forms_of(&offered(&["STRING"])), text);
        assert_eq!(forms_of(&offered(&["TARGETS", "image/png"])), Forms::default());
        let both = forms_of(&offered(&["text/uri-list", "text/html"]));
        assert!(both.files && both.html && !both.text);
    }

    #[test]
    fn what_comes_is_counted() {
        assert_eq!(count(&[7_u8; 100_000][..]), Some(100_000));
        assert_eq!(count(std::io::repeat(0)), None, "without an end");
    }
}
