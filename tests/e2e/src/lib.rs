//! The stage on which every story plays: a folder of its own, the fake AI service, and Weir in front of it (or a tunnel,
//! to see what happens without Weir), with real clients pointed at it as their users would point them.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a broken stage is a failed test"
)]

pub use weir_support::fleet;

use serde_json::Value;
use std::io::Write;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use weir_support::agent::Launch;
use weir_support::client::Way;
use weir_support::fake::Options;
use weir_support::{Agent, Client, FakeAi, Folder, Tunnel, tools};

/// Everything one story needs; gone when dropped.
pub struct Stage {
    /// The agent, unless the story is about the world without it.
    agent: Option<Agent>,
    tunnel: Option<Tunnel>,
    /// The AI service behind.
    pub fake: FakeAi,
    /// The story's own folder.
    pub folder: Folder,
}

impl Stage {
    /// Weir with the demonstration pack in front of the fake service.
    #[must_use]
    pub fn with_weir(name: &str) -> Self {
        Self::with(name, Options::default(), |launch| launch)
    }

    /// The same, with another fake service or another launch.
    #[must_use]
    pub fn with(name: &str, options: Options, change: impl FnOnce(Launch) -> Launch) -> Self {
        let (folder, fake) = Self::behind(name, options);
        let launch = change(Launch::in_front_of(&fake, folder.path()));
        let agent = launch.start().unwrap_or_else(|error| panic!("{error}"));
        Self {
            agent: Some(agent),
            tunnel: None,
            fake,
            folder,
        }
    }

    /// No Weir: a proxy that only moves bytes.
    #[must_use]
    pub fn without_weir(name: &str) -> Self {
        let (folder, fake) = Self::behind(name, Options::default());
        let tunnel = Tunnel::start(fake.address()).expect("a tunnel");
        Self {
            agent: None,
            tunnel: Some(tunnel),
            fake,
            folder,
        }
    }

    fn behind(name: &str, options: Options) -> (Folder, FakeAi) {
        let folder = Folder::new(name).expect("a folder");
        let fake = FakeAi::start(folder.path(), options).expect("a fake service");
        (folder, fake)
    }

    /// The running agent.
    #[must_use]
    pub fn agent(&self) -> &Agent {
        self.agent.as_ref().expect("a stage with Weir")
    }

    /// Ends the agent as a power cut would; what stands behind it stays.
    pub fn kill(&mut self) {
        self.agent.take().expect("a stage with Weir").kill().expect("an end");
    }

    /// The proxy that clients use.
    #[must_use]
    pub fn proxy(&self) -> SocketAddr {
        let tunnel = self.tunnel.as_ref().map(Tunnel::address);
        tunnel
            .or_else(|| self.agent.as_ref().map(Agent::proxy))
            .expect("a proxy")
    }

    /// The authority that clients trust for AI services.
    #[must_use]
    pub fn ca(&self) -> &Path {
        self.agent.as_ref().map_or_else(|| self.fake.ca(), Agent::ca)
    }

    /// A client of our own that trusts both authorities, as a laptop does.
    #[must_use]
    pub fn client(&self) -> Client {
        Client::new(Way::Proxy(self.proxy()), &[self.ca(), self.fake.ca()]).expect("a client")
    }

    /// Real curl, sending a body.
    #[must_use]
    pub fn curl(&self, flags: &[&str], url: &str, body: &str) -> Curled {
        self.run_curl(&[flags, &["--data-binary", "@-"]].concat(), url, body)
    }

    /// Real curl, sending the form its flags describe.
    #[must_use]
    pub fn curl_form(&self, flags: &[&str], url: &str) -> Curled {
        self.run_curl(flags, url, "")
    }

