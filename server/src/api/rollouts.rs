//! Roll-outs, and which policy a device ran.

use super::drafts::DraftShown;
use super::problem::Problem;
use super::proposals::Reason;
use super::take::{Asked, At, Body, limit, natural, plain};
use crate::access::Caller;
use crate::clock;
use crate::journal::{Deed, Entry, Purpose, PurposeError};
use crate::policies::{self, Evidence, Ran, Rollout, RolloutState, Stage, Step, StepKind, Tally, Turn, ran_at};
use crate::readings;
use crate::repo::{Repo, RepoError};
use crate::run::Fleet;
use crate::whole::whole;
use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::{IntoParams, ToSchema};
use weir_fleet::DeviceId;
use weir_model::{EventId, Timestamp};

/// A bundle that not every device of its audience gets at once. Times are milliseconds since 1970.
#[derive(Debug, Serialize, ToSchema)]
pub struct RolloutShown {
    /// Number of the bundle.
    pub bundle: u64,
    /// How it stands.
    pub state: RolloutState,
    /// The bundle that overtook it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub overtaken_by: Option<u64>,
    /// Its stages; after the last one all have it.
    pub stages: Vec<Stage>,
    /// Number of the present one, from 1.
    pub stage: usize,
    /// Since when.
    pub entered: i64,
    /// When the next one begins by itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub due: Option<i64>,
    /// Devices of its audience.
    pub devices: u64,
    /// Those that are to have it; those that keep it, where no more get it.
    pub offered: u64,
    /// Those that say they run it.
    pub running: u64,
    /// Those that refuse it.
    pub refusing: u64,
    /// Messages of this stage, of devices that run it.
    pub treated: Tally,
    /// Messages of this stage, of devices that are not to have it yet.
    pub control: Tally,
    /// What happened, the first first; left out in lists.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<StepShown>,
}

/// Something that happened to a roll-out.
#[derive(Debug, Serialize, ToSchema)]
pub struct StepShown {
    /// From 1.
    pub number: u32,
    /// When.
    pub time: i64,
    /// Who, as the journal names them; `server` where it was the server itself.
    pub actor: String,
    /// What.
    pub what: StepKind,
    /// The stage that was the present one then, from 1.
    pub stage: usize,
    /// Why.
    pub why: String,
    /// What was seen, of a pause that nobody made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub evidence: Option<Evidence>,
}

impl From<Step> for StepShown {
    fn from(step: Step) -> Self {
        Self {
            number: step.number,
            time: step.time.as_millis(),
            actor: step.actor,
            what: step.kind,
            stage: step.stage + 1,
            why: step.why,
            evidence: step.evidence,
        }
    }
}

impl RolloutShown {
    /// With how many devices have it, and what was counted.
    ///
    /// # Errors
    /// The database.
    pub async fn of(repo: &dyn Repo, rollout: Rollout) -> Result<Self, RepoError> {
        let reach = repo.reach(rollout.bundle).await?;
        let count = |which: &dyn Fn(&policies::Reach) -> bool| reach.iter().filter(|reach| which(reach)).count() as u64;
        let (treated, control) = repo.tallies(rollout.bundle, rollout.stage).await?;
        Ok(Self {
            bundle: rollout.bundle,
            state: rollout.state,
            overtaken_by: rollout.overtaken_by,
            stage: rollout.stage + 1,
            entered: rollout.entered.as_millis(),
            due: rollout.due().map(Timestamp::as_millis),
            devices: reach.len() as u64,
            offered: count(&|reach| rollout.gives(reach.device, &reach.group, reach.bundle)),
            running: count(&|reach| reach.bundle == rollout.bundle),
            refusing: count(&|reach| reach.refused == Some(rollout.bundle)),
            stages: rollout.stages,
            treated,
            control,
            steps: Vec::new(),
        })
    }

    /// How it stands, in a word.
    #[must_use]
    pub const fn state_text(&self) -> &'static str {
        self.state.as_str()
    }

    /// With what happened.
    #[must_use]
    pub fn with(self, steps: Vec<Step>) -> Self {
        Self {
            steps: steps.into_iter().map(StepShown::from).collect(),
            ..self
        }
    }
}

/// Roll-outs, newest first.
#[derive(Serialize, ToSchema)]
pub(super) struct Rollouts {
    rollouts: Vec<RolloutShown>,
}

/// Which roll-outs.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Which {
    /// Those at an end as well.
    ended: Option<bool>,
    /// Rows, 20 where nothing is said.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<u32>,
}

