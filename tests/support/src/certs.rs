//! Throw-away certificate authorities and leaves, good ones and bad ones.

use parking_lot::Mutex;
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose,
};
use rustls::crypto::aws_lc_rs::sign::any_ecdsa_type;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use std::collections::HashMap;
use std::fmt;
use std::path::Path;
use std::sync::Arc;

/// A certificate could not be made or read.
#[derive(Debug, thiserror::Error)]
pub enum CertError {
    /// A file of the authority.
    #[error("cannot read or write a certificate file")]
    File(#[from] std::io::Error),
    /// rcgen refused.
    #[error("cannot make a certificate")]
    Make(#[from] rcgen::Error),
    /// rustls refused the key.
    #[error("cannot use a certificate's key")]
    Use(#[from] rustls::Error),
}

/// What is wrong with a leaf that a client must refuse.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Fault {
    /// Valid until the first day of 2020.
    Expired,
    /// Signed by its own key.
    SelfSigned,
    /// Names another host.
    WrongHost,
}

/// A certificate authority with its key in memory.
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pem: String,
    key_pem: String,
}

impl Authority {
    /// A new ECDSA P-256 authority without constraints.
    pub fn new(common_name: &str) -> Result<Self, CertError> {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, common_name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let key = KeyPair::generate()?;
        let pem = params.self_signed(&key)?.pem();
        let key_pem = key.serialize_pem();
        Ok(Self {
            issuer: Issuer::new(params, key),
            pem,
            key_pem,
        })
    }

    /// An authority from its certificate and key files, such as the one Weir made.
    pub fn load(certificate: &Path, key: &Path) -> Result<Self, CertError> {
        let pem = std::fs::read_to_string(certificate)?;
        let key_pem = std::fs::read_to_string(key)?;
        let issuer = Issuer::from_ca_cert_pem(&pem, KeyPair::from_pem(&key_pem)?)?;
        Ok(Self { issuer, pem, key_pem })
    }

    /// Writes certificate and key, for another process.
    pub fn save(&self, certificate: &Path, key: &Path) -> Result<(), CertError> {
        std::fs::write(certificate, &self.pem)?;
        std::fs::write(key, &self.key_pem)?;
        Ok(())
    }

    /// The authority's own certificate.
    #[must_use]
    pub fn pem(&self) -> &str {
        &self.pem
    }

    /// A leaf for a DNS name or an IP address.
    pub fn leaf(&self, name: &str, fault: Option<Fault>) -> Result<Leaf, CertError> {
        let named = if fault == Some(Fault::WrongHost) {
            "another.example"
        } else {
            name
        };
        let mut params = CertificateParams::new(vec![named.to_owned()])?;
        params.distinguished_name = rcgen::DistinguishedName::new();
        params.distinguished_name.push(DnType::CommonName, named);
        params.is_ca = IsCa::ExplicitNoCa;
        params.use_authority_key_identifier_extension = true;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        if fault == Some(Fault::Expired) {
            params.not_before = rcgen::date_time_ymd(2019, 1, 1);
            params.not_after = rcgen::date_time_ymd(2020, 1, 1);
        }
        let key = KeyPair::generate()?;
        let certificate = match fault {
            Some(Fault::SelfSigned) => params.self_signed(&key)?,
            _ => params.signed_by(&key, &self.issuer)?,
        };
        Ok(Leaf {
            certificate: certificate.der().clone(),
            pem: certificate.pem(),
            key,
        })
    }
}

/// A server's certificate and key.
pub struct Leaf {
    certificate: CertificateDer<'static>,
    pem: String,
    key: KeyPair,
}

impl Leaf {
    /// The certificate.
    #[must_use]
    pub fn pem(&self) -> &str {
        &self.pem
    }

    /// In the form rustls wants.
    pub fn certified(&self) -> Result<CertifiedKey, CertError> {
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(self.key.serialize_der()));
        Ok(CertifiedKey::new(vec![self.certificate.clone()], any_ecdsa_type(&key)?))
    }
}

/// Gives each server name a leaf of its own, made at first sight and kept.
pub struct LeafResolver {
    authority: Authority,
    fault: Option<Fault>,
    kept: Mutex<HashMap<String, Arc<CertifiedKey>>>,
}

impl LeafResolver {
    /// All leaves get the same fault, if any.
    #[must_use]
    pub fn new(authority: Authority, fault: Option<Fault>) -> Self {
        Self {
            authority,
            fault,
            kept: Mutex::default(),
        }
    }

    /// The authority that signs.
    #[must_use]
    pub fn authority(&self) -> &Authority {
        &self.authority
    }
}

impl fmt::Debug for LeafResolver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LeafResolver")
            .field("fault", &self.fault)
            .finish_non_exhaustive()
    }
}

impl ResolvesServerCert for LeafResolver {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        // A client that connects to an IP address sends no name.
        let name = hello.server_name().unwrap_or("127.0.0.1").to_owned();
        let mut kept = self.kept.lock();
        if let Some(leaf) = kept.get(&name) {
            return Some(leaf.clone());
        }
        let leaf = Arc::new(self.authority.leaf(&name, self.fault).ok()?.certified().ok()?);
        kept.insert(name, leaf.clone());
        Some(leaf)
    }
}

/// Answers every name with one leaf.
#[derive(Debug)]
pub struct OneLeaf(pub Arc<CertifiedKey>);

impl ResolvesServerCert for OneLeaf {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.0.clone())
    }
}
