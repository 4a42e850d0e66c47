//! Collects diagnostics while a pack is read: reading goes on after an error, so that one run shows them all.

use std::sync::Arc;

use crate::diagnostic::{Diagnostic, Diagnostics, Severity};

/// A place in one of the files of a report.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct At {
    pub(crate) file: u16,
    pub(crate) line: u32,
    pub(crate) column: u32,
}

impl At {
    /// From a parser's line (from 1) and column (from 0).
    pub(crate) fn new(file: u16, line: usize, column: usize) -> Self {
        let narrow = |value: usize| u32::try_from(value).unwrap_or(u32::MAX);
        Self {
            file,
            line: narrow(line.max(1)),
            column: narrow(column.saturating_add(1)),
        }
    }
}

/// The problems found so far.
#[derive(Default)]
pub(crate) struct Report {
    files: Vec<Arc<str>>,
    list: Vec<(At, Diagnostic)>,
}

impl Report {
    /// Names one more file; `None` when there are more files than anyone needs.
    pub(crate) fn add_file(&mut self, name: &str) -> Option<u16> {
        let index = u16::try_from(self.files.len()).ok()?;
        self.files.push(Arc::from(name));
        Some(index)
    }

    pub(crate) fn file(&self, index: u16) -> Arc<str> {
        self.files
            .get(usize::from(index))
            .cloned()
            .unwrap_or_else(|| Arc::from(""))
    }

    pub(crate) fn error(&mut self, at: At, code: &'static str, message: impl Into<String>) -> &mut Diagnostic {
        self.add(Severity::Error, at, code, message.into())
    }

    pub(crate) fn warning(&mut self, at: At, code: &'static str, message: impl Into<String>) -> &mut Diagnostic {
        self.add(Severity::Warning, at, code, message.into())
    }

    pub(crate) fn has_errors(&self) -> bool {
        self.list
            .iter()
            .any(|(_, diagnostic)| diagnostic.severity == Severity::Error)
    }

    /// All diagnostics by file, line and column; as an error when one of them is.
    pub(crate) fn finish(mut self) -> Result<Vec<Diagnostic>, Diagnostics> {
        let failed = self.has_errors();
        self.list.sort_by_key(|(at, _)| *at);
        let list = self.list.into_iter().map(|(_, diagnostic)| diagnostic).collect();
        if failed { Err(Diagnostics(list)) } else { Ok(list) }
    }

    fn add(&mut self, severity: Severity, at: At, code: &'static str, message: String) -> &mut Diagnostic {
        debug_assert!(
            crate::diagnostic::CODES.iter().any(|(known, _)| *known == code),
            "`{code}` is not listed"
        );
        let file = self.file(at.file).to_string();
        let diagnostic = Diagnostic {
            severity,
            file,
            line: at.line,
            column: at.column,
            code,
            message,
            help: None,
        };
        let index = self.list.len();
        self.list.push((at, diagnostic));
        &mut self.list[index].1
    }
}

impl Diagnostic {
    /// Adds the way out.
    pub(crate) fn help(&mut self, help: impl Into<String>) {
        self.help = Some(help.into());
    }

    /// Adds the way out, if there is one.
    pub(crate) fn maybe_help(&mut self, help: Option<String>) {
        self.help = help;
    }
}

/// The candidate a misspelled word was probably meant to be.
pub(crate) fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word = word.to_lowercase();
    let limit = (word.chars().count() / 3).clamp(1, 4);
    candidates
        .into_iter()
        .map(|candidate| (strsim::damerau_levenshtein(&word, &candidate.to_lowercase()), candidate))
        .filter(|(distance, _)| *distance <= limit)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// The help for a word that is not among the candidates.
pub(crate) fn did_you_mean<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str> + Clone) -> String {
    match nearest(word, candidates.clone()) {
        Some(candidate) => format!("did you mean `{candidate}`?"),
        None => format!("known here: {}", list(candidates)),
    }
}

/// `a`, `b`, `c`, each in backticks.
pub(crate) fn list<'a>(words: impl IntoIterator<Item = &'a str>) -> String {
    let quoted: Vec<String> = words.into_iter().map(|word| format!("`{word}`")).collect();
    quoted.join(", ")
}
