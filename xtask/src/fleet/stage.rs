//! A server, its database, and laptops that belong to it.

use crate::shell::{Outcome, hear};
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;
use weir_support::{Crowd, Folder, PostgresServer, Server, agent, now_ns};

/// What keeps the records.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Engine {
    Sqlite,
    Postgres,
}

impl Engine {
    pub(super) const ALL: [Engine; 2] = [Engine::Sqlite, Engine::Postgres];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "SQLite",
            Self::Postgres => "PostgreSQL",
        }
    }
}

pub(super) struct Stage {
    server: Server,
    postgres: Option<PostgresServer>,
    // Last: it is removed when everything else is gone.
    folder: Folder,
}

/// Laptops that are connected and idle, and what they were told.
pub(super) struct Stayed {
    pub(super) devices: u32,
    pub(super) open: Option<f64>,
    pub(super) kib_a_device: Option<f64>,
    pub(super) policy: Value,
    pub(super) switch: Value,
}

/// Records that were sent as fast as they were taken.
pub(super) struct Poured {
    pub(super) full: Value,
    pub(super) lone: Value,
    /// Bytes a record.
    pub(super) stored: Option<f64>,
}

/// What became of records while everything was killed.
pub(super) struct Survived {
    pub(super) said: Value,
    pub(super) kills: u32,
    pub(super) lost: f64,
    pub(super) twice: f64,
}

/// Laptops that send.
const SENDERS: u64 = 256;
/// Laptops that send lone batches: a tenth of those that are connected.
const LONE_SENDERS: u64 = 1024;
/// Lone batches of each.
const LONE: u64 = 60;
/// Records of a full batch.
const FULL: u64 = 100;
const DATABASE: &str = "fleet";

impl Stage {
    pub(super) fn begin(engine: Engine) -> Outcome<Self> {
        let folder = Folder::new("fleet")?;
        let dir = folder.path();
        let key = dir.join("signer").display().to_string();
        weir(dir, &["policy", "keygen", &key])?;
        let postgres = (engine == Engine::Postgres).then(PostgresServer::start);
        let database = postgres.as_ref().map(|postgres| postgres.database(DATABASE));
        let more: Vec<&str> = database.iter().flat_map(|address| ["--database", address]).collect();
        let server = Server::start_of(release("weir-server"), dir, &dir.join("signer.pub"), &more)?;
        Ok(Self {
            server,
            postgres,
            folder,
        })
    }

    /// Connects laptops, lets them rest, publishes policy and pulls the kill switch.
    pub(super) fn stay(&self, devices: u32) -> Outcome<Stayed> {
        self.publish(1)?;
        let fleet = self.enrol(devices)?;
        let before = self.resident();
        let mut crowd = Crowd::start(&release("weir-crowd"), &["stay", "--fleet", &fleet])?;
        let open = crowd.hear()?["open"].as_f64();
        // Handshakes are over, and what they needed was given back.
        std::thread::sleep(Duration::from_secs(10));
        let grown = self
            .resident()
            .zip(before)
            .map(|(now, before)| now.saturating_sub(before));
        let since = now_ns();
        self.publish(2)?;
        let policy = crowd.ask(&format!("bundle 2 {since}"))?;
        let since = now_ns();
        self.server
            .succeed(&["directive", "block", "--provider", "openai", "--for", "1h"])?;
        let switch = crowd.ask(&format!("order 1 {since}"))?;
        Ok(Stayed {
            devices,
            open,
            kib_a_device: grown.map(|grown| grown as f64 / f64::from(devices)),
            policy,
            switch,
        })
    }

    /// Sends lone batches of many laptops, each of which waits for its answer, and then full ones of fewer: alerts have more to read of
    /// those, and would be reading still.
    pub(super) fn pour(&self, batches: u64) -> Outcome<Poured> {
        let fleet = self.enrol(u32::try_from(LONE_SENDERS)?)?;
        let lone = pour(
            (&fleet, LONE_SENDERS),
            &["--batches", &LONE.to_string(), "--records", "1"],
        )?;
        let before = self.stored();
        let (first, batches_each) = (LONE.to_string(), batches.to_string());
        let full = pour(
            (&fleet, SENDERS),
            &[
                "--first",
                &first,
                "--batches",
                &batches_each,
                "--records",
                &FULL.to_string(),
            ],
        )?;
        let grown = self
            .stored()
            .zip(before)
            .map(|(now, before)| now.saturating_sub(before));
        let stored = grown.map(|bytes| bytes as f64 / (SENDERS * batches * FULL) as f64);
        Ok(Poured { full, lone, stored })
    }

