//! The two databases. Queries stand with their subject, once for both where both understand them (`$1`, `ON CONFLICT`,
//! `RETURNING`), and apart where one has something better (`COPY`, partitions).

mod migrations;
mod notices;
mod postgres;
mod sqlite;

pub use notices::{Notice, Notices};
pub use postgres::Postgres;
pub use sqlite::Sqlite;

use crate::access::AccessTable;
use crate::alerts::{AlertTable, ExposureTable};
use crate::approvals::ApprovalTable;
use crate::archive::ArchiveTable;
use crate::asked::AskedTable;
use crate::deletions::DeletionTable;
use crate::devices::DeviceTable;
use crate::directives::OrderTable;
use crate::drafts::DraftTable;
use crate::forward::SinkTable;
use crate::ingest::{EventTable, Feed};
use crate::journal::JournalTable;
use crate::metrics;
use crate::overrides::OverrideTable;
use crate::overview::OverviewTable;
use crate::policies::{BundleTable, HistoryTable, RolloutTable};
use crate::readings::ReadingTable;
use crate::register::RegisterTable;
use crate::reports::{ReportTable, WeekMailTable};
use crate::retention::RetentionTable;
use crate::seals::SealTable;
use crate::search_keys::SearchKeyTable;
use crate::tlog::{TreeTable, WitnessTable};
use std::path::Path;
use std::sync::Arc;

/// All tables.
pub trait Repo:
    AccessTable
    + DeviceTable
    + EventTable
    + Feed
    + BundleTable
    + RolloutTable
    + HistoryTable
    + DraftTable
    + AlertTable
    + ExposureTable
    + SinkTable
    + JournalTable
    + OrderTable
    + OverrideTable
    + ReadingTable
    + ArchiveTable
    + RetentionTable
    + OverviewTable
    + ApprovalTable
    + RegisterTable
    + TreeTable
    + WitnessTable
    + AskedTable
    + SearchKeyTable
    + SealTable
    + DeletionTable
    + ReportTable
    + WeekMailTable
    + Copied
    + Erased
    + Notices
{
}

impl<
    R: AccessTable
        + DeviceTable
        + EventTable
        + Feed
        + BundleTable
        + RolloutTable
        + HistoryTable
        + DraftTable
        + AlertTable
        + ExposureTable
        + SinkTable
        + JournalTable
        + OrderTable
        + OverrideTable
        + ReadingTable
        + ArchiveTable
        + RetentionTable
        + OverviewTable
        + ApprovalTable
        + RegisterTable
        + TreeTable
        + WitnessTable
        + AskedTable
        + SearchKeyTable
        + SealTable
        + DeletionTable
        + ReportTable
        + WeekMailTable
        + Copied
        + Erased
        + Notices,
> Repo for R
{
}

/// Saving a database as it stands.
#[async_trait::async_trait]
pub trait Copied: Send + Sync {
    /// Writes all of it to a new file, in one moment, while others work on it. False where the database has tools of its
    /// own for that.
    async fn copy_to(&self, file: &Path) -> Result<bool, RepoError>;
}

/// What was taken out of a database is not left in its files either.
#[async_trait::async_trait]
pub trait Erased: Send + Sync {
    /// Overwrites what was taken out and stands in the database's own files still. False where that was not done: others read what
    /// was there before, or the database does it by itself later.
    async fn erase(&self) -> Result<bool, RepoError>;
}

/// The database failed. Its text goes to the server's log and not to who asked.
#[derive(Debug, thiserror::Error)]
pub enum RepoError {
    /// A query.
    #[error("the database failed")]
    Query(#[source] sqlx::Error),
    /// The tables could not be brought up to date.
    #[error("the tables cannot be brought up to date")]
    Migrate(#[from] sqlx::migrate::MigrateError),
    /// The address names another kind of database.
    #[error("a database is `postgres://…` or `sqlite:PATH`")]
    Address,
    /// What is stored cannot be what was stored.
    #[error("a row of `{0}` cannot be read")]
    Row(&'static str),
}

impl RepoError {
    /// The database takes a value of what was to be stored for none (SQLSTATE class 22), and would again.
    pub(crate) fn is_about_values(&self) -> bool {
        let Self::Query(sqlx::Error::Database(error)) = self else {
            return false;
        };
        error.code().is_some_and(|code| code.starts_with("22"))
    }
}

impl From<sqlx::Error> for RepoError {
    fn from(error: sqlx::Error) -> Self {
        metrics::database_failed();
        Self::Query(error)
    }
}

/// Opens the database at `address` and brings its tables up to date.
///
/// # Errors
/// It cannot be reached, or is newer than this program.
pub async fn open(address: &str) -> Result<Arc<dyn Repo>, RepoError> {
    if address.starts_with("postgres://") || address.starts_with("postgresql://") {
        return Ok(Arc::new(Postgres::open(address).await?));
    }
    match address.strip_prefix("sqlite:") {
        Some(path) => Ok(Arc::new(Sqlite::open(path.as_ref()).await?)),
        None => Err(RepoError::Address),
    }
}

/// A column of sixteen or thirty-two bytes.
pub(crate) fn array<const N: usize>(bytes: &[u8], table: &'static str) -> Result<[u8; N], RepoError> {
    bytes.try_into().map_err(|_| RepoError::Row(table))
}
