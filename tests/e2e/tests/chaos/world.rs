//! A fleet at work, whatever happens to it, and what must be true of it in the end.

use serde_json::Value;
use std::collections::BTreeSet;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;
use weir_e2e::fleet::{ADDRESS, device, enrol, prompt, publish, quick_ai, server, server_in, until};
use weir_support::agent::Launch;
use weir_support::client::{Outgoing, Reply, Way};
use weir_support::{
    Agent, Balancer, Client, Disk, FakeAi, Folder, Network, PostgresServer, Random, Server, Skew, values,
};

pub(crate) const DEVICES: usize = 3;

/// What the fleet has of its own, beside programs.
#[derive(Clone, Copy, Default)]
pub(crate) struct Machines {
    /// Two servers on one database.
    pub(crate) postgres: bool,
    /// Small disks for devices, server and database.
    pub(crate) disks: bool,
    /// Clocks that can be set, for devices and server.
    pub(crate) clocks: bool,
    /// A network in which servers are elsewhere than devices, and that can be cut.
    pub(crate) network: bool,
}

/// A laptop, and somebody who works on it whatever happens.
pub(crate) struct Device {
    pub(crate) dir: PathBuf,
    pub(crate) agent: Option<Agent>,
    pub(crate) disk: Option<Disk>,
    pub(crate) clock: Option<Skew>,
    /// Messages that were answered.
    pub(crate) answered: Arc<AtomicU64>,
    listen: SocketAddr,
    work: Option<JoinHandle<()>>,
}

pub(crate) struct World {
    pub(crate) devices: Vec<Device>,
    pub(crate) servers: Vec<Server>,
    pub(crate) postgres: Option<PostgresServer>,
    pub(crate) balancer: Balancer,
    pub(crate) network: Option<Network>,
    pub(crate) fake: FakeAi,
    /// Of the server with its database; of several, the database's is [`PostgresServer::disk`].
    pub(crate) disk: Option<Disk>,
    pub(crate) clock: Option<Skew>,
    machines: Machines,
    stop: Arc<AtomicBool>,
    bundle: u64,
    // Last: it is removed when everything else is gone.
    folder: Folder,
}

/// Shows its seed, for when the test fails.
pub(crate) fn seeded() -> Random {
    let random = Random::from_env();
    println!("WEIR_SEED={}", random.seed());
    random
}

impl World {
    pub(crate) fn begin(name: &str, machines: Machines) -> Self {
        let folder = Folder::new(name).unwrap();
        let fake = quick_ai(&folder);
        let postgres = machines.postgres.then(|| match machines.disks {
            true => PostgresServer::start_on_disk(PG_MIB),
            false => PostgresServer::start(),
        });
        let disk =
            (machines.disks && !machines.postgres).then(|| Disk::mount(&folder.join("server"), SERVER_MIB).unwrap());
        let clock = machines
            .clocks
            .then(|| Skew::new(&folder.join("server.clock")).unwrap());
        let network = machines.network.then(|| Network::start().unwrap());
        let server = |more: &[&str]| match &network {
            Some(network) => server_in(network, &folder, more),
            None => server(&folder, more),
        };
        let mut servers = match &postgres {
            None => vec![server(&[])],
            Some(postgres) => {
                let first = server(&["--database", &postgres.database("chaos")]);
                let second = first.another(&folder.path().join("second")).unwrap();
                vec![first, second]
            }
        };
        if let Some(clock) = &clock {
            for server in &mut servers {
                server.with_variables(clock.variables());
                server.kill().unwrap();
                server.up().unwrap();
            }
        }
        let balancer = Balancer::start(servers.iter().map(Server::address).collect()).unwrap();
        let mut world = Self {
            devices: Vec::new(),
            servers,
            postgres,
            balancer,
            network,
            fake,
            disk,
            clock,
            machines,
            stop: Arc::default(),
            bundle: 0,
            folder,
        };
        world.publish();
        for number in 0..DEVICES {
            let device = world.device(number);
            world.devices.push(device);
            world.launch(number);
            world.devices[number].work = Some(world.work(number));
        }
        world
    }

