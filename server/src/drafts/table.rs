//! The tables `drafts`, `revisions`, `trials`, `proposals` and `verdicts`.

use super::checks::ChangeClass;
use super::texts::Texts;
use crate::journal::Entry;
use crate::people::is_same_person;
use crate::policies::Stage;
use crate::repo::{Postgres, RepoError, Sqlite, array};
use serde::{Deserialize, Serialize};
use sqlx::Row;
use std::collections::BTreeSet;
use utoipa::ToSchema;
use weir_model::{EventId, Timestamp};

/// A draft.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// Names it.
    pub id: EventId,
    /// For people.
    pub name: String,
    /// Who began it.
    pub author: String,
    /// When.
    pub created: Timestamp,
    /// Since when nobody works on it.
    pub closed: Option<Timestamp>,
    /// Number of its newest revision.
    pub newest: u32,
}

/// A revision, without its texts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RevisionHead {
    /// Of which draft.
    pub draft: EventId,
    /// From 1.
    pub number: u32,
    /// Who saved it.
    pub author: String,
    /// When.
    pub saved: Timestamp,
    /// What was changed, for people.
    pub note: String,
    /// The bundle it is compared with; 0 for the pack that is built in.
    pub base: u64,
    /// The bundle whose catalogue and files it takes; 0 for the server's own catalogue.
    pub catalogue: u64,
    /// SHA-256 over its texts, hex.
    pub digest: String,
}

/// A revision. Nobody changes one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revision {
    /// All but the texts.
    pub head: RevisionHead,
    /// The texts.
    pub texts: Texts,
}

/// What is asked of a revision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TrialKind {
    /// Errors, tests, weaker packs, what changes.
    Check,
    /// What it would have decided about stored records.
    DryRun,
}

impl TrialKind {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Check => "check",
            Self::DryRun => "dry-run",
        }
    }

    fn read(text: &str) -> Result<Self, RepoError> {
        let known = [Self::Check, Self::DryRun]
            .into_iter()
            .find(|kind| kind.as_str() == text);
        known.ok_or(RepoError::Row("trials"))
    }
}

/// Something asked of a revision, and what came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trial {
    /// Names it.
    pub id: EventId,
    /// Of which draft.
    pub draft: EventId,
    /// Of which revision.
    pub revision: u32,
    /// What is asked.
    pub kind: TrialKind,
    /// Who asks.
    pub asker: String,
    /// When.
    pub asked: Timestamp,
    /// Of a dry run: records that are not older.
    pub since: Option<Timestamp>,
    /// How often it was begun.
    pub attempts: u32,
    /// When it was answered.
    pub done: Option<Timestamp>,
    /// The answer, as JSON.
    pub result: Option<String>,
}

/// How a proposal stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum ProposalState {
    /// Too few have approved.
    Open,
    /// Enough have: what is to be signed can be made.
    Approved,
    /// Somebody said no.
    Refused,
    /// It was signed and given to devices.
    Published,
}

impl ProposalState {
    /// As it stands in the tables.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Approved => "approved",
            Self::Refused => "refused",
            Self::Published => "published",
        }
    }

    fn read(text: &str) -> Result<Self, RepoError> {
        let known = [Self::Open, Self::Approved, Self::Refused].into_iter();
        let mut known = known.filter(|state| state.as_str() == text);
        known.next().ok_or(RepoError::Row("proposals"))
    }
}

/// A revision that is to become a bundle, under these terms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposal {
    /// Names it.
    pub id: EventId,
    /// Of which draft.
    pub draft: EventId,
    /// Of which revision.
    pub revision: u32,
    /// Who proposed it.
    pub proposer: String,
    /// When.
    pub proposed: Timestamp,
    /// Why, for those who approve.
    pub why: String,
    /// Which way it goes.
    pub class: ChangeClass,
    /// How many must approve.
    pub needed: u32,
    /// Groups it is for.
    pub audience: BTreeSet<String>,
    /// Days the bundle is valid for.
    pub days: u32,
    /// How it is rolled out; to all at once where there are none.
    pub stages: Vec<Stage>,
    /// How it stands.
    pub state: ProposalState,
    /// Number of the payload that was made last; the bundle's, once it is published.
    pub number: Option<u64>,
    /// SHA-256 over that payload, hex.
    pub digest: Option<String>,
}

