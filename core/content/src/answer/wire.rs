//! Answers as services write them, made for tests: a text in pieces becomes frames or messages of each format.

use std::io::Write;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::Decoder;
use super::framing::crc;

/// One way in which a service writes its answers.
#[derive(Clone, Copy)]
pub(super) struct Style {
    pub(super) name: &'static str,
    pub(super) decoder: Decoder,
    pub(super) content_type: Option<&'static str>,
    /// The frames of a text that comes in these pieces; the first may be a head.
    pub(super) write: fn(&[String]) -> Vec<Vec<u8>>,
    /// True for messages of a connection.
    pub(super) messages: bool,
}

const fn stream(
    name: &'static str,
    decoder: Decoder,
    content_type: &'static str,
    write: fn(&[String]) -> Vec<Vec<u8>>,
) -> Style {
    Style {
        name,
        decoder,
        content_type: Some(content_type),
        write,
        messages: false,
    }
}

const fn socket(name: &'static str, decoder: Decoder, write: fn(&[String]) -> Vec<Vec<u8>>) -> Style {
    Style {
        name,
        decoder,
        content_type: None,
        write,
        messages: true,
    }
}

const SSE: &str = "text/event-stream";
const NDJSON: &str = "application/x-ndjson";
const JSON: &str = "application/json";
const TEXT: &str = "text/plain; charset=utf-8";