    fn device(&self, number: usize) -> Device {
        let dir = self.folder.path().join(format!("device-{number}"));
        let disk = self
            .machines
            .disks
            .then(|| Disk::mount(&dir.join("state"), DEVICE_MIB).unwrap());
        let url = match &self.network {
            // Nothing in between takes a connection in place of a server.
            Some(_) => self.servers[number % self.servers.len()].url(),
            None => format!("https://{}", self.balancer.address()),
        };
        enrol(&self.servers[0], &url, &dir, "staff");
        Device {
            clock: self.machines.clocks.then(|| Skew::new(&dir.join("clock")).unwrap()),
            dir,
            agent: None,
            disk,
            answered: Arc::default(),
            listen: TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap(),
            work: None,
        }
    }

    /// Starts the agent of a device.
    pub(crate) fn launch(&mut self, number: usize) {
        let device = &mut self.devices[number];
        let launch = Launch {
            pack: None,
            listen: device.listen,
            log: "weir_sync=debug,info".to_owned(),
            variables: device.clock.as_ref().map(Skew::variables).unwrap_or_default(),
            ..Launch::in_front_of(&self.fake, &device.dir)
        };
        device.agent = Some(launch.start().unwrap_or_else(|error| panic!("{error}")));
    }

    /// Asks OpenAI, again and again: what fails is what happens while things are killed. Now and then something is blocked:
    /// that goes to the server at once, and takes along what went before.
    fn work(&self, number: usize) -> JoinHandle<()> {
        let device = &self.devices[number];
        let (stop, answered) = (Arc::clone(&self.stop), Arc::clone(&device.answered));
        let (proxy, ca) = (device.listen, device.agent.as_ref().unwrap().ca().to_path_buf());
        std::thread::spawn(move || {
            for turn in 0_u64.. {
                if stop.load(Ordering::Relaxed) {
                    break;
                }
                let asked = match turn % 8 {
                    7 => secret_prompt(turn),
                    _ => prompt(&format!("write to {ADDRESS}")),
                };
                let client = Client::new(Way::Proxy(proxy), &[&ca]).unwrap();
                if client.send(&asked).is_ok_and(|reply| reply.status == 200) {
                    answered.fetch_add(1, Ordering::Relaxed);
                }
                std::thread::sleep(Duration::from_millis(50));
            }
        })
    }

    /// The next bundle, while everything is up.
    pub(crate) fn publish(&mut self) {
        self.bundle += 1;
        let pack = format!(
            "pack: {{name: acme, version: {}.0.0, extends: [weir/baseline]}}\n\
             providers: {{approvals: {{openai: approved}}}}\n",
            self.bundle
        );
        publish(&self.servers[0], self.folder.path(), self.bundle, &pack);
    }

    /// Nobody works any more, everything is up. The last message of each device is blocked.
    pub(crate) fn settle(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        for device in &mut self.devices {
            device.work.take().unwrap().join().unwrap();
            let reply = device.send(&secret_prompt(u64::MAX));
            assert_ne!(reply.status, 200, "a key is blocked");
        }
    }

    /// What must be true in the end. Alerts are raised by these rules, and by no other that tells of tampering.
    pub(crate) fn check(&self, expected: &[&str]) {
        for device in &self.devices {
            self.check_device(device);
        }
        // What was answered had its record before, and so had what arrived.
        let answered: u64 = self.devices.iter().map(Device::answers).sum();
        let arrived = self.fake.received().iter().filter(|request| request.complete).count() as u64;
        let recorded: usize = self
            .devices
            .iter()
            .map(|device| released(device.agent.as_ref().unwrap()))
            .sum();
        assert!(
            answered > 20 && answered <= arrived && arrived <= recorded as u64,
            "{answered} answers, {arrived} arrived, {recorded} records"
        );
        self.until_newest();
        self.servers[0].succeed(&["journal", "verify"]).unwrap();
        self.servers[0].succeed(&["log", "verify"]).unwrap();
        for rule in TAMPERING {
            let alerts = self.alerts(rule);
            assert_eq!(!alerts.is_empty(), expected.contains(&rule), "{rule}: {alerts:?}");
        }
    }

