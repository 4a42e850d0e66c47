//! How many records a second the two databases take, and how large a record is on the wire and in the table.
//!
//! `cargo bench -p weir-server --bench ingest`. Figures of one machine: compare those of one run with each other.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)] // A program that people watch.

#[path = "../tests/support/mod.rs"]
mod support;

use serde_json::value::RawValue;
use std::time::Instant;
use support::PostgresServer;
use weir_audit::Kind;
use weir_fleet::{Batch, DeviceId, Sent};
use weir_model::{EventId, Timestamp};
use weir_server::alerts::{self, Telling, Thresholds};
use weir_server::clock;
use weir_server::ingest::{Advance, Outcome, Row};
use weir_server::repo::{self, Repo};

const DEVICES: u16 = 256;

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        wire();
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("weir.db");
        let sqlite = repo::open(&format!("sqlite:{}", file.display())).await.unwrap();
        let records = fill("SQLite", &*sqlite).await;
        drop(sqlite);
        let bytes = std::fs::metadata(&file).unwrap().len();
        println!("  {:.0} bytes a record in the file\n", bytes as f64 / records as f64);
        let server = PostgresServer::start();
        let address = server.database("bench");
        let postgres = repo::open(&address).await.unwrap();
        let records = fill("PostgreSQL", &*postgres).await;
        let bytes = server.size("bench");
        println!(
            "  {:.0} bytes a record in tables and indexes",
            bytes as f64 / records as f64
        );
    });
}

/// Bytes a record on the wire, alone and in company.
fn wire() {
    println!("bytes a record on the wire");
    for count in [1_u64, 5, 20, 100, 1000] {
        let batch = Batch {
            timeline: 1,
            first: 0,
            last: count - 1,
            before: [1; 32],
            head: [2; 32],
            records: (0..count).map(|seq| sent(1, seq)).collect(),
        };
        println!(
            "  {count:>5} in a batch: {:.0}",
            batch.pack().unwrap().len() as f64 / count as f64
        );
    }
    println!();
}

/// Full batches, then lone ones; gives how many records there are.
async fn fill(name: &str, repo: &dyn Repo) -> u64 {
    let mut fleet = Fleet::default();
    let mut records = 0;
    println!("{name}");
    for (what, batches, rows, rounds) in [("batches of 100", 64, 100, 20), ("lone batches", 256, 1, 40)] {
        let prepared: Vec<Vec<Advance>> = (0..rounds).map(|_| fleet.batches(batches, rows)).collect();
        let count = u64::from(batches) * rows * rounds;
        let start = Instant::now();
        for batches in &prepared {
            let outcomes = repo.advance(batches, clock::now()).await.unwrap();
            assert!(outcomes.iter().all(|outcome| matches!(outcome, Outcome::Stored(_))));
        }
        let rate = count as f64 / start.elapsed().as_secs_f64();
        println!("  {what}: {rate:.0} records a second");
        records += count;
    }
    let start = Instant::now();
    let (lines, telling) = (Thresholds::default(), Telling::default());
    while alerts::step(repo, &lines, &telling, clock::now()).await.unwrap() {}
    let rate = records as f64 / start.elapsed().as_secs_f64();
    println!("  judged for alerts: {rate:.0} records a second");
    records
}

/// Where each log stands.
#[derive(Default)]
struct Fleet {
    next: Vec<u64>,
    turn: u16,
}

impl Fleet {
    fn batches(&mut self, count: u16, rows: u64) -> Vec<Advance> {
        self.next.resize(usize::from(DEVICES), 0);
        (0..count)
            .map(|_| {
                let device = self.turn;
                self.turn = (self.turn + 1) % DEVICES;
                let next = &mut self.next[usize::from(device)];
                let first = *next;
                *next += rows;
                Advance {
                    device: id(device),
                    timeline: 1,
                    first,
                    last: *next - 1,
                    before: head(first),
                    head: head(*next),
                    rows: (first..*next).map(|seq| Row::of(&sent(device, seq)).unwrap()).collect(),
                }
            })
            .collect()
    }
}

fn id(device: u16) -> DeviceId {
    let mut bytes = [7; 16];
    bytes[..2].copy_from_slice(&device.to_be_bytes());
    DeviceId::from_bytes(bytes)
}

fn head(seq: u64) -> [u8; 32] {
    let mut head = [0; 32];
    head[..8].copy_from_slice(&seq.to_be_bytes());
    head
}

/// A record as agents write it: of four messages one holds something. Ids and fingerprints are random, as they are.
fn sent(device: u16, seq: u64) -> Sent {
    let random = clock::random::<16>().unwrap();
    let time = 1_800_000_000_000 + 40_000 * seq.cast_signed() + i64::from(random[0]);
    let event = EventId::new(Timestamp::from_millis(time), random[..10].try_into().unwrap());
    let digest = "3a6cd6c1247d8f1b2e9c0a55d4f3e7b8a1c2d3e4f5061728394a5b6c7d8e9f00";
    let latency = 120 + u32::from(random[1]);
    let size = 800 + u32::from(random[2]) * 7;
    let body = match (seq + u64::from(device)) % 4 {
        0 => format!(
            r#"{{"time":{time},"event":"{event}","device":"laptop-{device}","user":"user{device}","process":{{"executable":"/usr/lib/chromium/chromium","pid":{pid}}},"channel":"browser","kind":"prompt","destination":{{"host":"chatgpt.com","service":"chatgpt-web","provider":"openai","tier":"unknown"}},"route":"conversation","level":"confidential","findings":[{{"data_type":"personal/email","level":"confidential","confidence":"high","place":{{"role":"prompt","locator":"json:/messages/*/content/parts/*","segment":0}},"count":1,"fingerprint":"{fingerprint}"}}],"environment":"production","decision":{{"action":"pseudonymise","per_finding":["pseudonymise"],"reasons":[{{"rule":"data-classification/confidential-approved","member":"data-classification","action":"pseudonymise","mode":"enforce","text":"Confidential data (personal/email) is replaced by stand-ins before it is sent to ChatGPT (OpenAI, approved)."}}],"obligations":["record for 365 days"],"bundle":{{"number":12,"digest":"{digest}"}}}},"disposition":"rewritten","latency_us":{latency},"message_bytes":{size}}}"#,
            pid = 1000 + u32::from(random[3]),
            fingerprint = hex::encode(random),
        ),
        1 => format!(
            r#"{{"time":{time},"event":"{event}","status":200,"restored":1,"complete":true,"latency_us":{latency}000,"answer_bytes":{size}}}"#
        ),
        _ => format!(
            r#"{{"time":{time},"event":"{event}","device":"laptop-{device}","user":"user{device}","channel":"api","kind":"prompt","destination":{{"host":"api.openai.com","service":"openai-api","provider":"openai","tier":"api","model":"gpt-5"}},"route":"chat-completions","level":"public","environment":"production","decision":{{"action":"allow","reasons":[{{"rule":"data-classification/public","member":"data-classification","action":"allow","mode":"enforce","text":"Nothing was found."}}],"obligations":["record for 365 days"],"bundle":{{"number":12,"digest":"{digest}"}}}},"disposition":"released","latency_us":{latency},"message_bytes":{size}}}"#
        ),
    };
    Sent {
        seq,
        kind: if body.contains("\"status\"") {
            Kind::Response
        } else {
            Kind::Decision
        },
        time: Timestamp::from_millis(time),
        id: event,
        body: RawValue::from_string(body).unwrap(),
    }
}
