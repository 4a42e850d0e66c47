//! Bodies of records in the table: those of a batch are packed together, a block at a time.
//!
//! A body is a few hundred bytes: alone it hardly packs, even with the words that all records share known beforehand. In
//! company a tenth of it is left. The last record of a block carries the block in its row; every other says how much later
//! that one stands in the log. A block never goes beyond its batch, so that both are taken away together, and is about as
//! large as a row may be before either database puts it elsewhere.
//!
//! ```text
//! block    = form (a byte), zstd frame with the dictionary of that form
//! unpacked = of each record in their order: how much later the carrier stands, length (both LEB128), text
//! text     = the record; its event and time, which have columns of their own, are a byte each
//! ```
//!
//! A form and its dictionary never change: better ones take the next number.

use std::borrow::Cow;
use std::cell::RefCell;
use std::io;
use weir_model::EventId;
use zstd::bulk::{Compressor, Decompressor};
use zstd::zstd_safe::get_frame_content_size;

/// Words of records, the most frequent last, where they cost the fewest bits.
const WORDS: &[u8] = include_bytes!("dictionary-1.txt");
/// Forms: one record and nothing else, as all were packed before there were blocks; and a block.
const ALONE: u8 = 1;
const BLOCK: u8 = 2;
const LEVEL: i32 = 3;

/// Bytes of a packed block with more than one record. SQLite has 1,002 bytes for a row before it begins another page.
const FULL: usize = 900;
/// Records of the first block of a batch, as far as nobody knows how well they pack; and of any.
const GUESS: usize = 24;
const MOST: usize = 64;
/// Unpacked bytes of a block with more than one record.
const WIDE: usize = 128 << 10;
/// Unpacked bytes of any block: a batch is not larger.
const LONGEST: usize = weir_fleet::MOST_BYTES + 64;

/// What stands in place of the record's event and time; no JSON has these bytes. A text that has them is kept behind the third.
const EVENT: u8 = 1;
const TIME: u8 = 2;
const AS_IT_IS: u8 = 0;
/// Shorter numbers would be found in others.
const LONG_TIME: usize = 10;

/// A record to be packed.
#[derive(Clone, Copy, Debug)]
pub struct Text<'a> {
    /// Its number in the log.
    pub seq: u64,
    /// By the device's clock, milliseconds since 1970.
    pub time: i64,
    /// The event it belongs to.
    pub event: [u8; 16],
    /// The record: JSON.
    pub text: &'a str,
}

/// A body as it stands in a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Body {
    /// How much later in the log the record stands that carries it; 0 where this one does.
    pub later: i16,
    /// The block; empty where a later record carries it.
    pub block: Vec<u8>,
}

/// A body as it was read, with what of it stands in other columns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Packed {
    /// How much later in the log the record stands that carries it.
    pub later: i16,
    /// By the device's clock, milliseconds since 1970.
    pub time: i64,
    /// The event the record belongs to.
    pub event: [u8; 16],
    /// The block it is in.
    pub block: Vec<u8>,
}