/// What somebody said of a proposal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// Who.
    pub person: String,
    /// When.
    pub given: Timestamp,
    /// Yes or no.
    pub approves: bool,
    /// Why.
    pub why: String,
}

/// What is to be signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sealed {
    /// Number of the bundle.
    pub number: u64,
    /// SHA-256 over the payload, hex.
    pub digest: String,
    /// The envelope, without signatures.
    pub envelope: Vec<u8>,
}

/// What is asked of the five tables.
#[async_trait::async_trait]
pub trait DraftTable: Send + Sync {
    /// Keeps a draft with its first revision, and asks for its checks.
    async fn add_draft(&self, draft: &Draft, first: &Revision, check: &Trial, entry: &Entry) -> Result<(), RepoError>;
    /// Keeps the next revision of an open draft. False where it is not the next any more.
    async fn add_revision(&self, next: &Revision, check: &Trial, entry: &Entry) -> Result<bool, RepoError>;
    /// Closes a draft. False where it is closed, or none.
    async fn close_draft(&self, id: EventId, now: Timestamp, entry: &Entry) -> Result<bool, RepoError>;
    /// One draft.
    async fn draft(&self, id: EventId) -> Result<Option<Draft>, RepoError>;
    /// Drafts, the newest first; closed ones only where they are asked for.
    async fn drafts(&self, closed: bool, limit: u32) -> Result<Vec<Draft>, RepoError>;
    /// One revision.
    async fn revision(&self, draft: EventId, number: u32) -> Result<Option<Revision>, RepoError>;
    /// All revisions of a draft, the newest first.
    async fn revisions(&self, draft: EventId) -> Result<Vec<RevisionHead>, RepoError>;
    /// Asks something more of a revision. False where its asker waits for too much already.
    async fn add_trial(&self, trial: &Trial, entry: &Entry) -> Result<bool, RepoError>;
    /// Takes what waits longest, and is not being done since `lost`.
    async fn claim_trial(&self, now: Timestamp, lost: Timestamp) -> Result<Option<Trial>, RepoError>;
    /// Keeps an answer; the first one stays.
    async fn finish_trial(&self, id: EventId, now: Timestamp, result: &str) -> Result<(), RepoError>;
    /// What was asked of a revision, the newest first.
    async fn trials(&self, draft: EventId, revision: u32, kind: TrialKind) -> Result<Vec<Trial>, RepoError>;
    /// One of them.
    async fn trial(&self, id: EventId) -> Result<Option<Trial>, RepoError>;
    /// Keeps a proposal.
    async fn add_proposal(&self, proposal: &Proposal, entry: &Entry) -> Result<(), RepoError>;
    /// One proposal.
    async fn proposal(&self, id: EventId) -> Result<Option<Proposal>, RepoError>;
    /// Proposals, the newest first, and of one draft where it is named.
    async fn proposals(&self, draft: Option<EventId>, limit: u32) -> Result<Vec<Proposal>, RepoError>;
    /// What was said of one, the first first.
    async fn verdicts(&self, proposal: EventId) -> Result<Vec<Verdict>, RepoError>;
    /// Keeps what somebody says of an open proposal, which decides it where enough have said so. `None` where it is not open,
    /// or they have said something before.
    async fn add_verdict(
        &self,
        proposal: EventId,
        verdict: &Verdict,
        entry: &Entry,
    ) -> Result<Option<ProposalState>, RepoError>;
    /// Keeps what is to be signed of an approved proposal, instead of the one with the digest `before`. False where another one is
    /// there, or it is not approved.
    async fn seal_proposal(
        &self,
        id: EventId,
        before: Option<&str>,
        sealed: &Sealed,
        entry: &Entry,
    ) -> Result<bool, RepoError>;
    /// What is to be signed.
    async fn sealed(&self, id: EventId) -> Result<Option<Sealed>, RepoError>;
}

