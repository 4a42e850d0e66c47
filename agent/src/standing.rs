//! How the log stands, as the status tells it.

use weir_model::Action;
use weir_store::{IndexState, Store};
use weir_wire::{Counts, Problem, Severity};

/// Decisions since the agent came up.
pub(crate) fn counts(store: &Store, tunnelled: u64) -> Counts {
    let of = |action: Action| store.decisions(action);
    Counts {
        judged: Action::ALL.into_iter().map(of).sum(),
        allowed: of(Action::Allow),
        warned: of(Action::Warn),
        pseudonymised: of(Action::Pseudonymise),
        redacted: of(Action::Redact),
        blocked: of(Action::Block),
        tunnelled,
    }
}

pub(crate) fn problems(store: &Store) -> Vec<Problem> {
    let health = store.health();
    let mut problems = Vec::new();
    let mut add = |code: &str, severity, title: &str, text: String| {
        problems.push(Problem {
            code: code.to_owned(),
            title: title.to_owned(),
            severity,
            text,
        });
    };
    if !health.damage.is_empty() {
        let text = format!(
            "{} damaged place(s) were found when the log was opened. `weir audit verify` names them.",
            health.damage.len()
        );
        add("audit.damage", Severity::Error, "The audit log is damaged", text);
    }
    if health.at_quota {
        let text = "The server has not received what stands in it, so nothing may be removed. Messages to AI services are refused until it is reached.".to_owned();
        add(
            "audit.quota",
            Severity::Error,
            "The audit log is as large as it may be",
            text,
        );
    } else if health.failing {
        let text =
            "Messages to AI services are refused until the log can be written again. Look at the disk.".to_owned();
        add(
            "audit.failing",
            Severity::Error,
            "The audit log cannot be written",
            text,
        );
    } else if health.reserves < 2 {
        let text = "The log has used part of its reserve. Free some disk space.".to_owned();
        add("audit.space", Severity::Warning, "The disk is nearly full", text);
    }
    if health.index == IndexState::Unavailable {
        let text =
            "Queries read the whole log and are slower. Nothing is lost; it is rebuilt when there is space.".to_owned();
        add(
            "index.unavailable",
            Severity::Warning,
            "The audit index cannot be used",
            text,
        );
    }
    problems
}