/// Roll-outs, newest first.
#[utoipa::path(get, path = "/api/v1/rollouts", tag = "rollouts", params(Which), responses((status = 200, body = Rollouts)))]
pub(super) async fn list(
    State(fleet): State<Arc<Fleet>>,
    Asked(which): Asked<Which>,
) -> Result<Json<Rollouts>, Problem> {
    let limit = limit(which.limit.or(Some(20)))?;
    let mut rollouts = Vec::new();
    for rollout in fleet.repo.rollouts(which.ended.unwrap_or(false), limit).await? {
        rollouts.push(RolloutShown::of(&*fleet.repo, rollout).await?);
    }
    Ok(Json(Rollouts { rollouts }))
}

async fn shown(fleet: &Fleet, rollout: Rollout) -> Result<Json<RolloutShown>, Problem> {
    let steps = fleet.repo.rollout_steps(rollout.bundle).await?;
    Ok(Json(RolloutShown::of(&*fleet.repo, rollout).await?.with(steps)))
}

/// A roll-out with its history.
#[utoipa::path(get, path = "/api/v1/rollouts/{bundle}", tag = "rollouts",
    params(("bundle" = i64, Path, minimum = 0)), responses((status = 200, body = RolloutShown)))]
pub(super) async fn one(State(fleet): State<Arc<Fleet>>, At(bundle): At<i64>) -> Result<Json<RolloutShown>, Problem> {
    let rollout = fleet.repo.rollout(natural(bundle, "a bundle's number")?).await?;
    let rollout = rollout.ok_or_else(|| Problem::not_found("there is no such roll-out"))?;
    shown(&fleet, rollout).await
}

async fn steered(
    fleet: &Fleet,
    caller: &Caller,
    (bundle, turn): (i64, Turn),
    reason: Reason,
) -> Result<Json<RolloutShown>, Problem> {
    let (bundle, why) = (natural(bundle, "a bundle's number")?, reason.text()?);
    let rollout = policies::steer(&*fleet.repo, &caller.actor, (bundle, turn), &why, clock::now()).await?;
    shown(fleet, rollout).await
}

/// Go on to the next stage at once.
#[utoipa::path(post, path = "/api/v1/rollouts/{bundle}/advance", tag = "rollouts",
    params(("bundle" = i64, Path, minimum = 0)), request_body = Reason, responses((status = 200, body = RolloutShown)))]
pub(super) async fn advance(
    State(fleet): State<Arc<Fleet>>,
    caller: Caller,
    At(bundle): At<i64>,
    Body(reason): Body<Reason>,
) -> Result<Json<RolloutShown>, Problem> {
    steered(&fleet, &caller, (bundle, Turn::Advance), reason).await
}

/// Let no more devices have it for now.
#[utoipa::path(post, path = "/api/v1/rollouts/{bundle}/pause", tag = "rollouts",
    params(("bundle" = i64, Path, minimum = 0)), request_body = Reason, responses((status = 200, body = RolloutShown)))]
pub(super) async fn pause(
    State(fleet): State<Arc<Fleet>>,
    caller: Caller,
    At(bundle): At<i64>,
    Body(reason): Body<Reason>,
) -> Result<Json<RolloutShown>, Problem> {
    steered(&fleet, &caller, (bundle, Turn::Pause), reason).await
}

/// Let a paused roll-out go on. Its stage is counted anew.
#[utoipa::path(post, path = "/api/v1/rollouts/{bundle}/resume", tag = "rollouts",
    params(("bundle" = i64, Path, minimum = 0)), request_body = Reason, responses((status = 200, body = RolloutShown)))]
pub(super) async fn resume(
    State(fleet): State<Arc<Fleet>>,
    caller: Caller,
    At(bundle): At<i64>,
    Body(reason): Body<Reason>,
) -> Result<Json<RolloutShown>, Problem> {
    steered(&fleet, &caller, (bundle, Turn::Resume), reason).await
}

/// Where to go back to.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Back {
    /// The earlier bundle; 0: the pack that is built in.
    #[serde(deserialize_with = "whole")]
    #[schema(minimum = 0, maximum = 9007199254740991i64)]
    to: i64,
    /// For others.
    #[serde(default)]
    #[schema(max_length = 1000, pattern = "^[^\\x00]*$")]
    why: String,
}

/// A roll-out that was given up.
#[derive(Serialize, ToSchema)]
pub(super) struct RolledBack {
    rollout: RolloutShown,
    /// With the earlier content, to be proposed and signed under a new number.
    draft: DraftShown,
}

