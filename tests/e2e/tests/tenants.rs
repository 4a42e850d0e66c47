//! Company accounts only: real curl through the running agent, with the example pack for tenants.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test's broken assumption is a failed test"
)]

use serde_json::json;
use weir_e2e::{Curled, Stage};
use weir_support::fake::{Options, Received};
use weir_support::folder::root;
use weir_support::{Random, values};

const WORKSPACE: &str = "6ba7b810-9dad-11d1-80b4-00c04fd430c8";
const ORGANISATION: &str = "550e8400-e29b-41d4-a716-446655440000";
const TENANT: &str = "aaaabbbb-0000-cccc-1111-dddd2222eeee";
const PERSONAL: &str = "11111111-2222-3333-4444-555555555555";
const PERSONAL_TENANT: &str = "9188040d-6c67-4c5b-b112-36a304b66dad";

const SIGN_IN: &str = "login.microsoftonline.com";

/// The agent with the example pack, and a sign-in host behind it.
fn stage(name: &str) -> Stage {
    with_pack(name, "policies/examples/tenants.yaml")
}

fn with_pack(name: &str, pack: &str) -> Stage {
    let pack = root().join(pack);
    Stage::with(name, Options::default(), |mut launch| {
        let address = launch.resolve[0].1;
        launch.resolve.push((SIGN_IN.to_owned(), address));
        launch.pack = Some(pack);
        launch
    })
}

fn last(stage: &Stage) -> Received {
    stage.fake.received().last().cloned().unwrap()
}

/// The values of all copies of a header that arrived, whatever they are called.
fn copies(request: &Received, name: &str) -> Vec<String> {
    let is_copy = |key: &str| key.replace('_', "-").starts_with(name);
    let copies = request.headers.iter().filter(|(key, _)| is_copy(key));
    copies.map(|(_, value)| value.clone()).collect()
}

fn conversation() -> String {
    let message = json!({"author": {"role": "user"}, "content": {"content_type": "text", "parts": ["good morning"]}});
    json!({"action": "next", "messages": [message], "model": "auto"}).to_string()
}

fn chatgpt(stage: &Stage, version: &str, account: Option<&str>, path: &str) -> Curled {
    let account = account.map(|id| format!("chatgpt-account-id: {id}"));
    let mut flags = vec![version, "-H", "content-type: application/json"];
    flags.extend(account.iter().flat_map(|header| ["-H", header]));
    flags.extend([
        "-H",
        "ChatGPT-Allowed-Workspace-Id: mine",
        "-H",
        "chatgpt_allowed_workspace_id: mine",
    ]);
    stage.curl(&flags, &format!("https://chatgpt.com{path}"), &conversation())
}

#[test]
fn chatgpt_takes_the_companys_workspace_and_no_other() {
    let stage = stage("tenants-chatgpt");
    let path = "/backend-api/f/conversation";
    for version in ["--http1.1", "--http2"] {
        let got = chatgpt(&stage, version, Some(WORKSPACE), path);
        assert_eq!(got.status, 200, "{got:?}");
        assert_eq!(
            copies(&last(&stage), "chatgpt-allowed-workspace-id"),
            [WORKSPACE],
            "{version}"
        );
    }
    let passed = stage.fake.received().len();
    for (account, path) in [
        (Some(PERSONAL), path),
        (None, path),
        (Some(WORKSPACE), "/backend-anon/f/conversation"),
    ] {
        let got = chatgpt(&stage, "--http2", account, path);
        assert!(got.body.contains("Blocked by Weir"), "{account:?} {path}: {got:?}");
        assert!(got.body.contains("sign in to the Acme workspace"), "{got:?}");
    }
    assert_eq!(stage.fake.received().len(), passed, "nothing else reached the service");
    let records = stage.agent().records().unwrap();
    let told = serde_json::to_string(&records).unwrap();
    assert!(told.contains("tenant-control/services/chatgpt-web") && told.contains("tenant-control/openai-chatgpt"));
    assert!(
        !told.contains(WORKSPACE) && !told.contains(PERSONAL),
        "rules are recorded, ids are not"
    );
}

#[test]
fn claude_takes_the_companys_organisation_and_no_other() {
    let stage = stage("tenants-claude");
    let body = json!({"prompt": "good morning", "model": "claude"}).to_string();
    let send = |organisation: &str| {
        let url = format!("https://claude.ai/api/organizations/{organisation}/chat_conversations/c1/completion");
        let flags = [
            "-H",
            "content-type: application/json",
            "-H",
            "anthropic-allowed-org-ids1: mine",
        ];
        stage.curl(&flags, &url, &body)
    };
    assert_eq!(send(ORGANISATION).status, 200);
    let expected = format!("{ORGANISATION},6ba7b811-9dad-11d1-80b4-00c04fd430c8");
    assert_eq!(copies(&last(&stage), "anthropic-allowed-org-ids"), [expected]);
    let got = send(PERSONAL);
    assert!(
        got.body.contains("Blocked by Weir") && got.body.contains("switch to the Acme organisation"),
        "{got:?}"
    );
    assert_eq!(stage.fake.received().len(), 1);
    // Looking around is how people change to the right organisation.
    let url = format!("https://claude.ai/api/organizations/{PERSONAL}/chat_conversations");
    let got = stage.curl_form(&[], &url);
    assert!(!got.body.contains("Blocked by Weir"), "{got:?}");
    assert_eq!(stage.fake.received().len(), 2);
}

