//! What employees of this device ask the administrators for, and what they are told: exceptions, providers, and another look
//! at a decision.
//!
//! Answers are the server's; here they are in memory alone, and asked for again when the agent starts.

use std::sync::atomic::{AtomicU64, Ordering};

use parking_lot::Mutex;
use weir_engine::InForce;
use weir_fleet::{
    Answers, Appeal, AppealStanding, AppealState, ExceptionAsked, ExceptionRequest, ProviderAsk, ProviderStanding,
};
use weir_model::{EventId, Timestamp, chain};
use weir_policy::Catalogue;
use weir_sync::{AskError, Asking};
use weir_wire::{Appealed, AskedList, ProviderAsked, ProviderWanted, Refusal};

use crate::held::checked_reason;

/// Asks the admin server, where there is one.
pub(crate) struct Asked {
    asking: Option<Asking>,
    said: Mutex<Answers>,
    changes: AtomicU64,
}

/// Letters of a name, and of what somebody wants a provider for.
const LONGEST_NAME: usize = 100;
const LONGEST_CASE: usize = 2000;

impl Asked {
    /// For a device that is enrolled; `None` is enrolled nowhere.
    pub(crate) fn new(asking: Option<Asking>) -> Self {
        Self {
            asking,
            said: Mutex::default(),
            changes: AtomicU64::new(0),
        }
    }

    /// The server's answers, in place of those from before. Gives the appeals among them.
    pub(crate) fn take(&self, answers: Answers) -> Vec<Appealed> {
        let appeals = answers.appeals.iter().map(appealed).collect();
        let mut said = self.said.lock();
        if *said != answers {
            *said = answers;
            self.changes.fetch_add(1, Ordering::Relaxed);
        }
        appeals
    }

    /// Another number after every change.
    pub(crate) fn changes(&self) -> u64 {
        self.changes.load(Ordering::Relaxed)
    }

    /// What was asked for, as far as it is theirs who ask.
    pub(crate) fn list(
        &self,
        is_theirs: impl Fn(&str) -> bool,
        is_their_event: impl Fn(&EventId) -> bool,
    ) -> AskedList {
        // Whose event it is takes a look at the disk: not under the lock.
        let said = self.said.lock().clone();
        AskedList {
            providers: said
                .providers
                .iter()
                .filter(|it| is_theirs(&it.user))
                .map(asked)
                .collect(),
            appeals: said
                .appeals
                .iter()
                .filter(|it| is_their_event(&it.event))
                .map(appealed)
                .collect(),
        }
    }

    /// Asks for an exception.
    pub(crate) async fn exception(&self, request: &ExceptionRequest) -> Result<ExceptionAsked, String> {
        self.server()?
            .exception(request)
            .await
            .map_err(|error| not_taken(&error))
    }

    /// Asks for a provider.
    pub(crate) async fn provider(
        &self,
        user: Option<String>,
        wanted: &ProviderWanted,
        in_force: &InForce,
        now: Timestamp,
    ) -> Result<ProviderAsked, Refusal> {
        let asking = self.server().map_err(not_asked)?;
        let ask = provider_ask(user, wanted, in_force).map_err(not_asked)?;
        let taken = asking
            .provider(&ask)
            .await
            .map_err(|error| not_taken(&error))
            .map_err(not_asked)?;
        let standing = ProviderStanding {
            id: taken.id,
            user: ask.user,
            provider: ask.provider,
            business_case: ask.business_case,
            state: "pending".to_owned(),
            why: String::new(),
            asked: now,
        };
        let shown = asked(&standing);
        let mut said = self.said.lock();
        if said.providers.iter().all(|known| known.id != standing.id) {
            said.providers.insert(0, standing);
            self.changes.fetch_add(1, Ordering::Relaxed);
        }
        Ok(shown)
    }

