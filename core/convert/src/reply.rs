//! What all three interfaces say in an answer, whole or piece by piece.

use crate::call::ToolCall;
use crate::error::Fault;

/// A whole answer.
#[derive(Clone, Default)]
pub(crate) struct Reply {
    pub(crate) id: String,
    pub(crate) model: String,
    pub(crate) parts: Vec<Part>,
    pub(crate) stop: Stop,
    pub(crate) usage: Usage,
}

#[derive(Clone, PartialEq)]
pub(crate) enum Part {
    Text(String),
    Refusal(String),
    Call(ToolCall),
}

/// Why the model stopped.
#[derive(Clone, Default, PartialEq)]
pub(crate) enum Stop {
    #[default]
    End,
    Length,
    Calls,
    /// At one of the caller's own sequences, where it is told which.
    Sequence(Option<String>),
    Filtered,
}

/// Tokens.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Usage {
    /// All of the prompt, cached or not.
    pub(crate) input: u64,
    /// Of the prompt, those read from a cache.
    pub(crate) cached: u64,
    /// Of the prompt, those written to a cache.
    pub(crate) cache_written: u64,
    pub(crate) output: u64,
    /// Of the output, those nobody sees.
    pub(crate) reasoning: u64,
}

/// A piece of a streamed answer. Blocks come one after the other.
#[derive(Clone, PartialEq)]
pub(crate) enum Event {
    Begin {
        id: String,
        model: String,
        usage: Usage,
    },
    Open(Opening),
    /// More text of the open block, whatever it is.
    More(String),
    Close,
    End {
        stop: Stop,
        usage: Usage,
    },
    Fault(Fault),
}

#[derive(Clone, PartialEq)]
pub(crate) enum Opening {
    Text,
    Refusal,
    Call { id: String, name: String },
}

impl Reply {
    /// A call is a reason to stop, whatever the service calls it.
    pub(crate) fn settle(&mut self) {
        let calls = self.parts.iter().any(|part| matches!(part, Part::Call(_)));
        if calls && self.stop == Stop::End {
            self.stop = Stop::Calls;
        }
    }

    pub(crate) fn texts(&self) -> Option<String> {
        joined(self.parts.iter().filter_map(|part| match part {
            Part::Text(text) => Some(&**text),
            Part::Refusal(_) | Part::Call(_) => None,
        }))
    }

    pub(crate) fn refusal(&self) -> Option<String> {
        joined(self.parts.iter().filter_map(|part| match part {
            Part::Refusal(text) => Some(&**text),
            Part::Text(_) | Part::Call(_) => None,
        }))
    }
}

fn joined<'a>(texts: impl Iterator<Item = &'a str>) -> Option<String> {
    let texts: Vec<&str> = texts.collect();
    (!texts.is_empty()).then(|| texts.concat())
}
