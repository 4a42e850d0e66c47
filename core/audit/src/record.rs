use crate::{EpochSeal, Head, Kind};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use weir_model::{
    Action, BundleRef, Channel, Closed, CopiedFrom, Destination, EventId, FileEntry, FileState, Finding, Granted,
    Kind as MessageKind, Level, Mode, Selection, Timestamp,
};

/// First byte of every payload: what follows is JSON (for the vault: raw bytes). A later format takes the next number,
/// and readers keep the old ones.
const FORMAT: u8 = 1;

/// A record, opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Record {
    /// First frame of a segment.
    Segment(SegmentRecord),
    /// One decision on one message.
    Decision(Box<DecisionRecord>),
    /// What came back.
    Response(ResponseRecord),
    /// Something about Weir itself.
    Health(HealthRecord),
    /// A sealed entry of the pseudonym vault.
    Vault(VaultRecord),
    /// A count of what could not be recorded.
    Gap(GapRecord),
    /// Somebody read records.
    Access(AccessRecord),
    /// The seal that ends an epoch.
    Seal(EpochSeal),
}

/// A record in the form that is sealed, with the part of it that goes into the clear header.
#[derive(Clone, Default)]
pub struct Payload {
    /// Version byte and content.
    pub bytes: Vec<u8>,
    /// First bytes of the policy bundle's digest; zeros where no bundle is concerned.
    pub bundle: [u8; 8],
}

impl From<Vec<u8>> for Payload {
    fn from(bytes: Vec<u8>) -> Self {
        Self { bytes, bundle: [0; 8] }
    }
}

impl Record {
    /// The kind in the clear header.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        match self {
            Record::Segment(_) => Kind::Segment,
            Record::Decision(_) => Kind::Decision,
            Record::Response(_) => Kind::Response,
            Record::Health(_) => Kind::Health,
            Record::Vault(_) => Kind::Vault,
            Record::Gap(_) => Kind::Gap,
            Record::Access(_) => Kind::Access,
            Record::Seal(_) => Kind::Seal,
        }
    }

    /// The form that is sealed.
    #[must_use]
    pub fn to_payload(&self) -> Payload {
        match self {
            Record::Segment(record) => json(record),
            Record::Decision(record) => Payload {
                bundle: bundle_prefix(&record.decision.bundle),
                ..json(record)
            },
            Record::Response(record) => json(record),
            Record::Health(record) => json(record),
            Record::Vault(record) => [&[FORMAT], record.sealed.as_slice()].concat().into(),
            Record::Gap(record) => json(record),
            Record::Access(record) => json(record),
            Record::Seal(record) => json(record),
        }
    }

    /// Reads an opened payload.
    ///
    /// # Errors
    /// The format or the kind is of a later version, or the content is not what the kind says.
    pub fn from_payload(kind: Kind, payload: &[u8]) -> Result<Record, PayloadError> {
        let Some((&FORMAT, content)) = payload.split_first() else {
            return Err(PayloadError::Format(payload.first().copied()));
        };
        Ok(match kind {
            Kind::Segment => Record::Segment(parse(kind, content)?),
            Kind::Decision => Record::Decision(parse(kind, content)?),
            Kind::Response => Record::Response(parse(kind, content)?),
            Kind::Health => Record::Health(parse(kind, content)?),
            Kind::Vault => Record::Vault(VaultRecord {
                sealed: content.to_vec(),
            }),
            Kind::Gap => Record::Gap(parse(kind, content)?),
            Kind::Access => Record::Access(parse(kind, content)?),
            Kind::Seal => Record::Seal(parse(kind, content)?),
            Kind::Unknown(byte) => return Err(PayloadError::Kind(byte)),
        })
    }
}

