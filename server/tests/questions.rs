//! What people ask holds up neither the kill switch nor laptops.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test's broken assumption is a failed test"
)]

#[path = "support/caller.rs"]
mod caller;
#[path = "support/stage.rs"]
mod stage;
mod support;

use caller::Who;
use serde_json::json;
use sqlx::{Connection, PgConnection, Postgres, Row as _, Transaction};
use stage::{Answer, Stage, tester};
use std::sync::Arc;
use std::time::Duration;
use support::{PostgresServer, until};
use tokio::task::JoinHandle;
use weir_server::access::Role;
use weir_server::{clock, search_keys};

/// Searches for a value that wait for the table of records.
const WAITING: &str = "SELECT count(*) AS waiting FROM pg_stat_activity WHERE wait_event_type = 'Lock' \
                       AND datname = current_database() AND query LIKE '%e.kind IN (2, 6)%'";

async fn searching(watcher: &mut PgConnection) -> i64 {
    let row = sqlx::query(WAITING).fetch_one(watcher).await.unwrap();
    row.get("waiting")
}

/// Searches for values, all at once.
fn search(stage: &Arc<Stage>, who: &Arc<Who>, count: usize) -> Vec<JoinHandle<Answer>> {
    let body = json!({"value": "alice@example.org", "since": 0, "until": 9, "purpose": "request 17"});
    let search = |_| {
        let (stage, who, body) = (Arc::clone(stage), Arc::clone(who), body.clone());
        tokio::spawn(async move { stage.call(&who, "POST", "/api/v1/reports/subject", &body).await })
    };
    (0..count).map(search).collect()
}

/// Whoever reads records waits until this is given back.
async fn hold_records(keeper: &mut PgConnection) -> Transaction<'_, Postgres> {
    let mut held = keeper.begin().await.unwrap();
    sqlx::query("LOCK TABLE events IN ACCESS EXCLUSIVE MODE")
        .execute(&mut *held)
        .await
        .unwrap();
    held
}

#[tokio::test(flavor = "multi_thread")]
async fn questions_wait_for_one_another_and_nobody_else_for_them() {
    let server = PostgresServer::start();
    let address = server.database("questions");
    let stage = Arc::new(Stage::on(&address).await);
    for (name, role) in [
        ("eve", Role::Analyst),
        ("finn", Role::Analyst),
        ("gus", Role::Analyst),
        ("ben", Role::Approver),
    ] {
        stage.account(name, role, false).await;
    }
    let (_, _, laptop) = stage.enrol(&stage.token(1).await).await;
    let laptop = laptop.unwrap();
    let [eve, finn, gus] = [
        Arc::new(stage.session("eve").await),
        Arc::new(stage.session("finn").await),
        Arc::new(stage.session("gus").await),
    ];
    let mut keeper = PgConnection::connect(&address).await.unwrap();
    let held = hold_records(&mut keeper).await;

    // In a transaction the activity of others would stay as it was first seen.
    let mut watcher = PgConnection::connect(&address).await.unwrap();
    let mut asked = search(&stage, &eve, 5);
    until("four are under way", async || searching(&mut watcher).await >= 4).await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(searching(&mut watcher).await, 4, "one person has four");
    asked.extend(search(&stage, &finn, 4));
    asked.extend(search(&stage, &gus, 4));
    until("no more can be", async || searching(&mut watcher).await >= 10).await;
    let ben = stage.session("ben").await;
    let given = stage
        .call(&ben, "POST", "/api/v1/directives/lockdown", &json!({"hours": 1}))
        .await;
    assert_eq!(given.status, 201, "{given:?}");
    for (path, status) in [("order", 200), ("fresh", 200), ("bundle", 204)] {
        let path = format!("/v1/device/{path}");
        let answer = stage.ask(Some(&laptop), "GET", &path, &[], b"").await;
        assert_eq!(answer.status, status, "{path}");
    }
    assert_eq!(searching(&mut watcher).await, 10, "they are still under way");

    held.rollback().await.unwrap();
    for answer in futures_util::future::join_all(asked).await {
        assert_eq!(answer.unwrap().status, 200);
    }
}

/// A key is destroyed when what goes with it is counted, which takes longer than browsers, proxies and people wait.
#[tokio::test(flavor = "multi_thread")]
async fn a_deletion_that_was_agreed_to_goes_on_when_nobody_waits_for_it() {
    let server = PostgresServer::start();
    let address = server.database("deletion");
    let stage = Arc::new(Stage::on(&address).await);
    for name in ["ada", "ben"] {
        stage.account(name, Role::Admin, false).await;
    }
    let (ada, ben) = (stage.session("ada").await, stage.session("ben").await);
    search_keys::make(&*stage.repo, &tester(), clock::now()).await.unwrap();
    let wanted = json!({"key": 1, "why": "request 17"});
    let asked = stage.call(&ada, "POST", "/api/v1/deletions", &wanted).await;
    let path = format!("/api/v1/deletions/{}/approve", asked.body["id"].as_str().unwrap());

    let mut keeper = PgConnection::connect(&address).await.unwrap();
    let held = hold_records(&mut keeper).await;
    let mut watcher = PgConnection::connect(&address).await.unwrap();
    let approving = tokio::spawn({
        let stage = Arc::clone(&stage);
        async move { stage.call(&ben, "POST", &path, &json!({})).await }
    });
    until("records are being counted", async || searching(&mut watcher).await > 0).await;
    approving.abort();
    assert!(approving.await.unwrap_err().is_cancelled());
    // Time for the server to see that the connection is gone.
    tokio::time::sleep(Duration::from_millis(300)).await;
    held.rollback().await.unwrap();
    until("the key is destroyed", async || {
        stage.repo.search_keys().await.unwrap()[0].destroyed.is_some()
    })
    .await;
}
