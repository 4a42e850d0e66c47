//! Programs with roots of their own: whether they accept what the agent presents.

use std::path::{Path, PathBuf};

use super::{Change, Check, Finding, Scene};
use crate::setup::command::demand;
use crate::setup::placed::{Form, Placed};
use crate::setup::{Certificate, Commands, Invocation, State, Step, StepError, bundle};

pub(super) const NODE: Check = Check {
    name: "node",
    title: "Node trusts the device's certificate",
    look: |scene| adds(scene, "node", "NODE_EXTRA_CA_CERTS"),
    change: Some(Change {
        fix: "Set NODE_EXTRA_CA_CERTS from your next sign-in on",
        undo: "Take NODE_EXTRA_CA_CERTS out of your sessions",
        steps: |scene| naming_certificate(scene, "NODE_EXTRA_CA_CERTS"),
    }),
};

pub(super) const DENO: Check = Check {
    name: "deno",
    title: "Deno trusts the device's certificate",
    look: |scene| {
        let stores = scene.variable("DENO_TLS_CA_STORE").unwrap_or_default();
        if scene.program("deno").is_some() && stores.split(',').any(|store| store == "system") {
            return follows_system(scene, "DENO_TLS_CA_STORE names the system's store");
        }
        adds(scene, "deno", "DENO_CERT")
    },
    change: Some(Change {
        fix: "Set DENO_CERT from your next sign-in on",
        undo: "Take DENO_CERT out of your sessions",
        steps: |scene| naming_certificate(scene, "DENO_CERT"),
    }),
};

pub(super) const REQUESTS: Check = Check {
    name: "python-requests",
    title: "Python's requests trusts the device's certificate",
    look: |scene| {
        if python(scene).is_none() {
            return not_installed("python3");
        }
        replaces(scene, "REQUESTS_CA_BUNDLE", || {
            Finding::warning("REQUESTS_CA_BUNDLE is not set: requests comes with roots of its own")
        })
    },
    change: Some(Change {
        fix: "Set REQUESTS_CA_BUNDLE from your next sign-in on",
        undo: "Take REQUESTS_CA_BUNDLE out of your sessions",
        steps: |scene| naming_roots(scene, "REQUESTS_CA_BUNDLE"),
    }),
};

pub(super) const PYTHON: Check = Check {
    name: "python-ssl",
    title: "Python's ssl (httpx, aiohttp, urllib) trusts the device's certificate",
    look: |scene| {
        let Some(python) = python(scene) else {
            return not_installed("python3");
        };
        replaces(scene, "SSL_CERT_FILE", || {
            // Distributions build theirs against the system's roots; others bring their own.
            let asked = Invocation::new(
                python,
                ["-c", "import ssl; print(ssl.get_default_verify_paths().cafile or '')"],
            );
            let file = PathBuf::from(scene.said(&asked).unwrap_or_default());
            let same = |roots: PathBuf| Some(std::fs::canonicalize(roots).ok()? == std::fs::canonicalize(&file).ok()?);
            if scene.holds_ours(&file) || scene.roots().and_then(same) == Some(true) {
                return follows_system(scene, "it follows the system's store");
            }
            Finding::warning("SSL_CERT_FILE is not set, and this Python has roots of its own")
        })
    },
    change: Some(Change {
        fix: "Set SSL_CERT_FILE from your next sign-in on",
        undo: "Take SSL_CERT_FILE out of your sessions",
        steps: |scene| naming_roots(scene, "SSL_CERT_FILE"),
    }),
};

pub(super) const PIP: Check = Check {
    name: "pip",
    title: "pip has no roots set that lack the device's certificate",
    look: |scene| {
        if scene.program("pip3").or_else(|| scene.program("pip")).is_none() {
            return not_installed("pip");
        }
        let files = [
            Some(scene.at("/etc/pip.conf")),
            scene.home(".config/pip/pip.conf"),
            scene.home(".pip/pip.conf"),
        ];
        let set = scene.variable("PIP_CERT");
        let set = set.or_else(|| files.into_iter().find_map(|file| setting(&scene.text(file)?, "cert")));
        named(scene, set, "its `cert`", || {
            Finding::ok("none set: it follows Python, and the system from version 24.2 on")
        })
    },
    change: None,
};

