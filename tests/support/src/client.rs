//! A small HTTPS client that goes through a proxy, or straight to the fake service, and keeps what a user would see:
//! the answer and the certificate it came under.

use bytes::Bytes;
use http::{HeaderMap, Request};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

/// How the client reaches a host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// Every host is at this address.
    Direct(SocketAddr),
    /// By CONNECT through this proxy.
    Proxy(SocketAddr),
}

/// A request to send.
#[derive(Clone, Default)]
pub struct Outgoing {
    /// `GET`, `POST`, …
    pub method: String,
    /// Host name; the port is 443.
    pub host: String,
    /// Path and query.
    pub path: String,
    /// Further headers.
    pub headers: Vec<(String, String)>,
    /// Body.
    pub body: Vec<u8>,
}

impl Outgoing {
    /// A POST of JSON, with the headers of an API client.
    #[must_use]
    pub fn json(host: &str, path: &str, body: &serde_json::Value) -> Self {
        Self {
            method: "POST".to_owned(),
            host: host.to_owned(),
            path: path.to_owned(),
            headers: vec![("content-type".to_owned(), "application/json".to_owned())],
            body: body.to_string().into_bytes(),
        }
    }

    /// A GET.
    #[must_use]
    pub fn get(host: &str, path: &str) -> Self {
        Self {
            method: "GET".to_owned(),
            host: host.to_owned(),
            path: path.to_owned(),
            ..Self::default()
        }
    }

    /// A multipart upload of one file.
    #[must_use]
    pub fn file(host: &str, path: &str, name: &str, content: &str) -> Self {
        let boundary = "weir-story-boundary";
        let body = format!(
            "--{boundary}\r\nContent-Disposition: form-data; name=\"purpose\"\r\n\r\nuser_data\r\n--{boundary}\r\n\
             Content-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\nContent-Type: text/plain\r\n\r\n\
             {content}\r\n--{boundary}--\r\n"
        );
        Self {
            method: "POST".to_owned(),
            host: host.to_owned(),
            path: path.to_owned(),
            headers: vec![(
                "content-type".to_owned(),
                format!("multipart/form-data; boundary={boundary}"),
            )],
            body: body.into_bytes(),
        }
    }

    /// With one more header.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }
}

/// An answer and the certificate it came under.
#[derive(Clone)]
pub struct Reply {
    /// Status code.
    pub status: u16,
    /// Headers.
    pub headers: HeaderMap,
    /// The whole body as it came, still compressed if the answer says so.
    pub body: Vec<u8>,
    /// How many pieces the body came in.
    pub pieces: usize,
    /// The server's certificate, DER.
    pub certificate: Vec<u8>,
}

impl Reply {
    /// The body as text.
    #[must_use]
    pub fn text(&self) -> String {
        let coding = self
            .headers
            .get("content-encoding")
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default();
        String::from_utf8_lossy(&crate::fake::undo_coding(coding, self.body.clone())).into_owned()
    }
}

/// The request did not come through.
#[derive(Debug, thiserror::Error)]
pub enum SendError {
    /// A certificate file to trust, or a name.
    #[error("cannot set up the request")]
    Setup(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The connection broke, or TLS failed: the source says.
    #[error("cannot reach the host")]
    Connect(#[from] std::io::Error),
    /// The proxy refused the CONNECT.
    #[error("the proxy answered the CONNECT with `{0}`")]
    Refused(String),
    /// HTTP broke.
    #[error("the exchange broke off")]
    Http(#[from] hyper::Error),
    /// It took too long.
    #[error("no complete answer within {0:?}")]
    Slow(Duration),
}

/// The client. Each request has a connection of its own.
#[derive(Clone)]
pub struct Client {
    way: Way,
    tls: Arc<ClientConfig>,
    http2: bool,
    patience: Duration,
}

impl Client {
    /// Trusts the authorities in these PEM files and no other.
    pub fn new(way: Way, trusted: &[&Path]) -> Result<Self, SendError> {
        crate::install_crypto();
        let mut roots = RootCertStore::empty();
        for path in trusted {
            for certificate in CertificateDer::pem_file_iter(path).map_err(|error| SendError::Setup(error.into()))? {
                let certificate = certificate.map_err(|error| SendError::Setup(error.into()))?;
                roots.add(certificate).map_err(|error| SendError::Setup(error.into()))?;
            }
        }
        let mut tls = ClientConfig::builder()
            .with_root_certificates(roots)
            .with_no_client_auth();
        tls.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Self {
            way,
            tls: Arc::new(tls),
            http2: false,
            patience: Duration::from_secs(30),
        })
    }

    /// Speaks HTTP/2 and nothing else.
    #[must_use]
    pub fn http2(mut self) -> Self {
        let mut tls = ClientConfig::clone(&self.tls);
        tls.alpn_protocols = vec![b"h2".to_vec()];
        self.tls = Arc::new(tls);
        self.http2 = true;
        self
    }

    /// Gives up after this time.
    #[must_use]
    pub fn patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// Sends a request and waits for the whole answer.
    pub fn send(&self, request: &Outgoing) -> Result<Reply, SendError> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(async {
            tokio::time::timeout(self.patience, self.exchange(request))
                .await
                .unwrap_or(Err(SendError::Slow(self.patience)))
        })
    }

    /// Only the handshake: the server's certificate.
    pub fn certificate(&self, host: &str) -> Result<Vec<u8>, SendError> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(async { Ok(certificate(&self.dial(host).await?)) })
    }

