//! Who reads the log: its hashes say nothing to who has not the entries, and entries name devices.

use crate::access::{Caller, Permission, of_cookie, of_token};
use crate::api::{Problem, bearer, cookie};
use crate::clock;
use crate::net::Peer;
use crate::run::Fleet;
use axum::extract::FromRequestParts;
use http::request::Parts;
use std::sync::Arc;

/// A device that is served, or somebody who may read the journal: they see checkpoints and hashes.
pub(crate) struct Reader;

/// Somebody who may read the journal: they see entries as well.
pub(crate) struct Auditor;

impl FromRequestParts<Arc<Fleet>> for Reader {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, fleet: &Arc<Fleet>) -> Result<Self, Problem> {
        match parts.extensions.get::<Peer>().and_then(|peer| peer.0) {
            Some(device) => match fleet.roll.group(device).await? {
                Some(_) => Ok(Self),
                None => Err(Problem::forbidden("the server does not know this device")),
            },
            None => auditor(parts, fleet).await.map(|_| Self),
        }
    }
}

impl FromRequestParts<Arc<Fleet>> for Auditor {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, fleet: &Arc<Fleet>) -> Result<Self, Problem> {
        match parts.extensions.get::<Peer>().and_then(|peer| peer.0) {
            Some(_) => Err(Problem::forbidden("entries name other devices")),
            None => auditor(parts, fleet).await.map(|_| Self),
        }
    }
}

async fn auditor(parts: &Parts, fleet: &Fleet) -> Result<Caller, Problem> {
    let (repo, now) = (&*fleet.repo, clock::now());
    let caller = match (bearer(&parts.headers), cookie(&parts.headers)) {
        (Some(token), None) => of_token(repo, token, now).await?,
        (None, Some(cookie)) => of_cookie(repo, cookie, now).await?,
        (None, None) => return Err(Problem::sign_in()),
        (Some(_), Some(_)) => return Err(Problem::two_callers()),
    };
    let has_password_of_its_own = caller.account.as_ref().is_none_or(|account| !account.one_time);
    match has_password_of_its_own && caller.role.may(Permission::JournalRead) {
        true => Ok(caller),
        false => Err(Problem::forbidden("the log is for those who may read the journal")),
    }
}
