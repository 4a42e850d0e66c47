//! What bytes look like, whatever their content type says.

use crate::codec::Codec;
use crate::coding::Coding;
use crate::{envelope, protobuf};

/// Shorter strings are words, not encodings.
const SHORTEST_BASE64: usize = 24;
const SHORTEST_HEX: usize = 16;

/// Behind a UTF-8 byte order mark.
pub(crate) fn after_bom(bytes: &[u8]) -> usize {
    if bytes.starts_with(b"\xEF\xBB\xBF") { 3 } else { 0 }
}

/// The codec of a text without markup; `None` when it is no text.
pub(crate) fn text(bytes: &[u8]) -> Option<Codec> {
    if let Some(wide) = utf16(bytes) {
        return Some(wide);
    }
    if is_known_binary(bytes) {
        return None;
    }
    if std::str::from_utf8(bytes).is_ok() {
        return (!bytes.iter().any(|byte| is_odd_control(*byte))).then_some(Codec::Utf8);
    }
    let odd = bytes.iter().filter(|byte| is_odd_control(**byte)).count();
    let ascii = bytes.iter().filter(|byte| byte.is_ascii()).count();
    (odd == 0 && ascii * 10 >= bytes.len() * 7).then_some(Codec::Latin1)
}

/// UTF-16 with a byte order mark.
pub(crate) fn utf16(bytes: &[u8]) -> Option<Codec> {
    match bytes {
        [0xFF, 0xFE, ..] if bytes.len().is_multiple_of(2) => Some(Codec::Utf16Le),
        [0xFE, 0xFF, ..] if bytes.len().is_multiple_of(2) => Some(Codec::Utf16Be),
        _ => None,
    }
}

fn is_odd_control(byte: u8) -> bool {
    byte < b' ' && !matches!(byte, b'\t' | b'\n' | b'\r' | 0x0C | 0x1B | 0x1E)
}

/// Formats that begin with readable bytes and are no text.
fn is_known_binary(bytes: &[u8]) -> bool {
    const STARTS: [&[u8]; 8] = [
        b"%PDF-",
        b"PK\x03\x04",
        b"\x89PNG",
        b"\xFF\xD8\xFF",
        b"GIF8",
        b"RIFF",
        b"\x1F\x8B",
        b"\xD0\xCF\x11\xE0",
    ];
    STARTS.iter().any(|start| bytes.starts_with(start))
}

/// The coding bytes show by themselves.
pub(crate) fn coding(bytes: &[u8]) -> Option<Coding> {
    match bytes {
        [0x1F, 0x8B, 0x08, ..] => Some(Coding::Gzip),
        [0x28, 0xB5, 0x2F, 0xFD, ..] => Some(Coding::Zstd),
        _ => None,
    }
}

/// An object or an array, or records of them, by the first and last byte.
pub(crate) fn looks_like_json(bytes: &[u8]) -> bool {
    let bytes = bytes.trim_ascii();
    let bytes = bytes.strip_suffix(b"\x1E").unwrap_or(bytes).trim_ascii_end();
    matches!(
        (bytes.first(), bytes.last()),
        (Some(b'{'), Some(b'}')) | (Some(b'['), Some(b']'))
    ) && bytes.len() > 2
}

/// Could begin a JSON document of any kind.
pub(crate) fn starts_like_json(bytes: &[u8]) -> bool {
    let first = bytes[after_bom(bytes)..]
        .iter()
        .find(|byte| !byte.is_ascii_whitespace());
    matches!(first, Some(b'{' | b'[' | b'"'))
}

