//! Which devices get a bundle, while it is not for all of its audience yet.
//!
//! A device's lot is SHA-256 over the bundle's digest and the device's name: it is the same at each question and on each node,
//! and another for the next bundle, so that it is not always the same people who are first.

use crate::whole::{maybe_whole, whole};
use aws_lc_rs::digest::{Context, SHA256};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use utoipa::ToSchema;
use weir_fleet::DeviceId;

/// A stage: it has the devices of the stages before it, and these.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Stage {
    /// Of these groups alone; of the whole audience, where none is named.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    #[schema(max_items = 100)]
    pub groups: BTreeSet<String>,
    /// So many in a hundred of them: 1 to 100.
    #[serde(deserialize_with = "whole")]
    #[schema(minimum = 1, maximum = 100)]
    pub percent: u8,
    /// After so many minutes it goes on by itself; only by hand, where it is not said.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "maybe_whole")]
    #[schema(minimum = 1, maximum = 43200)]
    pub minutes: Option<u32>,
}

/// The stages are not a roll-out.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    /// Too many.
    #[error("a roll-out has at most {MOST} stages")]
    TooMany,
    /// Out of range.
    #[error("a stage has 1 to 100 percent, and goes on by itself after 1 to 43200 minutes")]
    Range,
    /// Nobody of that group would get it.
    #[error("the group `{0}` of a stage is not in the audience")]
    Group(String),
}

const MOST: usize = 20;

/// Refuses what cannot be meant.
///
/// # Errors
/// The first thing that is wrong.
pub fn looked_at(stages: &[Stage], audience: &BTreeSet<String>) -> Result<(), PlanError> {
    if stages.len() > MOST {
        return Err(PlanError::TooMany);
    }
    for stage in stages {
        let waits = stage.minutes.is_none_or(|minutes| (1..=43_200).contains(&minutes));
        if !(1..=100).contains(&stage.percent) || !waits {
            return Err(PlanError::Range);
        }
        if let Some(group) = stage.groups.iter().find(|group| !audience.contains(*group)) {
            return Err(PlanError::Group(group.clone()));
        }
    }
    Ok(())
}

/// True when a device is among those of these stages.
#[must_use]
pub fn is_in(stages: &[Stage], digest: &str, device: DeviceId, group: &str) -> bool {
    let lot = lot(digest, device);
    stages
        .iter()
        .any(|stage| (stage.groups.is_empty() || stage.groups.contains(group)) && lot < u16::from(stage.percent) * 100)
}

/// 0 to 9999.
fn lot(digest: &str, device: DeviceId) -> u16 {
    let mut context = Context::new(&SHA256);
    context.update(b"weir roll-out ");
    context.update(digest.as_bytes());
    context.update(device.as_bytes());
    let drawn = context.finish();
    // A SHA-256 has 32 bytes. That eight of them are no multiple of the lots favours none by more than one in 10¹⁵.
    let first = drawn
        .as_ref()
        .iter()
        .take(8)
        .fold(0_u64, |sum, byte| sum << 8 | u64::from(*byte));
    u16::try_from(first % 10_000).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::{PlanError, Stage, is_in, looked_at};
    use std::collections::BTreeSet;
    use weir_fleet::DeviceId;

    fn stage(groups: &[&str], percent: u8) -> Stage {
        Stage {
            groups: groups.iter().map(|&group| group.to_owned()).collect(),
            percent,
            minutes: None,
        }
    }

    fn device(number: u32) -> DeviceId {
        let mut bytes = [0; 16];
        bytes[..4].copy_from_slice(&number.to_be_bytes());
        DeviceId::from_bytes(bytes)
    }

    #[test]
    fn a_share_of_the_devices_is_in_and_stays_in_when_it_grows() {
        let digest = "ab".repeat(32);
        let among = |percent| -> BTreeSet<u32> {
            let stages = [stage(&[], percent)];
            (0..10_000)
                .filter(|&number| is_in(&stages, &digest, device(number), "staff"))
                .collect()
        };
        let (tenth, half) = (among(10), among(50));
        assert!((850..1150).contains(&tenth.len()), "{}", tenth.len());
        assert!((4700..5300).contains(&half.len()), "{}", half.len());
        assert!(tenth.is_subset(&half));
        assert_eq!(among(100).len(), 10_000);
        // Of the next bundle others are first.
        let next = [stage(&[], 10)];
        let again = tenth
            .iter()
            .filter(|&&number| is_in(&next, "next", device(number), "staff"));
        assert!(again.count() < 200);
    }

    #[test]
    fn groups_come_before_others_and_stages_add_up() {
        let stages = [stage(&["pilot"], 100), stage(&["staff"], 1)];
        assert!((0..50).all(|number| is_in(&stages, "x", device(number), "pilot")));
        assert!((0..50).any(|number| !is_in(&stages, "x", device(number), "staff")));
        assert!(!is_in(&stages[..1], "x", device(1), "staff"));
        assert!(!is_in(&[], "x", device(1), "pilot"), "before the first stage");
    }

    #[test]
    fn what_cannot_be_meant_is_refused() {
        let audience = BTreeSet::from(["staff".to_owned()]);
        assert_eq!(looked_at(&[stage(&[], 10), stage(&["staff"], 100)], &audience), Ok(()));
        for percent in [0, 101] {
            assert_eq!(looked_at(&[stage(&[], percent)], &audience), Err(PlanError::Range));
        }
        assert_eq!(
            looked_at(&[stage(&["lab"], 5)], &audience),
            Err(PlanError::Group("lab".to_owned()))
        );
    }
}
