//! One answer, decoded and on its way: cut into frames, read, restored, released in order.

use std::collections::VecDeque;

use super::decoders::Reader;
use super::format::{Format, Framing};
use super::framing::{Body, Cutter, Frame, LONGEST, Step};
use super::layers::Layers;
use super::reading::{Desk, Outcome, Sheet};
use super::restore::{Key, Kind, Piece, Restorer};
use super::surrogates::Surrogates;
use super::text::Writing;
use super::{Decoder, Replacement};

/// A whole JSON answer is kept up to this size; a longer one is restored byte by byte.
const WHOLE: usize = 8 << 20;

/// Most bytes of complete frames that wait for the end of a doubtful surrogate.
const HELD: usize = 1 << 20;

/// The state of one answer.
pub(super) struct Flow {
    decoder: Option<Decoder>,
    format: Format,
    /// What the headers say, where the first bytes do not tell.
    named: Format,
    cutter: Option<Box<dyn Cutter + Send>>,
    desk: Desk,
    /// What came in and has not gone out.
    buffer: Vec<u8>,
    /// Place of the first byte of the buffer in the stream.
    at: u64,
    /// Place up to which bytes were read.
    read: u64,
    scratch: Vec<u8>,
    /// True once it turned out that the bytes cannot be read.
    lost: bool,
}

impl Flow {
    /// For an answer of bytes. `named`: what the headers say it is.
    pub(super) fn new(decoder: Option<Decoder>, named: Format, sniff: bool, surrogates: Surrogates) -> Self {
        Self {
            format: if sniff { Format::Unknown } else { named },
            named,
            cutter: None,
            decoder,
            desk: Desk {
                reader: decoder.map(Reader::new),
                restorer: Restorer::new(surrogates),
                layers: Layers::new(),
                told: false,
                ends: 0,
            },
            buffer: Vec::new(),
            at: 0,
            read: 0,
            scratch: Vec::new(),
            lost: false,
        }
    }

    pub(super) fn learn(&mut self, replacement: Replacement) {
        self.desk.restorer.learn(replacement);
    }

    /// What is replaced here is taken out and not put back.
    pub(super) fn take_out(&mut self) {
        self.desk.restorer.take_out();
    }

    /// Where decoded bytes are put before [`Flow::advance`].
    pub(super) fn buffer(&mut self) -> &mut Vec<u8> {
        &mut self.buffer
    }

    /// Reads what came; what is beyond doubt goes to `out`, or nowhere.
    pub(super) fn advance(&mut self, out: Option<&mut Vec<u8>>) {
        self.recognise(false);
        match self.format {
            Format::Framed(framing) => self.read_frames(framing),
            Format::Json if self.buffer.len() > WHOLE => self.read_as(Format::Bytes(Writing::PlainJson)),
            Format::Bytes(writing) => self.read_bytes(writing),
            Format::Json | Format::Unknown => {}
            Format::Opaque => self.read = self.end(),
        }
        self.release(out);
    }

    /// Nothing more comes.
    pub(super) fn finish(&mut self, out: Option<&mut Vec<u8>>) {
        self.recognise(true);
        match self.format {
            Format::Framed(framing) => {
                self.read_frames(framing);
                if let Some(last) = self.cutter.take().and_then(|mut cutter| cutter.last(&self.buffer)) {
                    self.read_frame(&last);
                }
            }
            Format::Json => self.read_whole(),
            Format::Bytes(writing) => self.read_bytes(writing),
            Format::Unknown | Format::Opaque => {}
        }
        // Documents of which the decoder knows nothing were not read, however well they were framed.
        let framed = matches!(self.format, Format::Framed(_) | Format::Json);
        self.lost |= framed && self.decoder.is_some() && !self.desk.told && self.end() > 0;
        self.end_text();
        self.release(out);
    }

    /// A message of a connection whose messages come whole. What is beyond doubt goes to `out`, each for itself.
    pub(super) fn message(&mut self, message: &[u8], ends: &mut VecDeque<u64>, out: Option<&mut Vec<Vec<u8>>>) {
        self.format = Format::Framed(Framing::Messages);
        let start = self.buffer.len();
        self.buffer.extend_from_slice(message);
        ends.push_back(self.end());
        let whole = start..self.buffer.len();
        for body in records(message, start) {
            self.read_frame(&Frame::new(whole.clone(), Body::Plain(body)));
        }
        self.read = self.end();
        self.settle_if_full(start);
        self.release_messages(ends, out);
    }

