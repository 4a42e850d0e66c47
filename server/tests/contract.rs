//! What both databases must do, asked of both.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test's broken assumption is a failed test"
)]

#[path = "contract/leave.rs"]
mod leave;
mod support;

use std::collections::BTreeSet;
use std::sync::Arc;
use support::PostgresServer;
use weir_audit::Kind;
use weir_bundle::{Directive, Order, OrderRefused, OrderTrust, SigningKey, Trust, seal_order};
use weir_fleet::{DeviceId, Machine, Standing};
use weir_model::{Action, Channel, Level, Timestamp};
use weir_server::devices::{Device, Listed, NewToken, Shown};
use weir_server::directives::{self, GiveError};
use weir_server::ingest::{Advance, Columns, LogState, Outcome, Row, Wanted};
use weir_server::journal::{Actor, Deed, Entry, Page};
use weir_server::policies::Published;
use weir_server::repo::{self, Notice, Repo};

const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);

#[tokio::test]
async fn sqlite_keeps_the_contract() {
    let dir = tempfile::tempdir().unwrap();
    let address = format!("sqlite:{}", dir.path().join("weir.db").display());
    contract(repo::open(&address).await.unwrap()).await;
    // Again on the same tables: migrations run once, and everything is still there.
    let again = repo::open(&address).await.unwrap();
    assert_eq!(again.newest_number().await.unwrap(), 7);
}

#[tokio::test]
async fn postgres_keeps_the_contract() {
    let server = PostgresServer::start();
    let address = server.database("contract");
    contract(repo::open(&address).await.unwrap()).await;
    let again = repo::open(&address).await.unwrap();
    assert_eq!(again.newest_number().await.unwrap(), 7);
    nodes_race(&server).await;
}

async fn contract(repo: Arc<dyn Repo>) {
    tokens_are_used_up(&*repo).await;
    enrolment_is_one_change(&*repo).await;
    devices_come_and_go(&*repo).await;
    logs_go_on_where_they_stand(&*repo).await;
    timelines_count_up(&*repo).await;
    many_logs_at_once(&*repo).await;
    records_are_found(&*repo).await;
    bundles_are_for_groups(&*repo).await;
    directives_count_up(&*repo).await;
    leave::codes_are_counted_and_end(&*repo).await;
    leave::exceptions_are_given_by_others(&*repo).await;
    leave::exceptions_end(&*repo).await;
    leave::an_exception_that_holds_is_told_for_as_long(&*repo).await;
    all_nodes_hear(&*repo).await;
    directives_go_on_behind_what_devices_have(&*repo).await;
    nothing_is_given_below_what_was_given(&*repo).await;
}

/// What is entered beside a change; `tests/journal.rs` looks at it.
fn entry() -> Entry {
    Entry::new(NOW, &Actor::CommandLine("ada".to_owned()), Deed::DeviceRevoke, "x")
}

fn token(id: u8, uses: i64) -> NewToken {
    NewToken {
        id: [id; 8],
        digest: [id; 32],
        group: "staff".to_owned(),
        note: "for ΑΩ 'quoted'".to_owned(),
        created: NOW,
        expires: NOW.plus_millis(1000),
        uses,
    }
}

async fn tokens_are_used_up(repo: &dyn Repo) {
    repo.add_token(&token(1, 2), &entry()).await.unwrap();
    assert_eq!(repo.tokens().await.unwrap(), [token(1, 2)]);
    let group = |id: u8, secret: u8, now: i64| repo.token_group([id; 8], [secret; 32], NOW.plus_millis(now));
    assert_eq!(group(1, 2, 0).await.unwrap(), None, "another secret");
    assert_eq!(group(2, 1, 0).await.unwrap(), None, "another token");
    assert_eq!(group(1, 1, 1000).await.unwrap(), None, "past its time");
    assert_eq!(group(1, 1, 999).await.unwrap().as_deref(), Some("staff"));
    assert_eq!(enrol(repo, 70, shown(1, 2, 1), 0).await, None, "another secret");
    assert_eq!(enrol(repo, 70, shown(2, 1, 1), 0).await, None, "another token");
    assert_eq!(enrol(repo, 70, shown(1, 1, 1), 1000).await, None, "past its time");
    assert_eq!(enrol(repo, 70, shown(1, 1, 1), 999).await, Some(70));
    assert_eq!(enrol(repo, 71, shown(1, 1, 2), 0).await, Some(71));
    assert_eq!(enrol(repo, 72, shown(1, 1, 3), 0).await, None, "spent");
    assert!(repo.drop_token([1; 8], &entry()).await.unwrap());
    assert!(!repo.drop_token([1; 8], &entry()).await.unwrap());
    assert_eq!(enrol(repo, 73, shown(1, 1, 1), 999).await, None, "it was taken away");
}

