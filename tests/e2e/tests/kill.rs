//! `kill -9` at 100 random moments under load: every request that reached the service has its record afterwards, and the
//! log verifies every time.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test's broken assumption is a failed test"
)]

use parking_lot::Mutex;
use serde_json::{Value, json};
use std::collections::HashSet;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;
use weir_support::agent::{self, Agent, Launch};
use weir_support::client::{Outgoing, Way};
use weir_support::fake::Options;
use weir_support::{Client, FakeAi, Folder, Random, values};

const KILLS: usize = 100;
const WORKERS: usize = 4;

#[test]
fn no_request_arrives_without_its_record() {
    let folder = Folder::new("kill").unwrap();
    let fake = FakeAi::start(
        folder.path(),
        Options {
            pace: Duration::ZERO,
            ..Options::default()
        },
    )
    .unwrap();
    let mut random = Random::from_env();
    let load = Load::start(&random);
    for kill in 0..KILLS {
        let agent = start(&fake, folder.path());
        load.aim(&agent);
        std::thread::sleep(Duration::from_millis(5 + random.below(200)));
        agent.kill().unwrap();
        load.rest();
        assert_verifies(folder.path(), kill);
    }
    load.stop();
    let agent = start(&fake, folder.path());
    let recorded = models(&agent.records().unwrap());
    let received = arrived(&fake);
    let missing: Vec<&String> = received.difference(&recorded).collect();
    assert!(
        missing.is_empty(),
        "{} of {} have no record: {missing:?} (seed {})",
        missing.len(),
        received.len(),
        random.seed()
    );
    assert!(
        received.len() > KILLS,
        "only {} requests arrived: that was no load",
        received.len()
    );
    assert_verifies(folder.path(), KILLS);
}

fn start(fake: &FakeAi, dir: &Path) -> Agent {
    let mut launch = Launch::in_front_of(fake, dir);
    launch.log = "warn".to_owned();
    launch.start().unwrap_or_else(|error| panic!("{error}"))
}

/// Each request names a model of its own; the record of a decision holds the model, so the two can be matched one to one
/// without a mark that the service would see only in tests.
fn arrived(fake: &FakeAi) -> HashSet<String> {
    let bodies = fake
        .received()
        .into_iter()
        .filter(|request| request.complete)
        .map(|request| request.text());
    bodies
        .filter_map(|body| model(&serde_json::from_str(&body).ok()?))
        .collect()
}

fn models(records: &[Value]) -> HashSet<String> {
    records.iter().filter_map(find_model).collect()
}

/// Wherever the record keeps it.
fn find_model(value: &Value) -> Option<String> {
    match value {
        Value::Object(fields) => model(value).or_else(|| fields.values().find_map(find_model)),
        Value::Array(items) => items.iter().find_map(find_model),
        _ => None,
    }
}

fn model(value: &Value) -> Option<String> {
    value["model"]
        .as_str()
        .filter(|name| name.starts_with("story-"))
        .map(str::to_owned)
}

fn assert_verifies(dir: &Path, kill: usize) {
    let binary = agent::binary().unwrap();
    let output = agent::run(&binary, &dir.join("state"), &["audit", "verify", "--json"]).unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "after kill {kill}: {said}");
}

/// Threads that send without pause to wherever the agent is now.
struct Load {
    target: Arc<Mutex<Option<Client>>>,
    over: Arc<AtomicBool>,
    busy: Arc<AtomicUsize>,
    workers: Vec<JoinHandle<()>>,
}

impl Load {
    fn start(random: &Random) -> Self {
        let (target, over, busy) = <(Arc<Mutex<Option<Client>>>, Arc<AtomicBool>, Arc<AtomicUsize>)>::default();
        let counter = Arc::new(AtomicUsize::new(0));
        let workers = (0..WORKERS).map(|worker| {
            let (target, over, busy, counter) = (target.clone(), over.clone(), busy.clone(), counter.clone());
            let mut random = Random::seeded(random.seed().wrapping_add(worker as u64));
            std::thread::spawn(move || {
                while !over.load(Ordering::Relaxed) {
                    busy.fetch_add(1, Ordering::SeqCst);
                    let client = target.lock().clone();
                    if let Some(client) = &client {
                        // Most fail: the agent dies under them. That is the point.
                        let _ = client.send(&request(&mut random, counter.fetch_add(1, Ordering::Relaxed)));
                    }
                    busy.fetch_sub(1, Ordering::SeqCst);
                    if client.is_none() {
                        std::thread::sleep(Duration::from_millis(1));
                    }
                }
            })
        });
        let workers = workers.collect();
        Self {
            target,
            over,
            busy,
            workers,
        }
    }

    fn aim(&self, agent: &Agent) {
        let proxy: SocketAddr = agent.proxy();
        let client = Client::new(Way::Proxy(proxy), &[agent.ca()])
            .unwrap()
            .patience(Duration::from_secs(5));
        *self.target.lock() = Some(client);
    }

    /// Waits until nothing is on its way, so that a later look at the service sees all of it.
    fn rest(&self) {
        *self.target.lock() = None;
        std::thread::sleep(Duration::from_millis(2));
        for _ in 0..5000 {
            if self.busy.load(Ordering::SeqCst) == 0 {
                return;
            }
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    fn stop(self) {
        self.over.store(true, Ordering::Relaxed);
        for worker in self.workers {
            worker.join().unwrap();
        }
    }
}

/// Mostly clean prompts, whose records are group-committed; some with an address, whose records carry a surrogate.
fn request(random: &mut Random, number: usize) -> Outgoing {
    let text = match random.below(4) {
        0 => format!("write to {}", values::email(random)),
        _ => "why is the sky blue?".to_owned(),
    };
    let body = json!({"model": format!("story-{number}"), "messages": [{"role": "user", "content": text}]});
    Outgoing::json("api.openai.com", "/v1/chat/completions", &body)
}
