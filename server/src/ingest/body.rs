//! Bodies of records in the table: packed with a dictionary of what stands in every one of them.
//!
//! A body is a few hundred bytes: alone it hardly packs. With the words that all records share known beforehand, a third
//! is left. The first byte names the dictionary, which therefore never changes: a better one takes the next number.

use std::cell::RefCell;
use std::io;
use zstd::bulk::{Compressor, Decompressor};
use zstd::zstd_safe::get_frame_content_size;

/// Words of records, the most frequent last, where they cost the fewest bits.
const WORDS: &[u8] = include_bytes!("dictionary-1.txt");
const FIRST: u8 = 1;
const LEVEL: i32 = 3;
/// Larger than any record: the device's log takes no larger ones.
const LONGEST: usize = 4 << 20;

/// Packs a body.
///
/// # Errors
/// Out of memory.
pub fn pack(body: &[u8]) -> io::Result<Vec<u8>> {
    thread_local! {
        static PACKER: Kept<Compressor<'static>> = const { RefCell::new(None) };
    }
    PACKER.with_borrow_mut(|packer| {
        let packed = made(packer, packer_of_words)?.compress(body)?;
        Ok([&[FIRST], &packed[..]].concat())
    })
}

/// The body again.
///
/// # Errors
/// It was not packed by [`pack`], or with a dictionary of a newer server.
pub fn unpack(packed: &[u8]) -> io::Result<Vec<u8>> {
    thread_local! {
        static UNPACKER: Kept<Decompressor<'static>> = const { RefCell::new(None) };
    }
    let wrong = |why| io::Error::new(io::ErrorKind::InvalidData, why);
    let (number, packed) = packed.split_first().ok_or_else(|| wrong("empty"))?;
    if *number != FIRST {
        return Err(wrong("packed by a newer server"));
    }
    // Else there would be room for the longest of all, for each body.
    let length = get_frame_content_size(packed).ok().flatten();
    let length = length.map_or(LONGEST, |length| {
        usize::try_from(length).unwrap_or(LONGEST).min(LONGEST)
    });
    UNPACKER
        .with_borrow_mut(|unpacker| made(unpacker, || Decompressor::with_dictionary(WORDS))?.decompress(packed, length))
}

/// Made once for a thread: reading the dictionary takes ten times as long as a body does.
type Kept<T> = RefCell<Option<T>>;

fn made<T>(kept: &mut Option<T>, make: impl FnOnce() -> io::Result<T>) -> io::Result<&mut T> {
    match kept {
        Some(made) => Ok(made),
        None => Ok(kept.insert(make()?)),
    }
}

fn packer_of_words() -> io::Result<Compressor<'static>> {
    let mut packer = Compressor::with_dictionary(LEVEL, WORDS)?;
    // The row has its length and the page its checksum.
    packer.include_checksum(false)?;
    packer.include_dictid(false)?;
    Ok(packer)
}

#[cfg(test)]
mod tests {
    use super::{pack, unpack};

    #[test]
    fn bodies_survive_and_shrink() {
        let body = br#"{"time":1800000000000,"event":"019a0000-0000-7000-8000-000000000000","user":"ada","channel":"browser","kind":"prompt","destination":{"host":"chatgpt.com","service":"chatgpt-web","provider":"openai","tier":"unknown"},"route":"conversation","level":"restricted","findings":[{"data_type":"security/openai_key","level":"restricted","confidence":"high","place":{"role":"prompt","segment":0},"count":1}],"environment":"production","decision":{"action":"block","per_finding":["block"],"reasons":[{"rule":"data-classification/rules/0","member":"data-classification","action":"block","mode":"enforce","text":"OpenAI API key may not be sent to any AI service"}],"obligations":["record for 365 days","tell the employee"],"bundle":{"number":3,"digest":"0f0f"}},"disposition":"blocked","response_status":403,"latency_us":180,"message_bytes":2048}"#;
        let packed = pack(body).unwrap();
        assert_eq!(unpack(&packed).unwrap(), body);
        assert!(packed.len() * 4 < body.len(), "{} of {}", packed.len(), body.len());
        // What cannot be read spoils nothing for what is read behind it.
        assert!(unpack(&packed[..packed.len() - 1]).is_err());
        assert!(unpack(&[9, 9]).is_err());
        assert!(unpack(&[]).is_err());
        assert_eq!(unpack(&packed).unwrap(), body);
        assert_eq!(unpack(&pack(b"").unwrap()).unwrap(), b"");
    }
}
