// Made from the types of core/wire and core/model by core/wire/tests/typescript.rs; not to be edited.

/**
 * What policy does with a message. A total order: the strictest enforced action wins.
 */
export type Action = "allow" | "warn" | "pseudonymise" | "redact" | "block";

/**
 * Says that a decision, or the record of it, is wrong.
 */
export type AppealAsk = { 
/**
 * Why.
 */
reason: string, };

/**
 * An appeal, and how it stands.
 */
export type Appealed = { 
/**
 * The event it is about.
 */
event: EventId, 
/**
 * Why the employee says that it is wrong.
 */
reason: string, 
/**
 * How it stands: `open`, `looked_at`, `answered`.
 */
state: string, 
/**
 * What was said to it.
 */
answer?: string, 
/**
 * When it was made.
 */
asked: Timestamp, };

/**
 * Why something that a page asked for was not done. For people; holds nothing that they typed.
 */
export type AskFailed = { 
/**
 * Stable name.
 */
code: string, 
/**
 * One line.
 */
title: string, 
/**
 * What it means and what to do.
 */
text: string, };

/**
 * What this user has asked for, as far as the admin server has said it to this device.
 */
export type AskedList = { 
/**
 * Providers, newest first.
 */
providers: Array<ProviderAsked>, 
/**
 * Appeals, newest first.
 */
appeals: Array<Appealed>, };

/**
 * The log.
 */
export type Audit = { 
/**
 * Records in it.
 */
records: number, 
/**
 * Hash of the last record, lower-case hex.
 */
head: string, };

/**
 * The set of packs a decision was made under.
 */
export type BundleRef = { 
/**
 * Monotonic number given by the server; 0 for packs read from local files.
 */
number: number, 
/**
 * SHA-256 over the resolved packs and catalogue, lower-case hex.
 */
digest: string, };

/**
 * The certificate of the device's own authority.
 */
export type Certificate = { 
/**
 * Where the file is.
 */
path: string, 
/**
 * SHA-256 of it, lower-case hex.
 */
sha256: string, 
/**
 * When it ends.
 */
not_after: Timestamp, };

/**
 * How data leaves the machine.
 */
export type Channel = "browser" | "api" | "upload" | "clipboard" | "gateway";

/**
 * How a thing is, the worst last.
 */
export type CheckState = "skipped" | "ok" | "warning" | "failed";

/**
 * How sure a detector is. Low findings are recorded, and by default do not raise the level.
 */
export type Confidence = "low" | "medium" | "high";

/**
 * How the tray and the agent stand to each other.
 */
export type Connection = { "state": "connected", 
/**
 * The agent's version, for people.
 */
version: string, } | { "state": "starting" } | { "state": "offline" } | { "state": "too_old" } | { "state": "too_new" } | { "state": "not_ours" };

/**
 * Where something was copied that stands in a message.
 */
export type CopiedFrom = { 
/**
 * When it was copied.
 */
time: Timestamp, 
/**
 * The record of that; absent where nothing was found in it, for then there is none.
 */
event?: EventId | null, 
/**
 * The program it was copied from, where the machine could tell.
 */
application?: string | null, };

/**
 * What happened since the agent came up.
 */
export type Counts = { 
/**
 * Messages judged.
 */
judged: number, 
/**
 * Of these, forwarded unchanged.
 */
allowed: number, 
/**
 * Forwarded after a warning.
 */
warned: number, 
/**
 * Forwarded with surrogates.
 */
pseudonymised: number, 
/**
 * Forwarded with values removed.
 */
redacted: number, 
/**
 * Not forwarded.
 */
blocked: number, 
/**
 * Connections passed byte for byte.
 */
tunnelled: number, };

/**
 * A data type with its category, written `category/name`: `security/openai_key`, `financial/credit_card`.
 */
export type DataType = string;

/**
 * Where a message goes. Names only: the facts about a provider's data handling belong to the policy's catalogue.
 */
