//! Proofs of single records: made with the server's help, verified without anybody's.

use std::io::Write;
use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::json;
use weir_fleet::{EventProof, MOST_PROOF_BYTES, Proved, log_key};
use weir_model::{EventId, Timestamp, chain};
use weir_sync::Identity;
use weir_tlog::{KeyName, WitnessKey};

use super::screen::{Screen, Tone};
use super::status::block_on;
use super::{CliError, Ending, log, when};
use crate::state::StateDir;

/// Prove that an event was recorded and that the admin server acknowledged it
///
/// The proof is a file that can be verified without Weir (docs/verify-proof.py): the chain from the record to the head that
/// the server acknowledged, its signed receipt, and the receipt's place in the server's log. It says when and that something
/// was decided, and nothing of what.
#[derive(Args)]
#[command(after_help = "\
Exit status: 0 the proof is made, 3 it cannot be: no such event, not acknowledged yet, no server.

Examples:
  weir audit prove 019a3c5e-7f10-7a42-9d5b-6c2f0e1a8b77 --out proof.json
  weir audit verify --proof proof.json")]
pub(crate) struct ProveArgs {
    /// The event, as `weir audit query` names it
    #[arg(value_name = "EVENT")]
    event: EventId,
    /// Write the proof to this file instead of standard output
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

pub(crate) fn prove(args: &ProveArgs, state: &StateDir, screen: &mut Screen) -> Result<Ending, CliError> {
    log::must_exist(state)?;
    let identity = enrolled(state)?.ok_or_else(|| {
        CliError::environment("this device belongs to no admin server: nobody has acknowledged its records")
    })?;
    let links = weir_store::links(&state.audit()).map_err(|error| CliError::from_chain(&error))?;
    let seq = links.of(&args.event).ok_or_else(|| {
        CliError::environment(format!(
            "the log has no event `{}`; `weir audit query` lists them",
            args.event
        ))
    })?;
    let asked = block_on(async {
        let asked = weir_sync::acknowledgement(&identity, seq).await;
        asked.map_err(|error| CliError::environment(chain(&error)))
    })?;
    let (receipt, inclusion) = asked.ok_or_else(|| {
        CliError::environment(
            "the server has not acknowledged this record yet, or keeps it no more; try again in a minute",
        )
    })?;
    let key = key_of(&identity)?;
    let said = receipt
        .verify(key.key())
        .map_err(|error| CliError::from_chain(&error))?;
    let (before, records) = links.between(seq, (said.seq, said.head)).ok_or_else(|| {
        CliError::environment(
            "what the server acknowledged is not the log that is here: it was rolled back, lost or copied",
        )
    })?;
    let proof = EventProof::new(args.event, &before, &records, receipt, inclusion);
    // What would be refused is not handed out.
    let proved = proof.verify(&key).map_err(|error| CliError::from_chain(&error))?;
    // Texts and numbers can always be written.
    let mut text = serde_json::to_string_pretty(&proof).unwrap_or_default();
    text.push('\n');
    match &args.out {
        Some(out) => {
            write(out, text.as_bytes())?;
            screen.note(&format!(
                "wrote `{}`: record {} of {}, acknowledged {}; verify it with the key {key}",
                out.display(),
                proved.record.seq,
                proved.acknowledged.device,
                when::show(proved.acknowledged.time)
            ));
        }
        None => screen.line(text.trim_end())?,
    }
    screen.finish()?;
    Ok(Ending::Clean)
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), CliError> {
    let write = || std::fs::File::create(path)?.write_all(bytes);
    write().map_err(|error| CliError::environment(format!("cannot write `{}`: {error}", path.display())))
}

/// What a proof proves, and when each witness that was asked for cosigned the server's log.
struct Verified {
    proved: Proved,
    cosigned: Vec<(WitnessKey, Timestamp)>,
}

/// Verifies a proof, with the key that is given or that of the server this device is enrolled with, and with these witnesses.
pub(crate) fn verify(
    path: &Path,
    (key, witnesses): (Option<&KeyName>, &[WitnessKey]),
    as_json: bool,
    state: &StateDir,
    screen: &mut Screen,
) -> Result<Ending, CliError> {
    let key = server_key(key, state)?;
    let bytes = read(path, MOST_PROOF_BYTES, "a proof")?;
    let outcome = EventProof::parse(&bytes).and_then(|proof| {
        let proved = proof.verify(&key)?;
        let times = proof.cosigned(witnesses)?;
        Ok(Verified {
            proved,
            cosigned: witnesses.iter().cloned().zip(times).collect(),
        })
    });
    say(&outcome, as_json, told, print, screen)
}

/// Says what was proved, in its own words, or why nothing was.
pub(super) fn say<T>(
    outcome: &Result<T, impl std::error::Error>,
    as_json: bool,
    told: fn(&T) -> serde_json::Value,
    print: fn(&T, &mut Screen) -> Result<(), CliError>,
    screen: &mut Screen,
) -> Result<Ending, CliError> {
    match outcome {
        Ok(proved) if as_json => screen.json(&told(proved))?,
        Ok(proved) => print(proved, screen)?,
        Err(why) if as_json => screen.json(&json!({ "proved": false, "why": chain(why) }))?,
        Err(why) => {
            let line = screen.paint(&format!("not proved: {}", chain(why)), Tone::Bad);
            screen.line(&line)?;
        }
    }
    screen.finish()?;
    Ok(Ending::found_if(outcome.is_err()))
}

/// The key that is given, or that of the server this device is enrolled with.
pub(super) fn server_key(key: Option<&KeyName>, state: &StateDir) -> Result<KeyName, CliError> {
    if let Some(key) = key {
        return Ok(key.clone());
    }
    let identity = enrolled(state)?.ok_or_else(|| {
        CliError::usage("this device belongs to no admin server: name the key of its log with `--server-key`")
    })?;
    key_of(&identity)
}

/// A file of at most so many bytes.
pub(super) fn read(path: &Path, most: usize, what: &str) -> Result<Vec<u8>, CliError> {
    let unreadable =
        |error: std::io::Error| CliError::environment(format!("cannot read `{}`: {error}", path.display()));
    let size = std::fs::metadata(path).map_err(unreadable)?.len();
    if size > most as u64 {
        let path = path.display();
        return Err(CliError::environment(format!("`{path}` is too large to be {what}")));
    }
    std::fs::read(path).map_err(unreadable)
}

fn told(Verified { proved, cosigned }: &Verified) -> serde_json::Value {
    let Proved {
        record, acknowledged, ..
    } = proved;
    json!({
        "cosigned": told_witnesses(cosigned),
        "proved": true,
        "event": record.id,
        "kind": record.kind.as_str(),
        "seq": record.seq,
        "time": record.time,
        "device": acknowledged.device,
        "timeline": acknowledged.timeline,
        "acknowledged": acknowledged.seq,
        "received": acknowledged.time,
        "leaf": proved.leaf,
        "size": proved.size,
        "root": hex::encode(proved.root),
    })
}

/// Name of each, and when it cosigned.
pub(super) fn told_witnesses(by: &[(WitnessKey, Timestamp)]) -> serde_json::Value {
    let each = by
        .iter()
        .map(|(witness, time)| json!({ "witness": witness.name(), "time": time }));
    each.collect()
}

pub(super) fn print_witnesses(by: &[(WitnessKey, Timestamp)], screen: &mut Screen) -> Result<(), CliError> {
    for (witness, time) in by {
        screen.line(&format!(
            "  cosigned by {}, {} by its clock",
            witness.name(),
            when::show(*time)
        ))?;
    }
    Ok(())
}

fn print(Verified { proved, cosigned }: &Verified, screen: &mut Screen) -> Result<(), CliError> {
    let Proved {
        record, acknowledged, ..
    } = proved;
    let verdict = screen.paint("proved", Tone::Good);
    screen.line(&format!(
        "{verdict}: {} {}, recorded {} by the device's clock",
        record.kind,
        record.id,
        when::show(record.time)
    ))?;
    screen.line(&format!(
        "  record {} of device {}, timeline {}",
        record.seq, acknowledged.device, acknowledged.timeline
    ))?;
    screen.line(&format!(
        "  acknowledged with record {}, {} by the server's clock",
        acknowledged.seq,
        when::show(acknowledged.time)
    ))?;
    screen.line(&format!(
        "  entry {} of the server's log of {}, root {}",
        proved.leaf,
        proved.size,
        hex::encode(proved.root)
    ))?;
    print_witnesses(cosigned, screen)
}

fn enrolled(state: &StateDir) -> Result<Option<Identity>, CliError> {
    Identity::read(&state.fleet()).map_err(|error| CliError::from_chain(&error))
}

fn key_of(identity: &Identity) -> Result<KeyName, CliError> {
    let key = identity.receipt_key().and_then(|key| log_key(&key).ok());
    key.ok_or_else(|| CliError::environment("the server's receipt key cannot be read; enrol again"))
}
