use std::fs;
use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};

use clap::Args;

use super::sample::Sample;
use super::shown::Shown;
use crate::cli::screen::{Screen, Tone};
use crate::cli::{CliError, Ending};
use crate::in_force::{self, LoadError};

/// Read recorded traffic and show what is found in it
///
/// A sample is one exchange or socket in files: `ID.meta.json` with the heads, and the bodies or messages it names. Shown
/// are the service, the prompts and their places, context, model, files, account, the answer put together, and what the
/// detectors find. Nothing is sent and nothing is recorded. The output holds the text of the sample.
#[derive(Args)]
#[command(after_help = "\
Exit status: 0 all samples were read, 3 a file could not be read.

With --redact, a marker stands in place of everything found: `ID.req.body` or `ID.ws.jsonl` is written to the directory
of --out, or, for a single sample and without --out or --json, to standard output. A body that cannot be edited is not
written, and the reason is told.

Examples:
  weir catalogue inspect chat.meta.json
  weir catalogue inspect --json recordings/*.meta.json
  weir catalogue inspect --redact chat.meta.json > chat.redacted
  weir catalogue inspect --redact --out redacted --json recordings/*.meta.json")]
pub(super) struct InspectArgs {
    /// Samples
    #[arg(value_name = "SAMPLE.meta.json", required = true)]
    samples: Vec<PathBuf>,
    /// Also rewrite the message
    #[arg(long)]
    redact: bool,
    /// Where rewritten messages are written
    #[arg(long, value_name = "DIR", requires = "redact")]
    out: Option<PathBuf>,
    /// Directory with service files beside the built-in catalogue
    #[arg(long, value_name = "DIR")]
    catalogue: Option<PathBuf>,
    /// Policy pack that gives levels and markers [default: the built-in weir/baseline]
    #[arg(long, value_name = "FILE")]
    pack: Option<PathBuf>,
    /// Print one JSON object per sample
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &InspectArgs, screen: &mut Screen) -> Result<Ending, CliError> {
    let to_stdout = args.redact && args.out.is_none() && !args.json;
    if to_stdout && args.samples.len() > 1 {
        return Err(CliError::usage(
            "several samples cannot be redacted to standard output; use --out DIR or --json",
        ));
    }
    let loaded = in_force::load(args.pack.as_deref(), args.catalogue.as_deref());
    let in_force = loaded
        .map_err(|error: LoadError| CliError::from_chain(&error))?
        .in_force;
    for path in &args.samples {
        let sample = Sample::read(path)?;
        let mut shown = Shown::of(&sample, &in_force);
        if !args.redact {
            shown.redacted = None;
        }
        if let (Some(dir), Some(bytes)) = (&args.out, shown.rewritten()) {
            write(dir, &sample, bytes)?;
        }
        match (to_stdout, args.json) {
            (true, _) => release(&sample, &shown, screen)?,
            (false, true) => screen.json(&shown)?,
            (false, false) => print(&shown, screen)?,
        }
    }
    Ok(Ending::Clean)
}

fn write(dir: &Path, sample: &Sample, bytes: &[u8]) -> Result<(), CliError> {
    let ending = if sample.messages.is_some() {
        "ws.jsonl"
    } else {
        "req.body"
    };
    // An id is a file name, not a path.
    let name: String = sample
        .id
        .chars()
        .map(|letter| if letter == '/' || letter == '\\' { '_' } else { letter })
        .collect();
    let path = dir.join(format!("{name}.{ending}"));
    fs::create_dir_all(dir)
        .and_then(|()| fs::write(&path, bytes))
        .map_err(|error| CliError::environment(format!("cannot write `{}`: {error}", path.display())))
}

/// The rewritten message and nothing else.
fn release(sample: &Sample, shown: &Shown, screen: &mut Screen) -> Result<(), CliError> {
    let Some(bytes) = shown.rewritten() else {
        return Err(CliError::environment(format!(
            "`{}` cannot be edited: {}",
            sample.id,
            shown.why_not()
        )));
    };
    if std::io::stdout().is_terminal() && std::str::from_utf8(bytes).is_err() {
        return Err(CliError::usage(
            "the message is no text; send standard output to a file",
        ));
    }
    screen.finish()?;
    Ok(std::io::stdout().lock().write_all(bytes)?)
}

fn print(shown: &Shown, screen: &mut Screen) -> Result<(), CliError> {
    let title = screen.paint(&shown.id, Tone::Strong);
    screen.line(&title)?;
    for (label, value) in shown.lines() {
        screen.line(&format!("  {label:<12} {value}"))?;
    }
    Ok(())
}
