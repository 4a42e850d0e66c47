//! Weir itself: the agent, its policy, its server, its log.

use std::net::{TcpStream, ToSocketAddrs};
use std::path::Path;
use std::time::Duration;

use weir_wire::{FreshnessState, LiftedWhat, Problem, Severity, Status};

use super::{Check, Finding, Scene};
use crate::desk::SPLIT_VIEW;

const DAY: i64 = 86_400_000;
const MINUTE: i64 = 60_000;

pub(super) const ANSWERS: Check = Check {
    name: "agent",
    title: "The agent answers",
    look: |scene| match &scene.status {
        Ok(status) => Finding::ok(format!("process {} at {}", status.pid, status.proxy.listen.join(", "))),
        Err(why) => Finding::failed(format!(
            "{why}. Managed browsers cannot reach AI services meanwhile; start it with `systemctl start weir`, or `weir agent`"
        )),
    },
    change: None,
};

pub(super) const VERSION: Check = Check {
    name: "version",
    title: "Agent and command line are of one version",
    look: |scene| {
        let Ok(status) = &scene.status else {
            return not_running();
        };
        let own = env!("CARGO_PKG_VERSION");
        if status.version == own {
            return Finding::ok(own);
        }
        Finding::warning(format!(
            "the agent is {}, this command {own}; restart the agent with `systemctl restart weir`",
            status.version
        ))
    },
    change: None,
};

pub(super) const POLICY: Check = Check {
    name: "policy",
    title: "Policy is in force and does not end soon",
    look: |scene| {
        let Ok(status) = &scene.status else {
            return not_running();
        };
        let name = format!("{} {}", status.policy.pack, status.policy.version);
        let Some(expires) = status.policy.expires else {
            return without_bundle(status, &name);
        };
        let left = expires.as_millis().saturating_sub(scene.now.as_millis());
        match left {
            ..=0 => Finding::failed(format!("{name} has ended; the built-in weir/baseline is in force")),
            1..DAY => Finding::warning(format!(
                "{name} ends in less than a day; the server has sent no newer one"
            )),
            _ => Finding::ok(format!(
                "{name}, bundle {}, {} days left",
                status.policy.bundle.number,
                left / DAY
            )),
        }
    },
    change: None,
};

/// A pack from a file, or the built-in one: on an enrolled device that is not what should be in force.
fn without_bundle(status: &Status, name: &str) -> Finding {
    if status.server.is_some() && status.policy.bundle.number == 0 {
        return Finding::warning(format!("{name} is in force, not a bundle of the server's"));
    }
    Finding::ok(format!("{name}, which does not end"))
}

pub(super) const FRESHNESS: Check = Check {
    name: "freshness",
    title: "The server says that this policy is the newest",
    look: |scene| {
        let Ok(status) = &scene.status else {
            return not_running();
        };
        let Some(freshness) = status.freshness else {
            return Finding::skipped("no server says to this device what is newest");
        };
        let problems = status.problems.iter();
        let of_it =
            |problem: &&Problem| ["policy.withheld", "policy.stale", "policy.over"].contains(&problem.code.as_str());
        let texts = problems.filter(of_it).map(|it| format!("{}. {}", it.title, it.text));
        let text = texts.collect::<Vec<_>>().join(" ");
        let is_withheld = freshness.withheld_bundle.is_some() || freshness.withheld_directive.is_some();
        let is_lifted = status.lifted.iter().any(|lifted| lifted.what == LiftedWhat::Stale);
        match (freshness.state, freshness.said) {
            (FreshnessState::Over, _) if !is_lifted => Finding::failed(text),
            _ if is_withheld => Finding::failed(text),
            (FreshnessState::Over | FreshnessState::Stale, _) => Finding::warning(text),
            (FreshnessState::Fresh, None) => {
                Finding::warning("it has not said so yet; it is asked every quarter of an hour")
            }
            (FreshnessState::Fresh, Some(said)) => {
                let ago = scene.now.as_millis().saturating_sub(said.as_millis()).max(0);
                Finding::ok(format!("it said so {} minutes ago", ago / MINUTE))
            }
        }
    },
    change: None,
};

