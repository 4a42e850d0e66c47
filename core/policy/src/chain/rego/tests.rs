//! The member against an engine that says what a test tells it to. Real modules are run in `agent/rego`.

use proptest::prelude::*;
use serde_json::{Value as Json, json};
use weir_model::Action;

use crate::json_form::JsonForm;
use crate::report::Report;
use crate::{
    Catalogue, Compiled, Diagnostics, Policy, RegoEngine, RegoFailure, RegoFault, RegoLimits, RegoPackage, RegoRules,
    Severity, Source, Space, WithRego, compile, yaml,
};

type Answer = fn(&Json) -> Result<Json, RegoFailure>;

/// Knows one package, `acme`, and answers for it.
struct Told(Answer);

impl RegoEngine for Told {
    fn compile(&self, modules: &[Source], _limits: RegoLimits) -> Result<Box<dyn RegoRules>, Vec<RegoFault>> {
        let faults = modules.iter().enumerate().filter_map(|(module, source)| {
            let (line, text) = source.text.lines().enumerate().find(|(_, text)| text.contains('?'))?;
            Some(RegoFault {
                module,
                line: line as u32 + 1,
                column: text.find('?')? as u32 + 1,
                message: "a question".to_owned(),
            })
        });
        let faults: Vec<RegoFault> = faults.collect();
        let package = RegoPackage {
            name: "acme".to_owned(),
            module: modules.len() - 1,
            line: 2,
        };
        match faults.is_empty() {
            true => Ok(Box::new(ToldRules([package], self.0))),
            false => Err(faults),
        }
    }
}

struct ToldRules([RegoPackage; 1], Answer);

impl RegoRules for ToldRules {
    fn packages(&self) -> &[RegoPackage] {
        &self.0
    }

    fn ask(&self, _package: usize, input: &Json) -> Result<Json, RegoFailure> {
        (self.1)(input)
    }
}

const PACK: &str = "pack: {name: acme}
providers: {approvals: {openai: approved}}
policies:
  chain: [data-classification, rego]
  policy:
    rego:
      modules:
        - source: |
            package acme
            ask contains input
";

fn catalogue() -> Catalogue {
    Catalogue::parse(&[], &[], &[]).unwrap()
}

fn beside(name: &str) -> Option<Source> {
    (name == "own.rego").then(|| Source::new(name, "package own\n\n  what?\n"))
}

fn try_compile(text: &str, answer: Answer) -> Result<Compiled, Diagnostics> {
    compile(
        &Source::new("acme.yaml", text),
        &WithRego::new(&beside, &Told(answer)),
        &catalogue(),
    )
}

fn policy(answer: Answer) -> Policy {
    try_compile(PACK, answer).unwrap().policy
}

/// The errors of a pack.
fn said(text: &str) -> String {
    let said = try_compile(text, |_| Ok(Json::Null)).unwrap_err();
    let errors = said
        .0
        .iter()
        .filter(|diagnostic| diagnostic.severity == Severity::Error);
    errors.map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

#[test]
fn faults_stand_at_their_place_in_the_pack_and_in_files_beside_it() {
    let text = PACK.replace("ask contains input", "ask contains what?");
    assert_eq!(said(&text), "acme.yaml:10:30: error[bad-rego]: a question");
    let text = PACK.replace("source: |", "source: |-");
    let text = text.replace("ask contains input", "# Ä?");
    assert_eq!(said(&text), "acme.yaml:10:17: error[bad-rego]: a question");
    let text = format!("{PACK}        - {{file: own.rego}}\n        - {{source: \"oh?\"}}\n");
    assert_eq!(
        said(&text),
        "acme.yaml:12:22: error[bad-rego]: a question\nown.rego:3:7: error[bad-rego]: a question"
    );
}

#[test]
fn what_cannot_be_compiled_is_refused() {
    let missing = format!("{PACK}        - {{file: other.rego}}\n");
    assert!(said(&missing).contains("there is no module `other.rego`"));
    let both = format!("{PACK}        - {{file: own.rego, source: x}}\n");
    assert!(said(&both).contains("a module is either `source` or `file`"));
    let without = compile(&Source::new("acme.yaml", PACK), &beside, &catalogue());
    assert!(without.unwrap_err().to_string().contains("runs no rules in Rego"));
}

#[test]
fn the_texts_of_modules_belong_to_the_policy() {
    let digest = |text: &str| {
        let library = move |_: &str| Some(Source::new("m.rego", "package acme"));
        let engine = Told(|_| Ok(Json::Null));
        let compiled = compile(
            &Source::new("a.yaml", text),
            &WithRego::new(&library, &engine),
            &catalogue(),
        );
        compiled.unwrap().policy.bundle().digest.clone()
    };
    let inline = digest(PACK);
    assert_ne!(inline, digest(&PACK.replace("contains input", "contains 1")));
    let file = PACK.replace(
        "source: |\n            package acme\n            ask contains input",
        "file: m.rego",
    );
    let same_pack_other_file = |text: &'static str| {
        let library = move |_: &str| Some(Source::new("m.rego", text));
        let engine = Told(|_| Ok(Json::Null));
        let compiled = compile(
            &Source::new("a.yaml", file.as_str()),
            &WithRego::new(&library, &engine),
            &catalogue(),
        );
        compiled.unwrap().policy.bundle().digest.clone()
    };
    assert_ne!(
        same_pack_other_file("package acme"),
        same_pack_other_file("package other")
    );
}

