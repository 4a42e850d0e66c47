//! The device's authority cannot be used against anyone, and upstream certificates are checked as strictly as a browser
//! would: real verifiers decide.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test's broken assumption is a failed test"
)]

use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use weir_e2e::Stage;
use weir_support::certs::{Authority, Fault};
use weir_support::client::{Outgoing, SendError, Way};
use weir_support::fake::Options;
use weir_support::{Client, FakeAi, Folder, Tunnel};

/// A host the authority is for, one it is not for, and one that only looks like the first.
const INSIDE: &str = "chatgpt.com";
const OUTSIDE: [&str; 2] = ["bank.example", "evilchatgpt.com"];
const ADDRESS: &str = "127.0.0.1";

#[test]
fn openssl_holds_the_constraints() {
    let thief = Thief::with_the_devices_key("trust-openssl");
    assert_held("openssl", |name| openssl(&thief, name).status.success());
    let said = String::from_utf8_lossy(&openssl(&thief, OUTSIDE[0]).stderr).into_owned();
    assert!(
        said.contains("permitted subtree violation"),
        "refused for another reason: {said}"
    );
}

#[test]
fn gnutls_holds_the_constraints() {
    let thief = Thief::with_the_devices_key("trust-gnutls");
    assert_held("gnutls", |name| gnutls(&thief, name).status.success());
}

#[test]
fn rustls_holds_the_constraints() {
    let thief = Thief::with_the_devices_key("trust-rustls");
    assert_held("rustls", |name| rustls(&thief).certificate(name).is_ok());
    let error = rustls(&thief).certificate(OUTSIDE[0]).unwrap_err();
    assert!(
        format!("{error:?}").contains("NameConstraintViolation"),
        "refused for another reason: {error:?}"
    );
}

#[test]
fn chromium_holds_the_constraints() {
    browser_holds_the_constraints("chromium");
}

#[test]
fn firefox_holds_the_constraints() {
    browser_holds_the_constraints("firefox");
}

fn browser_holds_the_constraints(browser: &str) {
    let thief = Thief::with_the_devices_key(&format!("trust-{browser}"));
    let seen = browse(&thief, browser);
    assert_eq!(seen[0].1, None, "{INSIDE} is what the authority is for");
    for (url, error) in &seen[1..] {
        let error = error.as_deref().unwrap_or_else(|| panic!("{browser} accepted {url}"));
        assert!(
            error.contains("CERT"),
            "{browser} refused {url} for another reason: {error}"
        );
    }
}

/// The same verifiers accept the same hosts under an authority without constraints: it is the constraints that hold.
#[test]
fn without_constraints_all_would_be_accepted() {
    let thief = Thief::with_an_unconstrained_key("trust-control");
    for name in [INSIDE, OUTSIDE[0], OUTSIDE[1], ADDRESS] {
        let said = openssl(&thief, name);
        assert!(
            said.status.success(),
            "openssl, {name}: {}",
            String::from_utf8_lossy(&said.stderr)
        );
        let said = gnutls(&thief, name);
        assert!(
            said.status.success(),
            "gnutls, {name}: {}",
            String::from_utf8_lossy(&said.stdout)
        );
        assert!(rustls(&thief).certificate(name).is_ok(), "rustls, {name}");
    }
    for browser in ["chromium", "firefox"] {
        for (url, error) in browse(&thief, browser) {
            assert_eq!(error, None, "{browser}, {url}");
        }
    }
}

#[test]
fn chain_passes_strict_checks() {
    let stage = Stage::with_weir("trust-strict");
    let leaf = pem(&stage, &stage.client().certificate(INSIDE).unwrap());
    let (ca, leaf) = (stage.ca().display().to_string(), leaf.display().to_string());
    let output = run(
        "openssl",
        &[
            "verify",
            "-x509_strict",
            "-purpose",
            "sslserver",
            "-verify_hostname",
            INSIDE,
            "-CAfile",
            &ca,
            &leaf,
        ],
    );
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text =
        |what: &str| String::from_utf8(run("openssl", &["x509", "-in", what, "-noout", "-text"]).stdout).unwrap();
    let authority = text(&ca);
    for needed in [
        "X509v3 Name Constraints: critical",
        "Excluded:",
        "IP:0.0.0.0/0.0.0.0",
        "pathlen:0",
    ] {
        assert!(authority.contains(needed), "no `{needed}` in {authority}");
    }
    let key = |certificate: &str| {
        let output = run("openssl", &["x509", "-in", certificate, "-noout", "-pubkey"]);
        String::from_utf8(output.stdout).unwrap()
    };
    assert_ne!(key(&ca), key(&leaf), "the leaf has the authority's key");
}

#[test]
#[cfg(unix)]
fn keys_are_for_their_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    let stage = Stage::with_weir("trust-modes");
    for key in ["ca/ca.key", "ca/leaf.key", "keys/seal.key", "keys/fingerprint.key"] {
        let mode = std::fs::metadata(stage.agent().state().join(key))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600, "{key}: {mode:o}");
    }
}

