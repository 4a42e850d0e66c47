//! The pack format: every key, its kind and what it is for. The check of packs and their JSON Schema come from here.

use crate::holds::HOLDS;
use crate::hours::DAYS as WEEKDAYS;
use crate::shape::{Field, Shape, field, required};
use crate::stale::FRESHNESS;

pub(crate) const LEVELS: &[&str] = &["public", "internal", "confidential", "restricted"];
pub(crate) const ACTIONS: &[&str] = &["allow", "warn", "pseudonymise", "redact", "block"];
pub(crate) const MODES: &[&str] = &["off", "monitor", "tip", "enforce"];
pub(crate) const CHANNELS: &[&str] = &["browser", "api", "upload", "clipboard", "gateway"];
pub(crate) const TIERS: &[&str] = &["unknown", "anonymous", "consumer", "team", "enterprise", "api", "local"];
pub(crate) const ENVIRONMENTS: &[&str] = &["production", "development", "testing"];
pub(crate) const TRUSTS: &[&str] = &["third_party", "internal"];
pub(crate) const APPROVALS: &[&str] = &["approved", "unapproved", "denied"];
pub(crate) const CATEGORIES: &[&str] = &[
    "personal",
    "governmental",
    "financial",
    "medical",
    "business",
    "security",
    "hostile",
];
pub(crate) const KINDS: &[&str] = &[
    "prompt",
    "prefetch_prompt",
    "upload",
    "upload_init",
    "regenerate",
    "voice_setup",
    "telemetry",
    "other",
];

/// Whose text it is, or what it is to the model.
pub(crate) const SOURCES: &[&str] = &[
    "prompt",
    "system",
    "history",
    "tool_result",
    "attachment",
    "code",
    "copy",
    "unclassified",
];

/// What is known of the file: its content was blocked, or never seen.
pub(crate) const FILES: &[&str] = &["blocked", "unseen"];

const TEXTS: Shape = Shape::List(&Shape::Text);
const LEVEL: Shape = Shape::Choice(LEVELS);
const DAYS: Shape = Shape::Whole { min: 0, max: 36_500 };
const ENVIRONMENT_LIST: Shape = Shape::OneOrMore(&Shape::Choice(ENVIRONMENTS));

/// A whole pack.
pub(crate) const PACK: Shape = Shape::Map(PACK_FIELDS);

/// The keys on top of a pack.
pub(crate) const PACK_FIELDS: &[Field] = &[
    required(
        "pack",
        Shape::Map(IDENTITY),
        "name and version of this pack, and the packs it builds on",
    ),
    field(
        "classification",
        Shape::Map(CLASSIFICATION),
        "which data has which level",
    ),
    field(
        "groups",
        Shape::Table(&Shape::OneOrMore(&Shape::Text)),
        "users by group, for rules that name a group; `*` stands for any letters",
    ),
    field(
        "providers",
        Shape::Map(PROVIDERS),
        "which AI providers may be used, and what is agreed with them",
    ),
    field(
        "routing",
        Shape::Map(ROUTING),
        "how one of the targets is chosen for a call",
    ),
    field("policies", Shape::Map(POLICIES), "what happens to messages"),
    field("policy", Shape::Members, "the same as `policies.policy`"),
    field(
        "holds",
        Shape::Map(HOLDS),
        "which messages wait for the employee instead of being refused at once",
    ),
    field(
        "freshness",
        Shape::Map(FRESHNESS),
        "what holds on a device that its server has not told for long that this policy is the newest",
    ),
    field(
        "history",
        Shape::Map(SWITCH),
        "conversation history kept by the gateway",
    ),
    field("cache", Shape::Map(SWITCH), "answers kept by the gateway"),
    field(
        "tests",
        Shape::List(&Shape::Map(TEST)),
        "what the pack must do, run by `weir policy test`",
    ),
];

const IDENTITY: &[Field] = &[
    required("name", Shape::Text, "name of the pack, lower case with `-` and `/`"),
    field("version", Shape::Word, "version of the pack: `1.4.0`"),
    field("enabled", Shape::Flag, "`false` takes the pack out of force"),
    field("description", Shape::Text, "what the pack is for"),
    field(
        "extends",
        Shape::OneOrMore(&Shape::Text),
        "packs this one builds on; a later one wins over an earlier one",
    ),
];

