//! Questions to all records of a time, over both databases.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test's broken assumption is a failed test"
)]

mod support;

use serde_json::{Value, json};
use std::io::Cursor;
use std::path::Path;
use std::sync::Arc;
use support::PostgresServer;
use weir_audit::Kind;
use weir_bundle::SigningKey;
use weir_engine::FingerprintKey;
use weir_fleet::{Deletion, DeletionReceipt, DeviceId, Gone, Left, PackProved, Statement, verify_pack};
use weir_model::{DataType, EventId, Sensitive, Timestamp};
use weir_server::deletions::{self, DeletionError, DeletionState, Why};
use weir_server::devices::Device;
use weir_server::ingest::{Advance, Columns, Outcome, Row};
use weir_server::journal::{Actor, Checkpoint, Page, Purpose, Verifier};
use weir_server::register::{self, Promise, PromiseKind, Promised};
use weir_server::repo::{self, Repo};
use weir_server::reports::{
    self, Absence, AbsenceAsked, GapKind, SubjectAsked, SubjectFound, absence, flows, picture, subject,
};
use weir_server::retention;
use weir_server::search_keys::{self, Destruction, Scope};
use weir_server::tlog::Log;

const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);
const DAY: i64 = 86_400_000;
const ALICE: &str = "Alice@Example.org";

#[tokio::test]
async fn sqlite_answers() {
    let dir = tempfile::tempdir().unwrap();
    let address = format!("sqlite:{}", dir.path().join("weir.db").display());
    story(repo::open(&address).await.unwrap()).await;
}

#[tokio::test]
async fn postgres_answers() {
    let server = PostgresServer::start();
    story(repo::open(&server.database("reports")).await.unwrap()).await;
    nodes_make_one_key(&server.database("keys")).await;
    a_held_message_is_one_message(&*repo::open(&server.database("held")).await.unwrap()).await;
    a_message_has_a_level_as_a_whole(&*repo::open(&server.database("levels")).await.unwrap()).await;
}

#[tokio::test]
async fn sqlite_looks_at_whole_messages() {
    let dir = tempfile::tempdir().unwrap();
    let address = format!("sqlite:{}", dir.path().join("weir.db").display());
    a_message_has_a_level_as_a_whole(&*repo::open(&address).await.unwrap()).await;
}

#[tokio::test]
async fn sqlite_counts_held_messages_once() {
    let dir = tempfile::tempdir().unwrap();
    let address = format!("sqlite:{}", dir.path().join("weir.db").display());
    a_held_message_is_one_message(&*repo::open(&address).await.unwrap()).await;
}

/// It has a record when it begins to wait, and one of its own when it ends. What was copied goes nowhere.
async fn a_held_message_is_one_message(repo: &dyn Repo) {
    add_device(repo, 1, -DAY).await;
    let key = key_of(repo, 1).await;
    let found = [finding(&key, "personal/email", ALICE)];
    let went = |at, disposition| decision(at, ("chatgpt", "openai"), disposition, &found, &["redact"]);
    let mut copied = went(13, "rewritten");
    copied.2["channel"] = json!("clipboard");
    let records = vec![
        went(10, "held"),
        went(11, "rewritten"),
        went(12, "held"),
        copied,
        decision(1000, ("chatgpt", "openai"), "released", &[], &[]),
    ];
    store(repo, 1, 1, 0, records).await;
    let asked = ask(repo, "personal/email", "OpenAI", (0, 100)).await;
    assert_eq!((asked.absent, asked.named, asked.messages), (true, true, 1));
    assert_eq!((asked.reached, asked.replaced, asked.kept), (0, 1, 0));
    let searched = search(repo, ALICE, None, (0, 100)).await;
    assert_eq!((searched.messages, searched.hits[0].fate), (1, "replaced"));
    let times = (NOW, NOW.plus_millis(100));
    let exposure = weir_server::alerts::exposure(repo, &eve(), "openai", times, &purpose(), NOW).await;
    let exposure = exposure.unwrap();
    assert_eq!((exposure.messages, exposure.kept), (2, 0));
    // Of another time, and of none.
    assert!(ask(repo, "personal/email", "openai", (500, 600)).await.named);
    assert!(!ask(repo, "personal/email", "open-ai", (0, 100)).await.named);
}

/// An amount of lower values, or a label, gives a message a level that no value has.
async fn a_message_has_a_level_as_a_whole(repo: &dyn Repo) {
    add_device(repo, 1, -DAY).await;
    let key = key_of(repo, 1).await;
    let found = [finding(&key, "personal/email", ALICE)];
    let restricted = |at, disposition, findings: &[Value], action| {
        let mut decision = decision(at, ("chatgpt", "openai"), disposition, findings, &[action]);
        decision.2["level"] = json!("restricted");
        decision
    };
    let mut cut = restricted(14, "rewritten", &found, "redact");
    cut.2["findings_omitted"] = json!(7);
    let records = vec![
        restricted(10, "released", &found, "allow"),
        restricted(11, "released", &[], "allow"),
        restricted(12, "blocked", &found, "block"),
        restricted(13, "rewritten", &found, "redact"),
        cut,
        decision(1000, ("chatgpt", "openai"), "released", &[], &[]),
    ];
    store(repo, 1, 1, 0, records).await;
    let asked = ask(repo, "restricted", "openai", (0, 100)).await;
    assert_eq!((asked.absent, asked.messages), (false, 4));
    assert_eq!((asked.reached, asked.replaced, asked.kept), (2, 0, 1));
    let gaps: Vec<_> = asked.gaps.iter().map(|gap| (gap.kind, gap.count)).collect();
    assert_eq!(
        gaps,
        [(GapKind::NotListed, Some(2))],
        "what was changed may have it still"
    );
    // Of values it is asked as before.
    let asked = ask(repo, "personal/email", "openai", (0, 100)).await;
    assert_eq!((asked.reached, asked.replaced, asked.kept), (1, 2, 1));
    let asked = ask(repo, "confidential", "openai", (0, 100)).await;
    assert_eq!((asked.reached, asked.replaced, asked.kept), (2, 2, 1));
}

