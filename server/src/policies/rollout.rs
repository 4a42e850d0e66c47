//! A roll-out and how it moves: values, no database.

use super::judge::Evidence;
use super::stage::{Stage, is_in};
use super::table::Published;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use weir_fleet::DeviceId;
use weir_model::Timestamp;

/// How a roll-out stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum RolloutState {
    /// The devices of its stages have it, and the next stage comes.
    Running,
    /// No more devices get it for now. Those that have it keep it.
    Paused,
    /// No more devices will get it. Those that have it keep it until the earlier content comes under a new number.
    RolledBack,
    /// No more devices will get it: newer bundles are for every group of its audience. Those that have it keep it until a newer
    /// one comes to them.
    Overtaken,
    /// All devices of its audience have it.
    Done,
}

impl RolloutState {
    const ALL: [Self; 5] = [
        Self::Running,
        Self::Paused,
        Self::RolledBack,
        Self::Overtaken,
        Self::Done,
    ];

    /// As it stands in the tables.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Paused => "paused",
            Self::RolledBack => "rolled-back",
            Self::Overtaken => "overtaken",
            Self::Done => "done",
        }
    }

    pub(super) fn read(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == text)
    }
}

/// A bundle that not every device of its audience gets at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rollout {
    /// Its number.
    pub bundle: u64,
    /// SHA-256 over its payload, hex.
    pub digest: String,
    /// Its stages, never none. After the last one all have it.
    pub stages: Vec<Stage>,
    /// Number of the present one, from 0.
    pub stage: usize,
    /// Since when.
    pub entered: Timestamp,
    /// How it stands.
    pub state: RolloutState,
    /// The bundle that overtook it.
    pub overtaken_by: Option<u64>,
    /// Rows of its history.
    pub steps: u32,
}

/// What happened to a roll-out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum StepKind {
    /// It began.
    Begin,
    /// The next stage began, or all have it.
    Advance,
    /// No more devices get it for now.
    Pause,
    /// It goes on.
    Resume,
    /// No more devices get it.
    RollBack,
    /// A newer bundle took its place.
    Overtake,
}

impl StepKind {
    const ALL: [Self; 6] = [
        Self::Begin,
        Self::Advance,
        Self::Pause,
        Self::Resume,
        Self::RollBack,
        Self::Overtake,
    ];

    /// As it stands in the tables.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Begin => "begin",
            Self::Advance => "advance",
            Self::Pause => "pause",
            Self::Resume => "resume",
            Self::RollBack => "roll-back",
            Self::Overtake => "overtake",
        }
    }

    pub(super) fn read(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}

/// A row of its history. Nobody changes one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// From 1.
    pub number: u32,
    /// When.
    pub time: Timestamp,
    /// Who, as the journal names them; `server` where it was the server itself.
    pub actor: String,
    /// What.
    pub kind: StepKind,
    /// The stage that was the present one then, from 0.
    pub stage: usize,
    /// Why.
    pub why: String,
    /// What was seen, of a pause that nobody made.
    pub evidence: Option<Evidence>,
}

impl Rollout {
    /// Of a bundle that is published; `None` where all get it at once.
    pub(super) fn begun(published: &Published, stages: Vec<Stage>, now: Timestamp) -> Option<Self> {
        (!stages.is_empty()).then(|| Self {
            bundle: published.number,
            digest: published.digest.clone(),
            stages,
            stage: 0,
            entered: now,
            state: RolloutState::Running,
            overtaken_by: None,
            steps: 1,
        })
    }

    /// True when a device of its audience, which runs this bundle, gets it. One that does not go on is only for those that have it:
    /// they keep it, because they never go back in numbers.
    #[must_use]
    pub fn gives(&self, device: DeviceId, group: &str, runs: u64) -> bool {
        self.has(device, group) && (!self.is_halted() || runs == self.bundle)
    }

    /// True while no more devices get it.
    #[must_use]
    pub const fn is_halted(&self) -> bool {
        match self.state {
            RolloutState::Paused | RolloutState::RolledBack | RolloutState::Overtaken => true,
            RolloutState::Running | RolloutState::Done => false,
        }
    }

    /// True when a device of its audience is among those of its stages so far.
    #[must_use]
    pub fn has(&self, device: DeviceId, group: &str) -> bool {
        let reached = self.stages.get(..=self.stage).unwrap_or(&self.stages);
        self.state == RolloutState::Done || is_in(reached, &self.digest, device, group)
    }

