//! Directives.

use super::problem::Problem;
use super::take::{Asked, Body, Raw, Rows, plain};
use crate::access::Caller;
use crate::clock;
use crate::directives::{Given, Wanted, give, publish};
use crate::repo::{Repo, RepoError};
use crate::run::Fleet;
use crate::whole::whole;
use axum::Json;
use axum::extract::State;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, StatusCode};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::sync::Arc;
use utoipa::ToSchema;
use weir_bundle::{Directive, Order, inspect_order};
use weir_fleet::routes::ORDER_TYPE;
use weir_model::{Timestamp, chain};

/// A directive with how many devices have it. Times are milliseconds since 1970.
#[derive(Serialize, ToSchema)]
pub struct DirectiveShown {
    /// Its number: the highest one for a device holds.
    pub epoch: u64,
    /// The group it is for; absent for all devices.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// What is ordered.
    pub directive: Ordered,
    /// The providers that it closes.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub providers: BTreeSet<String>,
    /// Why, for the people who are concerned.
    pub reason: String,
    /// When it was given.
    pub issued: i64,
    /// Until when it holds.
    pub expires: i64,
    /// Devices it is for, without those that were revoked.
    pub devices: u64,
    /// Those that say they took it, or a later one that the server knows.
    pub took: u64,
}

/// What a directive orders.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Ordered {
    /// Policy as it is.
    Resume,
    /// Intercept nothing: signed by people.
    Suspend,
    /// Nothing goes to any AI service.
    Lockdown,
    /// Nothing goes to some providers.
    Block,
}

impl DirectiveShown {
    /// With what the devices say of it.
    ///
    /// # Errors
    /// The database.
    pub async fn of(repo: &dyn Repo, order: Order) -> Result<Self, RepoError> {
        let acknowledged = repo.acknowledged(order.epoch, order.group.as_deref()).await?;
        let (directive, providers) = match order.directive {
            Directive::Resume => (Ordered::Resume, BTreeSet::new()),
            Directive::Suspend => (Ordered::Suspend, BTreeSet::new()),
            Directive::Lockdown => (Ordered::Lockdown, BTreeSet::new()),
            Directive::Block(providers) => (Ordered::Block, providers),
        };
        Ok(Self {
            epoch: order.epoch,
            group: order.group,
            directive,
            providers,
            reason: order.reason,
            issued: order.issued.as_millis(),
            expires: order.expires.as_millis(),
            devices: acknowledged.devices,
            took: acknowledged.took,
        })
    }
}

/// Directives, newest first.
#[derive(Serialize, ToSchema)]
pub(super) struct Directives {
    directives: Vec<DirectiveShown>,
}

/// Directives, newest first.
#[utoipa::path(get, path = "/api/v1/directives", tag = "directives", params(Rows), responses((status = 200, body = Directives)))]
pub(super) async fn list(
    State(fleet): State<Arc<Fleet>>,
    Asked(rows): Asked<Rows>,
) -> Result<Json<Directives>, Problem> {
    let mut directives = Vec::new();
    for given in fleet.repo.orders(rows.limit()?).await? {
        if let Some(order) = readable(&given) {
            directives.push(DirectiveShown::of(&*fleet.repo, order).await?);
        }
    }
    Ok(Json(Directives { directives }))
}

/// What was ordered; `None` where that cannot be read, as nobody could who was to carry it out. The others can.
#[must_use]
pub fn readable(given: &Given) -> Option<Order> {
    let order = inspect_order(&given.signed);
    order
        .inspect_err(|error| tracing::error!(epoch = given.epoch, error = chain(error), "a directive cannot be read"))
        .ok()
}

/// For whom a directive is, why, and for how long. It takes the place of those before it.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Terms {
    /// Only for the devices of this group.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 100, pattern = "^[^\\x00]*$")]
    group: Option<String>,
    /// Why; employees read it.
    #[serde(default)]
    #[schema(max_length = 500, pattern = "^[^\\x00]*$")]
    reason: String,
    /// For how many hours it holds.
    #[schema(minimum = 1, maximum = 8760)]
    #[serde(deserialize_with = "whole")]
    hours: i64,
}

