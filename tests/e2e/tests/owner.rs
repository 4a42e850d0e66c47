//! Root in the state directory of another user, as `sudo` has it: what it leaves there is that user's. Needs root; where it is not, it says
//! SKIPPED.

#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test's broken assumption is a failed test; what is skipped is said"
)]

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::Output;
use weir_support::agent::{self, binary};

const NOBODY: u32 = 65534;

/// A state directory of the user `nobody`, whom everybody lets through to it.
fn of_nobody(dir: &Path) -> PathBuf {
    fs::set_permissions(dir, Permissions::from_mode(0o755)).unwrap();
    let state = dir.join("state");
    fs::create_dir(&state).unwrap();
    chown(&state, Some(NOBODY), Some(NOBODY)).unwrap();
    state
}

fn weir(state: &Path, arguments: &[&str]) -> Output {
    agent::run(&binary().unwrap(), state, arguments).unwrap()
}

fn owners(dir: &Path) -> Vec<u32> {
    let entries = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path());
    let below = entries.flat_map(|path| {
        if path.is_dir() {
            owners(&path)
        } else {
            vec![path.metadata().unwrap().uid()]
        }
    });
    let mut all: Vec<u32> = below.chain([dir.metadata().unwrap().uid()]).collect();
    all.dedup();
    all
}

#[test]
fn root_leaves_nothing_that_the_agent_cannot_read() {
    if fs::metadata("/proc/self").is_ok_and(|own| own.uid() != 0) {
        return println!("SKIPPED: needs root");
    }
    let dir = tempfile::tempdir().unwrap();
    let state = of_nobody(dir.path());

    let token = weir(&state, &["gateway", "token", "--user", "1000"]);
    assert!(token.status.success(), "{}", String::from_utf8_lossy(&token.stderr));
    assert!(state.join("keys/gateway.key").exists());

    // A token that root alone can read. Nobody answers there.
    let file = dir.path().join("token");
    fs::write(&file, "weir_enrol_of_nobody").unwrap();
    fs::set_permissions(&file, Permissions::from_mode(0o600)).unwrap();
    let enrolled = weir(
        &state,
        &[
            "enroll",
            "https://127.0.0.1:1",
            "--token-file",
            &file.display().to_string(),
        ],
    );
    assert_eq!(enrolled.status.code(), Some(3));
    let said = String::from_utf8_lossy(&enrolled.stderr);
    assert!(!said.contains("cannot read"), "{said}");
    assert_eq!(owners(&state), [NOBODY]);

    let refused = weir(&state, &["agent", "--listen", "127.0.0.1:0"]);
    assert_eq!(refused.status.code(), Some(3));
    let said = String::from_utf8_lossy(&refused.stderr);
    assert!(said.contains("belongs to the user 65534"), "{said}");
    assert_eq!(owners(&state), [NOBODY]);
}
