//! Problems of packs and catalogue files, printed for people, programs and editors.

use std::path::Path;

use serde_sarif::sarif::ResultLevel;
use weir_policy::{CODES, Diagnostic, Severity};

use super::report::{Item, Rule, sarif};
use super::screen::{Screen, Tone};
use super::{CliError, Ending};

/// How problems are printed, and which of them make the command fail.
#[derive(Clone, Copy)]
pub(crate) struct Form {
    output: Output,
    bar: Severity,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Output {
    Text,
    Json,
    Sarif,
}

impl Form {
    /// From the options of a command; clap lets only one of the first two through.
    pub(crate) const fn of(sarif: bool, json: bool, strict: bool) -> Self {
        Self {
            output: match (sarif, json) {
                (true, _) => Output::Sarif,
                (false, true) => Output::Json,
                (false, false) => Output::Text,
            },
            bar: if strict { Severity::Warning } else { Severity::Error },
        }
    }
}

/// The problems of one file, where they are printed for people.
pub(crate) fn print_file(file: &Path, found: &[Diagnostic], form: Form, screen: &mut Screen) -> Result<(), CliError> {
    if form.output != Output::Text {
        return Ok(());
    }
    for diagnostic in found {
        screen.line(&diagnostic.to_string())?;
    }
    let (errors, warnings) = (count(found, Severity::Error), count(found, Severity::Warning));
    let verdict = match (errors, warnings) {
        (0, 0) => screen.paint("ok", Tone::Good),
        (0, _) => screen.paint("ok, with warnings", Tone::Caution),
        _ => screen.paint("not usable", Tone::Bad),
    };
    let counts = if found.is_empty() {
        String::new()
    } else {
        format!(" (errors: {errors}, warnings: {warnings})")
    };
    screen.line(&format!("{}: {verdict}{counts}", file.display()))
}

/// All problems, where they are printed for programs, and how the command ends.
pub(crate) fn finish(all: &[Diagnostic], form: Form, screen: &mut Screen) -> Result<Ending, CliError> {
    match form.output {
        Output::Text => {}
        Output::Sarif => screen.json(&report(all))?,
        Output::Json => all.iter().try_for_each(|diagnostic| screen.json(diagnostic))?,
    }
    Ok(Ending::found_if(
        all.iter().any(|diagnostic| diagnostic.severity >= form.bar),
    ))
}

fn count(found: &[Diagnostic], severity: Severity) -> usize {
    found
        .iter()
        .filter(|diagnostic| diagnostic.severity == severity)
        .count()
}

fn report(found: &[Diagnostic]) -> serde_sarif::sarif::Sarif {
    let rules: Vec<Rule> = CODES
        .iter()
        .map(|(code, text)| Rule {
            id: (*code).to_owned(),
            text: (*text).to_owned(),
            page: Some(format!("docs/policy-checks.md#{code}")),
        })
        .collect();
    let items: Vec<Item> = found
        .iter()
        .map(|diagnostic| Item {
            rule: diagnostic.code.to_string(),
            level: match diagnostic.severity {
                Severity::Warning => ResultLevel::Warning,
                Severity::Error => ResultLevel::Error,
            },
            message: match &diagnostic.help {
                Some(help) => format!("{}. {help}", diagnostic.message),
                None => diagnostic.message.clone(),
            },
            file: diagnostic.file.clone(),
            start: Some((diagnostic.line, diagnostic.column)),
            end: None,
        })
        .collect();
    sarif(&rules, &items)
}
