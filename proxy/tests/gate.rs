//! What the gate says is what happens: promise P1, in both protocols.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::needless_pass_by_value,
    reason = "a test fails by panicking"
)]

mod dialogue;

use bytes::Bytes;
use dialogue::*;
use http::{HeaderMap, Request, Response};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;
use tokio::io::AsyncWriteExt;
use tokio::sync::watch;
use weir_proxy::{
    AnswerFailure, AnswerFilter, Body, Forward, Limits, LocalAnswer, Received, Ruling, Treatment, Triage,
};

fn post(body: &str) -> String {
    format!(
        "POST /v1/chat HTTP/1.1\r\nHost: {HOST}\r\nX-Case: Kept\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

fn chunked(chunks: &[&str], trailers: &str) -> String {
    let body: String = chunks
        .iter()
        .map(|chunk| format!("{:x}\r\n{chunk}\r\n", chunk.len()))
        .collect();
    format!("POST /v1/chat HTTP/1.1\r\nHost: {HOST}\r\nTransfer-Encoding: chunked\r\n\r\n{body}0\r\n{trailers}\r\n")
}

fn forward(body: Body) -> Ruling {
    Ruling::Forward(Forward {
        body,
        ..Forward::default()
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_blocked_request_never_reaches_the_origin_and_the_connection_goes_on() {
    let ca = OriginCa::new();
    let (origin, mut heard) = recording(&ca).await;
    let rules = Rules::judge(1000, |request| {
        if request.body.starts_with(b"secret") {
            Ruling::Answer(LocalAnswer::text(403, "blocked: rule 7"))
        } else {
            forward(Body::Unchanged)
        }
    });
    let world = World::new(rules, &ca, origin).await;
    let mut client = world.http1().await;
    say(&mut client, &post("secret AKIA")).await;
    let (head, body) = hear_answer(&mut client).await;
    assert!(
        head.starts_with("HTTP/1.1 403 Forbidden\r\n") && body == "blocked: rule 7",
        "{head}{body}"
    );
    let clean = post("good morning");
    say(&mut client, &clean).await;
    assert_eq!(hear_answer(&mut client).await.1, "fine");
    let (head, body) = heard.recv().await.unwrap();
    assert_eq!(head + &body, clean, "the first the origin hears, byte for byte");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replaced_body_has_its_own_length_and_everything_else_stays() {
    let ca = OriginCa::new();
    let (origin, mut heard) = recording(&ca).await;
    let rules = Rules::judge(1000, |request| {
        let edited = String::from_utf8_lossy(&request.body).replace("secret", "[REDACTED:KEY]");
        Ruling::Forward(Forward {
            body: Body::Replaced(edited.into()),
            path_and_query: request.head.query().map(|_| "/v1/chat?q=%5BREDACTED%5D".to_owned()),
            ..Forward::default()
        })
    });
    let world = World::new(rules, &ca, origin).await;
    let mut client = world.http1().await;
    let cases = [
        (post("a secret b"), post("a [REDACTED:KEY] b")),
        (
            chunked(&["a sec", "ret b"], ""),
            post("a [REDACTED:KEY] b").replace("X-Case: Kept\r\n", ""),
        ),
        (
            post("secret").replace("/v1/chat", "/v1/chat?q=secret"),
            post("[REDACTED:KEY]").replace("/v1/chat", "/v1/chat?q=%5BREDACTED%5D"),
        ),
        (
            chunked(&["secret"], "X-Sum: 1\r\n"),
            post("[REDACTED:KEY]").replace("X-Case: Kept\r\n", ""),
        ),
    ];
    for (said, expected) in cases {
        say(&mut client, &said).await;
        assert_eq!(hear_answer(&mut client).await.1, "fine");
        let (head, body) = heard.recv().await.unwrap();
        assert_eq!(head + &body, expected);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reviewed_chunked_body_keeps_its_content_and_loses_what_the_gate_has_not_seen() {
    let ca = OriginCa::new();
    let (origin, mut heard) = recording(&ca).await;
    let world = World::new(Rules::judge(1000, |_| forward(Body::Unchanged)), &ca, origin).await;
    let mut client = world.http1().await;
    say(&mut client, &chunked(&["one ", "two"], "X-Sum: 7\r\n")).await;
    assert_eq!(hear_answer(&mut client).await.1, "fine");
    let (head, body) = heard.recv().await.unwrap();
    assert_eq!(head + &body, chunked(&["one two"], ""), "trailers stay here");
}

/// Sums up what it hears of a body, framed either way.
async fn counting(
    ca: &OriginCa,
) -> (
    std::net::SocketAddr,
    tokio::sync::mpsc::UnboundedReceiver<(usize, bool)>,
) {
    let (heard, hears) = tokio::sync::mpsc::unbounded_channel();
    let address = origin(ca.tls(&["http/1.1"]), move |mut stream| {
        let heard = heard.clone();
        async move {
            let head = hear_head(&mut stream).await.to_ascii_lowercase();
            let mut body = Vec::new();
            if let Some(length) = head.lines().find_map(|line| line.strip_prefix("content-length: ")) {
                body = hear(&mut stream, length.parse().unwrap()).await.into_bytes();
            } else {
                loop {
                    let line = hear_until(&mut stream, "\r\n").await;
                    let size = usize::from_str_radix(line.trim_end(), 16).expect("a chunk size");
                    body.extend(hear(&mut stream, size).await.into_bytes());
                    assert_eq!(hear(&mut stream, 2).await, "\r\n");
                    if size == 0 {
                        break;
                    }
                }
            }
            let in_order = body.iter().enumerate().all(|(at, byte)| usize::from(*byte) == at % 127);
            let _ = heard.send((body.len(), in_order));
            say(&mut stream, &ok("counted")).await;
        }
    })
    .await;
    (address, hears)
}

fn pattern(length: usize) -> Vec<u8> {
    (0..length).map(|at| u8::try_from(at % 127).unwrap()).collect()
}

/// Defect 4 of others: a flow with more than 32 MiB dies.
#[tokio::test(flavor = "multi_thread")]
async fn a_40_mebibyte_upload_succeeds_passed_and_judged() {
    const SIZE: usize = 40 << 20;
    let ca = OriginCa::new();
    for rules in [
        Rules::pass(),
        Rules::judge(1 << 20, |request| {
            assert!(!request.complete && request.body.len() > 1 << 20 && request.body.len() < (1 << 20) + (128 << 10));
            forward(Body::Unchanged)
        }),
    ] {
        let (origin, mut heard) = counting(&ca).await;
        let world = World::new(rules, &ca, origin).await;
        let mut client = world.http1().await;
        say(
            &mut client,
            &format!("POST / HTTP/1.1\r\nHost: {HOST}\r\nContent-Length: {SIZE}\r\n\r\n"),
        )
        .await;
        client.write_all(&pattern(SIZE)).await.unwrap();
        assert_eq!(hear_answer(&mut client).await.1, "counted");
        assert_eq!(heard.recv().await.unwrap(), (SIZE, true));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chunked_body_cut_by_the_limit_at_any_place_arrives_whole() {
    let ca = OriginCa::new();
    // Chunk sizes around the limit: reading stops inside a chunk, at its end, and in its line end.
    for size in [995, 999, 1000, 1001, 1002, 1003, 5000, 20_000] {
        let (origin, mut heard) = counting(&ca).await;
        let world = World::new(Rules::judge(1000, |_| forward(Body::Unchanged)), &ca, origin).await;
        let mut client = world.http1().await;
        say(
            &mut client,
            &format!("POST / HTTP/1.1\r\nHost: {HOST}\r\nTransfer-Encoding: chunked\r\n\r\n"),
        )
        .await;
        let body = pattern(60_000);
        for chunk in body.chunks(size) {
            client
                .write_all(format!("{:x}\r\n", chunk.len()).as_bytes())
                .await
                .unwrap();
            client.write_all(chunk).await.unwrap();
            client.write_all(b"\r\n").await.unwrap();
            client.flush().await.unwrap();
        }
        // The trailer stays here: the origin expects none.
        say(&mut client, "0\r\nX-Secret: 1\r\n\r\n").await;
        assert_eq!(hear_answer(&mut client).await.1, "counted");
        assert_eq!(heard.recv().await.unwrap(), (60_000, true), "chunks of {size}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_gate_has_not_seen_is_not_replaced() {
    let ca = OriginCa::new();
    let (origin, mut heard) = recording(&ca).await;
    let world = World::new(Rules::judge(10, |_| forward(Body::Replaced("x".into()))), &ca, origin).await;
    let mut client = world.http1().await;
    say(&mut client, &post(&"long".repeat(10_000))).await;
    assert!(hear_all(&mut client).await.starts_with("HTTP/1.1 500 "));
    assert!(heard.try_recv().is_err(), "fails closed");
}

#[tokio::test(flavor = "multi_thread")]
async fn expect_100_continue_is_answered_by_whoever_reads_the_body() {
    let ca = OriginCa::new();
    let (origin, mut heard) = recording(&ca).await;
    let world = World::new(Rules::judge(100, |_| forward(Body::Unchanged)), &ca, origin).await;
    let mut client = world.http1().await;
    say(
        &mut client,
        &format!("POST / HTTP/1.1\r\nHost: {HOST}\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n"),
    )
    .await;
    assert_eq!(hear_head(&mut client).await, "HTTP/1.1 100 Continue\r\n\r\n");
    say(&mut client, "body").await;
    assert_eq!(hear_answer(&mut client).await.1, "fine");
    assert_eq!(heard.recv().await.unwrap().1, "body");
}

/// Puts originals back for `[N]`, over chunk borders; holds back what may be the beginning of one.
struct Restore {
    held: Vec<u8>,
    keep_length: bool,
}

impl AnswerFilter for Restore {
    fn begin(&mut self, _: u16, headers: &mut HeaderMap) {
        if !self.keep_length {
            headers.remove("content-length");
        }
        headers.insert("x-restored", "yes".parse().unwrap());
        headers.remove("x-internal");
    }

    fn push(&mut self, chunk: &[u8], out: &mut Vec<u8>) -> Result<(), AnswerFailure> {
        self.held.extend_from_slice(chunk);
        if self.held.windows(4).any(|bytes| bytes == b"leak") {
            return Err(AnswerFailure);
        }
        let text = String::from_utf8(std::mem::take(&mut self.held))
            .unwrap()
            .replace("[N]", "Nadia");
        let safe = text.rfind('[').unwrap_or(text.len());
        out.extend_from_slice(&text.as_bytes()[..safe]);
        self.held = text.into_bytes().split_off(safe);
        Ok(())
    }

    fn finish(&mut self, out: &mut Vec<u8>) -> Result<(), AnswerFailure> {
        out.append(&mut self.held);
        Ok(())
    }
}

fn restoring(keep_length: bool) -> Rules {
    Rules::judge(1000, move |_| {
        Ruling::Forward(Forward {
            answer: Some(Box::new(Restore {
                held: Vec::new(),
                keep_length,
            })),
            ..Forward::default()
        })
    })
}

/// What the client gets for an answer of the origin, through the filter.
async fn filtered(request: &str, answer: &'static [&'static str], keep_length: bool) -> String {
    let ca = OriginCa::new();
    let origin = origin(ca.tls(&["http/1.1"]), move |mut stream| async move {
        hear_head(&mut stream).await;
        for piece in answer {
            say(&mut stream, piece).await;
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let _ = stream.shutdown().await;
    })
    .await;
    let world = World::new(restoring(keep_length), &ca, origin).await;
    let mut client = world.http1().await;
    say(&mut client, &request.replace("HOST", HOST)).await;
    hear_all(&mut client).await
}

const ASK: &str = "GET / HTTP/1.1\r\nHost: HOST\r\nConnection: close\r\n\r\n";

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_is_restored_over_chunk_borders() {
    let heard = filtered(
        ASK,
        &[
            "HTTP/1.1 200 OK\r\nX-Odd: Kept\r\nX-Internal: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
            "7\r\nDear [N\r\n",
            "5\r\n], hi\r\n",
            "0\r\nX-Sum: 1\r\n\r\n",
        ],
        false,
    )
    .await;
    assert_eq!(
        heard,
        "HTTP/1.1 200 OK\r\nX-Odd: Kept\r\nx-restored: yes\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n5\r\nDear \r\n9\r\nNadia, hi\r\n0\r\nX-Sum: 1\r\n\r\n"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_filtered_answer_of_known_length_becomes_chunked() {
    let heard = filtered(ASK, &["HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\nDear [N]"], false).await;
    assert!(
        heard.ends_with("Transfer-Encoding: chunked\r\nConnection: close\r\n\r\na\r\nDear Nadia\r\n0\r\n\r\n"),
        "{heard}"
    );
    assert!(!heard.to_ascii_lowercase().contains("content-length"), "{heard}");
}

/// A filter takes the length away; a client that keeps its connection must still see that the answer is over.
#[tokio::test(flavor = "multi_thread")]
async fn a_filtered_answer_of_nothing_is_over_at_once() {
    let heard = filtered(ASK, &["HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"], false).await;
    assert!(heard.contains("\r\nContent-Length: 0\r\n"), "{heard}");
    assert!(heard.ends_with("\r\n\r\n") && !heard.contains("chunked"), "{heard}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_http_1_0_client_gets_the_body_until_the_end() {
    let ask = "GET / HTTP/1.0\r\nHost: HOST\r\n\r\n";
    let heard = filtered(
        ask,
        &[
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
            "8\r\nDear [N]\r\n0\r\n\r\n",
        ],
        false,
    )
    .await;
    assert!(
        heard.ends_with("Connection: close\r\n\r\nDear Nadia") && !heard.contains("chunked"),
        "{heard}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_length_left_in_place_is_a_promise() {
    let good = filtered(ASK, &["HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nDear"], true).await;
    assert!(
        good.contains("Content-Length: 4\r\n") && good.ends_with("\r\n\r\nDear"),
        "{good}"
    );
    let broken = filtered(ASK, &["HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\n", "Dear [N]"], true).await;
    assert!(!broken.contains("Nadia"), "more than promised cannot be sent: {broken}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_withheld_answer_does_not_look_whole() {
    let heard = filtered(
        ASK,
        &[
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
            "4\r\nsome\r\n",
            "4\r\nleak\r\n",
            "0\r\n\r\n",
        ],
        false,
    )
    .await;
    assert!(heard.ends_with("4\r\nsome\r\n"), "{heard}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_cut_off_by_the_origin_does_not_look_whole() {
    let ca = OriginCa::new();
    let origin = origin(ca.tls(&["http/1.1"]), |mut stream| async move {
        hear_head(&mut stream).await;
        say(
            &mut stream,
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n",
        )
        .await;
    })
    .await;
    let world = World::new(Rules::pass(), &ca, origin).await;
    let mut client = world.http1().await;
    say(&mut client, &format!("GET / HTTP/1.1\r\nHost: {HOST}\r\n\r\n")).await;
    let heard = hear_all(&mut client).await;
    assert!(heard.ends_with("4\r\nhalf\r\n"), "{heard}");
}

#[tokio::test(flavor = "multi_thread")]
async fn bodiless_answers_end_with_their_head() {
    let ca = OriginCa::new();
    let origin = origin(ca.tls(&["http/1.1"]), |mut stream| async move {
        for answer in [
            "HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n",
            "HTTP/1.1 204 No Content\r\n\r\n",
            "HTTP/1.1 304 Not Modified\r\nContent-Length: 77\r\nAlt-Svc: h3=\":443\"\r\n\r\n",
        ] {
            hear_head(&mut stream).await;
            say(&mut stream, answer).await;
        }
    })
    .await;
    for rules in [Rules::pass(), restoring(true)] {
        let world = World::new(rules, &ca, origin).await;
        let mut client = world.http1().await;
        for (method, status) in [("HEAD", "200"), ("GET", "204"), ("GET", "304")] {
            say(&mut client, &format!("{method} / HTTP/1.1\r\nHost: {HOST}\r\n\r\n")).await;
            let head = hear_head(&mut client).await;
            assert!(head.starts_with(&format!("HTTP/1.1 {status} ")), "{head}");
            assert!(!head.contains("Alt-Svc"), "no way around us is advertised");
        }
    }
}

/// Defect 2 of others: the connection goes back to the pool with the answer's head, and the next request waits for its
/// body.
#[tokio::test(flavor = "multi_thread")]
async fn an_open_stream_does_not_hold_up_other_requests() {
    let ca = OriginCa::new();
    let origin = origin(ca.tls(&["http/1.1"]), |mut stream| async move {
        loop {
            let head = hear_head(&mut stream).await;
            if head.contains("/forever") {
                say(
                    &mut stream,
                    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n",
                )
                .await;
                return std::future::pending().await;
            } else if head.is_empty() {
                return;
            }
            say(&mut stream, &ok("at once")).await;
        }
    })
    .await;
    let world = World::new(Rules::pass(), &ca, origin).await;
    let mut first = world.http1().await;
    say(&mut first, &format!("GET /forever HTTP/1.1\r\nHost: {HOST}\r\n\r\n")).await;
    hear_until(&mut first, "one\r\n").await;
    for _ in 0..3 {
        let mut other = world.http1().await;
        say(&mut other, &format!("GET /quick HTTP/1.1\r\nHost: {HOST}\r\n\r\n")).await;
        assert_eq!(hear_answer(&mut other).await.1, "at once");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_origin_that_dropped_its_idle_connection_costs_no_request() {
    let ca = OriginCa::new();
    let origin = origin(ca.tls(&["http/1.1"]), |mut stream| async move {
        hear_head(&mut stream).await;
        say(&mut stream, &ok("once")).await;
        let _ = stream.shutdown().await;
    })
    .await;
    let world = World::new(Rules::pass(), &ca, origin).await;
    let mut client = world.http1().await;
    for _ in 0..4 {
        say(&mut client, &format!("GET / HTTP/1.1\r\nHost: {HOST}\r\n\r\n")).await;
        assert_eq!(hear_answer(&mut client).await.1, "once");
        tokio::time::sleep(Duration::from_millis(30)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_early_refusal_of_an_upload_reaches_the_client() {
    let ca = OriginCa::new();
    let origin = origin(ca.tls(&["http/1.1"]), |mut stream| async move {
        hear_head(&mut stream).await;
        say(
            &mut stream,
            "HTTP/1.1 413 Content Too Large\r\nContent-Length: 3\r\nConnection: close\r\n\r\nbig",
        )
        .await;
        let _ = stream.shutdown().await;
    })
    .await;
    let world = World::new(Rules::pass(), &ca, origin).await;
    let client = world.http1().await;
    let (mut reading, mut writing) = tokio::io::split(client);
    let head = format!("POST / HTTP/1.1\r\nHost: {HOST}\r\nContent-Length: 50000000\r\n\r\n");
    let sending = tokio::spawn(async move {
        let _ = writing.write_all(head.as_bytes()).await;
        for _ in 0..50 {
            if writing.write_all(&[0; 100_000]).await.is_err() {
                break;
            }
        }
        writing
    });
    let (head, body) = hear_answer(&mut reading).await;
    assert!(head.starts_with("HTTP/1.1 413 ") && body == "big", "{head}");
    sending.abort();
}

#[tokio::test(flavor = "multi_thread")]
async fn upgrades_are_refused_when_the_gate_answers() {
    let ca = OriginCa::new();
    let (origin, mut heard) = recording(&ca).await;
    let rules = Rules {
        triage: Box::new(|head| match head.upgrade() {
            Some("websocket") => Triage::Answer(LocalAnswer::text(403, "no WebSockets here")),
            _ => Triage::Pass,
        }),
        ..Rules::pass()
    };
    let world = World::new(rules, &ca, origin).await;
    let mut client = world.http1().await;
    say(
        &mut client,
        &format!("GET /ws HTTP/1.1\r\nHost: {HOST}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"),
    )
    .await;
    assert!(hear_answer(&mut client).await.0.starts_with("HTTP/1.1 403 "));
    assert!(heard.try_recv().is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_in_absolute_form_are_governed_too() {
    let (heard, mut hears) = tokio::sync::mpsc::unbounded_channel();
    let origin = plain_origin(move |mut stream| {
        let heard = heard.clone();
        async move {
            let head = hear_head(&mut stream).await;
            let _ = heard.send(head);
            say(&mut stream, &ok("plain")).await;
        }
    })
    .await;
    let rules = Rules {
        triage: Box::new(|head| {
            assert_eq!(
                (head.scheme(), head.host(), head.port(), head.path()),
                ("http", HOST, 80, "/a")
            );
            Triage::Answer(LocalAnswer::text(403, "judged"))
        }),
        ..Rules::pass()
    };
    let world = World::new(rules, &OriginCa::new(), origin).await;
    let mut client = world.dial().await;
    say(
        &mut client,
        &format!("GET http://{HOST}/a?b HTTP/1.1\r\nHost: {HOST}\r\n\r\n"),
    )
    .await;
    assert_eq!(hear_answer(&mut client).await.1, "judged");
    say(
        &mut client,
        &format!("GET http://{OTHER}?b HTTP/1.1\r\nHost: {OTHER}\r\nProxy-Connection: keep-alive\r\nX-A: 1\r\n\r\n"),
    )
    .await;
    assert_eq!(hear_answer(&mut client).await.1, "plain");
    assert_eq!(
        hears.recv().await.unwrap(),
        format!("GET /?b HTTP/1.1\r\nHost: {OTHER}\r\nX-A: 1\r\n\r\n")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_connect_is_told_why() {
    let rules = Rules {
        treatment: Box::new(|_, _| Treatment::Refuse(LocalAnswer::text(403, "lockdown: no AI services today"))),
        ..Rules::pass()
    };
    let world = World::new(rules, &OriginCa::new(), "127.0.0.1:9".parse().unwrap()).await;
    let mut client = world.dial().await;
    say(&mut client, "CONNECT chatgpt.test:443 HTTP/1.1\r\n\r\n").await;
    let (head, body) = hear_answer(&mut client).await;
    assert!(
        head.starts_with("HTTP/1.1 403 Forbidden\r\n") && body.contains("lockdown"),
        "{head}{body}"
    );
}

/// Serves HTTP/2 streams by echoing, `connections` requests per connection.
async fn http2_echo(ca: &OriginCa) -> (std::net::SocketAddr, tokio::sync::mpsc::UnboundedReceiver<String>) {
    let (heard, hears) = tokio::sync::mpsc::unbounded_channel();
    let address = origin(ca.tls(&["h2"]), move |stream| {
        let heard = heard.clone();
        async move {
            let mut connection = h2::server::handshake(stream).await.unwrap();
            let mut left = 2;
            while let Some(Ok((request, mut respond))) = connection.accept().await {
                left -= 1;
                if left == 0 {
                    connection.graceful_shutdown();
                }
                let heard = heard.clone();
                tokio::spawn(async move {
                    let path = request.uri().path_and_query().unwrap().to_string();
                    let length = request
                        .headers()
                        .get("content-length")
                        .map(|v| v.to_str().unwrap().to_owned());
                    let mut body = request.into_body();
                    let mut text = String::new();
                    while let Some(Ok(chunk)) = body.data().await {
                        let _ = body.flow_control().release_capacity(chunk.len());
                        text.push_str(std::str::from_utf8(&chunk).unwrap());
                    }
                    let _ = heard.send(format!("{path} {length:?} {text}"));
                    let mut stream = respond.send_response(Response::new(()), false).unwrap();
                    for piece in ["Dear [", "N], ", "hi"] {
                        stream.send_data(piece.into(), false).unwrap();
                        tokio::time::sleep(Duration::from_millis(5)).await;
                    }
                    stream.send_data(Bytes::new(), true).unwrap();
                });
            }
        }
    })
    .await;
    (address, hears)
}

#[tokio::test(flavor = "multi_thread")]
async fn http2_requests_are_blocked_replaced_and_restored() {
    let ca = OriginCa::new();
    let (origin, mut heard) = http2_echo(&ca).await;
    let rules = Rules::judge(1000, |request: Received| {
        if request.body.starts_with(b"secret") {
            return Ruling::Answer(LocalAnswer::text(403, "blocked"));
        }
        Ruling::Forward(Forward {
            body: Body::Replaced("replaced".into()),
            path_and_query: Some("/new?path".into()),
            answer: Some(Box::new(Restore {
                held: Vec::new(),
                keep_length: false,
            })),
            socket: None,
        })
    });
    let world = World::new(rules, &ca, origin).await;
    let mut sender = world.http2().await;
    // The origin ends each connection after two requests: six need three connections, and none is lost.
    for n in 0..6 {
        for (said, status, expected) in [("secret", 403, "blocked"), ("a longer body", 200, "Dear Nadia, hi")] {
            let request = Request::post(format!("https://{HOST}/{n}"))
                .header("content-length", said.len())
                .body(())
                .unwrap();
            sender = in_time(sender.ready()).await.unwrap();
            let (response, mut up) = sender.send_request(request, false).unwrap();
            up.send_data(Bytes::from(said), true).unwrap();
            let response = in_time(response).await.unwrap();
            assert_eq!(response.status(), status);
            let mut body = response.into_body();
            let mut text = String::new();
            while let Some(chunk) = in_time(body.data()).await {
                text.push_str(std::str::from_utf8(&chunk.unwrap()).unwrap());
            }
            assert_eq!(text, expected);
        }
        assert_eq!(heard.recv().await.unwrap(), "/new?path Some(\"8\") replaced");
        assert!(heard.try_recv().is_err(), "the blocked one never went");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_large_http2_upload_passes_and_is_bounded_when_judged() {
    let ca = OriginCa::new();
    for rules in [
        Rules::pass(),
        Rules::judge(100_000, |request| {
            assert!(!request.complete && request.body.len() <= 100_000 + (64 << 10));
            forward(Body::Unchanged)
        }),
    ] {
        let (origin, mut heard) = http2_echo(&ca).await;
        let world = World::new(rules, &ca, origin).await;
        let mut sender = world.http2().await;
        let request = Request::post(format!("https://{HOST}/up")).body(()).unwrap();
        let (response, mut up) = sender.send_request(request, false).unwrap();
        let mut left = Bytes::from("u".repeat(5_000_000));
        while !left.is_empty() {
            up.reserve_capacity(left.len());
            let room = in_time(std::future::poll_fn(|cx| up.poll_capacity(cx)))
                .await
                .unwrap()
                .unwrap();
            let piece = left.split_to(room.min(left.len()));
            let last = left.is_empty();
            up.send_data(piece, last).unwrap();
        }
        assert_eq!(in_time(response).await.unwrap().status(), 200);
        assert_eq!(heard.recv().await.unwrap().len(), "/up None ".len() + 5_000_000);
    }
}

/// Says back what it hears.
async fn echoing() -> std::net::SocketAddr {
    plain_origin(|mut stream| async move {
        let (mut from, mut to) = stream.split();
        let _ = tokio::io::copy(&mut from, &mut to).await;
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tunnel_ends_when_its_host_is_tunnelled_no_more_and_others_stay() {
    let ca = OriginCa::new();
    let suspended = Arc::new(AtomicBool::new(true));
    let changes = watch::Sender::new(());
    let is_suspended = Arc::clone(&suspended);
    let rules = Rules {
        treatment: Box::new(
            move |host, _| match host == HOST && !is_suspended.load(Ordering::SeqCst) {
                true => Treatment::Intercept,
                false => Treatment::Tunnel,
            },
        ),
        changes: changes.clone(),
        ..Rules::pass()
    };
    let world = World::new(rules, &ca, echoing().await).await;
    let (mut governed, mut other) = (world.connect(HOST).await, world.connect(OTHER).await);
    for tunnel in [&mut governed, &mut other] {
        say(tunnel, "hello").await;
        assert_eq!(hear(tunnel, 5).await, "hello");
    }
    changes.send_replace(());
    say(&mut governed, "still").await;
    assert_eq!(hear(&mut governed, 5).await, "still", "nothing is otherwise");
    suspended.store(false, Ordering::SeqCst);
    changes.send_replace(());
    assert_eq!(hear_all(&mut governed).await, "");
    say(&mut other, "again").await;
    assert_eq!(hear(&mut other, 5).await, "again");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_socket_that_passed_unread_ends_when_it_would_be_judged() {
    let ca = OriginCa::new();
    let judges = Arc::new(AtomicBool::new(false));
    let changes = watch::Sender::new(());
    let is_judged = Arc::clone(&judges);
    let rules = Rules {
        triage: Box::new(
            move |head| match head.path() == "/chat" && is_judged.load(Ordering::SeqCst) {
                true => Triage::Judge { limit: 1000 },
                false => Triage::Pass,
            },
        ),
        changes: changes.clone(),
        ..Rules::pass()
    };
    let origin = origin(ca.tls(&["http/1.1"]), |mut stream| async move {
        hear_head(&mut stream).await;
        let switched = "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n";
        say(&mut stream, switched).await;
        let (mut from, mut to) = tokio::io::split(stream);
        let _ = tokio::io::copy(&mut from, &mut to).await;
    })
    .await;
    let world = World::new(rules, &ca, origin).await;
    let mut sockets = Vec::new();
    for path in ["/chat", "/news"] {
        let mut socket = world.http1().await;
        let ask = format!("GET {path} HTTP/1.1\r\nHost: {HOST}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
        say(&mut socket, &ask).await;
        assert!(hear_head(&mut socket).await.starts_with("HTTP/1.1 101 "));
        say(&mut socket, "hello").await;
        assert_eq!(hear(&mut socket, 5).await, "hello");
        sockets.push(socket);
    }
    judges.store(true, Ordering::SeqCst);
    changes.send_replace(());
    assert_eq!(hear_all(&mut sockets[0]).await, "");
    say(&mut sockets[1], "again").await;
    assert_eq!(hear(&mut sockets[1], 5).await, "again");
}

/// Bytes that the gate is looking at, now and at most.
#[derive(Default)]
struct Looked {
    now: AtomicUsize,
    most: AtomicUsize,
}

impl Looked {
    fn ponder(self: &Arc<Self>) -> Box<dyn Fn(usize, bool) + Send + Sync> {
        let looked = Arc::clone(self);
        Box::new(move |bytes, begins| {
            if begins {
                let now = looked.now.fetch_add(bytes, Ordering::SeqCst) + bytes;
                looked.most.fetch_max(now, Ordering::SeqCst);
            } else {
                looked.now.fetch_sub(bytes, Ordering::SeqCst);
            }
        })
    }
}

const MEBI: usize = 1 << 20;

/// The statuses of `count` uploads of a mebibyte at once, over some connections of HTTP/2.
async fn uploads(world: &World, count: usize, announced: bool) -> Vec<u16> {
    let mut senders = Vec::new();
    for _ in 0..4 {
        senders.push(world.http2().await);
    }
    let mut uploads = tokio::task::JoinSet::new();
    for number in 0..count {
        let mut sender = senders[number % senders.len()].clone().ready().await.unwrap();
        let mut request = Request::post(format!("https://{HOST}/up"));
        if announced {
            request = request.header("content-length", MEBI);
        }
        uploads.spawn(async move {
            let (response, mut up) = sender.send_request(request.body(()).unwrap(), false).unwrap();
            let sending = async {
                let mut left = Bytes::from("u".repeat(MEBI));
                while !left.is_empty() {
                    up.reserve_capacity(left.len());
                    let Some(Ok(room)) = std::future::poll_fn(|cx| up.poll_capacity(cx)).await else {
                        // It was answered already.
                        return;
                    };
                    let piece = left.split_to(room.min(left.len()));
                    if up.send_data(piece, left.is_empty()).is_err() {
                        return;
                    }
                }
            };
            let ((), answered) = in_time(async { tokio::join!(sending, response) }).await;
            answered.unwrap().status().as_u16()
        });
    }
    uploads.join_all().await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_held_for_the_gate_is_bounded_and_all_of_it_ends() {
    let ca = OriginCa::new();
    for (announced, wait) in [(true, 60), (false, 1)] {
        let looked = Arc::new(Looked::default());
        let rules = Rules {
            takes: Duration::from_millis(50),
            ponder: looked.ponder(),
            ..Rules::judge(2 * MEBI, |_| Ruling::Answer(LocalAnswer::text(403, "no")))
        };
        let limits = Limits {
            held: 6 * MEBI,
            held_of_one: 4 * MEBI,
            held_wait: Duration::from_secs(wait),
            ..Limits::default()
        };
        let (origin, _heard) = http2_echo(&ca).await;
        let world = World::with_limits(rules, &ca, origin, limits).await;
        let statuses = uploads(&world, 40, announced).await;
        let most = looked.most.load(Ordering::SeqCst);
        assert!((MEBI..=6 * MEBI).contains(&most), "{most} bytes at once");
        assert_eq!(statuses.len(), 40);
        // Whose length is known waits outside; of the others, some have to be sent away.
        let judged = statuses.iter().filter(|status| **status == 403).count();
        let refused = statuses.iter().filter(|status| **status == 503).count();
        assert_eq!(judged + refused, 40, "{statuses:?}");
        assert!(judged > 0, "{statuses:?}");
        // All of the room is back.
        assert_eq!(uploads(&world, 1, announced).await, [403]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_finds_no_room_is_refused_and_not_sent() {
    let ca = OriginCa::new();
    let (origin, mut heard) = recording(&ca).await;
    let limits = Limits {
        held: 100_000,
        held_wait: Duration::from_millis(50),
        ..Limits::default()
    };
    let world = World::with_limits(Rules::judge(MEBI, |_| forward(Body::Unchanged)), &ca, origin, limits).await;
    let long = "u".repeat(200_000);
    for said in [post(&long), chunked(&[&long], "")] {
        let mut client = world.http1().await;
        let _ = client.write_all(said.as_bytes()).await;
        let head = hear_head(&mut client).await;
        assert!(
            head.starts_with("HTTP/1.1 503 ") && head.contains("retry-after: 60"),
            "{head}"
        );
    }
    let mut client = world.http1().await;
    say(&mut client, &post("short")).await;
    assert_eq!(hear_answer(&mut client).await.1, "fine");
    assert_eq!(heard.recv().await.unwrap().1, "short", "the first the origin hears");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_http2_request_for_another_host_is_misdirected() {
    let ca = OriginCa::new();
    let (origin, mut heard) = http2_echo(&ca).await;
    let world = World::new(Rules::pass(), &ca, origin).await;
    let mut sender = world.http2().await;
    let request = Request::get(format!("https://{OTHER}/")).body(()).unwrap();
    let (response, _) = sender.send_request(request, true).unwrap();
    assert_eq!(in_time(response).await.unwrap().status(), 421);
    assert!(heard.try_recv().is_err());
}
