//! Who trusts the device's certificate: the system, browsers, Java.

use std::collections::BTreeSet;
use std::path::PathBuf;

use serde_json::Value;

use super::browsers::{self, Family};
use super::scene::document;
use super::{Change, Check, Finding, Scene};
use crate::setup::certificate::all_in;
use crate::setup::command::demand;
use crate::setup::machine::FIREFOX as FIREFOX_POLICIES;
use crate::setup::trust::{self, Scope};
use crate::setup::{Certificate, Commands, Invocation, State, Step, StepError};
use weir_model::chain;

pub(super) const SYSTEM: Check = Check {
    name: "trust-system",
    title: "The system trusts the device's certificate",
    look: |scene| {
        let Ok(_) = &scene.certificate else {
            return no_certificate();
        };
        told(
            &of_machine(scene),
            scene,
            "curl, wget, git and most programs do not accept intercepted sites",
        )
    },
    change: Some(Change {
        fix: "Put the certificate into the system's trust store (needs root)",
        undo: "Take the certificate out of the system's trust store (needs root)",
        steps: of_machine,
    }),
};

pub(super) const CHROMIUM: Check = Check {
    name: "trust-chromium",
    title: "Chromium, Chrome and Edge trust the device's certificate",
    look: |scene| {
        let Ok(certificate) = &scene.certificate else {
            return no_certificate();
        };
        if browsers::installed(scene, Family::Chromium).is_empty() {
            return Finding::skipped("no browser of this family is installed");
        }
        if browsers::trusts_by_policy(scene, certificate) {
            return Finding::ok("by managed policy");
        }
        told(
            &of_chromium(scene),
            scene,
            "AI sites show a warning instead of the page",
        )
    },
    change: Some(Change {
        fix: "Put the certificate into your browser's own database",
        undo: "Take the certificate out of your browser's own database",
        steps: of_chromium,
    }),
};

pub(super) const FIREFOX: Check = Check {
    name: "trust-firefox",
    title: "Firefox trusts the device's certificate",
    look: |scene| {
        let Ok(_) = &scene.certificate else {
            return no_certificate();
        };
        if browsers::installed(scene, Family::Firefox).is_empty() {
            return Finding::skipped("Firefox is not installed");
        }
        if firefox_by_policy(scene) {
            return Finding::ok("by managed policy");
        }
        let steps = of_firefox(scene);
        if steps.is_empty() {
            return Finding::warning("it has no profile yet, and no policy that names the certificate");
        }
        told(&steps, scene, "AI sites show a warning instead of the page")
    },
    change: Some(Change {
        fix: "Put the certificate into your Firefox profiles",
        undo: "Take the certificate out of your Firefox profiles",
        steps: of_firefox,
    }),
};

pub(super) const JAVA: Check = Check {
    name: "trust-java",
    title: "Java trusts the device's certificate",
    look: |scene| {
        let Ok(_) = &scene.certificate else {
            return no_certificate();
        };
        let steps = of_java(scene);
        if steps.is_empty() {
            return Finding::skipped("no Java with a keystore of its own was found");
        }
        told(&steps, scene, "programs in Java do not accept intercepted sites")
    },
    change: Some(Change {
        fix: "Put the certificate into Java's keystores (needs root)",
        undo: "Take the certificate out of Java's keystores (needs root)",
        steps: of_java,
    }),
};

fn no_certificate() -> Finding {
    Finding::skipped("there is no certificate yet")
}

fn of_machine(scene: &Scene<'_>) -> Vec<Box<dyn Step>> {
    let certificate = scene.certificate.as_ref().ok();
    certificate.map_or_else(Vec::new, |certificate| trust::steps(certificate, Scope::Machine, None))
}

fn of_chromium(scene: &Scene<'_>) -> Vec<Box<dyn Step>> {
    of_person(scene, |store| !store.starts_with("Firefox"))
}

fn of_firefox(scene: &Scene<'_>) -> Vec<Box<dyn Step>> {
    of_person(scene, |store| store.starts_with("Firefox"))
}

