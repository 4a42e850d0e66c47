//! The admin server: enrols devices, pushes policy, gathers evidence.
//!
//! ```text
//! net/listener ─▶ devices/   enrol, renew, revoke, what each one runs       ─┐
//!   (TLS, who)    drafts/    policy before it is signed: tried out, approved ─┤
//!                 policies/  bundles: published, offered, rolled out         ├─▶ repo/  SQLite | PostgreSQL
//!                 directives/  what holds beside policy, at once           ─┤
//!                 ingest/    batches of records: compared, stored, receipted ─┤
//!                 register/  providers: who asks for one, what it promised     ─┤
//!                 asked/     what employees ask for on their devices       ─┤
//!                 alerts/    what people should look at, and whom to tell    ─┤
//!                 access/    accounts, sessions, roles, API tokens           ─┤
//!                 api/       what people and programs administer by          ─┤
//!                 forward/   every record on its way to other systems        ─┤
//!                 archive/   records beyond the database, in files            ─┤
//!                 readings/  who looked at whose records, for those people      ─┤
//!                 search_keys/ by which values are found in records        ─┤
//!                 seals/      whether logs were written when they say      ─┤
//!                 deletions/ two people destroy such keys, and get a receipt ─┤
//!                 reports/   questions to all records of a time             ─┤
//!                 retention/ what was kept long enough is taken away         ─┤
//!                 overview/  how the fleet stands, counted                   ─┤
//!                 journal/   who changed what, in a chain of its own         ─┘
//!                 console/   the files of the console, for browsers
//!                 paper/     what people print, as PDF
//! ```
//!
//! A folder is a subject: its routes, its rules, its queries; a subject alone writes its tables. `repo/` knows the two
//! databases and nothing of subjects. Nodes keep nothing that another node could not read from the database, so several
//! of them may serve one fleet.
//!
//! What the server must never do: hold content (records have none), sign policy (people do, with keys it does not have),
//! or acknowledge a record that is not durable.

pub mod access;
pub mod alerts;
pub mod api;
pub mod approvals;
pub mod archive;
pub mod asked;
pub mod clock;
pub mod config;
pub mod console;
pub mod deletions;
pub mod devices;
pub mod directives;
pub mod drafts;
pub mod forward;
pub mod ingest;
pub mod journal;
pub mod keys;
mod legible;
pub mod limits;
pub mod metrics;
pub mod net;
pub mod outbound;
pub mod overrides;
pub mod overview;
pub mod paper;
pub mod people;
pub mod policies;
pub mod readings;
pub mod register;
pub mod repo;
pub mod reports;
pub mod retention;
pub mod run;
pub mod seals;
pub mod search_keys;
pub mod tlog;
mod whole;
