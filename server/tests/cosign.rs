//! Devices as witnesses of the server's log, over both databases: what they say is verified, bounded, and bound to a key that the
//! journal knows.

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
use serde_json::{Value, json};
use stage::{Identity, Stage};
use support::{PostgresServer, device, enrolled};
use weir_audit::Kind;
use weir_bundle::SigningKey;
use weir_fleet::{Batch, Cosigned, DeviceId, Sent, log_key, witness_key};
use weir_model::{EventId, Timestamp};
use weir_server::access::Role;
use weir_server::ingest::{Advance, Row};
use weir_server::journal::{Actor, Deed, Entry, Page};
use weir_server::repo::{self, Repo};
use weir_server::tlog::{
    CosignError, Log, MOST_COSIGNATURES, Round, consistency, cosigned, most_cosigned, round_at, take,
};
use weir_tlog::{Checkpoint, Cosignature, WitnessKey, verify_consistency};

const HOUR: i64 = 3_600_000;
const NOW: Timestamp = Timestamp::from_millis(500_000 * HOUR + 60_000);

#[tokio::test]
async fn sqlite_keeps_what_witnesses_say() {
    let dir = tempfile::tempdir().unwrap();
    let address = format!("sqlite:{}", dir.path().join("weir.db").display());
    story(&*repo::open(&address).await.unwrap()).await;
}

#[tokio::test]
async fn postgres_keeps_what_witnesses_say() {
    let server = PostgresServer::start();
    let address = server.database("witnesses");
    let repo = repo::open(&address).await.unwrap();
    story(&*repo).await;
    let other = repo::open(&address).await.unwrap();
    an_hour_begins_once([&*repo, &*other]).await;
}

async fn story(repo: &dyn Repo) {
    for number in 1..=40 {
        enrolled(repo, &device(number, "laptop", NOW)).await;
    }
    assert_eq!(round_at(repo, NOW).await.unwrap(), None, "an empty log is not cosigned");
    assert!(cosigned(repo, &log(), &server_key()).await.unwrap().is_none());
    grow(repo, 0).await;
    what_is_said_is_verified(repo).await;
    many_cosign_and_few_are_shown(repo).await;
    a_key_is_not_swapped_unseen(repo).await;
    hours_come_and_go(repo).await;
}

fn server_key() -> SigningKey {
    SigningKey::from_seed(&[3; 32]).unwrap()
}

fn log() -> Log {
    Log::new(&server_key()).unwrap()
}

fn key(number: u8) -> SigningKey {
    SigningKey::from_seed(&[number; 32]).unwrap()
}

fn name(number: u8) -> WitnessKey {
    witness_key(&key(number).public()).unwrap()
}

fn id(number: u8) -> DeviceId {
    DeviceId::from_bytes([number; 16])
}

fn sent(seq: u8) -> Sent {
    Sent {
        seq: seq.into(),
        kind: Kind::Health,
        time: NOW,
        id: EventId::from_bytes([seq; 16]),
        body: serde_json::value::RawValue::from_string("{}".to_owned()).unwrap(),
    }
}

/// An entry more.
async fn grow(repo: &dyn Repo, seq: u8) {
    let batch = Advance {
        device: id(1),
        timeline: 1,
        first: seq.into(),
        last: seq.into(),
        before: [seq; 32],
        head: [seq + 1; 32],
        rows: Row::all(&[sent(seq)]).unwrap(),
    };
    repo.advance(&[batch], NOW).await.unwrap();
}

/// What a device says of a checkpoint, with a key, at a time.
fn says(checkpoint: &Checkpoint, number: u8, time: Timestamp) -> Cosigned {
    let seconds = time.as_millis().unsigned_abs() / 1000;
    let cosignature = Cosignature::sign(&checkpoint.text(), &key(number), seconds);
    Cosigned {
        size: checkpoint.size,
        witness: name(number).to_string(),
        line: name(number).line(&cosignature),
    }
}

