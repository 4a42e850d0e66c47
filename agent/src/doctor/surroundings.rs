//! What else on this machine decides where connections go.

use std::path::Path;

use weir_model::HostPattern;

use super::scene::{document, files};
use super::{Check, Finding, Scene};
use crate::setup::Invocation;

pub(super) const SHELL_PROXY: Check = Check {
    name: "shell-proxy",
    title: "Programs of this shell use Weir, or no proxy at all",
    look: |scene| {
        let set = ["HTTPS_PROXY", "https_proxy"].map(|name| scene.variable(name));
        let [Some(first), second] = set.clone() else {
            return match set {
                [None, Some(lower)] => of_shell(scene, &lower),
                _ => Finding::ok(
                    "HTTPS_PROXY is not set: programs go directly, and what they send to AI services is not seen",
                ),
            };
        };
        if second.is_some_and(|second| second != first) {
            return Finding::warning("HTTPS_PROXY and https_proxy differ: which one counts depends on the program");
        }
        of_shell(scene, &first)
    },
    change: None,
};

fn of_shell(scene: &Scene<'_>, proxy: &str) -> Finding {
    if !is_ours(scene, proxy) {
        return Finding::warning(format!(
            "HTTPS_PROXY names another proxy: `{}`",
            without_password(proxy)
        ));
    }
    match &scene.status {
        Ok(_) => Finding::ok("HTTPS_PROXY names Weir"),
        Err(_) => Finding::failed(
            "HTTPS_PROXY names Weir, which does not answer: programs reach nothing; `eval \"$(weir env --unset)\"` helps for now",
        ),
    }
}

fn is_ours(scene: &Scene<'_>, proxy: &str) -> bool {
    let own = scene.proxy();
    let port = own.rsplit(':').next().unwrap_or_default();
    let told = proxy.trim_start_matches("http://").trim_end_matches('/');
    told == own
        || ["localhost", "[::1]", "127.0.0.1"]
            .iter()
            .any(|host| told == format!("{host}:{port}"))
}

/// A proxy's address may carry a name and a password.
fn without_password(proxy: &str) -> String {
    match proxy.rsplit_once('@') {
        Some((_, address)) => format!("…@{address}"),
        None => proxy.to_owned(),
    }
}

pub(super) const NO_PROXY: Check = Check {
    name: "no-proxy",
    title: "NO_PROXY leaves this machine out, and no AI service",
    look: |scene| {
        let proxy = scene.variable("HTTPS_PROXY").or_else(|| scene.variable("https_proxy"));
        if !proxy.is_some_and(|proxy| is_ours(scene, &proxy)) {
            return Finding::skipped("programs of this shell do not use Weir");
        }
        let list = scene
            .variable("NO_PROXY")
            .or_else(|| scene.variable("no_proxy"))
            .unwrap_or_default();
        let names: Vec<&str> = list.split([',', ' ']).filter(|name| !name.is_empty()).collect();
        let hosts = scene.text(Some(scene.state.hosts())).unwrap_or_default();
        let skipped: Vec<&str> = names.iter().copied().filter(|name| leaves_out(name, &hosts)).collect();
        if !skipped.is_empty() {
            return Finding::failed(format!("AI services go past Weir by `{}`", skipped.join(", ")));
        }
        if ["localhost", "127.0.0.1"].iter().all(|own| names.contains(own)) {
            return Finding::ok(list);
        }
        Finding::warning(
            "`localhost` and `127.0.0.1` are not in it: programs ask the proxy for this machine's own services",
        )
    },
    change: None,
};

/// True when an entry of NO_PROXY takes away a host that is judged: the entry itself, what is below it, or everything.
fn leaves_out(entry: &str, hosts: &str) -> bool {
    let name = entry
        .trim_start_matches("*.")
        .trim_start_matches('.')
        .to_ascii_lowercase();
    let below = format!(".{name}");
    hosts
        .lines()
        .filter_map(|line| HostPattern::parse(line).ok())
        .any(|pattern| {
            let host = pattern.name();
            name == "*" || host == name || host.ends_with(&below) || pattern.covers_name(&name)
        })
}

pub(super) const DOCKER: Check = Check {
    name: "docker",
    title: "Docker is not told of a proxy that containers cannot reach",
    look: |scene| {
        if scene.program("docker").is_none() {
            return Finding::skipped("`docker` is not installed");
        }
        let mut told = Vec::new();
        for file in [
            scene.home(".docker/config.json"),
            Some(scene.at("/etc/docker/daemon.json")),
        ]
        .into_iter()
        .flatten()
        {
            let text = document(&file)
                .map(|settings| settings["proxies"].to_string())
                .unwrap_or_default();
            told.push((file, text));
        }
        for file in files(&scene.at("/etc/systemd/system/docker.service.d"), "conf") {
            let text = std::fs::read_to_string(&file).unwrap_or_default();
            told.push((file, text));
        }
        let own = scene.proxy();
        match told.iter().find(|(_, text)| text.contains(&own)) {
            Some((file, _)) => Finding::warning(format!(
                "`{}` names {own}: inside a container that is the container itself, so its programs reach nothing",
                file.display()
            )),
            None => Finding::ok("containers go directly: what they send to AI services is not seen"),
        }
    },
    change: None,
};

