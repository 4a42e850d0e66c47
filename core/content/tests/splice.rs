//! Edits change the edited characters and nothing else, whatever the text is wrapped in.
// The whole file is a test.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use flate2::Compression;
use flate2::read::{DeflateDecoder, MultiGzDecoder, ZlibDecoder};
use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};
use proptest::prelude::*;
use std::io::{Read, Write};
use std::ops::Range;
use std::sync::LazyLock;
use weir_content::{
    Adapters, Carrier, Edit, Inspected, RequestView, Rewritten, Unscannable, fuzz_rewrite, fuzz_tokens, inspect,
};
use weir_model::catalogue::Service;
use weir_model::{Role, Sensitive};

#[test]
fn the_path_of_a_known_route_can_be_edited() {
    let request = RequestView {
        method: "POST",
        host: "api.openai.com",
        path: "/v1/threads/a%20KEY/messages",
        query: Some("q=1"),
        headers: &[],
        body: br#"{"content":"hi"}"#,
        carrier: Carrier::Http,
    };
    let found = inspect(catalogue(), &request);
    let path = segment(&found, "/v1/threads/a KEY/messages");
    let rewritten = make(&found, &request, path, 14..17, "[X/?]");
    assert!(rewritten.body.is_none());
    assert_eq!(
        rewritten.path_and_query.as_deref(),
        Some("/v1/threads/a%20%5BX%2F%3F%5D/messages?q=1")
    );
}

#[test]
fn a_path_is_read_once_where_a_rule_names_a_piece_of_it() {
    let service: Service = serde_saphyr::from_str(
        "{service: a, name: A, provider: a, category: api, channel: api, hosts: [{host: a.example, inspect: body}], tiers: [],
          routes: [{id: ask, match: {method: POST, path: ^/ask/}, kind: prompt,
                    text: [{at: 'path~/ask/([^/]+)/', role: prompt}]}]}",
    )
    .unwrap();
    let request = RequestView {
        method: "POST",
        host: "a.example",
        path: "/ask/one%20KEY/for/KEYLONG/x",
        query: None,
        headers: &[],
        body: b"",
        carrier: Carrier::Http,
    };
    let found = inspect(&Adapters::compile(&[service]).unwrap(), &request);
    let texts: Vec<&str> = found
        .segments
        .iter()
        .map(|segment| segment.text.expose().as_str())
        .collect();
    assert_eq!(texts, ["one KEY", "/for/KEYLONG/x"]);
}

#[test]
fn what_only_looks_like_json_changes_no_turn() {
    for meta in ["[x]", "{\\\"a\\\":[1,{]}", "[[[1,]", "plain"] {
        let body = format!(
            "{{\"messages\":[{{\"role\":\"user\",\"content\":\"one\",\"meta\":\"{meta}\"}},\"{meta}\",{{\"role\":\"user\",\"content\":\"two\"}}]}}"
        );
        let request = RequestView {
            method: "POST",
            host: "api.openai.com",
            path: "/v1/chat/completions",
            query: None,
            headers: &[],
            body: body.as_bytes(),
            carrier: Carrier::Http,
        };
        let found = inspect(catalogue(), &request);
        let role = |text: &str| found.segments[segment(&found, text)].place.role;
        assert_eq!((role("one"), role("two")), (Role::History, Role::Prompt), "{meta}");
    }
}

