//! HTTP/2 as a client may get it wrong: frames written by hand, after the sections of RFC 9113 and RFC 7541 (the cases are
//! those of the `h2spec` program, and floods). The answers to most of them are the `h2` crate's; what is held here is that
//! our use of it keeps them: the right error or an end, nothing that is not a request at the origin, bounded memory.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::needless_pass_by_value,
    clippy::too_many_lines,
    reason = "a test fails by panicking, and cases are tables"
)]

mod dialogue;

use bytes::Bytes;
use dialogue::*;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio_rustls::client::TlsStream;
use weir_proxy::Ruling;

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

const DATA: u8 = 0;
const HEADERS: u8 = 1;
const PRIORITY: u8 = 2;
const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
const PUSH_PROMISE: u8 = 5;
const PING: u8 = 6;
const GOAWAY: u8 = 7;
const WINDOW_UPDATE: u8 = 8;
const CONTINUATION: u8 = 9;

const END_STREAM: u8 = 1;
const ACK: u8 = 1;
const END_HEADERS: u8 = 4;
const PADDED: u8 = 8;
const WITH_PRIORITY: u8 = 0x20;
const WHOLE: u8 = END_STREAM | END_HEADERS;

const PROTOCOL_ERROR: u32 = 1;
const FLOW_CONTROL_ERROR: u32 = 3;
const STREAM_CLOSED: u32 = 5;
const FRAME_SIZE_ERROR: u32 = 6;
const REFUSED_STREAM: u32 = 7;
const COMPRESSION_ERROR: u32 = 9;
const ENHANCE_YOUR_CALM: u32 = 11;

