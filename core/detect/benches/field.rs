//! Speed on the texts of this machine, as ratios to counting line ends with memchr in the same run.
//!
//! `cargo bench -p weir-detect --bench field [-- FOLDER…]` reads the sources of the cargo registry and the documentation
//! of the system, or the folders given. Nothing of them is kept. Time is that of the thread where the system tells it,
//! so that other programs do not disturb the figures.

#![expect(
    clippy::disallowed_methods,
    reason = "a bench reads the texts of the machine it runs on"
)]

use std::fmt::Write as _;
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::time::Duration;
use weir_detect::{Scanner, StreamScanner, TRIGGERS, registry};

/// Enough text to be ordinary.
const CORPUS: usize = 128 << 20;
/// Longer files are data.
const MAX_FILE: u64 = 512 << 10;
const MEGABYTE: usize = 1 << 20;

fn main() {
    let folders: Vec<PathBuf> = std::env::args()
        .skip(1)
        .filter(|argument| !argument.starts_with('-'))
        .map(PathBuf::from)
        .collect();
    let texts = corpus(if folders.is_empty() { usual_folders() } else { folders });
    let before = resident();
    let start = fastest(21, Scanner::builtin);
    let scanner = Scanner::builtin();
    let found: usize = texts.iter().map(|text| scanner.scan(text).len()).sum();
    let after = resident();

    let bytes: usize = texts.iter().map(String::len).sum();
    let count = fastest(5, || texts.iter().map(|text| count(text)).sum::<usize>());
    let ordinary = fastest(3, || texts.iter().map(|text| scanner.scan(text).len()).sum::<usize>());
    let yardstick = rate(bytes, count);
    let normal = rate(bytes, ordinary);
    let mut report = String::new();
    let _ = writeln!(
        report,
        "corpus: {} texts, {} MB, {found} findings",
        texts.len(),
        bytes / 1_000_000
    );
    let _ = writeln!(report, "memchr count  {yardstick:9.0} MB/s");
    let _ = writeln!(
        report,
        "ordinary      {normal:9.0} MB/s  {:.3} of memchr",
        normal / yardstick
    );

    small_texts(&mut report, &scanner, normal);
    let _ = writeln!(report, "start         {:9.0} µs", start.as_secs_f64() * 1e6);
    if let (Some(before), Some(after)) = (before, after) {
        let _ = writeln!(
            report,
            "memory        {:9.1} MiB more",
            after.saturating_sub(before) as f64 / MEGABYTE as f64
        );
    }
    streams(&mut report, &scanner, &texts, normal);
    slow_texts(&mut report, &scanner, normal);
    #[expect(clippy::print_stdout, reason = "a bench prints its figures")]
    {
        println!("{report}");
    }
}

fn small_texts(report: &mut String, scanner: &Scanner, normal: f64) {
    let dense = dense();
    let small = rate(
        dense.iter().map(|text| text.len()).sum(),
        fastest(9, || dense.iter().map(|text| scanner.scan(text).len()).sum::<usize>()),
    );
    let _ = writeln!(
        report,
        "dense, small  {small:9.0} MB/s  {:.3} of ordinary",
        small / normal
    );
}

fn streams(report: &mut String, scanner: &Scanner, texts: &[String], normal: f64) {
    for size in [4, 24, 256] {
        let (streamed, time) = stream(scanner, texts, size);
        let speed = rate(streamed, time);
        let _ = writeln!(
            report,
            "stream of {size:3} {speed:9.0} MB/s  {:.3} of ordinary",
            speed / normal
        );
    }
}

fn slow_texts(report: &mut String, scanner: &Scanner, normal: f64) {
    for (name, text) in worst() {
        let half = text.floor_char_boundary(text.len() / 2);
        let whole = fastest(5, || scanner.scan(black_box(&text)));
        let part = fastest(5, || scanner.scan(black_box(&text[..half])));
        let speed = rate(text.len(), whole);
        let _ = writeln!(
            report,
            "{name:24} {speed:9.0} MB/s  {:.3} of ordinary, twice the text takes {:.1} times",
            speed / normal,
            whole.as_secs_f64() / part.as_secs_f64()
        );
    }
}

