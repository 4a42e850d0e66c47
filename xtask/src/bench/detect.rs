//! `cargo xtask bench detect`: how right and how fast the detectors are, as ratios in one run; with `--peers`, what other
//! programs find in the same texts and how fast they are.

use super::align;
use crate::shell::{Outcome, cargo, hear, root, show};
use comfy_table::{Table, presets};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Command;
use weir_support::agent;

/// Options of `cargo xtask bench detect`
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Directories with ordinary text and code [default: the sources of cargo's registry and the system's documentation]
    dirs: Vec<PathBuf>,
    /// How many MB of it
    #[arg(long, default_value_t = 100)]
    mb: usize,
    /// Also install Presidio, detect-secrets and Kingfisher from PyPI, under target/, and measure them
    #[arg(long)]
    peers: bool,
}

/// Those that can be had from PyPI: the package, and what `peers.py` calls it.
const PEERS: [(&str, &str); 3] = [
    ("presidio-analyzer", "presidio"),
    ("detect-secrets", "detect-secrets"),
    ("kingfisher-bin", "kingfisher"),
];
const LABELLED: &str = "tests/corpus/data/generated-dev.jsonl";

pub(crate) fn run(arguments: &Arguments) -> Outcome {
    show(cargo(&["build", "--release", "--quiet"]).args(["--package", "weir-corpus"]))?;
    let dirs = if arguments.dirs.is_empty() {
        ordinary()
    } else {
        arguments.dirs.clone()
    };
    let speed = corpus("speed", &dirs, arguments.mb)?;
    let speed: Value = serde_json::from_str(&speed)?;
    println!("{}", own(&speed));
    let mut rows = vec![row("weir", &speed["scan"], &score(None)?)];
    if arguments.peers {
        let texts = agent::target_dir().join("bench-texts.jsonl");
        std::fs::write(&texts, corpus("texts", &dirs, arguments.mb)?)?;
        for (_, tool) in PEERS {
            rows.push(peer(tool, &texts)?);
        }
    }
    println!("{}", compared(rows));
    Ok(())
}

/// What most machines of developers have.
fn ordinary() -> Vec<PathBuf> {
    let cargo_home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".cargo"));
    let registry = cargo_home.or(home).map(|cargo| cargo.join("registry/src"));
    let docs = PathBuf::from("/usr/share/doc");
    registry.into_iter().chain([docs]).filter(|dir| dir.is_dir()).collect()
}

fn corpus(task: &str, dirs: &[PathBuf], mb: usize) -> Outcome<String> {
    let mut command = program();
    command.arg(task).args(["--mb", &mb.to_string()]).args(dirs);
    said(&mut command)
}

fn score(predictions: Option<&Path>) -> Outcome<Value> {
    let mut command = program();
    command.args(["score", "--json", LABELLED]);
    if let Some(path) = predictions {
        command.arg("--predictions").arg(path);
    }
    Ok(serde_json::from_str(&said(&mut command)?)?)
}

fn program() -> Command {
    let mut command = Command::new(agent::target_dir().join("release/weir-corpus"));
    command.current_dir(root());
    command
}

fn said(command: &mut Command) -> Outcome<String> {
    let (done, said) = hear(command)?;
    if done { Ok(said) } else { Err(said.into()) }
}

fn peer(tool: &str, texts: &Path) -> Outcome<Vec<String>> {
    let folder = agent::target_dir().join("peers");
    let python = folder.join("bin/python");
    if !python.is_file() {
        show(Command::new("python3").args(["-m", "venv"]).arg(&folder))?;
        let packages = PEERS.map(|(package, _)| package);
        show(
            Command::new(&python)
                .args(["-m", "pip", "install", "--quiet"])
                .args(packages),
        )?;
    }
    let found = folder.join(format!("{tool}.jsonl"));
    let mut command = Command::new(&python);
    command
        .arg(root().join("xtask/src/bench/peers.py"))
        .args([tool, LABELLED]);
    command.arg(texts).arg(&found).current_dir(root());
    eprintln!("measuring {tool}");
    let answer = said(&mut command)?;
    // Libraries may say other things first.
    let last = answer.lines().rfind(|line| line.starts_with('{')).unwrap_or_default();
    let speed: Value = serde_json::from_str(last)?;
    Ok(row(tool, &speed["mb_per_second"], &score(Some(&found))?))
}

fn own(speed: &Value) -> Table {
    let number = |name: &str| speed[name].as_f64().unwrap_or_default();
    let mut table = table(&["weir, one thread", "measured", "of memchr's count", "goal"]);
    let share = |name: &str| format!("{:.3}", number(name) / number("memchr"));
    let rate = |name: &str| format!("{:.0} MB/s", number(name));
    let text = format!("{:.0} MB of text and code", number("mb"));
    let rows = [
        [
            "memchr, counting one byte".to_owned(),
            rate("memchr"),
            "1".to_owned(),
            String::new(),
        ],
        [text, rate("scan"), share("scan"), "≥ 0.1".to_owned()],
        [
            "small texts full of findings".to_owned(),
            rate("dense"),
            share("dense"),
            "≥ 0.02".to_owned(),
        ],
        [
            "start".to_owned(),
            format!("{:.1} ms", number("start_ms")),
            String::new(),
            "≤ 10 ms".to_owned(),
        ],
        [
            "extra memory".to_owned(),
            format!("{:.1} MiB", number("memory_mib")),
            String::new(),
            "≤ 20 MiB".to_owned(),
        ],
    ];
    rows.into_iter().for_each(|row| {
        table.add_row(row);
    });
    align(&mut table, &[1, 2, 3]);
    table
}

fn row(tool: &str, speed: &Value, report: &Value) -> Vec<String> {
    let speed = speed.as_f64().unwrap_or_default();
    let family = |name: &str| format!("{:.3}", report["families"][name]["f1"].as_f64().unwrap_or_default());
    let blocks = &report["documents"]["false_blocks"];
    let per_thousand =
        blocks["of"].as_f64().unwrap_or_default() * 1000.0 / blocks["all"].as_f64().unwrap_or(1.0).max(1.0);
    let evasion = report["evasion"]["of"].as_f64().unwrap_or_default()
        / report["evasion"]["all"].as_f64().unwrap_or(1.0).max(1.0);
    vec![
        tool.to_owned(),
        if speed < 10.0 {
            format!("{speed:.2}")
        } else {
            format!("{speed:.0}")
        },
        family("secrets"),
        family("financial"),
        family("national_ids"),
        family("contact"),
        format!("{:.3}", report["all"]["f1"].as_f64().unwrap_or_default()),
        format!("{evasion:.3}"),
        format!("{per_thousand:.1}"),
    ]
}

fn compared(rows: Vec<Vec<String>>) -> Table {
    let mut table = table(&[
        "",
        "MB/s",
        "F1 secrets",
        "F1 financial",
        "F1 national ids",
        "F1 contact",
        "F1 all",
        "evasion recall",
        "false blocks per 1,000",
    ]);
    rows.into_iter().for_each(|row| {
        table.add_row(row);
    });
    align(&mut table, &[1, 2, 3, 4, 5, 6, 7, 8]);
    table
}

fn table(header: &[&str]) -> Table {
    let mut table = Table::new();
    table.load_style(presets::UTF8_FULL_CONDENSED);
    table.set_header(header);
    table
}
