//! What alerts are raised for, and how urgent each is.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;
use utoipa::ToSchema;
use weir_fleet::DeviceId;
use weir_model::{EventId, Timestamp};

/// Why an alert is raised. Names stand in the tables for ever.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Rule {
    /// Restricted data was found and did not leave as it was.
    RestrictedHeld,
    /// Restricted data was found and left as it was.
    RestrictedSent,
    /// Several messages of one user were blocked or failed within a short time.
    RepeatedFailures,
    /// A device did much more in an hour than it does in its usual hours.
    Spike,
    /// The same of the whole fleet.
    FleetSpike,
    /// A service was used for the first time in the fleet.
    NewService,
    /// A provider answers with errors, or not at all.
    ProviderErrors,
    /// Records are missing in a device's log.
    ChainGap,
    /// A device's log has two contents at one number.
    ChainFork,
    /// A device's log does not go on from what the server has: it was rolled back, lost or copied.
    ChainRollBack,
    /// Two logs go on under one device's name.
    Clone,
    /// A seal of a device's log does not fit what the device sent.
    SealBroken,
    /// A device, as a witness of the server's own log, was shown another one than before.
    LogSplit,
    /// A device does not get the policy that its server calls the newest.
    PolicyWithheld,
    /// A device's clock went back, or is ahead of the server's.
    ClockJump,
    /// A device was not heard of for days.
    Silent,
    /// A roll-out paused by itself.
    RolloutPaused,
    /// What a provider promised ends soon, or has ended.
    PromiseEnding,
    /// An employee says that a decision, or the record of it, is wrong.
    Appeal,
}

impl Rule {
    /// All, in the order people read them.
    pub const ALL: [Self; 19] = [
        Self::RestrictedSent,
        Self::RestrictedHeld,
        Self::RepeatedFailures,
        Self::Spike,
        Self::FleetSpike,
        Self::NewService,
        Self::ProviderErrors,
        Self::ChainGap,
        Self::ChainFork,
        Self::ChainRollBack,
        Self::Clone,
        Self::SealBroken,
        Self::LogSplit,
        Self::PolicyWithheld,
        Self::ClockJump,
        Self::Silent,
        Self::RolloutPaused,
        Self::PromiseEnding,
        Self::Appeal,
    ];

    /// As it is written.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::RestrictedHeld => "restricted-held",
            Self::RestrictedSent => "restricted-sent",
            Self::RepeatedFailures => "repeated-failures",
            Self::Spike => "spike",
            Self::FleetSpike => "fleet-spike",
            Self::NewService => "new-service",
            Self::ProviderErrors => "provider-errors",
            Self::ChainGap => "chain-gap",
            Self::ChainFork => "chain-fork",
            Self::ChainRollBack => "chain-roll-back",
            Self::Clone => "clone",
            Self::SealBroken => "seal-broken",
            Self::LogSplit => "log-split",
            Self::PolicyWithheld => "policy-withheld",
            Self::ClockJump => "clock-jump",
            Self::Silent => "silent",
            Self::RolloutPaused => "rollout-paused",
            Self::PromiseEnding => "promise-ending",
            Self::Appeal => "appeal",
        }
    }

    /// How soon somebody should look.
    #[must_use]
    pub const fn urgency(self) -> Urgency {
        match self {
            Self::RestrictedSent
            | Self::ChainFork
            | Self::ChainRollBack
            | Self::Clone
            | Self::SealBroken
            | Self::LogSplit => Urgency::Hour,
            Self::RepeatedFailures
            | Self::Spike
            | Self::FleetSpike
            | Self::ChainGap
            | Self::PolicyWithheld
            | Self::ClockJump
            | Self::RolloutPaused
            | Self::PromiseEnding
            | Self::Appeal => Urgency::Day,
            Self::RestrictedHeld | Self::NewService | Self::ProviderErrors | Self::Silent => Urgency::Note,
        }
    }

    /// Whether it says that evidence, or the device that gives it, is not to be trusted.
    #[must_use]
    pub const fn is_tamper(self) -> bool {
        matches!(
            self,
            Self::ChainGap
                | Self::ChainFork
                | Self::ChainRollBack
                | Self::Clone
                | Self::SealBroken
                | Self::ClockJump
                | Self::Silent
        )
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// The text names no rule.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a rule of alerts (see `weir-server alert rules`)")]
pub struct ParseRuleError(String);

impl FromStr for Rule {
    type Err = ParseRuleError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.into_iter().find(|rule| rule.as_str() == text);
        found.ok_or_else(|| ParseRuleError(text.to_owned()))
    }
}

