//! Protobuf without a schema: the fields of a message as places in the bytes.
//!
//! The wire does not tell texts from messages in fields of varying length. This module says what could be a message; what
//! it is taken for is decided where it is read.

use crate::envelope;
use crate::inspect::sniff;
use std::ops::Range;

/// Messages inside messages.
pub(crate) const MAX_NESTED: usize = 32;

/// One field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Field {
    pub(crate) number: u32,
    pub(crate) value: Value,
}

/// What a field holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Value {
    /// A whole number, and where it stands.
    Varint(u64, Range<usize>),
    /// Four or eight bytes.
    Fixed,
    /// Text, bytes or a message: the place of its length and the place of its content, one behind the other.
    Delimited(Range<usize>, Range<usize>),
}

/// Reads the fields of a message in order; an error where the bytes are none.
pub(crate) fn fields(bytes: &[u8]) -> impl Iterator<Item = Result<Field, NoMessage>> + '_ {
    let mut at = Some(0);
    std::iter::from_fn(move || {
        let start = at.filter(|at| *at < bytes.len())?;
        match field(bytes, start) {
            Some((field, end)) => {
                at = Some(end);
                Some(Ok(field))
            }
            None => {
                at = None;
                Some(Err(NoMessage))
            }
        }
    })
}

/// The bytes are no message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NoMessage;

/// True when bytes are a message from the first to the last.
pub(crate) fn is_message(bytes: &[u8]) -> bool {
    !bytes.is_empty() && fields(bytes).all(|field| field.is_ok())
}

/// True when bytes that are a message hold something of varying length: text could stand in it.
pub(crate) fn may_hold_text(bytes: &[u8]) -> bool {
    fields(bytes)
        .flatten()
        .any(|field| matches!(field.value, Value::Delimited(_, content) if !content.is_empty()))
}

/// True when bytes are a message that carries mostly text, or layers that show
/// themselves: keys and digests in hexadecimal digits or base64 are not.
pub(crate) fn is_telling(bytes: &[u8]) -> bool {
    const SHORTEST: usize = 8;
    bytes.len() >= SHORTEST && is_message(bytes) && text_bytes(bytes, 0) * 2 >= bytes.len()
}

fn text_bytes(message: &[u8], nested: usize) -> usize {
    const SHORTEST_TEXT: usize = 4;
    let contents = fields(message).flatten().filter_map(|field| match field.value {
        Value::Delimited(_, content) => Some(&message[content]),
        _ => None,
    });
    contents
        .map(|content| match sniff::text(content) {
            Some(_) if content.len() >= SHORTEST_TEXT => content.len(),
            None if sniff::coding(content).is_some() || envelope::frames(content).is_some() => content.len(),
            None if nested < MAX_NESTED && is_message(content) => text_bytes(content, nested + 1),
            _ => 0,
        })
        .sum()
}

/// The content of a field from its length on.
pub(crate) fn content(raw: &[u8]) -> Option<Range<usize>> {
    let (length, start) = varint(raw, 0)?;
    let end = start.checked_add(usize::try_from(length).ok()?)?;
    (end == raw.len()).then_some(start..end)
}

/// A number in as many bytes as it needs.
pub(crate) fn encode_varint(mut value: u64) -> Vec<u8> {
    let mut out = Vec::new();
    loop {
        let [low, ..] = value.to_le_bytes();
        value >>= 7;
        if value == 0 {
            out.push(low & 0x7F);
            return out;
        }
        out.push(low | 0x80);
    }
}

fn field(bytes: &[u8], at: usize) -> Option<(Field, usize)> {
    const HIGHEST: u64 = (1 << 29) - 1;
    let (tag, at) = varint(bytes, at)?;
    let number = u32::try_from(Some(tag >> 3).filter(|number| (1..=HIGHEST).contains(number))?).ok()?;
    let (value, end) = match tag & 7 {
        0 => {
            let (value, end) = varint(bytes, at)?;
            (Value::Varint(value, at..end), end)
        }
        1 => (Value::Fixed, at + 8),
        2 => {
            let (length, start) = varint(bytes, at)?;
            let end = start.checked_add(usize::try_from(length).ok()?)?;
            (Value::Delimited(at..start, start..end), end)
        }
        5 => (Value::Fixed, at + 4),
        _ => return None,
    };
    (end <= bytes.len()).then_some((Field { number, value }, end))
}

/// A number, and the place behind it.
pub(crate) fn varint(bytes: &[u8], at: usize) -> Option<(u64, usize)> {
    let mut value = 0u64;
    for (place, byte) in bytes.get(at..)?.iter().take(10).enumerate() {
        let shift = 7 * u32::try_from(place).ok()?;
        let digit = u64::from(byte & 0x7F);
        if shift == 63 && digit > 1 {
            return None;
        }
        value |= digit << shift;
        if byte & 0x80 == 0 {
            return Some((value, at + place + 1));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::{Field, Value, content, encode_varint, fields, is_message, is_telling, varint};

    #[test]
    fn fields_are_read_with_their_places() {
        let bytes = b"\x0A\x02hi\x10\xAC\x02\x1D1234\x21\x31\x32\x33\x34\x35\x36\x37\x38";
        let read: Vec<Field> = fields(bytes).map(Result::unwrap).collect();
        assert_eq!(read[0].value, Value::Delimited(1..2, 2..4));
        assert_eq!((read[1].number, &read[1].value), (2, &Value::Varint(300, 5..7)));
        assert_eq!((read[2].number, &read[2].value), (3, &Value::Fixed));
        assert_eq!((read[3].number, read.len()), (4, 4));
    }

    #[test]
    fn what_does_not_end_where_it_must_is_no_message() {
        assert!(is_message(b"\x0A\x02hi"));
        for bytes in [
            b"".as_slice(),
            b"\x0A\x03hi",
            b"\x0A",
            b"\x02hi",
            b"\x0B\x0C",
            b"\x0D123",
            b"\x08\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01",
            b"\x0A\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01hi",
        ] {
            assert!(!is_message(bytes), "{bytes:?}");
        }
    }

    #[test]
    fn digests_do_not_pass_for_messages() {
        assert!(is_telling(b"\x0A\x10\x0A\x0EWhat is a tide\x12\x03abc"));
        assert!(!is_telling(b"\x08\x01\x10\x02\x18\x03\x20\x04"));
        assert!(!is_telling(&[0x5a; 32]));
    }

    #[test]
    fn numbers_come_back() {
        for value in [0, 1, 127, 128, 300, u64::from(u32::MAX), u64::MAX] {
            let coded = encode_varint(value);
            assert_eq!(varint(&coded, 0), Some((value, coded.len())));
        }
        assert_eq!(content(b"\x02hi"), Some(1..3));
        assert_eq!(
            content(b"\x82\x00hi"),
            Some(2..4),
            "longer than needed, and still a length"
        );
        assert_eq!(content(b"\x03hi"), None);
    }
}
