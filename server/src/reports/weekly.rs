//! A paper of each week in a folder, without anybody asking.

use super::week::{last_week, week};
use super::week_paper::week_paper;
use crate::clock;
use crate::journal::Actor;
use crate::paper::{self, PaperError};
use crate::repo::{Repo, RepoError};
use serde::{Deserialize, Serialize};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;
use weir_model::{Timestamp, chain};

/// What is written by itself.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Weekly {
    /// The folder, relative to the home; nothing is written, if it is not said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub week: Option<PathBuf>,
}

/// A paper was not written.
#[derive(Debug, thiserror::Error)]
pub enum WeeklyError {
    /// The folder, or the file.
    #[error("`{}` cannot be written", .path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The paper.
    #[error(transparent)]
    Paper(#[from] PaperError),
    /// The database.
    #[error(transparent)]
    Repo(#[from] RepoError),
}

const PAUSE: Duration = Duration::from_secs(15 * 60);

impl Weekly {
    /// The section of the configuration, with its key explained.
    #[must_use]
    pub fn to_text(&self) -> String {
        let week = match &self.week {
            // A path that is no text could not have been read from one.
            Some(folder) => format!("week = {:?}", folder.display().to_string()),
            None => "# week = \"reports\"".to_owned(),
        };
        format!(
            "\n[reports]\n# A folder into which a report (PDF) of each week is written when it is over (Monday, UTC); nothing is, if it is not\n\
             # said.\n{week}\n"
        )
    }

    /// Writes papers for as long as the node lives.
    pub async fn follow(&self, repo: &dyn Repo, home: &Path) {
        let Some(folder) = &self.week else {
            return std::future::pending().await;
        };
        let folder = home.join(folder);
        loop {
            if let Err(error) = write_week(repo, &folder, clock::now()).await {
                tracing::warn!(error = chain(&error), "the report of the week could not be written");
            }
            tokio::time::sleep(PAUSE).await;
        }
    }
}

/// Writes the paper of the last whole week, where it is not there. Gives its file when it was written.
///
/// # Errors
/// It is tried again in a quarter of an hour.
pub async fn write_week(repo: &dyn Repo, folder: &Path, now: Timestamp) -> Result<Option<PathBuf>, WeeklyError> {
    let times = last_week(now);
    let day = jiff::Timestamp::from_millisecond(times.0.as_millis());
    let day = day.map(|day| day.strftime("%Y-%m-%d").to_string()).unwrap_or_default();
    let path = folder.join(format!("weir-week-{day}.pdf"));
    if path.exists() {
        return Ok(None);
    }
    let failed = |source| WeeklyError::File {
        path: path.clone(),
        source,
    };
    std::fs::create_dir_all(folder).map_err(failed)?;
    let week = week(repo, &Actor::Server, times, now).await?;
    let bytes = paper::write(&week_paper(&week, now))?;
    // Under its name only when it is whole.
    let mut file = tempfile::NamedTempFile::new_in(folder).map_err(failed)?;
    file.write_all(&bytes).map_err(failed)?;
    file.as_file().sync_all().map_err(failed)?;
    file.persist(&path).map_err(|error| failed(error.error))?;
    tracing::info!(file = %path.display(), "the report of the week is written");
    Ok(Some(path))
}
