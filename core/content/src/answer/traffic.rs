//! Every answer format: the samples, and answers made for the purpose, cut everywhere.

use std::collections::BTreeMap;

use include_dir::{Dir, include_dir};
use proptest::prelude::*;
use serde_json::Value;
use weir_model::Sensitive;

use super::samples::{PAIRS, restored, table};
use super::wire::{STYLES, Style, envelope, event, field};
use super::{AnswerStream, Decoder, MessageStream, Replacement};

static SEEDS: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/../../tests/fuzz/seeds/answer_stream");
static TRAFFIC: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/../../tests/golden/traffic");

#[test]
fn samples_read_as_their_meta_files_say_however_they_are_cut() {
    let samples = samples();
    assert!(samples.len() >= 30, "{}", samples.len());
    for sample in &samples {
        for restore in [Vec::new(), table()] {
            let whole = sample.run(&restore, usize::MAX);
            assert_eq!(whole.text, sample.text, "{}", sample.id);
            assert!(whole.out == sample.body, "{} passes unchanged", sample.id);
            for cut in 0..sample.cuts() {
                let read = sample.run(&restore, cut);
                assert!(read == whole, "{} cut at {cut}", sample.id);
            }
        }
    }
}

/// A word of each answer is given a stand-in; putting the word back gives the sample again, byte for byte.
#[test]
fn a_stand_in_in_any_sample_is_restored_however_it_is_cut() {
    for sample in samples() {
        let word = telling_word(&sample.text, &sample.body.concat());
        let surrogate = "[PERSON_NAME_17]";
        let restore = vec![Replacement {
            surrogate: surrogate.to_owned(),
            original: Sensitive::new(word.to_owned()),
        }];
        let written = Sample {
            text: sample.text.replace(word, surrogate),
            body: sample
                .body
                .iter()
                .map(|part| reframed(sample.decoder, part, word, surrogate))
                .collect(),
            ..sample.clone()
        };
        assert!(written.body != sample.body, "{}: `{word}` is in the answer", sample.id);
        for cut in (0..written.cuts()).chain([usize::MAX]) {
            let read = written.run(&restore, cut);
            assert_eq!(read.text, written.text, "{} cut at {cut}", sample.id);
            for (read, expected) in read.out.iter().zip(&sample.body) {
                assert_eq!(
                    String::from_utf8_lossy(read),
                    String::from_utf8_lossy(expected),
                    "{} cut at {cut}",
                    sample.id
                );
            }
            assert!(read.out == sample.body, "{} cut at {cut}", sample.id);
        }
    }
}

#[test]
fn a_surrogate_cut_at_every_character_into_frames_is_restored_in_every_format() {
    let text = "a [CREDIT_CARD_2][EMAIL_10] \u{1f30a} [NAME_1] b";
    for style in STYLES {
        for size in 1..14 {
            check(&style, &every(text, size), &[]);
        }
    }
}

#[test]
fn what_is_held_goes_on_when_the_answer_ends() {
    for style in STYLES {
        let frames = (style.write)(&["see ".to_owned(), "[EMA".to_owned()]);
        let read = run(&style, &frames.iter().map(Vec::as_slice).collect::<Vec<_>>(), table());
        assert_eq!(read.out.concat(), frames.concat(), "{}", style.name);
    }
}

#[test]
fn damaged_frames_pass_unchanged_and_the_rest_is_restored() {
    for style in STYLES {
        let frames = (style.write)(&["x ".to_owned(), "y ".to_owned(), "to [EMAIL_1] ".to_owned()]);
        for place in 0..frames.len() {
            let mut damaged = frames.clone();
            for byte in &mut damaged[place] {
                if *byte == b'{' {
                    *byte = b'(';
                }
            }
            let read = run(&style, &damaged.iter().map(Vec::as_slice).collect::<Vec<_>>(), table());
            let out = read.out.concat();
            let passed = out.windows(damaged[place].len()).any(|part| part == damaged[place]);
            assert!(
                passed || damaged[place] == frames[place],
                "{} frame {place}",
                style.name
            );
            if style.messages && place == 0 {
                assert_eq!(read.out.len(), frames.len(), "{}", style.name);
                assert!(
                    String::from_utf8_lossy(&out).contains("to jo@example.com ") || style.name.ends_with("base64"),
                    "{}",
                    style.name
                );
            }
        }
    }
}