fn of_person(scene: &Scene<'_>, is_meant: fn(&str) -> bool) -> Vec<Box<dyn Step>> {
    let Ok(certificate) = &scene.certificate else {
        return Vec::new();
    };
    let mut steps = trust::steps(certificate, Scope::User, scene.person.as_ref());
    steps.retain(|step| is_meant(&step.describe()));
    steps
}

/// How a few stores stand, as one finding.
fn told(steps: &[Box<dyn Step>], scene: &Scene<'_>, otherwise: &str) -> Finding {
    let (mut trusting, mut lacking) = (Vec::new(), Vec::new());
    for step in steps {
        match step.verify(scene.commands) {
            Ok(State::Present) => trusting.push(step.describe()),
            Ok(State::Partial | State::Absent) => lacking.push(step.describe()),
            Ok(State::Unavailable(why)) => return Finding::skipped(why),
            Err(error) => return Finding::warning(format!("{}: {}", step.describe(), chain(&error))),
        }
    }
    if lacking.is_empty() {
        return Finding::ok(trusting.join("; "));
    }
    Finding::failed(format!("not in {}: {otherwise}", lacking.join("; ")))
}

/// The policies name a file that holds the certificate.
fn firefox_by_policy(scene: &Scene<'_>) -> bool {
    let policies = document(&scene.at(FIREFOX_POLICIES)).unwrap_or_default();
    let files = policies["policies"]["Certificates"]["Install"].as_array();
    let mut files = files.into_iter().flatten().filter_map(Value::as_str);
    files.any(|file| scene.holds_ours(&scene.at(file)))
}

/// Keystores of every Java of this machine, each once: on Debian most are links to one that follows the system.
fn of_java(scene: &Scene<'_>) -> Vec<Box<dyn Step>> {
    let Ok(certificate) = &scene.certificate else {
        return Vec::new();
    };
    let homes = scene.environment.get("JAVA_HOME").map(PathBuf::from).into_iter();
    let installed = std::fs::read_dir(scene.at("/usr/lib/jvm")).into_iter().flatten();
    let homes = homes.chain(installed.filter_map(Result::ok).map(|entry| entry.path()));
    let stores: BTreeSet<PathBuf> = homes
        .filter_map(|home| std::fs::canonicalize(home.join("lib/security/cacerts")).ok())
        .collect();
    let keytool = scene.program("keytool").unwrap_or_else(|| "keytool".into());
    let steps = stores.into_iter().map(|file| {
        Box::new(Keystore {
            keytool: keytool.clone(),
            file,
            certificate: certificate.clone(),
        }) as Box<dyn Step>
    });
    trust::limited(steps.collect(), certificate)
}

/// A keystore of Java, worked with the JDK's own program.
struct Keystore {
    keytool: PathBuf,
    file: PathBuf,
    certificate: Certificate,
}

impl Keystore {
    /// The password that every Java comes with; it protects nothing.
    fn keytool(&self, verb: &[&str]) -> Invocation {
        let mut invocation = Invocation::new(&self.keytool, verb);
        let store = [
            "-storepass".into(),
            "changeit".into(),
            "-keystore".into(),
            self.file.clone().into(),
        ];
        invocation.arguments.extend(store);
        invocation
    }

    fn alias(&self) -> String {
        self.certificate.file_stem()
    }
}

impl Step for Keystore {
    fn describe(&self) -> String {
        format!("Java ({})", self.file.display())
    }

    fn verify(&self, commands: &dyn Commands) -> Result<State, StepError> {
        let listed = match commands.run(&self.keytool(&["-list", "-rfc"])) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Ok(State::Unavailable(
                    "`keytool` is missing; it comes with the JDK".to_owned(),
                ));
            }
            Err(source) => {
                return Err(StepError::Start {
                    program: "keytool".to_owned(),
                    source,
                });
            }
            Ok(outcome) => outcome,
        };
        if !listed.success {
            return Ok(State::Unavailable("its keystore has a password of its own".to_owned()));
        }
        let holds = all_in(&listed.stdout).iter().any(|der| der == self.certificate.der());
        Ok(if holds { State::Present } else { State::Absent })
    }

    fn apply(&self, commands: &dyn Commands) -> Result<(), StepError> {
        // Not from its file: that may be another by now than the one that was looked at.
        let import = self.keytool(&["-importcert", "-noprompt", "-alias", &self.alias()]);
        demand(commands, &import.reading(self.certificate.pem())).map(drop)
    }

    /// What the system's own hook has put in goes with the system's anchor.
    fn undo(&self, commands: &dyn Commands) -> Result<(), StepError> {
        demand(commands, &self.keytool(&["-delete", "-alias", &self.alias()])).map(drop)
    }
}

