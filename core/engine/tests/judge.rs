//! Data in, data out: requests as they stand on the wire, judged under the packs that come with Weir.

#![allow(clippy::unwrap_used, clippy::panic)] // A test may fail by panicking.

mod loaded;

use std::sync::LazyLock;

use loaded::sources;
use weir_content::{Adapters, Carrier, RequestView};
use weir_detect::registry;
use weir_engine::{
    CopiedTexts, DecidedTexts, FingerprintKey, GuardedAnswer, InForce, Message, Origin, Plan, ScannedTexts, Surrogates,
    Unread, Uploads, Verdict, judge, packtest,
};
use weir_model::{Action, Closed, EventId, Kind, Level, Timestamp};
use weir_policy::{AnswerGuard, Buckets, Catalogue, Environment, Obligation, Source};

fn in_force(pack: &str) -> (InForce, Vec<weir_policy::PackTest>) {
    let loaded = loaded::load(pack);
    (loaded.in_force, loaded.tests)
}

fn example_pack(name: &str) -> &'static str {
    weir_policies::examples()
        .find(|(file, _)| *file == name)
        .map(|(_, text)| text)
        .unwrap()
}

fn demo() -> InForce {
    in_force(example_pack("demo")).0
}

fn example(data_type: &str) -> &'static str {
    registry()
        .iter()
        .find(|info| info.data_type.as_str() == data_type)
        .unwrap()
        .examples[0]
}

struct Sent<'a> {
    host: &'a str,
    path: &'a str,
    body: String,
}

fn chat(prompt: &str) -> Sent<'static> {
    let body =
        serde_json::json!({"model": "gpt-4o", "messages": [{"role": "user", "content": prompt}], "stream": true});
    Sent {
        host: "api.openai.com",
        path: "/v1/chat/completions",
        body: body.to_string(),
    }
}

fn judge_sent(sent: &Sent<'_>, in_force: &InForce, surrogates: &Surrogates, unread: Option<Unread>) -> Verdict {
    judge_after(sent, in_force, surrogates, unread, &DecidedTexts::new())
}

fn judge_after(
    sent: &Sent<'_>,
    in_force: &InForce,
    surrogates: &Surrogates,
    unread: Option<Unread>,
    decided: &DecidedTexts,
) -> Verdict {
    let known = Known {
        decided,
        ..Known::nothing()
    };
    judge_knowing(sent, in_force, surrogates, unread, &known)
}

/// What is known from earlier messages.
struct Known<'a> {
    decided: &'a DecidedTexts,
    scanned: &'a ScannedTexts,
    buckets: &'a Buckets,
}

impl Known<'_> {
    fn nothing() -> Known<'static> {
        static NOTHING: LazyLock<(DecidedTexts, ScannedTexts, Buckets)> = LazyLock::new(Default::default);
        let (decided, scanned, buckets) = &*NOTHING;
        Known {
            decided,
            scanned,
            buckets,
        }
    }
}

fn judge_knowing(
    sent: &Sent<'_>,
    in_force: &InForce,
    surrogates: &Surrogates,
    unread: Option<Unread>,
    known: &Known<'_>,
) -> Verdict {
    let message = Message {
        decided: known.decided,
        uploads: &Uploads::default(),
        scanned: known.scanned,
        copied: &CopiedTexts::default(),
        buckets: known.buckets,
        closed: Closed::NOTHING,
        stale: false,
        leaves: &[],
        justified: false,
        request: RequestView {
            method: "POST",
            host: sent.host,
            path: sent.path,
            query: None,
            headers: &[("content-type", b"application/json")],
            body: sent.body.as_bytes(),
            carrier: Carrier::Http,
        },
        unread,
        surrogates,
        fingerprints: &FingerprintKey::new(&[3; 32]),
        origin: Origin {
            user: None,
            process: None,
            environment: Environment::Production,
        },
        route: None,
        event: EventId::new(Timestamp::from_millis(1_000), [9; 10]),
    };
    judge(&message, in_force, Timestamp::from_millis(1_000))
}

fn judged(sent: &Sent<'_>, in_force: &InForce) -> Verdict {
    judge_sent(sent, in_force, &Surrogates::default(), None)
}

fn edited_body(verdict: &Verdict) -> String {
    match &verdict.plan {
        Plan::Edit(edited) => String::from_utf8(edited.body.clone().unwrap()).unwrap(),
        _ => panic!("not edited: {:?}", verdict.decision),
    }
}

