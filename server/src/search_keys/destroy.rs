//! Taking keys away: for all devices, or for one and for no other.

use super::{Organisation, SearchKeyError};
use crate::repo::Repo;
use aws_lc_rs::hmac;
use std::collections::HashSet;
use weir_bundle::SigningKey;
use weir_fleet::{DestroyedKey, DeviceId};
use zeroize::Zeroizing;

/// Which keys.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Scope {
    /// The one of this number; all there are, where none is named.
    pub number: Option<u32>,
    /// Of this device alone; of all devices, where none is named.
    pub device: Option<DeviceId>,
}

/// The key of one device, under its pad. No `Debug`.
pub struct Sealed {
    /// Which of its keys.
    pub number: u32,
    /// Whose.
    pub device: DeviceId,
    /// The key, xored with the pad.
    pub sealed: [u8; 32],
}

/// What is to be destroyed, and what is kept of it for others. No `Debug`.
pub struct Destruction {
    /// Of this device alone.
    pub device: Option<DeviceId>,
    /// Which keys.
    pub keys: Vec<DestroyedKey>,
    /// Numbers of those whose seed goes, so that the keys of others must be kept one by one.
    pub(super) apart: HashSet<u32>,
    /// Those.
    pub(super) others: Vec<Sealed>,
}

impl Destruction {
    /// Whether this device's key of this number is among them.
    #[must_use]
    pub fn takes(&self, device: DeviceId, number: u32) -> bool {
        self.device.is_none_or(|taken| taken == device) && self.keys.iter().any(|key| key.number == number)
    }

    /// Numbers of the keys.
    #[must_use]
    pub fn numbers(&self) -> Vec<u32> {
        self.keys.iter().map(|key| key.number).collect()
    }
}

/// What there is to be destroyed; `None` where nothing is left of it. It is not carried out any more once another device has enrolled
/// whose key would go with the seed.
///
/// # Errors
/// Keys cannot be read.
pub async fn destruction(
    repo: &dyn Repo,
    receipt: &SigningKey,
    scope: Scope,
) -> Result<Option<Destruction>, SearchKeyError> {
    let pads = Pads::of(receipt)?;
    // Before those of single devices: a key that others take apart in between is there, and not one that never was.
    let keys = repo.search_keys().await?;
    let sealed = repo.sealed_search_keys().await?;
    let sealed: HashSet<(u32, DeviceId)> = sealed.iter().map(|one| (one.number, one.device)).collect();
    let devices = match scope.device {
        Some(_) => repo.search_key_devices().await?,
        None => Vec::new(),
    };
    if scope.device.is_some_and(|device| !devices.contains(&device)) {
        return Ok(None);
    }
    let mut destroyed = Destruction {
        device: scope.device,
        keys: Vec::new(),
        apart: HashSet::new(),
        others: Vec::new(),
    };
    for kept in keys {
        let (number, made) = (kept.number, kept.made);
        if kept.destroyed.is_some() || scope.number.is_some_and(|wanted| wanted != number) {
            continue;
        }
        let organisation = Organisation::of(&kept, receipt)?;
        match (scope.device, organisation) {
            (Some(device), None) if !sealed.contains(&(number, device)) => continue,
            (Some(device), Some(organisation)) => {
                destroyed.apart.insert(number);
                let others = devices.iter().filter(|other| **other != device);
                let kept = others.map(|other| pads.seal(number, *other, &organisation.bytes(*other)));
                destroyed.others.extend(kept);
            }
            (Some(_) | None, _) => {}
        }
        destroyed.keys.push(DestroyedKey { number, made });
    }
    Ok(Some(destroyed).filter(|destroyed| !destroyed.keys.is_empty()))
}

/// Pads for the keys of single devices. Each covers one key, which is as long, so that whoever has the database alone has nothing.
/// No `Debug`.
pub(super) struct Pads(hmac::Key);

impl Pads {
    pub(super) fn of(receipt: &SigningKey) -> Result<Self, SearchKeyError> {
        let secret = Zeroizing::new(receipt.to_pem()?);
        Ok(Self(hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes())))
    }

    fn seal(&self, number: u32, device: DeviceId, key: &[u8; 32]) -> Sealed {
        Sealed {
            number,
            device,
            sealed: self.xored(number, device, key),
        }
    }

    pub(super) fn open(&self, sealed: &Sealed) -> Zeroizing<[u8; 32]> {
        Zeroizing::new(self.xored(sealed.number, sealed.device, &sealed.sealed))
    }

    fn xored(&self, number: u32, device: DeviceId, bytes: &[u8; 32]) -> [u8; 32] {
        let mut context = hmac::Context::with_key(&self.0);
        context.update(b"weir device search key v1\n");
        context.update(&number.to_be_bytes());
        context.update(device.as_bytes());
        let pad = context.sign();
        // Both have 32 bytes.
        let mut xored = *bytes;
        for (byte, pad) in xored.iter_mut().zip(pad.as_ref()) {
            *byte ^= pad;
        }
        xored
    }
}