/// Let no more devices have it, and prepare a draft with the content of an earlier bundle. Devices go back when that is
/// approved and signed: under a new number, because they never go back in numbers.
#[utoipa::path(post, path = "/api/v1/rollouts/{bundle}/roll-back", tag = "rollouts",
    params(("bundle" = i64, Path, minimum = 0)), request_body = Back, responses((status = 200, body = RolledBack)))]
pub(super) async fn roll_back(
    State(fleet): State<Arc<Fleet>>,
    caller: Caller,
    At(bundle): At<i64>,
    Body(back): Body<Back>,
) -> Result<Json<RolledBack>, Problem> {
    let (bundle, to) = (
        natural(bundle, "a bundle's number")?,
        natural(back.to, "a bundle's number")?,
    );
    plain(&back.why, 0..=1000, "a reason")?;
    let by = (&caller.actor, &*caller.person);
    let (rollout, draft) = policies::roll_back(&*fleet.repo, by, bundle, to, &back.why, clock::now()).await?;
    let Json(rollout) = shown(&fleet, rollout).await?;
    Ok(Json(RolledBack {
        rollout,
        draft: draft.into(),
    }))
}

/// A decision, and the policy it was made under.
#[derive(Debug, Serialize, ToSchema)]
pub struct RanShown {
    /// Number of the bundle; 0 for a policy that came in none.
    pub bundle: u64,
    /// SHA-256 over everything that was in force, as the record says it, hex.
    pub digest: String,
    /// When the decision was made, by the device's clock.
    pub time: i64,
    /// Which.
    #[schema(value_type = String, format = Uuid)]
    pub event: EventId,
    /// Which of the device's logs it stands in.
    pub timeline: u32,
    /// Its number there.
    pub seq: u64,
}

impl From<Ran> for RanShown {
    fn from(ran: Ran) -> Self {
        Self {
            bundle: ran.bundle,
            digest: ran.digest,
            time: ran.time.as_millis(),
            event: ran.event,
            timeline: ran.timeline,
            seq: ran.seq,
        }
    }
}

/// Which policy a device ran at a time, as its records tell.
#[derive(Debug, Serialize, ToSchema)]
pub struct PolicyAt {
    /// True when the records on both sides of that time name the same policy: it ran at that time.
    pub certain: bool,
    /// The last decision that is not after it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<RanShown>,
    /// The first decision after it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<RanShown>,
}

impl PolicyAt {
    /// Out of the records on both sides. One that was made at that very moment is certain by itself.
    #[must_use]
    pub fn of(time: Timestamp, (before, after): (Option<Ran>, Option<Ran>)) -> Self {
        let certain = match (&before, &after) {
            (Some(before), _) if before.time == time => true,
            (Some(before), Some(after)) => (before.bundle, &before.digest) == (after.bundle, &after.digest),
            _ => false,
        };
        Self {
            certain,
            before: before.map(RanShown::from),
            after: after.map(RanShown::from),
        }
    }
}

/// When, and why it is asked.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct When {
    /// Milliseconds since 1970.
    #[param(minimum = 0, maximum = 253402300799999i64)]
    at: i64,
    /// Why it is asked. It is entered in the journal.
    #[param(
        min_length = 3,
        max_length = 300,
        pattern = "^\\s*[^\\s\\x00][^\\x00]+[^\\s\\x00]\\s*$"
    )]
    purpose: String,
}

/// Which policy a device ran at a time, as its records tell.
#[utoipa::path(get, path = "/api/v1/devices/{id}/policy", tag = "devices",
    params(("id" = Uuid, Path), When), responses((status = 200, body = PolicyAt)))]
pub(super) async fn at(
    State(fleet): State<Arc<Fleet>>,
    caller: Caller,
    At(id): At<DeviceId>,
    Asked(when): Asked<When>,
) -> Result<Json<PolicyAt>, Problem> {
    let purpose: Purpose = when
        .purpose
        .parse()
        .map_err(|error: PurposeError| Problem::malformed(error.to_string()))?;
    if fleet.repo.device(id).await?.is_none() {
        return Err(Problem::not_found("there is no such device"));
    }
    let now = clock::now();
    let entry = Entry::new(now, &caller.actor, Deed::PolicyRead, id)
        .with("at", when.at)
        .with("purpose", &purpose);
    let time = Timestamp::from_millis(when.at);
    let around = ran_at(&*fleet.repo, id, time).await?;
    readings::note(&*fleet.repo, &entry, &policies::concerned(id, &around)).await?;
    Ok(Json(PolicyAt::of(time, around)))
}