#[test]
fn frames_whose_checksum_is_wrong_pass_as_they_are() {
    let delta = |text: &str| {
        event(
            "contentBlockDelta",
            &serde_json::json!({"contentBlockIndex": 0, "delta": {"text": text}}),
        )
    };
    let mut wrong = delta("[EMAIL_1]");
    let last = wrong.len() - 1;
    wrong[last] ^= 1;
    let mut answer = AnswerStream::new(Some(Decoder::BedrockStream), None, None, table());
    let mut out = Vec::new();
    answer
        .push(&[wrong.clone(), delta("[EMAIL_1]")].concat(), &mut out)
        .unwrap();
    assert_eq!(out, [wrong, delta("jo@example.com")].concat());
}

#[test]
fn bytes_that_are_not_framed_as_expected_are_reported_as_not_read() {
    for decoder in [Decoder::Kimi, Decoder::Cursor, Decoder::BedrockStream] {
        let body = b"\0\xff\xff\xff\xff\0\0\0\0\0\0\0\0\0[EMAIL_1]";
        for restore in [Vec::new(), table()] {
            let mut answer = AnswerStream::new(Some(decoder), Some("application/octet-stream"), None, restore);
            assert!(answer.reads());
            let mut out = Vec::new();
            answer.push(body, &mut out).unwrap();
            answer.finish(&mut out).unwrap();
            assert!(!answer.reads() && out == body, "{decoder:?}");
        }
    }
    assert!(!MessageStream::new(None, table()).reads());
    let mut drifted = AnswerStream::new(Some(Decoder::Grok), Some("application/json"), None, table());
    let mut out = Vec::new();
    drifted
        .push(b"{\"output\":{\"words\":\"[EMAIL_1]\"}}\n", &mut out)
        .unwrap();
    drifted.finish(&mut out).unwrap();
    assert!(!drifted.reads(), "the decoder knows nothing in it");
}

#[test]
fn headers_that_lie_do_not_matter() {
    let pieces = ["To ".to_owned(), "[EMAIL_1]".to_owned(), ".".to_owned()];
    for style in STYLES.into_iter().filter(|style| !style.messages) {
        for content_type in [
            None,
            Some("text/plain"),
            Some("application/json"),
            Some("text/event-stream"),
            Some("application/octet-stream"),
        ] {
            let lying = Style { content_type, ..style };
            let frames = (style.write)(&pieces);
            let read = run(&lying, &[&frames.concat()], table());
            assert_eq!(read.text, "To [EMAIL_1].", "{} as {content_type:?}", style.name);
        }
    }
}

#[test]
fn protobuf_lengths_grow_over_the_border_of_a_byte() {
    let padding = "x".repeat(110);
    let message = |text: &str| envelope(&field(2, &field(1, format!("{padding}{text}").as_bytes())), false);
    let mut answer = AnswerStream::new(Some(Decoder::Cursor), None, None, table());
    let mut out = Vec::new();
    answer.push(&message("[EMAIL_10]"), &mut out).unwrap();
    assert_eq!(out, message(PAIRS[1].1));
}

