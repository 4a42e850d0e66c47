//! What went where, under which policy and terms, and why: counted, without naming anybody.

use super::judged::{Fate, Judged};
use super::once::Once;
use super::table::Recorded;
use crate::journal::{Actor, Deed, Entry, Purpose};
use crate::register::{self, Obligation, ObligationsWanted, PromiseKind};
use crate::repo::{Repo, RepoError};
use serde::Serialize;
use std::collections::BTreeMap;
use utoipa::ToSchema;
use weir_audit::Kind;
use weir_model::{Action, Channel, Level, Tier, Timestamp};

/// What went where. Times are milliseconds since 1970.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct Flows {
    /// Not before, by the devices' clocks.
    pub since: i64,
    /// Before.
    pub until: i64,
    /// Messages that were alike, the most frequent first.
    pub flows: Vec<Flow>,
    /// Messages of flows that are not listed: there are more than ten thousand.
    pub not_listed: u64,
    /// Decisions that could not be read, of newer devices.
    pub unread: u64,
    /// What the providers had promised, at any time between.
    pub terms: Vec<Term>,
}

/// Messages that were alike.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Flow {
    /// How it left, or was to.
    #[schema(value_type = String)]
    pub channel: Channel,
    /// The service of the catalogue, or the host.
    pub service: String,
    /// Whose service it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub provider: Option<String>,
    /// The kind of account.
    #[schema(value_type = String)]
    pub tier: Tier,
    /// Through the gateway, the pack's target.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// Its level.
    #[schema(value_type = String)]
    pub level: Level,
    /// What policy decided.
    #[schema(value_type = String)]
    pub action: Action,
    /// The rule that asked for that, with its member of the chain; absent where none did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// Number of the bundle that decided.
    pub bundle: u64,
    /// Messages that left as they were.
    pub sent: u64,
    /// That left with values taken out or replaced.
    pub rewritten: u64,
    /// That did not leave.
    pub kept: u64,
    /// Of the oldest.
    pub first: i64,
    /// Of the newest.
    pub last: i64,
}

impl Flow {
    /// All of them.
    #[must_use]
    pub const fn messages(&self) -> u64 {
        self.sent + self.rewritten + self.kept
    }
}

/// What a provider had promised.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Term {
    /// Who.
    pub provider: String,
    /// Kinds of account it is for; empty for all.
    #[schema(value_type = Vec<String>)]
    pub tiers: Vec<Tier>,
    /// What, in a word.
    pub promise: PromiseKind,
    /// Days or hours, where the promise has some.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number: Option<u32>,
    /// Where data is processed; empty where that is not promised.
    pub place: String,
    /// What shows it.
    pub document: String,
    /// SHA-256 of that document, hex.
    pub digest: String,
    /// The last day on which it counts.
    pub until: String,
    /// When it was entered.
    pub entered: i64,
    /// When it was taken out before its day.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ended: Option<i64>,
}

type Alike = (
    Channel,
    String,
    Option<String>,
    Tier,
    Option<String>,
    Level,
    Action,
    Option<String>,
    u64,
);

/// Flows that are told apart.
const MOST: usize = 10_000;
/// Promises that are looked through.
const TERMS: u32 = 10_000;

/// Counts what went where. It is entered in the journal, with the purpose; no record is shown.
///
/// # Errors
/// Nothing may be shown then.
pub async fn flows(
    repo: &dyn Repo,
    actor: &Actor,
    (since, until): (Timestamp, Timestamp),
    purpose: &Purpose,
    now: Timestamp,
) -> Result<Flows, RepoError> {
    let entry = Entry::new(now, actor, Deed::FlowsRead, "records")
        .with("since", since)
        .with("until", until)
        .with("purpose", purpose);
    repo.note(&entry).await?;
    let mut counting = Counting {
        answer: Flows::default(),
        flows: BTreeMap::new(),
        once: Once::open(repo).await?,
    };
    repo.each_recorded(since, until, &mut |recorded| counting.add(&recorded))
        .await?;
    let mut answer = counting.answer;
    (answer.since, answer.until) = (since.as_millis(), until.as_millis());
    answer.flows = counting.flows.into_values().collect();
    answer.flows.sort_by_key(|flow| std::cmp::Reverse(flow.messages()));
    let wanted = ObligationsWanted {
        ended: true,
        limit: TERMS,
        ..ObligationsWanted::default()
    };
    let counted = |one: &Obligation| {
        let was_taken_out = one.ended.as_ref().is_some_and(|(at, _)| *at <= since);
        one.entered < until && one.until >= register::day(since) && !was_taken_out
    };
    let is_there = |one: &Obligation| {
        let mut flows = answer.flows.iter();
        flows.any(|flow| flow.provider.as_deref() == Some(&one.provider))
    };
    let promised = repo.obligations(&wanted).await?.into_iter();
    answer.terms = promised
        .filter(|one| counted(one) && is_there(one))
        .map(Term::from)
        .collect();
    Ok(answer)
}

impl From<Obligation> for Term {
    fn from(one: Obligation) -> Self {
        Self {
            provider: one.provider,
            tiers: one.tiers.into_iter().collect(),
            promise: one.promise.kind,
            number: one.promise.number,
            place: one.promise.place,
            document: one.document,
            digest: one.digest,
            until: one.until.to_string(),
            entered: one.entered.as_millis(),
            ended: one.ended.map(|(at, _)| at.as_millis()),
        }
    }
}

struct Counting {
    answer: Flows,
    flows: BTreeMap<Alike, Flow>,
    once: Once,
}

impl Counting {
    fn add(&mut self, recorded: &Recorded) {
        if recorded.kind != Kind::Decision || !self.once.is_new(recorded) {
            return;
        }
        let Some(judged) = Judged::read(recorded) else {
            self.answer.unread += 1;
            return;
        };
        if !judged.is_message() {
            return;
        }
        let time = recorded.time.as_millis();
        let service = judged.destination.name().to_owned();
        let Judged {
            destination, decision, ..
        } = &judged;
        let rule = decision.rule();
        let alike = (
            judged.channel,
            service.clone(),
            destination.provider.clone(),
            destination.tier,
            destination.target.clone(),
            judged.level,
            decision.action,
            rule.clone(),
            decision.bundle.number,
        );
        if self.flows.len() >= MOST && !self.flows.contains_key(&alike) {
            self.answer.not_listed += 1;
            return;
        }
        let flow = self.flows.entry(alike).or_insert_with(|| Flow {
            channel: judged.channel,
            service,
            provider: destination.provider.clone(),
            tier: destination.tier,
            target: destination.target.clone(),
            level: judged.level,
            action: decision.action,
            rule,
            bundle: decision.bundle.number,
            sent: 0,
            rewritten: 0,
            kept: 0,
            first: time,
            last: time,
        });
        (flow.first, flow.last) = (flow.first.min(time), flow.last.max(time));
        match judged.whole_fate() {
            Fate::Sent => flow.sent += 1,
            Fate::Replaced => flow.rewritten += 1,
            Fate::Kept => flow.kept += 1,
        }
    }
}
