//! Cosignatures: a witness says that, as of a time, a checkpoint is the largest it has seen of a log that only grew
//! (<https://c2sp.org/tlog-cosignature>, Ed25519).
//!
//! What is signed is told apart from whatever else a key signs by its first line. Whether the log only grew is the witness's to
//! verify before: [`verify_consistency`](crate::verify_consistency).

use crate::note::{
    KeyName, MOST_TRIED, NoteError, OriginError, VerifierKeyError, key_hash, parts, read_key, show_key, signature_of,
};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::fmt;
use std::str::FromStr;
use weir_bundle::{PublicKey, SigningKey};

/// Whose cosignatures these are: a witness's name, and its key. A log's signs in another way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WitnessKey(KeyName);

/// What a witness said of a checkpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cosignature {
    /// When, by the witness's clock: seconds since 1970.
    time: u64,
    signature: [u8; 64],
}

/// Says that a key of Ed25519 cosigned a checkpoint.
const COSIGNATURE: u8 = 4;
/// Bytes of a cosignature: time and signature.
const LENGTH: usize = 72;

impl Cosignature {
    /// Cosigns the text of a checkpoint.
    #[must_use]
    pub fn sign(text: &str, key: &SigningKey, time: u64) -> Self {
        let time = time.min(LATEST);
        let mut signature = [0; 64];
        // A signature of Ed25519 has 64 bytes (RFC 8032).
        signature.copy_from_slice(&key.sign(&signed(text, time)));
        Self { time, signature }
    }

    /// When it was made, by the witness's clock: seconds since 1970.
    #[must_use]
    pub const fn time(&self) -> u64 {
        self.time
    }

    /// Time, highest byte first, and signature.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        [&self.time.to_be_bytes()[..], &self.signature].concat()
    }

    /// From those bytes; `None` for others.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let bytes: &[u8; LENGTH] = bytes.try_into().ok()?;
        let (time, signature) = bytes.split_first_chunk()?;
        let time = u64::from_be_bytes(*time);
        let signature = signature.try_into().ok()?;
        (time <= LATEST).then_some(Self { time, signature })
    }
}

/// Times have 63 bits.
const LATEST: u64 = i64::MAX.unsigned_abs();

fn signed(text: &str, time: u64) -> Vec<u8> {
    format!("cosignature/v1\ntime {time}\n{text}").into_bytes()
}

impl WitnessKey {
    /// A witness's name and key.
    ///
    /// # Errors
    /// The name cannot be one.
    pub fn new(name: &str, key: PublicKey) -> Result<Self, OriginError> {
        KeyName::new(name, key).map(Self)
    }

    /// The witness's name.
    #[must_use]
    pub fn name(&self) -> &str {
        self.0.name()
    }

    /// Its key.
    #[must_use]
    pub const fn key(&self) -> &PublicKey {
        self.0.key()
    }

    /// A cosignature as a line of a note.
    #[must_use]
    pub fn line(&self, cosignature: &Cosignature) -> String {
        let mut bytes = key_hash(COSIGNATURE, self.name(), self.key()).to_vec();
        bytes.extend(cosignature.to_bytes());
        format!("— {} {}\n", self.name(), STANDARD.encode(bytes))
    }

    /// The cosignature of such a line, where it says that this witness made it. It has to be verified.
    #[must_use]
    pub fn read(&self, line: &str) -> Option<Cosignature> {
        let line = line.strip_suffix('\n').unwrap_or(line);
        Cosignature::from_bytes(&signature_of(line, COSIGNATURE, self.name(), self.key())?)
    }

    /// True for what this witness said of the checkpoint with this text.
    #[must_use]
    pub fn verifies(&self, text: &str, cosignature: &Cosignature) -> bool {
        self.key()
            .verifies(&signed(text, cosignature.time), &cosignature.signature)
    }

