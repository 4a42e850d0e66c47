//! `tests/golden/convert/<case>.<interface>.<what>` and, beside each, what it becomes in the two other interfaces, or why
//! it becomes nothing. `WEIR_BLESS=1` rewrites.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a test's broken assumption is a failed test; the cases are files"
)]

use std::fs;
use std::path::{Path, PathBuf};

use weir_convert::{Frame, StreamConverter, answer, request};
use weir_model::Interface;

const CREATED: u64 = 1_792_000_000;

struct Case {
    name: String,
    from: Interface,
    what: String,
    text: Vec<u8>,
}

#[test]
fn every_case_becomes_what_stands_beside_it() {
    let cases = cases();
    let bless = std::env::var_os("WEIR_BLESS").is_some();
    assert!(cases.len() >= 15, "the cases are there");
    for case in &cases {
        for to in Interface::ALL.into_iter().filter(|to| *to != case.from) {
            let path = folder().join(format!("{}.{}.to.{to}.{}", case.name, case.from, case.what));
            let got = converted(case, to);
            if bless {
                fs::write(&path, &got).unwrap();
            }
            let expected =
                fs::read_to_string(&path).unwrap_or_else(|_| panic!("{}: run with WEIR_BLESS=1", path.display()));
            assert_eq!(got, expected, "{}", path.display());
        }
    }
}

#[test]
fn streams_come_out_the_same_wherever_they_are_cut() {
    for case in cases().iter().filter(|case| case.what == "stream.sse") {
        for to in Interface::ALL {
            let whole = stream(case.from, to, &[&case.text]);
            for at in 1..case.text.len() {
                let (one, two) = case.text.split_at(at);
                assert!(
                    whole == stream(case.from, to, &[one, two]),
                    "{} to {to}, cut at {at}",
                    case.name
                );
            }
            let bytes: Vec<&[u8]> = case.text.chunks(1).collect();
            assert!(
                whole == stream(case.from, to, &bytes),
                "{} to {to}, byte by byte",
                case.name
            );
        }
    }
}

#[test]
fn streams_that_end_early_are_no_whole_answers() {
    for case in cases()
        .iter()
        .filter(|case| case.name == "tools" && case.what == "stream.sse")
    {
        let last_word = match case.from {
            Interface::OpenAiChat => "\"finish_reason\":\"tool_calls\"",
            Interface::OpenAiResponses => "event: response.completed",
            Interface::AnthropicMessages => "event: message_stop",
        };
        let text = std::str::from_utf8(&case.text).unwrap();
        let end = text.find(last_word).unwrap();
        let mut converter = StreamConverter::new(case.from, Interface::OpenAiChat, Frame::default());
        let mut out = Vec::new();
        converter.push(&text.as_bytes()[..end], &mut out).unwrap();
        assert!(converter.finish(&mut out).is_err(), "{}", case.from);
        converter.break_off("the connection was lost", &mut out);
        let out = String::from_utf8(out).unwrap();
        assert!(
            out.contains("the connection was lost") && !out.contains("[DONE]"),
            "{out}"
        );
    }
}

/// Chunks of the chat interface with these parts of calls.
fn chunks_of_calls(calls: &[&str]) -> String {
    let chunk =
        |call: &&str| format!("data: {{\"choices\":[{{\"index\":0,\"delta\":{{\"tool_calls\":[{call}]}}}}]}}\n\n");
    let chunks: String = calls.iter().map(chunk).collect();
    chunks + "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"tool_calls\"}]}\n\ndata: [DONE]\n\n"
}

