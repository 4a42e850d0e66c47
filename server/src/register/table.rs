//! The tables `provider_requests` and `obligations`.

use super::{Answers, Obligation, Promise, PromiseKind, ProviderRequest, RequestState};
use crate::journal::Entry;
use crate::repo::{Postgres, RepoError, Sqlite, array};
use jiff::civil::Date;
use serde::de::DeserializeOwned;
use sqlx::Row;
use weir_fleet::DeviceId;
use weir_model::{EventId, Timestamp};

/// Which requests.
#[derive(Clone, Debug, Default)]
pub struct RequestsWanted {
    /// Only those that stand so.
    pub state: Option<RequestState>,
    /// At most so many.
    pub limit: u32,
}

/// Which promises.
#[derive(Clone, Debug, Default)]
pub struct ObligationsWanted {
    /// Only those of this provider.
    pub provider: Option<String>,
    /// Also those that were taken out.
    pub ended: bool,
    /// At most so many.
    pub limit: u32,
}

/// What is asked of the tables.
#[async_trait::async_trait]
pub trait RegisterTable: Send + Sync {
    /// Keeps a request.
    async fn add_provider_request(&self, request: &ProviderRequest, entry: &Entry) -> Result<(), RepoError>;
    /// One request.
    async fn provider_request(&self, id: EventId) -> Result<Option<ProviderRequest>, RepoError>;
    /// Requests, newest first.
    async fn provider_requests(&self, wanted: &RequestsWanted) -> Result<Vec<ProviderRequest>, RepoError>;
    /// Requests of a device, newest first.
    async fn provider_requests_of(&self, device: DeviceId, limit: u32) -> Result<Vec<ProviderRequest>, RepoError>;
    /// Keeps answers instead of those that were read `before`. False when others are there, or the request waits no more.
    async fn answer_provider_request(
        &self,
        before: &Answers,
        answered: &ProviderRequest,
        entry: &Entry,
    ) -> Result<bool, RepoError>;
    /// Keeps what was decided of these answers. False when others are there, or the request waits no more.
    async fn decide_provider_request(&self, decided: &ProviderRequest, entry: &Entry) -> Result<bool, RepoError>;
    /// Keeps a promise.
    async fn add_obligation(&self, obligation: &Obligation, entry: &Entry) -> Result<(), RepoError>;
    /// One promise.
    async fn obligation(&self, id: EventId) -> Result<Option<Obligation>, RepoError>;
    /// Promises, those that end first before the others.
    async fn obligations(&self, wanted: &ObligationsWanted) -> Result<Vec<Obligation>, RepoError>;
    /// Promises that end by `soon` or ended before `today`, of which that was not told.
    async fn ending_obligations(&self, today: Date, soon: Date) -> Result<Vec<Obligation>, RepoError>;
    /// That a promise ends soon (1), or has ended (2), was told.
    async fn told_ending(&self, id: EventId, what: i64) -> Result<(), RepoError>;
    /// Takes a promise out. False when it was taken out already.
    async fn end_obligation(&self, ended: &Obligation, entry: &Entry) -> Result<bool, RepoError>;
}

const REQUESTS: &str = "provider_requests";
const OBLIGATIONS: &str = "obligations";

const ADD_REQUEST: &str = "INSERT INTO provider_requests (id, provider, service, business_case, level, answers, asked, \
                           asked_by, device, state, why) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'pending', '')";
const REQUEST: &str = "SELECT * FROM provider_requests WHERE id = $1";
const LIST_REQUESTS: &str = "SELECT * FROM provider_requests WHERE CAST($1 AS TEXT) IS NULL OR state = $1 \
                             ORDER BY asked DESC, id DESC LIMIT $2";
const OF_DEVICE: &str = "SELECT * FROM provider_requests WHERE device = $1 ORDER BY asked DESC, id DESC LIMIT $2";
const ANSWER: &str = "UPDATE provider_requests SET answers = $2 WHERE id = $1 AND state = 'pending' AND answers = $3";
const DECIDE: &str = "UPDATE provider_requests SET state = $2, decided = $3, decider = $4, why = $5 \
                      WHERE id = $1 AND state = 'pending' AND answers = $6";
const ADD_OBLIGATION: &str = "INSERT INTO obligations (id, provider, tiers, kind, number, place, document, digest, until, \
                              entered, entered_by, why) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, '')";
const OBLIGATION: &str = "SELECT * FROM obligations WHERE id = $1";
const LIST_OBLIGATIONS: &str = "SELECT * FROM obligations WHERE (CAST($1 AS TEXT) IS NULL OR provider = $1) \
                                AND (ended IS NULL OR $2) ORDER BY until, provider, id LIMIT $3";
const ENDING: &str = "SELECT * FROM obligations WHERE ended IS NULL \
                      AND ((until <= $2 AND told < 1) OR (until < $1 AND told < 2)) ORDER BY until, id LIMIT 500";