async fn what_is_said_is_verified(repo: &dyn Repo) {
    let round = round_at(repo, NOW).await.unwrap().unwrap();
    assert_eq!((round.head, round.began), (repo.tree().await.unwrap(), NOW));
    let checkpoint = log().at(round.head);
    let good = says(&checkpoint, 1, NOW);
    let before = repo.journal_head().await.unwrap().number;
    let refused = async |said: Cosigned, at: Timestamp| take(repo, &log(), (id(1), &said), at).await.unwrap_err();
    for said in [
        Cosigned {
            witness: "nothing".to_owned(),
            ..good.clone()
        },
        // A name of its own choice.
        Cosigned {
            witness: WitnessKey::new("ours", key(1).public()).unwrap().to_string(),
            ..good.clone()
        },
        Cosigned {
            line: good.line.replacen("weir.witness", "weir.other", 1),
            ..good.clone()
        },
        Cosigned {
            witness: name(2).to_string(),
            ..good.clone()
        },
    ] {
        assert!(matches!(refused(said, NOW).await, CosignError::Malformed));
    }
    // Another root, another size, another log, another key.
    let other = |checkpoint: Checkpoint| Cosigned {
        size: round.head.size,
        ..says(&checkpoint, 1, NOW)
    };
    for checkpoint in [
        Checkpoint {
            root: [1; 32],
            ..checkpoint.clone()
        },
        Checkpoint {
            size: 7,
            ..checkpoint.clone()
        },
        Checkpoint {
            origin: "weir.log/other".to_owned(),
            ..checkpoint.clone()
        },
    ] {
        assert!(matches!(refused(other(checkpoint), NOW).await, CosignError::Forged));
    }
    let by_another = Cosignature::sign(&checkpoint.text(), &key(2), 1_800_000_000);
    let stolen = Cosigned {
        line: name(1).line(&by_another),
        ..good.clone()
    };
    assert!(matches!(refused(stolen, NOW).await, CosignError::Forged));
    for size in [0, 2, u64::MAX] {
        let said = Cosigned { size, ..good.clone() };
        assert!(matches!(refused(said, NOW).await, CosignError::Checkpoint), "{size}");
    }
    for days in [-2, 2] {
        let said = says(&checkpoint, 1, NOW.plus_millis(days * 24 * HOUR));
        assert!(matches!(refused(said, NOW).await, CosignError::Clock), "{days}");
    }
    assert!(matches!(
        refused(good.clone(), NOW.plus_millis(2 * HOUR)).await,
        CosignError::Checkpoint
    ));
    // Nothing of that was kept.
    assert_eq!(repo.witness(id(1)).await.unwrap(), None);
    assert_eq!(repo.journal_head().await.unwrap().number, before);
    assert_eq!(most_cosigned(repo).await.unwrap(), None);
    // Said twice, and the hour after, it is one.
    for at in [NOW, NOW, NOW.plus_millis(HOUR)] {
        take(repo, &log(), (id(1), &good), at).await.unwrap();
    }
    assert_eq!(most_cosigned(repo).await.unwrap().unwrap().cosigned, 1);
    let rows = repo.journal(Page::After(before), 10).await.unwrap();
    assert_eq!(rows.len(), 1);
    assert_eq!(
        (&*rows[0].deed, &*rows[0].actor, &*rows[0].subject),
        ("witness-key", &*format!("device:{}", id(1)), &*id(1).to_string())
    );
    assert_eq!(rows[0].details, json!({"key": name(1).to_string()}).to_string());
}

async fn many_cosign_and_few_are_shown(repo: &dyn Repo) {
    let checkpoint = log().at(round_at(repo, NOW).await.unwrap().unwrap().head);
    // The later a device comes, the later it stands.
    for number in (2..=40).rev() {
        let at = NOW.plus_millis(i64::from(100 - number));
        take(repo, &log(), (id(number), &says(&checkpoint, number, NOW)), at)
            .await
            .unwrap();
    }
    grow(repo, 1).await;
    let shown = cosigned(repo, &log(), &server_key()).await.unwrap().unwrap();
    assert_eq!((shown.cosigned, shown.witnesses, shown.keys.len()), (40, 40, 32));
    assert_eq!(MOST_COSIGNATURES, 32);
    assert!(shown.note.len() < 8 * 1024, "{}", shown.note.len());
    let name_of_log = log_key(&server_key().public()).unwrap();
    assert_eq!(name_of_log.open(&shown.note), Ok(checkpoint.clone()));
    let expected: Vec<WitnessKey> = [1].into_iter().chain((10..=40).rev()).map(name).collect();
    assert_eq!(shown.keys, expected);
    for witness in &shown.keys {
        let seconds = NOW.as_millis().unsigned_abs() / 1000;
        assert_eq!(witness.cosigned(&shown.note), Ok(Some(seconds)));
    }
    // The log goes on from there.
    let newest = repo.tree().await.unwrap();
    let proof = consistency(repo, checkpoint.size, newest.size).await.unwrap();
    verify_consistency((checkpoint.size, &checkpoint.root), (newest.size, &newest.root), &proof).unwrap();
    // Who is served no more says nothing any more.
    let entry = Entry::new(NOW, &Actor::Server, Deed::DeviceRevoke, id(1));
    assert!(repo.revoke(id(1), NOW, &entry).await.unwrap());
    let shown = cosigned(repo, &log(), &server_key()).await.unwrap().unwrap();
    assert_eq!((shown.cosigned, shown.witnesses), (39, 39));
    assert!(!shown.keys.contains(&name(1)));
    let mut listed = Vec::new();
    loop {
        let page = repo.witnesses(listed.last(), 7).await.unwrap();
        if page.is_empty() {
            break;
        }
        listed.extend(page);
    }
    assert_eq!(listed.len(), 39);
    assert!(listed.is_sorted_by_key(|witness| (witness.since, *witness.key.as_bytes())));
}

