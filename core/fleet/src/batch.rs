//! A stretch of a device's log on its way to the server: one head line and a line a record, as JSON, in one zstd frame.
//!
//! What is in the log and not for the server (the vault, first frames of segments) is counted by the numbers and left out.
//! Text and not a binary layout: after compression a full batch costs about the same, and a person can read it.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use std::cell::RefCell;
use weir_audit::{Head, Kind, MAX_PAYLOAD};
use weir_model::{EventId, Timestamp};
use zstd::bulk::Decompressor;
use zstd::zstd_safe::get_frame_content_size;

/// Records of one batch.
pub const MOST_RECORDS: usize = 4096;
/// Bytes of one batch, packed and unpacked.
pub const MOST_BYTES: usize = 8 << 20;

/// Bytes of one record: no log holds a larger one.
pub const MOST_RECORD_BYTES: usize = MAX_PAYLOAD;
/// The highest number of a record. Databases count to 2⁶³, and add to it.
pub const LAST_RECORD: u64 = 1 << 62;
/// The furthest time from 1970, milliseconds: what every reader of JSON counts to, 285,000 years.
pub const FURTHEST_TIME: u64 = (1 << 53) - 1;

/// A stretch of a log without a gap.
#[derive(Debug)]
pub struct Batch {
    /// Which of the device's logs: counts up when one cannot be continued.
    pub timeline: u32,
    /// Number of the first record in the log, sent or not.
    pub first: u64,
    /// Number of the last.
    pub last: u64,
    /// The head before the first.
    pub before: Head,
    /// The head behind the last.
    pub head: Head,
    /// Those of the records that the server gets, in the order of the log.
    pub records: Vec<Sent>,
}

/// One record.
#[derive(Debug)]
pub struct Sent {
    /// Its number.
    pub seq: u64,
    /// What it is.
    pub kind: Kind,
    /// When, by the device's clock.
    pub time: Timestamp,
    /// The event it belongs to.
    pub id: EventId,
    /// The record as it is sealed on the device, without its version byte: JSON.
    pub body: Box<RawValue>,
}

/// Bytes that are no batch.
#[derive(Debug, thiserror::Error)]
pub enum BatchError {
    /// More than [`MOST_BYTES`], [`MOST_RECORDS`], or [`MOST_RECORD_BYTES`] in one.
    #[error(
        "a batch of more than {MOST_BYTES} bytes or {MOST_RECORDS} records, or a record of more than {MOST_RECORD_BYTES}"
    )]
    TooLarge,
    /// Not packed by zstd.
    #[error("not packed by zstd")]
    Packing,
    /// A line that is not what it should be. Its text is not told.
    #[error("line {line} is no {what}")]
    Line {
        /// From 1.
        line: usize,
        /// What it should be.
        what: &'static str,
    },
    /// A number or a time that no log has.
    #[error("no log has records of the number {number} or the time {time}")]
    Range {
        /// Of the record.
        number: u64,
        /// Milliseconds since 1970.
        time: i64,
    },
    /// Numbers out of order, or outside of the stretch.
    #[error("the numbers of the records do not count up within {first}..={last}")]
    Order {
        /// As the head line says.
        first: u64,
        /// As the head line says.
        last: u64,
    },
}

#[derive(Serialize, Deserialize)]
struct HeadLine {
    timeline: u32,
    first: u64,
    last: u64,
    before: String,
    head: String,
}

/// Short names: they stand in every line. Numbers and times are told as what is added to those of the line before.
#[derive(Serialize, Deserialize)]
struct RecordLine<'a> {
    n: u64,
    k: u8,
    t: i64,
    id: EventId,
    #[serde(borrow)]
    b: &'a RawValue,
}

impl Batch {
    /// As it is sent.
    ///
    /// # Errors
    /// Larger than anybody would take.
    pub fn pack(&self) -> Result<Vec<u8>, BatchError> {
        if self.records.len() > MOST_RECORDS {
            return Err(BatchError::TooLarge);
        }
        let mut text = Vec::with_capacity(256 + self.records.len() * 512);
        line(
            &mut text,
            &HeadLine {
                timeline: self.timeline,
                first: self.first,
                last: self.last,
                before: hex::encode(self.before),
                head: hex::encode(self.head),
            },
        );
        let (mut seq, mut time) = (self.first, 0);
        for record in &self.records {
            line(
                &mut text,
                &RecordLine {
                    n: record.seq.wrapping_sub(seq),
                    k: record.kind.as_byte(),
                    t: record.time.as_millis().wrapping_sub(time),
                    id: record.id,
                    b: &record.body,
                },
            );
            (seq, time) = (record.seq, record.time.as_millis());
        }
        if text.len() > MOST_BYTES {
            return Err(BatchError::TooLarge);
        }
        pack_text(&text)
    }

