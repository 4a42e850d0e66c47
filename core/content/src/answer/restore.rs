//! Puts originals back where the model wrote surrogates, however the text is cut into events.
//!
//! Text comes in channels (the answer, a thought, the arguments of one tool call), piece by piece. While the end of a
//! channel could still be the beginning of a surrogate, the events from there on are held, whole and in order. Once it
//! is one, its first piece is replaced by the original and the rest is cut out of the events that follow; no event is
//! made, moved or dropped. What is held back of a channel is never longer than the longest surrogate.
//!
//! Must not know what an event looks like: places are offsets in the stream, and the decoders say which bytes are text.

use std::collections::VecDeque;
use std::ops::Range;

use super::Replacement;
use super::seen::{Part, Seen};
use super::surrogates::{Found, Spelling, Surrogates};
use super::tap::Tap;
use super::text::{Unit, Writing};

/// So many channels are followed at once. A connection that lives for hours has more, and so may a whole answer: the
/// oldest of those in which nothing waits makes room, and its text that was not drained stays where the new one comes.
const CHANNELS: usize = 256;

/// Which channel a piece of text belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Key {
    pub(super) kind: Kind,
    /// Message, choice or block.
    pub(super) outer: u64,
    /// Part or tool call within it.
    pub(super) inner: u64,
}

/// What a channel carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// The answer.
    Text,
    /// A refusal to answer.
    Refusal,
    /// What the model thought on the way.
    Thinking,
    /// The same, signed by the provider: the client must be able to send it back unchanged.
    Signed,
    /// Arguments of a tool call: JSON.
    Arguments,
    /// Input of a tool: JSON or not, its first character tells.
    Input,
    /// JSON the model wrote for a tool, as it stands.
    Call,
    /// Bytes of an answer that is not understood.
    Bytes,
}

/// Consecutive bytes of one channel.
#[derive(Clone, Copy)]
pub(super) struct Piece<'a> {
    /// The bytes as written.
    pub(super) raw: &'a [u8],
    /// Their place in the stream.
    pub(super) at: u64,
    /// Where their event begins; `None` when there are no events and any byte may go on alone.
    pub(super) event: Option<u64>,
}

/// All channels of one answer, and the edits that are still to be carried out.
pub(super) struct Restorer {
    surrogates: Surrogates,
    channels: Vec<Channel>,
    /// The channel to give up first.
    oldest: usize,
    /// True once a channel had to be given up in which something waited.
    crowded: bool,
    /// In order of their places.
    edits: VecDeque<Edit>,
    fresh: Vec<Edit>,
    spare: Tail,
    /// How often an original was written.
    restored: u32,
}

impl Restorer {
    pub(super) fn new(surrogates: Surrogates) -> Self {
        Self {
            surrogates,
            channels: Vec::new(),
            oldest: 0,
            crowded: false,
            edits: VecDeque::new(),
            fresh: Vec::new(),
            spare: Tail::default(),
            restored: 0,
        }
    }

    /// One more text to be replaced.
    pub(super) fn learn(&mut self, replacement: Replacement) {
        self.surrogates.insert(replacement);
    }

    /// What is replaced here is taken out and not put back.
    pub(super) fn take_out(&mut self) {
        self.surrogates.take_out = true;
    }

    pub(super) fn takes_out(&self) -> bool {
        self.surrogates.take_out
    }

    /// True for what the client shows as the answer: neither thought nor a tool's business.
    pub(super) fn is_answer(&self, channel: usize) -> bool {
        self.channels.get(channel).is_some_and(Channel::is_answer)
    }

    /// The number of the channel, new or known.
    pub(super) fn channel(&mut self, key: Key, writing: Option<Writing>) -> usize {
        if let Some(known) = self.channels.iter().rposition(|channel| channel.key == key) {
            return known;
        }
        let new = Channel::new(key, writing);
        if self.channels.len() < CHANNELS {
            self.channels.push(new);
            return self.channels.len() - 1;
        }
        let free = self.make_room(new.is_answer());
        let tap = std::mem::take(&mut self.channels[free].tap).behind_another();
        self.channels[free] = Channel { tap, ..new };
        free
    }

