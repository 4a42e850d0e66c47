//! What devices and auditors ask of the log.

use super::cosign::{self, CosignError};
use super::prove::{self, ProveError};
use super::reader::{Auditor, Reader};
use crate::api::Problem;
use crate::clock;
use crate::net::{Answer, Served, refused};
use crate::run::Fleet;
use axum::Json;
use axum::extract::rejection::{JsonRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Response};
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use http::{HeaderValue, StatusCode};
use serde::Deserialize;
use std::sync::Arc;
use weir_fleet::{Acknowledged, Cosigned, LogProof, Receipt, Refusal};
use weir_tlog::{Hash, Tile};

/// Two sizes of the log.
#[derive(Debug, Deserialize)]
pub(crate) struct Sizes {
    from: u64,
    to: u64,
}

/// `GET /v1/device/log/consistency?from=SIZE&to=SIZE`: that the log only grew.
pub(crate) async fn consistent(
    State(fleet): State<Arc<Fleet>>,
    _: Served,
    asked: Result<Query<Sizes>, QueryRejection>,
) -> Result<Json<LogProof>, Answer> {
    let Query(Sizes { from, to }) = asked.map_err(|_| malformed("`from` and `to` are sizes of the log"))?;
    let proof = prove::consistency(&*fleet.repo, from, to).await;
    answered(proof)
}

/// An entry, and the size of the log it is looked for in.
#[derive(Debug, Deserialize)]
pub(crate) struct Entry {
    leaf: u64,
    size: u64,
}

/// `GET /v1/device/log/inclusion?leaf=NUMBER&size=SIZE`: that an entry is in it.
pub(crate) async fn included(
    State(fleet): State<Arc<Fleet>>,
    _: Served,
    asked: Result<Query<Entry>, QueryRejection>,
) -> Result<Json<LogProof>, Answer> {
    let Query(Entry { leaf, size }) = asked.map_err(|_| malformed("`leaf` and `size` are numbers"))?;
    let proof = prove::inclusion(&*fleet.repo, leaf, size).await;
    answered(proof)
}

/// A record of the device's own log.
#[derive(Debug, Deserialize)]
pub(crate) struct Record {
    seq: u64,
}

/// `GET /v1/device/log/receipt?seq=NUMBER`: the receipt for the batch that brought a record, with the checkpoint that most witnesses
/// have cosigned, where it has the batch, else the newest. Nothing where the server does not have it.
pub(crate) async fn receipt(
    State(fleet): State<Arc<Fleet>>,
    served: Served,
    asked: Result<Query<Record>, QueryRejection>,
) -> Result<Json<Option<Receipt>>, Answer> {
    let Query(Record { seq }) = asked.map_err(|_| malformed("`seq` is the number of a record"))?;
    let failed = refused("a receipt could not be looked up");
    let found = fleet
        .repo
        .acceptance(served.device, bounded(seq))
        .await
        .map_err(&failed)?;
    let Some(found) = found else {
        return Ok(Json(None));
    };
    let cosigned = cosign::cosigned(&*fleet.repo, &fleet.log, &fleet.keys.receipt).await;
    let cosigned = cosigned.map_err(&failed)?;
    let checkpoint = match cosigned.filter(|cosigned| cosigned.round.head.size > found.leaf) {
        Some(cosigned) => cosigned.note,
        None => {
            // Behind the batch, which is in the tree since it was accepted.
            let head = fleet.repo.tree().await.map_err(&failed)?;
            fleet.log.checkpoint(head, &fleet.keys.receipt).to_string()
        }
    };
    let acknowledged = Acknowledged {
        device: served.device,
        timeline: found.timeline,
        seq: found.last,
        head: found.head,
        time: found.received,
    };
    let receipt = acknowledged.sign(&fleet.keys.receipt);
    Ok(Json(Some(receipt.in_log(found.leaf, &checkpoint))))
}

/// `GET /v1/device/log/checkpoint`: the checkpoint of this hour, which devices cosign.
pub(crate) async fn to_cosign(State(fleet): State<Arc<Fleet>>, _: Served) -> Result<Response, Answer> {
    let round = cosign::round_at(&*fleet.repo, clock::now()).await;
    let round = round.map_err(refused("there is no checkpoint to cosign"))?;
    Ok(match round {
        Some(round) => note(&fleet.log.at(round.head).sign(&fleet.keys.receipt)),
        None => StatusCode::NO_CONTENT.into_response(),
    })
}