    async fn exchange(&self, request: &Outgoing) -> Result<Reply, SendError> {
        let stream = self.dial(&request.host).await?;
        let certificate = certificate(&stream);
        let io = TokioIo::new(stream);
        let wire = self.wire(request)?;
        let response = if self.http2 {
            let (mut sender, connection) = hyper::client::conn::http2::handshake(TokioExecutor::new(), io).await?;
            tokio::spawn(connection);
            sender.send_request(wire).await?
        } else {
            let (mut sender, connection) = hyper::client::conn::http1::handshake(io).await?;
            tokio::spawn(connection);
            sender.send_request(wire).await?
        };
        read(response, certificate).await
    }

    pub(crate) async fn dial(&self, host: &str) -> Result<TlsStream<TcpStream>, SendError> {
        let tcp = match self.way {
            Way::Direct(address) => TcpStream::connect(address).await?,
            Way::Proxy(address) => connect(TcpStream::connect(address).await?, host).await?,
        };
        tcp.set_nodelay(true)?;
        let name = ServerName::try_from(host.to_owned()).map_err(|error| SendError::Setup(error.into()))?;
        Ok(TlsConnector::from(self.tls.clone()).connect(name, tcp).await?)
    }

    fn wire(&self, request: &Outgoing) -> Result<Request<Full<Bytes>>, SendError> {
        let uri = if self.http2 {
            format!("https://{}{}", request.host, request.path)
        } else {
            request.path.clone()
        };
        let mut builder = Request::builder().method(request.method.as_str()).uri(uri);
        if !self.http2 {
            builder = builder.header("host", request.host.as_str());
        }
        for (name, value) in &request.headers {
            builder = builder.header(name, value);
        }
        builder
            .body(Full::from(request.body.clone()))
            .map_err(|error| SendError::Setup(error.into()))
    }
}

async fn connect(mut tcp: TcpStream, host: &str) -> Result<TcpStream, SendError> {
    tcp.write_all(format!("CONNECT {host}:443 HTTP/1.1\r\nHost: {host}:443\r\n\r\n").as_bytes())
        .await?;
    let mut answer = Vec::new();
    while !answer.ends_with(b"\r\n\r\n") {
        // One byte at a time: what follows the head belongs to the tunnel.
        let byte = tcp.read_u8().await?;
        answer.push(byte);
    }
    let line = String::from_utf8_lossy(&answer)
        .lines()
        .next()
        .unwrap_or_default()
        .to_owned();
    if line.split(' ').nth(1) == Some("200") {
        Ok(tcp)
    } else {
        Err(SendError::Refused(line))
    }
}

async fn read(response: hyper::Response<Incoming>, certificate: Vec<u8>) -> Result<Reply, SendError> {
    let (head, mut incoming) = response.into_parts();
    let (mut body, mut pieces) = (Vec::new(), 0);
    while let Some(frame) = incoming.frame().await {
        if let Ok(data) = frame?.into_data() {
            body.extend_from_slice(&data);
            pieces += 1;
        }
    }
    Ok(Reply {
        status: head.status.as_u16(),
        headers: head.headers,
        body,
        pieces,
        certificate,
    })
}

fn certificate(stream: &TlsStream<TcpStream>) -> Vec<u8> {
    let chain = stream.get_ref().1.peer_certificates();
    chain
        .and_then(<[_]>::first)
        .map(|leaf| leaf.to_vec())
        .unwrap_or_default()
}
