//! A compiled policy: what is in force. Made by [`compile`](crate::compile()), never changed.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use weir_model::catalogue::Inspect;
use weir_model::{
    Action, BundleRef, Channel, Closed, Confidence, DataType, Destination, ExceptionTerms, Finding, Fingerprint,
    HostPattern, Level, Mode, Tier, Timestamp, Trust, glob,
};

use crate::agreement::{self, Agreement, Known};
use crate::catalogue::Catalogue;
use crate::chain::{AnswerGuard, Buckets, Case, ChainMember, Draw, Lack, Member, Ruling};
use crate::decision::{
    Approval, Decision, Environment, Facts, HeaderEdits, OTHER_ACCOUNT, Obligation, Reason, Treatment, Why,
};
use crate::holds::Holds;
use crate::hosts::canonical;
use crate::routing::{Routing, Target};
use crate::rule::TypePattern;
use crate::space::Mentions;
use crate::stale::WhenStale;

/// The policy in force.
pub struct Policy {
    pub(crate) name: String,
    pub(crate) version: Option<String>,
    pub(crate) enabled: bool,
    pub(crate) levels: Levels,
    pub(crate) volumes: Vec<Volume>,
    /// Level by id or name of a sensitivity label, in lower case.
    pub(crate) labels: BTreeMap<String, Level>,
    pub(crate) marker: String,
    pub(crate) named: Named,
    /// Names the limits.
    pub(crate) limits: Option<String>,
    /// Names the detectors of the packs, with what they look for.
    pub(crate) detectors: String,
    /// Names the texts of the catalogue.
    pub(crate) catalogue_name: String,
    pub(crate) approvals: Approvals,
    pub(crate) targets: Vec<Target>,
    pub(crate) agreements: Vec<Agreement>,
    pub(crate) routing: Routing,
    pub(crate) chain: Vec<(ChainMember, Box<dyn Member>)>,
    pub(crate) catalogue: Catalogue,
    pub(crate) bundle: BundleRef,
    pub(crate) holds: Holds,
    pub(crate) when_stale: WhenStale,
}

/// What of a sender's own words a decision can depend on, in lower case: it may be recorded, since it stands in the packs.
#[derive(Clone, Debug, Default)]
pub(crate) struct Named {
    pub(crate) accounts: BTreeSet<String>,
    pub(crate) labels: BTreeSet<String>,
}

/// Which level each data type has under a policy.
#[derive(Clone, Debug, Default)]
pub struct Levels {
    pub(crate) patterns: Vec<(TypePattern, Level)>,
    /// Of the columns of classification sheets.
    pub(crate) columns: BTreeMap<String, Level>,
    pub(crate) low_confidence: Level,
}

/// Asks, beside all members, that nothing be sent to a destination that is closed.
fn closed() -> Reason {
    Reason {
        rule: "directive/closed".to_owned(),
        member: ChainMember::ProviderApproval,
        action: Action::Block,
        mode: Mode::Enforce,
        why: Why::Closed,
    }
}

/// Many different values of one kind, which together have a level of their own.
#[derive(Clone, Debug)]
pub(crate) struct Volume {
    pub(crate) pattern: TypePattern,
    pub(crate) at_least: u32,
    pub(crate) level: Level,
}

/// Which services may be used.
#[derive(Clone, Debug, Default)]
pub(crate) struct Approvals {
    pub(crate) default: Approval,
    pub(crate) entries: Vec<(String, ApprovalEntry)>,
}

#[derive(Clone, Debug)]
pub(crate) struct ApprovalEntry {
    pub(crate) status: Approval,
    /// Empty: all of them.
    pub(crate) environments: Vec<Environment>,
    /// Empty: everyone. Lower case, `*` for any letters.
    pub(crate) users: Vec<String>,
    pub(crate) reason: Option<String>,
}

