//! `name=value&name=value`, in bodies and in query strings, as places in the bytes.

use std::ops::Range;

/// One field; without an equals sign the value is empty and stands at the end of the name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Field {
    pub(crate) name: Range<usize>,
    pub(crate) value: Range<usize>,
}

/// The fields of a string, in order. Every byte but the separators belongs to a field.
pub(crate) fn fields(bytes: &[u8]) -> impl Iterator<Item = Field> + '_ {
    let mut at = 0;
    std::iter::from_fn(move || {
        if at > bytes.len() {
            return None;
        }
        let end = memchr::memchr(b'&', &bytes[at..]).map_or(bytes.len(), |place| at + place);
        let equals = memchr::memchr(b'=', &bytes[at..end]).map(|place| at + place);
        let field = match equals {
            Some(equals) => Field {
                name: at..equals,
                value: equals + 1..end,
            },
            None => Field {
                name: at..end,
                value: end..end,
            },
        };
        at = end + 1;
        Some(field)
    })
}

/// True when the bytes look like fields: a name, an equals sign, and nothing that would have been escaped.
pub(crate) fn looks_like_fields(bytes: &[u8]) -> bool {
    let name_end = bytes
        .iter()
        .position(|byte| !is_name_byte(*byte))
        .unwrap_or(bytes.len());
    name_end > 0
        && bytes.get(name_end) == Some(&b'=')
        && bytes
            .iter()
            .all(|byte| *byte > b' ' && *byte < 0x7F && !matches!(byte, b'"' | b'<' | b'>' | b'{' | b'}'))
}

fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'%' | b'[' | b']' | b'+' | b'*')
}

#[cfg(test)]
mod tests {
    use super::{fields, looks_like_fields};

    #[test]
    fn every_byte_belongs_to_a_field() {
        let text = b"a=1&&b&c=x=y&".as_slice();
        let read: Vec<(&[u8], &[u8])> = fields(text)
            .map(|field| (&text[field.name.clone()], &text[field.value]))
            .collect();
        let want: Vec<(&[u8], &[u8])> = vec![(b"a", b"1"), (b"", b""), (b"b", b""), (b"c", b"x=y"), (b"", b"")];
        assert_eq!(read, want);
    }

    #[test]
    fn prose_and_code_are_not_fields() {
        assert!(looks_like_fields(b"f.req=%5Bnull%5D&at=x"));
        assert!(!looks_like_fields(b"password = hunter2"));
        assert!(!looks_like_fields(b"key=a\nother=b"));
        assert!(!looks_like_fields(b"{\"a\"=1}"));
        assert!(!looks_like_fields(b"no equals"));
    }
}
