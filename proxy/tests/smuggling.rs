//! Requests that two readers could read differently: refused here, before anybody else reads them.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::needless_pass_by_value,
    reason = "a test fails by panicking"
)]

mod dialogue;

use dialogue::*;

/// What the client says, and the status it must get; nothing may reach the origin.
const REFUSED: &[(&str, &str, u16)] = &[
    (
        "length and chunks",
        "POST / HTTP/1.1\r\nHost: chatgpt.test\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        400,
    ),
    (
        "chunks and length",
        "POST / HTTP/1.1\r\nHost: chatgpt.test\r\nTransfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n",
        400,
    ),
    (
        "two lengths",
        "POST / HTTP/1.1\r\nHost: chatgpt.test\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\nabcde",
        400,
    ),
    (
        "two equal lengths",
        "POST / HTTP/1.1\r\nHost: chatgpt.test\r\nContent-Length: 4\r\nContent-Length: 4\r\n\r\nabcd",
        400,
    ),
    (
        "a list of lengths",
        "POST / HTTP/1.1\r\nHost: chatgpt.test\r\nContent-Length: 4, 4\r\n\r\nabcd",
        400,
    ),
    (
        "a signed length",
        "POST / HTTP/1.1\r\nHost: chatgpt.test\r\nContent-Length: +4\r\n\r\nabcd",
        400,
    ),
    (
        "a negative length",
        "POST / HTTP/1.1\r\nHost: chatgpt.test\r\nContent-Length: -1\r\n\r\n",
        400,
    ),
    (
        "a hexadecimal length",
        "POST / HTTP/1.1\r\nHost: chatgpt.test\r\nContent-Length: 0x4\r\n\r\nabcd",
        400,
    ),
    (
        "an endless length",
        "POST / HTTP/1.1\r\nHost: chatgpt.test\r\nContent-Length: 99999999999999999999\r\n\r\n",
        400,
    ),
    (
        "an empty length",
        "POST / HTTP/1.1\r\nHost: chatgpt.test\r\nContent-Length: \r\n\r\n",
        400,
    ),
    (
        "two codings",
        "POST / HTTP/1.1\r\nHost: chatgpt.test\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n",
        400,
    ),
    (
        "an unknown coding",
        "POST / HTTP/1.1\r\nHost: chatgpt.test\r\nTransfer-Encoding: gzip\r\n\r\n",
        501,
    ),
    (
        "a hidden coding",
        "POST / HTTP/1.1\r\nHost: chatgpt.test\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
        501,
    ),
    (
        "a coding list",
        "POST / HTTP/1.1\r\nHost: chatgpt.test\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        501,
    ),
    (
        "chunks in HTTP/1.0",
        "POST / HTTP/1.0\r\nHost: chatgpt.test\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        400,
    ),
    (
        "a space before the colon",
        "POST / HTTP/1.1\r\nHost: chatgpt.test\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
        400,
    ),
    (
        "a folded line",
        "GET / HTTP/1.1\r\nHost: chatgpt.test\r\nX-A: b\r\n c\r\n\r\n",
        400,
    ),
    (
        "a bare line feed",
        "GET / HTTP/1.1\r\nHost: chatgpt.test\nX-A: b\r\n\r\n",
        400,
    ),
    ("only bare line feeds", "GET / HTTP/1.1\nHost: chatgpt.test\n\n", 400),
    (
        "a carriage return inside",
        "GET / HTTP/1.1\r\nHost: chatgpt.test\r\nX-A: b\rc\r\n\r\n",
        400,
    ),
    (
        "a NUL",
        "GET / HTTP/1.1\r\nHost: chatgpt.test\r\nX-A: b\0c\r\n\r\n",
        400,
    ),
    ("no host", "GET / HTTP/1.1\r\nX-A: b\r\n\r\n", 400),
    (
        "two hosts",
        "GET / HTTP/1.1\r\nHost: chatgpt.test\r\nHost: chatgpt.test\r\n\r\n",
        400,
    ),
    ("another host", "GET / HTTP/1.1\r\nHost: bank.test\r\n\r\n", 421),
    ("another port", "GET / HTTP/1.1\r\nHost: chatgpt.test:8443\r\n\r\n", 421),
    (
        "another host in the target",
        "GET https://bank.test/ HTTP/1.1\r\nHost: bank.test\r\n\r\n",
        421,
    ),
    (
        "an unknown version",
        "GET / HTTP/3.0\r\nHost: chatgpt.test\r\n\r\n",
        505,
    ),
    (
        "an unknown expectation",
        "GET / HTTP/1.1\r\nHost: chatgpt.test\r\nExpect: miracles\r\n\r\n",
        417,
    ),
    (
        "a bad chunk size",
        "POST / HTTP/1.1\r\nHost: chatgpt.test\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
        400,
    ),
    (
        "a chunk size with 0x",
        "POST / HTTP/1.1\r\nHost: chatgpt.test\r\nTransfer-Encoding: chunked\r\n\r\n0x4\r\nabcd\r\n0\r\n\r\n",
        400,
    ),
    (
        "a chunk size too large",
        "POST / HTTP/1.1\r\nHost: chatgpt.test\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff1\r\n",
        400,
    ),
    (
        "a chunk longer than said",
        "POST / HTTP/1.1\r\nHost: chatgpt.test\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabcd\r\n0\r\n\r\n",
        400,
    ),
    (
        "a bare line feed after a size",
        "POST / HTTP/1.1\r\nHost: chatgpt.test\r\nTransfer-Encoding: chunked\r\n\r\n4\nabcd\r\n0\r\n\r\n",
        400,
    ),
    (
        "a line feed in an extension",
        "POST / HTTP/1.1\r\nHost: chatgpt.test\r\nTransfer-Encoding: chunked\r\n\r\n4;a\nb\r\nabcd\r\n0\r\n\r\n",
        400,
    ),
    (
        "framing in a trailer",
        "POST / HTTP/1.1\r\nHost: chatgpt.test\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nContent-Length: 9\r\n\r\n",
        400,
    ),
];

