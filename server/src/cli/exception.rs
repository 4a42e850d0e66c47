//! `weir-server exception`

use super::shown::{self, time};
use super::{Failure, Limit, Output, open, vouch};
use clap::{Args, Subcommand};
use std::path::Path;
use weir_model::{EventId, Timestamp};
use weir_server::api::ExceptionShown;
use weir_server::approvals::{self, Asked, ExceptionsWanted, Terms};
use weir_server::clock;
use weir_server::journal::Actor;
use weir_server::keys::Keys;
use weir_server::run::KEYS;

#[derive(Subcommand)]
pub(crate) enum Exception {
    /// Requests, newest first
    List(Limit),
    /// Approve a request; whoever asked cannot
    Approve {
        /// Which
        id: EventId,
        #[command(flatten)]
        given: Given,
    },
    /// Refuse a request
    Refuse {
        /// Which
        id: EventId,
        /// Why; the employee reads it
        #[arg(long, value_name = "TEXT")]
        why: String,
    },
    /// Take an exception back
    Revoke {
        /// Which
        id: EventId,
        /// Why; the employee reads it
        #[arg(long, value_name = "TEXT")]
        why: String,
    },
}

#[derive(Args)]
pub(crate) struct Given {
    /// For how many hours
    #[arg(long, value_name = "N", default_value_t = 1)]
    hours: u32,
    /// For how many messages
    #[arg(long, value_name = "N", default_value_t = 1)]
    uses: u32,
}

impl Exception {
    pub(crate) async fn run(self, home: &Path, output: Output) -> Result<(), Failure> {
        let (_, repo) = open(home).await?;
        let (actor, now) = (Actor::command_line(), clock::now());
        let decided = match self {
            Self::List(Limit { limit }) => {
                let wanted = ExceptionsWanted { state: None, limit };
                return show(output, repo.exceptions(&wanted, now).await?, now);
            }
            Self::Approve { id, given } => {
                let keys = Keys::read(&home.join(KEYS))?;
                let terms = Terms {
                    hours: given.hours,
                    uses: given.uses,
                };
                approvals::approve(&*repo, &actor, &keys.orders, (id, terms), now).await?
            }
            Self::Refuse { id, why } => approvals::refuse(&*repo, &actor, id, &why, now).await?,
            Self::Revoke { id, why } => approvals::revoke(&*repo, &actor, id, &why, now).await?,
        };
        vouch(home, &*repo).await?;
        show(output, vec![decided], now)
    }
}

fn show(output: Output, all: Vec<Asked>, now: Timestamp) -> Result<(), Failure> {
    let all: Vec<ExceptionShown> = all.into_iter().map(|asked| ExceptionShown::of(asked, now)).collect();
    let head = [
        "ID",
        "STATE",
        "USER",
        "TO",
        "LEVEL",
        "APPROVALS",
        "DECIDE UNTIL (UTC)",
        "REASON",
    ];
    shown::rows(output.json, &head, &all, |shown| {
        let state = serde_json::to_value(shown.state).unwrap_or_default();
        vec![
            shown.id.to_string(),
            state.as_str().unwrap_or_default().to_owned(),
            shown.user.clone(),
            shown.destination.clone(),
            shown.level.to_string(),
            format!("{} of {}", shown.approvals.len(), shown.approvers),
            time(Timestamp::from_millis(shown.expires)),
            shown.reason.clone(),
        ]
    })?;
    Ok(())
}
