use crate::frame::{GENESIS, Head, array};
use crate::{KeyId, SealKey};

/// Bytes of an anchor file.
pub(crate) const FILE_LEN: usize = 2 * SLOT_STEP;
/// Slots stand a disk sector apart, so that a torn write harms one of them only.
const SLOT_STEP: usize = 4096;
const MAGIC: [u8; 8] = *b"weiranc1";
const TEXT_LEN: usize = 160;
const SLOT_LEN: usize = TEXT_LEN + 32;

/// Where the durable log ends, kept outside the segments and authenticated, so that cutting records off is found; and
/// where it begins, so that removing old segments is found unless retention did it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Anchor {
    /// Generation of the last durable record.
    pub generation: u32,
    /// Segment it stands in.
    pub segment: u64,
    /// Where it ends in that segment.
    pub end: u64,
    /// Its sequence number.
    pub seq: u64,
    /// Its head.
    pub head: Head,
    /// The first record still kept.
    pub floor: Floor,
    /// What could not be recorded and is not yet in a gap record.
    pub gap: GapCount,
}

/// The oldest kept record: retention removed what stood before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Floor {
    /// Number of the first segment.
    pub segment: u64,
    /// Sequence number of its first frame.
    pub seq: u64,
    /// The head before that frame.
    pub prev: Head,
}

impl Default for Floor {
    fn default() -> Self {
        Self {
            segment: 1,
            seq: 0,
            prev: GENESIS,
        }
    }
}

/// Messages let through without a record while the disk was full.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GapCount {
    /// How many.
    pub count: u64,
    /// When the first of them was, in milliseconds since the epoch.
    pub since: i64,
}

impl Anchor {
    /// One slot of the anchor file, authenticated under the seal key.
    #[must_use]
    pub fn to_slot(&self, key: &SealKey) -> Vec<u8> {
        let mut out = Vec::with_capacity(SLOT_LEN);
        out.extend_from_slice(&MAGIC);
        out.extend_from_slice(&key.id());
        out.extend_from_slice(&u64::from(self.generation).to_le_bytes());
        for number in [
            self.segment,
            self.end,
            self.seq,
            self.floor.segment,
            self.floor.seq,
            self.gap.count,
        ] {
            out.extend_from_slice(&number.to_le_bytes());
        }
        out.extend_from_slice(&self.gap.since.to_le_bytes());
        out.extend_from_slice(&self.head);
        out.extend_from_slice(&self.floor.prev);
        out.resize(TEXT_LEN, 0);
        let mac = key.mac(&out);
        out.extend_from_slice(&mac);
        out
    }

    /// Where slot 0 or 1 begins in the file. Writers alternate.
    #[must_use]
    pub const fn slot_offset(slot: u8) -> u64 {
        (slot & 1) as u64 * SLOT_STEP as u64
    }

    fn from_slot(slot: &[u8]) -> Anchor {
        let number = |index: usize| u64::from_le_bytes(array(slot, 16 + 8 * index));
        Anchor {
            generation: u32::try_from(number(0)).unwrap_or(u32::MAX),
            segment: number(1),
            end: number(2),
            seq: number(3),
            floor: Floor {
                segment: number(4),
                seq: number(5),
                prev: array(slot, 112),
            },
            gap: GapCount {
                count: number(6),
                since: number(7).cast_signed(),
            },
            head: array(slot, 80),
        }
    }
}

/// What an anchor file says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AnchorFile {
    /// There is no file, or nothing was ever written to it.
    Absent,
    /// Nothing in it is authentic.
    Forged,
    /// It was written under another key.
    OtherKey(KeyId),
    /// The newest authentic slot.
    Valid {
        /// What it says.
        anchor: Anchor,
        /// The slot it stands in.
        slot: u8,
        /// False when the other slot holds something that is not authentic.
        whole: bool,
    },
}

impl AnchorFile {
    /// Reads the file. Without a key the slots are believed.
    #[must_use]
    pub fn read(bytes: &[u8], key: Option<&SealKey>) -> AnchorFile {
        let slots = [read_slot(bytes, 0, key), read_slot(bytes, 1, key)];
        let whole = !slots
            .iter()
            .any(|slot| matches!(slot, Slot::Forged | Slot::OtherKey(_)));
        let newest = [0u8, 1]
            .into_iter()
            .zip(&slots)
            .filter_map(|(number, slot)| match slot {
                Slot::Valid(anchor) => Some((number, *anchor)),
                _ => None,
            });
        let newest = newest.max_by_key(|(_, anchor)| (anchor.seq, anchor.floor.seq, anchor.gap.count));
        match (newest, &slots) {
            (Some((slot, anchor)), _) => AnchorFile::Valid { anchor, slot, whole },
            (None, [Slot::OtherKey(id), _] | [_, Slot::OtherKey(id)]) => AnchorFile::OtherKey(*id),
            (None, [Slot::Empty, Slot::Empty]) => AnchorFile::Absent,
            (None, _) => AnchorFile::Forged,
        }
    }

    /// The anchor, if there is an authentic one.
    #[must_use]
    pub const fn anchor(&self) -> Option<&Anchor> {
        match self {
            AnchorFile::Valid { anchor, .. } => Some(anchor),
            _ => None,
        }
    }
}

enum Slot {
    Empty,
    Forged,
    OtherKey(KeyId),
    Valid(Anchor),
}

fn read_slot(bytes: &[u8], number: usize, key: Option<&SealKey>) -> Slot {
    let area = bytes.get(number * SLOT_STEP..).unwrap_or_default();
    let area = &area[..area.len().min(SLOT_STEP)];
    if area.iter().all(|&byte| byte == 0) {
        return Slot::Empty;
    }
    let Some((text, rest)) = area.split_at_checked(TEXT_LEN) else {
        return Slot::Forged;
    };
    let Some((mac, rest)) = rest.split_at_checked(32) else {
        return Slot::Forged;
    };
    if !text.starts_with(&MAGIC) || rest.iter().any(|&byte| byte != 0) {
        return Slot::Forged;
    }
    let Some(key) = key else {
        return Slot::Valid(Anchor::from_slot(text));
    };
    if key.mac_fits(text, mac) {
        return Slot::Valid(Anchor::from_slot(text));
    }
    match array::<8>(text, 8) {
        id if id == key.id() => Slot::Forged,
        id => Slot::OtherKey(id),
    }
}
