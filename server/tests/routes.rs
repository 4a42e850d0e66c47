//! Alerts on their way to people, told to real receivers over real connections.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test's broken assumption is a failed test"
)]

#[path = "support/mail.rs"]
mod mail;
#[path = "support/receivers.rs"]
mod receivers;
mod support;

use mail::{Mail, smtp};
use receivers::{Authority, https, nothing, syslog};
use serde_json::Value;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use support::{PostgresServer, until};
use weir_fleet::DeviceId;
use weir_model::{EventId, Timestamp};
use weir_server::alerts::{
    ATTEMPTS, AtRecord, Delivery, OpenRoute, Raise, Receiver, Route, Rule, Sign, deliver, pause, round, telling,
};
use weir_server::clock;
use weir_server::outbound::{Secret, SetUpError, Smtp, Syslog, Webhook, signature};
use weir_server::repo::{self, Repo};

const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);
const SIX_HOURS: i64 = 6 * 3_600_000;
const SECRET: &str = "correct horse battery staple";

struct Stage {
    home: tempfile::TempDir,
    authority: Authority,
    repo: Arc<dyn Repo>,
}

impl Stage {
    async fn start() -> Self {
        let home = tempfile::tempdir().unwrap();
        let address = format!("sqlite:{}", home.path().join("weir.db").display());
        let authority = Authority::new();
        std::fs::write(home.path().join("ca.pem"), &authority.pem).unwrap();
        std::fs::write(home.path().join("secret"), SECRET).unwrap();
        Self {
            repo: repo::open(&address).await.unwrap(),
            authority,
            home,
        }
    }

    fn home(&self) -> &Path {
        self.home.path()
    }

    /// Raises an alert that is told on these routes.
    async fn raise(&self, id: u8, routes: &[Route]) -> EventId {
        self.raise_at(NOW, id, routes).await
    }

    async fn raise_at(&self, now: Timestamp, id: u8, routes: &[Route]) -> EventId {
        let id = EventId::new(now, [id; 10]);
        let raise = Raise {
            id,
            sign: Sign {
                rule: Rule::RestrictedSent,
                subject: id.to_string(),
                text: "Restricted data went unchanged to chatgpt-web".to_owned(),
                count: 1,
                at: now,
                at_record: Some(AtRecord {
                    device: DeviceId::from_bytes([5; 16]),
                    timeline: 1,
                    seq: 9,
                    event: None,
                }),
            },
        };
        self.repo.raise(&[raise], &telling(routes), now).await.unwrap();
        id
    }

    fn open(&self, routes: &[Route]) -> Vec<OpenRoute> {
        let open = |route| OpenRoute::open(route, self.home()).unwrap();
        routes.iter().flat_map(open).collect()
    }

    /// One round at a time so many milliseconds later.
    async fn round(&self, routes: &[Route], later: i64) -> usize {
        let open = self.open(routes);
        round(&*self.repo, &open, NOW.plus_millis(later)).await.unwrap()
    }

    async fn delivery(&self, alert: EventId) -> Delivery {
        self.repo.deliveries_of(alert).await.unwrap().remove(0)
    }
}

fn route(to: Receiver) -> Route {
    Route {
        name: "pager".to_owned(),
        urgency: 1,
        rules: Vec::new(),
        to,
    }
}

fn webhook(port: u16) -> Route {
    route(Receiver::Webhook(Webhook {
        url: format!("https://localhost:{port}/alerts?team=soc"),
        secret: Some(Secret::File("secret".into())),
        authorization: Some(Secret::File("secret".into())),
        ca: Some("ca.pem".into()),
    }))
}

fn mailbox(server: String, to: &str) -> Route {
    mailboxes(server, "Weir <weir@example.com>", &[to])
}

fn mailboxes(server: String, from: &str, to: &[&str]) -> Route {
    route(Receiver::Mail(Smtp {
        server,
        user: Some("weir".to_owned()),
        password: Some(Secret::File("secret".into())),
        ca: Some("ca.pem".into()),
        from: from.to_owned(),
        to: to.iter().map(|&to| to.to_owned()).collect(),
    }))
}

/// The same under another name.
fn named(name: &str, route: Route) -> Route {
    Route {
        name: name.to_owned(),
        ..route
    }
}

