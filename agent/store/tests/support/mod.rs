//! Records and options the tests share.
#![allow(dead_code, unreachable_pub, clippy::unwrap_used)] // Each test uses a part; everything here is a test.

use std::time::{Duration, Instant};
use weir_audit::{DecisionRecord, DecisionSummary, Disposition, ReasonSummary, Record, SealKey};
use weir_model::{
    Action, BundleRef, Channel, Confidence, DataType, Destination, EventId, Finding, Fingerprint, Kind, Level, Mode,
    Place, Role, Tier, Timestamp,
};
use weir_store::{EpochLength, IndexKind, Options};

pub const KINDS: [IndexKind; 3] = [IndexKind::None, IndexKind::Sled, IndexKind::Redb];

pub fn options(index: IndexKind) -> Options {
    options_with(index, 64 << 10)
}

pub fn options_with(index: IndexKind, segment_bytes: u64) -> Options {
    Options {
        segment_bytes,
        step_bytes: segment_bytes / 4,
        index,
        retention_days: 100_000,
        index_days: 100_000,
        epoch: EpochLength {
            records: 7,
            shortest: Duration::ZERO,
            ..EpochLength::default()
        },
        ..Options::new(SealKey::new([7; 32]))
    }
}

pub fn event(number: i64) -> EventId {
    let mut bytes = [0x70; 16];
    bytes[8..].copy_from_slice(&number.to_be_bytes());
    EventId::from_bytes(bytes)
}

pub fn decision(number: i64) -> Record {
    let pick = |count: i64| number.rem_euclid(count) as usize;
    Record::Decision(Box::new(DecisionRecord {
        time: Timestamp::from_millis(number),
        event: event(number),
        device: None,
        user: Some("ada".to_owned()),
        process: None,
        channel: Channel::ALL[pick(5)],
        kind: Kind::Prompt,
        destination: Destination {
            host: "chat.example".to_owned(),
            service: Some(format!("service-{}", pick(11))),
            provider: Some("example".to_owned()),
            tier: Tier::Api,
            region: None,
            model: Some("m-1".to_owned()),
            target: None,
        },
        selection: None,
        route: Some("conversation".to_owned()),
        level: Level::ALL[pick(4)],
        findings: vec![Finding {
            data_type: DataType::builtin("personal/email"),
            level: Level::Confidential,
            confidence: Confidence::High,
            place: Place {
                role: Role::Prompt,
                locator: Some("json:/messages/*/content".into()),
                segment: 0,
            },
            count: 1,
            fingerprint: Some(Fingerprint::from_digest([number as u8; 16])),
            repeated: false,
        }],
        findings_omitted: 0,
        search_key: None,
        unscannable: None,
        editable: true,
        attachments: 0,
        files: Vec::new(),
        environment: None,
        evidence: None,
        decision: DecisionSummary {
            action: Action::ALL[pick(5)],
            monitored: None,
            per_finding: vec![Action::ALL[pick(5)]],
            reasons: vec![ReasonSummary {
                rule: format!("rule-{}", pick(7)),
                member: "data-classification".to_owned(),
                action: Action::ALL[pick(5)],
                mode: Mode::Enforce,
                text: "e-mail addresses stay inside".to_owned(),
            }],
            obligations: Vec::new(),
            bundle: BundleRef {
                number: 3,
                digest: "0123456789abcdef".repeat(4),
            },
        },
        disposition: Disposition::Rewritten,
        held: None,
        copied_from: None,
        response_status: None,
        response_findings: Vec::new(),
        latency_us: 420,
        message_bytes: 2048,
    }))
}

pub fn wait_for(what: &str, mut holds: impl FnMut() -> bool) {
    let end = Instant::now() + Duration::from_secs(20);
    while !holds() {
        assert!(Instant::now() < end, "{what} did not come in time");
        std::thread::sleep(Duration::from_millis(2));
    }
}
