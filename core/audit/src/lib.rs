//! Records, hash chain, sealing and verification.
//!
//! ```text
//!   Record --to_payload--> bytes --frame::seal--> frame --+--> segment files (agent/store, the server's archive)
//!                                                         |
//!   Report <------------------- Verifier <----- segments + anchor
//! ```
//!
//! Promise P6 is held here: each record is sealed, chained to the one before it, and every change, removal, reordering
//! or cut is found by [`Verifier`]. Promise P5 is held by the types: records hold [`weir_model::Finding`]s and
//! fingerprints, never text that people typed.
//!
//! Neighbours: imports `weir-model`. `agent/store` writes the frames; the command line and the server verify them.
//! It must not know files, clocks, threads or randomness: salts and times are arguments.
//!
//! The format and its reasons are in `docs/design/audit-store.md`.

mod anchor;
mod epoch;
mod frame;
mod kind;
mod link;
mod record;
mod seal;
mod verify;
mod walk;

pub use anchor::{Anchor, AnchorFile, Floor, GapCount};
pub use epoch::{ClosedEpoch, EpochFile, EpochKey, EpochKeyError, EpochSeal, PresentKey, RecordsDigest};
pub use frame::{
    Flags, Frame, FrameError, GENESIS, HEADER_LEN, Head, Header, MAX_PAYLOAD, MIN_FRAME, SealError, UnsealError, erase,
    seal, sealed_len,
};
pub use kind::Kind;
pub use link::{LINK_HEADER, Link, LinkError};
pub use record::{
    AccessRecord, DecisionRecord, DecisionSummary, Disposition, Evidence, GapRecord, GuardSummary, HealthRecord,
    HeldEnd, HeldStage, Payload, PayloadError, Process, ReasonSummary, Record, ResponseRecord, SegmentRecord, Severity,
    Start, VaultRecord,
};
pub use seal::{KeyId, SealKey};
pub use verify::{EpochsKnown, Problem, Report, SealedTo, Tail, Verifier, What, verify};
pub use walk::{Step, Walk};

/// For fuzzing: any bytes as a segment and as an anchor file, with and without a key. Never panics, linear time.
#[doc(hidden)]
pub fn fuzz_verify(bytes: &[u8]) {
    let key = SealKey::new([7; 32]);
    let (anchor, segment) = bytes.split_at(bytes.len().min(anchor::FILE_LEN / 8));
    if let Some(present) = EpochFile::read(bytes).present {
        assert!(bytes.windows(32).any(|window| window == present.key.secret()));
    }
    for key in [None, Some(&key)] {
        let report = verify([(1, segment)], &AnchorFile::read(anchor, key), key);
        assert!(report.records <= (segment.len() / MIN_FRAME) as u64);
    }
}

/// For fuzzing: any bytes as the payload of a record of any kind.
#[doc(hidden)]
pub fn fuzz_payload(bytes: &[u8]) {
    let Some((&kind, payload)) = bytes.split_first() else {
        return;
    };
    let kind = Kind::from_byte(kind);
    if let Ok(record) = Record::from_payload(kind, payload) {
        let again = Record::from_payload(kind, &record.to_payload().bytes);
        assert!(again.is_ok_and(|again| again == record));
    }
}
