//! The end of the pipes at which rules run.

use std::io::{self, BufRead, Write};

use weir_policy::{RegoEngine, RegoFailure, RegoLimits, RegoRules, Source};

use crate::Rego;
use crate::confine;
use crate::message::{Reply, Request, SLOTS};

/// Answers requests until there are no more, within limits that hold this whole process: nothing else may run in it.
///
/// # Errors
/// The other end is gone, or does not keep to the form.
pub fn serve(requests: impl BufRead, mut replies: impl Write) -> io::Result<()> {
    confine::leave_no_traces();
    let mut slots: [Option<Loaded>; SLOTS] = Default::default();
    for line in requests.lines() {
        let reply = match serde_json::from_str(&line?)? {
            Request::Load { slot, modules, limits } => match slots.get_mut(slot) {
                Some(slot) => load(&modules, limits, slot),
                None => Reply::Failed(RegoFailure::Failed),
            },
            Request::Ask { slot, package, input } => match slots.get(slot) {
                Some(Some((rules, limits))) => ask(rules.as_ref(), *limits, package, &input),
                _ => Reply::Failed(RegoFailure::Failed),
            },
        };
        let mut line = serde_json::to_vec(&reply)?;
        line.push(b'\n');
        replies.write_all(&line)?;
        replies.flush()?;
    }
    Ok(())
}

type Loaded = (Box<dyn RegoRules>, RegoLimits);

fn load(modules: &[String], limits: RegoLimits, slot: &mut Option<Loaded>) -> Reply {
    // Faults name modules by their numbers.
    let modules: Vec<Source> = modules.iter().map(|text| Source::new("", text.as_str())).collect();
    *slot = None;
    match Rego.compile(&modules, limits) {
        Ok(rules) => Reply::Loaded(slot.insert((rules, limits)).0.packages().to_vec()),
        Err(faults) => Reply::Faults(faults),
    }
}

fn ask(rules: &dyn RegoRules, limits: RegoLimits, package: usize, input: &serde_json::Value) -> Reply {
    let held = confine::hold(limits.memory);
    let asked = rules.ask(package, input);
    drop(held);
    match asked {
        Ok(asked) => Reply::Asked(asked),
        Err(failure) => Reply::Failed(failure),
    }
}
