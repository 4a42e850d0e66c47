//! What reading costs, service by service: the walk over each recorded message with the adapter's rules and the places of
//! everything found, as `cargo xtask bench content` prints it. Times are of this machine; the bar is one millisecond for
//! 10 KiB of JSON.
#![allow(missing_docs, clippy::expect_used, clippy::print_stdout)]
#![allow(
    clippy::disallowed_methods,
    reason = "a bench measures time, and reads what it measures"
)]

#[path = "../tests/support/mod.rs"]
mod support;

use serde_json::Value;
use std::collections::BTreeMap;
use std::hint::black_box;
use std::path::Path;
use std::time::{Duration, Instant};
use weir_content::{Adapters, Carrier, Detail, RequestView, inspect_with};

/// The bar, for a body of [`SCALE`].
const BAR: Duration = Duration::from_millis(1);
const SCALE: f64 = 10.0 * 1024.0;
/// A small body costs what every request costs: only from here on its size is what is measured.
const SCALED_FROM: usize = 1024;
/// Time spent on each message.
const PATIENCE: Duration = Duration::from_millis(200);

/// One recorded request, or one message of a socket.
struct Message {
    service: String,
    method: String,
    host: String,
    path: String,
    query: Option<String>,
    headers: Vec<(String, Vec<u8>)>,
    body: Vec<u8>,
    carrier: Carrier,
}

#[derive(Default)]
struct Row {
    messages: u32,
    bytes: usize,
    time: Duration,
    worst_scaled: Option<Duration>,
}

fn main() {
    let adapters = support::adapters();
    let mut rows: BTreeMap<String, Row> = BTreeMap::new();
    for message in recorded() {
        let time = measured(&adapters, &message);
        let row = rows.entry(message.service).or_default();
        row.messages += 1;
        row.bytes += message.body.len();
        row.time += time;
        if message.body.len() >= SCALED_FROM {
            let scaled = time.mul_f64(SCALE / message.body.len() as f64);
            row.worst_scaled = row.worst_scaled.max(Some(scaled));
        }
    }
    for (name, body) in grown() {
        let message = chat(name, body);
        let time = measured(&adapters, &message);
        rows.insert(
            name.to_owned(),
            Row {
                messages: 1,
                bytes: message.body.len(),
                time,
                worst_scaled: Some(time.mul_f64(SCALE / message.body.len() as f64)),
            },
        );
    }
    print(&rows);
    let missed: Vec<&String> = rows
        .iter()
        .filter(|(_, row)| row.worst_scaled.is_some_and(|time| time > BAR))
        .map(|(name, _)| name)
        .collect();
    println!(
        "\nabove 1 ms for 10 KiB: {}",
        if missed.is_empty() {
            "none".to_owned()
        } else {
            format!("{missed:?}")
        }
    );
}

fn print(rows: &BTreeMap<String, Row>) {
    println!("| service | messages | bytes | µs a message | µs for 10 KiB |");
    println!("|---|--:|--:|--:|--:|");
    for (service, row) in rows {
        let scaled = row
            .worst_scaled
            .map_or("-".to_owned(), |time| format!("{:.0}", micros(time)));
        let each = micros(row.time) / f64::from(row.messages);
        println!(
            "| {service} | {} | {} | {each:.1} | {scaled} |",
            row.messages, row.bytes
        );
    }
}

fn micros(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}

/// The fastest of many runs: what disturbs them only adds.
fn measured(adapters: &Adapters, message: &Message) -> Duration {
    let headers: Vec<(&str, &[u8])> = message
        .headers
        .iter()
        .map(|(name, value)| (&**name, &**value))
        .collect();
    let request = RequestView {
        method: &message.method,
        host: &message.host,
        path: &message.path,
        query: message.query.as_deref(),
        headers: &headers,
        body: &message.body,
        carrier: message.carrier,
    };
    let begun = Instant::now();
    let mut best = Duration::MAX;
    while begun.elapsed() < PATIENCE {
        let start = Instant::now();
        black_box(inspect_with(adapters, black_box(&request), Detail::Locators));
        best = best.min(start.elapsed());
    }
    best
}

/// Bodies of 10 KiB: prose, many small strings, code with escapes.
fn grown() -> [(&'static str, Vec<u8>); 3] {
    let prose = "Please draft a friendly reply to the customer and keep it short, thank you. ".repeat(128);
    let turn = |text: &str| serde_json::json!({"model": "m", "messages": [{"role": "user", "content": text}]});
    let code = "\tif (\"a\" == b) {\r\n\t\treturn \"C:\\\\temp\";\r\n\t}\r\n".repeat(170);
    let rows: Vec<_> = (0..160)
        .map(|row| serde_json::json!({"id": row, "title": format!("Row {row}"), "note": "keep it short, thank you"}))
        .collect();
    let rows = serde_json::json!({"model": "m", "messages": [{"role": "tool", "content": rows}]});
    [
        ("(10 KiB of prose)", turn(&prose).to_string().into_bytes()),
        ("(10 KiB of code)", turn(&code).to_string().into_bytes()),
        ("(10 KiB of small strings)", rows.to_string().into_bytes()),
    ]
}

fn chat(service: &str, body: Vec<u8>) -> Message {
    Message {
        service: service.to_owned(),
        method: "POST".to_owned(),
        host: "api.openai.com".to_owned(),
        path: "/v1/chat/completions".to_owned(),
        query: None,
        headers: vec![("content-type".to_owned(), b"application/json".to_vec())],
        body,
        carrier: Carrier::Http,
    }
}

fn recorded() -> Vec<Message> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden/traffic");
    let mut files: Vec<_> = std::fs::read_dir(&folder)
        .expect("the samples")
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|name| name.ends_with(".meta.json"))
        .collect();
    files.sort();
    files
        .iter()
        .flat_map(|name| sample(&folder, name.trim_end_matches(".meta.json")))
        .collect()
}

fn sample(folder: &Path, name: &str) -> Vec<Message> {
    let read = |kind: &str| std::fs::read(folder.join(format!("{name}.{kind}"))).ok();
    let meta: Value = serde_json::from_slice(&read("meta.json").expect("a sample")).expect("JSON");
    let request = &meta["request"];
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let target = text(&request["path"]);
    let (path, query) = match target.split_once('?') {
        Some((path, query)) => (path.to_owned(), Some(query.to_owned())),
        None => (target, None),
    };
    let headers = request["headers"].as_array().into_iter().flatten();
    let headers: Vec<_> = headers
        .map(|pair| (text(&pair[0]).to_ascii_lowercase(), text(&pair[1]).into_bytes()))
        .collect();
    let message = |body: Vec<u8>, carrier| Message {
        service: text(&meta["service"]),
        method: text(&request["method"]),
        host: text(&request["host"]),
        path: path.clone(),
        query: query.clone(),
        headers: headers.clone(),
        body,
        carrier,
    };
    let Some(lines) = read("ws.jsonl") else {
        return vec![message(read("req.body").unwrap_or_default(), Carrier::Http)];
    };
    let lines = String::from_utf8(lines).expect("text");
    let said = lines.lines().enumerate().filter_map(|(number, line)| {
        let line: Value = serde_json::from_str(line).expect("JSON");
        let data = line["data"].as_str().filter(|_| line["dir"] == "c2s")?;
        Some(message(
            data.as_bytes().to_vec(),
            Carrier::WebSocket { number: number as u64 },
        ))
    });
    said.collect()
}
