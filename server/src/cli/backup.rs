//! `weir-server backup` and `restore`: a home as it stands, while the server runs, and a home from it.

use super::{Failure, Output, open, vouch};
use clap::Args;
use serde::Serialize;
use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};
use weir_server::clock;
use weir_server::config::{Config, FILE};
use weir_server::journal::{Actor, Deed, Entry, Witness};
use weir_server::keys::{Keys, private_dir};
use weir_server::repo;
use weir_server::run::KEYS;

#[derive(Args)]
pub(crate) struct Backup {
    /// Directory that is made for it. It holds the server's keys: keep it as safe as the home
    dir: PathBuf,
}

#[derive(Args)]
pub(crate) struct Restore {
    /// What `backup` made
    dir: PathBuf,
}

/// Name of the database in a backup.
const DATABASE: &str = "weir.db";

impl Backup {
    /// The database is copied in one transaction; the journal's head is signed before, so that it is in the copy.
    pub(crate) async fn run(self, home: &Path, output: Output) -> Result<(), Failure> {
        let dir = self.dir;
        if dir.exists() {
            return Err(format!("`{}` is there already", dir.display()).into());
        }
        let (config, repo) = open(home).await?;
        let (inside, elsewhere) = named(&config);
        if let Some(file) = inside.iter().find(|file| !home.join(file).is_file()) {
            return Err(format!(
                "`{}` is not there, and `server.toml` names it",
                home.join(file).display()
            )
            .into());
        }
        let entry = Entry::new(clock::now(), &Actor::command_line(), Deed::Backup, "server");
        repo.note(&entry).await?;
        vouch(home, &*repo).await?;
        private_dir(&dir)?;
        copy_keys(home, &dir)?;
        for file in &inside {
            copy(home, &dir, file)?;
        }
        let database = repo.copy_to(&dir.join(DATABASE)).await?;
        let config = if database { at_home(config) } else { config };
        fs::write(dir.join(FILE), config.to_text())?;
        let saved = Saved {
            backup: &dir,
            database,
            files: &inside,
            elsewhere: &elsewhere,
        };
        match output.json {
            true => println!("{}", serde_json::to_string(&saved)?),
            false => saved.tell(),
        }
        Ok(())
    }
}

/// What is in a backup.
#[derive(Serialize)]
struct Saved<'a> {
    backup: &'a Path,
    database: bool,
    files: &'a [PathBuf],
    elsewhere: &'a [PathBuf],
}

impl Saved<'_> {
    fn tell(&self) {
        let dir = self.backup.display();
        match self.database {
            true => println!("`{dir}` has configuration, keys and database"),
            false => println!("`{dir}` has configuration and keys; save the database with pg_dump"),
        }
        for file in self.elsewhere {
            println!("not in it, since it lies outside of the home: `{}`", file.display());
        }
    }
}

impl Restore {
    /// Into a home that is not there. What came after the backup is not in it: laptops send their records again, as long as they
    /// keep them; what people did is to be done again. Nobody is signed in: who was signed out since would be.
    pub(crate) async fn run(self, home: &Path, output: Output) -> Result<(), Failure> {
        // Also what an attempt that failed left behind: parts of another database would be taken for parts of this one.
        if fs::read_dir(home).is_ok_and(|mut entries| entries.next().is_some()) {
            return Err(format!("`{}` is not empty", home.display()).into());
        }
        let config = Config::read(&self.dir)?;
        private_dir(home)?;
        copy_keys(&self.dir, home)?;
        let (inside, elsewhere) = named(&config);
        // Backups of versions before have not all of them.
        for file in inside.iter().filter(|file| self.dir.join(file).exists()) {
            copy(&self.dir, home, file)?;
        }
        if self.dir.join(DATABASE).exists() {
            fs::copy(self.dir.join(DATABASE), home.join(DATABASE))?;
        }
        let repo = repo::open(&config.database_in(home)).await?;
        let key = Keys::read(&home.join(KEYS))?.receipt.public();
        let verified = Witness::in_home(home).verify(&*repo, &key).await?;
        let entry = Entry::new(clock::now(), &Actor::command_line(), Deed::Restore, "server");
        repo.end_sessions(&entry.with("rows", verified.head.number)).await?;
        vouch(home, &*repo).await?;
        // Last: without it this is no home.
        fs::write(home.join(FILE), config.to_text())?;
        let all = inside.into_iter().chain(elsewhere).map(|file| home.join(file));
        let restored = Restored {
            home,
            rows: verified.head.number,
            undone: UNDONE,
            missing: all.filter(|file| !file.exists()).collect(),
        };
        match output.json {
            true => println!("{}", serde_json::to_string(&restored)?),
            false => restored.tell(),
        }
        Ok(())
    }
}

/// What a backup knows nothing of when it was done later. Laptops tell what they have, and not what they are to have no more.
const UNDONE: &[&str] = &[
    "devices that were revoked",
    "enrolment and API tokens that were taken away",
    "keys to search by that were destroyed",
    "accounts that were disabled, and passwords and roles that were changed",
    "directives and bundles",
];

/// What a backup became.
#[derive(Serialize)]
struct Restored<'a> {
    home: &'a Path,
    /// Of its journal, before it was entered there that it was put back.
    rows: u64,
    /// What people did since the backup and have to do again.
    undone: &'static [&'static str],
    /// Files that the configuration names, without which it does not run.
    missing: Vec<PathBuf>,
}

impl Restored<'_> {
    fn tell(&self) {
        println!(
            "`{}` is a server's home; its journal has {} rows and is whole",
            self.home.display(),
            self.rows
        );
        println!("what was done since the backup is undone, and has to be done again:");
        for what in self.undone {
            println!("  {what}");
        }
        for file in &self.missing {
            println!("missing, and needed before it runs: `{}`", file.display());
        }
    }
}

/// The copy's database lies beside it, wherever the original's was.
fn at_home(config: Config) -> Config {
    Config {
        database: format!("sqlite:{DATABASE}"),
        ..config
    }
}

/// Files that the configuration names: those in the home, and those elsewhere.
fn named(config: &Config) -> (Vec<PathBuf>, Vec<PathBuf>) {
    let is_inside = |file: &PathBuf| {
        let mut parts = file.components();
        parts.all(|part| matches!(part, Component::Normal(_) | Component::CurDir))
    };
    config.files().into_iter().partition(is_inside)
}

/// Keys and the journal's signed head, for their owner alone.
fn copy_keys(from: &Path, to: &Path) -> io::Result<()> {
    private_dir(&to.join(KEYS))?;
    for entry in fs::read_dir(from.join(KEYS))? {
        let path = entry?.path();
        if let Some(name) = path.file_name().filter(|_| path.is_file()) {
            copy(from, to, &Path::new(KEYS).join(name))?;
        }
    }
    match copy(from, to, Path::new(Witness::FILE)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

/// The permissions go with it.
fn copy(from: &Path, to: &Path, file: &Path) -> io::Result<()> {
    if let Some(folder) = file.parent().filter(|folder| *folder != Path::new("")) {
        private_dir(&to.join(folder))?;
    }
    fs::copy(from.join(file), to.join(file)).map(drop)
}
