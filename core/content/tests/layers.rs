//! Edits through stacks of layers that are no text: envelopes, protobuf, records, codings, and what stands in them.
// The whole file is a test.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use proptest::prelude::*;
use std::io::{Read, Write};
use weir_content::locator::Locator;
use weir_content::{
    Adapters, Carrier, Detail, Edit, Inspected, RequestView, RewriteError, Unscannable, fuzz_layers, inspect_with,
    locate_text,
};
use weir_model::catalogue::Service;
use weir_model::{Role, Sensitive};

/// One way of carrying content. `Text` layers make text, which any layer can hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Layer {
    Json,
    Base64,
    Hex,
    Protobuf { number: u8, repeated: bool },
    Envelope { compressed: bool, before: bool },
    Records,
    Gzip,
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, ..ProptestConfig::default() })]

    #[test]
    fn an_edit_comes_back_through_any_stack(
        layers in prop::collection::vec(layer(), 1..6),
        before in "[a-z ]{12,30}",
        after in "[a-zé€😀 ]{0,30}",
        with in "[A-Z_\\[\\]é\"\\\\ ]{0,60}",
    ) {
        let text = format!("T{before}SECRET{after}.");
        let (body, stack) = build(text.as_bytes(), &layers);
        let request = post(&body);
        let found = look(&request);
        prop_assert_eq!(found.unscannable, None);
        let segment = found.segments.iter().position(|segment| *segment.text.expose() == text);
        let segment = segment.expect("the text is a segment");
        every_place_leads_to_its_text(&found, &request);
        let start = text.find("SECRET").unwrap();
        let edit = Edit { segment, span: start..start + 6, replacement: Sensitive::new(with.clone()) };
        let edited = found.rewrite(&request, &[edit]).unwrap().body.unwrap();
        let want = text.replacen("SECRET", &with, 1);
        check(&body, &edited, &stack, &want);
        // What was written reads as what was meant.
        let again = look(&post(&edited));
        prop_assert!(again.segments.iter().any(|segment| *segment.text.expose() == want));
    }

    #[test]
    fn arbitrary_layers_do_no_harm(choice in 0..32u8, bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        fuzz_layers(&Adapters::compile(&[]).unwrap(), &[&[choice], bytes.as_slice()].concat());
    }

    #[test]
    fn damaged_layers_do_no_harm(
        layers in prop::collection::vec(layer(), 1..6),
        choice in 0..32u8,
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..5),
    ) {
        let (mut body, _) = build(b"Text to be damaged, and a SECRET.", &layers);
        for (place, byte) in damage {
            let place = place.index(body.len());
            body[place] = byte;
        }
        fuzz_layers(&Adapters::compile(&[]).unwrap(), &[&[choice], body.as_slice()].concat());
    }

    #[test]
    fn odd_keys_and_names_lead_to_their_texts(
        keys in prop::collection::btree_set("[a-zA-Z0-9é~/*>\\[\\] .\"\\\\-]{0,8}", 1..6),
        names in prop::collection::vec("[a-zA-Z0-9~/*>\\[\\] .-]{1,6}", 1..4),
    ) {
        let object: serde_json::Map<_, _> = keys.iter().map(|key| (key.clone(), "some words".into())).collect();
        let body = serde_json::json!([{"k": object}, [object]]).to_string();
        let request = post(body.as_bytes());
        every_place_leads_to_its_text(&look(&request), &request);
        let query: Vec<String> = names
            .iter()
            .map(|name| format!("{}=some+words", percent_encoding::utf8_percent_encode(name, percent_encoding::NON_ALPHANUMERIC)))
            .collect();
        let query = query.join("&");
        let request = RequestView { query: Some(&query), path: "/a b/%41KIA/c", ..post(query.as_bytes()) };
        every_place_leads_to_its_text(&look(&request), &request);
    }
}

