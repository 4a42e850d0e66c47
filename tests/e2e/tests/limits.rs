//! Messages made to exhaust whoever reads them: they are refused or passed as policy says, and the agent's memory stays
//! bounded.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test's broken assumption is a failed test"
)]

use std::fs::File;
use std::io::Write;
use weir_e2e::{Stage, names_an_event};
use weir_support::client::Outgoing;
use weir_support::fake::Options;

const MIB: u64 = 1 << 20;
/// What may be decoded of one message, and room for what the walk over it needs.
const BOUND: u64 = 320 * MIB;

#[test]
fn compressed_bombs_do_not_leave_and_do_not_grow() {
    let stage = Stage::with_weir("limits-bombs");
    for (coding, body) in [("gzip", gzip_bomb()), ("zstd", zstd_bomb()), ("br", brotli_bomb())] {
        assert!(body.len() < 1 << 20, "{coding}: {} bytes", body.len());
        let request = Outgoing {
            body,
            ..chat(&[("content-encoding", coding)])
        };
        let reply = stage.client().send(&request).unwrap();
        assert_eq!(reply.status, 403, "{coding}: {}", reply.text());
        assert!(names_an_event(&reply.text()), "{coding}");
    }
    assert!(stage.fake.received().is_empty());
    let peak = stage.agent().peak_memory().unwrap();
    assert!(peak < BOUND, "{} MiB", peak / MIB);
}

#[test]
fn json_without_a_bottom_does_not_leave() {
    let stage = Stage::with_weir("limits-depth");
    for levels in [10_000, 1_000_000] {
        let (open, close) = ("[".repeat(levels), "]".repeat(levels));
        let body = format!("{{\"messages\":[{{\"role\":\"user\",\"content\":{open}\"hello\"{close}}}]}}");
        let request = Outgoing {
            body: body.into_bytes(),
            ..chat(&[("content-type", "application/json")])
        };
        let reply = stage.client().send(&request).unwrap();
        assert_eq!(reply.status, 403, "{levels} levels: {}", reply.text());
    }
    assert!(stage.fake.received().is_empty());
}

#[test]
fn a_gigabyte_of_upload_is_refused_or_passes_in_constant_memory() {
    const SIZE: u64 = 1 << 30;
    for (name, rule, status) in [("refused", "block", 403), ("passed", "allow", 200)] {
        let stage = Stage::with(&format!("limits-upload-{name}"), Options::default(), |mut launch| {
            let pack = launch.state.with_file_name("pack.yaml");
            let text = format!(
                "pack: {{name: limits, version: 1.0.0, extends: [weir/baseline]}}\n\
                 policies: {{policy: {{data-classification: {{unscannable: {{action: {rule}}}}}}}}}\n"
            );
            std::fs::write(&pack, text).unwrap();
            launch.pack = Some(pack);
            launch
        });
        let file = stage.path("large.bin");
        File::create(&file).unwrap().set_len(SIZE).unwrap();
        let form = format!("file=@{}", file.display());
        let curled = stage.curl_form(&["--http1.1", "--form", &form], "https://api.openai.com/v1/files");
        assert_eq!(curled.status, status, "{name}: {} {}", curled.body, curled.complaint);
        let arrived: u64 = stage.fake.received().iter().map(|request| request.length).sum();
        if rule == "allow" {
            assert!(arrived > SIZE, "only {arrived} bytes arrived");
        } else {
            assert_eq!(arrived, 0, "{name}");
        }
        let peak = stage.agent().peak_memory().unwrap();
        assert!(peak < BOUND, "{name}: {} MiB", peak / MIB);
    }
}

fn chat(headers: &[(&str, &str)]) -> Outgoing {
    let request = Outgoing {
        method: "POST".to_owned(),
        host: "api.openai.com".to_owned(),
        path: "/v1/chat/completions".to_owned(),
        ..Outgoing::default()
    };
    headers
        .iter()
        .fold(request, |request, (name, value)| request.header(name, value))
}

/// A quarter of a gibibyte of spaces inside a JSON string.
fn pour(mut into: impl Write) {
    into.write_all(b"{\"messages\":[{\"role\":\"user\",\"content\":\"")
        .unwrap();
    let spaces = vec![b' '; 1 << 20];
    for _ in 0..256 {
        into.write_all(&spaces).unwrap();
    }
    into.write_all(b"\"}]}").unwrap();
}

fn gzip_bomb() -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    pour(&mut encoder);
    encoder.finish().unwrap()
}

fn zstd_bomb() -> Vec<u8> {
    let mut encoder = zstd::stream::Encoder::new(Vec::new(), 3).unwrap();
    pour(&mut encoder);
    encoder.finish().unwrap()
}

fn brotli_bomb() -> Vec<u8> {
    let mut packed = Vec::new();
    pour(brotli::CompressorWriter::new(&mut packed, 1 << 20, 5, 22));
    packed
}
