//! Scores the detectors on a labelled set. Texts and labels stay in memory; what is printed are counts.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use clap::Args;
use serde_json::json;
use weir_detect::score::{Item, Prediction, Report, Tally};
use weir_engine::InForce;

use crate::cli::screen::Screen;
use crate::cli::{CliError, Ending};
use crate::in_force;

/// Score the detectors on labelled texts
///
/// Reads one JSON object a line, {"id","subset","text","doc","spans":[{"start","end","type","level"}]}, and prints how many
/// labels were found, how many findings are wrong, what would have been blocked, and how fast it went on one thread. Places
/// are bytes. No text is printed.
#[derive(Args)]
#[command(after_help = "\
Exit status: 0 scored, 3 the file could not be read.

Examples:
  weir bench detect labelled.jsonl
  weir bench detect --json labelled.jsonl")]
pub(crate) struct DetectArgs {
    /// The labelled set
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Print JSON in place of the tables
    #[arg(long)]
    json: bool,
    /// Policy pack that gives levels [default: the built-in weir/baseline]
    #[arg(long, value_name = "PACK")]
    pack: Option<PathBuf>,
}

pub(crate) fn run(args: &DetectArgs, screen: &mut Screen) -> Result<Ending, CliError> {
    let in_force = in_force::load(args.pack.as_deref(), None)
        .map_err(|error| CliError::from_chain(&error))?
        .in_force;
    let items = read(&args.file)?;
    let bytes: usize = items.iter().map(|item| item.text.len()).sum();
    let started = Instant::now();
    let found: Vec<Vec<Prediction>> = items.iter().map(|item| predict(item, &in_force)).collect();
    let seconds = started.elapsed().as_secs_f64();
    let mut tally = Tally::default();
    for (item, found) in items.iter().zip(&found) {
        tally.add(item, found);
    }
    let speed = bytes as f64 / 1e6 / seconds.max(1e-9);
    print(&tally.report(), bytes, speed, args.json, screen)?;
    Ok(Ending::Clean)
}

fn read(path: &Path) -> Result<Vec<Item>, CliError> {
    let name = path.display();
    let text =
        fs::read_to_string(path).map_err(|error| CliError::environment(format!("cannot read `{name}`: {error}")))?;
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    lines
        .map(|(index, line)| {
            Item::read(line)
                .map_err(|error| CliError::environment(format!("{name}:{}:{}: {error}", index + 1, error.column)))
        })
        .collect()
}

fn predict(item: &Item, in_force: &InForce) -> Vec<Prediction> {
    let found = in_force.scanner.scan(&item.text).into_iter();
    found
        .map(|found| Prediction {
            level: in_force.policy.level_of(&found.data_type, found.confidence),
            name: found.data_type.name().to_owned(),
            span: found.span,
        })
        .collect()
}

fn print(report: &Report, bytes: usize, speed: f64, as_json: bool, screen: &mut Screen) -> Result<(), CliError> {
    if as_json {
        return screen.json(&json!({"report": report, "bytes": bytes, "mb_per_second": speed}));
    }
    screen.text(&report.to_string())?;
    screen.line(&format!(
        "\n{} texts, {:.2} MB, {speed:.0} MB/s on one thread",
        report.items,
        bytes as f64 / 1e6
    ))
}
