use crate::{Holds, Standing};
use serde::{Deserialize, Serialize};

/// What a device says on a stream that goes both ways: a line of JSON. The server answers it by
/// [`StreamEvent::Told`](crate::StreamEvent::Told) once it is kept.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct Saying {
    /// Chosen by the device, which knows its answer by it.
    pub number: u64,
    /// What it runs.
    pub standing: Standing,
    /// The bundle that the next one may be told as a difference to.
    #[serde(default)]
    pub holds: Holds,
}

/// Says that the server is there, where there is nothing else to say: a comment of server-sent events.
pub const HEARTBEAT: &[u8] = b":\n\n";
/// An empty line says that somebody is there: the answer to a heartbeat.
pub const STILL_HERE: &[u8] = b"\n";

/// Bytes of the longest line: as much as a request may have that says the same.
const LONGEST: usize = 64 * 1024;

impl Saying {
    /// As it is sent.
    #[must_use]
    pub fn to_line(&self) -> Vec<u8> {
        // Text and numbers cannot fail to be written.
        let mut line = serde_json::to_vec(self).unwrap_or_default();
        line.push(b'\n');
        line
    }
}

/// Reads what devices say, however it is cut. It holds no more than one line that is not whole, and nothing between lines.
#[derive(Debug, Default)]
pub struct Sayings {
    line: Vec<u8>,
}

/// A line that no device writes: whoever sent it is not listened to any more.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("a line is longer than any, or no saying of a device")]
pub struct SayingError;

impl Sayings {
    /// What has come to its end with these bytes. Lines that only say that somebody is there are left out.
    ///
    /// # Errors
    /// [`SayingError`].
    pub fn read(&mut self, bytes: &[u8]) -> Result<Vec<Saying>, SayingError> {
        let mut sayings = Vec::new();
        let mut rest = bytes;
        while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
            self.take(&rest[..end])?;
            rest = &rest[end + 1..];
            let line = std::mem::take(&mut self.line);
            if !line.is_empty() {
                sayings.push(serde_json::from_slice(&line).map_err(|_| SayingError)?);
            }
        }
        self.take(rest)?;
        Ok(sayings)
    }

    fn take(&mut self, bytes: &[u8]) -> Result<(), SayingError> {
        if self.line.len() + bytes.len() > LONGEST {
            return Err(SayingError);
        }
        self.line.extend_from_slice(bytes);
        Ok(())
    }
}

/// What a fuzzer knows of: any bytes, cut anywhere, are read the same and never take more room than is allowed.
#[doc(hidden)]
pub fn fuzz_saying(bytes: &[u8]) {
    let whole = Sayings::default().read(bytes);
    let (before, behind) = bytes.split_at(bytes.len() / 3);
    let mut sayings = Sayings::default();
    let cut = sayings.read(before).and_then(|mut read| {
        read.extend(sayings.read(behind)?);
        Ok(read)
    });
    assert_eq!(whole, cut);
    assert!(sayings.line.len() <= LONGEST);
}

#[cfg(test)]
mod tests {
    use super::{LONGEST, STILL_HERE, Saying, SayingError, Sayings, fuzz_saying};
    use crate::{Holds, Machine, Standing};
    use proptest::prelude::*;
    use weir_model::Timestamp;

    fn saying(number: u64, name: &str) -> Saying {
        Saying {
            number,
            standing: Standing {
                now: Timestamp::from_millis(7),
                machine: Machine {
                    name: name.to_owned(),
                    platform: "linux".to_owned(),
                    version: "1".to_owned(),
                },
                bundle: 3,
                digest: "ab".to_owned(),
                order: 2,
                refused: Some("a\nb".to_owned()),
                refused_bundle: Some(4),
                overrides: Vec::new(),
            },
            holds: Holds(Some((3, [7; 32]))),
        }
    }

    #[test]
    fn what_is_no_saying_ends_it() {
        for bytes in [&b"{}\n"[..], b"GET / HTTP/1.1\r\n", &vec![b'x'; LONGEST + 1]] {
            assert_eq!(Sayings::default().read(bytes), Err(SayingError));
        }
        let mut sayings = Sayings::default();
        assert_eq!(sayings.read(&vec![b' '; LONGEST]), Ok(Vec::new()));
        assert_eq!(sayings.read(b" "), Err(SayingError));
    }

    proptest! {
        #[test]
        fn sayings_arrive_however_they_are_cut(name in ".{0,40}", cuts in prop::collection::vec(0..600_usize, 0..4)) {
            let said = [saying(1, &name), saying(2, "")];
            let bytes = [STILL_HERE, &said[0].to_line(), STILL_HERE, &said[1].to_line()].concat();
            let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(bytes.len())).collect();
            cuts.extend([0, bytes.len()]);
            cuts.sort_unstable();
            let (mut sayings, mut read) = (Sayings::default(), Vec::new());
            for cut in cuts.windows(2) {
                read.extend(sayings.read(&bytes[cut[0]..cut[1]]).unwrap());
            }
            prop_assert_eq!(read, said);
            prop_assert_eq!(sayings.line.capacity(), 0, "nothing is held between lines");
        }

        #[test]
        fn other_bytes_are_read_the_same_however_they_are_cut(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            fuzz_saying(&bytes);
        }
    }
}
