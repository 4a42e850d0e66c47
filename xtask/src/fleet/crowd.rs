//! The process with the laptops in it.

use crate::shell::Outcome;
use serde_json::Value;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

/// It runs until this is dropped or its work is done.
pub(super) struct Crowd {
    child: Child,
    lines: BufReader<ChildStdout>,
}

impl Crowd {
    pub(super) fn start(binary: &Path, arguments: &[&str]) -> Outcome<Self> {
        let mut command = Command::new(binary);
        let mut child = command
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let lines = BufReader::new(child.stdout.take().ok_or("no output")?);
        Ok(Self { child, lines })
    }

    /// What it says next.
    pub(super) fn hear(&mut self) -> Outcome<Value> {
        let mut line = String::new();
        if self.lines.read_line(&mut line)? == 0 {
            return Err("the laptops are gone".into());
        }
        let said: Value = serde_json::from_str(&line)?;
        match said.get("error") {
            Some(error) => Err(format!("the laptops failed: {error}").into()),
            None => Ok(said),
        }
    }

    /// Asks it something.
    pub(super) fn ask(&mut self, question: &str) -> Outcome<Value> {
        let input = self.child.stdin.as_mut().ok_or("no input")?;
        writeln!(input, "{question}")?;
        self.hear()
    }
}

impl Drop for Crowd {
    fn drop(&mut self) {
        // It keeps nothing; one that ended by itself cannot be killed.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
