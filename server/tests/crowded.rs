//! Anybody in the network can open connections and say nothing on them. Those who have something to say are heard all the same.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test's broken assumption is a failed test"
)]

#[path = "support/stage.rs"]
mod stage;

use rustls::{ClientConfig, ClientConnection, RootCertStore};
use rustls_pki_types::ServerName;
use stage::{Identity, Stage};
use std::io::ErrorKind;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};
use tokio_rustls::client::TlsStream;
use weir_server::limits::raise_descriptors;
use weir_server::net::Limits;

/// Nothing of this takes as long: what has not happened by then never does.
const NEVER: Duration = Duration::from_secs(120);

/// Who waits for the other side for longer than a test takes.
fn patient() -> Limits {
    let long = Duration::from_secs(3600);
    Limits {
        hello: long,
        handshake: long,
        head: long,
        stranger: long,
        ..Limits::default()
    }
}

/// The first message of a handshake.
fn hello(stage: &Stage) -> Vec<u8> {
    let config = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(RootCertStore::empty())
        .with_no_client_auth();
    let name = ServerName::from(stage.address.ip());
    let mut hello = Vec::new();
    let mut connection = ClientConnection::new(Arc::new(config), name).unwrap();
    connection.write_tls(&mut hello).unwrap();
    hello
}

/// Connections on which this is said, and nothing more.
async fn say(stage: &Stage, said: &[u8], count: usize) -> Vec<TcpStream> {
    let mut streams = Vec::new();
    for _ in 0..count {
        let mut stream = TcpStream::connect(stage.address).await.unwrap();
        stream.write_all(said).await.unwrap();
        streams.push(stream);
    }
    streams
}

/// Until the server has ended it.
async fn ended(stream: &mut TcpStream) {
    let mut rest = Vec::new();
    // Reset or ended: it is gone.
    let _ = timeout(NEVER, stream.read_to_end(&mut rest))
        .await
        .expect("it is ended");
}

/// As far as is known here. What the server has said meanwhile is read.
fn is_open(stream: &TcpStream) -> bool {
    loop {
        match stream.try_read(&mut [0; 1024]) {
            Ok(0) => return false,
            Ok(_) => {}
            Err(error) => return error.kind() == ErrorKind::WouldBlock,
        }
    }
}

async fn device(stage: &Stage) -> Identity {
    let enrolled = timeout(NEVER, stage.enrol(&stage.token(1).await)).await;
    enrolled.expect("it is served").2.expect("it is enrolled")
}

/// More than the handshakes that are computed at once, at each of the places where the server waits for the other side.
#[tokio::test(flavor = "multi_thread")]
async fn who_says_nothing_keeps_nobody_out() {
    let _ = raise_descriptors();
    let stage = Stage::limited(patient()).await;
    let silent = say(&stage, b"", 300).await;
    let half = say(&stage, &hello(&stage)[..20], 100).await;
    let unanswered = say(&stage, &hello(&stage), 300).await;
    device(&stage).await;
    assert!(silent.iter().chain(&half).all(is_open), "and they are still there");
    drop(unanswered);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_oldest_stranger_of_an_address_gives_way() {
    let stage = Stage::limited(Limits {
        from_one: 8,
        ..patient()
    })
    .await;
    let mut silent = say(&stage, b"", 12).await;
    for stream in &mut silent[..4] {
        ended(stream).await;
    }
    assert!(silent[4..].iter().all(is_open));
    // Whoever has no certificate stays one; an idle connection of theirs counts like a silent one.
    let mut idle = Vec::new();
    for _ in 0..9 {
        idle.push(stage.connect(None).await.unwrap());
    }
    for stream in &mut silent[4..] {
        ended(stream).await;
    }
    let (first, _) = idle[0].get_mut();
    ended(first).await;
    assert!(idle[1..].iter().all(|stream| is_open(stream.get_ref().0)));
}

/// Asks, and says whether it was answered.
async fn is_served(laptop: &mut TlsStream<TcpStream>) -> bool {
    let asked = laptop
        .write_all(b"GET /v1/device/bundle HTTP/1.1\r\nhost: weir\r\n\r\n")
        .await;
    let mut answer = [0; 1024];
    let read = laptop.read(&mut answer).await;
    asked.is_ok() && read.is_ok() && answer.starts_with(b"HTTP/1.1 204")
}

/// Behind one address translator stand more laptops than it may have strangers.
#[tokio::test(flavor = "multi_thread")]
async fn a_house_full_of_laptops_comes_back() {
    let stage = Stage::limited(Limits {
        from_one: 8,
        ..patient()
    })
    .await;
    let _silent = say(&stage, b"", 8).await;
    let identity = device(&stage).await;
    let comes = async |number: u64| {
        for attempt in 0.. {
            if let Ok(mut laptop) = stage.connect(Some(&identity)).await
                && is_served(&mut laptop).await
            {
                return laptop;
            }
            // As agents do: each waits longer than before, and none as long as another. All at once, again and again, would send each
            // other away for as long as a handshake takes longer than eight of them come.
            let part = 500 + (number * 618 + attempt * 370) % 1000;
            sleep(Duration::from_millis((100 << attempt.min(5)) * part / 1000)).await;
        }
        unreachable!("attempts do not end")
    };
    let laptops = futures_util::future::join_all((0..64).map(comes));
    for mut laptop in timeout(NEVER, laptops).await.expect("all are served") {
        assert!(is_served(&mut laptop).await, "and still there");
    }
}
