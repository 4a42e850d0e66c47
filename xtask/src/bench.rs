//! `cargo xtask bench`: what Weir costs, as ratios against a direct connection and against a relay that ends TLS on both
//! legs and does nothing else. Absolute times belong to one machine and one moment; ratios of runs that took turns travel.

mod detect;
mod goals;
mod plan;
mod session;

use crate::goal::{Row, align, all_met, table};
use crate::shell::{Outcome, cargo, show};
use comfy_table::{Table, presets};
use plan::{Lane, Plan, Readings};
use serde_json::json;
use weir_support::{Folder, agent};

/// Options of `cargo xtask bench`
#[derive(clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    what: Option<What>,
    /// Rounds over all runs; the medians count
    #[arg(long, default_value_t = 5)]
    rounds: u32,
    /// Seconds of each run
    #[arg(long, default_value_t = 1.5)]
    seconds: f64,
    /// HTTP/2 requests after which resident memory is looked at again; the goal is about 1000000
    #[arg(long, default_value_t = 100_000)]
    soak: u64,
    /// Print JSON in place of the table
    #[arg(long)]
    json: bool,
    /// Fail when a goal is missed
    #[arg(long)]
    strict: bool,
}

/// A part that is measured by itself.
#[derive(clap::Subcommand)]
enum What {
    /// How right and how fast the detectors are, and others beside them
    Detect(detect::Arguments),
    /// What reading a message costs, service by service
    Content,
    /// What the programs of a desktop cost: copies, the icon, the panel, memory
    Session(session::Arguments),
}

/// Measures what is asked for.
pub(crate) fn run(arguments: &Arguments) -> Outcome {
    match &arguments.what {
        Some(What::Detect(arguments)) => detect::run(arguments),
        Some(What::Content) => content(),
        Some(What::Session(arguments)) => session::run(arguments),
        None => proxy(arguments),
    }
}

fn content() -> Outcome {
    let bench = ["bench", "--quiet", "--package", "weir-content", "--bench", "services"];
    Ok(show(&mut cargo(&bench))?)
}

/// What the proxy and judging cost: builds with optimisation, measures, prints goals beside what was reached.
fn proxy(arguments: &Arguments) -> Outcome {
    for build in [
        ["--package", "weir", "--bin", "weir"],
        ["--package", "weir-proxy", "--example", "noop"],
        ["--package", "weir-bench", "--bin", "weir-bench"],
    ] {
        show(cargo(&["build", "--release", "--quiet"]).args(build))?;
    }
    let folder = Folder::new("bench")?;
    let plan = Plan::start(folder.path(), &agent::target_dir().join("release"))?;
    let mut readings = Readings::default();
    for round in 1..=arguments.rounds {
        eprintln!("round {round} of {}", arguments.rounds);
        plan.round(round, arguments.seconds, &mut readings)?;
    }
    eprintln!("{} HTTP/2 requests on one agent", arguments.soak);
    plan.soak(arguments.soak, &mut readings)?;
    report(arguments, &readings)
}

fn report(arguments: &Arguments, readings: &Readings) -> Outcome {
    let rows = goals::rows(readings, arguments.soak);
    if arguments.json {
        let list: Vec<_> = rows.iter().map(Row::to_json).collect();
        println!(
            "{}",
            json!({"rounds": arguments.rounds, "goals": list, "medians": readings.medians()})
        );
    } else {
        println!("{}", medians(readings));
        println!("{}", table(&rows));
    }
    if arguments.strict { all_met(&rows) } else { Ok(()) }
}

fn medians(readings: &Readings) -> Table {
    let mut table = Table::new();
    table.load_style(presets::UTF8_FULL_CONDENSED);
    table.set_header([
        "median of the rounds",
        "direct",
        "relay",
        "weir, no-op",
        "weir, judging",
    ]);
    for &name in readings.names() {
        let cells = Lane::ALL.map(|lane| {
            readings
                .median(lane, name)
                .map_or("-".to_owned(), |value| format!("{value:.1}"))
        });
        table.add_row(std::iter::once(name.to_owned()).chain(cells));
    }
    align(&mut table, &[1, 2, 3, 4]);
    table
}
