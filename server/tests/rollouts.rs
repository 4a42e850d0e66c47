//! When a roll-out is overtaken, over both databases.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test's broken assumption is a failed test"
)]

mod support;

use serde_json::json;
use sqlx::migrate::Migrator;
use sqlx::{AssertSqlSafe, PgPool, SqlitePool};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use support::PostgresServer;
use weir_audit::Kind;
use weir_fleet::{DeviceId, Sent};
use weir_model::{EventId, Timestamp};
use weir_server::ingest::{Advance, Outcome, Row};
use weir_server::journal::{Actor, Deed, Entry, Page};
use weir_server::policies::{
    self, Arm, ChangeError, Published, Rollout, RolloutState, Stage, StepKind, Tallied, Tally, Turn, Watch, offered,
};
use weir_server::repo::{self, Repo};

const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);

#[tokio::test]
async fn sqlite_ends_what_is_overtaken() {
    let dir = tempfile::tempdir().unwrap();
    let address = format!("sqlite:{}", dir.path().join("weir.db").display());
    story(&*repo::open(&address).await.unwrap()).await;
}

#[tokio::test]
async fn postgres_ends_what_is_overtaken() {
    let server = PostgresServer::start();
    story(&*repo::open(&server.database("overtaken")).await.unwrap()).await;
}

async fn story(repo: &dyn Repo) {
    one_for_fewer_groups_leaves_it(repo).await;
    several_together_overtake_it(repo).await;
    devices_keep_what_they_have(repo).await;
    it_is_told_in_its_history_and_in_the_journal(repo).await;
    a_bundle_for_all_at_once_overtakes(repo).await;
    what_was_rolled_back_takes_nobodys_place(repo).await;
}

fn ada() -> Actor {
    Actor::Account("ada".to_owned())
}

/// Publishes a bundle for groups; staged, to the first group alone for now.
async fn publish(repo: &dyn Repo, number: u64, groups: &[&str], staged: bool) {
    publish_for(repo, number, groups, staged.then_some(None)).await;
}

/// With the minutes of the stage, where it has one.
async fn publish_for(repo: &dyn Repo, number: u64, groups: &[&str], stage: Option<Option<u32>>) {
    let published = Published {
        number,
        name: "acme".to_owned(),
        digest: format!("{number:064}"),
        issued: NOW,
        expires: NOW.plus_millis(100),
        published: NOW.plus_millis(number.cast_signed()),
    };
    let rollout = stage.map(|minutes| Rollout {
        bundle: number,
        digest: published.digest.clone(),
        stages: vec![Stage {
            groups: BTreeSet::from([groups[0].to_owned()]),
            percent: 100,
            minutes,
        }],
        stage: 0,
        entered: published.published,
        state: RolloutState::Running,
        overtaken_by: None,
        steps: 1,
    });
    let audience = groups.iter().map(|&group| group.to_owned()).collect();
    let entry = Entry::new(published.published, &ada(), Deed::BundlePublish, number);
    let kept = repo
        .add_bundle(&published, b"bytes", &audience, rollout.as_ref(), (&entry, &ada()))
        .await;
    assert!(kept.unwrap());
}

async fn stands(repo: &dyn Repo, bundle: u64) -> (RolloutState, Option<u64>) {
    let rollout = repo.rollout(bundle).await.unwrap().unwrap();
    (rollout.state, rollout.overtaken_by)
}

async fn gets(repo: &dyn Repo, group: &str) -> Option<u64> {
    let newest = repo.newest_for(group).await.unwrap().map_or(0, |newest| newest.number);
    gets_beside(repo, group, newest).await
}

/// What a device gets that runs this one.
async fn gets_beside(repo: &dyn Repo, group: &str, runs: u64) -> Option<u64> {
    let offers = repo.offers(group).await.unwrap();
    offered(&offers, DeviceId::from_bytes([1; 16]), group, runs).map(|published| published.number)
}

const RUNNING: (RolloutState, Option<u64>) = (RolloutState::Running, None);

const fn overtaken(by: u64) -> (RolloutState, Option<u64>) {
    (RolloutState::Overtaken, Some(by))
}

async fn one_for_fewer_groups_leaves_it(repo: &dyn Repo) {
    publish(repo, 1, &["pilot", "staff", "lab"], false).await;
    publish(repo, 2, &["pilot", "staff", "lab"], true).await;
    publish(repo, 3, &["pilot"], true).await;
    assert_eq!(stands(repo, 2).await, RUNNING, "staff and lab are still to get it");
    publish(repo, 4, &["elsewhere"], false).await;
    assert_eq!((stands(repo, 2).await, stands(repo, 3).await), (RUNNING, RUNNING));
}

