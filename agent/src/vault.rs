//! The pairs of stand-ins and values, by user and service. In memory; their only other place is the sealed log, from
//! which they come back after a restart (the one exception that promise P5 names).

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::Mutex;
use weir_engine::{Minted, Surrogates};
use weir_model::Timestamp;

/// How long a stand-in can be put back after it was last needed.
pub(crate) const LIFETIME_MILLIS: i64 = 24 * 60 * 60 * 1000;

/// Whose stand-ins. Two users of one machine never share a table: one could otherwise have the other's values put
/// back by typing their stand-ins.
#[derive(Clone, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub(crate) struct Scope {
    /// Numeric id of the user who owns the connection, where the system tells.
    pub(crate) user: Option<u32>,
    /// Service id, or host where the catalogue knows none.
    pub(crate) service: String,
}

/// All tables. No `Debug`.
#[derive(Default)]
pub(crate) struct Vault {
    tables: Mutex<HashMap<Scope, Table>>,
}

struct Table {
    surrogates: Arc<Surrogates>,
    last_used: Timestamp,
}

impl Vault {
    /// A snapshot to judge with.
    pub(crate) fn snapshot(&self, scope: &Scope, now: Timestamp) -> Arc<Surrogates> {
        let mut tables = self.tables.lock();
        tables.retain(|_, table| now.as_millis() - table.last_used.as_millis() < LIFETIME_MILLIS);
        match tables.get_mut(scope) {
            Some(table) => {
                table.last_used = now;
                Arc::clone(&table.surrogates)
            }
            None => Arc::default(),
        }
    }

    /// Adds new stand-ins and gives the table with them; `None` when the table has changed since the snapshot: then
    /// another message has taken the same numbers, and this one must be judged again.
    pub(crate) fn add(
        &self,
        scope: &Scope,
        snapshot: &Arc<Surrogates>,
        minted: &[Minted],
        now: Timestamp,
    ) -> Option<Arc<Surrogates>> {
        let mut tables = self.tables.lock();
        let fresh = || Table {
            surrogates: Arc::clone(snapshot),
            last_used: now,
        };
        let table = tables.entry(scope.clone()).or_insert_with(fresh);
        if !Arc::ptr_eq(&table.surrogates, snapshot) {
            return None;
        }
        let surrogates = Arc::make_mut(&mut table.surrogates);
        for pair in minted {
            surrogates.insert(pair);
        }
        table.last_used = now;
        Some(Arc::clone(&table.surrogates))
    }

    /// Puts back a pair read from the sealed log at start.
    pub(crate) fn restore(&self, scope: &Scope, minted: &Minted, time: Timestamp) {
        let mut tables = self.tables.lock();
        let table = tables.entry(scope.clone()).or_insert_with(|| Table {
            surrogates: Arc::default(),
            last_used: time,
        });
        Arc::make_mut(&mut table.surrogates).insert(minted);
        table.last_used = table.last_used.max(time);
    }
}

#[cfg(test)]
mod tests {
    use super::{LIFETIME_MILLIS, Scope, Vault};
    use weir_engine::Minted;
    use weir_model::{DataType, Sensitive, Timestamp};

    fn scope(user: u32) -> Scope {
        Scope {
            user: Some(user),
            service: "chatgpt-web".into(),
        }
    }

    fn pair(surrogate: &str, original: &str) -> Minted {
        Minted {
            data_type: DataType::builtin("personal/email"),
            surrogate: surrogate.into(),
            original: Sensitive::new(original.into()),
        }
    }

    #[test]
    fn two_messages_at_once_do_not_share_a_number() {
        let (vault, now) = (Vault::default(), Timestamp::from_millis(0));
        let (one, two) = (vault.snapshot(&scope(1), now), vault.snapshot(&scope(1), now));
        assert!(
            vault
                .add(&scope(1), &one, &[pair("[EMAIL_1]", "ada@example.org")], now)
                .is_some()
        );
        assert!(
            vault
                .add(&scope(1), &two, &[pair("[EMAIL_1]", "bob@example.org")], now)
                .is_none()
        );
        let again = vault.snapshot(&scope(1), now);
        assert_eq!(again.len(), 1);
        assert!(
            vault
                .add(&scope(1), &again, &[pair("[EMAIL_2]", "bob@example.org")], now)
                .is_some()
        );
    }

    #[test]
    fn users_do_not_see_each_other() {
        let (vault, now) = (Vault::default(), Timestamp::from_millis(0));
        vault.restore(&scope(1), &pair("[EMAIL_1]", "ada@example.org"), now);
        assert!(vault.snapshot(&scope(2), now).is_empty());
    }

    #[test]
    fn stand_ins_expire() {
        let (vault, start) = (Vault::default(), Timestamp::from_millis(0));
        vault.restore(&scope(1), &pair("[EMAIL_1]", "ada@example.org"), start);
        assert_eq!(
            vault.snapshot(&scope(1), start.plus_millis(LIFETIME_MILLIS - 1)).len(),
            1
        );
        let later = start.plus_millis(3 * LIFETIME_MILLIS);
        assert!(vault.snapshot(&scope(1), later).is_empty());
    }
}
