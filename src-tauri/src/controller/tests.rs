//! What the tray does, told as input and output.

use std::collections::BTreeMap;

use super::{Choice, Controller, Icon, Input, Output, Page, Start, Told, Window};
use weir_model::{Action, BundleRef, Channel, DataType, Destination, EventId, Kind, Level, Tier, Timestamp};
use weir_wire::{
    Audit, Certificate, Connection, Counts, HeldChange, HeldMessage, HeldWays, Language, Policy, Problem, Proxy,
    Server, Settings, Severity, Status,
};

pub(super) const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);

/// A healthy agent of an enrolled device.
pub(super) fn status() -> Status {
    Status {
        version: "1.0.0".into(),
        pid: 42,
        started: NOW,
        environment: "production".into(),
        proxy: Proxy {
            listen: Vec::new(),
            pac: String::new(),
            intercepts: 3,
        },
        gateway: None,
        certificate: Certificate {
            path: String::new(),
            sha256: String::new(),
            not_after: NOW,
        },
        policy: Policy {
            pack: "acme".into(),
            version: "1.0.0".into(),
            bundle: BundleRef {
                number: 1,
                digest: String::new(),
            },
            expires: None,
        },
        audit: Audit {
            records: 0,
            head: String::new(),
        },
        counts: Counts::default(),
        server: Some(Server {
            address: "https://weir.example".into(),
            device: "d".into(),
            group: "staff".into(),
            heard: Some(NOW),
            receipt: None,
        }),
        directive: None,
        lifted: Vec::new(),
        freshness: None,
        held: 0,
        answers: 0,
        exceptions: Vec::new(),
        problems: Vec::new(),
    }
}

pub(super) fn problem(code: &str) -> Problem {
    Problem {
        code: code.into(),
        title: String::new(),
        severity: Severity::Warning,
        text: String::new(),
    }
}

pub(super) fn connected() -> Connection {
    Connection::Connected {
        version: "1.0.0".into(),
    }
}

/// A message that waits.
pub(super) fn held(number: u8) -> HeldMessage {
    HeldMessage {
        id: EventId::from_bytes([number; 16]),
        since: NOW,
        until: NOW.plus_millis(600_000),
        channel: Channel::Browser,
        kind: Kind::Prompt,
        destination: Destination {
            host: "chatgpt.com".into(),
            service: Some("chatgpt-web".into()),
            provider: Some("openai".into()),
            tier: Tier::Unknown,
            region: None,
            model: None,
            target: None,
        },
        level: Level::Restricted,
        action: Action::Block,
        rule: "cards".into(),
        why: "a card".into(),
        found: BTreeMap::from([(DataType::builtin("financial/credit_card"), 1)]),
        ways: HeldWays {
            clean: true,
            edit: true,
            justify: false,
            appeal: true,
            request: None,
        },
        same: None,
        repeats: 1,
        request: None,
        appeal: None,
    }
}

fn waits(number: u8) -> Input {
    Input::Held(HeldChange::Waits(Box::new(held(number))))
}

fn ended(number: u8) -> Input {
    Input::Held(HeldChange::Ended {
        id: held(number).id,
        by: "cleaned".into(),
    })
}

fn tray(may_start_agent: bool) -> Controller {
    Controller::new(Start {
        settings: Settings::default(),
        desktop: Some("en_GB".to_owned()),
        may_start_agent,
    })
}

/// Connected, told that all is well.
fn at_work() -> Controller {
    let mut tray = tray(false);
    tray.handle(Input::Connection(connected()), NOW);
    tray.handle(Input::Status(Box::new(status())), NOW);
    tray
}

fn opens(outputs: &[Output]) -> Vec<Page> {
    let page = |output: &Output| match output {
        Output::Open(page) => Some(*page),
        _ => None,
    };
    outputs.iter().filter_map(page).collect()
}

fn icon(outputs: &[Output]) -> Option<Icon> {
    outputs.iter().find_map(|output| match output {
        Output::Icon(icon, _) => Some(*icon),
        _ => None,
    })
}