const CLASSIFICATION: &[Field] = &[
    field(
        "detectors",
        Shape::Table(&LEVEL),
        "level by data type: `category/name`, `category/*` or `*`; the most exact wins",
    ),
    field(
        "low_confidence",
        LEVEL,
        "highest level that a match by shape alone can give; default `public`",
    ),
    field("custom", Shape::List(&Shape::Map(CUSTOM)), "detectors of your own"),
    field(
        "name_model",
        Shape::Map(NAME_MODEL),
        "a model that finds names beside the detectors",
    ),
    field(
        "volume",
        Shape::List(&Shape::Map(VOLUME)),
        "levels by number of different values",
    ),
    field(
        "sheets",
        TEXTS,
        "classification sheets beside the pack, as CSV or Markdown: database, schema, table, column, type, level, reason, AI-safe",
    ),
    field(
        "exact_match",
        TEXTS,
        "keyed sketches of real values, made by `weir sketch build`: restricted, found as `exact/<name of the file>`",
    ),
    field(
        "labels",
        Shape::Table(&LEVEL),
        "level by sensitivity label: its id, or its name",
    ),
    field(
        "marker",
        Shape::Text,
        "what stands where something was redacted; `TYPE` is the data type",
    ),
];

const NAME_MODEL: &[Field] = &[
    required(
        "directory",
        Shape::Text,
        "directory beside the pack, with `model.onnx`, `tokenizer.json` and `config.json`",
    ),
    field(
        "labels",
        Shape::Table(&Shape::Text),
        "data type by label of the model; default names of people",
    ),
];

const CUSTOM: &[Field] = &[
    required(
        "id",
        Shape::Text,
        "`category/name` of the data type; the category may be your own",
    ),
    required("level", LEVEL, "level of what it finds"),
    field(
        "pattern",
        Shape::Text,
        "regular expression, without look-arounds and back-references",
    ),
    field(
        "group",
        Shape::Word,
        "name or number of the capture group that is the value; default the whole match",
    ),
    field("words", TEXTS, "words and phrases looked for whole, in any case"),
    field(
        "keywords",
        TEXTS,
        "words nearby that make a match sure; without any, every match is sure",
    ),
    field(
        "sketch",
        Shape::Text,
        "file beside the pack, made by `weir sketch build`: the real values that are looked for",
    ),
    field(
        "fingerprints",
        Shape::Text,
        "file beside the pack, made by `weir fingerprint build`: the documents whose passages are looked for",
    ),
    field(
        "key",
        Shape::Text,
        "file beside the pack with the key of the sketch or the fingerprints; default its name with the ending `weirkey`",
    ),
    field(
        "length",
        Shape::Whole { min: 80, max: 100_000 },
        "letters and digits of a passage of the documents, at least; default 200",
    ),
    field(
        "share",
        Shape::Decimal { min: 0, max: 1 },
        "share of a passage that must stand in the documents unchanged; default 0.5",
    ),
    field(
        "columns",
        TEXTS,
        "columns of the sketch that count; default all of them",
    ),
    field(
        "together",
        Shape::Whole { min: 1, max: 8 },
        "columns of one row of the sketch that must stand near each other; default 1",
    ),
    field(
        "distance",
        Shape::Whole { min: 1, max: 1000 },
        "how near a keyword must be, in characters before and behind, default 60; how near values of one row, default 300",
    ),
    field(
        "alone",
        Shape::Choice(&["ignore", "low", "medium", "high"]),
        "how sure a match is without a keyword nearby, default `low`, which is recorded and has no level; or without another \
         value of its row",
    ),
    field(
        "check",
        Shape::Choice(&["luhn", "mod97", "iban", "mod11_10", "verhoeff", "damm"]),
        "check digits that must hold",
    ),
    field(
        "min_entropy",
        Shape::Decimal { min: 0, max: 8 },
        "bits of entropy for each byte of the value, at least: about 3 for words, 4 for random letters",
    ),
    field(
        "examples",
        TEXTS,
        "texts in which it finds something; run whenever the pack is loaded",
    ),
    field(
        "counter_examples",
        TEXTS,
        "near misses: texts in which it finds nothing",
    ),
];

const VOLUME: &[Field] = &[
    required("detector", Shape::Text, "data type, or a pattern such as `personal/*`"),
    required(
        "at_least",
        Shape::Whole { min: 1, max: u32::MAX },
        "number of different values in one message",
    ),
    required("level", LEVEL, "level of a message with so many"),
];

