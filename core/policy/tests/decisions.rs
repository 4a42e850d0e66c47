//! What policy answers, case by case.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops where it fails")]

mod support;

use support::{baseline, compiled, finding, policy, to};
use weir_model::Action::{Allow, Block, Pseudonymise, Redact, Warn};
use weir_model::{Action, Channel, Closed, Confidence, DataType, FileState, Kind, Level, Mode, Tier};
use weir_policy::{Approval, ChainMember, Decision, Environment, Obligation, Policy, Source, Treatment};

const APPROVED: &str = "
pack: {name: a, extends: [weir/baseline]}
classification: {detectors: {acme/memo: internal}}
providers: {approvals: {openai: approved, chatgpt-web: denied}}
";

#[test]
fn the_four_levels_by_approval() {
    let policy = policy(APPROVED);
    for (data_type, approved, unapproved) in [
        (None, Allow, Allow),
        (Some("hostile/prompt_injection"), Allow, Allow),
        (Some("acme/memo"), Allow, Warn),
        (Some("personal/email"), Pseudonymise, Block),
        (Some("security/openai_key"), Block, Block),
        (Some("financial/credit_card"), Block, Block),
    ] {
        let message = |provider: &str| data_type.map_or(to(provider), |data_type| to(provider).with(data_type));
        assert_eq!(
            message("openai").action(&policy),
            approved,
            "{data_type:?} to an approved provider"
        );
        assert_eq!(
            message("example").action(&policy),
            unapproved,
            "{data_type:?} to an unapproved provider"
        );
        assert_eq!(
            message("unheard-of").action(&policy),
            unapproved,
            "{data_type:?} to an unknown provider"
        );
    }
}

#[test]
fn each_finding_has_its_own_action_and_the_strictest_wins() {
    let policy = policy(APPROVED);
    let message = to("openai").with("personal/email").with("security/openai_key");
    let decision = message.judged_by(&policy);
    assert_eq!(decision.action, Block);
    assert_eq!(decision.per_finding, [Pseudonymise, Block]);
    let main = decision.main_reason().unwrap();
    assert_eq!(main.rule, "data-classification/restricted");
    assert_eq!(main.member, ChainMember::DataClassification);
    assert_eq!(
        message.said(&policy, main),
        "restricted data (security/openai_key) must not be sent to openai.example (OpenAI, approved)"
    );
}

#[test]
fn secrets_are_removed_where_other_data_is_replaced() {
    let policy = policy(
        "
pack: {name: a, extends: [weir/baseline]}
providers: {approvals: {openai: approved}}
policies: {policy: {data-classification: {rules: [{level: [restricted, confidential], action: pseudonymise}]}}}
",
    );
    let decision = to("openai")
        .with("personal/email")
        .with("security/openai_key")
        .judged_by(&policy);
    assert_eq!(decision.per_finding, [Pseudonymise, Redact]);
    assert_eq!(decision.action, Redact);
}

#[test]
fn a_match_by_shape_alone_is_recorded_and_changes_nothing() {
    let policy = policy(APPROVED);
    let weak = |policy: &Policy| {
        to("example")
            .with("security/openai_key")
            .but(|it| it.types[0].1 = Confidence::Low)
            .action(policy)
    };
    assert_eq!(weak(&policy), Allow);
    let stricter = support::policy(
        "
pack: {name: a, extends: [weir/baseline]}
classification: {low_confidence: restricted}
",
    );
    assert_eq!(weak(&stricter), Block);
}

#[test]
fn what_cannot_be_read_is_blocked_unless_a_rule_lets_it_pass() {
    let base = baseline();
    let unread = |kind: Kind| {
        to("openai").but(|it| {
            it.unscannable = true;
            it.kind = kind;
        })
    };
    for kind in Kind::ALL.into_iter().filter(|kind| *kind != Kind::Telemetry) {
        assert_eq!(unread(kind).action(&base), Block, "{kind:?}");
    }
    assert_eq!(unread(Kind::Telemetry).action(&base), Allow);
    let softer = policy(
        "
pack: {name: a, extends: [weir/baseline]}
providers: {approvals: {openai: approved}}
policies:
  policy:
    data-classification:
      rules: [{unscannable: true, provider: approved, kind: upload, action: warn}]
",
    );
    assert_eq!(unread(Kind::Upload).action(&softer), Warn);
    assert_eq!(unread(Kind::Prompt).action(&softer), Block);
}

