//! Laptops that send their logs, and whatever happens on the way: batches twice, in the wrong order, to a server that is gone.

use crate::connection::{Connection, roots};
use crate::fleet::{Device, Fleet};
use crate::{Outcome, percentile, say};
use bytes::Bytes;
use hyper::{Method, StatusCode};
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
use weir_fleet::{DeviceId, Receipt, Refusal, routes};
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

/// An answer to a batch that was taken, as it came, and what it has to say.
struct Taken {
    answer: Bytes,
    device: DeviceId,
    last: u64,
}

/// A batch as it is sent, and where the log is behind it.
struct Packed {
    body: Bytes,
    last: u64,
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

fn packed(shared: &Shared, number: u32) -> Outcome<Vec<Packed>> {
    let options = &shared.options;
    (0..options.batches)
        .map(|place| {
            let first = options.first + place * options.records;
            let batch = batch(number, first, options.records, || shared.bytes());
            Ok(Packed {
                body: Bytes::from(batch.pack()?),
                last: batch.last,
            })
        })
        .collect()
}

async fn send(shared: Arc<Shared>, device: Device, packed: Vec<Packed>, begin: Arc<Barrier>) -> Outcome<Vec<Taken>> {
    let mut taken = Vec::with_capacity(packed.len());
    let mut connection = Some(Connection::open(shared.server, &shared.roots, Some(&device)).await?);
    begin.wait().await;
    for (place, batch) in packed.iter().enumerate() {
        // A log may begin anywhere: what comes before its first batch is no gap.
        if let Some(next) = packed.get(place + 1)
            && place > 0
            && shared.strikes()
        {
            shared.out_of_order(&mut connection, &device, next, batch).await?;
        }
        taken.push(shared.deliver(&mut connection, &device, batch).await?);
        if shared.strikes() {
            shared.counted.lock().twice += 1;
            taken.push(shared.deliver(&mut connection, &device, batch).await?);
        }
    }
    Ok(taken)
}

impl Taken {
    /// Whether the server says, and is the one to say, that it has the log up to this batch.
    fn verify(&self, key: &PublicKey) -> Outcome<()> {
        let said = serde_json::from_slice::<Receipt>(&self.answer)?.verify(key)?;
        match (said.device, said.seq, said.head) == (self.device, self.last, head(self.last + 1)) {
            true => Ok(()),
            false => Err("the receipt is for something else".into()),
        }
    }
}

/// What came back for a batch.
enum Answer {
    Receipt(Bytes),
    Refused(Refusal),
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

    /// Sends a batch until it is acknowledged.
    async fn deliver(&self, connection: &mut Option<Connection>, device: &Device, batch: &Packed) -> Outcome<Taken> {
        let start = now_ns();
        let answer = match self.attempt(connection, device, batch).await? {
            Answer::Receipt(answer) => answer,
            Answer::Refused(why) => return Err(format!("the log was refused: {why}").into()),
        };
        let mut counted = self.counted.lock();
        counted.waits.push(now_ns().saturating_sub(start));
        counted.bytes += batch.body.len() as u64;
        Ok(Taken {
            answer,
            device: device.id,
            last: batch.last,
        })
    }

    /// Sends a batch before the one it follows: the server must say where the log is.
    async fn out_of_order(
        &self,
        connection: &mut Option<Connection>,
        device: &Device,
        early: &Packed,
        missing: &Packed,
    ) -> Outcome<()> {
        self.counted.lock().disordered += 1;
        match self.attempt(connection, device, early).await? {
            Answer::Refused(Refusal::Elsewhere { have, .. }) if have + self.options.records == missing.last => Ok(()),
            Answer::Refused(why) => Err(format!("the gap was answered otherwise: {why}").into()),
            Answer::Receipt(_) => Err("a log with a gap was acknowledged".into()),
        }
    }

    /// Until there is an answer: what breaks on the way, or finds the server busy, is sent again.
    async fn attempt(&self, connection: &mut Option<Connection>, device: &Device, batch: &Packed) -> Outcome<Answer> {
        let end = tokio::time::Instant::now() + Duration::from_secs(self.options.patience);
        loop {
            match self.once(connection, device, batch).await {
                Ok(Answer::Refused(Refusal::Busy | Refusal::Failed)) => self.counted.lock().broken += 1,
                Ok(answer) => return Ok(answer),
                Err(error) if tokio::time::Instant::now() >= end => return Err(error),
                Err(_) => {
                    *connection = None;
                    self.counted.lock().broken += 1;
                }
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    async fn once(&self, connection: &mut Option<Connection>, device: &Device, batch: &Packed) -> Outcome<Answer> {
        if connection.is_none() {
            *connection = Some(Connection::open(self.server, &self.roots, Some(device)).await?);
        }
        let open = connection.as_mut().ok_or("no connection")?;
        let body = batch.body.clone();
        let (status, answer) = open
            .whole(Method::POST, routes::RECORDS, routes::RECORDS_TYPE, body)
            .await?;
        Ok(match status {
            StatusCode::OK => Answer::Receipt(answer),
            _ => Answer::Refused(serde_json::from_slice(&answer)?),
        })
    }
}
