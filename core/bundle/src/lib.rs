//! Policy in a signed envelope: what an administrator signs, and what a device may run.
//!
//! Neighbours: `weir policy bundle` gathers [`Contents`] and signs them; the agent asks [`verify`], then compiles and tests
//! what is inside. It must not know how a pack is read, nor keep anything: files and the clock are the caller's.
//!
//! A bundle is one file, an envelope of DSSE (<https://github.com/secure-systems-lab/dsse>) with signatures of Ed25519. The
//! choice of the algorithm is ours and not the envelope's, the type of the payload is signed with it, and several people can
//! sign the same bytes. Inside lies everything a decision is made from: packs, with those they extend, and the catalogue.
//! Two devices with the same bundle decide alike, whatever catalogue their programs were built with.
//!
//! Who may sign what is said by a root ([`Root`]), in an envelope of its own. Directives ([`Order`]) hold beside policy, at
//! once and for a while; exceptions ([`Exception`]) are leave for one message.

mod contents;
mod envelope;
mod exception;
mod fresh;
mod freshness;
mod key;
mod order;
mod root;
mod verify;

pub use contents::{Contents, FileBytes};
pub use envelope::{EnvelopeError, SealError, add_signature, seal};
pub use exception::{
    Exception, ExceptionDestination, ExceptionRefused, LONGEST_EXCEPTION, seal_exception, verify_exception,
    verify_kept_exception,
};
pub use fresh::{Fresh, FreshTrust, StatementRefused, seal_fresh, verify_fresh};
pub use freshness::{Freshness, Reckoning, Withheld};
pub use key::{KeyError, PublicKey, SigningKey};
pub use order::{
    Directive, LONGEST_SUSPENSION, Order, OrderRefused, OrderTrust, inspect_order, seal_order, verify_order,
};
pub use root::{
    FreshRole, Role, RoleKey, Root, RootRefused, TrustedRoot, inspect_root, seal_root, succeed, trust_root,
};
pub use verify::{Device, Newest, Refused, Trust, Unverified, Verified, inspect, verify};
