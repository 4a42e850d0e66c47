//! The outside: connecting to origins. Behind a trait, because provider front ends may come to tell clients apart by
//! their TLS hello, and another TLS stack must then be able to take this place.
//!
//! Promise P4: nothing is forgiven. A failure is answered to the client and remembered nowhere.

mod dial;
pub(crate) mod pool;
mod tls;

use std::future::Future;
use std::net::SocketAddr;

pub use tls::{CompanyProxy, TlsUpstream, TlsUpstreamError, TlsUpstreamOptions, UpstreamStream};

use crate::LocalAnswer;
use crate::io::Io;

/// Connects to origins.
pub trait Upstream: Send + Sync + 'static {
    /// The stream to an origin.
    type Stream: Io;

    /// Connects. With [`Security::Tls`] the origin's certificate has been verified when this returns.
    fn connect(
        &self,
        target: Target<'_>,
        security: Security<'_>,
    ) -> impl Future<Output = Result<Connected<Self::Stream>, ConnectError>> + Send;
}

/// Where to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Target<'a> {
    /// Host name or IP address (IPv6 without brackets).
    pub host: &'a str,
    /// Port.
    pub port: u16,
}

/// What to speak.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Security<'a> {
    /// Bytes.
    Plain,
    /// TLS, offering these protocols in this order.
    Tls(&'a [Alpn]),
}

/// An HTTP version as TLS negotiates it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Alpn {
    /// `http/1.1`
    Http1 = 0,
    /// `h2`
    Http2 = 1,
}

impl Alpn {
    /// The protocol id on the wire.
    #[must_use]
    pub const fn as_bytes(self) -> &'static [u8] {
        match self {
            Alpn::Http1 => b"http/1.1",
            Alpn::Http2 => b"h2",
        }
    }
}

/// A connection to an origin.
pub struct Connected<S> {
    /// The stream.
    pub stream: S,
    /// What the origin chose.
    pub alpn: Option<Alpn>,
    /// The address it was reached at, where known: to notice when it is our own.
    pub peer: Option<SocketAddr>,
}

/// Why an origin cannot be reached. The words are shown to people.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// The name has no address.
    #[error("the host name cannot be resolved")]
    Resolve(#[source] Option<std::io::Error>),
    /// Nobody listens there.
    #[error("connection refused")]
    Refused,
    /// Any other failure of the network.
    #[error("the host cannot be reached")]
    Unreachable(#[source] std::io::Error),
    /// No answer in time.
    #[error("no answer in time")]
    Timeout,
    /// The company's own proxy said no.
    #[error("the upstream proxy answered {0}")]
    Proxy(u16),
    /// The company's own proxy spoke something else than HTTP.
    #[error("the upstream proxy did not answer as a proxy")]
    NotAProxy,
    /// The host is this proxy.
    #[error("the host is this proxy itself")]
    Loop,
    /// The certificate's time is over.
    #[error("the server's certificate has expired")]
    Expired,
    /// The certificate's time has not come.
    #[error("the server's certificate is not valid yet")]
    NotYetValid,
    /// The certificate is for another host.
    #[error("the server's certificate is for another host")]
    WrongHost,
    /// The certificate is self-signed, or by a CA this machine does not trust.
    #[error("the server's certificate is self-signed or from an unknown issuer")]
    UnknownIssuer,
    /// The certificate was withdrawn.
    #[error("the server's certificate has been revoked")]
    Revoked,
    /// Any other fault of the certificate.
    #[error("the server's certificate is not acceptable")]
    Certificate(#[source] rustls::Error),
    /// TLS failed otherwise.
    #[error("the TLS handshake failed")]
    Tls(#[source] std::io::Error),
    /// The host is not a name TLS can check.
    #[error("the host is not a name that a certificate can carry")]
    Name,
}

impl ConnectError {
    /// The error token of RFC 9209 and the status that goes with it.
    fn proxy_status(&self) -> (u16, &'static str) {
        match self {
            Self::Resolve(_) => (502, "dns_error"),
            Self::Refused => (502, "connection_refused"),
            Self::Unreachable(_) => (502, "destination_ip_unroutable"),
            Self::Timeout => (504, "connection_timeout"),
            Self::Proxy(_) | Self::NotAProxy => (502, "proxy_internal_error"),
            Self::Loop => (508, "proxy_loop_detected"),
            Self::Tls(_) => (502, "tls_protocol_error"),
            _ => (502, "tls_certificate_error"),
        }
    }

    /// What the client gets: which host, and why.
    pub(crate) fn answer(&self, host: &str, port: u16) -> LocalAnswer {
        let (status, token) = self.proxy_status();
        LocalAnswer::text(status, format!("Weir could not connect to {host}:{port}: {self}.\n"))
            .with_header("proxy-status", format!("weir; error={token}"))
    }
}
