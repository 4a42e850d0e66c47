use super::{
    JournalProved, PackOf, PackProved, PackRefused, PackWriteError, PackWriter, PackedAnchor, PackedBatch,
    PackedCosigned, PackedJournal, PackedRecord, PackedRow, WitnessProved, verify_pack,
};
use crate::{Acknowledged, DeviceId, LogEntry, LogProof, log_key, witness_key};
use proptest::prelude::*;
use serde_json::value::RawValue;
use std::io::{self, Cursor, Read};
use weir_bundle::SigningKey;
use weir_model::{EventId, Timestamp};
use weir_tlog::{Checkpoint, Cosignature, Hash, KeyName, NoteError, ProofError, WitnessKey, leaf_hash, node_hash};

const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);

fn key() -> SigningKey {
    SigningKey::from_seed(&[1; 32]).unwrap()
}

fn name() -> KeyName {
    log_key(&key().public()).unwrap()
}

fn of() -> PackOf {
    PackOf {
        since: NOW,
        until: NOW,
        made: NOW,
        kept_since: Timestamp::from_millis(0),
        purpose: "audit".to_owned(),
    }
}

fn said(device: u8, seq: u64) -> Acknowledged {
    Acknowledged {
        device: DeviceId::from_bytes([device; 16]),
        timeline: 1,
        seq,
        head: [seq as u8; 32],
        time: NOW,
    }
}

fn record(device: u8, seq: u64) -> PackedRecord {
    PackedRecord {
        device: DeviceId::from_bytes([device; 16]),
        timeline: 1,
        seq,
        time: NOW,
        kind: "decision".to_owned(),
        event: EventId::from_bytes([seq as u8; 16]),
        record: RawValue::from_string("{\"level\":\"public\"}".to_owned()).unwrap(),
    }
}

/// Rows with these numbers, each behind the one before, the first behind a row with this hash.
fn rows(numbers: std::ops::RangeInclusive<u64>, before: Hash) -> Vec<PackedRow> {
    let mut previous = before;
    let row = |number: u64| {
        let mut row = PackedRow {
            number,
            time: NOW.plus_millis(number as i64),
            actor: "account:alice".to_owned(),
            action: "bundle-publish".to_owned(),
            subject: format!("bundle {number}"),
            details: RawValue::from_string("{\"why\":\"a \\u00e4 b\"}".to_owned()).unwrap(),
            previous: hex::encode(previous),
            hash: String::new(),
        };
        previous = row.hash_behind(&previous);
        row.hash = hex::encode(previous);
        row
    };
    numbers.map(row).collect()
}

fn head(rows: &[PackedRow]) -> Hash {
    let mut head = Hash::default();
    hex::decode_to_slice(&rows.last().unwrap().hash, &mut head).unwrap();
    head
}

/// What is in a pack: batches of two logs, records with these numbers, rows of the journal.
struct Parts {
    batches: [(u8, u64, u64); 2],
    records: Vec<(u8, u64)>,
    rows: Vec<PackedRow>,
    /// What the log has as its third entry.
    anchored: LogEntry,
    /// Whether the manifest says where that is.
    anchor: bool,
    /// Witnesses have cosigned the first two entries, and this was made of it.
    cosigned: Option<fn(&mut PackedCosigned)>,
}

/// Three witnesses of a checkpoint.
fn witnesses() -> [(SigningKey, WitnessKey); 3] {
    [30, 31, 32].map(|seed| {
        let key = SigningKey::from_seed(&[seed; 32]).unwrap();
        let named = witness_key(&key.public()).unwrap();
        (key, named)
    })
}

/// Cosigned by two of three, a minute apart.
fn cosigned(checkpoint: &Checkpoint, next: Hash) -> PackedCosigned {
    let mut note = checkpoint.sign(&key());
    let [one, two, _] = witnesses();
    let mut keys = Vec::new();
    for (time, (key, named)) in [(60, one), (120, two)] {
        note += &named.line(&Cosignature::sign(&checkpoint.text(), &key, time));
        keys.push(named.to_string());
    }
    PackedCosigned {
        checkpoint: note,
        keys,
        cosigned: 2,
        witnesses: 3,
        consistency: LogProof::of(&[next]),
    }
}

