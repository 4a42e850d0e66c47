//! Documents that a text may quote, known by the digests of a few of their passages.
//!
//! ```text
//! documents ─ letters ─ winnowing ─ PrintsBuilder ─ bytes ─ Prints ─ Quotes ─ passages of a text
//! ```

mod quotes;
mod winnow;

use serde::{Deserialize, Serialize};

use crate::container::{FormatError, Opened, open, seal};
use crate::fuse::{Fuse, MOST_KEYS};
use crate::key::{Digests, Key, Salt};
pub use quotes::{QuoteSettings, Quotes};
use winnow::{GRAM, WINDOW, Winnow};

const MAGIC: [u8; 8] = *b"weir-prt";
const PURPOSE: &str = "prints";

/// Letters and digits in a row that are found wherever they are quoted, before [`QuoteSettings`] asks for more.
pub const ALWAYS_SEEN: usize = GRAM + WINDOW - 1;

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Head {
    documents: u64,
    letters: u64,
    prints: u64,
    /// Letters that one digest is over, and digests of which one is kept.
    gram: usize,
    window: usize,
    /// In hexadecimal digits.
    salt: String,
}

/// What anybody can read of a file of fingerprints.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PrintsInfo {
    /// Documents that were read.
    pub documents: u64,
    /// Letters and digits in them.
    pub letters: u64,
    /// Digests that are kept.
    pub prints: u64,
    /// Size of the file in bytes.
    pub bytes: u64,
}

/// Why there are no fingerprints.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PrintsError {
    /// Nothing long enough to be known again.
    #[error("no document has {ALWAYS_SEEN} letters in a row that are its own")]
    Empty,
    /// More than a filter may hold.
    #[error("the documents are too long")]
    TooMany,
}

/// Takes documents one after another. Nothing of a text is kept but eight bytes for about each thirteen letters.
pub struct PrintsBuilder<'k> {
    key: &'k Key,
    salt: Salt,
    digests: Digests,
    prints: Vec<u64>,
    /// Of texts that everybody quotes.
    common: Vec<u64>,
    documents: u64,
    letters: u64,
}

/// Fingerprints that were made.
pub struct BuiltPrints {
    /// The file.
    pub bytes: Vec<u8>,
    /// What is in it.
    pub info: PrintsInfo,
}

impl<'k> PrintsBuilder<'k> {
    /// Without documents.
    #[must_use]
    pub fn new(key: &'k Key, salt: Salt) -> Self {
        Self {
            key,
            salt,
            digests: key.digests(PURPOSE, &salt),
            prints: Vec::new(),
            common: Vec::new(),
            documents: 0,
            letters: 0,
        }
    }

    /// Takes the pieces of one document, such as its pages.
    pub fn document<'t>(&mut self, pieces: impl IntoIterator<Item = &'t str>) {
        self.documents += 1;
        for piece in pieces {
            let mut winnow = Winnow::of(piece, &self.digests);
            self.prints.extend(winnow.by_ref().map(|print| print.digest));
            self.letters += winnow.letters() as u64;
        }
    }

    /// Takes a text that is not the company's own, such as a licence: what a document quotes of it is no secret.
    pub fn common(&mut self, text: &str) {
        self.common
            .extend(Winnow::of(text, &self.digests).map(|print| print.digest));
    }

    /// The fingerprints of all documents.
    ///
    /// # Errors
    /// When nothing is left of them, or too much.
    pub fn finish(mut self) -> Result<BuiltPrints, PrintsError> {
        self.common.sort_unstable();
        let common = self.common;
        self.prints.retain(|print| common.binary_search(print).is_err());
        if self.prints.is_empty() {
            return Err(PrintsError::Empty);
        }
        let filter = Fuse::build(&mut self.prints).ok_or(PrintsError::TooMany)?;
        debug_assert!(self.prints.len() <= MOST_KEYS);
        let mut body = Vec::new();
        filter.write(&mut body);
        let head = Head {
            documents: self.documents,
            letters: self.letters,
            prints: self.prints.len() as u64,
            gram: GRAM,
            window: WINDOW,
            salt: hex::encode(self.salt),
        };
        let bytes = seal(MAGIC, &head, &body, self.key);
        Ok(BuiltPrints {
            info: head.info(bytes.len()),
            bytes,
        })
    }
}

impl Head {
    fn info(&self, bytes: usize) -> PrintsInfo {
        PrintsInfo {
            documents: self.documents,
            letters: self.letters,
            prints: self.prints,
            bytes: bytes as u64,
        }
    }

    fn check(self) -> Result<Self, FormatError> {
        match (self.gram, self.window) == (GRAM, WINDOW) {
            true => Ok(self),
            false => Err(FormatError::Head),
        }
    }
}

impl PrintsInfo {
    /// What a file says of itself. Nobody has vouched for it: that takes the key.
    ///
    /// # Errors
    /// When it holds no fingerprints.
    pub fn read(bytes: &[u8]) -> Result<Self, FormatError> {
        let opened: Opened<'_, Head> = open(MAGIC, bytes)?;
        Fuse::read(opened.body).ok_or(FormatError::Body)?;
        Ok(opened.head.check()?.info(bytes.len()))
    }
}

/// Fingerprints, ready to be asked.
pub struct Prints {
    digests: Digests,
    filter: Fuse,
    documents: u64,
}

impl Prints {
    /// Reads a file that this key has made.
    ///
    /// # Errors
    /// When it holds no fingerprints, is damaged, or was made with another key.
    pub fn read(bytes: &[u8], key: &Key) -> Result<Self, FormatError> {
        let opened: Opened<'_, Head> = open(MAGIC, bytes)?;
        opened.verify(key)?;
        Self::of(opened, key)
    }

    /// The same without asking who made it: a reader must not depend on an honest writer.
    pub(crate) fn read_unverified(bytes: &[u8], key: &Key) -> Result<Self, FormatError> {
        Self::of(open(MAGIC, bytes)?, key)
    }

    fn of(opened: Opened<'_, Head>, key: &Key) -> Result<Self, FormatError> {
        let head = opened.head.check()?;
        let mut salt = Salt::default();
        hex::decode_to_slice(&head.salt, &mut salt).map_err(|_| FormatError::Head)?;
        Ok(Self {
            digests: key.digests(PURPOSE, &salt),
            filter: Fuse::read(opened.body).ok_or(FormatError::Body)?,
            documents: head.documents,
        })
    }
}
