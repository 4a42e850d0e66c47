//! Records on their way up.

use crate::Agent;
use crate::client::{AskError, Client};
use crate::identity::Identity;
use crate::line::Line;
use crate::progress::{Position, Progress};
use crate::retry::Retry;
use crate::witness::Witness;
use serde_json::value::RawValue;
use std::sync::Arc;
use std::time::{Duration, Instant};
use weir_fleet::{Acknowledged, Batch, GivenEpochKey, Receipt, Refusal, Sent, routes};
use weir_model::Action;
use weir_model::chain;
use weir_store::{Most, Piece, ReadError, Store, Stretch};

/// Sends what is behind the last receipt.
pub(crate) struct Upload {
    client: Arc<Client>,
    line: Arc<Line>,
    store: Arc<Store>,
    agent: Arc<dyn Agent>,
    progress: Option<Progress>,
    witness: Option<Witness>,
    /// The log whose key the server has, or that it was last offered for.
    given: Option<Given>,
    /// Blocked messages, since the start, that the server knows of.
    blocked: u64,
    /// The last batch had no room for all that was there.
    behind: bool,
}

/// How often is asked whether the log has grown: a look at a number in memory.
const LOOK: Duration = Duration::from_secs(1);
/// What nobody has to know at once goes in company.
const COMPANY: Duration = Duration::from_secs(30);
/// A seal says nothing new: it waits longer for records that do.
const COMPANY_OF_SEALS: Duration = Duration::from_secs(900);
const LONGEST_PAUSE: Duration = Duration::from_secs(300);
const MOST: Most = Most {
    records: 2048,
    bytes: 2 << 20,
};

/// A server that takes no keys may be a newer one some time later.
const OFFERED_AGAIN: Duration = Duration::from_secs(900);

/// Whether the server has the key of a log.
#[derive(Clone, Copy)]
struct Given {
    timeline: u32,
    /// When it was offered to a server that takes none; `None` where the server has it.
    in_vain: Option<Instant>,
}

impl Given {
    fn settles(&self, timeline: u32) -> bool {
        self.timeline == timeline && self.in_vain.is_none_or(|offered| offered.elapsed() < OFFERED_AGAIN)
    }
}

/// What came of one attempt.
enum Attempt {
    /// Sent and receipted: there may be more.
    Sent,
    /// The server knows all there is.
    Nothing,
    /// The server stands elsewhere: the next attempt begins where it should.
    Moved,
}

