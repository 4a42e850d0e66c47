//! What may be asked, and by whom.
//!
//! An agent that runs as a service of the machine answers all its users. Its own user and root may ask everything; everybody
//! else about what is theirs, and nothing that would show or change what is somebody else's.

use hyper::Method;
use weir_model::EventId;
use weir_wire::path;

/// One thing that can be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Endpoint {
    Hello,
    Status,
    Events,
    Event,
    Record,
    Appeal,
    Tail,
    Matrix,
    Asked,
    AskProvider,
    Policy,
    Replay,
    DryRun,
    SelfTest,
    Override,
    Clipboard,
    Held,
    HeldWatch,
    HeldText,
    HeldReveal,
    HeldSend,
    HeldRequest,
    HeldAppeal,
    HeldDrop,
}

/// Who may ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum May {
    /// The agent's own user, and root.
    Owner,
    /// Every user, who is answered about their own.
    Person,
}

/// One row: a path ends in `{id}` where an event's id belongs, with a verb behind it where there is one.
pub(super) struct Row {
    pub(super) method: Method,
    path: &'static str,
    /// `None`: nothing stands behind the path. Else an id does, and this behind it.
    verb: Option<&'static str>,
    pub(super) endpoint: Endpoint,
    pub(super) may: May,
}

const fn row(method: Method, path: &'static str, endpoint: Endpoint, may: May) -> Row {
    Row {
        method,
        path,
        verb: None,
        endpoint,
        may,
    }
}

const fn with_id(method: Method, path: &'static str, verb: &'static str, endpoint: Endpoint, may: May) -> Row {
    Row {
        method,
        path,
        verb: Some(verb),
        endpoint,
        may,
    }
}

/// Everything that is answered.
pub(super) const ROWS: &[Row] = &[
    row(Method::POST, path::HELLO, Endpoint::Hello, May::Person),
    row(Method::GET, path::STATUS, Endpoint::Status, May::Person),
    row(Method::POST, path::EVENTS, Endpoint::Events, May::Person),
    with_id(Method::GET, path::EVENT, "", Endpoint::Event, May::Person),
    with_id(Method::GET, path::EVENT, "record", Endpoint::Record, May::Person),
    with_id(Method::POST, path::EVENT, "appeal", Endpoint::Appeal, May::Person),
    row(Method::GET, path::MATRIX, Endpoint::Matrix, May::Person),
    row(Method::GET, path::ASKED, Endpoint::Asked, May::Person),
    row(Method::POST, path::ASK_PROVIDER, Endpoint::AskProvider, May::Person),
    row(Method::GET, path::TAIL, Endpoint::Tail, May::Person),
    row(Method::POST, path::POLICY, Endpoint::Policy, May::Owner),
    row(Method::POST, path::REPLAY, Endpoint::Replay, May::Owner),
    row(Method::POST, path::DRY_RUN, Endpoint::DryRun, May::Owner),
    row(Method::POST, path::SELF_TEST, Endpoint::SelfTest, May::Person),
    row(Method::POST, path::OVERRIDE, Endpoint::Override, May::Person),
    row(Method::POST, path::CLIPBOARD, Endpoint::Clipboard, May::Person),
    row(Method::GET, path::HELD, Endpoint::Held, May::Person),
    row(Method::GET, path::HELD_WATCH, Endpoint::HeldWatch, May::Person),
    with_id(Method::GET, path::HELD, "", Endpoint::HeldText, May::Person),
    with_id(Method::POST, path::HELD, "reveal", Endpoint::HeldReveal, May::Person),
    with_id(Method::POST, path::HELD, "send", Endpoint::HeldSend, May::Person),
    with_id(Method::POST, path::HELD, "request", Endpoint::HeldRequest, May::Person),
    with_id(Method::POST, path::HELD, "appeal", Endpoint::HeldAppeal, May::Person),
    with_id(Method::POST, path::HELD, "drop", Endpoint::HeldDrop, May::Person),
];

/// What is asked for, and the id in its path as it stands there; `None` for what nobody answers.
pub(super) fn find<'a>(method: &Method, asked: &'a str) -> Option<(&'static Row, Option<&'a str>)> {
    let rows = ROWS.iter().filter(|row| row.method == *method);
    rows.into_iter().find_map(|row| match row.verb {
        None => (asked == row.path).then_some((row, None)),
        Some(verb) => {
            let rest = asked.strip_prefix(row.path.trim_end_matches('/'))?.strip_prefix('/')?;
            let (id, behind) = rest.split_once('/').unwrap_or((rest, ""));
            (behind == verb).then_some((row, Some(id)))
        }
    })
}

/// The id that a row's path must have.
pub(super) fn id(found: Option<&str>) -> Option<EventId> {
    found?.parse().ok()
}

#[cfg(test)]
impl Row {
    /// A path that leads here.
    pub(super) fn example(&self, id: EventId) -> String {
        match self.verb {
            None => self.path.to_owned(),
            Some(verb) => {
                let path = format!("{}/{id}/{verb}", self.path.trim_end_matches('/'));
                path.trim_end_matches('/').to_owned()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Endpoint, ROWS, find};
    use hyper::Method;
    use weir_model::{EventId, Timestamp};

    /// The paths as the wire declares them: one that is added there must be answered, or not be there.
    #[test]
    fn every_path_of_the_wire_has_a_row() {
        let wire = include_str!("../../../core/wire/src/lib.rs");
        let declared = wire.lines().filter_map(|line| {
            let (_, value) = line.trim().strip_prefix("pub const ")?.split_once(": &str = \"")?;
            value.strip_suffix("\";")
        });
        let declared: Vec<&str> = declared.collect();
        assert!(declared.len() >= 10, "{declared:?}");
        for path in declared {
            assert!(
                ROWS.iter().any(|row| row.path == path),
                "`{path}` has no row: say who may ask it"
            );
        }
    }

    #[test]
    fn each_row_is_found_by_its_own_path() {
        let id = EventId::new(Timestamp::from_millis(1), [0; 10]);
        for row in ROWS {
            let path = row.example(id);
            let (found, _) = find(&row.method, &path).unwrap();
            assert_eq!(found.endpoint, row.endpoint, "{path}");
        }
    }

    #[test]
    fn what_is_not_there_is_not_found() {
        for path in [
            "/v1/heldx",
            "/v1/held/1/sell",
            "/v1/statu",
            "/v1/status/1",
            "/v1/eventx",
        ] {
            assert!(find(&Method::GET, path).is_none(), "{path}");
        }
        assert!(find(&Method::POST, "/v1/status").is_none());
        assert_eq!(find(&Method::GET, "/v1/event/1").unwrap().0.endpoint, Endpoint::Event);
    }
}
