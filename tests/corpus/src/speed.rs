//! How fast the scanner is, beside a plain count of bytes in the same run: ratios travel to other machines, times do not.

use crate::clean;
use serde::Serialize;
use std::hint::black_box;
use std::io;
use std::path::PathBuf;
use std::time::Duration;
use weir_detect::Scanner;
use weir_detect::score::Item;

/// Texts of this length and shorter: larger files are data.
const LARGEST: usize = 1 << 20;
const ROUNDS: usize = 3;

/// What was measured. Times are of this thread on the processor, so that other programs weigh less.
#[derive(Serialize)]
pub struct Speed {
    /// Bytes of ordinary text and code, in 10⁶.
    pub mb: f64,
    /// 10⁶ bytes a second: counting one byte with memchr.
    pub memchr: f64,
    /// The same: scanning the ordinary texts, each on its own.
    pub scan: f64,
    /// The same: scanning small texts full of findings.
    pub dense: f64,
    /// From nothing to the first text read, in milliseconds.
    pub start_ms: f64,
    /// Resident memory that the scanner took, in MiB; none where the system does not say.
    pub memory_mib: Option<f64>,
}

/// Reads texts from `dirs`, in turn, until there are `mb` of them, and measures. `dense` is a labelled set.
///
/// # Errors
/// When a directory cannot be read.
pub fn measure(dirs: &[PathBuf], mb: usize, dense: &str) -> io::Result<Speed> {
    let texts = ordinary(dirs, mb * 1_000_000)?;
    let small: Vec<String> = dense
        .lines()
        .filter_map(|line| Item::read(line).ok())
        .filter(|item| item.doc.is_some())
        .map(|item| item.text)
        .collect();
    let before = resident();
    let (scanner, start) = timed(|| {
        let scanner = Scanner::builtin();
        black_box(scanner.scan("one short text"));
        scanner
    });
    let mut best = [Duration::MAX; 3];
    for _ in 0..ROUNDS {
        let runs = [
            timed(|| {
                texts
                    .iter()
                    .map(|text| memchr::memchr_iter(b'\n', text.as_bytes()).count())
                    .sum::<usize>()
            })
            .1,
            timed(|| texts.iter().map(|text| scanner.scan(text).len()).sum::<usize>()).1,
            timed(|| small.iter().map(|text| scanner.scan(text).len()).sum::<usize>()).1,
        ];
        for (best, run) in best.iter_mut().zip(runs) {
            *best = run.min(*best);
        }
    }
    let grown = before.zip(resident()).map(|(before, after)| (after - before).max(0.0));
    let (bytes, small) = (size(&texts), size(&small));
    let rate = |bytes: usize, time: Duration| bytes as f64 / 1e6 / time.as_secs_f64().max(1e-9);
    Ok(Speed {
        mb: bytes as f64 / 1e6,
        memchr: rate(bytes, best[0]),
        scan: rate(bytes, best[1]),
        dense: rate(small, best[2]),
        start_ms: start.as_secs_f64() * 1000.0,
        memory_mib: grown,
    })
}

fn size(texts: &[String]) -> usize {
    texts.iter().map(String::len).sum()
}

/// As many bytes from each directory, files spread over it, so that no project fills the whole.
pub fn ordinary(dirs: &[PathBuf], bytes: usize) -> io::Result<Vec<String>> {
    let mut texts = Vec::new();
    let share = bytes / dirs.len().max(1);
    for dir in dirs {
        let files = clean::texts(dir)?;
        // A stride without small factors visits all files, and neighbours late.
        let stride = 7919;
        let mut taken = 0;
        for index in 0..files.len() {
            if taken >= share {
                break;
            }
            let text = clean::read(&files[index * stride % files.len()]);
            if let Some(text) = text.filter(|text| text.len() <= LARGEST) {
                taken += text.len();
                texts.push(text);
            }
        }
    }
    Ok(texts)
}

fn timed<T>(run: impl FnOnce() -> T) -> (T, Duration) {
    let started = processor_time();
    let done = black_box(run());
    (done, processor_time().saturating_sub(started))
}

#[cfg(unix)]
fn processor_time() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec.unsigned_abs(), u32::try_from(time.tv_nsec).unwrap_or(0))
}

#[cfg(not(unix))]
fn processor_time() -> Duration {
    use std::sync::LazyLock;
    use std::time::Instant;
    static START: LazyLock<Instant> = LazyLock::new(Instant::now);
    START.elapsed()
}

/// Linux says it in pages of 4 KiB.
fn resident() -> Option<f64> {
    let pages = std::fs::read_to_string("/proc/self/statm").ok()?;
    let pages: f64 = pages.split(' ').nth(1)?.parse().ok()?;
    Some(pages * 4096.0 / f64::from(1 << 20))
}
