//! What a server writes for others, packs of evidence and receipts for destroyed keys, verified without it.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

use serde_json::json;
use weir_fleet::{
    Deletion, DeletionProved, DeletionReceipt, JournalProved, MOST_DELETION_BYTES, PackProved, PackRefused,
    WitnessProved, verify_pack,
};
use weir_tlog::{KeyName, WitnessKey};

use super::audit::plain;
use super::audit_proof::{print_witnesses, say, server_key, told_witnesses};
use super::screen::{Screen, Tone};
use super::{CliError, Ending, when};
use crate::state::StateDir;

/// Verifies a file, with the key that is given or that of the server this device is enrolled with, and with these witnesses.
pub(crate) fn verify(
    path: &Path,
    (key, witnesses): (Option<&KeyName>, &[WitnessKey]),
    as_json: bool,
    state: &StateDir,
    screen: &mut Screen,
) -> Result<Ending, CliError> {
    let key = server_key(key, state)?;
    let unreadable = |error: &io::Error| CliError::environment(format!("cannot read `{}`: {error}", path.display()));
    let mut file = BufReader::new(File::open(path).map_err(|error| unreadable(&error))?);
    // A pack is a tar, which begins with the name of a file.
    let begin = file.fill_buf().map_err(|error| unreadable(&error))?;
    if begin.trim_ascii_start().starts_with(b"{") {
        if !witnesses.is_empty() {
            return Err(CliError::usage(
                "a receipt for destroyed keys brings no cosignatures: leave out `--witness`",
            ));
        }
        let mut bytes = Vec::new();
        let read = file.take(MOST_DELETION_BYTES as u64 + 1).read_to_end(&mut bytes);
        read.map_err(|error| unreadable(&error))?;
        let outcome = DeletionReceipt::parse(&bytes).and_then(|receipt| receipt.verify(&key));
        return say(&outcome, as_json, told_deletion, print_deletion, screen);
    }
    match verify_pack(file, &key) {
        // A disk that fails says nothing about the pack.
        Err(PackRefused::Read(kind)) => Err(unreadable(&kind.into())),
        outcome => {
            let outcome = outcome.and_then(|proved| proved.cosigned_by(witnesses).map(|()| proved));
            say(&outcome, as_json, told, print, screen)
        }
    }
}

fn told(proved: &PackProved) -> serde_json::Value {
    let missing = proved.missing.iter().map(|(device, timeline, first, last)| {
        json!({ "device": device, "timeline": timeline, "first": first, "last": last })
    });
    json!({
        "proved": true,
        "of": proved.of,
        "devices": proved.devices,
        "logs": proved.logs,
        "batches": proved.batches,
        "not_in_log": proved.not_in_log,
        "records": proved.records,
        "missing": missing.collect::<Vec<_>>(),
        "journal": proved.journal.as_ref().map(told_journal),
        "rows_not_in_log": proved.rows_not_in_log,
        "size": proved.size,
        "root": hex::encode(proved.root),
        "cosigned": proved.cosigned.as_ref().map(told_cosigned),
    })
}

fn told_cosigned(cosigned: &WitnessProved) -> serde_json::Value {
    json!({
        "size": cosigned.size,
        "root": hex::encode(cosigned.root),
        "by": told_witnesses(&cosigned.by),
        "cosigned": cosigned.cosigned,
        "witnesses": cosigned.witnesses,
    })
}

fn told_journal(journal: &JournalProved) -> serde_json::Value {
    json!({
        "first": journal.first,
        "from": journal.from,
        "before": hex::encode(journal.before),
        "last": journal.last,
        "to": journal.to,
        "head": hex::encode(journal.head),
        "leaf": journal.leaf,
    })
}

fn print(proved: &PackProved, screen: &mut Screen) -> Result<(), CliError> {
    let verdict = screen.paint("proved", Tone::Good);
    screen.line(&format!(
        "{verdict}: {} records of {} devices, which arrived from {} to {}",
        proved.records,
        proved.devices,
        when::show(proved.of.since),
        when::show(proved.of.until)
    ))?;
    screen.line(&format!(
        "  packed {}, for: {}",
        when::show(proved.of.made),
        plain(&proved.of.purpose)
    ))?;
    screen.line(&format!(
        "  {} batches of {} logs, each acknowledged; {} of them before the server had a log",
        proved.batches, proved.logs, proved.not_in_log
    ))?;
    if proved.of.kept_since > proved.of.since {
        let line = format!(
            "  what arrived before {} was no longer kept",
            when::show(proved.of.kept_since)
        );
        screen.line(&line)?;
    }
    for (device, timeline, first, last) in &proved.missing {
        screen.line(&format!(
            "  missing: records {first} to {last} of device {device}, timeline {timeline}"
        ))?;
    }
    print_journal(proved, screen)?;
    screen.line(&format!(
        "  the server's log of {}, root {}",
        proved.size,
        hex::encode(proved.root)
    ))?;
    let Some(cosigned) = &proved.cosigned else {
        return screen.line("  cosigned by no laptop");
    };
    screen.line(&format!(
        "  its first {} entries are cosigned by {} of {} laptops, as the server says; {} of them verified here",
        cosigned.size,
        cosigned.cosigned,
        cosigned.witnesses,
        cosigned.by.len()
    ))?;
    print_witnesses(&cosigned.by, screen)
}