pub(super) const SERVER: Check = Check {
    name: "server",
    title: "The admin server can be reached and has the records",
    look: |scene| {
        let Ok(status) = &scene.status else {
            return not_running();
        };
        let Some(server) = &status.server else {
            return Finding::skipped("this device is not enrolled with a server");
        };
        if let Some(split) = status.problems.iter().find(|problem| problem.code == SPLIT_VIEW) {
            return Finding::failed(format!("{}. {}", split.title, split.text));
        }
        if let Err(why) = reach(&server.address) {
            return Finding::failed(format!(
                "`{}` cannot be reached ({why}); records wait here",
                server.address
            ));
        }
        match server.receipt {
            None => Finding::warning(format!(
                "`{}` answers, and has no record of this device yet",
                server.address
            )),
            Some(receipt) => {
                let ago = scene.now.as_millis().saturating_sub(receipt.came.as_millis());
                let text = format!("`{}`, last receipt {} minutes ago", server.address, ago / MINUTE);
                if ago > DAY {
                    Finding::warning(text)
                } else {
                    Finding::ok(text)
                }
            }
        }
    },
    change: None,
};

/// Opens a connection and says nothing. A proxy between is not asked: what it says would be said of the proxy.
fn reach(address: &str) -> Result<(), String> {
    let authority = address.split_once("://").map_or(address, |(_, rest)| rest);
    let authority = authority.split('/').next().unwrap_or(authority);
    let (host, port) = weir_model::split_port(authority);
    let host = host.trim_matches(['[', ']']);
    let found = (host, port.unwrap_or(443))
        .to_socket_addrs()
        .map_err(|error| error.to_string())?;
    let mut last = String::from("its name leads nowhere");
    for to in found {
        match TcpStream::connect_timeout(&to, Duration::from_secs(2)) {
            Ok(_) => return Ok(()),
            Err(error) => last = error.to_string(),
        }
    }
    Err(last)
}

pub(super) const CLOCK: Check = Check {
    name: "clock",
    title: "The clock agrees with the server's",
    look: |scene| {
        let Ok(status) = &scene.status else {
            return not_running();
        };
        let Some(receipt) = status.server.as_ref().and_then(|server| server.receipt) else {
            return Finding::skipped("there is no receipt of a server to compare with");
        };
        let apart = receipt.came.as_millis().saturating_sub(receipt.given.as_millis());
        let text = format!("{} s from the server's at the last receipt", apart / 1000);
        match apart.abs() {
            ..MINUTE => Finding::ok(text),
            _ => Finding::failed(format!(
                "{text}; certificates and bundles are judged by it: set it, or let `timedatectl set-ntp true` do it"
            )),
        }
    },
    change: None,
};

pub(super) const AUTHORITY: Check = Check {
    name: "certificate",
    title: "The device's certificate holds",
    look: |scene| {
        let certificate = match &scene.certificate {
            Ok(certificate) => certificate,
            Err(why) => return Finding::failed(why.clone()),
        };
        let (from, until) = certificate.validity();
        let left = until.as_millis().saturating_sub(scene.now.as_millis()) / DAY;
        if scene.now < from {
            return Finding::failed("it is not valid yet: the clock was set back since it was made");
        }
        match left {
            ..=0 => Finding::failed("it has ended; restart the agent, and run `weir setup install` again"),
            1..30 => Finding::warning(format!(
                "it ends in {left} days; the agent makes a new one when it is restarted"
            )),
            _ => Finding::ok(format!("{left} days left, for {} names", certificate.permitted().len())),
        }
    },
    change: None,
};

pub(super) const AUDIT: Check = Check {
    name: "audit",
    title: "The log of decisions is whole and can be written",
    look: |scene| {
        let Ok(status) = &scene.status else {
            return not_running();
        };
        let of_log = |problem: &&Problem| problem.code.starts_with("audit.") || problem.code.starts_with("index.");
        let problems: Vec<&Problem> = status.problems.iter().filter(of_log).collect();
        let text = problems
            .iter()
            .map(|problem| format!("{}. {}", problem.title, problem.text));
        let text = text.collect::<Vec<_>>().join(" ");
        let is_error = |problem: &&Problem| problem.severity == Severity::Error;
        if problems.iter().any(is_error) {
            return Finding::failed(text);
        }
        if !problems.is_empty() {
            return Finding::warning(text);
        }
        let head: String = status.audit.head.chars().take(12).collect();
        Finding::ok(format!(
            "{} records, head {head}; checked when it was opened, `weir audit verify` checks every record",
            status.audit.records
        ))
    },
    change: None,
};

pub(super) const DISK: Check = Check {
    name: "disk",
    title: "There is room for the log",
    look: |scene| match free(scene.state.root()) {
        None => Finding::skipped("the system does not say how much room there is"),
        Some(bytes) => {
            let text = format!("{} MiB free at {}", bytes >> 20, scene.state.root().display());
            match bytes >> 20 {
                0..64 => Finding::failed(format!("{text}; without a record nothing may leave: free some")),
                64..1024 => Finding::warning(text),
                _ => Finding::ok(text),
            }
        }
    },
    change: None,
};

