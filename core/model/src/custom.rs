use crate::{Confidence, DataType};

/// A detector that a pack describes: what it looks for, what speaks for a match, and the texts that hold it to account.
#[derive(Clone, Debug, PartialEq)]
pub struct CustomDetector {
    /// What it finds.
    pub data_type: DataType,
    /// Regular expression of the `regex` crate.
    pub pattern: Option<String>,
    /// Name or number of the capture group that holds the value; absent is the whole match.
    pub group: Option<String>,
    /// Words and phrases looked for whole, in any case.
    pub words: Vec<String>,
    /// Words that make a match sure when one stands nearby; without any, every match is sure.
    pub keywords: Vec<String>,
    /// How near: characters before the match and behind it.
    pub distance: u32,
    /// How sure a match is with no keyword nearby; `None`: it is none.
    pub alone: Option<Confidence>,
    /// Check digits that must hold.
    pub check: Option<CheckDigits>,
    /// Bits of entropy for each character that a value must have at least.
    pub min_entropy: Option<f64>,
    /// Texts in which it finds something.
    pub examples: Vec<String>,
    /// Near misses: texts in which it finds nothing.
    pub counter_examples: Vec<String>,
}

/// Ways to check a number. Blanks, dots and hyphens between the digits do not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CheckDigits {
    /// Luhn's sum, as on payment cards.
    Luhn,
    /// ISO 7064 mod 97-10, letters as numbers from 10: the value as it stands leaves 1.
    Mod97,
    /// The same with the first four characters put last, as in an IBAN.
    Iban,
    /// ISO 7064 mod 11,10.
    Mod11_10,
    /// Verhoeff's dihedral check.
    Verhoeff,
    /// Damm's quasigroup check.
    Damm,
}

impl CheckDigits {
    /// All of them.
    pub const ALL: [CheckDigits; 6] = [
        CheckDigits::Luhn,
        CheckDigits::Mod97,
        CheckDigits::Iban,
        CheckDigits::Mod11_10,
        CheckDigits::Verhoeff,
        CheckDigits::Damm,
    ];

    /// The name used in packs.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            CheckDigits::Luhn => "luhn",
            CheckDigits::Mod97 => "mod97",
            CheckDigits::Iban => "iban",
            CheckDigits::Mod11_10 => "mod11_10",
            CheckDigits::Verhoeff => "verhoeff",
            CheckDigits::Damm => "damm",
        }
    }
}
