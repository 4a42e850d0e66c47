//! Fingerprints of real documents: bytes, speed, what is found of excerpts, and how often texts that have nothing to do with
//! them are taken for quotations.
//!
//! `cargo bench -p weir-sketch --bench quotes` fingerprints sources of the cargo registry as if they were a company's own,
//! and asks about the documentation in `/usr/share/doc` and about excerpts of the sources.

#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a bench measures, reads the texts of the machine it runs on, and stops where it fails"
)]

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use weir_detect::Recogniser;
use weir_model::{DataType, Match};
use weir_sketch::{Key, Prints, PrintsBuilder, QuoteSettings, Quotes};

const DOCUMENTS: usize = 32 << 20;
const OTHERS: usize = 32 << 20;
const EXCERPTS: usize = 2_000;

fn main() {
    let key = Key::from_bytes([42; 32]);
    let own = texts(&registry(), DOCUMENTS, "rs");
    let other = texts(Path::new("/usr/share/doc"), OTHERS, "");
    let licences = texts(Path::new("/usr/share/common-licenses"), OTHERS, "");
    measure(&key, &own, &other, &[]);
    // Licences stand in sources and in documentation alike.
    measure(&key, &own, &other, &licences);
}

fn measure(key: &Key, own: &[String], other: &[String], common: &[String]) {
    let (built, taken) = timed(|| {
        let mut builder = PrintsBuilder::new(key, [7; 16]);
        own.iter().for_each(|text| builder.document([text.as_str()]));
        common.iter().for_each(|text| builder.common(text));
        builder.finish().unwrap()
    });
    let bytes: usize = own.iter().map(String::len).sum();
    println!(
        "{} documents, {} MB, without {} licences: {} prints, {} bytes ({:.1} % of the text), built in {taken:.1?}",
        own.len(),
        bytes / 1_000_000,
        common.len(),
        built.info.prints,
        built.info.bytes,
        100.0 * built.info.bytes as f64 / bytes as f64,
    );
    let quotes = Quotes::new(
        Prints::read(&built.bytes, key).unwrap(),
        QuoteSettings::new(DataType::builtin("acme/sources")),
    );
    let other_bytes: usize = other.iter().map(String::len).sum();
    let (told, taken) = timed(|| other.iter().map(|text| quotes.recognise(text)).collect::<Vec<_>>());
    let passages: Vec<(&String, &Match)> = other
        .iter()
        .zip(&told)
        .flat_map(|(text, found)| found.iter().map(move |found| (text, found)))
        .collect();
    let licensing = |(text, found): &&(&String, &Match)| {
        let words = text[found.span.clone()].to_lowercase();
        ["licen", "warrant", "copyright", "permission"]
            .iter()
            .any(|word| words.contains(word))
    };
    println!(
        "  {} unrelated texts, {} MB: passages in {}; {} passages, {} of them of licences; {:.0} MB/s",
        other.len(),
        other_bytes / 1_000_000,
        told.iter().filter(|found| !found.is_empty()).count(),
        passages.len(),
        passages.iter().filter(licensing).count(),
        other_bytes as f64 / 1e6 / taken.as_secs_f64(),
    );
    for letters in [100, 150, 200, 300] {
        let excerpts = own.iter().filter_map(|text| excerpt(text, letters));
        let excerpts: Vec<&str> = excerpts.take(EXCERPTS).collect();
        let found = excerpts
            .iter()
            .filter(|excerpt| {
                let text = format!("Why does this not work?\n{excerpt}\nThank you!");
                !quotes.recognise(&text).is_empty()
            })
            .count();
        println!("  excerpts of {letters} letters: {found} of {} found", excerpts.len());
    }
}

/// So many letters and digits from the middle of a text.
fn excerpt(text: &str, letters: usize) -> Option<&str> {
    let middle = text.ceil_char_boundary(text.len() / 2);
    let mut places = text[middle..].char_indices().filter(|(_, it)| it.is_alphanumeric());
    let (end, _) = places.nth(letters)?;
    Some(&text[middle..middle + end])
}

fn registry() -> PathBuf {
    let home = std::env::var_os("CARGO_HOME").map_or_else(
        || PathBuf::from(std::env::var_os("HOME").unwrap_or_default()).join(".cargo"),
        PathBuf::from,
    );
    home.join("registry/src")
}

fn texts(folder: &Path, most: usize, ending: &str) -> Vec<String> {
    let (mut waiting, mut texts, mut bytes) = (vec![folder.to_owned()], Vec::new(), 0);
    while let Some(path) = waiting.pop() {
        if bytes > most {
            break;
        }
        if path.is_dir() {
            let mut inside: Vec<PathBuf> = std::fs::read_dir(&path)
                .map(|entries| entries.filter_map(|entry| Some(entry.ok()?.path())).collect())
                .unwrap_or_default();
            inside.sort();
            waiting.extend(inside);
        } else if (ending.is_empty() || path.extension().is_some_and(|it| it == ending))
            && let Ok(text) = std::fs::read_to_string(&path)
        {
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
