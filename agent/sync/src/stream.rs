//! The stream that is held open: a connection of its own that goes both ways, or one as older servers have it.
//!
//! ```text
//! GET …/stream, HTTP/1.1, Upgrade ─┬ 101: events down, sayings up, and nothing of HTTP any more
//!                                  ├ 200: events down, as the body of an answer; sayings are requests
//!                                  └ anything else, and what breaks: the same by HTTP/2, on the connection of the requests
//! ```

use crate::client::{AskError, Client, connector, refusal, whole, within};
use bytes::{Bytes, BytesMut};
use http::header::{CONNECTION, UPGRADE};
use http::{HeaderValue, Method, Response, StatusCode};
use http_body_util::{BodyExt, Empty};
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use std::io;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tower::ServiceExt;
use weir_fleet::routes;

/// A stream that is open.
pub(crate) enum Stream {
    /// It goes both ways.
    Both {
        io: TokioIo<Upgraded>,
        /// Small batches of records may be said on it.
        takes_records: bool,
    },
    /// Only the server speaks on it.
    Down(Incoming),
}

/// The stream is no more.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StreamError {
    /// Down alone.
    #[error("the stream broke")]
    Body(#[from] hyper::Error),
    /// Both ways.
    #[error("the stream broke")]
    Connection(#[from] io::Error),
    /// The server takes nothing.
    #[error("the server does not read")]
    Stuck,
}

/// Until the answer to a request for a stream.
const ANSWER: Duration = Duration::from_secs(60);
/// Until the server has taken what is said.
const SAY: Duration = Duration::from_secs(30);
/// Bytes that are read at once.
const READ: usize = 16 * 1024;

impl Stream {
    /// Opens it, whichever form the server has.
    pub(crate) async fn open(client: &Client, route: &str) -> Result<Self, AskError> {
        match within(ANSWER, upgraded(client, route)).await {
            Err(error @ (AskError::Strange(_) | AskError::Unreachable(_))) => {
                tracing::debug!(error = weir_model::chain(&error), "no stream that goes both ways");
                Ok(Self::Down(client.stream(route).await?))
            }
            other => other,
        }
    }

    /// Whether records can be said on it; `None` where nothing can.
    pub(crate) const fn takes_records(&self) -> Option<bool> {
        match self {
            Self::Both { takes_records, .. } => Some(*takes_records),
            Self::Down(_) => None,
        }
    }

    /// What comes next; `None` at the end. Nothing is lost where this is given up.
    pub(crate) async fn next(&mut self) -> Result<Option<Bytes>, StreamError> {
        match self {
            Self::Both { io, .. } => {
                let mut bytes = BytesMut::with_capacity(READ);
                let count = io.read_buf(&mut bytes).await?;
                Ok((count > 0).then(|| bytes.freeze()))
            }
            Self::Down(body) => {
                while let Some(frame) = body.frame().await {
                    if let Ok(bytes) = frame?.into_data() {
                        return Ok(Some(bytes));
                    }
                }
                Ok(None)
            }
        }
    }

    /// Says something, where it can be said.
    pub(crate) async fn say(&mut self, line: &[u8]) -> Result<(), StreamError> {
        let Self::Both { io, .. } = self else { return Ok(()) };
        let saying = async {
            io.write_all(line).await?;
            io.flush().await
        };
        let said = tokio::time::timeout(SAY, saying).await;
        Ok(said.map_err(|_| StreamError::Stuck)??)
    }
}

/// Asks for it on a connection of its own.
async fn upgraded(client: &Client, route: &str) -> Result<Stream, AskError> {
    let broken = |error: hyper::Error| AskError::Unreachable(error.into());
    let request = client.request(Method::GET, route)?;
    let address = request.uri_ref().cloned().ok_or_else(|| client.no_address())?;
    let host = address.authority().map(|host| host.as_str().to_owned());
    let request = request
        .uri(route)
        .header(http::header::HOST, host.unwrap_or_default())
        .header(CONNECTION, HeaderValue::from_static("upgrade"))
        .header(UPGRADE, HeaderValue::from_static(routes::STREAM_UPGRADE));
    let request = request.body(Empty::<Bytes>::new()).map_err(|_| client.no_address())?;
    let connected = connector(client.tls()?, false).oneshot(address).await;
    let (mut asking, connection) = http1::handshake(connected.map_err(AskError::Unreachable)?)
        .await
        .map_err(broken)?;
    // It ends with the answer, or with the stream.
    tokio::spawn(connection.with_upgrades());
    answered(asking.send_request(request).await.map_err(broken)?).await
}

async fn answered(response: Response<Incoming>) -> Result<Stream, AskError> {
    let status = response.status();
    match status {
        StatusCode::SWITCHING_PROTOCOLS => {
            let takes = response.headers().get(routes::STREAM_TAKES);
            let mut takes = takes
                .and_then(|takes| takes.to_str().ok())
                .into_iter()
                .flat_map(|takes| takes.split(','));
            let takes_records = takes.any(|word| word.trim() == routes::TAKES_RECORDS);
            let io = hyper::upgrade::on(response).await;
            let io = TokioIo::new(io.map_err(|error| AskError::Unreachable(error.into()))?);
            Ok(Stream::Both { io, takes_records })
        }
        // An older server.
        StatusCode::OK => Ok(Stream::Down(response.into_body())),
        _ => {
            let (status, body) = whole(response).await?;
            Err(refusal(status, &body))
        }
    }
}
