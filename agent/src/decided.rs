//! Which texts were decided before, by user and service: interfaces send the whole conversation with every turn, and
//! nobody wants to be told of the same line twenty times. Digests only, in memory, for a day.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use parking_lot::Mutex;
use weir_engine::DecidedTexts;
use weir_model::{Fingerprint, Timestamp};

use crate::vault::Scope;

/// Texts remembered of one user with one service.
const REMEMBERED: usize = 4096;
/// How long a text is remembered after it was last decided.
const LIFETIME_MILLIS: i64 = 24 * 60 * 60 * 1000;

/// All of them. Losing it does no harm: people are told once more.
#[derive(Default)]
pub(crate) struct Decided {
    tables: Mutex<HashMap<Scope, Table>>,
}

#[derive(Default)]
struct Table {
    texts: Arc<DecidedTexts>,
    /// In the order they were decided.
    order: VecDeque<(Timestamp, Fingerprint)>,
}

impl Decided {
    /// What to judge with.
    pub(crate) fn snapshot(&self, scope: &Scope, now: Timestamp) -> Arc<DecidedTexts> {
        let mut tables = self.tables.lock();
        let Some(table) = tables.get_mut(scope) else {
            return Arc::default();
        };
        table.forget(now.plus_millis(-LIFETIME_MILLIS), REMEMBERED);
        let texts = Arc::clone(&table.texts);
        if table.order.is_empty() {
            tables.remove(scope);
        }
        texts
    }

    /// These texts have been decided, and the record of it is durable.
    pub(crate) fn remember(&self, scope: &Scope, texts: Vec<Fingerprint>, now: Timestamp) {
        if texts.is_empty() {
            return;
        }
        let mut tables = self.tables.lock();
        let table = tables.entry(scope.clone()).or_default();
        for text in texts {
            if Arc::make_mut(&mut table.texts).insert(text.clone()) {
                table.order.push_back((now, text));
            }
        }
        table.forget(Timestamp::from_millis(i64::MIN), REMEMBERED);
    }
}

impl Table {
    fn forget(&mut self, before: Timestamp, most: usize) {
        while let Some((time, _)) = self.order.front()
            && (*time < before || self.order.len() > most)
        {
            if let Some((_, text)) = self.order.pop_front() {
                Arc::make_mut(&mut self.texts).remove(&text);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Decided, LIFETIME_MILLIS, REMEMBERED};
    use crate::vault::{Owner, Scope};
    use weir_model::{Fingerprint, Timestamp};

    #[test]
    fn texts_are_remembered_for_a_day_by_user_and_service_and_not_without_end() {
        let decided = Decided::default();
        let scope = |user| Scope {
            owner: Owner::User(user),
            service: "acme".to_owned(),
        };
        let text = |number: u32| {
            let mut digest = [0; 16];
            digest[..4].copy_from_slice(&number.to_le_bytes());
            Fingerprint::from_digest(digest)
        };
        let (early, late) = (Timestamp::from_millis(0), Timestamp::from_millis(LIFETIME_MILLIS));
        decided.remember(&scope(1), vec![text(1), text(2)], early);
        assert!(decided.snapshot(&scope(1), late).contains(&text(1)));
        assert!(decided.snapshot(&scope(2), late).is_empty());
        assert!(decided.snapshot(&scope(1), late.plus_millis(1)).is_empty());
        let many = u32::try_from(REMEMBERED).unwrap() + 10;
        decided.remember(&scope(1), (0..many).map(text).collect(), late);
        let kept = decided.snapshot(&scope(1), late);
        assert_eq!(kept.len(), REMEMBERED);
        assert!(!kept.contains(&text(9)) && kept.contains(&text(many - 1)));
    }
}