#[cfg(test)]
mod tests {
    use super::{CHROMIUM, FIREFOX, JAVA, Keystore};
    use crate::doctor::CheckState;
    use crate::doctor::scene::tests::Played;
    use crate::setup::certificate::tests::write_authority;
    use crate::setup::{Commands, Done, Invocation, Step, System, install, uninstall};

    #[test]
    fn a_browser_that_is_not_there_is_skipped() {
        let played = Played::new(&[]);
        let scene = played.scene();
        assert_eq!((CHROMIUM.look)(&scene).health, CheckState::Skipped);
        assert_eq!((FIREFOX.look)(&scene).health, CheckState::Skipped);
        assert_eq!((JAVA.look)(&scene).health, CheckState::Skipped);
    }

    #[test]
    fn firefox_trusts_what_its_policy_names_and_only_if_the_file_is_ours() {
        let played = Played::new(&[]);
        played.write("bin/firefox", "");
        played.write(
            "etc/firefox/policies/policies.json",
            r#"{"policies": {"Certificates": {"Install": ["/etc/weir/ca.pem"]}}}"#,
        );
        let scene = played.scene();
        assert_eq!((FIREFOX.look)(&scene).health, CheckState::Warning);
        played.write("etc/weir/ca.pem", write_authority(&played.path("other.pem")).pem());
        assert_eq!((FIREFOX.look)(&scene).health, CheckState::Warning);
        played.write("etc/weir/ca.pem", scene.certificate.as_ref().unwrap().pem());
        assert_eq!((FIREFOX.look)(&scene).health, CheckState::Ok);
    }

    #[test]
    fn chromium_without_policy_is_looked_at_by_its_database() {
        if System.run(&Invocation::new("certutil", ["--version"])).is_err() {
            return;
        }
        let played = Played::new(&[]);
        played.write("bin/chromium", "");
        let scene = played.scene_with(&System);
        let row = CHROMIUM.row(&scene);
        assert_eq!(row.finding.health, CheckState::Failed, "{}", row.finding.found);
        assert!(row.fix.is_some() && row.undo.is_none());
        for (step, done) in CHROMIUM.fix(&scene) {
            assert!(matches!(done.unwrap(), Done::Changed), "{step}");
        }
        let row = CHROMIUM.row(&scene);
        assert_eq!(row.finding.health, CheckState::Ok, "{}", row.finding.found);
        assert!(row.fix.is_none() && row.undo.is_some());
        CHROMIUM.undo(&scene);
        assert_eq!((CHROMIUM.look)(&scene).health, CheckState::Failed);
    }

    #[test]
    fn a_keystore_takes_the_certificate_and_gives_it_back() {
        if System.run(&Invocation::new("keytool", ["-help"])).is_err() {
            return;
        }
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("cacerts");
        let other = write_authority(&dir.path().join("other.pem"));
        let made = Keystore {
            keytool: "keytool".into(),
            file: file.clone(),
            certificate: other,
        };
        made.apply(&System).unwrap();
        let step = Keystore {
            keytool: "keytool".into(),
            file,
            certificate: write_authority(&dir.path().join("ca.pem")),
        };
        assert!(matches!(install(&step, &System).unwrap(), Done::Changed));
        assert!(matches!(install(&step, &System).unwrap(), Done::Already));
        assert!(matches!(uninstall(&step, &System).unwrap(), Done::Changed));
        assert!(matches!(install(&made, &System).unwrap(), Done::Already));
    }
}
