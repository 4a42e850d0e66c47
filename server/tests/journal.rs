//! The server's own log over both databases: nothing changes without a row, two nodes never fork it, and whatever is done
//! to its rows behind the server's back is found.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test's broken assumption is a failed test"
)]

mod support;

use sqlx::{Connection, PgConnection, SqliteConnection};
use std::io::Cursor;
use std::path::Path;
use support::PostgresServer;
use weir_bundle::SigningKey;
use weir_fleet::LogEntry;
use weir_model::Timestamp;
use weir_server::devices::{TokenWanted, create_token, drop_token};
use weir_server::journal::{Actor, Broken, Deed, Entry, Page, VerifyError, Witness};
use weir_server::repo::{self, Repo};
use weir_server::reports::{self, PackError};
use weir_server::tlog::Log;

const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);

fn key() -> SigningKey {
    SigningKey::from_seed(&[3; 32]).unwrap()
}

fn alice() -> Actor {
    Actor::Account("alice".to_owned())
}

#[tokio::test]
async fn sqlite_keeps_the_journal() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("weir.db");
    let address = format!("sqlite:{}", path.display());
    let repo = repo::open(&address).await.unwrap();
    changes_are_entered(&*repo, dir.path()).await;
    let other = repo::open(&address).await.unwrap();
    nodes_take_turns(&*repo, &*other, dir.path()).await;
    heads_are_found_in_the_log(&*repo).await;
    let mut behind = SqliteConnection::connect(&address).await.unwrap();
    for (statement, wanted) in tamperings() {
        let copy = tempfile::tempdir().unwrap();
        let kept = copy.path().join("kept.db");
        let save = format!("VACUUM INTO '{}'", kept.display());
        sqlx::query(sqlx::AssertSqlSafe(save))
            .execute(&mut behind)
            .await
            .unwrap();
        let changed = format!("sqlite:{}", kept.display());
        let mut thief = SqliteConnection::connect(&changed).await.unwrap();
        sqlx::raw_sql(statement).execute(&mut thief).await.unwrap();
        thief.close().await.unwrap();
        let repo = repo::open(&changed).await.unwrap();
        is_found(&*repo, dir.path(), statement, &wanted).await;
    }
}

#[tokio::test]
async fn postgres_keeps_the_journal() {
    let server = PostgresServer::start();
    let dir = tempfile::tempdir().unwrap();
    let address = server.database("journal");
    let repo = repo::open(&address).await.unwrap();
    changes_are_entered(&*repo, dir.path()).await;
    let other = repo::open(&address).await.unwrap();
    nodes_take_turns(&*repo, &*other, dir.path()).await;
    heads_are_found_in_the_log(&*repo).await;
    for (statement, wanted) in tamperings() {
        let mut thief = PgConnection::connect(&address).await.unwrap();
        // What was there is put back from a copy.
        let copy = "CREATE TABLE j AS TABLE journal; CREATE TABLE h AS TABLE journal_head; CREATE TABLE c AS TABLE checkpoints";
        sqlx::raw_sql(copy).execute(&mut thief).await.unwrap();
        sqlx::raw_sql(statement).execute(&mut thief).await.unwrap();
        is_found(&*repo, dir.path(), statement, &wanted).await;
        let back = "TRUNCATE journal, journal_head, checkpoints; INSERT INTO journal SELECT * FROM j; \
                    INSERT INTO journal_head SELECT * FROM h; INSERT INTO checkpoints SELECT * FROM c; DROP TABLE j, h, c";
        sqlx::raw_sql(back).execute(&mut thief).await.unwrap();
    }
    Witness::in_home(dir.path())
        .verify(&*repo, &key().public())
        .await
        .unwrap();
}

async fn changes_are_entered(repo: &dyn Repo, home: &Path) {
    let wanted = TokenWanted {
        group: "staff".to_owned(),
        note: "not in the journal".to_owned(),
        uses: 3,
        expires: NOW.plus_millis(9),
    };
    let (_, kept) = create_token(repo, &alice(), [1; 32], wanted, NOW).await.unwrap();
    assert!(drop_token(repo, &alice(), kept.id, NOW.plus_millis(1)).await.unwrap());
    // What changed nothing is not entered.
    assert!(!drop_token(repo, &alice(), kept.id, NOW).await.unwrap());
    let rows = repo.journal(Page::After(0), 10).await.unwrap();
    let told: Vec<_> = rows.iter().map(|row| (row.number, &*row.deed, &*row.subject)).collect();
    let id = hex::encode(kept.id);
    let wanted = [(1, "enrolment-token-create", &*id), (2, "enrolment-token-drop", &*id)];
    assert_eq!(told, wanted);
    assert_eq!(rows[0].actor, "account:alice");
    let details: serde_json::Value = serde_json::from_str(&rows[0].details).unwrap();
    assert_eq!(details["group"], "staff");
    assert_eq!(details["uses"], 3);
    let newest = repo.journal(Page::Before(2), 10).await.unwrap();
    assert_eq!(newest, rows[..1]);

    let witness = Witness::in_home(home);
    let verified = witness.verify(repo, &key().public()).await.unwrap();
    assert_eq!((verified.head.number, verified.checkpoint), (2, None));
    witness.sign(repo, &key(), NOW).await.unwrap();
    let verified = witness.verify(repo, &key().public()).await.unwrap();
    assert_eq!(verified.checkpoint.unwrap().head, verified.head);
}

