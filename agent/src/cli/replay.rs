use clap::Args;
use weir_model::{EventId, Timestamp};
use weir_wire::{ReplayOutcome, ReplayQuery, Replayed, Replays};

use super::screen::{Screen, Tone};
use super::{CliError, Ending, log, when};
use crate::state::StateDir;

/// Make recorded decisions again, and compare them byte for byte
///
/// A decision follows from what its record keeps and from the policy of that time, which the agent keeps by its digest.
/// Where the record does not hold all of it, or another version of Weir decided, that is said and nothing is guessed.
#[derive(Args)]
#[command(after_help = "\
Exit status: 0 all came out as they were recorded, 1 some did not or could not be made again.

Examples:
  weir replay 019a0c1e-5f4b-7c3a-9d52-3f1f6b2f8e01
  weir replay --since 7d
  weir replay --json --since 2026-11-21")]
pub(crate) struct ReplayArgs {
    /// Id of the event
    #[arg(required_unless_present = "since", conflicts_with = "since")]
    event: Option<EventId>,
    /// All decisions that are not older: `7d`, `2026-11-21`
    #[arg(long, value_name = "TIME", value_parser = when::parse)]
    since: Option<Timestamp>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(args: &ReplayArgs, state: &StateDir, screen: &mut Screen) -> Result<Ending, CliError> {
    let query = ReplayQuery {
        event: args.event,
        since: args.since,
    };
    let replays = log::replay(state, &query)?;
    if let (Some(event), 0) = (&args.event, replays.decisions) {
        screen.note(&format!("no decision {event} is in the log of this device"));
        return Ok(Ending::Found);
    }
    match args.json {
        true => screen.json(&replays)?,
        false => print(args, &replays, screen)?,
    }
    let all_same = replays.same == replays.decisions && replays.unreadable == 0;
    Ok(Ending::found_if(!all_same))
}

fn print(args: &ReplayArgs, replays: &Replays, screen: &mut Screen) -> Result<(), CliError> {
    for event in &replays.events {
        tell(event, screen)?;
    }
    if args.event.is_none() {
        let mut line = format!(
            "decisions: {}, the same: {}, different: {}, not made again: {}",
            replays.decisions, replays.same, replays.different, replays.not_replayed
        );
        if replays.unreadable > 0 {
            line.push_str(&format!(", unreadable: {}", replays.unreadable));
        }
        screen.line(&line)?;
    }
    Ok(())
}

fn tell(event: &Replayed, screen: &mut Screen) -> Result<(), CliError> {
    let (tone, text) = match &event.outcome {
        ReplayOutcome::Same { action, level } => (Tone::Good, format!("the same: {action}, {level}")),
        ReplayOutcome::Different { .. } => (Tone::Bad, "different".to_owned()),
        ReplayOutcome::NeedsReobservation { why } => (Tone::Strong, format!("needs re-observation: {why}")),
        ReplayOutcome::OtherEngine { decided, here } => (
            Tone::Strong,
            format!("not made again: weir {decided} decided, and this is weir {here}"),
        ),
        ReplayOutcome::PolicyNotKept => (
            Tone::Strong,
            format!("not made again: the policy {} was not kept here", policy(event)),
        ),
        ReplayOutcome::PolicyUnusable { why } => (
            Tone::Strong,
            format!("not made again: the policy {} cannot be used: {why}", policy(event)),
        ),
    };
    screen.line(&format!("{}  {}", event.id, screen.paint(&text, tone)))?;
    if let ReplayOutcome::Different { fields } = &event.outcome {
        for field in fields {
            screen.line(&format!(
                "  {}: {} became {}",
                field.field, field.recorded, field.replayed
            ))?;
        }
    }
    Ok(())
}

fn policy(event: &Replayed) -> String {
    format!("bundle {} ({})", event.bundle.number, event.bundle.digest)
}