/// Packs records of one batch, in the order of the log.
///
/// # Errors
/// Out of memory.
pub fn pack(texts: &[Text<'_>]) -> io::Result<Vec<Body>> {
    let mut bodies = Vec::with_capacity(texts.len());
    let (mut rest, mut wanted) = (texts, GUESS);
    while let Some(first) = rest.first() {
        let (last, block) = full_block(rest, near(first.seq, rest, wanted))?;
        let (these, behind) = rest.split_at(last + 1);
        // As many as would have been just full.
        wanted = (these.len() * FULL * 15 / 16 / block.len()).clamp(1, MOST);
        let before = &these[..last];
        bodies.extend(before.iter().map(|text| Body {
            later: later(text, these[last].seq),
            block: Vec::new(),
        }));
        bodies.push(Body { later: 0, block });
        rest = behind;
    }
    Ok(bodies)
}

/// How many of the first `wanted` stand near enough to be in one block; one at least.
fn near(first: u64, texts: &[Text<'_>], wanted: usize) -> usize {
    let mut bytes = 0;
    let near = texts.iter().take(wanted).take_while(|text| {
        bytes += text.text.len();
        let is_near = text
            .seq
            .checked_sub(first)
            .is_some_and(|far| i16::try_from(far).is_ok());
        is_near && bytes <= WIDE
    });
    near.count().max(1)
}

/// As many of the first `count` as fit into a block, packed; gives the place of the last of them.
fn full_block(texts: &[Text<'_>], mut count: usize) -> io::Result<(usize, Vec<u8>)> {
    loop {
        let block = packed(&texts[..count])?;
        if block.len() <= FULL || count == 1 {
            return Ok((count - 1, block));
        }
        count = (count * FULL * 9 / 10 / block.len()).clamp(1, count - 1);
    }
}

fn packed(texts: &[Text<'_>]) -> io::Result<Vec<u8>> {
    thread_local! {
        static PACKER: Kept<Compressor<'static>> = const { RefCell::new(None) };
    }
    let mut all = Vec::with_capacity(texts.iter().map(|text| text.text.len() + 8).sum());
    let carrier = texts.last().map_or(0, |text| text.seq);
    for text in texts {
        let short = shortened(text);
        number(&mut all, later(text, carrier).unsigned_abs().into());
        number(&mut all, short.len());
        all.extend_from_slice(short.as_bytes());
    }
    PACKER.with_borrow_mut(|packer| {
        let packed = made(packer, packer_of_words)?.compress(&all)?;
        Ok([&[BLOCK], &packed[..]].concat())
    })
}

/// What is near fits.
fn later(text: &Text<'_>, carrier: u64) -> i16 {
    i16::try_from(carrier.wrapping_sub(text.seq)).unwrap_or_default()
}

fn shortened<'a>(text: &Text<'a>) -> Cow<'a, str> {
    let is_mark = |byte| [EVENT, TIME, AS_IT_IS].contains(&byte);
    if text.text.bytes().any(is_mark) {
        return Cow::Owned([&char::from(AS_IT_IS).to_string(), text.text].concat());
    }
    let mut short = Cow::Borrowed(text.text);
    for (mark, word) in [(EVENT, event_text(text.event)), (TIME, text.time.to_string())] {
        if word.len() >= LONG_TIME && short.contains(&word) {
            short = Cow::Owned(short.replace(&word, char::from(mark).encode_utf8(&mut [0; 4])));
        }
    }
    short
}

fn event_text(event: [u8; 16]) -> String {
    EventId::from_bytes(event).to_string()
}

impl Packed {
    /// The record again.
    ///
    /// # Errors
    /// It was not packed by [`pack`], or in a form of a newer server.
    pub fn unpack(&self) -> io::Result<Vec<u8>> {
        match self.block.split_first() {
            Some((&ALONE, frame)) => unpacked(frame),
            Some((&BLOCK, frame)) => self.found_in(frame),
            Some(_) => Err(wrong("packed by a newer server")),
            None => Err(wrong("empty")),
        }
    }

    /// Records of one block are mostly read one after the other: the last one stays open.
    fn found_in(&self, frame: &[u8]) -> io::Result<Vec<u8>> {
        thread_local! {
            static OPEN: RefCell<(Vec<u8>, Vec<u8>)> = const { RefCell::new((Vec::new(), Vec::new())) };
        }
        OPEN.with_borrow_mut(|(block, text)| {
            if *block != self.block {
                *text = unpacked(frame)?;
                block.clone_from(&self.block);
            }
            let found = found(text, self.later).map(|short| self.lengthened(short));
            if text.len() > WIDE {
                (*block, *text) = Default::default();
            }
            found.ok_or_else(|| wrong("not in the block"))
        })
    }

    fn lengthened(&self, short: &[u8]) -> Vec<u8> {
        if let Some((&AS_IT_IS, text)) = short.split_first() {
            return text.to_vec();
        }
        let mut text = Vec::with_capacity(short.len() + 64);
        for part in short.split_inclusive(|byte| [EVENT, TIME].contains(byte)) {
            let (plain, word) = match part.split_last() {
                Some((&EVENT, plain)) => (plain, event_text(self.event)),
                Some((&TIME, plain)) => (plain, self.time.to_string()),
                _ => (part, String::new()),
            };
            text.extend_from_slice(plain);
            text.extend_from_slice(word.as_bytes());
        }
        text
    }
}

/// The text of a block whose carrier stands so much later.
fn found(mut block: &[u8], wanted: i16) -> Option<&[u8]> {
    loop {
        let (later, behind) = read_number(block)?;
        let (length, behind) = read_number(behind)?;
        let (text, behind) = behind.split_at_checked(length)?;
        if later == usize::try_from(wanted).ok()? {
            return Some(text);
        }
        block = behind;
    }
}

/// LEB128: seven bits a byte, the lowest first.
fn number(bytes: &mut Vec<u8>, mut number: usize) {
    while number >= 0x80 {
        bytes.push(number.to_le_bytes()[0] | 0x80);
        number >>= 7;
    }
    bytes.push(number.to_le_bytes()[0]);
}

/// The number and what stands behind it; `None` where there is none of at most 28 bits.
fn read_number(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let mut number = 0;
    for (place, byte) in bytes.iter().take(4).enumerate() {
        number |= usize::from(byte & 0x7f) << (7 * place);
        if byte & 0x80 == 0 {
            return Some((number, &bytes[place + 1..]));
        }
    }
    None
}

fn wrong(why: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, why)
}

fn unpacked(frame: &[u8]) -> io::Result<Vec<u8>> {
    thread_local! {
        static UNPACKER: Kept<Decompressor<'static>> = const { RefCell::new(None) };
    }
    // Else there would be room for the longest of all, for each block.
    let length = get_frame_content_size(frame).ok().flatten();
    let length = length.map_or(LONGEST, |length| {
        usize::try_from(length).unwrap_or(LONGEST).min(LONGEST)
    });
    UNPACKER
        .with_borrow_mut(|unpacker| made(unpacker, || Decompressor::with_dictionary(WORDS))?.decompress(frame, length))
}

/// Made once for a thread: reading the dictionary takes ten times as long as a body does.
type Kept<T> = RefCell<Option<T>>;

fn made<T>(kept: &mut Option<T>, make: impl FnOnce() -> io::Result<T>) -> io::Result<&mut T> {
    match kept {
        Some(made) => Ok(made),
        None => Ok(kept.insert(make()?)),
    }
}

fn packer_of_words() -> io::Result<Compressor<'static>> {
    let mut packer = Compressor::with_dictionary(LEVEL, WORDS)?;
    // The row has its length and the page its checksum.
    packer.include_checksum(false)?;
    packer.include_dictid(false)?;
    Ok(packer)
}