#[test]
fn a_file_that_did_not_leave_is_not_referred_to_either() {
    let refers = |state| to("openai").but(|it| it.file = Some(state));
    let base = baseline();
    let blocked = refers(FileState::Blocked);
    assert_eq!(blocked.action(&base), Block);
    assert!(blocked.told(&base).contains("was not let out before"));
    let unseen = refers(FileState::Unseen);
    assert_eq!(unseen.action(&base), Allow);
    assert!(unseen.told(&base).contains("was not seen"));
    assert_eq!(to("openai").action(&base), Allow);
    let stricter = policy(
        "
pack: {name: a, extends: [weir/baseline]}
policies:
  policy:
    data-classification:
      rules: [{file: unseen, channel: browser, action: block}, {file: blocked, provider: openai, action: warn}]
",
    );
    assert_eq!(refers(FileState::Unseen).action(&stricter), Block);
    assert_eq!(refers(FileState::Blocked).action(&stricter), Warn);
    let api = refers(FileState::Unseen).but(|it| it.channel = Channel::Api);
    assert_eq!(api.action(&stricter), Allow);
}

#[test]
fn what_would_have_to_be_changed_and_cannot_be_is_blocked() {
    let policy = policy(APPROVED);
    let message = to("openai").with("personal/email").but(|it| it.editable = false);
    let decision = message.judged_by(&policy);
    assert_eq!(decision.action, Block);
    assert_eq!(decision.main_reason().unwrap().rule, "data-classification/not-editable");
    assert_eq!(to("openai").but(|it| it.editable = false).action(&policy), Allow);
}

#[test]
fn a_level_that_nothing_found_accounts_for_is_judged_and_cannot_be_edited_away() {
    let policy = policy(APPROVED);
    for (declared, expected) in [
        (Level::Public, Allow),
        (Level::Internal, Allow),
        (Level::Confidential, Block),
        (Level::Restricted, Block),
    ] {
        assert_eq!(
            to("openai").but(|it| it.declared = declared).action(&policy),
            expected,
            "{declared}"
        );
        let with_address = to("openai")
            .with("personal/email")
            .but(|it| it.declared = declared)
            .action(&policy);
        let at_least = if declared == Level::Restricted {
            Block
        } else {
            Pseudonymise
        };
        assert_eq!(with_address, at_least, "{declared} with an address");
    }
}

#[test]
fn many_different_values_have_a_level_of_their_own() {
    let policy = policy(APPROVED);
    let addresses = |values: u8| -> Vec<_> {
        (0..60)
            .map(|index| finding(&policy, "personal/email", Confidence::High, index % values))
            .collect()
    };
    assert_eq!(policy.message_level(&addresses(49)), Level::Confidential);
    assert_eq!(policy.message_level(&addresses(50)), Level::Restricted);
    assert_eq!(to("openai").with_findings(&policy, &addresses(49)).action, Pseudonymise);
    assert_eq!(to("openai").with_findings(&policy, &addresses(50)).action, Block);
}

#[test]
fn an_edit_asked_for_by_a_volume_reaches_the_values_it_counted() {
    let policy = policy(
        "
pack: {name: a}
classification:
  detectors: {'personal/*': internal}
  volume: [{detector: personal/email, at_least: 2, level: confidential}]
providers: {approvals: {openai: approved}}
",
    );
    let decision = to("openai")
        .with("personal/email")
        .with("personal/phone")
        .with("personal/email")
        .judged_by(&policy);
    assert_eq!(decision.per_finding, [Pseudonymise, Allow, Pseudonymise]);
    assert_eq!(decision.action, Pseudonymise);
}

#[test]
fn rules_that_only_watch_are_noted_and_passed_over() {
    let policy = policy(
        "
pack: {name: a, extends: [weir/baseline]}
policies:
  policy:
    data-classification:
      rules:
        - {level: public, action: block, mode: off}
        - {level: public, action: block, mode: monitor}
        - {level: public, action: redact, mode: tip}
        - {level: public, action: allow}
",
    );
    let decision = to("example").judged_by(&policy);
    assert_eq!((decision.action, decision.monitored), (Allow, Some(Block)));
    let modes: Vec<Mode> = decision
        .reasons
        .iter()
        .filter(|it| it.member == ChainMember::DataClassification)
        .map(|it| it.mode)
        .collect();
    assert_eq!(modes, [Mode::Monitor, Mode::Enforce]);
}

