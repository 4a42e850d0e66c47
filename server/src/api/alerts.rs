//! Alerts, what is not told for a while, and what a provider received.

use super::problem::Problem;
use super::take::{Asked, At, Body, limit, plain, times};
use crate::access::Caller;
use crate::alerts::{
    self, Alert, AlertsWanted, Delivery, Exposure, Mute, MuteWanted, Rule, Urgency, acknowledge, exposure,
};
use crate::clock;
use crate::journal::{Purpose, PurposeError};
use crate::run::Fleet;
use crate::whole::whole;
use axum::Json;
use axum::extract::State;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::{IntoParams, ToSchema};
use weir_fleet::DeviceId;
use weir_model::{EventId, Timestamp};

/// An alert, as people read it. Times are milliseconds since 1970.
#[derive(Debug, Serialize, ToSchema)]
pub struct AlertShown {
    /// Names it.
    #[schema(value_type = String, format = Uuid)]
    pub id: EventId,
    /// Why it was raised.
    pub rule: Rule,
    /// What it is about: a device's id, a service, a provider, `fleet`.
    pub subject: String,
    /// How soon somebody should look: 1, 2, 3; 3 is the soonest.
    pub urgency: u8,
    /// Of the latest sign.
    pub text: String,
    /// How many signs there were.
    pub count: u64,
    /// When the first came.
    pub raised: i64,
    /// When the latest came.
    pub last: i64,
    /// Until when somebody must have acknowledged it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub due: Option<i64>,
    /// Nobody had.
    pub overdue: bool,
    /// `open`, `acknowledged` or `closed`.
    pub state: &'static str,
    /// Where the latest sign was seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Uuid)]
    pub device: Option<DeviceId>,
    /// Name of that device.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub device_name: Option<String>,
    /// The event of the latest sign.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Uuid)]
    pub event: Option<EventId>,
    /// Who looks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub acknowledged_by: Option<String>,
    /// Who closed it; `weir` where what it was about is over.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub closed_by: Option<String>,
    /// What it was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// Whom it was told to; in lists it is left out.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub told: Vec<ToldShown>,
}

/// A route that an alert was told on.
#[derive(Debug, Serialize, ToSchema)]
pub struct ToldShown {
    /// As the configuration names it; with the mailbox behind it, `NAME (A@B)`, where it has several.
    pub route: String,
    /// `raised` or `overdue`.
    pub what: String,
    /// `sent`, `waiting` or `given up`.
    pub state: &'static str,
    /// Attempts so far.
    pub attempts: u32,
    /// Why the last one failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

impl AlertShown {
    /// With whom it was told to.
    #[must_use]
    pub fn told(self, deliveries: Vec<Delivery>) -> Self {
        Self {
            told: deliveries.into_iter().map(ToldShown::from).collect(),
            ..self
        }
    }
}

impl From<Alert> for AlertShown {
    fn from(alert: Alert) -> Self {
        Self {
            id: alert.id,
            rule: alert.rule,
            urgency: alert.urgency.number(),
            count: alert.count,
            raised: alert.raised.as_millis(),
            last: alert.last.as_millis(),
            due: alert.due.map(Timestamp::as_millis),
            overdue: alert.overdue.is_some(),
            state: alert.state(),
            device: alert.at_record.map(|at| at.device),
            device_name: alert.device_name,
            event: alert.at_record.and_then(|at| at.event),
            acknowledged_by: alert.acknowledged.map(|(_, by)| by),
            closed_by: alert.closed.map(|(_, by)| by),
            subject: alert.subject,
            text: alert.text,
            note: alert.note,
            told: Vec::new(),
        }
    }
}

impl From<Delivery> for ToldShown {
    fn from(delivery: Delivery) -> Self {
        let state = match (delivery.sent, delivery.dead) {
            (Some(_), _) => "sent",
            (None, Some(_)) => "given up",
            (None, None) => "waiting",
        };
        Self {
            route: delivery.route,
            what: delivery.what,
            state,
            attempts: delivery.attempts,
            error: delivery.error,
        }
    }
}

/// Which alerts. All conditions hold.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Which {
    /// Closed ones as well.
    #[serde(default)]
    closed: bool,
    /// Of this rule.
    #[param(inline)]
    rule: Option<Rule>,
    /// Whose latest sign was this event.
    #[param(value_type = Option<String>, format = Uuid)]
    event: Option<EventId>,
    /// At least as urgent.
    #[param(minimum = 1, maximum = 3)]
    urgency: Option<u8>,
    /// Whose latest sign was seen on this device.
    #[param(value_type = Option<String>, format = Uuid)]
    device: Option<DeviceId>,
    /// Raised before this one: the last of a list is where the next one goes on.
    #[param(value_type = Option<String>, format = Uuid)]
    before: Option<EventId>,
    /// Rows, 100 where nothing is said.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<u32>,
}

