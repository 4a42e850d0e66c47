//! SQLite: no set-up. One connection writes, several read beside it.

use super::migrations::migrator;
use super::notices::BACKLOG;
use super::{Copied, Erased, Notice, Notices, RepoError};
use crate::ingest::{Names, Recent};
use futures_util::TryFutureExt;
use include_dir::{Dir, include_dir};
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{Connection, Row};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::broadcast;
use tokio::task::JoinHandle;

pub(super) static MIGRATIONS: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/migrations/sqlite");

/// A database in one file.
pub struct Sqlite {
    /// Everything that is written goes through one connection: SQLite has one writer, and waiting for a connection is
    /// fair where waiting for its lock is not.
    pub(crate) write: SqlitePool,
    pub(crate) read: SqlitePool,
    /// For what goes through records and takes its time: who asks so waits for others who do, and for nobody else.
    pub(crate) questions: SqlitePool,
    pub(crate) names: Names,
    pub(crate) recent: Arc<Recent>,
    notices: broadcast::Sender<Notice>,
    watching: JoinHandle<()>,
}

impl Drop for Sqlite {
    fn drop(&mut self) {
        self.watching.abort();
    }
}

/// How often is asked whether another program has written.
const WATCH: Duration = Duration::from_millis(500);

/// Other programs (`weir-server token`, `device`, `bundle`) write to the same file. The number changes with the commits of
/// other connections than the one that asks, and nothing else in this program writes.
async fn watch(write: SqlitePool, recent: Arc<Recent>, notices: broadcast::Sender<Notice>) {
    let mut known = None;
    loop {
        let row = sqlx::query("PRAGMA data_version").fetch_one(&write).await;
        if let Ok(version) = row.and_then(|row| row.try_get::<i64, _>(0))
            && known.replace(version).is_some_and(|known| known != version)
        {
            recent.forget();
            let _ = notices.send(Notice::Anything);
        }
        tokio::time::sleep(WATCH).await;
    }
}

/// Connections that read what devices, directives and signing in wait for. Nothing takes long there.
const READERS: u32 = 4;
/// Connections that read records: more than one person's questions take.
const QUESTIONS: u32 = 6;
/// KiB of cache (`PRAGMA cache_size`) at most. A thousand lone records touch three thousand pages: what does not fit the writer is written
/// before the transaction ends, and once more at its end, and is read again with the next record of that log.
const WRITER_CACHE: &str = "-65536";
const READER_CACHE: &str = "-16384";
/// Pages of the write-ahead log before it is copied into the file, 64 MB: a page that many transactions change is copied once.
const LOG: &str = "16000";
/// Rows that the thread of a connection hands over before it waits for whoever asked: each wait is a change of threads.
const ROWS: usize = 1024;

/// Whether a connection is in no transaction. Where the disk is full SQLite ends one by itself, and its end cannot be told then: what
/// came next on that connection would be a part of it, never committed, and yet receipted. It is closed, and another one made.
async fn is_clear(connection: &mut SqliteConnection) -> Result<bool, sqlx::Error> {
    // Behind what is still to be taken back.
    connection.ping().await?;
    Ok(!connection.is_in_transaction())
}

/// As with PostgreSQL no report takes as long: whoever asked is gone.
const READING: Duration = Duration::from_secs(60 * 60);
/// Steps of SQLite's machine after which a query looks at the time: a few milliseconds.
const STEPS: i32 = 100_000;

/// Ends what this connection is asked next when it takes `longest`. Nothing else would, not even that nobody waits for the answer.
async fn bound(connection: &mut SqliteConnection, longest: Duration) -> Result<(), sqlx::Error> {
    let until = Instant::now() + longest;
    let mut handle = connection.lock_handle().await?;
    handle.set_progress_handler(STEPS, move || Instant::now() < until);
    Ok(())
}

/// A pool that does not ask a connection whether it is there before it is used: no network is between, and each question to the thread of
/// a connection takes two changes of threads.
fn pool() -> SqlitePoolOptions {
    SqlitePoolOptions::new().test_before_acquire(false)
}

