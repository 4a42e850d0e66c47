//! macOS: the system and login keychains (Safari, Chrome, curl) through `security`, and Firefox's own databases.
//! Written from the manual and untried on a real Mac.

use super::Person;
use super::nss;
use crate::setup::command::{ask, demand};
use crate::setup::{Certificate, Commands, Invocation, State, Step, StepError};

const SECURITY: &str = "/usr/bin/security";

/// The stores of the whole machine.
pub(super) fn machine(certificate: &Certificate) -> Vec<Box<dyn Step>> {
    vec![Box::new(Keychain {
        path: "/Library/Keychains/System.keychain".into(),
        domain: &["-d"],
        certificate: certificate.clone(),
        identity: None,
    })]
}

/// The stores of one user.
pub(super) fn user(certificate: &Certificate, person: &Person) -> Vec<Box<dyn Step>> {
    let login = Keychain {
        path: person.home.join("Library/Keychains/login.keychain-db").into_os_string(),
        domain: &[],
        certificate: certificate.clone(),
        identity: person.identity,
    };
    let mut steps: Vec<Box<dyn Step>> = vec![Box::new(login)];
    // The first database is Chromium's, which macOS does not have.
    steps.extend(nss::steps(certificate, person).into_iter().skip(1));
    steps
}

struct Keychain {
    path: std::ffi::OsString,
    /// `-d`: the trust settings of the administrator instead of the user's.
    domain: &'static [&'static str],
    certificate: Certificate,
    identity: Option<(u32, u32)>,
}

impl Keychain {
    fn security(&self, verb: &str, arguments: &[&str]) -> Invocation {
        Invocation::new(SECURITY, std::iter::once(verb).chain(arguments.iter().copied())).run_as(self.identity)
    }
}

impl Step for Keychain {
    fn describe(&self) -> String {
        format!("keychain {}: Safari, Chrome, curl", self.path.to_string_lossy())
    }

    /// In the keychain, and trusted as it is.
    fn verify(&self, commands: &dyn Commands) -> Result<State, StepError> {
        let mut find = self.security("find-certificate", &["-a", "-Z"]);
        find.arguments.push(self.path.clone());
        let found = ask(commands, &find)?;
        let listed = String::from_utf8_lossy(&found.stdout).contains(&self.certificate.sha256().to_ascii_uppercase());
        if !(found.success && listed) {
            return Ok(State::Absent);
        }
        let mut verify = self.security("verify-cert", &["-l", "-L", "-c"]);
        verify.arguments.push(self.certificate.path().into());
        Ok(State::of_halves(true, ask(commands, &verify)?.success))
    }

    fn apply(&self, commands: &dyn Commands) -> Result<(), StepError> {
        let mut add = self.security("add-trusted-cert", self.domain);
        add.arguments
            .extend(["-r".into(), "trustRoot".into(), "-p".into(), "ssl".into(), "-k".into()]);
        add.arguments
            .extend([self.path.clone(), self.certificate.path().into()]);
        demand(commands, &add).map(drop)
    }

    fn undo(&self, commands: &dyn Commands) -> Result<(), StepError> {
        let mut distrust = self.security("remove-trusted-cert", self.domain);
        distrust.arguments.push(self.certificate.path().into());
        demand(commands, &distrust)?;
        let mut delete = self.security("delete-certificate", &["-Z", &self.certificate.thumbprint()]);
        delete.arguments.push(self.path.clone());
        demand(commands, &delete).map(drop)
    }
}

#[cfg(test)]
mod tests {
    use super::{machine, user};
    use crate::setup::trust::tests::{Desk, asked};

    #[test]
    fn only_the_machine_step_touches_the_administrators_trust() {
        let desk = Desk::new();
        let ours = asked(&*machine(&desk.certificate)[0]);
        assert!(ours[0].starts_with("add-trusted-cert -d -r trustRoot -p ssl -k /Library/Keychains/System.keychain"));
        assert!(ours[1].starts_with("remove-trusted-cert -d "));
        assert!(ours[2].contains(&desk.certificate.thumbprint()));
        let users = user(&desk.certificate, &desk.person);
        assert_eq!(users.len(), 1);
        assert!(asked(&*users[0]).iter().all(|call| !call.contains(" -d ")));
    }
}
