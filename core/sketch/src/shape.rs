//! What the values of a column look like: most words of a text are told from them without a digest.

use serde::{Deserialize, Serialize};

use crate::words::Canonical;

/// Bytes that a value has at least, and at most.
pub(crate) const LENGTHS: std::ops::RangeInclusive<usize> = 3..=127;

/// Lengths, digits and words that occur in a column.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Shape {
    /// Bit n is set when a value has n bytes.
    lengths: (u64, u64),
    /// Bit n is set when a value has n digits.
    digits: (u64, u64),
    /// An `@` stands in every value.
    at: bool,
}

impl Shape {
    /// Takes in one more value.
    pub(crate) fn widen(&mut self, value: &Canonical) {
        let is_first = self.lengths == (0, 0);
        self.at = value.at && (is_first || self.at);
        set(&mut self.lengths, value.letters.len());
        set(&mut self.digits, value.digits);
    }

    /// True when a value of the column may look so.
    #[inline]
    pub(crate) fn admits(&self, length: usize, digits: usize, at: bool) -> bool {
        has(self.lengths, length) && has(self.digits, digits) && (at || !self.at)
    }

    /// The longest value in bytes; 0 where there is none.
    pub(crate) fn longest(&self) -> usize {
        let (low, high) = self.lengths;
        match high {
            0 => 64_usize.saturating_sub(low.leading_zeros() as usize + 1),
            high => 127 - high.leading_zeros() as usize,
        }
    }
}

/// True when a value says by its look that it is no word of the language: it may stand alone.
pub(crate) fn is_telling(length: usize, digits: usize, at: bool) -> bool {
    const SHORTEST: usize = 6;
    length >= SHORTEST && (at || digits >= 4)
}

fn set(bits: &mut (u64, u64), number: usize) {
    match number {
        0..64 => bits.0 |= 1 << number,
        64..128 => bits.1 |= 1 << (number - 64),
        _ => {}
    }
}

#[inline]
fn has(bits: (u64, u64), number: usize) -> bool {
    match number {
        0..64 => bits.0 >> number & 1 == 1,
        64..128 => bits.1 >> (number - 64) & 1 == 1,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::Shape;
    use crate::words::Canonical;

    fn shape(values: &[&str]) -> Shape {
        let mut shape = Shape::default();
        values
            .iter()
            .for_each(|value| shape.widen(&Canonical::of(value).unwrap()));
        shape
    }

    #[test]
    fn what_no_value_looks_like_is_not_looked_up() {
        let mails = shape(&["ada@tidewater.io", "bo@weir.example"]);
        assert_eq!(mails.longest(), 14);
        assert!(mails.admits(14, 0, true) && mails.admits(13, 0, true));
        assert!(!mails.admits(14, 0, false) && !mails.admits(12, 0, true) && !mails.admits(14, 1, true));
        assert!(shape(&["ada@tidewater.io", "nobody"]).admits(14, 0, false));
        assert_eq!(shape(&[&"9".repeat(100)]).longest(), 100);
        assert_eq!(Shape::default().longest(), 0);
    }
}