#[tokio::test]
async fn a_webhook_is_signed_and_told_once() {
    let stage = Stage::start().await;
    let (port, inbox, _) = https(&stage.authority, &[], nothing).await;
    let routes = [webhook(port)];
    let alert = stage.raise(1, &routes).await;
    assert_eq!(stage.round(&routes, 0).await, 1);
    assert_eq!(stage.round(&routes, 1).await, 0);
    let requests = inbox.lock().unwrap().clone();
    let [request] = &requests[..] else {
        panic!("{requests:?}")
    };
    assert!(
        request.head.starts_with("POST /alerts?team=soc HTTP/1.1\r\n"),
        "{}",
        request.head
    );
    assert_eq!(request.header("content-type"), Some("application/json"));
    assert_eq!(request.header("authorization"), Some(SECRET));
    assert_eq!(
        request.header("weir-delivery"),
        Some(format!("{alert}/raised/pager").as_str())
    );
    let secret = Secret::File("secret".into()).read(stage.home()).unwrap();
    let signed = request.header("weir-signature").unwrap();
    assert_eq!(signed, signature(&secret, NOW, &request.body));
    assert!(signed.starts_with("t=1800000000,v1=") && signed.len() == 16 + 64);
    assert_ne!(
        signed,
        signature(&secret, NOW.plus_millis(1000), &request.body),
        "the time is signed"
    );
    assert_ne!(signed, signature(&secret, NOW, b"{}"), "the body is signed");
    let body: Value = serde_json::from_slice(&request.body).unwrap();
    assert_eq!(body["id"], alert.to_string());
    assert_eq!(
        (&body["what"], &body["rule"], &body["urgency"]),
        (&"raised".into(), &"restricted-sent".into(), &3.into())
    );
    assert_eq!(stage.delivery(alert).await.sent, Some(NOW));
}

/// The signature is what any other program makes of the same bytes: `printf '1800000000.{}' | openssl dgst -sha256 -hmac key`.
#[test]
fn a_signature_is_an_hmac() {
    let home = tempfile::tempdir().unwrap();
    std::fs::write(home.path().join("s"), "key").unwrap();
    let secret = Secret::File("s".into()).read(home.path()).unwrap();
    let output = std::process::Command::new("sh")
        .args(["-c", "printf '1800000000.{}' | openssl dgst -sha256 -hmac key"])
        .output()
        .unwrap();
    let told = String::from_utf8(output.stdout).unwrap();
    let digest = told.trim().rsplit(' ').next().unwrap();
    assert_eq!(signature(&secret, NOW, b"{}"), format!("t=1800000000,v1={digest}"));
}

#[tokio::test]
async fn what_fails_is_tried_again_and_given_up_in_the_end() {
    let stage = Stage::start().await;
    let (port, inbox, answers) = https(&stage.authority, &[500, 429, 302], nothing).await;
    let routes = [webhook(port)];
    let alert = stage.raise(1, &routes).await;
    let mut at = 0;
    for (attempt, status) in [(1, "500"), (2, "429"), (3, "302")] {
        assert_eq!(stage.round(&routes, at).await, 1);
        let delivery = stage.delivery(alert).await;
        assert_eq!((delivery.attempts, delivery.sent, delivery.dead), (attempt, None, None));
        assert!(delivery.error.unwrap().contains(status));
        assert_eq!(
            stage.round(&routes, at + pause(attempt) - 1).await,
            0,
            "not before its time"
        );
        at += pause(attempt);
    }
    assert_eq!(inbox.lock().unwrap().len(), 3, "the redirect was not followed");
    assert_eq!(stage.round(&routes, at).await, 1);
    let delivery = stage.delivery(alert).await;
    assert_eq!(
        (delivery.attempts, delivery.sent.is_some(), delivery.error),
        (4, true, None)
    );
    let names: Vec<String> = inbox
        .lock()
        .unwrap()
        .iter()
        .map(|request| request.header("weir-delivery").unwrap().to_owned())
        .collect();
    assert!(
        names.windows(2).all(|pair| pair[0] == pair[1]),
        "the receiver can tell that it is the same"
    );

    answers.lock().unwrap().extend(vec![503; ATTEMPTS as usize]);
    let given_up = stage.raise(2, &routes).await;
    let mut at = 0;
    for attempt in 1..=ATTEMPTS {
        assert_eq!(stage.round(&routes, at).await, 1, "{attempt}");
        at += pause(attempt);
    }
    assert_eq!(stage.round(&routes, at + pause(ATTEMPTS)).await, 0);
    let dead = stage.delivery(given_up).await;
    assert!(dead.dead.is_some() && dead.sent.is_none() && dead.error.is_some());

    answers.lock().unwrap().push_back(400);
    let refused = stage.raise(3, &routes).await;
    assert_eq!(stage.round(&routes, 0).await, 1);
    assert!(
        stage.delivery(refused).await.dead.is_some(),
        "what is refused is not sent again"
    );
}

