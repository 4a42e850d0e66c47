//! Which strings of an event are text of the answer. One file for each family of formats.
//!
//! Decoders know the shape of events and nothing of surrogates or edits. What they do not name is still searched for
//! whole surrogates, so that a repetition of the text somewhere else in the answer shows the originals too.

mod anthropic;
mod chatgpt;
mod openai;
mod responses;

use std::ops::Range;

use super::Decoder;
use super::restore::{Key, Kind};
use super::walk::Walk;
use crate::json::JsonError;

/// What one event says.
#[derive(Default)]
pub(super) struct Reading {
    pub(super) fields: Vec<Field>,
    pub(super) ends: Vec<End>,
}

/// A string of the event that belongs to a channel.
pub(super) struct Field {
    pub(super) key: Key,
    /// Inside the quotes.
    pub(super) span: Range<usize>,
    pub(super) mode: Mode,
    /// False for text the model did not write (the echo of a prompt): restored, not judged.
    pub(super) judged: bool,
}

/// What a field does to its channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    /// Continues the text.
    Append,
    /// Begins the text anew; more follows.
    Restart,
    /// Is the text so far; a longer one follows.
    Snapshot,
    /// Is the whole text.
    Complete,
    /// Is JSON written by the model, not a string: judged as it stands.
    Seen,
}

/// Channels in which nothing more comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    All,
    Outer(u64),
}

/// What a decoder remembers from event to event.
pub(super) struct Reader {
    decoder: Decoder,
    patches: chatgpt::Patches,
}

impl Reader {
    pub(super) fn new(decoder: Decoder) -> Self {
        Self {
            decoder,
            patches: chatgpt::Patches::default(),
        }
    }

    /// Reads the JSON of one event, or a whole answer. An event that cannot be read says nothing.
    pub(super) fn read(&mut self, json: &[u8], reading: &mut Reading) -> Result<(), JsonError> {
        reading.clear();
        let mut walk = Walk::new(json, 0);
        let value = walk.value()?;
        match self.decoder {
            Decoder::ChatgptV1 => self.patches.read(&mut walk, &value, reading),
            Decoder::ChatgptFull => chatgpt::read_full(&mut walk, &value, reading),
            Decoder::Anthropic => anthropic::read(&mut walk, &value, reading),
            Decoder::OpenAiChat | Decoder::OpenAiText => openai::read(&mut walk, &value, reading),
            Decoder::Responses => responses::read(&mut walk, &value, reading),
            _ => Ok(()),
        }
        .and_then(|()| walk.end())
        .inspect_err(|_| reading.clear())
    }
}

impl Reading {
    /// A document no decoder is for: all of it is seen.
    pub(super) fn whole(json: &[u8], reading: &mut Reading) -> Result<(), JsonError> {
        reading.clear();
        let mut walk = Walk::new(json, 0);
        walk.value()?;
        walk.end()?;
        reading.field(Kind::Bytes, 0, 0, 0..json.len(), Mode::Seen);
        Ok(())
    }

    fn clear(&mut self) {
        self.fields.clear();
        self.ends.clear();
    }

    fn field(&mut self, kind: Kind, outer: u64, inner: u64, span: Range<usize>, mode: Mode) {
        self.fields.push(Field {
            key: Key { kind, outer, inner },
            span,
            mode,
            judged: true,
        });
    }

    fn end(&mut self, end: End) {
        self.ends.push(end);
    }
}