/// Providers that are to be closed, for whom, why, and for how long. It takes the place of directives before it.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Blocked {
    /// Their ids: `openai`.
    #[schema(min_items = 1, max_items = 100, pattern = "^[a-z0-9-]{1,100}$")]
    providers: BTreeSet<String>,
    /// Only for the devices of this group.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 100, pattern = "^[^\\x00]*$")]
    group: Option<String>,
    /// Why; employees read it.
    #[serde(default)]
    #[schema(max_length = 500, pattern = "^[^\\x00]*$")]
    reason: String,
    /// For how many hours it holds.
    #[schema(minimum = 1, maximum = 8760)]
    #[serde(deserialize_with = "whole")]
    hours: i64,
}

impl Terms {
    fn wanted(self, directive: Directive, now: Timestamp) -> Result<Wanted, Problem> {
        if let Some(group) = &self.group {
            plain(group, 1..=100, "a group")?;
        }
        plain(&self.reason, 0..=500, "a reason")?;
        if !(1..=8760).contains(&self.hours) {
            return Err(Problem::malformed("a directive holds for 1 to 8760 hours"));
        }
        Ok(Wanted {
            group: self.group,
            directive,
            reason: self.reason,
            expires: now.plus_millis(self.hours * 3_600_000),
        })
    }
}

type Made = Result<(StatusCode, Json<DirectiveShown>), Problem>;

async fn made(fleet: &Fleet, caller: &Caller, directive: Directive, terms: Terms) -> Made {
    let now = clock::now();
    let wanted = terms.wanted(directive, now)?;
    let order = give(&*fleet.repo, &caller.actor, &fleet.keys.orders, &wanted, now).await?;
    Ok((
        StatusCode::CREATED,
        Json(DirectiveShown::of(&*fleet.repo, order).await?),
    ))
}

/// Order all devices at once to let nothing go to any AI service.
#[utoipa::path(post, path = "/api/v1/directives/lockdown", tag = "directives", request_body = Terms, responses((status = 201, body = DirectiveShown)))]
pub(super) async fn lockdown(State(fleet): State<Arc<Fleet>>, caller: Caller, Body(terms): Body<Terms>) -> Made {
    made(&fleet, &caller, Directive::Lockdown, terms).await
}

/// Order all devices at once to let nothing go to these providers.
#[utoipa::path(post, path = "/api/v1/directives/block", tag = "directives", request_body = Blocked, responses((status = 201, body = DirectiveShown)))]
pub(super) async fn block(State(fleet): State<Arc<Fleet>>, caller: Caller, Body(blocked): Body<Blocked>) -> Made {
    let Blocked {
        providers,
        group,
        reason,
        hours,
    } = blocked;
    if !(1..=100).contains(&providers.len()) {
        return Err(Problem::malformed("1 to 100 providers are blocked at once"));
    }
    for provider in &providers {
        plain(provider, 1..=100, "a provider")?;
    }
    made(
        &fleet,
        &caller,
        Directive::Block(providers),
        Terms { group, reason, hours },
    )
    .await
}

/// Order all devices at once to go by policy as it is.
#[utoipa::path(post, path = "/api/v1/directives/resume", tag = "directives", request_body = Terms, responses((status = 201, body = DirectiveShown)))]
pub(super) async fn resume(State(fleet): State<Arc<Fleet>>, caller: Caller, Body(terms): Body<Terms>) -> Made {
    made(&fleet, &caller, Directive::Resume, terms).await
}

/// Hand on a directive that people signed.
#[utoipa::path(post, path = "/api/v1/directives/signed", tag = "directives",
    request_body(content = Object, content_type = "application/vnd.weir.order.v1+json"),
    responses((status = 201, body = DirectiveShown)))]
pub(super) async fn hand_on(
    State(fleet): State<Arc<Fleet>>,
    caller: Caller,
    headers: HeaderMap,
    Raw(signed): Raw,
) -> Made {
    if headers.get(CONTENT_TYPE).is_none_or(|kind| kind != ORDER_TYPE) {
        return Err(Problem::media_type(ORDER_TYPE));
    }
    let trust = fleet.keys.order_trust(fleet.trust.clone());
    let order = publish(&*fleet.repo, &caller.actor, &signed, &trust, clock::now()).await?;
    Ok((
        StatusCode::CREATED,
        Json(DirectiveShown::of(&*fleet.repo, order).await?),
    ))
}