pub(super) const GIT: Check = Check {
    name: "git",
    title: "git has no roots set that lack the device's certificate",
    look: |scene| {
        let Some(git) = scene.program("git") else {
            return not_installed("git");
        };
        let set = scene.variable("GIT_SSL_CAINFO").or_else(|| {
            let file = scene.home(".gitconfig")?;
            let asked = ["config", "--file", file.to_str()?, "--get", "http.sslCAInfo"];
            scene.said(&Invocation::new(git, asked)).filter(|said| !said.is_empty())
        });
        named(scene, set, "`http.sslCAInfo`", || {
            follows_system(scene, "none set: it follows the system's store")
        })
    },
    change: Some(Change {
        fix: "Point git to roots that hold the certificate",
        undo: "Let git use the roots that it used before",
        steps: |scene| {
            let file = scene.own_ledger().and_then(|_| scene.home(".gitconfig"));
            let (Some(file), Some((roots, made))) = (file, roots_with_ours(scene)) else {
                return Vec::new();
            };
            let step = Box::new(GitRoots { file, roots });
            vec![Box::new(Prepared { step, made })]
        },
    }),
};

pub(super) const CURL: Check = Check {
    name: "curl",
    title: "curl has no roots set that lack the device's certificate",
    look: |scene| {
        if scene.program("curl").is_none() {
            return not_installed("curl");
        }
        replaces(scene, "CURL_CA_BUNDLE", || {
            follows_system(scene, "none set: it follows the system's store")
        })
    },
    change: None,
};

pub(super) const CARGO: Check = Check {
    name: "cargo",
    title: "cargo has no roots set that lack the device's certificate",
    look: |scene| {
        if scene.program("cargo").is_none() {
            return not_installed("cargo");
        }
        let set = scene.variable("CARGO_HTTP_CAINFO");
        let set = set.or_else(|| setting(&scene.text(scene.home(".cargo/config.toml"))?, "cainfo"));
        named(scene, set, "`http.cainfo`", || {
            follows_system(scene, "none set: it follows the system's store")
        })
    },
    change: None,
};

pub(super) const AWS: Check = Check {
    name: "aws",
    title: "The AWS tools trust the device's certificate (Bedrock)",
    look: |scene| {
        if scene.program("aws").is_none() {
            return not_installed("aws");
        }
        replaces(scene, "AWS_CA_BUNDLE", || {
            Finding::warning("AWS_CA_BUNDLE is not set: the tools come with roots of their own")
        })
    },
    change: Some(Change {
        fix: "Set AWS_CA_BUNDLE from your next sign-in on",
        undo: "Take AWS_CA_BUNDLE out of your sessions",
        steps: |scene| naming_roots(scene, "AWS_CA_BUNDLE"),
    }),
};

fn not_installed(program: &str) -> Finding {
    Finding::skipped(format!("`{program}` is not installed"))
}

fn python(scene: &Scene<'_>) -> Option<PathBuf> {
    scene.program("python3").or_else(|| scene.program("python"))
}

/// A variable whose file is added to a program's own roots.
fn adds(scene: &Scene<'_>, program: &str, variable: &str) -> Finding {
    if scene.program(program).is_none() {
        return not_installed(program);
    }
    replaces(scene, variable, || {
        Finding::warning(format!("{variable} is not set: it does not accept intercepted sites"))
    })
}

/// A variable that names a file with roots.
fn replaces(scene: &Scene<'_>, variable: &str, unset: impl FnOnce() -> Finding) -> Finding {
    named(scene, scene.variable(variable), variable, unset)
}

