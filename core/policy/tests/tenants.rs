//! Tenant control: which headers leave where, which hosts are opened for them, and which accounts may send what.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops where it fails")]

mod support;

use proptest::prelude::*;
use support::{library, shipped_catalogue};
use weir_model::{Action, Channel, Destination, Kind, Level, Tier, Timestamp};
use weir_policy::{Decision, Environment, Facts, Policy, Source, Treatment, compile};

const OWN: &str = "550e8400-e29b-41d4-a716-446655440000";
const OTHER: &str = "11111111-2222-3333-4444-555555555555";

/// A policy with this under `tenant-control`.
fn policy(config: &str) -> Policy {
    let pack = format!(
        "pack: {{name: a}}\npolicies:\n  chain: [tenant-control, data-classification, audit-logger]\n  policy:\n    \
         tenant-control: {config}\n"
    );
    let compiled = compile(&Source::new("a.yaml", pack), &library, &shipped_catalogue());
    compiled.unwrap_or_else(|diagnostics| panic!("{diagnostics}")).policy
}

fn set(policy: &Policy, host: &str) -> Vec<(String, String)> {
    policy.header_edits(host).set
}

fn pair(name: &str, value: &str) -> (String, String) {
    (name.to_owned(), value.to_owned())
}

/// Every scheme with its configuration, the hosts that get its headers, and hosts that look like them and do not.
fn schemes() -> Vec<(&'static str, String, Vec<&'static str>, Vec<&'static str>)> {
    vec![
        (
            "openai-chatgpt",
            format!("{{allow: [{OWN}]}}"),
            vec!["chatgpt.com"],
            vec![
                "ws.chatgpt.com",
                "chat.openai.com",
                "chatgpt.com.evil.example",
                "evilchatgpt.com",
            ],
        ),
        (
            "openai-api",
            "{allow: [org-AbCdEf0123456789]}".to_owned(),
            vec!["api.openai.com", "platform.openai.com"],
            vec!["openai.com", "auth.openai.com", "chatgpt.com"],
        ),
        (
            "anthropic",
            format!("{{allow: [{OWN}]}}"),
            vec![
                "claude.ai",
                "claude.com",
                "anthropic.com",
                "api.anthropic.com",
                "platform.claude.com",
            ],
            vec!["www.claude.ai", "docs.anthropic.com", "notclaude.ai"],
        ),
        (
            "google-workspace",
            "{allow: [acme.example]}".to_owned(),
            vec!["accounts.google.com", "gemini.google.com", "google.com"],
            vec![
                "google.com.evil.example",
                "notgoogle.com",
                "google.de",
                "cloudcode-pa.googleapis.com",
            ],
        ),
        (
            "google-code-assist",
            "{allow: [acme.example]}".to_owned(),
            vec!["cloudcode-pa.googleapis.com"],
            vec!["daily-cloudcode-pa.googleapis.com", "googleapis.com"],
        ),
        (
            "microsoft",
            format!("{{tenant: {OWN}, policy: {OTHER}}}"),
            vec![
                "login.microsoftonline.com",
                "login.microsoft.com",
                "login.windows.net",
                "login.live.com",
            ],
            vec![
                "device.login.microsoftonline.com",
                "enterpriseregistration.windows.net",
                "microsoft.com",
            ],
        ),
        (
            "microsoft-v1",
            format!("{{allow: [acme.example], directory: {OWN}}}"),
            vec![
                "login.microsoftonline.com",
                "login.microsoft.com",
                "login.windows.net",
                "login.live.com",
            ],
            vec!["device.login.microsoftonline.com", "live.com"],
        ),
        (
            "github",
            "{allow: [12345]}".to_owned(),
            vec!["github.com", "api.github.com", "api.individual.githubcopilot.com"],
            vec!["gist.github.com", "raw.githubusercontent.com", "github.dev"],
        ),
        (
            "slack",
            "{requester: T03ARHV9669, allow: [T03ARHV9669]}".to_owned(),
            vec!["slack.com", "acme.slack.com", "wss-primary.slack.com"],
            vec!["slack.com.evil.example", "slack-edge.com"],
        ),
        (
            "dropbox",
            "{allow: ['12345678']}".to_owned(),
            vec!["dropbox.com", "www.dropbox.com", "dash.dropbox.com"],
            vec!["api.dropbox.com", "dropboxusercontent.com"],
        ),
    ]
}

#[test]
fn every_scheme_of_the_catalogue_is_tried_here() {
    let tried: Vec<&str> = schemes().iter().map(|(scheme, ..)| *scheme).collect();
    for file in weir_policies::tenant_schemes() {
        assert!(tried.contains(&file.name.trim_end_matches(".yaml")), "{}", file.name);
    }
}

