//! Devices, servers and database are killed, and the network is cut, at random and under load. In the end every record is on
//! the server once, every chain is whole, and every device runs the newest policy.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test's broken assumption is a failed test, and its seed is shown then"
)]

use serde_json::Value;
use std::collections::BTreeSet;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;
use weir_e2e::fleet::{ADDRESS, device, enrol, prompt, publish, quick_ai, server, until};
use weir_support::agent::Launch;
use weir_support::client::Way;
use weir_support::{Agent, Balancer, Client, FakeAi, Folder, PostgresServer, Random, Server};

const DEVICES: usize = 3;

/// A laptop, and somebody who works on it whatever happens.
struct Device {
    dir: PathBuf,
    listen: SocketAddr,
    agent: Option<Agent>,
    work: Option<JoinHandle<()>>,
}

struct World {
    devices: Vec<Device>,
    servers: Vec<Server>,
    postgres: Option<PostgresServer>,
    balancer: Balancer,
    fake: FakeAi,
    stop: Arc<AtomicBool>,
    answered: Arc<AtomicU64>,
    bundle: u64,
    // Last: it is removed when everything else is gone.
    folder: Folder,
}

impl World {
    fn begin(name: &str, postgres: Option<PostgresServer>) -> Self {
        let folder = Folder::new(name).unwrap();
        let fake = quick_ai(&folder);
        let servers = match &postgres {
            None => vec![server(&folder, &[])],
            Some(postgres) => {
                let first = server(&folder, &["--database", &postgres.database("chaos")]);
                let second = first.another(&folder.path().join("second")).unwrap();
                vec![first, second]
            }
        };
        let balancer = Balancer::start(servers.iter().map(Server::address).collect()).unwrap();
        let mut world = Self {
            devices: Vec::new(),
            servers,
            postgres,
            balancer,
            fake,
            stop: Arc::default(),
            answered: Arc::default(),
            bundle: 0,
            folder,
        };
        world.publish();
        for number in 0..DEVICES {
            let device = world.device(number);
            world.devices.push(device);
        }
        world
    }

    fn device(&self, number: usize) -> Device {
        let dir = self.folder.path().join(format!("device-{number}"));
        let url = format!("https://{}", self.balancer.address());
        enrol(&self.servers[0], &url, &dir, "staff");
        let listen = TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap();
        let mut device = Device {
            dir,
            listen,
            agent: None,
            work: None,
        };
        let agent = self.launch(&device);
        device.work = Some(self.work(listen, agent.ca().to_path_buf()));
        device.agent = Some(agent);
        device
    }

    fn launch(&self, device: &Device) -> Agent {
        let launch = Launch {
            pack: None,
            listen: device.listen,
            log: "weir_sync=debug,info".to_owned(),
            ..Launch::in_front_of(&self.fake, &device.dir)
        };
        launch.start().unwrap_or_else(|error| panic!("{error}"))
    }

    /// Asks OpenAI, again and again: what fails is what happens while things are killed.
    fn work(&self, proxy: SocketAddr, ca: PathBuf) -> JoinHandle<()> {
        let (stop, answered) = (Arc::clone(&self.stop), Arc::clone(&self.answered));
        std::thread::spawn(move || {
            while !stop.load(Ordering::Relaxed) {
                let client = Client::new(Way::Proxy(proxy), &[&ca]).unwrap();
                let sent = client.send(&prompt(&format!("write to {ADDRESS}")));
                if sent.is_ok_and(|reply| reply.status == 200) {
                    answered.fetch_add(1, Ordering::Relaxed);
                }
                std::thread::sleep(Duration::from_millis(50));
            }
        })
    }

    /// The next bundle, while everything is up.
    fn publish(&mut self) {
        self.bundle += 1;
        let pack = format!(
            "pack: {{name: acme, version: {}.0.0, extends: [weir/baseline]}}\n\
             providers: {{approvals: {{openai: approved}}}}\n",
            self.bundle
        );
        publish(&self.servers[0], self.folder.path(), self.bundle, &pack);
    }

