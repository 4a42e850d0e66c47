//! What leave that people have given lets go, and what it does not.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops where it fails")]

mod support;

use support::{Message, policy, to};
use weir_model::{Action, Closed, ExceptionTerms, FileState, Granted, Level, Mode};
use weir_policy::{Holds, Obligation, Policy, Source, compile, loosens};

const PACK: &str = "
pack: {name: a, extends: [weir/baseline]}
classification: {detectors: {acme/memo: internal, acme/plan: confidential}}
policies:
  policy:
    data-classification:
      rules:
        - {id: mail, detector: personal/email, action: block, exception: {approvers: 2, most_hours: 8, most_uses: 3}}
        - {id: plan, detector: acme/plan, action: block, exception: {}}
        - {id: any, level: [confidential, restricted], action: block, exception: {most_uses: 5}}
        - {id: memo, level: internal, action: warn, justify: true}
";

fn granted(rules: &[&str], people: &[&str]) -> Granted {
    Granted {
        id: "e1".to_owned(),
        rules: rules.iter().map(|rule| format!("data-classification/{rule}")).collect(),
        approved_by: people.iter().map(|name| (*name).to_owned()).collect(),
        minutes: 60,
        uses: 1,
    }
}

fn by(message: &Message, granted: Granted) -> Message {
    message.clone().but(|it| it.exception = Some(granted))
}

fn terms(message: &Message, policy: &Policy) -> Option<(Vec<String>, ExceptionTerms)> {
    message.at(policy, |facts, _| {
        let (rules, terms) = policy.exception_for(&policy.decide(facts), facts)?;
        Some((rules.into_iter().collect(), terms))
    })
}

#[test]
fn leave_lets_go_what_its_rules_hold_back_and_says_whose_it_is() {
    let policy = policy(PACK);
    let message = to("example").with("acme/plan");
    assert_eq!(message.action(&policy), Action::Block);
    let excepted = by(&message, granted(&["plan"], &["ben"]));
    let decision = excepted.judged_by(&policy);
    assert_eq!(
        (decision.action, decision.per_finding.as_slice()),
        (Action::Allow, &[Action::Allow][..])
    );
    assert_eq!(
        decision.monitored,
        Some(Action::Block),
        "what the rule says stays on record"
    );
    assert!(decision.is_excepted());
    let modes: Vec<(&str, Mode)> = decision.reasons.iter().map(|it| (it.rule.as_str(), it.mode)).collect();
    assert_eq!(
        modes,
        [
            ("provider-approval/unapproved", Mode::Enforce),
            ("data-classification/plan", Mode::Monitor),
            ("exception/e1", Mode::Enforce)
        ]
    );
    assert_eq!(
        excepted.said(&policy, &decision.reasons[2]),
        "by exception, approved by ben, this message may be sent to example.example (example, not approved)"
    );
}

#[test]
fn leave_for_another_rule_by_too_few_for_too_long_or_too_often_lets_nothing_go() {
    let policy = policy(PACK);
    let message = to("example").with("personal/email");
    let enough = granted(&["mail"], &["ben", "eve"]);
    assert_eq!(by(&message, enough.clone()).action(&policy), Action::Allow);
    for short in [
        granted(&["mail"], &["ben"]),
        granted(&["plan"], &["ben", "eve"]),
        Granted {
            minutes: 8 * 60 + 1,
            ..enough.clone()
        },
        Granted {
            uses: 4,
            ..enough.clone()
        },
        Granted {
            uses: 0,
            ..enough.clone()
        },
    ] {
        let decision = by(&message, short.clone()).judged_by(&policy);
        assert_eq!(decision.action, Action::Block, "{short:?}");
        assert!(!decision.is_excepted(), "{short:?}");
    }
    let more = by(&message, enough).with("acme/plan");
    assert_eq!(
        more.action(&policy),
        Action::Block,
        "the other rule holds the message back"
    );
}

#[test]
fn restricted_data_never_goes_to_a_third_party_by_leave() {
    let policy = policy(PACK);
    let leave = || granted(&["any", "mail"], &["ben", "eve"]);
    for message in [
        to("example").with("security/openai_key"),
        to("example").with("personal/email").with("security/openai_key"),
        to("example")
            .with("personal/email")
            .but(|it| it.declared = Level::Restricted),
    ] {
        assert_eq!(terms(&message, &policy), None, "nobody is offered to ask");
        let decision = by(&message, leave()).judged_by(&policy);
        assert_eq!(decision.action, Action::Block);
        assert!(!decision.is_excepted());
    }
}