/// Nothing that a destroyed key could be made from again stands in the database's files.
#[tokio::test]
async fn sqlite_keeps_nothing_of_a_destroyed_key() {
    let dir = tempfile::tempdir().unwrap();
    let address = format!("sqlite:{}", dir.path().join("weir.db").display());
    let repo = repo::open(&address).await.unwrap();
    for number in [1, 2, 3] {
        add_device(&*repo, number, 0).await;
    }
    key_of(&*repo, 1).await;
    let seed = repo.search_keys().await.unwrap().remove(0).seed.unwrap();
    assert!(stands_in_files(dir.path(), &seed));
    destroyed(&*repo, scope(Some(1), Some(1))).await;
    assert!(!stands_in_files(dir.path(), &seed), "the seed of all keys");
    let sealed = repo.sealed_search_keys().await.unwrap();
    let sealed = sealed.iter().find(|sealed| sealed.device == id(2)).unwrap().sealed;
    assert!(stands_in_files(dir.path(), &sealed));
    destroyed(&*repo, scope(Some(1), Some(2))).await;
    assert!(!stands_in_files(dir.path(), &sealed), "the key of one device");
}

fn stands_in_files(dir: &Path, secret: &[u8; 32]) -> bool {
    let mut files = std::fs::read_dir(dir).unwrap();
    files.any(|file| {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        bytes.windows(secret.len()).any(|part| part == secret)
    })
}

async fn story(repo: Arc<dyn Repo>) {
    each_device_has_a_key_of_its_own(&*repo).await;
    set_up(&*repo).await;
    a_value_is_found_wherever_it_went(&*repo).await;
    searches_are_told_without_the_value(&*repo).await;
    absence_says_how_far_it_speaks(&*repo).await;
    flows_are_counted_and_drawn(&*repo).await;
    evidence_is_packed_for_others(&*repo).await;
    what_is_destroyed_is_not_found(&*repo).await;
    what_is_forgotten_is_a_gap(&*repo).await;
    logs_that_may_be_sent_again_are_known(&*repo).await;
}

fn receipt() -> SigningKey {
    SigningKey::from_seed(&[8; 32]).unwrap()
}

fn id(number: u8) -> DeviceId {
    DeviceId::from_bytes([number; 16])
}

fn eve() -> Actor {
    Actor::Account("eve".to_owned())
}

fn purpose() -> Purpose {
    "request 17 of a customer".parse().unwrap()
}

async fn add_device(repo: &dyn Repo, number: u8, enrolled: i64) {
    let device = Device {
        enrolled: NOW.plus_millis(enrolled),
        ..support::device(number, &format!("laptop{number}"), NOW)
    };
    support::enrolled(repo, &device).await;
}

/// A decision about a message with these values, at a time.
fn decision(at: i64, to: (&str, &str), disposition: &str, findings: &[Value], actions: &[&str]) -> (i64, Kind, Value) {
    let body = json!({
        "level": "confidential", "disposition": disposition, "user": "ada", "channel": "browser",
        "destination": {"host": format!("{}.example", to.0), "service": to.0, "provider": to.1},
        "findings": findings, "decision": {"action": "allow", "per_finding": actions, "bundle": {"number": 4, "digest": "00"},
            "reasons": [{"rule": "mail", "member": "data-classification", "action": "allow", "mode": "enforce", "text": ""}]}, "search_key": 1,
        "message_bytes": 10,
    });
    (at, Kind::Decision, body)
}

fn finding(key: &FingerprintKey, data_type: &str, value: &str) -> Value {
    let data_type = DataType::custom(data_type.to_owned());
    json!({"data_type": data_type, "level": "confidential", "count": 2, "fingerprint": key.fingerprint(&data_type, value)})
}

async fn store(repo: &dyn Repo, number: u8, timeline: u32, first: u64, records: Vec<(i64, Kind, Value)>) {
    let head = |seq: u64| match seq {
        0 => [0; 32],
        _ => [seq as u8 ^ number; 32],
    };
    let rows: Vec<Row> = records
        .into_iter()
        .zip(first..)
        .map(|((at, kind, body), seq)| Row {
            seq,
            time: NOW.plus_millis(at).as_millis(),
            kind,
            event: [number * 32 + seq as u8; 16],
            columns: Columns::read(kind, body.to_string().as_bytes()),
            body: support::alone(&body.to_string()),
            text: None,
        })
        .collect();
    let last = first + rows.len() as u64 - 1;
    let batch = Advance {
        device: id(number),
        timeline,
        first,
        last,
        before: head(first),
        head: head(last + 1),
        rows,
    };
    let done = repo.advance(&[batch], NOW).await.unwrap();
    assert!(matches!(done.outcomes[0], Outcome::Stored(_)), "{done:?}");
}