impl Parts {
    fn of(batches: [(u8, u64, u64); 2], records: &[(u8, u64)]) -> Self {
        Self {
            batches,
            records: records.to_vec(),
            ..Self::with_rows(rows(7..=9, [6; 32]))
        }
    }

    fn with_rows(rows: Vec<PackedRow>) -> Self {
        let last = rows.last().unwrap();
        Self {
            batches: [(1, 0, 3), (2, 5, 9)],
            records: vec![(1, 0), (1, 3), (2, 5)],
            anchored: LogEntry::Journal {
                number: last.number,
                hash: head(&rows),
            },
            rows,
            anchor: true,
            cosigned: None,
        }
    }

    /// Each is an entry of the server's log.
    fn pack(&self) -> Vec<u8> {
        let key = key();
        let said = self.batches.map(|(device, _, last)| said(device, last));
        let [one, two] = said.map(|said| leaf_hash(&LogEntry::from(said).to_bytes()));
        let three = self.anchored.leaf();
        let checkpoint = Checkpoint {
            origin: name().name().to_owned(),
            size: 3,
            root: node_hash(&node_hash(&one, &two), &three),
        };
        let mut writer = PackWriter::begin(Cursor::new(Vec::new()), &checkpoint.sign(&key)).unwrap();
        let proofs = [[two, three], [one, three]];
        for (leaf, (((_, first, _), said), proof)) in (0..).zip(self.batches.into_iter().zip(said).zip(proofs)) {
            let batch = PackedBatch {
                first,
                receipt: said.sign(&key),
                leaf: Some(leaf),
                inclusion: Some(LogProof::of(&proof)),
            };
            writer.batch(&batch).unwrap();
        }
        for row in &self.rows {
            writer.row(row).unwrap();
        }
        for (device, seq) in &self.records {
            writer.record(&record(*device, *seq)).unwrap();
        }
        let anchor = PackedAnchor {
            leaf: 2,
            inclusion: LogProof::of(&[node_hash(&one, &two)]),
        };
        let journal = PackedJournal {
            anchor: self.anchor.then_some(anchor),
            not_in_log: 4,
        };
        let earlier = Checkpoint {
            size: 2,
            root: node_hash(&one, &two),
            ..checkpoint
        };
        let cosigned = self.cosigned.map(|change| {
            let mut cosigned = cosigned(&earlier, three);
            change(&mut cosigned);
            cosigned
        });
        let (out, size) = writer.finish(of(), (journal, cosigned), &key).unwrap();
        assert_eq!(out.get_ref().len() as u64, size);
        out.into_inner()
    }

    fn refused(&self) -> PackRefused {
        verify_pack(&self.pack()[..], &name()).unwrap_err()
    }
}

fn good() -> Vec<u8> {
    Parts::with_rows(rows(7..=9, [6; 32])).pack()
}

#[test]
fn a_pack_proves_what_is_in_it() {
    let proved = verify_pack(&good()[..], &name()).unwrap();
    let expected = PackProved {
        of: of(),
        devices: 2,
        logs: 2,
        batches: 2,
        not_in_log: 0,
        records: 3,
        missing: vec![],
        journal: Some(JournalProved {
            first: 7,
            from: NOW.plus_millis(7),
            before: [6; 32],
            last: 9,
            to: NOW.plus_millis(9),
            head: head(&rows(7..=9, [6; 32])),
            leaf: 2,
        }),
        rows_not_in_log: 4,
        size: 3,
        root: proved.root,
        cosigned: None,
    };
    assert_eq!(proved, expected);
    let parts = Parts::of([(1, 0, 3), (1, 6, 9)], &[(1, 6)]);
    let missing = verify_pack(&parts.pack()[..], &name()).unwrap().missing;
    assert_eq!(missing, [(DeviceId::from_bytes([1; 16]), 1, 4, 5)]);
}

