//! Meta AI: documents that each repeat the text so far, twice: as a plain snippet, and composed for display.

use super::super::restore::Kind;
use super::super::tree::Item;
use super::{Mode, Reading};

pub(super) fn read(root: Item<'_>, reading: &mut Reading) {
    let message = root.find("/data/node/bot_response_message");
    let mode = match message.get("streaming_state").raw() {
        b"OVERALL_DONE" => Mode::Complete,
        _ => Mode::Snapshot,
    };
    let snippet = message.get("snippet");
    reading.text(Kind::Text, 0, 0, snippet, mode);
    let first = reading.fields.len();
    for (part, content) in (1..).zip(message.find("/composed_text/content").items()) {
        reading.text(Kind::Text, part, 0, content.get("text"), mode);
    }
    // The same text is judged once.
    for field in &mut reading.fields[first..] {
        field.judged = snippet.text().is_none();
    }
}
