//! What a pack adds: detectors that it describes, and voices that it brings, such as a model or real values. They read the
//! text beside the sweep: the text as written, as a reader sees it where that differs (look-alikes, invisible characters),
//! and what the scanner has undone (base64, escapes and their like).
//!
//! Neighbours: the scanner asks [`Custom::find`] once for each text and [`Custom::find_hidden`] for each part it has undone.
//! Detectors run in linear time and compile within [`SIZE_LIMIT`]: a pack can slow a scan down, and cannot stop it.

mod detector;
mod join;

use std::ops::Range;
use std::sync::Arc;

use weir_model::{Category, Confidence, CustomDetector, DataType, Match};

use crate::encoding::{Chain, Encoding};
use crate::explain::{Evidence, Explained, Why};
use crate::fold::fold;
use crate::page::Found;
use crate::registry::{Info, Standing};
use detector::Detector;

/// A compiled pattern or list of words may take this many bytes.
const SIZE_LIMIT: usize = 1 << 20;

/// What a pack adds: its detectors, compiled and tried on their examples, and voices.
pub struct Custom {
    detectors: Vec<Detector>,
    voices: Vec<Arc<dyn Recogniser>>,
    weigh: Weigh,
}

/// How much a match of this type and confidence matters: of two that claim the same bytes, the one that matters more
/// stays. A detector of a pack can therefore not hide what matters more than what it finds.
pub type Weigh = Box<dyn Fn(&DataType, Confidence) -> u8 + Send + Sync>;

/// Finds values by what it was given: names by a model, real values by their digests.
pub trait Recogniser: Send + Sync {
    /// Values in a text: bytes of it on character boundaries.
    fn recognise(&self, text: &str) -> Vec<Match>;

    /// True when it is fast enough to be asked about everything that is written in an encoding as well. Otherwise it is
    /// asked once for each text.
    fn is_fast(&self) -> bool {
        false
    }

    /// What spoke for a match of a type it finds, for people. Holds nothing of the text.
    fn why(&self, data_type: &DataType) -> Option<String> {
        let _ = data_type;
        None
    }
}

/// What is wrong with a detector.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Its number in the list, from 0.
    pub detector: usize,
    /// The part that is wrong.
    pub part: Part,
    /// A lowercase fragment; holds nothing of the examples.
    pub message: String,
}

/// A part of a detector's description.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The regular expression.
    Pattern,
    /// The capture group.
    Group,
    /// The words.
    Words,
    /// The example with this number, from 0.
    Example(usize),
    /// The counter-example with this number.
    CounterExample(usize),
}

impl Custom {
    /// Compiles the detectors and runs each on its own examples.
    ///
    /// # Errors
    /// Everything that is wrong with them.
    pub fn new(described: &[CustomDetector], weigh: Weigh) -> Result<Self, Vec<Fault>> {
        let mut faults = Vec::new();
        let mut detectors = Vec::new();
        for (number, described) in described.iter().enumerate() {
            let fault = |(part, message)| Fault {
                detector: number,
                part,
                message,
            };
            match Detector::compile(described) {
                Ok(detector) => {
                    faults.extend(detector.broken_promises(described).into_iter().map(fault));
                    detectors.push(detector);
                }
                Err(problem) => faults.push(fault(problem)),
            }
        }
        match faults.is_empty() {
            true => Ok(Self {
                detectors,
                voices: Vec::new(),
                weigh,
            }),
            false => Err(faults),
        }
    }

    /// With voices beside the detectors.
    #[must_use]
    pub fn with(mut self, voices: Vec<Arc<dyn Recogniser>>) -> Self {
        self.voices = voices;
        self
    }

    /// The first example of a type.
    pub(crate) fn example(&self, data_type: &str) -> Option<&str> {
        let detector = self.detectors.iter().find(|it| it.data_type.as_str() == data_type)?;
        detector.example.as_deref()
    }

    /// All matches in a text as it is written and as a reader sees it; they may overlap.
    pub(crate) fn find(&self, text: &str) -> Vec<Match> {
        let mut found = self.find_written(text);
        let slow = self.voices.iter().filter(|voice| !voice.is_fast());
        found.extend(slow.flat_map(|voice| voice.recognise(text)));
        if let Some(folded) = fold(text) {
            let view = folded.view;
            let seen = self.find_written(&view.text).into_iter();
            found.extend(seen.filter(|found| view.differs(&found.span)).filter_map(|found| {
                let span = view.source(&found.span)?;
                Some(Match {
                    span: on_characters(text, span),
                    ..found
                })
            }));
        }
        found
    }

    /// All matches in a text that was written in an encoding.
    pub(crate) fn find_hidden(&self, text: &str) -> impl Iterator<Item = Found> + use<> {
        self.find_written(text).into_iter().map(|found| Found {
            info: &BY_A_PACK,
            own: Some(found.data_type),
            span: found.span,
            confidence: found.confidence,
            encodings: Chain::default(),
        })
    }

    /// A match of the pack's, and what spoke for it.
    pub(crate) fn explain(&self, found: Match, encodings: Vec<Encoding>) -> Explained {
        let said = self.voices.iter().find_map(|voice| voice.why(&found.data_type));
        Explained {
            why: Why {
                evidence: if said.is_some() {
                    Evidence::Voice
                } else {
                    Evidence::Pack
                },
                named_by: None,
                encodings,
                source: said.map_or("the pack in force".into(), Into::into),
            },
            found,
        }
    }

    fn find_written(&self, text: &str) -> Vec<Match> {
        let mut found = Vec::new();
        for detector in &self.detectors {
            detector.find(text, &mut |span, confidence| {
                found.push(Match {
                    data_type: detector.data_type.clone(),
                    span,
                    confidence,
                });
            });
        }
        let fast = self.voices.iter().filter(|voice| voice.is_fast());
        found.extend(fast.flat_map(|voice| voice.recognise(text)));
        found
    }
}

static BY_A_PACK: Info = Info::new(
    "pack/found",
    "What a detector of a pack finds",
    Category::Business,
    Standing::Typed,
);

fn on_characters(text: &str, span: Range<usize>) -> Range<usize> {
    text.floor_char_boundary(span.start)..text.ceil_char_boundary(span.end)
}
