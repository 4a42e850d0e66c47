//! The server's transparency log over both databases: everything acknowledged is in it, once; it only grows, on all nodes;
//! and whoever holds a checkpoint can have that proved.

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
use stage::Stage;
use std::sync::Arc;
use support::PostgresServer;
use weir_audit::Kind;
use weir_bundle::SigningKey;
use weir_fleet::{Batch, DeviceId, LogEntry, LogProof, Receipt, Sent, log_key};
use weir_model::{EventId, Timestamp};
use weir_server::access::Role;
use weir_server::ingest::{Advance, Advanced, Outcome, Row};
use weir_server::journal::{Actor, Deed, Entry, Witness};
use weir_server::repo::{self, Repo};
use weir_server::tlog::{ProveError, TreeHead, consistency, inclusion};
use weir_tlog::{Hash, Tile, leaf_hash, verify_consistency, verify_inclusion};

const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);

#[tokio::test]
async fn sqlite_keeps_the_tree() {
    let dir = tempfile::tempdir().unwrap();
    let address = format!("sqlite:{}", dir.path().join("weir.db").display());
    let repo = repo::open(&address).await.unwrap();
    batches_are_entries(&*repo).await;
    the_tree_only_grows(&*repo).await;
    let other = repo::open(&address).await.unwrap();
    the_journal_is_in_it(&*repo, &*other, dir.path()).await;
}

#[tokio::test]
async fn postgres_keeps_the_tree() {
    let server = PostgresServer::start();
    let address = server.database("tree");
    let repo = repo::open(&address).await.unwrap();
    batches_are_entries(&*repo).await;
    the_tree_only_grows(&*repo).await;
    let dir = tempfile::tempdir().unwrap();
    let other = repo::open(&address).await.unwrap();
    the_journal_is_in_it(&*repo, &*other, dir.path()).await;
    nodes_append_in_turn([repo, other]).await;
}

fn device(id: u16) -> DeviceId {
    let mut bytes = [0; 16];
    bytes[..2].copy_from_slice(&id.to_be_bytes());
    DeviceId::from_bytes(bytes)
}

fn sent(seq: u64) -> Sent {
    Sent {
        seq,
        kind: Kind::Health,
        time: NOW,
        id: EventId::from_bytes([seq as u8; 16]),
        body: serde_json::value::RawValue::from_string("{}".to_owned()).unwrap(),
    }
}

/// Record `seq` of the device's log, alone.
fn lone(id: u16, seq: u8) -> Advance {
    Advance {
        device: device(id),
        timeline: 1,
        first: seq.into(),
        last: seq.into(),
        before: [seq; 32],
        head: [seq + 1; 32],
        rows: Row::all(&[sent(seq.into())]).unwrap(),
    }
}

fn entry(id: u16, seq: u8) -> LogEntry {
    LogEntry::Accepted {
        device: device(id),
        timeline: 1,
        seq: seq.into(),
        head: [seq + 1; 32],
    }
}

async fn advance(repo: &dyn Repo, batches: &[Advance]) -> Advanced {
    repo.advance(batches, NOW).await.unwrap()
}

async fn is_in(repo: &dyn Repo, leaf: u64, entry: &LogEntry, head: TreeHead) {
    let kept = repo.entries(leaf, 1).await.unwrap();
    assert_eq!(LogEntry::parse(&kept[0]), Ok(*entry));
    let proof = inclusion(repo, leaf, head.size).await.unwrap();
    assert_eq!(
        verify_inclusion(&entry.leaf(), leaf, head.size, &proof, &head.root),
        Ok(())
    );
}

async fn batches_are_entries(repo: &dyn Repo) {
    let empty = repo.tree().await.unwrap();
    assert_eq!((empty.size, empty.root), (0, weir_tlog::EMPTY));
    let first = advance(repo, &[lone(1, 0), lone(2, 0), lone(3, 1)]).await;
    assert_eq!(first.leaves, [Some(0), Some(1), Some(2)]);
    assert_eq!(repo.tree().await.unwrap(), first.tree);
    for (leaf, entry) in [entry(1, 0), entry(2, 0), entry(3, 1)].iter().enumerate() {
        is_in(repo, leaf as u64, entry, first.tree).await;
    }
    // Sent again, elsewhere, another timeline: nothing new, and what was stored keeps its entry.
    let fork = Advance {
        head: [9; 32],
        ..lone(2, 0)
    };
    let early = Advance {
        timeline: 3,
        ..lone(2, 5)
    };
    let again = advance(repo, &[lone(1, 0), fork, early]).await;
    assert_eq!(again.leaves, [Some(0), None, None]);
    assert_eq!(again.tree, first.tree);
    // One goes on beside one that does not.
    let mixed = advance(repo, &[lone(3, 1), lone(1, 1)]).await;
    assert_eq!(mixed.leaves, [Some(2), Some(3)]);
    is_in(repo, 3, &entry(1, 1), mixed.tree).await;
    let known = repo.acceptance(device(1), 1).await.unwrap().unwrap();
    assert_eq!((known.timeline, known.last, known.head, known.leaf), (1, 1, [2; 32], 3));
    assert_eq!(known.received, NOW);
    assert_eq!(repo.acceptance(device(1), 2).await.unwrap(), None);
    assert_eq!(repo.acceptance(device(9), 0).await.unwrap(), None);
    assert!(matches!(inclusion(repo, 3, 5).await, Err(ProveError::Beyond)));
    assert!(matches!(inclusion(repo, 4, 4).await, Err(ProveError::Beyond)));
    assert!(matches!(consistency(repo, 4, u64::MAX).await, Err(ProveError::Beyond)));
}

