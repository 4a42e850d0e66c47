//! An answer that the gate brings from elsewhere: passed on as it comes, in both protocols, while the origin hears nothing.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod dialogue;

use std::sync::Arc;

use bytes::Bytes;
use dialogue::*;
use futures_util::stream;
use http::{HeaderMap, Request};
use tokio::sync::{Mutex, mpsc};
use weir_proxy::{AnswerFailure, Relay, Ruling};

type Piece = Result<Bytes, AnswerFailure>;

/// Rules that bring every answer from a channel, one answer at a time.
fn relaying() -> (Rules, mpsc::UnboundedSender<Option<Piece>>) {
    let (say, pieces) = mpsc::unbounded_channel::<Option<Piece>>();
    let pieces = Arc::new(Mutex::new(pieces));
    let rules = Rules::judge(1000, move |_| {
        let pieces = Arc::clone(&pieces);
        let body = stream::unfold(pieces, |pieces| async move {
            let piece = pieces.lock().await.recv().await??;
            Some((piece, pieces))
        });
        let mut headers = HeaderMap::new();
        headers.insert("content-type", "text/event-stream".parse().unwrap());
        // Not the gate's to say.
        headers.insert("content-length", "7".parse().unwrap());
        headers.insert("connection", "close".parse().unwrap());
        Ruling::Relay(Relay {
            status: 201,
            headers,
            body: Box::pin(body),
        })
    });
    (rules, say)
}

const ASK: &str = "POST /v1/chat HTTP/1.1\r\nHost: chat.example\r\nContent-Length: 2\r\n\r\nhi";

fn piece(text: &'static str) -> Option<Piece> {
    Some(Ok(Bytes::from_static(text.as_bytes())))
}

#[tokio::test(flavor = "multi_thread")]
async fn pieces_go_on_as_they_come_and_the_connection_goes_on() {
    let ca = OriginCa::new();
    let (origin, mut heard) = recording(&ca).await;
    let (rules, pieces) = relaying();
    let world = World::new(rules, &ca, origin).await;
    let mut client = world.http1().await;
    for _ in 0..2 {
        say(&mut client, &ASK.replace("chat.example", HOST)).await;
        let head = hear_head(&mut client).await;
        assert!(head.starts_with("HTTP/1.1 201 Created\r\n"), "{head}");
        assert!(head.contains("content-type: text/event-stream\r\n"), "{head}");
        assert!(head.contains("transfer-encoding: chunked\r\n"), "{head}");
        let lower = head.to_ascii_lowercase();
        assert!(
            !lower.contains("content-length") && !lower.contains("connection:"),
            "{head}"
        );
        for text in ["data: one\n\n", "data: two\n\n"] {
            pieces.send(piece(text)).unwrap();
            let expected = format!("{:x}\r\n{text}\r\n", text.len());
            assert_eq!(
                in_time(hear(&mut client, expected.len())).await.to_lowercase(),
                expected
            );
        }
        pieces.send(None).unwrap();
        assert_eq!(in_time(hear(&mut client, 5)).await, "0\r\n\r\n");
    }
    assert!(heard.try_recv().is_err(), "the origin was asked");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_breaks_off_does_not_look_whole() {
    let ca = OriginCa::new();
    let (origin, _heard) = recording(&ca).await;
    let (rules, pieces) = relaying();
    let world = World::new(rules, &ca, origin).await;
    let mut client = world.http1().await;
    say(&mut client, &ASK.replace("chat.example", HOST)).await;
    pieces.send(piece("half")).unwrap();
    pieces.send(Some(Err(AnswerFailure))).unwrap();
    let all = in_time(hear_all(&mut client)).await;
    assert!(all.ends_with("4\r\nhalf\r\n"), "{all}");
}

/// Bytes after such an answer would be taken for the next one.
#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_has_no_body_is_not_relayed() {
    let ca = OriginCa::new();
    let (origin, mut heard) = recording(&ca).await;
    let (rules, _pieces) = relaying();
    let world = World::new(rules, &ca, origin).await;
    let mut client = world.http1().await;
    say(&mut client, &ASK.replace("chat.example", HOST).replace("POST", "HEAD")).await;
    let head = hear_head(&mut client).await;
    assert!(head.starts_with("HTTP/1.1 500 "), "{head}");
    assert!(heard.try_recv().is_err(), "the origin was asked");
}

/// A client of the old protocol knows no chunks: the connection ends the body.
#[tokio::test(flavor = "multi_thread")]
async fn an_old_client_gets_the_body_until_the_connection_ends() {
    let ca = OriginCa::new();
    let (origin, _heard) = recording(&ca).await;
    let (rules, pieces) = relaying();
    let world = World::new(rules, &ca, origin).await;
    let mut client = world.http1().await;
    let ask = ASK.replace("chat.example", HOST).replace("HTTP/1.1", "HTTP/1.0");
    say(&mut client, &ask).await;
    for said in [piece("one "), piece("two"), None] {
        pieces.send(said).unwrap();
    }
    let all = in_time(hear_all(&mut client)).await;
    assert!(all.to_ascii_lowercase().contains("connection: close\r\n"), "{all}");
    assert!(all.ends_with("\r\n\r\none two"), "{all}");
}

#[tokio::test(flavor = "multi_thread")]
async fn streams_of_http2_get_theirs_and_are_reset_when_it_breaks_off() {
    let ca = OriginCa::new();
    let origin = origin(ca.tls(&["h2"]), |stream| async move {
        let mut connection = h2::server::handshake(stream).await.unwrap();
        assert!(connection.accept().await.is_none(), "the origin was asked");
    })
    .await;
    let (rules, pieces) = relaying();
    let world = World::new(rules, &ca, origin).await;
    let mut sender = world.http2().await;
    for whole in [true, false] {
        let request = Request::post(format!("https://{HOST}/v1/chat")).body(()).unwrap();
        sender = in_time(sender.ready()).await.unwrap();
        let (response, mut up) = sender.send_request(request, false).unwrap();
        up.send_data(Bytes::from_static(b"hi"), true).unwrap();
        let response = in_time(response).await.unwrap();
        assert_eq!(response.status(), 201);
        assert!(response.headers().get("content-length").is_none());
        let mut body = response.into_body();
        for text in ["one", "two"] {
            pieces.send(piece(text)).unwrap();
            assert_eq!(in_time(body.data()).await.unwrap().unwrap(), text);
        }
        pieces
            .send(if whole { None } else { Some(Err(AnswerFailure)) })
            .unwrap();
        match in_time(body.data()).await {
            None => assert!(whole),
            Some(Ok(last)) => assert!(whole && last.is_empty()),
            Some(Err(error)) => assert!(!whole && error.reason() == Some(h2::Reason::INTERNAL_ERROR)),
        }
    }
}
