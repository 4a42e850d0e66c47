//! Detectors of a pack that know what they find from a file beside it, such as real values by their digests. What asks the
//! files reads them; this crate says which they are, and keeps the places for what is wrong with them.

use std::path::Path;

use weir_model::{Confidence, DataType, Level};

use crate::compile::Place;
use crate::custom::{number, read_id, warn_of_public};
use crate::diagnostic::{Diagnostic, Severity};
use crate::report::{At, Report};
use crate::rule::TypePattern;
use crate::words;
use crate::yaml::Node;

/// Keys that only such detectors have.
pub(crate) const KEYS: &[&str] = &["key", "columns", "together", "length", "share"];

/// Keys of detectors with a sketch, and of those with fingerprints, that the others do not have.
const OF_SKETCHES: &[&str] = &["columns", "together", "distance", "alone"];
const OF_FINGERPRINTS: &[&str] = &["length", "share"];

/// Keys of detectors that look for a pattern or words.
const OTHERS: &[&str] = &[
    "pattern",
    "group",
    "words",
    "keywords",
    "check",
    "min_entropy",
    "examples",
    "counter_examples",
];

/// Letters and digits of a passage, and the share of it that must stand in the documents, where the pack does not say.
const LENGTH: u32 = 200;
const SHARE: f64 = 0.5;

/// Characters between values of one row, where the pack does not say.
const DISTANCE: u32 = 300;

/// A detector, and the files beside the pack that it is made from.
#[derive(Clone, Debug, PartialEq)]
pub struct FileDetector {
    /// What it finds.
    pub data_type: DataType,
    /// Name of the file.
    pub file: String,
    /// Name of the file with its key.
    pub key: String,
    /// How it is asked.
    pub ask: Ask,
}

/// How the file of a detector is asked.
#[derive(Clone, Debug, PartialEq)]
pub enum Ask {
    /// A sketch of real values.
    Sketch {
        /// Columns that count; empty: all of them.
        columns: Vec<String>,
        /// Columns of one row that must stand near each other.
        together: usize,
        /// How near, in characters.
        distance: usize,
        /// How sure a value is without others of its row: `Some(None)`, it is none; `None`, as usual.
        alone: Option<Option<Confidence>>,
    },
    /// Fingerprints of documents.
    Fingerprints {
        /// Letters and digits of a passage, at least.
        length: usize,
        /// The share of a passage that must stand in the documents, from 0 to 1.
        share: f64,
    },
}

impl Ask {
    /// The key in the pack that names the file.
    #[must_use]
    pub const fn key(&self) -> &'static str {
        match self {
            Ask::Sketch { .. } => "sketch",
            Ask::Fingerprints { .. } => "fingerprints",
        }
    }
}