    /// Gives up a channel, if possible one whose text is the same to the client.
    fn make_room(&mut self, answer: bool) -> usize {
        let by_age = || (self.oldest..CHANNELS).chain(0..self.oldest);
        let idle = |channel: &usize| !self.channels[*channel].waits();
        let alike = |channel: &usize| idle(channel) && self.channels[*channel].is_answer() == answer;
        let free = by_age().find(alike).or_else(|| by_age().find(idle));
        if free.is_none() {
            // Fails open, and says so: what waits there is decided by what is there.
            self.crowded = true;
            self.settle(self.oldest);
        }
        let free = free.unwrap_or(self.oldest);
        self.oldest = (free + 1) % CHANNELS;
        free
    }

    /// True once the answer had more channels than are followed.
    pub(super) fn crowded(&self) -> bool {
        self.crowded
    }

    /// Where the text of a channel is gathered for judging.
    pub(super) fn tap(&mut self, channel: usize) -> &mut Tap {
        &mut self.channels[channel].tap
    }

    pub(super) fn taps(&mut self) -> impl Iterator<Item = (usize, &mut Tap)> {
        self.channels.iter_mut().map(|channel| &mut channel.tap).enumerate()
    }

    /// The text of the channel goes on.
    pub(super) fn append(&mut self, channel: usize, piece: Piece<'_>) {
        let channel = &mut self.channels[channel];
        if self.surrogates.is_empty() {
            return;
        }
        channel.settle_writing(piece.raw);
        channel.cuts.clear();
        channel
            .tail
            .scan(piece, channel.manner(), &self.surrogates, &mut self.fresh);
        self.keep_fresh();
    }

    /// A piece that stands for itself: all of it is there.
    pub(super) fn complete(&mut self, writing: Writing, exact: bool, piece: Piece<'_>) {
        let manner = Manner { writing, exact };
        let mut tail = std::mem::take(&mut self.spare);
        tail.scan(piece, manner, &self.surrogates, &mut self.fresh);
        tail.settle(manner, &self.surrogates, &mut self.fresh);
        tail.clear();
        self.spare = tail;
        self.keep_fresh();
    }

    /// Takes values out of JSON that stands at `at`, wherever they lie in it. A number becomes a string.
    pub(super) fn take_out_of(&mut self, seen: &Seen<'_>, at: u64) {
        let mut done = 0;
        for (found, entry) in self.surrogates.all_in(seen.text()) {
            for Part { span, writing } in seen.parts(&found) {
                // Two values in one number take it out once.
                if span.start < done {
                    continue;
                }
                done = span.end;
                let put = match writing {
                    Some(writing) => Put::Original(entry, writing),
                    None => Put::Quoted(entry),
                };
                let span = at + span.start as u64..at + span.end as u64;
                self.insert(Edit { span, put });
            }
        }
    }

    /// The text of the channel so far, which replaces what was sent before. An end that may be the beginning of a
    /// surrogate is held with its event; when the next snapshot shows that it was one, it is cut out.
    pub(super) fn snapshot(&mut self, channel: usize, piece: Piece<'_>) {
        if self.surrogates.is_empty() {
            return;
        }
        let channel = &mut self.channels[channel];
        channel.settle_writing(piece.raw);
        let manner = channel.manner();
        if channel.cuts.is_empty() {
            channel.tail.settle(manner, &self.surrogates, &mut self.fresh);
        }
        // From here on the end of this snapshot is the end of the text: deltas may follow it.
        channel.tail.clear();
        channel.tail.scan(piece, manner, &self.surrogates, &mut self.fresh);
        let start = channel.tail.start();
        channel.resolve_cuts(&piece, start, &mut self.fresh);
        if let Some((start, event)) = start {
            channel.cuts.push(Cut {
                span: start..piece.at + piece.raw.len() as u64,
                offset: start - piece.at,
                event,
            });
        }
        self.keep_fresh();
    }

    /// Nothing more comes in this channel.
    pub(super) fn settle(&mut self, channel: usize) {
        let channel = &mut self.channels[channel];
        channel.tail.settle(channel.manner(), &self.surrogates, &mut self.fresh);
        channel.cuts.clear();
        self.keep_fresh();
    }

    /// Nothing more comes in any channel that `matches`.
    pub(super) fn settle_where(&mut self, matches: impl Fn(&Key) -> bool) {
        for index in 0..self.channels.len() {
            if self.channels[index].waits() && matches(&self.channels[index].key) {
                self.settle(index);
            }
        }
    }

