//! What holds for every pack and every message.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops where it fails")]

mod support;

use proptest::prelude::*;
use support::{Message, policy, to};
use weir_model::{Action, Channel, Confidence, Kind, Level, Tier};
use weir_policy::{Decision, Environment};

const TYPES: [&str; 6] = [
    "security/openai_key",
    "security/password",
    "financial/credit_card",
    "personal/email",
    "personal/phone",
    "hostile/prompt_injection",
];
const PROVIDERS: [&str; 4] = ["openai", "anthropic", "example", "acme"];

/// A pack with these rules in front of the defaults.
fn pack(rules: &[String]) -> String {
    format!(
        "pack: {{name: a}}
classification:
  volume: [{{detector: 'personal/*', at_least: 3, level: restricted}}]
providers:
  approvals: {{openai: approved, anthropic: {{status: approved, environments: [testing]}}}}
policies:
  policy:
    data-classification:
      rules: [{}]
",
        rules.join(", ")
    )
}

fn conditions() -> impl Strategy<Value = String> {
    let one = prop_oneof![
        prop::sample::subsequence(vec!["public", "internal", "confidential", "restricted"], 1..3)
            .prop_map(|levels| format!("level: [{}]", levels.join(", "))),
        prop::sample::select(vec![
            "security/*",
            "personal/*",
            "personal/email",
            "financial/credit_card",
            "*"
        ])
        .prop_map(|pattern| format!("detector: '{pattern}'")),
        prop::sample::select(vec!["approved", "unapproved", "openai", "example"])
            .prop_map(|provider| format!("provider: {provider}")),
        prop::sample::select(vec!["browser", "api", "upload"]).prop_map(|channel| format!("channel: {channel}")),
        prop::sample::select(vec!["production", "testing"]).prop_map(|name| format!("environment: {name}")),
        prop::sample::select(vec!["consumer", "api", "unknown"]).prop_map(|tier| format!("tier: {tier}")),
    ];
    // A key may stand in a rule once.
    prop::collection::vec(one, 0..3).prop_map(|parts| {
        let mut seen = Vec::new();
        let fresh = parts.into_iter().filter(|part| {
            let key = part.split(':').next().unwrap_or_default().to_owned();
            let fresh = !seen.contains(&key);
            seen.push(key);
            fresh
        });
        fresh.collect::<Vec<_>>().join(", ")
    })
}

fn rule(actions: &'static [&'static str], modes: &'static [&'static str]) -> impl Strategy<Value = String> {
    (conditions(), prop::sample::select(actions), prop::sample::select(modes)).prop_map(|(when, action, mode)| {
        let comma = if when.is_empty() { "" } else { ", " };
        format!("{{{when}{comma}action: {action}, mode: {mode}}}")
    })
}

const ACTIONS: &[&str] = &["allow", "warn", "pseudonymise", "redact", "block"];
const MODES: &[&str] = &["off", "monitor", "tip", "enforce"];

fn rules() -> impl Strategy<Value = Vec<String>> {
    prop::collection::vec(rule(ACTIONS, MODES), 0..6)
}

fn message() -> impl Strategy<Value = Message> {
    let confidence = prop::sample::select(vec![Confidence::Low, Confidence::Medium, Confidence::High]);
    let types = prop::collection::vec((prop::sample::select(&TYPES[..]), confidence), 0..5);
    (
        prop::sample::select(&PROVIDERS[..]),
        prop::sample::select(&Tier::ALL[..]),
        prop::sample::select(&Channel::ALL[..]),
        prop::sample::select(&Kind::ALL[..]),
        prop::sample::select(&Environment::ALL[..]),
        types,
        any::<bool>(),
        prop::bool::weighted(0.2),
    )
        .prop_map(
            |(provider, tier, channel, kind, environment, types, editable, unscannable)| {
                to(provider).but(|it| {
                    it.destination.tier = tier;
                    it.channel = channel;
                    it.kind = kind;
                    it.environment = environment;
                    it.types = types;
                    it.editable = editable;
                    it.unscannable = unscannable;
                })
            },
        )
}

fn insert(rules: &[String], rule: String, position: prop::sample::Index) -> Vec<String> {
    let mut all = rules.to_vec();
    all.insert(position.index(rules.len() + 1), rule);
    all
}

