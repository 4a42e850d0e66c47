use std::path::PathBuf;

use clap::{ArgGroup, Args, Subcommand};
use serde_json::json;
use weir_audit::Report;
use weir_fleet::Reading;
use weir_model::{Action, Level, Timestamp, chain};
use weir_sync::Identity;
use weir_tlog::{KeyName, WitnessKey};
use weir_wire::EventQuery;

use super::audit_epochs;
use super::audit_pack;
use super::audit_proof::{self, ProveArgs};
use super::screen::{Screen, Tone};
use super::status::{block_on, connect_error};
use super::{CliError, Ending, event_text, log, scan, when};
use crate::state::StateDir;
use weir_ipc::Client;

/// Read and verify the log of decisions
#[derive(Args)]
pub(crate) struct AuditArgs {
    #[command(subcommand)]
    command: AuditCommand,
}

#[derive(Subcommand)]
enum AuditCommand {
    Verify(VerifyArgs),
    EpochKey(EpochKeyArgs),
    Prove(ProveArgs),
    Query(QueryArgs),
    Tail(TailArgs),
    Readers(ReadersArgs),
}

/// Prove that no record was changed, removed, reordered or cut off
///
/// Reads the log as it is on disk, also while an agent writes it. With the key of this device every record is opened
/// as well; without it the chain alone is checked.
///
/// With `--proof` one proof of `weir audit prove` is verified instead, and with a file what a server wrote: a pack of evidence
/// (`weir-server report pack`) or a receipt for destroyed keys (`weir-server report deletion`). None of them needs a log.
#[derive(Args)]
#[command(after_help = "\
Exit status: 0 the log is whole, or the event, pack or receipt proved; 1 it is not, 3 it could not be read.

Examples:
  weir audit verify
  weir audit verify --json | jq .problems
  weir --state /mnt/image/var/lib/weir audit verify
  weir audit verify --epoch-key /media/safe/laptop-7.key
  weir audit verify --proof proof.json --server-key 'weir.log/…+…+…'
  weir audit verify evidence.tar --server-key 'weir.log/…+…+…'
  weir audit verify deletion-receipt.json --server-key 'weir.log/…+…+…'")]
