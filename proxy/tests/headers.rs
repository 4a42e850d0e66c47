//! Headers of the gate's own: whatever the client sends, exactly one copy with exactly our value leaves, in both
//! protocols, for judged and for unread requests, and on no other host.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod dialogue;

use bytes::Bytes;
use dialogue::*;
use http::{Request, Response};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use weir_proxy::{Body, Forward, HeaderEdits, Ruling};

const NAME: &str = "Allowed-Org-Ids";

fn ours(host: &str) -> HeaderEdits {
    if host != HOST {
        return HeaderEdits::default();
    }
    HeaderEdits {
        remove: vec![NAME.to_owned(), "Restrict-Access".to_owned()],
        set: vec![
            (NAME.to_owned(), "one,two;n=2".to_owned()),
            (format!("{NAME}1"), "three".to_owned()),
        ],
    }
}

fn with_headers(rules: Rules) -> Rules {
    Rules {
        headers: Box::new(ours),
        ..rules
    }
}

fn unread() -> Rules {
    with_headers(Rules::pass())
}

fn judged() -> Rules {
    with_headers(Rules::judge(1000, |_| Ruling::Forward(Forward::default())))
}

fn edited() -> Rules {
    with_headers(Rules::judge(1000, |_| {
        Ruling::Forward(Forward {
            body: Body::Replaced("new".into()),
            path_and_query: Some("/new".to_owned()),
            ..Forward::default()
        })
    }))
}

/// What a client that wants another tenant sends.
const COPIES: &str = "Allowed-Org-Ids: mine\r\nallowed-org-ids: mine\r\nALLOWED_ORG_IDS: mine\r\nAllowed-Org-Ids7: mine\r\n\
                      Allowed-Org-Ids1: mine\r\nRestrict-Access: mine\r\n";