    /// When the next stage begins by itself.
    #[must_use]
    pub fn due(&self) -> Option<Timestamp> {
        let minutes = self.stages.get(self.stage)?.minutes?;
        let due = self.entered.plus_millis(i64::from(minutes) * 60_000);
        (self.state == RolloutState::Running).then_some(due)
    }

    /// At its next stage; done, behind the last. `None` where it does not run.
    pub(super) fn advanced(&self, now: Timestamp) -> Option<Self> {
        let (stage, state) = match self.stage + 1 {
            next if next < self.stages.len() => (next, RolloutState::Running),
            _ => (self.stage, RolloutState::Done),
        };
        (self.state == RolloutState::Running).then(|| Self {
            stage,
            state,
            entered: now,
            ..self.clone()
        })
    }

    /// Paused. `None` where it does not run.
    pub(super) fn paused(&self) -> Option<Self> {
        self.turned(&[RolloutState::Running], RolloutState::Paused)
    }

    /// Running again, in a stage that begins anew. `None` where it is not paused.
    pub(super) fn resumed(&self, now: Timestamp) -> Option<Self> {
        let resumed = self.turned(&[RolloutState::Paused], RolloutState::Running)?;
        Some(Self {
            entered: now,
            ..resumed
        })
    }

    /// Given up. `None` where all have it, or it was before.
    pub(super) fn rolled_back(&self) -> Option<Self> {
        self.turned(&[RolloutState::Running, RolloutState::Paused], RolloutState::RolledBack)
    }

    fn turned(&self, from: &[RolloutState], to: RolloutState) -> Option<Self> {
        from.contains(&self.state).then(|| Self {
            state: to,
            ..self.clone()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{Rollout, RolloutState};
    use crate::policies::Stage;
    use std::collections::BTreeSet;
    use weir_fleet::DeviceId;
    use weir_model::Timestamp;

    fn rollout() -> Rollout {
        let stage = |group: &str| Stage {
            groups: BTreeSet::from([group.to_owned()]),
            percent: 100,
            minutes: Some(5),
        };
        Rollout {
            bundle: 2,
            digest: "d".to_owned(),
            stages: vec![stage("pilot"), stage("staff")],
            stage: 0,
            entered: Timestamp::from_millis(0),
            state: RolloutState::Running,
            overtaken_by: None,
            steps: 1,
        }
    }

    #[test]
    fn it_goes_from_stage_to_stage_until_all_have_it() {
        let (device, now) = (DeviceId::from_bytes([1; 16]), Timestamp::from_millis(9));
        let first = rollout();
        assert!(first.has(device, "pilot") && !first.has(device, "staff"));
        assert_eq!(first.due(), Some(Timestamp::from_millis(300_000)));
        let second = first.advanced(now).unwrap();
        assert!(second.has(device, "staff") && !second.has(device, "lab"));
        let done = second.advanced(now).unwrap();
        assert!(done.has(device, "lab") && done.state == RolloutState::Done);
        assert_eq!((done.advanced(now), done.due(), done.rolled_back()), (None, None, None));
    }

    #[test]
    fn what_is_paused_stays_where_it_is() {
        let now = Timestamp::from_millis(9);
        let paused = rollout().paused().unwrap();
        assert_eq!(
            (paused.advanced(now), paused.paused(), paused.due()),
            (None, None, None)
        );
        let anew = Rollout {
            entered: now,
            ..rollout()
        };
        assert_eq!(paused.resumed(now), Some(anew));
        let back = paused.rolled_back().unwrap();
        assert_eq!((back.resumed(now), back.advanced(now)), (None, None));
        // Who has it keeps it: a device never goes back in numbers. Nobody else gets it.
        let device = DeviceId::from_bytes([1; 16]);
        for halted in [&paused, &back] {
            assert!(halted.gives(device, "pilot", 2) && !halted.gives(device, "pilot", 1));
            assert!(!halted.gives(device, "staff", 2), "of no stage yet");
        }
        assert!(rollout().gives(device, "pilot", 1));
    }

    #[test]
    fn what_is_overtaken_is_at_its_end() {
        let now = Timestamp::from_millis(9);
        let overtaken = Rollout {
            state: RolloutState::Overtaken,
            overtaken_by: Some(3),
            ..rollout()
        };
        assert_eq!(
            (overtaken.advanced(now), overtaken.paused(), overtaken.resumed(now)),
            (None, None, None)
        );
        assert_eq!((overtaken.rolled_back(), overtaken.due()), (None, None));
        let device = DeviceId::from_bytes([1; 16]);
        assert!(overtaken.gives(device, "pilot", 2) && !overtaken.gives(device, "pilot", 1));
    }
}
