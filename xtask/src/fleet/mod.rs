//! `cargo xtask fleet`: the admin server with thousands of laptops, each with a key, a certificate and a connection of its own,
//! on one machine. Figures belong to that machine; the goals are for two cores that the server shares with all the laptops
//! and, where there is one, with PostgreSQL.
//!
//! ```text
//! enrol ─ stay: memory, news ─ pour: full batches, lone ones
//! enrol ─ pour with faults, while server and database are killed ─ every record is there once
//! ```

mod goals;
mod stage;

use crate::goal::{Row, all_met, table};
use crate::shell::{Outcome, cargo, show};
use serde_json::json;
use stage::{Engine, Stage};

/// Options of `cargo xtask fleet`
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Laptops that are connected; this machine must let a process have that many sockets open
    #[arg(long, default_value_t = 10_000)]
    devices: u32,
    /// Batches of a hundred records that each of 256 laptops sends
    #[arg(long, default_value_t = 20)]
    batches: u64,
    /// With this database alone
    #[arg(long, value_enum)]
    database: Option<Engine>,
    /// Print JSON in place of the table
    #[arg(long)]
    json: bool,
    /// Fail when a goal is missed
    #[arg(long)]
    strict: bool,
}

/// Builds with optimisation, measures, prints goals beside what was reached.
pub(crate) fn run(arguments: &Arguments) -> Outcome {
    // By one command: each choice of packages has features of its own, and would build much anew.
    let mut build = cargo(&["build", "--release", "--quiet"]);
    for program in ["weir", "weir-server", "weir-crowd"] {
        build.args(["--package", program, "--bin", program]);
    }
    show(&mut build)?;
    let engines = arguments
        .database
        .map_or_else(|| Engine::ALL.to_vec(), |engine| vec![engine]);
    let mut rows = Vec::new();
    for engine in engines {
        eprintln!("{}: {} laptops", engine.name(), arguments.devices);
        let stage = Stage::begin(engine)?;
        rows.extend(goals::staying(engine, &stage.stay(arguments.devices)?));
        eprintln!("{}: records", engine.name());
        rows.extend(goals::pouring(engine, &stage.pour(arguments.batches)?));
        drop(stage);
        eprintln!(
            "{}: records, while the server and its database are killed",
            engine.name()
        );
        rows.extend(goals::surviving(engine, &Stage::begin(engine)?.survive()?));
    }
    report(arguments, &rows)
}

fn report(arguments: &Arguments, rows: &[Row]) -> Outcome {
    if arguments.json {
        let list: Vec<_> = rows.iter().map(Row::to_json).collect();
        println!("{}", json!({"devices": arguments.devices, "goals": list}));
    } else {
        println!("{}", table(rows));
    }
    if arguments.strict { all_met(rows) } else { Ok(()) }
}
