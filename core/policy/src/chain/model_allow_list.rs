//! `model-allow-list`: which models may be asked. The first entry that is for the message's channel and environment says
//! which; without one, every model may.

use weir_model::{Action, Channel, Mode, Trust, glob};

use super::{Case, ChainMember, Member, Registration, Ruling, Setting, mode_of};
use crate::decision::{Environment, Reason, Why};
use crate::format::{CHANNELS, ENVIRONMENTS, MODES};
use crate::shape::{Field, Shape, field, required};
use crate::space::Mentions;
use crate::words;
use crate::yaml::Node;

pub(super) const REGISTRATION: Registration = Registration {
    member: ChainMember::ModelAllowList,
    about: "which models may be asked",
    shape: Shape::Map(CONFIG),
    build,
};

const CONFIG: &[Field] = &[
    required(
        "lists",
        Shape::List(&Shape::Map(LIST)),
        "tried in order; the first that is for the message decides",
    ),
    field(
        "others",
        Shape::Choice(&["warn", "block"]),
        "what happens to messages to a model that is not listed; default `block`",
    ),
    field(
        "unknown",
        Shape::Choice(&["allow", "warn", "block"]),
        "what happens where the message names no model; default `allow`, because web chats often do not",
    ),
    field("mode", Shape::Choice(MODES), "default `enforce`"),
];

const LIST: &[Field] = &[
    required(
        "models",
        Shape::OneOrMore(&Shape::Text),
        "names of models; `*` stands for any letters",
    ),
    field(
        "provider",
        Shape::OneOrMore(&Shape::Text),
        "provider ids this is for; absent is all",
    ),
    field(
        "channel",
        Shape::OneOrMore(&Shape::Choice(CHANNELS)),
        "channels this is for; absent is all",
    ),
    field(
        "environment",
        Shape::OneOrMore(&Shape::Choice(ENVIRONMENTS)),
        "environments this is for; absent is all",
    ),
];

struct ModelAllowList {
    lists: Vec<List>,
    others: Action,
    unknown: Action,
    mode: Mode,
}

struct List {
    /// Lower case.
    models: Vec<String>,
    providers: Vec<String>,
    channels: Vec<Channel>,
    environments: Vec<Environment>,
}

impl List {
    fn is_for(&self, case: &Case<'_>) -> bool {
        let facts = case.facts;
        let provider = facts.destination.provider.as_deref();
        (self.channels.is_empty() || self.channels.contains(&facts.channel))
            && (self.environments.is_empty() || self.environments.contains(&facts.environment))
            && (self.providers.is_empty() || self.providers.iter().any(|id| provider == Some(id)))
    }

    fn lists(&self, model: &str) -> bool {
        let model = model.to_lowercase();
        self.models.iter().any(|pattern| glob(pattern, &model))
    }
}

impl Member for ModelAllowList {
    fn judge(&self, case: &Case<'_>, ruling: &mut Ruling) {
        if case.trust == Trust::Internal || case.carries_nothing() {
            return;
        }
        let Some(list) = self.lists.iter().find(|list| list.is_for(case)) else {
            return;
        };
        let (rule, action) = match case.facts.destination.model.as_deref() {
            Some(model) if list.lists(model) => return,
            Some(_) => ("model-allow-list/others", self.others),
            None => ("model-allow-list/unknown", self.unknown),
        };
        if action > Action::Allow {
            ruling.ask(Reason {
                rule: rule.to_owned(),
                member: ChainMember::ModelAllowList,
                action,
                mode: self.mode,
                why: Why::Message,
            });
        }
    }

    fn text(&self, _reason: &Reason, case: &Case<'_>) -> String {
        let text = match case.facts.destination.model.as_deref() {
            Some(model) => format!("the model `{model}` is not on the list for {}", case.destination()),
            None => format!("the message to {} does not name its model", case.destination()),
        };
        match self.lists.iter().find(|list| list.is_for(case)) {
            Some(list) => format!("{text}; listed: {}", list.models.join(", ")),
            None => text,
        }
    }

    fn mentions(&self, mentions: &mut Mentions) {
        for list in &self.lists {
            mentions.models.extend(list.models.iter().cloned());
            mentions.providers.extend(list.providers.iter().cloned());
            mentions.channels |= !list.channels.is_empty();
            mentions.environments |= !list.environments.is_empty();
        }
    }
}

fn build(setting: &mut Setting<'_>) -> Option<Box<dyn Member>> {
    let Some(config) = setting.config else {
        setting
            .report
            .warning(
                setting.at,
                "filters-nothing",
                "`model-allow-list` lists no model, so it can never filter anything",
            )
            .help("add `model-allow-list: {lists: [{models: [gpt-4o*]}]}` to `policies.policy`");
        return None;
    };
    let lists = config.get("lists").map(Node::items).unwrap_or_default();
    let action = |key: &str, default| words::one(config, key, words::action).unwrap_or(default);
    Some(Box::new(ModelAllowList {
        lists: lists.iter().map(read).collect(),
        others: action("others", Action::Block),
        unknown: action("unknown", Action::Allow),
        mode: mode_of(Some(config)),
    }))
}

fn read(node: &Node) -> List {
    let models = words::texts(node, "models");
    List {
        models: models.into_iter().map(|model| model.to_lowercase()).collect(),
        providers: words::texts(node, "provider"),
        channels: words::all(node, "channel", words::channel),
        environments: words::all(node, "environment", words::environment),
    }
}
