//! Packs of evidence, verified without the server that wrote them.

use std::path::Path;

use serde_json::json;
use weir_fleet::{MOST_PACK_BYTES, PackProved, verify_pack};
use weir_tlog::KeyName;

use super::audit_proof::{read, say, server_key};
use super::screen::{Screen, Tone};
use super::{CliError, Ending, when};
use crate::state::StateDir;

/// Verifies a pack, with the key that is given or that of the server this device is enrolled with.
pub(crate) fn verify(
    path: &Path,
    key: Option<&KeyName>,
    as_json: bool,
    state: &StateDir,
    screen: &mut Screen,
) -> Result<Ending, CliError> {
    let key = server_key(key, state)?;
    let bytes = read(path, MOST_PACK_BYTES, "a pack of evidence")?;
    say(&verify_pack(&bytes, &key), as_json, told, print, screen)
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
        "size": proved.size,
        "root": hex::encode(proved.root),
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
        proved.of.purpose
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
    screen.line(&format!(
        "  the server's log of {}, root {}",
        proved.size,
        hex::encode(proved.root)
    ))
}