fn shown(token: u8, secret: u8, key: u8) -> Shown {
    Shown {
        token: [token; 8],
        digest: [secret; 32],
        key: [key; 32],
    }
}

/// Which device it is: itself, or one from before.
async fn enrol(repo: &dyn Repo, id: u8, shown: Shown, now: i64) -> Option<u8> {
    let device = Device {
        group: "lab".to_owned(),
        ..support::device(id, "enrols", NOW.plus_millis(now))
    };
    let entry = Entry::new(
        NOW,
        &Actor::EnrolmentToken("x".to_owned()),
        Deed::DeviceEnrol,
        device.id,
    );
    let kept = repo.enrol(&device, &shown, &entry).await.unwrap();
    kept.map(|id| id.as_bytes()[0])
}

async fn uses_left(repo: &dyn Repo, id: u8) -> Option<i64> {
    let tokens = repo.tokens().await.unwrap();
    tokens.iter().find(|token| token.id == [id; 8]).map(|token| token.uses)
}

/// The token, the device and the row of the journal come together or not at all, and once for one key.
async fn enrolment_is_one_change(repo: &dyn Repo) {
    const MINUTE: i64 = 60_000;
    let lasting = NewToken {
        expires: NOW.plus_millis(60 * MINUTE),
        ..token(4, 3)
    };
    repo.add_token(&lasting, &entry()).await.unwrap();
    let before = repo.journal_head().await.unwrap().number;
    // The same request, several times at once: one device.
    let same = futures_util::future::join_all((80..84).map(|id| enrol(repo, id, shown(4, 4, 1), 0))).await;
    let first = same[0].unwrap();
    assert!(same.iter().all(|kept| *kept == Some(first)), "{same:?}");
    assert_eq!(
        (uses_left(repo, 4).await, repo.served().await.unwrap().len()),
        (Some(2), 3)
    );
    let rows = repo.journal(Page::After(before), 10).await.unwrap();
    let told: Vec<_> = rows
        .iter()
        .map(|row| (&*row.deed, &*row.actor, &*row.subject))
        .collect();
    let id = DeviceId::from_bytes([first; 16]);
    assert_eq!(told, [("device-enrol", "enrolment-token:x", &*id.to_string())]);
    // What cannot be kept spends nothing.
    let taken = support::device(first, "enrols", NOW);
    assert!(repo.enrol(&taken, &shown(4, 4, 2), &entry()).await.is_err());
    assert_eq!(uses_left(repo, 4).await, Some(2));
    assert_eq!(repo.journal_head().await.unwrap().number, before + 1);

    assert_eq!(enrol(repo, 85, shown(4, 4, 1), 10 * MINUTE - 1).await, Some(first));
    assert_eq!(enrol(repo, 85, shown(4, 9, 1), 0).await, None, "another secret");
    assert_eq!(enrol(repo, 85, shown(4, 4, 1), 10 * MINUTE).await, Some(85), "too late");
    // Who was revoked does not come back by asking again.
    let revoked = DeviceId::from_bytes([85; 16]);
    assert!(repo.revoke(revoked, NOW, &entry()).await.unwrap());
    assert_eq!(enrol(repo, 86, shown(4, 4, 1), 10 * MINUTE).await, Some(86));
    assert_eq!(enrol(repo, 87, shown(4, 4, 1), 10 * MINUTE).await, Some(86));
    assert_eq!(uses_left(repo, 4).await, Some(0));
    // What comes next counts devices of its own.
    for id in repo.served().await.unwrap().into_keys() {
        assert!(repo.revoke(id, NOW, &entry()).await.unwrap());
    }
}

