//! Alerts over both databases: raised once, told once, by however many nodes and after whatever crash.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test's broken assumption is a failed test"
)]

mod support;

use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::Arc;
use support::PostgresServer;
use weir_audit::Kind;
use weir_fleet::{DeviceId, Standing};
use weir_model::{Action, Channel, EventId, Level, Timestamp};
use weir_server::alerts::{
    self, Alert, AlertsWanted, Delivery, Mute, READER, Rule, Telling, Thresholds, Told, Urgency, exposure, faults_of,
};
use weir_server::ingest::{Advance, Columns, Outcome, Place, Row};
use weir_server::journal::{Actor, Deed, Entry, Page, Purpose};
use weir_server::repo::{self, Repo};

const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);
const HOUR: i64 = 3_600_000;

#[tokio::test]
async fn sqlite_raises_alerts() {
    let dir = tempfile::tempdir().unwrap();
    let address = format!("sqlite:{}", dir.path().join("weir.db").display());
    story(repo::open(&address).await.unwrap()).await;
    nodes_race(&format!("sqlite:{}", dir.path().join("race.db").display())).await;
    what_is_remembered_is_what_the_tables_say(&format!("sqlite:{}", dir.path().join("near.db").display())).await;
}

#[tokio::test]
async fn postgres_raises_alerts() {
    let server = PostgresServer::start();
    story(repo::open(&server.database("watch")).await.unwrap()).await;
    nodes_race(&server.database("race")).await;
    nothing_overtakes_a_slow_transaction(&server.database("slow")).await;
    a_restored_database_goes_on(&server.database("restored")).await;
}

async fn story(repo: Arc<dyn Repo>) {
    the_feed_is_in_order_and_whole(&*repo).await;
    records_become_alerts(&*repo).await;
    refusals_become_alerts(&*repo).await;
    what_counts_no_more_is_forgotten(&*repo).await;
    alerts_have_a_life(&*repo).await;
    a_claim_that_was_taken_over_says_nothing(&*repo).await;
    mutes_end(&*repo).await;
    what_began_under_a_mute_is_told_after_it(&*repo).await;
    silence_is_told_and_ends(&*repo).await;
    exposure_is_added_up(&*repo).await;
    a_clock_that_was_ahead_raises_nothing_that_stays(&*repo).await;
}

fn purpose() -> Purpose {
    "the provider lost data".parse().unwrap()
}

fn person(name: &str) -> Actor {
    Actor::Account(name.to_owned())
}

fn entry() -> Entry {
    Entry::new(NOW, &person("eve"), Deed::AlertMute, Rule::RestrictedSent)
}

fn id(device: u8) -> DeviceId {
    DeviceId::from_bytes([device; 16])
}

fn telling() -> Telling {
    Telling(vec![
        Told {
            route: "pager".to_owned(),
            urgency: Urgency::Hour,
            rules: Vec::new(),
        },
        Told {
            route: "mail".to_owned(),
            urgency: Urgency::Note,
            rules: vec![Rule::RestrictedSent, Rule::Silent],
        },
    ])
}

fn decision(level: Level, disposition: &str) -> Value {
    json!({
        "level": level, "disposition": disposition, "user": "ada", "message_bytes": 100,
        "destination": {"host": "chatgpt.com", "service": "chatgpt-web", "provider": "openai"},
        "findings": [
            {"data_type": "personal/email", "level": "confidential", "count": 3},
            {"data_type": "security/openai_key", "level": "restricted", "count": 1},
        ],
        "decision": {"action": "redact", "per_finding": ["allow", "redact"]},
    })
}

/// A batch of decisions; heads are told apart by a byte.
fn batch(device: u8, timeline: u32, first: u64, heads: (u8, u8), decisions: &[Value]) -> Advance {
    let row = |(place, body): (usize, &Value)| Row {
        seq: first + place as u64,
        time: NOW.as_millis() + place as i64,
        kind: Kind::Decision,
        event: [device.wrapping_add(place as u8).wrapping_add((first * 16) as u8); 16],
        columns: Columns {
            channel: Some(Channel::Browser),
            level: Some(Level::Restricted),
            action: Some(Action::Redact),
            service: Some("chatgpt-web".to_owned()),
            provider: Some("openai".to_owned()),
            person: None,
        },
        body: support::alone(&body.to_string()),
        text: Some(body.to_string().into()),
    };
    let rows: Vec<Row> = decisions.iter().enumerate().map(row).collect();
    Advance {
        device: id(device),
        timeline,
        first,
        last: first + decisions.len().max(1) as u64 - 1,
        before: [heads.0; 32],
        head: [heads.1; 32],
        rows,
    }
}

