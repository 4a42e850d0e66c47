//! What hints point to, fetched one at a time, and what the server is told of it.

use crate::client::{AskError, Client};
use crate::line::Line;
use crate::{Agent, NotTaken};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;
use weir_fleet::{Answers, ExceptionAnswers, Hint, Holds, Standing, StreamEvent, restored, routes};
use weir_model::chain;

/// What hints point to, fetched one at a time.
pub(crate) struct Fetching {
    client: Arc<Client>,
    agent: Arc<dyn Agent>,
    /// Number of the newest that was fetched. One that was refused for a passing reason counts until the next look.
    newest: u64,
    /// What the server calls it.
    tag: Option<String>,
    /// The bundle that was refused, and why.
    refused: Option<(u64, String)>,
    /// Number of the newest directive that was fetched. One that was refused for a passing reason counts until the next look.
    order: u64,
    /// What is tried again with the next look.
    again: Again,
    /// Number of the last answers to requests for exceptions.
    exceptions: u64,
    /// Number of the last answers to other requests.
    answers: u64,
    /// Whether the server says that there is more than was fetched; `None` while it is to be asked.
    lacks: Option<bool>,
    /// Whether the server knows what is in force.
    told: Told,
    /// Number of the last code whose use the server was told of.
    code: u64,
    /// Into the stream, while it goes both ways.
    line: Arc<Line>,
}

/// What was refused for a reason that passes, as a full disk or a wrong clock. Not with the next hint: where it does not pass,
/// ten thousand laptops would ask for it again and again.
#[derive(Clone, Copy, Default)]
struct Again {
    bundle: bool,
    order: bool,
}

#[derive(Clone, Copy)]
enum Told {
    No,
    /// It was said, and is not answered yet.
    Said {
        number: u64,
        code: u64,
        at: Instant,
    },
    Yes,
}

/// What was said and is not answered for so long is said again: the server keeps what ten thousand say at once in a second or two.
const ANSWERED: Duration = Duration::from_secs(15);

/// What is to be fetched: a hint to ten thousand laptops must not make each ask for everything.
#[derive(Clone, Copy)]
pub(crate) struct Wanted {
    bundle: bool,
    order: bool,
    exceptions: bool,
    answers: bool,
    /// The server has not been told what is in force here.
    telling: bool,
}

impl Wanted {
    const ALL: Self = Self {
        bundle: true,
        order: true,
        exceptions: true,
        answers: true,
        telling: true,
    };

    pub(crate) const fn is_any(self) -> bool {
        self.bundle || self.order || self.exceptions || self.answers || self.telling
    }
}

impl Fetching {
    pub(crate) fn new(client: Arc<Client>, line: Arc<Line>, agent: Arc<dyn Agent>) -> Self {
        let standing = agent.standing();
        Self {
            client,
            newest: standing.bundle,
            order: standing.order,
            again: Again::default(),
            exceptions: 0,
            answers: 0,
            agent,
            tag: None,
            refused: None,
            lacks: None,
            told: Told::No,
            code: 0,
            line,
        }
    }

    /// The stream has ended: what was said and not answered may not have arrived.
    pub(crate) fn hang_up(&mut self) {
        if matches!(self.told, Told::Said { .. }) {
            self.told = Told::No;
        }
    }

    /// What is new on the server.
    pub(crate) fn lags(&self, hint: Hint) -> Wanted {
        Wanted {
            bundle: hint.bundle > self.newest,
            order: hint.order > self.order,
            exceptions: hint.exceptions > self.exceptions,
            answers: hint.answers > self.answers,
            telling: self.is_to_be_told(),
        }
    }

    fn is_to_be_told(&self) -> bool {
        let known = match self.told {
            Told::No => return true,
            Told::Said { at, .. } if at.elapsed() > ANSWERED => return true,
            Told::Said { code, .. } => code,
            Told::Yes => self.code,
        };
        last_code(&self.agent.standing()) > known
    }

    /// The bundle that is here, and that the next may be told as a difference to.
    pub(crate) async fn holds(&self) -> Holds {
        let number = self.agent.standing().bundle;
        if number == 0 {
            return Holds(None);
        }
        let agent = Arc::clone(&self.agent);
        // It is read from the disk.
        let held = tokio::task::spawn_blocking(move || agent.held_bundle().map(|bundle| Holds::of(number, &bundle)));
        held.await.ok().flatten().unwrap_or_default()
    }

    /// Takes what came with the stream; a hint is given back, for whoever listens to follow.
    pub(crate) async fn take(&mut self, event: StreamEvent) -> Option<Hint> {
        match event {
            StreamEvent::Order(order) => self.take_order(order).await,
            StreamEvent::Bundle(bundle) => self.take_carried(bundle).await,
            StreamEvent::Change(change) => self.take_change(change).await,
            StreamEvent::Told(number) => self.take_told(number),
            StreamEvent::Answered(answered) => self.line.answered(answered),
            StreamEvent::Hint(hint) => return Some(hint),
        }
        None
    }

