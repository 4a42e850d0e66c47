//! Whoever is slow, or says nothing, is waited for so long and no longer; streams are for as long as they like.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test's broken assumption is a failed test"
)]

#[path = "support/stage.rs"]
mod stage;

use bytes::Bytes;
use futures_util::stream;
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Empty, StreamBody};
use hyper::Request;
use hyper::body::Frame;
use hyper::client::conn::http2::{Builder, SendRequest};
use hyper_util::rt::{TokioExecutor, TokioIo};
use serde_json::json;
use stage::{Identity, Stage, tester};
use std::convert::Infallible;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};
use tokio_rustls::client::TlsStream;
use weir_server::clock;
use weir_server::devices::revoke;
use weir_server::net::Limits;

const SHORT: Duration = Duration::from_secs(3);
/// Nothing of this takes as long: what is not cut off by then never is.
const NEVER: Duration = Duration::from_secs(120);
/// From one drop to the next: shorter than any limit.
const DROP: Duration = Duration::from_millis(100);

async fn impatient() -> Stage {
    let limits = Limits {
        head: SHORT,
        body: SHORT,
        request: SHORT,
        stranger: SHORT,
        device: SHORT,
        ..Limits::default()
    };
    Stage::limited(limits).await
}

/// Sends `first`, and `drop` again and again, until the server ends the connection. Gives what it said.
async fn drip(stage: &Stage, first: &[u8], drop: &[u8]) -> String {
    let (mut reading, mut writing) = tokio::io::split(stage.connect(None).await.unwrap());
    let mut said = Vec::new();
    let dripping = async {
        let mut sent = writing.write_all(first).await;
        while sent.is_ok() {
            sent = writing.flush().await;
            sleep(DROP).await;
            sent = sent.and(writing.write_all(drop).await);
        }
        std::future::pending::<()>().await;
    };
    tokio::select! {
        // Ended without a word, it is an error to TLS.
        read = timeout(NEVER, reading.read_to_end(&mut said)) => assert!(read.is_ok(), "it is cut off"),
        () = dripping => {}
    }
    String::from_utf8_lossy(&said).into_owned()
}

const ENROL: &str = "POST /v1/enrol HTTP/1.1\r\nhost: weir\r\ncontent-type: application/json\r\n";

#[tokio::test(flavor = "multi_thread")]
async fn slow_and_endless_requests_are_cut_off() {
    let stage = impatient().await;
    let chunked = format!("{ENROL}transfer-encoding: chunked\r\n\r\n");
    let long = format!("{ENROL}content-length: 65537\r\n\r\n");
    let short = format!("{ENROL}content-length: 100\r\n\r\n");
    let endless = format!("GET / HTTP/1.1\r\nx: {}\r\n\r\n", "a".repeat(100_000));
    let (nothing, half, head, chunks, long, short, endless) = tokio::join!(
        drip(&stage, b"", b""),
        drip(&stage, b"PRI * HTTP/2.0\r\n", b""),
        drip(&stage, b"GET / HTTP/1.1\r\nx: ", b"a"),
        drip(&stage, chunked.as_bytes(), b"1\r\n \r\n"),
        drip(&stage, long.as_bytes(), b" "),
        drip(&stage, short.as_bytes(), b" "),
        drip(&stage, endless.as_bytes(), b""),
    );
    assert_eq!([nothing, half, head], ["", "", ""]);
    for late in [chunks, long, short] {
        assert!(late.starts_with("HTTP/1.1 408"), "{late}");
    }
    assert!(endless.starts_with("HTTP/1.1 431"), "{endless}");
    let (status, answer) = stage
        .send(None, "POST", "/v1/enrol", "application/json", &vec![b' '; 100_000])
        .await;
    assert_eq!((status, &answer["refusal"]), (413, &json!("too_large")));
}

/// The preface of HTTP/2 and settings that change nothing.
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";
const PING: &[u8] = b"\0\0\x08\x06\0\0\0\0\0whatever";
/// The beginning of a head, of which more is to come.
const HEAD: &[u8] = b"\0\0\x01\x01\0\0\0\0\x01\x82";

#[tokio::test(flavor = "multi_thread")]
async fn who_speaks_http2_and_asks_nothing_is_cut_off() {
    let stage = impatient().await;
    let half = [PREFACE, HEAD].concat();
    tokio::join!(
        drip(&stage, PREFACE, b""),
        drip(&stage, PREFACE, PING),
        drip(&stage, &half, b""),
    );
}