/// What a client must get. An end without a word is as good as an error, as RFC 9113, 5.4.1 allows it.
#[derive(Clone, Copy, Debug)]
enum Want {
    /// The connection ends, with one of these codes if it says why.
    Connection(&'static [u32]),
    /// The stream is reset with one of these codes, or the connection ends so.
    Stream(&'static [u32]),
    /// No answer of the origin.
    Refused,
    /// The connection lives on.
    Alive,
    /// The request is answered by the origin.
    Served,
}

use Want::{Alive, Connection, Refused, Served, Stream};

struct Case {
    name: &'static str,
    frames: Vec<u8>,
    want: Want,
}

fn case(name: &'static str, frames: impl IntoIterator<Item = Vec<u8>>, want: Want) -> Case {
    Case {
        name,
        frames: frames.into_iter().flatten().collect(),
        want,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn frames_out_of_order_and_out_of_shape_are_errors() {
    play([framing(), streams(), settings(), windows()].into_iter().flatten()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_that_are_none_do_not_reach_the_origin() {
    play([messages(), compression()].into_iter().flatten()).await;
}

fn framing() -> Vec<Case> {
    let large = 16_384 + 1;
    vec![
        case("4.1 an unknown frame", [frame(0x16, 0, 0, b"12345678")], Alive),
        case("4.1 unknown flags", [frame(PING, 0x16, 0, b"12345678")], Alive),
        case("4.1 the reserved bit", [frame(PING, 0, 1 << 31, b"12345678")], Alive),
        case(
            "4.2 data that is too large",
            [open(1), frame(DATA, END_STREAM, 1, &vec![0; large])],
            Stream(&[FRAME_SIZE_ERROR]),
        ),
        case(
            "4.2 headers that are too large",
            [frame(HEADERS, WHOLE, 1, &vec![0; large])],
            Connection(&[FRAME_SIZE_ERROR]),
        ),
        case(
            "4.3 another frame inside a header block",
            [
                frame(HEADERS, END_STREAM, 1, &get()),
                frame(PRIORITY, 0, 1, &[0, 0, 0, 0, 1]),
                frame(CONTINUATION, END_HEADERS, 1, &[]),
            ],
            Connection(&[PROTOCOL_ERROR]),
        ),
        case(
            "4.3 another stream inside a header block",
            [frame(HEADERS, END_STREAM, 1, &get()), frame(HEADERS, WHOLE, 3, &get())],
            Connection(&[PROTOCOL_ERROR]),
        ),
        case(
            "6.1 data on no stream",
            [frame(DATA, 0, 0, b"x")],
            Connection(&[PROTOCOL_ERROR]),
        ),
        case(
            "6.1 more padding than data",
            [open(1), frame(DATA, PADDED | END_STREAM, 1, b"\x09123")],
            Connection(&[PROTOCOL_ERROR]),
        ),
        case(
            "6.1 padding that is data's",
            [open(1), frame(DATA, PADDED | END_STREAM, 1, b"\x03hello\0\0\0")],
            Served,
        ),
        case(
            "6.1 data of no length",
            [open(1), frame(DATA, 0, 1, b""), frame(DATA, END_STREAM, 1, b"")],
            Served,
        ),
        case(
            "6.2 headers on no stream",
            [frame(HEADERS, WHOLE, 0, &get())],
            Connection(&[PROTOCOL_ERROR]),
        ),
        case(
            "6.2 more padding than headers",
            [frame(
                HEADERS,
                PADDED | WHOLE,
                1,
                &[b"\xFF".as_slice(), &get()].concat(),
            )],
            Connection(&[PROTOCOL_ERROR]),
        ),
        case(
            "6.2 padding and a priority",
            [frame(
                HEADERS,
                PADDED | WITH_PRIORITY | WHOLE,
                1,
                &[b"\x02\x80\0\0\0\x10".as_slice(), &get(), b"\0\0"].concat(),
            )],
            Served,
        ),
        case(
            "6.3 a priority on no stream",
            [frame(PRIORITY, 0, 0, &[0; 5])],
            Connection(&[PROTOCOL_ERROR]),
        ),
        case(
            "6.3 a priority of another length",
            [frame(PRIORITY, 0, 1, &[0; 4])],
            Stream(&[FRAME_SIZE_ERROR]),
        ),
        case(
            "6.3 a priority before its stream",
            [
                frame(PRIORITY, 0, 1, &[0, 0, 0, 0, 200]),
                frame(HEADERS, WHOLE, 1, &get()),
            ],
            Served,
        ),
        case(
            "6.6 a promise of the client's",
            [frame(
                PUSH_PROMISE,
                END_HEADERS,
                1,
                &[&[0, 0, 0, 2], get().as_slice()].concat(),
            )],
            Connection(&[PROTOCOL_ERROR]),
        ),
        case(
            "6.7 a ping on a stream",
            [frame(PING, 0, 1, &[0; 8])],
            Connection(&[PROTOCOL_ERROR]),
        ),
        case(
            "6.7 a ping of another length",
            [frame(PING, 0, 0, &[0; 6])],
            Connection(&[FRAME_SIZE_ERROR]),
        ),
        case("6.7 an answer to no ping", [frame(PING, ACK, 0, b"nobodyis")], Alive),
        case(
            "6.8 an end on a stream",
            [frame(GOAWAY, 0, 1, &[0; 8])],
            Connection(&[PROTOCOL_ERROR]),
        ),
        case(
            "6.10 a continuation of nothing",
            [frame(CONTINUATION, END_HEADERS, 1, &get())],
            Connection(&[PROTOCOL_ERROR]),
        ),
        case(
            "6.10 a continuation after the end",
            [
                frame(HEADERS, WHOLE, 1, &get()),
                frame(CONTINUATION, END_HEADERS, 1, &get()),
            ],
            Connection(&[PROTOCOL_ERROR]),
        ),
        case(
            "6.10 a continuation on no stream",
            [
                frame(HEADERS, END_STREAM, 1, &get()),
                frame(CONTINUATION, END_HEADERS, 0, &[]),
            ],
            Connection(&[PROTOCOL_ERROR]),
        ),
        case("6.10 a header block in pieces", [in_pieces(1, &get())], Served),
    ]
}

fn streams() -> Vec<Case> {
    vec![
        case(
            "5.1 data on an idle stream",
            [frame(DATA, END_STREAM, 1, b"x")],
            Connection(&[PROTOCOL_ERROR]),
        ),
        case(
            "5.1 a reset of an idle stream",
            [frame(RST_STREAM, 0, 1, &[0, 0, 0, 8])],
            Connection(&[PROTOCOL_ERROR]),
        ),
        case(
            "5.1 a window for an idle stream",
            [frame(WINDOW_UPDATE, 0, 1, &[0, 0, 0, 100])],
            Connection(&[PROTOCOL_ERROR]),
        ),
        case(
            "5.1 data after the end",
            [
                open(1),
                frame(DATA, END_STREAM, 1, b"x"),
                frame(DATA, END_STREAM, 1, b"y"),
            ],
            Stream(&[STREAM_CLOSED]),
        ),
        case(
            "5.1 headers after the end",
            [
                open(1),
                frame(DATA, END_STREAM, 1, b"x"),
                frame(HEADERS, WHOLE, 1, &get()),
            ],
            Stream(&[STREAM_CLOSED, PROTOCOL_ERROR]),
        ),
        case(
            "5.1 data after a reset",
            [
                open(1),
                frame(RST_STREAM, 0, 1, &[0, 0, 0, 8]),
                frame(DATA, END_STREAM, 1, b"y"),
            ],
            // Frames that were under way are ignored for a while: the connection may live on.
            Refused,
        ),
        case(
            "5.1.1 a stream of the server's",
            [frame(HEADERS, WHOLE, 2, &get())],
            Connection(&[PROTOCOL_ERROR]),
        ),
        case(
            "5.1.1 a stream below the last",
            [frame(HEADERS, WHOLE, 5, &get()), frame(HEADERS, WHOLE, 3, &get())],
            Stream(&[PROTOCOL_ERROR, STREAM_CLOSED]),
        ),
        case(
            "5.1.2 more streams than allowed",
            (0..2_000).map(|number| frame(HEADERS, END_HEADERS, 1 + 2 * number, &post(&[]))),
            Stream(&[REFUSED_STREAM, PROTOCOL_ERROR, ENHANCE_YOUR_CALM]),
        ),
        case(
            "5.3.1 a stream that waits for itself",
            [frame(
                HEADERS,
                WITH_PRIORITY | WHOLE,
                1,
                &[b"\0\0\0\x01\x10".as_slice(), &get()].concat(),
            )],
            Stream(&[PROTOCOL_ERROR]),
        ),
        case(
            "6.4 a reset on no stream",
            [frame(RST_STREAM, 0, 0, &[0; 4])],
            Connection(&[PROTOCOL_ERROR]),
        ),
        case(
            "6.4 a reset of another length",
            [open(1), frame(RST_STREAM, 0, 1, &[0; 3])],
            Connection(&[FRAME_SIZE_ERROR]),
        ),
    ]
}

fn settings() -> Vec<Case> {
    let setting = |id: u16, value: u32| {
        let payload = [id.to_be_bytes().as_slice(), &value.to_be_bytes()].concat();
        frame(SETTINGS, 0, 0, &payload)
    };
    vec![
        case(
            "6.5 settings with an answer's flag",
            [frame(SETTINGS, ACK, 0, &[0; 6])],
            Connection(&[FRAME_SIZE_ERROR]),
        ),
        case(
            "6.5 settings on a stream",
            [frame(SETTINGS, 0, 1, &[])],
            Connection(&[PROTOCOL_ERROR]),
        ),
        case(
            "6.5 settings of another length",
            [frame(SETTINGS, 0, 0, &[0; 5])],
            Connection(&[FRAME_SIZE_ERROR]),
        ),
        case(
            "6.5.2 a push that is no truth",
            [setting(2, 2)],
            Connection(&[PROTOCOL_ERROR]),
        ),
        case(
            "6.5.2 a window too large",
            [setting(4, 1 << 31)],
            Connection(&[FLOW_CONTROL_ERROR]),
        ),
        case(
            "6.5.2 frames too small",
            [setting(5, 16_383)],
            Connection(&[PROTOCOL_ERROR]),
        ),
        case(
            "6.5.2 frames too large",
            [setting(5, 1 << 24)],
            Connection(&[PROTOCOL_ERROR]),
        ),
        case("6.5.2 an unknown setting", [setting(0xFF, 1)], Alive),
        case(
            "6.9.2 a window of nothing, and more later",
            [
                setting(4, 0),
                frame(HEADERS, WHOLE, 1, &get()),
                frame(WINDOW_UPDATE, 0, 1, &[0, 0, 0, 100]),
            ],
            Served,
        ),
        case(
            "6.9.2 a window that overflows by a setting",
            [
                open(1),
                frame(WINDOW_UPDATE, 0, 1, &0x7FFF_0000_u32.to_be_bytes()),
                setting(4, 0x7FFF_FFFF),
            ],
            Connection(&[FLOW_CONTROL_ERROR]),
        ),
    ]
}

fn windows() -> Vec<Case> {
    let all = 0x7FFF_FFFF_u32.to_be_bytes();
    vec![
        case(
            "6.9 no more window",
            [frame(WINDOW_UPDATE, 0, 0, &[0; 4])],
            Connection(&[PROTOCOL_ERROR]),
        ),
        case(
            "6.9 no more window for a stream",
            [open(1), frame(WINDOW_UPDATE, 0, 1, &[0; 4])],
            Stream(&[PROTOCOL_ERROR]),
        ),
        case(
            "6.9 a window update of another length",
            [frame(WINDOW_UPDATE, 0, 0, &[0; 3])],
            Connection(&[FRAME_SIZE_ERROR]),
        ),
        case(
            "6.9.1 a window that overflows",
            [frame(WINDOW_UPDATE, 0, 0, &all), frame(WINDOW_UPDATE, 0, 0, &all)],
            Connection(&[FLOW_CONTROL_ERROR]),
        ),
        case(
            "6.9.1 a stream's window that overflows",
            [
                open(1),
                frame(WINDOW_UPDATE, 0, 1, &all),
                frame(WINDOW_UPDATE, 0, 1, &all),
            ],
            Stream(&[FLOW_CONTROL_ERROR]),
        ),
        case(
            "6.9 more data than the window",
            std::iter::once(open(1)).chain((0..4_096).map(|_| frame(DATA, 0, 1, &[0; 16_384]))),
            Stream(&[FLOW_CONTROL_ERROR]),
        ),
    ]
}

/// Requests that are malformed: RFC 9113, 8.1.1, with what could be read as two requests by somebody behind.
fn messages() -> Vec<Case> {
    let bad = |name, fields: &[(&str, &str)]| case(name, [frame(HEADERS, WHOLE, 1, &block(fields))], Refused);
    let with = |name: &'static str, key: &'static str, value: &'static str| {
        let fields = [&REQUEST[..], &[(key, value)]].concat();
        bad(name, &fields)
    };
    let without = |name: &'static str, key: &str| {
        let fields: Vec<_> = REQUEST.into_iter().filter(|(this, _)| *this != key).collect();
        bad(name, &fields)
    };
    let sent = |name, length: &str, data: &[&[u8]], want| {
        let head = frame(HEADERS, END_HEADERS, 1, &post(&[("content-length", length)]));
        let last = data.len() - 1;
        let frames = data
            .iter()
            .enumerate()
            .map(|(at, data)| frame(DATA, u8::from(at == last), 1, data));
        case(name, std::iter::once(head).chain(frames), want)
    };
    let mut cases = vec![
        case("8.1 a request", [frame(HEADERS, WHOLE, 1, &get())], Served),
        case(
            "8.1 trailers",
            [
                open(1),
                frame(DATA, 0, 1, b"x"),
                frame(HEADERS, WHOLE, 1, &block(&[("x-sum", "1")])),
            ],
            Served,
        ),
        case(
            "8.1 trailers that do not end",
            [open(1), frame(HEADERS, END_HEADERS, 1, &block(&[("x-sum", "1")]))],
            Stream(&[PROTOCOL_ERROR]),
        ),
        case(
            "8.3 a pseudo-header in trailers",
            [
                open(1),
                frame(DATA, 0, 1, b"x"),
                frame(HEADERS, WHOLE, 1, &block(&[(":path", "/other")])),
            ],
            // The crate reads over it, and no trailers of a judged request leave.
            Served,
        ),
        with("8.2 a name in capitals", "X-Test", "ok"),
        with("8.2.1 a line feed in a value", "x-test", "a\nb"),
        with("8.2.1 a line break in a value", "x-test", "a\r\nhost: bank.test\r\n"),
        with("8.2.1 a NUL in a value", "x-test", "a\0b"),
        with("8.2.1 a colon in a name", "x:test", "a"),
        with("8.2.1 a space in a name", "x test", "a"),
        with("8.2.1 a line break in a name", "x\r\ntest", "a"),
        with("8.2.2 connection", "connection", "keep-alive"),
        with("8.2.2 transfer-encoding", "transfer-encoding", "chunked"),
        with("8.2.2 upgrade", "upgrade", "h2c"),
        with("8.2.2 te", "te", "trailers, deflate"),
        with("8.3 an unknown pseudo-header", ":test", "ok"),
        with("8.3 a pseudo-header of answers", ":status", "200"),
        with("8.3.1 two paths", ":path", "/other"),
        with("8.3.1 two methods", ":method", "POST"),
        with("8.3.1 two schemes", ":scheme", "https"),
        with("8.3.1 two authorities", ":authority", OTHER),
        with("8.3.1 a host of its own", "host", OTHER),
        without("8.3.1 no method", ":method"),
        without("8.3.1 no scheme", ":scheme"),
        without("8.3.1 no path", ":path"),
        bad(
            "8.3 a pseudo-header behind others",
            &[REQUEST[0], ("x-test", "ok"), REQUEST[1], REQUEST[2], REQUEST[3]],
        ),
    ];
    for (name, key, value) in [
        ("8.3.1 an empty path", ":path", ""),
        (
            "8.3.1 a line break in the path",
            ":path",
            "/ HTTP/1.1\r\nhost: bank.test\r\n\r\n",
        ),
        ("8.3.1 a space in the path", ":path", "/a b"),
        ("8.3.1 a method with a line break", ":method", "GET / HTTP/1.1\r\n"),
        ("8.3.1 another host", ":authority", OTHER),
        ("8.3.1 another port", ":authority", "chatgpt.test:8443"),
        ("8.3.1 somebody at the host", ":authority", "bank.test@chatgpt.test"),
        ("8.5 a tunnel", ":method", "CONNECT"),
    ] {
        let fields: Vec<_> = REQUEST
            .into_iter()
            .map(|(this, own)| if this == key { (this, value) } else { (this, own) })
            .collect();
        cases.push(bad(name, &fields));
    }
    cases.extend([
        sent("8.1.1 as long as it says", "4", &[b"ab", b"cd"], Served),
        sent("8.1.1 longer than it says", "3", &[b"abcd"], Refused),
        sent("8.1.1 longer in two frames", "3", &[b"ab", b"cd"], Refused),
        sent("8.1.1 shorter than it says", "5", &[b"abcd"], Refused),
        sent("8.1.1 a length that is none", "4x", &[b"abcd"], Refused),
        sent("8.1.1 a signed length", "+4", &[b"abcd"], Refused),
    ]);
    let two = post(&[("content-length", "4"), ("content-length", "5")]);
    cases.push(case(
        "8.1.1 two lengths",
        [
            frame(HEADERS, END_HEADERS, 1, &two),
            frame(DATA, END_STREAM, 1, b"abcd"),
        ],
        Refused,
    ));
    cases
}

/// RFC 7541.
fn compression() -> Vec<Case> {
    let bad = |name, block: &[u8]| {
        case(
            name,
            [frame(HEADERS, WHOLE, 1, &[get().as_slice(), block].concat())],
            Connection(&[COMPRESSION_ERROR]),
        )
    };
    vec![
        bad("2.3.3 an index behind the table", b"\xC6"),
        bad("4.2 a new size behind the fields", b"\x20"),
        bad(
            "5.2 more padding than a byte has bits",
            b"\x00\x86\xF2\xB2\x4A\x84\xFF\xFF\x80",
        ),
        bad(
            "5.2 the end of a string in its middle",
            b"\x00\x85\xF2\xB2\x4A\x84\xFF\x88\x49\x50\x9D\x8A\xFF\xFF\xFF\xFF",
        ),
        bad("6.1 index zero", b"\x80"),
        case(
            "6.3 a size above what was allowed",
            [frame(
                HEADERS,
                WHOLE,
                1,
                &[b"\x3F\xE1\xFF\x7F".as_slice(), &get()].concat(),
            )],
            Connection(&[COMPRESSION_ERROR]),
        ),
        bad("5.1 an integer without end", &[&[0xFF_u8][..], &[0xFF; 40]].concat()),
        bad("5.2 a string behind the end of the block", b"\x00\x7F\x80\x01abc"),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_preface_ends_the_connection() {
    let stage = Stage::new().await;
    for preface in [
        b"INVALID CONNECTION PREFACE\r\n\r\n".as_slice(),
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\r",
        b"GET / HTTP/1.1\r\nhost: chatgpt.test\r\n\r\n",
        b"",
    ] {
        let mut client = stage.dial().await;
        client.write_all(preface).await.unwrap();
        client.flush().await.unwrap();
        let _ = client.shutdown().await;
        let heard = hear_events(&mut client, None).await;
        assert!(heard.ended && heard.answers.is_empty(), "{preface:?}: {heard:?}");
    }
    stage.still_serves().await;
}

/// Floods that cost the sender little. The connection ends, or they change nothing for anybody else.
#[tokio::test(flavor = "multi_thread")]
async fn floods_end_or_are_borne_in_bounded_memory() {
    let stage = Stage::new().await;
    let repeat = |count: u32, one: &dyn Fn(u32) -> Vec<u8>| (0..count).flat_map(one).collect::<Vec<u8>>();
    let cookie = block(&[("cookie", &"a".repeat(120))]);
    let fields = cookie.repeat(100);
    let floods: [(&str, Vec<u8>, bool); 8] = [
        (
            "continuations without end",
            [
                frame(HEADERS, END_STREAM, 1, &get()),
                repeat(4_000, &|_| frame(CONTINUATION, 0, 1, &fields)),
            ]
            .concat(),
            true,
        ),
        (
            "empty continuations",
            [
                frame(HEADERS, END_STREAM, 1, &get()),
                repeat(100_000, &|_| frame(CONTINUATION, 0, 1, &[])),
            ]
            .concat(),
            true,
        ),
        (
            "streams opened and reset",
            repeat(20_000, &|number| {
                let stream = 1 + 2 * number;
                [
                    frame(HEADERS, WHOLE, stream, &get()),
                    frame(RST_STREAM, 0, stream, &[0, 0, 0, 8]),
                ]
                .concat()
            }),
            true,
        ),
        (
            "pings",
            repeat(200_000, &|number| frame(PING, 0, 0, &u64::from(number).to_be_bytes())),
            false,
        ),
        ("settings", repeat(100_000, &|_| frame(SETTINGS, 0, 0, &[])), false),
        (
            "empty data",
            [open(1), repeat(200_000, &|_| frame(DATA, 0, 1, &[]))].concat(),
            false,
        ),
        (
            "priorities",
            repeat(200_000, &|number| {
                frame(PRIORITY, 0, 1 + 2 * (number % 50_000), &[0, 0, 0, 0, 1])
            }),
            false,
        ),
        (
            "windows of one",
            [open(1), repeat(200_000, &|_| frame(WINDOW_UPDATE, 0, 1, &[0, 0, 0, 1]))].concat(),
            false,
        ),
    ];
    for (name, frames, ends) in floods {
        let before = resident();
        let mut client = stage.dial().await;
        let opening = [PREFACE, &frame(SETTINGS, 0, 0, &[])].concat();
        client.write_all(&opening).await.unwrap();
        let (mut reads, mut writes) = tokio::io::split(client);
        let writing = tokio::spawn(async move {
            // The other side may end at any time.
            let written = async {
                writes.write_all(&frames).await?;
                writes.write_all(&frame(PING, 0, 0, MARK)).await?;
                writes.flush().await
            };
            let _ = tokio::time::timeout(Duration::from_secs(15), written).await;
            writes
        });
        let heard = hear_events(&mut reads, Some(MARK)).await;
        assert!(
            !ends || heard.ended || heard.goaway.is_some(),
            "{name} goes on: {heard:?}"
        );
        stage.still_serves().await;
        drop((writing.await.unwrap(), reads));
        let grown = resident().saturating_sub(before);
        assert!(grown < 96 << 20, "{name}: {} MiB more", grown >> 20);
    }
}

/// A proxy that judges everything, in front of an origin that tells what it was asked.
struct Stage {
    world: World,
    asked: tokio::sync::Mutex<UnboundedReceiver<String>>,
}

impl Stage {
    async fn new() -> Self {
        let ca = OriginCa::new();
        let (origin, asked) = answering(&ca).await;
        let rules = Rules::judge(1 << 20, |_| Ruling::Forward(Default::default()));
        Self {
            world: World::new(rules, &ca, origin).await,
            asked: tokio::sync::Mutex::new(asked),
        }
    }

    async fn dial(&self) -> TlsStream<TcpStream> {
        let stream = self.world.tls(HOST, &["h2"]).await;
        assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"h2"[..]));
        stream
    }

    /// What the origin was asked since the last look.
    async fn asked(&self) -> Vec<String> {
        let mut asked = self.asked.lock().await;
        std::iter::from_fn(|| asked.try_recv().ok()).collect()
    }

    /// Others are served as before.
    async fn still_serves(&self) {
        let mut sender = self.world.http2().await;
        let request = http::Request::get(format!("https://{HOST}/after")).body(()).unwrap();
        let (answer, _) = sender.send_request(request, true).unwrap();
        assert_eq!(in_time(answer).await.unwrap().status(), 200);
    }
}

async fn play(cases: impl Iterator<Item = Case>) {
    let stage = Stage::new().await;
    let mut failed = Vec::new();
    for case in cases {
        stage.asked().await;
        let mut client = stage.dial().await;
        let opening = [PREFACE, &frame(SETTINGS, 0, 0, &[])].concat();
        client.write_all(&opening).await.unwrap();
        // Until the proxy has answered everything there is to answer: a ping behind it all.
        let all = [case.frames.as_slice(), &frame(PING, 0, 0, MARK)].concat();
        let (mut reads, mut writes) = tokio::io::split(client);
        let writing = tokio::spawn(async move {
            let _ = writes.write_all(&all).await;
            let _ = writes.flush().await;
            writes
        });
        let mark = matches!(case.want, Alive).then_some(MARK);
        let heard = match case.want {
            Served | Refused | Stream(_) => hear_a_stream(&mut reads).await,
            Alive | Connection(_) => hear_events(&mut reads, mark).await,
        };
        drop((writing.await.unwrap(), reads));
        let asked = stage.asked().await;
        if !heard.is(case.want) {
            failed.push(format!("{}: wanted {:?}, heard {heard:?}", case.name, case.want));
        }
        let may_ask = matches!(case.want, Served | Alive) || !matches!(case.want, Refused);
        if !may_ask && !asked.is_empty() {
            failed.push(format!("{}: the origin was asked {asked:?}", case.name));
        }
        if asked
            .iter()
            .any(|asked| asked.contains("other") || asked.contains(OTHER))
        {
            failed.push(format!("{}: something was smuggled: {asked:?}", case.name));
        }
    }
    stage.still_serves().await;
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

const MARK: &[u8] = b"the mark";

/// What a client hears.
#[derive(Debug, Default)]
struct Heard {
    goaway: Option<u32>,
    resets: Vec<u32>,
    /// First byte of each answer's header block: `0x88` is `:status: 200`.
    answers: Vec<u8>,
    marked: bool,
    ended: bool,
}

impl Heard {
    fn is(&self, want: Want) -> bool {
        let served = self.answers.contains(&0x88);
        let graceful = |code: u32| code == 0;
        match want {
            Connection(codes) => match self.goaway {
                Some(code) => is_one_of(codes, code),
                None => self.ended,
            },
            Stream(codes) => {
                let reset = self.resets.iter().any(|code| is_one_of(codes, *code));
                let ended = self.goaway.is_some_and(|code| is_one_of(codes, code));
                reset || ended || (self.ended && self.goaway.is_none() && !served)
            }
            Refused => {
                !served && (self.ended || self.goaway.is_some() || !self.resets.is_empty() || !self.answers.is_empty())
            }
            Alive => self.marked && self.goaway.is_none_or(graceful),
            Served => served && self.resets.is_empty(),
        }
    }
}

/// The `h2` crate often says only that the protocol was broken, which RFC 9113, 7 allows for every error.
fn is_one_of(codes: &[u32], code: u32) -> bool {
    code == PROTOCOL_ERROR || codes.contains(&code)
}

/// Hears until the mark comes back, or to the end.
async fn hear_events<S: tokio::io::AsyncRead + Unpin>(stream: &mut S, mark: Option<&[u8]>) -> Heard {
    let mut heard = Heard::default();
    let over = |heard: &Heard| heard.ended || (mark.is_some() && heard.marked);
    while !over(&heard) {
        hear_one(stream, &mut heard).await;
    }
    heard
}

/// Hears until a stream is answered or reset and the mark is back, or to the end.
async fn hear_a_stream<S: tokio::io::AsyncRead + Unpin>(stream: &mut S) -> Heard {
    let mut heard = Heard::default();
    let over = |heard: &Heard| heard.marked && !(heard.resets.is_empty() && heard.answers.is_empty());
    while !heard.ended && !over(&heard) {
        hear_one(stream, &mut heard).await;
    }
    heard
}

async fn hear_one<S: tokio::io::AsyncRead + Unpin>(stream: &mut S, heard: &mut Heard) {
    let Some((kind, flags, payload)) = next_frame(stream).await else {
        heard.ended = true;
        return;
    };
    let word = |at: usize| {
        payload
            .get(at..at + 4)
            .map(|four| u32::from_be_bytes(four.try_into().unwrap()))
    };
    match kind {
        GOAWAY => heard.goaway = heard.goaway.max(word(4)),
        RST_STREAM => heard.resets.extend(word(0)),
        HEADERS => heard.answers.extend(payload.first()),
        PING if flags & ACK != 0 => heard.marked |= payload == MARK,
        _ => {}
    }
}

async fn next_frame<S: tokio::io::AsyncRead + Unpin>(stream: &mut S) -> Option<(u8, u8, Vec<u8>)> {
    // A connection that says nothing more for so long waits for us: that is no end.
    let read = async {
        let mut head = [0; 9];
        stream.read_exact(&mut head).await.ok()?;
        let length = usize::from(head[0]) << 16 | usize::from(head[1]) << 8 | usize::from(head[2]);
        let mut payload = vec![0; length];
        stream.read_exact(&mut payload).await.ok()?;
        Some((head[3], head[4], payload))
    };
    in_time(read).await
}

/// An origin that answers every whole request, and tells its path, headers and body.
async fn answering(ca: &OriginCa) -> (SocketAddr, UnboundedReceiver<String>) {
    let (tell, told) = unbounded_channel();
    let address = origin(ca.tls(&["h2"]), move |stream| {
        let tell = tell.clone();
        async move {
            let Ok(mut server) = h2::server::handshake(stream).await else {
                return;
            };
            while let Some(Ok((request, mut respond))) = server.accept().await {
                let tell = tell.clone();
                tokio::spawn(async move {
                    let (parts, mut body) = request.into_parts();
                    let mut bytes = Vec::new();
                    while let Some(data) = body.data().await {
                        let Ok(data) = data else { return };
                        let _ = body.flow_control().release_capacity(data.len());
                        bytes.extend_from_slice(&data);
                    }
                    let body = String::from_utf8_lossy(&bytes).into_owned();
                    let _ = tell.send(format!("{} {} {:?} {body}", parts.method, parts.uri, parts.headers));
                    if let Ok(mut send) = respond.send_response(http::Response::new(()), false) {
                        let _ = send.send_data(Bytes::from_static(b"fine"), true);
                    }
                });
            }
        }
    })
    .await;
    (address, told)
}

fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

const REQUEST: [(&str, &str); 4] = [
    (":method", "GET"),
    (":scheme", "https"),
    (":authority", HOST),
    (":path", "/"),
];

/// A header block without compression.
fn block(fields: &[(&str, &str)]) -> Vec<u8> {
    let string = |text: &str| {
        let length = u8::try_from(text.len()).unwrap();
        let length = if length < 127 {
            vec![length]
        } else {
            vec![127, length - 127]
        };
        [length.as_slice(), text.as_bytes()].concat()
    };
    let field = |(name, value): &(&str, &str)| [vec![0], string(name), string(value)].concat();
    fields.iter().flat_map(field).collect()
}

fn get() -> Vec<u8> {
    block(&REQUEST)
}

fn post(more: &[(&str, &str)]) -> Vec<u8> {
    let mut fields = REQUEST.to_vec();
    fields[0].1 = "POST";
    fields.extend(more);
    block(&fields)
}

/// A request whose body is to come.
fn open(stream: u32) -> Vec<u8> {
    frame(HEADERS, END_HEADERS, stream, &post(&[]))
}

/// The same request in three pieces.
fn in_pieces(stream: u32, block: &[u8]) -> Vec<u8> {
    let (first, rest) = block.split_at(1);
    let (middle, last) = rest.split_at(rest.len() / 2);
    [
        frame(HEADERS, END_STREAM, stream, first),
        frame(CONTINUATION, 0, stream, middle),
        frame(CONTINUATION, END_HEADERS, stream, last),
    ]
    .concat()
}

/// Memory of this process, proxy and test together, in bytes; zero where the system does not tell.
fn resident() -> u64 {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages = statm
        .split_whitespace()
        .nth(1)
        .and_then(|pages| pages.parse::<u64>().ok());
    pages.unwrap_or_default() * 4096
}