    /// Fetches and tells what a hint says that is not here; true where there was something.
    pub(crate) async fn catch_up(&mut self, hint: Hint) -> bool {
        let wanted = self.lags(hint);
        if wanted.is_any() {
            self.fetch_and_tell(wanted).await;
        }
        wanted.is_any()
    }

    /// What was said is kept.
    fn take_told(&mut self, answered: u64) {
        if let Told::Said { number, code, .. } = self.told
            && number == answered
        {
            (self.told, self.code) = (Told::Yes, code);
            self.agent.heard();
        }
    }

    /// Fetches what is new, whether it was hinted at or not, and asks whether that is all there is.
    pub(crate) async fn look_round(&mut self) {
        self.lacks = None;
        self.begin_again();
        self.fetch_and_tell(Wanted::ALL).await;
        if self.lacks == Some(true) {
            // It may have been published in between.
            self.fetch_and_tell(Wanted::ALL).await;
        }
    }

    /// Goes by what is in force here where something was refused for a reason that may have passed.
    fn begin_again(&mut self) {
        let Again { bundle, order } = std::mem::take(&mut self.again);
        let standing = self.agent.standing();
        if order {
            self.order = standing.order;
        }
        if bundle {
            // Else the server says that nothing is new.
            (self.newest, self.tag) = (standing.bundle, None);
        }
    }

    /// Fetches what is wanted, and says what this device runs now.
    pub(crate) async fn fetch_and_tell(&mut self, wanted: Wanted) {
        // Directives first: they are for what cannot wait.
        if wanted.order
            && let Err(error) = self.fetch_order().await
        {
            tracing::debug!(error = chain(&error), "directives could not be fetched");
        }
        if wanted.exceptions
            && let Err(error) = self.fetch_exceptions().await
        {
            tracing::debug!(error = chain(&error), "answers to requests could not be fetched");
        }
        if wanted.answers
            && let Err(error) = self.fetch_answers().await
        {
            tracing::debug!(error = chain(&error), "answers to employees could not be fetched");
        }
        if wanted.bundle
            && let Err(error) = self.fetch_bundle().await
        {
            tracing::debug!(error = chain(&error), "policy could not be fetched");
        }
        if self.lacks != Some(false) {
            self.lacks = self.is_kept_back().await;
        }
        self.tell().await;
    }

    /// Says what is in force here: on the stream, or by a request where that does not take it.
    async fn tell(&mut self) {
        let mut standing = self.agent.standing();
        (standing.refused_bundle, standing.refused) = self.refused.clone().unzip();
        if self.say(&standing).await {
            return;
        }
        match self.client.post::<()>(routes::STANDING, &standing).await {
            Ok(()) => {
                (self.told, self.code) = (Told::Yes, last_code(&standing));
                self.agent.heard();
            }
            Err(error) => {
                self.told = Told::No;
                tracing::debug!(error = chain(&error), "the server could not be told what is in force");
            }
        }
    }

    /// True where it is on its way; the answer comes with the stream.
    async fn say(&mut self, standing: &Standing) -> bool {
        if !self.line.is_open() {
            return false;
        }
        let holds = self.holds().await;
        let Some(number) = self.line.stand(standing.clone(), holds) else {
            return false;
        };
        self.told = Told::Said {
            number,
            code: last_code(standing),
            at: Instant::now(),
        };
        true
    }

    /// Whether the server says that this device is to have more than was fetched; `None` where it could not be asked.
    async fn is_kept_back(&self) -> Option<bool> {
        let statement = match self.client.fetch(routes::FRESH, None).await {
            Ok(Some((statement, _))) => statement,
            Ok(None) => return Some(false),
            Err(error) => {
                tracing::debug!(error = chain(&error), "what is newest could not be asked");
                return None;
            }
        };
        let agent = Arc::clone(&self.agent);
        // What it says is written to the disk.
        let taken = tokio::task::spawn_blocking(move || agent.take_fresh(&statement)).await;
        match taken {
            Ok(Ok(has_all)) => Some(!has_all),
            Ok(Err(why)) => {
                tracing::warn!(why, "what the server calls newest is not believed");
                Some(false)
            }
            Err(_) => None,
        }
    }

    async fn fetch_order(&mut self) -> Result<(), AskError> {
        let Some((order, _)) = self.client.fetch(routes::ORDER, None).await? else {
            return Ok(());
        };
        self.take_order(order.to_vec()).await;
        Ok(())
    }

