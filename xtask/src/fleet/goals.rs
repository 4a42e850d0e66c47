//! What is to be reached.

use super::stage::{Engine, Poured, Stayed, Survived};
use crate::goal::{Goal, Row};
use Goal::{AtLeast, AtMost};

fn row(engine: Engine, name: &str, measure: &'static str, goal: Goal, reached: Option<f64>, unit: &'static str) -> Row {
    let name = format!("{}: {name}", engine.name());
    Row::plain((&name, measure), goal, reached, unit)
}

pub(super) fn staying(engine: Engine, stayed: &Stayed) -> Vec<Row> {
    let row = |name, measure, goal, reached, unit| row(engine, name, measure, goal, reached, unit);
    let news = |said: &serde_json::Value, step: &str| {
        // One laptop that never had it is no 99th percentile.
        let all = said[step]["devices"].as_u64() == Some(u64::from(stayed.devices));
        all.then(|| said[step]["p99_ms"].as_f64().map(|time| time / 1000.0))
            .flatten()
    };
    vec![
        row(
            "laptops connected",
            "at once",
            AtLeast(f64::from(stayed.devices)),
            stayed.open,
            "",
        ),
        row(
            "memory an idle laptop",
            "resident, of the server",
            AtMost(22.0),
            stayed.kib_a_device,
            " KiB",
        ),
        row(
            "policy is announced",
            "99 of 100 laptops",
            AtMost(2.0),
            news(&stayed.policy, "hinted"),
            " s",
        ),
        row(
            "policy is fetched and reported",
            "99 of 100 laptops",
            AtMost(2.0),
            news(&stayed.policy, "told"),
            " s",
        ),
        row(
            "a kill switch is announced",
            "99 of 100 laptops",
            AtMost(2.0),
            news(&stayed.switch, "hinted"),
            " s",
        ),
        row(
            "a kill switch is fetched",
            "99 of 100 laptops",
            AtMost(2.0),
            news(&stayed.switch, "fetched"),
            " s",
        ),
    ]
}

pub(super) fn pouring(engine: Engine, poured: &Poured) -> Vec<Row> {
    let row = |name, measure, goal, reached, unit| row(engine, name, measure, goal, reached, unit);
    let full = match engine {
        Engine::Sqlite => 20_000.0,
        Engine::Postgres => 50_000.0,
    };
    vec![
        row(
            "full batches",
            "records a second",
            AtLeast(full),
            poured.full["records_per_second"].as_f64(),
            "",
        ),
        row(
            "lone batches",
            "a second",
            AtLeast(10_000.0),
            poured.lone["batches_per_second"].as_f64(),
            "",
        ),
        row(
            "on the wire, full batches",
            "a record",
            AtMost(80.0),
            poured.full["bytes_per_record"].as_f64(),
            " B",
        ),
        row("stored", "a record", AtMost(175.0), poured.stored, " B"),
    ]
}

pub(super) fn surviving(engine: Engine, survived: &Survived) -> Vec<Row> {
    let row = |name, measure, goal, reached| row(engine, name, measure, goal, reached, "");
    let count = |name: &str| survived.said[name].as_f64();
    vec![
        row(
            "kills under load",
            "of server and database",
            AtLeast(f64::from(survived.kills)),
            Some(f64::from(survived.kills)),
        ),
        row("batches sent twice", "faults on purpose", AtLeast(1.0), count("twice")),
        row(
            "batches out of order",
            "faults on purpose",
            AtLeast(1.0),
            count("disordered"),
        ),
        row(
            "records lost",
            "of those acknowledged",
            AtMost(0.0),
            Some(survived.lost),
        ),
        row(
            "records stored twice",
            "of those acknowledged",
            AtMost(0.0),
            Some(survived.twice),
        ),
    ]
}
