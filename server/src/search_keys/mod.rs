//! Keys by which values can be searched for in records, without a record ever having had one.
//!
//! ```text
//! receipt key + seed of the database ─▶ key of the organisation ─▶ key of each device ─▶ fingerprints in its records
//! ```
//!
//! Neither the database nor the folder of keys is enough to make one. A device gets its own key and no other, so that a laptop
//! in wrong hands gives away what its own records are about and not what others' are. Whoever has the server's keys *and* the
//! database can try values they can think of: that is what a search is. Destroying a seed ends that, for all records that
//! were made with it. Where it is to end for one device alone, the keys of all others are kept in the seed's place, each under a pad
//! that the database cannot make either.

mod destroy;
mod routes;
mod table;

pub use destroy::{Destruction, Scope, Sealed, destruction};
pub use routes::search_key;
pub use table::SearchKeyTable;

use crate::clock::{self, NoRandomness};
use crate::journal::{Actor, Deed, Entry};
use crate::repo::{Repo, RepoError};
use aws_lc_rs::hmac;
use destroy::Pads;
use std::collections::HashMap;
use std::collections::hash_map::Entry::{Occupied, Vacant};
use weir_bundle::{KeyError, SigningKey};
use weir_engine::FingerprintKey;
use weir_fleet::{DeviceId, SearchKey};
use weir_model::Timestamp;
use zeroize::Zeroizing;

/// A key as it is kept. No `Debug`.
pub struct Seed {
    /// From 1.
    pub number: u32,
    /// What it is made from; `None` where it was destroyed, for all devices or for some.
    pub seed: Option<Zeroizing<[u8; 32]>>,
    /// When it was made.
    pub made: Timestamp,
    /// When it was destroyed for all devices.
    pub destroyed: Option<Timestamp>,
}

impl Seed {
    /// True where it was destroyed for some devices, and the keys of the others are kept one by one.
    #[must_use]
    pub const fn is_apart(&self) -> bool {
        self.seed.is_none() && self.destroyed.is_none()
    }
}

/// There is no key to search by.
#[derive(Debug, thiserror::Error)]
pub enum SearchKeyError {
    /// The server's own key cannot be used.
    #[error("the receipt key cannot be used")]
    Key(#[from] KeyError),
    /// None could be made.
    #[error(transparent)]
    Randomness(#[from] NoRandomness),
    /// The database.
    #[error(transparent)]
    Repo(#[from] RepoError),
}

/// The newest key; another is made where there is none, or it was destroyed, for all devices or for some. An older one never takes
/// its place: what is written from now on would be found by a key whose time was over.
///
/// # Errors
/// There is none then: devices make fingerprints with keys of their own meanwhile.
pub async fn newest(repo: &dyn Repo, receipt: &SigningKey, now: Timestamp) -> Result<Organisation, SearchKeyError> {
    loop {
        let kept = repo.search_keys().await?;
        if let Some(last) = kept.last()
            && let Some(key) = Organisation::of(last, receipt)?
        {
            return Ok(key);
        }
        // Another node may make the same one at the same time: that of one of the two is kept, and both look again.
        add_behind(repo, &Actor::Server, kept.last(), now).await?;
    }
}

/// Makes another key; devices take it up when they ask next. Gives its number.
///
/// # Errors
/// The one before stays the newest.
pub async fn make(repo: &dyn Repo, actor: &Actor, now: Timestamp) -> Result<u32, SearchKeyError> {
    loop {
        let kept = repo.search_keys().await?;
        if let Some(number) = add_behind(repo, actor, kept.last(), now).await? {
            return Ok(number);
        }
    }
}

/// `None` where somebody else has made the next one.
async fn add_behind(
    repo: &dyn Repo,
    actor: &Actor,
    last: Option<&Seed>,
    now: Timestamp,
) -> Result<Option<u32>, SearchKeyError> {
    let number = last.map_or(1, |last| last.number + 1);
    let seed = Zeroizing::new(clock::random()?);
    let entry = Entry::new(now, actor, Deed::SearchKeyMake, number);
    let is_added = repo.add_search_key(number, &seed, now, &entry).await?;
    Ok(is_added.then_some(number))
}

/// A key of the organisation: those of devices are made from it. No `Debug`.
pub struct Organisation {
    number: u32,
    key: hmac::Key,
}

impl Organisation {
    /// `None` where it was destroyed.
    fn of(kept: &Seed, receipt: &SigningKey) -> Result<Option<Self>, SearchKeyError> {
        let Some(seed) = &kept.seed else { return Ok(None) };
        let secret = Zeroizing::new(receipt.to_pem()?);
        let secret = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
        let mut context = hmac::Context::with_key(&secret);
        context.update(b"weir search key v1\n");
        context.update(&**seed);
        Ok(Some(Self {
            number: kept.number,
            key: hmac::Key::new(hmac::HMAC_SHA256, context.sign().as_ref()),
        }))
    }

    /// What a device makes fingerprints with.
    #[must_use]
    pub fn device(&self, device: DeviceId) -> SearchKey {
        SearchKey::new(self.number, &self.bytes(device))
    }

    fn bytes(&self, device: DeviceId) -> [u8; 32] {
        let tag = hmac::sign(&self.key, device.as_bytes());
        let mut bytes = [0; 32];
        // HMAC-SHA-256 has 32 bytes.
        bytes.copy_from_slice(tag.as_ref());
        bytes
    }
}

/// All keys there are, to search with. No `Debug`.
pub struct Searching {
    organisations: HashMap<u32, Organisation>,
    /// Of devices whose organisation's key was destroyed for others, and of those that were asked for.
    devices: HashMap<(DeviceId, u32), FingerprintKey>,
}

impl Searching {
    /// With all that were not destroyed.
    ///
    /// # Errors
    /// They cannot be read.
    pub async fn open(repo: &dyn Repo, receipt: &SigningKey) -> Result<Self, SearchKeyError> {
        let mut organisations = HashMap::new();
        // Before those of single devices: of a key that others take apart in between either the seed is here or what it left.
        for kept in repo.search_keys().await? {
            if let Some(key) = Organisation::of(&kept, receipt)? {
                organisations.insert(kept.number, key);
            }
        }
        let pads = Pads::of(receipt)?;
        let sealed = repo.sealed_search_keys().await?.into_iter();
        let opened = sealed.map(|sealed| {
            let key = FingerprintKey::new(&pads.open(&sealed));
            ((sealed.device, sealed.number), key)
        });
        Ok(Self {
            organisations,
            devices: opened.collect(),
        })
    }

    /// What the device made fingerprints with under the key of this number; `None` where that was destroyed.
    pub fn of(&mut self, device: DeviceId, number: u32) -> Option<&FingerprintKey> {
        match self.devices.entry((device, number)) {
            Occupied(known) => Some(known.into_mut()),
            Vacant(unknown) => {
                let organisation = self.organisations.get(&number)?;
                Some(unknown.insert(FingerprintKey::new(&organisation.bytes(device))))
            }
        }
    }
}
