//! Reads what arrives, has it judged, and writes what follows.

use super::judge::{Fault, FaultKind, Gauges, Read, Thresholds, judge, keys};
use super::rule::{AtRecord, Rule, Sign, collapse};
use super::seen::{What, seen};
use super::table::{Raise, Settled, Step, Telling};
use crate::clock::{self, NoRandomness};
use crate::ingest::{Advance, Outcome, Place};
use crate::register;
use crate::repo::{Repo, RepoError};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;
use weir_model::{EventId, Timestamp, chain};

/// The reader of accepted batches.
pub const READER: &str = "alerts";
/// The reader of refused ones: its place counts its steps.
const FAULT_READER: &str = "alerts of refusals";

/// Records of one step: a transaction of this many is short.
const MOST: u64 = 4096;
/// Faults of one step.
const MOST_FAULTS: u32 = 500;
/// Silent devices of one sweep.
const MOST_SILENT: u32 = 500;
const PAUSE: Duration = Duration::from_secs(1);
/// From one step to the next, as long as steps are not full: each is a transaction, whatever it brings, and those who send wait for it.
const PACE: Duration = Duration::from_millis(250);
const SWEEP: Duration = Duration::from_secs(30);
const DAY: i64 = 86_400_000;

/// Nothing could be judged now.
#[derive(Debug, thiserror::Error)]
pub enum WatchError {
    /// The database.
    #[error(transparent)]
    Repo(#[from] RepoError),
    /// No id for an alert.
    #[error(transparent)]
    Randomness(#[from] NoRandomness),
}

/// Raises alerts, for as long as the node lives.
pub struct Watch {
    repo: Arc<dyn Repo>,
    lines: Thresholds,
    telling: Telling,
}

impl Watch {
    /// Does nothing yet.
    #[must_use]
    pub fn new(repo: Arc<dyn Repo>, lines: Thresholds, telling: Telling) -> Self {
        Self { repo, lines, telling }
    }

    /// Step after step; what fails is tried again.
    pub async fn follow(&self) {
        let mut swept: Option<Instant> = None;
        loop {
            let begun = Instant::now();
            if swept.is_none_or(|swept| swept.elapsed() >= SWEEP) {
                swept = Some(begun);
                if let Err(error) = sweep(&*self.repo, &self.lines, &self.telling, clock::now()).await {
                    tracing::warn!(
                        error = chain(&error),
                        "silent devices and clocks could not be looked at"
                    );
                }
            }
            match look(&*self.repo, &self.lines, &self.telling, clock::now()).await {
                Ok(Found::Full) => {}
                Ok(Found::Rest) => tokio::time::sleep_until(begun + PACE).await,
                Ok(Found::Nothing) => tokio::time::sleep(PAUSE).await,
                Err(error) => {
                    tracing::warn!(error = chain(&error), "records could not be judged for alerts");
                    tokio::time::sleep(PAUSE).await;
                }
            }
        }
    }
}

/// One step. False when there was nothing to do, or another node does it.
///
/// # Errors
/// Nothing has changed then.
pub async fn step(repo: &dyn Repo, lines: &Thresholds, telling: &Telling, now: Timestamp) -> Result<bool, WatchError> {
    Ok(look(repo, lines, telling, now).await? != Found::Nothing)
}

/// How much there was to do.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Found {
    /// Nothing, or another node does it.
    Nothing,
    /// All there was.
    Rest,
    /// As much as a step does: there may be more.
    Full,
}

async fn look(repo: &dyn Repo, lines: &Thresholds, telling: &Telling, now: Timestamp) -> Result<Found, WatchError> {
    let refusals = refusals(repo, lines, telling, now).await?;
    Ok(arrivals(repo, lines, telling, now).await?.max(refusals))
}

async fn arrivals(repo: &dyn Repo, lines: &Thresholds, telling: &Telling, now: Timestamp) -> Result<Found, WatchError> {
    let from = repo.reader(READER).await?;
    let batches = repo.accepted(from, MOST).await?;
    let Some(last) = batches.last() else {
        return Ok(Found::Nothing);
    };
    let records: u64 = batches.iter().map(|batch| batch.last - batch.first + 1).sum();
    // Batches are not cut: the next one may not have fitted.
    let found = match records >= MOST / 2 {
        true => Found::Full,
        false => Found::Rest,
    };
    let mut read: Vec<Read<'_>> = batches
        .iter()
        .map(|batch| Read {
            batch,
            seen: seen(batch),
        })
        .collect();
    name_providers(repo, &mut read).await?;
    let to = last.place;
    let judged = Judged::of(repo, &read, &[], lines).await?;
    let is_done = settle(repo, telling, judged, READER, (from, to), Vec::new(), now).await?;
    Ok(if is_done { found } else { Found::Nothing })
}

async fn refusals(repo: &dyn Repo, lines: &Thresholds, telling: &Telling, now: Timestamp) -> Result<Found, WatchError> {
    let from = repo.reader(FAULT_READER).await?;
    let faults = repo.faults(MOST_FAULTS).await?;
    let found = match faults.len() {
        0 => return Ok(Found::Nothing),
        count if count >= MOST_FAULTS as usize => Found::Full,
        _ => Found::Rest,
    };
    let to = Place {
        arrival: from.arrival + 1,
        ..from
    };
    let judged = Judged::of(repo, &[], &faults, lines).await?;
    let is_done = settle(repo, telling, judged, FAULT_READER, (from, to), faults, now).await?;
    Ok(if is_done { found } else { Found::Nothing })
}

struct Judged {
    signs: Vec<Sign>,
    gauges: Gauges,
}

impl Judged {
    async fn of(repo: &dyn Repo, read: &[Read<'_>], faults: &[Fault], lines: &Thresholds) -> Result<Self, RepoError> {
        let before = repo.gauges(&keys(read, faults)).await?;
        let mut gauges = before.clone();
        let signs = collapse(judge(read, faults, &mut gauges, lines));
        gauges.retain(|key, gauge| before.get(key) != Some(gauge));
        Ok(Self { signs, gauges })
    }
}

/// Writes what was judged; false where another node was faster.
async fn settle(
    repo: &dyn Repo,
    telling: &Telling,
    judged: Judged,
    reader: &'static str,
    (from, to): (Place, Place),
    faults: Vec<Fault>,
    now: Timestamp,
) -> Result<bool, WatchError> {
    // In one order on all nodes, so that none waits for another in a circle.
    let mut gauges: Vec<_> = judged.gauges.into_iter().collect();
    gauges.sort_by(|(one, _), (other, _)| one.cmp(other));
    let step = Step {
        reader,
        from,
        to,
        gauges,
        faults,
        raised: with_ids(judged.signs, now)?,
        now,
    };
    match repo.settle(&step, telling).await? {
        Settled::Done { opened } => {
            if opened > 0 {
                tracing::info!(opened, "alerts were raised");
            }
            Ok(true)
        }
        Settled::Overtaken => Ok(false),
    }
}

/// Signs, each with the id of the alert that may have to be opened for it.
pub(crate) fn with_ids(signs: Vec<Sign>, now: Timestamp) -> Result<Vec<Raise>, NoRandomness> {
    let raise = |sign| {
        let id = EventId::new(now, clock::random()?);
        Ok(Raise { id, sign })
    };
    signs.into_iter().map(raise).collect()
}

/// Answers name their decision and no provider. Most follow their decision closely.
async fn name_providers(repo: &dyn Repo, read: &mut [Read<'_>]) -> Result<(), RepoError> {
    let near: std::collections::HashMap<EventId, Option<String>> = read
        .iter()
        .flat_map(|read| &read.seen)
        .filter_map(|record| match &record.what {
            What::Decision(judged) => Some((record.event, judged.provider.clone())),
            _ => None,
        })
        .collect();
    for Read { batch, seen } in read {
        for record in seen {
            if let What::Failed { provider } = &mut record.what {
                *provider = match near.get(&record.event) {
                    Some(known) => known.clone(),
                    None => repo.provider_of(batch.place.log, record.seq, record.event).await?,
                };
            }
        }
    }
    Ok(())
}

/// What time alone brings: devices that fall silent, alerts that nobody acknowledges.
///
/// # Errors
/// The rest is done the next time.
pub async fn sweep(repo: &dyn Repo, lines: &Thresholds, telling: &Telling, now: Timestamp) -> Result<(), WatchError> {
    repo.heard_again(now).await?;
    let days = i64::from(lines.silent_days.max(1));
    let since = now.plus_millis(-days * DAY);
    let silent = repo.silent_devices(since, now, MOST_SILENT).await?;
    let signs = silent.into_iter().map(|silent| Sign {
        rule: Rule::Silent,
        subject: silent.device.to_string(),
        text: format!("{} was not heard of for {days} days", super::seen::cut(silent.name)),
        count: 1,
        at: now,
        at_record: Some(AtRecord {
            device: silent.device,
            timeline: 0,
            seq: 0,
            event: None,
        }),
    });
    let raised = with_ids(signs.collect(), now)?;
    if !raised.is_empty() {
        repo.raise(&raised, telling, now).await?;
    }
    promises(repo, telling, now).await?;
    repo.overdue(now, telling).await?;
    Ok(())
}

/// Days before its end at which a promise is spoken of: long enough to have it renewed.
const ENDS_SOON: i64 = 30;

/// What providers have promised, and soon promise no more. Told first and noted afterwards: a crash in between tells twice.
async fn promises(repo: &dyn Repo, telling: &Telling, now: Timestamp) -> Result<(), WatchError> {
    let today = register::day(now);
    let soon = register::day(now.plus_millis(ENDS_SOON * DAY));
    for promise in repo.ending_obligations(today, soon).await? {
        let over = promise.until < today;
        let (provider, kind, until) = (&promise.provider, promise.promise.kind.as_str(), promise.until);
        let verb = if over { "ended" } else { "ends" };
        let sign = Sign {
            rule: Rule::PromiseEnding,
            subject: format!("{provider} {kind}"),
            text: format!(
                "what {} has promised ({kind}) {verb} on {until}",
                super::seen::cut(provider.clone())
            ),
            count: 1,
            at: now,
            at_record: None,
        };
        repo.raise(&with_ids(vec![sign], now)?, telling, now).await?;
        repo.told_ending(promise.id, if over { 2 } else { 1 }).await?;
    }
    Ok(())
}

/// What of these batches was refused because their logs stand elsewhere.
#[must_use]
pub fn faults_of(batches: &[Advance], outcomes: &[Outcome], now: Timestamp) -> Vec<Fault> {
    let faults = batches.iter().zip(outcomes).filter_map(|(batch, outcome)| {
        let (what, have) = match outcome {
            Outcome::Stored(_) => return None,
            Outcome::Timeline(next) => (FaultKind::Timeline, u64::from(*next)),
            Outcome::Elsewhere(state) if batch.first > state.last + 1 => (FaultKind::Gap, state.last),
            Outcome::Elsewhere(state) if batch.last == state.last => (FaultKind::Fork, state.last),
            Outcome::Elsewhere(state) => (FaultKind::Behind, state.last),
        };
        Some(Fault {
            device: batch.device,
            timeline: batch.timeline,
            what,
            have,
            first: batch.first,
            last: batch.last,
            count: 1,
            noted: now,
        })
    });
    faults.collect()
}
