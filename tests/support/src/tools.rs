//! The real clients that stories are told with: where `cargo xtask ci-setup` puts them.

use crate::folder::root;
use std::path::PathBuf;
use std::process::Command;

/// Versions of the SDKs, of what tests the admin API and of what reads the archive, so that a run next year is the same run.
pub const PYTHON_PACKAGES: [&str; 6] = [
    "openai==3.52.0",
    "anthropic==2.11.0",
    "httpx2[http2]==2.16.2",
    "websockets==17.4",
    "schemathesis==4.32.5",
    "duckdb==2.0.1",
];

/// Versions of the Node packages: an SDK, its HTTP client, a provider of OpenID Connect to sign in by, and an S3.
pub const NODE_PACKAGES: [&str; 4] = ["openai@6.49.0", "undici@7.30.2", "oidc-provider@9.13.3", "s3rver@3.7.1"];

/// Programs that must be on the path, each with the Debian package it comes in.
pub const PROGRAMS: [(&str, &str); 24] = [
    ("chromium", "chromium"),
    ("firefox-esr", "firefox-esr"),
    ("certutil", "libnss3-tools"),
    ("gnutls-cli", "gnutls-bin"),
    ("curl", "curl"),
    ("openssl", "openssl"),
    ("node", "nodejs"),
    ("npm", "npm"),
    ("pg_ctlcluster", "postgresql"),
    ("debootstrap", "debootstrap"),
    ("systemd-nspawn", "systemd-container"),
    ("rpmbuild", "rpm"),
    ("pkg-config", "pkg-config"),
    ("Xvfb", "xvfb"),
    ("dbus-daemon", "dbus"),
    ("xclip", "xclip"),
    ("sway", "sway"),
    ("wl-copy", "wl-clipboard"),
    ("openbox", "openbox"),
    ("wmctrl", "wmctrl"),
    ("xwininfo", "x11-utils"),
    ("WebKitWebDriver", "webkit2gtk-driver"),
    ("pdftotext", "poppler-utils"),
    ("faketime", "faketime"),
];

/// Libraries that the tray is built with and loads, by the names of pkg-config, each with the Debian package it comes in.
pub const LIBRARIES: [(&str, &str); 2] = [
    ("webkit2gtk-4.1", "libwebkit2gtk-4.1-dev"),
    ("ayatana-appindicator3-0.1", "libayatana-appindicator3-dev"),
];

/// Everything the set-up step installs below the repository.
#[must_use]
pub fn folder() -> PathBuf {
    root().join("tests/.tools")
}

/// Python with the SDKs.
#[must_use]
pub fn python() -> PathBuf {
    let python = folder().join("python");
    if cfg!(windows) {
        python.join("Scripts/python.exe")
    } else {
        python.join("bin/python")
    }
}

/// A program that came with a Python package.
#[must_use]
pub fn python_program(name: &str) -> PathBuf {
    python().with_file_name(name)
}

/// A Python script of the stories, ready for its arguments.
#[must_use]
pub fn python_script(name: &str) -> Command {
    let mut command = Command::new(python());
    command.arg(scripts().join(name)).env_remove("PYTHONPATH");
    command
}

/// A Node script of the stories, ready for its arguments.
#[must_use]
pub fn node_script(name: &str) -> Command {
    let mut command = Command::new("node");
    // Packages are looked up beside the script, so a copy of it is run from where they are. It appears whole or not at
    // all: other tests may be starting theirs.
    let (copy, unfinished) = (
        folder().join(name),
        folder().join(format!("{name}.{}", std::process::id())),
    );
    let _ = std::fs::copy(scripts().join(name), &unfinished).and_then(|_| std::fs::rename(&unfinished, &copy));
    command.arg(copy);
    command
}

fn scripts() -> PathBuf {
    root().join("tests/e2e/scripts")
}
