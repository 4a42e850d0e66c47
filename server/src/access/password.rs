//! Passwords: argon2id, a few at a time.

use crate::clock;
use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use std::sync::Arc;
use tokio::sync::Semaphore;
use zeroize::Zeroizing;

/// Characters of the shortest password that is taken.
pub const SHORTEST: usize = 12;
/// And of the longest: more is somebody's attack.
pub const LONGEST: usize = 256;
/// Hashes at once: each takes 19 MiB.
const AT_ONCE: usize = 4;

/// Hashes and verifies.
pub struct Passwords {
    turns: Arc<Semaphore>,
    /// Of a password nobody has: an unknown name costs the same time as a known one.
    nobody: String,
}

/// A password could not be hashed.
#[derive(Debug, thiserror::Error)]
pub enum HashError {
    /// The library.
    #[error("a password cannot be hashed")]
    Hash(#[source] argon2::password_hash::Error),
    /// The system.
    #[error(transparent)]
    Randomness(#[from] clock::NoRandomness),
    /// The server is stopping.
    #[error("the server is stopping")]
    Stopping,
}

impl Passwords {
    /// Ready.
    ///
    /// # Errors
    /// The library.
    pub fn new() -> Result<Self, HashError> {
        Ok(Self {
            turns: Arc::new(Semaphore::new(AT_ONCE)),
            nobody: hashed(&hex::encode(clock::random::<16>()?))?,
        })
    }

    /// A password as it is kept (a PHC string).
    ///
    /// # Errors
    /// The library, or the system.
    pub async fn hash(&self, password: Zeroizing<String>) -> Result<String, HashError> {
        self.in_turn(move || hashed(&password)).await?
    }

    /// True when this is the password. Without a kept one it takes as long, and is false.
    ///
    /// # Errors
    /// The server is stopping.
    pub async fn verify(&self, password: Zeroizing<String>, kept: Option<String>) -> Result<bool, HashError> {
        let known = kept.is_some();
        let kept = kept.unwrap_or_else(|| self.nobody.clone());
        let right = move || PasswordHash::new(&kept).is_ok_and(|kept| is(&password, &kept));
        Ok(self.in_turn(right).await? && known)
    }

    async fn in_turn<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, HashError> {
        let turn = Arc::clone(&self.turns).acquire_owned().await;
        let turn = turn.map_err(|_| HashError::Stopping)?;
        let done = tokio::task::spawn_blocking(move || {
            let done = work();
            drop(turn);
            done
        });
        done.await.map_err(|_| HashError::Stopping)
    }
}

/// The parameters are the library's, which are those of OWASP: 19 MiB, two passes, one lane.
fn hashed(password: &str) -> Result<String, HashError> {
    let salt = clock::random::<16>()?;
    let hash = Argon2::default().hash_password_with_salt(password.as_bytes(), &salt);
    hash.map(|hash| hash.to_string()).map_err(HashError::Hash)
}

fn is(password: &str, kept: &PasswordHash) -> bool {
    Argon2::default().verify_password(password.as_bytes(), kept).is_ok()
}

#[cfg(test)]
mod tests {
    use super::Passwords;
    use zeroize::Zeroizing;

    fn secret(text: &str) -> Zeroizing<String> {
        Zeroizing::new(text.to_owned())
    }

    #[tokio::test]
    async fn only_the_password_is_the_password() {
        let passwords = Passwords::new().unwrap();
        let kept = passwords.hash(secret("correct horse battery")).await.unwrap();
        assert!(kept.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{kept}");
        let verify =
            async |password: &str, kept: Option<String>| passwords.verify(secret(password), kept).await.unwrap();
        assert!(verify("correct horse battery", Some(kept.clone())).await);
        assert!(!verify("correct horse batterz", Some(kept)).await);
        assert!(!verify("correct horse battery", None).await);
        assert!(!verify("", Some(String::new())).await, "an account without a password");
    }
}