#[cfg(unix)]
fn free(dir: &Path) -> Option<u64> {
    let found = rustix::fs::statvfs(dir).ok()?;
    Some(found.f_bavail.saturating_mul(found.f_frsize))
}

#[cfg(not(unix))]
fn free(_dir: &Path) -> Option<u64> {
    None
}

pub(super) const KEYS: Check = Check {
    name: "keys",
    title: "Nobody else can read the agent's keys",
    look: keys,
    change: None,
};

#[cfg(unix)]
fn keys(scene: &Scene<'_>) -> Finding {
    use std::os::unix::fs::MetadataExt;
    let keys = scene.state.root().join("keys");
    let listed = match std::fs::read_dir(&keys) {
        Ok(listed) => listed,
        Err(error) if error.kind() == std::io::ErrorKind::PermissionDenied => {
            return Finding::ok("this user cannot even list them");
        }
        Err(error) => return Finding::skipped(format!("`{}`: {error}", keys.display())),
    };
    let open: Vec<String> = std::iter::once(keys.clone())
        .chain(listed.filter_map(Result::ok).map(|entry| entry.path()))
        .filter(|path| std::fs::metadata(path).is_ok_and(|found| found.mode() & 0o077 != 0))
        .map(|path| path.display().to_string())
        .collect();
    if open.is_empty() {
        return Finding::ok("files that only the agent's user can read");
    }
    Finding::failed(format!("others can reach {}; `chmod go-rwx` them", open.join(", ")))
}

#[cfg(not(unix))]
fn keys(_scene: &Scene<'_>) -> Finding {
    Finding::skipped("the rights are those of the system's directory for services")
}

pub(super) fn not_running() -> Finding {
    Finding::skipped("the agent does not answer")
}

#[cfg(test)]
mod tests {
    use super::{ANSWERS, AUDIT, AUTHORITY, CLOCK, DAY, FRESHNESS, KEYS, POLICY, SERVER, VERSION, reach};
    use crate::doctor::scene::tests::Played;
    use crate::doctor::{Check, CheckState, Scene};
    use weir_model::Timestamp;
    use weir_wire::{Freshness, FreshnessState, Lifted, LiftedWhat, Problem, Receipt, Server, Severity, Status};

    fn health(check: &Check, change: impl FnOnce(&mut Status)) -> CheckState {
        let played = Played::new(&[]);
        let mut scene = played.scene();
        change(scene.status.as_mut().unwrap());
        (check.look)(&scene).health
    }

    fn server(address: &str, given: i64, came: i64) -> Option<Server> {
        Some(Server {
            address: address.into(),
            device: String::new(),
            group: String::new(),
            heard: None,
            receipt: Some(Receipt {
                given: Timestamp::from_millis(given),
                came: Timestamp::from_millis(came),
            }),
        })
    }

    #[test]
    fn without_an_agent_one_check_fails_and_those_that_need_it_say_so() {
        let played = Played::new(&[]);
        let scene = Scene {
            status: Err("the agent is not running".into()),
            ..played.scene()
        };
        assert_eq!((ANSWERS.look)(&scene).health, CheckState::Failed);
        for check in [&VERSION, &POLICY, &FRESHNESS, &SERVER, &CLOCK, &AUDIT] {
            assert_eq!((check.look)(&scene).health, CheckState::Skipped, "{}", check.name);
        }
    }

    #[test]
    fn an_older_agent_is_told() {
        assert_eq!(health(&VERSION, |_| {}), CheckState::Ok);
        assert_eq!(
            health(&VERSION, |status| status.version = "0.0.1".into()),
            CheckState::Warning
        );
    }

    #[test]
    fn policy_that_ends_is_told_before_it_does() {
        let now = 1_800_000_000_000;
        let at = |days: i64| {
            health(&POLICY, |status| {
                status.policy.expires = Some(Timestamp::from_millis(now + days * DAY));
            })
        };
        assert_eq!(at(30), CheckState::Ok);
        assert_eq!(
            health(&POLICY, |status| status.policy.expires =
                Some(Timestamp::from_millis(now + DAY / 2))),
            CheckState::Warning
        );
        assert_eq!(at(0), CheckState::Failed);
        assert_eq!(
            health(&POLICY, |status| {
                status.policy.bundle.number = 0;
                status.server = server("https://127.0.0.1:1", 0, 0);
            }),
            CheckState::Warning
        );
    }

