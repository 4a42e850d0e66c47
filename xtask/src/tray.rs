//! `cargo xtask tray`: the tray and its windows. They are built and tested in one step of their own, and nothing else needs
//! the libraries of a desktop.

use crate::console;
use crate::setup;
use crate::shell::{Outcome, cargo, show};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use weir_support::Agent;

/// Options of `cargo xtask tray`
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Build it as it is shipped
    #[arg(long)]
    release: bool,
    /// Check it as well, and tell its stories on a desktop without a screen
    #[arg(long)]
    test: bool,
}

/// Builds, and tests where that is asked for.
pub(crate) fn run(arguments: &Arguments) -> Outcome {
    build(arguments.release)?;
    if !arguments.test {
        return Ok(());
    }
    let tests = [
        "nextest",
        "run",
        "--no-fail-fast",
        "--package",
        "weir-tray",
        "--package",
        "weir-desktop",
    ];
    let mut tests = cargo(&tests);
    tests.env("WEIR_BIN", weir_support::agent::binary()?);
    Ok(show(tests.env("WEIR_TRAY_BIN", program("debug")))?)
}

/// Builds its pages and the program, as it is shipped or not.
pub(crate) fn build(release: bool) -> Outcome {
    let (profile, folder): (&[&str], _) = match release {
        true => (&["--release"], "release"),
        false => (&[], "debug"),
    };
    console::build_tray_if_changed()?;
    show(&mut cargo(&[&BUILD[..], profile].concat()))?;
    println!("built {}", program(folder).display());
    Ok(())
}

const BUILD: [&str; 4] = ["build", "--quiet", "--package", "weir-tray"];

/// What commands for the whole workspace leave out: the tray where it cannot be built, for want of the libraries of a desktop.
/// Elsewhere it is built with all others: on its own it would have other features of what they share, and build that anew.
pub(crate) fn left_out() -> &'static [&'static str] {
    match setup::has_tray_libraries() {
        true => &[],
        false => &["--exclude", "weir-tray"],
    }
}

/// The program that the stories of the desktop are told with; `None` where it was not built, and they cannot be told.
pub(crate) fn built() -> Option<PathBuf> {
    let program = program("debug");
    (cfg!(target_os = "linux") && program.is_file()).then_some(program)
}

/// Shows the tray of an agent on this display, until this is dropped; `None` where there is no display.
///
/// # Errors
/// It could not be built or started; everything else works without it.
pub(crate) fn show_on_display(agent: &Agent) -> Outcome<Option<Shown>> {
    let displays = ["DISPLAY", "WAYLAND_DISPLAY"];
    if !cfg!(target_os = "linux")
        || displays
            .iter()
            .all(|name| std::env::var_os(name).is_none_or(|at| at.is_empty()))
    {
        return Ok(None);
    }
    setup::tray_libraries()?;
    build(false)?;
    let mut tray = Command::new(program("debug"));
    tray.env("WEIR_STATE", agent.state()).arg("--hidden");
    Ok(Some(Shown(tray.stdin(Stdio::null()).spawn()?)))
}

/// A tray that ends with what it shows.
pub(crate) struct Shown(Child);

impl Drop for Shown {
    fn drop(&mut self) {
        // It has nothing to save, and protection does not depend on it.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn program(profile: &str) -> PathBuf {
    let name = format!("weir-tray{}", std::env::consts::EXE_SUFFIX);
    weir_support::agent::target_dir().join(profile).join(name)
}
