//! What stands behind a stage: a service in this process that says back what came to it.

use std::convert::Infallible;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use futures_util::{SinkExt, StreamExt};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use hyper::header::{CONNECTION, CONTENT_TYPE, HeaderValue, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY, UPGRADE};
use hyper::service::service_fn;
use hyper::upgrade::Upgraded;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::io::DuplexStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::Role;
use weir_proxy::{Alpn, ConnectError, Connected, Security, Target, Upstream};

/// Bytes on their way in memory.
const BUFFER: usize = 64 * 1024;
const LARGEST: usize = 256 * 1024;
/// Letters of an answer that come at once: fewer than a stand-in has, so that each is cut.
const PIECE: usize = 4;

/// Connects to nothing but a service in this process, whatever host is meant.
pub(super) struct Echo;

impl Upstream for Echo {
    type Stream = DuplexStream;

    async fn connect(
        &self,
        _target: Target<'_>,
        security: Security<'_>,
    ) -> Result<Connected<DuplexStream>, ConnectError> {
        let (near, far) = tokio::io::duplex(BUFFER);
        tokio::spawn(async move {
            let connection =
                hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(far), service_fn(answer));
            // Both ends are in this process: one that breaks off has seen enough.
            let _ = connection.with_upgrades().await;
        });
        Ok(Connected {
            stream: near,
            alpn: matches!(security, Security::Tls(_)).then_some(Alpn::Http1),
            peer: None,
        })
    }
}

async fn answer(request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    if let Some(key) = request.headers().get(SEC_WEBSOCKET_KEY).cloned() {
        return Ok(switched(request, &key));
    }
    let body = Limited::new(request.into_body(), LARGEST).collect().await;
    let body = body.map(http_body_util::Collected::to_bytes).unwrap_or_default();
    let mut response = Response::new(Full::new(Bytes::from(said_back(&body))));
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    // Base64 is a header's text.
    if let Ok(received) = HeaderValue::from_str(&STANDARD.encode(&body)) {
        response.headers_mut().insert(weir_wire::SELF_TEST_RECEIVED, received);
    }
    Ok(response)
}

/// The last message of a chat, as a model would stream it.
fn said_back(body: &[u8]) -> String {
    let chat: Value = serde_json::from_slice(body).unwrap_or_default();
    let last = chat["messages"].as_array().and_then(|messages| messages.last());
    let text = last.and_then(|message| message["content"].as_str()).unwrap_or_default();
    let letters: Vec<char> = text.chars().collect();
    let pieces = letters.chunks(PIECE).map(|piece| {
        let piece: String = piece.iter().collect();
        let chunk = json!({
            "id": "chatcmpl-selftest", "object": "chat.completion.chunk", "created": 0, "model": "selftest",
            "choices": [{ "index": 0, "delta": { "content": piece }, "finish_reason": null }],
        });
        format!("data: {chunk}\n\n")
    });
    pieces.chain([String::from("data: [DONE]\n\n")]).collect()
}

fn switched(request: Request<Incoming>, key: &HeaderValue) -> Response<Full<Bytes>> {
    tokio::spawn(async move {
        if let Ok(upgraded) = hyper::upgrade::on(request).await {
            say_messages_back(upgraded).await;
        }
    });
    let mut response = Response::new(Full::default());
    *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
    let headers = response.headers_mut();
    headers.insert(CONNECTION, HeaderValue::from_static("upgrade"));
    headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
    if let Ok(accepted) = HeaderValue::from_str(&derive_accept_key(key.as_bytes())) {
        headers.insert(SEC_WEBSOCKET_ACCEPT, accepted);
    }
    response
}

async fn say_messages_back(upgraded: Upgraded) {
    let mut socket = WebSocketStream::from_raw_socket(TokioIo::new(upgraded), Role::Server, None).await;
    while let Some(Ok(message)) = socket.next().await {
        if (message.is_text() || message.is_binary()) && socket.send(message).await.is_err() {
            return;
        }
    }
}
