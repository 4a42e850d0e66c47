//! The program `weir` as a child process: started, asked, stopped, or killed.

use crate::folder::root;
use serde_json::Value;
use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::OnceLock;
use std::sync::mpsc;
use std::time::{Duration, Instant};

/// How to start the agent.
#[derive(Clone, Debug)]
pub struct Launch {
    /// The program; `None` is the one of this build.
    pub binary: Option<PathBuf>,
    /// Its state directory.
    pub state: PathBuf,
    /// Address of the proxy; port 0 picks a free one.
    pub listen: SocketAddr,
    /// True to open the gateway on a free port.
    pub gateway: bool,
    /// Environment variables it gets beside those of this process.
    pub variables: Vec<(String, String)>,
    /// The pack to enforce; `None` is the built-in one.
    pub pack: Option<PathBuf>,
    /// Run bundles signed with this public key, for this group, instead of a pack.
    pub bundles: Option<(PathBuf, String)>,
    /// Authority that the fake service's certificates come from, trusted upstream in place of the system's roots.
    pub upstream_ca: Option<PathBuf>,
    /// Hosts that are to be found at this address on port 443.
    pub resolve: Vec<(String, SocketAddr)>,
    /// Filter of its log, which goes to `agent.log` beside the state directory.
    pub log: String,
}

impl Launch {
    /// An agent with its state in `dir/state`, the demonstration pack, and the fake service behind the usual hosts.
    #[must_use]
    pub fn in_front_of(fake: &crate::FakeAi, dir: &Path) -> Self {
        Self {
            binary: None,
            state: dir.join("state"),
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            gateway: false,
            variables: Vec::new(),
            pack: Some(root().join("policies/examples/demo.yaml")),
            bundles: None,
            upstream_ca: Some(fake.ca().to_path_buf()),
            resolve: HOSTS.iter().map(|host| ((*host).to_owned(), fake.address())).collect(),
            log: "debug".to_owned(),
        }
    }

    /// Starts the agent and waits until it serves.
    pub fn start(self) -> Result<Agent, LaunchError> {
        let binary = self.binary.clone().map_or_else(binary, Ok)?;
        let log = self.state.with_file_name("agent.log");
        let file = std::fs::File::options().create(true).append(true).open(&log)?;
        let mut child = Command::new(&binary)
            .args(self.arguments())
            .env("WEIR_LOG", &self.log)
            .envs(self.variables.iter().cloned())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(file)
            .spawn()?;
        match wait_until_ready(&mut child, Duration::from_secs(30)) {
            Some(ready) => Ok(Agent {
                binary,
                child,
                state: self.state,
                log,
                ready,
            }),
            None => {
                let _ = child.kill();
                let _ = child.wait();
                Err(LaunchError::NotReady {
                    log: std::fs::read_to_string(log).unwrap_or_default(),
                })
            }
        }
    }

    fn arguments(&self) -> Vec<String> {
        let mut arguments = vec!["agent".to_owned(), "--json".to_owned()];
        let mut add = |name: &str, value: String| arguments.extend([name.to_owned(), value]);
        add("--state", self.state.display().to_string());
        add("--listen", self.listen.to_string());
        if self.gateway {
            add("--gateway", "127.0.0.1:0".to_owned());
        }
        if let Some(pack) = &self.pack {
            add("--pack", pack.display().to_string());
        }
        if let Some((key, group)) = &self.bundles {
            add("--bundle-key", key.display().to_string());
            add("--group", group.clone());
        }
        if let Some(ca) = &self.upstream_ca {
            add("--upstream-ca", ca.display().to_string());
        }
        for (host, address) in &self.resolve {
            add("--resolve", format!("{host}:443:{address}"));
        }
        arguments
    }
}

/// The hosts the fake service plays; the last is no AI service.
pub const HOSTS: [&str; 10] = [
    "chatgpt.com",
    "ws.chatgpt.com",
    "claude.ai",
    "gemini.google.com",
    "copilot.microsoft.com",
    "substrate.office.com",
    "api.openai.com",
    "api.anthropic.com",
    "sdmntprwestus.oaiusercontent.com",
    "bank.example",
];

/// The agent did not come up.
#[derive(Debug, thiserror::Error)]
pub enum LaunchError {
    /// The program could not be built.
    #[error("cannot build `weir`:\n{0}")]
    Build(String),
    /// The program could not be started, or its log not be written.
    #[error("cannot start `weir`")]
    Spawn(#[from] std::io::Error),
    /// It ended, or said nothing in time.
    #[error("`weir agent` did not become ready; its log:\n{log}")]
    NotReady {
        /// What it logged.
        log: String,
    },
}

/// A running agent; killed when dropped.
#[derive(Debug)]
pub struct Agent {
    binary: PathBuf,
    child: Child,
    state: PathBuf,
    log: PathBuf,
    ready: Ready,
}

#[derive(Debug)]
struct Ready {
    proxy: SocketAddr,
    ca: PathBuf,
    pac: String,
    gateway: Option<SocketAddr>,
}

impl Agent {
    /// Where the gateway listens.
    #[must_use]
    pub fn gateway(&self) -> Option<SocketAddr> {
        self.ready.gateway
    }

    /// Where the proxy listens.
    #[must_use]
    pub fn proxy(&self) -> SocketAddr {
        self.ready.proxy
    }

    /// The certificate of the device's authority.
    #[must_use]
    pub fn ca(&self) -> &Path {
        &self.ready.ca
    }

    /// Address of the PAC file.
    #[must_use]
    pub fn pac(&self) -> &str {
        &self.ready.pac
    }

