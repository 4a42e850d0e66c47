use std::path::Path;

use proptest::prelude::*;
use serde_json::Value;

use super::{Notice, Reply, Shape, SocketMessage, chat, messages, reply};
use crate::answer::{AnswerStream, Decoder, MessageStream};

/// Names of golden files, shapes, and whether a streamed answer was asked for.
fn shapes() -> impl Iterator<Item = (&'static str, Shape, bool)> {
    let streamed = |shape| !matches!(shape, Shape::OpenAi | Shape::QuietJson | Shape::Html | Shape::Plain);
    let more = [
        ("openai_streaming", Shape::OpenAi, true),
        ("claude_web_error", Shape::ClaudeWeb, false),
    ];
    Shape::ALL
        .into_iter()
        .map(move |(name, shape)| (name, shape, streamed(shape)))
        .chain(more)
}

/// Shapes that a page shows as a message of the assistant, with what reads them.
const SHOWN: [(Shape, Decoder); 16] = [
    (Shape::ChatgptWeb, Decoder::ChatgptV1),
    (Shape::ClaudeWeb, Decoder::Anthropic),
    (Shape::GeminiWeb, Decoder::Gemini),
    (Shape::Grok, Decoder::Grok),
    (Shape::Perplexity, Decoder::Perplexity),
    (Shape::Deepseek, Decoder::Deepseek),
    (Shape::MistralWeb, Decoder::LinesPatch),
    (Shape::Huggingchat, Decoder::Hf),
    (Shape::Qwen, Decoder::Qwen),
    (Shape::Kimi, Decoder::Kimi),
    (Shape::Duckai, Decoder::Ddg),
    (Shape::Notion, Decoder::Notion),
    (Shape::You, Decoder::You),
    (Shape::Pi, Decoder::Pi),
    (Shape::Arena, Decoder::Lma),
    (Shape::MetaGraphql, Decoder::MetaForm),
];

/// Connections, with what reads them and a message that was refused.
const CONNECTIONS: [(&str, Shape, Option<Decoder>, &str); 6] = [
    (
        "copilot_ws",
        Shape::CopilotWs,
        Some(Decoder::CopilotWs),
        r#"{"event":"send","conversationId":"c1"}"#,
    ),
    (
        "signalr",
        Shape::Signalr,
        Some(Decoder::Signalr),
        "{\"type\":4,\"target\":\"chat\",\"invocationId\":\"7\"}\u{1e}{\"type\":1,\"target\":\"Metrics\"}\u{1e}",
    ),
    ("chatgpt_ws", Shape::ChatgptWs, Some(Decoder::ChatgptWs), "[]"),
    (
        "realtime",
        Shape::Realtime,
        None,
        r#"{"type":"conversation.item.create","event_id":"e1"}"#,
    ),
    (
        "cai",
        Shape::Cai,
        None,
        r#"{"command":"create_and_generate_turn","request_id":"q1"}"#,
    ),
    ("json", Shape::QuietJson, None, "not json"),
];

#[test]
fn messages_of_connections_are_as_recorded() {
    for (name, shape, _, refused) in CONNECTIONS {
        let texts: Vec<String> = messages(shape, &notice(), refused.as_bytes())
            .into_iter()
            .map(|message| match message {
                SocketMessage::Text(text) => text.replace('\u{1e}', "\u{241e}\n"),
                SocketMessage::Binary(_) => panic!("{name} has text messages"),
            })
            .collect();
        compare_with_golden(&format!("socket_{name}"), &texts.join("\n"));
    }
}

#[test]
fn every_shape_gives_messages_that_are_json() {
    for (name, shape) in Shape::ALL {
        for refused in ["", "{}", "\u{1e}", r#"{"invocationId":"0"}"#] {
            let messages = messages(shape, &notice(), refused.as_bytes());
            assert!(!messages.is_empty(), "{name}");
            for message in messages {
                let SocketMessage::Text(text) = message else {
                    panic!("{name}")
                };
                let mut records = text.split('\u{1e}').filter(|record| !record.is_empty());
                assert!(
                    records.all(|record| serde_json::from_str::<Value>(record).is_ok()),
                    "{name}"
                );
            }
        }
    }
}

fn told(shape: Shape, decoder: Decoder, notice: &Notice, refused: &str) -> String {
    let mut answer = MessageStream::new(Some(decoder), Vec::new());
    let mut text = String::new();
    for message in messages(shape, notice, refused.as_bytes()) {
        if let SocketMessage::Text(message) = message {
            answer.push_message(message.as_bytes(), &mut Vec::new());
        }
        answer.drain_text(&mut |_, part| text.push_str(part));
    }
    text
}

