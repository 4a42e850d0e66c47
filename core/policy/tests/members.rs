//! Decision tables of the members that judge by place, by model and by whose text it is.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops where it fails")]

mod support;

use support::{Message, policy, to, try_compile};
use weir_model::{Action, Channel, Confidence, FileEntry, FileState, Kind, Level, Role, Tier};
use weir_policy::{Policy, diff};

fn at(region: &str) -> Message {
    to("example").but(|message| message.destination.region = Some(region.to_owned()))
}

#[test]
fn data_stays_where_the_pack_says() {
    let policy = policy(
        "
pack: {name: acme}
providers: {targets: [{id: ours, provider: ours, trust: internal}]}
policies:
  chain: [data-classification, residency]
  policy: {residency: {regions: [eu, ch], elsewhere: block, unknown: warn}}
",
    );
    for (message, action) in [
        (at("eu"), Action::Allow),
        (at("eu-central-1"), Action::Allow),
        (at("europe-west6"), Action::Allow),
        (at("eu-west-2"), Action::Block),
        (at("us-east-1"), Action::Block),
        (at("somewhere"), Action::Block),
        (to("example"), Action::Warn),
        (to("ours"), Action::Allow),
        (to("example").but(|it| it.kind = Kind::Telemetry), Action::Allow),
    ] {
        assert_eq!(message.action(&policy), action, "{:?}", message.destination);
    }
}

#[test]
fn only_data_from_a_level_on_is_held_to_a_place() {
    let policy = policy(
        "
pack: {name: acme}
policies:
  chain: [data-classification, residency]
  policy: {residency: {regions: [eu], from_level: confidential}}
",
    );
    let outside = at("us");
    assert_eq!(outside.action(&policy), Action::Allow);
    assert_eq!(
        outside.but(|it| it.declared = Level::Confidential).action(&policy),
        Action::Block
    );
}

#[test]
fn the_terms_of_the_provider_say_the_place_where_the_wire_does_not() {
    let policy = policy(
        "
pack: {name: acme}
policies:
  chain: [data-classification, residency]
  policy: {residency: {regions: [eu]}}
",
    );
    let known = policy
        .catalogue()
        .providers()
        .iter()
        .flat_map(|provider| provider.terms.iter().map(move |terms| (provider, terms)))
        .find(|(_, terms)| terms.region.is_some());
    if let Some((provider, terms)) = known {
        let message = to(&provider.provider).but(|it| it.destination.tier = terms.tier);
        let decision = message.judged_by(&policy);
        let rule = decision.main_reason().map(|reason| reason.rule.clone());
        assert_ne!(rule.as_deref(), Some("residency/unknown"));
    }
}

#[test]
fn only_listed_models_are_asked() {
    let policy = policy(
        "
pack: {name: acme}
policies:
  chain: [data-classification, model-allow-list]
  policy:
    model-allow-list:
      lists:
        - {models: ['gpt-4o*', o3], channel: api, environment: production}
        - {models: ['*'], channel: api}
      unknown: block
",
    );
    let ask = |model: Option<&str>, channel| {
        to("openai").but(|it| {
            it.channel = channel;
            it.destination.model = model.map(str::to_owned);
        })
    };
    for (message, action) in [
        (ask(Some("GPT-4o-mini"), Channel::Api), Action::Allow),
        (ask(Some("o3"), Channel::Api), Action::Allow),
        (ask(Some("o3-pro"), Channel::Api), Action::Block),
        (ask(None, Channel::Api), Action::Block),
        (ask(Some("anything"), Channel::Browser), Action::Allow),
        (
            ask(Some("o3-pro"), Channel::Api).but(|it| it.environment = weir_policy::Environment::Testing),
            Action::Allow,
        ),
    ] {
        assert_eq!(
            message.action(&policy),
            action,
            "{:?} by {}",
            message.destination.model,
            message.channel
        );
    }
}

#[test]
fn hostile_text_counts_where_the_user_did_not_write_it() {
    let policy = policy(
        "
pack: {name: acme}
classification: {detectors: {'hostile/*': public}}
policies: {chain: [data-classification, prompt-injection]}
",
    );
    let from = |role| {
        let mut finding = support::finding(&policy, "hostile/injection", Confidence::High, 1);
        finding.place.role = role;
        to("openai").with_findings(&policy, &[finding]).action
    };
    for role in [Role::ToolResult, Role::Attachment, Role::Code, Role::Unclassified] {
        assert_eq!(from(role), Action::Block, "{role:?}");
    }
    for role in [Role::Prompt, Role::System, Role::History, Role::Copy] {
        assert_eq!(from(role), Action::Allow, "{role:?}");
    }
    let harmless = to("openai")
        .with("personal/email")
        .but(|it| it.destination.tier = Tier::Api);
    let decision = harmless.judged_by(&policy);
    assert!(
        decision
            .reasons
            .iter()
            .all(|reason| !reason.rule.starts_with("prompt-injection"))
    );
}

