//! The tables `overrides` and `override_keys`.

use super::Wanted;
use crate::journal::Entry;
use crate::repo::{Postgres, RepoError, Sqlite, array};
use serde::{Deserialize, Serialize};
use sqlx::Row;
use utoipa::ToSchema;
use weir_fleet::{DeviceId, Lifts};
use weir_model::{EventId, Timestamp};
use zeroize::Zeroizing;

/// A code, as the server knows it: everything but the code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Override {
    /// Names it.
    pub id: EventId,
    /// The device it is for.
    pub device: DeviceId,
    /// The device's name; empty where it is not known any more.
    pub device_name: String,
    /// What it lifts.
    pub lifts: Lifts,
    /// For how many minutes.
    pub minutes: u16,
    /// Why.
    pub reason: String,
    /// When it was asked for.
    pub asked: Timestamp,
    /// By whom.
    pub asked_by: String,
    /// Until when it can be approved and read.
    pub expires: Timestamp,
    /// As it is kept: what expires stands as it did.
    pub kept: OverrideState,
    /// When it was decided, and by whom.
    pub decided: Option<(Timestamp, String)>,
    /// Why, where somebody said no.
    pub why: String,
    /// It was read.
    pub issued: Option<Issued>,
    /// The device has said so.
    pub used: Option<Used>,
}

/// A code was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Issued {
    /// Its number among those of the device.
    pub number: u64,
    /// When.
    pub at: Timestamp,
    /// Until when it can be entered.
    pub ends: Timestamp,
}

/// A code was used, by the device's clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Used {
    /// When it was entered.
    pub entered: Timestamp,
    /// Until when it lifts.
    pub until: Timestamp,
}

/// How a code stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum OverrideState {
    /// It waits for a second person.
    Asked,
    /// Whoever asked may read it.
    Approved,
    /// Somebody said no.
    Refused,
    /// It was read and can be entered.
    Issued,
    /// The device says that it was entered.
    Used,
    /// Nobody approved, read or entered it in time.
    Expired,
}

impl OverrideState {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Asked,
        Self::Approved,
        Self::Refused,
        Self::Issued,
        Self::Used,
        Self::Expired,
    ];

    /// As it is kept.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Asked => "asked",
            Self::Approved => "approved",
            Self::Refused => "refused",
            Self::Issued => "issued",
            Self::Used => "used",
            Self::Expired => "expired",
        }
    }
}

/// Which codes.
#[derive(Clone, Copy, Debug)]
pub struct OverridesWanted {
    /// Only those that stand so now.
    pub state: Option<OverrideState>,
    /// At most so many.
    pub limit: u32,
}

impl Override {
    pub(super) fn asked(id: EventId, wanted: &Wanted, (person, now): (String, Timestamp), expires: Timestamp) -> Self {
        Self {
            id,
            device: wanted.device,
            device_name: String::new(),
            lifts: wanted.lifts,
            minutes: wanted.minutes,
            reason: wanted.reason.clone(),
            asked: now,
            asked_by: person,
            expires,
            kept: OverrideState::Asked,
            decided: None,
            why: String::new(),
            issued: None,
            used: None,
        }
    }

    /// The same, read out.
    pub(super) fn issued(self, issued: Issued) -> Self {
        Self {
            kept: OverrideState::Issued,
            issued: Some(issued),
            ..self
        }
    }

    /// How it stands now.
    #[must_use]
    pub fn state(&self, now: Timestamp) -> OverrideState {
        let is_over = match self.kept {
            OverrideState::Asked | OverrideState::Approved => self.expires <= now,
            OverrideState::Issued => self.issued.is_some_and(|issued| issued.ends <= now),
            OverrideState::Refused | OverrideState::Used | OverrideState::Expired => false,
        };
        if is_over { OverrideState::Expired } else { self.kept }
    }
}