export type Destination = { 
/**
 * Host name, lower case, without port.
 */
host: string, 
/**
 * Service id of the catalogue (`chatgpt-web`), or `None` for a host the catalogue does not know.
 */
service?: string | null, 
/**
 * Provider id of the catalogue (`openai`): the company bound by terms.
 */
provider?: string | null, 
/**
 * Account tier seen on the wire.
 */
tier: Tier, 
/**
 * Region seen on the wire (in host or path), as the provider names it.
 */
region?: string | null, 
/**
 * Model named in the request.
 */
model?: string | null, 
/**
 * Through the gateway, the pack's target.
 */
target?: string | null, };

/**
 * An exception that this device has.
 */
export type DeviceException = { 
/**
 * Names it.
 */
id: string, 
/**
 * The account it is for.
 */
user: string, 
/**
 * The service or host it is for.
 */
destination: string, 
/**
 * The rules it is from.
 */
rules: Array<string>, 
/**
 * Who approved it.
 */
approved_by: Array<string>, 
/**
 * Why it was asked for.
 */
reason: string, 
/**
 * How often it may be used.
 */
uses: number, 
/**
 * How often it was.
 */
used: number, 
/**
 * Until when it holds.
 */
expires: Timestamp, };

/**
 * A directive that holds beside policy.
 */
export type Directive = { 
/**
 * Its number.
 */
number: number, 
/**
 * What it asks for.
 */
kind: DirectiveKind, 
/**
 * Ids of the providers that are closed, where it is about some.
 */
providers?: Array<string>, 
/**
 * Why, as the administrators said; may be empty.
 */
reason: string, 
/**
 * Until when it holds.
 */
until: Timestamp, };

/**
 * What a directive asks for.
 */
export type DirectiveKind = "suspend" | "lockdown" | "block";

/**
 * One thing that can be wrong.
 */
export type DoctorCheck = { 
/**
 * Stable name: `--fix NAME`.
 */
name: string, 
/**
 * For people.
 */
title: string, 
/**
 * How it is.
 */
state: CheckState, 
/**
 * What was found.
 */
found: string, 
/**
 * What would mend it.
 */
fix?: DoctorStep | null, 
/**
 * What would take that back.
 */
undo?: DoctorStep | null, };

/**
 * What `weir doctor --json` prints.
 */
export type DoctorReport = { 
/**
 * Each thing that was looked at.
 */
checks: Array<DoctorCheck>, };

/**
 * Something that can be done.
 */
export type DoctorStep = { 
/**
 * For people.
 */
title: string, };

/**
 * One decision, as people see it: everything the record holds about the message, and nothing that was in it.
 */
export type Event = { 
/**
 * The decision's id.
 */
id: EventId, 
/**
 * Number of the record in this device's log.
 */
seq: number, 
/**
 * When the message was judged.
 */
time: Timestamp, 
/**
 * The machine.
 */
device?: string | null, 
/**
 * Account that sent the message.
 */
user?: string | null, 
/**
 * Executable that sent it.
 */
process?: string | null, 
/**
 * What people call that program, where this machine knows it.
 */
application?: string | null, 
/**
 * Its process number at the time.
 */
pid?: number | null, 
/**
 * How it was to leave.
 */
channel: Channel, 
/**
 * What it does.
 */
kind: Kind, 
/**
 * Where it was to go.
 */
destination: Destination, 
/**
 * How the gateway found the destination.
 */
selection?: Selection | null, 
/**
 * The adapter's route; `None` where the generic walker read the message.
 */
route?: string | null, 
/**
 * Its level.
 */
level: Level, 
/**
 * What was found in it.
 */
findings: Array<Finding>, 
/**
 * What happens to each finding, in their order.
 */
per_finding: Array<Action>, 
/**
 * Findings that the record does not list: it has the most serious.
 */
findings_omitted: number, 
/**
 * Why part of the message could not be read, in the record's own word.
 */
unscannable?: string | null, 
/**
 * Files attached.
 */
attachments: number, 
/**
 * What the record tells of them, and of files of earlier messages.
 */
files?: Array<FileEntry>, 
/**
 * The environment policy saw.
 */
environment?: string | null, 
/**
 * What policy decided.
 */
action: Action, 
/**
 * What rules that only watch would have done, where that is stricter.
 */
monitored?: Action | null, 
/**
 * The rules that led to it.
 */
reasons: Array<Reason>, 
/**
 * The packs it was made under.
 */
bundle: BundleRef, 
/**
 * What really happened, in the record's own word: `released`, `rewritten`, `blocked`.
 */
disposition: string, 
/**
 * How it went on, where it had been held.
 */
held?: HeldStage | null, 
/**
 * Where something in it was copied.
 */
copied_from?: CopiedFrom | null, 
/**
 * Status given to the client, where Weir answered by itself.
 */
local_status?: number | null, 
/**
 * From the whole message to the verdict, in microseconds.
 */
latency_us: number, 
/**
 * Size of the message on the wire.
 */
message_bytes: number, 
/**
 * The answer, once it has ended.
 */
response?: ResponseSummary | null, };

