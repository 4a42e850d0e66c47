//! A server, an agent and real records, and the stories that Chromium plays on them.

use super::{npm, ui};
use crate::run::{Exchange, exchanges, fleet};
use crate::shell::{Outcome, root, show};
use std::path::Path;
use std::process::{Command, Stdio};
use weir_support::fake::Options;
use weir_support::{FakeAi, Folder, Server, agent};

/// Where pictures of all pages go; they are not committed.
const PICTURES: &str = ".weir/pictures";

/// Plays all stories, or those whose names fit.
pub(super) fn stories(only: Option<&str>) -> Outcome {
    let folder = Folder::new("console")?;
    let fake = FakeAi::start(folder.path(), Options::default())?;
    let (server, laptop) = fleet::start(&fake, folder.path())?;
    let exchanges = exchanges(&fake, &laptop)?;
    fleet::told(&server, &exchanges)?;
    let blocked = exchanges.iter().find(|exchange| exchange.decision == "block");
    let blocked: &Exchange = blocked.ok_or("nothing was blocked")?;
    for (event, user) in [(&blocked.event, "grace"), (&exchanges[0].event, "linus")] {
        request(&server, folder.path(), event, user)?;
    }
    register(&server, folder.path())?;
    deletions(&server)?;
    let pictures = root().join(PICTURES);
    std::fs::create_dir_all(&pictures)?;
    let log_key = String::from_utf8(server.succeed(&["log", "key"])?.stdout)?;
    let mut browser = npm();
    browser
        .args(["run", "--silent", "browser"])
        .env("WEIR_URL", server.url())
        .env("WEIR_ADMIN", fleet::account(&server, "ada", "admin")?)
        .env("WEIR_VIEWER", fleet::account(&server, "vic", "viewer")?)
        .env("WEIR_BLOCKED", &blocked.event)
        .env("WEIR_PICTURES", pictures)
        .env("WEIR_BIN", agent::binary()?)
        .env("WEIR_LOG_KEY", log_key.trim())
        .env("WEIR_KEY", folder.path().join("approver.key"))
        .env("WEIR_SESSION", ui().join("console/e2e/.out-session.json"));
    if let Some(only) = only {
        browser.args(["--", "--grep", only]);
    }
    Ok(show(&mut browser)?)
}

/// Two people want providers, and one has promised something.
fn register(server: &Server, dir: &Path) -> Outcome {
    for (who, provider, purpose) in [
        ("grace", "mistral", "Support answers in German and French"),
        ("linus", "deepseek", "A cheaper model for tests"),
    ] {
        let answers = [
            ("--data", "Tickets, without payment data"),
            ("--training", "No, by contract"),
            ("--retention", "None, in the EU"),
            ("--others", "One subprocessor: the cloud it runs on"),
            ("--contract", "The enterprise agreement of May"),
            ("--end", "Deleted within 30 days; a breach is told within 48 hours"),
        ];
        let answers = answers.iter().flat_map(|(question, answer)| [*question, *answer]);
        let asked = ["provider", "ask", provider, "--level", "confidential", "--for", purpose];
        server.ask_as(who, &asked.into_iter().chain(answers).collect::<Vec<_>>())?;
    }
    let document = dir.join("enterprise agreement, signed.pdf");
    std::fs::write(&document, "what was agreed")?;
    let document = document.to_string_lossy();
    for (kind, until) in [("zero-retention", "2098-12-31"), ("no-training", "2099-12-31")] {
        let promise = ["provider", "promise", "openai", kind, "--tier", "api", "--until", until];
        server.ask(&[&promise[..], &["--evidence", &document]].concat())?;
    }
    Ok(())
}

/// Two people ask that a key is destroyed by which values are found in records.
fn deletions(server: &Server) -> Outcome {
    server.succeed(&["search-key", "new"])?;
    for (who, why) in [
        ("grace", "request 17 of a customer"),
        ("linus", "request 18 of a customer"),
    ] {
        server.ask_as(who, &["report", "deletion", "ask", "--key", "1", "--why", why])?;
    }
    Ok(())
}

/// The laptop asks for an exception, as its agent does when an employee wants one.
fn request(server: &Server, dir: &Path, event: &str, user: &str) -> Outcome {
    let request = serde_json::json!({
        "event": event,
        "user": user,
        "destination": {"name": "chatgpt-web", "tier": "enterprise"},
        "level": "confidential",
        "data_types": ["personal/email"],
        "rules": ["data-classification/confidential"],
        "terms": {"approvers": 1, "most_hours": 8, "most_uses": 3},
        "digest": "0".repeat(32),
        "reason": "The customer waits for this answer today",
    });
    let mut curl = Command::new("curl");
    curl.args([
        "--silent",
        "--show-error",
        "--fail-with-body",
        "--json",
        &request.to_string(),
    ])
    .arg("--cacert")
    .arg(server.authority())
    .arg("--cert")
    .arg(dir.join("state/fleet/device.pem"))
    .arg(format!("{}/v1/device/exceptions", server.url()));
    Ok(show(curl.stdout(Stdio::null()))?)
}
