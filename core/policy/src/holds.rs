//! Which messages wait for the employee instead of being refused at once, and within which bounds.

use weir_model::Channel;

use crate::shape::{Field, Shape, field};
use crate::words;
use crate::yaml::Node;

/// What a pack says of messages that wait.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holds {
    /// How a message must leave to be held. What streams is never held: it cannot wait.
    pub channels: Vec<Channel>,
    /// Messages are held also where nobody listens who could decide.
    pub unattended: bool,
    /// For how many minutes, at most. Then they are refused.
    pub minutes: u32,
    /// How many at once. What comes beyond is refused at once.
    pub most: u32,
    /// Megabytes of memory for all of them. What comes beyond is refused at once.
    pub most_megabytes: u32,
}

impl Default for Holds {
    fn default() -> Self {
        Self {
            channels: vec![Channel::Browser],
            unattended: false,
            minutes: 10,
            most: 16,
            most_megabytes: 64,
        }
    }
}

pub(crate) const HOLDS: &[Field] = &[
    field(
        "channels",
        Shape::OneOrMore(&Shape::Choice(&["browser", "api"])),
        "how a message must leave to be held; default `browser`, whose pages wait",
    ),
    field(
        "unattended",
        Shape::Flag,
        "`true`: also where nobody listens who could decide; default `false`",
    ),
    field(
        "minutes",
        Shape::Whole { min: 1, max: 10 },
        "for how many minutes, at most; default 10",
    ),
    field(
        "most",
        Shape::Whole { min: 0, max: 256 },
        "how many at once; default 16, and 0 holds none",
    ),
    field(
        "most_megabytes",
        Shape::Whole { min: 1, max: 1024 },
        "memory for all of them; default 64",
    ),
];

pub(crate) fn read(pack: &Node) -> Holds {
    let default = Holds::default();
    let Some(node) = pack.get("holds") else {
        return default;
    };
    let whole = |key, default| node.get(key).and_then(Node::whole).unwrap_or(default);
    let channels = words::all(node, "channels", words::channel);
    Holds {
        channels: if channels.is_empty() {
            default.channels
        } else {
            channels
        },
        unattended: node.get("unattended").and_then(Node::flag).unwrap_or(false),
        minutes: whole("minutes", default.minutes),
        most: whole("most", default.most),
        most_megabytes: whole("most_megabytes", default.most_megabytes),
    }
}
