//! What holds on a device that nobody has told for too long that its policy is the newest.

use weir_model::{Action, Level, Mode};

use crate::chain::ChainMember;
use crate::decision::{Facts, Reason, Why};
use crate::shape::{Field, Shape, field};
use crate::words;
use crate::yaml::Node;

/// What a pack says of policy that may be out of date.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WhenStale {
    /// For how many days after the last statement has ended nothing changes, but that people are told.
    pub grace_days: u32,
    /// The levels of messages that the action is for.
    pub levels: Vec<Level>,
    /// What happens to them then.
    pub action: Action,
}

impl Default for WhenStale {
    fn default() -> Self {
        Self {
            grace_days: 7,
            levels: vec![Level::Confidential, Level::Restricted],
            action: Action::Block,
        }
    }
}

pub(crate) const FRESHNESS: &[Field] = &[
    field(
        "grace_days",
        Shape::Whole { min: 0, max: 365 },
        "for how many days after the server's last statement has ended nothing changes; default 7",
    ),
    field(
        "stale_action",
        Shape::Map(STALE_ACTION),
        "what holds then, until the server is heard again",
    ),
];

const STALE_ACTION: &[Field] = &[
    field(
        "level",
        Shape::OneOrMore(&Shape::Choice(crate::format::LEVELS)),
        "levels of messages it is for; default `[confidential, restricted]`",
    ),
    field(
        "action",
        Shape::Choice(&["allow", "warn", "block"]),
        "what happens to them; default `block`",
    ),
];

pub(crate) fn read(pack: &Node) -> WhenStale {
    let default = WhenStale::default();
    let Some(node) = pack.get("freshness") else {
        return default;
    };
    let action = node.get("stale_action");
    let levels = action.map(|node| words::all(node, "level", words::level));
    WhenStale {
        grace_days: node
            .get("grace_days")
            .and_then(Node::whole)
            .unwrap_or(default.grace_days),
        levels: levels.filter(|levels| !levels.is_empty()).unwrap_or(default.levels),
        action: action
            .and_then(|node| words::one(node, "action", words::action))
            .unwrap_or(default.action),
    }
}

impl WhenStale {
    /// Asks, beside all members, what holds for a message of its level. What cannot be read may be anything.
    pub(crate) fn asks(&self, facts: &Facts<'_>) -> Option<Reason> {
        let is_unread = facts.unscannable || facts.file.is_some();
        let level = if is_unread { Level::Restricted } else { facts.level };
        let is_for = facts.stale && self.action > Action::Allow && self.levels.contains(&level);
        is_for.then(|| Reason {
            rule: "freshness/stale_action".to_owned(),
            member: ChainMember::ProviderApproval,
            action: self.action,
            mode: Mode::Enforce,
            why: Why::Stale,
        })
    }

    /// True when it lets more pass than another, or later holds it back.
    pub(crate) fn is_milder_than(&self, other: &Self) -> bool {
        let of = |stale: &Self, level: &Level| match stale.levels.contains(level) {
            true => stale.action,
            false => Action::Allow,
        };
        let holds_back = other.action > Action::Allow;
        (holds_back && self.grace_days > other.grace_days)
            || Level::ALL.iter().any(|level| of(self, level) < of(other, level))
    }
}

#[cfg(test)]
mod tests {
    use super::WhenStale;
    use weir_model::{Action, Level};

    #[test]
    fn a_longer_grace_fewer_levels_and_a_weaker_action_are_milder() {
        let default = WhenStale::default();
        let with = |change: fn(&mut WhenStale)| {
            let mut stale = default.clone();
            change(&mut stale);
            stale
        };
        for (other, is_milder) in [
            (default.clone(), false),
            (with(|it| it.grace_days = 8), true),
            (with(|it| it.grace_days = 0), false),
            (with(|it| it.levels = vec![Level::Restricted]), true),
            (with(|it| it.levels = Level::ALL.to_vec()), false),
            (with(|it| it.action = Action::Warn), true),
            (with(|it| it.action = Action::Allow), true),
        ] {
            assert_eq!(other.is_milder_than(&default), is_milder, "{other:?}");
        }
        // Where nothing was held back, no grace is too long.
        let open = with(|it| it.action = Action::Allow);
        assert!(!with(|it| it.grace_days = 300).is_milder_than(&open));
    }
}
