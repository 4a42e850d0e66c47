use std::collections::HashMap;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use rustls::client::danger::ServerCertVerifier;
use rustls::client::{ClientConfig, WebPkiServerVerifier};
use rustls::crypto::CryptoProvider;
use rustls::{CertificateError, RootCertStore};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, ServerName};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::dial::{connect_through, dial, resolve};
use super::{Alpn, ConnectError, Connected, Security, Target, Upstream};
use weir_model::HostPattern;

/// How [`TlsUpstream`] reaches the outside.
#[derive(Clone, Default)]
pub struct TlsUpstreamOptions {
    /// Roots trusted beside those of the operating system, PEM (a company's own services).
    pub extra_roots: Vec<u8>,
    /// Trust the extra roots alone.
    pub only_extra_roots: bool,
    /// Fixed addresses, as in `curl --resolve HOST:PORT:ADDRESS`.
    pub resolve: HashMap<(String, u16), SocketAddr>,
    /// The company's own proxy, asked by CONNECT.
    pub proxy: Option<CompanyProxy>,
}

/// A proxy between us and the outside. Holds credentials: no `Debug`.
#[derive(Clone)]
pub struct CompanyProxy {
    /// Its host.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// Value of `Proxy-Authorization`.
    pub authorization: Option<String>,
    /// Hosts reached without it, as in `NO_PROXY`: names, `.suffixes`, `*`.
    pub except: Vec<String>,
}

/// The TLS client cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum TlsUpstreamError {
    /// The extra roots are not PEM certificates.
    #[error("the extra root certificates cannot be read")]
    Roots(#[source] rustls_pki_types::pem::Error),
    /// The operating system's verifier cannot be used.
    #[error("the certificate verifier cannot be set up")]
    Verifier(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// TLS 1.2 and 1.3 by rustls; certificates judged by the operating system's roots. Hybrid post-quantum key exchange
/// first: this leg crosses networks that may be recorded.
pub struct TlsUpstream {
    connector: TlsConnector,
    options: TlsUpstreamOptions,
}

impl TlsUpstream {
    /// Sets up the verifier.
    ///
    /// # Errors
    /// When roots cannot be read. There is no way to go on without verification.
    pub fn new(options: TlsUpstreamOptions) -> Result<Self, TlsUpstreamError> {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let verifier = verifier(&options, &provider)?;
        let failed = |error: rustls::Error| TlsUpstreamError::Verifier(error.into());
        let config = ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12])
            .map_err(failed)?
            // The name is rustls's; the verifier given is the operating system's or webpki's own, unweakened.
            .dangerous()
            .with_custom_certificate_verifier(verifier)
            .with_no_client_auth();
        Ok(Self {
            connector: TlsConnector::from(Arc::new(config)),
            options,
        })
    }

    async fn tcp(&self, target: Target<'_>) -> Result<TcpStream, ConnectError> {
        if let Some(address) = self.options.resolve.get(&(target.host.to_owned(), target.port)) {
            return dial([*address].into()).await;
        }
        match &self.options.proxy {
            Some(proxy) if !proxy.spares(target.host) => {
                let mut stream = dial(
                    resolve(Target {
                        host: &proxy.host,
                        port: proxy.port,
                    })
                    .await?,
                )
                .await?;
                connect_through(&mut stream, target, proxy.authorization.as_deref()).await?;
                Ok(stream)
            }
            _ => dial(resolve(target).await?).await,
        }
    }
}

impl Upstream for TlsUpstream {
    type Stream = UpstreamStream;

    async fn connect(
        &self,
        target: Target<'_>,
        security: Security<'_>,
    ) -> Result<Connected<UpstreamStream>, ConnectError> {
        let tcp = self.tcp(target).await?;
        let peer = tcp.peer_addr().ok();
        let Security::Tls(offer) = security else {
            return Ok(Connected {
                stream: UpstreamStream::Plain(tcp),
                alpn: None,
                peer,
            });
        };
        let name = ServerName::try_from(target.host.to_owned()).map_err(|_| ConnectError::Name)?;
        let offer = offer.iter().map(|alpn| alpn.as_bytes().to_vec()).collect();
        let tls = self
            .connector
            .with_alpn(offer)
            .connect(name, tcp)
            .await
            .map_err(classify)?;
        let alpn = match tls.get_ref().1.alpn_protocol() {
            Some(b"h2") => Some(Alpn::Http2),
            Some(b"http/1.1") => Some(Alpn::Http1),
            _ => None,
        };
        Ok(Connected {
            stream: UpstreamStream::Tls(Box::new(tls)),
            alpn,
            peer,
        })
    }
}

