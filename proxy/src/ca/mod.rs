//! The device's own CA and its leaves.
//!
//! Promise P3: one CA per device, made here, whose key never leaves the device. Critical name constraints limit it to
//! the intercepted hosts; all IP addresses are excluded, because constraints on DNS names alone leave them free.
//! Leaves have a key of their own, so that the CA's key signs certificates and nothing else.
//!
//! It must not know what policy says: it is given host patterns, and refuses every name outside them.

mod certificate;
mod files;

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::SystemTime;

use parking_lot::Mutex;
use rcgen::KeyPair;
use rustls::ServerConfig;
use rustls::crypto::CryptoProvider;
use rustls::server::ServerSessionMemoryCache;
use rustls::sign::CertifiedKey;
use rustls_pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};

use crate::Alpn;
use crate::dns_name::{intercepted, is_dns_name};
use certificate::Signer;
use weir_model::HostPattern;

/// The three files of an authority.
#[derive(Clone, Debug)]
pub struct Paths {
    /// The CA certificate, PEM; readable by all.
    pub certificate: PathBuf,
    /// The CA key, PKCS#8 PEM; readable by the owner.
    pub key: PathBuf,
    /// The leaves' key, PKCS#8 PEM; readable by the owner.
    pub leaf_key: PathBuf,
}

impl Paths {
    /// `ca.pem`, `ca.key` and `leaf.key` in one directory.
    #[must_use]
    pub fn inside(directory: &std::path::Path) -> Self {
        Self {
            certificate: directory.join("ca.pem"),
            key: directory.join("ca.key"),
            leaf_key: directory.join("leaf.key"),
        }
    }
}

/// What [`Authority::open`] found. Everything but `Kept` means: trust must be installed again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// The files were there, and cover the hosts.
    Kept,
    /// There was no CA.
    Created,
    /// A new CA, with a new key, took the place of one that did not cover the hosts.
    ReplacedUncovered,
    /// A new CA took the place of one that has expired or soon will.
    ReplacedExpiring,
    /// A new CA took the place of files that could not be read as one.
    ReplacedDamaged,
}

