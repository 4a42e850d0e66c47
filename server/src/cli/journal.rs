//! `weir-server journal`

use super::shown::{self, time};
use super::{Failure, Limit, Output, open};
use clap::Subcommand;
use serde::Serialize;
use serde_json::value::RawValue;
use std::path::Path;
use weir_model::Timestamp;
use weir_server::journal::{Kept, Page, Witness};
use weir_server::keys::Keys;
use weir_server::run::KEYS;

#[derive(Subcommand)]
pub(crate) enum Journal {
    /// Who changed what, newest first
    List(Limit),
    /// Hold the whole journal against its hashes and signed heads. Fails, and says where, when a row was removed, changed
    /// or moved
    Verify,
}

#[derive(Serialize)]
struct Shown {
    number: u64,
    time: i64,
    actor: String,
    action: String,
    subject: String,
    details: Box<RawValue>,
    hash: String,
}

impl TryFrom<Kept> for Shown {
    type Error = serde_json::Error;

    fn try_from(kept: Kept) -> Result<Self, Self::Error> {
        Ok(Self {
            number: kept.number,
            time: kept.time.as_millis(),
            actor: kept.actor,
            action: kept.deed,
            subject: kept.subject,
            details: RawValue::from_string(kept.details)?,
            hash: hex::encode(kept.hash),
        })
    }
}

impl Journal {
    pub(crate) async fn run(self, home: &Path, output: Output) -> Result<(), Failure> {
        let (_, repo) = open(home).await?;
        match self {
            Self::List(Limit { limit }) => {
                let kept = repo.journal(Page::Before(u64::MAX), limit).await?;
                let rows = kept.into_iter().map(Shown::try_from).collect::<Result<Vec<_>, _>>()?;
                let head = ["NUMBER", "TIME (UTC)", "WHO", "WHAT", "TO WHOM", "DETAILS"];
                shown::rows(output.json, &head, &rows, |row| {
                    vec![
                        row.number.to_string(),
                        time(Timestamp::from_millis(row.time)),
                        row.actor.clone(),
                        row.action.clone(),
                        row.subject.clone(),
                        row.details.get().to_owned(),
                    ]
                })?;
                Ok(())
            }
            Self::Verify => {
                let key = Keys::read(&home.join(KEYS))?.receipt.public();
                let verified = Witness::in_home(home).verify(&*repo, &key).await?;
                let (rows, hash) = (verified.head.number, hex::encode(verified.head.hash));
                let signed = verified.checkpoint.map_or(0, |checkpoint| checkpoint.head.number);
                if output.json {
                    println!("{}", serde_json::json!({"rows": rows, "hash": hash, "signed": signed}));
                } else {
                    println!("{rows} rows are as they were entered; the head of row {signed} is signed");
                    println!("{hash}");
                }
                Ok(())
            }
        }
    }
}
