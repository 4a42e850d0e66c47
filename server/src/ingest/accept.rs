//! One batch, as a device that is served has packed it: by a request or on the stream.

use super::columns::Row;
use super::table::{Advance, Outcome};
use super::writer::IngestError;
use crate::clock;
use crate::run::Fleet;
use std::time::Instant;
use weir_fleet::{Acknowledged, Batch, BatchError, DeviceId, Receipt, Refusal};

/// Stores a batch, as it was packed by a device that is served, and acknowledges how far the log is here.
///
/// # Errors
/// It is not stored, or nobody knows: the device keeps it and comes again.
pub async fn accept(fleet: &Fleet, device: DeviceId, packed: &[u8]) -> Result<Receipt, Refusal> {
    let start = Instant::now();
    let batch = advance(device, packed)?;
    let (timeline, records) = (batch.timeline, batch.rows.len());
    let placed = fleet.writer.store(batch).await.map_err(|error| match error {
        IngestError::Busy => Refusal::Busy,
        IngestError::Failed => Refusal::Failed,
    })?;
    match placed.outcome {
        Outcome::Stored(state) => {
            fleet.metrics.accepted(records, start.elapsed());
            let acknowledged = Acknowledged {
                device,
                timeline,
                seq: state.last,
                head: state.head,
                time: clock::now(),
            };
            let receipt = acknowledged.sign(&fleet.keys.receipt);
            Ok(match placed.entry {
                Some((leaf, tree)) => receipt.in_log(leaf, &fleet.log.checkpoint(tree, &fleet.keys.receipt)),
                None => receipt,
            })
        }
        Outcome::Elsewhere(state) => Err(Refusal::Elsewhere {
            have: state.last,
            head: hex::encode(state.head),
        }),
        Outcome::Timeline(next) => Err(Refusal::Timeline { next }),
    }
}

fn advance(device: DeviceId, packed: &[u8]) -> Result<Advance, Refusal> {
    let batch = Batch::unpack(packed).map_err(|error| match error {
        BatchError::TooLarge => Refusal::TooLarge,
        error => Refusal::Malformed { why: error.to_string() },
    })?;
    Ok(Advance {
        device,
        timeline: batch.timeline,
        first: batch.first,
        last: batch.last,
        before: batch.before,
        head: batch.head,
        rows: Row::all(&batch.records).map_err(|_| Refusal::Failed)?,
    })
}