#[test]
fn icon_and_menu_follow_and_are_said_once() {
    let mut tray = tray(false);
    let first = tray.handle(Input::Tick, NOW);
    assert_eq!(icon(&first), Some(Icon::Offline));
    assert!(first.iter().any(|output| matches!(output, Output::Menu(_))));
    assert!(tray.handle(Input::Tick, NOW).is_empty());
    tray.handle(Input::Connection(connected()), NOW);
    assert_eq!(
        icon(&tray.handle(Input::Status(Box::new(status())), NOW)),
        Some(Icon::Protected)
    );
    assert!(tray.handle(Input::Status(Box::new(status())), NOW).is_empty());
    assert_eq!(icon(&tray.handle(waits(1), NOW)), Some(Icon::Pending));
    assert_eq!(icon(&tray.handle(ended(1), NOW)), Some(Icon::Protected));
    assert_eq!(
        icon(&tray.handle(Input::Connection(Connection::Offline), NOW)),
        Some(Icon::Offline)
    );
}

#[test]
fn a_message_that_waits_brings_the_panel_once() {
    let mut tray = at_work();
    assert_eq!(opens(&tray.handle(waits(1), NOW)), [Page::Panel]);
    assert!(opens(&tray.handle(waits(1), NOW)).is_empty(), "it is there");
    tray.handle(Input::Closed(Window::Panel), NOW);
    assert!(opens(&tray.handle(waits(1), NOW)).is_empty(), "it was put away");
    assert_eq!(opens(&tray.handle(waits(2), NOW)), [Page::Panel], "another");
    let answered = HeldMessage {
        request: Some(weir_wire::HeldRequest {
            state: "approved".into(),
            why: String::new(),
            go: false,
        }),
        ..held(1)
    };
    tray.handle(Input::Closed(Window::Panel), NOW);
    let outputs = tray.handle(Input::Held(HeldChange::Waits(Box::new(answered))), NOW);
    assert_eq!(opens(&outputs), [Page::Panel], "an answer is brought");
}

#[test]
fn repeats_do_not_bring_the_panel_again_and_the_answer_to_an_appeal_does() {
    let mut tray = at_work();
    let mut told = |message: HeldMessage| {
        let outputs = tray.handle(Input::Held(HeldChange::Waits(Box::new(message))), NOW);
        let opened = opens(&outputs);
        tray.handle(Input::Closed(Window::Panel), NOW);
        opened
    };
    assert_eq!(told(held(1)), [Page::Panel]);
    let repeat = HeldMessage {
        same: Some(held(1).id),
        repeats: 2,
        ..held(2)
    };
    assert!(told(repeat).is_empty(), "it was put away");
    let repeat_of_nothing = HeldMessage {
        same: Some(held(9).id),
        repeats: 2,
        ..held(3)
    };
    assert_eq!(
        told(repeat_of_nothing),
        [Page::Panel],
        "none that says it waits any more"
    );
    let appealed = |state: &str| HeldMessage {
        appeal: Some(weir_wire::Appealed {
            event: held(1).id,
            reason: "a test key".into(),
            state: state.into(),
            answer: String::new(),
            asked: NOW,
        }),
        ..held(1)
    };
    for (state, pages) in [
        ("open", &[][..]),
        ("looked_at", &[]),
        ("answered", &[Page::Panel]),
        ("answered", &[]),
    ] {
        assert_eq!(told(appealed(state)), pages, "{state}");
    }
}

#[test]
fn in_quiet_mode_no_window_opens_by_itself_and_the_icon_tells() {
    let mut tray = at_work();
    let outputs = tray.handle(Input::Chosen(Choice::Quiet(1)), NOW);
    let kept = outputs.iter().find_map(|output| match output {
        Output::Keep(settings) => settings.quiet_until,
        _ => None,
    });
    assert_eq!(kept, Some(NOW.plus_millis(3_600_000)));
    let outputs = tray.handle(waits(1), NOW);
    assert_eq!((opens(&outputs), icon(&outputs)), (Vec::new(), Some(Icon::Pending)));
    assert_eq!(
        opens(&tray.handle(Input::Chosen(Choice::Decide(held(1).id)), NOW)),
        [Page::Panel]
    );
    assert_eq!(
        opens(&tray.handle(waits(2), NOW.plus_millis(3_600_000))),
        [Page::Panel],
        "it is over"
    );
}

