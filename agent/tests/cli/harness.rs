use std::ffi::OsStr;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use tempfile::TempDir;

/// A home and a state directory of their own, and nothing of the environment of whoever runs the tests.
pub(crate) struct World {
    dir: TempDir,
}

/// How a run ended.
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl World {
    pub(crate) fn new() -> Self {
        let dir = tempfile::Builder::new().prefix("weir").tempdir().unwrap();
        std::fs::create_dir(dir.path().join("home")).unwrap();
        Self { dir }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
        path
    }

    pub(crate) fn command<A: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_weir"));
        command.args(arguments).env_clear().current_dir(self.dir.path());
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command
            .env("HOME", self.path("home"))
            .env("WEIR_STATE", self.path("state"))
            .env("COLUMNS", "100");
        command
    }

    pub(crate) fn run<A: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> Ran {
        ran(self.command(arguments).stdin(Stdio::null()).output().unwrap())
    }

    /// Puts `acme.yaml` into `1.weirbundle`, signed with a new key.
    pub(crate) fn bundle(&self) -> Ran {
        self.run(["policy", "keygen", "alice"]).exits(0);
        let bundle = ["policy", "bundle", "acme.yaml", "--number", "1", "--audience", "acme"];
        self.run([&bundle[..], &["--key", "alice.key", "--out", "1.weirbundle"]].concat())
    }

    /// Verifies that bundle.
    pub(crate) fn verify(&self) -> Ran {
        let verify = ["policy", "verify", "1.weirbundle", "--key", "alice.pub"];
        self.run([&verify[..], &["--group", "acme", "--json"]].concat())
    }

    pub(crate) fn pipe<A: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = A>, text: &str) -> Ran {
        let mut command = self.command(arguments);
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
        ran(child.wait_with_output().unwrap())
    }

    /// An authority as the agent makes them, where the agent keeps it.
    pub(crate) fn make_certificate(&self) -> PathBuf {
        use rcgen::{
            BasicConstraints, CertificateParams, CidrSubnet, DnType, GeneralSubtree, IsCa, KeyPair, NameConstraints,
        };
        let all_addresses = [CidrSubnet::V4([0; 4], [0; 4]), CidrSubnet::V6([0; 16], [0; 16])];
        let mut params = CertificateParams::default();
        params
            .distinguished_name
            .push(DnType::CommonName, "Weir device CA (test)");
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.name_constraints = Some(NameConstraints {
            permitted_subtrees: vec![GeneralSubtree::DnsName("chatgpt.com".into())],
            excluded_subtrees: all_addresses.map(GeneralSubtree::IpAddress).into(),
        });
        let authority = params.self_signed(&KeyPair::generate().unwrap()).unwrap();
        self.write("state/ca/ca.pem", &authority.pem())
    }
}

impl Ran {
    /// Asserts the exit status; shows everything where it differs.
    pub(crate) fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, code, "stdout:\n{}\nstderr:\n{}", self.stdout, self.stderr);
        self
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {}", self.stdout))
    }

    pub(crate) fn json_lines(&self) -> Vec<serde_json::Value> {
        self.stdout
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }
}

fn ran(output: Output) -> Ran {
    Ran {
        code: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// The first example of a data type: no value that looks like a secret stands in this repository's tests.
pub(crate) fn example(data_type: &str) -> &'static str {
    let info = weir_detect::registry()
        .iter()
        .find(|info| info.data_type.as_str() == data_type);
    info.unwrap_or_else(|| panic!("no data type {data_type}")).examples[0]
}

/// A child that does not outlive its test.
pub(crate) struct Running(pub(crate) Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// True when a program of the system is there; else says that the test is skipped.
pub(crate) fn has(program: &str, package: &str) -> bool {
    let found = std::env::var_os("PATH")
        .is_some_and(|path| std::env::split_paths(&path).any(|dir| dir.join(program).is_file()));
    if !found {
        #[allow(clippy::print_stdout, reason = "read by the person who runs the tests")]
        {
            println!("skipped: `{program}` (package {package}) is not installed");
        }
    }
    found
}

pub(crate) fn text(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap()
}
