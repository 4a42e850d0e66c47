//! Where everything meets: what happens goes to the controller, and what it wants done is done.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use arboard::Clipboard;
use parking_lot::Mutex;
use tauri::{AppHandle, Emitter, Manager};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::time::{Instant, MissedTickBehavior};
use weir_model::Timestamp;
use weir_wire::{Connection, Settings};

use crate::agent::Agent;
use crate::controller::{Controller, Input, Output, Start, Told, Words};
use crate::programs::Programs;
use crate::{autostart, session, settings, tray, windows};

/// What commands and windows reach for.
#[derive(Clone)]
pub(crate) struct Desk {
    /// The agent, to be asked.
    pub(crate) agent: Agent,
    /// The program `weir`.
    pub(crate) programs: Programs,
    controller: Arc<Mutex<Controller>>,
    folder: PathBuf,
    clipboard: Arc<Mutex<Option<Clipboard>>>,
    inputs: UnboundedSender<Input>,
    arriving: Arc<Mutex<Option<UnboundedReceiver<Input>>>>,
}

/// How often the controller learns that time has passed.
const TICK: Duration = Duration::from_secs(2);

impl Desk {
    /// Reads what the user has chosen.
    pub(crate) fn open(app: &AppHandle, state: Option<PathBuf>) -> tauri::Result<Self> {
        let folder = app.path().config_dir()?.join("weir");
        let programs = Programs::find(state.clone());
        let chosen = Settings {
            start_at_login: autostart::is_on(),
            ..settings::read(&folder)
        };
        let start = Start {
            settings: chosen,
            desktop: sys_locale::get_locale(),
            may_start_agent: programs.may_start_agent(),
        };
        let (inputs, arriving) = unbounded_channel();
        Ok(Self {
            agent: Agent::new(state),
            programs,
            controller: Arc::new(Mutex::new(Controller::new(start))),
            folder,
            clipboard: Arc::default(),
            inputs,
            arriving: Arc::new(Mutex::new(Some(arriving))),
        })
    }

    /// Follows the agent, and does what the controller wants, until the program ends.
    pub(crate) fn run(&self, app: &AppHandle) {
        let Some(arriving) = self.arriving.lock().take() else {
            return;
        };
        let (agent, inputs) = (self.agent.clone(), self.inputs.clone());
        tauri::async_runtime::spawn(async move { agent.follow(&inputs).await });
        let (desk, app) = (self.clone(), app.clone());
        tauri::async_runtime::spawn(async move { desk.work(&app, arriving).await });
    }

    /// Something happened.
    pub(crate) fn tell(&self, input: Input) {
        // Nobody listens any more when the program is ending.
        let _ = self.inputs.send(input);
    }

    /// How the connection to the agent is.
    pub(crate) fn connection(&self) -> Connection {
        self.controller.lock().connection().clone()
    }

    /// What the user has chosen.
    pub(crate) fn settings(&self) -> Settings {
        self.controller.lock().settings().clone()
    }

    /// What is said, in the user's language.
    pub(crate) fn words(&self) -> &'static Words {
        self.controller.lock().words()
    }

    /// Puts a text on the clipboard.
    ///
    /// # Errors
    /// When the system has none, or does not take it.
    pub(crate) async fn copy(&self, text: String) -> Result<(), arboard::Error> {
        let clipboard = Arc::clone(&self.clipboard);
        let copied = tauri::async_runtime::spawn_blocking(move || {
            let mut clipboard = clipboard.lock();
            let mut open = match clipboard.take() {
                Some(open) => open,
                None => Clipboard::new()?,
            };
            open.set_text(text)?;
            // Kept: on X11 and Wayland what was copied is offered by who copied it, as long as they live.
            *clipboard = Some(open);
            Ok(())
        });
        copied.await.unwrap_or(Err(arboard::Error::ClipboardOccupied))
    }

    async fn work(&self, app: &AppHandle, mut arriving: UnboundedReceiver<Input>) {
        let mut ticks = tokio::time::interval_at(Instant::now(), TICK);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let input = tokio::select! {
                input = arriving.recv() => match input {
                    Some(input) => input,
                    None => return,
                },
                _ = ticks.tick() => Input::Tick,
            };
            let outputs = self.controller.lock().handle(input, now());
            for output in outputs {
                if let Err(error) = self.carry_out(app, output) {
                    tracing::warn!(%error, "the window system refuses");
                }
            }
        }
    }

    fn carry_out(&self, app: &AppHandle, output: Output) -> tauri::Result<()> {
        match output {
            Output::Icon(icon, standing) => tray::show_icon(app, icon, standing)?,
            Output::Menu(entries) => tray::show_menu(app, &entries)?,
            Output::Open(page) => windows::open(app, page, self.words().panel_title)?,
            Output::Close(window) => windows::close(app, window)?,
            Output::Tell(told) => tell_pages(app, &told)?,
            Output::Keep(chosen) => self.keep(&chosen),
            Output::StartAgent => self.programs.start_agent(),
            Output::Restart => session::begin_anew(self.programs.state()),
            Output::Quit => app.exit(0),
        }
        Ok(())
    }

    fn keep(&self, chosen: &Settings) {
        if let Err(error) = settings::keep(&self.folder, chosen) {
            tracing::warn!(%error, "the settings cannot be kept");
        }
        if chosen.start_at_login != autostart::is_on()
            && let Err(error) = autostart::set(chosen.start_at_login)
        {
            tracing::warn!(%error, "the start at login cannot be changed");
        }
    }
}

fn tell_pages(app: &AppHandle, told: &Told) -> tauri::Result<()> {
    match told {
        Told::Status(status) => app.emit("weir://status", status),
        Told::Connection(connection) => app.emit("weir://connection", connection),
        Told::Held(change) => app.emit("weir://held", change),
        Told::Event(event) => app.emit("weir://event", event),
        Told::Settings(settings) => app.emit("weir://settings", settings),
    }
}

/// The clock on the wall.
pub(crate) fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}