/// What a string holds in base64 or hexadecimal digits. Random bytes of this length are neither readable text nor any of
/// the layers, so keys and ids are left as they are.
pub(crate) fn encoded(raw: &[u8]) -> Option<(Codec, Vec<u8>)> {
    if raw.len() < SHORTEST_HEX || !raw.iter().all(|byte| is_base64_byte(*byte)) {
        return None;
    }
    let holds = |codec: Codec| {
        let decoded = codec.decode(raw)?.into_owned();
        is_content(&decoded).then_some((codec, decoded))
    };
    if raw.len().is_multiple_of(2) && raw.iter().all(u8::is_ascii_hexdigit) {
        return holds(Codec::Hex);
    }
    (raw.len() >= SHORTEST_BASE64).then(|| holds(Codec::Base64)).flatten()
}

/// Bytes that somebody encoded to carry them through text.
fn is_content(bytes: &[u8]) -> bool {
    let text = std::str::from_utf8(bytes).is_ok() && !bytes.iter().any(|byte| is_odd_control(*byte) || *byte == 0x7F);
    text || is_document(bytes)
        || coding(bytes).is_some()
        || envelope::frames(bytes).is_some()
        || protobuf::is_telling(bytes)
}

/// Files that hold text, by signatures too long for chance.
fn is_document(bytes: &[u8]) -> bool {
    const STARTS: [&[u8]; 4] = [
        b"%PDF-",
        b"PK\x03\x04",
        b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1",
        b"\xFD7zXZ\x00",
    ];
    STARTS.iter().any(|start| bytes.starts_with(start))
}

/// True when a string that can be decoded was most likely encoded: words are base64 digits too.
pub(crate) fn is_encoded(raw: &[u8], decoded: &[u8]) -> bool {
    const LONG: usize = 64;
    !raw.contains(&b' ') && (raw.len() >= LONG || is_known_binary(decoded) || text(decoded).is_some())
}

fn is_base64_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'-' | b'_' | b'=' | b'\r' | b'\n')
}

/// How a `data:` address begins.
pub(crate) const DATA: &str = "data:";

/// A `data:` address: its media type, whether it is base64, and where the content starts.
pub(crate) fn data_url(text: &str) -> Option<(&str, bool, usize)> {
    let scheme = text.get(..DATA.len())?;
    if !scheme.eq_ignore_ascii_case(DATA) {
        return None;
    }
    let comma = memchr::memchr(b',', text.as_bytes().get(..256.min(text.len()))?)?;
    let head = text
        .get(DATA.len()..comma)
        .filter(|head| !head.contains(char::is_whitespace))?;
    let mime = head.split(';').next().unwrap_or_default();
    let base64 = head
        .rsplit(';')
        .next()
        .is_some_and(|last| last.eq_ignore_ascii_case("base64"));
    Some((mime, base64, comma + 1))
}

/// What stands before the comma of a `data:` address, where it hides nothing: a media type, a common charset, `base64`.
pub(crate) fn is_plain_head(head: &str) -> bool {
    const WORDS: [&str; 5] = [
        "base64",
        "charset=utf-8",
        "charset=utf8",
        "charset=us-ascii",
        "charset=iso-8859-1",
    ];
    let mut parts = head.split(';');
    let mime = parts.next().unwrap_or_default();
    let mime_is_plain = mime.is_empty() || mime.contains('/') && media_type(mime).is_some();
    mime_is_plain && parts.all(|part| WORDS.iter().any(|word| word.eq_ignore_ascii_case(part)))
}

/// Words that name things in a protocol. As object keys they are not worth a look.
pub(crate) fn is_plain_word(key: &[u8]) -> bool {
    key.len() <= 40 && key.iter().all(|byte| matches!(byte, b'a'..=b'z' | b'_'))
        || key.len() <= 16
            && key
                .iter()
                .all(|byte| byte.is_ascii_alphabetic() || matches!(byte, b'_' | b'-'))
}

