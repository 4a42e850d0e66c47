use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use weir_model::Timestamp;
use weir_wire::Status;

use crate::setup::certificate::all_in;
use crate::setup::machine::Target;
use crate::setup::trust::Person;
use crate::setup::{Certificate, Commands, Invocation, Ledger, Outcome, bundle};
use crate::state::StateDir;

/// What there is to look at. Everything comes from outside, so that a test can play any machine.
pub struct Scene<'a> {
    /// Runs programs.
    pub commands: &'a dyn Commands,
    /// The environment of whoever asks.
    pub environment: BTreeMap<String, String>,
    /// Where the machine's own files begin: `/`.
    pub root: PathBuf,
    /// Whose browsers and settings are meant.
    pub person: Option<Person>,
    /// The time.
    pub now: Timestamp,
    /// Where the agent keeps what it must remember.
    pub state: StateDir,
    /// How the agent is doing, or why it did not say.
    pub status: Result<Status, String>,
    /// The device's certificate, or why there is none.
    pub certificate: Result<Certificate, String>,
    /// What `weir setup install` would set the machine up for, or why it could not.
    pub target: Result<Target, String>,
    /// What it changed before.
    pub ledger: Ledger,
}

impl Scene<'_> {
    /// A file of the machine.
    pub(super) fn at(&self, path: impl AsRef<Path>) -> PathBuf {
        let path = path.as_ref();
        self.root.join(path.strip_prefix("/").unwrap_or(path))
    }

    /// A file of the person.
    pub(super) fn home(&self, path: &str) -> Option<PathBuf> {
        self.person.as_ref().map(|person| person.home.join(path))
    }

    /// The text of a file, where it can be read.
    pub(super) fn text(&self, path: Option<PathBuf>) -> Option<String> {
        fs::read_to_string(path?).ok()
    }

    /// A variable that is set and not empty: in this environment, or in that of the next sign-in.
    pub(super) fn variable(&self, name: &str) -> Option<String> {
        let here = self.environment.get(name).filter(|value| !value.is_empty()).cloned();
        here.or_else(|| self.variable_of_sessions(name))
    }

    /// What `environment.d` sets; the person's files come after the machine's, and the last one counts.
    fn variable_of_sessions(&self, name: &str) -> Option<String> {
        let dirs = [Some(self.at("/etc/environment.d")), self.home(".config/environment.d")];
        let mut value = None;
        for dir in dirs.into_iter().flatten() {
            for file in files(&dir, "conf") {
                let text = fs::read_to_string(file).unwrap_or_default();
                value = text
                    .lines()
                    .filter_map(|line| assigned(line, name))
                    .next_back()
                    .or(value);
            }
        }
        value
    }

    /// Where a program lies on the path.
    pub(super) fn program(&self, name: &str) -> Option<PathBuf> {
        let path = self.environment.get("PATH")?;
        let name = format!("{name}{}", std::env::consts::EXE_SUFFIX);
        std::env::split_paths(path)
            .map(|dir| dir.join(&name))
            .find(|file| file.is_file())
    }

    /// What a program says, when it succeeds.
    pub(super) fn said(&self, invocation: &Invocation) -> Option<String> {
        let Outcome { success, stdout, .. } = self.commands.run(invocation).ok()?;
        success.then(|| String::from_utf8_lossy(&stdout).trim().to_owned())
    }

    /// True when a file with certificates holds the device's.
    pub(super) fn holds_ours(&self, file: &Path) -> bool {
        let Ok(ours) = &self.certificate else { return false };
        fs::read(file).is_ok_and(|content| all_in(&content).iter().any(|der| der == ours.der()))
    }

    /// The system's list of roots.
    pub(super) fn roots(&self) -> Option<PathBuf> {
        bundle::PLACES
            .iter()
            .map(|place| self.at(place))
            .find(|file| file.is_file())
    }

    /// True when the programs that follow the system trust the device's certificate.
    pub(super) fn system_trusts(&self) -> bool {
        self.roots().is_some_and(|roots| self.holds_ours(&roots))
    }

    /// Host and port of the agent's proxy.
    pub(super) fn proxy(&self) -> String {
        let listening = self.status.as_ref().ok().and_then(|status| status.proxy.listen.first());
        listening.map_or_else(|| crate::config::DEFAULT_LISTEN.to_owned(), Clone::clone)
    }

    /// The person's own ledger; `None` where files would belong to somebody else.
    pub(super) fn own_ledger(&self) -> Option<Ledger> {
        let person = self.person.as_ref().filter(|person| person.identity.is_none())?;
        Some(Ledger::new(
            person.home.join(".local/state/weir-setup"),
            PathBuf::from("/"),
        ))
    }
}

/// Files of one kind in a directory, by name.
pub(super) fn files(dir: &Path, ending: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(dir).into_iter().flatten().filter_map(Result::ok);
    let mut files: Vec<PathBuf> = entries
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|found| found == ending))
        .collect();
    files.sort();
    files
}

/// A JSON file, where there is one that can be read.
pub(super) fn document(path: &Path) -> Option<Value> {
    serde_json::from_slice(&fs::read(path).ok()?).ok()
}

/// `NAME=value` or `NAME=${NAME:-value}`, with or without quotes and `export`.
fn assigned(line: &str, name: &str) -> Option<String> {
    let line = line.trim();
    let (found, value) = line.strip_prefix("export ").unwrap_or(line).split_once('=')?;
    let value = value.trim_matches(['"', '\'']);
    let alternative = value
        .strip_prefix(&format!("${{{name}:-"))
        .and_then(|rest| rest.strip_suffix('}'));
    (found == name).then(|| alternative.unwrap_or(value).to_owned())
}

