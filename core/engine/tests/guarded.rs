//! Answers on their way under a guard: what the client gets, however the service cuts it.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test's broken assumption is a failed test"
)]

mod loaded;

use loaded::load;
use proptest::prelude::*;
use weir_content::answer::{Decoder, Replacement};
use weir_detect::registry;
use weir_engine::{AnswerEnd, GuardedAnswer, GuardedMessages, InForce};
use weir_model::{Channel, Closed, Destination, Kind, Level, Sensitive, Tier, Timestamp};
use weir_policy::{AnswerGuard, Environment, Facts};

const REDACTING: &str = "{leaks: [{level: restricted, action: redact}]}";

fn in_force(guard: &str) -> InForce {
    let pack =
        format!("pack: {{name: a}}\npolicies: {{chain: [response-guard], policy: {{response-guard: {guard}}}}}\n");
    load(&pack).in_force
}

fn guard(in_force: &InForce) -> AnswerGuard {
    let destination = Destination {
        host: "api.openai.com".to_owned(),
        service: Some("openai-api".to_owned()),
        provider: Some("openai".to_owned()),
        tier: Tier::Api,
        region: None,
        model: None,
        target: None,
    };
    in_force.policy.answer_guard(&Facts {
        channel: Channel::Api,
        kind: Kind::Prompt,
        destination: &destination,
        findings: &[],
        level: Level::Public,
        unscannable: false,
        file: None,
        files: &[],
        editable: true,
        only_asks: false,
        account: None,
        labels: &[],
        over: &[],
        user: None,
        process: None,
        environment: Environment::Production,
        closed: Closed::NOTHING,
        stale: false,
        exception: None,
        now: Timestamp::default(),
    })
}

/// A made-up secret of our own tests, without the words around it.
fn secret() -> &'static str {
    let info = registry()
        .iter()
        .find(|info| info.data_type.as_str() == "security/aws_access_key_id")
        .unwrap();
    let example = info.examples[0];
    let words = example.split(|it: char| !it.is_ascii_alphanumeric());
    words.max_by_key(|word| word.len()).unwrap()
}

fn stream(texts: &[&str]) -> String {
    let event = |text: &&str| {
        let delta = serde_json::json!({"id": "c1", "choices": [{"index": 0, "delta": {"content": text}}]});
        format!("data: {delta}\n\n")
    };
    texts.iter().map(event).collect::<String>() + "data: [DONE]\n\n"
}

/// What a client reads of a stream of events.
fn shown(bytes: &[u8]) -> String {
    let text = std::str::from_utf8(bytes).unwrap();
    let events = text
        .lines()
        .filter_map(|line| line.strip_prefix("data: "))
        .filter(|data| *data != "[DONE]");
    let content = |data: &str| {
        let event: serde_json::Value = serde_json::from_str(data).unwrap();
        event["choices"][0]["delta"]["content"]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    };
    events.map(content).collect()
}

struct Passed {
    out: Vec<u8>,
    ended: Result<(), AnswerEnd>,
    answer: GuardedAnswer,
}

fn pass(in_force: &InForce, kind: &str, pieces: &[&[u8]], restore: Vec<Replacement>) -> Passed {
    pass_as(in_force, Some(Decoder::OpenAiChat), kind, pieces, restore)
}

fn pass_as(
    in_force: &InForce,
    decoder: Option<Decoder>,
    kind: &str,
    pieces: &[&[u8]],
    restore: Vec<Replacement>,
) -> Passed {
    let mut answer = GuardedAnswer::new(guard(in_force), decoder, Some(kind), None, restore);
    let mut out = Vec::new();
    let mut ended = pieces
        .iter()
        .try_for_each(|piece| answer.push(in_force, piece, &mut out));
    if ended.is_ok() {
        ended = answer.finish(in_force, &mut out);
    }
    Passed { out, ended, answer }
}

const EVENTS: &str = "text/event-stream";

