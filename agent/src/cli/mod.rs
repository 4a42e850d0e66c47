//! The command line: parses, asks the agent or the files, prints. One file a command.
//!
//! Neighbours: `main.rs` calls [`main`]; commands use `core` directly for what needs no running agent, `ipc` for what
//! does, and `setup` for what changes the machine. No command holds a rule of its own about what may leave.
//! Promise P5: errors and output never carry what people typed; `scan` shows at most four characters of a value, and
//! only to the person who has the file.

mod agent;
mod audit;
mod audit_epochs;
mod audit_pack;
mod audit_proof;
mod bench;
mod ca;
mod catalogue;
mod clipboard;
mod diagnostics;
mod doctor;
mod enroll;
mod env;
mod error;
mod event_text;
mod explain;
mod files;
mod fingerprint;
mod gateway;
mod generated;
mod held;
mod inputs;
mod log;
mod override_code;
mod owner;
mod place;
mod policy;
mod prove_untouched;
mod rego;
mod replay;
mod report;
mod scan;
mod screen;
mod selftest;
mod session;
mod setup;
mod sketch;
mod status;
mod when;

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{CommandFactory, Parser, Subcommand};

pub use error::CliError;
use screen::Screen;

const EXAMPLES: &str = "\
Examples:
  weir agent                         run the proxy in the foreground
  weir ca install --user             let your browsers trust it
  eval \"$(weir env)\"                 send this shell's programs through it
  weir scan notes.txt                what in this file must not leave?
  weir audit query --action block    what was blocked?

Exit status:
  0  done, nothing found
  1  something was found, or a check failed
  2  the command line is wrong
  3  the environment is: a file, the network, rights, no running agent";

/// Keeps secrets and personal data out of AI services.
///
/// Weir stands between this machine and AI services: it reads what is about to be sent, removes or replaces what must
/// not leave, and keeps a record that shows what happened without showing what was written.
#[derive(Parser)]
#[command(name = "weir", version, max_term_width = 100, after_help = EXAMPLES, subcommand_required = true, arg_required_else_help = true)]
pub(crate) struct Cli {
    /// Where Weir keeps its certificate, keys and log [default: /var/lib/weir for root, else ~/.local/state/weir]
    #[arg(long, global = true, env = "WEIR_STATE", value_name = "DIR", hide_env_values = true)]
    state: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Agent(agent::AgentArgs),
    Status(status::StatusArgs),
    Scan(scan::ScanArgs),
    Ca(ca::CaArgs),
    Setup(setup::SetupArgs),
    Doctor(doctor::DoctorArgs),
    #[command(name = "selftest")]
    SelfTest(selftest::SelfTestArgs),
    ProveUntouched(prove_untouched::ProveArgs),
    Enroll(enroll::EnrollArgs),
    Policy(policy::PolicyArgs),
    Sketch(sketch::SketchArgs),
    Fingerprint(fingerprint::FingerprintArgs),
    Catalogue(catalogue::CatalogueArgs),
    Bench(bench::BenchArgs),
    Audit(audit::AuditArgs),
    Explain(explain::ExplainArgs),
    Held(held::HeldArgs),
    Override(override_code::OverrideArgs),
    Clipboard(clipboard::ClipboardArgs),
    Session(session::SessionArgs),
    Replay(replay::ReplayArgs),
    Env(env::EnvArgs),
    Gateway(gateway::GatewayArgs),
    Completions(generated::CompletionsArgs),
    Man(generated::ManArgs),
    /// Runs rules in Rego for another process of Weir's
    #[command(name = crate::rego::COMMAND, hide = true)]
    Rego,
}

/// How a command ended when nothing failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// Exit status 0.
    Clean,
    /// Exit status 1: something was found, or a check failed.
    Found,
}

impl Ending {
    /// [`Ending::Found`] when it is so.
    pub(crate) const fn found_if(found: bool) -> Self {
        if found { Ending::Found } else { Ending::Clean }
    }
}

/// Runs the command line and says how to exit.
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    // The memory of the agent and of a session holds what people write.
    weir_rego::leave_no_traces();
    std::panic::set_hook(Box::new(|panic| {
        // The panic's own message can quote the text it failed on; the place cannot.
        let place = panic
            .location()
            .map_or_else(|| "an unknown place".to_owned(), ToString::to_string);
        Screen::new().complain(&format!("a fault in weir itself, at {place}; please report it"));
    }));
    let cli = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version come this way too; a closed pipe is nobody's error.
            let _ = error.print();
            return ExitCode::from(if error.use_stderr() { CliError::USAGE } else { 0 });
        }
    };
    let mut screen = Screen::new();
    let ended = cli.run(&mut screen).and_then(|ending| screen.finish().map(|()| ending));
    match ended {
        Ok(Ending::Clean) => ExitCode::SUCCESS,
        Ok(Ending::Found) => ExitCode::from(1),
        // The reader has seen enough.
        Err(error) if error.is_closed_pipe() => ExitCode::SUCCESS,
        Err(error) => {
            screen.complain(&error.to_string());
            ExitCode::from(error.exit_code())
        }
    }
}

/// The whole command, for completions and the manual.
pub(crate) fn command() -> clap::Command {
    Cli::command()
}

impl Cli {
    fn run(self, screen: &mut Screen) -> Result<Ending, CliError> {
        let place = || place::state(self.state.as_deref());
        match self.command {
            Command::Agent(args) => agent::run(args, place()?),
            Command::Status(args) => status::run(&args, &place()?, screen),
            Command::Scan(args) => scan::run(&args, screen),
            Command::Ca(args) => ca::run(&args, &place()?, screen),
            Command::Setup(args) => setup::run(&args, &place()?, screen),
            Command::Doctor(args) => doctor::run(&args, &place()?, screen),
            Command::SelfTest(args) => selftest::run(&args, &place()?, screen),
            Command::ProveUntouched(args) => prove_untouched::run(&args, &place()?, screen),
            Command::Enroll(args) => enroll::run(&args, &place()?, screen),
            Command::Policy(args) => policy::run(&args, &place, screen),
            Command::Sketch(args) => sketch::run(&args, screen),
            Command::Fingerprint(args) => fingerprint::run(&args, screen),
            Command::Catalogue(args) => catalogue::run(&args, screen),
            Command::Bench(args) => bench::run(&args, screen),
            Command::Audit(args) => audit::run(args, &place()?, screen),
            Command::Explain(args) => explain::run(&args, &place()?, screen),
            Command::Held(args) => held::run(&args, &place()?, screen),
            Command::Override(args) => override_code::run(&args, &place()?, screen),
            Command::Clipboard(args) => clipboard::run(&args, &place()?, screen),
            Command::Session(args) => session::run(&args, &place()?, screen),
            Command::Replay(args) => replay::run(&args, &place()?, screen),
            Command::Env(args) => env::run(&args, &place()?, screen),
            Command::Gateway(args) => gateway::run(&args, &place()?, screen),
            Command::Completions(args) => generated::completions(&args, screen),
            Command::Man(args) => generated::man(&args, screen),
            Command::Rego => rego::run(),
        }
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_command_line_is_consistent() {
        super::command().debug_assert();
    }
}
