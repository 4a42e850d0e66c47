//! Having revisions tried out, one after the other.

use super::apart::Apart;
use super::checks::{Checks, Outcome};
use super::job::Job;
use super::table::{Trial, TrialKind};
use super::texts::{Around, built_in, contents_of};
use crate::clock::{self, NoRandomness};
use crate::ingest::{Behind, Wanted};
use crate::journal::{Actor, Deed, Entry};
use crate::repo::{Repo, RepoError};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use weir_audit::Kind;
use weir_bundle::Contents;
use weir_model::{EventId, Timestamp, chain};
use weir_wire::DryRun;

const PAUSE: Duration = Duration::from_millis(500);
/// Longer than a trial may take: what was claimed before is done by nobody any more.
const LOST: i64 = 300_000;
/// A trial that ends the node that does it is not tried for ever.
const ATTEMPTS: u32 = 3;
/// Records of a dry run, the newest.
const RECORDS: usize = 50_000;
/// Records that are read from the database at once.
const PAGE: u32 = 500;

/// Trial after trial, for as long as the node lives: one at a time, so that packs take at most one process's share.
pub async fn follow(repo: Arc<dyn Repo>, apart: Apart) {
    loop {
        match step(&*repo, &apart, clock::now()).await {
            Ok(true) => {}
            Ok(false) => tokio::time::sleep(PAUSE).await,
            Err(error) => {
                tracing::warn!(error = chain(&error), "a revision could not be tried out");
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
}

/// One trial. False where none waits.
///
/// # Errors
/// It waits on, and is taken up again.
pub async fn step(repo: &dyn Repo, apart: &Apart, now: Timestamp) -> Result<bool, RepoError> {
    let Some(trial) = repo.claim_trial(now, now.plus_millis(-LOST)).await? else {
        return Ok(false);
    };
    let result = match trial.attempts > ATTEMPTS {
        true => written(&Outcome::<()>::Failed(
            "it was begun several times and never ended".to_owned(),
        )),
        false => tried(repo, apart, &trial).await?,
    };
    repo.finish_trial(trial.id, clock::now(), &result).await?;
    Ok(true)
}

async fn tried(repo: &dyn Repo, apart: &Apart, trial: &Trial) -> Result<String, RepoError> {
    let Some(revision) = repo.revision(trial.draft, trial.revision).await? else {
        return Err(RepoError::Row("revisions"));
    };
    let Some(around) = Around::of(repo, revision.head.catalogue).await? else {
        return Err(RepoError::Row("bundles"));
    };
    let contents = Box::new(around.with(revision.texts));
    match trial.kind {
        TrialKind::Check => {
            let before = Box::new(before(repo, revision.head.base).await?);
            let (_, none) = mpsc::channel(1);
            Ok(written(
                &outcome::<Checks>(apart, &Job::Check { contents, before }, none).await,
            ))
        }
        TrialKind::DryRun => {
            let (records, read) = mpsc::channel(usize::try_from(PAGE).unwrap_or(1));
            let job = Job::DryRun { contents };
            let (sent, outcome) = tokio::join!(
                send_records(repo, trial.since, records),
                outcome::<DryRun>(apart, &job, read)
            );
            sent?;
            Ok(written(&outcome))
        }
    }
}

async fn before(repo: &dyn Repo, base: u64) -> Result<Contents, RepoError> {
    match base {
        0 => Ok(built_in()),
        number => contents_of(repo, number).await?.ok_or(RepoError::Row("bundles")),
    }
}

async fn outcome<T: DeserializeOwned>(apart: &Apart, job: &Job, records: mpsc::Receiver<Vec<u8>>) -> Outcome<T> {
    match apart.ask::<Outcome<T>>(job, records).await {
        Ok(outcome) => outcome,
        Err(none) => Outcome::Failed(none.to_string()),
    }
}

fn written(outcome: &impl Serialize) -> String {
    // Texts and numbers can always be written.
    serde_json::to_string(outcome).unwrap_or_default()
}

/// The newest decisions, page by page, as fast as they are read.
async fn send_records(
    repo: &dyn Repo,
    since: Option<Timestamp>,
    records: mpsc::Sender<Vec<u8>>,
) -> Result<(), RepoError> {
    let mut behind: Option<Behind> = None;
    let mut sent = 0;
    loop {
        let wanted = Wanted {
            since,
            behind,
            // Decisions alone have a level.
            level: Some(weir_model::Level::Public),
            limit: PAGE,
            ..Wanted::default()
        };
        let page = repo.events(&wanted).await?;
        for stored in page.records {
            // The other end is gone, or has enough.
            if sent == RECORDS || Kind::from_byte(stored.kind) != Kind::Decision {
                return Ok(());
            }
            let line = stored.body.into_iter().filter(|byte| *byte != b'\n').collect();
            if records.send(line).await.is_err() {
                return Ok(());
            }
            sent += 1;
        }
        behind = page.next;
        if behind.is_none() {
            return Ok(());
        }
    }
}

/// A dry run was not asked for.
#[derive(Debug, thiserror::Error)]
pub enum AskError {
    /// There is no such revision.
    #[error("there is no such revision")]
    Unknown,
    /// Enough of theirs waits.
    #[error("too many questions of yours wait for an answer")]
    TooMany,
    /// The system.
    #[error(transparent)]
    Randomness(#[from] NoRandomness),
    /// The database.
    #[error(transparent)]
    Repo(#[from] RepoError),
}

/// Asks what a revision would have decided about stored records. Who asked is in the journal.
///
/// # Errors
/// Nothing is asked then.
pub async fn dry_run(
    repo: &dyn Repo,
    (actor, person): (&Actor, &str),
    (draft, revision): (EventId, u32),
    since: Option<Timestamp>,
    now: Timestamp,
) -> Result<Trial, AskError> {
    let known = repo.revision(draft, revision).await?.ok_or(AskError::Unknown)?;
    let trial = Trial {
        id: EventId::new(now, clock::random()?),
        draft,
        revision: known.head.number,
        kind: TrialKind::DryRun,
        asker: person.to_owned(),
        asked: now,
        since,
        attempts: 0,
        done: None,
        result: None,
    };
    let entry = Entry::new(now, actor, Deed::DraftDryRun, draft)
        .with("revision", revision)
        .with("since", since);
    match repo.add_trial(&trial, &entry).await? {
        true => Ok(trial),
        false => Err(AskError::TooMany),
    }
}

/// The checks of a revision; `None` while they are not done.
///
/// # Errors
/// The database.
pub async fn check_of(repo: &dyn Repo, draft: EventId, revision: u32) -> Result<Option<Outcome<Checks>>, RepoError> {
    let trials = repo.trials(draft, revision, TrialKind::Check).await?;
    let result = trials.into_iter().next().and_then(|trial| trial.result);
    result.map(|text| finished(&text)).transpose()
}

/// What came of a trial.
///
/// # Errors
/// It is not what was kept.
pub fn finished<T: DeserializeOwned>(result: &str) -> Result<Outcome<T>, RepoError> {
    serde_json::from_str(result).map_err(|_| RepoError::Row("trials"))
}
