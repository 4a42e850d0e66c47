use std::path::PathBuf;

use clap::Args;
use serde_json::json;
use weir_sketch::{PrintsBuilder, Salt};

use crate::cli::inputs::{self, Input, Trouble};
use crate::cli::screen::Screen;
use crate::cli::sketch::{fill, read_or_make};
use crate::cli::{CliError, Ending, files};

/// Make fingerprints of documents
///
/// Reads text, source code, PDF, office documents, mails and archives, in folders with everything in them (hidden files left
/// out). The key is made where there is none; keep it as you keep the documents.
#[derive(Args)]
#[command(after_help = "\
Exit status: 0 written, 3 a file could not be read, or nothing is long enough.

Examples:
  weir fingerprint build handbook/ --out handbook.weirprints
  weir fingerprint build src/ --exclude third_party/ --exclude LICENSE --out sources.weirprints")]
pub(super) struct BuildArgs {
    /// Documents and folders
    #[arg(value_name = "PATH", required = true)]
    paths: Vec<PathBuf>,
    /// What is not the company's own: passages that also stand here are left out
    #[arg(long, value_name = "PATH")]
    exclude: Vec<PathBuf>,
    /// File with the key; made where it does not exist [default: the fingerprints with the ending `weirkey`]
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,
    /// Where the fingerprints are written; an existing file is not touched
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Say in JSON what was made
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &BuildArgs, screen: &mut Screen) -> Result<Ending, CliError> {
    if args.out.exists() {
        return Err(CliError::environment(format!(
            "`{}` is there already",
            args.out.display()
        )));
    }
    let key_path = args.key.clone().unwrap_or_else(|| args.out.with_extension("weirkey"));
    let (key, is_new) = read_or_make(&key_path)?;
    let mut salt = Salt::default();
    fill(&mut salt)?;
    let mut builder = PrintsBuilder::new(&key, salt);
    read(&args.paths, screen, &mut |pieces| {
        builder.document(pieces.iter().map(|piece| piece.text.expose().as_str()));
    })?;
    if !args.exclude.is_empty() {
        read(&args.exclude, screen, &mut |pieces| {
            pieces.iter().for_each(|piece| builder.common(piece.text.expose()));
        })?;
    }
    let built = builder.finish().map_err(|error| CliError::from_chain(&error))?;
    if is_new {
        files::write_new(&key_path, key.to_text().as_bytes(), true)?;
    }
    files::write_new(&args.out, &built.bytes, false)?;
    let (out, info) = (args.out.display().to_string(), &built.info);
    if args.json {
        screen.json(&json!({
            "fingerprints": out,
            "documents": info.documents,
            "letters": info.letters,
            "prints": info.prints,
            "bytes": info.bytes,
        }))?;
        return Ok(Ending::Clean);
    }
    let (documents, letters) = (info.documents, info.letters);
    screen.note(&format!(
        "wrote {out}: {documents} documents with {letters} letters, {} bytes",
        info.bytes
    ));
    if is_new {
        screen.note(&format!(
            "wrote {}, the key: who has both can ask about any passage",
            key_path.display()
        ));
    }
    Ok(Ending::Clean)
}

/// Tells the pieces of each document. One that cannot be read is an error: nobody may believe that it is protected.
fn read(paths: &[PathBuf], screen: &mut Screen, each: &mut dyn FnMut(&[Input])) -> Result<(), CliError> {
    let mut document: Vec<Input> = Vec::new();
    let mut failed = 0;
    for input in inputs::open(paths)? {
        match input {
            Ok(piece) => {
                if document.first().is_some_and(|first| first.name != piece.name) {
                    each(&document);
                    document.clear();
                }
                document.push(piece);
            }
            Err(Trouble::Skipped(why)) => screen.note(&why),
            Err(Trouble::Failed(why)) => {
                screen.complain(&why);
                failed += 1;
            }
        }
    }
    if !document.is_empty() {
        each(&document);
    }
    match failed {
        0 => Ok(()),
        1 => Err(CliError::environment("one file could not be read")),
        more => Err(CliError::environment(format!("{more} files could not be read"))),
    }
}
