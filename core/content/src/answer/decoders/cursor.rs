//! Protobuf messages of assistants in editors. Only what is known to be text is read; all other fields pass as they are.
//!
//! Cursor's chat: `2` answer {`1` text, `25` thought {`1` text}}; `1` call of a tool {`10` arguments as JSON}.
//! Its agent: `1` update {`1` piece of text {`1` text}, `4` piece of a thought {`1` text}}.
//! Windsurf: `3` text, `9` thought, `6` call of a tool {`3` arguments as JSON}.

use std::ops::Range;

use super::super::Decoder;
use super::super::restore::Kind;
use super::{Mode, Reading};
use crate::json::JsonError;
use crate::protobuf::{Value, fields};

/// Field numbers from the message to a text, and what it is.
type Texts = [(&'static [u32], Kind)];

const CURSOR: &Texts = &[
    (&[2, 1], Kind::Text),
    (&[2, 25, 1], Kind::Thinking),
    (&[1, 10], Kind::Input),
    (&[1, 1, 1], Kind::Text),
    (&[1, 4, 1], Kind::Thinking),
];

const WINDSURF: &Texts = &[(&[3], Kind::Text), (&[9], Kind::Thinking), (&[6, 3], Kind::Input)];

pub(super) fn read(decoder: Decoder, message: &[u8], reading: &mut Reading) -> Result<(), JsonError> {
    reading.plain = true;
    let texts = if decoder == Decoder::Windsurf { WINDSURF } else { CURSOR };
    let all: Vec<&(&[u32], Kind)> = texts.iter().collect();
    visit(message, 0..message.len(), 0, &all, reading)
}

/// Reads the message at `span`, to which the first `depth` numbers of all `texts` have led.
fn visit(
    whole: &[u8],
    span: Range<usize>,
    depth: usize,
    texts: &[&(&[u32], Kind)],
    reading: &mut Reading,
) -> Result<(), JsonError> {
    for field in fields(&whole[span.clone()]) {
        let field = field.map_err(|_| JsonError::Syntax)?;
        let Value::Delimited(length, content) = field.value else {
            continue;
        };
        let within: Vec<&(&[u32], Kind)> = texts
            .iter()
            .filter(|text| text.0.get(depth) == Some(&field.number))
            .copied()
            .collect();
        let place = |place: &Range<usize>| span.start + place.start..span.start + place.end;
        let (length, content) = (place(&length), place(&content));
        if within.is_empty() {
            continue;
        }
        reading.lengths.push((length, content.clone()));
        match within.iter().find(|text| text.0.len() == depth + 1) {
            Some(text) => reading.field(text.1, 0, 0, content, Mode::Append),
            None => visit(whole, content, depth + 1, &within, reading)?,
        }
    }
    Ok(())
}
