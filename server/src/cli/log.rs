//! `weir-server log`

use super::{Failure, Output, open};
use clap::Subcommand;
use serde_json::json;
use std::collections::BTreeMap;
use std::path::Path;
use weir_fleet::{LogEntry, log_key};
use weir_server::clock;
use weir_server::keys::Keys;
use weir_server::repo::Repo;
use weir_server::run::KEYS;
use weir_server::tlog::{self, Log as Signed, TreeHead, Witness};
use weir_tlog::{Edge, Hash, Node, TILE_HEIGHT, TILE_WIDTH, Tile, leaf_hash};

#[derive(Subcommand)]
pub(crate) enum Log {
    /// Name and key of the log: what auditors verify proofs with
    Key,
    /// Where the log stands, signed
    Checkpoint,
    /// The checkpoint that most laptops have cosigned, of the last three hours that had one, with the lines of up to 32 of them
    Cosigned,
    /// The laptops that cosign the log, who have for longest first, each with the key to verify it with, and how many have
    /// cosigned which checkpoint
    Witnesses,
    /// Compute the tree anew from its entries. Fails, and says where, when one was changed or is missing
    Verify,
}

/// There is nothing to show.
#[derive(Debug, thiserror::Error)]
#[error("no laptop has cosigned the log yet: each does with the first receipt after it starts, and once an hour")]
struct NotCosigned;

/// The log is not what was entered.
#[derive(Debug, thiserror::Error)]
enum Broken {
    #[error("entry {0} is missing or was changed: it cannot be read")]
    Entry(u64),
    #[error("the log has {size} entries and {found} are there")]
    Size { size: u64, found: u64 },
    #[error("an entry among {first} to {last} was changed: their hash is another")]
    Changed { first: u64, last: u64 },
    #[error("an entry behind the last full tile was changed: the root is another")]
    Root,
}

const PAGE: u64 = 1000;

impl Log {
    pub(crate) async fn run(self, home: &Path, output: Output) -> Result<(), Failure> {
        let keys = Keys::read(&home.join(KEYS))?;
        let key = log_key(&keys.receipt.public())?;
        if let Self::Key = self {
            match output.json {
                true => println!("{}", json!({"key": key.to_string()})),
                false => println!("{key}"),
            }
            return Ok(());
        }
        let (_, repo) = open(home).await?;
        let signed = Signed::new(&keys.receipt)?;
        match self {
            Self::Cosigned => return cosigned(&*repo, &signed, &keys, output).await,
            Self::Witnesses => return witnesses(&*repo, output).await,
            Self::Key | Self::Checkpoint | Self::Verify => {}
        }
        let head = repo.tree().await?;
        if let Self::Verify = self {
            verify(&*repo, head).await?;
        }
        let note = signed.checkpoint(head, &keys.receipt);
        let root = hex::encode(head.root);
        match (self, output.json) {
            (_, true) => println!("{}", json!({"size": head.size, "root": root, "checkpoint": &*note})),
            (Self::Verify, false) => println!("{} entries are as they were entered\n{root}", head.size),
            (_, false) => print!("{note}"),
        }
        Ok(())
    }
}

/// The checkpoint and its lines.
async fn cosigned(repo: &dyn Repo, log: &Signed, keys: &Keys, output: Output) -> Result<(), Failure> {
    let cosigned = tlog::cosigned(repo, log, &keys.receipt).await?.ok_or(NotCosigned)?;
    let head = cosigned.round.head;
    let by: Vec<String> = cosigned.keys.iter().map(ToString::to_string).collect();
    match output.json {
        true => println!(
            "{}",
            json!({
                "size": head.size,
                "root": hex::encode(head.root),
                "made": cosigned.round.began,
                "cosigned": cosigned.cosigned,
                "witnesses": cosigned.witnesses,
                "checkpoint": cosigned.note,
                "keys": by,
            })
        ),
        false => print!("{}", cosigned.note),
    }
    Ok(())
}

/// All of them, and how far they have come.
async fn witnesses(repo: &dyn Repo, output: Output) -> Result<(), Failure> {
    const ROWS: u32 = 1000;
    let mut last: Option<Witness> = None;
    loop {
        let witnesses = repo.witnesses(last.as_ref(), ROWS).await?;
        for witness in &witnesses {
            let key = tlog::named(witness)?;
            match output.json {
                true => println!(
                    "{}",
                    json!({"device": witness.device, "since": witness.since, "key": key.to_string()})
                ),
                false => println!("{} {key}", witness.device),
            }
        }
        match witnesses.last() {
            Some(witness) => last = Some(witness.clone()),
            None => break,
        }
    }
    if output.json {
        return Ok(());
    }
    let counted = tlog::most_cosigned(repo).await?.ok_or(NotCosigned)?;
    let age = clock::now()
        .as_millis()
        .saturating_sub(counted.round.began.as_millis())
        .max(0);
    println!(
        "{} of {} have cosigned the first {} of {} entries, {} minutes ago",
        counted.cosigned,
        repo.witness_count().await?,
        counted.round.head.size,
        repo.tree().await?.size,
        age / 60_000
    );
    Ok(())
}

/// All entries give the root, and the nodes that proofs are made of.
async fn verify(repo: &dyn Repo, head: TreeHead) -> Result<(), Failure> {
    let mut edge = Edge::default();
    let mut nodes: BTreeMap<u8, Vec<Hash>> = BTreeMap::new();
    while edge.size() < head.size {
        let entries = repo.entries(edge.size(), PAGE.min(head.size - edge.size())).await?;
        if entries.is_empty() {
            return Err(Broken::Size {
                size: head.size,
                found: edge.size(),
            }
            .into());
        }
        for entry in entries {
            LogEntry::parse(&entry).map_err(|_| Broken::Entry(edge.size()))?;
            edge.push(leaf_hash(&entry), |Node { height, .. }, hash| {
                if height > 0 && height % TILE_HEIGHT == 0 {
                    nodes.entry(height / TILE_HEIGHT).or_default().push(*hash);
                }
            });
        }
    }
    for (level, hashes) in nodes {
        compare(repo, level, &hashes).await?;
    }
    match edge.root() == head.root {
        true => Ok(()),
        false => Err(Broken::Root.into()),
    }
}

async fn compare(repo: &dyn Repo, level: u8, hashes: &[Hash]) -> Result<(), Failure> {
    let height = TILE_HEIGHT * level;
    for (number, computed) in (0_u64..).zip(hashes.chunks(TILE_WIDTH as usize)) {
        let first = number * TILE_WIDTH;
        let last = Node {
            height,
            index: first + computed.len() as u64 - 1,
        };
        let kept = repo.tile(Tile::of(last)).await?;
        let differs = kept.iter().zip(computed).position(|(kept, computed)| kept != computed);
        if let Some(place) = differs {
            let first = (first + place as u64) << height;
            let last = first + (1 << height) - 1;
            return Err(Broken::Changed { first, last }.into());
        }
    }
    Ok(())
}
