//! What the tray does, decided in one place: inputs in, outputs out. It knows no window system, socket, disk or clock, and is
//! tested without any.
//!
//! ```text
//! icon    the state the icon shows
//! menu    the menu as data, and what a click on it means
//! page    what windows show
//! words   what is said, in each language
//! ```

mod icon;
mod menu;
mod page;
mod words;

use std::collections::{BTreeMap, BTreeSet};

use weir_model::{EventId, Timestamp};
use weir_wire::{Connection, Event, HeldChange, HeldMessage, Settings, Status};

pub(crate) use icon::Icon;
pub(crate) use menu::{Choice, Entry};
pub(crate) use page::{Page, Window};
pub(crate) use words::{Tongue, Words};

/// Something happened.
pub(crate) enum Input {
    /// The connection to the agent is now like this.
    Connection(Connection),
    /// The agent says how it is doing.
    Status(Box<Status>),
    /// All messages that wait, as the agent lists them.
    Waiting(Vec<HeldMessage>),
    /// A message began to wait, changed, or waits no more.
    Held(HeldChange),
    /// A decision was recorded.
    Decided(Box<Event>),
    /// A line of the menu was chosen.
    Chosen(Choice),
    /// A page is asked for: by a page, the command line, or a second start.
    Open(Page),
    /// A window is gone.
    Closed(Window),
    /// The user has chosen otherwise, on the page of settings.
    Settings(Settings),
    /// A text was put on the clipboard, which this process offers to others.
    Copied,
    /// Time has passed.
    Tick,
}

/// Something is to be done.
#[derive(Debug, PartialEq)]
pub(crate) enum Output {
    /// The icon and its tooltip.
    Icon(Icon, &'static str),
    /// The menu.
    Menu(Vec<Entry>),
    /// A window at a page, in front of the others.
    Open(Page),
    /// A window is closed.
    Close(Window),
    /// The pages are told.
    Tell(Told),
    /// The settings are kept.
    Keep(Settings),
    /// The agent is started.
    StartAgent,
    /// The process begins anew without a window: nothing else gives the web engine's memory back.
    Restart,
    /// The program ends.
    Quit,
}

/// What pages are told by themselves.
#[derive(Debug, PartialEq)]
pub(crate) enum Told {
    /// How the agent is doing.
    Status(Box<Status>),
    /// How the connection is.
    Connection(Connection),
    /// What happened to a message that waits.
    Held(HeldChange),
    /// A decision.
    Event(Box<Event>),
    /// What the user has chosen.
    Settings(Settings),
}

/// What is known when the program starts.
pub(crate) struct Start {
    /// What the user has chosen before.
    pub(crate) settings: Settings,
    /// The desktop's language.
    pub(crate) desktop: Option<String>,
    /// No service is installed, and the agent's program is there: it may be started from here.
    pub(crate) may_start_agent: bool,
}

/// A panel without a message stays so long, in milliseconds, for its last word to be read.
const LAST_WORD: i64 = 4_000;
/// The process begins anew so long after its last window, in milliseconds: a second look finds it still there.
const REST: i64 = 10_000;
/// An agent that was started is waited for so long, in milliseconds, before it counts as gone.
const COMING_UP: i64 = 15_000;
/// What was copied can be pasted for so long, in milliseconds: it goes with the process that copied it.
const PASTE: i64 = 10 * 60_000;
const HOUR: i64 = 60 * 60 * 1000;

/// The state of it all.
pub(crate) struct Controller {
    start: Start,
    connection: Connection,
    status: Option<Status>,
    waiting: BTreeMap<EventId, HeldMessage>,
    windows: BTreeSet<Window>,
    /// When the last window went; `None` while one is open, or before there was one.
    alone_since: Option<Timestamp>,
    /// Since when an open panel has nothing to show.
    panel_idle_since: Option<Timestamp>,
    /// When something was last put on the clipboard.
    copied_at: Option<Timestamp>,
    /// When the agent was last started from here.
    agent_started: Option<Timestamp>,
    shown: Option<(Icon, &'static str)>,
    menu: Vec<Entry>,
}

impl Controller {
    /// Before anything is known of the agent.
    pub(crate) fn new(start: Start) -> Self {
        Self {
            start,
            connection: Connection::Starting,
            status: None,
            waiting: BTreeMap::new(),
            windows: BTreeSet::new(),
            alone_since: None,
            panel_idle_since: None,
            copied_at: None,
            agent_started: None,
            shown: None,
            menu: Vec::new(),
        }
    }

