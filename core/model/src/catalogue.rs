//! The catalogue: what is known about AI services and the providers behind them, as data.
//!
//! One YAML file a service (`policies/catalogue/<service>.yaml`, [`Service`]), one a provider
//! (`policies/catalogue/providers/<provider>.yaml`, [`Provider`]) and one a shape that several services share
//! (`policies/catalogue/shapes/<shape>.yaml`, [`RouteShape`]). `core/policy` reads the files and uses hosts, tiers and
//! terms; `core/content` compiles the routes into adapters. Unknown facts stay unknown: `None` is never a promise.

use crate::{Channel, Flag, Interface, Kind, Role, Tier};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// One AI service: its hosts, and how it carries prompts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Service {
    /// Id used in packs and records: `chatgpt-web`.
    pub service: String,
    /// Name people know: `ChatGPT`.
    pub name: String,
    /// Id of the [`Provider`].
    pub provider: String,
    /// What the service is for.
    pub category: ServiceCategory,
    /// What people should know about it: shared hosts, what was not established.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// Channel of its prompts: `browser` for web chats, `api` for the rest.
    pub channel: Channel,
    /// Hosts, most specific first.
    pub hosts: Vec<Host>,
    /// How to tell the account tier; the first that matches counts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tiers: Vec<TierRule>,
    /// Locators, outside the body, of the id of the account or tenant a message is sent with; the first that is there
    /// counts. Tenant rules compare it with the company's own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub account: Vec<String>,
    /// How to treat requests; the first that matches counts. What matches none is judged by the generic walker.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub routes: Vec<Route>,
    /// Messages and what must be found in them; `weir catalogue test` runs them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tests: Vec<AdapterTest>,
}

/// What a service is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ServiceCategory {
    /// Chats open to everyone.
    ConsumerChat,
    /// Chats sold to companies.
    Enterprise,
    /// Programming interfaces.
    Api,
    /// Assistants inside editors and terminals.
    CodingAssistant,
    /// Pictures, video, sound.
    Image,
    /// Everything else.
    Other,
}

/// A host pattern and how its connections are treated.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Host {
    /// `name` (exactly this host), `*.name` (the name and every host below it), a `*` inside one label for regional
    /// hosts, or `name:port` for a local service.
    pub host: String,
    /// How to treat it.
    pub inspect: Inspect,
    /// What the `*` of a regional host stands for, where that is known. Certificates are then made for these names alone,
    /// and a region that is not listed is refused; without a list the device's authority must cover the provider's whole
    /// domain.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub regions: Vec<String>,
    /// Regular expression on the path, without the query, for hosts that carry other things than AI too (mail, search,
    /// documents): only these requests are read, the others go on as they come. Absent means all are read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paths: Option<String>,
}

impl Host {
    /// The patterns without the `*` of a regional host, where its regions are listed; else the pattern itself.
    pub fn named(&self) -> impl Iterator<Item = String> {
        let whole = self.regions.is_empty().then(|| self.host.clone());
        let regions = self.regions.iter().map(|region| self.host.replacen('*', region, 1));
        whole.into_iter().chain(regions)
    }
}

/// How connections to a host are treated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Inspect {
    /// Decrypt and judge.
    Body,
    /// Decrypt only to set a tenant header; read and store nothing.
    InjectOnly,
    /// Shared with other traffic, or pinned: allow or refuse by host, do not decrypt.
    AppControl,
    /// Related but without prompts: never decrypt.
    Tunnel,
}

/// How to tell the account tier of a request. All named conditions must hold; none means always.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TierRule {
    /// Regular expression on the path.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// Host pattern, as in [`Host::host`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    /// A request header that must be present (lower case).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub header: Option<String>,
    /// Regular expression on that header's value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// Regular expression on the query string, undecoded and without the question mark.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub query: Option<String>,
    /// The tier this shows.
    pub tier: Tier,
    /// The account in more exact words than the tier has, for output: `personal_or_unknown`, `enterprise_api`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
}

