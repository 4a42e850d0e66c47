//! Prompts that wait for the employee, from the program that sent them to the approval on the server: real programs all.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test's broken assumption is a failed test"
)]

use serde_json::{Value, json};
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use weir_e2e::fleet::{enrol, path, prompt, publish, quick_ai, server, until};
use weir_support::agent::{self, Agent, Launch};
use weir_support::client::Way;
use weir_support::{Client, FakeAi, Folder, Server};

const LETTER: &str = "write a letter to ada.weir@tidewater.io";
const PACK: &str = "
pack: {name: acme, version: 1.0.0, extends: [weir/baseline]}
providers: {approvals: {openai: approved}}
classification:
  custom:
    - {id: acme/memo, level: internal, pattern: 'MEMO-[0-9]{6}', examples: [MEMO-123456], counter_examples: [MEMO-1]}
holds: {channels: [browser, api], most: 3}
policies:
  policy:
    data-classification:
      rules:
        - {id: mail, detector: personal/email, action: block, exception: {approvers: 2, most_hours: 8, most_uses: 2}}
        - {id: memo, detector: acme/memo, action: warn, justify: true}
";

struct Office {
    fake: FakeAi,
    server: Server,
    dir: PathBuf,
    agent: Option<Agent>,
    // Last: it is removed when everything else is gone.
    _folder: Folder,
}

impl Office {
    fn open(name: &str) -> Self {
        let folder = Folder::new(name).unwrap();
        let fake = quick_ai(&folder);
        let server = server(&folder, &[]);
        let dir = folder.path().join("laptop");
        enrol(&server, &server.url(), &dir, "staff");
        publish(&server, folder.path(), 1, PACK);
        let mut office = Self {
            fake,
            server,
            dir,
            agent: None,
            _folder: folder,
        };
        office.start();
        office
    }

    /// Starts the agent, and waits until the bundle is in force.
    fn start(&mut self) {
        let launch = Launch {
            pack: None,
            log: "weir_sync=debug,info".to_owned(),
            ..Launch::in_front_of(&self.fake, &self.dir)
        };
        self.agent = Some(launch.start().unwrap_or_else(|error| panic!("{error}")));
        until("the bundle is in force", || {
            let status = self.weir(&["status", "--json"]);
            json(&status)["status"]["policy"]["pack"] == "acme"
        });
    }

    fn agent(&self) -> &Agent {
        self.agent.as_ref().unwrap()
    }

    fn weir(&self, arguments: &[&str]) -> Output {
        self.agent().run(arguments).unwrap()
    }

    /// Sends a prompt from a program that waits for its answer.
    fn send(&self, text: &str) -> JoinHandle<Option<u16>> {
        self.send_patiently(text, Duration::from_secs(60))
    }

    fn send_patiently(&self, text: &str, patience: Duration) -> JoinHandle<Option<u16>> {
        let client = Client::new(Way::Proxy(self.agent().proxy()), &[self.agent().ca()]).unwrap();
        let client = client.patience(patience);
        let prompt = prompt(text);
        std::thread::spawn(move || {
            let sent = client.send(&prompt);
            sent.ok().map(|reply| reply.status)
        })
    }

    /// Bodies that reached the service.
    fn arrived(&self) -> Vec<String> {
        let received = self.fake.received().into_iter();
        received
            .map(|request| String::from_utf8_lossy(&request.body).into_owned())
            .collect()
    }

    /// The request for an exception that the server has about an event.
    fn request(&self, event: &str) -> Value {
        let all = self.server.ask(&["exception", "list"]).unwrap();
        all.into_iter().find(|shown| shown["event"] == event).unwrap()
    }

    /// The record that says how the wait of an event ended.
    fn ended(&self, event: &str) -> Value {
        let records = self.agent().records().unwrap();
        let mut ends = records.into_iter().filter(|record| record["held"]["event"] == event);
        let end = ends.next().unwrap_or(Value::Null);
        assert_eq!(ends.next(), None, "it ends once");
        end
    }

    /// Every decision comes out again as it was recorded.
    fn replays(&self) {
        let replayed = json(&self.weir(&["replay", "--json", "--since", "1h"]));
        assert_eq!(replayed["same"], replayed["decisions"], "{replayed}");
    }
}

/// Somebody who listens, and can decide.
struct Watch {
    child: Child,
    changes: mpsc::Receiver<Value>,
}

