//! Windows: the root stores of the machine and the user (Edge, Chrome, .NET, curl) through the system's own `certutil`.
//! Written from the manual and untried on real Windows. Firefox there reads the system's roots by itself.

use super::Person;
use crate::setup::command::{ask, demand};
use crate::setup::{Certificate, Commands, Invocation, State, Step, StepError};

/// The stores of the whole machine.
pub(super) fn machine(certificate: &Certificate) -> Vec<Box<dyn Step>> {
    vec![Box::new(RootStore {
        user: false,
        certificate: certificate.clone(),
    })]
}

/// The stores of one user.
pub(super) fn user(certificate: &Certificate, _person: &Person) -> Vec<Box<dyn Step>> {
    vec![Box::new(RootStore {
        user: true,
        certificate: certificate.clone(),
    })]
}

struct RootStore {
    user: bool,
    certificate: Certificate,
}

impl RootStore {
    fn certutil(&self, arguments: &[&str]) -> Invocation {
        let user: &[&str] = if self.user { &["-user"] } else { &[] };
        // By its full path: Mozilla's program of the same name may come first.
        let root = std::env::var_os("SystemRoot").unwrap_or_else(|| r"C:\Windows".into());
        let program = std::path::Path::new(&root).join("System32").join("certutil.exe");
        Invocation::new(program, user.iter().chain(arguments))
    }
}

impl Step for RootStore {
    fn describe(&self) -> String {
        let whose = if self.user { "current user" } else { "local machine" };
        format!("root store of the {whose}: Edge, Chrome, Firefox, .NET, curl")
    }

    fn verify(&self, commands: &dyn Commands) -> Result<State, StepError> {
        let found = ask(
            commands,
            &self.certutil(&["-store", "Root", &self.certificate.thumbprint()]),
        )?;
        Ok(if found.success { State::Present } else { State::Absent })
    }

    fn apply(&self, commands: &dyn Commands) -> Result<(), StepError> {
        let mut add = self.certutil(&["-f", "-addstore", "Root"]);
        add.arguments.push(self.certificate.path().into());
        demand(commands, &add).map(drop)
    }

    fn undo(&self, commands: &dyn Commands) -> Result<(), StepError> {
        demand(
            commands,
            &self.certutil(&["-delstore", "Root", &self.certificate.thumbprint()]),
        )
        .map(drop)
    }
}

#[cfg(test)]
mod tests {
    use super::{machine, user};
    use crate::setup::certificate::tests::write_authority;
    use crate::setup::trust::Person;
    use crate::setup::{Commands, Invocation, Outcome, Step};
    use std::cell::RefCell;
    use std::io;

    #[test]
    fn the_users_store_is_only_named_for_the_user() {
        let dir = tempfile::tempdir().unwrap();
        let certificate = write_authority(&dir.path().join("ca.pem"));
        let person = Person {
            home: dir.path().to_owned(),
            identity: None,
        };
        let asked = |step: &dyn Step| {
            let recorder = Recorder::default();
            step.apply(&recorder).unwrap();
            step.undo(&recorder).unwrap();
            recorder.0.into_inner()
        };
        let ours = asked(&*machine(&certificate)[0]);
        assert!(ours[0].starts_with("-f -addstore Root "));
        assert_eq!(ours[1], format!("-delstore Root {}", certificate.thumbprint()));
        assert!(
            asked(&*user(&certificate, &person)[0])
                .iter()
                .all(|call| call.starts_with("-user "))
        );
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
}
