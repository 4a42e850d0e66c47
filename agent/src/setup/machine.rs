//! What an installer changes on a machine: managed policies of browsers, the system's trust store, variables of programs.
//!
//! ```text
//! package, MDM -> weir setup -> wanted(target) -> each Step: verify, apply, undo
//!                                                   └ Ledger: what stood there before
//! ```
//!
//! The certificate and the hosts come from the agent's directory, which an intruder in the agent could write to. So they
//! are checked before root acts on them: an authority without the limits of promise P3 is not installed, and what is no host
//! is not written anywhere.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use weir_model::HostPattern;

use super::certificate::{self, UnlimitedError};
use super::ledger::{self, Ledger};
use super::placed::{Form, Placed, Remembered};
use super::trust::{self, Scope};
use super::{Certificate, Commands, State, Step, StepError};

/// Where the certificate lies for programs that are told of it by a path: Node, Firefox.
pub const CERTIFICATE: &str = "/etc/weir/ca.pem";
/// The policy directories of Chromium's family, each with the browser's name.
pub const CHROMIUM: [(&str, &str); 5] = [
    ("Chromium", "/etc/chromium/policies/managed"),
    ("Chromium of Ubuntu", "/etc/chromium-browser/policies/managed"),
    ("Google Chrome", "/etc/opt/chrome/policies/managed"),
    ("Microsoft Edge", "/etc/opt/edge/policies/managed"),
    ("Brave", "/etc/brave/policies/managed"),
];
/// Our file in them.
pub const CHROMIUM_FILE: &str = "weir.json";
/// What Firefox reads, whoever packaged it. Where it exists, the one of the distribution is not read any more.
pub const FIREFOX: &str = "/etc/firefox/policies/policies.json";
const FIREFOX_OF_DISTRIBUTION: [&str; 3] = [
    "/usr/lib/firefox-esr/distribution/policies.json",
    "/usr/lib/firefox/distribution/policies.json",
    "/usr/lib64/firefox/distribution/policies.json",
];
const ENVIRONMENT: &str = "/etc/environment.d/90-weir.conf";
const PROFILE: &str = "/etc/profile.d/weir.sh";
/// How a PAC file stands in a URL of its own.
const PAC_URL: &str = "data:application/x-ns-proxy-autoconfig;base64,";
/// Where one machine's changes are noted. Not below the agent's own directory: what stands there is written to `/etc`.
pub const LEDGER: &str = "/var/lib/weir-setup";

/// What a machine is set up for.
pub struct Target {
    /// The device's authority, after [`checked`].
    pub certificate: Certificate,
    /// The PAC file, without `DIRECT` for the hosts that go to the proxy.
    pub pac: String,
    /// Where the agent's proxy listens.
    pub proxy: SocketAddr,
    /// Also send programs that read `HTTPS_PROXY` to the proxy. All their traffic depends on the agent then.
    pub programs_by_proxy: bool,
}