fn every_place_leads_to_its_text(found: &Inspected, request: &RequestView<'_>) {
    for (number, segment) in found.segments.iter().enumerate() {
        let place = found.locator(number).unwrap();
        let locator = Locator::parse(place).unwrap_or_else(|error| panic!("{place}: {error}"));
        let located = locate_text(request, &locator);
        assert_eq!(located.as_deref(), Some(segment.text.expose().as_str()), "{place}");
    }
}

#[test]
fn what_could_be_text_or_message_is_read_as_both_and_not_edited() {
    // Field 4 with a text of 36 bytes: `"$` and a text, to somebody who does not know.
    let inner = delimited(4, b"AKIAIOSFODNN7EXAMPLE is mine, really");
    let mut body = delimited(1, &inner);
    body.extend([0x10, 0x01]);
    let request = post(&body);
    let found = look(&request);
    let texts: Vec<&str> = found
        .segments
        .iter()
        .map(|segment| segment.text.expose().as_str())
        .collect();
    assert_eq!(
        texts,
        [
            "\"$AKIAIOSFODNN7EXAMPLE is mine, really",
            "AKIAIOSFODNN7EXAMPLE is mine, really"
        ]
    );
    for segment in 0..2 {
        let edit = Edit {
            segment,
            span: 2..6,
            replacement: Sensitive::new("x".to_owned()),
        };
        assert!(matches!(found.rewrite(&request, &[edit]), Err(RewriteError::Fixed(_))));
    }
}

#[test]
fn a_route_says_what_a_field_is() {
    let service: Service = serde_saphyr::from_str(
        "{service: a, name: A, provider: a, category: api, channel: api, hosts: [{host: a.example, inspect: body}],
          routes: [{id: ask, match: {method: POST, path: ^/ask$}, kind: prompt,
                    turns: {at: 'connect:* > pb:1.1[*]', role: 'pb:2', roles: {'1': prompt, '2': history}, otherwise: history},
                    text: [{at: 'connect:* > pb:1.1[*].1', role: turn}],
                    model: 'connect:* > pb:1.5.1', noise: ['connect:* > pb:1.1[*].13']}]}",
    )
    .unwrap();
    let turn = |text: &str, who: u8| {
        let mut turn = delimited(1, text.as_bytes());
        turn.extend([0x10, who]);
        turn.extend(delimited(13, b"8dc7dfea-8182-59e6-b055-2b9af8b087f4"));
        delimited(1, &turn)
    };
    let mut message = [
        turn("First question?", 1),
        turn("An answer.", 2),
        turn("\"$AKIAIOSFODNN7EXAMPLE is mine, really", 1),
    ]
    .concat();
    message.extend(delimited(5, &delimited(1, b"composer-2.5")));
    let body = envelope(1, &gzip(&delimited(1, &message)));
    let request = RequestView {
        host: "a.example",
        path: "/ask",
        ..post(&body)
    };
    let found = inspect_with(&Adapters::compile(&[service]).unwrap(), &request, Detail::Locators);
    let read: Vec<(Role, &str, Option<&str>)> = found
        .segments
        .iter()
        .enumerate()
        .map(|(place, segment)| (segment.place.role, segment.text.expose().as_str(), found.locator(place)))
        .collect();
    assert_eq!(
        read,
        [
            (Role::History, "First question?", Some("connect:0 > pb:1.1[0].1")),
            (Role::History, "An answer.", Some("connect:0 > pb:1.1[1].1")),
            (
                Role::Prompt,
                "\"$AKIAIOSFODNN7EXAMPLE is mine, really",
                Some("connect:0 > pb:1.1[2].1")
            ),
            (Role::Unclassified, "composer-2.5", Some("connect:0 > pb:1.5.1")),
        ]
    );
    assert_eq!(found.model.as_deref(), Some("composer-2.5"));
    assert_eq!(found.model_where.as_deref(), Some("connect:0 > pb:1.5.1"));
    let edit = Edit {
        segment: 2,
        span: 2..22,
        replacement: Sensitive::new("[KEY]".to_owned()),
    };
    assert!(
        found.rewrite(&request, &[edit]).is_ok(),
        "the route says that it is text"
    );
}