    /// Says that a decision is wrong.
    pub(crate) async fn appeal(
        &self,
        (event, user): (EventId, Option<String>),
        reason: &str,
        in_force: &InForce,
        now: Timestamp,
    ) -> Result<Appealed, Refusal> {
        let asking = self.server().map_err(not_asked)?;
        let reason = checked_reason(reason, in_force).map_err(not_asked)?;
        let user = user.ok_or_else(|| not_asked(NOBODY.to_owned()))?;
        let appeal = Appeal { event, user, reason };
        asking
            .appeal(&appeal)
            .await
            .map_err(|error| not_taken(&error))
            .map_err(not_asked)?;
        let standing = AppealStanding {
            event,
            reason: appeal.reason,
            state: AppealState::Open,
            answer: String::new(),
            asked: now,
        };
        let shown = appealed(&standing);
        let mut said = self.said.lock();
        said.appeals
            .retain(|known| known.event != event || known.state == AppealState::Answered);
        said.appeals.insert(0, standing);
        self.changes.fetch_add(1, Ordering::Relaxed);
        Ok(shown)
    }

    fn server(&self) -> Result<&Asking, String> {
        let nobody = || "this device is enrolled nowhere: there is nobody to ask".to_owned();
        self.asking.as_ref().ok_or_else(nobody)
    }
}

const NOBODY: &str = "the system has no name for who asks";

fn not_asked(why: String) -> Refusal {
    Refusal::NotAsked { why }
}

/// What was not taken was not sent, or sent and refused: nothing has changed.
fn not_taken(error: &AskError) -> String {
    tracing::warn!(error = chain(error), "the server could not be asked");
    "the server was not reached, or does not take the request".to_owned()
}

/// What goes to the server. The words of the employee are read by others: nothing must be found in them.
fn provider_ask(user: Option<String>, wanted: &ProviderWanted, in_force: &InForce) -> Result<ProviderAsk, String> {
    let user = user.ok_or(NOBODY)?;
    let (provider, service) = named(&wanted.provider, in_force.policy.catalogue())
        .ok_or("name the provider by its name or the address of its page, in at most 100 letters")?;
    let (case, data) = (wanted.business_case.trim(), wanted.data.trim());
    if !(3..=LONGEST_CASE).contains(&case.chars().count()) || data.chars().count() > LONGEST_CASE {
        return Err(format!(
            "say in a few words what it is wanted for, in at most {LONGEST_CASE} letters"
        ));
    }
    if ![case, data].iter().all(|words| weir_engine::is_plain(words, in_force)) {
        return Err("there is data in what you wrote, and others read it: say it without".to_owned());
    }
    Ok(ProviderAsk {
        user,
        provider,
        service,
        business_case: case.to_owned(),
        level: wanted.level,
        data: data.to_owned(),
    })
}

/// A provider by what people write: its name or id, that of one of its services, or an address. What the catalogue does not
/// know keeps its name, in small letters and without what no name has. With the service, where one was named.
fn named(written: &str, catalogue: &Catalogue) -> Option<(String, String)> {
    let written = written.trim();
    let known = |it: &weir_model::catalogue::Provider| {
        it.provider.eq_ignore_ascii_case(written) || it.name.eq_ignore_ascii_case(written)
    };
    if let Some(provider) = catalogue.providers().iter().find(|it| known(it)) {
        return Some((provider.provider.clone(), String::new()));
    }
    let host = host_in(written);
    let service = catalogue
        .service(written)
        .or_else(|| Some(catalogue.service_for(&host, 443)?.0));
    if let Some(service) = service {
        return Some((service.provider.clone(), service.service.clone()));
    }
    let name: String = host
        .chars()
        .map(|sign| {
            if sign.is_ascii_alphanumeric() || sign == '.' {
                sign
            } else {
                '-'
            }
        })
        .collect();
    let name = name.trim_matches(['-', '.']);
    ((1..=LONGEST_NAME).contains(&name.len())).then(|| (name.to_owned(), String::new()))
}

/// `chat.example.com` of `https://Chat.example.com:443/new?x`; a name stays a name.
fn host_in(written: &str) -> String {
    let behind = written.split_once("://").map_or(written, |(_, behind)| behind);
    let end = behind.find(['/', '?', '#', ':']).unwrap_or(behind.len());
    behind.get(..end).unwrap_or_default().to_lowercase()
}

fn asked(standing: &ProviderStanding) -> ProviderAsked {
    ProviderAsked {
        id: standing.id.clone(),
        provider: standing.provider.clone(),
        business_case: standing.business_case.clone(),
        state: standing.state.clone(),
        why: standing.why.clone(),
        asked: standing.asked,
    }
}

