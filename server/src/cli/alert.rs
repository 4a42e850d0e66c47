//! `weir-server alert`

use super::shown::{self, time};
use super::when::ahead;
use super::{Failure, Limit, Output, open, vouch};
use clap::{Args, Subcommand};
use serde::Serialize;
use serde_json::json;
use std::path::Path;
use weir_model::{EventId, Timestamp};
use weir_server::alerts::{self, AlertsWanted, MuteWanted, Rule, Urgency};
use weir_server::api::{AlertShown, MuteShown};
use weir_server::clock;
use weir_server::journal::Actor;
use weir_server::repo::Repo;

#[derive(Subcommand)]
pub(crate) enum Alert {
    /// Open alerts, newest first
    List(List),
    /// One alert, and whom it was told to
    Show {
        /// As `list` shows it
        id: EventId,
    },
    /// Say that somebody looks: stops its clock
    Acknowledge {
        /// As `list` shows it
        id: EventId,
    },
    /// Say that it is done with: what happens next opens another one
    Close {
        /// As `list` shows it
        id: EventId,
        /// What it was
        #[arg(long, default_value = "")]
        note: String,
    },
    /// Count alerts of a rule, and tell nobody
    Mute {
        /// See `rules`
        rule: Rule,
        /// About this subject alone (a device's id, a service, a provider, `fleet`)
        #[arg(long)]
        subject: Option<String>,
        /// Until when: `8h`, `7d`, `2027-01-31`
        #[arg(long = "until", value_name = "TIME")]
        until: String,
        /// Why
        #[arg(long, default_value = "")]
        why: String,
    },
    /// End a mute before its time
    Unmute {
        /// See `rules`
        rule: Rule,
        /// The subject it was for
        #[arg(long)]
        subject: Option<String>,
    },
    /// Mutes that have not ended
    Mutes,
    /// What alerts are raised for
    Rules,
}

#[derive(Args)]
pub(crate) struct List {
    /// Closed ones as well
    #[arg(long)]
    all: bool,
    /// Of this rule
    #[arg(long)]
    rule: Option<Rule>,
    /// At least as urgent: 1, 2 or 3
    #[arg(long, value_parser = urgency)]
    urgency: Option<Urgency>,
    #[command(flatten)]
    limit: Limit,
}

fn urgency(text: &str) -> Result<Urgency, String> {
    let read = text.parse().ok().and_then(Urgency::from_number);
    read.ok_or_else(|| "expected 1, 2 or 3".to_owned())
}

#[derive(Serialize)]
struct ShownRule {
    rule: Rule,
    urgency: u8,
}

impl Alert {
    pub(crate) async fn run(self, home: &Path, output: Output) -> Result<(), Failure> {
        let (_, repo) = open(home).await?;
        let (actor, now) = (Actor::command_line(), clock::now());
        match self {
            Self::List(list) => list.run(&*repo, output).await,
            Self::Show { id } => show(&*repo, id, output).await,
            Self::Acknowledge { id } => {
                let done = alerts::acknowledge(&*repo, &actor, id, now).await?;
                changed(done, "there is no such alert that waits for somebody")?;
                vouch(home, &*repo).await?;
                say(&*repo, id, output).await
            }
            Self::Close { id, note } => {
                let done = alerts::close(&*repo, &actor, id, &note, now).await?;
                changed(done, "there is no such open alert")?;
                vouch(home, &*repo).await?;
                say(&*repo, id, output).await
            }
            Self::Mute {
                rule,
                subject,
                until,
                why,
            } => {
                let until = ahead(&until, now)?;
                if until <= now {
                    return Err("a mute ends in the future".into());
                }
                let muted = json!({"rule": rule, "subject": subject, "until": until});
                let wanted = MuteWanted {
                    rule,
                    subject,
                    until,
                    why,
                };
                alerts::mute(&*repo, &actor, wanted, now).await?;
                vouch(home, &*repo).await?;
                Ok(shown::done(output.json, &muted)?)
            }
            Self::Unmute { rule, subject } => {
                let done = alerts::unmute(&*repo, &actor, rule, subject.as_deref(), now).await?;
                changed(done, "there is no such mute")?;
                vouch(home, &*repo).await?;
                Ok(shown::done(output.json, &json!({"rule": rule, "subject": subject}))?)
            }
            Self::Mutes => mutes(&*repo, now, output).await,
            Self::Rules => rules(output),
        }
    }
}

fn changed(changed: bool, otherwise: &str) -> Result<(), Failure> {
    if changed { Ok(()) } else { Err(otherwise.into()) }
}

async fn say(repo: &dyn Repo, id: EventId, output: Output) -> Result<(), Failure> {
    let alert = repo.alert(id).await?.map(AlertShown::from);
    Ok(shown::done(output.json, &alert)?)
}

impl List {
    async fn run(self, repo: &dyn Repo, output: Output) -> Result<(), Failure> {
        let wanted = AlertsWanted {
            closed: self.all,
            rule: self.rule,
            urgency: self.urgency,
            limit: self.limit.limit,
            ..AlertsWanted::default()
        };
        let alerts: Vec<AlertShown> = repo.alerts(&wanted).await?.into_iter().map(AlertShown::from).collect();
        let head = ["ID", "URGENCY", "STATE", "RULE", "ABOUT", "COUNT", "LAST (UTC)", ""];
        shown::rows(output.json, &head, &alerts, |alert| {
            vec![
                alert.id.to_string(),
                alert.urgency.to_string(),
                alert.state.to_owned(),
                alert.rule.to_string(),
                alert.device_name.clone().unwrap_or_else(|| alert.subject.clone()),
                alert.count.to_string(),
                time(Timestamp::from_millis(alert.last)),
                alert.text.clone(),
            ]
        })?;
        Ok(())
    }
}

async fn show(repo: &dyn Repo, id: EventId, output: Output) -> Result<(), Failure> {
    let alert = repo.alert(id).await?.ok_or("there is no such alert")?;
    let shown = AlertShown::from(alert).told(repo.deliveries_of(id).await?);
    // One thing with many fields reads best as it is.
    let text = if output.json {
        serde_json::to_string(&shown)?
    } else {
        serde_json::to_string_pretty(&shown)?
    };
    println!("{text}");
    Ok(())
}

async fn mutes(repo: &dyn Repo, now: Timestamp, output: Output) -> Result<(), Failure> {
    let mutes: Vec<MuteShown> = repo.mutes(now).await?.into_iter().map(MuteShown::from).collect();
    let head = ["RULE", "SUBJECT", "UNTIL (UTC)", "BY", "WHY"];
    shown::rows(output.json, &head, &mutes, |mute| {
        vec![
            mute.rule.to_string(),
            mute.subject.clone().unwrap_or_else(|| "all".to_owned()),
            time(Timestamp::from_millis(mute.until)),
            mute.by.clone(),
            mute.why.clone(),
        ]
    })?;
    Ok(())
}

fn rules(output: Output) -> Result<(), Failure> {
    let rules = Rule::ALL.map(|rule| ShownRule {
        rule,
        urgency: rule.urgency().number(),
    });
    shown::rows(output.json, &["RULE", "URGENCY"], &rules, |rule| {
        vec![rule.rule.to_string(), rule.urgency.to_string()]
    })?;
    Ok(())
}
