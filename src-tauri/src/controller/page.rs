use std::fmt;
use std::str::FromStr;

use weir_model::EventId;

/// What a window shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Page {
    /// How things stand now.
    Now,
    /// What was decided.
    History,
    /// One decision.
    Event(EventId),
    /// What is recorded about the user, and who looked.
    Recorded,
    /// What may go where, and what was asked for.
    Providers,
    /// What works and what does not.
    Health,
    /// What the user has chosen.
    Settings,
    /// Versions, and policy in words.
    About,
    /// The first page of all: what is watched and what never is.
    Welcome,
    /// Messages that wait, in a small window of its own.
    Panel,
}

/// A window of this program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Window {
    /// All pages but the panel.
    Main,
    /// The messages that wait.
    Panel,
}

/// The text names no page.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error(
    "there is no such page (expected now, history, recorded, providers, health, settings, about, welcome or panel)"
)]
pub(crate) struct NoSuchPage;

/// Pages with a name alone.
const NAMED: [(Page, &str); 9] = [
    (Page::Now, "now"),
    (Page::History, "history"),
    (Page::Recorded, "recorded"),
    (Page::Providers, "providers"),
    (Page::Health, "health"),
    (Page::Settings, "settings"),
    (Page::About, "about"),
    (Page::Welcome, "welcome"),
    (Page::Panel, "panel"),
];

impl Page {
    /// The window it is shown in.
    pub(crate) const fn window(self) -> Window {
        match self {
            Self::Panel => Window::Panel,
            _ => Window::Main,
        }
    }

    /// Its place among the pages: what stands behind the `#` of the address.
    pub(crate) fn route(self) -> String {
        match self {
            Self::Now => "/".to_owned(),
            other => format!("/{other}"),
        }
    }
}

impl fmt::Display for Page {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Event(id) => write!(f, "history/{id}"),
            other => {
                let named = NAMED.iter().find(|(page, _)| page == other);
                f.pad(named.map_or("", |(_, name)| name))
            }
        }
    }
}

impl FromStr for Page {
    type Err = NoSuchPage;

    /// A name or a route.
    fn from_str(text: &str) -> Result<Self, NoSuchPage> {
        let name = text.trim_start_matches('/');
        if name.is_empty() {
            return Ok(Self::Now);
        }
        if let Some(id) = name.strip_prefix("history/") {
            return id.parse().map(Self::Event).map_err(|_| NoSuchPage);
        }
        let named = NAMED.iter().find(|(_, known)| *known == name);
        named.map(|(page, _)| *page).ok_or(NoSuchPage)
    }
}

impl Window {
    /// What the window system calls it.
    pub(crate) const fn label(self) -> &'static str {
        match self {
            Self::Main => "main",
            Self::Panel => "panel",
        }
    }

    /// The window with this label.
    pub(crate) fn labelled(label: &str) -> Option<Self> {
        [Self::Main, Self::Panel]
            .into_iter()
            .find(|window| window.label() == label)
    }
}

#[cfg(test)]
mod tests {
    use super::{NAMED, Page};
    use weir_model::EventId;

    #[test]
    fn a_page_comes_back_from_its_name_and_from_its_route() {
        let event = Page::Event(EventId::from_bytes([7; 16]));
        for page in NAMED.iter().map(|(page, _)| *page).chain([event]) {
            assert_eq!(page.to_string().parse::<Page>().unwrap(), page);
            assert_eq!(page.route().parse::<Page>().unwrap(), page);
        }
        for other in ["nowhere", "history/7", "https://example.org/", "panel#/settings"] {
            assert!(other.parse::<Page>().is_err(), "{other}");
        }
    }
}
