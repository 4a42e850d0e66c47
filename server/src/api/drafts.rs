//! Drafts, their revisions, and what came of them.

use super::problem::Problem;
use super::take::{Asked, At, Body, limit, natural, plain};
use crate::access::Caller;
use crate::clock;
use crate::drafts::{
    self, Checks, Draft, Outcome, Revision, RevisionHead, Saving, Texts, Trial, TrialKind, check_of, close, create,
    finished, save,
};
use crate::repo::RepoError;
use crate::run::Fleet;
use crate::whole::{maybe_whole, whole};
use axum::Json;
use axum::extract::State;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;
use utoipa::{IntoParams, ToSchema};
use weir_model::{Action, EventId, Timestamp};
use weir_wire::DryRun;

/// A draft. Times are milliseconds since 1970.
#[derive(Debug, Serialize, ToSchema)]
pub struct DraftShown {
    /// Names it.
    #[schema(value_type = String, format = Uuid)]
    pub id: EventId,
    /// For people.
    pub name: String,
    /// Who began it.
    pub author: String,
    /// When.
    pub created: i64,
    /// Since when nobody works on it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub closed: Option<i64>,
    /// Number of its newest revision.
    pub newest: u32,
}

impl From<Draft> for DraftShown {
    fn from(draft: Draft) -> Self {
        Self {
            id: draft.id,
            name: draft.name,
            author: draft.author,
            created: draft.created.as_millis(),
            closed: draft.closed.map(Timestamp::as_millis),
            newest: draft.newest,
        }
    }
}

/// A revision, without its texts. Nobody changes one.
#[derive(Debug, Serialize, ToSchema)]
pub struct RevisionShown {
    /// From 1.
    pub number: u32,
    /// Who saved it.
    pub author: String,
    /// When.
    pub saved: i64,
    /// What was changed, for people.
    pub note: String,
    /// The bundle it is compared with; 0: the pack that is built in.
    pub base: u64,
    /// The bundle whose catalogue and files it takes; 0: the server's own catalogue.
    pub catalogue: u64,
    /// SHA-256 over its texts, hex.
    pub digest: String,
}

impl From<RevisionHead> for RevisionShown {
    fn from(head: RevisionHead) -> Self {
        Self {
            number: head.number,
            author: head.author,
            saved: head.saved.as_millis(),
            note: head.note,
            base: head.base,
            catalogue: head.catalogue,
            digest: head.digest,
        }
    }
}

/// How far something that was asked has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Answered {
    /// It waits, or is being done.
    Waiting,
    /// There is an answer.
    Done,
    /// There will be none.
    Failed,
}

/// A revision with its texts and its checks.
#[derive(Debug, Serialize, ToSchema)]
pub struct RevisionFull {
    /// All but the texts.
    pub revision: RevisionShown,
    /// The pack that is to be in force: one of `packs`.
    pub pack: String,
    /// Packs, sheets and rules, byte for byte.
    pub packs: BTreeMap<String, String>,
    /// How far its checks have come.
    pub checked: Answered,
    /// Why there are none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failed: Option<String>,
    /// What it is worth.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub checks: Option<Checks>,
}

impl RevisionFull {
    /// With what came of it.
    #[must_use]
    pub fn of(revision: Revision, outcome: Option<Outcome<Checks>>) -> Self {
        let (checked, failed, checks) = shown(outcome);
        Self {
            revision: revision.head.into(),
            pack: revision.texts.pack,
            packs: revision.texts.packs,
            checked,
            failed,
            checks,
        }
    }
}

fn shown<T>(outcome: Option<Outcome<T>>) -> (Answered, Option<String>, Option<T>) {
    match outcome {
        None => (Answered::Waiting, None, None),
        Some(Outcome::Failed(why)) => (Answered::Failed, Some(why), None),
        Some(Outcome::Found(found)) => (Answered::Done, None, Some(found)),
    }
}

/// Drafts, newest first.
#[derive(Serialize, ToSchema)]
pub(super) struct Drafts {
    drafts: Vec<DraftShown>,
}

/// Which drafts.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Which {
    /// Closed ones as well.
    closed: Option<bool>,
    /// Rows, 100 where nothing is said.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<u32>,
}