async fn a_key_is_not_swapped_unseen(repo: &dyn Repo) {
    let rows = repo.journal_head().await.unwrap().number;
    let checkpoint = log().at(round_at(repo, NOW).await.unwrap().unwrap().head);
    let said = says(&checkpoint, 90, NOW);
    let refused = take(repo, &log(), (id(5), &said), NOW.plus_millis(23 * HOUR)).await;
    assert!(matches!(refused, Err(CosignError::Checkpoint)), "{refused:?}");
    let refused = take(repo, &log(), (id(5), &said), NOW.plus_millis(1000)).await;
    assert!(matches!(refused, Err(CosignError::Key)), "{refused:?}");
    // One that another device has already.
    let borrowed = says(&checkpoint, 6, NOW);
    let late = NOW.plus_millis(30 * HOUR);
    grow(repo, 2).await;
    let round = round_at(repo, late).await.unwrap().unwrap();
    let now = says(&log().at(round.head), 6, late);
    let refused = take(repo, &log(), (id(5), &now), late).await;
    assert!(matches!(refused, Err(CosignError::Key)), "{refused:?}");
    assert!(take(repo, &log(), (id(5), &borrowed), late).await.is_err());
    assert_eq!(repo.journal_head().await.unwrap().number, rows);
    // A day later it is, and the journal tells both.
    take(repo, &log(), (id(5), &says(&log().at(round.head), 90, late)), late)
        .await
        .unwrap();
    let row = repo.journal(Page::After(rows), 10).await.unwrap().remove(0);
    let details: Value = serde_json::from_str(&row.details).unwrap();
    assert_eq!(
        (&*row.deed, details),
        (
            "witness-key",
            json!({"before": name(5).to_string(), "key": name(90).to_string()})
        )
    );
    assert_eq!(repo.witness(id(5)).await.unwrap().unwrap().key, key(90).public());
}

async fn hours_come_and_go(repo: &dyn Repo) {
    let at = |hours: i64| NOW.plus_millis((100 + hours) * HOUR);
    let slots = async || {
        let rounds = repo.rounds().await.unwrap();
        let slots: Vec<i64> = rounds.iter().map(|counted| counted.round.slot - 500_100).collect();
        slots
    };
    let mut rounds = Vec::new();
    for hours in 0..4 {
        grow(repo, 3 + hours as u8).await;
        let round = round_at(repo, at(hours)).await.unwrap().unwrap();
        assert_eq!(
            round_at(repo, at(hours).plus_millis(HOUR / 2)).await.unwrap(),
            Some(round)
        );
        for number in 10..=(20 - hours as u8) {
            let said = says(&log().at(round.head), number, at(hours));
            take(repo, &log(), (id(number), &said), at(hours)).await.unwrap();
        }
        rounds.push(round);
    }
    assert_eq!(slots().await, [3, 2, 1], "three are kept");
    // The one that most cosigned, and of those the newest.
    assert_eq!(most_cosigned(repo).await.unwrap().unwrap().round, rounds[1]);
    let said = says(&log().at(rounds[2].head), 21, at(3));
    take(repo, &log(), (id(21), &said), at(3)).await.unwrap();
    assert_eq!(most_cosigned(repo).await.unwrap().unwrap().round, rounds[2]);
    // A clock that was ahead for a while.
    round_at(repo, at(2000)).await.unwrap();
    assert_eq!(slots().await, [2000]);
    round_at(repo, at(4)).await.unwrap();
    assert_eq!(slots().await, [4]);
}

async fn an_hour_begins_once(nodes: [&dyn Repo; 2]) {
    let at = NOW.plus_millis(5000 * HOUR);
    let asked = (0..20).map(|turn| round_at(nodes[turn % 2], at));
    let rounds: Vec<Round> = futures_util::future::join_all(asked)
        .await
        .into_iter()
        .map(|round| round.unwrap().unwrap())
        .collect();
    assert!(rounds.iter().all(|round| *round == rounds[0]), "{rounds:?}");
}

