//! The door: PAC, own pages, loops, caps, names that do not agree, and the end.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::needless_pass_by_value,
    reason = "a test fails by panicking"
)]

mod dialogue;

use std::net::SocketAddr;
use std::time::Duration;

use dialogue::*;
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;
use weir_proxy::{BindError, Config, Limits, Pac, Proxy, TlsUpstream, TlsUpstreamOptions};

async fn world(limits: Limits) -> World {
    let ca = OriginCa::new();
    let (origin, heard) = recording(&ca).await;
    // The origin lives as long as the test.
    tokio::spawn(async move {
        let mut heard = heard;
        while heard.recv().await.is_some() {}
    });
    World::with_limits(Rules::pass(), &ca, origin, limits).await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_pac_file_sends_governed_hosts_here_and_no_others() {
    let world = world(Limits::default()).await;
    let mut client = world.dial().await;
    say(&mut client, "GET /proxy.pac HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n").await;
    let (head, pac) = hear_answer(&mut client).await;
    assert!(
        head.contains("content-type: application/x-ns-proxy-autoconfig\r\n"),
        "{head}"
    );
    assert!(
        pac.contains(&format!("PROXY {}\"", world.proxy)) && !pac.contains("; DIRECT"),
        "fails closed: {pac}"
    );
    let cases = [
        ("https://chatgpt.test/", "chatgpt.test", true),
        ("https://CHATGPT.test./", "CHATGPT.test.", true),
        ("wss://a.b.chatgpt.test/", "a.b.chatgpt.test", true),
        ("https://evilchatgpt.test/", "evilchatgpt.test", false),
        ("https://constructor/", "constructor", false),
        ("https://bank.test/", "bank.test", false),
    ];
    verdicts(&pac, &cases, &world.proxy.to_string());
    let globs = Pac::new(&[
        "bedrock-runtime.*.amazonaws.test",
        "api.openai.test",
        "local.test:8443",
        "10.0.0.1",
    ]);
    let cases = [
        (
            "https://bedrock-runtime.eu-1.amazonaws.test/",
            "bedrock-runtime.eu-1.amazonaws.test",
            true,
        ),
        (
            "https://bedrock-runtime.a.b.amazonaws.test/",
            "bedrock-runtime.a.b.amazonaws.test",
            false,
        ),
        ("https://api.openai.test/", "api.openai.test", true),
        ("https://x.api.openai.test/", "x.api.openai.test", false),
        ("https://local.test:8443/", "local.test", true),
        ("https://local.test/", "local.test", false),
        ("https://10.0.0.1/", "10.0.0.1", false),
    ];
    verdicts(&globs.render("127.0.0.1:1".parse().unwrap()), &cases, "127.0.0.1:1");
}

/// Runs the PAC file in Node, where there is one.
fn verdicts(pac: &str, cases: &[(&str, &str, bool)], proxy: &str) {
    for (url, host, governed) in cases {
        let script = format!("{pac}; console.log(FindProxyForURL({url:?}, {host:?}))");
        let Ok(run) = std::process::Command::new("node").args(["-e", &script]).output() else {
            return;
        };
        let expected = if *governed {
            format!("PROXY {proxy}")
        } else {
            "DIRECT".to_owned()
        };
        assert_eq!(
            String::from_utf8_lossy(&run.stdout).trim(),
            expected,
            "{url} {}",
            String::from_utf8_lossy(&run.stderr)
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn own_pages_and_nothing_else() {
    let world = world(Limits::default()).await;
    for (request, status) in [
        ("GET / HTTP/1.1\r\nHost: x\r\n\r\n", 200),
        ("HEAD /proxy.pac HTTP/1.1\r\nHost: x\r\n\r\n", 200),
        ("GET /etc/passwd HTTP/1.1\r\nHost: x\r\n\r\n", 404),
        ("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n", 405),
        ("GET https://chatgpt.test/ HTTP/1.1\r\nHost: chatgpt.test\r\n\r\n", 400),
        ("CONNECT chatgpt.test HTTP/1.1\r\n\r\n", 400),
        ("CONNECT chatgpt.test:0 HTTP/1.1\r\n\r\n", 400),
        ("CONNECT chatgpt.test:99999 HTTP/1.1\r\n\r\n", 400),
        ("CONNECT cha tgpt.test:443 HTTP/1.1\r\n\r\n", 400),
        ("CONNECT user@chatgpt.test:443 HTTP/1.1\r\n\r\n", 400),
        ("CONNECT /:443 HTTP/1.1\r\n\r\n", 400),
        ("\u{16}\u{3}\u{1} not HTTP\r\n\r\n", 400),
    ] {
        let mut client = world.dial().await;
        say(&mut client, request).await;
        let answer = hear_all(&mut client).await;
        assert!(
            answer.starts_with(&format!("HTTP/1.1 {status} ")),
            "{request}: {answer}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_loop_is_refused() {
    let world = world(Limits::default()).await;
    let own = world.proxy.port();
    for target in [
        format!("127.0.0.1:{own}"),
        format!("localhost:{own}"),
        format!("0.0.0.0:{own}"),
        format!("[::ffff:127.0.0.1]:{own}"),
    ] {
        let mut client = world.dial().await;
        say(&mut client, &format!("CONNECT {target} HTTP/1.1\r\n\r\n")).await;
        assert!(hear_all(&mut client).await.starts_with("HTTP/1.1 508 "), "{target}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hello_for_another_host_than_the_connect_is_refused() {
    let world = world(Limits::default()).await;
    assert!(world.try_tls(HOST, OTHER, &["http/1.1"]).await.is_err());
    assert!(world.try_tls(HOST, "a.chatgpt.test", &["http/1.1"]).await.is_err());
    assert!(world.try_tls(HOST, HOST, &["http/1.1"]).await.is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_are_capped_and_the_cap_is_given_back() {
    let world = world(Limits {
        connections_per_client: 3,
        ..Limits::default()
    })
    .await;
    let held = [world.dial().await, world.dial().await, world.dial().await];
    tokio::time::sleep(Duration::from_millis(50)).await;
    let mut refused = world.dial().await;
    assert_eq!(in_time(refused.read(&mut [0; 10])).await.unwrap_or(0), 0);
    drop(held);
    tokio::time::sleep(Duration::from_millis(50)).await;
    let mut welcome = world.http1().await;
    say(&mut welcome, &format!("GET / HTTP/1.1\r\nHost: {HOST}\r\n\r\n")).await;
    assert_eq!(hear_answer(&mut welcome).await.1, "fine");
}

#[tokio::test(flavor = "multi_thread")]
async fn shutdown_ends_idle_connections_and_lets_exchanges_finish() {
    let ca = OriginCa::new();
    let origin = origin(ca.tls(&["http/1.1"]), |mut stream| async move {
        while !hear_head(&mut stream).await.is_empty() {
            tokio::time::sleep(Duration::from_millis(300)).await;
            say(&mut stream, &ok("late")).await;
        }
    })
    .await;
    let world = World::new(Rules::pass(), &ca, origin).await;
    let mut idle = world.http1().await;
    let mut busy = world.http1().await;
    let _idle2 = world.http2_or_1().await;
    say(&mut busy, &format!("GET / HTTP/1.1\r\nHost: {HOST}\r\n\r\n")).await;
    tokio::time::sleep(Duration::from_millis(50)).await;
    let stopping = tokio::spawn(world.stop());
    assert_eq!(hear_answer(&mut busy).await.1, "late");
    assert_eq!(hear_all(&mut idle).await, "");
    in_time(stopping).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn shutdown_does_not_wait_for_ever() {
    let ca = OriginCa::new();
    let origin = origin(ca.tls(&["http/1.1"]), |mut stream| async move {
        hear_head(&mut stream).await;
        std::future::pending::<()>().await;
    })
    .await;
    let world = World::with_limits(Rules::pass(), &ca, origin, short_limits()).await;
    let mut stuck = world.http1().await;
    say(&mut stuck, &format!("GET / HTTP/1.1\r\nHost: {HOST}\r\n\r\n")).await;
    tokio::time::sleep(Duration::from_millis(50)).await;
    world.stop().await;
    assert_eq!(hear_all(&mut stuck).await, "");
}

fn config(directory: &std::path::Path, listen: SocketAddr, inherited: Vec<std::net::TcpListener>) -> Config {
    let paths = weir_proxy::ca::Paths::inside(directory);
    let (authority, _) = weir_proxy::ca::Authority::open(&paths, &[HOST], std::time::SystemTime::now()).unwrap();
    let upstream = TlsUpstreamOptions {
        extra_roots: OriginCa::new().pem().into(),
        only_extra_roots: true,
        ..Default::default()
    };
    Config {
        listen: vec![listen],
        inherited,
        limits: Limits::default(),
        upstream: std::sync::Arc::new(TlsUpstream::new(upstream).unwrap()),
        authority: authority.into(),
        pac: std::sync::Arc::default(),
    }
}

#[tokio::test]
async fn only_loopback_is_bound() {
    let directory = tempfile::tempdir().unwrap();
    let config = config(directory.path(), "0.0.0.0:0".parse().unwrap(), Vec::new());
    let bound = Proxy::bind(config, std::sync::Arc::new(Rules::pass())).await;
    assert!(matches!(bound.err(), Some(BindError::NotLoopback(_))));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_socket_that_was_handed_over_is_listened_on() {
    let directory = tempfile::tempdir().unwrap();
    let [held, other] = [(); 2].map(|()| std::net::TcpListener::bind("127.0.0.1:0").unwrap());
    let address = held.local_addr().unwrap();
    // Who came while nobody was there is answered.
    let mut early = TcpStream::connect(address).await.unwrap();
    say(
        &mut early,
        "GET /proxy.pac HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
    )
    .await;
    let config = config(directory.path(), address, vec![other, held.try_clone().unwrap()]);
    let proxy = Proxy::bind(config, std::sync::Arc::new(Rules::pass())).await.unwrap();
    assert_eq!(proxy.addresses(), [address]);
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let running = tokio::spawn(proxy.run(async move {
        let _ = stopped.await;
    }));
    assert!(hear_all(&mut early).await.starts_with("HTTP/1.1 "));
    drop(stop);
    in_time(running).await.unwrap();
}
