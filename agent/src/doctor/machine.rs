//! Weir's programs in the session of the person.

use super::{Change, Check, Finding, Scene};
use crate::setup::Step;
use crate::setup::placed::{Form, Placed};

pub(super) const SESSION: Check = Check {
    name: "session",
    title: "The session program watches the clipboard",
    look: |scene| match running(scene, "weir", Some("session")) {
        Some(pid) => Finding::ok(format!("process {pid}")),
        None => Finding::warning("`weir session` does not run: the clipboard is not watched, and nothing is notified"),
    },
    change: None,
};

pub(super) const TRAY: Check = Check {
    name: "tray",
    title: "The tray starts with the session",
    look: |scene| {
        if scene.program("weir-tray").is_none() {
            return Finding::skipped("`weir-tray` is not installed");
        }
        let places = [Some(scene.at("/etc/xdg/autostart")), scene.home(".config/autostart")];
        let entries = places
            .into_iter()
            .flatten()
            .flat_map(|dir| super::scene::files(&dir, "desktop"));
        let mut texts = entries.filter_map(|file| scene.text(Some(file)));
        if texts.any(|text| text.contains("weir-tray") && !text.contains("Hidden=true")) {
            return Finding::ok("it does");
        }
        Finding::warning("it has to be started by hand")
    },
    change: Some(Change {
        fix: "Start the tray with your session",
        undo: "Do not start the tray with your session",
        steps: autostart,
    }),
};

fn autostart(scene: &Scene<'_>) -> Vec<Box<dyn Step>> {
    let places = scene
        .own_ledger()
        .zip(scene.home(".config/autostart/weir-tray.desktop"));
    let step = places.map(|(ledger, path)| {
        Box::new(Placed {
            ledger,
            title: "start of the tray".to_owned(),
            path,
            form: Form::Whole(AUTOSTART.into()),
        }) as Box<dyn Step>
    });
    step.into_iter().collect()
}

const AUTOSTART: &[u8] =
    b"[Desktop Entry]\nType=Application\nName=Weir\nExec=weir-tray --hidden\nIcon=weir\nTerminal=false\n";

/// The process id of a program, by its name and its first word, from the kernel's table (proc(5)).
fn running(scene: &Scene<'_>, program: &str, word: Option<&str>) -> Option<u32> {
    let processes = std::fs::read_dir(scene.at("/proc")).ok()?;
    processes.filter_map(Result::ok).find_map(|entry| {
        let pid: u32 = entry.file_name().to_str()?.parse().ok()?;
        let line = std::fs::read(entry.path().join("cmdline")).ok()?;
        let mut words = line.split(|byte| *byte == 0).map(String::from_utf8_lossy);
        let name = words.next()?;
        let is_it = std::path::Path::new(&*name)
            .file_name()
            .is_some_and(|name| name == program);
        let says = word.is_none_or(|word| words.any(|found| found == word));
        (is_it && says).then_some(pid)
    })
}

#[cfg(test)]
mod tests {
    use super::{SESSION, TRAY};
    use crate::doctor::CheckState;
    use crate::doctor::scene::tests::Played;
    use crate::setup::Done;

    #[test]
    fn the_session_program_is_found_by_what_runs() {
        let played = Played::new(&[]);
        played.write("proc/12/cmdline", "/usr/bin/weir\0agent\0");
        played.write("proc/self/cmdline", "weir\0session\0");
        assert_eq!((SESSION.look)(&played.scene()).health, CheckState::Warning);
        played.write("proc/13/cmdline", "/usr/bin/weir\0session\0");
        assert_eq!((SESSION.look)(&played.scene()).found, "process 13");
    }

    #[test]
    fn the_tray_can_be_started_with_the_session_and_not() {
        let played = Played::new(&[]);
        assert_eq!((TRAY.look)(&played.scene()).health, CheckState::Skipped);
        played.write("bin/weir-tray", "");
        let scene = played.scene();
        assert_eq!((TRAY.look)(&scene).health, CheckState::Warning);
        assert!(
            TRAY.fix(&scene)
                .into_iter()
                .all(|(_, done)| matches!(done.unwrap(), Done::Changed))
        );
        assert_eq!((TRAY.look)(&scene).health, CheckState::Ok);
        TRAY.undo(&scene);
        assert!(!played.path("home/.config/autostart").exists());
    }
}