/// Questions that one person may wait for at once.
const WAITING: i64 = 10;

const ADD_REVISION: &str = "INSERT INTO revisions (draft, number, author, saved, note, base, catalogue, texts, digest) \
     SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9 WHERE $2 = 1 + (SELECT coalesce(max(number), 0) FROM revisions WHERE draft = $1) \
     AND EXISTS (SELECT 1 FROM drafts WHERE id = $1 AND closed IS NULL)";
const ADD_TRIAL: &str =
    "INSERT INTO trials (id, draft, revision, kind, asker, asked, since) VALUES ($1, $2, $3, $4, $5, $6, $7)";
const DRAFT: &str = "SELECT id, name, author, created, closed, \
     (SELECT max(number) FROM revisions r WHERE r.draft = drafts.id) AS newest FROM drafts WHERE id = $1";
const DRAFTS: &str = "SELECT id, name, author, created, closed, \
     (SELECT max(number) FROM revisions r WHERE r.draft = drafts.id) AS newest FROM drafts \
     WHERE $1 = 1 OR closed IS NULL ORDER BY created DESC, id DESC LIMIT $2";
const REVISION: &str = "SELECT draft, number, author, saved, note, base, catalogue, digest, texts FROM revisions \
     WHERE draft = $1 AND number = $2";
const REVISIONS: &str = "SELECT draft, number, author, saved, note, base, catalogue, digest FROM revisions \
     WHERE draft = $1 ORDER BY number DESC";
/// The claim is compared and set in one statement: two nodes do not do the same.
const CLAIM: &str = "UPDATE trials SET claimed = $1, attempts = attempts + 1 WHERE done IS NULL AND claimed <= $2 AND id = \
     (SELECT id FROM trials WHERE done IS NULL AND claimed <= $2 ORDER BY asked, id LIMIT 1) \
     RETURNING id, draft, revision, kind, asker, asked, since, attempts, done, result";
const TRIALS: &str = "SELECT id, draft, revision, kind, asker, asked, since, attempts, done, result FROM trials \
     WHERE draft = $1 AND revision = $2 AND kind = $3 ORDER BY asked DESC, id DESC LIMIT 100";
const TRIAL: &str =
    "SELECT id, draft, revision, kind, asker, asked, since, attempts, done, result FROM trials WHERE id = $1";
const ADD_PROPOSAL: &str = "INSERT INTO proposals (id, draft, revision, proposer, proposed, why, class, needed, audience, \
     days, stages, state) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";
/// What became of the bundle is the bundle's to say.
macro_rules! proposals {
    ($rest:literal) => {
        concat!(
            "SELECT p.id, p.draft, p.revision, p.proposer, p.proposed, p.why, p.class, p.needed, p.audience, p.days, \
             p.stages, p.state, p.number, p.digest, b.number AS published FROM proposals p \
             LEFT JOIN bundles b ON b.number = p.number AND b.digest = p.digest ",
            $rest
        )
    };
}
const PROPOSAL: &str = proposals!("WHERE p.id = $1");
const PROPOSALS: &str = proposals!("WHERE $1 IS NULL OR p.draft = $1 ORDER BY p.proposed DESC, p.id DESC LIMIT $2");
const VERDICTS: &str = "SELECT person, given, approves, why FROM verdicts WHERE proposal = $1 ORDER BY given, person";
const ADD_VERDICT: &str = "INSERT INTO verdicts (proposal, person, given, approves, why) \
     SELECT $1, $2, $3, $4, $5 WHERE EXISTS (SELECT 1 FROM proposals WHERE id = $1 AND state = 'open')";
/// Counted in the database, where nobody else changes anything meanwhile.
const DECIDE: &str = "UPDATE proposals SET state = CASE \
     WHEN EXISTS (SELECT 1 FROM verdicts WHERE proposal = $1 AND approves = 0) THEN 'refused' \
     WHEN (SELECT count(*) FROM verdicts WHERE proposal = $1 AND approves = 1) >= needed THEN 'approved' \
     ELSE state END WHERE id = $1 RETURNING state";
