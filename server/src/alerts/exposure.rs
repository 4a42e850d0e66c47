//! What a provider received, by class: asked when a provider says that it lost data.

use crate::ingest::{Packed, carried, packed_of};
use crate::journal::{Actor, Deed, Entry, Purpose};
use crate::readings::Concerned;
use crate::repo::{Postgres, Repo, RepoError, Sqlite, array};
use crate::reports::left;
use serde::{Deserialize, Serialize};
use sqlx::Row;
use std::collections::{BTreeMap, BTreeSet, HashSet};
use utoipa::ToSchema;
use weir_audit::Disposition;
use weir_fleet::DeviceId;
use weir_model::{Action, DataType, Level, Timestamp};

/// What a provider received between two times.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct Exposure {
    /// Messages that left for it.
    pub messages: u64,
    /// Of them, by level.
    #[schema(value_type = BTreeMap<String, u64>)]
    pub levels: BTreeMap<Level, u64>,
    /// Bytes of them.
    pub bytes: u64,
    /// Messages that were kept from it.
    pub kept: u64,
    /// What was in those that left, by data type.
    pub classes: Vec<Class>,
    /// Devices they came from.
    #[schema(value_type = Vec<String>)]
    pub devices: BTreeSet<DeviceId>,
    /// Accounts on those devices.
    pub users: BTreeSet<String>,
    /// Records that could not be read, of newer devices: what they say is missing above.
    pub unread: u64,
    /// Records that arrived before are no longer kept, milliseconds since 1970; absent where none was taken away.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kept_since: Option<i64>,
}

/// What was received of one data type.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Class {
    /// Which.
    #[schema(value_type = String)]
    pub data_type: DataType,
    /// Its highest level.
    #[schema(value_type = String)]
    pub level: Level,
    /// Values that left as they were.
    pub sent: u64,
    /// Values that were taken out or replaced before.
    pub replaced: u64,
    /// Messages with at least one.
    pub messages: u64,
}

/// A stretch of the decisions about one provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Received {
    /// By the device's clock.
    pub time: i64,
    /// Number of the log.
    pub log: i64,
    /// Number in the log.
    pub seq: i64,
    /// Whose.
    pub device: DeviceId,
    /// Names the message: a log that was sent again as another timeline has it twice.
    pub event: [u8; 16],
    /// The record, packed.
    pub body: Packed,
}

/// Reading decisions by provider.
#[async_trait::async_trait]
pub trait ExposureTable: Send + Sync {
    /// Decisions about what goes to a provider, by time, behind the one named by time, log and number.
    async fn received(
        &self,
        provider: &str,
        since: Timestamp,
        until: Timestamp,
        after: (i64, i64, i64),
    ) -> Result<Vec<Received>, RepoError>;
}

/// Unknown fields are what newer devices say.
#[derive(Deserialize)]
struct Decision {
    level: Level,
    disposition: Disposition,
    #[serde(default)]
    user: Option<String>,
    #[serde(default)]
    findings: Vec<Found>,
    decision: Decided,
    #[serde(default)]
    message_bytes: u64,
}

#[derive(Deserialize)]
struct Decided {
    #[serde(default)]
    per_finding: Vec<Action>,
}

#[derive(Deserialize)]
struct Found {
    data_type: DataType,
    level: Level,
    #[serde(default = "one")]
    count: u32,
}

const fn one() -> u32 {
    1
}

/// Adds up what `provider` received from `since` until (and without) `until`, by the devices' clocks. Names people: that it
/// was asked stands in the journal.
///
/// # Errors
/// The database.
pub async fn exposure(
    repo: &dyn Repo,
    actor: &Actor,
    provider: &str,
    (since, until): (Timestamp, Timestamp),
    purpose: &Purpose,
    now: Timestamp,
) -> Result<Exposure, RepoError> {
    let entry = Entry::new(now, actor, Deed::ExposureRead, provider)
        .with("since", since)
        .with("until", until)
        .with("purpose", purpose);
    let number = repo.note(&entry).await?;
    let mut adding = Adding::default();
    let mut after = (i64::MIN, 0, 0);
    loop {
        let page = repo.received(provider, since, until, after).await?;
        let Some(last) = page.last() else { break };
        after = (last.time, last.log, last.seq);
        for received in &page {
            adding.add(received);
        }
    }
    repo.concern(number, &adding.concerned).await?;
    let mut exposure = adding.finish();
    exposure.kept_since = Some(repo.kept_since().await?.as_millis()).filter(|kept| *kept > 0);
    Ok(exposure)
}

