//! The tables of numbers, and which of them a count of digits can be.

mod americas;
mod asia_africa;
mod devices;
mod documents;
mod europe;
mod finance;
mod health;

use super::{Alone, Kind};
use crate::context;

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

/// One way to write a type of number.
#[derive(Clone, Copy)]
pub(super) struct Written {
    pub(super) kind: &'static Kind,
    /// How many digits stand in each group.
    shape: Shape,
    /// The type's place among all of them.
    place: u8,
}

impl Written {
    /// True when its groups are those of the number.
    pub(super) fn is_grouped(self, shape: Shape) -> bool {
        self.shape.0 == shape.0
    }

    /// True for the groups the number is written in where no word stands beside it, which come first.
    pub(super) fn is_usually_grouped(self) -> bool {
        let usual = self.kind.layouts.iter().find(|layout| layout.len() > 1);
        usual.is_some_and(|layout| Shape::of(layout).0 == self.shape.0)
    }

    /// The bit of its type among all of them.
    pub(super) fn bit(self) -> u128 {
        1 << self.place
    }

    /// The words of its type.
    pub(super) fn words(self) -> context::Kind {
        context::Kind(self.place)
    }

    /// Where it fits as well as another type, the one that comes first in the tables wins.
    pub(super) fn comes_before(self, other: Self) -> bool {
        self.place < other.place
    }
}

/// The lengths of the groups of a number, a byte each, the last one lowest. Of more than [`MAX_GROUPS`] it tells nothing.
#[derive(Clone, Copy, Default)]
pub(super) struct Shape(u64);

impl Shape {
    /// The same with one more group of some digits, less than [`MAX_DIGITS`].
    pub(super) const fn and(self, digits: usize) -> Self {
        Self(self.0 << 8 | digits as u64)
    }

    const fn of(layout: &[u8]) -> Self {
        let (mut shape, mut at) = (Self(0), 0);
        while at < layout.len() {
            shape = shape.and(layout[at] as usize);
            at += 1;
        }
        shape
    }
}

/// The types written with that many digits, each with a layout.
pub(super) fn of_digits(digits: usize) -> &'static [Written] {
    between(digits, 0, MAX_GROUPS + 1)
}

/// Those written in that many groups.
pub(super) fn of_groups(digits: usize, groups: usize) -> &'static [Written] {
    between(digits, groups, groups + 1)
}

/// Those written in one group whose types are among some, a bit each.
pub(super) fn of_types(digits: usize, types: u128) -> impl Iterator<Item = Written> + Clone {
    let all = of_groups(digits, 1);
    let bits = INDEX.bits.get(digits).copied().unwrap_or(0);
    let mut rest = bits & types;
    std::iter::from_fn(move || {
        let below = (1 << rest.trailing_zeros().min(u128::BITS - 1)) - 1;
        // The types have their order there as well, and each is written in one group in one way.
        let written = all.get((bits & below).count_ones() as usize).filter(|_| rest != 0);
        rest &= rest.wrapping_sub(1);
        written.copied()
    })
}

fn between(digits: usize, from: usize, to: usize) -> &'static [Written] {
    let place = |groups| INDEX.starts.get(digits)?.get(groups).copied();
    match (place(from), place(to)) {
        (Some(start), Some(end)) => &INDEX.entries[usize::from(start)..usize::from(end)],
        _ => &[],
    }
}

/// The types that are worth something without a word beside them, a bit each.
pub(super) static ALONE: u128 = {
    let mut alone = 0;
    let (mut table, mut place) = (0, 0);
    while table < TABLES.len() {
        let mut kind = 0;
        while kind < TABLES[table].len() {
            alone |= (!matches!(TABLES[table][kind].alone, Alone::Never) as u128) << place;
            place += 1;
            kind += 1;
        }
        table += 1;
    }
    alone
};

