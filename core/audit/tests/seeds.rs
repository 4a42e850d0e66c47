//! The seeds of the fuzz targets: a small log and every kind of record. They stay readable, byte for byte as they were
//! written: this is also the test that old logs can be read by new versions.
//!
//! `WEIR_WRITE_SEEDS=1` writes those that are missing; existing ones are never changed.
#![allow(clippy::unwrap_used, clippy::disallowed_methods)] // Everything here is a test, and reads files.

use std::path::{Path, PathBuf};
use weir_audit::{
    AccessRecord, Anchor, AnchorFile, DecisionRecord, DecisionSummary, Disposition, Flags, Floor, GENESIS, GapCount,
    GapRecord, Header, HealthRecord, Kind, ReasonSummary, Record, ResponseRecord, SealKey, SegmentRecord, Severity,
    Start, VaultRecord, erase, seal, verify,
};
use weir_model::{
    Action, BundleRef, Channel, Confidence, DataType, Destination, EventId, Finding, Fingerprint, Kind as MessageKind,
    Level, Mode, Place, Role, Tier, Timestamp,
};

const ANCHOR: usize = 1024;

#[test]
fn logs_written_before_still_verify() {
    let bytes = seed("audit_log", "sound", &sound_log());
    let key = SealKey::new([7; 32]);
    let report = verify(
        [(1, &bytes[ANCHOR..])],
        &AnchorFile::read(&bytes[..ANCHOR], Some(&key)),
        Some(&key),
    );
    assert!(report.is_clean(), "{report:?}");
    assert_eq!(report.records, 8);
}

#[test]
fn records_written_before_still_open() {
    for record in records() {
        let kind = record.kind();
        let bytes = [&[kind.as_byte()], record.to_payload().bytes.as_slice()].concat();
        let bytes = seed("audit_payload", &format!("record-{kind}"), &bytes);
        assert_eq!(Record::from_payload(kind, &bytes[1..]).unwrap(), record);
    }
}

#[test]
fn damaged_seeds_are_never_clean() {
    let sound = sound_log();
    let mut flipped = sound.clone();
    flipped[ANCHOR + 300] ^= 4;
    let mut erased = sound.clone();
    let first = u32::from_le_bytes(sound[ANCHOR + 4..ANCHOR + 8].try_into().unwrap()) as usize;
    erase(&mut erased[ANCHOR + first..]).unwrap();
    let cut = sound[..sound.len() - 100].to_vec();
    for (name, bytes) in [("flipped", flipped), ("erased", erased), ("cut", cut)] {
        let bytes = seed("audit_log", name, &bytes);
        weir_audit::fuzz_verify(&bytes);
        let key = SealKey::new([7; 32]);
        let anchor = AnchorFile::read(&bytes[..ANCHOR], Some(&key));
        assert!(
            !verify([(1, &bytes[ANCHOR..])], &anchor, Some(&key)).is_clean(),
            "{name}"
        );
    }
}

fn seed(target: &str, name: &str, bytes: &[u8]) -> Vec<u8> {
    let dir: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../tests/fuzz/seeds")
        .join(target);
    let path = dir.join(name);
    if std::env::var_os("WEIR_WRITE_SEEDS").is_some() && !path.exists() {
        std::fs::create_dir_all(&dir).unwrap();
        std::fs::write(&path, bytes).unwrap();
    }
    std::fs::read(&path).unwrap()
}

