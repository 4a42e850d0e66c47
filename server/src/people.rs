//! Who is behind an action, and whether two names are one person: the ground of all decisions that need a second one.

use crate::journal::{Actor, UNKNOWN};

/// The person behind an action; `None` for a program, and for whoever has no name. At the server's own command line it is the name
/// the system has: who has the server's keys could sign without asking anybody.
#[must_use]
pub fn person(actor: &Actor) -> Option<String> {
    match actor {
        Actor::CommandLine(name) if name == UNKNOWN => None,
        Actor::Account(name) | Actor::CommandLine(name) => Some(name.clone()),
        Actor::Token { .. } | Actor::EnrolmentToken(_) | Actor::Stranger(_) | Actor::Device(_) | Actor::Server => None,
    }
}

/// `Ada@acme.example`, `ACME\ada` and `ada` are one person: a name that two people share costs one of them a vote, and the
/// other way round nobody approves their own. `command-line:ada` is how `ada` stands in drafts of versions before this.
pub(crate) fn is_same_person(one: &str, other: &str) -> bool {
    let bare = |name: &str| {
        let name = name.strip_prefix("command-line:").unwrap_or(name);
        let name = name.rsplit('\\').next().unwrap_or(name);
        name.split('@').next().unwrap_or(name).to_lowercase()
    };
    bare(one) == bare(other)
}

#[cfg(test)]
mod tests {
    use super::{is_same_person, person};
    use crate::journal::Actor;

    #[test]
    fn whoever_has_no_name_is_no_second_person() {
        let at = |name: &str| person(&Actor::CommandLine(name.to_owned()));
        assert_eq!((at("unknown"), at("ada").as_deref()), (None, Some("ada")));
    }

    #[test]
    fn one_person_has_one_name_however_it_is_written() {
        for other in [
            "ada",
            "Ada",
            "ada@acme.example",
            "ACME\\ada",
            "ACME\\Ada",
            "command-line:ada",
        ] {
            assert!(is_same_person("ada", other), "{other}");
        }
        assert!(!is_same_person("ada", "adam"));
    }
}
