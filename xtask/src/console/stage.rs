//! A server, an agent and real records, and the stories that Chromium plays on them.

use super::{npm, ui};
use crate::run::{Exchange, exchanges, fleet};
use crate::shell::{Outcome, root, show};
use weir_support::fake::Options;
use weir_support::{FakeAi, Folder, agent};

/// Where pictures of all pages go; they are not committed.
const PICTURES: &str = ".weir/pictures";

/// Plays all stories, or those whose names fit.
pub(super) fn stories(only: Option<&str>) -> Outcome {
    let folder = Folder::new("console")?;
    let fake = FakeAi::start(folder.path(), Options::default())?;
    let (server, laptop) = fleet::start(&fake, folder.path())?;
    let exchanges = exchanges(&fake, &laptop)?;
    fleet::told(&server, &exchanges)?;
    let blocked = exchanges.iter().find(|exchange| exchange.decision == "block");
    let blocked: &Exchange = blocked.ok_or("nothing was blocked")?;
    let pictures = root().join(PICTURES);
    std::fs::create_dir_all(&pictures)?;
    let mut browser = npm();
    browser
        .args(["run", "--silent", "browser"])
        .env("WEIR_URL", server.url())
        .env("WEIR_ADMIN", fleet::account(&server, "ada", "admin")?)
        .env("WEIR_VIEWER", fleet::account(&server, "vic", "viewer")?)
        .env("WEIR_BLOCKED", &blocked.event)
        .env("WEIR_PICTURES", pictures)
        .env("WEIR_BIN", agent::binary()?)
        .env("WEIR_KEY", folder.path().join("approver.key"))
        .env("WEIR_SESSION", ui().join("console/e2e/.out-session.json"));
    if let Some(only) = only {
        browser.args(["--", "--grep", only]);
    }
    Ok(show(&mut browser)?)
}
