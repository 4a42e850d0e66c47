//! Real values of a company's own, from its files to a request that the running agent holds back.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test's broken assumption is a failed test"
)]

use serde_json::json;
use std::path::Path;
use weir_e2e::Stage;
use weir_support::agent::{self, Launch};
use weir_support::client::Outgoing;
use weir_support::fake::Options;

const PACK: &str = "\
pack: {name: acme, version: 1.0.0, extends: [weir/baseline]}
providers: {approvals: {openai: approved}}
classification:
  custom:
    - {id: acme/customer, level: restricted, sketch: customers.weirsketch, together: 2, alone: ignore}
    - {id: acme/handbook, level: restricted, fingerprints: handbook.weirprints}
  sheets: [classification.csv]
";

const HANDBOOK: &str = "\
The travel rules of this company are as follows. Whoever travels for more than four hours by train may book first class, \
and whoever flies within the continent sits where everybody sits. Hotels are booked by the office in Lisbon, which has \
agreed on prices with forty houses; a receipt is needed for everything above nine euros. Meals are paid by the day.";

fn stage() -> Stage {
    Stage::with("real-values", Options::default(), |launch| {
        let dir = launch.state.parent().unwrap().to_owned();
        make_files(&dir);
        Launch {
            pack: Some(dir.join("acme.yaml")),
            ..launch
        }
    })
}

fn make_files(dir: &Path) {
    std::fs::write(dir.join("acme.yaml"), PACK).unwrap();
    let rows: String = (0..500)
        .map(|number| format!("Cust{number} Omer,A-{:06}\n", number * 1013))
        .collect();
    std::fs::write(dir.join("customers.csv"), format!("name,account\n{rows}")).unwrap();
    std::fs::write(
        dir.join("classification.csv"),
        "table,column,level\nstaff,badge,restricted\n",
    )
    .unwrap();
    std::fs::write(dir.join("handbook.txt"), HANDBOOK).unwrap();
    let path = |name: &str| dir.join(name).display().to_string();
    let (table, document, prints) = (path("customers.csv"), path("handbook.txt"), path("handbook.weirprints"));
    let columns = ["--column", "name", "--column", "account"];
    weir(
        dir,
        &[&["sketch", "build", "--together", &table][..], &columns].concat(),
    );
    weir(dir, &["fingerprint", "build", &document, "--out", &prints]);
}

fn weir(dir: &Path, arguments: &[&str]) {
    let output = agent::run(&agent::binary().unwrap(), &dir.join("state"), arguments).unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

fn ask(stage: &Stage, text: &str) -> u16 {
    let body = json!({"model": "gpt-5", "messages": [{"role": "user", "content": text}]});
    let request = Outgoing::json("api.openai.com", "/v1/chat/completions", &body);
    let reply = stage.client().send(&request).unwrap_or_else(|error| panic!("{error}"));
    reply.status
}

/// The types that the last record names.
fn found(stage: &Stage) -> Vec<String> {
    let records = stage.agent().records().unwrap();
    let findings = records.last().unwrap()["findings"].as_array().unwrap().clone();
    findings
        .iter()
        .map(|finding| finding["data_type"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn two_values_of_one_row_do_not_leave_and_those_of_two_rows_do() {
    let stage = stage();
    assert_eq!(ask(&stage, "why did Cust7 Omer with A-007091 complain?"), 403);
    assert_eq!(found(&stage), ["acme/customer", "acme/customer"]);
    assert_eq!(ask(&stage, "why did Cust8 Omer with A-007091 complain?"), 200);
    assert_eq!(ask(&stage, "why did Cust7 Omer complain?"), 200);
}

#[test]
fn a_passage_of_a_document_and_a_column_of_a_sheet_do_not_leave() {
    let stage = stage();
    assert_eq!(ask(&stage, &format!("Shorten this: {}", &HANDBOOK[60..])), 403);
    assert_eq!(found(&stage), ["acme/handbook"]);
    assert_eq!(ask(&stage, &format!("Shorten this: {}", &HANDBOOK[..90])), 200);
    assert_eq!(ask(&stage, "the staff:\n\nplace,badge\nroof,blue seven\n"), 403);
    assert_eq!(found(&stage), ["column/staff.badge"]);
    assert_eq!(ask(&stage, "the birds:\n\nplace,badge\nroof,blue seven\n"), 200);
}
