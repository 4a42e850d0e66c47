//! NSS databases: Chromium and Chrome on Linux (one per user), Firefox everywhere (one per profile). Worked with
//! Mozilla's `certutil`, which has nothing to do with the program of that name on Windows.

use std::path::{Path, PathBuf};

use super::Person;
use crate::setup::certificate::all_in;
use crate::setup::command::{ask, demand};
use crate::setup::{Certificate, Commands, Invocation, State, Step, StepError};

const CERTUTIL: &str = "certutil";
/// Trusted to sign for servers, for nothing else.
const FLAGS: &str = "C,,";
const HOW_TO_GET_CERTUTIL: &str = "`certutil` is missing; install the package libnss3-tools (Debian, Ubuntu), nss-tools (Fedora) or nss (Arch) and try again";

/// Every database of the user, and the one of Chromium even where it does not exist yet.
pub(super) fn steps(certificate: &Certificate, person: &Person) -> Vec<Box<dyn Step>> {
    let databases = chromium(&person.home).into_iter().chain(firefox(&person.home));
    databases
        .map(|(dir, browser)| {
            let step = Database {
                dir,
                browser,
                certificate: certificate.clone(),
                identity: person.identity,
            };
            Box::new(step) as Box<dyn Step>
        })
        .collect()
}

/// The classic place, that of newer builds, and that of the snap.
fn chromium(home: &Path) -> Vec<(PathBuf, &'static str)> {
    let classic = home.join(".pki/nssdb");
    let others = [
        home.join(".local/share/pki/nssdb"),
        home.join("snap/chromium/current/.pki/nssdb"),
    ];
    let mut found: Vec<PathBuf> = others.into_iter().filter(|dir| is_database(dir)).collect();
    if is_database(&classic) || found.is_empty() {
        found.insert(0, classic);
    }
    found.into_iter().map(|dir| (dir, "Chromium, Chrome, Edge")).collect()
}

/// Profiles of the distribution's, the snap's and the flatpak's Firefox.
fn firefox(home: &Path) -> Vec<(PathBuf, &'static str)> {
    let roots = [
        ".mozilla/firefox",
        ".config/mozilla/firefox",
        "snap/firefox/common/.mozilla/firefox",
        ".var/app/org.mozilla.firefox/.mozilla/firefox",
        "Library/Application Support/Firefox/Profiles",
    ];
    let mut profiles: Vec<PathBuf> = roots
        .iter()
        .filter_map(|root| std::fs::read_dir(home.join(root)).ok())
        .flat_map(|entries| entries.filter_map(Result::ok).map(|entry| entry.path()))
        .filter(|dir| is_database(dir))
        .collect();
    profiles.sort();
    profiles.into_iter().map(|dir| (dir, "Firefox")).collect()
}

fn is_database(dir: &Path) -> bool {
    dir.join("cert9.db").is_file()
}

struct Database {
    dir: PathBuf,
    browser: &'static str,
    certificate: Certificate,
    identity: Option<(u32, u32)>,
}

impl Database {
    fn certutil(&self, arguments: &[&str]) -> Invocation {
        let mut invocation = Invocation::new(CERTUTIL, arguments).run_as(self.identity);
        let mut database = std::ffi::OsString::from("sql:");
        database.push(&self.dir);
        invocation.arguments.extend(["-d".into(), database]);
        invocation
    }

    fn create(&self, commands: &dyn Commands) -> Result<(), StepError> {
        let mut made = Invocation::new("mkdir", ["-p", "-m", "700"]).run_as(self.identity);
        made.arguments.push(self.dir.clone().into());
        demand(commands, &made)?;
        demand(commands, &self.certutil(&["-N", "--empty-password"])).map(drop)
    }

    fn holds(&self, commands: &dyn Commands) -> Result<bool, StepError> {
        let exported = ask(
            commands,
            &self.certutil(&["-L", "-a", "-n", &self.certificate.nickname()]),
        )?;
        Ok(exported.success && all_in(&exported.stdout).iter().any(|der| der == self.certificate.der()))
    }

    fn trusts(&self, commands: &dyn Commands) -> Result<bool, StepError> {
        let listed = demand(commands, &self.certutil(&["-L"]))?;
        Ok(flags_of(&String::from_utf8_lossy(&listed.stdout), &self.certificate.nickname()) == Some(FLAGS))
    }
}

impl Step for Database {
    fn describe(&self) -> String {
        format!("{} ({})", self.browser, self.dir.display())
    }

    fn verify(&self, commands: &dyn Commands) -> Result<State, StepError> {
        match commands.run(&Invocation::new(CERTUTIL, ["--version"])) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Ok(State::Unavailable(HOW_TO_GET_CERTUTIL.to_owned()));
            }
            Err(source) => {
                return Err(StepError::Start {
                    program: CERTUTIL.to_owned(),
                    source,
                });
            }
            Ok(_) => {}
        }
        if !is_database(&self.dir) {
            return Ok(State::Absent);
        }
        if !self.holds(commands)? {
            return Ok(State::Absent);
        }
        Ok(State::of_halves(true, self.trusts(commands)?))
    }

    fn apply(&self, commands: &dyn Commands) -> Result<(), StepError> {
        if !is_database(&self.dir) {
            self.create(commands)?;
        }
        let nickname = self.certificate.nickname();
        if self.holds(commands)? {
            return demand(commands, &self.certutil(&["-M", "-t", FLAGS, "-n", &nickname])).map(drop);
        }
        // Not from its file: that may be another by now than the one that was looked at.
        let add = self.certutil(&["-A", "-t", FLAGS, "-n", &nickname]);
        demand(commands, &add.reading(self.certificate.der())).map(drop)
    }

    fn undo(&self, commands: &dyn Commands) -> Result<(), StepError> {
        demand(commands, &self.certutil(&["-D", "-n", &self.certificate.nickname()])).map(drop)
    }
}

