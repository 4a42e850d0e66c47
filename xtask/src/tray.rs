//! `cargo xtask tray`: the tray and its windows. They are built and tested in one step of their own, and nothing else needs
//! the libraries of a desktop.

use crate::console;
use crate::shell::{Outcome, cargo, show};
use std::path::PathBuf;

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
    if arguments.test {
        check()?;
        let mut stories = cargo(&["nextest", "run", "--no-fail-fast", "--package", "weir-desktop"]);
        let stories = stories.env("WEIR_BIN", weir_support::agent::binary()?);
        return Ok(show(stories.env("WEIR_TRAY_BIN", program("debug")))?);
    }
    build(arguments.release)
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
/// What the steps leave out that look at everything else.
pub(crate) const NOT_HERE: [&str; 2] = ["--exclude", "weir-tray"];

/// The program that the stories of the desktop are told with; `None` where it was not built, and they cannot be told.
pub(crate) fn built() -> Option<PathBuf> {
    let program = program("debug");
    (cfg!(target_os = "linux") && program.is_file()).then_some(program)
}

/// Builds the program, and lints and tests it. Its stories are told with all others.
pub(crate) fn check() -> Outcome {
    if !cfg!(target_os = "linux") {
        println!("NOT CHECKED: the tray is built and tested on Linux");
        return Ok(());
    }
    console::build_tray_if_changed()?;
    show(&mut cargo(&BUILD))?;
    Ok(show(&mut cargo(&[
        "nextest",
        "run",
        "--no-fail-fast",
        "--package",
        "weir-tray",
    ]))?)
}

fn program(profile: &str) -> PathBuf {
    let name = format!("weir-tray{}", std::env::consts::EXE_SUFFIX);
    weir_support::agent::target_dir().join(profile).join(name)
}
