//! A labelled text, as a line of a labelled set.

use serde::Deserialize;
use std::fmt;
use std::ops::Range;
use weir_model::Level;

/// A text and what is in it. No `Debug`: real sets hold what people wrote.
pub struct Item {
    /// How the set calls it.
    pub id: String,
    /// The part of the set it belongs to: `main`, `evasion`, `multilingual` …
    pub subset: String,
    /// How its values are hidden, if they are.
    pub technique: Option<String>,
    /// Its language, where the set says so.
    pub lang: Option<String>,
    /// What is read.
    pub text: String,
    /// The highest level of its labels that are scored; none for a harmless text.
    pub doc: Option<Level>,
    /// What is in it. Every span is inside the text, on character boundaries, and not empty.
    pub labels: Vec<Label>,
}

/// A value in a text.
pub struct Label {
    /// Bytes of the text, end exclusive.
    pub span: Range<usize>,
    /// Name of its data type, without the category.
    pub name: String,
    /// Its level.
    pub level: Level,
    /// Other names that are right here.
    pub also: Vec<String>,
    /// The part that must not survive redaction; the whole span where the set does not say.
    pub core: Range<usize>,
    /// Recorded, never scored.
    pub ambiguous: bool,
}

impl Label {
    /// Whether a finding of this type is right here.
    #[must_use]
    pub fn accepts(&self, name: &str) -> bool {
        self.name == name || self.also.iter().any(|also| also == name)
    }
}

/// A line is no labelled text. Never quotes it.
#[derive(Debug)]
pub struct ItemError {
    /// Where in the line, in bytes from 1; 0 where the line as a whole is meant.
    pub column: usize,
    fault: Fault,
}

#[derive(Clone, Copy, Debug)]
enum Fault {
    Shape,
    Doc,
    Span(usize, &'static str),
}

impl fmt::Display for ItemError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.fault {
            Fault::Shape => f.write_str(
                "expected {\"id\",\"subset\",\"text\",\"doc\",\"spans\":[{\"start\",\"end\",\"type\",\"level\"}]}",
            ),
            Fault::Doc => f.write_str("`doc` is not the highest level of the spans that are scored"),
            Fault::Span(number, why) => write!(f, "span {number} {why}"),
        }
    }
}

impl std::error::Error for ItemError {}

impl Item {
    /// Reads one line of a labelled set.
    ///
    /// # Errors
    /// When it is no such object, when a span does not lie in the text on character boundaries, or when `doc` does not
    /// say the level of the spans.
    pub fn read(line: &str) -> Result<Self, ItemError> {
        let written: WrittenItem = serde_json::from_str(line).map_err(|error| ItemError {
            column: error.column(),
            fault: Fault::Shape,
        })?;
        let whole_line = |fault| ItemError { column: 0, fault };
        let labels = written
            .spans
            .into_iter()
            .enumerate()
            .map(|(index, span)| span.check(&written.text).map_err(|why| Fault::Span(index + 1, why)))
            .collect::<Result<Vec<Label>, Fault>>()
            .map_err(whole_line)?;
        let highest = labels
            .iter()
            .filter(|label| !label.ambiguous)
            .map(|label| label.level)
            .max();
        if highest != written.doc.level() {
            return Err(whole_line(Fault::Doc));
        }
        Ok(Self {
            id: written.id,
            subset: written.subset,
            technique: written.technique,
            lang: written.lang,
            text: written.text,
            doc: highest,
            labels,
        })
    }
}

#[derive(Deserialize)]
struct WrittenItem {
    id: String,
    subset: String,
    technique: Option<String>,
    lang: Option<String>,
    text: String,
    doc: WrittenDoc,
    spans: Vec<WrittenSpan>,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum WrittenDoc {
    None,
    Confidential,
    Restricted,
}

impl WrittenDoc {
    const fn level(&self) -> Option<Level> {
        match self {
            WrittenDoc::None => None,
            WrittenDoc::Confidential => Some(Level::Confidential),
            WrittenDoc::Restricted => Some(Level::Restricted),
        }
    }
}

#[derive(Deserialize)]
struct WrittenSpan {
    start: usize,
    end: usize,
    #[serde(rename = "type")]
    name: String,
    level: Level,
    #[serde(default)]
    also: Vec<String>,
    core: Option<(usize, usize)>,
    #[serde(default)]
    ambiguous: bool,
}

impl WrittenSpan {
    fn check(self, text: &str) -> Result<Label, &'static str> {
        let span = self.start..self.end;
        let core = self.core.map_or_else(|| span.clone(), |(start, end)| start..end);
        if span.is_empty() || core.is_empty() {
            return Err("is empty");
        }
        if text.get(span.clone()).is_none() || text.get(core.clone()).is_none() {
            return Err("does not lie in the text on character boundaries");
        }
        if core.start < span.start || core.end > span.end {
            return Err("does not hold its core");
        }
        Ok(Label {
            span,
            name: self.name,
            level: self.level,
            also: self.also,
            core,
            ambiguous: self.ambiguous,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Item;

    #[test]
    fn a_line_is_read_and_its_core_defaults_to_the_span() {
        let item = Item::read(
            r#"{"id":"a","subset":"main","text":"pin äb 1234","doc":"restricted",
                "spans":[{"start":4,"end":7,"type":"password","level":"restricted","also":["generic_secret"]}]}"#,
        );
        let item = item.ok().unwrap();
        assert_eq!(
            (&item.text[item.labels[0].core.clone()], item.labels[0].ambiguous),
            ("äb", false)
        );
        assert!(item.labels[0].accepts("generic_secret") && !item.labels[0].accepts("iban"));
    }

    #[test]
    fn a_line_that_is_wrong_is_refused_without_its_words() {
        let line = |doc: &str, span: &str| {
            format!(r#"{{"id":"a","subset":"main","text":"äb secretword","doc":"{doc}","spans":[{span}]}}"#)
        };
        let span = |range: &str| format!(r#"{{{range},"type":"password","level":"restricted"}}"#);
        for (line, said) in [
            (line("secretword", ""), "expected {"),
            (line("restricted", ""), "`doc` is not"),
            (line("none", &span(r#""start":0,"end":2"#)), "`doc` is not"),
            (line("restricted", &span(r#""start":1,"end":3"#)), "span 1 does not lie"),
            (
                line("restricted", &span(r#""start":1,"end":99"#)),
                "span 1 does not lie",
            ),
            (line("restricted", &span(r#""start":3,"end":3"#)), "span 1 is empty"),
            (
                line("restricted", &span(r#""start":3,"end":5,"core":[3,6]"#)),
                "span 1 does not hold",
            ),
        ] {
            let error = Item::read(&line).err().unwrap().to_string();
            assert!(error.starts_with(said), "{error}");
            assert!(!error.contains("secretword"));
        }
    }
}