/// Alerts, newest first.
#[derive(Serialize, ToSchema)]
pub(super) struct Alerts {
    alerts: Vec<AlertShown>,
}

/// Alerts, newest first.
#[utoipa::path(get, path = "/api/v1/alerts", tag = "alerts", params(Which), responses((status = 200, body = Alerts)))]
pub(super) async fn list(State(fleet): State<Arc<Fleet>>, Asked(which): Asked<Which>) -> Result<Json<Alerts>, Problem> {
    let urgency = which
        .urgency
        .map(|number| Urgency::from_number(number).ok_or_else(|| Problem::malformed("an urgency is 1, 2 or 3")));
    let before = match which.before {
        Some(before) => Some(fleet.repo.alert(before).await?.ok_or_else(none_such)?),
        None => None,
    };
    let wanted = AlertsWanted {
        closed: which.closed,
        rule: which.rule,
        event: which.event,
        device: which.device,
        urgency: urgency.transpose()?,
        before: before.map(|before| (before.raised, before.id)),
        limit: limit(which.limit)?,
        ..AlertsWanted::default()
    };
    let alerts = fleet.repo.alerts(&wanted).await?;
    Ok(Json(Alerts {
        alerts: alerts.into_iter().map(AlertShown::from).collect(),
    }))
}

/// One alert, and whom it was told to.
#[utoipa::path(get, path = "/api/v1/alerts/{alert}", tag = "alerts",
    params(("alert" = String, Path, format = Uuid)), responses((status = 200, body = AlertShown)))]
pub(super) async fn one(State(fleet): State<Arc<Fleet>>, At(alert): At<EventId>) -> Result<Json<AlertShown>, Problem> {
    let found = fleet.repo.alert(alert).await?;
    let shown = AlertShown::from(found.ok_or_else(none_such)?);
    Ok(Json(shown.told(fleet.repo.deliveries_of(alert).await?)))
}

fn none_such() -> Problem {
    Problem::not_found("there is no such alert")
}

/// Say that somebody looks: its clock stops.
#[utoipa::path(post, path = "/api/v1/alerts/{alert}/acknowledge", tag = "alerts",
    params(("alert" = String, Path, format = Uuid)), responses((status = 204)))]
pub(super) async fn look(
    State(fleet): State<Arc<Fleet>>,
    caller: Caller,
    At(alert): At<EventId>,
) -> Result<StatusCode, Problem> {
    let done = acknowledge(&*fleet.repo, &caller.actor, alert, clock::now()).await?;
    done_or(done, "there is no such alert that waits for somebody")
}

/// What an alert was.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Closing {
    /// What it was.
    #[serde(default)]
    #[schema(max_length = 500, pattern = "^[^\\x00]*$")]
    note: String,
}

/// Say that it is done with: what happens next opens another one.
#[utoipa::path(post, path = "/api/v1/alerts/{alert}/close", tag = "alerts", request_body = Closing,
    params(("alert" = String, Path, format = Uuid)), responses((status = 204)))]
pub(super) async fn close(
    State(fleet): State<Arc<Fleet>>,
    caller: Caller,
    At(alert): At<EventId>,
    Body(closing): Body<Closing>,
) -> Result<StatusCode, Problem> {
    let note = plain(&closing.note, 0..=500, "a note")?;
    let done = alerts::close(&*fleet.repo, &caller.actor, alert, note, clock::now()).await?;
    done_or(done, "there is no such open alert")
}

/// Alerts that nobody is told of for a while. Times are milliseconds since 1970.
#[derive(Debug, Serialize, ToSchema)]
pub struct MuteShown {
    /// Of this rule.
    pub rule: Rule,
    /// About this subject; absent for all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// Until when.
    pub until: i64,
    /// By whom.
    pub by: String,
    /// Why.
    pub why: String,
}

impl From<Mute> for MuteShown {
    fn from(mute: Mute) -> Self {
        Self {
            rule: mute.rule,
            subject: mute.subject,
            until: mute.until.as_millis(),
            by: mute.muter,
            why: mute.why,
        }
    }
}

/// Mutes that have not ended.
#[derive(Serialize, ToSchema)]
pub(super) struct Mutes {
    mutes: Vec<MuteShown>,
}