#[test]
fn a_secret_is_taken_out_however_it_is_cut_and_wherever_it_is_repeated() {
    let in_force = in_force(REDACTING);
    let (secret, filler) = (secret(), "and so on ".repeat(300));
    for cut in [1, 7, secret.len() / 2, secret.len() - 1] {
        let (start, end) = secret.split_at(cut);
        let body = stream(&[
            "the access key id is ",
            start,
            end,
            " and ",
            &filler,
            "again: ",
            secret,
            ", once more ",
            &filler,
        ]);
        let passed = pass(&in_force, EVENTS, &[body.as_bytes()], Vec::new());
        assert!(passed.ended.is_ok());
        let expected = format!(
            "the access key id is [REDACTED:AWS_ACCESS_KEY_ID] and {filler}again: [REDACTED:AWS_ACCESS_KEY_ID], once more {filler}"
        );
        assert_eq!(shown(&passed.out), expected, "cut at {cut}");
        let (ruling, count) = &passed.answer.rulings()["response-guard/leaks/0"];
        assert_eq!((ruling.done().as_str(), *count), ("redact", 2));
        assert_eq!(passed.answer.summary(&in_force.policy).level, Level::Restricted);
    }
}

#[test]
fn a_secret_in_a_link_is_taken_out_and_stand_ins_come_back_beside_it() {
    let in_force = in_force(REDACTING);
    let restore = vec![Replacement {
        surrogate: "[EMAIL_1]".to_owned(),
        original: Sensitive::new("ada@tidewater.io".to_owned()),
    }];
    let body = stream(&[
        "write to [EMA",
        "IL_1] or open https://x.example/?aws_access_key_id=",
        secret(),
        " now",
    ]);
    let passed = pass(&in_force, EVENTS, &[body.as_bytes()], restore);
    let expected =
        "write to ada@tidewater.io or open https://x.example/?aws_access_key_id=[REDACTED:AWS_ACCESS_KEY_ID] now";
    assert_eq!(shown(&passed.out), expected);
}

#[test]
fn a_whole_answer_is_read_before_it_goes_on() {
    let in_force = in_force(REDACTING);
    let body =
        serde_json::json!({"choices": [{"message": {"content": format!("access key {}", secret())}}]}).to_string();
    let (one, two) = body.as_bytes().split_at(40);
    let passed = pass(&in_force, "application/json", &[one, two], Vec::new());
    let answer: serde_json::Value = serde_json::from_slice(&passed.out).unwrap();
    assert_eq!(
        answer["choices"][0]["message"]["content"],
        "access key [REDACTED:AWS_ACCESS_KEY_ID]"
    );
}

/// Every string of the document, keys as well.
fn strings(value: &serde_json::Value, all: &mut String) {
    match value {
        serde_json::Value::String(text) => *all += text,
        serde_json::Value::Array(items) => items.iter().for_each(|item| strings(item, all)),
        serde_json::Value::Object(members) => members.iter().for_each(|(key, member)| {
            *all += key;
            strings(member, all);
        }),
        other => *all += &other.to_string(),
    }
}