/// From here to there, through several full tiles, and each size with each later one of those that were seen.
async fn the_tree_only_grows(repo: &dyn Repo) {
    let mut seen = vec![repo.tree().await.unwrap()];
    let mut id = 100;
    for count in [1, 255, 1, 3, 250, 90, 200, 7] {
        let batches: Vec<_> = (id..id + count).map(|id| lone(id, 0)).collect();
        id += count;
        let advanced = advance(repo, &batches).await;
        let before = seen.last().unwrap().size;
        let expected: Vec<_> = (before..advanced.tree.size).map(Some).collect();
        assert_eq!(advanced.leaves, expected);
        seen.push(advanced.tree);
    }
    for (place, new) in seen.iter().enumerate() {
        for old in &seen[..=place] {
            let proof = consistency(repo, old.size, new.size).await.unwrap();
            verify_consistency((old.size, &old.root), (new.size, &new.root), &proof).unwrap();
        }
    }
    let newest = *seen.last().unwrap();
    let entries = repo.entries(0, newest.size + 1).await.unwrap();
    assert_eq!(entries.len() as u64, newest.size);
    for leaf in [0, 255, 256, 511, 512, newest.size - 1] {
        is_in(repo, leaf, &LogEntry::parse(&entries[leaf as usize]).unwrap(), newest).await;
    }
    let leaves: Vec<Hash> = entries.iter().map(|entry| leaf_hash(entry)).collect();
    assert_eq!(weir_tlog::root_of(&leaves), newest.root);
    let above = Tile::parse("1/000.p/3").unwrap();
    assert_eq!(above.in_tree(newest.size), Some(above));
    let roots: Vec<Hash> = leaves.chunks_exact(256).map(weir_tlog::root_of).collect();
    assert_eq!(repo.tile(above).await.unwrap(), roots);
    assert!(repo.tile(Tile::parse("1/000.p/4").unwrap()).await.is_err());
}

/// Two nodes sign where the journal stands: it is one entry.
async fn the_journal_is_in_it(one: &dyn Repo, two: &dyn Repo, home: &std::path::Path) {
    let key = SigningKey::from_seed(&[3; 32]).unwrap();
    let before = one.tree().await.unwrap();
    let actor = Actor::CommandLine("ada".to_owned());
    one.note(&Entry::new(NOW, &actor, Deed::DeviceRevoke, "x"))
        .await
        .unwrap();
    let head = one.journal_head().await.unwrap();
    let other = tempfile::tempdir().unwrap();
    let (here, there) = (Witness::in_home(home), Witness::in_home(other.path()));
    let (first, second) = tokio::join!(here.sign(one, &key, NOW), there.sign(two, &key, NOW));
    first.unwrap();
    second.unwrap();
    let after = two.tree().await.unwrap();
    assert_eq!(after.size, before.size + 1);
    let entry = LogEntry::Journal {
        number: head.number,
        hash: head.hash,
    };
    is_in(two, before.size, &entry, after).await;
}

/// Two nodes at once: numbers have no gap, none is given twice, and each node's heads go on from all others.
async fn nodes_append_in_turn(nodes: [Arc<dyn Repo>; 2]) {
    let before = nodes[0].tree().await.unwrap();
    let works = nodes.clone().into_iter().zip([2_000_u16, 3_000]).map(|(repo, id)| {
        tokio::spawn(async move {
            let mut all = Vec::new();
            for round in 0..30 {
                let batches: Vec<_> = (0..5).map(|each| lone(id + round * 5 + each, 0)).collect();
                let advanced = advance(&*repo, &batches).await;
                assert!(
                    advanced
                        .outcomes
                        .iter()
                        .all(|outcome| matches!(outcome, Outcome::Stored(_)))
                );
                for (each, leaf) in (0..5).zip(&advanced.leaves) {
                    is_in(&*repo, leaf.unwrap(), &entry(id + round * 5 + each, 0), advanced.tree).await;
                }
                all.push(advanced);
            }
            all
        })
    });
    let mut all = Vec::new();
    for work in works.collect::<Vec<_>>() {
        all.extend(work.await.unwrap());
    }
    let mut leaves: Vec<u64> = all
        .iter()
        .flat_map(|advanced| advanced.leaves.iter().flatten().copied())
        .collect();
    leaves.sort_unstable();
    assert_eq!(leaves, (before.size..before.size + 300).collect::<Vec<_>>());
    let mut heads: Vec<TreeHead> = all.iter().map(|advanced| advanced.tree).collect();
    heads.sort_unstable_by_key(|head| head.size);
    let newest = nodes[1].tree().await.unwrap();
    for old in heads {
        let proof = consistency(&*nodes[0], old.size, newest.size).await.unwrap();
        verify_consistency((old.size, &old.root), (newest.size, &newest.root), &proof).unwrap();
    }
}

