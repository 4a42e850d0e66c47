//! The envelope: payload, its type, and signatures over both.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

use crate::contents::Contents;
use crate::key::{PublicKey, SigningKey};

/// What a payload is. It is signed with the payload, so a signature over something else never fits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Bundle,
    Root,
    Fresh,
    Order,
    Exception,
}

impl Kind {
    const fn name(self) -> &'static str {
        match self {
            Kind::Bundle => "application/vnd.weir.bundle.v1+json+zstd",
            Kind::Root => "application/vnd.weir.root.v1+json",
            Kind::Fresh => "application/vnd.weir.fresh.v1+json",
            Kind::Order => "application/vnd.weir.order.v1+json",
            Kind::Exception => "application/vnd.weir.exception.v1+json",
        }
    }

    /// Bytes of the longest envelope.
    const fn longest(self) -> usize {
        match self {
            Kind::Bundle => LONGEST,
            Kind::Root => 64 << 10,
            Kind::Fresh | Kind::Order | Kind::Exception => 8 << 10,
        }
    }
}

/// Bytes of an envelope, and of what is packed in it: the catalogue has a megabyte.
pub(crate) const LONGEST: usize = 64 << 20;
const MOST_SIGNATURES: usize = 16;

/// Why bytes are not the envelope that is wanted.
#[derive(Debug, thiserror::Error)]
pub enum EnvelopeError {
    /// Larger than any.
    #[error("larger than {0} bytes")]
    TooLarge(usize),
    /// Not the JSON of DSSE.
    #[error("not an envelope of DSSE")]
    Json(#[source] serde_json::Error),
    /// Signed, but something else.
    #[error("the payload is `{0}`, and not what is wanted here")]
    Type(String),
    /// Base64 with errors.
    #[error("payload or signature is not base64")]
    Base64,
    /// More signatures than anybody would make.
    #[error("more than {MOST_SIGNATURES} signatures")]
    Signatures,
    /// The payload is not what it says it is.
    #[error("the payload cannot be unpacked")]
    Payload(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// Why contents were not signed.
#[derive(Debug, thiserror::Error)]
pub enum SealError {
    /// The contents are not ones that a device would take.
    #[error("{0}")]
    Contents(&'static str),
    /// They cannot be packed.
    #[error("the contents cannot be packed")]
    Pack(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// What should be signed is no bundle.
    #[error(transparent)]
    Envelope(#[from] EnvelopeError),
    /// This key has signed it before.
    #[error("key {0} has signed it before")]
    Twice(String),
}

/// As written to files.
#[derive(Serialize, Deserialize)]
struct File {
    #[serde(rename = "payloadType")]
    payload_type: String,
    payload: String,
    signatures: Vec<FileSignature>,
}

#[derive(Serialize, Deserialize)]
struct FileSignature {
    keyid: String,
    sig: String,
}

/// An envelope out of its encoding. Nothing in it is to be believed yet.
pub(crate) struct Envelope {
    kind: Kind,
    pub(crate) payload: Vec<u8>,
    /// Names of keys, as the envelope has them, and signatures.
    pub(crate) signatures: Vec<(String, Vec<u8>)>,
}

impl Envelope {
    pub(crate) fn read(bytes: &[u8], kind: Kind) -> Result<Self, EnvelopeError> {
        if bytes.len() > kind.longest() {
            return Err(EnvelopeError::TooLarge(kind.longest()));
        }
        let file: File = serde_json::from_slice(bytes).map_err(EnvelopeError::Json)?;
        if file.payload_type != kind.name() {
            let shown = file
                .payload_type
                .chars()
                .filter(|sign| sign.is_ascii_graphic())
                .take(64);
            return Err(EnvelopeError::Type(shown.collect()));
        }
        if file.signatures.len() > MOST_SIGNATURES {
            return Err(EnvelopeError::Signatures);
        }
        let decode = |text: &str| STANDARD.decode(text).map_err(|_| EnvelopeError::Base64);
        let signatures = file.signatures.iter();
        Ok(Self {
            kind,
            payload: decode(&file.payload)?,
            signatures: signatures
                .map(|signature| Ok((signature.keyid.clone(), decode(&signature.sig)?)))
                .collect::<Result<_, EnvelopeError>>()?,
        })
    }

    /// A statement in JSON, signed.
    pub(crate) fn sealed(kind: Kind, statement: &impl Serialize, keys: &[&SigningKey]) -> Result<Vec<u8>, SealError> {
        let payload = serde_json::to_vec(statement).map_err(|error| SealError::Pack(error.into()))?;
        let mut envelope = Self {
            kind,
            payload,
            signatures: Vec::new(),
        };
        keys.iter().try_for_each(|key| sign(&mut envelope, key))?;
        Ok(envelope.write())
    }

    /// The statement of a payload that is not packed.
    pub(crate) fn statement<T: DeserializeOwned>(&self) -> Result<T, EnvelopeError> {
        serde_json::from_slice(&self.payload).map_err(|error| EnvelopeError::Payload(error.into()))
    }

    /// Ids of the keys of this role that have signed, each once. The name of a key is a hint and no more: it is not signed.
    pub(crate) fn signers(&self, keys: &[PublicKey]) -> Vec<String> {
        let signed = self.signed();
        let keys: BTreeSet<&PublicKey> = keys.iter().collect();
        let has_signed = |key: &&&PublicKey| {
            self.signatures
                .iter()
                .any(|(_, signature)| key.verifies(&signed, signature))
        };
        keys.iter().filter(has_signed).map(|key| key.id()).collect()
    }

    fn write(&self) -> Vec<u8> {
        let signatures = self.signatures.iter();
        let file = File {
            payload_type: self.kind.name().to_owned(),
            payload: STANDARD.encode(&self.payload),
            signatures: signatures
                .map(|(keyid, signature)| FileSignature {
                    keyid: keyid.clone(),
                    sig: STANDARD.encode(signature),
                })
                .collect(),
        };
        // Strings alone cannot fail to be written.
        let mut text = serde_json::to_vec_pretty(&file).unwrap_or_default();
        text.push(b'\n');
        text
    }

    /// What is signed: DSSE's pre-authentication encoding, which no other payload or type has.
    fn signed(&self) -> Vec<u8> {
        let kind = self.kind.name();
        let mut signed = format!("DSSEv1 {} {kind} {} ", kind.len(), self.payload.len()).into_bytes();
        signed.extend_from_slice(&self.payload);
        signed
    }

    pub(crate) fn contents(&self) -> Result<Contents, EnvelopeError> {
        let text = unpack(&self.payload).map_err(|error| EnvelopeError::Payload(error.into()))?;
        serde_json::from_slice(&text).map_err(|error| EnvelopeError::Payload(error.into()))
    }
}

/// Signs contents.
///
/// # Errors
/// When no device would ever take them, or a key is given twice.
pub fn seal(contents: &Contents, keys: &[SigningKey]) -> Result<Vec<u8>, SealError> {
    let refused = match contents {
        Contents { number: 0, .. } => Some("bundles are numbered from 1"),
        Contents { audience, .. } if audience.is_empty() => Some("the bundle is for nobody: name an audience"),
        Contents { expires, issued, .. } if expires <= issued => Some("the bundle expires before it is issued"),
        Contents { packs, pack, .. } if !packs.contains_key(pack) => Some("the pack in force is not in the bundle"),
        _ => None,
    };
    if let Some(why) = refused {
        return Err(SealError::Contents(why));
    }
    let text = serde_json::to_vec(contents).map_err(|error| SealError::Pack(error.into()))?;
    let payload = pack(&text).map_err(|error| SealError::Pack(error.into()))?;
    let mut envelope = Envelope {
        kind: Kind::Bundle,
        payload,
        signatures: Vec::new(),
    };
    for key in keys {
        sign(&mut envelope, key)?;
    }
    Ok(envelope.write())
}

/// Adds the signature of a second person to a bundle, a root or a directive, whose bytes stay the same.
///
/// # Errors
/// When it is none of them, or this key has signed it before.
pub fn add_signature(signed: &[u8], key: &SigningKey) -> Result<Vec<u8>, SealError> {
    let known = [Kind::Root, Kind::Order];
    let other = known.into_iter().find_map(|kind| Envelope::read(signed, kind).ok());
    let mut envelope = other.map_or_else(|| Envelope::read(signed, Kind::Bundle), Ok)?;
    sign(&mut envelope, key)?;
    Ok(envelope.write())
}

fn sign(envelope: &mut Envelope, key: &SigningKey) -> Result<(), SealError> {
    let id = key.public().id();
    if envelope.signatures.iter().any(|(keyid, _)| *keyid == id) {
        return Err(SealError::Twice(id));
    }
    let signature = key.sign(&envelope.signed());
    envelope.signatures.push((id, signature));
    Ok(())
}

/// One frame for each part, which readers of zstd take as one text: what did not change since the bundle before is the same bytes
/// again, so that the difference between two bundles is small.
fn pack(text: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut payload = Vec::new();
    for part in parts(text) {
        payload.append(&mut zstd::bulk::compress(part, LEVEL)?);
    }
    Ok(payload)
}

/// What changes with each bundle, and what changes seldom: `{name, number, …` `"packs":{…` `"catalogue":{…` `"files":{…`. Inside of
/// a text such a name would not stand in quotes alone; and wherever this cuts, it is the same text.
fn parts(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = text;
    let mut names = [&b"\"packs\":{"[..], b"\"catalogue\":{", b"\"files\":{"].into_iter();
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let cut = names
            .by_ref()
            .find_map(|name| rest.windows(name.len()).position(|found| found == name));
        let (part, behind) = rest.split_at(cut.unwrap_or(rest.len()));
        rest = behind;
        Some(part)
    })
}

fn unpack(payload: &[u8]) -> std::io::Result<Vec<u8>> {
    use std::io::{Error, ErrorKind, Read};
    let mut text = Vec::new();
    let mut reader = zstd::stream::read::Decoder::new(payload)?.take(LONGEST as u64 + 1);
    reader.read_to_end(&mut text)?;
    if text.len() > LONGEST {
        return Err(Error::new(
            ErrorKind::FileTooLarge,
            format!("it unpacks to more than {LONGEST} bytes"),
        ));
    }
    Ok(text)
}

/// A bundle is made once and fetched by every device.
const LEVEL: i32 = 19;

#[cfg(test)]
mod tests {
    use super::{LEVEL, pack, parts, unpack};

    #[test]
    fn what_did_not_change_is_the_same_bytes_again() {
        // A text that looks like a name stands with its quotes escaped.
        let rest = r#""catalogue":{"x":"\"packs\":{ \"files\":{"},"files":{"y":"eA=="}}"#;
        let text = |number: u32| format!(r#"{{"number":{number},"packs":{{"a":"pack {number}"}},{rest}"#);
        let (one, two) = (text(1), text(22));
        for text in [&one, &two] {
            let payload = pack(text.as_bytes()).unwrap();
            assert_eq!(unpack(&payload).unwrap(), text.as_bytes());
            let rest: Vec<u8> = parts(rest.as_bytes())
                .filter(|part| !part.is_empty())
                .flat_map(|part| zstd::bulk::compress(part, LEVEL).unwrap())
                .collect();
            assert!(payload.ends_with(&rest), "{text}");
        }
        let cut: Vec<&[u8]> = parts(one.as_bytes()).collect();
        assert_eq!(cut.len(), 4, "{cut:?}");
        assert_eq!(parts(b"{}").collect::<Vec<&[u8]>>(), [b"{}"]);
    }
}
