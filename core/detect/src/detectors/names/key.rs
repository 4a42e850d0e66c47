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

/// The slot at which the search begins, and 25 bits that are never all zero. The bits of `small` are set in each eight
/// bytes of the name: those that make ASCII letters small.
pub(crate) fn hash(name: &[u8], small: u64) -> (usize, u32) {
    let mut mixed = (name.len() as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let mut mix = |eight: u64| {
        mixed = (mixed ^ eight).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed ^= mixed >> 32;
    };
    // What is no multiple of eight long ends with eight bytes that were seen in part.
    if let Some(last) = name.last_chunk() {
        let whole = name.chunks_exact(8).filter_map(|eight| eight.first_chunk());
        whole.for_each(|eight| mix(u64::from_le_bytes(*eight) | small));
        mix(u64::from_le_bytes(*last) | small);
    } else {
        match (name.first_chunk(), name.last_chunk(), name) {
            (Some(first), Some(last), _) => {
                let (first, last) = (u32::from_le_bytes(*first), u32::from_le_bytes(*last));
                mix(u64::from(first) | u64::from(last) << 32 | small);
            }
            (.., [first, .., last]) => {
                let three = u64::from(*first) | u64::from(name[1]) << 8 | u64::from(*last) << 16;
                mix(three | small & 0xFF_FFFF);
            }
            (.., [one]) => mix(u64::from(*one) | small & 0xFF),
            _ => {}
        }
    }
    let mixed = mixed.wrapping_mul(0x94D0_49BB_1331_11EB);
    ((mixed >> 7) as usize % SLOTS, ((mixed >> 39) as u32).max(1))
}
