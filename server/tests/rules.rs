//! The rules of alerts: what came in, what people are told. No database and no clock.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test's broken assumption is a failed test"
)]

use serde_json::{Value, json};
use weir_audit::Kind;
use weir_fleet::DeviceId;
use weir_model::{EventId, Timestamp};
use weir_server::alerts::{
    Fault, FaultKind, Gauges, Read, Rule, Series, Sign, Thresholds, What, collapse, faults_of, judge, keys, seen,
};
use weir_server::ingest::{Accepted, Advance, Entry, LogState, Outcome, Place};

const NOW: i64 = 1_800_000_000_000;
const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;

/// What arrives at one fleet, one batch after the other.
struct Fleet {
    gauges: Gauges,
    lines: Thresholds,
}

impl Fleet {
    fn new() -> Self {
        Self {
            gauges: Gauges::new(),
            lines: Thresholds::default(),
        }
    }

    fn batch(&mut self, batch: &Accepted) -> Vec<Sign> {
        let seen = seen(batch);
        self.read(Read { batch, seen })
    }

    fn read(&mut self, read: Read<'_>) -> Vec<Sign> {
        let read = [read];
        let asked = keys(&read, &[]);
        let before = self.gauges.clone();
        let signs = judge(&read, &[], &mut self.gauges, &self.lines);
        let mut changed = self
            .gauges
            .iter()
            .filter(|(key, gauge)| before.get(*key) != Some(*gauge));
        assert!(
            changed.all(|(key, _)| asked.contains(key)),
            "what is remembered was asked for"
        );
        signs
    }

    /// Decisions of device 1, now.
    fn decisions(&mut self, at: i64, decisions: &[Value]) -> Vec<Sign> {
        let records = decisions.iter().map(|body| (Kind::Decision, at, body.clone()));
        let batch = batch(1, at, records.collect());
        self.batch(&batch)
    }

    fn faults(&mut self, faults: &[Fault]) -> Vec<Rule> {
        rules(&judge(&[], faults, &mut self.gauges, &self.lines))
    }
}

fn batch(device: u8, received: i64, records: Vec<(Kind, i64, Value)>) -> Accepted {
    let last = records.len() as u64;
    let entry = |(place, (kind, time, body)): (usize, (Kind, i64, Value))| Entry {
        seq: place as u64 + 1,
        time: Timestamp::from_millis(time),
        kind,
        event: EventId::from_bytes([place as u8; 16]),
        body: body.to_string().into(),
    };
    Accepted {
        place: Place::default(),
        device: DeviceId::from_bytes([device; 16]),
        timeline: 1,
        first: 1,
        last,
        head: [0; 32],
        received: Timestamp::from_millis(received),
        begins: false,
        previous: Some(0),
        overtaken: false,
        records: records.into_iter().enumerate().map(entry).collect(),
    }
}

fn decision(level: &str, action: &str, disposition: &str) -> Value {
    json!({
        "level": level, "disposition": disposition, "user": "ada",
        "destination": {"host": "chatgpt.com", "service": "chatgpt-web", "provider": "openai"},
        "decision": {"action": action},
    })
}

fn rules(signs: &[Sign]) -> Vec<Rule> {
    signs
        .iter()
        .map(|sign| sign.rule)
        .filter(|rule| *rule != Rule::NewService)
        .collect()
}

#[test]
fn restricted_data_is_told_by_whether_it_left() {
    for (disposition, expected) in [
        ("released", Rule::RestrictedSent),
        ("justified", Rule::RestrictedSent),
        ("rewritten", Rule::RestrictedHeld),
        ("blocked", Rule::RestrictedHeld),
        ("held", Rule::RestrictedHeld),
        ("observed", Rule::RestrictedHeld),
    ] {
        let mut fleet = Fleet::new();
        let signs = fleet.decisions(NOW, &[decision("restricted", "block", disposition)]);
        assert_eq!(rules(&signs), [expected], "{disposition}");
        assert_eq!(signs[0].subject, DeviceId::from_bytes([1; 16]).to_string());
        assert_eq!(signs[0].at_record.unwrap().seq, 1);
        let below = fleet.decisions(NOW, &[decision("confidential", "redact", disposition)]);
        assert_eq!(rules(&below), [], "{disposition}");
    }
}

