//! How the fleet stands, in numbers: what was decided, where to, and how devices do. Nobody is named and no record is read,
//! so that it may be looked at without saying why.

mod table;

pub use table::{Counted, OverviewTable, ServiceCount, Standing};

use crate::ingest::{action_number, level_number};
use weir_model::{Action, Level};

/// The action behind its number in the tables.
pub(crate) fn action(number: i16) -> Option<Action> {
    let all = [
        Action::Allow,
        Action::Warn,
        Action::Pseudonymise,
        Action::Redact,
        Action::Block,
    ];
    all.into_iter().find(|action| action_number(*action) == number)
}

/// The level behind its number in the tables.
pub(crate) fn level(number: i16) -> Option<Level> {
    let all = [Level::Public, Level::Internal, Level::Confidential, Level::Restricted];
    all.into_iter().find(|level| level_number(*level) == number)
}

#[cfg(test)]
mod tests {
    use super::{action, level};
    use crate::ingest::{action_number, level_number};
    use weir_model::{Action, Level};

    #[test]
    fn numbers_are_read_as_they_were_written() {
        for number in 0..5 {
            assert_eq!(action(number).map(action_number), Some(number));
        }
        for number in 0..4 {
            assert_eq!(level(number).map(level_number), Some(number));
        }
        assert_eq!((action(5), level(4), action(-1)), (None, None, None));
        assert_eq!((action(4), level(3)), (Some(Action::Block), Some(Level::Restricted)));
    }
}
