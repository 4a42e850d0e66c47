//! The admin API against its own description: schemathesis makes requests from `openapi.json`, good and bad ones, and holds
//! every answer against it.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test's broken assumption is a failed test"
)]

use serde_json::Value;
use std::path::Path;
use std::process::Command;
use weir_support::{Folder, Server, tools};

#[test]
fn the_api_is_what_it_says() {
    let folder = Folder::new("api").unwrap();
    let server = Server::start(folder.path(), &policy_key(folder.path())).unwrap();
    let made = server
        .ask(&["api-token", "create", "schemathesis", "--role", "admin"])
        .unwrap();
    let token = made[0]["token"].as_str().unwrap();
    std::fs::write(folder.path().join("schemathesis.toml"), exceptions()).unwrap();
    let mut command = Command::new(tools::python_program("schemathesis"));
    command
        .current_dir(folder.path())
        .args(["run", &format!("{}/api/v1/openapi.json", server.url())])
        .arg("--tls-verify")
        .arg(server.authority())
        .args(["--header", &format!("Authorization: Bearer {token}")])
        // The same requests in every run. Nothing that leads elsewhere is followed.
        .args(["--seed", "7", "--max-examples", "40", "--max-redirects", "0"])
        .args(["--phases", "examples,coverage,fuzzing"])
        .args(["--continue-on-failure", "--warnings", "off", "--no-color"]);
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success(),
        "{said}\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let passed = said.lines().find_map(|line| {
        let (_, passed) = line.split_once("generated, ")?;
        passed.split_once(" passed")?.0.trim().parse::<u32>().ok()
    });
    assert!(passed.unwrap_or_default() > 1000, "{said}");

    // Whatever was asked for in between, the journal is whole, and what was read is in it.
    server.succeed(&["journal", "verify"]).unwrap();
    let rows = server.ask(&["journal", "list", "--limit", "10000"]).unwrap();
    let read = |row: &&Value| row["action"] == "events-read" && row["details"]["purpose"].is_string();
    assert!(rows.iter().filter(read).count() > 10);
}

/// No description can say which bundles and directives are signed, which of its packs a revision means, which
/// promises have a number and that their day is not over, that groups of a stage are of the audience, and that a time begins before
/// it ends.
const UNSAID: [&str; 12] = [
    "POST /api/v1/bundles",
    "POST /api/v1/directives/signed",
    "POST /api/v1/proposals/{proposal}/signed",
    "POST /api/v1/drafts/{draft}/revisions",
    "POST /api/v1/obligations",
    "POST /api/v1/drafts/{draft}/revisions/{number}/proposals",
    "GET /api/v1/exposure",
    "GET /api/v1/reports/absence",
    "GET /api/v1/reports/flows",
    "GET /api/v1/reports/flows.svg",
    "GET /api/v1/reports/pack",
    "POST /api/v1/reports/subject",
];

fn exceptions() -> String {
    let each = UNSAID.map(|operation| {
        format!("[[operations]]\ninclude-name = \"{operation}\"\nchecks.positive_data_acceptance.enabled = false\n")
    });
    each.concat()
}

/// A key that signs policy, for a server that wants one.
fn policy_key(dir: &Path) -> std::path::PathBuf {
    let (private, public) = (dir.join("policy.key"), dir.join("policy.pub"));
    for (arguments, from, to) in [
        (vec!["genpkey", "-algorithm", "ed25519"], None, &private),
        (vec!["pkey", "-pubout"], Some(&private), &public),
    ] {
        let mut openssl = Command::new("openssl");
        openssl.args(arguments);
        if let Some(from) = from {
            openssl.arg("-in").arg(from);
        }
        assert!(openssl.arg("-out").arg(to).status().unwrap().success());
    }
    public
}
