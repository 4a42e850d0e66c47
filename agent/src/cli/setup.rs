use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use serde_json::json;
use weir_model::chain;
use weir_proxy::Pac;

use super::screen::{Screen, Tone};
use super::{CliError, Ending, place};
use crate::config::DEFAULT_LISTEN;
use crate::setup::machine::{self, LEDGER, Target};
use crate::setup::{self, Done, Ledger, State, Step, StepError, System, trust};
use crate::state::StateDir;

/// Set this machine up for Weir, or take everything back
///
/// Writes managed policies of browsers (which hosts go through Weir, QUIC and Encrypted Client Hello off, trust in the
/// device's certificate), puts the certificate into the system's trust store, and sets variables for Node, Python and Deno.
/// Packages and device management run it; the agent itself never changes the system. What stood in a file before is kept in
/// `/var/lib/weir-setup` and comes back byte for byte.
#[derive(Args)]
pub(crate) struct SetupArgs {
    #[command(subcommand)]
    command: SetupCommand,
}

#[derive(Subcommand)]
enum SetupCommand {
    Install(InstallArgs),
    Remove(RemoveArgs),
    Verify(VerifyArgs),
}

#[derive(Args)]
struct Place {
    /// Work on the system below this directory: an image, which has no trust store to work yet
    #[arg(long, value_name = "DIR", default_value = "/", hide_default_value = true)]
    root: PathBuf,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Args)]
struct Wish {
    /// Where the agent's proxy listens
    #[arg(long, value_name = "ADDR:PORT", default_value = DEFAULT_LISTEN)]
    proxy: SocketAddr,
    /// Also send programs that read HTTPS_PROXY through Weir; all their traffic depends on the agent then
    #[arg(long)]
    programs: bool,
}

/// Make every change that is not made yet
///
/// Needs the certificate that the agent makes when it first starts. It is checked first: an authority that may vouch for any
/// site is not installed. Changes made for an earlier certificate are taken back.
#[derive(Args)]
#[command(after_help = "\
Exit status: 0 done, 1 something was left out because it cannot be done here, 3 a change failed.

Examples:
  sudo weir setup install
  sudo weir setup install --dry-run
  sudo weir setup install --root /mnt/image --json")]
struct InstallArgs {
    #[command(flatten)]
    wish: Wish,
    #[command(flatten)]
    place: Place,
    /// Say what would be done, and do nothing
    #[arg(long)]
    dry_run: bool,
}

/// Take every change back
///
/// What somebody else has added to a file since stays there.
#[derive(Args)]
#[command(after_help = "\
Exit status: 0 done, 3 a change could not be taken back.

Examples:
  sudo weir setup remove
  sudo weir setup remove --dry-run")]
struct RemoveArgs {
    #[command(flatten)]
    place: Place,
    /// Say what would be done, and do nothing
    #[arg(long)]
    dry_run: bool,
}

/// Say which changes are in place
#[derive(Args)]
#[command(after_help = "\
Exit status: 0 every change is in place, 1 one is not.

Examples:
  sudo weir setup verify
  sudo weir setup verify --json | jq '.steps[] | select(.state != \"present\")'")]
struct VerifyArgs {
    #[command(flatten)]
    wish: Wish,
    #[command(flatten)]
    place: Place,
}

pub(crate) fn run(args: &SetupArgs, state: &StateDir, screen: &mut Screen) -> Result<Ending, CliError> {
    match &args.command {
        SetupCommand::Install(args) => install(args, state, screen),
        SetupCommand::Remove(args) => remove(args, screen),
        SetupCommand::Verify(args) => verify(args, state, screen),
    }
}

fn install(args: &InstallArgs, state: &StateDir, screen: &mut Screen) -> Result<Ending, CliError> {
    may_change(&args.place)?;
    let ledger = ledger(&args.place.root);
    let target = target(state, args.wish.proxy, args.wish.programs)?;
    let outdated = machine::outdated(Some(&target), &ledger).map_err(|error| CliError::from_chain(&error))?;
    let wanted = machine::wanted(&target, &ledger);
    let mut report = Report::default();
    for step in &outdated {
        report.carry_out(&**step, Way::Undo, args.dry_run);
    }
    for step in &wanted {
        report.carry_out(&**step, Way::Apply, args.dry_run);
    }
    report.print(args.place.json, screen)
}

fn remove(args: &RemoveArgs, screen: &mut Screen) -> Result<Ending, CliError> {
    may_change(&args.place)?;
    let ledger = ledger(&args.place.root);
    let steps = machine::outdated(None, &ledger).map_err(|error| CliError::from_chain(&error))?;
    let mut report = Report::default();
    for step in &steps {
        report.carry_out(&**step, Way::Undo, args.dry_run);
    }
    report.print(args.place.json, screen)
}

fn verify(args: &VerifyArgs, state: &StateDir, screen: &mut Screen) -> Result<Ending, CliError> {
    let ledger = ledger(&args.place.root);
    let target = target(state, args.wish.proxy, args.wish.programs)?;
    let mut report = Report::default();
    for step in machine::wanted(&target, &ledger) {
        report.look_at(&*step);
    }
    report.print(args.place.json, screen)
}

