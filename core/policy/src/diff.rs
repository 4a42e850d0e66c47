//! What changes between two policies, for whom: found by deciding every situation that one of them can tell apart.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};
use weir_model::{Action, Channel, Confidence, DataType, Kind, Level, Tier};

use crate::decision::Environment;
use crate::policy::Policy;
use crate::space::{Axes, Data, Situation, Space};

/// What changes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Difference {
    /// Decisions that change, the weaker ones first.
    pub decisions: Vec<Change>,
    /// Levels of data types that change.
    pub levels: Vec<LevelChange>,
    /// How many situations were decided by both.
    pub tried: usize,
}

/// One kind of message that is decided in another way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// What it carries.
    pub data: Data,
    /// Where it goes, for people.
    pub destination: String,
    /// What happened.
    pub before: Action,
    /// What happens.
    pub after: Action,
    /// True for what only watching rules would have done.
    pub watching: bool,
    /// The rule that decides now.
    pub rule: Option<String>,
    /// How it leaves; empty where it does not matter, as with the other lists.
    pub channels: Vec<Channel>,
    /// Account tiers.
    pub tiers: Vec<Tier>,
    /// Kinds of message.
    pub kinds: Vec<Kind>,
    /// Environments.
    pub environments: Vec<Environment>,
    /// Users.
    pub users: Vec<String>,
    /// Programs.
    pub processes: Vec<String>,
    /// How many situations this stands for.
    pub situations: usize,
}

/// A data type with another level.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LevelChange {
    /// The type.
    pub data: Data,
    /// Its level before.
    pub before: Level,
    /// Its level now.
    pub after: Level,
}

impl Change {
    /// True when data gets further than before.
    #[must_use]
    pub fn is_weaker(&self) -> bool {
        self.after < self.before
    }
}

/// Decides every situation under both. The policies must share a catalogue.
#[must_use]
pub fn diff(before: &Policy, after: &Policy) -> Difference {
    let space = Space::of(&[before, after]);
    let mut groups: BTreeMap<Key, Group> = BTreeMap::new();
    let (seen_before, seen_after) = (space.seen_by(before), space.seen_by(after));
    for number in 0..space.len() {
        let old = before.decide(&seen_before.facts(number));
        let new = after.decide(&seen_after.facts(number));
        let watched = (old.monitored.unwrap_or_default(), new.monitored.unwrap_or_default());
        let enforced = (old.action, new.action);
        for (watching, (from, to)) in [(false, enforced), (true, watched)] {
            if from != to {
                let situation = space.situation(number);
                let key = Key {
                    data: situation.data.clone(),
                    destination: after.name_of_destination(&situation.destination, situation.environment),
                    before: from,
                    after: to,
                    watching,
                };
                let rule = new.main_reason().map(|reason| reason.rule.clone());
                groups.entry(key).or_default().add(&situation, rule);
            }
        }
    }
    let mut decisions: Vec<Change> = groups
        .into_iter()
        .map(|(key, group)| group.into_change(key, &space.axes()))
        .collect();
    decisions.sort_by_key(|change| (change.watching, !change.is_weaker(), change.before, change.after));
    Difference {
        decisions,
        levels: levels(&space, before, after),
        tried: space.len(),
    }
}

/// The first thing that a policy lets pass and the one before it does not, in words. What deciding every situation does not
/// show counts: another catalogue, other detectors, other limits and guards of answers.
#[must_use]
pub fn loosens(before: &Policy, after: &Policy) -> Option<String> {
    if before.catalogue_name() != after.catalogue_name() {
        return Some("its catalogue is another one".to_owned());
    }
    if before.detectors() != after.detectors() {
        return Some("its detectors are others".to_owned());
    }
    if before.beyond_decisions() != after.beyond_decisions() {
        return Some("its limits or what it does to answers are others".to_owned());
    }
    if after.when_stale().is_milder_than(before.when_stale()) {
        return Some("what holds when the server is not heard is weaker".to_owned());
    }
    let difference = diff(before, after);
    let weaker = difference
        .decisions
        .iter()
        .find(|change| !change.watching && change.is_weaker());
    let lower = || difference.levels.iter().find(|change| change.after < change.before);
    weaker
        .map(ToString::to_string)
        .or_else(|| lower().map(ToString::to_string))
}

