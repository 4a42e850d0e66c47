//! Dialogues between the two ends of the socket.

#![allow(clippy::unwrap_used, reason = "a test's broken assumption is a failed test")]

use super::endpoint::{May, ROWS};
use super::server::serve;
use super::{Account, Answers, Live, Server};
use futures_util::stream::{self, BoxStream};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;
use tokio::sync::{broadcast, oneshot, watch};
use weir_ipc::socket::{Peer, Reach};
use weir_ipc::{AskError, Client, ConnectError, Place};
use weir_model::{Action, BundleRef, Channel, Destination, EventId, Kind, Level, Tier, Timestamp};
use weir_proxy::Room;
use weir_wire::{
    AppealAsk, Appealed, AskedList, Audit, Certificate, ClipboardAction, ClipboardAsk, ClipboardVerdict, Counts,
    DryRun, DryRunQuery, Event, EventList, EventQuery, EventRecord, EventRecords, HeldAsk, HeldChange, HeldDone,
    HeldList, HeldMessage, HeldPiece, HeldSend, HeldText, Policy, PolicyMatrix, PolicyTexts, ProviderAsked,
    ProviderWanted, Proxy, Refusal, ReplayQuery, Replays, Status, capability::CURRENT,
};

#[tokio::test]
async fn status_events_and_one_event_are_answered() {
    let agent = Agent::start();
    let mut client = Client::connect(&agent.place(), "weir").await.unwrap();
    assert_eq!(client.welcome().agreed, CURRENT);
    assert_eq!(client.status().await.unwrap().pid, 42);
    let blocked = EventQuery {
        action: Some(Action::Block),
        ..EventQuery::default()
    };
    let list = client.events(&blocked).await.unwrap();
    assert_eq!(list.events.iter().map(|event| event.seq).collect::<Vec<_>>(), [2]);
    assert_eq!(client.event(&id(1)).await.unwrap().seq, 1);
    assert!(matches!(
        client.event(&id(9)).await,
        Err(AskError::Refused(Refusal::NoSuchEvent))
    ));
}

#[tokio::test]
async fn decisions_are_made_again_and_packs_tried_with_as_much_text_as_they_have() {
    let agent = Agent::start();
    let mut client = Client::connect(&agent.place(), "weir").await.unwrap();
    let all = client.replay(&ReplayQuery::default()).await.unwrap();
    assert_eq!(all.decisions, 2);
    let one = ReplayQuery {
        event: Some(id(1)),
        since: None,
    };
    let refused = client.replay(&one).await;
    assert!(matches!(refused, Err(AskError::Refused(Refusal::NoSuchEvent))));
    let query = |pack: &str| DryRunQuery {
        policy: PolicyTexts {
            pack: pack.to_owned(),
            packs: [("long".to_owned(), "x".repeat(1 << 20))].into(),
            ..PolicyTexts::default()
        },
        since: None,
    };
    assert_eq!(client.dry_run(&query("good")).await.unwrap(), DryRun::default());
    let refused = client.dry_run(&query("bad")).await;
    assert!(matches!(refused, Err(AskError::Refused(Refusal::Pack { why })) if why == "bad"));
}

#[tokio::test]
async fn a_copy_is_judged_with_as_much_text_as_it_has() {
    let agent = Agent::start();
    let mut client = Client::connect(&agent.place(), "weir").await.unwrap();
    let text = format!("key {}", "x".repeat(2 << 20));
    let cleaned = format!("[REDACTED] {}", "x".repeat(2 << 20));
    let ask = ClipboardAsk {
        text: Some(text),
        ..ClipboardAsk::default()
    };
    let verdict = client.clipboard(&ask).await.unwrap();
    assert!(verdict.action == ClipboardAction::Clean && verdict.cleaned == Some(cleaned));
}

