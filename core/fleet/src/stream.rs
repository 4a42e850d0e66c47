use crate::{Hint, Receipt, Refusal};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

/// What is said on the stream. Nothing of it is believed: what a hint points to is signed, and so is what is carried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StreamEvent {
    /// Something may be new.
    Hint(Hint),
    /// A directive: the envelope, byte for byte.
    Order(Vec<u8>),
    /// A bundle: the envelope, byte for byte.
    Bundle(Vec<u8>),
    /// What is different in a bundle from the one that is here: see [`restored`](crate::restored).
    Change(Vec<u8>),
    /// What was said under this number is kept: see [`Saying`](crate::Saying).
    Told(u64),
    /// What became of records that were said.
    Answered(Answered),
}

/// The answer to records that came with the stream: what a request with them would have been answered.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct Answered {
    /// The number under which they were said.
    pub number: u64,
    /// What became of them.
    #[serde(flatten)]
    pub answer: Answer,
}

/// What became of records.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Answer {
    /// They are stored.
    Receipt(Receipt),
    /// They are not.
    Refused(Refusal),
}

impl From<Answer> for Result<Receipt, Refusal> {
    fn from(answer: Answer) -> Self {
        match answer {
            Answer::Receipt(receipt) => Ok(receipt),
            Answer::Refused(refusal) => Err(refusal),
        }
    }
}

/// Bytes of the largest envelope that is carried; what is larger is hinted at and fetched.
pub const MOST_CARRIED: usize = 128 * 1024;
/// A line of any other event is short: what is longer is not ours.
const LONGEST_LINE: usize = 4096;

/// A hint as it is sent.
#[must_use]
pub fn hinted(hint: &Hint) -> Vec<u8> {
    // Numbers cannot fail to be written.
    let hint = serde_json::to_string(hint).unwrap_or_default();
    format!("event: hint\ndata: {hint}\n\n").into_bytes()
}

/// A directive as it is sent before the hint at it; `None` where it has to be fetched.
#[must_use]
pub fn carried_order(envelope: &[u8]) -> Option<Vec<u8>> {
    carried("order", envelope)
}

/// A bundle as it is sent before the hint at it; `None` where it has to be fetched.
#[must_use]
pub fn carried_bundle(envelope: &[u8]) -> Option<Vec<u8>> {
    carried("bundle", envelope)
}

/// A difference as it is sent instead of the bundle it leads to; `None` where it is too large.
#[must_use]
pub fn carried_change(difference: &[u8]) -> Option<Vec<u8>> {
    carried("change", STANDARD.encode(difference).as_bytes())
}

/// That what was said is kept, as it is sent.
#[must_use]
pub fn told(number: u64) -> Vec<u8> {
    format!("event: told\ndata: {number}\n\n").into_bytes()
}

/// What became of records, as it is sent.
#[must_use]
pub fn answered(number: u64, outcome: Result<Receipt, Refusal>) -> Vec<u8> {
    let answer = outcome.map_or_else(Answer::Refused, Answer::Receipt);
    // Texts and numbers cannot fail to be written.
    let answered = serde_json::to_string(&Answered { number, answer }).unwrap_or_default();
    format!("event: records\ndata: {answered}\n\n").into_bytes()
}

fn carried(name: &str, envelope: &[u8]) -> Option<Vec<u8>> {
    // A carriage return would end a line here and be lost.
    if envelope.is_empty() || envelope.len() > MOST_CARRIED || envelope.contains(&b'\r') {
        return None;
    }
    let mut event = format!("event: {name}\n").into_bytes();
    for line in envelope.split(|byte| *byte == b'\n') {
        event.extend_from_slice(b"data: ");
        event.extend_from_slice(line);
        event.push(b'\n');
    }
    event.push(b'\n');
    Some(event)
}

/// Reads server-sent events, as far as they are ours, however they are cut.
#[derive(Debug, Default)]
pub struct StreamEvents {
    line: Vec<u8>,
    /// The line is too long to be one of ours.
    is_cut: bool,
    name: Name,
    /// What is carried, as far as it has come.
    data: Option<Vec<u8>>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Name {
    Order,
    Bundle,
    Change,
    Told,
    Records,
    /// A hint has no need of its name.
    #[default]
    Other,
}

impl StreamEvents {
    /// What has come to its end with these bytes.
    pub fn read(&mut self, bytes: &[u8]) -> Vec<StreamEvent> {
        let mut events = Vec::new();
        let mut rest = bytes;
        while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
            self.take(&rest[..end]);
            rest = &rest[end + 1..];
            let line = std::mem::take(&mut self.line);
            if std::mem::take(&mut self.is_cut) {
                // Half of an envelope is none.
                (self.name, self.data) = (Name::Other, None);
                continue;
            }
            events.extend(self.line(&line));
        }
        self.take(rest);
        events
    }

