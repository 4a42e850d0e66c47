//! Seals over both databases: honest logs are verified up to their last seal, and what a taken laptop sends is told.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test's broken assumption is a failed test"
)]

mod support;

use std::sync::Arc;
use support::PostgresServer;
use weir_audit::{ClosedEpoch, EpochKey, Kind, RecordsDigest};
use weir_bundle::SigningKey;
use weir_fleet::DeviceId;
use weir_model::{EventId, Timestamp};
use weir_server::alerts::{AlertsWanted, Rule, Step, Telling};
use weir_server::ingest::{Advance, Columns, Outcome, Row, Wanted};
use weir_server::journal::{Actor, Purpose};
use weir_server::repo::{self, Repo};
use weir_server::reports::{AbsenceAsked, GapKind, absence};
use weir_server::retention::forget;
use weir_server::seals::{KeptKey, KeyRing, step};

const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);
const DAY: i64 = 86_400_000;

#[tokio::test]
async fn sqlite_verifies_seals() {
    let dir = tempfile::tempdir().unwrap();
    let address = format!("sqlite:{}", dir.path().join("weir.db").display());
    story(repo::open(&address).await.unwrap()).await;
}

#[tokio::test]
async fn postgres_verifies_seals() {
    let server = PostgresServer::start();
    story(repo::open(&server.database("seals")).await.unwrap()).await;
}

async fn story(repo: Arc<dyn Repo>) {
    one_key_for_each_log(&*repo).await;
    honest_logs_are_sealed(&*repo).await;
    what_was_not_sealed_is_told(&*repo).await;
    an_epoch_that_was_left_out_is_told(&*repo).await;
    an_interrupted_step_is_taken_again(&*repo).await;
    a_log_that_begins_within_an_epoch_is_not_blamed(&*repo).await;
    what_is_not_here_any_more_is_not_blamed(&*repo).await;
    seals_that_stop_are_told(&*repo).await;
    a_key_that_cannot_be_opened_holds_nobody_else_up(&*repo).await;
    many_seals_are_taken_in_steps(&*repo).await;
    without_a_key_nothing_is_said(&*repo).await;
}

fn ring() -> KeyRing {
    KeyRing::new(&SigningKey::from_seed(&[5; 32]).unwrap()).unwrap()
}

/// A laptop as it writes its log: a decision's body each, and seals.
struct Laptop {
    id: DeviceId,
    timeline: u32,
    key: EpochKey,
    seq: u64,
    first: u64,
    heads: u8,
    sent: RecordsDigest,
    waiting: Vec<Row>,
}

impl Laptop {
    async fn enrolled(repo: &dyn Repo, number: u8, gives: bool) -> Self {
        let id = DeviceId::from_bytes([number; 16]);
        let key = EpochKey::new(0, [number; 32]);
        let device = support::device(number, &format!("laptop-{number}"), NOW);
        support::enrolled(repo, &device).await;
        let laptop = Self {
            id,
            timeline: 1,
            key,
            seq: 0,
            first: 0,
            heads: 0,
            sent: RecordsDigest::default(),
            waiting: Vec::new(),
        };
        if gives {
            laptop.gives_key(repo).await;
        }
        laptop
    }

    async fn gives_key(&self, repo: &dyn Repo) {
        let log = (self.id, self.timeline);
        let kept = ring().keep(log, &self.key).unwrap();
        assert!(repo.keep_epoch_key(log, &kept, NOW).await.unwrap());
    }

    /// Goes on in another log, with what it has not sent of this one.
    fn begins_anew(&mut self) {
        self.timeline += 1;
        self.waiting.clear();
    }

    fn row(&mut self, kind: Kind, body: &str) -> Row {
        let event = EventId::from_bytes([self.seq as u8; 16]);
        let row = Row {
            seq: self.seq,
            time: NOW.as_millis(),
            kind,
            event: *event.as_bytes(),
            columns: Columns::default(),
            body: support::alone(body),
            text: None,
        };
        self.seq += 1;
        row
    }

    /// Writes a record that says `body`, and sends one that says `sent`.
    fn record(&mut self, body: &str, sent: &str) -> &mut Self {
        let event = EventId::from_bytes([self.seq as u8; 16]);
        self.sent.add(self.seq, Kind::Decision, NOW, &event, body.as_bytes());
        let row = self.row(Kind::Decision, sent);
        self.waiting.push(row);
        self
    }