#[derive(Debug, thiserror::Error)]
enum UploadError {
    #[error("the log cannot be read")]
    Read(#[from] ReadError),
    #[error(transparent)]
    Ask(#[from] AskError),
    #[error(transparent)]
    Progress(#[from] crate::progress::ProgressError),
    #[error("a stretch of the log cannot be packed")]
    Pack(#[from] weir_fleet::BatchError),
}

impl Upload {
    pub(crate) fn new(
        identity: &Identity,
        client: Arc<Client>,
        line: Arc<Line>,
        store: Arc<Store>,
        agent: Arc<dyn Agent>,
    ) -> Self {
        let progress = identity.receipt_key().map(|key| Progress::read(identity, key));
        Self {
            client,
            line,
            store,
            agent,
            progress,
            witness: Witness::read(identity),
            given: None,
            blocked: 0,
            behind: false,
        }
    }

    pub(crate) async fn run(mut self) {
        let Some(progress) = self.progress.take() else {
            self.agent.remark(
                "fleet.identity",
                "The server's receipt key cannot be read; enrol again.".to_owned(),
            );
            return;
        };
        let mut progress = self.resume(progress);
        self.tell_needed(&progress);
        let mut retry = Retry::up_to(LONGEST_PAUSE);
        let mut told = false;
        loop {
            // Not only with records: until the server has it, what is sealed is sealed for nobody.
            if let Err(error) = self.give_key(progress.position.timeline).await {
                tracing::debug!(error = chain(&error), "the key of the log's seals was not given");
            }
            self.wait(&progress).await;
            match self.attempt(&mut progress).await {
                Ok(Attempt::Sent | Attempt::Moved) => {
                    self.tell_needed(&progress);
                    retry.succeeded();
                    told = false;
                }
                Ok(Attempt::Nothing) => {}
                Err(error) => {
                    if !std::mem::replace(&mut told, true) {
                        tracing::warn!(
                            error = chain(&error),
                            "records cannot be sent; they stay here until they can"
                        );
                    }
                    retry.wait().await;
                }
            }
        }
    }

    /// What the server does not have is kept, whatever the clock says.
    fn tell_needed(&self, progress: &Progress) {
        self.store
            .still_needed(progress.position.acknowledged.map_or(0, |(seq, _)| seq + 1));
    }

    /// A log that ends before its receipt, or has another record there, was rolled back.
    fn resume(&self, mut progress: Progress) -> Progress {
        let Some((seq, head)) = progress.position.acknowledged else {
            return progress;
        };
        let end = self.store.head();
        let known = match end {
            Some((end, _)) if end >= seq => self.store.head_at(seq).ok().flatten(),
            _ => None,
        };
        // Where retention has removed the record, what follows must link to it: the first batch will show.
        let removed = known.is_none() && end.is_some_and(|(end, _)| end > seq);
        if known != Some(head) && !removed {
            self.begin_anew(&mut progress);
        }
        progress
    }

    /// Begins the next timeline, with all of the log: nobody here knows how far the server has it. What was written since it was
    /// rolled back looks like the rest.
    fn begin_anew(&self, progress: &mut Progress) {
        progress.position = Position {
            timeline: progress.position.timeline + 1,
            acknowledged: None,
        };
        tracing::error!("the audit log is not the one the server knows");
        self.agent.remark(
            "fleet.timeline",
            "The audit log does not go on from what the server has of it: it was rolled back, lost or copied."
                .to_owned(),
        );
    }

    /// Until there is something to send: at once where something was blocked, in company otherwise.
    async fn wait(&self, progress: &Progress) {
        let mut since = None;
        loop {
            let end = self.store.head().map(|(seq, _)| seq);
            let have = progress.position.acknowledged.map(|(seq, _)| seq);
            if end > have {
                let since = since.get_or_insert_with(Instant::now);
                let lagging = end.unwrap_or(0).saturating_sub(have.unwrap_or(0)) >= MOST.records as u64;
                let company = match self.store.last_told() > have {
                    true => COMPANY,
                    false => COMPANY_OF_SEALS,
                };
                if self.behind
                    || lagging
                    || self.store.decisions(Action::Block) != self.blocked
                    || since.elapsed() >= company
                {
                    return;
                }
            }
            tokio::time::sleep(LOOK).await;
        }
    }

    async fn attempt(&mut self, progress: &mut Progress) -> Result<Attempt, UploadError> {
        self.give_key(progress.position.timeline).await?;
        let acknowledged = progress.position.acknowledged;
        // Counted once they are durable: the stretch has them, or goes on behind it.
        let blocked = self.store.decisions(Action::Block);
        let end = self.store.head().map(|(seq, _)| seq);
        let Some(stretch) = self.stretch(acknowledged.map(|(seq, _)| seq)).await? else {
            self.behind = false;
            return Ok(Attempt::Nothing);
        };
        if acknowledged.is_some_and(|(_, head)| head != stretch.before) {
            self.begin_anew(progress);
            // The new timeline begins with this stretch, not with what the server has from the one before.
            progress.position.acknowledged = stretch.first.checked_sub(1).map(|before| (before, stretch.before));
            return Ok(Attempt::Moved);
        }
        let batch = batch(progress.position.timeline, &stretch).pack()?;
        match self.send(batch).await {
            Ok(receipt) => {
                let said = progress.verified(&receipt)?;
                if !is_of_this_log(&self.store, &stretch, &said)? {
                    self.begin_anew(progress);
                    return Ok(Attempt::Moved);
                }
                progress.take(&receipt, &said);
                self.blocked = blocked;
                self.behind = end > Some(said.seq);
                if let Some(witness) = &mut self.witness {
                    witness.see(&self.client, &receipt, &said, &*self.agent).await;
                }
                Ok(Attempt::Sent)
            }
            Err(AskError::Refused(Refusal::Elsewhere { have, head })) => {
                // A server that was put back may have lost the key as well.
                self.given = None;
                self.move_to(progress, have, &head)?;
                Ok(Attempt::Moved)
            }
            Err(AskError::Refused(Refusal::Timeline { next })) => {
                progress.position.timeline = next;
                Ok(Attempt::Moved)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// On the stream, where it takes them; else by a request.
    async fn send(&self, batch: Vec<u8>) -> Result<Receipt, AskError> {
        match self.line.send(&batch).await {
            Some(answer) => Ok(answer?),
            None => self.client.send(routes::RECORDS, routes::RECORDS_TYPE, batch).await,
        }
    }

    /// Before the records of a log: the key that its seals are verified with from now on. A server that takes none verifies none.
    async fn give_key(&mut self, timeline: u32) -> Result<(), AskError> {
        let settled = self.given.is_some_and(|given| given.settles(timeline));
        let Some(key) = self.store.epoch_key().filter(|_| !settled) else {
            return Ok(());
        };
        let given = GivenEpochKey::new(timeline, &key);
        let mut in_vain = None;
        match self.client.post::<()>(routes::EPOCH_KEY, &given).await {
            Ok(()) => {}
            Err(AskError::Refused(Refusal::OtherKey)) => self.agent.remark(
                "audit.epoch-key",
                "The key that seals the audit log is not the one the server knows: it was lost or replaced.".to_owned(),
            ),
            // Records do not wait for the key: they are as good as their receipts without it.
            Err(AskError::Strange(_) | AskError::Refused(_)) => in_vain = Some(Instant::now()),
            Err(error) => return Err(error),
        }
        self.given = Some(Given { timeline, in_vain });
        Ok(())
    }

    /// The disk is read on a thread where waiting is allowed.
    async fn stretch(&self, after: Option<u64>) -> Result<Option<Stretch>, ReadError> {
        let store = Arc::clone(&self.store);
        let read = tokio::task::spawn_blocking(move || store.stretch(after, MOST));
        // A panic there is a fault in Weir: the next attempt may do better.
        read.await.unwrap_or(Ok(None))
    }

    /// The server has the log up to another place: go on from there if it is a place of this log.
    fn move_to(&self, progress: &mut Progress, have: u64, head: &str) -> Result<(), UploadError> {
        match self.store.head_at(have)? {
            Some(own) if hex::encode(own) == head => progress.position.acknowledged = Some((have, own)),
            _ => self.begin_anew(progress),
        }
        Ok(())
    }
}

/// Whether a receipt for a stretch speaks of records that this log has. A stretch that the server had before is receipted as far as the
/// server has the log, which may be further than a log goes that was rolled back, and then went another way.
fn is_of_this_log(store: &Store, stretch: &Stretch, said: &Acknowledged) -> Result<bool, ReadError> {
    if (said.seq, said.head) == (stretch.last, stretch.head) {
        return Ok(true);
    }
    Ok(store.head_at(said.seq)? == Some(said.head))
}

/// What the server gets: not the vault, and not what only the log itself needs.
fn batch(timeline: u32, stretch: &Stretch) -> Batch {
    let records = stretch.pieces.iter().filter_map(sent).collect();
    Batch {
        timeline,
        first: stretch.first,
        last: stretch.last,
        before: stretch.before,
        head: stretch.head,
        records,
    }
}

/// A record as the server gets it; `None` for what stays on the device.
#[must_use]
pub fn sent(piece: &Piece) -> Option<Sent> {
    if !piece.kind.is_for_server() {
        return None;
    }
    // The version byte stays here: what follows it is JSON.
    let body = String::from_utf8(piece.payload.get(1..)?.to_vec()).ok()?;
    Some(Sent {
        seq: piece.seq,
        kind: piece.kind,
        time: piece.time,
        id: piece.id,
        body: RawValue::from_string(body).ok()?,
    })
}

#[cfg(test)]
mod tests {
    use super::{MOST, is_of_this_log};
    use weir_audit::{HealthRecord, Record, SealKey, Severity};
    use weir_fleet::{Acknowledged, DeviceId};
    use weir_model::{EventId, Timestamp};
    use weir_store::{Options, Store};

    #[test]
    fn a_receipt_for_more_than_was_sent_is_for_what_this_log_has_or_for_another() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(&dir.path().join("audit"), Options::new(SealKey::new([7; 32]))).unwrap();
        let time = Timestamp::from_millis(5);
        let write = |number| {
            let event = EventId::new(time, [number; 10]);
            let record = HealthRecord {
                time,
                event,
                code: "index.rebuilt".to_owned(),
                severity: Severity::Info,
                text: String::new(),
            };
            store.append_and_wait(time, event, &Record::Health(record)).unwrap();
        };
        write(1);
        let stretch = store.stretch(None, MOST).unwrap().unwrap();
        write(2);
        let (seq, head) = store.head().unwrap();
        let is_ours = |seq, head| {
            let said = Acknowledged {
                device: DeviceId::from_bytes([1; 16]),
                timeline: 1,
                seq,
                head,
                time,
            };
            is_of_this_log(&store, &stretch, &said).unwrap()
        };
        assert!(is_ours(stretch.last, stretch.head));
        assert!(is_ours(seq, head), "sent before an older receipt was read");
        assert!(!is_ours(seq, [9; 32]), "another record has its number");
        assert!(!is_ours(seq + 3, head), "the log was cut off");
    }
}