    /// The first byte that may not go on yet.
    pub(super) fn held_from(&self) -> Option<u64> {
        self.channels.iter().filter_map(Channel::held_from).min()
    }

    /// True when these bytes may hold a surrogate: a filter that lets almost nothing through.
    pub(super) fn hints(&self, bytes: &[u8]) -> bool {
        self.surrogates.hint(bytes)
    }

    /// Writes `bytes`, which stand at `at` in the stream, with the edits that concern them.
    pub(super) fn release(&mut self, bytes: &[u8], at: u64, out: &mut Vec<u8>) {
        let mut from = 0;
        for (span, put) in self.take(at..at + bytes.len() as u64) {
            // Edits lie inside the held bytes, in order and apart from each other.
            let (start, stop) = ((span.start - at) as usize, (span.end - at) as usize);
            out.extend_from_slice(&bytes[from..start]);
            out.extend_from_slice(&put);
            from = stop;
        }
        out.extend_from_slice(&bytes[from..]);
    }

    /// Takes out the edits that begin in `span`.
    pub(super) fn take(&mut self, span: Range<u64>) -> Vec<Splice> {
        let range = self.range(&span);
        let edits: Vec<Edit> = self.edits.drain(range).collect();
        let originals = edits
            .iter()
            .filter(|edit| matches!(edit.put, Put::Original(..)))
            .count();
        self.restored = self
            .restored
            .saturating_add(u32::try_from(originals).unwrap_or(u32::MAX));
        edits
            .into_iter()
            .map(|edit| (edit.span.clone(), self.written(&edit.put)))
            .collect()
    }

    /// The edits that begin in `span`.
    pub(super) fn within(&self, span: &Range<u64>) -> Vec<Splice> {
        let edits = self.edits.range(self.range(span));
        edits.map(|edit| (edit.span.clone(), self.written(&edit.put))).collect()
    }

    /// Writes `bytes` at `span`, where no other edit is.
    pub(super) fn replace(&mut self, span: Range<u64>, bytes: Vec<u8>) {
        let put = Put::Bytes(bytes);
        self.insert(Edit { span, put });
    }

    /// How often an original was written so far.
    pub(super) fn restored(&self) -> u32 {
        self.restored
    }

    /// Bytes of text held back, in the channel that holds most.
    #[cfg(test)]
    pub(super) fn most_held(&self) -> usize {
        self.channels
            .iter()
            .map(|channel| channel.tail.text.len())
            .max()
            .unwrap_or(0)
    }

    fn keep_fresh(&mut self) {
        for edit in std::mem::take(&mut self.fresh) {
            self.insert(edit);
        }
    }

    fn insert(&mut self, edit: Edit) {
        let place = self.edits.partition_point(|known| known.span.start < edit.span.start);
        self.edits.insert(place, edit);
    }

    fn range(&self, span: &Range<u64>) -> Range<usize> {
        let before = |place: u64| self.edits.partition_point(|edit| edit.span.start < place);
        before(span.start)..before(span.end)
    }

    fn written(&self, put: &Put) -> Vec<u8> {
        let mut bytes = Vec::new();
        match put {
            Put::Nothing => {}
            Put::Original(entry, writing) => writing.write(self.surrogates.original(*entry).expose(), &mut bytes),
            Put::Quoted(entry) => {
                bytes.push(b'"');
                Writing::Json.write(self.surrogates.original(*entry).expose(), &mut bytes);
                bytes.push(b'"');
            }
            Put::Bytes(written) => bytes.extend_from_slice(written),
        }
        bytes
    }
}

struct Channel {
    key: Key,
    /// `None` until the first character tells.
    writing: Option<Writing>,
    tail: Tail,
    /// Ends of earlier snapshots that may be beginnings of a surrogate, all at the same offset of the text.
    cuts: Vec<Cut>,
    tap: Tap,
}

struct Cut {
    span: Range<u64>,
    offset: u64,
    event: u64,
}

impl Channel {
    fn new(key: Key, writing: Option<Writing>) -> Self {
        let writing = writing.or(match key.kind {
            Kind::Input => None,
            Kind::Arguments => Some(Writing::Nested),
            Kind::Call | Kind::Bytes => Some(Writing::Plain),
            Kind::Text | Kind::Refusal | Kind::Thinking | Kind::Signed => Some(Writing::Json),
        });
        Self {
            key,
            writing,
            tail: Tail::default(),
            cuts: Vec::new(),
            tap: Tap::default(),
        }
    }