fn device(id: u8, name: &str) -> Device {
    Device {
        certified: NOW.plus_millis(5),
        ..support::device(id, name, NOW)
    }
}

async fn devices_come_and_go(repo: &dyn Repo) {
    for (id, name) in [(3, "c"), (1, "a"), (2, "a")] {
        support::enrolled(repo, &device(id, name)).await;
    }
    let names = |devices: Vec<Device>| {
        devices
            .into_iter()
            .map(|device| device.id.as_bytes()[0])
            .collect::<Vec<_>>()
    };
    let staff = Some("staff".to_owned());
    let first = repo
        .devices(&Listed {
            limit: 2,
            group: staff.clone(),
            ..Listed::default()
        })
        .await
        .unwrap();
    let after = first.last().map(|device| (device.machine.name.clone(), device.id));
    assert_eq!(names(first), [1, 2]);
    assert_eq!(
        names(
            repo.devices(&Listed {
                after,
                limit: 2,
                group: staff,
                ..Listed::default()
            })
            .await
            .unwrap()
        ),
        [3]
    );

    let id = DeviceId::from_bytes([1; 16]);
    let standing = Standing {
        now: NOW,
        machine: Machine {
            name: "renamed".to_owned(),
            ..device(1, "").machine
        },
        bundle: 4,
        digest: "d".to_owned(),
        order: 6,
        refused: Some("why".to_owned()),
        refused_bundle: None,
        overrides: Vec::new(),
    };
    // One of several, one of which nobody knows.
    let others = [
        (DeviceId::from_bytes([77; 16]), standing.clone()),
        (id, standing.clone()),
    ];
    repo.stand(&others, NOW.plus_millis(9)).await.unwrap();
    repo.stand(&[], NOW.plus_millis(10)).await.unwrap();
    repo.certified(id, NOW.plus_millis(8)).await.unwrap();
    let known = repo.device(id).await.unwrap().unwrap();
    let told = Device {
        machine: standing.machine.clone(),
        seen: NOW.plus_millis(9),
        certified: NOW.plus_millis(8),
        bundle: 4,
        digest: "d".to_owned(),
        refused: Some("why".to_owned()),
        ordered: 6,
        ..device(1, "")
    };
    assert_eq!(known, told);

    // What it said before, and what it says once its clock was set back.
    for (ago, bundle) in [(1, 4), (120_000, 4), (120_001, 2)] {
        let other = Standing {
            now: NOW.plus_millis(-ago),
            bundle: 2,
            ..others[1].1.clone()
        };
        repo.stand(&[(id, other)], NOW.plus_millis(11)).await.unwrap();
        assert_eq!(repo.device(id).await.unwrap().unwrap().bundle, bundle, "{ago} ms ago");
    }
    assert!(repo.revoke(id, NOW, &entry()).await.unwrap());
    assert!(!repo.revoke(id, NOW, &entry()).await.unwrap(), "twice");
    assert_eq!(repo.device(id).await.unwrap().unwrap().revoked, Some(NOW));
    assert_eq!(repo.device(DeviceId::from_bytes([99; 16])).await.unwrap(), None);
    let served = repo.served().await.unwrap();
    let group = |number| served.get(&DeviceId::from_bytes([number; 16]));
    assert_eq!(group(1), None, "it was revoked");
    assert_eq!(group(2), Some(&device(2, "a").group));
}

/// Heads are told apart by a byte.
fn batch(device: u8, timeline: u32, first: u64, last: u64, before: u8, head: u8) -> Advance {
    let row = |seq| Row {
        seq,
        time: NOW.as_millis() + i64::from(device),
        kind: Kind::Health,
        event: [device; 16],
        columns: Columns::default(),
        body: support::alone("{}"),
        text: None,
    };
    Advance {
        device: DeviceId::from_bytes([device; 16]),
        timeline,
        first,
        last,
        before: [before; 32],
        head: [head; 32],
        rows: (first..=last).map(row).collect(),
    }
}

fn state(last: u64, head: u8) -> LogState {
    LogState { last, head: [head; 32] }
}

