//! People and programs that administer: who they are, and what each may do.
//!
//! ```text
//! name, password, code ─▶ sign_in ─▶ session (cookie)  ─┐
//!                         limiter                       ├─▶ Caller ─▶ roles: may it?
//! a provider's word ─────▶ openid ──▶ session           │
//!                         API token (bearer)           ─┘
//! ```
//!
//! Secrets are kept as digests: passwords by argon2id, cookies and tokens (which nobody can guess) by SHA-256, secrets of
//! code generators sealed. Devices are no part of this: their certificates open nothing here.

mod accounts;
mod api_tokens;
mod codes;
mod limiter;
mod openid;
mod password;
mod roles;
mod sessions;
mod sign_in;
mod table;

pub use accounts::{
    AccountError, NameError, change_password, create_account, new_codes, new_password, reset_account, set_disabled,
    set_role, turn_codes_off, turn_codes_on, valid_name,
};
pub use api_tokens::{ApiTokenError, ApiTokenWanted, create_api_token, drop_api_token};
pub use codes::{Codes, CodesError, Enrolled};
pub use limiter::Limiter;
pub(crate) use openid::ERRAND;
pub use openid::{ArriveError, CompleteError, Grant, OpenId, Person, Provider, arrive};
pub use password::{HashError, LONGEST, Passwords, SHORTEST};
pub use roles::{Permission, Role};
pub use sessions::{ABSOLUTE, Caller, IDLE, OpenError, Unknown, of_cookie, of_token, open_session};
pub use sign_in::{Attempt, Refused, SignedIn, sign_in};
pub use table::{AccessTable, Account, ApiToken, Changed, Credentials, NewAccount, NewSession, Session};

use crate::keys::Keys;

/// Nobody can be told apart.
#[derive(Debug, thiserror::Error)]
pub enum AccessError {
    /// Passwords.
    #[error(transparent)]
    Hash(#[from] HashError),
    /// Code generators.
    #[error(transparent)]
    Codes(#[from] CodesError),
}

/// What a node needs to tell people apart.
pub struct Access {
    /// Hashes and verifies passwords.
    pub passwords: Passwords,
    /// Code generators.
    pub codes: Codes,
    /// How often may be tried.
    pub limiter: Limiter,
    /// Who says who people are, beside passwords.
    pub openid: Option<Provider>,
}

impl Access {
    /// With the server's keys.
    ///
    /// # Errors
    /// The libraries.
    pub fn new(keys: &Keys) -> Result<Self, AccessError> {
        Ok(Self {
            passwords: Passwords::new()?,
            codes: Codes::new(keys)?,
            limiter: Limiter::default(),
            openid: None,
        })
    }

    /// With a provider of OpenID Connect, where one is configured.
    #[must_use]
    pub fn with_openid(self, openid: Option<Provider>) -> Self {
        Self { openid, ..self }
    }
}