#[test]
fn a_clean_prompt_is_released_unchanged_and_is_a_message() {
    let verdict = judged(&chat("Write a haiku about a weir."), &demo());
    assert!(matches!(verdict.plan, Plan::Forward));
    assert_eq!((verdict.decision.action, verdict.level), (Action::Allow, Level::Public));
    assert!(verdict.is_message);
    assert_eq!(verdict.destination.model.as_deref(), Some("gpt-4o"));
    assert_eq!(verdict.destination.provider.as_deref(), Some("openai"));
}

#[test]
fn a_key_is_blocked_and_neither_reply_nor_record_holds_it() {
    let key = example("security/openai_key");
    let verdict = judged(&chat(&format!("use {key} please")), &demo());
    assert_eq!(
        (verdict.decision.action, verdict.level),
        (Action::Block, Level::Restricted)
    );
    let Plan::Answer(reply) = &verdict.plan else {
        panic!("not answered here")
    };
    assert_eq!(reply.status, 403);
    let said = String::from_utf8(reply.body.clone()).unwrap() + &serde_json::to_string(&verdict.findings).unwrap();
    let secret = key.split_whitespace().max_by_key(|word| word.len()).unwrap();
    assert!(!said.contains(secret));
    assert!(said.contains(&verdict.event.to_string()));
}

#[test]
fn a_call_over_a_limit_is_told_how_long_to_wait() {
    let pack = "pack: {name: acme, extends: [weir/baseline]}
providers: {approvals: {openai: approved}}
policies:
  chain: [data-classification, rate-limit, audit-logger]
  policy: {rate-limit: {limits: [{messages: 2, every: minute, burst: 1}]}}
";
    let (in_force, _) = in_force(pack);
    let first = judged(&chat("Good morning."), &in_force);
    assert!(matches!(first.plan, Plan::Forward));
    let buckets = Buckets::default().after(&Buckets::default(), &first.draw).unwrap();
    let known = Known {
        buckets: &buckets,
        ..Known::nothing()
    };
    let again = |text: &str| judge_knowing(&chat(text), &in_force, &Surrogates::default(), None, &known);
    let Plan::Answer(reply) = again("Good morning.").plan else {
        panic!("not answered here")
    };
    let header = |name: &str| {
        reply
            .headers
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    };
    assert_eq!(
        (reply.status, header("retry-after"), header("x-should-retry")),
        (429, Some("30"), None)
    );
    // What must not leave does not leave later either.
    let key = example("security/openai_key");
    let Plan::Answer(reply) = again(&format!("use {key} please")).plan else {
        panic!("not answered here")
    };
    assert_eq!(reply.status, 403);
}

#[test]
fn mail_and_card_leave_as_stand_ins_and_come_back() {
    let in_force = demo();
    let verdict = judged(
        &chat("Mail ada@corp-mail.com about card 4556 7375 8689 9855 today."),
        &in_force,
    );
    assert_eq!(verdict.decision.action, Action::Pseudonymise);
    let body = edited_body(&verdict);
    assert!(body.contains("[EMAIL_1]") && body.contains("[CREDIT_CARD_1]"), "{body}");
    assert!(!body.contains("ada@") && !body.contains("4556"));

    let mut surrogates = Surrogates::default();
    for minted in &verdict.minted {
        surrogates.insert(minted, Timestamp::from_millis(1_000));
    }
    let answer = "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"To [EMA\"}}]}\n\n\
                  data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"IL_1] and [CREDIT_CARD_1].\"}}]}\n\n\
                  data: [DONE]\n\n";
    let mut answer_to = GuardedAnswer::new(
        AnswerGuard::default(),
        verdict.answer,
        Some("text/event-stream"),
        None,
        surrogates.replacements(&verdict.stand_ins),
    );
    let mut out = Vec::new();
    for byte in answer.as_bytes() {
        answer_to.push(&in_force, std::slice::from_ref(byte), &mut out).unwrap();
    }
    answer_to.finish(&in_force, &mut out).unwrap();
    let restored = String::from_utf8(out).unwrap();
    assert!(
        restored.contains("ada@corp-mail.com") && restored.contains("4556 7375 8689 9855"),
        "{restored}"
    );
    assert_eq!(answer_to.summary(&in_force.policy).restored, 2);
}

