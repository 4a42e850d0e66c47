//! The gateway, called by the real SDKs: which target gets the call, what happens when targets fail, and what a program
//! hears that speaks another interface than its target.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test's broken assumption is a failed test"
)]

use serde_json::{Value, json};
use weir_e2e::{GatewayCall, Heard, Sdk, Stage};
use weir_support::fake::Options;
use weir_support::upstream::{Play, Speaks, Upstream};
use weir_support::{Random, values};

/// One target of a story.
struct Target {
    id: &'static str,
    upstream: Upstream,
    /// Its entry in the pack, after id and address.
    says: &'static str,
}

fn target(id: &'static str, play: Play, says: &'static str) -> Target {
    Target {
        id,
        upstream: Upstream::start(play).unwrap(),
        says,
    }
}

const ZDR: &str = "provider: openai, data_policy: {zdr: true, training_opt_out: true, retention_days: 0}";
const KEEPS: &str = "provider: openai, data_policy: {zdr: false, training_opt_out: true, retention_days: 30}";
const CLAUDE_ZDR: &str =
    "provider: anthropic, interface: anthropic_messages, data_policy: {zdr: true, training_opt_out: true}";

const FALLBACK: &str = "{strategy: ordered, timeout_seconds: 2, \
     fallback: {triggers: [rate_limit, server_error, timeout], max_fallback_attempts: 3}}";

