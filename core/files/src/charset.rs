//! Bytes to text where nothing trustworthy names the character set.
//!
//! Order: byte order mark, UTF-8 if valid, UTF-16 by where its zero bytes lie, else Windows-1252, of which Latin-1 is a
//! part and which has a character for every byte: nothing is lost, at worst it looks odd.

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

/// Bytes looked at when guessing.
const SAMPLE: usize = 4096;

pub(crate) fn decode(bytes: &[u8]) -> String {
    if let Some((encoding, mark)) = Encoding::for_bom(bytes) {
        let rest = bytes.get(mark..).unwrap_or_default();
        return encoding.decode_without_bom_handling(rest).0.into_owned();
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        // UTF-16 of plain ASCII is valid UTF-8 with a zero in every second byte.
        if !bytes.iter().take(SAMPLE).any(|byte| *byte == 0) {
            return text.to_owned();
        }
    }
    let encoding = utf16_by_zeros(bytes).unwrap_or(if std::str::from_utf8(bytes).is_ok() {
        UTF_8
    } else {
        WINDOWS_1252
    });
    encoding.decode_without_bom_handling(bytes).0.into_owned()
}

/// Decodes in the character set that the file names, if it names one that exists.
pub(crate) fn decode_as(bytes: &[u8], label: Option<&str>) -> String {
    match label.and_then(|label| Encoding::for_label(label.as_bytes())) {
        Some(encoding) if encoding != UTF_8 => encoding.decode(bytes).0.into_owned(),
        _ => decode(bytes),
    }
}

/// A Windows code page, as RTF and Outlook name them.
pub(crate) fn code_page(number: u32) -> &'static Encoding {
    match number {
        65001 => UTF_8,
        932 => encoding_rs::SHIFT_JIS,
        936 => encoding_rs::GBK,
        949 => encoding_rs::EUC_KR,
        950 => encoding_rs::BIG5,
        10000 => encoding_rs::MACINTOSH,
        874 => encoding_rs::WINDOWS_874,
        1250 => encoding_rs::WINDOWS_1250,
        1251 => encoding_rs::WINDOWS_1251,
        1253 => encoding_rs::WINDOWS_1253,
        1254 => encoding_rs::WINDOWS_1254,
        1255 => encoding_rs::WINDOWS_1255,
        1256 => encoding_rs::WINDOWS_1256,
        1257 => encoding_rs::WINDOWS_1257,
        1258 => encoding_rs::WINDOWS_1258,
        _ => WINDOWS_1252,
    }
}

/// Whether bytes can be text at all. Control characters other than white space are rare in text and common elsewhere.
pub(crate) fn is_text(bytes: &[u8]) -> bool {
    if Encoding::for_bom(bytes).is_some() || utf16_by_zeros(bytes).is_some() {
        return true;
    }
    let sample = bytes.get(..SAMPLE).unwrap_or(bytes);
    let odd = sample
        .iter()
        .filter(|byte| matches!(byte, 0..=8 | 14..=26 | 28..=31 | 127))
        .count();
    odd * 50 <= sample.len()
}

/// UTF-16 without a mark: in text of any language spaces, digits and line ends leave zeros on one side only.
fn utf16_by_zeros(bytes: &[u8]) -> Option<&'static Encoding> {
    let sample = bytes.get(..SAMPLE).unwrap_or(bytes);
    let (pairs, _) = sample.as_chunks::<2>();
    let zeros = |side: usize| pairs.iter().filter(|pair| pair[side] == 0).count();
    let (first, second, least) = (zeros(0), zeros(1), pairs.len() / 10);
    if second > least && first == 0 {
        Some(UTF_16LE)
    } else if first > least && second == 0 {
        Some(UTF_16BE)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_of_writing_the_same_text_is_read_alike() {
        let text = "Kunde Müller, Straße 5\r\n";
        let utf16 = |to: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(to).collect::<Vec<u8>>();
        let marked = |mark: &[u8], rest: Vec<u8>| [mark, &rest].concat();
        let latin1: Vec<u8> = text.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect();
        for bytes in [
            text.as_bytes().to_vec(),
            marked(b"\xEF\xBB\xBF", text.as_bytes().to_vec()),
            utf16(u16::to_le_bytes),
            utf16(u16::to_be_bytes),
            marked(b"\xFF\xFE", utf16(u16::to_le_bytes)),
            marked(b"\xFE\xFF", utf16(u16::to_be_bytes)),
            latin1,
        ] {
            assert!(is_text(&bytes));
            assert_eq!(decode(&bytes), text);
        }
    }

    #[test]
    fn machine_code_is_not_text() {
        assert!(!is_text(
            b"\x7fELF\x02\x01\x01\x00\x00\x00\x00\x03\x00\x3e\x00\x01\x00\x00\x00"
        ));
    }
}
