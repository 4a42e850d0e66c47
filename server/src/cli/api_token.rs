//! `weir-server api-token`

use super::shown::{self, time};
use super::{Failure, Output, open, vouch};
use clap::{Args, Subcommand};
use std::path::Path;
use weir_model::Timestamp;
use weir_server::access::{ApiTokenWanted, Role, create_api_token, drop_api_token};
use weir_server::api::ApiTokenShown;
use weir_server::clock;
use weir_server::journal::Actor;
use weir_server::repo::Repo;

#[derive(Subcommand)]
pub(crate) enum ApiToken {
    /// Make a token for a program. It is shown once
    Create(Create),
    /// All tokens, without their secrets
    List,
    /// Take a token away
    Revoke {
        /// As `list` shows it
        id: String,
    },
}

#[derive(Args)]
pub(crate) struct Create {
    /// What it is for
    name: String,
    /// viewer, analyst, approver, author, auditor or admin
    #[arg(long)]
    role: Role,
    /// For how many days it is valid
    #[arg(long, value_name = "N", default_value_t = 90, value_parser = clap::value_parser!(i64).range(1..=365))]
    days: i64,
}

impl ApiToken {
    pub(crate) async fn run(self, home: &Path, output: Output) -> Result<(), Failure> {
        let (_, repo) = open(home).await?;
        match self {
            Self::List => list(&*repo, output).await,
            Self::Create(create) => create.run(&*repo, home, output).await,
            Self::Revoke { id } => {
                let mut bytes = [0; 8];
                hex::decode_to_slice(&id, &mut bytes).map_err(|_| format!("`{id}` is no token's id"))?;
                if !drop_api_token(&*repo, &Actor::command_line(), bytes, clock::now()).await? {
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
        let now = clock::now();
        let wanted = ApiTokenWanted {
            name: self.name,
            role: self.role,
            account: None,
            expires: now.plus_millis(self.days * 86_400_000),
        };
        let (text, kept) = create_api_token(repo, &Actor::command_line(), wanted, now).await?;
        vouch(home, repo).await?;
        if output.json {
            let id = hex::encode(kept.id);
            println!(
                "{}",
                serde_json::json!({"id": id, "token": *text, "expires": kept.expires})
            );
        } else {
            println!("{}", *text);
        }
        Ok(())
    }
}

async fn list(repo: &dyn Repo, output: Output) -> Result<(), Failure> {
    let tokens: Vec<ApiTokenShown> = repo.api_tokens().await?.into_iter().map(ApiTokenShown::from).collect();
    let head = ["ID", "NAME", "ROLE", "OF", "EXPIRES (UTC)", "USED (UTC)"];
    shown::rows(output.json, &head, &tokens, |token| {
        vec![
            token.id.clone(),
            token.name.clone(),
            token.role.as_str().to_owned(),
            token.account.clone().unwrap_or_default(),
            time(Timestamp::from_millis(token.expires)),
            token.used.map(Timestamp::from_millis).map(time).unwrap_or_default(),
        ]
    })?;
    Ok(())
}
