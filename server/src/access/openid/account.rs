//! The account of somebody whom the provider knows.

use super::provider::Person;
use crate::access::sessions::here_since;
use crate::access::{Account, Changed, NewAccount};
use crate::journal::{Actor, Deed, Entry};
use crate::repo::{Repo, RepoError};
use weir_model::Timestamp;

/// They are known, and do not come in.
#[derive(Debug, thiserror::Error)]
pub enum ArriveError {
    /// The name belongs to somebody else: to a password, or to another of the provider's people.
    #[error("there is an account of that name, and it is not theirs")]
    Taken,
    /// Somebody has closed it.
    #[error("the account is disabled")]
    Disabled,
    /// Nobody could administer any more.
    #[error("it is the last administrator, and its groups make it something else")]
    LastAdmin,
    /// The database.
    #[error(transparent)]
    Repo(#[from] RepoError),
}

/// Finds or makes the account of a person, with the role that the provider's groups give now.
///
/// # Errors
/// Nobody is signed in then.
pub async fn arrive(repo: &dyn Repo, person: &Person, now: Timestamp) -> Result<Account, ArriveError> {
    let account = match repo.account_of(&person.subject).await? {
        Some(account) => account,
        None => made(repo, person, now).await?,
    };
    if account.disabled.is_some() {
        return Err(ArriveError::Disabled);
    }
    repo.arrived(&account.name, now).await?;
    if account.role == person.role {
        return Ok(account);
    }
    let entry = Entry::new(now, &Actor::Server, Deed::AccountRole, &account.name).with("role", person.role);
    let here = here_since(now);
    match repo.set_role(&account.name, person.role, here, &entry).await? {
        Changed::LastAdmin => Err(ArriveError::LastAdmin),
        Changed::Yes | Changed::No => Ok(Account {
            role: person.role,
            ..account
        }),
    }
}

async fn made(repo: &dyn Repo, person: &Person, now: Timestamp) -> Result<Account, ArriveError> {
    let new = NewAccount {
        name: person.name.clone(),
        role: person.role,
        // No password is ever this one's.
        password: String::new(),
        one_time: false,
        subject: Some(person.subject.clone()),
        created: now,
    };
    let entry = Entry::new(now, &Actor::Server, Deed::AccountCreate, &new.name).with("role", new.role);
    if !repo.add_account(&new, &entry).await? {
        // Two browsers of one person may come at the same time.
        return repo.account_of(&person.subject).await?.ok_or(ArriveError::Taken);
    }
    repo.account_of(&person.subject).await?.ok_or(ArriveError::Taken)
}
