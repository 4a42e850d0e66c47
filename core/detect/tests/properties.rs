//! What holds for every text.

use proptest::prelude::*;
use std::sync::LazyLock;
use weir_detect::{Scanner, StreamScanner, normalise_value, registry};
use weir_model::Match;

static SCANNER: LazyLock<Scanner> = LazyLock::new(Scanner::builtin);

fn check(text: &str) {
    let found = SCANNER.scan(text);
    let mut end = 0;
    for found in &found {
        assert!(found.span.start >= end && found.span.end > found.span.start && found.span.end <= text.len());
        assert!(text.is_char_boundary(found.span.start) && text.is_char_boundary(found.span.end));
        let _ = normalise_value(&found.data_type, &text[found.span.clone()]);
        end = found.span.end;
    }
}

fn streamed(pieces: &[&str]) -> Vec<Match> {
    let mut stream = StreamScanner::new();
    let mut found = Vec::new();
    for piece in pieces {
        stream.push(&SCANNER, piece, &mut |m| found.push(m));
    }
    stream.finish(&SCANNER, &mut |m| found.push(m));
    found
}

/// The texts by which each data type is described, found or not.
fn examples() -> Vec<&'static str> {
    let of_type = registry()
        .iter()
        .flat_map(|info| info.examples.iter().chain(info.counter_examples));
    of_type.copied().collect()
}

/// Parts of real texts, glued in any order: more likely to reach deep code than random characters.
fn part() -> impl Strategy<Value = String> {
    let examples = examples();
    let marks = [
        "\u{200b}", "\u{ad}", "%41", "\\u0041", "&#65;", "\\n", "=", ":", "\"", "'", " + ", "\\\n", "é", "密码", "４",
        "е", "-", "_", " ", "\n", "@", "/", "0", "A", "://", ";",
    ];
    prop_oneof![
        3 => prop::sample::select(examples).prop_flat_map(|text| {
            (0..=text.len(), 0..=text.len()).prop_map(move |(a, b)| text.chars().skip(a.min(b)).take(a.abs_diff(b)).collect())
        }),
        2 => prop::sample::select(marks.to_vec()).prop_map(str::to_owned),
        1 => "\\PC{0,8}",
        1 => "[0-9 .-]{0,24}",
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn any_text_is_read_without_panic(text in any::<String>()) {
        check(&text);
    }

    #[test]
    fn texts_of_familiar_parts_are_read_without_panic(parts in prop::collection::vec(part(), 0..40)) {
        check(&parts.concat());
    }

    #[test]
    fn a_stream_finds_each_value_once(parts in prop::collection::vec(part(), 0..60), step in 1usize..2000) {
        let text = parts.concat();
        let mut pieces = Vec::new();
        let mut rest = text.as_str();
        while !rest.is_empty() {
            let mut cut = step.min(rest.len());
            while !rest.is_char_boundary(cut) {
                cut += 1;
            }
            let (piece, after) = rest.split_at(cut);
            pieces.push(piece);
            rest = after;
        }
        let mut end = 0;
        for found in streamed(&pieces) {
            prop_assert!(found.span.start >= end && found.span.end <= text.len());
            end = found.span.end;
        }
    }
}

/// What stands at a text's very edge has nothing before or behind it: each detector must bear that.
#[test]
fn every_head_and_tail_of_an_example_is_read_without_panic() {
    for example in examples() {
        for (cut, _) in example.char_indices() {
            for mark in ["", ","] {
                check(&format!("{mark}{}", &example[cut..]));
                check(&format!("{}{mark}", &example[..cut]));
            }
        }
    }
}

#[test]
fn a_value_cut_at_every_offset_is_found_once() {
    let filler = "Marketing wants three variants of the page by Thursday. ".repeat(60);
    for value in [
        "card 5115014091991614 exp",
        concat!("token gh", "u_aLoOiewp5QyZqEn2rXpeYWpL1YRcB63e6lwc ok"),
        "SSN: 162-43-1837 now",
        "write to ada.weir@tidewater.io today",
    ] {
        let text = format!("{filler}\n{value}\n{filler}");
        let whole = SCANNER.scan(&text);
        assert_eq!(whole.len(), 1);
        for cut in filler.len()..filler.len() + value.len() + 2 {
            assert_eq!(streamed(&[&text[..cut], &text[cut..]]), whole);
        }
        let letters: Vec<&str> = text.split_inclusive(|_| true).collect();
        assert_eq!(streamed(&letters), whole);
    }
}

#[test]
fn a_key_longer_than_the_window_is_reported_from_its_first_line() {
    let body = "b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAMwAAAAtzc2gtZW\n".repeat(80);
    let text = format!(
        "here it is\n{}{body}{}\nthanks",
        concat!("-----BEGIN RSA PRI", "VATE KEY-----\n"),
        concat!("-----END RSA PRI", "VATE KEY-----")
    );
    let pieces: Vec<&str> = text
        .as_bytes()
        .chunks(100)
        .map(|chunk| std::str::from_utf8(chunk).unwrap())
        .collect();
    let found = streamed(&pieces);
    assert_eq!(found[0].span.start, 11);
    assert_eq!(found[0].data_type.as_str(), "security/private_key");
}

#[test]
fn hidden_values_lead_back_to_their_own_bytes() {
    for (text, value) in [
        ("value: NTIyMDU3MzM2ODgwNjYzMw== end", "NTIyMDU3MzM2ODgwNjYzMw=="),
        (
            "value: 5 5 5 7 2 6 9 3 2 9 4 3 0 2 1 6 end",
            "5 5 5 7 2 6 9 3 2 9 4 3 0 2 1 6",
        ),
        (
            "é value: 6\u{200b}3040493493\u{ad}88758 end",
            "6\u{200b}3040493493\u{ad}88758",
        ),
        (
            "card ５５５７２６９３２９４３０２１６",
            "５５５７２６９３２９４３０２１６",
        ),
        ("q=%35%35572693294302%31%36&x=1", "%35%35572693294302%31%36"),
        ("mail ada&#64;tidewater.io now", "ada&#64;tidewater.io"),
        ("mail ada\\u0040tidewater.io now", "ada\\u0040tidewater.io"),
        (
            "hex: 35353537323639333239343330323136",
            "35353537323639333239343330323136",
        ),
    ] {
        let found = SCANNER.scan(text);
        assert_eq!(
            found.iter().map(|found| &text[found.span.clone()]).collect::<Vec<_>>(),
            [value],
            "{text}"
        );
    }
}
