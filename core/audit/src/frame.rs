use crate::{Kind, Link, SealKey};
use aws_lc_rs::aead::Aad;
use aws_lc_rs::digest;
use weir_model::{EventId, Timestamp};

/// A chain hash: it commits to a record and to everything before it.
pub type Head = [u8; 32];

/// The head before the first record of a log.
pub const GENESIS: Head = [0; 32];

/// Bytes before the sealed body: the clear header and the head before this record.
pub const HEADER_LEN: usize = 96;

/// Bytes of the smallest frame: header, salt, and the tag of an empty payload.
pub const MIN_FRAME: usize = HEADER_LEN + SALT_LEN + TAG_LEN;

/// Largest payload a frame carries. A frame always fits a segment with room to spare.
pub const MAX_PAYLOAD: usize = 1 << 20;

pub(crate) const MAGIC: [u8; 4] = [0xE7, b'w', b'r', 0x1C];
pub(crate) const VERSION: u8 = 1;
const SALT_LEN: usize = 16;
const TAG_LEN: usize = 16;
const CRC_FROM: usize = 12;
const STATE_AT: usize = 13;
const PREV_AT: usize = 64;
const WHOLE: u8 = 0;
const ERASED: u8 = 1;

/// The part of a frame that can be read without the key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// What the record is.
    pub kind: Kind,
    /// Facts the chain needs.
    pub flags: Flags,
    /// Raised by one each time the log had to go on past damage.
    pub generation: u32,
    /// The epoch the record belongs to: counts up behind each [`crate::EpochSeal`].
    pub epoch: u32,
    /// Position in the log, counting from 0 and never reused.
    pub seq: u64,
    /// When it happened, by the device's clock. The order is `seq`, not this.
    pub time: Timestamp,
    /// The event the record belongs to.
    pub id: EventId,
    /// First bytes of the policy bundle's digest; for the first frame of a segment, the id of the seal key.
    pub bundle: [u8; 8],
}

/// Facts in the clear header, covered by chain and seal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Flags(u8);

impl Flags {
    /// None.
    pub const NONE: Flags = Flags(0);
    /// The first record of a commit: everything before it was durable when it was written. Damage before such a record
    /// can never be an interrupted write.
    pub const COMMIT: Flags = Flags(1);
    /// On the first frame of a segment: the records between the one it links to and this one were refused to their
    /// callers, and may be there or not.
    pub const ABANDONS: Flags = Flags(2);

    /// Both.
    #[must_use]
    pub const fn with(self, other: Flags) -> Flags {
        Flags(self.0 | other.0)
    }

    pub(crate) const fn from_byte(byte: u8) -> Flags {
        Flags(byte)
    }

    /// True when all of `other` are set.
    #[must_use]
    pub const fn has(self, other: Flags) -> bool {
        self.0 & other.0 == other.0
    }
}

/// Bytes a payload takes once it is framed.
#[must_use]
pub const fn sealed_len(payload: usize) -> usize {
    MIN_FRAME + payload
}

/// Seals a payload, appends the frame to `out`, and gives the new head.
///
/// # Errors
/// The payload is over [`MAX_PAYLOAD`], or the cipher refused.
pub fn seal(
    key: &SealKey,
    header: &Header,
    prev: &Head,
    salt: [u8; 16],
    payload: &[u8],
    out: &mut Vec<u8>,
) -> Result<Head, SealError> {
    if payload.len() > MAX_PAYLOAD {
        return Err(SealError::TooLarge(payload.len()));
    }
    let start = out.len();
    let result = seal_at(key, header, prev, salt, payload, out);
    if result.is_err() {
        out.truncate(start);
    }
    result
}

fn seal_at(
    key: &SealKey,
    header: &Header,
    prev: &Head,
    salt: [u8; 16],
    payload: &[u8],
    out: &mut Vec<u8>,
) -> Result<Head, SealError> {
    let start = out.len();
    // MAX_PAYLOAD keeps this far below u32::MAX.
    let len = sealed_len(payload.len()) as u32;
    write_header(header, len, prev, out);
    out.extend_from_slice(&salt);
    let sealed_from = out.len();
    out.extend_from_slice(payload);
    let (record_key, nonce) = key
        .record_key(&salt, header.generation, header.seq)
        .ok_or(SealError::Cipher)?;
    let aad = covered(&out[start..], prev);
    let tag = record_key
        .seal_in_place_separate_tag(nonce, Aad::from(&aad), &mut out[sealed_from..])
        .map_err(|_| SealError::Cipher)?;
    out.extend_from_slice(tag.as_ref());
    let frame = &mut out[start..];
    write_crc(frame);
    Ok(head_of(&aad, &commitment(&frame[HEADER_LEN..])))
}

