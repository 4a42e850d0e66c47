//! `weir-corpus`: scores the detectors on labelled texts and on public code.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program that people watch")]

use clap::{Parser, Subcommand};
use std::error::Error;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;
use weir_corpus::clean::{self, Alarms};
use weir_corpus::generate::{Set, generate};
use weir_corpus::judge::Judge;
use weir_corpus::speed;
use weir_detect::score::{Item, Prediction, Tally};

/// Characters shown on each side of a fault.
const AROUND: usize = 40;

/// How right the detectors are
#[derive(Parser)]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Score the detectors on a labelled set
    Score(Score),
    /// Count what is found in public code and documentation, where there is nothing to find
    Clean(Clean),
    /// Measure how fast the scanner is, and print JSON
    Speed(Speed),
    /// Write the texts that `speed` reads, a JSON string a line, for other programs to be measured on
    Texts(Speed),
    /// Write a labelled set: the same seed, the same texts
    Generate(Generate),
}

#[derive(clap::Args)]
struct Score {
    /// One JSON object a line: {"id","subset","text","doc","spans"}
    file: PathBuf,
    /// Show each label that was missed, each finding that is wrong, and each label that is not covered
    #[arg(long)]
    misses: bool,
    /// Score what another program found: lines {"id","findings":[{"start","end","type"}]}
    #[arg(long, value_name = "FILE")]
    predictions: Option<PathBuf>,
    /// Print JSON in place of the tables
    #[arg(long)]
    json: bool,
    /// Show those of this type only
    #[arg(long, value_name = "TYPE")]
    r#type: Option<String>,
}

#[derive(clap::Args)]
struct Clean {
    /// Directories
    #[arg(required = true)]
    dirs: Vec<PathBuf>,
    /// Show each Restricted finding
    #[arg(long)]
    show: bool,
}

#[derive(clap::Args)]
struct Speed {
    /// Directories with ordinary text and code
    #[arg(required = true)]
    dirs: Vec<PathBuf>,
    /// How many MB of it
    #[arg(long, default_value_t = 100)]
    mb: usize,
    /// A labelled set: its texts are small and full of findings
    #[arg(long, value_name = "FILE", default_value = "tests/corpus/data/generated-dev.jsonl")]
    dense: PathBuf,
}

#[derive(clap::Args)]
struct Generate {
    #[arg(long)]
    seed: u64,
    #[arg(long)]
    count: usize,
    /// Of which words and templates
    #[arg(long, value_enum, default_value = "dev")]
    set: Set,
    /// Write there [default: standard output]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

fn main() -> ExitCode {
    let done = match Arguments::parse().task {
        Task::Score(score) => score.run(),
        Task::Clean(clean) => clean.run(),
        Task::Speed(speed) => speed.run(),
        Task::Texts(speed) => speed.texts(),
        Task::Generate(generate) => generate.run(),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

impl Score {
    fn run(&self) -> Result<(), Box<dyn Error>> {
        let judge = Judge::builtin();
        let others = self.predictions.as_ref().map(|path| judge.others(path)).transpose()?;
        let mut tally = Tally::default();
        for (index, line) in std::fs::read_to_string(&self.file)?.lines().enumerate() {
            let item = Item::read(line)
                .map_err(|error| format!("{}:{}:{}: {error}", self.file.display(), index + 1, error.column))?;
            let found = match &others {
                Some(others) => others.get(&item.id).cloned().unwrap_or_default(),
                None => judge.predict(&item.text),
            };
            let faults = tally.add(&item, &found);
            if self.misses || self.r#type.is_some() {
                self.show("missed   ", &item, faults.missed.iter().map(|at| label(&item, *at)));
                self.show("uncovered", &item, faults.uncovered.iter().map(|at| label(&item, *at)));
                self.show("wrong    ", &item, faults.wrong.iter().map(|at| finding(&found, *at)));
            }
        }
        let report = tally.report();
        if self.json {
            println!("{}", serde_json::to_string(&report)?);
        } else {
            println!("{report}");
        }
        Ok(())
    }

    fn show<'i>(&self, what: &str, item: &Item, faults: impl Iterator<Item = (&'i str, &'i Range<usize>)>) {
        for (name, span) in faults.filter(|(name, _)| self.r#type.as_ref().is_none_or(|wanted| wanted == name)) {
            let kind = item.technique.as_ref().or(item.lang.as_ref()).unwrap_or(&item.subset);
            println!("{what} {name:22} {} ({kind})  {}", item.id, around(&item.text, span));
        }
    }
}

fn label(item: &Item, at: usize) -> (&str, &Range<usize>) {
    (&item.labels[at].name, &item.labels[at].span)
}

fn finding(found: &[Prediction], at: usize) -> (&str, &Range<usize>) {
    (&found[at].name, &found[at].span)
}

impl Clean {
    fn run(&self) -> Result<(), Box<dyn Error>> {
        let judge = Judge::builtin();
        let mut alarms = Alarms::default();
        let started = Instant::now();
        for dir in &self.dirs {
            clean::walk(dir, &judge, &mut alarms, &mut |path: &Path, text, name, span| {
                if self.show {
                    println!("{name:22} {}  {}", path.display(), around(text, span));
                }
            })?;
        }
        for (kind, by_type) in [("restricted", &alarms.restricted), ("below", &alarms.others)] {
            for (name, count) in by_type {
                println!("{kind:10} {name:24} {count}");
            }
        }
        let mb = alarms.bytes as f64 / 1e6;
        println!(
            "{} files, {mb:.1} MB in {:.1} s: {:.3} restricted findings per MB",
            alarms.files,
            started.elapsed().as_secs_f64(),
            alarms.restricted_per_mb()
        );
        Ok(())
    }
}

impl Speed {
    fn run(&self) -> Result<(), Box<dyn Error>> {
        let dense = std::fs::read_to_string(&self.dense)?;
        let measured = speed::measure(&self.dirs, self.mb, &dense)?;
        println!("{}", serde_json::to_string(&measured)?);
        Ok(())
    }

    fn texts(&self) -> Result<(), Box<dyn Error>> {
        for text in speed::ordinary(&self.dirs, self.mb * 1_000_000)? {
            println!("{}", serde_json::to_string(&text)?);
        }
        Ok(())
    }
}

impl Generate {
    fn run(&self) -> Result<(), Box<dyn Error>> {
        let mut text = String::new();
        generate(self.seed, self.count, self.set, &mut |line| {
            text.push_str(line);
            text.push('\n');
        });
        match &self.out {
            Some(path) => std::fs::write(path, text)?,
            None => print!("{text}"),
        }
        Ok(())
    }
}

/// The value between marks, with what stands around it, on one line.
fn around(text: &str, span: &Range<usize>) -> String {
    let before: String = text[..span.start].chars().rev().take(AROUND).collect();
    let before: String = before.chars().rev().collect();
    let after: String = text[span.end..].chars().take(AROUND).collect();
    let value: String = text[span.clone()].chars().take(200).collect();
    format!("{before}⟦{value}⟧{after}").escape_debug().to_string()
}