/// A setting that names a file with roots: whether that file holds the certificate.
fn named(scene: &Scene<'_>, set: Option<String>, setting: &str, unset: impl FnOnce() -> Finding) -> Finding {
    let Some(file) = set else { return unset() };
    let path = home_for_tilde(scene, &file);
    if scene.holds_ours(&path) {
        return Finding::ok(format!("{setting} names `{file}`"));
    }
    let why = if path.is_file() {
        "does not hold the device's certificate"
    } else {
        "cannot be read"
    };
    Finding::failed(format!("{setting} names `{file}`, which {why}"))
}

fn home_for_tilde(scene: &Scene<'_>, file: &str) -> PathBuf {
    let below = file.strip_prefix("~/").and_then(|rest| scene.home(rest));
    below.unwrap_or_else(|| PathBuf::from(file))
}

fn follows_system(scene: &Scene<'_>, text: &str) -> Finding {
    if scene.system_trusts() {
        return Finding::ok(text);
    }
    Finding::warning(format!(
        "{text}, which does not trust the certificate (see `trust-system`)"
    ))
}

/// `name = value` in a file of settings, with or without quotes.
fn setting(text: &str, name: &str) -> Option<String> {
    text.lines().find_map(|line| {
        let (found, value) = line.split_once('=')?;
        (found.trim() == name).then(|| value.trim().trim_matches(['"', '\'']).to_owned())
    })
}

fn naming_certificate(scene: &Scene<'_>, variable: &'static str) -> Vec<Box<dyn Step>> {
    let Ok(certificate) = &scene.certificate else {
        return Vec::new();
    };
    session_variable(scene, variable, certificate.path())
        .into_iter()
        .collect()
}

fn naming_roots(scene: &Scene<'_>, variable: &'static str) -> Vec<Box<dyn Step>> {
    let Some((roots, made)) = roots_with_ours(scene) else {
        return Vec::new();
    };
    let step = session_variable(scene, variable, &roots);
    step.into_iter()
        .map(|step| {
            Box::new(Prepared {
                step,
                made: made.clone(),
            }) as Box<dyn Step>
        })
        .collect()
}

/// A list of roots with the device's certificate in it: the system's, or one beside the certificate that is made first.
fn roots_with_ours(scene: &Scene<'_>) -> Option<(PathBuf, Option<Made>)> {
    let certificate = scene.certificate.as_ref().ok()?;
    let system = scene.roots()?;
    if scene.system_trusts() {
        return Some((system, None));
    }
    let file = scene.state.ca().join("bundle.pem");
    let made = Made {
        file: file.clone(),
        roots: system,
        certificate: certificate.clone(),
    };
    Some((file, Some(made)))
}

/// A file of `environment.d` in the person's own settings.
fn session_variable(scene: &Scene<'_>, variable: &str, value: &Path) -> Option<Box<dyn Step>> {
    let (ledger, dir) = (scene.own_ledger()?, scene.home(".config/environment.d")?);
    let name = variable.to_ascii_lowercase().replace('_', "-");
    let step = Placed {
        ledger,
        title: format!("{variable} of your sessions"),
        path: dir.join(format!("90-weir-{name}.conf")),
        form: Form::Whole(format!("{variable}={}\n", value.display()).into_bytes()),
    };
    Some(Box::new(step))
}

/// A change that names a file with roots, which is made first where the system's own list does not do.
struct Prepared {
    step: Box<dyn Step>,
    made: Option<Made>,
}

/// The system's roots and the certificate in one file.
#[derive(Clone)]
struct Made {
    file: PathBuf,
    roots: PathBuf,
    certificate: Certificate,
}

impl Step for Prepared {
    fn describe(&self) -> String {
        self.step.describe()
    }

    fn verify(&self, commands: &dyn Commands) -> Result<State, StepError> {
        self.step.verify(commands)
    }

    fn apply(&self, commands: &dyn Commands) -> Result<(), StepError> {
        if let Some(made) = &self.made {
            bundle::write(&made.file, Some(made.roots.clone()), &made.certificate).map_err(|error| {
                StepError::Refused {
                    program: "weir env".to_owned(),
                    said: weir_model::chain(&error),
                }
            })?;
        }
        self.step.apply(commands)
    }

