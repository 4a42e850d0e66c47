//! Quiet mode: the tray writes until when nobody is to be told of anything.

use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};

use serde::Deserialize;
use weir_model::Timestamp;

/// The part of the tray's settings that counts here.
#[derive(Deserialize)]
struct Settings {
    quiet_until: Option<Timestamp>,
}

/// True while the employee wants to hear nothing. Settings that cannot be read ask for nothing.
pub(crate) fn is_quiet() -> bool {
    let settings = settings_file().and_then(|path| std::fs::read_to_string(path).ok());
    settings.is_some_and(|text| is_quiet_at(&text, now()))
}

fn is_quiet_at(settings: &str, now: Timestamp) -> bool {
    let settings = toml::from_str::<Settings>(settings);
    settings
        .ok()
        .and_then(|settings| settings.quiet_until)
        .is_some_and(|until| now < until)
}

/// The time now; before 1970 it is 1970.
pub(crate) fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

fn settings_file() -> Option<PathBuf> {
    let config = if cfg!(windows) {
        std::env::var_os("APPDATA").map(PathBuf::from)
    } else if cfg!(target_os = "macos") {
        std::env::home_dir().map(|home| home.join("Library/Application Support"))
    } else {
        let told = std::env::var_os("XDG_CONFIG_HOME").map(PathBuf::from);
        told.or_else(|| std::env::home_dir().map(|home| home.join(".config")))
    };
    config.map(|config| config.join("weir").join("tray.toml"))
}

#[cfg(test)]
mod tests {
    use super::is_quiet_at;
    use weir_model::Timestamp;

    #[test]
    fn it_is_quiet_until_then_and_never_by_settings_that_cannot_be_read() {
        let at = |settings: &str, millis| is_quiet_at(settings, Timestamp::from_millis(millis));
        assert!(at("theme = \"dark\"\nquiet_until = 2000\n", 1999));
        assert!(!at("quiet_until = 2000", 2000));
        assert!(!at("theme = \"dark\"", 0));
        assert!(!at("quiet_until = soon", 0));
    }
}
