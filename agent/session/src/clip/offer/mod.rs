//! What is offered on the clipboard, before any of it is read: programs make each form when somebody asks for it, and some
//! do not answer when asked for a form they do not have.
//!
//! Pictures are known by this alone: their media type and how long they are. Nobody looks into them; arboard would unpack one,
//! which takes the memory of all of its points, to say less.

#[cfg(all(unix, not(target_os = "macos")))]
mod linux;
#[cfg(target_os = "macos")]
mod macos;
#[cfg(all(unix, not(target_os = "macos")))]
mod wayland;
#[cfg(windows)]
mod windows;
#[cfg(all(unix, not(target_os = "macos")))]
mod x11;

#[cfg(all(unix, not(target_os = "macos")))]
pub(super) use linux::{Offers, count, forms_of, has_wayland, has_x11, picture_of};
#[cfg(target_os = "macos")]
pub(super) use macos::Offers;
#[cfg(windows)]
pub(super) use windows::Offers;

/// A picture, as far as it is known. Two of one kind and length are the same one here.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Picture {
    pub(super) mime: String,
    /// In bytes, where it could be counted.
    pub(super) size: Option<u64>,
}

/// What there is, in forms that are read here.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Forms {
    pub(super) text: bool,
    pub(super) html: bool,
    pub(super) files: bool,
}

impl Forms {
    /// Where nobody says what there is.
    pub(super) const ALL: Self = Self {
        text: true,
        html: true,
        files: true,
    };
}