#[test]
fn bombs_in_envelopes_are_told() {
    let one = gzip(&vec![b'a'; 3 << 20]);
    let many = envelope(1, &one).repeat(30);
    assert_eq!(look(&post(&many)).unscannable, Some(Unscannable::TooLarge));
    let mut nested = b"a plain text, to begin with".to_vec();
    for _ in 0..12 {
        nested = envelope(1, &gzip(&nested));
    }
    assert_eq!(look(&post(&nested)).unscannable, Some(Unscannable::TooDeep));
    let mut deep = b"a plain text, to begin with".to_vec();
    for _ in 0..40 {
        deep = [delimited(1, &deep), vec![0x10, 0x01]].concat();
    }
    assert_eq!(look(&post(&deep)).unscannable, Some(Unscannable::TooDeep));
    let damaged = envelope(1, b"\x1F\x8B\x08 this is no gzip");
    assert_eq!(look(&post(&damaged)).unscannable, Some(Unscannable::DamagedCoding));
    let unknown = envelope(1, b"what is this");
    assert_eq!(look(&post(&unknown)).unscannable, Some(Unscannable::UnknownCoding));
    let json = [b"[".repeat(10_000), b"]".repeat(10_000)].concat();
    assert_eq!(look(&post(&envelope(0, &json))).unscannable, Some(Unscannable::TooDeep));
}