    #[test]
    fn policy_of_which_nobody_says_that_it_is_the_newest_is_told() {
        let of = |state, said, withheld_bundle| {
            health(&FRESHNESS, |status| {
                let at = Timestamp::from_millis(1_800_000_000_000);
                status.freshness = Some(Freshness {
                    state,
                    said: Some(at).filter(|_| said),
                    until: at,
                    acts_from: at,
                    withheld_bundle,
                    withheld_directive: None,
                });
            })
        };
        assert_eq!(health(&FRESHNESS, |_| {}), CheckState::Skipped);
        for (state, said, withheld, expected) in [
            (FreshnessState::Fresh, true, None, CheckState::Ok),
            (FreshnessState::Fresh, false, None, CheckState::Warning),
            (FreshnessState::Fresh, true, Some(7), CheckState::Failed),
            (FreshnessState::Stale, true, None, CheckState::Warning),
            (FreshnessState::Over, true, None, CheckState::Failed),
        ] {
            assert_eq!(of(state, said, withheld), expected, "{state:?} {said} {withheld:?}");
        }
        let lifted = health(&FRESHNESS, |status| {
            let at = Timestamp::from_millis(1_800_000_000_000);
            status.freshness = Some(Freshness {
                state: FreshnessState::Over,
                said: Some(at),
                until: at,
                acts_from: at,
                withheld_bundle: None,
                withheld_directive: None,
            });
            status.lifted = vec![Lifted {
                what: LiftedWhat::Stale,
                directive: None,
                until: at,
            }];
        });
        assert_eq!(lifted, CheckState::Warning, "a code has lifted what holds then");
    }

    #[test]
    fn a_server_that_cannot_be_reached_fails_and_old_receipts_warn() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("https://{}", listener.local_addr().unwrap());
        let now = 1_800_000_000_000;
        assert_eq!(health(&SERVER, |_| {}), CheckState::Skipped);
        assert_eq!(
            health(&SERVER, |status| status.server = server(&address, now, now)),
            CheckState::Ok
        );
        assert_eq!(
            health(&SERVER, |status| status.server = server(&address, now, now - 2 * DAY)),
            CheckState::Warning
        );
        drop(listener);
        assert_eq!(
            health(&SERVER, |status| status.server = server(&address, now, now)),
            CheckState::Failed
        );
        assert!(reach("https://[::1]:0/").is_err());
    }

    #[test]
    fn a_clock_that_is_off_is_found_by_the_last_receipt() {
        let apart = |ms: i64| {
            health(&CLOCK, |status| {
                status.server = server("https://127.0.0.1:1", 1_000_000, 1_000_000 + ms);
            })
        };
        assert_eq!(apart(200), CheckState::Ok);
        assert_eq!(apart(-120_000), CheckState::Failed);
        assert_eq!(apart(120_000), CheckState::Failed);
    }

    #[test]
    fn a_certificate_that_ends_is_told_before_it_does() {
        let played = Played::new(&[]);
        let mut scene = played.scene();
        let (from, until) = scene.certificate.as_ref().unwrap().validity();
        let mut at = |time: Timestamp| {
            scene.now = time;
            (AUTHORITY.look)(&scene).health
        };
        assert_eq!(at(until.plus_millis(-400 * DAY)), CheckState::Ok);
        assert_eq!(at(until.plus_millis(-10 * DAY)), CheckState::Warning);
        assert_eq!(at(until), CheckState::Failed);
        assert_eq!(at(from.plus_millis(-1)), CheckState::Failed);
    }

    #[test]
    fn a_damaged_log_fails() {
        let problem = |severity| Problem {
            code: "audit.damage".into(),
            title: "The audit log is damaged".into(),
            severity,
            text: "one place".into(),
        };
        assert_eq!(health(&AUDIT, |_| {}), CheckState::Ok);
        assert_eq!(
            health(&AUDIT, |status| status.problems.push(problem(Severity::Warning))),
            CheckState::Warning
        );
        assert_eq!(
            health(&AUDIT, |status| status.problems.push(problem(Severity::Error))),
            CheckState::Failed
        );
    }

    #[cfg(unix)]
    #[test]
    fn a_key_that_others_can_read_fails() {
        use std::os::unix::fs::PermissionsExt;
        let played = Played::new(&[]);
        let scene = played.scene();
        assert_eq!((KEYS.look)(&scene).health, CheckState::Skipped);
        scene.state.create().unwrap();
        scene.state.seal_key().unwrap();
        assert_eq!((KEYS.look)(&scene).health, CheckState::Ok);
        let key = played.path("state/keys/seal.key");
        std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o640)).unwrap();
        let finding = (KEYS.look)(&scene);
        assert_eq!(finding.health, CheckState::Failed);
        assert!(finding.found.contains("seal.key"));
    }
}