/// Connections for what people ask of all records, of which each may take so long. What laptops wait for has others, whose time is not
/// counted.
async fn questions(options: SqliteConnectOptions, longest: Duration) -> Result<SqlitePool, sqlx::Error> {
    pool()
        .max_connections(QUESTIONS)
        .after_connect(move |connection, _| Box::pin(bound(connection, longest)))
        .before_acquire(move |connection, _| Box::pin(bound(connection, longest).map_ok(|()| true)))
        .connect_with(options)
        .await
}

impl Sqlite {
    /// Opens the file, making it when it is not there.
    ///
    /// # Errors
    /// It cannot be opened, or is newer than this program.
    pub async fn open(path: &Path) -> Result<Self, RepoError> {
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            // A receipt says that records are durable: after each commit the log of SQLite is synced.
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(Duration::from_secs(10))
            .row_buffer_size(ROWS)
            .foreign_keys(true);
        let write = pool()
            .max_connections(1)
            .after_release(|connection, _| Box::pin(is_clear(connection)))
            // Keys that are destroyed, and records that are taken away, are overwritten in the file.
            .connect_with(
                options
                    .clone()
                    .pragma("secure_delete", "on")
                    .pragma("cache_size", WRITER_CACHE)
                    .pragma("wal_autocheckpoint", LOG),
            )
            .await?;
        migrator(&MIGRATIONS).run(&write).await?;
        let options = options.pragma("cache_size", READER_CACHE).read_only(true);
        let questions = questions(options.clone(), READING).await?;
        let read = pool().max_connections(READERS).connect_with(options).await?;
        let (notices, _) = broadcast::channel(BACKLOG);
        let recent = Arc::new(Recent::default());
        let watching = tokio::spawn(watch(write.clone(), Arc::clone(&recent), notices.clone()));
        Ok(Self {
            watching,
            write,
            read,
            questions,
            names: Names::default(),
            recent,
            notices,
        })
    }
}

impl Sqlite {
    /// Begins a transaction that may read before it writes: as a writer from the start, or another program's write in
    /// between would end it.
    pub(crate) async fn begin(&self) -> Result<sqlx::Transaction<'static, sqlx::Sqlite>, RepoError> {
        Ok(self.write.begin_with("BEGIN IMMEDIATE").await?)
    }
}

#[async_trait::async_trait]
impl Copied for Sqlite {
    async fn copy_to(&self, file: &Path) -> Result<bool, RepoError> {
        let query = sqlx::query("VACUUM INTO $1").bind(file.to_string_lossy());
        query.execute(&self.write).await?;
        Ok(true)
    }
}

#[async_trait::async_trait]
impl Erased for Sqlite {
    /// Pages as they were before stand in the write-ahead log until it is cut off, and in the file until it was copied there.
    async fn erase(&self) -> Result<bool, RepoError> {
        self.recent.forget();
        let row = sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)")
            .fetch_one(&self.write)
            .await?;
        let is_busy: i64 = row.try_get(0)?;
        Ok(is_busy == 0)
    }
}

#[async_trait::async_trait]
impl Notices for Sqlite {
    async fn notify(&self, notice: Notice) -> Result<(), RepoError> {
        // Nobody listens: nobody has to know.
        let _ = self.notices.send(notice);
        Ok(())
    }

    fn notices(&self) -> broadcast::Receiver<Notice> {
        self.notices.subscribe()
    }
}

#[cfg(test)]
mod tests {
    use super::questions;
    use sqlx::sqlite::SqliteConnectOptions;
    use std::time::Duration;

    #[tokio::test]
    async fn a_question_without_end_is_ended_and_the_next_one_answered() {
        let options = SqliteConnectOptions::new().in_memory(true);
        let pool = questions(options, Duration::from_millis(500)).await.unwrap();
        let numbers = "WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n";
        let count = async |limit| {
            let query = format!("{numbers} {limit}) SELECT count(*) FROM n");
            sqlx::query_scalar::<_, i64>(sqlx::AssertSqlSafe(query))
                .fetch_one(&pool)
                .await
        };
        // A new connection, and one that was used before.
        for _ in 0..2 {
            let ended = count("").await.unwrap_err();
            assert!(ended.to_string().contains("interrupted"), "{ended}");
            assert_eq!(count("LIMIT 50000").await.unwrap(), 50_000);
        }
    }
}