    /// When this witness cosigned a note, in seconds since 1970 by its clock; `None` where it did not. Says nothing of whether
    /// the log signed it.
    ///
    /// # Errors
    /// The note is none, or a line says that it is this witness's and is not.
    pub fn cosigned(&self, note: &str) -> Result<Option<u64>, NoteError> {
        let (text, signatures) = parts(note)?;
        let claims = |line: &&str| signature_of(line, COSIGNATURE, self.name(), self.key()).is_some();
        let mut newest = None;
        for (place, line) in signatures.lines().filter(claims).enumerate() {
            let cosignature = self.read(line).filter(|_| place < MOST_TRIED);
            let cosignature = cosignature.filter(|cosignature| self.verifies(text, cosignature));
            newest = newest.max(Some(cosignature.ok_or(NoteError::Cosignature)?.time));
        }
        Ok(newest)
    }
}

/// The form other programs take: name, hash of name and key, key.
impl fmt::Display for WitnessKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        show_key(f, COSIGNATURE, self.name(), self.key())
    }
}

impl FromStr for WitnessKey {
    type Err = VerifierKeyError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        read_key(text, COSIGNATURE).map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::{Cosignature, WitnessKey};
    use crate::{Checkpoint, KeyName, NoteError};
    use proptest::prelude::*;
    use weir_bundle::SigningKey;

    /// The checkpoint and the time of the specification's example.
    const TEXT: &str = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n";
    const TIME: u64 = 1_679_315_147;
    /// Made by another program (Ed25519 in Python), from the seed of [`key`].
    const KEY: &str = "witness.example.com/w1+8122a5ab+BOpKbGPinFIKvvVQexMuxfmVR3auvr57kkIe6mkURtIs";
    const LINE: &str = "— witness.example.com/w1 gSKlqwAAAABkGFDLWr4Jea05CAgwNVtwky0Jgz6WfX0QJgM//FkB/W9BoT9TX0DkTxG+2cT4p/ViKNhUM/SnUwFcYQzugGFQ15LwDw==\n";

    fn key() -> SigningKey {
        SigningKey::from_seed(&[7; 32]).unwrap()
    }

    fn witness() -> WitnessKey {
        KEY.parse().unwrap()
    }

    #[test]
    fn the_form_is_that_of_the_specification() {
        let cosignature = Cosignature::sign(TEXT, &key(), TIME);
        assert_eq!(witness().line(&cosignature), LINE);
        assert_eq!(
            (witness().to_string(), witness().key()),
            (KEY.to_owned(), &key().public())
        );
        assert_eq!(witness().read(LINE), Some(cosignature));
        assert_eq!(witness().cosigned(&format!("{TEXT}\n{LINE}")), Ok(Some(TIME)));
    }

    #[test]
    fn the_example_of_the_specification_is_read() {
        // Its key is not told: what is looked at is the form.
        let line = "— witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==";
        use base64::Engine as _;
        let bytes = base64::engine::general_purpose::STANDARD.decode(line.rsplit(' ').next().unwrap());
        let cosignature = Cosignature::from_bytes(&bytes.unwrap()[4..]).unwrap();
        assert_eq!(cosignature.time(), TIME);
        // It is another witness's of the same name: a line of somebody else.
        assert_eq!(witness().cosigned(&format!("{TEXT}\n{line}\n")), Ok(None));
    }

    #[test]
    fn a_log_and_many_witnesses_sign_one_note() {
        let log = SigningKey::from_seed(&[3; 32]).unwrap();
        let checkpoint = Checkpoint {
            origin: "log.example".to_owned(),
            size: 7,
            root: [9; 32],
        };
        let witnesses: Vec<(SigningKey, WitnessKey)> = (20..52)
            .map(|seed| {
                let key = SigningKey::from_seed(&[seed; 32]).unwrap();
                let named = WitnessKey::new(&format!("witness/{seed}"), key.public()).unwrap();
                (key, named)
            })
            .collect();
        let mut note = checkpoint.sign(&log);
        for (time, (key, named)) in (1..).zip(&witnesses) {
            note += &named.line(&Cosignature::sign(&checkpoint.text(), key, time));
        }
        let name = KeyName::new("log.example", log.public()).unwrap();
        assert_eq!(name.open(&note), Ok(checkpoint));
        for (time, (_, named)) in (1..).zip(&witnesses) {
            assert_eq!(named.cosigned(&note), Ok(Some(time)));
        }
        assert_eq!(witness().cosigned(&note), Ok(None));
        // A log's signature is no cosignature, and the other way round.
        let as_witness = WitnessKey::new("log.example", log.public()).unwrap();
        assert_eq!(as_witness.cosigned(&note), Ok(None));
        let cosigned = format!("{TEXT}\n{LINE}");
        let as_log = KeyName::new(witness().name(), key().public()).unwrap();
        assert_eq!(as_log.open(&cosigned), Err(NoteError::Forged));
    }

