//! What a pack adds: detectors that it describes, and a model that it brings. They read the text beside the sweep: the text as written, and as a reader sees it where
//! that differs (look-alikes, invisible characters). They do not see into encodings, as the built-in ones do.
//!
//! Neighbours: the scanner asks [`Custom::join`] once for each text. Everything runs in linear time and compiles within
//! [`SIZE_LIMIT`]: a pack can slow a scan down, and cannot stop it.

mod detector;
mod join;

use std::ops::Range;
use std::sync::Arc;

use weir_model::{Confidence, CustomDetector, DataType, Match};

use crate::fold::fold;
use detector::Detector;

/// A compiled pattern or list of words may take this many bytes.
const SIZE_LIMIT: usize = 1 << 20;

/// What a pack adds: its detectors, compiled and tried on their examples, and a model.
pub struct Custom {
    detectors: Vec<Detector>,
    recogniser: Option<Arc<dyn Recogniser>>,
    weigh: Weigh,
}

/// How much a match of this type and confidence matters: of two that claim the same bytes, the one that matters more
/// stays. A detector of a pack can therefore not hide what matters more than what it finds.
pub type Weigh = Box<dyn Fn(&DataType, Confidence) -> u8 + Send + Sync>;

/// Finds values by what it has learnt, such as names. It is asked once for each text, and costs what it costs.
pub trait Recogniser: Send + Sync {
    /// Values in the text as written: bytes of it on character boundaries.
    fn recognise(&self, text: &str) -> Vec<Match>;
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
                recogniser: None,
                weigh,
            }),
            false => Err(faults),
        }
    }

    /// With a model beside the detectors.
    #[must_use]
    pub fn with(mut self, recogniser: Option<Arc<dyn Recogniser>>) -> Self {
        self.recogniser = recogniser;
        self
    }

    /// The first example of a type.
    pub(crate) fn example(&self, data_type: &str) -> Option<&str> {
        let detector = self.detectors.iter().find(|it| it.data_type.as_str() == data_type)?;
        detector.example.as_deref()
    }

    /// All matches in the text; they may overlap.
    pub(crate) fn find(&self, text: &str) -> Vec<Match> {
        let mut found = self.find_written(text);
        found.extend(self.recogniser.iter().flat_map(|recogniser| recogniser.recognise(text)));
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
        found
    }
}

fn on_characters(text: &str, span: Range<usize>) -> Range<usize> {
    text.floor_char_boundary(span.start)..text.ceil_char_boundary(span.end)
}
