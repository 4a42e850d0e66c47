//! Code generators (TOTP, RFC 6238): the second factor.

use super::table::Credentials;
use crate::clock;
use crate::keys::{Keys, SealError, Sealer};
use totp_rs::{Builder, Totp};
use weir_model::Timestamp;
use zeroize::Zeroizing;

/// Seals the secrets of generators, so that a stolen database makes no codes.
pub struct Codes {
    sealer: Sealer,
}

/// A generator could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum CodesError {
    /// The system.
    #[error(transparent)]
    Randomness(#[from] clock::NoRandomness),
    /// Its secret.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// The library.
    #[error("a code generator cannot be set up")]
    Library,
}

/// A new generator. No `Debug`.
pub struct Enrolled {
    /// Its secret, sealed.
    pub sealed: Vec<u8>,
    /// Its secret, as people type it.
    pub secret: Zeroizing<String>,
    /// The same for cameras: `otpauth://…`.
    pub url: Zeroizing<String>,
}

const SECRET: usize = 20;
/// As generators show it above the code.
const ISSUER: &str = "Weir";

impl Codes {
    /// With the server's keys.
    ///
    /// # Errors
    /// The library.
    pub fn new(keys: &Keys) -> Result<Self, CodesError> {
        Ok(Self {
            sealer: Sealer::new(&keys.receipt, b"secrets of code generators v1")?,
        })
    }

    /// A new generator for this account.
    ///
    /// # Errors
    /// The system, or the library.
    pub fn enrol(&self, account: &str) -> Result<Enrolled, CodesError> {
        let secret = Zeroizing::new(clock::random::<SECRET>()?);
        let totp = generator(&secret[..]).ok_or(CodesError::Library)?;
        let text = Zeroizing::new(totp.secret().to_base32());
        // Names of accounts have no letters that would need escapes.
        let url = format!("otpauth://totp/{ISSUER}:{account}?secret={}&issuer={ISSUER}", *text);
        Ok(Enrolled {
            sealed: self.sealer.seal(account, &secret[..])?,
            secret: text,
            url: Zeroizing::new(url),
        })
    }

    /// The step the code is of, when it is one of this account's generator and of a step that was not used yet.
    #[must_use]
    pub fn step(&self, account: &Credentials, sealed: &[u8], code: &str, now: Timestamp) -> Option<i64> {
        let secret = self.sealer.unseal(&account.account.name, sealed)?;
        let seconds = u64::try_from(now.as_millis() / 1000).ok()?;
        let step = generator(&secret)?.check(code.trim(), seconds)?;
        i64::try_from(step).ok().filter(|step| *step > account.step)
    }
}

/// Six digits each thirty seconds, by SHA-1: what every generator knows. A clock may be a step off.
fn generator(secret: &[u8]) -> Option<Totp> {
    Builder::new().with_secret(secret.to_vec()).with_skew(1).build().ok()
}

#[cfg(test)]
mod tests {
    use super::{Codes, generator};
    use crate::access::{Account, Credentials, Role};
    use crate::keys::Keys;
    use std::time::SystemTime;
    use totp_rs::Secret;
    use weir_model::Timestamp;

    fn credentials(name: &str, step: i64) -> Credentials {
        Credentials {
            account: Account {
                name: name.to_owned(),
                role: Role::Viewer,
                one_time: false,
                codes: true,
                created: Timestamp::from_millis(0),
                by_provider: false,
                arrived: None,
                disabled: None,
            },
            password: String::new(),
            totp: None,
            pending: None,
            step,
        }
    }

    #[test]
    fn codes_are_of_one_account_and_one_step() {
        let dir = tempfile::tempdir().unwrap();
        let codes = Codes::new(&Keys::make(&dir.path().join("keys"), SystemTime::now()).unwrap()).unwrap();
        let now = Timestamp::from_millis(1_800_000_000_000);
        let enrolled = codes.enrol("ada").unwrap();
        assert!(enrolled.url.contains(&*enrolled.secret));
        let secret = Secret::try_from_base32(&*enrolled.secret).unwrap();
        let code = generator(secret.as_ref()).unwrap().generate(1_800_000_000).to_string();
        let step = |name: &str, last: i64, code: &str, now: Timestamp| {
            codes.step(&credentials(name, last), &enrolled.sealed, code, now)
        };
        assert_eq!(step("ada", 0, &code, now), Some(60_000_000));
        assert_eq!(
            step("ada", 0, &code, now.plus_millis(30_000)),
            Some(60_000_000),
            "a slow clock"
        );
        assert_eq!(step("ada", 0, &code, now.plus_millis(90_000)), None, "too late");
        assert_eq!(step("ada", 60_000_000, &code, now), None, "used before");
        assert_eq!(step("bob", 0, &code, now), None, "somebody else's");
        assert_eq!(step("ada", 0, "", now), None);
        let other = tempfile::tempdir().unwrap();
        let other = Codes::new(&Keys::make(&other.path().join("keys"), SystemTime::now()).unwrap()).unwrap();
        assert_eq!(
            other.step(&credentials("ada", 0), &enrolled.sealed, &code, now),
            None,
            "another server's keys"
        );
    }

    /// RFC 6238, appendix B, cut to six digits.
    #[test]
    fn codes_are_those_of_the_standard() {
        let totp = generator(b"12345678901234567890").unwrap();
        for (time, code) in [(59, "287082"), (1_111_111_109, "081804"), (20_000_000_000, "353130")] {
            assert_eq!(totp.generate(time).to_string(), code);
        }
    }
}