#[test]
fn the_mode_of_a_member_bounds_the_mode_of_its_rules() {
    let policy = policy(
        "
pack: {name: a, extends: [weir/baseline]}
policies: {policy: {data-classification: {mode: monitor}}}
",
    );
    let decision = to("example").with("security/openai_key").judged_by(&policy);
    assert_eq!((decision.action, decision.monitored), (Allow, Some(Block)));
    assert_eq!(decision.per_finding, [Allow]);
}

#[test]
fn a_denied_service_gets_nothing_whatever_its_provider() {
    let policy = policy(APPROVED);
    let web = to("openai").but(|it| it.destination.service = Some("chatgpt-web".into()));
    let decision = web.judged_by(&policy);
    assert_eq!(decision.action, Block);
    assert_eq!(decision.main_reason().unwrap().rule, "provider-approval/denied");
    let report = web.but(|it| it.kind = Kind::Telemetry);
    assert_eq!(report.action(&policy), Block);
}

#[test]
fn approvals_are_for_environments_and_users() {
    let policy = policy(
        "
pack: {name: a}
providers:
  approvals:
    openai: {status: approved, environments: [development, testing], users: ['*@lab.example']}
    anthropic: {status: denied, environments: [production]}
",
    );
    let openai = &to("openai").destination;
    let anthropic = &to("anthropic").destination;
    for (destination, environment, user, expected) in [
        (
            openai,
            Environment::Development,
            Some("Ada@lab.example"),
            Approval::Approved,
        ),
        (
            openai,
            Environment::Development,
            Some("ada@sales.example"),
            Approval::Unapproved,
        ),
        (openai, Environment::Development, None, Approval::Unapproved),
        (
            openai,
            Environment::Production,
            Some("ada@lab.example"),
            Approval::Unapproved,
        ),
        (anthropic, Environment::Production, None, Approval::Denied),
        (anthropic, Environment::Testing, None, Approval::Unapproved),
    ] {
        assert_eq!(
            policy.approval(destination, environment, user),
            expected,
            "{environment} {user:?}"
        );
    }
}

#[test]
fn an_unapproved_service_is_named_with_the_approved_ones() {
    let policy = policy(
        "
pack: {name: a, extends: [weir/baseline]}
providers: {approvals: {openai: approved, anthropic: {status: approved, environments: [testing]}}}
policies: {policy: {provider-approval: {unapproved: warn, request_url: 'https://ask.example'}}}
",
    );
    let message = to("example");
    let decision = message.judged_by(&policy);
    assert_eq!(decision.action, Warn);
    assert_eq!(
        message.said(&policy, decision.main_reason().unwrap()),
        "example.example (example, not approved) is used without an approval; approved: OpenAI; ask for an approval at https://ask.example"
    );
    assert!(decision.obligations.contains(&Obligation::Tell));
}

#[test]
fn promises_are_judged_by_account_tier_and_unknown_is_no_promise() {
    let with = |requirements: &str| {
        policy(&format!(
            "
pack: {{name: a}}
policies:
  chain: [data-classification, data-routing-policy, audit-logger]
  policy: {{data-routing-policy: {{{requirements}}}}}
"
        ))
    };
    let judged = |requirements: &str, provider: &str, tier: Tier| {
        to(provider)
            .but(|it| it.destination.tier = tier)
            .action(&with(requirements))
    };
    for (requirements, provider, tier, expected) in [
        ("require_no_training: true", "openai", Tier::Api, Allow),
        ("require_no_training: true", "openai", Tier::Enterprise, Allow),
        ("require_no_training: true", "openai", Tier::Consumer, Block),
        ("require_no_training: true", "openai", Tier::Unknown, Block),
        ("require_no_training: true", "anthropic", Tier::Consumer, Block),
        ("require_no_training: true", "unheard-of", Tier::Api, Block),
        ("require_zero_data_retention: true", "openai", Tier::Api, Block),
        ("max_retention_days: 30", "openai", Tier::Api, Allow),
        ("max_retention_days: 29", "openai", Tier::Api, Block),
        ("max_retention_days: 36500", "openai", Tier::Enterprise, Block),
        (
            "max_retention_days: 29, on_no_compliant_provider: warn",
            "openai",
            Tier::Api,
            Warn,
        ),
        (
            "max_retention_days: 29, from_level: confidential",
            "openai",
            Tier::Api,
            Allow,
        ),
    ] {
        assert_eq!(
            judged(requirements, provider, tier),
            expected,
            "{requirements} {provider} {tier}"
        );
    }
}