async fn store(repo: &dyn Repo, batch: Advance) {
    let outcomes = repo.advance(&[batch], NOW).await.unwrap().outcomes;
    assert!(matches!(outcomes[..], [Outcome::Stored(_)]), "{outcomes:?}");
}

/// Steps until there is nothing to do.
async fn watch(repo: &dyn Repo) {
    while alerts::step(repo, &Thresholds::default(), &telling(), NOW)
        .await
        .unwrap()
    {}
}

async fn open(repo: &dyn Repo, rule: Rule, subject: &str) -> Option<Alert> {
    let wanted = AlertsWanted {
        rule: Some(rule),
        subject: Some(subject.to_owned()),
        limit: 10,
        ..AlertsWanted::default()
    };
    let mut found = repo.alerts(&wanted).await.unwrap();
    assert!(found.len() <= 1, "one is open for each rule and subject");
    found.pop()
}

async fn the_feed_is_in_order_and_whole(repo: &dyn Repo) {
    let body = || decision(Level::Public, "released");
    for round in 0..10_u64 {
        let heads = (round as u8, round as u8 + 1);
        let batches: Vec<Advance> = [3, 2, 1]
            .map(|device| batch(device, 1, round * 2, heads, &[body(), body()]))
            .into();
        repo.advance(&batches, NOW.plus_millis(round as i64)).await.unwrap();
    }
    // Numbers that stayed on the device are a batch without records.
    let mut silent = batch(1, 1, 20, (10, 11), &[]);
    silent.last = 29;
    store(repo, silent).await;
    for most in [1, 2, 5, 7, 1000] {
        let (mut place, mut read) = (Place::default(), Vec::new());
        loop {
            let page = repo.accepted(place, most).await.unwrap();
            let Some(last) = page.last() else { break };
            assert!(last.place > place);
            place = last.place;
            read.extend(page);
        }
        assert_eq!(read.len(), 31, "{most}");
        assert_eq!(place, repo.newest_place().await.unwrap());
        for device in 1..=3 {
            let own = read.iter().filter(|batch| batch.device == id(device));
            let numbers: Vec<u64> = own.flat_map(|batch| &batch.records).map(|record| record.seq).collect();
            assert_eq!(numbers, (0..20).collect::<Vec<_>>(), "{device}");
        }
        assert!(read.iter().all(|batch| !batch.overtaken));
        let previous: Vec<_> = read
            .iter()
            .filter(|batch| batch.device == id(1))
            .map(|batch| batch.previous)
            .collect();
        let expected: Vec<_> = (0..11_u64)
            .map(|round| round.checked_sub(1).map(|round| round * 2 + 1))
            .collect();
        assert_eq!(previous, expected);
    }
    let waiting = repo.waiting(Place::default()).await.unwrap();
    assert_eq!((waiting.batches, waiting.oldest), (31, Some(NOW)));
    assert_eq!(
        repo.waiting(repo.newest_place().await.unwrap()).await.unwrap().batches,
        0
    );
    let log = repo.newest_place().await.unwrap().log;
    let event = EventId::from_bytes([1 + 32; 16]);
    assert_eq!(
        repo.provider_of(log, 8, EventId::from_bytes([99; 16])).await.unwrap(),
        None
    );
    let logs: BTreeSet<i64> = repo
        .accepted(Place::default(), 9999)
        .await
        .unwrap()
        .iter()
        .map(|batch| batch.place.log)
        .collect();
    let mut found = 0;
    for log in logs {
        found += usize::from(repo.provider_of(log, 8, event).await.unwrap().as_deref() == Some("openai"));
    }
    assert_eq!(found, 1);
    watch(repo).await;
}