/// The key that a device would have been given.
async fn key_of(repo: &dyn Repo, number: u8) -> FingerprintKey {
    let newest = search_keys::newest(repo, &receipt(), NOW).await.unwrap();
    let key = newest.device(id(number));
    FingerprintKey::new(&[1; 32]).searched_by(key.number, &key.key().unwrap())
}

async fn each_device_has_a_key_of_its_own(repo: &dyn Repo) {
    let email = DataType::builtin("personal/email");
    let (one, two) = (key_of(repo, 1).await, key_of(repo, 2).await);
    assert_eq!(
        (one.searched(), two.searched()),
        (Some(1), Some(1)),
        "the first is made once"
    );
    assert_ne!(one.fingerprint(&email, ALICE), two.fingerprint(&email, ALICE));
    let again = key_of(repo, 1).await;
    assert_eq!(one.fingerprint(&email, ALICE), again.fingerprint(&email, ALICE));
    // The database alone is not enough.
    let stranger = SigningKey::from_seed(&[7; 32]).unwrap();
    let other = search_keys::newest(repo, &stranger, NOW).await.unwrap().device(id(1));
    let other = FingerprintKey::new(&other.key().unwrap());
    assert_ne!(one.fingerprint(&email, ALICE), other.fingerprint(&email, ALICE));
}

async fn search(repo: &dyn Repo, value: &str, data_type: Option<&str>, times: (i64, i64)) -> SubjectFound {
    let asked = SubjectAsked {
        value: Sensitive::new(value.to_owned()),
        data_type: data_type.map(|data_type| DataType::custom(data_type.to_owned())),
        since: NOW.plus_millis(times.0),
        until: NOW.plus_millis(times.1),
    };
    subject(repo, &receipt(), &eve(), &asked, &purpose(), NOW)
        .await
        .unwrap()
}

/// Two devices with records of one value and of others, and one without any.
async fn set_up(repo: &dyn Repo) {
    for number in [1, 2, 3] {
        add_device(repo, number, -9 * DAY).await;
    }
    let (one, two) = (key_of(repo, 1).await, key_of(repo, 2).await);
    let alice = |key| finding(key, "personal/email", ALICE);
    let bob = |key| finding(key, "personal/email", "bob@example.org");
    let mut own = decision(13, ("chatgpt", "openai"), "released", &[alice(&one)], &["allow"]);
    own.2["search_key"].take();
    let mut cut = decision(14, ("chatgpt", "openai"), "released", &[bob(&one)], &["allow"]);
    cut.2["findings_omitted"] = json!(7);
    let mut blind = decision(15, ("chatgpt", "openai"), "released", &[], &[]);
    blind.2["unscannable"] = json!("too_large");
    let newer = (16, Kind::Decision, json!({"channel": "telepathy"}));
    let records = vec![
        decision(
            10,
            ("chatgpt", "openai"),
            "released",
            &[bob(&one), alice(&one)],
            &["allow", "allow"],
        ),
        decision(11, ("chatgpt", "openai"), "rewritten", &[alice(&one)], &["redact"]),
        decision(12, ("chatgpt", "openai"), "released", &[bob(&one)], &["allow"]),
        own,
        cut,
        blind,
        newer,
        decision(1000, ("chatgpt", "openai"), "released", &[], &[]),
    ];
    store(repo, 1, 1, 0, records.clone()).await;
    // The same log once more, as another timeline: the same messages.
    store(repo, 1, 2, 0, records).await;
    let as_name = finding(&two, "personal/name", ALICE);
    let records = vec![
        decision(
            20,
            ("claude", "anthropic"),
            "blocked",
            &[alice(&two), as_name],
            &["block", "block"],
        ),
        decision(21, ("claude", "anthropic"), "released", &[alice(&one)], &["allow"]),
        decision(1000, ("chatgpt", "openai"), "released", &[], &[]),
    ];
    store(repo, 2, 1, 0, records).await;
}

async fn a_value_is_found_wherever_it_went(repo: &dyn Repo) {
    // Written otherwise, it is the same value.
    let found = search(repo, "alice@example.ORG", None, (0, 100)).await;
    assert_eq!(found.messages, 3);
    let places: Vec<_> = found
        .places
        .iter()
        .map(|place| {
            (
                &*place.service,
                place.provider.as_deref(),
                place.sent,
                place.replaced,
                place.kept,
            )
        })
        .collect();
    assert_eq!(
        places,
        [
            ("chatgpt", Some("openai"), 1, 1, 0),
            ("claude", Some("anthropic"), 0, 0, 1)
        ],
        "a fingerprint of another device's key is another value's"
    );
    let hits: Vec<_> = found
        .hits
        .iter()
        .map(|hit| (hit.fate, hit.data_types.len(), hit.count))
        .collect();
    assert_eq!(
        hits,
        [("kept", 1, 2), ("replaced", 1, 2), ("sent", 1, 2)],
        "newest first"
    );
    assert_eq!(found.hits[0].event, EventId::from_bytes([64; 16]));
    // Each stands in two logs of device 1.
    assert_eq!(
        (found.not_searchable, found.not_listed, found.not_read, found.unread),
        (2, 2, 2, 2)
    );
    assert_eq!((found.destroyed, found.kept_since), (0, None));
    assert_eq!(found.devices.len(), 2);
    // What has no normal form of its own is found as it was written.
    let written = search(repo, ALICE, None, (0, 100)).await;
    assert_eq!(
        (
            written.messages,
            written.hits[0].data_types.len(),
            written.hits[0].count
        ),
        (3, 2, 4)
    );
    assert_eq!(search(repo, ALICE, Some("personal/name"), (0, 100)).await.messages, 1);
    assert_eq!(
        search(repo, ALICE, None, (0, 11)).await.messages,
        1,
        "before the end of the time"
    );
    let nobody = search(repo, "carol@example.org", None, (0, 100)).await;
    assert_eq!((nobody.messages, nobody.hits.len()), (0, 0));
}

