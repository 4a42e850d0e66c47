//! The detectors in force: the built-in ones with those of a pack.

use std::sync::Arc;

use weir_detect::{Columns, Custom, Part, Recogniser, Scanner};
use weir_model::CustomDetector;
use weir_policy::{Compiled, Diagnostic, Diagnostics};

/// The detectors of a compiled pack, tried on their examples, with the voices it brings. Which of two that claim the same
/// bytes stays is up to the levels the pack gives them.
///
/// # Errors
/// When a detector of the pack cannot be compiled or does not do what its examples say.
pub fn scanner(compiled: &Compiled, mut voices: Vec<Arc<dyn Recogniser>>) -> Result<Scanner, Diagnostics> {
    if let Some(columns) = Columns::new(compiled.sheet_columns().to_vec()) {
        voices.push(Arc::new(columns));
    }
    let described: Vec<CustomDetector> = compiled.custom().cloned().collect();
    if described.is_empty() && voices.is_empty() {
        return Ok(Scanner::builtin());
    }
    let levels = compiled.policy.levels().clone();
    let weigh = move |data_type: &_, confidence| levels.of_match(data_type, confidence) as u8;
    match Custom::new(&described, Box::new(weigh)) {
        Ok(custom) => Ok(Scanner::builtin().with(custom.with(voices))),
        Err(faults) => {
            let said = faults.into_iter().filter_map(|fault| {
                let (key, number) = place(fault.part);
                compiled.custom_fault(fault.detector, key, number, fault.message)
            });
            Err(Diagnostics(said.collect::<Vec<Diagnostic>>()))
        }
    }
}

fn place(part: Part) -> (&'static str, usize) {
    match part {
        Part::Pattern => ("pattern", 0),
        Part::Group => ("group", 0),
        Part::Words => ("words", 0),
        Part::Example(number) => ("examples", number),
        Part::CounterExample(number) => ("counter_examples", number),
    }
}
