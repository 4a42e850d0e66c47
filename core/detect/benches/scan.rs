//! Speed of the scanner: ordinary texts, and the worst ones.

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use std::hint::black_box;
use weir_detect::{Scanner, StreamScanner, registry};

const PROSE: &str = "The partial worker was shipped late because the Berlin warehouse changed its schedule. Latency went from 172 ms to 180 ms once the batch cache was warmed, and the invoice total does not match the vertex report: the difference is 9529.28. Could we move the weekly sync to 10:30 so that Lima can join?\n";
const CODE: &str = "export function reduceWidget(order, { limit = 95, order = \"asc\" } = {}) {\n  const seen = new Map();\n  for (const invoice of order.items ?? []) {\n    if (seen.has(invoice.id)) continue;\n    seen.set(invoice.id, { ...invoice, score: invoice.weight * 0.6752 });\n  }\n  return [...seen.values()].slice(0, limit);\n}\n2024-01-23T09:42:34+02:00 INFO  [sched-1] GET /api/v2/matrixs/39204 201 564ms\n";

fn repeat(text: &str, length: usize) -> String {
    text.chars().cycle().take(length).collect()
}

fn speed(c: &mut Criterion) {
    let scanner = Scanner::builtin();
    let dense: String = registry()
        .iter()
        .flat_map(|info| info.examples)
        .fold(String::new(), |text, example| text + example + "\n");
    let megabyte = 1 << 20;
    let texts = [
        ("prompt of 2 KiB", repeat(PROSE, 2048)),
        ("prose", repeat(PROSE, megabyte)),
        ("prose and code", repeat(&format!("{PROSE}{CODE}"), megabyte)),
        ("dense findings", repeat(&dense, megabyte)),
        ("digits", repeat("0123456789", megabyte)),
        ("spaced digits", repeat("4 1 1 1 ", megabyte)),
        ("groups of digits", repeat("4111 1111 ", megabyte)),
        ("at signs", repeat("@", megabyte)),
        ("addresses", repeat("a@b.co,", megabyte)),
        ("base64", repeat("aGVsbG8gd29ybGQgaGVsbG8gd29ybGQg", megabyte)),
        ("quotes", repeat("\"", megabyte)),
        ("assignments", repeat("password=\"", megabyte)),
        ("colons", repeat("a:", megabyte)),
        ("percent", repeat("%41", megabyte)),
        ("key lines", repeat("-----BEGIN PRIVATE KEY-----", megabyte)),
        ("dashes", repeat("-", megabyte)),
        ("letter", repeat("a", megabyte)),
        ("words", repeat("confidential proprietary ", megabyte)),
        ("commas", repeat("a,1234567890\n", megabyte)),
        ("cyrillic", repeat("Пароль от почты ", megabyte)),
        ("zero width", repeat("4\u{200b}", megabyte)),
    ];
    let mut group = c.benchmark_group("scan");
    group.sample_size(10);
    for (name, text) in &texts {
        group.throughput(Throughput::Bytes(text.len() as u64));
        group.bench_with_input(BenchmarkId::from_parameter(name), text, |b, text| {
            b.iter(|| scanner.scan(black_box(text)));
        });
    }
    group.finish();
    c.bench_function("start", |b| b.iter(Scanner::builtin));
    let text = repeat(PROSE, 64 * 1024);
    let pieces: Vec<&str> = text
        .as_bytes()
        .chunks(24)
        .filter_map(|piece| std::str::from_utf8(piece).ok())
        .collect();
    let mut group = c.benchmark_group("stream");
    group.throughput(Throughput::Bytes(text.len() as u64));
    group.bench_function("pieces of 24 bytes", |b| {
        b.iter(|| {
            let mut stream = StreamScanner::new();
            for piece in &pieces {
                stream.push(&scanner, piece, &mut |found| drop(black_box(found)));
            }
            stream.finish(&scanner, &mut |found| drop(black_box(found)));
        });
    });
    group.finish();
}

criterion_group!(benches, speed);
criterion_main!(benches);
