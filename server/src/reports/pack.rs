//! All that arrived in a time, packed for somebody who verifies it without the server.
//!
//! It is written as it is read: a line at a time is in memory, and the list of batches.

use super::table::{ArrivedBatch, Recorded};
use crate::journal::{Actor, Broken, Deed, Entry, Head, Kept, Page, Purpose, Verifier};
use crate::readings::{self, Concerned};
use crate::repo::{Repo, RepoError};
use crate::tlog::{self, Log, ProveError};
use serde_json::value::RawValue;
use std::io::{Seek, Write};
use weir_bundle::{PublicKey, SigningKey};
use weir_fleet::{
    Acknowledged, LogProof, PackOf, PackWriteError, PackWriter, PackedAnchor, PackedBatch, PackedCosigned,
    PackedJournal, PackedRecord, PackedRow,
};
use weir_model::Timestamp;

/// Batches of the largest pack: the list of them is in memory.
pub const MOST_BATCHES: u32 = 4_000_000;

/// There is no pack.
#[derive(Debug, thiserror::Error)]
pub enum PackError {
    /// It would be larger than anybody reads, or the disk fails.
    #[error(transparent)]
    Write(#[from] PackWriteError),
    /// More than [`MOST_BATCHES`].
    #[error("more than {MOST_BATCHES} batches arrived; ask for a shorter time")]
    Batches,
    /// A record cannot be read.
    #[error("a record cannot be read: it is of a newer server")]
    Record,
    /// A row of the journal cannot be read.
    #[error("a row of the journal is not JSON")]
    Row,
    /// The journal is not what was entered.
    #[error("the journal cannot be packed; `weir-server journal verify` says more")]
    Journal(#[from] Broken),
    /// What was acknowledged cannot be proved.
    #[error("the server's log has not what was acknowledged")]
    Proof(#[from] ProveError),
    /// The database.
    #[error(transparent)]
    Repo(#[from] RepoError),
}

/// Packs what arrived from `since` until (and without) `until`, by the server's clock, into something that is empty; gives that
/// and how many bytes it has. It is entered in the journal, and told to all whose records are in it.
///
/// # Errors
/// Nothing may be handed out then.
pub async fn pack<W: Write + Seek + Send>(
    repo: &dyn Repo,
    (log, receipt): (&Log, &SigningKey),
    actor: &Actor,
    (since, until): (Timestamp, Timestamp),
    purpose: &Purpose,
    now: Timestamp,
    out: W,
) -> Result<(W, u64), PackError> {
    let batches = repo.batches_between(since, until, MOST_BATCHES + 1).await?;
    if batches.len() > MOST_BATCHES as usize {
        return Err(PackError::Batches);
    }
    // Behind the batches: the tree has the entries of all of them.
    let head = repo.tree().await?;
    let mut writer = PackWriter::begin(out, &log.checkpoint(head, receipt))?;
    for batch in &batches {
        writer.batch(&packed_batch(repo, batch, head.size, receipt).await?)?;
    }
    let (journal, rows) = pack_journal(repo, (since, until), head.size, &receipt.public(), &mut writer).await?;
    let cosigned = packed_cosigned(repo, (log, receipt), head.size).await?;
    let concerned = pack_records(repo, (since, until), &batches, &mut writer).await?;
    let entry = Entry::new(now, actor, Deed::EvidencePack, "records")
        .with("since", since)
        .with("until", until)
        .with("batches", batches.len())
        .with("rows", rows)
        .with("purpose", purpose);
    readings::note(repo, &entry, &concerned).await?;
    let of = PackOf {
        since,
        until,
        made: now,
        kept_since: repo.kept_since().await?,
        purpose: purpose.as_str().to_owned(),
    };
    Ok(writer.finish(of, (journal, cosigned), receipt)?)
}

/// What witnesses have cosigned, and that the tree of so many entries goes on from it.
async fn packed_cosigned(
    repo: &dyn Repo,
    (log, receipt): (&Log, &SigningKey),
    size: u64,
) -> Result<Option<PackedCosigned>, PackError> {
    let cosigned = tlog::cosigned(repo, log, receipt).await?;
    // A round may have begun since the tree was read.
    let Some(cosigned) = cosigned.filter(|cosigned| cosigned.round.head.size <= size) else {
        return Ok(None);
    };
    let consistency = LogProof::of(&tlog::consistency(repo, cosigned.round.head.size, size).await?);
    Ok(Some(PackedCosigned {
        checkpoint: cosigned.note,
        keys: cosigned.keys.iter().map(ToString::to_string).collect(),
        cosigned: cosigned.cosigned,
        witnesses: cosigned.witnesses,
        consistency,
    }))
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

/// The journal's rows of a time, and on to the first head behind them that is among the first `size` entries of the server's log;
/// where there is none yet, up to the last head that is there. Gives how many rows these are.
async fn pack_journal<W: Write + Seek + Send>(
    repo: &dyn Repo,
    (since, until): (Timestamp, Timestamp),
    size: u64,
    key: &PublicKey,
    writer: &mut PackWriter<W>,
) -> Result<(PackedJournal, u64), PackError> {
    let Some((first, last)) = repo.journal_between(since, until).await? else {
        return Ok((PackedJournal::default(), 0));
    };
    let before = first.saturating_sub(1);
    let anchor = repo.anchor(last, size).await?;
    let Some(anchor) = anchor.filter(|anchor| anchor.head.number >= first) else {
        let not_in_log = last - before;
        return Ok((
            PackedJournal {
                anchor: None,
                not_in_log,
            },
            0,
        ));
    };
    pack_rows(repo, before, anchor.head, key, writer).await?;
    let inclusion = LogProof::of(&tlog::inclusion(repo, anchor.leaf, size).await?);
    let leaf = anchor.leaf;
    let journal = PackedJournal {
        anchor: Some(PackedAnchor { leaf, inclusion }),
        not_in_log: last.saturating_sub(anchor.head.number),
    };
    Ok((journal, anchor.head.number - before))
}

/// The rows behind this one that lead to a head. What does not is never signed.
async fn pack_rows<W: Write + Seek + Send>(
    repo: &dyn Repo,
    before: u64,
    head: Head,
    key: &PublicKey,
    writer: &mut PackWriter<W>,
) -> Result<(), PackError> {
    const ROWS: u32 = 1000;
    let first = repo.journal(Page::After(before), 1).await?;
    let mut verifier = Verifier::behind(Head {
        number: before,
        hash: first.first().map_or([0; 32], |row| row.previous),
    });
    while verifier.at().number < head.number {
        let mut rows = repo.journal(Page::After(verifier.at().number), ROWS).await?;
        rows.retain(|row| row.number <= head.number);
        if rows.is_empty() {
            break;
        }
        verifier.page(&rows, &[], key)?;
        for row in rows {
            writer.row(&packed_row(row)?)?;
        }
    }
    Ok(verifier.end(head)?)
}

fn packed_row(kept: Kept) -> Result<PackedRow, PackError> {
    Ok(PackedRow {
        number: kept.number,
        time: kept.time,
        actor: kept.actor,
        action: kept.deed,
        subject: kept.subject,
        details: RawValue::from_string(kept.details).map_err(|_| PackError::Row)?,
        previous: hex::encode(kept.previous),
        hash: hex::encode(kept.hash),
    })
}

/// The records of these batches; gives whose they are.
async fn pack_records<W: Write + Seek + Send>(
    repo: &dyn Repo,
    (since, until): (Timestamp, Timestamp),
    batches: &[ArrivedBatch],
    writer: &mut PackWriter<W>,
) -> Result<Concerned, PackError> {
    // They are in this order.
    let place = |batch: &ArrivedBatch| (batch.device, batch.timeline, batch.last);
    let is_known = |wanted| batches.binary_search_by_key(&wanted, place).is_ok();
    let (mut concerned, mut failed) = (Concerned::new(), None);
    repo.each_arrived(since, until, &mut |arrived| {
        let record = arrived.record;
        // What was committed since the batches were read comes with the next pack.
        if failed.is_some() || !is_known((record.device, record.timeline, arrived.batch)) {
            return;
        }
        *concerned.entry(record.device).or_default() += 1;
        failed = packed(&record).and_then(|record| Ok(writer.record(&record)?)).err();
    })
    .await?;
    failed.map_or(Ok(concerned), Err)
}

fn packed(recorded: &Recorded) -> Result<PackedRecord, PackError> {
    let body = recorded.body.unpack().map_err(|_| PackError::Record)?;
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
