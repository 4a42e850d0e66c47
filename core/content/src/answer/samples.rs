//! What the tests of this module share: compressing, and a table of surrogates.

use std::io::Write;

use weir_model::Sensitive;

use super::Replacement;

pub(super) const CODINGS: [&str; 4] = ["gzip", "deflate", "br", "zstd"];

/// All of `bytes` in one coding.
pub(super) fn compress(coding: &str, bytes: &[u8]) -> Vec<u8> {
    compress_flushed(coding, &[bytes.to_vec()]).concat()
}

/// One compressed piece for each chunk, flushed as a streaming server does, and the end.
pub(super) fn compress_flushed(coding: &str, chunks: &[Vec<u8>]) -> Vec<Vec<u8>> {
    let level = flate2::Compression::default();
    match coding {
        "gzip" | "x-gzip" => flushed(
            flate2::write::GzEncoder::new(Vec::new(), level),
            chunks,
            |e| e.get_mut(),
            |e| e.finish().unwrap(),
        ),
        "deflate" => flushed(
            flate2::write::ZlibEncoder::new(Vec::new(), level),
            chunks,
            |e| e.get_mut(),
            |e| e.finish().unwrap(),
        ),
        "br" => flushed(
            brotli::CompressorWriter::new(Vec::new(), 4096, 5, 22),
            chunks,
            |e| e.get_mut(),
            brotli::CompressorWriter::into_inner,
        ),
        "zstd" => flushed(
            zstd::Encoder::new(Vec::new(), 3).unwrap(),
            chunks,
            |e| e.get_mut(),
            |e| e.finish().unwrap(),
        ),
        other => panic!("no such coding: {other}"),
    }
}

fn flushed<E: Write>(
    mut encoder: E,
    chunks: &[Vec<u8>],
    out: impl Fn(&mut E) -> &mut Vec<u8>,
    finish: impl Fn(E) -> Vec<u8>,
) -> Vec<Vec<u8>> {
    let mut pieces = Vec::new();
    for chunk in chunks {
        encoder.write_all(chunk).unwrap();
        encoder.flush().unwrap();
        pieces.push(std::mem::take(out(&mut encoder)));
    }
    pieces.push(finish(encoder));
    pieces
}

/// Surrogates with originals that are awkward in every way of writing.
pub(super) const PAIRS: [(&str, &str); 4] = [
    ("[EMAIL_1]", "jo@example.com"),
    ("[EMAIL_10]", "ann \"q\" \\ü@example.org"),
    ("[CREDIT_CARD_2]", "4012 8888 8888 1881"),
    ("[NAME_1]", "O'Hara <\u{1f600}>\n& Sons"),
];

pub(super) fn table() -> Vec<Replacement> {
    PAIRS
        .iter()
        .map(|(surrogate, original)| Replacement {
            surrogate: (*surrogate).to_owned(),
            original: Sensitive::new((*original).to_owned()),
        })
        .collect()
}

/// What a person reads after restoring.
pub(super) fn restored(text: &str) -> String {
    PAIRS.iter().fold(text.to_owned(), |text, (surrogate, original)| {
        text.replace(surrogate, original)
    })
}
