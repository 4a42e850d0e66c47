//! Entry points for fuzzing the parsers of untrusted bytes. Not part of the interface.

use std::sync::Arc;

use crate::h1::body::{BodyReader, Framing};
use crate::h1::head::{AnswerHead, HeadEnd};
use crate::h1::{Head, Origin, write};

const LIMIT: usize = 256 * 1024;

/// A request head; a head that is accepted must be written back as it was.
pub fn fuzz_request_head(data: &[u8]) {
    let Ok(Some(length)) = HeadEnd::default().find(data, LIMIT) else {
        return;
    };
    let origin = Arc::new(Origin {
        scheme: "https",
        host: "chatgpt.com".into(),
        port: 443,
    });
    for pinned in [true, false] {
        let mut head = Head::new(origin.clone());
        if head.parse(&data[..length], 200, pinned).is_err() {
            continue;
        }
        let mut out = Vec::new();
        write::request(&mut out, &head, &write::RequestEdit::default());
        if !head.hop.to_strip && !head.absolute {
            assert_eq!(out, head.raw(), "an unchanged head stays as written");
        }
        let mut again = Head::new(head.origin().clone());
        // A request in absolute form leaves in origin form, bound to the origin it named.
        assert!(
            again.parse(&out, 200, pinned || head.absolute).is_ok(),
            "what we write, we read"
        );
        assert_eq!(again.framing, head.framing, "framing survives");
    }
}

/// The head of an answer.
pub fn fuzz_answer_head(data: &[u8]) {
    let Ok(Some(length)) = HeadEnd::default().find(data, LIMIT) else {
        return;
    };
    let mut head = AnswerHead::default();
    if head.parse(&data[..length], 200).is_ok() {
        let mut out = Vec::new();
        write::answer(
            &mut out,
            &head,
            write::AnswerEdit {
                close: false,
                strip_alt_svc: true,
            },
        );
        let mut again = AnswerHead::default();
        assert!(again.parse(&out, 200).is_ok(), "what we write, we read");
        assert_eq!(again.framing("GET"), head.framing("GET"), "framing survives");
    }
}

/// Chunks: cut anywhere, they give the same content and end at the same place. The first byte says where to cut.
pub fn fuzz_chunks(data: &[u8]) {
    let Some((cut, body)) = data.split_first() else { return };
    let whole = read_chunks([body, &[]]);
    let (a, b) = body.split_at(usize::from(*cut).min(body.len()));
    assert_eq!(whole, read_chunks([a, b]), "cutting changes nothing");
}

fn read_chunks(pieces: [&[u8]; 2]) -> Option<(Vec<u8>, usize, bool)> {
    let mut reader = BodyReader::new(Framing::Chunked);
    let (mut content, mut taken) = (Vec::new(), 0);
    for mut piece in pieces {
        while !piece.is_empty() && !reader.is_done() {
            let step = reader.step(piece).ok()?;
            content.extend_from_slice(&piece[step.content]);
            taken += step.taken;
            piece = &piece[step.taken..];
        }
    }
    Some((content, taken, reader.is_done()))
}