async fn searches_are_told_without_the_value(repo: &dyn Repo) {
    let journal = repo.journal(Page::Before(u64::MAX), 4).await.unwrap();
    for row in &journal {
        assert_eq!(
            (&*row.deed, &*row.subject, &*row.actor),
            ("subject-search", "records", "account:eve")
        );
        assert!(
            row.details.contains("request 17") && !row.details.to_lowercase().contains("alice"),
            "{}",
            row.details
        );
    }
    let told = async |number| repo.readings(id(number), u64::MAX, 10).await.unwrap();
    let (one, two, three) = (told(1).await, told(2).await, told(3).await);
    let records = |readings: &[weir_fleet::Reading]| readings.iter().map(|reading| reading.records).collect::<Vec<_>>();
    assert_eq!(
        (records(&one), records(&two)),
        (vec![1, 2, 2], vec![1, 1, 1]),
        "those whose records were shown"
    );
    assert_eq!(three, [], "and nobody else");
    assert_eq!(
        (&*one[0].what, &*one[0].purpose),
        ("subject-search", "request 17 of a customer")
    );
}

async fn ask(repo: &dyn Repo, class: &str, to: &str, times: (i64, i64)) -> Absence {
    let asked = AbsenceAsked {
        class: class.parse().unwrap(),
        to: to.to_owned(),
        since: NOW.plus_millis(times.0),
        until: NOW.plus_millis(times.1),
    };
    absence(repo, &eve(), &asked, &purpose(), NOW).await.unwrap()
}

async fn absence_says_how_far_it_speaks(repo: &dyn Repo) {
    let asked = ask(repo, "personal/email", "openai", (0, 100)).await;
    assert_eq!((asked.absent, asked.complete), (false, false));
    assert_eq!(
        (asked.messages, asked.reached, asked.replaced, asked.kept),
        (6, 4, 1, 0)
    );
    assert_eq!(asked.examples.len(), 4);
    for (class, to) in [
        ("personal/*", "claude"),
        ("confidential", "anthropic"),
        ("personal/email", "claude.example"),
    ] {
        let asked = ask(repo, class, to, (0, 21)).await;
        assert_eq!((asked.absent, asked.messages, asked.kept), (true, 0, 1), "{class} {to}");
        let asked = ask(repo, class, to, (0, 100)).await;
        assert_eq!(
            (asked.absent, asked.messages, asked.reached),
            (false, 1, 1),
            "{class} {to}"
        );
    }
    let asked = ask(repo, "restricted", "openai", (0, 100)).await;
    assert_eq!((asked.absent, asked.messages), (true, 6));
    let gaps = |asked: &Absence| -> Vec<(Option<u8>, GapKind, Option<u64>)> {
        let gaps = asked.gaps.iter();
        gaps.map(|gap| (gap.device.map(|device| device.as_bytes()[0]), gap.kind, gap.count))
            .collect()
    };
    assert_eq!(
        gaps(&asked),
        [
            (Some(1), GapKind::BegunAnew, None),
            (Some(1), GapKind::Unread, Some(2)),
            (Some(1), GapKind::NotRead, Some(1)),
            (Some(1), GapKind::NotListed, Some(1)),
            (Some(3), GapKind::NoRecords, None),
        ]
    );
    assert_eq!(asked.gaps[0].name.as_deref(), Some("laptop1"));
    assert_eq!(asked.chains.len(), 3);
    assert_eq!((asked.chains[0].first, asked.chains[0].last), (0, 7));

    // One device, and a time that its log covers: nothing is missing.
    repo.revoke(id(3), NOW.plus_millis(-8 * DAY), &entry()).await.unwrap();
    let asked = ask(repo, "restricted", "openai", (17, 30)).await;
    assert_eq!((asked.absent, asked.complete, gaps(&asked)), (true, true, vec![]));
    // Until now, what is under way is not here.
    let asked = ask(repo, "restricted", "openai", (17, 2000)).await;
    let not_arrived = |number| (Some(number), GapKind::NotArrived, None);
    assert_eq!(gaps(&asked), [not_arrived(1), not_arrived(2)]);
    let asked = ask(repo, "restricted", "openai", (0, 2000)).await;
    let gaps_until_now = gaps(&asked);
    assert_eq!(
        (gaps_until_now[0], &gaps_until_now[gaps_until_now.len() - 2..]),
        (
            (Some(1), GapKind::BegunAnew, None),
            &[not_arrived(1), not_arrived(2)][..]
        ),
        "what is under way stands behind what is missing"
    );
    // Before there was a device, nothing speaks for it.
    let asked = ask(repo, "restricted", "openai", (-10 * DAY, -9 * DAY + 1)).await;
    let not_enrolled = |number| (Some(number), GapKind::NotEnrolled, None);
    assert_eq!(
        gaps(&asked),
        [
            not_enrolled(1),
            not_enrolled(2),
            not_enrolled(3),
            (Some(3), GapKind::NoRecords, None)
        ]
    );
    // What a device could not record, it says.
    let lost = json!({"from": NOW.plus_millis(25), "to": NOW.plus_millis(27), "count": 9, "reason": "disk_full"});
    store(
        repo,
        2,
        1,
        3,
        vec![(27, Kind::Gap, lost), (3000, Kind::Health, json!({}))],
    )
    .await;
    let asked = ask(repo, "restricted", "openai", (17, 30)).await;
    assert_eq!(gaps(&asked), [(Some(2), GapKind::NotRecorded, Some(9))]);
    assert_eq!(asked.gaps[0].since, Some(NOW.plus_millis(25).as_millis()));
    let row = &repo.journal(Page::Before(u64::MAX), 1).await.unwrap()[0];
    assert_eq!((&*row.deed, &*row.subject), ("absence-read", "openai"));
}