#[test]
fn the_same_value_is_the_same_stand_in_in_the_next_turn() {
    let in_force = demo();
    let first = judged(&chat("ada@corp-mail.com"), &in_force);
    let mut surrogates = Surrogates::default();
    for minted in &first.minted {
        surrogates.insert(minted, Timestamp::from_millis(1_000));
    }
    let second = judge_sent(
        &chat("bob@corp-mail.com and ada@corp-mail.com"),
        &in_force,
        &surrogates,
        None,
    );
    assert!(edited_body(&second).contains("[EMAIL_2] and [EMAIL_1]"));
    assert_eq!(second.minted.len(), 1);
}

#[test]
fn a_stand_in_typed_by_the_user_is_not_handed_out_for_a_value() {
    let verdict = judged(&chat("[EMAIL_1] is not ada@corp-mail.com"), &demo());
    assert!(edited_body(&verdict).contains("[EMAIL_1] is not [EMAIL_2]"));
}

#[test]
fn what_is_not_read_is_blocked() {
    let in_force = demo();
    let unread = Unread::TooLarge;
    let verdict = judge_sent(&chat("hello"), &in_force, &Surrogates::default(), Some(unread));
    assert_eq!(verdict.decision.action, Action::Block);
    assert_eq!(verdict.unscannable, Some(unread.as_str()));
}

#[test]
fn an_unapproved_provider_gets_nothing_confidential() {
    let (baseline, _) = in_force(weir_policies::pack("weir/baseline").unwrap());
    let verdict = judged(&chat("Mail ada@corp-mail.com today."), &baseline);
    assert_eq!(verdict.decision.action, Action::Block);
    assert_eq!(
        judged(&chat("What is a weir?"), &baseline).decision.action,
        Action::Allow
    );
}

#[test]
fn a_secret_in_a_field_no_adapter_names_is_found() {
    let key = example("security/github_token");
    let body = serde_json::json!({"model": "gpt-4o", "messages": [], "x_unknown": {"deep": [key]}});
    let sent = Sent {
        host: "api.openai.com",
        path: "/v1/chat/completions",
        body: body.to_string(),
    };
    assert_eq!(judged(&sent, &demo()).decision.action, Action::Block);
}

#[test]
fn data_hidden_in_the_model_name_does_not_reach_the_record() {
    let key = example("security/aws_access_key_id");
    let word = key
        .split(|c: char| !c.is_ascii_alphanumeric())
        .find(|word| word.len() == 20)
        .unwrap();
    let body = serde_json::json!({"model": word, "messages": [{"role": "user", "content": "hi"}]});
    let sent = Sent {
        host: "api.openai.com",
        path: "/v1/chat/completions",
        body: body.to_string(),
    };
    let verdict = judged(&sent, &demo());
    assert_eq!(verdict.destination.model, None);
    assert_eq!(verdict.decision.action, Action::Block);
}

#[test]
fn the_same_message_gives_the_same_verdict() {
    let in_force = demo();
    let sent = chat("ada@corp-mail.com, key and more");
    let (one, two) = (judged(&sent, &in_force), judged(&sent, &in_force));
    assert_eq!(one.decision, two.decision);
    assert_eq!(one.findings, two.findings);
    assert_eq!(edited_body(&one), edited_body(&two));
}

#[test]
fn every_test_in_every_pack_that_comes_with_weir_passes() {
    let packs = weir_policies::packs().chain(weir_policies::examples().map(|(name, text)| (name.to_owned(), text)));
    let mut run = 0;
    for (name, text) in packs {
        let (in_force, tests) = in_force(text);
        for test in &tests {
            let result = packtest::run(test, &in_force);
            assert!(
                result.failures.is_empty(),
                "{name}:{}: {}: {:?}",
                result.line,
                result.name,
                result.failures
            );
            run += 1;
        }
    }
    assert!(run > 5, "only {run} tests ran");
}

/// Names of types that tell a kind of text.
const DESCRIBING: [&str; 5] = [
    "source_code",
    "medication",
    "financial_projection",
    "contract",
    "merger",
];

#[test]
fn the_baseline_gives_every_data_type_a_level_that_protects_it() {
    let (baseline, _) = in_force(weir_policies::pack("weir/baseline").unwrap());
    for info in registry() {
        let level = baseline.policy.level_of(&info.data_type, weir_model::Confidence::High);
        // These say what kind of text it is and keep nobody's secret: members and rules of a pack act on them.
        let describes = info.data_type.category() == "hostile" || DESCRIBING.contains(&info.data_type.name());
        let expected = if describes { Level::Public } else { Level::Confidential };
        assert!(level >= expected, "{} is {level}", info.data_type);
    }
}

