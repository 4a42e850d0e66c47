//! Directives.

use super::problem::Problem;
use super::take::{Asked, Body, Raw, limit, whole};
use crate::access::Caller;
use crate::clock;
use crate::directives::{Wanted, give, publish};
use crate::repo::{Repo, RepoError};
use crate::run::Fleet;
use axum::Json;
use axum::extract::State;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, StatusCode};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::sync::Arc;
use utoipa::{IntoParams, ToSchema};
use weir_bundle::{Directive, Order, inspect_order};
use weir_fleet::routes::ORDER_TYPE;
use weir_model::Timestamp;

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
    /// Those that say they took it, or a later one.
    pub took: u64,
}

/// What a directive orders.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
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

/// Which directives.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Which {
    /// Rows, 100 where nothing is said.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<u32>,
}

/// Directives, newest first.
#[derive(Serialize, ToSchema)]
pub(super) struct Directives {
    directives: Vec<DirectiveShown>,
}

/// Directives, newest first.
#[utoipa::path(get, path = "/api/v1/directives", tag = "directives", params(Which), responses((status = 200, body = Directives)))]
pub(super) async fn list(
    State(fleet): State<Arc<Fleet>>,
    Asked(which): Asked<Which>,
) -> Result<Json<Directives>, Problem> {
    let mut directives = Vec::new();
    for given in fleet.repo.orders(limit(which.limit)?).await? {
        let order = inspect_order(&given.signed);
        let order = order.map_err(|error| Problem::failed("a directive cannot be read", &error))?;
        directives.push(DirectiveShown::of(&*fleet.repo, order).await?);
    }
    Ok(Json(Directives { directives }))
}

/// A directive that is to be given. It takes the place of those before it.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewDirective {
    /// `lockdown`, `block` or `resume`.
    directive: Ordered,
    /// The ids of providers that `block` closes.
    #[serde(default)]
    #[schema(max_items = 100)]
    providers: BTreeSet<String>,
    /// Only for the devices of this group.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 100)]
    group: Option<String>,
    /// Why; employees read it.
    #[serde(default)]
    #[schema(max_length = 500)]
    reason: String,
    /// For how many hours it holds.
    #[schema(minimum = 1, maximum = 8760)]
    #[serde(deserialize_with = "whole")]
    hours: i64,
}

impl NewDirective {
    fn wanted(self, now: Timestamp) -> Option<Wanted> {
        let is_name = |text: &String| (1..=100).contains(&text.chars().count()) && !text.contains('\0');
        let fits = self.group.iter().all(is_name)
            && self.providers.iter().all(is_name)
            && self.providers.len() <= 100
            && self.reason.chars().count() <= 500
            && !self.reason.contains('\0')
            && (1..=8760).contains(&self.hours);
        let directive = match (self.directive, self.providers.is_empty()) {
            (Ordered::Resume, true) => Directive::Resume,
            (Ordered::Suspend, true) => Directive::Suspend,
            (Ordered::Lockdown, true) => Directive::Lockdown,
            (Ordered::Block, false) => Directive::Block(self.providers),
            _ => return None,
        };
        fits.then_some(Wanted {
            group: self.group,
            directive,
            reason: self.reason,
            expires: now.plus_millis(self.hours * 3_600_000),
        })
    }
}

/// Order all devices at once to let nothing go to AI services, or to some, or to go by policy again.
#[utoipa::path(post, path = "/api/v1/directives", tag = "directives", request_body = NewDirective, responses((status = 201, body = DirectiveShown)))]
pub(super) async fn create(
    State(fleet): State<Arc<Fleet>>,
    caller: Caller,
    Body(asked): Body<NewDirective>,
) -> Result<(StatusCode, Json<DirectiveShown>), Problem> {
    let now = clock::now();
    let wanted = asked.wanted(now).ok_or_else(|| {
        Problem::malformed(
            "a directive is `lockdown` or `resume` without providers, or `block` with 1 to 100 of them; it has a reason of up \
             to 500 characters, and holds for 1 to 8760 hours",
        )
    })?;
    let order = give(&*fleet.repo, &caller.actor, &fleet.keys.orders, &wanted, now).await?;
    Ok((
        StatusCode::CREATED,
        Json(DirectiveShown::of(&*fleet.repo, order).await?),
    ))
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
) -> Result<(StatusCode, Json<DirectiveShown>), Problem> {
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
