//! Codes that lift something on one device for a while, where the device cannot hear the server: somebody reads one out.
//!
//! ```text
//! 7K3M-QX9V-2DTP    eleven letters of five bits, and one that tells a slip of the tongue from a wrong code
//!
//!   number   10 bits   the lowest ten of the number; the device knows how far it has counted
//!   hour      5 bits   until when it can be entered; the device knows what time it is
//!   minutes   2 bits   for how long it lifts
//!   lifts     1 bit    a directive, or what holds while policy is out of date
//!   proof    37 bits   of an HMAC under the device's key over all of that in full, and over the number of the directive
//! ```
//!
//! A guess is right once in 2³⁷. A device lets five be tried in an hour ([`OverrideBook`](crate::OverrideBook)): who tries for
//! ten years without a pause is right once in three hundred thousand times.

use crate::DeviceId;
use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::hmac::{Context, HMAC_SHA256, Key};
use serde::{Deserialize, Serialize};
use weir_model::Timestamp;

/// What codes of one device are made and verified with, on its way to the device and in its file. No `Debug`: it must not
/// reach a log.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OverrideKey {
    /// 32 bytes, hex.
    key: String,
}

/// Makes and verifies the codes of one device. No `Debug`.
pub struct OverrideCodes {
    device: DeviceId,
    key: Key,
}

/// What a code lifts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Lifts {
    /// The directive with this number: policy holds as it is.
    Directive(u64),
    /// What a pack does when nobody has said for too long that it is the newest.
    Stale,
}

/// What a code says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OverrideCode {
    /// Its number, from 1: codes of a device are counted.
    pub number: u64,
    /// Until when it can be entered, in hours since 1970.
    pub hour: u32,
    /// For how many minutes it lifts: one of [`OVERRIDE_MINUTES`].
    pub minutes: u16,
    /// What.
    pub lifts: Lifts,
}

/// A code as it was heard: complete, and without a slip. Whether it is right is another matter. No `Debug`.
pub(crate) struct Heard {
    number: u64,
    hour: u32,
    minutes: u16,
    is_stale: bool,
    proof: u64,
}

/// What was entered is no code: it is heard again, and costs no try.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Misheard {
    /// Something that stands in no code.
    #[error("letter {0} is none that stands in a code")]
    Letter(usize),
    /// Too much or too little.
    #[error("a code has 12 letters and digits, and this has {0}")]
    Length(usize),
    /// The last letter does not fit the others.
    #[error("a letter is wrong, or two are exchanged: have the code read out again")]
    Slip,
}

/// What a right code is worth at a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Worth {
    /// It lifts.
    Good(OverrideCode),
    /// It was used, or one with a higher number was.
    Used,
    /// Its time is over.
    Expired,
}

/// For how many minutes a code may lift.
pub const OVERRIDE_MINUTES: [u16; 4] = [15, 60, 240, 480];
/// For how many hours a code can be entered, at least; an hour that has begun counts as a whole one.
pub const OVERRIDE_HOURS: u32 = 4;

/// Letters and digits that are not taken for one another when they are read out (Crockford): no I, L, O and U.
const LETTERS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const LENGTH: usize = 12;
const GROUP: usize = 4;
const NUMBERS: u64 = 1 << 10;
const HOURS: u32 = 1 << 5;
const PROOF_BITS: u32 = 37;
const HOUR: i64 = 3_600_000;
/// So far back a code is known to have expired, and not just called wrong: two months.
const EXPIRED_TURNS: u32 = 45;

impl OverrideKey {
    /// Of these bytes.
    #[must_use]
    pub fn new(key: &[u8; 32]) -> Self {
        Self { key: hex::encode(key) }
    }

    /// The codes of a device; `None` where the text is no key.
    #[must_use]
    pub fn codes(&self, device: DeviceId) -> Option<OverrideCodes> {
        let mut key = [0; 32];
        hex::decode_to_slice(&self.key, &mut key).ok()?;
        let key = Key::new(HMAC_SHA256, &key);
        Some(OverrideCodes { device, key })
    }
}

