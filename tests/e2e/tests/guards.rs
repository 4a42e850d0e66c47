//! What policy says of answers and of amounts, told to real SDKs: a value that must not be shown is taken out of an answer
//! or ends it, and who has sent enough is told to wait.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test's broken assumption is a failed test"
)]

use weir_e2e::{Heard, Sdk, Stage};
use weir_support::fake::Options;
use weir_support::{Random, values};

/// Addresses may leave; what else holds is said by `members` and their blocks.
fn stage(name: &str, members: &str, blocks: &str) -> Stage {
    let pack = format!(
        "pack: {{name: guards, extends: [weir/baseline]}}
providers: {{approvals: {{openai: approved, anthropic: approved}}}}
classification: {{detectors: {{\"personal/email\": public}}}}
policies:
  chain: [provider-approval, data-classification, {members}, audit-logger]
  policy: {blocks}
"
    );
    Stage::with(name, Options::default(), |mut launch| {
        let file = launch.state.with_file_name("guards.yaml");
        std::fs::write(&file, pack).unwrap();
        launch.pack = Some(file);
        launch
    })
}

const CALLS: [(Sdk, &str, bool, bool); 4] = [
    (Sdk::PythonOpenAi, "chat", true, false),
    (Sdk::PythonOpenAi, "responses", false, true),
    (Sdk::PythonAnthropic, "messages", true, true),
    (Sdk::NodeOpenAi, "chat", false, false),
];

#[test]
fn a_value_is_taken_out_of_the_answer() {
    let stage = stage(
        "guards-redact",
        "response-guard",
        "{response-guard: {leaks: [{detector: \"personal/email\", action: redact}]}}",
    );
    let address = values::email(&mut Random::from_env());
    for (sdk, call, stream, http2) in CALLS {
        let heard = stage.sdk(sdk, call, stream, http2, &[format!("Write to {address} today.")]);
        let expected = Heard::Answer("You wrote: Write to [REDACTED:EMAIL] today.".to_owned());
        assert_eq!(heard, [expected], "{sdk:?} {call}");
    }
    assert!(stage.fake.saw(&address));
}

#[test]
fn a_rejected_answer_is_an_error_of_the_sdk() {
    let stage = stage(
        "guards-reject",
        "response-guard",
        "{response-guard: {leaks: [{detector: \"personal/email\", action: reject}]}}",
    );
    let address = values::email(&mut Random::from_env());
    for (sdk, call, stream, http2) in CALLS {
        let heard = stage.sdk(sdk, call, stream, http2, &[format!("Write to {address} today.")]);
        let Heard::Raised { message, .. } = &heard[0] else {
            panic!("{sdk:?} {call}: {heard:?}");
        };
        assert!(!message.contains(&address), "{sdk:?} {call}: {message}");
    }
}