    fn take(&mut self, bytes: &[u8]) {
        let longest = match self.name {
            Name::Other | Name::Told | Name::Records => LONGEST_LINE,
            Name::Order | Name::Bundle | Name::Change => MOST_CARRIED + LONGEST_LINE,
        };
        match self.line.len() + bytes.len() <= longest {
            true => self.line.extend_from_slice(bytes),
            false => (self.line, self.is_cut) = (Vec::new(), true),
        }
    }

    fn line(&mut self, line: &[u8]) -> Option<StreamEvent> {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if line.is_empty() {
            let (name, data) = (std::mem::take(&mut self.name), self.data.take());
            return match name {
                Name::Order => data.map(StreamEvent::Order),
                Name::Bundle => data.map(StreamEvent::Bundle),
                Name::Change => STANDARD.decode(data?).ok().map(StreamEvent::Change),
                Name::Told => std::str::from_utf8(&data?).ok()?.parse().ok().map(StreamEvent::Told),
                Name::Records => serde_json::from_slice(&data?).ok().map(StreamEvent::Answered),
                Name::Other => None,
            };
        }
        if let Some(name) = field(line, b"event:") {
            (self.name, self.data) = (Name::of(name), None);
        }
        let data = field(line, b"data:")?;
        match self.name {
            Name::Other => serde_json::from_slice(data).ok().map(StreamEvent::Hint),
            Name::Order | Name::Bundle | Name::Change | Name::Told | Name::Records => {
                self.carry_on(data);
                None
            }
        }
    }

    /// One more line of an envelope.
    fn carry_on(&mut self, line: &[u8]) {
        let data = match &mut self.data {
            None => self.data.insert(line.to_vec()),
            Some(data) => {
                data.push(b'\n');
                data.extend_from_slice(line);
                data
            }
        };
        if data.len() > MOST_CARRIED {
            (self.name, self.data) = (Name::Other, None);
        }
    }
}

impl Name {
    fn of(name: &[u8]) -> Self {
        match name {
            b"order" => Self::Order,
            b"bundle" => Self::Bundle,
            b"change" => Self::Change,
            b"told" => Self::Told,
            b"records" => Self::Records,
            _ => Self::Other,
        }
    }
}

/// The value of a field: one space before it does not belong to it.
fn field<'a>(line: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    let value = line.strip_prefix(name)?;
    Some(value.strip_prefix(b" ").unwrap_or(value))
}

/// What a fuzzer knows of: any bytes, cut anywhere, are read the same and never take more room than is allowed.
#[doc(hidden)]
pub fn fuzz_stream(bytes: &[u8]) {
    let whole = StreamEvents::default().read(bytes);
    let mut events = StreamEvents::default();
    let (before, behind) = bytes.split_at(bytes.len() / 3);
    let mut cut = events.read(before);
    cut.extend(events.read(behind));
    assert_eq!(whole, cut);
    assert!(events.line.len() <= MOST_CARRIED + LONGEST_LINE);
}

#[cfg(test)]
mod tests {
    use super::{
        Answer, Answered, Hint, MOST_CARRIED, StreamEvent, StreamEvents, answered, carried_bundle, carried_change,
        carried_order, fuzz_stream, hinted, told,
    };
    use crate::{Acknowledged, DeviceId, Refusal};
    use proptest::prelude::*;
    use weir_bundle::SigningKey;
    use weir_model::Timestamp;

    fn read(text: &[u8]) -> Vec<StreamEvent> {
        StreamEvents::default().read(text)
    }

    #[test]
    fn hints_are_read_however_they_are_cut() {
        let text = b": heartbeat\n\nevent: hint\ndata: {\"bundle\":7}\n\nevent: other\ndata: {\"x\r\n\ndata:{\"bundle\":8,\"order\":3,\"answers\":4,\"welcome\":false,\"later\":[]}\n\n";
        let hint = |bundle, order, answers, welcome| {
            StreamEvent::Hint(Hint {
                bundle,
                order,
                exceptions: 0,
                answers,
                welcome,
            })
        };
        let expected = [hint(7, 0, 0, true), hint(8, 3, 4, false)];
        for cut in 0..text.len() {
            let mut events = StreamEvents::default();
            let mut read = events.read(&text[..cut]);
            read.extend(events.read(&text[cut..]));
            assert_eq!(read, expected, "cut at {cut}");
        }
    }