#[tokio::test(flavor = "multi_thread")]
async fn over_http1_ours_replace_every_copy_and_the_rest_stays_as_written() {
    for (rules, path, body) in [
        (unread(), "/a", "four"),
        (judged(), "/a", "four"),
        (edited(), "/new", "new"),
    ] {
        let ca = OriginCa::new();
        let (origin, mut heard) = recording(&ca).await;
        let world = World::new(rules, &ca, origin).await;
        let mut client = world.http1().await;
        for copies in ["", COPIES] {
            let said = format!(
                "POST /a HTTP/1.1\r\nHost: {HOST}\r\nX-First: 1\r\n{copies}x-SECOND: 2\r\nContent-Length: 4\r\n\r\nfour"
            );
            say(&mut client, &said).await;
            assert_eq!(hear_answer(&mut client).await.1, "fine");
            let expected = format!(
                "POST {path} HTTP/1.1\r\nHost: {HOST}\r\nX-First: 1\r\nx-SECOND: 2\r\nContent-Length: {}\r\n\
                 Allowed-Org-Ids: one,two;n=2\r\nAllowed-Org-Ids1: three\r\n\r\n{body}",
                body.len()
            );
            let (head, body) = heard.recv().await.unwrap();
            assert_eq!(head + &body, expected);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_cannot_have_our_header_taken_out_on_the_way() {
    let ca = OriginCa::new();
    let (origin, mut heard) = recording(&ca).await;
    let world = World::new(unread(), &ca, origin).await;
    let mut client = world.http1().await;
    let said = format!(
        "GET / HTTP/1.1\r\nHost: {HOST}\r\nConnection: keep-alive, Allowed-Org-Ids\r\nAllowed-Org-Ids: mine\r\n\r\n"
    );
    say(&mut client, &said).await;
    assert_eq!(hear_answer(&mut client).await.1, "fine");
    let (head, _) = heard.recv().await.unwrap();
    assert!(head.contains("Connection: keep-alive\r\n"), "{head}");
    assert_eq!(head.matches("Allowed-Org-Ids: one,two;n=2\r\n").count(), 1, "{head}");
    assert!(!head.contains("mine"), "{head}");
}

#[tokio::test(flavor = "multi_thread")]
async fn trailers_cannot_carry_a_copy() {
    let ca = OriginCa::new();
    let (origin, mut heard) = recording(&ca).await;
    let world = World::new(unread(), &ca, origin).await;
    let mut client = world.http1().await;
    let said = format!(
        "POST / HTTP/1.1\r\nHost: {HOST}\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nfour\r\n0\r\nAllowed-Org-Ids: mine\r\n\r\n"
    );
    say(&mut client, &said).await;
    assert_eq!(hear_answer(&mut client).await.1, "fine");
    let (head, body) = heard.recv().await.unwrap();
    assert!(!head.contains("mine") && !body.contains("mine"), "{head}{body}");
    assert!(body.contains("four"), "{body}");
}

#[tokio::test(flavor = "multi_thread")]
async fn other_hosts_get_no_header_and_keep_what_the_client_sent() {
    let ca = OriginCa::new();
    let (origin, mut heard) = recording(&ca).await;
    let world = World::new(unread(), &ca, origin).await;
    for host in ["a.chatgpt.test", OTHER] {
        let mut client = world.tls(host, &["http/1.1"]).await;
        let said = format!("GET / HTTP/1.1\r\nHost: {host}\r\nAllowed-Org-Ids: mine\r\n\r\n");
        say(&mut client, &said).await;
        assert_eq!(hear_answer(&mut client).await.1, "fine");
        assert_eq!(heard.recv().await.unwrap().0, said);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_set_is_not_sent_without() {
    let ca = OriginCa::new();
    for judge in [false, true] {
        let (origin, mut heard) = recording(&ca).await;
        let rules = if judge { judged() } else { unread() };
        let rules = Rules {
            headers: Box::new(|_| HeaderEdits {
                remove: Vec::new(),
                set: vec![("X-A".to_owned(), "1\r\nX-B: 2".to_owned())],
            }),
            ..rules
        };
        let world = World::new(rules, &ca, origin).await;
        let mut client = world.http1().await;
        say(&mut client, &format!("GET / HTTP/1.1\r\nHost: {HOST}\r\n\r\n")).await;
        let (head, _) = hear_answer(&mut client).await;
        assert!(head.starts_with("HTTP/1.1 500 "), "{head}");
        assert!(heard.try_recv().is_err(), "nothing was sent");
    }
}

/// An origin that speaks HTTP/2, and reports the headers and the length of the body of each request.
async fn recording_http2(ca: &OriginCa) -> (std::net::SocketAddr, UnboundedReceiver<(Vec<String>, u64)>) {
    let (heard, hears) = unbounded_channel();
    let address = origin(ca.tls(&["h2"]), move |stream| {
        let heard = heard.clone();
        async move {
            let mut connection = h2::server::handshake(stream).await.unwrap();
            while let Some(Ok((request, mut respond))) = connection.accept().await {
                let heard = heard.clone();
                tokio::spawn(async move {
                    let headers = request.headers().iter();
                    let headers = headers
                        .map(|(name, value)| format!("{name}: {}", value.to_str().unwrap()))
                        .collect();
                    let mut body = request.into_body();
                    let mut length = 0;
                    while let Some(Ok(piece)) = body.data().await {
                        length += piece.len() as u64;
                        body.flow_control().release_capacity(piece.len()).unwrap();
                    }
                    heard.send((headers, length)).unwrap();
                    respond.send_response(Response::new(()), true).unwrap();
                });
            }
        }
    })
    .await;
    (address, hears)
}

#[tokio::test(flavor = "multi_thread")]
async fn over_http2_ours_replace_every_copy_and_the_rest_keeps_its_order() {
    for (rules, length) in [(unread(), 4), (judged(), 4), (edited(), 3)] {
        let ca = OriginCa::new();
        let (origin, mut heard) = recording_http2(&ca).await;
        let world = World::new(rules, &ca, origin).await;
        let mut client = world.http2().await;
        for copies in [false, true] {
            let mut request = Request::post(format!("https://{HOST}/a")).header("x-first", "1");
            if copies {
                for name in [
                    "allowed-org-ids",
                    "allowed-org-ids",
                    "allowed_org_ids",
                    "allowed-org-ids12",
                    "restrict-access",
                ] {
                    request = request.header(name, "mine");
                }
            }
            let request = request.header("x-second", "2").body(()).unwrap();
            let (response, mut body) = client.send_request(request, false).unwrap();
            body.send_data(Bytes::from_static(b"four"), true).unwrap();
            in_time(response).await.unwrap();
            let (headers, received) = heard.recv().await.unwrap();
            let mut headers: Vec<&str> = headers.iter().map(String::as_str).collect();
            headers.retain(|header| !header.starts_with("content-length"));
            let expected = [
                "x-first: 1",
                "x-second: 2",
                "allowed-org-ids: one,two;n=2",
                "allowed-org-ids1: three",
            ];
            assert_eq!(headers, expected);
            assert_eq!(received, length);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_socket_on_an_unread_host_is_opened_with_ours_and_passes_bytes() {
    let ca = OriginCa::new();
    let (seen, mut sees) = unbounded_channel();
    let origin = origin(ca.tls(&["http/1.1"]), move |mut stream| {
        let seen = seen.clone();
        async move {
            seen.send(hear_head(&mut stream).await).unwrap();
            say(
                &mut stream,
                "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
            )
            .await;
            // No frames at all: nobody on the way may mind.
            let mut heard = [0; 5];
            stream.read_exact(&mut heard).await.unwrap();
            stream.write_all(&heard).await.unwrap();
            stream.flush().await.unwrap();
        }
    })
    .await;
    let world = World::new(unread(), &ca, origin).await;
    let mut client = world.http1().await;
    let said = format!(
        "GET /socket HTTP/1.1\r\nHost: {HOST}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nAllowed-Org-Ids: mine\r\n\
         Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\
         Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n"
    );
    say(&mut client, &said).await;
    assert!(hear_head(&mut client).await.starts_with("HTTP/1.1 101 "));
    say(&mut client, "bytes").await;
    assert_eq!(hear(&mut client, 5).await, "bytes");
    let head = sees.recv().await.unwrap();
    assert_eq!(head.matches("Allowed-Org-Ids: one,two;n=2\r\n").count(), 1, "{head}");
    assert!(!head.contains("mine") && head.contains("permessage-deflate"), "{head}");
}

const MIB: usize = 1 << 20;
const GIB: u64 = 1 << 30;

/// Most memory this process ever had resident.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches("kB").trim().parse::<u64>().unwrap() << 10
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn a_gigabyte_streams_through_in_bounded_memory() {
    let ca = OriginCa::new();
    let piece = Bytes::from(vec![7; MIB]);

    let (counted, mut counts) = unbounded_channel();
    let http1 = origin(ca.tls(&["http/1.1"]), move |mut stream| {
        let counted = counted.clone();
        async move {
            let head = hear_head(&mut stream).await;
            let mut left = GIB;
            let mut buffer = vec![0; MIB];
            while left > 0 {
                match stream.read(&mut buffer).await {
                    Ok(count @ 1..) => left -= count as u64,
                    _ => break,
                }
            }
            counted.send((head, GIB - left)).unwrap();
            say(&mut stream, &ok("fine")).await;
        }
    })
    .await;
    let world = World::new(unread(), &ca, http1).await;
    let mut client = world.http1().await;
    let before = peak();
    say(
        &mut client,
        &format!("PUT /blob HTTP/1.1\r\nHost: {HOST}\r\nContent-Length: {GIB}\r\n\r\n"),
    )
    .await;
    for _ in 0..GIB / MIB as u64 {
        client.write_all(&piece).await.unwrap();
    }
    client.flush().await.unwrap();
    let (head, length) = counts.recv().await.unwrap();
    assert!(head.contains("Allowed-Org-Ids: one,two;n=2\r\n") && length == GIB);
    assert_eq!(hear_answer(&mut client).await.1, "fine");

    let (http2, mut heard) = recording_http2(&ca).await;
    let world = World::new(unread(), &ca, http2).await;
    let mut client = world.http2().await;
    let request = Request::put(format!("https://{HOST}/blob")).body(()).unwrap();
    let (response, mut body) = client.send_request(request, false).unwrap();
    for index in 0..GIB / MIB as u64 {
        let mut rest = piece.clone();
        while !rest.is_empty() {
            body.reserve_capacity(rest.len());
            let room = std::future::poll_fn(|cx| body.poll_capacity(cx))
                .await
                .unwrap()
                .unwrap();
            let now = rest.split_to(room.min(rest.len()));
            body.send_data(now, rest.is_empty() && index + 1 == GIB / MIB as u64)
                .unwrap();
        }
    }
    in_time(response).await.unwrap();
    assert_eq!(heard.recv().await.unwrap().1, GIB);
    let grown = peak().saturating_sub(before);
    assert!(grown < 48 << 20, "grew by {grown} bytes");
}
