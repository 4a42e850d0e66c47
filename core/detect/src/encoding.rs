//! The ways in which text hides text, by the names an explanation uses.

/// How a text was written so that it does not read as what it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Encoding {
    /// Characters that look like others, or that nobody sees.
    LookAlikes,
    /// RFC 4648, either alphabet, with padding or without.
    Base64,
    /// Two digits of base 16 a byte, together or apart.
    Hex,
    /// A decimal number a character.
    CharacterCodes,
    /// gzip, zlib or raw deflate inside base64.
    Compressed,
    /// `%41`, `\x41`, `\u0041`, `\101`, `&#65;` and their like.
    Escapes,
    /// RFC 2045, the soft line ends included.
    QuotedPrintable,
    /// RFC 2047, `=?utf-8?B?…?=`.
    EncodedWord,
    /// One separator between every two characters or groups.
    Spread,
    /// In pieces: over lines, or as literals that a program joins.
    Split,
    /// Written from the end.
    Reversed,
    /// Letters moved by thirteen places.
    Rot13,
}

impl Encoding {
    /// The name people read.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Encoding::LookAlikes => "look-alike or hidden characters",
            Encoding::Base64 => "base64",
            Encoding::Hex => "hex",
            Encoding::CharacterCodes => "character codes",
            Encoding::Compressed => "compressed",
            Encoding::Escapes => "escapes",
            Encoding::QuotedPrintable => "quoted-printable",
            Encoding::EncodedWord => "MIME encoded word",
            Encoding::Spread => "spaced out",
            Encoding::Split => "split",
            Encoding::Reversed => "reversed",
            Encoding::Rot13 => "rot13",
        }
    }
}

/// The encodings around one value, outermost first.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Chain([Option<Encoding>; Chain::LONGEST]);

impl Chain {
    /// Every level of decoding may fold look-alikes as well.
    const LONGEST: usize = 8;

    /// The chain of what was found in a view of this encoding.
    pub(crate) fn inside(self, encoding: Encoding) -> Self {
        let mut outer = [None; Self::LONGEST];
        outer[0] = Some(encoding);
        outer[1..].copy_from_slice(&self.0[..Self::LONGEST - 1]);
        Self(outer)
    }

    pub(crate) fn to_vec(self) -> Vec<Encoding> {
        self.0.into_iter().flatten().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chain_is_read_from_the_outside() {
        let chain = Chain::default().inside(Encoding::Hex).inside(Encoding::Base64);
        assert_eq!(chain.to_vec(), [Encoding::Base64, Encoding::Hex]);
    }
}
