use super::EpochKey;
use crate::frame::array;
use aws_lc_rs::digest;
use zeroize::Zeroizing;

/// Bytes of the file of the present key.
pub(crate) const FILE_LEN: usize = 2 * SLOT_STEP;
/// Slots stand a disk sector apart, so that a torn write harms one of them only.
const SLOT_STEP: usize = 4096;
const MAGIC: [u8; 8] = *b"weirepo1";
const TEXT_LEN: usize = 56;
const SLOT_LEN: usize = TEXT_LEN + 16;

/// What the file of the present key says.
pub struct EpochFile {
    /// The present key.
    pub present: Option<PresentKey>,
    /// There is something that is no key in a slot, or an earlier one: it is to be overwritten.
    pub leftover: bool,
}

/// The key that the present epoch will be sealed with.
#[derive(Clone)]
pub struct PresentKey {
    /// The key.
    pub key: EpochKey,
    /// Number of the first record of its epoch: what the seal will say, whatever became of the numbers behind it.
    pub first: u64,
    /// The slot it stands in.
    pub slot: u8,
}

impl EpochFile {
    /// From its bytes. Of two keys the later is the present one: the earlier was about to be overwritten.
    #[must_use]
    pub fn read(bytes: &[u8]) -> Self {
        let slots = [0_u8, 1].map(|slot| bytes.get(usize::from(slot) * SLOT_STEP..).unwrap_or_default());
        let present = [0_u8, 1]
            .into_iter()
            .filter_map(|slot| read_slot(slots[usize::from(slot)], slot))
            .max_by_key(|present| present.key.epoch());
        let written = |slot: &[u8]| slot.iter().take(SLOT_STEP).any(|byte| *byte != 0);
        Self {
            leftover: match &present {
                Some(present) => written(slots[usize::from(present.slot ^ 1)]),
                None => slots.into_iter().any(written),
            },
            present,
        }
    }

    /// Length of the file, and where slot 0 or 1 begins in it.
    #[must_use]
    pub const fn len_and_offset(slot: u8) -> (u64, u64) {
        (FILE_LEN as u64, (slot & 1) as u64 * SLOT_STEP as u64)
    }

    /// A slot without a key: as long as one with a key, zeros.
    #[must_use]
    pub const fn empty_slot() -> [u8; SLOT_LEN] {
        [0; SLOT_LEN]
    }
}

impl EpochKey {
    /// One slot of the file, of an epoch that begins with record `first`. Its sum tells a torn write; it authenticates nothing, because
    /// whoever can write it can read the key.
    #[must_use]
    pub fn to_slot(&self, first: u64) -> Zeroizing<Vec<u8>> {
        let mut out = Zeroizing::new(Vec::with_capacity(SLOT_LEN));
        out.extend_from_slice(&MAGIC);
        out.extend_from_slice(&u64::from(self.epoch).to_le_bytes());
        out.extend_from_slice(&first.to_le_bytes());
        out.extend_from_slice(&*self.secret);
        let sum = digest::digest(&digest::SHA256, &out);
        out.extend_from_slice(&sum.as_ref()[..SLOT_LEN - TEXT_LEN]);
        out
    }
}

fn read_slot(bytes: &[u8], slot: u8) -> Option<PresentKey> {
    let (text, sum) = bytes.get(..SLOT_LEN)?.split_at(TEXT_LEN);
    let right = digest::digest(&digest::SHA256, text);
    if !text.starts_with(&MAGIC) || !right.as_ref().starts_with(sum) {
        return None;
    }
    let epoch = u32::try_from(u64::from_le_bytes(array(text, 8))).ok()?;
    Some(PresentKey {
        key: EpochKey::new(epoch, array(text, 24)),
        first: u64::from_le_bytes(array(text, 16)),
        slot,
    })
}

#[cfg(test)]
mod tests {
    use super::{EpochFile, EpochKey, FILE_LEN};
    use proptest::prelude::*;

    fn file(slots: [Option<&EpochKey>; 2]) -> Vec<u8> {
        let mut bytes = vec![0; FILE_LEN];
        for (slot, key) in (0..).zip(slots) {
            let at = EpochFile::len_and_offset(slot).1 as usize;
            if let Some(key) = key {
                let text = key.to_slot(7);
                bytes[at..at + text.len()].copy_from_slice(&text);
            }
        }
        bytes
    }

    #[test]
    fn the_later_key_is_the_present_one() {
        let early = EpochKey::new(4, [1; 32]);
        let late = early.at(5).unwrap();
        for (slots, leftover) in [
            ([Some(&early), Some(&late)], true),
            ([Some(&late), Some(&early)], true),
            ([Some(&late), None], false),
        ] {
            let read = EpochFile::read(&file(slots));
            let present = read.present.unwrap();
            assert!(present.key.is(&late));
            assert_eq!((present.first, read.leftover), (7, leftover));
        }
        assert!(EpochFile::read(&file([None, None])).present.is_none());
        assert!(EpochFile::read(&[]).present.is_none());
    }

    proptest! {
        #[test]
        fn a_torn_slot_is_no_key(cut in 0..72_usize, secret: [u8; 32]) {
            let early = EpochKey::new(4, secret);
            let mut bytes = file([Some(&early), Some(&early.at(5).unwrap())]);
            let at = EpochFile::len_and_offset(1).1 as usize;
            bytes[at + cut..at + 72].fill(0);
            let read = EpochFile::read(&bytes);
            // The last bytes of the sum may be zeros by themselves.
            if cut < 68 {
                prop_assert_eq!(read.present.unwrap().key.epoch(), 4);
                prop_assert_eq!(read.leftover, cut > 0);
            }
        }

        #[test]
        fn other_bytes_are_no_key(bytes in prop::collection::vec(any::<u8>(), 0..9000)) {
            prop_assert!(EpochFile::read(&bytes).present.is_none());
        }
    }
}
