//! Rules in Rego.
//!
//! Neighbours: the agent hands [`Rego`] to `core/policy`, which compiles the modules of packs with it and asks them about
//! messages. It must not know what a pack is, nor what becomes of what is asked.
//!
//! ```text
//! modules ─ parsed ─ functions looked through ─ program for each package ─ run, step by step ─ what it asks for
//! ```
//!
//! A rule is a function of its input: functions that ask the clock, the network or chance are refused, and so are those of
//! which one step can make much out of little. Steps and bytes are counted, so that the same input takes as much on every
//! machine; the bytes are those that were asked for, whether they were given back or not. They can be counted by the
//! allocator alone, which is why this is no part of core: with this crate, the program runs on mimalloc.

mod answer;
mod functions;
mod module;
mod program;

use regorus::Engine;
use weir_policy::{RegoEngine, RegoFault, RegoLimits, RegoRules, Source};

use module::Parsed;
use program::Programs;

/// The engine.
#[derive(Clone, Copy, Debug, Default)]
pub struct Rego;

/// No evaluation may drive the whole process beyond this: the net under the limit of each, which is looked at after a step.
const WHOLE_PROCESS: u64 = 4 << 30;

impl RegoEngine for Rego {
    fn compile(&self, modules: &[Source], limits: RegoLimits) -> Result<Box<dyn RegoRules>, Vec<RegoFault>> {
        regorus::set_global_memory_limit(Some(WHOLE_PROCESS));
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
