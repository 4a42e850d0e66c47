//! Looks after roll-outs: counts what arrives, lets stages go on when their time has come, and pauses what makes trouble.

use super::change::{Turn, moved};
use super::judge::{Arm, Evidence, Tally, judge};
use super::rollout::{Rollout, RolloutState, StepKind};
use super::rollout_table::{Reach, Tallied};
use crate::alerts::{Raise, Rule, Sign, Telling};
use crate::clock::{self, NoRandomness};
use crate::devices::Roll;
use crate::ingest::{Accepted, Entry};
use crate::journal::Actor;
use crate::repo::{Repo, RepoError};
use parking_lot::Mutex;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;
use weir_audit::{Disposition, Kind};
use weir_fleet::DeviceId;
use weir_model::{EventId, Timestamp, chain};

/// The reader of accepted batches.
pub(super) const READER: &str = "roll-outs";
/// Records of one step.
const MOST: u64 = 4096;
/// Roll-outs that run at once: one for each audience, most of the time.
const ROLLOUTS: u32 = 100;
const PAUSE: Duration = Duration::from_secs(1);
/// How often devices that refuse a bundle, and stages whose time is over, are looked for.
const LOOK: Duration = Duration::from_secs(5);
/// Between looks that lie further apart, in milliseconds, nobody watched: the server was down, or could not reach the database.
const GAP: i64 = 5 * 60_000;
/// After that, laptops come back and tell what they have recorded meanwhile, within so many milliseconds.
const GRACE: i64 = 15 * 60_000;