#[tokio::test]
async fn what_waits_is_shown_sent_and_taken_back() {
    let agent = Agent::start();
    let mut client = Client::connect(&agent.place(), "weir").await.unwrap();
    assert!(client.held().await.unwrap().held.is_empty());
    assert_eq!(client.held_text(&id(1), false).await.unwrap().pieces[0].text, "••••");
    assert_eq!(client.held_text(&id(1), true).await.unwrap().pieces[0].text, "4111");
    let missing = client.held_text(&id(2), false).await.err().unwrap();
    assert!(matches!(missing, AskError::Refused(Refusal::NoSuchHeld)));
    let long = HeldSend::Edited {
        text: "x".repeat(2 << 20),
    };
    assert_eq!(client.held_send(&id(1), &long).await.unwrap().event, id(1));
    let refused = client
        .held_send(&id(1), &HeldSend::Cleaned { again: false })
        .await
        .err()
        .unwrap();
    assert!(matches!(refused, AskError::Refused(Refusal::Held { why }) if why == "no"));
    assert_eq!(client.held_drop(&id(1)).await.unwrap().event, id(1));
    let mut changes = client.watch_held().await.unwrap();
    let ended = changes.next().await.unwrap().unwrap();
    assert!(matches!(ended, HeldChange::Ended { by, .. } if by == "dropped"));
    assert!(changes.next().await.unwrap().is_none());
}

#[tokio::test]
async fn a_record_comes_as_it_was_written_and_people_say_that_it_is_wrong() {
    let agent = Agent::start();
    let mut client = Client::connect(&agent.place(), "weir").await.unwrap();
    let records = client.records(&id(1)).await.unwrap().records;
    assert_eq!((records.len(), &*records[0].body), (1, RECORD));
    let missing = client.records(&id(9)).await.unwrap_err();
    assert!(matches!(missing, AskError::Refused(Refusal::NoSuchEvent)));
    let ask = AppealAsk {
        reason: "it is a test key".to_owned(),
    };
    let made = client.appeal(&id(1), &ask).await.unwrap();
    assert_eq!((made.event, &*made.reason), (id(1), "it is a test key"));
    let held = client.held_appeal(&id(1), &ask).await.unwrap_err();
    assert!(matches!(held, AskError::Refused(Refusal::Held { why }) if why == ask.reason));
    assert_eq!(client.asked().await.unwrap().appeals.len(), 1);
    assert!(client.matrix().await.unwrap().rows.is_empty());
    let wanted = ProviderWanted {
        provider: "mistral".to_owned(),
        business_case: "translations".to_owned(),
        level: Level::Internal,
        data: String::new(),
    };
    let refused = client.ask_provider(&wanted).await.unwrap_err();
    assert!(matches!(refused, AskError::Refused(Refusal::NotAsked { why }) if why == "translations"));
}

#[tokio::test]
async fn the_tail_shows_what_happens_after_it_began() {
    let agent = Agent::start();
    let mut tail = Client::connect(&agent.place(), "weir")
        .await
        .unwrap()
        .tail()
        .await
        .unwrap();
    agent.fake.live.send(Arc::new(event(7, Action::Redact))).unwrap();
    agent.fake.live.send(Arc::new(event(8, Action::Allow))).unwrap();
    let mut missed = 0;
    assert_eq!(tail.next(&mut missed).await.unwrap().unwrap().seq, 7);
    assert_eq!(tail.next(&mut missed).await.unwrap().unwrap().seq, 8);
    assert_eq!(missed, 0);
}

#[tokio::test]
async fn a_tail_that_falls_behind_is_told_how_much_it_missed() {
    let agent = Agent::start();
    let mut tail = Client::connect(&agent.place(), "weir")
        .await
        .unwrap()
        .tail()
        .await
        .unwrap();
    // The runtime has one thread: the server cannot take any of these before the next await.
    for seq in 0..20 {
        agent.fake.live.send(Arc::new(event(seq, Action::Allow))).unwrap();
    }
    let mut missed = 0;
    assert_eq!(tail.next(&mut missed).await.unwrap().unwrap().seq, 12);
    assert_eq!(missed, 12);
}

