//! WebSockets through the running proxy, with a client and an origin of other making, and with bytes of our own where
//! those are too polite.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::needless_pass_by_value,
    reason = "a test fails by panicking"
)]

mod dialogue;

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use dialogue::*;
use futures_util::{SinkExt, StreamExt};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio_rustls::client::TlsStream;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Role};
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{WebSocketStream, accept_async, client_async};
use weir_proxy::{AnswerFailure, Forward, Limits, MessageRuling, Ruling, SocketGate, SocketMessage};

/// Drops what says `secret`, edits what says `email`, closes on `close`, takes its time on `slow`; gives the client
/// `email` back for `[EMAIL_1]`, holds back what ends with `…`, and withholds what says `leak`.
#[derive(Default)]
struct Judge {
    held: std::sync::Mutex<String>,
}

impl SocketGate for Judge {
    fn review(self: Arc<Self>, message: SocketMessage) -> Pin<Box<dyn Future<Output = MessageRuling> + Send>> {
        Box::pin(async move {
            let Ok(text) = std::str::from_utf8(message.content()) else {
                return MessageRuling::Forward(None);
            };
            if text.contains("slow") {
                tokio::time::sleep(Duration::from_millis(150)).await;
            }
            if text.contains("secret") {
                MessageRuling::Answer(vec![SocketMessage::text("blocked"), SocketMessage::text("sorry")])
            } else if text.contains("email") {
                MessageRuling::Forward(Some(SocketMessage::text(text.replace("email", "[EMAIL_1]"))))
            } else if text.contains("close") {
                MessageRuling::Close {
                    code: 1008,
                    reason: "policy".into(),
                }
            } else {
                MessageRuling::Forward(None)
            }
        })
    }

    fn answer(&self, message: SocketMessage) -> Result<Vec<SocketMessage>, AnswerFailure> {
        let Ok(text) = std::str::from_utf8(message.content()) else {
            return Ok(vec![message]);
        };
        if text.contains("leak") {
            return Err(AnswerFailure);
        }
        let text = std::mem::take(&mut *self.held.lock().unwrap()) + &text.replace("[EMAIL_1]", "email");
        if text.ends_with('…') {
            *self.held.lock().unwrap() = text;
            return Ok(Vec::new());
        }
        Ok(vec![if message.is_text() {
            SocketMessage::text(text)
        } else {
            message
        }])
    }

    fn holds(&self) -> bool {
        !self.held.lock().unwrap().is_empty()
    }

    fn settle(&self) -> Result<Vec<SocketMessage>, AnswerFailure> {
        self.finish()
    }

    fn finish(&self) -> Result<Vec<SocketMessage>, AnswerFailure> {
        let held = std::mem::take(&mut *self.held.lock().unwrap());
        if held.contains("bad") {
            return Err(AnswerFailure);
        }
        Ok(Some(held)
            .filter(|held| !held.is_empty())
            .map(SocketMessage::text)
            .into_iter()
            .collect())
    }
}

fn judging() -> Rules {
    Rules::judge(1000, |request| {
        Ruling::Forward(Forward {
            socket: request
                .head
                .upgrade()
                .map(|_| Arc::new(Judge::default()) as Arc<dyn SocketGate>),
            ..Forward::default()
        })
    })
}

/// An origin that says back what it is told, `end` excepted, which closes; it reports all it hears.
async fn echo(ca: &OriginCa) -> (std::net::SocketAddr, mpsc::UnboundedReceiver<Message>) {
    let (heard, hears) = mpsc::unbounded_channel();
    let address = origin(ca.tls(&["http/1.1"]), move |stream| {
        let heard = heard.clone();
        async move {
            let Ok(mut socket) = accept_async(stream).await else {
                return;
            };
            while let Some(Ok(message)) = socket.next().await {
                let _ = heard.send(message.clone());
                match &message {
                    Message::Text(text) if text.as_str() == "end" => {
                        let frame = CloseFrame {
                            code: 4000.into(),
                            reason: "told to".into(),
                        };
                        let _ = socket.close(Some(frame)).await;
                    }
                    Message::Text(_) | Message::Binary(_) => drop(socket.send(message).await),
                    _ => {}
                }
            }
        }
    })
    .await;
    (address, hears)
}

