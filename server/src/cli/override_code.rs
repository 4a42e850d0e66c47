//! `weir-server directive code`

use super::shown::{self, time};
use super::{Failure, Limit, Output, open, vouch};
use clap::{Args, Subcommand};
use std::path::Path;
use weir_fleet::{DeviceId, Lifts};
use weir_model::{EventId, Timestamp};
use weir_server::api::OverrideShown;
use weir_server::clock;
use weir_server::journal::Actor;
use weir_server::keys::Keys;
use weir_server::overrides::{self, Override, OverridesWanted, Wanted};
use weir_server::run::KEYS;

#[derive(Subcommand)]
pub(crate) enum Code {
    /// Ask for a code that lifts the directive of one device for a while; another person approves it
    Ask(Ask),
    /// Approve a code; whoever asked for it cannot
    Approve {
        /// Which
        id: EventId,
    },
    /// Refuse a code
    Refuse {
        /// Which
        id: EventId,
        /// Why; whoever asked reads it
        #[arg(long, value_name = "TEXT")]
        why: String,
    },
    /// Print an approved code, to be read out: once, to whoever asked for it
    Read {
        /// Which
        id: EventId,
    },
    /// Codes, newest first: who asked, who approved, and what became of them; never the code
    List(Limit),
}

#[derive(Args)]
pub(crate) struct Ask {
    /// The device, as `weir-server device list` names it
    device: DeviceId,
    /// Number of the directive that is to be lifted, as `weir status` says it there; else the last one that the device took
    #[arg(long, value_name = "EPOCH")]
    directive: Option<u64>,
    /// Lift what holds while policy is out of date, in place of a directive
    #[arg(long, conflicts_with = "directive")]
    stale: bool,
    /// For how many minutes: 15, 60, 240 or 480
    #[arg(long, value_name = "MINUTES", default_value_t = 60)]
    minutes: u16,
    /// Why; whoever approves it reads it
    #[arg(long, value_name = "TEXT")]
    reason: String,
}

impl Code {
    pub(crate) async fn run(self, home: &Path, output: Output) -> Result<(), Failure> {
        let (_, repo) = open(home).await?;
        let (actor, now) = (Actor::command_line(), clock::now());
        let known = match self {
            Self::Ask(ask) => {
                let took = repo.device(ask.device).await?.map_or(0, |device| device.ordered);
                let wanted = Wanted {
                    device: ask.device,
                    lifts: match ask.stale {
                        true => Lifts::Stale,
                        false => Lifts::Directive(ask.directive.unwrap_or(took)),
                    },
                    minutes: ask.minutes,
                    reason: ask.reason,
                };
                overrides::ask(&*repo, &actor, &wanted, now).await?
            }
            Self::Approve { id } => overrides::approve(&*repo, &actor, id, now).await?,
            Self::Refuse { id, why } => overrides::refuse(&*repo, &actor, id, &why, now).await?,
            Self::Read { id } => {
                let keys = Keys::read(&home.join(KEYS))?;
                let (issued, code) = overrides::issue(&*repo, &actor, &keys.receipt, id, now).await?;
                // That it was read is in the journal. Where the rest fails, the code is not lost.
                read_out(output, &OverrideShown::of(issued, now), &code)?;
                return vouch(home, &*repo).await;
            }
            Self::List(Limit { limit }) => {
                let wanted = OverridesWanted { state: None, limit };
                return show(output, repo.overrides(wanted, now).await?, now);
            }
        };
        vouch(home, &*repo).await?;
        show(output, vec![known], now)
    }
}

fn read_out(output: Output, about: &OverrideShown, code: &str) -> Result<(), Failure> {
    let head = ["CODE", "NUMBER", "DEVICE", "ENTER UNTIL (UTC)", "MINUTES"];
    let ends = about
        .ends
        .map_or_else(String::new, |ends| time(Timestamp::from_millis(ends)));
    let row = [serde_json::json!({ "code": code, "about": about })];
    shown::rows(output.json, &head, &row, |_| {
        vec![
            code.to_owned(),
            about.number.unwrap_or_default().to_string(),
            about.device_name.clone(),
            ends.clone(),
            about.minutes.to_string(),
        ]
    })?;
    Ok(())
}

fn show(output: Output, all: Vec<Override>, now: Timestamp) -> Result<(), Failure> {
    let all: Vec<OverrideShown> = all.into_iter().map(|known| OverrideShown::of(known, now)).collect();
    let head = [
        "ID",
        "STATE",
        "DEVICE",
        "LIFTS",
        "MINUTES",
        "ASKED BY",
        "DECIDED BY",
        "NUMBER",
        "REASON",
    ];
    shown::rows(output.json, &head, &all, |known| {
        vec![
            known.id.to_string(),
            known.state.as_str().to_owned(),
            known.device_name.clone(),
            known
                .directive
                .map_or_else(|| "stale policy".to_owned(), |number| format!("directive {number}")),
            known.minutes.to_string(),
            known.asked_by.clone(),
            known.decided_by.clone().unwrap_or_default(),
            known.number.map_or_else(String::new, |number| number.to_string()),
            known.reason.clone(),
        ]
    })?;
    Ok(())
}