#[tokio::test]
async fn the_end_of_the_agent_ends_the_tail_and_the_socket() {
    let agent = Agent::start();
    let mut tail = Client::connect(&agent.place(), "weir")
        .await
        .unwrap()
        .tail()
        .await
        .unwrap();
    let place = agent.place();
    agent.stop.send(()).unwrap();
    let ended = tokio::time::timeout(Duration::from_secs(5), tail.next(&mut 0))
        .await
        .unwrap();
    assert!(matches!(ended, Ok(None)), "the tail must end, not break");
    assert!(matches!(
        Client::connect(&place, "weir").await,
        Err(ConnectError::NotRunning(_))
    ));
}

#[tokio::test]
async fn nothing_is_answered_before_the_handshake() {
    let agent = Agent::start();
    let answer = raw(
        &agent.socket,
        "GET /v1/status HTTP/1.1\r\nhost: weir\r\nconnection: close\r\n\r\n",
    )
    .await;
    assert!(answer.starts_with("HTTP/1.1 428"), "{answer}");
    assert!(answer.contains("hello_expected") && !answer.contains("pid"), "{answer}");
}

#[tokio::test]
async fn an_old_program_is_told_to_upgrade() {
    let agent = Agent::start();
    let hello = r#"{"program":"weir","version":"0.0.1","capability":0,"oldest":0}"#;
    let request = format!(
        "POST /v1/hello HTTP/1.1\r\nhost: weir\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{hello}",
        hello.len()
    );
    let answer = raw(&agent.socket, &request).await;
    assert!(
        answer.starts_with("HTTP/1.1 426") && answer.contains("client_too_old"),
        "{answer}"
    );
}

#[tokio::test]
async fn a_request_larger_than_any_query_is_refused() {
    let agent = Agent::start();
    let request = format!(
        "POST /v1/hello HTTP/1.1\r\nhost: weir\r\nconnection: close\r\ncontent-length: 100000\r\n\r\n{}",
        "x".repeat(100_000)
    );
    let answer = raw(&agent.socket, &request).await;
    assert!(answer.starts_with("HTTP/1.1 400"), "{answer}");
}

/// A conversation of another user of this machine: the handshake, then each request.
async fn person(fake: &Arc<Fake>, requests: &[String]) -> Vec<String> {
    let (ours, theirs) = UnixStream::pair().unwrap();
    let (_running, stopping) = watch::channel(());
    let answering = tokio::spawn(serve(
        theirs,
        Arc::clone(fake),
        Peer::Person(4711),
        room().share(),
        stopping,
    ));
    let (mut from, mut to) = ours.into_split();
    let hello = r#"{"program":"weir","version":"1.0.0","capability":1,"oldest":1}"#;
    let hello = format!(
        "POST /v1/hello HTTP/1.1\r\nhost: weir\r\ncontent-length: {}\r\n\r\n{hello}",
        hello.len()
    );
    let mut answers = Vec::new();
    for request in std::iter::once(&hello).chain(requests) {
        to.write_all(request.as_bytes()).await.unwrap();
        let mut answer = vec![0; 64 * 1024];
        let read = from.read(&mut answer).await.unwrap();
        answers.push(String::from_utf8_lossy(&answer[..read]).into_owned());
    }
    answering.abort();
    answers.split_off(1)
}

#[tokio::test]
async fn another_user_is_refused_what_only_the_owner_may_ask_and_nothing_else() {
    let agent = Agent::start();
    for row in ROWS {
        let path = row.example(id(1));
        // No request has a body that could be read: whoever may ask hears so.
        let request = format!(
            "{} {path} HTTP/1.1\r\nhost: weir\r\ncontent-length: 1\r\n\r\nx",
            row.method
        );
        if path == "/v1/held" {
            continue; // The fake answers its own user alone.
        }
        let answer = person(&agent.fake, &[request]).await.remove(0);
        let refused = answer.starts_with("HTTP/1.1 403") && answer.contains("not_allowed");
        assert_eq!(refused, row.may == May::Owner, "{} {path}: {answer}", row.method);
    }
}

