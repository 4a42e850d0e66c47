//! The codec, against itself under any cut and against a library of other making.

use proptest::prelude::*;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Control, Data, OpCode};
use tokio_tungstenite::tungstenite::protocol::frame::{Frame, FrameHeader};

use super::frame::{MOST_CONTROL, Opcode, Sender, SocketError, apply_mask, write_frame};
use super::message::{Closing, Event, MessageReader, write_close};
use crate::gate::SocketMessage;

const LIMIT: usize = 100_000;

/// A frame with every bit of its header free.
fn raw(first: u8, content: &[u8], mask: Option<[u8; 4]>) -> Vec<u8> {
    let mut out = Vec::new();
    write_frame(&mut out, Opcode::Text, content, mask);
    out[0] = first;
    out
}

fn read(sender: Sender, bytes: &[u8]) -> Result<Vec<Event>, SocketError> {
    read_cut(sender, bytes, bytes.len().max(1))
}

/// Reads in pieces of this many bytes.
fn read_cut(sender: Sender, bytes: &[u8], size: usize) -> Result<Vec<Event>, SocketError> {
    let mut reader = MessageReader::new(sender, LIMIT);
    let mut events = Vec::new();
    for mut piece in bytes.chunks(size) {
        while !piece.is_empty() {
            let (taken, event) = reader.read(piece)?;
            assert!(taken > 0, "no step stands still");
            events.extend(event);
            piece = &piece[taken..];
        }
    }
    Ok(events)
}

/// Why these bytes of a server are refused.
fn fault(bytes: &[u8]) -> Option<SocketError> {
    read(Sender::Server, bytes).err()
}

#[test]
fn all_length_forms_are_read_and_written() {
    for length in [0, 1, 125, 126, 127, 65_535, 65_536, LIMIT] {
        for (sender, mask) in [(Sender::Client, Some([7, 0, 255, 3])), (Sender::Server, None)] {
            let content = vec![b'x'; length];
            let mut bytes = Vec::new();
            write_frame(&mut bytes, Opcode::Binary, &content, mask);
            let events = read_cut(sender, &bytes, 1 + length / 7).unwrap();
            assert!(events == [Event::Message(SocketMessage::binary(content))], "{length}");
        }
    }
}

#[test]
fn longer_length_forms_than_needed_are_refused() {
    assert_eq!(fault(&[0x82, 126, 0, 125]), Some(SocketError::Length));
    assert_eq!(
        fault(&[0x82, 127, 0, 0, 0, 0, 0, 0, 255, 255]),
        Some(SocketError::Length)
    );
    assert_eq!(fault(&[0x82, 127, 128, 0, 0, 0, 0, 0, 0, 0]), Some(SocketError::Length));
}

#[test]
fn reserved_bits_and_opcodes_are_refused() {
    for bit in [0x40, 0x20, 0x10] {
        assert_eq!(fault(&raw(0x81 | bit, b"x", None)), Some(SocketError::Reserved));
    }
    for opcode in [3, 4, 5, 6, 7, 11, 12, 13, 14, 15] {
        assert_eq!(fault(&raw(0x80 | opcode, b"", None)), Some(SocketError::Opcode));
    }
}

#[test]
fn masking_belongs_to_the_client_alone() {
    assert_eq!(fault(&raw(0x81, b"x", Some([1; 4]))), Some(SocketError::Masking));
    let unmasked = read(Sender::Client, &raw(0x81, b"x", None));
    assert!(unmasked.is_err_and(|error| error == SocketError::Masking));
}

#[test]
fn control_frames_are_short_and_whole() {
    for first in [0x08, 0x09, 0x0A] {
        assert_eq!(fault(&raw(first, b"", None)), Some(SocketError::Control));
        assert_eq!(
            fault(&raw(0x80 | first, &[b'x'; 126], None)),
            Some(SocketError::Control)
        );
    }
    let longest = read(Sender::Server, &raw(0x89, &[b'x'; MOST_CONTROL], None)).unwrap();
    assert!(longest == [Event::Ping(vec![b'x'; MOST_CONTROL])]);
}

#[test]
fn control_frames_come_out_from_between_fragments() {
    let bytes = [
        raw(0x01, b"one ", None),
        raw(0x89, b"ping", None),
        raw(0x00, b"", None),
        raw(0x8A, b"pong", None),
        raw(0x80, b"two", None),
    ];
    let events = read_cut(Sender::Server, &bytes.concat(), 3).unwrap();
    let message = Event::Message(SocketMessage::text("one two"));
    assert!(events == [Event::Ping(b"ping".to_vec()), Event::Pong(b"pong".to_vec()), message]);
}

