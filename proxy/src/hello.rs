//! The beginning of a TLS connection, looked at without taking part: which host does the client's hello name?
//!
//! Only as strict as needed to find the name. TLS itself is no business of a tunnel: what cannot be read here is
//! tunnelled as it is.

/// Bytes of a hello that are waited for. The largest in use, with post-quantum keys, are below 4 KiB.
pub(crate) const MOST: usize = 32 * 1024;

/// What the first bytes of a connection are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Peeked {
    /// A hello, not yet whole.
    More,
    /// A hello that names this host, lower case, without a trailing dot.
    Names(String),
    /// Anything else.
    Nothing,
}

/// Reads a hello as its bytes come, each of them once.
#[derive(Default)]
pub(crate) struct HelloReader {
    /// The handshake message, out of its records.
    hello: Vec<u8>,
    /// Bytes of records that were read.
    read: usize,
}

impl HelloReader {
    /// Looks at all bytes that have come so far.
    pub(crate) fn look(&mut self, bytes: &[u8]) -> Peeked {
        loop {
            match handshake_length(&self.hello) {
                Some(length) if length > MOST => return Peeked::Nothing,
                Some(length) if self.hello.len() >= length => return named(&self.hello[4..length]),
                _ => {}
            }
            match next_record(bytes.get(self.read..).unwrap_or_default()) {
                Record::Content(content) => {
                    self.hello.extend_from_slice(content);
                    self.read += RECORD_HEADER + content.len();
                }
                Record::More if bytes.len() < MOST => return Peeked::More,
                Record::More | Record::Other => return Peeked::Nothing,
            }
            // A handshake that begins with anything but a hello names nobody.
            if self.hello.first().is_some_and(|kind| *kind != CLIENT_HELLO) {
                return Peeked::Nothing;
            }
        }
    }
}

const RECORD_HEADER: usize = 5;
const HANDSHAKE: u8 = 22;
const CLIENT_HELLO: u8 = 1;
const SERVER_NAME: u16 = 0;
const HOST_NAME: u8 = 0;

enum Record<'a> {
    Content(&'a [u8]),
    More,
    Other,
}

/// A record of the handshake: type, version 3.x, length, content.
fn next_record(bytes: &[u8]) -> Record<'_> {
    let expected = [HANDSHAKE, 3];
    if bytes.iter().zip(expected).any(|(byte, expected)| *byte != expected) {
        return Record::Other;
    }
    let [_, _, _, high, low, rest @ ..] = bytes else {
        return Record::More;
    };
    let length = usize::from(u16::from_be_bytes([*high, *low]));
    if length == 0 {
        return Record::Other;
    }
    rest.get(..length).map_or(Record::More, Record::Content)
}

/// The whole length of the handshake message, its four bytes of header included.
fn handshake_length(hello: &[u8]) -> Option<usize> {
    let [_, a, b, c, ..] = hello else { return None };
    Some(4 + (usize::from(*a) << 16 | usize::from(*b) << 8 | usize::from(*c)))
}

/// The name in a hello (RFC 8446, 4.1.2; RFC 6066, 3).
fn named(hello: &[u8]) -> Peeked {
    server_name(hello)
        .and_then(crate::h1::head::canonical_host)
        .map_or(Peeked::Nothing, Peeked::Names)
}

fn server_name(hello: &[u8]) -> Option<&[u8]> {
    let (_version_and_random, rest) = hello.split_at_checked(34)?;
    let (_session, rest) = short_vector(rest)?;
    let (_suites, rest) = vector(rest)?;
    let (_compressions, rest) = short_vector(rest)?;
    let (mut extensions, _) = vector(rest)?;
    while let Some((kind, rest)) = extensions.split_first_chunk::<2>() {
        let (content, rest) = vector(rest)?;
        if u16::from_be_bytes(*kind) == SERVER_NAME {
            let (names, _) = vector(content)?;
            let (kind, name) = names.split_first()?;
            return if *kind == HOST_NAME {
                Some(vector(name)?.0)
            } else {
                None
            };
        }
        extensions = rest;
    }
    None
}

/// Bytes behind a length of one byte, and what follows.
fn short_vector(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_first()?;
    rest.split_at_checked(usize::from(*length))
}

/// Bytes behind a length of two bytes, and what follows.
fn vector(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_first_chunk::<2>()?;
    rest.split_at_checked(usize::from(u16::from_be_bytes(*length)))
}

#[cfg(test)]
mod tests {
    use super::{HelloReader, MOST, Peeked};
    use proptest::prelude::*;
    use std::sync::Arc;

    fn peek(bytes: &[u8]) -> Peeked {
        HelloReader::default().look(bytes)
    }

    /// A hello as rustls writes it.
    fn hello(name: &str) -> Vec<u8> {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(rustls::RootCertStore::empty())
            .with_no_client_auth();
        let name = rustls_pki_types::ServerName::try_from(name.to_owned()).unwrap();
        let mut client = rustls::ClientConnection::new(Arc::new(config), name).unwrap();
        let mut bytes = Vec::new();
        client.write_tls(&mut bytes).unwrap();
        bytes
    }

    /// The same handshake in records of this many bytes.
    fn fragmented(hello: &[u8], size: usize) -> Vec<u8> {
        hello[5..]
            .chunks(size)
            .flat_map(|piece| {
                let length = u16::try_from(piece.len()).unwrap().to_be_bytes();
                [&[22, 3, 1], &length[..], piece].concat()
            })
            .collect()
    }

    #[test]
    fn the_name_is_found_when_the_hello_is_whole_and_not_before() {
        let bytes = hello("Chat.Example.COM");
        let name = Peeked::Names("chat.example.com".into());
        assert_eq!(peek(&bytes), name);
        assert_eq!(peek(&[&bytes[..], b"more"].concat()), name);
        let mut reader = HelloReader::default();
        for end in 0..bytes.len() {
            assert_eq!(reader.look(&bytes[..end]), Peeked::More, "{end}");
        }
        assert_eq!(reader.look(&bytes), name);
        assert_eq!(peek(&fragmented(&bytes, 100)), name);
        assert_eq!(peek(&fragmented(&bytes, 1000)), name);
    }

    #[test]
    fn what_is_no_hello_is_known_by_its_first_bytes() {
        for bytes in [
            &b"GET / HTTP/1.1\r\n"[..],
            b"SSH-2.0-x",
            &[22, 2],
            &[22, 3, 1, 0, 0],
            &[22, 3, 1, 0, 1, 2],
            &[0x80],
        ] {
            assert_eq!(peek(bytes), Peeked::Nothing);
        }
        assert_eq!(peek(&hello("192.0.2.1")), Peeked::Nothing, "an address is not named");
        assert_eq!(
            peek(&[22, 3, 1, 0, 4, 1, 255, 255, 255]),
            Peeked::Nothing,
            "no hello is that long"
        );
        let endless = fragmented(&[&[0; 5][..], &[1, 0, 0x70, 0], &vec![0; MOST]].concat(), 1);
        assert_eq!(peek(&endless[..MOST]), Peeked::Nothing);
    }

    proptest! {
        #[test]
        fn any_bytes_are_looked_at_without_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300), keep in 0_usize..300) {
            peek(&bytes);
            let mut bent = hello("chat.example.com");
            for (at, byte) in bytes.iter().enumerate() {
                let place = 5 + (at * 7 + keep) % (bent.len() - 5);
                bent[place] ^= byte & 0x11;
            }
            peek(&bent);
        }
    }
}
