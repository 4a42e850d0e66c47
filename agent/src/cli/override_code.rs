use clap::Args;
use serde_json::json;
use weir_wire::{Lifted, LiftedWhat, OverrideAsk, OverrideDone, Refusal};

use super::screen::Screen;
use super::status::{block_on, connect_error};
use super::{CliError, Ending, when};
use crate::state::StateDir;
use weir_ipc::{AskError, Client};

/// Enter a code that an administrator read out to you
///
/// For a device that cannot reach its server while an order of the administrators closes AI services or stops interception, or
/// while nothing goes because policy is out of date. A code lifts that on this device alone, once, and for as many minutes as
/// was agreed; policy stays in force, and so does whatever is ordered later. It must be entered within about four hours. After
/// five codes within an hour that lift nothing, none is taken for a while. Each use is recorded, and the administrators are told.
#[derive(Args)]
#[command(after_help = "\
Exit status: 0 it is lifted, 1 the code lifts nothing, 2 usage, 3 no running agent.

Examples:
  weir override 7K3M-QX9V-2DTP
  weir override --json 7k3m qx9v 2dtp")]
pub(crate) struct OverrideArgs {
    /// Twelve letters and digits; dashes, spaces and small letters do not matter
    #[arg(value_name = "CODE", required = true, num_args = 1..)]
    code: Vec<String>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(args: &OverrideArgs, state: &StateDir, screen: &mut Screen) -> Result<Ending, CliError> {
    let code = OverrideAsk {
        code: args.code.concat(),
    };
    let entered = block_on(async {
        let mut client = Client::connect(&state.agent(), "weir")
            .await
            .map_err(|error| connect_error(&error))?;
        match client.lift(&code).await {
            Ok(done) => Ok(Ok(done)),
            Err(AskError::Refused(Refusal::Override { reason, why })) => Ok(Err((reason, why))),
            Err(error) => Err(CliError::from_chain(&error)),
        }
    })?;
    match (&entered, args.json) {
        (Ok(OverrideDone { number, lifted }), true) => screen.json(&json!({
            "lifted": true,
            "number": number,
            "what": lifted.what,
            "directive": lifted.directive,
            "until": lifted.until,
        }))?,
        (Ok(done), false) => screen.line(&said(done))?,
        (Err((reason, why)), true) => screen.json(&json!({ "lifted": false, "reason": reason, "why": why }))?,
        (Err((_, why)), false) => screen.line(&format!("not lifted: {why}"))?,
    }
    Ok(Ending::found_if(entered.is_err()))
}

fn said(done: &OverrideDone) -> String {
    let Lifted { what, directive, until } = done.lifted;
    let what = match (what, directive) {
        (LiftedWhat::Directive, Some(number)) => format!("order {number} of the administrators is lifted"),
        (LiftedWhat::Directive, None) => "an order of the administrators is lifted".to_owned(),
        (LiftedWhat::Stale, _) => "policy that is out of date holds as it is".to_owned(),
    };
    format!("{what} until {}, by code {}", when::show(until), done.number)
}
