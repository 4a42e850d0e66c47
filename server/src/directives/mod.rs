//! Directives: what administrators order all devices to do at once, beside policy.
//!
//! The server signs what closes with a key of its own; what opens is signed by people, and the server hands it on. Devices
//! judge both (`weir-bundle`): a server that is stolen can close, and cannot open.

mod routes;
mod table;

pub use routes::order;
pub use table::{Acknowledged, Given, OrderTable};

use crate::journal::{Actor, Deed, Entry};
use crate::repo::{Notice, Repo, RepoError};
use weir_bundle::{Directive, Order, OrderRefused, OrderTrust, SealError, SigningKey, Trust, seal_order, verify_order};
use weir_model::Timestamp;

/// What an administrator wants.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// For this group; `None` for all devices.
    pub group: Option<String>,
    /// What is to be done.
    pub directive: Directive,
    /// Why, for the people who are concerned.
    pub reason: String,
    /// Until when.
    pub expires: Timestamp,
}

/// Why no directive was given. Nothing has changed then.
#[derive(Debug, thiserror::Error)]
pub enum GiveError {
    /// The server alone may not order this.
    #[error("to suspend, people sign: `weir policy order`, then `weir-server directive publish`")]
    Opens,
    /// No device would carry it out.
    #[error(transparent)]
    Refused(#[from] OrderRefused),
    /// It cannot be signed.
    #[error("the directive cannot be signed")]
    Seal(#[from] SealError),
    /// Others gave directives at the same time, again and again.
    #[error("another directive with its number {0}, or a higher one, was given at the same time")]
    Taken(u64),
    /// The database.
    #[error(transparent)]
    Repo(#[from] RepoError),
}

/// Another administrator may give one at the same time.
const ATTEMPTS: usize = 5;

/// Signs a directive that closes, or takes back what was closed, and tells all nodes.
///
/// # Errors
/// Nothing has changed then.
pub async fn give(
    repo: &dyn Repo,
    actor: &Actor,
    key: &SigningKey,
    wanted: &Wanted,
    now: Timestamp,
) -> Result<Order, GiveError> {
    if wanted.directive.suspends() {
        return Err(GiveError::Opens);
    }
    let trust = closing(key);
    let mut epoch = 0;
    for _ in 0..ATTEMPTS {
        let last = repo.last_epoch().await?;
        epoch = last + 1;
        let order = Order {
            epoch,
            group: wanted.group.clone(),
            directive: wanted.directive.clone(),
            reason: wanted.reason.clone(),
            issued: now,
            expires: wanted.expires,
        };
        let signed = seal_order(&order, &[key])?;
        // As every device does: one that is longer than any would be told to all of them, and carried out by none.
        verify_order(&signed, &trust, None, last, now)?;
        if keep(repo, actor, &order, &signed, now).await? {
            return Ok(order);
        }
    }
    Err(GiveError::Taken(epoch))
}

/// Who may order what closes: whose key this is.
fn closing(key: &SigningKey) -> OrderTrust {
    let of = |keys| Trust { keys, threshold: 1 };
    OrderTrust {
        server: of(vec![key.public()]),
        people: of(Vec::new()),
    }
}

/// Hands on a directive that people signed.
///
/// # Errors
/// No device would carry it out, or another one has its number or a higher one.
pub async fn publish(
    repo: &dyn Repo,
    actor: &Actor,
    signed: &[u8],
    trust: &OrderTrust,
    now: Timestamp,
) -> Result<Order, GiveError> {
    let order = verify_order(signed, trust, None, repo.last_epoch().await?, now)?;
    match keep(repo, actor, &order, signed, now).await? {
        true => Ok(order),
        false => Err(GiveError::Taken(order.epoch)),
    }
}

async fn keep(repo: &dyn Repo, actor: &Actor, order: &Order, signed: &[u8], now: Timestamp) -> Result<bool, RepoError> {
    let entry = Entry::new(now, actor, Deed::DirectiveGive, order.epoch)
        .with("directive", &order.directive)
        .with("group", &order.group)
        .with("reason", &order.reason)
        .with("expires", order.expires);
    let kept = repo.add_order(order, signed, now, &entry).await?;
    if kept {
        repo.notify(Notice::Order).await?;
    }
    Ok(kept)
}