#[test]
fn fragments_in_the_wrong_order_are_refused() {
    assert_eq!(fault(&raw(0x80, b"x", None)), Some(SocketError::Fragment));
    assert_eq!(
        fault(&[raw(0x01, b"x", None), raw(0x81, b"y", None)].concat()),
        Some(SocketError::Fragment)
    );
    assert_eq!(
        fault(&[raw(0x81, b"x", None), raw(0x00, b"y", None)].concat()),
        Some(SocketError::Fragment)
    );
}

#[test]
fn a_text_that_is_not_utf8_is_refused_at_its_first_wrong_byte() {
    let two_halves = [
        raw(0x01, "ü".as_bytes().split_at(1).0, None),
        raw(0x80, "ü".as_bytes().split_at(1).1, None),
    ];
    assert!(read(Sender::Server, &two_halves.concat()).is_ok());
    assert_eq!(fault(&raw(0x81, &[0xC3], None)), Some(SocketError::Utf8), "cut off");
    for wrong in [&b"\xC0\x80"[..], b"\xED\xA0\x80", b"\xF4\x90\x80\x80", b"ok \xFF"] {
        // More of the message is announced than has come.
        let mut frame = raw(0x01, &[wrong, &[b'x'; 100]].concat(), None);
        frame.truncate(2 + wrong.len());
        assert_eq!(fault(&frame), Some(SocketError::Utf8), "{wrong:?}");
        assert!(
            read(Sender::Server, &raw(0x82, wrong, None)).is_ok(),
            "a binary message may hold anything"
        );
    }
}

#[test]
fn a_message_beyond_the_limit_is_refused_by_its_header() {
    let header = |first, length: usize| [&[first, 127][..], &(length as u64).to_be_bytes()].concat();
    assert_eq!(fault(&header(0x82, LIMIT + 1)), Some(SocketError::TooLarge));
    let two = [raw(0x02, &vec![0; LIMIT], None), raw(0x00, b"x", None)].concat();
    assert_eq!(fault(&two), Some(SocketError::TooLarge));
    assert_eq!(fault(&header(0x82, usize::MAX >> 1)), Some(SocketError::TooLarge));
}

#[test]
fn close_frames_carry_a_code_that_may_be_sent() {
    let close = |content: &[u8]| read(Sender::Server, &raw(0x88, content, None));
    assert!(close(b"").unwrap() == [Event::Close(None)]);
    for code in [1000_u16, 1001, 1003, 1007, 1011, 1014, 3000, 4999] {
        let content = [&code.to_be_bytes()[..], b"why"].concat();
        let closing = Closing {
            code,
            reason: "why".into(),
        };
        assert_eq!(write_close(Some(&closing)), content);
        assert!(close(&content).unwrap() == [Event::Close(Some(closing))], "{code}");
    }
    for code in [0_u16, 999, 1004, 1005, 1006, 1015, 1016, 2000, 2999, 5000, 65_535] {
        assert!(
            close(&code.to_be_bytes()).is_err_and(|error| error == SocketError::Close),
            "{code}"
        );
    }
    assert!(close(&[3]).is_err_and(|error| error == SocketError::Close));
    assert!(close(&[3, 232, 0xFF]).is_err_and(|error| error == SocketError::Utf8));
}

#[test]
fn a_long_reason_is_cut_between_characters() {
    let closing = Closing {
        code: 1008,
        reason: "ü".repeat(100),
    };
    let written = write_close(Some(&closing));
    assert!(written.len() <= MOST_CONTROL && std::str::from_utf8(&written[2..]).is_ok());
}

#[test]
fn faults_have_the_codes_of_the_standard() {
    assert_eq!(SocketError::Utf8.close_code(), 1007);
    assert_eq!(SocketError::TooLarge.close_code(), 1009);
    assert_eq!(SocketError::Masking.close_code(), 1002);
}

/// Something said, as the strategies make it: events have no `Debug`.
#[derive(Clone, Debug)]
enum Said {
    Text(String),
    Binary(Vec<u8>),
    Ping(Vec<u8>),
    Pong(Vec<u8>),
}

