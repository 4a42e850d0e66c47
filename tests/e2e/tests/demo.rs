//! The first thing a newcomer runs must work: `cargo xtask run --once`.

#![allow(clippy::unwrap_used, reason = "a test's broken assumption is a failed test")]

use std::process::{Command, Stdio};
use weir_support::folder::root;

#[test]
fn xtask_run_shows_the_five_exchanges() {
    let mut command = match std::env::var_os("XTASK_BIN") {
        Some(xtask) => Command::new(xtask),
        None => {
            let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
            cargo.args(["run", "--quiet", "--package", "xtask", "--"]);
            cargo
        }
    };
    let output = command
        .args(["run", "--once"])
        .current_dir(root())
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}\n{complaint}");
    for row in [
        "clean prompt",
        "API key",
        "e-mail and card",
        "file with a secret",
        "other host",
    ] {
        assert!(said.contains(row), "no row `{row}` in:\n{said}");
    }
    for decision in ["allow", "block", "pseudonymise", "tunnel"] {
        assert!(said.contains(decision), "no decision `{decision}` in:\n{said}");
    }
    assert!(said.contains("The server has what was blocked"), "{said}");
    assert!(said.contains("Next steps"), "{said}");
}
