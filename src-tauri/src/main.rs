//! `weir-tray`: the icon and the windows of Weir, in the session of one user. It shows and asks; protection is the agent's,
//! and goes on when this program is killed.
//!
//! ```text
//! controller   decides: what happened in, what is to be done out; pure
//! agent        follows the agent over its socket, and asks it
//! programs     the program `weir`: started as the agent, asked as the doctor
//! tray         the icon and its menu
//! windows      the windows
//! commands     what pages may ask for
//! settings     what the user has chosen, in a file
//! autostart    the start at login
//! session      this process in its session: what it sets before it starts, and how it begins anew
//! ```
//!
//! Neighbours: imports `model`, `wire` and `ipc`. It must not know how anything is judged, and keeps nothing that people
//! typed: a page asks for it, shows it and forgets it.

#![cfg_attr(not(debug_assertions), windows_subsystem = "windows")]

mod agent;
mod autostart;
mod commands;
mod controller;
mod desk;
mod programs;
mod session;
mod settings;
mod tray;
mod windows;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use tauri::{AppHandle, Manager, RunEvent, WindowEvent};

use controller::{Input, Page, Window};
use desk::Desk;

/// The tray and the windows of Weir
#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// Show the icon alone: no window opens
    #[arg(long)]
    hidden: bool,
    /// Open this page: now, history, recorded, providers, health, settings, about, welcome, panel
    #[arg(long, value_name = "PAGE", conflicts_with = "hidden")]
    page: Option<Page>,
    /// The state directory of the agent to speak with
    #[arg(long, env = "WEIR_STATE", value_name = "DIR", hide_env_values = true)]
    state: Option<PathBuf>,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    tracing_subscriber::fmt()
        .with_env_filter(tracing_subscriber::EnvFilter::from_default_env())
        .with_writer(std::io::stderr)
        .init();
    session::prepare();
    match build(arguments) {
        Ok(app) => {
            app.run(on_run);
            ExitCode::SUCCESS
        }
        Err(error) => {
            tracing::error!(%error, "cannot start");
            ExitCode::FAILURE
        }
    }
}

fn build(arguments: Arguments) -> tauri::Result<tauri::App> {
    tauri::Builder::default()
        .plugin(tauri_plugin_single_instance::init(|app, arguments, _| {
            second(app, &arguments);
        }))
        .invoke_handler(commands::handler())
        .setup(move |app| {
            let handle = app.handle().clone();
            let first = (!arguments.hidden).then(|| arguments.page.unwrap_or(Page::Now));
            let desk = Desk::open(&handle, arguments.state)?;
            app.manage(desk.clone());
            tray::add(&handle)?;
            desk.run(&handle);
            if let Some(page) = first {
                desk.tell(Input::Open(page));
            }
            Ok(())
        })
        .build(tauri::generate_context!())
}

/// A second start hands over what it was asked for, and ends.
fn second(app: &AppHandle, arguments: &[String]) {
    let Ok(arguments) = Arguments::try_parse_from(arguments) else {
        return;
    };
    if !arguments.hidden {
        app.state::<Desk>()
            .tell(Input::Open(arguments.page.unwrap_or(Page::Now)));
    }
}

fn on_run(app: &AppHandle, event: RunEvent) {
    match event {
        // Without a code nobody asked for the end: the last window was closed, and the icon stays.
        RunEvent::ExitRequested { code: None, api, .. } => api.prevent_exit(),
        RunEvent::WindowEvent {
            label,
            event: WindowEvent::Destroyed,
            ..
        } => {
            if let Some(window) = Window::labelled(&label) {
                app.state::<Desk>().tell(Input::Closed(window));
            }
        }
        _ => {}
    }
}