impl OverrideCodes {
    /// The code as it is read out: three groups of four. `None` where it would say what no code says.
    #[must_use]
    pub fn write(&self, code: OverrideCode) -> Option<String> {
        let length = OVERRIDE_MINUTES.iter().position(|minutes| *minutes == code.minutes)?;
        if code.number == 0 {
            return None;
        }
        let is_stale = u64::from(code.lifts == Lifts::Stale);
        let said = (code.number % NUMBERS) << 8 | u64::from(code.hour % HOURS) << 3 | (length as u64) << 1 | is_stale;
        let bits = said << PROOF_BITS | self.proof(code);
        let mut values: Vec<u8> = (0..LENGTH - 1)
            .rev()
            .map(|place| (bits >> (5 * place) & 31) as u8)
            .collect();
        values.push(twice(sum(&values)));
        let letters = values.iter().map(|value| char::from(LETTERS[usize::from(*value)]));
        let letters: Vec<char> = letters.collect();
        let groups = letters.chunks(GROUP).map(|group| group.iter().collect::<String>());
        Some(groups.collect::<Vec<_>>().join("-"))
    }

    /// What a code is worth on a device that has used codes up to the number `used` and is under this directive; `None` where
    /// it is none of this device and directive.
    pub(crate) fn read(&self, heard: &Heard, used: u64, directive: u64, now: Timestamp) -> Option<Worth> {
        let lifts = match heard.is_stale {
            true => Lifts::Stale,
            false => Lifts::Directive(directive),
        };
        let next = above(used, heard.number, NUMBERS);
        let begun = u32::try_from(now.as_millis().div_euclid(HOUR)).unwrap_or(0);
        let ends = u32::try_from(above(u64::from(begun), u64::from(heard.hour), u64::from(HOURS))).ok()?;
        let code = |number, hour| OverrideCode {
            number,
            hour,
            minutes: heard.minutes,
            lifts,
        };
        let fits = |code| verify_slices_are_equal(&heard.proof.to_be_bytes(), &self.proof(code).to_be_bytes()).is_ok();
        // This one comparison alone can lift anything.
        if fits(code(next, ends)) {
            return Some(Worth::Good(code(next, ends)));
        }
        let before = next.checked_sub(NUMBERS).filter(|number| *number > 0);
        for hour in (0..=EXPIRED_TURNS).filter_map(|turn| ends.checked_sub(turn * HOURS)) {
            if before.is_some_and(|number| fits(code(number, hour))) {
                return Some(Worth::Used);
            }
            if fits(code(next, hour)) {
                return Some(Worth::Expired);
            }
        }
        None
    }

    fn proof(&self, code: OverrideCode) -> u64 {
        let (lifts, directive) = match code.lifts {
            Lifts::Directive(number) => (0, number),
            Lifts::Stale => (1, 0),
        };
        let mut context = Context::with_key(&self.key);
        context.update(b"weir override v1\n");
        context.update(self.device.as_bytes());
        context.update(&code.number.to_be_bytes());
        context.update(&code.hour.to_be_bytes());
        context.update(&code.minutes.to_be_bytes());
        context.update(&[lifts]);
        context.update(&directive.to_be_bytes());
        let tag = context.sign();
        let first = tag.as_ref().iter().take(8);
        first.fold(0_u64, |number, byte| number << 8 | u64::from(*byte)) >> (64 - PROOF_BITS)
    }
}

impl OverrideCode {
    /// Until when a code can be entered that is made now, in hours since 1970.
    #[must_use]
    pub fn hour(now: Timestamp) -> u32 {
        let begun = u32::try_from(now.as_millis().div_euclid(HOUR)).unwrap_or(0);
        begun + OVERRIDE_HOURS + 1
    }

    /// Until when it can be entered.
    #[must_use]
    pub fn ends(&self) -> Timestamp {
        Timestamp::from_millis(i64::from(self.hour) * HOUR)
    }
}

