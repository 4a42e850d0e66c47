use std::fs;
use std::io::Read;
use std::path::PathBuf;

use clap::Args;
use serde_json::json;
use weir_sync::Identity;

use super::screen::Screen;
use super::status::block_on;
use super::{CliError, Ending, owner};
use crate::fleet::machine;
use crate::state::StateDir;

/// Let an admin server send policy to this machine, and gather its records
///
/// Makes a key, which never leaves the machine, and has it certified. From its next start on the agent runs the bundles of
/// the server, and sends it what it records; records hold no content. It works without the server as well.
#[derive(Args)]
#[command(after_help = "\
Exit status: 0 enrolled, 2 the command line is wrong, 3 refused, or the server cannot be reached.

Examples:
  weir enroll https://weir.example:8443 weir_enrol_…
  weir enroll https://weir.example:8443 --token-file /etc/weir/token
  echo \"$TOKEN\" | weir enroll https://weir.example:8443 -

The administrator makes tokens with `weir-server token create`.")]
pub(crate) struct EnrollArgs {
    /// The server
    #[arg(value_name = "URL")]
    server: String,
    /// The token; `-` reads it from standard input
    #[arg(
        value_name = "TOKEN",
        required_unless_present = "token_file",
        conflicts_with = "token_file"
    )]
    token: Option<String>,
    /// Read the token from a file, as tools that manage machines bring it
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,
    /// Leave the server this machine is enrolled with for this one
    #[arg(long)]
    again: bool,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(args: &EnrollArgs, state: &StateDir, screen: &mut Screen) -> Result<Ending, CliError> {
    // Read while it is still root who reads: the file may be root's alone.
    let token = token(args)?;
    owner::become_owner(state)?;
    let dir = state.fleet();
    let before = Identity::read(&dir).ok().flatten();
    if let Some(before) = before.filter(|_| !args.again) {
        return Err(CliError::environment(format!(
            "this machine is enrolled with {} already; `--again` leaves it",
            before.server()
        )));
    }
    state.create().map_err(|error| CliError::from_chain(&error))?;
    let enrolled = block_on(async {
        let enrolled = weir_sync::enrol(&dir, &args.server, &token, machine()).await;
        enrolled.map_err(|error| CliError::from_chain(&error))
    })?;
    if args.json {
        let (device, group) = (enrolled.device(), enrolled.group());
        screen.json(&json!({ "device": device, "group": group, "server": enrolled.server() }))?;
    } else {
        screen.line(&format!(
            "Enrolled with {} as {}.",
            enrolled.server(),
            enrolled.device()
        ))?;
        screen.line("The agent follows it from its next start on.")?;
    }
    Ok(Ending::Clean)
}

fn token(args: &EnrollArgs) -> Result<String, CliError> {
    match (&args.token, &args.token_file) {
        (_, Some(path)) => {
            let failed = |error| CliError::environment(format!("cannot read `{}`: {error}", path.display()));
            fs::read_to_string(path).map_err(failed)
        }
        (Some(token), None) if token != "-" => Ok(token.clone()),
        _ => {
            let mut token = String::new();
            let read = std::io::stdin().take(4096).read_to_string(&mut token);
            read.map_err(|error| CliError::environment(format!("cannot read the token: {error}")))?;
            Ok(token)
        }
    }
}