#[test]
fn restricted_data_may_go_to_the_companys_own() {
    let mut fleet = Fleet::new();
    fleet.lines.internal = vec!["house-llm".to_owned(), "ai.example.internal".to_owned()];
    let mut own = decision("restricted", "allow", "released");
    own["destination"] = json!({"host": "10.0.0.7", "target": "house-llm"});
    assert_eq!(rules(&fleet.decisions(NOW, &[own.clone()])), []);
    own["destination"] = json!({"host": "ai.example.internal"});
    assert_eq!(rules(&fleet.decisions(NOW, &[own.clone()])), []);
    own["destination"] = json!({"host": "ai.example.internal.evil.example"});
    assert_eq!(rules(&fleet.decisions(NOW, &[own])), [Rule::RestrictedSent]);
}

#[test]
fn failures_repeat_within_ten_minutes_of_one_user() {
    let failure = || decision("internal", "block", "blocked");
    let mut fleet = Fleet::new();
    assert_eq!(rules(&fleet.decisions(NOW, &vec![failure(); 4])), []);
    assert_eq!(
        rules(&fleet.decisions(NOW + 9 * MINUTE, &[failure()])),
        [Rule::RepeatedFailures]
    );
    assert_eq!(
        rules(&fleet.decisions(NOW + 20 * MINUTE, &vec![failure(); 4])),
        [],
        "a new window"
    );
    let mut other = failure();
    other["user"] = json!("bob");
    assert_eq!(
        rules(&fleet.decisions(NOW + 21 * MINUTE, &vec![other; 4])),
        [],
        "another user"
    );
    let passed = vec![decision("internal", "allow", "released"); 30];
    assert_eq!(rules(&fleet.decisions(NOW + 22 * MINUTE, &passed)), []);
}

#[test]
fn a_spike_is_over_the_devices_own_baseline() {
    let mut fleet = Fleet::new();
    let messages = |count| vec![decision("public", "allow", "released"); count];
    for hour in 0..30 {
        assert_eq!(rules(&fleet.decisions(NOW + hour * HOUR, &messages(40))), []);
    }
    // 40 + 4·√40 = 65.3, and the floor is 60.
    assert_eq!(rules(&fleet.decisions(NOW + 31 * HOUR, &messages(65))), []);
    assert_eq!(rules(&fleet.decisions(NOW + 31 * HOUR, &messages(1))), [Rule::Spike]);
    assert_eq!(
        rules(&fleet.decisions(NOW + 31 * HOUR, &messages(200))),
        [],
        "said once"
    );
}

#[test]
fn a_laptop_that_was_offline_has_no_spike_when_it_is_back() {
    let mut fleet = Fleet::new();
    for hour in 0..30 {
        fleet.decisions(NOW + hour * HOUR, &vec![decision("public", "allow", "released"); 40]);
    }
    // A week of work arrives at once.
    let body = || decision("public", "allow", "released");
    let week = (0..400).map(|n| (Kind::Decision, NOW + (40 + n / 10) * HOUR, body()));
    let late = batch(1, NOW + 100 * HOUR, week.collect());
    assert_eq!(rules(&fleet.batch(&late)), []);
}

