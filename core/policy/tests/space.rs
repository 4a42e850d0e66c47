//! Proof, matrix, difference and mutants: what follows from deciding everything a policy can tell apart.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops where it fails")]

mod support;

use support::{baseline, library, policy};
use weir_model::{Action, Channel, DataType, Level, Timestamp};
use weir_policy::{
    Approval, Data, Environment, Mutant, Policy, Situation, Source, Space, diff, matrix, mutants, prove,
};

const BASE: &str = "
pack: {name: acme, version: 1.0.0, extends: [weir/baseline]}
providers:
  approvals: {openai: approved}
";

/// The pack above with more rules before those of the baseline.
fn with_rules(rules: &str) -> Policy {
    policy(&format!(
        "{BASE}policies:\n  policy:\n    data-classification:\n      rules:\n{rules}"
    ))
}

#[test]
fn every_shipped_pack_keeps_restricted_data_from_third_parties() {
    for (name, text) in weir_policies::packs() {
        let compiled =
            weir_policy::compile(&Source::new(&name, text), &library, &support::shipped_catalogue()).unwrap();
        let proof = prove(&compiled.policy);
        assert!(proof.tried > 100, "{name}: only {} situations", proof.tried);
        // A pack that only watches promises nothing, and says so.
        let promises = name != "weir/monitor-only";
        assert_eq!(proof.leaks.is_empty(), promises, "{name}: {:?}", proof.leaks.first());
    }
}

#[test]
fn a_way_out_is_found_with_the_rule_that_opens_it() {
    for (rule, data) in [
        (
            "{id: hole, level: restricted, channel: upload, action: allow}",
            "uploads",
        ),
        (
            "{id: hole, detector: security/openai_key, user: ada, action: warn}",
            "one user",
        ),
        (
            "{id: hole, level: restricted, tier: enterprise, provider: openai, action: allow}",
            "one tier",
        ),
        ("{id: hole, level: restricted, region: eu, action: allow}", "one region"),
        (
            "{id: hole, level: restricted, process: curl, environment: testing, action: allow}",
            "one program",
        ),
        (
            "{id: hole, level: restricted, kind: voice_setup, action: allow}",
            "one kind",
        ),
    ] {
        let proof = prove(&with_rules(&format!("        - {rule}\n")));
        let leak = proof
            .leaks
            .first()
            .unwrap_or_else(|| panic!("{data}: no way out found"));
        assert_eq!(leak.rule.as_deref(), Some("data-classification/hole"), "{data}");
        assert_eq!(leak.place.as_ref().map(|(_, line)| *line), Some(9), "{data}");
    }
}

#[test]
fn taking_restricted_values_out_is_no_way_out_and_restricted_labels_cannot_be_taken_out() {
    let safe = with_rules("        - {id: cut, level: restricted, action: redact}\n");
    assert_eq!(prove(&safe).leaks, []);
    let own = policy(
        "
pack: {name: acme, extends: [weir/baseline]}
providers:
  targets: [{id: ours, provider: acme, trust: internal}]
",
    );
    assert_eq!(prove(&own).leaks, []);
}

#[test]
fn every_situation_is_decided_and_they_are_all_different() {
    let policy = with_rules("        - {level: internal, channel: api, user: 'ci-*', action: block}\n");
    let space = Space::of(&[&policy]);
    let all: Vec<String> = space
        .situations()
        .map(|situation| serde_json::to_string(&situation).unwrap())
        .collect();
    let distinct: std::collections::HashSet<&String> = all.iter().collect();
    assert_eq!(all.len(), space.len());
    assert_eq!(distinct.len(), space.len());
    assert!(
        space
            .situations()
            .any(|situation| situation.user.as_deref() == Some("ci-somebody-else"))
    );
    assert!(space.situations().any(|situation| situation.channel == Channel::Api));
}

#[test]
fn the_matrix_shows_what_happens_to_each_level() {
    let table = matrix(&policy(BASE), Environment::Production, Timestamp::default());
    let levels: Vec<Level> = table.columns.iter().map(|column| column.level).collect();
    assert_eq!(levels, Level::ALL);
    let row = |service: &str| {
        let row = table.rows.iter().find(|row| row.name.starts_with(service)).unwrap();
        row.cells
            .iter()
            .map(|cell| cell.same_everywhere().unwrap())
            .collect::<Vec<_>>()
    };
    assert_eq!(
        row("OpenAI"),
        [Action::Allow, Action::Allow, Action::Pseudonymise, Action::Block]
    );
    assert_eq!(
        row("any other service"),
        [Action::Allow, Action::Warn, Action::Block, Action::Block]
    );
}

