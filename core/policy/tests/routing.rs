//! Which target a call goes to: tables for what each rule means, and what holds for every pool.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops where it fails")]

mod support;

use std::collections::BTreeMap;

use proptest::prelude::*;
use support::{Message, compiled, policy, to};
use weir_model::{Action, Channel, Failure, Finding, Flag, Interface, Selection, Strategy as How, Tried, Unfit};
use weir_policy::{Facts, Policy, Route, Selected, Target};

/// What a call may come with.
#[derive(Default)]
struct With {
    model: &'static str,
    tried: Vec<Tried>,
    latency: BTreeMap<&'static str, u32>,
    draw: u64,
    /// Targets that cannot be called.
    broken: Vec<&'static str>,
    types: Vec<&'static str>,
}

fn tried(target: &str, failure: Failure) -> Tried {
    Tried {
        target: target.to_owned(),
        failure,
    }
}

fn select(policy: &Policy, with: &With) -> Selected {
    let mut message = to("nobody").but(|message| message.channel = Channel::Gateway);
    for data_type in &with.types {
        message = message.with(data_type);
    }
    select_for(policy, &message, with)
}

fn select_for(policy: &Policy, message: &Message, with: &With) -> Selected {
    message.at(policy, |facts: &Facts<'_>, _: &[Finding]| {
        policy.select(
            facts,
            &Route {
                intercepted: false,
                interface: Interface::OpenAiChat,
                model: with.model,
                obstacle: &|target: &Target| {
                    with.broken.contains(&target.id()).then(|| Unfit {
                        predicate: "secret_key_ref".to_owned(),
                        text: "there is no key".to_owned(),
                    })
                },
                tried: &with.tried,
                latency: &|id| with.latency.get(id).copied(),
                draw: with.draw,
            },
            None,
        )
    })
}

/// `target: predicate predicate`, in the order of the pool.
fn excluded(selection: &Selection) -> Vec<String> {
    let line = |excluded: &weir_model::Excluded| {
        let because: Vec<&str> = excluded.because.iter().map(|unfit| &*unfit.predicate).collect();
        format!("{}: {}", excluded.target, because.join(" "))
    };
    selection.excluded.iter().map(line).collect()
}

const TARGETS: &str = "
    - {id: kept, provider: openai, model: m, data_policy: {zdr: false, training_opt_out: true, retention_days: 30}}
    - {id: zdr-1, provider: openai, model: m, data_collection: deny, data_policy: {zdr: true, training_opt_out: true, retention_days: 0}}
    - {id: zdr-2, provider: anthropic, data_policy: {zdr: true, training_opt_out: true}}
    - {id: unsaid, provider: openai}
";

fn pack(targets: &str, routing: &str, requirements: &str) -> String {
    format!(
        "pack: {{name: a, extends: [weir/baseline]}}
providers:
  targets:{targets}
  approvals: {{openai: approved, anthropic: approved, groq: approved}}
routing: {routing}
policies:
  chain: [provider-approval, data-classification, data-routing-policy, audit-logger]
  policy:
    data-routing-policy: {requirements}
"
    )
}

const FALLBACK: &str =
    "{strategy: ordered, fallback: {triggers: [rate_limit, server_error], max_fallback_attempts: 2}}";

#[test]
fn those_that_lack_a_promise_are_out_each_with_what_it_lacks() {
    let policy = policy(&pack(
        TARGETS,
        FALLBACK,
        "{require_zero_data_retention: true, require_no_training: true}",
    ));
    let Selected {
        selection,
        destination,
        decision,
        ..
    } = select(&policy, &With::default());
    assert_eq!(selection.chosen.as_deref(), Some("zdr-1"));
    assert_eq!(
        excluded(&selection),
        [
            "kept: require_zero_data_retention",
            "unsaid: require_zero_data_retention require_no_training"
        ]
    );
    assert_eq!(selection.flags, [Flag::DoNotStore]);
    assert_eq!(selection.interface, Some(Interface::OpenAiChat));
    assert_eq!((decision.action, selection.attempt), (Action::Allow, 1));
    assert_eq!(destination.target.as_deref(), Some("zdr-1"));
    assert_eq!(destination.host, "api.openai.com");
    assert_eq!(destination.model.as_deref(), Some("m"));
}

