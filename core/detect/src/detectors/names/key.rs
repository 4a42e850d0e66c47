//! How a name becomes a place in the table. The build script and the lookup share this page.

/// Commonly given to people.
pub(crate) const GIVEN: u32 = 1;
/// Given to people now and then.
pub(crate) const GIVEN_RARE: u32 = 2;
/// Common as a family name.
pub(crate) const FAMILY: u32 = 4;
/// Borne by some families.
pub(crate) const FAMILY_RARE: u32 = 8;
/// An ordinary word, a place or a product as well.
pub(crate) const WORD: u32 = 16;

/// Part of the names of organisations, places, products and works, and never of people's.
pub(crate) const THING: u32 = 32;
/// A given and a family name that all know: people of history, science, letters, politics and sport.
pub(crate) const FAMOUS: u32 = 64;

/// Bits of an entry that say what is known.
pub(crate) const KNOWN: u32 = 7;
/// Entries of the table.
pub(crate) const SLOTS: usize = 1 << 18;

/// The slot at which the search begins, and 25 bits that are never all zero.
pub(crate) fn hash(name: &[u8]) -> (usize, u32) {
    let mixed = name.iter().fold(0xCBF2_9CE4_8422_2325_u64, |hash, &byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01B3)
    });
    let mixed = (mixed ^ mixed >> 29).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let mixed = mixed ^ mixed >> 32;
    ((mixed as usize) % SLOTS, ((mixed >> 39) as u32).max(1))
}