#[tokio::test]
async fn the_tail_of_another_user_has_their_own_events_alone() {
    let agent = Agent::start();
    let (ours, theirs) = UnixStream::pair().unwrap();
    let (_running, stopping) = watch::channel(());
    tokio::spawn(serve(
        theirs,
        Arc::clone(&agent.fake),
        Peer::Person(4711),
        room().share(),
        stopping,
    ));
    let (mut from, mut to) = ours.into_split();
    let hello = r#"{"program":"weir","version":"1.0.0","capability":1,"oldest":1}"#;
    let asked = format!(
        "POST /v1/hello HTTP/1.1\r\nhost: weir\r\ncontent-length: {}\r\n\r\n{hello}GET /v1/tail HTTP/1.1\r\nhost: weir\r\n\r\n",
        hello.len()
    );
    to.write_all(asked.as_bytes()).await.unwrap();
    while agent.fake.live.receiver_count() == 0 {
        tokio::task::yield_now().await;
    }
    for (seq, user) in [(1, Some("bob")), (2, None), (3, Some("alice"))] {
        let user = user.map(str::to_owned);
        agent
            .fake
            .live
            .send(Arc::new(Event {
                user,
                ..event(seq, Action::Block)
            }))
            .unwrap();
    }
    let mut read = String::new();
    while !read.contains("\"seq\":3") {
        let mut some = vec![0; 64 * 1024];
        let count = from.read(&mut some).await.unwrap();
        assert!(count > 0, "{read}");
        read.push_str(&String::from_utf8_lossy(&some[..count]));
    }
    assert!(!read.contains("\"seq\":1") && !read.contains("\"seq\":2"), "{read}");
}

fn room() -> Room {
    Room::new(64 << 20, 64 << 20, Duration::from_secs(60))
}

struct Agent {
    fake: Arc<Fake>,
    socket: PathBuf,
    stop: oneshot::Sender<()>,
    dir: tempfile::TempDir,
}

impl Agent {
    fn place(&self) -> Place {
        Place::of(self.dir.path())
    }

    fn start() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let socket = dir.path().join("run/agent.sock");
        let server = Server::bind(&socket, Reach::Owner).unwrap();
        let fake = Arc::new(Fake {
            live: broadcast::channel(8).0,
        });
        let (stop, stopped) = oneshot::channel::<()>();
        tokio::spawn(server.run(Arc::clone(&fake), async move {
            let _ = stopped.await;
        }));
        Self {
            fake,
            socket,
            stop,
            dir,
        }
    }
}

struct Fake {
    live: broadcast::Sender<Arc<Event>>,
}

impl Answers for Fake {
    fn status(&self, _peer: Peer) -> Status {
        Status {
            version: "1.0.0".into(),
            pid: 42,
            started: Timestamp::from_millis(0),
            environment: "testing".into(),
            proxy: Proxy {
                listen: vec!["127.0.0.1:18080".into()],
                pac: "http://127.0.0.1:18080/proxy.pac".into(),
                intercepts: 3,
            },
            gateway: None,
            certificate: Certificate {
                path: "ca.pem".into(),
                sha256: "00".into(),
                not_after: Timestamp::from_millis(1),
            },
            policy: Policy {
                pack: "weir/baseline".into(),
                version: "1.0.0".into(),
                bundle: BundleRef {
                    number: 0,
                    digest: String::new(),
                },
                expires: None,
            },
            audit: Audit {
                records: 2,
                head: String::new(),
            },
            counts: Counts::default(),
            server: None,
            directive: None,
            lifted: Vec::new(),
            freshness: None,
            held: 0,
            answers: 0,
            exceptions: Vec::new(),
            problems: Vec::new(),
        }
    }

