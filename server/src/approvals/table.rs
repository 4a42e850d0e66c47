//! The tables `exception_requests` and `exception_votes`.

use crate::journal::Entry;
use crate::repo::{Postgres, RepoError, Sqlite, array};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sqlx::Row;
use std::collections::HashMap;
use weir_bundle::ExceptionDestination;
use weir_fleet::{DeviceId, ExceptionAnswers, ExceptionRequest, ExceptionStanding, ExceptionState};
use weir_model::{EventId, ExceptionTerms, Timestamp};

/// A request as the server keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// Names it, and the exception that may come of it.
    pub id: EventId,
    /// The device that asks.
    pub device: DeviceId,
    /// What it asks.
    pub request: ExceptionRequest,
    /// When.
    pub asked: Timestamp,
    /// Until when it can be decided.
    pub expires: Timestamp,
    /// What was said.
    pub standing: Standing,
}

/// What was said to a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// As it is kept: what expires is pending here.
    pub state: ExceptionState,
    /// Approvals, the first one first.
    pub votes: Vec<Vote>,
    /// When it was decided, and by whom.
    pub decided: Option<(Timestamp, String)>,
    /// Why, where somebody said no.
    pub why: String,
    /// Until when the exception holds.
    pub until: Option<Timestamp>,
}

impl Default for Standing {
    fn default() -> Self {
        Self {
            state: ExceptionState::Pending,
            votes: Vec::new(),
            decided: None,
            why: String::new(),
            until: None,
        }
    }
}

impl Asked {
    /// How it stands now.
    #[must_use]
    pub fn state(&self, now: Timestamp) -> ExceptionState {
        let over = |until: Option<Timestamp>| until.is_some_and(|until| until <= now);
        match self.standing.state {
            ExceptionState::Pending if over(Some(self.expires)) => ExceptionState::Expired,
            ExceptionState::Approved if over(self.standing.until) => ExceptionState::Expired,
            state => state,
        }
    }
}

/// An approval.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vote {
    /// Who.
    pub approver: String,
    /// When.
    pub given: Timestamp,
    /// For how many hours.
    pub hours: u32,
    /// For how many messages.
    pub uses: u32,
}

/// An approval, on its way to the table.
#[derive(Clone, Debug)]
pub struct Voted {
    /// The request.
    pub id: EventId,
    /// Approvals there were before.
    pub before: usize,
    /// It.
    pub vote: Vote,
    /// The exception and its end, where it was the last that is needed.
    pub signed: Option<(Vec<u8>, Timestamp)>,
}

/// Which requests.
#[derive(Clone, Debug, Default)]
pub struct ExceptionsWanted {
    /// Only those that stand so now.
    pub state: Option<ExceptionState>,
    /// At most so many.
    pub limit: u32,
}

/// What is asked of the tables.
#[async_trait::async_trait]
pub trait ApprovalTable: Send + Sync {
    /// Keeps a request. False when there is one about this event of this device.
    async fn add_exception(&self, asked: &Asked, entry: &Entry) -> Result<bool, RepoError>;
    /// The request about this event of this device.
    async fn exception_of(&self, device: DeviceId, event: EventId) -> Result<Option<EventId>, RepoError>;
    /// How many requests of a device can be decided.
    async fn pending_exceptions(&self, device: DeviceId, now: Timestamp) -> Result<u64, RepoError>;
    /// One request.
    async fn exception(&self, id: EventId) -> Result<Option<Asked>, RepoError>;
    /// Requests, newest first.
    async fn exceptions(&self, wanted: &ExceptionsWanted, now: Timestamp) -> Result<Vec<Asked>, RepoError>;
    /// Keeps an approval. False when something changed in between.
    async fn vote_exception(&self, voted: &Voted, entry: &Entry) -> Result<bool, RepoError>;
    /// Says no, or takes back. False when it does not stand as it did.
    async fn end_exception(
        &self,
        id: EventId,
        states: (ExceptionState, ExceptionState),
        by: (&str, &str),
        now: Timestamp,
        entry: &Entry,
    ) -> Result<bool, RepoError>;
    /// What a device is told: all that holds, and what was said last beside it.
    async fn exception_answers(&self, device: DeviceId, now: Timestamp) -> Result<ExceptionAnswers, RepoError>;
    /// Number of the newest answer to each device that got one of late; to this one alone, where one is named.
    async fn answer_numbers(&self, device: Option<DeviceId>) -> Result<HashMap<DeviceId, u64>, RepoError>;
}

