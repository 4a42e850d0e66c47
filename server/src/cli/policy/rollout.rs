use super::{Desk, draft};
use crate::cli::Failure;
use crate::cli::shown::{self, time};
use crate::cli::when::ago;
use clap::Args;
use serde_json::json;
use weir_fleet::DeviceId;
use weir_model::Timestamp;
use weir_server::api::{DraftShown, PolicyAt, RolloutShown};
use weir_server::clock;
use weir_server::journal::{Deed, Entry, Purpose};
use weir_server::policies::{self, Rollout, Turn, ran_at};
use weir_server::readings;

#[derive(Args)]
pub(crate) struct Rollouts {
    /// Those at an end as well
    #[arg(long)]
    ended: bool,
    #[command(flatten)]
    limit: crate::cli::Limit,
}

impl Rollouts {
    pub(super) async fn run(self, desk: &Desk<'_>) -> Result<(), Failure> {
        let mut rollouts = Vec::new();
        for rollout in desk.repo.rollouts(self.ended, self.limit.limit).await? {
            rollouts.push(RolloutShown::of(&*desk.repo, rollout).await?);
        }
        let head = ["BUNDLE", "STATE", "STAGE", "SINCE (UTC)", "OFFERED", "RUNNING"];
        shown::rows(desk.output.json, &head, &rollouts, |rollout| {
            vec![
                rollout.bundle.to_string(),
                standing(rollout),
                format!("{} of {}", rollout.stage, rollout.stages.len()),
                time(Timestamp::from_millis(rollout.entered)),
                format!("{} of {}", rollout.offered, rollout.devices),
                rollout.running.to_string(),
            ]
        })?;
        Ok(())
    }
}

#[derive(Args)]
pub(crate) struct Which {
    /// Number of the bundle
    bundle: u64,
    /// Why
    #[arg(long, value_name = "TEXT", default_value = "")]
    why: String,
}

impl Which {
    pub(super) async fn show(self, desk: &Desk<'_>) -> Result<(), Failure> {
        let rollout = desk.repo.rollout(self.bundle).await?;
        print(desk, rollout.ok_or("there is no such roll-out")?).await
    }

    pub(super) async fn steer(self, turn: Turn, desk: &Desk<'_>) -> Result<(), Failure> {
        let what = (self.bundle, turn);
        let rollout = policies::steer(&*desk.repo, &desk.actor, what, &self.why, clock::now()).await?;
        desk.vouch().await?;
        print(desk, rollout).await
    }
}

/// How it stands, and what overtook it.
fn standing(rollout: &RolloutShown) -> String {
    match rollout.overtaken_by {
        Some(bundle) => format!("{} by {bundle}", rollout.state_text()),
        None => rollout.state_text().to_owned(),
    }
}

async fn print(desk: &Desk<'_>, rollout: Rollout) -> Result<(), Failure> {
    let steps = desk.repo.rollout_steps(rollout.bundle).await?;
    let shown = RolloutShown::of(&*desk.repo, rollout).await?.with(steps);
    if desk.output.json {
        println!("{}", serde_json::to_string(&shown)?);
        return Ok(());
    }
    println!(
        "bundle {}: {}, stage {} of {} since {}; devices: {}, to have it: {}, run it: {}, refuse it: {}",
        shown.bundle,
        standing(&shown),
        shown.stage,
        shown.stages.len(),
        time(Timestamp::from_millis(shown.entered)),
        shown.devices,
        shown.offered,
        shown.running,
        shown.refusing
    );
    for (whose, tally) in [("run it", shown.treated), ("are not to have it yet", shown.control)] {
        println!(
            "messages of devices that {whose}: {}; blocked {}, overruled {}, failed {}",
            tally.messages, tally.blocked, tally.overruled, tally.failed
        );
    }
    for step in &shown.steps {
        println!(
            "{}  {} by {} in stage {}{}",
            time(Timestamp::from_millis(step.time)),
            step.what.as_str(),
            step.actor,
            step.stage,
            if step.why.is_empty() {
                String::new()
            } else {
                format!(": {}", step.why)
            }
        );
    }
    Ok(())
}

#[derive(Args)]
pub(crate) struct Back {
    /// Number of the bundle
    bundle: u64,
    /// The earlier bundle; 0: the pack that is built in
    #[arg(long, value_name = "NUMBER")]
    to: u64,
    /// Why
    #[arg(long, value_name = "TEXT", default_value = "")]
    why: String,
}

impl Back {
    pub(super) async fn run(self, desk: &Desk<'_>) -> Result<(), Failure> {
        let (_, made) =
            policies::roll_back(&*desk.repo, desk.by(), self.bundle, self.to, &self.why, clock::now()).await?;
        desk.vouch().await?;
        draft::show(desk, &[DraftShown::from(made)])
    }
}

#[derive(Args)]
pub(crate) struct At {
    /// As `device list` shows it
    device: DeviceId,
    /// When: `2h` ago, or a date
    #[arg(value_name = "TIME", value_parser = moment)]
    time: Timestamp,
    /// Why it is asked; it is entered in the journal
    #[arg(long, value_name = "TEXT")]
    purpose: Purpose,
}

fn moment(text: &str) -> Result<Timestamp, String> {
    ago(text, clock::now())
}

impl At {
    pub(super) async fn run(self, desk: &Desk<'_>) -> Result<(), Failure> {
        let entry = Entry::new(clock::now(), &desk.actor, Deed::PolicyRead, self.device)
            .with("at", self.time)
            .with("purpose", &self.purpose);
        let around = ran_at(&*desk.repo, self.device, self.time).await?;
        let concerned = policies::concerned(self.device, &around);
        readings::note(&*desk.repo, &entry, &concerned).await?;
        desk.vouch().await?;
        let at = PolicyAt::of(self.time, around);
        if desk.output.json {
            println!("{}", json!(at));
            return Ok(());
        }
        for (which, ran) in [
            ("last decision before", &at.before),
            ("first decision after", &at.after),
        ] {
            match ran {
                Some(ran) => println!(
                    "{which}: {} under bundle {} ({})",
                    time(Timestamp::from_millis(ran.time)),
                    ran.bundle,
                    ran.digest
                ),
                None => println!("{which}: none"),
            }
        }
        println!(
            "{}",
            match at.certain {
                true => "both name the same policy: it ran at that time",
                false => "its records do not tell for certain",
            }
        );
        Ok(())
    }
}