impl CompanyProxy {
    fn spares(&self, host: &str) -> bool {
        self.except.iter().any(|except| {
            let except = except.trim().to_ascii_lowercase();
            let name = except.trim_start_matches("*.").trim_start_matches('.');
            except == "*"
                || host == name
                || HostPattern::parse(&format!("*.{name}")).is_ok_and(|pattern| pattern.covers_name(host))
        })
    }
}

fn verifier(
    options: &TlsUpstreamOptions,
    provider: &Arc<CryptoProvider>,
) -> Result<Arc<dyn ServerCertVerifier>, TlsUpstreamError> {
    let extra: Vec<CertificateDer<'static>> = CertificateDer::pem_slice_iter(&options.extra_roots)
        .collect::<Result<_, _>>()
        .map_err(TlsUpstreamError::Roots)?;
    if options.only_extra_roots {
        let mut roots = RootCertStore::empty();
        for root in extra {
            roots
                .add(root)
                .map_err(|error| TlsUpstreamError::Verifier(error.into()))?;
        }
        let verifier = WebPkiServerVerifier::builder_with_provider(roots.into(), provider.clone()).build();
        return Ok(verifier.map_err(|error| TlsUpstreamError::Verifier(error.into()))?);
    }
    let verifier = match extra.is_empty() {
        // On Windows none would be a second set of roots, asked after that of the system.
        true => rustls_platform_verifier::Verifier::new(provider.clone()),
        false => rustls_platform_verifier::Verifier::new_with_extra_roots(extra, provider.clone()),
    };
    Ok(Arc::new(
        verifier.map_err(|error| TlsUpstreamError::Verifier(error.into()))?,
    ))
}

fn classify(error: io::Error) -> ConnectError {
    let Some(tls) = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) else {
        return ConnectError::Tls(error);
    };
    let rustls::Error::InvalidCertificate(fault) = tls else {
        return ConnectError::Tls(error);
    };
    match fault {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => ConnectError::Expired,
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => ConnectError::NotYetValid,
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => ConnectError::WrongHost,
        // A CA of the same name and another key: somebody else, all the same.
        CertificateError::UnknownIssuer | CertificateError::BadSignature => ConnectError::UnknownIssuer,
        CertificateError::Revoked => ConnectError::Revoked,
        // A self-signed leaf that calls itself a CA is told apart from an unknown issuer by webpki only.
        CertificateError::Other(other) if other.to_string().contains("CaUsedAsEndEntity") => {
            ConnectError::UnknownIssuer
        }
        _ => ConnectError::Certificate(tls.clone()),
    }
}

/// A stream to an origin.
pub enum UpstreamStream {
    /// Bytes.
    Plain(TcpStream),
    /// TLS.
    Tls(Box<TlsStream<TcpStream>>),
}

macro_rules! either {
    ($self:ident, $stream:ident => $call:expr) => {
        match $self.get_mut() {
            UpstreamStream::Plain($stream) => {
                let $stream = Pin::new($stream);
                $call
            }
            UpstreamStream::Tls($stream) => {
                let $stream = Pin::new(&mut **$stream);
                $call
            }
        }
    };
}

impl AsyncRead for UpstreamStream {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        either!(self, stream => stream.poll_read(cx, buf))
    }
}

impl AsyncWrite for UpstreamStream {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        either!(self, stream => stream.poll_write(cx, buf))
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        either!(self, stream => stream.poll_write_vectored(cx, bufs))
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        either!(self, stream => stream.poll_flush(cx))
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        either!(self, stream => stream.poll_shutdown(cx))
    }
}
