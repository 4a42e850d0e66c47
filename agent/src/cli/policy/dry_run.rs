use std::collections::BTreeMap;
use std::path::PathBuf;

use clap::Args;
use weir_model::Timestamp;
use weir_wire::{DryRun, DryRunQuery, Shift};

use crate::cli::screen::{Screen, Tone};
use crate::cli::{CliError, Ending, log, when};
use crate::in_force::{self, Read};
use crate::state::StateDir;

/// Say what a pack would have decided about the messages of the log
///
/// Exact where the records hold all that the pack looks at. Messages that other detectors, another catalogue or another
/// version of Weir would have to look at again are counted apart.
#[derive(Args)]
#[command(after_help = "\
Exit status: 0 nothing would have changed, 1 something would, 3 a file could not be read or has errors.

Examples:
  weir policy dry-run acme.yaml --since 7d
  weir policy dry-run weir/strict --json")]
pub(super) struct DryRunArgs {
    /// The pack; `weir/…` is one that comes with Weir
    #[arg(value_name = "PACK")]
    pack: PathBuf,
    /// Decisions that are not older: `7d`, `2026-11-21`; default all
    #[arg(long, value_name = "TIME", value_parser = when::parse)]
    since: Option<Timestamp>,
    /// Directory with service files beside the built-in catalogue
    #[arg(long, value_name = "DIR")]
    catalogue: Option<PathBuf>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &DryRunArgs, state: &StateDir, screen: &mut Screen) -> Result<Ending, CliError> {
    let Read { texts, compiled, .. } = in_force::read_policy(Some(&args.pack), args.catalogue.as_deref())
        .map_err(|error| CliError::from_chain(&error))?;
    let query = DryRunQuery {
        policy: texts,
        since: args.since,
    };
    let run = log::dry_run(state, &query, &compiled.policy)?;
    match args.json {
        true => screen.json(&run)?,
        false => print(&run, screen)?,
    }
    Ok(Ending::found_if(run.changed > 0))
}

fn print(run: &DryRun, screen: &mut Screen) -> Result<(), CliError> {
    if !run.by_action.is_empty() {
        screen.line(&screen.paint("actions", Tone::Strong))?;
    }
    for change in &run.by_action {
        let text = format!("{} becomes {}: {}", change.before, change.after, change.count);
        let tone = if change.after < change.before {
            Tone::Bad
        } else {
            Tone::Good
        };
        screen.line(&format!("  {}", screen.paint(&text, tone)))?;
    }
    let tables = [
        ("rules", &run.by_rule),
        ("services", &run.by_service),
        ("levels", &run.by_level),
    ];
    for (title, table) in tables {
        print_table(title, table, screen)?;
    }
    if !run.events.is_empty() {
        screen.line(&screen.paint("newest", Tone::Strong))?;
    }
    for event in &run.events {
        screen.line(&format!(
            "  {}  {} becomes {} by {}",
            event.id, event.before, event.after, event.rule
        ))?;
    }
    let open: u64 = run.needs_reobservation.values().sum();
    if open > 0 {
        screen.line(&screen.paint("needs re-observation", Tone::Strong))?;
    }
    for (why, count) in &run.needs_reobservation {
        screen.line(&format!("  {why}: {count}"))?;
    }
    let unreadable = match run.unreadable {
        0 => String::new(),
        count => format!(", unreadable: {count}"),
    };
    screen.line(&format!(
        "decisions: {}, the same: {}, changed: {}, need re-observation: {open}{unreadable}",
        run.decisions, run.same, run.changed
    ))
}

fn print_table(title: &str, table: &BTreeMap<String, Shift>, screen: &mut Screen) -> Result<(), CliError> {
    if table.is_empty() {
        return Ok(());
    }
    screen.line(&screen.paint(title, Tone::Strong))?;
    for (name, shift) in table {
        let counts = [
            ("stricter", shift.stricter),
            ("weaker", shift.weaker),
            ("otherwise", shift.other),
        ];
        let counts: Vec<String> = counts
            .iter()
            .filter(|(_, count)| *count > 0)
            .map(|(word, count)| format!("{word} {count}"))
            .collect();
        screen.line(&format!("  {name}: {}", counts.join(", ")))?;
    }
    Ok(())
}