/**
 * Names one decision, in the record, in the message people see, and in every query. A version 7 UUID: sortable by time.
 */
export type EventId = string;

/**
 * Events, oldest first.
 */
export type EventList = { 
/**
 * The events.
 */
events: Array<Event>, 
/**
 * True when older events met the query and were left out by its limit.
 */
more: boolean, 
/**
 * Records that could not be read; `weir audit verify` says why.
 */
unreadable: number, };

/**
 * Which events. All named conditions must hold.
 */
export type EventQuery = { 
/**
 * Not before.
 */
since?: Timestamp | null, 
/**
 * Before.
 */
until?: Timestamp | null, 
/**
 * This action.
 */
action?: Action | null, 
/**
 * At least this level.
 */
level?: Level | null, 
/**
 * Service id or host.
 */
destination?: string | null, 
/**
 * Data type (`security/openai_key`) or category (`security`) among the findings.
 */
data_type?: string | null, 
/**
 * This account's.
 */
user?: string | null, 
/**
 * The newest so many; 0 means the agent's own limit.
 */
limit: number, };

/**
 * One record, as it stands in the log and as the server gets it.
 */
export type EventRecord = { 
/**
 * Its number in the log.
 */
seq: number, 
/**
 * What it is: `decision`, `response`.
 */
kind: string, 
/**
 * When, by the device's clock.
 */
time: Timestamp, 
/**
 * It, byte for byte: JSON as text, so that nothing on the way writes it anew.
 */
body: string, };

/**
 * All records of one event that are on their way to the admin server, or there.
 */
export type EventRecords = { 
/**
 * Oldest first.
 */
records: Array<EventRecord>, };

/**
 * What a rule asks of an exception.
 */
export type ExceptionTerms = { 
/**
 * Different people who must approve it.
 */
approvers: number, 
/**
 * For how many hours it may be given.
 */
most_hours: number, 
/**
 * For how many messages it may be given.
 */
most_uses: number, };

/**
 * A target that could not be taken.
 */
export type Excluded = { 
/**
 * Its id; of a call that was not made to the gateway, its host.
 */
target: string, 
/**
 * Each predicate it failed.
 */
because: Array<Unfit>, };

/**
 * A failure after which another target may be tried.
 */
export type Failure = "rate_limit" | "server_error" | "timeout";

/**
 * A file that a message carries, announces or refers to, as it may be recorded.
 */
export type FileEntry = { 
/**
 * What the sender calls it, here or where it was announced; absent where something was found in the name.
 */
name?: string | null, 
/**
 * Media type or extension.
 */
mime?: string | null, 
/**
 * In bytes: counted where the content is here, else as announced.
 */
size?: number | null, 
/**
 * What is known of its content.
 */
state: FileState, 
/**
 * The decision on its content, or on its announcement, where that was another message.
 */
event?: EventId | null, };

/**
 * What is known of the content of a file, the best case first.
 */
