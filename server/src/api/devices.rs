//! Devices.

use super::problem::Problem;
use super::take::{Asked, At, limit, natural};
use crate::access::Caller;
use crate::clock;
use crate::devices::{Device, Listed, revoke as revoked};
use crate::run::Fleet;
use crate::seals::Sealing;
use axum::Json;
use axum::extract::State;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::{IntoParams, ToSchema};
use weir_fleet::DeviceId;
use weir_model::Timestamp;

/// A device, as people read it. Times are milliseconds since 1970.
#[derive(Debug, Serialize, ToSchema)]
pub struct DeviceShown {
    /// One enrolment of one machine.
    #[schema(value_type = String, format = Uuid)]
    pub id: DeviceId,
    /// Host name.
    pub name: String,
    /// `linux`, `macos`, `windows`.
    pub platform: String,
    /// Version of the agent.
    pub version: String,
    /// Bundles are made for groups.
    pub group: String,
    /// When it enrolled.
    pub enrolled: i64,
    /// When it was last heard of.
    pub seen: i64,
    /// Until when its certificate is valid.
    pub certified: i64,
    /// Number of the bundle it says it runs; 0 where it runs none.
    pub bundle: u64,
    /// SHA-256 over what it says it runs, hex.
    pub digest: String,
    /// Number of the last directive it says it took; 0 where there was none.
    pub order: u64,
    /// Why it refused a newer bundle.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refused: Option<String>,
    /// Since when it is not served any more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revoked: Option<i64>,
    /// Up to where its log was verified by its seals; said of one device alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sealed: Option<SealedShown>,
    /// The record of the seal that did not fit, behind which nothing was verified; said of one device alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seal_broken: Option<u64>,
}

impl DeviceShown {
    /// With what is known of the seals of its log.
    #[must_use]
    pub fn with(self, sealing: Option<Sealing>) -> Self {
        let Sealing { timeline, upto, broken } = sealing.unwrap_or_default();
        let sealed = upto.map(|upto| SealedShown {
            timeline,
            record: upto.seq,
            epoch: upto.epoch,
            time: upto.time.as_millis(),
        });
        Self {
            sealed,
            seal_broken: broken,
            ..self
        }
    }
}

/// Up to where a log was verified by its seals: nobody who took the device since can have sent other records.
#[derive(Debug, Serialize, ToSchema)]
pub struct SealedShown {
    /// Which of the device's logs, its newest.
    pub timeline: u32,
    /// The last record that is covered.
    pub record: u64,
    /// The epoch that it ends.
    pub epoch: u32,
    /// When it was sealed, by the device's clock.
    pub time: i64,
}

impl From<Device> for DeviceShown {
    fn from(device: Device) -> Self {
        Self {
            id: device.id,
            name: device.machine.name,
            platform: device.machine.platform,
            version: device.machine.version,
            group: device.group,
            enrolled: device.enrolled.as_millis(),
            seen: device.seen.as_millis(),
            certified: device.certified.as_millis(),
            bundle: device.bundle,
            digest: device.digest,
            order: device.ordered,
            refused: device.refused,
            revoked: device.revoked.map(Timestamp::as_millis),
            sealed: None,
            seal_broken: None,
        }
    }
}

/// Which devices. All conditions hold.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Which {
    /// Of this group.
    #[param(pattern = "^[^\\x00]*$")]
    group: Option<String>,
    /// Whose name begins so.
    #[param(pattern = "^[^\\x00]*$")]
    name: Option<String>,
    /// That run this bundle.
    #[param(minimum = 0)]
    bundle: Option<i64>,
    /// Served no more, or still served.
    revoked: Option<bool>,
    /// Rows, 100 where nothing is said.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<u32>,
    /// `next` of the page before.
    #[param(value_type = Option<String>, format = Uuid)]
    after: Option<DeviceId>,
}

/// A page of devices, by name.
#[derive(Serialize, ToSchema)]
pub(super) struct Devices {
    devices: Vec<DeviceShown>,
    /// `after` of the next page; none on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Uuid)]
    next: Option<DeviceId>,
}

/// Devices by name.
#[utoipa::path(get, path = "/api/v1/devices", tag = "devices", params(Which), responses((status = 200, body = Devices)))]
pub(super) async fn list(
    State(fleet): State<Arc<Fleet>>,
    Asked(which): Asked<Which>,
) -> Result<Json<Devices>, Problem> {
    let limit = limit(which.limit)?;
    let after = match which.after {
        Some(id) => Some((known(&fleet, id).await?.machine.name, id)),
        None => None,
    };
    let listed = Listed {
        group: which.group,
        name: which.name,
        bundle: which.bundle.map(|bundle| natural(bundle, "`bundle`")).transpose()?,
        revoked: which.revoked,
        after,
        limit,
    };
    let devices = fleet.repo.devices(&listed).await?;
    let full = devices.len() >= usize::try_from(limit).unwrap_or(usize::MAX);
    let next = devices.last().filter(|_| full).map(|last| last.id);
    Ok(Json(Devices {
        devices: devices.into_iter().map(DeviceShown::from).collect(),
        next,
    }))
}

async fn known(fleet: &Fleet, id: DeviceId) -> Result<Device, Problem> {
    let device = fleet.repo.device(id).await?;
    device.ok_or_else(|| Problem::not_found("there is no such device"))
}

/// One device.
#[utoipa::path(get, path = "/api/v1/devices/{id}", tag = "devices",
    params(("id" = String, Path, format = Uuid)), responses((status = 200, body = DeviceShown)))]
pub(super) async fn one(State(fleet): State<Arc<Fleet>>, At(id): At<DeviceId>) -> Result<Json<DeviceShown>, Problem> {
    let device = DeviceShown::from(known(&fleet, id).await?);
    Ok(Json(device.with(fleet.repo.sealing(id).await?)))
}

/// Serve a device no more. Takes effect at once.
#[utoipa::path(post, path = "/api/v1/devices/{id}/revoke", tag = "devices",
    params(("id" = String, Path, format = Uuid)), responses((status = 204)))]
pub(super) async fn revoke(
    State(fleet): State<Arc<Fleet>>,
    caller: Caller,
    At(id): At<DeviceId>,
) -> Result<StatusCode, Problem> {
    match revoked(&*fleet.repo, &caller.actor, id, clock::now()).await? {
        true => Ok(StatusCode::NO_CONTENT),
        false => Err(Problem::not_found("there is no such device, or it was revoked before")),
    }
}
