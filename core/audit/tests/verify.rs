//! A small log, and everything an attacker or a disk can do to it.
#![allow(clippy::unwrap_used, clippy::panic)] // Helpers outside test functions; everything here is a test.

use proptest::prelude::*;
use weir_audit::{
    Anchor, AnchorFile, Flags, Floor, Frame, GENESIS, GapCount, HEADER_LEN, Head, Header, Kind, MAX_PAYLOAD, Payload,
    Record, Report, SealError, SealKey, SegmentRecord, Start, Step, UnsealError, VaultRecord, Walk, What, erase, seal,
    sealed_len, verify,
};
use weir_model::{EventId, Timestamp};

const ZEROS: usize = 200;

/// A log of `segments` segments with `records` records each, as the store writes it.
struct Log {
    segments: Vec<Vec<u8>>,
    anchor: Vec<u8>,
    /// Where each frame stands: segment index, offset, length.
    places: Vec<(usize, usize, usize)>,
}

fn key() -> SealKey {
    SealKey::new([7; 32])
}

fn header(kind: Kind, seq: u64) -> Header {
    let bundle = if kind == Kind::Segment { key().id() } else { [3; 8] };
    let time = Timestamp::from_millis(1000 + seq.cast_signed());
    Header {
        kind,
        flags: Flags::COMMIT,
        generation: 1,
        epoch: 0,
        seq,
        time,
        id: EventId::from_bytes([9; 16]),
        bundle,
    }
}

fn log(segments: u64, records: u64) -> Log {
    let mut log = Log {
        segments: Vec::new(),
        anchor: vec![0; 8192],
        places: Vec::new(),
    };
    let (mut prev, mut seq) = (GENESIS, 0u64);
    for number in 1..=segments {
        let mut bytes = Vec::new();
        for index in 0..=records {
            let (kind, payload) = match index {
                0 => (Kind::Segment, segment_payload(number, seq, &prev)),
                _ => (Kind::Vault, vault(&[seq as u8; 5])),
            };
            let offset = bytes.len();
            prev = seal(
                &key(),
                &header(kind, seq),
                &prev,
                [seq as u8; 16],
                &payload.bytes,
                &mut bytes,
            )
            .unwrap();
            log.places.push((number as usize - 1, offset, bytes.len() - offset));
            seq += 1;
        }
        let end = bytes.len();
        bytes.resize(end + ZEROS, 0);
        log.segments.push(bytes);
        let anchor = Anchor {
            generation: 1,
            segment: number,
            end: end as u64,
            seq: seq - 1,
            head: prev,
            floor: Floor::default(),
            gap: GapCount::default(),
        };
        let slot = anchor.to_slot(&key());
        let at = Anchor::slot_offset(number as u8) as usize;
        log.anchor[at..at + slot.len()].copy_from_slice(&slot);
    }
    log
}

fn segment_payload(number: u64, seq: u64, prev: &Head) -> Payload {
    let start = if number == 1 { Start::First } else { Start::Full };
    Record::Segment(SegmentRecord::new(
        number,
        start,
        seq.checked_sub(1).map(|seq| (seq, *prev)),
    ))
    .to_payload()
}

fn vault(bytes: &[u8]) -> Payload {
    Record::Vault(VaultRecord { sealed: bytes.to_vec() }).to_payload()
}

impl Log {
    fn report(&self, key: Option<&SealKey>) -> Report {
        let numbered = self
            .segments
            .iter()
            .zip(1..)
            .map(|(bytes, number)| (number, bytes.as_slice()));
        verify(numbered, &AnchorFile::read(&self.anchor, key), key)
    }

    /// Both ways of verifying find something.
    fn assert_found(&self, what: &str) {
        for key in [Some(&key()), None] {
            let report = self.report(key);
            assert!(!report.is_clean(), "{what} was not found (key: {})", key.is_some());
        }
    }

    fn frame(&self, seq: usize) -> &[u8] {
        let (segment, offset, len) = self.places[seq];
        &self.segments[segment][offset..offset + len]
    }

    fn splice(&mut self, seq: usize, replacement: &[u8]) {
        let (segment, offset, len) = self.places[seq];
        self.segments[segment].splice(offset..offset + len, replacement.iter().copied());
    }
}

