//! `weir-server account`

use super::shown::{self, time};
use super::{Failure, Output, open, vouch};
use clap::{Args, Subcommand};
use serde_json::json;
use std::path::{Path, PathBuf};
use weir_model::Timestamp;
use weir_server::access::{Access, Role, create_account, new_password, reset_account, set_disabled, set_role};
use weir_server::api::AccountShown;
use weir_server::clock;
use weir_server::journal::Actor;
use weir_server::keys::Keys;
use weir_server::repo::Repo;
use weir_server::run::KEYS;
use zeroize::Zeroizing;

#[derive(Subcommand)]
pub(crate) enum Account {
    /// Make an account. Without a password file it prints a one-time password, which must be changed at the first sign-in
    Create(Create),
    /// All accounts
    List,
    /// Give an account another role, and end its sessions
    Role {
        /// Name of the account
        name: String,
        /// viewer, analyst, approver, author, auditor or admin
        role: Role,
    },
    /// Let an account sign in no more, and end its sessions
    Disable {
        /// Name of the account
        name: String,
    },
    /// Let it sign in again
    Enable {
        /// Name of the account
        name: String,
    },
    /// Print a one-time password for an account, take its code generator away, and end its sessions
    Reset {
        /// Name of the account
        name: String,
    },
}

#[derive(Args)]
pub(crate) struct Create {
    /// Name to sign in with
    name: String,
    /// viewer, analyst, approver, author, auditor or admin
    #[arg(long)]
    role: Role,
    /// File with the password (its last line end is left out), instead of a one-time password
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
}

impl Account {
    pub(crate) async fn run(self, home: &Path, output: Output) -> Result<(), Failure> {
        let (_, repo) = open(home).await?;
        let (actor, now) = (Actor::command_line(), clock::now());
        match self {
            Self::List => list(&*repo, output).await,
            Self::Create(Create {
                name,
                role,
                password_file,
            }) => {
                let access = Access::new(&Keys::read(&home.join(KEYS))?)?;
                let made = create(&*repo, &access, (&name, role), password_file.as_deref()).await?;
                // Before anything that can fail: it is told once.
                tell(&name.to_ascii_lowercase(), made, output)?;
                vouch(home, &*repo).await
            }
            Self::Role { name, role } => {
                set_role(&*repo, &actor, &name, role, now).await?;
                changed(home, &*repo, &name, output).await
            }
            Self::Disable { name } => {
                set_disabled(&*repo, &actor, &name, true, now).await?;
                changed(home, &*repo, &name, output).await
            }
            Self::Enable { name } => {
                set_disabled(&*repo, &actor, &name, false, now).await?;
                changed(home, &*repo, &name, output).await
            }
            Self::Reset { name } => {
                let access = Access::new(&Keys::read(&home.join(KEYS))?)?;
                let password = reset_account(&*repo, &access, &actor, &name, now).await?;
                tell(&name, Some(password), output)?;
                vouch(home, &*repo).await
            }
        }
    }
}

/// Makes an account; gives the one-time password when no file has another.
pub(super) async fn create(
    repo: &dyn Repo,
    access: &Access,
    account: (&str, Role),
    password_file: Option<&Path>,
) -> Result<Option<Zeroizing<String>>, Failure> {
    let (password, one_time) = match password_file {
        Some(path) => {
            let read = std::fs::read_to_string(path).map(Zeroizing::new);
            let text = read.map_err(|error| format!("`{}`: {error}", path.display()))?;
            let line = text.strip_suffix('\n').unwrap_or(&text);
            let line = line.strip_suffix('\r').unwrap_or(line);
            (Zeroizing::new(line.to_owned()), false)
        }
        None => (new_password()?, true),
    };
    let given = (password.clone(), one_time);
    create_account(repo, access, &Actor::command_line(), account, given, clock::now()).await?;
    Ok(one_time.then_some(password))
}

/// The one-time password of an account, where it has one.
fn tell(name: &str, password: Option<Zeroizing<String>>, output: Output) -> Result<(), Failure> {
    match password {
        Some(password) if output.json => {
            println!("{}", json!({"name": name, "one_time_password": *password}));
        }
        Some(password) => println!("{}", *password),
        None => shown::done(output.json, &json!({"name": name}))?,
    }
    Ok(())
}

async fn changed(home: &Path, repo: &dyn Repo, name: &str, output: Output) -> Result<(), Failure> {
    vouch(home, repo).await?;
    let account = repo.account(name).await?.map(AccountShown::from);
    Ok(shown::done(output.json, &account)?)
}

async fn list(repo: &dyn Repo, output: Output) -> Result<(), Failure> {
    let accounts: Vec<AccountShown> = repo.accounts().await?.into_iter().map(AccountShown::from).collect();
    let head = ["NAME", "ROLE", "CODES", "CREATED (UTC)", ""];
    shown::rows(output.json, &head, &accounts, |account| {
        let remark = match (account.disabled, account.one_time_password) {
            (Some(_), _) => "disabled",
            (None, true) => "has a one-time password",
            (None, false) => "",
        };
        let codes = if account.codes { "on" } else { "off" };
        let created = time(Timestamp::from_millis(account.created));
        let role = account.role.as_str().to_owned();
        vec![account.name.clone(), role, codes.to_owned(), created, remark.to_owned()]
    })?;
    Ok(())
}
