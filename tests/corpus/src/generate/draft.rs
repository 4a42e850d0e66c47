//! A text while it is written, with the places of the values in it.

use serde::Serialize;
use std::ops::Range;

/// A value with what is known of its parts.
#[derive(Clone)]
pub(crate) struct Value {
    pub(crate) text: String,
    pub(crate) marks: Vec<Mark>,
}

/// A labelled part of a value, or the whole of it.
#[derive(Clone)]
pub(crate) struct Mark {
    pub(crate) span: Range<usize>,
    pub(crate) name: &'static str,
    pub(crate) also: Vec<&'static str>,
    pub(crate) core: Option<Range<usize>>,
    pub(crate) ambiguous: bool,
}

impl Value {
    pub(crate) fn new(name: &'static str, text: impl Into<String>) -> Self {
        let text = text.into();
        let mark = Mark {
            span: 0..text.len(),
            name,
            also: Vec::new(),
            core: None,
            ambiguous: false,
        };
        Self {
            text,
            marks: vec![mark],
        }
    }

    /// Other types that are right for it.
    pub(crate) fn also(mut self, names: &[&'static str]) -> Self {
        self.marks[0].also.extend(names);
        self
    }

    /// The part that must not survive redaction.
    pub(crate) fn core(mut self, part: &str) -> Self {
        self.marks[0].core = self.place(part);
        self
    }

    /// Only this part is the value.
    pub(crate) fn only(mut self, part: &str) -> Self {
        if let Some(span) = self.place(part) {
            self.marks[0].span = span;
        }
        self
    }

    /// A part that may be found as something else, and is not scored.
    pub(crate) fn beside(mut self, name: &'static str, part: &str) -> Self {
        if let Some(span) = self.place(part) {
            self.marks.push(Mark {
                span,
                name,
                also: Vec::new(),
                core: None,
                ambiguous: true,
            });
        }
        self
    }

    /// Fairly read either way: recorded and not scored.
    pub(crate) fn ambiguous(mut self) -> Self {
        self.marks.iter_mut().for_each(|mark| mark.ambiguous = true);
        self
    }

    /// The type it was made for.
    pub(crate) fn name(&self) -> &'static str {
        self.marks[0].name
    }

    fn place(&self, part: &str) -> Option<Range<usize>> {
        let start = self.text.find(part)?;
        Some(start..start + part.len())
    }
}

/// The text so far.
#[derive(Clone, Default)]
pub(crate) struct Draft {
    pub(crate) text: String,
    pub(crate) marks: Vec<Mark>,
}

impl Draft {
    pub(crate) fn push(&mut self, text: &str) {
        self.text.push_str(text);
    }

    pub(crate) fn value(&mut self, value: &Value) {
        self.append(&Draft {
            text: value.text.clone(),
            marks: value.marks.clone(),
        });
    }

    /// Another draft behind this one.
    pub(crate) fn append(&mut self, other: &Draft) {
        let by = self.text.len();
        let moved = |span: &Range<usize>| span.start + by..span.end + by;
        self.marks.extend(other.marks.iter().map(|mark| Mark {
            span: moved(&mark.span),
            core: mark.core.as_ref().map(moved),
            ..mark.clone()
        }));
        self.text.push_str(&other.text);
    }

    /// The same with `prefix` before every line, as in quotes, comments and indented blocks. Values that go over lines
    /// would be torn; the caller has none.
    pub(crate) fn indented(&self, prefix: &str) -> Draft {
        let mut out = Draft::default();
        let mut from = 0;
        for line in self.text.split_inclusive('\n') {
            out.push(prefix);
            out.append(&self.part(from..from + line.len()));
            from += line.len();
        }
        out
    }

    pub(crate) fn has_broken_values(&self) -> bool {
        self.marks
            .iter()
            .any(|mark| self.text[mark.span.clone()].contains('\n'))
    }

    fn part(&self, range: Range<usize>) -> Draft {
        let inside = |mark: &&Mark| range.start <= mark.span.start && mark.span.end <= range.end;
        let moved = |span: &Range<usize>| span.start - range.start..span.end - range.start;
        Draft {
            text: self.text[range.clone()].to_owned(),
            marks: self
                .marks
                .iter()
                .filter(inside)
                .map(|mark| Mark {
                    span: moved(&mark.span),
                    core: mark.core.as_ref().map(moved),
                    ..mark.clone()
                })
                .collect(),
        }
    }

    /// As a line of a labelled set.
    pub(crate) fn line(&self, head: &Head<'_>) -> String {
        let spans: Vec<Written<'_>> = self.marks.iter().map(Written::from).collect();
        let doc = spans.iter().filter(|span| !span.ambiguous).map(|span| span.level).max();
        let line = Line {
            id: &head.id,
            subset: head.subset,
            kind: head.kind,
            technique: head.technique,
            lang: head.lang,
            text: &self.text,
            doc: doc.unwrap_or("none"),
            spans,
        };
        // A struct of strings and numbers always has a JSON form.
        serde_json::to_string(&line).unwrap_or_default()
    }
}

/// What a line says beside the text.
pub(crate) struct Head<'h> {
    pub(crate) id: String,
    pub(crate) subset: &'static str,
    pub(crate) kind: &'h str,
    pub(crate) technique: Option<&'h str>,
    pub(crate) lang: Option<&'h str>,
}

#[derive(Serialize)]
struct Line<'l> {
    id: &'l str,
    subset: &'l str,
    kind: &'l str,
    #[serde(skip_serializing_if = "Option::is_none")]
    technique: Option<&'l str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    lang: Option<&'l str>,
    text: &'l str,
    doc: &'l str,
    spans: Vec<Written<'l>>,
}

#[derive(Serialize)]
struct Written<'w> {
    start: usize,
    end: usize,
    #[serde(rename = "type")]
    name: &'w str,
    level: &'static str,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    also: &'w [&'static str],
    #[serde(skip_serializing_if = "Option::is_none")]
    core: Option<(usize, usize)>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    ambiguous: bool,
}

impl<'w> From<&'w Mark> for Written<'w> {
    fn from(mark: &'w Mark) -> Self {
        Self {
            start: mark.span.start,
            end: mark.span.end,
            name: mark.name,
            level: level(mark.name),
            also: &mark.also,
            core: mark.core.as_ref().map(|core| (core.start, core.end)),
            ambiguous: mark.ambiguous,
        }
    }
}

/// The level of a type, as the labels say it. A test holds it against the built-in pack. The names sort as the levels do.
fn level(name: &str) -> &'static str {
    const CONFIDENTIAL: [&str; 16] = [
        "us_ein",
        "br_cnpj",
        "swift_bic",
        "crypto_wallet",
        "us_npi",
        "email",
        "phone",
        "ip_address",
        "mac_address",
        "internal_host",
        "imei",
        "vin",
        "person_name",
        "postal_address",
        "dob",
        "confidential_marking",
    ];
    if CONFIDENTIAL.contains(&name) || name == "proprietary_header" {
        "confidential"
    } else {
        "restricted"
    }
}