#[test]
fn a_file_is_known_again_behind_what_only_looks_like_json() {
    let service: Service = serde_saphyr::from_str(
        "{service: a, name: A, provider: a, category: api, channel: api, hosts: [{host: a.example, inspect: body}], tiers: [],
          routes: [{id: ask, match: {method: POST, path: ^/ask}, kind: prompt, text: [{at: 'json:/q', role: prompt}],
                    attachments: [{at: 'json:/files/*', name: /name, size: /size},
                                  {at: 'json:/files/*/more > json:/*', name: /name}]}]}",
    )
    .unwrap();
    let body = br#"{"q":"?","files":[{"name":"plan.txt","more":"[{\"name\":\"x\"]","size":12}]}"#;
    let request = RequestView {
        method: "POST",
        host: "a.example",
        path: "/ask",
        query: None,
        headers: &[],
        body,
        carrier: Carrier::Http,
    };
    let found = inspect(&Adapters::compile(&[service]).unwrap(), &request);
    let [file] = found.attachments.as_slice() else {
        panic!("{} files", found.attachments.len());
    };
    assert_eq!(file.name.as_ref().unwrap().expose(), "plan.txt");
    assert_eq!(file.size, Some(12));
}

#[test]
fn only_routes_that_name_places_declare_text() {
    let declares = |host: &str, path: &str| {
        let request = RequestView {
            method: "POST",
            host,
            path,
            query: None,
            headers: &[],
            body: b"",
            carrier: Carrier::Http,
        };
        inspect(catalogue(), &request).declares_text
    };
    assert!(declares("chatgpt.com", "/backend-api/f/conversation"));
    assert!(declares("chatgpt.com", "/backend-api/files"));
    assert!(!declares("chatgpt.com", "/ces/v1/t"));
    assert!(!declares("chatgpt.com", "/ces/../backend-api/f/conversation"));
    assert!(!declares("unknown.example", "/x"));
}

// --- JSON ---

/// A JSON text in the making: the raw bytes, and what each string in it says, in order.
#[derive(Clone, Debug, Default)]
struct Made {
    raw: String,
    /// Raw span (between the quotes) and text of each string value.
    strings: Vec<(Range<usize>, String)>,
}

#[derive(Clone, Debug)]
enum Tree {
    Word(&'static str),
    Text(Vec<Piece>),
    List(Vec<Tree>),
    Object(Vec<(u8, Tree)>),
}

/// One character and how it is written.
#[derive(Clone, Debug)]
struct Piece {
    text: char,
    raw: String,
}

fn piece() -> impl Strategy<Value = Piece> {
    let character = prop_oneof![
        4 => prop::char::range(' ', '~'),
        1 => prop::sample::select(vec!['"', '\\', '/', '\n', '\t', '\u{1}', 'é', '€', '😀', '\u{202e}', '\u{feff}']),
        1 => any::<char>(),
    ];
    (character, 0..4u8).prop_map(|(text, style)| Piece {
        text,
        raw: written(text, style),
    })
}

fn written(text: char, style: u8) -> String {
    let unicode = |upper: bool| {
        let units = text.encode_utf16(&mut [0; 2]).to_vec();
        units
            .iter()
            .map(|unit| {
                if upper {
                    format!("\\u{unit:04X}")
                } else {
                    format!("\\u{unit:04x}")
                }
            })
            .collect()
    };
    match (style, text) {
        (0, _) => unicode(true),
        (1, _) => unicode(false),
        (_, '"') => "\\\"".to_owned(),
        (_, '\\') => "\\\\".to_owned(),
        (_, '\n') => "\\n".to_owned(),
        (2, '/') => "\\/".to_owned(),
        (_, c) if c < ' ' => unicode(false),
        (_, c) => c.to_string(),
    }
}

fn tree() -> impl Strategy<Value = Tree> {
    let leaf = prop_oneof![
        4 => prop::collection::vec(piece(), 0..24).prop_map(Tree::Text),
        1 => prop::sample::select(vec!["null", "true", "-0.5e+9", "123456789012345678901234567890", "1"]).prop_map(Tree::Word),
    ];
    leaf.prop_recursive(5, 40, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Tree::List),
            // Two letters: keys repeat often.
            prop::collection::vec((0..2u8, inner), 0..5).prop_map(Tree::Object),
        ]
    })
}

impl Made {
    fn of(tree: &Tree) -> Self {
        let mut made = Self::default();
        made.add(tree);
        made
    }