/// What is asked of the tables.
#[async_trait::async_trait]
pub trait OverrideTable: Send + Sync {
    /// What the key of a device's codes is made from.
    async fn override_seed(&self, device: DeviceId) -> Result<Option<Zeroizing<[u8; 32]>>, RepoError>;
    /// Keeps one where there is none.
    async fn add_override_seed(&self, device: DeviceId, seed: &[u8; 32], now: Timestamp) -> Result<(), RepoError>;
    /// Keeps what was asked for.
    async fn add_override(&self, asked: &Override, entry: &Entry) -> Result<(), RepoError>;
    /// One.
    async fn one_override(&self, id: EventId) -> Result<Option<Override>, RepoError>;
    /// All, newest first.
    async fn overrides(&self, wanted: OverridesWanted, now: Timestamp) -> Result<Vec<Override>, RepoError>;
    /// How many codes of a device wait to be approved or read.
    async fn waiting_overrides(&self, device: DeviceId, now: Timestamp) -> Result<usize, RepoError>;
    /// Approves or refuses what was asked for, by whom and why. False when it does not wait any more.
    async fn decide_override(
        &self,
        id: EventId,
        decision: (OverrideState, &str, &str),
        now: Timestamp,
        entry: &Entry,
    ) -> Result<bool, RepoError>;
    /// The highest number among a device's codes, and of those that it said it has used; 0 where there is none.
    async fn last_override(&self, device: DeviceId) -> Result<u64, RepoError>;
    /// Keeps up to which number a device says it has used codes. A lower one than before changes nothing.
    async fn tell_override(&self, device: DeviceId, number: u64) -> Result<(), RepoError>;
    /// Keeps that an approved one was read. False when it is approved no more, or its number is taken.
    async fn issue_override(&self, id: EventId, issued: &Issued, entry: &Entry) -> Result<bool, RepoError>;
    /// Codes of a device that were read, and not used as far as is known, with their numbers.
    async fn issued_overrides(&self, device: DeviceId) -> Result<Vec<(EventId, u64)>, RepoError>;
    /// Keeps that one was used. False when that is known.
    async fn use_override(&self, id: EventId, used: &Used, entry: &Entry) -> Result<bool, RepoError>;
}

const SEED: &str = "SELECT seed FROM override_keys WHERE device = $1";
const ADD_SEED: &str =
    "INSERT INTO override_keys (device, seed, made) VALUES ($1, $2, $3) ON CONFLICT (device) DO NOTHING";
const ADD: &str = "INSERT INTO overrides (id, device, directive, minutes, reason, asked, asker, expires, state, why) \
                   VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'asked', '')";
const ONE: &str = "SELECT overrides.*, devices.name AS device_name FROM overrides \
                   LEFT JOIN devices ON devices.id = overrides.device WHERE overrides.id = $1";
const LIST: &str = "SELECT overrides.*, devices.name AS device_name FROM overrides \
                    LEFT JOIN devices ON devices.id = overrides.device WHERE CAST($1 AS TEXT) IS NULL \
                    OR $1 = CASE WHEN state IN ('asked', 'approved') AND expires <= $2 THEN 'expired' \
                    WHEN state = 'issued' AND ends <= $2 THEN 'expired' ELSE state END \
                    ORDER BY asked DESC, overrides.id DESC LIMIT $3";
const WAITING: &str = "SELECT count(*) AS waiting FROM overrides \
                       WHERE device = $1 AND state IN ('asked', 'approved') AND expires > $2";
const DECIDE: &str =
    "UPDATE overrides SET state = $2, decided = $3, decider = $4, why = $5 WHERE id = $1 AND state = 'asked'";
const LAST: &str = "SELECT coalesce(max(number), 0) AS last FROM (SELECT number FROM overrides WHERE device = $1 \
                    UNION ALL SELECT told FROM override_keys WHERE device = $1) AS numbers";
const TELL: &str = "UPDATE override_keys SET told = $2 WHERE device = $1 AND told < $2";
const ISSUE: &str = "UPDATE overrides SET state = 'issued', number = $2, issued = $3, ends = $4 \
                     WHERE id = $1 AND state = 'approved' AND NOT EXISTS (SELECT 1 FROM overrides AS others \
                     WHERE others.device = overrides.device AND others.number >= $2) \
                     AND NOT EXISTS (SELECT 1 FROM override_keys \
                     WHERE override_keys.device = overrides.device AND told >= $2)";
