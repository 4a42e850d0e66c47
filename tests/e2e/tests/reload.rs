//! Bundles come while requests are on their way: each is judged by one policy or the next, and none fails.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test's broken assumption is a failed test"
)]

use serde_json::json;
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;
use weir_support::agent::{self, Agent, Launch};
use weir_support::client::{Outgoing, Way};
use weir_support::fake::Options;
use weir_support::{Client, FakeAi, Folder};

const BUNDLES: usize = 8;
const WORKERS: usize = 3;

#[test]
fn no_request_fails_while_bundles_come() {
    let folder = Folder::new("reload").unwrap();
    let options = Options {
        pace: Duration::ZERO,
        ..Options::default()
    };
    let fake = FakeAi::start(folder.path(), options).unwrap();
    sign(folder.path());
    let agent = start(&fake, folder.path());
    install(&agent, folder.path(), 1);
    let (over, answered) = (AtomicBool::new(false), AtomicUsize::new(0));
    std::thread::scope(|scope| {
        for _ in 0..WORKERS {
            scope.spawn(|| {
                let client = Client::new(Way::Proxy(agent.proxy()), &[agent.ca()]).unwrap();
                while !over.load(Ordering::Relaxed) {
                    let reply = client.send(&question()).unwrap_or_else(|error| panic!("{error}"));
                    assert_eq!(reply.status, 200, "{}", reply.text());
                    answered.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        for number in 2..=BUNDLES {
            install(&agent, folder.path(), number);
        }
        over.store(true, Ordering::Relaxed);
    });
    let answered = answered.into_inner();
    assert!(answered > BUNDLES, "only {answered} requests: that was no load");
    let records = agent.records().unwrap();
    let numbers: BTreeSet<u64> = records
        .iter()
        .filter_map(|record| record["bundle"]["number"].as_u64())
        .collect();
    assert!(numbers.len() > 1, "all requests were judged by one bundle: {numbers:?}");
}

fn question() -> Outgoing {
    let body = json!({"model": "gpt-5", "messages": [{"role": "user", "content": "write to ada.weir@tidewater.io"}]});
    Outgoing::json("api.openai.com", "/v1/chat/completions", &body)
}

fn start(fake: &FakeAi, dir: &Path) -> Agent {
    let launch = Launch {
        pack: None,
        bundles: Some((dir.join("alice.pub"), "acme".to_owned())),
        log: "warn".to_owned(),
        ..Launch::in_front_of(fake, dir)
    };
    launch.start().unwrap_or_else(|error| panic!("{error}"))
}

/// A key, and bundles that differ in their number and version alone.
fn sign(dir: &Path) {
    let path = |name: &str| dir.join(name).display().to_string();
    weir(dir, &["policy", "keygen", &path("alice")]);
    for number in 1..=BUNDLES {
        let pack = format!(
            "pack: {{name: acme, version: {number}.0.0, extends: [weir/baseline]}}\n\
             providers: {{approvals: {{openai: approved}}}}\n\
             tests: [{{name: t, given: {{provider: openai, text: hello}}, expect: {{action: allow}}}}]\n"
        );
        std::fs::write(dir.join("acme.yaml"), pack).unwrap();
        let (number, out) = (number.to_string(), path(&format!("{number}.weirbundle")));
        let what = [
            "policy",
            "bundle",
            &path("acme.yaml"),
            "--audience",
            "acme",
            "--key",
            &path("alice.key"),
        ];
        weir(dir, &[&what[..], &["--number", &number, "--out", &out]].concat());
    }
}

fn weir(dir: &Path, arguments: &[&str]) {
    let output = agent::run(&agent::binary().unwrap(), &dir.join("state"), arguments).unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

fn install(agent: &Agent, dir: &Path, number: usize) {
    let bundle = dir.join(format!("{number}.weirbundle")).display().to_string();
    let output = agent.run(&["policy", "install", &bundle, "--json"]).unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let said = &agent::json_values(&output.stdout)[0];
    assert_eq!(said["bundle"]["number"], number);
}