#[test]
fn what_the_catalogue_knows_of_a_provider_is_no_promise_of_a_target() {
    let requirement = "{max_retention_days: 30}";
    let policy = policy(&pack(TARGETS, FALLBACK, requirement));
    let selection = select(&policy, &With::default()).selection;
    assert_eq!(selection.chosen.as_deref(), Some("kept"));
    // The interface of OpenAI keeps data for 30 days, and a target that does not say so is unknown.
    assert_eq!(
        excluded(&selection),
        ["zdr-2: max_retention_days", "unsaid: max_retention_days"]
    );
}

#[test]
fn nobody_left_is_a_refusal_and_warn_takes_the_best_of_the_rest() {
    let requirements = "require_zero_data_retention: true, require_no_training: true, max_retention_days: 7";
    let targets = "
    - {id: nothing, provider: openai}
    - {id: long, provider: openai, data_policy: {training_opt_out: true, retention_days: 90}}
    - {id: short, provider: openai, data_policy: {training_opt_out: true, retention_days: 30}}
    - {id: unknown, provider: openai, data_policy: {training_opt_out: true}}
";
    let strict = policy(&pack(
        targets,
        FALLBACK,
        &format!("{{{requirements}, on_no_compliant_provider: block}}"),
    ));
    let refused = select(&strict, &With::default());
    assert_eq!((refused.selection.chosen, refused.selection.excluded.len()), (None, 4));
    assert_eq!(refused.decision.action, Action::Block);
    assert_eq!(refused.decision.main_reason().unwrap().rule, "routing/no-target");

    let lax = policy(&pack(
        targets,
        FALLBACK,
        &format!("{{{requirements}, on_no_compliant_provider: warn}}"),
    ));
    let mut with = With::default();
    for expected in ["short", "long", "unknown"] {
        let selection = select(&lax, &with).selection;
        assert_eq!(selection.chosen.as_deref(), Some(expected));
        assert_eq!(selection.lacks.len(), 2, "{expected}");
        with.tried.push(tried(expected, Failure::ServerError));
    }
}

#[test]
fn a_secret_is_refused_as_a_secret_and_a_lack_as_a_lack() {
    let policy = policy(&pack(TARGETS, FALLBACK, "{require_zero_data_retention: true}"));
    let refused = select(
        &policy,
        &With {
            types: vec!["security/openai_key"],
            ..With::default()
        },
    );
    assert_eq!(refused.selection.chosen, None);
    assert_eq!(refused.decision.action, Action::Block);
    let reason = refused.decision.main_reason().unwrap();
    assert!(reason.rule.starts_with("data-classification/"), "{}", reason.rule);
    assert_eq!(refused.destination.target.as_deref(), Some("zdr-1"));
}

#[test]
fn the_companys_own_model_may_hear_what_nobody_else_may() {
    let targets = "
    - {id: outside, provider: openai, data_policy: {zdr: true}}
    - {id: inside, provider: acme-llm, trust: internal, base_url: 'http://llm.acme.example:8080/v1'}
";
    let policy = policy(&pack(targets, FALLBACK, "{require_zero_data_retention: true}"));
    let with = With {
        types: vec!["security/openai_key"],
        ..With::default()
    };
    let selected = select(&policy, &with);
    assert_eq!(selected.selection.chosen.as_deref(), Some("inside"));
    assert_eq!(selected.decision.action, Action::Allow);
    assert_eq!(excluded(&selected.selection).len(), 1);
    assert_eq!(
        select(&policy, &With::default()).selection.chosen.as_deref(),
        Some("outside")
    );
}

#[test]
fn a_target_asked_for_by_its_id_is_taken_alone() {
    let policy = policy(&pack(TARGETS, FALLBACK, "{require_zero_data_retention: true}"));
    let named = |model| {
        select(
            &policy,
            &With {
                model,
                ..With::default()
            },
        )
        .selection
    };
    assert_eq!(named("zdr-2").chosen.as_deref(), Some("zdr-2"));
    let selection = named("kept");
    assert_eq!(selection.chosen, None);
    assert_eq!(
        excluded(&selection),
        [
            "kept: require_zero_data_retention",
            "zdr-1: model",
            "zdr-2: model",
            "unsaid: model"
        ]
    );
}