async fn advance(repo: &dyn Repo, batch: Advance) -> Outcome {
    repo.advance(&[batch], NOW).await.unwrap().outcomes[0]
}

async fn stored(repo: &dyn Repo, device: u8) -> Vec<(u32, u64)> {
    let wanted = Wanted {
        device: Some(DeviceId::from_bytes([device; 16])),
        limit: 1000,
        ..Wanted::default()
    };
    let mut found: Vec<_> = repo
        .events(&wanted)
        .await
        .unwrap()
        .records
        .iter()
        .map(|stored| (stored.timeline, stored.seq))
        .collect();
    found.sort_unstable();
    found
}

async fn logs_go_on_where_they_stand(repo: &dyn Repo) {
    assert_eq!(
        advance(repo, batch(20, 1, 5, 7, 0, 1)).await,
        Outcome::Stored(state(7, 1)),
        "begins anywhere"
    );
    assert_eq!(
        advance(repo, batch(20, 1, 8, 8, 1, 2)).await,
        Outcome::Stored(state(8, 2))
    );
    assert_eq!(
        advance(repo, batch(20, 1, 8, 8, 1, 2)).await,
        Outcome::Stored(state(8, 2)),
        "sent again"
    );
    assert_eq!(
        advance(repo, batch(20, 1, 5, 7, 0, 1)).await,
        Outcome::Stored(state(8, 2)),
        "sent again, late"
    );
    assert_eq!(
        advance(repo, batch(20, 1, 10, 11, 3, 4)).await,
        Outcome::Elsewhere(state(8, 2)),
        "a gap"
    );
    assert_eq!(
        advance(repo, batch(20, 1, 8, 8, 1, 9)).await,
        Outcome::Elsewhere(state(8, 2)),
        "a fork"
    );
    assert_eq!(
        advance(repo, batch(20, 1, 6, 9, 1, 9)).await,
        Outcome::Elsewhere(state(8, 2)),
        "cut otherwise"
    );
    assert_eq!(
        advance(repo, batch(20, 1, 12, 12, 2, 5)).await,
        Outcome::Stored(state(12, 5)),
        "numbers may be skipped"
    );
    assert_eq!(stored(repo, 20).await, [(1, 5), (1, 6), (1, 7), (1, 8), (1, 12)]);
    let id = DeviceId::from_bytes([20; 16]);
    assert_eq!(repo.log(id, 1).await.unwrap(), Some(state(12, 5)));
    assert_eq!(repo.log(id, 2).await.unwrap(), None);
}

async fn timelines_count_up(repo: &dyn Repo) {
    assert_eq!(advance(repo, batch(21, 2, 0, 0, 0, 1)).await, Outcome::Timeline(1));
    assert_eq!(
        advance(repo, batch(21, 1, 0, 0, 0, 1)).await,
        Outcome::Stored(state(0, 1))
    );
    assert_eq!(advance(repo, batch(21, 3, 0, 0, 0, 1)).await, Outcome::Timeline(2));
    assert_eq!(
        advance(repo, batch(21, 2, 0, 0, 0, 7)).await,
        Outcome::Stored(state(0, 7))
    );
    assert_eq!(stored(repo, 21).await, [(1, 0), (2, 0)]);
}

async fn many_logs_at_once(repo: &dyn Repo) {
    let begin: Vec<_> = (30..60).map(|id| batch(id, 1, 0, 3, 0, 1)).collect();
    assert_eq!(
        repo.advance(&begin, NOW).await.unwrap().outcomes,
        vec![Outcome::Stored(state(3, 1)); 30]
    );
    // Good ones, a gap, a duplicate and a new log in one transaction: each has its own outcome, in its own place.
    let mixed = [
        batch(30, 1, 4, 4, 1, 2),
        batch(31, 1, 6, 6, 5, 6),
        batch(32, 1, 0, 3, 0, 1),
        batch(61, 1, 0, 0, 0, 1),
        batch(62, 4, 0, 0, 0, 1),
    ];
    let expected = [
        Outcome::Stored(state(4, 2)),
        Outcome::Elsewhere(state(3, 1)),
        Outcome::Stored(state(3, 1)),
        Outcome::Stored(state(0, 1)),
        Outcome::Timeline(1),
    ];
    assert_eq!(repo.advance(&mixed, NOW).await.unwrap().outcomes, expected);
    assert_eq!(stored(repo, 31).await.len(), 4);
    assert_eq!(stored(repo, 32).await.len(), 4);
}

