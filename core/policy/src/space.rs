//! The space of messages a policy can tell apart: finite, because a decision depends only on what rules name.
//!
//! ```text
//! policies ─ Mentions (what their members look at) ─ Space ─ situations ─ decide
//! ```
//!
//! Two messages that agree in everything the members look at get the same decision, so one message for each combination
//! of named values, and one value nobody names on every axis, stands for all of them. `prove`, `matrix`, `diff` and the
//! search for mutants without effect go through this space. A member that looks at something new must say so in
//! [`Member::mentions`](crate::chain::Member::mentions): what it keeps silent about is not tried.

use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};
use weir_model::catalogue::Service;
use weir_model::{
    Channel, Closed, Confidence, DataType, Destination, FileEntry, FileState, Finding, HostPattern, Kind, Level, Place,
    Role, Tier, Timestamp,
};

use crate::catalogue::Catalogue;
use crate::chain::Handling;
use crate::decision::{Decision, Environment, Facts, Reason};
use crate::hours::{self, Hours};
use crate::policy::Policy;
use crate::rule::TypePattern;

/// A name that no pack gives to anything.
const NOBODY: &str = "somebody-else";

/// What the members of a chain look at: where nothing is named on an axis, a decision does not depend on it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Mentions {
    pub(crate) channels: bool,
    pub(crate) tiers: bool,
    pub(crate) environments: bool,
    /// Whether a provider's terms matter.
    pub(crate) terms: bool,
    /// Whether it matters that a message sends nothing with its question.
    pub(crate) asking: bool,
    /// The category for which it matters who wrote the text it stands in.
    pub(crate) whose_text: Option<&'static str>,
    /// Whether it matters what became of files that a message refers to.
    pub(crate) files: bool,
    /// Whose text rules tell apart.
    pub(crate) sources: BTreeSet<Role>,
    pub(crate) hours: Vec<Hours>,
    /// Moments from which on something agreed is unknown.
    pub(crate) ends: BTreeSet<Timestamp>,
    /// Types of files and patterns, and sizes in bytes up to which something holds.
    pub(crate) file_types: BTreeSet<String>,
    pub(crate) file_sizes: BTreeSet<u64>,
    pub(crate) kinds: BTreeSet<Kind>,
    /// Data types and patterns.
    pub(crate) types: BTreeSet<String>,
    /// How many values of one type something holds for.
    pub(crate) counts: BTreeSet<u32>,
    pub(crate) services: BTreeSet<String>,
    pub(crate) providers: BTreeSet<String>,
    /// Targets of the gateway.
    pub(crate) targets: Vec<Destination>,
    pub(crate) regions: BTreeSet<String>,
    /// Names and patterns with `*`, as with the next two.
    pub(crate) models: BTreeSet<String>,
    pub(crate) users: BTreeSet<String>,
    pub(crate) processes: BTreeSet<String>,
    pub(crate) accounts: BTreeSet<String>,
    /// Sensitivity labels, in lower case.
    pub(crate) labels: BTreeSet<String>,
    /// Rules of limits.
    pub(crate) limits: BTreeSet<String>,
    /// Hosts that are treated apart from others of their service.
    pub(crate) hosts: Vec<HostPattern>,
}

/// What a message carries.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "data", rename_all = "snake_case")]
pub enum Data {
    /// Text in which nothing was found.
    Nothing,
    /// So many different values of one data type.
    Found {
        /// The type; a name nobody gives stands for all types that no rule names.
        data_type: DataType,
        /// Number of values.
        count: u32,
        /// Whose text they stand in.
        role: Role,
    },
    /// A message that has a level of its own, by its label or its source.
    Labelled {
        /// That level.
        level: Level,
    },
    /// A message that cannot be read.
    Unread {
        /// The level its label gives it.
        level: Level,
    },
    /// A message that refers to a file of an earlier one.
    Refers {
        /// What is known of that file.
        file: FileState,
        /// The level the message's label gives it.
        level: Level,
    },
}