#[test]
fn whatever_goes_wrong_blocks_with_a_reason_of_its_own() {
    let wrong: [(Answer, &str); 8] = [
        (|_| Err(RegoFailure::Steps), "it takes too many steps"),
        (|_| Err(RegoFailure::Memory), "it takes too much memory"),
        (|_| Err(RegoFailure::Failed), "it fails"),
        (|_| Ok(json!(3)), "`ask` is no set"),
        (|_| Ok(json!(["block"])), "what it asks for is no object"),
        (
            |_| Ok(json!([{"action": "allow", "message": "x"}])),
            "it asks for an action that there is not",
        ),
        (
            |_| Ok(json!([{"action": "redact", "message": "x"}])),
            "what is to be taken out must be a finding",
        ),
        (
            |_| Ok(json!([{"action": "block", "message": "x", "finding": 7}])),
            "there is no such finding",
        ),
    ];
    for (answer, why) in wrong {
        let policy = policy(answer);
        let situation = Space::of(&[&policy]).situations().next().unwrap();
        let (decision, _) = situation.judged_by(&policy);
        assert_eq!(decision.action, Action::Block, "{why}");
        let reason = decision
            .reasons
            .iter()
            .find(|reason| reason.rule == "rego/acme/failed")
            .unwrap();
        let text = situation.told_by(&policy, reason);
        assert_eq!(text, format!("the rule `acme` cannot judge this message: {why}"));
        assert_eq!(policy.place_of(&reason.rule), Some(("acme.yaml".to_owned(), 10)));
    }
}

#[test]
fn a_rule_that_only_watches_changes_nothing_even_when_it_fails() {
    let text = PACK.replace("      modules:", "      mode: monitor\n      modules:");
    let watching = try_compile(&text, |_| Err(RegoFailure::Failed)).unwrap().policy;
    let silent = policy(|_| Ok(Json::Null));
    for situation in Space::of(&[&watching]).situations() {
        let ((one, _), (other, _)) = (situation.judged_by(&watching), situation.judged_by(&silent));
        assert_eq!(one.action, other.action);
        assert_eq!(one.per_finding, other.per_finding);
    }
}

#[test]
fn rules_see_what_the_schema_says() {
    // A form is read from YAML, which JSON is.
    fn fits(input: &Json) -> bool {
        static FORM: std::sync::OnceLock<JsonForm> = std::sync::OnceLock::new();
        let form = FORM.get_or_init(|| {
            let mut report = Report::default();
            let node = yaml::parse(weir_policies::rego_input_schema(), 0, &mut report).unwrap();
            JsonForm::read(&node, &mut report).unwrap_or_else(|| panic!("{:?}", report.finish()))
        });
        form.fits(input)
    }
    let policy = policy(|input| match fits(input) {
        true => Ok(Json::Null),
        false => Err(RegoFailure::Failed),
    });
    let space = Space::of(&[&policy]);
    assert!(space.len() > 1000, "all of `input` is looked at: {}", space.len());
    for situation in space.situations() {
        let (decision, _) = situation.judged_by(&policy);
        let failed = decision.reasons.iter().any(|reason| reason.rule.ends_with("/failed"));
        assert!(!failed, "{situation}");
    }
    assert!(!fits(&json!({"channel": "browser"})), "the schema wants more than that");
}

proptest! {
    /// Whatever a rule asks for, no message gets further than without it.
    #[test]
    fn a_rule_never_weakens(number in 0usize..10_000) {
        let asking: [Answer; 4] = [
            |_| Ok(json!([{"action": "warn", "message": "x"}])),
            |input| Ok(match input["findings"].as_array().is_some_and(|found| !found.is_empty()) {
                true => json!([{"action": "pseudonymise", "message": "x", "finding": 0}]),
                false => json!([]),
            }),
            |_| Ok(json!([{"action": "allow", "message": "x"}])),
            |_| Err(RegoFailure::Memory),
        ];
        let silent = policy(|_| Ok(Json::Null));
        let space = Space::of(&[&silent]);
        let situation = space.situations().nth(number % space.len()).unwrap();
        let (before, _) = situation.judged_by(&silent);
        for answer in asking {
            let (after, _) = situation.judged_by(&policy(answer));
            prop_assert!(after.action >= before.action);
            let weaker = after.per_finding.iter().zip(&before.per_finding).any(|(after, before)| after < before);
            prop_assert!(!weaker);
        }
    }
}