/// Two nodes whose configurations differ, as while one of them is changed.
#[tokio::test]
async fn what_one_node_does_not_know_is_left_to_the_others() {
    let stage = Stage::start().await;
    let (port, inbox, _) = https(&stage.authority, &[], nothing).await;
    let routes = [webhook(port)];
    let alert = stage.raise(1, &routes).await;
    let other = [named("other", webhook(port))];
    for known in [&[][..], &other] {
        assert_eq!(stage.round(known, SIX_HOURS - 1).await, 0);
        assert_eq!(stage.delivery(alert).await.dead, None, "another node may have it");
    }
    assert_eq!(stage.round(&routes, SIX_HOURS).await, 1);
    assert!(stage.delivery(alert).await.sent.is_some());
    assert_eq!(inbox.lock().unwrap().len(), 1);

    let orphan = stage.raise(2, &routes).await;
    assert_eq!(stage.round(&other, SIX_HOURS - 1).await, 0);
    assert_eq!(stage.round(&other, SIX_HOURS).await, 1);
    let orphan = stage.delivery(orphan).await;
    assert!(orphan.dead.is_some(), "nobody has such a route");
    assert!(orphan.error.unwrap().contains("no such route"));
    assert!(stage.delivery(alert).await.dead.is_none());
}

#[tokio::test]
async fn a_receiver_that_hangs_holds_up_no_other_route() {
    let stage = Stage::start().await;
    let (hangs, waiting, _) = https(&stage.authority, &[0; 20], nothing).await;
    let (port, inbox, _) = https(&stage.authority, &[], nothing).await;
    let routes = [named("hangs", webhook(hangs)), webhook(port)];
    for id in 0..20 {
        stage.raise_at(clock::now(), id, &routes).await;
    }
    let open = stage.open(&routes);
    tokio::select! {
        () = deliver(&*stage.repo, &open) => panic!("it ends with its node"),
        () = until("all on the other route", async || inbox.lock().unwrap().len() == 20) => {}
    }
    assert!(
        waiting.lock().unwrap().len() <= 8,
        "none of them waited for an answer that never came"
    );
}

