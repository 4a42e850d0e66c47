//! A rule of `data-classification`: conditions, action, mode.

use std::sync::Arc;

use weir_model::{
    Action, Channel, DataType, ExceptionTerms, FileState, Finding, Kind, Level, Mode, Role, Tier, Trust, glob,
};

use crate::chain::Case;
use crate::compile::Context;
use crate::decision::{Approval, Environment};
use crate::hours::Hours;
use crate::policy::{Volume, label_key};
use crate::report::{At, Report};
use crate::space::Mentions;
use crate::words;
use crate::yaml::Node;

/// One rule.
#[derive(Clone)]
pub(crate) struct Rule {
    /// As reasons name it.
    pub(crate) name: String,
    pub(crate) file: Arc<str>,
    pub(crate) line: u32,
    pub(crate) at: At,
    pub(crate) when: Conditions,
    pub(crate) action: Action,
    pub(crate) mode: Mode,
    pub(crate) reason: Option<String>,
    /// Its warning must be answered before the message goes.
    pub(crate) justify: bool,
    /// What an exception from it must be like; `None`: there is none.
    pub(crate) exception: Option<ExceptionTerms>,
}

/// When a rule fits. All conditions must hold; an empty list is no condition.
#[derive(Clone, Default, PartialEq, Eq)]
pub(crate) struct Conditions {
    pub(crate) levels: Vec<Level>,
    pub(crate) types: Vec<TypePattern>,
    pub(crate) channels: Vec<Channel>,
    pub(crate) kinds: Vec<Kind>,
    pub(crate) services: Vec<String>,
    pub(crate) providers: Vec<ProviderTerm>,
    pub(crate) tiers: Vec<Tier>,
    pub(crate) trust: Option<Trust>,
    pub(crate) regions: Vec<String>,
    pub(crate) environments: Vec<Environment>,
    pub(crate) users: Vec<String>,
    /// The users of the groups the rule names; nobody where a named group has none.
    pub(crate) members: Option<Vec<String>>,
    pub(crate) during: Option<Hours>,
    /// Not empty: the rule is for what is found in text of these, and for nothing else.
    pub(crate) sources: Vec<Role>,
    pub(crate) processes: Vec<String>,
    /// True: the rule is for messages that cannot be read, and for nothing else.
    pub(crate) unscannable: bool,
    /// Not empty: the rule is for messages that refer to files known so, and for nothing else.
    pub(crate) files: Vec<FileState>,
    /// Sensitivity labels by id or name, as they are looked up.
    pub(crate) labels: Vec<String>,
}

/// What `provider:` names.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum ProviderTerm {
    Approved,
    /// Not approved, which includes denied.
    Unapproved,
    Denied,
    Id(String),
}

/// A data type, `category/*`, any other prefix with a `*` at its end, or `*`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TypePattern(String);

