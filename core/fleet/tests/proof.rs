//! Proofs of records: made of a real chain, a real receipt and a real tree, and whatever is changed about one is found.
//!
//! `tests/golden/proof` keeps one, which every later version must verify. `WEIR_BLESS=1` writes it where there is none.
#![allow(clippy::unwrap_used, clippy::panic, clippy::disallowed_methods)] // Everything here is a test, and reads files.

use proptest::prelude::*;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use weir_audit::{Flags, Frame, GENESIS, Head, Header, Kind, Link, SealKey, seal};
use weir_bundle::SigningKey;
use weir_fleet::{Acknowledged, DeviceId, EventProof, LogEntry, LogProof, ProofRefused, log_key, witness_key};
use weir_model::{EventId, Timestamp};
use weir_tlog::{Checkpoint, Cosignature, Hash, KeyName, inclusion, root_of};

fn server() -> SigningKey {
    SigningKey::from_seed(&[3; 32]).unwrap()
}

fn key() -> KeyName {
    log_key(&server().public()).unwrap()
}

fn event(seq: u64) -> EventId {
    EventId::from_bytes([seq as u8 + 1; 16])
}

/// Records `0..count` of a log: the head before each, and its link.
fn chain(count: u64) -> Vec<(Head, Link)> {
    let seals = SealKey::new([7; 32]);
    let mut head = GENESIS;
    let mut chain = Vec::new();
    for seq in 0..count {
        let header = Header {
            kind: Kind::Decision,
            flags: Flags::COMMIT,
            generation: 1,
            epoch: 0,
            seq: 2 * seq,
            time: Timestamp::from_millis(1_800_000_000_000 + seq as i64),
            id: event(seq),
            bundle: [9; 8],
        };
        let mut bytes = Vec::new();
        let next = seal(&seals, &header, &head, [seq as u8; 16], b"sealed", &mut bytes).unwrap();
        chain.push((head, Frame::parse(&bytes).unwrap().link()));
        head = next;
    }
    chain
}

/// The proof of record `at` of a log of `count`, in a server's log of `size` entries in which it is number `leaf`.
fn proof(at: usize, count: u64, leaf: u64, size: u64) -> EventProof {
    let chain = chain(count);
    let (before, last) = chain[count as usize - 1];
    let acknowledged = Acknowledged {
        device: DeviceId::from_bytes([5; 16]),
        timeline: 1,
        seq: last.header().seq,
        head: last.head(&before),
        time: Timestamp::from_millis(1_800_000_060_000),
    };
    let leaves: Vec<Hash> = (0..size)
        .map(|number| match number == leaf {
            true => LogEntry::from(acknowledged).leaf(),
            false => LogEntry::Journal { number, hash: [1; 32] }.leaf(),
        })
        .collect();
    let checkpoint = Checkpoint {
        origin: key().name().to_owned(),
        size,
        root: root_of(&leaves),
    };
    let hashes = inclusion(leaf, size).unwrap().into_iter().map(|span| {
        let nodes = span.nodes().into_iter().map(|node| {
            let first = (node.index << node.height) as usize;
            root_of(&leaves[first..first + (1 << node.height)])
        });
        span.hash(&nodes.collect::<Vec<_>>())
    });
    let links: Vec<Link> = chain[at..].iter().map(|(_, link)| *link).collect();
    let receipt = acknowledged.sign(&server()).in_log(leaf, &checkpoint.sign(&server()));
    let hashes = LogProof::of(&hashes.collect::<Vec<_>>());
    EventProof::new(event(at as u64), &chain[at].0, &links, receipt, hashes)
}

#[test]
fn witnesses_who_are_asked_for_have_cosigned_or_the_proof_is_refused() {
    let [one, two] = [40, 41].map(|seed| SigningKey::from_seed(&[seed; 32]).unwrap());
    let [first, second] = [&one, &two].map(|key| witness_key(&key.public()).unwrap());
    let mut file = serde_json::to_value(proof(1, 3, 4, 9)).unwrap();
    let note = file["receipt"]["checkpoint"].as_str().unwrap().to_owned();
    let text = note.split_inclusive('\n').take(3).collect::<String>();
    let with = |file: &mut Value, lines: &str| {
        file["receipt"]["checkpoint"] = json!(format!("{note}{lines}"));
        EventProof::parse(&serde_json::to_vec(file).unwrap()).unwrap()
    };
    let line = first.line(&Cosignature::sign(&text, &one, 1_800_000_000));
    let cosigned = with(&mut file, &line);
    cosigned.verify(&key()).unwrap();
    let time = Timestamp::from_millis(1_800_000_000_000);
    assert_eq!(cosigned.cosigned(std::slice::from_ref(&first)), Ok(vec![time]));
    assert_eq!(cosigned.cosigned(&[]), Ok(vec![]));
    let missing = ProofRefused::NotCosigned(second.name().to_owned());
    assert_eq!(cosigned.cosigned(&[first.clone(), second.clone()]), Err(missing));
    // Signed by another for it.
    let forged = with(
        &mut file,
        &(line + &second.line(&Cosignature::sign(&text, &one, 1_800_000_000))),
    );
    forged.verify(&key()).unwrap();
    assert!(matches!(forged.cosigned(&[second]), Err(ProofRefused::Cosigned(..))));
    assert!(forged.cosigned(&[first]).is_ok());
}