    fn manner(&self) -> Manner {
        Manner {
            writing: self.writing.unwrap_or(Writing::Json),
            exact: self.key.kind == Kind::Signed,
        }
    }

    fn settle_writing(&mut self, raw: &[u8]) {
        if self.writing.is_none() {
            self.writing = raw
                .iter()
                .find(|byte| !byte.is_ascii_whitespace())
                .map(|byte| if *byte == b'{' { Writing::Nested } else { Writing::Json });
        }
    }

    fn is_answer(&self) -> bool {
        matches!(self.key.kind, Kind::Text | Kind::Refusal | Kind::Bytes)
    }

    fn waits(&self) -> bool {
        !self.tail.text.is_empty() || !self.cuts.is_empty()
    }

    fn held_from(&self) -> Option<u64> {
        let tail = self.tail.start().map(|(_, event)| event);
        tail.into_iter().chain(self.cuts.first().map(|cut| cut.event)).min()
    }

    /// The new snapshot tells what the ends of the earlier ones were. `tail`: where its own doubtful end begins.
    fn resolve_cuts(&mut self, piece: &Piece<'_>, tail: Option<(u64, u64)>, fresh: &mut Vec<Edit>) {
        let Some(offset) = self.cuts.first().map(|cut| cut.offset) else {
            return;
        };
        let place = piece.at + offset;
        if tail.is_some_and(|(start, _)| start == place) {
            return;
        }
        let restored = fresh
            .iter()
            .any(|edit| matches!(edit.put, Put::Original(..)) && edit.span.start == place);
        let cuts = self.cuts.drain(..).filter(|_| restored);
        fresh.extend(cuts.map(|cut| Edit {
            span: cut.span,
            put: Put::Nothing,
        }));
    }
}

#[derive(Clone, Copy)]
struct Manner {
    writing: Writing,
    exact: bool,
}

/// Bytes to write in place of a span.
pub(super) type Splice = (Range<u64>, Vec<u8>);

/// Bytes of the stream, or of a document in it, to be replaced.
struct Edit {
    span: Range<u64>,
    put: Put,
}

enum Put {
    Nothing,
    Original(usize, Writing),
    /// As a JSON string where something else stood.
    Quoted(usize),
    /// What follows from another edit.
    Bytes(Vec<u8>),
}

/// The doubtful end of a channel, with the place each of its bytes came from.
#[derive(Default)]
struct Tail {
    text: Vec<u8>,
    places: Vec<Place>,
    link: Link,
    /// True when the first doubtful byte stands in a link.
    in_link: bool,
}

/// Whether the text is inside the address of a link, read byte by byte.
///
/// It is one from where a browser, or what shows Markdown, could find a host in it: behind `://`, behind the schemes that need no
/// slashes, `www.`, `//` at the beginning. A backslash counts as a slash and as an escape that is not there, a character reference
/// as anything. It ends where whatever is around it ends; to end it late keeps a value back, to end it early gives one away.
#[derive(Default)]
struct Link {
    open: bool,
    around: Around,
    /// The last bytes of the run, the newest lowest, in lower case: with backslashes as slashes, and without them.
    runs: [u128; 2],
    /// The last byte that is no space.
    last: u8,
    /// A backslash of JSON inside the text came last.
    escaped: bool,
    /// Digits of an escaped character that are still to come.
    digits: u8,
}

/// What an address stands in.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Around {
    /// Spaces or brackets: in Markdown only a space ends it.
    #[default]
    Spaces,
    /// Quotes, or marks of HTML.
    Marks,
    /// A quoted value behind `=`, as in HTML, where addresses have spaces.
    Quotes(u8),
    /// `(<` of Markdown.
    Angles,
}

/// Behind these, browsers find a host without a slash.
const SCHEMES: [&str; 6] = ["http:", "https:", "ws:", "wss:", "ftp:", "file:"];
/// Characters of an address, written as HTML and Markdown may.
const REFERENCES: [&str; 7] = ["&#", "&colon;", "&sol;", "&bsol;", "&period;", "&tab;", "&newline;"];

