//! The locators of one route, merged into a trie that the walker follows while it reads.

use crate::locator::{Index, Name, Step, Token};

pub(crate) type NodeId = u16;

/// What to do at a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Act {
    /// This is text, by the rule of this number.
    Text(u16),
    /// This belongs to the service.
    Noise,
    /// The model, by the locator of this rank: a lower one wins.
    Model(u8),
    Conversation,
    /// What the message does.
    Kind,
    Streaming,
    /// A turn begins and ends here.
    Turn,
    /// Who speaks.
    Speaker,
    /// A file is described here.
    File,
    FileName,
    FileMime,
    FileSize,
    FileData,
    FileId,
}

#[derive(Clone, Debug)]
pub(crate) struct Key {
    name: Box<str>,
    index: Option<usize>,
}

/// A place in the trie.
#[derive(Clone, Debug, Default)]
pub(crate) struct Node {
    pub(crate) acts: Vec<Act>,
    keys: Vec<(Key, NodeId)>,
    any: Option<NodeId>,
    deep: Option<NodeId>,
    steps: Vec<(Step, NodeId)>,
}

/// All places of one route.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    nodes: Vec<Node>,
}

impl Plan {
    /// Where locators that start in the body start.
    pub(crate) const BODY: NodeId = 0;
    /// Where those of the query string start; its parameters are form fields below it.
    pub(crate) const QUERY: NodeId = 1;

    pub(crate) fn new() -> Self {
        Self {
            nodes: vec![Node::default(), Node::default()],
        }
    }

    /// Adds a place and says what to do there. `None` when the plan is full.
    pub(crate) fn add(&mut self, start: NodeId, steps: &[Step], act: Option<Act>) -> Option<NodeId> {
        let mut node = start;
        for step in steps {
            node = match step {
                Step::Json(tokens) => {
                    let root = self.step(node, &Step::Json(Vec::new()))?;
                    tokens.iter().try_fold(root, |node, token| self.token(node, token))?
                }
                Step::Protobuf(path) => path
                    .iter()
                    .try_fold(node, |node, field| self.step(node, &Step::Protobuf(vec![*field])))?,
                _ => self.step(node, step)?,
            };
        }
        if let Some(act) = act {
            self.nodes[usize::from(node)].acts.push(act);
        }
        Some(node)
    }

    /// Adds a place below another, by a relative pointer.
    pub(crate) fn add_below(&mut self, start: NodeId, tokens: &[Token], steps: &[Step], act: Act) -> Option<()> {
        let node = tokens.iter().try_fold(start, |node, token| self.token(node, token))?;
        self.add(node, steps, Some(act)).map(|_| ())
    }

    fn push(&mut self, node: Node) -> Option<NodeId> {
        let id = NodeId::try_from(self.nodes.len()).ok()?;
        self.nodes.push(node);
        Some(id)
    }

    fn step(&mut self, node: NodeId, step: &Step) -> Option<NodeId> {
        let known = self.nodes[usize::from(node)]
            .steps
            .iter()
            .find(|(this, _)| this == step);
        if let Some((_, id)) = known {
            return Some(*id);
        }
        let id = self.push(Node::default())?;
        self.nodes[usize::from(node)].steps.push((step.clone(), id));
        Some(id)
    }

    fn token(&mut self, node: NodeId, token: &Token) -> Option<NodeId> {
        let at = usize::from(node);
        match token {
            Token::Name(name) => {
                let known = self.nodes[at]
                    .keys
                    .iter()
                    .find(|(key, _)| *key.name == **name)
                    .map(|(_, id)| *id);
                if known.is_some() {
                    return known;
                }
                let id = self.push(Node::default())?;
                self.nodes[at].keys.push((
                    Key {
                        name: name.as_str().into(),
                        index: name.parse().ok(),
                    },
                    id,
                ));
                Some(id)
            }
            Token::Any => {
                if self.nodes[at].any.is_none() {
                    self.nodes[at].any = Some(self.push(Node::default())?);
                }
                self.nodes[at].any
            }
            Token::Deep => {
                if self.nodes[at].deep.is_none() {
                    let id = self.push(Node::default())?;
                    // Everything below stays in this place.
                    self.nodes[usize::from(id)].deep = Some(id);
                    self.nodes[at].deep = Some(id);
                }
                self.nodes[at].deep
            }
        }
    }

    pub(crate) fn acts(&self, node: NodeId) -> &[Act] {
        &self.nodes[usize::from(node)].acts
    }

    /// The places one key below.
    pub(crate) fn key(&self, node: NodeId, key: &str, out: &mut Vec<NodeId>) {
        let node = &self.nodes[usize::from(node)];
        out.extend(
            node.keys
                .iter()
                .filter(|(this, _)| &*this.name == key)
                .map(|(_, id)| *id),
        );
        out.extend(node.any);
        out.extend(node.deep);
    }

    /// The places one index below.
    pub(crate) fn index(&self, node: NodeId, index: usize, out: &mut Vec<NodeId>) {
        let node = &self.nodes[usize::from(node)];
        out.extend(
            node.keys
                .iter()
                .filter(|(this, _)| this.index == Some(index))
                .map(|(_, id)| *id),
        );
        out.extend(node.any);
        out.extend(node.deep);
    }

    /// True when a step of this kind goes on from here.
    pub(crate) fn has_step(&self, node: NodeId, wanted: impl Fn(&Step) -> bool) -> bool {
        self.nodes[usize::from(node)].steps.iter().any(|(step, _)| wanted(step))
    }

    /// The places one step on.
    pub(crate) fn follow(&self, node: NodeId, wanted: impl Fn(&Step) -> bool, out: &mut Vec<NodeId>) {
        let steps = &self.nodes[usize::from(node)].steps;
        out.extend(steps.iter().filter(|(step, _)| wanted(step)).map(|(_, id)| *id));
    }
}

/// True when a step names this field of a form (or, for a query, of the query).
pub(crate) fn is_form(step: &Step, name: &str, place: usize) -> bool {
    matches!(step, Step::Form(this, index) if covers(this, *index, name, place))
}

/// True when a step names this part.
pub(crate) fn is_part(step: &Step, name: &str, place: usize) -> bool {
    matches!(step, Step::Part(this, index) if covers(this, *index, name, place))
}

/// True when a step names this field of a protobuf message, and whether it says which of several.
pub(crate) fn is_field(step: &Step, number: u32, place: usize) -> Option<bool> {
    let Step::Protobuf(path) = step else { return None };
    let (this, index) = path.first()?;
    let covered = *this == number && index.is_none_or(|index| index.covers(place));
    covered.then_some(index.is_some())
}

fn covers(pattern: &Name, index: Index, name: &str, place: usize) -> bool {
    pattern.covers(name) && index.covers(place)
}
