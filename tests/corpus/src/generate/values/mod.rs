//! One maker for each type of data, written from standards and vendors' pages and not from the detectors.

mod contact;
pub(crate) mod digest;
mod financial;
mod health;
mod ids;
mod people;
mod secrets;

use super::draft::Value;
use super::rng::Rng;
use super::words::Words;

/// A fresh value of a type, or none for a name that is no type.
pub(crate) fn make(name: &str, rng: &mut Rng, words: &Words<'_>) -> Option<Value> {
    secrets::make(name, rng, words)
        .or_else(|| financial::make(name, rng))
        .or_else(|| ids::make(name, rng))
        .or_else(|| health::make(name, rng))
        .or_else(|| contact::make(name, rng, words))
        .or_else(|| people::make(name, rng, words))
}

/// Fifteen digits with the check digit of a card.
pub(crate) fn card_number(body: &str) -> String {
    ids::with_luhn(body)
}
