//! Signing in by a provider of OpenID Connect: a real provider, and a client that follows its forms as a browser does.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test's broken assumption is a failed test"
)]

use serde_json::{Value, json};
use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStdout, Command, Stdio};
use weir_e2e::fleet::server;
use weir_support::{Folder, Server, tools};

/// Ends with its input.
struct Provider {
    child: Child,
    issuer: String,
    /// It would end when nobody listened any more.
    _said: BufReader<ChildStdout>,
}

impl Provider {
    fn start(server: &Server, flags: &[&str]) -> Self {
        let callback = format!("{}/api/v1/session/openid/callback", server.url());
        let mut child = tools::node_script("openid_provider.mjs")
            .arg(callback)
            .args(flags)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut issuer = String::new();
        let mut said = BufReader::new(child.stdout.take().unwrap());
        said.read_line(&mut issuer).unwrap();
        let issuer = issuer.trim().to_owned();
        assert!(issuer.starts_with("http://127.0.0.1:"), "the provider did not come up");
        Self {
            child,
            issuer,
            _said: said,
        }
    }
}

impl Drop for Provider {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }
}

struct Stage {
    server: Server,
    provider: Provider,
    _folder: Folder,
}

impl Stage {
    fn set(name: &str, flags: &[&str]) -> Self {
        let folder = Folder::new(name).unwrap();
        let mut server = server(&folder, &[]);
        let provider = Provider::start(&server, flags);
        std::fs::write(server.home().join("openid.secret"), "for weir alone\n").unwrap();
        let settings = format!(
            "\n[openid]\nname = \"Acme\"\nissuer = \"{}\"\nclient_id = \"weir\"\nclient_secret = {{ file = \"openid.secret\" }}\n\
             url = \"{}\"\nscopes = [\"profile\"]\n\
             roles = [{{ group = \"security\", role = \"admin\" }}, {{ group = \"staff\", role = \"viewer\" }}]\n",
            provider.issuer,
            server.url()
        );
        server.configure(&settings).unwrap();
        Self {
            server,
            provider,
            _folder: folder,
        }
    }

    /// What a browser sees in the end.
    fn sign_in(&self, name: &str, flags: &[&str]) -> Value {
        let mut browser: Command = tools::node_script("openid_browser.mjs");
        browser
            .args([&self.server.url(), name])
            .args(flags)
            .env("NODE_EXTRA_CA_CERTS", self.server.authority());
        let output = browser.output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).unwrap()
    }
}

/// Refused, with this word for the console; nobody is signed in.
fn assert_refused(seen: &Value, why: &str) {
    assert_eq!(seen["at"], format!("/?refused={why}"), "{seen}");
    assert_eq!(seen["status"], 401);
}

#[test]
fn the_providers_people_sign_in_with_the_role_of_their_groups() {
    let stage = Stage::set("openid", &[]);
    let ada = stage.sign_in("ada", &[]);
    assert_eq!(ada["at"], "/", "{ada}");
    assert_eq!(ada["me"]["name"], "ada");
    assert_eq!(ada["me"]["role"], "admin");
    assert_eq!(ada["me"]["one_time_password"], false);
    assert_eq!(stage.sign_in("bob", &[])["me"]["role"], "viewer");
    // The second time it is the same account.
    assert_eq!(stage.sign_in("ada", &[])["me"]["name"], "ada");
    let accounts = stage.server.ask(&["account", "list"]).unwrap();
    assert_eq!(accounts.len(), 3, "the first administrator, ada and bob: {accounts:?}");

    assert_refused(&stage.sign_in("mallory", &[]), "no-role");
    assert_refused(&stage.sign_in("no name", &[]), "name");
    assert_refused(&stage.sign_in("ada", &["--forge"]), "stale");

    // The administrator with the password is somebody else than the provider's "admin", whatever groups that one is in.
    stage.server.succeed(&["account", "disable", "bob"]).unwrap();
    assert_refused(&stage.sign_in("bob", &[]), "disabled");
    // No password opens such an account.
    assert!(stage.server.succeed(&["account", "reset", "ada"]).is_err());

    let cookies = ada["cookies"].as_array().unwrap();
    let session = cookies
        .iter()
        .find(|cookie| cookie.as_str().unwrap().starts_with("__Host-weir="));
    assert_eq!(
        session,
        Some(&json!(
            "__Host-weir=…; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=43200"
        ))
    );
    let rows = stage.server.ask(&["journal", "list", "--limit", "1000"]).unwrap();
    let made = rows
        .iter()
        .filter(|row| row["action"] == "account-create" && row["actor"] == "server");
    assert_eq!(made.count(), 2);
}

#[test]
fn claims_may_stand_in_the_token_and_names_are_not_taken_over() {
    let stage = Stage::set("openid-token", &["--claims-in-token"]);
    assert_eq!(stage.sign_in("bob", &[])["me"]["role"], "viewer");
    stage
        .server
        .succeed(&["account", "create", "ada", "--role", "viewer"])
        .unwrap();
    assert_refused(&stage.sign_in("ada", &[]), "taken");
}

#[test]
fn without_the_provider_nobody_comes_in_by_it() {
    let mut stage = Stage::set("openid-down", &[]);
    drop(stage.provider.child.stdin.take());
    stage.provider.child.wait().unwrap();
    assert_refused(&stage.sign_in("ada", &[]), "provider");
}