#[command(group(ArgGroup::new("verified").args(["pack", "proof"])))]
struct VerifyArgs {
    /// Verify this pack of evidence, or this receipt for destroyed keys
    #[arg(value_name = "FILE", conflicts_with = "proof")]
    pack: Option<PathBuf>,
    /// Verify this proof of one event, as `weir audit prove` writes it
    #[arg(long, value_name = "FILE")]
    proof: Option<PathBuf>,
    /// Verify the seals of the log as well, with a key that was taken from this machine earlier (`weir audit epoch-key`): who
    /// has taken over the machine since then cannot have rewritten what was sealed before
    #[arg(long, value_name = "FILE", conflicts_with_all = ["pack", "proof"])]
    epoch_key: Option<PathBuf>,
    /// Key of the server's log, as `weir-server log key` shows it; else that of the server this device is enrolled with
    #[arg(long, value_name = "KEY", requires = "verified")]
    server_key: Option<KeyName>,
    /// Also refuse it unless this laptop has cosigned the server's log, as it stands in the proof or the pack: who has the key from
    /// elsewhere than from the server need not trust the server. As `weir-server log witnesses` shows it; can be given again
    #[arg(long = "witness", value_name = "KEY", requires = "verified")]
    witnesses: Vec<WitnessKey>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Write the key that the seals of this log can be verified with from now on
///
/// The log is sealed every 64 records or quarter of an hour, each time with another key; the key before is overwritten. Whoever
/// has an earlier key can make all later ones from it, and none that came before. Keep what this writes away from this machine:
/// here it is forgotten. An admin server gets it when this device first sends records, and verifies every seal.
#[derive(Args)]
#[command(after_help = "\
Exit status: 0 written, 3 there is no log, or it cannot be read.

Examples:
  sudo weir audit epoch-key --out /media/safe/laptop-7.key
  weir audit verify --epoch-key /media/safe/laptop-7.key")]
struct EpochKeyArgs {
    /// Write it to this new file in place of the terminal; readable by its owner alone, on Windows by whoever may read its folder
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Print JSON
    #[arg(long, conflicts_with = "out")]
    json: bool,
}

/// Show recorded decisions, oldest first
///
/// Asks the running agent, or reads the log when none runs. Reading is itself recorded.
#[derive(Args)]
#[command(after_help = "\
Examples:
  weir audit query --since 2h
  weir audit query --action block --type security --since 2026-11-01
  weir audit query --to chatgpt-web --level confidential --json | jq .findings")]
struct QueryArgs {
    /// Not before: `2h`, `7d`, `2026-11-21`, `2026-11-21T10:15:00Z`
    #[arg(long, value_name = "TIME", value_parser = when::parse)]
    since: Option<Timestamp>,
    /// Before
    #[arg(long, value_name = "TIME", value_parser = when::parse)]
    until: Option<Timestamp>,
    #[command(flatten)]
    filter: Filter,
    /// The newest so many
    #[arg(long, value_name = "COUNT", default_value_t = 100)]
    limit: u32,
    /// Print one JSON object per event
    #[arg(long)]
    json: bool,
}

/// Show decisions as they happen
#[derive(Args)]
#[command(after_help = "\
Examples:
  weir audit tail
  weir audit tail --action block --json")]
struct TailArgs {
    #[command(flatten)]
    filter: Filter,
    /// Print one JSON object per event
    #[arg(long)]
    json: bool,
}

/// Show who looked at the records of this device on the admin server, newest first
///
/// The server enters each reading in its journal, with who, when and why, before it shows anything.
#[derive(Args)]
#[command(after_help = "\
Exit status: 0 shown, 3 this device is not enrolled or the server cannot be reached.

Examples:
  weir audit readers
  weir audit readers --json | jq .who")]
struct ReadersArgs {
    /// The newest so many
    #[arg(long, value_name = "COUNT", default_value_t = 100)]
    limit: usize,
    /// Print one JSON object per reading
    #[arg(long)]
    json: bool,
}

#[derive(Args)]
struct Filter {
    /// Only this action
    #[arg(long, value_name = "ACTION", value_parser = action_parser())]
    action: Option<Action>,
    /// Only this level and above
    #[arg(long, value_name = "LEVEL", value_parser = scan::level_parser())]
    level: Option<Level>,
    /// Only to this service, provider or host
    #[arg(long, value_name = "DESTINATION")]
    to: Option<String>,
    /// Only with this data type (`security/openai_key`) or category (`security`)
    #[arg(long = "type", value_name = "TYPE")]
    data_type: Option<String>,
}

impl Filter {
    fn query(self) -> EventQuery {
        EventQuery {
            action: self.action,
            level: self.level,
            destination: self.to,
            data_type: self.data_type,
            ..EventQuery::default()
        }
    }
}

fn action_parser() -> impl clap::builder::TypedValueParser<Value = Action> {
    use clap::builder::TypedValueParser;
    let names = clap::builder::PossibleValuesParser::new(Action::ALL.map(Action::as_str));
    names.map(|name| {
        Action::ALL
            .into_iter()
            .find(|action| action.as_str() == name)
            .unwrap_or_default()
    })
}

pub(crate) fn run(args: AuditArgs, state: &StateDir, screen: &mut Screen) -> Result<Ending, CliError> {
    match args.command {
        AuditCommand::Verify(args) => match (&args.proof, &args.pack) {
            (Some(proof), _) => {
                let believed = (args.server_key.as_ref(), &args.witnesses[..]);
                audit_proof::verify(proof, believed, args.json, state, screen)
            }
            (None, Some(pack)) => {
                let believed = (args.server_key.as_ref(), &args.witnesses[..]);
                audit_pack::verify(pack, believed, args.json, state, screen)
            }
            (None, None) => verify(&args, state, screen),
        },
        AuditCommand::EpochKey(args) => audit_epochs::key(args.out.as_deref(), args.json, state, screen),
        AuditCommand::Prove(args) => audit_proof::prove(&args, state, screen),
        AuditCommand::Query(args) => query(args, state, screen),
        AuditCommand::Tail(args) => tail(args, state, screen),
        AuditCommand::Readers(args) => readers(&args, state, screen),
    }
}

fn query(args: QueryArgs, state: &StateDir, screen: &mut Screen) -> Result<Ending, CliError> {
    let query = EventQuery {
        since: args.since,
        until: args.until,
        limit: args.limit,
        ..args.filter.query()
    };
    let list = log::query(state, &query)?;
    for event in &list.events {
        if args.json {
            screen.json(event)?;
        } else {
            let line = event_text::line(event, screen);
            screen.line(&line)?;
        }
    }
    screen.finish()?;
    if list.more {
        screen.note(&format!(
            "the newest {} are shown; `--limit` shows more",
            list.events.len()
        ));
    }
    if list.unreadable > 0 {
        screen.note(&format!(
            "{} records could not be read; `weir audit verify` says why",
            list.unreadable
        ));
    }
    if list.events.is_empty() && !args.json {
        screen.note("no event in the log meets this query");
    }
    Ok(Ending::Clean)
}

fn tail(args: TailArgs, state: &StateDir, screen: &mut Screen) -> Result<Ending, CliError> {
    let query = args.filter.query();
    block_on(async {
        let client = Client::connect(&state.agent(), "weir")
            .await
            .map_err(|error| connect_error(&error))?;
        let mut tail = client.tail().await.map_err(|error| CliError::from_chain(&error))?;
        let (mut missed, mut told) = (0, 0);
        while let Some(event) = tail
            .next(&mut missed)
            .await
            .map_err(|error| CliError::from_chain(&error))?
        {
            if missed > told {
                screen.note(&format!("{} events were too fast to be shown", missed - told));
                told = missed;
            }
            if !query.admits(&event) {
                continue;
            }
            if args.json {
                screen.json(&event)?;
            } else {
                let line = event_text::line(&event, screen);
                screen.line(&line)?;
            }
            screen.finish()?;
        }
        screen.note("the agent has stopped");
        Ok(Ending::Clean)
    })
}

fn readers(args: &ReadersArgs, state: &StateDir, screen: &mut Screen) -> Result<Ending, CliError> {
    let identity = Identity::read(&state.fleet()).map_err(|error| CliError::from_chain(&error))?;
    let identity = identity.ok_or_else(|| {
        CliError::environment("this device belongs to no admin server: nobody but its users can read its records")
    })?;
    let mut left = args.limit;
    let mut before = None;
    while left > 0 {
        let page = block_on(async {
            let asked = weir_sync::readings(&identity, before).await;
            asked.map_err(|error| CliError::environment(chain(&error)))
        })?;
        for reading in page.readings.iter().take(left) {
            if args.json {
                screen.json(reading)?;
            } else {
                screen.line(&reading_line(reading))?;
            }
        }
        left = left.saturating_sub(page.readings.len());
        before = page.before;
        if before.is_none() {
            break;
        }
    }
    screen.finish()?;
    if before.is_some() {
        screen.note(&format!("the newest {} are shown; `--limit` shows more", args.limit));
    } else if left == args.limit && !args.json {
        screen.note("nobody has looked at the records of this device");
    }
    Ok(Ending::Clean)
}

fn reading_line(reading: &Reading) -> String {
    let which = match (&reading.event, reading.records) {
        (Some(event), _) => format!("event {event}"),
        (None, 1) => "1 record".to_owned(),
        (None, records) => format!("{records} records"),
    };
    format!(
        "{}  {:24} {which:24} {}",
        when::show(reading.time),
        plain(&reading.who),
        plain(&reading.purpose)
    )
}

/// Other people wrote it: nothing of it may steer a terminal.
pub(super) fn plain(text: &str) -> String {
    let visible = |character: char| if character.is_control() { '\u{fffd}' } else { character };
    text.chars().map(visible).collect()
}

fn verify(args: &VerifyArgs, state: &StateDir, screen: &mut Screen) -> Result<Ending, CliError> {
    log::must_exist(state)?;
    let key = log::seal_key(state)?;
    let report = match &args.epoch_key {
        Some(file) => audit_epochs::verify(file, key.as_ref(), state)?,
        None => weir_store::verify(&state.audit(), key.as_ref()).map_err(|error| CliError::from_chain(&error))?,
    };
    if args.json {
        verify_json(&report, key.is_some(), screen)?;
    } else {
        verify_words(&report, key.is_some(), screen)?;
    }
    Ok(Ending::found_if(!report.is_clean()))
}

fn verify_words(report: &Report, opened: bool, screen: &mut Screen) -> Result<(), CliError> {
    for problem in &report.problems {
        let line = screen.paint(&problem.to_string(), Tone::Bad);
        screen.line(&line)?;
    }
    let verdict = match report.problems.len() {
        0 => screen.paint("the log is whole", Tone::Good),
        1 => screen.paint("the log is not as it was written: one problem", Tone::Bad),
        more => screen.paint(&format!("the log is not as it was written: {more} problems"), Tone::Bad),
    };
    let depth = if opened {
        "every record opened"
    } else {
        "chain only: there is no key to open the records with"
    };
    screen.line(&format!(
        "{verdict} ({} records in {} segments, {depth})",
        report.records, report.segments
    ))?;
    if let Some(head) = report.head {
        screen.line(&format!("head {}", hex::encode(head)))?;
    }
    if let Some(sealed) = report.sealed {
        let (epoch, seq, open) = (sealed.epoch, sealed.seq, report.unsealed);
        let verified = match sealed.verified_from {
            Some(from) => format!("seals verified from epoch {from} on"),
            None => "seals not verified: they say something to who has an earlier key (--epoch-key)".to_owned(),
        };
        screen.line(&format!(
            "sealed up to record {seq} (epoch {epoch}), {open} records since; {verified}"
        ))?;
    }
    if let Some(tail) = report.tail {
        screen.line(&format!(
            "a write was interrupted at byte {} of segment {}; nothing that was acknowledged is concerned",
            tail.offset, tail.segment
        ))?;
    }
    Ok(())
}

fn verify_json(report: &Report, opened: bool, screen: &mut Screen) -> Result<(), CliError> {
    let problems: Vec<_> = report
        .problems
        .iter()
        .map(|problem| {
            json!({
                "what": problem.what.as_str(),
                "segment": problem.segment,
                "offset": problem.offset,
                "seq": problem.seq,
                "count": problem.count,
            })
        })
        .collect();
    screen.json(&json!({
        "clean": report.is_clean(),
        "opened": opened,
        "segments": report.segments,
        "records": report.records,
        "first_seq": report.first_seq,
        "last_seq": report.last_seq,
        "head": report.head.map(hex::encode),
        "sealed": report.sealed.map(|sealed| {
            json!({ "epoch": sealed.epoch, "seq": sealed.seq, "verified_from": sealed.verified_from })
        }),
        "unsealed": report.unsealed,
        "interrupted": report.tail.map(|tail| json!({ "segment": tail.segment, "offset": tail.offset })),
        "problems": problems,
    }))
}