#[test]
fn calls_of_one_number_are_told_apart_by_their_ids() {
    for number in ["\"index\":0,", ""] {
        let begins = |id: &str, arguments: &str| {
            format!("{{{number}\"id\":\"{id}\",\"function\":{{\"name\":\"f\",\"arguments\":\"{arguments}\"}}}}")
        };
        let goes_on = |id: &str| format!("{{{number}\"id\":\"{id}\",\"function\":{{\"arguments\":\":1}}\"}}}}");
        let (one, two) = (begins("one", "{\\\"a\\\""), begins("two", "{\\\"b\\\""));
        let text = chunks_of_calls(&[&one, &goes_on("one"), &two, &goes_on("")]);
        let out = stream(Interface::OpenAiChat, Interface::AnthropicMessages, &[text.as_bytes()]);
        assert_eq!(out.matches("\"type\":\"tool_use\"").count(), 2, "{out}");
        let starts: Vec<usize> = ["\"id\":\"one\"", "\\\"a\\\"", "\"id\":\"two\"", "\\\"b\\\""]
            .iter()
            .map(|part| out.find(part).unwrap())
            .collect();
        assert!(starts.is_sorted(), "{out}");
        let mixed = chunks_of_calls(&[&one, &two, &goes_on("one")]);
        let mut converter = StreamConverter::new(Interface::OpenAiChat, Interface::AnthropicMessages, Frame::default());
        assert!(
            converter.push(mixed.as_bytes(), &mut Vec::new()).is_err(),
            "a call goes on after another"
        );
    }
}

#[test]
fn what_comes_back_is_what_went() {
    for case in cases().iter().filter(|case| case.what == "request.json") {
        for to in Interface::ALL {
            // A request that the other interface cannot say does not come back.
            let Ok(there) = request(case.from, to, &case.text) else {
                continue;
            };
            let back = request(to, case.from, &there).unwrap();
            let again = request(case.from, to, &back).unwrap();
            assert_eq!(
                String::from_utf8(again).unwrap(),
                String::from_utf8(there).unwrap(),
                "{}: {} to {to}",
                case.name,
                case.from
            );
        }
    }
}

fn converted(case: &Case, to: Interface) -> String {
    let frame = Frame::of(br#"{"stream_options":{"include_usage":true}}"#, CREATED);
    let result = match &*case.what {
        "request.json" => request(case.from, to, &case.text).map(pretty),
        "answer.json" => answer(case.from, to, &case.text, &frame).map(pretty),
        _ => return stream(case.from, to, &[&case.text]),
    };
    result.unwrap_or_else(|error| format!("{error}\n"))
}

fn stream(from: Interface, to: Interface, pieces: &[&[u8]]) -> String {
    let frame = Frame::of(br#"{"stream_options":{"include_usage":true}}"#, CREATED);
    let mut converter = StreamConverter::new(from, to, frame);
    let mut out = Vec::new();
    for piece in pieces {
        converter.push(piece, &mut out).unwrap();
    }
    converter.finish(&mut out).unwrap();
    String::from_utf8(out).unwrap()
}

/// A line break behind each comma, so that differences are seen.
fn pretty(json: Vec<u8>) -> String {
    let (mut out, mut in_text, mut escaped) = (String::new(), false, false);
    for letter in String::from_utf8(json).unwrap().chars() {
        out.push(letter);
        match letter {
            _ if escaped => escaped = false,
            '\\' => escaped = in_text,
            '"' => in_text = !in_text,
            ',' if !in_text => out.push('\n'),
            _ => {}
        }
    }
    out + "\n"
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden/convert")
}

/// The files that are no result of another one.
fn cases() -> Vec<Case> {
    let mut names: Vec<String> = fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| !name.contains(".to."))
        .collect();
    names.sort();
    names
        .into_iter()
        .map(|file| {
            let mut parts = file.splitn(3, '.');
            let (name, from, what) = (parts.next().unwrap(), parts.next().unwrap(), parts.next().unwrap());
            let from = Interface::ALL.into_iter().find(|known| known.as_str() == from);
            Case {
                name: name.to_owned(),
                from: from.unwrap_or_else(|| panic!("{file}: no such interface")),
                what: what.to_owned(),
                text: fs::read(folder().join(&file)).unwrap(),
            }
        })
        .collect()
}
