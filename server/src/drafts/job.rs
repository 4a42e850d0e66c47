//! The process that tries packs out: what it is asked, and how it answers. It is this program again, with nothing of the
//! server's in it, held to so much memory and time: a pack can end it, and nothing else.

use super::checks::{Checks, Outcome, Severity};
use super::texts::digest_of;
use serde::{Deserialize, Serialize};
use std::io::{self, BufRead, Write};
use weir_assembly::{Engines, LoadError, compare, compile_texts, texts_of};
use weir_audit::{DecisionRecord, Record};
use weir_bundle::Contents;
use weir_model::chain;
use weir_policy::Policy;
use weir_rego::Rego;
use weir_wire::DryRun;

/// What is asked: the first line of the input.
#[derive(Serialize, Deserialize)]
pub(super) enum Job {
    /// What a revision is worth.
    Check {
        /// With everything around it.
        contents: Box<Contents>,
        /// What it is compared with.
        before: Box<Contents>,
    },
    /// What it would have decided: records follow, a line each.
    DryRun {
        /// With everything around it.
        contents: Box<Contents>,
    },
}

/// Bytes that are its own beside what it starts with.
const MEMORY: u64 = 1 << 30;
/// Seconds of the processor's time.
pub(super) const SECONDS: u64 = 90;

/// Does one job.
///
/// # Errors
/// The other end is gone, or does not keep to the form.
pub fn serve(mut input: impl BufRead, mut output: impl Write) -> io::Result<()> {
    weir_rego::hold_process(MEMORY, SECONDS);
    let mut line = String::new();
    input.read_line(&mut line)?;
    match serde_json::from_str(&line)? {
        Job::Check { contents, before } => serde_json::to_writer(&mut output, &check(&contents, &before))?,
        Job::DryRun { contents } => serde_json::to_writer(&mut output, &dry_run(&contents, input))?,
    }
    output.write_all(b"\n")?;
    output.flush()
}

const ENGINES: Engines<'static> = Engines {
    rego: &Rego,
    names: &weir_ner::Models,
};

fn check(contents: &Contents, before: &Contents) -> Outcome<Checks> {
    let checked = match weir_assembly::check(contents, ENGINES) {
        Ok(checked) => checked,
        Err(error) => return Outcome::Failed(chain(&error)),
    };
    // With errors there is nothing to compare.
    let after = compile_texts(&texts_of(contents), ENGINES.rego).ok();
    let after = after.map(|(compiled, _)| weir_assembly::named_by_files(compiled, contents).0);
    let comparison = match &after {
        None => None,
        Some(after) => match policy(before) {
            Ok(before) => Some(compare(&before, &after.policy).into()),
            Err(error) => return Outcome::Failed(format!("the bundle before cannot be used: {}", chain(&error))),
        },
    };
    let diagnostics: Vec<_> = checked.diagnostics.into_iter().map(super::Found::from).collect();
    let wrong = diagnostics.iter().any(|found| found.severity == Severity::Error);
    Outcome::Found(Checks {
        contents: Some(digest_of(contents)),
        runs: !wrong && after.is_some() && weir_assembly::failed(&checked.results) == 0,
        name: after.as_ref().map(|after| after.policy.name().to_owned()),
        files: after.as_ref().map(weir_assembly::files).unwrap_or_default(),
        diagnostics,
        tests: checked.results.into_iter().map(super::TestRun::from).collect(),
        mutation: checked.mutation.map(super::Mutated::from),
        comparison,
    })
}

/// As a device would: named by its files as well.
fn policy(contents: &Contents) -> Result<Policy, LoadError> {
    let (compiled, _) = compile_texts(&texts_of(contents), ENGINES.rego)?;
    Ok(weir_assembly::named_by_files(compiled, contents).0.policy)
}

fn dry_run(contents: &Contents, records: impl BufRead) -> Outcome<DryRun> {
    let policy = match policy(contents) {
        Ok(policy) => policy,
        Err(error) => return Outcome::Failed(chain(&error)),
    };
    let records = records.lines().map(|line| {
        let record: DecisionRecord = serde_json::from_str(&line?)?;
        Ok::<_, io::Error>(Record::Decision(Box::new(record)))
    });
    Outcome::Found(weir_assembly::dry_run(records, &policy))
}
