//! What menu, tooltip and errors say: one table a language, so that a missing word stops the build.

use weir_wire::{Connection, Language};

use super::Icon;

/// A language to speak.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tongue {
    /// English.
    En,
    /// German.
    De,
}

/// What is said, in one language.
pub(crate) struct Words {
    pub(crate) protected: &'static str,
    pub(crate) unenrolled: &'static str,
    pub(crate) attention: &'static str,
    pub(crate) suspended: &'static str,
    pub(crate) paused: &'static str,
    pub(crate) pending: &'static str,
    pub(crate) offline: &'static str,
    pub(crate) starting: &'static str,
    pub(crate) too_old: &'static str,
    pub(crate) too_new: &'static str,
    pub(crate) not_ours: &'static str,
    pub(crate) decisions: &'static str,
    pub(crate) all_waiting: &'static str,
    pub(crate) open: &'static str,
    pub(crate) history: &'static str,
    pub(crate) recorded: &'static str,
    pub(crate) providers: &'static str,
    pub(crate) health: &'static str,
    pub(crate) settings: &'static str,
    pub(crate) about: &'static str,
    pub(crate) quiet: &'static str,
    pub(crate) quiet_hour: &'static str,
    pub(crate) quiet_half_day: &'static str,
    pub(crate) quiet_day: &'static str,
    pub(crate) quiet_off: &'static str,
    pub(crate) start_at_login: &'static str,
    pub(crate) quit: &'static str,
    pub(crate) panel_title: &'static str,
    pub(crate) no_agent: (&'static str, &'static str),
    pub(crate) other_version: (&'static str, &'static str),
    pub(crate) refused: &'static str,
    pub(crate) broken: (&'static str, &'static str),
    pub(crate) no_program: (&'static str, &'static str),
    pub(crate) program_failed: &'static str,
    pub(crate) not_from_here: (&'static str, &'static str),
    pub(crate) not_kept: (&'static str, &'static str),
    pub(crate) no_clipboard: (&'static str, &'static str),
}

const ENGLISH: Words = Words {
    protected: "Weir protects this device",
    unenrolled: "Weir protects this device, which is enrolled nowhere",
    attention: "Something needs your attention",
    suspended: "Some AI services are closed by your administrators",
    paused: "Paused by your administrators: nothing is checked",
    pending: "A message waits for you",
    offline: "Weir's service does not answer",
    starting: "Weir's service is starting",
    too_old: "Weir's service is older than this program",
    too_new: "Weir's service is newer than this program",
    not_ours: "Another program may be answering in place of Weir's service",
    decisions: "Pending decisions",
    all_waiting: "Show all",
    open: "Open Weir",
    history: "History",
    recorded: "What is recorded about me",
    providers: "What may go where",
    health: "Health",
    settings: "Settings",
    about: "About Weir",
    quiet: "Quiet mode",
    quiet_hour: "For one hour",
    quiet_half_day: "For four hours",
    quiet_day: "For twelve hours",
    quiet_off: "Off",
    start_at_login: "Start at login",
    quit: "Quit Weir's window program (protection goes on)",
    panel_title: "Weir: a message waits",
    no_agent: (
        "Weir's service does not answer",
        "Nothing can be shown while it is not running. AI services that Weir protects cannot be reached until it is back.",
    ),
    other_version: (
        "Weir's service is of another version",
        "An upgrade may be under way. If this stays, restart the service or install this program anew.",
    ),
    refused: "This was not done",
    broken: (
        "Weir's service gave no answer",
        "The connection broke or the answer came too late. Try again.",
    ),
    no_program: (
        "The program weir was not found",
        "It is looked for beside this program and on the path. Install Weir anew.",
    ),
    program_failed: "The program weir reports an error",
    not_from_here: (
        "This window may not ask for that",
        "Open Weir from its icon and try again.",
    ),
    not_kept: (
        "This could not be written",
        "Look at the rights of the folder and at the space on the disk.",
    ),
    no_clipboard: ("The clipboard cannot be used", "Select the text and copy it by hand."),
};

