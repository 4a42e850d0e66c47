//! Records as agents write them, for whoever measures what becomes of many.

use serde_json::value::RawValue;
use weir_audit::{Head, Kind};
use weir_fleet::{Batch, Sent};
use weir_model::{EventId, Timestamp};

/// A stretch of `count` records from number `first` on, of the laptop called `name`. Heads are numbers: a server cannot tell,
/// for it does not get all records that they are over.
pub fn batch(name: u32, first: u64, count: u64, mut random: impl FnMut() -> [u8; 16]) -> Batch {
    let records = (first..first + count).map(|seq| sent(name, seq, &random())).collect();
    Batch {
        timeline: 1,
        first,
        last: first + count - 1,
        before: head(first),
        head: head(first + count),
        records,
    }
}

/// The head before record `seq`.
#[must_use]
pub fn head(seq: u64) -> Head {
    let mut head = Head::default();
    head[..8].copy_from_slice(&seq.to_be_bytes());
    head
}

/// One record. Of four messages one holds something, and one in four records is of an answer. Ids and fingerprints are random,
/// as they are.
///
/// # Panics
/// Never: what is written here is JSON.
#[must_use]
#[allow(clippy::expect_used, reason = "the text stands here")]
pub fn sent(name: u32, seq: u64, random: &[u8; 16]) -> Sent {
    let time = 1_800_000_000_000 + 40_000 * seq.cast_signed() + i64::from(random[0]);
    let (entropy, _) = random.split_first_chunk().expect("ten of sixteen bytes");
    let event = EventId::new(Timestamp::from_millis(time), *entropy);
    let digest = "3a6cd6c1247d8f1b2e9c0a55d4f3e7b8a1c2d3e4f5061728394a5b6c7d8e9f00";
    let latency = 120 + u32::from(random[1]);
    let size = 800 + u32::from(random[2]) * 7;
    let (kind, body) = match (seq + u64::from(name)) % 4 {
        0 => (
            Kind::Decision,
            format!(
                r#"{{"time":{time},"event":"{event}","device":"laptop-{name}","user":"user{name}","process":{{"executable":"/usr/lib/chromium/chromium","pid":{pid}}},"channel":"browser","kind":"prompt","destination":{{"host":"chatgpt.com","service":"chatgpt-web","provider":"openai","tier":"unknown"}},"route":"conversation","level":"confidential","findings":[{{"data_type":"personal/email","level":"confidential","confidence":"high","place":{{"role":"prompt","locator":"json:/messages/*/content/parts/*","segment":0}},"count":1,"fingerprint":"{fingerprint}"}}],"environment":"production","decision":{{"action":"pseudonymise","per_finding":["pseudonymise"],"reasons":[{{"rule":"data-classification/confidential-approved","member":"data-classification","action":"pseudonymise","mode":"enforce","text":"Confidential data (personal/email) is replaced by stand-ins before it is sent to ChatGPT (OpenAI, approved)."}}],"obligations":["record for 365 days"],"bundle":{{"number":12,"digest":"{digest}"}}}},"disposition":"rewritten","latency_us":{latency},"message_bytes":{size}}}"#,
                pid = 1000 + u32::from(random[3]),
                fingerprint = hex::encode(random),
            ),
        ),
        1 => (
            Kind::Response,
            format!(
                r#"{{"time":{time},"event":"{event}","status":200,"restored":1,"complete":true,"latency_us":{latency}000,"answer_bytes":{size}}}"#
            ),
        ),
        _ => (
            Kind::Decision,
            format!(
                r#"{{"time":{time},"event":"{event}","device":"laptop-{name}","user":"user{name}","channel":"api","kind":"prompt","destination":{{"host":"api.openai.com","service":"openai-api","provider":"openai","tier":"api","model":"gpt-5"}},"route":"chat-completions","level":"public","environment":"production","decision":{{"action":"allow","reasons":[{{"rule":"data-classification/public","member":"data-classification","action":"allow","mode":"enforce","text":"Nothing was found."}}],"obligations":["record for 365 days"],"bundle":{{"number":12,"digest":"{digest}"}}}},"disposition":"released","latency_us":{latency},"message_bytes":{size}}}"#
            ),
        ),
    };
    Sent {
        seq,
        kind,
        time: Timestamp::from_millis(time),
        id: event,
        body: RawValue::from_string(body).expect("JSON"),
    }
}