export type FileState = "inline" | "named" | "announced" | "released" | "unseen" | "blocked";

/**
 * What is kept of matches: equal values of one type in one message are counted once per place.
 */
export type Finding = { 
/**
 * What was found.
 */
data_type: DataType, 
/**
 * The level policy gives this data type.
 */
level: Level, 
/**
 * The best confidence among the matches counted here.
 */
confidence: Confidence, 
/**
 * Where: role and the adapter's own locator, never a name the sender chose.
 */
place: Place, 
/**
 * How often this value stands at this place.
 */
count: number, 
/**
 * Keyed digest of the value; absent for data types too small to be hidden by one (PINs, yes or no).
 */
fingerprint?: Fingerprint | null, 
/**
 * It stands in a text that was decided before and is sent again as the conversation's past: nothing new.
 */
repeated?: boolean, };

/**
 * HMAC-SHA-256 of a normalised value under a key of the device alone, cut to 128 bits, in lower-case hex. Equal values can
 * be counted; without the key nothing can be guessed.
 */
export type Fingerprint = string;

/**
 * What a service is told about the data, where its interface has a word for it.
 */
export type Flag = "do_not_store" | "only_zero_retention" | "deny_collection";

/**
 * How new the policy in force is known to be.
 */
export type Freshness = { 
/**
 * What follows from it.
 */
state: FreshnessState, 
/**
 * When the server said last what is newest, by its clock.
 */
said?: Timestamp | null, 
/**
 * Until when policy is known to be the newest.
 */
until: Timestamp, 
/**
 * From when on the pack's `stale_action` holds, if nothing is heard.
 */
acts_from: Timestamp, 
/**
 * Number of the bundle that the server says this device is to have, where that is not in force.
 */
withheld_bundle?: number | null, 
/**
 * The same for its directive.
 */
withheld_directive?: number | null, };

/**
 * Whether policy is known to be the newest.
 */
export type FreshnessState = "fresh" | "stale" | "over";

/**
 * The local gateway.
 */
export type Gateway = { 
/**
 * Address with port.
 */
listen: string, 
/**
 * The targets of the policy in force, in its order.
 */
targets: Array<Target>, };

/**
 * A rule about answers that applied.
 */
export type Guarded = { 
/**
 * The rule.
 */
rule: string, 
/**
 * `pass`, `redact` or `reject`.
 */
action: string, 
/**
 * Whether it acts.
 */
mode: Mode, 
/**
 * How often.
 */
count: number, };

/**
 * Asks for an exception.
 */
export type HeldAsk = { 
/**
 * Why it must go. Approvers read it, so nothing must be found in it.
 */
reason: string, 
/**
 * It goes by itself when it is approved.
 */
go: boolean, };

/**
 * What happens to messages that wait, as it happens.
 */
export type HeldChange = { "change": "waits" } & HeldMessage | { "change": "ended", 
/**
 * Which.
 */
id: EventId, 
/**
 * What ended it, in the record's own word.
 */
by: string, };

/**
 * What became of a message that waited.
 */
export type HeldDone = { 
/**
 * The record of it.
 */
event: EventId, };

/**
 * A message that waits, without its text.
 */
export type HeldMessage = { 
/**
 * Names it, here and in the log.
 */
id: EventId, 
/**
 * Since when it waits.
 */
since: Timestamp, 
/**
 * When it is refused, if nobody says anything.
 */
until: Timestamp, 
/**
 * How it was to leave.
 */
channel: Channel, 
/**
 * What it does.
 */
kind: Kind, 
/**
 * Where it was to go.
 */
destination: Destination, 
/**
 * Its level.
 */
level: Level, 
/**
 * What policy decided.
 */
action: Action, 
/**
 * The rule that decided it.
 */
rule: string, 
/**
 * Why, for people.
 */
why: string, 
/**
 * What was found in it, by type, and how often.
 */
found: { [key in DataType]: number }, 
/**
 * What can be done about it.
 */
ways: HeldWays, 
/**
 * The first of the same words to the same destination within ten minutes; `None` for the first itself.
 */
same?: EventId | null, 
/**
 * How often they came in that time, this time included.
 */
repeats?: number, 
/**
 * How the request for an exception stands; `None` while there is none.
 */
request?: HeldRequest | null, 
/**
 * How the appeal stands; `None` while there is none.
 */
appeal?: Appealed | null, };