impl Link {
    fn read(&mut self, raw: &[u8], writing: Writing) {
        let mut at = 0;
        while at < raw.len() {
            let unit = Unit::first(&raw[at..], writing.escaped());
            at += unit.raw;
            for &byte in unit.text() {
                match writing.backslashes() {
                    1 => self.next(byte),
                    _ => self.next_in_json(byte),
                }
            }
        }
    }

    /// A byte of text that is JSON, where a backslash begins an escape.
    fn next_in_json(&mut self, byte: u8) {
        if self.digits > 0 {
            self.digits -= 1;
            // Nobody writes letters and slashes so who does not want to hide them.
            self.open |= self.digits == 1 && self.runs[1] as u16 == u16::from_be_bytes(*b"00") && byte < b'8';
            self.push(byte);
        } else if std::mem::take(&mut self.escaped) {
            match byte {
                b'n' | b'r' | b't' => self.next(b'\n'),
                b'u' => {
                    self.digits = 4;
                    self.push(0);
                }
                _ => self.next(byte),
            }
        } else if byte == b'\\' {
            self.escaped = true;
        } else if byte == b'"' {
            // A string of the JSON begins or ends.
            *self = Self {
                around: Around::Marks,
                ..Self::default()
            };
        } else {
            self.next(byte);
        }
    }

    fn next(&mut self, byte: u8) {
        let ends = match self.around {
            _ if !self.open => separates(byte),
            Around::Spaces => byte.is_ascii_whitespace(),
            Around::Marks => byte.is_ascii_whitespace() || is_mark(byte),
            Around::Quotes(quote) => byte == quote,
            Around::Angles => matches!(byte, b'>' | b'\n'),
        };
        if ends {
            self.around = self.around.behind(byte, self.last);
            (self.open, self.runs) = (false, [0; 2]);
        } else {
            self.push(byte);
        }
        if !byte.is_ascii_whitespace() {
            self.last = byte;
        }
    }

    fn push(&mut self, byte: u8) {
        let byte = byte.to_ascii_lowercase();
        let [slashed, bare] = &mut self.runs;
        if byte == b'\\' {
            *slashed = *slashed << 8 | u128::from(b'/');
        } else {
            *slashed = *slashed << 8 | u128::from(byte);
            *bare = *bare << 8 | u128::from(byte);
        }
        self.open = self.open
            || match byte {
                b':' | b'/' | b'\\' | b'.' | b'#' | b';' => self.runs.iter().any(|run| names_host(*run)),
                _ => false,
            };
    }
}

impl Around {
    /// What stands behind a byte that separates; `last` is the one before it that is no space.
    fn behind(self, byte: u8, last: u8) -> Self {
        match (self, byte) {
            (_, b'<') if last == b'(' => Self::Angles,
            (Self::Quotes(quote), _) if byte == quote => Self::Marks,
            (_, b'"' | b'\'') if last == b'=' => Self::Quotes(byte),
            (Self::Quotes(_) | Self::Angles, _) if byte != b'>' => self,
            _ if is_mark(byte) => Self::Marks,
            _ => Self::Spaces,
        }
    }
}

fn separates(byte: u8) -> bool {
    byte.is_ascii_whitespace() || is_mark(byte) || matches!(byte, b'(' | b')' | b'|')
}

fn is_mark(byte: u8) -> bool {
    matches!(byte, b'"' | b'\'' | b'<' | b'>' | b'`')
}

/// True when a host follows these bytes, or may.
fn names_host(run: u128) -> bool {
    let before = |text: &str| {
        let known = text.bytes().fold(0, |known: u128, byte| known << 8 | u128::from(byte));
        let bits = 8 * text.len();
        (run & ((1 << bits) - 1) == known).then_some((run >> bits) as u8)
    };
    let begins = |text: &str| before(text).is_some_and(|byte| !byte.is_ascii_alphanumeric());
    before("//").is_some_and(|byte| matches!(byte, 0 | b':' | b'='))
        || begins("www.")
        || SCHEMES.iter().any(|scheme| begins(scheme))
        || REFERENCES.iter().any(|reference| before(reference).is_some())
}

#[derive(Clone, Copy)]
struct Place {
    start: u64,
    end: u64,
    event: u64,
}

