//! Modules as people write them, run through policy.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a test stops where it fails"
)]

use proptest::prelude::*;
use serde_json::{Value, json};
use weir_policy::{RegoEngine, RegoFailure, RegoFault, RegoLimits, RegoRules, Source};
use weir_rego::Rego;

const LIMITS: RegoLimits = RegoLimits {
    steps: 20_000,
    memory: 4 << 20,
};

fn try_compile(modules: &[&str]) -> Result<Box<dyn RegoRules>, Vec<RegoFault>> {
    let sources: Vec<Source> = modules.iter().map(|text| Source::new("m.rego", *text)).collect();
    Rego.compile(&sources, LIMITS)
}

fn compiled(body: &str) -> Box<dyn RegoRules> {
    try_compile(&[&format!("package acme\n{body}")]).unwrap_or_else(|faults| panic!("{faults:?}"))
}

fn asked(body: &str, input: &Value) -> Result<Value, RegoFailure> {
    compiled(body).ask(0, input)
}

/// What is said about a module: line, column, message.
fn said(body: &str) -> String {
    let faults = try_compile(&[&format!("package acme\n{body}")]).err().unwrap();
    let fault = &faults[0];
    format!("{}:{}: {}", fault.line, fault.column, fault.message)
}

fn input() -> Value {
    json!({
        "user": "ada", "level": "restricted", "time": {"weekday": "mon", "hour": 23},
        "findings": [{"type": "personal/email", "count": 3}, {"type": "security/password", "count": 1}],
        "destination": {"provider": "openai"}, "labels": [],
    })
}

#[test]
fn rules_ask_for_what_follows_from_their_input() {
    for (body, expected) in [
        ("ask contains 1 if input.level == \"restricted\"", json!([1])),
        ("ask contains 1 if input.level == \"public\"", json!([])),
        (
            "ask contains i if { some i, f in input.findings; startswith(f.type, \"security/\") }",
            json!([1]),
        ),
        (
            "night(h) if h < 6\nnight(h) if h >= 22\nask contains 2 if night(input.time.hour)",
            json!([2]),
        ),
        (
            "ok := {\"azure\", \"mistral\"}\nask contains 3 if not input.destination.provider in ok",
            json!([3]),
        ),
        (
            "default own := false\nown if input.user == \"bob\"\nask contains 4 if not own",
            json!([4]),
        ),
        (
            "ask contains 5 if sum([f.count | some f in input.findings]) > 3",
            json!([5]),
        ),
        (
            "ask contains 6 if every f in input.findings { f.count > 0 }",
            json!([6]),
        ),
        ("ask contains 7 if input.process == \"curl\"", json!([])),
        (
            "ask contains 8 if { regex.match(`^a.a$`, input.user); glob.match(\"sec*\", [\"/\"], \"security\") }",
            json!([8]),
        ),
        (
            "ask contains sprintf(\"%s at %d\", [input.user, input.time.hour]) if true",
            json!(["ada at 23"]),
        ),
    ] {
        assert_eq!(asked(body, &input()), Ok(expected), "{body}");
    }
}

#[test]
fn packages_ask_each_for_itself_and_share_what_they_know() {
    let modules = [
        "package acme.lib\npartners := {\"ada\"}",
        "package acme.one\nimport data.acme.lib\nask contains 1 if input.user in lib.partners",
        "package acme.two\n\nask contains 2",
    ];
    let rules = try_compile(&modules).unwrap_or_else(|faults| panic!("{faults:?}"));
    let names: Vec<(&str, usize, u32)> = rules
        .packages()
        .iter()
        .map(|package| (package.name.as_str(), package.module, package.line))
        .collect();
    assert_eq!(names, [("acme.one", 1, 3), ("acme.two", 2, 3)]);
    assert_eq!(rules.ask(0, &input()), Ok(json!([1])));
    assert_eq!(rules.ask(1, &input()), Ok(json!([2])));
}

#[test]
fn what_is_wrong_is_said_where_it_stands() {
    for (body, expected) in [
        ("ask contains {{ 1 if true", "2:19: expecting `}` while parsing set"),
        (
            "ask contains 1 if {\n  foo(input.user)\n}",
            "3:3: there is no function `foo`",
        ),
        (
            "ask contains 1 if { x > 3 }",
            "2:21: use of undefined variable `x` is unsafe",
        ),
        (
            "asks := 1",
            "1:1: no module has a rule `ask`: `ask contains {\"action\": \"block\", \"message\": \"…\"} if …`",
        ),
    ] {
        assert_eq!(said(body), expected, "{body}");
    }
}