async fn nodes_take_turns(one: &dyn Repo, two: &dyn Repo, home: &Path) {
    let entries: Vec<Entry> = (0..40)
        .map(|n| Entry::new(NOW, &alice(), Deed::SignIn, n).with("n", n))
        .collect();
    let (ones, twos) = entries.split_at(20);
    let (ones, twos) = tokio::join!(
        futures_util::future::join_all(ones.iter().map(|entry| one.note(entry))),
        futures_util::future::join_all(twos.iter().map(|entry| two.note(entry))),
    );
    for noted in ones.into_iter().chain(twos) {
        noted.unwrap();
    }
    let witness = Witness::in_home(home);
    assert_eq!(witness.verify(one, &key().public()).await.unwrap().head.number, 42);
    witness.sign(two, &key(), NOW).await.unwrap();
    witness.verify(one, &key().public()).await.unwrap();
}

/// Two heads were signed: behind rows 2 and 42, as entries 0 and 1 of the server's log.
async fn heads_are_found_in_the_log(repo: &dyn Repo) {
    let anchor = async |number: u64, size: u64| {
        let found = repo.anchor(number, size).await.unwrap();
        found.map(|anchor| (anchor.head.number, anchor.leaf))
    };
    assert_eq!(anchor(1, 2).await, Some((2, 0)));
    assert_eq!(anchor(2, 2).await, Some((2, 0)));
    assert_eq!(anchor(3, 2).await, Some((42, 1)), "the first behind the row");
    assert_eq!(anchor(43, 2).await, Some((42, 1)), "or else the last before it");
    assert_eq!(anchor(3, 1).await, Some((2, 0)), "of those that are there");
    assert_eq!(anchor(3, 0).await, None);
    let entry = repo.entries(1, 1).await.unwrap().remove(0);
    let head = repo.journal_head().await.unwrap();
    let (number, hash) = (head.number, head.hash);
    assert_eq!(LogEntry::parse(&entry), Ok(LogEntry::Journal { number, hash }));

    let between = async |since: i64, until: i64| {
        let (since, until) = (NOW.plus_millis(since), NOW.plus_millis(until));
        repo.journal_between(since, until).await.unwrap()
    };
    // Row 2 is a millisecond ahead of all others.
    assert_eq!(between(0, 1).await, Some((1, 42)));
    assert_eq!(between(1, 2).await, Some((2, 42)), "without a gap");
    assert_eq!((between(2, 9).await, between(-9, 0).await), (None, None));
}

/// What somebody with the database's password could try, and what is said to it.
fn tamperings() -> Vec<(&'static str, Broken)> {
    vec![
        (
            "DELETE FROM journal WHERE number = 7",
            Broken::Missing { expected: 7, found: 8 },
        ),
        (
            "UPDATE journal SET actor = 'account:bob' WHERE number = 7",
            Broken::Changed { number: 7 },
        ),
        (
            "UPDATE journal SET number = 99 WHERE number = 7; UPDATE journal SET number = 7 WHERE number = 8; \
             UPDATE journal SET number = 8 WHERE number = 99",
            Broken::Link { number: 7 },
        ),
        (
            "DELETE FROM journal WHERE number > 30",
            Broken::Cut { last: 30, known: 42 },
        ),
        // With everything in the database that knows better, the file beside the keys still does.
        (
            "DELETE FROM journal WHERE number > 30; DELETE FROM checkpoints WHERE number > 30; \
             UPDATE journal_head SET number = 30, hash = (SELECT hash FROM journal WHERE number = 30)",
            Broken::Cut { last: 30, known: 42 },
        ),
        (
            "UPDATE checkpoints SET time = time + 1 WHERE number = 42",
            Broken::Forged { number: 42 },
        ),
    ]
}

async fn is_found(repo: &dyn Repo, home: &Path, what: &str, wanted: &Broken) {
    let witness = Witness::in_home(home);
    match witness.verify(repo, &key().public()).await {
        Err(VerifyError::Broken(broken)) => assert_eq!(broken, *wanted, "{what}"),
        other => panic!("{what}: {other:?}"),
    }
    // Nor is it packed, as long as the database has the heads that the log has.
    if !what.contains("checkpoints") {
        let (log, purpose, out) = (
            Log::new(&key()).unwrap(),
            "audit".parse().unwrap(),
            Cursor::new(Vec::new()),
        );
        let times = (NOW, NOW.plus_millis(1));
        match reports::pack(repo, (&log, &key()), &alice(), times, &purpose, NOW, out).await {
            Err(PackError::Journal(broken)) => assert_eq!(broken, *wanted, "{what}"),
            Err(error) => panic!("{what}: {error}"),
            Ok(_) => panic!("{what}: it was packed"),
        }
    }
    // Nor is it vouched for when the next row comes.
    repo.note(&Entry::new(NOW, &alice(), Deed::SignOut, "later"))
        .await
        .unwrap();
    if matches!(wanted, Broken::Cut { .. } | Broken::Forged { .. }) {
        assert!(witness.sign(repo, &key(), NOW).await.is_err(), "{what}");
    }
}