impl Policy {
    /// How a connection is treated. Hosts that the catalogue does not name are tunnelled, and so are those that only
    /// matter for a tenant header, unless this policy sets one: decrypting them for nothing would be worse.
    #[must_use]
    pub fn treatment(&self, host: &str, port: u16) -> Treatment {
        let Some((service, pattern)) = self.catalogue.service_for(host, port) else {
            return Treatment::Tunnel;
        };
        match pattern.inspect {
            // No certificate can be made for it, and unread it must not go.
            Inspect::Body if !pattern.regions.is_empty() && self.catalogue.region(host, port).is_none() => {
                Treatment::Refuse {
                    reason: format!("{}: this region is not in the catalogue", service.name),
                }
            }
            Inspect::Body => Treatment::Intercept,
            Inspect::InjectOnly if self.sets_headers(host) => Treatment::Intercept,
            Inspect::InjectOnly | Inspect::Tunnel => Treatment::Tunnel,
            Inspect::AppControl => {
                let destination = self.catalogue.destination(host, port);
                let approval = self.approvals.status(&destination, None, None);
                match self
                    .chain
                    .iter()
                    .find_map(|(_, member)| member.refuses_unread(approval))
                {
                    Some(why) => Treatment::Refuse {
                        reason: format!("{}: {why}", service.name),
                    },
                    None if self.sets_headers(host) => Treatment::Intercept,
                    None => Treatment::Tunnel,
                }
            }
        }
    }

    /// True for a host that is not read and that a directive closes: it must not be tunnelled. A host that serves much beside
    /// AI, where the provider has none that is read, is closed by the provider's name alone.
    #[must_use]
    pub fn closes_unread(&self, host: &str, port: u16, closed: &Closed) -> bool {
        let Some((service, pattern)) = self.catalogue.service_for(host, port) else {
            return false;
        };
        let is_named = matches!(closed, Closed::Providers(_));
        pattern.inspect == Inspect::AppControl
            && closed.covers(Some(&service.provider))
            && (is_named || self.catalogue.reads_provider(&service.provider))
    }

    /// Whether a request to an intercepted host is to be judged. On hosts that carry other things than AI too, most are
    /// not, and on those that are decrypted for a tenant header none is: they go on as they come, and are not recorded.
    #[must_use]
    pub fn reads(&self, host: &str, port: u16, path: &str) -> bool {
        let listed = self.catalogue.service_for(host, port);
        listed.is_none_or(|(_, pattern)| pattern.inspect == Inspect::Body) && self.catalogue.reads(host, port, path)
    }

    /// The tenant headers that every request to this host leaves with, judged or not.
    #[must_use]
    pub fn header_edits(&self, host: &str) -> HeaderEdits {
        let host = canonical(host);
        let mut edits = HeaderEdits::default();
        for (_, member) in &self.chain {
            member.edit_headers(&host, &mut edits);
        }
        edits
    }

    fn sets_headers(&self, host: &str) -> bool {
        !self.header_edits(host).set.is_empty()
    }

    /// Patterns of the hosts that are intercepted, without ports, sorted, each once: for the PAC file. A more exact host
    /// of another treatment may lie inside a pattern (`auth.openai.com` inside `*.openai.com`), so [`Policy::treatment`]
    /// is asked all the same.
    #[must_use]
    pub fn intercepted_hosts(&self) -> Vec<String> {
        self.with_header_hosts(self.catalogue.patterns(Inspect::Body))
    }

    /// The same as narrow as it is known, with regions named one by one: for the name constraints of the CA.
    #[must_use]
    pub fn certified_hosts(&self) -> Vec<String> {
        self.with_header_hosts(self.catalogue.names(Inspect::Body))
    }

    fn with_header_hosts(&self, judged: impl Iterator<Item = String>) -> Vec<String> {
        let mut patterns: Vec<String> = judged.collect();
        let takers: Vec<&HostPattern> = self
            .chain
            .iter()
            .flat_map(|(_, member)| member.header_hosts())
            .collect();
        let undecrypted = [Inspect::InjectOnly, Inspect::AppControl];
        for listed in undecrypted.iter().flat_map(|inspect| self.catalogue.patterns(*inspect)) {
            patterns.extend(takers.iter().filter_map(|taker| overlap(&listed, taker)));
        }
        patterns.sort();
        patterns.dedup();
        patterns
    }

    /// The level of a data type. The most exact pattern of the pack wins. A match by shape alone does not raise the level
    /// above the pack's `low_confidence`, which is public unless the pack says otherwise.
    #[must_use]
    pub fn level_of(&self, data_type: &DataType, confidence: Confidence) -> Level {
        self.levels.of_match(data_type, confidence)
    }

