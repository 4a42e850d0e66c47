//! The windows: made when they are needed, destroyed when they are closed.

use tauri::webview::{NewWindowResponse, WebviewWindowBuilder};
use tauri::{AppHandle, LogicalSize, Manager, PhysicalPosition, Url, WebviewUrl, WebviewWindow, Wry};

use crate::controller::{Page, Window};

const MAIN: LogicalSize<f64> = LogicalSize::new(1040.0, 720.0);
const MAIN_LEAST: LogicalSize<f64> = LogicalSize::new(420.0, 480.0);
const PANEL: LogicalSize<f64> = LogicalSize::new(520.0, 560.0);
/// Between the panel and the edges of the screen.
const MARGIN: f64 = 24.0;

/// The page is shown, in front of everything.
pub(crate) fn open(app: &AppHandle, page: Page, panel_title: &str) -> tauri::Result<()> {
    let window = page.window();
    match app.get_webview_window(window.label()) {
        Some(there) => {
            let (mut url, route) = (there.url()?, page.route());
            // The page that is there already would be loaded anew, and what is typed in it lost.
            if url.fragment() != Some(route.as_ref()) {
                url.set_fragment(Some(&route));
                there.navigate(url)?;
            }
            there.unminimize()?;
            there.show()?;
            there.set_focus()
        }
        None => make(app, page, panel_title).map(drop),
    }
}

/// The window goes, and what was in it.
pub(crate) fn close(app: &AppHandle, window: Window) -> tauri::Result<()> {
    app.get_webview_window(window.label())
        .map_or(Ok(()), |there| there.destroy())
}

fn make(app: &AppHandle, page: Page, panel_title: &str) -> tauri::Result<WebviewWindow> {
    let address = WebviewUrl::App(format!("index.html#{}", page.route()).into());
    let builder = WebviewWindowBuilder::new(app, page.window().label(), address)
        .on_navigation(is_ours)
        .on_new_window(|_, _| NewWindowResponse::Deny)
        .devtools(cfg!(debug_assertions))
        .focused(true);
    match page.window() {
        Window::Main => builder
            .title("Weir")
            .inner_size(MAIN.width, MAIN.height)
            .min_inner_size(MAIN_LEAST.width, MAIN_LEAST.height)
            .build(),
        Window::Panel => {
            let builder = builder
                .title(panel_title)
                .inner_size(PANEL.width, PANEL.height)
                .always_on_top(true)
                .visible_on_all_workspaces(true)
                .skip_taskbar(true)
                .maximizable(false)
                .minimizable(false);
            at_the_pointers_corner(app, builder).build()
        }
    }
}

/// At the lower right of the screen that the pointer is on; where the system does not tell, it chooses.
fn at_the_pointers_corner<'a>(
    app: &'a AppHandle,
    builder: WebviewWindowBuilder<'a, Wry, AppHandle>,
) -> WebviewWindowBuilder<'a, Wry, AppHandle> {
    let pointer = app.cursor_position().unwrap_or(PhysicalPosition::new(0.0, 0.0));
    let monitor = app.monitor_from_point(pointer.x, pointer.y).ok().flatten();
    let Some(monitor) = monitor.or_else(|| app.primary_monitor().ok().flatten()) else {
        return builder.center();
    };
    let (area, scale) = (monitor.work_area(), monitor.scale_factor());
    let (corner, size) = (
        area.position.to_logical::<f64>(scale),
        area.size.to_logical::<f64>(scale),
    );
    let place = |start: f64, room: f64, wanted: f64| start + (room - wanted - MARGIN).max(0.0);
    builder.position(
        place(corner.x, size.width, PANEL.width),
        place(corner.y, size.height, PANEL.height),
    )
}

/// The pages of this program are its only ones: whatever a page is led to, the window stays here.
fn is_ours(url: &Url) -> bool {
    match url.scheme() {
        "tauri" => url.host_str() == Some("localhost"),
        "http" | "https" => url.host_str() == Some("tauri.localhost"),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::is_ours;
    use tauri::Url;

    #[test]
    fn a_window_goes_nowhere_else() {
        for (url, ours) in [
            ("tauri://localhost/index.html#/panel", true),
            ("http://tauri.localhost/", true),
            ("tauri://elsewhere/", false),
            ("https://example.org/", false),
            ("http://localhost/", false),
            ("file:///etc/passwd", false),
            ("data:text/html,x", false),
            ("about:blank", false),
        ] {
            assert_eq!(is_ours(&Url::parse(url).unwrap()), ours, "{url}");
        }
    }
}
