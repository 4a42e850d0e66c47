//! What people change: tokens that let machines enrol, and devices that are served no more.

use super::certify::secret_digest;
use super::table::NewToken;
use crate::clock;
use crate::journal::{Actor, Deed, Entry};
use crate::repo::{Notice, Repo, RepoError};
use weir_fleet::{DeviceId, Pin, Token};
use weir_model::Timestamp;

/// A token somebody wants.
#[derive(Clone, Debug)]
pub struct TokenWanted {
    /// Devices that enrol with it belong to this group.
    pub group: String,
    /// What it is for, for people.
    pub note: String,
    /// How many devices may enrol with it.
    pub uses: i64,
    /// From when on it is worth nothing.
    pub expires: Timestamp,
}

/// No token was made.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    /// The system.
    #[error(transparent)]
    Randomness(#[from] clock::NoRandomness),
    /// The database.
    #[error(transparent)]
    Repo(#[from] RepoError),
}

/// A new token, and what is kept of it.
///
/// # Errors
/// Nothing is kept then.
pub async fn create_token(
    repo: &dyn Repo,
    actor: &Actor,
    pin: Pin,
    wanted: TokenWanted,
    now: Timestamp,
) -> Result<(Token, NewToken), TokenError> {
    let token = Token {
        id: clock::random()?,
        secret: clock::random()?,
        pin: Some(pin),
    };
    let kept = NewToken {
        id: token.id,
        digest: secret_digest(&token),
        group: wanted.group,
        note: wanted.note,
        created: now,
        expires: wanted.expires,
        uses: wanted.uses,
    };
    let entry = Entry::new(now, actor, Deed::EnrolmentTokenCreate, hex::encode(kept.id))
        .with("group", &kept.group)
        .with("uses", kept.uses)
        .with("expires", kept.expires);
    repo.add_token(&kept, &entry).await?;
    Ok((token, kept))
}

/// Takes a token away. False when there was none.
///
/// # Errors
/// The database.
pub async fn drop_token(repo: &dyn Repo, actor: &Actor, id: [u8; 8], now: Timestamp) -> Result<bool, RepoError> {
    let entry = Entry::new(now, actor, Deed::EnrolmentTokenDrop, hex::encode(id));
    repo.drop_token(id, &entry).await
}

/// Serves a device no more, on all nodes. False when there is none, or it was revoked before.
///
/// # Errors
/// The database.
pub async fn revoke(repo: &dyn Repo, actor: &Actor, id: DeviceId, now: Timestamp) -> Result<bool, RepoError> {
    let entry = Entry::new(now, actor, Deed::DeviceRevoke, id);
    let revoked = repo.revoke(id, now, &entry).await?;
    if revoked {
        repo.notify(Notice::Device(id)).await?;
    }
    Ok(revoked)
}
