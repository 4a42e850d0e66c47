//! Signs heads now and then, and holds the journal against them.

use super::chain::{Broken, Checkpoint, Head, Verifier};
use super::table::Page;
use crate::clock;
use crate::repo::{Repo, RepoError};
use serde::{Deserialize, Serialize};
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;
use weir_bundle::{PublicKey, SigningKey};
use weir_model::{Timestamp, chain};

/// Knows the key, and the file beside the keys that holds the newest head this home has signed: a database that is set
/// back to an older copy does not set that back.
#[derive(Clone, Debug)]
pub struct Witness {
    file: PathBuf,
}

/// A journal that is what was entered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    /// Where it stands.
    pub head: Head,
    /// The newest signed head.
    pub checkpoint: Option<Checkpoint>,
}

/// The journal is not right, or cannot be looked at.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// It is not what was entered.
    #[error(transparent)]
    Broken(#[from] Broken),
    /// The database.
    #[error(transparent)]
    Repo(#[from] RepoError),
    /// The file of the newest head.
    #[error("`{}` cannot be used", .path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// The file's text.
#[derive(Serialize, Deserialize)]
struct Written {
    number: u64,
    hash: String,
    time: Timestamp,
    signature: String,
}

/// How soon after an entry its head is signed.
const EVERY: Duration = Duration::from_secs(5);
const ROWS: u32 = 1000;

impl Witness {
    /// Name of its file.
    pub const FILE: &str = "journal.head";

    /// With its file in this home.
    #[must_use]
    pub fn in_home(home: &Path) -> Self {
        Self {
            file: home.join(Self::FILE),
        }
    }

    /// Signs where the journal stands, for as long as the node lives.
    pub async fn follow(&self, repo: &dyn Repo, key: &SigningKey) {
        loop {
            tokio::time::sleep(EVERY).await;
            if let Err(error) = self.sign(repo, key, clock::now()).await {
                // Nothing is vouched for that is not right; everything else goes on.
                tracing::error!(error = chain(&error), "the journal's head was not signed");
            }
        }
    }

    /// Signs the head, once it is known that the rows since the last signed head lead to it.
    ///
    /// # Errors
    /// Nothing was signed then.
    pub async fn sign(&self, repo: &dyn Repo, key: &SigningKey, now: Timestamp) -> Result<(), VerifyError> {
        let known = self.known(repo, &key.public()).await?;
        let head = repo.journal_head().await?;
        let heads = || known.iter().map(|known| known.head);
        if head.number == 0 || !known.is_empty() && heads().all(|known| known == head) {
            return Ok(());
        }
        let from = heads().min_by_key(|known| known.number).unwrap_or_default();
        is_there(repo, from).await?;
        go_through(repo, Verifier::behind(from), head, &known, &key.public()).await?;
        let checkpoint = Checkpoint::sign(head, now, key);
        repo.add_checkpoint(&checkpoint).await?;
        self.write(&checkpoint)
    }

    /// Goes through the whole journal.
    ///
    /// # Errors
    /// [`VerifyError::Broken`] says where it breaks.
    pub async fn verify(&self, repo: &dyn Repo, key: &PublicKey) -> Result<Verified, VerifyError> {
        // In this order: what comes meanwhile is behind the head, and not taken for cut off.
        let known = self.known(repo, key).await?;
        let head = repo.journal_head().await?;
        go_through(repo, Verifier::default(), head, &known, key).await?;
        let checkpoint = known.into_iter().max_by_key(|known| known.head.number);
        Ok(Verified { head, checkpoint })
    }

    /// The newest head that was signed, as the file has it and as the database has it.
    async fn known(&self, repo: &dyn Repo, key: &PublicKey) -> Result<Vec<Checkpoint>, VerifyError> {
        let known = [self.read()?, repo.newest_checkpoint().await?];
        let known: Vec<Checkpoint> = known.into_iter().flatten().collect();
        match known.iter().find(|known| !known.is_of(key)) {
            Some(Checkpoint { head, .. }) => Err(Broken::Forged { number: head.number }.into()),
            None => Ok(known),
        }
    }

    fn read(&self) -> Result<Option<Checkpoint>, VerifyError> {
        let text = match fs::read(&self.file) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(self.wrong(error)),
        };
        let malformed = || self.wrong(io::Error::new(io::ErrorKind::InvalidData, "not a checkpoint"));
        let written: Written = serde_json::from_slice(&text).map_err(|_| malformed())?;
        let mut head = Head {
            number: written.number,
            hash: [0; 32],
        };
        hex::decode_to_slice(&written.hash, &mut head.hash).map_err(|_| malformed())?;
        Ok(Some(Checkpoint {
            head,
            time: written.time,
            signature: hex::decode(&written.signature).map_err(|_| malformed())?,
        }))
    }

    /// Whole or not at all.
    fn write(&self, checkpoint: &Checkpoint) -> Result<(), VerifyError> {
        let written = Written {
            number: checkpoint.head.number,
            hash: hex::encode(checkpoint.head.hash),
            time: checkpoint.time,
            signature: hex::encode(&checkpoint.signature),
        };
        // Numbers and texts cannot fail to be written.
        let text = serde_json::to_vec(&written).unwrap_or_default();
        // A command and a running server may write at once.
        let unfinished = self.file.with_extension(format!("{}.new", std::process::id()));
        let write = || {
            let mut file = fs::File::create(&unfinished)?;
            file.write_all(&text)?;
            // Else a power cut may leave the name without the text.
            file.sync_all()?;
            fs::rename(&unfinished, &self.file)
        };
        write().map_err(|error| self.wrong(error))
    }

    fn wrong(&self, source: io::Error) -> VerifyError {
        let path = self.file.clone();
        VerifyError::File { path, source }
    }
}

/// A head that was signed is of a row.
async fn is_there(repo: &dyn Repo, head: Head) -> Result<(), VerifyError> {
    let Some(before) = head.number.checked_sub(1) else {
        return Ok(());
    };
    let row = repo.journal(Page::After(before), 1).await?;
    match row.first() {
        Some(row) if row.number == head.number && row.hash == head.hash => Ok(()),
        _ => Err(Broken::Rewritten { number: head.number }.into()),
    }
}

async fn go_through(
    repo: &dyn Repo,
    mut verifier: Verifier,
    head: Head,
    known: &[Checkpoint],
    key: &PublicKey,
) -> Result<(), VerifyError> {
    while verifier.at().number < head.number {
        let at = verifier.at().number;
        let mut rows = repo.journal(Page::After(at), ROWS).await?;
        rows.retain(|row| row.number <= head.number);
        let Some(last) = rows.last().map(|row| row.number) else {
            break;
        };
        let mut checkpoints = repo.checkpoints(at, last).await?;
        let among = known
            .iter()
            .filter(|known| (at + 1..=last).contains(&known.head.number));
        checkpoints.extend(among.cloned());
        checkpoints.sort_by_key(|checkpoint| checkpoint.head.number);
        verifier.page(&rows, &checkpoints, key)?;
    }
    verifier.end(head)?;
    for known in known.iter().filter(|known| known.head.number > head.number) {
        verifier.checkpoint(known, key)?;
    }
    Ok(())
}