const RECORDS: &str = "application/vnd.weir.records.v1+zstd";
const TO_COSIGN: &str = "/v1/device/log/checkpoint";
const COSIGNATURE: &str = "/v1/device/log/cosignature";

fn batch(seq: u8) -> Vec<u8> {
    let batch = Batch {
        timeline: 1,
        first: seq.into(),
        last: seq.into(),
        before: [seq; 32],
        head: [seq + 1; 32],
        records: vec![sent(seq)],
    };
    batch.pack().unwrap()
}

/// The text of an answer.
async fn text(stage: &Stage, identity: Option<&Identity>, path: &str) -> String {
    let answer = stage.answered(identity, "GET", path, &[], b"").await;
    let answer = String::from_utf8(answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("HTTP/1.1 200"), "{head}");
    body.to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_laptop_cosigns_and_others_see_it() {
    let stage = Stage::start().await;
    let (_, _, identity) = stage.enrol(&stage.token(1).await).await;
    let identity = identity.as_ref();
    let json = "application/json";
    let log_name = log_key(&stage.keys.receipt.public()).unwrap();
    let state = async |who: &Who| stage.call(who, "GET", "/api/v1/log", &Value::Null).await.body;
    let auditor = stage.program(Role::Auditor).await;
    // Whatever is in the log before: nobody has cosigned it.
    assert_eq!(state(&auditor).await["witnesses"], 0);
    assert_eq!(state(&auditor).await["cosigned"], Value::Null);
    let none = stage
        .call(&auditor, "GET", "/log/checkpoint/cosigned", &Value::Null)
        .await;
    assert_eq!(none.status, 404);
    let (status, _) = stage
        .send(identity, "POST", "/v1/device/records", RECORDS, &batch(0))
        .await;
    assert_eq!(status, 200);
    let note = text(&stage, identity, TO_COSIGN).await;
    let checkpoint = log_name.open(&note).unwrap();
    let now = weir_server::clock::now();
    let said = says(&checkpoint, 7, now);
    let post = async |body: &[u8]| stage.send(identity, "POST", COSIGNATURE, json, body).await;
    let whole = serde_json::to_vec(&said).unwrap();
    // Bounded, and nothing but what it is.
    let large = serde_json::to_vec(&Cosigned {
        line: "x".repeat(2000),
        ..said.clone()
    });
    assert_ne!(post(&large.unwrap()).await.0, 200);
    for odd in [&b"{}"[..], b"", b"[]", &whole[..whole.len() - 1]] {
        let (status, answer) = post(odd).await;
        assert_eq!((status, &answer["refusal"]), (400, &json!("malformed")));
    }
    let forged = Checkpoint {
        root: [1; 32],
        ..checkpoint.clone()
    };
    let (status, answer) = post(&serde_json::to_vec(&says(&forged, 7, now)).unwrap()).await;
    assert_eq!((status, &answer["refusal"]), (400, &json!("malformed")));
    assert_eq!(state(&auditor).await["witnesses"], 0);
    assert_eq!(post(&whole).await.0, 200);
    assert_eq!(post(&whole).await.0, 200, "saying it again is no fault");
    let shown = state(&auditor).await;
    assert_eq!((&shown["witnesses"], &shown["cosigned"]["by"]), (&json!(1), &json!(1)));
    assert_eq!(shown["cosigned"]["size"], checkpoint.size);
    // As other programs read it; devices do too.
    let cosigned = text(&stage, identity, "/log/checkpoint/cosigned").await;
    assert_eq!(log_name.open(&cosigned), Ok(checkpoint));
    assert!(name(7).cosigned(&cosigned).unwrap().is_some());
    let newest = text(&stage, identity, "/log/checkpoint").await;
    let is_of_the_hour = log_name.open(&newest) == log_name.open(&cosigned);
    assert_eq!(name(7).cosigned(&newest).unwrap().is_some(), is_of_the_hour);
    // A receipt that is asked for again comes with it.
    let (_, receipt) = stage
        .send(identity, "GET", "/v1/device/log/receipt?seq=0", "", b"")
        .await;
    assert!(
        name(7)
            .cosigned(receipt["checkpoint"].as_str().unwrap())
            .unwrap()
            .is_some()
    );
    // Neither strangers nor those who may not read the journal.
    assert_eq!(
        stage
            .call(&Who::Nobody, "GET", "/log/checkpoint/cosigned", &Value::Null)
            .await
            .status,
        401
    );
    let viewer = stage.program(Role::Viewer).await;
    assert_eq!(
        stage
            .call(&viewer, "GET", "/log/checkpoint/cosigned", &Value::Null)
            .await
            .status,
        403
    );
}
