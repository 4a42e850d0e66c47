//! The certificate the server shows. It is made, and not kept: whenever it is asked for and its time is nearly over, or the
//! clock was put right since, there is a new one. A server runs for as long as it likes, also one that was started by a wrong clock.

use crate::keys::{Authority, AuthorityError};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};
use weir_model::chain;

/// Makes certificates for the server's own names, and gives the present one.
pub struct OwnCertificate {
    authority: Arc<Authority>,
    names: Vec<String>,
    made: Mutex<Made>,
}

struct Made {
    at: SystemTime,
    certified: Arc<CertifiedKey>,
}

/// No certificate can be made.
#[derive(Debug, thiserror::Error)]
pub enum CertificateError {
    /// The authority.
    #[error(transparent)]
    Authority(#[from] AuthorityError),
    /// TLS does not take it.
    #[error("the server's certificate cannot be used")]
    Tls(#[from] rustls::Error),
}

/// A third of its time: two thirds are left for laptops whose clocks are ahead.
const USED_FOR: Duration = Duration::from_secs(30 * 86_400);
/// Clocks are put right by seconds all the time. Valid from a day before it was made, it does no harm until then.
const SET_BACK: Duration = Duration::from_secs(3600);

impl OwnCertificate {
    /// Makes the first one.
    ///
    /// # Errors
    /// A name that is none.
    pub fn make(authority: Arc<Authority>, names: Vec<String>, now: SystemTime) -> Result<Self, CertificateError> {
        let made = certify(&authority, &names, now)?;
        Ok(Self {
            authority,
            names,
            made: Mutex::new(made),
        })
    }

    /// The one to show now. Where a new one cannot be made, that is the old one: whoever asks may still believe it.
    fn at(&self, now: SystemTime) -> Arc<CertifiedKey> {
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        if now + SET_BACK < made.at || now > made.at + USED_FOR {
            match certify(&self.authority, &self.names, now) {
                Ok(new) => *made = new,
                Err(error) => tracing::error!(error = chain(&error), "the server's certificate could not be made anew"),
            }
        }
        Arc::clone(&made.certified)
    }
}

impl ResolvesServerCert for OwnCertificate {
    fn resolve(&self, _hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.at(SystemTime::now()))
    }
}

/// Without the key.
impl fmt::Debug for OwnCertificate {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("OwnCertificate")
            .field("names", &self.names)
            .finish_non_exhaustive()
    }
}

fn certify(authority: &Authority, names: &[String], now: SystemTime) -> Result<Made, CertificateError> {
    let (chain, key) = authority.server(names, now)?;
    let certified = CertifiedKey::from_der(chain, key, &rustls::crypto::aws_lc_rs::default_provider())?;
    Ok(Made {
        at: now,
        certified: Arc::new(certified),
    })
}

#[cfg(test)]
mod tests {
    use super::OwnCertificate;
    use crate::keys::Keys;
    use std::sync::Arc;
    use std::time::{Duration, SystemTime, UNIX_EPOCH};
    use x509_parser::prelude::{FromDer, X509Certificate};

    const HOUR: Duration = Duration::from_secs(3600);
    const DAY: Duration = Duration::from_secs(86_400);

    fn own(now: SystemTime) -> (OwnCertificate, tempfile::TempDir) {
        let dir = tempfile::tempdir().unwrap();
        let keys = Keys::make(&dir.path().join("keys"), now).unwrap();
        let own = OwnCertificate::make(keys.authority, vec!["weir.example".to_owned()], now).unwrap();
        (own, dir)
    }

    fn is_valid(own: &OwnCertificate, now: SystemTime) -> bool {
        let shown = own.at(now);
        let (_, certificate) = X509Certificate::from_der(&shown.cert[0]).unwrap();
        let seconds = now.duration_since(UNIX_EPOCH).unwrap().as_secs();
        let time = x509_parser::time::ASN1Time::from_timestamp(i64::try_from(seconds).unwrap()).unwrap();
        certificate.validity().is_valid_at(time)
    }

    #[test]
    fn what_the_server_shows_is_valid_however_long_it_runs_and_however_its_clock_is_set() {
        let now = SystemTime::now();
        let (own, _dir) = own(now);
        for days in (0..400).step_by(7) {
            assert!(is_valid(&own, now + DAY * days), "after {days} days");
        }
        for days in [399, 40, 3, 0] {
            assert!(is_valid(&own, now + DAY * days), "set back to {days} days");
        }
    }

    #[test]
    fn it_is_not_made_anew_for_each_connection() {
        let now = SystemTime::now();
        let (own, _dir) = own(now);
        let first = own.at(now);
        for other in [now + DAY * 29, now, now - HOUR] {
            assert!(Arc::ptr_eq(&first, &own.at(other)));
        }
        assert!(!Arc::ptr_eq(&first, &own.at(now + DAY * 31)));
    }
}
