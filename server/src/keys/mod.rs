//! What the server can prove with: its authority, which names devices and itself, and the key that signs receipts.
//!
//! ```text
//! <home>/keys/authority.pem      certificate of the authority
//!             authority.key      its key
//!             receipt.key        signs receipts (Ed25519)
//!             orders.key         signs directives that close (Ed25519)
//! ```
//!
//! What is newest is said with a key made from that of directives: nodes that share their keys say it with the same.
//!
//! None of them signs policy.

mod authority;
mod sealer;

pub use authority::{Authority, AuthorityError};
pub use sealer::{SealError, Sealer};

use crate::clock;
use aws_lc_rs::hkdf::{HKDF_SHA256, Salt};
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;
use weir_bundle::{OrderTrust, SigningKey, Trust};
use zeroize::Zeroizing;

/// All keys of a server. No `Debug`.
pub struct Keys {
    /// Certifies devices, and the server's own address.
    pub authority: Arc<Authority>,
    /// Signs receipts.
    pub receipt: SigningKey,
    /// Signs directives that close.
    pub orders: SigningKey,
}

/// The keys cannot be made or read.
#[derive(Debug, thiserror::Error)]
pub enum KeysError {
    /// A file.
    #[error("`{}`", .path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The authority.
    #[error("the server's authority cannot be used")]
    Authority(#[from] AuthorityError),
    /// A key that signs.
    #[error("a signing key cannot be used")]
    Signing(#[from] weir_bundle::KeyError),
    /// The library.
    #[error("no key can be made from another")]
    Derive,
    /// The system.
    #[error(transparent)]
    Randomness(#[from] clock::NoRandomness),
}

impl Keys {
    /// Makes new keys in `dir`, which must not hold any: keys are never replaced by the way.
    ///
    /// # Errors
    /// There are keys, or the disk fails.
    pub fn make(dir: &Path, now: SystemTime) -> Result<Self, KeysError> {
        private_dir(dir).map_err(at(dir))?;
        let (authority, key) = Authority::make(now)?;
        let receipt = SigningKey::from_seed(&clock::random()?)?;
        let orders = SigningKey::from_seed(&clock::random()?)?;
        write_new(&dir.join(AUTHORITY_KEY), key.as_bytes())?;
        write_new(&dir.join(AUTHORITY), authority.pem().as_bytes())?;
        write_new(&dir.join(RECEIPT), Zeroizing::new(receipt.to_pem()?).as_bytes())?;
        write_new(&dir.join(ORDERS), Zeroizing::new(orders.to_pem()?).as_bytes())?;
        Ok(Self {
            authority: Arc::new(authority),
            receipt,
            orders,
        })
    }

    /// Reads them.
    ///
    /// # Errors
    /// One is missing or is none.
    pub fn read(dir: &Path) -> Result<Self, KeysError> {
        let text = |name: &str| {
            let path = dir.join(name);
            fs::read_to_string(&path).map(Zeroizing::new).map_err(at(&path))
        };
        Ok(Self {
            authority: Arc::new(Authority::load(&text(AUTHORITY)?, &text(AUTHORITY_KEY)?)?),
            receipt: SigningKey::from_pem(text(RECEIPT)?.as_bytes())?,
            orders: SigningKey::from_pem(text(ORDERS)?.as_bytes())?,
        })
    }

    /// Signs what is newest.
    ///
    /// # Errors
    /// The library.
    pub fn fresh(&self) -> Result<SigningKey, KeysError> {
        let pem = Zeroizing::new(self.orders.to_pem()?);
        let secret = Salt::new(HKDF_SHA256, b"weir-server").extract(pem.as_bytes());
        let mut seed = Zeroizing::new([0; 32]);
        let made = secret.expand(&[b"fresh statements"], HKDF_SHA256);
        made.and_then(|made| made.fill(&mut *seed))
            .map_err(|_| KeysError::Derive)?;
        Ok(SigningKey::from_seed(&seed)?)
    }

    /// Whose directives devices carry out: the server's own, and those of the people who sign policy.
    #[must_use]
    pub fn order_trust(&self, people: Trust) -> OrderTrust {
        OrderTrust {
            server: Trust {
                keys: vec![self.orders.public()],
                threshold: 1,
            },
            people,
        }
    }
}

const AUTHORITY: &str = "authority.pem";
const AUTHORITY_KEY: &str = "authority.key";
const RECEIPT: &str = "receipt.key";
const ORDERS: &str = "orders.key";

fn at(path: &Path) -> impl FnOnce(io::Error) -> KeysError {
    let path = path.to_owned();
    |source| KeysError::File { path, source }
}

/// Makes a directory for the server's own user alone.
///
/// # Errors
/// The disk fails, or the directory is somebody else's.
pub fn private_dir(dir: &Path) -> io::Result<()> {
    fs::create_dir_all(dir)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(dir, fs::Permissions::from_mode(0o700))?;
    }
    Ok(())
}

fn write_new(path: &Path, text: &[u8]) -> Result<(), KeysError> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let write = || -> io::Result<()> {
        let mut file = options.open(path)?;
        file.write_all(text)?;
        file.sync_all()
    };
    write().map_err(at(path))
}