#[test]
fn replies_are_as_recorded() {
    for (name, shape, streaming) in shapes() {
        compare_with_golden(name, &rendered(&reply(shape, &notice(), streaming)));
    }
}

#[test]
fn no_reply_invites_a_retry_or_may_be_kept() {
    for (name, shape, streaming) in shapes() {
        let reply = reply(shape, &notice(), streaming);
        assert!(matches!(reply.status, 200 | 403), "{name}");
        assert_eq!(header(&reply, "cache-control"), "no-store", "{name}");
        assert_eq!(header(&reply, "weir-event"), notice().event, "{name}");
    }
}

#[test]
fn what_is_too_much_for_now_says_when_it_may_be_sent() {
    let wait = Notice {
        wait: Some(17),
        ..notice()
    };
    for (name, shape, streaming) in shapes() {
        let (reply, forbidden) = (reply(shape, &wait, streaming), reply(shape, &notice(), streaming));
        match forbidden.status {
            // The page shows the same message.
            200 if !matches!(shape, Shape::Connect | Shape::ConnectProto) => assert_eq!(reply, forbidden, "{name}"),
            200 => assert!(
                String::from_utf8_lossy(&reply.body).contains("resource_exhausted"),
                "{name}"
            ),
            _ if shape == Shape::Html => assert_eq!(reply, forbidden, "{name}"),
            _ => {
                assert_eq!((reply.status, header(&reply, "retry-after")), (429, "17"), "{name}");
                assert_eq!(header(&reply, "x-should-retry"), "", "{name}");
                let body = String::from_utf8_lossy(&reply.body);
                assert!(
                    !body.contains("403") && !body.to_lowercase().contains("permission"),
                    "{name}: {body}"
                );
            }
        }
    }
}

#[test]
fn pages_show_the_refusal_as_a_message_of_the_assistant() {
    for (shape, decoder) in SHOWN {
        let reply = reply(shape, &notice(), true);
        assert_eq!(shown(&reply, decoder), chat::markdown(&notice()), "{shape:?}");
    }
    for (name, shape, decoder, refused) in CONNECTIONS {
        if let Some(decoder) = decoder {
            assert_eq!(
                told(shape, decoder, &notice(), refused),
                chat::markdown(&notice()),
                "{name}"
            );
        }
    }
}

#[test]
fn closing_envelopes_say_why() {
    for shape in [Shape::Connect, Shape::ConnectProto] {
        let body = reply(shape, &notice(), true).body;
        assert_eq!(
            (body[0], body.len()),
            (2, 5 + u32::from_be_bytes([body[1], body[2], body[3], body[4]]) as usize)
        );
        let error: Value = serde_json::from_slice(&body[5..]).unwrap();
        assert_eq!(error["error"]["code"], "permission_denied");
        assert!(error["error"]["message"].as_str().unwrap().contains(&notice().reason));
    }
}

