//! How many records a second the two databases take, and how large a record is on the wire and in the table.
//!
//! `cargo bench -p weir-server --bench ingest`. Figures of one machine: compare those of one run with each other.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)] // A program that people watch.

#[path = "../tests/support/mod.rs"]
mod support;

use std::time::Instant;
use support::PostgresServer;
use weir_fleet::DeviceId;
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
        let packed = weir_crowd::batch(1, 0, count, random).pack().unwrap();
        println!("  {count:>5} in a batch: {:.0}", packed.len() as f64 / count as f64);
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
            let outcomes = repo.advance(batches, clock::now()).await.unwrap().outcomes;
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
                let batch = weir_crowd::batch(u32::from(device), first, rows, random);
                Advance {
                    device: id(device),
                    timeline: batch.timeline,
                    first,
                    last: batch.last,
                    before: batch.before,
                    head: batch.head,
                    rows: Row::all(&batch.records).unwrap(),
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

fn random() -> [u8; 16] {
    clock::random().unwrap()
}
