//! `weir-server report`

mod absence;
mod deletion;
mod flows;
mod pack;
mod subject;
mod week;

use super::when::between;
use super::{Failure, Output};
use clap::{Args, Subcommand};
use std::path::Path;
use weir_model::Timestamp;
use weir_server::clock;
use weir_server::journal::Purpose;

#[derive(Subcommand)]
pub(crate) enum Report {
    /// Where a value went: an address, a number, a name; found by its fingerprint
    Subject(subject::Subject),
    /// Whether a class of data ever reached a place: the chains that say so, and every gap in them
    Absence(absence::Absence),
    /// What went where, under which policy and terms, and why; as a table and as a picture
    Flows(flows::Flows),
    /// The week in numbers, as a paper (PDF)
    Week(week::Week),
    /// Destroy keys by which values are found, with a receipt for whoever asked; two people decide
    #[command(subcommand)]
    Deletion(deletion::Deletion),
    /// All that arrived in a time, and the journal of it, with receipts and proofs, for somebody who verifies it without the server
    Pack(pack::Pack),
}

impl Report {
    pub(crate) async fn run(self, home: &Path, output: Output) -> Result<(), Failure> {
        match self {
            Self::Subject(subject) => subject.run(home, output).await,
            Self::Absence(absence) => absence.run(home, output).await,
            Self::Flows(flows) => flows.run(home, output).await,
            Self::Week(week) => week.run(home, output).await,
            Self::Deletion(deletion) => deletion.run(home, output).await,
            Self::Pack(pack) => pack.run(home, output).await,
        }
    }
}

/// A time, and why it is asked about.
#[derive(Args)]
struct Asked {
    /// From when: `2027-01-31`, `2027-01-31T12:00:00Z`, or how long ago (`24h`, `7d`)
    #[arg(long, value_name = "TIME")]
    since: String,
    /// Until (and without) when; now, if it is not said
    #[arg(long, value_name = "TIME")]
    until: Option<String>,
    /// Why it is asked; it is entered in the journal
    #[arg(long, value_name = "TEXT")]
    purpose: Purpose,
}

impl Asked {
    fn times(&self) -> Result<(Timestamp, Timestamp), Failure> {
        Ok(between(&self.since, self.until.as_deref(), clock::now())?)
    }
}