/// How requests of one kind carry text. Locators follow the grammar of `weir_content::locator`; pointers inside a rule
/// (`/author/role`) are relative to the rule's `at`.
///
/// What no rule names is still walked and judged as [`Role::Unclassified`], unless `noise` says that it belongs to the
/// service itself. Headers and cookies are never walked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Route {
    /// Id within the service: `conversation`.
    pub id: String,
    /// Which requests.
    #[serde(rename = "match")]
    pub matches: RouteMatch,
    /// What such a message does. Absent where the shape says it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<Kind>,
    /// Where the body says that it does something else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kinds: Option<KindRule>,
    /// Name of a shape (`policies/catalogue/shapes/<shape>.yaml`) whose fields hold where the route says nothing itself;
    /// the route's `noise` is added to the shape's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shape: Option<String>,
    /// The service such a message belongs to, where another one has the host: storage for the files of a chat, a command
    /// line that talks to a web chat's host.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<String>,
    /// Where it differs from the service's channel (a command line that talks to a web chat's host).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<Channel>,
    /// How to tell whose turn a text belongs to, for requests that carry a conversation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub turns: Option<TurnRule>,
    /// Where text stands, and what it is.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub text: Vec<TextRule>,
    /// Files carried or referred to. Parts of a multipart body that have a file name need no rule.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<AttachmentRule>,
    /// How a file that takes several requests is followed from one to the next.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub upload: Option<UploadRule>,
    /// Locator of the model name, or several: the first of them that is there counts.
    #[serde(default, skip_serializing_if = "Vec::is_empty", deserialize_with = "one_or_more")]
    pub model: Vec<String>,
    /// Locator of the conversation's id: surrogates stay the same within a conversation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conversation: Option<String>,
    /// Whether a streamed answer is asked for: `always`, or the locator of a boolean. Absent means never.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub streaming: Option<String>,
    /// Locators of strings that belong to the service (ids, tokens, signatures, what a person signs in with): neither
    /// judged nor changed, as long as they have the form of one: a single run of letters, digits and a few signs.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub noise: Vec<String>,
    /// Name of the decoder of the answer stream; `None` passes answers unread.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<String>,
    /// Name of the shape in which a block is answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub block: Option<String>,
    /// What binds the body to something outside it. Absent means nothing does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub integrity: Option<Integrity>,
    /// True where such messages often carry no prompt (one route for several kinds of message). Elsewhere a message of
    /// the kind `prompt` in which no prompt rule finds anything shows that the service has changed (drift).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prompt_optional: Option<bool>,
}

/// How many services carry text in the same way: what a [`Route`] that names the shape need not say itself. Which
/// requests these are stays the route's to say.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RouteShape {
    /// The name routes use: `openai_chat`.
    pub shape: String,
    /// As [`Route::kind`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<Kind>,
    /// As [`Route::turns`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub turns: Option<TurnRule>,
    /// As [`Route::text`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub text: Vec<TextRule>,
    /// As [`Route::attachments`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<AttachmentRule>,
    /// As [`Route::upload`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub upload: Option<UploadRule>,
    /// As [`Route::model`].
    #[serde(default, skip_serializing_if = "Vec::is_empty", deserialize_with = "one_or_more")]
    pub model: Vec<String>,
    /// As [`Route::conversation`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conversation: Option<String>,
    /// As [`Route::streaming`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub streaming: Option<String>,
    /// As [`Route::noise`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub noise: Vec<String>,
    /// As [`Route::answer`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<String>,
    /// As [`Route::block`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub block: Option<String>,
    /// As [`Route::prompt_optional`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prompt_optional: Option<bool>,
}

impl Route {
    /// Fills in what the route does not say itself; noise of both counts.
    pub fn take_shape(&mut self, shape: &RouteShape) {
        fill(&mut self.kind, shape.kind.as_ref());
        fill(&mut self.turns, shape.turns.as_ref());
        fill(&mut self.upload, shape.upload.as_ref());
        fill(&mut self.conversation, shape.conversation.as_ref());
        fill(&mut self.streaming, shape.streaming.as_ref());
        fill(&mut self.answer, shape.answer.as_ref());
        fill(&mut self.block, shape.block.as_ref());
        fill(&mut self.prompt_optional, shape.prompt_optional.as_ref());
        if self.text.is_empty() {
            self.text.clone_from(&shape.text);
        }
        if self.attachments.is_empty() {
            self.attachments.clone_from(&shape.attachments);
        }
        if self.model.is_empty() {
            self.model.clone_from(&shape.model);
        }
        for locator in &shape.noise {
            if !self.noise.contains(locator) {
                self.noise.push(locator.clone());
            }
        }
    }
}

