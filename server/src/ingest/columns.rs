//! What of a record has a column of its own.

use super::body::{self, Body, Text};
use crate::legible::legible;
use bytes::Bytes;
use serde::Deserialize;
use weir_audit::Kind;
use weir_fleet::Sent;
use weir_model::{Action, Channel, Level};

/// A record as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Its number in the log.
    pub seq: u64,
    /// By the device's clock, milliseconds since 1970.
    pub time: i64,
    /// What it is.
    pub kind: Kind,
    /// The event it belongs to.
    pub event: [u8; 16],
    /// What a decision is searched by.
    pub columns: Columns,
    /// Everything, packed: here, or with a later record of the batch.
    pub body: Body,
    /// The record as it came, JSON, for those who read it at once; `None` in batches of many.
    pub text: Option<Bytes>,
}

/// What a decision is searched by; empty for other records.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Columns {
    /// How it was to leave.
    pub channel: Option<Channel>,
    /// Its level.
    pub level: Option<Level>,
    /// What policy decided.
    pub action: Option<Action>,
    /// Where it was to go: the service, or the host where no service is known.
    pub service: Option<String>,
    /// Whose service it is.
    pub provider: Option<String>,
    /// Whose message it was.
    pub person: Option<String>,
}

/// The part of a decision that is looked at here. Unknown fields are what newer devices say: they stay in the body.
#[derive(Deserialize)]
struct Decision {
    channel: Channel,
    level: Level,
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
}

#[derive(Deserialize)]
struct Decided {
    action: Action,
}

/// Names longer than this are cut: they are the device's word. What no name has is left out, a zero before all, which PostgreSQL would
/// refuse, and with it the records of all who are stored at the same time.
const LONGEST: usize = 200;
/// Records of a batch whose texts are kept for a moment: most hold one or two.
const FEW: usize = 16;

impl Row {
    /// From the records of a batch. A decision that cannot be read is kept all the same, without columns: evidence is not
    /// lost because a device is newer than its server.
    ///
    /// # Errors
    /// Out of memory.
    pub fn all(sent: &[Sent]) -> std::io::Result<Vec<Self>> {
        let texts: Vec<Text<'_>> = sent.iter().map(text_of).collect();
        let (bodies, sent_in_all) = (body::pack(&texts)?, sent.len());
        let rows = sent.iter().zip(bodies).map(|(sent, body)| Self {
            seq: sent.seq,
            time: sent.time.as_millis(),
            kind: sent.kind,
            event: *sent.id.as_bytes(),
            columns: Columns::read(sent.kind, sent.body.get().as_bytes()),
            body,
            text: (sent_in_all <= FEW).then(|| Bytes::copy_from_slice(sent.body.get().as_bytes())),
        });
        Ok(rows.collect())
    }
}

fn text_of(sent: &Sent) -> Text<'_> {
    Text {
        seq: sent.seq,
        time: sent.time.as_millis(),
        event: *sent.id.as_bytes(),
        text: sent.body.get(),
    }
}

impl Columns {
    /// From a record; none where it is no decision, or cannot be read.
    #[must_use]
    pub fn read(kind: Kind, body: &[u8]) -> Self {
        match kind {
            Kind::Decision => serde_json::from_slice(body).map_or_else(|_| Self::default(), |read| Self::of(&read)),
            _ => Self::default(),
        }
    }

    fn of(read: &Decision) -> Self {
        Self {
            channel: Some(read.channel),
            level: Some(read.level),
            action: Some(read.decision.action),
            service: name(read.destination.service.as_ref().unwrap_or(&read.destination.host)),
            provider: read.destination.provider.as_deref().and_then(name),
            person: read.user.as_deref().and_then(name),
        }
    }
}

fn name(text: &str) -> Option<String> {
    Some(legible(text, LONGEST)).filter(|name| !name.is_empty())
}

/// Numbers of words that have few values: they stand in the tables for ever.
pub(crate) const fn channel_number(channel: Channel) -> i16 {
    match channel {
        Channel::Browser => 0,
        Channel::Api => 1,
        Channel::Upload => 2,
        Channel::Clipboard => 3,
        Channel::Gateway => 4,
    }
}

/// The same for levels: higher is stricter.
pub(crate) const fn level_number(level: Level) -> i16 {
    match level {
        Level::Public => 0,
        Level::Internal => 1,
        Level::Confidential => 2,
        Level::Restricted => 3,
    }
}

/// The same for actions: higher is stricter.
pub(crate) const fn action_number(action: Action) -> i16 {
    match action {
        Action::Allow => 0,
        Action::Warn => 1,
        Action::Pseudonymise => 2,
        Action::Redact => 3,
        Action::Block => 4,
    }
}

#[cfg(test)]
mod tests {
    use super::{Columns, Row};
    use crate::ingest::Packed;
    use weir_audit::Kind;
    use weir_fleet::Sent;
    use weir_model::{Action, Channel, EventId, Level, Timestamp};

    fn row(kind: Kind, body: &str) -> Row {
        let sent = Sent {
            seq: 4,
            kind,
            time: Timestamp::from_millis(9),
            id: EventId::from_bytes([1; 16]),
            body: serde_json::value::RawValue::from_string(body.to_owned()).unwrap(),
        };
        Row::all(&[sent]).unwrap().remove(0)
    }

    #[test]
    fn decisions_have_columns_and_what_is_not_understood_is_kept() {
        let body = r#"{"user":"ada","channel":"api","level":"restricted","destination":{"host":"api.openai.com","provider":"openai"},"decision":{"action":"block"},"new":1}"#;
        let read = row(Kind::Decision, body);
        let columns = Columns {
            channel: Some(Channel::Api),
            level: Some(Level::Restricted),
            action: Some(Action::Block),
            service: Some("api.openai.com".to_owned()),
            provider: Some("openai".to_owned()),
            person: Some("ada".to_owned()),
        };
        assert_eq!(read.columns, columns);
        let packed = Packed {
            later: read.body.later,
            time: read.time,
            event: read.event,
            block: read.body.block,
        };
        assert_eq!(packed.unpack().unwrap(), body.as_bytes());
        let newer = row(Kind::Decision, r#"{"channel":"telepathy"}"#);
        assert_eq!(newer.columns, Columns::default());
        assert_eq!(row(Kind::Health, body).columns, Columns::default());
    }

    #[test]
    fn names_hold_nothing_that_no_name_has() {
        let body = r#"{"user":"a\u0000da\n","channel":"api","level":"public","destination":{"host":"h\u0000","provider":"\u0000"},"decision":{"action":"allow"}}"#;
        let columns = row(Kind::Decision, body).columns;
        assert_eq!(columns.person.as_deref(), Some("ada"));
        assert_eq!(
            (columns.service.as_deref(), columns.provider.as_deref()),
            (Some("h"), None)
        );
    }
}
