//! `POST /v1/device/records`

use super::accept::accept;
use crate::net::{Answer, Served};
use crate::run::Fleet;
use axum::Json;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use bytes::Bytes;
use std::sync::Arc;
use weir_fleet::{Receipt, Refusal};

/// Stores a batch and acknowledges how far the log is here.
pub async fn records(
    State(fleet): State<Arc<Fleet>>,
    served: Served,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<Receipt>, Answer> {
    let body = body.map_err(|_| Refusal::TooLarge)?;
    Ok(Json(accept(&fleet, served.device, &body).await?))
}