#[test]
fn the_reason_says_which_promise_is_missing() {
    let policy = policy(
        "
pack: {name: a}
policies:
  chain: [data-routing-policy, data-classification, audit-logger]
  policy: {data-routing-policy: {require_zero_data_retention: true, require_no_training: true, max_retention_days: 7}}
",
    );
    let message = to("openai").but(|it| it.destination.tier = Tier::Consumer);
    let decision = message.judged_by(&policy);
    let reason = decision.main_reason().unwrap();
    assert_eq!(reason.rule, "data-routing-policy/require_zero_data_retention");
    assert_eq!(
        message.said(&policy, reason),
        "openai.example (OpenAI, not approved), account tier consumer: keeps data after the answer; trains on the data; \
         does not say how long it keeps data, allowed are 7 days"
    );
}

#[test]
fn trust_is_declared_and_never_inferred() {
    let with_targets = |targets: &str| policy(&format!("pack: {{name: a}}\nproviders: {{targets: [{targets}]}}\n"));
    let own = "{id: own, provider: acme, trust: internal}";
    let restricted = |provider: &str| to(provider).with("security/openai_key");
    assert_eq!(restricted("acme").action(&with_targets(own)), Allow);
    assert_eq!(
        restricted("acme").action(&with_targets("{id: internal-acme, provider: acme}")),
        Block
    );
    assert_eq!(
        restricted("acme").action(&with_targets(&format!("{own}, {{id: b, provider: acme}}"))),
        Block
    );
    // A target that speaks OpenAI's protocol inside the company does not make api.openai.com the company's own.
    assert_eq!(
        restricted("openai").action(&with_targets("{id: own, provider: openai, trust: internal}")),
        Block
    );
    assert_eq!(
        restricted("acme")
            .but(|it| it.destination.tier = Tier::Local)
            .action(&with_targets("")),
        Block
    );
}

#[test]
fn rules_see_who_sends_what_from_where() {
    for (condition, change) in [
        (
            "channel: api",
            (|it| it.channel = Channel::Api) as fn(&mut support::Message),
        ),
        ("kind: [upload, upload_init]", |it| it.kind = Kind::UploadInit),
        ("service: ChatGPT", |it| {
            it.destination.service = Some("chatgpt-web".into());
        }),
        ("provider: openai", |it| it.destination.provider = Some("openai".into())),
        ("provider: [denied, approved]", |it| {
            it.destination.provider = Some("anthropic".into());
        }),
        ("tier: consumer", |it| it.destination.tier = Tier::Consumer),
        ("region: eu", |it| it.destination.region = Some("EU".into())),
        ("environment: testing", |it| it.environment = Environment::Testing),
        ("user: '*@lab.example'", |it| it.user = Some("Ada@lab.example")),
        ("process: code*", |it| it.process = Some("/usr/share/code/Code-OSS")),
        ("process: 'C:\\*\\curl.exe'", |it| {
            it.process = Some("C:\\Windows\\System32\\curl.exe");
        }),
        ("detector: 'personal/e*'", |it| {
            it.types.push(("personal/email", Confidence::High));
        }),
        ("data_type: personal/email", |it| {
            it.types.push(("personal/email", Confidence::High));
        }),
        ("category: personal", |it| {
            it.types.push(("personal/phone", Confidence::High));
        }),
        ("level: internal", |it| {
            it.types.push(("hostile/prompt_injection", Confidence::High));
        }),
    ] {
        let policy = policy(&format!(
            "
pack: {{name: a}}
classification: {{detectors: {{'personal/*': public}}}}
providers: {{approvals: {{anthropic: approved}}}}
policies: {{policy: {{data-classification: {{rules: [{{id: it, {condition}, action: warn}}, {{action: allow}}]}}}}}}
"
        ));
        let base = to("example").but(|it| {
            it.process = Some("/usr/bin/curl");
            it.user = Some("bob@sales.example");
        });
        assert_eq!(base.action(&policy), Allow, "{condition}");
        assert_eq!(base.but(change).action(&policy), Warn, "{condition}");
    }
}

