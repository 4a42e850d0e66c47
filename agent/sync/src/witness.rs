//! This device as a witness of the server's log: the log only grows, and is the same for all.
//!
//! A receipt brings the log's checkpoint. The last one that was proved is kept; once an hour, and with the first receipt
//! after the start, the server has to prove that the log goes on from there and that the receipt stands in it. What it
//! cannot prove is kept as evidence, recorded, and so told to the server's own administrators.
//!
//! Failure: a server that cannot be asked is asked again; records go on being sent. Evidence is never overwritten.

use crate::Agent;
use crate::client::{AskError, Client};
use crate::identity::Identity;
use serde::{Deserialize, Serialize};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use weir_fleet::{Acknowledged, LogEntry, LogProof, Receipt, Refusal, log_key, routes};
use weir_model::{Timestamp, chain};
use weir_store::replace;
use weir_tlog::{Checkpoint, Hash, KeyName, verify_consistency, verify_inclusion};

/// Two checkpoints of one log that contradict each other.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Split {
    /// When it was found.
    pub found: Timestamp,
    /// What is wrong, for people.
    pub why: String,
    /// The checkpoint that was known.
    pub known: String,
    /// The one that does not go on from it.
    pub offered: String,
}

/// Holds new checkpoints against the last one.
pub(crate) struct Witness {
    dir: PathBuf,
    key: KeyName,
    known: Option<Seen>,
    /// When the next proof is wanted.
    due: Instant,
    /// When the last proof came, or this run began.
    proved: Instant,
    told_unproved: bool,
}

#[derive(Clone, PartialEq, Eq)]
struct Seen {
    note: String,
    checkpoint: Checkpoint,
}

/// Between two proofs.
const PROVE: Duration = Duration::from_secs(3600);
/// After a proof that could not be asked for.
const AGAIN: Duration = Duration::from_secs(60);
/// A server that proves nothing for so long is told of.
const UNPROVED: Duration = Duration::from_secs(24 * 3600);

const CHECKPOINT: &str = "log.checkpoint";
const SPLIT: &str = "log.split";

enum Doubt {
    /// Not the log that was known.
    Split(String),
    /// Nobody can tell now.
    Unknown(AskError),
}

impl From<AskError> for Doubt {
    fn from(error: AskError) -> Self {
        match error {
            // Its own signature says that the log is that large.
            AskError::Refused(Refusal::Malformed { why }) => {
                Self::Split(format!("the server does not prove it: {why}"))
            }
            error => Self::Unknown(error),
        }
    }
}

impl Witness {
    /// With what is kept in the directory of the enrolment; `None` where there is no key of the server.
    pub(crate) fn read(identity: &Identity) -> Option<Self> {
        let dir = identity.dir().to_owned();
        let key = log_key(&identity.receipt_key()?).ok()?;
        let known = fs::read_to_string(dir.join(CHECKPOINT)).ok();
        let known = known.and_then(|note| Seen::open(&key, note));
        let now = Instant::now();
        Some(Self {
            dir,
            key,
            known,
            due: now,
            proved: now,
            told_unproved: false,
        })
    }

    /// Looks at the checkpoint of a receipt that was verified.
    pub(crate) async fn see(&mut self, client: &Client, receipt: &Receipt, said: &Acknowledged, agent: &dyn Agent) {
        let Some((leaf, note)) = receipt.log() else {
            return;
        };
        let Some(offered) = Seen::open(&self.key, note.to_owned()) else {
            // The receipt itself is the server's: this is not what somebody in between has done.
            tracing::error!("the checkpoint of the server's log is not signed by its key");
            return;
        };
        let proof_is_due = Instant::now() >= self.due;
        let seen = match self.compare(&offered.checkpoint) {
            Ok(()) if !proof_is_due => return,
            Ok(()) => self.prove(client, leaf, said, &offered.checkpoint).await,
            Err(why) => Err(Doubt::Split(why)),
        };
        let now = Instant::now();
        match seen {
            Ok(()) => {
                (self.due, self.proved, self.told_unproved) = (now + PROVE, now, false);
                self.keep(offered);
            }
            Err(Doubt::Unknown(error)) => {
                self.due = now + AGAIN;
                tracing::debug!(error = chain(&error), "the server's log could not be asked for a proof");
                if now.duration_since(self.proved) > UNPROVED && !std::mem::replace(&mut self.told_unproved, true) {
                    agent.remark(
                        "fleet.log-unproved",
                        "The server has not proved for a day that its log goes on as it was.".to_owned(),
                    );
                }
            }
            Err(Doubt::Split(why)) => {
                self.due = now + PROVE;
                tracing::error!(why, "the server's log is not the one that was known");
                agent.remark(
                    "fleet.split-view",
                    format!("The server's log is not the one it was: {why}. Its checkpoints are kept as evidence."),
                );
                self.keep_evidence(why, &offered);
                // Else every receipt would say the same; the evidence stays.
                self.keep(offered);
            }
        }
    }