    fn run_curl(&self, flags: &[&str], url: &str, input: &str) -> Curled {
        let mut command = Command::new("curl");
        command.args([
            "--silent",
            "--show-error",
            "--no-buffer",
            "--max-time",
            "60",
            "--write-out",
            "\n%{http_code} %{http_version}",
        ]);
        command.args(flags).arg(url);
        let output = finish(self.point(&mut command), input);
        let text = String::from_utf8(output.stdout).expect("text");
        let (body, last) = text.rsplit_once('\n').expect("a last line");
        let (status, version) = last.split_once(' ').expect("status and version");
        Curled {
            status: status.parse().unwrap_or_default(),
            version: version.to_owned(),
            body: body.to_owned(),
            complaint: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// A real SDK: one call for each text.
    #[must_use]
    pub fn sdk(&self, sdk: Sdk, call: &str, stream: bool, http2: bool, texts: &[String]) -> Vec<Heard> {
        let mut command = match sdk {
            Sdk::PythonOpenAi => tools::python_script("sdk.py"),
            Sdk::PythonAnthropic => tools::python_script("sdk.py"),
            Sdk::NodeOpenAi => tools::node_script("sdk.mjs"),
        };
        match sdk {
            Sdk::PythonOpenAi => drop(command.arg("openai")),
            Sdk::PythonAnthropic => drop(command.arg("anthropic")),
            Sdk::NodeOpenAi => {}
        }
        command
            .arg(call)
            .args(stream.then_some("--stream"))
            .args(http2.then_some("--http2"));
        let output = finish(self.point(&mut command), &serde_json::to_string(texts).expect("JSON"));
        let complaint = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{sdk:?} {call}: {complaint}");
        let lines = String::from_utf8(output.stdout).expect("text");
        lines
            .lines()
            .map(|line| Heard::read(&serde_json::from_str(line).expect("a line of JSON")))
            .collect()
    }

    /// A real SDK, pointed at the gateway as its users would point it: one line for each text, as `gateway.py` says.
    #[must_use]
    pub fn gateway_sdk(&self, call: GatewayCall, texts: &[&str]) -> Vec<Value> {
        let gateway = self.agent().gateway().expect("a gateway");
        let mut command = tools::python_script("gateway.py");
        command
            .args([call.sdk, call.call, "--model", call.model])
            .args(call.stream.then_some("--stream"))
            .args(call.tools.then_some("--tools"))
            .env("OPENAI_BASE_URL", format!("http://{gateway}/openai/v1"))
            .env("ANTHROPIC_BASE_URL", format!("http://{gateway}/anthropic"));
        for name in ["OPENAI_API_KEY", "ANTHROPIC_API_KEY"] {
            command.env(name, self.gateway_token());
        }
        for name in ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY"] {
            command.env_remove(name);
        }
        let output = finish(&mut command, &serde_json::to_string(texts).expect("JSON"));
        let complaint = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{call:?}: {complaint}");
        let lines = String::from_utf8(output.stdout).expect("text");
        lines
            .lines()
            .map(|line| serde_json::from_str(line).expect("a line of JSON"))
            .collect()
    }

    /// The token of the user who runs the test.
    #[must_use]
    pub fn gateway_token(&self) -> String {
        let output = self.agent().run(&["gateway", "token"]).expect("a token");
        String::from_utf8(output.stdout).expect("text").trim().to_owned()
    }

    /// A call to the gateway by curl: status and JSON.
    #[must_use]
    pub fn gateway_post(&self, path: &str, token: Option<&str>, body: &Value) -> (u16, Value) {
        let gateway = self.agent().gateway().expect("a gateway");
        let mut command = Command::new("curl");
        command.args([
            "--silent",
            "--show-error",
            "--noproxy",
            "*",
            "--max-time",
            "60",
            "--write-out",
            "\n%{http_code}",
        ]);
        command.args(["--header", "content-type: application/json", "--data-binary", "@-"]);
        if let Some(token) = token {
            command.args(["--header", &format!("authorization: Bearer {token}")]);
        }
        let output = finish(command.arg(format!("http://{gateway}{path}")), &body.to_string());
        let text = String::from_utf8(output.stdout).expect("text");
        let (body, status) = text.rsplit_once('\n').expect("a status");
        let status = status.parse().expect("a number");
        (status, serde_json::from_str(body).unwrap_or(Value::Null))
    }

    /// A real browser: the values `browser.py` printed.
    #[must_use]
    pub fn browser(&self, arguments: &[&str], text: &str) -> Vec<Value> {
        browser(arguments, text)
    }

    /// A page over plain HTTP, without a proxy: the PAC file.
    #[must_use]
    pub fn fetch(&self, url: &str) -> String {
        let output = Command::new("curl")
            .args(["--silent", "--show-error", "--fail", "--noproxy", "*", url])
            .output()
            .expect("curl");
        assert!(
            output.status.success(),
            "{url}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8(output.stdout).expect("text")
    }

    /// A path in the story's folder, as an argument.
    #[must_use]
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// As `weir env` points programs at the proxy and its authority.
    fn point<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        let proxy = format!("http://{}", self.proxy());
        for name in ["HTTPS_PROXY", "https_proxy"] {
            command.env(name, &proxy);
        }
        for name in [
            "SSL_CERT_FILE",
            "CURL_CA_BUNDLE",
            "REQUESTS_CA_BUNDLE",
            "NODE_EXTRA_CA_CERTS",
        ] {
            command.env(name, self.ca());
        }
        command
            .env_remove("NO_PROXY")
            .env_remove("no_proxy")
            .env_remove("HTTP_PROXY")
            .env_remove("ALL_PROXY")
    }
}

/// What curl brought.
#[derive(Debug)]
pub struct Curled {
    /// Status code, 0 when there was no answer.
    pub status: u16,
    /// `1.1` or `2`.
    pub version: String,
    /// Body.
    pub body: String,
    /// What curl said on standard error.
    pub complaint: String,
}

/// The SDKs that are tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sdk {
    /// `openai` for Python.
    PythonOpenAi,
    /// `anthropic` for Python.
    PythonAnthropic,
    /// `openai` for Node.
    NodeOpenAi,
}

