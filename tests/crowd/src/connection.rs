//! A laptop's connection: HTTP/2 over mutual TLS, as the agent opens it.

use crate::Outcome;
use crate::fleet::Device;
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::client::conn::http2::{Builder, SendRequest};
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::client::Resumption;
use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

/// Requests go out on it; they may be under way at once.
#[derive(Clone)]
pub(crate) struct Connection {
    sender: SendRequest<Full<Bytes>>,
    server: SocketAddr,
}

/// Whom to believe.
pub(crate) fn roots(authority: &str) -> Outcome<Arc<RootCertStore>> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(authority.as_bytes())?)?;
    Ok(Arc::new(roots))
}

impl Connection {
    /// Opens one; without a laptop it is a stranger's.
    pub(crate) async fn open(server: SocketAddr, roots: &Arc<RootCertStore>, device: Option<&Device>) -> Outcome<Self> {
        let stream = TcpStream::connect(server).await?;
        stream.set_nodelay(true)?;
        let tls = TlsConnector::from(Arc::new(config(roots, device)?));
        let tls = tls.connect(ServerName::from(server.ip()), stream).await?;
        let (sender, driving) = Builder::new(TokioExecutor::new()).handshake(TokioIo::new(tls)).await?;
        // It ends with the connection; what was asked fails then.
        tokio::spawn(driving);
        Ok(Self { sender, server })
    }

    /// Asks, and gives the answer without its body.
    pub(crate) async fn ask(
        &mut self,
        method: Method,
        route: &str,
        kind: &str,
        body: Bytes,
    ) -> Outcome<Response<Incoming>> {
        let request = Request::builder()
            .method(method)
            .uri(format!("https://{}{route}", self.server))
            .header(hyper::header::CONTENT_TYPE, kind)
            .body(Full::new(body))?;
        self.sender.ready().await?;
        Ok(self.sender.send_request(request).await?)
    }

    /// Asks, and gives the whole answer.
    pub(crate) async fn whole(
        &mut self,
        method: Method,
        route: &str,
        kind: &str,
        body: Bytes,
    ) -> Outcome<(StatusCode, Bytes)> {
        let response = self.ask(method, route, kind, body).await?;
        let status = response.status();
        Ok((status, response.into_body().collect().await?.to_bytes()))
    }
}

fn config(roots: &Arc<RootCertStore>, device: Option<&Device>) -> Outcome<ClientConfig> {
    let builder = ClientConfig::builder().with_root_certificates(Arc::clone(roots));
    let mut config = match device {
        None => builder.with_no_client_auth(),
        Some(device) => {
            let chain = CertificateDer::pem_slice_iter(device.certificate.as_bytes()).collect::<Result<Vec<_>, _>>()?;
            builder.with_client_auth_cert(chain, PrivateKeyDer::from_pem_slice(device.key.as_bytes())?)?
        }
    };
    config.alpn_protocols = vec![b"h2".to_vec()];
    // Each handshake is a whole one: thousands of laptops that wake up have no tickets any more.
    config.resumption = Resumption::disabled();
    Ok(config)
}
