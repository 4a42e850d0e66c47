//! Tests inside packs. They are read here and run by whoever can judge text: this crate never sees any.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use weir_model::{
    Action, Channel, Closed, Confidence, DataType, Destination, FileEntry, FileState, Finding, Kind, Level, Place,
    Role, Tier, Timestamp,
};

use crate::catalogue::Catalogue;
use crate::chain::{AnswerAction, Buckets, MEGABYTE, answer_action};
use crate::decision::{Environment, Facts};
use crate::hours;
use crate::policy::{Policy, label_key};
use crate::words;
use crate::yaml::Node;

/// One entry of `tests:`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PackTest {
    /// What must hold.
    pub name: String,
    /// The file it stands in.
    pub file: String,
    /// The line it begins at.
    pub line: u32,
    /// The message.
    pub given: Given,
    /// What must come out.
    pub expect: Expectation,
}

/// The message of a test. Its text is the pack writer's own and stands in the pack.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Given {
    /// How it leaves; default `browser`.
    pub channel: Channel,
    /// What it does; default `prompt`.
    pub kind: Kind,
    /// Service, by id or by the name people know.
    pub service: Option<String>,
    /// Provider id, where no service is named.
    pub provider: Option<String>,
    /// Host name; default the service's first.
    pub host: Option<String>,
    /// Account tier; default unknown.
    pub tier: Tier,
    /// Region seen on the wire.
    pub region: Option<String>,
    /// Model named in the request.
    pub model: Option<String>,
    /// Default `production`.
    pub environment: Environment,
    /// The prompt; `${example:security/openai_key}` is kept as written, for the runner to fill in.
    pub text: String,
    /// Values found in it beside those in the text: how many different ones of each type.
    pub values: BTreeMap<DataType, u32>,
    /// Whose text it is.
    pub source: Role,
    /// The level the message has apart from what is found in it.
    pub level: Option<Level>,
    /// When.
    pub at: Timestamp,
    /// Who sends it.
    pub user: Option<String>,
    /// Which program sends it.
    pub process: Option<String>,
    /// Id of the account or tenant it is sent with.
    pub account: Option<String>,
    /// It sends nothing with its question.
    pub only_asks: bool,
    /// Part of it cannot be read.
    pub unscannable: bool,
    /// It refers to a file of an earlier message: `blocked` or `unseen`.
    pub file: Option<FileState>,
    /// Files it carries.
    pub files: Vec<FileEntry>,
    /// Sensitivity labels on what it carries, as they are looked up.
    pub labels: Vec<String>,
    /// Messages like this one that were sent at the same moment.
    pub sent_before: u32,
    /// Rules of the limits that it is over then: see [`Given::count`].
    pub over: Vec<String>,
    /// Nobody has said for longer than the grace that the policy is the newest.
    pub stale: bool,
    /// The answer to it, as [`Given::text`].
    pub answer: Option<String>,
    /// Default true.
    pub editable: bool,
}

/// What must come out of a test; what is absent is not checked.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Expectation {
    /// The action taken.
    pub action: Option<Action>,
    /// The level of the message.
    pub level: Option<Level>,
    /// What rules that only watch would have done.
    pub monitored: Option<Action>,
    /// The rule that gave the action.
    pub rule: Option<String>,
    /// What happens to the answer.
    pub answer: Option<AnswerAction>,
    /// All tenant headers it leaves with.
    pub headers: Option<BTreeMap<String, String>>,
}

impl Given {
    /// The findings that [`Given::values`] stand for.
    #[must_use]
    pub fn told_findings(&self, policy: &Policy) -> Vec<Finding> {
        let finding = |(data_type, count): (&DataType, &u32)| Finding {
            data_type: data_type.clone(),
            level: policy.level_of(data_type, Confidence::High),
            confidence: Confidence::High,
            place: Place {
                role: self.source,
                locator: None,
                segment: 0,
            },
            count: *count,
            // Without a fingerprint every occurrence counts as a value of its own.
            fingerprint: None,
            repeated: false,
        };
        self.values.iter().map(finding).collect()
    }

    /// The same message, over the limits of this policy that it is over when as many went before.
    #[must_use]
    pub fn count(&self, policy: &Policy) -> Self {
        let destination = self.destination(policy.catalogue());
        let facts = self.facts(&destination, &[], Level::Public);
        let mut buckets = Buckets::default();
        for _ in 0..self.sent_before {
            let draw = policy.draw(&facts, &buckets);
            let Some(after) = buckets.after(&buckets, &draw) else {
                break;
            };
            buckets = after;
        }
        Self {
            over: policy.draw(&facts, &buckets).over,
            ..self.clone()
        }
    }