/// How many types there are.
pub(in crate::detectors) const TYPES: usize = {
    let (mut types, mut table) = (0, 0);
    while table < TABLES.len() {
        types += TABLES[table].len();
        table += 1;
    }
    types
};

/// The words of a type, by its place among all of them.
pub(in crate::detectors) const fn words_of(mut place: usize) -> &'static [&'static str] {
    let mut table = 0;
    while place >= TABLES[table].len() {
        place -= TABLES[table].len();
        table += 1;
    }
    TABLES[table][place].words
}

/// More groups than any number has.
const MAX_GROUPS: usize = 8;

/// Layouts by their count of digits, then of groups, then in the order of the tables.
struct Index<const N: usize> {
    entries: [Written; N],
    /// For each count of digits and of groups where its entries begin; behind the last where they end.
    starts: [[u16; MAX_GROUPS + 2]; MAX_DIGITS + 1],
    /// For each count of digits the types that are written in one group, a bit each.
    bits: [u128; MAX_DIGITS + 1],
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
        entries: [Written {
            kind: &TABLES[0][0],
            shape: Shape(0),
            place: 0,
        }; N],
        starts: [[0; MAX_GROUPS + 2]; MAX_DIGITS + 1],
        bits: [0; MAX_DIGITS + 1],
    };
    let (mut filled, mut digits) = (0, 0);
    while digits <= MAX_DIGITS {
        let mut groups = 0;
        while groups <= MAX_GROUPS {
            index.starts[digits][groups] = filled as u16;
            filled = index.fill(filled, digits, groups);
            groups += 1;
        }
        index.starts[digits][groups] = filled as u16;
        digits += 1;
    }
    assert!(filled == N);
    index
}

impl<const N: usize> Index<N> {
    /// Puts all layouts of that many digits and groups behind those that are there, and tells how many there are then.
    const fn fill(&mut self, mut filled: usize, digits: usize, groups: usize) -> usize {
        let (mut table, mut place) = (0, 0);
        while table < TABLES.len() {
            let mut kind = 0;
            while kind < TABLES[table].len() {
                let layouts = TABLES[table][kind].layouts;
                let mut layout = 0;
                while layout < layouts.len() {
                    if layouts[layout].len() == groups && sum(layouts[layout]) == digits {
                        self.entries[filled] = Written {
                            kind: &TABLES[table][kind],
                            shape: Shape::of(layouts[layout]),
                            place,
                        };
                        if groups == 1 {
                            assert!(self.bits[digits] >> place & 1 == 0);
                            self.bits[digits] |= 1 << place;
                        }
                        filled += 1;
                    }
                    layout += 1;
                }
                place += 1;
                kind += 1;
            }
            table += 1;
        }
        filled
    }
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
            for kind in of_digits(digits).iter().map(|written| written.kind) {
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
    fn every_type_has_its_place() {
        let mut places = (0..=MAX_DIGITS).flat_map(of_digits);
        let all: Vec<_> = numbers().collect();
        assert!(places.all(|written| std::ptr::eq(all[usize::from(written.place)], written.kind)));
        assert_eq!(all.len(), TYPES);
        for digits in 0..=MAX_DIGITS {
            let of_types = of_types(digits, u128::MAX).map(|written| written.place);
            assert!(of_types.eq(of_groups(digits, 1).iter().map(|written| written.place)));
        }
    }

    #[test]
    fn every_layout_is_found_by_its_digits() {
        let indexed: usize = (0..=MAX_DIGITS).map(|digits| of_digits(digits).len()).sum();
        assert_eq!(indexed, numbers().map(|kind| kind.layouts.len()).sum::<usize>());
        let has = |written: &Written| {
            let layouts = written.kind.layouts.iter();
            let own = layouts.filter(|layout| written.is_grouped(Shape::of(layout)));
            own.map(|layout| sum(layout)).eq([11])
        };
        assert!(of_digits(11).iter().all(has));
    }
}
