//! Policy on its way to devices: bundles that people have signed.
//!
//! The server checks what a device would check before it hands a bundle out, and can do no more: it has no key that
//! devices believe. A stolen server can keep policy back, and cannot loosen it.

mod hints;
mod routes;
mod table;

pub use hints::Hints;
pub use routes::{bundle, stream};
pub use table::{BundleTable, Published};

use crate::journal::{Actor, Deed, Entry};
use crate::repo::{Notice, Repo, RepoError};
use std::collections::BTreeSet;
use weir_bundle::{Device, Refused, Trust, verify};
use weir_model::Timestamp;

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
    now: Timestamp,
) -> Result<Published, PublishError> {
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
        .with("audience", &audience);
    repo.add_bundle(&published, bundle, &audience, &entry).await?;
    repo.notify(Notice::Bundle).await?;
    Ok(published)
}