pub(super) const STYLES: [Style; 36] = [
    socket("chatgpt_ws", Decoder::ChatgptWs, |pieces| {
        each(pieces, |first, piece| {
            let patch = if first {
                json!({"p": "/message/content/parts/0", "o": "append", "v": piece})
            } else {
                json!({"v": piece})
            };
            let item = format!("event: delta\ndata: {patch}\n\n");
            text(&json!([{"type": "message", "message": {"payload": {"payload": {"encoded_item": item}}}}]))
        })
    }),
    socket("chatgpt_ws in base64", Decoder::ChatgptWs, |pieces| {
        each(pieces, |first, piece| {
            let patch = if first {
                json!({"p": "/message/content/parts/0", "o": "append", "v": piece})
            } else {
                json!({"v": piece})
            };
            let body = STANDARD.encode(format!("event: delta\ndata: {patch}\n\n"));
            text(&json!({"type": "message", "data": {"type": "http.response.body", "body": body}}))
        })
    }),
    socket("copilot_ws", Decoder::CopilotWs, |pieces| {
        each(pieces, |_, piece| {
            text(&json!({"event": "appendText", "messageId": "m1", "partId": "p1", "text": piece}))
        })
    }),
    socket("signalr", Decoder::Signalr, |pieces| {
        each(pieces, |_, piece| {
            let update = json!({"type": 1, "target": "update", "arguments": [{"writeAtCursor": piece}]});
            format!("{update}\u{1e}{{\"type\":6}}\u{1e}").into_bytes()
        })
    }),
    socket("signalr messages", Decoder::Signalr, |pieces| {
        snapshots(pieces, |text| {
            let messages =
                json!([{"author": "bot", "messageType": "Progress", "text": "..."}, {"author": "bot", "text": text}]);
            format!(
                "{}\u{1e}",
                json!({"type": 1, "target": "update", "arguments": [{"messages": messages}]})
            )
            .into_bytes()
        })
    }),
    socket("cai", Decoder::Cai, |pieces| {
        snapshots(pieces, |raw| {
            let turn = json!({"turn_key": {"turn_id": "t"}, "author": {"author_id": "x"}, "candidates": [{"raw_content": raw}]});
            text(&json!({"command": "update_turn", "turn": turn}))
        })
    }),
    socket("realtime", Decoder::Realtime, |pieces| {
        each(pieces, |_, piece| {
            text(&json!({"type": "response.output_text.delta", "response_id": "r", "delta": piece}))
        })
    }),
    stream("gemini", Decoder::Gemini, JSON, |pieces| {
        let chunks = snapshots(pieces, |text| {
            let inner = json!([null, ["c", "r"], null, null, [["rc", [text]]]]).to_string();
            chunk(&json!([["wrb.fr", null, inner]]))
        });
        std::iter::once(b")]}'\n\n".to_vec())
            .chain(chunks)
            .chain([chunk(&json!([["e", 4, null, null, 131]]))])
            .collect()
    }),
    stream("gemini_api", Decoder::GeminiApi, SSE, |pieces| {
        each(pieces, |_, piece| sse(&candidate(piece)))
    }),
    stream("gemini_api array", Decoder::GeminiApi, JSON, |pieces| {
        let mut frames = each(pieces, |first, piece| {
            format!("{}{}", if first { "[" } else { ",\r\n" }, candidate(piece)).into_bytes()
        });
        frames.push(b"\n]".to_vec());
        frames
    }),
    stream("perplexity", Decoder::Perplexity, SSE, |pieces| {
        pieces
            .iter()
            .enumerate()
            .map(|(place, piece)| {
                let patch = match place {
                    0 => json!({"op": "replace", "path": "", "value": {"progress": "IN_PROGRESS", "chunks": [piece]}}),
                    _ => json!({"op": "add", "path": format!("/chunks/{place}"), "value": piece}),
                };
                sse(&json!({"blocks": [{"intended_usage": "ask_text", "diff_block": {"field": "markdown_block", "patches": [patch]}}]}))
            })
            .collect()
    }),
    stream("deepseek", Decoder::Deepseek, SSE, |pieces| {
        pieces
            .iter()
            .enumerate()
            .map(|(place, piece)| {
                sse(&match place {
                    0 => json!({"v": {"response": {"fragments": [{"id": 1, "type": "RESPONSE", "content": piece}]}}}),
                    1 => json!({"p": "response/fragments/-1/content", "o": "APPEND", "v": piece}),
                    2 => json!({"p": "response", "o": "BATCH", "v": [{"p": "fragments/0/content", "o": "APPEND", "v": piece}]}),
                    _ => json!({"v": piece}),
                })
            })
            .collect()
    }),
    stream("grok", Decoder::Grok, JSON, |pieces| {
        each(pieces, |_, piece| {
            line(&json!({"result": {"response": {"token": piece, "isThinking": false}}}))
        })
    }),
    stream("grok glued", Decoder::Grok, JSON, |pieces| {
        each(pieces, |_, piece| text(&json!({"result": {"token": piece}})))
    }),
    stream("xgrok", Decoder::Xgrok, TEXT, |pieces| {
        each(pieces, |_, piece| {
            line(&json!({"result": {"sender": "ASSISTANT", "message": piece}}))
        })
    }),
    stream("lines_patch", Decoder::LinesPatch, TEXT, |pieces| {
        each(pieces, |first, piece| {
            let patch = if first {
                json!({"op": "add", "path": "/contentChunks", "value": [{"type": "text", "text": piece}]})
            } else {
                json!({"op": "append", "path": "/contentChunks/0/text", "value": piece})
            };
            format!(
                "15:{}\n",
                json!({"json": {"type": "message", "messageId": "m", "patches": [patch]}})
            )
            .into_bytes()
        })
    }),
    stream("lines_patch older", Decoder::LinesPatch, TEXT, |pieces| {
        each(pieces, |_, piece| format!("0:{}\n", json!(piece)).into_bytes())
    }),
    stream("lma", Decoder::Lma, TEXT, |pieces| {
        each(pieces, |_, piece| format!("a0:{}\n", json!(piece)).into_bytes())
    }),
    stream("hf", Decoder::Hf, "application/jsonl", |pieces| {
        each(pieces, |_, piece| {
            line(&json!({"type": "stream", "token": format!("{piece}\0\0")}))
        })
    }),
    stream("qwen", Decoder::Qwen, SSE, |pieces| {
        each(pieces, |_, piece| {
            sse(&json!({"choices": [{"delta": {"content": piece, "phase": "answer", "status": "typing"}}]}))
        })
    }),
    stream("kimi", Decoder::Kimi, "application/connect+json", |pieces| {
        let mut frames: Vec<Vec<u8>> = pieces
            .iter()
            .enumerate()
            .map(|(place, piece)| {
                let op = if place == 0 { "set" } else { "append" };
                let body = json!({"op": op, "mask": "block.text", "block": {"id": "1", "text": {"content": piece}}});
                envelope(body.to_string().as_bytes(), place % 2 == 1)
            })
            .collect();
        frames.push(b"\x02\0\0\0\x02{}".to_vec());
        frames
    }),
    stream("ddg", Decoder::Ddg, SSE, |pieces| {
        each(pieces, |_, piece| sse(&json!({"message": piece, "action": "success"})))
    }),
    stream("notion", Decoder::Notion, NDJSON, |pieces| {
        let segment = json!({"type": "agent-inference", "value": [{"type": "text", "content": ""}]});
        let begin = line(&json!({"type": "patch", "v": [{"o": "a", "p": "/s/-", "v": segment}]}));
        let rest = each(pieces, |_, piece| {
            line(&json!({"type": "patch", "v": [{"o": "x", "p": "/s/0/value/0/content", "v": piece}]}))
        });
        std::iter::once(begin).chain(rest).collect()
    }),
    stream(
        "bedrock_stream",
        Decoder::BedrockStream,
        "application/vnd.amazon.eventstream",
        |pieces| {
            each(pieces, |_, piece| {
                event(
                    "contentBlockDelta",
                    &json!({"contentBlockIndex": 0, "delta": {"text": piece}, "p": "abc"}),
                )
            })
        },
    ),
    stream(
        "bedrock_stream of a maker",
        Decoder::BedrockStream,
        "application/vnd.amazon.eventstream",
        |pieces| {
            each(pieces, |_, piece| {
                let body =
                    json!({"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": piece}});
                event("chunk", &json!({"bytes": STANDARD.encode(body.to_string())}))
            })
        },
    ),
    stream("ollama", Decoder::Ollama, NDJSON, |pieces| {
        each(pieces, |_, piece| {
            line(&json!({"message": {"role": "assistant", "content": piece}, "done": false}))
        })
    }),
    stream("cohere v1", Decoder::Cohere, JSON, |pieces| {
        each(pieces, |_, piece| {
            line(&json!({"is_finished": false, "event_type": "text-generation", "text": piece}))
        })
    }),
    stream("cohere v2", Decoder::Cohere, SSE, |pieces| {
        each(pieces, |_, piece| {
            sse(&json!({"type": "content-delta", "index": 0, "delta": {"message": {"content": {"text": piece}}}}))
        })
    }),
    stream("cursor", Decoder::Cursor, "application/connect+proto", |pieces| {
        let mut frames: Vec<Vec<u8>> = pieces
            .iter()
            .enumerate()
            .map(|(place, piece)| envelope(&field(2, &field(1, piece.as_bytes())), place % 2 == 1))
            .collect();
        frames.push(b"\x02\0\0\0\x02{}".to_vec());
        frames
    }),
    stream("windsurf", Decoder::Windsurf, "application/connect+proto", |pieces| {
        let mut frames: Vec<Vec<u8>> = pieces
            .iter()
            .enumerate()
            .map(|(place, piece)| envelope(&field(3, piece.as_bytes()), place % 2 == 1))
            .collect();
        frames.push(b"\x02\0\0\0\x02{}".to_vec());
        frames
    }),
    stream("doubao", Decoder::Doubao, SSE, |pieces| {
        each(pieces, |_, piece| {
            let message = json!({"content_type": 2001, "content": json!({"text": piece}).to_string()});
            sse(&json!({"event_type": 2001, "event_data": json!({"message": message}).to_string()}))
        })
    }),
    stream("zai", Decoder::Zai, SSE, |pieces| {
        each(pieces, |_, piece| {
            sse(&json!({"type": "chat:completion", "data": {"delta_content": piece, "phase": "answer"}}))
        })
    }),
    stream("hailuo", Decoder::Hailuo, SSE, |pieces| {
        snapshots(pieces, |text| {
            sse(&json!({"type": 2, "data": {"messageResult": {"msgID": "1", "content": text}}}))
        })
    }),
    stream("pi", Decoder::Pi, SSE, |pieces| {
        each(pieces, |_, piece| {
            format!("event: partial\ndata: {}\n\n", json!({"text": piece})).into_bytes()
        })
    }),
    stream("you", Decoder::You, SSE, |pieces| {
        each(pieces, |_, piece| {
            format!("event: youChatToken\ndata: {}\n\n", json!({"youChatToken": piece})).into_bytes()
        })
    }),
    stream("meta_form", Decoder::MetaForm, TEXT, |pieces| {
        snapshots(pieces, |text| {
            let composed = json!({"content": [{"text": text}]});
            line(&json!({"data": {"node": {"bot_response_message": {"snippet": text, "composed_text": composed}}}}))
        })
    }),
];