#[test]
fn faulty_upstream_certificates_are_refused() {
    for fault in [Fault::Expired, Fault::SelfSigned, Fault::WrongHost] {
        let options = Options {
            fault: Some(fault),
            ..Options::default()
        };
        let stage = Stage::with(&format!("trust-{fault:?}"), options, |launch| launch);
        for client in [stage.client(), stage.client().http2()] {
            let prompt = serde_json::json!({"model": "m", "messages": [{"role": "user", "content": "hello"}]});
            let answer = client.send(&Outgoing::json("api.openai.com", "/v1/chat/completions", &prompt));
            match answer {
                Ok(reply) => assert!((500..600).contains(&reply.status), "{fault:?}: {}", reply.status),
                Err(SendError::Http(_) | SendError::Connect(_)) => {}
                Err(error) => panic!("{fault:?}: {error:?}"),
            }
            assert!(
                stage.fake.received().is_empty(),
                "{fault:?}: a request reached the false service"
            );
        }
    }
}

/// The one authority given is trusted upstream, and no other: the system's roots do not vouch for the fake service.
#[test]
fn unknown_upstream_authority_is_refused() {
    let stage = Stage::with("trust-unknown", Options::default(), |mut launch| {
        launch.upstream_ca = None;
        launch
    });
    let prompt = serde_json::json!({"model": "m", "messages": [{"role": "user", "content": "hello"}]});
    let reply = stage
        .client()
        .send(&Outgoing::json("api.openai.com", "/v1/chat/completions", &prompt))
        .unwrap();
    assert!((500..600).contains(&reply.status), "{}", reply.status);
    assert!(stage.fake.received().is_empty());
}

/// Someone who has an authority's key and serves every host with it.
struct Thief {
    _folder: Folder,
    ca: PathBuf,
    fake: FakeAi,
    tunnel: Tunnel,
}

impl Thief {
    fn with_the_devices_key(name: &str) -> Self {
        let stage = Stage::with_weir(name);
        let authority = Authority::load(stage.ca(), &stage.agent().state().join("ca/ca.key")).unwrap();
        Self::with(name, authority)
    }

    fn with_an_unconstrained_key(name: &str) -> Self {
        Self::with(name, Authority::new("Unconstrained test authority").unwrap())
    }

    fn with(name: &str, authority: Authority) -> Self {
        let folder = Folder::new(&format!("{name}-thief")).unwrap();
        let fake = FakeAi::under(authority, folder.path(), Options::default()).unwrap();
        let tunnel = Tunnel::start(fake.address()).unwrap();
        Self {
            ca: folder.join("fake-ca.pem"),
            _folder: folder,
            fake,
            tunnel,
        }
    }

    fn ca(&self) -> String {
        self.ca.display().to_string()
    }
}

fn assert_held(verifier: &str, accepts: impl Fn(&str) -> bool) {
    assert!(
        accepts(INSIDE),
        "{verifier} refuses {INSIDE}, which the authority is for"
    );
    for name in OUTSIDE.into_iter().chain([ADDRESS]) {
        assert!(!accepts(name), "{verifier} accepts {name}");
    }
}

fn openssl(thief: &Thief, name: &str) -> Output {
    let (address, ca) = (thief.fake.address().to_string(), thief.ca());
    let flags = [
        "s_client",
        "-connect",
        &address,
        "-CAfile",
        &ca,
        "-verify_return_error",
        "-brief",
    ];
    // Without a server name the thief serves a leaf for the address it is reached at.
    let expected = match name {
        ADDRESS => vec!["-noservername", "-verify_ip", name],
        host => vec!["-servername", host, "-verify_hostname", host],
    };
    run("openssl", &[&flags[..], &expected].concat())
}

fn gnutls(thief: &Thief, name: &str) -> Output {
    let port = thief.fake.address().port();
    let mut flags = vec![
        format!("--x509cafile={}", thief.ca()),
        format!("--port={port}"),
        format!("--verify-hostname={name}"),
    ];
    match name {
        ADDRESS => flags.push("--disable-sni".to_owned()),
        host => flags.push(format!("--sni-hostname={host}")),
    }
    flags.push(ADDRESS.to_owned());
    run("gnutls-cli", &flags.iter().map(String::as_str).collect::<Vec<_>>())
}

fn rustls(thief: &Thief) -> Client {
    Client::new(Way::Direct(thief.fake.address()), &[&thief.ca]).unwrap()
}

/// Each page and its error, if any. Names are reached through the thief's tunnel, the address directly.
fn browse(thief: &Thief, browser: &str) -> Vec<(String, Option<String>)> {
    let named = [INSIDE, OUTSIDE[0], OUTSIDE[1]].map(|host| format!("https://{host}/"));
    let urls: Vec<String> = named
        .into_iter()
        .chain([format!("https://{}/", thief.fake.address())])
        .collect();
    let (proxy, ca) = (thief.tunnel.address().to_string(), thief.ca());
    let mut arguments = vec!["open", browser, "--proxy", &proxy, "--ca", &ca];
    arguments.extend(urls.iter().map(String::as_str));
    let seen = weir_e2e::browser(&arguments, "");
    let errors = seen.iter().map(|page| page["error"].as_str().map(str::to_owned));
    urls.clone().into_iter().zip(errors).collect()
}

fn pem(stage: &Stage, der: &[u8]) -> PathBuf {
    let (der_file, pem_file) = (stage.path("leaf.der"), stage.path("leaf.pem"));
    std::fs::write(&der_file, der).unwrap();
    let (from, to) = (der_file.display().to_string(), pem_file.display().to_string());
    assert!(
        run("openssl", &["x509", "-inform", "der", "-in", &from, "-out", &to])
            .status
            .success()
    );
    pem_file
}

fn run(program: &str, arguments: &[&str]) -> Output {
    Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .unwrap_or_else(|error| panic!("{program}: {error}"))
}
