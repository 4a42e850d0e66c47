//! Rules in Rego.
//!
//! Neighbours: the agent hands [`RegoProcess`] to `core/policy`, which compiles the modules of packs with it and asks them
//! about messages; `weir rego` runs [`serve`] at the other end of its pipes. It must not know what a pack is, nor what
//! becomes of what is asked.
//!
//! ```text
//! core/policy ─ RegoProcess ═ pipe ═ serve ─ Rego: modules ─ parsed ─ functions looked through ─ run ─ what is asked for
//! ```
//!
//! A rule is a function of its input: functions that ask the clock, the network or chance are refused, and so are those of
//! which one step can make much out of little. Steps are counted, so that the same input takes as much on every machine.
//! Steps are not all alike, though: values share their parts, and to print or compare a small one can take a machine's
//! memory, or its lifetime. So rules run in a process that the system holds to its limits, and that may end.

mod answer;
mod confine;
mod functions;
mod message;
mod module;
mod process;
mod program;
mod serve;

use regorus::Engine;
use weir_policy::{RegoEngine, RegoFault, RegoLimits, RegoRules, Source};

use module::Parsed;
use program::Programs;

pub use confine::{hold_memory, hold_process, leave_no_traces};
pub use process::RegoProcess;
pub use serve::serve;

/// The engine, in this process. It counts steps; time and memory are the process's to hold.
#[derive(Clone, Copy, Debug, Default)]
pub struct Rego;

impl RegoEngine for Rego {
    fn compile(&self, modules: &[Source], limits: RegoLimits) -> Result<Box<dyn RegoRules>, Vec<RegoFault>> {
        let mut engine = Engine::new();
        let mut faults = Vec::new();
        let mut parsed = Vec::new();
        for (number, source) in modules.iter().enumerate() {
            match Parsed::read(&mut engine, number, &source.text) {
                Ok(module) => parsed.push(module),
                Err(fault) => faults.push(fault),
            }
            faults.extend(functions::wide_formats(number, &source.text));
        }
        if !faults.is_empty() {
            return Err(faults);
        }
        let programs = Programs::compile(&mut engine, modules, &parsed, limits).map_err(|fault| vec![fault])?;
        Ok(Box::new(programs))
    }
}
