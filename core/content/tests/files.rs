//! Files in messages: their text is there wherever they stand, and says where, and cannot be edited.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test's broken assumption is a failed test"
)]

mod document;

use document::{LABEL, docx, label};
use weir_content::locator::Locator;
use weir_content::{
    Adapters, Carrier, Detail, Edit, Inspected, RequestView, RewriteError, Unscannable, inspect_with, locate_text,
};
use weir_model::{Role, Sensitive};

const SECRET: &str = "AKIAIOSFODNN7EXAMPLE";

const MAIL: &str =
    "From: a@b.example\r\nSubject: plan\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=B\r\n\r\n";

#[test]
fn a_document_is_read_wherever_it_stands() {
    let file = docx(&format!("key {SECRET} here"), &label());
    let encoded = base64(&file);
    let bodies = [
        ("multipart/form-data; boundary=b", multipart(&file)),
        ("application/octet-stream", file.clone()),
        ("application/json", format!("{{\"file\":\"{encoded}\"}}").into_bytes()),
        (
            "application/json",
            format!("{{\"file\":\"data:application/pdf;base64,{encoded}\"}}").into_bytes(),
        ),
    ];
    for (kind, body) in bodies {
        let headers = [("content-type", kind.as_bytes())];
        let request = request(&headers, &body);
        let found = look(&request);
        assert_eq!(found.unscannable, None, "{kind}");
        assert_eq!(found.labels.len(), 1, "{kind}");
        assert_eq!(found.labels[0].id.as_str(), LABEL);
        let place = secret(&found).unwrap_or_else(|| panic!("{kind}: not found"));
        assert_eq!(found.segments[place].place.role, Role::Attachment);
        let locator = Locator::parse(found.locator(place).unwrap()).unwrap();
        assert_eq!(
            locate_text(&request, &locator).as_deref(),
            Some(found.segments[place].text.expose().as_str()),
            "{kind}"
        );
        let edit = Edit {
            segment: place,
            span: 0..1,
            replacement: Sensitive::new("#".to_owned()),
        };
        assert_eq!(
            found.rewrite(&request, &[edit]).err(),
            Some(RewriteError::Fixed(place)),
            "{kind}"
        );
        assert!(found.rewrite(&request, &[]).unwrap().body.is_none());
    }
}

#[test]
fn what_cannot_be_read_says_why() {
    let locked = include_bytes!("../../../tests/golden/files/user-password.pdf").as_slice();
    let whole = docx("text", "");
    let cases = [
        (locked, Unscannable::Encrypted),
        (&whole[..whole.len() / 2], Unscannable::DamagedFile),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", Unscannable::Binary),
    ];
    for (file, reason) in cases {
        let body = multipart(file);
        let headers = [("content-type", b"multipart/form-data; boundary=b".as_slice())];
        assert_eq!(look(&request(&headers, &body)).unscannable, Some(reason));
    }
}

/// What a reader of the format does not tell is in the file all the same.
#[test]
fn a_file_of_markup_is_judged_as_it_stands_too() {
    let files = [
        format!("{{\"nbformat\":4,\"cells\":\"{SECRET}\"}}"),
        format!("{{\"nbformat\":4,\"cells\":[{{\"cell_type\":\"{SECRET}\"}}]}}"),
        format!("{{\"nbformat\":4,\"a\":\"{SECRET}\",\"a\":1,\"cells\":[]}}"),
        format!("{{\"nbformat\":4,\"cells\":[{{\"outputs\":{{\"image/png\":\"{SECRET}\"}}}}]}}"),
        format!("{{\\rtf1{{\\fonttbl {SECRET}}}}}"),
        format!("{{\\rtf1\\bin{} {SECRET}}}", SECRET.len()),
        format!("<html id=\"{SECRET}\">text"),
        format!("<html {SECRET}=1>text"),
        format!("<!DOCTYPE html \"{SECRET}\"><html>text</html {SECRET}>"),
        format!("<?xml version=\"1.0\"?><a xmlns:x=\"{SECRET}\"/>"),
        format!("<?xml version=\"1.0\"?><{SECRET}>text</{SECRET}>"),
        format!("{MAIL}{SECRET}\r\n--B\r\n\r\ntext\r\n--B--\r\n"),
        format!("{MAIL}--B\r\n\r\ntext\r\n--B--\r\n{SECRET}\r\n"),
    ];
    for file in files {
        let body = multipart(file.as_bytes());
        let headers = [("content-type", b"multipart/form-data; boundary=b".as_slice())];
        let found = look(&request(&headers, &body));
        assert!(secret(&found).is_some(), "{file}");
        let body = format!("[\"data:text/plain;base64,{}\"]", base64(file.as_bytes())).into_bytes();
        let headers = [("content-type", b"application/json".as_slice())];
        let found = look(&request(&headers, &body));
        assert!(secret(&found).is_some(), "{file}");
        assert_eq!(found.attachments.len(), 1, "{file}");
    }
}

/// A message cannot make its files take more together than one of them may.
#[test]
fn many_files_share_one_limit() {
    let bomb = docx(&"a".repeat(15 << 20), "");
    let files = vec![format!("\"{}\"", base64(&bomb)); 60];
    let body = format!("[{}]", files.join(",")).into_bytes();
    let headers = [("content-type", b"application/json".as_slice())];
    let found = look(&request(&headers, &body));
    assert_eq!(found.unscannable, Some(Unscannable::TooLarge));
    let text: usize = found.segments.iter().map(|segment| segment.text.expose().len()).sum();
    assert!(text <= 256 << 20, "{text}");
}

#[test]
fn a_hundred_pictures_are_counted_and_not_read() {
    let mut picture = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec();
    // Compressed bytes are as good as random.
    let mut state = 1u32;
    picture.extend((0..100_000).map(|_| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state.to_be_bytes()[0]
    }));
    let picture = format!("\"data:image/png;base64,{}\"", base64(&picture));
    let body = format!("[{}]", vec![picture; 100].join(",")).into_bytes();
    let headers = [("content-type", b"application/json".as_slice())];
    let found = look(&request(&headers, &body));
    assert_eq!(found.unscannable, Some(Unscannable::Binary));
    assert_eq!(found.attachments.len(), 100);
}

fn look(request: &RequestView<'_>) -> Inspected {
    inspect_with(&Adapters::compile(&[]).unwrap(), request, Detail::Locators)
}

fn request<'a>(headers: &'a [(&'a str, &'a [u8])], body: &'a [u8]) -> RequestView<'a> {
    RequestView {
        method: "POST",
        host: "unknown.example",
        path: "/x",
        query: None,
        headers,
        body,
        carrier: Carrier::Http,
    }
}

fn secret(found: &Inspected) -> Option<usize> {
    found
        .segments
        .iter()
        .position(|segment| segment.text.expose().contains(SECRET))
}

fn multipart(file: &[u8]) -> Vec<u8> {
    let head = "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"plan.docx\"\r\n\r\n";
    [head.as_bytes(), file, b"\r\n--b--\r\n"].concat()
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for group in bytes.chunks(3) {
        let bits = (0..3).fold(0usize, |bits, at| {
            bits << 8 | usize::from(group.get(at).copied().unwrap_or_default())
        });
        for at in 0..4 {
            text.push(match at <= group.len() {
                true => char::from(DIGITS[bits >> (18 - 6 * at) & 63]),
                false => '=',
            });
        }
    }
    text
}
