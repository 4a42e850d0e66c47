//! Stand-ins for values, one per value and conversation.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use weir_content::answer::Replacement;
use weir_model::{DataType, Sensitive, Timestamp};

/// The stand-ins in use between one user and one service. Holds the values: no `Debug`, no serde.
///
/// A value keeps its stand-in over all turns, so that a history sent again is the same text again and provider prompt
/// caches stay warm. Pairs are forgotten when they were not used for a while; their numbers are never given out again,
/// because a conversation that the service remembers may still speak of them.
#[derive(Clone, Default)]
pub struct Surrogates {
    by_value: HashMap<Key, String>,
    by_surrogate: BTreeMap<String, Pair>,
    last_number: HashMap<String, u32>,
}

#[derive(Clone)]
struct Pair {
    key: Key,
    original: Sensitive<String>,
    last_used: Timestamp,
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
    pub fn insert(&mut self, minted: &Minted, used: Timestamp) {
        self.reserve(minted);
        let key = Key::new(
            weir_detect::surrogate_name(&minted.data_type),
            &minted.data_type,
            minted.original.expose(),
        );
        self.by_value
            .entry(key.clone())
            .or_insert_with(|| minted.surrogate.clone());
        self.by_surrogate
            .entry(minted.surrogate.clone())
            .or_insert_with(|| Pair {
                key,
                original: minted.original.clone(),
                last_used: used,
            });
    }

    /// Keeps a stand-in's number from being given out again, without its value.
    pub fn reserve(&mut self, minted: &Minted) {
        if let Some(number) = number_of(&minted.surrogate) {
            let name = weir_detect::surrogate_name(&minted.data_type);
            let last = self.last_number.entry(name).or_default();
            *last = number.max(*last);
        }
    }

    /// Notes that these are in use.
    pub fn touch(&mut self, stand_ins: &BTreeSet<String>, now: Timestamp) {
        for stand_in in stand_ins {
            if let Some(pair) = self.by_surrogate.get_mut(stand_in) {
                pair.last_used = now;
            }
        }
    }

    /// True when a pair was last used before this time.
    #[must_use]
    pub fn any_before(&self, time: Timestamp) -> bool {
        self.by_surrogate.values().any(|pair| pair.last_used < time)
    }

    /// Forgets the values of pairs last used before this time.
    pub fn forget_before(&mut self, time: Timestamp) {
        let by_value = &mut self.by_value;
        self.by_surrogate.retain(|_, pair| {
            let keep = pair.last_used >= time;
            if !keep {
                by_value.remove(&pair.key);
            }
            keep
        });
    }

    /// What to put back where these stand-ins return.
    #[must_use]
    pub fn replacements<'a>(&self, stand_ins: impl IntoIterator<Item = &'a String>) -> Vec<Replacement> {
        let known = |stand_in: &'a String| {
            let pair = self.by_surrogate.get(stand_in)?;
            Some(Replacement {
                surrogate: stand_in.clone(),
                original: pair.original.clone(),
            })
        };
        stand_ins.into_iter().filter_map(known).collect()
    }

    /// True when this stand-in can be put back.
    #[must_use]
    pub fn knows(&self, stand_in: &str) -> bool {
        self.by_surrogate.contains_key(stand_in)
    }

    /// Number of stand-ins in use.
    #[must_use]
    pub fn len(&self) -> usize {
        self.by_surrogate.len()
    }

    /// True when no value is replaced.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.by_surrogate.is_empty()
    }
}

/// Everything in a text that has the form of a stand-in: `[EMAIL_1]`. Linear in the text.
pub(crate) fn stand_ins_in(text: &str) -> impl Iterator<Item = &str> {
    text.match_indices('[').filter_map(|(start, _)| {
        let rest = &text[start + 1..];
        let length = rest
            .bytes()
            .take(LONGEST_STAND_IN)
            .take_while(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || *byte == b'_')
            .count();
        let stand_in = rest[length..]
            .starts_with(']')
            .then(|| &text[start..start + length + 2])?;
        number_of(stand_in).map(|_| stand_in)
    })
}

/// Longer than any name of a data type with its number.
const LONGEST_STAND_IN: usize = 80;

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
    use super::{Mint, Surrogates, stand_ins_in};
    use weir_model::{DataType, Timestamp};

    const EMAIL: DataType = DataType::builtin("personal/email");

    #[test]
    fn one_value_has_one_surrogate_over_all_turns() {
        let mut known = Surrogates::default();
        let mut mint = Mint::new(&known);
        assert_eq!(mint.surrogate(&EMAIL, "ada@example.org", |_| false), "[EMAIL_1]");
        assert_eq!(mint.surrogate(&EMAIL, "bob@example.org", |_| false), "[EMAIL_2]");
        assert_eq!(mint.surrogate(&EMAIL, "ada@example.org", |_| false), "[EMAIL_1]");
        for minted in mint.into_minted() {
            known.insert(&minted, Timestamp::from_millis(1));
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

    #[test]
    fn a_forgotten_value_leaves_its_number_taken() {
        let mut known = Surrogates::default();
        let mut mint = Mint::new(&known);
        mint.surrogate(&EMAIL, "ada@example.org", |_| false);
        for minted in mint.into_minted() {
            known.insert(&minted, Timestamp::from_millis(1));
        }
        known.forget_before(Timestamp::from_millis(2));
        assert!(known.is_empty() && !known.knows("[EMAIL_1]"));
        assert_eq!(
            Mint::new(&known).surrogate(&EMAIL, "bob@example.org", |_| false),
            "[EMAIL_2]"
        );
    }

    #[test]
    fn stand_ins_are_told_from_other_brackets() {
        let text = "[EMAIL_1] [x] [[UK_NHS_12]] [EMAIL_] [1] a[0] [EMAIL_1x] [é_1] [";
        assert_eq!(stand_ins_in(text).collect::<Vec<_>>(), ["[EMAIL_1]", "[UK_NHS_12]"]);
    }
}
