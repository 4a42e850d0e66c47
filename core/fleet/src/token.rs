//! The one thing that is carried to a laptop by hand, or by the tool that manages it.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use std::fmt;
use std::str::FromStr;

/// SHA-256 over the certificate (DER) of the server's own authority: whom a device that knows nothing yet may trust.
pub type Pin = [u8; 32];

/// Allows to enrol. As text `weir_enrol_…`: a secret as long as it is valid. No `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct Token {
    /// Names it to the server.
    pub id: [u8; 8],
    /// Proves that the bearer was given it.
    pub secret: [u8; 24],
    /// The server's authority. `None`: the server's certificate is one that the system trusts.
    pub pin: Option<Pin>,
}

const PREFIX: &str = "weir_enrol_";
const BARE: usize = 8 + 24;
const PINNED: usize = BARE + 32;

/// The text is not a token. Nothing of it is told.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an enrolment token (expected `{PREFIX}` and 43 or 86 letters, digits, `-` and `_`)")]
pub struct ParseTokenError;

impl FromStr for Token {
    type Err = ParseTokenError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim().strip_prefix(PREFIX).ok_or(ParseTokenError)?;
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| ParseTokenError)?;
        let (bare, pin) = bytes.split_at_checked(BARE).ok_or(ParseTokenError)?;
        let (id, secret) = bare.split_at(8);
        let pin = match pin.len() {
            0 => None,
            _ => Some(pin.try_into().map_err(|_| ParseTokenError)?),
        };
        Ok(Self {
            id: id.try_into().map_err(|_| ParseTokenError)?,
            secret: secret.try_into().map_err(|_| ParseTokenError)?,
            pin,
        })
    }
}

impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut bytes = Vec::with_capacity(PINNED);
        bytes.extend_from_slice(&self.id);
        bytes.extend_from_slice(&self.secret);
        bytes.extend(self.pin.iter().flatten());
        write!(f, "{PREFIX}{}", URL_SAFE_NO_PAD.encode(bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::{ParseTokenError, Token};

    #[test]
    fn tokens_survive_their_text() {
        for pin in [None, Some([9; 32])] {
            let token = Token {
                id: [1; 8],
                secret: [0xFF; 24],
                pin,
            };
            let text = token.to_string();
            assert!(text.parse::<Token>() == Ok(token.clone()), "{text}");
            assert!(format!(" {text}\n").parse::<Token>() == Ok(token));
        }
    }

    #[test]
    fn other_texts_are_refused() {
        for text in [
            "",
            "weir_enrol_",
            "weir_enrol_AAAA",
            "weir_enrol_!",
            &format!("weir_enrol_{}", "A".repeat(60)),
        ] {
            assert!(text.parse::<Token>() == Err(ParseTokenError), "{text}");
        }
    }
}