    /// Something ends without a word, and comes again after a while.
    fn strike(&mut self, random: &mut Random) {
        let pause = Duration::from_millis(random.below(400));
        match random.below(8) {
            0..3 => {
                let number = usize::try_from(random.below(DEVICES as u64)).unwrap();
                self.devices[number].agent.take().unwrap().kill().unwrap();
                std::thread::sleep(pause / 2);
                self.devices[number].agent = Some(self.launch(&self.devices[number]));
            }
            3..6 => {
                let number = usize::try_from(random.below(self.servers.len() as u64)).unwrap();
                self.servers[number].kill().unwrap();
                std::thread::sleep(pause);
                self.servers[number].up().unwrap();
            }
            6 if self.postgres.is_some() => {
                let postgres = self.postgres.as_ref().unwrap();
                postgres.kill();
                std::thread::sleep(pause);
                postgres.up();
            }
            _ => {
                self.balancer.cut(true);
                std::thread::sleep(pause);
                self.balancer.cut(false);
            }
        }
        // What was under way goes on for a moment.
        std::thread::sleep(Duration::from_millis(random.below(300)));
    }

    /// Nobody works any more, everything is up.
    fn settle(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        for device in &mut self.devices {
            device.work.take().unwrap().join().unwrap();
        }
    }

    fn check(&self) {
        let server = &self.servers[0];
        for device in &self.devices {
            let agent = device.agent.as_ref().unwrap();
            let local = decisions(&agent.records().unwrap(), "id");
            assert!(local.len() > 20, "there was hardly any load: {}", local.len());
            until("every decision is on the server", || {
                decisions(&stored(server, &device.dir), "event") == local
            });
            let all = stored(server, &device.dir);
            let places: BTreeSet<_> = all
                .iter()
                .map(|event| (event["timeline"].as_u64(), event["seq"].as_u64()))
                .collect();
            assert_eq!(places.len(), all.len(), "a record is stored twice");
            assert!(
                places.iter().all(|(timeline, _)| *timeline == Some(1)),
                "a kill is no tampering"
            );
            let verified = agent.run(&["audit", "verify"]).unwrap();
            assert!(
                verified.status.success(),
                "{}",
                String::from_utf8_lossy(&verified.stdout)
            );
        }
        // What an answer was given for had its record before.
        let answered = self.answered.load(Ordering::Relaxed);
        let recorded: usize = self
            .devices
            .iter()
            .map(|device| released(device.agent.as_ref().unwrap()))
            .sum();
        assert!(
            answered > 20 && answered <= recorded as u64,
            "{answered} answers, {recorded} records"
        );
        until("every device runs the newest policy", || {
            let devices = server.ask(&["device", "list"]).unwrap();
            devices.iter().all(|device| device["bundle"] == self.bundle)
        });
        server.succeed(&["journal", "verify"]).unwrap();
        for rule in ["chain-gap", "chain-fork", "chain-roll-back", "clone", "clock-jump"] {
            let alerts = server.ask(&["alert", "list", "--rule", rule]).unwrap();
            assert!(alerts.is_empty(), "{rule}: {alerts:?}");
        }
    }
}

fn stored(server: &Server, dir: &Path) -> Vec<Value> {
    let device = device(dir);
    server
        .ask(&[
            "events",
            "--device",
            &device,
            "--limit",
            "100000",
            "--purpose",
            "a test",
        ])
        .unwrap()
}

/// Numbers and names of decisions.
fn decisions(records: &[Value], name: &str) -> Vec<(u64, String)> {
    let mut decisions: Vec<_> = records
        .iter()
        .filter(|record| record.get("kind").is_none_or(|kind| kind == "decision" || name == "id"))
        .filter_map(|record| Some((record["seq"].as_u64()?, record[name].as_str()?.to_owned())))
        .collect();
    decisions.sort_unstable();
    decisions
}

/// Messages that the log says left.
fn released(agent: &Agent) -> usize {
    let records = agent.records().unwrap();
    records.iter().filter(|record| record["action"] != "block").count()
}

fn chaos(name: &str, strikes: u64, postgres: Option<PostgresServer>) {
    let mut random = Random::from_env();
    // Shown when it fails.
    println!("WEIR_SEED={}", random.seed());
    let mut world = World::begin(name, postgres);
    for strike in 1..=strikes {
        world.strike(&mut random);
        if strike % 8 == 0 {
            world.publish();
        }
    }
    world.settle();
    world.check();
}

#[test]
fn one_server_and_its_devices_survive_whatever_is_killed() {
    chaos("chaos-sqlite", 20, None);
}

#[test]
fn two_servers_a_database_and_their_devices_survive_whatever_is_killed() {
    chaos("chaos-postgres", 30, Some(PostgresServer::start()));
}