type Sent = BoxBody<Bytes, Infallible>;

/// A connection, and what drives it until it ends.
async fn http2(
    stage: &Stage,
    identity: Option<&Identity>,
    window: u32,
) -> (SendRequest<Sent>, JoinHandle<hyper::Result<()>>) {
    let stream = TokioIo::new(stage.connect(identity).await.unwrap());
    let mut builder = Builder::new(TokioExecutor::new());
    builder.initial_stream_window_size(window);
    let (sender, driving) = builder.handshake(stream).await.unwrap();
    (sender, tokio::spawn(driving))
}

fn request(stage: &Stage, method: &str, path: &str, body: Sent) -> Request<Sent> {
    Request::builder()
        .method(method)
        .uri(format!("https://{}{path}", stage.address))
        .header("content-type", "application/json")
        .body(body)
        .unwrap()
}

const WINDOW: u32 = 64 * 1024;

/// A byte, and another one, for ever.
fn dripping() -> Sent {
    let drops = stream::unfold((), async |()| {
        sleep(DROP).await;
        Some((Ok(Frame::data(Bytes::from_static(b" "))), ()))
    });
    StreamBody::new(Box::pin(drops)).boxed()
}

#[tokio::test(flavor = "multi_thread")]
async fn slow_bodies_over_http2_are_cut_off() {
    let stage = impatient().await;
    let (_, _, identity) = stage.enrol(&stage.token(1).await).await;
    for (identity, path) in [(None, "/v1/enrol"), (identity.as_ref(), "/v1/device/standing")] {
        let (mut sender, _driving) = http2(&stage, identity, WINDOW).await;
        let answer = sender.send_request(request(&stage, "POST", path, dripping()));
        let answer = timeout(NEVER, answer).await.expect("it is cut off").unwrap();
        assert_eq!(answer.status(), 408, "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_asks_nothing_more_or_takes_no_answer_is_let_go() {
    let stage = impatient().await;
    for window in [WINDOW, 64] {
        let (mut sender, driving) = http2(&stage, None, window).await;
        let question = request(&stage, "GET", "/api/v1/openapi.json", Empty::new().boxed());
        let answer = sender.send_request(question).await.unwrap();
        assert_eq!(answer.status(), 200);
        let taken = match window == WINDOW {
            true => Ok(answer.into_body().collect().await.unwrap()),
            false => Err(answer),
        };
        let ended = timeout(NEVER, driving).await.expect("it is let go").unwrap();
        // Where nothing is under way the connection is ended in form: no request is lost that was just sent.
        assert_eq!(ended.is_ok(), taken.is_ok(), "{ended:?}");
    }
}

async fn stream(stage: &Stage, identity: &Identity, more: &str) -> TlsStream<TcpStream> {
    let mut stream = stage.connect(Some(identity)).await.unwrap();
    let head = format!("GET /v1/device/stream HTTP/1.1\r\nhost: weir\r\n{more}\r\n");
    stream.write_all(head.as_bytes()).await.unwrap();
    stream
}

#[tokio::test(flavor = "multi_thread")]
async fn streams_go_on() {
    let stage = impatient().await;
    let (_, enrolled, identity) = stage.enrol(&stage.token(1).await).await;
    let identity = identity.unwrap();
    let mut held = stream(&stage, &identity, "connection: upgrade\r\nupgrade: weir-events\r\n").await;
    let mut told = stream(&stage, &identity, "connection: close\r\n").await;
    let (mut sender, _driving) = http2(&stage, Some(&identity), WINDOW).await;
    let question = request(&stage, "GET", "/v1/device/stream", Empty::new().boxed());
    let answer = sender.send_request(question).await.unwrap();
    sleep(3 * SHORT).await;
    let device = enrolled["device"].as_str().unwrap().parse().unwrap();
    assert!(revoke(&*stage.repo, &tester(), device, clock::now()).await.unwrap());
    let mut texts = vec![answer.into_body().collect().await.unwrap().to_bytes().to_vec()];
    for stream in [&mut held, &mut told] {
        let mut text = Vec::new();
        timeout(NEVER, stream.read_to_end(&mut text)).await.unwrap().unwrap();
        texts.push(text);
    }
    for text in texts {
        let text = String::from_utf8_lossy(&text);
        assert!(
            text.contains("\"welcome\":true") && text.contains("\"welcome\":false"),
            "{text}"
        );
    }
}