    fn events(&self, _peer: Peer, query: &EventQuery) -> Result<EventList, Refusal> {
        let all = [event(1, Action::Allow), event(2, Action::Block)];
        Ok(EventList {
            events: all.into_iter().filter(|event| query.admits(event)).collect(),
            more: false,
            unreadable: 0,
        })
    }

    fn event(&self, _peer: Peer, asked: &EventId) -> Result<Event, Refusal> {
        if *asked == id(1) {
            Ok(event(1, Action::Allow))
        } else {
            Err(Refusal::NoSuchEvent)
        }
    }

    fn records(&self, peer: Peer, asked: &EventId) -> Result<EventRecords, Refusal> {
        let event = self.event(peer, asked)?;
        let records = vec![EventRecord {
            seq: event.seq,
            kind: "decision".to_owned(),
            time: event.time,
            body: RECORD.to_owned(),
        }];
        Ok(EventRecords { records })
    }

    async fn appeal(&self, peer: Peer, asked: EventId, ask: AppealAsk) -> Result<Appealed, Refusal> {
        self.event(peer, &asked)?;
        Ok(appealed(asked, ask.reason))
    }

    fn matrix(&self) -> PolicyMatrix {
        PolicyMatrix {
            levels: Vec::new(),
            rows: Vec::new(),
        }
    }

    fn asked(&self, _peer: Peer) -> AskedList {
        AskedList {
            providers: Vec::new(),
            appeals: vec![appealed(id(1), "a test key".to_owned())],
        }
    }

    async fn ask_provider(&self, _peer: Peer, wanted: ProviderWanted) -> Result<ProviderAsked, Refusal> {
        Err(Refusal::NotAsked {
            why: wanted.business_case,
        })
    }

    async fn held_appeal(&self, _uid: u32, _asked: EventId, ask: AppealAsk) -> Result<HeldMessage, Refusal> {
        Err(Refusal::Held { why: ask.reason })
    }

    fn replay(&self, _peer: Peer, query: &ReplayQuery) -> Result<Replays, Refusal> {
        match query.event {
            Some(_) => Err(Refusal::NoSuchEvent),
            None => Ok(Replays {
                decisions: 2,
                ..Replays::default()
            }),
        }
    }

    fn dry_run(&self, _peer: Peer, query: &DryRunQuery) -> Result<DryRun, Refusal> {
        match query.policy.pack.as_str() {
            "good" => Ok(DryRun::default()),
            other => Err(Refusal::Pack { why: other.to_owned() }),
        }
    }

    fn take_bundle(&self, bundle: &[u8]) -> Result<Policy, Refusal> {
        match bundle {
            b"good" => Ok(self.status(Peer::Owner(None)).policy),
            _ => Err(Refusal::Bundle {
                why: "not signed".to_owned(),
            }),
        }
    }

    async fn self_test(&self) -> Result<weir_wire::SelfTest, Refusal> {
        Err(Refusal::Failed)
    }

    fn lift(&self, _peer: Peer, code: &weir_wire::OverrideAsk) -> Result<weir_wire::OverrideDone, Refusal> {
        match code.code.as_str() {
            "good" => Ok(weir_wire::OverrideDone {
                number: 3,
                lifted: weir_wire::Lifted {
                    what: weir_wire::LiftedWhat::Stale,
                    directive: None,
                    until: Timestamp::from_millis(9),
                },
            }),
            _ => Err(Refusal::Override {
                reason: weir_wire::NotLifted::Wrong,
                why: "wrong".to_owned(),
            }),
        }
    }

    fn copied(&self, _peer: Peer, copied: ClipboardAsk) -> Result<ClipboardVerdict, Refusal> {
        Ok(ClipboardVerdict {
            event: Some(id(1)),
            action: ClipboardAction::Clean,
            level: Level::Restricted,
            rule: "rule".to_owned(),
            why: String::new(),
            found: std::collections::BTreeMap::new(),
            cleaned: copied.text.map(|text| text.replace("key", "[REDACTED]")),
        })
    }