async fn records_are_found(repo: &dyn Repo) {
    let row = |seq: u64, level, action, service: &str| Row {
        seq,
        time: NOW.as_millis() + 1_000_000 + seq.cast_signed(),
        kind: Kind::Decision,
        event: [seq as u8; 16],
        columns: Columns {
            channel: Some(Channel::Api),
            level: Some(level),
            action: Some(action),
            service: Some(service.to_owned()),
            provider: None,
            person: None,
        },
        body: support::alone(&format!("{{\"n\":{seq}}}")),
        text: None,
    };
    let rows = vec![
        row(0, Level::Public, Action::Allow, "chatgpt"),
        row(1, Level::Restricted, Action::Block, "chatgpt"),
        row(2, Level::Confidential, Action::Pseudonymise, "claude"),
    ];
    let all = Advance {
        rows,
        ..batch(70, 1, 0, 2, 0, 1)
    };
    assert_eq!(advance(repo, all).await, Outcome::Stored(state(2, 1)));
    let found = async |wanted: Wanted| -> Vec<u64> {
        let wanted = Wanted {
            device: Some(DeviceId::from_bytes([70; 16])),
            limit: wanted.limit.max(2),
            ..wanted
        };
        repo.events(&wanted)
            .await
            .unwrap()
            .records
            .iter()
            .map(|stored| stored.seq)
            .collect()
    };
    assert_eq!(found(Wanted::default()).await, [2, 1], "the newest, up to the limit");
    assert_eq!(
        found(Wanted {
            level: Some(Level::Restricted),
            ..Wanted::default()
        })
        .await,
        [1]
    );
    assert_eq!(
        found(Wanted {
            action: Some(Action::Allow),
            ..Wanted::default()
        })
        .await,
        [0]
    );
    let at = |seq: i64| Some(NOW.plus_millis(1_000_000 + seq));
    assert_eq!(
        found(Wanted {
            since: at(1),
            until: at(2),
            ..Wanted::default()
        })
        .await,
        [1]
    );
    let one = repo
        .events(&Wanted {
            since: at(2),
            limit: 1,
            ..Wanted::default()
        })
        .await
        .unwrap()
        .records;
    assert_eq!(one[0].body, b"{\"n\":2}");
    assert_eq!((one[0].kind, one[0].event), (Kind::Decision.as_byte(), [2; 16]));
}

async fn bundles_are_for_groups(repo: &dyn Repo) {
    let published = |number| Published {
        number,
        name: "acme".to_owned(),
        digest: format!("{number:064}"),
        issued: NOW,
        expires: NOW.plus_millis(100),
        published: NOW,
    };
    let groups = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<BTreeSet<_>>();
    assert_eq!(repo.newest_number().await.unwrap(), 0);
    assert_eq!(repo.newest_for("staff").await.unwrap(), None);
    repo.add_bundle(
        &published(3),
        b"three",
        &groups(&["staff", "lab"]),
        None,
        (&entry(), &Actor::CommandLine("ada".to_owned())),
    )
    .await
    .unwrap();
    repo.add_bundle(
        &published(7),
        b"seven",
        &groups(&["lab"]),
        None,
        (&entry(), &Actor::CommandLine("ada".to_owned())),
    )
    .await
    .unwrap();
    // Used once, and what another node published in between is not followed by less.
    let (entry, ada, staff) = (entry(), Actor::CommandLine("ada".to_owned()), groups(&["staff"]));
    for number in [7, 6] {
        let other = published(number);
        let kept = repo.add_bundle(&other, b"other", &staff, None, (&entry, &ada)).await;
        assert!(!kept.unwrap(), "{number}");
    }
    assert_eq!(repo.newest_for("staff").await.unwrap(), Some(published(3)));
    assert_eq!(repo.newest_for("lab").await.unwrap(), Some(published(7)));
    assert_eq!(repo.bundle(7).await.unwrap().as_deref(), Some(&b"seven"[..]));
    assert_eq!(repo.bundle(8).await.unwrap(), None);
    assert_eq!(repo.bundles(1).await.unwrap(), [published(7)]);
}