#[test]
fn thoughts_and_arguments_have_channels_of_their_own() {
    let cases: [(Decoder, &[u8], &[&str]); 6] = [
        (
            Decoder::Deepseek,
            b"data: {\"v\":{\"response\":{\"fragments\":[{\"type\":\"THINK\",\"content\":\"hm\"}]}}}\n\ndata: {\"v\":\"!\"}\n\ndata: {\"p\":\"response/fragments\",\"o\":\"APPEND\",\"v\":[{\"type\":\"RESPONSE\",\"content\":\"a\"}]}\n\ndata: {\"p\":\"response/fragments/-1/content\",\"v\":\"b\"}\n\n",
            &["hm!", "ab"],
        ),
        (
            Decoder::Grok,
            b"{\"result\":{\"response\":{\"token\":\"hm\",\"isThinking\":true}}}\n{\"result\":{\"response\":{\"token\":\"a\"}}}\n{\"result\":{\"response\":{\"modelResponse\":{\"message\":\"a\"}}}}\n",
            &["hm", "a"],
        ),
        (
            Decoder::Qwen,
            b"data: {\"choices\":[{\"delta\":{\"content\":\"hm\",\"phase\":\"think\"}}]}\n\ndata: {\"choices\":[{\"delta\":{\"content\":\"a\",\"phase\":\"answer\"}}]}\n\n",
            &["hm", "a"],
        ),
        (
            Decoder::Notion,
            b"{\"type\":\"patch-start\",\"data\":{\"s\":[{\"type\":\"config\",\"value\":\"x\"}]}}\n{\"type\":\"patch\",\"v\":[{\"o\":\"a\",\"p\":\"/s/-\",\"v\":{\"type\":\"agent-inference\",\"value\":[{\"type\":\"thinking\",\"content\":\"h\"}]}},{\"o\":\"x\",\"p\":\"/s/1/value/0/content\",\"v\":\"m\"},{\"o\":\"a\",\"p\":\"/s/1/value/-\",\"v\":{\"type\":\"text\",\"content\":\"a\"}}]}\n",
            &["hm", "a"],
        ),
        (
            Decoder::Cohere,
            b"data: {\"type\":\"tool-plan-delta\",\"delta\":{\"message\":{\"tool_plan\":\"hm\"}}}\n\ndata: {\"type\":\"tool-call-delta\",\"index\":0,\"delta\":{\"message\":{\"tool_calls\":{\"function\":{\"arguments\":\"{\\\"a\\\":1}\"}}}}}\n\n",
            &["hm", "{\"a\":1}"],
        ),
        (
            Decoder::Ollama,
            b"{\"message\":{\"thinking\":\"hm\",\"content\":\"\",\"tool_calls\":[{\"function\":{\"arguments\":{\"a\":1}}}]},\"done\":true}\n",
            &["", "hm", "{\"a\":1}"],
        ),
    ];
    for (decoder, body, expected) in cases {
        let mut answer = AnswerStream::new(Some(decoder), None, None, Vec::new());
        answer.push(body, &mut Vec::new()).unwrap();
        answer.finish(&mut Vec::new()).unwrap();
        let mut texts = BTreeMap::<usize, String>::new();
        answer.drain_text(&mut |channel, text| texts.entry(channel).or_default().push_str(text));
        let texts: Vec<&str> = texts.values().map(String::as_str).collect();
        assert_eq!(
            texts,
            expected
                .iter()
                .copied()
                .filter(|text| !text.is_empty())
                .collect::<Vec<_>>(),
            "{decoder:?}"
        );
    }
}

#[test]
fn a_connection_that_lives_long_keeps_following() {
    let mut answer = MessageStream::new(Some(Decoder::CopilotWs), table());
    for turn in 0..1000 {
        let mut out = Vec::new();
        for piece in ["to [EMA", "IL_1]."] {
            let message = serde_json::json!({"event": "appendText", "messageId": format!("m{turn}"), "text": piece});
            answer.push_message(message.to_string().as_bytes(), &mut out);
        }
        assert!(
            String::from_utf8_lossy(&out.concat()).contains("to jo@example.com"),
            "turn {turn}"
        );
        answer.drain_text(&mut |_, _| ());
    }
}

#[test]
fn compressed_frames_cannot_fill_the_memory() {
    let bomb = envelope(&vec![b' '; 7 << 20], true);
    let held = envelope(&field(2, &field(1, b"[EMA")), false);
    let mut answer = AnswerStream::new(Some(Decoder::Cursor), None, None, table());
    let mut out = Vec::new();
    answer.push(&held, &mut out).unwrap();
    assert!(out.is_empty());
    for _ in 0..3 {
        answer.push(&bomb, &mut out).unwrap();
    }
    assert!(out.starts_with(&held) && out.len() >= held.len() + 2 * bomb.len());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn answers_with_damage_never_panic_and_never_depend_on_the_cut(
        seed in any::<prop::sample::Index>(),
        cut in any::<u8>(),
        damage in prop::collection::vec((any::<prop::sample::Index>(), prop::sample::select(b"\"\\{}[]:,\n\r0\0\x01\x02\xff[E".to_vec()), any::<bool>()), 0..4),
    ) {
        let seeds: Vec<&[u8]> = SEEDS.files().map(include_dir::File::contents).collect();
        let mut data = seed.get(&seeds).to_vec();
        data[2] = cut;
        for (at, byte, insert) in damage {
            let at = 3 + at.index(data.len() - 3);
            if insert { data.insert(at, byte) } else { data[at] = byte }
        }
        super::fuzz(&data);
    }

    #[test]
    fn any_text_in_any_format_cut_anywhere_is_restored(
        style in 0..STYLES.len(),
        words in prop::collection::vec(prop::sample::select(WORDS.to_vec()), 1..12),
        size in 1usize..9,
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..12),
    ) {
        check(&STYLES[style], &every(&words.concat(), size), &cuts);
    }
}