/// The payload is not a record of this kind.
#[derive(Debug, thiserror::Error)]
pub enum PayloadError {
    /// Written by a later version.
    #[error("payload format {0:?} is unknown")]
    Format(Option<u8>),
    /// Written by a later version.
    #[error("record kind {0} is unknown")]
    Kind(u8),
    /// The content is not what the kind says. No source: its text could quote the content.
    #[error("the payload is not a {kind} record (column {column})")]
    Content {
        /// What the header says.
        kind: Kind,
        /// Where reading stopped.
        column: usize,
    },
}

/// One decision on one message: what was judged, what was found, what policy said, what was done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DecisionRecord {
    /// When the message was judged.
    pub time: Timestamp,
    /// Names the decision everywhere.
    pub event: EventId,
    /// The machine.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device: Option<String>,
    /// The account on the machine.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// The program that sent the message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub process: Option<Process>,
    /// How the data would leave.
    pub channel: Channel,
    /// What the message does.
    pub kind: MessageKind,
    /// Where to: host, service, provider, account tier, region, model.
    pub destination: Destination,
    /// How the gateway found the destination.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub selection: Option<Selection>,
    /// The adapter's route; `None` where the generic walker read the message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub route: Option<String>,
    /// The message's level.
    pub level: Level,
    /// What was found, without values.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<Finding>,
    /// Findings of the same message that are not listed: the most serious are.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub findings_omitted: u32,
    /// Number of the server's key that the fingerprints of the findings are made with; absent where they are made with a key
    /// that the device alone has, and in records without findings.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub search_key: Option<u32>,
    /// Why the message, or a part of it, could not be read; a word, no content.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unscannable: Option<String>,
    /// False when the message could not have been rewritten.
    #[serde(default = "yes", skip_serializing_if = "is_yes")]
    pub editable: bool,
    /// Number of files attached.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub attachments: u32,
    /// What may be told of them, and of files of earlier messages that this one refers to. Names are the sender's; those in
    /// which something was found are absent.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<FileEntry>,
    /// The environment policy saw (`production`, `development`, `testing`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub environment: Option<String>,
    /// What else policy saw; absent in records of versions that did not keep it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<Evidence>,
    /// What policy said.
    pub decision: DecisionSummary,
    /// What really happened.
    pub disposition: Disposition,
    /// What the employee did with a message that was held; absent where none was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held: Option<HeldStage>,
    /// Where something in it was copied, as far as that is remembered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub copied_from: Option<CopiedFrom>,
    /// Status given to the client, where Weir answered by itself; the service's status is in the [`ResponseRecord`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub response_status: Option<u16>,
    /// What was found in the answer, where it was known when this was written.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub response_findings: Vec<Finding>,
    /// From the whole message to the verdict, in microseconds.
    pub latency_us: u64,
    /// Size of the message on the wire.
    pub message_bytes: u64,
}

/// What a decision was made from beside the rest of its record: with it, and the packs it names, the decision can be made
/// again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// Version of the program that decided.
    pub engine: String,
    /// Names the detectors of the packs: with the same name and the same program, the same is found in every text.
    pub detectors: String,
    /// Names the catalogue: with the same name and the same program, every message is read in the same way.
    pub catalogue: String,
    /// The message sent nothing with its question.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub only_asks: bool,
    /// The account it was sent with, where the packs name it; empty for one that they do not name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// Sensitivity labels on what it carried: ids, and names that stand in the packs.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub labels: Vec<String>,
    /// The worst that was known of the files of earlier messages it refers to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<FileState>,
    /// The limits it was over, by their rules.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub over: Vec<String>,
    /// Names the limits of the packs; absent where there are none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limits: Option<String>,
    /// What a directive closed.
    #[serde(default, skip_serializing_if = "Closed::is_nothing")]
    pub closed: Closed,
    /// Nobody had said for longer than the pack's grace that its policy was the newest.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub stale: bool,
    /// The leave that people had given for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exception: Option<Granted>,
}

