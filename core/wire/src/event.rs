use crate::HeldStage;
use serde::{Deserialize, Serialize};
use weir_model::{
    Action, BundleRef, Channel, CopiedFrom, Destination, EventId, FileEntry, Finding, Kind, Level, Mode, Selection,
    Timestamp,
};

/// One decision, as people see it: everything the record holds about the message, and nothing that was in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(optional_fields = nullable))]
pub struct Event {
    /// The decision's id.
    pub id: EventId,
    /// Number of the record in this device's log.
    pub seq: u64,
    /// When the message was judged.
    pub time: Timestamp,
    /// The machine.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device: Option<String>,
    /// Account that sent the message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// Executable that sent it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub process: Option<String>,
    /// What people call that program, where this machine knows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub application: Option<String>,
    /// Its process number at the time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pid: Option<u32>,
    /// How it was to leave.
    pub channel: Channel,
    /// What it does.
    pub kind: Kind,
    /// Where it was to go.
    pub destination: Destination,
    /// How the gateway found the destination.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub selection: Option<Selection>,
    /// The adapter's route; `None` where the generic walker read the message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub route: Option<String>,
    /// Its level.
    pub level: Level,
    /// What was found in it.
    #[serde(default)]
    pub findings: Vec<Finding>,
    /// What happens to each finding, in their order.
    #[serde(default)]
    pub per_finding: Vec<Action>,
    /// Findings that the record does not list: it has the most serious.
    #[serde(default)]
    pub findings_omitted: u32,
    /// Why part of the message could not be read, in the record's own word.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unscannable: Option<String>,
    /// Files attached.
    #[serde(default)]
    pub attachments: u32,
    /// What the record tells of them, and of files of earlier messages.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "typescript", ts(as = "Option<_>", optional))]
    pub files: Vec<FileEntry>,
    /// The environment policy saw.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub environment: Option<String>,
    /// What policy decided.
    pub action: Action,
    /// What rules that only watch would have done, where that is stricter.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub monitored: Option<Action>,
    /// The rules that led to it.
    #[serde(default)]
    pub reasons: Vec<Reason>,
    /// The packs it was made under.
    pub bundle: BundleRef,
    /// What really happened, in the record's own word: `released`, `rewritten`, `blocked`.
    pub disposition: String,
    /// How it went on, where it had been held.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held: Option<HeldStage>,
    /// Where something in it was copied.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub copied_from: Option<CopiedFrom>,
    /// Status given to the client, where Weir answered by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub local_status: Option<u16>,
    /// From the whole message to the verdict, in microseconds.
    #[serde(default)]
    pub latency_us: u64,
    /// Size of the message on the wire.
    #[serde(default)]
    pub message_bytes: u64,
    /// The answer, once it has ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub response: Option<ResponseSummary>,
}

/// One rule that applied.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Reason {
    /// The rule: `data-classification/rules/0`, or its own id.
    pub rule: String,
    /// The chain member it belongs to.
    pub member: String,
    /// What it asks for.
    pub action: Action,
    /// Whether it acts.
    pub mode: Mode,
    /// For people; names data types, never values.
    pub text: String,
}

/// How the answer to a message ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(optional_fields = nullable))]
pub struct ResponseSummary {
    /// Status of the service; `None` when it never answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// What was found in it.
    #[serde(default)]
    pub findings: Vec<Finding>,
    /// The higher of the levels of message and answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub level: Option<Level>,
    /// The rules about answers that applied.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "typescript", ts(as = "Option<_>", optional))]
    pub guarded: Vec<Guarded>,
    /// Surrogates put back.
    #[serde(default)]
    pub restored: u32,
    /// Its text, or some of it, was not read: nothing knows its format.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    #[cfg_attr(feature = "typescript", ts(as = "Option<_>", optional))]
    pub unread: bool,
    /// False when it broke off.
    pub complete: bool,
    /// From release to its end, in microseconds.
    #[serde(default)]
    pub latency_us: u64,
    /// Its size on the wire.
    #[serde(default)]
    pub answer_bytes: u64,
}

/// A rule about answers that applied.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Guarded {
    /// The rule.
    pub rule: String,
    /// `pass`, `redact` or `reject`.
    pub action: String,
    /// Whether it acts.
    pub mode: Mode,
    /// How often.
    pub count: u32,
}

/// Which events. All named conditions must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(optional_fields = nullable))]
pub struct EventQuery {
    /// Not before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Timestamp>,
    /// Before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
    /// This action.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub action: Option<Action>,
    /// At least this level.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub level: Option<Level>,
    /// Service id or host.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub destination: Option<String>,
    /// Data type (`security/openai_key`) or category (`security`) among the findings.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data_type: Option<String>,
    /// This account's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// The newest so many; 0 means the agent's own limit.
    #[serde(default)]
    pub limit: u32,
}