/// Why there is no authority.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The files cannot be read or written.
    #[error("cannot use the CA file `{path}`")]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// Keys or certificates cannot be made.
    #[error("cannot make the CA")]
    Make(#[source] rcgen::Error),
    /// No host pattern is left that a certificate could name.
    #[error("no host to intercept: a CA without name constraints is never made")]
    NoHosts,
    /// TLS refuses the key.
    #[error("cannot use the leaf key for TLS")]
    Key(#[source] rustls::Error),
}

/// Why there is no leaf for a host.
#[derive(Debug, thiserror::Error)]
pub enum MintError {
    /// Not a DNS name.
    #[error("`{0}` is not a host name that a leaf can carry")]
    NotAName(String),
    /// Not one of the host patterns.
    #[error("`{0}` is not among the hosts this CA is made for")]
    Outside(String),
    /// The certificate or its TLS configuration cannot be made.
    #[error("cannot make the leaf")]
    Make(#[source] rcgen::Error),
    /// TLS refuses the leaf.
    #[error("cannot use the leaf for TLS")]
    Tls(#[source] rustls::Error),
}

/// A loaded CA: mints leaves, and keeps one TLS configuration per host.
pub struct Authority {
    signer: Signer,
    patterns: Vec<HostPattern>,
    leaf_key: KeyPair,
    signing_key: Arc<dyn rustls::sign::SigningKey>,
    provider: Arc<CryptoProvider>,
    /// One for all hosts: hundreds of them, most never called, would each set memory aside. A session is taken up for the
    /// name it was made for only.
    sessions: Arc<ServerSessionMemoryCache>,
    configs: Mutex<Leaves>,
}

impl Authority {
    /// Loads the CA, or makes one: when there is none, when it does not cover the hosts, or when it is about to expire.
    /// Two processes may do so at once: one makes it, the other loads it.
    ///
    /// # Errors
    /// When files, keys or hosts do not allow it. Nothing is intercepted then.
    pub fn open<S: AsRef<str>>(paths: &Paths, hosts: &[S], now: SystemTime) -> Result<(Self, Standing), OpenError> {
        let patterns: Vec<HostPattern> = hosts.iter().filter_map(|host| intercepted(host.as_ref())).collect();
        if patterns.is_empty() {
            return Err(OpenError::NoHosts);
        }
        let _lock = files::lock(&paths.key)?;
        let (signer, standing) = load_or_make(paths, &patterns, now)?;
        let leaf_key = files::load_or_make_key(&paths.leaf_key)?;
        Ok((Self::assemble(signer, patterns, leaf_key)?, standing))
    }

    /// The CA certificate, for trust stores.
    #[must_use]
    pub fn certificate_pem(&self) -> &str {
        self.signer.pem()
    }

    /// The CA certificate in DER.
    #[must_use]
    pub fn certificate_der(&self) -> &CertificateDer<'static> {
        self.signer.der()
    }

    /// True when a leaf for this host may be minted.
    #[must_use]
    pub fn covers(&self, host: &str) -> bool {
        is_dns_name(host) && self.patterns.iter().any(|pattern| pattern.covers_name(host)) && self.signer.permits(host)
    }

    /// The TLS configuration of the client leg for this host.
    ///
    /// # Errors
    /// Refuses names outside the constraints, and IP addresses.
    pub fn server_config(&self, host: &str, alpn: Alpn, now: SystemTime) -> Result<Arc<ServerConfig>, MintError> {
        if let Some(config) = self.configs.lock().get(host, alpn, now) {
            return Ok(config);
        }
        if !is_dns_name(host) {
            return Err(MintError::NotAName(host.to_owned()));
        }
        if !self.covers(host) {
            return Err(MintError::Outside(host.to_owned()));
        }
        let chain = vec![self.signer.leaf(host, &self.leaf_key, now).map_err(MintError::Make)?];
        let key = Arc::new(CertifiedKey::new(chain, self.signing_key.clone()));
        let configs = self.configs_for(&key).map_err(MintError::Tls)?;
        let wanted = configs[alpn as usize].clone();
        self.configs.lock().insert(host, configs, now);
        Ok(wanted)
    }

    fn assemble(signer: Signer, patterns: Vec<HostPattern>, leaf_key: KeyPair) -> Result<Self, OpenError> {
        let provider = client_leg_provider();
        let der = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(leaf_key.serialize_der()));
        let signing_key = provider.key_provider.load_private_key(der).map_err(OpenError::Key)?;
        Ok(Self {
            signer,
            patterns,
            leaf_key,
            signing_key,
            provider,
            sessions: ServerSessionMemoryCache::new(SESSIONS),
            configs: Mutex::new(Leaves::new(MOST_LEAVES)),
        })
    }

    /// One configuration per [`Alpn`], sharing the leaf.
    fn configs_for(&self, key: &Arc<CertifiedKey>) -> Result<[Arc<ServerConfig>; 2], rustls::Error> {
        let make = |alpn: Alpn| -> Result<Arc<ServerConfig>, rustls::Error> {
            let mut config = ServerConfig::builder_with_provider(self.provider.clone())
                .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12])?
                .with_no_client_auth()
                .with_cert_resolver(Arc::new(OneLeaf(key.clone())));
            config.alpn_protocols = vec![alpn.as_bytes().to_vec()];
            // Resumption on loopback saves the client a little and costs us storage: one ticket is enough.
            config.send_tls13_tickets = 1;
            config.session_storage = self.sessions.clone();
            Ok(Arc::new(config))
        };
        Ok([make(Alpn::Http1)?, make(Alpn::Http2)?])
    }
}

/// Leaves that are kept. They are minted when somebody connects: a signature takes less than a handshake, and of hundreds
/// of hosts a laptop calls a few.
const MOST_LEAVES: usize = 256;

/// TLS sessions that clients may take up again.
const SESSIONS: usize = 1024;

/// Leaves are minted anew long before they expire.
const REMINT_AFTER: std::time::Duration = std::time::Duration::from_secs(90 * 86_400);
/// A leaf is valid from a day before it was made: clocks that are put right by less need no other.
const SET_BACK: std::time::Duration = std::time::Duration::from_secs(3600);