const WORDS: [&str; 14] = [
    "to ",
    "[EMAIL_1]",
    "[EMAIL_10]",
    "[NAME_1]",
    "[CREDIT_CARD_2]",
    "[EMAIL_",
    "[",
    "\u{e9}",
    "\u{1f600}",
    "\n",
    "\"",
    "\\\\ ",
    "a[0] ",
    "{}",
];

/// Writes the pieces, restores them cut so, and reads what came out again.
fn check(style: &Style, pieces: &[String], cuts: &[prop::sample::Index]) {
    let frames = (style.write)(pieces);
    let written = frames.concat();
    let mut places: Vec<usize> = cuts
        .iter()
        .map(|cut| cut.index(written.len() + 1))
        .chain([0, written.len()])
        .collect();
    places.sort_unstable();
    let chunks: Vec<&[u8]> = if style.messages {
        frames.iter().map(Vec::as_slice).collect()
    } else {
        places.windows(2).map(|pair| &written[pair[0]..pair[1]]).collect()
    };
    let read = run(style, &chunks, table());
    let text = pieces.concat();
    assert_eq!(read.text, text, "{} is judged", style.name);
    if style.messages {
        assert_eq!(read.out.len(), frames.len(), "{}", style.name);
    }
    let again = run(
        style,
        &read.out.iter().map(Vec::as_slice).collect::<Vec<_>>(),
        Vec::new(),
    );
    assert_eq!(again.text, restored(&text), "{} in pieces {pieces:?}", style.name);
}

fn every(text: &str, size: usize) -> Vec<String> {
    let characters: Vec<char> = text.chars().collect();
    characters.chunks(size).map(|piece| piece.iter().collect()).collect()
}

#[derive(PartialEq)]
struct Read {
    text: String,
    /// One for each message, or one for all.
    out: Vec<Vec<u8>>,
}

/// The thought that accompanies an answer made for tests is not its text.
fn run(style: &Style, chunks: &[&[u8]], restore: Vec<Replacement>) -> Read {
    let (mut out, mut texts) = (Vec::new(), BTreeMap::<usize, String>::new());
    let mut each = |channel, text: &str| texts.entry(channel).or_default().push_str(text);
    if style.messages {
        let mut answer = MessageStream::new(Some(style.decoder), restore);
        for chunk in chunks {
            answer.push_message(chunk, &mut out);
            answer.drain_text(&mut each);
        }
        answer.finish(&mut out);
        answer.drain_text(&mut each);
    } else {
        let mut answer = AnswerStream::new(Some(style.decoder), style.content_type, None, restore);
        out.push(Vec::new());
        for chunk in chunks {
            answer.push(chunk, &mut out[0]).unwrap();
            answer.drain_text(&mut each);
        }
        answer.finish(&mut out[0]).unwrap();
        answer.drain_text(&mut each);
    }
    let thought = |text: &String| !text.is_empty() && text.replace("hm", "").is_empty();
    Read {
        text: texts.into_values().filter(|text| !thought(text)).collect(),
        out,
    }
}

#[derive(Clone)]
struct Sample {
    id: String,
    decoder: Decoder,
    content_type: Option<String>,
    text: String,
    /// One body, or the messages from the service.
    body: Vec<Vec<u8>>,
    messages: bool,
}

impl Sample {
    fn cuts(&self) -> usize {
        if self.messages { 0 } else { self.body[0].len() }
    }

    fn run(&self, restore: &[Replacement], cut: usize) -> Read {
        let style = Style {
            name: "sample",
            decoder: self.decoder,
            content_type: None,
            write: |_| Vec::new(),
            messages: self.messages,
        };
        let (head, rest) = self.body[0].split_at(cut.min(self.body[0].len()));
        let chunks: Vec<&[u8]> = if self.messages {
            self.body.iter().map(Vec::as_slice).collect()
        } else {
            vec![head, rest]
        };
        if self.messages {
            return run(&style, &chunks, restore.to_vec());
        }
        let mut answer = AnswerStream::new(Some(self.decoder), self.content_type.as_deref(), None, restore.to_vec());
        let (mut out, mut texts) = (Vec::new(), BTreeMap::<usize, String>::new());
        for chunk in chunks {
            answer.push(chunk, &mut out).unwrap();
        }
        answer.finish(&mut out).unwrap();
        answer.drain_text(&mut |channel, text| texts.entry(channel).or_default().push_str(text));
        Read {
            text: texts.into_values().collect(),
            out: vec![out],
        }
    }
}