impl Data {
    /// One value of this type in what the user wrote.
    pub(crate) const fn single(data_type: DataType) -> Self {
        Data::Found {
            data_type,
            count: 1,
            role: Role::Prompt,
        }
    }

    /// The level of a message that carries it.
    pub(crate) fn level(&self, policy: &Policy) -> Level {
        self.level_with(policy, &self.findings(policy))
    }

    fn level_with(&self, policy: &Policy, findings: &[Finding]) -> Level {
        let declared = match self {
            Data::Labelled { level } | Data::Unread { level } | Data::Refers { level, .. } => *level,
            Data::Nothing | Data::Found { .. } => Level::Public,
        };
        policy.message_level(findings).max(declared)
    }

    fn findings(&self, policy: &Policy) -> Vec<Finding> {
        let Data::Found { data_type, count, role } = self else {
            return Vec::new();
        };
        vec![Finding {
            data_type: data_type.clone(),
            level: policy.level_of(data_type, Confidence::High),
            confidence: Confidence::High,
            place: Place {
                role: *role,
                locator: None,
                segment: 0,
            },
            count: *count,
            // Without a fingerprint every occurrence counts as a value of its own.
            fingerprint: None,
            repeated: false,
        }]
    }
}

/// One message, as far as a policy can tell it from others.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Situation {
    /// What it carries.
    #[serde(flatten)]
    pub data: Data,
    /// How it leaves.
    pub channel: Channel,
    /// What it does.
    pub kind: Kind,
    /// Where it goes.
    pub destination: Destination,
    /// The environment of the machine.
    pub environment: Environment,
    /// Who sends it.
    pub user: Option<String>,
    /// Which program sends it.
    pub process: Option<String>,
    /// The account it is sent with.
    pub account: Option<String>,
    /// When.
    pub now: Timestamp,
    /// A file it carries.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub carried: Option<FileEntry>,
    /// A sensitivity label on what it carries.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// The limit it is over, by its rule.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub over: Option<String>,
    /// It sends nothing with its question.
    pub only_asks: bool,
    /// It can be edited.
    pub editable: bool,
}

/// How many values there are on the axes that people are told of.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Axes {
    pub(crate) channels: usize,
    pub(crate) tiers: usize,
    pub(crate) kinds: usize,
    pub(crate) environments: usize,
    pub(crate) users: usize,
    pub(crate) processes: usize,
}

/// All situations that some of a set of policies can tell apart.
#[derive(Clone, Debug)]
pub struct Space {
    data: Vec<Data>,
    channels: Vec<Channel>,
    kinds: Vec<Kind>,
    destinations: Vec<Destination>,
    environments: Vec<Environment>,
    users: Vec<Option<String>>,
    processes: Vec<Option<String>>,
    accounts: Vec<Option<String>>,
    moments: Vec<Timestamp>,
    carried: Vec<Option<FileEntry>>,
    labels: Vec<Option<String>>,
    limits: Vec<Option<String>>,
    asking: Vec<bool>,
}

impl Space {
    /// The situations that at least one of these policies tells apart. They must share a catalogue.
    #[must_use]
    pub fn of(policies: &[&Policy]) -> Self {
        let mut mentions = Mentions::default();
        for policy in policies {
            policy.mentions(&mut mentions);
        }
        let catalogue = policies.first().map(|policy| policy.catalogue());
        Self {
            data: data(policies, &mentions),
            channels: all_if(mentions.channels, Channel::ALL),
            kinds: kinds(&mentions),
            destinations: catalogue
                .map(|catalogue| destinations(catalogue, &mentions))
                .unwrap_or_default(),
            environments: all_if(mentions.environments, Environment::ALL),
            users: named_and_nobody(&mentions.users),
            processes: named_and_nobody(&mentions.processes),
            accounts: if_named(&mentions.accounts),
            moments: hours::moments(&mentions.hours, &mentions.ends),
            carried: carried(&mentions),
            labels: if_named(&mentions.labels),
            limits: std::iter::once(None)
                .chain(mentions.limits.iter().cloned().map(Some))
                .collect(),
            asking: if mentions.asking {
                vec![false, true]
            } else {
                vec![false]
            },
        }
    }