/// A roll-out could not be looked after now.
#[derive(Debug, thiserror::Error)]
pub enum WatchError {
    /// The database.
    #[error(transparent)]
    Repo(#[from] RepoError),
    /// No id for an alert.
    #[error(transparent)]
    Randomness(#[from] NoRandomness),
}

/// Looks after roll-outs, for as long as the node lives.
pub struct Watch {
    repo: Arc<dyn Repo>,
    telling: Telling,
    looks: Mutex<Option<Looks>>,
}

/// Looks without a gap between them.
#[derive(Clone, Copy)]
struct Looks {
    first: Timestamp,
    last: Timestamp,
}

/// A decision, as far as it is counted. Unknown fields are what newer devices say.
#[derive(Deserialize)]
struct Decision {
    disposition: Disposition,
    decision: Decided,
}

#[derive(Deserialize)]
struct Decided {
    bundle: Bundle,
}

#[derive(Deserialize)]
struct Bundle {
    number: u64,
}

impl Watch {
    /// Does nothing yet.
    #[must_use]
    pub fn new(repo: Arc<dyn Repo>, telling: Telling) -> Self {
        Self {
            repo,
            telling,
            looks: Mutex::default(),
        }
    }

    /// Step after step; what fails is tried again.
    pub async fn follow(&self) {
        let mut looked: Option<tokio::time::Instant> = None;
        loop {
            let look = looked.is_none_or(|looked| looked.elapsed() >= LOOK);
            if look {
                looked = Some(tokio::time::Instant::now());
            }
            match self.round(look, clock::now()).await {
                Ok(true) => {}
                Ok(false) => tokio::time::sleep(PAUSE).await,
                Err(error) => {
                    tracing::warn!(error = chain(&error), "roll-outs could not be looked after");
                    tokio::time::sleep(PAUSE).await;
                }
            }
        }
    }

    /// One round; with a `look` at the devices that refuse, and at stages whose time is over. True when more waits to be counted.
    ///
    /// # Errors
    /// The rest is done the next time.
    pub async fn round(&self, look: bool, now: Timestamp) -> Result<bool, WatchError> {
        let rollouts = self.repo.rollouts(false, ROLLOUTS).await?;
        let more = self.count(&rollouts).await?;
        let since = look.then(|| self.watched_since(now));
        // What is not counted yet may be what pauses it.
        let since = since.filter(|_| !more);
        for rollout in rollouts.iter().filter(|rollout| rollout.state == RolloutState::Running) {
            let refusing = match look {
                true => self.refusing(rollout).await?,
                false => 0,
            };
            let (treated, control) = self.repo.tallies(rollout.bundle, rollout.stage).await?;
            if let Some(evidence) = judge(treated, control, refusing) {
                self.pause(rollout, evidence, now).await?;
            } else if since.is_some_and(|since| is_over(rollout, since, now)) {
                let why = ("its time has come", None);
                self.turn(rollout, Turn::Advance, why, now).await?;
            }
        }
        Ok(more)
    }

    /// Remembers that somebody looks now, and gives since when somebody has without a gap.
    fn watched_since(&self, now: Timestamp) -> Timestamp {
        let mut looks = self.looks.lock();
        let first = match *looks {
            Some(Looks { first, last }) if (0..=GAP).contains(&(now.as_millis() - last.as_millis())) => first,
            _ => now,
        };
        *looks = Some(Looks { first, last: now });
        first
    }

    /// True where what had arrived before is not counted to its end.
    async fn count(&self, rollouts: &[Rollout]) -> Result<bool, WatchError> {
        let from = self.repo.reader(READER).await?;
        // Before the records: of those that arrive all the time something always waits.
        let newest = self.repo.newest_place().await?;
        if rollouts.is_empty() {
            // Nobody is counted; what arrives now is of no later stage.
            if newest > from {
                self.repo.tally(READER, (from, newest), &[]).await?;
            }
            return Ok(false);
        }
        let batches = self.repo.accepted(from, MOST).await?;
        let Some(last) = batches.last() else { return Ok(false) };
        let roll = Roll::new(Arc::clone(&self.repo));
        let mut counts = Counts::default();
        for rollout in rollouts {
            counts.audiences.push(self.repo.audience(rollout.bundle).await?);
        }
        for batch in &batches {
            if let Some(group) = roll.group(batch.device).await? {
                counts.add(rollouts, batch, &group);
            }
        }
        self.repo
            .tally(READER, (from, last.place), &counts.tallied(rollouts))
            .await?;
        Ok(last.place < newest)
    }

    /// Devices that have it and refuse it. What was told before somebody had the roll-out go on was seen, and is not counted again.
    async fn refusing(&self, rollout: &Rollout) -> Result<u64, RepoError> {
        let mut reach = self.repo.reach(rollout.bundle).await?;
        reach.retain(|reach| reach.refused == Some(rollout.bundle) && rollout.has(reach.device, &reach.group));
        if reach.is_empty() {
            return Ok(0);
        }
        let steps = self.repo.rollout_steps(rollout.bundle).await?;
        let resumed = steps.iter().rev().find(|step| step.kind == StepKind::Resume);
        let is_new = |reach: &&Reach| resumed.is_none_or(|step| reach.told.is_some_and(|told| told > step.time));
        Ok(reach.iter().filter(is_new).count() as u64)
    }

    async fn pause(&self, rollout: &Rollout, evidence: Evidence, now: Timestamp) -> Result<(), WatchError> {
        let why = in_words(&evidence);
        // Before the pause: after a crash in between it is told twice, and never not at all.
        self.alert(rollout, &why, now).await?;
        self.turn(rollout, Turn::Pause, (&why, Some(evidence)), now).await
    }

    /// What the server does by itself.
    async fn turn(
        &self,
        rollout: &Rollout,
        turn: Turn,
        (why, evidence): (&str, Option<Evidence>),
        now: Timestamp,
    ) -> Result<(), WatchError> {
        let Some(after) = turn.after(rollout, now) else {
            return Ok(());
        };
        let by = (&Actor::Server, turn.deed());
        if let Some(after) = moved(&*self.repo, by, (rollout, after), (why, evidence), now).await? {
            let (bundle, stage) = (after.bundle, after.stage);
            tracing::info!(bundle, stage, why, state = after.state.as_str(), "a roll-out was moved");
        }
        Ok(())
    }

    async fn alert(&self, rollout: &Rollout, why: &str, now: Timestamp) -> Result<(), WatchError> {
        let raise = Raise {
            id: EventId::new(now, clock::random()?),
            sign: Sign {
                rule: Rule::RolloutPaused,
                subject: format!("bundle {}", rollout.bundle),
                text: format!("the roll-out of bundle {} was paused: {why}", rollout.bundle),
                count: 1,
                at: now,
                at_record: None,
            },
        };
        self.repo.raise(&[raise], &self.telling, now).await?;
        Ok(())
    }
}

/// True when the minutes of a roll-out's stage are over and somebody watched the last of them, so that devices could tell what it
/// does to them: a quarter of an hour, or all where the stage has fewer.
fn is_over(rollout: &Rollout, watched_since: Timestamp, now: Timestamp) -> bool {
    rollout.due().is_some_and(|due| {
        let minutes = due.as_millis() - rollout.entered.as_millis();
        due.max(watched_since.plus_millis(minutes.min(GRACE))) <= now
    })
}

fn in_words(evidence: &Evidence) -> String {
    use super::judge::Measure;
    let Evidence { treated, control, .. } = evidence;
    let shares = |what: &str, more: u64, usual: u64| {
        format!(
            "{more} of {} messages {what}, and {usual} of {} where it is not yet",
            treated.messages, control.messages
        )
    };
    match evidence.measure {
        Measure::Blocked => shares("blocked", treated.blocked, control.blocked),
        Measure::Overruled => shares("overruled", treated.overruled, control.overruled),
        Measure::Failed => shares("failed", treated.failed, control.failed),
        Measure::Refusing => format!("devices refuse it: {}", evidence.refusing),
    }
}

/// What is counted of one step's batches.
#[derive(Default)]
struct Counts {
    /// Of the roll-outs, in their order.
    audiences: Vec<BTreeSet<String>>,
    sums: BTreeMap<(usize, Arm), Tally>,
}

impl Counts {
    fn add(&mut self, rollouts: &[Rollout], batch: &Accepted, group: &str) {
        let decisions: Vec<(Decision, Timestamp)> = batch.records.iter().filter_map(decision).collect();
        for (index, rollout) in rollouts.iter().enumerate() {
            if !self.audiences[index].contains(group) {
                continue;
            }
            for (decision, time) in &decisions {
                // What a device tells late is of no stage.
                if *time < rollout.entered {
                    continue;
                }
                if let Some(arm) = arm(rollout, batch.device, group, decision.decision.bundle.number) {
                    count(self.sums.entry((index, arm)).or_default(), decision.disposition);
                }
            }
        }
    }

    fn tallied(self, rollouts: &[Rollout]) -> Vec<Tallied> {
        let sums = self.sums.into_iter();
        sums.filter_map(|((index, arm), more)| {
            let rollout = rollouts.get(index)?;
            Some(Tallied {
                bundle: rollout.bundle,
                stage: rollout.stage,
                entered: rollout.entered,
                arm,
                more,
            })
        })
        .collect()
    }
}

fn decision(record: &Entry) -> Option<(Decision, Timestamp)> {
    let read = (record.kind == Kind::Decision).then(|| serde_json::from_slice(&record.body).ok())?;
    Some((read?, record.time))
}

/// A device that is to have it and does not run it yet is neither.
fn arm(rollout: &Rollout, device: DeviceId, group: &str, ran: u64) -> Option<Arm> {
    match rollout.has(device, group) {
        true => (ran == rollout.bundle).then_some(Arm::Treated),
        false => (ran < rollout.bundle).then_some(Arm::Control),
    }
}

fn count(tally: &mut Tally, disposition: Disposition) {
    match disposition {
        // Nothing was asked to leave.
        Disposition::Observed => return,
        Disposition::Blocked | Disposition::Held | Disposition::Withdrawn => tally.blocked += 1,
        Disposition::Justified => tally.overruled += 1,
        Disposition::Failed => tally.failed += 1,
        Disposition::Released | Disposition::Rewritten => {}
    }
    tally.messages += 1;
}