/// What this machine is set up for, from what the agent has laid out.
pub(crate) fn target(state: &StateDir, proxy: SocketAddr, programs_by_proxy: bool) -> Result<Target, CliError> {
    if !proxy.ip().is_loopback() {
        return Err(CliError::usage(format!(
            "`{proxy}` is not an address of this machine alone"
        )));
    }
    let certificate = place::certificate(state)?;
    let list = state.hosts();
    let hosts = std::fs::read_to_string(&list)
        .map_err(|error| CliError::environment(format!("cannot read `{}`: {error}", list.display())))?;
    let hosts = machine::checked(&certificate, &hosts).map_err(|error| CliError::from_chain(&error))?;
    Ok(Target {
        certificate,
        pac: Pac::new(&hosts).render(proxy),
        proxy,
        programs_by_proxy,
    })
}

/// Where the changes of the whole machine are noted: an image keeps its own.
pub(crate) fn ledger(root: &Path) -> Ledger {
    Ledger::new(root.join(LEDGER.trim_start_matches('/')), root.to_owned())
}

fn may_change(place: &Place) -> Result<(), CliError> {
    if place.root == Path::new("/") && !trust::may_change_machine() {
        return Err(CliError::environment(
            "the machine can only be changed by root; use `sudo`",
        ));
    }
    Ok(())
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    Apply,
    Undo,
}

/// What became of each step.
#[derive(Default)]
struct Report {
    lines: Vec<Line>,
}

struct Line {
    step: String,
    /// One word: `present`, `done`, `would be done`, `left out`, `failed` …
    state: &'static str,
    tone: Tone,
    why: Option<String>,
}

impl Report {
    fn carry_out(&mut self, step: &dyn Step, way: Way, dry_run: bool) {
        if dry_run {
            return self.foretell(step, way);
        }
        let done = match way {
            Way::Apply => setup::install(step, &System),
            Way::Undo => setup::uninstall(step, &System),
        };
        let (state, tone, why) = match done {
            Ok(Done::Changed) if way == Way::Apply => ("done", Tone::Good, None),
            Ok(Done::Changed) => ("taken back", Tone::Good, None),
            Ok(Done::Already) if way == Way::Apply => ("present", Tone::Faint, None),
            Ok(Done::Already) => ("absent", Tone::Faint, None),
            Ok(Done::Skipped(why)) => ("left out", Tone::Caution, Some(why)),
            Err(error) => ("failed", Tone::Bad, Some(chain(&error))),
        };
        self.add(step, state, tone, why);
    }

    fn foretell(&mut self, step: &dyn Step, way: Way) {
        let verified = step.verify(&System);
        let (state, tone, why) = match (verified, way) {
            (Ok(State::Present), Way::Apply) => ("present", Tone::Faint, None),
            (Ok(State::Absent), Way::Undo) => ("absent", Tone::Faint, None),
            (Ok(State::Absent | State::Partial), Way::Apply) => ("would be done", Tone::Good, None),
            (Ok(State::Present | State::Partial), Way::Undo) => ("would be taken back", Tone::Good, None),
            (other, _) => worded(other),
        };
        self.add(step, state, tone, why);
    }

    fn look_at(&mut self, step: &dyn Step) {
        let (state, tone, why) = worded(step.verify(&System));
        self.add(step, state, tone, why);
    }

    fn add(&mut self, step: &dyn Step, state: &'static str, tone: Tone, why: Option<String>) {
        self.lines.push(Line {
            step: step.describe(),
            state,
            tone,
            why,
        });
    }

    fn print(&self, as_json: bool, screen: &mut Screen) -> Result<Ending, CliError> {
        if as_json {
            let steps = self.lines.iter();
            let steps: Vec<_> = steps
                .map(|line| json!({ "step": line.step, "state": line.state, "why": line.why }))
                .collect();
            screen.json(&json!({ "steps": steps }))?;
        } else if self.lines.is_empty() {
            screen.line("nothing to do")?;
        }
        for line in self.lines.iter().filter(|_| !as_json) {
            let why = line.why.as_ref().map_or_else(String::new, |why| format!(": {why}"));
            let state = screen.paint(&format!("{:12}", line.state), line.tone);
            screen.line(&format!("{state} {}{why}", line.step))?;
        }
        let failed = self.lines.iter().filter(|line| line.tone == Tone::Bad).count();
        match failed {
            0 => Ok(Ending::found_if(
                self.lines.iter().any(|line| line.tone == Tone::Caution),
            )),
            _ => Err(CliError::environment(format!(
                "{failed} of {} changes failed",
                self.lines.len()
            ))),
        }
    }
}

fn worded(state: Result<State, StepError>) -> (&'static str, Tone, Option<String>) {
    match state {
        Ok(State::Present) => ("present", Tone::Good, None),
        Ok(State::Partial) => ("half", Tone::Caution, None),
        Ok(State::Absent) => ("absent", Tone::Caution, None),
        Ok(State::Unavailable(why)) => ("left out", Tone::Caution, Some(why)),
        Err(error) => ("failed", Tone::Bad, Some(chain(&error))),
    }
}