/// Whoever has read the one before may be signing it: nobody puts another in its place who has not seen that it is of no use.
const SEAL: &str = "UPDATE proposals SET number = $2, digest = $3, payload = $4 \
     WHERE id = $1 AND state = 'approved' AND coalesce(digest, '') = $5";

fn natural(number: i64, table: &'static str) -> Result<u32, RepoError> {
    u32::try_from(number).map_err(|_| RepoError::Row(table))
}

fn big(number: u64) -> Result<i64, RepoError> {
    i64::try_from(number).map_err(|_| RepoError::Row("bundles"))
}

fn json<T: serde::de::DeserializeOwned>(text: &str, table: &'static str) -> Result<T, RepoError> {
    serde_json::from_str(text).map_err(|_| RepoError::Row(table))
}

macro_rules! id_of {
    ($row:expr, $column:literal, $table:literal) => {
        EventId::from_bytes(array($row.try_get($column)?, $table)?)
    };
}

macro_rules! head_of {
    ($row:expr) => {
        RevisionHead {
            draft: id_of!($row, "draft", "revisions"),
            number: natural($row.try_get("number")?, "revisions")?,
            author: $row.try_get("author")?,
            saved: Timestamp::from_millis($row.try_get("saved")?),
            note: $row.try_get("note")?,
            base: $row.try_get::<i64, _>("base")?.unsigned_abs(),
            catalogue: $row.try_get::<i64, _>("catalogue")?.unsigned_abs(),
            digest: $row.try_get("digest")?,
        }
    };
}

macro_rules! draft_of {
    ($row:expr) => {
        Ok(Draft {
            id: id_of!($row, "id", "drafts"),
            name: $row.try_get("name")?,
            author: $row.try_get("author")?,
            created: Timestamp::from_millis($row.try_get("created")?),
            closed: $row.try_get::<Option<i64>, _>("closed")?.map(Timestamp::from_millis),
            newest: natural($row.try_get("newest")?, "revisions")?,
        })
    };
}

macro_rules! trial_of {
    ($row:expr) => {
        Ok(Trial {
            id: id_of!($row, "id", "trials"),
            draft: id_of!($row, "draft", "trials"),
            revision: natural($row.try_get("revision")?, "trials")?,
            kind: TrialKind::read($row.try_get("kind")?)?,
            asker: $row.try_get("asker")?,
            asked: Timestamp::from_millis($row.try_get("asked")?),
            since: $row.try_get::<Option<i64>, _>("since")?.map(Timestamp::from_millis),
            attempts: natural($row.try_get("attempts")?, "trials")?,
            done: $row.try_get::<Option<i64>, _>("done")?.map(Timestamp::from_millis),
            result: $row.try_get("result")?,
        })
    };
}

macro_rules! proposal_of {
    ($row:expr) => {{
        let class: &str = $row.try_get("class")?;
        let known = [ChangeClass::Tightens, ChangeClass::Loosens].into_iter();
        let published: Option<i64> = $row.try_get("published")?;
        Ok(Proposal {
            id: id_of!($row, "id", "proposals"),
            draft: id_of!($row, "draft", "proposals"),
            revision: natural($row.try_get("revision")?, "proposals")?,
            proposer: $row.try_get("proposer")?,
            proposed: Timestamp::from_millis($row.try_get("proposed")?),
            why: $row.try_get("why")?,
            class: known
                .filter(|known| known.as_str() == class)
                .next()
                .ok_or(RepoError::Row("proposals"))?,
            needed: natural($row.try_get("needed")?, "proposals")?,
            audience: json($row.try_get("audience")?, "proposals")?,
            days: natural($row.try_get("days")?, "proposals")?,
            stages: json($row.try_get("stages")?, "proposals")?,
            state: match published {
                Some(_) => ProposalState::Published,
                None => ProposalState::read($row.try_get("state")?)?,
            },
            number: $row.try_get::<Option<i64>, _>("number")?.map(i64::unsigned_abs),
            digest: $row.try_get("digest")?,
        })
    }};
}