#[cfg(test)]
pub(super) mod tests {
    use super::{Scene, assigned};
    use crate::setup::certificate::tests::write_authority;
    use crate::setup::machine::Target;
    use crate::setup::trust::Person;
    use crate::setup::{Commands, Invocation, Ledger, Outcome};
    use crate::state::StateDir;
    use std::collections::BTreeMap;
    use std::io;
    use std::path::PathBuf;
    use weir_model::{BundleRef, Timestamp};
    use weir_wire::{Audit, Counts, Policy, Proxy, Status};

    /// A machine of a test's own: a root, a home below it, and programs that say what the test wants.
    pub(in crate::doctor) struct Played {
        pub(in crate::doctor) dir: tempfile::TempDir,
        says: BTreeMap<&'static str, &'static str>,
    }

    impl Commands for Played {
        fn run(&self, invocation: &Invocation) -> io::Result<Outcome> {
            let program = invocation.program.to_string_lossy().into_owned();
            match self.says.get(program.as_str()) {
                Some(said) => Ok(Outcome {
                    success: true,
                    stdout: said.as_bytes().to_vec(),
                    stderr: Vec::new(),
                }),
                None => Err(io::Error::from(io::ErrorKind::NotFound)),
            }
        }
    }

    impl Played {
        pub(in crate::doctor) fn new(says: &[(&'static str, &'static str)]) -> Self {
            let dir = tempfile::tempdir().unwrap();
            for made in ["home", "etc", "bin", "state"] {
                std::fs::create_dir_all(dir.path().join(made)).unwrap();
            }
            Self {
                dir,
                says: says.iter().copied().collect(),
            }
        }

        pub(in crate::doctor) fn path(&self, path: &str) -> PathBuf {
            self.dir.path().join(path.trim_start_matches('/'))
        }

        pub(in crate::doctor) fn write(&self, path: &str, text: impl AsRef<[u8]>) -> PathBuf {
            let path = self.path(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(&path, text).unwrap();
            path
        }

        /// Everything is well with the agent; its certificate is at `state/ca/ca.pem`.
        pub(in crate::doctor) fn scene(&self) -> Scene<'_> {
            self.scene_with(self)
        }

        pub(in crate::doctor) fn scene_with<'a>(&self, commands: &'a dyn Commands) -> Scene<'a> {
            let state = StateDir::at(self.path("state"));
            std::fs::create_dir_all(state.ca()).unwrap();
            let certificate = match crate::setup::certificate::read(&state.certificate()) {
                Ok(certificate) => certificate,
                Err(_) => write_authority(&state.certificate()),
            };
            let target = Target {
                certificate: certificate.clone(),
                pac: pac(&["chatgpt.com"]),
                proxy: ([127, 0, 0, 1], 18080).into(),
                programs_by_proxy: false,
            };
            Scene {
                commands,
                environment: BTreeMap::from([("PATH".to_owned(), self.path("bin").display().to_string())]),
                root: self.dir.path().to_owned(),
                person: Some(Person {
                    home: self.path("home"),
                    identity: None,
                }),
                now: Timestamp::from_millis(1_800_000_000_000),
                state,
                status: Ok(status(&certificate.path().display().to_string())),
                certificate: Ok(certificate),
                target: Ok(target),
                ledger: Ledger::new(self.path("ledger"), self.dir.path().to_owned()),
            }
        }
    }

    pub(in crate::doctor) fn pac(hosts: &[&str]) -> String {
        weir_proxy::Pac::new(hosts).render(([127, 0, 0, 1], 18080).into())
    }

    fn status(certificate: &str) -> Status {
        Status {
            version: env!("CARGO_PKG_VERSION").into(),
            pid: 1,
            started: Timestamp::from_millis(1),
            environment: "production".into(),
            proxy: Proxy {
                listen: vec!["127.0.0.1:18080".into()],
                pac: String::new(),
                intercepts: 1,
            },
            gateway: None,
            certificate: weir_wire::Certificate {
                path: certificate.into(),
                sha256: String::new(),
                not_after: Timestamp::from_millis(i64::MAX),
            },
            policy: Policy {
                pack: "acme".into(),
                version: "1.0.0".into(),
                bundle: BundleRef {
                    number: 7,
                    digest: String::new(),
                },
                expires: None,
            },
            server: None,
            directive: None,
            lifted: Vec::new(),
            freshness: None,
            audit: Audit {
                records: 2,
                head: "abcdef".into(),
            },
            counts: Counts::default(),
            held: 0,
            answers: 0,
            exceptions: Vec::new(),
            problems: Vec::new(),
        }
    }

    #[test]
    fn a_variable_comes_from_the_environment_or_from_the_next_sign_in() {
        let played = Played::new(&[]);
        played.write("etc/environment.d/90.conf", "A=${A:-machine}\nB=machine\n");
        played.write("home/.config/environment.d/1.conf", "B=person\n");
        let mut scene = played.scene();
        scene.environment.insert("C".into(), "here".into());
        let value = |name| scene.variable(name);
        assert_eq!(value("A").as_deref(), Some("machine"));
        assert_eq!(value("B").as_deref(), Some("person"));
        assert_eq!(value("C").as_deref(), Some("here"));
        assert_eq!(value("D"), None);
    }

    #[test]
    fn assignments_are_read_in_all_their_forms() {
        for line in ["A=b", "export A=\"b\"", "A='b'", "export A=\"${A:-b}\""] {
            assert_eq!(assigned(line, "A").as_deref(), Some("b"), "{line}");
        }
        assert_eq!(assigned("AA=b", "A"), None);
    }
}
