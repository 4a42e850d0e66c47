//! A token becomes an identity.

use crate::client::{AskError, ask_stranger};
use crate::identity::{Identity, IdentityError};
use rcgen::{CertificateParams, KeyPair, PKCS_ECDSA_P256_SHA256};
use std::path::Path;
use std::time::Duration;
use weir_fleet::{Enrolled, Enrolment, Machine, ParseTokenError, Pin, Token, routes};
use zeroize::Zeroizing;

/// The machine does not belong to the fleet.
#[derive(Debug, thiserror::Error)]
pub enum EnrolError {
    /// The token.
    #[error(transparent)]
    Token(#[from] ParseTokenError),
    /// The server's address.
    #[error("`{0}` is no address of a server (expected https://HOST:PORT)")]
    Address(String),
    /// No key can be made.
    #[error("no key can be made")]
    Key(#[from] rcgen::Error),
    /// The server.
    #[error(transparent)]
    Ask(#[from] AskError),
    /// The disk.
    #[error("the enrolment cannot be kept")]
    Keep(#[from] IdentityError),
}

/// Enrols with the server at `server` and keeps the identity in `dir`. The key never leaves this machine.
///
/// # Errors
/// Nothing has changed then, but that a use of the token may be gone.
pub async fn enrol(dir: &Path, server: &str, token: &str, machine: Machine) -> Result<Identity, EnrolError> {
    let server = address(server)?;
    let parsed: Token = token.parse()?;
    let (key, csr) = request()?;
    let enrolment = Enrolment {
        token: token.trim().to_owned(),
        csr,
        machine,
    };
    let enrolled = ask(&server, parsed.pin, &enrolment).await?;
    Ok(Identity::keep(dir, &server, enrolled, &key)?)
}

/// Asks again with the same key where the answer was lost: the server knows it, and the token is not used a second time.
async fn ask(server: &str, pin: Option<Pin>, enrolment: &Enrolment) -> Result<Enrolled, AskError> {
    for _ in 1..TRIES {
        match ask_stranger(server, pin, routes::ENROL, enrolment).await {
            Err(AskError::Unreachable(_) | AskError::Late) => tokio::time::sleep(PAUSE).await,
            answer => return answer,
        }
    }
    ask_stranger(server, pin, routes::ENROL, enrolment).await
}

const TRIES: u32 = 3;
const PAUSE: Duration = Duration::from_secs(2);

/// A new key (PEM), and a request to certify it. What the certificate says is the server's to decide.
pub(crate) fn request() -> Result<(Zeroizing<String>, String), rcgen::Error> {
    let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)?;
    let csr = CertificateParams::new(Vec::new())?.serialize_request(&key)?.pem()?;
    Ok((Zeroizing::new(key.serialize_pem()), csr))
}

/// `https://host[:port]`, without a path.
fn address(text: &str) -> Result<String, EnrolError> {
    let text = text.trim_end_matches('/');
    let uri: Option<http::Uri> = text.parse().ok();
    let fits = uri.is_some_and(|uri| {
        uri.scheme_str() == Some("https") && uri.host().is_some() && uri.path() == "/" && uri.query().is_none()
    });
    if fits {
        Ok(text.to_owned())
    } else {
        Err(EnrolError::Address(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::address;

    #[test]
    fn servers_are_asked_over_https_at_their_root() {
        assert_eq!(
            address("https://weir.example:8443/").unwrap(),
            "https://weir.example:8443"
        );
        assert_eq!(address("https://[::1]:8443").unwrap(), "https://[::1]:8443");
        for text in [
            "",
            "weir.example",
            "http://weir.example",
            "https://",
            "https://weir.example/x",
            "https://weir.example?x",
        ] {
            assert!(address(text).is_err(), "{text}");
        }
    }
}