#[test]
fn prompts_that_leave_before_send_are_judged_like_prompts() {
    let policy = policy(APPROVED);
    for provider in ["openai", "example"] {
        let prompt = to(provider).with("personal/email");
        let early = prompt.clone().but(|it| it.kind = Kind::PrefetchPrompt);
        assert_eq!(early.action(&policy), prompt.action(&policy));
    }
}

#[test]
fn a_clients_own_report_passes_until_something_is_found_in_it() {
    let policy = policy(
        "
pack: {name: a, extends: [weir/baseline]}
policies:
  chain: [provider-approval, data-classification, data-routing-policy, audit-logger]
  policy: {provider-approval: {unapproved: block}, data-routing-policy: {require_no_training: true}}
",
    );
    for kind in [Kind::Telemetry, Kind::Other] {
        let report = to("example").but(|it| it.kind = kind);
        assert_eq!(report.clone().action(&policy), Allow, "{kind:?}");
        assert_eq!(report.with("personal/email").action(&policy), Block, "{kind:?}");
    }
    assert_eq!(to("example").action(&policy), Block);
}

#[test]
fn every_decision_is_recorded_and_people_are_told_of_what_changed() {
    let policy = policy(APPROVED);
    let record = Obligation::Record {
        retention_days: Some(365),
    };
    assert_eq!(to("openai").judged_by(&policy).obligations, [record]);
    assert_eq!(
        to("openai").with("personal/email").judged_by(&policy).obligations,
        [record, Obligation::Tell]
    );
    let without_logger = support::policy("pack: {name: a}\npolicies: {chain: [data-classification]}\n");
    assert_eq!(
        to("openai").judged_by(&without_logger).obligations,
        [Obligation::Record { retention_days: None }]
    );
}

#[test]
fn a_pack_that_says_nothing_has_the_default_rules() {
    let policy = policy("pack: {name: a}\n");
    assert_eq!(to("example").with("security/openai_key").action(&policy), Block);
    assert_eq!(to("example").with("personal/email").action(&policy), Block);
    assert_eq!(to("example").with("hostile/prompt_injection").action(&policy), Warn);
    assert_eq!(to("example").with("acme/unheard_of").action(&policy), Block);
    assert_eq!(to("example").action(&policy), Allow);
}

#[test]
fn default_rules_stand_behind_a_list_that_forgets_a_level() {
    let policy = policy(
        "
pack: {name: a}
policies: {policy: {data-classification: {rules: [{level: confidential, action: redact}]}}}
",
    );
    assert_eq!(to("example").with("security/openai_key").action(&policy), Block);
    assert_eq!(to("example").with("personal/email").action(&policy), Redact);
}

#[test]
fn a_child_adds_to_its_parents_and_wins_over_them() {
    let child = compiled(
        "
pack: {name: a, extends: [weir/baseline]}
classification: {detectors: {'financial/credit_card': confidential}}
providers: {approvals: {openai: approved}}
policies: {policy: {data-classification: {rules: [{id: restricted, level: restricted, action: redact}, {detector: personal/email, action: block}]}}}
",
    );
    let policy = &child.policy;
    let card = DataType::custom("financial/credit_card".into());
    assert_eq!(policy.level_of(&card, Confidence::High), Level::Confidential);
    let iban = DataType::custom("financial/iban".into());
    assert_eq!(policy.level_of(&iban, Confidence::High), Level::Restricted);
    // Own rules first; the parent's rule with the same id is gone, its others stay.
    assert_eq!(to("openai").with("financial/iban").action(policy), Redact);
    assert_eq!(to("openai").with("personal/email").action(policy), Block);
    assert_eq!(to("openai").with("personal/phone").action(policy), Pseudonymise);
    assert_eq!(policy.chain().count(), 4);
    assert!(child.tests.is_empty(), "tests are not inherited");
}

#[test]
fn a_service_by_the_name_people_know_is_the_service() {
    let policy = policy("pack: {name: a}\nproviders: {approvals: {ChatGPT: denied}}\n");
    let web = to("openai").but(|it| it.destination.service = Some("chatgpt-web".into()));
    assert_eq!(web.action(&policy), Block);
    assert_eq!(to("openai").action(&policy), Allow);
}

