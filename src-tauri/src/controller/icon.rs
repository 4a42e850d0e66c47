//! What the icon says, by shape and colour: one state, the most urgent that holds.

use weir_model::Timestamp;
use weir_wire::{Connection, DirectiveKind, Status};

/// A state of the icon.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Icon {
    /// All is well.
    Protected,
    /// All is well, and nobody but the user looks after this device.
    Unenrolled,
    /// Something is not as it should be.
    Attention,
    /// The administrators have closed some AI services, or all.
    Suspended,
    /// By order of the administrators, nothing is intercepted.
    Paused,
    /// A message waits for the user.
    Pending,
    /// No agent answers.
    Offline,
}

/// A server that says nothing for so long, in milliseconds, is not heard: the agent asks every quarter of an hour.
const SILENCE: i64 = 60 * 60 * 1000;

impl Icon {
    /// All states.
    #[cfg(test)]
    pub(crate) const ALL: [Icon; 7] = [
        Icon::Protected,
        Icon::Unenrolled,
        Icon::Attention,
        Icon::Suspended,
        Icon::Paused,
        Icon::Pending,
        Icon::Offline,
    ];

    /// The state that holds. `waiting` is how many messages wait.
    pub(crate) fn of(connection: &Connection, status: Option<&Status>, waiting: usize, now: Timestamp) -> Self {
        match connection {
            Connection::Connected { .. } => {}
            Connection::Starting | Connection::Offline => return Self::Offline,
            Connection::TooOld | Connection::TooNew | Connection::NotOurs => return Self::Attention,
        }
        if waiting > 0 {
            return Self::Pending;
        }
        // Connected and not told yet: as if nothing answered.
        let Some(status) = status else {
            return Self::Offline;
        };
        match status.directive.as_ref().map(|directive| directive.kind) {
            Some(DirectiveKind::Suspend) => Self::Paused,
            Some(DirectiveKind::Lockdown | DirectiveKind::Block) => Self::Suspended,
            None if needs_attention(status, now) => Self::Attention,
            None if status.server.is_none() => Self::Unenrolled,
            None => Self::Protected,
        }
    }
}

fn needs_attention(status: &Status, now: Timestamp) -> bool {
    let silent = status.server.as_ref().is_some_and(|server| {
        let heard = server.heard.unwrap_or(status.started).max(status.started);
        heard.plus_millis(SILENCE) < now
    });
    let over = status.policy.expires.is_some_and(|expires| expires <= now);
    silent || over || !status.problems.is_empty()
}

#[cfg(test)]
mod tests {
    use super::{Icon, SILENCE};
    use crate::controller::tests::{NOW, connected, problem, status};
    use weir_model::Timestamp;
    use weir_wire::{Connection, Directive, DirectiveKind, Status};

    fn with(change: impl FnOnce(&mut Status)) -> Status {
        let mut status = status();
        change(&mut status);
        status
    }

    fn shown(status: &Status, waiting: usize) -> Icon {
        Icon::of(&connected(), Some(status), waiting, NOW)
    }

    fn heard(at: Option<Timestamp>, status: &mut Status) {
        if let Some(server) = &mut status.server {
            server.heard = at;
        }
    }

    #[test]
    fn what_waits_comes_first_and_a_device_alone_is_told_from_one_that_is_looked_after() {
        assert_eq!(shown(&status(), 0), Icon::Protected);
        assert_eq!(shown(&status(), 1), Icon::Pending);
        assert_eq!(shown(&with(|status| status.server = None), 0), Icon::Unenrolled);
    }

    #[test]
    fn problems_an_old_policy_and_a_silent_server_need_attention() {
        let long_ago = NOW.plus_millis(-SILENCE - 1);
        for (what, status, icon) in [
            (
                "a problem",
                with(|status| status.problems.push(problem("x"))),
                Icon::Attention,
            ),
            (
                "policy is over",
                with(|status| status.policy.expires = Some(NOW)),
                Icon::Attention,
            ),
            (
                "never heard, just up",
                with(|status| heard(None, status)),
                Icon::Protected,
            ),
        ] {
            assert_eq!(shown(&status, 0), icon, "{what}");
        }
        let mut up_long = with(|status| status.started = long_ago);
        assert_eq!(shown(&up_long, 0), Icon::Protected, "heard of late");
        heard(None, &mut up_long);
        assert_eq!(shown(&up_long, 0), Icon::Attention, "never heard");
        up_long.server = None;
        up_long.problems.push(problem("x"));
        assert_eq!(shown(&up_long, 0), Icon::Attention, "a device alone has problems, too");
    }

    #[test]
    fn a_directive_is_shown_by_what_it_does() {
        for (kind, icon) in [
            (DirectiveKind::Suspend, Icon::Paused),
            (DirectiveKind::Lockdown, Icon::Suspended),
            (DirectiveKind::Block, Icon::Suspended),
        ] {
            let directive = Directive {
                number: 7,
                kind,
                providers: Vec::new(),
                reason: String::new(),
                until: NOW.plus_millis(1000),
            };
            // The agent lists it among its problems.
            let status = with(|status| {
                status.directive = Some(directive);
                status.problems.push(problem("directive"));
            });
            assert_eq!(shown(&status, 0), icon, "{kind:?}");
        }
    }

    #[test]
    fn without_an_agent_nothing_else_counts() {
        for (connection, icon) in [
            (Connection::Offline, Icon::Offline),
            (Connection::Starting, Icon::Offline),
            (Connection::TooOld, Icon::Attention),
            (Connection::TooNew, Icon::Attention),
            (Connection::NotOurs, Icon::Attention),
        ] {
            assert_eq!(Icon::of(&connection, Some(&status()), 3, NOW), icon, "{connection:?}");
        }
        assert_eq!(Icon::of(&connected(), None, 0, NOW), Icon::Offline);
    }
}
