//! `weir-server init`

use super::{Failure, Output, account, vouch};
use clap::Args;
use serde::Serialize;
use std::fs;
use std::net::SocketAddr;
use std::num::NonZeroU16;
use std::path::{Path, PathBuf};
use std::time::SystemTime;
use weir_bundle::PublicKey;
use weir_server::access::{Access, Role};
use weir_server::alerts::Thresholds;
use weir_server::config::{Config, FILE, Policy};
use weir_server::keys::{Keys, private_dir};
use weir_server::repo;
use weir_server::reports::Weekly;
use weir_server::retention::Retention;
use weir_server::run::KEYS;

#[derive(Args)]
pub(crate) struct Init {
    /// Name or address devices will know the server by; may be given more than once
    #[arg(long = "name", value_name = "HOST", required = true)]
    names: Vec<String>,
    /// Where devices connect
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "0.0.0.0:8443")]
    listen: SocketAddr,
    /// `sqlite:PATH` (relative to the home) or `postgres://…`
    #[arg(long, value_name = "ADDRESS", default_value = "sqlite:weir.db")]
    database: String,
    /// Public key (PEM) of somebody who signs policy; may be given more than once
    #[arg(long = "policy-key", value_name = "FILE")]
    policy_keys: Vec<PathBuf>,
    /// How many of them must sign a bundle
    #[arg(long, value_name = "N", default_value_t = 1)]
    policy_threshold: usize,
    /// Publish nothing but drafts that somebody else approved
    #[arg(long)]
    require_approval: bool,
    /// Name of the first administrator
    #[arg(long, value_name = "NAME", default_value = "admin")]
    admin: String,
    /// File with their password, instead of a one-time password that is printed
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
}

/// What laptops keep as well.
const KEPT_DAYS: u16 = 365;

impl Init {
    /// Nothing is written before everything that can be wrong was looked at.
    pub(crate) async fn run(self, home: &Path, output: Output) -> Result<(), Failure> {
        let file = home.join(FILE);
        if file.exists() {
            return Err(format!("`{}` is there: this is a server's home already", file.display()).into());
        }
        let copied = self.keys()?;
        let config = self.config(&copied);
        // The database names people, and its address may hold a password.
        private_dir(home)?;
        let keys = Keys::make(&home.join(KEYS), SystemTime::now())?;
        // A name that no certificate can hold is found now and not at the first start.
        keys.authority.server(&config.names, SystemTime::now())?;
        for (name, text) in copied {
            fs::write(home.join(name), text)?;
        }
        config.trust_in(home)?;
        fs::write(&file, config.to_text())?;
        let admin = first_admin(home, &config, &keys, &self.admin, self.password_file.as_deref()).await;
        let administrator = admin.map_err(|error| {
            // The server is made: what is missing can be made later.
            let again = format!("weir-server account create --home {} --role admin NAME", home.display());
            let why = weir_model::chain(&*error);
            format!(
                "a new server is in `{}`, without an administrator ({again}): {why}",
                home.display()
            )
        })?;
        let made = Made {
            home,
            policy_keys: config.policy.keys.len(),
            administrator,
        };
        match output.json {
            true => println!("{}", serde_json::to_string(&made)?),
            false => made.tell(),
        }
        Ok(())
    }

    /// The keys that sign policy, each by the name it is copied to.
    fn keys(&self) -> Result<Vec<(PathBuf, String)>, Failure> {
        let mut copied = Vec::new();
        for (index, path) in self.policy_keys.iter().enumerate() {
            let text = fs::read(path).map_err(|error| format!("`{}`: {error}", path.display()))?;
            let key = PublicKey::from_pem(&text).map_err(|error| format!("`{}`: {error}", path.display()))?;
            copied.push((PathBuf::from(format!("keys/policy-{}.pub", index + 1)), key.to_pem()));
        }
        Ok(copied)
    }

    fn config(&self, keys: &[(PathBuf, String)]) -> Config {
        Config {
            listen: self.listen,
            names: self.names.clone(),
            database: self.database.clone(),
            policy: Policy {
                keys: keys.iter().map(|(name, _)| name.clone()).collect(),
                threshold: self.policy_threshold,
                require_approval: self.require_approval,
            },
            openid: None,
            archive: None,
            retention: Retention {
                days: NonZeroU16::new(KEPT_DAYS),
            },
            reports: Weekly::default(),
            alerts: Thresholds::default(),
            routes: Vec::new(),
            sinks: Vec::new(),
            metrics: None,
        }
    }
}

/// What was made.
#[derive(Serialize)]
struct Made<'a> {
    home: &'a Path,
    policy_keys: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    administrator: Option<Administrator>,
}

#[derive(Serialize)]
struct Administrator {
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    one_time_password: Option<String>,
}

impl Made<'_> {
    fn tell(&self) {
        let home = self.home.display();
        println!("A new server is in `{home}`. What next:");
        println!("  weir-server run --home {home}");
        println!("  weir-server token create --home {home} --group staff");
        if self.policy_keys == 0 {
            let file = self.home.join(FILE);
            println!("No key may sign policy yet: see `policy.keys` in `{}`.", file.display());
        }
        if let Some(Administrator {
            name,
            one_time_password: Some(password),
        }) = &self.administrator
        {
            println!("The administrator is `{name}`, with the one-time password {password}");
        }
    }
}

/// Where several servers share a database, the first of them has made one.
async fn first_admin(
    home: &Path,
    config: &Config,
    keys: &Keys,
    name: &str,
    password_file: Option<&Path>,
) -> Result<Option<Administrator>, Failure> {
    let repo = repo::open(&config.database_in(home)).await?;
    if !repo.accounts().await?.is_empty() {
        return Ok(None);
    }
    let made = account::create(&*repo, &Access::new(keys)?, (name, Role::Admin), password_file).await?;
    vouch(home, &*repo).await?;
    Ok(Some(Administrator {
        name: name.to_ascii_lowercase(),
        one_time_password: made.map(|password| password.to_string()),
    }))
}
