//! Messages between the agent and the programs that talk to it: the command line, the tray, the session.
//!
//! They travel as JSON over HTTP/1.1 on a Unix socket or a named pipe, never over TCP. The first message of every
//! connection is the handshake ([`Hello`] up, [`Welcome`] down): an agent that is older or newer than its client is a
//! normal state in the middle of an upgrade, and both sides learn of it before anything else is said.
//!
//! Neighbours: imports `model`; `agent/src/ipc` serves these types and `agent/src/cli` asks with them.
//! It must not know how a message is carried, stored or decided. No message carries a path or a command line that the
//! agent would act on, and none carries text that people typed or copied but those of `held` and `clipboard`, to and from
//! whose it is, and the reasons that they give. A bundle may be sent by anybody: who signed it counts.

mod asked;
pub mod capability;
mod clipboard;
mod desktop;
mod event;
mod handshake;
mod held;
mod matrix;
mod override_code;
mod policy;
mod rehearsal;
mod status;

pub use asked::{AppealAsk, Appealed, AskedList, EventRecord, EventRecords, ProviderAsked, ProviderWanted};
pub use capability::Capability;
pub use clipboard::{Application, ClipboardAction, ClipboardAsk, ClipboardFile, ClipboardVerdict};
pub use desktop::{
    AskFailed, CheckState, Connection, DoctorCheck, DoctorReport, DoctorStep, Language, Reading, RecordedAboutMe,
    SelfTestReport, SelfTestStep, Settings, Theme,
};
pub use event::{Event, EventList, EventQuery, Guarded, Reason, ResponseSummary};
pub use handshake::{Hello, Refusal, Welcome};
pub use held::{
    DeviceException, HeldAsk, HeldChange, HeldDone, HeldList, HeldMessage, HeldPiece, HeldRequest, HeldSend, HeldStage,
    HeldText, HeldWays,
};
pub use matrix::{MatrixCell, MatrixLevel, MatrixRow, MatrixWay, PolicyMatrix, ProviderApproval};
pub use override_code::{Lifted, LiftedWhat, NotLifted, OverrideAsk, OverrideDone};
pub use policy::{
    ActionChange, DryRun, DryRunEvent, DryRunQuery, FieldDifference, PolicyTexts, ReplayOutcome, ReplayQuery, Replayed,
    Replays, Shift,
};
pub use rehearsal::{SELF_TEST_RECEIVED, SelfTest};
pub use status::{
    Audit, Certificate, Counts, Directive, DirectiveKind, Freshness, FreshnessState, Gateway, Policy, Problem, Proxy,
    Receipt, Server, Severity, Status, Target,
};

/// Where each message is asked for. A path is never reused for something else.
pub mod path {
    /// `POST`: [`Hello`](crate::Hello) to [`Welcome`](crate::Welcome). First on every connection.
    pub const HELLO: &str = "/v1/hello";
    /// `GET`: [`Status`](crate::Status).
    pub const STATUS: &str = "/v1/status";
    /// `POST`: [`EventQuery`](crate::EventQuery) to [`EventList`](crate::EventList).
    pub const EVENTS: &str = "/v1/events";
    /// `GET`: server-sent events, each one [`Event`](crate::Event), from now on.
    pub const TAIL: &str = "/v1/tail";
    /// `GET`, with the event's id behind it: one [`Event`](crate::Event). Behind the id, `GET` `/record` is
    /// [`EventRecords`](crate::EventRecords), and `POST` `/appeal` an [`AppealAsk`](crate::AppealAsk) to
    /// [`Appealed`](crate::Appealed).
    pub const EVENT: &str = "/v1/event/";
    /// `GET`: [`PolicyMatrix`](crate::PolicyMatrix).
    pub const MATRIX: &str = "/v1/policy/matrix";
    /// `GET`: [`AskedList`](crate::AskedList), of the user who asks.
    pub const ASKED: &str = "/v1/asked";
    /// `POST`: a [`ProviderWanted`](crate::ProviderWanted) to [`ProviderAsked`](crate::ProviderAsked).
    pub const ASK_PROVIDER: &str = "/v1/asked/provider";
    /// `POST`: a signed bundle, as its bytes, to [`Policy`](crate::Policy): what is in force then.
    pub const POLICY: &str = "/v1/policy";
    /// `POST`: [`ReplayQuery`](crate::ReplayQuery) to [`Replays`](crate::Replays).
    pub const REPLAY: &str = "/v1/replay";
    /// `POST`: [`DryRunQuery`](crate::DryRunQuery) to [`DryRun`](crate::DryRun).
    pub const DRY_RUN: &str = "/v1/dry-run";
    /// `POST`: nothing to [`SelfTest`](crate::SelfTest): where the agent can be tried out for a few seconds.
    pub const SELF_TEST: &str = "/v1/self-test";
    /// `POST`: [`OverrideAsk`](crate::OverrideAsk) to [`OverrideDone`](crate::OverrideDone).
    pub const OVERRIDE: &str = "/v1/override";
    /// `POST`: [`ClipboardAsk`](crate::ClipboardAsk) to [`ClipboardVerdict`](crate::ClipboardVerdict), of the user who asks.
    pub const CLIPBOARD: &str = "/v1/clipboard";
    /// `GET`: [`HeldList`](crate::HeldList), of the user who asks; with a slash and an id behind it, [`HeldText`](crate::HeldText).
    /// Behind the id, `POST`: `/reveal` to [`HeldText`](crate::HeldText), `/send` a [`HeldSend`](crate::HeldSend) to
    /// [`HeldDone`](crate::HeldDone), `/request` a [`HeldAsk`](crate::HeldAsk) to [`HeldMessage`](crate::HeldMessage),
    /// `/appeal` an [`AppealAsk`](crate::AppealAsk) to [`HeldMessage`](crate::HeldMessage), and
    /// `/drop` to [`HeldDone`](crate::HeldDone).
    pub const HELD: &str = "/v1/held";
    /// `GET`: server-sent events, each a [`HeldChange`](crate::HeldChange). Who asks says that they can decide: messages of
    /// this user are held from now on.
    pub const HELD_WATCH: &str = "/v1/held-watch";
}
