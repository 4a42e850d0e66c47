use std::fs;
use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use aws_lc_rs::rand;
use clap::Args;
use serde_json::json;
use weir_sketch::{BuildError, Builder, Built, Key, Salt};
use zeroize::Zeroizing;

use super::table::{Table, TableError};
use crate::cli::screen::Screen;
use crate::cli::{CliError, Ending, files};

/// Make a sketch from a table
///
/// Reads CSV, TSV or semicolons with a header, from a file or standard input, and writes TABLE.weirsketch. The key is made
/// where there is none; keep it as you keep the table. Cells with fewer than 3 letters or digits, with more than 127, and
/// such as `N/A` are left out.
#[derive(Args)]
#[command(after_help = "\
Exit status: 0 written, 2 the command line is wrong, 3 the table cannot be read or the sketch not be written.

Examples:
  weir sketch build --column email customers.csv
  weir sketch build --column name --column account --together customers.tsv
  psql -c 'COPY customers TO STDOUT CSV HEADER' | weir sketch build --column email --out customers.weirsketch -")]
pub(super) struct BuildArgs {
    /// The table; `-` is standard input
    #[arg(value_name = "TABLE")]
    table: PathBuf,
    /// Column whose values are looked for; may be given up to eight times
    #[arg(long, value_name = "NAME", required = true)]
    column: Vec<String>,
    /// Keep as well which values stand in one row, so that a pack can ask for two of them together
    #[arg(long)]
    together: bool,
    /// Character between cells [default: a tab for `.tsv`, else what the header has most of: `,`, `;`, a tab or `|`]
    #[arg(long, value_name = "CHARACTER", value_parser = delimiter)]
    delimiter: Option<u8>,
    /// File with the key; made where it does not exist [default: the sketch with the ending `weirkey`]
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,
    /// Where the sketch is written; an existing file is not touched [default: the table with the ending `weirsketch`]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Say in JSON what was made
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &BuildArgs, screen: &mut Screen) -> Result<Ending, CliError> {
    let is_piped = args.table.as_os_str() == "-";
    let out = match &args.out {
        Some(out) => out.clone(),
        None if is_piped => return Err(CliError::usage("say with `--out` where the sketch is written")),
        None => args.table.with_extension("weirsketch"),
    };
    if out.exists() {
        return Err(CliError::environment(format!("`{}` is there already", out.display())));
    }
    let key_path = args.key.clone().unwrap_or_else(|| out.with_extension("weirkey"));
    let (key, is_new) = read_or_make(&key_path)?;
    let mut salt = Salt::default();
    fill(&mut salt)?;
    let of_args = |error: BuildError| CliError::usage(error.to_string());
    let mut builder = Builder::new(&args.column, args.together, &key, salt).map_err(of_args)?;
    read_rows(args, is_piped, &mut builder, screen)?;
    let built = builder
        .finish()
        .map_err(|error| CliError::environment(format!("`{}`: {error}", args.table.display())))?;
    if is_new {
        files::write_new(&key_path, key.to_text().as_bytes(), true)?;
    }
    files::write_new(&out, &built.bytes, false)?;
    tell(args, &built, &out, is_new.then_some(&key_path), screen)?;
    Ok(Ending::Clean)
}

/// The key in a file; a new one, still to be written, where there is no file.
pub(in crate::cli) fn read_or_make(path: &Path) -> Result<(Key, bool), CliError> {
    match fs::read_to_string(path) {
        Ok(text) => match Key::parse(&Zeroizing::new(text)) {
            Ok(key) => Ok((key, false)),
            Err(error) => Err(CliError::environment(format!("`{}`: {error}", path.display()))),
        },
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let mut bytes = Zeroizing::new([0; 32]);
            fill(bytes.as_mut())?;
            Ok((Key::from_bytes(*bytes), true))
        }
        Err(error) => Err(CliError::environment(format!(
            "cannot read `{}`: {error}",
            path.display()
        ))),
    }
}

pub(in crate::cli) fn fill(bytes: &mut [u8]) -> Result<(), CliError> {
    rand::fill(bytes).map_err(|_| CliError::environment("the system gave no randomness"))
}

fn read_rows(args: &BuildArgs, is_piped: bool, builder: &mut Builder<'_>, screen: &mut Screen) -> Result<(), CliError> {
    let name = args.table.display().to_string();
    let failed = |error: TableError| CliError::environment(format!("{name}{error}"));
    let input: Box<dyn io::Read> = match is_piped {
        true => Box::new(io::stdin().lock()),
        false => Box::new(
            fs::File::open(&args.table)
                .map_err(|error| CliError::environment(format!("cannot read `{name}`: {error}")))?,
        ),
    };
    let delimiter = args
        .delimiter
        .or_else(|| args.table.extension().filter(|ending| *ending == "tsv").map(|_| b'\t'));
    let mut table = Table::open(input, delimiter, &args.column).map_err(failed)?;
    let mut progress = Progress::default();
    while let Some(row) = table.next_row().map_err(failed)? {
        builder.row(row);
        progress.step(screen);
    }
    Ok(())
}

/// Says on a terminal that it is still under way.
struct Progress {
    rows: u64,
    said: Instant,
    is_watched: bool,
}

impl Default for Progress {
    fn default() -> Self {
        Self {
            rows: 0,
            said: Instant::now(),
            is_watched: io::stderr().is_terminal(),
        }
    }
}

impl Progress {
    fn step(&mut self, screen: &mut Screen) {
        const ROWS: u64 = 4096;
        const OFTEN: Duration = Duration::from_secs(2);
        self.rows += 1;
        if self.is_watched && self.rows.is_multiple_of(ROWS) && self.said.elapsed() >= OFTEN {
            self.said = Instant::now();
            screen.note(&format!("{} rows read", self.rows));
        }
    }
}

fn tell(
    args: &BuildArgs,
    built: &Built,
    out: &Path,
    new_key: Option<&PathBuf>,
    screen: &mut Screen,
) -> Result<(), CliError> {
    let info = &built.info;
    if args.json {
        let columns = info.columns.iter().zip(&built.left_out);
        let columns = columns
            .map(|(column, left_out)| json!({"name": column.name, "values": column.values, "left_out": left_out}));
        screen.json(&json!({
            "sketch": out.display().to_string(),
            "rows": info.rows,
            "columns": columns.collect::<Vec<_>>(),
            "together": info.together,
            "entries": info.entries,
            "bytes": info.bytes,
            "false_positives": info.false_positives,
        }))?;
        return Ok(());
    }
    for (column, left_out) in info.columns.iter().zip(&built.left_out) {
        let left_out = match left_out {
            0 => String::new(),
            more => format!(", cells left out: {more}"),
        };
        screen.line(&format!(
            "{:<24}{} different values{left_out}",
            column.name, column.values
        ))?;
    }
    screen.finish()?;
    screen.note(&format!(
        "wrote {}: {} rows, {} bytes",
        out.display(),
        info.rows,
        info.bytes
    ));
    if let Some(key) = new_key {
        screen.note(&format!(
            "wrote {}, the key: who has both can ask about any value",
            key.display()
        ));
    }
    Ok(())
}

fn delimiter(text: &str) -> Result<u8, String> {
    match text {
        "\\t" | "tab" => Ok(b'\t'),
        _ => match text.as_bytes() {
            [byte] if byte.is_ascii() => Ok(*byte),
            _ => Err("one ASCII character, or `tab`".to_owned()),
        },
    }
}