/// Exceptions of one device that hold: laptops believe no more, and drop what they are not told of.
const HOLDING: i64 = 256;
/// Other answers that a device is told of again.
const TOLD: i64 = 100;

const ADD: &str = "INSERT INTO exception_requests (id, device, event, username, destination, tier, level, types, rules, \
                   approvers, most_hours, most_uses, digest, reason, asked, expires, state, votes, why, number) VALUES \
                   ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, 'pending', 0, '', 0) \
                   ON CONFLICT DO NOTHING";
const ONE: &str = "SELECT * FROM exception_requests WHERE id = $1";
const OF_EVENT: &str = "SELECT id FROM exception_requests WHERE device = $1 AND event = $2";
const PENDING: &str = "SELECT count(*) AS waiting FROM exception_requests \
                       WHERE device = $1 AND state = 'pending' AND expires > $2";
const LIST: &str = "SELECT * FROM exception_requests WHERE CAST($1 AS TEXT) IS NULL \
                    OR $1 = CASE WHEN state = 'pending' AND expires <= $2 THEN 'expired' \
                    WHEN state = 'approved' AND until <= $2 THEN 'expired' ELSE state END \
                    ORDER BY asked DESC, id DESC LIMIT $3";
const VOTES: &str =
    "SELECT approver, given, hours, uses FROM exception_votes WHERE request = $1 ORDER BY given, approver";
const VOTE: &str = "UPDATE exception_requests SET votes = votes + 1 WHERE id = $1 AND state = 'pending' AND votes = $2";
const ADD_VOTE: &str = "INSERT INTO exception_votes (request, approver, given, hours, uses) VALUES ($1, $2, $3, $4, $5) \
                        ON CONFLICT DO NOTHING";
const GIVE: &str = "UPDATE exception_requests SET state = 'approved', decided = $2, decider = $3, signed = $4, until = $5, \
                    number = 1 + (SELECT max(number) FROM exception_requests) WHERE id = $1";
const END: &str = "UPDATE exception_requests SET state = $3, decided = $4, decider = $5, why = $6, \
                   number = 1 + (SELECT max(number) FROM exception_requests) WHERE id = $1 AND state = $2";
const ANSWERS: &str = "SELECT * FROM (SELECT * FROM exception_requests WHERE device = $1 AND state = 'approved' AND until > $2 \
                       ORDER BY asked DESC, id DESC LIMIT $3) AS holding UNION ALL \
                       SELECT * FROM (SELECT * FROM exception_requests WHERE device = $1 \
                       AND NOT (state = 'approved' AND until > $2) ORDER BY coalesce(decided, asked) DESC, id DESC LIMIT $4) AS others \
                       ORDER BY asked DESC, id DESC";
const NUMBERS: &str = "SELECT device, max(number) AS newest FROM exception_requests \
                       WHERE decided IS NOT NULL AND (CAST($1 AS {bytes}) IS NULL OR device = $1) GROUP BY device";

macro_rules! asked_of {
    ($row:ident) => {{
        let number = |column: &str| -> Result<u32, RepoError> {
            let number: i64 = $row.try_get(column)?;
            u32::try_from(number).map_err(|_| RepoError::Row(TABLE))
        };
        let time = |column: &str| -> Result<Timestamp, RepoError> { Ok(Timestamp::from_millis($row.try_get(column)?)) };
        let event = |column: &str| -> Result<EventId, RepoError> {
            Ok(EventId::from_bytes(array($row.try_get(column)?, TABLE)?))
        };
        let text = |column: &str| -> Result<&str, RepoError> { Ok($row.try_get(column)?) };
        let decided: Option<i64> = $row.try_get("decided")?;
        let decider: Option<String> = $row.try_get("decider")?;
        let until: Option<i64> = $row.try_get("until")?;
        Asked {
            id: event("id")?,
            device: DeviceId::from_bytes(array($row.try_get("device")?, TABLE)?),
            request: ExceptionRequest {
                event: event("event")?,
                user: text("username")?.to_owned(),
                destination: ExceptionDestination {
                    name: text("destination")?.to_owned(),
                    tier: word(text("tier")?)?,
                },
                level: word(text("level")?)?,
                data_types: read(text("types")?)?,
                rules: read(text("rules")?)?,
                terms: ExceptionTerms {
                    approvers: u8::try_from(number("approvers")?).map_err(|_| RepoError::Row(TABLE))?,
                    most_hours: number("most_hours")?,
                    most_uses: number("most_uses")?,
                },
                digest: word(text("digest")?)?,
                reason: text("reason")?.to_owned(),
            },
            asked: time("asked")?,
            expires: time("expires")?,
            standing: Standing {
                state: word(text("state")?)?,
                votes: Vec::new(),
                decided: decided.map(Timestamp::from_millis).zip(decider),
                why: text("why")?.to_owned(),
                until: until.map(Timestamp::from_millis),
            },
        }
    }};
}