/// The payload could not be sealed.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// Over the limit.
    #[error("a record of {0} bytes is over the limit of {MAX_PAYLOAD}")]
    TooLarge(usize),
    /// The cipher refused.
    #[error("the record could not be sealed")]
    Cipher,
}

/// A frame whose length and checksum fit. Nothing is said yet about who wrote it.
#[derive(Clone, Copy)]
pub struct Frame<'a> {
    bytes: &'a [u8],
    header: Header,
}

impl<'a> Frame<'a> {
    /// Reads the frame that begins at the first of `bytes`; what follows the frame is not looked at.
    ///
    /// # Errors
    /// There is no whole frame.
    pub fn parse(bytes: &'a [u8]) -> Result<Frame<'a>, FrameError> {
        let len = claimed_len(bytes)?;
        let frame = bytes.get(..len).ok_or(FrameError::Short)?;
        if read_u32(frame, 8) != checksum(frame) {
            return Err(FrameError::Checksum);
        }
        if frame[12] != VERSION || frame[STATE_AT] > ERASED {
            return Err(FrameError::Version(frame[12]));
        }
        let frame = Frame {
            bytes: frame,
            header: read_header(frame),
        };
        if frame.is_erased() && frame.bytes[HEADER_LEN + 32..].iter().any(|&byte| byte != 0) {
            return Err(FrameError::Checksum);
        }
        Ok(frame)
    }

    /// The clear header.
    #[must_use]
    pub const fn header(&self) -> &Header {
        &self.header
    }

    /// The head before this record, as the frame states it.
    #[must_use]
    pub fn prev(&self) -> Head {
        array(self.bytes, PREV_AT)
    }

    /// The head after this record: `SHA-256(prev || header || C)`, with `C = SHA-256(salt || ciphertext)`.
    #[must_use]
    pub fn head(&self) -> Head {
        self.link().head(&self.prev())
    }

    /// What of it stands in the chain.
    #[must_use]
    pub fn link(&self) -> Link {
        let commitment = match self.bytes[STATE_AT] {
            ERASED => array(self.bytes, HEADER_LEN),
            _ => commitment(&self.bytes[HEADER_LEN..]),
        };
        Link::of(&covered(self.bytes, &self.prev()), commitment)
    }

    /// True when the payload was erased; the chain still holds.
    #[must_use]
    pub fn is_erased(&self) -> bool {
        self.bytes[STATE_AT] == ERASED
    }

    /// Bytes of the whole frame.
    #[must_use]
    #[allow(clippy::len_without_is_empty)] // A frame is never empty.
    pub const fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Opens the payload. Success proves that header, previous head and payload are those that were sealed.
    ///
    /// # Errors
    /// Erased, altered, or sealed under another key.
    pub fn open(&self, key: &SealKey) -> Result<Vec<u8>, UnsealError> {
        if self.is_erased() {
            return Err(UnsealError::Erased);
        }
        let salt: [u8; 16] = array(self.bytes, HEADER_LEN);
        let mut sealed = self.bytes[HEADER_LEN + SALT_LEN..].to_vec();
        let (record_key, nonce) = key
            .record_key(&salt, self.header.generation, self.header.seq)
            .ok_or(UnsealError::Altered)?;
        let aad = covered(self.bytes, &self.prev());
        let payload = record_key
            .open_in_place(nonce, Aad::from(&aad), &mut sealed)
            .map_err(|_| UnsealError::Altered)?
            .len();
        sealed.truncate(payload);
        Ok(sealed)
    }
}

/// There is no whole frame at this place.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum FrameError {
    /// Not the mark of a frame.
    #[error("no frame begins here")]
    Magic,
    /// The length is impossible.
    #[error("a frame of {0} bytes is impossible")]
    Length(u32),
    /// The bytes end inside the frame.
    #[error("the frame is cut off")]
    Short,
    /// The checksum does not fit.
    #[error("the frame's checksum does not fit")]
    Checksum,
    /// Written by a version this one cannot read.
    #[error("frame format {0} is unknown")]
    Version(u8),
}

/// The payload could not be opened.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnsealError {
    /// It was erased.
    #[error("the payload was erased")]
    Erased,
    /// Header, previous head or payload are not those that were sealed, or the key is another.
    #[error("the record was altered, or sealed under another key")]
    Altered,
}

