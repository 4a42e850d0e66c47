//! `upload-guard`: which files may be sent, by type, name and size. A file counts where a message carries or announces it;
//! what a message only refers to was judged when its bytes passed. What the sender does not tell is unknown, and unknown is
//! on no list.

use weir_model::{Action, FileEntry, FileState, Mode, Trust};

use super::file_types::{self, FileTypes};
use super::{Case, ChainMember, Member, Registration, Ruling, Setting, mode_of};
use crate::decision::{Reason, Why};
use crate::format::MODES;
use crate::policy::label_key;
use crate::shape::{Field, Shape, field};
use crate::space::Mentions;
use crate::words;
use crate::yaml::Node;

pub(super) const REGISTRATION: Registration = Registration {
    member: ChainMember::UploadGuard,
    about: "which files may be sent",
    shape: Shape::Map(CONFIG),
    build,
};

const CONFIG: &[Field] = &[
    field(
        "allowed",
        Shape::OneOrMore(&Shape::Text),
        "media types (`image/*`) and extensions (`pdf`) that may be sent; absent is all that are not refused",
    ),
    field(
        "refused",
        Shape::OneOrMore(&Shape::Text),
        "media types and extensions that may not be sent; wins over `allowed`",
    ),
    field(
        "max_megabytes",
        Shape::Whole { min: 1, max: 1_000_000 },
        "largest file that may be sent",
    ),
    field(
        "refused_labels",
        Shape::OneOrMore(&Shape::Text),
        "sensitivity labels, by id or name, with which no file may be sent",
    ),
    field(
        "others",
        Shape::Choice(&["warn", "block"]),
        "what happens to files that may not be sent; default `block`",
    ),
    field(
        "unknown",
        Shape::Choice(&["allow", "warn", "block"]),
        "what happens where nobody tells the type or the size that a list asks for; default `block`",
    ),
    field("mode", Shape::Choice(MODES), "default `enforce`"),
];

/// Bytes of a megabyte.
pub(crate) const MEGABYTE: u64 = 1 << 20;

struct UploadGuard {
    /// Lower case, as with the next.
    allowed: Vec<String>,
    refused: Vec<String>,
    labels: Vec<String>,
    /// In bytes.
    largest: Option<u64>,
    others: Action,
    unknown: Action,
    mode: Mode,
}

/// What stands against a file.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Objection {
    UnknownType,
    UnknownSize,
    Type,
    Size,
    Label,
}

impl Objection {
    const fn rule(self) -> &'static str {
        match self {
            Objection::UnknownType => "upload-guard/unknown-type",
            Objection::UnknownSize => "upload-guard/unknown-size",
            Objection::Type => "upload-guard/type",
            Objection::Size => "upload-guard/size",
            Objection::Label => "upload-guard/label",
        }
    }
}

impl UploadGuard {
    fn objections(&self, file: &FileEntry) -> impl Iterator<Item = Objection> {
        [self.type_objection(file), self.size_objection(file)]
            .into_iter()
            .flatten()
    }

    fn type_objection(&self, file: &FileEntry) -> Option<Objection> {
        let types = FileTypes::of(file);
        if types.fit(&self.refused) {
            return Some(Objection::Type);
        }
        if types.are_unknown() {
            let asked = !self.allowed.is_empty() || !self.refused.is_empty();
            return asked.then_some(Objection::UnknownType);
        }
        (!self.allowed.is_empty() && !types.surely_fit(&self.allowed)).then_some(Objection::Type)
    }

    fn size_objection(&self, file: &FileEntry) -> Option<Objection> {
        let largest = self.largest?;
        match file.size {
            None => Some(Objection::UnknownSize),
            Some(size) => (size > largest).then_some(Objection::Size),
        }
    }

    fn action(&self, objection: Objection) -> Action {
        match objection {
            Objection::Type | Objection::Size | Objection::Label => self.others,
            Objection::UnknownType | Objection::UnknownSize => self.unknown,
        }
    }
}

impl Member for UploadGuard {
    fn judge(&self, case: &Case<'_>, ruling: &mut Ruling) {
        if case.trust == Trust::Internal {
            return;
        }
        let sent = case.facts.files.iter();
        let sent = sent.filter(|file| matches!(file.state, FileState::Inline | FileState::Announced));
        let labelled = case.facts.labels.iter().any(|label| self.labels.contains(label));
        let worst = sent
            .flat_map(|file| self.objections(file))
            .chain(labelled.then_some(Objection::Label))
            .map(|objection| (self.action(objection), objection))
            .max();
        if let Some((action, objection)) = worst.filter(|(action, _)| *action > Action::Allow) {
            ruling.ask(Reason {
                rule: objection.rule().to_owned(),
                member: ChainMember::UploadGuard,
                action,
                mode: self.mode,
                why: Why::Message,
            });
        }
    }

    fn text(&self, reason: &Reason, case: &Case<'_>) -> String {
        let to = case.destination();
        let megabytes = self.largest.unwrap_or_default() / MEGABYTE;
        match reason.rule.as_str() {
            "upload-guard/type" => format!("files of this type are not sent to {to}"),
            "upload-guard/label" => format!("files with this sensitivity label are not sent to {to}"),
            "upload-guard/size" => format!("files of more than {megabytes} MiB are not sent to {to}"),
            "upload-guard/unknown-size" => format!("nobody knows the size of a file on its way to {to}"),
            _ => format!("nobody knows the type of a file on its way to {to}"),
        }
    }

    fn mentions(&self, mentions: &mut Mentions) {
        mentions
            .file_types
            .extend(self.allowed.iter().chain(&self.refused).cloned());
        mentions.file_sizes.extend(self.largest);
        mentions.labels.extend(self.labels.iter().cloned());
    }
}

fn build(setting: &mut Setting<'_>) -> Option<Box<dyn Member>> {
    let config = setting.config;
    let list = |key: &str| config.map_or_else(Vec::new, |config| file_types::patterns(config, key));
    let action = |key: &str| config.and_then(|config| words::one(config, key, words::action));
    let megabytes = config
        .and_then(|config| config.get("max_megabytes"))
        .and_then(Node::whole);
    let guard = UploadGuard {
        allowed: list("allowed"),
        refused: list("refused"),
        labels: config
            .map(|config| words::texts(config, "refused_labels"))
            .unwrap_or_default()
            .iter()
            .map(|label| label_key(label))
            .collect(),
        largest: megabytes.map(|megabytes| u64::from(megabytes) * MEGABYTE),
        others: action("others").unwrap_or(Action::Block),
        unknown: action("unknown").unwrap_or(Action::Block),
        mode: mode_of(config),
    };
    let names_types = !guard.allowed.is_empty() || !guard.refused.is_empty();
    if !names_types && guard.labels.is_empty() && guard.largest.is_none() {
        let at = config.map_or(setting.at, |config| config.at);
        setting
            .report
            .warning(
                at,
                "filters-nothing",
                "`upload-guard` names no type, no label and no size, so it can never filter anything",
            )
            .help("set `allowed`, `refused`, `refused_labels` or `max_megabytes`, or take it out of the chain");
    }
    Some(Box::new(guard))
}
