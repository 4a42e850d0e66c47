//! Leave for one message: for these words, to there, and for nothing else.

#![allow(clippy::unwrap_used, clippy::panic)] // A test may fail by panicking.

mod loaded;

use serde_json::{Value, json};
use weir_content::{Carrier, RequestView};
use weir_engine::{
    CopiedTexts, DecidedTexts, FingerprintKey, InForce, Leave, Message, Origin, Plan, ScannedTexts, Surrogates,
    Uploads, Verdict, exception_name, held, judge, reworded,
};
use weir_model::{Action, Closed, EventId, Granted, Tier, Timestamp};
use weir_policy::{Buckets, Environment};

const PACK: &str = "
pack: {name: acme, extends: [weir/baseline]}
providers: {approvals: {openai: approved, mistral: approved}}
policies:
  policy:
    data-classification:
      rules:
        - {id: mail, detector: personal/email, action: block, exception: {}}
";
const CHAT: (&str, &str) = ("api.openai.com", "/v1/chat/completions");

fn chat(text: &str) -> Value {
    json!({"model": "gpt-4o", "messages": [{"role": "system", "content": "be kind"}, {"role": "user", "content": text}]})
}

/// Shows a message to the engine.
fn with<T>((host, path): (&str, &str), body: &str, leaves: &[Leave], look: impl FnOnce(&Message<'_>) -> T) -> T {
    look(&Message {
        request: RequestView {
            method: "POST",
            host,
            path,
            query: None,
            headers: &[("content-type", b"application/json")],
            body: body.as_bytes(),
            carrier: Carrier::Http,
        },
        unread: None,
        surrogates: &Surrogates::default(),
        decided: &DecidedTexts::default(),
        uploads: &Uploads::default(),
        scanned: &ScannedTexts::default(),
        copied: &CopiedTexts::default(),
        buckets: &Buckets::default(),
        closed: Closed::NOTHING,
        stale: false,
        leaves,
        justified: false,
        fingerprints: &FingerprintKey::new(&[3; 32]),
        origin: Origin {
            user: Some("ada"),
            process: None,
            environment: Environment::Production,
        },
        route: None,
        event: EventId::new(Timestamp::from_millis(1_000), [9; 10]),
    })
}

fn judged(to: (&str, &str), body: &Value, leaves: &[Leave], in_force: &InForce) -> Verdict {
    with(to, &body.to_string(), leaves, |message| {
        judge(message, in_force, Timestamp::from_millis(1_000))
    })
}

/// What people would give for this message.
fn leave(verdict: &Verdict) -> Leave {
    let (rules, _) = verdict.exception_for.clone().unwrap();
    Leave {
        digest: verdict.digest.clone(),
        name: exception_name(&verdict.destination).to_owned(),
        tier: verdict.destination.tier,
        granted: Granted {
            id: "e1".to_owned(),
            rules,
            approved_by: ["ben".to_owned()].into(),
            minutes: 60,
            uses: 1,
        },
    }
}

#[test]
fn leave_is_for_these_words_to_there_and_for_no_others() {
    let in_force = loaded::load(PACK).in_force;
    let body = chat("write to ada@tidewater.io");
    let blocked = judged(CHAT, &body, &[], &in_force);
    assert_eq!(blocked.decision.action, Action::Block);
    let given = leave(&blocked);
    let go = |to, body: &Value, leave: &Leave| judged(to, body, std::slice::from_ref(leave), &in_force);
    let excepted = go(CHAT, &body, &given);
    assert_eq!(excepted.decision.action, Action::Allow);
    assert!(matches!(excepted.plan, Plan::Forward), "byte for byte");
    assert_eq!(excepted.exception.as_ref(), Some(&given.granted));

    let mut renumbered = body.clone();
    renumbered["user"] = json!("request-4711");
    assert_eq!(
        go(CHAT, &renumbered, &given).decision.action,
        Action::Allow,
        "numbers of the page are no words"
    );
    let mut instructed = body.clone();
    instructed["messages"][0]["content"] = json!("be quick");
    for altered in [
        chat("write to ada@tidewater.io today"),
        chat("write to ada@tidewater.com"),
        chat("write to ada@tidewater.io and ben@tidewater.io"),
        instructed,
    ] {
        assert_eq!(go(CHAT, &altered, &given).decision.action, Action::Block, "{altered}");
    }
    let elsewhere = go(("api.mistral.ai", "/v1/chat/completions"), &body, &given);
    assert_eq!(elsewhere.decision.action, Action::Block, "another destination");
    let other_tier = Leave {
        tier: Tier::Enterprise,
        ..given
    };
    assert_eq!(
        go(CHAT, &body, &other_tier).decision.action,
        Action::Block,
        "another account"
    );
}

#[test]
fn what_waits_can_go_without_what_must_not_leave_or_in_other_words() {
    let in_force = loaded::load(PACK).in_force;
    let body = chat("write to ada@tidewater.io").to_string();
    let verdict = judged(CHAT, &chat("write to ada@tidewater.io"), &[], &in_force);
    let waits = with(CHAT, &body, &[], |message| held(message, &in_force, &verdict.decision));
    assert!(waits.editable);
    assert_eq!(waits.pieces.len(), 1, "the employee's own words");
    assert!(!waits.pieces[0].masked().contains("ada@"));
    assert_eq!(waits.pieces[0].cleaned(), "write to [REDACTED:EMAIL]");
    let cleaned = String::from_utf8(waits.cleaned.unwrap().body.unwrap()).unwrap();
    assert_eq!(cleaned, body.replace("ada@tidewater.io", "[REDACTED:EMAIL]"));
    let other = with(CHAT, &body, &[], |message| {
        reworded(message, &in_force, "write \"a\" letter")
    })
    .unwrap();
    let other: Value = serde_json::from_slice(&other.body.unwrap()).unwrap();
    assert_eq!(other, chat("write \"a\" letter"));
}