/// What another clock put off is not waited for.
#[tokio::test]
async fn what_is_due_in_the_far_future_is_due() {
    let stage = Stage::start().await;
    let (port, inbox, _) = https(&stage.authority, &[], nothing).await;
    let routes = [webhook(port)];
    stage.raise_at(NOW.plus_millis(2 * 3_600_000), 1, &routes).await;
    assert_eq!(stage.round(&routes, 0).await, 0);
    stage.raise_at(NOW.plus_millis(2 * 3_600_000 + 1), 2, &routes).await;
    assert_eq!(stage.round(&routes, 0).await, 1);
    assert_eq!(inbox.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn a_receiver_that_hangs_is_left_after_five_seconds() {
    let stage = Stage::start().await;
    let (port, _, _) = https(&stage.authority, &[0], nothing).await;
    let routes = [webhook(port)];
    let alert = stage.raise(1, &routes).await;
    let start = std::time::Instant::now();
    assert_eq!(stage.round(&routes, 0).await, 1);
    let took = start.elapsed().as_millis();
    assert!((4900..8000).contains(&took), "{took}");
    assert!(stage.delivery(alert).await.error.unwrap().contains("five seconds"));
}

#[tokio::test]
async fn certificates_are_verified_and_plain_http_is_not_spoken() {
    let stage = Stage::start().await;
    let stranger = Authority::new();
    let (port, inbox, _) = https(&stranger, &[], nothing).await;
    let routes = [webhook(port)];
    let alert = stage.raise(1, &routes).await;
    assert_eq!(stage.round(&routes, 0).await, 1);
    let delivery = stage.delivery(alert).await;
    assert!(
        delivery.sent.is_none() && !delivery.error.as_ref().unwrap().contains(SECRET),
        "{delivery:?}"
    );
    assert!(inbox.lock().unwrap().is_empty());
    for url in [
        "http://hooks.example/",
        "ftp://localhost/",
        "https://weir:pw@hooks.example/",
        "hooks.example",
    ] {
        let refused = OpenRoute::open(
            &route(Receiver::Webhook(Webhook {
                url: url.to_owned(),
                secret: None,
                authorization: None,
                ca: None,
            })),
            stage.home(),
        );
        let Err(error @ SetUpError::Address(_)) = refused.map(|_| ()) else {
            panic!("{url}")
        };
        assert!(!error.to_string().contains("pw"), "{error}");
    }
    let missing = Webhook {
        secret: Some(Secret::File("none".into())),
        ..match webhook(1).to {
            Receiver::Webhook(webhook) => webhook,
            _ => unreachable!(),
        }
    };
    assert!(OpenRoute::open(&route(Receiver::Webhook(missing)), stage.home()).is_err());
}

#[tokio::test]
async fn mail_goes_over_tls_or_not_at_all() {
    let stage = Stage::start().await;
    for (id, how, scheme) in [(1, Mail::Wrapped, "smtps"), (2, Mail::StartTls, "smtp")] {
        let (port, inbox) = smtp(&stage.authority, how).await;
        let routes = [mailbox(format!("{scheme}://localhost:{port}"), "soc@example.com")];
        let alert = stage.raise(id, &routes).await;
        assert_eq!(stage.round(&routes, 0).await, 1);
        let delivery = stage.delivery(alert).await;
        assert!(delivery.sent.is_some(), "{delivery:?}");
        let said = inbox.lock().unwrap().join("\n");
        assert!(said.contains("MAIL FROM:<weir@example.com>"), "{said}");
        assert!(said.contains("RCPT TO:<soc@example.com>"), "{said}");
        assert!(said.contains("Subject: [Weir 3] restricted-sent"), "{said}");
        assert!(said.contains("Restricted data went unchanged to chatgpt-web"), "{said}");
        assert!(said.contains("AUTH PLAIN"), "{said}");
    }
    let (port, inbox) = smtp(&stage.authority, Mail::Plain).await;
    let routes = [mailbox(format!("smtp://localhost:{port}"), "soc@example.com")];
    let alert = stage.raise(3, &routes).await;
    stage.round(&routes, 0).await;
    let delivery = stage.delivery(alert).await;
    assert!(delivery.sent.is_none() && delivery.dead.is_none(), "{delivery:?}");
    assert!(
        !inbox
            .lock()
            .unwrap()
            .iter()
            .any(|line| line.starts_with("AUTH") || line.starts_with("MAIL"))
    );
    // What somebody puts right is tried again.
    for (id, how) in [(5, Mail::Unknown), (6, Mail::Closed)] {
        let (port, _) = smtp(&stage.authority, how).await;
        let routes = [mailbox(format!("smtps://localhost:{port}"), "soc@example.com")];
        let alert = stage.raise(id, &routes).await;
        stage.round(&routes, 0).await;
        let delivery = stage.delivery(alert).await;
        assert!(delivery.attempts == 1 && delivery.dead.is_none(), "{delivery:?}");
        assert!(delivery.error.is_some_and(|error| error.contains("did not take it")));
    }
    let (port, _) = smtp(&stage.authority, Mail::Wrapped).await;
    let routes = [mailbox(format!("smtps://localhost:{port}"), "nobody@example.com")];
    let refused = stage.raise(4, &routes).await;
    stage.round(&routes, 0).await;
    assert!(
        stage.delivery(refused).await.dead.is_some(),
        "a mailbox that is not there"
    );
}

#[tokio::test]
async fn a_mail_server_that_says_nothing_is_left() {
    let stage = Stage::start().await;
    let (silent, _) = smtp(&stage.authority, Mail::Silent).await;
    let (port, inbox, _) = https(&stage.authority, &[], nothing).await;
    for (id, scheme) in [(1, "smtps"), (2, "smtp")] {
        let soc = mailbox(format!("{scheme}://localhost:{silent}"), "soc@example.com");
        let routes = [named("soc", soc), webhook(port)];
        let alert = stage.raise(id, &routes).await;
        let patience = Duration::from_millis(200);
        let open: Vec<OpenRoute> = stage
            .open(&routes)
            .into_iter()
            .map(|open| open.within(patience))
            .collect();
        assert_eq!(round(&*stage.repo, &open, NOW).await.unwrap(), 2);
        assert_eq!(inbox.lock().unwrap().len(), usize::from(id));
        let told = stage.repo.deliveries_of(alert).await.unwrap();
        let [pager, soc] = &told[..] else { panic!("{told:?}") };
        assert!(pager.sent.is_some());
        assert!(soc.sent.is_none() && soc.dead.is_none(), "{soc:?}");
        assert_eq!(
            soc.error.as_deref(),
            Some("the mail server did not take it within 200ms")
        );
    }
}

#[tokio::test]
async fn each_mailbox_is_told_by_itself() {
    let stage = Stage::start().await;
    let (port, inbox) = smtp(&stage.authority, Mail::Wrapped).await;
    let server = format!("smtps://localhost:{port}");
    let to = ["nobody@example.com", "The SOC <soc@example.com>", "soc@example.com"];
    let routes = [mailboxes(server.clone(), "weir@example.com", &to)];
    let alert = stage.raise(1, &routes).await;
    assert_eq!(stage.round(&routes, 0).await, 2);
    let told = stage.repo.deliveries_of(alert).await.unwrap();
    let [nobody, soc] = &told[..] else { panic!("{told:?}") };
    assert_eq!(nobody.route, "pager (nobody@example.com)");
    assert!(nobody.dead.is_some() && nobody.sent.is_none(), "{nobody:?}");
    assert_eq!(soc.route, "pager (soc@example.com)");
    assert!(soc.sent.is_some(), "{soc:?}");
    let said = inbox.lock().unwrap().clone();
    let to: Vec<_> = said.iter().filter(|line| line.starts_with("To: ")).collect();
    assert!(matches!(to[..], [to] if to.contains("<soc@example.com>")), "{said:?}");
    let none = OpenRoute::open(&mailboxes(server, "weir@example.com", &[]), stage.home());
    assert!(matches!(none.map(|_| ()), Err(SetUpError::Nobody)));
}

/// The same answer says nothing about the mailbox where it is given to who writes.
#[tokio::test]
async fn a_sender_who_is_refused_is_put_right_by_somebody() {
    let stage = Stage::start().await;
    let (port, inbox) = smtp(&stage.authority, Mail::Wrapped).await;
    let server = format!("smtps://localhost:{port}");
    let to = ["soc@example.com"];
    let alert = stage
        .raise(1, &[mailboxes(server.clone(), "barred@example.com", &to)])
        .await;
    let barred = [mailboxes(server.clone(), "barred@example.com", &to)];
    assert_eq!(stage.round(&barred, 0).await, 1);
    let delivery = stage.delivery(alert).await;
    assert!(delivery.dead.is_none() && delivery.attempts == 1, "{delivery:?}");
    assert!(delivery.error.unwrap().contains("550"));
    assert!(!inbox.lock().unwrap().iter().any(|line| line.starts_with("RCPT")));
    let right = [mailboxes(server, "weir@example.com", &to)];
    assert_eq!(stage.round(&right, pause(1)).await, 1);
    assert!(stage.delivery(alert).await.sent.is_some());
}

#[tokio::test]
async fn a_log_server_gets_one_counted_message() {
    let stage = Stage::start().await;
    let (port, inbox) = syslog(&stage.authority).await;
    let routes = [route(Receiver::Syslog(Syslog {
        address: format!("localhost:{port}"),
        ca: Some("ca.pem".into()),
    }))];
    let alert = stage.raise(1, &routes).await;
    assert_eq!(stage.round(&routes, 0).await, 1);
    assert!(stage.delivery(alert).await.sent.is_some());
    until("the message", async || !inbox.lock().unwrap().is_empty()).await;
    let lines = inbox.lock().unwrap().clone();
    let expected = format!(
        "<106>1 2027-01-15T08:00:00.000Z - weir - alert [weir@32473 what=\"raised\" rule=\"restricted-sent\" urgency=\"3\" \
         subject=\"{alert}\" count=\"1\" id=\"{alert}\"] Restricted data went unchanged to chatgpt-web"
    );
    assert_eq!(lines, [expected]);
}

#[tokio::test]
async fn nodes_share_the_queue() {
    let server = PostgresServer::start();
    let address = server.database("queue");
    let stage = Stage {
        repo: repo::open(&address).await.unwrap(),
        ..Stage::start().await
    };
    let other = repo::open(&address).await.unwrap();
    let (port, inbox, _) = https(&stage.authority, &[], nothing).await;
    let routes = [webhook(port)];
    for id in 0..20 {
        stage.raise(id, &routes).await;
    }
    let (here, there) = (stage.open(&routes), stage.open(&routes));
    let mut attempts = 0;
    while attempts < 20 {
        let (one, two) = tokio::join!(round(&*stage.repo, &here, NOW), round(&*other, &there, NOW));
        attempts += one.unwrap() + two.unwrap();
    }
    assert_eq!(stage.round(&routes, 0).await, 0);
    assert_eq!((attempts, inbox.lock().unwrap().len()), (20, 20), "each was told once");
}