async fn directives_count_up(repo: &dyn Repo) {
    let key = SigningKey::from_seed(&[5; 32]).unwrap();
    let actor = Actor::CommandLine("ada".to_owned());
    let wanted = |group: Option<&str>, directive| directives::Wanted {
        group: group.map(str::to_owned),
        directive,
        reason: "für \'alle\'".to_owned(),
        expires: NOW.plus_millis(9),
    };
    assert_eq!(
        (
            repo.last_epoch().await.unwrap(),
            repo.newest_order("staff").await.unwrap()
        ),
        (0, None)
    );
    let give = async |wanted: directives::Wanted| directives::give(repo, &actor, &key, &wanted, NOW).await;
    let all = give(wanted(None, Directive::Lockdown)).await.unwrap();
    let staff = give(wanted(Some("staff"), Directive::Resume)).await.unwrap();
    assert_eq!((all.epoch, staff.epoch), (1, 2));
    let newest = async |group: &str| repo.newest_order(group).await.unwrap().unwrap().epoch;
    assert_eq!((newest("staff").await, newest("lab").await), (2, 1));
    let opens = give(wanted(None, Directive::Suspend)).await;
    assert!(matches!(opens, Err(GiveError::Opens)));
    // What no device would carry out is not given.
    let long = directives::Wanted {
        reason: "x".repeat(7000),
        ..wanted(None, Directive::Lockdown)
    };
    let many = (0..100).map(|number| format!("{number:0100}")).collect();
    let over = directives::Wanted {
        expires: NOW,
        ..wanted(None, Directive::Lockdown)
    };
    for wanted in [long, wanted(None, Directive::Block(many)), over] {
        let refused = give(wanted).await;
        assert!(matches!(refused, Err(GiveError::Refused(_))), "{refused:?}");
    }
    assert_eq!(repo.last_epoch().await.unwrap(), 2);

    let trust = OrderTrust {
        server: Trust {
            keys: Vec::new(),
            threshold: 1,
        },
        people: Trust {
            keys: vec![key.public()],
            threshold: 1,
        },
    };
    let signed = seal_order(
        &Order {
            epoch: 3,
            group: None,
            directive: Directive::Suspend,
            reason: String::new(),
            issued: NOW,
            expires: NOW.plus_millis(9),
        },
        &[&key],
    )
    .unwrap();
    let publish = async || directives::publish(repo, &actor, &signed, &trust, NOW).await;
    assert_eq!(publish().await.unwrap().epoch, 3);
    assert!(
        matches!(publish().await, Err(GiveError::Refused(OrderRefused::Older { .. }))),
        "twice"
    );
    let kept = repo.orders(1).await.unwrap();
    assert_eq!((kept.len(), &kept[0].signed), (1, &signed));

    // Of the three devices one is revoked and has taken number six, as it says.
    let standing = Standing {
        now: NOW,
        machine: device(2, "a").machine,
        bundle: 0,
        digest: String::new(),
        order: 2,
        refused: None,
        refused_bundle: None,
        overrides: Vec::new(),
    };
    repo.stand(&[(DeviceId::from_bytes([2; 16]), standing)], NOW)
        .await
        .unwrap();
    let took = async |epoch, group| {
        let acknowledged = repo.acknowledged(epoch, group).await.unwrap();
        (acknowledged.took, acknowledged.devices)
    };
    assert_eq!(took(2, None).await, (1, 2));
    assert_eq!(took(3, Some("staff")).await, (0, 2));
    assert_eq!(took(1, Some("lab")).await, (0, 0));
}

/// A laptop says which directive it took last.
async fn takes_order(repo: &dyn Repo, id: u8, order: u64) {
    let standing = Standing {
        now: NOW,
        machine: device(id, "a").machine,
        bundle: 0,
        digest: String::new(),
        order,
        refused: None,
        refused_bundle: None,
        overrides: Vec::new(),
    };
    let standings = [(DeviceId::from_bytes([id; 16]), standing)];
    repo.stand(&standings, NOW).await.unwrap();
}