impl Tail {
    /// Reads the next piece: finds what is whole, keeps what is cut.
    fn scan(&mut self, piece: Piece<'_>, manner: Manner, surrogates: &Surrogates, edits: &mut Vec<Edit>) {
        let (mut at, mut read) = (0, 0);
        loop {
            if self.text.is_empty() {
                let Some(next) = next_start(piece.raw, at, manner.writing, surrogates) else {
                    self.link.read(&piece.raw[read..], manner.writing);
                    return;
                };
                at = next;
            }
            at = self.fill(piece, at, manner.writing, surrogates.longest());
            let full = at < piece.raw.len();
            if let Some(front) = self
                .front(piece.at)
                .filter(|front| (read..piece.raw.len()).contains(front))
            {
                self.link.read(&piece.raw[read..front], manner.writing);
                self.in_link = self.link.open && !surrogates.take_out;
                read = front;
            }
            match surrogates.at(&self.text, manner.spelling(), full) {
                Found::Whole { length, entry } => self.put(length, entry, manner.writing, edits),
                Found::Cut => {
                    // What is in doubt here stands before what comes next.
                    self.link.read(&piece.raw[read..], manner.writing);
                    return;
                }
                Found::Nothing => self.drop_first(surrogates),
            }
        }
    }

    /// Where the first doubtful byte stands in a piece that begins at `start`; `None` when it came with an earlier one.
    fn front(&self, start: u64) -> Option<usize> {
        let place = self.places.first()?;
        usize::try_from(place.start.checked_sub(start)?).ok()
    }

    /// Nothing follows: what is cut is no surrogate.
    fn settle(&mut self, manner: Manner, surrogates: &Surrogates, edits: &mut Vec<Edit>) {
        while !self.text.is_empty() {
            match surrogates.at(&self.text, manner.spelling(), true) {
                Found::Whole { length, entry } => self.put(length, entry, manner.writing, edits),
                Found::Cut | Found::Nothing => self.drop_first(surrogates),
            }
        }
    }

    /// Place and event of the first doubtful byte.
    fn start(&self) -> Option<(u64, u64)> {
        self.places.first().map(|place| (place.start, place.event))
    }

    fn clear(&mut self) {
        self.text.clear();
        self.places.clear();
        self.link = Link::default();
    }

    fn fill(&mut self, piece: Piece<'_>, mut at: usize, writing: Writing, longest: usize) -> usize {
        while self.text.len() < longest && at < piece.raw.len() {
            let unit = Unit::first(&piece.raw[at..], writing.escaped());
            let start = piece.at + at as u64;
            let place = Place {
                start,
                end: start + unit.raw as u64,
                event: piece.event.unwrap_or(start),
            };
            self.text.extend_from_slice(unit.text());
            self.places.resize(self.text.len(), place);
            at += unit.raw;
        }
        at
    }

    /// The original goes where the surrogate begins; its other pieces are cut out. Not inside a link: what follows it
    /// would carry the value to whoever the model was made to name.
    fn put(&mut self, length: usize, entry: usize, writing: Writing, edits: &mut Vec<Edit>) {
        if self.in_link {
            self.text.drain(..length);
            self.places.drain(..length);
            return;
        }
        let mut put = Put::Original(entry, writing);
        let joined = self.places[..length].chunk_by(|a, b| a.end == b.start || a.start == b.start);
        edits.extend(joined.map(|places| Edit {
            span: places[0].start..places[places.len() - 1].end,
            put: std::mem::replace(&mut put, Put::Nothing),
        }));
        self.text.drain(..length);
        self.places.drain(..length);
    }

    fn drop_first(&mut self, surrogates: &Surrogates) {
        let next = self.text.iter().skip(1).position(|&byte| surrogates.starts_with(byte));
        let count = next.map_or(self.text.len(), |place| place + 1);
        self.text.drain(..count);
        self.places.drain(..count);
    }
}

impl Manner {
    fn spelling(self) -> Spelling {
        Spelling {
            exact: self.exact,
            backslashes: self.writing.backslashes(),
        }
    }
}

/// The first unit from `at` on with which a surrogate can begin.
fn next_start(raw: &[u8], mut at: usize, writing: Writing, surrogates: &Surrogates) -> Option<usize> {
    loop {
        at += surrogates.next_start(&raw[at..])?;
        let unit = Unit::first(&raw[at..], writing.escaped());
        if unit.text().first().is_some_and(|&byte| surrogates.starts_with(byte)) {
            return Some(at);
        }
        at += unit.raw;
    }
}