fn each(pieces: &[String], write: impl Fn(bool, &str) -> Vec<u8>) -> Vec<Vec<u8>> {
    pieces
        .iter()
        .enumerate()
        .map(|(place, piece)| write(place == 0, piece))
        .collect()
}

fn snapshots(pieces: &[String], write: impl Fn(&str) -> Vec<u8>) -> Vec<Vec<u8>> {
    (1..=pieces.len()).map(|end| write(&pieces[..end].concat())).collect()
}

fn candidate(piece: &str) -> Value {
    json!({"candidates": [{"content": {"parts": [{"text": "hm", "thought": true}, {"text": piece}], "role": "model"}}]})
}

fn text(value: &Value) -> Vec<u8> {
    value.to_string().into_bytes()
}

fn line(value: &Value) -> Vec<u8> {
    format!("{value}\n").into_bytes()
}

fn sse(value: &Value) -> Vec<u8> {
    format!("data: {value}\n\n").into_bytes()
}

/// A chunk with its length in UTF-16 units, the line break before it included.
pub(super) fn chunk(value: &Value) -> Vec<u8> {
    let body = format!("\n{value}\n");
    format!("{}{body}", body.encode_utf16().count()).into_bytes()
}

pub(super) fn envelope(content: &[u8], packed: bool) -> Vec<u8> {
    let content = if packed {
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gzip.write_all(content).unwrap();
        gzip.finish().unwrap()
    } else {
        content.to_vec()
    };
    let mut frame = vec![u8::from(packed)];
    frame.extend(u32::try_from(content.len()).unwrap().to_be_bytes());
    frame.extend(content);
    frame
}

