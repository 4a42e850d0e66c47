//! `weir-server init`

use super::Failure;
use clap::Args;
use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::SystemTime;
use weir_bundle::PublicKey;
use weir_server::alerts::Thresholds;
use weir_server::config::{Config, FILE, Policy};
use weir_server::keys::{Keys, private_dir};
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
}

impl Init {
    /// Nothing is written before everything that can be wrong was looked at.
    pub(crate) fn run(self, home: &Path) -> Result<(), Failure> {
        let file = home.join(FILE);
        if file.exists() {
            return Err(format!("`{}` is there: this is a server's home already", file.display()).into());
        }
        let mut copied = Vec::new();
        for (index, path) in self.policy_keys.iter().enumerate() {
            let text = fs::read(path).map_err(|error| format!("`{}`: {error}", path.display()))?;
            let key = PublicKey::from_pem(&text).map_err(|error| format!("`{}`: {error}", path.display()))?;
            copied.push((PathBuf::from(format!("keys/policy-{}.pub", index + 1)), key.to_pem()));
        }
        let config = Config {
            listen: self.listen,
            names: self.names,
            database: self.database,
            policy: Policy {
                keys: copied.iter().map(|(name, _)| name.clone()).collect(),
                threshold: self.policy_threshold,
            },
            alerts: Thresholds::default(),
        };
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
        println!("A new server is in `{}`. What next:", home.display());
        println!("  weir-server run --home {}", home.display());
        println!("  weir-server token create --home {} --group staff", home.display());
        if config.policy.keys.is_empty() {
            println!("No key may sign policy yet: see `policy.keys` in `{}`.", file.display());
        }
        Ok(())
    }
}
