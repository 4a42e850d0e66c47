//! Calls that programs make to a service which may not have them: the pack sends them to a target that may, and the real
//! SDKs notice nothing.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test's broken assumption is a failed test"
)]

use serde_json::{Value, json};
use weir_e2e::{Heard, Sdk, Stage};
use weir_support::fake::Options;
use weir_support::upstream::{Play, Speaks, Upstream};
use weir_support::{Random, values};

/// A stage whose pack lets nobody keep data, and sends calls elsewhere: to `targets`, in this order. OpenAI and Anthropic
/// keep data for thirty days, by the catalogue.
fn stage(name: &str, targets: &[(&str, &Upstream, &str)], requirements: &str) -> Stage {
    let entries: String = targets
        .iter()
        .map(|(id, upstream, says)| {
            let address = upstream.base_url();
            format!("    - {{id: {id}, base_url: '{address}', secret_key_ref: {{env: TARGET_KEY}}, {says}}}\n")
        })
        .collect();
    let pack = format!(
        "pack: {{name: elsewhere, extends: [weir/baseline]}}
providers:
  targets:
{entries}
  approvals: {{openai: approved, anthropic: approved}}
routing:
  intercepted: reroute
  timeout_seconds: 2
  fallback: {{triggers: [rate_limit, server_error, timeout], max_fallback_attempts: 2}}
policies:
  chain: [provider-approval, data-classification, data-routing-policy, audit-logger]
  policy:
    data-routing-policy: {requirements}
"
    );
    Stage::with(name, Options::default(), |mut launch| {
        let file = launch.state.with_file_name("elsewhere.yaml");
        std::fs::write(&file, pack).unwrap();
        launch.pack = Some(file);
        launch.variables = vec![("TARGET_KEY".to_owned(), "sample-target-key".to_owned())];
        launch
    })
}

const NOTHING_KEPT: &str = "{require_zero_data_retention: true, on_no_compliant_provider: block}";
const CLAUDE: &str = "provider: anthropic, interface: anthropic_messages, data_policy: {zdr: true}";
const GPT: &str = "provider: openai, data_policy: {zdr: true}";
const KEEPS: &str = "provider: openai, data_policy: {retention_days: 30}";

/// The decisions on calls, oldest first.
fn decisions(stage: &Stage) -> Vec<Value> {
    let mut records = stage.agent().records().unwrap();
    records.retain(|record| record["channel"] == "api");
    records.sort_by_key(|record| record["seq"].as_u64());
    records
}

fn assert_replayed(stage: &Stage) {
    let output = stage.agent().run(&["replay", "--json", "--since", "1d"]).unwrap();
    let replays: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(replays["decisions"].as_u64().unwrap() > 0, "{replays}");
    assert_eq!(replays["same"], replays["decisions"], "{replays}");
}

#[test]
fn sdks_are_answered_by_whoever_may_hear_them() {
    let (keeps, claude, gpt) = (
        Upstream::start(Play::Answers(Speaks::OpenAi)).unwrap(),
        Upstream::start(Play::Answers(Speaks::Anthropic)).unwrap(),
        Upstream::start(Play::Answers(Speaks::OpenAi)).unwrap(),
    );
    let email = values::email(&mut Random::from_env());
    let texts = ["Grüße, 🌊!".to_owned(), format!("Write to {email}.")];
    for (name, targets) in [
        (
            "elsewhere-claude",
            [("keeps", &keeps, KEEPS), ("claude", &claude, CLAUDE)],
        ),
        ("elsewhere-gpt", [("keeps", &keeps, KEEPS), ("gpt", &gpt, GPT)]),
    ] {
        let stage = stage(name, &targets, NOTHING_KEPT);
        for (sdk, call, stream, http2) in [
            (Sdk::PythonOpenAi, "chat", true, false),
            (Sdk::PythonOpenAi, "responses", true, true),
            (Sdk::PythonAnthropic, "messages", true, false),
            (Sdk::PythonAnthropic, "messages", false, true),
            (Sdk::NodeOpenAi, "chat", false, true),
        ] {
            let heard = stage.sdk(sdk, call, stream, http2, &texts);
            let expected = texts.iter().map(|text| Heard::Answer(format!("You wrote: {text}")));
            assert_eq!(heard, expected.collect::<Vec<_>>(), "{name} {sdk:?} {call} {stream}");
        }
        assert!(stage.fake.received().is_empty(), "the service itself heard nothing");
        let (_, target, _) = targets[1];
        let sent = target.calls();
        assert_eq!(sent.len(), 10);
        for call in &sent {
            let body = call.body.to_string();
            assert!(!body.contains(&email), "what leaves has stand-ins");
            let key = call.header("x-api-key").or(call.header("authorization")).unwrap();
            assert!(key.ends_with("sample-target-key"), "the target's key, not the caller's");
        }
        let decisions = decisions(&stage);
        let last = decisions.last().unwrap();
        assert_eq!(last["selection"]["chosen"], targets[1].0, "{last}");
        assert_eq!(last["selection"]["instead_of"]["target"], "api.openai.com", "{last}");
        assert_eq!(
            last["selection"]["instead_of"]["because"][0]["predicate"],
            "require_zero_data_retention"
        );
        assert_eq!(last["selection"]["excluded"][0]["target"], "keeps", "{last}");
        assert_eq!(last["destination"]["target"], targets[1].0, "{last}");
        let told = stage.agent().run(&["explain", last["id"].as_str().unwrap()]).unwrap();
        let told = String::from_utf8(told.stdout).unwrap();
        assert!(told.contains("in place of api.openai.com: "), "{told}");
        assert_replayed(&stage);
    }
    assert!(keeps.calls().is_empty());
}

