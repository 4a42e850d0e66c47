//! Tokens for programs: `weir_api_…`, shown once.

use super::roles::Role;
use super::table::ApiToken;
use crate::clock;
use crate::journal::{Actor, Deed, Entry};
use crate::people::person;
use crate::repo::{Repo, RepoError};
use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use weir_model::Timestamp;
use zeroize::Zeroizing;

const PREFIX: &str = "weir_api_";
const ID: usize = 8;
const SECRET: usize = 24;

/// A token somebody wants.
#[derive(Clone, Debug)]
pub struct ApiTokenWanted {
    /// What it is for.
    pub name: String,
    /// What it may do.
    pub role: Role,
    /// The account it belongs to; `None`: the command line.
    pub account: Option<String>,
    /// From when on it is worth nothing.
    pub expires: Timestamp,
}

/// No token was made.
#[derive(Debug, thiserror::Error)]
pub enum ApiTokenError {
    /// The system.
    #[error(transparent)]
    Randomness(#[from] clock::NoRandomness),
    /// The database.
    #[error(transparent)]
    Repo(#[from] RepoError),
}

/// A new token: its text, and what is kept.
///
/// # Errors
/// Nothing is kept then.
pub async fn create_api_token(
    repo: &dyn Repo,
    actor: &Actor,
    wanted: ApiTokenWanted,
    now: Timestamp,
) -> Result<(Zeroizing<String>, ApiToken), ApiTokenError> {
    let (id, secret) = (clock::random::<ID>()?, Zeroizing::new(clock::random::<SECRET>()?));
    let mut kept = ApiToken {
        id,
        digest: [0; 32],
        name: wanted.name,
        role: wanted.role,
        account: wanted.account,
        made_by: person(actor),
        created: now,
        expires: wanted.expires,
        used: None,
    };
    // A SHA-256 has 32 bytes.
    kept.digest.copy_from_slice(digest(&SHA256, &secret[..]).as_ref());
    let entry = Entry::new(now, actor, Deed::ApiTokenCreate, hex::encode(id))
        .with("name", &kept.name)
        .with("role", kept.role)
        .with("expires", kept.expires);
    repo.add_api_token(&kept, &entry).await?;
    let bytes = Zeroizing::new([&id[..], &secret[..]].concat());
    let text = Zeroizing::new(format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(&*bytes)));
    Ok((text, kept))
}

/// Takes a token away. False when there is none.
///
/// # Errors
/// The database.
pub async fn drop_api_token(repo: &dyn Repo, actor: &Actor, id: [u8; 8], now: Timestamp) -> Result<bool, RepoError> {
    let entry = Entry::new(now, actor, Deed::ApiTokenRevoke, hex::encode(id));
    repo.drop_api_token(id, &entry).await
}

/// Id and secret of a token's text.
pub(super) fn parts(text: &str) -> Option<([u8; ID], Zeroizing<[u8; SECRET]>)> {
    let bytes = Zeroizing::new(URL_SAFE_NO_PAD.decode(text.strip_prefix(PREFIX)?).ok()?);
    let (id, secret) = bytes.split_first_chunk::<ID>()?;
    Some((*id, Zeroizing::new(secret.try_into().ok()?)))
}
