//! Checkpoints: size and root of a tree, signed (<https://c2sp.org/tlog-checkpoint>, <https://c2sp.org/signed-note>).

use crate::tree::Hash;
use aws_lc_rs::digest::{Context, SHA256};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::fmt;
use std::str::FromStr;
use weir_bundle::{PublicKey, SigningKey};

/// What a log had come to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// Which log: the name of the key that signs it.
    pub origin: String,
    /// Number of entries.
    pub size: u64,
    /// The root over them.
    pub root: Hash,
}

/// Whose checkpoints are believed: a log's name, and its key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyName {
    name: String,
    key: PublicKey,
}

/// A name that cannot stand in a note.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("the name of a log has letters, digits and marks, and neither spaces nor `+`")]
pub struct OriginError;

/// The text is no verifier key.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("not the key of a log (expected NAME+HASH+KEY, as `weir-server log` shows it)")]
pub struct VerifierKeyError;

/// The text is not a checkpoint that the log signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoteError {
    /// Other text.
    #[error("the checkpoint cannot be read")]
    Malformed,
    /// Signed by somebody else, or changed since.
    #[error("the checkpoint is not signed by the log's key")]
    Forged,
    /// A line says that a witness made it, who did not.
    #[error("a cosignature of the checkpoint is not its witness's")]
    Cosignature,
}

/// Says that a key of Ed25519 signed a note.
const ED25519: u8 = 1;
/// Notes of a server are a few hundred bytes; witnesses may have signed as well.
const LONGEST: usize = 16 * 1024;

impl Checkpoint {
    /// Signs it. Its name must be [`KeyName`]'s.
    #[must_use]
    pub fn sign(&self, key: &SigningKey) -> String {
        let text = self.text();
        let mut signature = key_hash(ED25519, &self.origin, &key.public()).to_vec();
        signature.extend(key.sign(text.as_bytes()));
        format!("{text}\n— {} {}\n", self.origin, STANDARD.encode(signature))
    }

    /// The text that is signed.
    #[must_use]
    pub fn text(&self) -> String {
        format!("{}\n{}\n{}\n", self.origin, self.size, STANDARD.encode(self.root))
    }

    /// Reads that text. Further lines are extensions of others.
    ///
    /// # Errors
    /// It is something else.
    pub fn parse(text: &str) -> Result<Self, NoteError> {
        let mut lines = text.strip_suffix('\n').ok_or(NoteError::Malformed)?.split('\n');
        let mut line = || lines.next().ok_or(NoteError::Malformed);
        let (origin, size, root) = (line()?, line()?, line()?);
        let number: u64 = size.parse().map_err(|_| NoteError::Malformed)?;
        let root = STANDARD.decode(root).map_err(|_| NoteError::Malformed)?;
        if origin.is_empty() || number.to_string() != size {
            return Err(NoteError::Malformed);
        }
        Ok(Self {
            origin: origin.to_owned(),
            size: number,
            root: root.try_into().map_err(|_| NoteError::Malformed)?,
        })
    }
}

impl KeyName {
    /// A log's name and key.
    ///
    /// # Errors
    /// The name cannot be one.
    pub fn new(name: &str, key: PublicKey) -> Result<Self, OriginError> {
        match is_name(name) {
            true => Ok(Self {
                name: name.to_owned(),
                key,
            }),
            false => Err(OriginError),
        }
    }

    /// The log's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its key.
    #[must_use]
    pub const fn key(&self) -> &PublicKey {
        &self.key
    }

    /// The checkpoint in a signed note, once it is known that this log signed it.
    ///
    /// # Errors
    /// It did not, or the note is of something else.
    pub fn open(&self, note: &str) -> Result<Checkpoint, NoteError> {
        let (text, signatures) = parts(note)?;
        let ours = signatures.lines().filter_map(|line| self.signature(line));
        let mut ours = ours.take(MOST_TRIED);
        if !ours.any(|signature| self.key.verifies(text.as_bytes(), &signature)) {
            return Err(NoteError::Forged);
        }
        let checkpoint = Checkpoint::parse(text)?;
        match checkpoint.origin == self.name {
            true => Ok(checkpoint),
            false => Err(NoteError::Forged),
        }
    }

    /// The signature of a line, where it says that this key made it.
    fn signature(&self, line: &str) -> Option<Vec<u8>> {
        signature_of(line, ED25519, &self.name, &self.key)
    }
}

/// Lines that claim to be of the same key: more than two are nobody's mistake.
pub(crate) const MOST_TRIED: usize = 2;

fn is_name(name: &str) -> bool {
    let fits = |character: char| !character.is_whitespace() && !character.is_control() && character != '+';
    !name.is_empty() && name.chars().all(fits)
}

/// The text of a note, which is what is signed, and the lines of its signatures.
pub(crate) fn parts(note: &str) -> Result<(&str, &str), NoteError> {
    if note.len() > LONGEST {
        return Err(NoteError::Malformed);
    }
    let gap = note.rfind("\n\n").ok_or(NoteError::Malformed)?;
    Ok((&note[..=gap], &note[gap + 2..]))
}

/// The signature of a line, where it says that this key made it, in this way.
pub(crate) fn signature_of(line: &str, kind: u8, name: &str, key: &PublicKey) -> Option<Vec<u8>> {
    let (signer, signature) = line.strip_prefix("— ")?.split_once(' ')?;
    if signer != name {
        return None;
    }
    let bytes = STANDARD.decode(signature).ok()?;
    let (hash, signature) = bytes.split_first_chunk::<4>()?;
    (*hash == key_hash(kind, name, key)).then(|| signature.to_vec())
}