    /// Nothing more comes for now: what was held is decided by what is there.
    pub(super) fn settle_messages(&mut self, ends: &mut VecDeque<u64>, out: Option<&mut Vec<Vec<u8>>>) {
        self.desk.restorer.settle_where(|_| true);
        self.release_messages(ends, out);
    }

    /// How often the service has said that all of an answer's text is here.
    pub(super) fn ends(&self) -> u32 {
        self.desk.ends
    }

    /// The connection is closed.
    pub(super) fn finish_messages(&mut self, ends: &mut VecDeque<u64>, out: Option<&mut Vec<Vec<u8>>>) {
        self.end_text();
        self.release_messages(ends, out);
    }

    /// True once it turned out that the bytes cannot be read, or not all of them.
    pub(super) fn lost(&self) -> bool {
        self.lost || self.desk.restorer.crowded()
    }

    /// How often an original was put back so far.
    pub(super) fn restored(&self) -> u32 {
        self.desk.restorer.restored()
    }

    pub(super) fn is_answer(&self, channel: usize) -> bool {
        self.desk.restorer.is_answer(channel)
    }

    pub(super) fn drain_text(&mut self, each: &mut dyn FnMut(usize, &str)) {
        for (channel, tap) in self.desk.restorer.taps() {
            tap.drain(|text| each(channel, text));
        }
    }

    #[cfg(test)]
    pub(super) fn most_held(&self) -> usize {
        self.desk.restorer.most_held()
    }

    fn end(&self) -> u64 {
        self.at + self.buffer.len() as u64
    }

    fn recognise(&mut self, ended: bool) {
        if self.format == Format::Unknown
            && let Some(format) = Format::sniffed(&self.buffer, self.decoder, self.named, ended)
        {
            self.format = format;
            self.lost = format == Format::Opaque && !self.buffer.is_empty();
        }
        if let (Format::Framed(framing), None) = (self.format, &self.cutter) {
            self.cutter = framing.cutter();
        }
    }

    fn read_frames(&mut self, framing: Framing) {
        loop {
            let step = self
                .cutter
                .as_mut()
                .map_or(Step::More, |cutter| cutter.next(&self.buffer));
            match step {
                Step::Frame(frame) => self.read_frame(&frame),
                Step::More => break,
                Step::Lost => {
                    let incomplete = self.incomplete();
                    self.read = self.at + incomplete as u64;
                    return self.read_as(framing.otherwise());
                }
            };
        }
        let incomplete = self.incomplete();
        self.read = self.at + incomplete as u64;
        if self.buffer.len() - incomplete > LONGEST + WHOLE / 8 {
            self.read_as(framing.otherwise());
        } else {
            self.settle_if_full(incomplete);
        }
    }

    fn incomplete(&self) -> usize {
        self.cutter.as_ref().map_or(0, |cutter| cutter.incomplete())
    }

    /// What waits is bounded: at the bound, doubt is decided against the surrogate.
    fn settle_if_full(&mut self, waiting: usize) {
        if waiting > HELD || self.desk.layers.size() > HELD {
            self.desk.restorer.settle_where(|_| true);
        }
    }

    fn read_frame(&mut self, frame: &Frame) -> Outcome {
        let at = self.at;
        let place = |place: usize| at + place as u64;
        let event = place(frame.whole.start);
        if let Some(length) = &frame.length {
            let (field, over) = (&length.field, &length.over);
            let (field, over) = (place(field.start)..place(field.end), place(over.start)..place(over.end));
            self.desk.layers.note_length(event, field, over, length.count);
        }
        let name = &self.buffer[frame.name.clone()];
        let sheet = Sheet {
            at: event,
            event,
            name,
            depth: 0,
        };
        match &frame.body {
            Body::None => Outcome::Read,
            Body::Plain(body) => {
                let at = place(body.start);
                self.desk.read(&self.buffer[body.clone()], Sheet { at, ..sheet })
            }
            Body::Lines(lines) => {
                // Everything but the data becomes blanks, so that places stay places.
                self.scratch.clear();
                self.scratch.resize(frame.whole.len(), b' ');
                for line in lines {
                    self.scratch[line.start - frame.whole.start..line.end - frame.whole.start]
                        .copy_from_slice(&self.buffer[line.clone()]);
                }
                self.desk.read(&self.scratch, sheet)
            }
            Body::Packed(body) => {
                let at = place(body.start);
                self.desk.read_packed(&self.buffer[body.clone()], Sheet { at, ..sheet })
            }
            Body::End => {
                self.desk.restorer.settle_where(|_| true);
                Outcome::Read
            }
        }
    }

