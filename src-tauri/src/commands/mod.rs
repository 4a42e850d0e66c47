//! What pages may ask for. Each command hands over and returns; which window may ask for what stands in `capabilities`, and
//! is looked at here once more.
//!
//! ```text
//! agent     what the agent says, and what waits
//! machine   what the program `weir` says of this machine
//! own       windows, settings, clipboard and files of this program
//! failed    why something was not done, for people
//! ```
//!
//! Nothing here keeps, logs or prints what it hands over.

mod agent;
mod failed;
mod machine;
#[cfg(test)]
mod names;
mod own;

use tauri::ipc::Invoke;
use tauri::{WebviewWindow, Wry};
use weir_wire::AskFailed;

use crate::controller::Window;
use crate::desk::Desk;
use failed::failed;

/// Answers pages.
pub(crate) fn handler() -> impl Fn(Invoke<Wry>) -> bool + Send + Sync + 'static {
    tauri::generate_handler![
        agent::status,
        agent::connection,
        agent::events,
        agent::event,
        agent::event_records,
        agent::appeal,
        agent::policy_matrix,
        agent::asked,
        agent::ask_provider,
        agent::enter_code,
        agent::held,
        agent::held_text,
        agent::held_send,
        agent::held_request,
        agent::held_appeal,
        agent::held_drop,
        own::copy_text,
        own::settings,
        own::set_settings,
        own::open,
        own::close_window,
        own::export,
        machine::doctor,
        machine::doctor_fix,
        machine::doctor_undo,
        machine::self_test,
        machine::recorded_about_me,
    ]
}

/// For both windows.
fn known(window: &WebviewWindow, desk: &Desk) -> Result<Window, AskFailed> {
    Window::labelled(window.label()).ok_or_else(|| failed("window", desk.words().not_from_here))
}

/// For the main window alone.
fn main_only(window: &WebviewWindow, desk: &Desk) -> Result<(), AskFailed> {
    match known(window, desk)? {
        Window::Main => Ok(()),
        Window::Panel => Err(failed("window", desk.words().not_from_here)),
    }
}

#[cfg(test)]
mod tests {
    use super::names::NAMES;
    use serde_json::Value;
    use std::collections::BTreeSet;

    fn permissions(capability: &str) -> BTreeSet<String> {
        let capability: Value = serde_json::from_str(capability).unwrap();
        let list = capability["permissions"].as_array().unwrap();
        list.iter()
            .map(|permission| permission.as_str().unwrap().to_owned())
            .collect()
    }

    /// Whatever is added has to be given to a window on purpose, and nothing of the toolkit's own is given by the way.
    #[test]
    fn windows_may_ask_for_our_commands_and_to_listen_and_for_nothing_else() {
        let ours: BTreeSet<String> = NAMES
            .iter()
            .map(|name| format!("allow-{}", name.replace('_', "-")))
            .collect();
        let listen = ["core:event:allow-listen", "core:event:allow-unlisten"].map(str::to_owned);
        let main = permissions(include_str!("../../capabilities/main.json"));
        let panel = permissions(include_str!("../../capabilities/panel.json"));
        assert_eq!(main, ours.iter().cloned().chain(listen).collect());
        assert!(panel.is_subset(&main));
        for forbidden in ["allow-events", "allow-set-settings", "allow-doctor-fix", "allow-export"] {
            assert!(!panel.contains(forbidden), "{forbidden}");
        }
    }
}
