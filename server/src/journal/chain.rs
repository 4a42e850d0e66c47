//! The chain: hashes, signed heads, and what is wrong where. Pure.

use super::entry::Entry;
use weir_bundle::{PublicKey, SigningKey};
use weir_fleet::JournalRow;
use weir_model::Timestamp;

/// Where the journal stands: behind a row.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Head {
    /// The row's number; 0 before the first.
    pub number: u64,
    /// The row's hash; zeros before the first.
    pub hash: [u8; 32],
}

/// A row as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// From 1, without a gap.
    pub number: u64,
    /// When, by the server's clock.
    pub time: Timestamp,
    /// Who, with a word for the kind: `account:alice`.
    pub actor: String,
    /// What was done.
    pub deed: String,
    /// To whom or what.
    pub subject: String,
    /// Details as JSON, byte for byte as they were hashed.
    pub details: String,
    /// Hash of the row before.
    pub previous: [u8; 32],
    /// Hash of this row.
    pub hash: [u8; 32],
}

impl Kept {
    /// The entry as the row behind `head`.
    #[must_use]
    pub fn behind(head: Head, entry: &Entry) -> Self {
        let mut kept = Self {
            number: head.number + 1,
            time: entry.time,
            actor: entry.actor.clone(),
            deed: entry.deed.as_str().to_owned(),
            subject: entry.subject.clone(),
            details: entry.details(),
            previous: head.hash,
            hash: [0; 32],
        };
        kept.hash = kept.hashed();
        kept
    }

    fn hashed(&self) -> [u8; 32] {
        let row = JournalRow {
            previous: &self.previous,
            number: self.number,
            time: self.time,
            actor: &self.actor,
            deed: &self.deed,
            subject: &self.subject,
            details: &self.details,
        };
        row.hash()
    }

    const fn head(&self) -> Head {
        Head {
            number: self.number,
            hash: self.hash,
        }
    }
}

/// A signed head.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// Where the journal stood.
    pub head: Head,
    /// When it was signed.
    pub time: Timestamp,
    /// By the receipt key.
    pub signature: Vec<u8>,
}

impl Checkpoint {
    /// Signs a head.
    #[must_use]
    pub fn sign(head: Head, time: Timestamp, key: &SigningKey) -> Self {
        Self {
            head,
            time,
            signature: key.sign(&signed(head, time)),
        }
    }

    /// True when this key signed it.
    #[must_use]
    pub fn is_of(&self, key: &PublicKey) -> bool {
        key.verifies(&signed(self.head, self.time), &self.signature)
    }
}

/// The first line keeps the signature from fitting anything else the key signs.
fn signed(head: Head, time: Timestamp) -> Vec<u8> {
    let mut text = b"weir journal checkpoint v1\n".to_vec();
    text.extend_from_slice(&head.number.to_be_bytes());
    text.extend_from_slice(&time.as_millis().to_be_bytes());
    text.extend_from_slice(&head.hash);
    text
}

/// Where the journal is not what was entered.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Broken {
    /// A row is missing, twice there, or out of its place.
    #[error("row {expected} is missing: row {found} stands in its place")]
    Missing {
        /// Which should be there.
        expected: u64,
        /// Which is.
        found: u64,
    },
    /// The row is not behind the one before it.
    #[error("row {number} does not go on from the row before it")]
    Link {
        /// Which.
        number: u64,
    },
    /// The row was changed.
    #[error("row {number} was changed: its hash is another")]
    Changed {
        /// Which.
        number: u64,
    },
    /// The rows up to here are not those whose head was signed.
    #[error("rows up to {number} were written anew: the server signed another head")]
    Rewritten {
        /// Which head.
        number: u64,
    },
    /// The checkpoint is not the server's.
    #[error("the checkpoint at row {number} is not signed by the server's receipt key")]
    Forged {
        /// Which.
        number: u64,
    },
    /// Rows at the end are missing.
    #[error("the journal was cut off: it ends at row {last}, and row {known} was there")]
    Cut {
        /// The last row there is.
        last: u64,
        /// One that was.
        known: u64,
    },
}

/// Goes through a journal from its first row (or a head that is known to be good) to its end.
#[derive(Clone, Copy, Debug, Default)]
pub struct Verifier {
    at: Head,
}

impl Verifier {
    /// Begins behind a head that is known to be good.
    #[must_use]
    pub const fn behind(head: Head) -> Self {
        Self { at: head }
    }

