//! What is to be entered.

#[cfg(unix)]
use nix::unistd::{Uid, User};
use serde::Serialize;
use serde_json::{Map, Value};
use std::fmt;
use std::str::FromStr;
use weir_model::Timestamp;

/// Who did it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Actor {
    /// A person, by the name of the account.
    Account(String),
    /// A program, by the id and name of its API token.
    Token {
        /// As lists show it.
        id: String,
        /// As its maker named it.
        name: String,
    },
    /// Somebody at the server's own command line, by the name the system has for them.
    CommandLine(String),
    /// Nobody who proved who they are, from this address.
    Stranger(String),
    /// A machine that has an enrolment token, by the id of the token.
    EnrolmentToken(String),
    /// The server by itself, as it is configured.
    Server,
    /// A device, by its id, on behalf of whoever works with it.
    Device(String),
}

/// Whoever the system has no name for: nobody knows whether they are somebody else than another one.
pub(crate) const UNKNOWN: &str = "unknown";

impl Actor {
    /// Whoever runs this program.
    #[must_use]
    pub fn command_line() -> Self {
        Self::CommandLine(played().or_else(runs_this).unwrap_or_else(|| UNKNOWN.to_owned()))
    }
}

/// Tests play several people as one user. No program that is built to be shipped listens to this.
fn played() -> Option<String> {
    match cfg!(debug_assertions) {
        true => std::env::var("WEIR_TEST_PERSON").ok(),
        false => None,
    }
}

/// The user that started the process. Anybody can set a variable to another name.
#[cfg(unix)]
fn runs_this() -> Option<String> {
    let by_sudo = std::env::var("SUDO_UID").ok();
    let uid = started_by(Uid::current(), by_sudo.as_deref());
    User::from_uid(uid).ok().flatten().map(|user| user.name)
}

/// Of root, what `sudo` says: who is root could be anybody without saying so.
#[cfg(unix)]
fn started_by(own: Uid, by_sudo: Option<&str>) -> Uid {
    let by_sudo = by_sudo.filter(|_| own.is_root()).and_then(|uid| uid.parse().ok());
    by_sudo.map_or(own, Uid::from_raw)
}

/// The environment has the name here.
#[cfg(not(unix))]
fn runs_this() -> Option<String> {
    std::env::var("USERNAME").ok().filter(|name| !name.is_empty())
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Account(name) => write!(f, "account:{name}"),
            Self::Token { id, name } => write!(f, "token:{id}:{name}"),
            Self::CommandLine(name) => write!(f, "command-line:{name}"),
            Self::Stranger(address) => write!(f, "stranger:{address}"),
            Self::EnrolmentToken(id) => write!(f, "enrolment-token:{id}"),
            Self::Server => f.write_str("server"),
            Self::Device(id) => write!(f, "device:{id}"),
        }
    }
}

