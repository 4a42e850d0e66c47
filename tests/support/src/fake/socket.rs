//! A WebSocket to the fake service, on a library that has nothing in common with Weir's own frames.

use super::AnswerBody;
use super::log::Log;
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

/// What the service says first, where this request opens a socket.
pub(super) fn greeting(request: &Request<Incoming>) -> Option<Vec<String>> {
    let upgrade = request.headers().get(UPGRADE)?;
    if !upgrade.as_bytes().eq_ignore_ascii_case(b"websocket") {
        return None;
    }
    sockets::greeting(&Head::of(request))
}

/// Opens the socket and serves it on a task of its own. Every message is recorded as it comes, as the body of the
/// handshake.
pub(super) fn open(mut request: Request<Incoming>, greeting: Vec<String>, log: Arc<Log>) -> Response<AnswerBody> {
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
            let _ = converse(socket, &head, greeting, &log, entry).await;
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
    mut socket: WebSocketStream<TokioIo<hyper::upgrade::Upgraded>>,
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
        log.append(entry, &message.clone().into_data());
        log.append(entry, b"\n");
        if let Message::Text(text) = message {
            for reply in sockets::reply(head, text.as_str(), &services::last_prompt(&log.all())) {
                socket.send(Message::text(reply)).await?;
            }
        }
    }
    Ok(())
}
