use crate::Kind;
use crate::frame::{Flags, Head, Header, VERSION, array, head_of};
use weir_model::{EventId, Timestamp};

/// What of a record stands in the chain: enough to follow it, and nothing of what the record says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Link {
    header: [u8; LINK_HEADER],
    digest: Head,
}

/// Bytes of the header in a link: what of a frame's clear header is in the chain, without the head before.
pub const LINK_HEADER: usize = 56;

/// The header is none of a record that this version knows.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("not the header of a record")]
pub struct LinkError;

impl Link {
    /// From a header as it stands in the chain, and the digest of salt and sealed payload.
    ///
    /// # Errors
    /// The header is of another format.
    pub fn new(header: [u8; LINK_HEADER], digest: Head) -> Result<Self, LinkError> {
        match header[4] == VERSION && header[5] == 0 {
            true => Ok(Self { header, digest }),
            false => Err(LinkError),
        }
    }

    /// As [`new`](Self::new), from what the chain covers of a frame.
    pub(crate) fn of(covered: &[u8; 88], digest: Head) -> Self {
        Self {
            header: array(covered, 0),
            digest,
        }
    }

    /// The header as it stands in the chain.
    #[must_use]
    pub const fn bytes(&self) -> &[u8; LINK_HEADER] {
        &self.header
    }

    /// SHA-256 of salt and sealed payload.
    #[must_use]
    pub const fn digest(&self) -> &Head {
        &self.digest
    }

    /// What the header says.
    #[must_use]
    pub fn header(&self) -> Header {
        let bytes = &self.header;
        Header {
            kind: Kind::from_byte(bytes[6]),
            flags: Flags::from_byte(bytes[7]),
            generation: u32::from_le_bytes(array(bytes, 8)),
            epoch: u32::from_le_bytes(array(bytes, 12)),
            seq: u64::from_le_bytes(array(bytes, 16)),
            time: Timestamp::from_millis(i64::from_le_bytes(array(bytes, 24))),
            id: EventId::from_bytes(array(bytes, 32)),
            bundle: array(bytes, 48),
        }
    }

    /// The head behind this record, where `before` is the one before it.
    #[must_use]
    pub fn head(&self, before: &Head) -> Head {
        let mut covered = [0; 88];
        covered[..LINK_HEADER].copy_from_slice(&self.header);
        covered[LINK_HEADER..].copy_from_slice(before);
        head_of(&covered, &self.digest)
    }
}

#[cfg(test)]
mod tests {
    use super::{LINK_HEADER, Link, LinkError};
    use crate::{Flags, Frame, GENESIS, Header, Kind, SealKey, erase, seal};
    use weir_model::{EventId, Timestamp};

    #[test]
    fn links_say_what_frames_say_and_lead_to_their_heads() {
        let key = SealKey::new([7; 32]);
        let mut head = GENESIS;
        for seq in 0..5_u8 {
            let header = Header {
                kind: Kind::from_byte(seq + 1),
                flags: Flags::COMMIT,
                generation: 3,
                epoch: 0,
                seq: u64::from(seq) * 1_000,
                time: Timestamp::from_millis(-5),
                id: EventId::from_bytes([seq; 16]),
                bundle: [9; 8],
            };
            let mut bytes = Vec::new();
            let next = seal(&key, &header, &head, [seq; 16], b"payload", &mut bytes).unwrap();
            let link = Frame::parse(&bytes).unwrap().link();
            assert_eq!(link.header(), header);
            assert_eq!(link.head(&head), next);
            assert_ne!(link.head(&next), next);
            assert_eq!(Link::new(*link.bytes(), *link.digest()), Ok(link));
            erase(&mut bytes).unwrap();
            assert_eq!(
                Frame::parse(&bytes).unwrap().link(),
                link,
                "erasing changes nothing in the chain"
            );
            head = next;
        }
        assert_eq!(Link::new([0; LINK_HEADER], head), Err(LinkError));
    }
}
