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
}

#[derive(Serialize)]
struct Shown {
    number: u32,
    made: Timestamp,
    for_some: bool,
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
                    for_some: kept.is_apart(),
                    destroyed: kept.destroyed,
                });
                let keys: Vec<Shown> = keys.collect();
                shown::rows(output.json, &["NUMBER", "MADE", "DESTROYED"], &keys, |key| {
                    let for_some = if key.for_some { "for some devices" } else { "" };
                    let destroyed = key.destroyed.map_or_else(|| for_some.to_owned(), shown::time);
                    vec![key.number.to_string(), shown::time(key.made), destroyed]
                })?;
            }
            Self::New => {
                let number = search_keys::make(&*repo, &actor, now).await?;
                vouch(home, &*repo).await?;
                match output.json {
                    true => println!("{}", serde_json::json!({ "number": number })),
                    false => println!("{number}"),
                }
            }
        }
        Ok(())
    }
}
