//! PostgreSQL: several nodes on one database, which tell each other by `NOTIFY`.

use super::notices::BACKLOG;
use super::{Copied, Erased, Notice, Notices, RepoError};
use crate::ingest::Names;
use parking_lot::Mutex;
use sqlx::Executor;
use sqlx::postgres::{PgConnection, PgListener, PgPool, PgPoolOptions};
use std::path::Path;
use std::time::Duration;
use tokio::sync::broadcast;
use tokio::task::JoinHandle;

/// A database on a server of its own.
pub struct Postgres {
    pub(crate) read: PgPool,
    pub(crate) write: PgPool,
    pub(crate) names: Names,
    /// The day whose partition is known to be there.
    pub(crate) day: Mutex<Option<i32>>,
    notices: broadcast::Sender<Notice>,
    listening: JoinHandle<()>,
}

const CONNECTIONS: u32 = 16;
const CHANNEL: &str = "weir";

/// Transactions of a new cluster count from the beginning: after a restore, arrivals go on behind those that are there.
const GO_ON: &str = "UPDATE arrivals SET shift = newest - pg_current_xact_id()::text::bigint + 1 \
                     FROM (SELECT coalesce(max(arrival), 0) AS newest FROM batches) AS b \
                     WHERE newest >= shift + pg_current_xact_id()::text::bigint";

/// Compiling a query takes longer than any of ours, and is done anew each time.
async fn plainly(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    connection.execute("SET jit = off").await?;
    Ok(())
}

impl Postgres {
    /// Connects.
    ///
    /// # Errors
    /// It cannot be reached, or its tables are newer than this program.
    pub async fn open(address: &str) -> Result<Self, RepoError> {
        let pool = PgPoolOptions::new()
            .max_connections(CONNECTIONS)
            .acquire_timeout(Duration::from_secs(10))
            .after_connect(|connection, _| Box::pin(plainly(connection)))
            .connect(address)
            .await?;
        sqlx::migrate!("migrations/postgres").run(&pool).await?;
        sqlx::query(GO_ON).execute(&pool).await?;
        let (notices, _) = broadcast::channel(BACKLOG);
        let listening = tokio::spawn(listen(pool.clone(), notices.clone()));
        Ok(Self {
            read: pool.clone(),
            write: pool,
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

/// Hands on what other nodes tell. While the connection is down notices are lost, and listeners are told so.
async fn listen(pool: PgPool, notices: broadcast::Sender<Notice>) {
    loop {
        if let Ok(mut listener) = PgListener::connect_with(&pool).await
            && listener.listen(CHANNEL).await.is_ok()
        {
            let _ = notices.send(Notice::Anything);
            while let Ok(told) = listener.try_recv().await {
                // Nothing was told: the connection was lost and is there again.
                let notice = told.map_or(Ok(Notice::Anything), |told| told.payload().parse());
                if let Ok(notice) = notice {
                    let _ = notices.send(notice);
                }
            }
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
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
