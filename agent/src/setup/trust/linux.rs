//! Linux: the anchors of the distribution (curl, wget, Python's system store, GnuTLS) and the NSS databases of the user
//! (Chromium, Chrome, Firefox), which do not look at those.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::Person;
use super::nss;
use crate::setup::certificate::all_in;
use crate::setup::command::demand;
use crate::setup::{Certificate, Commands, Invocation, State, Step, StepError};

/// The stores of the whole machine.
pub(super) fn machine(certificate: &Certificate) -> Vec<Box<dyn Step>> {
    let anchors = match Layout::of_this_machine() {
        Some(layout) => Anchors::new(certificate, layout),
        None => return vec![Box::new(NoAnchors)],
    };
    vec![Box::new(anchors)]
}

/// The stores of one user.
pub(super) fn user(certificate: &Certificate, person: &Person) -> Vec<Box<dyn Step>> {
    nss::steps(certificate, person)
}

/// How a family of distributions takes anchors.
struct Layout {
    /// Directory for anchors.
    anchors: PathBuf,
    /// File ending it expects.
    ending: &'static str,
    /// What all programs read in the end.
    bundle: PathBuf,
    /// Rebuilds the bundle.
    refresh: Invocation,
    /// The same after a removal.
    refresh_all: Invocation,
}

impl Layout {
    /// By the directory that exists: derivatives follow their family.
    fn of_this_machine() -> Option<Self> {
        FAMILIES
            .iter()
            .find(|family| Path::new(family.anchors).is_dir())
            .map(|family| Layout {
                anchors: family.anchors.into(),
                ending: family.ending,
                bundle: family.bundle.into(),
                refresh: Invocation::new(family.program, family.refresh),
                refresh_all: Invocation::new(family.program, family.refresh_all),
            })
    }
}

/// A [`Layout`] as it is known beforehand.
struct Family {
    anchors: &'static str,
    ending: &'static str,
    bundle: &'static str,
    program: &'static str,
    refresh: &'static [&'static str],
    refresh_all: &'static [&'static str],
}

/// Fedora and RHEL; SUSE; Arch; Debian, Ubuntu and Alpine. The last directory also exists on some of the others.
const FAMILIES: [Family; 4] = [
    Family {
        anchors: "/etc/pki/ca-trust/source/anchors",
        ending: "pem",
        bundle: "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
        program: "update-ca-trust",
        refresh: &["extract"],
        refresh_all: &["extract"],
    },
    Family {
        anchors: "/etc/pki/trust/anchors",
        ending: "pem",
        bundle: "/etc/ssl/ca-bundle.pem",
        program: "update-ca-certificates",
        refresh: &[],
        refresh_all: &["--fresh"],
    },
    Family {
        anchors: "/etc/ca-certificates/trust-source/anchors",
        ending: "crt",
        bundle: "/etc/ca-certificates/extracted/tls-ca-bundle.pem",
        program: "trust",
        refresh: &["extract-compat"],
        refresh_all: &["extract-compat"],
    },
    Family {
        anchors: "/usr/local/share/ca-certificates",
        ending: "crt",
        bundle: "/etc/ssl/certs/ca-certificates.crt",
        program: "update-ca-certificates",
        refresh: &[],
        refresh_all: &["--fresh"],
    },
];

/// An anchor of the distribution.
struct Anchors {
    layout: Layout,
    file: PathBuf,
    certificate: Certificate,
}

impl Anchors {
    fn new(certificate: &Certificate, layout: Layout) -> Self {
        let file = layout
            .anchors
            .join(certificate.file_stem())
            .with_extension(layout.ending);
        Self {
            layout,
            file,
            certificate: certificate.clone(),
        }
    }

    fn in_bundle(&self) -> Result<bool, StepError> {
        match fs::read(&self.layout.bundle) {
            Ok(bundle) => Ok(all_in(&bundle).iter().any(|der| der == self.certificate.der())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(source) => Err(StepError::File {
                doing: "read",
                path: self.layout.bundle.clone(),
                source,
            }),
        }
    }
}

impl Step for Anchors {
    fn describe(&self) -> String {
        format!(
            "system trust store ({}): curl, wget, git, most programs",
            self.layout.anchors.display()
        )
    }

    /// The anchor file, and the bundle that programs read.
    fn verify(&self, _commands: &dyn Commands) -> Result<State, StepError> {
        Ok(State::of_halves(self.file.exists(), self.in_bundle()?))
    }

