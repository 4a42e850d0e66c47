//! TLS towards receivers: always verified, against the roots of the operating system and the one the configuration adds.

use rustls::ClientConfig;
use rustls::crypto::CryptoProvider;
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;
use rustls_platform_verifier::Verifier;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A receiver cannot be called as the configuration says it.
#[derive(Debug, thiserror::Error)]
pub enum SetUpError {
    /// The added authority.
    #[error("`{}` holds no certificates", .path.display())]
    Authority {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: rustls_pki_types::pem::Error,
    },
    /// TLS.
    #[error("TLS cannot be set up")]
    Tls(#[from] rustls::Error),
    /// The address.
    #[error("`{0}` is no address for this (see the comments in server.toml)")]
    Address(String),
    /// A list of mailboxes is empty.
    #[error("`to` names nobody")]
    Nobody,
    /// A secret.
    #[error(transparent)]
    Secret(#[from] super::SecretError),
    /// What is to be kept in the meantime.
    #[error(transparent)]
    Seal(#[from] crate::keys::SealError),
    /// The mail server.
    #[error("the mail server cannot be called")]
    Mail(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// How connections are verified.
///
/// # Errors
/// The added authority is none.
pub fn tls(home: &Path, ca: Option<&PathBuf>) -> Result<ClientConfig, SetUpError> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let verifier = verifier(home, ca, Arc::clone(&provider))?;
    Ok(ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth())
}

fn verifier(home: &Path, ca: Option<&PathBuf>, provider: Arc<CryptoProvider>) -> Result<Verifier, SetUpError> {
    let Some(path) = ca else {
        return Ok(Verifier::new(provider)?);
    };
    let path = home.join(path);
    let read = CertificateDer::pem_file_iter(&path).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    let roots = match read {
        Ok(roots) if roots.is_empty() => Err(rustls_pki_types::pem::Error::NoItemsFound),
        read => read,
    };
    let roots = roots.map_err(|source| SetUpError::Authority { path, source })?;
    Ok(Verifier::new_with_extra_roots(roots, provider)?)
}