/// True when nothing is milder in the second decision.
fn no_looser(first: &Decision, second: &Decision) -> bool {
    first.action <= second.action && first.per_finding.iter().zip(&second.per_finding).all(|(a, b)| a <= b)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn a_decision_depends_on_the_facts_alone(rules in rules(), message in message()) {
        let text = pack(&rules);
        let first = message.judged_by(&policy(&text));
        prop_assert_eq!(&first, &message.judged_by(&policy(&text)));
        let stored = serde_json::to_string(&first).unwrap();
        prop_assert_eq!(serde_json::from_str::<Decision>(&stored).unwrap(), first);
    }

    #[test]
    fn the_action_is_the_strictest_of_its_reasons_and_has_one(rules in rules(), message in message()) {
        let decision = message.judged_by(&policy(&pack(&rules)));
        prop_assert!(decision.main_reason().is_some());
        prop_assert!(decision.per_finding.iter().all(|action| *action <= decision.action));
        let editing = decision.per_finding.iter().any(|action| action.edits());
        prop_assert!(!decision.action.edits() || (editing && message.editable));
    }

    #[test]
    fn one_more_blocking_rule_never_loosens(
        rules in rules(),
        extra in rule(&["block"], &["enforce"]),
        position in any::<prop::sample::Index>(),
        message in message(),
    ) {
        let before = message.judged_by(&policy(&pack(&rules)));
        let after = message.judged_by(&policy(&pack(&insert(&rules, extra, position))));
        prop_assert!(no_looser(&before, &after), "{before:?}\n{after:?}");
    }

    #[test]
    fn a_rule_that_only_watches_changes_nothing(
        rules in rules(),
        extra in rule(ACTIONS, &["off", "monitor", "tip"]),
        position in any::<prop::sample::Index>(),
        message in message(),
    ) {
        let before = message.judged_by(&policy(&pack(&rules)));
        let after = message.judged_by(&policy(&pack(&insert(&rules, extra, position))));
        prop_assert_eq!(before.action, after.action);
        prop_assert_eq!(before.per_finding, after.per_finding);
    }

    #[test]
    fn one_more_finding_never_loosens(rules in rules(), message in message(), extra in prop::sample::select(&TYPES[..])) {
        let policy = policy(&pack(&rules));
        let before = message.judged_by(&policy);
        let after = message.clone().with(extra).judged_by(&policy);
        prop_assert!(no_looser(&before, &after), "{before:?}\n{after:?}");
    }

    #[test]
    fn one_more_requirement_never_loosens(
        first in 0_u32..60, second in 0_u32..60, training in any::<bool>(), zero in any::<bool>(), message in message(),
    ) {
        let with = |training: bool, zero: bool, days: u32| policy(&format!(
            "pack: {{name: a}}
policies:
  chain: [data-classification, data-routing-policy, audit-logger]
  policy:
    data-routing-policy: {{require_no_training: {training}, require_zero_data_retention: {zero}, max_retention_days: {days}}}
"
        ));
        let loose = message.judged_by(&with(false, false, first.max(second)));
        let strict = message.judged_by(&with(training, zero, first.min(second)));
        prop_assert!(no_looser(&loose, &strict), "{loose:?}\n{strict:?}");
    }

    #[test]
    fn secrets_are_never_replaced_by_something_that_comes_back(rules in rules(), message in message()) {
        let decision = message.judged_by(&policy(&pack(&rules)));
        for ((data_type, _), action) in message.types.iter().zip(&decision.per_finding) {
            prop_assert!(!data_type.starts_with("security/") || *action != Action::Pseudonymise);
        }
    }

    #[test]
    fn no_text_makes_the_parser_panic(text in ".{0,400}") {
        weir_policy::fuzz_pack(&text);
    }

    #[test]
    fn no_damage_to_a_pack_makes_the_parser_panic(
        cut in any::<prop::sample::Index>(), patch in "[\\PC\n]{0,12}", drop in 0_usize..40,
    ) {
        let base = weir_policies::pack("weir/baseline").unwrap();
        let mut text: Vec<char> = base.chars().collect();
        let at = cut.index(text.len());
        let end = (at + drop).min(text.len());
        text.splice(at..end, patch.chars());
        weir_policy::fuzz_pack(&text.into_iter().collect::<String>());
    }
}

/// Promise: restricted data never leaves for a third party as it is, whatever else is true of the message.
#[test]
fn no_combination_lets_restricted_data_out_under_the_baseline() {
    let mut combinations = 0_u32;
    for approvals in [
        "",
        "openai: approved",
        "openai: {status: approved, environments: [testing]}",
        "default: approved",
    ] {
        let policy = policy(&format!(
            "pack: {{name: a, extends: [weir/baseline]}}\nproviders: {{approvals: {{{approvals}}}}}\n"
        ));
        for (provider, tier) in PROVIDERS
            .iter()
            .flat_map(|provider| Tier::ALL.map(|tier| (*provider, tier)))
        {
            for (channel, kind) in Channel::ALL
                .iter()
                // What is copied has not left.
                .filter(|channel| **channel != Channel::Clipboard)
                .flat_map(|channel| Kind::ALL.map(|kind| (*channel, kind)))
            {
                for (environment, editable) in Environment::ALL.iter().flat_map(|it| [(*it, true), (*it, false)]) {
                    for data_type in ["security/openai_key", "financial/credit_card"] {
                        let message = to(provider).with("personal/email").with(data_type).but(|it| {
                            it.destination.tier = tier;
                            it.channel = channel;
                            it.kind = kind;
                            it.environment = environment;
                            it.editable = editable;
                        });
                        let decision = message.judged_by(&policy);
                        let out = decision.action != Action::Block && decision.per_finding[1] != Action::Redact;
                        assert!(
                            !out,
                            "{approvals} {provider} {tier} {channel} {kind:?} {environment}: {decision:?}"
                        );
                        combinations += 1;
                    }
                    let labelled = to(provider).but(|it| {
                        it.declared = Level::Restricted;
                        it.destination.tier = tier;
                        it.channel = channel;
                        it.kind = kind;
                        it.environment = environment;
                        it.editable = editable;
                    });
                    assert_eq!(labelled.action(&policy), Action::Block);
                }
            }
        }
    }
    assert_eq!(combinations, 4 * 4 * 7 * 4 * 8 * 6 * 2);
}

#[test]
fn a_few_bytes_cannot_stand_for_gigabytes() {
    let mut text = String::from("pack: {name: a}\na0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for level in 1..12 {
        let last = format!("*a{}", level - 1);
        text.push_str(&format!("a{level}: &a{level} [{}]\n", vec![last; 10].join(", ")));
    }
    let refused = support::try_compile("bomb.yaml", &text).unwrap_err().to_string();
    assert!(refused.contains("error[too-big]"), "{refused}");
    let deep = format!("pack: {}", "[".repeat(10_000));
    assert!(support::try_compile("deep.yaml", &deep).is_err());
    let long = format!("pack: {{name: a}}\n# {}", "x".repeat(2 << 20));
    assert!(
        support::try_compile("long.yaml", &long)
            .unwrap_err()
            .to_string()
            .contains("error[too-big]")
    );
}
