//! Records beyond the database: a file of Parquet for each day, in a folder or in a bucket.
//!
//! ```text
//! place of the archive ─▶ batches of a day that is over ─▶ file (Parquet) ─▶ folder | bucket ─▶ row of `archives`
//! ```
//!
//! The archive is a reader of accepted batches: it goes on where its last file ends, and says so only when the file is where
//! it belongs, durably. Whoever is interrupted makes the same file again. A database that was put back has forgotten files, and
//! makes others of the same days and numbers: a name says what is in the file, so that none of them takes the place of another.
//! Where an archive is configured, retention takes away only what is in it.
//!
//! Compressing a day takes a processor for long. That is done by threads that answer nobody.

mod file;
mod place;
mod s3;
mod table;

pub use file::FileError;
pub use place::{Archive, OpenArchive, PutError};
pub use table::{ArchiveTable, Archived};

use crate::clock;
use crate::ingest::{Accepted, Place};
use crate::journal::{Actor, Deed, Entry};
use crate::repo::{Repo, RepoError};
use aws_lc_rs::digest::{Context, SHA256};
use file::{Batches, Records};
use std::io::{self, Read};
use std::path::Path;
use std::time::Duration;
use tempfile::NamedTempFile;
use weir_model::{Timestamp, chain};

/// A day was not archived.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// The database.
    #[error(transparent)]
    Repo(#[from] RepoError),
    /// The file, in the home.
    #[error("a file of the archive cannot be written")]
    Write(#[from] io::Error),
    /// Its form.
    #[error(transparent)]
    File(#[from] FileError),
    /// Its place.
    #[error("a file cannot be put where the archive is")]
    Put(#[from] PutError),
    /// A fault of ours. What it says could repeat content.
    #[error("making a file of the archive broke off")]
    Broke,
}

const DAY: i64 = 86_400_000;
/// Nodes whose clocks are behind still write into yesterday.
const GRACE: i64 = 900_000;
/// Records that are read at once.
const PAGE: u64 = 4096;
const PAUSE: Duration = Duration::from_secs(15 * 60);

/// Archives each day when it is over, for as long as the node lives.
pub async fn follow(repo: &dyn Repo, archive: &OpenArchive, home: &Path) {
    loop {
        if let Err(error) = run(repo, archive, home, clock::now()).await {
            tracing::error!(error = chain(&error), "a day was not archived");
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// Archives all days that are over; gives the files.
///
/// # Errors
/// Days before the one that failed are archived.
pub async fn run(
    repo: &dyn Repo,
    archive: &OpenArchive,
    home: &Path,
    now: Timestamp,
) -> Result<Vec<Archived>, ArchiveError> {
    let mut files = Vec::new();
    while let Some(file) = next(repo, archive, home, now).await? {
        tracing::info!(file = file.file, records = file.records, "a day is archived");
        files.push(file);
    }
    Ok(files)
}

/// What arrived before this is archived; 1970 where nothing is.
///
/// # Errors
/// The database.
pub async fn archived_before(repo: &dyn Repo) -> Result<Timestamp, RepoError> {
    let last = repo.last_archived().await?;
    Ok(Timestamp::from_millis(last.map_or(0, |last| (last.day + 1) * DAY)))
}

/// The next day that is over and not archived.
async fn next(
    repo: &dyn Repo,
    archive: &OpenArchive,
    home: &Path,
    now: Timestamp,
) -> Result<Option<Archived>, ArchiveError> {
    let last = repo.last_archived().await?;
    let number = last.as_ref().map_or(1, |last| last.number + 1);
    let mut place = last.map_or_else(Place::default, |last| last.place);
    let mut page = repo.accepted(place, PAGE).await?;
    let Some(first) = page.first() else {
        return Ok(None);
    };
    let day = first.received.as_millis().div_euclid(DAY);
    let end = (day + 1) * DAY;
    if now.as_millis() < end + GRACE {
        return Ok(None);
    }
    let mut files = Files::begin(home)?;
    loop {
        let ends = page.iter().position(|batch| batch.received.as_millis() >= end);
        page.truncate(ends.unwrap_or(page.len()));
        let Some(last) = page.last() else {
            break;
        };
        place = last.place;
        files = aside(move || files.add(&page)).await?;
        if ends.is_some() {
            break;
        }
        page = repo.accepted(place, PAGE).await?;
    }
    let made = aside(move || files.finish()).await?;
    let name = |what: &str, sha256: [u8; 32]| {
        let content = hex::encode(&sha256[..4]);
        format!("{what}/day={}/{what}-{number:06}-{content}.parquet", date(day))
    };
    let (batches, sha256) = made.batches;
    archive.put(&name("batches", sha256), batches).await?;
    let (records, sha256) = made.records;
    let (file, count) = (name("records", sha256), made.count);
    let bytes = archive.put(&file, records).await?;
    let archived = Archived {
        number,
        day,
        records: count,
        bytes,
        sha256,
        place,
        made: now,
        file,
    };
    let entry = Entry::new(now, &Actor::Server, Deed::RecordsArchive, &archived.file)
        .with("records", count)
        .with("sha256", hex::encode(sha256));
    // False: another node was first, with the same file.
    repo.add_archived(&archived, &entry).await?;
    Ok(Some(archived))
}

/// The files of a day, on their way.
struct Files {
    records: Records,
    batches: Batches,
}

/// The same, made, each with its digest.
struct Made {
    records: (NamedTempFile, [u8; 32]),
    count: u64,
    batches: (NamedTempFile, [u8; 32]),
}

impl Files {
    fn begin(home: &Path) -> Result<Self, FileError> {
        Ok(Self {
            records: Records::begin(home)?,
            batches: Batches::begin(home)?,
        })
    }

    fn add(mut self, page: &[Accepted]) -> Result<Self, ArchiveError> {
        for batch in page {
            self.records.add(batch)?;
            self.batches.add(batch)?;
        }
        Ok(self)
    }

    fn finish(self) -> Result<Made, ArchiveError> {
        let (records, count) = self.records.finish()?;
        Ok(Made {
            records: with_digest(records)?,
            count,
            batches: with_digest(self.batches.finish()?)?,
        })
    }
}

/// Has work done by a thread that answers nobody meanwhile.
async fn aside<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, ArchiveError> + Send + 'static,
) -> Result<T, ArchiveError> {
    tokio::task::spawn_blocking(work)
        .await
        .unwrap_or(Err(ArchiveError::Broke))
}

/// As people and query engines write a day.
fn date(day: i64) -> String {
    let date = i32::try_from(day).ok().and_then(|day| {
        jiff::civil::date(1970, 1, 1)
            .checked_add(jiff::Span::new().days(day))
            .ok()
    });
    date.map_or_else(|| day.to_string(), |date| date.to_string())
}

fn with_digest(file: NamedTempFile) -> io::Result<(NamedTempFile, [u8; 32])> {
    let mut from = file.reopen()?;
    let (mut context, mut buffer) = (Context::new(&SHA256), vec![0; 1 << 16]);
    loop {
        let read = from.read(&mut buffer)?;
        if read == 0 {
            break;
        }
        context.update(&buffer[..read]);
    }
    let mut digest = [0; 32];
    // A SHA-256 has 32 bytes.
    digest.copy_from_slice(context.finish().as_ref());
    Ok((file, digest))
}

#[cfg(test)]
mod tests {
    use super::date;

    #[test]
    fn days_have_names() {
        assert_eq!(date(0), "1970-01-01");
        assert_eq!(date(20_000), "2024-10-04");
    }
}