type Socket = WebSocketStream<TlsStream<TcpStream>>;

async fn open(world: &World) -> Socket {
    let stream = world.http1().await;
    let (socket, _) = in_time(client_async(format!("wss://{HOST}/chat?access_token=x"), stream))
        .await
        .unwrap();
    socket
}

async fn echoing() -> (World, mpsc::UnboundedReceiver<Message>) {
    let ca = OriginCa::new();
    let (origin, heard) = echo(&ca).await;
    (World::new(judging(), &ca, origin).await, heard)
}

async fn next(socket: &mut Socket) -> Message {
    in_time(socket.next()).await.unwrap().unwrap()
}

fn text(text: &str) -> Message {
    Message::text(text)
}

const HANDSHAKE: &str = "GET /chat HTTP/1.1\r\nHost: chatgpt.test\r\nConnection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n\
    Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: d2VpciBzYW1wbGUga2V5MA==\r\n\
    Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\nX-Case: Kept\r\n\r\n";

/// A socket whose bytes are our own.
async fn open_raw(world: &World) -> TlsStream<TcpStream> {
    let mut client = world.http1().await;
    say(&mut client, HANDSHAKE).await;
    let head = hear_head(&mut client).await;
    assert!(head.starts_with("HTTP/1.1 101 "), "{head}");
    assert!(!head.to_ascii_lowercase().contains("extensions"), "{head}");
    client
}

