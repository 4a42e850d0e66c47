//! Devices.

use super::problem::Problem;
use super::take::{Asked, At, limit};
use crate::access::Caller;
use crate::clock;
use crate::devices::{Device, Listed, revoke as revoked};
use crate::run::Fleet;
use axum::Json;
use axum::extract::State;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
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
    /// Why it refused a newer bundle.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refused: Option<String>,
    /// Since when it is not served any more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revoked: Option<i64>,
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
            refused: device.refused,
            revoked: device.revoked.map(Timestamp::as_millis),
        }
    }
}

/// Which devices. All conditions hold.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Which {
    /// Of this group.
    group: Option<String>,
    /// Whose name begins so.
    name: Option<String>,
    /// That run this bundle.
    #[param(minimum = 0)]
    bundle: Option<u32>,
    /// Served no more, or still served.
    revoked: Option<bool>,
    /// Rows, 100 where nothing is said.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<u32>,
    /// `next` of the page before.
    #[param(pattern = "^[A-Za-z0-9_-]{22,}$")]
    after: Option<String>,
}

/// A page of devices, by name.
#[derive(Serialize, ToSchema)]
pub(super) struct Devices {
    devices: Vec<DeviceShown>,
    /// `after` of the next page; none on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

/// Devices by name.
#[utoipa::path(get, path = "/api/v1/devices", tag = "devices", params(Which), responses((status = 200, body = Devices)))]
pub(super) async fn list(
    State(fleet): State<Arc<Fleet>>,
    Asked(which): Asked<Which>,
) -> Result<Json<Devices>, Problem> {
    let limit = limit(which.limit)?;
    let after = which.after.as_deref().map(place).transpose()?;
    let listed = Listed {
        group: which.group,
        name: which.name,
        bundle: which.bundle.map(u64::from),
        revoked: which.revoked,
        after,
        limit,
    };
    let devices = fleet.repo.devices(&listed).await?;
    let full = devices.len() >= usize::try_from(limit).unwrap_or(usize::MAX);
    let next = devices.last().filter(|_| full).map(|last| {
        let place = [&last.id.as_bytes()[..], last.machine.name.as_bytes()].concat();
        URL_SAFE_NO_PAD.encode(place)
    });
    Ok(Json(Devices {
        devices: devices.into_iter().map(DeviceShown::from).collect(),
        next,
    }))
}

/// Id and name of the last device of the page before.
fn place(text: &str) -> Result<(String, DeviceId), Problem> {
    let wrong = || Problem::malformed("`after` is not the `next` of a page");
    let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| wrong())?;
    let (id, name) = bytes.split_first_chunk::<16>().ok_or_else(wrong)?;
    let name = String::from_utf8(name.to_vec()).map_err(|_| wrong())?;
    match name.contains('\0') {
        true => Err(wrong()),
        false => Ok((name, DeviceId::from_bytes(*id))),
    }
}

/// One device.
#[utoipa::path(get, path = "/api/v1/devices/{id}", tag = "devices",
    params(("id" = String, Path, format = Uuid)), responses((status = 200, body = DeviceShown)))]
pub(super) async fn one(State(fleet): State<Arc<Fleet>>, At(id): At<DeviceId>) -> Result<Json<DeviceShown>, Problem> {
    let device = fleet.repo.device(id).await?;
    let device = device.ok_or_else(|| Problem::not_found("there is no such device"))?;
    Ok(Json(device.into()))
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