/// Makes the checksum fit again, as an attacker would.
fn fix_checksum(frame: &mut [u8]) {
    let crc = crc32c::crc32c_append(crc32c::crc32c(&frame[..8]), &frame[12..]);
    frame[8..12].copy_from_slice(&crc.to_le_bytes());
}

#[test]
fn an_untouched_log_is_clean() {
    let log = log(3, 4);
    for key in [Some(&key()), None] {
        let report = log.report(key);
        assert!(report.is_clean(), "{report:?}");
        assert_eq!(
            (report.segments, report.records, report.first_seq, report.last_seq),
            (3, 15, Some(0), Some(14))
        );
        assert_eq!(report.tail, None);
    }
}

#[test]
fn every_flipped_bit_of_every_record_is_found_and_located() {
    let mut log = log(2, 2);
    for seq in 0..log.places.len() {
        let (segment, offset, len) = log.places[seq];
        for bit in 0..len * 8 {
            log.segments[segment][offset + bit / 8] ^= 1 << (bit % 8);
            let report = log.report(Some(&key()));
            let problem = report
                .problems
                .first()
                .unwrap_or_else(|| panic!("bit {bit} of record {seq}"));
            assert_eq!(
                (problem.what, problem.segment, problem.offset),
                (What::Damaged, segment as u64 + 1, offset as u64)
            );
            assert_eq!(
                (problem.seq, problem.count),
                (seq as u64, 1),
                "bit {bit} of record {seq}"
            );
            log.segments[segment][offset + bit / 8] ^= 1 << (bit % 8);
        }
    }
    assert!(log.report(Some(&key())).is_clean());
}

#[test]
fn every_flipped_bit_is_found_even_when_the_checksum_is_made_to_fit() {
    let mut log = log(2, 2);
    let sound = log.segments.clone();
    for seq in 0..log.places.len() {
        let (segment, offset, len) = log.places[seq];
        for bit in (4 * 8..len * 8).filter(|bit| !(8 * 8..12 * 8).contains(bit)) {
            let frame = &mut log.segments[segment][offset..offset + len];
            frame[bit / 8] ^= 1 << (bit % 8);
            fix_checksum(frame);
            log.assert_found(&format!("bit {bit} of record {seq}"));
            let report = log.report(Some(&key()));
            let near = (seq as u64).saturating_sub(1)..=seq as u64 + 1;
            assert!(
                report.problems.iter().any(|problem| near.contains(&problem.seq)),
                "bit {bit}, {report:?}"
            );
            log.segments.clone_from(&sound);
        }
    }
}

#[test]
fn every_flipped_bit_of_the_anchor_is_found() {
    let mut log = log(2, 2);
    let used = [0..192, 4096..4096 + 192];
    for byte in used.into_iter().flatten().chain([192, 4095, 5000, 8191]) {
        for bit in 0..8 {
            log.anchor[byte] ^= 1 << bit;
            assert!(!log.report(Some(&key())).is_clean(), "bit {bit} of byte {byte}");
            log.anchor[byte] ^= 1 << bit;
        }
    }
}

#[test]
fn every_truncation_inside_the_records_is_found() {
    let whole = log(2, 3);
    for segment in 0..2 {
        let end = whole.segments[segment].len() - ZEROS;
        for len in 0..end {
            let mut log = log(2, 3);
            log.segments[segment].truncate(len);
            log.assert_found(&format!("segment {segment} cut to {len}"));
            // Cut and filled up with zeros again, as a preallocated file would be.
            log.segments[segment].resize(end + ZEROS, 0);
            log.assert_found(&format!("segment {segment} emptied from {len}"));
        }
    }
    let mut log = whole;
    log.segments.truncate(1);
    log.assert_found("last segment removed");
    log.segments.clear();
    log.assert_found("all segments removed");
}