fn fill<T: Clone>(own: &mut Option<T>, shared: Option<&T>) {
    if own.is_none() {
        *own = shared.cloned();
    }
}

/// What binds a body to something outside it, so that editing it is not free.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Integrity {
    /// Nothing: it can be edited.
    #[default]
    Free,
    /// The length was announced in an earlier message: only edits that keep it would be taken.
    Length,
    /// A signature or digest covers the body: an edited one would be refused, so only allow and block make sense.
    Signed,
}

impl Integrity {
    /// True where an edited body would be taken.
    #[must_use]
    pub const fn is_free(self) -> bool {
        matches!(self, Integrity::Free)
    }
}

/// Which requests a route is for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RouteMatch {
    /// HTTP method, upper case.
    pub method: String,
    /// Regular expression on the path, without the query.
    pub path: String,
    /// What carries the message.
    #[serde(default, skip_serializing_if = "is_default")]
    pub transport: Transport,
    /// Request headers that must be there (lower case), and a regular expression on the value of each.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, String>,
    /// Only on hosts of this pattern (as in [`Host::host`]); absent means all hosts of the service.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    /// How to recognise the same protocol on hosts the catalogue does not know, any one of these.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub anywhere: Vec<Shape>,
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// What carries a message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Transport {
    /// The body of a request.
    #[default]
    Http,
    /// One message of a WebSocket, from the client. Its path, query and headers are those of the handshake (method
    /// `GET`), and its locators start with `frame:*`.
    Websocket,
}

/// What a protocol looks like on a host nobody has described.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shape {
    /// Regular expression on the path. Without it the answer's format is not taken for granted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// Keys that the JSON object of the body must have at its top.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub keys: Vec<String>,
}

/// One route for several kinds of message, told apart by a value in the body.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KindRule {
    /// Locator of the value: a string, a number or a boolean.
    pub at: String,
    /// What a message with this value does; with any other it does what the route's `kind` says.
    pub values: BTreeMap<String, Kind>,
}

/// How to read whose turn a text belongs to. Text rules with the role `turn` take the role found here. Of the turns whose
/// role is `prompt`, the last one with text is the prompt; the earlier ones are history.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TurnRule {
    /// Locator of one turn: `json:/messages/*`.
    pub at: String,
    /// Pointer from there to the name of the speaker: `/role`; in protobuf the number of the field: `pb:2`.
    pub role: String,
    /// What each speaker's text is to the model.
    pub roles: BTreeMap<String, Role>,
    /// For speakers not listed, and turns without one.
    pub otherwise: Role,
}

/// Where text of one role stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TextRule {
    /// Locator pattern; `*` stands for any index or key, `**` at the end for everything below.
    pub at: String,
    /// What the text is to the model.
    pub role: TextRole,
    /// True where one text is cut into several strings: neighbours found by this rule are read as one, so that nothing
    /// hides at the cuts.
    #[serde(default, skip_serializing_if = "is_default")]
    pub join: bool,
}

/// The role of a text: fixed, or that of the turn it stands in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TextRole {
    /// As [`TurnRule`] finds it.
    Turn,
    /// [`Role::Prompt`].
    Prompt,
    /// [`Role::System`].
    System,
    /// [`Role::History`].
    History,
    /// [`Role::ToolResult`].
    ToolResult,
    /// [`Role::Attachment`].
    Attachment,
    /// [`Role::Code`].
    Code,
    /// [`Role::Copy`].
    Copy,
    /// [`Role::Unclassified`].
    Unclassified,
}

impl TextRole {
    /// The fixed role; `None` where the turn decides.
    #[must_use]
    pub const fn fixed(self) -> Option<Role> {
        Some(match self {
            TextRole::Turn => return None,
            TextRole::Prompt => Role::Prompt,
            TextRole::System => Role::System,
            TextRole::History => Role::History,
            TextRole::ToolResult => Role::ToolResult,
            TextRole::Attachment => Role::Attachment,
            TextRole::Code => Role::Code,
            TextRole::Copy => Role::Copy,
            TextRole::Unclassified => Role::Unclassified,
        })
    }
}

