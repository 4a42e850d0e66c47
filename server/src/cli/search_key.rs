//! `weir-server search-key`

use super::{Failure, Output, open, shown, vouch};
use clap::Subcommand;
use serde::Serialize;
use std::path::Path;
use weir_model::Timestamp;
use weir_server::clock;
use weir_server::journal::Actor;
use weir_server::search_keys;

#[derive(Subcommand)]
pub(crate) enum SearchKey {
    /// All keys, oldest first
    List,
    /// Make another; devices take it up within a quarter of an hour
    New,
    /// Destroy one: records that were made with it cannot be searched any more
    Destroy {
        /// Which
        number: u32,
        /// Why; it is entered in the journal
        #[arg(long, value_name = "TEXT")]
        why: String,
    },
}

#[derive(Serialize)]
struct Shown {
    number: u32,
    made: Timestamp,
    destroyed: Option<Timestamp>,
}

impl SearchKey {
    pub(crate) async fn run(self, home: &Path, output: Output) -> Result<(), Failure> {
        let (_, repo) = open(home).await?;
        let (actor, now) = (Actor::command_line(), clock::now());
        match self {
            Self::List => {
                let keys = repo.search_keys().await?.into_iter().map(|kept| Shown {
                    number: kept.number,
                    made: kept.made,
                    destroyed: kept.destroyed,
                });
                let keys: Vec<Shown> = keys.collect();
                shown::rows(output.json, &["NUMBER", "MADE", "DESTROYED"], &keys, |key| {
                    let destroyed = key.destroyed.map_or_else(String::new, shown::time);
                    vec![key.number.to_string(), shown::time(key.made), destroyed]
                })?;
            }
            Self::New => {
                let number = search_keys::make(&*repo, &actor, now).await?;
                vouch(home, &*repo).await?;
                println!("{number}");
            }
            Self::Destroy { number, why } => {
                let was_there = search_keys::destroy(&*repo, &actor, number, &why, now).await?;
                vouch(home, &*repo).await?;
                if !was_there {
                    return Err(format!("there is no key {number}, or it was destroyed before").into());
                }
                println!("key {number} is destroyed here; backups of the database still have it");
            }
        }
        Ok(())
    }
}
