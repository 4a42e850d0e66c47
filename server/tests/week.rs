//! The report of a week, over both databases: what is counted, and what stands on paper, as another program reads it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test's broken assumption is a failed test"
)]

mod support;

use serde_json::{Value, json};
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use support::PostgresServer;
use weir_audit::Kind;
use weir_bundle::{ExceptionDestination, SigningKey};
use weir_fleet::{DeviceId, ExceptionRequest};
use weir_model::{EventId, ExceptionTerms, Fingerprint, Level, Tier, Timestamp};
use weir_server::alerts::{AtRecord, Raise, Rule, Sign, Telling};
use weir_server::approvals::{self, Terms};
use weir_server::devices::Device;
use weir_server::ingest::{Advance, Columns, Outcome, Row};
use weir_server::journal::{Actor, Deed, Entry, Page};
use weir_server::paper;
use weir_server::policies::Published;
use weir_server::repo::{self, Repo};
use weir_server::reports::{self, GapKind, Week, last_week, week_paper};

const DAY: i64 = 86_400_000;
/// A Friday; the week before it is from Monday, the fourth, to Monday, the eleventh of January 2027.
const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);

#[tokio::test]
async fn sqlite_counts_a_week() {
    let dir = tempfile::tempdir().unwrap();
    let address = format!("sqlite:{}", dir.path().join("weir.db").display());
    story(repo::open(&address).await.unwrap()).await;
}

#[tokio::test]
async fn postgres_counts_a_week() {
    let server = PostgresServer::start();
    story(repo::open(&server.database("week")).await.unwrap()).await;
}

async fn story(repo: Arc<dyn Repo>) {
    let (since, until) = last_week(NOW);
    set_up(&*repo, since).await;
    let week = reports::week(&*repo, &eve(), (since, until), NOW).await.unwrap();
    decisions_are_counted(&week);
    what_people_did_is_listed(&week);
    the_fleet_is_told(&week);
    let row = &repo.journal(Page::Before(u64::MAX), 1).await.unwrap()[0];
    assert_eq!(&*row.deed, "week-read");
    it_stands_on_paper(&week);
    it_is_written_by_itself(&*repo).await;
}

fn eve() -> Actor {
    Actor::Account("eve".to_owned())
}

fn id(number: u8) -> DeviceId {
    DeviceId::from_bytes([number; 16])
}

async fn add_device(repo: &dyn Repo, number: u8, name: &str, enrolled: Timestamp, seen: Timestamp) {
    let device = Device {
        seen,
        bundle: 7,
        ..support::device(number, name, enrolled)
    };
    support::enrolled(repo, &device).await;
}

fn decision(at: i64, provider: &str, level: &str, action: &str, disposition: &str) -> (i64, Kind, Value) {
    let body = json!({
        "level": level, "disposition": disposition, "user": "ada", "channel": "browser",
        "destination": {"host": format!("{provider}.example"), "service": format!("{provider}-web"), "provider": provider},
        "decision": {"action": action, "bundle": {"number": 7, "digest": "00"},
            "reasons": [{"rule": "rules/1", "member": "data-classification", "action": action, "mode": "enforce", "text": ""}]},
        "message_bytes": 10,
    });
    (at, Kind::Decision, body)
}

async fn store(repo: &dyn Repo, number: u8, since: Timestamp, records: Vec<(i64, Kind, Value)>) {
    let rows: Vec<Row> = records
        .into_iter()
        .zip(0_u64..)
        .map(|((at, kind, body), seq)| Row {
            seq,
            time: since.plus_millis(at).as_millis(),
            kind,
            event: [
                number,
                seq as u8,
                (seq >> 8) as u8,
                1,
                1,
                1,
                1,
                1,
                1,
                1,
                1,
                1,
                1,
                1,
                1,
                1,
            ],
            columns: Columns::read(kind, body.to_string().as_bytes()),
            body: support::alone(&body.to_string()),
            text: None,
        })
        .collect();
    let last = rows.len() as u64 - 1;
    let batch = Advance {
        device: id(number),
        timeline: 1,
        first: 0,
        last,
        before: [0; 32],
        head: [number; 32],
        rows,
    };
    let done = repo.advance(&[batch], NOW).await.unwrap();
    assert!(matches!(done.outcomes[0], Outcome::Stored(_)), "{done:?}");
}