#[test]
fn the_matrix_says_by_which_rule_and_how_a_provider_stands() {
    let agreed = "
pack: {name: acme, version: 1.0.0, extends: [weir/baseline]}
providers:
  approvals: {openai: {status: approved, reason: the contract of May}}
  agreements:
    - {id: short, provider: openai, zero_data_retention: true, until: 2026-06-30}
    - {id: long, provider: openai, training_opt_out: true, until: 2027-06-30}
";
    let at = |now: i64| {
        let table = matrix(&policy(agreed), Environment::Production, Timestamp::from_millis(now));
        table
            .rows
            .into_iter()
            .find(|row| row.name.starts_with("OpenAI"))
            .unwrap()
    };
    // 2026-05-01, 2026-07-01 and 2027-07-01: an agreement counts for the whole of its last day.
    let ends = [1_777_593_600_000, 1_782_864_000_000, 1_814_400_000_000].map(|now| at(now).agreed_until);
    let at_millis = |millis| Some(Timestamp::from_millis(millis));
    assert_eq!(ends, [at_millis(1_782_864_000_000), at_millis(1_814_400_000_000), None]);
    let row = at(1_777_593_600_000);
    assert_eq!(
        (row.approval, row.approval_reason.as_deref()),
        (Approval::Approved, Some("the contract of May"))
    );
    let restricted = row.cells.last().unwrap();
    assert_eq!(restricted.same_everywhere(), Some(Action::Block));
    let [ruled] = restricted.rules.as_slice() else {
        panic!("one action has one rule: {:?}", restricted.rules);
    };
    assert_eq!(ruled.action, Action::Block);
    assert!(
        ruled.rule.starts_with("data-classification/") && !ruled.text.is_empty(),
        "{ruled:?}"
    );
    let named = |cell: &weir_policy::Cell| cell.rules.iter().map(|ruled| ruled.action).collect::<Vec<_>>();
    assert_eq!(
        named(&row.cells[0]),
        [Action::Allow],
        "what is allowed has its rule as well"
    );
}

#[test]
fn the_difference_says_what_changes_for_whom() {
    let before = policy(BASE);
    let after = with_rules("        - {id: easy, level: confidential, channel: [api, upload], action: warn}\n");
    let difference = diff(&before, &after);
    let said: Vec<String> = difference.decisions.iter().map(ToString::to_string).collect();
    let expected = "personal/* to OpenAI (approved): pseudonymise → warn (weaker); channel: api, upload";
    assert!(said.iter().any(|line| line == expected), "{said:#?}");
    assert!(difference.decisions.iter().all(|change| change.is_weaker()));
    assert_eq!(diff(&before, &policy(BASE)).decisions, []);
}

#[test]
fn the_difference_tells_levels_that_change() {
    let after = policy(&format!(
        "{BASE}classification: {{detectors: {{'personal/email': internal}}}}\n"
    ));
    let difference = diff(&policy(BASE), &after);
    let said: Vec<String> = difference.levels.iter().map(ToString::to_string).collect();
    assert_eq!(said, ["personal/email: confidential → internal (lower)"]);
    assert!(
        difference
            .decisions
            .iter()
            .any(|change| change.to_string().starts_with("personal/email"))
    );
}

fn mutants_of(text: &str) -> Vec<Mutant> {
    mutants(&Source::new("acme.yaml", text), &library, &support::catalogue()).unwrap()
}

#[test]
fn each_risky_change_makes_a_mutant_that_decides_something_differently() {
    let pack = "
pack: {name: acme, extends: [weir/baseline]}
classification:
  detectors: {'acme/plan': restricted}
  volume: [{detector: personal/phone, at_least: 5, level: restricted}]
providers:
  approvals: {default: unapproved, openai: {status: approved, users: [ada]}, example: denied}
policies:
  chain: [provider-approval, data-classification, audit-logger]
  policy:
    provider-approval: {unapproved: warn}
    data-classification:
      rules:
        - {id: mail, detector: personal/email, action: redact}
";
    let mutants = mutants_of(pack);
    let said: Vec<String> = mutants
        .iter()
        .map(|mutant| format!("{} {}", mutant.mutation.kind, mutant.mutation.text))
        .collect();
    for wanted in [
        "lower-level detectors/acme/plan: level restricted becomes confidential",
        "raised-threshold volume/0/at_least: 5 becomes 10",
        "dropped volume/0: is gone",
        "wider-approval approvals/default: becomes approved",
        "wider-approval approvals/openai/users: the limit is gone",
        "wider-approval approvals/example: becomes unapproved",
        "removed-member chain: data-classification is gone",
        "removed-member chain: provider-approval is gone",
        "weaker-action rules/0/action: redact becomes pseudonymise",
        "only-watching rules/0: only watches",
        "dropped rules/0: is gone",
        "weaker-action provider-approval/unapproved: warn becomes allow",
    ] {
        assert!(
            said.iter().any(|line| line == wanted),
            "{wanted} is missing in {said:#?}"
        );
    }
    // Records are kept whatever the chain says: nothing decides differently without this member.
    assert!(!said.iter().any(|line| line.contains("audit-logger")));
}

