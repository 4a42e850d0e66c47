//! What devices ask about themselves.

use super::certify::{CertifyError, certify, timestamp, told};
use crate::clock;
use crate::legible::legible;
use crate::net::{Answer, Served, refused};
use crate::overrides;
use crate::run::Fleet;
use axum::Json;
use axum::extract::State;
use axum::extract::rejection::JsonRejection;
use std::sync::Arc;
use std::time::SystemTime;
use weir_fleet::{DeviceId, Enrolled, Enrolment, Refusal, Renewal, Renewed, Standing};
use weir_model::chain;

/// `POST /v1/enrol`
pub async fn enrol(
    State(fleet): State<Arc<Fleet>>,
    body: Result<Json<Enrolment>, JsonRejection>,
) -> Result<Json<Enrolled>, Answer> {
    let Json(enrolment) = body.map_err(malformed)?;
    let (device, certificate) = certify(&*fleet.repo, &fleet.keys.authority, &enrolment)
        .await
        .map_err(not_certified)?;
    tracing::info!(device = %device.id, name = device.machine.name, group = device.group, "a device enrolled");
    Ok(Json(Enrolled {
        device: device.id,
        certificate,
        authority: fleet.keys.authority.pem().to_owned(),
        receipt_key: fleet.keys.receipt.public().to_pem(),
        order_key: Some(fleet.keys.orders.public().to_pem()),
        fresh_key: Some(fleet.statements.key().to_pem()),
        policy_keys: fleet.trust.keys.iter().map(weir_bundle::PublicKey::to_pem).collect(),
        policy_threshold: fleet.trust.threshold,
        group: device.group,
    }))
}

/// `POST /v1/device/certificate`: before the present certificate ends, with it, never with a token.
pub async fn renew(
    State(fleet): State<Arc<Fleet>>,
    served: Served,
    body: Result<Json<Renewal>, JsonRejection>,
) -> Result<Json<Renewed>, Answer> {
    let Json(Renewal { csr }) = body.map_err(malformed)?;
    let certified = fleet.keys.authority.device(served.device, &csr, SystemTime::now());
    let (certificate, until) = certified.map_err(|error| not_certified(error.into()))?;
    fleet
        .repo
        .certified(served.device, timestamp(until))
        .await
        .map_err(refused("a renewal could not be kept"))?;
    let fresh_key = Some(fleet.statements.key().to_pem());
    Ok(Json(Renewed { certificate, fresh_key }))
}

/// `POST /v1/device/standing`
pub async fn standing(
    State(fleet): State<Arc<Fleet>>,
    served: Served,
    body: Result<Json<Standing>, JsonRejection>,
) -> Result<(), Answer> {
    let Json(standing) = body.map_err(malformed)?;
    keep(&fleet, served.device, standing).await
}

/// Keeps what a device says of itself, however it says it. It is durable when this returns.
pub async fn keep(fleet: &Fleet, device: DeviceId, standing: Standing) -> Result<(), Answer> {
    let standing = Standing {
        machine: told(&standing.machine),
        digest: legible(&standing.digest, 64),
        refused: standing.refused.map(|why| legible(&why, 500)),
        ..standing
    };
    let codes = standing.overrides.clone();
    fleet.standings.keep(device, standing).await?;
    let used = overrides::used(&*fleet.repo, device, &codes, clock::now()).await;
    used.map_err(refused("which codes a device has used could not be kept"))
}

/// Says which part of the body is wrong; its text is not quoted.
#[allow(clippy::needless_pass_by_value, reason = "an argument of map_err")]
fn malformed(error: JsonRejection) -> Answer {
    let why = match error.status() {
        http::StatusCode::PAYLOAD_TOO_LARGE => return Answer(Refusal::TooLarge),
        http::StatusCode::UNSUPPORTED_MEDIA_TYPE => "the body is not application/json",
        _ => "the body is not the JSON this route takes",
    };
    Answer(Refusal::Malformed { why: why.to_owned() })
}

#[allow(clippy::needless_pass_by_value, reason = "an argument of map_err")]
fn not_certified(error: CertifyError) -> Answer {
    Answer(match &error {
        CertifyError::Token => Refusal::Token,
        CertifyError::Request(why) => Refusal::Malformed { why: why.to_string() },
        CertifyError::Randomness(_) | CertifyError::Repo(_) => {
            tracing::error!(error = chain(&error), "a device could not be enrolled");
            Refusal::Failed
        }
    })
}
