//! A WebSocket client that goes the way of [`Client`].

use crate::Client;
use crate::client::{Outgoing, SendError};
use futures_util::{SinkExt, StreamExt};
use http::{HeaderName, HeaderValue};
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::runtime::Runtime;
use tokio_rustls::client::TlsStream;
use tokio_tungstenite::tungstenite::Error;
pub use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::{WebSocketStream, client_async};

/// How long a message is waited for.
const PATIENCE: Duration = Duration::from_secs(10);

/// An open socket; it belongs to one thread.
pub struct Socket {
    runtime: Runtime,
    stream: WebSocketStream<TlsStream<TcpStream>>,
}

/// The socket did not open.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The host was not reached.
    #[error("cannot reach the host")]
    Reach(#[from] SendError),
    /// No runtime.
    #[error("cannot set up the socket")]
    Setup(#[from] std::io::Error),
    /// The handshake was refused with this status and body, or broke.
    #[error("the handshake failed: {0}")]
    Handshake(String),
}

impl Socket {
    /// Opens a socket by HTTP/1.1.
    pub fn open(client: &Client, host: &str, path: &str) -> Result<Self, OpenError> {
        Self::open_as(client, &Outgoing::get(host, path))
    }

    /// The same with the headers of a handshake.
    pub fn open_as(client: &Client, handshake: &Outgoing) -> Result<Self, OpenError> {
        let Outgoing {
            host, path, headers, ..
        } = handshake;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let failed = |error: Error| OpenError::Handshake(said(&error));
        let mut request = format!("wss://{host}{path}").into_client_request().map_err(failed)?;
        for (name, value) in headers {
            if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
                request.headers_mut().append(name, value);
            }
        }
        let stream = runtime.block_on(async {
            let stream = client.dial(host).await?;
            let (stream, _) = client_async(request, stream).await.map_err(failed)?;
            Ok::<_, OpenError>(stream)
        })?;
        Ok(Self { runtime, stream })
    }

    /// Sends a text.
    pub fn send(&mut self, text: &str) -> Result<(), Error> {
        self.say(Message::text(text))
    }

    /// Sends anything.
    pub fn say(&mut self, message: Message) -> Result<(), Error> {
        self.runtime.block_on(self.stream.send(message))
    }

    /// The next text; `None` when the socket closes, breaks, or stays silent.
    pub fn next_text(&mut self) -> Option<String> {
        loop {
            match self.next_message()? {
                Message::Text(text) => return Some(text.as_str().to_owned()),
                Message::Close(_) => return None,
                _ => {}
            }
        }
    }

    /// Texts up to and with the first that holds this.
    pub fn texts_until(&mut self, end: &str) -> Vec<String> {
        let mut texts = Vec::new();
        while let Some(text) = self.next_text() {
            let is_end = text.contains(end);
            texts.push(text);
            if is_end {
                break;
            }
        }
        texts
    }

    /// The next message of any kind.
    pub fn next_message(&mut self) -> Option<Message> {
        let Self { runtime, stream } = self;
        runtime
            .block_on(async { tokio::time::timeout(PATIENCE, stream.next()).await })
            .ok()??
            .ok()
    }
}

fn said(error: &Error) -> String {
    match error {
        Error::Http(response) => {
            let body = response
                .body()
                .as_deref()
                .map(String::from_utf8_lossy)
                .unwrap_or_default();
            format!("{} {body}", response.status())
        }
        other => other.to_string(),
    }
}