    /// How many situations there are.
    #[must_use]
    pub fn len(&self) -> usize {
        let sides = [
            self.data.len(),
            self.channels.len(),
            self.kinds.len(),
            self.destinations.len(),
            self.environments.len(),
            self.users.len(),
            self.processes.len(),
            self.accounts.len(),
            self.moments.len(),
            self.carried.len(),
            self.labels.len(),
            self.limits.len(),
            self.asking.len(),
            EDITABLE.len(),
        ];
        sides.into_iter().product()
    }

    /// True when no policy was given.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// All situations, data first and destinations next, so that what belongs together comes together.
    pub fn situations(&self) -> impl Iterator<Item = Situation> {
        (0..self.len()).map(|number| self.situation(number))
    }

    /// The numbers of all situations, neighbours far apart: what a search is after often comes in blocks, and is met early
    /// this way.
    pub(crate) fn scattered(&self) -> impl Iterator<Item = usize> + use<> {
        let length = self.len();
        let step = coprime_step(length);
        (0..length).scan(0, move |number, _| {
            *number = (*number + step) % length;
            Some(*number)
        })
    }

    /// The same space with no other data than this.
    #[must_use]
    pub(crate) fn only(mut self, of_interest: impl Fn(&Data) -> bool) -> Self {
        self.data.retain(of_interest);
        self
    }

    /// The destinations that are told apart: those the policies name, and one that stands for each kind of other.
    #[must_use]
    pub fn destinations(&self) -> &[Destination] {
        &self.destinations
    }

    /// The data types that are told apart, each once.
    pub(crate) fn data_types(&self) -> Vec<DataType> {
        let mut types: Vec<DataType> = self
            .data
            .iter()
            .filter_map(|data| match data {
                Data::Found { data_type, .. } => Some(data_type.clone()),
                Data::Nothing | Data::Labelled { .. } | Data::Unread { .. } | Data::Refers { .. } => None,
            })
            .collect();
        types.dedup();
        types
    }

    pub(crate) fn axes(&self) -> Axes {
        let mut tiers: Vec<Tier> = self.destinations.iter().map(|destination| destination.tier).collect();
        tiers.sort_unstable();
        tiers.dedup();
        Axes {
            channels: self.channels.len(),
            tiers: tiers.len(),
            kinds: self.kinds.len(),
            environments: self.environments.len(),
            users: self.users.len(),
            processes: self.processes.len(),
        }
    }

    /// Which value of each axis the situation with this number has: the number is written with one digit for each axis.
    fn digits(&self, number: usize) -> Digits {
        let mut rest = number;
        let mut digit = |base: usize| {
            let digit = rest % base;
            rest /= base;
            digit
        };
        Digits {
            editable: digit(EDITABLE.len()),
            asking: digit(self.asking.len()),
            over: digit(self.limits.len()),
            label: digit(self.labels.len()),
            carried: digit(self.carried.len()),
            moment: digit(self.moments.len()),
            account: digit(self.accounts.len()),
            process: digit(self.processes.len()),
            user: digit(self.users.len()),
            environment: digit(self.environments.len()),
            kind: digit(self.kinds.len()),
            channel: digit(self.channels.len()),
            destination: digit(self.destinations.len()),
            data: digit(self.data.len()),
        }
    }

    /// The situation with this number.
    pub(crate) fn situation(&self, number: usize) -> Situation {
        let at = self.digits(number);
        Situation {
            data: self.data[at.data].clone(),
            channel: self.channels[at.channel],
            kind: self.kinds[at.kind],
            destination: self.destinations[at.destination].clone(),
            environment: self.environments[at.environment],
            user: self.users[at.user].clone(),
            process: self.processes[at.process].clone(),
            account: self.accounts[at.account].clone(),
            now: self.moments[at.moment],
            carried: self.carried[at.carried].clone(),
            label: self.labels[at.label].clone(),
            over: self.limits[at.over].clone(),
            only_asks: self.asking[at.asking],
            editable: EDITABLE[at.editable],
        }
    }