fn entry() -> weir_server::journal::Entry {
    weir_server::journal::Entry::new(NOW, &eve(), weir_server::journal::Deed::DeviceRevoke, "x")
}

async fn flows_are_counted_and_drawn(repo: &dyn Repo) {
    let promised = |provider: &str, until: &str| Promised {
        provider: provider.to_owned(),
        tiers: Default::default(),
        promise: Promise {
            kind: PromiseKind::NoTraining,
            number: None,
            place: String::new(),
        },
        document: "agreement".to_owned(),
        digest: "0".repeat(64),
        until: until.parse().unwrap(),
    };
    let before = NOW.plus_millis(-DAY);
    for (provider, until) in [("openai", "2027-06-01"), ("mistral", "2027-06-01")] {
        register::enter(repo, &eve(), promised(provider, until), before)
            .await
            .unwrap();
    }
    let asked = async |since: i64, until: i64| {
        let times = (NOW.plus_millis(since), NOW.plus_millis(until));
        flows(repo, &eve(), times, &purpose(), NOW).await.unwrap()
    };
    let answer = asked(0, 100).await;
    let counted: Vec<_> = answer
        .flows
        .iter()
        .map(|flow| {
            (
                &*flow.service,
                flow.action.as_str(),
                flow.rule.as_deref(),
                flow.bundle,
                flow.sent,
                flow.rewritten,
                flow.kept,
            )
        })
        .collect();
    assert_eq!(
        counted,
        [
            ("chatgpt", "allow", Some("data-classification: mail"), 4, 5, 1, 0),
            ("claude", "allow", Some("data-classification: mail"), 4, 1, 0, 1)
        ]
    );
    assert_eq!((answer.unread, answer.not_listed), (1, 0));
    let terms: Vec<_> = answer
        .terms
        .iter()
        .map(|term| (&*term.provider, &*term.until))
        .collect();
    assert_eq!(terms, [("openai", "2027-06-01")], "of those that anything was for");
    assert!(repo.journal(Page::Before(u64::MAX), 1).await.unwrap()[0].deed == "flows-read");
    assert!(asked(5000, 6000).await.flows.is_empty());

    // Names are the device's word, and stand in the picture as text.
    let mut answer = answer;
    answer.flows[0].service = "<script>\u{1}&\"'".to_owned();
    let svg = picture(&answer);
    assert!(
        svg.contains("&lt;script&gt;&amp;&quot;&#39;") && !svg.contains("<script"),
        "{svg}"
    );
    assert!(
        svg.contains("By browser to claude: 1 left, confidential at most; 1 kept."),
        "{svg}"
    );
    for other in ["href", "url(", "@import", "<style", "<foreignObject"] {
        assert!(!svg.contains(other), "{other}");
    }
    assert!(picture(&asked(5000, 6000).await).contains("Nothing was sent."));
}

/// A pack of what arrived in a time, from so many milliseconds on until so many.
async fn packed(repo: &dyn Repo, since: i64, until: i64) -> Vec<u8> {
    let (receipt, out) = (receipt(), Cursor::new(Vec::new()));
    let log = Log::new(&receipt).unwrap();
    let times = (NOW.plus_millis(since), NOW.plus_millis(until));
    let packed = reports::pack(repo, (&log, &receipt), &eve(), times, &purpose(), NOW, out).await;
    let (out, bytes) = packed.unwrap();
    assert_eq!(out.get_ref().len() as u64, bytes);
    out.into_inner()
}

fn proved(pack: &[u8]) -> PackProved {
    verify_pack(pack, Log::new(&receipt()).unwrap().key()).unwrap()
}

async fn evidence_is_packed_for_others(repo: &dyn Repo) {
    let pack = packed(repo, 0, 1).await;
    let found = proved(&pack);
    assert_eq!((found.devices, found.logs, found.batches, found.records), (2, 3, 4, 21));
    assert_eq!(
        (found.not_in_log, found.missing.len(), &*found.of.purpose),
        (0, 0, "request 17 of a customer")
    );
    assert_eq!(found.size, repo.tree().await.unwrap().size);
    let text = String::from_utf8_lossy(&pack).to_lowercase();
    assert!(
        text.contains("\"telepathy\"") && !text.contains("alice"),
        "records as they are, and no content"
    );
    for number in [1, 2] {
        let newest = repo.readings(id(number), u64::MAX, 1).await.unwrap().remove(0);
        assert_eq!(
            (&*newest.what, newest.records > 3),
            ("evidence-pack", true),
            "all are told"
        );
    }
    let all = repo.batches_between(NOW, NOW.plus_millis(1), 9).await.unwrap();
    let first = repo.batches_between(NOW, NOW.plus_millis(1), 3).await.unwrap();
    assert_eq!((all.len(), &all[..3]), (4, &first[..]), "no more than are asked for");
    // By the time of arrival: nothing came later.
    let later = proved(&packed(repo, 1, 100).await);
    assert_eq!((later.batches, later.records), (0, 0));
    assert_eq!((later.journal, later.rows_not_in_log), (None, 0));
    the_journal_is_packed_as_far_as_the_log_has_it(repo).await;
}

