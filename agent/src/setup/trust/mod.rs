//! Trust in the device's certificate: one step per store, one file per system.
//!
//! The certificate is name-constrained (promise P3), so that trusting it says nothing about sites policy does not name.

use std::path::PathBuf;

use super::{Certificate, Commands, State, Step, StepError};

#[cfg(any(target_os = "linux", test))]
mod linux;
#[cfg(any(target_os = "macos", test))]
mod macos;
#[cfg(any(unix, test))]
mod nss;
#[cfg(any(target_os = "windows", test))]
mod windows;

#[cfg(target_os = "linux")]
use linux as system;
#[cfg(target_os = "macos")]
use macos as system;
#[cfg(target_os = "windows")]
use windows as system;

/// Which stores.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Those of the whole machine and those of the user who asks; needs root.
    Machine,
    /// Only those of the user who asks.
    User,
}

/// The user whose browsers are meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// Home directory.
    pub home: PathBuf,
    /// User and group to run programs as, where they are not our own.
    pub identity: Option<(u32, u32)>,
}

/// Every store of this machine that the certificate can be put in.
#[cfg(any(target_os = "linux", target_os = "macos", target_os = "windows"))]
#[must_use]
pub fn steps(certificate: &Certificate, scope: Scope, person: Option<&Person>) -> Vec<Box<dyn Step>> {
    let mut steps = match scope {
        Scope::Machine => system::machine(certificate),
        Scope::User => Vec::new(),
    };
    if let Some(person) = person {
        steps.extend(system::user(certificate, person));
    }
    limited(steps, certificate)
}

/// Stores that take the certificate only when it is harmless to trust: it comes from the agent's directory, which an intruder in
/// the agent could write to.
pub(crate) fn limited(steps: Vec<Box<dyn Step>>, certificate: &Certificate) -> Vec<Box<dyn Step>> {
    let steps = steps.into_iter().map(|step| {
        let certificate = certificate.clone();
        Box::new(Limited { step, certificate }) as Box<dyn Step>
    });
    steps.collect()
}

struct Limited {
    step: Box<dyn Step>,
    certificate: Certificate,
}

impl Step for Limited {
    fn describe(&self) -> String {
        self.step.describe()
    }

    fn verify(&self, commands: &dyn Commands) -> Result<State, StepError> {
        self.step.verify(commands)
    }

    fn apply(&self, commands: &dyn Commands) -> Result<(), StepError> {
        self.certificate.limited()?;
        self.step.apply(commands)
    }

    fn undo(&self, commands: &dyn Commands) -> Result<(), StepError> {
        self.step.undo(commands)
    }
}

/// No store is known on this system.
#[cfg(not(any(target_os = "linux", target_os = "macos", target_os = "windows")))]
#[must_use]
pub fn steps(_certificate: &Certificate, _scope: Scope, _person: Option<&Person>) -> Vec<Box<dyn Step>> {
    Vec::new()
}

/// True when this process may change the stores of the whole machine.
#[cfg(unix)]
#[must_use]
pub fn may_change_machine() -> bool {
    rustix::process::geteuid().is_root()
}

/// True when this process may change the stores of the whole machine: the system says so when it is tried.
#[cfg(not(unix))]
#[must_use]
pub fn may_change_machine() -> bool {
    true
}

/// The user who asks: behind `sudo`, the one who called it.
#[must_use]
pub fn person() -> Option<Person> {
    behind_sudo().or_else(|| {
        let home =
            std::env::var_os(if cfg!(windows) { "USERPROFILE" } else { "HOME" }).filter(|home| !home.is_empty())?;
        Some(Person {
            home: home.into(),
            identity: None,
        })
    })
}

