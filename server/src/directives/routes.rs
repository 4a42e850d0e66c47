//! What devices ask about directives.

use crate::net::{Answer, Served, refused};
use crate::run::Fleet;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::CONTENT_TYPE;
use std::sync::Arc;
use weir_fleet::routes::ORDER_TYPE;

/// `GET /v1/device/order`: the newest for the device's group, also when its time is over; 204 while there is none.
pub async fn order(State(fleet): State<Arc<Fleet>>, served: Served) -> Result<Response, Answer> {
    let newest = fleet.repo.newest_order(&served.group).await;
    Ok(match newest.map_err(refused("a directive could not be looked up"))? {
        Some(order) => ([(CONTENT_TYPE, ORDER_TYPE)], order.signed).into_response(),
        None => StatusCode::NO_CONTENT.into_response(),
    })
}
