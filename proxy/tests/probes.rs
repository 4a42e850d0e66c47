//! The fifteen probes of intercepting proxies, and the four more that none of them passes. One test each, so that the
//! list of names is the score.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::needless_pass_by_value,
    reason = "a test fails by panicking"
)]

mod dialogue;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use dialogue::*;
use h2::ext::Protocol;
use http::{HeaderMap, Method, Request, Response};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use weir_proxy::{Forward, LocalAnswer, Ruling};

/// Serves HTTP/2 streams by `serve`, RFC 8441 on.
async fn http2_origin<F>(
    ca: &OriginCa,
    serve: impl Fn(Request<h2::RecvStream>, h2::server::SendResponse<Bytes>) -> F + Send + Sync + Clone + 'static,
) -> std::net::SocketAddr
where
    F: Future<Output = ()> + Send + 'static,
{
    origin(ca.tls(&["h2", "http/1.1"]), move |stream| {
        let serve = serve.clone();
        async move {
            let mut connection = h2::server::Builder::new()
                .enable_connect_protocol()
                .handshake::<_, Bytes>(stream)
                .await
                .unwrap();
            while let Some(Ok((request, respond))) = connection.accept().await {
                tokio::spawn(serve(request, respond));
            }
        }
    })
    .await
}

async fn read_body(body: &mut h2::RecvStream) -> Vec<u8> {
    let mut all = Vec::new();
    while let Some(chunk) = in_time(body.data()).await {
        let chunk = chunk.unwrap();
        let _ = body.flow_control().release_capacity(chunk.len());
        all.extend_from_slice(&chunk);
    }
    all
}