    fn apply(&self, commands: &dyn Commands) -> Result<(), StepError> {
        write_readable(&self.file, &self.certificate.pem()).map_err(|source| StepError::File {
            doing: "write",
            path: self.file.clone(),
            source,
        })?;
        demand(commands, &self.layout.refresh).map(drop)
    }

    fn undo(&self, commands: &dyn Commands) -> Result<(), StepError> {
        match fs::remove_file(&self.file) {
            Err(source) if source.kind() != io::ErrorKind::NotFound => {
                return Err(StepError::File {
                    doing: "remove",
                    path: self.file.clone(),
                    source,
                });
            }
            _ => {}
        }
        demand(commands, &self.layout.refresh_all).map(drop)
    }
}

/// Readable for everyone, whatever the umask: every program of the machine reads it.
fn write_readable(path: &Path, text: &str) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    fs::write(path, text)?;
    fs::set_permissions(path, fs::Permissions::from_mode(0o644))
}

/// A distribution that takes anchors in a way we do not know.
struct NoAnchors;

impl Step for NoAnchors {
    fn describe(&self) -> String {
        String::from("system trust store")
    }

    fn verify(&self, _commands: &dyn Commands) -> Result<State, StepError> {
        Ok(State::Unavailable(String::from(
            "no anchor directory of Debian, Fedora, SUSE or Arch exists; install the package `ca-certificates`",
        )))
    }

    fn apply(&self, _commands: &dyn Commands) -> Result<(), StepError> {
        Ok(())
    }

    fn undo(&self, _commands: &dyn Commands) -> Result<(), StepError> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{Anchors, Layout};
    use crate::setup::certificate::tests::write_authority;
    use crate::setup::{Done, Invocation, State, Step, System, install, skipped, uninstall};
    use std::path::Path;

    #[test]
    fn the_anchor_reaches_the_bundle_and_leaves_it_again() {
        if !Path::new("/usr/sbin/update-ca-certificates").exists() {
            skipped("update-ca-certificates", "ca-certificates");
            return;
        }
        let dir = tempfile::tempdir().unwrap();
        let layout = debian_below(dir.path());
        // Without any other root the program leaves the old bundle in place.
        write_authority(&layout.anchors.join("other.crt"));
        let certificate = write_authority(&dir.path().join("ca.pem"));
        let step = Anchors::new(&certificate, layout);
        assert_eq!(step.verify(&System).unwrap(), State::Absent);
        assert!(matches!(install(&step, &System).unwrap(), Done::Changed));
        assert!(step.in_bundle().unwrap());
        assert!(matches!(install(&step, &System).unwrap(), Done::Already));
        assert!(matches!(uninstall(&step, &System).unwrap(), Done::Changed));
        assert!(!step.in_bundle().unwrap() && !step.file.exists());
        assert!(matches!(uninstall(&step, &System).unwrap(), Done::Already));
    }

    #[test]
    fn another_certificate_in_the_bundle_is_not_ours() {
        let dir = tempfile::tempdir().unwrap();
        let layout = debian_below(dir.path());
        let other = write_authority(&dir.path().join("other.pem"));
        std::fs::write(&layout.bundle, other.pem()).unwrap();
        let step = Anchors::new(&write_authority(&dir.path().join("ca.pem")), layout);
        assert_eq!(step.verify(&System).unwrap(), State::Absent);
        std::fs::write(&step.file, step.certificate.pem()).unwrap();
        assert_eq!(step.verify(&System).unwrap(), State::Partial);
    }

    fn debian_below(root: &Path) -> Layout {
        let below = |name: &str| {
            let path = root.join(name);
            std::fs::create_dir_all(&path).unwrap();
            path
        };
        let (anchors, etc, hooks, mozilla) = (below("anchors"), below("etc"), below("hooks"), below("mozilla"));
        std::fs::write(root.join("conf"), "").unwrap();
        let arguments: Vec<std::ffi::OsString> = vec![
            "--localcertsdir".into(),
            anchors.clone().into(),
            "--etccertsdir".into(),
            etc.clone().into(),
            "--hooksdir".into(),
            hooks.into(),
            "--certsdir".into(),
            mozilla.into(),
            "--certsconf".into(),
            root.join("conf").into(),
        ];
        let refresh = Invocation::new("/usr/sbin/update-ca-certificates", &arguments);
        let mut refresh_all = refresh.clone();
        refresh_all.arguments.push("--fresh".into());
        Layout {
            anchors,
            ending: "crt",
            bundle: etc.join("ca-certificates.crt"),
            refresh,
            refresh_all,
        }
    }
}
