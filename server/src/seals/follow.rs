//! Follows one log over the seals that arrived of it.

use super::course::{Broken, Course};
use super::kept::KeyRing;
use super::table::{ArrivedSeal, Followed, Reached, SealTable, SealedUpTo};
use super::watch::SealError;
use weir_audit::{EpochSeal, RecordsDigest};
use weir_model::Timestamp;

/// Records that are compared at once.
const PAGE: u32 = 1024;
/// A device seals 64 records or a second of them, whatever is more. So many behind the last seal, the second half of them long after the
/// first, it cannot have written without sealing.
const UNSEALED: u64 = 256;
const LONG: i64 = 3_600_000;

/// What is wrong with the seals of a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Wrong {
    /// A seal does not fit.
    #[error("the seal at record {seq} does not fit: {why}")]
    Broken { seq: u64, why: Broken },
    /// Records come, and no seals.
    #[error("no seal has come since record {since}, though records have up to {seq}")]
    Stopped { since: u64, seq: u64 },
    /// What this server kept.
    #[error("the key of the log cannot be opened with this server's receipt key: no seal of it can be verified")]
    Key { seq: u64 },
}

impl Wrong {
    /// The record that shows it.
    pub(super) const fn seq(self) -> u64 {
        match self {
            Self::Broken { seq, .. } | Self::Stopped { seq, .. } | Self::Key { seq } => seq,
        }
    }
}

/// Where a log stands behind the seals that arrived of it, and what is wrong. The same again gives the same: a step that was
/// interrupted is taken once more.
pub(super) async fn follow(
    repo: &(impl SealTable + ?Sized),
    ring: &KeyRing,
    log: &Reached,
    seals: &[ArrivedSeal],
) -> Result<(Option<Followed>, Option<Wrong>), SealError> {
    let id = (log.device, log.timeline);
    let kept = &log.keys;
    let present = kept.next.as_ref().map_or(&kept.given, |(key, _)| key);
    let Some(key) = ring.open(id, present) else {
        let wrong = seals.last().map(|seal| Wrong::Key { seq: seal.entry.seq });
        return Ok((None, wrong));
    };
    let mut walk = Walk {
        repo,
        log: log.log,
        course: Course {
            key,
            first: kept.next.as_ref().map(|(_, first)| *first),
            is_later_log: log.timeline > 1,
        },
        sealed: None,
    };
    let told = walk.over(kept.broken, seals).await?;
    let wrong = match told {
        None if kept.broken.is_none() => stopped(repo, log, walk.course.first).await?,
        told => told,
    };
    let broken = told.map(Wrong::seq);
    let followed = match walk.course.first {
        Some(first) if Some(first) != kept.next.as_ref().map(|(_, first)| *first) => {
            Some((ring.keep(id, &walk.course.key)?, first))
        }
        _ => None,
    };
    let changed = followed.is_some() || broken.is_some();
    let followed = changed.then_some(Followed {
        log: id,
        next: followed,
        sealed: walk.sealed,
        broken,
    });
    Ok((followed, wrong))
}

struct Walk<'r, R: ?Sized> {
    repo: &'r R,
    log: i64,
    course: Course,
    sealed: Option<SealedUpTo>,
}

impl<R: SealTable + ?Sized> Walk<'_, R> {
    /// Takes seal after seal, up to the first that does not fit.
    async fn over(&mut self, broken: Option<u64>, seals: &[ArrivedSeal]) -> Result<Option<Wrong>, SealError> {
        for ArrivedSeal { entry, .. } in seals {
            let was_taken = self.course.first.is_some_and(|first| entry.seq < first);
            if was_taken || broken.is_some_and(|broken| broken != entry.seq) {
                continue;
            }
            let before = self.course.clone();
            let told = |why| Some(Wrong::Broken { seq: entry.seq, why });
            let seal = match self.course.take(entry) {
                Ok(Some(seal)) => seal,
                Ok(None) => continue,
                Err(why) => return Ok(told(why)),
            };
            match self.has_records_of(&seal, entry.seq).await? {
                Some(true) => {
                    self.sealed = Some(SealedUpTo {
                        epoch: seal.epoch,
                        seq: entry.seq,
                        time: seal.time,
                    });
                }
                Some(false) => {
                    self.course = before;
                    return Ok(told(Broken::Records));
                }
                None => {}
            }
        }
        Ok(None)
    }

    /// Whether the records that came are those of the seal at `seq`. `None` where not all of them are here to be compared: retention has
    /// removed some, or this log was begun within the epoch.
    async fn has_records_of(&self, seal: &EpochSeal, seq: u64) -> Result<Option<bool>, SealError> {
        let mut digest = RecordsDigest::default();
        let mut from = seal.first;
        while from < seq {
            let records = self.repo.records_of(self.log, from, seq, PAGE).await?;
            for entry in &records {
                digest.add(entry.seq, entry.kind, entry.time, &entry.event, &entry.body);
            }
            match records.last() {
                Some(last) => from = last.seq + 1,
                None => break,
            }
            tokio::task::yield_now().await;
        }
        if seal.is_of(&digest) {
            return Ok(Some(true));
        }
        let begins = self.repo.first_kept(self.log).await?;
        Ok(begins.is_some_and(|begins| begins <= seal.first).then_some(false))
    }
}

/// Records behind the last seal that cannot all be of one epoch.
async fn stopped(
    repo: &(impl SealTable + ?Sized),
    log: &Reached,
    next: Option<u64>,
) -> Result<Option<Wrong>, SealError> {
    let since = match next {
        Some(next) => next,
        // No seal yet: since the key was given.
        None if is_long(log.keys.at, log.received) => match repo.first_since(log.log, log.keys.at).await? {
            Some(first) => first,
            None => return Ok(None),
        },
        None => return Ok(None),
    };
    if log.last.saturating_sub(since) < UNSEALED {
        return Ok(None);
    }
    let half = UNSEALED / 2;
    let early = repo.arrival_of(log.log, since + half).await?;
    let late = repo.arrival_of(log.log, log.last - half).await?;
    let told = early.zip(late).is_some_and(|(early, late)| is_long(early, late));
    Ok(told.then_some(Wrong::Stopped { since, seq: log.last }))
}

const fn is_long(from: Timestamp, to: Timestamp) -> bool {
    to.as_millis() - from.as_millis() > LONG
}