/// What the agent has laid out is not fit to be installed by root.
#[derive(Debug, thiserror::Error)]
pub enum UnfitError {
    /// The certificate.
    #[error(transparent)]
    Unlimited(#[from] UnlimitedError),
    /// Something that is no pattern of hosts.
    #[error("`{0}` in the list of hosts is none")]
    Host(String),
}

/// Checks that a certificate has the limits that make it harmless, and reads a list of hosts (one pattern a line). Hosts that
/// the certificate does not name yet are taken as well: the proxy keeps them closed.
///
/// # Errors
/// When one of both is not fit: nothing may be installed then.
pub fn checked(certificate: &Certificate, list: &str) -> Result<Vec<String>, UnfitError> {
    certificate.limited()?;
    let hosts = list.lines().map(str::trim).filter(|line| !line.is_empty());
    hosts.map(pattern).collect()
}

fn pattern(host: &str) -> Result<String, UnfitError> {
    if HostPattern::parse(host).is_ok() {
        return Ok(host.to_owned());
    }
    Err(UnfitError::Host(
        host.chars().filter(|c| !c.is_control()).take(80).collect(),
    ))
}

/// Every change that a machine needs.
#[must_use]
pub fn wanted(target: &Target, ledger: &Ledger) -> Vec<Box<dyn Step>> {
    let mut steps: Vec<Box<dyn Step>> = Vec::new();
    let mut place = |title: &str, path: PathBuf, form: Form| {
        steps.push(Box::new(Placed {
            ledger: ledger.clone(),
            title: title.to_owned(),
            path,
            form,
        }));
    };
    let pem = target.certificate.pem();
    place(
        "certificate for programs",
        CERTIFICATE.into(),
        Form::Whole(pem.clone().into_bytes()),
    );
    for (browser, dir) in CHROMIUM {
        let form = Form::Keys {
            ours: chromium(target),
            instead_of: None,
        };
        place(
            &format!("policies of {browser}"),
            Path::new(dir).join(CHROMIUM_FILE),
            form,
        );
    }
    let of_distribution = FIREFOX_OF_DISTRIBUTION.iter().map(PathBuf::from);
    let form = Form::Keys {
        ours: firefox(target),
        instead_of: of_distribution.into_iter().find(|path| ledger.real(path).is_file()),
    };
    place("policies of Firefox", FIREFOX.into(), form);
    let variables = variables(target, ledger);
    place(
        "variables of desktop sessions",
        ENVIRONMENT.into(),
        Form::Whole(environment(&variables)),
    );
    place("variables of shells", PROFILE.into(), Form::Whole(profile(&variables)));
    steps.extend(stores(&target.certificate, ledger));
    steps
}

/// Changes that were made for something else than the target: an earlier version, an earlier certificate. Without a target:
/// every change there is.
///
/// # Errors
/// When the ledger cannot be read.
pub fn outdated(target: Option<&Target>, ledger: &Ledger) -> Result<Vec<Box<dyn Step>>, StepError> {
    let kept: Vec<String> = target.map_or_else(Vec::new, |target| {
        let files = wanted(target, ledger).into_iter().map(|step| step.describe());
        files.collect()
    });
    let mut steps: Vec<Box<dyn Step>> = Vec::new();
    for file in ledger::files_of(&ledger.certificates())? {
        // What cannot be read as one was not written by us.
        let Ok(old) = certificate::read(&file) else { continue };
        if target.is_none_or(|target| target.certificate.der() != old.der()) {
            steps.extend(stores(&old, ledger));
        }
    }
    for entry in ledger.entries()? {
        let step = Remembered {
            ledger: ledger.clone(),
            entry,
        };
        if !kept.contains(&step.describe()) {
            steps.push(Box::new(step));
        }
    }
    Ok(steps)
}

/// The policies of Chromium's family. QUIC and Encrypted Client Hello hide from the proxy where a connection goes. The
/// constraints say once more, to the browser itself, what the certificate says.
fn chromium(target: &Target) -> Value {
    json!({
        "ProxySettings": { "ProxyMode": "pac_script", "ProxyPacUrl": pac_url(target), "ProxyPacMandatory": true },
        "QuicAllowed": false,
        "EncryptedClientHelloEnabled": false,
        "CACertificatesWithConstraints": [{
            "certificate": STANDARD.encode(target.certificate.der()),
            "constraints": { "permitted_dns_names": target.certificate.permitted() },
        }],
    })
}

fn firefox(target: &Target) -> Value {
    json!({
        "policies": {
            "Proxy": { "Mode": "autoConfig", "AutoConfigURL": pac_url(target), "Locked": true },
            "Certificates": { "Install": [CERTIFICATE] },
            // Firefox has no policies of its own for these two.
            "Preferences": {
                "network.http.http3.enable": { "Value": false, "Status": "locked" },
                "network.dns.echconfig.enabled": { "Value": false, "Status": "locked" },
            },
        }
    })
}

fn pac_url(target: &Target) -> String {
    format!("{PAC_URL}{}", STANDARD.encode(&target.pac))
}

/// The PAC file of a URL that we wrote; `None` for another.
#[must_use]
pub fn pac_in(url: &str) -> Option<String> {
    let text = STANDARD.decode(url.strip_prefix(PAC_URL)?).ok()?;
    String::from_utf8(text).ok()
}

/// Programs that do not look at the system's trust store by themselves. What replaces roots gets the system's own list,
/// which holds the certificate as well, so that nothing goes out of date.
fn variables(target: &Target, ledger: &Ledger) -> Vec<(&'static str, String)> {
    let mut variables = vec![
        ("NODE_EXTRA_CA_CERTS", CERTIFICATE.to_owned()),
        ("DENO_TLS_CA_STORE", "system,mozilla".to_owned()),
    ];
    let below = |path: &Path| ledger.real(path).is_file();
    if let Some(roots) = super::bundle::PLACES.iter().find(|place| below(Path::new(place))) {
        for name in ["REQUESTS_CA_BUNDLE", "SSL_CERT_FILE", "AWS_CA_BUNDLE"] {
            variables.push((name, (*roots).to_owned()));
        }
    }
    if target.programs_by_proxy {
        let proxy = format!("http://{}", target.proxy);
        for name in ["HTTPS_PROXY", "https_proxy"] {
            variables.push((name, proxy.clone()));
        }
        for name in ["NO_PROXY", "no_proxy"] {
            variables.push((name, "localhost,127.0.0.1,::1".to_owned()));
        }
        variables.push(("NODE_USE_ENV_PROXY", "1".to_owned()));
    }
    variables
}

const HEADING: &str = "# Written by `weir setup install`; `weir setup remove` takes it away.\n";

/// In both, what somebody has set already stays.
fn environment(variables: &[(&str, String)]) -> Vec<u8> {
    let lines = variables
        .iter()
        .map(|(name, value)| format!("{name}=${{{name}:-{value}}}\n"));
    format!("{HEADING}{}", lines.collect::<String>()).into_bytes()
}

fn profile(variables: &[(&str, String)]) -> Vec<u8> {
    let lines = variables
        .iter()
        .map(|(name, value)| format!("export {name}=\"${{{name}:-{value}}}\"\n"));
    format!("{HEADING}{}", lines.collect::<String>()).into_bytes()
}

/// The stores of this machine. An image has none that could be worked from outside; the first start does it.
fn stores(certificate: &Certificate, ledger: &Ledger) -> Vec<Box<dyn Step>> {
    if ledger.root() != Path::new("/") {
        return Vec::new();
    }
    let steps = trust::steps(certificate, Scope::Machine, None);
    let noted = steps.into_iter().map(|step| {
        let noted = Noted {
            step,
            certificate: certificate.clone(),
            ledger: ledger.clone(),
        };
        Box::new(noted) as Box<dyn Step>
    });
    noted.collect()
}

/// A store, and a note which certificate was put in: the agent may have another one by the day it is taken out.
struct Noted {
    step: Box<dyn Step>,
    certificate: Certificate,
    ledger: Ledger,
}

impl Noted {
    fn file(&self) -> PathBuf {
        let name = self.certificate.file_stem();
        self.ledger.certificates().join(name).with_extension("pem")
    }
}

impl Step for Noted {
    fn describe(&self) -> String {
        self.step.describe()
    }