#[test]
fn leave_opens_nothing_but_the_rule_it_is_from() {
    let policy = policy(PACK);
    let leave = || granted(&["plan", "any", "not-editable"], &["ben"]);
    for closed in [
        to("example").with("acme/plan").but(|it| it.closed = Closed::Everything),
        to("example").with("acme/plan").but(|it| it.unscannable = true),
        to("example")
            .with("acme/plan")
            .but(|it| it.file = Some(FileState::Blocked)),
    ] {
        assert_eq!(by(&closed, leave()).action(&policy), Action::Block);
        assert_eq!(terms(&closed, &policy), None);
    }
    let baseline = support::baseline();
    let mail = to("example").with("personal/email");
    assert_eq!(terms(&mail, &baseline), None, "no pack, no exception");
}

#[test]
fn all_rules_in_the_way_are_asked_for_at_once_with_the_strictest_of_their_terms() {
    let policy = policy(PACK);
    let message = to("example").with("acme/plan").with("personal/email");
    let (rules, terms) = terms(&message, &policy).unwrap();
    assert_eq!(rules, ["data-classification/mail", "data-classification/plan"]);
    assert_eq!(
        terms,
        ExceptionTerms {
            approvers: 2,
            most_hours: 8,
            most_uses: 1
        }
    );
    let both = by(&message, granted(&["mail", "plan"], &["ben", "eve"]));
    assert_eq!(both.action(&policy), Action::Allow);
}

#[test]
fn a_warning_that_must_be_answered_says_so() {
    let policy = policy(PACK);
    let decision = to("example").with("acme/memo").judged_by(&policy);
    assert_eq!(decision.action, Action::Warn);
    assert!(decision.obligations.contains(&Obligation::Justify) && decision.asks_for_justification());
    let blocked = to("example")
        .with("acme/memo")
        .with("personal/email")
        .judged_by(&policy);
    assert!(
        !blocked.asks_for_justification(),
        "nothing that is said lets a blocked message go"
    );
}

#[test]
fn packs_cannot_promise_leave_where_there_is_none() {
    for (rule, said) in [
        (
            "{level: restricted, action: block, exception: {}}",
            "restricted data never goes",
        ),
        (
            "{level: internal, action: redact, exception: {}}",
            "from a rule that blocks",
        ),
        ("{unscannable: true, action: block, exception: {}}", "nobody has read"),
        (
            "{level: internal, action: block, justify: true}",
            "`justify` is for warnings",
        ),
        (
            "{level: internal, action: block, exception: {approvers: 3}}",
            "not between 1 and 2",
        ),
    ] {
        let text = format!("pack: {{name: a}}\npolicies: {{policy: {{data-classification: {{rules: [{rule}]}}}}}}\n");
        let error = support::try_compile("pack.yaml", &text).err().unwrap().to_string();
        assert!(error.contains(said), "{rule}: {error}");
    }
    let own = "{level: restricted, trust: internal, action: block, exception: {}}";
    policy(&format!(
        "pack: {{name: a}}\npolicies: {{policy: {{data-classification: {{rules: [{own}]}}}}}}\n"
    ));
}

#[test]
fn to_give_more_leave_is_to_let_more_pass() {
    let compiled = |text: &str| {
        let source = Source::new("a.yaml", text);
        compile(&source, &support::library, &support::catalogue())
            .unwrap()
            .policy
    };
    let before = compiled(PACK);
    let fewer = compiled(&PACK.replace("approvers: 2", "approvers: 1"));
    let unasked = compiled(&PACK.replace(", justify: true", ""));
    assert!(loosens(&before, &fewer).is_some());
    assert!(loosens(&before, &unasked).is_some());
    assert!(loosens(&before, &compiled(PACK)).is_none());
}

#[test]
fn a_pack_says_what_is_held_and_how_much() {
    assert_eq!(*policy(PACK).holds(), Holds::default());
    let told = "{channels: [browser, api], unattended: true, minutes: 3, most: 2, most_megabytes: 1}";
    let holds = policy(&format!("{PACK}holds: {told}\n")).holds().clone();
    assert_eq!((holds.channels.len(), holds.unattended, holds.minutes), (2, true, 3));
    assert_eq!((holds.most, holds.most_megabytes), (2, 1));
}
