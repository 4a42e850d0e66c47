//! What a device and the admin server say to each other.
//!
//! ```text
//! device                                server
//!   Enrolment  (token, CSR)      ──▶      Enrolled   (certificate, keys to trust, group)
//!   Batch      (records, heads)  ──▶      Receipt    (signed: the log as far as it was accepted)
//!   Cosigned   (its log grew)    ──▶
//!   Standing   (what it runs)    ──▶
//!                                ◀──      Readings   (who looked at its records)
//!   ExceptionRequest           ──▶      ExceptionAsked
//!                                ◀──      ExceptionAnswers (signed exceptions, and how requests stand)
//!   ProviderAsk, Appeal        ──▶      Taken
//!                                ◀──      Answers    (what was said to them)
//!                                ◀──      SearchKey  (what fingerprints of values are made with)
//!                                ◀──      OverrideKey (what codes that are read out are verified with)
//!                                ◀──      StreamEvent (a Hint at what is new; or the signed thing itself, where it is small)
//!   Saying     (on that stream)  ──▶      StreamEvent (that it is kept; the Receipt for a small Batch)
//! ```
//!
//! Neighbours: the agent's `fleet` module and `weir-server` carry these over HTTPS. It must not know sockets, disks or
//! databases. Everything here is read from a stranger's bytes: lengths are bounded before anything is allocated.
//!
//! A device is believed in what it says of itself and in nothing else; a server is believed in nothing but what it signs:
//! receipts by its receipt key, policy by the keys of the people who approve it.

mod asked;
mod batch;
mod deletion;
mod device;
mod difference;
mod enrol;
mod epoch_key;
mod exception;
mod hint;
mod holds;
mod journal;
mod log;
mod override_book;
mod override_code;
mod pack;
mod proof;
mod reading;
mod receipt;
mod refusal;
pub mod routes;
mod saying;
mod search;
mod stream;
mod token;

pub use asked::{Answers, Appeal, AppealStanding, AppealState, ProviderAsk, ProviderStanding, Taken};
pub use batch::{
    Batch, BatchError, FURTHEST_TIME, LAST_RECORD, MOST_BYTES, MOST_RECORD_BYTES, MOST_RECORDS, Sent, pack_text,
};
pub use deletion::{
    Deletion, DeletionProved, DeletionReceipt, DeletionRefused, DestroyedKey, Gone, Left, MOST_DELETION_BYTES,
    Statement, fuzz_deletion,
};
pub use device::{DeviceId, ParseDeviceIdError};
pub use difference::{DifferenceError, MOST_DIFFERENT, difference, fuzz_difference, payload_digest, restored};
pub use enrol::{Enrolled, Enrolment, Machine, Renewal, Renewed, Standing};
pub use epoch_key::GivenEpochKey;
pub use exception::{ExceptionAnswers, ExceptionAsked, ExceptionRequest, ExceptionStanding, ExceptionState};
pub use hint::Hint;
pub use holds::{Holds, ParseHoldsError};
pub use journal::JournalRow;
pub use log::{Cosigned, LogEntry, LogEntryError, LogProof, LogProofError, log_key, witness_key};
pub use override_book::{InTheWay, MOST_WRONG, OverrideBook, OverrideRefused, OverrideUse};
pub use override_code::{
    Lifts, Misheard, OVERRIDE_HOURS, OVERRIDE_MINUTES, OverrideCode, OverrideCodes, OverrideKey, fuzz_override,
};
pub use pack::{
    JournalProved, MOST_PACK_BYTES, PackOf, PackProved, PackRefused, PackWriteError, PackWriter, PackedAnchor,
    PackedBatch, PackedCosigned, PackedJournal, PackedRecord, PackedRow, WitnessProved, fuzz_pack, verify_pack,
};
pub use proof::{EventProof, MOST_PROOF_BYTES, ProofRefused, Proved, fuzz_proof};
pub use reading::{MOST_READINGS, Reading, Readings};
pub use receipt::{Acknowledged, Receipt, ReceiptError};
pub use refusal::Refusal;
pub use saying::{HEARTBEAT, MOST_SAID, STILL_HERE, Said, Saying, SayingError, Sayings, fuzz_saying};
pub use search::SearchKey;
pub use stream::{
    Answer, Answered, MOST_CARRIED, StreamEvent, StreamEvents, answered, carried_bundle, carried_change, carried_order,
    fuzz_stream, hinted, told,
};
pub use token::{ParseTokenError, Pin, Token};