macro_rules! deeds {
    ($($(#[$doc:meta])* $name:ident = $text:literal,)*) => {
        /// What was done.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Deed { $($(#[$doc])* $name,)* }

        impl Deed {
            /// As it stands in the journal.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }
        }
    };
}

deeds! {
    /// An enrolment token was made.
    EnrolmentTokenCreate = "enrolment-token-create",
    /// An enrolment token was taken away.
    EnrolmentTokenDrop = "enrolment-token-drop",
    /// A machine enrolled.
    DeviceEnrol = "device-enrol",
    /// A device is served no more.
    DeviceRevoke = "device-revoke",
    /// A device cosigns the server's log with this key from now on.
    WitnessKey = "witness-key",
    /// A bundle was given to devices.
    BundlePublish = "bundle-publish",
    /// A draft was begun.
    DraftCreate = "draft-create",
    /// A revision was saved.
    DraftSave = "draft-save",
    /// Nobody works on a draft any more.
    DraftClose = "draft-close",
    /// Somebody asked what a revision would have decided about stored records.
    DraftDryRun = "draft-dry-run",
    /// A revision was proposed.
    ProposalMake = "proposal-make",
    /// Somebody agreed to it.
    ProposalApprove = "proposal-approve",
    /// Somebody did not.
    ProposalRefuse = "proposal-refuse",
    /// What is to be signed was made.
    ProposalSeal = "proposal-seal",
    /// A roll-out went on to its next stage.
    RolloutAdvance = "rollout-advance",
    /// A roll-out was paused.
    RolloutPause = "rollout-pause",
    /// A roll-out goes on.
    RolloutResume = "rollout-resume",
    /// No more devices get a bundle.
    RolloutBack = "rollout-back",
    /// A newer bundle took a roll-out's place.
    RolloutOvertake = "rollout-overtake",
    /// Somebody asked which policy a device ran.
    PolicyRead = "policy-read",
    /// Devices were ordered to do something at once.
    DirectiveGive = "directive-give",
    /// Somebody asked for a code that lifts something on one device.
    OverrideAsk = "override-ask",
    /// Somebody approved it.
    OverrideApprove = "override-approve",
    /// Somebody did not.
    OverrideRefuse = "override-refuse",
    /// Whoever asked has read the code.
    OverrideIssue = "override-issue",
    /// A device says that a code was entered.
    OverrideUse = "override-use",
    /// An account was made.
    AccountCreate = "account-create",
    /// An account has another role.
    AccountRole = "account-role",
    /// An account may not sign in any more.
    AccountDisable = "account-disable",
    /// An account may sign in again.
    AccountEnable = "account-enable",
    /// An account has a one-time password, and no second factor.
    AccountReset = "account-reset",
    /// Somebody changed their own password.
    PasswordChange = "password-change",
    /// Somebody set up a code generator.
    CodesOn = "codes-on",
    /// Somebody does without a code generator.
    CodesOff = "codes-off",
    /// Somebody signed in.
    SignIn = "sign-in",
    /// Somebody signed out.
    SignOut = "sign-out",
    /// Somebody tried to sign in with a wrong password or code.
    SignInRefused = "sign-in-refused",
    /// An API token was made.
    ApiTokenCreate = "api-token-create",
    /// An API token was taken away.
    ApiTokenRevoke = "api-token-revoke",
    /// Everything the server has was copied, its keys included.
    Backup = "backup",
    /// The server goes on from a backup: what was done since is undone.
    Restore = "restore",
    /// Somebody read events, for the purpose in the details.
    EventsRead = "events-read",
    /// A day's records are in a file of the archive.
    RecordsArchive = "records-archive",
    /// Records that were kept long enough are taken away.
    RecordsForget = "records-forget",
    /// Somebody looks at an alert.
    AlertAcknowledge = "alert-acknowledge",
    /// An alert is done with.
    AlertClose = "alert-close",
    /// Alerts are not told for a while.
    AlertMute = "alert-mute",
    /// They are again.
    AlertUnmute = "alert-unmute",
    /// Somebody asked what a provider received.
    ExposureRead = "exposure-read",
    /// Somebody searched for a value in records.
    SubjectSearch = "subject-search",
    /// Somebody asked whether a class of data reached a place.
    AbsenceRead = "absence-read",
    /// Somebody asked what went where.
    FlowsRead = "flows-read",
    /// Somebody counted a week.
    WeekRead = "week-read",
    /// The report of a week was sent by mail.
    WeekSend = "week-send",
    /// Somebody packed evidence.
    EvidencePack = "evidence-pack",
    /// A key to search by was made.
    SearchKeyMake = "search-key-make",
    /// Somebody asked that keys to search by are destroyed.
    DeletionAsk = "deletion-ask",
    /// Somebody refused that.
    DeletionRefuse = "deletion-refuse",
    /// Somebody agreed, and the keys were destroyed.
    SearchKeyDestroy = "search-key-destroy",
    /// An employee asked for an exception.
    ExceptionAsk = "exception-ask",
    /// Somebody approved an exception.
    ExceptionApprove = "exception-approve",
    /// Somebody refused an exception.
    ExceptionRefuse = "exception-refuse",
    /// An exception was taken back.
    ExceptionRevoke = "exception-revoke",
    /// Somebody asked for a provider.
    ProviderAsk = "provider-ask",
    /// Somebody answered what whoever asked had left open.
    ProviderAnswer = "provider-answer",
    /// Somebody approved that.
    ProviderApprove = "provider-approve",
    /// Somebody did not.
    ProviderRefuse = "provider-refuse",
    /// Whoever asked wants it no more.
    ProviderWithdraw = "provider-withdraw",
    /// Something that a provider promised was entered.
    ObligationEnter = "obligation-enter",
    /// It was taken out before its day.
    ObligationEnd = "obligation-end",
}

/// A row that is to be entered.
#[derive(Clone, Debug)]
pub struct Entry {
    pub(super) time: Timestamp,
    pub(super) actor: String,
    pub(super) deed: Deed,
    pub(super) subject: String,
    details: Map<String, Value>,
}

impl Entry {
    /// `actor` did `deed` to `subject`.
    #[must_use]
    pub fn new(time: Timestamp, actor: &Actor, deed: Deed, subject: impl fmt::Display) -> Self {
        Self {
            time,
            actor: actor.to_string(),
            deed,
            subject: subject.to_string(),
            details: Map::new(),
        }
    }

    /// With a detail; what cannot be written as JSON is left out. Never content.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Serialize) -> Self {
        if let Ok(value) = serde_json::to_value(value)
            && !value.is_null()
        {
            self.details.insert(name.to_owned(), value);
        }
        self
    }

    pub(super) fn details(&self) -> String {
        // A map of JSON values can always be written.
        serde_json::to_string(&self.details).unwrap_or_default()
    }
}

/// Why somebody reads what is about people. It says something: others read it later.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Purpose(String);

/// It does not say why.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("a purpose says in 3 to 300 characters why events are read")]
pub struct PurposeError;

impl Purpose {
    /// As it was said.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Purpose {
    type Err = PurposeError;

    fn from_str(text: &str) -> Result<Self, PurposeError> {
        let text = text.trim();
        // PostgreSQL keeps no zero in a text.
        match (3..=300).contains(&text.chars().count()) && !text.contains('\0') {
            true => Ok(Self(text.to_owned())),
            false => Err(PurposeError),
        }
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::started_by;
    use nix::unistd::Uid;

    #[test]
    fn sudo_is_believed_by_root_alone() {
        let (root, ada) = (Uid::from_raw(0), Uid::from_raw(1000));
        assert_eq!(started_by(root, Some("1000")), ada);
        assert_eq!(started_by(ada, Some("1001")), ada);
        for nothing in [None, Some(""), Some("ben")] {
            assert_eq!((started_by(root, nothing), started_by(ada, nothing)), (root, ada));
        }
    }
}
