//! `cargo xtask bench session`: what the programs of a desktop cost, as they are shipped, on desktops without a screen.

use crate::goal::{Goal, Row, all_met, table};
use crate::shell::{Outcome, cargo, show};
use crate::tray;
use serde_json::{Value, json};
use std::process::{Command, Stdio};
use weir_support::agent::{json_values, target_dir};

/// Options of `cargo xtask bench session`
#[derive(clap::Args)]
pub(super) struct Arguments {
    /// Copies on X11, and on Wayland
    #[arg(long, default_value_t = 120)]
    copies: usize,
    /// Seconds without a copy, in which the session is watched
    #[arg(long, default_value_t = 60)]
    idle: u64,
    /// Starts of the tray, and prompts that wait
    #[arg(long, default_value_t = 7)]
    rounds: usize,
    /// Print JSON in place of the table
    #[arg(long)]
    json: bool,
    /// Fail when a goal is missed
    #[arg(long)]
    strict: bool,
}

/// Builds with optimisation what is measured, measures, and prints goals beside what was reached.
pub(super) fn run(arguments: &Arguments) -> Outcome {
    show(&mut cargo(&[
        "build",
        "--release",
        "--quiet",
        "--package",
        "weir",
        "--bin",
        "weir",
    ]))?;
    tray::build(true)?;
    show(&mut cargo(&[
        "build",
        "--quiet",
        "--workspace",
        "--bin",
        "weir-desktop",
    ]))?;
    let mut measure = Command::new(target_dir().join("debug/weir-desktop"));
    measure
        .args(["--copies", &arguments.copies.to_string()])
        .args(["--idle", &arguments.idle.to_string()])
        .args(["--rounds", &arguments.rounds.to_string()])
        .env("WEIR_BIN", target_dir().join("release/weir"))
        .env("WEIR_TRAY_BIN", target_dir().join("release/weir-tray"))
        .stdin(Stdio::null())
        .stderr(Stdio::inherit());
    let output = measure.output()?;
    if !output.status.success() {
        return Err("the figures could not be taken; see above".into());
    }
    let readings = json_values(&output.stdout);
    let rows: Vec<Row> = GOALS.iter().map(|goal| row(goal, &readings)).collect();
    if arguments.json {
        let list: Vec<_> = rows.iter().map(Row::to_json).collect();
        println!("{}", json!({"goals": list, "readings": readings}));
    } else {
        println!("{}", table(&rows));
        for reading in &readings {
            println!(
                "{:>44}  {:.2}",
                reading["name"].as_str().unwrap_or_default(),
                reading["value"].as_f64().unwrap_or_default()
            );
        }
    }
    if arguments.strict { all_met(&rows) } else { Ok(()) }
}

fn row(
    (name, measure, reading, most, unit): &(&str, &'static str, &str, f64, &'static str),
    readings: &[Value],
) -> Row {
    let reached = readings.iter().find(|one| one["name"] == *reading);
    let reached = reached.and_then(|one| one["value"].as_f64());
    Row::plain((name, measure), Goal::AtMost(*most), reached, unit)
}

/// What is said of it, how it is measured, the reading, and the most it may be.
const GOALS: &[(&str, &str, &str, f64, &str)] = &[
    (
        "a copy by xclip is an event",
        "95 of 100",
        "x11 copy to event p95 ms",
        50.0,
        " ms",
    ),
    (
        "a copy by wl-copy is an event",
        "95 of 100",
        "wayland copy to event p95 ms",
        50.0,
        " ms",
    ),
    (
        "memory of `weir session`, X11",
        "not shared",
        "x11 session private MB",
        10.0,
        " MB",
    ),
    (
        "memory of `weir session`, Wayland",
        "not shared",
        "wayland session private MB",
        10.0,
        " MB",
    ),
    (
        "`weir session` without a copy, X11",
        "of a processor",
        "x11 session idle %",
        0.1,
        " %",
    ),
    (
        "`weir session` without a copy, Wayland",
        "of a processor",
        "wayland session idle %",
        0.1,
        " %",
    ),
    (
        "the tray's icon after its start",
        "median",
        "tray started to icon p50 ms",
        500.0,
        " ms",
    ),
    (
        "the panel after a prompt was sent",
        "95 of 100",
        "tray prompt to panel p95 ms",
        300.0,
        " ms",
    ),
    (
        "memory of the tray without a window",
        "not shared",
        "tray hidden private MB",
        64.0,
        " MB",
    ),
    (
        "the same after a window",
        "not shared",
        "tray begun anew private MB",
        64.0,
        " MB",
    ),
];