    /// Shells in which `weir env` was run use the same file: it stays, like the certificate beside it.
    fn undo(&self, commands: &dyn Commands) -> Result<(), StepError> {
        self.step.undo(commands)
    }
}

/// One more `http.sslCAInfo`: the last one counts, and those before it stay for the day this one goes.
struct GitRoots {
    file: PathBuf,
    roots: PathBuf,
}

impl GitRoots {
    fn git(&self, verb: &[&str]) -> Invocation {
        let mut invocation = Invocation::new("git", ["config", "--file"]);
        invocation.arguments.push(self.file.clone().into());
        invocation.arguments.extend(verb.iter().map(Into::into));
        invocation
    }
}

impl Step for GitRoots {
    fn describe(&self) -> String {
        format!("http.sslCAInfo of git ({})", self.file.display())
    }

    fn verify(&self, commands: &dyn Commands) -> Result<State, StepError> {
        let listed = crate::setup::command::ask(commands, &self.git(&["--get-all", "http.sslCAInfo"]))?;
        let listed = String::from_utf8_lossy(&listed.stdout).into_owned();
        let has = listed.lines().any(|line| Path::new(line) == self.roots);
        let last = listed
            .lines()
            .next_back()
            .is_some_and(|line| Path::new(line) == self.roots);
        Ok(State::of_halves(has, last))
    }

    fn apply(&self, commands: &dyn Commands) -> Result<(), StepError> {
        let mut add = self.git(&["--add", "http.sslCAInfo"]);
        add.arguments.push(self.roots.clone().into());
        demand(commands, &add).map(drop)
    }

    fn undo(&self, commands: &dyn Commands) -> Result<(), StepError> {
        let mut unset = self.git(&["--fixed-value", "--unset-all", "http.sslCAInfo"]);
        unset.arguments.push(self.roots.clone().into());
        demand(commands, &unset).map(drop)
    }
}

#[cfg(test)]
mod tests {
    use super::{CARGO, CURL, DENO, GIT, NODE, PIP, PYTHON, REQUESTS};
    use crate::doctor::scene::tests::Played;
    use crate::doctor::{Check, CheckState, Scene};
    use crate::setup::certificate::tests::write_authority;
    use crate::setup::{Commands, Done, Invocation, System};
    use std::path::Path;

    fn with_programs(says: &[(&'static str, &'static str)]) -> Played {
        let played = Played::new(says);
        for program in ["node", "deno", "python3", "pip", "git", "curl", "cargo", "aws"] {
            played.write(&format!("bin/{program}"), "");
        }
        played
    }

    fn found(check: &Check, scene: &Scene<'_>) -> CheckState {
        (check.look)(scene).health
    }

    #[test]
    fn what_is_not_installed_is_skipped() {
        let played = Played::new(&[]);
        let scene = played.scene();
        for check in [&NODE, &DENO, &REQUESTS, &PYTHON, &PIP, &GIT, &CURL, &CARGO] {
            assert_eq!(found(check, &scene), CheckState::Skipped, "{}", check.name);
        }
    }

    #[test]
    fn a_variable_is_judged_by_what_its_file_holds() {
        let played = with_programs(&[]);
        let other = write_authority(&played.path("other.pem"));
        for (check, variable) in [
            (&NODE, "NODE_EXTRA_CA_CERTS"),
            (&DENO, "DENO_CERT"),
            (&REQUESTS, "REQUESTS_CA_BUNDLE"),
            (&PYTHON, "SSL_CERT_FILE"),
            (&CURL, "CURL_CA_BUNDLE"),
            (&GIT, "GIT_SSL_CAINFO"),
            (&CARGO, "CARGO_HTTP_CAINFO"),
            (&PIP, "PIP_CERT"),
        ] {
            let mut scene = played.scene();
            let mut set = |value: &Path| {
                scene.environment.insert(variable.into(), value.display().to_string());
                found(check, &scene)
            };
            assert_eq!(set(&played.path("nowhere.pem")), CheckState::Failed, "{variable}");
            assert_eq!(set(other.path()), CheckState::Failed, "{variable}");
            assert_eq!(set(&played.path("state/ca/ca.pem")), CheckState::Ok, "{variable}");
        }
    }