#[test]
fn a_residency_without_a_place_is_an_error_and_a_misspelled_one_a_warning() {
    let chain = "pack: {name: acme}\npolicies:\n  chain: [data-classification, audit-logger, residency]\n";
    assert!(
        try_compile("bare.yaml", chain)
            .unwrap_err()
            .to_string()
            .contains("missing-key")
    );
    let typo = format!("{chain}  policy: {{residency: {{regions: [europa]}}}}\n");
    let warnings = try_compile("typo.yaml", &typo).unwrap().diagnostics;
    assert!(
        warnings.iter().any(|warning| warning.code == "unknown-name"),
        "{warnings:?}"
    );
}

#[test]
fn files_are_held_to_their_type_and_size_and_unknown_is_on_no_list() {
    let guarded = |config: &str| {
        policy(&format!(
            "pack: {{name: a}}\npolicies:\n  chain: [data-classification, upload-guard, audit-logger]\n  policy: {{upload-guard: {config}}}\n"
        ))
    };
    let sent = |policy: &Policy, name: Option<&str>, mime: Option<&str>, size: Option<u64>, state| {
        let file = FileEntry {
            name: name.map(str::to_owned),
            mime: mime.map(str::to_owned),
            size,
            state,
            event: None,
        };
        to("openai").but(|it| it.files = vec![file]).action(policy)
    };
    let inline = FileState::Inline;
    let strict = guarded("{allowed: [pdf, 'image/*'], refused: ['.exe'], max_megabytes: 1, unknown: warn}");
    let small = Some(1 << 20);
    for (name, mime, size, state, action) in [
        (None, Some("application/pdf"), small, inline, Action::Allow),
        (None, Some("image/png; q=1"), small, inline, Action::Allow),
        (Some("a.PDF"), None, small, inline, Action::Allow),
        (
            Some("a.pdf"),
            Some("application/octet-stream"),
            small,
            inline,
            Action::Allow,
        ),
        (Some("a.pdf"), Some("application/zip"), small, inline, Action::Block),
        (Some("a.exe"), Some("application/pdf"), small, inline, Action::Block),
        (Some("archive"), None, small, inline, Action::Warn),
        (None, Some("application/pdf"), None, inline, Action::Warn),
        (
            None,
            Some("application/pdf"),
            Some((1 << 20) + 1),
            inline,
            Action::Block,
        ),
        (None, Some("zip"), small, FileState::Announced, Action::Block),
        (None, Some("zip"), small, FileState::Released, Action::Allow),
    ] {
        assert_eq!(
            sent(&strict, name, mime, size, state),
            action,
            "{name:?} {mime:?} {size:?} {state:?}"
        );
    }
    let refusing = guarded("{refused: [zip], others: warn}");
    assert_eq!(
        sent(&refusing, None, Some("application/zip"), None, inline),
        Action::Warn
    );
    assert_eq!(
        sent(&refusing, None, Some("application/pdf"), None, inline),
        Action::Allow
    );
    assert_eq!(
        sent(&refusing, None, None, None, inline),
        Action::Block,
        "nobody knows that it is no archive"
    );
    assert_eq!(to("openai").action(&strict), Action::Allow);
}

#[test]
fn proofs_and_differences_try_files_on_both_sides_of_every_list() {
    let base = "pack: {name: a, extends: [weir/baseline]}\npolicies:\n  chain: [data-classification, upload-guard, audit-logger]\n";
    let guarded = |config: &str| policy(&format!("{base}  policy: {{upload-guard: {config}}}\n"));
    let (one, other) = (
        guarded("{refused: [zip], max_megabytes: 4}"),
        guarded("{refused: [zip], max_megabytes: 2}"),
    );
    let stricter = diff(&one, &other);
    assert!(!stricter.decisions.is_empty());
    assert!(stricter.decisions.iter().all(|change| !change.is_weaker()));
    let listed = guarded("{refused: [zip, pem], max_megabytes: 4}");
    assert!(diff(&listed, &one).decisions.iter().any(weir_policy::Change::is_weaker));
}
