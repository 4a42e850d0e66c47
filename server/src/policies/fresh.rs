//! What is newest, said to devices and signed: so a device knows that nothing newer is kept from it.
//!
//! Each node signs for itself and keeps nothing in the database. A statement lasts three days; what is asked for again within
//! the hour is given again, unless something else is newest by then.

use super::offer::{offered, runs};
use crate::repo::{Repo, RepoError};
use parking_lot::Mutex;
use std::collections::HashMap;
use std::sync::Arc;
use weir_bundle::{Fresh, PublicKey, SealError, SigningKey, inspect_order, seal_fresh};
use weir_fleet::DeviceId;
use weir_model::Timestamp;

/// What this node has said lately.
pub struct Statements {
    key: SigningKey,
    /// By group, and by the bundle that those who are told are to run.
    said: Mutex<HashMap<(String, u64), Said>>,
}

/// A statement, and as it is signed.
type Said = (Fresh, Arc<[u8]>);

/// Nothing could be said.
#[derive(Debug, thiserror::Error)]
pub enum SayError {
    /// The database.
    #[error(transparent)]
    Repo(#[from] RepoError),
    /// It cannot be signed.
    #[error("the statement cannot be signed")]
    Seal(#[from] SealError),
}

const HOUR: i64 = 60 * 60 * 1000;
/// As long as a statement lasts.
const LASTS: i64 = 72 * HOUR;
/// Groups, and stages of roll-outs in them, that are remembered at once.
const MOST: usize = 4096;

impl Statements {
    /// Nothing was said yet.
    #[must_use]
    pub fn new(key: SigningKey) -> Self {
        Self {
            key,
            said: Mutex::default(),
        }
    }

    /// What devices verify them with.
    #[must_use]
    pub fn key(&self) -> PublicKey {
        self.key.public()
    }

    /// What is newest for a device, and what it is to run, signed.
    ///
    /// # Errors
    /// The database, or the key.
    pub async fn say(
        &self,
        repo: &dyn Repo,
        device: DeviceId,
        group: &Arc<str>,
        now: Timestamp,
    ) -> Result<Arc<[u8]>, SayError> {
        let offers = repo.offers(group).await?;
        let newest = offers.first().map(|offer| &offer.published);
        let runs = runs(repo, &offers, device).await?;
        let order = repo.newest_order(group).await?;
        // One whose time is over is not missed by a device that was away.
        let order = order.filter(|given| inspect_order(&given.signed).is_ok_and(|order| order.expires > now));
        self.signed(Fresh {
            group: group.to_string(),
            number: newest.map_or(0, |newest| newest.number),
            digest: newest.map_or_else(String::new, |newest| newest.digest.clone()),
            wanted: offered(&offers, device, group, runs).map_or(0, |published| published.number),
            order: order.map_or(0, |given| given.epoch),
            issued: now,
            expires: now.plus_millis(LASTS),
        })
    }

    fn signed(&self, fresh: Fresh) -> Result<Arc<[u8]>, SayError> {
        let place = (fresh.group.clone(), fresh.wanted);
        let mut said = self.said.lock();
        if let Some((before, bytes)) = said.get(&place)
            && says_the_same(before, &fresh)
        {
            return Ok(Arc::clone(bytes));
        }
        let bytes: Arc<[u8]> = seal_fresh(&fresh, &[&self.key])?.into();
        if said.len() >= MOST {
            said.clear();
        }
        said.insert(place, (fresh, Arc::clone(&bytes)));
        Ok(bytes)
    }
}

/// A clock that was set back makes a new one: what it says would last too long otherwise.
fn says_the_same(before: &Fresh, now: &Fresh) -> bool {
    let age = now.issued.as_millis() - before.issued.as_millis();
    (0..HOUR).contains(&age) && (before.number, &before.digest, before.order) == (now.number, &now.digest, now.order)
}

#[cfg(test)]
mod tests {
    use super::{HOUR, Statements};
    use weir_bundle::{Fresh, FreshTrust, SigningKey, Trust, verify_fresh};
    use weir_model::Timestamp;

    const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);

    fn fresh(number: u64, order: u64, issued: Timestamp) -> Fresh {
        Fresh {
            group: "staff".to_owned(),
            number,
            digest: format!("{number}"),
            wanted: 1,
            order,
            issued,
            expires: issued.plus_millis(72 * HOUR),
        }
    }

    #[test]
    fn a_statement_is_made_anew_when_something_is_newer_or_an_hour_has_passed() {
        let key = || SigningKey::from_seed(&[3; 32]).unwrap();
        let statements = Statements::new(key());
        let trust = FreshTrust {
            trust: Trust {
                keys: vec![key().public()],
                threshold: 1,
            },
            hours: 96,
        };
        let at = |minutes: i64| NOW.plus_millis(minutes * 60_000);
        for (asked, issued) in [
            (fresh(1, 0, at(0)), at(0)),
            (fresh(1, 0, at(59)), at(0)),
            (fresh(1, 0, at(60)), at(60)),
            (fresh(2, 0, at(61)), at(61)),
            (fresh(2, 7, at(62)), at(62)),
            (fresh(2, 7, at(63)), at(62)),
            (fresh(2, 0, at(64)), at(64)),
            (fresh(2, 0, at(-5)), at(-5)),
        ] {
            let bytes = statements.signed(asked.clone()).unwrap();
            let said = verify_fresh(&bytes, &trust, "staff", None, asked.issued).unwrap();
            assert_eq!(said.issued, issued);
            assert_eq!((said.number, said.order), (asked.number, asked.order));
        }
    }
}