const ISSUED: &str = "SELECT id, number FROM overrides WHERE device = $1 AND state = 'issued'";
const USE: &str = "UPDATE overrides SET state = 'used', entered = $2, until = $3 WHERE id = $1 AND state = 'issued'";

const TABLE: &str = "overrides";

macro_rules! override_of {
    ($row:ident) => {{
        let time = |column: &str| -> Result<Timestamp, RepoError> { Ok(Timestamp::from_millis($row.try_get(column)?)) };
        let may = |column: &str| -> Result<Option<Timestamp>, RepoError> {
            Ok($row.try_get::<Option<i64>, _>(column)?.map(Timestamp::from_millis))
        };
        let number: Option<i64> = $row.try_get("number")?;
        let directive: Option<i64> = $row.try_get("directive")?;
        let decider: Option<String> = $row.try_get("decider")?;
        let device_name: Option<String> = $row.try_get("device_name")?;
        let issued = number.zip(may("issued")?).zip(may("ends")?);
        let used = may("entered")?.zip(may("until")?);
        Ok(Override {
            id: EventId::from_bytes(array($row.try_get("id")?, TABLE)?),
            device: DeviceId::from_bytes(array($row.try_get("device")?, TABLE)?),
            device_name: device_name.unwrap_or_default(),
            lifts: directive.map_or(Lifts::Stale, |number| Lifts::Directive(number.unsigned_abs())),
            minutes: u16::try_from($row.try_get::<i64, _>("minutes")?).map_err(|_| RepoError::Row(TABLE))?,
            reason: $row.try_get("reason")?,
            asked: time("asked")?,
            asked_by: $row.try_get("asker")?,
            expires: time("expires")?,
            kept: state($row.try_get("state")?)?,
            decided: may("decided")?.zip(decider),
            why: $row.try_get("why")?,
            issued: issued.map(|((number, at), ends)| Issued {
                number: number.unsigned_abs(),
                at,
                ends,
            }),
            used: used.map(|(entered, until)| Used { entered, until }),
        })
    }};
}