proptest! {
    #[test]
    fn every_record_of_every_log_is_proved(at in 0..6_usize, more in 1..6_u64, leaf in 0..40_u64, behind in 1..40_u64) {
        let (count, size) = (at as u64 + more, leaf + behind);
        let proof = proof(at, count, leaf, size);
        let file = serde_json::to_vec(&proof).unwrap();
        let read = EventProof::parse(&file).unwrap();
        let proved = read.verify(&key()).unwrap();
        prop_assert_eq!((proved.record.seq, proved.record.id), (2 * at as u64, event(at as u64)));
        prop_assert_eq!(proved.acknowledged.seq, 2 * (count - 1));
        prop_assert_eq!((proved.leaf, proved.size), (leaf, size));
        let stranger = log_key(&SigningKey::from_seed(&[4; 32]).unwrap().public()).unwrap();
        prop_assert!(matches!(read.verify(&stranger), Err(ProofRefused::Receipt(_))));
    }

    /// A digit of any text or number of the file, but those that say nothing.
    #[test]
    fn no_character_can_be_changed(place in any::<prop::sample::Index>(), with in "[0-9a-f]") {
        let file = serde_json::to_string(&proof(1, 3, 4, 9)).unwrap();
        let place = place.index(file.len());
        prop_assume!(file.as_bytes()[place].is_ascii_alphanumeric() && file[place..=place] != with);
        let mut changed = file.clone();
        changed.replace_range(place..=place, &with);
        let outcome = EventProof::parse(changed.as_bytes()).and_then(|proof| proof.verify(&key()));
        prop_assert!(outcome.is_err(), "{}", &changed[place.saturating_sub(20)..]);
    }
}

fn golden() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden/proof/event.json")
}

#[test]
fn proofs_written_before_still_verify() {
    if std::env::var_os("WEIR_BLESS").is_some() && !golden().exists() {
        std::fs::write(golden(), serde_json::to_vec_pretty(&proof(1, 4, 300, 700)).unwrap()).unwrap();
        std::fs::write(golden().with_file_name("key"), key().to_string()).unwrap();
    }
    let key = std::fs::read_to_string(golden().with_file_name("key")).unwrap();
    let proof = EventProof::parse(&std::fs::read(golden()).unwrap()).unwrap();
    let proved = proof.verify(&key.parse().unwrap()).unwrap();
    assert_eq!((proved.record.seq, proved.leaf, proved.size), (2, 300, 700));
}

type Change = fn(&mut Value);

#[test]
fn the_reason_is_told() {
    let sound = serde_json::to_value(proof(1, 3, 4, 9)).unwrap();
    let refused = |change: Change| {
        let mut changed = sound.clone();
        change(&mut changed);
        let outcome = EventProof::parse(&serde_json::to_vec(&changed).unwrap()).and_then(|proof| proof.verify(&key()));
        outcome.unwrap_err().to_string()
    };
    let told: [(&str, Change); 9] = [
        ("not a proof that this version can read", |proof| {
            proof["format"] = json!("weir event proof 2");
        }),
        ("not a proof that this version can read", |proof| {
            proof["more"] = json!(1);
        }),
        ("the record belongs to another event", |proof| {
            proof["event"] = json!(event(2));
        }),
        ("`before` cannot be read", |proof| proof["before"] = json!("00")),
        ("the records do not lead to the head that was acknowledged", |proof| {
            proof["records"].as_array_mut().unwrap().remove(1);
        }),
        ("the records do not lead to the head that was acknowledged", |proof| {
            proof["records"] = json!([]);
        }),
        ("the receipt is refused", |proof| proof["receipt"]["time"] = json!(1)),
        ("the checkpoint is refused", |proof| {
            proof["receipt"]["checkpoint"] = json!("x");
        }),
        ("the acknowledgement is not in the server's log", |proof| {
            proof["receipt"]["leaf"] = json!(5);
        }),
    ];
    for (why, change) in told {
        assert_eq!(refused(change), why);
    }
}

#[test]
fn other_bytes_are_no_proof() {
    for bytes in [
        &b""[..],
        b"{}",
        b"null",
        &serde_json::to_vec(&proof(0, 1, 0, 1)).unwrap(),
    ] {
        weir_fleet::fuzz_proof(bytes);
    }
}
