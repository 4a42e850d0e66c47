use clap::{Args, Subcommand};
use serde_json::json;
use weir_wire::Target;

use super::screen::{Screen, Tone};
use super::{CliError, Ending, owner, status};
use crate::gateway::Tokens;
use crate::os;
use crate::state::StateDir;

/// Use the local gateway: models of the company's choice for programs
///
/// The agent opens it with `weir agent --gateway`. Programs call it as they would call OpenAI or Anthropic, with a token in
/// place of a key; it chooses among the targets of the policy in force.
#[derive(Args)]
pub(crate) struct GatewayArgs {
    #[command(subcommand)]
    command: GatewayCommand,
}

#[derive(Subcommand)]
enum GatewayCommand {
    Token(TokenArgs),
    Status(StatusArgs),
}

/// Print the token that programs of a user send in place of a key
///
/// It is made from the gateway's own key, which only the user who runs the agent, and root, can read. Removing
/// `keys/gateway.key` and starting the agent again makes all tokens void.
#[derive(Args)]
#[command(after_help = "\
Examples:
  OPENAI_API_KEY=$(weir gateway token) OPENAI_BASE_URL=http://127.0.0.1:18081/openai/v1 python app.py
  ANTHROPIC_API_KEY=$(weir gateway token) ANTHROPIC_BASE_URL=http://127.0.0.1:18081/anthropic python app.py
  sudo weir gateway token --user ada")]
struct TokenArgs {
    /// Another user of this machine, by name or number
    #[arg(long, value_name = "USER")]
    user: Option<String>,
}

/// Show where the gateway listens, and which targets it can call
#[derive(Args)]
#[command(after_help = "\
Exit status: 0 every target can be called, 1 one of them cannot, 3 there is no gateway.

Examples:
  weir gateway status
  weir gateway status --json | jq .targets")]
struct StatusArgs {
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(args: &GatewayArgs, state: &StateDir, screen: &mut Screen) -> Result<Ending, CliError> {
    match &args.command {
        GatewayCommand::Token(args) => token(args, state, screen),
        GatewayCommand::Status(args) => show(args, state, screen),
    }
}

fn token(args: &TokenArgs, state: &StateDir, screen: &mut Screen) -> Result<Ending, CliError> {
    let user = match &args.user {
        None => os::own_id(),
        Some(user) => user.parse().ok().or_else(|| os::user_id(user)),
    };
    let user = user.ok_or_else(|| match &args.user {
        Some(user) => CliError::usage(format!("there is no user `{user}` on this machine")),
        None => CliError::usage("this system does not tell who you are; name a number with `--user`".to_owned()),
    })?;
    owner::become_owner(state)?;
    state.create().map_err(|error| CliError::from_chain(&error))?;
    let key = state.gateway_key().map_err(|error| CliError::from_chain(&error))?;
    screen.line(&Tokens::new(&key).of(user))?;
    Ok(Ending::Clean)
}

fn show(args: &StatusArgs, state: &StateDir, screen: &mut Screen) -> Result<Ending, CliError> {
    let gateway = status::ask(state)?.gateway;
    let gateway = gateway.ok_or_else(|| {
        CliError::environment("the agent runs without a gateway; start it with `weir agent --gateway`".to_owned())
    })?;
    if args.json {
        screen.json(&json!(gateway))?;
    } else {
        let listen = &gateway.listen;
        screen.line(&format!("OpenAI     http://{listen}/openai/v1"))?;
        screen.line(&format!("Anthropic  http://{listen}/anthropic"))?;
        if gateway.targets.is_empty() {
            screen.line("No targets: the policy in force names none under `providers.targets`.")?;
        }
        for target in &gateway.targets {
            screen.line(&line(target, screen))?;
        }
    }
    Ok(Ending::found_if(
        gateway.targets.iter().any(|target| target.problem.is_some()),
    ))
}

fn line(target: &Target, screen: &Screen) -> String {
    let model = target.model.as_deref().unwrap_or("the caller's model");
    let what = format!("  {}  {}, {model}", target.id, target.provider);
    match (&target.problem, &target.address) {
        (Some(problem), _) => screen.paint(&format!("{what}: {problem}"), Tone::Caution),
        (None, address) => format!("{what}  {}", address.as_deref().unwrap_or_default()),
    }
}