    #[test]
    fn what_a_witness_did_not_say_is_refused() {
        let other = TEXT.replace("20852163", "20852164");
        let told_earlier = Cosignature {
            time: TIME - 1,
            ..Cosignature::sign(TEXT, &key(), TIME)
        };
        let by_another = Cosignature::sign(TEXT, &SigningKey::from_seed(&[8; 32]).unwrap(), TIME);
        for note in [
            format!("{other}\n{LINE}"),
            format!("{TEXT}\n{}", witness().line(&told_earlier)),
            format!("{TEXT}\n{}", witness().line(&by_another)),
            format!("{TEXT}\n{LINE}{}", witness().line(&by_another)),
            format!("{TEXT}\n{LINE}{LINE}{LINE}"),
        ] {
            assert_eq!(witness().cosigned(&note), Err(NoteError::Cosignature), "{note}");
        }
        assert_eq!(witness().cosigned(TEXT), Err(NoteError::Malformed));
        let twice = format!("{TEXT}\n{}{LINE}", witness().line(&Cosignature::sign(TEXT, &key(), 5)));
        assert_eq!(witness().cosigned(&twice), Ok(Some(TIME)));
    }

    #[test]
    fn one_key_has_one_text() {
        for text in [
            "",
            "a+b",
            "witness.example.com/w1+8122a5ac+BOpKbGPinFIKvvVQexMuxfmVR3auvr57kkIe6mkURtIs",
            "witness.example.com/w2+8122a5ab+BOpKbGPinFIKvvVQexMuxfmVR3auvr57kkIe6mkURtIs",
            "witness.example.com/w1+8122A5AB+BOpKbGPinFIKvvVQexMuxfmVR3auvr57kkIe6mkURtIs",
            // The key of a log.
            "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        ] {
            assert!(text.parse::<WitnessKey>().is_err(), "{text}");
        }
        assert!(KEY.parse::<KeyName>().is_err());
        assert!(WitnessKey::new("a b", key().public()).is_err());
    }

    proptest! {
        #[test]
        fn cosignatures_are_read_as_they_are_written(time in 0..=i64::MAX.unsigned_abs(), size: u64, root: [u8; 32]) {
            let checkpoint = Checkpoint { origin: "log.example".to_owned(), size, root };
            let cosignature = Cosignature::sign(&checkpoint.text(), &key(), time);
            prop_assert_eq!(Cosignature::from_bytes(&cosignature.to_bytes()), Some(cosignature));
            prop_assert!(witness().verifies(&checkpoint.text(), &cosignature));
            let note = format!("{}\n{}", checkpoint.text(), witness().line(&cosignature));
            prop_assert_eq!(witness().cosigned(&note), Ok(Some(time)));
        }

        #[test]
        fn no_byte_of_a_cosigned_note_can_be_changed(place in any::<prop::sample::Index>(), byte in 32..127_u8) {
            let note = format!("{TEXT}\n{LINE}");
            let mut bytes = note.clone().into_bytes();
            let place = place.index(bytes.len());
            prop_assume!(bytes[place] != byte);
            bytes[place] = byte;
            let cosigned = String::from_utf8(bytes).ok().and_then(|note| witness().cosigned(&note).ok().flatten());
            // The last byte ends the line and is not signed.
            prop_assert!(cosigned.is_none() || place == note.len() - 1);
        }
    }
}
