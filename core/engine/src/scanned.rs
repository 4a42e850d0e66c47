//! What the detectors found in texts before: a chat sends its history with every turn, and a text that has not changed
//! by a letter holds what it held.
//!
//! Kept are keyed digests and positions, neither text nor values. Whoever keeps it gives it to the next
//! [`judge`](crate::judge) and starts anew when the detectors change.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use weir_detect::Scanner;
use weir_model::{Fingerprint, Match};

use crate::FingerprintKey;

/// Texts remembered.
const MOST_TEXTS: usize = 4096;
/// Matches remembered, of all texts together.
const MOST_MATCHES: usize = 64 * 1024;
/// Shorter texts are read as fast as they are digested.
const WORTH: usize = 256;

/// Matches by the digest of the text they stand in, with a bound on both.
#[derive(Clone, Default)]
pub struct ScannedTexts {
    texts: HashMap<Fingerprint, Arc<[Match]>>,
    /// The oldest first.
    order: VecDeque<Fingerprint>,
    matches: usize,
}

/// What was found in one text.
pub struct ScannedText {
    digest: Fingerprint,
    matches: Arc<[Match]>,
}

impl ScannedTexts {
    /// Takes what a verdict has newly read; the oldest texts make room.
    pub fn remember(&mut self, texts: Vec<ScannedText>) {
        for ScannedText { digest, matches } in texts {
            if matches.len() > MOST_MATCHES || self.texts.contains_key(&digest) {
                continue;
            }
            self.matches += matches.len();
            self.texts.insert(digest.clone(), matches);
            self.order.push_back(digest);
            while self.order.len() > MOST_TEXTS || self.matches > MOST_MATCHES {
                let Some(oldest) = self.order.pop_front() else { break };
                self.matches -= self.texts.remove(&oldest).map_or(0, |matches| matches.len());
            }
        }
    }

    /// How many texts are remembered.
    #[must_use]
    pub fn len(&self) -> usize {
        self.texts.len()
    }

    /// True when none is.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.texts.is_empty()
    }
}

/// Reads the texts of one message: those seen before by look-up.
pub(crate) struct Reader<'a> {
    scanner: &'a Scanner,
    pub(crate) key: &'a FingerprintKey,
    before: &'a ScannedTexts,
    /// What was not known before.
    pub(crate) fresh: Vec<ScannedText>,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(scanner: &'a Scanner, key: &'a FingerprintKey, before: &'a ScannedTexts) -> Self {
        Self {
            scanner,
            key,
            before,
            fresh: Vec::new(),
        }
    }

    pub(crate) fn scan(&mut self, text: &str) -> Vec<Match> {
        if text.len() < WORTH {
            return self.scanner.scan(text);
        }
        let digest = self.key.text(text);
        if let Some(matches) = self.before.texts.get(&digest) {
            return matches.to_vec();
        }
        let matches = self.scanner.scan(text);
        self.fresh.push(ScannedText {
            digest,
            matches: matches.as_slice().into(),
        });
        matches
    }
}

#[cfg(test)]
mod tests {
    use super::{MOST_MATCHES, MOST_TEXTS, Reader, ScannedText, ScannedTexts, WORTH};
    use crate::FingerprintKey;
    use std::sync::Arc;
    use weir_detect::Scanner;
    use weir_model::{Confidence, DataType, Fingerprint, Match};

    fn text(number: usize, matches: usize) -> ScannedText {
        let mut digest = [0; 16];
        digest[..8].copy_from_slice(&(number as u64).to_le_bytes());
        let one = Match {
            data_type: DataType::builtin("personal/email"),
            span: 0..1,
            confidence: Confidence::High,
        };
        ScannedText {
            digest: Fingerprint::from_digest(digest),
            matches: vec![one; matches].into(),
        }
    }

    #[test]
    fn what_is_remembered_is_bounded_in_texts_and_in_matches() {
        let mut scanned = ScannedTexts::default();
        scanned.remember((0..MOST_TEXTS + 10).map(|number| text(number, 1)).collect());
        assert_eq!(scanned.len(), MOST_TEXTS);
        assert!(!scanned.texts.contains_key(&text(9, 0).digest));
        assert!(scanned.texts.contains_key(&text(10, 0).digest));
        scanned.remember(vec![text(90_000, MOST_MATCHES), text(90_001, MOST_MATCHES + 1)]);
        assert_eq!((scanned.len(), scanned.matches), (1, MOST_MATCHES));
        scanned.remember(vec![text(90_000, MOST_MATCHES)]);
        assert_eq!((scanned.len(), scanned.matches), (1, MOST_MATCHES));
    }

    #[test]
    fn a_text_seen_before_is_not_read_again_and_one_more_letter_is() {
        let (scanner, key) = (Scanner::builtin(), FingerprintKey::new(&[7; 32]));
        let mut before = ScannedTexts::default();
        let long = format!("write to ada.weir@tidewater.io {}", "and so on ".repeat(WORTH / 10));
        let reader = |before: &ScannedTexts, text: &str| {
            let mut reader = Reader::new(&scanner, &key, before);
            (reader.scan(text), reader.fresh)
        };
        let (first, fresh) = reader(&before, &long);
        assert_eq!((first.len(), fresh.len()), (1, 1));
        before.remember(fresh);
        let (again, fresh) = reader(&before, &long);
        assert_eq!((&again, fresh.len()), (&first, 0));
        // What is remembered is what is answered: nothing is read behind its back.
        let digest = key.text(&long);
        before.texts.insert(digest, Arc::from([]));
        assert!(reader(&before, &long).0.is_empty());
        let (longer, fresh) = reader(&before, &format!("{long}."));
        assert_eq!((longer, fresh.len()), (first, 1));
        assert_eq!(reader(&before, "short ada.weir@tidewater.io").1.len(), 0);
    }
}
