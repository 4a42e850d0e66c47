//! Keyed digests of values, so that equal values can be counted and none can be guessed.

use aws_lc_rs::hmac;
use weir_model::{DataType, Fingerprint, Kind};

/// The device's keys for fingerprints. No `Debug`: they must not reach a log.
pub struct FingerprintKey {
    /// The device's own, which nobody else has.
    own: hmac::Key,
    /// For values alone: the one its server can make again, and its number.
    values: Option<(u32, hmac::Key)>,
}

impl FingerprintKey {
    /// From 32 random bytes kept by the agent.
    #[must_use]
    pub fn new(key: &[u8; 32]) -> Self {
        Self {
            own: hmac::Key::new(hmac::HMAC_SHA256, key),
            values: None,
        }
    }

    /// The same, with values digested so that the server the key is of can search for them. Texts, names and contents
    /// stay the device's own.
    #[must_use]
    pub fn searched_by(&self, number: u32, key: &[u8; 32]) -> Self {
        Self {
            own: self.own.clone(),
            values: Some((number, hmac::Key::new(hmac::HMAC_SHA256, key))),
        }
    }

    /// Number of the server's key that values are digested with; `None` where nobody can search for them.
    #[must_use]
    pub fn searched(&self) -> Option<u32> {
        self.values.as_ref().map(|(number, _)| *number)
    }

    /// Digest of the value in its normal form. The data type is part of what is digested: the same digits as a card
    /// and as a phone number are two facts.
    #[must_use]
    pub fn fingerprint(&self, data_type: &DataType, value: &str) -> Fingerprint {
        let mut context = hmac::Context::with_key(self.values.as_ref().map_or(&self.own, |(_, key)| key));
        context.update(data_type.as_str().as_bytes());
        context.update(&[0]);
        context.update(weir_detect::normalise_value(data_type, value).as_bytes());
        cut(&context.sign())
    }

    /// Digest of a whole text, byte for byte. No data type has an empty name, so it is equal to no value's.
    #[must_use]
    pub fn text(&self, text: &str) -> Fingerprint {
        let mut context = hmac::Context::with_key(&self.own);
        context.update(&[0]);
        context.update(text.as_bytes());
        cut(&context.sign())
    }

    /// Digest of what a provider calls something. The providers' names do not meet: ids are short in places.
    #[must_use]
    pub fn name(&self, provider: &str, name: &str) -> Fingerprint {
        let mut context = hmac::Context::with_key(&self.own);
        // No data type begins so, and no text is digested so.
        context.update(&[1]);
        context.update(provider.as_bytes());
        context.update(&[0]);
        context.update(name.as_bytes());
        cut(&context.sign())
    }

    /// A key for digests that are short and many, and live as long as the process.
    pub(crate) fn derived(&self) -> [u8; 16] {
        // No data type, text, name or content is digested so.
        let tag = hmac::sign(&self.own, &[3]);
        let mut key = [0; 16];
        key.copy_from_slice(&tag.as_ref()[..16]);
        key
    }

    /// Digest of all that a message says: the texts in their order, each with what it is to the model.
    pub(crate) fn content<'a>(&self, kind: Kind, texts: impl Iterator<Item = (&'a str, &'a str)>) -> Fingerprint {
        let mut context = hmac::Context::with_key(&self.own);
        // No data type begins so, and neither texts nor names are digested so.
        context.update(&[2]);
        context.update(kind.as_str().as_bytes());
        for part in texts.flat_map(|(role, text)| [role, text]) {
            // With its length in front, a text cannot be moved over the border to the next.
            context.update(&(part.len() as u64).to_be_bytes());
            context.update(part.as_bytes());
        }
        cut(&context.sign())
    }
}

fn cut(tag: &hmac::Tag) -> Fingerprint {
    let mut digest = [0; 16];
    digest.copy_from_slice(&tag.as_ref()[..16]);
    Fingerprint::from_digest(digest)
}

#[cfg(test)]
mod tests {
    use super::FingerprintKey;
    use weir_model::DataType;

    const EMAIL: DataType = DataType::builtin("personal/email");
    const PHONE: DataType = DataType::builtin("personal/phone");

    #[test]
    fn equal_values_are_equal_under_one_key_only() {
        let (one, two) = (FingerprintKey::new(&[1; 32]), FingerprintKey::new(&[2; 32]));
        let value = "ada@example.org";
        assert_eq!(one.fingerprint(&EMAIL, value), one.fingerprint(&EMAIL, value));
        assert_ne!(one.fingerprint(&EMAIL, value), two.fingerprint(&EMAIL, value));
        assert_ne!(one.fingerprint(&EMAIL, value), one.fingerprint(&PHONE, value));
    }

    #[test]
    fn what_the_server_can_search_for_is_values_and_nothing_else() {
        let (own, value) = (FingerprintKey::new(&[1; 32]), "Ada@Example.org");
        let searched = own.searched_by(3, &[9; 32]);
        assert_eq!((own.searched(), searched.searched()), (None, Some(3)));
        let made_by_the_server = FingerprintKey::new(&[9; 32]).fingerprint(&EMAIL, "ada@example.org");
        assert_eq!(searched.fingerprint(&EMAIL, value), made_by_the_server);
        assert_ne!(own.fingerprint(&EMAIL, value), made_by_the_server);
        assert_eq!(searched.text(value), own.text(value));
        assert_eq!(searched.name("openai", value), own.name("openai", value));
    }
}