    fn check_device(&self, device: &Device) {
        let server = &self.servers[0];
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
            "whatever happened is no tampering"
        );
        let verified = agent.run(&["audit", "verify"]).unwrap();
        assert!(
            verified.status.success(),
            "{}",
            String::from_utf8_lossy(&verified.stdout)
        );
    }

    /// Waits until every device runs the newest policy.
    pub(crate) fn until_newest(&self) {
        until("every device runs the newest policy", || {
            let devices = self.servers[0].ask(&["device", "list"]).unwrap();
            devices.iter().all(|device| device["bundle"] == self.bundle)
        });
    }

    /// Alerts of a rule.
    pub(crate) fn alerts(&self, rule: &str) -> Vec<Value> {
        self.servers[0].ask(&["alert", "list", "--rule", rule]).unwrap()
    }

    /// Nothing ended by itself.
    pub(crate) fn assert_up(&mut self) {
        for device in &mut self.devices {
            let agent = device.agent.as_mut().unwrap();
            assert!(agent.is_up(), "an agent ended: {}", agent.log());
        }
        for server in &mut self.servers {
            assert!(server.is_up(), "a server ended: {}", log(server));
        }
    }
}

impl Device {
    /// Ends its agent as a power cut would.
    pub(crate) fn kill(&mut self) {
        self.agent.take().unwrap().kill().unwrap();
    }

    /// Sends a message.
    pub(crate) fn send(&self, message: &Outgoing) -> Reply {
        let ca = self.agent.as_ref().unwrap().ca();
        let client = Client::new(Way::Proxy(self.listen), &[ca]).unwrap();
        client.send(message).unwrap()
    }

    /// How many messages of its work were answered so far.
    pub(crate) fn answers(&self) -> u64 {
        self.answered.load(Ordering::Relaxed)
    }

    /// Waits until some more were.
    pub(crate) fn until_answers(&self, more: u64) {
        let wanted = self.answers() + more;
        until("messages are answered", || self.answers() >= wanted);
    }

    /// The server's name for it.
    pub(crate) fn name(&self) -> String {
        device(&self.dir)
    }
}

/// What a server logged.
pub(crate) fn log(server: &Server) -> String {
    std::fs::read_to_string(server.home().with_extension("log")).unwrap_or_default()
}

/// How many records of a device the server has.
pub(crate) fn count_stored(server: &Server, device: &Device) -> usize {
    stored(server, &device.dir).len()
}

/// A message that is blocked, and whose record is long.
pub(crate) fn long_message(random: &mut Random) -> Outgoing {
    let addresses: Vec<String> = (0..300).map(|_| values::email(random)).collect();
    prompt(&addresses.join(" "))
}

fn secret_prompt(seed: u64) -> Outgoing {
    prompt(&values::aws_access_key(&mut Random::seeded(seed)).sentence)
}

/// The log has segments of 4 MiB, and two in reserve. The index wants to see 64 MiB free.
const DEVICE_MIB: u32 = 96;
const SERVER_MIB: u32 = 48;
const PG_MIB: u32 = 160;

/// Rules that tell of what somebody did, and of what no kill, no full disk and no cut network may look like.
const TAMPERING: [&str; 7] = [
    "chain-gap",
    "chain-fork",
    "chain-roll-back",
    "clone",
    "clock-jump",
    "seal-broken",
    "log-split",
];

fn stored(server: &Server, dir: &Path) -> Vec<Value> {
    let device = device(dir);
    let limit = ["--limit", "100000", "--purpose", "a test"];
    server
        .ask(&[&["events", "--device", &device][..], &limit].concat())
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