/// A server on SQLite hands readers what it just stored; another program reads it from the file.
async fn what_is_remembered_is_what_the_tables_say(address: &str) {
    let (near, far) = (repo::open(address).await.unwrap(), repo::open(address).await.unwrap());
    let other = repo::open(address).await.unwrap();
    let one = || batch(1, 1, 0, (0, 1), &[decision(Level::Public, "released")]);
    store(&*near, one()).await;
    store(&*near, batch(2, 1, 7, (0, 1), &[json!({"b": 1}), json!({"b": 2})])).await;
    // Sent again, and refused: neither arrives.
    near.advance(&[one(), batch(2, 1, 50, (9, 10), &[])], NOW)
        .await
        .unwrap();
    // After a gap, and several at once.
    let some = [
        batch(1, 1, 5, (1, 2), &[json!({"b": 3})]),
        batch(3, 1, 0, (0, 1), &[]),
        batch(2, 1, 9, (1, 2), &[json!({"b": 4})]),
    ];
    near.advance(&some, NOW.plus_millis(1)).await.unwrap();
    // A second timeline, and the first goes on all the same.
    store(&*near, batch(1, 2, 0, (0, 1), &[json!({"b": 5})])).await;
    store(&*near, batch(1, 1, 6, (2, 3), &[json!({"b": 6})])).await;
    let places = compared(&*near, &*far).await;
    assert_eq!(places.len(), 7);
    // Another program stores, and one too large to be remembered comes between.
    store(&*other, batch(3, 1, 1, (1, 2), &[json!({"b": 7})])).await;
    store(&*near, batch(3, 1, 2, (2, 3), &[json!({"b": 8})])).await;
    store(&*near, batch(3, 1, 3, (3, 4), &vec![json!({"b": 9}); 17])).await;
    store(&*near, batch(2, 1, 10, (2, 3), &[json!({"b": 10})])).await;
    assert_eq!(compared(&*near, &*far).await.len(), 11);
    // Who stored once learns of what others do.
    support::until("what others stored", async || {
        other.accepted(Place::default(), 9999).await.unwrap().len() == 11
            && other.accepted(places[6], 9999).await.unwrap().len() == 4
    })
    .await;
}

/// Reads both from each place on, and gives all places.
async fn compared(near: &dyn Repo, far: &dyn Repo) -> Vec<Place> {
    let all = far.accepted(Place::default(), 9999).await.unwrap();
    let places: Vec<Place> = all.iter().map(|batch| batch.place).collect();
    for place in [Place::default()].iter().chain(&places) {
        for most in [1, 2, 9999] {
            let (near, far) = (near.accepted(*place, most).await, far.accepted(*place, most).await);
            assert_eq!(near.unwrap(), far.unwrap(), "{place:?}, {most}");
        }
    }
    places
}

async fn records_become_alerts(repo: &dyn Repo) {
    let subject = id(10).to_string();
    let restricted = || decision(Level::Restricted, "released");
    store(repo, batch(10, 1, 0, (0, 1), &[restricted(), restricted()])).await;
    watch(repo).await;
    let alert = open(repo, Rule::RestrictedSent, &subject).await.unwrap();
    assert_eq!((alert.count, alert.urgency, alert.state()), (2, Urgency::Hour, "open"));
    assert_eq!((alert.raised, alert.due), (NOW, Some(NOW.plus_millis(HOUR))));
    assert_eq!(alert.at_record.unwrap().seq, 1);
    store(repo, batch(10, 1, 2, (1, 2), &[restricted()])).await;
    watch(repo).await;
    let again = open(repo, Rule::RestrictedSent, &subject).await.unwrap();
    assert_eq!((again.id, again.count), (alert.id, 3), "counted on");
    let told: Vec<String> = repo
        .deliveries_of(alert.id)
        .await
        .unwrap()
        .into_iter()
        .map(|each| each.route)
        .collect();
    assert_eq!(told, ["mail", "pager"], "told once on each route");
    // The first timeline goes on beside a second one: two machines.
    let mut anew = batch(10, 2, 0, (7, 8), &[decision(Level::Public, "released")]);
    anew.rows.clear();
    store(repo, anew).await;
    watch(repo).await;
    assert!(open(repo, Rule::ChainRollBack, &subject).await.is_some());
    assert!(open(repo, Rule::Clone, &subject).await.is_none());
    store(repo, batch(10, 1, 5, (2, 3), &[decision(Level::Public, "released")])).await;
    watch(repo).await;
    assert!(open(repo, Rule::Clone, &subject).await.is_some());
    let gap = open(repo, Rule::ChainGap, &subject).await.unwrap();
    assert_eq!(
        gap.text,
        "records 3 to 4 of timeline 1 are missing; the chain goes on without them"
    );
    let services = open(repo, Rule::NewService, "chatgpt-web").await.unwrap();
    assert_eq!(services.count, 1);
}