#[cfg(test)]
mod tests {
    use super::{Body, FULL, MOST, Packed, Text, pack};
    use proptest::prelude::*;
    use weir_model::EventId;

    /// As the database gives it back: with the block of the record that carries it.
    fn stored(texts: &[Text<'_>], bodies: &[Body], place: usize) -> Packed {
        let carrier = texts[place].seq + u64::try_from(bodies[place].later).unwrap();
        let carrier = texts.iter().position(|text| text.seq == carrier).unwrap();
        assert_eq!(bodies[carrier].later, 0);
        Packed {
            later: bodies[place].later,
            time: texts[place].time,
            event: texts[place].event,
            block: bodies[carrier].block.clone(),
        }
    }

    /// Packs them, and reads each again.
    fn survive(texts: &[Text<'_>]) -> Vec<Body> {
        let bodies = pack(texts).unwrap();
        assert_eq!(bodies.len(), texts.len());
        for (place, text) in texts.iter().enumerate() {
            let read = stored(texts, &bodies, place).unpack().unwrap();
            assert_eq!(std::str::from_utf8(&read).unwrap(), text.text);
        }
        bodies
    }

    fn carriers(bodies: &[Body]) -> Vec<&Body> {
        bodies.iter().filter(|body| body.later == 0).collect()
    }

    const NOW: i64 = 1_800_000_000_000;

    fn text(seq: u64, text: &str) -> Text<'_> {
        let id = (u128::from(seq) + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835);
        Text {
            seq,
            time: NOW + seq.cast_signed(),
            event: id.to_be_bytes(),
            text,
        }
    }

    fn decision(seq: u64) -> String {
        let Text { event, time, .. } = text(seq, "");
        let (event, latency) = (EventId::from_bytes(event), 100 + seq * seq % 977);
        format!(
            r#"{{"time":{time},"event":"{event}","user":"ada","channel":"browser","kind":"prompt","destination":{{"host":"chatgpt.com","service":"chatgpt-web","provider":"openai","tier":"unknown"}},"route":"conversation","level":"restricted","findings":[{{"data_type":"security/openai_key","level":"restricted","confidence":"high","place":{{"role":"prompt","segment":0}},"count":1}}],"environment":"production","decision":{{"action":"block","per_finding":["block"],"reasons":[{{"rule":"data-classification/rules/0","member":"data-classification","action":"block","mode":"enforce","text":"OpenAI API key may not be sent to any AI service"}}],"obligations":["record for 365 days","tell the employee"],"bundle":{{"number":3,"digest":"0f0f"}}}},"disposition":"blocked","response_status":403,"latency_us":{latency},"message_bytes":2048}}"#
        )
    }

    #[test]
    fn bodies_survive_and_shrink() {
        let decisions: Vec<String> = (0..200).map(decision).collect();
        let texts: Vec<Text<'_>> = (0..).zip(&decisions).map(|(seq, one)| text(seq, one)).collect();
        let bodies = survive(&texts);
        let bytes: usize = bodies.iter().map(|body| body.block.len()).sum();
        assert!(
            bytes * 20 < decisions.iter().map(String::len).sum(),
            "{bytes} bytes of 200"
        );
        assert!(carriers(&bodies).len() >= 200 / MOST);
        let alone = survive(&texts[..1]);
        let bytes = alone[0].block.len();
        assert!(bytes * 4 < decisions[0].len(), "{bytes} bytes alone");
        assert_eq!(survive(&[]), []);
    }

    #[test]
    fn a_large_record_stands_alone_and_no_block_is_larger_than_a_row_may_be() {
        // Nothing of this packs.
        let noise = |seq: u64, length: usize| -> String {
            let mut state = seq + 1;
            let mut digit = || {
                state ^= state << 13;
                state ^= state >> 7;
                state ^= state << 17;
                char::from(b'!' + u8::try_from(state % 90).unwrap())
            };
            (0..length).map(|_| digit()).collect()
        };
        let lengths = [10, 3000, 200, 200, 200, 200, 200, 200, 200, 500_000, 5, 5];
        let noises: Vec<String> = (0..).zip(lengths).map(|(seq, length)| noise(seq, length)).collect();
        let texts: Vec<Text<'_>> = (0..).zip(&noises).map(|(seq, one)| text(seq, one)).collect();
        let bodies = survive(&texts);
        let large = carriers(&bodies).into_iter().filter(|body| body.block.len() > FULL);
        assert_eq!(large.count(), 2);
        // Numbers that are not for the server stand between: the distance has two bytes.
        let far = [
            text(0, "{}"),
            text(32_767, "{}"),
            text(32_768, "{}"),
            text(1 << 40, "{}"),
        ];
        let later: Vec<i16> = survive(&far).iter().map(|body| body.later).collect();
        assert_eq!(later, [32_767, 0, 0, 0]);
    }

    #[test]
    fn what_was_packed_alone_is_read_and_what_cannot_be_read_spoils_nothing() {
        // By a server from before there were blocks.
        let packed = |block: &[u8]| Packed {
            later: 0,
            time: 0,
            event: [0; 16],
            block: block.to_vec(),
        };
        let old = hex::decode(
            "0128b52ffd20971d0200e402383133396133313835632d353038622d376261322d613837362d633038306665326137373235323832313937367d06100a6027236c08e86de411c0470072041441",
        );
        let old = old.unwrap();
        let body = r#"{"time":1800000000139,"event":"01a3185c-508b-7ba2-a876-c080fe2a7725","status":200,"restored":1,"complete":true,"latency_us":282000,"answer_bytes":1976}"#;
        assert_eq!(packed(&old).unpack().unwrap(), body.as_bytes());
        let texts = [text(0, body), text(1, body)];
        let block = &pack(&texts).unwrap()[1].block;
        assert!(packed(&block[..block.len() - 1]).unpack().is_err());
        assert!(packed(&old[..old.len() - 1]).unpack().is_err());
        assert!(packed(&[9, 9]).unpack().is_err());
        assert!(packed(&[]).unpack().is_err());
        assert_eq!(packed(block).unpack().unwrap(), body.as_bytes());
        let not_there = Packed {
            later: 2,
            ..packed(block)
        };
        assert!(not_there.unpack().is_err());
    }

    proptest! {
        #[test]
        fn any_text_survives(texts in prop::collection::vec("(\u{0}|\u{1}|\u{2}|[a-z\"]|18000000000|00000000|-|\\PC){0,40}", 0..40)) {
            let texts: Vec<Text<'_>> = (0..).zip(&texts).map(|(seq, one)| text(3 * seq, one)).collect();
            survive(&texts);
        }
    }
}
