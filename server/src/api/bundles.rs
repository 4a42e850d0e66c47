//! Bundles.

use super::problem::Problem;
use super::take::{Asked, At, Raw, Rows, natural};
use crate::access::Caller;
use crate::clock;
use crate::devices::Running;
use crate::policies::{Published, Way, publish as published};
use crate::run::Fleet;
use axum::Json;
use axum::extract::State;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, StatusCode};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use utoipa::ToSchema;
use weir_fleet::routes::BUNDLE_TYPE;

/// A bundle, as people read it. Times are milliseconds since 1970.
#[derive(Debug, Serialize, ToSchema)]
pub struct BundleShown {
    /// Devices run the highest number for their group.
    pub number: u64,
    /// Name of the pack.
    pub name: String,
    /// SHA-256 over the signed payload, hex.
    pub digest: String,
    /// When it was signed.
    pub issued: i64,
    /// From when on no device takes it.
    pub expires: i64,
    /// When it came to the server.
    pub published: i64,
}

impl From<Published> for BundleShown {
    fn from(published: Published) -> Self {
        Self {
            number: published.number,
            name: published.name,
            digest: published.digest,
            issued: published.issued.as_millis(),
            expires: published.expires.as_millis(),
            published: published.published.as_millis(),
        }
    }
}

/// Bundles, newest first.
#[derive(Serialize, ToSchema)]
pub(super) struct Bundles {
    bundles: Vec<BundleShown>,
}

/// Bundles, newest first.
#[utoipa::path(get, path = "/api/v1/bundles", tag = "bundles", params(Rows), responses((status = 200, body = Bundles)))]
pub(super) async fn list(State(fleet): State<Arc<Fleet>>, Asked(rows): Asked<Rows>) -> Result<Json<Bundles>, Problem> {
    let bundles = fleet.repo.bundles(rows.limit()?).await?;
    Ok(Json(Bundles {
        bundles: bundles.into_iter().map(BundleShown::from).collect(),
    }))
}

/// Devices of one group that say the same of what they run.
#[derive(Serialize, ToSchema)]
pub(super) struct RunningShown {
    group: String,
    /// The bundle they say they run; 0: none.
    bundle: u64,
    /// SHA-256 over what they say they run, hex.
    digest: String,
    /// How many devices that are served.
    devices: u64,
    /// How many of them refused a newer bundle.
    refused: u64,
}

/// What the fleet runs.
#[derive(Serialize, ToSchema)]
pub(super) struct RunningAll {
    running: Vec<RunningShown>,
    /// The newest bundle of each group.
    newest: BTreeMap<String, u64>,
}

/// Who runs what: devices counted by group, bundle and digest.
#[utoipa::path(get, path = "/api/v1/bundles/running", tag = "bundles", responses((status = 200, body = RunningAll)))]
pub(super) async fn running(State(fleet): State<Arc<Fleet>>) -> Result<Json<RunningAll>, Problem> {
    let running: Vec<Running> = fleet.repo.running().await?;
    let mut newest = BTreeMap::new();
    for group in running.iter().map(|running| &running.group).collect::<BTreeSet<_>>() {
        if let Some(bundle) = fleet.repo.newest_for(group).await? {
            newest.insert(group.clone(), bundle.number);
        }
    }
    let running = running.into_iter().map(|running| RunningShown {
        group: running.group,
        bundle: running.bundle,
        digest: running.digest,
        devices: running.devices,
        refused: running.refused,
    });
    Ok(Json(RunningAll {
        running: running.collect(),
        newest,
    }))
}

/// What is in a bundle.
#[derive(Serialize, ToSchema)]
pub(super) struct Inside {
    number: u64,
    name: String,
    digest: String,
    /// When it was signed, milliseconds since 1970.
    issued: i64,
    /// From when on no device takes it, milliseconds since 1970.
    expires: i64,
    /// Groups it is for.
    audience: BTreeSet<String>,
    /// Ids of the keys that claim to have signed it. The server verified it when it was published.
    signers: Vec<String>,
    /// The pack in force.
    pack: String,
    /// Packs and sheets by name, as text.
    packs: BTreeMap<String, String>,
    /// Paths of the catalogue's files.
    catalogue: Vec<String>,
    /// Other files by name, with their bytes counted.
    files: BTreeMap<String, usize>,
}

/// What is in a bundle.
#[utoipa::path(get, path = "/api/v1/bundles/{number}", tag = "bundles",
    params(("number" = i64, Path, minimum = 0)), responses((status = 200, body = Inside)))]
pub(super) async fn inspect(State(fleet): State<Arc<Fleet>>, At(number): At<i64>) -> Result<Json<Inside>, Problem> {
    let bytes = fleet.repo.bundle(natural(number, "a bundle's number")?).await?;
    let bytes = bytes.ok_or_else(|| Problem::not_found("there is no such bundle"))?;
    let unverified =
        weir_bundle::inspect(&bytes).map_err(|error| Problem::failed("a bundle cannot be read", &error))?;
    let contents = unverified.contents;
    let files = contents.files.into_iter().map(|(name, file)| (name, file.0.len()));
    Ok(Json(Inside {
        number: contents.number,
        name: contents.name,
        digest: unverified.digest,
        issued: contents.issued.as_millis(),
        expires: contents.expires.as_millis(),
        audience: contents.audience,
        signers: unverified.claimed,
        pack: contents.pack,
        packs: contents.packs,
        catalogue: contents.catalogue.into_keys().collect(),
        files: files.collect(),
    }))
}

/// Give a signed bundle to the devices of its audience.
#[utoipa::path(post, path = "/api/v1/bundles", tag = "bundles",
    request_body(content = Object, content_type = "application/vnd.weir.bundle.v1+json"),
    responses((status = 201, body = BundleShown)))]
pub(super) async fn publish(
    State(fleet): State<Arc<Fleet>>,
    caller: Caller,
    headers: HeaderMap,
    Raw(bytes): Raw,
) -> Result<(StatusCode, Json<BundleShown>), Problem> {
    if headers.get(CONTENT_TYPE).is_none_or(|kind| kind != BUNDLE_TYPE) {
        return Err(Problem::media_type(BUNDLE_TYPE));
    }
    let way = Way::Direct {
        approval: fleet.approval,
    };
    let made = published(&*fleet.repo, &caller.actor, &bytes, &fleet.trust, way, clock::now()).await?;
    Ok((StatusCode::CREATED, Json(made.into())))
}