    fn add(&mut self, tree: &Tree) {
        match tree {
            Tree::Word(word) => self.raw.push_str(word),
            Tree::Text(pieces) => {
                self.raw.push('"');
                let start = self.raw.len();
                let raw: String = pieces.iter().map(|piece| piece.raw.as_str()).collect();
                self.raw.push_str(&raw);
                self.strings
                    .push((start..self.raw.len(), pieces.iter().map(|piece| piece.text).collect()));
                self.raw.push('"');
            }
            Tree::List(items) => {
                self.raw.push_str("[ ");
                for (place, item) in items.iter().enumerate() {
                    self.raw.push_str(if place == 0 { "" } else { " ,\n" });
                    self.add(item);
                }
                self.raw.push(']');
            }
            Tree::Object(members) => {
                self.raw.push('{');
                for (place, (key, item)) in members.iter().enumerate() {
                    self.raw.push_str(if place == 0 { "" } else { "," });
                    self.raw.push_str(if *key == 0 { "\"a\" : " } else { "\"\\u0062\":" });
                    self.add(item);
                }
                self.raw.push('}');
            }
        }
    }
}

/// Which part of a text to replace, by thirds of its characters, and with what.
fn cut() -> impl Strategy<Value = (f64, f64, String)> {
    (0.0..1.0f64, 0.0..1.0f64, "[A-Za-z0-9_\\[\\]:é\"\\\\ /]{0,12}")
}

fn span_of(text: &str, from: f64, to: f64) -> Range<usize> {
    let places: Vec<usize> = text
        .char_indices()
        .map(|(place, _)| place)
        .chain([text.len()])
        .collect();
    // Truncation is the point: a fraction becomes a place.
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss
    )]
    let at = |fraction: f64| places[((places.len() - 1) as f64 * fraction).round() as usize];
    let (a, b) = (at(from), at(to));
    a.min(b)..a.max(b)
}

fn edited(text: &str, span: &Range<usize>, with: &str) -> String {
    format!("{}{with}{}", &text[..span.start], &text[span.end..])
}

