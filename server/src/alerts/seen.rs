//! The part of a record that the rules look at.

use super::rule::Rule;
use crate::ingest::Accepted;
use crate::legible::legible;
use serde::Deserialize;
use weir_audit::{Disposition, Kind};
use weir_model::{Action, EventId, Level, Timestamp};

/// A record, as the rules see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// Its number in the log.
    pub seq: u64,
    /// By the device's clock.
    pub time: Timestamp,
    /// The event it belongs to.
    pub event: EventId,
    /// What it says.
    pub what: What,
}

/// What a record says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// A message was judged.
    Decision(Judged),
    /// A provider answered with an error, or not at all. Whose it is has to be looked up.
    Failed {
        /// Who.
        provider: Option<String>,
    },
    /// Records could not be written.
    Gap {
        /// How many.
        count: u64,
        /// Why, in a word.
        reason: String,
    },
    /// The device found out something about its server.
    Found {
        /// What that is.
        rule: Rule,
        /// What it says of that.
        text: String,
    },
    /// Nothing the rules look at.
    Other,
}

/// A judged message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judged {
    /// The message's level.
    pub level: Level,
    /// What policy said.
    pub action: Action,
    /// What happened.
    pub disposition: Disposition,
    /// The service of the catalogue, or the host.
    pub service: String,
    /// Whose service it is.
    pub provider: Option<String>,
    /// All names of where it was to go: host, target, service, provider.
    pub names: Vec<String>,
    /// The account on the machine.
    pub user: Option<String>,
}

/// Unknown fields are what newer devices say.
#[derive(Deserialize)]
struct Decision {
    level: Level,
    disposition: Disposition,
    destination: Destination,
    decision: Decided,
    #[serde(default)]
    user: Option<String>,
}

#[derive(Deserialize)]
struct Destination {
    host: String,
    #[serde(default)]
    service: Option<String>,
    #[serde(default)]
    provider: Option<String>,
    #[serde(default)]
    target: Option<String>,
}

#[derive(Deserialize)]
struct Decided {
    action: Action,
}

#[derive(Deserialize)]
struct Response {
    #[serde(default)]
    status: Option<u16>,
}

#[derive(Deserialize)]
struct Gap {
    count: u64,
    reason: String,
}

#[derive(Deserialize)]
struct Health {
    code: String,
    text: String,
}

/// Names are the device's word: longer ones are cut.
const LONGEST: usize = 200;

/// The records of a batch. What cannot be read is nothing the rules look at: it is kept, and not judged.
#[must_use]
pub fn seen(batch: &Accepted) -> Vec<Seen> {
    let read = batch.records.iter().map(|record| Seen {
        seq: record.seq,
        time: record.time,
        event: record.event,
        what: match record.kind {
            Kind::Decision => serde_json::from_slice(&record.body).map_or(What::Other, decision),
            Kind::Response => serde_json::from_slice(&record.body).map_or(What::Other, |read| response(&read)),
            Kind::Gap => serde_json::from_slice(&record.body).map_or(What::Other, gap),
            Kind::Health => serde_json::from_slice(&record.body).map_or(What::Other, health),
            _ => What::Other,
        },
    });
    read.collect()
}

fn decision(read: Decision) -> What {
    let Destination {
        host,
        service,
        provider,
        target,
    } = read.destination;
    let names = [Some(&host), target.as_ref(), service.as_ref(), provider.as_ref()];
    What::Decision(Judged {
        level: read.level,
        action: read.decision.action,
        disposition: read.disposition,
        names: names.into_iter().flatten().cloned().collect(),
        service: cut(service.unwrap_or(host)),
        provider: provider.map(cut),
        user: read.user.map(cut),
    })
}

/// Too many requests count as well: the employee got no answer.
fn response(read: &Response) -> What {
    match read.status {
        Some(429) | None => What::Failed { provider: None },
        Some(status) if status >= 500 => What::Failed { provider: None },
        Some(_) => What::Other,
    }
}

/// By the codes that agents give their remarks.
fn health(read: Health) -> What {
    let rule = match read.code.as_str() {
        "fleet.split-view" => Rule::LogSplit,
        "policy.withheld" | "policy.statement-refused" => Rule::PolicyWithheld,
        _ => return What::Other,
    };
    What::Found {
        rule,
        text: cut(read.text),
    }
}

fn gap(read: Gap) -> What {
    What::Gap {
        count: read.count,
        reason: cut(read.reason),
    }
}

/// Shortened, and without what would break a line.
pub(super) fn cut(text: String) -> String {
    if text.len() <= LONGEST && !text.chars().any(char::is_control) {
        return text;
    }
    legible(&text, LONGEST)
}
