//! Detectors of a pack's own, as they are described. What finds things compiles them and runs their examples; this crate
//! keeps the places, so that what is wrong is said at its line.

use weir_model::{CheckDigits, Confidence, CustomDetector, DataType, Level};

use crate::compile::Place;
use crate::diagnostic::{Diagnostic, Severity};
use crate::file_detector::{self, is_from_file};
use crate::report::{At, Report};
use crate::rule::TypePattern;
use crate::words;
use crate::yaml::{Node, Value};

/// Characters before and behind a match in which a keyword counts, where the pack does not say.
const DISTANCE: u32 = 60;

/// One detector, with the places of its parts.
#[derive(Debug)]
pub(crate) struct Described {
    pub(crate) detector: CustomDetector,
    /// The entry itself, then each value under a key, in its order.
    places: Vec<(&'static str, Vec<Place>)>,
}

/// Keys whose values can be wrong by what they do.
const KEYS: &[&str] = &["pattern", "group", "words", "examples", "counter_examples"];

impl Described {
    /// An error at one of the values under a key; at the entry where there is none.
    pub(crate) fn fault(&self, key: &str, number: usize, message: String) -> Diagnostic {
        let of_key = self.places.iter().find(|(name, _)| *name == key);
        let place = of_key
            .and_then(|(_, places)| places.get(number))
            .or_else(|| self.places.first().and_then(|(_, places)| places.first()));
        let help = match key {
            "pattern" => Some("patterns take linear time: there are no look-arounds and no back-references"),
            _ => None,
        };
        let (file, line, column) = place.map_or((String::new(), 0, 0), Place::parts);
        Diagnostic {
            severity: Severity::Error,
            file,
            line,
            column,
            code: "bad-pattern",
            message,
            help: help.map(str::to_owned),
        }
    }
}

/// Reads the detectors; their types have the levels they name.
pub(crate) fn read(tree: &Node, report: &mut Report) -> Vec<(Described, Level)> {
    let list = tree.at_path(&["classification", "custom"]).map(Node::items);
    let nodes = list.unwrap_or_default().iter();
    let nodes = nodes.filter(|node| !is_from_file(node));
    nodes.filter_map(|node| read_one(node, report)).collect()
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
    let detector = CustomDetector {
        data_type: DataType::custom(id),
        pattern: node.get("pattern").and_then(Node::text).map(str::to_owned),
        group: node.get("group").and_then(Node::word),
        words: words::texts(node, "words"),
        keywords: words::texts(node, "keywords"),
        distance: node.get("distance").and_then(Node::whole).unwrap_or(DISTANCE),
        alone: alone(node),
        check: words::one(node, "check", check),
        min_entropy: node.get("min_entropy").and_then(number),
        examples: words::texts(node, "examples"),
        counter_examples: words::texts(node, "counter_examples"),
    };
    lint(node, &detector, level, report);
    let place = |at: At| Place::of(at, report);
    let mut places = vec![("", vec![place(node.at)])];
    places.extend(KEYS.iter().map(|key| {
        let values = node.get(key).map(Node::items).unwrap_or_default();
        let texts = values.iter().filter(|value| value.text().is_some());
        (*key, texts.map(|value| place(value.at)).collect())
    }));
    Some((Described { detector, places }, level))
}

pub(crate) fn read_id(id: &Node, report: &mut Report) -> Option<String> {
    let text = id.text()?;
    let fits = text.split_once('/').is_some_and(|(category, name)| {
        let letters = |part: &str| {
            !part.is_empty()
                && part
                    .bytes()
                    .all(|it| it.is_ascii_lowercase() || it.is_ascii_digit() || it == b'_' || it == b'-')
        };
        letters(category) && letters(name)
    });
    if !fits {
        report
            .error(id.at, "wrong-value", format!("`{text}` is not an id for a data type"))
            .help("write `category/name` in lower case: `acme/customer_id`");
    }
    fits.then(|| text.to_owned())
}

fn lint(node: &Node, detector: &CustomDetector, level: Level, report: &mut Report) {
    if detector.pattern.is_none() && detector.words.is_empty() {
        report
            .error(node.at, "missing-key", "this detector looks for nothing")
            .help("give `pattern`, `words`, `sketch` or `fingerprints`");
    }
    for key in file_detector::KEYS {
        if let Some(node) = node.get(key) {
            report
                .error(
                    node.at,
                    "contradiction",
                    format!("`{key}` is for detectors that know their values from a file"),
                )
                .help("name the file: `sketch: customers.weirsketch`");
        }
    }
    if detector.pattern.is_none() && detector.group.is_some() {
        report.error(
            node.at,
            "contradiction",
            "`group` names a part of a `pattern`, and there is none",
        );
    }
    if detector.keywords.is_empty() {
        for key in ["distance", "alone"] {
            if let Some(node) = node.get(key) {
                report
                    .warning(
                        node.at,
                        "dead-rule",
                        format!("`{key}` means nothing without `keywords`"),
                    )
                    .help("without keywords every match is sure");
            }
        }
    }
    if detector.examples.is_empty() || (detector.counter_examples.is_empty() && detector.pattern.is_some()) {
        report
            .warning(
                node.at,
                "no-examples",
                "nothing shows what this detector finds and what it leaves alone",
            )
            .help("give `examples`, and the nearest misses as `counter_examples`");
    }
    warn_of_public(node.at, level, report);
}

pub(crate) fn warn_of_public(at: At, level: Level, report: &mut Report) {
    if level == Level::Public {
        report
            .warning(
                at,
                "risky-rule",
                "what this detector finds is public: it is recorded and never kept back",
            )
            .help("give it a level above `public`");
    }
}

fn alone(node: &Node) -> Option<Confidence> {
    match node.get("alone").and_then(Node::text) {
        Some("ignore") => None,
        Some("medium") => Some(Confidence::Medium),
        Some("high") => Some(Confidence::High),
        _ => Some(Confidence::Low),
    }
}

fn check(word: &str) -> Option<CheckDigits> {
    CheckDigits::ALL.into_iter().find(|check| check.as_str() == word)
}

pub(crate) fn number(node: &Node) -> Option<f64> {
    match node.value {
        Value::Int(number) => Some(number as f64),
        Value::Float(number) => Some(number),
        _ => None,
    }
}