const TOLD: &str = "UPDATE obligations SET told = $2 WHERE id = $1 AND told < $2";
const END: &str = "UPDATE obligations SET ended = $2, ended_by = $3, why = $4 WHERE id = $1 AND ended IS NULL";

macro_rules! request_of {
    ($row:ident) => {{
        let text = |column: &str| -> Result<&str, RepoError> { Ok($row.try_get(column)?) };
        let decided: Option<i64> = $row.try_get("decided")?;
        let decider: Option<String> = $row.try_get("decider")?;
        let device: Option<&[u8]> = $row.try_get("device")?;
        let device = device.map(|device| array(device, REQUESTS)).transpose()?;
        Ok(ProviderRequest {
            id: EventId::from_bytes(array($row.try_get("id")?, REQUESTS)?),
            provider: text("provider")?.to_owned(),
            service: text("service")?.to_owned(),
            business_case: text("business_case")?.to_owned(),
            level: word(text("level")?, REQUESTS)?,
            answers: read(text("answers")?, REQUESTS)?,
            asked: Timestamp::from_millis($row.try_get("asked")?),
            asked_by: text("asked_by")?.to_owned(),
            device: device.map(DeviceId::from_bytes),
            state: word(text("state")?, REQUESTS)?,
            decided: decided.map(Timestamp::from_millis).zip(decider),
            why: text("why")?.to_owned(),
        })
    }};
}

macro_rules! obligation_of {
    ($row:ident) => {{
        let text = |column: &str| -> Result<&str, RepoError> { Ok($row.try_get(column)?) };
        let number: Option<i64> = $row.try_get("number")?;
        let number = number.map(u32::try_from).transpose();
        let ended: Option<i64> = $row.try_get("ended")?;
        let ended_by: Option<String> = $row.try_get("ended_by")?;
        let kind: PromiseKind = word(text("kind")?, OBLIGATIONS)?;
        Ok(Obligation {
            id: EventId::from_bytes(array($row.try_get("id")?, OBLIGATIONS)?),
            provider: text("provider")?.to_owned(),
            tiers: read(text("tiers")?, OBLIGATIONS)?,
            promise: Promise {
                kind,
                number: number.map_err(|_| RepoError::Row(OBLIGATIONS))?,
                place: text("place")?.to_owned(),
            },
            document: text("document")?.to_owned(),
            digest: text("digest")?.to_owned(),
            until: text("until")?.parse().map_err(|_| RepoError::Row(OBLIGATIONS))?,
            entered: Timestamp::from_millis($row.try_get("entered")?),
            entered_by: text("entered_by")?.to_owned(),
            ended: ended.map(Timestamp::from_millis).zip(ended_by),
            why: text("why")?.to_owned(),
        })
    }};
}

