//! Compiled packages, and their evaluation within limits.

use std::sync::Arc;

use parking_lot::Mutex;
use regorus::languages::rego::compiler::Compiler;
use regorus::rvm::Program;
use regorus::rvm::vm::{ExecutionMode, RegoVM, VmError};
use regorus::{Engine, Rc, Value};
use serde_json::Value as Json;
use weir_policy::{RegoFailure, RegoFault, RegoLimits, RegoPackage, RegoRules, Source};

use crate::answer;
use crate::functions;
use crate::module::{Parsed, fault_of, place_of};

/// A program for each package that asks.
pub(crate) struct Programs {
    packages: Vec<RegoPackage>,
    programs: Vec<Arc<Program>>,
    limits: RegoLimits,
    /// The machine that was used last, by package: making one takes longer than most rules do.
    idle: Vec<Mutex<Option<RegoVM>>>,
}

impl Programs {
    pub(crate) fn compile(
        engine: &mut Engine,
        modules: &[Source],
        parsed: &[Parsed],
        limits: RegoLimits,
    ) -> Result<Self, RegoFault> {
        let packages = packages(parsed)?;
        let mut programs = Vec::new();
        for package in &packages {
            let entry: Rc<str> = format!("data.{}.ask", package.name).into();
            let compiled = engine
                .compile_with_entrypoint(&entry)
                .map_err(|error| fault_of(&error, package.module))?;
            let program = Compiler::compile_from_policy(&compiled, &[entry.as_ref()])
                .map_err(|error| at_its_function(fault_of(&error, package.module), modules))?;
            refuse_functions(&program, package, modules)?;
            programs.push(program);
        }
        Ok(Self {
            idle: packages.iter().map(|_| Mutex::default()).collect(),
            packages,
            programs,
            limits,
        })
    }

    fn machine(&self, package: usize) -> RegoVM {
        if let Some(machine) = self.idle[package].lock().take() {
            return machine;
        }
        let mut machine = RegoVM::new();
        machine.set_max_instructions(self.limits.steps as usize);
        // The other mode calls itself for every call of a rule, and a rule without an end would end the process.
        machine.set_execution_mode(ExecutionMode::Suspendable);
        machine.load_program(self.programs[package].clone());
        machine
    }
}

impl RegoRules for Programs {
    fn packages(&self) -> &[RegoPackage] {
        &self.packages
    }

    fn ask(&self, package: usize, input: &Json) -> Result<Json, RegoFailure> {
        let mut machine = self.machine(package);
        machine.set_input(Value::from(input.clone()));
        // After a failure the machine is not used again: what it holds then is nobody's promise.
        let asked = machine.execute().map_err(|error| failure(&error))?;
        let asked = answer::read(&asked)?;
        *self.idle[package].lock() = Some(machine);
        Ok(asked)
    }
}

fn failure(error: &VmError) -> RegoFailure {
    match error {
        VmError::InstructionLimitExceeded { .. } | VmError::TimeLimitExceeded { .. } => RegoFailure::Steps,
        VmError::RegexSizeLimitExceeded { .. } => RegoFailure::Memory,
        _ => RegoFailure::Failed,
    }
}

/// The packages that ask, each once, in the order of their modules.
fn packages(parsed: &[Parsed]) -> Result<Vec<RegoPackage>, RegoFault> {
    let mut packages: Vec<RegoPackage> = Vec::new();
    for (module, read) in parsed.iter().enumerate() {
        let Some(line) = read.asks else { continue };
        if !packages.iter().any(|known| known.name == read.package) {
            packages.push(RegoPackage {
                name: read.package.clone(),
                module,
                line,
            });
        }
    }
    match packages.is_empty() {
        false => Ok(packages),
        true => Err(RegoFault {
            module: 0,
            line: 1,
            column: 1,
            message: "no module has a rule `ask`: `ask contains {\"action\": \"block\", \"message\": \"…\"} if …`"
                .to_owned(),
        }),
    }
}

fn refuse_functions(program: &Program, package: &RegoPackage, modules: &[Source]) -> Result<(), RegoFault> {
    for function in &program.builtin_info_table {
        let Some(message) = functions::refusal(&function.name) else {
            continue;
        };
        let place = place_of_function(&function.name, modules);
        let (module, (line, column)) = place.unwrap_or((package.module, (package.line, 1)));
        return Err(RegoFault {
            module,
            line,
            column,
            message,
        });
    }
    Ok(())
}

/// The first place at which a function is named.
fn place_of_function(name: &str, modules: &[Source]) -> Option<(usize, (u32, u32))> {
    modules.iter().enumerate().find_map(|(number, source)| {
        let at = source.text.find(name)?;
        Some((number, place_of(&source.text, at)))
    })
}

/// Of some functions the engine does not say where they are called.
fn at_its_function(fault: RegoFault, modules: &[Source]) -> RegoFault {
    let named = fault
        .message
        .split('`')
        .nth(1)
        .filter(|_| (fault.line, fault.column) == (1, 1));
    match named.and_then(|name| place_of_function(name, modules)) {
        Some((module, (line, column))) => RegoFault {
            module,
            line,
            column,
            ..fault
        },
        None => fault,
    }
}