/**
 * A text of a message that waits, or its beginning. Holds what people typed: no `Debug`.
 */
export type HeldPiece = { 
/**
 * What it is to the model.
 */
role: Role, 
/**
 * It, with what was found hidden but for its ends; whole where that was asked for.
 */
text: string, 
/**
 * It, as it would go without what must not leave.
 */
cleaned: string, 
/**
 * There is more.
 */
cut?: boolean, };

/**
 * A request for an exception.
 */
export type HeldRequest = { 
/**
 * What was said to it: `pending`, `approved`, `refused`, `expired`, `revoked`.
 */
state: string, 
/**
 * Why, where somebody said no.
 */
why?: string, 
/**
 * The message goes by itself when it is approved.
 */
go: boolean, };

/**
 * How a message that waits is to go. Holds what people typed: no `Debug`.
 */
export type HeldSend = { "how": "cleaned", 
/**
 * The same to the same destination goes so by itself, until it has not come for ten minutes.
 */
again?: boolean, } | { "how": "edited", 
/**
 * They.
 */
text: string, } | { "how": "as_it_is", 
/**
 * Why; kept in the record.
 */
reason: string, } | { "how": "approved" };

/**
 * How a message that was held went on.
 */
export type HeldStage = { 
/**
 * The record of it when it began to wait.
 */
event: EventId, 
/**
 * What ended it, in the record's own word.
 */
by: string, 
/**
 * Why it had to go, in the employee's words.
 */
reason?: string | null, };

/**
 * What is in a message that waits. Holds what people typed: no `Debug`.
 */
export type HeldText = { 
/**
 * The employee's own words, and other texts in which something must not leave.
 */
pieces: Array<HeldPiece>, };

/**
 * What can be done about a message that waits, beside taking it back.
 */
export type HeldWays = { 
/**
 * It can go without what must not leave.
 */
clean: boolean, 
/**
 * It can go in other words.
 */
edit: boolean, 
/**
 * It can go as it is, with a reason.
 */
justify: boolean, 
/**
 * The administrators may be told that it is not sensitive. It waits on meanwhile.
 */
appeal: boolean, 
/**
 * An exception may be asked for, which must be like this.
 */
request?: ExceptionTerms | null, };

/**
 * A programming interface that AI services speak.
 */
export type Interface = "openai_chat" | "openai_responses" | "anthropic_messages";

/**
 * What a message does.
 */
export type Kind = "prompt" | "prefetch_prompt" | "upload" | "upload_init" | "regenerate" | "voice_setup" | "telemetry" | "other";

/**
 * A language to speak.
 */
export type Language = "system" | "en" | "de";

/**
 * How much harm it would do if the text became known outside. A total order: the highest level of any part is the
 * level of the whole.
 */
export type Level = "public" | "internal" | "confidential" | "restricted";

/**
 * Something that does not hold on this device for a while.
 */
export type Lifted = { 
/**
 * What.
 */
what: LiftedWhat, 
/**
 * Number of the directive, where it is one.
 */
directive?: number | null, 
/**
 * Until when.
 */
until: Timestamp, };

/**
 * What a code can lift.
 */
export type LiftedWhat = "directive" | "stale";

/**
 * What happens to data of one level on its way to one destination: one way for each action that is taken.
 */
export type MatrixCell = { 
/**
 * The strictest first. One alone holds for every channel.
 */
ways: Array<MatrixWay>, };

/**
 * A level, and what stands for it in the table.
 */
export type MatrixLevel = { 
/**
 * The level.
 */
level: Level, 
/**
 * A type of data that has it; `None` where text or a label stands for it.
 */
example?: DataType | null, };

