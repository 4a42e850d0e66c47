//! Policy on its way to devices: bundles that people have signed, to all of their audience or stage by stage.
//!
//! ```text
//! signed bundle ─ publish ─┬ offers: what each device gets ─ hints, GET bundle
//!                          └ roll-out: stage ─ tallies ─ judge ─┬ goes on
//!                                                               └ pauses, with its evidence
//! ```
//!
//! The server checks what a device would check before it hands a bundle out, and can do no more: it has no key that
//! devices believe. A stolen server can keep policy back, and cannot loosen it. One whose database was put back, or that
//! stands between, cannot even keep it back for long: devices go by fresh statements, which say what the tables of a server with the keys
//! say.

mod at;
mod carried;
mod change;
mod fresh;
mod held;
mod hints;
mod judge;
mod offer;
mod rollout;
mod rollout_table;
mod routes;
mod stage;
mod table;
mod watch;

pub use at::{HistoryTable, Ran, concerned, ran_at};
pub use change::{ChangeError, Turn, roll_back, steer};
pub use fresh::{SayError, Statements};
pub use hints::Hints;
pub use judge::{Arm, Evidence, Measure, Tally, judge};
pub use offer::{Offer, offered, runs};
pub use rollout::{Rollout, RolloutState, Step, StepKind};
pub use rollout_table::{Reach, RolloutTable, Tallied};
pub use routes::{bundle, fresh, stream};
pub use stage::{PlanError, Stage, is_in, looked_at};
pub use table::{BundleTable, Published};
pub use watch::{Watch, WatchError};

use crate::journal::{Actor, Deed, Entry};
use crate::repo::{Notice, Repo, RepoError};
use std::collections::BTreeSet;
use weir_bundle::{Device, Refused, Trust, verify};
use weir_model::{EventId, Timestamp};

/// How a bundle comes to be published.
#[derive(Clone, Debug)]
pub enum Way {
    /// Somebody brings it, signed.
    Direct {
        /// Whether bundles come from approved drafts alone.
        approval: bool,
    },
    /// It comes from a proposal that others approved.
    Approved {
        /// Which.
        proposal: EventId,
        /// How it is rolled out; to all at once where there are none.
        stages: Vec<Stage>,
    },
}

/// Why a bundle was not published.
#[derive(Debug, thiserror::Error)]
pub enum PublishError {
    /// No device would run it.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// Devices run what has the highest number: one below would never run.
    #[error("it is number {number}, and number {newest} is published")]
    Older {
        /// Its number.
        number: u64,
        /// The newest.
        newest: u64,
    },
    /// Nobody approved it.
    #[error("bundles come from approved drafts here (`policy.require_approval` in the server's configuration)")]
    Unapproved,
    /// Nobody's keys are known.
    #[error("the server knows no key that may sign policy (`policy.keys` in its configuration)")]
    NoKeys,
    /// The database.
    #[error(transparent)]
    Repo(#[from] RepoError),
}

/// Verifies a bundle as every device of its audience will, keeps it, and tells all nodes.
///
/// # Errors
/// Nothing has changed then.
pub async fn publish(
    repo: &dyn Repo,
    actor: &Actor,
    bundle: &[u8],
    trust: &Trust,
    way: Way,
    now: Timestamp,
) -> Result<Published, PublishError> {
    let (proposal, stages) = match way {
        Way::Direct { approval: true } => return Err(PublishError::Unapproved),
        Way::Direct { approval: false } => (None, Vec::new()),
        Way::Approved { proposal, stages } => (Some(proposal), stages),
    };
    if trust.keys.is_empty() {
        return Err(PublishError::NoKeys);
    }
    // Whom it is for is the signer's choice: asked as a device of any group it names.
    let audience: BTreeSet<String> = weir_bundle::inspect(bundle).map_err(Refused::from)?.contents.audience;
    let device = Device {
        groups: audience.clone(),
        newest: None,
    };
    let verified = verify(bundle, trust, &device, now)?;
    let contents = verified.contents();
    let newest = repo.newest_number().await?;
    if contents.number <= newest {
        return Err(PublishError::Older {
            number: contents.number,
            newest,
        });
    }
    let published = Published {
        number: contents.number,
        name: contents.name.clone(),
        digest: verified.newest().digest,
        issued: contents.issued,
        expires: contents.expires,
        published: now,
    };
    let entry = Entry::new(now, actor, Deed::BundlePublish, published.number)
        .with("name", &published.name)
        .with("digest", &published.digest)
        .with("audience", &audience)
        .with("signers", verified.signers())
        .with("proposal", proposal)
        .with("stages", (!stages.is_empty()).then_some(&stages));
    let rollout = Rollout::begun(&published, stages, now);
    let by = (&entry, actor);
    if !repo
        .add_bundle(&published, bundle, &audience, rollout.as_ref(), by)
        .await?
    {
        return Err(PublishError::Older {
            number: published.number,
            newest: repo.newest_number().await?,
        });
    }
    repo.notify(Notice::Bundle).await?;
    Ok(published)
}
