//! The pairs of stand-ins and values, by user and service. In memory; their only other place is the sealed log, from
//! which they come back after a restart (the one exception that promise P5 names).

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use parking_lot::Mutex;
use weir_content::answer::Replacement;
use weir_engine::{Minted, Surrogates};
use weir_model::{Sensitive, Timestamp};

/// How long a stand-in can be put back after it was last in a message.
pub(crate) const LIFETIME_MILLIS: i64 = 24 * 60 * 60 * 1000;
/// Conversations of one user with one service whose stand-ins are remembered.
const CONVERSATIONS: usize = 512;

/// Whose stand-ins. Two users of one machine never share a table: one could otherwise have the other's values put
/// back by typing their stand-ins.
#[derive(Clone, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub(crate) struct Scope {
    /// Who is at the other end.
    pub(crate) owner: Owner,
    /// Service id, or host where the catalogue knows none.
    pub(crate) service: String,
}

/// Who is at the other end of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Owner {
    /// A user of this machine, by number.
    User(u32),
    /// The system does not tell: then nobody but this connection.
    Connection(u64),
}

/// All tables. No `Debug`.
#[derive(Default)]
pub(crate) struct Vault {
    tables: Mutex<HashMap<Scope, Table>>,
}

#[derive(Default)]
struct Table {
    surrogates: Arc<Surrogates>,
    /// Stand-ins by conversation: an answer may only bring back what its own conversation was given.
    conversations: HashMap<Sensitive<String>, BTreeSet<String>>,
    /// Stand-ins of the last message that had no conversation yet. The service numbers a conversation in its first
    /// answer; the first message that names a new number takes these over.
    unnumbered: BTreeSet<String>,
    /// What the answer to the last turn may bring back, in whichever conversation it was.
    last_turn: BTreeSet<String>,
}

/// What a message takes with it when it leaves.
pub(crate) struct Leaving<'a> {
    /// New pairs.
    pub(crate) minted: &'a [Minted],
    /// All stand-ins in it.
    pub(crate) stand_ins: &'a BTreeSet<String>,
    /// Its conversation, where the service has numbered it.
    pub(crate) conversation: Option<&'a Sensitive<String>>,
    /// True for a turn of a conversation: its answer may repeat what earlier turns were given.
    pub(crate) is_turn: bool,
}

impl Vault {
    /// A snapshot to judge with, without pairs that have expired.
    pub(crate) fn snapshot(&self, scope: &Scope, now: Timestamp) -> Arc<Surrogates> {
        let mut tables = self.tables.lock();
        let Some(table) = tables.get_mut(scope) else {
            return Arc::default();
        };
        let expired = now.plus_millis(-LIFETIME_MILLIS);
        if table.surrogates.any_before(expired) {
            Arc::make_mut(&mut table.surrogates).forget_before(expired);
        }
        Arc::clone(&table.surrogates)
    }

    /// Takes over what a message takes with it, and gives what its answer may bring back. `None` when the table has
    /// changed since the snapshot: then another message has taken the same numbers, and this one must be judged again.
    pub(crate) fn release(
        &self,
        scope: &Scope,
        snapshot: &Arc<Surrogates>,
        leaving: &Leaving<'_>,
        now: Timestamp,
    ) -> Option<Vec<Replacement>> {
        let mut tables = self.tables.lock();
        if leaving.stand_ins.is_empty() && !tables.contains_key(scope) {
            return Some(Vec::new());
        }
        let table = tables.entry(scope.clone()).or_insert_with(|| Table {
            surrogates: Arc::clone(snapshot),
            ..Table::default()
        });
        if !leaving.minted.is_empty() && !Arc::ptr_eq(&table.surrogates, snapshot) {
            return None;
        }
        if !leaving.stand_ins.is_empty() {
            let surrogates = Arc::make_mut(&mut table.surrogates);
            for pair in leaving.minted {
                surrogates.insert(pair, now);
            }
            surrogates.touch(leaving.stand_ins, now);
        }
        let expected = table.expected(leaving);
        if leaving.is_turn {
            table.last_turn.clone_from(&expected);
        }
        Some(table.surrogates.replacements(&expected))
    }

    /// What the answer to the last turn of this user with this service may bring back: for an answer that comes on
    /// another connection than its turn went.
    pub(crate) fn last_turn(&self, scope: &Scope) -> Vec<Replacement> {
        let tables = self.tables.lock();
        let table = tables.get(scope);
        table.map_or_else(Vec::new, |table| table.surrogates.replacements(&table.last_turn))
    }

    /// Puts back a pair read from the sealed log at start; one that has expired keeps its number only.
    pub(crate) fn restore(&self, scope: &Scope, minted: &Minted, time: Timestamp, now: Timestamp) {
        if matches!(scope.owner, Owner::Connection(_)) {
            return;
        }
        let mut tables = self.tables.lock();
        let table = tables.entry(scope.clone()).or_default();
        let surrogates = Arc::make_mut(&mut table.surrogates);
        if time >= now.plus_millis(-LIFETIME_MILLIS) {
            surrogates.insert(minted, time);
        } else {
            surrogates.reserve(minted);
        }
    }
}

