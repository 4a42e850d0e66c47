//! `weir-server report subject`

use super::super::{Failure, Output, open, shown, vouch};
use super::Asked;
use clap::Args;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use weir_model::{DataType, Sensitive, Timestamp};
use weir_server::clock;
use weir_server::journal::Actor;
use weir_server::keys::Keys;
use weir_server::reports::{self, SubjectAsked, SubjectFound};
use weir_server::run::KEYS;

/// The value stands in a file and not on the command line: others on the machine see that, and shells keep it.
#[derive(Args)]
#[command(
    after_help = "Examples:\n  weir-server report subject value.txt --since 90d --purpose \"request 17\"\n  \
                        pass show request-17 | weir-server report subject - --since 90d --purpose \"request 17\""
)]
pub(crate) struct Subject {
    /// File with the value, an address, a number or a name; `-` reads it from the input
    #[arg(value_name = "FILE")]
    value: PathBuf,
    /// As this data type alone (`personal/email`); as whatever a detector may have taken it for, if it is not said
    #[arg(long, value_name = "TYPE")]
    data_type: Option<String>,
    #[command(flatten)]
    asked: Asked,
}

/// Longer than any value.
const LONGEST: u64 = 4096;

impl Subject {
    pub(crate) async fn run(self, home: &Path, output: Output) -> Result<(), Failure> {
        let (since, until) = self.asked.times()?;
        let asked = SubjectAsked {
            value: value(&self.value)?,
            data_type: self.data_type.map(DataType::custom),
            since,
            until,
        };
        let (_, repo) = open(home).await?;
        let keys = Keys::read(&home.join(KEYS))?;
        let (actor, purpose) = (Actor::command_line(), &self.asked.purpose);
        let found = reports::subject(&*repo, &keys.receipt, &actor, &asked, purpose, clock::now()).await;
        vouch(home, &*repo).await?;
        let found = found?;
        if output.json {
            println!("{}", serde_json::to_string(&found)?);
            return Ok(());
        }
        print(&found)
    }
}

fn print(found: &SubjectFound) -> Result<(), Failure> {
    println!(
        "{} messages held it, on {} devices",
        found.messages,
        found.devices.len()
    );
    let head = [
        "SERVICE",
        "PROVIDER",
        "SENT",
        "TAKEN OUT BEFORE",
        "KEPT",
        "FIRST",
        "LAST",
    ];
    shown::rows(false, &head, &found.places, |place| {
        vec![
            place.service.clone(),
            place.provider.clone().unwrap_or_default(),
            place.sent.to_string(),
            place.replaced.to_string(),
            place.kept.to_string(),
            shown::time(Timestamp::from_millis(place.first)),
            shown::time(Timestamp::from_millis(place.last)),
        ]
    })?;
    println!(
        "Compared: {} decisions with findings. Not answered for:",
        found.compared
    );
    let kept_since = found.kept_since.map(|kept| shown::time(Timestamp::from_millis(kept)));
    let not_answered = [
        (
            found.not_searchable,
            "decisions whose device made fingerprints with a key of its own",
        ),
        (found.destroyed, "decisions whose key was destroyed"),
        (found.not_listed, "decisions that do not list all of their findings"),
        (found.not_read, "messages that left without being read as a whole"),
        (found.unread, "decisions that cannot be read: they are of newer devices"),
    ];
    for (count, what) in not_answered {
        println!("  {count} {what}");
    }
    if let Some(kept_since) = kept_since {
        println!("  records that arrived before {kept_since}: they are no longer kept");
    }
    Ok(())
}

fn value(file: &Path) -> Result<Sensitive<String>, Failure> {
    let mut text = String::new();
    let mut from: Box<dyn Read> = match file == Path::new("-") {
        true => Box::new(std::io::stdin()),
        false => Box::new(File::open(file).map_err(|error| format!("`{}` cannot be read: {error}", file.display()))?),
    };
    from.by_ref().take(LONGEST + 1).read_to_string(&mut text)?;
    let value = text.trim();
    match value.is_empty() || text.len() as u64 > LONGEST {
        true => Err(format!("`{}` holds one value, of at most {LONGEST} bytes", file.display()).into()),
        false => Ok(Sensitive::new(value.to_owned())),
    }
}
