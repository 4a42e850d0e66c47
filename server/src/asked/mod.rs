//! What employees ask for on their devices beside exceptions: a provider, or another look at a decision.
//!
//! A request for a provider is one of the register's, with the questions open that its asker cannot answer. An appeal is an
//! alert about its event: whoever looks into alerts looks into it, and what is said when it is closed is the answer.

mod appeal;
mod routes;
mod table;

pub use appeal::{AppealError, MOST_OPEN, appeals, take};
pub use routes::{answers, appeal, provider};
pub use table::AskedTable;
