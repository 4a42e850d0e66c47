//! Records that were kept long enough.
//!
//! What arrived before a day is taken away: records, the links of their chain, and alerts that were closed before it. How
//! far each log goes, and its head, stay: devices go on where they stand, and what they send again is not taken twice. A
//! line of the journal says from when on records are kept, before anything is gone.
//!
//! A sink that has not forwarded a record by then never will: the time that people were promised counts more.

mod table;

pub use table::RetentionTable;

use crate::archive::archived_before;
use crate::clock;
use crate::journal::{Actor, Deed, Entry};
use crate::repo::{Repo, RepoError};
use serde::{Deserialize, Serialize};
use std::num::NonZeroU16;
use std::time::Duration;
use weir_model::{Timestamp, chain};

/// How long what is kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Retention {
    /// Whole days; for ever, if it is not said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub days: Option<NonZeroU16>,
}

const DAY: i64 = 86_400_000;
const PAUSE: Duration = Duration::from_secs(15 * 60);
/// Between two steps: devices write meanwhile.
const BREATH: Duration = Duration::from_millis(20);

impl Retention {
    /// The section of the configuration, with its key explained.
    #[must_use]
    pub fn to_text(&self) -> String {
        let days = match self.days {
            Some(days) => format!("days = {days}"),
            None => "# days = 365".to_owned(),
        };
        format!(
            "\n[retention]\n# Whole days (UTC) for which records are kept after they arrived, and alerts after they were closed; for ever, if\n\
             # it is not said.\n{days}\n"
        )
    }

    /// From when on records are kept at `now`.
    #[must_use]
    pub fn cut(&self, now: Timestamp) -> Option<Timestamp> {
        let days = i64::from(self.days?.get());
        let today = now.as_millis().div_euclid(DAY);
        Some(Timestamp::from_millis((today - days) * DAY))
    }

    /// Takes away what was kept long enough, for as long as the node lives; of what is `archived`, and nothing else, where
    /// that is asked for. What the rules of alerts have no use for any more goes in any case.
    pub async fn follow(self, repo: &dyn Repo, archived: bool) {
        loop {
            if let Err(error) = repo.forget_gauges(clock::now()).await {
                tracing::warn!(error = chain(&error), "what alerts remember could not be taken away");
            }
            if let Some(cut) = self.cut(clock::now())
                && let Err(error) = forget(repo, cut, archived, clock::now()).await
            {
                tracing::warn!(
                    error = chain(&error),
                    "what was kept long enough could not be taken away"
                );
            }
            tokio::time::sleep(PAUSE).await;
        }
    }
}

/// Takes away what arrived before `cut`; with `archived`, only what is in the archive. What was begun and broken off goes
/// on.
///
/// # Errors
/// The rest is taken away the next time.
pub async fn forget(repo: &dyn Repo, cut: Timestamp, archived: bool, now: Timestamp) -> Result<(), RepoError> {
    let cut = match archived {
        true => cut.min(archived_before(repo).await?),
        false => cut,
    };
    let kept_since = repo.kept_since().await?;
    // A line of the journal each day, about nothing, would be one that nobody reads.
    if cut > kept_since && repo.has_older(cut).await? {
        let entry = Entry::new(now, &Actor::Server, Deed::RecordsForget, "records").with("before", cut.as_millis());
        if repo.keep_since(cut, &entry).await? {
            tracing::info!(before = cut.as_millis(), "records are taken away");
        }
    }
    while repo.forget_some().await? {
        tokio::time::sleep(BREATH).await;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{DAY, Retention};
    use weir_model::Timestamp;

    #[test]
    fn whole_days_are_kept() {
        let retention: Retention = toml::from_str("days = 30").unwrap();
        let noon = Timestamp::from_millis(100 * DAY + DAY / 2);
        assert_eq!(retention.cut(noon), Some(Timestamp::from_millis(70 * DAY)));
        assert_eq!(Retention::default().cut(noon), None);
    }

    #[test]
    fn nobody_keeps_records_for_no_day() {
        assert!(toml::from_str::<Retention>("days = 0").is_err());
        assert!(toml::from_str::<Retention>("dasy = 3").is_err());
    }
}