pub(super) const OTHER_PROXY: Check = Check {
    name: "other-proxy",
    title: "No other proxy takes connections past Weir",
    look: |scene| {
        // Without a session there are no settings of one, and asking would make a file for them.
        let has_session = scene.environment.contains_key("DBUS_SESSION_BUS_ADDRESS");
        let asked = |key: &str| {
            if !has_session {
                return String::new();
            }
            let said = scene.said(&Invocation::new("gsettings", ["get", "org.gnome.system.proxy", key]));
            said.map(|said| said.trim_matches('\'').to_owned()).unwrap_or_default()
        };
        let desktop = match asked("mode").as_str() {
            "manual" => Some("a proxy is set by hand in the desktop's settings".to_owned()),
            "auto" => Some(format!(
                "the desktop's settings name the PAC file `{}`",
                asked("autoconfig-url")
            )),
            _ => None,
        };
        let listening = listening(&scene.text(Some(scene.at("/proc/net/tcp"))).unwrap_or_default(), scene);
        let found: Vec<String> = desktop.clone().into_iter().chain(listening).collect();
        match (desktop, found.is_empty()) {
            (_, true) => Finding::ok("none is set, and none listens at a usual port"),
            (Some(_), _) => Finding::warning(found.join("; ")),
            (None, _) => Finding::ok(format!("none is set; {}", found.join("; "))),
        }
    },
    change: None,
};

/// Ports that local proxies use, with whose they usually are.
const PROXY_PORTS: [(u16, &str); 8] = [
    (1080, "SOCKS"),
    (3128, "Squid, cntlm"),
    (7890, "Clash"),
    (8080, "mitmproxy, Burp, ZAP"),
    (8118, "Privoxy"),
    (8888, "Fiddler, Charles, tinyproxy"),
    (9000, "Zscaler"),
    (9090, "Proxyman"),
];

/// Usual ports of proxies at which something listens, from the kernel's table of sockets (proc(5)): `0A` is listening.
fn listening(table: &str, scene: &Scene<'_>) -> Option<String> {
    let own = scene.proxy();
    let ports: Vec<u16> = table
        .lines()
        .filter_map(|line| {
            let mut fields = line.split_whitespace().skip(1);
            let (local, state) = (fields.next()?, fields.nth(1)?);
            let port = u16::from_str_radix(local.rsplit_once(':')?.1, 16).ok()?;
            (state == "0A").then_some(port)
        })
        .collect();
    let found: Vec<String> = PROXY_PORTS
        .iter()
        .filter(|(port, _)| ports.contains(port) && !own.ends_with(&format!(":{port}")))
        .map(|(port, whose)| format!("something listens at port {port} ({whose})"))
        .collect();
    (!found.is_empty()).then(|| found.join(", "))
}

pub(super) const VPN: Check = Check {
    name: "vpn",
    title: "Connections through a VPN are known",
    look: |scene| {
        let interfaces = std::fs::read_dir(scene.at("/sys/class/net")).into_iter().flatten();
        let names = interfaces
            .filter_map(Result::ok)
            .map(|entry| entry.file_name().to_string_lossy().into_owned());
        let mut tunnels: Vec<String> = names
            .filter(|name| is_tunnel(&scene.at("/sys/class/net").join(name), name))
            .collect();
        tunnels.sort();
        if tunnels.is_empty() {
            return Finding::ok("none");
        }
        Finding::ok(format!(
            "{}: what Weir lets go leaves by it; a filter of the VPN's own sees names only",
            tunnels.join(", ")
        ))
    },
    change: None,
};

fn is_tunnel(interface: &Path, name: &str) -> bool {
    const STARTS: [&str; 7] = ["tun", "wg", "ppp", "ipsec", "tailscale", "nordlynx", "proton"];
    interface.join("tun_flags").exists() && !name.starts_with("tap")
        || STARTS.iter().any(|start| name.starts_with(start))
}

#[cfg(test)]
mod tests {
    use super::{DOCKER, NO_PROXY, OTHER_PROXY, SHELL_PROXY, VPN, without_password};
    use crate::doctor::scene::tests::Played;
    use crate::doctor::{Check, CheckState, Finding};