#[test]
fn copilot_takes_the_companys_tenant_and_no_personal_one() {
    let stage = stage("tenants-m365");
    let send = |tenant: &str| {
        let url =
            format!("https://substrate.office.com/m365Copilot/Chathub/11111111-0000-0000-0000-000000000000@{tenant}");
        stage.curl(
            &["-H", "content-type: application/json"],
            &url,
            r#"{"text": "good morning"}"#,
        )
    };
    let got = send(TENANT);
    assert!(!got.body.contains("Blocked by Weir"), "{got:?}");
    assert_eq!(stage.fake.received().len(), 1);
    for tenant in [PERSONAL_TENANT, PERSONAL] {
        let got = send(tenant);
        assert_eq!(got.status, 403, "{got:?}");
        assert!(got.body.contains("tenant-control/services/m365-copilot"), "{got:?}");
    }
    let url = format!("https://substrate.office.com/m365Copilot/Chathub/1@{PERSONAL_TENANT}");
    let opening = [
        "--http1.1",
        "-H",
        "connection: upgrade",
        "-H",
        "upgrade: websocket",
        "-H",
        "sec-websocket-version: 13",
        "-H",
        "sec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==",
    ];
    let got = stage.curl_form(&opening, &url);
    assert_eq!(got.status, 403, "{got:?}");
    assert!(got.body.contains("tenant-control/services/m365-copilot"), "{got:?}");
    assert_eq!(stage.fake.received().len(), 1, "nothing of it reached the service");
}

#[test]
fn sign_in_gets_the_header_and_is_neither_judged_nor_recorded() {
    let stage = stage("tenants-sign-in");
    let secret = values::aws_access_key(&mut Random::from_env());
    for version in ["--http1.1", "--http2"] {
        let flags = [
            version,
            "-H",
            "SEC-restrict-tenant-access-policy: mine",
            "-H",
            "Restrict-Access-Context: mine",
        ];
        let got = stage.curl(&flags, &format!("https://{SIGN_IN}/common/login"), &secret.sentence);
        assert_ne!(got.status, 0, "{got:?}");
        let arrived = last(&stage);
        assert_eq!(arrived.text(), secret.sentence, "untouched");
        let expected = format!("{TENANT}:1a1a1a1a-bbbb-2222-cccc-333333333333");
        assert_eq!(
            copies(&arrived, "sec-restrict-tenant-access-policy"),
            [expected],
            "{version}"
        );
        assert!(copies(&arrived, "restrict-access").is_empty(), "{version}");
    }
    assert!(
        stage
            .agent()
            .records()
            .unwrap()
            .iter()
            .all(|record| !record.to_string().contains(SIGN_IN))
    );
    let pac = stage.fetch(stage.agent().pac());
    assert!(pac.contains(SIGN_IN), "browsers bring it here");
}

#[test]
fn other_hosts_get_no_header() {
    let stage = stage("tenants-others");
    let ca = stage.fake.ca().display().to_string();
    let got = stage.curl(
        &["--cacert", &ca, "-H", "anthropic-allowed-org-ids: mine"],
        "https://bank.example/",
        "hello",
    );
    assert_ne!(got.status, 0, "{got:?}");
    let arrived = last(&stage);
    assert_eq!(copies(&arrived, "anthropic-allowed-org-ids"), ["mine"]);
    for name in [
        "chatgpt-allowed",
        "sec-restrict",
        "openai-allowed",
        "x-googapps",
        "x-slack",
        "x-dropbox",
        "sec-github",
    ] {
        assert!(copies(&arrived, name).is_empty(), "{name}");
    }
}

#[test]
fn without_a_tenant_to_name_sign_in_is_not_opened() {
    let stage = with_pack("tenants-none", "policies/examples/demo.yaml");
    let ca = stage.fake.ca().display().to_string();
    let url = format!("https://{SIGN_IN}/common/login");
    let got = stage.curl(&["--cacert", &ca, "-H", "Restrict-Access-Context: mine"], &url, "hello");
    assert_ne!(got.status, 0, "the site's own certificate: {got:?}");
    assert_eq!(copies(&last(&stage), "restrict-access-context"), ["mine"]);
    assert_eq!(
        stage.curl(&[], &url, "hello").status,
        0,
        "no certificate of this device's authority"
    );
}
