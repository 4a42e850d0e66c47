use crate::{Holds, Standing};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

/// What a device says on a stream that goes both ways: a line of JSON.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Saying {
    /// Chosen by the device, which knows its answer by it.
    pub number: u64,
    /// What it says.
    pub said: Said,
}

/// What is said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Said {
    /// What it runs. Answered by [`StreamEvent::Told`](crate::StreamEvent::Told) once it is kept.
    Standing {
        /// What it runs.
        standing: Box<Standing>,
        /// The bundle that the next one may be told as a difference to.
        holds: Holds,
    },
    /// Records: a [`Batch`](crate::Batch), packed, of at most [`MOST_SAID`] bytes. Answered by
    /// [`StreamEvent::Answered`](crate::StreamEvent::Answered). Only said where the server [takes](crate::routes::STREAM_TAKES) them.
    Records(Vec<u8>),
}

/// Bytes of a packed batch that is said on the stream, some fifty records; a larger one is a request of its own.
pub const MOST_SAID: usize = 4096;

/// As it is sent: either a standing or records.
#[derive(Default, Deserialize, Serialize)]
struct Line<'a> {
    number: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    standing: Option<Box<Standing>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    holds: Option<Holds>,
    /// Base64, which has nothing that JSON would escape.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    records: Option<&'a str>,
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
        let number = self.number;
        match &self.said {
            Said::Standing { standing, holds } => Line {
                number,
                standing: Some(standing.clone()),
                holds: Some(*holds),
                ..Line::default()
            }
            .write(),
            Said::Records(batch) => Line {
                number,
                records: Some(&STANDARD.encode(batch)),
                ..Line::default()
            }
            .write(),
        }
    }
}

impl<'a> Line<'a> {
    fn write(&self) -> Vec<u8> {
        // Text and numbers cannot fail to be written.
        let mut line = serde_json::to_vec(self).unwrap_or_default();
        line.push(b'\n');
        line
    }

    fn read(line: &'a [u8]) -> Option<Saying> {
        let line: Line<'a> = serde_json::from_slice(line).ok()?;
        let said = match (line.standing, line.records) {
            (Some(standing), None) => Said::Standing {
                standing,
                holds: line.holds.unwrap_or_default(),
            },
            (None, Some(records)) => {
                let batch = STANDARD.decode(records).ok()?;
                Said::Records((batch.len() <= MOST_SAID).then_some(batch)?)
            }
            _ => return None,
        };
        Some(Saying {
            number: line.number,
            said,
        })
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
                sayings.push(Line::read(&line).ok_or(SayingError)?);
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
    use super::{LONGEST, MOST_SAID, STILL_HERE, Said, Saying, SayingError, Sayings, fuzz_saying};
    use crate::{Holds, Machine, Standing};
    use proptest::prelude::*;
    use weir_model::Timestamp;

    fn saying(number: u64, name: &str) -> Saying {
        Saying {
            number,
            said: Said::Standing {
                standing: Box::new(Standing {
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
                }),
                holds: Holds(Some((3, [7; 32]))),
            },
        }
    }

    fn records(number: u64, batch: &[u8]) -> Saying {
        Saying {
            number,
            said: Said::Records(batch.to_vec()),
        }
    }

    #[test]
    fn what_is_no_saying_ends_it() {
        let [both, larger] = [records(1, b"x"), records(1, &[0; MOST_SAID + 1])].map(|saying| saying.to_line());
        let both = String::from_utf8(both).unwrap().replace('}', ",\"standing\":{}}");
        for bytes in [
            &b"{}\n"[..],
            b"{\"number\":1}\n",
            b"{\"number\":1,\"records\":\"%\"}\n",
            b"GET / HTTP/1.1\r\n",
            both.as_bytes(),
            &larger,
            &vec![b'x'; LONGEST + 1],
        ] {
            assert_eq!(Sayings::default().read(bytes), Err(SayingError));
        }
        let mut sayings = Sayings::default();
        assert_eq!(sayings.read(&vec![b' '; LONGEST]), Ok(Vec::new()));
        assert_eq!(sayings.read(b" "), Err(SayingError));
    }

    proptest! {
        #[test]
        fn sayings_arrive_however_they_are_cut(name in ".{0,40}", batch in prop::collection::vec(any::<u8>(), 0..300), cuts in prop::collection::vec(0..900_usize, 0..4)) {
            let said = [saying(1, &name), records(2, &batch), saying(3, "")];
            let lines: Vec<Vec<u8>> = said.iter().map(Saying::to_line).collect();
            let bytes = [STILL_HERE, &lines[0], &lines[1], STILL_HERE, &lines[2]].concat();
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