/// `POST /v1/device/log/cosignature`: a device has verified that the log only grew up to that checkpoint.
pub(crate) async fn cosignature(
    State(fleet): State<Arc<Fleet>>,
    served: Served,
    body: Result<Json<Cosigned>, JsonRejection>,
) -> Result<(), Answer> {
    let Json(said) = body.map_err(|_| malformed("the body is no cosignature"))?;
    let taken = cosign::take(&*fleet.repo, &fleet.log, (served.device, &said), clock::now()).await;
    taken.map_err(|error| match error {
        CosignError::Repo(error) => refused("a cosignature could not be kept")(error),
        error => Answer(malformed(&error.to_string())),
    })
}

/// `GET /log/checkpoint`: the newest, with what witnesses have said of it already.
pub(crate) async fn checkpoint(State(fleet): State<Arc<Fleet>>, _: Reader) -> Result<Response, Problem> {
    let head = fleet.repo.tree().await?;
    let signed = fleet.log.checkpoint(head, &fleet.keys.receipt);
    let lines = cosign::lines(&*fleet.repo, head).await?;
    Ok(note(&format!("{signed}{lines}")))
}

/// `GET /log/checkpoint/cosigned`: the one that most witnesses have cosigned, with their lines.
pub(crate) async fn cosigned_checkpoint(State(fleet): State<Arc<Fleet>>, _: Reader) -> Result<Response, Problem> {
    match cosign::cosigned(&*fleet.repo, &fleet.log, &fleet.keys.receipt).await? {
        Some(cosigned) => Ok(note(&cosigned.note)),
        None => Err(Problem::not_found("no witness has cosigned the log yet")),
    }
}

/// `GET /log/tile/LEVEL/NUMBER`: hashes side by side.
pub(crate) async fn tile(
    State(fleet): State<Arc<Fleet>>,
    _: Reader,
    Path(path): Path<String>,
) -> Result<Response, Problem> {
    let tile = in_tree(&fleet, &path).await?;
    let hashes: Vec<Hash> = fleet.repo.tile(tile).await?;
    Ok(file(BYTES, hashes.concat(), tile.is_full()))
}

/// `GET /log/tile/entries/NUMBER`: each entry behind its length.
pub(crate) async fn entries(
    State(fleet): State<Arc<Fleet>>,
    _: Auditor,
    Path(path): Path<String>,
) -> Result<Response, Problem> {
    // They stand side by side as the hashes of the lowest level do.
    let tile = in_tree(&fleet, &format!("0/{path}")).await?;
    let entries = fleet.repo.entries(tile.first(), u64::from(tile.width())).await?;
    let mut bytes = Vec::new();
    for entry in entries {
        // An entry has at most 61 bytes.
        bytes.extend((entry.len() as u16).to_be_bytes());
        bytes.extend(entry);
    }
    Ok(file(BYTES, bytes, tile.is_full()))
}

const BYTES: HeaderValue = HeaderValue::from_static("application/octet-stream");

/// The tile of a path, where the tree has it as wide as that.
async fn in_tree(fleet: &Fleet, path: &str) -> Result<Tile, Problem> {
    let tile = Tile::parse(path).map_err(|error| Problem::not_found(error.to_string()))?;
    let size = fleet.repo.tree().await?.size;
    match tile.in_tree(size) {
        Some(_) => Ok(tile),
        None => Err(Problem::not_found("the log does not have this tile")),
    }
}

fn note(text: &str) -> Response {
    let kind = HeaderValue::from_static("text/plain; charset=utf-8");
    file(kind, text.as_bytes().to_vec(), false)
}

fn file(kind: HeaderValue, bytes: Vec<u8>, lasts: bool) -> Response {
    let kept = if lasts {
        "private, max-age=31536000, immutable"
    } else {
        "no-store"
    };
    let mut response = bytes.into_response();
    response.headers_mut().insert(CONTENT_TYPE, kind);
    response
        .headers_mut()
        .insert(CACHE_CONTROL, HeaderValue::from_static(kept));
    response
}

fn answered(proof: Result<Vec<Hash>, ProveError>) -> Result<Json<LogProof>, Answer> {
    match proof {
        Ok(hashes) => Ok(Json(LogProof::of(&hashes))),
        Err(ProveError::Beyond) => Err(Answer(malformed("the log is smaller than that"))),
        Err(ProveError::Repo(error)) => Err(refused("a proof could not be made")(error)),
    }
}

fn malformed(why: &str) -> Refusal {
    Refusal::Malformed { why: why.to_owned() }
}

/// Databases count to 2⁶³.
const fn bounded(number: u64) -> u64 {
    if number > i64::MAX.unsigned_abs() {
        i64::MAX.unsigned_abs()
    } else {
        number
    }
}