impl Said {
    fn event(self) -> Event {
        match self {
            Self::Text(text) => Event::Message(SocketMessage::text(text)),
            Self::Binary(bytes) => Event::Message(SocketMessage::binary(bytes)),
            Self::Ping(carried) => Event::Ping(carried),
            Self::Pong(carried) => Event::Pong(carried),
        }
    }
}

fn said() -> impl Strategy<Value = Vec<Said>> {
    let carried = || proptest::collection::vec(any::<u8>(), 0..=MOST_CONTROL);
    let said = prop_oneof![
        ".{0,200}".prop_map(Said::Text),
        proptest::collection::vec(any::<u8>(), 0..400).prop_map(Said::Binary),
        carried().prop_map(Said::Ping),
        carried().prop_map(Said::Pong),
    ];
    proptest::collection::vec(said, 0..12)
}

/// Writes as another library does: messages in fragments of a random size, with a ping between them.
fn write_fragmented(events: &[Event], masks: Option<[u8; 4]>, sizes: &[usize]) -> (Vec<u8>, Vec<Event>) {
    let (mut out, mut order, mut sizes) = (Vec::new(), Vec::new(), sizes.iter().copied().cycle());
    let mut put = |content: Vec<u8>, opcode: OpCode, last: bool| {
        let header = FrameHeader {
            is_final: last,
            opcode,
            mask: masks,
            ..FrameHeader::default()
        };
        Frame::from_payload(header, content.into()).format(&mut out).unwrap();
    };
    for event in events {
        match event {
            Event::Message(message) => {
                let mut opcode = if message.is_text() { Data::Text } else { Data::Binary };
                let mut rest = &message.content()[..];
                loop {
                    let size = sizes.next().unwrap_or(1).min(rest.len());
                    let (piece, after) = rest.split_at(size);
                    rest = after;
                    put(piece.to_vec(), OpCode::Data(opcode), rest.is_empty());
                    opcode = Data::Continue;
                    if rest.is_empty() {
                        break;
                    }
                    put(b"between".to_vec(), OpCode::Control(Control::Ping), true);
                    order.push(Event::Ping(b"between".to_vec()));
                }
            }
            Event::Ping(carried) => put(carried.clone(), OpCode::Control(Control::Ping), true),
            Event::Pong(carried) => put(carried.clone(), OpCode::Control(Control::Pong), true),
            Event::Close(_) => {}
        }
        order.push(event.clone());
    }
    (out, order)
}

proptest! {
    #[test]
    fn any_fragments_masks_and_cuts_give_the_same_messages(
        said in said(),
        mask in proptest::option::of(any::<[u8; 4]>()),
        sizes in proptest::collection::vec(1_usize..60, 1..5),
        cut in 1_usize..50,
    ) {
        let said: Vec<Event> = said.into_iter().map(Said::event).collect();
        let (bytes, expected) = write_fragmented(&said, mask, &sizes);
        let sender = if mask.is_some() { Sender::Client } else { Sender::Server };
        prop_assert!(read_cut(sender, &bytes, cut).unwrap() == expected);
    }

    #[test]
    fn what_is_written_is_read_by_another_library(content in proptest::collection::vec(any::<u8>(), 0..70_000), mask in any::<[u8; 4]>()) {
        let mut bytes = Vec::new();
        write_frame(&mut bytes, Opcode::Binary, &content, Some(mask));
        let mut cursor = std::io::Cursor::new(&bytes[..]);
        let (header, length) = FrameHeader::parse(&mut cursor).unwrap().unwrap();
        prop_assert!(header.is_final && header.opcode == OpCode::Data(Data::Binary) && header.mask == Some(mask));
        prop_assert_eq!(length, content.len() as u64);
        let start = usize::try_from(cursor.position()).unwrap();
        apply_mask(&mut bytes[start..], mask, 0);
        prop_assert!(bytes[start..] == content[..]);
    }

    #[test]
    fn any_bytes_are_read_without_a_panic_and_within_the_limit(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
        crate::fuzz::fuzz_websocket(&bytes);
    }

    #[test]
    fn masks_apply_from_any_offset(bytes in proptest::collection::vec(any::<u8>(), 0..100), mask in any::<[u8; 4]>(), cut in 0_usize..100) {
        let cut = cut.min(bytes.len());
        let (mut whole, mut parts) = (bytes.clone(), bytes.clone());
        apply_mask(&mut whole, mask, 0);
        let (one, two) = parts.split_at_mut(cut);
        apply_mask(one, mask, 0);
        apply_mask(two, mask, cut as u64);
        prop_assert_eq!(whole, parts);
    }
}