/// Drafts, newest first.
#[utoipa::path(get, path = "/api/v1/drafts", tag = "drafts", params(Which), responses((status = 200, body = Drafts)))]
pub(super) async fn list(State(fleet): State<Arc<Fleet>>, Asked(which): Asked<Which>) -> Result<Json<Drafts>, Problem> {
    let drafts = fleet
        .repo
        .drafts(which.closed.unwrap_or(false), limit(which.limit)?)
        .await?;
    Ok(Json(Drafts {
        drafts: drafts.into_iter().map(DraftShown::from).collect(),
    }))
}

/// A draft that is to be begun.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewDraft {
    /// For people; names its pack where there is no bundle to begin with.
    #[schema(min_length = 1, max_length = 64, pattern = "^[a-z0-9]([a-z0-9-]*[a-z0-9])?$")]
    name: String,
    /// The published bundle it begins with; 0: a pack that extends the one that is built in.
    #[serde(default, deserialize_with = "whole")]
    #[schema(minimum = 0, maximum = 9007199254740991i64)]
    base: i64,
}

/// Begin a draft.
#[utoipa::path(post, path = "/api/v1/drafts", tag = "drafts", request_body = NewDraft, responses((status = 201, body = DraftShown)))]
pub(super) async fn begin(
    State(fleet): State<Arc<Fleet>>,
    caller: Caller,
    Body(new): Body<NewDraft>,
) -> Result<(StatusCode, Json<DraftShown>), Problem> {
    let base = natural(new.base, "a bundle's number")?;
    let by = (&caller.actor, &*caller.person);
    let draft = create(&*fleet.repo, by, &new.name, base, clock::now()).await?;
    Ok((StatusCode::CREATED, Json(draft.into())))
}

/// A draft with all its revisions, newest first.
#[derive(Serialize, ToSchema)]
pub(super) struct DraftFull {
    draft: DraftShown,
    revisions: Vec<RevisionShown>,
}

/// A draft with all its revisions.
#[utoipa::path(get, path = "/api/v1/drafts/{draft}", tag = "drafts",
    params(("draft" = Uuid, Path)), responses((status = 200, body = DraftFull)))]
pub(super) async fn one(State(fleet): State<Arc<Fleet>>, At(id): At<EventId>) -> Result<Json<DraftFull>, Problem> {
    let draft = known(&fleet, id).await?;
    let revisions = fleet.repo.revisions(id).await?;
    Ok(Json(DraftFull {
        draft: draft.into(),
        revisions: revisions.into_iter().map(RevisionShown::from).collect(),
    }))
}

async fn known(fleet: &Fleet, id: EventId) -> Result<Draft, Problem> {
    let draft = fleet.repo.draft(id).await?;
    draft.ok_or_else(|| Problem::not_found("there is no such draft"))
}

/// End the work on a draft. What was saved stays.
#[utoipa::path(post, path = "/api/v1/drafts/{draft}/close", tag = "drafts",
    params(("draft" = Uuid, Path)), responses((status = 204)))]
pub(super) async fn end(
    State(fleet): State<Arc<Fleet>>,
    caller: Caller,
    At(id): At<EventId>,
) -> Result<StatusCode, Problem> {
    known(&fleet, id).await?;
    match close(&*fleet.repo, &caller.actor, id, clock::now()).await? {
        true => Ok(StatusCode::NO_CONTENT),
        false => Err(Problem::conflict("it was closed before")),
    }
}

/// A revision that is to be saved.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewRevision {
    /// The revision that was changed: it must be the newest.
    #[serde(deserialize_with = "whole")]
    #[schema(minimum = 1, maximum = 4294967294i64)]
    previous: i64,
    /// What was changed, for people.
    #[serde(default)]
    #[schema(max_length = 500, pattern = "^[^\\x00]*$")]
    note: String,
    /// The bundle it is compared with; 0: the pack that is built in.
    #[serde(deserialize_with = "whole")]
    #[schema(minimum = 0, maximum = 9007199254740991i64)]
    base: i64,
    /// The bundle whose catalogue and files it takes; 0: the server's own catalogue and none.
    #[serde(deserialize_with = "whole")]
    #[schema(minimum = 0, maximum = 9007199254740991i64)]
    catalogue: i64,
    /// The pack that is to be in force: one of `packs`.
    pack: String,
    /// Packs, sheets and rules by the names they have for each other; 4 MiB at most.
    packs: BTreeMap<String, String>,
}