macro_rules! approval_table {
    ($repo:ty, $row:ty, $bytes:literal) => {
        impl $repo {
            async fn votes_of(&self, asked: Asked) -> Result<Asked, RepoError> {
                let query = sqlx::query(VOTES).bind(&asked.id.as_bytes()[..]);
                let rows: Vec<$row> = query.fetch_all(&self.read).await?;
                let vote = |row: $row| -> Result<Vote, RepoError> {
                    let number = |column: &str| -> Result<u32, RepoError> {
                        let number: i64 = row.try_get(column)?;
                        u32::try_from(number).map_err(|_| RepoError::Row("exception_votes"))
                    };
                    Ok(Vote {
                        approver: row.try_get("approver")?,
                        given: Timestamp::from_millis(row.try_get("given")?),
                        hours: number("hours")?,
                        uses: number("uses")?,
                    })
                };
                let votes = rows.into_iter().map(vote).collect::<Result<_, _>>()?;
                Ok(Asked {
                    standing: Standing {
                        votes,
                        ..asked.standing
                    },
                    ..asked
                })
            }
        }

        #[async_trait::async_trait]
        impl ApprovalTable for $repo {
            async fn add_exception(&self, asked: &Asked, entry: &Entry) -> Result<bool, RepoError> {
                let Asked {
                    id, device, request, ..
                } = asked;
                let mut change = self.enter(entry).await?;
                let query = sqlx::query(ADD)
                    .bind(&id.as_bytes()[..])
                    .bind(&device.as_bytes()[..])
                    .bind(&request.event.as_bytes()[..])
                    .bind(&request.user)
                    .bind(&request.destination.name)
                    .bind(request.destination.tier.as_str())
                    .bind(request.level.as_str())
                    .bind(written(&request.data_types))
                    .bind(written(&request.rules))
                    .bind(i64::from(request.terms.approvers))
                    .bind(i64::from(request.terms.most_hours))
                    .bind(i64::from(request.terms.most_uses))
                    .bind(request.digest.as_str())
                    .bind(&request.reason)
                    .bind(asked.asked.as_millis())
                    .bind(asked.expires.as_millis());
                let kept = query.execute(&mut *change).await?.rows_affected() > 0;
                if kept {
                    change.commit().await?;
                }
                Ok(kept)
            }

            async fn exception_of(&self, device: DeviceId, event: EventId) -> Result<Option<EventId>, RepoError> {
                let query = sqlx::query(OF_EVENT)
                    .bind(&device.as_bytes()[..])
                    .bind(&event.as_bytes()[..]);
                let row: Option<$row> = query.fetch_optional(&self.read).await?;
                row.map(|row| Ok(EventId::from_bytes(array(row.try_get("id")?, TABLE)?)))
                    .transpose()
            }

            async fn pending_exceptions(&self, device: DeviceId, now: Timestamp) -> Result<u64, RepoError> {
                let query = sqlx::query(PENDING)
                    .bind(&device.as_bytes()[..])
                    .bind(now.as_millis());
                let row: $row = query.fetch_one(&self.read).await?;
                Ok(row.try_get::<i64, _>("waiting")?.unsigned_abs())
            }

            async fn exception(&self, id: EventId) -> Result<Option<Asked>, RepoError> {
                let query = sqlx::query(ONE).bind(&id.as_bytes()[..]);
                let row: Option<$row> = query.fetch_optional(&self.read).await?;
                match row {
                    Some(row) => Ok(Some(self.votes_of(asked_of!(row)).await?)),
                    None => Ok(None),
                }
            }

            async fn exceptions(&self, wanted: &ExceptionsWanted, now: Timestamp) -> Result<Vec<Asked>, RepoError> {
                let query = sqlx::query(LIST)
                    .bind(wanted.state.map(ExceptionState::as_str))
                    .bind(now.as_millis())
                    .bind(i64::from(wanted.limit));
                let rows: Vec<$row> = query.fetch_all(&self.read).await?;
                let mut all = Vec::with_capacity(rows.len());
                for row in rows {
                    all.push(self.votes_of(asked_of!(row)).await?);
                }
                Ok(all)
            }

            async fn vote_exception(&self, voted: &Voted, entry: &Entry) -> Result<bool, RepoError> {
                let Voted {
                    id,
                    before,
                    vote,
                    signed,
                } = voted;
                let id = &id.as_bytes()[..];
                let mut change = self.enter(entry).await?;
                let before = i64::try_from(*before).map_err(|_| RepoError::Row(TABLE))?;
                let query = sqlx::query(VOTE).bind(id).bind(before);
                if query.execute(&mut *change).await?.rows_affected() == 0 {
                    return Ok(false);
                }
                let query = sqlx::query(ADD_VOTE)
                    .bind(id)
                    .bind(&vote.approver)
                    .bind(vote.given.as_millis())
                    .bind(i64::from(vote.hours))
                    .bind(i64::from(vote.uses));
                if query.execute(&mut *change).await?.rows_affected() == 0 {
                    return Ok(false);
                }
                if let Some((signed, until)) = signed {
                    let query = sqlx::query(GIVE)
                        .bind(id)
                        .bind(vote.given.as_millis())
                        .bind(&vote.approver)
                        .bind(signed)
                        .bind(until.as_millis());
                    query.execute(&mut *change).await?;
                }
                change.commit().await?;
                Ok(true)
            }

            async fn end_exception(
                &self,
                id: EventId,
                (from, to): (ExceptionState, ExceptionState),
                (by, why): (&str, &str),
                now: Timestamp,
                entry: &Entry,
            ) -> Result<bool, RepoError> {
                let mut change = self.enter(entry).await?;
                let query = sqlx::query(END)
                    .bind(&id.as_bytes()[..])
                    .bind(from.as_str())
                    .bind(to.as_str())
                    .bind(now.as_millis())
                    .bind(by)
                    .bind(why);
                let ended = query.execute(&mut *change).await?.rows_affected() > 0;
                if ended {
                    change.commit().await?;
                }
                Ok(ended)
            }

            async fn exception_answers(&self, device: DeviceId, now: Timestamp) -> Result<ExceptionAnswers, RepoError> {
                // Before the answers: what is said in between is asked for once more, and not missed.
                let numbers = self.answer_numbers(Some(device)).await?;
                let query = sqlx::query(ANSWERS)
                    .bind(&device.as_bytes()[..])
                    .bind(now.as_millis())
                    .bind(HOLDING)
                    .bind(TOLD);
                let rows: Vec<$row> = query.fetch_all(&self.read).await?;
                let mut answers = ExceptionAnswers {
                    number: numbers.get(&device).copied().unwrap_or(0),
                    ..ExceptionAnswers::default()
                };
                for row in rows {
                    let asked = asked_of!(row);
                    let signed: Option<Vec<u8>> = row.try_get("signed")?;
                    let state = asked.state(now);
                    if let Some(signed) = signed.filter(|_| state == ExceptionState::Approved) {
                        let envelope = String::from_utf8(signed).map_err(|_| RepoError::Row(TABLE))?;
                        answers.exceptions.push(envelope);
                    }
                    answers.requests.push(ExceptionStanding {
                        id: asked.id.to_string(),
                        event: asked.request.event,
                        state,
                        why: asked.standing.why,
                        time: asked.standing.decided.map_or(asked.asked, |(time, _)| time),
                    });
                }
                Ok(answers)
            }

            async fn answer_numbers(&self, device: Option<DeviceId>) -> Result<HashMap<DeviceId, u64>, RepoError> {
                let sql = sqlx::AssertSqlSafe(NUMBERS.replace("{bytes}", $bytes));
                let query = sqlx::query(sql).bind(device.map(|device| device.as_bytes().to_vec()));
                let rows: Vec<$row> = query.fetch_all(&self.read).await?;
                let number = |row: $row| {
                    let device = DeviceId::from_bytes(array(row.try_get("device")?, TABLE)?);
                    Ok((device, row.try_get::<i64, _>("newest")?.unsigned_abs()))
                };
                rows.into_iter().map(number).collect()
            }
        }
    };
}

const TABLE: &str = "exception_requests";

/// A word of an enumeration, as it is kept.
fn word<T: DeserializeOwned>(text: &str) -> Result<T, RepoError> {
    serde_json::from_value(serde_json::Value::String(text.to_owned())).map_err(|_| RepoError::Row(TABLE))
}

fn read<T: DeserializeOwned>(text: &str) -> Result<T, RepoError> {
    serde_json::from_str(text).map_err(|_| RepoError::Row(TABLE))
}

/// Sets of texts can always be written.
fn written(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

approval_table!(Sqlite, sqlx::sqlite::SqliteRow, "BLOB");
approval_table!(Postgres, sqlx::postgres::PgRow, "BYTEA");
