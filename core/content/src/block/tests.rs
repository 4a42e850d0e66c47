use std::path::Path;

use proptest::prelude::*;
use serde_json::Value;

use super::{Notice, Reply, Shape, chat, reply};
use crate::answer::{AnswerStream, Decoder};

const SHAPES: [(&str, Shape, bool); 9] = [
    ("openai", Shape::OpenAi, false),
    ("anthropic", Shape::Anthropic, true),
    ("chatgpt_web", Shape::ChatgptWeb, true),
    ("claude_web", Shape::ClaudeWeb, true),
    ("claude_web_error", Shape::ClaudeWeb, false),
    ("quiet_json", Shape::QuietJson, false),
    ("html", Shape::Html, false),
    ("plain", Shape::Plain, false),
    ("openai_streaming", Shape::OpenAi, true),
];

#[test]
fn replies_are_as_recorded() {
    for (name, shape, streaming) in SHAPES {
        compare_with_golden(name, &rendered(&reply(shape, &notice(), streaming)));
    }
}

#[test]
fn no_reply_invites_a_retry_or_may_be_kept() {
    for (name, shape, streaming) in SHAPES {
        let reply = reply(shape, &notice(), streaming);
        assert!(matches!(reply.status, 200 | 403), "{name}");
        assert_eq!(header(&reply, "cache-control"), "no-store", "{name}");
        assert_eq!(header(&reply, "weir-event"), notice().event, "{name}");
    }
}

#[test]
fn pages_show_the_refusal_as_a_message_of_the_assistant() {
    for (shape, decoder) in [
        (Shape::ChatgptWeb, Decoder::ChatgptV1),
        (Shape::ClaudeWeb, Decoder::Anthropic),
    ] {
        assert_eq!(
            shown(&reply(shape, &notice(), true), decoder),
            chat::markdown(&notice())
        );
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
        let notice = Notice { title, reason, rule, event, advice };
        for (name, shape, streaming) in SHAPES {
            let reply = reply(shape, &notice, streaming);
            for (header, value) in &reply.headers {
                prop_assert!(header.bytes().chain(value.bytes()).all(|byte| (0x20..0x7f).contains(&byte)), "{name} {header}");
            }
            let body = String::from_utf8(reply.body.clone()).unwrap();
            match shape {
                Shape::OpenAi | Shape::Anthropic | Shape::QuietJson => {
                    let value: Value = serde_json::from_str(&body).unwrap();
                    let weir = if shape == Shape::OpenAi { &value["error"]["weir"] } else { &value["weir"] };
                    prop_assert_eq!(weir["reason"].as_str(), Some(notice.reason.as_str()));
                    prop_assert_eq!(weir["event"].as_str(), Some(notice.event.as_str()));
                }
                Shape::ChatgptWeb => prop_assert_eq!(shown(&reply, Decoder::ChatgptV1), chat::markdown(&notice)),
                Shape::ClaudeWeb if streaming => prop_assert_eq!(shown(&reply, Decoder::Anthropic), chat::markdown(&notice)),
                Shape::ClaudeWeb => drop(serde_json::from_str::<Value>(&body).unwrap()),
                Shape::Html => prop_assert_eq!(tags(&body), tags(&String::from_utf8(super::reply(Shape::Html, &self::notice(), false).body).unwrap())),
                Shape::Plain => prop_assert!(body.contains(&notice.reason)),
                other => prop_assert!(false, "no test for {other:?}"),
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
    format!(
        "{}\n{headers}\n{}",
        reply.status,
        String::from_utf8(reply.body.clone()).unwrap()
    )
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
