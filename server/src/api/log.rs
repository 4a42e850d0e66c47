//! How the server's log stands, and what its witnesses say.

use super::problem::Problem;
use crate::run::Fleet;
use crate::tlog;
use axum::Json;
use axum::extract::State;
use serde::Serialize;
use std::sync::Arc;
use utoipa::ToSchema;

/// The log of what the server acknowledged.
#[derive(Serialize, ToSchema)]
pub(super) struct LogShown {
    /// Name and key: what checkpoints are verified with.
    key: String,
    /// Entries.
    size: u64,
    /// The root over them, hex.
    root: String,
    /// Laptops that are served and have cosigned a checkpoint.
    witnesses: u64,
    /// The checkpoint that most of them have cosigned, of the last three hours that had one. Absent while none has.
    #[serde(skip_serializing_if = "Option::is_none")]
    cosigned: Option<CosignedShown>,
}

/// A checkpoint that laptops have cosigned: each verified that the log only grew up to it.
#[derive(Serialize, ToSchema)]
pub(super) struct CosignedShown {
    /// Entries it has.
    size: u64,
    /// The root over them, hex.
    root: String,
    /// When it was made, milliseconds since 1970.
    made: i64,
    /// Laptops.
    by: u64,
}

/// How the server's log stands, and how many laptops have cosigned it.
#[utoipa::path(get, path = "/api/v1/log", tag = "journal", responses((status = 200, body = LogShown)))]
pub(super) async fn one(State(fleet): State<Arc<Fleet>>) -> Result<Json<LogShown>, Problem> {
    let head = fleet.repo.tree().await?;
    let cosigned = tlog::most_cosigned(&*fleet.repo).await?.map(|counted| CosignedShown {
        size: counted.round.head.size,
        root: hex::encode(counted.round.head.root),
        made: counted.round.began.as_millis(),
        by: counted.cosigned,
    });
    Ok(Json(LogShown {
        key: fleet.log.key().to_string(),
        size: head.size,
        root: hex::encode(head.root),
        witnesses: fleet.repo.witness_count().await?,
        cosigned,
    }))
}