#[test]
fn what_its_own_service_may_have_goes_there() {
    let gpt = Upstream::start(Play::Answers(Speaks::OpenAi)).unwrap();
    let stage = stage("elsewhere-not", &[("gpt", &gpt, GPT)], "{max_retention_days: 30}");
    let heard = stage.sdk(Sdk::PythonOpenAi, "chat", true, true, &["hello".to_owned()]);
    assert!(matches!(&heard[0], Heard::Answer(_)), "{heard:?}");
    assert!(gpt.calls().is_empty());
    let decision = &decisions(&stage)[0];
    assert!(decision["selection"].is_null(), "{decision}");
    assert!(!stage.fake.received().is_empty());
}

#[test]
fn nobody_else_is_told_what_nobody_may_hear() {
    let gpt = Upstream::start(Play::Answers(Speaks::OpenAi)).unwrap();
    let stage = stage("elsewhere-secret", &[("gpt", &gpt, GPT)], NOTHING_KEPT);
    let secret = values::openai_key(&mut Random::from_env());
    let body = json!({"model": "gpt-4o", "messages": [{"role": "user", "content": secret.sentence}]});
    let curled = stage.curl(
        &["--include", "--header", "content-type: application/json"],
        "https://api.openai.com/v1/chat/completions",
        &body.to_string(),
    );
    // Refused as the call to the service that it was, with the choice as evidence.
    assert_eq!(curled.status, 403, "{curled:?}");
    assert!(curled.body.contains("x-weir-decision: action=block"), "{curled:?}");
    assert!(curled.body.contains("excluded=\"gpt:"), "{curled:?}");
    assert!(gpt.calls().is_empty() && stage.fake.received().is_empty());
    assert_replayed(&stage);
}

#[test]
fn failures_stay_in_the_pool_and_the_last_one_is_told() {
    let (broken, busy, cut) = (
        Upstream::start(Play::Fails(Speaks::OpenAi, 500)).unwrap(),
        Upstream::start(Play::Fails(Speaks::Anthropic, 429)).unwrap(),
        Upstream::start(Play::Cuts(Speaks::OpenAi)).unwrap(),
    );
    let one = stage(
        "elsewhere-fails",
        &[("broken", &broken, GPT), ("busy", &busy, CLAUDE)],
        NOTHING_KEPT,
    );
    let heard = one.sdk(Sdk::PythonOpenAi, "chat", false, false, &["hello".to_owned()]);
    let Heard::Raised { class, status, .. } = &heard[0] else {
        panic!("{heard:?}");
    };
    assert_eq!((&**class, *status), ("RateLimitError", 429));
    assert!(one.fake.received().is_empty());
    for http2 in [false, true] {
        let two = stage("elsewhere-cut", &[("cut", &cut, GPT)], NOTHING_KEPT);
        let text = "Tell me a long story about a river.".to_owned();
        let heard = two.sdk(Sdk::PythonOpenAi, "chat", true, http2, &[text]);
        assert!(
            matches!(&heard[0], Heard::Raised { .. }),
            "a part is no whole: {heard:?}"
        );
    }
}
