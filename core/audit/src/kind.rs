/// What a record is: one byte in the clear header, so that it can be told without the key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// First frame of a segment: links it to the segment before.
    Segment,
    /// One decision on one message.
    Decision,
    /// What came back for a message that was let through.
    Response,
    /// Something about Weir itself: damage found, index rebuilt, disk full.
    Health,
    /// A sealed entry of the pseudonym vault.
    Vault,
    /// A count of what could not be recorded.
    Gap,
    /// Somebody read records.
    Access,
    /// The seal that ends an epoch.
    Seal,
    /// A kind this version does not know. The chain covers it all the same.
    Unknown(u8),
}

impl Kind {
    /// The byte in the header.
    ///
    /// 16 to 31 are for what the chain itself needs. Kept free: 17 Merkle checkpoint, 18 head acknowledged by the server,
    /// 19 permission to erase.
    #[must_use]
    pub const fn as_byte(self) -> u8 {
        match self {
            Kind::Segment => 1,
            Kind::Decision => 2,
            Kind::Response => 3,
            Kind::Health => 4,
            Kind::Vault => 5,
            Kind::Gap => 6,
            Kind::Access => 7,
            Kind::Seal => 16,
            Kind::Unknown(byte) => byte,
        }
    }

    /// From the byte in the header.
    #[must_use]
    pub const fn from_byte(byte: u8) -> Self {
        match byte {
            1 => Kind::Segment,
            2 => Kind::Decision,
            3 => Kind::Response,
            4 => Kind::Health,
            5 => Kind::Vault,
            6 => Kind::Gap,
            7 => Kind::Access,
            16 => Kind::Seal,
            other => Kind::Unknown(other),
        }
    }

    /// True for what a device sends to its admin server: not the vault, not what only the log's files need, and not what this
    /// version does not know.
    #[must_use]
    pub const fn is_for_server(self) -> bool {
        !matches!(self, Kind::Segment | Kind::Vault | Kind::Unknown(_))
    }

    /// True for what the log writes about itself, and nobody looks for who does not name it.
    #[must_use]
    pub const fn is_of_chain(self) -> bool {
        matches!(self, Kind::Segment | Kind::Seal)
    }

    /// The name used in queries and output.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Kind::Segment => "segment",
            Kind::Decision => "decision",
            Kind::Response => "response",
            Kind::Health => "health",
            Kind::Vault => "vault",
            Kind::Gap => "gap",
            Kind::Access => "access",
            Kind::Seal => "seal",
            Kind::Unknown(_) => "unknown",
        }
    }
}

impl std::fmt::Display for Kind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.as_str())
    }
}