    /// How the connection is.
    pub(crate) const fn connection(&self) -> &Connection {
        &self.connection
    }

    /// What the user has chosen.
    pub(crate) const fn settings(&self) -> &Settings {
        &self.start.settings
    }

    /// What is said, in the user's language.
    pub(crate) fn words(&self) -> &'static Words {
        Tongue::of(self.start.settings.language, self.start.desktop.as_deref()).words()
    }

    /// What is to be done about what happened.
    pub(crate) fn handle(&mut self, input: Input, now: Timestamp) -> Vec<Output> {
        let mut outputs = match input {
            Input::Connection(connection) => self.connected(connection, now),
            Input::Status(status) => self.told(*status),
            Input::Waiting(list) => self.listed(list, now),
            Input::Held(change) => self.changed(change, now),
            Input::Decided(event) => vec![Output::Tell(Told::Event(event))],
            Input::Chosen(choice) => self.chosen(choice, now),
            Input::Open(page) => self.open(page),
            Input::Closed(window) => self.closed(window, now),
            Input::Settings(settings) => self.settled(settings),
            Input::Copied => {
                self.copied_at = Some(now);
                Vec::new()
            }
            Input::Tick => self.passed(now),
        };
        self.show(now, &mut outputs);
        outputs
    }

    fn connected(&mut self, mut connection: Connection, now: Timestamp) -> Vec<Output> {
        let mut outputs = Vec::new();
        if connection == Connection::Offline && self.start.may_start_agent {
            match self.agent_started {
                None => {
                    self.agent_started = Some(now);
                    outputs.push(Output::StartAgent);
                    connection = Connection::Starting;
                }
                Some(at) if at.plus_millis(COMING_UP) > now => connection = Connection::Starting,
                Some(_) => {}
            }
        }
        if matches!(connection, Connection::Connected { .. }) {
            // One that goes away later is started again.
            self.agent_started = None;
        } else {
            self.status = None;
            self.waiting.clear();
        }
        if connection != self.connection {
            self.connection = connection.clone();
            outputs.push(Output::Tell(Told::Connection(connection)));
        }
        outputs
    }

    fn told(&mut self, status: Status) -> Vec<Output> {
        if self.status.as_ref() == Some(&status) {
            return Vec::new();
        }
        self.status = Some(status.clone());
        vec![Output::Tell(Told::Status(Box::new(status)))]
    }

    fn listed(&mut self, list: Vec<HeldMessage>, now: Timestamp) -> Vec<Output> {
        let here: BTreeSet<EventId> = list.iter().map(|message| message.id).collect();
        let gone: Vec<EventId> = self.waiting.keys().copied().filter(|id| !here.contains(id)).collect();
        let ended = gone.into_iter().map(|id| HeldChange::Ended { id, by: String::new() });
        let waits = list.into_iter().map(|message| HeldChange::Waits(Box::new(message)));
        ended
            .chain(waits)
            .flat_map(|change| self.changed(change, now))
            .collect()
    }

    fn changed(&mut self, change: HeldChange, now: Timestamp) -> Vec<Output> {
        let mut outputs = Vec::new();
        match &change {
            HeldChange::Waits(message) => {
                // The same words again are in a line that is there already, whether the panel was put away or not.
                let repeats = message.same.is_some_and(|first| self.says(first));
                let known = self.waiting.insert(message.id, (**message).clone());
                self.panel_idle_since = None;
                let answered = known
                    .as_ref()
                    .is_some_and(|known| known.request != message.request || is_answered(known, message));
                let is_new = known.is_none() && !repeats;
                // A change of what waits already is shown where it is; an answer that was waited for comes to the user.
                if (is_new || answered) && !self.is_quiet(now) {
                    outputs.extend(self.open(Page::Panel));
                }
                if known.as_ref() == Some(&**message) {
                    return outputs;
                }
            }
            HeldChange::Ended { id, .. } => {
                self.waiting.remove(id);
                if self.waiting.is_empty() && self.windows.contains(&Window::Panel) {
                    self.panel_idle_since = Some(now);
                }
            }
        }
        outputs.push(Output::Tell(Told::Held(change)));
        outputs
    }

