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
        let Ok(der) = CertificateDer::from_pem_slice(&pem) else {
            return false;
        };
        let Ok((_, certificate)) = X509Certificate::from_der(&der) else {
            return false;
        };
        let validity = certificate.validity();
        let (from, to) = (validity.not_before.timestamp(), validity.not_after.timestamp());
        let now = now.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        i64::try_from(now).unwrap_or(i64::MAX) > from + (to - from) / 3
    }

    async fn renew(&self) -> Result<(), RenewError> {
        let (key, csr) = request()?;
        let renewed: Renewed = self.client.post(routes::RENEW, &Renewal { csr }).await?;
        self.identity.keep_certificate(&renewed.certificate, &key)?;
        self.identity.learn_fresh_key(renewed.fresh_key)?;
        self.client.forget_certificate();
        self.agent
            .remark("fleet.renewed", "The device's certificate was renewed.".to_owned());
        Ok(())
    }
}
