//! Kimi: operations on blocks of text or thought; the older interface sends plain pieces.

use super::super::restore::Kind;
use super::super::tree::Item;
use super::{End, Mode, Reading, digest};

pub(super) fn read(root: Item<'_>, reading: &mut Reading) {
    let mode = if root.get("op").is("append") {
        Mode::Append
    } else {
        Mode::Restart
    };
    let block = root.get("block");
    let outer = digest(block.get("id").raw());
    reading.text(Kind::Text, outer, 0, block.find("/text/content"), mode);
    reading.text(Kind::Thinking, outer, 0, block.find("/think/content"), mode);
    if root.get("event").is("cmpl") {
        reading.text(Kind::Text, 0, 0, root.get("text"), Mode::Append);
    }
    if root.get("done").exists() || root.get("event").is("all_done") {
        reading.end(End::All);
    }
}
