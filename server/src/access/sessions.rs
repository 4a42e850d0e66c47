//! Who asks: by a session's cookie or an API token.

use super::roles::Role;
use super::table::{Account, NewSession};
use crate::clock;
use crate::journal::{Actor, Deed, Entry};
use crate::repo::{Repo, RepoError};
use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use weir_model::Timestamp;
use zeroize::Zeroizing;

/// A session that is not used ends after this many milliseconds.
pub const IDLE: i64 = 30 * 60_000;
/// And every session after this many.
pub const ABSOLUTE: i64 = 12 * 3_600_000;
/// So long after a provider said who somebody is their tokens count, and they do as an administrator.
const AWAY: i64 = 30 * 86_400_000;
/// Being used is remembered this seldom: reading must not make the database write.
const TOUCH: i64 = 60_000;

/// Who asks, and what they may do.
#[derive(Clone, Debug)]
pub struct Caller {
    /// For the journal.
    pub actor: Actor,
    /// What they may do.
    pub role: Role,
    /// The person behind it: who signed in, or made the token.
    pub person: String,
    /// The account itself; `None` for programs.
    pub account: Option<Account>,
    /// The session; `None` for programs.
    pub session: Option<[u8; 32]>,
}

/// It is not known who asks.
#[derive(Debug, thiserror::Error)]
pub enum Unknown {
    /// No session or token, or none any more.
    #[error("nobody is signed in")]
    Nobody,
    /// The database.
    #[error(transparent)]
    Repo(#[from] RepoError),
}

/// Begins a session, which replaces the one the browser had: nobody can choose another's cookie beforehand. Gives the
/// cookie. It begins only where the kept password that was verified, if one was, is the account's still.
///
/// # Errors
/// There is no session then.
pub async fn open_session(
    repo: &dyn Repo,
    (account, verified): (&str, Option<&str>),
    replaced: Option<&str>,
    now: Timestamp,
) -> Result<Zeroizing<String>, OpenError> {
    let cookie = Zeroizing::new(URL_SAFE_NO_PAD.encode(clock::random::<32>()?));
    let session = NewSession {
        digest: digest_of(&cookie),
        account: account.to_owned(),
        verified: verified.map(str::to_owned),
        created: now,
        expires: now.plus_millis(ABSOLUTE),
    };
    let entry = Entry::new(now, &Actor::Account(account.to_owned()), Deed::SignIn, account);
    match repo.add_session(&session, replaced.map(digest_of), &entry).await? {
        true => Ok(cookie),
        false => Err(OpenError::Changed),
    }
}

/// There is no session.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Somebody has disabled it, or given it another password.
    #[error("the account was changed meanwhile")]
    Changed,
    /// The system.
    #[error(transparent)]
    Randomness(#[from] clock::NoRandomness),
    /// The database.
    #[error(transparent)]
    Repo(#[from] RepoError),
}

/// Whose session this cookie is.
///
/// # Errors
/// Nobody's.
pub async fn of_cookie(repo: &dyn Repo, cookie: &str, now: Timestamp) -> Result<Caller, Unknown> {
    let digest = digest_of(cookie);
    let session = repo.session(digest, now, now.plus_millis(-IDLE)).await?;
    let session = session.ok_or(Unknown::Nobody)?;
    if now.as_millis() - session.seen.as_millis() > TOUCH {
        repo.touch_session(digest, now).await?;
    }
    Ok(Caller {
        actor: Actor::Account(session.account.name.clone()),
        role: session.account.role,
        person: session.account.name.clone(),
        account: Some(session.account),
        session: Some(digest),
    })
}

/// Whom a provider has not named since may have left.
pub(super) const fn here_since(now: Timestamp) -> Timestamp {
    now.plus_millis(-AWAY)
}

/// Whether an account may still do what its tokens do. Where a provider says who somebody is, it says so when they sign in: who has left does
/// not, and nobody tells us.
fn is_here(account: &Account, now: Timestamp) -> bool {
    let lately = |arrived: Timestamp| arrived >= here_since(now);
    account.disabled.is_none() && (!account.by_provider || account.arrived.is_some_and(lately))
}

/// Whose token this is. It is worth nothing when the account that made it may not sign in, or may do less than it, and while a provider that
/// says who it is has not done so for thirty days.
///
/// # Errors
/// Nobody's.
pub async fn of_token(repo: &dyn Repo, text: &str, now: Timestamp) -> Result<Caller, Unknown> {
    let (id, secret) = super::api_tokens::parts(text).ok_or(Unknown::Nobody)?;
    let token = repo.api_token(id).await?.ok_or(Unknown::Nobody)?;
    let right = verify_slices_are_equal(digest(&SHA256, &secret[..]).as_ref(), &token.digest).is_ok();
    if !right || token.expires <= now {
        return Err(Unknown::Nobody);
    }
    if let Some(owner) = &token.account {
        let owner = repo.account(owner).await?.filter(|owner| is_here(owner, now));
        if !owner.is_some_and(|owner| owner.role.covers(token.role)) {
            return Err(Unknown::Nobody);
        }
    }
    let idle = |used: Timestamp| now.as_millis() - used.as_millis() > TOUCH;
    if token.used.is_none_or(idle) {
        repo.touch_api_token(id, now).await?;
    }
    let actor = Actor::Token {
        id: hex::encode(id),
        name: token.name,
    };
    Ok(Caller {
        // Of tokens of versions before, who made them on the command line is not known: they stand for themselves.
        person: token.made_by.or(token.account).unwrap_or_else(|| actor.to_string()),
        actor,
        role: token.role,
        account: None,
        session: None,
    })
}

fn digest_of(cookie: &str) -> [u8; 32] {
    let mut out = [0; 32];
    // A SHA-256 has 32 bytes.
    out.copy_from_slice(digest(&SHA256, cookie.as_bytes()).as_ref());
    out
}
