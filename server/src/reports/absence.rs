//! That a class of data never reached a place: what records say, and how far they speak.

use super::coverage::{Chain, Coverage, Gap, GapKind};
use super::judged::{Fate, Found, Judged};
use super::once::Once;
use super::table::Recorded;
use crate::journal::{Actor, Deed, Entry, Purpose};
use crate::readings::{self, Concerned};
use crate::repo::{Repo, RepoError};
use serde::Serialize;
use std::fmt;
use std::str::FromStr;
use utoipa::ToSchema;
use weir_audit::Kind;
use weir_fleet::DeviceId;
use weir_model::{DataType, EventId, Level, Timestamp};

/// What is asked about.
#[derive(Clone, Debug)]
pub struct AbsenceAsked {
    /// Which data.
    pub class: Class,
    /// Whereto: a provider, a service of the catalogue, or a host, in capitals or small letters.
    pub to: String,
    /// Not before, by the devices' clocks.
    pub since: Timestamp,
    /// Before.
    pub until: Timestamp,
}

/// Data of one kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Class {
    /// Of this data type.
    Type(DataType),
    /// Of all data types of a category: `personal/*`.
    Category(String),
    /// Of this level, or a higher one.
    Level(Level),
}

/// It is no class.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("a class is a data type (`personal/email`), a category (`personal/*`) or a level (`restricted`)")]
pub struct ParseClassError;

impl FromStr for Class {
    type Err = ParseClassError;

    fn from_str(text: &str) -> Result<Self, ParseClassError> {
        const LEVELS: [Level; 3] = [Level::Internal, Level::Confidential, Level::Restricted];
        if let Some(level) = LEVELS.into_iter().find(|level| level.as_str() == text) {
            return Ok(Self::Level(level));
        }
        let is_word = |word: &str| {
            let is_sign = |sign: char| sign.is_ascii_alphanumeric() || matches!(sign, '_' | '-' | '.');
            !word.is_empty() && word.len() <= 100 && word.chars().all(is_sign)
        };
        match text.split_once('/') {
            Some((category, "*")) if is_word(category) => Ok(Self::Category(category.to_owned())),
            Some((category, name)) if is_word(category) && name.split('/').all(is_word) => {
                Ok(Self::Type(DataType::custom(text.to_owned())))
            }
            _ => Err(ParseClassError),
        }
    }
}

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Type(data_type) => write!(f, "{data_type}"),
            Self::Category(category) => write!(f, "{category}/*"),
            Self::Level(level) => f.write_str(level.as_str()),
        }
    }
}

impl Class {
    fn has(&self, found: &Found) -> bool {
        match self {
            Self::Type(data_type) => found.data_type == *data_type,
            Self::Category(category) => found.data_type.category() == category,
            Self::Level(level) => found.level >= *level,
        }
    }

    /// True where a message is of it as a whole: an amount of lower values, or a label, gives one a level that none of them has.
    fn has_whole(&self, judged: &Judged) -> bool {
        matches!(self, Self::Level(level) if judged.level >= *level)
    }
}

/// Whether a class of data reached a place. Times are milliseconds since 1970.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct Absence {
    /// No record says that it did.
    pub absent: bool,
    /// Records speak for every device and the whole time: there is no gap.
    pub complete: bool,
    /// A record names the place, of this time or of any other. Where none does nothing ever went there, or it is called otherwise.
    pub named: bool,
    /// Messages that went there with data of the class.
    pub reached: u64,
    /// Of them, the first hundred that were found.
    pub examples: Vec<Reached>,
    /// Messages that went there.
    pub messages: u64,
    /// Messages from which data of the class was taken out before they went.
    pub replaced: u64,
    /// Messages that held data of the class and did not go.
    pub kept: u64,
    /// The logs that say so.
    pub chains: Vec<Chain>,
    /// What they do not speak for.
    pub gaps: Vec<Gap>,
}

/// A message that reached it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Reached {
    /// Names it.
    #[schema(value_type = String, format = Uuid)]
    pub event: EventId,
    /// By the device's clock.
    pub time: i64,
    /// Which device.
    #[schema(value_type = String, format = Uuid)]
    pub device: DeviceId,
}

const EXAMPLES: usize = 100;