#[test]
fn held_messages_have_a_baseline_of_their_own() {
    let mut fleet = Fleet::new();
    let quiet = || {
        let mut messages = vec![decision("public", "allow", "released"); 38];
        messages.extend(vec![decision("confidential", "redact", "rewritten"); 2]);
        messages
    };
    for hour in 0..30 {
        fleet.decisions(NOW + hour * HOUR, &quiet());
    }
    let held = vec![decision("confidential", "redact", "rewritten"); 12];
    assert_eq!(rules(&fleet.decisions(NOW + 40 * HOUR, &held)), [], "the floor");
    assert_eq!(rules(&fleet.decisions(NOW + 40 * HOUR, &held[..1])), [Rule::Spike]);
}

#[test]
fn a_service_is_new_once_in_the_fleet() {
    let mut fleet = Fleet::new();
    let signs = fleet.decisions(
        NOW,
        &[
            decision("public", "allow", "released"),
            decision("public", "allow", "released"),
        ],
    );
    let new: Vec<&Sign> = signs.iter().filter(|sign| sign.rule == Rule::NewService).collect();
    assert_eq!(new.len(), 1);
    assert_eq!(new[0].subject, "chatgpt-web");
    let mut unknown = decision("public", "allow", "released");
    unknown["destination"] = json!({"host": "chat.example"});
    let signs = fleet.decisions(NOW, &[unknown]);
    assert_eq!(signs[0].subject, "chat.example");
}

/// A device that makes services up does not fill mailboxes.
#[test]
fn one_device_names_twenty_services_a_day() {
    let mut fleet = Fleet::new();
    let made_up = |number: usize| {
        let mut decision = decision("public", "allow", "released");
        decision["destination"] = json!({"host": format!("{number}.example")});
        decision
    };
    let signs = fleet.decisions(NOW, &(0..500).map(made_up).collect::<Vec<_>>());
    let collapsed = collapse(signs);
    assert_eq!(collapsed.len(), 21);
    let rest = collapsed
        .iter()
        .find(|sign| sign.subject == DeviceId::from_bytes([1; 16]).to_string());
    assert_eq!(rest.unwrap().count, 480);
    let services = fleet.gauges.keys().filter(|(series, _)| *series == Series::Services);
    assert_eq!(services.count(), 20, "nothing is remembered of the rest");
    let again = fleet.decisions(NOW + HOUR, &[made_up(0), made_up(499)]);
    assert_eq!(
        again.len(),
        1,
        "what is known is not new, and what is not remembered still is"
    );
    let next_day = fleet.decisions(NOW + 25 * HOUR, &[made_up(1000)]);
    assert_eq!(next_day[0].subject, "1000.example");
}

#[test]
fn providers_fail_by_errors_and_silence() {
    let answer = |status: Option<u16>| {
        let records = vec![(Kind::Response, NOW, json!({"status": status}))];
        seen(&batch(1, NOW, records)).remove(0).what
    };
    for status in [None, Some(429), Some(500), Some(503), Some(529)] {
        assert_eq!(answer(status), What::Failed { provider: None }, "{status:?}");
    }
    for status in [200, 302, 400, 401, 404] {
        assert_eq!(answer(Some(status)), What::Other, "{status}");
    }
    let mut fleet = Fleet::new();
    let failed_at = |fleet: &mut Fleet, now, count| {
        let records = vec![(Kind::Response, now, json!({"status": 500})); count];
        let batch = batch(2, now, records);
        let mut seen = seen(&batch);
        for record in &mut seen {
            record.what = What::Failed {
                provider: Some("openai".to_owned()),
            };
        }
        rules(&fleet.read(Read { batch: &batch, seen }))
    };
    let failed = |fleet: &mut Fleet, count| failed_at(fleet, NOW, count);
    assert_eq!(failed(&mut fleet, 9), []);
    assert_eq!(failed(&mut fleet, 1), [Rule::ProviderErrors]);
    assert_eq!(failed(&mut fleet, 50), [], "said once in an hour");
    // The server's clock was a week ahead, and is put right.
    let mut fleet = Fleet::new();
    assert_eq!(failed_at(&mut fleet, NOW + 168 * HOUR, 1), []);
    assert_eq!(failed_at(&mut fleet, NOW, 10), [Rule::ClockJump, Rule::ProviderErrors]);
}

