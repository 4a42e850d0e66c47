//! The answers of `tests/golden/wire` read as they say, wherever the network cuts them.
// The whole file is a test.
#![allow(clippy::unwrap_used, clippy::panic)]

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use std::collections::BTreeMap;
use weir_content::answer::{AnswerStream, Decoder};

const FILES: [&str; 5] = [
    include_str!("../../../tests/golden/wire/assistants.jsonl"),
    include_str!("../../../tests/golden/wire/chats.jsonl"),
    include_str!("../../../tests/golden/wire/interfaces.jsonl"),
    include_str!("../../../tests/golden/wire/unknown-hosts.jsonl"),
    include_str!("../../../tests/golden/wire/variants.jsonl"),
];

#[test]
fn answers_are_the_same_however_they_are_cut() {
    let mut answers = 0;
    for line in FILES.iter().flat_map(|file| file.lines()) {
        let sample: Value = serde_json::from_str(line).unwrap();
        let (Some(wanted), Some(file)) = (
            sample["meta"]["expect"]["answer"]["text"].as_str(),
            sample["meta"]["response"]["body_file"].as_str(),
        ) else {
            continue;
        };
        answers += 1;
        let content = &sample["files"][file];
        let body = match content["text"].as_str() {
            Some(text) => text.as_bytes().to_vec(),
            None => STANDARD.decode(content["base64"].as_str().unwrap()).unwrap(),
        };
        for cut in 0..=body.len() {
            assert_eq!(
                read(&sample["meta"], &body[..cut], &body[cut..]),
                wanted,
                "{} cut at {cut}",
                sample["meta"]["id"]
            );
        }
    }
    assert!(answers > 100, "only {answers} answers");
}

fn read(meta: &Value, head: &[u8], rest: &[u8]) -> String {
    let decoder: Decoder = meta["expect"]["answer"]["decoder"].as_str().unwrap().parse().unwrap();
    let header = |name: &str| {
        let headers = meta["response"]["headers"].as_array().unwrap();
        headers.iter().find(|header| header[0] == name)?[1].as_str()
    };
    let mut stream = AnswerStream::new(
        Some(decoder),
        header("Content-Type"),
        header("Content-Encoding"),
        Vec::new(),
    );
    let mut said = BTreeMap::<usize, String>::new();
    let mut out = Vec::new();
    stream.push(head, &mut out).unwrap();
    stream.push(rest, &mut out).unwrap();
    stream.finish(&mut out).unwrap();
    stream.drain_text(&mut |channel, text| said.entry(channel).or_default().push_str(text));
    assert_eq!(
        out,
        [head, rest].concat(),
        "an answer without surrogates is not touched"
    );
    let shown = said.into_iter().filter(|(channel, _)| stream.is_answer(*channel));
    shown.map(|(_, text)| text).collect()
}
