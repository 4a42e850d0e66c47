use std::io::IsTerminal;

use clap::Args;
use tracing_subscriber::EnvFilter;
use weir_session::{Ended, Options};

use super::screen::Screen;
use super::{CliError, Ending, agent};
use crate::state::StateDir;

/// Guard the clipboard of this session, and tell of prompts that wait
///
/// Runs once for each user who is signed in, without a window. What is copied is shown to the agent, which says by policy
/// what is done: nothing, a notification, the same without what was found, or an empty clipboard. Ends on SIGTERM or Ctrl-C;
/// what leaves the machine is judged whether it runs or not.
#[derive(Args)]
#[command(after_help = "\
Exit status: 0 it was told to end, or another session of this user runs already.

Examples:
  weir session
  weir clipboard              how the clipboard is watched")]
pub(crate) struct SessionArgs {
    /// What to log; content is never logged
    #[arg(
        long,
        value_name = "FILTER",
        env = "WEIR_LOG",
        default_value = "info",
        hide_env_values = true
    )]
    log: String,
    /// Print one line of JSON when it ends
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(args: &SessionArgs, state: &StateDir, screen: &mut Screen) -> Result<Ending, CliError> {
    let filter = EnvFilter::try_new(&args.log)
        .map_err(|error| CliError::usage(format!("`{}` is not a log filter: {error}", args.log)))?;
    let logging = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr)
        .try_init();
    logging.map_err(|error| CliError::environment(format!("cannot start the log: {error}")))?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .max_blocking_threads(4)
        .enable_all()
        .build();
    let runtime = runtime.map_err(|error| CliError::environment(format!("cannot start: {error}")))?;
    let options = Options {
        state: state.told().map(ToOwned::to_owned),
    };
    let ended = runtime.block_on(weir_session::run(options, agent::shutdown()));
    // A thread may wait for the clipboard for as long as nobody copies.
    runtime.shutdown_background();
    let ended = ended.map_err(|error| CliError::from_chain(&error))?;
    if args.json {
        screen.json(&serde_json::json!({ "already_running": ended == Ended::NotAlone }))?;
    } else if ended == Ended::NotAlone {
        screen.note("a session of this user runs already");
    }
    Ok(Ending::Clean)
}