    fn verify(&self, commands: &dyn Commands) -> Result<State, StepError> {
        self.step.verify(commands)
    }

    fn apply(&self, commands: &dyn Commands) -> Result<(), StepError> {
        let dir = self.ledger.certificates();
        ledger::private_dir(&dir).map_err(|source| ledger::failed("make", &dir, source))?;
        ledger::write(&self.file(), self.certificate.pem().as_bytes(), None)?;
        self.step.apply(commands)
    }

    fn undo(&self, commands: &dyn Commands) -> Result<(), StepError> {
        self.step.undo(commands)?;
        ledger::remove(&self.file())?;
        self.ledger.sweep();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{CHROMIUM, FIREFOX, Ledger, Target, UnfitError, checked, outdated, pac_in, wanted};
    use crate::setup::certificate::UnlimitedError;
    use crate::setup::certificate::tests::{write_authority, write_limited};
    use crate::setup::{Done, System, install, uninstall};
    use serde_json::Value;
    use std::collections::BTreeMap;
    use std::fs;
    use std::path::Path;

    fn target(dir: &Path) -> Target {
        Target {
            certificate: write_authority(&dir.join("ca.pem")),
            pac: "function FindProxyForURL(url, host) { return \"PROXY 127.0.0.1:18080\"; }".into(),
            proxy: ([127, 0, 0, 1], 18080).into(),
            programs_by_proxy: false,
        }
    }

    /// Every file below a directory, with its bytes.
    fn snapshot(dir: &Path) -> BTreeMap<String, Vec<u8>> {
        let mut found = BTreeMap::new();
        let mut ahead = vec![dir.to_owned()];
        while let Some(dir) = ahead.pop() {
            for path in fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path()) {
                if path.is_dir() {
                    found.insert(path.display().to_string(), Vec::new());
                    ahead.push(path);
                } else {
                    found.insert(path.display().to_string(), fs::read(&path).unwrap());
                }
            }
        }
        found
    }