async fn refusals_become_alerts(repo: &dyn Repo) {
    store(repo, batch(11, 1, 0, (0, 1), &[decision(Level::Public, "released")])).await;
    let fork = batch(11, 1, 0, (0, 9), &[decision(Level::Public, "released")]);
    let ahead = batch(11, 1, 9, (5, 6), &[decision(Level::Public, "released")]);
    for _ in 0..3 {
        let refused = repo.advance(std::slice::from_ref(&ahead), NOW).await.unwrap().outcomes;
        let faults = faults_of(std::slice::from_ref(&ahead), &refused, NOW);
        repo.note_faults(&faults).await.unwrap();
    }
    let refused = repo.advance(std::slice::from_ref(&fork), NOW).await.unwrap().outcomes;
    repo.note_faults(&faults_of(&[fork], &refused, NOW)).await.unwrap();
    let noted = repo.faults(10).await.unwrap();
    assert_eq!(noted.iter().map(|fault| fault.count).collect::<Vec<_>>(), [3, 1]);
    watch(repo).await;
    assert_eq!(open(repo, Rule::ChainGap, &id(11).to_string()).await.unwrap().count, 3);
    assert_eq!(open(repo, Rule::ChainFork, &id(11).to_string()).await.unwrap().count, 1);
    assert_eq!(repo.faults(10).await.unwrap(), []);
}

/// What a device can make up is not remembered for ever.
async fn what_counts_no_more_is_forgotten(repo: &dyn Repo) {
    let mut failed = decision(Level::Internal, "blocked");
    failed["user"] = json!("made up");
    store(repo, batch(16, 1, 0, (0, 1), &[failed])).await;
    watch(repo).await;
    let user = (alerts::Series::Failures, format!("{} made up", id(16)));
    let clock = (alerts::Series::Clock, format!("{} 1", id(16)));
    let service = (alerts::Series::Services, "chatgpt-web".to_owned());
    let keys = BTreeSet::from([user.clone(), clock.clone(), service.clone()]);
    let kept = async || -> BTreeSet<alerts::Key> { repo.gauges(&keys).await.unwrap().into_keys().collect() };
    let day = 24 * HOUR;
    repo.forget_gauges(NOW.plus_millis(day)).await.unwrap();
    repo.forget_gauges(NOW.plus_millis(-day)).await.unwrap();
    assert_eq!(kept().await, keys);
    repo.forget_gauges(NOW.plus_millis(day + 1)).await.unwrap();
    assert_eq!(kept().await, BTreeSet::from([clock, service.clone()]));
    // A clock that is years ahead counts no more either.
    repo.forget_gauges(NOW.plus_millis(-31 * day)).await.unwrap();
    assert_eq!(kept().await, BTreeSet::from([service]));
}