#[tokio::test(flavor = "multi_thread")]
async fn ambiguous_requests_are_refused() {
    let ca = OriginCa::new();
    let (origin, mut heard) = recording(&ca).await;
    // Judged, so that a body is read before anything is sent.
    let world = World::new(
        Rules::judge(1 << 20, |_| weir_proxy::Ruling::Forward(Default::default())),
        &ca,
        origin,
    )
    .await;
    for (name, request, status) in REFUSED {
        let mut client = world.http1().await;
        say(&mut client, request).await;
        let answer = hear_all(&mut client).await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{name}: {answer}");
        assert_eq!(
            answer.matches("HTTP/1.1 ").count(),
            1,
            "{name}: the connection ends there"
        );
        assert!(heard.try_recv().is_err(), "{name}: reached the origin");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn streamed_requests_with_bad_chunks_never_reach_their_end() {
    let ca = OriginCa::new();
    let (origin, mut heard) = recording(&ca).await;
    let world = World::new(Rules::pass(), &ca, origin).await;
    for (name, request, _) in REFUSED
        .iter()
        .filter(|(_, request, _)| request.contains("Encoding: chunked\r\n\r\n"))
    {
        let mut client = world.http1().await;
        say(&mut client, request).await;
        let answer = hear_all(&mut client).await;
        assert!(
            answer.starts_with("HTTP/1.1 4") || answer.starts_with("HTTP/1.1 5"),
            "{name}: {answer}"
        );
        assert!(heard.try_recv().is_err(), "{name}: reached the origin whole");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn pipelined_requests_stay_apart() {
    let ca = OriginCa::new();
    let (origin, mut heard) = recording(&ca).await;
    let world = World::new(Rules::pass(), &ca, origin).await;
    let mut client = world.http1().await;
    let requests = [
        "POST /1 HTTP/1.1\r\nHost: chatgpt.test\r\nContent-Length: 3\r\n\r\none".to_owned(),
        "POST /2 HTTP/1.1\r\nhost: ChatGPT.test:443\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\ntwo\r\n0\r\n\r\n"
            .to_owned(),
        "GET /3?q=%20 HTTP/1.1\r\nX-Odd-CASE:  spaced \r\nHost: chatgpt.test\r\n\r\n".to_owned(),
    ];
    say(&mut client, &requests.concat()).await;
    for request in &requests {
        assert_eq!(hear_answer(&mut client).await.1, "fine");
        let (head, body) = heard.recv().await.unwrap();
        assert_eq!(head + &body, *request, "as it was written");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn h2c_upgrades_are_not_passed_on() {
    let ca = OriginCa::new();
    let (origin, mut heard) = recording(&ca).await;
    let world = World::new(Rules::pass(), &ca, origin).await;
    let mut client = world.http1().await;
    say(&mut client, "GET / HTTP/1.1\r\nHost: chatgpt.test\r\nConnection: Upgrade, HTTP2-Settings, X-Private\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\nX-Private: 1\r\nX-Public: 1\r\n\r\n").await;
    assert_eq!(hear_answer(&mut client).await.1, "fine");
    let head = heard.recv().await.unwrap().0;
    assert!(
        !head.to_ascii_lowercase().contains("h2c") && !head.contains("HTTP2-Settings"),
        "{head}"
    );
    assert!(
        !head.contains("X-Private") && head.contains("X-Public: 1\r\n"),
        "{head}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn ambiguous_answers_are_refused() {
    let answers = [
        "HTTP/1.1 200 OK\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\nabcde",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n",
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n",
        "HTTP/1.1 200 OK\nContent-Length: 0\n\n",
        "SSH-2.0-OpenSSH_9.2\r\n\r\n",
    ];
    for answer in answers {
        let ca = OriginCa::new();
        let origin = origin(ca.tls(&["http/1.1"]), move |mut stream| async move {
            hear_head(&mut stream).await;
            say(&mut stream, answer).await;
            hear_head(&mut stream).await;
        })
        .await;
        let world = World::new(Rules::pass(), &ca, origin).await;
        let mut client = world.http1().await;
        say(&mut client, "GET / HTTP/1.1\r\nHost: chatgpt.test\r\n\r\n").await;
        let (head, _) = hear_answer(&mut client).await;
        assert!(head.starts_with("HTTP/1.1 502 "), "{answer}: {head}");
    }
}
