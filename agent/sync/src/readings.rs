//! Who looked at this device's records on the server.

use crate::client::{AskError, Client};
use crate::identity::Identity;
use http::StatusCode;
use weir_fleet::{Readings, routes};

/// A page of readings, newest first: those before the number `before`, or the newest.
///
/// # Errors
/// The server cannot be reached, or does not answer.
pub async fn readings(identity: &Identity, before: Option<u64>) -> Result<Readings, AskError> {
    let route = match before {
        Some(before) => format!("{}?before={before}", routes::READINGS),
        None => routes::READINGS.to_owned(),
    };
    match Client::new(identity).fetch(&route, None).await? {
        Some((body, _)) => serde_json::from_slice(&body).map_err(|_| AskError::Strange(StatusCode::OK)),
        None => Ok(Readings::default()),
    }
}
