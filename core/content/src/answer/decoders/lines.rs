//! Lines with a prefix: text whose kind the prefix tells (Le Chat's older stream, Arena, the data streams of Vercel's
//! kit), or patches of a message (Le Chat).

use super::super::restore::Kind;
use super::super::tree::Item;
use super::{End, Mode, Reading, digest};

pub(super) fn read(root: Item<'_>, prefix: &[u8], reading: &mut Reading) {
    let patches = root.find("/json/patches");
    if patches.is_array() {
        let message = digest(root.find("/json/messageId").raw());
        return patches.items().for_each(|change| patch(change, message, reading));
    }
    // Where two models answer side by side, a letter before the kind tells which.
    let (outer, kind) = match prefix {
        [model @ b'a'..=b'z', kind] => (u64::from(*model), *kind),
        [kind] => (0, *kind),
        _ => return,
    };
    match kind {
        b'0' => reading.text(Kind::Text, outer, 0, root, Mode::Append),
        b'g' => reading.text(Kind::Thinking, outer, 0, root, Mode::Append),
        b'c' => {
            let call = digest(root.get("toolCallId").raw());
            reading.text(Kind::Arguments, outer, call, root.get("argsTextDelta"), Mode::Append);
        }
        b'9' => reading.seen(outer, 1, root.get("args")),
        b'd' | b'e' => reading.end(End::Outer(outer)),
        _ => {}
    }
}

fn patch(change: Item<'_>, message: u64, reading: &mut Reading) {
    let (path, value) = (change.get("path").raw(), change.get("value"));
    let mode = if change.get("op").is("append") {
        Mode::Append
    } else {
        Mode::Restart
    };
    if value.text().is_some() {
        if path.ends_with(b"/text") || path.ends_with(b"/content") {
            reading.text(kind(path), message, digest(path), value, mode);
        }
        return;
    }
    if value.is_array() {
        for (index, chunk) in value.items().enumerate() {
            let path = [path, format!("/{index}").as_bytes()].concat();
            chunk_text(chunk, &path, message, reading);
        }
    } else {
        chunk_text(value, path, message, reading);
    }
}

fn chunk_text(chunk: Item<'_>, path: &[u8], message: u64, reading: &mut Reading) {
    for name in ["text", "content"] {
        let path = [path, b"/", name.as_bytes()].concat();
        let thought = chunk.get("type").is("thinking") || chunk.get("type").is("reasoning");
        let kind = if thought { Kind::Thinking } else { kind(&path) };
        reading.text(kind, message, digest(&path), chunk.get(name), Mode::Restart);
    }
}

fn kind(path: &[u8]) -> Kind {
    let thought = [b"reason".as_slice(), b"think"]
        .iter()
        .any(|word| path.windows(word.len()).any(|part| part == *word));
    if thought { Kind::Thinking } else { Kind::Text }
}
