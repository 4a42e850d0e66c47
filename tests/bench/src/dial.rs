//! TLS connections to the origin, directly or through a CONNECT proxy.

use crate::Outcome;
use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::client::conn::{http1, http2};
use hyper::{Request, Response};
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::client::Resumption;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

/// Common name of the origin's authority, by which the load tells whether it was intercepted.
pub(crate) const ORIGIN_NAME: &str = "weir-bench origin";

/// Where the load goes.
#[derive(clap::Args, Clone)]
pub(crate) struct Target {
    /// Name the origin is asked for
    #[arg(long, default_value = "api.openai.com")]
    host: String,
    /// Address of the origin
    #[arg(long)]
    origin: SocketAddr,
    /// Address of the proxy; without it the origin is dialled directly
    #[arg(long)]
    proxy: Option<SocketAddr>,
    /// What the CONNECT asks for, when it is not the name and port 443
    #[arg(long)]
    connect: Option<String>,
    /// Authorities to trust, PEM
    #[arg(long)]
    ca: Vec<PathBuf>,
    /// HTTP/2 instead of HTTP/1.1
    #[arg(long)]
    pub(crate) h2: bool,
    /// Process whose memory and processor time are to be reported
    #[arg(long)]
    pub(crate) pid: Option<u32>,
}

/// Opens connections to a target.
pub(crate) struct Dialler {
    target: Target,
    tls: TlsConnector,
}

impl Dialler {
    pub(crate) fn new(target: &Target) -> Outcome<Self> {
        let alpn = if target.h2 {
            b"h2".to_vec()
        } else {
            b"http/1.1".to_vec()
        };
        let mut tls = client_config(&target.ca, alpn)?;
        // Full handshakes, so that one new connection costs as much as another.
        tls.resumption = Resumption::disabled();
        Ok(Self {
            target: target.clone(),
            tls: TlsConnector::from(Arc::new(tls)),
        })
    }

    /// A connection that is ready for requests.
    pub(crate) async fn open(&self) -> Outcome<Connection> {
        let stream = self.dial().await?;
        let intercepted = !signed_by_origin(&stream);
        let io = TokioIo::new(stream);
        let sender = if self.target.h2 {
            let (sender, connection) = http2::Builder::new(TokioExecutor::new())
                .initial_stream_window_size(1024 * 1024)
                .initial_connection_window_size(4 * 1024 * 1024)
                .handshake(io)
                .await?;
            tokio::spawn(connection);
            Sender::H2(sender)
        } else {
            let (sender, connection) = http1::handshake(io).await?;
            tokio::spawn(connection);
            Sender::H1(sender)
        };
        Ok(Connection { sender, intercepted })
    }

    /// A request in the form the protocol wants.
    pub(crate) fn request(&self, method: &str, path: &str, body: Bytes) -> Outcome<Request<Full<Bytes>>> {
        let host = &self.target.host;
        let builder = Request::builder()
            .method(method)
            .header("content-type", "application/json");
        let builder = if self.target.h2 {
            builder.uri(format!("https://{host}{path}"))
        } else {
            builder.uri(path).header("host", host)
        };
        Ok(builder.body(Full::new(body))?)
    }

    async fn dial(&self) -> Outcome<TlsStream<TcpStream>> {
        let mut tcp = TcpStream::connect(self.target.proxy.unwrap_or(self.target.origin)).await?;
        tcp.set_nodelay(true)?;
        if self.target.proxy.is_some() {
            let usual = format!("{}:443", self.target.host);
            connect(&mut tcp, self.target.connect.as_deref().unwrap_or(&usual)).await?;
        }
        let name = ServerName::try_from(self.target.host.clone())?;
        Ok(self.tls.connect(name, tcp).await?)
    }
}

/// One connection; with HTTP/2 it can be shared.
pub(crate) struct Connection {
    sender: Sender,
    pub(crate) intercepted: bool,
}

enum Sender {
    H1(http1::SendRequest<Full<Bytes>>),
    H2(http2::SendRequest<Full<Bytes>>),
}

impl Connection {
    pub(crate) async fn send(&mut self, request: Request<Full<Bytes>>) -> Outcome<Response<Incoming>> {
        Ok(match &mut self.sender {
            Sender::H1(sender) => {
                sender.ready().await?;
                sender.send_request(request).await?
            }
            Sender::H2(sender) => {
                sender.ready().await?;
                sender.send_request(request).await?
            }
        })
    }

    /// A second handle on the same HTTP/2 connection.
    pub(crate) fn share(&self) -> Option<Connection> {
        match &self.sender {
            Sender::H1(_) => None,
            Sender::H2(sender) => Some(Connection {
                sender: Sender::H2(sender.clone()),
                intercepted: self.intercepted,
            }),
        }
    }
}

/// Trusts these files and nothing else.
pub(crate) fn client_config(authorities: &[PathBuf], alpn: Vec<u8>) -> Outcome<ClientConfig> {
    let mut roots = RootCertStore::empty();
    for path in authorities {
        for certificate in CertificateDer::pem_file_iter(path)? {
            roots.add(certificate?)?;
        }
    }
    let mut config = ClientConfig::builder()
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![alpn];
    Ok(config)
}

async fn connect(tcp: &mut TcpStream, authority: &str) -> Outcome<()> {
    tcp.write_all(format!("CONNECT {authority} HTTP/1.1\r\nHost: {authority}\r\n\r\n").as_bytes())
        .await?;
    let mut answer = Vec::with_capacity(256);
    while !answer.ends_with(b"\r\n\r\n") {
        if answer.len() > 8192 || tcp.read_buf(&mut answer).await? == 0 {
            return Err("the answer to the CONNECT has no end".into());
        }
    }
    match answer.get(9..12) {
        Some(b"200") => Ok(()),
        other => Err(format!(
            "the CONNECT was refused: {}",
            String::from_utf8_lossy(other.unwrap_or_default())
        )
        .into()),
    }
}

fn signed_by_origin(stream: &TlsStream<TcpStream>) -> bool {
    let chain = stream.get_ref().1.peer_certificates();
    let name = ORIGIN_NAME.as_bytes();
    chain
        .and_then(<[_]>::first)
        .is_some_and(|leaf| leaf.windows(name.len()).any(|window| window == name))
}
