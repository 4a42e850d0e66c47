use clap::Args;
use serde_json::json;
use weir_wire::{Counts, Severity, Status};

use super::screen::{Screen, Tone};
use super::{CliError, Ending, when};
use crate::state::StateDir;
use weir_ipc::{Client, ConnectError};

/// Show how the running agent is doing
#[derive(Args)]
#[command(after_help = "\
Exit status: 0 all is well, 1 the agent reports an error, 3 it is not running.

Examples:
  weir status
  weir status --json | jq .status.counts")]
pub(crate) struct StatusArgs {
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(args: &StatusArgs, state: &StateDir, screen: &mut Screen) -> Result<Ending, CliError> {
    let status = match ask(state) {
        Ok(status) => status,
        Err(error) => {
            if args.json {
                screen.json(&json!({ "running": false }))?;
            }
            return Err(error);
        }
    };
    if args.json {
        screen.json(&json!({ "running": true, "status": status }))?;
    } else {
        print(&status, screen)?;
    }
    Ok(Ending::found_if(
        status
            .problems
            .iter()
            .any(|problem| problem.severity == Severity::Error),
    ))
}

pub(crate) fn ask(state: &StateDir) -> Result<Status, CliError> {
    block_on(async {
        let mut client = Client::connect(&state.agent(), "weir")
            .await
            .map_err(|error| connect_error(&error))?;
        client.status().await.map_err(|error| CliError::from_chain(&error))
    })
}

/// Runs one conversation with the agent.
pub(crate) fn block_on<T>(conversation: impl Future<Output = Result<T, CliError>>) -> Result<T, CliError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime
        .map_err(|error| CliError::environment(format!("cannot start: {error}")))?
        .block_on(conversation)
}

pub(crate) fn connect_error(error: &ConnectError) -> CliError {
    let said = CliError::from_chain(error);
    match error {
        ConnectError::NotRunning(_) => CliError::environment(format!("{said}; start it with `weir agent`")),
        _ => said,
    }
}

fn print(status: &Status, screen: &mut Screen) -> Result<(), CliError> {
    let headline = if status.problems.is_empty() {
        Tone::Good
    } else {
        Tone::Caution
    };
    let running = format!("weir {} is running", status.version);
    let running = screen.paint(&running, headline);
    screen.line(&format!(
        "{running} (process {}, since {})",
        status.pid,
        when::show(status.started)
    ))?;
    screen.line(&format!("  proxy        {}", status.proxy.listen.join(", ")))?;
    screen.line(&format!("  PAC          {}", status.proxy.pac))?;
    if let Some(gateway) = &status.gateway {
        let targets = gateway.targets.len();
        screen.line(&format!("  gateway      {}, targets: {targets}", gateway.listen))?;
    }
    screen.line(&format!(
        "  certificate  {}, until {}",
        status.certificate.path,
        when::show_day(status.certificate.not_after)
    ))?;
    let policy = &status.policy;
    let digest: String = policy.bundle.digest.chars().take(12).collect();
    screen.line(&format!(
        "  policy       {} {} (bundle {}, {digest}), {}",
        policy.pack, policy.version, policy.bundle.number, status.environment
    ))?;
    if let Some(expires) = policy.expires {
        screen.line(&format!("  until        {}", when::show(expires)))?;
    }
    screen.line(&format!("  server       {}", server(status)))?;
    screen.line(&format!("  log          {} records", status.audit.records))?;
    screen.line(&format!("  since start  {}", counts(&status.counts)))?;
    if status.held > 0 {
        screen.line(&format!("  waiting      {} (see `weir held list`)", status.held))?;
    }
    for exception in &status.exceptions {
        screen.line(&format!(
            "  exception    {} to {}, used {} of {}, until {}, approved by {}",
            exception.id,
            exception.destination,
            exception.used,
            exception.uses,
            when::show(exception.expires),
            exception.approved_by.iter().cloned().collect::<Vec<_>>().join(" and ")
        ))?;
    }
    for problem in &status.problems {
        let tone = if problem.severity == Severity::Error {
            Tone::Bad
        } else {
            Tone::Caution
        };
        let title = screen.paint(&problem.title, tone);
        screen.line(&format!("  {title} [{}]\n    {}", problem.code, problem.text))?;
    }
    Ok(())
}

fn server(status: &Status) -> String {
    match &status.server {
        None => "none: this device is enrolled nowhere".to_owned(),
        Some(server) => {
            let heard = server.heard.map_or_else(
                || "not heard since the agent came up".to_owned(),
                |heard| format!("heard {}", when::show(heard)),
            );
            format!("{}, group {}, {heard}", server.address, server.group)
        }
    }
}

fn counts(counts: &Counts) -> String {
    format!(
        "{} judged: {} allowed, {} warned, {} pseudonymised, {} redacted, {} blocked; {} connections tunnelled",
        counts.judged,
        counts.allowed,
        counts.warned,
        counts.pseudonymised,
        counts.redacted,
        counts.blocked,
        counts.tunnelled
    )
}