    /// Reads what was sent.
    ///
    /// # Errors
    /// It is no batch.
    pub fn unpack(bytes: &[u8]) -> Result<Self, BatchError> {
        let text = unpacked(bytes)?;
        let mut lines = text.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
        let wrong = |line, what| BatchError::Line { line, what };
        let head: HeadLine = lines
            .next()
            .and_then(|line| serde_json::from_slice(line).ok())
            .ok_or(wrong(1, "head"))?;
        let digest = |text: &str| {
            let mut head = Head::default();
            hex::decode_to_slice(text, &mut head)
                .map_err(|_| wrong(1, "head"))
                .map(|()| head)
        };
        let mut batch = Self {
            timeline: head.timeline,
            first: head.first,
            last: head.last,
            before: digest(&head.before)?,
            head: digest(&head.head)?,
            records: Vec::new(),
        };
        let (mut seq, mut time) = (batch.first, 0);
        for (index, line) in lines.enumerate() {
            if index == MOST_RECORDS {
                return Err(BatchError::TooLarge);
            }
            let read: RecordLine<'_> = serde_json::from_slice(line).map_err(|_| wrong(index + 2, "record"))?;
            let sent = batch.record(&read, (seq, time))?;
            (seq, time) = (sent.seq, sent.time.as_millis());
            batch.records.push(sent);
        }
        if batch.first > batch.last {
            return Err(BatchError::Order {
                first: batch.first,
                last: batch.last,
            });
        }
        if batch.last > LAST_RECORD {
            return Err(BatchError::Range {
                number: batch.last,
                time,
            });
        }
        Ok(batch)
    }

    /// The record of a line, behind the number and the time of the line before.
    fn record(&self, read: &RecordLine<'_>, (seq, time): (u64, i64)) -> Result<Sent, BatchError> {
        // The first may be the first of the stretch; all others come behind the one before.
        let counts_up = self.records.is_empty() || read.n > 0;
        let seq = seq.checked_add(read.n).filter(|seq| counts_up && *seq <= self.last);
        let seq = seq.ok_or(BatchError::Order {
            first: self.first,
            last: self.last,
        })?;
        let time = read.t.wrapping_add(time);
        if time.unsigned_abs() > FURTHEST_TIME {
            return Err(BatchError::Range { number: seq, time });
        }
        if read.b.get().len() > MOST_RECORD_BYTES {
            return Err(BatchError::TooLarge);
        }
        Ok(Sent {
            seq,
            kind: Kind::from_byte(read.k),
            time: Timestamp::from_millis(time),
            id: read.id,
            body: read.b.to_owned(),
        })
    }
}

/// Packs the text of a batch, for those who test what is inside.
///
/// # Errors
/// Out of memory.
pub fn pack_text(text: &[u8]) -> Result<Vec<u8>, BatchError> {
    zstd::bulk::compress(text, LEVEL).map_err(|_| BatchError::Packing)
}

fn line(text: &mut Vec<u8>, line: &impl Serialize) {
    // Numbers and texts cannot fail to be written.
    let _ = serde_json::to_writer(&mut *text, line);
    text.push(b'\n');
}

fn unpacked(bytes: &[u8]) -> Result<Vec<u8>, BatchError> {
    thread_local! {
        /// Making one takes longer than unpacking a lone record.
        static UNPACKER: RefCell<Option<Decompressor<'static>>> = const { RefCell::new(None) };
    }
    let length = get_frame_content_size(bytes).map_err(|_| BatchError::Packing)?;
    let length = length.map_or(Ok(MOST_BYTES), usize::try_from);
    let length = length.ok().filter(|length| *length.max(&bytes.len()) <= MOST_BYTES);
    let length = length.ok_or(BatchError::TooLarge)?;
    UNPACKER.with_borrow_mut(|unpacker| {
        let unpacker = match unpacker {
            Some(unpacker) => unpacker,
            None => unpacker.insert(Decompressor::new().map_err(|_| BatchError::Packing)?),
        };
        unpacker.decompress(bytes, length).map_err(|_| BatchError::Packing)
    })
}

/// Most batches hold a record or two: speed matters more than the last byte.
const LEVEL: i32 = 3;

#[cfg(test)]
mod tests {
    use super::{Batch, BatchError, Sent};
    use proptest::prelude::*;
    use serde_json::value::RawValue;
    use weir_audit::Kind;
    use weir_model::{EventId, Timestamp};

