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
    use crate::setup::trust::tests::{Desk, asked};

    #[test]
    fn the_users_store_is_only_named_for_the_user() {
        let desk = Desk::new();
        let ours = asked(&*machine(&desk.certificate)[0]);
        assert!(ours[0].starts_with("-f -addstore Root "));
        assert_eq!(ours[1], format!("-delstore Root {}", desk.certificate.thumbprint()));
        let users = asked(&*user(&desk.certificate, &desk.person)[0]);
        assert!(users.iter().all(|call| call.starts_with("-user ")));
    }
}
