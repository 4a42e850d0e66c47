//! A PostgreSQL of our own: in a directory that goes away, on a socket nobody else has.

#![allow(
    clippy::expect_used,
    reason = "a test whose database is missing has nothing to go on with"
)]

use crate::disk::Disk;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A running server. It ends when this is dropped.
#[derive(Debug)]
pub struct PostgresServer {
    // First: the directory can be removed when nothing is mounted in it.
    disk: Option<Disk>,
    dir: tempfile::TempDir,
    bin: PathBuf,
}

impl PostgresServer {
    /// Starts it.
    ///
    /// # Panics
    /// It is not installed, or does not come up.
    #[must_use]
    pub fn start() -> Self {
        Self::start_on(None)
    }

    /// The same, with its data on a small file system of its own, which it needs 100 MiB of to begin with.
    ///
    /// # Panics
    /// As [`PostgresServer::start`], or nothing can be mounted.
    #[must_use]
    pub fn start_on_disk(mib: u32) -> Self {
        Self::start_on(Some(mib))
    }

    fn start_on(mib: Option<u32>) -> Self {
        let bin = bin().expect("PostgreSQL is installed (cargo xtask ci-setup)");
        let dir = tempfile::Builder::new()
            .prefix("weir-pg")
            .tempdir()
            .expect("a directory");
        let data = dir.path().join("data");
        let disk = mib.map(|mib| Disk::mount(&data, mib).expect("a file system"));
        if is_root() {
            let mut chown = Command::new("chown");
            chown.arg("postgres").arg(dir.path());
            run(chown.args(disk.is_some().then_some(&data)));
        }
        let server = Self { disk, dir, bin };
        run(server.program("initdb").args([
            "--auth=trust",
            "--username=weir",
            "--no-sync",
            "--encoding=UTF8",
            "--locale=C",
        ]));
        server.up();
        server
    }

    /// Starts it again, after it was killed.
    ///
    /// # Panics
    /// It does not come up.
    pub fn up(&self) {
        let options = format!(
            "-c listen_addresses='' -c unix_socket_directories='{}' -c max_connections=60",
            self.dir.path().display()
        );
        run(self
            .program("pg_ctl")
            .args(["--wait", "--silent", "--log"])
            .arg(self.dir.path().join("log"))
            .arg("-o")
            .arg(options)
            .arg("start"));
    }

    /// Ends it as a power cut would.
    pub fn kill(&self) {
        let mut stop = self.program("pg_ctl");
        let _ = stop.args(["--mode=immediate", "--silent", "stop"]).status();
    }

    /// True when it runs. It ends by itself where the disk has no room for its log.
    #[must_use]
    pub fn is_up(&self) -> bool {
        let status = self.program("pg_ctl").arg("status").stdout(Stdio::null()).status();
        status.is_ok_and(|status| status.success())
    }

    /// The file system its data is on, where that is its own.
    #[must_use]
    pub fn disk(&self) -> Option<&Disk> {
        self.disk.as_ref()
    }

    /// Where it listens.
    #[must_use]
    pub fn socket(&self) -> PathBuf {
        self.dir.path().join(".s.PGSQL.5432")
    }

    /// A new database; gives its address.
    ///
    /// # Panics
    /// There is one of that name.
    #[must_use]
    pub fn database(&self, name: &str) -> String {
        let socket = self.dir.path().display().to_string();
        let mut create = self.program("createdb");
        create
            .env_remove("PGDATA")
            .args(["--host", &socket, "--username", "weir", name]);
        run(&mut create);
        format!("postgres://weir@localhost/{name}?host={}", socket.replace('/', "%2F"))
    }

    /// Bytes of a database, with all its tables and indexes.
    ///
    /// # Panics
    /// There is none.
    #[must_use]
    pub fn size(&self, name: &str) -> u64 {
        let socket = self.dir.path().display().to_string();
        let mut ask = self.program("psql");
        let query = format!(
            "SELECT sum(pg_total_relation_size(c.oid)) FROM pg_class c WHERE relname IN ('logs', 'batches', 'names') OR relname LIKE 'events\\_%' AND relkind = 'r' AND '{name}' = current_database()"
        );
        ask.env_remove("PGDATA").args([
            "--host",
            &socket,
            "--username",
            "weir",
            "--tuples-only",
            "--no-align",
            "--command",
            &query,
            name,
        ]);
        let output = ask.output().expect("psql starts");
        String::from_utf8_lossy(&output.stdout)
            .trim()
            .parse()
            .expect("a number")
    }

    fn program(&self, name: &str) -> Command {
        let path = self.bin.join(name);
        // PostgreSQL does not run as root.
        let mut command = if is_root() {
            let mut command = Command::new("setpriv");
            command
                .args(["--reuid=postgres", "--regid=postgres", "--clear-groups"])
                .arg(path);
            command
        } else {
            Command::new(path)
        };
        command
            .env("PGDATA", self.dir.path().join("data"))
            .current_dir(self.dir.path());
        command
    }
}

impl Drop for PostgresServer {
    fn drop(&mut self) {
        self.kill();
    }
}

fn is_root() -> bool {
    let output = Command::new("id").arg("-u").output().expect("id");
    output.stdout.starts_with(b"0")
}

fn bin() -> Option<PathBuf> {
    let mut versions: Vec<PathBuf> = std::fs::read_dir("/usr/lib/postgresql")
        .ok()?
        .filter_map(|entry| Some(entry.ok()?.path().join("bin")))
        .filter(|bin| bin.join("initdb").exists())
        .collect();
    versions.sort();
    versions
        .pop()
        .or_else(|| Path::new("/usr/bin/initdb").exists().then(|| "/usr/bin".into()))
}

fn run(command: &mut Command) {
    let status = command.stdout(Stdio::null()).status().expect("the program starts");
    assert!(status.success(), "{command:?}: {status}");
}
