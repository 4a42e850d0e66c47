//! Whether a bundle makes more trouble than the one before it: messages of devices that run it, against those of devices that
//! are not to have it yet, in the same time.
//!
//! For each measure a one-sided test of two proportions, with x₁ of n₁ messages under the new bundle and x₀ of n₀ under the old:
//!
//! ```text
//! p = (x₁ + x₀) / (n₁ + n₀)        z = (x₁/n₁ − x₀/n₀) / √(p·(1 − p)·(1/n₁ + 1/n₀))
//! ```
//!
//! It is a spike where n₁ and n₀ are at least 20, x₁ is at least 5, the shares differ by at least five in a hundred, and
//! z is at least 3.5: of looks at two equal bundles, one in four thousand says so. Messages of one user are not independent,
//! and there are many looks; the distance of five in a hundred is what keeps large fleets quiet, and the floors small ones.
//! A device that refuses the bundle is a spike by itself: the bundle's own tests are the same everywhere.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Messages, and what became of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Tally {
    /// Messages that were judged.
    pub messages: u64,
    /// Of those, blocked.
    pub blocked: u64,
    /// Sent after the employee gave a reason.
    pub overruled: u64,
    /// Kept from leaving by an error.
    pub failed: u64,
}

/// Which devices.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Arm {
    /// Those that are not to have it yet.
    Control,
    /// Those that run it.
    Treated,
}

/// What is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Measure {
    /// The share of messages that are blocked.
    Blocked,
    /// The share that employees overrule.
    Overruled,
    /// The share that fails.
    Failed,
    /// Devices that refuse the bundle.
    Refusing,
}

/// Why a roll-out pauses.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Evidence {
    /// What is more than it should be.
    pub measure: Measure,
    /// Of the devices that run it.
    pub treated: Tally,
    /// Of those that are not to have it yet.
    pub control: Tally,
    /// How far apart the shares are; 0 for refusals.
    pub z: f64,
    /// Devices that refuse the bundle.
    pub refusing: u64,
}

/// Two tallies that differ only in their numbers are the same evidence; nothing compares two that are not numbers.
impl Eq for Evidence {}

const MESSAGES: u64 = 20;
const TROUBLES: u64 = 5;
const APART: f64 = 0.05;
const Z: f64 = 3.5;

/// The first measure that is more than it should be.
#[must_use]
pub fn judge(treated: Tally, control: Tally, refusing: u64) -> Option<Evidence> {
    let evidence = |measure, z| Evidence {
        measure,
        treated,
        control,
        z,
        refusing,
    };
    if refusing > 0 {
        return Some(evidence(Measure::Refusing, 0.0));
    }
    let measures = [
        (Measure::Blocked, treated.blocked, control.blocked),
        (Measure::Overruled, treated.overruled, control.overruled),
        (Measure::Failed, treated.failed, control.failed),
    ];
    measures.into_iter().find_map(|(measure, more, usual)| {
        let z = spike((more, treated.messages), (usual, control.messages))?;
        Some(evidence(measure, z))
    })
}

/// `z`, where it is a spike.
fn spike((x1, n1): (u64, u64), (x0, n0): (u64, u64)) -> Option<f64> {
    if n1 < MESSAGES || n0 < MESSAGES || x1 < TROUBLES {
        return None;
    }
    let [x1, n1, x0, n0] = [x1, n1, x0, n0].map(real);
    let (apart, p) = (x1 / n1 - x0 / n0, (x1 + x0) / (n1 + n0));
    // All or none of both: they are not apart, and there is nothing to divide by.
    let deviation = (p * (1.0 - p) * (1.0 / n1 + 1.0 / n0)).sqrt();
    let z = apart / deviation;
    (apart >= APART && z >= Z).then_some(z)
}

/// Counts beyond 2³² are as good as 2³².
fn real(count: u64) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::{Measure, Tally, judge};

    fn tally(messages: u64, blocked: u64) -> Tally {
        Tally {
            messages,
            blocked,
            ..Tally::default()
        }
    }

    #[test]
    fn a_spike_is_found_against_the_control() {
        let found = judge(tally(100, 30), tally(1000, 50), 0).unwrap();
        assert_eq!(found.measure, Measure::Blocked);
        // By hand: p = 80/1100, √(p(1−p)(1/100 + 1/1000)) = 0.027237, (0.3 − 0.05) / 0.027237 = 9.1787.
        assert!((found.z - 9.1787).abs() < 0.001, "{}", found.z);
        let overruled = Tally {
            overruled: 20,
            ..tally(40, 0)
        };
        assert_eq!(judge(overruled, tally(40, 0), 0).unwrap().measure, Measure::Overruled);
    }

    #[test]
    fn few_messages_small_distances_and_fewer_troubles_are_none() {
        assert_eq!(judge(tally(19, 19), tally(1000, 0), 0), None, "few messages");
        assert_eq!(judge(tally(1000, 900), tally(19, 0), 0), None, "no control");
        assert_eq!(judge(tally(30, 4), tally(100_000, 0), 0), None, "few troubles");
        assert_eq!(
            judge(tally(1_000_000, 60_000), tally(1_000_000, 20_000), 0),
            None,
            "small"
        );
        assert_eq!(judge(tally(100, 5), tally(100, 30), 0), None, "fewer than before");
        assert_eq!(judge(tally(100, 100), tally(100, 100), 0), None, "alike");
    }

    #[test]
    fn one_device_that_refuses_the_bundle_is_enough() {
        let found = judge(Tally::default(), Tally::default(), 1).unwrap();
        assert_eq!((found.measure, found.refusing), (Measure::Refusing, 1));
    }
}