fn appealed(standing: &AppealStanding) -> Appealed {
    Appealed {
        event: standing.event,
        reason: standing.reason.clone(),
        state: standing.state.as_str().to_owned(),
        answer: standing.answer.clone(),
        asked: standing.asked,
    }
}

#[cfg(test)]
mod tests {
    use super::{Asked, host_in, named, provider_ask};
    use crate::in_force;
    use weir_fleet::{Answers, AppealStanding, AppealState, ProviderStanding};
    use weir_model::{EventId, Level, Timestamp};
    use weir_wire::ProviderWanted;

    #[test]
    fn people_name_a_provider_as_they_know_it() {
        let catalogue = in_force::catalogue(None).unwrap();
        let both = |written| named(written, &catalogue).unwrap();
        let pair = |provider: &str, service: &str| (provider.to_owned(), service.to_owned());
        for (written, found) in [
            ("OpenAI", pair("openai", "")),
            (" openai ", pair("openai", "")),
            ("ChatGPT", pair("openai", "chatgpt-web")),
            ("https://chatgpt.com/g/x?model=y", pair("openai", "chatgpt-web")),
            ("https://Notes.Example:8443/new", pair("notes.example", "")),
            ("Quick Notes!", pair("quick-notes", "")),
        ] {
            assert_eq!(both(written), found, "{written}");
        }
        for nothing in ["", "  ", "!?", &"x".repeat(101)] {
            assert!(named(nothing, &catalogue).is_none(), "{nothing:?}");
        }
        assert_eq!(host_in("a.example#x"), "a.example");
    }

    #[test]
    fn what_others_read_has_nothing_in_it() {
        let loaded = in_force::load(None, None).unwrap();
        let wanted = |case: &str, data: &str| ProviderWanted {
            provider: "Mistral".to_owned(),
            business_case: case.to_owned(),
            level: Level::Internal,
            data: data.to_owned(),
        };
        let ask = |user: Option<&str>, wanted| provider_ask(user.map(str::to_owned), &wanted, &loaded.in_force);
        let asked = ask(Some("ada"), wanted(" Translations ", "Manuals")).unwrap();
        assert_eq!(
            (&*asked.user, &*asked.business_case, &*asked.data),
            ("ada", "Translations", "Manuals")
        );
        assert!(ask(None, wanted("Translations", "")).is_err());
        assert!(ask(Some("ada"), wanted("it", "")).is_err());
        let address = "for ada.weir@tidewater.io, a customer";
        assert!(ask(Some("ada"), wanted(address, "")).unwrap_err().contains("without"));
        assert!(ask(Some("ada"), wanted("Translations", address)).is_err());
    }

    #[test]
    fn everybody_is_told_of_their_own() {
        let asked = Asked::new(None);
        let provider = |user: &str| ProviderStanding {
            id: user.to_owned(),
            user: user.to_owned(),
            provider: "mistral".to_owned(),
            business_case: "Translations".to_owned(),
            state: "refused".to_owned(),
            why: "no contract".to_owned(),
            asked: Timestamp::from_millis(1),
        };
        let event = |number| EventId::new(Timestamp::from_millis(number), [0; 10]);
        let appeal = |number| AppealStanding {
            event: event(number),
            reason: "a test key".to_owned(),
            state: AppealState::Answered,
            answer: "it is one".to_owned(),
            asked: Timestamp::from_millis(number),
        };
        let answers = Answers {
            number: 3,
            providers: vec![provider("ada"), provider("ben")],
            appeals: vec![appeal(1), appeal(2)],
        };
        assert_eq!(asked.take(answers.clone()).len(), 2);
        assert_eq!(asked.changes(), 1);
        asked.take(answers);
        assert_eq!(asked.changes(), 1, "the same again is no change");
        let list = asked.list(|user| user == "ada", |it| *it == event(2));
        assert_eq!((list.providers.len(), list.appeals.len()), (1, 1));
        assert_eq!(
            (&*list.providers[0].why, &*list.appeals[0].answer),
            ("no contract", "it is one")
        );
        assert_eq!(list.appeals[0].state, "answered");
    }
}