#[test]
fn headers_leave_to_the_hosts_of_the_scheme_and_to_no_other() {
    for (scheme, config, hosts, others) in schemes() {
        let policy = policy(&format!("{{{scheme}: {config}}}"));
        for host in hosts {
            let edits = policy.header_edits(host);
            assert!(!edits.set.is_empty(), "{scheme} {host}");
            for (name, _) in &edits.set {
                assert!(edits.remove.contains(name), "{scheme}: copies of {name} would stay");
            }
            assert_eq!(
                policy.treatment(host, 443) == Treatment::Intercept,
                listed(host),
                "{scheme} {host}"
            );
        }
        for host in others {
            assert!(policy.header_edits(host).is_empty(), "{scheme} {host}");
        }
        assert!(policy.header_edits("bank.example").is_empty(), "{scheme}");
    }
}

/// Hosts that the catalogue does not list are never opened.
fn listed(host: &str) -> bool {
    shipped_catalogue().service_for(host, 443).is_some()
}

#[test]
fn the_values_are_as_the_vendors_write_them() {
    for (config, host, expected) in [
        (
            format!("{{openai-chatgpt: {{allow: [{OWN}, {OTHER}]}}}}"),
            "chatgpt.com",
            vec![pair("ChatGPT-Allowed-Workspace-Id", &format!("{OWN},{OTHER}"))],
        ),
        (
            "{openai-api: {allow: org-AbCdEf0123456789}}".to_owned(),
            "api.openai.com",
            vec![pair("OpenAI-Allowed-Organization-Ids", "org-AbCdEf0123456789")],
        ),
        (
            "{google-workspace: {allow: [acme.example, visitor_accounts]}}".to_owned(),
            "accounts.google.com",
            vec![pair("X-GoogApps-Allowed-Domains", "acme.example,visitor_accounts")],
        ),
        (
            format!("{{microsoft: {{tenant: {OWN}, policy: {OTHER}}}}}"),
            "login.live.com",
            vec![pair("sec-Restrict-Tenant-Access-Policy", &format!("{OWN}:{OTHER}"))],
        ),
        (
            format!("{{microsoft-v1: {{allow: [acme.example, {OTHER}], directory: {OWN}}}}}"),
            "login.microsoftonline.com",
            vec![
                pair("Restrict-Access-To-Tenants", &format!("acme.example,{OTHER}")),
                pair("Restrict-Access-Context", OWN),
            ],
        ),
        (
            format!("{{microsoft-v1: {{allow: [acme.example], directory: {OWN}}}}}"),
            "login.live.com",
            vec![pair("sec-Restrict-Tenant-Access-Policy", "restrict-msa")],
        ),
        (
            "{github: {allow: [12345, 67890]}}".to_owned(),
            "api.github.com",
            vec![pair("sec-GitHub-allowed-enterprise", "12345,67890")],
        ),
    ] {
        assert_eq!(set(&policy(&config), host), expected, "{config}");
    }
}

#[test]
fn with_one_version_of_the_microsoft_headers_no_client_can_send_the_other() {
    let second = policy(&format!("{{microsoft: {{tenant: {OWN}, policy: {OTHER}}}}}"));
    let removed = second.header_edits("login.microsoftonline.com").remove;
    for name in [
        "Restrict-Access-To-Tenants",
        "Restrict-Access-Context",
        "sec-Restrict-Tenant-Access-Policy",
    ] {
        assert!(removed.iter().any(|own| own == name), "{name}");
    }
    let first = policy(&format!(
        "{{microsoft-v1: {{allow: [acme.example], directory: {OWN}}}}}"
    ));
    let removed = first.header_edits("login.microsoftonline.com").remove;
    assert!(removed.contains(&"sec-Restrict-Tenant-Access-Policy".to_owned()));
}

#[test]
fn hosts_are_opened_for_a_header_only_when_there_is_one() {
    let hosts = [
        "login.microsoftonline.com",
        "accounts.google.com",
        "github.com",
        "slack.com",
        "acme.slack.com",
        "dropbox.com",
    ];
    let none = policy("{services: {chatgpt-web: {tiers: [team]}}}");
    for host in hosts {
        assert_eq!(none.treatment(host, 443), Treatment::Tunnel, "{host}");
        assert!(none.header_edits(host).is_empty(), "{host}");
    }
    let slack = policy("{slack: {requester: T03ARHV9669, allow: [T03ARHV9669]}}");
    for host in ["slack.com", "acme.slack.com"] {
        assert_eq!(slack.treatment(host, 443), Treatment::Intercept, "{host}");
        assert!(!slack.reads(host, 443, "/api/chat"), "{host} is not read");
    }
    assert_eq!(slack.treatment("github.com", 443), Treatment::Tunnel);
    let opened: Vec<String> = slack.intercepted_hosts();
    for host in ["slack.com", "*.slack.com", "chatgpt.com"] {
        assert!(opened.iter().any(|pattern| pattern == host), "{host}");
    }
    for host in ["github.com", "login.live.com", "accounts.google.com"] {
        assert!(opened.iter().all(|pattern| pattern != host), "{host}");
    }
    let watching = policy("{mode: monitor, slack: {requester: T03ARHV9669, allow: [T03ARHV9669]}}");
    assert_eq!(watching.treatment("slack.com", 443), Treatment::Tunnel);
    assert!(watching.header_edits("slack.com").is_empty());
    assert_eq!(watching.intercepted_hosts(), none.intercepted_hosts());
}