const PROVIDERS: &[Field] = &[
    field(
        "targets",
        Shape::List(&Shape::Map(TARGET)),
        "models the local gateway may call",
    ),
    field(
        "approvals",
        Shape::Table(&Shape::MapOr(APPROVAL, &Shape::Choice(APPROVALS))),
        "status by service or provider id; `default` is for all others",
    ),
    field(
        "agreements",
        Shape::List(&Shape::Map(AGREEMENT)),
        "what providers have promised this company, with evidence and the day it ends",
    ),
    field("logging", Shape::Map(LOGGING), "what the gateway keeps out of its logs"),
    field(
        "freshness",
        Shape::Map(FRESHNESS),
        "what holds on a device that its server has not told for long that this policy is the newest",
    ),
    field(
        "history",
        Shape::Map(SWITCH),
        "conversation history kept by the gateway",
    ),
    field("cache", Shape::Map(SWITCH), "answers kept by the gateway"),
];

const TARGET: &[Field] = &[
    required("id", Shape::Text, "name of the target; nothing is inferred from it"),
    required("provider", Shape::Text, "provider id: `openai`"),
    field("model", Shape::Text, "model name"),
    field(
        "base_url",
        Shape::Text,
        "where it takes calls, before the interface's own path; default what the catalogue knows of the provider",
    ),
    field(
        "interface",
        Shape::Choice(&["openai_chat", "openai_responses", "anthropic_messages"]),
        "the interface it speaks; default what the catalogue knows, and with `base_url` `openai_chat`",
    ),
    field(
        "secret_key_ref",
        Shape::Map(SECRET_KEY_REF),
        "where the key is; never the key",
    ),
    field(
        "data_policy",
        Shape::Map(DATA_POLICY),
        "what is agreed with the provider; what is not said is unknown",
    ),
    field("zdr", Shape::Flag, "short form of `data_policy.zero_data_retention`"),
    field(
        "data_collection",
        Shape::Choice(&["allow", "deny"]),
        "whether the provider may collect the data",
    ),
    field("region", Shape::Text, "where the data is processed"),
    field(
        "trust",
        Shape::Choice(TRUSTS),
        "`internal` for a model the company itself runs",
    ),
    field(
        "weight",
        Shape::Whole { min: 0, max: 1_000_000 },
        "share of the calls under the strategy `weighted`",
    ),
];

const SECRET_KEY_REF: &[Field] = &[
    field("env", Shape::Text, "name of an environment variable"),
    field("file", Shape::Text, "path of a file that its owner alone can read"),
    field(
        "key_store",
        Shape::Text,
        "name of an entry in the key store of the operating system; on Linux, of a credential of the agent's service",
    ),
];

const DATA_POLICY: &[Field] = &[
    field("zero_data_retention", Shape::Flag, "nothing is kept after the answer"),
    field("zdr", Shape::Flag, "short form of `zero_data_retention`"),
    field("training_opt_out", Shape::Flag, "the data is not used for training"),
    field(
        "retention_days",
        DAYS,
        "days the data is kept; 0 is none, absent is unknown",
    ),
    field(
        "data_collection",
        Shape::Choice(&["allow", "deny"]),
        "whether the provider may collect the data",
    ),
    field("until", Shape::Text, UNTIL),
];

const UNTIL: &str = "the last day, in UTC, on which this holds: `2027-03-01`; from then on it is unknown";

const AGREEMENT: &[Field] = &[
    required("id", Shape::Text, "name of the agreement"),
    required("provider", Shape::Text, "provider id: `openai`"),
    field(
        "tiers",
        Shape::OneOrMore(&Shape::Choice(TIERS)),
        "account tiers this is for; absent is all of them",
    ),
    field("zero_data_retention", Shape::Flag, "nothing is kept after the answer"),
    field("training_opt_out", Shape::Flag, "the data is not used for training"),
    field("retention_days", DAYS, "days the data is kept; 0 is none"),
    field("region", Shape::Text, "where the data is processed"),
    field(
        "evidence",
        Shape::Text,
        "digest of the document: `sha256:` and 64 hexadecimal digits",
    ),
    field("until", Shape::Text, UNTIL),
    field(
        "note",
        Shape::Text,
        "what it is, for people: `data processing addendum`",
    ),
];

const APPROVAL: &[Field] = &[
    required("status", Shape::Choice(APPROVALS), "whether the service may be used"),
    field(
        "environments",
        ENVIRONMENT_LIST,
        "environments this is for; absent is all of them",
    ),
    field(
        "users",
        Shape::OneOrMore(&Shape::Text),
        "users this is for; `*` stands for any letters; absent is everyone",
    ),
    field("reason", Shape::Text, "why, shown to the employee"),
];

const LOGGING: &[Field] = &[
    field("redact_message_bodies", Shape::Flag, "always so in Weir"),
    field("redact_api_keys", Shape::Flag, "always so in Weir"),
];

