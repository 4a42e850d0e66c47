//! A record on its way out, read as far as this server can.

use crate::ingest::{Accepted, Entry};
use serde::de::DeserializeOwned;
use weir_audit::{AccessRecord, DecisionRecord, Disposition, GapRecord, HealthRecord, Kind, ResponseRecord, Severity};
use weir_fleet::DeviceId;
use weir_model::{EventId, Level, Timestamp};

/// One record.
#[derive(Clone, Debug)]
pub struct Item {
    /// Number of its log in the tables.
    pub log: i64,
    /// Whose.
    pub device: DeviceId,
    /// Name of the machine, as far as it says.
    pub host: Option<String>,
    /// Which of its logs.
    pub timeline: u32,
    /// Number in that log.
    pub seq: u64,
    /// By the device's clock.
    pub time: Timestamp,
    /// By the server's.
    pub received: Timestamp,
    /// The event it belongs to.
    pub event: EventId,
    /// Length of the record.
    pub bytes: usize,
    /// What it says.
    pub what: Said,
}

/// What a record says.
#[derive(Clone, Debug)]
pub enum Said {
    /// A message was judged.
    Decision(Box<DecisionRecord>),
    /// What came back.
    Response(ResponseRecord),
    /// Something about Weir itself.
    Health(HealthRecord),
    /// Records could not be written.
    Gap(GapRecord),
    /// Somebody read records.
    Access(AccessRecord),
    /// Of a newer device: that it exists is forwarded all the same.
    Unread(Kind),
}

/// How bad, as all formats have it in some form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Grade {
    /// Nothing happened.
    Informational,
    /// Something was held back or changed as it should be.
    Low,
    /// Confidential data, or something about Weir to look at.
    Medium,
    /// Restricted data was held, or evidence is missing.
    High,
    /// Restricted data left as it was.
    Critical,
}

impl Item {
    /// The records of a batch, without what a log writes about itself.
    pub fn of(batch: &Accepted) -> impl Iterator<Item = Self> {
        let told = batch.records.iter().filter(|entry| !entry.kind.is_of_chain());
        told.map(|entry| {
            let what = Said::read(entry);
            let host = match &what {
                Said::Decision(decision) => decision.device.clone(),
                _ => None,
            };
            Self {
                log: batch.place.log,
                device: batch.device,
                host,
                timeline: batch.timeline,
                seq: entry.seq,
                time: entry.time,
                received: batch.received,
                event: entry.event,
                bytes: entry.body.len(),
                what,
            }
        })
    }

    /// The machine: its name, or its id where it has none.
    #[must_use]
    pub fn host(&self) -> String {
        self.host.clone().unwrap_or_else(|| self.device.to_string())
    }

    /// Names the record everywhere: a receiver can tell that it has it.
    #[must_use]
    pub fn uid(&self) -> String {
        format!("{}/{}/{}", self.device, self.timeline, self.seq)
    }

    /// What it is, in a word.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match &self.what {
            Said::Decision(_) => "decision",
            Said::Response(_) => "response",
            Said::Health(_) => "health",
            Said::Gap(_) => "gap",
            Said::Access(_) => "access",
            Said::Unread(kind) => kind.as_str(),
        }
    }

    /// How bad it is.
    #[must_use]
    pub fn grade(&self) -> Grade {
        match &self.what {
            Said::Decision(decision) => graded(decision),
            Said::Response(response) if response.status.is_none_or(|status| status >= 500) => Grade::Low,
            Said::Health(health) => match health.severity {
                Severity::Info => Grade::Informational,
                Severity::Warning => Grade::Medium,
                Severity::Error => Grade::High,
            },
            Said::Gap(_) => Grade::High,
            Said::Response(_) | Said::Access(_) | Said::Unread(_) => Grade::Informational,
        }
    }

    /// A sentence for people; no content.
    #[must_use]
    pub fn sentence(&self) -> String {
        match &self.what {
            Said::Decision(decision) => {
                let to = decision
                    .destination
                    .service
                    .as_deref()
                    .unwrap_or(&decision.destination.host);
                let happened = decision.disposition.as_str();
                format!(
                    "{} message to {to}: {}, {happened}",
                    decision.level, decision.decision.action
                )
            }
            Said::Response(response) => match response.status {
                Some(status) => format!("answer with status {status}"),
                None => "no answer".to_owned(),
            },
            Said::Health(health) => format!("{}: {}", health.code, health.text),
            Said::Gap(gap) => format!("{} events could not be recorded: {}", gap.count, gap.reason),
            Said::Access(access) => format!("{} read {} records ({})", access.user, access.count, access.access),
            Said::Unread(kind) => format!("a record of kind {kind} that this server cannot read"),
        }
    }
}

impl Said {
    fn read(entry: &Entry) -> Self {
        fn json<T: DeserializeOwned>(entry: &Entry) -> Option<T> {
            serde_json::from_slice(&entry.body).ok()
        }
        let read = match entry.kind {
            Kind::Decision => json(entry).map(Self::Decision),
            Kind::Response => json(entry).map(Self::Response),
            Kind::Health => json(entry).map(Self::Health),
            Kind::Gap => json(entry).map(Self::Gap),
            Kind::Access => json(entry).map(Self::Access),
            Kind::Segment | Kind::Vault | Kind::Seal | Kind::Unknown(_) => None,
        };
        read.unwrap_or(Self::Unread(entry.kind))
    }
}

fn graded(decision: &DecisionRecord) -> Grade {
    let unchanged = matches!(decision.disposition, Disposition::Released | Disposition::Justified);
    match decision.level {
        Level::Restricted if unchanged => Grade::Critical,
        Level::Restricted => Grade::High,
        Level::Confidential => Grade::Medium,
        Level::Public | Level::Internal if decision.disposition == Disposition::Blocked => Grade::Low,
        Level::Public | Level::Internal => Grade::Informational,
    }
}

/// Data types found, each once, in their order.
#[must_use]
pub(super) fn data_types(decision: &DecisionRecord) -> Vec<&str> {
    let mut types: Vec<&str> = Vec::new();
    for finding in &decision.findings {
        if !types.contains(&finding.data_type.as_str()) {
            types.push(finding.data_type.as_str());
        }
    }
    types
}

/// The last part of a path of any system.
#[must_use]
pub(super) fn program(executable: &str) -> &str {
    executable.rsplit(['/', '\\']).next().unwrap_or(executable)
}
