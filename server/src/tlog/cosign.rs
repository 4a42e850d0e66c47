//! Devices cosign the checkpoint of an hour, so that many say something of the same one.
//!
//! ```text
//! device: asks for the hour's checkpoint ─▶ verifies that its log grew to it ─▶ cosigns ─▶ here: verified, kept
//! auditors: the checkpoint that most cosigned, with the lines of those who have been witnesses for longest
//! ```
//!
//! The key of a device comes over its own TLS connection with the first thing it cosigns, and is entered in the journal: one that is
//! changed leaves two rows there, and is not changed again for a day.
//!
//! Failure: a cosignature that cannot be taken is refused and the device tries with the next hour's; nothing waits for it.

use super::sign::Log;
use super::table::TreeHead;
use super::witnesses::{Counted, Round, Witness};
use crate::journal::{Actor, Deed, Entry};
use crate::repo::{Repo, RepoError};
use weir_bundle::SigningKey;
use weir_fleet::{Cosigned, DeviceId, witness_key};
use weir_model::Timestamp;
use weir_tlog::{OriginError, WitnessKey};

/// Of a note. One honest witness finds a fork, so that more add little; and these make five kilobytes, where readers take sixteen.
pub const MOST_COSIGNATURES: u32 = 32;
/// Milliseconds of a round. Devices prove once an hour: each cosigns each round once.
const ROUND: i64 = 3_600_000;
/// Rounds that are kept: the present one is cosigned by few when it begins.
const ROUNDS: i64 = 3;
/// Milliseconds between two keys of a device.
const KEY_LASTS: i64 = 24 * 3_600_000;
/// Milliseconds that a witness's clock may be off: what it says of the time is shown.
const CLOCK: i64 = 24 * 3_600_000;

/// A checkpoint, and what witnesses say of it.
pub struct CosignedNote {
    /// The checkpoint.
    pub round: Round,
    /// How many witnesses that are served have cosigned it.
    pub cosigned: u64,
    /// How many of them there are.
    pub witnesses: u64,
    /// Signed by the log, with a line for each of [`keys`](Self::keys).
    pub note: String,
    /// The witnesses whose lines are in it, at most [`MOST_COSIGNATURES`].
    pub keys: Vec<WitnessKey>,
}