impl EventQuery {
    /// True when the event meets every condition but the limit.
    #[must_use]
    pub fn admits(&self, event: &Event) -> bool {
        self.since.is_none_or(|since| event.time >= since)
            && self.until.is_none_or(|until| event.time < until)
            && self.action.is_none_or(|action| event.action == action)
            && self.level.is_none_or(|level| event.level >= level)
            && self
                .destination
                .as_deref()
                .is_none_or(|name| names(&event.destination, name))
            && self.user.as_ref().is_none_or(|user| event.user.as_ref() == Some(user))
            && self
                .data_type
                .as_deref()
                .is_none_or(|name| event.findings.iter().any(|finding| is_type(finding, name)))
    }
}

fn names(destination: &Destination, name: &str) -> bool {
    destination.host == name
        || destination.service.as_deref() == Some(name)
        || destination.provider.as_deref() == Some(name)
}

fn is_type(finding: &Finding, name: &str) -> bool {
    finding.data_type.as_str() == name || finding.data_type.category() == name
}

/// Events, oldest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct EventList {
    /// The events.
    pub events: Vec<Event>,
    /// True when older events met the query and were left out by its limit.
    pub more: bool,
    /// Records that could not be read; `weir audit verify` says why.
    #[serde(default)]
    pub unreadable: u64,
}

#[cfg(test)]
mod tests {
    use super::{Event, EventQuery};
    use weir_model::{
        Action, BundleRef, Channel, Confidence, DataType, Destination, EventId, Finding, Kind, Level, Place, Role,
        Tier, Timestamp,
    };

    fn blocked_key() -> Event {
        Event {
            id: EventId::from_bytes([7; 16]),
            seq: 3,
            time: Timestamp::from_millis(1_000),
            device: None,
            user: None,
            process: None,
            application: None,
            pid: None,
            channel: Channel::Browser,
            kind: Kind::Prompt,
            destination: Destination {
                host: "chatgpt.com".into(),
                service: Some("chatgpt-web".into()),
                provider: Some("openai".into()),
                tier: Tier::Unknown,
                region: None,
                model: None,
                target: None,
            },
            selection: None,
            route: None,
            level: Level::Restricted,
            findings: vec![Finding {
                data_type: DataType::builtin("security/aws_access_key_id"),
                level: Level::Restricted,
                confidence: Confidence::High,
                place: Place {
                    role: Role::Prompt,
                    locator: None,
                    segment: 0,
                },
                count: 1,
                fingerprint: None,
                repeated: false,
            }],
            per_finding: vec![Action::Block],
            findings_omitted: 0,
            unscannable: None,
            attachments: 0,
            files: Vec::new(),
            environment: None,
            action: Action::Block,
            monitored: None,
            reasons: Vec::new(),
            bundle: BundleRef {
                number: 0,
                digest: String::new(),
            },
            disposition: "blocked".into(),
            held: None,
            copied_from: None,
            local_status: Some(403),
            latency_us: 180,
            message_bytes: 2_048,
            response: None,
        }
    }

    #[test]
    fn an_empty_query_admits_everything() {
        assert!(EventQuery::default().admits(&blocked_key()));
    }

    #[test]
    fn each_condition_excludes() {
        let event = blocked_key();
        let admits = |query: EventQuery| query.admits(&event);
        let start = |millis| Some(Timestamp::from_millis(millis));
        assert!(admits(EventQuery {
            since: start(1_000),
            ..EventQuery::default()
        }));
        assert!(!admits(EventQuery {
            since: start(1_001),
            ..EventQuery::default()
        }));
        assert!(!admits(EventQuery {
            until: start(1_000),
            ..EventQuery::default()
        }));
        assert!(!admits(EventQuery {
            action: Some(Action::Allow),
            ..EventQuery::default()
        }));
        assert!(admits(EventQuery {
            level: Some(Level::Internal),
            ..EventQuery::default()
        }));
        assert!(!admits(EventQuery {
            destination: Some("claude-web".into()),
            ..EventQuery::default()
        }));
        assert!(admits(EventQuery {
            destination: Some("openai".into()),
            ..EventQuery::default()
        }));
        assert!(!admits(EventQuery {
            user: Some("alice".into()),
            ..EventQuery::default()
        }));
        assert!(admits(EventQuery {
            data_type: Some("security".into()),
            ..EventQuery::default()
        }));
        assert!(!admits(EventQuery {
            data_type: Some("security/openai_key".into()),
            ..EventQuery::default()
        }));
    }

    #[test]
    fn an_event_survives_the_wire() {
        let text = serde_json::to_string(&blocked_key()).unwrap();
        assert_eq!(serde_json::from_str::<Event>(&text).unwrap(), blocked_key());
    }
}