fn usual_folders() -> Vec<PathBuf> {
    let home = std::env::var_os("CARGO_HOME")
        .map(PathBuf::from)
        .or_else(|| std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".cargo")));
    let sources = home.map(|home| home.join("registry").join("src"));
    sources.into_iter().chain([PathBuf::from("/usr/share/doc")]).collect()
}

/// Text files in a fixed order, thinned out evenly.
fn corpus(folders: Vec<PathBuf>) -> Vec<String> {
    let mut files = Vec::new();
    for folder in folders {
        collect(&folder, &mut files);
    }
    files.sort_unstable_by(|(a, _), (b, _)| a.cmp(b));
    let total: u64 = files.iter().map(|(_, size)| size).sum();
    let every = (total as usize / CORPUS).max(1);
    files
        .iter()
        .step_by(every)
        .filter_map(|(path, _)| std::fs::read_to_string(path).ok())
        .collect()
}

fn collect(folder: &Path, files: &mut Vec<(PathBuf, u64)>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let Ok(kind) = entry.file_type() else { continue };
        if kind.is_dir() {
            collect(&entry.path(), files);
        } else if let Some(size) = entry.metadata().ok().filter(|_| kind.is_file()).map(|data| data.len())
            && size <= MAX_FILE
        {
            files.push((entry.path(), size));
        }
    }
}

/// Documents of a few lines that are full of values and near misses.
fn dense() -> Vec<String> {
    let lines: Vec<&str> = registry()
        .iter()
        .flat_map(|info| info.examples.iter().chain(info.counter_examples))
        .copied()
        .collect();
    lines.chunks(6).map(|lines| lines.join("\n")).collect()
}

fn count(text: &str) -> usize {
    memchr::memchr_iter(b'\n', text.as_bytes()).count()
}

fn stream(scanner: &Scanner, texts: &[String], size: usize) -> (usize, Duration) {
    let texts = &texts[..texts.len().min(1500)];
    let bytes = texts.iter().map(String::len).sum();
    let time = fastest(1, || {
        for text in texts {
            let mut stream = StreamScanner::new();
            let mut rest = text.as_str();
            while !rest.is_empty() {
                let (piece, after) = rest.split_at(rest.ceil_char_boundary(size.min(rest.len())));
                stream.push(scanner, piece, &mut |found| drop(black_box(found)));
                rest = after;
            }
            stream.finish(scanner, &mut |found| drop(black_box(found)));
        }
    });
    (bytes, time)
}

/// A megabyte of each byte, and of what is made to be slow.
fn worst() -> Vec<(String, String)> {
    let bytes = (0..0x80).map(|byte: u8| (format!("byte {byte:#04x}"), char::from(byte).to_string()));
    TRIGGERS
        .iter()
        .map(|part| {
            (
                format!("{:?}", &part[..part.floor_char_boundary(16)]),
                (*part).to_owned(),
            )
        })
        .chain(bytes)
        .map(|(name, part)| (name, part.chars().cycle().take(MEGABYTE).collect()))
        .collect()
}

fn rate(bytes: usize, time: Duration) -> f64 {
    bytes as f64 / 1e6 / time.as_secs_f64()
}

fn fastest<T>(times: usize, mut run: impl FnMut() -> T) -> Duration {
    (0..times)
        .map(|_| {
            let start = now();
            black_box(run());
            now() - start
        })
        .min()
        .unwrap_or_default()
}

/// The time this thread has had the processor, where the system tells it.
#[cfg(unix)]
fn now() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}

#[cfg(not(unix))]
fn now() -> Duration {
    static START: std::sync::LazyLock<std::time::Instant> = std::sync::LazyLock::new(std::time::Instant::now);
    START.elapsed()
}

/// Bytes of memory in use, where the system tells it.
fn resident() -> Option<usize> {
    let line = std::fs::read_to_string("/proc/self/statm").ok()?;
    Some(line.split(' ').nth(1)?.parse::<usize>().ok()? * 4096)
}
