//! `weir scan`: what in these texts must not leave?

mod finding;
mod lines;
mod output;

use std::path::PathBuf;

use clap::{ArgGroup, Args};
use weir_model::Level;

use super::inputs::{self, Trouble};
use super::screen::Screen;
use super::{CliError, Ending};
use crate::in_force;
use finding::{Found, find};

/// Find secrets and personal data in files
///
/// Reads files, directories (hidden ones left out) or standard input, and says what was found, where, and how it is
/// classified. Nothing is sent anywhere and nothing is recorded. Samples show at most four characters of a value.
#[derive(Args)]
#[command(
    group = ArgGroup::new("form").args(["redact", "sarif", "json", "findings_jsonl"]),
    after_help = "\
Exit status: 0 nothing found, 1 something found (see --fail-on), 3 a file could not be read.

Examples:
  weir scan notes.txt src/
  git diff --cached | weir scan
  weir scan --explain ticket.txt
  weir scan --redact < ticket.txt | pbcopy
  weir scan --sarif . > findings.sarif
  weir scan --findings-jsonl messages.jsonl"
)]
pub(crate) struct ScanArgs {
    /// Files and directories; `-` or none is standard input
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Print the text with markers in place of what was found
    #[arg(long)]
    redact: bool,
    /// Print SARIF
    #[arg(long)]
    sarif: bool,
    /// Print one JSON object per finding
    #[arg(long)]
    json: bool,
    /// Read lines {"id","text"}, print lines {"id","findings":[{"start","end","type","score"}]}; places are bytes, and
    /// what the policy considers public is left out
    #[arg(long)]
    findings_jsonl: bool,
    /// Exit with 1 only when something at or above this level was found
    #[arg(long, value_name = "LEVEL", default_value = "internal", value_parser = level_parser())]
    fail_on: Level,
    /// Also show what the policy considers public, such as shapes without context
    #[arg(long)]
    all: bool,
    /// Say of each finding what spoke for it
    #[arg(long, conflicts_with_all = ["redact", "sarif", "findings_jsonl"])]
    explain: bool,
    /// Policy pack that gives levels and markers [default: the built-in weir/baseline]
    #[arg(long, alias = "policy", value_name = "FILE")]
    pack: Option<PathBuf>,
}

pub(crate) fn run(args: &ScanArgs, screen: &mut Screen) -> Result<Ending, CliError> {
    let in_force = in_force::load(args.pack.as_deref(), None)
        .map_err(|error| CliError::from_chain(&error))?
        .in_force;
    if args.findings_jsonl {
        let highest = lines::run(&args.paths, &in_force, args.all, screen)?;
        return Ok(Ending::found_if(highest >= Some(args.fail_on)));
    }
    let mut form = output::form(args, screen)?;
    let (mut highest, mut troubles) = (None, 0);
    for input in inputs::open(&args.paths)? {
        match input {
            Ok(input) => {
                let shown: Vec<Found> = find(&input, &in_force, args);
                highest = highest.max(shown.iter().map(|found| found.level).max());
                form.input(&input, &shown, &in_force, screen)?;
            }
            Err(Trouble::Skipped(why)) => screen.note(&why),
            Err(Trouble::Failed(why)) => {
                screen.complain(&why);
                troubles += 1;
            }
        }
    }
    form.finish(screen)?;
    if troubles > 0 {
        return Err(CliError::environment(match troubles {
            1 => "one file could not be read".to_owned(),
            more => format!("{more} files could not be read"),
        }));
    }
    Ok(Ending::found_if(highest >= Some(args.fail_on)))
}

/// For clap: the names of [`Level`].
pub(crate) fn level_parser() -> impl clap::builder::TypedValueParser<Value = Level> {
    use clap::builder::TypedValueParser;
    let names = clap::builder::PossibleValuesParser::new(Level::ALL.map(Level::as_str));
    names.map(|name| {
        Level::ALL
            .into_iter()
            .find(|level| level.as_str() == name)
            .unwrap_or_default()
    })
}