    /// The space as a policy sees it.
    pub(crate) fn seen_by(&self, policy: &Policy) -> Seen<'_> {
        let found = |data: &Data| {
            let findings = data.findings(policy);
            let level = data.level_with(policy, &findings);
            (findings, level)
        };
        Seen {
            space: self,
            found: self.data.iter().map(found).collect(),
            labelled: self
                .labels
                .iter()
                .map(|label| policy.level_of_labels(label.as_slice()))
                .collect(),
        }
    }
}

/// The place of a situation on each axis.
struct Digits {
    data: usize,
    channel: usize,
    kind: usize,
    destination: usize,
    environment: usize,
    user: usize,
    process: usize,
    account: usize,
    moment: usize,
    carried: usize,
    label: usize,
    over: usize,
    asking: usize,
    editable: usize,
}

/// A space with the levels that one policy gives to what is in it, so that millions of its situations are looked at without
/// making any.
pub(crate) struct Seen<'s> {
    space: &'s Space,
    /// By data.
    found: Vec<(Vec<Finding>, Level)>,
    /// By label.
    labelled: Vec<Level>,
}

impl Seen<'_> {
    /// What the message carries in the situation with this number.
    pub(crate) fn data(&self, number: usize) -> &Data {
        &self.space.data[self.space.digits(number).data]
    }

    /// The facts of the situation with this number.
    pub(crate) fn facts(&self, number: usize) -> Facts<'_> {
        let space = self.space;
        let at = space.digits(number);
        let (findings, level) = &self.found[at.data];
        let data = &space.data[at.data];
        Facts {
            channel: space.channels[at.channel],
            kind: space.kinds[at.kind],
            destination: &space.destinations[at.destination],
            findings,
            level: self.labelled[at.label].max(*level),
            unscannable: matches!(data, Data::Unread { .. }),
            file: match data {
                Data::Refers { file, .. } => Some(*file),
                _ => None,
            },
            files: space.carried[at.carried].as_slice(),
            editable: EDITABLE[at.editable],
            only_asks: space.asking[at.asking],
            account: space.accounts[at.account].as_deref(),
            labels: space.labels[at.label].as_slice(),
            over: space.limits[at.over].as_slice(),
            user: space.users[at.user].as_deref(),
            process: space.processes[at.process].as_deref(),
            environment: space.environments[at.environment],
            closed: Closed::NOTHING,
            stale: false,
            exception: None,
            now: space.moments[at.moment],
        }
    }
}

/// A step that meets every number below the length once, about a golden section of it.
fn coprime_step(length: usize) -> usize {
    let greatest_divisor = |one: usize, other: usize| {
        let (mut one, mut other) = (one, other);
        while other > 0 {
            (one, other) = (other, one % other);
        }
        one
    };
    let around = length / 8 * 5 + 1;
    (around..)
        .find(|step| greatest_divisor(*step, length) == 1)
        .unwrap_or(1)
}

const EDITABLE: [bool; 2] = [true, false];

impl Situation {
    /// What a policy decides here, with the level it gives the message.
    #[must_use]
    pub fn judged_by(&self, policy: &Policy) -> (Decision, Level) {
        self.at(policy, |facts| (policy.decide(facts), facts.level))
    }

    /// What a reason of its decision says to people.
    #[must_use]
    pub fn told_by(&self, policy: &Policy, reason: &Reason) -> String {
        self.at(policy, |facts| policy.text(reason, facts))
    }

