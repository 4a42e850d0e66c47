//! A laptop's connections, as the agent opens them over mutual TLS: HTTP/2 for requests, and one that becomes a stream.

use crate::Outcome;
use crate::fleet::Device;
use bytes::Bytes;
use http_body_util::{BodyExt, Empty, Full};
use hyper::client::conn::http1;
use hyper::client::conn::http2::{Builder, SendRequest};
use hyper::header::{CONNECTION, CONTENT_TYPE, ETAG, HOST, IF_NONE_MATCH, UPGRADE};
use hyper::{Method, Request, StatusCode};
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::client::Resumption;
use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use std::future::poll_fn;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Poll, ready};
use tokio::io::{AsyncRead, AsyncWriteExt, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use weir_fleet::routes;

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
        let tls = connect(server, roots, device, &[b"h2"]).await?;
        let (sender, driving) = Builder::new(TokioExecutor::new()).handshake(TokioIo::new(tls)).await?;
        // It ends with the connection; what was asked fails then.
        tokio::spawn(driving);
        Ok(Self { sender, server })
    }

    /// Asks, and gives the whole answer.
    pub(crate) async fn whole(
        &mut self,
        method: Method,
        route: &str,
        kind: &str,
        body: Bytes,
    ) -> Outcome<(StatusCode, Bytes)> {
        let request = Request::builder().method(method).header(CONTENT_TYPE, kind);
        let (status, _, body) = self.asked(request, route, body).await?;
        Ok((status, body))
    }

    /// Fetches what is not known by its tag; gives the tag of what is there.
    pub(crate) async fn fetch(
        &mut self,
        route: &str,
        tag: Option<&str>,
    ) -> Outcome<(StatusCode, Option<String>, Bytes)> {
        let mut request = Request::builder();
        if let Some(tag) = tag {
            request = request.header(IF_NONE_MATCH, tag);
        }
        self.asked(request, route, Bytes::new()).await
    }

    async fn asked(
        &mut self,
        request: hyper::http::request::Builder,
        route: &str,
        body: Bytes,
    ) -> Outcome<(StatusCode, Option<String>, Bytes)> {
        let request = request.uri(format!("https://{}{route}", self.server));
        self.sender.ready().await?;
        let response = self.sender.send_request(request.body(Full::new(body))?).await?;
        let tag = response.headers().get(ETAG).and_then(|tag| tag.to_str().ok());
        let (status, tag) = (response.status(), tag.map(str::to_owned));
        Ok((status, tag, response.into_body().collect().await?.to_bytes()))
    }
}

/// A stream that goes both ways: nothing of HTTP is left of it.
pub(crate) struct Held {
    stream: TlsStream<TcpStream>,
    /// What came with the answer already.
    first: Bytes,
}

impl Held {
    pub(crate) async fn open(
        server: SocketAddr,
        roots: &Arc<RootCertStore>,
        device: &Device,
        route: &str,
    ) -> Outcome<Self> {
        let tls = connect(server, roots, Some(device), &[]).await?;
        let (mut asking, driving) = http1::handshake(TokioIo::new(tls)).await?;
        tokio::spawn(driving.with_upgrades());
        let request = Request::get(route)
            .header(HOST, server.to_string())
            .header(CONNECTION, "upgrade")
            .header(UPGRADE, routes::STREAM_UPGRADE)
            .body(Empty::<Bytes>::new())?;
        let response = asking.send_request(request).await?;
        if response.status() != StatusCode::SWITCHING_PROTOCOLS {
            return Err(format!("no stream: {}", response.status()).into());
        }
        let upgraded = hyper::upgrade::on(response).await?;
        let parts = upgraded
            .downcast::<TokioIo<TlsStream<TcpStream>>>()
            .map_err(|_| "not the connection that was made")?;
        Ok(Self {
            stream: parts.io.into_inner(),
            // A copy: a part of the buffer of HTTP, and be it empty, is all of that.
            first: Bytes::copy_from_slice(&parts.read_buf),
        })
    }

    /// What comes next. Nothing is held while nothing comes: there are ten thousand of these.
    pub(crate) async fn next(&mut self) -> Outcome<Bytes> {
        const READ: usize = 16 * 1024;
        if !self.first.is_empty() {
            return Ok(std::mem::take(&mut self.first));
        }
        let bytes = poll_fn(|context| {
            let mut bytes = [0; READ];
            let mut buffer = ReadBuf::new(&mut bytes);
            ready!(Pin::new(&mut self.stream).poll_read(context, &mut buffer))?;
            Poll::Ready(io::Result::Ok(Bytes::copy_from_slice(buffer.filled())))
        });
        match bytes.await? {
            bytes if bytes.is_empty() => Err("the stream ended".into()),
            bytes => Ok(bytes),
        }
    }

    pub(crate) async fn write(&mut self, line: &[u8]) -> Outcome<()> {
        self.stream.write_all(line).await?;
        Ok(self.stream.flush().await?)
    }
}

async fn connect(
    server: SocketAddr,
    roots: &Arc<RootCertStore>,
    device: Option<&Device>,
    protocols: &[&[u8]],
) -> Outcome<TlsStream<TcpStream>> {
    let stream = TcpStream::connect(server).await?;
    stream.set_nodelay(true)?;
    let mut config = config(roots, device)?;
    config.alpn_protocols = protocols.iter().map(|name| name.to_vec()).collect();
    let tls = TlsConnector::from(Arc::new(config));
    Ok(tls.connect(ServerName::from(server.ip()), stream).await?)
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
    // Each handshake is a whole one: thousands of laptops that wake up have no tickets any more.
    config.resumption = Resumption::disabled();
    Ok(config)
}