    /// As far as everything is right.
    #[must_use]
    pub const fn at(&self) -> Head {
        self.at
    }

    /// The next rows in their order, and the checkpoints among them.
    ///
    /// # Errors
    /// Where it breaks.
    pub fn page(&mut self, rows: &[Kept], checkpoints: &[Checkpoint], key: &PublicKey) -> Result<(), Broken> {
        let mut checkpoints = checkpoints.iter().peekable();
        for row in rows {
            self.row(row)?;
            while let Some(checkpoint) = checkpoints.next_if(|checkpoint| checkpoint.head.number <= row.number) {
                self.checkpoint(checkpoint, key)?;
            }
        }
        // Those that are left are of rows that are not there.
        checkpoints
            .next()
            .map_or(Ok(()), |checkpoint| self.checkpoint(checkpoint, key))
    }

    fn row(&mut self, row: &Kept) -> Result<(), Broken> {
        let number = row.number;
        let expected = self.at.number + 1;
        if number != expected {
            return Err(Broken::Missing {
                expected,
                found: number,
            });
        }
        if row.previous != self.at.hash {
            return Err(Broken::Link { number });
        }
        if row.hash != row.hashed() {
            return Err(Broken::Changed { number });
        }
        self.at = row.head();
        Ok(())
    }

    /// A checkpoint of the row that was looked at last, or of one that should come behind it.
    ///
    /// # Errors
    /// It says something else than the rows do.
    pub fn checkpoint(&self, checkpoint: &Checkpoint, key: &PublicKey) -> Result<(), Broken> {
        let Head { number, hash } = checkpoint.head;
        if !checkpoint.is_of(key) {
            return Err(Broken::Forged { number });
        }
        if number > self.at.number {
            return Err(Broken::Cut {
                last: self.at.number,
                known: number,
            });
        }
        match number == self.at.number && hash == self.at.hash {
            true => Ok(()),
            false => Err(Broken::Rewritten { number }),
        }
    }