const RECORDS: &str = "application/vnd.weir.records.v1+zstd";

fn batch(seq: u8) -> Vec<u8> {
    let batch = Batch {
        timeline: 1,
        first: seq.into(),
        last: seq.into(),
        before: [seq; 32],
        head: [seq + 1; 32],
        records: vec![sent(seq.into())],
    };
    batch.pack().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn receipts_are_proved_to_devices_and_the_log_is_read_by_auditors() {
    let stage = Stage::start().await;
    let (_, _, identity) = stage.enrol(&stage.token(1).await).await;
    let identity = identity.as_ref();
    let key = log_key(&stage.keys.receipt.public()).unwrap();
    let mut receipts = Vec::new();
    for seq in 0..3 {
        let (status, receipt) = stage
            .send(identity, "POST", "/v1/device/records", RECORDS, &batch(seq))
            .await;
        assert_eq!(status, 200, "{receipt}");
        receipts.push(serde_json::from_value::<Receipt>(receipt).unwrap());
    }
    let get = async |path: String| stage.send(identity, "GET", &path, "", b"").await;
    let mut known: Option<weir_tlog::Checkpoint> = None;
    for receipt in &receipts {
        let said = receipt.verify(key.key()).unwrap();
        let (leaf, note) = receipt.log().unwrap();
        let checkpoint = key.open(note).unwrap();
        let size = checkpoint.size;
        let (_, proof) = get(format!("/v1/device/log/inclusion?leaf={leaf}&size={size}")).await;
        let proof = serde_json::from_value::<LogProof>(proof).unwrap().read().unwrap();
        verify_inclusion(&LogEntry::from(said).leaf(), leaf, size, &proof, &checkpoint.root).unwrap();
        if let Some(known) = known {
            let (_, proof) = get(format!("/v1/device/log/consistency?from={}&to={size}", known.size)).await;
            let proof = serde_json::from_value::<LogProof>(proof).unwrap().read().unwrap();
            verify_consistency((known.size, &known.root), (size, &checkpoint.root), &proof).unwrap();
        }
        known = Some(checkpoint);
    }
    // The receipt of an earlier batch is given again, with the log as it is now.
    let (status, again) = get("/v1/device/log/receipt?seq=1".to_owned()).await;
    assert_eq!(status, 200);
    let again: Receipt = serde_json::from_value(again).unwrap();
    assert_eq!(again.verify(key.key()).unwrap().seq, 1);
    assert_eq!(again.log().unwrap().0, receipts[1].log().unwrap().0);
    assert_eq!(get("/v1/device/log/receipt?seq=3".to_owned()).await, (200, Value::Null));
    for odd in [
        "inclusion?leaf=0&size=99999",
        "inclusion?leaf=7&size=2",
        "inclusion?leaf=-1&size=2",
        "consistency?from=2&to=1",
        "consistency?from=0&to=99999999999999999999",
        "receipt?seq=x",
        "receipt",
    ] {
        let (status, answer) = get(format!("/v1/device/log/{odd}")).await;
        assert_eq!((status, &answer["refusal"]), (400, &json!("malformed")), "{odd}");
    }
    who_may_read_it(&stage, identity).await;
}

async fn who_may_read_it(stage: &Stage, identity: Option<&stage::Identity>) {
    const FILES: [&str; 3] = ["/log/checkpoint", "/log/tile/0/000.p/2", "/log/tile/entries/000.p/2"];
    let statuses = async |who: &Who| {
        let mut statuses = Vec::new();
        for file in FILES {
            statuses.push(stage.call(who, "GET", file, &Value::Null).await.status);
        }
        statuses
    };
    assert_eq!(statuses(&Who::Nobody).await, [401, 401, 401]);
    assert_eq!(statuses(&stage.program(Role::Viewer).await).await, [403, 403, 403]);
    let auditor = stage.program(Role::Auditor).await;
    assert_eq!(statuses(&auditor).await, [200, 200, 200]);
    for (file, wanted) in FILES.iter().zip([200, 200, 403]) {
        assert_eq!(stage.send(identity, "GET", file, "", b"").await.0, wanted, "{file}");
    }
    for odd in [
        "0/000",
        "0/000.p/200",
        "0/001.p/1",
        "9/000",
        "entries/000",
        "entries/x",
        "../checkpoint",
    ] {
        let answer = stage
            .call(&auditor, "GET", &format!("/log/tile/{odd}"), &Value::Null)
            .await;
        assert_eq!(answer.status, 404, "{odd}");
    }
}
