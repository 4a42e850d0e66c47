//! What can be wrong on a machine, one [`Check`] each, in one table.
//!
//! ```text
//! cli/doctor -> Scene (what there is to look at) -> each Check: look -> Finding
//!                                                   └ change -> setup's Steps: fix applies them, undo takes them back
//! ```
//!
//! A check looks and says; what changes the machine is a [`Step`] of `setup`. It must not know how anything is judged.

mod browsers;
mod machine;
mod ours;
mod programs;
mod scene;
mod surroundings;
mod trust;

pub use scene::Scene;
pub use weir_wire::CheckState;

use crate::setup::{Done, State, Step, StepError, install, uninstall};

/// One thing that can be wrong.
pub struct Check {
    /// Stable name, for `--fix NAME`.
    pub name: &'static str,
    /// What is as it should be when it is well.
    pub title: &'static str,
    look: fn(&Scene<'_>) -> Finding,
    change: Option<Change>,
}

/// How a check is mended, and how that is taken back.
struct Change {
    fix: &'static str,
    undo: &'static str,
    steps: fn(&Scene<'_>) -> Vec<Box<dyn Step>>,
}

/// What a check has found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// How it stands.
    pub health: CheckState,
    /// In one sentence or two, with what to do where nothing can be done from here.
    pub found: String,
}

/// A check, and what is to be told of it.
pub struct Row {
    /// Which.
    pub check: &'static Check,
    /// What was found.
    pub finding: Finding,
    /// What `--fix` would do now.
    pub fix: Option<&'static str>,
    /// What `--undo` would do now.
    pub undo: Option<&'static str>,
}

impl Finding {
    fn ok(found: impl Into<String>) -> Self {
        Self::of(CheckState::Ok, found)
    }

    fn warning(found: impl Into<String>) -> Self {
        Self::of(CheckState::Warning, found)
    }

    fn failed(found: impl Into<String>) -> Self {
        Self::of(CheckState::Failed, found)
    }

    fn skipped(found: impl Into<String>) -> Self {
        Self::of(CheckState::Skipped, found)
    }

    fn of(health: CheckState, found: impl Into<String>) -> Self {
        Self {
            health,
            found: found.into(),
        }
    }
}

/// Every check, in the order they are told: what is broken first breaks what comes after it.
pub const CHECKS: &[Check] = &[
    ours::ANSWERS,
    ours::VERSION,
    ours::POLICY,
    ours::FRESHNESS,
    ours::SERVER,
    ours::CLOCK,
    ours::AUTHORITY,
    ours::AUDIT,
    ours::DISK,
    ours::KEYS,
    trust::SYSTEM,
    trust::CHROMIUM,
    trust::FIREFOX,
    trust::JAVA,
    browsers::PAC_CHROMIUM,
    browsers::PAC_FIREFOX,
    browsers::OTHERS,
    browsers::QUIC,
    browsers::ECH,
    browsers::DNS,
    programs::NODE,
    programs::DENO,
    programs::REQUESTS,
    programs::PYTHON,
    programs::PIP,
    programs::GIT,
    programs::CURL,
    programs::CARGO,
    programs::AWS,
    surroundings::SHELL_PROXY,
    surroundings::NO_PROXY,
    surroundings::DOCKER,
    surroundings::OTHER_PROXY,
    surroundings::VPN,
    machine::SESSION,
    machine::TRAY,
];

/// The check of that name.
#[must_use]
pub fn named(name: &str) -> Option<&'static Check> {
    CHECKS.iter().find(|check| check.name == name)
}

impl Check {
    /// Looks, and says what could be done.
    #[must_use]
    pub fn row(&'static self, scene: &Scene<'_>) -> Row {
        let finding = (self.look)(scene);
        let steps = self
            .change
            .as_ref()
            .map_or_else(Vec::new, |change| (change.steps)(scene));
        let states: Vec<State> = steps
            .iter()
            .filter_map(|step| step.verify(scene.commands).ok())
            .collect();
        let is_ill = finding.health >= CheckState::Warning;
        let can_fix = states
            .iter()
            .any(|state| matches!(state, State::Absent | State::Partial));
        let can_undo = states
            .iter()
            .any(|state| matches!(state, State::Present | State::Partial));
        let change = self.change.as_ref();
        Row {
            check: self,
            finding,
            fix: change.filter(|_| is_ill && can_fix).map(|change| change.fix),
            undo: change.filter(|_| can_undo).map(|change| change.undo),
        }
    }

    /// Carries out what mends it; one result a step.
    pub fn fix(&self, scene: &Scene<'_>) -> Vec<(String, Result<Done, StepError>)> {
        self.each(scene, install)
    }

    /// Takes back what mends it.
    pub fn undo(&self, scene: &Scene<'_>) -> Vec<(String, Result<Done, StepError>)> {
        self.each(scene, uninstall)
    }

    fn each(&self, scene: &Scene<'_>, way: Way) -> Vec<(String, Result<Done, StepError>)> {
        let steps = self
            .change
            .as_ref()
            .map_or_else(Vec::new, |change| (change.steps)(scene));
        let carried_out = steps.iter().map(|step| (step.describe(), way(&**step, scene.commands)));
        carried_out.collect()
    }
}

type Way = fn(&dyn Step, &dyn crate::setup::Commands) -> Result<Done, StepError>;

#[cfg(test)]
mod tests {
    use super::CHECKS;
    use std::collections::BTreeSet;

    #[test]
    fn every_check_has_a_name_of_its_own_that_can_be_typed() {
        let names: BTreeSet<&str> = CHECKS.iter().map(|check| check.name).collect();
        assert_eq!(names.len(), CHECKS.len());
        assert!(CHECKS.len() >= 20);
        let plain = |name: &str| name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-');
        assert!(names.iter().all(|name| plain(name)), "{names:?}");
    }
}
