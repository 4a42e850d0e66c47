//! A paper of each week in a folder, without anybody asking.

use super::week::{last_week, week};
use super::week_mail::WeekMail;
use super::week_paper::week_paper;
use crate::clock;
use crate::config::quoted;
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
    /// Who gets it by mail; nobody, if it is not said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mail: Option<WeekMail>,
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
/// Milliseconds that a week is over before its paper is written: laptops that were away at its end have sent what they had.
const GRACE: i64 = 86_400_000;

impl Weekly {
    /// The section of the configuration, with its keys explained.
    #[must_use]
    pub fn to_text(&self) -> String {
        let week = match &self.week {
            // A path that is no text could not have been read from one.
            Some(folder) => format!("week = {}", quoted(&folder.display().to_string())),
            None => "# week = \"reports\"".to_owned(),
        };
        let mail = match &self.mail {
            Some(mail) => format!("mail = {}", quoted(mail)),
            None => "# mail = { route = \"NAME\", to = [\"ciso@example.com\"] }".to_owned(),
        };
        format!(
            "\n[reports]\n# A folder into which a report (PDF) of each week is written when it has been over for a day (Tuesday, UTC); nothing\n\
             # is, if it is not said.\n{week}\n\
             # Who gets the same by mail, each once a week, and the [[route]] by mail (below) whose server takes it; nobody, if it is\n\
             # not said. One of several servers on one PostgreSQL sends it. What is not taken is tried twelve times in five hours.\n\
             {mail}\n"
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

/// The last week that has been over for a day.
pub(super) fn last_due_week(now: Timestamp) -> (Timestamp, Timestamp) {
    last_week(now.plus_millis(-GRACE))
}

/// The day of a time, in UTC.
pub(super) fn day(time: Timestamp) -> String {
    let time = jiff::Timestamp::from_millisecond(time.as_millis());
    time.map(|time| time.strftime("%Y-%m-%d").to_string())
        .unwrap_or_default()
}

/// The name of a week's paper.
pub(super) fn week_file(since: Timestamp) -> String {
    format!("weir-week-{}.pdf", day(since))
}

/// Writes the paper of the last week that has been over for a day, where it is not there. Gives its file when it was written.
///
/// # Errors
/// It is tried again in a quarter of an hour.
pub async fn write_week(repo: &dyn Repo, folder: &Path, now: Timestamp) -> Result<Option<PathBuf>, WeeklyError> {
    let times = last_due_week(now);
    let path = folder.join(week_file(times.0));
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
