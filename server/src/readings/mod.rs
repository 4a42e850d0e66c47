//! Who looked at whose records: told to the devices they came from, and by them to the people who use them.
//!
//! A reading is a line of the journal, and beside it which devices it concerned; both are written before anything is shown.

mod routes;
mod table;

pub use routes::readings;
pub use table::ReadingTable;

use crate::ingest::Stored;
use crate::journal::Entry;
use crate::repo::{Repo, RepoError};
use std::collections::BTreeMap;
use weir_fleet::DeviceId;

/// Records that are about to be shown, by device.
pub type Concerned = BTreeMap<DeviceId, u64>;

/// Counts records by device.
#[must_use]
pub fn concerned(records: &[Stored]) -> Concerned {
    let mut concerned = Concerned::new();
    for record in records {
        *concerned.entry(record.device).or_default() += 1;
    }
    concerned
}

/// Enters that records are read.
///
/// # Errors
/// Nothing may be shown then.
pub async fn note(repo: &dyn Repo, entry: &Entry, concerned: &Concerned) -> Result<(), RepoError> {
    let number = repo.note(entry).await?;
    repo.concern(number, concerned).await
}