fn print_journal(proved: &PackProved, screen: &mut Screen) -> Result<(), CliError> {
    match &proved.journal {
        Some(journal) => screen.line(&format!(
            "  rows {} to {} of the server's journal, of {} to {}; entry {} of the server's log has the last, {}",
            journal.first,
            journal.last,
            when::show(journal.from),
            when::show(journal.to),
            journal.leaf,
            hex::encode(journal.head)
        ))?,
        None => screen.line("  no row of the server's journal")?,
    }
    match proved.rows_not_in_log {
        0 => Ok(()),
        rows => screen.line(&format!(
            "  not in it: {rows} rows of the journal that the server's log did not have yet"
        )),
    }
}

fn told_deletion(proved: &DeletionProved) -> serde_json::Value {
    json!({
        "proved": true,
        "deletion": proved.deletion,
        "leaf": proved.leaf,
        "size": proved.size,
        "root": hex::encode(proved.root),
    })
}

fn print_deletion(proved: &DeletionProved, screen: &mut Screen) -> Result<(), CliError> {
    let DeletionProved { deletion, .. } = proved;
    let verdict = screen.paint("proved", Tone::Good);
    let numbers: Vec<String> = deletion.keys.iter().map(|key| key.number.to_string()).collect();
    let whose = match deletion.device {
        Some(device) => format!("of device {device}"),
        None => "of all devices".to_owned(),
    };
    screen.line(&format!(
        "{verdict}: the server says that it destroyed search key {} {whose}, {}",
        numbers.join(", "),
        when::show(deletion.destroyed)
    ))?;
    screen.line(&who_and_why(deletion))?;
    let gone = &deletion.gone;
    screen.line(&format!(
        "  gone: {} fingerprints in {} decisions of {} devices: no value can be searched for in them",
        gone.fingerprints, gone.decisions, gone.devices
    ))?;
    if let (Some(oldest), Some(newest)) = (gone.oldest, gone.newest) {
        screen.line(&format!("  from {} to {}", when::show(oldest), when::show(newest)))?;
    }
    let left = &deletion.left;
    screen.line(&format!(
        "  left: {} records of {} logs, with level, data types and destination; their chains verify as before",
        left.records, left.logs
    ))?;
    screen.line(&format!("  searched as before: {} decisions", left.searchable))?;
    screen.line("  not covered: backups of the database, and laptops that have not taken up a newer key")?;
    screen.line(&format!(
        "  entry {} of the server's log of {}, root {}",
        proved.leaf,
        proved.size,
        hex::encode(proved.root)
    ))
}

/// The server's word, and it had it from people.
fn who_and_why(deletion: &Deletion) -> String {
    format!(
        "  asked for by {} on {}, agreed to by {}, for: {}",
        plain(&deletion.asked_by),
        when::show(deletion.asked),
        plain(&deletion.destroyed_by),
        plain(&deletion.why)
    )
}

#[cfg(test)]
mod tests {
    use super::who_and_why;
    use weir_fleet::{Deletion, Gone, Left};
    use weir_model::{EventId, Timestamp};

    #[test]
    fn nothing_in_a_receipt_steers_a_terminal() {
        let now = Timestamp::from_millis(1_800_000_000_000);
        let deletion = Deletion {
            id: EventId::from_bytes([3; 16]),
            keys: Vec::new(),
            device: None,
            why: "request 17\u{1b}[2J\r\nproved".to_owned(),
            asked: now,
            asked_by: "ada\u{7}".to_owned(),
            destroyed: now,
            destroyed_by: "ben\u{9b}1A".to_owned(),
            gone: Gone::default(),
            left: Left::default(),
        };
        let line = who_and_why(&deletion);
        assert!(!line.contains(char::is_control), "{line:?}");
        for part in ["ada\u{fffd}", "ben\u{fffd}1A", "request 17\u{fffd}[2J"] {
            assert!(line.contains(part), "{line:?}");
        }
    }
}