#[test]
fn logs_tell_of_gaps_roll_backs_and_clones() {
    let plain = batch(1, NOW, vec![(Kind::Health, NOW, json!({}))]);
    let judged = |batch: &Accepted| rules(&Fleet::new().batch(batch));
    assert_eq!(judged(&plain), []);
    let begun = Accepted {
        begins: true,
        previous: None,
        first: 4,
        ..plain.clone()
    };
    assert_eq!(judged(&begun), [], "the first timeline begins anywhere");
    let missing = Accepted {
        previous: Some(5),
        first: 9,
        last: 9,
        ..plain.clone()
    };
    assert_eq!(judged(&missing), [Rule::ChainGap]);
    assert_eq!(
        Fleet::new().batch(&missing)[0].text,
        "records 6 to 8 of timeline 1 are missing; the chain goes on without them"
    );
    let anew = Accepted {
        timeline: 2,
        begins: true,
        previous: None,
        ..plain.clone()
    };
    assert_eq!(judged(&anew), [Rule::ChainRollBack]);
    let goes_on = Accepted {
        begins: false,
        ..anew.clone()
    };
    assert_eq!(judged(&goes_on), [], "what was before it is kept no more");
    let clone = Accepted {
        overtaken: true,
        ..plain.clone()
    };
    assert_eq!(judged(&clone), [Rule::Clone]);
    let gap = batch(
        1,
        NOW,
        vec![(
            Kind::Gap,
            NOW,
            json!({"from": 1, "to": 2, "count": 7, "reason": "disk_full"}),
        )],
    );
    assert_eq!(judged(&gap), [Rule::ChainGap]);
}

#[test]
fn clocks_that_go_back_or_ahead() {
    let beat = |time: i64, received: i64| batch(1, received, vec![(Kind::Health, time, json!({}))]);
    let mut fleet = Fleet::new();
    assert_eq!(rules(&fleet.batch(&beat(NOW, NOW))), []);
    assert_eq!(
        rules(&fleet.batch(&beat(NOW - 9 * MINUTE, NOW))),
        [],
        "within what clocks do"
    );
    assert_eq!(rules(&fleet.batch(&beat(NOW - 30 * MINUTE, NOW))), [Rule::ClockJump]);
    assert_eq!(
        rules(&fleet.batch(&beat(NOW - 29 * MINUTE, NOW))),
        [],
        "it goes on from there"
    );
    assert_eq!(rules(&fleet.batch(&beat(NOW + 11 * MINUTE, NOW))), [Rule::ClockJump]);
    assert_eq!(rules(&fleet.batch(&beat(NOW + 12 * MINUTE, NOW))), [], "said once");
    // Offline for a month: late is not wrong.
    assert_eq!(rules(&Fleet::new().batch(&beat(NOW - 720 * HOUR, NOW))), []);
}

fn fault(what: FaultKind, at: i64) -> Fault {
    Fault {
        device: DeviceId::from_bytes([7; 16]),
        timeline: 1,
        what,
        have: 8,
        first: 10,
        last: 12,
        count: 1,
        noted: Timestamp::from_millis(at),
    }
}

#[test]
fn refusals_are_tampering_when_nothing_else_explains_them() {
    assert_eq!(Fleet::new().faults(&[fault(FaultKind::Fork, NOW)]), [Rule::ChainFork]);
    for (what, rule) in [
        (FaultKind::Gap, Rule::ChainGap),
        (FaultKind::Behind, Rule::ChainRollBack),
        (FaultKind::Timeline, Rule::Clone),
    ] {
        let mut fleet = Fleet::new();
        assert_eq!(fleet.faults(&[fault(what, NOW)]), [], "a lost receipt");
        assert_eq!(
            fleet.faults(&[fault(what, NOW + HOUR)]),
            [],
            "another one, an hour later"
        );
        assert_eq!(fleet.faults(&[fault(what, NOW + HOUR + 1)]), []);
        assert_eq!(fleet.faults(&[fault(what, NOW + HOUR + 2)]), [rule]);
    }
}

