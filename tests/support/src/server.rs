//! The program `weir-server` as a child process.

use crate::agent::{find_or_build, json_values};
use crate::network::Network;
use serde_json::Value;
use std::io::{BufRead, BufReader};
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

/// A server with a home of its own; killed when dropped.
#[derive(Debug)]
pub struct Server {
    binary: PathBuf,
    home: PathBuf,
    address: SocketAddr,
    variables: Vec<(String, String)>,
    /// What stands before the program where it serves.
    among: Vec<String>,
    child: Option<Child>,
}

/// Of a server in a network of its own.
const PORT: u16 = 8443;

/// The program: `WEIR_SERVER_BIN`, or built once.
///
/// # Errors
/// It cannot be built.
pub fn binary() -> std::io::Result<PathBuf> {
    find_or_build("WEIR_SERVER_BIN", "weir-server")
}

impl Server {
    /// Makes a server in `dir/server` and starts it. Policy is signed with the key whose public half is `policy_key`.
    ///
    /// # Errors
    /// It cannot be built, made or started.
    pub fn start(dir: &Path, policy_key: &Path) -> std::io::Result<Self> {
        Self::start_with(dir, policy_key, &[])
    }

    /// The same, with further arguments of `weir-server init`.
    ///
    /// # Errors
    /// It cannot be built, made or started.
    pub fn start_with(dir: &Path, policy_key: &Path, more: &[&str]) -> std::io::Result<Self> {
        Self::start_of(binary()?, dir, policy_key, more)
    }

    /// The same, of another build.
    ///
    /// # Errors
    /// It cannot be made or started.
    pub fn start_of(binary: PathBuf, dir: &Path, policy_key: &Path, more: &[&str]) -> std::io::Result<Self> {
        // It comes again on the port it had, so it cannot be one that the system picks at each start.
        let address = TcpListener::bind(("127.0.0.1", 0))?.local_addr()?;
        let server = Self {
            binary,
            home: dir.join("server"),
            address,
            variables: Vec::new(),
            among: Vec::new(),
            child: None,
        };
        server.made(policy_key, more)
    }

    /// The same, where the servers of a network are.
    ///
    /// # Errors
    /// It cannot be built, made or started.
    pub fn start_in(network: &Network, dir: &Path, policy_key: &Path, more: &[&str]) -> std::io::Result<Self> {
        let server = Self {
            binary: binary()?,
            home: dir.join("server"),
            address: (network.servers(), PORT).into(),
            variables: Vec::new(),
            among: network.among_servers(),
            child: None,
        };
        server.made(policy_key, more)
    }

    fn made(mut self, policy_key: &Path, more: &[&str]) -> std::io::Result<Self> {
        let (name, listen) = (self.address.ip().to_string(), self.address.to_string());
        let key = policy_key.display().to_string();
        let init = ["init", "--name", &name, "--listen", &listen, "--policy-key", &key];
        self.succeed(&[&init, more].concat())?;
        self.up()?;
        Ok(self)
    }