    #[test]
    fn what_is_too_long_is_dropped_and_what_follows_is_read() {
        let hint = hinted(&Hint::default());
        let long = [b"data: {\"bundle\": ".as_slice(), &[b'1'; 5000], b"}\n\n", &hint].concat();
        assert_eq!(read(&long), [StreamEvent::Hint(Hint::default())]);
        let lines = b"data: x\n".repeat(MOST_CARRIED / 2 + 1);
        let long = [b"event: bundle\n".as_slice(), &lines, b"\n", &hint].concat();
        assert_eq!(read(&long), [StreamEvent::Hint(Hint::default())]);
        let line = vec![b'x'; MOST_CARRIED * 2];
        let long = [b"event: order\ndata: ".as_slice(), &line, b"\ndata: y\n\n", &hint].concat();
        assert_eq!(read(&long), [StreamEvent::Hint(Hint::default())]);
        assert_eq!(carried_order(&vec![b'x'; MOST_CARRIED + 1]), None);
        assert_eq!(carried_order(b"a\r\nb"), None);
        assert_eq!(carried_order(b""), None);
    }

    #[test]
    fn what_was_said_is_known_by_its_number() {
        let hint = hinted(&Hint::default());
        let text = [told(7), told(u64::MAX), hint].concat();
        let expected = [
            StreamEvent::Told(7),
            StreamEvent::Told(u64::MAX),
            StreamEvent::Hint(Hint::default()),
        ];
        assert_eq!(read(&text), expected);
        for none in [
            "event: told\n\n",
            "event: told\ndata: -1\n\n",
            "event: change\ndata: %\n\n",
            "event: change\n\n",
        ] {
            assert_eq!(read(none.as_bytes()), [], "{none}");
        }
        assert_eq!(carried_change(&vec![0; MOST_CARRIED]), None);
    }

    #[test]
    fn what_became_of_records_is_known_by_their_number() {
        let key = SigningKey::from_seed(&[1; 32]).unwrap();
        let said = Acknowledged {
            device: DeviceId::from_bytes([1; 16]),
            timeline: 1,
            seq: u64::MAX,
            head: [5; 32],
            time: Timestamp::from_millis(1_800_000_000_000),
        };
        let receipt = said.sign(&key).in_log(7, "log\n1\nroot\n\n\u{2014} log sig\n");
        let elsewhere = Refusal::Elsewhere {
            have: 3,
            head: "ab".to_owned(),
        };
        let text = [answered(7, Ok(receipt.clone())), answered(8, Err(elsewhere.clone()))].concat();
        let expected = [Answer::Receipt(receipt), Answer::Refused(elsewhere)];
        let expected = [7, 8].into_iter().zip(expected);
        let expected: Vec<StreamEvent> = expected
            .map(|(number, answer)| StreamEvent::Answered(Answered { number, answer }))
            .collect();
        for cut in 0..text.len() {
            let mut events = StreamEvents::default();
            let mut read = events.read(&text[..cut]);
            read.extend(events.read(&text[cut..]));
            assert_eq!(read, expected, "cut at {cut}");
        }
        for none in ["event: records\n\n", "event: records\ndata: {\"number\":1}\n\n"] {
            assert_eq!(read(none.as_bytes()), [], "{none}");
        }
    }

    #[test]
    fn a_device_that_reads_hints_alone_finds_none_in_what_is_carried() {
        let event = carried_order(b"{\n  \"payloadType\": \"x\"\n}\n").unwrap();
        let lines = event.split(|byte| *byte == b'\n');
        let data = lines.filter_map(|line| line.strip_prefix(b"data:"));
        assert_eq!(
            data.filter(|data| serde_json::from_slice::<Hint>(data).is_ok()).count(),
            0
        );
    }

    proptest! {
        #[test]
        fn envelopes_arrive_byte_for_byte(text in "[ -~\n]{1,400}", at in 0..500_usize) {
            for (sent, expected) in [
                (carried_order(text.as_bytes()), StreamEvent::Order(text.clone().into_bytes())),
                (carried_bundle(text.as_bytes()), StreamEvent::Bundle(text.clone().into_bytes())),
            ] {
                let sent = sent.unwrap();
                let (before, behind) = sent.split_at(at.min(sent.len()));
                let mut events = StreamEvents::default();
                let mut read = events.read(before);
                read.extend(events.read(behind));
                prop_assert_eq!(read, [expected]);
            }
        }

        #[test]
        fn differences_arrive_byte_for_byte(bytes in prop::collection::vec(any::<u8>(), 1..400), at in 0..500_usize) {
            let sent = carried_change(&bytes).unwrap();
            let (before, behind) = sent.split_at(at.min(sent.len()));
            let mut events = StreamEvents::default();
            let mut read = events.read(before);
            read.extend(events.read(behind));
            prop_assert_eq!(read, [StreamEvent::Change(bytes)]);
        }

        #[test]
        fn other_bytes_are_read_the_same_however_they_are_cut(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            fuzz_stream(&bytes);
        }
    }
}
