//! What laptops have on their disks and make of what comes. Alike laptops have it once, and what ten thousand processors would do
//! at the same time is done by the first of them.

use crate::Outcome;
use parking_lot::Mutex;
use std::sync::Arc;
use weir_fleet::{payload_digest, restored};

/// A bundle, as it came.
pub(crate) struct Bundle {
    bytes: Vec<u8>,
    pub(crate) digest: [u8; 32],
}

/// All of them.
#[derive(Default)]
pub(crate) struct Disk {
    bundles: Mutex<Vec<Arc<Bundle>>>,
    made: Mutex<Vec<Made>>,
}

/// What came of a difference.
struct Made {
    base: [u8; 32],
    change: Vec<u8>,
    bundle: Arc<Bundle>,
}

impl Disk {
    /// Keeps a bundle that came whole.
    pub(crate) fn keep(&self, bytes: Vec<u8>) -> Outcome<Arc<Bundle>> {
        let mut bundles = self.bundles.lock();
        if let Some(known) = bundles.iter().find(|known| known.bytes == bytes) {
            return Ok(Arc::clone(known));
        }
        let digest = payload_digest(&bytes).ok_or("what came is no bundle")?;
        let bundle = Arc::new(Bundle { bytes, digest });
        bundles.push(Arc::clone(&bundle));
        Ok(bundle)
    }

    /// Keeps a bundle that came as a difference.
    pub(crate) fn restore(&self, base: &Bundle, change: Vec<u8>) -> Outcome<Arc<Bundle>> {
        let mut made = self.made.lock();
        let known = made
            .iter()
            .find(|known| known.base == base.digest && known.change == change);
        if let Some(known) = known {
            return Ok(Arc::clone(&known.bundle));
        }
        let bundle = self.keep(restored(&base.bytes, &change)?)?;
        made.push(Made {
            base: base.digest,
            change,
            bundle: Arc::clone(&bundle),
        });
        Ok(bundle)
    }
}
