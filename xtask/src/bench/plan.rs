//! The processes of a measurement and the runs between them.

use crate::shell::Outcome;
use serde_json::Value;
use std::collections::BTreeMap;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use weir_support::Agent;
use weir_support::agent::Launch;
use weir_support::folder::root;

const HOST: &str = "api.openai.com";

/// Requests before memory counts as warm: pools and buffers have their size by then.
const WARM_UP: u64 = 20_000;

/// The ways a request can take.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Lane {
    Direct,
    Relay,
    Noop,
    Judging,
}

impl Lane {
    pub(super) const ALL: [Lane; 4] = [Lane::Direct, Lane::Relay, Lane::Noop, Lane::Judging];
}

/// Everything that was read, by lane and name.
#[derive(Default)]
pub(super) struct Readings {
    values: BTreeMap<(Lane, &'static str), Vec<f64>>,
    names: Vec<&'static str>,
}

impl Readings {
    fn add(&mut self, lane: Lane, name: &'static str, value: Option<f64>) {
        if !self.names.contains(&name) {
            self.names.push(name);
        }
        if let Some(value) = value {
            self.values.entry((lane, name)).or_default().push(value);
        }
    }

    pub(super) fn median(&self, lane: Lane, name: &str) -> Option<f64> {
        let mut values = self
            .values
            .iter()
            .find(|((l, n), _)| *l == lane && *n == name)?
            .1
            .clone();
        values.sort_by(f64::total_cmp);
        values.get(values.len() / 2).copied()
    }

    /// In the order they were first read.
    pub(super) fn names(&self) -> &[&'static str] {
        &self.names
    }

    pub(super) fn medians(&self) -> Value {
        let lane = |lane: Lane| -> Value {
            self.names
                .iter()
                .filter_map(|name| Some(((*name).to_owned(), Value::from(self.median(lane, name)?))))
                .collect()
        };
        Lane::ALL
            .iter()
            .map(|name| (format!("{name:?}").to_lowercase(), lane(*name)))
            .collect()
    }
}

/// The running processes.
pub(super) struct Plan {
    load: PathBuf,
    origin: SocketAddr,
    origin_ca: PathBuf,
    lanes: Vec<Running>,
    /// Ended when dropped, in this order.
    _processes: Vec<Process>,
    agent: Agent,
}

/// A proxy on a lane.
struct Running {
    lane: Lane,
    address: SocketAddr,
    ca: PathBuf,
    pid: u32,
}

impl Plan {
    pub(super) fn start(dir: &Path, release: &Path) -> Outcome<Self> {
        let program = |name: &str| release.join(format!("{name}{}", std::env::consts::EXE_SUFFIX));
        let (load, origin_ca) = (program("weir-bench"), dir.join("origin-ca.pem"));
        let (origin, relay, noop) = (free()?, free()?, free()?);
        let port = |address: SocketAddr| address.port().to_string();
        let (origin_at, resolve) = (origin.to_string(), format!("{HOST}:443:{origin}"));
        let origin_process = Process::start(
            Command::new(&load)
                .args(["origin", "--port", &port(origin), "--ca"])
                .arg(&origin_ca),
            origin,
        )?;
        let relay_ca = dir.join("relay-ca.pem");
        let relay_process = Process::start(
            Command::new(&load)
                .args(["relay", "--port", &port(relay), "--origin", &origin_at, "--upstream-ca"])
                .arg(&origin_ca)
                .arg("--ca")
                .arg(&relay_ca),
            relay,
        )?;
        let noop_ca = dir.join("noop-ca");
        let noop_process = Process::start(
            Command::new(
                release
                    .join("examples")
                    .join(format!("noop{}", std::env::consts::EXE_SUFFIX)),
            )
            .args([
                "--listen",
                &noop.to_string(),
                "--host",
                HOST,
                "--resolve",
                &resolve,
                "--upstream-ca",
            ])
            .arg(&origin_ca)
            .arg("--ca")
            .arg(&noop_ca),
            noop,
        )?;
        let launch = Launch {
            binary: Some(program("weir")),
            state: dir.join("state"),
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            gateway: false,
            variables: Vec::new(),
            pack: Some(root().join("policies/examples/demo.yaml")),
            bundles: None,
            upstream_ca: Some(origin_ca.clone()),
            resolve: vec![(HOST.to_owned(), origin)],
            log: "warn".to_owned(),
        };
        let agent = launch.start()?;
        let lanes = vec![
            Running {
                lane: Lane::Relay,
                address: relay,
                ca: relay_ca,
                pid: relay_process.pid(),
            },
            Running {
                lane: Lane::Noop,
                address: noop,
                ca: noop_ca.join("ca.pem"),
                pid: noop_process.pid(),
            },
            Running {
                lane: Lane::Judging,
                address: agent.proxy(),
                ca: agent.ca().to_path_buf(),
                pid: agent.pid(),
            },
        ];
        Ok(Self {
            load,
            origin,
            origin_ca,
            lanes,
            _processes: vec![origin_process, relay_process, noop_process],
            agent,
        })
    }

