//! Formats that write a document as a string inside another.

use super::super::layers::Wrap;
use super::super::tree::Item;
use super::{Content, End, Reading};

/// ChatGPT's WebSocket: events as text, anywhere in the message; in older ones as base64.
pub(super) fn chatgpt_ws(root: Item<'_>, reading: &mut Reading) {
    for (key, item) in root.below() {
        match key {
            b"encoded_item" => reading.nest(item, Wrap::Text, Content::Events),
            b"body" => reading.nest(item, Wrap::Base64, Content::Events),
            _ => {}
        }
    }
}

/// Gemini's chunks: lists of entries, of which those called `wrb.fr` carry a document.
pub(super) fn gemini(root: Item<'_>, reading: &mut Reading) {
    let single = std::iter::once(root).filter(|root| !root.nth(0).is_array());
    for entry in root.items().filter(|entry| entry.is_array()).chain(single) {
        if entry.nth(0).is("wrb.fr") {
            reading.nest(entry.nth(2), Wrap::Text, Content::Json);
        }
    }
}

/// Doubao: an event holds a document that holds a message whose content is a document. False for the innermost one, which
/// carries the text.
pub(super) fn doubao(root: Item<'_>, depth: u8, reading: &mut Reading) -> bool {
    let (data, content) = (root.get("event_data"), root.find("/message/content"));
    if depth == 0 && data.exists() {
        reading.nest(data, Wrap::Text, Content::Json);
        if root.get("event_type").is("2003") {
            reading.end(End::All);
        }
        return true;
    }
    if depth == 1 && content.exists() {
        reading.nest(content, Wrap::Text, Content::Json);
        return true;
    }
    false
}