const SWITCH: &[Field] = &[field("enabled", Shape::Flag, "whether it is on")];

const ROUTING: &[Field] = &[
    field(
        "strategy",
        Shape::Choice(&["ordered", "weighted", "least_latency"]),
        "how a target is chosen",
    ),
    field(
        "timeout_seconds",
        Shape::Whole { min: 1, max: 3600 },
        "longest silence before an answer, and in it; default 120",
    ),
    field("fallback", Shape::Map(FALLBACK), "what happens when a target fails"),
    field(
        "intercepted",
        Shape::Choice(&["refuse", "reroute"]),
        "what becomes of a program's call whose own service may not have it: refused (default), or sent to a target that may",
    ),
];

const FALLBACK: &[Field] = &[
    field(
        "triggers",
        Shape::OneOrMore(&Shape::Choice(&["rate_limit", "server_error", "timeout"])),
        "failures after which another target is tried",
    ),
    field(
        "max_fallback_attempts",
        Shape::Whole { min: 0, max: 16 },
        "attempts after the first",
    ),
];

const POLICIES: &[Field] = &[
    field(
        "chain",
        Shape::List(&Shape::Text),
        "members that judge each message; the strictest wins",
    ),
    field("policy", Shape::Members, "configuration of the members"),
];

const TEST: &[Field] = &[
    required("name", Shape::Text, "what must hold"),
    field("given", Shape::Map(GIVEN), "the message"),
    required("expect", Shape::Map(EXPECT), "what must come out"),
];

const GIVEN: &[Field] = &[
    field("channel", Shape::Choice(CHANNELS), "default `browser`"),
    field("kind", Shape::Choice(KINDS), "default `prompt`"),
    field("service", Shape::Text, "service id or name"),
    field("provider", Shape::Text, "provider id, where no service is named"),
    field("host", Shape::Text, "host name; default the service's first host"),
    field("tier", Shape::Choice(TIERS), "account tier; default `unknown`"),
    field("region", Shape::Text, "region seen on the wire"),
    field("model", Shape::Text, "model named in the request"),
    field("environment", Shape::Choice(ENVIRONMENTS), "default `production`"),
    field(
        "text",
        Shape::Text,
        "the prompt; `${example:security/openai_key}` stands for a made-up value",
    ),
    field(
        "values",
        Shape::Table(&Shape::Whole { min: 1, max: u32::MAX }),
        "what is found beside the text: number of different values by data type",
    ),
    field("source", Shape::Choice(SOURCES), "whose text it is; default `prompt`"),
    field("level", LEVEL, "level the message has apart from what is found in it"),
    field("user", Shape::Text, "who sends it"),
    field("process", Shape::Text, "which program sends it"),
    field(
        "at",
        Shape::Text,
        "when, in UTC: `wed 08:30`, or `2027-03-01 08:30`; default `thu 00:00`",
    ),
    field("account", Shape::Word, "id of the account or tenant it is sent with"),
    field("only_asks", Shape::Flag, "it sends nothing with its question"),
    field("unscannable", Shape::Flag, "part of it cannot be read"),
    field(
        "file",
        Shape::Choice(FILES),
        "it refers to a file of an earlier message that is known so",
    ),
    field("files", Shape::List(&Shape::Map(SENT_FILE)), "files it carries"),
    field(
        "labels",
        Shape::OneOrMore(&Shape::Text),
        "sensitivity labels on what it carries, by id or name",
    ),
    field(
        "sent_before",
        Shape::Whole { min: 0, max: 100_000 },
        "messages like this one that were sent at the same moment",
    ),
    field(
        "stale",
        Shape::Flag,
        "the device was not told for longer than the grace that its policy is the newest",
    ),
    field("answer", Shape::Text, "the answer to it, with examples as in `text`"),
    field("editable", Shape::Flag, "default `true`"),
];

const SENT_FILE: &[Field] = &[
    field("name", Shape::Text, "its name"),
    field("type", Shape::Text, "its media type or extension"),
    field(
        "megabytes",
        Shape::Whole { min: 0, max: 1_000_000 },
        "its size; absent is unknown",
    ),
];

const EXPECT: &[Field] = &[
    field("action", Shape::Choice(ACTIONS), "the action taken"),
    field("level", LEVEL, "the level of the message"),
    field(
        "monitored",
        Shape::Choice(ACTIONS),
        "what rules that only watch would have done",
    ),
    field("rule", Shape::Text, "the rule that gave the action"),
    field(
        "answer",
        Shape::Choice(&["pass", "redact", "reject"]),
        "what happens to the answer",
    ),
    field(
        "headers",
        Shape::Table(&Shape::Text),
        "all tenant headers it leaves with; `{}` for none",
    ),
];

