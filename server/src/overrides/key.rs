//! The key of a device's codes: from a seed in the database and from the server's receipt key, so that neither the one nor the
//! other is enough to make a code.

use super::OverrideError;
use crate::clock;
use crate::repo::Repo;
use aws_lc_rs::hmac;
use weir_bundle::SigningKey;
use weir_fleet::{DeviceId, OverrideCodes, OverrideKey};
use weir_model::Timestamp;
use zeroize::Zeroizing;

/// The key, which is made when it is asked for first: by the device, right after it enrolled.
pub(super) async fn key(
    repo: &dyn Repo,
    receipt: &SigningKey,
    device: DeviceId,
    now: Timestamp,
) -> Result<OverrideKey, OverrideError> {
    let seed = match repo.override_seed(device).await? {
        Some(seed) => seed,
        None => {
            let made = Zeroizing::new(clock::random()?);
            // Another node may make one at the same time: the first is kept, and both use that.
            repo.add_override_seed(device, &made, now).await?;
            repo.override_seed(device).await?.ok_or(OverrideError::NoKey)?
        }
    };
    let secret = Zeroizing::new(receipt.to_pem()?);
    let mut context = hmac::Context::with_key(&hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes()));
    context.update(b"weir override key v1\n");
    context.update(device.as_bytes());
    context.update(&*seed);
    let mut bytes = Zeroizing::new([0; 32]);
    // HMAC-SHA-256 has 32 bytes.
    bytes.copy_from_slice(context.sign().as_ref());
    Ok(OverrideKey::new(&bytes))
}

/// What makes the codes of a device.
pub(super) async fn codes(
    repo: &dyn Repo,
    receipt: &SigningKey,
    device: DeviceId,
    now: Timestamp,
) -> Result<OverrideCodes, OverrideError> {
    key(repo, receipt, device, now)
        .await?
        .codes(device)
        .ok_or(OverrideError::NoKey)
}
