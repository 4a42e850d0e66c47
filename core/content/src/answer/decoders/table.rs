//! Formats that a table can tell: where text stands, whose it is, and when it ends.

use super::super::Decoder;
use super::super::restore::Kind;
use super::super::tree::Item;
use super::{End, Mode, Reading, digest};

/// The table of one format.
pub(super) struct Table {
    rows: &'static [Row],
    /// What says that the answer is complete: a path, and values there. No values: any.
    over: &'static [(&'static str, &'static [&'static str])],
}

/// Where text of one kind stands.
struct Row {
    /// Keys and indexes. `*` is any element and numbers the channel; `-` is any element and does not.
    at: &'static str,
    kind: Kind,
    mode: Mode,
    /// A condition on another value: beside the text, or with `/` from the top.
    when: When,
    /// A value whose bytes make the channel.
    by: &'static str,
}

enum When {
    Always,
    Is(&'static str, &'static [&'static str]),
    Not(&'static str, &'static [&'static str]),
}

const fn text(at: &'static str) -> Row {
    Row {
        at,
        kind: Kind::Text,
        mode: Mode::Append,
        when: When::Always,
        by: "",
    }
}

const fn thought(at: &'static str) -> Row {
    text(at).kind(Kind::Thinking)
}

/// JSON the model wrote for a tool.
const fn input(at: &'static str) -> Row {
    text(at).kind(Kind::Call).mode(Mode::Seen)
}

impl Row {
    const fn kind(self, kind: Kind) -> Self {
        Self { kind, ..self }
    }

    const fn mode(self, mode: Mode) -> Self {
        Self { mode, ..self }
    }

    const fn is(self, at: &'static str, values: &'static [&'static str]) -> Self {
        Self {
            when: When::Is(at, values),
            ..self
        }
    }

    const fn not(self, at: &'static str, values: &'static [&'static str]) -> Self {
        Self {
            when: When::Not(at, values),
            ..self
        }
    }

    const fn by(self, by: &'static str) -> Self {
        Self { by, ..self }
    }
}

const TRUE: &[&str] = &["true"];
const THINKING: &[&str] = &["think", "thinking", "thinking_summary"];

/// The table of a format that has one; an empty one for the others.
pub(super) fn of(decoder: Decoder) -> &'static Table {
    match decoder {
        Decoder::Grok => &GROK,
        Decoder::Xgrok => &XGROK,
        Decoder::Qwen => &QWEN,
        Decoder::Ddg => &DDG,
        Decoder::You => &YOU,
        Decoder::Pi => &PI,
        Decoder::Gemini => &GEMINI,
        Decoder::GeminiApi => &GEMINI_API,
        Decoder::Converse => &CONVERSE,
        Decoder::Ollama => &OLLAMA,
        Decoder::Cohere => &COHERE,
        Decoder::CopilotWs => &COPILOT_WS,
        Decoder::Doubao => &DOUBAO,
        Decoder::Zai => &ZAI,
        Decoder::Hailuo => &HAILUO,
        _ => &Table { rows: &[], over: &[] },
    }
}

/// Events of Bedrock's Converse interface, and those of AWS's assistants.
pub(super) static CONVERSE_EVENTS: Table = Table {
    rows: &[
        text("/delta/text").by("/contentBlockIndex"),
        text("/delta/reasoningContent/text")
            .kind(Kind::Signed)
            .by("/contentBlockIndex"),
        text("/delta/toolUse/input")
            .kind(Kind::Arguments)
            .by("/contentBlockIndex"),
        // AWS's assistants for developers.
        text("/content"),
        text("/input").kind(Kind::Arguments).by("/toolUseId"),
    ],
    over: &[("/stopReason", &[])],
};

/// Answers of models on Bedrock that speak no interface of their own maker's.
pub(super) static MODEL_BODY: Table = Table {
    rows: &[
        text("/outputText"),
        text("/generation"),
        text("/text"),
        text("/outputs/*/text"),
        text("/contentBlockDelta/delta/text").by("/contentBlockDelta/contentBlockIndex"),
        text("/results/*/outputText"),
    ],
    over: &[("/completionReason", &[]), ("/stop_reason", &[]), ("/messageStop", &[])],
};

static GROK: Table = Table {
    rows: &[
        text("/result/response/token").not("isThinking", TRUE),
        thought("/result/response/token").is("isThinking", TRUE),
        text("/result/response/modelResponse/message").mode(Mode::Complete),
        text("/result/token").not("isThinking", TRUE),
        thought("/result/token").is("isThinking", TRUE),
        text("/result/modelResponse/message").mode(Mode::Complete),
    ],
    over: &[("/result/isDone", TRUE)],
};

static XGROK: Table = Table {
    rows: &[
        text("/result/message").not("isThinking", TRUE),
        thought("/result/message").is("isThinking", TRUE),
        text("/result/token").not("isThinking", TRUE),
        thought("/result/token").is("isThinking", TRUE),
        text("/result/response/token").not("isThinking", TRUE),
        thought("/result/response/token").is("isThinking", TRUE),
    ],
    over: &[("/result/isDone", TRUE)],
};

static QWEN: Table = Table {
    rows: &[
        text("/choices/*/delta/content").not("phase", THINKING),
        thought("/choices/*/delta/content").is("phase", THINKING),
        thought("/choices/*/delta/reasoning_content"),
        text("/choices/*/delta/function_call/arguments").kind(Kind::Arguments),
        text("/choices/*/message/content").mode(Mode::Complete),
        text("/data/choices/*/message/content").mode(Mode::Complete),
    ],
    over: &[
        ("/choices/0/delta/status", &["finished"]),
        ("/choices/0/finish_reason", &[]),
    ],
};

static DDG: Table = Table {
    rows: &[text("/message").not("role", &["user"])],
    over: &[],
};

static YOU: Table = Table {
    rows: &[text("/youChatToken")],
    over: &[],
};

static PI: Table = Table {
    // The whole message, which has an id, comes at the end.
    rows: &[
        text("/text").is("sid", &[""]),
        text("/text").not("sid", &[""]).mode(Mode::Complete),
    ],
    over: &[],
};

/// The document inside Gemini's chunks. Each repeats the text so far.
static GEMINI: Table = Table {
    rows: &[
        text("/4/*/1/0").mode(Mode::Snapshot),
        thought("/4/*/37/0/0").mode(Mode::Snapshot),
    ],
    over: &[],
};

static GEMINI_API: Table = Table {
    rows: &[
        text("/candidates/*/content/parts/-/text").not("thought", TRUE),
        thought("/candidates/*/content/parts/-/text").is("thought", TRUE),
        input("/candidates/*/content/parts/-/functionCall/args"),
        text("/response/candidates/*/content/parts/-/text").not("thought", TRUE),
        thought("/response/candidates/*/content/parts/-/text").is("thought", TRUE),
        input("/response/candidates/*/content/parts/-/functionCall/args"),
    ],
    over: &[
        ("/candidates/0/finishReason", &[]),
        ("/response/candidates/0/finishReason", &[]),
    ],
};

static CONVERSE: Table = Table {
    rows: &[
        text("/output/message/content/*/text").mode(Mode::Complete),
        text("/output/message/content/*/reasoningContent/reasoningText/text")
            .kind(Kind::Signed)
            .mode(Mode::Complete),
        input("/output/message/content/*/toolUse/input"),
    ],
    over: &[],
};

static OLLAMA: Table = Table {
    rows: &[
        text("/message/content"),
        text("/response"),
        thought("/message/thinking"),
        thought("/thinking"),
        input("/message/tool_calls/*/function/arguments"),
    ],
    over: &[("/done", TRUE)],
};

static COHERE: Table = Table {
    rows: &[
        text("/text").is("event_type", &["text-generation"]),
        text("/response/text").mode(Mode::Complete),
        text("/delta/message/content/text").by("/index"),
        thought("/delta/message/content/thinking").by("/index"),
        thought("/delta/message/tool_plan"),
        text("/delta/message/tool_calls/function/arguments")
            .kind(Kind::Arguments)
            .by("/index"),
        // Answers that are not streamed.
        text("/text").is("event_type", &[""]).mode(Mode::Complete),
        text("/message/content/*/text").mode(Mode::Complete),
    ],
    over: &[("/is_finished", TRUE), ("/type", &["message-end"])],
};

static COPILOT_WS: Table = Table {
    rows: &[
        text("/text").is("event", &["appendText"]).by("/messageId"),
        text("/text")
            .is("event", &["replaceText"])
            .mode(Mode::Restart)
            .by("/messageId"),
        thought("/text").is("event", &["chainOfThought"]).by("/messageId"),
    ],
    over: &[("/event", &["done", "error", "partCompleted"])],
};

/// The innermost document of Doubao's events, and the plain events of its newer interface.
static DOUBAO: Table = Table {
    rows: &[text("/text")],
    over: &[("/is_finish", TRUE)],
};

/// Z.ai's own events, and those of OpenAI that it sends in places.
static ZAI: Table = Table {
    rows: &[
        text("/data/delta_content").not("phase", THINKING),
        thought("/data/delta_content").is("phase", THINKING),
        text("/data/edit_content").not("phase", THINKING),
        thought("/data/edit_content").is("phase", THINKING),
        text("/data/content").not("phase", THINKING).mode(Mode::Complete),
        text("/choices/*/delta/content"),
    ],
    over: &[("/data/done", TRUE)],
};

static HAILUO: Table = Table {
    rows: &[text("/data/messageResult/content")
        .mode(Mode::Snapshot)
        .by("/data/messageResult/msgID")],
    over: &[],
};

/// Reads one document.
pub(super) fn read(table: &Table, root: Item<'_>, reading: &mut Reading) {
    for row in table.rows {
        let numbered = Channel {
            outer: if row.by.is_empty() {
                0
            } else {
                digest(root.find(row.by).raw())
            },
            next: 0,
            inner: 0,
        };
        visit(row, root, root, root, row.at.split('/').skip(1), numbered, reading);
    }
    let said = |(at, values): &(&str, &[&str])| {
        let item = root.find(at);
        if values.is_empty() {
            item.text().is_some()
        } else {
            values.iter().any(|value| item.is(value))
        }
    };
    if table.over.iter().any(said) {
        reading.end(End::All);
    }
}

#[derive(Clone, Copy)]
struct Channel {
    outer: u64,
    inner: u64,
    next: u8,
}

impl Channel {
    /// The first star numbers the outer part, the second the inner one.
    fn numbered(self, index: u64) -> Self {
        match self.next {
            0 => Self {
                outer: self.outer.wrapping_add(index),
                next: 1,
                ..self
            },
            _ => Self { inner: index, ..self },
        }
    }
}

fn visit(
    row: &Row,
    root: Item<'_>,
    parent: Item<'_>,
    item: Item<'_>,
    mut steps: impl Iterator<Item = &'static str> + Clone,
    channel: Channel,
    reading: &mut Reading,
) {
    if !item.exists() {
        return;
    }
    let Some(step) = steps.next() else {
        return tell(row, root, parent, item, channel, reading);
    };
    match step {
        "*" => {
            for (index, element) in (0..).zip(item.items()) {
                visit(
                    row,
                    root,
                    item,
                    element,
                    steps.clone(),
                    channel.numbered(index),
                    reading,
                );
            }
        }
        "-" => {
            for element in item.items() {
                visit(row, root, item, element, steps.clone(), channel, reading);
            }
        }
        step => {
            let next = if item.is_array() {
                step.parse().map_or(item.get(step), |index| item.nth(index))
            } else {
                item.get(step)
            };
            visit(row, root, item, next, steps, channel, reading);
        }
    }
}

fn tell(row: &Row, root: Item<'_>, parent: Item<'_>, item: Item<'_>, channel: Channel, reading: &mut Reading) {
    let is = |at: &str, values: &[&str]| {
        let other = if at.starts_with('/') {
            root.find(at)
        } else {
            parent.get(at)
        };
        values.iter().any(|value| other.is(value))
    };
    let holds = match row.when {
        When::Always => true,
        When::Is(at, values) => is(at, values),
        When::Not(at, values) => !is(at, values),
    };
    if !holds {
        return;
    }
    match row.mode {
        Mode::Seen => reading.seen(channel.outer, channel.inner, item),
        mode => reading.text(row.kind, channel.outer, channel.inner, item, mode),
    }
}
