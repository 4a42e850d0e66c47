//! `weir-server backup` and `restore`: a home as it stands, while the server runs, and a home from it.

use super::{Failure, open, vouch};
use clap::Args;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
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
    pub(crate) async fn run(self, home: &Path) -> Result<(), Failure> {
        let dir = self.dir;
        if dir.exists() {
            return Err(format!("`{}` is there already", dir.display()).into());
        }
        let (config, repo) = open(home).await?;
        let entry = Entry::new(clock::now(), &Actor::command_line(), Deed::Backup, "server");
        repo.note(&entry).await?;
        vouch(home, &*repo).await?;
        private_dir(&dir)?;
        copy_keys(home, &dir, &config)?;
        if repo.copy_to(&dir.join(DATABASE)).await? {
            fs::write(dir.join(FILE), at_home(config).to_text())?;
            println!("`{}` has configuration, keys and database", dir.display());
        } else {
            fs::write(dir.join(FILE), config.to_text())?;
            println!(
                "`{}` has configuration and keys; save the database with pg_dump",
                dir.display()
            );
        }
        Ok(())
    }
}

impl Restore {
    /// Into a home that is not there. What came after the backup is not in it: laptops send it again, as long as they
    /// keep it.
    pub(crate) async fn run(self, home: &Path) -> Result<(), Failure> {
        // Also what an attempt that failed left behind: parts of another database would be taken for parts of this one.
        if fs::read_dir(home).is_ok_and(|mut entries| entries.next().is_some()) {
            return Err(format!("`{}` is not empty", home.display()).into());
        }
        let config = Config::read(&self.dir)?;
        private_dir(home)?;
        copy_keys(&self.dir, home, &config)?;
        if self.dir.join(DATABASE).exists() {
            fs::copy(self.dir.join(DATABASE), home.join(DATABASE))?;
        }
        let repo = repo::open(&config.database_in(home)).await?;
        let key = Keys::read(&home.join(KEYS))?.receipt.public();
        let verified = Witness::in_home(home).verify(&*repo, &key).await?;
        // Last: without it this is no home.
        fs::write(home.join(FILE), config.to_text())?;
        println!(
            "`{}` is a server's home; its journal has {} rows and is whole",
            home.display(),
            verified.head.number
        );
        Ok(())
    }
}

/// The copy's database lies beside it, wherever the original's was.
fn at_home(config: Config) -> Config {
    Config {
        database: format!("sqlite:{DATABASE}"),
        ..config
    }
}

/// Keys and the journal's signed head, for their owner alone.
fn copy_keys(from: &Path, to: &Path, config: &Config) -> io::Result<()> {
    private_dir(&to.join(KEYS))?;
    for entry in fs::read_dir(from.join(KEYS))? {
        let entry = entry?;
        if entry.file_type()?.is_file() {
            // The permissions go with it.
            fs::copy(entry.path(), to.join(KEYS).join(entry.file_name()))?;
        }
    }
    // Those of people who sign policy may lie elsewhere in the home.
    for key in config.policy.keys.iter().filter(|key| key.is_relative()) {
        if let Some(parent) = to.join(key).parent() {
            private_dir(parent)?;
        }
        fs::copy(from.join(key), to.join(key))?;
    }
    match fs::copy(from.join(Witness::FILE), to.join(Witness::FILE)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other.map(drop),
    }
}
