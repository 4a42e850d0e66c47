//! A new certificate, long before the present one ends.

use crate::Agent;
use crate::client::{AskError, Client};
use crate::enrol::request;
use crate::identity::{Identity, IdentityError};
use crate::retry::{Retry, fraction};
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use weir_fleet::{Renewal, Renewed, routes};
use weir_model::chain;
use x509_parser::prelude::{FromDer, X509Certificate};

/// Renews the device's certificate.
pub(crate) struct Renew {
    identity: Identity,
    /// Uses the certificate.
    client: Arc<Client>,
    agent: Arc<dyn Agent>,
}

/// How often is looked: a laptop sleeps, so that one long wait would not do.
const LOOK: Duration = Duration::from_secs(3600);

#[derive(Debug, thiserror::Error)]
enum RenewError {
    #[error("no key can be made")]
    Key(#[from] rcgen::Error),
    #[error(transparent)]
    Ask(#[from] AskError),
    #[error(transparent)]
    Keep(#[from] IdentityError),
    #[error("the certificate that came is not valid now: the server's clock or this one is wrong")]
    Clock,
}

impl Renew {
    pub(crate) fn new(identity: Identity, client: Arc<Client>, agent: Arc<dyn Agent>) -> Self {
        Self {
            identity,
            client,
            agent,
        }
    }

    pub(crate) async fn run(self) {
        let mut retry = Retry::up_to(LOOK);
        loop {
            if self.is_due(SystemTime::now()) {
                match self.renew().await {
                    Ok(()) => retry.succeeded(),
                    Err(error) => {
                        tracing::warn!(error = chain(&error), "the device's certificate could not be renewed");
                        retry.wait().await;
                        continue;
                    }
                }
            }
            tokio::time::sleep(LOOK.mul_f64(0.5 + fraction())).await;
        }
    }

    /// After a third of its life: two thirds are left for a server that is away.
    fn is_due(&self, now: SystemTime) -> bool {
        let Ok(pem) = self.identity.certificate() else {
            return false;
        };
        validity(&pem).is_some_and(|(from, to)| seconds(now) > from + (to - from) / 3)
    }

    async fn renew(&self) -> Result<(), RenewError> {
        let (key, csr) = request()?;
        let renewed: Renewed = self.client.post(routes::RENEW, &Renewal { csr }).await?;
        // With one of next month nobody could ask for another before that.
        if !is_valid(renewed.certificate.as_bytes(), SystemTime::now()) {
            return Err(RenewError::Clock);
        }
        self.identity.keep_certificate(&renewed.certificate, &key)?;
        self.identity.learn_fresh_key(renewed.fresh_key)?;
        self.client.forget_certificate();
        self.agent
            .remark("fleet.renewed", "The device's certificate was renewed.".to_owned());
        Ok(())
    }
}

/// From when until when a certificate is valid, in seconds since 1970.
fn validity(pem: &[u8]) -> Option<(i64, i64)> {
    let der = CertificateDer::from_pem_slice(pem).ok()?;
    let (_, certificate) = X509Certificate::from_der(&der).ok()?;
    let validity = certificate.validity();
    Some((validity.not_before.timestamp(), validity.not_after.timestamp()))
}

fn is_valid(pem: &[u8], now: SystemTime) -> bool {
    validity(pem).is_some_and(|(from, to)| (from..=to).contains(&seconds(now)))
}

fn seconds(now: SystemTime) -> i64 {
    let since = now.duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::{is_valid, validity};
    use rcgen::{CertificateParams, KeyPair};
    use std::time::{Duration, UNIX_EPOCH};

    const DAY: Duration = Duration::from_secs(86_400);

    #[test]
    fn a_certificate_of_another_time_is_none() {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.not_before = rcgen::date_time_ymd(2027, 3, 1);
        params.not_after = rcgen::date_time_ymd(2027, 3, 31);
        let pem = params.self_signed(&KeyPair::generate().unwrap()).unwrap().pem();
        let (from, to) = validity(pem.as_bytes()).unwrap();
        assert_eq!(to - from, 30 * 86_400);
        let from = UNIX_EPOCH + Duration::from_secs(from.unsigned_abs());
        for (day, valid) in [
            (from - DAY, false),
            (from, true),
            (from + DAY * 30, true),
            (from + DAY * 31, false),
        ] {
            assert_eq!(is_valid(pem.as_bytes(), day), valid, "{day:?}");
        }
        assert!(!is_valid(b"nothing", from));
    }
}