async fn the_journal_is_packed_as_far_as_the_log_has_it(repo: &dyn Repo) {
    let before = repo.journal_head().await.unwrap();
    let unsigned = proved(&packed(repo, 0, 1).await);
    assert_eq!(
        (unsigned.journal, unsigned.rows_not_in_log > 10),
        (None, true),
        "nobody signed a head yet"
    );
    let head = repo.journal_head().await.unwrap();
    assert_eq!(head.number, before.number + 1, "packing is a row");
    repo.add_checkpoint(&Checkpoint::sign(head, NOW, &receipt()))
        .await
        .unwrap();
    let pack = packed(repo, 0, 1).await;
    let found = proved(&pack);
    let journal = found.journal.unwrap();
    assert_eq!((journal.last, journal.head), (head.number, head.hash));
    assert_eq!((journal.leaf, found.rows_not_in_log), (found.size - 1, 0));
    let first = repo.journal(Page::After(journal.first - 1), 1).await.unwrap().remove(0);
    assert_eq!((first.time, first.previous), (NOW, journal.before));
    let text = String::from_utf8_lossy(&pack);
    for row in ["\"action\":\"evidence-pack\"", "\"actor\":\"account:eve\""] {
        assert!(text.contains(row), "{row}");
    }
    // The pack that was just made is a row that no entry of the log stands for.
    let again = proved(&packed(repo, 0, 1).await);
    assert_eq!((again.journal, again.rows_not_in_log), (Some(journal), 1));
    let head = repo.journal_head().await.unwrap();
    repo.add_checkpoint(&Checkpoint::sign(head, NOW, &receipt()))
        .await
        .unwrap();
    let more = proved(&packed(repo, 0, 1).await);
    assert_eq!((more.journal.unwrap().last, more.rows_not_in_log), (head.number, 0));
}

async fn what_is_destroyed_is_not_found(repo: &dyn Repo) {
    assert_eq!(search_keys::make(repo, &eve(), NOW).await.unwrap(), 2);
    assert_eq!(key_of(repo, 1).await.searched(), Some(2), "devices get the newest");
    assert_eq!(
        search(repo, ALICE, None, (0, 100)).await.messages,
        3,
        "the one before is still searched by"
    );
    let before = evidence(repo).await;
    two_people_destroy(repo).await;
    who_enrols_meanwhile_keeps_the_key(repo).await;
    one_device_loses_its_key(repo).await;
    all_devices_lose_a_key(repo).await;
    of_two_who_agree_at_once_one_destroys(repo).await;
    no_older_key_comes_back(repo).await;
    let after = evidence(repo).await;
    assert_eq!(
        (after.records, after.batches, after.missing.len()),
        (before.records, before.batches, 0),
        "no record is touched, and every batch is proved as before"
    );
    journal_is_whole(repo).await;
}

fn frank() -> Actor {
    Actor::Account("frank".to_owned())
}

/// What a pack of everything proves.
async fn evidence(repo: &dyn Repo) -> PackProved {
    proved(&packed(repo, -DAY, DAY).await)
}

/// When somebody agreed, a minute after it was asked for.
fn agreed() -> Timestamp {
    NOW.plus_millis(60_000)
}

fn why(text: &str) -> Why {
    text.parse().unwrap()
}

fn scope(number: Option<u32>, device: Option<u8>) -> Scope {
    Scope {
        number,
        device: device.map(id),
    }
}

async fn ask_deletion(repo: &dyn Repo, scope: Scope) -> Result<EventId, DeletionError> {
    let asked = deletions::ask(repo, &receipt(), &eve(), (scope, &why("request 17")), NOW).await?;
    Ok(asked.id)
}

/// What a receipt says, as whoever gets it reads it.
async fn destroyed(repo: &dyn Repo, scope: Scope) -> Deletion {
    let asked = ask_deletion(repo, scope).await.unwrap();
    let done = deletions::approve(repo, &receipt(), &frank(), asked, agreed)
        .await
        .unwrap();
    assert_eq!(done.state, DeletionState::Done);
    let key = receipt();
    let log = Log::new(&key).unwrap();
    let text = deletions::receipt(repo, (&log, &key), asked).await.unwrap().to_text();
    let read = DeletionReceipt::parse(text.as_bytes()).unwrap();
    let proved = read.verify(log.key()).unwrap();
    assert!(proved.leaf < proved.size);
    proved.deletion
}