/// One detector, with its places.
#[derive(Debug)]
pub(crate) struct Described {
    pub(crate) detector: FileDetector,
    entry: Place,
    /// Of its values, by key.
    places: Vec<(&'static str, Place)>,
}

impl Described {
    /// An error at the value under a key; at the entry where there is none.
    pub(crate) fn fault(&self, key: &str, message: String, help: Option<String>) -> Diagnostic {
        let of_key = self.places.iter().find(|(name, _)| *name == key);
        let (file, line, column) = of_key.map_or(&self.entry, |(_, place)| place).parts();
        Diagnostic {
            severity: Severity::Error,
            file,
            line,
            column,
            code: "bad-file",
            message,
            help,
        }
    }
}

pub(crate) fn is_from_file(node: &Node) -> bool {
    node.get("sketch").is_some() || node.get("fingerprints").is_some()
}

/// Reads the detectors; their types have the levels they name, and those of `exact_match` are restricted.
pub(crate) fn read(tree: &Node, report: &mut Report) -> Vec<(Described, Level)> {
    let items = |key: &str| {
        tree.at_path(&["classification", key])
            .map(Node::items)
            .unwrap_or_default()
    };
    let custom = items("custom").iter().filter(|node| is_from_file(node));
    let mut all: Vec<(Described, Level)> = custom.filter_map(|node| read_one(node, report)).collect();
    all.extend(items("exact_match").iter().filter_map(|node| read_short(node, report)));
    all
}

/// The types and levels of the detectors.
pub(crate) fn levels(described: &[(Described, Level)]) -> impl Iterator<Item = (TypePattern, Level)> {
    described
        .iter()
        .map(|(described, level)| (TypePattern::new(described.detector.data_type.as_str()), *level))
}

fn read_one(node: &Node, report: &mut Report) -> Option<(Described, Level)> {
    let id = read_id(node.get("id")?, report)?;
    let level = words::one(node, "level", words::level)?;
    let ask = ask(node, report);
    let file = words::file_beside(node.get(ask.key())?, report)?;
    let key = match node.get("key") {
        Some(key) => words::file_beside(key, report)?,
        None => key_of(&file),
    };
    for other in OTHERS.iter().filter_map(|key| Some((key, node.get(key)?))) {
        let (name, value) = other;
        report.error(
            value.at,
            "contradiction",
            format!("`{name}` is for detectors that look for a pattern or words, and this one has a file"),
        );
    }
    warn_of_public(node.at, level, report);
    let detector = FileDetector {
        data_type: DataType::custom(id),
        file,
        key,
        ask,
    };
    let places = ["sketch", "fingerprints", "key", "columns", "together"];
    let places = places.iter().filter_map(|key| Some((*key, node.get(key)?.at)));
    let places: Vec<(&'static str, At)> = places.collect();
    Some((describe(detector, node.at, &places, report), level))
}

fn ask(node: &Node, report: &mut Report) -> Ask {
    let whole = |key: &str, otherwise: u32| node.get(key).and_then(Node::whole).unwrap_or(otherwise) as usize;
    let (ask, others) = match node.get("sketch") {
        Some(_) => {
            let ask = Ask::Sketch {
                columns: words::texts(node, "columns"),
                together: whole("together", 1),
                distance: whole("distance", DISTANCE),
                alone: words::one(node, "alone", alone),
            };
            (ask, ["fingerprints"].iter().chain(OF_FINGERPRINTS))
        }
        None => {
            let ask = Ask::Fingerprints {
                length: whole("length", LENGTH),
                share: node.get("share").and_then(number).unwrap_or(SHARE),
            };
            (ask, [].iter().chain(OF_SKETCHES))
        }
    };
    for (key, value) in others.filter_map(|key| Some((key, node.get(key)?))) {
        let message = format!("`{key}` means nothing for a detector with `{}`", ask.key());
        report.error(value.at, "contradiction", message);
    }
    ask
}

/// `exact_match: [customers.weirsketch]`: what is in the file is restricted, and found as `exact/customers`.
fn read_short(node: &Node, report: &mut Report) -> Option<(Described, Level)> {
    let file = words::file_beside(node, report)?;
    let stem = Path::new(&file).file_stem().unwrap_or_default().to_string_lossy();
    let name: String = stem
        .to_lowercase()
        .chars()
        .map(|it| {
            if it.is_ascii_alphanumeric() || it == '-' {
                it
            } else {
                '_'
            }
        })
        .collect();
    let detector = FileDetector {
        data_type: DataType::custom(format!("exact/{name}")),
        key: key_of(&file),
        file,
        ask: Ask::Sketch {
            columns: Vec::new(),
            together: 1,
            distance: DISTANCE as usize,
            alone: None,
        },
    };
    Some((describe(detector, node.at, &[], report), Level::Restricted))
}

/// `customers.weirkey` lies beside `customers.weirsketch`.
fn key_of(file: &str) -> String {
    Path::new(file).with_extension("weirkey").to_string_lossy().into_owned()
}

fn describe(detector: FileDetector, entry: At, places: &[(&'static str, At)], report: &Report) -> Described {
    Described {
        detector,
        entry: Place::of(entry, report),
        places: places.iter().map(|(key, at)| (*key, Place::of(*at, report))).collect(),
    }
}

fn alone(word: &str) -> Option<Option<Confidence>> {
    Some(match word {
        "ignore" => None,
        "low" => Some(Confidence::Low),
        "medium" => Some(Confidence::Medium),
        "high" => Some(Confidence::High),
        _ => return None,
    })
}