#[test]
fn what_witnesses_cosigned_is_told() {
    let parts = Parts {
        cosigned: Some(|_| {}),
        ..Parts::with_rows(rows(7..=9, [6; 32]))
    };
    let proved = verify_pack(&parts.pack()[..], &name()).unwrap();
    let [one, two, three] = witnesses().map(|(_, named)| named);
    assert_eq!(proved.cosigned_by(&[two.clone(), one.clone()]), Ok(()));
    let missing = PackRefused::NotCosigned(three.name().to_owned());
    assert_eq!(proved.cosigned_by(&[one.clone(), three.clone()]), Err(missing));
    let without = verify_pack(&good()[..], &name()).unwrap();
    assert_eq!(without.cosigned_by(&[]), Ok(()));
    assert!(without.cosigned_by(&[three]).is_err());
    let proved = proved.cosigned.unwrap();
    let by = vec![
        (one, Timestamp::from_millis(60_000)),
        (two, Timestamp::from_millis(120_000)),
    ];
    let expected = WitnessProved {
        size: 2,
        root: proved.root,
        by,
        cosigned: 2,
        witnesses: 3,
    };
    assert_eq!(proved, expected);
}

#[test]
fn cosignatures_that_are_none_are_refused_even_where_the_server_signs_them() {
    let changed = |change: fn(&mut PackedCosigned)| {
        Parts {
            cosigned: Some(change),
            ..Parts::with_rows(rows(7..=9, [6; 32]))
        }
        .refused()
    };
    // By a key that is named and did not sign; by the server for a witness; of another checkpoint.
    let missing = changed(|cosigned| cosigned.keys.push(witnesses()[2].1.to_string()));
    assert_eq!(missing, PackRefused::Cosigned(NoteError::Cosignature));
    let forged = changed(|cosigned| {
        let named = &witnesses()[2].1;
        let text = cosigned.checkpoint.split_once("\n\n").unwrap().0.to_owned() + "\n";
        cosigned.checkpoint += &named.line(&Cosignature::sign(&text, &key(), 60));
        cosigned.keys.push(named.to_string());
    });
    assert_eq!(forged, PackRefused::Cosigned(NoteError::Cosignature));
    let other = changed(|cosigned| {
        let checkpoint = Checkpoint {
            origin: name().name().to_owned(),
            size: 2,
            root: [1; 32],
        };
        let lines = cosigned.checkpoint.split_inclusive('\n').skip(5);
        cosigned.checkpoint = checkpoint.sign(&key()) + &lines.collect::<String>();
    });
    assert_eq!(other, PackRefused::Cosigned(NoteError::Cosignature));
    // Whole, and of a log that the pack's does not go on from.
    let forked = changed(|packed| {
        let checkpoint = Checkpoint {
            origin: name().name().to_owned(),
            size: 2,
            root: [1; 32],
        };
        *packed = cosigned(&checkpoint, [2; 32]);
    });
    assert_eq!(forked, PackRefused::Consistency(ProofError::Root));
    let unsigned = changed(|cosigned| cosigned.checkpoint = cosigned.checkpoint.replace("weir.log/", "weir.lag/"));
    assert_eq!(unsigned, PackRefused::Cosigned(NoteError::Forged));
    // One witness is one.
    let twice = changed(|cosigned| cosigned.keys.push(cosigned.keys[0].clone()));
    assert_eq!(twice, PackRefused::Witnesses);
    let odd = changed(|cosigned| cosigned.keys[0].push('='));
    assert_eq!(odd, PackRefused::Witnesses);
}