#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    data: Data,
    destination: String,
    before: Action,
    after: Action,
    watching: bool,
}

#[derive(Default)]
struct Group {
    situations: Vec<Situation>,
    rule: Option<String>,
}

impl Group {
    fn add(&mut self, situation: &Situation, rule: Option<String>) {
        if self.situations.is_empty() {
            self.rule = rule;
        }
        self.situations.push(situation.clone());
    }

    fn into_change(self, key: Key, axes: &Axes) -> Change {
        let all = &self.situations;
        let names = |value: fn(&Situation) -> Option<String>, axis| {
            let values = narrowed(all, axis, value);
            values
                .into_iter()
                .map(|name| name.unwrap_or_else(|| "unknown".to_owned()))
                .collect()
        };
        Change {
            channels: narrowed(all, axes.channels, |it| it.channel),
            tiers: narrowed(all, axes.tiers, |it| it.destination.tier),
            kinds: narrowed(all, axes.kinds, |it| it.kind),
            environments: narrowed(all, axes.environments, |it| it.environment),
            users: names(|it| it.user.clone(), axes.users),
            processes: names(|it| it.process.clone(), axes.processes),
            situations: all.len(),
            data: key.data,
            destination: key.destination,
            before: key.before,
            after: key.after,
            watching: key.watching,
            rule: self.rule,
        }
    }
}

/// The values on one axis; none when all of the axis is there, because it does not matter then.
fn narrowed<T: PartialEq>(situations: &[Situation], axis: usize, value: impl Fn(&Situation) -> T) -> Vec<T> {
    let values = distinct(situations, value);
    if values.len() == axis { Vec::new() } else { values }
}

fn distinct<T: PartialEq>(situations: &[Situation], value: impl Fn(&Situation) -> T) -> Vec<T> {
    let mut values: Vec<T> = Vec::new();
    for situation in situations {
        let value = value(situation);
        if !values.contains(&value) {
            values.push(value);
        }
    }
    values
}

fn levels(space: &Space, before: &Policy, after: &Policy) -> Vec<LevelChange> {
    let level = |policy: &Policy, data_type: &DataType| policy.level_of(data_type, Confidence::High);
    space
        .data_types()
        .into_iter()
        .map(|data_type| LevelChange {
            before: level(before, &data_type),
            after: level(after, &data_type),
            data: Data::single(data_type),
        })
        .filter(|change| change.before != change.after)
        .collect()
}

impl fmt::Display for LevelChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let way = if self.after < self.before { "lower" } else { "higher" };
        write!(f, "{}: {} → {} ({way})", self.data, self.before, self.after)
    }
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let way = if self.is_weaker() { "weaker" } else { "stricter" };
        let watching = if self.watching { "only watching, " } else { "" };
        write!(
            f,
            "{} to {}: {} → {} ({watching}{way})",
            self.data, self.destination, self.before, self.after
        )?;
        part(f, "channel", &self.channels)?;
        part(f, "kind", &self.kinds)?;
        part(f, "tier", &self.tiers)?;
        part(f, "environment", &self.environments)?;
        part(f, "user", &self.users)?;
        part(f, "process", &self.processes)
    }
}

/// Says an axis only where it matters.
fn part(f: &mut fmt::Formatter<'_>, name: &str, values: &[impl fmt::Display]) -> fmt::Result {
    let texts: Vec<String> = values.iter().map(ToString::to_string).collect();
    match texts.is_empty() {
        true => Ok(()),
        false => write!(f, "; {name}: {}", texts.join(", ")),
    }
}
