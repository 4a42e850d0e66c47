//! Managed policies in real browsers: what `weir setup` puts into files leads Chromium and Firefox to the proxy and has them
//! trust its certificate, without a word on their command lines; and when the agent is killed, only AI services are closed.
//!
//! The files lie where browsers look, in a mount namespace of each story's own. Where none can be made it says SKIPPED and why.

#![cfg(target_os = "linux")]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test's broken assumption is a failed test; what is skipped is said"
)]

use serde_json::Value;
use std::path::PathBuf;
use std::process::Command;
use weir_e2e::Stage;
use weir_support::{agent, folder, tools};

const CHAT: &str = "https://chatgpt.com/";

#[test]
fn chromium_follows_the_managed_policies_and_a_dead_agent_closes_ai_services_alone() {
    let Some(laptop) = Laptop::open("managed-chromium") else {
        return;
    };
    let bank = laptop.bank();
    let seen = laptop.open_pages("chromium", &[CHAT, &bank, "chrome://policy"]);
    assert!(text(&seen[0]).contains("Fake ChatGPT"), "{seen:?}");
    assert!(text(&seen[1]).contains("Example Bank"), "{seen:?}");
    let policies = text(&seen[2]);
    for name in ["ProxySettings", "CACertificates", "QuicAllowed"] {
        assert!(policies.contains(name), "{name}: {policies}");
    }
    let arrived = laptop.stage.fake.received();
    assert!(arrived.iter().any(|request| request.path == "/"), "{}", arrived.len());
    let laptop = laptop.killed();
    let seen = laptop.open_pages("chromium", &[CHAT, &bank]);
    assert_eq!(seen[0]["error"], "net::ERR_PROXY_CONNECTION_FAILED", "{seen:?}");
    assert!(
        text(&seen[1]).contains("Example Bank"),
        "the bank does not need the agent: {seen:?}"
    );
}

#[test]
fn firefox_too() {
    let Some(laptop) = Laptop::open("managed-firefox") else {
        return;
    };
    let bank = laptop.bank();
    let seen = laptop.open_pages("firefox", &[CHAT, &bank]);
    assert!(text(&seen[0]).contains("Fake ChatGPT"), "{seen:?}");
    assert!(text(&seen[1]).contains("Example Bank"), "{seen:?}");
    let laptop = laptop.killed();
    let seen = laptop.open_pages("firefox", &[CHAT, &bank]);
    let complaint = seen[0]["error"].as_str().unwrap_or_default();
    assert!(complaint.contains("PROXY_CONNECTION_REFUSED"), "{seen:?}");
    assert!(text(&seen[1]).contains("Example Bank"), "{seen:?}");
}

/// An agent, and a machine that is set up for it whenever something is run there.
struct Laptop {
    stage: Stage,
    state: PathBuf,
    proxy: String,
}

impl Laptop {
    /// `None` where no machine of its own can be made; says so.
    fn open(name: &str) -> Option<Self> {
        let tried = in_own_machine().arg("true").output();
        if !tried.as_ref().is_ok_and(|output| output.status.success()) {
            println!("SKIPPED: no mount namespace with overlays can be made here: {tried:?}");
            return None;
        }
        let stage = Stage::with_weir(name);
        Some(Self {
            state: stage.agent().state().to_owned(),
            proxy: stage.proxy().to_string(),
            stage,
        })
    }

    /// The same without its agent.
    fn killed(mut self) -> Self {
        self.stage.kill();
        self
    }

    /// A page that has nothing to do with AI.
    fn bank(&self) -> String {
        format!("https://bank.example:{}/", self.stage.fake.address().port())
    }

    /// Sets the machine up, and opens pages in a browser there.
    fn open_pages(&self, browser: &str, urls: &[&str]) -> Vec<Value> {
        let set_up = format!(
            "{} setup install --proxy {} --state {} >&2 && exec \"$@\"",
            agent::binary().unwrap().display(),
            self.proxy,
            self.state.display()
        );
        let script = tools::python_script("browser.py");
        let mut command = in_own_machine();
        command
            .args(["sh", "-c", &set_up, "sh"])
            .arg(script.get_program())
            .args(script.get_args())
            .args(["open", "--managed", "--ca"])
            .arg(self.stage.fake.ca())
            .args(["--map", &format!("bank.example={}", self.stage.fake.address())])
            .arg(browser)
            .args(urls)
            .env_remove("PYTHONPATH");
        let output = command.output().unwrap();
        let complaint = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{complaint}");
        agent::json_values(&output.stdout)
    }
}

fn text(seen: &Value) -> &str {
    seen["ok"].as_str().unwrap_or_default()
}

fn in_own_machine() -> Command {
    let mut command = Command::new("unshare");
    command
        .arg("--mount")
        .arg(folder::root().join("tests/e2e/scripts/own_machine.sh"));
    command
}
