//! The journal.

use super::problem::Problem;
use super::take::{Asked, limit, natural};
use crate::journal::{Kept, Page, VerifyError};
use crate::run::Fleet;
use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use std::sync::Arc;
use utoipa::{IntoParams, ToSchema};

/// A row of the journal.
#[derive(Serialize, ToSchema)]
pub(super) struct RowShown {
    /// From 1, without a gap.
    number: u64,
    /// Milliseconds since 1970.
    time: i64,
    /// Who, with a word for the kind: `account:alice`.
    actor: String,
    /// What was done.
    action: String,
    /// To whom or what.
    subject: String,
    /// What belongs to it; never content.
    #[schema(value_type = Object)]
    details: Box<RawValue>,
    /// SHA-256 of the row before, hex.
    previous: String,
    /// SHA-256 of this row, hex.
    hash: String,
}

impl TryFrom<Kept> for RowShown {
    type Error = Problem;

    fn try_from(kept: Kept) -> Result<Self, Problem> {
        let details = RawValue::from_string(kept.details);
        Ok(Self {
            number: kept.number,
            time: kept.time.as_millis(),
            actor: kept.actor,
            action: kept.deed,
            subject: kept.subject,
            details: details.map_err(|error| Problem::failed("a row of the journal is not JSON", &error))?,
            previous: hex::encode(kept.previous),
            hash: hex::encode(kept.hash),
        })
    }
}

/// Which rows.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Which {
    /// Before this number.
    #[param(minimum = 0)]
    before: Option<i64>,
    /// Rows, 100 where nothing is said.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<u32>,
}

/// Rows, newest first.
#[derive(Serialize, ToSchema)]
pub(super) struct Rows {
    rows: Vec<RowShown>,
}

/// Who changed and who read what, newest first.
#[utoipa::path(get, path = "/api/v1/journal", tag = "journal", params(Which), responses((status = 200, body = Rows)))]
pub(super) async fn list(State(fleet): State<Arc<Fleet>>, Asked(which): Asked<Which>) -> Result<Json<Rows>, Problem> {
    let before = which
        .before
        .map_or(Ok(u64::MAX), |before| natural(before, "`before`"))?;
    let kept = fleet.repo.journal(Page::Before(before), limit(which.limit)?).await?;
    let rows = kept.into_iter().map(RowShown::try_from).collect::<Result<_, _>>()?;
    Ok(Json(Rows { rows }))
}

/// What the journal was found to be.
#[derive(Serialize, ToSchema)]
pub(super) struct Verification {
    /// Every row is as it was entered, and none is missing.
    intact: bool,
    /// Where it breaks.
    #[serde(skip_serializing_if = "Option::is_none")]
    broken: Option<String>,
    /// Number of the last row, where it is intact.
    #[serde(skip_serializing_if = "Option::is_none")]
    rows: Option<u64>,
    /// Hash of the last row, hex.
    #[serde(skip_serializing_if = "Option::is_none")]
    hash: Option<String>,
    /// The newest signed head: worth keeping elsewhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    signed: Option<Signed>,
}

/// A signed head.
#[derive(Serialize, ToSchema)]
pub(super) struct Signed {
    /// Number of its row.
    number: u64,
    /// Hash of its row, hex.
    hash: String,
    /// When it was signed, milliseconds since 1970.
    time: i64,
    /// By the server's receipt key (Ed25519), hex.
    signature: String,
}

/// Hold the whole journal against its hashes and signed heads.
#[utoipa::path(get, path = "/api/v1/journal/verification", tag = "journal", responses((status = 200, body = Verification)))]
pub(super) async fn verify(State(fleet): State<Arc<Fleet>>) -> Result<Json<Verification>, Problem> {
    let verified = fleet.witness.verify(&*fleet.repo, &fleet.keys.receipt.public()).await;
    Ok(Json(match verified {
        Ok(verified) => Verification {
            intact: true,
            broken: None,
            rows: Some(verified.head.number),
            hash: Some(hex::encode(verified.head.hash)),
            signed: verified.checkpoint.map(|checkpoint| Signed {
                number: checkpoint.head.number,
                hash: hex::encode(checkpoint.head.hash),
                time: checkpoint.time.as_millis(),
                signature: hex::encode(&checkpoint.signature),
            }),
        },
        Err(VerifyError::Broken(broken)) => Verification {
            intact: false,
            broken: Some(broken.to_string()),
            rows: None,
            hash: None,
            signed: None,
        },
        Err(error) => return Err(error.into()),
    }))
}