#[test]
fn a_requirement_that_is_dropped_makes_a_mutant() {
    let pack = "
pack: {name: acme, extends: [weir/baseline]}
policies:
  chain: [data-classification, data-routing-policy]
  policy:
    data-routing-policy: {require_no_training: true, on_no_compliant_provider: block}
";
    let kinds: Vec<String> = mutants_of(pack)
        .into_iter()
        .map(|mutant| mutant.mutation.kind)
        .collect();
    assert!(kinds.contains(&"flag-off".to_owned()), "{kinds:?}");
    assert!(kinds.contains(&"weaker-action".to_owned()), "{kinds:?}");
}

#[test]
fn a_change_without_effect_is_no_mutant() {
    let pack = "
pack: {name: acme, extends: [weir/baseline]}
policies:
  policy:
    data-classification:
      rules:
        - {id: again, level: restricted, trust: third_party, action: block}
";
    let dropped = mutants_of(pack).iter().any(|mutant| mutant.mutation.kind == "dropped");
    assert!(!dropped, "the baseline says the same");
}

#[test]
fn situations_are_judged_as_messages_are() {
    let policy = baseline();
    let space = Space::of(&[&policy]);
    let key = space
        .situations()
        .find(|it| {
            it.data
                == (Data::Found {
                    data_type: DataType::builtin("security/somebody-else"),
                    count: 1,
                    role: weir_model::Role::Prompt,
                })
        })
        .unwrap();
    let (decision, level) = Situation { editable: true, ..key }.judged_by(&policy);
    assert_eq!((decision.action, level), (Action::Block, Level::Restricted));
}

#[test]
fn places_models_and_whose_text_it_is_are_told_apart() {
    for (member, config, wanted) in [
        (
            "residency",
            "{regions: [eu], unknown: warn}",
            &[
                "weaker-action residency/elsewhere: block becomes warn",
                "weaker-action residency/unknown: warn becomes allow",
                "removed-member chain: residency is gone",
            ][..],
        ),
        (
            "model-allow-list",
            "{lists: [{models: ['gpt-4o*'], channel: api}]}",
            &[
                "wider-approval model-allow-list/lists/0/models: every model is listed",
                "weaker-action model-allow-list/others: block becomes warn",
                "removed-member chain: model-allow-list is gone",
            ],
        ),
        (
            "prompt-injection",
            "{action: block}",
            &[
                "weaker-action prompt-injection/action: block becomes warn",
                "removed-member chain: prompt-injection is gone",
            ],
        ),
    ] {
        let pack = format!(
            "pack: {{name: acme}}\npolicies: {{chain: [data-classification, {member}], policy: {{{member}: {config}}}}}\n"
        );
        let said: Vec<String> = mutants_of(&pack)
            .into_iter()
            .map(|mutant| format!("{} {}", mutant.mutation.kind, mutant.mutation.text))
            .collect();
        for wanted in wanted {
            assert!(
                said.iter().any(|line| line == wanted),
                "{wanted} is missing in {said:#?}"
            );
        }
    }
}

const NARROW: &str = "
pack: {name: acme, extends: [weir/baseline]}
groups: {treasury: [ada, 'fin-*'], nobody: []}
policies:
  policy:
    data-classification:
      rules:
";

#[test]
fn rules_for_groups_hours_and_sources_are_tried_on_both_sides() {
    for (rule, opens) in [
        ("group: treasury", true),
        ("group: nobody", false),
        (
            "during: {days: [mon, fri], from: '08:00', to: '18:00', utc_offset: '+01:00'}",
            true,
        ),
        ("source: tool_result", true),
    ] {
        let text = format!("{NARROW}        - {{id: hole, level: restricted, {rule}, action: allow}}\n");
        let narrow = policy(&text);
        let proof = prove(&narrow);
        assert_eq!(!proof.leaks.is_empty(), opens, "{rule}");
        let leaking: usize = proof.leaks.iter().map(|leak| leak.situations).sum();
        assert!(leaking < proof.tried, "{rule}: closed for others");
        let difference = diff(&baseline(), &narrow);
        assert_eq!(
            difference.decisions.iter().any(weir_policy::Change::is_weaker),
            opens,
            "{rule}"
        );
    }
}

#[test]
fn what_is_not_known_satisfies_no_condition_that_loosens() {
    use support::to;
    let text = format!(
        "{NARROW}        - {{level: restricted, group: treasury, action: allow}}\n        - {{level: restricted, source: tool_result, action: allow}}\n"
    );
    let narrow = policy(&text);
    let key = || to("openai").with("security/openai_key");
    assert_eq!(key().action(&narrow), Action::Block, "nobody knows who sends it");
    assert_eq!(key().but(|it| it.user = Some("FIN-Bob")).action(&narrow), Action::Allow);
    assert_eq!(key().but(|it| it.user = Some("bob")).action(&narrow), Action::Block);
    let labelled = to("openai").but(|it| it.declared = Level::Restricted);
    assert_eq!(labelled.action(&narrow), Action::Block, "a label is in nobody's text");
    assert_eq!(labelled.but(|it| it.user = Some("ada")).action(&narrow), Action::Allow);
}