    /// Every run once; the lanes take turns, and each round begins with another one.
    pub(super) fn round(&self, round: u32, seconds: f64, readings: &mut Readings) -> Outcome {
        let mut order = Lane::ALL;
        order.rotate_left(round as usize % Lane::ALL.len());
        if round == 1 {
            std::thread::sleep(Duration::from_secs(1));
            readings.add(Lane::Judging, "resident idle MiB", resident_mib(self.agent.pid()));
        }
        let seconds = seconds.to_string();
        for lane in order {
            for (flags, rate, cpu) in [
                (&["--connections", "16"][..], "h1 requests/s", "h1 cpu µs/request"),
                (
                    &["--h2", "--connections", "4", "--streams", "8"],
                    "h2 requests/s",
                    "h2 cpu µs/request",
                ),
            ] {
                let report = self.run(lane, "requests", &[flags, &["--seconds", &seconds]].concat())?;
                readings.add(lane, rate, number(&report, "per_second"));
                readings.add(lane, cpu, number(&report, "cpu_us"));
            }
            let report = self.run(lane, "connections", &["--seconds", &seconds])?;
            readings.add(lane, "new connections/s", number(&report, "per_second"));
            self.events(lane, &seconds, readings)?;
        }
        Ok(())
    }

    fn events(&self, lane: Lane, seconds: &str, readings: &mut Readings) -> Outcome {
        let events = (seconds.parse::<f64>()? * 50.0).ceil().to_string();
        for (flags, name) in [(&[][..], "h1 event p50 µs"), (&["--h2"], "h2 event p50 µs")] {
            // A value to restore: the answer is then decoded, searched and put together again.
            let say = ["--events", &events, "--say", "write to jane.doe@harbour-mail.net:"];
            let report = self.run(lane, "events", &[flags, &say].concat())?;
            readings.add(lane, name, number(&report, "p50_us"));
        }
        Ok(())
    }

    /// Many requests on one process; memory after a warm-up and at the end.
    pub(super) fn soak(&self, count: u64, readings: &mut Readings) -> Outcome {
        for lane in [Lane::Noop, Lane::Judging] {
            let ask = |count: u64| {
                let flags = [
                    "--h2",
                    "--connections",
                    "4",
                    "--streams",
                    "8",
                    "--count",
                    &count.to_string(),
                ];
                self.run(lane, "requests", &flags)
            };
            let warm = number(&ask(WARM_UP)?, "resident_mib");
            let end = number(&ask(count)?, "resident_mib");
            readings.add(lane, "growth MiB", end.zip(warm).map(|(end, warm)| end - warm));
        }
        Ok(())
    }

    /// One run. One that failed, or that went another way than it was meant to, is no reading.
    fn run(&self, lane: Lane, mode: &str, flags: &[&str]) -> Outcome<Value> {
        let mut command = Command::new(&self.load);
        command
            .args([mode, "--origin", &self.origin.to_string(), "--ca"])
            .arg(&self.origin_ca)
            .args(flags);
        if let Some(running) = self.lanes.iter().find(|running| running.lane == lane) {
            command
                .args([
                    "--proxy",
                    &running.address.to_string(),
                    "--pid",
                    &running.pid.to_string(),
                    "--ca",
                ])
                .arg(&running.ca);
        }
        let output = command.stdin(Stdio::null()).output()?;
        let report: Value = serde_json::from_slice(&output.stdout)?;
        let errors = report["errors"].as_u64().unwrap_or(1);
        if errors > 0 || report["intercepted"] != (lane != Lane::Direct) {
            return Err(format!("{lane:?}, {mode} {}: {report}", flags.join(" ")).into());
        }
        Ok(report)
    }
}

/// A child that listens; killed when dropped.
struct Process(Child);

impl Process {
    fn start(command: &mut Command, address: SocketAddr) -> Outcome<Self> {
        let process = Self(command.stdin(Stdio::null()).stdout(Stdio::null()).spawn()?);
        let deadline = Instant::now() + Duration::from_secs(20);
        while TcpStream::connect(address).is_err() {
            if Instant::now() > deadline {
                return Err(format!("{command:?} does not listen on {address}").into());
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(process)
    }

    fn pid(&self) -> u32 {
        self.0.id()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn free() -> std::io::Result<SocketAddr> {
    TcpListener::bind("127.0.0.1:0")?.local_addr()
}

fn number(report: &Value, name: &str) -> Option<f64> {
    report[name].as_f64()
}

fn resident_mib(pid: u32) -> Option<f64> {
    let text = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    Some(line.split_whitespace().next()?.parse::<f64>().ok()? / 1024.0)
}