#[test]
fn connections_are_treated_by_the_most_exact_host() {
    let base = baseline();
    for (host, port, expected) in [
        ("chatgpt.com", 443, Treatment::Intercept),
        ("CHATGPT.com.", 443, Treatment::Intercept),
        ("ws.chatgpt.com", 443, Treatment::Intercept),
        ("auth.openai.com", 443, Treatment::Tunnel),
        ("desktop.chatgpt.com", 443, Treatment::Tunnel),
        ("login.chat.example", 443, Treatment::Tunnel),
        ("eu-west.api.openai.com", 443, Treatment::Intercept),
        ("localhost", 11434, Treatment::Intercept),
        ("localhost", 8080, Treatment::Tunnel),
        ("bank.example", 443, Treatment::Tunnel),
        ("chatgpt.com.evil.example", 443, Treatment::Tunnel),
    ] {
        assert_eq!(base.treatment(host, port), expected, "{host}:{port}");
    }
    assert_eq!(
        base.intercepted_hosts(),
        [
            "*.chatgpt.com",
            "api.openai.com",
            "chat.example",
            "chatgpt.com",
            "eu-*.api.openai.com",
            "localhost"
        ]
    );
}

#[test]
fn hosts_that_cannot_be_read_are_refused_when_policy_says_so() {
    let denied = policy("pack: {name: a}\nproviders: {approvals: {openai: denied}}\n");
    let reason = "ChatGPT: this service is forbidden".to_owned();
    assert_eq!(
        denied.treatment("desktop.chatgpt.com", 443),
        Treatment::Refuse { reason }
    );
    assert_eq!(
        denied.treatment("chatgpt.com", 443),
        Treatment::Intercept,
        "so that the refusal can be read"
    );
    let strict = policy(
        "
pack: {name: a, extends: [weir/baseline]}
providers: {approvals: {openai: approved}}
policies: {policy: {provider-approval: {unread: refuse}}}
",
    );
    assert_eq!(strict.treatment("desktop.chatgpt.com", 443), Treatment::Tunnel);
    assert!(matches!(
        strict.treatment("app.chat.example", 443),
        Treatment::Refuse { .. }
    ));
}

#[test]
fn markers_name_the_type_and_follow_the_template() {
    let key = DataType::custom("security/openai_key".into());
    assert_eq!(baseline().marker(&key), "[REDACTED:OPENAI_KEY]");
    let own = policy("pack: {name: a}\nclassification: {marker: '<TYPE removed>'}\n");
    assert_eq!(own.marker(&key), "<OPENAI_KEY removed>");
}

#[test]
fn a_decision_survives_storage_and_explains_itself() {
    let policy = policy(APPROVED).numbered(7);
    let message = to("openai").with("personal/email");
    let decision = message.judged_by(&policy);
    let stored = serde_json::to_string(&decision).unwrap();
    assert_eq!(serde_json::from_str::<Decision>(&stored).unwrap(), decision);
    assert_eq!(decision.bundle.number, 7);
    let told = message.told(&policy);
    assert!(
        told.starts_with("pseudonymise: confidential data (personal/email) is replaced by stand-ins"),
        "{told}"
    );
    assert!(
        told.contains("data-classification/confidential-approved (pseudonymise) at weir/baseline:"),
        "{told}"
    );
}

#[test]
fn a_rule_gives_the_reason_its_writer_gave() {
    let policy = policy(
        "
pack: {name: a}
policies: {policy: {data-classification: {rules: [{id: mail, detector: personal/email, action: block, reason: ask legal first}]}}}
",
    );
    let message = to("example").with("personal/email");
    let decision = message.judged_by(&policy);
    let reason = decision.main_reason().unwrap();
    assert_eq!(reason.rule, "data-classification/mail");
    assert_eq!(
        message.said(&policy, reason),
        "confidential data (personal/email) must not be sent to example.example (example, not approved): ask legal first"
    );
    assert_eq!(policy.place_of(&reason.rule), Some(("pack.yaml".to_owned(), 3)));
    let _: Action = reason.action;
}

