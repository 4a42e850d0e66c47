//! The tables `journal`, `journal_head` and `checkpoints`.

use super::chain::{Checkpoint, Head, Kept};
use super::entry::Entry;
use crate::repo::{Postgres, RepoError, Sqlite, array};
use sqlx::Row;
use weir_fleet::LogEntry;
use weir_model::Timestamp;

/// Which rows.
#[derive(Clone, Copy, Debug)]
pub enum Page {
    /// Oldest first, behind this number.
    After(u64),
    /// Newest first, before this number.
    Before(u64),
}

/// A signed head, and its entry in the server's log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Anchor {
    /// Where the journal stood.
    pub head: Head,
    /// Number of the entry.
    pub leaf: u64,
}

/// What is asked of the three tables.
#[async_trait::async_trait]
pub trait JournalTable: Send + Sync {
    /// Enters what changes nothing else: that somebody looked, or came. Gives its number.
    async fn note(&self, entry: &Entry) -> Result<u64, RepoError>;
    /// Where the journal stands.
    async fn journal_head(&self) -> Result<Head, RepoError>;
    /// Rows, at most `limit`.
    async fn journal(&self, page: Page, limit: u32) -> Result<Vec<Kept>, RepoError>;
    /// Keeps a signed head, and enters it in the server's log. Another node may have signed the same one.
    async fn add_checkpoint(&self, checkpoint: &Checkpoint) -> Result<(), RepoError>;
    /// Signed heads behind `after` up to `last`, oldest first.
    async fn checkpoints(&self, after: u64, last: u64) -> Result<Vec<Checkpoint>, RepoError>;
    /// The newest signed head.
    async fn newest_checkpoint(&self) -> Result<Option<Checkpoint>, RepoError>;
    /// First and last number of the rows from `since` until (and without) `until`. Among them are rows of another time where clocks
    /// were set, or servers have different ones.
    async fn journal_between(&self, since: Timestamp, until: Timestamp) -> Result<Option<(u64, u64)>, RepoError>;
    /// The first signed head at or behind a row, among the first `size` entries of the server's log; else the last before it.
    async fn anchor(&self, number: u64, size: u64) -> Result<Option<Anchor>, RepoError>;
}

const HEAD: &str = "SELECT number, hash FROM journal_head";
/// The compare-and-swap: a node that was overtaken moves nothing, and looks again.
const MOVE: &str = "UPDATE journal_head SET number = $1, hash = $2 WHERE number = $3 AND hash = $4";
const ENTER: &str = "INSERT INTO journal (number, time, actor, deed, subject, details, previous, hash) \
                     VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
const AFTER: &str = "SELECT number, time, actor, deed, subject, details, previous, hash FROM journal \
                     WHERE number > $1 ORDER BY number LIMIT $2";
const BEFORE: &str = "SELECT number, time, actor, deed, subject, details, previous, hash FROM journal \
                      WHERE number < $1 ORDER BY number DESC LIMIT $2";
const CHECKPOINT: &str =
    "INSERT INTO checkpoints (number, hash, time, signature) VALUES ($1, $2, $3, $4) ON CONFLICT (number) DO NOTHING";
const ANCHORED: &str = "UPDATE checkpoints SET leaf = $2 WHERE number = $1";
const CHECKPOINTS: &str =
    "SELECT number, hash, time, signature FROM checkpoints WHERE number > $1 AND number <= $2 ORDER BY number";
const NEWEST: &str = "SELECT number, hash, time, signature FROM checkpoints ORDER BY number DESC LIMIT 1";
/// Clocks may go back: from the first row that is not too early to the last that is not too late.
const BETWEEN: &str = "SELECT (SELECT min(number) FROM journal WHERE time >= $1) AS first, \
                       (SELECT max(number) FROM journal WHERE time < $2) AS last";
const ANCHOR_FROM: &str =
    "SELECT number, hash, leaf FROM checkpoints WHERE number >= $1 AND leaf < $2 ORDER BY number LIMIT 1";
const ANCHOR_BEFORE: &str =
    "SELECT number, hash, leaf FROM checkpoints WHERE number < $1 AND leaf < $2 ORDER BY number DESC LIMIT 1";

macro_rules! head_of {
    ($row:expr, $table:literal) => {
        Head {
            number: $row.try_get::<i64, _>("number")?.unsigned_abs(),
            hash: array($row.try_get("hash")?, $table)?,
        }
    };
}

macro_rules! checkpoint_of {
    ($row:expr) => {
        Ok(Checkpoint {
            head: head_of!($row, "checkpoints"),
            time: Timestamp::from_millis($row.try_get("time")?),
            signature: $row.try_get("signature")?,
        })
    };
}

