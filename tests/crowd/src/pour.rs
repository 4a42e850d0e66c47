//! Laptops that send their logs, and whatever happens on the way: batches twice, in the wrong order, to a server that is gone.

use crate::connection::roots;
use crate::fleet::{Device, Fleet};
use crate::ways::{Packed, Ways};
use crate::{Outcome, percentile, say};
use parking_lot::Mutex;
use rustls::RootCertStore;
use serde_json::json;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Barrier;
use tokio::task::JoinSet;
use weir_bundle::PublicKey;
use weir_crowd::{batch, head};
use weir_fleet::{DeviceId, Receipt, Refusal};
use weir_support::Random;
use weir_support::now_ns;

/// How much, and with which faults.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Who the laptops are, as `enrol` wrote it
    #[arg(long)]
    fleet: PathBuf,
    /// How many of them send
    #[arg(long, default_value_t = 256)]
    devices: usize,
    /// Number of the first record of each; what is before is on the server
    #[arg(long, default_value_t = 0)]
    first: u64,
    /// Batches of each
    #[arg(long, default_value_t = 20)]
    batches: u64,
    /// Records of each batch
    #[arg(long, default_value_t = 100)]
    records: u64,
    /// Of a hundred batches so many are sent twice, and as many before the one that they follow
    #[arg(long, default_value_t = 0)]
    faults: u64,
    /// Seconds that a laptop goes on trying
    #[arg(long, default_value_t = 120)]
    patience: u64,
}

/// What all laptops share here.
struct Shared {
    options: Options,
    server: SocketAddr,
    roots: Arc<RootCertStore>,
    receipt_key: PublicKey,
    random: Mutex<Random>,
    counted: Mutex<Counted>,
}

/// What happened.
#[derive(Default)]
struct Counted {
    bytes: u64,
    twice: u64,
    disordered: u64,
    broken: u64,
    waits: Vec<u64>,
}

/// The receipt for a batch, and what it has to say.
struct Taken {
    receipt: Receipt,
    device: DeviceId,
    last: u64,
}

/// A batch as it is sent, and where the log is behind it.
struct Stretch {
    batch: Packed,
    last: u64,
}

/// One laptop.
struct Laptop {
    shared: Arc<Shared>,
    id: DeviceId,
    ways: Ways,
}

pub(crate) async fn run(options: Options) -> Outcome<()> {
    let fleet = Fleet::read(&options.fleet)?;
    let devices: Vec<Device> = fleet.devices.into_iter().take(options.devices).collect();
    let shared = Arc::new(Shared {
        server: fleet.server,
        roots: roots(&fleet.authority)?,
        receipt_key: PublicKey::from_pem(fleet.receipt_key.as_bytes())?,
        random: Mutex::new(Random::from_env()),
        counted: Mutex::default(),
        options,
    });
    // All are packed and connected before the first is sent: what is measured is the server.
    let begin = Arc::new(Barrier::new(devices.len() + 1));
    let mut senders = JoinSet::new();
    let count = devices.len() as u64;
    for (number, device) in (0..).zip(devices) {
        let packed = packed(&shared, number)?;
        senders.spawn(send(Arc::clone(&shared), device, packed, Arc::clone(&begin)));
    }
    begin.wait().await;
    say(&json!({"begun": true}));
    let start = now_ns();
    let mut taken = Vec::new();
    while let Some(sent) = senders.join_next().await {
        taken.extend(sent??);
    }
    let seconds = now_ns().saturating_sub(start) as f64 / 1e9;
    // Laptops do so on processors of their own.
    for taken in &taken {
        taken.verify(&shared.receipt_key)?;
    }
    let options = &shared.options;
    let (batches, mut counted) = (count * options.batches, shared.counted.lock());
    let records = batches * options.records;
    let [half, most] = [0.5, 0.99].map(|share| percentile(&mut counted.waits, share));
    say(&json!({
        "records": records, "batches": batches, "seconds": seconds,
        "records_per_second": records as f64 / seconds, "batches_per_second": batches as f64 / seconds,
        "bytes_per_record": counted.bytes as f64 / records as f64, "p50_ms": half, "p99_ms": most,
        "twice": counted.twice, "disordered": counted.disordered, "broken": counted.broken,
    }));
    Ok(())
}