async fn set_up(repo: &dyn Repo, since: Timestamp) {
    add_device(repo, 1, "laptop-one", since.plus_millis(-DAY), NOW).await;
    add_device(repo, 2, "laptop-two", since.plus_millis(2 * DAY), NOW).await;
    add_device(
        repo,
        3,
        "laptop-silent-日本",
        since.plus_millis(-9 * DAY),
        since.plus_millis(-3 * DAY),
    )
    .await;
    let mut records = Vec::new();
    // Of the week before, and of the week after it.
    records.push(decision(-1, "openai", "restricted", "block", "blocked"));
    for _ in 0..1234 {
        records.push(decision(DAY, "openai", "internal", "allow", "released"));
    }
    for _ in 0..31 {
        records.push(decision(3 * DAY, "openai", "confidential", "redact", "rewritten"));
    }
    for _ in 0..12 {
        records.push(decision(4 * DAY, "anthropic", "restricted", "block", "blocked"));
    }
    records.push(decision(7 * DAY, "openai", "restricted", "block", "blocked"));
    store(repo, 1, since, records).await;
    let lost = json!({"from": since.plus_millis(5), "to": since.plus_millis(9), "count": 17});
    store(
        repo,
        2,
        since,
        vec![(9, Kind::Gap, lost), (8 * DAY, Kind::Health, json!({}))],
    )
    .await;
    alert(repo, since.plus_millis(DAY)).await;
    exception(repo, since.plus_millis(2 * DAY)).await;
    let published = Published {
        number: 7,
        name: "acme".to_owned(),
        digest: "ab".repeat(32),
        issued: since,
        expires: NOW.plus_millis(90 * DAY),
        published: since.plus_millis(DAY),
    };
    let entry = Entry::new(NOW, &eve(), Deed::BundlePublish, "7");
    let groups = ["staff".to_owned()].into();
    repo.add_bundle(&published, b"seven", &groups, None, (&entry, &eve()))
        .await
        .unwrap();
}

async fn alert(repo: &dyn Repo, at: Timestamp) {
    let raise = Raise {
        id: EventId::new(at, [1; 10]),
        sign: Sign {
            rule: Rule::RestrictedSent,
            subject: id(1).to_string(),
            text: "Restricted data went unchanged to chatgpt-web".to_owned(),
            count: 3,
            at,
            at_record: Some(AtRecord {
                device: id(1),
                timeline: 1,
                seq: 9,
                event: None,
            }),
        },
    };
    repo.raise(&[raise], &Telling::default(), at).await.unwrap();
}

async fn exception(repo: &dyn Repo, at: Timestamp) {
    let request = ExceptionRequest {
        event: EventId::from_bytes([8; 16]),
        user: "grace".to_owned(),
        destination: ExceptionDestination {
            name: "chatgpt-web".to_owned(),
            tier: Tier::Unknown,
        },
        level: Level::Confidential,
        data_types: Default::default(),
        rules: Default::default(),
        terms: ExceptionTerms {
            approvers: 1,
            most_hours: 8,
            most_uses: 3,
        },
        digest: Fingerprint::from_digest([9; 16]),
        reason: "the customer waits".to_owned(),
    };
    let asked = approvals::take(repo, id(1), &request, at).await.unwrap();
    let key = SigningKey::from_seed(&[5; 32]).unwrap();
    let terms = Terms { hours: 2, uses: 1 };
    approvals::approve(repo, &eve(), &key, (asked, terms), at)
        .await
        .unwrap();
}

fn counted(rows: &[reports::Counted]) -> Vec<(&str, u64, u64, u64)> {
    rows.iter()
        .map(|row| (&*row.name, row.sent, row.rewritten, row.kept))
        .collect()
}

fn decisions_are_counted(week: &Week) {
    assert_eq!((week.sent, week.rewritten, week.kept), (1234, 31, 12));
    assert_eq!(
        counted(&week.levels),
        [
            ("restricted", 0, 0, 12),
            ("confidential", 0, 31, 0),
            ("internal", 1234, 0, 0)
        ]
    );
    assert_eq!(
        counted(&week.actions),
        [("block", 0, 0, 12), ("redact", 0, 31, 0), ("allow", 1234, 0, 0)]
    );
    assert_eq!(
        counted(&week.providers),
        [("openai", 1234, 31, 0), ("anthropic", 0, 0, 12)]
    );
    assert_eq!(counted(&week.rules), [("data-classification: rules/1", 0, 31, 12)]);
    let days: Vec<_> = week.days.iter().map(|day| (&*day.name, day.messages())).collect();
    assert_eq!(days.len(), 7);
    assert_eq!(
        (days[0], days[1], days[4]),
        (("Mon 4 Jan", 0), ("Tue 5 Jan", 1234), ("Fri 8 Jan", 12))
    );
}

fn what_people_did_is_listed(week: &Week) {
    let alerts: Vec<_> = week
        .alerts
        .iter()
        .map(|alert| (&*alert.rule, alert.device_name.as_deref(), alert.count, alert.state))
        .collect();
    assert_eq!(alerts, [("restricted-sent", Some("laptop-one"), 3, "open")]);
    assert_eq!(week.alerts[0].subject, id(1).to_string());
    let exceptions: Vec<_> = week
        .exceptions
        .iter()
        .map(|one| (&*one.destination, one.level, one.by.join(" "), one.revoked))
        .collect();
    assert_eq!(
        exceptions,
        [("chatgpt-web", Level::Confidential, "eve".to_owned(), false)]
    );
}

