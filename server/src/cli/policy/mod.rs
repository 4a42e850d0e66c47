//! `weir-server policy`

mod draft;
mod proposal;
mod rollout;

use super::{Failure, Output, open, own_program, vouch};
use clap::Subcommand;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use weir_server::config::Config;
use weir_server::drafts::{self, Apart};
use weir_server::journal::Actor;
use weir_server::people::person;
use weir_server::policies::Turn;
use weir_server::repo::Repo;

#[derive(Subcommand)]
pub(crate) enum Policy {
    /// Drafts, newest first
    Drafts(draft::Drafts),
    /// Begin a draft
    Draft(draft::Begin),
    /// Save packs as the next revision of a draft, and try it out
    Save(draft::Save),
    /// A revision: what it is worth, and what changes
    Show(draft::Show),
    /// End the work on a draft; what was saved stays
    Close(draft::Close),
    /// What a revision would have decided about stored records
    DryRun(draft::DryRun),
    /// Propose a revision
    Propose(proposal::Propose),
    /// Proposals, newest first
    Proposals(super::Limit),
    /// Approve what somebody else wrote and proposed
    Approve(proposal::Approve),
    /// Refuse a proposal
    Refuse(proposal::Refuse),
    /// Write what is to be signed with `weir policy sign`
    Payload(proposal::Payload),
    /// Bring back what was signed, and give it to devices as it was agreed
    Publish(proposal::Publish),
    /// Roll-outs, newest first
    Rollouts(rollout::Rollouts),
    /// A roll-out, with its history
    Rollout(rollout::Which),
    /// Go on to the next stage at once
    Advance(rollout::Which),
    /// Let no more devices have a bundle for now
    Pause(rollout::Which),
    /// Let a paused roll-out go on
    Resume(rollout::Which),
    /// Let no more devices have a bundle, and prepare a draft with earlier content
    RollBack(rollout::Back),
    /// Which policy a device ran at a time, as its records tell
    At(rollout::At),
}

/// What all of these need.
struct Desk<'a> {
    home: &'a Path,
    config: Config,
    repo: Arc<dyn Repo>,
    actor: Actor,
    person: String,
    apart: Apart,
    output: Output,
}

impl Desk<'_> {
    fn by(&self) -> (&Actor, &str) {
        (&self.actor, &self.person)
    }

    async fn vouch(&self) -> Result<(), Failure> {
        vouch(self.home, &*self.repo).await
    }
}

impl Policy {
    pub(crate) async fn run(self, home: &Path, output: Output) -> Result<(), Failure> {
        let (config, repo) = open(home).await?;
        let actor = Actor::command_line();
        let desk = Desk {
            home,
            config,
            repo,
            person: person(&actor).unwrap_or_else(|| actor.to_string()),
            actor,
            apart: Apart::new(&own_program()),
            output,
        };
        match self {
            Self::Drafts(drafts) => drafts.run(&desk).await,
            Self::Draft(begin) => begin.run(&desk).await,
            Self::Save(save) => save.run(&desk).await,
            Self::Show(show) => show.run(&desk).await,
            Self::Close(close) => close.run(&desk).await,
            Self::DryRun(run) => run.run(&desk).await,
            Self::Propose(propose) => propose.run(&desk).await,
            Self::Proposals(limit) => proposal::list(&desk, limit).await,
            Self::Approve(approve) => approve.run(&desk).await,
            Self::Refuse(refuse) => refuse.run(&desk).await,
            Self::Payload(payload) => payload.run(&desk).await,
            Self::Publish(publish) => publish.run(&desk).await,
            Self::Rollouts(rollouts) => rollouts.run(&desk).await,
            Self::Rollout(which) => which.show(&desk).await,
            Self::Advance(which) => which.steer(Turn::Advance, &desk).await,
            Self::Pause(which) => which.steer(Turn::Pause, &desk).await,
            Self::Resume(which) => which.steer(Turn::Resume, &desk).await,
            Self::RollBack(back) => back.run(&desk).await,
            Self::At(at) => at.run(&desk).await,
        }
    }
}

/// Does one job of a running server's, and nothing else.
pub(crate) fn check() -> ExitCode {
    match drafts::serve(std::io::stdin().lock(), std::io::stdout().lock()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}
