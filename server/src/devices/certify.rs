//! A token and a request become a device.

use super::table::Device;
use crate::clock;
use crate::keys::{Authority, AuthorityError};
use crate::repo::{Repo, RepoError};
use aws_lc_rs::digest::{SHA256, digest};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use weir_fleet::{DeviceId, Enrolment, Machine, Token};
use weir_model::Timestamp;

/// Why a machine does not belong to the fleet.
#[derive(Debug, thiserror::Error)]
pub enum CertifyError {
    /// Wrong, spent or past its time: which of these is not told.
    #[error("the token is not valid")]
    Token,
    /// The request for a certificate.
    #[error("the certificate request cannot be granted")]
    Request(#[from] AuthorityError),
    /// The system.
    #[error(transparent)]
    Randomness(#[from] clock::NoRandomness),
    /// The database.
    #[error(transparent)]
    Repo(#[from] RepoError),
}

/// Uses the token, certifies the key, and keeps the device. The request is granted before the token is used: a mistake in
/// it costs no use.
///
/// # Errors
/// The machine does not belong to the fleet.
pub async fn certify(
    repo: &dyn Repo,
    authority: &Authority,
    enrolment: &Enrolment,
) -> Result<(Device, String), CertifyError> {
    let token: Token = enrolment.token.parse().map_err(|_| CertifyError::Token)?;
    let now = clock::now();
    let id = DeviceId::from_bytes(clock::random()?);
    let (certificate, until) = authority.device(id, &enrolment.csr, SystemTime::now())?;
    let group = repo.spend_token(token.id, secret_digest(&token), now).await?;
    let device = Device {
        id,
        machine: told(&enrolment.machine),
        group: group.ok_or(CertifyError::Token)?,
        enrolled: now,
        seen: now,
        certified: timestamp(until),
        revoked: None,
        bundle: 0,
        digest: String::new(),
        refused: None,
        ordered: 0,
    };
    repo.add_device(&device, token.id).await?;
    Ok((device, certificate))
}

/// What the table has of a secret.
#[must_use]
pub(super) fn secret_digest(token: &Token) -> [u8; 32] {
    let mut out = [0; 32];
    // A SHA-256 has 32 bytes.
    out.copy_from_slice(digest(&SHA256, &token.secret).as_ref());
    out
}

/// What a machine says of itself, cut to what fits in a table people read.
pub(super) fn told(machine: &Machine) -> Machine {
    let cut = |text: &str| {
        text.chars()
            .filter(|letter| !letter.is_control())
            .take(LONGEST)
            .collect()
    };
    Machine {
        name: cut(&machine.name),
        platform: cut(&machine.platform),
        version: cut(&machine.version),
    }
}

const LONGEST: usize = 128;

pub(super) fn timestamp(time: SystemTime) -> Timestamp {
    let since: Duration = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}
