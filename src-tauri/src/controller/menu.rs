//! The menu as data. It holds everything: on Linux a click on the icon may never reach the program.

use std::str::FromStr;

use weir_model::{EventId, Timestamp};
use weir_wire::HeldMessage;

use super::page::Page;
use super::words::Words;

/// A line of the menu.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Entry {
    /// Something said; nothing happens on a click.
    Line(String),
    /// Something to do.
    Item(Choice, String),
    /// Something that is on or off.
    Check(Choice, String, bool),
    /// More of them.
    Sub(String, Vec<Entry>),
    /// A rule between them.
    Rule,
}

/// What a click on a line asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Choice {
    /// A page.
    Open(Page),
    /// The panel, for a message that waits.
    Decide(EventId),
    /// No window opens by itself for so many hours; 0 ends that.
    Quiet(u8),
    /// The other way about: start when the user signs in.
    StartAtLogin,
    /// The end of this program.
    Quit,
}

/// Messages listed one by one; the panel shows all.
const LISTED: usize = 8;

/// What the menu is made from.
pub(crate) struct Facts<'a> {
    pub(crate) words: &'a Words,
    pub(crate) standing: &'a str,
    pub(crate) waiting: Vec<&'a HeldMessage>,
    pub(crate) quiet_until: Option<Timestamp>,
    pub(crate) start_at_login: bool,
    pub(crate) now: Timestamp,
}

/// The whole menu.
pub(crate) fn menu(facts: &Facts<'_>) -> Vec<Entry> {
    let words = facts.words;
    let page = |page, label: &str| Entry::Item(Choice::Open(page), label.to_owned());
    vec![
        Entry::Line(facts.standing.to_owned()),
        decisions(facts),
        Entry::Rule,
        page(Page::Now, words.open),
        page(Page::History, words.history),
        page(Page::Recorded, words.recorded),
        page(Page::Providers, words.providers),
        page(Page::Health, words.health),
        page(Page::Settings, words.settings),
        quiet(facts),
        page(Page::About, words.about),
        Entry::Rule,
        Entry::Check(
            Choice::StartAtLogin,
            words.start_at_login.to_owned(),
            facts.start_at_login,
        ),
        Entry::Item(Choice::Quit, words.quit.to_owned()),
    ]
}

fn decisions(facts: &Facts<'_>) -> Entry {
    let label = format!("{} ({})", facts.words.decisions, facts.waiting.len());
    if facts.waiting.is_empty() {
        return Entry::Line(label);
    }
    let one = |message: &&HeldMessage| Entry::Item(Choice::Decide(message.id), named(message));
    let mut entries: Vec<Entry> = facts.waiting.iter().take(LISTED).map(one).collect();
    entries.push(Entry::Rule);
    entries.push(Entry::Item(
        Choice::Open(Page::Panel),
        facts.words.all_waiting.to_owned(),
    ));
    Entry::Sub(label, entries)
}

/// Where it was to go and what was found in it: nothing that was typed.
fn named(message: &HeldMessage) -> String {
    let found: Vec<&str> = message.found.keys().map(weir_model::DataType::name).collect();
    let to = message
        .destination
        .service
        .as_ref()
        .unwrap_or(&message.destination.host);
    match found.is_empty() {
        true => to.clone(),
        false => format!("{to}: {}", found.join(", ").replace('_', " ")),
    }
}

fn quiet(facts: &Facts<'_>) -> Entry {
    let words = facts.words;
    let on = facts.quiet_until.is_some_and(|until| until > facts.now);
    let hours = [(1, words.quiet_hour), (4, words.quiet_half_day), (12, words.quiet_day)];
    let mut entries: Vec<Entry> = hours
        .into_iter()
        .map(|(hours, label)| Entry::Item(Choice::Quiet(hours), label.to_owned()))
        .collect();
    let off = words.quiet_off.to_owned();
    entries.push(match on {
        true => Entry::Item(Choice::Quiet(0), off),
        false => Entry::Line(off),
    });
    Entry::Sub(words.quiet.to_owned(), entries)
}

impl Choice {
    /// A name for the window system.
    pub(crate) fn id(self) -> String {
        match self {
            Self::Open(page) => format!("open:{page}"),
            Self::Decide(id) => format!("decide:{id}"),
            Self::Quiet(hours) => format!("quiet:{hours}"),
            Self::StartAtLogin => "start-at-login".to_owned(),
            Self::Quit => "quit".to_owned(),
        }
    }
}

/// The text names nothing of the menu.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NoSuchChoice;

impl FromStr for Choice {
    type Err = NoSuchChoice;

    fn from_str(id: &str) -> Result<Self, NoSuchChoice> {
        match id.split_once(':') {
            Some(("open", page)) => page.parse().map(Self::Open).map_err(|_| NoSuchChoice),
            Some(("decide", id)) => id.parse().map(Self::Decide).map_err(|_| NoSuchChoice),
            Some(("quiet", hours)) => hours.parse().map(Self::Quiet).map_err(|_| NoSuchChoice),
            None if id == "start-at-login" => Ok(Self::StartAtLogin),
            None if id == "quit" => Ok(Self::Quit),
            _ => Err(NoSuchChoice),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Choice, Entry, Facts, LISTED, menu};
    use crate::controller::page::Page;
    use crate::controller::tests::{NOW, held};
    use crate::controller::words::Tongue;
    use weir_wire::HeldMessage;

    fn made(waiting: &[HeldMessage]) -> Vec<Entry> {
        menu(&Facts {
            words: Tongue::En.words(),
            standing: "Well",
            waiting: waiting.iter().collect(),
            quiet_until: None,
            start_at_login: true,
            now: NOW,
        })
    }

    fn choices(entries: &[Entry]) -> Vec<Choice> {
        let of = |entry: &Entry| match entry {
            Entry::Item(choice, _) | Entry::Check(choice, _, _) => vec![*choice],
            Entry::Sub(_, entries) => choices(entries),
            Entry::Line(_) | Entry::Rule => Vec::new(),
        };
        entries.iter().flat_map(of).collect()
    }

    #[test]
    fn every_choice_comes_back_from_its_id() {
        let all = choices(&made(&[held(1)]));
        assert!(all.contains(&Choice::Quit) && all.contains(&Choice::Open(Page::Recorded)));
        for choice in all {
            assert_eq!(choice.id().parse(), Ok(choice));
        }
        for other in ["", "open:nowhere", "decide:7", "quiet:many", "quit:now"] {
            assert!(other.parse::<Choice>().is_err(), "{other}");
        }
    }

    #[test]
    fn what_waits_is_counted_and_listed_without_its_text() {
        assert_eq!(made(&[])[1], Entry::Line("Pending decisions (0)".to_owned()));
        let many: Vec<HeldMessage> = (0..20).map(held).collect();
        let Entry::Sub(label, entries) = &made(&many)[1] else {
            unreachable!("something waits");
        };
        assert_eq!(label, "Pending decisions (20)");
        assert_eq!(entries.len(), LISTED + 2);
        assert_eq!(
            entries[0],
            Entry::Item(Choice::Decide(many[0].id), "chatgpt-web: credit card".to_owned())
        );
    }
}
