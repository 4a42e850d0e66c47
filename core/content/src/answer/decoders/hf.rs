//! `HuggingChat`: tokens padded with NUL characters to a fixed length, and the whole answer at the end.

use super::super::restore::Kind;
use super::super::tree::Item;
use super::{Mode, Reading};

/// A NUL character in JSON.
const PADDING: &[u8] = b"\\u0000";

pub(super) fn read(root: Item<'_>, reading: &mut Reading) {
    match root.get("type").raw() {
        b"stream" => token(root.get("token"), Kind::Text, reading),
        b"reasoning" => token(root.get("token"), Kind::Thinking, reading),
        b"finalAnswer" => reading.text(Kind::Text, 0, 0, root.get("text"), Mode::Complete),
        _ => {}
    }
}

/// The token without its padding, so that text on both sides of it is one text.
fn token(item: Item<'_>, kind: Kind, reading: &mut Reading) {
    let Some(span) = item.text() else { return };
    let mut text = item.raw();
    while let Some(rest) = text.strip_suffix(PADDING).or_else(|| text.strip_suffix(b"\0")) {
        text = rest;
    }
    let end = span.start + text.len();
    reading.field(kind, 0, 0, span.start..end, Mode::Append);
    reading.trimmed.push(span);
}
