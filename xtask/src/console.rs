//! `cargo xtask console`: the console of the admin server, built and tested. What is built is part of `weir-server` from its
//! next build on.

mod stage;

use crate::shell::{Outcome, root, show};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::SystemTime;

/// Options of `cargo xtask console`
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Check it as well, and tell its stories in Chromium against a server and an agent
    #[arg(long)]
    test: bool,
    /// Only the stories whose names fit
    #[arg(long, requires = "test")]
    only: Option<String>,
}

/// Builds, and tests where that is asked for.
pub(crate) fn run(arguments: &Arguments) -> Outcome {
    build()?;
    if arguments.test {
        if arguments.only.is_none() {
            check()?;
        }
        stage::stories(arguments.only.as_deref())?;
    }
    Ok(())
}

/// Packages as the lock file has them, and the files that become part of the server.
pub(crate) fn build() -> Outcome {
    install()?;
    script("build")
}

/// The same where something of the console changed since the last time.
pub(crate) fn build_if_changed() -> Outcome {
    build_where_changed("console")
}

/// The same for the pages of the tray.
pub(crate) fn build_tray_if_changed() -> Outcome {
    build_where_changed("tray")
}

fn build_where_changed(pages: &str) -> Outcome {
    // Not the first page: where nothing was built, a build of the program puts one there that says so.
    let built = ui().join(pages).join("dist/assets");
    let built = built.metadata().and_then(|folder| folder.modified()).ok();
    let sources = [pages, "shared", "build", "package-lock.json"].map(|name| newest(&ui().join(name)));
    match built.is_some_and(|built| sources.into_iter().flatten().all(|source| source <= built)) {
        true => Ok(()),
        false => build(),
    }
}

/// Whether the types are those of the API, format, types, lints, and functions without a page.
pub(crate) fn check() -> Outcome {
    install()?;
    ["types:check", "format:check", "lint", "check", "test"]
        .into_iter()
        .try_for_each(script)
}

/// Stories in Chromium.
pub(crate) fn stories() -> Outcome {
    stage::stories(None)
}

/// Stories of the tray's pages, played to an agent that is made up; their real one is met in `tests/desktop`.
pub(crate) fn tray_stories() -> Outcome {
    script("browser:tray")
}

fn ui() -> PathBuf {
    root().join("ui")
}

/// Nothing of what comes runs at this, and nothing comes that the lock file does not name.
fn install() -> Outcome {
    let lock = std::fs::read_to_string(ui().join("package-lock.json"))?;
    let stamp = ui().join("node_modules/.installed");
    if std::fs::read_to_string(&stamp).is_ok_and(|installed| installed == lock) {
        return Ok(());
    }
    show(npm().args([
        "ci",
        "--ignore-scripts",
        "--no-audit",
        "--no-fund",
        "--loglevel",
        "error",
    ]))?;
    Ok(std::fs::write(stamp, lock)?)
}

fn script(name: &str) -> Outcome {
    Ok(show(npm().args(["run", "--silent", name]))?)
}

fn npm() -> Command {
    let mut npm = Command::new(if cfg!(windows) { "npm.cmd" } else { "npm" });
    npm.current_dir(ui());
    npm
}

/// When something in a folder was last written, what was built and installed left out.
fn newest(path: &Path) -> Option<SystemTime> {
    let name = path.file_name()?;
    if ["dist", "node_modules", "e2e"].iter().any(|other| name == *other) {
        return None;
    }
    let here = path.metadata().ok()?;
    if !here.is_dir() {
        return here.modified().ok();
    }
    let entries = std::fs::read_dir(path).ok()?;
    entries.filter_map(|entry| newest(&entry.ok()?.path())).max()
}
