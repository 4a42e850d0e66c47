//! The moment something is held back, as people live through it: Chromium on the screen, the panel that comes, and keys.
//! Real programs all but the AI service: agent, tray, browser and, for exceptions, the server with an account that approves.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test's broken assumption is a failed test"
)]

use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::thread::Scope;

use serde_json::{Value, json};
use weir_desktop::{Browser, Desktop, PANEL_TITLE, Panel, key, until, weir_tray};
use weir_support::agent::{Agent, Launch};
use weir_support::values::{Random, credit_card, email};
use weir_support::{FakeAi, Folder, Server, fleet, tools};

const PACK: &str = "
pack: {name: acme, version: 1.0.0, extends: [weir/baseline]}
providers: {approvals: {openai: approved}}
holds: {channels: [browser, api], most: 3}
policies:
  policy:
    data-classification:
      rules:
        - {id: cards, detector: financial/credit_card, action: block}
        - {id: mail, detector: personal/email, action: block, exception: {approvers: 1, most_hours: 8, most_uses: 2}}
";
const CONVERSATION: &str = "/backend-api/f/conversation";

/// The agent, what is behind it, and the desktop before it.
struct Office {
    agent: Agent,
    desktop: Desktop,
    panel: Panel,
    fake: FakeAi,
    server: Option<Server>,
    // Last: it is removed when everything else is gone.
    folder: Folder,
}

impl Office {
    fn alone(name: &str) -> Self {
        let folder = Folder::new(name).unwrap();
        let fake = fleet::quick_ai(&folder);
        let pack = folder.join("acme.yaml");
        fs::write(&pack, PACK).unwrap();
        let launch = Launch {
            pack: Some(pack),
            ..Launch::in_front_of(&fake, folder.path())
        };
        Self::open(name, folder, fake, None, launch)
    }

    fn with_a_server(name: &str) -> Self {
        let folder = Folder::new(name).unwrap();
        let fake = fleet::quick_ai(&folder);
        let server = fleet::server(&folder, &[]);
        let laptop = folder.join("laptop");
        fleet::enrol(&server, &server.url(), &laptop, "staff");
        fleet::publish(&server, folder.path(), 1, PACK);
        let launch = Launch {
            pack: None,
            ..Launch::in_front_of(&fake, &laptop)
        };
        let office = Self::open(name, folder, fake, Some(server), launch);
        until("the bundle is in force", || {
            let status = office.agent.run(&["status", "--json"]).unwrap();
            let status: Value = serde_json::from_slice(&status.stdout).ok()?;
            (status["status"]["policy"]["pack"] == "acme").then_some(())
        });
        office
    }

    fn open(name: &str, folder: Folder, fake: FakeAi, server: Option<Server>, launch: Launch) -> Self {
        let agent = launch.start().unwrap_or_else(|error| panic!("{error}"));
        let desktop = Desktop::start(&format!("{name}-desktop"));
        let panel = Panel::watch(&desktop);
        Self {
            agent,
            desktop,
            panel,
            fake,
            server,
            folder,
        }
    }

    /// Starts the tray without a window, has a text sent from a chat in Chromium, and tells the rest once the panel has come
    /// and offers this way first. What the page shows in the end is given back.
    fn moment(&self, text: &str, way: &str, rest: impl FnOnce(&Browser)) -> Value {
        std::thread::scope(|scope| {
            let state = self.agent.state().display().to_string();
            let program = weir_tray();
            // The driver has the first window of the program, which nothing but the panel can be.
            let opening =
                scope.spawn(move || Browser::start(&self.desktop, &program, &["--hidden", "--state", &state]));
            until("the icon", || (self.panel.count() == 1).then_some(()));
            until("the state of the agent", || {
                let first = self.panel.menu().into_iter().next()?;
                first.label.starts_with("Weir protects").then_some(())
            });
            assert!(!self.desktop.windows().contains(PANEL_TITLE), "nothing waits yet");
            let sending = self.chat(scope, text);
            let shown = opening.join().unwrap();
            assert_eq!(shown.run("return location.hash"), "#/panel");
            offers(&shown, way);
            assert!(!sending.is_finished(), "the page waits");
            rest(&shown);
            sending.join().unwrap()
        })
    }

