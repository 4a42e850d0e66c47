//! `weir-server report deletion`

use super::super::new::New;
use super::super::{Failure, Limit, Output, open, shown, vouch};
use clap::{Args, Subcommand};
use serde_json::json;
use std::path::{Path, PathBuf};
use weir_fleet::DeviceId;
use weir_model::EventId;
use weir_server::api::DeletionShown;
use weir_server::clock;
use weir_server::deletions::{self, Why};
use weir_server::journal::Actor;
use weir_server::keys::Keys;
use weir_server::repo::Repo;
use weir_server::run::KEYS;
use weir_server::search_keys::Scope;
use weir_server::tlog::Log;

/// Records stay, and chains verify as before; what is destroyed are keys by which values are found in records. Two people
/// decide, and whoever asked from outside gets a receipt.
#[derive(Subcommand)]
pub(crate) enum Deletion {
    /// Ask that keys are destroyed
    Ask(Ask),
    /// Deletions, newest first
    List(Limit),
    /// Agree to a deletion: the keys are destroyed, for good. Whoever asked cannot
    Approve {
        /// Which
        id: EventId,
        /// Write the receipt to this file as well; an existing file is not touched
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
    /// Refuse a deletion, or take one's own back
    Refuse {
        /// Which
        id: EventId,
        /// Why
        #[arg(long, value_name = "TEXT")]
        why: Why,
    },
    /// Write the receipt of a deletion, for whoever asked from outside
    #[command(
        after_help = "`weir audit verify FILE --server-key KEY` verifies it on any machine; `weir-server log key` shows the key"
    )]
    Receipt {
        /// Which
        id: EventId,
        /// Where it is written; an existing file is not touched
        #[arg(value_name = "FILE")]
        out: PathBuf,
    },
}

#[derive(Args)]
#[command(
    after_help = "Examples:\n  weir-server report deletion ask --key 1 --why \"kept for two years\"\n  \
                        weir-server report deletion ask --device 00000000-0000-4000-8000-000000000000 --why \"request 17\""
)]
#[group(required = true, multiple = true, args = ["key", "device"])]
pub(crate) struct Ask {
    /// The key of this number, of `weir-server search-key list`; all that the device has, if it is not said
    #[arg(long, value_name = "NUMBER")]
    key: Option<u32>,
    /// Of this device alone; of all devices, if it is not said
    #[arg(long, value_name = "ID")]
    device: Option<DeviceId>,
    /// Why; it is entered in the journal, and stands in the receipt
    #[arg(long, value_name = "TEXT")]
    why: Why,
}

impl Deletion {
    pub(crate) async fn run(self, home: &Path, output: Output) -> Result<(), Failure> {
        let (_, repo) = open(home).await?;
        let keys = Keys::read(&home.join(KEYS))?;
        let actor = Actor::command_line();
        match self {
            Self::Ask(ask) => {
                let scope = Scope {
                    number: ask.key,
                    device: ask.device,
                };
                let asked = deletions::ask(&*repo, &keys.receipt, &actor, (scope, &ask.why), clock::now()).await?;
                vouch(home, &*repo).await?;
                print(asked.into(), output)
            }
            Self::List(Limit { limit }) => {
                let all = repo.deletions(limit).await?;
                let all: Vec<DeletionShown> = all.into_iter().map(DeletionShown::from).collect();
                Ok(shown::rows(output.json, &HEAD, &all, row)?)
            }
            Self::Approve { id, out } => {
                let out = out.as_deref().map(New::at).transpose()?;
                let done = deletions::approve(&*repo, &keys.receipt, &actor, id, clock::now).await?;
                vouch(home, &*repo).await?;
                print(done.into(), output)?;
                match out {
                    Some(out) => write(&*repo, &keys, id, out, output).await,
                    None => Ok(()),
                }
            }
            Self::Refuse { id, why } => {
                let refused = deletions::refuse(&*repo, &actor, id, &why, clock::now()).await?;
                vouch(home, &*repo).await?;
                print(refused.into(), output)
            }
            Self::Receipt { id, out } => write(&*repo, &keys, id, New::at(&out)?, output).await,
        }
    }
}

async fn write(repo: &dyn Repo, keys: &Keys, id: EventId, out: New<'_>, output: Output) -> Result<(), Failure> {
    let log = Log::new(&keys.receipt)?;
    let receipt = deletions::receipt(repo, (&log, &keys.receipt), id).await?;
    let out = out.write(receipt.to_text().as_bytes())?;
    match output.json {
        true => println!("{}", json!({"file": out, "key": log.key().to_string()})),
        false => println!("wrote `{}`; verify it with the key {}", out.display(), log.key()),
    }
    Ok(())
}

const HEAD: [&str; 8] = ["ID", "STATE", "KEY", "DEVICE", "ASKED", "BY", "DECIDED BY", "WHY"];

fn print(shown: DeletionShown, output: Output) -> Result<(), Failure> {
    Ok(shown::rows(output.json, &HEAD, &[shown], row)?)
}

fn row(deletion: &DeletionShown) -> Vec<String> {
    vec![
        deletion.id.to_string(),
        deletion.state.as_str().to_owned(),
        deletion.key.map_or_else(|| "all".to_owned(), |key| key.to_string()),
        deletion
            .device
            .map_or_else(|| "all".to_owned(), |device| device.to_string()),
        shown::time(weir_model::Timestamp::from_millis(deletion.asked)),
        deletion.asked_by.clone(),
        deletion.decided_by.clone().unwrap_or_default(),
        deletion.why.clone(),
    ]
}
