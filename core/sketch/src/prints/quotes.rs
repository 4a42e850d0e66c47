//! Passages of a text that stand in the documents.

use std::ops::Range;

use weir_detect::Recogniser;
use weir_model::{Confidence, DataType, Match};

use super::winnow::{GRAM, Print, WINDOW, Winnow};
use super::{ALWAYS_SEEN, Prints};

/// Letters between two parts of one passage.
const WIDEST_GAP: usize = 2 * ALWAYS_SEEN;

/// When a passage is told.
#[derive(Clone, Debug, PartialEq)]
pub struct QuoteSettings {
    /// What a passage is.
    pub data_type: DataType,
    /// A quotation of so many letters and digits is found wherever it stands unchanged.
    pub length: usize,
    /// The share of a passage that must stand in the documents, from 0 to 1: words of it may have been replaced.
    pub share: f64,
}

impl QuoteSettings {
    /// Two or three sentences, half of them unchanged.
    #[must_use]
    pub fn new(data_type: DataType) -> Self {
        Self {
            data_type,
            length: 200,
            share: 0.5,
        }
    }
}

/// Fingerprints that are asked about every text.
pub struct Quotes {
    prints: Prints,
    settings: QuoteSettings,
}

/// A passage under way.
struct Passage {
    span: Range<usize>,
    /// Its letters.
    letters: Range<usize>,
    /// Of these stand in the documents.
    covered: usize,
}

impl Quotes {
    /// Asks these fingerprints.
    #[must_use]
    pub fn new(prints: Prints, settings: QuoteSettings) -> Self {
        Self { prints, settings }
    }

    /// At both ends of a quotation, letters before the first digest that is kept and behind the last are not seen.
    fn is_told(&self, passage: &Passage) -> bool {
        let unseen = 2 * (WINDOW - 1);
        let enough = self.settings.length.saturating_sub(unseen).max(GRAM);
        let wanted = self.settings.share * passage.letters.len() as f64;
        passage.covered >= enough && passage.covered as f64 >= wanted
    }
}

impl Passage {
    fn start(print: &Print) -> Self {
        Self {
            span: print.span.clone(),
            letters: print.letter..print.letter + GRAM,
            covered: GRAM,
        }
    }

    /// Goes on with a print; what lies between it and the one before counts when they are neighbours.
    fn extend(&mut self, print: &Print, are_neighbours: bool) {
        let end = print.letter + GRAM;
        let fresh = end - self.letters.end;
        self.covered += if are_neighbours { fresh } else { fresh.min(GRAM) };
        self.letters.end = end;
        self.span.end = print.span.end;
    }
}

impl Recogniser for Quotes {
    fn recognise(&self, text: &str) -> Vec<Match> {
        let mut passages: Vec<Passage> = Vec::new();
        let mut open: Option<Passage> = None;
        let mut was_known = false;
        for print in Winnow::of(text, &self.prints.digests) {
            let is_known = self.prints.filter.contains(print.digest);
            if is_known {
                match &mut open {
                    Some(passage) if print.letter <= passage.letters.end + WIDEST_GAP => {
                        passage.extend(&print, was_known);
                    }
                    _ => passages.extend(open.replace(Passage::start(&print)).filter(|it| self.is_told(it))),
                }
            }
            was_known = is_known;
        }
        passages.extend(open.filter(|passage| self.is_told(passage)));
        let told = passages.into_iter().map(|passage| Match {
            data_type: self.settings.data_type.clone(),
            span: passage.span,
            confidence: Confidence::High,
        });
        told.collect()
    }

    fn is_fast(&self) -> bool {
        true
    }

    fn why(&self, data_type: &DataType) -> Option<String> {
        let documents = self.prints.documents;
        (*data_type == self.settings.data_type).then(|| format!("a passage of one of {documents} documents"))
    }
}
