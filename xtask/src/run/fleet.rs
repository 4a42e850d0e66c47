//! A server and one laptop that is enrolled with it: policy comes signed, and what is blocked is known to the server.

use super::Exchange;
use crate::shell::{Outcome, root};
use serde_json::Value;
use std::path::Path;
use std::time::{Duration, Instant};
use weir_support::agent::{self, Launch};
use weir_support::{Agent, FakeAi, Server};

const PATIENCE: Duration = Duration::from_secs(30);

/// Starts both. The agent runs the demonstration pack when this returns, as the server's first bundle.
pub(crate) fn start(fake: &FakeAi, dir: &Path) -> Outcome<(Server, Agent)> {
    let path = |name: &str| dir.join(name).display().to_string();
    weir(dir, &["policy", "keygen", &path("approver")])?;
    let server = Server::start(dir, &dir.join("approver.pub"))?;
    let pack = root().join("policies/examples/demo.yaml").display().to_string();
    let (key, out) = (path("approver.key"), path("1.weirbundle"));
    let bundle = ["policy", "bundle", &pack, "--number", "1", "--audience", "laptops"];
    weir(dir, &[&bundle[..], &["--key", &key, "--out", &out]].concat())?;
    server.succeed(&["bundle", "publish", &out])?;
    let token = server.ask(&["token", "create", "--group", "laptops"])?;
    let token = token
        .first()
        .and_then(|made| made["token"].as_str())
        .unwrap_or_default();
    weir(dir, &["enroll", &server.url(), token])?;
    let launch = Launch {
        pack: None,
        ..Launch::in_front_of(fake, dir)
    };
    let agent = launch.start()?;
    wait("the agent does not run the server's bundle", || {
        let status = agent.run(&["status", "--json"])?;
        let status = agent::json_values(&status.stdout);
        Ok(status
            .first()
            .is_some_and(|said| said["status"]["policy"]["bundle"]["number"] == 1))
    })?;
    Ok((server, agent))
}

/// What the server knows of the exchanges that were blocked.
pub(crate) fn told(server: &Server, exchanges: &[Exchange]) -> Outcome<String> {
    let blocked: Vec<&str> = exchanges
        .iter()
        .filter(|exchange| exchange.decision == "block")
        .map(|exchange| exchange.event.as_str())
        .collect();
    wait("what was blocked does not reach the server", || {
        let events = server.ask(&["events", "--action", "block", "--purpose", "demonstration"])?;
        let known: Vec<&str> = events
            .iter()
            .filter_map(|event| Value::as_str(&event["event"]))
            .collect();
        Ok(blocked.iter().all(|event| known.contains(event)))
    })?;
    Ok(format!(
        "The server has what was blocked ({}), without what was written. Look:\n  {}\n",
        blocked.join(", "),
        server.line(&["events", "--action", "block", "--purpose", "demonstration"])
    ))
}

/// An account for whoever watches, and where to sign in with it.
pub(super) fn console(server: &Server) -> Outcome<String> {
    let password = account(server, "you", "admin")?;
    Ok(format!(
        "The console is at {}/ (the browser does not know its authority): sign in as `you` with {password}\n",
        server.url()
    ))
}

/// Makes an account; its one-time password.
pub(crate) fn account(server: &Server, name: &str, role: &str) -> Outcome<String> {
    let made = server.ask(&["account", "create", name, "--role", role])?;
    let password = made.first().and_then(|made| made["one_time_password"].as_str());
    Ok(password.ok_or("an account without a password")?.to_owned())
}

fn wait(what: &str, mut done: impl FnMut() -> Outcome<bool>) -> Outcome {
    let start = Instant::now();
    while !done()? {
        if start.elapsed() > PATIENCE {
            return Err(what.into());
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    Ok(())
}

fn weir(dir: &Path, arguments: &[&str]) -> Outcome {
    let output = agent::run(&agent::binary()?, &dir.join("state"), arguments)?;
    match output.status.success() {
        true => Ok(()),
        false => Err(String::from_utf8_lossy(&output.stderr).into()),
    }
}