const DURING: &[Field] = &[
    field("days", Shape::OneOrMore(&Shape::Choice(WEEKDAYS)), "default every day"),
    field(
        "from",
        Shape::Text,
        "time of day: `\"08:00\"`; default the day's beginning",
    ),
    field(
        "to",
        Shape::Text,
        "the first time of day after; before `from` it is on the next day; default the day's end",
    ),
    field(
        "utc_offset",
        Shape::Text,
        "distance of these times to UTC: `\"+01:00\"`; default none",
    ),
];

/// By which data a rule is chosen, alike in all members.
pub(crate) const DATA_LEVEL: Field = field("level", Shape::OneOrMore(&LEVEL), "level of the data");
/// The same by its type.
pub(crate) const DATA_DETECTOR: Field = field(
    "detector",
    Shape::OneOrMore(&Shape::Text),
    "data type, or a pattern such as `security/*`",
);
/// The same by the category of its type.
pub(crate) const DATA_CATEGORY: Field = field(
    "category",
    Shape::OneOrMore(&Shape::Choice(CATEGORIES)),
    "category of the data type",
);

/// Keys of a rule of `data-classification`.
pub(crate) const RULE: &[Field] = &[
    field("id", Shape::Text, "name of the rule, in place of its number"),
    DATA_LEVEL,
    DATA_DETECTOR,
    field("data_type", Shape::OneOrMore(&Shape::Text), "the same as `detector`"),
    DATA_CATEGORY,
    field(
        "channel",
        Shape::OneOrMore(&Shape::Choice(CHANNELS)),
        "how the message leaves",
    ),
    field("kind", Shape::OneOrMore(&Shape::Choice(KINDS)), "what the message does"),
    field("service", Shape::OneOrMore(&Shape::Text), "service id or name"),
    field(
        "provider",
        Shape::OneOrMore(&Shape::Text),
        "`approved`, `unapproved`, `denied` or a provider id",
    ),
    field("tier", Shape::OneOrMore(&Shape::Choice(TIERS)), "account tier"),
    field("trust", Shape::Choice(TRUSTS), "who runs the destination"),
    field("region", Shape::OneOrMore(&Shape::Text), "region seen on the wire"),
    field("environment", ENVIRONMENT_LIST, "environment this machine works in"),
    field(
        "user",
        Shape::OneOrMore(&Shape::Text),
        "who sends it; `*` stands for any letters",
    ),
    field(
        "group",
        Shape::OneOrMore(&Shape::Text),
        "groups of `groups` that the sender is in",
    ),
    field(
        "process",
        Shape::OneOrMore(&Shape::Text),
        "which program sends it; `*` stands for any letters",
    ),
    field(
        "source",
        Shape::OneOrMore(&Shape::Choice(SOURCES)),
        "whose text it was found in; the rule is for what is found, and for nothing else",
    ),
    field(
        "during",
        Shape::Map(DURING),
        "hours of the week in which the rule holds",
    ),
    field(
        "unscannable",
        Shape::Flag,
        "`true`: the rule is for messages that cannot be read",
    ),
    field(
        "file",
        Shape::OneOrMore(&Shape::Choice(FILES)),
        "the rule is for messages that refer to a file of an earlier message which is known so",
    ),
    field(
        "label",
        Shape::OneOrMore(&Shape::Text),
        "sensitivity label on what the message carries, by its id or name",
    ),
    required("action", Shape::Choice(ACTIONS), "what happens"),
    field("mode", Shape::Choice(MODES), "default `enforce`"),
    field("reason", Shape::Text, "why, shown to the employee"),
    field(
        "justify",
        Shape::Flag,
        "`true`: what a rule warns of goes when the employee has said why, and not before",
    ),
    field(
        "exception",
        Shape::Map(EXCEPTION),
        "what an exception from this rule must be like; without it there is none",
    ),
];

const EXCEPTION: &[Field] = &[
    field(
        "approvers",
        Shape::Whole { min: 1, max: 2 },
        "how many people must approve it; default 1",
    ),
    field(
        "most_hours",
        Shape::Whole { min: 1, max: 720 },
        "for how many hours it may be given; default 24",
    ),
    field(
        "most_uses",
        Shape::Whole { min: 1, max: 1000 },
        "for how many messages it may be given; default 1",
    ),
];
