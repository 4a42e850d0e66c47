//! `--findings-jsonl`: a text a line in, its findings a line out, for programs and for measuring the detectors.

use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use weir_engine::InForce;
use weir_model::Level;

use super::output::score;
use crate::cli::CliError;
use crate::cli::screen::Screen;

/// No `Debug`: it holds what people wrote.
#[derive(Deserialize)]
struct Item {
    id: serde_json::Value,
    text: String,
}

#[derive(Serialize)]
struct Answer<'a> {
    id: &'a serde_json::Value,
    findings: Vec<Finding>,
}

#[derive(Serialize)]
struct Finding {
    start: usize,
    end: usize,
    #[serde(rename = "type")]
    data_type: String,
    score: f64,
}

/// Answers every line and gives the highest level found. What the policy considers public, such as shapes without
/// context, is printed with `all` only: programs that read the lines and not the score must get what Weir would act on.
pub(super) fn run(
    paths: &[PathBuf],
    in_force: &InForce,
    all: bool,
    screen: &mut Screen,
) -> Result<Option<Level>, CliError> {
    let (name, reader): (String, Box<dyn BufRead>) = match paths {
        [] => ("-".to_owned(), Box::new(io::stdin().lock())),
        [path] if path.as_os_str() == "-" => ("-".to_owned(), Box::new(io::stdin().lock())),
        [path] => {
            let name = path.display().to_string();
            let file =
                File::open(path).map_err(|error| CliError::environment(format!("cannot read `{name}`: {error}")))?;
            (name, Box::new(BufReader::new(file)))
        }
        _ => return Err(CliError::usage("`--findings-jsonl` takes one file at a time")),
    };
    let mut highest = None;
    for (index, line) in reader.lines().enumerate() {
        let number = index + 1;
        let line =
            line.map_err(|error| CliError::environment(format!("cannot read `{name}` at line {number}: {error}")))?;
        if line.trim().is_empty() {
            continue;
        }
        // The parser's own words could quote the text.
        let item: Item = serde_json::from_str(&line).map_err(|error| {
            CliError::environment(format!(
                "{name}:{number}:{}: expected {{\"id\",\"text\"}}",
                error.column()
            ))
        })?;
        let (findings, level) = find(&item, in_force, all);
        highest = highest.max(level);
        screen.json(&Answer { id: &item.id, findings })?;
    }
    Ok(highest)
}

fn find(item: &Item, in_force: &InForce, all: bool) -> (Vec<Finding>, Option<Level>) {
    let (mut findings, mut highest) = (Vec::new(), None);
    for found in in_force.scanner.scan(&item.text) {
        let level = in_force.policy.level_of(&found.data_type, found.confidence);
        if level == Level::Public && !all {
            continue;
        }
        highest = highest.max(Some(level));
        findings.push(Finding {
            start: found.span.start,
            end: found.span.end,
            data_type: found.data_type.name().to_owned(),
            score: score(found.confidence),
        });
    }
    (findings, highest)
}
