//! Sign-in by a provider of OpenID Connect: it says who somebody is and which groups they are in; roles follow from those.
//!
//! ```text
//! browser ─▶ begin ─▶ provider ─▶ browser ─▶ complete (code for tokens, verified) ─▶ arrive (account, role) ─▶ session
//!              └─ sealed cookie: state, nonce, verifier ─┘
//! ```
//!
//! The authorization code flow with PKCE. What must be remembered between the two requests travels sealed in the browser's
//! own cookie, so that any node can complete what another began. A failure signs nobody in.

mod account;
mod provider;
mod settings;

pub use account::{ArriveError, arrive};
pub(crate) use provider::ERRAND;
pub use provider::{CompleteError, Person, Provider};
pub use settings::{Grant, OpenId};