/// Mutes that have not ended.
#[utoipa::path(get, path = "/api/v1/mutes", tag = "alerts", responses((status = 200, body = Mutes)))]
pub(super) async fn mutes(State(fleet): State<Arc<Fleet>>) -> Result<Json<Mutes>, Problem> {
    let mutes = fleet.repo.mutes(clock::now()).await?;
    Ok(Json(Mutes {
        mutes: mutes.into_iter().map(MuteShown::from).collect(),
    }))
}

/// A mute that is to be made; another one of the same rule and subject is replaced.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewMute {
    /// Alerts of this rule.
    rule: Rule,
    /// About this subject alone.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 200, pattern = "^[^\\x00]*$")]
    subject: Option<String>,
    /// For how many hours.
    #[schema(minimum = 1, maximum = 8760)]
    #[serde(deserialize_with = "whole")]
    hours: i64,
    /// Why.
    #[serde(default)]
    #[schema(max_length = 500, pattern = "^[^\\x00]*$")]
    why: String,
}

/// Count alerts of a rule, and tell nobody for a while.
#[utoipa::path(post, path = "/api/v1/mutes", tag = "alerts", request_body = NewMute, responses((status = 201, body = MuteShown)))]
pub(super) async fn mute(
    State(fleet): State<Arc<Fleet>>,
    caller: Caller,
    Body(asked): Body<NewMute>,
) -> Result<(StatusCode, Json<MuteShown>), Problem> {
    if let Some(subject) = &asked.subject {
        plain(subject, 1..=200, "a subject")?;
    }
    plain(&asked.why, 0..=500, "a reason")?;
    if !(1..=8760).contains(&asked.hours) {
        return Err(Problem::malformed("a mute holds for 1 to 8760 hours"));
    }
    let now = clock::now();
    let wanted = MuteWanted {
        rule: asked.rule,
        subject: asked.subject,
        until: now.plus_millis(asked.hours * 3_600_000),
        why: asked.why,
    };
    let made = alerts::mute(&*fleet.repo, &caller.actor, wanted, now).await?;
    Ok((StatusCode::CREATED, Json(made.into())))
}

/// Which mute.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Muted {
    /// The subject it was for.
    #[param(min_length = 1, max_length = 200, pattern = "^[^\\x00]*$")]
    subject: Option<String>,
}

/// End a mute before its time.
#[utoipa::path(delete, path = "/api/v1/mutes/{rule}", tag = "alerts",
    params(("rule" = inline(Rule), Path), Muted), responses((status = 204)))]
pub(super) async fn unmute(
    State(fleet): State<Arc<Fleet>>,
    caller: Caller,
    At(rule): At<Rule>,
    Asked(muted): Asked<Muted>,
) -> Result<StatusCode, Problem> {
    if let Some(subject) = &muted.subject {
        plain(subject, 1..=200, "a subject")?;
    }
    let done = alerts::unmute(
        &*fleet.repo,
        &caller.actor,
        rule,
        muted.subject.as_deref(),
        clock::now(),
    )
    .await?;
    done_or(done, "there is no such mute")
}

fn done_or(done: bool, otherwise: &str) -> Result<StatusCode, Problem> {
    match done {
        true => Ok(StatusCode::NO_CONTENT),
        false => Err(Problem::not_found(otherwise)),
    }
}

/// What is asked about a provider, and why.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Received {
    /// Why it is asked. It is entered in the journal.
    #[param(
        min_length = 3,
        max_length = 300,
        pattern = "^\\s*[^\\s\\x00][^\\x00]+[^\\s\\x00]\\s*$"
    )]
    purpose: String,
    /// As records name it: `openai`.
    #[param(min_length = 1, max_length = 200, pattern = "^[^\\x00]*$")]
    provider: String,
    /// Not before, milliseconds since 1970.
    #[param(minimum = 0)]
    since: i64,
    /// Before, milliseconds since 1970; now where nothing is said.
    #[param(minimum = 0)]
    until: Option<i64>,
}

/// What a provider received in a time, by data type. Asking is entered in the journal, with the purpose.
#[utoipa::path(get, path = "/api/v1/exposure", tag = "events", params(Received), responses((status = 200, body = Exposure)))]
pub(super) async fn received(
    State(fleet): State<Arc<Fleet>>,
    caller: Caller,
    Asked(asked): Asked<Received>,
) -> Result<Json<Exposure>, Problem> {
    let purpose: Purpose = asked
        .purpose
        .parse()
        .map_err(|error: PurposeError| Problem::malformed(error.to_string()))?;
    plain(&asked.provider, 1..=200, "a provider")?;
    let times = times(asked.since, asked.until)?;
    let found = exposure(
        &*fleet.repo,
        &caller.actor,
        &asked.provider,
        times,
        &purpose,
        clock::now(),
    )
    .await?;
    Ok(Json(found))
}