/// Reads a code as it was entered. Small letters, dashes, spaces, and letters that look like digits are forgiven.
///
/// # Errors
/// It is none, by its letters alone.
pub(crate) fn hear(text: &str) -> Result<Heard, Misheard> {
    let mut values = Vec::with_capacity(LENGTH);
    let letters = text.chars().filter(|letter| !letter.is_whitespace() && *letter != '-');
    for (place, letter) in letters.enumerate() {
        if place >= 4 * LENGTH {
            return Err(Misheard::Length(place));
        }
        values.push(value(letter).ok_or(Misheard::Letter(place + 1))?);
    }
    if values.len() != LENGTH {
        return Err(Misheard::Length(values.len()));
    }
    if sum(&values) != 0 {
        return Err(Misheard::Slip);
    }
    let bits = values[..LENGTH - 1]
        .iter()
        .fold(0_u64, |bits, value| bits << 5 | u64::from(*value));
    let said = bits >> PROOF_BITS;
    Ok(Heard {
        number: said >> 8,
        hour: (said >> 3 & 31) as u32,
        minutes: OVERRIDE_MINUTES[(said >> 1 & 3) as usize],
        is_stale: said & 1 == 1,
        proof: bits & ((1 << PROOF_BITS) - 1),
    })
}

impl Heard {
    /// True for what lifts a directive.
    pub(crate) fn lifts_directive(&self) -> bool {
        !self.is_stale
    }
}

fn value(letter: char) -> Option<u8> {
    let letter = match letter.to_ascii_uppercase() {
        'O' => '0',
        'I' | 'L' => '1',
        letter => letter,
    };
    let place = LETTERS.iter().position(|known| char::from(*known) == letter)?;
    u8::try_from(place).ok()
}

/// The letters as a polynomial over the field of 32 elements, at a generator of it. Nothing is left where all are right; one
/// wrong letter, and any two exchanged ones, leave something.
fn sum(values: &[u8]) -> u8 {
    values.iter().fold(0, |sum, value| twice(sum) ^ value)
}

/// Times the generator, modulo x⁵ + x² + 1.
fn twice(value: u8) -> u8 {
    let shifted = value << 1;
    match shifted & 32 {
        0 => shifted,
        _ => (shifted ^ 0b10_0101) & 31,
    }
}

/// The lowest number above `floor` that leaves `rest` when it is divided.
fn above(floor: u64, rest: u64, by: u64) -> u64 {
    let next = floor + 1;
    next + (rest + by - next % by) % by
}

/// Reads what a stranger typed.
pub fn fuzz_override(text: &str) {
    if let Ok(heard) = hear(text) {
        let codes = OverrideKey::new(&[7; 32]).codes(DeviceId::from_bytes([7; 16]));
        let worth = codes.and_then(|codes| codes.read(&heard, 3, 9, Timestamp::from_millis(1_800_000_000_000)));
        assert_eq!(worth, None, "nobody knows the key");
    }
}

#[cfg(test)]
mod tests {
    use super::{Lifts, Misheard, OVERRIDE_MINUTES, OverrideCode, OverrideCodes, OverrideKey, Worth, hear};
    use crate::DeviceId;
    use proptest::prelude::*;
    use weir_model::Timestamp;

    const HOUR: i64 = 3_600_000;

    fn codes(key: u8, device: u8) -> OverrideCodes {
        OverrideKey::new(&[key; 32])
            .codes(DeviceId::from_bytes([device; 16]))
            .unwrap()
    }

    fn directive(lifts: Lifts) -> u64 {
        match lifts {
            Lifts::Directive(number) => number,
            Lifts::Stale => 5,
        }
    }

    prop_compose! {
        fn any_code()(
            number in 1..100_000_u64, hour in 400_000..600_000_u32, length in 0..4_usize,
            directive in proptest::option::of(1..1_000_u64),
        ) -> OverrideCode {
            let lifts = directive.map_or(Lifts::Stale, Lifts::Directive);
            OverrideCode { number, hour, minutes: OVERRIDE_MINUTES[length], lifts }
        }
    }