    /// A chat in Chromium, on the screen: types a text, sends it, and says what stands on the page in the end.
    fn chat<'scope>(
        &'scope self,
        scope: &'scope Scope<'scope, '_>,
        text: &str,
    ) -> std::thread::ScopedJoinHandle<'scope, Value> {
        let script = tools::python_script("browser.py");
        let mut command = self.desktop.command(script.get_program());
        command
            .args(script.get_args())
            .args(["chat", "--window", "--proxy", &self.agent.proxy().to_string(), "--ca"])
            .arg(self.agent.ca())
            .arg("--screenshot")
            .arg(self.folder.join("page.png"))
            .arg("https://chatgpt.com/")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
        scope.spawn(move || {
            let output = child.wait_with_output().unwrap();
            assert!(output.status.success(), "the browser");
            serde_json::from_slice(&output.stdout).unwrap()
        })
    }

    /// Prompts that reached the service, of all that was sent to it.
    fn arrived(&self) -> Vec<String> {
        let received = self.fake.received().into_iter();
        received
            .filter(|request| request.path == CONVERSATION)
            .map(|request| String::from_utf8_lossy(&request.body).into_owned())
            .collect()
    }

    fn waiting(&self) -> usize {
        let output = self.agent.run(&["held", "list", "--json"]).unwrap();
        let list: Value = serde_json::from_slice(&output.stdout).unwrap();
        list["held"].as_array().unwrap().len()
    }

    /// The one message that was held, as the log has its end.
    fn ended(&self) -> Value {
        let records = self.agent.records().unwrap().into_iter();
        let mut ends = records.filter(|record| record["held"]["by"].is_string());
        let end = ends.next().expect("an end");
        assert_eq!(ends.next(), None, "it ends once");
        end
    }
}

/// Waits until the panel shows a message, and Enter means this way.
fn offers(panel: &Browser, way: &str) {
    let script = "return document.activeElement?.dataset?.way ?? null";
    until(way, || (panel.run(script) == way).then_some(()));
}

/// Waits until the keyboard is where it should be in the panel.
fn has_the_keys(panel: &Browser, element: &str) {
    let script = "return document.activeElement?.matches(arguments[0]) ?? false"
        .replace("arguments[0]", &json!(element).to_string());
    until(element, || (panel.run(&script) == true).then_some(()));
}

#[test]
fn a_card_typed_into_a_chat_brings_the_panel_and_enter_sends_the_rest() {
    let office = Office::alone("moment");
    let card = credit_card(&mut Random::from_env());
    let page = office.moment(&format!("Please refund {card} today"), "cleaned", |panel| {
        // The text is asked from the agent when the panel is there already.
        let shown = until("what was typed", || {
            let shown = panel.run("return document.querySelector('[role=alertdialog]').innerText");
            let shown = shown.as_str()?.to_owned();
            shown.contains("Please refund").then_some(shown)
        });
        assert!(!shown.contains(&card), "{shown}");
        assert!(office.arrived().is_empty(), "it waits");
        panel.press(key::ENTER);
    });
    assert_eq!(page["error"], "", "{page}");
    assert_eq!(
        page["answer"], "You wrote: Please refund [REDACTED:CREDIT_CARD] today.",
        "{page}"
    );
    let arrived = office.arrived();
    assert_eq!(arrived.len(), 1, "{arrived:?}");
    assert!(
        arrived[0].contains("Please refund [REDACTED:CREDIT_CARD] today"),
        "{arrived:?}"
    );
    assert!(!office.fake.saw(&card), "not while it was typed either");
    assert_eq!(office.waiting(), 0);
    assert_eq!(office.ended()["held"]["by"], "cleaned");
    until("the panel's end", || {
        (!office.desktop.windows().contains(PANEL_TITLE)).then_some(())
    });
}

