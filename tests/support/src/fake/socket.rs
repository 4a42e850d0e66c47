//! A WebSocket to the fake service, on a library that has nothing in common with Weir's own frames.

use super::AnswerBody;
use super::log::Log;
use super::recording::{Recording, Turn};
use super::services::{self, Head, sockets};
use bytes::Bytes;
use futures_util::{SinkExt, StreamExt};
use http::header::{CONNECTION, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY, UPGRADE};
use http::{HeaderValue, Request, Response, StatusCode};
use http_body_util::{BodyExt, Empty};
use hyper::body::Incoming;
use hyper_util::rt::TokioIo;
use std::sync::Arc;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::{Error, Message, protocol::Role};

type Connected = WebSocketStream<TokioIo<hyper::upgrade::Upgraded>>;

/// What the service says over a socket.
pub(super) enum Script {
    /// Its own replies, after this greeting.
    Own(Vec<String>),
    /// What was recorded: first, and after each message of the client.
    Recorded(Vec<Vec<Turn>>),
}

/// What is going to be said, where this request opens a socket.
pub(super) fn script(request: &Request<Incoming>, recording: Option<&Recording>) -> Option<Script> {
    let upgrade = request.headers().get(UPGRADE)?;
    if !upgrade.as_bytes().eq_ignore_ascii_case(b"websocket") {
        return None;
    }
    match recording {
        Some(recording) => recording.turns.clone().map(Script::Recorded),
        None => sockets::greeting(&Head::of(request)).map(Script::Own),
    }
}

/// Opens the socket and serves it on a task of its own. Every message is recorded as it comes, as the body of the
/// handshake.
pub(super) fn open(mut request: Request<Incoming>, script: Script, log: Arc<Log>) -> Response<AnswerBody> {
    let upgrading = hyper::upgrade::on(&mut request);
    let key = request
        .headers()
        .get(SEC_WEBSOCKET_KEY)
        .map_or(&b""[..], HeaderValue::as_bytes);
    let accept = derive_accept_key(key);
    let head = Head::of(&request);
    tokio::spawn(async move {
        let entry = log.begin(&head);
        if let Ok(upgraded) = upgrading.await {
            let socket = WebSocketStream::from_raw_socket(TokioIo::new(upgraded), Role::Server, None).await;
            // A client that goes away is no concern of the service.
            let _ = match script {
                Script::Own(greeting) => converse(socket, &head, greeting, &log, entry).await,
                Script::Recorded(turns) => repeat(socket, turns, &log, entry).await,
            };
        }
        log.finish(entry);
    });
    let mut response = Response::new(Empty::<Bytes>::new().boxed());
    *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
    let headers = response.headers_mut();
    headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
    headers.insert(CONNECTION, HeaderValue::from_static("Upgrade"));
    if let Ok(accept) = HeaderValue::from_str(&accept) {
        headers.insert(SEC_WEBSOCKET_ACCEPT, accept);
    }
    response
}

async fn converse(
    mut socket: Connected,
    head: &Head,
    greeting: Vec<String>,
    log: &Log,
    entry: usize,
) -> Result<(), Error> {
    for message in greeting {
        socket.send(Message::text(message)).await?;
    }
    while let Some(message) = socket.next().await {
        let message = message?;
        note(log, entry, &message);
        if let Message::Text(text) = message {
            for reply in sockets::reply(head, text.as_str(), &services::last_prompt(&log.all())) {
                socket.send(Message::text(reply)).await?;
            }
        }
    }
    Ok(())
}

/// Keeps to the order of the recording: a message that never comes keeps back what was said after it.
async fn repeat(mut socket: Connected, turns: Vec<Vec<Turn>>, log: &Log, entry: usize) -> Result<(), Error> {
    let mut turns = turns.into_iter();
    loop {
        for said in turns.next().unwrap_or_default() {
            socket.send(said.message()).await?;
        }
        let Some(message) = content(&mut socket).await? else {
            return Ok(());
        };
        note(log, entry, &message);
    }
}

/// The next message with content; the library sees to the others.
async fn content(socket: &mut Connected) -> Result<Option<Message>, Error> {
    while let Some(message) = socket.next().await {
        let message = message?;
        if message.is_text() || message.is_binary() {
            return Ok(Some(message));
        }
    }
    Ok(None)
}

fn note(log: &Log, entry: usize, message: &Message) {
    log.append(entry, &message.clone().into_data());
    log.append(entry, b"\n");
}
