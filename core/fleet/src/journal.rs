//! Rows of the server's own journal: what their hash is over.

use aws_lc_rs::digest::{Context, SHA256};
use weir_model::Timestamp;

/// A row, without its hash.
#[derive(Clone, Copy, Debug)]
pub struct JournalRow<'a> {
    /// Hash of the row before; zeros before the first.
    pub previous: &'a [u8; 32],
    /// From 1, without a gap.
    pub number: u64,
    /// When, by the server's clock.
    pub time: Timestamp,
    /// Who, with a word for the kind: `account:alice`.
    pub actor: &'a str,
    /// What was done.
    pub deed: &'a str,
    /// To whom or what.
    pub subject: &'a str,
    /// Details as JSON, byte for byte.
    pub details: &'a str,
}

impl JournalRow<'_> {
    /// SHA-256. Each text stands behind its length: no two rows have the same bytes.
    #[must_use]
    pub fn hash(&self) -> [u8; 32] {
        let mut context = Context::new(&SHA256);
        context.update(b"weir journal v1\n");
        context.update(self.previous);
        context.update(&self.number.to_be_bytes());
        context.update(&self.time.as_millis().to_be_bytes());
        for text in [self.actor, self.deed, self.subject, self.details] {
            context.update(&(text.len() as u64).to_be_bytes());
            context.update(text.as_bytes());
        }
        let mut hash = [0; 32];
        // A SHA-256 has 32 bytes.
        hash.copy_from_slice(context.finish().as_ref());
        hash
    }
}

#[cfg(test)]
mod tests {
    use super::JournalRow;
    use weir_model::Timestamp;

    #[test]
    fn no_two_rows_have_the_same_hash() {
        let row = JournalRow {
            previous: &[0; 32],
            number: 1,
            time: Timestamp::from_millis(2),
            actor: "account:alice",
            deed: "sign-in",
            subject: "alice",
            details: "{}",
        };
        let others = [
            JournalRow {
                previous: &[1; 32],
                ..row
            },
            JournalRow { number: 2, ..row },
            JournalRow {
                time: Timestamp::from_millis(3),
                ..row
            },
            // The same letters, divided otherwise.
            JournalRow {
                actor: "account:alices",
                deed: "ign-in",
                ..row
            },
            JournalRow {
                subject: "alice{",
                details: "}",
                ..row
            },
        ];
        assert!(others.iter().all(|other| other.hash() != row.hash()));
    }
}
