//! Tokens: who may use the gateway. One for each user of the machine, made from the gateway's key, so that none is stored.

use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

const PREFIX: &str = "weir-";

/// Makes tokens and knows them again.
pub struct Tokens {
    key: hmac::Key,
}

impl Tokens {
    /// From the key of this machine's gateway. Another key makes all tokens void.
    #[must_use]
    pub fn new(key: &[u8; 32]) -> Self {
        Self {
            key: hmac::Key::new(hmac::HMAC_SHA256, key),
        }
    }

    /// The token of a user, by the number the system knows them by.
    #[must_use]
    pub fn of(&self, user: u32) -> String {
        let tag = hmac::sign(&self.key, &said(user));
        format!("{PREFIX}{user}-{}", URL_SAFE_NO_PAD.encode(tag))
    }

    /// Whose token this is; `None` for what is no token of this gateway.
    #[must_use]
    pub fn user(&self, token: &str) -> Option<u32> {
        let (user, tag) = token.strip_prefix(PREFIX)?.split_once('-')?;
        let user: u32 = user.parse().ok()?;
        let tag = URL_SAFE_NO_PAD.decode(tag).ok()?;
        hmac::verify(&self.key, &said(user), &tag).ok().map(|()| user)
    }
}

fn said(user: u32) -> Vec<u8> {
    [b"weir gateway 1\0".as_slice(), &user.to_be_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use super::Tokens;

    #[test]
    fn a_token_is_its_users_alone() {
        let tokens = Tokens::new(&[7; 32]);
        let token = tokens.of(1000);
        assert_eq!(tokens.user(&token), Some(1000));
        assert_eq!(tokens.user(&token.replace("1000", "1001")), None);
        assert_eq!(Tokens::new(&[8; 32]).user(&token), None);
        for wrong in [
            "",
            "weir-",
            "weir-1000-",
            "weir-1000",
            "sk-1000-abc",
            &token[..token.len() - 1],
        ] {
            assert_eq!(tokens.user(wrong), None, "{wrong}");
        }
    }
}