#[cfg(unix)]
fn behind_sudo() -> Option<Person> {
    if !may_change_machine() {
        return None;
    }
    let number = |name: &str| std::env::var(name).ok()?.parse::<u32>().ok();
    let (user, group) = (number("SUDO_UID")?, number("SUDO_GID")?);
    let accounts = std::fs::read_to_string("/etc/passwd").ok()?;
    let home = home_of(&accounts, user)?;
    (user != 0).then_some(Person {
        home,
        identity: Some((user, group)),
    })
}

#[cfg(not(unix))]
fn behind_sudo() -> Option<Person> {
    None
}

#[cfg(unix)]
fn home_of(accounts: &str, user: u32) -> Option<PathBuf> {
    accounts.lines().find_map(|line| {
        let mut fields = line.split(':').skip(2);
        let number: u32 = fields.next()?.parse().ok()?;
        let home = fields.nth(2)?;
        (number == user && !home.is_empty()).then(|| PathBuf::from(home))
    })
}

#[cfg(test)]
mod tests {
    use super::{Person, limited};
    use crate::setup::certificate::tests::{write_authority, write_limited};
    use crate::setup::{Certificate, Commands, Invocation, Outcome, State, Step, StepError};
    use std::cell::RefCell;
    use std::io;

    /// A certificate and the person whose machine it is, in a folder that goes when the test does.
    pub(super) struct Desk {
        pub(super) certificate: Certificate,
        pub(super) person: Person,
        _dir: tempfile::TempDir,
    }

    impl Desk {
        pub(super) fn new() -> Self {
            let dir = tempfile::tempdir().unwrap();
            Self {
                certificate: write_authority(&dir.path().join("ca.pem")),
                person: Person {
                    home: dir.path().to_owned(),
                    identity: None,
                },
                _dir: dir,
            }
        }
    }

    /// What a step asks of the system when it is applied and undone, the program left out.
    pub(super) fn asked(step: &dyn Step) -> Vec<String> {
        let recorder = Recorder::default();
        step.apply(&recorder).unwrap();
        step.undo(&recorder).unwrap();
        recorder.0.into_inner()
    }

    #[derive(Default)]
    struct Recorder(RefCell<Vec<String>>);

    impl Commands for Recorder {
        fn run(&self, invocation: &Invocation) -> io::Result<Outcome> {
            let words: Vec<_> = invocation.arguments.iter().map(|word| word.to_string_lossy()).collect();
            self.0.borrow_mut().push(words.join(" "));
            Ok(Outcome {
                success: true,
                ..Outcome::default()
            })
        }
    }

    /// Takes everything.
    struct Store;

    impl Step for Store {
        fn describe(&self) -> String {
            "a store".into()
        }

        fn verify(&self, _commands: &dyn Commands) -> Result<State, StepError> {
            Ok(State::Absent)
        }

        fn apply(&self, _commands: &dyn Commands) -> Result<(), StepError> {
            Ok(())
        }

        fn undo(&self, _commands: &dyn Commands) -> Result<(), StepError> {
            Ok(())
        }
    }

    #[test]
    fn no_store_takes_an_authority_without_limits_and_each_gives_it_back() {
        let dir = tempfile::tempdir().unwrap();
        let step = |names| {
            let certificate = write_limited(&dir.path().join("ca.pem"), names, true);
            limited(vec![Box::new(Store)], &certificate).remove(0)
        };
        let commands = Recorder::default();
        assert!(step(&["chatgpt.com"]).apply(&commands).is_ok());
        assert!(matches!(step(&[]).apply(&commands), Err(StepError::Unlimited(_))));
        assert!(step(&[]).undo(&commands).is_ok());
    }

    #[cfg(unix)]
    #[test]
    fn the_home_of_the_user_behind_sudo_is_found() {
        let accounts = "root:x:0:0:root:/root:/bin/bash\nada:x:1000:1000:Ada,,,:/home/ada:/bin/sh\n";
        assert_eq!(super::home_of(accounts, 1000), Some("/home/ada".into()));
        assert_eq!(super::home_of(accounts, 1001), None);
    }
}
