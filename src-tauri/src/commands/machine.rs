//! What the program `weir` says of this machine.

use tauri::{Emitter, State, WebviewWindow};
use weir_wire::{AskFailed, DoctorReport, EventQuery, Reading, RecordedAboutMe, SelfTestReport, SelfTestStep};

use super::agent::list;
use super::failed::{failed, not_run};
use super::main_only;
use crate::desk::Desk;

type Answer<T> = Result<T, AskFailed>;

#[tauri::command]
pub(crate) async fn doctor(window: WebviewWindow, desk: State<'_, Desk>) -> Answer<DoctorReport> {
    main_only(&window, &desk)?;
    examined(&desk, &["doctor", "--json"]).await
}

#[tauri::command]
pub(crate) async fn doctor_fix(window: WebviewWindow, desk: State<'_, Desk>, check: String) -> Answer<DoctorReport> {
    main_only(&window, &desk)?;
    examined(&desk, &["doctor", "--json", "--fix", named(&desk, &check)?]).await
}

#[tauri::command]
pub(crate) async fn doctor_undo(window: WebviewWindow, desk: State<'_, Desk>, check: String) -> Answer<DoctorReport> {
    main_only(&window, &desk)?;
    examined(&desk, &["doctor", "--json", "--undo", named(&desk, &check)?]).await
}

async fn examined(desk: &Desk, arguments: &[&str]) -> Answer<DoctorReport> {
    let report = desk.programs.json(arguments).await;
    report.map_err(|error| not_run(desk.words(), &error))
}

/// The name of a check, which becomes an argument: a name and nothing else.
fn named<'a>(desk: &Desk, check: &'a str) -> Answer<&'a str> {
    match is_a_name(check) {
        true => Ok(check),
        false => Err(failed("check", desk.words().not_from_here)),
    }
}

fn is_a_name(check: &str) -> bool {
    let inside = |letter: char| letter.is_ascii_alphanumeric() || "-_./".contains(letter);
    check.starts_with(|letter: char| letter.is_ascii_alphanumeric()) && check.len() < 100 && check.chars().all(inside)
}

#[tauri::command]
pub(crate) async fn self_test(window: WebviewWindow, desk: State<'_, Desk>) -> Answer<SelfTestReport> {
    main_only(&window, &desk)?;
    let mut steps = Vec::new();
    let each = |step: SelfTestStep| {
        // A page that has gone needs no steps.
        let _ = window.emit("weir://self_test", &step);
        steps.push(step);
    };
    let run = desk.programs.each_line(&["selftest", "--lines"], each).await;
    run.map_err(|error| not_run(desk.words(), &error))?;
    Ok(SelfTestReport { steps })
}

#[tauri::command]
pub(crate) async fn recorded_about_me(
    window: WebviewWindow,
    desk: State<'_, Desk>,
    query: EventQuery,
) -> Answer<RecordedAboutMe> {
    main_only(&window, &desk)?;
    let list = list(&desk, &query).await?;
    let readings = desk
        .programs
        .json_lines::<Reading>(&["audit", "readers", "--json"])
        .await;
    // The records are shown, whether or not it is known who looked.
    Ok(match readings {
        Ok(readings) => RecordedAboutMe {
            list,
            readings: Some(readings),
            no_readings: None,
        },
        Err(error) => RecordedAboutMe {
            list,
            readings: None,
            no_readings: Some(not_run(desk.words(), &error)),
        },
    })
}

#[cfg(test)]
mod tests {
    use super::is_a_name;

    #[test]
    fn the_name_of_a_check_is_no_option_and_no_sentence() {
        assert!(is_a_name("trust.system") && is_a_name("env/node_extra-ca"));
        for other in ["", "--undo", "-x", "a b", "a;b", "$(a)", "a\n", "/etc/passwd"] {
            assert!(!is_a_name(other), "{other}");
        }
    }
}
