//! `weir-server report flows`

use super::super::new::New;
use super::super::{Failure, Output, open, shown, vouch};
use super::Asked;
use clap::Args;
use std::path::{Path, PathBuf};
use weir_server::clock;
use weir_server::journal::Actor;
use weir_server::reports::{self, Flow, Term};

#[derive(Args)]
pub(crate) struct Flows {
    /// Write the picture (SVG) to this file as well; an existing file is not touched
    #[arg(long, value_name = "FILE")]
    svg: Option<PathBuf>,
    #[command(flatten)]
    asked: Asked,
}

impl Flows {
    pub(crate) async fn run(self, home: &Path, output: Output) -> Result<(), Failure> {
        let times = self.asked.times()?;
        let svg = self.svg.as_deref().map(New::at).transpose()?;
        let (_, repo) = open(home).await?;
        let (actor, purpose) = (Actor::command_line(), &self.asked.purpose);
        let flows = reports::flows(&*repo, &actor, times, purpose, clock::now()).await;
        vouch(home, &*repo).await?;
        let flows = flows?;
        if let Some(svg) = svg {
            svg.write(reports::picture(&flows).as_bytes())?;
        }
        if output.json {
            println!("{}", serde_json::to_string(&flows)?);
            return Ok(());
        }
        let head = [
            "BY",
            "TO",
            "PROVIDER",
            "TIER",
            "LEVEL",
            "ACTION",
            "RULE",
            "BUNDLE",
            "SENT",
            "REWRITTEN",
            "KEPT",
        ];
        shown::rows(false, &head, &flows.flows, flow)?;
        if flows.not_listed > 0 {
            println!("{} more messages, of flows that are not listed", flows.not_listed);
        }
        if flows.unread > 0 {
            println!(
                "{} decisions could not be read: they are of newer devices",
                flows.unread
            );
        }
        println!("\nWhat was promised:");
        let head = ["PROVIDER", "PROMISE", "NUMBER", "PLACE", "DOCUMENT", "UNTIL"];
        shown::rows(false, &head, &flows.terms, term)?;
        Ok(())
    }
}

fn flow(flow: &Flow) -> Vec<String> {
    vec![
        flow.channel.to_string(),
        flow.target.clone().unwrap_or_else(|| flow.service.clone()),
        flow.provider.clone().unwrap_or_default(),
        flow.tier.as_str().to_owned(),
        flow.level.to_string(),
        flow.action.to_string(),
        flow.rule.clone().unwrap_or_default(),
        flow.bundle.to_string(),
        flow.sent.to_string(),
        flow.rewritten.to_string(),
        flow.kept.to_string(),
    ]
}

fn term(term: &Term) -> Vec<String> {
    let promise = serde_json::to_value(term.promise).unwrap_or_default();
    vec![
        term.provider.clone(),
        promise.as_str().unwrap_or_default().to_owned(),
        term.number.map_or_else(String::new, |number| number.to_string()),
        term.place.clone(),
        term.document.clone(),
        term.until.clone(),
    ]
}