#[test]
fn nothing_outside_of_the_rule_is_asked() {
    for call in [
        "http.send({\"url\": \"http://127.0.0.1\"})",
        "time.now_ns()",
        "rand.intn(\"a\", 6)",
        "uuid.rfc4122(\"a\")",
        "opa.runtime()",
        "net.lookup_ip_addr(\"example.com\")",
        "print(\"x\")",
        "trace(\"x\")",
    ] {
        let said = said(&format!("ask contains x if {{ x := {call} }}"));
        assert!(
            said.contains("asks something outside of the rule") && said.starts_with("2:"),
            "{call}: {said}"
        );
    }
    for call in ["numbers.range(1, 3)", "bits.lsh(1, 3)", "replace(\"a\", \"b\", \"c\")"] {
        let said = said(&format!("ask contains x if {{ x := {call} }}"));
        assert!(said.contains("may not be called"), "{call}: {said}");
    }
}

/// Twenty findings, so that there is something to go through.
fn many() -> Value {
    let findings: Vec<Value> = (0..20).map(|count| json!({"type": "a/b", "count": count})).collect();
    json!({"findings": findings, "user": "a".repeat(1000)})
}

#[test]
fn a_rule_without_an_end_is_ended() {
    let endless = "ask contains 1 if count([1 |
        some a in input.findings; some b in input.findings; some c in input.findings; some d in input.findings;
        a.count * b.count * c.count * d.count == 7]) > 3";
    assert_eq!(asked(endless, &many()), Err(RegoFailure::Steps));
    for itself in ["f(x) := f(x)\nask contains f(1)", "a := b\nb := a\nask contains a"] {
        // Where the engine sees it when it compiles, all the better.
        if let Ok(rules) = try_compile(&[&format!("package acme\n{itself}")]) {
            assert!(rules.ask(0, &many()).is_err(), "{itself}");
        }
    }
}

#[test]
fn an_answer_longer_than_any_is_none() {
    // A value that shares its parts takes no memory: what is too much is to write it out.
    let shared = (1..40).map(|n| format!("x{n} := [x{0}, x{0}]\n", n - 1));
    let asked_for = format!("x0 := 1\n{}ask contains x39", shared.collect::<String>());
    assert!(asked(&asked_for, &many()).is_err());
    let long = "ask contains concat(\"\", [input.user | some a in input.findings; some b in input.findings])";
    assert_eq!(asked(long, &many()), Err(RegoFailure::Memory));
}

#[test]
fn limits_fall_alike_whatever_was_asked_before() {
    let body =
        "ask contains 1 if count([1 | some a in input.findings; some b in input.findings; a.count == b.count]) > 3";
    let needed = |rules: &dyn Fn(u32) -> Box<dyn RegoRules>| {
        (100..20_000)
            .step_by(50)
            .find(|steps| rules(*steps).ask(0, &many()).is_ok())
    };
    let source = [Source::new("m.rego", format!("package acme\n{body}"))];
    let fresh = |steps| {
        Rego.compile(&source, RegoLimits { steps, ..LIMITS })
            .unwrap_or_else(|faults| panic!("{faults:?}"))
    };
    let used = |steps| {
        let rules = fresh(steps);
        for _ in 0..3 {
            let _ = rules.ask(0, &json!({"findings": []}));
        }
        rules
    };
    assert_eq!(needed(&fresh), needed(&used));
}

#[test]
fn a_failure_leaves_nothing_behind() {
    let rules = compiled(
        "ask contains 1 if count([1 | some a in input.findings; some b in input.findings; some c in input.findings; some d in input.findings; a == d]) > 3",
    );
    for _ in 0..3 {
        assert_eq!(rules.ask(0, &many()), Err(RegoFailure::Steps));
        assert_eq!(rules.ask(0, &json!({"findings": []})), Ok(json!([])));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Any text is a module or has a fault that lies in it.
    #[test]
    fn no_text_brings_the_engine_down(text in "(package a\n)?[a-z(){}\\[\\]:=\" .,0-9\n`%#é]{0,80}") {
        if let Err(faults) = try_compile(&[&text]) {
            let lines = text.lines().count().max(1) as u32 + 1;
            prop_assert!(faults.iter().all(|fault| fault.module == 0 && fault.line <= lines), "{faults:?}");
        }
    }
}