    /// What can be told without asking.
    fn compare(&self, offered: &Checkpoint) -> Result<(), String> {
        let Some(Seen { checkpoint: known, .. }) = &self.known else {
            return Ok(());
        };
        if offered.size < known.size {
            return Err(format!("it had {} entries and has {}", known.size, offered.size));
        }
        if offered.size == known.size && offered.root != known.root {
            return Err(format!("its {} entries are others than they were", known.size));
        }
        Ok(())
    }

    /// The receipt is in the log, and the log goes on from the one that is known.
    async fn prove(&self, client: &Client, leaf: u64, said: &Acknowledged, offered: &Checkpoint) -> Result<(), Doubt> {
        let size = offered.size;
        let hashes = ask(client, &format!("{}?leaf={leaf}&size={size}", routes::LOG_INCLUSION)).await?;
        let hash = LogEntry::from(*said).leaf();
        verify_inclusion(&hash, leaf, size, &hashes, &offered.root)
            .map_err(|error| Doubt::Split(format!("a receipt is not in it ({error})")))?;
        let Some(Seen { checkpoint: known, .. }) = self.known.as_ref().filter(|known| known.checkpoint.size < size)
        else {
            return Ok(());
        };
        let hashes = ask(
            client,
            &format!("{}?from={}&to={size}", routes::LOG_CONSISTENCY, known.size),
        )
        .await?;
        verify_consistency((known.size, &known.root), (size, &offered.root), &hashes).map_err(|error| {
            Doubt::Split(format!(
                "its first {} entries are others than they were ({error})",
                known.size
            ))
        })
    }

    fn keep(&mut self, seen: Seen) {
        if let Err(error) = replace(&self.dir.join(CHECKPOINT), seen.note.as_bytes()) {
            tracing::warn!(%error, "the checkpoint of the server's log could not be kept");
        }
        self.known = Some(seen);
    }

    fn keep_evidence(&self, why: String, offered: &Seen) {
        let path = self.dir.join(SPLIT);
        if path.exists() {
            return;
        }
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let split = Split {
            found: Timestamp::from_millis(i64::try_from(now.as_millis()).unwrap_or(i64::MAX)),
            why,
            known: self.known.as_ref().map(|known| known.note.clone()).unwrap_or_default(),
            offered: offered.note.clone(),
        };
        // Texts and numbers can always be written.
        let text = serde_json::to_vec_pretty(&split).unwrap_or_default();
        if let Err(error) = replace(&path, &text) {
            tracing::error!(%error, "evidence against the server's log could not be kept");
        }
    }
}

impl Seen {
    fn open(key: &KeyName, note: String) -> Option<Self> {
        let checkpoint = key.open(&note).ok()?;
        Some(Self { note, checkpoint })
    }
}

async fn ask(client: &Client, route: &str) -> Result<Vec<Hash>, Doubt> {
    let strange = || Doubt::Unknown(AskError::Strange(http::StatusCode::OK));
    let Some((body, _)) = client.fetch(route, None).await? else {
        return Err(strange());
    };
    let proof: LogProof = serde_json::from_slice(&body).map_err(|_| strange())?;
    proof.read().map_err(|_| strange())
}

/// The evidence that is kept in the directory of an enrolment.
pub(crate) fn split(dir: &Path) -> Option<Split> {
    serde_json::from_slice(&fs::read(dir.join(SPLIT)).ok()?).ok()
}

/// Where that evidence is.
pub(crate) fn split_path(dir: &Path) -> PathBuf {
    dir.join(SPLIT)
}

/// Forgets what was seen of another server's log.
pub(crate) fn forget(dir: &Path) -> io::Result<()> {
    for name in [CHECKPOINT, SPLIT] {
        match fs::remove_file(dir.join(name)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(())
}