    fn honest(&mut self, count: usize) -> &mut Self {
        for number in 0..count {
            let body = format!("{{\"n\":{number}}}");
            self.record(&body, &body);
        }
        self
    }

    fn seal(&mut self) -> &mut Self {
        let seal = self.key.seal(&ClosedEpoch {
            time: NOW,
            first: self.first,
            head: [0; 32],
            records: self.sent,
        });
        let row = self.row(Kind::Seal, &serde_json::to_string(&seal).unwrap());
        self.waiting.push(row);
        self.key = self.key.at(self.key.epoch() + 1).unwrap();
        self.sent = RecordsDigest::default();
        self.first = self.seq;
        self
    }

    /// Sends what waits, as one batch that arrives so many days later.
    async fn send(&mut self, repo: &dyn Repo, days: i64) -> &mut Self {
        self.send_at(repo, NOW.plus_millis(days * DAY)).await
    }

    async fn send_at(&mut self, repo: &dyn Repo, now: Timestamp) -> &mut Self {
        let rows = std::mem::take(&mut self.waiting);
        let batch = Advance {
            device: self.id,
            timeline: self.timeline,
            first: self.seq - rows.len() as u64,
            last: self.seq - 1,
            before: [self.heads; 32],
            head: [self.heads + 1; 32],
            rows,
        };
        self.heads += 1;
        let outcomes = repo.advance(&[batch], now).await.unwrap().outcomes;
        assert!(matches!(outcomes[..], [Outcome::Stored(_)]), "{outcomes:?}");
        self
    }
}

/// Steps until there is nothing to do.
async fn watch(repo: &dyn Repo) {
    while step(repo, &ring(), &Telling::default(), NOW).await.unwrap() {}
}

async fn told(repo: &dyn Repo, device: DeviceId) -> Vec<String> {
    let wanted = AlertsWanted {
        rule: Some(Rule::SealBroken),
        subject: Some(device.to_string()),
        limit: 10,
        ..AlertsWanted::default()
    };
    let alerts = repo.alerts(&wanted).await.unwrap();
    alerts.into_iter().map(|alert| alert.text).collect()
}

async fn upto(repo: &dyn Repo, device: DeviceId) -> Option<(u32, u64)> {
    let sealing = repo.sealing(device).await.unwrap().unwrap_or_default();
    sealing.upto.map(|upto| (upto.epoch, upto.seq))
}

async fn one_key_for_each_log(repo: &dyn Repo) {
    let log = (DeviceId::from_bytes([1; 16]), 1);
    let key = |epoch| KeptKey {
        epoch,
        wrapped: vec![epoch as u8; 60],
    };
    assert!(repo.epoch_keys(log).await.unwrap().is_none());
    assert!(repo.keep_epoch_key(log, &key(3), NOW).await.unwrap());
    assert!(
        !repo.keep_epoch_key(log, &key(9), NOW).await.unwrap(),
        "the first stays"
    );
    assert!(repo.keep_epoch_key((log.0, 3), &key(4), NOW).await.unwrap());
    for (timeline, newest, epoch) in [(1, 1, 3), (2, 1, 3), (3, 3, 4)] {
        let (found, keys) = repo.epoch_keys((log.0, timeline)).await.unwrap().unwrap();
        assert_eq!((found, keys.given.epoch), (newest, epoch));
    }
}

async fn honest_logs_are_sealed(repo: &dyn Repo) {
    let mut laptop = Laptop::enrolled(repo, 2, true).await;
    // An epoch over three batches and two days, and two epochs in one.
    laptop.honest(3).send(repo, 0).await;
    laptop.honest(2).send(repo, 1).await;
    laptop.honest(1).seal().honest(2).seal().honest(1).send(repo, 1).await;
    watch(repo).await;
    assert_eq!(told(repo, laptop.id).await, [] as [String; 0]);
    assert_eq!(upto(repo, laptop.id).await, Some((1, 9)));
    let wanted = Wanted {
        device: Some(laptop.id),
        limit: 100,
        ..Wanted::default()
    };
    let shown = repo.events(&wanted).await.unwrap().records;
    assert_eq!(shown.len(), 9, "seals are no events");
}

