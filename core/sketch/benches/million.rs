//! A sketch of a million rows: bytes for each value, wrong answers, time for each question, and speed over ordinary text.
//!
//! `cargo bench -p weir-sketch --bench million` makes up the rows; the text is the sources of the cargo registry.

#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a bench measures, reads the texts of the machine it runs on, and stops where it fails"
)]

use std::hint::black_box;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use weir_detect::Recogniser;
use weir_model::{Confidence, DataType};
use weir_sketch::{Builder, Built, Key, Settings, Sketch, Voice};

const ROWS: u64 = 1_000_000;
const QUESTIONS: u64 = 10_000_000;
const TEXT: usize = 64 << 20;

fn main() {
    let key = Key::from_bytes([42; 32]);
    for (columns, together) in [(1, false), (3, false), (3, true)] {
        measure(&key, columns, together);
    }
}

fn measure(key: &Key, columns: usize, together: bool) {
    let names = ["email", "name", "account"].map(str::to_owned);
    let (built, taken) = timed(|| build(key, &names[..columns], together));
    let values: u64 = built.info.columns.iter().map(|column| column.values).sum();
    println!("{columns} columns, {} rows, together: {together}", built.info.rows);
    println!(
        "  {} entries for {values} values, {:.3} bytes an entry, built in {taken:.1?}",
        built.info.entries,
        built.bytes.len() as f64 / built.info.entries as f64,
    );
    let (sketch, taken) = timed(|| Sketch::read(&built.bytes, key).unwrap());
    println!("  read and verified in {taken:.1?}");
    ask(&sketch);
    let voice = Voice::new(sketch, Settings::new(DataType::builtin("acme/customer"))).unwrap();
    read(&voice);
}

fn build(key: &Key, names: &[String], together: bool) -> Built {
    let mut builder = Builder::new(names, together, key, [7; 16]).unwrap();
    for number in 0..ROWS {
        let row = row(number);
        builder.row(row.iter().map(String::as_str));
    }
    builder.finish().unwrap()
}

fn row(number: u64) -> [String; 3] {
    let drawn = number.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 16;
    [
        format!("person{number}.x{:x}@mail{}.example", drawn % 4096, number % 97),
        format!(
            "{} {}{}",
            NAMES[(drawn % 16) as usize],
            NAMES[(drawn / 16 % 16) as usize],
            letters(number)
        ),
        format!("ACC-{:04}-{:06}", number % 9973, drawn % 1_000_000),
    ]
}

fn letters(mut number: u64) -> String {
    let mut letters = String::new();
    while number > 0 {
        letters.push(char::from(b'a' + (number % 26) as u8));
        number /= 26;
    }
    letters
}

const NAMES: [&str; 16] = [
    "Ada", "Bo", "Cyra", "Dov", "Ema", "Finn", "Gil", "Hana", "Ivo", "Jun", "Kai", "Lea", "Mio", "Nia", "Ola", "Pia",
];

/// Addresses like those of the table, and in none of its rows.
fn ask(sketch: &Sketch) {
    let others: Vec<String> = (0..QUESTIONS / 100)
        .map(|number| format!("nobody{number}.x{:x}@mail{}.example", number % 4096, number % 89))
        .collect();
    let (_, taken) = timed(|| black_box(others.iter().filter(|value| sketch.has("email", value)).count()));
    let each = taken.as_nanos() as f64 / others.len() as f64;
    let wrong = (0..QUESTIONS)
        .filter(|number| sketch.has("email", &format!("nobody{number}@mail{}.example", number % 89)))
        .count();
    println!(
        "  {wrong} of {QUESTIONS} values that are in no row were taken for one: {:.2e}; {each:.0} ns a question",
        wrong as f64 / QUESTIONS as f64
    );
}

fn read(voice: &Voice) {
    let texts = corpus();
    let bytes: usize = texts.iter().map(String::len).sum();
    let (found, taken) = timed(|| texts.iter().map(|text| voice.recognise(text)).collect::<Vec<_>>());
    let sure = |found: &[weir_model::Match]| found.iter().any(|one| one.confidence > Confidence::Low);
    println!(
        "  {} texts, {} MB: {:.0} MB/s; sure matches in {} texts, doubtful ones in {}",
        texts.len(),
        bytes / 1_000_000,
        bytes as f64 / 1e6 / taken.as_secs_f64(),
        found.iter().filter(|found| sure(found)).count(),
        found.iter().filter(|found| !found.is_empty() && !sure(found)).count(),
    );
}

fn corpus() -> Vec<String> {
    let home = std::env::var_os("CARGO_HOME").map_or_else(
        || PathBuf::from(std::env::var_os("HOME").unwrap_or_default()).join(".cargo"),
        PathBuf::from,
    );
    let (mut waiting, mut texts, mut bytes) = (
        vec![home.join("registry/src"), PathBuf::from("/usr/share/doc")],
        Vec::new(),
        0,
    );
    while let Some(path) = waiting.pop() {
        if bytes > TEXT {
            break;
        }
        if path.is_dir() {
            let mut inside: Vec<PathBuf> = std::fs::read_dir(&path)
                .map(|entries| entries.filter_map(|entry| Some(entry.ok()?.path())).collect())
                .unwrap_or_default();
            inside.sort();
            waiting.extend(inside);
        } else if let Ok(text) = std::fs::read_to_string(&path) {
            bytes += text.len();
            texts.push(text);
        }
    }
    texts
}

fn timed<T>(run: impl FnOnce() -> T) -> (T, Duration) {
    let start = Instant::now();
    let done = run();
    (done, start.elapsed())
}
