//! What a file's type goes by, and the patterns of packs for it: media types (`image/*`) and extensions (`pdf`).

use weir_model::{FileEntry, glob};

use crate::words;
use crate::yaml::Node;

/// The names of a file's type, in lower case.
pub(super) struct FileTypes {
    /// The media type and its second half, or the extension that the message gives in its place.
    told: Vec<String>,
    /// Of the file's name; as a slice of one.
    extension: Option<String>,
}

impl FileTypes {
    pub(super) fn of(file: &FileEntry) -> Self {
        let mime = file.mime.as_deref().map(str::to_lowercase);
        let mime = mime.map(|mime| mime.split(';').next().unwrap_or_default().trim().to_owned());
        let told = match mime.filter(|mime| !mime.is_empty() && mime != "application/octet-stream") {
            None => Vec::new(),
            Some(mime) => match mime.split_once('/') {
                Some((_, second)) => vec![second.to_owned(), mime.clone()],
                None => vec![mime.trim_start_matches('.').to_owned()],
            },
        };
        let extension = file.name.as_deref().and_then(|name| {
            let (stem, extension) = name.rsplit_once('.')?;
            (!stem.is_empty() && !extension.is_empty()).then(|| extension.to_lowercase())
        });
        Self { told, extension }
    }

    /// Nobody tells.
    pub(super) fn are_unknown(&self) -> bool {
        self.told.is_empty() && self.extension.is_none()
    }

    /// True when one of them fits.
    pub(super) fn fit(&self, patterns: &[String]) -> bool {
        self.told.iter().chain(&self.extension).any(|name| fits(patterns, name))
    }

    /// A name says less than a media type does: it counts where there is no other.
    pub(super) fn surely_fit(&self, patterns: &[String]) -> bool {
        match self.told.is_empty() {
            true => self.extension.iter().any(|name| fits(patterns, name)),
            false => self.told.iter().any(|name| fits(patterns, name)),
        }
    }
}

fn fits(patterns: &[String], name: &str) -> bool {
    patterns.iter().any(|pattern| glob(pattern, name))
}

/// The patterns that a pack lists under a key, as types are compared.
pub(super) fn patterns(config: &Node, key: &str) -> Vec<String> {
    let texts = words::texts(config, key).into_iter();
    texts.map(|text| text.trim_start_matches('.').to_lowercase()).collect()
}