/// How an SDK calls the gateway.
#[derive(Clone, Copy, Debug)]
pub struct GatewayCall {
    /// `openai` or `anthropic`.
    pub sdk: &'static str,
    /// `chat`, `responses` or `messages`.
    pub call: &'static str,
    /// Whether the answer streams.
    pub stream: bool,
    /// Whether a tool is offered, and its call answered.
    pub tools: bool,
    /// The model asked for.
    pub model: &'static str,
}

impl GatewayCall {
    /// The same, streaming.
    #[must_use]
    pub const fn streaming(self) -> Self {
        Self { stream: true, ..self }
    }

    /// The same, with a tool.
    #[must_use]
    pub const fn with_tools(self) -> Self {
        Self { tools: true, ..self }
    }
}

/// What the SDK's caller got.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Heard {
    /// The answer's text.
    Answer(String),
    /// One of the SDK's own errors.
    Raised {
        /// Name of its class.
        class: String,
        /// HTTP status, 0 when there was none.
        status: u64,
        /// Its text.
        message: String,
    },
}

impl Heard {
    fn read(line: &Value) -> Self {
        let text = |key: &str| line[key].as_str().unwrap_or_default().to_owned();
        if line["ok"].is_string() {
            return Heard::Answer(text("ok"));
        }
        Heard::Raised {
            class: text("raised"),
            status: line["status"].as_u64().unwrap_or_default(),
            message: text("message"),
        }
    }
}

/// A real browser: the values `browser.py` printed.
#[must_use]
pub fn browser(arguments: &[&str], text: &str) -> Vec<Value> {
    let mut command = tools::python_script("browser.py");
    command
        .args(arguments)
        .env_remove("HTTPS_PROXY")
        .env_remove("https_proxy");
    let output = finish(&mut command, text);
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "browser.py {arguments:?}: {complaint}");
    let lines = String::from_utf8(output.stdout).expect("text");
    lines
        .lines()
        .map(|line| serde_json::from_str(line).expect("a line of JSON"))
        .collect()
}

/// True when the text holds an event id (a version 7 UUID), by which the employee can ask `weir explain`.
#[must_use]
pub fn names_an_event(text: &str) -> bool {
    event_in(text).is_some()
}

/// The first event id in the text.
#[must_use]
pub fn event_in(text: &str) -> Option<&str> {
    let shape = |candidate: &str| {
        candidate.char_indices().all(|(place, letter)| match place {
            8 | 13 | 18 | 23 => letter == '-',
            14 => letter == '7',
            _ => letter.is_ascii_hexdigit(),
        })
    };
    (0..text.len())
        .filter_map(|start| text.get(start..start + 36))
        .find(|candidate| shape(candidate))
}

fn finish(command: &mut Command, input: &str) -> Output {
    let command = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().unwrap_or_else(|error| {
        panic!(
            "cannot run {:?} ({error}); `cargo xtask ci-setup` installs what stories need",
            command.get_program()
        )
    });
    // A client that ends early does not read its input; what it says about it is the interesting part.
    let _ = child.stdin.take().expect("a pipe").write_all(input.as_bytes());
    child.wait_with_output().expect("an end")
}