/**
 * A destination, how it stands, and what may go there.
 */
export type MatrixRow = { 
/**
 * Where to; without service and provider it stands for all others.
 */
destination: Destination, 
/**
 * Whether the company lets it be used.
 */
approval: ProviderApproval, 
/**
 * Why it was decided so, where somebody said it.
 */
reason?: string | null, 
/**
 * When the first of the agreements ends that count for it now.
 */
agreed_until?: Timestamp | null, 
/**
 * What happens, in the order of the columns.
 */
cells: Array<MatrixCell>, };

/**
 * An action, the channels it is taken on, and why.
 */
export type MatrixWay = { 
/**
 * What happens.
 */
action: Action, 
/**
 * On these channels.
 */
channels: Array<Channel>, 
/**
 * The rule that asks for it; `None` where no rule asked for anything.
 */
rule?: string | null, 
/**
 * What the rule says to people.
 */
text?: string, };

/**
 * Whether a rule acts.
 */
export type Mode = "off" | "monitor" | "tip" | "enforce";

/**
 * A code as it was entered. No `Debug`: whoever has it can use it.
 */
export type OverrideAsk = { 
/**
 * Letters and digits; dashes and spaces are left out.
 */
code: string, };

/**
 * It lifts something now.
 */
export type OverrideDone = { 
/**
 * Number of the code, as the server lists it.
 */
number: number, 
/**
 * What it lifts, and until when.
 */
lifted: Lifted, };

/**
 * Where a segment stands, in words that may be recorded: they come from an adapter, never from the sender.
 */
export type Place = { 
/**
 * What the text is to the model.
 */
role: Role, 
/**
 * The adapter's locator pattern (`json:/messages/*\/content`), or `None` where no adapter matched and the generic
 * walker found the text.
 */
locator?: string | null, 
/**
 * Index of the segment in its message, counting from 0.
 */
segment: number, };

/**
 * The policy in force.
 */
export type Policy = { 
/**
 * Name of the pack.
 */
pack: string, 
/**
 * Its version.
 */
version: string, 
/**
 * What records refer to.
 */
bundle: BundleRef, 
/**
 * When it ends; `None` where it does not.
 */
expires?: Timestamp | null, };

/**
 * What happens to data of each level on its way to each destination that policy tells apart.
 */
export type PolicyMatrix = { 
/**
 * The columns, the lowest level first.
 */
levels: Array<MatrixLevel>, 
/**
 * The rows. One of them stands for all services that none of the others names.
 */
rows: Array<MatrixRow>, };

/**
 * Something people should know, from one list of codes.
 */
export type Problem = { 
/**
 * Stable name.
 */
code: string, 
/**
 * One line.
 */
title: string, 
/**
 * How bad.
 */
severity: Severity, 
/**
 * What it means and what to do.
 */
text: string, };

/**
 * Whether the company lets its people use a service.
 */
export type ProviderApproval = "approved" | "unapproved" | "denied";

/**
 * A request for a provider, and how it stands.
 */
export type ProviderAsked = { 
/**
 * Names it.
 */
id: string, 
/**
 * The provider, as the server keeps it.
 */
provider: string, 
/**
 * What it is wanted for.
 */
business_case: string, 
/**
 * What was said to it: `pending`, `approved`, `refused`, `withdrawn`.
 */
state: string, 
/**
 * Why, where somebody said it.
 */
why?: string, 
/**
 * When it was asked for.
 */
asked: Timestamp, };

/**
 * Asks for a provider.
 */
export type ProviderWanted = { 
/**
 * Its name or address.
 */
provider: string, 
/**
 * What it is wanted for.
 */
business_case: string, 
/**
 * Level of the most sensitive data that is to go there.
 */
level: Level, 
/**
 * Which data that is; may be left open.
 */
data: string, };

/**
 * Where the proxy listens.
 */
export type Proxy = { 
/**
 * Addresses with ports.
 */
listen: Array<string>, 
/**
 * URL of the PAC file.
 */
pac: string, 
/**
 * Host patterns that are intercepted.
 */
intercepts: number, };