#[test]
fn removed_swapped_and_doubled_records_are_found() {
    let count = log(2, 4).places.len();
    for seq in 0..count {
        let mut removed = log(2, 4);
        removed.splice(seq, &[]);
        removed.assert_found(&format!("record {seq} removed"));

        let mut doubled = log(2, 4);
        let twice = doubled.frame(seq).repeat(2);
        doubled.splice(seq, &twice);
        doubled.assert_found(&format!("record {seq} doubled"));

        for other in seq + 1..count {
            let mut swapped = log(2, 4);
            let (early, late) = (swapped.frame(seq).to_vec(), swapped.frame(other).to_vec());
            swapped.splice(other, &early);
            swapped.splice(seq, &late);
            swapped.assert_found(&format!("records {seq} and {other} swapped"));
        }
    }
}

#[test]
fn a_removed_record_is_located() {
    let mut log = log(1, 5);
    log.splice(3, &[]);
    let report = log.report(Some(&key()));
    let found: Vec<_> = report
        .problems
        .iter()
        .map(|problem| (problem.what, problem.seq, problem.count))
        .collect();
    assert_eq!(found, [(What::Missing, 3, 1)]);
}

#[test]
fn removed_reordered_and_renamed_segments_are_found() {
    for removed in 0..3 {
        let mut log = log(3, 2);
        log.segments.remove(removed);
        log.assert_found(&format!("segment {removed} removed, the others renamed"));
    }
    for (first, second) in [(0, 1), (1, 2), (0, 2)] {
        let mut log = log(3, 2);
        log.segments.swap(first, second);
        log.assert_found("segments swapped");
    }
    let mut doubled = log(3, 2);
    let copy = doubled.segments[1].clone();
    doubled.segments.insert(1, copy);
    doubled.assert_found("segment doubled");
}

#[test]
fn segments_below_the_floor_are_retention_and_only_those() {
    let whole = log(3, 2);
    let report = whole.report(Some(&key()));
    let first = Frame::parse(&whole.segments[1]).unwrap();
    let anchor = Anchor {
        generation: 1,
        segment: 3,
        end: 0,
        seq: report.last_seq.unwrap(),
        head: report.head.unwrap(),
        floor: Floor {
            segment: 2,
            seq: 3,
            prev: first.prev(),
        },
        gap: GapCount::default(),
    };
    let file = AnchorFile::read(&anchor.to_slot(&key()), Some(&key()));
    let numbered: Vec<_> = whole
        .segments
        .iter()
        .zip(1u64..)
        .map(|(bytes, number)| (number, bytes.as_slice()))
        .collect();
    assert!(verify(numbered.clone(), &file, Some(&key())).is_clean());
    assert!(verify(numbered[1..].to_vec(), &file, Some(&key())).is_clean());
    let stolen = verify(numbered[2..].to_vec(), &file, Some(&key()));
    assert_eq!(
        (
            stolen.problems[0].what,
            stolen.problems[0].seq,
            stolen.problems[0].count
        ),
        (What::Missing, 3, 3)
    );
}

#[test]
fn a_log_cut_before_its_anchor_is_found_and_counted() {
    let mut log = log(1, 5);
    let (_, offset, _) = log.places[3];
    let end = log.segments[0].len();
    log.segments[0][offset..end].fill(0);
    let report = log.report(Some(&key()));
    let found: Vec<_> = report
        .problems
        .iter()
        .map(|problem| (problem.what, problem.seq, problem.count))
        .collect();
    assert_eq!(found, [(What::Truncated, 3, 3)]);
}

#[test]
fn an_interrupted_write_behind_the_anchor_is_told_from_damage() {
    let mut log = log(1, 3);
    let end = log.segments[0].len() - ZEROS;
    log.segments[0][end..end + 50].fill(0xE7);
    let report = log.report(Some(&key()));
    assert!(report.is_clean());
    assert_eq!(report.tail.map(|tail| tail.offset), Some(end as u64));
}

