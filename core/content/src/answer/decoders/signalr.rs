//! M365 Copilot: records of a SignalR connection. Updates (type 1) carry what is written at the cursor, or messages with
//! their text so far; the item of a stream (type 2) carries all messages; a completion (type 3) ends it.

use super::super::restore::Kind;
use super::super::tree::Item;
use super::{End, Mode, Reading};

pub(super) fn read(root: Item<'_>, reading: &mut Reading) {
    match root.get("type").raw() {
        b"1" if root.get("target").is("update") => {
            for update in root.get("arguments").items() {
                reading.text(Kind::Text, 0, 0, update.get("writeAtCursor"), Mode::Append);
                messages(update, reading);
            }
        }
        b"2" => messages(root.get("item"), reading),
        b"3" | b"7" => reading.end(End::All),
        _ => {}
    }
}

/// Only messages without a type are the answer; the others are progress and suggestions.
fn messages(holder: Item<'_>, reading: &mut Reading) {
    let answers = holder
        .get("messages")
        .items()
        .filter(|message| message.get("author").is("bot") && !message.get("messageType").exists());
    for message in answers {
        reading.text(Kind::Text, 0, 0, message.get("text"), Mode::Snapshot);
    }
}