#[derive(Default)]
struct Adding {
    exposure: Exposure,
    classes: BTreeMap<DataType, Class>,
    events: HashSet<[u8; 16]>,
    /// Whose records were looked at.
    concerned: Concerned,
}

impl Adding {
    fn add(&mut self, received: &Received) {
        if !self.events.insert(received.event) {
            return;
        }
        *self.concerned.entry(received.device).or_default() += 1;
        let read = received.body.unpack().ok();
        let read: Option<Decision> = read.and_then(|body| serde_json::from_slice(&body).ok());
        match read {
            None => self.exposure.unread += 1,
            Some(decision) if left(decision.disposition) => self.message(received.device, decision),
            // It has another record when it ends.
            Some(decision) if decision.disposition == Disposition::Held => {}
            Some(_) => self.exposure.kept += 1,
        }
    }

    fn message(&mut self, device: DeviceId, decision: Decision) {
        self.exposure.messages += 1;
        self.exposure.bytes += decision.message_bytes;
        *self.exposure.levels.entry(decision.level).or_default() += 1;
        self.exposure.devices.insert(device);
        self.exposure.users.extend(decision.user);
        let mut counted = BTreeSet::new();
        for (index, found) in decision.findings.into_iter().enumerate() {
            // Only what really was rewritten counts as replaced.
            let rewritten = decision.disposition == Disposition::Rewritten;
            let action = decision.decision.per_finding.get(index).copied();
            let replaced = rewritten && action.is_some_and(Action::edits);
            let class = self.classes.entry(found.data_type.clone()).or_insert_with(|| Class {
                data_type: found.data_type.clone(),
                level: found.level,
                sent: 0,
                replaced: 0,
                messages: 0,
            });
            class.level = class.level.max(found.level);
            let count = u64::from(found.count);
            if replaced {
                class.replaced += count;
            } else {
                class.sent += count;
            }
            if counted.insert(found.data_type) {
                class.messages += 1;
            }
        }
    }

    fn finish(mut self) -> Exposure {
        self.exposure.classes = self.classes.into_values().collect();
        // What hurts most stands first.
        self.exposure
            .classes
            .sort_by(|one, other| other.level.cmp(&one.level).then(other.sent.cmp(&one.sent)));
        self.exposure
    }
}

/// Kind 2 is a decision.
const RECEIVED: &str = concat!(
    "SELECT e.time, e.log, e.seq, e.event, e.later, l.device, ",
    carried!(),
    " FROM events e \
     JOIN names n ON n.id = e.provider JOIN logs l ON l.id = e.log \
     WHERE n.name = $1 AND e.kind = 2 AND e.time >= $2 AND e.time < $3 AND (e.time, e.log, e.seq) > ($4, $5, $6) \
     ORDER BY e.time, e.log, e.seq LIMIT 1000"
);

macro_rules! exposure_table {
    ($repo:ty, $row:ty) => {
        #[async_trait::async_trait]
        impl ExposureTable for $repo {
            async fn received(
                &self,
                provider: &str,
                since: Timestamp,
                until: Timestamp,
                (time, log, seq): (i64, i64, i64),
            ) -> Result<Vec<Received>, RepoError> {
                let rows: Vec<$row> = sqlx::query(RECEIVED)
                    .bind(provider)
                    .bind(since.as_millis())
                    .bind(until.as_millis())
                    .bind(time)
                    .bind(log)
                    .bind(seq)
                    .fetch_all(&self.questions)
                    .await?;
                rows.iter()
                    .map(|row| {
                        Ok(Received {
                            time: row.try_get("time")?,
                            log: row.try_get("log")?,
                            seq: row.try_get("seq")?,
                            device: DeviceId::from_bytes(array(row.try_get("device")?, "logs")?),
                            event: array(row.try_get("event")?, "events")?,
                            body: packed_of!(row),
                        })
                    })
                    .collect()
            }
        }
    };
}

exposure_table!(Sqlite, sqlx::sqlite::SqliteRow);
exposure_table!(Postgres, sqlx::postgres::PgRow);
