//! Hosts that policy does not name are none of Weir's business: same certificate, same bytes, with it and without.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test's broken assumption is a failed test"
)]

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::time::Duration;
use weir_e2e::Stage;
use weir_support::client::{Outgoing, Way};
use weir_support::{Client, Random};

#[test]
fn tunnelled_host_is_untouched() {
    let stage = Stage::with_weir("tunnel");
    let direct = Client::new(Way::Direct(stage.fake.address()), &[stage.fake.ca()]).unwrap();
    // Only the bank's own authority is trusted: a leaf by Weir would fail the handshake.
    let through = Client::new(Way::Proxy(stage.proxy()), &[stage.fake.ca()]).unwrap();
    let mut random = Random::from_env();
    let upload: Vec<u8> = (0..1 << 17).flat_map(|_| random.next_u64().to_le_bytes()).collect();
    for (direct, through) in [(direct.clone(), through.clone()), (direct.http2(), through.http2())] {
        let request = Outgoing::get("bank.example", "/statement.bin");
        let (plain, tunnelled) = (direct.send(&request).unwrap(), through.send(&request).unwrap());
        assert_eq!(plain.certificate, tunnelled.certificate);
        assert_eq!(plain.headers.len(), tunnelled.headers.len());
        assert!(
            plain.body == tunnelled.body && plain.body.len() == 1 << 20,
            "the bytes differ"
        );

        let mut post = Outgoing::get("bank.example", "/echo");
        post.method = "POST".to_owned();
        post.body.clone_from(&upload);
        assert!(through.send(&post).unwrap().body == upload, "the uploaded bytes differ");
    }
}

/// Even a secret to such a host passes: it is not an AI service, and nobody reads its connection.
#[test]
fn tunnelled_host_is_not_read() {
    let stage = Stage::with_weir("tunnel-secret");
    let secret = weir_support::values::openai_key(&mut Random::from_env());
    let mut post = Outgoing::get("bank.example", "/transfer");
    post.method = "POST".to_owned();
    post.body = secret.sentence.clone().into_bytes();
    let reply = stage.client().send(&post).unwrap();
    assert_eq!(reply.body, post.body);
    assert!(stage.fake.saw(&secret.value));
}

/// What goes through need not be TLS, nor begin with the client: no byte may be waited for or changed.
#[test]
fn tunnel_carries_any_bytes_in_any_order() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let stage = Stage::with("tunnel-raw", Default::default(), |mut launch| {
        launch.resolve.push(("raw.example".to_owned(), address));
        launch
    });
    let server = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        stream.write_all(b"\x00\xffserver first").unwrap();
        let mut heard = Vec::new();
        stream.read_to_end(&mut heard).unwrap();
        stream.write_all(&heard).unwrap();
    });
    let mut random = Random::from_env();
    let bytes: Vec<u8> = (0..40_000).flat_map(|_| random.next_u64().to_le_bytes()).collect();
    let mut stream = TcpStream::connect(stage.proxy()).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    stream
        .write_all(b"CONNECT raw.example:443 HTTP/1.1\r\nHost: raw.example:443\r\n\r\n")
        .unwrap();
    assert!(read_head(&mut stream).starts_with("HTTP/1.1 200"));
    let mut greeting = [0; 14];
    stream.read_exact(&mut greeting).unwrap();
    assert_eq!(&greeting, b"\x00\xffserver first");
    let mut writer = stream.try_clone().unwrap();
    let sent = bytes.clone();
    let writing = std::thread::spawn(move || {
        writer.write_all(&sent).unwrap();
        writer.shutdown(std::net::Shutdown::Write).unwrap();
    });
    let mut echoed = Vec::new();
    stream.read_to_end(&mut echoed).unwrap();
    writing.join().unwrap();
    server.join().unwrap();
    assert!(echoed == bytes, "the bytes differ");
}

fn read_head(stream: &mut TcpStream) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte).unwrap();
        head.push(byte[0]);
    }
    String::from_utf8(head).unwrap()
}