macro_rules! register_table {
    ($repo:ty, $row:ty) => {
        #[async_trait::async_trait]
        impl RegisterTable for $repo {
            async fn add_provider_request(&self, request: &ProviderRequest, entry: &Entry) -> Result<(), RepoError> {
                let mut change = self.enter(entry).await?;
                let query = sqlx::query(ADD_REQUEST)
                    .bind(&request.id.as_bytes()[..])
                    .bind(&request.provider)
                    .bind(&request.service)
                    .bind(&request.business_case)
                    .bind(request.level.as_str())
                    .bind(written(&request.answers))
                    .bind(request.asked.as_millis())
                    .bind(&request.asked_by)
                    .bind(request.device.map(|device| device.as_bytes().to_vec()));
                query.execute(&mut *change).await?;
                Ok(change.commit().await?)
            }

            async fn provider_request(&self, id: EventId) -> Result<Option<ProviderRequest>, RepoError> {
                let query = sqlx::query(REQUEST).bind(&id.as_bytes()[..]);
                let row: Option<$row> = query.fetch_optional(&self.read).await?;
                row.map(|row| request_of!(row)).transpose()
            }

            async fn provider_requests(&self, wanted: &RequestsWanted) -> Result<Vec<ProviderRequest>, RepoError> {
                let query = sqlx::query(LIST_REQUESTS)
                    .bind(wanted.state.map(RequestState::as_str))
                    .bind(i64::from(wanted.limit));
                let rows: Vec<$row> = query.fetch_all(&self.read).await?;
                rows.into_iter().map(|row| request_of!(row)).collect()
            }

            async fn provider_requests_of(
                &self,
                device: DeviceId,
                limit: u32,
            ) -> Result<Vec<ProviderRequest>, RepoError> {
                let query = sqlx::query(OF_DEVICE)
                    .bind(device.as_bytes().to_vec())
                    .bind(i64::from(limit));
                let rows: Vec<$row> = query.fetch_all(&self.read).await?;
                rows.into_iter().map(|row| request_of!(row)).collect()
            }

            async fn answer_provider_request(
                &self,
                before: &Answers,
                answered: &ProviderRequest,
                entry: &Entry,
            ) -> Result<bool, RepoError> {
                let mut change = self.enter(entry).await?;
                let query = sqlx::query(ANSWER)
                    .bind(&answered.id.as_bytes()[..])
                    .bind(written(&answered.answers))
                    .bind(written(before));
                let kept = query.execute(&mut *change).await?.rows_affected() > 0;
                if kept {
                    change.commit().await?;
                }
                Ok(kept)
            }

            async fn decide_provider_request(
                &self,
                decided: &ProviderRequest,
                entry: &Entry,
            ) -> Result<bool, RepoError> {
                let mut change = self.enter(entry).await?;
                let (time, who) = decided.decided.as_ref().ok_or(RepoError::Row(REQUESTS))?;
                let query = sqlx::query(DECIDE)
                    .bind(&decided.id.as_bytes()[..])
                    .bind(decided.state.as_str())
                    .bind(time.as_millis())
                    .bind(who)
                    .bind(&decided.why)
                    .bind(written(&decided.answers));
                let kept = query.execute(&mut *change).await?.rows_affected() > 0;
                if kept {
                    change.commit().await?;
                }
                Ok(kept)
            }

            async fn add_obligation(&self, obligation: &Obligation, entry: &Entry) -> Result<(), RepoError> {
                let mut change = self.enter(entry).await?;
                let query = sqlx::query(ADD_OBLIGATION)
                    .bind(&obligation.id.as_bytes()[..])
                    .bind(&obligation.provider)
                    // A set of words can always be written.
                    .bind(serde_json::to_string(&obligation.tiers).unwrap_or_default())
                    .bind(obligation.promise.kind.as_str())
                    .bind(obligation.promise.number.map(i64::from))
                    .bind(&obligation.promise.place)
                    .bind(&obligation.document)
                    .bind(&obligation.digest)
                    .bind(obligation.until.to_string())
                    .bind(obligation.entered.as_millis())
                    .bind(&obligation.entered_by);
                query.execute(&mut *change).await?;
                Ok(change.commit().await?)
            }

            async fn obligation(&self, id: EventId) -> Result<Option<Obligation>, RepoError> {
                let query = sqlx::query(OBLIGATION).bind(&id.as_bytes()[..]);
                let row: Option<$row> = query.fetch_optional(&self.read).await?;
                row.map(|row| obligation_of!(row)).transpose()
            }

            async fn obligations(&self, wanted: &ObligationsWanted) -> Result<Vec<Obligation>, RepoError> {
                let query = sqlx::query(LIST_OBLIGATIONS)
                    .bind(wanted.provider.as_deref())
                    .bind(wanted.ended)
                    .bind(i64::from(wanted.limit));
                let rows: Vec<$row> = query.fetch_all(&self.read).await?;
                rows.into_iter().map(|row| obligation_of!(row)).collect()
            }

            async fn ending_obligations(&self, today: Date, soon: Date) -> Result<Vec<Obligation>, RepoError> {
                let query = sqlx::query(ENDING).bind(today.to_string()).bind(soon.to_string());
                let rows: Vec<$row> = query.fetch_all(&self.read).await?;
                rows.into_iter().map(|row| obligation_of!(row)).collect()
            }

            async fn told_ending(&self, id: EventId, what: i64) -> Result<(), RepoError> {
                let query = sqlx::query(TOLD).bind(&id.as_bytes()[..]).bind(what);
                query.execute(&self.write).await?;
                Ok(())
            }

            async fn end_obligation(&self, ended: &Obligation, entry: &Entry) -> Result<bool, RepoError> {
                let mut change = self.enter(entry).await?;
                let (time, who) = ended.ended.as_ref().ok_or(RepoError::Row(OBLIGATIONS))?;
                let query = sqlx::query(END)
                    .bind(&ended.id.as_bytes()[..])
                    .bind(time.as_millis())
                    .bind(who)
                    .bind(&ended.why);
                let kept = query.execute(&mut *change).await?.rows_affected() > 0;
                if kept {
                    change.commit().await?;
                }
                Ok(kept)
            }
        }
    };
}

/// A word of an enumeration, as it is kept.
fn word<T: DeserializeOwned>(text: &str, table: &'static str) -> Result<T, RepoError> {
    serde_json::from_value(serde_json::Value::String(text.to_owned())).map_err(|_| RepoError::Row(table))
}

/// A mapping of texts can always be written, and the same one in the same way.
fn written(answers: &Answers) -> String {
    serde_json::to_string(answers).unwrap_or_default()
}

fn read<T: DeserializeOwned>(text: &str, table: &'static str) -> Result<T, RepoError> {
    serde_json::from_str(text).map_err(|_| RepoError::Row(table))
}

register_table!(Sqlite, sqlx::sqlite::SqliteRow);
register_table!(Postgres, sqlx::postgres::PgRow);
