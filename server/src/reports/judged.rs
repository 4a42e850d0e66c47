//! The part of a decision that reports look at.

use super::table::Recorded;
use serde::Deserialize;
use weir_audit::Disposition;
use weir_model::{Action, BundleRef, Channel, DataType, Fingerprint, Level, Mode, Tier};

/// A decision. Unknown fields are what newer devices say.
#[derive(Deserialize)]
pub(crate) struct Judged {
    pub(super) level: Level,
    pub(super) disposition: Disposition,
    #[serde(default)]
    pub(super) user: Option<String>,
    pub(super) channel: Channel,
    pub(super) destination: Destination,
    #[serde(default)]
    pub(crate) findings: Vec<Found>,
    #[serde(default)]
    pub(super) findings_omitted: u32,
    #[serde(default)]
    pub(crate) search_key: Option<u32>,
    #[serde(default)]
    pub(super) unscannable: Option<String>,
    pub(super) decision: Decided,
}

#[derive(Deserialize)]
pub(crate) struct Destination {
    pub(super) host: String,
    #[serde(default)]
    pub(super) service: Option<String>,
    #[serde(default)]
    pub(super) provider: Option<String>,
    #[serde(default)]
    pub(super) tier: Tier,
    #[serde(default)]
    pub(super) target: Option<String>,
}

impl Destination {
    /// The service of the catalogue, or the host.
    pub(super) fn name(&self) -> &str {
        self.service.as_deref().unwrap_or(&self.host)
    }
}

#[derive(Deserialize)]
pub(crate) struct Decided {
    pub(super) action: Action,
    #[serde(default)]
    per_finding: Vec<Action>,
    #[serde(default)]
    reasons: Vec<Reason>,
    pub(super) bundle: BundleRef,
}

#[derive(Deserialize)]
struct Reason {
    rule: String,
    member: String,
    action: Action,
    mode: Mode,
}

impl Decided {
    /// The first rule that asked for what was decided, with its member of the chain.
    pub(super) fn rule(&self) -> Option<String> {
        let acts = |reason: &&Reason| reason.mode == Mode::Enforce && reason.action == self.action;
        let reason = self.reasons.iter().find(acts)?;
        // Rules without an id are called after their member already.
        Some(match reason.rule.starts_with(&reason.member) {
            true => reason.rule.clone(),
            false => format!("{}: {}", reason.member, reason.rule),
        })
    }
}

#[derive(Deserialize)]
pub(crate) struct Found {
    pub(super) data_type: DataType,
    pub(super) level: Level,
    #[serde(default = "one")]
    pub(super) count: u32,
    #[serde(default)]
    pub(crate) fingerprint: Option<Fingerprint>,
}

const fn one() -> u32 {
    1
}

/// What became of a value, or of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Fate {
    /// It left as it was.
    Sent,
    /// It was taken out or replaced, and the rest of the message left; of a message, some of it was.
    Replaced,
    /// The message did not leave.
    Kept,
}

/// Whether any of a message left. What is still held has not.
pub(crate) const fn left(disposition: Disposition) -> bool {
    match disposition {
        Disposition::Released | Disposition::Rewritten | Disposition::Justified => true,
        Disposition::Blocked
        | Disposition::Held
        | Disposition::Withdrawn
        | Disposition::Failed
        | Disposition::Observed => false,
    }
}

impl Judged {
    /// `None` where it cannot be read: it is of a newer device.
    pub(crate) fn read(recorded: &Recorded) -> Option<Self> {
        let body = recorded.body.unpack().ok()?;
        serde_json::from_slice(&body).ok()
    }

    pub(super) const fn left(&self) -> bool {
        left(self.disposition)
    }

    /// False where it is no message that went somewhere or was kept from it: one that waits has another record when it ends, and
    /// a copy on the clipboard goes nowhere.
    pub(super) fn is_message(&self) -> bool {
        self.disposition != Disposition::Held && self.channel != Channel::Clipboard
    }

    /// What became of the message.
    pub(super) const fn whole_fate(&self) -> Fate {
        match (self.left(), self.disposition) {
            (true, Disposition::Rewritten) => Fate::Replaced,
            (true, _) => Fate::Sent,
            (false, _) => Fate::Kept,
        }
    }

    /// What became of its finding with this index. Only what really was rewritten counts as replaced.
    pub(super) fn fate(&self, index: usize) -> Fate {
        let edited = self
            .decision
            .per_finding
            .get(index)
            .is_some_and(|action| action.edits());
        match self.whole_fate() {
            Fate::Replaced if !edited => Fate::Sent,
            whole => whole,
        }
    }
}