    /// The facts of a decision on a message like this.
    #[must_use]
    pub fn facts<'a>(&'a self, destination: &'a Destination, findings: &'a [Finding], level: Level) -> Facts<'a> {
        Facts {
            channel: self.channel,
            kind: self.kind,
            destination,
            findings,
            level,
            unscannable: self.unscannable,
            file: self.file,
            files: &self.files,
            editable: self.editable,
            only_asks: self.only_asks,
            account: self.account.as_deref(),
            labels: &self.labels,
            over: &self.over,
            user: self.user.as_deref(),
            process: self.process.as_deref(),
            environment: self.environment,
            closed: Closed::NOTHING,
            stale: self.stale,
            exception: None,
            now: self.at,
        }
    }

    /// The destination the test names. A service that the catalogue does not know is kept as an unknown one.
    #[must_use]
    pub fn destination(&self, catalogue: &Catalogue) -> Destination {
        let service = self.service.as_deref().and_then(|name| catalogue.service(name));
        let first_host = service.and_then(|service| service.hosts.first());
        let host = first_host.map(|host| host.host.trim_start_matches("*.").to_owned());
        Destination {
            host: self.host.clone().or(host).unwrap_or_default(),
            service: service
                .map(|service| service.service.clone())
                .or_else(|| self.service.clone()),
            provider: self
                .provider
                .clone()
                .or_else(|| service.map(|service| service.provider.clone())),
            tier: self.tier,
            region: self.region.clone(),
            model: self.model.clone(),
            target: None,
        }
    }
}

/// Reads the `tests` of one pack; shapes are checked already.
pub(crate) fn read(pack: &Node, file: &str) -> Vec<PackTest> {
    let tests = pack.get("tests").map(Node::items).unwrap_or_default();
    tests.iter().filter_map(|node| read_one(node, file)).collect()
}

fn read_one(node: &Node, file: &str) -> Option<PackTest> {
    let expect = node.get("expect")?;
    Some(PackTest {
        name: text(node, "name")?,
        file: file.to_owned(),
        line: node.at.line,
        given: node.get("given").map(read_given).unwrap_or_default(),
        expect: Expectation {
            action: words::one(expect, "action", words::action),
            level: words::one(expect, "level", words::level),
            monitored: words::one(expect, "monitored", words::action),
            rule: text(expect, "rule"),
            answer: words::one(expect, "answer", answer_action),
            headers: expect.get("headers").map(read_headers),
        },
    })
}

fn read_given(node: &Node) -> Given {
    let flag = |key: &str| node.get(key).and_then(Node::flag);
    let default = Given::default();
    Given {
        channel: words::one(node, "channel", words::channel).unwrap_or(default.channel),
        kind: words::one(node, "kind", words::kind).unwrap_or(default.kind),
        service: text(node, "service"),
        provider: text(node, "provider"),
        host: text(node, "host"),
        tier: words::one(node, "tier", words::tier).unwrap_or_default(),
        region: text(node, "region"),
        model: text(node, "model"),
        environment: words::one(node, "environment", words::environment).unwrap_or_default(),
        text: text(node, "text").unwrap_or_default(),
        values: node.get("values").map(read_values).unwrap_or_default(),
        source: words::one(node, "source", words::role).unwrap_or(default.source),
        level: words::one(node, "level", words::level),
        at: text(node, "at").and_then(|at| hours::moment(&at)).unwrap_or_default(),
        user: text(node, "user"),
        process: text(node, "process"),
        account: node.get("account").and_then(Node::word),
        only_asks: flag("only_asks").unwrap_or(false),
        unscannable: flag("unscannable").unwrap_or(false),
        file: words::one(node, "file", words::file),
        files: node.get("files").map(read_files).unwrap_or_default(),
        labels: words::texts(node, "labels")
            .iter()
            .map(|label| label_key(label))
            .collect(),
        sent_before: node.get("sent_before").and_then(Node::whole).unwrap_or(0),
        over: Vec::new(),
        stale: flag("stale").unwrap_or(false),
        answer: text(node, "answer"),
        editable: flag("editable").unwrap_or(true),
    }
}

fn read_files(node: &Node) -> Vec<FileEntry> {
    let file = |node: &Node| FileEntry {
        name: text(node, "name"),
        mime: text(node, "type"),
        size: node
            .get("megabytes")
            .and_then(Node::whole)
            .map(|size| u64::from(size) * MEGABYTE),
        state: FileState::Inline,
        event: None,
    };
    node.items().iter().map(file).collect()
}

fn read_values(node: &Node) -> BTreeMap<DataType, u32> {
    let entries = node.entries().iter();
    entries
        .filter_map(|(name, count)| Some((DataType::custom(name.text.clone()), count.whole()?)))
        .collect()
}

fn read_headers(node: &Node) -> BTreeMap<String, String> {
    let entries = node.entries().iter();
    entries
        .filter_map(|(name, value)| Some((name.text.clone(), value.text()?.to_owned())))
        .collect()
}

impl Default for Given {
    fn default() -> Self {
        Self {
            channel: Channel::Browser,
            kind: Kind::Prompt,
            service: None,
            provider: None,
            host: None,
            tier: Tier::default(),
            region: None,
            model: None,
            environment: Environment::default(),
            text: String::new(),
            values: BTreeMap::new(),
            source: Role::Prompt,
            level: None,
            at: Timestamp::default(),
            user: None,
            process: None,
            account: None,
            only_asks: false,
            unscannable: false,
            file: None,
            files: Vec::new(),
            labels: Vec::new(),
            sent_before: 0,
            over: Vec::new(),
            stale: false,
            answer: None,
            editable: true,
        }
    }
}

fn text(node: &Node, key: &str) -> Option<String> {
    node.get(key).and_then(Node::text).map(str::to_owned)
}