async fn two_people_destroy(repo: &dyn Repo) {
    let program = Actor::Token {
        id: "1".to_owned(),
        name: "deploy".to_owned(),
    };
    let (whole_key, reason) = (scope(Some(1), None), why("request 17"));
    let by_program = deletions::ask(repo, &receipt(), &program, (whole_key, &reason), NOW).await;
    assert!(matches!(by_program, Err(DeletionError::Program)));
    for (wanted, nothing) in [
        (scope(None, None), true),
        (scope(Some(9), None), false),
        (scope(None, Some(77)), false),
    ] {
        match ask_deletion(repo, wanted).await {
            Err(DeletionError::Nothing) => assert!(nothing),
            Err(DeletionError::Gone) => assert!(!nothing),
            other => panic!("{other:?}"),
        }
    }
    let asked = ask_deletion(repo, scope(Some(1), None)).await.unwrap();
    let approve = async |actor: &Actor| deletions::approve(repo, &receipt(), actor, asked, agreed).await;
    for own in [eve(), Actor::CommandLine("Eve".to_owned())] {
        assert!(matches!(approve(&own).await, Err(DeletionError::Own)));
    }
    assert!(matches!(approve(&program).await, Err(DeletionError::Program)));
    let refused = deletions::refuse(repo, &frank(), asked, &why("not the right person"), NOW).await;
    let refused = refused.unwrap();
    assert_eq!(
        (refused.state, &*refused.refusal),
        (DeletionState::Refused, "not the right person")
    );
    assert!(matches!(approve(&frank()).await, Err(DeletionError::State("refused"))));
    let key = receipt();
    let none = deletions::receipt(repo, (&Log::new(&key).unwrap(), &key), asked).await;
    assert!(matches!(none, Err(DeletionError::State("refused"))));
    assert_eq!(search(repo, ALICE, None, (0, 100)).await.messages, 3, "nothing is gone");
}

/// Carries out what was read before. What is said about it does not matter here.
async fn carry_out(repo: &dyn Repo, asked: EventId, read_before: &Destruction) -> bool {
    let statement = Statement::of(&Deletion {
        id: asked,
        keys: read_before.keys.clone(),
        device: read_before.device,
        why: "request 17".to_owned(),
        asked: NOW,
        asked_by: "eve".to_owned(),
        destroyed: agreed(),
        destroyed_by: "frank".to_owned(),
        gone: Gone::default(),
        left: Left::default(),
    });
    repo.carry_out_deletion(asked, &statement.unwrap(), read_before, ("frank", agreed()), &entry())
        .await
        .unwrap()
}

async fn read_keys(repo: &dyn Repo, scope: Scope) -> Destruction {
    let read = search_keys::destruction(repo, &receipt(), scope).await;
    read.unwrap().unwrap()
}

/// The keys of all others are kept one by one when the seed goes: whoever is not among them is no reason to lose one.
async fn who_enrols_meanwhile_keeps_the_key(repo: &dyn Repo) {
    let laptop1 = scope(Some(1), Some(1));
    let asked = ask_deletion(repo, laptop1).await.unwrap();
    let read_before = read_keys(repo, laptop1).await;
    add_device(repo, 4, 0).await;
    let head = repo.journal_head().await.unwrap();
    assert!(!carry_out(repo, asked, &read_before).await);
    assert_eq!(repo.journal_head().await.unwrap(), head, "nothing has changed");
    assert!(repo.search_keys().await.unwrap()[0].seed.is_some());
    assert!(repo.sealed_search_keys().await.unwrap().is_empty());
    let deletion = repo.deletion(asked).await.unwrap().unwrap();
    assert_eq!(deletion.state, DeletionState::Pending, "it can be agreed to again");
    deletions::refuse(repo, &eve(), asked, &why("a drill"), NOW)
        .await
        .unwrap();
}

/// Two other people agree to two deletions of the same key.
async fn of_two_who_agree_at_once_one_destroys(repo: &dyn Repo) {
    let newest = scope(Some(3), None);
    let (first, second) = (
        ask_deletion(repo, newest).await.unwrap(),
        ask_deletion(repo, newest).await.unwrap(),
    );
    let (key, frank, grace) = (receipt(), frank(), Actor::Account("grace".to_owned()));
    let (by_frank, by_grace) = tokio::join!(
        deletions::approve(repo, &key, &frank, first, agreed),
        deletions::approve(repo, &key, &grace, second, agreed)
    );
    let late = match (by_frank, by_grace) {
        (Ok(_), Err(late)) | (Err(late), Ok(_)) => late,
        both => panic!("{both:?}"),
    };
    // The key was gone before, or when it was to be destroyed.
    assert!(matches!(late, DeletionError::Gone | DeletionError::Raced), "{late:?}");
}

async fn one_device_loses_its_key(repo: &dyn Repo) {
    let said = destroyed(repo, scope(Some(1), Some(1))).await;
    assert_eq!((said.device, said.keys[0].number, said.keys.len()), (Some(id(1)), 1, 1));
    assert_eq!(
        (&*said.asked_by, &*said.destroyed_by, &*said.why),
        ("eve", "frank", "request 17")
    );
    assert_eq!((said.asked, said.destroyed), (NOW, agreed()));
    let gone = (said.gone.decisions, said.gone.fingerprints, said.gone.devices);
    assert_eq!(gone, (4, 5, 1), "a log that was sent twice counts once");
    assert_eq!(
        (said.gone.oldest, said.gone.newest),
        (Some(NOW.plus_millis(10)), Some(NOW.plus_millis(14)))
    );
    // Device 1 sent eight records twice, of which one each cannot be read; device 2 three and a gap.
    assert_eq!((said.left.records, said.left.logs, said.left.searchable), (18, 3, 2));
    let found = search(repo, ALICE, None, (0, 100)).await;
    let devices: Vec<_> = found.devices.iter().copied().collect();
    assert_eq!(
        (found.messages, devices),
        (1, vec![id(2)]),
        "others are found as before"
    );
    assert_eq!((found.compared, found.destroyed), (2, 8));
    assert!(matches!(
        ask_deletion(repo, scope(Some(1), Some(1))).await,
        Err(DeletionError::Gone)
    ));
    let kept = repo.search_keys().await.unwrap();
    assert!(kept[0].is_apart() && kept[0].destroyed.is_none());
    // Nothing of it is left to make it from: neither its own row nor the seed.
    let sealed = repo.sealed_search_keys().await.unwrap();
    assert!(sealed.iter().all(|sealed| sealed.device != id(1)) && sealed.len() == 3);
}

