//! The report of a week by mail, over real connections and over both databases.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test's broken assumption is a failed test"
)]

#[path = "support/mail.rs"]
#[allow(dead_code, reason = "other ways to TLS are tried where alerts are")]
mod mail;
#[path = "support/receivers.rs"]
#[allow(dead_code, reason = "this test needs the authority and the inbox alone")]
mod receivers;
mod support;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use mail::{Mail, smtp};
use receivers::{Authority, Inbox};
use std::path::Path;
use std::sync::Arc;
use support::PostgresServer;
use weir_model::Timestamp;
use weir_server::alerts::{ATTEMPTS, pause};
use weir_server::journal::{Deed, Page};
use weir_server::outbound::Smtp;
use weir_server::repo::{self, Repo};
use weir_server::reports::{WeekMailer, last_week};

const DAY: i64 = 86_400_000;
/// A Friday; the week before it is from Monday, the fourth, to Monday, the eleventh of January 2027.
const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);
const CISO: &str = "The CISO <ciso@example.com>";
const BOARD: &str = "board@example.com";
/// The mail server has no such mailbox.
const NOBODY: &str = "nobody@example.com";

struct Stage {
    home: tempfile::TempDir,
    authority: Authority,
}

impl Stage {
    fn new() -> Self {
        let home = tempfile::tempdir().unwrap();
        let authority = Authority::new();
        std::fs::write(home.path().join("ca.pem"), &authority.pem).unwrap();
        Self { home, authority }
    }

    fn home(&self) -> &Path {
        self.home.path()
    }

    async fn sqlite(&self) -> Arc<dyn Repo> {
        let address = format!("sqlite:{}", self.home().join("weir.db").display());
        repo::open(&address).await.unwrap()
    }

    /// One that writes through the mail server at a port, by TLS.
    fn mailer(&self, port: u16, to: &[&str]) -> WeekMailer {
        let smtp = Smtp {
            server: format!("smtps://localhost:{port}"),
            user: None,
            password: None,
            ca: Some("ca.pem".into()),
            from: "weir@example.com".to_owned(),
            to: vec!["soc@example.com".to_owned()],
        };
        let to: Vec<String> = to.iter().map(|&to| to.to_owned()).collect();
        WeekMailer::open(&smtp, &to, self.home()).unwrap()
    }
}

/// Whom was written to.
fn receivers(inbox: &Inbox<String>) -> Vec<String> {
    let lines = inbox.lock().unwrap();
    let all = lines.iter().filter_map(|line| line.strip_prefix("RCPT TO:"));
    all.map(str::to_owned).collect()
}

/// The file that came with the first mail, as the mail server was told it.
fn attached(inbox: &Inbox<String>) -> Vec<u8> {
    let lines = inbox.lock().unwrap();
    let coded: String = lines
        .iter()
        .skip_while(|line| !line.starts_with("Content-Type: application/pdf"))
        .skip_while(|line| !line.is_empty())
        .skip(1)
        .take_while(|line| !line.starts_with("--"))
        .map(String::as_str)
        .collect();
    STANDARD.decode(coded).unwrap()
}

