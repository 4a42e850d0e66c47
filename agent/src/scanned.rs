//! What the detectors have found in texts before, so that the history a chat sends with every turn costs a look-up.
//! Digests and positions only, in memory; losing it does no harm.

use std::sync::Arc;

use parking_lot::Mutex;
use weir_detect::Scanner;
use weir_engine::{ScannedText, ScannedTexts};

/// Texts read by the detectors in force.
#[derive(Default)]
pub(crate) struct Scanned {
    table: Mutex<Table>,
}

#[derive(Default)]
struct Table {
    /// The detectors that have read them.
    scanner: Option<Arc<Scanner>>,
    texts: Arc<ScannedTexts>,
}

impl Scanned {
    /// What these detectors have read; nothing when they are new.
    pub(crate) fn snapshot(&self, scanner: &Arc<Scanner>) -> Arc<ScannedTexts> {
        let mut table = self.table.lock();
        if !table.is_by(scanner) {
            *table = Table {
                scanner: Some(Arc::clone(scanner)),
                texts: Arc::default(),
            };
        }
        Arc::clone(&table.texts)
    }

    /// Remembers what these detectors have read, unless others are in force by now.
    pub(crate) fn remember(&self, scanner: &Arc<Scanner>, texts: Vec<ScannedText>) {
        let mut table = self.table.lock();
        if !texts.is_empty() && table.is_by(scanner) {
            Arc::make_mut(&mut table.texts).remember(texts);
        }
    }
}

impl Table {
    fn is_by(&self, scanner: &Arc<Scanner>) -> bool {
        self.scanner.as_ref().is_some_and(|known| Arc::ptr_eq(known, scanner))
    }
}