#[test]
fn what_the_server_did_not_acknowledge_is_refused_even_where_it_signs_it() {
    let refused = |batches, records: &[(u8, u64)]| Parts::of(batches, records).refused();
    let two = [(1, 0, 3), (2, 5, 9)];
    assert_eq!(refused(two, &[(1, 4)]), PackRefused::NotAcknowledged { line: 1 });
    assert_eq!(refused(two, &[(3, 0)]), PackRefused::NotAcknowledged { line: 1 });
    let twice = PackRefused::Order {
        file: "records.ndjson",
        line: 2,
    };
    assert_eq!(refused(two, &[(1, 1), (1, 1)]), twice);
    let overlapping = PackRefused::Order {
        file: "batches.ndjson",
        line: 2,
    };
    assert_eq!(refused([(1, 0, 3), (1, 3, 9)], &[]), overlapping);
    let other = log_key(&SigningKey::from_seed(&[2; 32]).unwrap().public()).unwrap();
    assert_eq!(verify_pack(&good()[..], &other), Err(PackRefused::Forged));
}

#[test]
fn a_journal_that_was_written_anew_is_refused_even_where_the_server_signs_it() {
    let changed = |change: fn(&mut Vec<PackedRow>)| {
        let mut rows = rows(7..=9, [6; 32]);
        change(&mut rows);
        // The log has the journal as it was.
        Parts {
            rows,
            ..Parts::with_rows(self::rows(7..=9, [6; 32]))
        }
        .refused()
    };
    assert_eq!(changed(|rows| drop(rows.remove(1))), PackRefused::Row { line: 2 });
    assert_eq!(changed(|rows| rows.swap(0, 1)), PackRefused::Row { line: 2 });
    assert_eq!(changed(|rows| rows[1].subject.push('x')), PackRefused::Row { line: 2 });
    assert_eq!(
        changed(|rows| rows[2].hash = "00".repeat(32)),
        PackRefused::Row { line: 3 }
    );
    // Whole, and another: with hashes that fit, ended early, or of other numbers.
    let anew = |rows: &mut Vec<PackedRow>| *rows = self::rows(7..=9, [5; 32]);
    assert_eq!(changed(anew), PackRefused::Anchor(ProofError::Root));
    assert_eq!(changed(|rows| drop(rows.pop())), PackRefused::Anchor(ProofError::Root));
    let moved = |rows: &mut Vec<PackedRow>| *rows = self::rows(8..=10, [6; 32]);
    assert_eq!(changed(moved), PackRefused::Anchor(ProofError::Root));
    let unreadable = PackRefused::Line {
        file: "journal.ndjson",
        line: 1,
    };
    assert_eq!(changed(|rows| rows[0].previous.push('0')), unreadable);
}

#[test]
fn a_journal_begins_with_nothing_before_it() {
    let proved = |first| verify_pack(&Parts::with_rows(rows(first..=first, [0; 32])).pack()[..], &name());
    assert_eq!(proved(1).unwrap().journal.unwrap().first, 1);
    assert_eq!(proved(0), Err(PackRefused::Row { line: 1 }));
    let behind = Parts::with_rows(rows(1..=2, [6; 32]));
    assert_eq!(behind.refused(), PackRefused::Row { line: 1 });
}

#[test]
fn rows_and_their_place_in_the_log_come_together() {
    let nothing = Parts {
        rows: vec![],
        anchor: false,
        ..Parts::with_rows(rows(7..=9, [6; 32]))
    };
    let proved = verify_pack(&nothing.pack()[..], &name()).unwrap();
    assert_eq!((proved.journal, proved.rows_not_in_log), (None, 4));
    let without = Parts {
        anchor: false,
        ..Parts::with_rows(rows(7..=9, [6; 32]))
    };
    assert_eq!(without.refused(), PackRefused::Journal);
    let anchor_alone = Parts {
        rows: vec![],
        ..Parts::with_rows(rows(7..=9, [6; 32]))
    };
    assert_eq!(anchor_alone.refused(), PackRefused::Journal);
}