impl Watch {
    fn begin(office: &Office) -> Self {
        let mut child = Command::new(agent::binary().unwrap())
            .args(["held", "watch", "--json", "--state"])
            .arg(office.dir.join("state"))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let (send, changes) = mpsc::channel();
        std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                let _ = send.send(serde_json::from_str(&line).unwrap());
            }
        });
        let watch = Self { child, changes };
        // It listens when a prompt waits for it: tried until one does.
        until("somebody listens", || {
            let trial = office.send(LETTER);
            let waits = watch.next_within("waits", Duration::from_secs(2));
            if let Some(message) = &waits {
                drop_it(office, message["id"].as_str().unwrap());
            }
            assert_eq!(trial.join().unwrap(), Some(403));
            waits.is_some()
        });
        watch
    }

    /// The next change of this sort.
    fn next(&self, change: &str) -> Value {
        self.next_within(change, Duration::from_secs(30)).expect(change)
    }

    fn next_within(&self, change: &str, time: Duration) -> Option<Value> {
        let start = Instant::now();
        loop {
            let next = self.changes.recv_timeout(time.saturating_sub(start.elapsed())).ok()?;
            if next["change"] == change {
                return Some(next);
            }
        }
    }

    /// A prompt that has begun to wait; its name.
    fn waiting(&self) -> (String, Value) {
        let message = self.next("waits");
        (message["id"].as_str().unwrap().to_owned(), message)
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn a_prompt_waits_and_goes_once_without_what_must_not_leave() {
    let office = Office::open("held");
    assert_eq!(
        office.send(LETTER).join().unwrap(),
        Some(403),
        "nobody listens: it is refused at once"
    );
    let watch = Watch::begin(&office);

    let sent = office.send(LETTER);
    let (id, message) = watch.waiting();
    assert_eq!(message["found"]["personal/email"], 1);
    assert!(!message.to_string().contains("ada.weir"), "{message}");
    let shown = said(&office.weir(&["held", "show", &id]));
    assert!(
        shown.contains("write a letter to ad") && !shown.contains("ada.weir"),
        "{shown}"
    );
    let revealed = said(&office.weir(&["held", "show", &id, "--reveal"]));
    assert!(revealed.contains(LETTER), "{revealed}");
    let cleaned = said(&office.weir(&["held", "edit", &id]));
    assert_eq!(cleaned.trim(), "write a letter to [REDACTED:EMAIL]");
    let justified = office.weir(&["held", "send", &id, "--reason", "the customer asked for it"]);
    assert_eq!(justified.status.code(), Some(1), "policy leaves it to nobody");
    let worse = path(&office.dir, "worse.txt");
    fs::write(&worse, "call ben.weir@tidewater.io\n").unwrap();
    assert_eq!(
        office.weir(&["held", "edit", &id, "--from", &worse]).status.code(),
        Some(1)
    );
    assert!(office.arrived().is_empty(), "it waits");

    assert!(office.weir(&["held", "send", &id]).status.success());
    assert_eq!(sent.join().unwrap(), Some(200));
    assert_eq!(watch.next("ended")["by"], "cleaned");
    assert_eq!(
        office.weir(&["held", "send", &id]).status.code(),
        Some(3),
        "it goes once"
    );
    let arrived = office.arrived();
    assert_eq!(arrived.len(), 1);
    assert!(
        arrived[0].contains("write a letter to [REDACTED:EMAIL]"),
        "{}",
        arrived[0]
    );

    let sent = office.send(LETTER);
    let (id, _) = watch.waiting();
    let better = path(&office.dir, "better.txt");
    fs::write(&better, "write a letter to our customer\n").unwrap();
    assert!(office.weir(&["held", "edit", &id, "--from", &better]).status.success());
    assert_eq!(sent.join().unwrap(), Some(200));
    assert!(office.arrived()[1].contains("write a letter to our customer\""));

    let sent = office.send("summarise MEMO-204711");
    let (id, message) = watch.waiting();
    assert_eq!(message["ways"]["justify"], true);
    let leaky = office.weir(&["held", "send", &id, "--reason", "for ada.weir@tidewater.io"]);
    assert_eq!(leaky.status.code(), Some(1), "others read a reason");
    assert!(
        office
            .weir(&["held", "send", &id, "--reason", "needed for the audit"])
            .status
            .success()
    );
    assert_eq!(sent.join().unwrap(), Some(200));
    let record = office.ended(&id);
    assert_eq!(
        (&record["disposition"], &record["held"]["by"]),
        (&json!("justified"), &json!("justified"))
    );
    assert_eq!(record["held"]["reason"], "needed for the audit");

    let sent = office.send_patiently(LETTER, Duration::from_secs(2));
    let (id, _) = watch.waiting();
    assert_eq!(sent.join().unwrap(), None);
    assert_eq!(watch.next("ended")["by"], "hung_up");
    until("the log says so", || office.ended(&id)["disposition"] == "withdrawn");

    let crowd: Vec<_> = (0..4)
        .map(|number| office.send(&format!("{LETTER} ({number})")))
        .collect();
    let held: Vec<String> = (0..3).map(|_| watch.waiting().0).collect();
    until("the fourth is refused: there is room for three", || {
        crowd.iter().any(JoinHandle::is_finished)
    });
    for id in &held {
        drop_it(&office, id);
    }
    assert!(crowd.into_iter().all(|sent| sent.join().unwrap() == Some(403)));
    assert_eq!(office.arrived().len(), 3);
    office.replays();
}

#[test]
fn an_exception_is_asked_for_approved_by_two_and_the_prompt_goes_once() {
    let office = Office::open("exception");
    let watch = Watch::begin(&office);
    let sent = office.send(LETTER);
    let (id, message) = watch.waiting();
    assert_eq!(message["ways"]["request"]["approvers"], 2);
    let request = ["held", "request", &id, "--reason", "the contract is signed", "--go"];
    assert!(office.weir(&request).status.success());
    assert_eq!(watch.next("waits")["request"]["state"], "pending");

    let asked = office.request(&id);
    let exception = asked["id"].as_str().unwrap();
    assert_eq!(
        (&asked["state"], &asked["reason"]),
        (&json!("pending"), &json!("the contract is signed"))
    );
    assert!(!asked.to_string().contains("ada.weir"), "content stays on the laptop");
    let approve = |name: &str| office.server.succeed_as(name, &["exception", "approve", exception]);
    let own = approve(asked["user"].as_str().unwrap()).unwrap_err().to_string();
    assert!(own.contains("whoever asks"), "{own}");
    approve("ben").unwrap();
    let twice = approve("ben").unwrap_err().to_string();
    assert!(twice.contains("another person"), "{twice}");
    assert!(office.arrived().is_empty(), "one is not enough");
    approve("eve").unwrap();
    assert_eq!(sent.join().unwrap(), Some(200));
    assert_eq!(watch.next("ended")["by"], "excepted");
    let arrived = office.arrived();
    assert_eq!(arrived.len(), 1);
    assert!(arrived[0].contains(LETTER));
    let record = office.ended(&id);
    assert_eq!(
        (&record["disposition"], &record["action"]),
        (&json!("released"), &json!("allow"))
    );
    let told = said(&office.weir(&["explain", record["id"].as_str().unwrap()]));
    assert!(told.contains("approved by ben and eve"), "{told}");

    let again = office.send(LETTER);
    let (id, _) = watch.waiting();
    drop_it(&office, &id);
    assert_eq!(again.join().unwrap(), Some(403), "it was for one message");
    let journal = said(&office.server.succeed(&["journal", "list"]).unwrap());
    for deed in ["exception-ask", "exception-approve"] {
        assert!(journal.contains(deed), "{journal}");
    }
    office.replays();
}

#[test]
fn an_approval_that_comes_late_is_for_the_same_words_and_no_others() {
    let mut office = Office::open("exception-late");
    let watch = Watch::begin(&office);
    let sent = office.send(LETTER);
    let (id, _) = watch.waiting();
    assert!(
        office
            .weir(&["held", "request", &id, "--reason", "the contract is signed"])
            .status
            .success()
    );
    assert_eq!(watch.next("waits")["request"]["state"], "pending");
    drop_it(&office, &id);
    assert_eq!(sent.join().unwrap(), Some(403));
    let exception = office.request(&id)["id"].as_str().unwrap().to_owned();
    let twice = ["exception", "approve", &exception, "--hours", "1", "--uses", "2"];
    office.server.succeed_as("ben", &twice).unwrap();
    office.server.succeed_as("eve", &twice).unwrap();
    until("the exception is here", || {
        said(&office.weir(&["status"])).contains("approved by ben and eve")
    });

    let other = office.send(&format!("{LETTER} today"));
    let (id, _) = watch.waiting();
    drop_it(&office, &id);
    assert_eq!(other.join().unwrap(), Some(403), "one more word is another message");
    assert_eq!(office.send(LETTER).join().unwrap(), Some(200));
    drop(watch);
    office.agent.take().unwrap().kill().unwrap();
    office.start();
    let exceptions = json(&office.weir(&["status", "--json"]))["status"]["exceptions"].clone();
    assert_eq!(exceptions[0]["used"], 1, "a kill does not give it back");

    office
        .server
        .succeed_as(
            "eve",
            &["exception", "revoke", &exception, "--why", "the contract is off"],
        )
        .unwrap();
    until("it is taken back", || {
        !said(&office.weir(&["status"])).contains("approved by")
    });
    assert_eq!(office.send(LETTER).join().unwrap(), Some(403));
    assert_eq!(office.arrived().len(), 1);
    office.replays();
}

#[test]
fn what_is_not_sensitive_goes_to_the_administrators_and_their_answer_comes_back() {
    let office = Office::open("appeal");
    let watch = Watch::begin(&office);
    let sent = office.send(LETTER);
    let (id, message) = watch.waiting();
    assert_eq!(message["ways"]["appeal"], true);
    let leaky = office.weir(&["held", "appeal", &id, "--reason", "it is ada.weir@tidewater.io"]);
    assert_eq!(leaky.status.code(), Some(1), "others read a reason");
    let made = office.weir(&[
        "held",
        "appeal",
        &id,
        "--reason",
        "the address is on our page",
        "--json",
    ]);
    assert_eq!(json(&made)["appeal"]["state"], "open");
    assert_eq!(watch.next("waits")["appeal"]["state"], "open");
    let alerts = office.server.ask(&["alert", "list", "--rule", "appeal"]).unwrap();
    assert_eq!((alerts.len(), &alerts[0]["event"]), (1, &json!(id)));
    let alert = alerts[0]["id"].as_str().unwrap();
    office
        .server
        .succeed(&["alert", "close", alert, "--note", "It is still a person's."])
        .unwrap();
    let told = watch.next("waits");
    assert_eq!(
        (&told["appeal"]["state"], &told["appeal"]["answer"]),
        (&json!("answered"), &json!("It is still a person's."))
    );
    assert!(office.arrived().is_empty(), "an appeal sends nothing");
    drop_it(&office, &id);
    assert_eq!(sent.join().unwrap(), Some(403));

    let sent = office.send("summarise MEMO-204711");
    let (id, message) = watch.waiting();
    assert_eq!(message["ways"]["appeal"], false, "policy leaves it to the employee");
    let refused = office.weir(&["held", "appeal", &id, "--reason", "it is an old memo"]);
    assert_eq!(refused.status.code(), Some(1));
    drop_it(&office, &id);
    assert_eq!(sent.join().unwrap(), Some(403));
    office.replays();
}

#[test]
fn the_same_words_are_decided_once_where_the_employee_says_so() {
    let office = Office::open("repeats");
    let watch = Watch::begin(&office);
    let note = "write a note to ada.weir@tidewater.io";
    let first = office.send(note);
    let (id, message) = watch.waiting();
    assert!(message["same"].is_null() && message["repeats"].is_null(), "{message}");
    let second = office.send(note);
    let (again, message) = watch.waiting();
    assert_eq!((&message["same"], &message["repeats"]), (&json!(id), &json!(2)));
    assert!(office.weir(&["held", "send", &again]).status.success());
    assert_eq!(second.join().unwrap(), Some(200));
    assert_eq!(watch.next("ended")["id"], json!(again));
    assert!(office.weir(&["held", "send", &id, "--again"]).status.success());
    assert_eq!(first.join().unwrap(), Some(200));

    // Nobody is asked for the same words any more, and for others as before.
    assert_eq!(office.send(note).join().unwrap(), Some(200));
    let other = office.send("write another letter to ada.weir@tidewater.io");
    let (id, message) = watch.waiting();
    assert!(message["same"].is_null(), "{message}");
    drop_it(&office, &id);
    assert_eq!(other.join().unwrap(), Some(403));
    let arrived = office.arrived();
    assert_eq!(arrived.len(), 3);
    for body in arrived {
        assert!(body.contains("write a note to [REDACTED:EMAIL]"), "{body}");
    }
    let records = office.agent().records().unwrap();
    let cleaned = records.iter().filter(|record| record["held"]["by"] == "cleaned");
    assert_eq!(cleaned.count(), 3, "each is recorded as any other");
    office.replays();
}

#[test]
fn a_request_that_is_refused_says_why_and_a_kill_sends_nothing() {
    let mut office = Office::open("exception-no");
    let watch = Watch::begin(&office);
    let sent = office.send(LETTER);
    let (id, _) = watch.waiting();
    let request = ["held", "request", &id, "--reason", "the contract is signed", "--go"];
    assert!(office.weir(&request).status.success());
    watch.next("waits");
    let exception = office.request(&id)["id"].as_str().unwrap().to_owned();
    office
        .server
        .succeed_as("ben", &["exception", "refuse", &exception, "--why", "use the portal"])
        .unwrap();
    let told = watch.next("waits");
    assert_eq!(
        (&told["request"]["state"], &told["request"]["why"]),
        (&json!("refused"), &json!("use the portal"))
    );
    assert_eq!(office.weir(&["held", "send", &id, "--approved"]).status.code(), Some(1));

    office.agent.take().unwrap().kill().unwrap();
    assert_eq!(sent.join().unwrap(), None, "the connection is closed");
    assert!(office.arrived().is_empty());
    office.start();
    let records = office.agent().records().unwrap();
    let held = records.iter().find(|record| record["id"] == id.as_str()).unwrap();
    assert_eq!(held["disposition"], "held");
    assert!(office.arrived().is_empty());
    office.replays();
}

fn drop_it(office: &Office, id: &str) {
    assert!(office.weir(&["held", "drop", id]).status.success());
}

fn said(output: &Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn json(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or(Value::Null)
}