    /// Hands a directive to the agent, which verifies it; the server is told with the next hint.
    async fn take_order(&mut self, order: Vec<u8>) {
        let epoch = weir_bundle::inspect_order(&order).map_or(0, |order| order.epoch);
        if epoch <= self.order {
            return;
        }
        (self.order, self.told) = (epoch, Told::No);
        let agent = Arc::clone(&self.agent);
        // It is written to the disk.
        let taken = tokio::task::spawn_blocking(move || agent.take_order(&order)).await;
        let Err(NotTaken { why, passes }) = taken.unwrap_or_else(|_| Err(NotTaken::failed())) else {
            return;
        };
        // The kill switch must not be lost to a disk that is full for an hour.
        self.again.order |= passes;
        tracing::warn!(why, epoch, passes, "a directive is not carried out");
    }

    async fn fetch_exceptions(&mut self) -> Result<(), AskError> {
        let Some((answers, _)) = self.client.fetch(routes::EXCEPTIONS, None).await? else {
            return Ok(());
        };
        let answers: ExceptionAnswers =
            serde_json::from_slice(&answers).map_err(|_| AskError::Strange(http::StatusCode::OK))?;
        let number = answers.number;
        let agent = Arc::clone(&self.agent);
        // They are written to the disk.
        let taken = tokio::task::spawn_blocking(move || agent.take_exceptions(&answers)).await;
        match taken {
            Ok(Err(why)) => tracing::warn!(why, "exceptions could not be taken"),
            // What failed is tried again with the next question.
            Err(_) => {}
            Ok(Ok(())) => self.exceptions = self.exceptions.max(number),
        }
        Ok(())
    }

    async fn fetch_answers(&mut self) -> Result<(), AskError> {
        let Some((answers, _)) = self.client.fetch(routes::ANSWERS, None).await? else {
            return Ok(());
        };
        let answers: Answers = serde_json::from_slice(&answers).map_err(|_| AskError::Strange(http::StatusCode::OK))?;
        self.answers = self.answers.max(answers.number);
        self.agent.take_answers(answers);
        Ok(())
    }

    async fn fetch_bundle(&mut self) -> Result<(), AskError> {
        let Some((bundle, tag)) = self.client.fetch(routes::BUNDLE, self.tag.as_deref()).await? else {
            return Ok(());
        };
        let (number, digest) =
            weir_bundle::inspect(&bundle).map_or((0, String::new()), |bundle| (bundle.contents.number, bundle.digest));
        // Else what it stands for would never be fetched again.
        let tag = tag.filter(|tag| tag.trim_matches('"') == digest);
        self.take_bundle(bundle.to_vec(), number, tag).await;
        Ok(())
    }

    /// A bundle that came with the stream. What cannot be read, or is not newer, is left to the hint behind it.
    async fn take_carried(&mut self, bundle: Vec<u8>) {
        let Ok(read) = weir_bundle::inspect(&bundle) else {
            return;
        };
        if read.contents.number > self.newest {
            let tag = format!("\"{}\"", read.digest);
            self.take_bundle(bundle, read.contents.number, Some(tag)).await;
        }
    }

    /// A bundle that came as a difference to the one that is here. Where nothing comes out, the hint behind it has the whole one
    /// fetched.
    async fn take_change(&mut self, change: Vec<u8>) {
        let agent = Arc::clone(&self.agent);
        // The one that is here is read from the disk.
        let made = tokio::task::spawn_blocking(move || agent.held_bundle().map(|held| restored(&held, &change)));
        match made.await {
            Ok(Some(Ok(bundle))) => self.take_carried(bundle).await,
            Ok(Some(Err(error))) => {
                tracing::debug!(error = chain(&error), "a bundle is fetched whole");
            }
            Ok(None) | Err(_) => tracing::debug!("a bundle is fetched whole: there is none to restore it from"),
        }
    }

    /// Hands a bundle to the agent, which verifies it; the server is told with the next hint.
    async fn take_bundle(&mut self, bundle: Vec<u8>, number: u64, tag: Option<String>) {
        let agent = Arc::clone(&self.agent);
        self.told = Told::No;
        if number != 0 && number == agent.standing().bundle {
            // It is in force since before the agent was started.
            (self.tag, self.newest, self.refused) = (tag, number, None);
            return;
        }
        // A bundle is compiled and tested, which takes a while.
        let taken = tokio::task::spawn_blocking(move || agent.take_bundle(&bundle)).await;
        let refused = taken.unwrap_or_else(|_| Err(NotTaken::failed())).err();
        self.again.bundle = refused.as_ref().is_some_and(|refused| refused.passes);
        self.refused = refused.map(|NotTaken { why, .. }| (number, why));
        self.tag = tag;
        self.newest = self.newest.max(number);
    }
}

impl NotTaken {
    /// It broke off.
    fn failed() -> Self {
        Self {
            why: "the agent failed".to_owned(),
            passes: true,
        }
    }
}

/// Number of the last code that was used here; 0 for none.
fn last_code(standing: &Standing) -> u64 {
    standing.overrides.last().map_or(0, |used| used.number)
}
