//! What is on the clipboard, as far as it is looked at.

use std::hash::{BuildHasher, RandomState};
use std::path::Path;
use std::sync::OnceLock;

use weir_wire::{Application, ClipboardAsk, ClipboardFile};

use super::offer::{Offers, Picture};

/// Text beyond this is not read: four times what the longest novel has.
pub(super) const MOST_TEXT: usize = 8 << 20;
/// Files that are listed.
const MOST_FILES: usize = 100;

/// What is on the clipboard. Holds it: no `Debug`.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct Content {
    text: Option<String>,
    html: Option<String>,
    files: Vec<File>,
    picture: Option<Picture>,
    cut: bool,
}

#[derive(Clone, PartialEq, Eq, Hash)]
struct File {
    name: String,
    size: Option<u64>,
}

/// Tells one content from another, in this process alone: nothing can be learned from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark(u64);

impl Content {
    /// A text.
    #[must_use]
    pub fn of_text(text: String) -> Self {
        Self {
            text: Some(text),
            ..Self::default()
        }
    }

    /// A text, and how it is offered as HTML.
    pub(super) fn of_texts(mut text: Option<String>, mut html: Option<String>) -> Self {
        let cut = bounded(&mut text) | bounded(&mut html);
        Self {
            text,
            html,
            cut,
            ..Self::default()
        }
    }

    /// True when there is nothing that could be judged.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        !self.has_words() && self.files.is_empty() && self.picture.is_none()
    }

    /// A picture is asked for where there is nothing else: programs offer one of much that is text as well, and the answer
    /// costs them making it.
    pub(super) fn or_picture(self, read: impl FnOnce() -> Option<Picture>) -> Self {
        match self.text.is_none() && self.files.is_empty() {
            true => Self {
                picture: read(),
                ..self
            },
            false => self,
        }
    }

    fn has_words(&self) -> bool {
        let blank = |text: &Option<String>| text.as_ref().is_none_or(|text| text.trim().is_empty());
        !blank(&self.text) || !blank(&self.html)
    }

    /// Its mark. What a program offers of one text besides (HTML of another making) does not make it another copy.
    #[must_use]
    pub fn mark(&self) -> Mark {
        static KEY: OnceLock<RandomState> = OnceLock::new();
        let key = KEY.get_or_init(RandomState::new);
        Mark(match &self.text {
            Some(text) => key.hash_one((text, &self.files)),
            None => key.hash_one(self),
        })
    }

    /// Its text, where there is one.
    #[must_use]
    pub(super) fn into_text(self) -> Option<String> {
        self.text
    }

    /// As the agent is shown it.
    #[must_use]
    pub fn ask(&self, source: Option<Application>) -> ClipboardAsk {
        let files = self.files.iter().map(|file| ClipboardFile {
            name: file.name.clone(),
            mime: None,
            size: file.size,
        });
        let picture = self.picture.iter().map(|picture| ClipboardFile {
            name: String::new(),
            mime: Some(picture.mime.clone()),
            size: picture.size,
        });
        ClipboardAsk {
            text: self.text.clone(),
            html: self.html.clone(),
            files: files.chain(picture).collect(),
            cut: self.cut,
            source,
            only_asks: false,
        }
    }
}

/// Reads what is on the clipboard. On X11 it has connections, so that one is kept by whoever reads often.
#[derive(Default)]
pub struct Eye {
    clipboard: Option<arboard::Clipboard>,
    offers: Offers,
}

impl Eye {
    /// What is there now. What cannot be read is not there. The text comes first: the next copy may be on its way.
    #[must_use]
    pub fn read(&mut self) -> Content {
        if self.clipboard.is_none() {
            self.clipboard = arboard::Clipboard::new().ok();
        }
        let Some(clipboard) = &mut self.clipboard else {
            return Content::default();
        };
        let has = self.offers.forms();
        let text = has.text.then(|| clipboard.get().text().ok()).flatten();
        let html = has.html.then(|| clipboard.get().html().ok()).flatten();
        let files = has.files.then(|| clipboard.get().file_list().ok()).flatten();
        let files = files.unwrap_or_default();
        let content = Content::of_texts(text, html);
        let content = Content {
            files: files.iter().take(MOST_FILES).map(|path| file(path)).collect(),
            cut: content.cut || files.len() > MOST_FILES,
            ..content
        };
        content.or_picture(|| self.offers.picture())
    }
}

/// What of a text is read, and whether it was cut.
fn bounded(text: &mut Option<String>) -> bool {
    let Some(text) = text.as_mut().filter(|text| text.len() > MOST_TEXT) else {
        return false;
    };
    text.truncate(text.floor_char_boundary(MOST_TEXT));
    true
}

fn file(path: &Path) -> File {
    File {
        name: path.file_name().unwrap_or_default().to_string_lossy().into_owned(),
        size: path
            .metadata()
            .ok()
            .filter(std::fs::Metadata::is_file)
            .map(|found| found.len()),
    }
}

#[cfg(test)]
mod tests {
    use super::{Content, File, Picture};

    #[test]
    fn another_form_of_the_same_text_is_the_same_copy() {
        let text = Content::of_text("hello".to_owned());
        let with_html = Content {
            html: Some("<b>hello</b>".to_owned()),
            ..text.clone()
        };
        assert_eq!(text.mark(), with_html.mark());
        assert_ne!(text.mark(), Content::of_text("hello ".to_owned()).mark());
        let of_html = |html: &str| Content {
            html: Some(html.to_owned()),
            ..Content::default()
        };
        assert_ne!(of_html("<b>a</b>").mark(), of_html("<b>b</b>").mark());
    }

    #[test]
    fn blanks_are_nothing_and_a_file_is_something() {
        assert!(Content::of_text(" \n".to_owned()).is_empty());
        let files = Content {
            files: vec![File {
                name: "list.csv".to_owned(),
                size: None,
            }],
            ..Content::default()
        };
        assert!(!files.is_empty());
    }

    #[test]
    fn a_picture_is_asked_for_where_there_is_no_text() {
        let read = || {
            Some(Picture {
                mime: "image/png".to_owned(),
                size: Some(70),
            })
        };
        let picture = Content::default().or_picture(read);
        assert!(!picture.is_empty());
        let file = &picture.ask(None).files[0];
        assert_eq!(
            (file.name.as_str(), file.mime.as_deref(), file.size),
            ("", Some("image/png"), Some(70))
        );
        assert_ne!(picture.mark(), Content::default().mark());
        let text = Content::of_text("a,b".to_owned()).or_picture(|| panic!("nobody asks for it"));
        assert!(text.ask(None).files.is_empty());
    }
}
