//! Policy before it is signed: drafts, what is asked of them, and who agrees.
//!
//! ```text
//! draft ─ revision ─┬ trial: check      in a process of its own: errors, tests, weaker packs, what changes
//!                   ├ trial: dry run    the same, over stored records
//!                   └ proposal ─ verdicts of others ─ approved ─ payload ─▶ signed outside ─▶ policies/
//! ```
//!
//! Every save is a revision, and none is ever changed. The server makes the bytes that people sign and takes back those and no
//! others; it has no key that would do instead.

mod apart;
mod checks;
mod job;
mod proposal;
mod revise;
mod table;
mod texts;
mod trial;

pub use apart::Apart;
pub use checks::{
    Change, ChangeClass, Checks, Comparison, Found, Mutated, Outcome, Severity, Survivor, TestFailure, TestRun,
};
pub use job::serve;
pub use proposal::{Decided, ProposeError, SignedError, Terms, VerdictError, decide, payload, propose, publish_signed};
pub use revise::{CreateError, SaveError, Saving, close, create, roll_back_draft, save};
pub use table::{
    Draft, DraftTable, Proposal, ProposalState, Revision, RevisionHead, Sealed, Trial, TrialKind, Verdict,
};
pub use texts::{Texts, TextsError};
pub use trial::{AskError, check_of, dry_run, finished, follow, step};