/// Erases the payload of the frame that begins at the first of `bytes`: salt and ciphertext give way to their
/// commitment, so that the chain still verifies. Length and place stay. Erasing twice changes nothing.
///
/// # Errors
/// There is no whole frame.
pub fn erase(bytes: &mut [u8]) -> Result<(), FrameError> {
    let frame = Frame::parse(bytes)?;
    if frame.is_erased() {
        return Ok(());
    }
    let len = frame.len();
    let commitment = commitment(&frame.bytes[HEADER_LEN..]);
    let frame = &mut bytes[..len];
    frame[STATE_AT] = ERASED;
    // A body is at least salt and tag: 32 bytes, the size of a commitment.
    frame[HEADER_LEN..HEADER_LEN + 32].copy_from_slice(&commitment);
    frame[HEADER_LEN + 32..].fill(0);
    write_crc(frame);
    Ok(())
}

/// Length of the frame that seems to begin here, if magic and length are possible.
pub(crate) fn claimed_len(bytes: &[u8]) -> Result<usize, FrameError> {
    if bytes.get(..4).is_none_or(|magic| magic != MAGIC) {
        return Err(FrameError::Magic);
    }
    if bytes.len() < MIN_FRAME {
        return Err(FrameError::Short);
    }
    let len = read_u32(bytes, 4);
    match len as usize {
        possible if (MIN_FRAME..=sealed_len(MAX_PAYLOAD)).contains(&possible) => Ok(possible),
        _ => Err(FrameError::Length(len)),
    }
}

fn write_header(header: &Header, len: u32, prev: &Head, out: &mut Vec<u8>) {
    out.extend_from_slice(&MAGIC);
    out.extend_from_slice(&len.to_le_bytes());
    out.extend_from_slice(&[0; 4]);
    out.extend_from_slice(&[VERSION, WHOLE, header.kind.as_byte(), header.flags.0]);
    out.extend_from_slice(&header.generation.to_le_bytes());
    out.extend_from_slice(&header.epoch.to_le_bytes());
    out.extend_from_slice(&header.seq.to_le_bytes());
    out.extend_from_slice(&header.time.as_millis().to_le_bytes());
    out.extend_from_slice(header.id.as_bytes());
    out.extend_from_slice(&header.bundle);
    out.extend_from_slice(prev);
}

fn read_header(frame: &[u8]) -> Header {
    Header {
        kind: Kind::from_byte(frame[14]),
        flags: Flags::from_byte(frame[15]),
        generation: read_u32(frame, 16),
        epoch: read_u32(frame, 20),
        seq: u64::from_le_bytes(array(frame, 24)),
        time: Timestamp::from_millis(i64::from_le_bytes(array(frame, 32))),
        id: EventId::from_bytes(array(frame, 40)),
        bundle: array(frame, 56),
    }
}

/// What chain and seal cover besides the body: length, version, kind, flags and all that follows, and the previous head.
/// Checksum and state stay out, so that erasing changes nothing here.
fn covered(frame: &[u8], prev: &Head) -> [u8; 88] {
    let mut out = [0; 88];
    out[..4].copy_from_slice(&frame[4..8]);
    out[4..8].copy_from_slice(&[frame[12], 0, frame[14], frame[15]]);
    out[8..56].copy_from_slice(&frame[16..PREV_AT]);
    out[56..].copy_from_slice(prev);
    out
}

fn commitment(body: &[u8]) -> Head {
    array(digest::digest(&digest::SHA256, body).as_ref(), 0)
}

pub(crate) fn head_of(covered: &[u8; 88], commitment: &Head) -> Head {
    let mut hash = digest::Context::new(&digest::SHA256);
    hash.update(&covered[56..]);
    hash.update(&covered[..56]);
    hash.update(commitment);
    array(hash.finish().as_ref(), 0)
}

fn write_crc(frame: &mut [u8]) {
    let crc = checksum(frame);
    frame[8..CRC_FROM].copy_from_slice(&crc.to_le_bytes());
}

fn checksum(frame: &[u8]) -> u32 {
    crc32c::crc32c_append(crc32c::crc32c(&frame[..8]), &frame[CRC_FROM..])
}

fn read_u32(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(array(bytes, at))
}

/// `N` bytes from `at`. Every caller has checked the length: frames are at least [`MIN_FRAME`] long.
pub(crate) fn array<const N: usize>(bytes: &[u8], at: usize) -> [u8; N] {
    let mut out = [0; N];
    out.copy_from_slice(&bytes[at..at + N]);
    out
}