/// A database that was put back knows fewer directives than laptops have: they would take none with a number they had.
async fn directives_go_on_behind_what_devices_have(repo: &dyn Repo) {
    let key = SigningKey::from_seed(&[5; 32]).unwrap();
    let wanted = directives::Wanted {
        group: None,
        directive: Directive::Lockdown,
        reason: String::new(),
        expires: NOW.plus_millis(9),
    };
    let actor = Actor::CommandLine("ada".to_owned());
    let give = async || directives::give(repo, &actor, &key, &wanted, NOW).await.unwrap().epoch;
    let took = async |epoch| repo.acknowledged(epoch, None).await.unwrap().took;
    let last = give().await;
    takes_order(repo, 2, last + 2).await;
    assert_eq!(took(last).await, 0, "what it took is not known here");
    let next = give().await;
    assert_eq!((next, took(next).await), (last + 3, 0));
    takes_order(repo, 2, next).await;
    assert_eq!(took(next).await, 1);
    // One laptop that says anything does not use the numbers up.
    for said in [u64::MAX, u64::MAX, next] {
        takes_order(repo, 2, said).await;
        give().await;
    }
    assert_eq!(give().await, next + 2 * 100_001 + 2);
    // Nor has one a say that is not served any more.
    takes_order(repo, 2, u64::MAX).await;
    repo.revoke(DeviceId::from_bytes([2; 16]), NOW, &entry()).await.unwrap();
    assert_eq!(give().await, next + 2 * 100_001 + 3);
}

/// Two nodes, of which one read the last number before the other gave a higher one.
async fn nothing_is_given_below_what_was_given(repo: &dyn Repo) {
    let last = repo.last_epoch().await.unwrap();
    let add = async |epoch| {
        let order = Order {
            epoch,
            group: None,
            directive: Directive::Lockdown,
            reason: String::new(),
            issued: NOW,
            expires: NOW.plus_millis(9),
        };
        repo.add_order(&order, b"signed", NOW, &entry()).await.unwrap()
    };
    assert!(add(last + 10).await);
    for epoch in [last + 10, last + 6] {
        assert!(!add(epoch).await, "{epoch}");
        assert_eq!(repo.order(last + 6).await.unwrap(), None);
    }
    assert_eq!(repo.newest_order("staff").await.unwrap().unwrap().epoch, last + 10);
}

async fn all_nodes_hear(repo: &dyn Repo) {
    let mut notices = repo.notices();
    let told = Notice::Device(DeviceId::from_bytes([5; 16]));
    repo.notify(told).await.unwrap();
    let heard = async {
        // The listener may just have connected, and says that anything may have changed.
        while notices.recv().await.unwrap() != told {}
    };
    tokio::time::timeout(std::time::Duration::from_secs(10), heard)
        .await
        .unwrap();
}

/// Two nodes get the same batches at once, in different company: each record is stored once, and both say so.
async fn nodes_race(server: &PostgresServer) {
    let address = server.database("race");
    let (one, two) = (repo::open(&address).await.unwrap(), repo::open(&address).await.unwrap());
    for round in 0..20_u64 {
        let heads = |number: u64| u8::try_from(number).unwrap();
        let batches: Vec<_> = (0..8)
            .map(|id| batch(id, 1, round, round, heads(round), heads(round + 1)))
            .collect();
        let backwards: Vec<_> = batches.iter().rev().cloned().collect();
        let (first, second) = tokio::join!(one.advance(&batches, NOW), two.advance(&backwards, NOW));
        for outcomes in [first, second].into_iter().flatten() {
            assert_eq!(
                outcomes.outcomes,
                vec![Outcome::Stored(state(round, heads(round + 1))); 8]
            );
        }
        // One of the two may have been refused as a deadlock: its devices come again.
        assert_eq!(
            one.advance(&batches, NOW).await.unwrap().outcomes,
            vec![Outcome::Stored(state(round, heads(round + 1))); 8]
        );
    }
    for id in 0..8 {
        assert_eq!(stored(&*one, id).await.len(), 20);
    }
}