#[test]
fn hosts_that_are_judged_stay_judged() {
    let policy = policy(&format!("{{anthropic: {{allow: [{OWN}]}}, github: {{allow: [1]}}}}"));
    assert!(policy.reads("claude.ai", 443, "/api/x"));
    assert!(policy.reads("api.githubcopilot.com", 443, "/chat/completions"));
    assert!(!policy.reads("github.com", 443, "/login"));
}

struct Sent<'a> {
    service: &'a str,
    kind: Kind,
    tier: Tier,
    account: Option<&'a str>,
    only_asks: bool,
}

fn prompt<'a>(service: &'a str, tier: Tier, account: Option<&'a str>) -> Sent<'a> {
    Sent {
        service,
        kind: Kind::Prompt,
        tier,
        account,
        only_asks: false,
    }
}

fn decide(policy: &Policy, sent: &Sent<'_>) -> Decision {
    judge(policy, sent).0
}

/// The decision, and its explanation.
fn judge(policy: &Policy, sent: &Sent<'_>) -> (Decision, String) {
    let catalogue = shipped_catalogue();
    let service = catalogue.service(sent.service).unwrap();
    let destination = Destination {
        host: service.hosts[0].host.clone(),
        service: Some(service.service.clone()),
        provider: Some(service.provider.clone()),
        tier: sent.tier,
        region: None,
        model: None,
        target: None,
    };
    let facts = Facts {
        channel: Channel::Browser,
        kind: sent.kind,
        destination: &destination,
        findings: &[],
        level: Level::Public,
        unscannable: false,
        file: None,
        files: &[],
        editable: true,
        only_asks: sent.only_asks,
        account: sent.account,
        labels: &[],
        over: &[],
        user: None,
        process: None,
        environment: Environment::Production,
        closed: weir_model::Closed::NOTHING,
        stale: false,
        exception: None,
        now: Timestamp::from_millis(0),
    };
    let decision = policy.decide(&facts);
    let told = policy.explain(&decision, &facts);
    (decision, told)
}

#[test]
fn the_companys_account_may_send_and_no_other() {
    let policy = policy(&format!("{{services: {{claude-web: {{accounts: [{OWN}]}}}}}}"));
    let upper = OWN.to_uppercase();
    let action = |tier, account| decide(&policy, &prompt("claude-web", tier, account)).action;
    assert_eq!(action(Tier::Unknown, Some(OWN)), Action::Allow);
    assert_eq!(action(Tier::Enterprise, Some(&upper)), Action::Allow);
    assert_eq!(action(Tier::Unknown, Some(OTHER)), Action::Block);
    assert_eq!(
        action(Tier::Consumer, Some(OWN)),
        Action::Block,
        "a tier that is seen counts"
    );
    assert_eq!(action(Tier::Anonymous, Some(OWN)), Action::Block);
    assert_eq!(action(Tier::Unknown, None), Action::Block);
    assert_eq!(
        action(Tier::Enterprise, None),
        Action::Block,
        "a company, and who knows which"
    );
}

#[test]
fn a_block_names_rule_and_reason_and_no_id() {
    let policy = policy(&format!(
        "{{services: {{claude-web: {{accounts: [{OWN}], reason: switch to the Acme organisation}}}}}}"
    ));
    let (decision, told) = judge(&policy, &prompt("claude-web", Tier::Unknown, Some(OTHER)));
    let reason = decision.main_reason().unwrap();
    assert_eq!(reason.rule, "tenant-control/services/claude-web");
    assert!(
        told.contains(
            "Claude (Anthropic, not approved) is used with an account that is not the company's: switch to the Acme \
             organisation"
        ),
        "{told}"
    );
    assert_eq!(policy.place_of(&reason.rule), Some(("a.yaml".to_owned(), 5)));
    assert!(!told.contains(OTHER) && !told.contains(OWN), "{told}");
}

