//! Stand-ins for values, one per value and conversation.

use std::collections::{BTreeMap, HashMap};

use weir_content::answer::Replacement;
use weir_model::{DataType, Sensitive};

/// The stand-ins in use between one user and one service. Holds the values: no `Debug`, no serde.
///
/// A value keeps its stand-in over all turns, so that a history sent again is the same text again and provider prompt
/// caches stay warm.
#[derive(Clone, Default)]
pub struct Surrogates {
    by_value: HashMap<Key, String>,
    by_surrogate: BTreeMap<String, Sensitive<String>>,
    last_number: HashMap<String, u32>,
}

/// A data type's surrogate name and the value in its normal form.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Key {
    name: String,
    normal_form: Sensitive<String>,
}

/// A stand-in that did not exist before this verdict. The caller stores it before the message is released; otherwise
/// an answer could name a value that nobody can put back.
#[derive(Clone)]
pub struct Minted {
    /// What the value is.
    pub data_type: DataType,
    /// `[EMAIL_1]`.
    pub surrogate: String,
    /// The value as it stood in the message.
    pub original: Sensitive<String>,
}

impl Surrogates {
    /// Adds a stand-in, from a verdict or from the vault. A surrogate already taken keeps its value.
    pub fn insert(&mut self, minted: &Minted) {
        let name = weir_detect::surrogate_name(&minted.data_type);
        if let Some(number) = number_of(&minted.surrogate) {
            let last = self.last_number.entry(name.clone()).or_default();
            *last = number.max(*last);
        }
        let key = Key::new(name, &minted.data_type, minted.original.expose());
        self.by_value.entry(key).or_insert_with(|| minted.surrogate.clone());
        self.by_surrogate
            .entry(minted.surrogate.clone())
            .or_insert_with(|| minted.original.clone());
    }

    /// What to put back in an answer.
    #[must_use]
    pub fn restore_table(&self) -> Vec<Replacement> {
        self.by_surrogate
            .iter()
            .map(|(surrogate, original)| Replacement {
                surrogate: surrogate.clone(),
                original: original.clone(),
            })
            .collect()
    }

    /// Number of stand-ins in use.
    #[must_use]
    pub fn len(&self) -> usize {
        self.by_surrogate.len()
    }

    /// True when no value was ever replaced.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.by_surrogate.is_empty()
    }
}

/// Hands out stand-ins while one message is planned; the map itself stays as it was.
pub(crate) struct Mint<'a> {
    known: &'a Surrogates,
    fresh: HashMap<Key, String>,
    last_number: HashMap<String, u32>,
    minted: Vec<Minted>,
}

impl<'a> Mint<'a> {
    pub(crate) fn new(known: &'a Surrogates) -> Self {
        Self {
            known,
            fresh: HashMap::new(),
            last_number: known.last_number.clone(),
            minted: Vec::new(),
        }
    }

    /// The stand-in for a value. `taken` says whether a candidate already stands in the message as ordinary text: it
    /// would be put back as a value that the user never meant.
    pub(crate) fn surrogate(&mut self, data_type: &DataType, value: &str, taken: impl Fn(&str) -> bool) -> String {
        let name = weir_detect::surrogate_name(data_type);
        let key = Key::new(name, data_type, value);
        if let Some(surrogate) = self.known.by_value.get(&key).or_else(|| self.fresh.get(&key)) {
            return surrogate.clone();
        }
        let surrogate = self.next_free(&key.name, taken);
        self.minted.push(Minted {
            data_type: data_type.clone(),
            surrogate: surrogate.clone(),
            original: Sensitive::new(value.to_owned()),
        });
        self.fresh.insert(key, surrogate.clone());
        surrogate
    }

    fn next_free(&mut self, name: &str, taken: impl Fn(&str) -> bool) -> String {
        let last = self.last_number.entry(name.to_owned()).or_default();
        loop {
            *last += 1;
            let candidate = format!("[{name}_{last}]");
            if !taken(&candidate) {
                return candidate;
            }
        }
    }

    pub(crate) fn into_minted(self) -> Vec<Minted> {
        self.minted
    }
}

impl Key {
    fn new(name: String, data_type: &DataType, value: &str) -> Self {
        Self {
            name,
            normal_form: Sensitive::new(weir_detect::normalise_value(data_type, value)),
        }
    }
}

fn number_of(surrogate: &str) -> Option<u32> {
    surrogate.strip_suffix(']')?.rsplit_once('_')?.1.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::{Mint, Surrogates};
    use weir_model::DataType;

    const EMAIL: DataType = DataType::builtin("personal/email");

    #[test]
    fn one_value_has_one_surrogate_over_all_turns() {
        let mut known = Surrogates::default();
        let mut mint = Mint::new(&known);
        assert_eq!(mint.surrogate(&EMAIL, "ada@example.org", |_| false), "[EMAIL_1]");
        assert_eq!(mint.surrogate(&EMAIL, "bob@example.org", |_| false), "[EMAIL_2]");
        assert_eq!(mint.surrogate(&EMAIL, "ada@example.org", |_| false), "[EMAIL_1]");
        for minted in mint.into_minted() {
            known.insert(&minted);
        }
        let mut next_turn = Mint::new(&known);
        assert_eq!(next_turn.surrogate(&EMAIL, "bob@example.org", |_| false), "[EMAIL_2]");
        assert_eq!(next_turn.surrogate(&EMAIL, "eve@example.org", |_| false), "[EMAIL_3]");
        assert_eq!(next_turn.into_minted().len(), 1);
    }

    #[test]
    fn a_surrogate_that_stands_in_the_text_is_not_handed_out() {
        let known = Surrogates::default();
        let mut mint = Mint::new(&known);
        assert_eq!(
            mint.surrogate(&EMAIL, "ada@example.org", |text| text == "[EMAIL_1]"),
            "[EMAIL_2]"
        );
    }
}
