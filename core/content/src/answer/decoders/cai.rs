//! character.ai: turns with candidates, each message with the text so far.

use super::super::restore::Kind;
use super::super::tree::Item;
use super::{Mode, Reading, digest};

pub(super) fn read(root: Item<'_>, reading: &mut Reading) {
    let turn = root.get("turn");
    // What the person wrote comes back as a turn too.
    let echo = turn.find("/author/is_human").is("true");
    let outer = digest(turn.find("/turn_key/turn_id").raw());
    for (inner, candidate) in (0..).zip(turn.get("candidates").items()) {
        let ended = echo || candidate.get("is_final").is("true");
        let mode = if ended { Mode::Complete } else { Mode::Snapshot };
        let first = reading.fields.len();
        reading.text(Kind::Text, outer, inner, candidate.get("raw_content"), mode);
        for field in &mut reading.fields[first..] {
            field.judged = !echo;
        }
    }
}