/// How a message that was held went on. The message has one record when it begins to wait and one when it ends: each is a
/// decision of its own, and the second names the first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeldStage {
    /// The record of the message when it began to wait.
    pub event: EventId,
    /// What ended it.
    pub by: HeldEnd,
    /// Why it had to go, in the employee's words, in which nothing was found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// What ended the wait of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HeldEnd {
    /// It goes without what was found in it.
    Cleaned,
    /// It goes in other words.
    Edited,
    /// It goes as it is, with a reason.
    Justified,
    /// It goes as it is, by exception.
    Excepted,
    /// The employee took it back.
    Dropped,
    /// Nobody said anything in time.
    TimedOut,
    /// The program that sent it went away.
    HungUp,
    /// The agent stopped.
    Stopped,
}

impl HeldEnd {
    /// As records write it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Cleaned => "cleaned",
            Self::Edited => "edited",
            Self::Justified => "justified",
            Self::Excepted => "excepted",
            Self::Dropped => "dropped",
            Self::TimedOut => "timed_out",
            Self::HungUp => "hung_up",
            Self::Stopped => "stopped",
        }
    }
}

/// A program on the machine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Process {
    /// Executable path or name.
    pub executable: String,
    /// Process number at the time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pid: Option<u32>,
}

/// What policy said. A mirror of the policy engine's decision: records stay readable when the engine changes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DecisionSummary {
    /// The strictest enforced action.
    pub action: Action,
    /// What rules in monitor or tip mode would have done, where that is stricter.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub monitored: Option<Action>,
    /// What happens to each finding, in their order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub per_finding: Vec<Action>,
    /// The rules that led to it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reasons: Vec<ReasonSummary>,
    /// What must be carried out with it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub obligations: Vec<String>,
    /// The packs in force.
    pub bundle: BundleRef,
}

/// One rule that led to a decision.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReasonSummary {
    /// `data-classification/rules/0`, or the rule's own id.
    pub rule: String,
    /// The chain member it belongs to.
    pub member: String,
    /// What it asks for.
    pub action: Action,
    /// Whether it acts.
    pub mode: Mode,
    /// For people; no content.
    pub text: String,
}

/// What really happened to a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Disposition {
    /// Went on unchanged.
    Released,
    /// Went on with edits.
    Rewritten,
    /// Did not leave.
    Blocked,
    /// Waits for the employee.
    Held,
    /// Went on after the employee gave a reason.
    Justified,
    /// The employee took it back.
    Withdrawn,
    /// An error kept it from leaving.
    Failed,
    /// Only looked at: nothing was asked to leave.
    Observed,
}

impl Disposition {
    /// As records write it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Disposition::Released => "released",
            Disposition::Rewritten => "rewritten",
            Disposition::Blocked => "blocked",
            Disposition::Held => "held",
            Disposition::Justified => "justified",
            Disposition::Withdrawn => "withdrawn",
            Disposition::Failed => "failed",
            Disposition::Observed => "observed",
        }
    }
}

/// What came back for a message that was let through.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResponseRecord {
    /// When the answer ended.
    pub time: Timestamp,
    /// The decision on the message.
    pub event: EventId,
    /// Status of the service; `None` when it never answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// The higher of the levels of message and answer; absent in records of versions that did not keep it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub level: Option<Level>,
    /// What was found in the answer.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<Finding>,
    /// What policy said of it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub guarded: Vec<GuardSummary>,
    /// Surrogates put back.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub restored: u32,
    /// The text of the answer, or some of it, was not read: nothing here knows its format. It went on untouched.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unread: bool,
    /// False when the answer broke off.
    pub complete: bool,
    /// From release to the end of the answer, in microseconds.
    pub latency_us: u64,
    /// Size of the answer on the wire.
    pub answer_bytes: u64,
}

/// One rule about answers that applied.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GuardSummary {
    /// `response-guard/leaks/0`.
    pub rule: String,
    /// `pass`, `redact` or `reject`.
    pub action: String,
    /// Whether it acts.
    pub mode: Mode,
    /// How often.
    pub count: u32,
}