fn the_fleet_is_told(week: &Week) {
    let devices = &week.devices;
    assert_eq!((devices.served, devices.enrolled, devices.revoked), (3, 1, 0));
    let silent: Vec<_> = devices.silent.iter().map(|device| &*device.name).collect();
    assert_eq!(silent, ["laptop-silent-日本"]);
    let bundles: Vec<_> = week.bundles.iter().map(|one| (one.number, &*one.name)).collect();
    assert_eq!(bundles, [(7, "acme")]);
    assert_eq!(
        (week.running[0].bundle, week.running[0].devices),
        (0, 3),
        "they have not said yet"
    );
    let gaps: Vec<_> = week
        .gaps
        .iter()
        .map(|gap| (gap.name.as_deref(), gap.kind, gap.count))
        .collect();
    assert!(
        gaps.contains(&(Some("laptop-two"), GapKind::NotRecorded, Some(17))),
        "{gaps:?}"
    );
    assert!(
        gaps.contains(&(Some("laptop-silent-日本"), GapKind::NoRecords, None)),
        "{gaps:?}"
    );
}

/// What poppler makes of a file.
fn told(program: &str, arguments: &[&str], file: &Path) -> String {
    let mut command = Command::new(program);
    let output = command
        .args(arguments)
        .arg(file)
        .output()
        .expect("poppler-utils is installed");
    assert!(
        output.status.success(),
        "{program}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}

fn it_stands_on_paper(week: &Week) {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("week.pdf");
    std::fs::write(&file, paper::write(&week_paper(week, NOW)).unwrap()).unwrap();
    if let Some(kept) = std::env::var_os("WEIR_PAPER") {
        std::fs::copy(&file, kept).unwrap();
    }
    // Text goes to standard output.
    let output = Command::new("pdftotext").arg("-layout").arg(&file).arg("-").output();
    let output = output.expect("poppler-utils is installed");
    assert!(output.status.success());
    let text = String::from_utf8(output.stdout).unwrap();
    let lines: Vec<String> = text
        .lines()
        .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "))
        .collect();
    for expected in [
        "Weir: the week",
        "1,277 1,234 31 12 1 3",
        "internal 1,234 1,234 0 0",
        "confidential 31 0 31 0",
        "restricted 12 0 0 12",
        "redact 31 0 31 0",
        "openai 1,265 1,234 31 0",
        "anthropic 12 0 0 12",
        "data-classification: rules/1 43 0 31 12",
        "3 are served; 1 enrolled in the week, 0 were revoked, 1 were not seen since it began.",
        "7 acme 2027-01-05 00:00",
        "laptop-two could not be recorded 2027-01-04 00:00 2027-01-04 00:00 17",
    ] {
        assert!(lines.iter().any(|line| line == expected), "{expected}\n{text}");
    }
    assert!(
        text.contains("restricted-sent") && text.contains("chatgpt-web"),
        "{text}"
    );
    assert!(
        text.contains("laptop-one") && !text.contains(&id(1).to_string()),
        "devices are called by their names: {text}"
    );
    assert!(
        !text.contains("grace") && !text.contains("customer"),
        "who asked is not named"
    );
    let info = told("pdfinfo", &[], &file);
    for expected in [
        "Title:           Weir: the week",
        "Tagged:          yes",
        "Page size:       595 x 842 pts (A4)",
    ] {
        assert!(info.contains(expected), "{info}");
    }
    let structure = told("pdfinfo", &["-struct-text"], &file);
    for expected in [
        "H1 \"Weir: the week\" (block)",
        "H2 \"Decisions\" (block)",
        "THead",
        "Scope /Column",
        "Figure",
    ] {
        assert!(structure.contains(expected), "{expected}\n{structure}");
    }
    // The fonts are in it.
    let fonts = told("pdffonts", &[], &file);
    let fonts: Vec<&str> = fonts.lines().skip(2).collect();
    assert!(
        !fonts.is_empty()
            && fonts
                .iter()
                .all(|font| font.contains("LiberationSans") && font.contains("yes no  yes")),
        "{fonts:?}"
    );
}

async fn it_is_written_by_itself(repo: &dyn Repo) {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("reports");
    let written = reports::write_week(repo, &folder, NOW).await.unwrap().unwrap();
    assert_eq!(written, folder.join("weir-week-2027-01-04.pdf"));
    assert!(std::fs::read(&written).unwrap().starts_with(b"%PDF-1.7"));
    assert_eq!(
        reports::write_week(repo, &folder, NOW.plus_millis(DAY)).await.unwrap(),
        None,
        "once"
    );
    // Monday morning: laptops that were away at the end of the week have not sent what they have.
    assert_eq!(
        reports::write_week(repo, &folder, NOW.plus_millis(3 * DAY))
            .await
            .unwrap(),
        None
    );
    let next = reports::write_week(repo, &folder, NOW.plus_millis(4 * DAY))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(next, folder.join("weir-week-2027-01-11.pdf"));
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 2, "nothing half is left");
}
