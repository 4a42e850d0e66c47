//! Decision tables of the members that judge by place, by model and by whose text it is.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops where it fails")]

mod support;

use support::{Message, policy, to, try_compile};
use weir_model::{Action, Channel, Confidence, FileEntry, FileState, Kind, Level, Role, Tier};
use weir_policy::{AnswerAction, Buckets, Policy, diff};

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

fn noon(message: Message) -> Message {
    message.but(|it| it.user = Some("ada"))
}

/// How many of so many messages are not over a limit.
fn passing(policy: &Policy, messages: impl Iterator<Item = Message>) -> usize {
    let mut buckets = Buckets::default();
    let mut passed = 0;
    for message in messages {
        let draw = policy.draw(&message.facts(policy, &[]), &buckets);
        let over = message.but(|it| it.over = draw.over.clone());
        if over.action(policy) < Action::Block {
            passed += 1;
            buckets = buckets.after(&buckets, &draw).unwrap();
        }
    }
    passed
}

const LIMITED: &str = "
pack: {name: acme}
policies:
  chain: [rate-limit]
  policy: {rate-limit: {limits: [{messages: 3, every: minute, per: [user, provider]}]}}
";

#[test]
fn every_user_has_a_bucket_for_every_provider() {
    let policy = policy(LIMITED);
    let of = |user: &'static str, provider: &'static str| to(provider).but(|it| it.user = Some(user));
    assert_eq!(passing(&policy, (0..9).map(|_| noon(to("example")))), 3);
    let two = (0..9).map(|number| of(["ada", "bob"][number % 2], "example"));
    assert_eq!(passing(&policy, two), 6);
    let two = (0..9).map(|number| of("ADA", ["example", "openai"][number % 2]));
    assert_eq!(passing(&policy, two), 6);
    // What is no message of people takes nothing.
    let reports = (0..9).map(|_| to("example").but(|it| it.kind = Kind::Telemetry));
    assert_eq!(passing(&policy, reports), 9);
}

#[test]
fn buckets_outlive_the_policy_that_made_them() {
    let (first, again) = (policy(LIMITED), policy(&LIMITED.replace("acme", "acme-2")));
    let message = noon(to("example"));
    let mut buckets = Buckets::default();
    for policy in [&first, &first, &first, &again] {
        let draw = policy.draw(&message.facts(policy, &[]), &buckets);
        assert_eq!(draw.over.is_empty(), std::ptr::eq(policy, &first));
        buckets = buckets.after(&buckets, &draw).unwrap();
    }
    assert_eq!(buckets.len(), 1);
}

#[test]
fn of_two_messages_at_once_the_later_is_judged_anew() {
    let policy = policy(&LIMITED.replace("messages: 3", "messages: 1"));
    let message = noon(to("example"));
    let before = Buckets::default();
    let draw = policy.draw(&message.facts(&policy, &[]), &before);
    let after = before.after(&before, &draw).unwrap();
    assert_eq!(after.after(&before, &draw), None);
    assert_eq!(
        policy.draw(&message.facts(&policy, &[]), &after).over,
        ["rate-limit/limits/0"]
    );
}

#[test]
fn a_limit_that_only_watches_stops_nothing() {
    let policy = policy(&LIMITED.replace("{limits:", "{mode: monitor, limits:"));
    let over = to("example").but(|it| it.over = vec!["rate-limit/limits/0".to_owned()]);
    let decision = over.judged_by(&policy);
    assert_eq!(
        (decision.action, decision.monitored),
        (Action::Allow, Some(Action::Block))
    );
}

#[test]
fn rules_and_uploads_know_labels_by_id_and_name() {
    let policy = policy(
        "
pack: {name: acme}
providers: {approvals: {example: approved}}
classification: {labels: {Secret: confidential}}
policies:
  chain: [data-classification, upload-guard]
  policy:
    data-classification:
      rules:
        - {label: [Draft, '{8C1E3A52-1111-4222-8333-ABCDEFABCDEF}'], action: warn}
    upload-guard: {refused_labels: secret}
",
    );
    let labelled = |label: &str| to("example").but(|it| it.labels = vec![label.to_owned()]);
    assert_eq!(labelled("draft").action(&policy), Action::Warn);
    assert_eq!(
        labelled("8c1e3a52-1111-4222-8333-abcdefabcdef").action(&policy),
        Action::Warn
    );
    assert_eq!(labelled("other").action(&policy), Action::Allow);
    let pdf = FileEntry {
        name: None,
        mime: Some("application/pdf".to_owned()),
        size: None,
        state: FileState::Inline,
        event: None,
    };
    let upload = labelled("secret").but(|it| it.files = vec![pdf.clone()]);
    assert_eq!(upload.action(&policy), Action::Block);
    assert_eq!(policy.level_of_labels(&["secret".to_owned()]), Level::Confidential);
    assert_eq!(policy.named_label("SECRET").as_deref(), Some("secret"));
    assert_eq!(policy.named_label(" draft "), Some("draft".to_owned()));
    assert_eq!(policy.named_label("anything the sender wrote"), None);
}