fn revision(number: i64) -> Result<u32, Problem> {
    u32::try_from(number).map_err(|_| Problem::malformed("a revision's number is 1 to 4294967295"))
}

/// Save the next revision. It is checked and tested by itself: ask for it until that is done.
#[utoipa::path(post, path = "/api/v1/drafts/{draft}/revisions", tag = "drafts",
    params(("draft" = Uuid, Path)), request_body = NewRevision, responses((status = 201, body = RevisionShown)))]
pub(super) async fn revise(
    State(fleet): State<Arc<Fleet>>,
    caller: Caller,
    At(id): At<EventId>,
    Body(new): Body<NewRevision>,
) -> Result<(StatusCode, Json<RevisionShown>), Problem> {
    let saving = Saving {
        draft: id,
        previous: revision(new.previous)?,
        note: plain(&new.note, 0..=500, "a note")?.to_owned(),
        base: natural(new.base, "a bundle's number")?,
        catalogue: natural(new.catalogue, "a bundle's number")?,
        texts: Texts {
            pack: new.pack,
            packs: new.packs,
        },
    };
    known(&fleet, id).await?;
    let by = (&caller.actor, &*caller.person);
    let (head, _) = save(&*fleet.repo, by, saving, clock::now()).await?;
    Ok((StatusCode::CREATED, Json(head.into())))
}

/// A revision with its texts, its checks, and what changes.
#[utoipa::path(get, path = "/api/v1/drafts/{draft}/revisions/{number}", tag = "drafts",
    params(("draft" = Uuid, Path), ("number" = i64, Path, minimum = 1, maximum = 4294967295i64)),
    responses((status = 200, body = RevisionFull)))]
pub(super) async fn read(
    State(fleet): State<Arc<Fleet>>,
    At((id, number)): At<(EventId, i64)>,
) -> Result<Json<RevisionFull>, Problem> {
    let number = revision(number)?;
    let known = fleet.repo.revision(id, number).await?;
    let known = known.ok_or_else(|| Problem::not_found("there is no such revision"))?;
    let outcome = check_of(&*fleet.repo, id, number).await?;
    Ok(Json(RevisionFull::of(known, outcome)))
}

/// What a revision would have decided about stored records.
#[derive(Debug, Serialize, ToSchema)]
pub struct DryRunShown {
    /// Names it.
    #[schema(value_type = String, format = Uuid)]
    pub id: EventId,
    /// Who asked.
    pub asker: String,
    /// When.
    pub asked: i64,
    /// Records that are not older.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<i64>,
    /// How far it has come.
    pub state: Answered,
    /// Why there is no answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failed: Option<String>,
    /// The answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub result: Option<DryRunResult>,
}

/// What came of a dry run: the newest 50,000 decisions at most.
#[derive(Debug, Serialize, ToSchema)]
pub struct DryRunResult {
    /// Decisions that were looked at.
    pub decisions: u64,
    /// Those that would have come out the same.
    pub same: u64,
    /// Those that would have come out otherwise.
    pub changed: u64,
    /// Those that the messages themselves alone could tell, by what the records do not hold.
    pub not_replayed: BTreeMap<String, u64>,
    /// Records that could not be read.
    pub unreadable: u64,
    /// The changes by action before and after.
    pub by_action: Vec<Moved>,
    /// The changes by the rule that decides.
    pub by_rule: BTreeMap<String, Shifted>,
    /// The changes by service.
    pub by_service: BTreeMap<String, Shifted>,
    /// The changes by level.
    pub by_level: BTreeMap<String, Shifted>,
    /// The newest of them.
    pub events: Vec<MovedEvent>,
}

/// How many messages go from one action to another.
#[derive(Debug, Serialize, ToSchema)]
pub struct Moved {
    /// What was decided.
    #[schema(schema_with = super::words::action)]
    pub before: Action,
    /// What would be.
    #[schema(schema_with = super::words::action)]
    pub after: Action,
    /// How many.
    pub count: u64,
}

/// Which way decisions move.
#[derive(Debug, Serialize, ToSchema)]
pub struct Shifted {
    /// More is held back.
    pub stricter: u64,
    /// Less is held back.
    pub weaker: u64,
    /// The action stays, and what is done to a part does not.
    pub other: u64,
}