/// A protobuf field of varying length.
pub(super) fn field(number: u8, content: &[u8]) -> Vec<u8> {
    let mut bytes = vec![number << 3 | 2];
    let mut length = content.len();
    while length >= 0x80 {
        bytes.push((length % 0x80) as u8 | 0x80);
        length /= 0x80;
    }
    bytes.push(length as u8);
    bytes.extend(content);
    bytes
}

/// A frame of an AWS event stream.
pub(super) fn event(name: &str, value: &Value) -> Vec<u8> {
    let mut headers = Vec::new();
    for (key, value) in [
        (":event-type", name),
        (":content-type", "application/json"),
        (":message-type", "event"),
    ] {
        headers.push(u8::try_from(key.len()).unwrap());
        headers.extend(key.bytes());
        headers.push(7);
        headers.extend(u16::try_from(value.len()).unwrap().to_be_bytes());
        headers.extend(value.bytes());
    }
    let content = value.to_string().into_bytes();
    let total = u32::try_from(16 + headers.len() + content.len()).unwrap();
    let mut frame = total.to_be_bytes().to_vec();
    frame.extend(u32::try_from(headers.len()).unwrap().to_be_bytes());
    let sum = crc(&[&frame]);
    frame.extend(sum.to_be_bytes());
    frame.extend(headers);
    frame.extend(content);
    let sum = crc(&[&frame]);
    frame.extend(sum.to_be_bytes());
    frame
}