#[test]
fn attempts_are_counted_and_only_triggers_lead_to_another() {
    let policy = policy(&pack(TARGETS, FALLBACK, "{require_no_training: true}"));
    let chosen = |tried: Vec<Tried>| {
        let selection = select(
            &policy,
            &With {
                tried,
                ..With::default()
            },
        )
        .selection;
        (selection.attempt, selection.chosen)
    };
    let at = |target: &str| tried(target, Failure::RateLimit);
    assert_eq!(chosen(vec![]), (1, Some("kept".to_owned())));
    assert_eq!(chosen(vec![at("kept")]), (2, Some("zdr-1".to_owned())));
    assert_eq!(chosen(vec![at("kept"), at("zdr-1")]), (3, Some("zdr-2".to_owned())));
    assert_eq!(chosen(vec![at("kept"), at("zdr-1"), at("zdr-2")]), (4, None));
    assert_eq!(chosen(vec![tried("kept", Failure::Timeout)]), (2, None), "no trigger");
    let broken = With {
        broken: vec!["kept"],
        ..With::default()
    };
    let selection = select(&policy, &broken).selection;
    assert_eq!(selection.chosen.as_deref(), Some("zdr-1"));
    assert_eq!(excluded(&selection)[0], "kept: secret_key_ref");
}

#[test]
fn weights_and_speed_decide_where_the_pack_says_so() {
    let targets = "
    - {id: a, provider: openai, weight: 3}
    - {id: b, provider: openai, weight: 1}
    - {id: c, provider: openai, weight: 0}
";
    let weighted = policy(&pack(
        targets,
        "{strategy: weighted, fallback: {}}",
        "{from_level: restricted, max_retention_days: 1}",
    ));
    let mut drawn: BTreeMap<String, u32> = BTreeMap::new();
    for draw in 0..400 {
        let chosen = select(
            &weighted,
            &With {
                draw,
                ..With::default()
            },
        )
        .selection
        .chosen
        .unwrap();
        *drawn.entry(chosen).or_default() += 1;
    }
    assert_eq!(drawn, BTreeMap::from([("a".to_owned(), 300), ("b".to_owned(), 100)]));
    let last = With {
        tried: vec![tried("a", Failure::Timeout), tried("b", Failure::ServerError)],
        ..With::default()
    };
    assert_eq!(select(&weighted, &last).selection.chosen.as_deref(), Some("c"));

    let fastest = policy(&pack(
        targets,
        "{strategy: least_latency}",
        "{from_level: restricted, max_retention_days: 1}",
    ));
    let at = |latency| {
        let with = With {
            latency: BTreeMap::from(latency),
            ..With::default()
        };
        select(&fastest, &with).selection.chosen.unwrap()
    };
    assert_eq!(at([("a", 30), ("b", 20), ("c", 40)]), "b");
    assert_eq!(at([("a", 30), ("b", 30), ("c", 31)]), "a");
    let unknown = With {
        latency: BTreeMap::from([("a", 30), ("b", 20)]),
        ..With::default()
    };
    assert_eq!(
        select(&fastest, &unknown).selection.chosen.as_deref(),
        Some("c"),
        "nothing is known of it yet"
    );
}

#[test]
fn targets_are_checked_when_the_pack_is_read() {
    let errors = |targets: &str| -> Vec<&'static str> {
        let text = pack(targets, "{}", "{require_no_training: true}");
        match support::try_compile("pack.yaml", &text) {
            Ok(compiled) => compiled.diagnostics.iter().map(|diagnostic| diagnostic.code).collect(),
            Err(diagnostics) => diagnostics.0.iter().map(|diagnostic| diagnostic.code).collect(),
        }
    };
    let has = |targets: &str, code: &str| errors(targets).contains(&code);
    assert!(has(
        "\n    - {id: a, provider: openai}\n    - {id: a, provider: openai}",
        "duplicate-key"
    ));
    assert!(has("\n    - {id: a, provider: nobody-knows}", "no-address"));
    assert!(has("\n    - {id: a, provider: x, base_url: 'ftp://x'}", "wrong-value"));
    assert!(has(
        "\n    - {id: a, provider: x, base_url: 'http://x.example/v1'}",
        "unprotected"
    ));
    assert!(!has(
        "\n    - {id: a, provider: x, base_url: 'http://127.0.0.1:1/v1'}",
        "unprotected"
    ));
    assert!(!has(
        "\n    - {id: a, provider: openai, secret_key_ref: {file: /etc/weir/openai.key}}",
        "no-address"
    ));
}