    /// True where a message waits that says what this one said.
    fn says(&self, first: EventId) -> bool {
        let same = |message: &HeldMessage| message.id == first || message.same == Some(first);
        self.waiting.values().any(same)
    }

    fn chosen(&mut self, choice: Choice, now: Timestamp) -> Vec<Output> {
        let settings = self.start.settings.clone();
        match choice {
            Choice::Open(page) => self.open(page),
            Choice::Decide(_) => self.open(Page::Panel),
            Choice::Quiet(hours) => {
                let until = now.plus_millis(i64::from(hours) * HOUR);
                self.settled(Settings {
                    quiet_until: (hours > 0).then_some(until),
                    ..settings
                })
            }
            Choice::StartAtLogin => self.settled(Settings {
                start_at_login: !settings.start_at_login,
                ..settings
            }),
            Choice::Quit => vec![Output::Quit],
        }
    }

    fn open(&mut self, page: Page) -> Vec<Output> {
        self.windows.insert(page.window());
        self.alone_since = None;
        vec![Output::Open(page)]
    }

    fn closed(&mut self, window: Window, now: Timestamp) -> Vec<Output> {
        self.windows.remove(&window);
        if window == Window::Panel {
            self.panel_idle_since = None;
        }
        if self.windows.is_empty() {
            self.alone_since = Some(now);
        }
        Vec::new()
    }

    fn settled(&mut self, settings: Settings) -> Vec<Output> {
        if settings == self.start.settings {
            return Vec::new();
        }
        self.start.settings = settings.clone();
        vec![Output::Keep(settings.clone()), Output::Tell(Told::Settings(settings))]
    }

    fn passed(&mut self, now: Timestamp) -> Vec<Output> {
        let over = |since: Option<Timestamp>, time| since.is_some_and(|since| since.plus_millis(time) <= now);
        if over(self.panel_idle_since, LAST_WORD) {
            self.panel_idle_since = None;
            return vec![Output::Close(Window::Panel)];
        }
        // Who listens has messages held: what waits must not fall between two lives of this process.
        let has_copied = self.copied_at.is_some() && !over(self.copied_at, PASTE);
        if over(self.alone_since, REST) && self.waiting.is_empty() && !has_copied {
            self.alone_since = None;
            return vec![Output::Restart];
        }
        Vec::new()
    }

    fn is_quiet(&self, now: Timestamp) -> bool {
        self.start.settings.quiet_until.is_some_and(|until| until > now)
    }

    /// Icon and menu, where they are others than before.
    fn show(&mut self, now: Timestamp, outputs: &mut Vec<Output>) {
        let words = self.words();
        let icon = Icon::of(&self.connection, self.status.as_ref(), self.waiting.len(), now);
        let standing = words.standing(icon, &self.connection);
        if self.shown != Some((icon, standing)) {
            self.shown = Some((icon, standing));
            outputs.push(Output::Icon(icon, standing));
        }
        let menu = menu::menu(&menu::Facts {
            words,
            standing,
            waiting: self.waiting.values().collect(),
            quiet_until: self.start.settings.quiet_until,
            start_at_login: self.start.settings.start_at_login,
            now,
        });
        if self.menu != menu {
            self.menu.clone_from(&menu);
            outputs.push(Output::Menu(menu));
        }
    }
}

/// True where an appeal has an answer now that it had not before.
fn is_answered(before: &HeldMessage, now: &HeldMessage) -> bool {
    let answered = |message: &HeldMessage| message.appeal.as_ref().is_some_and(|appeal| appeal.state == "answered");
    answered(now) && !answered(before)
}

#[cfg(test)]
mod tests;