#[test]
fn a_panel_with_nothing_left_goes_after_its_last_word() {
    let mut tray = at_work();
    tray.handle(waits(1), NOW);
    tray.handle(ended(1), NOW);
    assert!(tray.handle(Input::Tick, NOW.plus_millis(3_999)).is_empty());
    let at = NOW.plus_millis(4_000);
    assert_eq!(tray.handle(Input::Tick, at), [Output::Close(Window::Panel)]);
    tray.handle(waits(2), at);
    tray.handle(ended(2), at);
    tray.handle(waits(3), at);
    assert!(
        tray.handle(Input::Tick, at.plus_millis(60_000)).is_empty(),
        "another came meanwhile"
    );
}

#[test]
fn the_process_begins_anew_after_its_last_window_but_not_while_something_waits() {
    let mut tray = at_work();
    assert!(
        tray.handle(Input::Tick, NOW.plus_millis(600_000)).is_empty(),
        "there was no window"
    );
    tray.handle(Input::Open(Page::History), NOW);
    tray.handle(waits(1), NOW);
    tray.handle(Input::Closed(Window::Main), NOW);
    tray.handle(Input::Closed(Window::Panel), NOW);
    assert!(
        tray.handle(Input::Tick, NOW.plus_millis(60_000)).is_empty(),
        "a message waits"
    );
    tray.handle(ended(1), NOW);
    tray.handle(Input::Copied, NOW);
    assert!(
        tray.handle(Input::Tick, NOW.plus_millis(60_000)).is_empty(),
        "it may be pasted"
    );
    assert_eq!(tray.handle(Input::Tick, NOW.plus_millis(600_000)), [Output::Restart]);
}

#[test]
fn an_agent_is_started_once_where_none_is_installed() {
    let mut tray = tray(true);
    let outputs = tray.handle(Input::Connection(Connection::Offline), NOW);
    assert!(outputs.contains(&Output::StartAgent));
    assert_eq!(tray.connection(), &Connection::Starting);
    let soon = NOW.plus_millis(5_000);
    assert!(
        !tray
            .handle(Input::Connection(Connection::Offline), soon)
            .contains(&Output::StartAgent)
    );
    assert_eq!(tray.connection(), &Connection::Starting, "it may be coming up");
    let late = NOW.plus_millis(20_000);
    assert!(
        !tray
            .handle(Input::Connection(Connection::Offline), late)
            .contains(&Output::StartAgent)
    );
    assert_eq!(tray.connection(), &Connection::Offline, "it did not come");
    tray.handle(Input::Connection(connected()), late);
    assert!(
        tray.handle(Input::Connection(Connection::Offline), late)
            .contains(&Output::StartAgent),
        "it went away"
    );

    let mut beside_a_service = self::tray(false);
    assert!(
        !beside_a_service
            .handle(Input::Connection(Connection::Offline), NOW)
            .contains(&Output::StartAgent)
    );
    assert_eq!(beside_a_service.connection(), &Connection::Offline);
}

#[test]
fn a_list_that_comes_after_a_gap_tells_what_ended_and_what_came() {
    let mut tray = at_work();
    tray.handle(Input::Waiting(vec![held(1), held(2)]), NOW);
    let outputs = tray.handle(Input::Waiting(vec![held(2), held(3)]), NOW);
    let told: Vec<EventId> = outputs
        .iter()
        .filter_map(|output| match output {
            Output::Tell(Told::Held(HeldChange::Waits(message))) => Some(message.id),
            Output::Tell(Told::Held(HeldChange::Ended { id, .. })) => Some(*id),
            _ => None,
        })
        .collect();
    assert_eq!(told, [held(1).id, held(3).id]);
}

#[test]
fn the_menu_speaks_the_chosen_language_at_once() {
    let mut tray = at_work();
    let german = Settings {
        language: Language::De,
        ..Settings::default()
    };
    let outputs = tray.handle(Input::Settings(german.clone()), NOW);
    assert!(outputs.contains(&Output::Keep(german)));
    assert!(outputs.contains(&Output::Icon(Icon::Protected, "Weir schützt dieses Gerät")));
    assert!(outputs.iter().any(|output| matches!(output, Output::Menu(_))));
}

#[test]
fn quitting_ends_this_program_alone() {
    assert_eq!(at_work().handle(Input::Chosen(Choice::Quit), NOW), [Output::Quit]);
}