async fn several_together_overtake_it(repo: &dyn Repo) {
    policies::steer(repo, &ada(), (2, Turn::Pause), "wait", NOW)
        .await
        .unwrap();
    publish(repo, 5, &["staff", "lab"], true).await;
    assert_eq!(
        stands(repo, 2).await,
        overtaken(5),
        "pilot has 3, the others 5: paused or not"
    );
    assert_eq!(
        (stands(repo, 3).await, stands(repo, 5).await),
        (RUNNING, RUNNING),
        "different groups do not compete"
    );
    let running = repo.rollouts(false, 10).await.unwrap();
    let numbers: Vec<u64> = running.iter().map(|rollout| rollout.bundle).collect();
    assert_eq!(numbers, [5, 3]);
    assert_eq!(repo.rollouts(true, 10).await.unwrap().len(), 3);
    let refused = policies::steer(repo, &ada(), (2, Turn::Resume), "go on", NOW).await;
    assert!(matches!(refused, Err(ChangeError::State("overtaken"))), "{refused:?}");
}

async fn devices_keep_what_they_have(repo: &dyn Repo) {
    publish(repo, 6, &["staff", "pilot"], true).await;
    assert_eq!(stands(repo, 3).await, overtaken(6));
    assert_eq!(stands(repo, 5).await, RUNNING, "lab is still to get it");
    assert_eq!(
        (
            gets(repo, "staff").await,
            gets_beside(repo, "pilot", 3).await,
            gets(repo, "lab").await
        ),
        (Some(6), Some(3), Some(1)),
        "pilot keeps 3 until 6 comes to it; lab is in no stage yet"
    );
    assert_eq!(
        (
            gets_beside(repo, "pilot", 2).await,
            gets_beside(repo, "pilot", 1).await,
            gets_beside(repo, "pilot", 0).await
        ),
        (Some(2), Some(1), Some(1)),
        "who has not got it yet does not get what was overtaken"
    );
}