async fn alerts_have_a_life(repo: &dyn Repo) {
    let subject = id(10).to_string();
    let alert = open(repo, Rule::RestrictedSent, &subject).await.unwrap();
    let clone = open(repo, Rule::Clone, &subject).await.unwrap();
    let before = repo.open_alerts().await.unwrap();
    assert!(alerts::acknowledge(repo, &person("eve"), alert.id, NOW).await.unwrap());
    assert!(
        !alerts::acknowledge(repo, &person("mallory"), alert.id, NOW)
            .await
            .unwrap(),
        "somebody looks already"
    );
    // The clock of what nobody acknowledged runs out, once.
    let late = NOW.plus_millis(HOUR);
    assert_eq!(repo.overdue(late.plus_millis(-1), &telling()).await.unwrap(), 0);
    assert!(repo.overdue(late, &telling()).await.unwrap() >= 2);
    assert_eq!(repo.overdue(late, &telling()).await.unwrap(), 0);
    let whats = async |id| -> Vec<String> {
        let told = repo.deliveries_of(id).await.unwrap();
        told.into_iter()
            .map(|each| format!("{} {}", each.what, each.route))
            .collect()
    };
    assert_eq!(whats(clone.id).await, ["raised pager", "overdue pager"]);
    assert_eq!(whats(alert.id).await, ["raised mail", "raised pager"]);
    assert!(
        alerts::close(repo, &person("eve"), alert.id, "a drill", late)
            .await
            .unwrap()
    );
    assert!(!alerts::close(repo, &person("eve"), alert.id, "", late).await.unwrap());
    assert!(!alerts::acknowledge(repo, &person("eve"), alert.id, late).await.unwrap());
    let closed = repo.alert(alert.id).await.unwrap().unwrap();
    assert_eq!(closed.state(), "closed");
    assert_eq!(closed.closed, Some((late, "account:eve".to_owned())));
    assert_eq!(closed.note.as_deref(), Some("a drill"));
    assert_eq!(repo.open_alerts().await.unwrap()[2], before[2] - 1);
    assert_eq!(open(repo, Rule::RestrictedSent, &subject).await, None);
    store(
        repo,
        batch(10, 1, 6, (3, 4), &[decision(Level::Restricted, "released")]),
    )
    .await;
    watch(repo).await;
    let another = open(repo, Rule::RestrictedSent, &subject).await.unwrap();
    assert_ne!(another.id, alert.id);
    assert_eq!(another.count, 1);
    // Lists go on behind the last one.
    let mut wanted = AlertsWanted {
        closed: true,
        limit: 2,
        ..AlertsWanted::default()
    };
    let mut all = BTreeSet::new();
    loop {
        let page = repo.alerts(&wanted).await.unwrap();
        let Some(last) = page.last() else { break };
        wanted.before = Some((last.raised, last.id));
        assert!(page.iter().all(|alert| all.insert(alert.id)));
    }
    wanted = AlertsWanted {
        closed: true,
        limit: 1000,
        ..AlertsWanted::default()
    };
    assert_eq!(all.len(), repo.alerts(&wanted).await.unwrap().len());
    wanted.urgency = Some(Urgency::Hour);
    assert!(
        repo.alerts(&wanted)
            .await
            .unwrap()
            .iter()
            .all(|alert| alert.urgency == Urgency::Hour)
    );
}

async fn mutes_end(repo: &dyn Repo) {
    let subject = id(12).to_string();
    let mute = Mute {
        rule: Rule::RestrictedSent,
        subject: Some(subject.clone()),
        until: NOW.plus_millis(1000),
        since: NOW,
        muter: "eve".to_owned(),
        why: "a test machine".to_owned(),
    };
    repo.mute(&mute, &entry()).await.unwrap();
    repo.mute(&mute, &entry()).await.unwrap();
    assert_eq!(repo.mutes(NOW).await.unwrap(), std::slice::from_ref(&mute));
    assert_eq!(repo.mutes(mute.until).await.unwrap(), []);
    store(
        repo,
        batch(12, 1, 0, (0, 1), &[decision(Level::Restricted, "released")]),
    )
    .await;
    watch(repo).await;
    let muted = open(repo, Rule::RestrictedSent, &subject).await.unwrap();
    assert_eq!(
        repo.deliveries_of(muted.id).await.unwrap(),
        [],
        "raised, and nobody is told"
    );
    assert!(
        alerts::unmute(repo, &person("eve"), mute.rule, Some(&subject), NOW)
            .await
            .unwrap()
    );
    assert!(
        !alerts::unmute(repo, &person("eve"), mute.rule, Some(&subject), NOW)
            .await
            .unwrap()
    );
    alerts::close(repo, &person("eve"), muted.id, "", NOW).await.unwrap();
    // All subjects, but past its time.
    let all = Mute { subject: None, ..mute };
    repo.mute(&all, &entry()).await.unwrap();
    store(
        repo,
        batch(12, 1, 1, (1, 2), &[decision(Level::Restricted, "released")]),
    )
    .await;
    let later = NOW.plus_millis(1000);
    while alerts::step(repo, &Thresholds::default(), &telling(), later)
        .await
        .unwrap()
    {}
    let told = open(repo, Rule::RestrictedSent, &subject).await.unwrap();
    assert_eq!(repo.deliveries_of(told.id).await.unwrap().len(), 2);
}