    /// The same for all types, to take along.
    #[must_use]
    pub fn levels(&self) -> &Levels {
        &self.levels
    }

    /// The level of a message with these findings: the highest of theirs and of the volumes they reach.
    #[must_use]
    pub fn message_level(&self, findings: &[Finding]) -> Level {
        let single = findings.iter().map(|finding| finding.level).max().unwrap_or_default();
        self.volumes_reached(findings)
            .map(|volume| volume.level)
            .fold(single, Level::max)
    }

    /// The level that the pack gives a sensitivity label, by its id or its name, whatever the case.
    #[must_use]
    pub fn level_of_label(&self, label: &str) -> Option<Level> {
        self.labels.get(&label_key(label)).copied()
    }

    /// The level that the labels on a message give it.
    #[must_use]
    pub fn level_of_labels(&self, labels: &[String]) -> Level {
        let levels = labels.iter().filter_map(|label| self.level_of_label(label));
        levels.max().unwrap_or_default()
    }

    /// A label as decisions look at it, where one of this policy can depend on it by this id or name.
    #[must_use]
    pub fn named_label(&self, label: &str) -> Option<String> {
        Some(label_key(label)).filter(|key| self.named.labels.contains(key))
    }

    /// An account as decisions look at it: its id where the pack names it.
    #[must_use]
    pub fn named_account(&self, id: &str) -> &str {
        let named = self.named.accounts.get(&id.to_lowercase());
        named.map_or(OTHER_ACCOUNT, String::as_str)
    }

    /// The accounts that the pack names, in lower case.
    pub fn accounts(&self) -> impl Iterator<Item = &str> {
        self.named.accounts.iter().map(String::as_str)
    }

    /// The labels that the packs name otherwise than by an id: a record keeps those names only that its own policy knew.
    pub fn label_names(&self) -> impl Iterator<Item = String> {
        let is_id = |label: &&String| label.len() == 36 && label.bytes().all(|it| it.is_ascii_hexdigit() || it == b'-');
        self.named.labels.iter().filter(move |label| !is_id(label)).cloned()
    }

    /// A name for the detectors of the packs beside the built-in ones: two policies with the same name find the same in
    /// every text.
    #[must_use]
    pub fn detectors(&self) -> &str {
        &self.detectors
    }

    /// A name for the catalogue this was compiled with, over all its texts.
    #[must_use]
    pub fn catalogue_name(&self) -> &str {
        &self.catalogue_name
    }

    /// What stands where a value of this type was redacted: the pack's template with the type's name in capitals.
    #[must_use]
    pub fn marker(&self, data_type: &DataType) -> String {
        self.marker.replace("TYPE", &data_type.name().to_uppercase())
    }

    /// Whether the company lets this service be used. What is approved for some environments or users only is unapproved
    /// for all others; an entry for the service beats one for its provider.
    #[must_use]
    pub fn approval(&self, destination: &Destination, environment: Environment, user: Option<&str>) -> Approval {
        self.approvals.status(destination, Some(environment), user)
    }

    /// Who runs the destination. It is the company's own only when the pack has a target with `trust: internal` for this
    /// provider and none with another trust, and the catalogue does not know the provider as another company.
    #[must_use]
    pub fn trust(&self, destination: &Destination) -> Trust {
        let Some(provider) = destination.provider.as_deref() else {
            return Trust::ThirdParty;
        };
        let foreign = destination.tier != Tier::Local && self.catalogue.provider(provider).is_some();
        if let Some(target) = self.target_of(destination) {
            return if foreign { Trust::ThirdParty } else { target.trust };
        }
        let mut declared = self
            .targets
            .iter()
            .filter(|target| target.provider == provider)
            .peekable();
        let internal = declared.peek().is_some() && declared.all(|target| target.trust == Trust::Internal);
        if internal && !foreign {
            Trust::Internal
        } else {
            Trust::ThirdParty
        }
    }

    /// The target of a call through the gateway.
    pub(crate) fn target_of(&self, destination: &Destination) -> Option<&Target> {
        self.target(destination.target.as_deref()?)
    }