/**
 * Somebody looked at records of this device: a line of `weir audit readers --json`.
 */
export type Reading = { 
/**
 * Its number in the server's journal.
 */
number: number, 
/**
 * When.
 */
time: Timestamp, 
/**
 * Who: `account:NAME`, `token:ID:NAME`, `command-line:NAME`.
 */
who: string, 
/**
 * What they did, as the journal calls it.
 */
what: string, 
/**
 * Why, as they said.
 */
purpose: string, 
/**
 * The event, where they looked at one.
 */
event?: EventId | null, 
/**
 * Records of this device among what they were shown.
 */
records: number, };

/**
 * One rule that applied.
 */
export type Reason = { 
/**
 * The rule: `data-classification/rules/0`, or its own id.
 */
rule: string, 
/**
 * The chain member it belongs to.
 */
member: string, 
/**
 * What it asks for.
 */
action: Action, 
/**
 * Whether it acts.
 */
mode: Mode, 
/**
 * For people; names data types, never values.
 */
text: string, };

/**
 * What is recorded about the user who asks, and who looked at it.
 */
export type RecordedAboutMe = { 
/**
 * Who looked at records of this device on the admin server, newest first; `None` where it has no server, or where
 * the server or the device's own keys are out of reach.
 */
readings?: Array<Reading> | null, 
/**
 * Why there are none to show.
 */
no_readings?: AskFailed | null, 
/**
 * The events.
 */
events: Array<Event>, 
/**
 * True when older events met the query and were left out by its limit.
 */
more: boolean, 
/**
 * Records that could not be read; `weir audit verify` says why.
 */
unreadable: number, };

/**
 * How the answer to a message ended.
 */
export type ResponseSummary = { 
/**
 * Status of the service; `None` when it never answered.
 */
status?: number | null, 
/**
 * What was found in it.
 */
findings: Array<Finding>, 
/**
 * The higher of the levels of message and answer.
 */
level?: Level | null, 
/**
 * The rules about answers that applied.
 */
guarded?: Array<Guarded>, 
/**
 * Surrogates put back.
 */
restored: number, 
/**
 * Its text, or some of it, was not read: nothing knows its format.
 */
unread?: boolean, 
/**
 * False when it broke off.
 */
complete: boolean, 
/**
 * From release to its end, in microseconds.
 */
latency_us: number, 
/**
 * Its size on the wire.
 */
answer_bytes: number, };

/**
 * What a segment is to the model.
 */
export type Role = "prompt" | "system" | "history" | "tool_result" | "attachment" | "code" | "copy" | "unclassified" | "answer";

/**
 * How a call found its target, and why the others were not taken: one through the gateway, or one that went elsewhere
 * because the service it was made to may not have it. Names of the pack and of hosts only.
 */
export type Selection = { 
/**
 * How one of several was to be chosen.
 */
strategy: Strategy, 
/**
 * Which attempt of the call this is, from 1.
 */
attempt: number, 
/**
 * The target taken; `None` when none may be.
 */
chosen?: string | null, 
/**
 * What it lacks of what the pack requires, where none had it all and the pack says to go on.
 */
lacks?: Array<Unfit>, 
/**
 * The interface it was called in.
 */
interface?: Interface | null, 
/**
 * What its service was told about the data.
 */
flags?: Array<Flag>, 
/**
 * The host the call was made to, and why it may not have it; `None` through the gateway.
 */
instead_of?: Excluded | null, 
/**
 * The targets that could not be taken.
 */
excluded?: Array<Excluded>, 
/**
 * The attempts before this one, in their order.
 */
tried?: Array<Tried>, };

/**
 * What `weir selftest --json` prints.
 */
export type SelfTestReport = { 
/**
 * Each message that was sent, in its order.
 */
steps: Array<SelfTestStep>, };

/**
 * One message of the self-test.
 */
