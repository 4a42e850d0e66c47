//! `cargo xtask test`: what CI runs, on any machine. The summary of the test runner comes last.

use crate::shell::{Outcome, cargo, chain, hear, show};
use crate::{console, setup, tray};
use std::process::Command;
use std::time::Instant;

/// Options of `cargo xtask test`
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Do not install anything
    #[arg(long)]
    no_setup: bool,
    /// Only tests whose names contain one of these; all other checks are skipped
    filters: Vec<String>,
}

/// Runs all checks, also after a failure; any failure fails the whole.
pub(crate) fn run(arguments: &Arguments) -> Outcome {
    if !is_linting() {
        return again();
    }
    let started = Instant::now();
    if !arguments.no_setup {
        heading("set-up");
        setup::run()?;
    }
    let mut failed = Vec::new();
    if arguments.filters.is_empty() {
        for (name, check) in CHECKS {
            heading(name);
            if let Err(error) = check() {
                eprintln!("error: {}", chain(error.as_ref()));
                failed.push(name);
            }
        }
    }
    heading("tests");
    let outcome = tests(&arguments.filters);
    if !failed.is_empty() {
        println!("failed before the tests: {}", failed.join(", "));
    }
    outcome?;
    if !failed.is_empty() {
        return Err(format!(
            "{} of the checks failed ({:.0?} in all)",
            failed.len(),
            started.elapsed()
        )
        .into());
    }
    Ok(())
}

/// What compiles the crates of the workspace, and says so.
pub(crate) const WRAPPER: &str = "RUSTC_WORKSPACE_WRAPPER";

fn is_linting() -> bool {
    std::env::var_os(WRAPPER).is_some()
}

/// Begins anew in an environment in which every crate of the workspace is linted as it is compiled, by whichever command.
/// `cargo clippy` has all dependencies looked at for itself, and our own crates compiled a second time for the tests: that was
/// a third of the time of a whole run.
fn again() -> Outcome {
    let mut again = Command::new(std::env::current_exe()?);
    again
        .args(std::env::args_os().skip(1))
        .env(WRAPPER, "clippy-driver")
        // As `cargo clippy -- -D warnings` writes it.
        .env("CLIPPY_ARGS", "-D__CLIPPY_HACKERY__warnings__CLIPPY_HACKERY__");
    // What stories are told with, as it is built below: this program itself is replaced by then.
    let programs = [
        ("WEIR_BIN", "weir"),
        ("WEIR_SERVER_BIN", "weir-server"),
        ("XTASK_BIN", "xtask"),
    ];
    for (variable, name) in programs {
        let program = format!("{name}{}", std::env::consts::EXE_SUFFIX);
        again.env(variable, weir_support::agent::target_dir().join("debug").join(program));
    }
    Ok(show(&mut again)?)
}

type Check = (&'static str, fn() -> Outcome);

const CHECKS: [Check; 9] = [
    // First: what is built is compiled into the server and the tray.
    ("pages: build", console::build),
    ("pages: types, format, lints, functions", console::check),
    ("format", format),
    ("build and lints", build),
    ("licences, bans and sources of dependencies", dependencies),
    ("advisories on dependencies", advisories),
    ("examples in documentation", examples),
    ("console: stories in Chromium", console::stories),
    ("tray: stories of its pages in Chromium", console::tray_stories),
];

fn format() -> Outcome {
    Ok(show(&mut cargo(&["fmt", "--all", "--check"]))?)
}

/// Everything is built here that is run later, and linted as it is. By one command: each choice of packages has features of its
/// own, and would have the programs built once more.
fn build() -> Outcome {
    let all = ["build", "--workspace", "--all-targets", "--quiet"];
    Ok(show(&mut cargo(&[&all[..], tray::left_out()].concat()))?)
}

fn dependencies() -> Outcome {
    if !setup::has_cargo_tool("deny") {
        return Err("cargo-deny is not installed: `cargo install --locked cargo-deny`".into());
    }
    Ok(show(&mut cargo(&[
        "deny",
        "--workspace",
        "check",
        "--hide-inclusion-graph",
        "licenses",
        "bans",
        "sources",
    ]))?)
}

/// The database of advisories is on the network. Where it cannot be reached, a copy from earlier is used; where there is
/// none, that is said, and only that: a missing network must not look like a clean result, nor stop work on a train.
fn advisories() -> Outcome {
    for (way, remark) in [
        ("--workspace", ""),
        ("--offline", " (with the copy from an earlier fetch)"),
    ] {
        let arguments = ["deny", way, "check", "--hide-inclusion-graph", "advisories"];
        println!("$ cargo {}", arguments.join(" "));
        let (passed, said) = hear(&mut cargo(&arguments))?;
        if passed {
            println!("{}{remark}", said.trim_end());
            return Ok(());
        }
        if !said.contains("failed to fetch advisory database") && !said.contains("'FETCH_HEAD'") {
            return Err(said.into());
        }
    }
    println!("NOT CHECKED: the advisory database cannot be reached from here, and there is no copy of it");
    Ok(())
}

fn examples() -> Outcome {
    let all = ["test", "--doc", "--workspace", "--quiet"];
    Ok(show(&mut cargo(&[&all[..], tray::left_out()].concat()))?)
}

/// The programs are built first, so that no story waits for cargo.
fn tests(filters: &[String]) -> Outcome {
    build()?;
    let tray = tray::built();
    let mut left_out = tray::left_out().to_vec();
    if tray.is_none() {
        left_out.extend(["--exclude", "weir-desktop"]);
    }
    let mut runner = if setup::has_cargo_tool("nextest") {
        cargo(&[&["nextest", "run", "--workspace", "--no-fail-fast"], &left_out[..]].concat())
    } else {
        println!("cargo-nextest is not installed; `cargo test` runs the same tests, more slowly");
        let all = ["test", "--workspace", "--no-fail-fast", "--all-targets"];
        cargo(&[&all[..], &left_out[..], &["--"]].concat())
    };
    runner.envs(tray.map(|tray| ("WEIR_TRAY_BIN", tray)));
    Ok(show(with_filters(&mut runner, filters))?)
}

fn with_filters<'a>(runner: &'a mut Command, filters: &[String]) -> &'a mut Command {
    runner.args(filters)
}

fn heading(name: &str) {
    println!("\n── {name}");
}