/// A stage with a gateway in front of these targets.
fn stage(name: &str, targets: &[Target], routing: &str) -> Stage {
    let entries: String = targets
        .iter()
        .map(|target| {
            format!(
                "    - {{id: {}, base_url: '{}', secret_key_ref: {{env: TARGET_KEY}}, {}}}\n",
                target.id,
                target.upstream.base_url(),
                target.says
            )
        })
        .collect();
    let pack = format!(
        "pack: {{name: gateway, extends: [weir/baseline]}}
classification: {{detectors: {{\"financial/credit_card\": confidential}}}}
providers:
  targets:
{entries}
  approvals: {{openai: approved, anthropic: approved}}
routing: {routing}
policies:
  chain: [provider-approval, data-classification, data-routing-policy, audit-logger]
  policy:
    data-routing-policy: {{require_zero_data_retention: true, on_no_compliant_provider: block}}
"
    );
    Stage::with(name, Options::default(), |mut launch| {
        let file = launch.state.with_file_name("gateway.yaml");
        std::fs::write(&file, pack).unwrap();
        launch.pack = Some(file);
        launch.gateway = true;
        launch.variables = vec![("TARGET_KEY".to_owned(), "sample-target-key".to_owned())];
        launch
    })
}

fn calls(targets: &[Target]) -> Vec<(&'static str, usize)> {
    targets
        .iter()
        .map(|target| (target.id, target.upstream.calls().len()))
        .collect()
}

/// The decisions on calls through the gateway, oldest first, as the log has them.
fn decisions(stage: &Stage) -> Vec<Value> {
    let mut records = stage.agent().records().unwrap();
    records.retain(|record| record["channel"] == "gateway");
    records.sort_by_key(|record| record["seq"].as_u64());
    records
}

/// What was decided follows from what was recorded, choices that found nobody too.
fn assert_replayed(stage: &Stage) {
    let output = stage.agent().run(&["replay", "--json", "--since", "1d"]).unwrap();
    let replays: Value = serde_json::from_slice(&output.stdout).unwrap();
    let count = |key: &str| replays[key].as_u64().unwrap();
    assert!(count("decisions") > 0, "{replays}");
    assert_eq!(count("same"), count("decisions"), "{replays}");
}

const OPENAI_CHAT: GatewayCall = GatewayCall {
    sdk: "openai",
    call: "chat",
    stream: false,
    tools: false,
    model: "any",
};
const OPENAI_RESPONSES: GatewayCall = GatewayCall {
    call: "responses",
    ..OPENAI_CHAT
};
const ANTHROPIC: GatewayCall = GatewayCall {
    sdk: "anthropic",
    call: "messages",
    ..OPENAI_CHAT
};

#[test]
fn three_targets_fail_and_the_fourth_answers() {
    let targets = [
        target("keeps", Play::Answers(Speaks::OpenAi), KEEPS),
        target("busy", Play::Fails(Speaks::OpenAi, 429), ZDR),
        target("broken", Play::Fails(Speaks::OpenAi, 500), ZDR),
        target("silent", Play::Hangs, ZDR),
        target("good", Play::Answers(Speaks::OpenAi), ZDR),
    ];
    let stage = stage("gateway-fallback", &targets, FALLBACK);
    let heard = &stage.gateway_sdk(OPENAI_CHAT, &["Why is the sky blue?"])[0];
    assert_eq!(heard["ok"], "You wrote: Why is the sky blue?", "{heard}");
    assert_eq!(
        calls(&targets),
        [("keeps", 0), ("busy", 1), ("broken", 1), ("silent", 1), ("good", 1)]
    );
    let decision = heard["decision"].as_str().unwrap();
    for part in [
        "action=allow",
        "target=good",
        "attempt=4",
        "tried=\"busy:rate_limit broken:server_error silent:timeout\"",
        "excluded=\"keeps:require_zero_data_retention\"",
    ] {
        assert!(decision.contains(part), "{part} in {decision}");
    }
    // Each attempt was a decision of its own, recorded before it left.
    let decisions = decisions(&stage);
    let chosen: Vec<&str> = decisions
        .iter()
        .filter_map(|record| record["selection"]["chosen"].as_str())
        .collect();
    assert_eq!(chosen, ["busy", "broken", "silent", "good"]);
    assert_eq!(decisions[1]["response"]["status"], 500, "{}", decisions[1]);
    let id = decisions[3]["id"].as_str().unwrap();
    let told = stage.agent().run(&["explain", id]).unwrap();
    let told = String::from_utf8(told.stdout).unwrap();
    for part in [
        "Target   good",
        "attempt 4",
        "tried before: silent",
        "not keeps: keeps data",
    ] {
        assert!(told.contains(part), "{part} in {told}");
    }
    // What the target gets: its key, and what was agreed; nothing of the caller's token.
    let call = &targets[4].upstream.calls()[0];
    assert_eq!(call.header("authorization"), Some("Bearer sample-target-key"));
    assert_eq!(call.body["store"], false);
    let token = stage.gateway_token();
    assert!(call.headers.iter().all(|(_, value)| !value.contains(&token)));
}

#[test]
fn the_last_failure_is_the_answer_and_attempts_end() {
    let targets = [
        target("busy", Play::Fails(Speaks::Anthropic, 429), CLAUDE_ZDR),
        target("broken", Play::Fails(Speaks::OpenAi, 503), ZDR),
        target("good", Play::Answers(Speaks::OpenAi), ZDR),
    ];
    let routing = "{fallback: {triggers: [rate_limit, server_error], max_fallback_attempts: 1}}";
    let stage = stage("gateway-attempts", &targets, routing);
    let heard = &stage.gateway_sdk(OPENAI_CHAT, &["hello"])[0];
    assert_eq!(
        (&heard["raised"], &heard["status"]),
        (&json!("InternalServerError"), &json!(503)),
        "{heard}"
    );
    assert_eq!(calls(&targets), [("busy", 1), ("broken", 1), ("good", 0)]);
    assert_eq!(decisions(&stage).len(), 2);

    // Asked for by its name, a target is the whole pool.
    let named = GatewayCall {
        model: "busy",
        ..OPENAI_CHAT
    };
    let heard = &stage.gateway_sdk(named, &["hello"])[0];
    assert_eq!(
        (&heard["raised"], &heard["status"]),
        (&json!("RateLimitError"), &json!(429)),
        "{heard}"
    );
    assert!(heard["message"].as_str().unwrap().contains("slow down"), "{heard}");
    let named = GatewayCall {
        model: "busy",
        ..ANTHROPIC
    };
    let heard = &stage.gateway_sdk(named, &["hello"])[0];
    assert_eq!(
        (&heard["raised"], &heard["status"]),
        (&json!("RateLimitError"), &json!(429)),
        "{heard}"
    );
}

#[test]
fn an_answer_that_has_begun_is_never_begun_again() {
    let targets = [
        target("cut", Play::Cuts(Speaks::OpenAi), ZDR),
        target("good", Play::Answers(Speaks::OpenAi), ZDR),
    ];
    let stage = stage("gateway-cut", &targets, FALLBACK);
    let text = "Tell me a long story about a river.";
    for call in [
        OPENAI_CHAT.streaming(),
        OPENAI_RESPONSES.streaming(),
        ANTHROPIC.streaming(),
    ] {
        targets[0].upstream.reset();
        let heard = &stage.gateway_sdk(call, &[text])[0];
        assert!(heard["raised"].is_string(), "{call:?}: a part is no whole: {heard}");
        assert!(
            heard["so_far"].as_str().unwrap().starts_with("You wrote"),
            "{call:?}: {heard}"
        );
        assert_eq!(calls(&targets), [("cut", 1), ("good", 0)], "{call:?}");
        if call.call != "chat" {
            // Where the answer is converted, the caller is told in the words of its own interface.
            assert!(
                heard["message"].as_str().unwrap().contains("broke off"),
                "{call:?}: {heard}"
            );
        }
    }
    // Nothing of a whole answer has reached anybody before it is here: another target may answer.
    targets[0].upstream.reset();
    let heard = &stage.gateway_sdk(OPENAI_CHAT, &[text])[0];
    assert_eq!(heard["ok"], format!("You wrote: {text}"), "{heard}");
    assert_eq!(calls(&targets), [("cut", 1), ("good", 1)]);
}

#[test]
fn the_openai_sdk_is_answered_by_an_anthropic_service() {
    let targets = [target("claude", Play::Answers(Speaks::Anthropic), CLAUDE_ZDR)];
    let stage = stage("gateway-to-anthropic", &targets, FALLBACK);
    for call in [OPENAI_CHAT, OPENAI_RESPONSES] {
        for call in [call, call.streaming()] {
            targets[0].upstream.reset();
            let plain = &stage.gateway_sdk(call, &["Grüße, 🌊!"])[0];
            assert_eq!(plain["ok"], "You wrote: Grüße, 🌊!", "{call:?}: {plain}");
            assert_eq!(plain["usage"], json!([9, 5]), "{call:?}: {plain}");
            let stop = if call.call == "chat" { "stop" } else { "completed" };
            assert_eq!(plain["stop"], stop, "{call:?}");
            let heard = &stage.gateway_sdk(call.with_tools(), &["Weather?"])[0];
            assert_eq!(
                heard["calls"],
                json!([{"name": "weather", "arguments": {"town": "Ulm", "said": "Weather?"}}]),
                "{call:?}: {heard}"
            );
            assert_eq!(heard["ok"], "You wrote: 12 degrees", "{call:?}: {heard}");
            let calls = targets[0].upstream.calls();
            assert!(calls.iter().all(|call| call.path == "/v1/messages"));
            assert_eq!(calls[0].header("x-api-key"), Some("sample-target-key"));
            assert_eq!(calls[0].header("anthropic-version"), Some("2023-06-01"));
            let last = &calls[2].body;
            assert_eq!(last["system"][0]["text"], "Be brief.");
            assert_eq!(last["tools"][0]["input_schema"]["required"], json!(["town"]));
            assert_eq!(last["messages"][1]["content"][1]["type"], "tool_use");
            assert_eq!(last["messages"][2]["content"][0]["type"], "tool_result");
        }
    }
}

#[test]
fn the_anthropic_sdk_is_answered_by_an_openai_service() {
    let targets = [target("gpt", Play::Answers(Speaks::OpenAi), ZDR)];
    let stage = stage("gateway-to-openai", &targets, FALLBACK);
    for call in [ANTHROPIC, ANTHROPIC.streaming()] {
        targets[0].upstream.reset();
        let plain = &stage.gateway_sdk(call, &["Grüße, 🌊!"])[0];
        assert_eq!(plain["ok"], "You wrote: Grüße, 🌊!", "{call:?}: {plain}");
        assert_eq!(
            (&plain["usage"], &plain["stop"]),
            (&json!([9, 5]), &json!("end_turn")),
            "{call:?}: {plain}"
        );
        let heard = &stage.gateway_sdk(call.with_tools(), &["Weather?"])[0];
        assert_eq!(
            heard["calls"],
            json!([{"name": "weather", "arguments": {"town": "Ulm", "said": "Weather?"}}]),
            "{call:?}: {heard}"
        );
        assert_eq!(heard["ok"], "You wrote: 12 degrees", "{call:?}: {heard}");
        let calls = targets[0].upstream.calls();
        assert!(calls.iter().all(|call| call.path == "/v1/chat/completions"));
        let last = &calls[2].body;
        assert_eq!(last["messages"][0], json!({"role": "system", "content": "Be brief."}));
        assert_eq!(last["messages"][2]["tool_calls"][0]["function"]["name"], "weather");
        assert_eq!(last["messages"][3]["role"], "tool");
        assert_eq!(last["max_completion_tokens"], 256);
    }
}

#[test]
fn calls_are_judged_like_everything_else() {
    let targets = [
        target("claude", Play::Answers(Speaks::Anthropic), CLAUDE_ZDR),
        target("gpt", Play::Answers(Speaks::OpenAi), ZDR),
    ];
    let stage = stage("gateway-judged", &targets, FALLBACK);
    let mut random = Random::from_env();
    let (secret, email) = (values::openai_key(&mut random), values::email(&mut random));
    let personal = format!("Write to {email}, and to {email} again.");
    for call in [OPENAI_CHAT, OPENAI_RESPONSES.streaming(), ANTHROPIC.streaming()] {
        for target in &targets {
            target.upstream.reset();
        }
        let heard = stage.gateway_sdk(call, &[&personal, &secret.sentence]);
        // What leaves has stand-ins, and what comes back has the values, in whatever interface and pieces.
        assert_eq!(
            heard[0]["ok"],
            format!("You wrote: {personal}"),
            "{call:?}: {}",
            heard[0]
        );
        assert!(
            heard[0]["decision"].as_str().unwrap().contains("action=pseudonymise"),
            "{}",
            heard[0]
        );
        assert_eq!(
            (&heard[1]["raised"], &heard[1]["status"]),
            (&json!("PermissionDeniedError"), &json!(403))
        );
        assert!(
            heard[1]["decision"].as_str().unwrap().contains("action=block"),
            "{}",
            heard[1]
        );
        let sent: String = targets
            .iter()
            .flat_map(|target| target.upstream.calls())
            .map(|call| call.body.to_string())
            .collect();
        assert!(
            sent.contains("EMAIL_1") && !sent.contains(&email) && !sent.contains(&secret.value),
            "{call:?}"
        );
    }
    assert_replayed(&stage);
}

#[test]
fn no_target_is_409_in_the_callers_own_form() {
    let targets = [target("keeps", Play::Answers(Speaks::OpenAi), KEEPS)];
    let stage = stage("gateway-409", &targets, FALLBACK);
    for call in [OPENAI_CHAT, OPENAI_RESPONSES, ANTHROPIC] {
        let heard = &stage.gateway_sdk(call, &["hello"])[0];
        assert_eq!(
            (&heard["raised"], &heard["status"]),
            (&json!("ConflictError"), &json!(409)),
            "{heard}"
        );
        let message = heard["message"].as_str().unwrap();
        assert!(
            message.contains("keeps data after the answer (require_zero_data_retention)"),
            "{message}"
        );
    }
    assert_eq!(calls(&targets), [("keeps", 0)]);
    assert_eq!(decisions(&stage)[0]["disposition"], "blocked");
    assert_replayed(&stage);
}

#[test]
fn an_intercepted_call_that_its_host_may_not_have_is_409() {
    let pack = "pack: {name: strict, extends: [weir/baseline]}
providers: {approvals: {openai: approved, anthropic: approved}}
policies:
  chain: [provider-approval, data-classification, data-routing-policy, audit-logger]
  policy: {data-routing-policy: {require_zero_data_retention: true, on_no_compliant_provider: block}}
";
    let stage = Stage::with("intercepted-409", Options::default(), |mut launch| {
        let file = launch.state.with_file_name("strict.yaml");
        std::fs::write(&file, pack).unwrap();
        launch.pack = Some(file);
        launch
    });
    for (sdk, call) in [(Sdk::PythonOpenAi, "responses"), (Sdk::PythonAnthropic, "messages")] {
        let heard = stage.sdk(sdk, call, true, false, &["hello".to_owned()]);
        let Heard::Raised { class, status, message } = &heard[0] else {
            panic!("{sdk:?}: {heard:?}");
        };
        assert_eq!((&**class, *status), ("ConflictError", 409), "{sdk:?}: {message}");
        assert!(
            message.contains("data-routing-policy/require_zero_data_retention"),
            "{message}"
        );
    }
    assert!(stage.fake.received().is_empty(), "nothing has left");
}

/// The address of a known provider is the catalogue's, its key a credential that the system gave to the agent, and the call
/// goes over the newest protocol that both speak.
#[test]
fn a_known_provider_is_called_by_http2_with_a_key_of_the_systems_store() {
    let pack = "pack: {name: known, extends: [weir/baseline]}
providers:
  targets:
    - {id: gpt, provider: openai, secret_key_ref: {key_store: openai}, data_policy: {zdr: true, training_opt_out: true}}
  approvals: {openai: approved}
policies:
  chain: [provider-approval, data-classification, data-routing-policy, audit-logger]
  policy: {data-routing-policy: {require_zero_data_retention: true, on_no_compliant_provider: block}}
";
    let mut credentials = None;
    let stage = Stage::with("gateway-known", Options::default(), |mut launch| {
        let file = launch.state.with_file_name("known.yaml");
        std::fs::write(&file, pack).unwrap();
        let directory = launch.state.with_file_name("credentials");
        std::fs::create_dir(&directory).unwrap();
        launch.pack = Some(file);
        launch.gateway = true;
        launch.variables = vec![("CREDENTIALS_DIRECTORY".to_owned(), directory.display().to_string())];
        credentials = Some(directory);
        launch
    });
    let heard = &stage.gateway_sdk(OPENAI_CHAT, &["hello"])[0];
    assert_eq!(heard["status"], 409, "{heard}");
    let message = heard["message"].as_str().unwrap();
    assert!(message.contains("has no entry `openai` for the agent"), "{message}");

    std::fs::write(credentials.unwrap().join("openai"), "sample-target-key\n").unwrap();
    for call in [OPENAI_CHAT, OPENAI_RESPONSES.streaming()] {
        stage.fake.reset();
        for heard in stage.gateway_sdk(call, &["hello", "and again"]) {
            assert!(heard["ok"].as_str().unwrap().starts_with("You wrote: "), "{heard}");
        }
        let received = stage.fake.received();
        assert_eq!(received.len(), 2, "{call:?}");
        for request in received {
            assert!(request.version.contains('2'), "{}", request.version);
            let key = request.headers.iter().find(|(name, _)| name == "authorization");
            assert_eq!(key.map(|(_, value)| &**value), Some("Bearer sample-target-key"));
        }
    }
}

#[test]
fn what_a_target_cannot_be_told_is_told_to_the_caller() {
    let targets = [target("claude", Play::Answers(Speaks::Anthropic), CLAUDE_ZDR)];
    let stage = stage("gateway-unsayable", &targets, FALLBACK);
    let body = json!({"model": "any", "messages": [{"role": "user", "content": "hello"}], "seed": 7});
    let (status, answer) = stage.gateway_post("/openai/v1/chat/completions", Some(&stage.gateway_token()), &body);
    assert_eq!(status, 409);
    let message = answer["error"]["message"].as_str().unwrap();
    assert!(message.contains("`seed` is not known here"), "{message}");
    assert_eq!(calls(&targets), [("claude", 0)]);
}

#[test]
fn only_those_with_a_token_may_call() {
    let targets = [target("gpt", Play::Answers(Speaks::OpenAi), ZDR)];
    let stage = stage("gateway-token", &targets, FALLBACK);
    let body = json!({"model": "any", "messages": [{"role": "user", "content": "hello"}]});
    let path = "/openai/v1/chat/completions";
    for token in [None, Some("sample-api-key"), Some("weir-0-AAAA")] {
        let (status, answer) = stage.gateway_post(path, token, &body);
        assert_eq!(status, 401, "{answer}");
    }
    assert_eq!(stage.gateway_post(path, Some(&stage.gateway_token()), &body).0, 200);
    let (status, answer) = stage.gateway_post("/anthropic/v1/complete", Some(&stage.gateway_token()), &body);
    assert_eq!((status, &answer["type"]), (404, &json!("error")));
    assert_eq!(calls(&targets), [("gpt", 1)]);
    let shown = stage.agent().run(&["gateway", "status"]).unwrap();
    let shown = String::from_utf8(shown.stdout).unwrap();
    assert!(shown.contains("/openai/v1") && shown.contains("gpt"), "{shown}");
}