    fn read_whole(&mut self) {
        let json = self.buffer.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&self.buffer);
        let sheet = Sheet {
            at: self.at + (self.buffer.len() - json.len()) as u64,
            event: self.at,
            name: b"",
            depth: 0,
        };
        if self.desk.read(json, sheet) == Outcome::Damaged {
            self.read_as(Format::Bytes(Writing::PlainJson));
        }
    }

    /// The format turned out not to be what it said: from here on, something else.
    fn read_as(&mut self, format: Format) {
        self.desk.restorer.settle_where(|_| true);
        self.cutter = None;
        self.format = format;
        match format {
            Format::Bytes(writing) => self.read_bytes(writing),
            _ => {
                self.lost = true;
                self.read = self.end();
            }
        }
    }

    fn read_bytes(&mut self, writing: Writing) {
        let key = Key {
            kind: Kind::Bytes,
            outer: 0,
            inner: 0,
        };
        let raw = &self.buffer[(self.read - self.at) as usize..];
        let restorer = &mut self.desk.restorer;
        let channel = restorer.channel(key, Some(writing));
        if !restorer.takes_out() {
            restorer.tap(channel).append_bytes(raw);
        }
        let piece = Piece {
            raw,
            at: self.read,
            event: None,
        };
        restorer.append(channel, piece);
        self.read = self.end();
    }

    fn end_text(&mut self) {
        self.desk.restorer.settle_where(|_| true);
        self.desk.restorer.taps().for_each(|(_, tap)| tap.end());
        self.read = self.end();
    }

    fn release(&mut self, out: Option<&mut Vec<u8>>) {
        let count = self.work_off();
        if count == 0 {
            return;
        }
        if let Some(out) = out {
            self.desk.restorer.release(&self.buffer[..count], self.at, out);
        }
        self.forget(count);
    }

    fn release_messages(&mut self, ends: &mut VecDeque<u64>, mut out: Option<&mut Vec<Vec<u8>>>) {
        let until = self.at + self.work_off() as u64;
        let (from, mut done) = (self.at, self.at);
        while let Some(end) = ends.pop_front_if(|end| *end <= until) {
            if let Some(out) = out.as_deref_mut() {
                let message = &self.buffer[(done - from) as usize..(end - from) as usize];
                let mut whole = Vec::with_capacity(message.len());
                self.desk.restorer.release(message, done, &mut whole);
                out.push(whole);
            }
            done = end;
        }
        self.forget((done - from) as usize);
    }

    /// How many bytes may go on, with all that their edits entail.
    fn work_off(&mut self) -> usize {
        let held = self.desk.restorer.held_from();
        let until = held.map_or(self.read, |held| held.min(self.read));
        self.desk
            .layers
            .work_off(until, &self.buffer, self.at, &mut self.desk.restorer);
        // Held bytes are in the buffer.
        (until - self.at) as usize
    }

    fn forget(&mut self, count: usize) {
        if count == self.buffer.len() {
            self.buffer.clear();
        } else {
            self.buffer.drain(..count);
        }
        self.at += count as u64;
        if let Some(cutter) = &mut self.cutter {
            cutter.shift(count);
        }
    }
}

/// The records of a message: a connection may carry several in one, each closed by a separator.
fn records(message: &[u8], start: usize) -> impl Iterator<Item = std::ops::Range<usize>> {
    const SEPARATOR: u8 = 0x1e;
    let mut at = start;
    message.split(|byte| *byte == SEPARATOR).map(move |record| {
        let span = at..at + record.len();
        at = span.end + 1;
        span
    })
}