    /// What is known now of how a destination handles data: by agreement or catalogue, and for a target by what the pack says
    /// of it, and nothing else.
    pub(crate) fn known(&self, destination: &Destination, now: Timestamp) -> Known<'_> {
        if let Some(target) = self.target_of(destination) {
            return Known {
                handling: target.handling(now),
                region: target.region.as_deref(),
                ended: target.handling_ends.filter(|end| *end <= now),
            };
        }
        let Some(provider) = destination.provider.as_deref() else {
            return Known::default();
        };
        let terms = self.catalogue.terms(provider, destination.tier);
        agreement::known(&self.agreements, (provider, destination.tier), terms, now)
    }

    /// What the destination of these facts lacks of what the pack requires of it, enforced or not.
    pub(crate) fn lacks(&self, facts: &Facts<'_>) -> Vec<Lack> {
        let case = self.case(facts);
        self.chain.iter().flat_map(|(_, member)| member.lacks(&case)).collect()
    }

    /// Judges one message. The same facts always give the same decision.
    #[must_use]
    pub fn decide(&self, facts: &Facts<'_>) -> Decision {
        let case = self.case(facts);
        let mut ruling = Ruling::new(facts.findings);
        for (_, member) in self.chain.iter().filter(|(name, _)| self.is_asked(*name, facts)) {
            member.judge(&case, &mut ruling);
        }
        // What is copied is on its way to nobody yet.
        if facts.channel != Channel::Clipboard {
            if facts.closed.covers(facts.destination.provider.as_deref()) {
                ruling.ask(closed());
            }
            if let Some(reason) = self.when_stale.asks(facts) {
                ruling.ask(reason);
            }
        }
        self.settle(facts, ruling)
    }

    fn is_asked(&self, member: ChainMember, facts: &Facts<'_>) -> bool {
        facts.channel != Channel::Clipboard || !self.guards_clipboard() || member.is_for_copies()
    }

    /// True when a member asks the same of one message under both policies, each with its own view of the facts.
    pub(crate) fn member_asks_alike(&self, other: &Policy, member: ChainMember, facts: [&Facts<'_>; 2]) -> bool {
        let asked = |policy: &Policy, facts: &Facts<'_>| {
            let mut ruling = Ruling::new(facts.findings);
            let mut asked = policy.chain.iter().filter(|(name, _)| policy.is_asked(*name, facts));
            if let Some((_, judge)) = asked.find(|(name, _)| *name == member) {
                judge.judge(&policy.case(facts), &mut ruling);
            }
            ruling
        };
        let (one, other) = (asked(self, facts[0]), asked(other, facts[1]));
        one.action == other.action
            && one.monitored == other.monitored
            && one.per_finding == other.per_finding
            && one.headers == other.headers
    }

    /// What the chain says of the answer to a message, to be carried out when it comes.
    #[must_use]
    pub fn answer_guard(&self, facts: &Facts<'_>) -> AnswerGuard {
        let case = self.case(facts);
        let guard = self.chain.iter().find_map(|(_, member)| member.guard(&case));
        guard.unwrap_or_default()
    }

    /// What an exception must be like that lets this message go, and the rules it must be asked for; `None` where something
    /// is in the way that no exception takes away.
    #[must_use]
    pub fn exception_for(&self, decision: &Decision, facts: &Facts<'_>) -> Option<(BTreeSet<String>, ExceptionTerms)> {
        if decision.action != Action::Block || !self.may_except(facts) {
            return None;
        }
        let in_the_way = decision
            .reasons
            .iter()
            .filter(|reason| reason.mode == Mode::Enforce && reason.action == Action::Block);
        let mut rules = BTreeSet::new();
        let mut all: Option<ExceptionTerms> = None;
        for reason in in_the_way {
            let terms = self
                .chain
                .iter()
                .find(|(name, _)| *name == reason.member)?
                .1
                .exception(reason)?;
            all = Some(all.map_or(terms, |all| all.and(terms)));
            rules.insert(reason.rule.clone());
        }
        Some((rules, all?))
    }

    /// Restricted data never goes to a third party, whoever gives leave.
    pub(crate) fn may_except(&self, facts: &Facts<'_>) -> bool {
        facts.level < Level::Restricted || self.trust(facts.destination) == Trust::Internal
    }

    /// Which limits a message is over, and what it takes from the buckets. What [`Facts::over`] holds does not count.
    #[must_use]
    pub fn draw(&self, facts: &Facts<'_>, buckets: &Buckets) -> Draw {
        let case = self.case(facts);
        let mut draw = Draw::default();
        for (_, member) in &self.chain {
            member.draw(&case, buckets, &mut draw);
        }
        draw
    }

    /// True when what is copied is the business of `clipboard-guard`.
    #[must_use]
    pub fn guards_clipboard(&self) -> bool {
        self.chain.iter().any(|(name, _)| *name == ChainMember::ClipboardGuard)
    }

    /// What the members do that shows in no single decision: two policies with the same words do the same.
    pub(crate) fn beyond_decisions(&self) -> String {
        let members = self.chain.iter().map(|(_, member)| member.beyond_decisions());
        members.filter(|words| !words.is_empty()).collect::<Vec<_>>().join("\n")
    }

    /// A name for the limits of this policy, where it has any: two policies with the same name count alike.
    #[must_use]
    pub fn limits(&self) -> Option<&str> {
        self.limits.as_deref()
    }

    fn case<'a>(&'a self, facts: &'a Facts<'a>) -> Case<'a> {
        Case {
            facts,
            policy: self,
            approval: self.approval(facts.destination, facts.environment, facts.user),
            trust: self.trust(facts.destination),
            user: facts.user.map(str::to_lowercase),
            process: facts.process.map(str::to_lowercase),
        }
    }

    /// Which messages wait for the employee.
    #[must_use]
    pub fn holds(&self) -> &Holds {
        &self.holds
    }

    /// What holds when nobody says for long that this policy is the newest.
    #[must_use]
    pub fn when_stale(&self) -> &WhenStale {
        &self.when_stale
    }

    /// The packs in force.
    #[must_use]
    pub fn bundle(&self) -> &BundleRef {
        &self.bundle
    }

    /// The same policy under the number a server gave its bundle.
    #[must_use]
    pub fn numbered(mut self, number: u64) -> Self {
        self.bundle.number = number;
        self
    }

    /// Name of the pack.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Version of the pack, where it has one.
    #[must_use]
    pub fn version(&self) -> Option<&str> {
        self.version.as_deref()
    }

    /// False when the pack is switched off: it must then not be put in force.
    #[must_use]
    pub fn enabled(&self) -> bool {
        self.enabled
    }

    /// The members that judge, in order.
    pub fn chain(&self) -> impl Iterator<Item = ChainMember> {
        self.chain.iter().map(|(member, _)| *member)
    }

    /// The catalogue it was compiled with.
    #[must_use]
    pub fn catalogue(&self) -> &Catalogue {
        &self.catalogue
    }

    /// A reason of a decision on these facts, for people; names data types, never values.
    #[must_use]
    pub fn text(&self, reason: &Reason, facts: &Facts<'_>) -> String {
        if reason.why == Why::NotEditable {
            return "this message would have to be changed, and messages of this kind cannot be".to_owned();
        }
        if reason.why == Why::NoTarget {
            return "none of the targets may take this call".to_owned();
        }
        if reason.why == Why::Closed {
            return format!("the administrators have closed {}", self.case(facts).destination());
        }
        if reason.why == Why::Stale {
            return "this laptop has not heard from its server for too long to know that its policy is the newest"
                .to_owned();
        }
        let member = self.chain.iter().find(|(member, _)| *member == reason.member);
        member.map_or_else(String::new, |(_, member)| member.text(reason, &self.case(facts)))
    }

    /// The decision on these facts in words: what happens, why, and where the rules stand.
    #[must_use]
    pub fn explain(&self, decision: &Decision, facts: &Facts<'_>) -> String {
        let mut text = match decision.main_reason() {
            Some(reason) => format!("{}: {}\n", decision.action, self.text(reason, facts)),
            None => format!("{}: no rule asked for anything\n", decision.action),
        };
        if let Some(monitored) = decision.monitored {
            text.push_str(&format!("rules that only watch would have said: {monitored}\n"));
        }
        for reason in &decision.reasons {
            let place = self
                .place_of(&reason.rule)
                .map(|(file, line)| format!(" at {file}:{line}"))
                .unwrap_or_default();
            let watched = match reason.mode {
                Mode::Enforce => "",
                Mode::Monitor | Mode::Tip | Mode::Off => ", only watching",
            };
            text.push_str(&format!(
                "  {} ({}{watched}){place}: {}\n",
                reason.rule,
                reason.action,
                self.text(reason, facts)
            ));
        }
        for (name, value) in &decision.headers.set {
            text.push_str(&format!("  header {name}: {value}\n"));
        }
        text
    }

    /// File and line of a rule that a reason names; `None` for rules without a place in a pack.
    #[must_use]
    pub fn place_of(&self, rule: &str) -> Option<(String, u32)> {
        let places = self.chain.iter().flat_map(|(_, member)| member.places());
        places
            .into_iter()
            .find(|place| place.rule == rule)
            .map(|place| (place.file, place.line))
    }

    /// Names of the services and providers approved for this user here, for people.
    pub(crate) fn approved_names(&self, facts: &Facts<'_>) -> Vec<&str> {
        let approved = |entry: &ApprovalEntry| {
            entry.status == Approval::Approved && entry.is_for(Some(facts.environment), facts.user)
        };
        let entries = self.approvals.entries.iter().filter(|(_, entry)| approved(entry));
        entries.map(|(id, _)| self.name_of(id)).collect()
    }

    /// The reason an administrator gave for the status of this destination.
    pub(crate) fn approval_reason(&self, facts: &Facts<'_>) -> Option<&str> {
        self.reason_of_approval(facts.destination)
    }

    /// Why a destination was approved or forbidden, where the pack says it.
    pub(crate) fn reason_of_approval(&self, destination: &Destination) -> Option<&str> {
        self.approvals.entry(destination)?.reason.as_deref()
    }

    /// When the first agreement ends that counts for a destination now.
    pub(crate) fn agreed_until(&self, destination: &Destination, now: Timestamp) -> Option<Timestamp> {
        let provider = destination.provider.as_deref()?;
        agreement::next_end(&self.agreements, (provider, destination.tier), now)
    }

    /// Volume rules that these findings reach. A value counts once, however often and wherever it stands; where values
    /// cannot be told apart, every occurrence counts.
    pub(crate) fn volumes_reached(&self, findings: &[Finding]) -> impl Iterator<Item = &Volume> {
        self.volumes
            .iter()
            .filter(|volume| volume.count(findings) >= u64::from(volume.at_least))
    }

    /// A destination for people, as it stands in this environment: `ChatGPT (OpenAI, not approved)`.
    pub(crate) fn name_of_destination(&self, destination: &Destination, environment: Environment) -> String {
        self.name_with(destination, self.approval(destination, environment, None))
    }

    pub(crate) fn name_with(&self, destination: &Destination, approval: Approval) -> String {
        let service = destination.service.as_deref();
        let name = service.map_or(&*destination.host, |id| {
            self.catalogue.service(id).map_or(id, |service| &*service.name)
        });
        let provider = destination.provider.as_deref();
        let provider = provider.map(|id| self.catalogue.provider(id).map_or(id, |provider| &*provider.name));
        let approval = match approval {
            Approval::Approved => "approved",
            Approval::Unapproved => "not approved",
            Approval::Denied => "forbidden",
        };
        match provider.filter(|provider| *provider != name) {
            Some(provider) if name.is_empty() => format!("{provider} ({approval})"),
            None if name.is_empty() => format!("any other service ({approval})"),
            Some(provider) => format!("{name} ({provider}, {approval})"),
            None => format!("{name} ({approval})"),
        }
    }

    /// Everything a decision of this policy looks at.
    pub(crate) fn mentions(&self, mentions: &mut Mentions) {
        let types = self.levels.patterns.iter().map(|(pattern, _)| pattern);
        let volumes = self.volumes.iter().map(|volume| &volume.pattern);
        mentions
            .types
            .extend(types.chain(volumes).map(|pattern| pattern.as_str().to_owned()));
        for (id, entry) in &self.approvals.entries {
            match self.catalogue.service(id) {
                Some(service) => mentions.services.insert(service.service.clone()),
                None => mentions.providers.insert(id.clone()),
            };
            mentions.environments |= !entry.environments.is_empty();
            mentions.users.extend(entry.users.iter().cloned());
        }
        for target in &self.targets {
            mentions.providers.insert(target.provider.clone());
            mentions.targets.push(target.destination(&self.catalogue, None));
            // Whose models they are depends on where they run.
            mentions.tiers |= target.trust == Trust::Internal;
        }
        for (_, member) in &self.chain {
            member.mentions(mentions);
        }
        if mentions.terms {
            self.mention_terms(mentions);
        }
    }

    /// Agreements matter where a member looks at terms.
    fn mention_terms(&self, mentions: &mut Mentions) {
        let providers = self.agreements.iter().map(|agreement| agreement.provider.clone());
        mentions.providers.extend(providers);
        mentions.ends.extend(agreement::ends(&self.agreements));
        mentions
            .ends
            .extend(self.targets.iter().filter_map(|target| target.handling_ends));
    }

    /// The categories that have a level though no pack says so.
    pub(crate) fn categories(&self) -> impl Iterator<Item = &'static str> {
        Levels::CATEGORIES.into_iter().map(|(category, _)| category)
    }

    /// How many values of this type volume rules ask for.
    pub(crate) fn volume_counts(&self, data_type: &DataType) -> impl Iterator<Item = u32> {
        let fitting = self.volumes.iter().filter(|volume| volume.pattern.matches(data_type));
        fitting.map(|volume| volume.at_least)
    }

    fn name_of<'a>(&'a self, id: &'a str) -> &'a str {
        let provider = self.catalogue.provider(id).map(|provider| &*provider.name);
        provider
            .or_else(|| self.catalogue.service(id).map(|service| &*service.name))
            .unwrap_or(id)
    }

    /// Draws the members' answers together.
    pub(crate) fn settle(&self, facts: &Facts<'_>, mut ruling: Ruling) -> Decision {
        let strictest = ruling.per_finding.iter().copied().max().unwrap_or_default();
        ruling.action = ruling.action.max(strictest);
        if ruling.action.edits() && !facts.editable {
            ruling.ask(Reason {
                rule: "data-classification/not-editable".to_owned(),
                member: ChainMember::DataClassification,
                action: Action::Block,
                mode: Mode::Enforce,
                why: Why::NotEditable,
            });
        }
        let mut obligations = vec![Obligation::Record {
            retention_days: ruling.retention_days,
        }];
        if ruling.tell {
            obligations.push(Obligation::Tell);
        }
        if ruling.justify {
            obligations.push(Obligation::Justify);
        }
        Decision {
            action: ruling.action,
            monitored: (ruling.monitored > ruling.action).then_some(ruling.monitored),
            per_finding: ruling.per_finding,
            reasons: ruling.reasons,
            obligations,
            headers: ruling.headers,
            bundle: self.bundle.clone(),
        }
    }
}