    proptest! {
        #[test]
        fn a_code_is_for_one_key_one_device_one_directive_and_one_number(
            code in any_code(), ahead in 0..1_000_u64, left in 1..32_i64,
        ) {
            let text = codes(1, 1).write(code).unwrap();
            prop_assert_eq!(text.len(), 14);
            let said = text.to_lowercase().replace('-', " ").replace('0', "o").replace('1', "l");
            let now = Timestamp::from_millis(i64::from(code.hour) * HOUR - left * HOUR);
            let used = (code.number - 1).saturating_sub(ahead);
            let holds = directive(code.lifts);
            for text in [&text, &said] {
                let heard = hear(text).unwrap();
                let read = |by: &OverrideCodes, used, holds, now| by.read(&heard, used, holds, now);
                prop_assert_eq!(read(&codes(1, 1), used, holds, now), Some(Worth::Good(code)));
                prop_assert_eq!(read(&codes(1, 2), used, holds, now), None);
                prop_assert_eq!(read(&codes(2, 1), used, holds, now), None);
                if code.lifts != Lifts::Stale {
                    prop_assert_eq!(read(&codes(1, 1), used, holds + 1, now), None);
                }
                for used in [code.number, code.number + ahead] {
                    prop_assert_eq!(read(&codes(1, 1), used, holds, now), Some(Worth::Used));
                }
                let late = Timestamp::from_millis(code.ends().as_millis() + 40 * left * HOUR);
                prop_assert_eq!(read(&codes(1, 1), used, holds, late), Some(Worth::Expired));
                prop_assert_eq!(read(&codes(1, 1), used, holds, code.ends()), Some(Worth::Expired));
            }
        }

        #[test]
        fn one_wrong_letter_and_two_exchanged_ones_are_a_slip(
            code in any_code(), places in (0..12_usize, 0..12_usize), by in 1..32_usize,
        ) {
            let letters: Vec<char> = codes(1, 1).write(code).unwrap().chars().filter(|it| *it != '-').collect();
            let slip = |letters: &[char]| hear(&letters.iter().collect::<String>()).err();
            let mut wrong = letters.clone();
            let known = super::LETTERS.map(char::from);
            let was = known.iter().position(|known| *known == wrong[places.0]).unwrap();
            wrong[places.0] = known[(was + by) % 32];
            prop_assert_eq!(slip(&wrong), Some(Misheard::Slip));
            let mut exchanged = letters.clone();
            exchanged.swap(places.0, places.1);
            let differs = letters[places.0] != letters[places.1];
            prop_assert_eq!(slip(&exchanged), differs.then_some(Misheard::Slip));
        }

        #[test]
        fn other_texts_say_what_is_wrong_and_quote_nothing(text in ".{0,60}") {
            if let Err(error) = hear(&text) {
                let said = error.to_string();
                prop_assert!(text.chars().filter(|it| !it.is_ascii()).all(|letter| !said.contains(letter)));
            }
            super::fuzz_override(&text);
        }
    }

    #[test]
    fn what_is_no_code_says_why() {
        for (text, why) in [
            ("", Misheard::Length(0)),
            ("7K3M-QX9V-2DT", Misheard::Length(11)),
            ("7K3M-QX9V-2DTPP", Misheard::Length(13)),
            ("7K3M-QU9V-2DTP", Misheard::Letter(6)),
            ("7K3M_QX9V", Misheard::Letter(5)),
        ] {
            assert_eq!(hear(text).err(), Some(why), "{text}");
        }
        let long = "A".repeat(1000);
        assert_eq!(hear(&long).err(), Some(Misheard::Length(48)));
    }

    #[test]
    fn what_no_code_says_is_not_written_and_keys_survive_their_way() {
        let code = OverrideCode {
            number: 1,
            hour: OverrideCode::hour(Timestamp::from_millis(10 * HOUR + 1)),
            minutes: 60,
            lifts: Lifts::Stale,
        };
        assert_eq!(code.ends(), Timestamp::from_millis(15 * HOUR), "four hours at least");
        let told = serde_json::to_string(&OverrideKey::new(&[1; 32])).unwrap();
        let told: OverrideKey = serde_json::from_str(&told).unwrap();
        let device = DeviceId::from_bytes([1; 16]);
        assert_eq!(told.codes(device).unwrap().write(code), codes(1, 1).write(code));
        assert_eq!(codes(1, 1).write(OverrideCode { number: 0, ..code }), None);
        assert_eq!(codes(1, 1).write(OverrideCode { minutes: 61, ..code }), None);
        let short: OverrideKey = serde_json::from_str(r#"{"key":"00"}"#).unwrap();
        assert!(short.codes(device).is_none());
    }
}
