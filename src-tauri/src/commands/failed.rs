//! Why something was not done, as pages show it.

use serde_json::Value;
use weir_ipc::{AskError, ConnectError};
use weir_wire::{AskFailed, Refusal};

use crate::controller::Words;
use crate::programs::RunError;

/// A failure with a title and a text of the user's language.
pub(crate) fn failed(code: &str, (title, text): (&str, &str)) -> AskFailed {
    AskFailed {
        code: code.to_owned(),
        title: title.to_owned(),
        text: text.to_owned(),
    }
}

/// There is nobody to ask.
pub(crate) fn not_connected(words: &Words, error: &ConnectError) -> AskFailed {
    match error {
        ConnectError::Ask(error) => not_answered(words, error),
        ConnectError::NotOurs(_) => failed("not_ours", (words.not_ours, words.no_agent.1)),
        ConnectError::NotRunning(_) | ConnectError::Io { .. } => failed("offline", words.no_agent),
    }
}

/// There is no answer that can be used, or the agent says no.
pub(crate) fn not_answered(words: &Words, error: &AskError) -> AskFailed {
    match error {
        AskError::Refused(Refusal::ClientTooOld { .. } | Refusal::AgentTooOld { .. } | Refusal::UnknownRequest) => {
            failed("other_version", words.other_version)
        }
        AskError::Refused(Refusal::Override { reason, why }) => {
            failed(&format!("override.{}", reason.as_str()), (words.refused, why))
        }
        AskError::Refused(refusal) => failed(&code(refusal), (words.refused, &refusal.to_string())),
        AskError::Broken(_) | AskError::TooSlow | AskError::Unreadable => failed("broken", words.broken),
    }
}

/// The program `weir` did not do it.
pub(crate) fn not_run(words: &Words, error: &RunError) -> AskFailed {
    match error {
        RunError::NotFound | RunError::NotRun => failed("no_program", words.no_program),
        RunError::Failed(said) => failed("program", (words.program_failed, said)),
    }
}

/// The refusal's name on the wire.
fn code(refusal: &Refusal) -> String {
    let value = serde_json::to_value(refusal).unwrap_or_default();
    value
        .get("refusal")
        .and_then(Value::as_str)
        .unwrap_or("refused")
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::{not_answered, not_connected, not_run};
    use crate::controller::Tongue;
    use crate::programs::RunError;
    use weir_ipc::{AskError, ConnectError};
    use weir_wire::{NotLifted, Refusal};

    #[test]
    fn each_failure_has_a_code_and_says_what_to_do() {
        let words = Tongue::De.words();
        let held = AskError::Refused(Refusal::Held {
            why: "policy says no".to_owned(),
        });
        let code = AskError::Refused(Refusal::Override {
            reason: NotLifted::TooMany,
            why: "five were wrong".to_owned(),
        });
        for (failed, code) in [
            (not_answered(words, &held), "held"),
            (not_answered(words, &code), "override.too_many"),
            (
                not_answered(words, &AskError::Refused(Refusal::NoSuchHeld)),
                "no_such_held",
            ),
            (
                not_answered(words, &AskError::Refused(Refusal::UnknownRequest)),
                "other_version",
            ),
            (not_answered(words, &AskError::TooSlow), "broken"),
            (
                not_connected(words, &ConnectError::NotRunning("socket".into())),
                "offline",
            ),
            (not_run(words, &RunError::NotFound), "no_program"),
            (not_run(words, &RunError::Failed("no server".to_owned())), "program"),
        ] {
            assert_eq!(failed.code, code);
            assert!(!failed.title.is_empty() && !failed.text.is_empty(), "{code}");
        }
    }
}
