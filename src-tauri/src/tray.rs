//! The icon and its menu, as the controller wants them.

use tauri::image::Image;
use tauri::menu::{CheckMenuItem, IsMenuItem, Menu, MenuItem, PredefinedMenuItem, Submenu};
use tauri::tray::TrayIconBuilder;
use tauri::{AppHandle, Manager, Wry};

use crate::controller::{Entry, Icon, Input};
use crate::desk::Desk;

const ID: &str = "weir";

/// The icon appears.
pub(crate) fn add(app: &AppHandle) -> tauri::Result<()> {
    TrayIconBuilder::with_id(ID)
        .icon(image(Icon::Offline))
        .menu(&Menu::new(app)?)
        .show_menu_on_left_click(true)
        .on_menu_event(|app, event| {
            if let Ok(choice) = event.id().as_ref().parse() {
                app.state::<Desk>().tell(Input::Chosen(choice));
            }
        })
        .build(app)?;
    Ok(())
}

/// The icon is this, and says this where the system shows it.
pub(crate) fn show_icon(app: &AppHandle, icon: Icon, standing: &str) -> tauri::Result<()> {
    let Some(tray) = app.tray_by_id(ID) else { return Ok(()) };
    tray.set_icon(Some(image(icon)))?;
    tray.set_tooltip(Some(standing))
}

/// The menu is this.
pub(crate) fn show_menu(app: &AppHandle, entries: &[Entry]) -> tauri::Result<()> {
    let Some(tray) = app.tray_by_id(ID) else { return Ok(()) };
    let menu = Menu::new(app)?;
    for entry in entries {
        menu.append(&*item(app, entry)?)?;
    }
    tray.set_menu(Some(menu))
}

fn item(app: &AppHandle, entry: &Entry) -> tauri::Result<Box<dyn IsMenuItem<Wry>>> {
    Ok(match entry {
        Entry::Line(text) => Box::new(MenuItem::new(app, text, false, None::<&str>)?),
        Entry::Item(choice, text) => Box::new(MenuItem::with_id(app, choice.id(), text, true, None::<&str>)?),
        Entry::Check(choice, text, on) => {
            Box::new(CheckMenuItem::with_id(app, choice.id(), text, true, *on, None::<&str>)?)
        }
        Entry::Rule => Box::new(PredefinedMenuItem::separator(app)?),
        Entry::Sub(text, entries) => {
            let sub = Submenu::new(app, text, true)?;
            for entry in entries {
                sub.append(&*item(app, entry)?)?;
            }
            Box::new(sub)
        }
    })
}

fn image(icon: Icon) -> Image<'static> {
    match icon {
        Icon::Protected => tauri::include_image!("icons/tray/protected.png"),
        Icon::Unenrolled => tauri::include_image!("icons/tray/unenrolled.png"),
        Icon::Attention => tauri::include_image!("icons/tray/attention.png"),
        Icon::Suspended => tauri::include_image!("icons/tray/suspended.png"),
        Icon::Paused => tauri::include_image!("icons/tray/paused.png"),
        Icon::Pending => tauri::include_image!("icons/tray/pending.png"),
        Icon::Offline => tauri::include_image!("icons/tray/offline.png"),
    }
}

#[cfg(test)]
mod tests {
    use super::image;
    use crate::controller::Icon;
    use std::collections::BTreeSet;

    /// Told apart without colour: the outlines differ.
    #[test]
    fn each_state_has_a_shape_of_its_own() {
        let shapes: BTreeSet<Vec<bool>> = Icon::ALL
            .into_iter()
            .map(|icon| image(icon).rgba().chunks(4).map(|pixel| pixel[3] > 127).collect())
            .collect();
        assert_eq!(shapes.len(), Icon::ALL.len());
    }
}