impl Table {
    /// What the answer to a message may bring back: what the message holds, and for a turn what its conversation was
    /// given before.
    fn expected(&mut self, leaving: &Leaving<'_>) -> BTreeSet<String> {
        if !leaving.is_turn {
            return leaving.stand_ins.clone();
        }
        let Some(conversation) = leaving.conversation else {
            self.unnumbered.clone_from(leaving.stand_ins);
            return leaving.stand_ins.clone();
        };
        if !self.conversations.contains_key(conversation) {
            if self.conversations.len() >= CONVERSATIONS {
                // Older chats show stand-ins where they showed values; nothing else is lost.
                self.conversations.clear();
            }
            let first_turn = std::mem::take(&mut self.unnumbered);
            self.conversations.insert(conversation.clone(), first_turn);
        }
        let Some(given) = self.conversations.get_mut(conversation) else {
            return leaving.stand_ins.clone();
        };
        given.extend(leaving.stand_ins.iter().cloned());
        given.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::{LIFETIME_MILLIS, Leaving, Owner, Scope, Vault};
    use std::collections::BTreeSet;
    use weir_engine::Minted;
    use weir_model::{DataType, Sensitive, Timestamp};

    const NOW: Timestamp = Timestamp::from_millis(10 * LIFETIME_MILLIS);

    fn scope(user: u32) -> Scope {
        Scope {
            owner: Owner::User(user),
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

    /// A turn of a conversation leaves with these stand-ins; gives the number of values its answer may bring back.
    fn turn(vault: &Vault, minted: &[Minted], conversation: Option<&str>) -> Option<usize> {
        let snapshot = vault.snapshot(&scope(1), NOW);
        let stand_ins: BTreeSet<String> = minted.iter().map(|pair| pair.surrogate.clone()).collect();
        let conversation = conversation.map(|id| Sensitive::new(id.to_owned()));
        let leaving = Leaving {
            minted,
            stand_ins: &stand_ins,
            conversation: conversation.as_ref(),
            is_turn: true,
        };
        vault
            .release(&scope(1), &snapshot, &leaving, NOW)
            .map(|table| table.len())
    }

    #[test]
    fn two_messages_at_once_do_not_share_a_number() {
        let vault = Vault::default();
        let snapshot = vault.snapshot(&scope(1), NOW);
        let (ada, bob) = (
            [pair("[EMAIL_1]", "ada@example.org")],
            [pair("[EMAIL_1]", "bob@example.org")],
        );
        let stand_ins = BTreeSet::from(["[EMAIL_1]".to_owned()]);
        let leaving = |minted| Leaving {
            minted,
            stand_ins: &stand_ins,
            conversation: None,
            is_turn: true,
        };
        assert!(vault.release(&scope(1), &snapshot, &leaving(&ada), NOW).is_some());
        assert!(vault.release(&scope(1), &snapshot, &leaving(&bob), NOW).is_none());
    }

    #[test]
    fn an_answer_brings_back_what_its_own_conversation_was_given() {
        let vault = Vault::default();
        assert_eq!(turn(&vault, &[pair("[EMAIL_1]", "ada@example.org")], None), Some(1));
        // The second turn names the conversation that the first began, a third party's chat does not.
        assert_eq!(turn(&vault, &[], Some("one")), Some(1));
        assert_eq!(turn(&vault, &[], Some("two")), Some(0));
        assert_eq!(
            turn(&vault, &[pair("[EMAIL_2]", "bob@example.org")], Some("two")),
            Some(1)
        );
        assert_eq!(turn(&vault, &[], Some("one")), Some(1));
        assert_eq!(turn(&vault, &[], None), Some(0));
    }

    #[test]
    fn the_last_turn_is_known_to_its_own_user_and_service_alone() {
        let vault = Vault::default();
        turn(&vault, &[pair("[EMAIL_1]", "ada@example.org")], Some("one"));
        assert_eq!(vault.last_turn(&scope(1)).len(), 1);
        assert!(vault.last_turn(&scope(2)).is_empty());
        let elsewhere = Scope {
            service: "copilot-web".into(),
            ..scope(1)
        };
        assert!(vault.last_turn(&elsewhere).is_empty());
        turn(&vault, &[], Some("two"));
        assert!(
            vault.last_turn(&scope(1)).is_empty(),
            "another conversation goes on now"
        );
    }

    #[test]
    fn users_do_not_see_each_other() {
        let vault = Vault::default();
        vault.restore(&scope(1), &pair("[EMAIL_1]", "ada@example.org"), NOW, NOW);
        assert!(vault.snapshot(&scope(2), NOW).is_empty());
        assert_eq!(vault.snapshot(&scope(1), NOW).len(), 1);
    }

    #[test]
    fn values_expire_and_their_numbers_stay_taken() {
        let vault = Vault::default();
        vault.restore(&scope(1), &pair("[EMAIL_1]", "ada@example.org"), NOW, NOW);
        assert_eq!(vault.snapshot(&scope(1), NOW.plus_millis(LIFETIME_MILLIS)).len(), 1);
        assert!(
            vault
                .snapshot(&scope(1), NOW.plus_millis(LIFETIME_MILLIS + 1))
                .is_empty()
        );
        vault.restore(
            &scope(3),
            &pair("[EMAIL_7]", "old@example.org"),
            NOW.plus_millis(-2 * LIFETIME_MILLIS),
            NOW,
        );
        assert!(vault.snapshot(&scope(3), NOW).is_empty());
    }

    #[test]
    fn a_connection_of_nobody_known_is_not_restored() {
        let vault = Vault::default();
        let nobody = Scope {
            owner: Owner::Connection(7),
            service: "chatgpt-web".into(),
        };
        vault.restore(&nobody, &pair("[EMAIL_1]", "ada@example.org"), NOW, NOW);
        assert!(vault.snapshot(&nobody, NOW).is_empty());
    }
}
