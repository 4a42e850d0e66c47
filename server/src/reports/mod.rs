//! Questions that are asked of all records of a time, and answered for people outside: those whom data is about, authorities,
//! auditors.
//!
//! ```text
//! subject    where did a value go: by its fingerprint, which is made from the question and never from a record
//! absence    did a class of data never reach a provider: the chains that say so, and every gap in them
//! flows      what went where, under which policy and terms, and why; counted, and as a picture
//! week       the week in numbers, as a paper; also without anybody asking, in a folder and by mail
//! pack       all that arrived, and the journal's rows, with receipts and proofs: for somebody who verifies it without the server
//! ```
//!
//! All but the counts name people or devices. Each is entered in the journal with its purpose, and told to those whose records are shown,
//! before anything is. None of them keeps anything, and a value that is searched for is in no log, journal or table.

mod absence;
mod coverage;
mod flows;
mod judged;
mod once;
mod pack;
mod picture;
mod subject;
mod table;
mod week;
mod week_mail;
mod week_mail_table;
mod week_paper;
mod weekly;

pub use absence::{Absence, AbsenceAsked, Class, ParseClassError, absence};
pub use coverage::{Chain, Gap, GapKind};
pub use flows::{Flow, Flows, Term, flows};
pub(crate) use judged::{Judged, left};
pub(crate) use once::Once;
pub use pack::{MOST_BATCHES, PackError, pack};
pub use picture::picture;
pub use subject::{Hit, SubjectAsked, SubjectFound, SubjectPlace, SubjectType, subject};
pub use table::{Arrived, ArrivedBatch, LogSpan, Recorded, ReportTable};
pub use week::{
    AlertOfWeek, BundleOfWeek, Counted, DevicesOfWeek, ExceptionOfWeek, RunningNow, SilentDevice, WEEK, Week,
    last_week, week,
};
pub use week_mail::{WeekMail, WeekMailError, WeekMailer};
pub use week_mail_table::{Mailing, WeekMailTable};
pub use week_paper::week_paper;
pub use weekly::{Weekly, WeeklyError, write_week};