/// The pattern of the hosts that both stand for: the narrower of the two, if one lies in the other.
fn overlap(listed: &str, taker: &HostPattern) -> Option<String> {
    let listed_pattern = HostPattern::parse(listed).ok()?;
    let is_wide = |pattern: &HostPattern| pattern.includes_below() || pattern.has_star();
    if taker.covers_name(&listed_pattern.name()) && (taker.includes_below() || !is_wide(&listed_pattern)) {
        return Some(listed.to_owned());
    }
    (listed_pattern.covers_name(&taker.name())).then(|| match taker.includes_below() {
        true => format!("*.{}", taker.name()),
        false => taker.name(),
    })
}

/// How a label is looked up: tools write ids in either case, and some in braces.
pub(crate) fn label_key(label: &str) -> String {
    label
        .trim()
        .trim_start_matches('{')
        .trim_end_matches('}')
        .to_lowercase()
}

impl fmt::Debug for Policy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Policy")
            .field("name", &self.name)
            .field("bundle", &self.bundle)
            .finish_non_exhaustive()
    }
}

impl Levels {
    /// Levels of categories that no pack mentions. What nobody classified is confidential: it is not sent in the clear.
    const CATEGORIES: [(&'static str, Level); 7] = [
        ("security", Level::Restricted),
        ("financial", Level::Restricted),
        ("governmental", Level::Restricted),
        ("medical", Level::Restricted),
        ("personal", Level::Confidential),
        ("business", Level::Confidential),
        ("hostile", Level::Internal),
    ];

    /// As [`Policy::level_of`].
    #[must_use]
    pub fn of_match(&self, data_type: &DataType, confidence: Confidence) -> Level {
        let level = self.of(data_type);
        match confidence {
            Confidence::Low => level.min(self.low_confidence),
            Confidence::Medium | Confidence::High => level,
        }
    }

    pub(crate) fn of(&self, data_type: &DataType) -> Level {
        let fitting = self.patterns.iter().filter(|(pattern, _)| pattern.matches(data_type));
        let fitting = fitting.max_by_key(|(pattern, _)| pattern.exactness());
        // A sheet says it of this very type; so may the pack, whose word counts more.
        let of_sheet = || {
            self.columns
                .get(data_type.as_str())
                .map(|level| (data_type.as_str(), level))
        };
        let fitting = match fitting.map(|(pattern, level)| (pattern.as_str(), level)) {
            Some((pattern, level)) if pattern == data_type.as_str() => Some((pattern, level)),
            other => of_sheet().or(other),
        };
        match fitting {
            Some((_, level)) => *level,
            None => Self::of_category(data_type.category()),
        }
    }

    /// The level of a category that no pack mentions.
    pub(crate) fn of_category(category: &str) -> Level {
        let known = Self::CATEGORIES.iter().find(|(name, _)| *name == category);
        known.map_or(Level::Confidential, |(_, level)| *level)
    }

    /// The highest level any type under a pattern can have.
    pub(crate) fn highest_under(&self, pattern: &TypePattern) -> Level {
        let named = self
            .patterns
            .iter()
            .filter(|(known, _)| pattern.covers(known.as_str()))
            .map(|(_, level)| *level);
        let columns = self.columns.keys().filter(|name| pattern.covers(name));
        let columns = columns.map(|name| self.of(&DataType::custom(name.clone())));
        let itself = self.of(&DataType::custom(pattern.as_str().to_owned()));
        named.chain(columns).fold(itself, Level::max)
    }
}

impl Volume {
    fn count(&self, findings: &[Finding]) -> u64 {
        let mut values: Vec<&Fingerprint> = Vec::new();
        let mut others = 0;
        for finding in findings
            .iter()
            .filter(|finding| self.pattern.matches(&finding.data_type))
        {
            match &finding.fingerprint {
                Some(fingerprint) => values.push(fingerprint),
                None => others += u64::from(finding.count),
            }
        }
        values.sort_unstable();
        values.dedup();
        others + values.len() as u64
    }
}

impl Approvals {
    /// Without an environment, an entry for some environments only does not apply.
    fn status(&self, destination: &Destination, environment: Option<Environment>, user: Option<&str>) -> Approval {
        match self.entry(destination) {
            Some(entry) if entry.is_for(environment, user) => entry.status,
            Some(entry) if entry.status == Approval::Approved => self.default.max_strict(Approval::Unapproved),
            Some(_) | None => self.default,
        }
    }

    fn entry(&self, destination: &Destination) -> Option<&ApprovalEntry> {
        let find = |id: &Option<String>| {
            let id = id.as_deref()?;
            self.entries.iter().find(|(name, _)| name == id).map(|(_, entry)| entry)
        };
        find(&destination.service).or_else(|| find(&destination.provider))
    }
}

impl ApprovalEntry {
    fn is_for(&self, environment: Option<Environment>, user: Option<&str>) -> bool {
        let environment = self.environments.is_empty() || environment.is_some_and(|it| self.environments.contains(&it));
        let user = self.users.is_empty()
            || user.is_some_and(|user| {
                let user = user.to_lowercase();
                self.users.iter().any(|pattern| glob(pattern, &user))
            });
        environment && user
    }
}

impl Approval {
    fn max_strict(self, other: Self) -> Self {
        let strictness = |status: Self| match status {
            Approval::Approved => 0,
            Approval::Unapproved => 1,
            Approval::Denied => 2,
        };
        if strictness(self) >= strictness(other) {
            self
        } else {
            other
        }
    }
}
