//! What people change about accounts.

use super::codes::{CodesError, Enrolled};
use super::password::{HashError, LONGEST, SHORTEST};
use super::sessions::here_since;
use super::table::{Changed, NewAccount};
use super::{Access, Role};
use crate::clock;
use crate::journal::{Actor, Deed, Entry};
use crate::repo::{Repo, RepoError};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use weir_model::Timestamp;
use zeroize::Zeroizing;

/// A change to an account was not made.
#[derive(Debug, thiserror::Error)]
pub enum AccountError {
    /// The name.
    #[error(transparent)]
    Name(#[from] NameError),
    /// There is one already.
    #[error("there is an account of that name")]
    Taken,
    /// There is none.
    #[error("there is no such account, or nothing to change about it")]
    Unknown,
    /// Nobody could undo it.
    #[error("it is the last administrator who can sign in")]
    LastAdmin,
    /// The new password.
    #[error("a password has {SHORTEST} to {LONGEST} characters, and is another than before")]
    Password,
    /// The password or code that was to prove who asks.
    #[error("the password or the code is wrong")]
    Proof,
    /// Hashing.
    #[error(transparent)]
    Hash(#[from] HashError),
    /// The code generator.
    #[error(transparent)]
    Codes(#[from] CodesError),
    /// The system.
    #[error(transparent)]
    Randomness(#[from] clock::NoRandomness),
    /// The database.
    #[error(transparent)]
    Repo(#[from] RepoError),
}

/// The name of an account is none.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("a name has 1 to 64 of the letters a to z, digits, and `.`, `_`, `@`, `-`")]
pub struct NameError;

/// The name, in lower case.
///
/// # Errors
/// Other letters, or too many: names stand in URLs, and must not look like one another.
pub fn valid_name(name: &str) -> Result<String, NameError> {
    let name = name.to_ascii_lowercase();
    let letter = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"._@-".contains(&byte);
    match (1..=64).contains(&name.len()) && name.bytes().all(letter) {
        true => Ok(name),
        false => Err(NameError),
    }
}

/// A password that nobody can guess, for one use.
///
/// # Errors
/// The system.
pub fn new_password() -> Result<Zeroizing<String>, clock::NoRandomness> {
    Ok(Zeroizing::new(URL_SAFE_NO_PAD.encode(clock::random::<18>()?)))
}

/// Makes an account. Its password must be changed at the first sign-in when it is of one use.
///
/// # Errors
/// Nothing has changed then.
pub async fn create_account(
    repo: &dyn Repo,
    access: &Access,
    actor: &Actor,
    (name, role): (&str, Role),
    (password, one_time): (Zeroizing<String>, bool),
    now: Timestamp,
) -> Result<(), AccountError> {
    let account = NewAccount {
        name: valid_name(name)?,
        role,
        password: access.passwords.hash(acceptable(password)?).await?,
        one_time,
        subject: None,
        created: now,
    };
    let entry = Entry::new(now, actor, Deed::AccountCreate, &account.name).with("role", role);
    match repo.add_account(&account, &entry).await? {
        true => Ok(()),
        false => Err(AccountError::Taken),
    }
}

/// Gives a one-time password, which comes back, and takes the code generator away.
///
/// # Errors
/// Nothing has changed then.
pub async fn reset_account(
    repo: &dyn Repo,
    access: &Access,
    actor: &Actor,
    name: &str,
    now: Timestamp,
) -> Result<Zeroizing<String>, AccountError> {
    let password = new_password()?;
    let hash = access.passwords.hash(password.clone()).await?;
    let entry = Entry::new(now, actor, Deed::AccountReset, name);
    match repo.set_password(name, (&hash, true), None, &entry).await? {
        true => Ok(password),
        false => Err(AccountError::Unknown),
    }
}

/// Gives another role.
///
/// # Errors
/// Nothing has changed then.
pub async fn set_role(
    repo: &dyn Repo,
    actor: &Actor,
    name: &str,
    role: Role,
    now: Timestamp,
) -> Result<(), AccountError> {
    let entry = Entry::new(now, actor, Deed::AccountRole, name).with("role", role);
    changed(repo.set_role(name, role, here_since(now), &entry).await?)
}

/// Lets it sign in no more, or again.
///
/// # Errors
/// Nothing has changed then.
pub async fn set_disabled(
    repo: &dyn Repo,
    actor: &Actor,
    name: &str,
    disabled: bool,
    now: Timestamp,
) -> Result<(), AccountError> {
    let (deed, since) = match disabled {
        true => (Deed::AccountDisable, Some(now)),
        false => (Deed::AccountEnable, None),
    };
    let entry = Entry::new(now, actor, deed, name);
    changed(repo.set_disabled(name, since, here_since(now), &entry).await?)
}

const fn changed(changed: Changed) -> Result<(), AccountError> {
    match changed {
        Changed::Yes => Ok(()),
        Changed::No => Err(AccountError::Unknown),
        Changed::LastAdmin => Err(AccountError::LastAdmin),
    }
}

/// Changes somebody's own password, and ends all their sessions. Gives the password as it is kept from now on.
///
/// # Errors
/// Nothing has changed then.
pub async fn change_password(
    repo: &dyn Repo,
    access: &Access,
    name: &str,
    (old, new): (Zeroizing<String>, Zeroizing<String>),
    now: Timestamp,
) -> Result<String, AccountError> {
    if old == new {
        return Err(AccountError::Password);
    }
    let new = acceptable(new)?;
    let verified = prove(repo, access, name, old).await?;
    let hash = access.passwords.hash(new).await?;
    let entry = Entry::new(now, &Actor::Account(name.to_owned()), Deed::PasswordChange, name);
    // Where it was reset meanwhile, whoever asks knows a password that is none any more.
    match repo.set_password(name, (&hash, false), Some(&verified), &entry).await? {
        true => Ok(hash),
        false => Err(AccountError::Proof),
    }
}

/// A code generator for this account, pending until its first code was shown.
///
/// # Errors
/// Nothing has changed then.
pub async fn new_codes(
    repo: &dyn Repo,
    access: &Access,
    name: &str,
    password: Zeroizing<String>,
) -> Result<Enrolled, AccountError> {
    prove(repo, access, name, password).await?;
    let enrolled = access.codes.enrol(name)?;
    repo.set_pending_codes(name, &enrolled.sealed).await?;
    Ok(enrolled)
}

/// The pending code generator of this account shows this code: it is in use from now on.
///
/// # Errors
/// Nothing has changed then.
pub async fn turn_codes_on(
    repo: &dyn Repo,
    access: &Access,
    name: &str,
    code: &str,
    now: Timestamp,
) -> Result<(), AccountError> {
    let known = repo.credentials(name).await?.ok_or(AccountError::Unknown)?;
    let pending = known.pending.as_deref().ok_or(AccountError::Unknown)?;
    let step = access
        .codes
        .step(&known, pending, code, now)
        .ok_or(AccountError::Proof)?;
    let entry = Entry::new(now, &Actor::Account(name.to_owned()), Deed::CodesOn, name);
    match repo.confirm_codes(name, step, &entry).await? {
        true => Ok(()),
        false => Err(AccountError::Proof),
    }
}

/// Takes somebody's own code generator away.
///
/// # Errors
/// Nothing has changed then.
pub async fn turn_codes_off(
    repo: &dyn Repo,
    access: &Access,
    name: &str,
    password: Zeroizing<String>,
    now: Timestamp,
) -> Result<(), AccountError> {
    prove(repo, access, name, password).await?;
    let entry = Entry::new(now, &Actor::Account(name.to_owned()), Deed::CodesOff, name);
    match repo.drop_codes(name, &entry).await? {
        true => Ok(()),
        false => Err(AccountError::Unknown),
    }
}

/// Whoever sits at an open session is its owner. Gives the password as it is kept.
async fn prove(
    repo: &dyn Repo,
    access: &Access,
    name: &str,
    password: Zeroizing<String>,
) -> Result<String, AccountError> {
    let known = repo.credentials(name).await?.map(|known| known.password);
    let right = access.passwords.verify(password, known.clone()).await?;
    known.filter(|_| right).ok_or(AccountError::Proof)
}

fn acceptable(password: Zeroizing<String>) -> Result<Zeroizing<String>, AccountError> {
    match (SHORTEST..=LONGEST).contains(&password.chars().count()) {
        true => Ok(password),
        false => Err(AccountError::Password),
    }
}

#[cfg(test)]
mod tests {
    use super::valid_name;

    #[test]
    fn names_do_not_look_like_one_another() {
        assert_eq!(valid_name("Ada.L@weir.example").as_deref(), Ok("ada.l@weir.example"));
        for name in ["", "a b", "аda", "a/b", "a\0", &"a".repeat(65)] {
            assert!(valid_name(name).is_err(), "{name}");
        }
    }
}
