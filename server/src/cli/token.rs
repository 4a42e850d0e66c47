//! `weir-server token`

use super::shown::{self, time};
use super::{Failure, Output, open, vouch};
use clap::{Args, Subcommand};
use serde::Serialize;
use std::path::Path;
use weir_server::clock;
use weir_server::devices::{TokenWanted, create_token, drop_token};
use weir_server::journal::Actor;
use weir_server::keys::Keys;
use weir_server::repo::Repo;
use weir_server::run::KEYS;

#[derive(Subcommand)]
pub(crate) enum Token {
    /// Make a token. It is shown once
    Create(Create),
    /// All tokens, without their secrets
    List,
    /// Take a token away: nobody enrols with it any more
    Revoke {
        /// As `list` shows it
        id: String,
    },
}

#[derive(Args)]
pub(crate) struct Create {
    /// Group that devices belong to; bundles are made for groups
    #[arg(long)]
    group: String,
    /// How many devices may enrol with it
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(i64).range(1..=1_000_000))]
    uses: i64,
    /// For how many days it is valid
    #[arg(long, value_name = "N", default_value_t = 7, value_parser = clap::value_parser!(i64).range(1..=365))]
    days: i64,
    /// What it is for
    #[arg(long, default_value = "")]
    note: String,
}

#[derive(Serialize)]
struct Shown {
    id: String,
    group: String,
    uses_left: i64,
    expires: i64,
    note: String,
}

impl Token {
    pub(crate) async fn run(self, home: &Path, output: Output) -> Result<(), Failure> {
        let (_, repo) = open(home).await?;
        match self {
            Self::Create(create) => create.run(&*repo, home, output).await,
            Self::List => list(&*repo, output).await,
            Self::Revoke { id } => {
                let mut bytes = [0; 8];
                hex::decode_to_slice(&id, &mut bytes).map_err(|_| format!("`{id}` is no token's id"))?;
                if !drop_token(&*repo, &Actor::command_line(), bytes, clock::now()).await? {
                    return Err(format!("there is no token `{id}`").into());
                }
                vouch(home, &*repo).await?;
                Ok(shown::done(output.json, &serde_json::json!({ "id": id }))?)
            }
        }
    }
}

impl Create {
    async fn run(self, repo: &dyn Repo, home: &Path, output: Output) -> Result<(), Failure> {
        let keys = Keys::read(&home.join(KEYS))?;
        let now = clock::now();
        let wanted = TokenWanted {
            group: self.group,
            note: self.note,
            uses: self.uses,
            expires: now.plus_millis(self.days * 86_400_000),
        };
        let (token, kept) = create_token(repo, &Actor::command_line(), keys.authority.pin(), wanted, now).await?;
        vouch(home, repo).await?;
        if output.json {
            let id = hex::encode(kept.id);
            println!(
                "{}",
                serde_json::json!({"id": id, "token": token.to_string(), "expires": kept.expires})
            );
        } else {
            println!("{token}");
        }
        Ok(())
    }
}

async fn list(repo: &dyn Repo, output: Output) -> Result<(), Failure> {
    let tokens = repo.tokens().await?;
    let tokens: Vec<Shown> = tokens
        .into_iter()
        .map(|token| Shown {
            id: hex::encode(token.id),
            group: token.group,
            uses_left: token.uses,
            expires: token.expires.as_millis(),
            note: token.note,
        })
        .collect();
    let head = ["ID", "GROUP", "USES LEFT", "EXPIRES (UTC)", "NOTE"];
    shown::rows(output.json, &head, &tokens, |token| {
        let expires = time(weir_model::Timestamp::from_millis(token.expires));
        let uses = token.uses_left.to_string();
        vec![token.id.clone(), token.group.clone(), uses, expires, token.note.clone()]
    })?;
    Ok(())
}
