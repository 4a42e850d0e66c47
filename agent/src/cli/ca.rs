use clap::{Args, Subcommand};
use serde_json::json;

use super::screen::{Screen, Tone};
use super::{CliError, Ending, place, when};
use crate::setup::trust::{self, Scope};
use crate::setup::{self, Certificate, Done, State, Step, StepError, System};
use crate::state::StateDir;
use weir_model::chain;

/// Show or install the certificate that programs must trust
///
/// Each device has its own authority, made on the device; its key never leaves it. The certificate is limited to the
/// hosts that policy names, so that trusting it says nothing about any other site.
#[derive(Args)]
pub(crate) struct CaArgs {
    #[command(subcommand)]
    command: CaCommand,
}

#[derive(Subcommand)]
enum CaCommand {
    Show(ShowArgs),
    Install(StoreArgs),
    Uninstall(StoreArgs),
}

/// Show the certificate, what it may vouch for, and who trusts it
#[derive(Args)]
#[command(after_help = "\
Examples:
  weir ca show
  weir ca show --pem > weir-ca.pem")]
struct ShowArgs {
    /// Print JSON
    #[arg(long, conflicts_with = "pem")]
    json: bool,
    /// Print the certificate itself
    #[arg(long)]
    pem: bool,
}

/// Put the certificate into trust stores, or take it out of them
///
/// Each store is looked at before and after; a store that is as it should be is left alone.
#[derive(Args)]
#[command(after_help = "\
Stores on Linux: the system's anchors (curl, wget, git, most programs; needs root), and for the user who asks, the
databases of Chromium, Chrome, Edge and Firefox (needs `certutil`). Node and Python have settings of their own: see
`weir env`.

Exit status: 0 done in every store, 1 a store was left out because something is missing, 3 a store failed.

Examples:
  weir ca install --user             browsers of this user, no root needed
  sudo weir ca install               this machine, and browsers of the user behind sudo
  sudo weir --state /home/ada/.local/state/weir ca uninstall")]
struct StoreArgs {
    /// Only the stores of this user
    #[arg(long)]
    user: bool,
}

pub(crate) fn run(args: &CaArgs, state: &StateDir, screen: &mut Screen) -> Result<Ending, CliError> {
    let certificate = place::certificate(state)?;
    match &args.command {
        CaCommand::Show(args) => show(args, &certificate, screen),
        CaCommand::Install(args) => each_store(args, &certificate, &INSTALL, screen),
        CaCommand::Uninstall(args) => each_store(args, &certificate, &UNINSTALL, screen),
    }
}

/// The two directions of the same walk.
struct Direction {
    carry_out: fn(&dyn Step, &dyn setup::Commands) -> Result<Done, StepError>,
    changed: &'static str,
    already: &'static str,
}

const INSTALL: Direction = Direction {
    carry_out: setup::install,
    changed: "now trusted in",
    already: "already trusted in",
};
const UNINSTALL: Direction = Direction {
    carry_out: setup::uninstall,
    changed: "removed from",
    already: "not in",
};

fn each_store(
    args: &StoreArgs,
    certificate: &Certificate,
    way: &Direction,
    screen: &mut Screen,
) -> Result<Ending, CliError> {
    let scope = if args.user { Scope::User } else { Scope::Machine };
    if scope == Scope::Machine && !trust::may_change_machine() {
        return Err(CliError::environment(
            "the trust store of the machine can only be changed by root; use `sudo`, or `--user` for your own browsers",
        ));
    }
    let person = trust::person();
    let (mut skipped, mut failed) = (0, 0);
    for step in trust::steps(certificate, scope, person.as_ref()) {
        let store = step.describe();
        let line = match (way.carry_out)(&*step, &System) {
            Ok(Done::Changed) => format!("{} {store}", screen.paint(way.changed, Tone::Good)),
            Ok(Done::Already) => format!("{} {store}", way.already),
            Ok(Done::Skipped(why)) => {
                skipped += 1;
                format!("{} {store}: {why}", screen.paint("left out", Tone::Caution))
            }
            Err(error) => {
                failed += 1;
                format!("{} {store}: {}", screen.paint("failed for", Tone::Bad), chain(&error))
            }
        };
        screen.line(&line)?;
    }
    match failed {
        0 => Ok(Ending::found_if(skipped > 0)),
        1 => Err(CliError::environment("one store could not be changed")),
        more => Err(CliError::environment(format!("{more} stores could not be changed"))),
    }
}

fn show(args: &ShowArgs, certificate: &Certificate, screen: &mut Screen) -> Result<Ending, CliError> {
    if args.pem {
        screen.text(&certificate.pem())?;
        return Ok(Ending::Clean);
    }
    let person = trust::person();
    let stores: Vec<(String, Result<State, StepError>)> = trust::steps(certificate, Scope::Machine, person.as_ref())
        .into_iter()
        .map(|step| (step.describe(), step.verify(&System)))
        .collect();
    if args.json {
        show_json(certificate, &stores, screen)?;
    } else {
        show_words(certificate, &stores, screen)?;
    }
    Ok(Ending::Clean)
}

fn show_words(
    certificate: &Certificate,
    stores: &[(String, Result<State, StepError>)],
    screen: &mut Screen,
) -> Result<(), CliError> {
    let (from, until) = certificate.validity();
    screen.line(&format!("subject      {}", certificate.subject()))?;
    screen.line(&format!("SHA-256      {}", certificate.sha256()))?;
    screen.line(&format!(
        "valid        {} to {}",
        when::show_day(from),
        when::show_day(until)
    ))?;
    screen.line(&format!("file         {}", certificate.path().display()))?;
    screen.line(&format!("vouches for  {}", list(certificate.permitted(), "any name")))?;
    screen.line(&format!(
        "never for    {}",
        list(certificate.excluded(), "nothing is excluded")
    ))?;
    screen.line("trusted in")?;
    for (store, state) in stores {
        let state = match state {
            Ok(State::Present) => screen.paint("yes", Tone::Good),
            Ok(State::Partial) => screen.paint("half", Tone::Caution),
            Ok(State::Absent) => "no".to_owned(),
            Ok(State::Unavailable(why)) => format!("unknown: {why}"),
            Err(error) => format!("unknown: {}", chain(error)),
        };
        screen.line(&format!("  {store}: {state}"))?;
    }
    Ok(())
}

fn list(names: &[String], none: &str) -> String {
    if names.is_empty() {
        none.to_owned()
    } else {
        names.join(", ")
    }
}

fn show_json(
    certificate: &Certificate,
    stores: &[(String, Result<State, StepError>)],
    screen: &mut Screen,
) -> Result<(), CliError> {
    let (from, until) = certificate.validity();
    let stores: Vec<_> = stores
        .iter()
        .map(|(store, state)| {
            let (trusted, why) = match state {
                Ok(State::Present) => (Some(true), None),
                Ok(State::Partial | State::Absent) => (Some(false), None),
                Ok(State::Unavailable(why)) => (None, Some(why.clone())),
                Err(error) => (None, Some(chain(error))),
            };
            json!({ "store": store, "trusted": trusted, "unknown_because": why })
        })
        .collect();
    screen.json(&json!({
        "subject": certificate.subject(),
        "sha256": certificate.sha256(),
        "not_before": from,
        "not_after": until,
        "file": certificate.path(),
        "permitted": certificate.permitted(),
        "excluded": certificate.excluded(),
        "stores": stores,
    }))
}