fn packed(shared: &Shared, number: u32) -> Outcome<Vec<Stretch>> {
    let options = &shared.options;
    (0..options.batches)
        .map(|place| {
            let first = options.first + place * options.records;
            let batch = batch(number, first, options.records, || shared.bytes());
            Ok(Stretch {
                batch: Packed::new(batch.pack()?),
                last: batch.last,
            })
        })
        .collect()
}

async fn send(shared: Arc<Shared>, device: Device, log: Vec<Stretch>, begin: Arc<Barrier>) -> Outcome<Vec<Taken>> {
    let mut laptop = Laptop {
        id: device.id,
        ways: Ways::new(shared.server, Arc::clone(&shared.roots), device),
        shared,
    };
    if let Some(first) = log.first() {
        laptop.ways.open(&first.batch).await?;
    }
    begin.wait().await;
    laptop.send(&log).await
}

impl Taken {
    /// Whether the server says, and is the one to say, that it has the log up to this batch.
    fn verify(&self, key: &PublicKey) -> Outcome<()> {
        let said = self.receipt.verify(key)?;
        match (said.device, said.seq, said.head) == (self.device, self.last, head(self.last + 1)) {
            true => Ok(()),
            false => Err("the receipt is for something else".into()),
        }
    }
}

impl Laptop {
    async fn send(&mut self, log: &[Stretch]) -> Outcome<Vec<Taken>> {
        let mut taken = Vec::with_capacity(log.len());
        for (place, stretch) in log.iter().enumerate() {
            // A log may begin anywhere: what comes before its first batch is no gap.
            if let Some(next) = log.get(place + 1)
                && place > 0
                && self.shared.strikes()
            {
                self.out_of_order(next, stretch).await?;
            }
            taken.push(self.deliver(stretch).await?);
            if self.shared.strikes() {
                self.shared.counted.lock().twice += 1;
                taken.push(self.deliver(stretch).await?);
            }
        }
        Ok(taken)
    }

    /// Sends a batch until it is acknowledged.
    async fn deliver(&mut self, stretch: &Stretch) -> Outcome<Taken> {
        let start = now_ns();
        let (outcome, bytes) = self.attempt(&stretch.batch).await?;
        let receipt = outcome.map_err(|why| format!("the log was refused: {why}"))?;
        let mut counted = self.shared.counted.lock();
        counted.waits.push(now_ns().saturating_sub(start));
        counted.bytes += bytes as u64;
        Ok(Taken {
            receipt,
            device: self.id,
            last: stretch.last,
        })
    }

    /// Sends a batch before the one it follows: the server must say where the log is.
    async fn out_of_order(&mut self, early: &Stretch, missing: &Stretch) -> Outcome<()> {
        self.shared.counted.lock().disordered += 1;
        let records = self.shared.options.records;
        match self.attempt(&early.batch).await?.0 {
            Err(Refusal::Elsewhere { have, .. }) if have + records == missing.last => Ok(()),
            Err(why) => Err(format!("the gap was answered otherwise: {why}").into()),
            Ok(_) => Err("a log with a gap was acknowledged".into()),
        }
    }

    /// Until there is an answer, with the bytes it took: what breaks on the way, or finds the server busy, is sent again.
    async fn attempt(&mut self, batch: &Packed) -> Outcome<(Result<Receipt, Refusal>, usize)> {
        let end = tokio::time::Instant::now() + Duration::from_secs(self.shared.options.patience);
        loop {
            match self.ways.send(batch).await {
                Ok((Err(Refusal::Busy | Refusal::Failed), _)) => {}
                Ok(answer) => return Ok(answer),
                Err(error) if tokio::time::Instant::now() >= end => return Err(error),
                Err(_) => {}
            }
            self.shared.counted.lock().broken += 1;
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

impl Shared {
    fn bytes(&self) -> [u8; 16] {
        let mut random = self.random.lock();
        let mut bytes = [0; 16];
        bytes[..8].copy_from_slice(&random.next_u64().to_be_bytes());
        bytes[8..].copy_from_slice(&random.next_u64().to_be_bytes());
        bytes
    }

    fn strikes(&self) -> bool {
        self.options.faults > 0 && self.random.lock().below(100) < self.options.faults
    }
}
