//! What proves that the server has a record.

use crate::client::{AskError, Client};
use crate::identity::Identity;
use http::StatusCode;
use weir_fleet::{LogProof, Receipt, log_key, routes};

/// The receipt for the batch that brought record `seq` of this device's log, and the proof that it stands in the server's log;
/// `None` where the server does not have the record, or has kept it too long.
///
/// # Errors
/// The server cannot be reached, or answers with something else.
pub async fn acknowledgement(identity: &Identity, seq: u64) -> Result<Option<(Receipt, LogProof)>, AskError> {
    let strange = || AskError::Strange(StatusCode::OK);
    let client = Client::new(identity);
    let Some((body, _)) = client
        .fetch(&format!("{}?seq={seq}", routes::LOG_RECEIPT), None)
        .await?
    else {
        return Ok(None);
    };
    let receipt: Option<Receipt> = serde_json::from_slice(&body).map_err(|_| strange())?;
    let Some(receipt) = receipt else { return Ok(None) };
    let (leaf, note) = receipt.log().ok_or_else(strange)?;
    let key = identity.receipt_key().and_then(|key| log_key(&key).ok());
    let size = key.and_then(|key| key.open(note).ok()).ok_or_else(strange)?.size;
    let route = format!("{}?leaf={leaf}&size={size}", routes::LOG_INCLUSION);
    let (body, _) = client.fetch(&route, None).await?.ok_or_else(strange)?;
    let proof = serde_json::from_slice(&body).map_err(|_| strange())?;
    Ok(Some((receipt, proof)))
}
