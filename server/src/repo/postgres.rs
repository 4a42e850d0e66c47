//! PostgreSQL: several nodes on one database, which tell each other by `NOTIFY`.

use super::migrations::migrator;
use super::notices::BACKLOG;
use super::{Copied, Erased, Notice, Notices, RepoError};
use crate::ingest::Names;
use futures_util::TryFutureExt;
use include_dir::{Dir, include_dir};
use parking_lot::Mutex;
use sqlx::Executor;
use sqlx::postgres::{PgListener, PgPool, PgPoolOptions};
use std::path::Path;
use std::time::Duration;
use tokio::sync::broadcast;
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout};
use weir_model::chain;

pub(super) static MIGRATIONS: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/migrations/postgres");

/// A database on a server of its own.
pub struct Postgres {
    pub(crate) read: PgPool,
    /// For what goes through records and takes its time: who asks so waits for others who do, and for nobody else.
    pub(crate) questions: PgPool,
    pub(crate) write: PgPool,
    pub(crate) names: Names,
    /// The day whose partition is known to be there.
    pub(crate) day: Mutex<Option<i32>>,
    notices: broadcast::Sender<Notice>,
    listening: JoinHandle<()>,
}

/// Connections that read what devices, directives and signing in wait for. Nothing takes long there.
const READERS: u32 = 6;
/// Connections that read records: more than the questions of two people take.
const QUESTIONS: u32 = 10;
/// Connections that write. Whoever reads takes none of them.
const WRITERS: u32 = 6;
const CHANNEL: &str = "weir";

/// Transactions of a new cluster count from the beginning: after a restore, arrivals go on behind those that are there.
const GO_ON: &str = "UPDATE arrivals SET shift = newest - pg_current_xact_id()::text::bigint + 1 \
                     FROM (SELECT coalesce(max(arrival), 0) AS newest FROM batches) AS b \
                     WHERE newest >= shift + pg_current_xact_id()::text::bigint";

/// Compiling a query takes longer than any of ours, and is done anew each time.
const PLAINLY: &str = "SET jit = off";
/// No report takes as long: whoever asked is gone.
const READING: &str = "SET jit = off; SET statement_timeout = '1h'";

async fn pool(address: &str, connections: u32, settings: &'static str) -> Result<PgPool, sqlx::Error> {
    PgPoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(Duration::from_secs(10))
        .after_connect(move |connection, _| Box::pin(connection.execute(settings).map_ok(drop)))
        .connect(address)
        .await
}

impl Postgres {
    /// Connects.
    ///
    /// # Errors
    /// It cannot be reached, or its tables are newer than this program.
    pub async fn open(address: &str) -> Result<Self, RepoError> {
        let write = pool(address, WRITERS, PLAINLY).await?;
        migrator(&MIGRATIONS).run(&write).await?;
        sqlx::query(GO_ON).execute(&write).await?;
        let read = pool(address, READERS, READING).await?;
        let questions = pool(address, QUESTIONS, READING).await?;
        let (notices, _) = broadcast::channel(BACKLOG);
        let listening = tokio::spawn(listen(address.to_owned(), notices.clone()));
        Ok(Self {
            read,
            questions,
            write,
            names: Names::default(),
            day: Mutex::default(),
            notices,
            listening,
        })
    }
}

impl Postgres {
    /// Begins a transaction.
    pub(crate) async fn begin(&self) -> Result<sqlx::Transaction<'static, sqlx::Postgres>, RepoError> {
        Ok(self.write.begin().await?)
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

/// Silence on the connection that listens, after which it is asked whether anybody is there: what stands between may have forgotten it
/// without a word.
const SILENCE: Duration = Duration::from_secs(10);
const ANSWER: Duration = Duration::from_secs(5);
/// How often everything is looked at, whatever was told: whoever changed something may have ended before it was told.
const LOOK: Duration = Duration::from_secs(60);

/// Hands on what other nodes tell. While the connection is down notices are lost, and listeners are told so.
async fn listen(address: String, notices: broadcast::Sender<Notice>) {
    loop {
        if let Err(error) = hear(&address, &notices).await {
            tracing::warn!(error = chain(&error), "other nodes cannot be heard");
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}

async fn hear(address: &str, notices: &broadcast::Sender<Notice>) -> Result<(), sqlx::Error> {
    let late = |_| sqlx::Error::Io(std::io::ErrorKind::TimedOut.into());
    // A pool of its own: the end of a connection that nobody answers on takes its time.
    let mut listener = timeout(ANSWER, PgListener::connect(address)).await.map_err(late)??;
    listener.listen(CHANNEL).await?;
    let mut looked = None;
    loop {
        if looked.is_none_or(|looked: Instant| looked.elapsed() >= LOOK) {
            looked = Some(Instant::now());
            let _ = notices.send(Notice::Anything);
        }
        let Ok(told) = timeout(SILENCE, listener.try_recv()).await else {
            timeout(ANSWER, listener.execute("SELECT 1")).await.map_err(late)??;
            continue;
        };
        // Nothing was told: the connection was lost and is there again.
        let notice = told?.map_or(Ok(Notice::Anything), |told| told.payload().parse());
        if let Ok(notice) = notice {
            let _ = notices.send(notice);
        }
    }
}

#[async_trait::async_trait]
impl Copied for Postgres {
    async fn copy_to(&self, _: &Path) -> Result<bool, RepoError> {
        Ok(false)
    }
}

#[async_trait::async_trait]
impl Erased for Postgres {
    /// Rows as they were before are overwritten after a vacuum, when their place is needed.
    async fn erase(&self) -> Result<bool, RepoError> {
        Ok(false)
    }
}

#[async_trait::async_trait]
impl Notices for Postgres {
    async fn notify(&self, notice: Notice) -> Result<(), RepoError> {
        sqlx::query("SELECT pg_notify($1, $2)")
            .bind(CHANNEL)
            .bind(notice.to_text())
            .execute(&self.write)
            .await?;
        Ok(())
    }

    fn notices(&self) -> broadcast::Receiver<Notice> {
        self.notices.subscribe()
    }
}
