//! What the employee is told, in their language: types, levels, rules and destinations, never content.

use std::collections::VecDeque;

use weir_model::{DataType, Level, Timestamp};

/// Something to tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Notice {
    pub(crate) subject: Subject,
    /// The rule that spoke.
    pub(crate) rule: String,
    /// Where it was to go; empty for a copy.
    pub(crate) destination: String,
    pub(crate) level: Level,
    /// What was found.
    pub(crate) found: Vec<DataType>,
}

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Subject {
    /// A prompt waits.
    Held,
    /// Something was copied that should not go to AI services.
    Copied,
    /// Values were taken out of the clipboard.
    Cleaned,
    /// The clipboard was emptied.
    Cleared,
}

/// A language that Weir speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Language {
    English,
    German,
}

impl Language {
    /// By the variables that programs go by, the strongest first.
    pub(crate) fn of_session() -> Self {
        let set = ["LC_ALL", "LC_MESSAGES", "LANG"]
            .iter()
            .find_map(|name| std::env::var(name).ok().filter(|value| !value.is_empty()));
        Self::of(&set.unwrap_or_default())
    }

    fn of(locale: &str) -> Self {
        match locale.starts_with("de") {
            true => Self::German,
            false => Self::English,
        }
    }

    /// The button that opens the panel.
    #[cfg(all(unix, not(target_os = "macos")))]
    pub(crate) const fn open(self) -> &'static str {
        match self {
            Self::English => "Open",
            Self::German => "Öffnen",
        }
    }
}

impl Notice {
    /// The first line; with how often, where it was more than once.
    pub(crate) fn title(&self, language: Language, count: u32) -> String {
        let title = match (self.subject, language) {
            (Subject::Held, Language::English) => "A prompt waits for you",
            (Subject::Held, Language::German) => "Eine Eingabe wartet auf Sie",
            (Subject::Copied, Language::English) => "Something sensitive was copied",
            (Subject::Copied, Language::German) => "Schützenswertes wurde kopiert",
            (Subject::Cleaned, Language::English) => "Values were taken out of the clipboard",
            (Subject::Cleaned, Language::German) => "Werte wurden aus der Zwischenablage genommen",
            (Subject::Cleared, Language::English) => "The clipboard was emptied",
            (Subject::Cleared, Language::German) => "Die Zwischenablage wurde geleert",
        };
        match count {
            0 | 1 => title.to_owned(),
            count => format!("{title} ({count}×)"),
        }
    }

    /// What it is about, and what can be done.
    pub(crate) fn body(&self, language: Language) -> String {
        let found: Vec<&str> = self.found.iter().map(DataType::as_str).collect();
        let found = match (found.is_empty(), language) {
            (false, _) => found.join(", "),
            (true, Language::English) => "a file or a picture".to_owned(),
            (true, Language::German) => "eine Datei oder ein Bild".to_owned(),
        };
        let (level, rule) = (self.level, &self.rule);
        match (self.subject, language) {
            (Subject::Held, Language::English) => format!(
                "To {}: {found} ({level}, rule {rule}). Decide in Weir, or with: weir held list",
                self.destination
            ),
            (Subject::Held, Language::German) => format!(
                "An {}: {found} ({level}, Regel {rule}). Entscheiden Sie in Weir oder mit: weir held list",
                self.destination
            ),
            (_, Language::English) => format!("{found} ({level}, rule {rule})"),
            (_, Language::German) => format!("{found} ({level}, Regel {rule})"),
        }
    }
}

/// Notices that say the same within this time are one, with a count.
const SAME_MILLIS: i64 = 10 * 60 * 1000;
/// Notices remembered.
const REMEMBERED: usize = 16;

/// Counts what is said again.
#[derive(Default)]
pub(crate) struct Tally {
    said: VecDeque<Said>,
}

struct Said {
    notice: Notice,
    last: Timestamp,
    count: u32,
    /// The number that the desktop gave the notification.
    shown: Option<u32>,
}

impl Tally {
    /// How often it was said by now, and under which number it is shown.
    pub(crate) fn count(&mut self, notice: &Notice, now: Timestamp) -> (u32, Option<u32>) {
        self.said.retain(|said| now < said.last.plus_millis(SAME_MILLIS));
        if let Some(said) = self.said.iter_mut().find(|said| said.notice.says_as(notice)) {
            said.last = now;
            said.count += 1;
            return (said.count, said.shown);
        }
        if self.said.len() == REMEMBERED {
            self.said.pop_front();
        }
        self.said.push_back(Said {
            notice: notice.clone(),
            last: now,
            count: 1,
            shown: None,
        });
        (1, None)
    }

    /// It is shown under this number.
    pub(crate) fn shown(&mut self, notice: &Notice, number: u32) {
        if let Some(said) = self.said.iter_mut().find(|said| said.notice.says_as(notice)) {
            said.shown = Some(number);
        }
    }
}

impl Notice {
    fn says_as(&self, other: &Self) -> bool {
        self.subject == other.subject && self.rule == other.rule && self.destination == other.destination
    }
}

#[cfg(test)]
mod tests {
    use super::{Language, Notice, REMEMBERED, SAME_MILLIS, Subject, Tally};
    use weir_model::{DataType, Level, Timestamp};

    fn notice(subject: Subject, rule: &str) -> Notice {
        Notice {
            subject,
            rule: rule.to_owned(),
            destination: "chatgpt-web".to_owned(),
            level: Level::Restricted,
            found: vec![DataType::builtin("security/openai_key")],
        }
    }

    const fn at(millis: i64) -> Timestamp {
        Timestamp::from_millis(millis)
    }

    #[test]
    fn the_same_again_is_counted_for_ten_minutes_after_the_last_time() {
        let mut tally = Tally::default();
        let key = notice(Subject::Copied, "clipboard-guard/rules/0");
        assert_eq!(tally.count(&key, at(0)), (1, None));
        tally.shown(&key, 7);
        assert_eq!(tally.count(&key, at(SAME_MILLIS - 1)), (2, Some(7)));
        assert_eq!(tally.count(&notice(Subject::Cleaned, &key.rule), at(1)), (1, None));
        assert_eq!(tally.count(&key, at(2 * SAME_MILLIS - 2)), (3, Some(7)));
        assert_eq!(tally.count(&key, at(3 * SAME_MILLIS - 2)), (1, None));
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let mut tally = Tally::default();
        for number in 0..=REMEMBERED {
            tally.count(&notice(Subject::Held, &number.to_string()), at(0));
        }
        assert_eq!(tally.said.len(), REMEMBERED);
        assert_eq!(tally.count(&notice(Subject::Held, "0"), at(0)).0, 1);
        assert_eq!(tally.count(&notice(Subject::Held, "16"), at(0)).0, 2);
    }

    #[test]
    fn both_languages_name_what_was_found_and_how_often() {
        assert_eq!(Language::of("de_AT.UTF-8"), Language::German);
        assert_eq!(Language::of("C"), Language::English);
        for subject in [Subject::Held, Subject::Copied, Subject::Cleaned, Subject::Cleared] {
            let notice = notice(subject, "restricted");
            let (english, german) = (notice.title(Language::English, 3), notice.title(Language::German, 3));
            assert!(english != german && english.ends_with("(3×)") && german.ends_with("(3×)"));
            for language in [Language::English, Language::German] {
                let body = notice.body(language);
                assert!(
                    body.contains("security/openai_key") && body.contains("restricted"),
                    "{body}"
                );
                assert_eq!(body.contains("chatgpt-web"), subject == Subject::Held);
                assert!(!notice.title(language, 1).contains('×'));
            }
        }
    }
}