/// What stays outside of the raw span of the string at `place`.
fn outside(raw: &[u8], span: &Range<usize>) -> (Vec<u8>, Vec<u8>) {
    (raw[..span.start].to_vec(), raw[span.end..].to_vec())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn json_changes_in_the_edited_string_only(tree in tree(), which in any::<prop::sample::Index>(), (from, to, with) in cut()) {
        let made = Made::of(&tree);
        let strings: Vec<_> = made.strings.iter().filter(|(_, text)| !text.is_empty()).collect();
        prop_assume!(!strings.is_empty());
        let (raw_span, text) = which.get(&strings);
        let request = post("application/json", made.raw.as_bytes());
        let found = look(&request);
        // The same text may stand at several places: the one edited is told by the order of strings with that text.
        let order = strings.iter().filter(|(span, same)| same == text && span.start < raw_span.start).count();
        let same: Vec<usize> = (0..found.segments.len()).filter(|n| found.segments[*n].text.expose() == text).collect();
        // A string that is JSON or base64 itself is read one layer down; those have tests of their own.
        prop_assume!(same.len() == strings.iter().filter(|(_, other)| other == text).count());
        let span = span_of(text, from, to);
        let body = change(&found, &request, same[order], span.clone(), &with);
        let (before, after) = outside(made.raw.as_bytes(), raw_span);
        prop_assert!(body.starts_with(&before) && body.ends_with(&after));
        let string = &body[before.len()..body.len() - after.len()];
        let quoted = [b"\"".as_slice(), string, b"\""].concat();
        let decoded: String = serde_json::from_slice(&quoted).unwrap();
        prop_assert_eq!(&decoded, &edited(text, &span, &with));
        prop_assert!(fuzz_tokens(&body));
        // Inside the string, too, the untouched characters keep the way they were written.
        let old = &made.raw.as_bytes()[raw_span.clone()];
        let kept_before = common_start(old, string);
        prop_assert!(kept_before >= raw_length(old, &text[..span.start]));
        prop_assert!(common_start(&reversed(old), &reversed(string)) >= old.len() - raw_length(old, &text[..span.end]));
    }

    #[test]
    fn nothing_is_lost_in_json(tree in tree()) {
        let made = Made::of(&tree);
        let request = post("application/json", made.raw.as_bytes());
        let found = look(&request);
        for (_, text) in made.strings.iter().filter(|(_, text)| !text.is_empty() && !text.trim_ascii().starts_with(['{', '['])) {
            prop_assert!(found.segments.iter().any(|segment| segment.text.expose() == text));
        }
        prop_assert!(found.rewrite(&request, &[]).is_ok_and(|rewritten| rewritten.body.is_none()));
    }

    #[test]
    fn json_in_json_changes_in_the_edited_string_only(text in text(), depth in 1..5usize, (from, to, with) in cut()) {
        let mut wrapped = serde_json::json!({ "inner text": text });
        for _ in 0..depth {
            wrapped = serde_json::json!([{ "a": 1, "b": wrapped.to_string() }]);
        }
        let raw = wrapped.to_string();
        let request = post("text/plain", raw.as_bytes());
        let found = look(&request);
        let span = span_of(&text, from, to);
        let body = change(&found, &request, segment(&found, &text), span.clone(), &with);
        let mut value: serde_json::Value = serde_json::from_slice(&body).unwrap();
        for _ in 0..depth {
            value = serde_json::from_str(value[0]["b"].as_str().unwrap()).unwrap();
        }
        prop_assert_eq!(value["inner text"].as_str().unwrap(), edited(&text, &span, &with));
    }

    #[test]
    fn form_and_query_keep_the_other_fields(
        fields in prop::collection::vec(("[a-z.]{1,6}", text(), any::<bool>()), 1..6),
        which in any::<prop::sample::Index>(),
        (from, to, with) in cut(),
    ) {
        let written: Vec<String> = fields.iter().map(|(name, value, plus)| format!("{name}={}", percent(value, *plus))).collect();
        let which = which.index(fields.len());
        let text = &fields[which].1;
        prop_assume!(fields.iter().filter(|(_, other, _)| other == text).count() == 1);
        let raw = written.join("&");
        let span = span_of(text, from, to);
        let request = post("application/x-www-form-urlencoded", raw.as_bytes());
        let found = look(&request);
        let body = String::from_utf8(change(&found, &request, segment(&found, text), span.clone(), &with)).unwrap();
        check_fields(&written, &body, which, &edited(text, &span, &with));

        let request = RequestView { query: Some(&raw), body: b"", ..post("", b"") };
        let found = look(&request);
        let rewritten = make(&found, &request, segment(&found, text), span.clone(), &with);
        prop_assert!(rewritten.body.is_none());
        let target = rewritten.path_and_query.unwrap();
        check_fields(&written, target.strip_prefix("/x?").unwrap(), which, &edited(text, &span, &with));
    }

    #[test]
    fn multipart_keeps_the_other_parts(first in text(), second in text(), file in text(), (from, to, with) in cut()) {
        prop_assume!(first != second && second != file && first != file && file != "notes 1.txt");
        // Such an edit is refused.
        prop_assume!(!with.contains("b0"));
        let part = |head: &str, content: &str| format!("--b0\r\nContent-Disposition: form-data; {head}\r\n\r\n{content}\r\n");
        let whole = |file: &str| {
            let head = part("name=\"q\"", &first) + &part("name=\"r\"", &second);
            head + &part("name=\"f\"; filename=\"notes 1.txt\"", file) + "--b0--\r\n"
        };
        let raw = whole(&file);
        let request = post("multipart/form-data; boundary=b0", raw.as_bytes());
        let found = look(&request);
        let span = span_of(&file, from, to);
        let body = change(&found, &request, segment(&found, &file), span.clone(), &with);
        prop_assert_eq!(String::from_utf8(body).unwrap(), whole(&edited(&file, &span, &with)));
    }

    #[test]
    fn compressed_bodies_come_back_in_their_coding(text in text(), coding in 0..5usize, (from, to, with) in cut()) {
        let raw = serde_json::json!({ "some text": text, "n": 1 }).to_string();
        let packed = pack(coding, raw.as_bytes());
        let headers = [("content-encoding", CODINGS[coding].as_bytes())];
        let request = RequestView { headers: &headers, ..post("", &packed) };
        let found = look(&request);
        let span = span_of(&text, from, to);
        let body = change(&found, &request, segment(&found, &text), span.clone(), &with);
        let value: serde_json::Value = serde_json::from_slice(&unpack(coding, &body)).unwrap();
        prop_assert_eq!(value["some text"].as_str().unwrap(), edited(&text, &span, &with));
    }

    #[test]
    fn base64_inside_json_is_encoded_again(text in "[ -~]{20,80}", (from, to, with) in cut()) {
        prop_assume!(!text.trim().starts_with(['{', '[']) && !text.starts_with("data:"));
        use base64::Engine as _;
        let encoded = base64::engine::general_purpose::STANDARD.encode(&text);
        for wrapped in [encoded.clone(), format!("data:text/plain;base64,{encoded}")] {
            let raw = serde_json::json!({ "x": wrapped }).to_string();
            let request = post("application/json", raw.as_bytes());
            let found = look(&request);
            let place = found.segments.iter().position(|segment| *segment.text.expose() == text);
            // Base64 of base64 is read further down.
            prop_assume!(place.is_some());
            let span = span_of(&text, from, to);
            let body = change(&found, &request, place.unwrap(), span.clone(), &with);
            let value: serde_json::Value = serde_json::from_slice(&body).unwrap();
            let encoded = value["x"].as_str().unwrap().rsplit(',').next().unwrap();
            let decoded = base64::engine::general_purpose::STANDARD.decode(encoded).unwrap();
            prop_assert_eq!(String::from_utf8(decoded).unwrap(), edited(&text, &span, &with));
        }
    }

    #[test]
    fn arbitrary_bytes_do_no_harm(data in prop::collection::vec(any::<u8>(), 0..600)) {
        fuzz_rewrite(catalogue(), &data);
        let _ = fuzz_tokens(&data);
    }

    #[test]
    fn almost_json_does_no_harm(choice in any::<u8>(), data in "[\\[\\]{}:,\"\\\\ua-f0-9%&=+\n-]{0,80}") {
        let mut bytes = vec![choice];
        bytes.extend(data.bytes());
        fuzz_rewrite(catalogue(), &bytes);
    }
}