/// The form other programs take: name, hash of name and key, key.
impl fmt::Display for KeyName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        show_key(f, ED25519, &self.name, &self.key)
    }
}

impl FromStr for KeyName {
    type Err = VerifierKeyError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        read_key(text, ED25519)
    }
}

/// As C2SP writes a key that signs in this way.
pub(crate) fn show_key(f: &mut fmt::Formatter<'_>, kind: u8, name: &str, key: &PublicKey) -> fmt::Result {
    let hash = hex::encode(key_hash(kind, name, key));
    let key = [&[kind][..], key.as_bytes()].concat();
    write!(f, "{name}+{hash}+{}", STANDARD.encode(key))
}

/// Name and key from that text. One key has one text.
pub(crate) fn read_key(text: &str, kind: u8) -> Result<KeyName, VerifierKeyError> {
    let mut parts = text.splitn(3, '+');
    let mut part = || parts.next().ok_or(VerifierKeyError);
    let (name, hash, encoded) = (part()?, part()?, part()?);
    let bytes = STANDARD.decode(encoded).map_err(|_| VerifierKeyError)?;
    let key = bytes.strip_prefix(&[kind]).ok_or(VerifierKeyError)?;
    let key = PublicKey::from_bytes(key.try_into().map_err(|_| VerifierKeyError)?);
    let is_its = is_name(name) && hash == hex::encode(key_hash(kind, name, &key)) && STANDARD.encode(&bytes) == encoded;
    match is_its {
        true => Ok(KeyName {
            name: name.to_owned(),
            key,
        }),
        false => Err(VerifierKeyError),
    }
}

pub(crate) fn key_hash(kind: u8, name: &str, key: &PublicKey) -> [u8; 4] {
    let mut context = Context::new(&SHA256);
    context.update(name.as_bytes());
    context.update(b"\n");
    context.update(&[kind]);
    context.update(key.as_bytes());
    let mut hash = [0; 4];
    hash.copy_from_slice(&context.finish().as_ref()[..4]);
    hash
}

#[cfg(test)]
mod tests {
    use super::{Checkpoint, KeyName, NoteError};
    use proptest::prelude::*;
    use weir_bundle::SigningKey;

    fn key() -> SigningKey {
        SigningKey::from_seed(&[3; 32]).unwrap()
    }

    fn checkpoint() -> Checkpoint {
        Checkpoint {
            origin: "log.example".to_owned(),
            size: 1_234,
            root: [9; 32],
        }
    }

    #[test]
    fn notes_of_the_reference_are_read() {
        // The example of golang.org/x/mod/sumdb/note.
        let key: KeyName = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
            .parse()
            .unwrap();
        let note = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n\n\
                    — PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";
        // Signed, and no checkpoint; with a word changed it is not even signed.
        assert_eq!(key.open(note), Err(NoteError::Malformed));
        assert_eq!(key.open(&note.replace("problem", "program")), Err(NoteError::Forged));
    }

    #[test]
    fn the_form_is_that_of_the_specification() {
        let text = checkpoint().text();
        assert_eq!(
            text,
            "log.example\n1234\nCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQk=\n"
        );
        let extended = format!("{text}an extension\n");
        assert_eq!(Checkpoint::parse(&extended), Ok(checkpoint()));
        for text in [
            "",
            "a\n1\n",
            "a\n01\n",
            "\n1\n",
            "a\n1\nAA==\n",
            "a\n-1\nCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQk=\n",
        ] {
            assert_eq!(Checkpoint::parse(text), Err(NoteError::Malformed), "{text}");
        }
    }

    #[test]
    fn only_the_log_signs_its_checkpoints() {
        let ours = KeyName::new("log.example", key().public()).unwrap();
        let note = checkpoint().sign(&key());
        assert_eq!(ours.open(&note), Ok(checkpoint()));
        assert_eq!(ours.to_string().parse(), Ok(ours.clone()));
        // A witness may sign as well.
        let witnessed = format!("{note}— witness.example AAAAAAAAAAA=\n");
        assert_eq!(ours.open(&witnessed), Ok(checkpoint()));
        let thief = checkpoint().sign(&SigningKey::from_seed(&[4; 32]).unwrap());
        assert_eq!(ours.open(&thief), Err(NoteError::Forged));
        let other = Checkpoint {
            origin: "log.other".to_owned(),
            ..checkpoint()
        };
        assert_eq!(ours.open(&other.sign(&key())), Err(NoteError::Forged));
        for name in ["", "a b", "a+b", "a\nb"] {
            assert!(KeyName::new(name, key().public()).is_err(), "{name}");
        }
    }

    proptest! {
        #[test]
        fn no_byte_of_a_note_can_be_changed(place in any::<prop::sample::Index>(), byte in 32..127_u8) {
            let ours = KeyName::new("log.example", key().public()).unwrap();
            let note = checkpoint().sign(&key());
            let mut bytes = note.clone().into_bytes();
            let place = place.index(bytes.len());
            prop_assume!(bytes[place] != byte);
            bytes[place] = byte;
            let opened = String::from_utf8(bytes).ok().and_then(|note| ours.open(&note).ok());
            // The last byte ends the line and is not signed.
            prop_assert!(opened.is_none() || place == note.len() - 1);
        }

        #[test]
        fn other_text_is_no_note(text in "(?s).{0,200}") {
            crate::fuzz_tlog(text.as_bytes());
        }
    }
}