    /// The end: where the journal says that it stands.
    ///
    /// # Errors
    /// The rows end elsewhere.
    pub fn end(&self, head: Head) -> Result<(), Broken> {
        if head.number > self.at.number {
            return Err(Broken::Cut {
                last: self.at.number,
                known: head.number,
            });
        }
        match head == self.at {
            true => Ok(()),
            false => Err(Broken::Rewritten { number: head.number }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Broken, Checkpoint, Head, Kept, Verifier};
    use crate::journal::{Actor, Deed, Entry};
    use proptest::prelude::*;
    use weir_bundle::{PublicKey, SigningKey};
    use weir_model::Timestamp;

    fn key() -> SigningKey {
        SigningKey::from_seed(&[7; 32]).unwrap()
    }

    fn journal(subjects: &[String]) -> Vec<Kept> {
        let mut head = Head::default();
        let mut rows = Vec::new();
        for (time, subject) in (0_i64..).zip(subjects) {
            let actor = Actor::Account("alice".to_owned());
            let entry = Entry::new(Timestamp::from_millis(time), &actor, Deed::DeviceRevoke, subject);
            let kept = Kept::behind(head, &entry.with("n", time));
            head = kept.head();
            rows.push(kept);
        }
        rows
    }

    fn verify(rows: &[Kept], checkpoints: &[Checkpoint], key: &PublicKey) -> Result<(), Broken> {
        let mut verifier = Verifier::default();
        for (index, page) in rows.chunks(3).enumerate() {
            let last = page.last().map_or(0, |row| row.number);
            let first = if index == 0 { 0 } else { page[0].number };
            let among: Vec<Checkpoint> = checkpoints
                .iter()
                .filter(|checkpoint| (first..=last).contains(&checkpoint.head.number))
                .cloned()
                .collect();
            verifier.page(page, &among, key)?;
        }
        let last = checkpoints
            .last()
            .filter(|last| last.head.number > verifier.at().number);
        last.map_or(Ok(()), |last| verifier.checkpoint(last, key))
    }

    /// Somebody who can write to the table and has no key.
    #[derive(Debug, Clone)]
    enum Tampering {
        Remove(usize),
        Swap(usize, usize),
        Repeat(usize),
        Cut(usize),
        Text(usize, u8),
        Time(usize),
        Hash(usize),
        /// Everything from here on written anew, with hashes that fit.
        Rewrite(usize),
    }

    fn tamper(rows: &mut Vec<Kept>, how: &Tampering) {
        let count = rows.len();
        let place = |at: usize| at % count;
        match *how {
            Tampering::Remove(at) => drop(rows.remove(place(at))),
            Tampering::Swap(one, two) => rows.swap(place(one), place(two)),
            Tampering::Repeat(at) => rows.insert(place(at), rows[place(at)].clone()),
            Tampering::Cut(at) => rows.truncate(place(at)),
            Tampering::Text(at, field) => {
                let at = place(at);
                let row = &mut rows[at];
                let text = match field % 4 {
                    0 => &mut row.actor,
                    1 => &mut row.deed,
                    2 => &mut row.subject,
                    _ => &mut row.details,
                };
                text.push(' ');
            }
            Tampering::Time(at) => {
                let at = place(at);
                rows[at].time = rows[at].time.plus_millis(1);
            }
            Tampering::Hash(at) => {
                let at = place(at);
                rows[at].hash[0] ^= 1;
            }
            Tampering::Rewrite(at) => {
                let at = place(at);
                rows[at].subject.push('x');
                for at in at..rows.len() {
                    if at > 0 {
                        rows[at].previous = rows[at - 1].hash;
                    }
                    rows[at].hash = rows[at].hashed();
                }
            }
        }
    }

    fn tampering() -> impl Strategy<Value = Tampering> {
        let at = any::<usize>;
        prop_oneof![
            at().prop_map(Tampering::Remove),
            (at(), at()).prop_map(|(one, two)| Tampering::Swap(one, two)),
            at().prop_map(Tampering::Repeat),
            at().prop_map(Tampering::Cut),
            (at(), any::<u8>()).prop_map(|(at, field)| Tampering::Text(at, field)),
            at().prop_map(Tampering::Time),
            at().prop_map(Tampering::Hash),
            at().prop_map(Tampering::Rewrite),
        ]
    }

    proptest! {
        #[test]
        fn whatever_is_done_to_the_rows_is_found(
            subjects in prop::collection::vec(".{0,6}", 1..12),
            signed in prop::collection::vec(any::<bool>(), 12),
            how in prop::collection::vec(tampering(), 1..3),
        ) {
            let key = key();
            let rows = journal(&subjects);
            // The last head is signed, as it is soon after each entry; some of the others too.
            let checkpoints: Vec<Checkpoint> = rows
                .iter()
                .filter(|row| row.number as usize == rows.len() || signed[row.number as usize - 1])
                .map(|row| Checkpoint::sign(row.head(), row.time, &key))
                .collect();
            prop_assert_eq!(verify(&rows, &checkpoints, &key.public()), Ok(()));
            let mut changed = rows.clone();
            for how in &how {
                if !changed.is_empty() {
                    tamper(&mut changed, how);
                }
            }
            prop_assume!(changed != rows);
            prop_assert!(verify(&changed, &checkpoints, &key.public()).is_err());
        }
    }

    #[test]
    fn the_place_is_told() {
        let key = key();
        let rows = journal(&["a".to_owned(), "b".to_owned(), "c".to_owned()]);
        let end = [Checkpoint::sign(rows[2].head(), rows[2].time, &key)];
        let mut missing = rows.clone();
        missing.remove(1);
        let broken = verify(&missing, &end, &key.public());
        assert_eq!(broken, Err(Broken::Missing { expected: 2, found: 3 }));
        let broken = verify(&rows[..2], &end, &key.public());
        assert_eq!(broken, Err(Broken::Cut { last: 2, known: 3 }));
        let mut changed = rows.clone();
        changed[1].actor = "account:bob".to_owned();
        assert_eq!(
            verify(&changed, &end, &key.public()),
            Err(Broken::Changed { number: 2 })
        );
    }

    #[test]
    fn a_head_signed_by_somebody_else_is_no_checkpoint() {
        let rows = journal(&["a".to_owned()]);
        let thief = SigningKey::from_seed(&[8; 32]).unwrap();
        let forged = [Checkpoint::sign(rows[0].head(), rows[0].time, &thief)];
        let broken = verify(&rows, &forged, &key().public());
        assert_eq!(broken, Err(Broken::Forged { number: 1 }));
        let mut moved = Checkpoint::sign(rows[0].head(), rows[0].time, &key());
        moved.time = moved.time.plus_millis(1);
        assert!(!moved.is_of(&key().public()));
    }
}