#[test]
fn an_exception_is_asked_for_by_keys_approved_by_an_account_and_one_key_sends_the_prompt() {
    let office = Office::with_a_server("moment-exception");
    let server = office.server.as_ref().unwrap();
    let approver = Approver::sign_in(server, office.folder.join("cookies"), "eve");
    // Not a card: what is restricted goes to nobody, whoever gives leave.
    let address = email(&mut Random::from_env());
    let text = format!("Please write to {address} today");
    let page = office.moment(&text, "cleaned", |panel| {
        panel.press("x");
        has_the_keys(panel, "textarea");
        panel.press("the customer waits at the desk");
        // Not by itself: it is to be seen that the approval arrives.
        panel.press(&[key::TAB, " ", key::TAB].concat());
        has_the_keys(panel, "button[type=submit]");
        assert_eq!(
            panel.run("return document.querySelector('input[type=checkbox]').checked"),
            false
        );
        panel.press(key::ENTER);

        let asked = until("the request is on the server", || approver.pending().into_iter().next());
        assert_eq!(asked["reason"], "the customer waits at the desk");
        assert!(!asked.to_string().contains(&address), "content stays on the laptop");
        assert!(office.arrived().is_empty(), "it waits");
        assert_eq!(panel.run("return window.loaded = 'once'"), "once");
        approver.approve(asked["id"].as_str().unwrap());
        offers(panel, "approved");
        let loaded = panel.run("return window.loaded ?? 'again'");
        assert_eq!(loaded, "once", "what somebody types when an answer comes is not lost");
        assert!(office.arrived().is_empty(), "it waits for a key");
        panel.press(key::ENTER);
    });
    assert_eq!(page["error"], "", "{page}");
    assert_eq!(page["answer"], format!("You wrote: {text}."), "{page}");
    let arrived = office.arrived();
    assert_eq!(arrived.len(), 1, "{arrived:?}");
    assert!(arrived[0].contains(&text), "{arrived:?}");
    let end = office.ended();
    assert_eq!(
        (&end["held"]["by"], &end["action"]),
        (&json!("excepted"), &json!("allow"))
    );
    let told = office.agent.run(&["explain", end["id"].as_str().unwrap()]).unwrap();
    let told = String::from_utf8_lossy(&told.stdout).into_owned();
    assert!(told.contains("approved by eve"), "{told}");
}

/// Somebody with an account that may approve, at the server's admin API.
struct Approver<'a> {
    server: &'a Server,
    cookies: PathBuf,
}

impl<'a> Approver<'a> {
    /// The account is made, and its one-time password changed.
    fn sign_in(server: &'a Server, cookies: PathBuf, name: &str) -> Self {
        let made = server.ask(&["account", "create", name, "--role", "approver"]).unwrap();
        let old = made[0]["one_time_password"].as_str().unwrap();
        let new = "a long password of one's own";
        let approver = Self { server, cookies };
        approver.ask("POST", "session", &json!({"name": name, "password": old}));
        approver.ask("PUT", "me/password", &json!({"old": old, "new": new}));
        approver
    }

    /// Requests that wait for a decision.
    fn pending(&self) -> Vec<Value> {
        let answer = self.ask("GET", "exceptions?state=pending", &Value::Null);
        answer["exceptions"].as_array().unwrap().clone()
    }

    fn approve(&self, id: &str) {
        self.ask(
            "POST",
            &format!("exceptions/{id}/approve"),
            &json!({"hours": 1, "uses": 1}),
        );
    }

    /// As the console asks.
    fn ask(&self, method: &str, path: &str, body: &Value) -> Value {
        let mut curl = Command::new("curl");
        curl.args([
            "--silent",
            "--show-error",
            "--fail-with-body",
            "--noproxy",
            "*",
            "--request",
            method,
        ])
        .args([
            "--header",
            "x-weir-csrf: 1",
            "--header",
            &format!("origin: {}", self.server.url()),
        ])
        .arg("--cookie-jar")
        .arg(&self.cookies)
        .arg("--cookie")
        .arg(&self.cookies)
        .arg("--cacert")
        .arg(self.server.authority());
        if !body.is_null() {
            curl.args(["--json", &body.to_string()]);
        }
        let output = curl
            .arg(format!("{}/api/v1/{path}", self.server.url()))
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success(), "{method} {path}: {said}");
        serde_json::from_str(&said).unwrap_or_default()
    }
}