#[test]
fn a_form_that_no_route_describes_is_not_filled_with_stand_ins() {
    let sent = Sent {
        host: "api.openai.com",
        path: "/dashboard/settings",
        body: serde_json::json!({"invite": "ada@corp-mail.com"}).to_string(),
    };
    let verdict = judged(&sent, &demo());
    assert_eq!(verdict.decision.action, Action::Block);
    assert!(verdict.minted.is_empty());
}

/// A service that cuts what people write into pieces.
fn with_pieces() -> InForce {
    let service = "
service: pieces
name: Pieces
provider: openai
category: api
channel: api
hosts: [{host: pieces.example, inspect: body}]
routes:
  - id: ask
    match: {method: POST, path: ^/ask$}
    kind: prompt
    turns: {at: 'json:/blocks/*', role: /by, roles: {me: prompt}, otherwise: history}
    text: [{at: 'json:/blocks/*/pieces/*/0', role: turn, join: true}]
";
    let mut in_force = demo();
    let catalogue = Catalogue::parse(
        &[Source::new("pieces.yaml", service)],
        &[],
        &sources(weir_policies::providers()),
    )
    .unwrap_or_else(|errors| panic!("{errors}"));
    in_force.adapters = Adapters::compile(catalogue.services()).unwrap();
    in_force
}

fn pieces(blocks: &[&[&str]]) -> Sent<'static> {
    let blocks: Vec<_> = blocks
        .iter()
        .map(|pieces| serde_json::json!({"by": "me", "pieces": pieces.iter().map(|piece| [piece]).collect::<Vec<_>>()}))
        .collect();
    Sent {
        host: "pieces.example",
        path: "/ask",
        body: serde_json::json!({"blocks": blocks}).to_string(),
    }
}

#[test]
fn nothing_hides_where_a_service_cuts_its_texts() {
    let in_force = with_pieces();
    let verdict = judged(
        &pieces(&[&[
            "Mail ada@corp",
            "-mail",
            ".com about card 4556 7375 ",
            "8689 9855 today, and ",
            "eve@corp-mail.com.",
        ]]),
        &in_force,
    );
    assert_eq!(verdict.findings.len(), 3);
    let body = edited_body(&verdict);
    assert_eq!(
        serde_json::from_str::<serde_json::Value>(&body).unwrap()["blocks"][0]["pieces"],
        serde_json::json!([
            ["Mail [EMAIL_1]"],
            [""],
            [" about card [CREDIT_CARD_1]"],
            [" today, and "],
            ["[EMAIL_2]."]
        ])
    );
    let minted: Vec<&str> = verdict
        .minted
        .iter()
        .map(|minted| minted.original.expose().as_str())
        .collect();
    assert!(minted.contains(&"ada@corp-mail.com"), "the whole value comes back");
}

#[test]
fn texts_of_different_turns_are_not_read_as_one() {
    let verdict = judged(&pieces(&[&["Mail ada@corp", "x"], &["-mail.com", "y"]]), &with_pieces());
    assert!(verdict.findings.is_empty(), "{:?}", verdict.findings);
}

#[test]
fn what_is_sent_again_as_history_is_decided_alike_and_told_once() {
    let in_force = demo();
    let line = "Write a friendly reminder to ada@corp-mail.com please";
    let first = judged(&chat(line), &in_force);
    assert_eq!(first.texts.len(), 1);
    assert!(first.findings.iter().all(|finding| !finding.repeated));
    let decided: DecidedTexts = first.texts.iter().cloned().collect();
    let later = |last: &str| Sent {
        host: "api.openai.com",
        path: "/v1/chat/completions",
        body: serde_json::json!({"model": "gpt-4o", "messages": [
            {"role": "user", "content": line},
            {"role": "assistant", "content": "Done."},
            {"role": "user", "content": last},
        ]})
        .to_string(),
    };
    let after = |sent: &Sent<'_>| judge_after(sent, &in_force, &Surrogates::default(), None, &decided);
    let tells = |verdict: &Verdict| verdict.decision.obligations.contains(&Obligation::Tell);
    let again = after(&later("Thanks, shorter please."));
    assert_eq!(again.decision.action, first.decision.action);
    assert!(
        matches!(again.plan, Plan::Edit(_)),
        "the value does not leave the second time either"
    );
    assert!(again.findings.iter().all(|finding| finding.repeated) && !tells(&again));
    let new = after(&later("And one to bob@corp-mail.com"));
    assert!(new.findings.iter().any(|finding| !finding.repeated));
    assert_eq!(tells(&new), tells(&first));
    let sent_again = after(&chat(line));
    assert!(
        !sent_again.findings[0].repeated,
        "who sends a prompt again wants to know again"
    );
}

