//! The program `weir-crowd` as a child process: many laptops, which say what happens to them in lines of JSON.

use crate::Server;
use serde_json::Value;
use std::io::{self, BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

/// Many laptops. They are there until this is dropped or their work is done.
#[derive(Debug)]
pub struct Crowd {
    child: Child,
    lines: BufReader<ChildStdout>,
}

impl Crowd {
    /// Enrols laptops of the group `staff` and keeps who they are in the file `out`; gives the seconds it took.
    ///
    /// # Errors
    /// The program cannot be started, or one of them was not enrolled.
    pub fn enrol(binary: &Path, server: &Server, devices: u32, out: &Path) -> io::Result<f64> {
        let count = devices.to_string();
        let token = server.ask(&["token", "create", "--group", "staff", "--uses", &count])?;
        let token = token.first().and_then(|token| token["token"].as_str());
        let token = token.ok_or_else(|| io::Error::other("the server gave no token"))?;
        let (address, authority) = (server.address().to_string(), server.authority().display().to_string());
        let out = out.display().to_string();
        let enrol = [
            "enrol",
            "--server",
            &address,
            "--authority",
            &authority,
            "--token",
            token,
        ];
        let mut crowd = Self::start(binary, &[&enrol[..], &["--devices", &count, "--out", &out]].concat())?;
        let said = crowd.hear()?;
        // The file is there when it has ended.
        match crowd.child.wait()?.success() && said["enrolled"] == devices {
            true => Ok(said["seconds"].as_f64().unwrap_or_default()),
            false => Err(io::Error::other("not all laptops were enrolled")),
        }
    }

    /// Starts it for what the arguments say.
    ///
    /// # Errors
    /// It cannot be started.
    pub fn start(binary: &Path, arguments: &[&str]) -> io::Result<Self> {
        let mut command = Command::new(binary);
        let mut child = command
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let lines = BufReader::new(child.stdout.take().ok_or_else(gone)?);
        Ok(Self { child, lines })
    }

    /// What it says next.
    ///
    /// # Errors
    /// It has ended, or says that it failed.
    pub fn hear(&mut self) -> io::Result<Value> {
        let mut line = String::new();
        if self.lines.read_line(&mut line)? == 0 {
            return Err(gone());
        }
        let said: Value = serde_json::from_str(&line)?;
        match said.get("error") {
            Some(error) => Err(io::Error::other(format!("the laptops failed: {error}"))),
            None => Ok(said),
        }
    }

    /// Asks it something.
    ///
    /// # Errors
    /// As [`Crowd::hear`].
    pub fn ask(&mut self, question: &str) -> io::Result<Value> {
        let input = self.child.stdin.as_mut().ok_or_else(gone)?;
        writeln!(input, "{question}")?;
        self.hear()
    }
}

fn gone() -> io::Error {
    io::Error::other("the laptops are gone")
}

impl Drop for Crowd {
    fn drop(&mut self) {
        // It keeps nothing; one that ended by itself cannot be killed.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
