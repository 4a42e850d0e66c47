//! `weir-server provider`

use super::events::word;
use super::shown::{self, time};
use super::{Failure, Limit, Output, open, vouch};
use aws_lc_rs::digest::{SHA256, digest};
use clap::{Args, Subcommand};
use jiff::civil::Date;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use weir_model::{EventId, Level, Tier, Timestamp};
use weir_server::api::{ObligationShown, ProviderRequestShown};
use weir_server::clock;
use weir_server::journal::Actor;
use weir_server::register::{
    self, Answers, Obligation, ObligationsWanted, Promise, PromiseKind, Promised, ProviderRequest, RequestState,
    RequestsWanted, Wanted,
};
use weir_server::repo::Repo;

#[derive(Subcommand)]
pub(crate) enum Provider {
    /// Requests for providers, newest first
    Requests {
        /// Only those that stand so
        #[arg(long)]
        state: Option<RequestState>,
        #[command(flatten)]
        limit: Limit,
    },
    /// One request, with its six answers
    Show {
        /// Which
        id: EventId,
    },
    /// Ask for a provider
    Ask(Box<Ask>),
    /// Answer what whoever asked has left open
    Answer(Box<Found>),
    /// Approve a request; whoever asked cannot
    Approve(Decision),
    /// Refuse a request; whoever asked cannot
    Refuse(Decision),
    /// Take back what you asked for
    Withdraw {
        /// Which
        id: EventId,
    },
    /// What providers have promised, those promises that end first before the others
    Obligations {
        /// Only those of this provider
        #[arg(long, value_name = "ID")]
        provider: Option<String>,
        /// Also those that were taken out
        #[arg(long)]
        ended: bool,
        #[command(flatten)]
        limit: Limit,
    },
    /// Enter what a provider has promised, with the document that shows it
    Promise(Entered),
    /// Take a promise out before its day
    End(Decision),
    /// The register as a pack of policy, for a draft to extend
    Pack,
}

/// The six questions are asked of whoever asks.
#[derive(Args)]
pub(crate) struct Ask {
    /// Its id in the catalogue: `openai`; a name of its own where the catalogue does not know it
    provider: String,
    /// One of its services: `chatgpt-web`; all of them where none is named
    #[arg(long, value_name = "ID", default_value = "")]
    service: String,
    /// What it is wanted for
    #[arg(long = "for", value_name = "TEXT")]
    business_case: String,
    /// Level of the most sensitive data that is to go there
    #[arg(long, value_parser = word::<Level>)]
    level: Level,
    /// Which data goes there?
    #[arg(long, value_name = "TEXT")]
    data: String,
    /// Is it used to train models?
    #[arg(long, value_name = "TEXT")]
    training: String,
    /// How long is it kept, and where?
    #[arg(long, value_name = "TEXT")]
    retention: String,
    /// Who else gets to see it: reviewers, subprocessors, authorities?
    #[arg(long, value_name = "TEXT")]
    others: String,
    /// Which contract covers it?
    #[arg(long, value_name = "TEXT")]
    contract: String,
    /// What happens to it after a breach, and at the end?
    #[arg(long, value_name = "TEXT")]
    end: String,
}

/// What is answered already stays.
#[derive(Args)]
pub(crate) struct Found {
    /// Which
    id: EventId,
    /// Which data goes there?
    #[arg(long, value_name = "TEXT", default_value = "")]
    data: String,
    /// Is it used to train models?
    #[arg(long, value_name = "TEXT", default_value = "")]
    training: String,
    /// How long is it kept, and where?
    #[arg(long, value_name = "TEXT", default_value = "")]
    retention: String,
    /// Who else gets to see it: reviewers, subprocessors, authorities?
    #[arg(long, value_name = "TEXT", default_value = "")]
    others: String,
    /// Which contract covers it?
    #[arg(long, value_name = "TEXT", default_value = "")]
    contract: String,
    /// What happens to it after a breach, and at the end?
    #[arg(long, value_name = "TEXT", default_value = "")]
    end: String,
}

#[derive(Args)]
pub(crate) struct Decision {
    /// Which
    id: EventId,
    /// Why
    #[arg(long, value_name = "TEXT")]
    why: String,
}

#[derive(Args)]
pub(crate) struct Entered {
    /// Its id in the catalogue: `openai`
    provider: String,
    /// What is promised
    kind: PromiseKind,
    /// Account tiers it is for; all of them where none is named
    #[arg(long, value_name = "TIER", value_delimiter = ',', value_parser = word::<Tier>)]
    tier: Vec<Tier>,
    /// Days for which data is kept, or hours until a breach is told
    #[arg(long, value_name = "N")]
    number: Option<u32>,
    /// Where data is processed
    #[arg(long, value_name = "REGION", default_value = "")]
    place: String,
    /// The document that shows it; only its digest is kept
    #[arg(long, value_name = "FILE")]
    evidence: PathBuf,
    /// What the document is, for people; its file name where nothing is said
    #[arg(long, value_name = "TEXT")]
    document: Option<String>,
    /// The last day on which it counts, in UTC: `2027-03-01`
    #[arg(long, value_name = "DAY")]
    until: Date,
}