#[test]
fn wrong_key_missing_and_forged_anchor_are_named() {
    let mut log = log(2, 2);
    let other = SealKey::new([8; 32]);
    let report = log.report(Some(&other));
    assert!(
        !report.is_clean() && report.problems.iter().all(|problem| problem.what == What::WrongKey),
        "{report:?}"
    );
    let forged = Anchor {
        generation: 1,
        segment: 2,
        end: 0,
        seq: 1,
        head: [1; 32],
        floor: Floor::default(),
        gap: GapCount::default(),
    };
    log.anchor = vec![0; 8192];
    assert_eq!(log.report(Some(&key())).problems[0].what, What::MissingAnchor);
    let mut slot = forged.to_slot(&other);
    slot[8..16].copy_from_slice(&key().id());
    log.anchor[..slot.len()].copy_from_slice(&slot);
    assert_eq!(log.report(Some(&key())).problems[0].what, What::ForgedAnchor);
    log.anchor = forged.to_slot(&key());
    assert_eq!(log.report(Some(&key())).problems[0].what, What::AnchorMismatch);
}

#[test]
fn an_erased_payload_is_gone_the_chain_holds_and_it_is_reported() {
    let mut log = log(2, 3);
    let head = log.report(None).head;
    let (segment, offset, _) = log.places[2];
    erase(&mut log.segments[segment][offset..]).unwrap();
    erase(&mut log.segments[segment][offset..]).unwrap();
    let report = log.report(Some(&key()));
    let found: Vec<_> = report
        .problems
        .iter()
        .map(|problem| (problem.what, problem.seq))
        .collect();
    assert_eq!(found, [(What::Erased, 2)]);
    assert_eq!(report.head, head);
    let frame = Frame::parse(&log.segments[segment][offset..]).unwrap();
    assert_eq!(frame.open(&key()), Err(UnsealError::Erased));
}

#[test]
fn an_attacker_without_the_key_cannot_append() {
    let mut log = log(1, 2);
    let end = log.segments[0].len() - ZEROS;
    let prev = log.report(None).head.unwrap();
    let mut frame = Vec::new();
    seal(
        &SealKey::new([8; 32]),
        &header(Kind::Vault, 3),
        &prev,
        [1; 16],
        b"\x01forged",
        &mut frame,
    )
    .unwrap();
    log.segments[0][end..end + frame.len()].copy_from_slice(&frame);
    assert_eq!(log.report(Some(&key())).problems[0].what, What::Altered);
}

#[test]
fn what_was_abandoned_may_be_there_or_not_but_nothing_else_may_be_missing() {
    for (kept, removed) in [(true, false), (false, false), (true, true), (false, true)] {
        let mut first = Vec::new();
        let start = segment_payload(1, 0, &GENESIS);
        let head0 = seal(
            &key(),
            &header(Kind::Segment, 0),
            &GENESIS,
            [0; 16],
            &start.bytes,
            &mut first,
        )
        .unwrap();
        let acknowledged = first.len();
        let head1 = seal(&key(), &header(Kind::Vault, 1), &head0, [1; 16], b"\x01a", &mut first).unwrap();
        if removed {
            first.truncate(acknowledged);
        }
        if kept {
            seal(
                &key(),
                &header(Kind::Vault, 2),
                &head1,
                [2; 16],
                b"\x01refused",
                &mut first,
            )
            .unwrap();
        }
        let mut second = Vec::new();
        let record = Record::Segment(SegmentRecord::new(2, Start::WriteFailed, Some((1, head1)))).to_payload();
        let header = Header {
            generation: 2,
            flags: Flags::ABANDONS,
            ..header(Kind::Segment, 3)
        };
        let head = seal(&key(), &header, &head1, [3; 16], &record.bytes, &mut second).unwrap();
        let anchor = Anchor {
            generation: 2,
            segment: 2,
            end: second.len() as u64,
            seq: 3,
            head,
            floor: Floor::default(),
            gap: GapCount::default(),
        };
        let file = AnchorFile::read(&anchor.to_slot(&key()), Some(&key()));
        let report = verify([(1, first.as_slice()), (2, second.as_slice())], &file, Some(&key()));
        assert_eq!(
            report.is_clean(),
            !removed,
            "kept {kept}, removed {removed}: {report:?}"
        );
    }
}

#[test]
fn a_payload_over_the_limit_is_refused_and_leaves_nothing_behind() {
    let mut out = vec![1, 2, 3];
    let result = seal(
        &key(),
        &header(Kind::Vault, 0),
        &GENESIS,
        [0; 16],
        &vec![0; MAX_PAYLOAD + 1],
        &mut out,
    );
    assert_eq!(result, Err(SealError::TooLarge(MAX_PAYLOAD + 1)));
    assert_eq!(out, [1, 2, 3]);
}

