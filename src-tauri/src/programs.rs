//! The program `weir`: beside this one, or on the path. Where it is never comes from a message.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use serde::de::DeserializeOwned;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};
use tokio::process::Child;
use weir_ipc::{MACHINE_SOCKET, MACHINE_STATE};

/// The program, where there is one, and the state directory it is told.
#[derive(Clone)]
pub(crate) struct Programs {
    weir: Option<PathBuf>,
    state: Option<PathBuf>,
}

/// Nothing came of it.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RunError {
    /// There is no such program.
    #[error("the program `weir` was not found")]
    NotFound,
    /// The system does not run it, or it took too long.
    #[error("the program `weir` did not run to its end")]
    NotRun,
    /// It says so.
    #[error("{0}")]
    Failed(String),
}

/// Doctor and self-test are done in this time.
const PATIENCE: Duration = Duration::from_secs(60);
/// What it says of an error is cut here.
const LONGEST_SAYING: usize = 600;

impl Programs {
    /// Looks for it.
    pub(crate) fn find(state: Option<PathBuf>) -> Self {
        let name = format!("weir{}", env::consts::EXE_SUFFIX);
        let beside = env::current_exe().ok().and_then(|own| Some(own.parent()?.join(&name)));
        let path = env::var_os("PATH").unwrap_or_default();
        let on_path = env::split_paths(&path)
            .filter(|folder| folder.is_absolute())
            .map(|folder| folder.join(&name));
        Self {
            weir: beside.into_iter().chain(on_path).find(|path| path.is_file()),
            state,
        }
    }

    /// The state directory that was told.
    pub(crate) fn state(&self) -> Option<&Path> {
        self.state.as_deref()
    }

    /// True where the program is there, and no service of the machine is meant to be the agent.
    pub(crate) fn may_start_agent(&self) -> bool {
        let service = [
            "/lib/systemd/system/weir.service",
            "/Library/LaunchDaemons/weir.plist",
            MACHINE_STATE,
            MACHINE_SOCKET,
        ];
        let installed = self.state.is_none() && service.iter().any(|path| Path::new(path).exists());
        self.weir.is_some() && !installed && !cfg!(windows)
    }

    /// Starts the agent, which stays when this program ends.
    pub(crate) fn start_agent(&self) {
        let Ok(mut command) = self.command(&["agent"]) else {
            return;
        };
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let command = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        match command.spawn() {
            // Waited for, so that nothing is left of it in the table of processes.
            Ok(mut agent) => drop(std::thread::spawn(move || agent.wait())),
            Err(error) => tracing::warn!(%error, "the agent cannot be started"),
        }
    }

    /// Runs it, and reads the JSON that it prints. Exit status 1 says that something was found, and is no failure.
    ///
    /// # Errors
    /// When it is not there, fails, or prints something else.
    pub(crate) async fn json<T: DeserializeOwned>(&self, arguments: &[&str]) -> Result<T, RunError> {
        let printed = self.run(arguments).await?;
        serde_json::from_slice(&printed).map_err(|_| RunError::NotRun)
    }

    /// Runs it, and reads a line of JSON for each of many.
    ///
    /// # Errors
    /// When it is not there, fails, or prints something else.
    pub(crate) async fn json_lines<T: DeserializeOwned>(&self, arguments: &[&str]) -> Result<Vec<T>, RunError> {
        let printed = self.run(arguments).await?;
        let lines = serde_json::Deserializer::from_slice(&printed).into_iter();
        lines.collect::<Result<_, _>>().map_err(|_| RunError::NotRun)
    }

    /// Runs it, and hands on each line of JSON as soon as it is printed.
    ///
    /// # Errors
    /// When it is not there, fails before it prints anything, or prints something else.
    pub(crate) async fn each_line<T: DeserializeOwned>(
        &self,
        arguments: &[&str],
        each: impl FnMut(T),
    ) -> Result<(), RunError> {
        let mut command = tokio::process::Command::from(self.command(arguments)?);
        command.stdin(Stdio::null()).kill_on_drop(true);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let child = command.spawn().map_err(|_| RunError::NotRun)?;
        let run = tokio::time::timeout(PATIENCE, followed(child, each)).await;
        run.map_err(|_| RunError::NotRun)?
    }

