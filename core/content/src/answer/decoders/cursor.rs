//! Cursor: protobuf messages. Only what is known to be text is read; all other fields pass as they are.
//!
//! The chat: `2` answer {`1` text, `25` thought {`1` text}}; `1` call of a tool {`10` arguments as JSON}.
//! The agent: `1` update {`1` piece of text {`1` text}, `4` piece of a thought {`1` text}}.

use std::ops::Range;

use super::super::restore::Kind;
use super::{Mode, Reading};
use crate::json::JsonError;
use crate::protobuf::{Value, fields};

/// Field numbers from the message to a text, and what it is.
const TEXTS: [(&[u32], Kind); 5] = [
    (&[2, 1], Kind::Text),
    (&[2, 25, 1], Kind::Thinking),
    (&[1, 10], Kind::Input),
    (&[1, 1, 1], Kind::Text),
    (&[1, 4, 1], Kind::Thinking),
];

pub(super) fn read(message: &[u8], reading: &mut Reading) -> Result<(), JsonError> {
    reading.plain = true;
    let all: Vec<&(&[u32], Kind)> = TEXTS.iter().collect();
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
