use super::Desk;
use super::draft::newest;
use crate::cli::shown::{self, time};
use crate::cli::{Failure, Limit};
use clap::Args;
use std::path::PathBuf;
use weir_model::{EventId, Timestamp};
use weir_server::api::{BundleShown, ProposalShown};
use weir_server::clock;
use weir_server::drafts::{self, Decided, Terms};
use weir_server::policies::Stage;

#[derive(Args)]
pub(crate) struct Propose {
    /// The draft
    draft: EventId,
    /// Which revision [default: the newest]
    #[arg(long, value_name = "NUMBER")]
    revision: Option<u32>,
    /// A group of devices it is for (repeatable)
    #[arg(long = "group", value_name = "GROUP", required = true)]
    groups: Vec<String>,
    /// Days the bundle is valid for
    #[arg(long, value_name = "DAYS", default_value_t = 90)]
    days: u32,
    /// Why
    #[arg(long, value_name = "TEXT", default_value = "")]
    why: String,
    /// A stage of its roll-out: `GROUP,GROUP:PERCENT` or `*:PERCENT`, with `:MINUTES` if it is to go on by itself (repeatable)
    #[arg(long = "stage", value_name = "STAGE", value_parser = stage)]
    stages: Vec<Stage>,
}

fn stage(text: &str) -> Result<Stage, String> {
    let wrong = || "a stage is `GROUP,GROUP:PERCENT` or `*:PERCENT`, and may end in `:MINUTES`".to_owned();
    let mut parts = text.split(':');
    let groups = parts.next().unwrap_or_default();
    let percent = parts
        .next()
        .and_then(|percent| percent.parse().ok())
        .ok_or_else(wrong)?;
    let minutes = parts
        .next()
        .map(|minutes| minutes.parse().map_err(|_| wrong()))
        .transpose()?;
    if parts.next().is_some() || groups.is_empty() {
        return Err(wrong());
    }
    Ok(Stage {
        groups: match groups {
            "*" => std::collections::BTreeSet::new(),
            groups => groups.split(',').map(str::to_owned).collect(),
        },
        percent,
        minutes,
    })
}

impl Propose {
    pub(super) async fn run(self, desk: &Desk<'_>) -> Result<(), Failure> {
        let number = newest(desk, self.draft, self.revision).await?;
        let terms = Terms {
            audience: self.groups.into_iter().collect(),
            days: self.days,
            why: self.why,
            stages: self.stages,
        };
        let approval = desk.config.policy.require_approval;
        let of = (self.draft, number);
        let made = drafts::propose(&*desk.repo, desk.by(), of, terms, approval, clock::now()).await?;
        desk.vouch().await?;
        show(desk, &[made.into()])
    }
}

pub(super) async fn list(desk: &Desk<'_>, limit: Limit) -> Result<(), Failure> {
    let proposals = desk.repo.proposals(None, limit.limit).await?;
    let proposals: Vec<ProposalShown> = proposals.into_iter().map(ProposalShown::from).collect();
    show(desk, &proposals)
}

fn show(desk: &Desk<'_>, proposals: &[ProposalShown]) -> Result<(), Failure> {
    let head = [
        "ID",
        "STATE",
        "CLASS",
        "NEEDED",
        "BY",
        "PROPOSED (UTC)",
        "NUMBER",
        "WHY",
    ];
    shown::rows(desk.output.json, &head, proposals, |proposal| {
        vec![
            proposal.id.to_string(),
            proposal.state.as_str().to_owned(),
            proposal.class.as_str().to_owned(),
            proposal.needed.to_string(),
            proposal.proposer.clone(),
            time(Timestamp::from_millis(proposal.proposed)),
            proposal.number.map(|number| number.to_string()).unwrap_or_default(),
            proposal.why.clone(),
        ]
    })?;
    Ok(())
}

#[derive(Args)]
pub(crate) struct Approve {
    /// As `proposals` shows it
    id: EventId,
    /// Why
    #[arg(long, value_name = "TEXT", default_value = "")]
    why: String,
}

#[derive(Args)]
pub(crate) struct Refuse {
    /// As `proposals` shows it
    id: EventId,
    /// Why
    #[arg(long, value_name = "TEXT")]
    why: String,
}

impl Approve {
    pub(super) async fn run(self, desk: &Desk<'_>) -> Result<(), Failure> {
        say(desk, self.id, true, self.why).await
    }
}

impl Refuse {
    pub(super) async fn run(self, desk: &Desk<'_>) -> Result<(), Failure> {
        say(desk, self.id, false, self.why).await
    }
}

async fn say(desk: &Desk<'_>, id: EventId, approves: bool, why: String) -> Result<(), Failure> {
    drafts::decide(&*desk.repo, &desk.actor, id, Decided { approves, why }, clock::now()).await?;
    desk.vouch().await?;
    let proposal = desk.repo.proposal(id).await?.ok_or("there is no such proposal")?;
    let verdicts = desk.repo.verdicts(id).await?;
    show(desk, &[ProposalShown::from(proposal).with(verdicts)])
}

#[derive(Args)]
pub(crate) struct Payload {
    /// As `proposals` shows it
    id: EventId,
    /// Where it is written; an existing file is not touched
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

impl Payload {
    pub(super) async fn run(self, desk: &Desk<'_>) -> Result<(), Failure> {
        let sealed = drafts::payload(&*desk.repo, &desk.actor, self.id, clock::now()).await?;
        desk.vouch().await?;
        let file = std::fs::File::create_new(&self.out);
        let written = file.and_then(|mut file| std::io::Write::write_all(&mut file, &sealed.envelope));
        written.map_err(|error| format!("`{}`: {error}", self.out.display()))?;
        match desk.output.json {
            true => println!(
                "{}",
                serde_json::json!({ "number": sealed.number, "digest": sealed.digest })
            ),
            false => println!(
                "bundle {} with digest {}: sign it with `weir policy sign`",
                sealed.number, sealed.digest
            ),
        }
        Ok(())
    }
}

#[derive(Args)]
pub(crate) struct Publish {
    /// As `proposals` shows it
    id: EventId,
    /// The signed bundle
    file: PathBuf,
}

impl Publish {
    pub(super) async fn run(self, desk: &Desk<'_>) -> Result<(), Failure> {
        let signed = std::fs::read(&self.file).map_err(|error| format!("`{}`: {error}", self.file.display()))?;
        let trust = desk.config.trust_in(desk.home)?;
        let made = drafts::publish_signed(&*desk.repo, &desk.actor, self.id, &signed, &trust, clock::now()).await?;
        desk.vouch().await?;
        let bundle = BundleShown::from(made);
        match desk.output.json {
            true => println!("{}", serde_json::to_string(&bundle)?),
            false => println!("bundle {} is published", bundle.number),
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::stage;

    #[test]
    fn stages_are_read_as_they_are_written() {
        let read = stage("pilot,lab:50:60").unwrap();
        assert_eq!((read.groups.len(), read.percent, read.minutes), (2, 50, Some(60)));
        let all = stage("*:10").unwrap();
        assert_eq!((all.groups.len(), all.percent, all.minutes), (0, 10, None));
        for wrong in ["", "pilot", ":5", "pilot:x", "a:1:2:3", "a:1:x"] {
            assert!(stage(wrong).is_err(), "{wrong}");
        }
    }
}