#[test]
fn an_event_that_is_no_id_still_gives_a_reply_with_ids() {
    let odd = Notice {
        event: "evt 7\r\nx: y".to_owned(),
        ..notice()
    };
    let reply = reply(Shape::ChatgptWeb, &odd, true);
    assert_eq!(header(&reply, "weir-event"), "evt7xy");
    assert!(String::from_utf8(reply.body).unwrap().contains(r#""id":""#));
}

proptest! {
    #[test]
    fn words_stay_words_in_every_shape(title in words(), reason in words(), rule in words(), event in words(), advice in words()) {
        let notice = Notice { title, reason, rule, event, advice, wait: None };
        for (name, shape, streaming) in shapes() {
            let reply = reply(shape, &notice, streaming);
            for (header, value) in &reply.headers {
                prop_assert!(header.bytes().chain(value.bytes()).all(|byte| (0x20..0x7f).contains(&byte)), "{name} {header}");
            }
            let body = String::from_utf8_lossy(&reply.body);
            match shape {
                Shape::Html => prop_assert_eq!(tags(&body), tags(&String::from_utf8(super::reply(Shape::Html, &self::notice(), false).body).unwrap())),
                Shape::Plain => prop_assert!(body.contains(&notice.reason)),
                Shape::Connect | Shape::ConnectProto => drop(serde_json::from_slice::<Value>(&reply.body[5..]).unwrap()),
                _ if reply.status == 200 => {
                    let decoder = SHOWN.iter().find(|(known, _)| *known == shape).map(|(_, decoder)| *decoder);
                    prop_assert_eq!(shown(&reply, decoder.unwrap()), chat::markdown(&notice), "{}", name);
                }
                _ => {
                    let value: Value = serde_json::from_str(&body).unwrap();
                    let weir = [&value["error"]["weir"], &value["weir"], &value["error"]["details"][0]["metadata"], &value[0]["error"]["json"]["data"]["weir"]]
                        .into_iter()
                        .find(|weir| weir.is_object())
                        .unwrap();
                    prop_assert_eq!(weir["reason"].as_str(), Some(notice.reason.as_str()));
                    prop_assert_eq!(weir["event"].as_str(), Some(notice.event.as_str()));
                }
            }
        }
        for (name, shape, decoder, refused) in CONNECTIONS {
            if let Some(decoder) = decoder {
                prop_assert_eq!(told(shape, decoder, &notice, refused), chat::markdown(&notice), "{}", name);
            }
        }
    }

    #[test]
    fn html_words_read_back(reason in words()) {
        let body = String::from_utf8(reply(Shape::Html, &Notice { reason: reason.clone(), ..notice() }, false).body).unwrap();
        let (_, rest) = body.split_once("<p role=\"alert\">").unwrap();
        let (shown, _) = rest.split_once("</p>").unwrap();
        let text = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&amp;", "&")].iter().fold(shown.to_owned(), |text, (entity, character)| text.replace(entity, character));
        prop_assert_eq!(text, reason);
    }
}

/// Words as an enemy of every format would write them.
fn words() -> impl Strategy<Value = String> {
    let shard = prop::sample::select(vec![
        "<script>",
        "</main>",
        "\"",
        "'",
        "&",
        "&lt;",
        "\\",
        "`",
        "![x](http://a)",
        "\n\ndata: x\n\n",
        "\r",
        "\0",
        "\u{2028}",
        "\u{1f600}",
        " reason ",
        "--!>",
    ]);
    prop_oneof![
        any::<String>(),
        prop::collection::vec(shard, 0..6).prop_map(|shards| shards.concat())
    ]
}

fn notice() -> Notice {
    Notice {
        title: "Message not sent".to_owned(),
        reason: "It holds an AWS access key, and keys never leave this machine.".to_owned(),
        rule: "data-classification/rules/0".to_owned(),
        event: "019a0000-0000-7000-8000-000000000001".to_owned(),
        advice: "Remove the key and send the message again. Questions? Quote the event to your security team."
            .to_owned(),
        wait: None,
    }
}

fn header<'a>(reply: &'a Reply, name: &str) -> &'a str {
    reply
        .headers
        .iter()
        .find(|(known, _)| known == name)
        .map_or("", |(_, value)| value)
}

fn shown(reply: &Reply, decoder: Decoder) -> String {
    assert_eq!(reply.status, 200);
    let mut answer = AnswerStream::new(Some(decoder), Some(header(reply, "content-type")), None, Vec::new());
    let (mut out, mut text) = (Vec::new(), String::new());
    answer.push(&reply.body, &mut out).unwrap();
    answer.finish(&mut out).unwrap();
    answer.drain_text(&mut |_, part| text.push_str(part));
    text
}

/// The tags of a page, in order, without attributes' values.
fn tags(html: &str) -> Vec<String> {
    html.split('<')
        .skip(1)
        .map(|rest| rest.split(['>', ' ']).next().unwrap_or_default().to_owned())
        .collect()
}

fn rendered(reply: &Reply) -> String {
    let headers: String = reply
        .headers
        .iter()
        .map(|(name, value)| format!("{name}: {value}\n"))
        .collect();
    // Envelopes have bytes that are no text.
    let body = match reply.body.contains(&0) {
        true => reply.body.escape_ascii().to_string(),
        false => String::from_utf8(reply.body.clone()).unwrap(),
    };
    format!("{}\n{headers}\n{body}", reply.status)
}

#[expect(clippy::disallowed_methods, reason = "golden files; WEIR_BLESS=1 writes them")]
fn compare_with_golden(name: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../tests/golden/blocks")
        .join(format!("{name}.txt"));
    if std::env::var_os("WEIR_BLESS").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
    }
    let recorded = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(
        text, recorded,
        "{name}: see tests/golden/blocks, WEIR_BLESS=1 records anew"
    );
}