const GERMAN: Words = Words {
    protected: "Weir schützt dieses Gerät",
    unenrolled: "Weir schützt dieses Gerät; es gehört zu keiner Organisation",
    attention: "Etwas braucht Ihre Aufmerksamkeit",
    suspended: "Ihre Administratoren haben KI-Dienste gesperrt",
    paused: "Von Ihren Administratoren angehalten: nichts wird geprüft",
    pending: "Eine Nachricht wartet auf Sie",
    offline: "Der Dienst von Weir antwortet nicht",
    starting: "Der Dienst von Weir startet",
    too_old: "Der Dienst von Weir ist älter als dieses Programm",
    too_new: "Der Dienst von Weir ist neuer als dieses Programm",
    not_ours: "Ein anderes Programm könnte anstelle des Dienstes von Weir antworten",
    decisions: "Offene Entscheidungen",
    all_waiting: "Alle zeigen",
    open: "Weir öffnen",
    history: "Verlauf",
    recorded: "Was über mich aufgezeichnet ist",
    providers: "Was wohin darf",
    health: "Zustand",
    settings: "Einstellungen",
    about: "Über Weir",
    quiet: "Ruhemodus",
    quiet_hour: "Für eine Stunde",
    quiet_half_day: "Für vier Stunden",
    quiet_day: "Für zwölf Stunden",
    quiet_off: "Aus",
    start_at_login: "Bei der Anmeldung starten",
    quit: "Fensterprogramm von Weir beenden (der Schutz bleibt)",
    panel_title: "Weir: Eine Nachricht wartet",
    no_agent: (
        "Der Dienst von Weir antwortet nicht",
        "Solange er nicht läuft, kann nichts angezeigt werden. KI-Dienste, die Weir schützt, sind bis dahin nicht erreichbar.",
    ),
    other_version: (
        "Der Dienst von Weir hat eine andere Version",
        "Möglicherweise läuft gerade eine Aktualisierung. Bleibt es dabei, starten Sie den Dienst neu oder installieren Sie dieses Programm neu.",
    ),
    refused: "Das wurde nicht ausgeführt",
    broken: (
        "Der Dienst von Weir hat nicht geantwortet",
        "Die Verbindung brach ab oder die Antwort kam zu spät. Versuchen Sie es noch einmal.",
    ),
    no_program: (
        "Das Programm weir wurde nicht gefunden",
        "Gesucht wird neben diesem Programm und im Suchpfad. Installieren Sie Weir neu.",
    ),
    program_failed: "Das Programm weir meldet einen Fehler",
    not_from_here: (
        "Dieses Fenster darf das nicht verlangen",
        "Öffnen Sie Weir über sein Symbol und versuchen Sie es noch einmal.",
    ),
    not_kept: (
        "Das konnte nicht geschrieben werden",
        "Prüfen Sie die Rechte des Ordners und den freien Platz auf dem Datenträger.",
    ),
    no_clipboard: (
        "Die Zwischenablage ist nicht verfügbar",
        "Markieren Sie den Text und kopieren Sie ihn von Hand.",
    ),
};

impl Tongue {
    /// The chosen language, or that of the desktop: `de_AT.UTF-8`, `en-GB`.
    pub(crate) fn of(chosen: Language, desktop: Option<&str>) -> Self {
        match chosen {
            Language::En => Self::En,
            Language::De => Self::De,
            Language::System => match desktop {
                Some(name)
                    if name
                        .get(..2)
                        .is_some_and(|language| language.eq_ignore_ascii_case("de")) =>
                {
                    Self::De
                }
                _ => Self::En,
            },
        }
    }

    /// What is said in it.
    pub(crate) const fn words(self) -> &'static Words {
        match self {
            Self::En => &ENGLISH,
            Self::De => &GERMAN,
        }
    }
}

impl Words {
    /// How things stand, in one line.
    pub(crate) const fn standing(&self, icon: Icon, connection: &Connection) -> &'static str {
        match (connection, icon) {
            (Connection::Starting, _) => self.starting,
            (Connection::TooOld, _) => self.too_old,
            (Connection::TooNew, _) => self.too_new,
            (Connection::NotOurs, _) => self.not_ours,
            (_, Icon::Protected) => self.protected,
            (_, Icon::Unenrolled) => self.unenrolled,
            (_, Icon::Attention) => self.attention,
            (_, Icon::Suspended) => self.suspended,
            (_, Icon::Paused) => self.paused,
            (_, Icon::Pending) => self.pending,
            (_, Icon::Offline) => self.offline,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Tongue;
    use weir_wire::Language;

    #[test]
    fn the_language_is_the_chosen_one_or_the_desktops() {
        for (chosen, desktop, tongue) in [
            (Language::De, Some("en_GB"), Tongue::De),
            (Language::En, Some("de_DE"), Tongue::En),
            (Language::System, Some("de-AT"), Tongue::De),
            (Language::System, Some("fr_FR"), Tongue::En),
            (Language::System, Some("C"), Tongue::En),
            (Language::System, None, Tongue::En),
        ] {
            assert_eq!(Tongue::of(chosen, desktop), tongue, "{desktop:?}");
        }
    }
}