/// A masked frame; the mask is zero, so that tests read.
fn masked(first: u8, content: &[u8]) -> Vec<u8> {
    let length = u8::try_from(content.len()).unwrap();
    assert!(length < 126);
    [&[first, 0x80 | length, 0, 0, 0, 0], content].concat()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_message_is_judged_before_it_leaves() {
    let (world, mut heard) = echoing().await;
    let mut socket = open(&world).await;
    socket.send(text("a secret")).await.unwrap();
    assert_eq!(next(&mut socket).await, text("blocked"));
    assert_eq!(next(&mut socket).await, text("sorry"));
    socket.send(text("my email")).await.unwrap();
    assert_eq!(next(&mut socket).await, text("my email"), "restored");
    socket.send(Message::binary(vec![0, 255, 7])).await.unwrap();
    assert_eq!(next(&mut socket).await, Message::binary(vec![0, 255, 7]));
    socket.close(None).await.unwrap();
    while socket.next().await.is_some() {}
    let mut all = Vec::new();
    while let Ok(Some(message)) = tokio::time::timeout(Duration::from_millis(500), heard.recv()).await {
        all.push(message);
    }
    assert_eq!(
        all,
        [
            text("my [EMAIL_1]"),
            Message::binary(vec![0, 255, 7]),
            Message::Close(None)
        ]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_keep_their_order_while_the_gate_thinks() {
    let (world, mut heard) = echoing().await;
    let mut socket = open(&world).await;
    for said in ["slow one", "two", "slow secret", "three"] {
        socket.feed(text(said)).await.unwrap();
    }
    socket.feed(Message::Ping("beat".into())).await.unwrap();
    socket.flush().await.unwrap();
    for expected in ["slow one", "two", "three"] {
        assert_eq!(in_time(heard.recv()).await.unwrap(), text(expected));
    }
    let ping = in_time(heard.recv()).await.unwrap();
    assert!(
        matches!(&ping, Message::Ping(carried) if carried.len() == 8),
        "under a number of ours: {ping:?}"
    );
    let mut back = Vec::new();
    while back.len() < 6 {
        back.push(next(&mut socket).await);
    }
    assert!(back.contains(&Message::Pong("beat".into())), "{back:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_handshake_leaves_without_extensions_and_otherwise_as_it_was_written() {
    let ca = OriginCa::new();
    let (origin, mut heard) = recording(&ca).await;
    let world = World::new(judging(), &ca, origin).await;
    let mut client = world.http1().await;
    say(&mut client, HANDSHAKE).await;
    let (head, body) = hear_answer(&mut client).await;
    assert!(
        head.starts_with("HTTP/1.1 200 ") && body == "fine",
        "no 101 is an answer like any other"
    );
    let extensions = "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n";
    assert_eq!(heard.recv().await.unwrap().0, HANDSHAKE.replace(extensions, ""));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_read_is_refused() {
    let ca = OriginCa::new();
    let (origin, mut heard) = recording(&ca).await;
    let world = World::new(judging(), &ca, origin).await;
    let old = HANDSHAKE.replace("Version: 13", "Version: 8");
    let with_body = HANDSHAKE.replace("X-Case: Kept\r\n\r\n", "Content-Length: 6\r\n\r\nsecret");
    for request in [old, with_body] {
        let mut client = world.http1().await;
        say(&mut client, &request).await;
        let (head, _) = hear_answer(&mut client).await;
        assert!(
            head.starts_with("HTTP/1.1 426 ") && head.contains("sec-websocket-version: 13"),
            "{head}"
        );
    }
    // Fails closed: a ruling that brings nobody to judge the messages.
    let unjudged = World::new(Rules::judge(10, |_| Ruling::Forward(Forward::default())), &ca, origin).await;
    let mut client = unjudged.http1().await;
    say(&mut client, HANDSHAKE).await;
    assert!(hear_answer(&mut client).await.0.starts_with("HTTP/1.1 500 "));
    assert!(heard.try_recv().is_err(), "nothing reached the origin");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_origin_that_extends_the_socket_unasked_is_refused() {
    let ca = OriginCa::new();
    let origin = origin(ca.tls(&["http/1.1"]), |mut stream| async move {
        hear_head(&mut stream).await;
        let answer = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nsec-websocket-extensions: permessage-deflate\r\n\r\n";
        say(&mut stream, answer).await;
        assert_eq!(hear_all(&mut stream).await, "");
    })
    .await;
    let world = World::new(judging(), &ca, origin).await;
    let mut client = world.http1().await;
    say(&mut client, HANDSHAKE).await;
    client.write_all(&masked(0x81, b"early")).await.unwrap();
    let (head, body) = hear_answer(&mut client).await;
    assert!(
        head.starts_with("HTTP/1.1 502 ") && body.contains("nobody asked for"),
        "{head}{body}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn fragments_are_put_together_and_control_frames_between_them_pass() {
    let (world, mut heard) = echoing().await;
    let mut client = open_raw(&world).await;
    let pieces = [
        masked(0x01, b"a se"),
        masked(0x89, b"p"),
        masked(0x00, b""),
        masked(0x80, b"cret"),
        masked(0x01, "Gr\u{fc}".as_bytes().split_at(3).0),
        masked(
            0x80,
            &["Gr\u{fc}".as_bytes().split_at(3).1, "\u{df}e".as_bytes()].concat(),
        ),
    ]
    .concat();
    for byte in pieces {
        client.write_all(&[byte]).await.unwrap();
        client.flush().await.unwrap();
    }
    let mut socket = WebSocketStream::from_raw_socket(client, Role::Client, None).await;
    let mut back = Vec::new();
    while back.len() < 4 {
        back.push(next(&mut socket).await);
    }
    for expected in [Message::Pong("p".into()), text("blocked"), text("sorry"), text("Grüße")] {
        assert!(back.contains(&expected), "{back:?}");
    }
    assert!(matches!(in_time(heard.recv()).await.unwrap(), Message::Ping(_)));
    assert_eq!(
        in_time(heard.recv()).await.unwrap(),
        text("Grüße"),
        "no fragment of the secret left"
    );
}

/// The cases of the Autobahn suite that end a connection, by group.
#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_breaks_the_protocol_is_closed_and_the_origin_hears_none_of_it() {
    let unmasked = [&[0x81, 5][..], b"hello"].concat();
    let cases: [(&str, Vec<u8>, u16); 18] = [
        (
            "2.5 long ping",
            [&[0x89, 0xFE, 0, 126, 0, 0, 0, 0][..], &[7; 126]].concat(),
            1002,
        ),
        ("3.1 RSV1", masked(0xC1, b"x"), 1002),
        ("3.2 RSV2", masked(0xA1, b"x"), 1002),
        ("3.3 RSV3", masked(0x91, b"x"), 1002),
        ("4.1 reserved data opcode", masked(0x83, b"x"), 1002),
        ("4.2 reserved control opcode", masked(0x8B, b"x"), 1002),
        ("5.1 fragmented ping", masked(0x09, b"x"), 1002),
        ("5.9 continuation of nothing", masked(0x80, b"x"), 1002),
        (
            "5.18 text inside a text",
            [masked(0x01, b"x"), masked(0x81, b"y")].concat(),
            1002,
        ),
        (
            "6.3 invalid UTF-8",
            masked(0x81, b"\xCE\xBA\xE1\xBD\xB9\xCF\x83\xCE\xBC\xCE\xB5\xED\xA0\x80"),
            1007,
        ),
        ("6.4 invalid UTF-8, fail fast", masked(0x01, b"\xF4\x90"), 1007),
        ("6.6 cut off UTF-8", masked(0x81, b"\xCE"), 1007),
        ("7.3 close of one byte", masked(0x88, &[3]), 1002),
        ("7.5 invalid UTF-8 in close", masked(0x88, &[3, 232, 0xFF]), 1007),
        ("7.9 close code 1005", masked(0x88, &1005_u16.to_be_bytes()), 1002),
        (
            "9.1 oversize",
            [&[0x82, 0xFF][..], &(1_u64 << 40).to_be_bytes(), &[0; 4]].concat(),
            1009,
        ),
        ("unmasked", unmasked, 1002),
        (
            "not the shortest length",
            [&[0x81, 0xFE, 0, 1, 0, 0, 0, 0][..], b"x"].concat(),
            1002,
        ),
    ];
    let (world, mut heard) = echoing().await;
    for (name, bytes, code) in cases {
        let mut client = open_raw(&world).await;
        client.write_all(&bytes).await.unwrap();
        client.flush().await.unwrap();
        let mut socket = WebSocketStream::from_raw_socket(client, Role::Client, None).await;
        let Message::Close(Some(frame)) = next(&mut socket).await else {
            panic!("{name}: no close frame");
        };
        assert_eq!(u16::from(frame.code), code, "{name}");
        // tungstenite reads a close, and then the end.
        let closed = in_time(heard.recv()).await.unwrap();
        assert!(
            matches!(&closed, Message::Close(Some(frame)) if u16::from(frame.code) == 1001),
            "{name}: {closed:?}"
        );
    }
    assert!(heard.try_recv().is_err(), "nothing else was heard");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_origin_that_breaks_the_protocol_is_closed_and_the_client_is_told() {
    let ca = OriginCa::new();
    let (told, mut tells) = mpsc::unbounded_channel();
    let origin = origin(ca.tls(&["http/1.1"]), move |stream| {
        let told = told.clone();
        async move {
            let mut socket = accept_async(stream).await.unwrap();
            let Some(Ok(Message::Binary(bytes))) = socket.next().await else {
                return;
            };
            let stream = socket.get_mut();
            stream.write_all(&bytes).await.unwrap();
            stream.flush().await.unwrap();
            let mut frame = [0; 8];
            stream.read_exact(&mut frame).await.unwrap();
            let code = u16::from_be_bytes([frame[6] ^ frame[2], frame[7] ^ frame[3]]);
            told.send((frame[0], code)).unwrap();
        }
    })
    .await;
    let world = World::new(judging(), &ca, origin).await;
    for (bytes, code) in [
        (&[0xC1, 1, b'x'][..], 1002),
        (&[0x81, 0x81, 0, 0, 0, 0, b'x'], 1002),
        (&[0x81, 1, 0xFF], 1007),
        (&[0x82, 127, 0, 0, 1, 0, 0, 0, 0, 0], 1009),
    ] {
        let mut socket = open(&world).await;
        socket.send(Message::binary(bytes.to_vec())).await.unwrap();
        let Message::Close(Some(frame)) = next(&mut socket).await else {
            panic!("no close frame")
        };
        assert_eq!(u16::from(frame.code), 1011);
        assert_eq!(in_time(tells.recv()).await.unwrap(), (0x88, code));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_close_of_one_side_reaches_the_other() {
    let (world, mut heard) = echoing().await;
    // The client: its code goes on, its reason does not, because no gate has seen it.
    let mut socket = open(&world).await;
    let frame = CloseFrame {
        code: 1000.into(),
        reason: "my secret".into(),
    };
    socket.close(Some(frame)).await.unwrap();
    let closed = in_time(heard.recv()).await.unwrap();
    assert!(
        matches!(&closed, Message::Close(Some(frame)) if u16::from(frame.code) == 1000 && frame.reason.is_empty()),
        "{closed:?}"
    );
    assert!(matches!(next(&mut socket).await, Message::Close(Some(frame)) if u16::from(frame.code) == 1000));
    assert!(in_time(socket.next()).await.is_none(), "and the connection ends");
    // The origin: code and reason, after what was held back.
    let mut socket = open(&world).await;
    socket.send(text("held …")).await.unwrap();
    socket.send(text("end")).await.unwrap();
    assert_eq!(next(&mut socket).await, text("held …"));
    let closed = next(&mut socket).await;
    assert!(
        matches!(&closed, Message::Close(Some(frame)) if u16::from(frame.code) == 4000 && frame.reason == "told to"),
        "{closed:?}"
    );
    assert!(in_time(socket.next()).await.is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ruling_can_close_and_an_answer_can_be_withheld() {
    let (world, mut heard) = echoing().await;
    let mut socket = open(&world).await;
    socket.send(text("close it")).await.unwrap();
    let closed = next(&mut socket).await;
    assert!(
        matches!(&closed, Message::Close(Some(frame)) if u16::from(frame.code) == 1008 && frame.reason == "policy"),
        "{closed:?}"
    );
    assert!(
        matches!(in_time(heard.recv()).await.unwrap(), Message::Close(Some(frame)) if u16::from(frame.code) == 1001)
    );
    let mut socket = open(&world).await;
    socket.send(text("leak")).await.unwrap();
    assert!(matches!(next(&mut socket).await, Message::Close(Some(frame)) if u16::from(frame.code) == 1011));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_side_that_vanishes_ends_the_other() {
    let (world, mut heard) = echoing().await;
    let mut client = open_raw(&world).await;
    client.write_all(&masked(0x01, b"half a mess")).await.unwrap();
    client.shutdown().await.unwrap();
    drop(client);
    // tungstenite at the origin sees the stream end: its task is over, and nothing was heard.
    assert!(
        tokio::time::timeout(Duration::from_millis(300), heard.recv())
            .await
            .is_err()
    );

    let ca = OriginCa::new();
    let origin = origin(ca.tls(&["http/1.1"]), |stream| async move {
        let mut socket = accept_async(stream).await.unwrap();
        socket.send(text("held …")).await.unwrap();
        socket.get_mut().shutdown().await.unwrap();
        // Half-closed: it still listens.
        let _ = socket.next().await;
    })
    .await;
    let world = World::new(judging(), &ca, origin).await;
    let mut socket = open(&world).await;
    assert_eq!(next(&mut socket).await, text("held …"));
    let end = in_time(socket.next()).await;
    assert!(
        matches!(end, None | Some(Err(Error::Protocol(_) | Error::Io(_)))),
        "{end:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn large_messages_pass_within_the_limit_and_both_sides_are_throttled() {
    let ca = OriginCa::new();
    let (origin, mut heard) = echo(&ca).await;
    let limits = Limits {
        socket_message: 1 << 20,
        ..Limits::default()
    };
    let world = World::with_limits(judging(), &ca, origin, limits).await;
    let mut socket = open(&world).await;
    let large = "x".repeat(1 << 20);
    for _ in 0..8 {
        socket.send(text(&large)).await.unwrap();
        assert_eq!(next(&mut socket).await, text(&large));
        assert_eq!(in_time(heard.recv()).await.unwrap(), text(&large));
    }
    // A client that sends and never reads is held up, and loses nothing.
    let (mut sink, mut stream) = socket.split();
    let sending = tokio::spawn(async move {
        for number in 0..40 {
            sink.send(text(&format!("{number}{}", "y".repeat(1 << 19))))
                .await
                .unwrap();
        }
        sink
    });
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert!(!sending.is_finished(), "20 MiB fit nowhere");
    for number in 0..40 {
        let message = in_time(stream.next()).await.unwrap().unwrap();
        assert!(
            message.to_text().unwrap().starts_with(&format!("{number}y")),
            "{number}"
        );
    }
    let mut socket = sending.await.unwrap().reunite(stream).unwrap();
    socket.send(text(&"z".repeat((1 << 20) + 1))).await.unwrap();
    assert!(matches!(next(&mut socket).await, Message::Close(Some(frame)) if u16::from(frame.code) == 1009));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_idle_socket_and_a_shutdown_are_said_to_both_sides() {
    let ca = OriginCa::new();
    let (origin, mut heard) = echo(&ca).await;
    let limits = Limits {
        idle_socket: Duration::from_millis(200),
        ..Limits::default()
    };
    let world = World::with_limits(judging(), &ca, origin, limits).await;
    let mut socket = open(&world).await;
    assert!(matches!(next(&mut socket).await, Message::Close(Some(frame)) if u16::from(frame.code) == 1001));
    assert!(matches!(in_time(heard.recv()).await.unwrap(), Message::Close(_)));

    let (world, mut heard) = echoing().await;
    let mut socket = open(&world).await;
    socket.send(text("slow")).await.unwrap();
    tokio::time::sleep(Duration::from_millis(50)).await;
    let stopping = tokio::spawn(world.stop());
    assert_eq!(
        in_time(heard.recv()).await.unwrap(),
        text("slow"),
        "what is under way ends first"
    );
    let mut last = next(&mut socket).await;
    if last == text("slow") {
        last = next(&mut socket).await;
    }
    assert!(
        matches!(&last, Message::Close(Some(frame)) if u16::from(frame.code) == 1001),
        "{last:?}"
    );
    assert!(matches!(in_time(heard.recv()).await.unwrap(), Message::Close(_)));
    drop(socket);
    in_time(stopping).await.unwrap();
}

/// What is held back waits for more of the same, and not for ever.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_held_comes_out_after_a_silence_or_ends_the_socket() {
    let (world, _heard) = echoing().await;
    let mut socket = open(&world).await;
    socket.send(text("a pause …")).await.unwrap();
    assert_eq!(next(&mut socket).await, text("a pause …"));
    socket.send(text("and on")).await.unwrap();
    assert_eq!(next(&mut socket).await, text("and on"), "the socket goes on");
    socket.send(text("bad …")).await.unwrap();
    let closed = next(&mut socket).await;
    assert!(
        matches!(&closed, Message::Close(Some(frame)) if frame.reason == "the answer was withheld"),
        "{closed:?}"
    );
}
