use std::path::PathBuf;

use clap::Args;

use super::read;
use crate::cli::screen::Screen;
use crate::cli::{CliError, Ending};
use crate::state::StateDir;
use weir_ipc::{AskError, Client};

/// Put a signed bundle in force on this device
///
/// The running agent verifies it, compiles it, runs its tests, and keeps it. What is refused changes nothing. Connections
/// stay open: requests that are being judged end under the old policy.
#[derive(Args)]
#[command(after_help = "\
Exit status: 0 in force, 1 refused, 3 there is no agent to ask.

Examples:
  weir agent --bundle-key alice.pub --group acme &
  weir policy install acme-42.weirbundle")]
pub(in super::super) struct InstallArgs {
    /// The bundle
    #[arg(value_name = "BUNDLE")]
    bundle: PathBuf,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

pub(in super::super) fn run(args: &InstallArgs, state: &StateDir, screen: &mut Screen) -> Result<Ending, CliError> {
    let bundle = read(&args.bundle)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| CliError::environment(format!("cannot start: {error}")))?;
    let asked = runtime.block_on(async {
        let mut client = Client::connect(&state.agent(), "weir")
            .await
            .map_err(|error| CliError::from_chain(&error))?;
        Ok::<_, CliError>(client.take_bundle(bundle).await)
    })?;
    let policy = match asked {
        Ok(policy) => policy,
        Err(AskError::Refused(refusal)) => {
            screen.complain(&refusal.to_string());
            return Ok(Ending::Found);
        }
        Err(error) => return Err(CliError::from_chain(&error)),
    };
    match args.json {
        true => screen.json(&policy)?,
        false => screen.line(&format!(
            "bundle {} is in force: {} {}",
            policy.bundle.number, policy.pack, policy.version
        ))?,
    }
    Ok(Ending::Clean)
}