    fn held(&self, uid: u32) -> HeldList {
        assert_eq!(uid, rustix::process::getuid().as_raw());
        HeldList::default()
    }

    fn held_text(&self, _uid: u32, asked: EventId, revealed: bool) -> Result<HeldText, Refusal> {
        match asked == id(1) {
            true => Ok(HeldText {
                pieces: vec![HeldPiece {
                    role: weir_model::Role::Prompt,
                    text: if revealed { "4111" } else { "••••" }.to_owned(),
                    cleaned: "[REDACTED]".to_owned(),
                    cut: false,
                }],
            }),
            false => Err(Refusal::NoSuchHeld),
        }
    }

    async fn held_send(&self, _uid: u32, asked: EventId, send: HeldSend) -> Result<HeldDone, Refusal> {
        match send {
            HeldSend::Edited { text } if text.len() > 1 << 20 => Ok(HeldDone { event: asked }),
            _ => Err(Refusal::Held { why: "no".to_owned() }),
        }
    }

    async fn held_drop(&self, _uid: u32, asked: EventId) -> Result<HeldDone, Refusal> {
        Ok(HeldDone { event: asked })
    }

    async fn held_request(&self, _uid: u32, _asked: EventId, ask: HeldAsk) -> Result<HeldMessage, Refusal> {
        Err(Refusal::Held { why: ask.reason })
    }

    fn watch_held(&self, _uid: u32) -> BoxStream<'static, Arc<HeldChange>> {
        let ended = HeldChange::Ended {
            id: id(1),
            by: "dropped".to_owned(),
        };
        Box::pin(stream::iter([Arc::new(ended)]))
    }

    fn subscribe(&self, peer: Peer) -> Live {
        Live {
            events: self.live.subscribe(),
            of: matches!(peer, Peer::Person(_)).then(|| Account(Some("alice".to_owned()))),
        }
    }
}

async fn raw(socket: &std::path::Path, request: &str) -> String {
    let mut stream = UnixStream::connect(socket).await.unwrap();
    // The answer may come, and the connection close, before the whole request is written.
    let _ = stream.write_all(request.as_bytes()).await;
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8(answer).unwrap()
}

/// Its spaces and the order of its fields are those of who wrote it.
const RECORD: &str = r#"{"b":1 , "a":"ü"}"#;

fn appealed(event: EventId, reason: String) -> Appealed {
    Appealed {
        event,
        reason,
        state: "open".to_owned(),
        answer: String::new(),
        asked: Timestamp::from_millis(1),
    }
}

fn id(seq: u64) -> EventId {
    EventId::new(Timestamp::from_millis(i64::try_from(seq).unwrap()), [0; 10])
}

fn event(seq: u64, action: Action) -> Event {
    Event {
        id: id(seq),
        seq,
        time: Timestamp::from_millis(0),
        device: None,
        user: None,
        process: None,
        application: None,
        pid: None,
        channel: Channel::Api,
        kind: Kind::Prompt,
        destination: Destination {
            host: "api.openai.com".into(),
            service: None,
            provider: None,
            tier: Tier::Api,
            region: None,
            model: None,
            target: None,
        },
        selection: None,
        route: None,
        level: Level::Public,
        findings: Vec::new(),
        per_finding: Vec::new(),
        findings_omitted: 0,
        unscannable: None,
        attachments: 0,
        files: Vec::new(),
        environment: None,
        action,
        monitored: None,
        reasons: Vec::new(),
        bundle: BundleRef {
            number: 0,
            digest: String::new(),
        },
        disposition: "released".into(),
        held: None,
        copied_from: None,
        local_status: None,
        latency_us: 0,
        message_bytes: 0,
        response: None,
    }
}
