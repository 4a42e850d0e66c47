//! Promise P4: upstream TLS is never weakened; and promise P2: a tunnelled host is the site itself.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::needless_pass_by_value,
    reason = "a test fails by panicking"
)]

mod dialogue;

use std::collections::HashMap;
use std::time::Duration;

use dialogue::*;
use rcgen::{CertificateParams, KeyPair};
use rustls_pki_types::CertificateDer;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use weir_proxy::{CompanyProxy, Limits, LocalAnswer, Ruling, TlsUpstreamOptions, Treatment};

async fn answer_of(world: &World) -> (String, String) {
    let mut client = world.http1().await;
    say(&mut client, &format!("GET / HTTP/1.1\r\nHost: {HOST}\r\n\r\n")).await;
    hear_answer(&mut client).await
}

/// The origin has this certificate: the answer must say `why`, and the origin must hear nothing.
async fn refused(change: impl FnOnce(&mut CertificateParams), why: &str) {
    let ca = OriginCa::new();
    let (heard, mut hears) = tokio::sync::mpsc::unbounded_channel();
    let origin = origin(ca.tls_with(&["http/1.1"], change), move |mut stream| {
        let heard = heard.clone();
        async move {
            let mut space = [0; 100];
            if let Ok(count @ 1..) = stream.read(&mut space).await {
                let _ = heard.send(count);
            }
        }
    })
    .await;
    let world = World::new(Rules::pass(), &ca, origin).await;
    let (head, body) = answer_of(&world).await;
    assert!(head.starts_with("HTTP/1.1 502 "), "{head}");
    assert!(body.contains(why) && body.contains(HOST), "{body}");
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert!(hears.try_recv().is_err(), "the origin heard nothing");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expired_origin_is_refused() {
    refused(|params| params.not_after = rcgen::date_time_ymd(2001, 1, 1), "expired").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_origin_of_tomorrow_is_refused() {
    refused(
        |params| params.not_before = rcgen::date_time_ymd(2090, 1, 1),
        "not valid yet",
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_origin_with_anothers_certificate_is_refused() {
    let other = CertificateParams::new(vec!["other.test".to_owned()])
        .unwrap()
        .subject_alt_names;
    refused(|params| params.subject_alt_names = other, "another host").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_self_signed_origin_is_refused() {
    let key = KeyPair::generate().unwrap();
    let leaf = CertificateParams::new(vec![HOST.to_owned()])
        .unwrap()
        .self_signed(&key)
        .unwrap();
    let origin = origin(server_config(leaf.der().clone(), &key, &["http/1.1"]), |_| async {}).await;
    let world = World::new(Rules::pass(), &OriginCa::new(), origin).await;
    let (head, body) = answer_of(&world).await;
    assert!(
        head.starts_with("HTTP/1.1 502 ") && body.contains("self-signed"),
        "{head}{body}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_origin_that_says_nothing_is_given_up_in_time() {
    let origin = plain_origin(|mut stream| async move {
        let _ = stream.read_to_end(&mut Vec::new()).await;
    })
    .await;
    let world = World::with_limits(Rules::pass(), &OriginCa::new(), origin, short_limits()).await;
    let (head, body) = answer_of(&world).await;
    assert!(
        head.starts_with("HTTP/1.1 504 ") && body.contains("in time"),
        "{head}{body}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tunnelled_host_shows_its_own_certificate_and_bytes() {
    let ca = OriginCa::new();
    let config = ca.tls(&["h2", "http/1.1"]);
    let origin = origin(config, |mut stream| async move {
        let mut heard = Vec::new();
        let _ = stream.read_to_end(&mut heard).await;
        heard.reverse();
        stream.write_all(&heard).await.unwrap();
        stream.shutdown().await.unwrap();
    })
    .await;
    let world = World::new(Rules::pass(), &ca, origin).await;
    let name = || rustls_pki_types::ServerName::try_from(OTHER).unwrap();
    let connector = tokio_rustls::TlsConnector::from(world.client_config(&["h2", "http/1.1"]));
    let direct = tokio::net::TcpStream::connect(origin).await.unwrap();
    let direct = connector.connect(name(), direct).await.unwrap();
    let through = world.connect(OTHER).await;
    let through = connector.connect(name(), through).await.unwrap();
    let chain = |stream: &tokio_rustls::client::TlsStream<_>| -> Vec<CertificateDer<'static>> {
        stream.get_ref().1.peer_certificates().unwrap().to_vec()
    };
    assert_eq!(chain(&direct), chain(&through));
    assert_eq!(direct.get_ref().1.alpn_protocol(), through.get_ref().1.alpn_protocol());
    let sent: Vec<u8> = (0..300_000_u32).map(|n| (n % 251).try_into().unwrap()).collect();
    for mut stream in [direct, through] {
        stream.write_all(&sent).await.unwrap();
        stream.shutdown().await.unwrap();
        let mut back = Vec::new();
        in_time(stream.read_to_end(&mut back)).await.unwrap();
        back.reverse();
        assert!(
            back == sent,
            "the end of one direction leaves the other open, and no byte is changed"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn bytes_sent_with_the_connect_are_tunnelled_too() {
    let origin = plain_origin(|mut stream| async move {
        assert_eq!(hear(&mut stream, 5).await, "early");
        say(&mut stream, "heard").await;
    })
    .await;
    let world = World::new(Rules::pass(), &OriginCa::new(), origin).await;
    let mut client = world.dial().await;
    say(
        &mut client,
        &format!("CONNECT {OTHER}:443 HTTP/1.1\r\nHost: {OTHER}:443\r\n\r\nearly"),
    )
    .await;
    assert!(hear_head(&mut client).await.starts_with("HTTP/1.1 200 "));
    assert_eq!(hear(&mut client, 5).await, "heard");
}

/// A client that asks for an address and names a governed host in TLS is judged as that host.
#[tokio::test(flavor = "multi_thread")]
async fn a_hello_that_names_a_governed_host_is_intercepted_behind_an_address_and_behind_a_front() {
    let ca = OriginCa::new();
    let (origin, mut heard) = recording(&ca).await;
    let rules = Rules::judge(1000, |_| Ruling::Answer(LocalAnswer::text(403, "judged")));
    let elsewhere = plain_origin(|mut stream| async move {
        assert_eq!(hear_all(&mut stream).await, "", "nothing of the client comes here");
    })
    .await;
    let mut resolve = HashMap::from([((HOST.to_owned(), 443), origin)]);
    for front in [OTHER, "192.0.2.7"] {
        resolve.insert((front.to_owned(), 443), elsewhere);
    }
    let options = TlsUpstreamOptions {
        extra_roots: ca.pem().into_bytes(),
        only_extra_roots: true,
        resolve,
        proxy: None,
    };
    let world = World::with_upstream(rules, ca.pem(), options, Limits::default()).await;
    for front in [OTHER, "192.0.2.7"] {
        let mut client = world.try_tls(front, HOST, &["http/1.1"]).await.unwrap();
        say(&mut client, &format!("GET / HTTP/1.1\r\nHost: {HOST}\r\n\r\n")).await;
        let (head, body) = hear_answer(&mut client).await;
        assert!(head.starts_with("HTTP/1.1 403 ") && body == "judged", "{front}: {head}");
    }
    assert!(heard.try_recv().is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hello_that_names_a_refused_host_or_one_outside_the_ca_is_closed() {
    let ca = OriginCa::new();
    let (origin, _heard) = recording(&ca).await;
    for (name, treatment) in [
        ("a.chatgpt.test", Treatment::Refuse(LocalAnswer::text(403, "no"))),
        (HOST, Treatment::Intercept),
    ] {
        let rules = Rules {
            treatment: Box::new(move |host, _| {
                if host == name {
                    treatment.clone()
                } else {
                    Treatment::Tunnel
                }
            }),
            ..Rules::pass()
        };
        // Only what is below it is covered.
        let world = World::with_hosts(&["b.chatgpt.test"], rules, &ca, origin).await;
        assert!(world.try_tls(OTHER, name, &["http/1.1"]).await.is_err(), "{name}");
        assert!(world.try_tls(OTHER, OTHER, &["http/1.1"]).await.is_ok());
    }
}

/// A hello in pieces, one that never ends, an origin that speaks first: the bytes are the same.
#[tokio::test(flavor = "multi_thread")]
async fn a_tunnel_that_is_looked_at_carries_the_same_bytes() {
    let origin = plain_origin(|mut stream| async move {
        say(&mut stream, "220 ready\r\n").await;
        let mut heard = Vec::new();
        let _ = stream.read_to_end(&mut heard).await;
        stream.write_all(&heard).await.unwrap();
        stream.shutdown().await.unwrap();
    })
    .await;
    let world = World::with_limits(Rules::pass(), &OriginCa::new(), origin, short_limits()).await;
    let hello_of_nobody = [&[22, 3, 1, 0, 9, 1, 0, 0, 5][..], b"short", &[7; 3000]].concat();
    let unfinished = [22, 3, 1, 1, 0, 1, 0];
    for sent in [&hello_of_nobody[..], &unfinished, b"SSH-2.0-client\r\n", b""] {
        let mut client = world.connect(OTHER).await;
        assert_eq!(hear(&mut client, 11).await, "220 ready\r\n", "the origin need not wait");
        for piece in sent.chunks(1 + sent.len() / 9) {
            client.write_all(piece).await.unwrap();
            client.flush().await.unwrap();
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        if sent == unfinished {
            tokio::time::sleep(Duration::from_millis(400)).await;
        }
        client.shutdown().await.unwrap();
        let mut back = Vec::new();
        in_time(client.read_to_end(&mut back)).await.unwrap();
        assert!(back == sent, "{} of {} bytes", back.len(), sent.len());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_companys_proxy_is_asked_and_its_refusal_told() {
    let ca = OriginCa::new();
    let (origin, _heard) = recording(&ca).await;
    let company = plain_origin(move |mut stream| async move {
        let head = hear_head(&mut stream).await;
        if !head.contains("Proxy-Authorization: Basic b2s=\r\n") {
            say(
                &mut stream,
                "HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n",
            )
            .await;
            return;
        }
        assert!(head.starts_with("CONNECT chatgpt.test:443 HTTP/1.1\r\n"), "{head}");
        say(&mut stream, "HTTP/1.1 200 OK\r\n\r\n").await;
        let mut onward = tokio::net::TcpStream::connect(origin).await.unwrap();
        let _ = tokio::io::copy_bidirectional(&mut stream, &mut onward).await;
    })
    .await;
    for (authorization, expected) in [(Some("Basic b2s="), "fine"), (None, "407")] {
        let options = TlsUpstreamOptions {
            extra_roots: ca.pem().into_bytes(),
            only_extra_roots: true,
            resolve: HashMap::new(),
            proxy: Some(CompanyProxy {
                host: "127.0.0.1".into(),
                port: company.port(),
                authorization: authorization.map(String::from),
                except: vec![".intranet.test".into()],
            }),
        };
        let world = World::with_upstream(Rules::pass(), ca.pem(), options, Limits::default()).await;
        let (_, body) = answer_of(&world).await;
        assert!(body.contains(expected), "{body}");
    }
}
