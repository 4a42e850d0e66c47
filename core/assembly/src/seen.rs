//! What policy saw of a message, out of its record.

use weir_audit::{DecisionRecord, Evidence};
use weir_policy::{Environment, Facts};

/// A record does not hold all that its decision was made from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Missing {
    /// It is of a version that kept less.
    #[error("the record is of a version that did not keep what its decision was made from")]
    Evidence,
    /// It lists the most serious findings only.
    #[error("the record does not list all that was found")]
    Findings,
}

/// What policy saw of a message, as the record tells it.
pub struct Seen<'a> {
    record: &'a DecisionRecord,
    /// What the decision was made from, beside the message.
    pub evidence: &'a Evidence,
    environment: Environment,
}

impl<'a> Seen<'a> {
    /// Of a decision.
    ///
    /// # Errors
    /// When the record does not tell all of it.
    pub fn of(record: &'a DecisionRecord) -> Result<Self, Missing> {
        let evidence = record.evidence.as_ref().ok_or(Missing::Evidence)?;
        let named = |environment: &Environment| record.environment.as_deref() == Some(environment.as_str());
        let environment = Environment::ALL.into_iter().find(named).ok_or(Missing::Evidence)?;
        if record.findings_omitted > 0 {
            return Err(Missing::Findings);
        }
        Ok(Self {
            record,
            evidence,
            environment,
        })
    }

    /// For policy.
    #[must_use]
    pub fn facts(&self) -> Facts<'a> {
        let (record, evidence) = (self.record, self.evidence);
        Facts {
            channel: record.channel,
            kind: record.kind,
            destination: &record.destination,
            findings: &record.findings,
            level: record.level,
            unscannable: record.unscannable.is_some(),
            file: evidence.file,
            files: &record.files,
            editable: record.editable,
            only_asks: evidence.only_asks,
            account: evidence.account.as_deref(),
            labels: &evidence.labels,
            over: &evidence.over,
            user: record.user.as_deref(),
            process: record.process.as_ref().map(|process| process.executable.as_str()),
            environment: self.environment,
            closed: &evidence.closed,
            stale: evidence.stale,
            exception: evidence.exception.as_ref(),
            now: record.time,
        }
    }
}
