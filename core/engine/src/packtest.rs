//! Runs the tests that stand inside packs, and judges a text without a wire around it.

use std::fmt;

use weir_detect::Scanner;
use weir_model::{Destination, Finding, Level, Match, Place, Segment, Sensitive};
use weir_policy::{
    AnswerAction, AnswerGuard, Catalogue, Decision, Given, HeaderEdits, Mutant, Mutation, PackTest, Policy,
};

use crate::scanned::Reader;
use crate::{FingerprintKey, InForce, ScannedTexts, findings};

/// What came of a text.
#[derive(Debug)]
pub struct Trial {
    /// What was found.
    pub findings: Vec<Finding>,
    /// The level of the whole.
    pub level: Level,
    /// What policy says.
    pub decision: Decision,
    destination: Destination,
}

impl Trial {
    /// What each reason of the decision says, in their order.
    #[must_use]
    pub fn told(&self, given: &Given, policy: &Policy) -> Vec<String> {
        let facts = given.facts(&self.destination, &self.findings, self.level);
        let reasons = self.decision.reasons.iter();
        reasons.map(|reason| policy.text(reason, &facts)).collect()
    }

    /// The decision in words.
    #[must_use]
    pub fn explain(&self, given: &Given, policy: &Policy) -> String {
        let facts = given.facts(&self.destination, &self.findings, self.level);
        policy.explain(&self.decision, &facts)
    }
}

/// What came of a test.
#[derive(Debug)]
pub struct TestResult {
    /// Name of the test.
    pub name: String,
    /// The pack it stands in.
    pub file: String,
    /// The line it begins at.
    pub line: u32,
    /// What was not as expected; empty when the test passed.
    pub failures: Vec<Failure>,
}

/// One thing that was not as expected.
#[derive(Debug, PartialEq, Eq)]
pub struct Failure {
    /// What was looked at: `action`, `level`, `monitored`, `rule`, `headers`, `answer`, `example`.
    pub what: &'static str,
    /// What the test wants.
    pub expected: String,
    /// What came out.
    pub found: String,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: expected {}, found {}", self.what, self.expected, self.found)
    }
}

/// Runs one test against what is in force.
#[must_use]
pub fn run(test: &PackTest, in_force: &InForce) -> TestResult {
    let failures = match Scanned::new(test, in_force) {
        Ok(scanned) => scanned.failures(&in_force.policy, in_force),
        Err(unknown) => vec![Failure {
            what: "example",
            expected: "a known data type".to_owned(),
            found: unknown,
        }],
    };
    TestResult {
        name: test.name.clone(),
        file: test.file.clone(),
        line: test.line,
        failures,
    }
}

/// The weaker packs that none of the tests notices.
#[must_use]
pub fn survivors<'m>(tests: &[PackTest], mutants: &'m [Mutant], in_force: &InForce) -> Vec<&'m Mutation> {
    // A test that names an example which does not exist fails whatever the pack says.
    let scanned = tests.iter().filter_map(|test| Scanned::new(test, in_force).ok());
    let scanned: Vec<Scanned<'_>> = scanned.collect();
    let noticed = |mutant: &Mutant| {
        let mut scanned = scanned.iter();
        scanned.any(|scanned| !scanned.failures(&mutant.policy, in_force).is_empty())
    };
    mutants
        .iter()
        .filter(|mutant| !noticed(mutant))
        .map(|mutant| &mutant.mutation)
        .collect()
}

/// A test with what stands in its texts: found once, judged by many policies.
struct Scanned<'a> {
    test: &'a PackTest,
    findings: Vec<Finding>,
    answer: Option<(String, Vec<Match>)>,
}

impl<'a> Scanned<'a> {
    /// The error is the name of an example that does not exist.
    fn new(test: &'a PackTest, in_force: &InForce) -> Result<Self, String> {
        let text = fill_in_examples(&test.given.text, &in_force.scanner)?;
        let answer = match &test.given.answer {
            Some(text) => {
                let text = fill_in_examples(text, &in_force.scanner)?;
                let matches = in_force.scanner.scan(&text);
                Some((text, matches))
            }
            None => None,
        };
        Ok(Self {
            test,
            findings: try_text(&test.given, &text, in_force).findings,
            answer,
        })
    }

    fn failures(&self, policy: &Policy, in_force: &InForce) -> Vec<Failure> {
        let given = self.test.given.count(policy);
        let relevel = |finding: &Finding| Finding {
            level: policy.level_of(&finding.data_type, finding.confidence),
            ..finding.clone()
        };
        let findings = self.findings.iter().map(relevel).collect();
        let trial = judged(&given, findings, policy, &in_force.catalogue);
        let mut failures = compare(self.test, &trial);
        if let Some(expected) = self.test.expect.answer {
            let facts = given.facts(&trial.destination, &trial.findings, trial.level);
            let found = self.answered(policy, &policy.answer_guard(&facts));
            if found != expected {
                failures.push(Failure {
                    what: "answer",
                    expected: expected.as_str().to_owned(),
                    found: found.as_str().to_owned(),
                });
            }
        }
        failures
    }