async fn what_began_under_a_mute_is_told_after_it(repo: &dyn Repo) {
    let subject = id(15).to_string();
    let mute = Mute {
        rule: Rule::RestrictedSent,
        subject: Some(subject.clone()),
        until: NOW.plus_millis(3 * HOUR),
        since: NOW,
        muter: "eve".to_owned(),
        why: "a test machine".to_owned(),
    };
    repo.mute(&mute, &entry()).await.unwrap();
    let happens = async |number: u64, now: Timestamp| -> Alert {
        let heads = (number as u8, number as u8 + 1);
        let restricted = batch(15, 1, number, heads, &[decision(Level::Restricted, "released")]);
        store(repo, restricted).await;
        while alerts::step(repo, &Thresholds::default(), &telling(), now)
            .await
            .unwrap()
        {}
        open(repo, Rule::RestrictedSent, &subject).await.unwrap()
    };
    let told = async |alert: &Alert| -> Vec<String> {
        let told = repo.deliveries_of(alert.id).await.unwrap();
        told.iter()
            .map(|each| format!("{} {}", each.what, each.route))
            .collect()
    };
    let alert = happens(0, NOW).await;
    // Its clock runs out under the mute, and nobody is told of that either.
    repo.overdue(NOW.plus_millis(2 * HOUR), &telling()).await.unwrap();
    assert_eq!(happens(1, NOW.plus_millis(2 * HOUR)).await.overdue, None);
    assert_eq!(told(&alert).await, [] as [&str; 0]);
    repo.overdue(mute.until, &telling()).await.unwrap();
    assert_eq!(told(&alert).await, ["overdue mail", "overdue pager"]);
    for number in [2, 3] {
        let again = happens(number, mute.until).await;
        assert_eq!((again.id, again.count), (alert.id, number + 1));
        let mut told = told(&alert).await;
        told.sort();
        assert_eq!(
            told,
            ["overdue mail", "overdue pager", "raised mail", "raised pager"],
            "each once"
        );
    }
    // Who looks at it is not told that it is there.
    alerts::close(repo, &person("eve"), alert.id, "", mute.until)
        .await
        .unwrap();
    let mute = Mute {
        until: NOW.plus_millis(6 * HOUR),
        ..mute
    };
    repo.mute(&mute, &entry()).await.unwrap();
    let alert = happens(4, NOW.plus_millis(5 * HOUR)).await;
    alerts::acknowledge(repo, &person("eve"), alert.id, NOW).await.unwrap();
    happens(5, mute.until).await;
    assert_eq!(told(&alert).await, [] as [&str; 0]);
}

async fn silence_is_told_and_ends(repo: &dyn Repo) {
    let device = support::device(13, "laptop\n13", NOW);
    support::enrolled(repo, &device).await;
    let subject = id(13).to_string();
    let week = NOW.plus_millis(7 * 24 * HOUR);
    let sweep = async |now| {
        let swept = alerts::sweep(repo, &Thresholds::default(), &telling(), now).await;
        swept.unwrap();
    };
    sweep(week).await;
    assert_eq!(open(repo, Rule::Silent, &subject).await, None, "not a moment over");
    sweep(week.plus_millis(1)).await;
    sweep(week.plus_millis(2)).await;
    let alert = open(repo, Rule::Silent, &subject).await.unwrap();
    assert_eq!(
        (alert.count, alert.text.as_str()),
        (1, "laptop13 was not heard of for 7 days")
    );
    assert_eq!(alert.device_name.as_deref(), Some("laptop\n13"));
    assert_eq!(repo.deliveries_of(alert.id).await.unwrap().len(), 1);
    // Closed by a person, it is not raised again for the same silence.
    alerts::close(repo, &person("eve"), alert.id, "on leave", week.plus_millis(3))
        .await
        .unwrap();
    sweep(week.plus_millis(4)).await;
    assert_eq!(open(repo, Rule::Silent, &subject).await, None);
    let standing = Standing {
        now: NOW,
        machine: device.machine,
        bundle: 0,
        digest: String::new(),
        order: 0,
        refused: None,
        refused_bundle: None,
        overrides: Vec::new(),
    };
    let told = [(id(13), standing)];
    repo.stand(&told, week.plus_millis(5)).await.unwrap();
    let fortnight = week.plus_millis(6 + 7 * 24 * HOUR);
    sweep(fortnight).await;
    let alert = open(repo, Rule::Silent, &subject).await.unwrap();
    repo.stand(&told, fortnight.plus_millis(1)).await.unwrap();
    sweep(fortnight.plus_millis(2)).await;
    let over = repo.alert(alert.id).await.unwrap().unwrap();
    assert_eq!(over.closed, Some((fortnight.plus_millis(2), "weir".to_owned())));
}