/// Looks whether a class of data reached a place. That it was asked is entered in the journal; those from whose devices
/// messages are named are told.
///
/// # Errors
/// Nothing may be shown then.
pub async fn absence(
    repo: &dyn Repo,
    actor: &Actor,
    asked: &AbsenceAsked,
    purpose: &Purpose,
    now: Timestamp,
) -> Result<Absence, RepoError> {
    let mut looking = Looking {
        asked,
        answer: Absence::default(),
        once: Once::open(repo).await?,
        coverage: Coverage::of(asked.since, asked.until),
        concerned: Concerned::new(),
    };
    repo.each_recorded(asked.since, asked.until, &mut |recorded| looking.look(&recorded))
        .await?;
    let Looking {
        mut answer,
        coverage,
        concerned,
        ..
    } = looking;
    let entry = Entry::new(now, actor, Deed::AbsenceRead, &asked.to)
        .with("class", asked.class.to_string())
        .with("since", asked.since)
        .with("until", asked.until)
        .with("purpose", purpose)
        .with("reached", answer.reached);
    readings::note(repo, &entry, &concerned).await?;
    (answer.chains, answer.gaps) = coverage.finish(repo).await?;
    answer.absent = answer.reached == 0;
    answer.named = answer.named || repo.is_named(&asked.to).await?;
    answer.complete = answer.gaps.is_empty();
    Ok(answer)
}

struct Looking<'a> {
    asked: &'a AbsenceAsked,
    answer: Absence,
    once: Once,
    coverage: Coverage,
    concerned: Concerned,
}

impl Looking<'_> {
    fn look(&mut self, recorded: &Recorded) {
        if recorded.kind == Kind::Gap {
            return self.coverage.lost(recorded);
        }
        let Some(judged) = Judged::read(recorded) else {
            return self.coverage.count(recorded.device, GapKind::Unread);
        };
        let to = &judged.destination;
        let names = [Some(&to.host), to.service.as_ref(), to.provider.as_ref()];
        let mut names = names.into_iter().flatten();
        if judged.is_message() && names.any(|name| name.eq_ignore_ascii_case(&self.asked.to)) {
            self.answer.named = true;
            if self.once.is_new(recorded) {
                self.message(recorded, &judged);
            }
        }
    }

    fn message(&mut self, recorded: &Recorded, judged: &Judged) {
        let fates = judged.findings.iter().enumerate();
        let fates = fates.filter(|(_, found)| self.asked.class.has(found));
        let listed = fates.map(|(index, _)| judged.fate(index)).min();
        let whole = listed.is_none() && self.asked.class.has_whole(judged);
        let worst = listed.or_else(|| whole.then(|| judged.whole_fate()));
        // Whether what gave the message its level was taken out with what was is not said.
        let is_open = whole && worst == Some(Fate::Replaced);
        if judged.left() {
            self.answer.messages += 1;
            if judged.unscannable.is_some() {
                self.coverage.count(recorded.device, GapKind::NotRead);
            }
            if is_open || judged.findings_omitted > 0 && worst != Some(Fate::Sent) {
                self.coverage.count(recorded.device, GapKind::NotListed);
            }
        }
        match worst {
            None => {}
            Some(Fate::Kept) => self.answer.kept += 1,
            Some(Fate::Replaced) => self.answer.replaced += u64::from(!is_open),
            Some(Fate::Sent) => {
                self.answer.reached += 1;
                if self.answer.examples.len() < EXAMPLES {
                    *self.concerned.entry(recorded.device).or_default() += 1;
                    self.answer.examples.push(Reached {
                        event: recorded.event,
                        time: recorded.time.as_millis(),
                        device: recorded.device,
                    });
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Class, ParseClassError};
    use weir_model::{DataType, Level};

    #[test]
    fn classes_are_types_categories_and_levels() {
        assert_eq!("restricted".parse(), Ok(Class::Level(Level::Restricted)));
        assert_eq!("personal/*".parse(), Ok(Class::Category("personal".to_owned())));
        let email = DataType::builtin("personal/email");
        assert_eq!("personal/email".parse(), Ok(Class::Type(email)));
        // All data is public or more: that is no class.
        for wrong in ["", "public", "email", "/*", "personal/", "a b/c", "*/*"] {
            assert_eq!(wrong.parse::<Class>(), Err(ParseClassError), "{wrong}");
        }
    }
}