export type SelfTestStep = { 
/**
 * Stable name.
 */
name: string, 
/**
 * For people.
 */
title: string, 
/**
 * How it went.
 */
state: CheckState, 
/**
 * What happened.
 */
found: string, 
/**
 * How long it took, in milliseconds.
 */
millis: number, };

/**
 * The admin server.
 */
export type Server = { 
/**
 * Its address.
 */
address: string, 
/**
 * The device's name there.
 */
device: string, 
/**
 * The device's group there.
 */
group: string, 
/**
 * When it last answered, since the agent came up.
 */
heard?: Timestamp | null, };

/**
 * What the employee has chosen for the tray and its windows.
 */
export type Settings = { 
/**
 * Of menu and pages.
 */
language: Language, 
/**
 * Of the pages.
 */
theme: Theme, 
/**
 * Until then no window opens by itself.
 */
quiet_until?: Timestamp | null, 
/**
 * The tray is started when the user signs in.
 */
start_at_login: boolean, 
/**
 * When they were told what is watched and what never is.
 */
acknowledged?: Timestamp | null, };

/**
 * How bad a problem is.
 */
export type Severity = "warning" | "error";

/**
 * How the agent is doing.
 */
export type Status = { 
/**
 * Version of the running agent.
 */
version: string, 
/**
 * Its process id.
 */
pid: number, 
/**
 * When it came up.
 */
started: Timestamp, 
/**
 * The environment it was told: `production`, `development`, `testing`.
 */
environment: string, 
/**
 * Its proxy.
 */
proxy: Proxy, 
/**
 * Its gateway, where it has one.
 */
gateway?: Gateway | null, 
/**
 * The certificate it intercepts with.
 */
certificate: Certificate, 
/**
 * The policy in force.
 */
policy: Policy, 
/**
 * The log.
 */
audit: Audit, 
/**
 * What happened since it came up.
 */
counts: Counts, 
/**
 * The admin server it is enrolled with; `None` where it is enrolled nowhere.
 */
server?: Server | null, 
/**
 * The directive of the administrators that holds now.
 */
directive?: Directive | null, 
/**
 * What codes have lifted, and does not hold for a while.
 */
lifted?: Array<Lifted>, 
/**
 * How new the policy in force is known to be; `None` where no server says so.
 */
freshness?: Freshness | null, 
/**
 * Messages that wait for the employee.
 */
held: number, 
/**
 * Changes whenever the admin server has said something to what employees of this device asked for.
 */
answers: number, 
/**
 * Exceptions that this device has.
 */
exceptions?: Array<DeviceException>, 
/**
 * What is wrong; empty when all is well.
 */
problems: Array<Problem>, };

/**
 * How one of several targets is chosen.
 */
export type Strategy = "ordered" | "weighted" | "least_latency";

/**
 * A model that the gateway may call.
 */
export type Target = { 
/**
 * Its name in the pack.
 */
id: string, 
/**
 * Its provider.
 */
provider: string, 
/**
 * Its model, where the pack names one.
 */
model?: string | null, 
/**
 * Where it takes calls, and in which interface; `None` where nobody knows.
 */
address?: string | null, 
/**
 * Why it cannot be called; `None` when it can.
 */
problem?: string | null, };

/**
 * Light or dark.
 */
export type Theme = "system" | "light" | "dark";

/**
 * The kind of account a message is sent with. It decides which terms bind the provider.
 */
export type Tier = "unknown" | "anonymous" | "consumer" | "team" | "enterprise" | "api" | "local";

/**
 * Milliseconds since 1970-01-01T00:00:00Z, given by the edge: core has no clock.
 */
export type Timestamp = number;

/**
 * An attempt that failed.
 */
export type Tried = { 
/**
 * The target.
 */
target: string, 
/**
 * How.
 */
failure: Failure, };

/**
 * A predicate that a target fails.
 */
export type Unfit = { 
/**
 * A requirement or a rule of the pack, or what is missing for the call: `require_no_training`, `secret_key_ref`.
 */
predicate: string, 
/**
 * For people; no content.
 */
text: string, };
