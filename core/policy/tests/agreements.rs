//! What the company has agreed with a provider counts until it ends, and is unknown from then on.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops where it fails")]

mod support;

use support::{Message, policy, to, try_compile};
use weir_model::{Action, Tier, Timestamp};
use weir_policy::{ChainMember, Policy, Reason, Source, mutants, prove};

const DAY: i64 = 24 * 60 * 60 * 1000;
/// 2027-03-01T00:00:00Z.
const MARCH: i64 = 20_878 * DAY;

fn pack(agreements: &str) -> String {
    format!(
        "
pack: {{name: acme}}
providers:
  agreements:
{agreements}
policies:
  chain: [data-classification, data-routing-policy]
  policy: {{data-routing-policy: {{require_zero_data_retention: true, require_no_training: true}}}}
"
    )
}

fn at(millis: i64) -> Message {
    to("openai").but(|message| {
        message.destination.tier = Tier::Api;
        message.now = Timestamp::from_millis(millis);
    })
}

/// What the terms are in the way of.
fn terms(policy: &Policy, message: &Message) -> Reason {
    let reasons = message.judged_by(policy).reasons;
    let found = reasons
        .into_iter()
        .find(|reason| reason.member == ChainMember::DataRoutingPolicy);
    found.unwrap()
}

#[test]
fn an_agreement_counts_through_its_last_day() {
    let policy = policy(&pack(
        "    - {id: zdr, provider: openai, tiers: api, zero_data_retention: true, until: 2027-02-28}",
    ));
    // No training on it is what the catalogue knows of the API.
    assert_eq!(at(MARCH - 1).action(&policy), Action::Allow);
    assert_eq!(at(MARCH).action(&policy), Action::Block);
    assert_eq!(
        terms(&policy, &at(MARCH)).rule,
        "data-routing-policy/require_zero_data_retention"
    );
    let other_tier = at(0).but(|it| it.destination.tier = Tier::Enterprise);
    assert_eq!(other_tier.action(&policy), Action::Block, "it is for the API alone");
}

#[test]
fn what_has_ended_is_unknown_also_where_the_catalogue_says_something() {
    let policy = policy(&pack(
        "    - {id: zdr, provider: openai, zero_data_retention: true}
    - {id: training, provider: openai, training_opt_out: true, until: 2027-02-28}",
    ));
    assert_eq!(at(MARCH - 1).action(&policy), Action::Allow);
    assert_eq!(
        terms(&policy, &at(MARCH)).rule,
        "data-routing-policy/require_no_training"
    );
    let text = at(MARCH).said(&policy, &terms(&policy, &at(MARCH)));
    assert!(text.contains("what was agreed ended on 2027-02-28"), "{text}");
}

#[test]
fn a_renewal_goes_on_where_the_old_one_ends_and_the_weaker_of_two_counts() {
    let policy = policy(&pack(
        "    - {id: old, provider: openai, zero_data_retention: true, until: 2027-02-28}
    - {id: new, provider: openai, zero_data_retention: true, until: 2028-02-28}",
    ));
    assert_eq!(at(MARCH).action(&policy), Action::Allow);
    let policy = support::policy(&pack(
        "    - {id: one, provider: openai, zero_data_retention: true}
    - {id: other, provider: openai, zero_data_retention: false}",
    ));
    assert_eq!(at(0).action(&policy), Action::Block);
}

#[test]
fn a_target_promises_nothing_after_its_day() {
    let text = "
pack: {name: acme}
providers: {targets: [{id: zdr, provider: openai, data_policy: {zdr: true, training_opt_out: true, until: 2027-02-28}}]}
policies:
  chain: [data-classification, data-routing-policy]
  policy: {data-routing-policy: {require_zero_data_retention: true}}
";
    let policy = policy(text);
    let called = |millis| at(millis).but(|it| it.destination.target = Some("zdr".to_owned()));
    assert_eq!(called(MARCH - 1).action(&policy), Action::Allow);
    assert_eq!(called(MARCH).action(&policy), Action::Block);
}

#[test]
fn a_place_that_was_agreed_holds_as_long_as_the_rest() {
    let policy = policy(
        "
pack: {name: acme}
providers: {agreements: [{id: eu, provider: example, region: eu, until: 2027-02-28}]}
policies:
  chain: [data-classification, residency]
  policy: {residency: {regions: [eu], unknown: block}}
",
    );
    let message = |millis| to("example").but(|it| it.now = Timestamp::from_millis(millis));
    assert_eq!(message(MARCH - 1).action(&policy), Action::Allow);
    assert_eq!(message(MARCH).action(&policy), Action::Block);
}

#[test]
fn proofs_look_behind_the_end() {
    let ending = policy(&pack(
        "    - {id: zdr, provider: openai, zero_data_retention: true, until: 2027-02-28}",
    ));
    let endless = policy(&pack("    - {id: zdr, provider: openai, zero_data_retention: true}"));
    let difference = weir_policy::diff(&endless, &ending);
    assert!(!difference.decisions.is_empty());
    assert!(difference.decisions.iter().all(|change| !change.is_weaker()));
    assert!(prove(&ending).leaks.is_empty() == prove(&endless).leaks.is_empty());
}

#[test]
fn a_pack_without_a_test_of_the_end_is_told_so() {
    let text = pack("    - {id: zdr, provider: openai, tiers: [api], zero_data_retention: true, until: 2027-02-28}");
    let mutants = mutants(
        &Source::new("acme.yaml", &*text),
        &support::library,
        &support::catalogue(),
    )
    .unwrap();
    let classes: Vec<&str> = mutants.iter().map(|mutant| &*mutant.mutation.kind).collect();
    for class in ["endless-agreement", "wider-agreement"] {
        assert!(classes.contains(&class), "{classes:?}");
    }
}

#[test]
fn a_moment_of_a_test_may_be_a_day() {
    let text = pack("    - {id: zdr, provider: openai, zero_data_retention: true, until: 2027-02-28}")
        + "tests:\n  - {name: ended, given: {provider: openai, tier: api, at: 2027-03-01 00:00, text: hi}, expect: {action: block}}\n";
    let compiled = try_compile("acme.yaml", &text).unwrap();
    assert_eq!(compiled.tests[0].given.at, Timestamp::from_millis(MARCH));
}
