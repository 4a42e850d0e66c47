//! The types that pages of the tray see, in TypeScript: made from the types themselves, so that a page cannot expect
//! anything else.

#![allow(clippy::unwrap_used, reason = "a test's broken assumption is a failed test")]
#![allow(clippy::disallowed_methods, reason = "what is made is compared with a file")]

use std::collections::BTreeMap;
use std::path::Path;

use ts_rs::{Config, TS, TypeVisitor};
use weir_wire::{
    AppealAsk, Appealed, AskFailed, AskedList, Connection, DoctorReport, Event, EventList, EventQuery, EventRecords,
    HeldAsk, HeldChange, HeldDone, HeldMessage, HeldSend, HeldText, OverrideAsk, OverrideDone, PolicyMatrix,
    ProviderAsked, ProviderWanted, RecordedAboutMe, SelfTestReport, Settings, Status,
};

/// Held by the console's checks as well: what pages import is what this wrote.
#[test]
fn the_pages_have_the_types_of_the_wire() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../ui/tray/src/api/wire.ts");
    let made = typescript();
    if std::env::var_os("WEIR_BLESS").is_some() {
        std::fs::write(&path, &made).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        kept == made,
        "{} is not what the types say; write it anew with `WEIR_BLESS=1 cargo nextest run -p weir-wire --test typescript`",
        path.display()
    );
}

/// What a page sends or gets, and all that is in it.
fn typescript() -> String {
    // Numbers of these messages stay far below 2^53.
    let mut types = Types {
        config: Config::default().with_large_int("number"),
        found: BTreeMap::new(),
    };
    types.visit::<Status>();
    types.visit::<Connection>();
    types.visit::<EventQuery>();
    types.visit::<EventList>();
    types.visit::<Event>();
    types.visit::<HeldMessage>();
    types.visit::<HeldText>();
    types.visit::<HeldSend>();
    types.visit::<HeldAsk>();
    types.visit::<HeldDone>();
    types.visit::<HeldChange>();
    types.visit::<PolicyMatrix>();
    types.visit::<ProviderWanted>();
    types.visit::<ProviderAsked>();
    types.visit::<AppealAsk>();
    types.visit::<Appealed>();
    types.visit::<AskedList>();
    types.visit::<EventRecords>();
    types.visit::<OverrideAsk>();
    types.visit::<OverrideDone>();
    types.visit::<Settings>();
    types.visit::<DoctorReport>();
    types.visit::<SelfTestReport>();
    types.visit::<RecordedAboutMe>();
    types.visit::<AskFailed>();
    let head =
        "// Made from the types of core/wire and core/model by core/wire/tests/typescript.rs; not to be edited.\n";
    types
        .found
        .values()
        .fold(head.to_owned(), |text, found| text + "\n" + found)
}

struct Types {
    config: Config,
    /// Declarations by name.
    found: BTreeMap<String, String>,
}

impl TypeVisitor for Types {
    fn visit<T: TS + 'static + ?Sized>(&mut self) {
        // What would have no file of its own is TypeScript's own, and what it is made of may be ours.
        if T::output_path().is_some() {
            let name = T::ident(&self.config);
            if self.found.contains_key(&name) {
                return;
            }
            let declared = format!("{}export {}\n", T::docs().unwrap_or_default(), T::decl(&self.config));
            self.found.insert(name, closed_once(&declared));
        }
        T::visit_dependencies(self);
        T::visit_generics(self);
    }
}

/// What Rust's comments may say, `a/*/b`, would end one of TypeScript's.
fn closed_once(declared: &str) -> String {
    let lines = declared.lines().map(|line| match line.trim() {
        "*/" => line.to_owned(),
        _ => line.replace("*/", "*\\/"),
    });
    lines.fold(String::new(), |text, line| text + &line + "\n")
}