macro_rules! journal_table {
    ($repo:ty, $row:ty, $db:ty) => {
        impl $repo {
            /// Begins a change and enters it; committing makes both, dropping neither. Comes before the change itself:
            /// whoever holds the head is the only one who changes anything, on all nodes.
            pub(crate) async fn enter(&self, entry: &Entry) -> Result<sqlx::Transaction<'static, $db>, RepoError> {
                let mut transaction = self.begin().await?;
                Self::enter_also(&mut transaction, entry).await?;
                Ok(transaction)
            }

            /// Enters what the change leads to, in the same transaction.
            pub(crate) async fn enter_also(
                transaction: &mut sqlx::Transaction<'static, $db>,
                entry: &Entry,
            ) -> Result<(), RepoError> {
                let kept = loop {
                    let row: $row = sqlx::query(HEAD).fetch_one(&mut **transaction).await?;
                    let head = head_of!(row, "journal_head");
                    let kept = Kept::behind(head, entry);
                    let moved = sqlx::query(MOVE)
                        .bind(kept.number.cast_signed())
                        .bind(&kept.hash[..])
                        .bind(head.number.cast_signed())
                        .bind(&head.hash[..])
                        .execute(&mut **transaction)
                        .await?;
                    if moved.rows_affected() == 1 {
                        break kept;
                    }
                };
                sqlx::query(ENTER)
                    .bind(kept.number.cast_signed())
                    .bind(kept.time.as_millis())
                    .bind(&kept.actor)
                    .bind(&kept.deed)
                    .bind(&kept.subject)
                    .bind(&kept.details)
                    .bind(&kept.previous[..])
                    .bind(&kept.hash[..])
                    .execute(&mut **transaction)
                    .await?;
                Ok(())
            }
        }

        #[async_trait::async_trait]
        impl JournalTable for $repo {
            async fn note(&self, entry: &Entry) -> Result<u64, RepoError> {
                let mut change = self.enter(entry).await?;
                // Held since it was moved: nobody else's row can be the newest.
                let row: $row = sqlx::query(HEAD).fetch_one(&mut *change).await?;
                change.commit().await?;
                Ok(head_of!(row, "journal_head").number)
            }

            async fn journal_head(&self) -> Result<Head, RepoError> {
                let row: $row = sqlx::query(HEAD).fetch_one(&self.read).await?;
                Ok(head_of!(row, "journal_head"))
            }

            async fn journal(&self, page: Page, limit: u32) -> Result<Vec<Kept>, RepoError> {
                let (query, from) = match page {
                    Page::After(number) => (AFTER, number),
                    Page::Before(number) => (BEFORE, number),
                };
                let query = sqlx::query(query).bind(bounded(from)).bind(i64::from(limit));
                let rows: Vec<$row> = query.fetch_all(&self.read).await?;
                rows.iter()
                    .map(|row| {
                        let Head { number, hash } = head_of!(row, "journal");
                        Ok(Kept {
                            number,
                            time: Timestamp::from_millis(row.try_get("time")?),
                            actor: row.try_get("actor")?,
                            deed: row.try_get("deed")?,
                            subject: row.try_get("subject")?,
                            details: row.try_get("details")?,
                            previous: array(row.try_get("previous")?, "journal")?,
                            hash,
                        })
                    })
                    .collect()
            }

            async fn add_checkpoint(&self, checkpoint: &Checkpoint) -> Result<(), RepoError> {
                let mut transaction = self.begin().await?;
                let added = sqlx::query(CHECKPOINT)
                    .bind(checkpoint.head.number.cast_signed())
                    .bind(&checkpoint.head.hash[..])
                    .bind(checkpoint.time.as_millis())
                    .bind(&checkpoint.signature)
                    .execute(&mut *transaction)
                    .await?;
                if added.rows_affected() > 0 {
                    let entry = LogEntry::Journal {
                        number: checkpoint.head.number,
                        hash: checkpoint.head.hash,
                    };
                    let (leaf, _) = Self::append(&mut transaction, &[entry]).await?;
                    sqlx::query(ANCHORED)
                        .bind(checkpoint.head.number.cast_signed())
                        .bind(leaf.cast_signed())
                        .execute(&mut *transaction)
                        .await?;
                }
                transaction.commit().await?;
                Ok(())
            }

            async fn checkpoints(&self, after: u64, last: u64) -> Result<Vec<Checkpoint>, RepoError> {
                let query = sqlx::query(CHECKPOINTS).bind(bounded(after)).bind(bounded(last));
                let rows: Vec<$row> = query.fetch_all(&self.read).await?;
                rows.iter().map(|row| checkpoint_of!(row)).collect()
            }

            async fn newest_checkpoint(&self) -> Result<Option<Checkpoint>, RepoError> {
                let row: Option<$row> = sqlx::query(NEWEST).fetch_optional(&self.read).await?;
                row.map(|row| checkpoint_of!(row)).transpose()
            }

            async fn journal_between(
                &self,
                since: Timestamp,
                until: Timestamp,
            ) -> Result<Option<(u64, u64)>, RepoError> {
                let query = sqlx::query(BETWEEN)
                    .bind(since.as_millis())
                    .bind(until.as_millis());
                let row: $row = query.fetch_one(&self.read).await?;
                let first: Option<i64> = row.try_get("first")?;
                let last: Option<i64> = row.try_get("last")?;
                let both = first.zip(last).filter(|(first, last)| first <= last);
                Ok(both.map(|(first, last)| (first.unsigned_abs(), last.unsigned_abs())))
            }

            async fn anchor(&self, number: u64, size: u64) -> Result<Option<Anchor>, RepoError> {
                for query in [ANCHOR_FROM, ANCHOR_BEFORE] {
                    let query = sqlx::query(query).bind(bounded(number)).bind(bounded(size));
                    let row: Option<$row> = query.fetch_optional(&self.read).await?;
                    if let Some(row) = row {
                        return Ok(Some(Anchor {
                            head: head_of!(row, "checkpoints"),
                            leaf: row.try_get::<i64, _>("leaf")?.unsigned_abs(),
                        }));
                    }
                }
                Ok(None)
            }
        }
    };
}

journal_table!(Sqlite, sqlx::sqlite::SqliteRow, sqlx::Sqlite);
journal_table!(Postgres, sqlx::postgres::PgRow, sqlx::Postgres);

/// Databases count to 2⁶³.
fn bounded(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