    /// A second node in `dir/server`: the same keys and database, and a port of its own.
    ///
    /// # Errors
    /// It cannot be made or started.
    pub fn another(&self, dir: &Path) -> std::io::Result<Self> {
        let address = match self.among.is_empty() {
            true => TcpListener::bind(("127.0.0.1", 0))?.local_addr()?,
            // Nobody else is there.
            false => (self.address.ip(), self.address.port() + 1).into(),
        };
        let mut node = Self {
            binary: self.binary.clone(),
            home: dir.join("server"),
            address,
            variables: self.variables.clone(),
            among: self.among.clone(),
            child: None,
        };
        std::fs::create_dir_all(node.home.join("keys"))?;
        for entry in std::fs::read_dir(self.home.join("keys"))? {
            let entry = entry?;
            std::fs::copy(entry.path(), node.home.join("keys").join(entry.file_name()))?;
        }
        let config = std::fs::read_to_string(self.home.join("server.toml"))?;
        let config = config.replacen(&self.address.to_string(), &node.address.to_string(), 1);
        std::fs::write(node.home.join("server.toml"), config)?;
        node.up()?;
        Ok(node)
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The process; `None` while it is down.
    #[must_use]
    pub fn pid(&self) -> Option<u32> {
        self.child.as_ref().map(Child::id)
    }

    /// True when it runs, and has not ended by itself.
    pub fn is_up(&mut self) -> bool {
        self.child
            .as_mut()
            .is_some_and(|child| matches!(child.try_wait(), Ok(None)))
    }

    /// Environment variables for it, from its next start on, and for commands on its home.
    pub fn with_variables(&mut self, variables: Vec<(String, String)>) {
        self.variables = variables;
    }

    /// Where devices enrol.
    #[must_use]
    pub fn url(&self) -> String {
        format!("https://{}", self.address)
    }

    /// The certificate of the server's own authority.
    #[must_use]
    pub fn authority(&self) -> PathBuf {
        self.home.join("keys/authority.pem")
    }

    /// Where its configuration and keys are.
    #[must_use]
    pub fn home(&self) -> &Path {
        &self.home
    }

    /// Adds to its configuration, and starts it again.
    ///
    /// # Errors
    /// It does not come up.
    pub fn configure(&mut self, text: &str) -> std::io::Result<()> {
        self.kill()?;
        let file = self.home.join("server.toml");
        let whole = std::fs::read_to_string(&file)? + text;
        std::fs::write(file, whole)?;
        self.up()
    }

    /// Starts it again.
    ///
    /// # Errors
    /// It does not come up.
    pub fn up(&mut self) -> std::io::Result<()> {
        let log = std::fs::File::options()
            .create(true)
            .append(true)
            .open(self.home.with_extension("log"))?;
        let mut run = self.command(&["run"]);
        if let Some((first, more)) = self.among.split_first() {
            let mut among = Command::new(first);
            among.args(more).arg(run.get_program()).args(run.get_args());
            let variables = run.get_envs().filter_map(|(name, value)| Some((name, value?)));
            among.envs(variables).stdin(Stdio::null());
            run = among;
        }
        let mut child = run.stdout(Stdio::piped()).stderr(log).spawn()?;
        let mut line = String::new();
        if let Some(stdout) = child.stdout.take() {
            BufReader::new(stdout).read_line(&mut line)?;
        }
        self.child = Some(child);
        match line.is_empty() {
            true => Err(std::io::Error::other("weir-server did not come up; see server.log")),
            false => Ok(()),
        }
    }

    /// Ends it as a power cut would.
    ///
    /// # Errors
    /// It cannot be killed.
    pub fn kill(&mut self) -> std::io::Result<()> {
        let Some(mut child) = self.child.take() else {
            return Ok(());
        };
        child.kill()?;
        child.wait().map(drop)
    }

    /// Runs a `weir-server` command on this home.
    ///
    /// # Errors
    /// It cannot be started, or says that it failed.
    pub fn succeed(&self, arguments: &[&str]) -> std::io::Result<Output> {
        let output = self.command(arguments).output()?;
        match output.status.success() {
            true => Ok(output),
            false => Err(std::io::Error::other(
                String::from_utf8_lossy(&output.stderr).into_owned(),
            )),
        }
    }

    /// The same, by somebody of this name: of one user of the machine the server believes that while it is built for tests.
    ///
    /// # Errors
    /// As [`Server::succeed`].
    pub fn succeed_as(&self, name: &str, arguments: &[&str]) -> std::io::Result<Output> {
        let mut command = self.command(arguments);
        let output = command.env("WEIR_TEST_PERSON", name).output()?;
        match output.status.success() {
            true => Ok(output),
            false => Err(std::io::Error::other(
                String::from_utf8_lossy(&output.stderr).into_owned(),
            )),
        }
    }

    /// The same, with lines of JSON as the answer.
    ///
    /// # Errors
    /// As [`Server::succeed`].
    pub fn ask(&self, arguments: &[&str]) -> std::io::Result<Vec<Value>> {
        let output = self.succeed(&[&["--json"], arguments].concat())?;
        Ok(json_values(&output.stdout))
    }

    /// The same, as somebody at the server's command line.
    ///
    /// # Errors
    /// As [`Server::succeed`].
    pub fn ask_as(&self, person: &str, arguments: &[&str]) -> std::io::Result<Vec<Value>> {
        let output = self.succeed_as(person, &[&["--json"], arguments].concat())?;
        Ok(json_values(&output.stdout))
    }

    /// How somebody else runs a `weir-server` command on this home.
    #[must_use]
    pub fn line(&self, arguments: &[&str]) -> String {
        let (binary, home) = (self.binary.display(), self.home.display());
        format!("{binary} --home {home} {}", arguments.join(" "))
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.binary);
        command
            .arg("--home")
            .arg(&self.home)
            .args(arguments)
            .env("WEIR_LOG", "info")
            .envs(self.variables.iter().cloned())
            .stdin(Stdio::null());
        command
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Nothing to be done about a child that cannot be killed.
        let _ = self.kill();
    }
}