fn sound_log() -> Vec<u8> {
    let key = SealKey::new([7; 32]);
    let mut segment = Vec::new();
    let mut prev = GENESIS;
    let records = records();
    for (record, seq) in records.iter().zip(0u64..).chain([(&records[1], 7)]) {
        let payload = record.to_payload();
        let header = Header {
            kind: record.kind(),
            flags: Flags::COMMIT,
            generation: 1,
            epoch: 0,
            seq,
            time: Timestamp::from_millis(1_700_000_000_000),
            id: EventId::from_bytes([5; 16]),
            bundle: if record.kind() == Kind::Segment {
                key.id()
            } else {
                payload.bundle
            },
        };
        prev = seal(&key, &header, &prev, [seq as u8; 16], &payload.bytes, &mut segment).unwrap();
    }
    let anchor = Anchor {
        generation: 1,
        segment: 1,
        end: segment.len() as u64,
        seq: 7,
        head: prev,
        floor: Floor::default(),
        gap: GapCount::default(),
    };
    let mut bytes = anchor.to_slot(&key);
    bytes.resize(ANCHOR, 0);
    bytes.extend_from_slice(&segment);
    bytes
}

fn records() -> Vec<Record> {
    let time = Timestamp::from_millis(1_700_000_000_000);
    let event = EventId::from_bytes([5; 16]);
    vec![
        Record::Segment(SegmentRecord::new(1, Start::First, None)),
        Record::Decision(Box::new(decision(time, event))),
        Record::Response(ResponseRecord {
            time,
            event,
            status: Some(200),
            level: None,
            guarded: Vec::new(),
            findings: Vec::new(),
            restored: 2,
            unread: false,
            complete: true,
            latency_us: 900_000,
            answer_bytes: 4096,
        }),
        Record::Health(HealthRecord {
            time,
            event,
            code: "index.rebuilt".to_owned(),
            severity: Severity::Warning,
            text: "the index was built anew".to_owned(),
        }),
        Record::Vault(VaultRecord { sealed: vec![0xAB; 48] }),
        Record::Gap(GapRecord {
            from: time,
            to: time.plus_millis(5),
            count: 3,
            reason: "disk_full".to_owned(),
        }),
        Record::Access(AccessRecord {
            time,
            user: "ada".to_owned(),
            access: "query".to_owned(),
            query: "action=block".to_owned(),
            count: 12,
        }),
    ]
}

fn decision(time: Timestamp, event: EventId) -> DecisionRecord {
    DecisionRecord {
        time,
        event,
        device: Some("laptop-7".to_owned()),
        user: Some("ada".to_owned()),
        process: None,
        channel: Channel::Browser,
        kind: MessageKind::Prompt,
        destination: Destination {
            host: "chat.example".to_owned(),
            service: Some("chat-web".to_owned()),
            provider: Some("example".to_owned()),
            tier: Tier::Consumer,
            region: None,
            model: Some("m-1".to_owned()),
            target: None,
        },
        selection: None,
        route: Some("conversation".to_owned()),
        level: Level::Confidential,
        findings: vec![Finding {
            data_type: DataType::custom("personal/email".to_owned()),
            level: Level::Confidential,
            confidence: Confidence::High,
            place: Place {
                role: Role::Prompt,
                locator: Some("json:/messages/*".into()),
                segment: 0,
            },
            count: 1,
            fingerprint: Some(Fingerprint::from_digest([1; 16])),
            repeated: false,
        }],
        findings_omitted: 0,
        search_key: None,
        unscannable: None,
        editable: true,
        attachments: 0,
        files: Vec::new(),
        environment: Some("production".to_owned()),
        evidence: None,
        decision: DecisionSummary {
            action: Action::Pseudonymise,
            monitored: Some(Action::Block),
            per_finding: vec![Action::Pseudonymise],
            reasons: vec![ReasonSummary {
                rule: "data-classification/rules/1".to_owned(),
                member: "data-classification".to_owned(),
                action: Action::Pseudonymise,
                mode: Mode::Enforce,
                text: "e-mail addresses are replaced".to_owned(),
            }],
            obligations: vec!["notify".to_owned()],
            bundle: BundleRef {
                number: 4,
                digest: "0123456789abcdef".repeat(4),
            },
        },
        disposition: Disposition::Rewritten,
        held: None,
        copied_from: None,
        response_status: None,
        response_findings: Vec::new(),
        latency_us: 300,
        message_bytes: 2048,
    }
}
