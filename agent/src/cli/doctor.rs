use std::path::{Path, PathBuf};

use clap::Args;
use weir_model::chain;
use weir_wire::{DoctorCheck, DoctorReport, DoctorStep, Status};

use super::screen::{Screen, Tone};
use super::{CliError, Ending, place, setup, status};
use crate::clock;
use crate::config::DEFAULT_LISTEN;
use crate::doctor::{self, CHECKS, Check, CheckState, Row, Scene};
use crate::setup::{Done, StepError, System, trust};
use crate::state::StateDir;

/// Look for everything that can be wrong, and mend it
///
/// Looks at the agent, its policy, server and log, at whom the system, browsers, Java and programs trust, at where browsers and
/// programs send what goes to AI services, and at what else on this machine has a say in that. What can be mended from here says
/// so, and can be taken back.
#[derive(Args)]
#[command(after_help = "\
Exit status: 0 nothing has failed, 1 something has, 3 a change failed.

Examples:
  weir doctor
  weir doctor --json | jq '.checks[] | select(.state == \"failed\")'
  weir doctor --fix node
  sudo weir doctor --fix
  weir doctor --undo node")]
pub(crate) struct DoctorArgs {
    /// Mend what is named, or everything that can be mended from here
    #[arg(long, value_name = "NAME", num_args = 0..=1, default_missing_value = "", conflicts_with = "undo")]
    fix: Option<String>,
    /// Take back what mends this
    #[arg(long, value_name = "NAME")]
    undo: Option<String>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(args: &DoctorArgs, state: &StateDir, screen: &mut Screen) -> Result<Ending, CliError> {
    let scene = scene(state);
    let mut failed = 0;
    if let Some(name) = args.fix.as_deref() {
        let is_meant = |row: &Row| row.fix.is_some();
        let checks = match name {
            "" => CHECKS.iter().filter(|check| is_meant(&check.row(&scene))).collect(),
            name => vec![named(name)?],
        };
        for check in checks {
            failed += carried_out(check, check.fix(&scene), screen);
        }
    }
    if let Some(name) = &args.undo {
        let check = named(name)?;
        failed += carried_out(check, check.undo(&scene), screen);
    }
    let rows: Vec<Row> = CHECKS.iter().map(|check| check.row(&scene)).collect();
    if args.json {
        screen.json(&report(&rows))?;
    } else {
        print(&rows, screen)?;
    }
    match failed {
        0 => Ok(Ending::found_if(
            rows.iter().any(|row| row.finding.health == CheckState::Failed),
        )),
        _ => Err(CliError::environment(format!("{failed} changes failed"))),
    }
}

/// This machine, as it is.
fn scene(state: &StateDir) -> Scene<'static> {
    let status = status::ask(state).map_err(|error| error.to_string());
    let proxy = status
        .as_ref()
        .ok()
        .and_then(|status| status.proxy.listen.first()?.parse().ok());
    let proxy = proxy.or_else(|| DEFAULT_LISTEN.parse().ok());
    let state = status
        .as_ref()
        .map_or_else(|_| state.clone(), |status| of_agent(status, state));
    let target = match proxy {
        Some(proxy) => setup::target(&state, proxy, false).map_err(|error| error.to_string()),
        None => Err("the agent's proxy has no address".to_owned()),
    };
    let root = PathBuf::from("/");
    Scene {
        commands: &System,
        environment: std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .collect(),
        ledger: setup::ledger(&root),
        root,
        person: trust::person(),
        now: clock::now(),
        certificate: place::certificate(&state).map_err(|error| error.to_string()),
        state,
        status,
        target,
    }
}

/// The state directory of the agent that answered: the machine's may be another than that of whoever asks.
fn of_agent(status: &Status, own: &StateDir) -> StateDir {
    let certificate = Path::new(&status.certificate.path);
    let root = certificate.parent().and_then(Path::parent);
    root.map_or_else(|| own.clone(), StateDir::at)
}

fn named(name: &str) -> Result<&'static Check, CliError> {
    doctor::named(name).ok_or_else(|| {
        let names: Vec<&str> = CHECKS.iter().map(|check| check.name).collect();
        CliError::usage(format!("there is no check `{name}`; there are {}", names.join(", ")))
    })
}

/// Tells what was done, beside the data; gives the number of failures.
fn carried_out(check: &Check, done: Vec<(String, Result<Done, StepError>)>, screen: &mut Screen) -> usize {
    if done.is_empty() {
        screen.note(&format!("{}: nothing can be done about it from here", check.name));
    }
    let mut failed = 0;
    for (step, done) in done {
        let said = match done {
            Ok(Done::Changed) => "changed".to_owned(),
            Ok(Done::Already) => "as it should be".to_owned(),
            Ok(Done::Skipped(why)) => format!("left out: {why}"),
            Err(error) => {
                failed += 1;
                format!("failed: {}", chain(&error))
            }
        };
        screen.note(&format!("{}: {step}: {said}", check.name));
    }
    failed
}

fn print(rows: &[Row], screen: &mut Screen) -> Result<(), CliError> {
    for row in rows {
        let (word, tone) = match row.finding.health {
            CheckState::Ok => ("ok", Tone::Good),
            CheckState::Warning => ("warning", Tone::Caution),
            CheckState::Failed => ("failed", Tone::Bad),
            CheckState::Skipped => ("skipped", Tone::Faint),
        };
        let word = screen.paint(&format!("{word:8}"), tone);
        screen.line(&format!("{word} {:16} {}", row.check.name, row.check.title))?;
        if row.finding.health != CheckState::Skipped {
            screen.line(&format!("{:25} {}", "", row.finding.found))?;
        }
        if let Some(fix) = row.fix {
            screen.line(&format!("{:25} {fix}: `weir doctor --fix {}`", "", row.check.name))?;
        }
    }
    let count = |health| rows.iter().filter(|row| row.finding.health == health).count();
    screen.line(&format!(
        "\n{} ok, {} warnings, {} failed, {} skipped",
        count(CheckState::Ok),
        count(CheckState::Warning),
        count(CheckState::Failed),
        count(CheckState::Skipped)
    ))
}

/// As the tray reads it.
fn report(rows: &[Row]) -> DoctorReport {
    let titled = |title: Option<&str>| {
        title.map(|title| DoctorStep {
            title: title.to_owned(),
        })
    };
    let check = |row: &Row| DoctorCheck {
        name: row.check.name.to_owned(),
        title: row.check.title.to_owned(),
        state: row.finding.health,
        found: row.finding.found.clone(),
        fix: titled(row.fix),
        undo: titled(row.undo),
    };
    DoctorReport {
        checks: rows.iter().map(check).collect(),
    }
}
