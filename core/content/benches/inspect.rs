//! The hot path: one chat request of 2 KiB, read and edited; and what 10 KiB and other layers cost.
#![allow(missing_docs, clippy::expect_used)]

#[path = "../tests/support/mod.rs"]
mod support;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use std::hint::black_box;
use weir_content::{Adapters, Carrier, Detail, Edit, RequestView, inspect, inspect_with};
use weir_model::Sensitive;

fn chat(text_size: usize) -> String {
    let prose = "Please draft a friendly reply to the customer and keep it short, thank you. ";
    let text: String = prose.chars().cycle().take(text_size).collect();
    serde_json::json!({
        "model": "gpt-5.1",
        "messages": [
            {"role": "system", "content": "You are a helpful assistant for a museum shop."},
            {"role": "user", "content": text},
            {"role": "assistant", "content": "Certainly.\nHere is a first version."},
            {"role": "user", "content": [{"type": "text", "text": "Shorter, and mail it to sam@example.com."}]}
        ],
        "tools": [{"type": "function", "function": {"name": "lookup_item", "description": "Find an item by colour",
            "parameters": {"type": "object", "properties": {"colour": {"type": "string"}}}}}],
        "stream": true,
        "metadata": {"app": "shop"}
    })
    .to_string()
}

fn bench(criterion: &mut Criterion) {
    let adapters = support::adapters();
    let headers = [("content-type", b"application/json".as_slice())];
    let mut group = criterion.benchmark_group("inspect");
    for (name, host, path, size) in [
        ("openai_2k", "api.openai.com", "/v1/chat/completions", 1300),
        ("unknown_host_2k", "llm.example", "/ask", 1300),
        ("openai_256k", "api.openai.com", "/v1/chat/completions", 256 << 10),
    ] {
        let body = chat(size);
        let request = RequestView {
            method: "POST",
            host,
            path,
            query: None,
            headers: &headers,
            body: body.as_bytes(),
            carrier: Carrier::Http,
        };
        group.throughput(Throughput::Bytes(body.len() as u64));
        group.bench_function(name, |bencher| bencher.iter(|| inspect(&adapters, black_box(&request))));
    }
    let body = include_bytes!("../../../tests/golden/traffic/s01-chatgpt-conversation.req.body");
    let request = RequestView {
        method: "POST",
        host: "chatgpt.com",
        path: "/backend-api/f/conversation",
        query: None,
        headers: &headers,
        body,
        carrier: Carrier::Http,
    };
    group.throughput(Throughput::Bytes(body.len() as u64));
    group.bench_function("chatgpt_web_1k", |bencher| {
        bencher.iter(|| inspect(&adapters, black_box(&request)));
    });
    group.finish();
    bench_layers(criterion, &adapters);
    bench_rewrite(criterion, &adapters);
}

fn bench_layers(criterion: &mut Criterion, adapters: &Adapters) {
    let headers = [("content-type", b"application/json".as_slice())];
    let mut group = criterion.benchmark_group("inspect");
    // Many small strings are the walker's worst case; half of them are keys.
    let rows: Vec<_> = (0..160)
        .map(|row| serde_json::json!({"id": row, "title": format!("Row {row}"), "note": "keep it short, thank you"}))
        .collect();
    let rows = serde_json::json!({ "rows": rows }).to_string();
    let long = chat(9 << 10);
    for (name, body, detail) in [
        ("text_10k", &long, Detail::Judged),
        ("text_10k_locators", &long, Detail::Locators),
        ("rows_10k", &rows, Detail::Judged),
        ("rows_10k_locators", &rows, Detail::Locators),
    ] {
        let request = RequestView {
            method: "POST",
            host: "llm.example",
            path: "/ask",
            query: None,
            headers: &headers,
            body: body.as_bytes(),
            carrier: Carrier::Http,
        };
        group.throughput(Throughput::Bytes(body.len() as u64));
        group.bench_function(name, |bencher| {
            bencher.iter(|| inspect_with(adapters, black_box(&request), detail));
        });
    }
    let body = include_bytes!("../../../tests/golden/traffic/s40-cursor-connect-protobuf.req.body");
    let request = RequestView {
        method: "POST",
        host: "api2.cursor.sh",
        path: "/aiserver.v1.ChatService/StreamUnifiedChatWithTools",
        query: None,
        headers: &[("content-type", b"application/connect+proto")],
        body,
        carrier: Carrier::Http,
    };
    group.throughput(Throughput::Bytes(body.len() as u64));
    group.bench_function("connect_protobuf", |bencher| {
        bencher.iter(|| inspect(adapters, black_box(&request)));
    });
    group.finish();
}

fn bench_rewrite(criterion: &mut Criterion, adapters: &Adapters) {
    let headers = [("content-type", b"application/json".as_slice())];
    let body = chat(1300);
    let request = RequestView {
        method: "POST",
        host: "api.openai.com",
        path: "/v1/chat/completions",
        query: None,
        headers: &headers,
        body: body.as_bytes(),
        carrier: Carrier::Http,
    };
    let found = inspect(adapters, &request);
    let text = found
        .segments
        .iter()
        .position(|segment| segment.text.expose().contains("sam@"))
        .expect("the prompt");
    let start = found.segments[text].text.expose().find("sam@").expect("the address");
    let edit = Edit {
        segment: text,
        span: start..start + 15,
        replacement: Sensitive::new("[EMAIL_1]".to_owned()),
    };
    let edits = [edit];
    criterion.bench_function("rewrite_2k", |bencher| {
        bencher.iter(|| found.rewrite(black_box(&request), &edits));
    });
}

criterion_group!(benches, bench);
criterion_main!(benches);
