//! Bedrock's streamed answers: events of its Converse interface, or the events of the model's maker in base64.

use super::super::layers::Wrap;
use super::super::tree::{Item, Tree};
use super::super::walk::{Value, Walk};
use super::{Content, End, Reading, Walked, anthropic, digest, openai, table};

pub(super) fn read(root: Item<'_>, name: &[u8], reading: &mut Reading) {
    let bytes = root.get("bytes");
    if bytes.exists() {
        return reading.nest(bytes, Wrap::Base64, Content::Json);
    }
    table::read(&table::CONVERSE_EVENTS, root, reading);
    if name == b"contentBlockStop" {
        reading.end(End::Outer(digest(root.get("contentBlockIndex").raw())));
    }
}

/// What reads the events of the model's maker.
pub(super) fn model_body<'a>(document: &'a [u8]) -> Walked<'a> {
    let mut tree = Tree::default();
    let has = |root: Item<'_>, key| root.get(key).exists();
    let family = tree.read(document).map_or(Family::Other, |root| match root {
        root if has(root, "choices") => Family::Openai,
        root if has(root, "type") || has(root, "completion") => Family::Anthropic,
        _ => Family::Other,
    });
    match family {
        Family::Openai => Box::new(openai::read),
        Family::Anthropic => Box::new(anthropic::read),
        Family::Other => Box::new(move |walk: &mut Walk<'_>, _: &Value, reading: &mut Reading| {
            let root = tree.read(walk.bytes())?;
            table::read(&table::MODEL_BODY, root, reading);
            Ok(())
        }),
    }
}

enum Family {
    Openai,
    Anthropic,
    Other,
}