    fn sent(seq: u64, time: i64) -> Sent {
        Sent {
            seq,
            kind: Kind::Decision,
            time: Timestamp::from_millis(time),
            id: EventId::from_bytes([seq as u8; 16]),
            body: RawValue::from_string(format!("{{\"n\":{seq}}}")).unwrap(),
        }
    }

    fn batch(first: u64, last: u64, records: Vec<Sent>) -> Batch {
        Batch {
            timeline: 1,
            first,
            last,
            before: [1; 32],
            head: [2; 32],
            records,
        }
    }

    proptest! {
        #[test]
        fn batches_survive_the_wire(first in 0..super::LAST_RECORD / 2, steps in prop::collection::vec((1..9u64, any::<i32>()), 0..50), tail in 0..9u64) {
            let mut seq = first;
            let records: Vec<Sent> = steps.iter().enumerate().map(|(index, (step, time))| {
                seq += if index == 0 { step - 1 } else { *step };
                sent(seq, i64::from(*time))
            }).collect();
            let sent = batch(first, seq + tail, records);
            let read = Batch::unpack(&sent.pack().unwrap()).unwrap();
            prop_assert_eq!(format!("{sent:?}"), format!("{read:?}"));
        }

        #[test]
        fn other_bytes_are_refused(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            prop_assert!(Batch::unpack(&bytes).is_err());
        }
    }

    #[test]
    fn numbers_count_up_within_the_stretch() {
        for records in [
            vec![sent(7, 0), sent(7, 0)],
            vec![sent(8, 0), sent(7, 0)],
            vec![sent(10, 0)],
            vec![sent(4, 0)],
        ] {
            let packed = batch(5, 9, records).pack().unwrap();
            assert!(matches!(
                Batch::unpack(&packed),
                Err(BatchError::Order { first: 5, last: 9 })
            ));
        }
        let backwards = batch(9, 5, Vec::new()).pack().unwrap();
        assert!(matches!(Batch::unpack(&backwards), Err(BatchError::Order { .. })));
    }

    #[test]
    fn no_number_time_or_record_is_larger_than_any_log_has() {
        let furthest = super::FURTHEST_TIME.cast_signed();
        let at = |number, time| Batch::unpack(&batch(number, number, vec![sent(number, time)]).pack().unwrap());
        assert!(at(super::LAST_RECORD, furthest).is_ok() && at(0, -furthest).is_ok());
        for (number, time) in [
            (super::LAST_RECORD + 1, 0),
            (u64::MAX, 0),
            (1, furthest + 1),
            (1, i64::MIN),
            (1, i64::MAX),
        ] {
            let refused = at(number, time).unwrap_err();
            assert!(
                matches!(refused, BatchError::Range { .. }),
                "{number} {time}: {refused}"
            );
        }
        let long = |length| {
            let mut record = sent(7, 0);
            record.body = RawValue::from_string(format!("\"{}\"", "x".repeat(length - 2))).unwrap();
            Batch::unpack(&batch(7, 7, vec![record]).pack().unwrap())
        };
        assert!(long(super::MOST_RECORD_BYTES).is_ok());
        assert!(matches!(long(super::MOST_RECORD_BYTES + 1), Err(BatchError::TooLarge)));
    }

    #[test]
    fn a_bomb_is_not_unpacked() {
        let bomb = zstd::bulk::compress(&vec![b' '; super::MOST_BYTES + 1], 3).unwrap();
        assert!(matches!(Batch::unpack(&bomb), Err(BatchError::TooLarge)));
    }

    #[test]
    fn a_frame_need_not_say_how_long_it_is() {
        let batch = batch(5, 9, vec![sent(7, 0)]);
        let text = zstd::bulk::decompress(&batch.pack().unwrap(), super::MOST_BYTES).unwrap();
        let silent = |text: &[u8]| zstd::stream::encode_all(text, 3).unwrap();
        let read = Batch::unpack(&silent(&text)).unwrap();
        assert_eq!(format!("{batch:?}"), format!("{read:?}"));
        let bomb = silent(&vec![b' '; super::MOST_BYTES + 1]);
        assert!(matches!(Batch::unpack(&bomb), Err(BatchError::Packing)));
        // What could not be read spoils nothing for what is read behind it.
        assert!(Batch::unpack(&silent(&text)).is_ok());
    }

    #[test]
    fn errors_quote_nothing() {
        let packed = zstd::bulk::compress(b"{\"my secret\": 1}\n", 3).unwrap();
        let told = Batch::unpack(&packed).unwrap_err();
        assert_eq!(told.to_string(), "line 1 is no head");
    }
}