/// Something about Weir itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HealthRecord {
    /// When.
    pub time: Timestamp,
    /// Names it.
    pub event: EventId,
    /// Stable name: `audit.damage`, `index.rebuilt`.
    pub code: String,
    /// How bad.
    pub severity: Severity,
    /// For people; no content.
    pub text: String,
}

/// How bad something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Good to know.
    Info,
    /// Look at it some time.
    Warning,
    /// Look at it now.
    Error,
}

/// A sealed entry of the pseudonym vault: opaque here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VaultRecord {
    /// Sealed by the vault, under the vault's own key.
    pub sealed: Vec<u8>,
}

/// A count of what could not be recorded, sealed and chained like any record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GapRecord {
    /// The first that was not recorded.
    pub from: Timestamp,
    /// When recording was possible again.
    pub to: Timestamp,
    /// How many.
    pub count: u64,
    /// Why: `disk_full`.
    pub reason: String,
}

/// Somebody read records: reading is recorded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessRecord {
    /// When.
    pub time: Timestamp,
    /// Who: the account on the machine.
    pub user: String,
    /// `get`, `query`, `export`, `tail`.
    pub access: String,
    /// What was asked for, as far as it names no content.
    pub query: String,
    /// How many records were given.
    pub count: u64,
}

/// First frame of a segment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SegmentRecord {
    /// Number of the segment: a renamed file is found.
    pub segment: u64,
    /// Why it was begun.
    pub start: Start,
    /// Sequence number of the record this segment goes on from; `None` for the first.
    pub follows: Option<u64>,
    /// Head of that record, in hex.
    pub follows_head: String,
}

/// Why a segment was begun.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Start {
    /// The log begins.
    First,
    /// The segment before was full.
    Full,
    /// Damage was found when the log was opened.
    Damage,
    /// There was no anchor when the log was opened: nothing could tell whether its end had been cut off.
    AnchorLost,
    /// A write failed; its records were refused to their callers.
    WriteFailed,
}

impl SegmentRecord {
    /// A segment that goes on from a record.
    #[must_use]
    pub fn new(segment: u64, start: Start, follows: Option<(u64, Head)>) -> Self {
        use std::fmt::Write;
        let mut follows_head = String::new();
        for byte in follows.iter().flat_map(|(_, head)| head) {
            // Writing to a string cannot fail.
            let _ = write!(follows_head, "{byte:02x}");
        }
        Self {
            segment,
            start,
            follows: follows.map(|(seq, _)| seq),
            follows_head,
        }
    }
}

/// Room for most records at once.
const USUAL_SIZE: usize = 1024;

fn json(record: &impl Serialize) -> Payload {
    let mut bytes = Vec::with_capacity(USUAL_SIZE);
    bytes.push(FORMAT);
    // Our own types: string keys only, and a vector takes every byte. A payload that did fail would not parse again.
    let written = serde_json::to_writer(&mut bytes, record);
    debug_assert!(written.is_ok());
    bytes.into()
}

fn parse<T: DeserializeOwned>(kind: Kind, content: &[u8]) -> Result<T, PayloadError> {
    serde_json::from_slice(content).map_err(|error| PayloadError::Content {
        kind,
        column: error.column(),
    })
}

fn bundle_prefix(bundle: &BundleRef) -> [u8; 8] {
    let mut out = [0; 8];
    let digits = bundle.digest.as_bytes().chunks_exact(2);
    for (byte, pair) in out.iter_mut().zip(digits) {
        let pair = std::str::from_utf8(pair).unwrap_or_default();
        *byte = u8::from_str_radix(pair, 16).unwrap_or_default();
    }
    out
}

const fn yes() -> bool {
    true
}

#[allow(clippy::trivially_copy_pass_by_ref)] // The form serde calls.
const fn is_yes(value: &bool) -> bool {
    *value
}

#[allow(clippy::trivially_copy_pass_by_ref)] // The form serde calls.
const fn is_zero(value: &u32) -> bool {
    *value == 0
}