    fn write(root: &Path, path: &str, text: &str) {
        let path = root.join(path.trim_start_matches('/'));
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    #[test]
    fn a_machine_is_as_it_was_after_install_and_remove() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().join("root");
        write(&root, FIREFOX, "{\"policies\": {\"DisableTelemetry\": true}}");
        write(
            &root,
            "/etc/chromium/policies/managed/corp.json",
            "{\"HomepageLocation\": \"https://corp.example\"}",
        );
        write(&root, "/etc/ssl/certs/ca-certificates.crt", "roots");
        let before = snapshot(&root);
        let ledger = Ledger::new(dir.path().join("ledger"), root.clone());
        let target = target(dir.path());
        for step in wanted(&target, &ledger) {
            assert!(
                matches!(install(&*step, &System).unwrap(), Done::Changed),
                "{}",
                step.describe()
            );
        }
        for step in wanted(&target, &ledger) {
            assert!(
                matches!(install(&*step, &System).unwrap(), Done::Already),
                "{}",
                step.describe()
            );
        }
        assert!(outdated(Some(&target), &ledger).unwrap().is_empty());

        let firefox: Value = serde_json::from_slice(&fs::read(root.join(&FIREFOX[1..])).unwrap()).unwrap();
        assert_eq!(firefox["policies"]["DisableTelemetry"], true);
        assert_eq!(firefox["policies"]["Proxy"]["Locked"], true);
        for (_, place) in CHROMIUM {
            let file = fs::read(root.join(&place[1..]).join("weir.json")).unwrap();
            let policies: Value = serde_json::from_slice(&file).unwrap();
            assert_eq!(policies["ProxySettings"]["ProxyPacMandatory"], true);
            assert_eq!(policies["QuicAllowed"], false);
            let url = policies["ProxySettings"]["ProxyPacUrl"].as_str().unwrap();
            assert_eq!(pac_in(url), Some(target.pac.clone()));
        }
        let variables = fs::read_to_string(root.join("etc/profile.d/weir.sh")).unwrap();
        assert!(variables.contains("REQUESTS_CA_BUNDLE=\"${REQUESTS_CA_BUNDLE:-/etc/ssl/certs/ca-certificates.crt}\""));
        assert!(
            !variables.contains("PROXY"),
            "programs do not depend on the agent unless that is asked for"
        );

        for step in outdated(None, &ledger).unwrap() {
            assert!(
                matches!(uninstall(&*step, &System).unwrap(), Done::Changed),
                "{}",
                step.describe()
            );
        }
        assert_eq!(snapshot(&root), before);
        assert!(!dir.path().join("ledger").exists());
    }

    #[test]
    fn another_certificate_takes_the_place_of_the_first() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().join("root");
        fs::create_dir(&root).unwrap();
        let ledger = Ledger::new(dir.path().join("ledger"), root.clone());
        for _ in 0..2 {
            let target = target(dir.path());
            for step in wanted(&target, &ledger) {
                install(&*step, &System).unwrap();
            }
            for step in wanted(&target, &ledger) {
                assert!(
                    matches!(install(&*step, &System).unwrap(), Done::Already),
                    "{}",
                    step.describe()
                );
            }
        }
        let file = fs::read(root.join("etc/chromium/policies/managed/weir.json")).unwrap();
        let policies: Value = serde_json::from_slice(&file).unwrap();
        assert_eq!(policies["CACertificatesWithConstraints"].as_array().unwrap().len(), 1);
        for step in outdated(None, &ledger).unwrap() {
            uninstall(&*step, &System).unwrap();
        }
        assert!(snapshot(&root).is_empty());
    }

    #[test]
    fn an_authority_without_limits_is_not_installed() {
        let dir = tempfile::tempdir().unwrap();
        let wide = write_limited(&dir.path().join("ca.pem"), &["chatgpt.com", "com"], true);
        assert!(matches!(
            checked(&wide, ""),
            Err(UnfitError::Unlimited(UnlimitedError::TooWide(_)))
        ));
    }

    #[test]
    fn what_is_no_host_is_not_written_anywhere() {
        let dir = tempfile::tempdir().unwrap();
        let certificate = write_authority(&dir.path().join("ca.pem"));
        let list = "chatgpt.com\n*.chatgpt.com\n\nbedrock-runtime.*.amazonaws.com\n";
        assert_eq!(checked(&certificate, list).unwrap().len(), 3);
        for other in ["*", "*.com*", "not a host", "\"; evil()"] {
            assert!(
                matches!(checked(&certificate, other), Err(UnfitError::Host(_))),
                "{other}"
            );
        }
    }

    #[test]
    fn a_url_that_is_not_ours_holds_no_file_of_ours() {
        assert_eq!(pac_in("https://corp.example/proxy.pac"), None);
    }
}