#[test]
fn resyncing_over_hostile_bytes_is_linear() {
    // Heads of frames that claim to be large, one after the other: each would cost a checksum over a megabyte.
    let mut bytes = Vec::new();
    while bytes.len() < 4 << 20 {
        bytes.extend_from_slice(&[0xE7, b'w', b'r', 0x1C]);
        bytes.extend_from_slice(&(1u32 << 20).to_le_bytes());
    }
    // Quadratic, this would be 500 gigabytes of checksums: the test would not end.
    assert_eq!(Walk::new(&bytes).count(), 1);
}

fn any_header() -> impl Strategy<Value = Header> {
    (any::<u8>(), any::<(u32, u32, u64, i64)>(), any::<([u8; 16], [u8; 8])>()).prop_map(
        |(kind, (generation, epoch, seq, time), (id, bundle))| Header {
            kind: Kind::from_byte(kind),
            flags: Flags::COMMIT,
            generation,
            epoch,
            seq,
            time: Timestamp::from_millis(time),
            id: EventId::from_bytes(id),
            bundle,
        },
    )
}

proptest! {
    #[test]
    fn what_is_sealed_opens(header in any_header(), prev: Head, salt: [u8; 16], payload in prop::collection::vec(any::<u8>(), 0..400)) {
        let mut bytes = Vec::new();
        let head = seal(&key(), &header, &prev, salt, &payload, &mut bytes).unwrap();
        prop_assert_eq!(bytes.len(), sealed_len(payload.len()));
        let frame = Frame::parse(&bytes).unwrap();
        prop_assert_eq!(*frame.header(), header);
        prop_assert_eq!(frame.prev(), prev);
        prop_assert_eq!(frame.head(), head);
        prop_assert_eq!(frame.open(&key()).unwrap(), payload);
        prop_assert!(frame.open(&SealKey::new([8; 32])).is_err());
        erase(&mut bytes).unwrap();
        prop_assert_eq!(Frame::parse(&bytes).unwrap().head(), head);
    }

    #[test]
    fn frames_are_found_again_behind_any_damage(junk in prop::collection::vec(any::<u8>(), 1..300), at in 0usize..6) {
        let log = log(1, 5);
        let mut bytes = log.segments[0].clone();
        let (_, offset, _) = log.places[at];
        bytes.splice(offset..offset, junk.iter().copied());
        let frames = Walk::new(&bytes).filter(|step| matches!(step, Step::Frame { .. })).count();
        prop_assert_eq!(frames, 6);
    }

    #[test]
    fn arbitrary_bytes_never_panic_and_are_never_clean(bytes in prop::collection::vec(any::<u8>(), 1..2000)) {
        weir_audit::fuzz_verify(&bytes);
        weir_audit::fuzz_payload(&bytes);
        let key = key();
        prop_assert!(!verify([(1, bytes.as_slice())], &AnchorFile::read(&bytes, Some(&key)), Some(&key)).is_clean());
    }

    #[test]
    fn mangled_logs_never_panic_and_are_never_clean(
        cuts in prop::collection::vec((0usize..3, 0usize..900, prop::collection::vec(any::<u8>(), 1..40)), 1..5),
    ) {
        let whole = log(3, 4);
        let mut mangled = log(3, 4);
        for (segment, at, bytes) in cuts {
            let end = mangled.segments[segment].len() - ZEROS - bytes.len();
            let at = at.min(end);
            mangled.segments[segment][at..at + bytes.len()].copy_from_slice(&bytes);
        }
        if mangled.segments != whole.segments {
            for key in [Some(&key()), None] {
                prop_assert!(!mangled.report(key).is_clean());
            }
        }
    }
}

#[test]
fn the_header_has_the_documented_length() {
    let mut bytes = Vec::new();
    seal(&key(), &header(Kind::Vault, 1), &GENESIS, [5; 16], b"", &mut bytes).unwrap();
    assert_eq!(bytes.len(), HEADER_LEN + 32);
    assert_eq!(bytes[HEADER_LEN..HEADER_LEN + 16], [5; 16]);
}
