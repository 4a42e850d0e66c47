//! The catalogue with the files of the command line in it.

use std::path::PathBuf;

use weir_content::{AdapterError, Adapters};
use weir_policy::{Catalogue, Diagnostic, Severity, Source};

use crate::cli::CliError;
use crate::in_force::{self, LoadError};

/// A catalogue that can be used, or what is wrong with it.
pub(super) enum Checked {
    Usable(Box<Usable>),
    Faulty(Vec<Diagnostic>),
}

/// A catalogue, compiled.
pub(super) struct Usable {
    pub(super) catalogue: Catalogue,
    pub(super) adapters: Adapters,
    /// Which service each file of the command line describes.
    pub(super) ids: Vec<(PathBuf, String)>,
}

/// Reads and compiles.
pub(super) fn check(files: &[PathBuf]) -> Result<Checked, CliError> {
    let sources = match in_force::sources(files) {
        Ok(sources) => sources,
        Err(error) => return Err(CliError::from_chain(&error)),
    };
    let catalogue = match in_force::parse(&sources) {
        Ok(catalogue) => catalogue,
        Err(LoadError::Invalid(diagnostics)) => return Ok(Checked::Faulty(diagnostics.0)),
        Err(error) => return Err(CliError::from_chain(&error)),
    };
    Ok(match Adapters::compile(catalogue.services()) {
        Ok(adapters) => Checked::Usable(Box::new(Usable {
            ids: ids(files, &sources),
            catalogue,
            adapters,
        })),
        Err(error) => Checked::Faulty(vec![diagnostic(&error, &sources)]),
    })
}

/// A file that can be used has its service's id at the beginning of a line.
fn ids(files: &[PathBuf], sources: &[Source]) -> Vec<(PathBuf, String)> {
    let id = |file: &PathBuf| {
        let name = file.display().to_string();
        let source = sources.iter().find(|source| source.name == name)?;
        let id = source.text.lines().find_map(|line| line.strip_prefix("service:"))?;
        Some((file.clone(), id.trim().trim_matches(['"', '\'']).to_owned()))
    };
    files.iter().filter_map(id).collect()
}

/// The adapter's error names service and route; the line is looked up in the file.
fn diagnostic(error: &AdapterError, sources: &[Source]) -> Diagnostic {
    let service = format!("service: {}", error.service());
    let route = format!("- id: {}", error.route());
    let source = sources
        .iter()
        .find(|source| source.text.lines().any(|line| line.trim_end() == service));
    let line = source
        .and_then(|source| source.text.lines().position(|line| line.trim() == route))
        .unwrap_or_default();
    Diagnostic {
        severity: Severity::Error,
        file: source.map_or_else(|| error.service().to_owned(), |source| source.name.clone()),
        line: u32::try_from(line + 1).unwrap_or(u32::MAX),
        column: 1,
        code: "bad-route",
        message: weir_model::chain(error),
        help: None,
    }
}