impl Provider {
    pub(crate) async fn run(self, home: &Path, output: Output) -> Result<(), Failure> {
        let (_, repo) = open(home).await?;
        let (repo, actor, now) = (&*repo, Actor::command_line(), clock::now());
        match self {
            Self::Requests { state, limit } => {
                let wanted = RequestsWanted {
                    state,
                    limit: limit.limit,
                };
                requests(output, repo.provider_requests(&wanted).await?)
            }
            Self::Show { id } => one(
                output,
                repo.provider_request(id).await?.ok_or("there is no such request")?,
            ),
            Self::Ask(ask) => {
                let asked = register::ask(repo, &actor, ask.wanted(), now).await?;
                vouch(home, repo).await?;
                requests(output, vec![asked])
            }
            Self::Answer(found) => {
                let answered = register::answer(repo, &actor, found.given(), now).await?;
                vouch(home, repo).await?;
                one(output, answered)
            }
            Self::Approve(Decision { id, why }) => decided(home, repo, output, (id, true), &why).await,
            Self::Refuse(Decision { id, why }) => decided(home, repo, output, (id, false), &why).await,
            Self::Withdraw { id } => {
                let withdrawn = register::withdraw(repo, &actor, id, now).await?;
                vouch(home, repo).await?;
                requests(output, vec![withdrawn])
            }
            Self::Obligations { provider, ended, limit } => {
                let wanted = ObligationsWanted {
                    provider,
                    ended,
                    limit: limit.limit,
                };
                obligations(output, repo.obligations(&wanted).await?, now)
            }
            Self::Promise(entered) => {
                let entered = register::enter(repo, &actor, entered.promised()?, now).await?;
                vouch(home, repo).await?;
                obligations(output, vec![entered], now)
            }
            Self::End(Decision { id, why }) => {
                let ended = register::take_out(repo, &actor, id, &why, now).await?;
                vouch(home, repo).await?;
                obligations(output, vec![ended], now)
            }
            Self::Pack => {
                let pack = register::whole_pack(repo, now).await?;
                match output.json {
                    true => println!("{}", serde_json::json!({ "pack": pack })),
                    false => print!("{pack}"),
                }
                Ok(())
            }
        }
    }
}

async fn decided(
    home: &Path,
    repo: &dyn Repo,
    output: Output,
    decision: (EventId, bool),
    why: &str,
) -> Result<(), Failure> {
    let decided = register::decide(repo, &Actor::command_line(), decision, why, clock::now()).await?;
    vouch(home, repo).await?;
    requests(output, vec![decided])
}

impl Ask {
    fn wanted(self) -> Wanted {
        Wanted {
            provider: self.provider,
            service: self.service,
            business_case: self.business_case,
            level: self.level,
            answers: Answers {
                data: self.data,
                training: self.training,
                retention: self.retention,
                others: self.others,
                contract: self.contract,
                end: self.end,
            },
        }
    }
}

impl Found {
    fn given(self) -> (EventId, Answers) {
        let answers = Answers {
            data: self.data,
            training: self.training,
            retention: self.retention,
            others: self.others,
            contract: self.contract,
            end: self.end,
        };
        (self.id, answers)
    }
}

impl Entered {
    fn promised(self) -> Result<Promised, Failure> {
        let unread = |error| format!("`{}` cannot be read: {error}", self.evidence.display());
        let bytes = std::fs::read(&self.evidence).map_err(unread)?;
        let name = || {
            self.evidence
                .file_name()
                .map(|name| name.to_string_lossy().into_owned())
        };
        Ok(Promised {
            provider: self.provider,
            tiers: self.tier.into_iter().collect::<BTreeSet<_>>(),
            promise: Promise {
                kind: self.kind,
                number: self.number,
                place: self.place,
            },
            document: self.document.clone().or_else(name).unwrap_or_default(),
            digest: hex::encode(digest(&SHA256, &bytes)),
            until: self.until,
        })
    }
}

fn requests(output: Output, all: Vec<ProviderRequest>) -> Result<(), Failure> {
    let all: Vec<ProviderRequestShown> = all.into_iter().map(ProviderRequestShown::from).collect();
    let head = [
        "ID",
        "STATE",
        "PROVIDER",
        "SERVICE",
        "LEVEL",
        "ASKED BY",
        "ASKED (UTC)",
        "FOR",
    ];
    shown::rows(output.json, &head, &all, |request| {
        vec![
            request.id.to_string(),
            request.state.as_str().to_owned(),
            request.provider.clone(),
            request.service.clone(),
            request.level.to_string(),
            request.asked_by.clone(),
            time(Timestamp::from_millis(request.asked)),
            request.business_case.clone(),
        ]
    })?;
    Ok(())
}

fn one(output: Output, request: ProviderRequest) -> Result<(), Failure> {
    let answers = request.answers.clone();
    let json = output.json;
    requests(output, vec![request])?;
    if !json {
        for (question, answer) in answers.all() {
            println!("{question}: {answer}");
        }
    }
    Ok(())
}

fn obligations(output: Output, all: Vec<Obligation>, now: Timestamp) -> Result<(), Failure> {
    let all: Vec<ObligationShown> = all.into_iter().map(|it| ObligationShown::of(it, now)).collect();
    let head = ["ID", "PROVIDER", "TIERS", "PROMISE", "UNTIL", "COUNTS", "DOCUMENT"];
    shown::rows(output.json, &head, &all, |it| {
        let number = it.number.map(|number| format!(" {number}")).unwrap_or_default();
        let place = if it.place.is_empty() {
            String::new()
        } else {
            format!(" {}", it.place)
        };
        vec![
            it.id.to_string(),
            it.provider.clone(),
            it.tiers.iter().map(|tier| tier.as_str()).collect::<Vec<_>>().join(", "),
            format!("{}{number}{place}", it.kind.as_str()),
            it.until.clone(),
            if it.counts { "yes" } else { "no" }.to_owned(),
            it.document.clone(),
        ]
    })?;
    Ok(())
}