#[test]
fn the_clipboard_goes_nowhere_and_has_rules_of_its_own() {
    let policy = policy(
        "
pack: {name: acme}
policies:
  chain: [data-classification, clipboard-guard]
  policy:
    data-classification: {rules: [{channel: clipboard, detector: medical/diagnosis, action: redact}]}
    clipboard-guard:
      rules:
        - {from: 'keepass*', action: log}
        - {category: security, action: clear}
        - {level: restricted, from: [excel.exe], action: clean}
        - {level: restricted, action: notify}
        - {file: image/*, from: figma, action: log}
        - {file: [image/*, .PDF], action: notify}
",
    );
    let copied = |process: &'static str, found: &'static str| {
        to("").but(|it| {
            it.channel = Channel::Clipboard;
            it.process = Some(process);
            it.types = vec![(found, Confidence::High)];
        })
    };
    for (process, found, action) in [
        ("KeePassXC.exe", "security/password", Action::Allow),
        ("code", "security/password", Action::Block),
        ("C:\\Office\\EXCEL.EXE", "financial/iban", Action::Redact),
        ("code", "financial/iban", Action::Warn),
        ("code", "personal/email", Action::Allow),
        ("code", "medical/diagnosis", Action::Redact),
    ] {
        assert_eq!(copied(process, found).action(&policy), action, "{process} {found}");
    }
    let file = |process: &'static str, name: Option<&str>, mime: Option<&str>| {
        let entry = FileEntry {
            name: name.map(str::to_owned),
            mime: mime.map(str::to_owned),
            size: None,
            state: FileState::Named,
            event: None,
        };
        let copied = to("").but(|it| {
            it.channel = Channel::Clipboard;
            it.process = Some(process);
            it.files = vec![entry];
        });
        let decision = copied.judged_by(&policy);
        (
            decision.action,
            decision.main_reason().map(|reason| reason.rule.clone()),
        )
    };
    let by = |rule: usize, action| (action, Some(format!("clipboard-guard/rules/{rule}")));
    assert_eq!(file("gimp", None, Some("image/png")), by(5, Action::Warn));
    assert_eq!(file("figma", None, Some("image/png")), by(4, Action::Allow));
    assert_eq!(file("nautilus", Some("plan.pdf"), None), by(5, Action::Warn));
    assert_eq!(file("nautilus", Some("plan.txt"), None), (Action::Allow, None));
    let sent = copied("code", "security/password").but(|it| it.channel = Channel::Browser);
    assert_eq!(
        sent.judged_by(&policy).main_reason().unwrap().rule,
        "data-classification/default/4"
    );
}

#[test]
fn an_answer_is_held_to_the_first_entry_that_fits() {
    let policy = policy(
        "
pack: {name: acme}
policies:
  chain: [response-guard]
  policy:
    response-guard:
      leaks:
        - {detector: financial/iban, action: pass}
        - {id: secrets, category: security, action: reject}
        - {level: restricted, action: redact}
      internal_urls: redact
      formats:
        - {channel: api, one_of: ['yes', 'no'], otherwise: reject}
",
    );
    let message = to("example").but(|it| it.channel = Channel::Api);
    let guard = policy.answer_guard(&message.facts(&policy, &[]));
    let done = |found: &'static str| {
        let data_type = weir_model::DataType::builtin(found);
        let level = policy.level_of(&data_type, Confidence::High);
        guard
            .leak(&data_type, level, Confidence::High)
            .map(|ruling| (ruling.rule, ruling.action))
    };
    let said = |rule: &str, action| Some((format!("response-guard/{rule}"), action));
    assert_eq!(done("financial/iban"), None);
    assert_eq!(done("security/password"), said("secrets", AnswerAction::Reject));
    assert_eq!(done("financial/credit_card"), said("leaks/2", AnswerAction::Redact));
    assert_eq!(
        done("business/internal_host"),
        said("internal_urls", AnswerAction::Redact)
    );
    assert_eq!(done("personal/email"), None);
    let password = weir_model::DataType::builtin("security/password");
    assert_eq!(guard.leak(&password, Level::Restricted, Confidence::Low), None);
    assert_eq!(guard.form(" yes\n"), None);
    assert_eq!(guard.form("maybe").unwrap().done(), AnswerAction::Reject);
    assert!(guard.holds_form() && guard.holds_leaks());

    let in_browser = policy.answer_guard(&to("example").facts(&policy, &[]));
    assert!(!in_browser.wants_form());
    let watching = policy_with_mode("monitor").answer_guard(&message.facts(&policy, &[]));
    assert!(!watching.holds_leaks());
    let ruling = watching.leak(&password, Level::Restricted, Confidence::High).unwrap();
    assert_eq!(
        (ruling.action, ruling.done()),
        (AnswerAction::Redact, AnswerAction::Pass)
    );
}

fn policy_with_mode(mode: &str) -> Policy {
    let text = format!(
        "pack: {{name: a}}\npolicies: {{chain: [response-guard], policy: {{response-guard: {{mode: {mode}}}}}}}"
    );
    policy(&text)
}