async fn all_devices_lose_a_key(repo: &dyn Repo) {
    let first_key = scope(Some(1), None);
    let (asked_too, read_before) = (
        ask_deletion(repo, first_key).await.unwrap(),
        read_keys(repo, first_key).await,
    );
    // Of all the device has: its own key under the first seed, and the second seed for it alone.
    let said = destroyed(repo, scope(None, Some(2))).await;
    assert_eq!(said.keys.iter().map(|key| key.number).collect::<Vec<_>>(), [1, 2]);
    let found = search(repo, ALICE, None, (0, 100)).await;
    assert_eq!((found.messages, found.compared), (0, 0));
    assert_eq!(key_of(repo, 1).await.searched(), Some(3), "devices get a new one");
    let said = destroyed(repo, first_key).await;
    assert!(
        !carry_out(repo, asked_too, &read_before).await,
        "others have destroyed it since it was read"
    );
    assert_eq!(
        (said.gone.decisions, said.device),
        (0, None),
        "what is gone is not counted again"
    );
    let kept = repo.search_keys().await.unwrap();
    let kept: Vec<_> = kept
        .iter()
        .map(|kept| (kept.number, kept.seed.is_some(), kept.destroyed))
        .collect();
    assert_eq!(kept, [(1, false, Some(agreed())), (2, false, None), (3, true, None)]);
    let sealed = repo.sealed_search_keys().await.unwrap();
    assert!(sealed.iter().all(|sealed| sealed.number == 2));
    let deeds: Vec<String> = repo
        .journal(Page::Before(u64::MAX), 4)
        .await
        .unwrap()
        .into_iter()
        .map(|row| row.deed)
        .collect();
    assert_eq!(
        deeds,
        [
            "search-key-destroy",
            "deletion-ask",
            "search-key-make",
            "subject-search"
        ]
    );
    let listed = repo.deletions(10).await.unwrap();
    assert_eq!(listed.iter().filter(|one| one.state == DeletionState::Done).count(), 3);
}

/// The one before the newest is whole when the newest is destroyed.
async fn no_older_key_comes_back(repo: &dyn Repo) {
    assert_eq!(key_of(repo, 1).await.searched(), Some(4), "the newest was destroyed");
    assert_eq!(search_keys::make(repo, &eve(), NOW).await.unwrap(), 5);
    destroyed(repo, scope(Some(5), None)).await;
    assert_eq!(key_of(repo, 1).await.searched(), Some(6));
    destroyed(repo, scope(Some(6), Some(1))).await;
    assert_eq!(key_of(repo, 1).await.searched(), Some(7), "for one device alone");
    assert_eq!(key_of(repo, 1).await.searched(), Some(7), "made once");
}

async fn journal_is_whole(repo: &dyn Repo) {
    let rows = repo.journal(Page::After(0), 1000).await.unwrap();
    let mut verifier = Verifier::default();
    verifier.page(&rows, &[], &receipt().public()).unwrap();
    assert_eq!(verifier.at(), repo.journal_head().await.unwrap());
}

async fn what_is_forgotten_is_a_gap(repo: &dyn Repo) {
    let tomorrow = NOW.as_millis().div_euclid(DAY) + 1;
    let cut = Timestamp::from_millis(tomorrow * DAY);
    retention::forget(repo, cut, false, NOW).await.unwrap();
    let asked = ask(repo, "restricted", "openai", (17, 30)).await;
    assert!(asked.absent && !asked.complete);
    assert_eq!((asked.gaps[0].kind, asked.gaps[0].device), (GapKind::Forgotten, None));
    assert_eq!(asked.chains, []);
    assert_eq!(
        search(repo, ALICE, None, (0, 100)).await.kept_since,
        Some(cut.as_millis())
    );
}

/// Of a log in two timelines, and of machines with one name: the same machine may have enrolled twice.
async fn logs_that_may_be_sent_again_are_known(repo: &dyn Repo) {
    support::enrolled(repo, &support::device(9, "laptop2", NOW)).await;
    let mut again = repo.sent_again().await.unwrap();
    again.sort();
    assert_eq!(again, [id(1), id(2), id(9)]);
}

/// Two nodes are asked for the first key at the same moment.
async fn nodes_make_one_key(address: &str) {
    let (one, two) = (repo::open(address).await.unwrap(), repo::open(address).await.unwrap());
    let receipt = receipt();
    let (here, there) = tokio::join!(
        search_keys::newest(&*one, &receipt, NOW),
        search_keys::newest(&*two, &receipt, NOW)
    );
    let (here, there) = (here.unwrap().device(id(1)), there.unwrap().device(id(1)));
    // No `Debug`, so that it reaches no log.
    assert!(here == there);
    assert_eq!(one.search_keys().await.unwrap().len(), 1);
}