    /// Sends batches twice and out of order, while server and database are killed, and looks for every record.
    pub(super) fn survive(mut self) -> Outcome<Survived> {
        const DEVICES: usize = 64;
        const BATCHES: u64 = 60;
        const RECORDS: u64 = 25;
        let fleet = self.enrol(u32::try_from(DEVICES)?)?;
        let (batches, records) = (BATCHES.to_string(), RECORDS.to_string());
        let sending = [
            "pour",
            "--fleet",
            &fleet,
            "--faults",
            "8",
            "--batches",
            &batches,
            "--records",
            &records,
        ];
        let mut crowd = Crowd::start(&release("weir-crowd"), &sending)?;
        crowd.hear()?;
        let mut kills = 0;
        for _ in 0..3 {
            std::thread::sleep(Duration::from_millis(150));
            self.server.kill()?;
            kills += 1;
            if let Some(postgres) = &self.postgres {
                postgres.kill();
                kills += 1;
                postgres.up();
            }
            self.server.up()?;
        }
        let said = crowd.hear()?;
        let (mut lost, mut twice) = (0.0, 0.0);
        let devices = self.server.ask(&["device", "list"])?;
        for device in &devices {
            let places = self.places(device["id"].as_str().unwrap_or_default())?;
            let each: BTreeSet<u64> = places.iter().copied().collect();
            twice += (places.len() - each.len()) as f64;
            lost += (0..BATCHES * RECORDS).filter(|seq| !each.contains(seq)).count() as f64;
        }
        // A laptop that is not listed has lost all.
        lost += (DEVICES.saturating_sub(devices.len()) as u64 * BATCHES * RECORDS) as f64;
        Ok(Survived {
            said,
            kills,
            lost,
            twice,
        })
    }

    /// Numbers of the records of a laptop.
    fn places(&self, device: &str) -> Outcome<Vec<u64>> {
        let events = [
            "events",
            "--device",
            device,
            "--limit",
            "100000",
            "--purpose",
            "a measurement",
        ];
        let events = self.server.ask(&events)?;
        Ok(events.iter().filter_map(|event| event["seq"].as_u64()).collect())
    }

    /// Gives the file that says who they are.
    fn enrol(&self, devices: u32) -> Outcome<String> {
        let out = self.folder.path().join(format!("fleet-{devices}.json"));
        let seconds = Crowd::enrol(&release("weir-crowd"), &self.server, devices, &out)?;
        eprintln!("  enrolled {devices} in {seconds:.1} s");
        Ok(text(&out))
    }

    fn publish(&self, number: u64) -> Outcome {
        let dir = self.folder.path();
        let (pack, out) = (
            text(&dir.join("acme.yaml")),
            text(&dir.join(format!("{number}.weirbundle"))),
        );
        let policy = format!(
            "pack: {{name: acme, version: {number}.0.0, extends: [weir/baseline]}}\nproviders: {{approvals: {{openai: approved}}}}\n"
        );
        std::fs::write(&pack, policy)?;
        let (key, number) = (text(&dir.join("signer.key")), number.to_string());
        let bundle = ["policy", "bundle", &pack, "--audience", "staff", "--key", &key];
        weir(dir, &[&bundle[..], &["--number", &number, "--out", &out]].concat())?;
        self.server.succeed(&["bundle", "publish", &out])?;
        Ok(())
    }

    /// KiB of the server.
    fn resident(&self) -> Option<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.server.pid()?)).ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
        line.split_whitespace().next()?.parse().ok()
    }

    /// Bytes of all records with their indexes.
    fn stored(&self) -> Option<u64> {
        if let Some(postgres) = &self.postgres {
            return Some(postgres.size(DATABASE));
        }
        // The file does not have yet what stands in the log beside it, which has the same size with many records as with few.
        let size = "import sqlite3, sys\npragma = lambda name: db.execute('PRAGMA ' + name).fetchone()[0]\n\
                    db = sqlite3.connect(sys.argv[1])\nprint(pragma('page_count') * pragma('page_size'))";
        let database = self.server.home().join("weir.db");
        let (_, said) = hear(Command::new("python3").args(["-c", size]).arg(database)).ok()?;
        said.trim().parse().ok()
    }
}

fn pour((fleet, senders): (&str, u64), more: &[&str]) -> Outcome<Value> {
    let senders = senders.to_string();
    let pour = ["pour", "--fleet", fleet, "--devices", &senders];
    let mut crowd = Crowd::start(&release("weir-crowd"), &[&pour[..], more].concat())?;
    // That they have begun.
    crowd.hear()?;
    Ok(crowd.hear()?)
}

fn weir(dir: &Path, arguments: &[&str]) -> Outcome {
    let output = agent::run(&release("weir"), &dir.join("state"), arguments)?;
    match output.status.success() {
        true => Ok(()),
        false => Err(String::from_utf8_lossy(&output.stderr).into_owned().into()),
    }
}

fn release(program: &str) -> PathBuf {
    agent::target_dir().join("release").join(program)
}

fn text(path: &Path) -> String {
    path.display().to_string()
}