/// The trust flags of one certificate in `certutil -L`: nickname, spaces, flags.
fn flags_of<'a>(listing: &'a str, nickname: &str) -> Option<&'a str> {
    listing.lines().find_map(|line| {
        let (name, flags) = line.trim_end().rsplit_once(' ')?;
        (name.trim() == nickname).then_some(flags)
    })
}

#[cfg(test)]
mod tests {
    use super::{CERTUTIL, Person, chromium, firefox, flags_of, steps};
    use crate::setup::certificate::tests::write_authority;
    use crate::setup::{Commands, Done, Invocation, Outcome, State, System, install, skipped, uninstall};
    use std::io;

    #[test]
    fn a_certificate_goes_into_a_new_database_and_out_again() {
        if System.run(&Invocation::new(CERTUTIL, ["--version"])).is_err() {
            skipped(CERTUTIL, "libnss3-tools");
            return;
        }
        let home = tempfile::tempdir().unwrap();
        let profile = home.path().join(".mozilla/firefox/a.default");
        std::fs::create_dir_all(&profile).unwrap();
        let made = Invocation::new(
            CERTUTIL,
            ["-N", "--empty-password", "-d", &format!("sql:{}", profile.display())],
        );
        assert!(System.run(&made).unwrap().success);
        let certificate = write_authority(&home.path().join("ca.pem"));
        let other = write_authority(&home.path().join("other.pem"));
        let person = Person {
            home: home.path().to_owned(),
            identity: None,
        };

        let ours = steps(&certificate, &person);
        assert_eq!(ours.len(), 2);
        for step in &ours {
            assert_eq!(step.verify(&System).unwrap(), State::Absent);
            assert!(
                matches!(install(&**step, &System).unwrap(), Done::Changed),
                "{}",
                step.describe()
            );
            assert!(matches!(install(&**step, &System).unwrap(), Done::Already));
        }
        for step in steps(&other, &person) {
            assert_eq!(step.verify(&System).unwrap(), State::Absent);
            assert!(matches!(install(&*step, &System).unwrap(), Done::Changed));
        }
        for step in &ours {
            assert!(matches!(uninstall(&**step, &System).unwrap(), Done::Changed));
            assert!(matches!(uninstall(&**step, &System).unwrap(), Done::Already));
        }
        for step in steps(&other, &person) {
            assert_eq!(
                step.verify(&System).unwrap(),
                State::Present,
                "another device's certificate was touched"
            );
        }
    }

    #[test]
    fn a_certificate_that_lost_its_trust_gets_it_back() {
        if System.run(&Invocation::new(CERTUTIL, ["--version"])).is_err() {
            skipped(CERTUTIL, "libnss3-tools");
            return;
        }
        let home = tempfile::tempdir().unwrap();
        let certificate = write_authority(&home.path().join("ca.pem"));
        let person = Person {
            home: home.path().to_owned(),
            identity: None,
        };
        let step = steps(&certificate, &person).remove(0);
        install(&*step, &System).unwrap();
        let database = format!("sql:{}", home.path().join(".pki/nssdb").display());
        let withdrawn = Invocation::new(
            CERTUTIL,
            ["-M", "-t", "p,,", "-n", &certificate.nickname(), "-d", &database],
        );
        assert!(System.run(&withdrawn).unwrap().success);
        assert_eq!(step.verify(&System).unwrap(), State::Partial);
        assert!(matches!(install(&*step, &System).unwrap(), Done::Changed));
        assert!(System.run(&withdrawn).unwrap().success);
        assert!(matches!(uninstall(&*step, &System).unwrap(), Done::Changed));
    }

    #[test]
    fn without_certutil_the_way_out_is_said() {
        struct Nothing;
        impl Commands for Nothing {
            fn run(&self, _: &Invocation) -> io::Result<Outcome> {
                Err(io::Error::from(io::ErrorKind::NotFound))
            }
        }
        let home = tempfile::tempdir().unwrap();
        let certificate = write_authority(&home.path().join("ca.pem"));
        let person = Person {
            home: home.path().to_owned(),
            identity: None,
        };
        let done = install(&*steps(&certificate, &person)[0], &Nothing).unwrap();
        assert!(matches!(done, Done::Skipped(why) if why.contains("libnss3-tools")));
    }

    #[test]
    fn flags_are_read_behind_names_with_spaces() {
        let listing = "\nCertificate Nickname                                         Trust Attributes\n\
                       Weir device CA 01234567                                      C,,\n\
                       Weir device CA 0123                                          p,,\n";
        assert_eq!(flags_of(listing, "Weir device CA 01234567"), Some("C,,"));
        assert_eq!(flags_of(listing, "Weir device CA 0123"), Some("p,,"));
        assert_eq!(flags_of(listing, "Weir"), None);
    }

    #[test]
    fn chromium_is_served_where_it_looks() {
        let home = tempfile::tempdir().unwrap();
        let (classic, newer) = (
            home.path().join(".pki/nssdb"),
            home.path().join(".local/share/pki/nssdb"),
        );
        let places = || {
            chromium(home.path())
                .into_iter()
                .map(|(dir, _)| dir)
                .collect::<Vec<_>>()
        };
        assert_eq!(places(), std::slice::from_ref(&classic));
        std::fs::create_dir_all(&newer).unwrap();
        std::fs::write(newer.join("cert9.db"), "").unwrap();
        assert_eq!(places(), std::slice::from_ref(&newer));
        std::fs::create_dir_all(&classic).unwrap();
        std::fs::write(classic.join("cert9.db"), "").unwrap();
        assert_eq!(places(), [classic, newer]);
        assert!(firefox(home.path()).is_empty());
    }
}