/// A decision that would have come out otherwise.
#[derive(Debug, Serialize, ToSchema)]
pub struct MovedEvent {
    /// Which.
    #[schema(value_type = String, format = Uuid)]
    pub event: EventId,
    /// What was decided.
    #[schema(schema_with = super::words::action)]
    pub before: Action,
    /// What would be.
    #[schema(schema_with = super::words::action)]
    pub after: Action,
    /// The rule that says so.
    pub rule: String,
}

impl From<DryRun> for DryRunResult {
    fn from(run: DryRun) -> Self {
        let shifts = |table: BTreeMap<String, weir_wire::Shift>| {
            let rows = table.into_iter().map(|(name, shift)| {
                let weir_wire::Shift {
                    stricter,
                    weaker,
                    other,
                } = shift;
                let shifted = Shifted {
                    stricter,
                    weaker,
                    other,
                };
                (name, shifted)
            });
            rows.collect()
        };
        Self {
            decisions: run.decisions,
            same: run.same,
            changed: run.changed,
            not_replayed: run.needs_reobservation,
            unreadable: run.unreadable,
            by_action: run
                .by_action
                .into_iter()
                .map(|change| Moved {
                    before: change.before,
                    after: change.after,
                    count: change.count,
                })
                .collect(),
            by_rule: shifts(run.by_rule),
            by_service: shifts(run.by_service),
            by_level: shifts(run.by_level),
            events: run
                .events
                .into_iter()
                .map(|event| MovedEvent {
                    event: event.id,
                    before: event.before,
                    after: event.after,
                    rule: event.rule,
                })
                .collect(),
        }
    }
}

impl TryFrom<Trial> for DryRunShown {
    type Error = RepoError;

    fn try_from(trial: Trial) -> Result<Self, RepoError> {
        let outcome = trial.result.as_deref().map(finished::<DryRun>).transpose()?;
        let (state, failed, result) = shown(outcome);
        Ok(Self {
            id: trial.id,
            asker: trial.asker,
            asked: trial.asked.as_millis(),
            since: trial.since.map(Timestamp::as_millis),
            state,
            failed,
            result: result.map(DryRunResult::from),
        })
    }
}

/// Dry runs of a revision, newest first.
#[derive(Serialize, ToSchema)]
pub(super) struct DryRuns {
    dry_runs: Vec<DryRunShown>,
}

/// Dry runs of a revision, newest first.
#[utoipa::path(get, path = "/api/v1/drafts/{draft}/revisions/{number}/dry-runs", tag = "drafts",
    params(("draft" = Uuid, Path), ("number" = i64, Path, minimum = 1, maximum = 4294967295i64)),
    responses((status = 200, body = DryRuns)))]
pub(super) async fn dry_runs(
    State(fleet): State<Arc<Fleet>>,
    At((id, number)): At<(EventId, i64)>,
) -> Result<Json<DryRuns>, Problem> {
    let trials = fleet.repo.trials(id, revision(number)?, TrialKind::DryRun).await?;
    let dry_runs = trials.into_iter().map(DryRunShown::try_from);
    Ok(Json(DryRuns {
        dry_runs: dry_runs.collect::<Result<_, _>>()?,
    }))
}

/// Which records.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Over {
    /// Not older, milliseconds since 1970; all that are stored, where it is not said.
    #[serde(default, deserialize_with = "maybe_whole")]
    #[schema(minimum = 0, maximum = 253402300799999i64)]
    since: Option<i64>,
}

/// Ask what a revision would have decided about stored records. Counts come back, and ids of events; who asked is in the
/// journal.
#[utoipa::path(post, path = "/api/v1/drafts/{draft}/revisions/{number}/dry-runs", tag = "drafts",
    params(("draft" = Uuid, Path), ("number" = i64, Path, minimum = 1, maximum = 4294967295i64)),
    request_body = Over, responses((status = 202, body = DryRunShown)))]
pub(super) async fn dry_run(
    State(fleet): State<Arc<Fleet>>,
    caller: Caller,
    At((id, number)): At<(EventId, i64)>,
    Body(over): Body<Over>,
) -> Result<(StatusCode, Json<DryRunShown>), Problem> {
    let since = over.since.map(Timestamp::from_millis);
    let by = (&caller.actor, &*caller.person);
    let trial = drafts::dry_run(&*fleet.repo, by, (id, revision(number)?), since, clock::now()).await?;
    Ok((StatusCode::ACCEPTED, Json(DryRunShown::try_from(trial)?)))
}