    fn at<T>(&self, policy: &Policy, look: impl FnOnce(&Facts<'_>) -> T) -> T {
        let findings = self.data.findings(policy);
        let label = self.label.as_slice();
        let level = self
            .data
            .level_with(policy, &findings)
            .max(policy.level_of_labels(label));
        look(&Facts {
            channel: self.channel,
            kind: self.kind,
            destination: &self.destination,
            findings: &findings,
            level,
            unscannable: matches!(self.data, Data::Unread { .. }),
            file: match self.data {
                Data::Refers { file, .. } => Some(file),
                _ => None,
            },
            files: self.carried.as_slice(),
            editable: self.editable,
            only_asks: self.only_asks,
            account: self.account.as_deref(),
            labels: label,
            over: self.over.as_slice(),
            user: self.user.as_deref(),
            process: self.process.as_deref(),
            environment: self.environment,
            closed: Closed::NOTHING,
            stale: false,
            exception: None,
            now: self.now,
        })
    }
}

impl fmt::Display for Situation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let destination = &self.destination;
        let unnamed = |name: &Option<String>| name.clone().filter(|name| name != NOBODY);
        let to = destination.service.as_deref().or(destination.provider.as_deref());
        let to = to.unwrap_or("a service nobody knows");
        write!(f, "{} as {} by {} to {to}", self.data, self.kind, self.channel)?;
        let parts = [
            (self.destination.tier != Tier::Unknown).then(|| format!("tier {}", self.destination.tier)),
            unnamed(&destination.region).map(|region| format!("region {region}")),
            unnamed(&destination.model).map(|model| format!("model {model}")),
            unnamed(&self.user).map(|user| format!("user {user}")),
            unnamed(&self.process).map(|process| format!("program {process}")),
            unnamed(&self.label).map(|label| format!("with the label {label}")),
            self.over.as_ref().map(|rule| format!("over {rule}")),
            unnamed(&self.account).map(|account| format!("account {account}")),
            self.carried
                .as_ref()
                .map(|file| format!("with a file of type {}", file.mime.as_deref().unwrap_or("unknown"))),
            (self.now != Timestamp::default()).then(|| format!("at {}", hours::shown(self.now))),
            (self.environment != Environment::default()).then(|| format!("environment {}", self.environment)),
        ];
        parts.into_iter().flatten().try_for_each(|part| write!(f, ", {part}"))
    }
}

impl fmt::Display for Data {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Data::Nothing => f.write_str("text in which nothing is found"),
            Data::Found { data_type, count, role } => {
                if *count > 1 {
                    write!(f, "{count} values of ")?;
                }
                write!(f, "{}", TypeName(data_type))?;
                match role {
                    Role::Prompt => Ok(()),
                    _ => f.write_str(" in text from elsewhere"),
                }
            }
            Data::Labelled { level } => write!(f, "a message that a label makes {level}"),
            Data::Unread { level: Level::Public } => f.write_str("a message that cannot be read"),
            Data::Unread { level } => write!(f, "a message of level {level} that cannot be read"),
            Data::Refers { file, level } => {
                let what = match file {
                    FileState::Blocked => "that was not let out before",
                    _ => "whose content was not seen",
                };
                write!(f, "a message of level {level} that refers to a file {what}")
            }
        }
    }
}

/// A type for people: the one that stands for all unnamed types of a category is shown as `category/*`.
struct TypeName<'a>(&'a DataType);

impl fmt::Display for TypeName<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.as_str().strip_suffix(NOBODY) {
            Some(start) => write!(f, "{start}*"),
            None => f.write_str(self.0.as_str()),
        }
    }
}

fn all_if<T: Copy, const N: usize>(all: bool, values: [T; N]) -> Vec<T> {
    if all { values.to_vec() } else { values[..1].to_vec() }
}

/// Prompts and uploads, what the clients report by themselves, and the kinds that rules name.
fn kinds(mentions: &Mentions) -> Vec<Kind> {
    let always = [Kind::Prompt, Kind::Upload, Kind::Telemetry, Kind::Other];
    let named = mentions.kinds.iter().copied().filter(|kind| !always.contains(kind));
    always.into_iter().chain(named).collect()
}

