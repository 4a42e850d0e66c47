use clap::{Args, Subcommand};
use serde_json::json;
use weir_ipc::Client;
use weir_wire::{ClipboardAction, ClipboardAsk, ClipboardVerdict};

use super::screen::{Screen, Tone};
use super::status::{block_on, connect_error};
use super::{CliError, Ending};
use crate::state::StateDir;

/// Show how the clipboard is watched, or judge what is on it
///
/// `weir session` watches the clipboard of a user; what is done about a copy is said by `clipboard-guard` in the pack in force.
#[derive(Args)]
#[command(after_help = "\
Exit status: 0 watched, or nothing was found; 1 not watched, or something was found; 3 no running agent.

Examples:
  weir clipboard
  weir clipboard check
  weir clipboard check --json | jq .found")]
pub(crate) struct ClipboardArgs {
    #[command(subcommand)]
    command: Option<ClipboardCommand>,
    /// Print JSON
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Subcommand)]
enum ClipboardCommand {
    /// Judge what is on the clipboard now; nothing is recorded or changed
    #[command(after_help = "Examples:\n  weir clipboard check")]
    Check,
}

pub(crate) fn run(args: &ClipboardArgs, state: &StateDir, screen: &mut Screen) -> Result<Ending, CliError> {
    match args.command {
        None => standing(args.json, screen),
        Some(ClipboardCommand::Check) => check(args.json, state, screen),
    }
}

fn standing(json: bool, screen: &mut Screen) -> Result<Ending, CliError> {
    let standing = weir_session::standing();
    let is_watched = standing.as_ref().is_some_and(weir_session::Standing::watches);
    match (&standing, json) {
        (standing, true) => screen.json(&json!({ "watched": is_watched, "session": standing }))?,
        (Some(standing), false) => {
            screen.line(&format!(
                "the clipboard is {} (process {})",
                standing.clipboard, standing.pid
            ))?;
        }
        (None, false) => {
            let advice = "no session of this user runs; start it with `weir session`";
            screen.line(&format!("the clipboard is not watched: {advice}"))?;
        }
    }
    Ok(Ending::found_if(!is_watched))
}

fn check(json: bool, state: &StateDir, screen: &mut Screen) -> Result<Ending, CliError> {
    let content = weir_session::clip::Eye::default().read();
    let ask = ClipboardAsk {
        only_asks: true,
        ..content.ask(None)
    };
    let verdict = block_on(async {
        let mut client = Client::connect(&state.agent(), "weir")
            .await
            .map_err(|error| connect_error(&error))?;
        client
            .clipboard(&ask)
            .await
            .map_err(|error| CliError::from_chain(&error))
    })?;
    if json {
        // The cleaned text is for the clipboard, not for a terminal's history.
        screen.json(&json!({
            "empty": content.is_empty(),
            "action": verdict.action,
            "level": verdict.level,
            "rule": verdict.rule,
            "found": verdict.found,
        }))?;
    } else if content.is_empty() {
        screen.line("there is nothing on the clipboard that could be judged")?;
    } else {
        let words = words(&verdict, screen);
        screen.line(&words)?;
    }
    Ok(Ending::found_if(!verdict.found.is_empty()))
}

fn words(verdict: &ClipboardVerdict, screen: &Screen) -> String {
    if verdict.found.is_empty() {
        return screen.paint("nothing was found on the clipboard", Tone::Good);
    }
    let found = verdict.found.iter().map(|(data_type, count)| match count {
        1 => data_type.to_string(),
        count => format!("{data_type} ({count}×)"),
    });
    let found = found.collect::<Vec<_>>().join(", ");
    let found = screen.paint(&format!("{found}, {}", verdict.level), Tone::Caution);
    let done = match verdict.action {
        ClipboardAction::Log => "a copy of it is recorded, no more",
        ClipboardAction::Notify => "a copy of it is told to you",
        ClipboardAction::Clean => "a copy of it is replaced by one without the values",
        ClipboardAction::Clear => "a copy of it does not stay on the clipboard",
    };
    let rule = match verdict.rule.as_str() {
        "" => String::new(),
        rule => format!(" (rule {rule})"),
    };
    format!("{found}\n{done}{rule}")
}