#[test]
fn the_history_of_a_chat_is_read_once() {
    let in_force = demo();
    let example = example("financial/credit_card");
    let turns: Vec<serde_json::Value> = (0..8)
        .map(|turn| serde_json::json!({"role": "user", "content": format!("{turn}: {example}. {}", "And so on. ".repeat(40))}))
        .collect();
    let body = |turns: &[serde_json::Value]| Sent {
        host: "api.openai.com",
        path: "/v1/chat/completions",
        body: serde_json::json!({"model": "gpt-4o", "messages": turns}).to_string(),
    };
    let mut scanned = ScannedTexts::default();
    for count in 1..=turns.len() {
        let sent = body(&turns[..count]);
        let (surrogates, decided) = (Surrogates::default(), DecidedTexts::new());
        let anew = judge_sent(&sent, &in_force, &surrogates, None);
        let known = Known {
            decided: &decided,
            scanned: &scanned,
            ..Known::nothing()
        };
        let verdict = judge_knowing(&sent, &in_force, &surrogates, None, &known);
        assert_eq!(verdict.findings, anew.findings);
        assert_eq!((anew.scanned.len(), verdict.scanned.len()), (count, 1));
        scanned.remember(verdict.scanned);
    }
}

/// What Copilot's page sends: the handshake, or a message after it.
fn judge_socket(query: &str, body: &str, carrier: Carrier) -> Verdict {
    let message = Message {
        request: RequestView {
            method: "GET",
            host: "copilot.microsoft.com",
            path: "/c/api/chat",
            query: Some(query),
            headers: &[],
            body: body.as_bytes(),
            carrier,
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
        leaves: &[],
        justified: false,
        fingerprints: &FingerprintKey::new(&[3; 32]),
        origin: Origin {
            user: None,
            process: None,
            environment: Environment::Production,
        },
        route: None,
        event: EventId::new(Timestamp::from_millis(1_000), [9; 10]),
    };
    judge(&message, &demo(), Timestamp::from_millis(1_000))
}

#[test]
fn a_handshake_is_judged_by_its_address_and_is_no_message() {
    let token = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiJzYW1wbGUifQ.c2FtcGxlLXNpZ25hdHVyZS1ub3QtcmVhbA";
    let own = judge_socket(&format!("api-version=2&accessToken={token}"), "", Carrier::Handshake);
    assert_eq!((own.decision.action, own.is_message), (Action::Allow, false));
    let hidden = judge_socket(&format!("api-version=2&note={token}"), "", Carrier::Handshake);
    assert_eq!((hidden.decision.action, hidden.is_message), (Action::Block, true));
    assert_ne!(hidden.kind, Kind::Prompt);
}

#[test]
fn signals_between_the_turns_of_a_socket_are_no_messages() {
    let socket = Carrier::WebSocket { number: 1 };
    let query = "api-version=2";
    let signal = |body: &str| judge_socket(query, body, socket);
    assert!(!signal(r#"{"event":"ping"}"#).is_message);
    let turn = r#"{"event":"send","content":[{"type":"text","text":"One joke."}]}"#;
    assert!(signal(turn).is_message);
    let hidden = format!(r#"{{"event":"ping","x":"{}"}}"#, example("security/openai_key"));
    assert_eq!(signal(&hidden).decision.action, Action::Block);
}

#[test]
fn a_service_that_has_changed_is_judged_and_reported() {
    let in_force = demo();
    let changed = |text: &str| Sent {
        host: "chatgpt.com",
        path: "/backend-api/f/conversation",
        body: serde_json::json!({"action": "next", "turns": [{"speaker": "user", "body": {"words": text}}]})
            .to_string(),
    };
    let verdict = judged(&changed("hello"), &in_force);
    let drift = verdict.drift.unwrap();
    assert!(
        drift.structure.iter().any(|line| line.contains("turns[].body.words")),
        "{drift:?}"
    );
    assert!(!format!("{drift:?}").contains("hello"), "structure only");
    let key = example("security/openai_key");
    assert_eq!(judged(&changed(key), &in_force).decision.action, Action::Block);
}
