//! How often a sign-in may be tried: by account and by address.
//!
//! Kept in this node's memory and not in the database: strangers must not be able to make the database write, and with N
//! nodes there are N times the tries, which is still few. A restart forgives everybody, and nobody outside can cause one.

use parking_lot::Mutex;
use std::hash::{BuildHasher, RandomState};
use std::net::IpAddr;
use weir_model::Timestamp;

/// Buckets of tries that fill up again. A key falls into one of a fixed number of buckets by a hash that nobody outside can
/// foretell: memory does not grow, and no bucket is emptied by filling others.
pub struct Limiter {
    hash: RandomState,
    accounts: Mutex<Box<[Bucket]>>,
    addresses: Mutex<Box<[Bucket]>>,
}

#[derive(Clone, Copy, Default)]
struct Bucket {
    /// Tries taken and not yet given back.
    taken: f32,
    /// Milliseconds since 1970, when that was so.
    at: i64,
}

const BUCKETS: usize = 1 << 14;
/// Wrong passwords in a row; then one each minute and a half.
const ACCOUNT: Rate = Rate {
    tries: 10.0,
    each_millis: 90_000.0,
};
/// An office may stand behind one address.
const ADDRESS: Rate = Rate {
    tries: 30.0,
    each_millis: 30_000.0,
};

struct Rate {
    tries: f32,
    each_millis: f32,
}

impl Default for Limiter {
    fn default() -> Self {
        let buckets = || Mutex::new(vec![Bucket::default(); BUCKETS].into_boxed_slice());
        Self {
            hash: RandomState::new(),
            accounts: buckets(),
            addresses: buckets(),
        }
    }
}

impl Limiter {
    /// Takes a try for this account from this address.
    ///
    /// # Errors
    /// In how many seconds there is one again.
    pub fn take(&self, account: &str, address: IpAddr, now: Timestamp) -> Result<(), u32> {
        take(&self.addresses, self.place(&network(address)), &ADDRESS, now)?;
        take(&self.accounts, self.place(account), &ACCOUNT, now)
    }

    /// Gives the tries back: it was no mistake.
    pub fn give_back(&self, account: &str, address: IpAddr) {
        for (buckets, place) in [
            (&self.addresses, self.place(&network(address))),
            (&self.accounts, self.place(account)),
        ] {
            if let Some(bucket) = buckets.lock().get_mut(place) {
                bucket.taken = (bucket.taken - 1.0).max(0.0);
            }
        }
    }

    fn place(&self, key: &str) -> usize {
        // The remainder is below the number of buckets.
        usize::try_from(self.hash.hash_one(key) % BUCKETS as u64).unwrap_or_default()
    }
}

#[allow(
    clippy::cast_precision_loss,
    reason = "milliseconds since the last try, not since 1970"
)]
#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "seconds to wait are few"
)]
fn take(buckets: &Mutex<Box<[Bucket]>>, place: usize, rate: &Rate, now: Timestamp) -> Result<(), u32> {
    let mut buckets = buckets.lock();
    let Some(bucket) = buckets.get_mut(place) else {
        return Ok(());
    };
    let now = now.as_millis();
    // A clock that was set back gives nothing.
    let passed = now.saturating_sub(bucket.at).max(0) as f32;
    bucket.taken = (bucket.taken - passed / rate.each_millis).max(0.0);
    bucket.at = now;
    if bucket.taken + 1.0 > rate.tries {
        let missing = bucket.taken + 1.0 - rate.tries;
        return Err((missing * rate.each_millis / 1000.0).ceil() as u32);
    }
    bucket.taken += 1.0;
    Ok(())
}

/// Whoever has one address of IPv6 has a whole network of them.
fn network(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Limiter;
    use std::net::IpAddr;
    use weir_model::Timestamp;

    const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);

    fn address(last: u8) -> IpAddr {
        IpAddr::from([192, 0, 2, last])
    }

    #[test]
    fn an_account_has_ten_tries_from_anywhere_and_gets_them_back_slowly() {
        let limiter = Limiter::default();
        for n in 0..10 {
            assert_eq!(limiter.take("ada", address(n), NOW), Ok(()));
        }
        assert_eq!(limiter.take("ada", address(99), NOW), Err(90));
        assert_eq!(limiter.take("bob", address(98), NOW), Ok(()), "others are not hindered");
        let later = NOW.plus_millis(91_000);
        assert_eq!(limiter.take("ada", address(99), later), Ok(()));
        assert!(limiter.take("ada", address(99), later).is_err());
        assert!(
            limiter.take("ada", address(99), NOW).is_err(),
            "a clock set back gives nothing"
        );
    }

    #[test]
    fn an_address_has_thirty_tries_for_all_accounts() {
        let limiter = Limiter::default();
        let taken = (0..60).filter(|n| limiter.take(&format!("name{n}"), address(1), NOW).is_ok());
        assert_eq!(taken.count(), 30);
        assert!(limiter.take("other", address(2), NOW).is_ok());
    }

    #[test]
    fn a_network_of_ipv6_is_one_address() {
        let limiter = Limiter::default();
        let address = |n: u16| IpAddr::from([0x2001, 0xdb8, 1, 2, n, n, n, n]);
        let taken = (0..60).filter(|n| limiter.take(&format!("name{n}"), address(*n), NOW).is_ok());
        assert_eq!(taken.count(), 30);
    }

    #[test]
    fn who_knows_the_password_is_never_stopped() {
        let limiter = Limiter::default();
        for _ in 0..100 {
            assert_eq!(limiter.take("ada", address(1), NOW), Ok(()));
            limiter.give_back("ada", address(1));
        }
    }
}
