use clap::Args;
use weir_model::EventId;

use super::screen::Screen;
use super::{CliError, Ending, event_text, log};
use crate::state::StateDir;

/// Tell what happened to a message, and why
///
/// The id stands in every message that Weir shows, and in `weir audit query`. Asks the running agent, or reads the log
/// when none runs. The record holds no text of the message, so neither does the answer.
#[derive(Args)]
#[command(after_help = "\
Exit status: 0 found, 1 there is no such event.

Examples:
  weir explain 019a0c1e-5f4b-7c3a-9d52-3f1f6b2f8e01")]
pub(crate) struct ExplainArgs {
    /// Id of the event
    event: EventId,
    /// Print the record as JSON
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(args: &ExplainArgs, state: &StateDir, screen: &mut Screen) -> Result<Ending, CliError> {
    let Some(event) = log::event(state, &args.event)? else {
        screen.note(&format!("no event {} is in the log of this device", args.event));
        return Ok(Ending::Found);
    };
    if args.json {
        screen.json(&event)?;
    } else {
        let story = event_text::story(&event, screen);
        screen.line(&story)?;
    }
    Ok(Ending::Clean)
}