    /// The strictest that is done to the answer.
    fn answered(&self, policy: &Policy, guard: &AnswerGuard) -> AnswerAction {
        let Some((text, matches)) = &self.answer else {
            return AnswerAction::Pass;
        };
        let leaks = matches.iter().filter_map(|found| {
            let level = policy.level_of(&found.data_type, found.confidence);
            guard.leak(&found.data_type, level, found.confidence)
        });
        let rulings = leaks.chain(guard.form(text));
        rulings.map(|ruling| ruling.done()).max().unwrap_or_default()
    }
}

/// Judges a text as if it were the prompt of a message like this.
#[must_use]
pub fn try_text(given: &Given, text: &str, in_force: &InForce) -> Trial {
    let segment = Segment {
        place: Place {
            role: given.source,
            locator: None,
            segment: 0,
        },
        text: Sensitive::new(text.to_owned()),
    };
    // Fingerprints of a trial are never kept: any key will do.
    let (key, before) = (FingerprintKey::new(&[0; 32]), ScannedTexts::default());
    let mut reader = Reader::new(&in_force.scanner, &key, &before);
    let mut findings = findings::find(&[segment], &[], in_force, &mut reader).findings;
    findings.extend(given.told_findings(&in_force.policy));
    let given = given.count(&in_force.policy);
    judged(&given, findings, &in_force.policy, &in_force.catalogue)
}

pub(crate) fn judged(given: &Given, findings: Vec<Finding>, policy: &Policy, catalogue: &Catalogue) -> Trial {
    let declared = given
        .level
        .unwrap_or_default()
        .max(policy.level_of_labels(&given.labels));
    let level = policy.message_level(&findings).max(declared);
    let destination = given.destination(catalogue);
    let decision = policy.decide(&given.facts(&destination, &findings, level));
    Trial {
        findings,
        level,
        decision,
        destination,
    }
}

fn compare(test: &PackTest, trial: &Trial) -> Vec<Failure> {
    let expect = &test.expect;
    let mut failures = Vec::new();
    let mut check = |what, expected: Option<String>, found: String| {
        if let Some(expected) = expected.filter(|expected| *expected != found) {
            failures.push(Failure { what, expected, found });
        }
    };
    check(
        "action",
        expect.action.map(|action| action.to_string()),
        trial.decision.action.to_string(),
    );
    check(
        "level",
        expect.level.map(|level| level.to_string()),
        trial.level.to_string(),
    );
    let monitored = trial
        .decision
        .monitored
        .map_or_else(|| "nothing".to_owned(), |action| action.to_string());
    check(
        "monitored",
        expect.monitored.map(|action| action.to_string()),
        monitored,
    );
    let rule = trial
        .decision
        .main_reason()
        .map_or_else(|| "none".to_owned(), |reason| reason.rule.clone());
    check("rule", expect.rule.clone(), rule);
    let headers = expect.headers.as_ref().map(|headers| listed(headers.iter()));
    check("headers", headers, leaving(&trial.decision.headers));
    failures
}

fn leaving(edits: &HeaderEdits) -> String {
    listed(edits.set.iter().map(|(name, value)| (name, value)))
}

/// Names in lower case, in their order.
fn listed<'a>(headers: impl Iterator<Item = (&'a String, &'a String)>) -> String {
    let mut lines: Vec<String> = headers
        .map(|(name, value)| format!("{}: {value}", name.to_ascii_lowercase()))
        .collect();
    lines.sort();
    match lines.is_empty() {
        true => "none".to_owned(),
        false => lines.join(", "),
    }
}

/// `${example:security/openai_key}` becomes the first example of that data type, so that packs hold no value that
/// looks like a secret. The error is the name that is not known.
fn fill_in_examples(text: &str, scanner: &Scanner) -> Result<String, String> {
    const OPEN: &str = "${example:";
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(OPEN) {
        let (name, after) = after.split_once('}').ok_or_else(|| after.to_owned())?;
        let example = scanner.example(name).ok_or_else(|| name.to_owned())?;
        filled.push_str(before);
        filled.push_str(example);
        rest = after;
    }
    filled.push_str(rest);
    Ok(filled)
}

#[cfg(test)]
mod tests {
    use super::fill_in_examples;
    use weir_detect::Scanner;

    #[test]
    fn examples_are_filled_in_and_unknown_ones_named() {
        let fill_in_examples = |text| fill_in_examples(text, &Scanner::builtin());
        let filled = fill_in_examples("key ${example:security/openai_key}, mail ${example:personal/email}.").unwrap();
        assert!(filled.starts_with("key ") && filled.contains('@') && !filled.contains("${"));
        assert_eq!(
            fill_in_examples("${example:security/nothing}"),
            Err("security/nothing".to_owned())
        );
        assert!(fill_in_examples("${example:").is_err());
    }
}