/// One value of each data type that is named, of each pattern, and as many as each volume rule wants; every level as a
/// label.
fn data(policies: &[&Policy], mentions: &Mentions) -> Vec<Data> {
    let categories = policies.iter().flat_map(|policy| policy.categories());
    let mut patterns: BTreeSet<String> = mentions
        .types
        .iter()
        .cloned()
        .chain(categories.map(|category| format!("{category}/*")))
        .collect();
    patterns.extend(columns(policies, &patterns));
    let mut data = vec![Data::Nothing];
    for pattern in patterns {
        let data_type = DataType::custom(example_of(&pattern, "unnamed/"));
        let volumes = policies.iter().flat_map(|policy| policy.volume_counts(&data_type));
        let counts: BTreeSet<u32> = volumes.chain(mentions.counts.iter().copied()).chain([1]).collect();
        for role in roles(mentions, &data_type) {
            data.extend(counts.iter().map(|count| Data::Found {
                data_type: data_type.clone(),
                count: *count,
                role,
            }));
        }
    }
    data.extend(Level::ALL[1..].iter().map(|level| Data::Labelled { level: *level }));
    data.extend(Level::ALL.iter().map(|level| Data::Unread { level: *level }));
    if mentions.files {
        let states = [FileState::Blocked, FileState::Unseen].into_iter();
        data.extend(states.flat_map(|file| Level::ALL.map(|level| Data::Refers { file, level })));
    }
    data
}

/// Columns of sheets, one for all that have the same levels and are named by the same patterns.
fn columns(policies: &[&Policy], patterns: &BTreeSet<String>) -> Vec<String> {
    let patterns: Vec<TypePattern> = patterns.iter().map(|pattern| TypePattern::new(pattern)).collect();
    let names: BTreeSet<&String> = policies
        .iter()
        .flat_map(|policy| policy.levels().columns.keys())
        .collect();
    let mut told_apart = BTreeSet::new();
    let mut columns = Vec::new();
    for name in names {
        let data_type = DataType::custom(name.clone());
        let levels: Vec<Level> = policies.iter().map(|policy| policy.levels().of(&data_type)).collect();
        let named: Vec<bool> = patterns.iter().map(|pattern| pattern.matches(&data_type)).collect();
        if told_apart.insert((levels, named)) {
            columns.push(name.clone());
        }
    }
    columns
}

/// No file; and where files matter, one of each type that is named, of another type and of none, in sizes on both sides of
/// what is named, and of none.
fn carried(mentions: &Mentions) -> Vec<Option<FileEntry>> {
    if mentions.file_types.is_empty() && mentions.file_sizes.is_empty() {
        return vec![None];
    }
    let types = if_named(&mentions.file_types);
    let around = mentions.file_sizes.iter().flat_map(|size| [*size, size + 1]);
    let sizes: Vec<Option<u64>> = std::iter::once(None).chain(around.map(Some)).collect();
    let file = |mime: &Option<String>, size: Option<u64>| FileEntry {
        name: None,
        mime: mime.clone(),
        size,
        state: FileState::Inline,
        event: None,
    };
    let files = types
        .iter()
        .flat_map(|mime| sizes.iter().map(move |size| Some(file(mime, *size))));
    std::iter::once(None).chain(files).collect()
}

/// The user's own text; text from elsewhere where that matters; and the sources that rules name, with one they do not.
fn roles(mentions: &Mentions, data_type: &DataType) -> BTreeSet<Role> {
    let mut roles = mentions.sources.clone();
    roles.insert(Role::Prompt);
    if mentions.whose_text == Some(data_type.category()) {
        roles.insert(Role::ToolResult);
    }
    let others = [Role::System, Role::History, Role::ToolResult, Role::Attachment];
    if !mentions.sources.is_empty() {
        roles.extend(others.into_iter().find(|role| !mentions.sources.contains(role)));
    }
    roles
}

/// A name that a pattern with `*` fits and nobody gives; `*` alone gets the prefix.
fn example_of(pattern: &str, prefix: &str) -> String {
    match pattern {
        "*" => format!("{prefix}{NOBODY}"),
        _ => pattern.replace('*', NOBODY),
    }
}

