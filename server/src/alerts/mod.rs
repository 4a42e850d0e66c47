//! Alerts: what people should look at, raised from records and from how they come.
//!
//! ```text
//! feed of accepted batches ─┐                                   ┌─▶ alerts ─▶ deliveries ─▶ routes (webhook, mail, syslog)
//! faults (refused batches) ─┼─ seen ─▶ judge (pure) ─▶ signs ───┤
//! gauges (what is usual)  ──┘                                   └─▶ gauges, place in the feed
//!                                  one transaction, which takes nothing where another node was first
//! ```
//!
//! The rules know no database and no clock. Everything they lead to is written in the transaction that moves the reader's
//! place on, and that is compared first: after a crash, and with several nodes, nothing is lost and nothing is told twice.
//!
//! What must not be here: content. Alerts name services, users and devices, and quote nothing but the reason of an appeal, in
//! which the device that sent it found nothing.

mod change;
mod deliver;
mod exposure;
mod gauge;
mod judge;
mod route;
mod rule;
mod seen;
mod sql;
mod table;
mod watch;

pub use change::{MuteWanted, acknowledge, close, mute, unmute};
pub use deliver::{ATTEMPTS, deliver, pause, round};
pub use exposure::{Class, Exposure, ExposureTable, Received, exposure};
pub use gauge::{Gauge, Key, Series};
pub use judge::{Fault, FaultKind, Gauges, Read, Thresholds, judge, keys};
pub use route::{OpenRoute, Receiver, Route, TellError, poster, telling};
pub use rule::{AtRecord, ParseRuleError, Rule, Sign, Urgency, collapse};
pub use seen::{Judged, Seen, What, seen};
pub use table::{Alert, AlertTable, AlertsWanted, Delivery, Mute, Raise, Settled, SilentDevice, Step, Telling, Told};
pub(crate) use watch::with_ids;
pub use watch::{READER, Watch, WatchError, faults_of, step, sweep};