/// A step of a path that hides nothing: a lower-case word, a version, a UUID, a short id.
pub(crate) fn is_plain_step(step: &str) -> bool {
    const LONGEST_WORD: usize = 40;
    // Longer ones could be numbers of people and accounts.
    const LONGEST_ID: usize = 6;
    let step = step.as_bytes();
    let word = |byte: &u8| byte.is_ascii_lowercase() || matches!(byte, b'_' | b'-');
    let id = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    step.len() <= LONGEST_WORD && step.iter().all(word)
        || step.len() <= LONGEST_ID && step.iter().all(id)
        || is_version(step)
        || is_uuid(step)
}

/// `v1`, `v1beta`, `v1alpha2`
fn is_version(step: &[u8]) -> bool {
    let is_number = |digits: &[u8]| digits.len() <= 3 && digits.iter().all(u8::is_ascii_digit);
    let Some(rest) = step.strip_prefix(b"v") else {
        return false;
    };
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (number, stage) = rest.split_at(digits);
    let stage = stage
        .strip_prefix(b"alpha")
        .or_else(|| stage.strip_prefix(b"beta"))
        .unwrap_or(stage);
    is_number(number) && is_number(stage)
}

fn is_uuid(step: &[u8]) -> bool {
    let is_dash = |place: usize| matches!(place, 8 | 13 | 18 | 23);
    step.len() == 36
        && step.iter().enumerate().all(|(place, byte)| match byte {
            b'-' => is_dash(place),
            byte => byte.is_ascii_hexdigit() && !is_dash(place),
        })
}

/// One run of the characters of ids and blobs: what a place declared as noise may hold unread.
pub(crate) fn is_id(text: &[u8]) -> bool {
    const LONGEST: usize = 4096;
    let allowed = |byte: &u8| byte.is_ascii_alphanumeric() || b"_-+/=.:~@".contains(byte);
    text.len() <= LONGEST && text.iter().all(allowed)
}

/// Media types may be recorded, and the sender writes them: only known families with short names of few digits are taken.
pub(crate) fn media_type(text: &str) -> Option<String> {
    const FAMILIES: [&str; 8] = [
        "application",
        "audio",
        "font",
        "image",
        "model",
        "multipart",
        "text",
        "video",
    ];
    let text = text.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    // `mp4` and `woff2` have digits, and numbers of people and cards have more.
    let digits = |name: &str| name.bytes().filter(u8::is_ascii_digit).count();
    let short = |name: &str, most: usize| {
        !name.is_empty()
            && name.len() <= most
            && digits(name) <= 3
            && name
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'+' | b'-'))
    };
    let known = match text.split_once('/') {
        Some((family, name)) => FAMILIES.contains(&family) && short(name, 80),
        None => short(&text, 8),
    };
    known.then_some(text)
}

#[cfg(test)]
mod tests {
    use super::{
        data_url, encoded, is_id, is_plain_head, is_plain_step, is_plain_word, looks_like_json, media_type, text,
    };
    use crate::codec::Codec;

    #[test]
    fn text_is_told_from_binary() {
        assert_eq!(text(b"a,b\n1,2\n"), Some(Codec::Utf8));
        assert_eq!(text("Größe".as_bytes()), Some(Codec::Utf8));
        assert_eq!(text(b"Gr\xF6\xDFe;Stra\xDFe und mehr Text"), Some(Codec::Latin1));
        assert_eq!(text(b"\xFF\xFEa\0"), Some(Codec::Utf16Le));
        assert_eq!(text(b"%PDF-1.4\n% only ASCII"), None);
        assert_eq!(text(b"a\0b"), None);
        assert_eq!(text(b"\x89PNG\r\n"), None);
    }

    #[test]
    fn only_readable_encodings_are_taken_off() {
        let codec = |raw: &str| encoded(raw.as_bytes()).map(|(codec, _)| codec);
        assert_eq!(codec("VGhpcyBpcyBhIHNlY3JldCB0ZXh0"), Some(Codec::Base64));
        assert_eq!(codec("wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY00"), None);
        assert_eq!(codec("c2hvcnQ="), None);
        assert_eq!(codec("612073656372657420746578742"), None, "an odd number of digits");
        assert_eq!(codec("6120736563726574207465787421"), Some(Codec::Hex));
        assert_eq!(
            codec("0A0E576861742069732061207469646512026162"),
            Some(Codec::Hex),
            "protobuf"
        );
        assert_eq!(codec("5d41402abc4b2a76b9719d911017c592"), None, "a digest");
        assert_eq!(codec("H4sIAAAAAAAAA0tMSk4BAMJBJDUEAAAA"), Some(Codec::Base64), "gzip");
    }