    #[test]
    fn what_follows_the_system_is_as_well_as_the_system() {
        let played = with_programs(&[]);
        let scene = played.scene();
        for check in [&GIT, &CURL, &CARGO] {
            assert_eq!(found(check, &scene), CheckState::Warning, "{}", check.name);
        }
        played.write(
            "etc/ssl/certs/ca-certificates.crt",
            scene.certificate.as_ref().unwrap().pem(),
        );
        for check in [&GIT, &CURL, &CARGO] {
            assert_eq!(found(check, &scene), CheckState::Ok, "{}", check.name);
        }
    }

    #[test]
    fn settings_in_files_are_found() {
        let played = with_programs(&[]);
        played.write("home/.cargo/config.toml", "[http]\ncainfo = \"/nowhere.pem\"\n");
        played.write("home/.config/pip/pip.conf", "[global]\ncert = /nowhere.pem\n");
        let scene = played.scene();
        assert_eq!(found(&CARGO, &scene), CheckState::Failed);
        assert_eq!(found(&PIP, &scene), CheckState::Failed);
    }

    #[test]
    fn variables_are_set_for_the_next_sign_in_and_taken_out_again() {
        let played = with_programs(&[]);
        let scene = played.scene();
        played.write(
            "etc/ssl/certs/ca-certificates.crt",
            write_authority(&played.path("root.pem")).pem(),
        );
        for check in [&NODE, &REQUESTS] {
            assert_eq!(found(check, &scene), CheckState::Warning);
            for (step, done) in check.fix(&scene) {
                assert!(matches!(done.unwrap(), Done::Changed | Done::Already), "{step}");
            }
            assert_eq!(found(check, &scene), CheckState::Ok, "{}", (check.look)(&scene).found);
            assert!(check.row(&scene).undo.is_some());
        }
        NODE.undo(&scene);
        assert_eq!(found(&NODE, &scene), CheckState::Warning);
        assert_eq!(
            found(&REQUESTS, &scene),
            CheckState::Ok,
            "one does not take the other away"
        );
        assert!(
            !played
                .path("home/.config/environment.d/90-weir-node-extra-ca-certs.conf")
                .exists()
        );
    }

    #[test]
    fn git_gets_its_roots_and_the_earlier_ones_back() {
        if System.run(&Invocation::new("git", ["--version"])).is_err() {
            return;
        }
        let played = with_programs(&[]);
        let path = std::env::var("PATH").unwrap();
        let roots = write_authority(&played.path("root.pem"));
        played.write("etc/ssl/certs/ca-certificates.crt", roots.pem());
        let before = "[http]\n\tsslCAInfo = /corp.pem\n";
        let config = played.write("home/.gitconfig", before);
        let mut scene = played.scene_with(&System);
        scene.environment.insert("PATH".into(), path);
        assert_eq!(found(&GIT, &scene), CheckState::Failed);
        for (step, done) in GIT.fix(&scene) {
            assert!(matches!(done.unwrap(), Done::Changed), "{step}");
        }
        assert_eq!(found(&GIT, &scene), CheckState::Ok);
        GIT.undo(&scene);
        assert_eq!(std::fs::read_to_string(config).unwrap(), before);
    }

    #[test]
    fn the_python_of_this_machine_says_whose_roots_it_uses() {
        let python = "import ssl; print(ssl.get_default_verify_paths().cafile or '')";
        if System.run(&Invocation::new("python3", ["-c", python])).is_err() {
            return;
        }
        let played = Played::new(&[]);
        let mut scene = played.scene_with(&System);
        scene.environment.insert("PATH".into(), std::env::var("PATH").unwrap());
        // Without a variable it either follows a list that lacks our certificate, or has its own.
        assert_eq!(found(&PYTHON, &scene), CheckState::Warning);
    }
}
