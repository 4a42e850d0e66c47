//! All that arrived in a time, packed for somebody who verifies it without the server.

use super::table::{ArrivedBatch, Recorded};
use crate::ingest::unpack;
use crate::journal::{Actor, Deed, Entry, Purpose};
use crate::readings::{self, Concerned};
use crate::repo::{Repo, RepoError};
use crate::tlog::{self, Log, ProveError};
use serde_json::value::RawValue;
use std::collections::HashSet;
use weir_bundle::SigningKey;
use weir_fleet::{Acknowledged, LogProof, PackOf, PackTooLarge, PackWriter, PackedBatch, PackedRecord};
use weir_model::Timestamp;

/// There is no pack.
#[derive(Debug, thiserror::Error)]
pub enum PackError {
    /// It would be larger than anybody reads.
    #[error(transparent)]
    TooLarge(#[from] PackTooLarge),
    /// A record cannot be read.
    #[error("a record cannot be read: it is of a newer server")]
    Record,
    /// What was acknowledged cannot be proved.
    #[error("the server's log has not what was acknowledged")]
    Proof(#[from] ProveError),
    /// The database.
    #[error(transparent)]
    Repo(#[from] RepoError),
}

/// Packs what arrived from `since` until (and without) `until`, by the server's clock. It is entered in the journal, and told to
/// all whose records are in it.
///
/// # Errors
/// Nothing may be handed out then.
pub async fn pack(
    repo: &dyn Repo,
    (log, receipt): (&Log, &SigningKey),
    actor: &Actor,
    (since, until): (Timestamp, Timestamp),
    purpose: &Purpose,
    now: Timestamp,
) -> Result<Vec<u8>, PackError> {
    let mut writer = PackWriter::default();
    let batches = repo.batches_between(since, until).await?;
    // Behind the batches: the tree has the entries of all of them.
    let head = repo.tree().await?;
    for batch in &batches {
        writer.batch(&packed_batch(repo, batch, head.size, receipt).await?)?;
    }
    let known = batches.iter().map(|batch| (batch.device, batch.timeline, batch.last));
    let known: HashSet<_> = known.collect();
    let (mut concerned, mut failed) = (Concerned::new(), None);
    repo.each_arrived(since, until, &mut |arrived| {
        let record = arrived.record;
        // What was committed since the batches were read comes with the next pack.
        if failed.is_some() || !known.contains(&(record.device, record.timeline, arrived.batch)) {
            return;
        }
        *concerned.entry(record.device).or_default() += 1;
        failed = packed(&record).and_then(|record| Ok(writer.record(&record)?)).err();
    })
    .await?;
    if let Some(error) = failed {
        return Err(error);
    }
    let entry = Entry::new(now, actor, Deed::EvidencePack, "records")
        .with("since", since)
        .with("until", until)
        .with("batches", batches.len())
        .with("purpose", purpose);
    readings::note(repo, &entry, &concerned).await?;
    let of = PackOf {
        since,
        until,
        made: now,
        kept_since: repo.kept_since().await?,
        purpose: purpose.as_str().to_owned(),
    };
    Ok(writer.finish(of, &log.checkpoint(head, receipt), receipt))
}

/// With its receipt, and its proof in a tree of so many entries.
async fn packed_batch(
    repo: &dyn Repo,
    batch: &ArrivedBatch,
    size: u64,
    receipt: &SigningKey,
) -> Result<PackedBatch, PackError> {
    let acknowledged = Acknowledged {
        device: batch.device,
        timeline: batch.timeline,
        seq: batch.last,
        head: batch.head,
        time: batch.received,
    };
    let inclusion = match batch.leaf {
        None => None,
        Some(leaf) => Some(LogProof::of(&tlog::inclusion(repo, leaf, size).await?)),
    };
    Ok(PackedBatch {
        first: batch.first,
        receipt: acknowledged.sign(receipt),
        leaf: batch.leaf,
        inclusion,
    })
}

fn packed(recorded: &Recorded) -> Result<PackedRecord, PackError> {
    let body = unpack(&recorded.body).map_err(|_| PackError::Record)?;
    let text = String::from_utf8(body).map_err(|_| PackError::Record)?;
    Ok(PackedRecord {
        device: recorded.device,
        timeline: recorded.timeline,
        seq: recorded.seq,
        time: recorded.time,
        kind: recorded.kind.as_str().to_owned(),
        event: recorded.event,
        record: RawValue::from_string(text).map_err(|_| PackError::Record)?,
    })
}
