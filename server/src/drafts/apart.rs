//! Starts the process that tries packs out, and waits for it as long as it may take.

use super::job::{Job, SECONDS};
use serde::de::DeserializeOwned;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, ChildStdin, Command};
use tokio::sync::mpsc;
use weir_model::chain;

/// This program, as another process starts it.
#[derive(Clone, Debug)]
pub struct Apart {
    program: PathBuf,
}

/// The process holds itself to its share of the processor; this is for the systems on which it cannot, and for a machine with
/// much else to do.
const WALL: Duration = Duration::from_secs(2 * SECONDS);
/// Bytes of an answer. Lists in it are bounded: what is longer is none.
const LONGEST: u64 = 16 << 20;

/// Name of the command that does one job.
pub(crate) const COMMAND: &str = "policy-check";

/// No answer. For people.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum NoAnswer {
    #[error("it takes too long")]
    Time,
    #[error("it takes too much memory")]
    Memory,
    #[error("the process that tries packs out could not be started")]
    Start,
    #[error("the process that tries packs out gave no answer")]
    Answer,
}

impl Apart {
    /// The program at this path, which must be this one.
    #[must_use]
    pub fn new(program: &Path) -> Self {
        Self {
            program: program.to_owned(),
        }
    }

    /// Has a job done; `records` are its further lines.
    pub(super) async fn ask<T: DeserializeOwned>(
        &self,
        job: &Job,
        records: mpsc::Receiver<Vec<u8>>,
    ) -> Result<T, NoAnswer> {
        let mut line = serde_json::to_vec(job).map_err(|_| NoAnswer::Start)?;
        line.push(b'\n');
        let mut child = self.start()?;
        let answered = tokio::time::timeout(WALL, talk(&mut child, line, records)).await;
        let Ok(answer) = answered else {
            // Dropping it kills it.
            return Err(NoAnswer::Time);
        };
        let ended = child.wait().await.map_err(|_| NoAnswer::Answer)?;
        match serde_json::from_slice(&answer) {
            Ok(answer) if ended.success() => Ok(answer),
            _ => Err(why_it_ended(ended)),
        }
    }

    fn start(&self) -> Result<Child, NoAnswer> {
        let mut command = Command::new(&self.program);
        // Neither what stands in the environment nor the directory goes along; what an aborted process says is no message.
        command
            .arg(COMMAND)
            .env_clear()
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true);
        #[cfg(windows)]
        if let Some(root) = std::env::var_os("SystemRoot") {
            command.env("SystemRoot", root);
        }
        command.spawn().map_err(|error| {
            tracing::error!(
                error = chain(&error),
                "the process that tries packs out cannot be started"
            );
            NoAnswer::Start
        })
    }
}

/// Writes and reads at once: neither end waits for the other.
async fn talk(child: &mut Child, line: Vec<u8>, records: mpsc::Receiver<Vec<u8>>) -> Vec<u8> {
    let (input, output) = (child.stdin.take(), child.stdout.take());
    let mut answer = Vec::new();
    let read = async {
        if let Some(output) = output {
            // What came until it ended is looked at in any case.
            let _ = output.take(LONGEST).read_to_end(&mut answer).await;
        }
    };
    tokio::join!(write(input, line, records), read);
    answer
}

/// A process that has ended reads no more: what it says of that is looked at when it is waited for.
async fn write(input: Option<ChildStdin>, line: Vec<u8>, mut records: mpsc::Receiver<Vec<u8>>) {
    let Some(mut input) = input else { return };
    if input.write_all(&line).await.is_err() {
        return;
    }
    while let Some(record) = records.recv().await {
        if input.write_all(&record).await.is_err() || input.write_all(b"\n").await.is_err() {
            return;
        }
    }
}

/// It was ended for its time, or aborted because it got no more memory, be it heap or stack.
#[cfg(unix)]
fn why_it_ended(status: ExitStatus) -> NoAnswer {
    use rustix::process::Signal;
    let signal = std::os::unix::process::ExitStatusExt::signal(&status);
    match signal.and_then(Signal::from_named_raw) {
        Some(Signal::XCPU) => NoAnswer::Time,
        Some(Signal::ABORT | Signal::SEGV) => NoAnswer::Memory,
        _ => NoAnswer::Answer,
    }
}

#[cfg(not(unix))]
fn why_it_ended(_: ExitStatus) -> NoAnswer {
    NoAnswer::Answer
}
