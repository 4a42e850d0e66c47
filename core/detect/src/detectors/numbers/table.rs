//! The tables of numbers, and which of them a count of digits can be.

mod americas;
mod asia_africa;
mod devices;
mod documents;
mod europe;
mod finance;
mod health;

use super::Kind;

/// Where two types fit equally well, the one that comes first wins.
static TABLES: [&[Kind]; 7] = [
    finance::KINDS,
    europe::KINDS,
    americas::KINDS,
    asia_africa::KINDS,
    health::KINDS,
    devices::KINDS,
    documents::KINDS,
];

/// More digits than any number has.
pub(super) const MAX_DIGITS: usize = 26;

/// All numbers.
pub(in crate::detectors) fn numbers() -> impl Iterator<Item = &'static Kind> {
    TABLES.iter().copied().flatten()
}

/// The types written with that many digits, each with a layout.
pub(super) fn of_digits(digits: usize) -> impl Iterator<Item = (&'static Kind, &'static [u8])> {
    let end = INDEX.ends.get(digits).copied().unwrap_or(0);
    let start = digits
        .checked_sub(1)
        .and_then(|fewer| INDEX.ends.get(fewer).copied())
        .unwrap_or(0);
    INDEX.entries[start.min(end)..end].iter().map(|&(table, kind, layout)| {
        let kind = &TABLES[table as usize][kind as usize];
        (kind, kind.layouts[layout as usize])
    })
}

/// Layouts by their count of digits, as positions in the tables.
struct Index<const N: usize> {
    entries: [(u8, u8, u8); N],
    /// For each count where its entries end.
    ends: [usize; MAX_DIGITS + 1],
}

static INDEX: Index<{ count_layouts() }> = index();

const fn count_layouts() -> usize {
    let mut count = 0;
    let mut table = 0;
    while table < TABLES.len() {
        let mut kind = 0;
        while kind < TABLES[table].len() {
            count += TABLES[table][kind].layouts.len();
            kind += 1;
        }
        table += 1;
    }
    count
}

const fn index<const N: usize>() -> Index<N> {
    let mut index = Index {
        entries: [(0, 0, 0); N],
        ends: [0; MAX_DIGITS + 1],
    };
    let mut filled = 0;
    let mut digits = 0;
    while digits <= MAX_DIGITS {
        let mut table = 0;
        while table < TABLES.len() {
            let mut kind = 0;
            while kind < TABLES[table].len() {
                let layouts = TABLES[table][kind].layouts;
                let mut layout = 0;
                while layout < layouts.len() {
                    if sum(layouts[layout]) == digits {
                        index.entries[filled] = (table as u8, kind as u8, layout as u8);
                        filled += 1;
                    }
                    layout += 1;
                }
                kind += 1;
            }
            table += 1;
        }
        index.ends[digits] = filled;
        digits += 1;
    }
    index
}

const fn sum(layout: &[u8]) -> usize {
    let mut sum = 0;
    let mut at = 0;
    while at < layout.len() {
        sum += layout[at] as usize;
        at += 1;
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_check_takes_any_digits() {
        let mut seed = 1u64;
        let mut digit = || {
            seed = seed
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (seed >> 33) as u8 % 10
        };
        for digits in 1..=MAX_DIGITS {
            for (kind, _) in of_digits(digits) {
                for value in [vec![0; digits], vec![9; digits]] {
                    let _ = (kind.check)(&value);
                }
                for _ in 0..500 {
                    let value: Vec<u8> = (0..digits).map(|_| digit()).collect();
                    let _ = (kind.check)(&value);
                }
            }
        }
    }

    #[test]
    fn every_layout_is_found_by_its_digits() {
        let indexed: usize = (0..=MAX_DIGITS).map(|digits| of_digits(digits).count()).sum();
        assert_eq!(indexed, numbers().map(|kind| kind.layouts.len()).sum::<usize>());
        assert!(of_digits(11).all(|(_, layout)| sum(layout) == 11));
    }
}
