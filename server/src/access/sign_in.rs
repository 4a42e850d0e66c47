//! Signing in. Whatever is wrong, the answer is the same, and as late.

use super::Access;
use super::accounts::valid_name;
use super::password::{HashError, LONGEST};
use super::table::Account;
use crate::journal::{Actor, Deed, Entry};
use crate::repo::{Repo, RepoError};
use std::net::IpAddr;
use std::sync::Arc;
use weir_model::{Timestamp, chain};
use zeroize::Zeroizing;

/// Somebody wants to sign in. No `Debug`.
pub struct Attempt {
    /// As typed. Some type their password here: it goes into no log.
    pub name: String,
    /// As typed.
    pub password: Zeroizing<String>,
    /// As the code generator shows it.
    pub code: Option<String>,
    /// From where.
    pub address: IpAddr,
}

/// Whose name, password and code these are. No `Debug`.
pub struct SignedIn {
    /// The account.
    pub account: Account,
    /// Its password as it is kept. It may be another one by the time that a session begins.
    pub verified: String,
}

/// Nobody is signed in.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// Name, password or code: which of these is not told.
    #[error("the name, the password or the code is wrong")]
    Wrong,
    /// Too many tries.
    #[error("too many tries: again in {seconds} seconds")]
    TooMany {
        /// When there is one again.
        seconds: u32,
    },
    /// Hashing.
    #[error(transparent)]
    Hash(#[from] HashError),
    /// The database.
    #[error(transparent)]
    Repo(#[from] RepoError),
}

/// The account that these are the name, password and code of. A code is used up.
///
/// # Errors
/// Nobody is signed in then. Fails closed.
pub async fn sign_in(
    repo: &Arc<dyn Repo>,
    access: &Access,
    attempt: Attempt,
    now: Timestamp,
) -> Result<SignedIn, Refused> {
    let Attempt {
        name,
        password,
        code,
        address,
    } = attempt;
    let name = valid_name(&name).unwrap_or_default();
    let taken = access.limiter.take(&name, address, now);
    taken.map_err(|seconds| Refused::TooMany { seconds })?;
    let known = repo.credentials(&name).await?;
    let kept = known.as_ref().map(|known| known.password.clone());
    let right = password.len() <= 4 * LONGEST && access.passwords.verify(password, kept).await?;
    let Some(known) = known else {
        return Err(Refused::Wrong);
    };
    let coded = match &known.totp {
        None => right,
        Some(sealed) if right => {
            let step = code.and_then(|code| access.codes.step(&known, sealed, &code, now));
            match step {
                // Two requests with one code: one of them is somebody else's.
                Some(step) => repo.use_step(&name, step).await?,
                None => false,
            }
        }
        Some(_) => false,
    };
    if !coded || known.account.disabled.is_some() {
        enter_refusal(repo, name, address, now);
        return Err(Refused::Wrong);
    }
    access.limiter.give_back(&name, address);
    Ok(SignedIn {
        account: known.account,
        verified: known.password,
    })
}

/// Beside the answer and not before it: a name that is known must not be answered later. The limiter bounds the rows.
fn enter_refusal(repo: &Arc<dyn Repo>, name: String, address: IpAddr, now: Timestamp) {
    let repo = Arc::clone(repo);
    tokio::spawn(async move {
        let actor = Actor::Stranger(address.to_string());
        let entry = Entry::new(now, &actor, Deed::SignInRefused, name);
        if let Err(error) = repo.note(&entry).await {
            tracing::error!(error = chain(&error), "a refused sign-in was not entered");
        }
    });
}
