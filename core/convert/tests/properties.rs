//! Texts, calls and cuts of any kind.

#![allow(clippy::unwrap_used, reason = "a test's broken assumption is a failed test")]

use proptest::prelude::*;
use serde_json::{Value, json};
use weir_convert::{Frame, StreamConverter, request};
use weir_model::Interface::{self, AnthropicMessages, OpenAiChat};

/// A message of the conversation: what the user says, or what the model says and calls, with the results.
#[derive(Clone, Debug)]
enum Said {
    User(String),
    Model(String, Vec<(String, i32, String)>),
}

fn said() -> impl Strategy<Value = Said> {
    let call = ("[a-z]{1,6}", any::<i32>(), "\\PC{0,12}");
    prop_oneof![
        "\\PC{1,30}".prop_map(Said::User),
        ("\\PC{1,30}", prop::collection::vec(call, 0..3)).prop_map(|(text, calls)| Said::Model(text, calls)),
    ]
}

fn messages(conversation: &[Said]) -> Vec<Value> {
    let mut messages = vec![json!({"role": "system", "content": "Be brief."})];
    for (turn, said) in conversation.iter().enumerate() {
        match said {
            Said::User(text) => messages.push(json!({"role": "user", "content": text})),
            Said::Model(text, calls) if calls.is_empty() => {
                messages.push(json!({"role": "assistant", "content": text}));
            }
            Said::Model(text, calls) => {
                let id = |number: usize| format!("call_{turn}_{number}");
                let written: Vec<Value> = calls
                    .iter()
                    .enumerate()
                    .map(|(number, (name, value, _))| {
                        let arguments = json!({"value": value, "name": name}).to_string();
                        json!({"id": id(number), "type": "function", "function": {"name": name, "arguments": arguments}})
                    })
                    .collect();
                messages.push(json!({"role": "assistant", "content": text, "tool_calls": written}));
                for (number, (_, _, result)) in calls.iter().enumerate() {
                    messages.push(json!({"role": "tool", "tool_call_id": id(number), "content": result}));
                }
            }
        }
    }
    messages
}

proptest! {
    #[test]
    fn a_conversation_says_the_same_in_every_interface(conversation in prop::collection::vec(said(), 1..6)) {
        let body = json!({"model": "m", "messages": messages(&conversation)}).to_string();
        for to in Interface::ALL {
            let there = request(OpenAiChat, to, body.as_bytes()).unwrap();
            let there: Value = serde_json::from_slice(&there).unwrap();
            let (mut sent, mut arrived) = (Vec::new(), Vec::new());
            texts(&json!(messages(&conversation)), &mut sent);
            texts(&there, &mut arrived);
            for text in sent {
                prop_assert!(arrived.contains(&text), "{to}: {text:?} is missing");
            }
        }
    }

    #[test]
    fn a_stream_says_the_same_however_it_is_cut(
        pieces in prop::collection::vec("\\PC{0,8}", 1..12),
        cuts in prop::collection::vec(1_usize..40, 1..30),
    ) {
        let whole: String = pieces.concat();
        let stream = chunks(&pieces);
        for to in Interface::ALL {
            let mut converter = StreamConverter::new(OpenAiChat, to, Frame::default());
            let (mut out, mut rest) = (Vec::new(), stream.as_bytes());
            for cut in cuts.iter().cycle() {
                if rest.is_empty() {
                    break;
                }
                let (now, later) = rest.split_at((*cut).min(rest.len()));
                converter.push(now, &mut out).unwrap();
                rest = later;
            }
            converter.finish(&mut out).unwrap();
            prop_assert_eq!(&text_of(to, &String::from_utf8(out).unwrap()), &whole);
        }
    }

    #[test]
    fn any_bytes_are_read_without_a_fault(data in prop::collection::vec(any::<u8>(), 0..300)) {
        weir_convert::fuzz(&data);
    }

    #[test]
    fn any_json_is_read_without_a_fault(
        key in "model|messages|input|role|content|type|tools|system|choices|delta|output",
        inner in "[\\[\\]{}:,\"a-z0-9 ]{0,40}",
    ) {
        weir_convert::fuzz(format!("{{\"{key}\":{inner}}}").as_bytes());
        weir_convert::fuzz(format!("data: {{\"{key}\":{inner}}}\n\n").as_bytes());
    }
}

/// Every string in it that people or models wrote; arguments as what they say.
fn texts(json: &Value, out: &mut Vec<String>) {
    match json {
        Value::String(text) => match serde_json::from_str::<Value>(text) {
            Ok(inner @ Value::Object(_)) => out.push(inner.to_string()),
            _ => out.push(text.clone()),
        },
        Value::Array(items) => items.iter().for_each(|item| texts(item, out)),
        Value::Object(fields) => {
            if fields.contains_key("value") && fields.contains_key("name") {
                out.push(json.to_string());
            }
            for (key, value) in fields {
                if !matches!(&**key, "role" | "type") {
                    texts(value, out);
                }
            }
        }
        _ => {}
    }
}

fn chunks(pieces: &[String]) -> String {
    let chunk = |delta: Value, finish: Value| {
        let choices = json!([{"index": 0, "delta": delta, "finish_reason": finish}]);
        format!("data: {}\n\n", json!({"id": "c", "model": "m", "choices": choices}))
    };
    let mut stream: String = pieces
        .iter()
        .map(|piece| chunk(json!({"content": piece}), Value::Null))
        .collect();
    stream.push_str(&chunk(json!({}), json!("stop")));
    stream + "data: [DONE]\n\n"
}

fn text_of(interface: Interface, stream: &str) -> String {
    let events = stream.split("\n\n").filter_map(|event| {
        let data = event.lines().find_map(|line| line.strip_prefix("data: "))?;
        serde_json::from_str::<Value>(data).ok()
    });
    let text = |event: Value| {
        let place = match interface {
            OpenAiChat => &event["choices"][0]["delta"]["content"],
            AnthropicMessages => &event["delta"]["text"],
            Interface::OpenAiResponses if event["type"] == "response.output_text.delta" => &event["delta"],
            Interface::OpenAiResponses => &Value::Null,
        };
        place.as_str().unwrap_or_default().to_owned()
    };
    events.map(text).collect()
}