/// A node that was held up is not heard about what another has done since.
async fn a_claim_that_was_taken_over_says_nothing(repo: &dyn Repo) {
    store(
        repo,
        batch(14, 1, 0, (0, 1), &[decision(Level::Restricted, "released")]),
    )
    .await;
    watch(repo).await;
    let alert = open(repo, Rule::RestrictedSent, &id(14).to_string()).await.unwrap();
    let mine = async |now: Timestamp| {
        let due = repo
            .deliveries_due("pager", (now, now.plus_millis(2 * HOUR)), 100)
            .await;
        due.unwrap().into_iter().find(|delivery| delivery.alert == alert.id)
    };
    let slow = mine(NOW).await.unwrap();
    let (first, second) = (NOW.plus_millis(60_000), NOW.plus_millis(120_000));
    assert!(repo.claim_delivery(&slow, first).await.unwrap());
    assert!(!repo.claim_delivery(&slow, first).await.unwrap());
    assert_eq!(mine(first.plus_millis(-1)).await, None);
    let mut quick = mine(first).await.unwrap();
    assert!(repo.claim_delivery(&quick, second).await.unwrap());
    let failed = Delivery {
        error: Some("too late".to_owned()),
        dead: Some(first),
        ..slow.clone()
    };
    assert!(!repo.delivered(&failed, first).await.unwrap(), "another node has it");
    quick.sent = Some(first);
    assert!(repo.delivered(&quick, second).await.unwrap());
    assert!(!repo.delivered(&failed, first).await.unwrap());
    let told = repo.deliveries_of(alert.id).await.unwrap();
    let told = told.iter().find(|delivery| delivery.route == "pager").unwrap();
    assert_eq!((told.sent, told.dead, told.attempts), (Some(first), None, 2));
    assert_eq!(told.error, None);
}

async fn exposure_is_added_up(repo: &dyn Repo) {
    let mut blocked = decision(Level::Restricted, "blocked");
    blocked["user"] = json!("bob");
    let decisions = [
        decision(Level::Restricted, "rewritten"),
        decision(Level::Confidential, "released"),
        blocked,
    ];
    let mut one = batch(20, 1, 0, (0, 1), &decisions);
    for row in &mut one.rows {
        row.columns.provider = Some("acme-ai".to_owned());
    }
    // The same log once more, as another timeline: the same messages.
    let mut again = one.clone();
    again.timeline = 2;
    store(repo, one).await;
    store(repo, again).await;
    let asked = exposure(
        repo,
        &person("eve"),
        "acme-ai",
        (NOW, NOW.plus_millis(2)),
        &purpose(),
        NOW,
    )
    .await
    .unwrap();
    assert_eq!(
        (asked.messages, asked.kept, asked.bytes, asked.unread),
        (2, 0, 200, 0),
        "without the last"
    );
    let asked = exposure(
        repo,
        &person("eve"),
        "acme-ai",
        (NOW, NOW.plus_millis(3)),
        &purpose(),
        NOW,
    )
    .await
    .unwrap();
    assert_eq!((asked.messages, asked.kept), (2, 1));
    assert_eq!(
        asked.users,
        BTreeSet::from(["ada".to_owned()]),
        "bob's message did not leave"
    );
    assert_eq!(asked.devices, BTreeSet::from([id(20)]));
    let classes: Vec<_> = asked
        .classes
        .iter()
        .map(|class| (class.data_type.as_str(), class.sent, class.replaced, class.messages))
        .collect();
    assert_eq!(classes, [("security/openai_key", 1, 1, 2), ("personal/email", 6, 0, 2)]);
    let journal = repo.journal(Page::Before(u64::MAX), 3).await.unwrap();
    let entered: Vec<_> = journal
        .iter()
        .map(|row| (row.deed.as_str(), row.subject.as_str()))
        .collect();
    assert_eq!(
        entered,
        [
            ("exposure-read", "acme-ai"),
            ("exposure-read", "acme-ai"),
            ("alert-close", entered[2].1)
        ]
    );
    let none = exposure(
        repo,
        &person("eve"),
        "openai",
        (NOW.plus_millis(HOUR), NOW.plus_millis(2 * HOUR)),
        &purpose(),
        NOW,
    )
    .await
    .unwrap();
    assert_eq!((none.messages, none.classes.len()), (0, 0));
}

