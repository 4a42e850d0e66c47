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
    /// Programs that are told of additions by the refresh, and of removals by nobody: Java's keystore is one of them.
    hooks: Option<PathBuf>,
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
                hooks: family.hooks.map(PathBuf::from),
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
    hooks: Option<&'static str>,
}

/// Fedora and RHEL; SUSE; Arch; Debian, Ubuntu and Alpine. The last directory also exists on some of the others.
const FAMILIES: [Family; 4] = [
    Family {
        anchors: "/etc/pki/ca-trust/source/anchors",
        ending: "pem",
        bundle: "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
        program: "update-ca-trust",
        refresh: &["extract"],
        hooks: None,
    },
    Family {
        anchors: "/etc/pki/trust/anchors",
        ending: "pem",
        bundle: "/etc/ssl/ca-bundle.pem",
        program: "update-ca-certificates",
        refresh: &[],
        hooks: None,
    },
    Family {
        anchors: "/etc/ca-certificates/trust-source/anchors",
        ending: "crt",
        bundle: "/etc/ca-certificates/extracted/tls-ca-bundle.pem",
        program: "trust",
        refresh: &["extract-compat"],
        hooks: None,
    },
    Family {
        anchors: "/usr/local/share/ca-certificates",
        ending: "crt",
        bundle: "/etc/ssl/certs/ca-certificates.crt",
        program: "update-ca-certificates",
        refresh: &[],
        hooks: Some("/etc/ca-certificates/update.d"),
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

    /// Not by a refresh from scratch (`--fresh`): that rebuilds what others have put there as well.
    fn undo(&self, commands: &dyn Commands) -> Result<(), StepError> {
        remove(&self.file)?;
        if let Some(hooks) = &self.layout.hooks {
            let linked = self.remove_links()?;
            demand(commands, &self.layout.refresh)?;
            return tell(hooks, &linked, commands);
        }
        demand(commands, &self.layout.refresh).map(drop)
    }
}

impl Anchors {
    /// The links that Debian makes beside its bundle: one by name, one by hash that leads to it.
    fn remove_links(&self) -> Result<PathBuf, StepError> {
        let beside = self.layout.bundle.parent().unwrap_or(Path::new("/"));
        let name = PathBuf::from(self.certificate.file_stem()).with_extension("pem");
        let entries = fs::read_dir(beside);
        let entries = entries.map_err(|source| StepError::File {
            doing: "read",
            path: beside.to_owned(),
            source,
        })?;
        for path in entries.filter_map(Result::ok).map(|entry| entry.path()) {
            if fs::read_link(&path).is_ok_and(|target| target == name || target == self.file) {
                remove(&path)?;
            }
        }
        Ok(beside.join(name))
    }
}

/// Tells every hook that a certificate is gone, in the form `update-ca-certificates(8)` describes.
fn tell(hooks: &Path, gone: &Path, commands: &dyn Commands) -> Result<(), StepError> {
    let mut programs: Vec<PathBuf> = fs::read_dir(hooks)
        .into_iter()
        .flatten()
        .filter_map(Result::ok)
        .map(|entry| entry.path())
        .collect();
    programs.sort();
    for program in programs.into_iter().filter(|program| is_program(program)) {
        let line = format!("-{}\n", gone.display());
        demand(commands, &Invocation::new(program, [""; 0]).reading(line))?;
    }
    Ok(())
}

fn is_program(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    fs::metadata(path).is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0)
}

fn remove(path: &Path) -> Result<(), StepError> {
    match fs::remove_file(path) {
        Err(source) if source.kind() != io::ErrorKind::NotFound => Err(StepError::File {
            doing: "remove",
            path: path.to_owned(),
            source,
        }),
        _ => Ok(()),
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
    use std::os::unix::fs::PermissionsExt;
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
        let links = names(&dir.path().join("etc"), &certificate.file_stem());
        assert!(links.is_empty(), "left behind: {links:?}");
        let told = std::fs::read_to_string(dir.path().join("told")).unwrap();
        let link = dir
            .path()
            .join("etc")
            .join(certificate.file_stem())
            .with_extension("pem");
        assert!(told.contains(&format!("+{}\n", link.display())), "{told}");
        assert!(
            told.ends_with(&format!("-{}\n", link.display())),
            "a hook never heard of the removal: {told}"
        );
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

    /// Files named after the certificate, and links that lead to one.
    fn names(dir: &Path, stem: &str) -> Vec<std::path::PathBuf> {
        let entries = std::fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path());
        let leads = |path: &Path| std::fs::read_link(path).is_ok_and(|target| target.to_string_lossy().contains(stem));
        entries
            .filter(|path| path.to_string_lossy().contains(stem) || leads(path))
            .collect()
    }

    fn debian_below(root: &Path) -> Layout {
        let below = |name: &str| {
            let path = root.join(name);
            std::fs::create_dir_all(&path).unwrap();
            path
        };
        let (anchors, etc, hooks, mozilla) = (below("anchors"), below("etc"), below("hooks"), below("mozilla"));
        // An empty file would make the program start from scratch.
        std::fs::write(root.join("conf"), "# none\n").unwrap();
        let hook = hooks.join("keystore");
        std::fs::write(&hook, format!("#!/bin/sh\ncat >> {}\n", root.join("told").display())).unwrap();
        std::fs::set_permissions(&hook, std::fs::Permissions::from_mode(0o755)).unwrap();
        let arguments: Vec<std::ffi::OsString> = vec![
            "--localcertsdir".into(),
            anchors.clone().into(),
            "--etccertsdir".into(),
            etc.clone().into(),
            "--hooksdir".into(),
            hooks.clone().into(),
            "--certsdir".into(),
            mozilla.into(),
            "--certsconf".into(),
            root.join("conf").into(),
        ];
        let refresh = Invocation::new("/usr/sbin/update-ca-certificates", &arguments);
        Layout {
            anchors,
            ending: "crt",
            bundle: etc.join("ca-certificates.crt"),
            refresh,
            hooks: Some(hooks),
        }
    }
}