macro_rules! draft_table {
    ($repo:ty, $row:ty, $db:ty) => {
        impl $repo {
            /// Gives whether it was the next.
            async fn insert_revision(
                transaction: &mut sqlx::Transaction<'static, $db>,
                revision: &Revision,
            ) -> Result<bool, RepoError> {
                let head = &revision.head;
                let done = sqlx::query(ADD_REVISION)
                    .bind(&head.draft.as_bytes()[..])
                    .bind(i64::from(head.number))
                    .bind(&head.author)
                    .bind(head.saved.as_millis())
                    .bind(&head.note)
                    .bind(big(head.base)?)
                    .bind(big(head.catalogue)?)
                    .bind(revision.texts.to_bytes())
                    .bind(&head.digest)
                    .execute(&mut **transaction)
                    .await?;
                Ok(done.rows_affected() == 1)
            }

            async fn insert_trial(
                transaction: &mut sqlx::Transaction<'static, $db>,
                trial: &Trial,
            ) -> Result<(), RepoError> {
                sqlx::query(ADD_TRIAL)
                    .bind(&trial.id.as_bytes()[..])
                    .bind(&trial.draft.as_bytes()[..])
                    .bind(i64::from(trial.revision))
                    .bind(trial.kind.as_str())
                    .bind(&trial.asker)
                    .bind(trial.asked.as_millis())
                    .bind(trial.since.map(Timestamp::as_millis))
                    .execute(&mut **transaction)
                    .await?;
                Ok(())
            }
        }

        #[async_trait::async_trait]
        impl DraftTable for $repo {
            async fn add_draft(
                &self,
                draft: &Draft,
                first: &Revision,
                check: &Trial,
                entry: &Entry,
            ) -> Result<(), RepoError> {
                let mut change = self.enter(entry).await?;
                sqlx::query("INSERT INTO drafts (id, name, author, created) VALUES ($1, $2, $3, $4)")
                    .bind(&draft.id.as_bytes()[..])
                    .bind(&draft.name)
                    .bind(&draft.author)
                    .bind(draft.created.as_millis())
                    .execute(&mut *change)
                    .await?;
                Self::insert_revision(&mut change, first).await?;
                Self::insert_trial(&mut change, check).await?;
                Ok(change.commit().await?)
            }

            async fn add_revision(&self, next: &Revision, check: &Trial, entry: &Entry) -> Result<bool, RepoError> {
                let mut change = self.enter(entry).await?;
                if !Self::insert_revision(&mut change, next).await? {
                    return Ok(false);
                }
                Self::insert_trial(&mut change, check).await?;
                change.commit().await?;
                Ok(true)
            }

            async fn close_draft(&self, id: EventId, now: Timestamp, entry: &Entry) -> Result<bool, RepoError> {
                let mut change = self.enter(entry).await?;
                let query = sqlx::query("UPDATE drafts SET closed = $2 WHERE id = $1 AND closed IS NULL");
                let query = query.bind(&id.as_bytes()[..]).bind(now.as_millis());
                let closed = query.execute(&mut *change).await?.rows_affected() > 0;
                if closed {
                    change.commit().await?;
                }
                Ok(closed)
            }

            async fn draft(&self, id: EventId) -> Result<Option<Draft>, RepoError> {
                let query = sqlx::query(DRAFT).bind(&id.as_bytes()[..]);
                let row: Option<$row> = query.fetch_optional(&self.read).await?;
                row.map(|row| draft_of!(row)).transpose()
            }

            async fn drafts(&self, closed: bool, limit: u32) -> Result<Vec<Draft>, RepoError> {
                let query = sqlx::query(DRAFTS).bind(i64::from(closed)).bind(i64::from(limit));
                let rows: Vec<$row> = query.fetch_all(&self.read).await?;
                rows.iter().map(|row| draft_of!(row)).collect()
            }

            async fn revision(&self, draft: EventId, number: u32) -> Result<Option<Revision>, RepoError> {
                let query = sqlx::query(REVISION)
                    .bind(&draft.as_bytes()[..])
                    .bind(i64::from(number));
                let row: Option<$row> = query.fetch_optional(&self.read).await?;
                let Some(row) = row else { return Ok(None) };
                let texts: &[u8] = row.try_get("texts")?;
                Ok(Some(Revision {
                    head: head_of!(row),
                    texts: serde_json::from_slice(texts).map_err(|_| RepoError::Row("revisions"))?,
                }))
            }

            async fn revisions(&self, draft: EventId) -> Result<Vec<RevisionHead>, RepoError> {
                let query = sqlx::query(REVISIONS).bind(&draft.as_bytes()[..]);
                let rows: Vec<$row> = query.fetch_all(&self.read).await?;
                rows.iter().map(|row| Ok(head_of!(row))).collect()
            }

            async fn add_trial(&self, trial: &Trial, entry: &Entry) -> Result<bool, RepoError> {
                let mut change = self.enter(entry).await?;
                let query = "SELECT count(*) AS waiting FROM trials WHERE done IS NULL AND asker = $1";
                let row: $row = sqlx::query(query)
                    .bind(&trial.asker)
                    .fetch_one(&mut *change)
                    .await?;
                if row.try_get::<i64, _>("waiting")? >= WAITING {
                    return Ok(false);
                }
                Self::insert_trial(&mut change, trial).await?;
                change.commit().await?;
                Ok(true)
            }

            async fn claim_trial(&self, now: Timestamp, lost: Timestamp) -> Result<Option<Trial>, RepoError> {
                let query = sqlx::query(CLAIM).bind(now.as_millis()).bind(lost.as_millis());
                let row: Option<$row> = query.fetch_optional(&self.write).await?;
                row.map(|row| trial_of!(row)).transpose()
            }

            async fn finish_trial(&self, id: EventId, now: Timestamp, result: &str) -> Result<(), RepoError> {
                sqlx::query("UPDATE trials SET done = $2, result = $3 WHERE id = $1 AND done IS NULL")
                    .bind(&id.as_bytes()[..])
                    .bind(now.as_millis())
                    .bind(result)
                    .execute(&self.write)
                    .await?;
                Ok(())
            }

            async fn trials(&self, draft: EventId, revision: u32, kind: TrialKind) -> Result<Vec<Trial>, RepoError> {
                let rows: Vec<$row> = sqlx::query(TRIALS)
                    .bind(&draft.as_bytes()[..])
                    .bind(i64::from(revision))
                    .bind(kind.as_str())
                    .fetch_all(&self.read)
                    .await?;
                rows.iter().map(|row| trial_of!(row)).collect()
            }

            async fn trial(&self, id: EventId) -> Result<Option<Trial>, RepoError> {
                let query = sqlx::query(TRIAL).bind(&id.as_bytes()[..]);
                let row: Option<$row> = query.fetch_optional(&self.read).await?;
                row.map(|row| trial_of!(row)).transpose()
            }

            async fn add_proposal(&self, proposal: &Proposal, entry: &Entry) -> Result<(), RepoError> {
                let written = |value: Result<String, serde_json::Error>| value.map_err(|_| RepoError::Row("proposals"));
                let mut change = self.enter(entry).await?;
                sqlx::query(ADD_PROPOSAL)
                    .bind(&proposal.id.as_bytes()[..])
                    .bind(&proposal.draft.as_bytes()[..])
                    .bind(i64::from(proposal.revision))
                    .bind(&proposal.proposer)
                    .bind(proposal.proposed.as_millis())
                    .bind(&proposal.why)
                    .bind(proposal.class.as_str())
                    .bind(i64::from(proposal.needed))
                    .bind(written(serde_json::to_string(&proposal.audience))?)
                    .bind(i64::from(proposal.days))
                    .bind(written(serde_json::to_string(&proposal.stages))?)
                    .bind(proposal.state.as_str())
                    .execute(&mut *change)
                    .await?;
                Ok(change.commit().await?)
            }

            async fn proposal(&self, id: EventId) -> Result<Option<Proposal>, RepoError> {
                let query = sqlx::query(PROPOSAL).bind(&id.as_bytes()[..]);
                let row: Option<$row> = query.fetch_optional(&self.read).await?;
                row.map(|row| proposal_of!(row)).transpose()
            }

            async fn proposals(&self, draft: Option<EventId>, limit: u32) -> Result<Vec<Proposal>, RepoError> {
                let draft = draft.map(|draft| draft.as_bytes().to_vec());
                let query = sqlx::query(PROPOSALS).bind(draft).bind(i64::from(limit));
                let rows: Vec<$row> = query.fetch_all(&self.read).await?;
                rows.iter().map(|row| proposal_of!(row)).collect()
            }

            async fn verdicts(&self, proposal: EventId) -> Result<Vec<Verdict>, RepoError> {
                let query = sqlx::query(VERDICTS).bind(&proposal.as_bytes()[..]);
                let rows: Vec<$row> = query.fetch_all(&self.read).await?;
                rows.iter()
                    .map(|row| {
                        Ok(Verdict {
                            person: row.try_get("person")?,
                            given: Timestamp::from_millis(row.try_get("given")?),
                            approves: row.try_get::<i64, _>("approves")? == 1,
                            why: row.try_get("why")?,
                        })
                    })
                    .collect()
            }

            async fn add_verdict(
                &self,
                proposal: EventId,
                verdict: &Verdict,
                entry: &Entry,
            ) -> Result<Option<ProposalState>, RepoError> {
                let mut change = self.enter(entry).await?;
                let query = sqlx::query(VERDICTS).bind(&proposal.as_bytes()[..]);
                let said: Vec<$row> = query.fetch_all(&mut *change).await?;
                for row in &said {
                    if is_same_person(row.try_get("person")?, &verdict.person) {
                        return Ok(None);
                    }
                }
                let added = sqlx::query(ADD_VERDICT)
                    .bind(&proposal.as_bytes()[..])
                    .bind(&verdict.person)
                    .bind(verdict.given.as_millis())
                    .bind(i64::from(verdict.approves))
                    .bind(&verdict.why)
                    .execute(&mut *change)
                    .await?;
                if added.rows_affected() == 0 {
                    return Ok(None);
                }
                let query = sqlx::query(DECIDE).bind(&proposal.as_bytes()[..]);
                let row: $row = query.fetch_one(&mut *change).await?;
                let state = ProposalState::read(row.try_get("state")?)?;
                change.commit().await?;
                Ok(Some(state))
            }

            async fn seal_proposal(
                &self,
                id: EventId,
                before: Option<&str>,
                sealed: &Sealed,
                entry: &Entry,
            ) -> Result<bool, RepoError> {
                let mut change = self.enter(entry).await?;
                let done = sqlx::query(SEAL)
                    .bind(&id.as_bytes()[..])
                    .bind(big(sealed.number)?)
                    .bind(&sealed.digest)
                    .bind(&sealed.envelope)
                    .bind(before.unwrap_or_default())
                    .execute(&mut *change)
                    .await?;
                let done = done.rows_affected() > 0;
                if done {
                    change.commit().await?;
                }
                Ok(done)
            }

            async fn sealed(&self, id: EventId) -> Result<Option<Sealed>, RepoError> {
                let query = "SELECT number, digest, payload FROM proposals WHERE id = $1 AND payload IS NOT NULL";
                let query = sqlx::query(query).bind(&id.as_bytes()[..]);
                let row: Option<$row> = query.fetch_optional(&self.read).await?;
                row.map(|row| {
                    Ok(Sealed {
                        number: row.try_get::<i64, _>("number")?.unsigned_abs(),
                        digest: row.try_get("digest")?,
                        envelope: row.try_get("payload")?,
                    })
                })
                .transpose()
            }
        }
    };
}

draft_table!(Sqlite, sqlx::sqlite::SqliteRow, sqlx::Sqlite);
draft_table!(Postgres, sqlx::postgres::PgRow, sqlx::Postgres);