#[test]
fn two_edits_of_one_string_and_one_of_another_are_made_together() {
    let raw = br#"{"a":"one two three","b":"one"}"#;
    let request = post("application/json", raw);
    let found = look(&request);
    let edit = |segment, span, with: &str| Edit {
        segment,
        span,
        replacement: Sensitive::new(with.to_owned()),
    };
    let edits = [edit(0, 8..13, "3"), edit(1, 0..3, "1"), edit(0, 0..3, "1")];
    let body = found.rewrite(&request, &edits).ok().unwrap().body.unwrap();
    assert_eq!(body, br#"{"a":"1 two 3","b":"1"}"#);
}

#[test]
fn edits_that_do_not_fit_are_refused() {
    let request = post("application/json", r#"{"a":"é and more"}"#.as_bytes());
    let found = look(&request);
    let try_edit = |segment, span| {
        let edit = Edit {
            segment,
            span,
            replacement: Sensitive::new("x".to_owned()),
        };
        found
            .rewrite(&request, &[edit])
            .err()
            .map(|error| error.to_string())
            .unwrap_or_default()
    };
    assert!(try_edit(9, 0..1).contains("does not exist"));
    assert!(try_edit(0, 0..1).contains("does not fit"));
    assert!(try_edit(0, 0..99).contains("does not fit"));
    let other = post("application/json", b"{}");
    assert!(found.rewrite(&other, &[]).is_err());
}

#[test]
fn a_replacement_may_not_fake_a_part() {
    let raw = b"--b0\r\nContent-Disposition: form-data; name=\"q\"\r\n\r\nsome text\r\n--b0--\r\n";
    let request = post("multipart/form-data; boundary=b0", raw);
    let found = look(&request);
    let edit = Edit {
        segment: 0,
        span: 0..4,
        replacement: Sensitive::new("\r\n--b0--".to_owned()),
    };
    assert!(found.rewrite(&request, &[edit]).is_err());
}

#[test]
fn numbers_keys_and_strange_places_are_read() {
    let raw = br#"{"card":4111111111111111,"AKIAIOSFODNN7EXAMPLE":{"a b":1},"n":12,"deep":[[["at the end"]]]}"#;
    let found = look(&post("application/json", raw));
    let texts: Vec<&str> = found
        .segments
        .iter()
        .map(|segment| segment.text.expose().as_str())
        .collect();
    assert_eq!(texts, ["4111111111111111", "AKIAIOSFODNN7EXAMPLE", "a b", "at the end"]);
    let body = change(&found, &post("application/json", raw), 0, 0..16, "[CARD_1]");
    assert!(body.starts_with(br#"{"card":"[CARD_1]","AKIA"#));
}

#[test]
fn content_types_may_lie() {
    let texts = |content_type: &'static str, body: &'static [u8]| {
        let found = look(&post(content_type, body));
        found
            .segments
            .iter()
            .map(|segment| segment.text.expose().clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(texts("text/plain", br#"{"a":"in json"}"#), ["in json"]);
    assert_eq!(
        texts("application/x-www-form-urlencoded", b"raw, with 100% + more\nlines"),
        ["raw, with 100% + more\nlines"]
    );
    assert_eq!(texts("application/json", b"{\"cut\": \"off"), ["{\"cut\": \"off"]);
    assert_eq!(texts("application/json", b"a=b%20c"), ["a=b%20c"]);
    assert_eq!(
        texts("multipart/form-data; boundary=x", br#"{"a":"no parts"}"#),
        ["no parts"]
    );
    assert_eq!(
        texts("application/json", b"\xEF\xBB\xBF{\"a\":\"behind a mark\"}"),
        ["behind a mark"]
    );
    assert_eq!(
        texts("application/x-ndjson", b"{\"a\":\"line 1\"}\n{\"a\":\"line 2\"}\r\n\n"),
        ["line 1", "line 2"]
    );
    let wide: Vec<u8> = "\u{feff}{\"a\":\"wide text\"}"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    let request = post("application/json", &wide);
    let found = look(&request);
    assert_eq!(found.segments[0].text.expose(), "wide text");
    let body = change(&found, &request, 0, 0..4, "thin");
    assert_eq!(body.len(), wide.len());
}

#[test]
fn limits_are_told() {
    let why = |content_type: &'static str, body: &[u8]| look(&post(content_type, body)).unscannable;
    assert_eq!(
        why("application/json", "[".repeat(3000).as_bytes()),
        Some(Unscannable::TooDeep)
    );
    let many = format!("[{}1]", "\"a\",".repeat(200_001));
    assert_eq!(
        why("application/json", many.as_bytes()),
        Some(Unscannable::TooManyLeaves)
    );
    assert_eq!(why("image/png", b"\x89PNG\r\n\x1a\n\0\0"), Some(Unscannable::Binary));
    let mut nested = "[\"a b c\"]".to_owned();
    for _ in 0..8 {
        nested = serde_json::json!([nested]).to_string();
    }
    let request = post("application/json", nested.as_bytes());
    let found = look(&request);
    assert_eq!(found.unscannable, Some(Unscannable::TooDeep));
    assert!(
        found.segments[0].text.expose().contains("a b c"),
        "what is too deep is read as text"
    );
    let headers = [("content-encoding", b"snappy".as_slice())];
    let coded = RequestView {
        headers: &headers,
        ..post("", b"x")
    };
    assert_eq!(look(&coded).unscannable, Some(Unscannable::UnknownCoding));
    let headers = [("content-encoding", b"br".as_slice())];
    let coded = RequestView {
        headers: &headers,
        ..post("", b"\xFF\xFF\xFF\xFF")
    };
    assert_eq!(look(&coded).unscannable, Some(Unscannable::DamagedCoding));
    let bomb = pack(4, &vec![b'a'; 70 << 20]);
    let headers = [("content-encoding", b"zstd".as_slice())];
    assert_eq!(
        look(&RequestView {
            headers: &headers,
            ..post("", &bomb)
        })
        .unscannable,
        Some(Unscannable::TooLarge)
    );
    assert_eq!(
        look(&post("text/plain", &vec![b'a'; (64 << 20) + 1])).unscannable,
        Some(Unscannable::TooLarge)
    );
}

#[test]
fn signed_bodies_are_not_editable() {
    let headers = [("authorization", b"AWS4-HMAC-SHA256 Credential=x".as_slice())];
    assert!(
        !look(&RequestView {
            headers: &headers,
            ..post("", b"{}")
        })
        .editable
    );
    let unsigned = [headers[0], ("x-amz-content-sha256", b"UNSIGNED-PAYLOAD".as_slice())];
    assert!(
        look(&RequestView {
            headers: &unsigned,
            ..post("", b"{}")
        })
        .editable
    );
    assert!(look(&post("", b"{}")).editable);
}

#[test]
fn headers_are_never_read() {
    let headers = [
        ("cookie", b"session=AKIAIOSFODNN7EXAMPLE".as_slice()),
        ("authorization", b"Bearer abc".as_slice()),
    ];
    let found = look(&RequestView {
        headers: &headers,
        ..post("", b"{\"a\":\"b c\"}")
    });
    assert_eq!(found.segments.len(), 2, "the path and the text");
}

// --- Below: how requests are made and looked at ---

const CODINGS: [&str; 5] = ["gzip", "deflate", "deflate", "br", "zstd"];

/// Texts that are long enough to be themselves, and no markup.
fn text() -> impl Strategy<Value = String> {
    "[a-zA-Z0-9 ,.;é€😀%&=+\"\\\\/-]{6,40}".prop_map(|text| format!("T{text}."))
}

/// A request to a host that nobody has described. Its path is a segment only in tests about paths.
fn post<'a>(content_type: &'static str, body: &'a [u8]) -> RequestView<'a> {
    const HEADERS: [[(&str, &[u8]); 1]; 7] = [
        [("content-type", b"application/json")],
        [("content-type", b"application/x-www-form-urlencoded")],
        [("content-type", b"text/plain")],
        [("content-type", b"multipart/form-data; boundary=b0")],
        [("content-type", b"multipart/form-data; boundary=x")],
        [("content-type", b"application/x-ndjson")],
        [("content-type", b"image/png")],
    ];
    let headers = HEADERS.iter().find(|headers| headers[0].1 == content_type.as_bytes());
    RequestView {
        method: "POST",
        host: "unknown.example",
        path: if content_type.is_empty() { "/x" } else { "" },
        query: None,
        headers: headers.map_or(&[], |headers| headers.as_slice()),
        body,
        carrier: Carrier::Http,
    }
}

fn look(request: &RequestView<'_>) -> Inspected {
    inspect(&Adapters::compile(&[]).unwrap(), request)
}

fn catalogue() -> &'static Adapters {
    static ADAPTERS: LazyLock<Adapters> = LazyLock::new(support::adapters);
    &ADAPTERS
}

fn segment(found: &Inspected, text: &str) -> usize {
    found
        .segments
        .iter()
        .position(|segment| segment.text.expose() == text)
        .expect("the text is a segment")
}

fn make(found: &Inspected, request: &RequestView<'_>, segment: usize, span: Range<usize>, with: &str) -> Rewritten {
    let edit = Edit {
        segment,
        span,
        replacement: Sensitive::new(with.to_owned()),
    };
    found
        .rewrite(request, &[edit])
        .unwrap_or_else(|error| panic!("{error}"))
}

fn change(found: &Inspected, request: &RequestView<'_>, segment: usize, span: Range<usize>, with: &str) -> Vec<u8> {
    make(found, request, segment, span, with)
        .body
        .expect("the body changes")
}

fn percent(text: &str, plus: bool) -> String {
    let byte = |byte: u8| match byte {
        b' ' if plus => "+".to_owned(),
        b'a'..=b'z' | b'A'..=b'Z' | b'.' => char::from(byte).to_string(),
        _ => format!("%{byte:02x}"),
    };
    text.bytes().map(byte).collect()
}

fn check_fields(written: &[String], body: &str, which: usize, want: &str) {
    let fields: Vec<&str> = body.split('&').collect();
    assert_eq!(fields.len(), written.len());
    for (place, field) in fields.iter().enumerate() {
        if place == which {
            let (name, value) = field.split_once('=').unwrap();
            assert!(written[place].starts_with(&format!("{name}=")));
            let value = percent_encoding::percent_decode_str(&value.replace('+', " "))
                .decode_utf8()
                .unwrap()
                .into_owned();
            assert_eq!(value, want);
        } else {
            assert_eq!(*field, written[place]);
        }
    }
}

/// How many raw bytes the start of a string's text was written with.
fn raw_length(raw: &[u8], start: &str) -> usize {
    let raw = std::str::from_utf8(raw).unwrap();
    (0..=raw.len())
        .filter(|end| raw.is_char_boundary(*end))
        .find(|end| serde_json::from_str::<String>(&format!("\"{}\"", &raw[..*end])).is_ok_and(|text| text == start))
        .unwrap()
}

fn common_start(left: &[u8], right: &[u8]) -> usize {
    left.iter().zip(right).take_while(|(left, right)| left == right).count()
}

fn reversed(bytes: &[u8]) -> Vec<u8> {
    bytes.iter().rev().copied().collect()
}

fn pack(coding: usize, bytes: &[u8]) -> Vec<u8> {
    let level = Compression::default();
    match coding {
        0 => finish(GzEncoder::new(Vec::new(), level), bytes, |encoder| {
            encoder.finish().unwrap()
        }),
        1 => finish(ZlibEncoder::new(Vec::new(), level), bytes, |encoder| {
            encoder.finish().unwrap()
        }),
        2 => finish(DeflateEncoder::new(Vec::new(), level), bytes, |encoder| {
            encoder.finish().unwrap()
        }),
        3 => finish(
            brotli::CompressorWriter::new(Vec::new(), 4096, 5, 22),
            bytes,
            brotli::CompressorWriter::into_inner,
        ),
        _ => zstd::stream::encode_all(bytes, 3).unwrap(),
    }
}

fn finish<W: Write>(mut encoder: W, bytes: &[u8], done: impl FnOnce(W) -> Vec<u8>) -> Vec<u8> {
    encoder.write_all(bytes).unwrap();
    done(encoder)
}

fn unpack(coding: usize, bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    match coding {
        0 => MultiGzDecoder::new(bytes).read_to_end(&mut out).unwrap(),
        1 => ZlibDecoder::new(bytes).read_to_end(&mut out).unwrap(),
        2 => DeflateDecoder::new(bytes).read_to_end(&mut out).unwrap(),
        3 => brotli::Decompressor::new(bytes, 4096).read_to_end(&mut out).unwrap(),
        _ => zstd::stream::read::Decoder::new(bytes)
            .unwrap()
            .read_to_end(&mut out)
            .unwrap(),
    };
    out
}