/// A file in a message, or a reference to one. It counts as an attachment where `name` or `data` is found; an `id` alone
/// refers to a file of an earlier message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AttachmentRule {
    /// Locator of the object that describes one file: `json:/messages/*/metadata/attachments/*`.
    pub at: String,
    /// Pointer to the file's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Pointer to its media type.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mime: Option<String>,
    /// Pointer to its size in bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<String>,
    /// Pointer to the id by which the service knows a file that was sent before; `""` where `at` names the id itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Pointer to its content, with the steps that decode it: `/source/data > b64`; where `at` names a string, only the
    /// steps: `b64`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data: Option<String>,
}

/// A step of a file that takes several requests: announced, sent (often to another host), confirmed, then referred to by
/// id. The steps find each other by what the service calls the file: ids and addresses.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UploadRule {
    /// Locators, in the request, of what an earlier step was given for the file; `address` is the request's own host and
    /// path, `url` the same with the query.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub known_by: Vec<String>,
    /// Locators, in the answer, of what names the file from now on: ids, the address its bytes go to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gives: Vec<String>,
    /// Regular expression on a body that only announces a file: its first group is the name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub announces: Option<String>,
}

/// A message and what must be found in it. Nothing in it is real.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AdapterTest {
    /// What the test shows.
    pub name: String,
    /// HTTP method; `POST` where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// Where it is sent; the service's first host where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    /// Path, with the query.
    pub path: String,
    /// Request headers, lower case.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, String>,
    /// What carries it.
    #[serde(default, skip_serializing_if = "is_default")]
    pub transport: Transport,
    /// The body (or the message of the WebSocket) as text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    /// The body in base64, where it is no text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body_base64: Option<String>,
    /// What must be found.
    pub expect: Expectation,
}

/// What an [`AdapterTest`] must find. What is absent is not checked; lists are checked whole and in order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expectation {
    /// Id of the route; of the service's own, without the service.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub route: Option<String>,
    /// What the message does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<Kind>,
    /// Texts of the role `prompt`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prompts: Option<Vec<String>>,
    /// Texts of every other role but `unclassified` and `copy`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub context: Option<Vec<String>>,
    /// The model named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// The id of the conversation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conversation: Option<String>,
    /// Names of the files carried or referred to; an empty string for one without a name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attachments: Option<Vec<String>>,
    /// Ids of files that are referred to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub references: Option<Vec<String>>,
    /// What the file at hand is known by from an earlier step.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub known_by: Option<Vec<String>>,
    /// The account tier.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tier: Option<Tier>,
    /// The id of the account or tenant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// Whether the message can be edited.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub editable: Option<bool>,
    /// Strings that must be in no text: they belong to the service.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub noise: Vec<String>,
}

/// A company bound by terms, and what is known of them, by account tier.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Provider {
    /// Id used in packs and records: `openai`.
    pub provider: String,
    /// Name people know: `OpenAI`.
    pub name: String,
    /// Country of the company, ISO 3166-1 alpha-2.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
    /// Terms, by tier; a tier not listed is unknown.
    #[serde(default)]
    pub terms: Vec<Terms>,
    /// Where it takes calls of programs, its own interface first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub endpoints: Vec<ProviderEndpoint>,
    /// What it can be told about the data of a call.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub flags: Vec<Flag>,
}

/// Where a provider takes calls in one interface.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProviderEndpoint {
    /// The interface.
    pub interface: Interface,
    /// Address before the interface's own path: `https://api.openai.com/v1`.
    pub url: String,
}

/// What a provider does with data sent under one account tier. `None` is unknown, and unknown satisfies nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Terms {
    /// The tier these terms are for.
    pub tier: Tier,
    /// True when nothing is kept after the answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zero_data_retention: Option<bool>,
    /// True when the provider trains on the data unless the account says otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trains_by_default: Option<bool>,
    /// Days the data is kept; 0 is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retention_days: Option<u32>,
    /// Where the data is processed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// Address or title of the source.
    pub source: String,
    /// Date the source was read, YYYY-MM-DD.
    pub as_of: String,
}

/// `a`, or `[a, b]`.
fn one_or_more<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged, expecting = "a locator, or a list of locators")]
    enum Given {
        One(String),
        More(Vec<String>),
    }
    Ok(match Given::deserialize(deserializer)? {
        Given::One(one) => vec![one],
        Given::More(more) => more,
    })
}
