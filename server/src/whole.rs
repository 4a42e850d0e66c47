//! Whole numbers in JSON, however they are written: `7.0` is the integer 7 there, and not for `serde`.

use serde::Deserialize;
use serde::de::{Deserializer, Error};

/// A whole number.
///
/// # Errors
/// It is none, or too large or too small for what is made of it.
pub(crate) fn whole<'de, D: Deserializer<'de>, T: TryFrom<i64>>(deserializer: D) -> Result<T, D::Error> {
    let number = serde_json::Number::deserialize(deserializer)?;
    let whole = number.as_i64().or_else(|| {
        let number = number.as_f64()?;
        // Up to 2⁵³ every whole number is exact.
        (number.fract() == 0.0 && number.abs() <= 9_007_199_254_740_992.0)
            .then(|| format!("{number:.0}").parse().ok())?
    });
    let whole = whole.ok_or_else(|| D::Error::custom("not a whole number"))?;
    T::try_from(whole).map_err(|_| D::Error::custom("too large or too small a number"))
}

/// A whole number that may be missing.
///
/// # Errors
/// As [`whole`].
pub(crate) fn maybe_whole<'de, D: Deserializer<'de>, T: TryFrom<i64>>(deserializer: D) -> Result<Option<T>, D::Error> {
    #[derive(Deserialize)]
    #[serde(bound = "T: TryFrom<i64>")]
    struct Whole<T>(#[serde(deserialize_with = "whole")] T);
    Ok(Option::<Whole<T>>::deserialize(deserializer)?.map(|Whole(number)| number))
}

#[cfg(test)]
mod tests {
    use super::{maybe_whole, whole};

    #[test]
    fn whole_numbers_are_read_however_they_are_written() {
        let read = |text: &str| whole::<_, i64>(&mut serde_json::Deserializer::from_str(text)).ok();
        assert_eq!(read("7"), Some(7));
        assert_eq!(read("7.0"), Some(7));
        assert_eq!(read("-1e3"), Some(-1000));
        for other in ["7.5", "1e300", "99999999999999999999", "\"7\"", "null"] {
            assert_eq!(read(other), None, "{other}");
        }
    }

    #[test]
    fn what_is_made_of_them_has_its_limits() {
        let read = |text: &str| maybe_whole::<_, u8>(&mut serde_json::Deserializer::from_str(text)).ok();
        assert_eq!(read("255.0"), Some(Some(255)));
        assert_eq!(read("null"), Some(None));
        for other in ["256", "-1", "-1.0", "0.5"] {
            assert_eq!(read(other), None, "{other}");
        }
    }
}