fn get(path: &str) -> Request<()> {
    Request::get(format!("https://{HOST}{path}")).body(()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn p01_http2_on_both_legs() {
    let ca = OriginCa::new();
    let origin = http2_origin(&ca, |mut request, mut respond| async move {
        let body = read_body(request.body_mut()).await;
        let mut stream = respond
            .send_response(
                Response::builder().header("alt-svc", "h3=\":443\"").body(()).unwrap(),
                false,
            )
            .unwrap();
        stream.send_data(body.into(), true).unwrap();
    })
    .await;
    let world = World::new(Rules::pass(), &ca, origin).await;
    let mut sender = world.http2().await;
    for n in 0..20_usize {
        let text = "x".repeat(n * 1000);
        let request = Request::post(format!("https://{HOST}/echo")).body(()).unwrap();
        let (response, mut up) = sender.send_request(request, false).unwrap();
        up.send_data(Bytes::from(text.clone()), true).unwrap();
        let response = in_time(response).await.unwrap();
        assert!(
            response.headers().get("alt-svc").is_none(),
            "no way around us is advertised"
        );
        assert_eq!(read_body(&mut response.into_body()).await, text.as_bytes());
        sender = sender.ready().await.unwrap();
    }
}

/// Answers an upgrade and echoes frames, byte for byte.
async fn websocket_origin(ca: &OriginCa) -> std::net::SocketAddr {
    origin(ca.tls(&["http/1.1"]), |mut stream| async move {
        let head = hear_head(&mut stream).await;
        let extension = head.lines().find(|line| line.starts_with("Sec-WebSocket-")).unwrap();
        let answer = format!("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n{extension}\r\n\r\nfirst frame");
        say(&mut stream, &answer).await;
        let mut space = [0; 1024];
        while let Ok(count @ 1..) = stream.read(&mut space).await {
            stream.write_all(&space[..count]).await.unwrap();
            stream.flush().await.unwrap();
        }
        let _ = stream.shutdown().await;
    })
    .await
}

async fn websocket(extension: &str) {
    let ca = OriginCa::new();
    let world = World::new(Rules::pass(), &ca, websocket_origin(&ca).await).await;
    let mut client = world.http1().await;
    say(
        &mut client,
        &format!(
            "GET /ws HTTP/1.1\r\nHost: {HOST}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n{extension}\r\n\r\n"
        ),
    )
    .await;
    let head = hear_head(&mut client).await;
    assert!(head.starts_with("HTTP/1.1 101 ") && head.contains(extension), "{head}");
    assert_eq!(hear(&mut client, 11).await, "first frame");
    say(&mut client, "\u{1}\u{2}compressed or not").await;
    assert_eq!(hear(&mut client, 19).await, "\u{1}\u{2}compressed or not");
    client.shutdown().await.unwrap();
    assert_eq!(hear_all(&mut client).await, "", "the end of one side reaches the other");
}

#[tokio::test(flavor = "multi_thread")]
async fn p02_websocket() {
    websocket("Sec-WebSocket-Version: 13").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn p03_websocket_keeps_permessage_deflate() {
    websocket("Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits").await;
}

/// One event, then silence until the client has heard it.
async fn sse_origin(ca: &OriginCa) -> std::net::SocketAddr {
    origin(ca.tls(&["http/1.1"]), |mut stream| async move {
        while !hear_head(&mut stream).await.is_empty() {
            say(
                &mut stream,
                "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n",
            )
            .await;
            for n in 0..3 {
                say(&mut stream, &format!("9\r\ndata: {n}\n\n\r\n")).await;
                tokio::time::sleep(Duration::from_millis(150)).await;
            }
            say(&mut stream, "0\r\n\r\n").await;
        }
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn p04_many_event_streams_at_once_each_event_at_once() {
    let ca = OriginCa::new();
    let world = Arc::new(World::new(Rules::pass(), &ca, sse_origin(&ca).await).await);
    let started = Instant::now();
    let streams: Vec<_> = (0..8)
        .map(|_| {
            let world = world.clone();
            tokio::spawn(async move {
                let mut client = world.http1().await;
                say(&mut client, &format!("GET /events HTTP/1.1\r\nHost: {HOST}\r\n\r\n")).await;
                hear_head(&mut client).await;
                let mut gaps = Vec::new();
                let mut last = Instant::now();
                for n in 0..3 {
                    assert_eq!(hear(&mut client, 14).await, format!("9\r\ndata: {n}\n\n\r\n"));
                    gaps.push(last.elapsed());
                    last = Instant::now();
                }
                assert!(
                    gaps[1] > Duration::from_millis(75),
                    "events are not held together: {gaps:?}"
                );
            })
        })
        .collect();
    for stream in streams {
        stream.await.unwrap();
    }
    // Eight streams of 0.45 s, one after the other, would take 3.6 s.
    assert!(started.elapsed() < Duration::from_secs(3), "{:?}", started.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
async fn p05_uploads_are_streamed_to_the_origin() {
    let ca = OriginCa::new();
    let origin = origin(ca.tls(&["http/1.1"]), |mut stream| async move {
        hear_head(&mut stream).await;
        assert_eq!(hear(&mut stream, 5).await, "first");
        say(&mut stream, "HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n").await;
        assert_eq!(hear(&mut stream, 6).await, "second");
        say(&mut stream, &ok("got both")).await;
    })
    .await;
    let world = World::new(Rules::pass(), &ca, origin).await;
    let mut client = world.http1().await;
    say(
        &mut client,
        &format!("POST /up HTTP/1.1\r\nHost: {HOST}\r\nContent-Length: 11\r\n\r\nfirst"),
    )
    .await;
    // The origin has the first half before the second exists; its interim answer proves it, and is passed on.
    assert!(hear_head(&mut client).await.starts_with("HTTP/1.1 103 "));
    say(&mut client, "second").await;
    assert_eq!(hear_answer(&mut client).await.1, "got both");
}

#[tokio::test(flavor = "multi_thread")]
async fn p06_upstream_certificates_are_verified_by_default() {
    let stranger = OriginCa::new();
    let origin = origin(stranger.tls(&["http/1.1"]), |_| async {}).await;
    let world = World::new(Rules::pass(), &OriginCa::new(), origin).await;
    let mut client = world.http1().await;
    say(&mut client, &format!("GET / HTTP/1.1\r\nHost: {HOST}\r\n\r\n")).await;
    let (head, body) = hear_answer(&mut client).await;
    assert!(head.starts_with("HTTP/1.1 502 "), "{head}");
    assert!(body.contains(HOST) && body.contains("unknown issuer"), "{body}");
}

#[tokio::test(flavor = "multi_thread")]
async fn p07_leaves_have_a_key_of_their_own() {
    let ca = OriginCa::new();
    let (origin, _) = recording(&ca).await;
    let world = World::new(Rules::pass(), &ca, origin).await;
    let client = world.http1().await;
    let leaf = client.get_ref().1.peer_certificates().unwrap()[0].clone();
    let key = |der: &[u8]| {
        x509_parser::parse_x509_certificate(der)
            .unwrap()
            .1
            .public_key()
            .raw
            .to_vec()
    };
    assert_ne!(key(&leaf), key(world.authority.certificate_der()));
}

#[tokio::test(flavor = "multi_thread")]
async fn p08_a_head_of_60_kilobytes_passes() {
    let ca = OriginCa::new();
    let (origin, mut heard) = recording(&ca).await;
    let world = World::new(Rules::pass(), &ca, origin).await;
    let mut client = world.http1().await;
    let head = format!(
        "GET / HTTP/1.1\r\nHost: {HOST}\r\nCookie: {}\r\n\r\n",
        "c".repeat(60_000)
    );
    say(&mut client, &head).await;
    assert_eq!(hear_answer(&mut client).await.1, "fine");
    assert_eq!(heard.recv().await.unwrap().0, head);
}

#[tokio::test(flavor = "multi_thread")]
async fn p09_a_head_of_a_megabyte_gets_a_clean_431() {
    let ca = OriginCa::new();
    let (origin, mut heard) = recording(&ca).await;
    let world = World::new(Rules::pass(), &ca, origin).await;
    let client = world.http1().await;
    let (mut reading, mut writing) = tokio::io::split(client);
    let head = format!(
        "GET / HTTP/1.1\r\nHost: {HOST}\r\nCookie: {}\r\n\r\n",
        "c".repeat(1_000_000)
    );
    let sending = tokio::spawn(async move {
        let _ = writing.write_all(head.as_bytes()).await;
        let _ = writing.flush().await;
        writing
    });
    let answer = hear_all(&mut reading).await;
    assert!(answer.starts_with("HTTP/1.1 431 "), "{answer}");
    let _ = sending.await;
    assert!(heard.try_recv().is_err(), "nothing went on");
}

#[tokio::test(flavor = "multi_thread")]
async fn p10_length_and_chunks_together_are_refused() {
    let ca = OriginCa::new();
    let (origin, mut heard) = recording(&ca).await;
    let world = World::new(Rules::pass(), &ca, origin).await;
    let mut client = world.http1().await;
    say(
        &mut client,
        &format!("POST / HTTP/1.1\r\nHost: {HOST}\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
    )
    .await;
    assert!(hear_all(&mut client).await.starts_with("HTTP/1.1 400 "));
    assert!(heard.try_recv().is_err(), "nothing went on");
}

async fn closed_within<S: tokio::io::AsyncRead + Unpin>(stream: &mut S, limit: Duration) {
    let started = Instant::now();
    let mut space = [0; 256];
    while let Ok(1..) = in_time(stream.read(&mut space)).await {}
    assert!(started.elapsed() < limit, "{:?}", started.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
async fn p11_a_slow_connect_head_is_closed() {
    let ca = OriginCa::new();
    let (origin, _) = recording(&ca).await;
    let world = World::with_limits(Rules::pass(), &ca, origin, short_limits()).await;
    let mut silent = world.dial().await;
    closed_within(&mut silent, Duration::from_secs(3)).await;
    let mut slow = world.dial().await;
    say(&mut slow, "CONNECT chatgpt.te").await;
    closed_within(&mut slow, Duration::from_secs(3)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn p12_a_slow_tls_hello_is_closed() {
    let ca = OriginCa::new();
    let (origin, _) = recording(&ca).await;
    let world = World::with_limits(Rules::pass(), &ca, origin, short_limits()).await;
    let mut silent = world.connect(HOST).await;
    closed_within(&mut silent, Duration::from_secs(3)).await;
    let mut slow = world.connect(HOST).await;
    slow.write_all(&[0x16, 0x03, 0x01, 0x02, 0x00, 0x01]).await.unwrap();
    closed_within(&mut slow, Duration::from_secs(3)).await;
    let mut quiet = world.http1().await;
    say(&mut quiet, "GET / HT").await;
    closed_within(&mut quiet, Duration::from_secs(3)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn p13_an_origin_that_is_down_is_named_in_the_answer() {
    let ca = OriginCa::new();
    let down = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .unwrap()
        .local_addr()
        .unwrap();
    let world = World::new(Rules::pass(), &ca, down).await;
    for alpn in [&["http/1.1"][..], &["h2", "http/1.1"]] {
        let mut client = world.tls(HOST, alpn).await;
        say(&mut client, &format!("GET / HTTP/1.1\r\nHost: {HOST}\r\n\r\n")).await;
        let (head, body) = hear_answer(&mut client).await;
        assert!(
            head.starts_with("HTTP/1.1 502 ") && head.contains("connection_refused"),
            "{head}"
        );
        assert!(body.contains("chatgpt.test:443") && body.contains("refused"), "{body}");
    }
    let mut tunnel = world.dial().await;
    say(
        &mut tunnel,
        &format!("CONNECT {OTHER}:443 HTTP/1.1\r\nHost: {OTHER}:443\r\n\r\n"),
    )
    .await;
    assert!(hear_all(&mut tunnel).await.starts_with("HTTP/1.1 502 "));
}

#[tokio::test(flavor = "multi_thread")]
async fn p14_small_answers_leave_at_once() {
    let ca = OriginCa::new();
    let (origin, _heard) = recording(&ca).await;
    let world = World::new(Rules::pass(), &ca, origin).await;
    let mut client = world.http1().await;
    let mut times = Vec::new();
    for _ in 0..40 {
        let started = Instant::now();
        say(
            &mut client,
            &format!("POST / HTTP/1.1\r\nHost: {HOST}\r\nContent-Length: 2\r\n\r\nhi"),
        )
        .await;
        assert_eq!(hear_answer(&mut client).await.1, "fine");
        times.push(started.elapsed());
    }
    times.sort();
    assert!(
        times[20] < Duration::from_millis(20),
        "Nagle and delayed acknowledgements cost 40 ms: {:?}",
        times[20]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn p15_a_failed_handshake_changes_nothing() {
    let ca = OriginCa::new();
    let (origin, _heard) = recording(&ca).await;
    let world = World::with_limits(Rules::pass(), &ca, origin, short_limits()).await;
    for _ in 0..5 {
        // A hello, then gone; and a client that does not trust the leaf.
        let mut gone = world.connect(HOST).await;
        gone.write_all(&[0x16, 0x03, 0x01, 0x00, 0x05, 0x01, 0, 0, 1, 0])
            .await
            .unwrap();
        drop(gone);
        let mistrusting = rustls::ClientConfig::builder_with_provider(provider())
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(rustls::RootCertStore::empty())
            .with_no_client_auth();
        let stream = world.connect(HOST).await;
        let name = rustls_pki_types::ServerName::try_from(HOST).unwrap();
        assert!(
            tokio_rustls::TlsConnector::from(Arc::new(mistrusting))
                .connect(name, stream)
                .await
                .is_err()
        );
    }
    assert!(is_intercepted(&world.http1().await), "the host is still intercepted");
}

fn is_intercepted(client: &tokio_rustls::client::TlsStream<tokio::net::TcpStream>) -> bool {
    let leaf = &client.get_ref().1.peer_certificates().unwrap()[0];
    let (_, leaf) = x509_parser::parse_x509_certificate(leaf).unwrap();
    leaf.issuer().to_string().contains("Weir device CA")
}

/// WebSockets are read over HTTP/1.1 only, so the other way is not offered, also when the origin offers it; a browser
/// then opens a connection of its own for the socket.
#[tokio::test(flavor = "multi_thread")]
async fn p16_websockets_over_http2_are_not_offered() {
    let ca = OriginCa::new();
    let streams = Arc::new(AtomicUsize::new(0));
    let seen = streams.clone();
    let origin = http2_origin(&ca, move |_, mut respond| {
        seen.fetch_add(1, Ordering::SeqCst);
        async move {
            respond.send_response(Response::new(()), true).unwrap();
        }
    })
    .await;
    let world = World::new(Rules::pass(), &ca, origin).await;
    let sender = world.http2().await;
    let mut sender = sender.ready().await.unwrap();
    let (response, _) = sender.send_request(get("/first"), true).unwrap();
    assert_eq!(in_time(response).await.unwrap().status(), 200);
    assert!(!sender.is_extended_connect_protocol_enabled());
    let mut request = Request::builder()
        .method(Method::CONNECT)
        .uri(format!("https://{HOST}/ws"))
        .body(())
        .unwrap();
    request.extensions_mut().insert(Protocol::from_static("websocket"));
    sender = sender.ready().await.unwrap();
    if let Ok((response, _)) = sender.send_request(request, false) {
        let refused = in_time(response).await;
        assert!(refused.is_err() || refused.is_ok_and(|answer| answer.status() == 405));
    }
    assert_eq!(streams.load(Ordering::SeqCst), 1, "it never reaches the origin");
}

#[tokio::test(flavor = "multi_thread")]
async fn p17_http2_trailers_pass_down_and_up_only_unjudged() {
    let ca = OriginCa::new();
    let origin = http2_origin(&ca, |request, mut respond| async move {
        let mut body = request.into_body();
        read_body(&mut body).await;
        let up = body.trailers().await.unwrap();
        let mut stream = respond.send_response(Response::new(()), false).unwrap();
        stream.send_data(Bytes::from_static(b"body"), false).unwrap();
        let mut trailers = HeaderMap::new();
        let came = up.map_or_else(|| "none".parse().unwrap(), |up| up["x-up"].clone());
        trailers.insert("grpc-status", came);
        stream.send_trailers(trailers).unwrap();
    })
    .await;
    let forward = |_| Ruling::Forward(Forward::default());
    for (rules, came) in [
        (Rules::pass(), "0"),
        (Rules::judge(1000, forward), "none"),
        // The rest of a body beyond the limit is streamed, its trailers are not.
        (Rules::judge(1, forward), "none"),
    ] {
        let world = World::new(rules, &ca, origin).await;
        let mut sender = world.http2().await;
        let request = Request::post(format!("https://{HOST}/grpc")).body(()).unwrap();
        let (response, mut up) = sender.send_request(request, false).unwrap();
        up.send_data(Bytes::from_static(b"ask"), false).unwrap();
        let mut trailers = HeaderMap::new();
        trailers.insert("x-up", "0".parse().unwrap());
        up.send_trailers(trailers).unwrap();
        let mut body = in_time(response).await.unwrap().into_body();
        assert_eq!(read_body(&mut body).await, b"body");
        assert_eq!(in_time(body.trailers()).await.unwrap().unwrap()["grpc-status"], came);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn p18_a_body_without_end_stays_within_the_limit() {
    const LIMIT: usize = 100_000;
    let ca = OriginCa::new();
    let (origin, mut heard) = recording(&ca).await;
    let largest = Arc::new(AtomicUsize::new(0));
    let seen = largest.clone();
    let rules = Rules::judge(LIMIT, move |request| {
        assert!(!request.complete, "the gate is told that there is more");
        seen.fetch_max(request.body.len(), Ordering::SeqCst);
        Ruling::Answer(LocalAnswer::text(413, "too large to inspect"))
    });
    let world = World::new(rules, &ca, origin).await;
    let mut client = world.http1().await;
    say(
        &mut client,
        &format!("POST / HTTP/1.1\r\nHost: {HOST}\r\nTransfer-Encoding: chunked\r\n\r\n"),
    )
    .await;
    let (mut reading, mut writing) = tokio::io::split(client);
    let endless = tokio::spawn(async move {
        let chunk = format!("10000\r\n{}\r\n", "b".repeat(0x10000));
        for _ in 0..64 {
            if writing.write_all(chunk.as_bytes()).await.is_err() {
                break;
            }
        }
    });
    let answer = hear_until(&mut reading, "inspect").await;
    assert!(
        answer.starts_with("HTTP/1.1 413 "),
        "a verdict, not a dead socket: {answer}"
    );
    endless.abort();
    assert!(
        largest.load(Ordering::SeqCst) <= LIMIT + 64 * 1024,
        "memory is bounded by the limit and one buffer"
    );
    assert!(heard.try_recv().is_err(), "nothing went on");
}

#[tokio::test(flavor = "multi_thread")]
async fn p19_an_upstream_failure_is_never_learned() {
    let ca = OriginCa::new();
    let bad = ca.tls_with(&["h2", "http/1.1"], |params| {
        params.not_after = rcgen::date_time_ymd(2001, 1, 1);
    });
    let origin = origin(bad, |_| async {}).await;
    let world = World::new(Rules::pass(), &ca, origin).await;
    for _ in 0..5 {
        let mut client = world.tls(HOST, &["h2", "http/1.1"]).await;
        assert!(is_intercepted(&client), "the host is never tunnelled instead");
        say(&mut client, &format!("GET / HTTP/1.1\r\nHost: {HOST}\r\n\r\n")).await;
        let (head, body) = hear_answer(&mut client).await;
        assert!(
            head.starts_with("HTTP/1.1 502 ") && body.contains("expired"),
            "{head}{body}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_stream_and_a_reset_reach_the_client() {
    let ca = OriginCa::new();
    let origin = http2_origin(&ca, |_, mut respond| async move {
        respond.send_reset(h2::Reason::ENHANCE_YOUR_CALM);
    })
    .await;
    let world = World::new(Rules::pass(), &ca, origin).await;
    let mut sender = world.http2().await;
    let (response, _) = sender.send_request(get("/"), true).unwrap();
    assert_eq!(
        in_time(response).await.unwrap_err().reason(),
        Some(h2::Reason::ENHANCE_YOUR_CALM)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_resets_a_stream_stops_the_origin() {
    let ca = OriginCa::new();
    let (stopped, mut stops) = tokio::sync::mpsc::unbounded_channel();
    let origin = http2_origin(&ca, move |_, mut respond| {
        let stopped = stopped.clone();
        async move {
            let mut stream = respond.send_response(Response::new(()), false).unwrap();
            stream.send_data(Bytes::from_static(b"token"), false).unwrap();
            let _ = std::future::poll_fn(|cx| stream.poll_reset(cx)).await;
            let _ = stopped.send(());
        }
    })
    .await;
    let world = World::new(Rules::pass(), &ca, origin).await;
    let mut sender = world.http2().await;
    let (response, up) = sender.send_request(get("/"), true).unwrap();
    let mut body = in_time(response).await.unwrap().into_body();
    assert_eq!(in_time(body.data()).await.unwrap().unwrap(), "token");
    drop((body, up));
    in_time(stops.recv()).await.unwrap();
}