/// What was sealed while the laptop was offline is rewritten before it is sent.
async fn what_was_not_sealed_is_told(repo: &dyn Repo) {
    let mut laptop = Laptop::enrolled(repo, 3, true).await;
    laptop.honest(2).seal().send(repo, 0).await;
    laptop.record(r#"{"action":"block"}"#, r#"{"action":"allow"}"#).seal();
    laptop.send(repo, 0).await;
    laptop.honest(2).seal().send(repo, 0).await;
    watch(repo).await;
    let text = "the seal at record 4 does not fit: the records that came are not those that were sealed";
    assert_eq!(told(repo, laptop.id).await, [text]);
    // The seal behind it fits, and says nothing any more.
    assert_eq!(upto(repo, laptop.id).await, Some((0, 2)));
    assert_eq!(repo.sealing(laptop.id).await.unwrap().unwrap().broken, Some(4));
    records_behind_it_prove_nothing(repo, laptop.id).await;
}

/// Nor do they when somebody has closed the alert, and long after it.
async fn records_behind_it_prove_nothing(repo: &dyn Repo, device: DeviceId) {
    let asked = |since: i64, until: i64| AbsenceAsked {
        class: "restricted".parse().unwrap(),
        to: "openai".to_owned(),
        since: NOW.plus_millis(since * DAY),
        until: NOW.plus_millis(until * DAY),
    };
    let actor = Actor::Account("eve".to_owned());
    let purpose: Purpose = "audit".parse().unwrap();
    let gaps = async |since, until| {
        let absence = absence(repo, &actor, &asked(since, until), &purpose, NOW)
            .await
            .unwrap();
        let own = absence.gaps.into_iter().filter(|gap| gap.device == Some(device));
        own.map(|gap| gap.kind).collect::<Vec<_>>()
    };
    let around = gaps(-1, 1).await;
    assert!(
        around.contains(&GapKind::Alert) && around.contains(&GapKind::SealBroken),
        "{around:?}"
    );
    let later = gaps(8, 9).await;
    assert!(
        later.contains(&GapKind::SealBroken) && !later.contains(&GapKind::Alert),
        "{later:?}"
    );
    assert!(!gaps(-9, -8).await.contains(&GapKind::SealBroken), "before it");
}

/// The key that was found is of a later epoch: what is written with it does not go on from what was sealed.
async fn an_epoch_that_was_left_out_is_told(repo: &dyn Repo) {
    let mut laptop = Laptop::enrolled(repo, 4, true).await;
    laptop.honest(2).seal().send(repo, 0).await;
    laptop.key = laptop.key.at(2).unwrap();
    laptop.honest(1).seal().send(repo, 0).await;
    watch(repo).await;
    assert_eq!(
        told(repo, laptop.id).await,
        ["the seal at record 4 does not fit: a seal is missing before it"]
    );
    let mut forger = Laptop::enrolled(repo, 5, true).await;
    forger.key = EpochKey::new(0, *forger.key.at(4).unwrap().secret());
    forger.honest(1).seal().send(repo, 0).await;
    watch(repo).await;
    assert_eq!(
        told(repo, forger.id).await,
        ["the seal at record 1 does not fit: it was not made with the key of its epoch"]
    );
    assert_eq!(upto(repo, forger.id).await, None);
}

/// A node that dies between two writes leaves what another one can do again.
async fn an_interrupted_step_is_taken_again(repo: &dyn Repo) {
    let before = repo.reader("seals").await.unwrap();
    let mut honest = Laptop::enrolled(repo, 7, true).await;
    honest.honest(2).seal().honest(1).seal().send(repo, 0).await;
    let mut broken = Laptop::enrolled(repo, 8, true).await;
    broken.record("1", "2").seal().honest(1).seal().send(repo, 0).await;
    for _ in 0..2 {
        watch(repo).await;
        assert_eq!(told(repo, honest.id).await, [] as [String; 0]);
        assert_eq!(upto(repo, honest.id).await, Some((1, 4)));
        assert_eq!(told(repo, broken.id).await.len(), 1);
        assert_eq!(repo.sealing(broken.id).await.unwrap().unwrap().broken, Some(1));
        let back = Step {
            reader: "seals",
            from: repo.reader("seals").await.unwrap(),
            to: before,
            gauges: Vec::new(),
            faults: Vec::new(),
            raised: Vec::new(),
            now: NOW,
        };
        repo.settle(&back, &Telling::default()).await.unwrap();
    }
    watch(repo).await;
}

/// A server that was put back lets a laptop begin a new log, wherever it is in an epoch.
async fn a_log_that_begins_within_an_epoch_is_not_blamed(repo: &dyn Repo) {
    let mut laptop = Laptop::enrolled(repo, 9, true).await;
    laptop.honest(2).seal().honest(3).send(repo, 0).await;
    watch(repo).await;
    laptop.begins_anew();
    laptop.gives_key(repo).await;
    laptop.honest(2).seal().send(repo, 0).await;
    watch(repo).await;
    assert_eq!(told(repo, laptop.id).await, [] as [String; 0]);
    assert_eq!(upto(repo, laptop.id).await, None, "of this log nothing can be said yet");
    laptop.honest(2).seal().send(repo, 0).await;
    watch(repo).await;
    assert_eq!(upto(repo, laptop.id).await, Some((2, 11)));
    assert_eq!(repo.sealing(laptop.id).await.unwrap().unwrap().timeline, 2);
}

/// Records that retention has removed cannot be compared, and those behind them can.
async fn what_is_not_here_any_more_is_not_blamed(repo: &dyn Repo) {
    let mut laptop = Laptop::enrolled(repo, 10, true).await;
    laptop.honest(3).send(repo, -400).await;
    forget(repo, NOW.plus_millis(-100 * DAY), false, NOW).await.unwrap();
    laptop.honest(2).seal().send(repo, 0).await;
    watch(repo).await;
    assert_eq!(told(repo, laptop.id).await, [] as [String; 0]);
    laptop.honest(2).seal().send(repo, 0).await;
    watch(repo).await;
    assert_eq!(upto(repo, laptop.id).await, Some((1, 8)));
}

/// Who takes a laptop and has its agent write no seals any more.
async fn seals_that_stop_are_told(repo: &dyn Repo) {
    const HOUR: i64 = 3_600_000;
    let mut laptop = Laptop::enrolled(repo, 11, true).await;
    laptop.honest(2).seal().send(repo, 0).await;
    // Very busy: a second of records without a seal.
    laptop.honest(400).send(repo, 0).await;
    watch(repo).await;
    assert_eq!(told(repo, laptop.id).await, [] as [String; 0]);
    laptop.honest(100).send_at(repo, NOW.plus_millis(2 * HOUR)).await;
    watch(repo).await;
    assert_eq!(told(repo, laptop.id).await, [] as [String; 0], "just awake again");
    laptop.honest(100).send_at(repo, NOW.plus_millis(2 * HOUR)).await;
    watch(repo).await;
    let text = "no seal has come since record 3, though records have up to 602";
    assert_eq!(told(repo, laptop.id).await, [text]);
    // The same where none ever came.
    let mut silent = Laptop::enrolled(repo, 12, true).await;
    silent.honest(200).send(repo, 0).await;
    silent.honest(200).send(repo, 1).await;
    watch(repo).await;
    assert_eq!(told(repo, silent.id).await.len(), 1);
}

async fn a_key_that_cannot_be_opened_holds_nobody_else_up(repo: &dyn Repo) {
    let mut laptop = Laptop::enrolled(repo, 13, false).await;
    let kept = KeptKey {
        epoch: 0,
        wrapped: vec![0; 60],
    };
    assert!(repo.keep_epoch_key((laptop.id, 1), &kept, NOW).await.unwrap());
    laptop.honest(2).seal().send(repo, 0).await;
    let mut other = Laptop::enrolled(repo, 14, true).await;
    other.honest(2).seal().send(repo, 0).await;
    watch(repo).await;
    assert_eq!(told(repo, laptop.id).await.len(), 1);
    assert_eq!(upto(repo, other.id).await, Some((0, 2)));
}

/// More than one step takes, in several batches and in one.
async fn many_seals_are_taken_in_steps(repo: &dyn Repo) {
    let mut laptop = Laptop::enrolled(repo, 15, true).await;
    for seals in [700, 700, 1300] {
        for _ in 0..seals {
            laptop.honest(1).seal();
        }
        laptop.send(repo, 0).await;
    }
    watch(repo).await;
    assert_eq!(told(repo, laptop.id).await, [] as [String; 0]);
    assert_eq!(upto(repo, laptop.id).await, Some((2699, 5399)));
}

async fn without_a_key_nothing_is_said(repo: &dyn Repo) {
    let mut laptop = Laptop::enrolled(repo, 6, false).await;
    laptop.honest(2).seal().send(repo, 0).await;
    watch(repo).await;
    assert_eq!(told(repo, laptop.id).await, [] as [String; 0]);
    assert_eq!(repo.sealing(laptop.id).await.unwrap(), None);
}
