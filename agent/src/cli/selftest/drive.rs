//! A program that talks to an AI service through a proxy, as the self-test needs one: it trusts the device's certificate and no
//! other.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use futures_util::{SinkExt, StreamExt};
use http_body_util::{BodyExt, Full};
use hyper::Request;
use hyper_util::rt::TokioIo;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;

use crate::setup::Certificate;

/// One step; a proxy that does not answer must not hold the command up.
const STEP: Duration = Duration::from_secs(2);
/// How long a message on a socket may stay without an answer.
const SILENCE: Duration = Duration::from_millis(700);

/// Opens connections through one proxy.
pub(super) struct Driver {
    proxy: SocketAddr,
    tls: TlsConnector,
}

/// What came back. Holds what was sent: no `Debug`.
pub(super) struct Answer {
    pub(super) status: u16,
    /// What came to the service; `None` when nothing did.
    pub(super) received: Option<Vec<u8>>,
    body: Vec<u8>,
}

/// A WebSocket.
pub(super) struct Socket(WebSocketStream<TlsStream<TcpStream>>);

impl Driver {
    /// Through this proxy, trusting only this certificate.
    pub(super) fn new(proxy: SocketAddr, certificate: &Certificate) -> Result<Self, String> {
        let mut roots = RootCertStore::empty();
        let root = CertificateDer::from(certificate.der().to_vec());
        roots
            .add(root)
            .map_err(|error| format!("the certificate cannot be trusted: {error}"))?;
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
        let config = config.map_err(|error| format!("no TLS: {error}"))?;
        let mut config = config.with_root_certificates(roots).with_no_client_auth();
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Self {
            proxy,
            tls: TlsConnector::from(Arc::new(config)),
        })
    }

    /// One request on a connection of its own.
    pub(super) async fn post(&self, host: &str, path: &str, kind: &str, body: String) -> Result<Answer, String> {
        in_time(self.post_unhurried(host, path, kind, body)).await
    }

    async fn post_unhurried(&self, host: &str, path: &str, kind: &str, body: String) -> Result<Answer, String> {
        let stream = self.connect(host).await?;
        let broken = |error: hyper::Error| format!("the exchange broke: {error}");
        let (mut send, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream))
            .await
            .map_err(broken)?;
        tokio::spawn(connection);
        let request = Request::post(path).header("host", host).header("content-type", kind);
        let request = request
            .header("authorization", "Bearer selftest")
            .body(Full::new(Bytes::from(body)));
        let response = send
            .send_request(request.map_err(|error| error.to_string())?)
            .await
            .map_err(broken)?;
        let status = response.status().as_u16();
        let received = response.headers().get(weir_wire::SELF_TEST_RECEIVED);
        let received = received.and_then(|value| STANDARD.decode(value.as_bytes()).ok());
        let body = response
            .into_body()
            .collect()
            .await
            .map_err(broken)?
            .to_bytes()
            .to_vec();
        Ok(Answer { status, received, body })
    }

    /// Opens a WebSocket.
    pub(super) async fn socket(&self, host: &str, path: &str) -> Result<Socket, String> {
        in_time(async {
            let stream = self.connect(host).await?;
            let opened = tokio_tungstenite::client_async(format!("wss://{host}{path}"), stream).await;
            opened
                .map(|(socket, _)| Socket(socket))
                .map_err(|error| format!("no WebSocket: {error}"))
        })
        .await
    }

    async fn connect(&self, host: &str) -> Result<TlsStream<TcpStream>, String> {
        let mut stream = TcpStream::connect(self.proxy)
            .await
            .map_err(|error| format!("no proxy: {error}"))?;
        let head = ask(
            &mut stream,
            &format!("CONNECT {host}:443 HTTP/1.1\r\nhost: {host}:443\r\n\r\n"),
        )
        .await?;
        if !head.starts_with("HTTP/1.1 200") {
            return Err(format!(
                "the proxy refused: {}",
                head.lines().next().unwrap_or_default()
            ));
        }
        let name = ServerName::try_from(host.to_owned()).map_err(|error| error.to_string())?;
        self.tls
            .connect(name, stream)
            .await
            .map_err(|error| format!("no TLS with the device's certificate: {error}"))
    }
}

impl Answer {
    /// The beginning of what was said, in one line.
    pub(super) fn words(&self) -> String {
        let text = String::from_utf8_lossy(&self.body);
        let words: Vec<&str> = text.split_whitespace().collect();
        format!(
            "status {}, {}",
            self.status,
            words.join(" ").chars().take(120).collect::<String>()
        )
    }

    /// The text of a streamed chat.
    pub(super) fn streamed(&self) -> String {
        let text = String::from_utf8_lossy(&self.body);
        let chunks = text
            .lines()
            .filter_map(|line| serde_json::from_str::<Value>(line.strip_prefix("data: ")?).ok());
        chunks
            .filter_map(|chunk| chunk["choices"][0]["delta"]["content"].as_str().map(str::to_owned))
            .collect()
    }
}

impl Socket {
    /// Sends a message and waits a little for the next one; `None` for silence and for an end.
    pub(super) async fn exchange(&mut self, text: &str) -> Result<Option<String>, String> {
        let sent = self.0.send(Message::text(text.to_owned())).await;
        sent.map_err(|error| format!("the WebSocket broke: {error}"))?;
        match timeout(SILENCE, self.0.next()).await {
            Ok(Some(Ok(message))) if message.is_text() || message.is_binary() => {
                Ok(Some(String::from_utf8_lossy(&message.into_data()).into_owned()))
            }
            _ => Ok(None),
        }
    }
}

/// The machine's own proxy, asked for its PAC file.
pub(super) async fn own_page(address: &str) -> Result<String, String> {
    in_time(async {
        let mut stream = TcpStream::connect(address)
            .await
            .map_err(|error| format!("{address}: {error}"))?;
        let head = ask(
            &mut stream,
            &format!("GET /proxy.pac HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n"),
        )
        .await?;
        let line = head.lines().next().unwrap_or_default().to_owned();
        if line.starts_with("HTTP/1.1 200") {
            Ok(address.to_owned())
        } else {
            Err(line)
        }
    })
    .await
}

/// Sends a head and reads one.
pub(super) async fn ask(stream: &mut TcpStream, head: &str) -> Result<String, String> {
    const LARGEST: usize = 16 * 1024;
    let broken = |error: std::io::Error| format!("the proxy does not answer: {error}");
    stream.write_all(head.as_bytes()).await.map_err(broken)?;
    let mut read = Vec::new();
    // Byte by byte: what comes behind the head belongs to whoever reads next.
    while !read.ends_with(b"\r\n\r\n") && read.len() < LARGEST {
        read.push(stream.read_u8().await.map_err(broken)?);
    }
    Ok(String::from_utf8_lossy(&read).into_owned())
}

async fn in_time<T>(step: impl Future<Output = Result<T, String>>) -> Result<T, String> {
    timeout(STEP, step)
        .await
        .unwrap_or_else(|_| Err("no answer in time".to_owned()))
}