fn named_and_nobody(named: &BTreeSet<String>) -> Vec<Option<String>> {
    let examples: BTreeSet<String> = named.iter().map(|pattern| example_of(pattern, "")).collect();
    let nobody = (!examples.contains(NOBODY)).then(|| NOBODY.to_owned());
    examples.into_iter().chain(nobody).map(Some).chain([None]).collect()
}

/// A destination for each service and provider that is named, one for each different set of terms, and one that nobody
/// knows; each with every region and tier that matters.
fn destinations(catalogue: &Catalogue, mentions: &Mentions) -> Vec<Destination> {
    let named = mentions.services.iter().map(|id| match catalogue.service(id) {
        Some(service) => of_service(service),
        None => place(Some(id.clone()), None),
    });
    let by_provider = mentions.providers.iter().map(|id| place(None, Some(id.clone())));
    let by_host = mentions.hosts.iter().filter_map(|pattern| of_host(catalogue, pattern));
    let by_terms = mentions.terms.then(|| by_terms(catalogue)).into_iter().flatten();
    let mut places: Vec<Destination> = Vec::new();
    let places_named = named.chain(by_provider).chain(by_host).chain(by_terms);
    for destination in places_named.chain([place(None, None)]) {
        let same = |known: &Destination| {
            known.service == destination.service
                && known.provider == destination.provider
                && known.host == destination.host
        };
        if !places.iter().any(same) {
            places.push(destination);
        }
    }
    let tiers = all_if(mentions.tiers || mentions.terms, Tier::ALL);
    let (regions, models) = (if_named(&mentions.regions), if_named(&mentions.models));
    let mut all = Vec::new();
    for place in places {
        for tier in &tiers {
            let wheres = regions
                .iter()
                .flat_map(|region| models.iter().map(move |model| (region, model)));
            all.extend(wheres.map(|(region, model)| Destination {
                tier: *tier,
                region: region.clone(),
                model: model.clone(),
                ..place.clone()
            }));
        }
    }
    for target in &mentions.targets {
        if !all.contains(target) {
            all.push(target.clone());
        }
    }
    all
}

/// Nothing where nothing is named; else what is named, somebody else, and nothing.
fn if_named(named: &BTreeSet<String>) -> Vec<Option<String>> {
    match named.is_empty() {
        true => vec![None],
        false => named_and_nobody(named),
    }
}

/// One provider for each different set of terms over the tiers.
fn by_terms(catalogue: &Catalogue) -> Vec<Destination> {
    let mut seen: Vec<Vec<(Handling, Option<&str>)>> = Vec::new();
    let mut places = Vec::new();
    for service in catalogue.services() {
        let terms = |tier| {
            let terms = catalogue.terms(&service.provider, tier);
            let region = terms.and_then(|terms| terms.region.as_deref());
            (terms.map(Handling::from).unwrap_or_default(), region)
        };
        let terms: Vec<_> = Tier::ALL.into_iter().map(terms).collect();
        if !seen.contains(&terms) {
            seen.push(terms);
            places.push(of_service(service));
        }
    }
    places
}

fn of_service(service: &Service) -> Destination {
    let host = service
        .hosts
        .first()
        .map(|host| host.host.trim_start_matches("*.").to_owned());
    Destination {
        host: host.unwrap_or_default(),
        ..place(Some(service.service.clone()), Some(service.provider.clone()))
    }
}

/// The first service that has a host under the pattern, at that host.
fn of_host(catalogue: &Catalogue, pattern: &HostPattern) -> Option<Destination> {
    catalogue.services().iter().find_map(|service| {
        let names = service.hosts.iter().map(|host| host.host.trim_start_matches("*."));
        let host = names.into_iter().find(|name| pattern.covers_name(name))?;
        Some(Destination {
            host: host.to_owned(),
            ..of_service(service)
        })
    })
}

fn place(service: Option<String>, provider: Option<String>) -> Destination {
    Destination {
        host: String::new(),
        service,
        provider,
        tier: Tier::Unknown,
        region: None,
        model: None,
        target: None,
    }
}