#[test]
fn calls_go_elsewhere_where_the_pack_says_so_and_there_is_somewhere() {
    let reroutes = |targets: &str, routing: &str| {
        let compiled = compiled(&pack(targets, routing, "{require_no_training: true}"));
        let codes: Vec<&str> = compiled.diagnostics.iter().map(|diagnostic| diagnostic.code).collect();
        (compiled.policy.routing().reroutes(), codes.contains(&"dead-rule"))
    };
    assert_eq!(reroutes(TARGETS, "{}"), (false, false));
    assert_eq!(reroutes(TARGETS, "{intercepted: refuse}"), (false, false));
    assert_eq!(reroutes(TARGETS, "{intercepted: reroute}"), (true, false));
    assert_eq!(reroutes(" []", "{intercepted: reroute}"), (true, true));
}

#[test]
fn a_call_is_known_by_its_place() {
    let policy = policy(&pack(TARGETS, "{}", "{require_no_training: true}"));
    let at = |host, port, path| policy.interface_at(host, port, path);
    let openai = "api.openai.com";
    assert_eq!(at(openai, 443, "/v1/chat/completions"), Some(Interface::OpenAiChat));
    assert_eq!(at(openai, 443, "/v1/responses"), Some(Interface::OpenAiResponses));
    assert_eq!(
        at("api.anthropic.com", 443, "/v1/messages"),
        Some(Interface::AnthropicMessages)
    );
    for (host, port, path) in [
        (openai, 8443, "/v1/responses"),
        (openai, 443, "/v1/models"),
        ("chatgpt.com", 443, "/v1/responses"),
    ] {
        assert_eq!(at(host, port, path), None, "{host}:{port}{path}");
    }
}

#[test]
fn a_target_says_how_it_is_called() {
    let compiled = compiled(&pack(
        "
    - {id: chat, provider: openai}
    - {id: claude, provider: anthropic}
    - {id: own, provider: acme, base_url: 'https://llm.example/api', interface: anthropic_messages}
    - {id: router, provider: openrouter, data_policy: {zdr: true, training_opt_out: true}}
",
        "{}",
        "{require_no_training: true}",
    ));
    let policy = compiled.policy;
    let call = |id: &str, interface| {
        let endpoint = policy.target(id).unwrap().endpoint(interface).unwrap();
        (
            endpoint.interface,
            format!("{}{}", endpoint.authority(), endpoint.call_path()),
        )
    };
    use Interface::{AnthropicMessages, OpenAiChat, OpenAiResponses};
    let of = |interface, url: &str| (interface, url.to_owned());
    assert_eq!(
        call("chat", OpenAiResponses),
        of(OpenAiResponses, "api.openai.com/v1/responses")
    );
    assert_eq!(
        call("chat", AnthropicMessages),
        of(OpenAiChat, "api.openai.com/v1/chat/completions")
    );
    assert_eq!(
        call("claude", OpenAiChat),
        of(AnthropicMessages, "api.anthropic.com/v1/messages")
    );
    assert_eq!(
        call("own", OpenAiChat),
        of(AnthropicMessages, "llm.example/api/messages")
    );
    let selection = select(
        &policy,
        &With {
            model: "router",
            ..With::default()
        },
    )
    .selection;
    assert_eq!(selection.flags, [Flag::OnlyZeroRetention, Flag::DenyCollection]);
}

#[test]
fn the_example_of_the_documentation_says_what_it_says() {
    let page = include_str!("../../../docs/gateway.md");
    let example = page
        .split("```yaml\n")
        .nth(1)
        .and_then(|rest| rest.split("```").next())
        .unwrap();
    let compiled = compiled(example);
    assert!(
        compiled
            .diagnostics
            .iter()
            .all(|diagnostic| diagnostic.code != "no-address"),
        "{:?}",
        compiled.diagnostics
    );
    let chosen = |types: Vec<&'static str>, failed: &[&str]| {
        let tried = failed.iter().map(|id| tried(id, Failure::RateLimit)).collect();
        let with = With {
            types,
            tried,
            ..With::default()
        };
        select(&compiled.policy, &with).selection.chosen
    };
    assert_eq!(chosen(vec![], &[]).as_deref(), Some("openai-zdr"));
    assert_eq!(chosen(vec![], &["openai-zdr", "claude"]).as_deref(), Some("own"));
    assert_eq!(chosen(vec!["security/openai_key"], &[]).as_deref(), Some("own"));
}