#[test]
fn what_a_directive_closes_is_closed_whatever_policy_says() {
    let policy = policy(
        "pack: {name: a}
providers: {approvals: {default: approved}}
policies: {chain: [data-classification], policy: {data-classification: {mode: monitor}}}",
    );
    let openai = Closed::Providers(["openai".to_owned()].into());
    for (closed, to_openai, to_example) in [
        (&Closed::Nothing, Allow, Allow),
        (&openai, Block, Allow),
        (&Closed::Everything, Block, Block),
    ] {
        let message = |provider: &str| to(provider).but(|it| it.closed = closed.clone());
        assert_eq!(message("openai").action(&policy), to_openai, "{closed:?}");
        assert_eq!(message("example").action(&policy), to_example, "{closed:?}");
        let copied = message("openai").but(|it| it.channel = Channel::Clipboard);
        assert_eq!(copied.action(&policy), Allow, "what is copied has not left");
    }
    let message = to("openai").but(|it| it.closed = openai.clone());
    let decision = message.judged_by(&policy);
    let reason = decision.main_reason().unwrap();
    assert_eq!(reason.rule, "directive/closed");
    let told = policy.text(reason, &message.facts(&policy, &[]));
    assert!(told.starts_with("the administrators have closed "), "{told}");
}

#[test]
fn policy_of_unknown_age_lets_go_what_its_pack_says() {
    let pack = |freshness: &str| {
        policy(&format!(
            "pack: {{name: a}}
providers: {{approvals: {{default: approved}}}}
{freshness}
policies: {{chain: [data-classification], policy: {{data-classification: {{mode: monitor}}}}}}"
        ))
    };
    let weaker = "freshness: {grace_days: 30, stale_action: {level: restricted, action: warn}}";
    let everything = "freshness: {stale_action: {level: [public, internal, confidential, restricted]}}";
    let levels = [Level::Public, Level::Internal, Level::Confidential, Level::Restricted];
    for (freshness, grace, actions) in [
        ("", 7, [Allow, Allow, Block, Block]),
        (weaker, 30, [Allow, Allow, Allow, Warn]),
        (everything, 7, [Block, Block, Block, Block]),
        (
            "freshness: {grace_days: 0, stale_action: {action: allow}}",
            0,
            [Allow; 4],
        ),
    ] {
        let policy = pack(freshness);
        assert_eq!(policy.when_stale().grace_days, grace);
        for (level, action) in levels.into_iter().zip(actions) {
            let message = |stale| to("openai").but(|it| (it.declared, it.stale) = (level, stale));
            assert_eq!(message(true).action(&policy), action, "{freshness} {level}");
            assert_eq!(message(false).action(&policy), Allow, "{freshness} {level}");
            let copied = message(true).but(|it| it.channel = Channel::Clipboard);
            assert_eq!(copied.action(&policy), Allow, "what is copied has not left");
        }
        let unread = to("openai").but(|it| (it.unscannable, it.stale) = (true, true));
        assert_eq!(unread.action(&policy), actions[3], "it may be anything: {freshness}");
    }
    let policy = pack("");
    let message = to("openai").but(|it| (it.declared, it.stale) = (Level::Confidential, true));
    let decision = message.judged_by(&policy);
    let reason = decision.main_reason().unwrap();
    assert_eq!(reason.rule, "freshness/stale_action");
    let facts = message.facts(&policy, &[]);
    assert!(policy.text(reason, &facts).contains("has not heard from its server"));
    assert!(policy.exception_for(&decision, &facts).is_none());
    assert!(
        weir_policy::loosens(&policy, &pack(weaker))
            .unwrap()
            .contains("not heard")
    );
    assert_eq!(weir_policy::loosens(&policy, &pack(everything)), None);
}

#[test]
fn hosts_that_are_not_read_are_closed_with_their_provider() {
    let pack = Source::new("a", "pack: {name: a}");
    let policy = weir_policy::compile(&pack, &support::library, &support::shipped_catalogue())
        .unwrap()
        .policy;
    let named = |provider: &str| Closed::Providers([provider.to_owned()].into());
    for (host, closed, expected) in [
        ("desktop.chatgpt.com", &Closed::Everything, true),
        ("desktop.chatgpt.com", &named("openai"), true),
        ("desktop.chatgpt.com", &named("anthropic"), false),
        ("desktop.chatgpt.com", &Closed::Nothing, false),
        ("app.hubspot.com", &Closed::Everything, false),
        ("app.hubspot.com", &named("hubspot"), true),
        ("chatgpt.com", &Closed::Everything, false),
        ("bank.example", &Closed::Everything, false),
    ] {
        assert_eq!(policy.closes_unread(host, 443, closed), expected, "{host} {closed:?}");
    }
}
