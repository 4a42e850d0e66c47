//! `weir-server log`

use super::{Failure, Output, open};
use clap::Subcommand;
use serde_json::json;
use std::collections::BTreeMap;
use std::path::Path;
use weir_fleet::{LogEntry, log_key};
use weir_server::keys::Keys;
use weir_server::repo::Repo;
use weir_server::run::KEYS;
use weir_server::tlog::{Log as Signed, TreeHead};
use weir_tlog::{Edge, Hash, Node, TILE_HEIGHT, TILE_WIDTH, Tile, leaf_hash};

#[derive(Subcommand)]
pub(crate) enum Log {
    /// Name and key of the log: what auditors verify proofs with
    Key,
    /// Where the log stands, signed
    Checkpoint,
    /// Compute the tree anew from its entries. Fails, and says where, when one was changed or is missing
    Verify,
}

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
        let head = repo.tree().await?;
        if let Self::Verify = self {
            verify(&*repo, head).await?;
        }
        let note = Signed::new(&keys.receipt)?.checkpoint(head, &keys.receipt);
        let root = hex::encode(head.root);
        match (self, output.json) {
            (_, true) => println!("{}", json!({"size": head.size, "root": root, "checkpoint": &*note})),
            (Self::Verify, false) => println!("{} entries are as they were entered\n{root}", head.size),
            (_, false) => print!("{note}"),
        }
        Ok(())
    }
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
