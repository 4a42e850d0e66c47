//! Replays the seeds of every fuzz target, and says which target has none.

use std::fs;
use std::path::{Path, PathBuf};

fn fuzz_dir() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz")
}

fn files(dir: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = fs::read_dir(dir)
        .map(|entries| {
            entries
                .filter_map(|entry| entry.ok().map(|entry| entry.path()))
                .collect()
        })
        .unwrap_or_default();
    files.sort();
    files
}

#[test]
fn every_seed_of_every_target_is_read_without_a_panic() {
    for target in weir_replay::TARGETS {
        let seeds = files(&fuzz_dir().join("seeds").join(target.name));
        assert!(
            !seeds.is_empty(),
            "tests/fuzz/seeds/{} is empty: a target starts from something that parses",
            target.name
        );
        for seed in seeds {
            let data = fs::read(&seed).unwrap();
            (target.run)(&data);
            // Every prefix as well: most defects are at the end of the input.
            for end in (0..data.len()).step_by(1 + data.len() / 64) {
                (target.run)(&data[..end]);
            }
        }
    }
}

#[test]
fn list_and_files_agree() {
    let mut listed: Vec<String> = weir_replay::TARGETS
        .iter()
        .map(|target| target.name.to_owned())
        .collect();
    listed.sort();
    let mut written: Vec<String> = files(&fuzz_dir().join("fuzz_targets"))
        .iter()
        .map(|path| path.file_stem().unwrap().to_string_lossy().into_owned())
        .collect();
    written.sort();
    assert_eq!(listed, written);
}