#[test]
fn the_end_of_a_stream_is_left_alone_and_read() {
    let mut body = envelope(0, br#"{"text":"hello there"}"#);
    body.extend(envelope(2, br#"{"error":{"message":"AKIAIOSFODNN7EXAMPLE"}}"#));
    body.extend(envelope(0x80, b"grpc-status: 0\r\n"));
    let found = look(&post(&body));
    let texts: Vec<&str> = found
        .segments
        .iter()
        .map(|segment| segment.text.expose().as_str())
        .collect();
    assert_eq!(texts, ["hello there", "AKIAIOSFODNN7EXAMPLE", "grpc-status: 0\r\n"]);
}

#[test]
fn a_text_with_a_record_mark_stays_one_text() {
    let found = look(&post(b"AKIAIOSF\x1EODNN7EXAMPLE"));
    assert_eq!(found.segments.len(), 1);
    let found = look(&post(b"{\"a\":\"one text\"}\x1E{\"b\":\"another\"}\x1E"));
    let texts: Vec<&str> = found
        .segments
        .iter()
        .map(|segment| segment.text.expose().as_str())
        .collect();
    assert_eq!(texts, ["one text", "another"]);
}

#[test]
fn numbers_and_odd_bytes_in_protobuf_are_read() {
    // Field 1: 4111111111111111 as a number; field 2: bytes with a key in them.
    let mut body = vec![0x08];
    body.extend(varint(4_111_111_111_111_111));
    body.extend(delimited(2, b"\xFF\0AKIAIOSFODNN7EXAMPLE"));
    let found = look(&post(&body));
    let texts: Vec<&str> = found
        .segments
        .iter()
        .map(|segment| segment.text.expose().as_str())
        .collect();
    assert_eq!(texts, ["4111111111111111", "ÿ\0AKIAIOSFODNN7EXAMPLE"]);
    body.extend(delimited(3, &[0xFF; 100]));
    assert_eq!(look(&post(&body)).unscannable, Some(Unscannable::Binary));
}

fn layer() -> impl Strategy<Value = Layer> {
    prop_oneof![
        Just(Layer::Json),
        Just(Layer::Base64),
        Just(Layer::Hex),
        (1..16u8, any::<bool>()).prop_map(|(number, repeated)| Layer::Protobuf { number, repeated }),
        (any::<bool>(), any::<bool>()).prop_map(|(compressed, before)| Layer::Envelope { compressed, before }),
        Just(Layer::Records),
        Just(Layer::Gzip),
    ]
}

/// What is no UTF-8 is read one character a byte before it is taken apart: also by who looks up a place in it.
#[test]
fn a_place_behind_records_in_another_character_set_is_there() {
    let protobuf = Layer::Protobuf {
        number: 1,
        repeated: false,
    };
    let (mut body, _) = build(b"Some text, and a SECRET.", &[Layer::Json, Layer::Records, protobuf]);
    let key = body.windows(3).position(|bytes| bytes == b"pre").unwrap();
    body[key] = 0x80;
    fuzz_layers(&Adapters::compile(&[]).unwrap(), &[&[0], body.as_slice()].concat());
}

/// Wraps from the inside out. Layers that cannot hold what is there are left out, or come with one that can.
fn build(text: &[u8], layers: &[Layer]) -> (Vec<u8>, Vec<Layer>) {
    let mut body = text.to_vec();
    let mut stack: Vec<Layer> = Vec::new();
    let mut encodings = 0;
    for layer in layers {
        let is_json = matches!(stack.last(), Some(Layer::Json));
        let is_text = std::str::from_utf8(&body).is_ok_and(|text| !text.contains(|c: char| c < ' '));
        match layer {
            Layer::Records if !is_json => continue,
            Layer::Json if !is_text => {
                body = wrap(Layer::Base64, &body);
                stack.push(Layer::Base64);
                encodings += 1;
            }
            // A base64 text is hexadecimal digits to nobody, and the other way round; both stay readable inside JSON.
            Layer::Base64 | Layer::Hex if matches!(stack.last(), Some(Layer::Base64 | Layer::Hex)) => continue,
            _ => {}
        }
        // The walker takes six encodings off.
        if encodings >= 5 {
            break;
        }
        encodings += usize::from(!matches!(layer, Layer::Protobuf { .. }));
        body = wrap(*layer, &body);
        stack.push(*layer);
    }
    (body, stack)
}

fn wrap(layer: Layer, content: &[u8]) -> Vec<u8> {
    match layer {
        Layer::Json => {
            let text = serde_json::to_string(std::str::from_utf8(content).unwrap()).unwrap();
            format!("{{\"pre\" : \"other\\u0020text\",\"x\":[1, {text} ],\"end\":null}}").into_bytes()
        }
        Layer::Base64 => encode_base64(content).into_bytes(),
        Layer::Hex => content
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect::<String>()
            .into_bytes(),
        Layer::Protobuf { number, repeated } => {
            let mut message = vec![0x10 | 0x80, 0x01, 0x01];
            if repeated {
                message.extend(delimited(number, b"another one of these"));
            }
            message.extend(delimited(number, content));
            message.extend([0x88, 0x01, 0x07]);
            message
        }
        Layer::Envelope { compressed, before } => {
            let mut body = if before {
                envelope(0, b"{\"first\":\"frame\"}")
            } else {
                Vec::new()
            };
            body.extend(if compressed {
                envelope(1, &gzip(content))
            } else {
                envelope(0, content)
            });
            body.extend(envelope(2, b"{}"));
            body
        }
        Layer::Records => [b"{\"type\":6}\x1E", content, b"\x1E"].concat(),
        Layer::Gzip => gzip(content),
    }
}

/// Takes both bodies apart: around the content they must be equal.
fn check(old: &[u8], new: &[u8], stack: &[Layer], want: &str) {
    let Some((layer, inner)) = stack.split_last() else {
        assert_eq!(std::str::from_utf8(new).unwrap(), want);
        return;
    };
    let (old_around, old) = unwrap(*layer, old);
    let (new_around, new) = unwrap(*layer, new);
    assert_eq!(old_around, new_around, "{layer:?}");
    check(&old, &new, inner, want);
}

fn unwrap(layer: Layer, body: &[u8]) -> (Vec<u8>, Vec<u8>) {
    match layer {
        Layer::Json => {
            let start = b"{\"pre\" : \"other\\u0020text\",\"x\":[1, ".len();
            let end = body.len() - b" ],\"end\":null}".len();
            let text: String = serde_json::from_slice(&body[start..end]).unwrap();
            ([&body[..start], &body[end..]].concat(), text.into_bytes())
        }
        Layer::Base64 => (Vec::new(), decode_base64(body)),
        Layer::Hex => {
            let digit = |byte: u8| u8::try_from(char::from(byte).to_digit(16).unwrap()).unwrap();
            let decoded = body
                .chunks(2)
                .map(|pair| digit(pair[0]) << 4 | digit(pair[1]))
                .collect();
            (Vec::new(), decoded)
        }
        Layer::Protobuf { number, repeated } => {
            let mut head = vec![0x10 | 0x80, 0x01, 0x01];
            if repeated {
                head.extend(delimited(number, b"another one of these"));
            }
            head.push(number << 3 | 2);
            assert!(body.starts_with(&head));
            let (length, width) = read_varint(&body[head.len()..]);
            let content = &body[head.len() + width..][..length];
            let rest = &body[head.len() + width + length..];
            ([&head, rest].concat(), content.to_vec())
        }
        Layer::Envelope { compressed, before } => {
            let start = if before { 5 + b"{\"first\":\"frame\"}".len() } else { 0 };
            let length = u32::from_be_bytes(body[start + 1..start + 5].try_into().unwrap()) as usize;
            let content = &body[start + 5..start + 5 + length];
            let around = [&body[..=start], &body[start + 5 + length..]].concat();
            (around, if compressed { gunzip(content) } else { content.to_vec() })
        }
        Layer::Records => {
            let start = b"{\"type\":6}\x1E".len();
            let around = [&body[..start], &body[body.len() - 1..]].concat();
            (around, body[start..body.len() - 1].to_vec())
        }
        Layer::Gzip => (Vec::new(), gunzip(body)),
    }
}

fn envelope(flags: u8, content: &[u8]) -> Vec<u8> {
    let mut frame = vec![flags];
    frame.extend(u32::try_from(content.len()).unwrap().to_be_bytes());
    frame.extend(content);
    frame
}

fn delimited(number: u8, content: &[u8]) -> Vec<u8> {
    let mut field = vec![number << 3 | 2];
    field.extend(varint(content.len() as u64));
    field.extend(content);
    field
}

fn varint(mut value: u64) -> Vec<u8> {
    let mut out = Vec::new();
    while value > 0x7F {
        out.push(u8::try_from(value & 0x7F).unwrap() | 0x80);
        value >>= 7;
    }
    out.push(u8::try_from(value).unwrap());
    out
}

fn read_varint(bytes: &[u8]) -> (usize, usize) {
    let width = bytes.iter().position(|byte| byte & 0x80 == 0).unwrap() + 1;
    let value = bytes[..width]
        .iter()
        .rev()
        .fold(0, |value, byte| value << 7 | usize::from(byte & 0x7F));
    (value, width)
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn gunzip(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    GzDecoder::new(bytes).read_to_end(&mut out).unwrap();
    out
}

fn encode_base64(bytes: &[u8]) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

fn decode_base64(text: &[u8]) -> Vec<u8> {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.decode(text).unwrap()
}

fn post(body: &[u8]) -> RequestView<'_> {
    RequestView {
        method: "POST",
        host: "unknown.example",
        path: "",
        query: None,
        headers: &[("content-type", b"application/json")],
        body,
        carrier: Carrier::Http,
    }
}

fn look(request: &RequestView<'_>) -> Inspected {
    inspect_with(&Adapters::compile(&[]).unwrap(), request, Detail::Locators)
}

fn framed(flags: u8, content: &[u8]) -> Vec<u8> {
    let length = u32::try_from(content.len()).unwrap().to_be_bytes();
    [&[flags], &length[..], content].concat()
}

const LAST: &str = "what the last of them says";

fn is_read_to_its_end(body: &[u8]) -> bool {
    let found = look(&post(body));
    assert!(found.unscannable.is_some());
    found.segments.iter().any(|segment| segment.text.expose() == LAST)
}

#[test]
fn what_ends_in_damage_is_paid_for() {
    let mut damaged = gzip(&vec![b'a'; 4 << 20]);
    let sum = damaged.len() - 8;
    damaged[sum] ^= 1;
    let damaged = framed(1, &damaged);
    let last = framed(1, &gzip(LAST.as_bytes()));
    assert!(is_read_to_its_end(&[damaged.repeat(3), last.clone()].concat()));
    // Sixteen of them make all the bytes that may come out of one body.
    assert!(!is_read_to_its_end(&[damaged.repeat(16), last].concat()));
}

#[test]
fn layers_that_cannot_be_read_count() {
    let damaged = framed(1, b"\x28\xB5\x2F\xFD");
    let last = framed(0, LAST.as_bytes());
    assert!(is_read_to_its_end(&[damaged.repeat(3), last.clone()].concat()));
    assert!(!is_read_to_its_end(&[damaged.repeat(200_000), last].concat()));
}

#[test]
fn what_a_data_address_says_of_its_content_is_read() {
    for (head, said) in [
        ("text/x;k=AKIAIOSFODNN7EXAMPLE", "text/x;k=AKIAIOSFODNN7EXAMPLE"),
        ("image/4111-1111-1111-1111", "image/4111-1111-1111-1111"),
        (
            "text/plain;k=%41KIAIOSFODNN7EXAMPLE;base64",
            "text/plain;k=AKIAIOSFODNN7EXAMPLE;base64",
        ),
    ] {
        let content = if head.ends_with("base64") { "aGVsbG8=" } else { "hello" };
        let body = format!("{{\"image_url\":{{\"url\":\"data:{head},{content}\"}}}}");
        let request = post(body.as_bytes());
        let found = look(&request);
        every_place_leads_to_its_text(&found, &request);
        let texts: Vec<&str> = found.segments.iter().map(|segment| &**segment.text.expose()).collect();
        assert_eq!(texts, [said, "hello"]);
        // The record may hold the type, and so nothing that could be a number of somebody.
        let mime = found.attachments[0].mime.as_deref();
        assert!(mime.is_none_or(|mime| !mime.contains('1')), "{head}");
        let edit = Edit {
            segment: 0,
            span: 11..said.len().min(31),
            replacement: Sensitive::new("[GONE, really]".to_owned()),
        };
        let edited = found.rewrite(&request, &[edit]).unwrap().body.unwrap();
        let again = look(&post(&edited));
        let texts: Vec<&str> = again.segments.iter().map(|segment| &**segment.text.expose()).collect();
        assert!(texts[0].contains("[GONE, really]") && texts[1] == "hello", "{texts:?}");
    }
}

#[test]
fn a_plain_data_address_is_only_its_content() {
    let found = look(&post(br#"{"url":"data:text/plain;charset=utf-8;base64,aGVsbG8="}"#));
    let texts: Vec<&str> = found.segments.iter().map(|segment| &**segment.text.expose()).collect();
    assert_eq!(texts, ["hello"]);
    assert_eq!(found.attachments[0].mime.as_deref(), Some("text/plain"));
}

#[test]
fn long_numbers_are_read_however_they_are_written() {
    let body = br#"{"a":4111111111111111.0,"b":[4.111111111111111e15,-12345678.25],"c":0.1234567890123,"d":1234567.5}"#;
    let request = post(body);
    let found = look(&request);
    every_place_leads_to_its_text(&found, &request);
    let texts: Vec<&str> = found.segments.iter().map(|segment| &**segment.text.expose()).collect();
    assert_eq!(texts, ["4111111111111111", "4111111111111111", "-12345678.25"]);
    let edits: Vec<Edit> = (0..2)
        .map(|segment| Edit {
            segment,
            span: 0..16,
            replacement: Sensitive::new("[CARD_1]".to_owned()),
        })
        .collect();
    let edited = found.rewrite(&request, &edits).unwrap().body.unwrap();
    let edited: serde_json::Value = serde_json::from_slice(&edited).unwrap();
    assert_eq!(
        (&edited["a"], &edited["b"][0]),
        (&"[CARD_1]".into(), &"[CARD_1]".into())
    );
}