#[tokio::test]
async fn everybody_gets_the_report_once() {
    let stage = Stage::new();
    let (port, inbox) = smtp(&stage.authority, Mail::Wrapped).await;
    let repo = stage.sqlite().await;
    let mailer = stage.mailer(port, &[CISO, NOBODY, BOARD]);
    assert_eq!(mailer.round(&*repo, NOW).await.unwrap(), 3);
    assert_eq!(
        receivers(&inbox),
        ["<ciso@example.com>", "<nobody@example.com>", "<board@example.com>"],
        "one mailbox that is gone keeps nobody else from it, and who gets alerts gets no report"
    );
    let said = inbox.lock().unwrap().join("\n");
    assert!(said.contains("Subject: [Weir] The week from 2027-01-04"), "{said}");
    assert!(said.contains("weir-week-2027-01-04.pdf"), "{said}");
    assert!(said.contains("Left as they were: 0"), "{said}");
    let paper = attached(&inbox);
    assert!(paper.starts_with(b"%PDF-1.7") && paper.trim_ascii_end().ends_with(b"%%EOF"));
    let week = last_week(NOW).0;
    let dead = repo.week_mail(week, NOBODY).await.unwrap().unwrap();
    assert!(dead.dead.is_some() && dead.error.is_some(), "{dead:?}");

    // Another program on the same database, after a while.
    let again = stage.mailer(port, &[CISO, NOBODY, BOARD]);
    let reopened = stage.sqlite().await;
    assert_eq!(again.round(&*reopened, NOW.plus_millis(DAY)).await.unwrap(), 0);
    let rows = repo.journal(Page::After(0), 100).await.unwrap();
    let sent: Vec<_> = rows
        .iter()
        .filter(|row| row.deed == Deed::WeekSend.as_str())
        .map(|row| (&*row.actor, &*row.subject, &*row.details))
        .collect();
    let to = |receiver: &str| format!(r#"{{"to":"{receiver}"}}"#);
    assert_eq!(
        sent,
        [
            ("server", "2027-01-04", &*to(CISO)),
            ("server", "2027-01-04", &*to(BOARD))
        ]
    );
    assert_eq!(
        rows.iter().filter(|row| row.deed == Deed::WeekRead.as_str()).count(),
        1,
        "it is counted once for all of them"
    );
}

#[tokio::test]
async fn the_next_one_comes_when_its_week_has_been_over_for_a_day() {
    let stage = Stage::new();
    let (port, inbox) = smtp(&stage.authority, Mail::Wrapped).await;
    let repo = stage.sqlite().await;
    let mailer = stage.mailer(port, &[CISO]);
    let monday = last_week(NOW.plus_millis(7 * DAY)).1;
    for (now, attempts) in [(NOW, 1), (monday, 0), (monday.plus_millis(DAY - 1), 0)] {
        assert_eq!(mailer.round(&*repo, now).await.unwrap(), attempts);
    }
    assert_eq!(mailer.round(&*repo, monday.plus_millis(DAY)).await.unwrap(), 1);
    let said = inbox.lock().unwrap().join("\n");
    assert!(said.contains("Subject: [Weir] The week from 2027-01-11"), "{said}");
    assert_eq!(receivers(&inbox).len(), 2);
}

#[tokio::test]
async fn what_is_not_taken_is_tried_again() {
    let stage = Stage::new();
    let repo = stage.sqlite().await;
    // Nothing there speaks TLS.
    let (port, refused) = smtp(&stage.authority, Mail::Plain).await;
    let mailer = stage.mailer(port, &[CISO]);
    assert_eq!(mailer.round(&*repo, NOW).await.unwrap(), 1);
    assert_eq!(receivers(&refused), [] as [String; 0]);
    let first = repo.week_mail(last_week(NOW).0, CISO).await.unwrap().unwrap();
    assert!(
        first.sent.is_none() && first.dead.is_none() && first.error.is_some(),
        "{first:?}"
    );
    assert_eq!((first.attempts, first.due), (1, NOW.plus_millis(pause(1))));

    let (port, inbox) = smtp(&stage.authority, Mail::Wrapped).await;
    let mended = stage.mailer(port, &[CISO]);
    let early = first.due.plus_millis(-1);
    assert_eq!(mended.round(&*repo, early).await.unwrap(), 0, "not before its time");
    assert_eq!(mended.round(&*repo, first.due).await.unwrap(), 1);
    assert_eq!(receivers(&inbox), ["<ciso@example.com>"]);
    let done = repo.week_mail(last_week(NOW).0, CISO).await.unwrap().unwrap();
    assert!(done.sent.is_some() && done.error.is_none(), "{done:?}");
}

#[tokio::test]
async fn what_is_never_taken_is_given_up() {
    let stage = Stage::new();
    let repo = stage.sqlite().await;
    let (port, _) = smtp(&stage.authority, Mail::Plain).await;
    let mailer = stage.mailer(port, &[CISO]);
    let week = last_week(NOW).0;
    let mut now = NOW;
    for attempt in 1..=ATTEMPTS {
        assert_eq!(mailer.round(&*repo, now).await.unwrap(), 1, "attempt {attempt}");
        now = repo.week_mail(week, CISO).await.unwrap().unwrap().due;
    }
    let given_up = repo.week_mail(week, CISO).await.unwrap().unwrap();
    assert!(given_up.dead.is_some(), "{given_up:?}");
    assert_eq!(mailer.round(&*repo, now.plus_millis(DAY)).await.unwrap(), 0);
}

#[tokio::test]
async fn one_of_two_nodes_sends_it() {
    let stage = Stage::new();
    let server = PostgresServer::start();
    let address = server.database("week_mail");
    let (here, there) = (repo::open(&address).await.unwrap(), repo::open(&address).await.unwrap());
    let (port, inbox) = smtp(&stage.authority, Mail::Wrapped).await;
    let to = [CISO, BOARD];
    let (one, two) = (stage.mailer(port, &to), stage.mailer(port, &to));
    let (one, two) = tokio::join!(one.round(&*here, NOW), two.round(&*there, NOW));
    assert_eq!(one.unwrap() + two.unwrap(), 2);
    let mut got = receivers(&inbox);
    got.sort();
    assert_eq!(got, ["<board@example.com>", "<ciso@example.com>"], "each once");
}

/// A node that dies in an attempt leaves it to the others, after an hour.
#[tokio::test]
async fn a_claim_that_nobody_settles_runs_out() {
    let stage = Stage::new();
    let repo = stage.sqlite().await;
    let (port, inbox) = smtp(&stage.authority, Mail::Plain).await;
    let week = last_week(NOW).0;
    stage.mailer(port, &[CISO]).round(&*repo, NOW).await.unwrap();
    let mailing = repo.week_mail(week, CISO).await.unwrap().unwrap();
    let until = NOW.plus_millis(3_600_000);
    assert!(repo.claim_week_mail(&mailing, until).await.unwrap());
    assert!(!repo.claim_week_mail(&mailing, until).await.unwrap(), "it is taken");
    let (port, other) = smtp(&stage.authority, Mail::Wrapped).await;
    let mailer = stage.mailer(port, &[CISO]);
    assert_eq!(mailer.round(&*repo, until.plus_millis(-1)).await.unwrap(), 0);
    assert_eq!(mailer.round(&*repo, until).await.unwrap(), 1);
    assert_eq!((receivers(&inbox).len(), receivers(&other).len()), (0, 1));
}