#[test]
fn the_reason_of_a_header_is_recorded_without_its_value() {
    let policy = policy(&format!("{{openai-chatgpt: {{allow: [{OWN}]}}}}"));
    let (decision, told) = judge(&policy, &prompt("chatgpt-web", Tier::Unknown, None));
    assert_eq!(decision.action, Action::Allow);
    let reason = &decision.reasons[0];
    assert_eq!(reason.rule, "tenant-control/openai-chatgpt");
    assert!(!serde_json::to_string(reason).unwrap().contains(OWN));
    assert_eq!(decision.headers.set, vec![pair("ChatGPT-Allowed-Workspace-Id", OWN)]);
    assert!(told.contains(&format!("header ChatGPT-Allowed-Workspace-Id: {OWN}")));
}

#[test]
fn where_the_account_is_unknown_the_pack_decides() {
    let with = |unknown: &str| policy(&format!("{{services: {{claude-web: {{accounts: [{OWN}]{unknown}}}}}}}"));
    let sent = |kind, only_asks| Sent {
        kind,
        only_asks,
        ..prompt("claude-web", Tier::Unknown, None)
    };
    let cases = [
        (Kind::Prompt, false, [Action::Block, Action::Block, Action::Allow]),
        (
            Kind::PrefetchPrompt,
            false,
            [Action::Block, Action::Block, Action::Allow],
        ),
        (Kind::Upload, false, [Action::Allow, Action::Block, Action::Allow]),
        (Kind::Other, false, [Action::Allow, Action::Block, Action::Allow]),
        (Kind::Other, true, [Action::Allow, Action::Allow, Action::Allow]),
        (Kind::Telemetry, false, [Action::Allow, Action::Allow, Action::Allow]),
    ];
    for (kind, only_asks, expected) in cases {
        let settings = ["", ", unknown: block", ", unknown: allow"];
        let found = settings.map(|setting| decide(&with(setting), &sent(kind, only_asks)).action);
        assert_eq!(found, expected, "{kind:?} {only_asks}");
    }
}

#[test]
fn a_list_of_no_tiers_lets_nobody_in() {
    let policy = policy("{services: {claude-web: {accounts: [x], tiers: []}}}");
    for tier in [Tier::Consumer, Tier::Team, Tier::Enterprise, Tier::Anonymous] {
        assert_eq!(
            decide(&policy, &prompt("claude-web", tier, Some("x"))).action,
            Action::Block
        );
    }
}

#[test]
fn watching_blocks_nobody() {
    let policy = policy(&format!(
        "{{mode: monitor, services: {{claude-web: {{accounts: [{OWN}]}}}}}}"
    ));
    let decision = decide(&policy, &prompt("claude-web", Tier::Unknown, Some(OTHER)));
    assert_eq!(
        (decision.action, decision.monitored),
        (Action::Allow, Some(Action::Block))
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn a_list_of_any_length_arrives_whole_and_in_order(count in 1_usize..=500) {
        let ids: Vec<String> = (0..count).map(|id| format!("{id:08x}-e29b-41d4-a716-446655440000")).collect();
        let policy = policy(&format!("{{anthropic: {{allow: [{}]}}}}", ids.join(", ")));
        let headers = set(&policy, "claude.ai");
        prop_assert!(headers.len() <= 10);
        let mut arrived = Vec::new();
        for (index, (name, value)) in headers.iter().enumerate() {
            let expected = if index == 0 { String::new() } else { index.to_string() };
            prop_assert_eq!(name, &format!("anthropic-allowed-org-ids{expected}"));
            let (list, said) = value.split_once(';').unwrap_or((value, ""));
            let wanted = if index == 0 && headers.len() > 1 { format!("n={}", headers.len()) } else { String::new() };
            prop_assert_eq!(said, wanted);
            arrived.extend(list.split(',').map(str::to_owned));
        }
        prop_assert_eq!(arrived, ids);
    }

    #[test]
    fn a_host_beside_the_listed_ones_gets_nothing(
        before in "[a-z0-9]{1,5}[-.]?", host in "chatgpt\\.com|claude\\.ai|login\\.live\\.com|github\\.com", after in "(\\.[a-z]{2,5}){0,2}",
    ) {
        let policy = policy(&format!(
            "{{openai-chatgpt: {{allow: [{OWN}]}}, anthropic: {{allow: [{OWN}]}}, github: {{allow: [1]}}, \
             microsoft: {{tenant: {OWN}, policy: {OTHER}}}}}"
        ));
        let neighbour = format!("{before}{host}{after}");
        prop_assume!(neighbour != "api.github.com");
        prop_assert!(policy.header_edits(&neighbour).is_empty(), "{}", neighbour);
        let written_otherwise = format!("{}.", host.to_uppercase());
        let edits = policy.header_edits(&written_otherwise);
        prop_assert!(!edits.is_empty());
    }
}
