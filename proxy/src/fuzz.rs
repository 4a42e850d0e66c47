//! Entry points for fuzzing the parsers of untrusted bytes. Not part of the interface.

use std::sync::Arc;

use crate::h1::body::{BodyReader, Framing};
use crate::h1::head::{AnswerHead, HeadEnd};
use crate::h1::{Head, Origin, write};
use crate::hello::{HelloReader, Peeked};
use crate::websocket::frame::{Opcode, Sender, write_frame};
use crate::websocket::message::{Event, MessageReader, write_close};

const LIMIT: usize = 256 * 1024;

/// A request head; a head that is accepted must be written back as it was.
pub fn fuzz_request_head(data: &[u8]) {
    let Ok(Some(length)) = HeadEnd::default().find(data, LIMIT) else {
        return;
    };
    let origin = Arc::new(Origin {
        scheme: "https",
        host: "chatgpt.com".into(),
        port: 443,
    });
    for pinned in [true, false] {
        let mut head = Head::new(origin.clone());
        if head.parse(&data[..length], 200, pinned).is_err() {
            continue;
        }
        let mut out = Vec::new();
        write::request(&mut out, &head, &write::RequestEdit::default());
        if !head.hop.to_strip && !head.absolute {
            assert_eq!(out, head.raw(), "an unchanged head stays as written");
        }
        let mut again = Head::new(head.origin().clone());
        // A request in absolute form leaves in origin form, bound to the origin it named.
        assert!(
            again.parse(&out, 200, pinned || head.absolute).is_ok(),
            "what we write, we read"
        );
        assert_eq!(again.framing, head.framing, "framing survives");
    }
}

/// The head of an answer.
pub fn fuzz_answer_head(data: &[u8]) {
    let Ok(Some(length)) = HeadEnd::default().find(data, LIMIT) else {
        return;
    };
    let mut head = AnswerHead::default();
    if head.parse(&data[..length], 200).is_ok() {
        let mut out = Vec::new();
        write::answer(
            &mut out,
            &head,
            write::AnswerEdit {
                close: false,
                strip_alt_svc: true,
            },
        );
        let mut again = AnswerHead::default();
        assert!(again.parse(&out, 200).is_ok(), "what we write, we read");
        assert_eq!(again.framing("GET"), head.framing("GET"), "framing survives");
    }
}

/// Chunks: cut anywhere, they give the same content and end at the same place. The first byte says where to cut.
pub fn fuzz_chunks(data: &[u8]) {
    let Some((cut, body)) = data.split_first() else { return };
    let whole = read_chunks([body, &[]]);
    let (a, b) = body.split_at(usize::from(*cut).min(body.len()));
    assert_eq!(whole, read_chunks([a, b]), "cutting changes nothing");
}

fn read_chunks(pieces: [&[u8]; 2]) -> Option<(Vec<u8>, usize, bool)> {
    let mut reader = BodyReader::new(Framing::Chunked);
    let (mut content, mut taken) = (Vec::new(), 0);
    for mut piece in pieces {
        while !piece.is_empty() && !reader.is_done() {
            let step = reader.step(piece).ok()?;
            content.extend_from_slice(&piece[step.content]);
            taken += step.taken;
            piece = &piece[step.taken..];
        }
    }
    Some((content, taken, reader.is_done()))
}

/// One side of a WebSocket: cut anywhere, it says the same; what it says is read again as written. The first byte says
/// which side, the second where to cut.
pub fn fuzz_websocket(data: &[u8]) {
    let [side, cut, frames @ ..] = data else { return };
    let sender = if side % 2 == 0 { Sender::Client } else { Sender::Server };
    let whole = read_socket(sender, [frames, &[]]);
    let (a, b) = frames.split_at(usize::from(*cut).min(frames.len()));
    assert!(whole == read_socket(sender, [a, b]), "cutting changes nothing");
    let mut written = Vec::new();
    for event in &whole.0 {
        write_event(&mut written, event, (sender == Sender::Client).then_some([1, 2, 3, 4]));
    }
    let again = read_socket(sender, [&written, &[]]);
    assert!(again.1 && again.0 == whole.0, "what we write, we read");
}

/// All that is said before the first fault, and whether there was none.
fn read_socket(sender: Sender, pieces: [&[u8]; 2]) -> (Vec<Event>, bool) {
    let mut reader = MessageReader::new(sender, 64 * 1024);
    let mut events = Vec::new();
    for mut piece in pieces {
        while !piece.is_empty() {
            let Ok((taken, event)) = reader.read(piece) else {
                return (events, false);
            };
            events.extend(event);
            piece = &piece[taken..];
        }
    }
    (events, true)
}

fn write_event(out: &mut Vec<u8>, event: &Event, mask: Option<[u8; 4]>) {
    match event {
        Event::Message(message) if message.is_text() => write_frame(out, Opcode::Text, message.content(), mask),
        Event::Message(message) => write_frame(out, Opcode::Binary, message.content(), mask),
        Event::Ping(carried) => write_frame(out, Opcode::Ping, carried, mask),
        Event::Pong(carried) => write_frame(out, Opcode::Pong, carried, mask),
        Event::Close(closing) => write_frame(out, Opcode::Close, &write_close(closing.as_ref()), mask),
    }
}

/// The beginning of a TLS connection: what is found in it does not depend on how it came.
pub fn fuzz_hello(data: &[u8]) {
    let whole = HelloReader::default().look(data);
    let mut reader = HelloReader::default();
    for end in 0..=data.len() {
        match reader.look(&data[..end]) {
            Peeked::More => {}
            found => return assert_eq!(found, whole, "cutting changes nothing"),
        }
    }
    assert_eq!(whole, Peeked::More, "cutting changes nothing");
}
