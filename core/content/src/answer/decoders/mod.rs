//! Which strings of an event are text of the answer. One file for each family of formats.
//!
//! Decoders know the shape of events and nothing of surrogates or edits. What they do not name is still searched for
//! whole surrogates, so that a repetition of the text somewhere else in the answer shows the originals too.

mod anthropic;
mod bedrock;
mod cai;
mod chatgpt;
mod cursor;
mod deepseek;
mod hf;
mod kimi;
mod lines;
mod meta;
mod nested;
mod notion;
mod openai;
mod perplexity;
mod responses;
mod signalr;
mod table;

use std::ops::Range;

use super::Decoder;
use super::layers::Wrap;
use super::reading::Sheet;
use super::restore::{Key, Kind};
use super::tree::{Item, Tree};
use super::walk::Walk;
use crate::json::JsonError;

/// What one document says.
#[derive(Default)]
pub(super) struct Reading {
    pub(super) fields: Vec<Field>,
    pub(super) ends: Vec<End>,
    /// Strings that hold documents.
    pub(super) nested: Vec<Nested>,
    /// Lengths written as in protobuf, and what they count: outer ones first.
    pub(super) lengths: Vec<(Range<usize>, Range<usize>)>,
    /// Strings of which only a part is a field.
    pub(super) trimmed: Vec<Range<usize>>,
    /// True where text stands as it is, without quotes and escapes.
    pub(super) plain: bool,
}

/// A string that holds a document.
pub(super) struct Nested {
    /// Inside the quotes.
    pub(super) span: Range<usize>,
    pub(super) wrap: Wrap,
    pub(super) content: Content,
}

/// What a nested document is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Content {
    Json,
    /// Server-sent events.
    Events,
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
    memory: Memory,
    tree: Tree,
}

enum Memory {
    None,
    Patches(chatgpt::Patches),
    Deepseek(deepseek::Fragments),
    Notion(notion::Segments),
    Perplexity(perplexity::Usage),
    Responses(responses::Stream),
}

impl Reader {
    pub(super) fn new(decoder: Decoder) -> Self {
        let memory = match decoder {
            Decoder::ChatgptV1 | Decoder::ChatgptWs => Memory::Patches(chatgpt::Patches::default()),
            Decoder::Deepseek => Memory::Deepseek(deepseek::Fragments::default()),
            Decoder::Notion => Memory::Notion(notion::Segments::default()),
            Decoder::Responses => Memory::Responses(responses::Stream::default()),
            Decoder::Perplexity => Memory::Perplexity(perplexity::Usage::default()),
            _ => Memory::None,
        };
        Self {
            decoder,
            memory,
            tree: Tree::default(),
        }
    }

    /// Reads one document. One that cannot be read says nothing.
    pub(super) fn read(&mut self, document: &[u8], sheet: Sheet<'_>, reading: &mut Reading) -> Result<(), JsonError> {
        let walked: Walked<'_> = match (self.decoder, &mut self.memory, sheet.depth) {
            (decoder @ (Decoder::Cursor | Decoder::Windsurf), ..) if !document.trim_ascii_start().starts_with(b"{") => {
                return cursor::read(decoder, document, reading);
            }
            (Decoder::ChatgptV1, Memory::Patches(patches), _) | (Decoder::ChatgptWs, Memory::Patches(patches), 1..) => {
                Box::new(|walk, value, reading| patches.read(walk, value, reading))
            }
            (Decoder::ChatgptFull, ..) => Box::new(chatgpt::read_full),
            (Decoder::Anthropic, ..) => Box::new(anthropic::read),
            (Decoder::OpenAiChat | Decoder::OpenAiText, ..) => Box::new(openai::read),
            (Decoder::Responses, Memory::Responses(stream), _) => {
                Box::new(|walk, value, reading| stream.read(walk, value, reading))
            }
            (Decoder::Realtime, ..) => Box::new(responses::read_realtime),
            (Decoder::BedrockStream, _, 1..) => bedrock::model_body(document),
            (decoder, memory, depth) => {
                let root = self.tree.read(document)?;
                read_tree(decoder, memory, root, sheet.name, depth, reading);
                return Ok(());
            }
        };
        walk(document, walked, reading)
    }
}

/// A decoder that reads a document in passing.
type Walked<'a> = Box<dyn FnOnce(&mut Walk<'_>, &super::walk::Value, &mut Reading) -> Result<(), JsonError> + 'a>;

fn walk(document: &[u8], read: Walked<'_>, reading: &mut Reading) -> Result<(), JsonError> {
    let mut walk = Walk::new(document, 0);
    let value = walk.value()?;
    read(&mut walk, &value, reading)?;
    walk.end()
}

/// Decoders that look around in a document.
fn read_tree(decoder: Decoder, memory: &mut Memory, root: Item<'_>, name: &[u8], depth: u8, reading: &mut Reading) {
    match (decoder, memory) {
        (Decoder::Deepseek, Memory::Deepseek(fragments)) => fragments.read(root, reading),
        (Decoder::Notion, Memory::Notion(segments)) => segments.read(root, reading),
        (Decoder::Perplexity, Memory::Perplexity(usage)) => usage.read(root, reading),
        (Decoder::LinesPatch | Decoder::Lma, _) => lines::read(root, name, reading),
        (Decoder::ChatgptWs, _) => nested::chatgpt_ws(root, reading),
        (Decoder::Gemini, _) if depth == 0 => nested::gemini(root, reading),
        (Decoder::Doubao, _) if nested::doubao(root, depth, reading) => {}
        (Decoder::BedrockStream, _) if depth == 0 => bedrock::read(root, name, reading),
        (Decoder::Signalr, _) => signalr::read(root, reading),
        (Decoder::Kimi, _) => kimi::read(root, reading),
        (Decoder::Cai, _) => cai::read(root, reading),
        (Decoder::Hf, _) => hf::read(root, reading),
        (Decoder::MetaForm, _) => meta::read(root, reading),
        (decoder, _) => table::read(table::of(decoder), root, reading),
    }
}

impl Reading {
    /// A document no decoder is for: all of it is seen.
    pub(super) fn whole(json: &[u8], reading: &mut Reading) -> Result<(), JsonError> {
        let mut walk = Walk::new(json, 0);
        walk.value()?;
        walk.end()?;
        reading.field(Kind::Bytes, 0, 0, 0..json.len(), Mode::Seen);
        Ok(())
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

    /// The item as text of a channel, if it is text.
    fn text(&mut self, kind: Kind, outer: u64, inner: u64, item: Item<'_>, mode: Mode) {
        if let Some(span) = item.text() {
            self.field(kind, outer, inner, span, mode);
        }
    }

    /// The item as JSON the model wrote, if it is an object.
    fn seen(&mut self, outer: u64, inner: u64, item: Item<'_>) {
        if let Some(span) = item.object() {
            self.field(Kind::Call, outer, inner, span, Mode::Seen);
        }
    }

    /// The item as a string that holds a document, if it is a string.
    fn nest(&mut self, item: Item<'_>, wrap: Wrap, content: Content) {
        if let Some(span) = item.text() {
            self.nested.push(Nested { span, wrap, content });
        }
    }
}

/// A short stand-in for a name in a channel's key. Two names that collide share a channel, and nothing worse.
fn digest(name: &[u8]) -> u64 {
    name.iter().fold(0xcbf2_9ce4_8422_2325, |hash, &byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}
