//! The text of one channel on its way to judging: decoded, joined over the cuts, and each part of it given out once.

use super::text::Unit;
use crate::codec::join_surrogates;

/// Text that waits to be drained. It is bounded: a caller that never drains loses what comes later.
pub(super) const WAITING: usize = 16 << 20;

/// Gathers the text of a channel.
#[derive(Default)]
pub(super) struct Tap {
    waiting: String,
    /// First half of a surrogate pair that ended the last piece.
    high: Option<u16>,
    /// First bytes of a character that ended the last piece.
    begun: Vec<u8>,
    given: Given,
}

/// What was given out so far, so that a repetition of the whole text is not given out again.
#[derive(Clone, Copy)]
struct Given {
    length: usize,
    hash: u64,
}

impl Default for Given {
    fn default() -> Self {
        Self {
            length: 0,
            hash: 0xcbf2_9ce4_8422_2325,
        }
    }
}

impl Given {
    /// FNV-1a: a repetition is recognised, an enemy is not the point here.
    fn and(mut self, text: &[u8]) -> Self {
        for &byte in text {
            self.hash = (self.hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
        self.length += text.len();
        self
    }
}

impl Tap {
    /// The inside of a JSON string that continues the text.
    pub(super) fn append_json(&mut self, raw: &[u8]) {
        let from = self.waiting.len();
        if memchr::memchr(b'\\', raw).is_none() {
            self.append_whole(raw);
        } else {
            self.append_escaped(raw);
        }
        self.given = self.given.and(&self.waiting.as_bytes()[from..]);
        self.bound();
    }

    /// Bytes that continue the text; a character may be cut.
    pub(super) fn append_bytes(&mut self, mut bytes: &[u8]) {
        while let ([_, ..], [byte, rest @ ..]) = (self.begun.as_slice(), bytes) {
            self.begun.push(*byte);
            if is_incomplete(&self.begun) {
                bytes = rest;
                continue;
            }
            // A byte that does not belong to the character may begin another one.
            match std::str::from_utf8(&self.begun) {
                Ok(_) => bytes = rest,
                Err(_) => drop(self.begun.pop()),
            }
            self.end();
        }
        let cut = incomplete_end(bytes);
        self.append_whole(&bytes[..bytes.len() - cut]);
        self.begun.extend_from_slice(&bytes[bytes.len() - cut..]);
        self.bound();
    }

    /// The whole text so far, as the inside of a JSON string: only what is new is given out.
    pub(super) fn replace_json(&mut self, raw: &[u8]) {
        let mut whole = Tap::default();
        whole.append_json(raw);
        let text = whole.waiting.as_bytes();
        let known = self.given.length;
        let continues = text.len() >= known
            && Given::default().and(&text[..known]).hash == self.given.hash
            && whole.waiting.is_char_boundary(known);
        self.waiting.push_str(if continues {
            &whole.waiting[known..]
        } else {
            &whole.waiting
        });
        self.given = whole.given;
        self.bound();
    }

    /// The text ends: a character that was cut stays cut.
    pub(super) fn end(&mut self) {
        let begun = std::mem::take(&mut self.begun);
        self.append_whole(&begun);
        self.end_half();
    }

    /// For a text that comes where this one was: it begins on a line of its own, behind what waits.
    pub(super) fn behind_another(mut self) -> Self {
        self.end();
        self.waiting.push('\n');
        Self {
            waiting: self.waiting,
            ..Self::default()
        }
    }

    pub(super) fn drain(&mut self, each: impl FnOnce(&str)) {
        if !self.waiting.is_empty() {
            each(&self.waiting);
            self.waiting.clear();
        }
    }

    fn append_whole(&mut self, bytes: &[u8]) {
        if bytes.is_empty() {
            return;
        }
        self.end_half();
        match std::str::from_utf8(bytes) {
            Ok(text) => self.waiting.push_str(text),
            Err(_) => self.waiting.push_str(&String::from_utf8_lossy(bytes)),
        }
    }

    fn end_half(&mut self) {
        if self.high.take().is_some() {
            self.waiting.push(char::REPLACEMENT_CHARACTER);
        }
    }

    fn append_escaped(&mut self, raw: &[u8]) {
        let mut at = 0;
        while at < raw.len() {
            let plain = memchr::memchr(b'\\', &raw[at..]).unwrap_or(raw.len() - at);
            self.append_whole(&raw[at..at + plain]);
            at += plain;
            if at < raw.len() {
                let unit = Unit::first(&raw[at..], true);
                self.append_unit(&unit);
                at += unit.raw;
            }
        }
    }

    fn append_unit(&mut self, unit: &Unit) {
        let joined = unit
            .half
            .zip(self.high)
            .and_then(|(low, high)| join_surrogates(high, low));
        if let Some(character) = joined {
            self.high = None;
            self.waiting.push(character);
            return;
        }
        self.end_half();
        match unit.half {
            Some(half @ 0xd800..0xdc00) => self.high = Some(half),
            _ => self.waiting.push_str(&String::from_utf8_lossy(unit.text())),
        }
    }

    fn bound(&mut self) {
        if self.waiting.len() > WAITING {
            let end = (0..=WAITING)
                .rev()
                .find(|&end| self.waiting.is_char_boundary(end))
                .unwrap_or(0);
            self.waiting.truncate(end);
        }
    }
}

/// Bytes at the end of `bytes` that begin a character without ending it.
fn incomplete_end(bytes: &[u8]) -> usize {
    (1..=bytes.len().min(3))
        .rev()
        .find(|&count| is_incomplete(&bytes[bytes.len() - count..]))
        .unwrap_or(0)
}

/// True for the first bytes of one character.
fn is_incomplete(bytes: &[u8]) -> bool {
    matches!(std::str::from_utf8(bytes), Err(error) if error.valid_up_to() == 0 && error.error_len().is_none())
}

#[cfg(test)]
mod tests {
    use super::Tap;
    use proptest::prelude::*;

    #[test]
    fn a_surrogate_pair_cut_between_two_pieces_is_joined() {
        let mut tap = Tap::default();
        tap.append_json(br"a\ud83d");
        tap.append_json(br"\ude00b\ud83d");
        tap.append_json(b"c");
        assert_eq!(text(&mut tap), "a\u{1f600}b\u{fffd}c");
    }

    #[test]
    fn a_repetition_of_the_whole_gives_only_what_is_new() {
        let mut tap = Tap::default();
        tap.append_json(b"one");
        tap.replace_json(b"one two");
        assert_eq!(text(&mut tap), "one two");
        tap.replace_json(b"one two");
        assert_eq!(text(&mut tap), "");
        tap.replace_json(b"other");
        assert_eq!(text(&mut tap), "other");
    }

    proptest! {
        #[test]
        fn bytes_cut_anywhere_give_the_same_text(bytes in prop_oneof![any::<String>().prop_map(String::into_bytes), any::<Vec<u8>>()], cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..6)) {
            let mut places: Vec<usize> = cuts.iter().map(|cut| cut.index(bytes.len() + 1)).chain([0, bytes.len()]).collect();
            places.sort_unstable();
            let mut tap = Tap::default();
            for pair in places.windows(2) {
                tap.append_bytes(&bytes[pair[0]..pair[1]]);
            }
            tap.end();
            prop_assert_eq!(text(&mut tap), String::from_utf8_lossy(&bytes));
        }
    }

    fn text(tap: &mut Tap) -> String {
        let mut all = String::new();
        tap.drain(|text| all.push_str(text));
        all
    }
}