fn load_or_make(paths: &Paths, patterns: &[HostPattern], now: SystemTime) -> Result<(Signer, Standing), OpenError> {
    let standing = match files::read_pair(paths)? {
        None => Standing::Created,
        Some((certificate, key)) => match Signer::load(&certificate, &key) {
            Err(_) => Standing::ReplacedDamaged,
            Ok(signer) if !patterns.iter().all(|pattern| signer.permits(&pattern.subtree())) => {
                Standing::ReplacedUncovered
            }
            Ok(signer) if !signer.is_good_at(now) => Standing::ReplacedExpiring,
            Ok(signer) => return Ok((signer, Standing::Kept)),
        },
    };
    let (signer, key_pem) = Signer::make(patterns, now).map_err(OpenError::Make)?;
    // The key first: a certificate without its key is found damaged and made again, never used.
    files::write(&paths.key, key_pem.as_bytes(), files::Access::Owner)?;
    files::write(&paths.certificate, signer.pem().as_bytes(), files::Access::Everyone)?;
    Ok((signer, standing))
}

/// X25519 first: on loopback nobody records today to decrypt tomorrow, and it is the cheapest handshake.
fn client_leg_provider() -> Arc<CryptoProvider> {
    use rustls::crypto::aws_lc_rs::{default_provider, kx_group};
    Arc::new(CryptoProvider {
        kx_groups: vec![
            kx_group::X25519,
            kx_group::SECP256R1,
            kx_group::SECP384R1,
            kx_group::X25519MLKEM768,
        ],
        ..default_provider()
    })
}

#[derive(Debug)]
struct OneLeaf(Arc<CertifiedKey>);

impl rustls::server::ResolvesServerCert for OneLeaf {
    fn resolve(&self, _: rustls::server::ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.0.clone())
    }
}

/// The TLS configurations by host, bounded: at the bound, the one unused for longest goes.
struct Leaves {
    most: usize,
    by_host: HashMap<String, Leaf>,
    uses: u64,
}

struct Leaf {
    configs: [Arc<ServerConfig>; 2],
    minted: SystemTime,
    used: u64,
}

impl Leaves {
    fn new(most: usize) -> Self {
        Self {
            most,
            by_host: HashMap::new(),
            uses: 0,
        }
    }

    fn get(&mut self, host: &str, alpn: Alpn, now: SystemTime) -> Option<Arc<ServerConfig>> {
        self.uses += 1;
        let leaf = self.by_host.get_mut(host)?;
        // One that was made by a clock which was put right since is not valid yet.
        if now > leaf.minted + REMINT_AFTER || now + SET_BACK < leaf.minted {
            return None;
        }
        leaf.used = self.uses;
        Some(leaf.configs[alpn as usize].clone())
    }

    fn insert(&mut self, host: &str, configs: [Arc<ServerConfig>; 2], now: SystemTime) {
        if self.by_host.len() >= self.most
            && !self.by_host.contains_key(host)
            && let Some(oldest) = self
                .by_host
                .iter()
                .min_by_key(|(_, leaf)| leaf.used)
                .map(|(host, _)| host.clone())
        {
            self.by_host.remove(&oldest);
        }
        let used = self.uses;
        self.by_host.insert(
            host.to_owned(),
            Leaf {
                configs,
                minted: now,
                used,
            },
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_leaf_is_made_anew_when_it_is_old_and_when_the_clock_was_put_right() {
        let directory = tempfile::tempdir().unwrap();
        let paths = Paths::inside(directory.path());
        let now = SystemTime::now();
        let (authority, _) = Authority::open(&paths, &["*.example.com"], now).unwrap();
        let at = |now| authority.server_config("a.example.com", Alpn::Http1, now).unwrap();
        let first = at(now);
        for soon in [now + REMINT_AFTER, now - SET_BACK, now] {
            assert!(Arc::ptr_eq(&first, &at(soon)));
        }
        let late = at(now + REMINT_AFTER + SET_BACK);
        assert!(!Arc::ptr_eq(&first, &late));
        assert!(!Arc::ptr_eq(&late, &at(now)), "it is not valid yet");
    }

    #[test]
    fn leaves_are_bounded() {
        let directory = tempfile::tempdir().unwrap();
        let paths = Paths::inside(directory.path());
        let now = SystemTime::now();
        let (authority, _) = Authority::open(&paths, &["*.example.com"], now).unwrap();
        for n in 0..MOST_LEAVES + 50 {
            authority
                .server_config(&format!("h{n}.example.com"), Alpn::Http1, now)
                .unwrap();
        }
        assert_eq!(authority.configs.lock().by_host.len(), MOST_LEAVES);
    }
}