    async fn run(&self, arguments: &[&str]) -> Result<Vec<u8>, RunError> {
        let mut command = tokio::process::Command::from(self.command(arguments)?);
        command.stdin(Stdio::null()).kill_on_drop(true);
        let output = tokio::time::timeout(PATIENCE, command.output()).await;
        let output = output.map_err(|_| RunError::NotRun)?.map_err(|_| RunError::NotRun)?;
        match output.status.code() {
            Some(0 | 1) if !output.stdout.is_empty() || output.status.success() => Ok(output.stdout),
            _ => Err(failed(&output.stderr)),
        }
    }

    fn command(&self, arguments: &[&str]) -> Result<Command, RunError> {
        let mut command = Command::new(self.weir.as_ref().ok_or(RunError::NotFound)?);
        command.args(arguments);
        if let Some(state) = &self.state {
            command.args([OsString::from("--state"), state.into()]);
        }
        Ok(command)
    }
}

/// Hands on what it prints, line by line, until it ends. What it says of errors is read beside it: a full pipe would stop it.
async fn followed<T: DeserializeOwned>(mut child: Child, mut each: impl FnMut(T)) -> Result<(), RunError> {
    let (Some(printed), Some(mut said)) = (child.stdout.take(), child.stderr.take()) else {
        return Err(RunError::NotRun);
    };
    let mut errors = Vec::new();
    let mut lines = BufReader::new(printed).lines();
    let mut printed_any = false;
    let reading = async {
        while let Some(line) = lines.next_line().await.map_err(|_| RunError::NotRun)? {
            printed_any = true;
            each(serde_json::from_str(&line).map_err(|_| RunError::NotRun)?);
        }
        Ok(())
    };
    let (read, _) = tokio::join!(reading, said.read_to_end(&mut errors));
    read?;
    let status = child.wait().await.map_err(|_| RunError::NotRun)?;
    match status.code() {
        Some(0 | 1) if printed_any || status.success() => Ok(()),
        _ => Err(failed(&errors)),
    }
}

/// What it says of its failure.
fn failed(errors: &[u8]) -> RunError {
    let said: String = String::from_utf8_lossy(errors).chars().take(LONGEST_SAYING).collect();
    RunError::Failed(said.trim().trim_start_matches("error: ").to_owned())
}

#[cfg(test)]
mod tests {
    use super::{Programs, RunError};

    fn shell(script: &str) -> (Programs, [String; 2]) {
        let programs = Programs {
            weir: Some("/bin/sh".into()),
            state: None,
        };
        (programs, ["-c".to_owned(), script.to_owned()])
    }

    async fn run(script: &str) -> Result<Vec<serde_json::Value>, RunError> {
        let (programs, arguments) = shell(script);
        programs.json_lines(&[&arguments[0], &arguments[1]]).await
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn what_it_found_is_an_answer_and_what_it_cannot_do_is_not() {
        assert_eq!(run("echo '{\"a\":1}'; echo 2; exit 1").await.unwrap().len(), 2);
        assert!(run("true").await.unwrap().is_empty());
        let failed = run("echo 'error: no server' >&2; exit 3").await;
        assert!(matches!(failed, Err(RunError::Failed(said)) if said == "no server"));
        assert!(matches!(run("echo no json").await, Err(RunError::NotRun)));
        let nowhere = Programs {
            weir: None,
            state: None,
        };
        assert!(matches!(nowhere.json::<u8>(&["doctor"]).await, Err(RunError::NotFound)));
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn a_line_is_handed_on_before_the_next_is_printed() {
        let dir = tempfile::tempdir().unwrap();
        let gate = dir.path().join("gate");
        // The second line comes only once somebody has seen the first.
        let script = format!(
            "echo 1; while ! [ -e {0} ]; do sleep 0.01; done; echo 2; exit 1",
            gate.display()
        );
        let (programs, arguments) = shell(&script);
        let mut seen = Vec::new();
        let each = |number: u8| {
            std::fs::write(&gate, b"").unwrap();
            seen.push(number);
        };
        programs.each_line(&[&arguments[0], &arguments[1]], each).await.unwrap();
        assert_eq!(seen, [1, 2]);
        let (programs, arguments) = shell("echo 'error: no agent' >&2; exit 3");
        let failed = programs.each_line(&[&arguments[0], &arguments[1]], |_: u8| {}).await;
        assert!(matches!(failed, Err(RunError::Failed(said)) if said == "no agent"));
        let (programs, arguments) = shell("echo no json");
        let failed = programs.each_line(&[&arguments[0], &arguments[1]], |_: u8| {}).await;
        assert!(matches!(failed, Err(RunError::NotRun)));
    }
}