/// One target of a random pool.
#[derive(Clone, Debug)]
struct Drawn {
    provider: &'static str,
    zdr: Option<bool>,
    no_training: Option<bool>,
    days: Option<u32>,
    weight: u32,
}

fn drawn() -> impl Strategy<Value = Drawn> {
    let provider = prop::sample::select(vec!["openai", "anthropic", "groq", "mistral"]);
    let flag = || prop::option::of(any::<bool>());
    (provider, flag(), flag(), prop::option::of(0_u32..40), 0_u32..4).prop_map(
        |(provider, zdr, no_training, days, weight)| {
            Drawn {
                provider,
                zdr,
                no_training,
                // Both at once would be a contradiction, which is an error of its own.
                days: days.filter(|days| zdr.is_none_or(|zdr| zdr == (*days == 0))),
                weight,
            }
        },
    )
}

impl Drawn {
    fn written(&self, number: usize) -> String {
        let mut promises = Vec::new();
        promises.extend(self.zdr.map(|it| format!("zdr: {it}")));
        promises.extend(self.no_training.map(|it| format!("training_opt_out: {it}")));
        promises.extend(self.days.map(|it| format!("retention_days: {it}")));
        format!(
            "\n    - {{id: t{number}, provider: {}, weight: {}, data_policy: {{{}}}}}",
            self.provider,
            self.weight,
            promises.join(", ")
        )
    }

    /// Said once more, in the plainest way.
    fn complies(&self, zdr: bool, no_training: bool, most: Option<u32>) -> bool {
        self.provider != "mistral"
            && (!zdr || self.zdr == Some(true))
            && (!no_training || self.no_training == Some(true))
            && most.is_none_or(|most| self.days.is_some_and(|days| days <= most))
    }
}

proptest! {
    #[test]
    fn the_chosen_target_keeps_every_promise_and_a_fallback_stays_in_the_pool(
        pool in prop::collection::vec(drawn(), 1..7),
        (zdr, no_training, most) in (any::<bool>(), any::<bool>(), prop::option::of(0_u32..40)),
        how in prop::sample::select(vec![How::Ordered, How::Weighted, How::LeastLatency]),
        attempts in 0_u32..5,
        draw in any::<u64>(),
        failures in prop::collection::vec(prop::sample::select(Failure::ALL.to_vec()), 8),
    ) {
        prop_assume!(zdr || no_training || most.is_some());
        let targets: String = pool.iter().enumerate().map(|(number, target)| target.written(number)).collect();
        let most_days = most.map(|most| format!(", max_retention_days: {most}")).unwrap_or_default();
        let requirements = format!("{{require_zero_data_retention: {zdr}, require_no_training: {no_training}{most_days}}}");
        let routing = format!(
            "{{strategy: {how}, fallback: {{triggers: [rate_limit, timeout], max_fallback_attempts: {attempts}}}}}"
        );
        let text = pack(&targets, &routing, &requirements).replace("groq: approved", "groq: approved, mistral: denied");
        let policy = policy(&text);
        let compliant: Vec<usize> = (0..pool.len()).filter(|at| pool[*at].complies(zdr, no_training, most)).collect();
        let mut with = With { draw, ..With::default() };
        for failure in failures {
            let selected = select(&policy, &with);
            let selection = selected.selection;
            let number = u32::try_from(with.tried.len()).unwrap();
            prop_assert_eq!(selection.attempt, number + 1);
            // Everybody is accounted for: in the pool, or out with a reason.
            prop_assert_eq!(selection.excluded.len(), pool.len() - compliant.len());
            prop_assert!(selection.excluded.iter().all(|excluded| !excluded.because.is_empty()));
            let trigger = with.tried.last().is_none_or(|tried| tried.failure != Failure::ServerError);
            let untried = compliant.len() > with.tried.len();
            let expected = trigger && untried && number <= attempts;
            prop_assert_eq!(selection.chosen.is_some(), expected);
            let Some(chosen) = selection.chosen else { break };
            let at: usize = chosen[1..].parse().unwrap();
            prop_assert!(pool[at].complies(zdr, no_training, most), "{chosen} of {pool:?}");
            prop_assert!(with.tried.iter().all(|tried| tried.target != chosen), "never twice");
            prop_assert!(selected.decision.action < Action::Block && selection.lacks.is_empty());
            with.tried.push(tried(&chosen, failure));
        }
        prop_assert!(with.tried.len() <= attempts as usize + 1);
    }
}
