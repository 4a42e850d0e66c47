//! The numbering plans of 206 country codes: which lengths and which first three digits a number may have.

static CODES: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/phones.codes"));
static PLANS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/phones.plans"));
static PREFIXES: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/phones.prefixes"));

/// Bytes of one plan and of one set of prefixes, as the build script lays them out.
const PLAN: usize = 1 + 2 * 18;
const SET: usize = 125;

/// How a number fits the plan of its country.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Fit {
    /// No country has the code.
    Unknown,
    /// The country is known, and has no such numbers.
    Unassigned,
    /// A number that can be dialled.
    Valid,
}

/// How the ASCII digits of an international number, without `+` and `00`, fit.
pub(super) fn international(digits: &[u8]) -> Fit {
    let Some((plan, national)) = (1..=3).find_map(|length| {
        let (code, national) = digits.split_at_checked(length)?;
        plan_of(number(code)).map(|plan| (plan, national))
    }) else {
        return Fit::Unknown;
    };
    // `+44 (0)7849 …`: the trunk digit is written and not dialled.
    let trunk = national.split_first().filter(|(digit, _)| **digit - b'0' == plan[0]);
    match fits(plan, national) || trunk.is_some_and(|(_, national)| fits(plan, national)) {
        true => Fit::Valid,
        false => Fit::Unassigned,
    }
}

/// True when the first group of a written number is the code of a country, or nothing sets its digits apart.
pub(super) fn begins_with_code(written: &[u8]) -> bool {
    let length = written.iter().take_while(|byte| byte.is_ascii_digit()).count();
    length == written.len() || length <= 3 && plan_of(number(&written[..length])).is_some()
}

/// True when the digits are a number inside a country, with its trunk digit or without.
pub(super) fn national(code: usize, digits: &[u8]) -> bool {
    plan_of(code).is_some_and(|plan| match digits.split_first() {
        Some((trunk, rest)) if *trunk - b'0' == plan[0] => fits(plan, rest),
        _ => fits(plan, digits),
    })
}

fn plan_of(code: usize) -> Option<&'static [u8]> {
    match CODES.get(code) {
        Some(0) | None => None,
        Some(&plan) => PLANS.get(usize::from(plan) * PLAN..(usize::from(plan) + 1) * PLAN),
    }
}

fn fits(plan: &[u8], national: &[u8]) -> bool {
    let at = 1 + 2 * national.len();
    let (Some(&[low, high]), Some(head)) = (plan.get(at..at + 2), national.get(..3)) else {
        return false;
    };
    let set = usize::from(u16::from_le_bytes([low, high])) * SET;
    let prefix = number(head);
    PREFIXES
        .get(set + prefix / 8)
        .is_some_and(|byte| byte >> (prefix % 8) & 1 == 1)
}

fn number(digits: &[u8]) -> usize {
    digits
        .iter()
        .fold(0, |sum, digit| sum * 10 + usize::from(digit.wrapping_sub(b'0')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_fit_their_plans() {
        for valid in [
            "12126647665",
            "447849262289",
            "4407849262289",
            "33625962667",
            "4915123456789",
            "393471234567",
            "817044287464",
            "8613812345678",
            "821012345678",
            "919876543210",
            "5511912345678",
            "525512345678",
            "48512345678",
            "46701234567",
            "4520123456",
            "4740612345",
            "358401234567",
            "79123456789",
            "905321234567",
            "27821234567",
            "61412345678",
            "6421123456",
            "353851234567",
            "41791234567",
            "436641234567",
            "32470123456",
            "31612345678",
            "34612345678",
            "351912345678",
            "302101234567",
            "420601234567",
            "36201234567",
            "40721234567",
            "380501234567",
            "972522345678",
            "971501234567",
            "966501234567",
            "201001234567",
            "254712345678",
            "2348021234567",
            "6591234567",
            "60123456789",
            "66812345678",
            "84912345678",
            "6281234567890",
            "639171234567",
            "886912345678",
            "85251234567",
            "56961234567",
            "573211234567",
            "51912345678",
            "5491123456789",
            "923012345678",
            "8801812345678",
            "94712345678",
            "212650123456",
        ] {
            assert_eq!(international(valid.as_bytes()), Fit::Valid, "{valid}");
        }
    }

    #[test]
    fn other_numbers_do_not() {
        assert_eq!(international(b"10126647665"), Fit::Unassigned);
        assert_eq!(international(b"44784926"), Fit::Unassigned);
        assert_eq!(international(b"999123456789"), Fit::Unknown);
        assert_eq!(international(b""), Fit::Unknown);
        assert!(national(49, b"03090182030") && !national(49, b"0") && !national(49, b""));
        assert!(national(34, b"612345678") && !national(34, b"112345678"));
    }
}