/// What a rule is tried on.
pub(crate) enum Subject<'a> {
    Finding(&'a Finding),
    Volume(&'a Volume),
    /// The whole message, at this level.
    Whole(Level),
    Unscannable,
    /// A file of an earlier message that this one refers to.
    File(FileState),
}

impl TypePattern {
    pub(crate) fn new(text: &str) -> Self {
        Self(text.to_owned())
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    pub(crate) fn matches(&self, data_type: &DataType) -> bool {
        self.covers(data_type.as_str())
    }

    /// True when everything the other names is named by this.
    pub(crate) fn covers(&self, other: &str) -> bool {
        match self.0.strip_suffix('*') {
            Some(prefix) => other.starts_with(prefix),
            None => self.0 == other,
        }
    }

    /// How exact it is: exact types beat every pattern, longer patterns beat shorter ones.
    pub(crate) fn exactness(&self) -> (bool, usize) {
        (!self.0.ends_with('*'), self.0.len())
    }
}

impl Rule {
    /// Reads a rule of the right shape.
    pub(crate) fn read(node: &Node, numbered: &str, context: &Context<'_>, report: &mut Report) -> Self {
        let name = match node.get("id").and_then(Node::text) {
            Some(id) => format!("data-classification/{id}"),
            None => numbered.to_owned(),
        };
        let action = words::one(node, "action", words::action).unwrap_or(Action::Block);
        let when = Conditions::read(node, context, report);
        let without_text = match (when.unscannable, when.files.is_empty()) {
            (true, _) => Some("messages that cannot be read"),
            (false, false) => Some("files that left, or did not, with another message"),
            (false, true) => None,
        };
        if let Some(what) = without_text.filter(|_| action.edits()) {
            report
                .error(
                    node.at,
                    "contradiction",
                    format!("`{action}` needs text to edit, and this rule is for {what}"),
                )
                .help("use `allow`, `warn` or `block`");
        }
        if when.unscannable && !when.types.is_empty() {
            report.error(
                node.at,
                "contradiction",
                "nothing is found in messages that cannot be read: take `detector` out of this rule".to_owned(),
            );
        }
        check_ways_out(node, action, &when, report);
        Rule {
            name,
            file: report.file(node.at.file),
            line: node.at.line,
            at: node.at,
            when,
            action,
            mode: words::one(node, "mode", words::mode).unwrap_or_default(),
            reason: node.get("reason").and_then(Node::text).map(str::to_owned),
            justify: node.get("justify").and_then(Node::flag).unwrap_or(false),
            exception: node.get("exception").map(terms),
        }
    }

    /// True when this leave lets go what the rule holds back of this subject. What nobody has read, nobody can give leave
    /// for.
    pub(crate) fn is_excepted(&self, case: &Case<'_>, subject: &Subject<'_>) -> bool {
        let (Some(terms), Some(granted)) = (&self.exception, case.facts.exception) else {
            return false;
        };
        !matches!(subject, Subject::Unscannable | Subject::File(_))
            && granted.rules.contains(&self.name)
            && terms.are_met_by(granted)
            && case.policy.may_except(case.facts)
    }
}

/// What an exception must be like, with the narrowest where the pack does not say.
fn terms(node: &Node) -> ExceptionTerms {
    let whole = |key, default| node.get(key).and_then(Node::whole).unwrap_or(default);
    ExceptionTerms {
        approvers: u8::try_from(whole("approvers", 1)).unwrap_or(u8::MAX),
        most_hours: whole("most_hours", 24),
        most_uses: whole("most_uses", 1),
    }
}

/// Ways out that lead nowhere, or where nothing may go.
fn check_ways_out(node: &Node, action: Action, when: &Conditions, report: &mut Report) {
    let mut contradiction = |key: &str, text: &str, help: &str| {
        if let Some(at) = node.get(key) {
            report.error(at.at, "contradiction", text.to_owned()).help(help);
        }
    };
    if action != Action::Warn && node.get("justify").and_then(Node::flag) == Some(true) {
        let text = "`justify` is for warnings: nothing else waits for a word of the employee";
        contradiction("justify", text, "use `action: warn`");
    }
    if action != Action::Block {
        let text = "an exception is from a rule that blocks, and this one does not";
        contradiction("exception", text, "use `action: block`, or take `exception` out");
    }
    let is_unread = when.unscannable || !when.files.is_empty();
    if is_unread {
        let text = "nobody can give leave for what nobody has read";
        contradiction("exception", text, "take `exception` out of this rule");
    }
    let only_restricted = !when.levels.is_empty() && when.levels.iter().all(|level| *level == Level::Restricted);
    if only_restricted && when.trust != Some(Trust::Internal) {
        let text = "restricted data never goes to a third party, also not by exception";
        contradiction("exception", text, "take `exception` out of this rule");
    }
}

impl Conditions {
    fn read(node: &Node, context: &Context<'_>, report: &mut Report) -> Self {
        let mut types: Vec<TypePattern> = Vec::new();
        for key in ["detector", "data_type"] {
            for item in node.get(key).map(Node::items).unwrap_or_default() {
                types.extend(context.type_pattern(item, report));
            }
        }
        let categories = words::texts(node, "category");
        types.extend(
            categories
                .iter()
                .map(|category| TypePattern::new(&format!("{category}/*"))),
        );
        Self {
            levels: words::all(node, "level", words::level),
            types,
            channels: words::all(node, "channel", words::channel),
            kinds: words::all(node, "kind", words::kind),
            services: context.services(node.get("service"), report),
            providers: context.providers(node.get("provider"), report),
            tiers: words::all(node, "tier", words::tier),
            trust: words::one(node, "trust", words::trust),
            regions: words::texts(node, "region"),
            environments: words::all(node, "environment", words::environment),
            users: lower(words::texts(node, "user")),
            members: node.get("group").map(|groups| context.members(groups, report)),
            during: node.get("during").and_then(|hours| Hours::read(hours, report)),
            sources: words::all(node, "source", words::role),
            processes: lower(words::texts(node, "process")),
            unscannable: node.get("unscannable").and_then(Node::flag).unwrap_or(false),
            files: words::all(node, "file", words::file),
            labels: labels(node),
        }
    }

    /// True when the rule is for this subject of this message.
    pub(crate) fn fit(&self, case: &Case<'_>, subject: &Subject<'_>) -> bool {
        let facts = case.facts;
        let destination = facts.destination;
        self.fit_subject(case, subject)
            && self.is_for_channel(case)
            && (self.labels.is_empty() || facts.labels.iter().any(|label| self.labels.contains(label)))
            && any(&self.kinds, &facts.kind)
            && any(&self.tiers, &destination.tier)
            && any(&self.environments, &facts.environment)
            && self.trust.is_none_or(|trust| trust == case.trust)
            && any_text(&self.services, destination.service.as_deref())
            && any_text(&self.regions, destination.region.as_deref())
            && (self.providers.is_empty() || self.providers.iter().any(|term| term.fits(case)))
            && any_glob(&self.users, case.user.as_deref())
            && self
                .members
                .as_ref()
                .is_none_or(|members| is_member(members, case.user.as_deref()))
            && self.during.as_ref().is_none_or(|hours| hours.contain(facts.now))
            && any_process(&self.processes, case.process.as_deref())
    }

    /// Where the clipboard has a guard of its own, rules for messages are not for it unless they name it.
    fn is_for_channel(&self, case: &Case<'_>) -> bool {
        let channel = case.facts.channel;
        match self.channels.is_empty() {
            true => channel != Channel::Clipboard || !case.policy.guards_clipboard(),
            false => self.channels.contains(&channel),
        }
    }

    fn fit_subject(&self, case: &Case<'_>, subject: &Subject<'_>) -> bool {
        let (level, typed) = match subject {
            Subject::Finding(finding) => (
                finding.level,
                self.types.iter().any(|pattern| pattern.matches(&finding.data_type)),
            ),
            Subject::Volume(volume) => (
                volume.level,
                self.types.iter().any(|pattern| pattern.covers(volume.pattern.as_str())),
            ),
            Subject::Whole(level) => (*level, false),
            Subject::Unscannable | Subject::File(_) => (case.facts.level, false),
        };
        let file = match subject {
            Subject::File(state) => self.files.contains(state),
            _ => self.files.is_empty(),
        };
        let source = match subject {
            Subject::Finding(finding) => any(&self.sources, &finding.place.role),
            _ => self.sources.is_empty(),
        };
        self.unscannable == matches!(subject, Subject::Unscannable)
            && file
            && source
            && any(&self.levels, &level)
            && (self.types.is_empty() || typed)
    }

    /// What it looks at.
    pub(crate) fn mentions(&self, mentions: &mut Mentions) {
        mentions.channels |= !self.channels.is_empty();
        mentions.tiers |= !self.tiers.is_empty();
        mentions.files |= !self.files.is_empty();
        mentions.labels.extend(self.labels.iter().cloned());
        mentions.environments |= !self.environments.is_empty();
        mentions.kinds.extend(self.kinds.iter().copied());
        mentions
            .types
            .extend(self.types.iter().map(|pattern| pattern.as_str().to_owned()));
        mentions.services.extend(self.services.iter().cloned());
        mentions.regions.extend(self.regions.iter().cloned());
        mentions.users.extend(self.users.iter().cloned());
        mentions.users.extend(self.members.iter().flatten().cloned());
        mentions.hours.extend(self.during.iter().cloned());
        mentions.sources.extend(self.sources.iter().copied());
        mentions.processes.extend(self.processes.iter().cloned());
        for term in &self.providers {
            if let ProviderTerm::Id(id) = term {
                mentions.providers.insert(id.clone());
            }
        }
    }

    /// True when everything the other fits is fitted by this.
    pub(crate) fn covers(&self, other: &Conditions) -> bool {
        let types = self.types.is_empty()
            || (!other.types.is_empty()
                && other
                    .types
                    .iter()
                    .all(|theirs| self.types.iter().any(|ours| ours.covers(theirs.as_str()))));
        self.unscannable == other.unscannable
            && self.files.is_empty() == other.files.is_empty()
            && within(&other.files, &self.files)
            && within(&other.labels, &self.labels)
            && types
            && within(&other.levels, &self.levels)
            && within(&other.channels, &self.channels)
            && within(&other.kinds, &self.kinds)
            && within(&other.services, &self.services)
            && within(&other.providers, &self.providers)
            && within(&other.tiers, &self.tiers)
            && within(&other.regions, &self.regions)
            && within(&other.environments, &self.environments)
            && within(&other.users, &self.users)
            && (self.members.is_none() || self.members == other.members)
            && (self.during.is_none() || self.during == other.during)
            && within(&other.sources, &self.sources)
            && within(&other.processes, &self.processes)
            && (self.trust.is_none() || self.trust == other.trust)
    }
}

impl ProviderTerm {
    fn fits(&self, case: &Case<'_>) -> bool {
        match self {
            ProviderTerm::Approved => case.approval == Approval::Approved,
            ProviderTerm::Unapproved => case.approval != Approval::Approved,
            ProviderTerm::Denied => case.approval == Approval::Denied,
            ProviderTerm::Id(id) => case.facts.destination.provider.as_deref() == Some(id),
        }
    }
}

/// Sensitivity labels as they are looked up.
pub(crate) fn labels(node: &Node) -> Vec<String> {
    words::texts(node, "label")
        .iter()
        .map(|label| label_key(label))
        .collect()
}

fn lower(texts: Vec<String>) -> Vec<String> {
    texts.into_iter().map(|text| text.to_lowercase()).collect()
}

fn any<T: PartialEq>(wanted: &[T], value: &T) -> bool {
    wanted.is_empty() || wanted.contains(value)
}

fn any_text(wanted: &[String], value: Option<&str>) -> bool {
    wanted.is_empty() || value.is_some_and(|value| wanted.iter().any(|text| text.eq_ignore_ascii_case(value)))
}

fn any_glob(wanted: &[String], value: Option<&str>) -> bool {
    wanted.is_empty() || value.is_some_and(|value| wanted.iter().any(|pattern| glob(pattern, value)))
}

/// A user nobody can name is in no group.
fn is_member(members: &[String], user: Option<&str>) -> bool {
    user.is_some_and(|user| members.iter().any(|pattern| glob(pattern, user)))
}

/// Fits the whole path or the file name at its end.
fn any_process(wanted: &[String], value: Option<&str>) -> bool {
    let name = value.map(|path| path.rsplit(['/', '\\']).next().unwrap_or(path));
    any_glob(wanted, value) || any_glob(wanted, name)
}

fn within<T: PartialEq>(inner: &[T], outer: &[T]) -> bool {
    outer.is_empty() || (!inner.is_empty() && inner.iter().all(|value| outer.contains(value)))
}
