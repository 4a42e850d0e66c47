//! This device as a witness of the server's log: the log only grows, and is the same for all.
//!
//! A receipt brings the log's checkpoint. The last one that was proved is kept; once an hour, and with the first receipt
//! after the start, the server has to prove that the log goes on from there and that the receipt stands in it. What it
//! cannot prove is kept as evidence, recorded, and so told to the server's own administrators.
//!
//! With each proof goes the checkpoint of the hour, which all devices of the server are shown: where the log goes on to it, it is
//! kept, and only then cosigned. Nothing smaller than what is known is ever cosigned, and nothing at all while there is evidence.
//!
//! Failure: a server that cannot be asked is asked again; records go on being sent. Evidence is never overwritten. What cannot be
//! kept is not cosigned.

use crate::Agent;
use crate::client::{AskError, Client};
use crate::cosign::{Cosigner, KEY};
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
    /// There is evidence against the log.
    accuses: bool,
    /// Read or made when something is cosigned.
    cosigner: Option<Cosigner>,
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

/// About which checkpoint.
type About = Box<(Doubt, Seen)>;

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
        let accuses = dir.join(SPLIT).exists();
        Some(Self {
            dir,
            key,
            known,
            due: now,
            proved: now,
            told_unproved: false,
            accuses,
            cosigner: None,
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
            Ok(()) => self.prove(client, leaf, said, offered).await,
            Err(why) => Err(Box::new((Doubt::Split(why), offered))),
        };
        let now = Instant::now();
        match seen.map_err(|about| *about) {
            Ok(()) => (self.due, self.proved, self.told_unproved) = (now + PROVE, now, false),
            Err((Doubt::Unknown(error), _)) => {
                self.due = now + AGAIN;
                tracing::debug!(error = chain(&error), "the server's log could not be asked for a proof");
                if now.duration_since(self.proved) > UNPROVED && !std::mem::replace(&mut self.told_unproved, true) {
                    agent.remark(
                        "fleet.log-unproved",
                        "The server has not proved for a day that its log goes on as it was.".to_owned(),
                    );
                }
            }
            Err((Doubt::Split(why), offered)) => {
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

    /// The receipt is in the log; and the log goes on from what is known to the checkpoint of the hour, which is cosigned, and to the
    /// receipt's, or to that first where it is the smaller one.
    async fn prove(&mut self, client: &Client, leaf: u64, said: &Acknowledged, offered: Seen) -> Result<(), About> {
        if let Err(doubt) = has(client, leaf, said, &offered.checkpoint).await {
            return Err(Box::new((doubt, offered)));
        }
        let hour = self.of_the_hour(client).await;
        let (before, behind) = match hour {
            Some(hour) if hour.checkpoint.size <= offered.checkpoint.size => (Some(hour), None),
            hour => (None, hour),
        };
        if let Some(hour) = before {
            self.vouch(client, hour).await?;
        }
        self.go_on(client, offered).await?;
        match behind {
            Some(hour) => self.vouch(client, hour).await,
            None => Ok(()),
        }
    }

    /// The checkpoint that all devices cosign now. Nothing depends on it.
    async fn of_the_hour(&self, client: &Client) -> Option<Seen> {
        if self.accuses {
            return None;
        }
        let note = match client.fetch(routes::LOG_CHECKPOINT, None).await {
            Ok(note) => note?.0,
            Err(error) => {
                tracing::debug!(error = chain(&error), "there is no checkpoint to cosign");
                return None;
            }
        };
        let hour = String::from_utf8(note.to_vec()).ok();
        let hour = hour.and_then(|note| Seen::open(&self.key, note));
        if hour.is_none() {
            tracing::error!("the checkpoint of the hour is not signed by the key of the server's log");
        }
        hour
    }

    /// Goes on to a checkpoint and cosigns it; not where a larger one is known already.
    async fn vouch(&mut self, client: &Client, hour: Seen) -> Result<(), About> {
        let is_smaller = |known: &Seen| known.checkpoint.size > hour.checkpoint.size;
        if self.known.as_ref().is_some_and(is_smaller) {
            return Ok(());
        }
        let checkpoint = hour.checkpoint.clone();
        // A machine that forgot what it cosigned could cosign something else.
        if self.go_on(client, hour).await? {
            self.cosign(client, &checkpoint).await;
        }
        Ok(())
    }

    async fn cosign(&mut self, client: &Client, checkpoint: &Checkpoint) {
        let cosigner = match self.cosigner.take().map_or_else(|| Cosigner::read(&self.dir), Ok) {
            Ok(cosigner) => self.cosigner.insert(cosigner),
            Err(error) => {
                tracing::warn!(error = chain(&error), "the server's log cannot be cosigned");
                return;
            }
        };
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        match cosigner.say(client, checkpoint, now.as_secs()).await {
            Ok(()) => tracing::debug!(size = checkpoint.size, "the server's log is cosigned"),
            Err(error) => tracing::debug!(error = chain(&error), "the server's log could not be cosigned"),
        }
    }

    /// Keeps a checkpoint, once it is known that the log goes on to it; tells whether the disk has it.
    async fn go_on(&mut self, client: &Client, to: Seen) -> Result<bool, About> {
        match self.follows(client, &to.checkpoint).await {
            Ok(()) => Ok(self.keep(to)),
            Err(doubt) => Err(Box::new((doubt, to))),
        }
    }

    async fn follows(&self, client: &Client, to: &Checkpoint) -> Result<(), Doubt> {
        self.compare(to).map_err(Doubt::Split)?;
        let known = self.known.as_ref().map(|known| &known.checkpoint);
        let Some(known) = known.filter(|known| known.size < to.size) else {
            return Ok(());
        };
        let route = format!("{}?from={}&to={}", routes::LOG_CONSISTENCY, known.size, to.size);
        let hashes = ask(client, &route).await?;
        verify_consistency((known.size, &known.root), (to.size, &to.root), &hashes).map_err(|error| {
            Doubt::Split(format!(
                "its first {} entries are others than they were ({error})",
                known.size
            ))
        })
    }

    fn keep(&mut self, seen: Seen) -> bool {
        let kept = replace(&self.dir.join(CHECKPOINT), seen.note.as_bytes());
        if let Err(error) = &kept {
            tracing::warn!(%error, "the checkpoint of the server's log could not be kept");
        }
        self.known = Some(seen);
        kept.is_ok()
    }

    fn keep_evidence(&mut self, why: String, offered: &Seen) {
        self.accuses = true;
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

/// The receipt is in the log.
async fn has(client: &Client, leaf: u64, said: &Acknowledged, offered: &Checkpoint) -> Result<(), Doubt> {
    let size = offered.size;
    let hashes = ask(client, &format!("{}?leaf={leaf}&size={size}", routes::LOG_INCLUSION)).await?;
    let hash = LogEntry::from(*said).leaf();
    verify_inclusion(&hash, leaf, size, &hashes, &offered.root)
        .map_err(|error| Doubt::Split(format!("a receipt is not in it ({error})")))
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

/// Forgets what was seen and said of another server's log.
pub(crate) fn forget(dir: &Path) -> io::Result<()> {
    for name in [CHECKPOINT, SPLIT, KEY] {
        match fs::remove_file(dir.join(name)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