    #[test]
    fn data_urls_are_cut_at_the_comma() {
        assert_eq!(data_url("data:text/plain;base64,aGk="), Some(("text/plain", true, 23)));
        assert_eq!(data_url("data:,a%20b"), Some(("", false, 6)));
        assert_eq!(data_url("data: the results, are in"), None);
        assert_eq!(data_url("dat"), None);
    }

    #[test]
    fn only_media_types_charsets_and_base64_are_plain_heads() {
        for plain in [
            "",
            ";base64",
            "image/png;base64",
            "text/plain;charset=UTF-8;base64",
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document;base64",
            "video/mp4",
        ] {
            assert!(is_plain_head(plain), "{plain}");
        }
        for head in [
            "text/x;k=AKIAIOSFODNN7EXAMPLE",
            "image/4111-1111-1111-1111",
            "AKIAIOSFODNN7EXAMPLE",
            "txt",
            "text/plain;charset=4111111111111111",
            "text/plain;name=plan.txt;base64",
            "text/pl%61in",
        ] {
            assert!(!is_plain_head(head), "{head}");
        }
    }

    #[test]
    fn keys_that_could_hide_something_are_no_plain_words() {
        assert!(is_plain_word(b"history_and_training_disabled"));
        assert!(is_plain_word(b"nameKey"));
        assert!(!is_plain_word(b"AKIAIOSFODNN7EXAMPLE"));
        assert!(!is_plain_word(b"a@b.example"));
        assert!(!is_plain_word(b"123-45-6789"));
    }

    #[test]
    fn steps_that_could_hide_something_are_not_plain() {
        for plain in [
            "",
            "backend-api",
            "chat_conversations",
            "v1",
            "v1beta2",
            "0A1b2c3d-1111-4222-8333-444455556666",
            "t-1",
            "0a1b",
        ] {
            assert!(is_plain_step(plain), "{plain}");
        }
        for step in [
            "AKIAIOSFODNN7EXAMPLE",
            "sam@example.com",
            "%41KIA",
            "123-45-6789",
            "5551234567",
            "v1secret",
            "v12345678",
            "0a1b2c3d11114222833344445555666677778888",
            "0a1b2c3d-1111-4222-8333-44445555666-",
            "größe",
        ] {
            assert!(!is_plain_step(step), "{step}");
        }
    }

    #[test]
    fn an_id_is_one_run() {
        assert!(is_id(b"gAAAAAB_x-y+/=~S:1.2"));
        assert!(!is_id(b"two words"));
        assert!(!is_id(b"{\"a\":1}"));
        assert!(!is_id("größe".as_bytes()));
        assert!(is_id(&[b'a'; 4096]));
        assert!(!is_id(&[b'a'; 4097]));
    }

    #[test]
    fn media_types_are_tame_or_absent() {
        assert_eq!(media_type("Text/CSV; charset=utf-8").as_deref(), Some("text/csv"));
        assert_eq!(media_type("txt").as_deref(), Some("txt"));
        assert_eq!(media_type("AKIAIOSFODNN7EXAMPLE"), None);
        assert_eq!(media_type("audio/mp4").as_deref(), Some("audio/mp4"));
        assert_eq!(media_type("image/4111-1111-1111-1111"), None);
        assert_eq!(media_type("secret/AKIAIOSFODNN7EXAMPLE"), None);
        assert!(!looks_like_json(b"[REDACTED"));
    }
}