async fn it_is_told_in_its_history_and_in_the_journal(repo: &dyn Repo) {
    let steps = repo.rollout_steps(2).await.unwrap();
    let kinds: Vec<StepKind> = steps.iter().map(|step| step.kind).collect();
    assert_eq!(kinds, [StepKind::Begin, StepKind::Pause, StepKind::Overtake]);
    let last = &steps[2];
    assert_eq!(
        (last.number, last.time, &*last.actor, &*last.why),
        (3, NOW.plus_millis(5), "account:ada", "bundle 5 took its place")
    );
    let rows = repo.journal(Page::After(0), 100).await.unwrap();
    let entered: Vec<_> = rows
        .iter()
        .filter(|row| row.deed == Deed::RolloutOvertake.as_str())
        .map(|row| (&*row.actor, &*row.subject, &*row.details))
        .collect();
    assert_eq!(
        entered,
        [
            ("account:ada", "2", r#"{"by":5,"stage":0}"#),
            ("account:ada", "3", r#"{"by":6,"stage":0}"#)
        ]
    );
    let published = rows.iter().position(|row| row.subject == "5").unwrap();
    assert_eq!(rows[published + 1].subject, "2", "behind what led to it");
}

async fn a_bundle_for_all_at_once_overtakes(repo: &dyn Repo) {
    publish(repo, 7, &["pilot", "staff", "lab"], false).await;
    assert_eq!(
        (stands(repo, 5).await, stands(repo, 6).await),
        (overtaken(7), overtaken(7))
    );
    assert_eq!(stands(repo, 2).await, overtaken(5), "what is at its end stays so");
    assert!(repo.rollouts(false, 10).await.unwrap().is_empty());
    assert_eq!(gets(repo, "pilot").await, Some(7));
}

async fn what_was_rolled_back_takes_nobodys_place(repo: &dyn Repo) {
    publish(repo, 8, &["pilot", "staff"], true).await;
    publish(repo, 9, &["pilot"], true).await;
    let back = async || {
        policies::roll_back(repo, (&ada(), "ada"), 9, 0, "no", NOW)
            .await
            .unwrap()
    };
    let (first, lost) = back().await;
    // The draft did not come to be, or nobody has heard of it.
    let (again, draft) = back().await;
    assert_eq!((&again, again.state), (&first, RolloutState::RolledBack));
    assert!(draft.id != lost.id && repo.draft(draft.id).await.unwrap() == Some(draft));
    publish(repo, 10, &["staff"], false).await;
    assert_eq!(
        stands(repo, 8).await,
        RUNNING,
        "pilot is still to get it: 9 was given up"
    );
    publish(repo, 11, &["pilot"], false).await;
    assert_eq!(stands(repo, 8).await, overtaken(11));
    assert_eq!(stands(repo, 9).await, (RolloutState::RolledBack, None));
}

#[tokio::test]
async fn sqlite_counts_before_a_stage_goes_on() {
    let dir = tempfile::tempdir().unwrap();
    let address = format!("sqlite:{}", dir.path().join("weir.db").display());
    counting(repo::open(&address).await.unwrap()).await;
}

#[tokio::test]
async fn postgres_counts_before_a_stage_goes_on() {
    let server = PostgresServer::start();
    counting(repo::open(&server.database("counting")).await.unwrap()).await;
}

async fn counting(repo: Arc<dyn Repo>) {
    for (number, group) in [(1, "pilot"), (2, "staff")] {
        let mut device = support::device(number, group, NOW);
        group.clone_into(&mut device.group);
        support::enrolled(&*repo, &device).await;
    }
    publish(&*repo, 1, &["pilot", "staff"], false).await;
    what_waits_is_counted_before_the_stage_goes_on(&repo).await;
    what_was_forgiven_is_not_counted_again(&*repo).await;
    a_stage_does_not_go_on_unwatched(&repo).await;
}

fn minutes(minutes: i64) -> Timestamp {
    NOW.plus_millis(minutes * 60_000)
}

/// A message that was decided under a bundle.
fn record(seq: u64, time: Timestamp, bundle: u64, disposition: &str) -> Sent {
    let mut id = [7; 16];
    id[..8].copy_from_slice(&seq.to_be_bytes());
    let body = json!({"disposition": disposition, "decision": {"bundle": {"number": bundle}}});
    Sent {
        seq,
        kind: Kind::Decision,
        time,
        id: EventId::from_bytes(id),
        body: serde_json::value::to_raw_value(&body).unwrap(),
    }
}

/// A device tells so many of them.
async fn tells(repo: &dyn Repo, device: u8, (bundle, disposition): (u64, &str), count: u64, at: Timestamp) {
    let device = DeviceId::from_bytes([device; 16]);
    let state = repo.log(device, 1).await.unwrap();
    let last = state.as_ref().map_or(0, |state| state.last);
    let sent: Vec<Sent> = (last + 1..=last + count)
        .map(|seq| record(seq, at, bundle, disposition))
        .collect();
    let advance = Advance {
        device,
        timeline: 1,
        first: last + 1,
        last: last + count,
        before: state.map_or([0; 32], |state| state.head),
        head: [u8::try_from((last + count) % 251).unwrap(); 32],
        rows: Row::all(&sent).unwrap(),
    };
    let outcomes = repo.advance(&[advance], at).await.unwrap().outcomes;
    assert!(matches!(outcomes[..], [Outcome::Stored(_)]), "{outcomes:?}");
}

/// More than is counted at once, and only behind it what there is to compare with.
async fn what_waits_is_counted_before_the_stage_goes_on(repo: &Arc<dyn Repo>) {
    publish_for(&**repo, 2, &["pilot", "staff"], Some(Some(1))).await;
    let watch = Watch::new(Arc::clone(repo), Default::default());
    watch.round(true, NOW).await.unwrap();
    for _ in 0..9 {
        tells(&**repo, 1, (2, "blocked"), 500, minutes(1)).await;
    }
    tells(&**repo, 2, (1, "released"), 40, minutes(1)).await;
    assert!(watch.round(true, minutes(2)).await.unwrap(), "more waits");
    assert_eq!(stands(&**repo, 2).await, RUNNING);
    while watch.round(true, minutes(2)).await.unwrap() {}
    assert_eq!(stands(&**repo, 2).await, (RolloutState::Paused, None));
    let (treated, control) = repo.tallies(2, 0).await.unwrap();
    assert_eq!((treated.blocked, control.messages), (4500, 40));
}

/// Somebody has it go on while records of before are being counted.
async fn what_was_forgiven_is_not_counted_again(repo: &dyn Repo) {
    let read = repo.rollout(2).await.unwrap().unwrap();
    policies::steer(repo, &ada(), (2, Turn::Resume), "as meant", minutes(3))
        .await
        .unwrap();
    let counted = async |entered| {
        let more = Tally {
            messages: 40,
            blocked: 40,
            ..Tally::default()
        };
        let tallied = Tallied {
            bundle: 2,
            stage: read.stage,
            entered,
            arm: Arm::Treated,
            more,
        };
        let from = repo.reader("roll-outs").await.unwrap();
        assert!(repo.tally("roll-outs", (from, from), &[tallied]).await.unwrap());
        repo.tallies(2, 0).await.unwrap().0.blocked
    };
    assert_eq!(counted(read.entered).await, 0);
    assert_eq!(counted(minutes(3)).await, 40);
    assert_eq!(counted(read.entered).await, 40);
}

/// Nobody counted while the time of a stage passed: laptops are still to tell what it does to them.
async fn a_stage_does_not_go_on_unwatched(repo: &Arc<dyn Repo>) {
    publish_for(&**repo, 3, &["pilot", "staff"], Some(Some(60))).await;
    let watch = Watch::new(Arc::clone(repo), Default::default());
    let stands_at = async |minute: i64| {
        while watch.round(true, minutes(minute)).await.unwrap() {}
        stands(&**repo, 3).await
    };
    assert_eq!(stands_at(30).await, RUNNING);
    // A gap.
    for minute in [61, 66, 71, 75] {
        assert_eq!(stands_at(minute).await, RUNNING, "{minute}");
    }
    assert_eq!(stands_at(76).await, (RolloutState::Done, None));
}

/// The tables as they were before anybody said what is overtaken. `EMPTY` is how the database writes no bytes.
const BEFORE: &str = "INSERT INTO bundles (number, name, digest, issued, expires, published, bundle) VALUES \
     (1, 'a', '1', 0, 9, 10, EMPTY), (2, 'a', '2', 0, 9, 20, EMPTY), (3, 'a', '3', 0, 9, 30, EMPTY), (4, 'a', '4', 0, 9, 40, EMPTY); \
     INSERT INTO audiences (number, device_group) VALUES (1, 'a'), (1, 'b'), (2, 'a'), (3, 'b'), (4, 'a'); \
     INSERT INTO rollouts (bundle, stages, stage, entered, state, steps) VALUES \
     (1, '[]', 0, 10, 'running', 1), (2, '[]', 0, 20, 'rolled-back', 2), (3, '[]', 0, 30, 'paused', 2);";
const VERSION: i64 = 18;

async fn migrations(engine: &str) -> Migrator {
    let folder: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations").join(engine);
    Migrator::new(folder).await.unwrap()
}

async fn an_older_database_was_brought_up_to_date(repo: &dyn Repo) {
    assert_eq!(
        stands(repo, 1).await,
        overtaken(4),
        "4 is the newer one of a: 2 was given up"
    );
    assert_eq!(stands(repo, 2).await, (RolloutState::RolledBack, None));
    assert_eq!(stands(repo, 3).await, (RolloutState::Paused, None));
    let steps = repo.rollout_steps(1).await.unwrap();
    let last = steps.last().unwrap();
    assert_eq!(
        (last.number, last.kind, last.time.as_millis(), &*last.why),
        (2, StepKind::Overtake, 40, "bundle 4 took its place")
    );
}

#[tokio::test]
async fn sqlite_ends_what_was_overtaken_before() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("weir.db");
    let pool = SqlitePool::connect(&format!("sqlite:{}?mode=rwc", path.display()))
        .await
        .unwrap();
    migrations("sqlite").await.run_to(VERSION, &pool).await.unwrap();
    let before = BEFORE.replace("EMPTY", "x''");
    sqlx::raw_sql(AssertSqlSafe(before)).execute(&pool).await.unwrap();
    pool.close().await;
    let repo = repo::open(&format!("sqlite:{}", path.display())).await.unwrap();
    an_older_database_was_brought_up_to_date(&*repo).await;
}

#[tokio::test]
async fn postgres_ends_what_was_overtaken_before() {
    let server = PostgresServer::start();
    let address = server.database("before");
    let pool = PgPool::connect(&address).await.unwrap();
    migrations("postgres").await.run_to(VERSION, &pool).await.unwrap();
    let before = BEFORE.replace("EMPTY", "''");
    sqlx::raw_sql(AssertSqlSafe(before)).execute(&pool).await.unwrap();
    pool.close().await;
    let repo = repo::open(&address).await.unwrap();
    an_older_database_was_brought_up_to_date(&*repo).await;
}
