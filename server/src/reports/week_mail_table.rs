//! The table `week_mails`.

use crate::journal::Entry;
use crate::repo::{Postgres, RepoError, Sqlite};
use sqlx::Row;
use weir_model::Timestamp;

/// The report of a week, on its way to somebody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mailing {
    /// Which week: its Monday.
    pub week: Timestamp,
    /// To whom.
    pub receiver: String,
    /// When it is tried next.
    pub due: Timestamp,
    /// Attempts so far.
    pub attempts: u32,
    /// When it was sent.
    pub sent: Option<Timestamp>,
    /// When it was given up.
    pub dead: Option<Timestamp>,
    /// Why the last attempt failed.
    pub error: Option<String>,
}

impl Mailing {
    /// One that nobody has tried: due since ever.
    pub(super) fn first(week: Timestamp, receiver: &str) -> Self {
        Self {
            week,
            receiver: receiver.to_owned(),
            due: Timestamp::from_millis(0),
            attempts: 0,
            sent: None,
            dead: None,
            error: None,
        }
    }

    pub(super) fn is_due(&self, now: Timestamp) -> bool {
        self.sent.is_none() && self.dead.is_none() && self.due <= now
    }
}

/// What is asked of the table.
#[async_trait::async_trait]
pub trait WeekMailTable: Send + Sync {
    /// How it stands with the report of a week for somebody; `None` where nobody has tried.
    async fn week_mail(&self, week: Timestamp, receiver: &str) -> Result<Option<Mailing>, RepoError>;
    /// Takes it, as it stands, for an attempt: nobody else tries before `until`. False where somebody else was first.
    async fn claim_week_mail(&self, mailing: &Mailing, until: Timestamp) -> Result<bool, RepoError>;
    /// Says what came of the attempt, and enters it in the journal where there is something to enter.
    async fn settle_week_mail(&self, mailing: &Mailing, entry: Option<&Entry>) -> Result<(), RepoError>;
}

const ONE: &str =
    "SELECT week, receiver, due, attempts, sent, dead, error FROM week_mails WHERE week = $1 AND receiver = $2";
/// One that nobody has tried has no row: whoever makes it has it.
const CLAIM: &str = "INSERT INTO week_mails (week, receiver, due, attempts) VALUES ($1, $2, $4, 1) \
     ON CONFLICT (week, receiver) DO UPDATE SET due = excluded.due, attempts = week_mails.attempts + 1 \
     WHERE week_mails.due = $3 AND week_mails.sent IS NULL AND week_mails.dead IS NULL";
const SETTLE: &str =
    "UPDATE week_mails SET due = $3, sent = $4, dead = $5, error = $6 WHERE week = $1 AND receiver = $2";

macro_rules! week_mail_table {
    ($repo:ty, $row:ty) => {
        #[async_trait::async_trait]
        impl WeekMailTable for $repo {
            async fn week_mail(&self, week: Timestamp, receiver: &str) -> Result<Option<Mailing>, RepoError> {
                let query = sqlx::query(ONE).bind(week.as_millis()).bind(receiver);
                let row: Option<$row> = query.fetch_optional(&self.read).await?;
                row.map(|row| {
                    Ok(Mailing {
                        week: Timestamp::from_millis(row.try_get("week")?),
                        receiver: row.try_get("receiver")?,
                        due: Timestamp::from_millis(row.try_get("due")?),
                        attempts: u32::try_from(row.try_get::<i64, _>("attempts")?).unwrap_or(u32::MAX),
                        sent: row.try_get::<Option<i64>, _>("sent")?.map(Timestamp::from_millis),
                        dead: row.try_get::<Option<i64>, _>("dead")?.map(Timestamp::from_millis),
                        error: row.try_get("error")?,
                    })
                })
                .transpose()
            }

            async fn claim_week_mail(&self, mailing: &Mailing, until: Timestamp) -> Result<bool, RepoError> {
                let claimed = sqlx::query(CLAIM)
                    .bind(mailing.week.as_millis())
                    .bind(&mailing.receiver)
                    .bind(mailing.due.as_millis())
                    .bind(until.as_millis())
                    .execute(&self.write)
                    .await?;
                Ok(claimed.rows_affected() > 0)
            }

            async fn settle_week_mail(&self, mailing: &Mailing, entry: Option<&Entry>) -> Result<(), RepoError> {
                let mut change = match entry {
                    Some(entry) => self.enter(entry).await?,
                    None => self.begin().await?,
                };
                sqlx::query(SETTLE)
                    .bind(mailing.week.as_millis())
                    .bind(&mailing.receiver)
                    .bind(mailing.due.as_millis())
                    .bind(mailing.sent.map(Timestamp::as_millis))
                    .bind(mailing.dead.map(Timestamp::as_millis))
                    .bind(&mailing.error)
                    .execute(&mut *change)
                    .await?;
                change.commit().await?;
                Ok(())
            }
        }
    };
}

week_mail_table!(Sqlite, sqlx::sqlite::SqliteRow);
week_mail_table!(Postgres, sqlx::postgres::PgRow);