/// JSON in which the model wrote this, in the places that no decoder cuts into strings.
fn json_of_the_model(written: &str) -> [(Option<Decoder>, String); 4] {
    [
        (None, format!(r#"{{"id":7,"result":{written}}}"#)),
        (
            Some(Decoder::GeminiApi),
            format!(
                r#"{{"candidates":[{{"content":{{"parts":[{{"functionCall":{{"name":"f","args":{written}}}}}]}}}}]}}"#
            ),
        ),
        (
            Some(Decoder::Anthropic),
            format!(r#"{{"content":[{{"type":"tool_use","input":{written}}}]}}"#),
        ),
        (
            Some(Decoder::Ollama),
            format!(r#"{{"message":{{"tool_calls":[{{"function":{{"arguments":{written}}}}}]}}}}"#),
        ),
    ]
}

#[test]
fn what_is_taken_out_of_json_is_gone_however_it_is_escaped() {
    let pack = r#"
pack: {name: a}
classification:
  custom:
    - {id: acme/code, level: restricted, pattern: 'CODE ([^ ]{10})', group: 1, examples: ['CODE 0123456789']}
    - {id: acme/card, level: restricted, pattern: '9900\d{8}', examples: ['990012345678']}
    - {id: acme/pair, level: restricted, pattern: 'left\W+right', examples: ['left right']}
policies: {chain: [response-guard], policy: {response-guard: {leaks: [{level: restricted, action: redact}]}}}
"#;
    let in_force = load(pack).in_force;
    let key = format!(
        "-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----",
        "MIIEvQIBADANBgkq".repeat(20)
    );
    let key_as_json = serde_json::to_string(&serde_json::json!({ "key": key })).unwrap();
    let cases: [(&str, &[&str]); 9] = [
        (&key_as_json, &["MIIEvQ"]),
        (r#"{"a":"CODE a\"b\\c\n\u00e9\u0041\/2 z"}"#, &["a\"b\\c", "A/2"]),
        (r#"{"a":"\u0043ODE \u0061123456789 z"}"#, &["a123456789"]),
        (r#"{"CODE \u0061123456789 z":1}"#, &["a123456789"]),
        (r#"{"a":"{\"b\":\"CODE a12345678\\u0041 z\"}"}"#, &["a12345678"]),
        (r#"{"a":990012345678}"#, &["990012345678"]),
        (
            r#"{"a":[-990012345678.5,990012345679]}"#,
            &["990012345678", "990012345679"],
        ),
        (r#"{"a":9.90012345678e11}"#, &["90012345678"]),
        (r#"{"a":["left", "right"]}"#, &["left", "right"]),
    ];
    for (written, values) in cases {
        for (decoder, body) in json_of_the_model(written) {
            for size in [7, body.len()] {
                let pieces: Vec<&[u8]> = body.as_bytes().chunks(size).collect();
                let passed = pass_as(&in_force, decoder, "application/json", &pieces, Vec::new());
                assert!(passed.ended.is_ok(), "{decoder:?} {written}");
                assert!(!passed.answer.rulings().is_empty(), "{decoder:?} {written}");
                let mut shown = String::new();
                strings(&serde_json::from_slice(&passed.out).unwrap(), &mut shown);
                assert!(shown.contains("[REDACTED:"), "{decoder:?} {written}: {shown}");
                let left = values.iter().find(|value| shown.contains(**value));
                assert!(left.is_none(), "{decoder:?} {written}: {shown}");
            }
        }
    }
}

#[test]
fn an_answer_in_many_texts_is_judged_to_its_last() {
    let in_force = in_force(REDACTING);
    let words = "the access key id is ";
    let block = |place: usize| match place {
        299 => format!("{words}{}", secret()),
        _ => format!("block {place}"),
    };
    let blocks: Vec<serde_json::Value> = (0..300)
        .map(|place| serde_json::json!({"type": "text", "text": block(place)}))
        .collect();
    let body = serde_json::json!({ "content": blocks }).to_string();
    let passed = pass_as(
        &in_force,
        Some(Decoder::Anthropic),
        "application/json",
        &[body.as_bytes()],
        Vec::new(),
    );
    assert!(passed.ended.is_ok() && !passed.answer.summary(&in_force.policy).unread);
    let expected = body.replace(secret(), "[REDACTED:AWS_ACCESS_KEY_ID]");
    assert_eq!(String::from_utf8(passed.out).unwrap(), expected);
}

#[test]
fn an_answer_in_more_open_texts_than_are_followed_counts_as_unread() {
    let open: String = (0..300)
        .map(|place| {
            let event = serde_json::json!({"choices": [{"index": place, "delta": {"content": "write to [EMA"}}]});
            format!("data: {event}\n\n")
        })
        .collect();
    let restore = || {
        vec![Replacement {
            surrogate: "[EMAIL_1]".to_owned(),
            original: Sensitive::new("ada@tidewater.io".to_owned()),
        }]
    };
    for (unread, passes) in [("pass", true), ("reject", false)] {
        let in_force = in_force(&format!("{{unread: {unread}}}"));
        let passed = pass(&in_force, EVENTS, &[open.as_bytes()], restore());
        assert_eq!(passed.ended.is_ok(), passes);
        assert!(passed.answer.summary(&in_force.policy).unread);
    }
}

#[test]
fn what_may_not_be_found_again_ends_the_answer() {
    let pack = r#"
pack: {name: a}
classification: {custom: [{id: acme/code, level: restricted, pattern: 'CODE ([^ ]{10})', group: 1, examples: ['CODE 0123456789']}]}
policies: {chain: [response-guard], policy: {response-guard: {leaks: [{level: restricted, action: redact}]}}}
"#;
    let in_force = load(pack).in_force;
    let events: String = [r"the CODE 01234\ud83d", r"\ude006789 and"]
        .map(|text| format!("data: {{\"choices\":[{{\"delta\":{{\"content\":\"{text}\"}}}}]}}\n\n"))
        .concat();
    let passed = pass(&in_force, EVENTS, &[events.as_bytes()], Vec::new());
    assert!(matches!(passed.ended, Err(AnswerEnd::Rejected)) && passed.out.is_empty());
}

#[test]
fn a_rejected_answer_ends_before_what_it_is_rejected_for() {
    let in_force = in_force("{leaks: [{category: security, action: reject}]}");
    let filler = ["and so on "; 500];
    let leak = ["the access key id is ", secret(), " "];
    let texts: Vec<&str> = filler
        .into_iter()
        .chain(leak)
        .chain(filler)
        .chain(["never seen"])
        .collect();
    let body = stream(&texts);
    let pieces: Vec<&[u8]> = body.as_bytes().chunks(97).collect();
    let passed = pass(&in_force, EVENTS, &pieces, Vec::new());
    assert!(matches!(passed.ended, Err(AnswerEnd::Rejected)));
    let out = String::from_utf8(passed.out).unwrap();
    assert!(out.contains("and so on") && !out.contains(&secret()[..12]) && !out.contains("never seen"));
}

#[test]
fn what_cannot_be_taken_out_alone_ends_the_answer() {
    let pack = "
pack: {name: a}
classification: {custom: [{id: acme/pin, level: restricted, pattern: 'PIN (\\d{4})', group: 1, examples: [PIN 4711]}]}
policies: {chain: [response-guard]}
";
    let in_force = load(pack).in_force;
    let passed = pass(&in_force, EVENTS, &[stream(&["your PIN 4711"]).as_bytes()], Vec::new());
    assert!(matches!(passed.ended, Err(AnswerEnd::Rejected)) && passed.out.is_empty());
}

#[test]
fn an_answer_of_another_form_does_not_go_on() {
    let in_force = in_force("{formats: [{json: {type: object, required: [verdict]}}]}");
    let good = stream(&["{\"verd", "ict\": \"yes\"}"]);
    let passed = pass(&in_force, EVENTS, &[good.as_bytes()], Vec::new());
    assert!(passed.ended.is_ok());
    assert_eq!(passed.out, good.as_bytes());
    let passed = pass(
        &in_force,
        EVENTS,
        &[stream(&["Sure! {\"verdict\": ", "\"yes\"}"]).as_bytes()],
        Vec::new(),
    );
    assert!(matches!(passed.ended, Err(AnswerEnd::Rejected)) && passed.out.is_empty());
    assert!(passed.answer.rulings().contains_key("response-guard/formats/0"));
}

#[test]
fn an_answer_that_nobody_reads_passes_unless_the_pack_says_otherwise() {
    for (unread, passes) in [("pass", true), ("reject", false)] {
        let in_force = in_force(&format!("{{unread: {unread}}}"));
        let passed = pass(&in_force, "image/png", &[b"\x89PNG\r\n\x1a\n0000"], Vec::new());
        assert_eq!(passed.ended.is_ok(), passes);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(48) })]

    /// A guard that watches, and one that finds nothing, change no byte; and one that takes something out gives the same
    /// text however the answer is cut.
    #[test]
    fn cuts_change_nothing_and_watching_neither(sizes in proptest::collection::vec(1usize..200, 1..40), texts in proptest::collection::vec("[a-z \\n\"]{0,40}", 1..20)) {
        static WATCHING: std::sync::OnceLock<(InForce, InForce)> = std::sync::OnceLock::new();
        let (watching, acting) = WATCHING.get_or_init(|| (in_force("{mode: monitor}"), in_force(REDACTING)));
        let cut = |body: &str| -> Vec<Vec<u8>> {
            let (mut rest, mut pieces) = (body.as_bytes(), Vec::new());
            for size in sizes.iter().cycle() {
                if rest.is_empty() {
                    break;
                }
                let (piece, after) = rest.split_at((*size).min(rest.len()));
                pieces.push(piece.to_vec());
                rest = after;
            }
            pieces
        };
        let plain: Vec<&str> = texts.iter().map(String::as_str).collect();
        let with_secret: Vec<&str> = plain.iter().copied().chain([" the access key id is ", secret(), " "]).chain(plain.iter().copied()).collect();
        let run = |in_force: &InForce, body: &str| {
            let pieces = cut(body);
            let pieces: Vec<&[u8]> = pieces.iter().map(Vec::as_slice).collect();
            pass(in_force, EVENTS, &pieces, Vec::new()).out
        };
        let (clean, leaking) = (stream(&plain), stream(&with_secret));
        prop_assert_eq!(run(watching, &leaking), leaking.as_bytes());
        prop_assert_eq!(run(acting, &clean), clean.as_bytes());
        let expected = with_secret.concat().replace(secret(), "[REDACTED:AWS_ACCESS_KEY_ID]");
        prop_assert_eq!(shown(&run(acting, &leaking)), expected);
    }
}

/// What Copilot says on its socket.
fn messages(texts: &[&str]) -> Vec<Vec<u8>> {
    let piece = |text: &&str| serde_json::json!({"event": "appendText", "messageId": "m", "text": text}).to_string();
    texts.iter().map(piece).map(String::into_bytes).collect()
}

fn shown_messages(messages: &[Vec<u8>]) -> String {
    let text = |message: &Vec<u8>| {
        let event: serde_json::Value = serde_json::from_slice(message).unwrap();
        event["text"].as_str().unwrap_or_default().to_owned()
    };
    messages.iter().map(text).collect()
}

const DONE: &[u8] = br#"{"event":"done","messageId":"m"}"#;

#[test]
fn messages_wait_for_what_follows_and_come_out_clean() {
    let in_force = in_force(REDACTING);
    let secret = secret();
    for cut in [1, 7, secret.len() - 1] {
        let (start, end) = secret.split_at(cut);
        let said = messages(&["the access key id is ", start, end, " and that is all"]);
        let mut guarded = GuardedMessages::new(guard(&in_force), Decoder::CopilotWs, Vec::new());
        let mut out = Vec::new();
        for message in &said {
            guarded.push(&in_force, message, &mut out).unwrap();
        }
        assert!(
            !shown_messages(&out).contains(start),
            "what may be half of a value waits"
        );
        // The service says that the answer is over: nothing waits any more.
        guarded.push(&in_force, DONE, &mut out).unwrap();
        assert_eq!(out.len(), said.len() + 1, "as many come out as go in");
        let shown = shown_messages(&out);
        assert_eq!(
            shown,
            "the access key id is [REDACTED:AWS_ACCESS_KEY_ID] and that is all"
        );
        assert_eq!(guarded.rulings().values().map(|(_, count)| count).sum::<u32>(), 1);
        // The next answer is looked at as well, and so is what comes after a silence.
        out.clear();
        for message in messages(&["again: ", secret, " and "]) {
            guarded.push(&in_force, &message, &mut out).unwrap();
        }
        guarded.settle(&in_force, &mut out).unwrap();
        assert_eq!(shown_messages(&out), "again: [REDACTED:AWS_ACCESS_KEY_ID] and ");
        for message in messages(&["more"]) {
            guarded.push(&in_force, &message, &mut out).unwrap();
        }
        guarded.finish(&in_force, &mut out).unwrap();
        assert!(shown_messages(&out).ends_with(" and more"));
        assert_eq!(out.len(), 4);
    }
}

#[test]
fn a_rejected_message_is_the_last() {
    let in_force = in_force("{leaks: [{level: restricted, action: reject}]}");
    let mut guarded = GuardedMessages::new(guard(&in_force), Decoder::CopilotWs, Vec::new());
    let mut out = Vec::new();
    for message in messages(&["the access key id is ", secret()]) {
        guarded.push(&in_force, &message, &mut out).unwrap();
    }
    let ended = guarded.push(&in_force, DONE, &mut out);
    assert!(matches!(ended, Err(AnswerEnd::Rejected)), "{ended:?}");
    assert!(!shown_messages(&out).contains(secret()));
    assert!(
        guarded.push(&in_force, DONE, &mut out).is_err(),
        "nothing goes on any more"
    );
}

#[test]
fn messages_under_a_guard_with_nothing_to_do_pass_at_once() {
    let in_force = in_force("{leaks: []}");
    let mut guarded = GuardedMessages::new(guard(&in_force), Decoder::CopilotWs, Vec::new());
    let said = messages(&["one ", "two"]);
    let mut out = Vec::new();
    for message in &said {
        guarded.push(&in_force, message, &mut out).unwrap();
    }
    assert_eq!(out, said);
}