    fn with(check: &Check, variables: &[(&str, &str)]) -> Finding {
        let played = Played::new(&[]);
        played.write("state/ca/hosts", "chatgpt.com\n*.claude.ai\napi.openai.com\n");
        let mut scene = played.scene();
        for (name, value) in variables {
            scene.environment.insert((*name).into(), (*value).into());
        }
        (check.look)(&scene)
    }

    #[test]
    fn the_proxy_of_a_shell_is_ours_or_named() {
        assert_eq!(with(&SHELL_PROXY, &[]).health, CheckState::Ok);
        assert_eq!(
            with(&SHELL_PROXY, &[("HTTPS_PROXY", "http://127.0.0.1:18080")]).health,
            CheckState::Ok
        );
        assert_eq!(
            with(&SHELL_PROXY, &[("https_proxy", "http://localhost:18080/")]).health,
            CheckState::Ok
        );
        let other = with(
            &SHELL_PROXY,
            &[("HTTPS_PROXY", "http://ada:pass@proxy.corp.example:3128")],
        );
        assert_eq!(other.health, CheckState::Warning);
        assert!(!other.found.contains("pass@"), "{}", other.found);
        let both = [("HTTPS_PROXY", "http://127.0.0.1:18080"), ("https_proxy", "http://a:1")];
        assert_eq!(with(&SHELL_PROXY, &both).health, CheckState::Warning);
        assert_eq!(without_password("http://a:1"), "http://a:1");
    }

    #[test]
    fn a_dead_agent_behind_a_set_variable_fails() {
        let played = Played::new(&[]);
        let mut scene = played.scene();
        scene.status = Err("not running".into());
        scene
            .environment
            .insert("HTTPS_PROXY".into(), "http://127.0.0.1:18080".into());
        assert_eq!((SHELL_PROXY.look)(&scene).health, CheckState::Failed);
    }

    #[test]
    fn an_ai_service_in_no_proxy_fails() {
        let of = |list: &str| {
            with(
                &NO_PROXY,
                &[("HTTPS_PROXY", "http://127.0.0.1:18080"), ("NO_PROXY", list)],
            )
            .health
        };
        assert_eq!(with(&NO_PROXY, &[]).health, CheckState::Skipped);
        assert_eq!(of("localhost,127.0.0.1,::1,.corp.example"), CheckState::Ok);
        assert_eq!(of("corp.example"), CheckState::Warning);
        for list in [
            "localhost,127.0.0.1,.openai.com",
            "localhost,127.0.0.1,chatgpt.com",
            "localhost,127.0.0.1,www.claude.ai",
            "*",
        ] {
            assert_eq!(of(list), CheckState::Failed, "{list}");
        }
    }

    #[test]
    fn a_proxy_that_is_no_use_inside_containers_warns() {
        let played = Played::new(&[]);
        assert_eq!((DOCKER.look)(&played.scene()).health, CheckState::Skipped);
        played.write("bin/docker", "");
        assert_eq!((DOCKER.look)(&played.scene()).health, CheckState::Ok);
        played.write(
            "home/.docker/config.json",
            r#"{"proxies": {"default": {"httpsProxy": "http://127.0.0.1:18080"}}}"#,
        );
        assert_eq!((DOCKER.look)(&played.scene()).health, CheckState::Warning);
    }

    #[test]
    fn the_desktops_proxy_and_listeners_are_told() {
        let look = |played: &Played| {
            let mut scene = played.scene();
            scene
                .environment
                .insert("DBUS_SESSION_BUS_ADDRESS".into(), "unix:path=/nowhere".into());
            (OTHER_PROXY.look)(&scene)
        };
        let quiet = Played::new(&[("gsettings", "'none'\n")]);
        assert_eq!(look(&quiet).found, "none is set, and none listens at a usual port");
        // A row of /proc/net/tcp: 127.0.0.1:8888, listening; and 127.0.0.1:3128, connected.
        let table = "  sl  local_address rem_address   st\n   0: 0100007F:22B8 00000000:0000 0A 0\n   1: 0100007F:0C38 0100007F:1F90 01 0\n";
        quiet.write("proc/net/tcp", table);
        let finding = look(&quiet);
        assert_eq!(finding.health, CheckState::Ok);
        assert!(
            finding.found.contains("8888") && !finding.found.contains("3128"),
            "{}",
            finding.found
        );
        let set = Played::new(&[("gsettings", "'manual'\n")]);
        assert_eq!(look(&set).health, CheckState::Warning);
    }

    #[test]
    fn tunnels_are_named() {
        let played = Played::new(&[]);
        played.write("sys/class/net/eth0/mtu", "1500");
        assert_eq!((VPN.look)(&played.scene()).found, "none");
        played.write("sys/class/net/wg0/mtu", "1420");
        assert!((VPN.look)(&played.scene()).found.starts_with("wg0:"));
    }
}