/// A cosignature is not taken.
#[derive(Debug, thiserror::Error)]
pub enum CosignError {
    /// Not the form of one.
    #[error("the cosignature or its key cannot be read")]
    Malformed,
    /// Nothing that is to be cosigned now.
    #[error("the checkpoint is not the one of this hour or the last")]
    Checkpoint,
    /// Not what the key signed.
    #[error("the cosignature is not of this checkpoint, or not by this key")]
    Forged,
    /// Its time is not now.
    #[error("the cosignature's time is more than a day off")]
    Clock,
    /// One device, one key.
    #[error("the key of this witness was changed less than a day ago, or is another's")]
    Key,
    /// The database.
    #[error(transparent)]
    Repo(#[from] RepoError),
}

/// The checkpoint of this hour; made where there is none yet. `None` while the log is empty.
///
/// # Errors
/// The database.
pub async fn round_at(repo: &dyn Repo, now: Timestamp) -> Result<Option<Round>, RepoError> {
    let slot = now.as_millis().div_euclid(ROUND);
    if let Some(round) = repo.round(slot).await? {
        return Ok(Some(round));
    }
    let head = repo.tree().await?;
    if head.size == 0 {
        return Ok(None);
    }
    let began = now;
    repo.begin_round(Round { slot, head, began }, slot - ROUNDS + 1).await?;
    // Another node may have been first.
    repo.round(slot).await
}

/// Takes what a device says of a checkpoint of this server. Saying it again changes nothing.
///
/// # Errors
/// It is not taken; nothing has changed.
pub async fn take(
    repo: &dyn Repo,
    log: &Log,
    (device, said): (DeviceId, &Cosigned),
    now: Timestamp,
) -> Result<(), CosignError> {
    let key: WitnessKey = said.witness.parse().map_err(|_| CosignError::Malformed)?;
    // Nobody chooses a name.
    if witness_key(key.key()).as_ref() != Ok(&key) {
        return Err(CosignError::Malformed);
    }
    let cosignature = key.read(&said.line).ok_or(CosignError::Malformed)?;
    let round = to_cosign(repo, said.size, now).await?;
    if !key.verifies(&log.at(round.head).text(), &cosignature) {
        return Err(CosignError::Forged);
    }
    let time = cosignature.time().cast_signed().saturating_mul(1000);
    if time.saturating_sub(now.as_millis()).saturating_abs() > CLOCK {
        return Err(CosignError::Clock);
    }
    bind(repo, device, &key, now).await?;
    repo.keep_cosignature(round.slot, device, &cosignature).await?;
    Ok(())
}

/// The checkpoint of this hour, or of the last one: proofs take their time.
async fn to_cosign(repo: &dyn Repo, size: u64, now: Timestamp) -> Result<Round, CosignError> {
    let slot = now.as_millis().div_euclid(ROUND);
    for slot in [slot, slot - 1] {
        let round = repo.round(slot).await?;
        if let Some(round) = round.filter(|round| round.head.size == size) {
            return Ok(round);
        }
    }
    Err(CosignError::Checkpoint)
}

/// A device has one key, which the journal knows.
async fn bind(repo: &dyn Repo, device: DeviceId, key: &WitnessKey, now: Timestamp) -> Result<(), CosignError> {
    let known = repo.witness(device).await?;
    if let Some(known) = &known {
        if known.key == *key.key() {
            return Ok(());
        }
        if now.as_millis().saturating_sub(known.since.as_millis()) < KEY_LASTS {
            return Err(CosignError::Key);
        }
    }
    let before = known.and_then(|known| witness_key(&known.key).ok());
    let entry = Entry::new(now, &Actor::Device(device.to_string()), Deed::WitnessKey, device)
        .with("key", key.to_string())
        .with("before", before.map(|before| before.to_string()));
    let witness = Witness {
        device,
        key: key.key().clone(),
        since: now,
    };
    match repo.keep_witness(&witness, &entry).await? {
        true => Ok(()),
        false => Err(CosignError::Key),
    }
}

/// The round that most witnesses have cosigned, of those the newest; `None` where none has.
///
/// # Errors
/// The database.
pub async fn most_cosigned(repo: &dyn Repo) -> Result<Option<Counted>, RepoError> {
    let counted = repo.rounds().await?.into_iter().filter(|counted| counted.cosigned > 0);
    Ok(counted.max_by_key(|counted| (counted.cosigned, counted.round.slot)))
}

/// The checkpoint that most witnesses have cosigned, with their lines.
///
/// # Errors
/// The database.
pub async fn cosigned(repo: &dyn Repo, log: &Log, key: &SigningKey) -> Result<Option<CosignedNote>, RepoError> {
    let Some(Counted { round, cosigned }) = most_cosigned(repo).await? else {
        return Ok(None);
    };
    let (mut note, mut keys) = (log.at(round.head).sign(key), Vec::new());
    for (witness, said) in repo.cosignatures(round.slot, MOST_COSIGNATURES).await? {
        let witness = named(&witness).map_err(|_| RepoError::Row("witnesses"))?;
        note += &witness.line(&said);
        keys.push(witness);
    }
    Ok(Some(CosignedNote {
        round,
        cosigned,
        witnesses: repo.witness_count().await?,
        note,
        keys,
    }))
}

/// The lines of witnesses who have cosigned a checkpoint that is of this head.
pub(super) async fn lines(repo: &dyn Repo, head: TreeHead) -> Result<String, RepoError> {
    let mut lines = String::new();
    let rounds = repo.rounds().await?;
    if let Some(counted) = rounds.iter().find(|counted| counted.round.head == head) {
        for (witness, said) in repo.cosignatures(counted.round.slot, MOST_COSIGNATURES).await? {
            let witness = named(&witness).map_err(|_| RepoError::Row("witnesses"))?;
            lines += &witness.line(&said);
        }
    }
    Ok(lines)
}

/// As it is named in notes.
///
/// # Errors
/// Never; see [`witness_key`].
pub fn named(witness: &Witness) -> Result<WitnessKey, OriginError> {
    witness_key(&witness.key)
}