/// How soon somebody should look: levels 1 to 3 of incidents, with their clocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Urgency {
    /// 1: good to know. No clock runs.
    Note,
    /// 2: within 24 hours.
    Day,
    /// 3: within an hour.
    Hour,
}

impl Urgency {
    /// All, the least urgent first.
    pub const ALL: [Self; 3] = [Self::Note, Self::Day, Self::Hour];

    /// 1 to 3.
    #[must_use]
    pub const fn number(self) -> u8 {
        match self {
            Self::Note => 1,
            Self::Day => 2,
            Self::Hour => 3,
        }
    }

    /// From 1 to 3.
    #[must_use]
    pub fn from_number(number: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|urgency| urgency.number() == number)
    }

    /// Until when somebody must have acknowledged what was raised at this time.
    #[must_use]
    pub const fn due(self, raised: Timestamp) -> Option<Timestamp> {
        const HOUR: i64 = 3_600_000;
        match self {
            Self::Note => None,
            Self::Day => Some(raised.plus_millis(24 * HOUR)),
            Self::Hour => Some(raised.plus_millis(HOUR)),
        }
    }
}

/// A reason to raise an alert, or to count one on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sign {
    /// Why.
    pub rule: Rule,
    /// What it is about: a device, a service, a provider, or the fleet. One alert is open for each rule and subject.
    pub subject: String,
    /// For people; no content.
    pub text: String,
    /// How often.
    pub count: u64,
    /// By the server's clock.
    pub at: Timestamp,
    /// Where it was seen last.
    pub at_record: Option<AtRecord>,
}

/// A record in a device's log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AtRecord {
    /// Whose.
    pub device: DeviceId,
    /// Which of its logs.
    pub timeline: u32,
    /// Its number.
    pub seq: u64,
    /// The event it belongs to, where it belongs to one.
    pub event: Option<EventId>,
}

/// Adds up signs of one rule and subject; the latest gives the text.
#[must_use]
pub fn collapse(signs: Vec<Sign>) -> Vec<Sign> {
    let mut collapsed: Vec<Sign> = Vec::new();
    let mut places = std::collections::HashMap::new();
    for sign in signs {
        match places.entry((sign.rule, sign.subject.clone())) {
            std::collections::hash_map::Entry::Vacant(entry) => {
                entry.insert(collapsed.len());
                collapsed.push(sign);
            }
            std::collections::hash_map::Entry::Occupied(entry) => {
                let known = &mut collapsed[*entry.get()];
                let count = known.count.saturating_add(sign.count);
                *known = Sign { count, ..sign };
            }
        }
    }
    collapsed
}

#[cfg(test)]
mod tests {
    use super::{Rule, Urgency};
    use weir_model::Timestamp;

    #[test]
    fn names_are_read_as_they_are_written() {
        for rule in Rule::ALL {
            assert_eq!(rule.as_str().parse(), Ok(rule));
            assert_eq!(serde_json::to_value(rule).unwrap(), rule.as_str());
        }
        assert!("spikes".parse::<Rule>().is_err());
    }

    #[test]
    fn clocks_are_an_hour_and_a_day() {
        let at = Timestamp::from_millis(0);
        let due = |urgency: Urgency| urgency.due(at).map(Timestamp::as_millis);
        assert_eq!(Urgency::ALL.map(due), [None, Some(24 * 3_600_000), Some(3_600_000)]);
        assert_eq!(Urgency::from_number(3), Some(Urgency::Hour));
        assert_eq!(Urgency::from_number(0), None);
    }
}