/// The server's clock was a month ahead, and is put right.
async fn a_clock_that_was_ahead_raises_nothing_that_stays(repo: &dyn Repo) {
    support::enrolled(repo, &support::device(17, "laptop 17", NOW)).await;
    let subject = id(17).to_string();
    let sweep = async |now: Timestamp| -> Option<Alert> {
        let swept = alerts::sweep(repo, &Thresholds::default(), &telling(), now).await;
        swept.unwrap();
        open(repo, Rule::Silent, &subject).await
    };
    let wrong = sweep(NOW.plus_millis(720 * HOUR)).await.unwrap();
    assert_eq!(sweep(NOW.plus_millis(HOUR)).await, None, "it is not silent");
    let week = NOW.plus_millis(7 * 24 * HOUR + 1);
    let right = sweep(week).await.unwrap();
    assert_ne!(right.id, wrong.id);
    assert_eq!((right.raised, right.count), (week, 1));
    assert_eq!(sweep(week.plus_millis(1)).await, Some(right));
}

/// Two nodes watch one fleet while records arrive: every record counts once.
async fn nodes_race(address: &str) {
    let (one, two) = (repo::open(address).await.unwrap(), repo::open(address).await.unwrap());
    let begin = one.reader(READER).await.unwrap();
    for round in 0..12_u64 {
        let heads = (round as u8, round as u8 + 1);
        store(
            &*one,
            batch(40, 1, round, heads, &[decision(Level::Restricted, "released")]),
        )
        .await;
        let step = |repo: Arc<dyn Repo>| async move {
            // A node that waits for the other may be refused, and comes again.
            let _ = alerts::step(&*repo, &Thresholds::default(), &telling(), NOW).await;
        };
        tokio::join!(step(Arc::clone(&one)), step(Arc::clone(&two)));
    }
    watch(&*one).await;
    watch(&*two).await;
    assert!(one.reader(READER).await.unwrap() > begin);
    let alert = open(&*one, Rule::RestrictedSent, &id(40).to_string()).await.unwrap();
    assert_eq!(alert.count, 12);
    assert_eq!(one.deliveries_of(alert.id).await.unwrap().len(), 2);
}

/// A transaction that began earlier and ends later is not skipped: readers wait for it.
async fn nothing_overtakes_a_slow_transaction(address: &str) {
    let repo = repo::open(address).await.unwrap();
    let public = || decision(Level::Public, "released");
    store(&*repo, batch(50, 1, 0, (0, 1), &[public()])).await;
    let pool = sqlx::PgPool::connect(address).await.unwrap();
    let mut slow = pool.begin().await.unwrap();
    sqlx::query(
        "INSERT INTO batches (log, last, first, head, received, arrival) \
         SELECT id, 100, 100, head, 0, pg_current_xact_id()::text::bigint FROM logs LIMIT 1",
    )
    .execute(&mut *slow)
    .await
    .unwrap();
    store(&*repo, batch(51, 1, 0, (0, 1), &[public()])).await;
    let seen = repo.accepted(Place::default(), 1000).await.unwrap();
    assert_eq!(seen.len(), 1, "what came behind the slow one waits for it");
    slow.commit().await.unwrap();
    let seen = repo.accepted(seen[0].place, 1000).await.unwrap();
    let lasts: Vec<u64> = seen.iter().map(|batch| batch.last).collect();
    assert_eq!(lasts, [100, 0]);
}

/// In a new cluster transactions count from the beginning, and arrivals go on all the same.
async fn a_restored_database_goes_on(address: &str) {
    let repo = repo::open(address).await.unwrap();
    let public = || decision(Level::Public, "released");
    store(&*repo, batch(60, 1, 0, (0, 1), &[public()])).await;
    let pool = sqlx::PgPool::connect(address).await.unwrap();
    // As if the old cluster had counted far beyond this one.
    sqlx::query("UPDATE batches SET arrival = arrival + 1000000000")
        .execute(&pool)
        .await
        .unwrap();
    let again = repo::open(address).await.unwrap();
    let before = again.newest_place().await.unwrap();
    store(&*again, batch(60, 1, 1, (1, 2), &[public()])).await;
    let seen = again.accepted(before, 1000).await.unwrap();
    assert_eq!(seen.len(), 1);
    assert_eq!(seen[0].last, 1);
}