fn samples() -> Vec<Sample> {
    let metas = TRAFFIC
        .files()
        .filter(|file| file.path().to_string_lossy().ends_with(".meta.json"));
    metas
        .filter_map(|meta| sample(&serde_json::from_slice(meta.contents()).unwrap()))
        .collect()
}

fn sample(meta: &Value) -> Option<Sample> {
    let answer = meta["expect"].get("answer")?;
    let id = meta["id"].as_str().unwrap();
    let file = |ending: &str| TRAFFIC.get_file(format!("{id}{ending}")).map(|file| file.contents());
    let messages = file(".ws.jsonl").map(|lines| {
        let lines = lines
            .split(|byte| *byte == b'\n')
            .filter_map(|line| serde_json::from_slice::<Value>(line).ok());
        lines
            .filter(|line| line["dir"] == "s2c")
            .map(|line| line["data"].as_str().unwrap().as_bytes().to_vec())
            .collect::<Vec<_>>()
    });
    let headers = meta["response"]["headers"].as_array().cloned().unwrap_or_default();
    let content_type = headers
        .iter()
        .find(|header| header[0] == "Content-Type")
        .and_then(|header| header[1].as_str());
    Some(Sample {
        id: id.to_owned(),
        decoder: answer["decoder"].as_str().unwrap().parse().unwrap(),
        content_type: content_type.map(str::to_owned),
        text: answer["text"].as_str().unwrap().to_owned(),
        messages: messages.is_some(),
        body: messages.unwrap_or_else(|| vec![file(".resp.body").unwrap().to_vec()]),
    })
}

/// The longest word; where words are too short to be told from the names of members, the longest part that comes whole.
fn telling_word<'a>(text: &'a str, body: &[u8]) -> &'a str {
    let words = text.split(|character: char| !character.is_ascii_alphabetic());
    let comes_whole = |part: &&str| body.windows(part.len()).any(|window| window == part.as_bytes());
    let parts =
        || (0..text.len()).flat_map(|start| (start + 1..=text.len()).filter_map(move |end| text.get(start..end)));
    words
        .max_by_key(|word| word.len())
        .filter(|word| word.len() > 2 && comes_whole(word))
        .or_else(|| parts().filter(comes_whole).max_by_key(|part| part.len()))
        .unwrap()
}

/// The bytes with one word in place of another, and the lengths around it as they must be.
fn reframed(decoder: Decoder, bytes: &[u8], from: &str, to: &str) -> Vec<u8> {
    let replaced = |bytes: &[u8]| {
        let mut out = Vec::new();
        let mut rest = bytes;
        while let Some(at) = rest.windows(from.len()).position(|part| part == from.as_bytes()) {
            out.extend_from_slice(&rest[..at]);
            out.extend_from_slice(to.as_bytes());
            rest = &rest[at + from.len()..];
        }
        out.extend_from_slice(rest);
        out
    };
    match decoder {
        Decoder::Gemini => {
            let text = std::str::from_utf8(bytes).unwrap();
            let lines = text
                .split_inclusive('\n')
                .map(|line| match line.trim().parse::<usize>() {
                    Ok(_) => None,
                    Err(_) => Some(line),
                });
            let lines: Vec<Option<&str>> = lines.collect();
            let mut out = Vec::new();
            for (place, line) in lines.iter().enumerate() {
                match line {
                    Some(line) => out.extend(replaced(line.as_bytes())),
                    None => {
                        let body = String::from_utf8(replaced(lines[place + 1].unwrap().as_bytes())).unwrap();
                        out.extend(format!("{}\n", body.encode_utf16().count() + 1).bytes());
                    }
                }
            }
            out
        }
        Decoder::Kimi | Decoder::Cursor => {
            let (mut out, mut rest) = (Vec::new(), bytes);
            while let [flags, a, b, c, d, ..] = *rest {
                let length = u32::from_be_bytes([a, b, c, d]) as usize;
                let content = &rest[5..5 + length];
                rest = &rest[5 + length..];
                let content = if decoder == Decoder::Cursor && flags == 0 {
                    field(2, &field(1, &replaced(&content[4..])))
                } else {
                    replaced(content)
                };
                out.push(flags);
                out.extend(u32::try_from(content.len()).unwrap().to_be_bytes());
                out.extend(content);
            }
            out
        }
        _ => replaced(bytes),
    }
}