macro_rules! override_table {
    ($repo:ty, $row:ty) => {
        #[async_trait::async_trait]
        impl OverrideTable for $repo {
            async fn override_seed(&self, device: DeviceId) -> Result<Option<Zeroizing<[u8; 32]>>, RepoError> {
                let query = sqlx::query(SEED).bind(&device.as_bytes()[..]);
                let row: Option<$row> = query.fetch_optional(&self.read).await?;
                let seed = |row: $row| Ok(Zeroizing::new(array(row.try_get("seed")?, "override_keys")?));
                row.map(seed).transpose()
            }

            async fn add_override_seed(
                &self,
                device: DeviceId,
                seed: &[u8; 32],
                now: Timestamp,
            ) -> Result<(), RepoError> {
                let query = sqlx::query(ADD_SEED).bind(&device.as_bytes()[..]).bind(&seed[..]);
                query.bind(now.as_millis()).execute(&self.write).await?;
                Ok(())
            }

            async fn add_override(&self, asked: &Override, entry: &Entry) -> Result<(), RepoError> {
                let directive = match asked.lifts {
                    Lifts::Directive(number) => Some(whole(number)?),
                    Lifts::Stale => None,
                };
                let mut change = self.enter(entry).await?;
                let query = sqlx::query(ADD)
                    .bind(&asked.id.as_bytes()[..])
                    .bind(&asked.device.as_bytes()[..])
                    .bind(directive)
                    .bind(i64::from(asked.minutes))
                    .bind(&asked.reason)
                    .bind(asked.asked.as_millis())
                    .bind(&asked.asked_by)
                    .bind(asked.expires.as_millis());
                query.execute(&mut *change).await?;
                change.commit().await?;
                Ok(())
            }

            async fn one_override(&self, id: EventId) -> Result<Option<Override>, RepoError> {
                let query = sqlx::query(ONE).bind(&id.as_bytes()[..]);
                let row: Option<$row> = query.fetch_optional(&self.read).await?;
                row.map(|row| override_of!(row)).transpose()
            }

            async fn overrides(&self, wanted: OverridesWanted, now: Timestamp) -> Result<Vec<Override>, RepoError> {
                let query = sqlx::query(LIST)
                    .bind(wanted.state.map(OverrideState::as_str))
                    .bind(now.as_millis())
                    .bind(i64::from(wanted.limit));
                let rows: Vec<$row> = query.fetch_all(&self.read).await?;
                rows.into_iter().map(|row| override_of!(row)).collect()
            }

            async fn waiting_overrides(&self, device: DeviceId, now: Timestamp) -> Result<usize, RepoError> {
                let query = sqlx::query(WAITING).bind(&device.as_bytes()[..]);
                let row: $row = query.bind(now.as_millis()).fetch_one(&self.read).await?;
                usize::try_from(row.try_get::<i64, _>("waiting")?).map_err(|_| RepoError::Row(TABLE))
            }

            async fn decide_override(
                &self,
                id: EventId,
                (to, by, why): (OverrideState, &str, &str),
                now: Timestamp,
                entry: &Entry,
            ) -> Result<bool, RepoError> {
                let mut change = self.enter(entry).await?;
                let query = sqlx::query(DECIDE)
                    .bind(&id.as_bytes()[..])
                    .bind(to.as_str())
                    .bind(now.as_millis())
                    .bind(by)
                    .bind(why);
                let decided = query.execute(&mut *change).await?.rows_affected() > 0;
                if decided {
                    change.commit().await?;
                }
                Ok(decided)
            }

            async fn last_override(&self, device: DeviceId) -> Result<u64, RepoError> {
                let query = sqlx::query(LAST).bind(&device.as_bytes()[..]);
                let row: $row = query.fetch_one(&self.read).await?;
                Ok(row.try_get::<i64, _>("last")?.unsigned_abs())
            }

            async fn tell_override(&self, device: DeviceId, number: u64) -> Result<(), RepoError> {
                let query = sqlx::query(TELL).bind(&device.as_bytes()[..]);
                query.bind(whole(number)?).execute(&self.write).await?;
                Ok(())
            }

            async fn issue_override(&self, id: EventId, issued: &Issued, entry: &Entry) -> Result<bool, RepoError> {
                let mut change = self.enter(entry).await?;
                let query = sqlx::query(ISSUE)
                    .bind(&id.as_bytes()[..])
                    .bind(whole(issued.number)?)
                    .bind(issued.at.as_millis())
                    .bind(issued.ends.as_millis());
                let is_issued = query.execute(&mut *change).await?.rows_affected() > 0;
                if is_issued {
                    change.commit().await?;
                }
                Ok(is_issued)
            }

            async fn issued_overrides(&self, device: DeviceId) -> Result<Vec<(EventId, u64)>, RepoError> {
                let query = sqlx::query(ISSUED).bind(&device.as_bytes()[..]);
                let rows: Vec<$row> = query.fetch_all(&self.read).await?;
                let issued = |row: $row| {
                    let id = EventId::from_bytes(array(row.try_get("id")?, TABLE)?);
                    Ok((id, row.try_get::<i64, _>("number")?.unsigned_abs()))
                };
                rows.into_iter().map(issued).collect()
            }

            async fn use_override(&self, id: EventId, used: &Used, entry: &Entry) -> Result<bool, RepoError> {
                let mut change = self.enter(entry).await?;
                let query = sqlx::query(USE)
                    .bind(&id.as_bytes()[..])
                    .bind(used.entered.as_millis())
                    .bind(used.until.as_millis());
                let is_news = query.execute(&mut *change).await?.rows_affected() > 0;
                if is_news {
                    change.commit().await?;
                }
                Ok(is_news)
            }
        }
    };
}

fn whole(number: u64) -> Result<i64, RepoError> {
    i64::try_from(number).map_err(|_| RepoError::Row(TABLE))
}

fn state(text: &str) -> Result<OverrideState, RepoError> {
    let found = OverrideState::ALL.into_iter().find(|state| state.as_str() == text);
    found.ok_or(RepoError::Row(TABLE))
}

override_table!(Sqlite, sqlx::sqlite::SqliteRow);
override_table!(Postgres, sqlx::postgres::PgRow);
