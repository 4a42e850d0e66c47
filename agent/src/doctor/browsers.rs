//! What browsers are told by managed policy: ours, and that of others.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};

use super::scene::{document, files};
use super::{Change, Check, Finding, Scene};
use crate::setup::machine::{self, CHROMIUM, CHROMIUM_FILE, FIREFOX};
use crate::setup::{Certificate, Step};

/// Browsers that read the same policies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Family {
    Chromium,
    Firefox,
}

/// Programs, and the place in [`CHROMIUM`] of the directory they read.
const PROGRAMS: [(&str, usize); 8] = [
    ("chromium", 0),
    ("chromium-browser", 1),
    ("google-chrome", 2),
    ("google-chrome-stable", 2),
    ("chrome", 2),
    ("microsoft-edge", 3),
    ("microsoft-edge-stable", 3),
    ("brave-browser", 4),
];

/// Names of the installed browsers of a family.
pub(super) fn installed(scene: &Scene<'_>, family: Family) -> Vec<&'static str> {
    match family {
        Family::Chromium => {
            let mut names: Vec<&str> = places(scene).into_iter().map(|(name, _)| name).collect();
            names.dedup();
            names
        }
        Family::Firefox => {
            let is_there = ["firefox", "firefox-esr"]
                .iter()
                .any(|name| scene.program(name).is_some());
            if is_there { vec!["Firefox"] } else { Vec::new() }
        }
    }
}

/// Installed browsers of Chromium's family, each with its policy directory.
fn places(scene: &Scene<'_>) -> Vec<(&'static str, &'static str)> {
    let there = PROGRAMS.iter().filter(|(program, _)| scene.program(program).is_some());
    let mut places: Vec<(&str, &str)> = there.map(|(_, place)| CHROMIUM[*place]).collect();
    places.dedup();
    places
}

/// What holds in the end: of two files that set the same policy, the one that comes last by name counts.
fn in_force(scene: &Scene<'_>, dir: &str) -> Map<String, Value> {
    let mut policies = Map::new();
    for file in files(&scene.at(dir), "json") {
        if let Some(Value::Object(found)) = document(&file) {
            policies.extend(found);
        }
    }
    policies
}

/// True when every installed browser of Chromium's family is told to trust this certificate.
pub(super) fn trusts_by_policy(scene: &Scene<'_>, certificate: &Certificate) -> bool {
    let ours = STANDARD.encode(certificate.der());
    places(scene).iter().all(|(_, dir)| {
        let policies = in_force(scene, dir);
        let listed = |name: &str| {
            policies
                .get(name)
                .and_then(Value::as_array)
                .cloned()
                .unwrap_or_default()
        };
        let plain = listed("CACertificates").iter().any(|found| found == &ours);
        plain
            || listed("CACertificatesWithConstraints")
                .iter()
                .any(|found| found["certificate"] == ours.as_str())
    })
}

pub(super) const PAC_CHROMIUM: Check = Check {
    name: "pac-chromium",
    title: "Chromium, Chrome and Edge send AI services through Weir",
    look: |scene| {
        each(scene, |policies| {
            let proxy = policies.get("ProxySettings").unwrap_or(&Value::Null);
            if proxy.is_null() {
                return Finding::failed(
                    "no managed policy: what people write there is not seen unless they set the proxy themselves",
                );
            }
            let url = proxy["ProxyPacUrl"].as_str().unwrap_or_default();
            let finding = pac(scene, url);
            let is_mandatory = proxy["ProxyPacMandatory"] == true;
            if finding.health == super::CheckState::Ok && !is_mandatory {
                return Finding::warning(
                    "everything goes directly when the PAC file cannot be read: `ProxyPacMandatory` is not set",
                );
            }
            finding
        })
    },
    change: POLICIES,
};

pub(super) const PAC_FIREFOX: Check = Check {
    name: "pac-firefox",
    title: "Firefox sends AI services through Weir",
    look: |scene| {
        if installed(scene, Family::Firefox).is_empty() {
            return Finding::skipped("Firefox is not installed");
        }
        let policies = document(&scene.at(FIREFOX)).unwrap_or_default();
        let proxy = &policies["policies"]["Proxy"];
        if proxy["Mode"] != "autoConfig" {
            return Finding::failed(
                "no managed policy: what people write there is not seen unless they set the proxy themselves",
            );
        }
        pac(scene, proxy["AutoConfigURL"].as_str().unwrap_or_default())
    },
    change: Some(Change {
        fix: "Write the managed policies of Firefox (needs root)",
        undo: "Take Weir's policies of Firefox away (needs root)",
        steps: |scene| of_setup(scene, &[FIREFOX, machine::CERTIFICATE]),
    }),
};

pub(super) const OTHERS: Check = Check {
    name: "browser-policy",
    title: "No other managed policy stands against Weir's",
    look: |scene| {
        let places = places(scene);
        if places.is_empty() {
            return Finding::skipped("no browser with managed policies is installed");
        }
        let mut found = Vec::new();
        for (_, dir) in places {
            for file in files(&scene.at(dir), "json") {
                let is_ours = file.file_name().is_some_and(|name| name == CHROMIUM_FILE);
                let Some(Value::Object(policies)) = document(&file) else {
                    continue;
                };
                let against = CONTESTED.iter().filter(|name| policies.contains_key(**name));
                found.extend(
                    against
                        .filter(|_| !is_ours)
                        .map(|name| format!("`{name}` in {}", file.display())),
                );
            }
        }
        if found.is_empty() {
            return Finding::ok("none");
        }
        Finding::warning(format!("{}: the file that comes last by name counts", found.join(", ")))
    },
    change: None,
};

/// Policies that only one can set.
const CONTESTED: [&str; 7] = [
    "ProxySettings",
    "ProxyMode",
    "ProxyServer",
    "ProxyPacUrl",
    "QuicAllowed",
    "EncryptedClientHelloEnabled",
    "CAPlatformIntegrationEnabled",
];

pub(super) const QUIC: Check = Check {
    name: "quic",
    title: "Browsers do not use QUIC, which no proxy sees",
    look: |scene| each(scene, |policies| switched_off(policies, "QuicAllowed", "QUIC")),
    change: POLICIES,
};

pub(super) const ECH: Check = Check {
    name: "ech",
    title: "Browsers do not hide host names (Encrypted Client Hello)",
    look: |scene| {
        each(scene, |policies| {
            switched_off(policies, "EncryptedClientHelloEnabled", "Encrypted Client Hello")
        })
    },
    change: POLICIES,
};

pub(super) const DNS: Check = Check {
    name: "dns-over-https",
    title: "Encrypted DNS does not take connections past the proxy",
    look: |scene| {
        each(scene, |policies| {
            let mode = policies
                .get("DnsOverHttpsMode")
                .and_then(Value::as_str)
                .unwrap_or("automatic");
            let hides = policies.get("EncryptedClientHelloEnabled") != Some(&Value::Bool(false));
            if mode == "off" || !hides {
                return Finding::ok(format!("mode `{mode}`; names stay readable in TLS"));
            }
            Finding::warning(format!(
                "mode `{mode}` with Encrypted Client Hello: hosts that go directly cannot be told"
            ))
        })
    },
    change: POLICIES,
};

const POLICIES: Option<Change> = Some(Change {
    fix: "Write the managed policies of browsers (needs root)",
    undo: "Take Weir's managed policies of browsers away (needs root)",
    steps: |scene| {
        let dirs: Vec<&str> = places(scene).into_iter().map(|(_, dir)| dir).collect();
        of_setup(scene, &dirs)
    },
});

/// The steps of `weir setup install` that change one of these places.
fn of_setup(scene: &Scene<'_>, places: &[&str]) -> Vec<Box<dyn Step>> {
    let Ok(target) = &scene.target else { return Vec::new() };
    let mut steps = machine::wanted(target, &scene.ledger);
    steps.retain(|step| {
        places
            .iter()
            .any(|place| step.describe().contains(&format!("({place}")))
    });
    steps
}

/// The worst of what is found for each installed browser of Chromium's family, with its name.
fn each(scene: &Scene<'_>, look: impl Fn(&Map<String, Value>) -> Finding) -> Finding {
    let places = places(scene);
    let found = places.iter().map(|(name, dir)| {
        let finding = look(&in_force(scene, dir));
        Finding::of(finding.health, format!("{name}: {}", finding.found))
    });
    let worst = found.max_by_key(|finding| finding.health);
    worst.unwrap_or_else(|| Finding::skipped("no browser of this family is installed"))
}

fn switched_off(policies: &Map<String, Value>, policy: &str, what: &str) -> Finding {
    if policies.get(policy) == Some(&Value::Bool(false)) {
        return Finding::ok(format!("{what} is off by policy"));
    }
    Finding::warning(format!("{what} is not switched off: `{policy}` is not set"))
}

/// Whether the PAC file of a policy is the one that should hold.
fn pac(scene: &Scene<'_>, url: &str) -> Finding {
    let Some(present) = machine::pac_in(url) else {
        let shown: String = url.chars().take(60).collect();
        return Finding::failed(format!("another PAC file is set: `{shown}`"));
    };
    let Ok(target) = &scene.target else {
        return Finding::ok("by a PAC file in the policy; whether it is the newest cannot be told");
    };
    if present == target.pac {
        return Finding::ok("by a PAC file in the policy");
    }
    Finding::warning("the PAC file in the policy is of an earlier list of hosts")
}

#[cfg(test)]
mod tests {
    use super::{DNS, ECH, OTHERS, PAC_CHROMIUM, PAC_FIREFOX, QUIC, trusts_by_policy};
    use crate::doctor::scene::tests::{Played, pac};
    use crate::doctor::{Check, CheckState};
    use crate::setup::Done;

    fn health(check: &Check, played: &Played) -> CheckState {
        (check.look)(&played.scene()).health
    }

    #[test]
    fn policies_are_written_seen_and_taken_back() {
        let played = Played::new(&[]);
        for browser in ["chromium", "firefox-esr"] {
            played.write(&format!("bin/{browser}"), "");
        }
        let ours = [&PAC_CHROMIUM, &QUIC, &ECH, &DNS];
        assert_eq!(health(&PAC_CHROMIUM, &played), CheckState::Failed);
        assert_eq!(health(&QUIC, &played), CheckState::Warning);
        assert_eq!(health(&PAC_FIREFOX, &played), CheckState::Failed);
        let scene = played.scene();
        for (step, done) in PAC_CHROMIUM.fix(&scene).into_iter().chain(PAC_FIREFOX.fix(&scene)) {
            assert!(matches!(done.unwrap(), Done::Changed), "{step}");
        }
        for check in ours.into_iter().chain([&PAC_FIREFOX, &OTHERS]) {
            assert_eq!(health(check, &played), CheckState::Ok, "{}", check.name);
        }
        assert!(trusts_by_policy(&scene, scene.certificate.as_ref().unwrap()));
        assert!(PAC_CHROMIUM.row(&scene).undo.is_some());
        PAC_CHROMIUM.undo(&scene);
        PAC_FIREFOX.undo(&scene);
        assert_eq!(health(&PAC_CHROMIUM, &played), CheckState::Failed);
        assert!(!played.path("etc/chromium").exists() && !played.path("etc/firefox").exists());
    }

    #[test]
    fn an_earlier_list_of_hosts_is_told_from_the_newest() {
        let played = Played::new(&[]);
        played.write("bin/chromium", "");
        let mut scene = played.scene();
        PAC_CHROMIUM.fix(&scene);
        scene.target.as_mut().unwrap().pac = pac(&["chatgpt.com", "claude.ai"]);
        assert_eq!((PAC_CHROMIUM.look)(&scene).health, CheckState::Warning);
        let row = PAC_CHROMIUM.row(&scene);
        assert!(row.fix.is_some() && row.undo.is_some());
    }

    #[test]
    fn the_policy_of_somebody_else_is_named() {
        let played = Played::new(&[]);
        played.write("bin/google-chrome", "");
        let other = r#"{"ProxyMode": "direct", "HomepageLocation": "https://corp.example"}"#;
        played.write("etc/opt/chrome/policies/managed/zz-corp.json", other);
        let finding = (OTHERS.look)(&played.scene());
        assert_eq!(finding.health, CheckState::Warning);
        assert!(
            finding.found.contains("ProxyMode") && finding.found.contains("zz-corp.json"),
            "{}",
            finding.found
        );
    }

    #[test]
    fn the_last_file_by_name_counts() {
        let played = Played::new(&[]);
        played.write("bin/chromium", "");
        played.write("etc/chromium/policies/managed/a.json", r#"{"QuicAllowed": false}"#);
        assert_eq!(health(&QUIC, &played), CheckState::Ok);
        played.write("etc/chromium/policies/managed/b.json", r#"{"QuicAllowed": true}"#);
        assert_eq!(health(&QUIC, &played), CheckState::Warning);
    }

    #[test]
    fn encrypted_names_and_encrypted_dns_together_warn() {
        let played = Played::new(&[]);
        played.write("bin/chromium", "");
        let write = |text: &str| played.write("etc/chromium/policies/managed/a.json", text);
        write(r#"{"DnsOverHttpsMode": "secure"}"#);
        assert_eq!(health(&DNS, &played), CheckState::Warning);
        write(r#"{"DnsOverHttpsMode": "secure", "EncryptedClientHelloEnabled": false}"#);
        assert_eq!(health(&DNS, &played), CheckState::Ok);
    }
}
