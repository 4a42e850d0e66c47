//! What the agent does for the admin server it is enrolled with.

use std::sync::Arc;

use weir_fleet::{Answers as Said, ExceptionAnswers, Machine, SearchKey, Standing};
use weir_model::chain;
use weir_sync::{Agent, Identity, Link, NotTaken};

use crate::clock;
use crate::desk::Desk;

/// Keeps in touch with the server; waits for ever where there is none.
pub(crate) async fn follow(identity: Option<Identity>, desk: &Arc<Desk>) {
    let Some(identity) = identity else {
        return std::future::pending().await;
    };
    let seat = Arc::new(Seat(Arc::clone(desk)));
    Link::new(identity, desk.store(), seat).run().await;
}

/// What this machine says of itself.
#[must_use]
pub(crate) fn machine() -> Machine {
    Machine {
        name: crate::os::device_name().unwrap_or_default(),
        platform: std::env::consts::OS.to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
    }
}

/// The desk, as the server's side sees it.
struct Seat(Arc<Desk>);

impl Agent for Seat {
    fn standing(&self) -> Standing {
        let policy = self.0.policy_in_force();
        Standing {
            now: clock::now(),
            machine: machine(),
            bundle: policy.bundle.number,
            digest: policy.bundle.digest,
            order: self.0.last_order(),
            refused: None,
            refused_bundle: None,
            overrides: self.0.overrides(),
        }
    }

    fn take_bundle(&self, bundle: &[u8]) -> Result<(), NotTaken> {
        self.0.install(bundle).map_err(|error| NotTaken {
            why: chain(&error),
            passes: error.passes(),
        })
    }

    fn held_bundle(&self) -> Option<Vec<u8>> {
        self.0.held_bundle()
    }

    fn take_order(&self, order: &[u8]) -> Result<(), NotTaken> {
        self.0.take_order(order).map_err(|error| NotTaken {
            why: chain(&error),
            passes: error.passes(),
        })
    }

    fn take_fresh(&self, statement: &[u8]) -> Result<bool, String> {
        self.0.take_fresh(statement)
    }

    fn take_exceptions(&self, answers: &ExceptionAnswers) -> Result<(), String> {
        self.0.take_exceptions(answers).map_err(|error| chain(&error))
    }

    fn take_answers(&self, answers: Said) {
        self.0.take_answers(answers);
    }

    fn take_search_key(&self, key: &SearchKey) {
        self.0.take_search_key(key);
    }

    fn heard(&self) {
        self.0.heard();
    }

    fn remark(&self, code: &'static str, text: String) {
        self.0.note(code, text);
    }
}