#[test]
fn a_changed_file_is_named_and_not_what_follows_from_it() {
    let bytes = good();
    let find = |text: &[u8]| bytes.windows(text.len()).position(|window| window == text).unwrap();
    for (text, file) in [
        (&b"\"first\":5"[..], "batches.ndjson"),
        (b"bundle 8", "journal.ndjson"),
        (b"\"seq\":3,\"time\":1800000000000,\"kind\"", "records.ndjson"),
    ] {
        let mut changed = bytes.clone();
        let digit = text.iter().rposition(u8::is_ascii_digit).unwrap();
        changed[find(text) + digit] ^= 1;
        assert_eq!(
            verify_pack(&changed[..], &name()),
            Err(PackRefused::Changed(file)),
            "{file}"
        );
    }
}

#[test]
fn a_pack_is_written_in_its_order_and_no_larger_than_it_may_be() {
    let note = "a checkpoint";
    let mut writer = PackWriter::begin(Cursor::new(Vec::new()), note).unwrap();
    writer.record(&record(1, 1)).unwrap();
    let late = writer.row(&rows(1..=1, [0; 32])[0]).unwrap_err();
    assert!(matches!(late, PackWriteError::Order("journal.ndjson")));
    let mut writer = PackWriter::up_to(80 * 1024, Cursor::new(Vec::new()), note).unwrap();
    let mut written = 0;
    let full = loop {
        match writer.record(&record(1, written)) {
            Ok(()) => written += 1,
            Err(error) => break error,
        }
    };
    assert!(matches!(full, PackWriteError::TooLarge) && written > 10, "{full}");
    // What was written until then still fits.
    let (out, size) = writer.finish(of(), (PackedJournal::default(), None), &key()).unwrap();
    assert!(out.get_ref().len() as u64 == size && size <= 80 * 1024);
    let mut long = record(1, 1);
    let text = format!("\"{}\"", "x".repeat(super::MOST_LINE));
    long.record = RawValue::from_string(text).unwrap();
    let mut writer = PackWriter::begin(Cursor::new(Vec::new()), note).unwrap();
    let long = writer.record(&long).unwrap_err();
    assert!(matches!(long, PackWriteError::Line("records.ndjson")));
}

/// Gives a few bytes at a time, and then no more.
struct Failing<'a>(&'a [u8]);

impl Read for Failing<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = into.len().min(7);
        match self.0.read(&mut into[..count])? {
            0 => Err(io::ErrorKind::TimedOut.into()),
            count => Ok(count),
        }
    }
}

#[test]
fn a_disk_that_fails_says_nothing_about_a_pack() {
    let good = good();
    for end in [0, 100, good.len() / 2, good.len()] {
        let read = verify_pack(Failing(&good[..end]), &name());
        assert_eq!(read, Err(PackRefused::Read(io::ErrorKind::TimedOut)), "{end}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn no_byte_can_be_changed(at: prop::sample::Index, change in 1..=255_u8) {
        let mut bytes = good();
        let at = at.index(bytes.len());
        bytes[at] ^= change;
        prop_assert!(verify_pack(&bytes[..], &name()).is_err(), "byte {}", at);
    }

    #[test]
    fn none_can_be_taken_or_added(at: prop::sample::Index, byte: u8) {
        let good = good();
        let at = at.index(good.len());
        let mut more = good.clone();
        more.insert(at, byte);
        let mut fewer = good.clone();
        fewer.remove(at);
        for bytes in [&more[..], &fewer, &good[..at], &[&good[..], &[byte]].concat()] {
            prop_assert!(verify_pack(bytes, &name()).is_err());
        }
    }

    #[test]
    fn other_bytes_are_refused(bytes in prop::collection::vec(any::<u8>(), 0..3000)) {
        super::fuzz_pack(&bytes);
    }

    /// Whatever stretch of whatever journal: it goes on from the row before it, and ends at the row that the log has.
    #[test]
    fn any_stretch_of_a_journal_is_proved(first in 2..1000_u64, more in 0..20_u64, before: [u8; 32]) {
        let parts = Parts::with_rows(rows(first..=first + more, before));
        let journal = verify_pack(&parts.pack()[..], &name()).unwrap().journal.unwrap();
        prop_assert_eq!((journal.first, journal.before, journal.last), (first, before, first + more));
        prop_assert_eq!(journal.head, head(&parts.rows));
    }
}