    /// The state directory.
    #[must_use]
    pub fn state(&self) -> &Path {
        &self.state
    }

    /// Its log so far.
    #[must_use]
    pub fn log(&self) -> String {
        std::fs::read(&self.log)
            .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
            .unwrap_or_default()
    }

    /// Process id.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Most memory it ever had resident, in bytes; as Linux counts.
    pub fn peak_memory(&self) -> std::io::Result<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.pid()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kib = line.and_then(|line| line.trim().trim_end_matches("kB").trim().parse::<u64>().ok());
        kib.map(|kib| kib << 10)
            .ok_or_else(|| std::io::Error::other("the system does not tell"))
    }

    /// True when it has not ended by itself.
    pub fn is_up(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// Ends it as a power cut would, as far as one process can be cut off: without a word.
    pub fn kill(mut self) -> std::io::Result<()> {
        self.child.kill()?;
        self.child.wait().map(drop)
    }

    /// Ends it as a service manager does, and waits until it is gone.
    pub fn stop(mut self) -> std::io::Result<()> {
        let pid = self.child.id().to_string();
        Command::new("kill").args(["-TERM", &pid]).status()?;
        self.child.wait().map(drop)
    }

    /// Runs a `weir` command on this agent's state and returns what it printed.
    pub fn run(&self, arguments: &[&str]) -> std::io::Result<Output> {
        run(&self.binary, &self.state, arguments)
    }

    /// The records of the audit log, newest or oldest first as `weir` gives them.
    pub fn records(&self) -> std::io::Result<Vec<Value>> {
        records(&self.binary, &self.state)
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Runs a `weir` command on a state directory without a running agent.
pub fn run(binary: &Path, state: &Path, arguments: &[&str]) -> std::io::Result<Output> {
    Command::new(binary)
        .args(arguments)
        .arg("--state")
        .arg(state)
        .stdin(Stdio::null())
        .output()
}

/// All records in a state directory.
pub fn records(binary: &Path, state: &Path) -> std::io::Result<Vec<Value>> {
    let output = run(binary, state, &["audit", "query", "--json", "--limit", "1000000"])?;
    if !output.status.success() {
        return Err(std::io::Error::other(
            String::from_utf8_lossy(&output.stderr).into_owned(),
        ));
    }
    Ok(json_values(&output.stdout))
}

/// JSON lines, or one JSON array: the values in it.
#[must_use]
pub fn json_values(output: &[u8]) -> Vec<Value> {
    let values = serde_json::Deserializer::from_slice(output)
        .into_iter::<Value>()
        .filter_map(Result::ok);
    values
        .flat_map(|value| match value {
            Value::Array(list) => list,
            other => vec![other],
        })
        .collect()
}

/// The program: `WEIR_BIN`, or built once with the profile of this test run.
pub fn binary() -> Result<PathBuf, LaunchError> {
    static BUILT: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    BUILT
        .get_or_init(|| find_or_build("WEIR_BIN", "weir").map_err(|error| error.to_string()))
        .clone()
        .map_err(LaunchError::Build)
}

/// A program of this workspace: the one the environment names, or built once.
pub(crate) fn find_or_build(variable: &str, program: &str) -> std::io::Result<PathBuf> {
    if let Some(given) = std::env::var_os(variable) {
        return Ok(given.into());
    }
    let mut build = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    // Of the whole workspace: with the features that its tests have, so that nothing is built twice for two of its programs.
    build
        .args(["build", "--quiet", "--workspace", "--bin", program])
        .current_dir(root());
    let output = build.stdin(Stdio::null()).output()?;
    if !output.status.success() {
        return Err(std::io::Error::other(
            String::from_utf8_lossy(&output.stderr).into_owned(),
        ));
    }
    Ok(target_dir()
        .join("debug")
        .join(format!("{program}{}", std::env::consts::EXE_SUFFIX)))
}

/// The folder cargo builds into.
#[must_use]
pub fn target_dir() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from)
}

/// Reads the ready line and keeps emptying the pipe afterwards, so that the agent never waits for its reader.
fn wait_until_ready(child: &mut Child, patience: Duration) -> Option<Ready> {
    let stdout = child.stdout.take()?;
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        let mut reader = BufReader::new(stdout);
        let mut line = String::new();
        while reader.read_line(&mut line).is_ok_and(|read| read > 0) {
            let parsed = serde_json::from_str(&line).ok().and_then(|value| ready(&value));
            if let Some(ready) = parsed {
                let _ = sender.send(ready);
                break;
            }
            line.clear();
        }
        let _ = std::io::copy(&mut reader.by_ref(), &mut std::io::sink());
    });
    let deadline = Instant::now() + patience;
    loop {
        match receiver.recv_timeout(Duration::from_millis(50)) {
            Ok(ready) => return Some(ready),
            Err(mpsc::RecvTimeoutError::Timeout) if Instant::now() < deadline => {
                if !matches!(child.try_wait(), Ok(None)) {
                    return None;
                }
            }
            Err(_) => return None,
        }
    }
}

fn ready(line: &Value) -> Option<Ready> {
    (line["ready"] == true).then_some(())?;
    Some(Ready {
        proxy: line["proxy"].as_str()?.parse().ok()?,
        ca: line["ca"].as_str()?.into(),
        pac: line["pac"].as_str()?.to_owned(),
        gateway: line["gateway"].as_str().and_then(|address| address.parse().ok()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_of_json_output_are_read() {
        assert_eq!(json_values(b"{\"a\":1}\n{\"a\":2}\n").len(), 2);
        assert_eq!(json_values(b"[{\"a\":1},{\"a\":2}]").len(), 2);
    }
}
