//! A token and a request become a device.

use super::table::{Device, Shown};
use crate::clock;
use crate::journal::{Actor, Deed, Entry};
use crate::keys::{Authority, AuthorityError};
use crate::legible::legible;
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
/// it costs no use. Whoever asks again with the same token and key, because the answer was lost, is the same device.
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
    let shown = Shown {
        token: token.id,
        digest: secret_digest(&token),
        key: Authority::key_of(&enrolment.csr)?,
    };
    // Looked at before the journal is held: strangers with tokens of their own making hold nobody up.
    let group = repo.token_group(shown.token, shown.digest, now).await?;
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
    let actor = Actor::EnrolmentToken(hex::encode(shown.token));
    let entry = Entry::new(now, &actor, Deed::DeviceEnrol, id).with("group", &device.group);
    let kept = repo.enrol(&device, &shown, &entry).await?;
    match kept.ok_or(CertifyError::Token)? {
        kept if kept == id => Ok((device, certificate)),
        before => certify_again(repo, authority, before, &enrolment.csr).await,
    }
}

async fn certify_again(
    repo: &dyn Repo,
    authority: &Authority,
    id: DeviceId,
    csr: &str,
) -> Result<(Device, String), CertifyError> {
    let device = repo.device(id).await?.ok_or(CertifyError::Token)?;
    let (certificate, until) = authority.device(id, csr, SystemTime::now())?;
    repo.certified(id, timestamp(until)).await?;
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
    Machine {
        name: legible(&machine.name, LONGEST),
        platform: legible(&machine.platform, LONGEST),
        version: legible(&machine.version, LONGEST),
    }
}

const LONGEST: usize = 128;

pub(super) fn timestamp(time: SystemTime) -> Timestamp {
    let since: Duration = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}