#[test]
fn receipts_that_get_lost_one_after_the_other_are_no_roll_back() {
    let mut fleet = Fleet::new();
    for lost in 0..20 {
        let went_on = Fault {
            have: 8 + lost,
            ..fault(FaultKind::Behind, NOW + i64::try_from(lost).unwrap())
        };
        assert_eq!(fleet.faults(&[went_on]), []);
    }
}

#[test]
fn outcomes_are_told_apart() {
    let advance = |first, last| Advance {
        device: DeviceId::from_bytes([7; 16]),
        timeline: 1,
        first,
        last,
        before: [0; 32],
        head: [1; 32],
        rows: Vec::new(),
    };
    let state = LogState { last: 8, head: [2; 32] };
    let batches = [
        advance(1, 2),
        advance(10, 12),
        advance(7, 8),
        advance(7, 9),
        advance(0, 0),
    ];
    let outcomes = [
        Outcome::Stored(state),
        Outcome::Elsewhere(state),
        Outcome::Elsewhere(state),
        Outcome::Elsewhere(state),
        Outcome::Timeline(3),
    ];
    let found: Vec<_> = faults_of(&batches, &outcomes, Timestamp::from_millis(NOW))
        .iter()
        .map(|fault| (fault.what, fault.have))
        .collect();
    let expected = [
        (FaultKind::Gap, 8),
        (FaultKind::Fork, 8),
        (FaultKind::Behind, 8),
        (FaultKind::Timeline, 3),
    ];
    assert_eq!(found, expected);
}

#[test]
fn signs_of_one_subject_are_one() {
    let mut fleet = Fleet::new();
    let signs = fleet.decisions(NOW, &vec![decision("restricted", "block", "blocked"); 4]);
    let collapsed = collapse(signs);
    let restricted: Vec<_> = collapsed
        .iter()
        .filter(|sign| sign.rule == Rule::RestrictedHeld)
        .collect();
    assert_eq!(restricted.len(), 1);
    assert_eq!((restricted[0].count, restricted[0].at_record.unwrap().seq), (4, 4));
}

#[test]
fn what_cannot_be_read_is_not_judged() {
    let odd = vec![
        (Kind::Decision, NOW, json!({"level": "cosmic"})),
        (Kind::Decision, NOW, json!([])),
        (Kind::Response, NOW, json!("x")),
        (Kind::Gap, NOW, json!(null)),
        (Kind::Unknown(99), NOW, json!({})),
    ];
    assert_eq!(rules(&Fleet::new().batch(&batch(1, NOW, odd))), []);
}

#[test]
fn a_device_that_was_shown_another_log_raises_an_alert_and_other_remarks_do_not() {
    let mut fleet = Fleet::new();
    let health = |code: &str| {
        let body = json!({"time": NOW, "event": EventId::from_bytes([0; 16]), "code": code, "severity": "warning", "text": "it had 9 entries and has 4"});
        batch(1, NOW, vec![(Kind::Health, NOW, body)])
    };
    assert!(rules(&fleet.batch(&health("fleet.timeline"))).is_empty());
    let signs = fleet.batch(&health("fleet.split-view"));
    assert_eq!(rules(&signs), [Rule::LogSplit]);
    assert_eq!(signs[0].text, "it had 9 entries and has 4");
    assert_eq!(signs[0].subject, DeviceId::from_bytes([1; 16]).to_string());
    for code in ["policy.withheld", "policy.statement-refused"] {
        assert_eq!(rules(&fleet.batch(&health(code))), [Rule::PolicyWithheld]);
    }
    assert!(rules(&fleet.batch(&health("policy.stale"))).is_empty());
}
