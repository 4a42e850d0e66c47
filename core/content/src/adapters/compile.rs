//! From the catalogue's words to routes that can be followed, or to the rule that cannot be used.

use super::{Act, NodeId, Plan, upload};
use super::{CompiledRoute, CompiledText, Outside, OutsideFact, Service, Streaming, TierTest, Turns};
use crate::locator::{Index, Locator, LocatorError, Source, Step, Token, parse_pointer};
use regex::Regex;
use regex::bytes::RegexSetBuilder;
use weir_model::catalogue::{self, TextRole, Transport};
use weir_model::{HostPattern, ParseHostError};

/// A catalogue's route cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("route `{route}` of service `{service}`: {problem}")]
pub struct AdapterError {
    pub(super) service: String,
    pub(super) route: String,
    #[source]
    pub(super) problem: Problem,
}

impl AdapterError {
    /// The service file at fault.
    #[must_use]
    pub fn service(&self) -> &str {
        &self.service
    }

    /// The route at fault; empty for faults of the service's tiers.
    #[must_use]
    pub fn route(&self) -> &str {
        &self.route
    }
}

#[derive(Debug, thiserror::Error)]
pub(crate) enum Problem {
    #[error("locator `{locator}` is faulty")]
    Locator { locator: String, source: LocatorError },
    #[error("locator `{0}` starts with a frame, and the route is not for a WebSocket")]
    Frame(String),
    #[error("locator `{0}` numbers a frame: frames come as they come, write `frame:*`")]
    FrameNumber(String),
    #[error("locator `{locator}` cannot be used for {purpose}")]
    Purpose { locator: String, purpose: &'static str },
    #[error("`{0}` is not a regular expression")]
    Expression(String),
    #[error("unknown answer decoder `{0}`")]
    Answer(String),
    #[error("unknown block shape `{0}`")]
    Block(String),
    #[error("a text rule has the role `turn`, and the route has no turns")]
    NoTurns,
    #[error("it has no kind")]
    NoKind,
    #[error("{0}")]
    Host(#[from] ParseHostError),
    #[error("too many locators")]
    Full,
}

pub(super) fn error(service: &catalogue::Service, route: &catalogue::Route, problem: Problem) -> AdapterError {
    AdapterError {
        service: service.service.clone(),
        route: route.id.clone(),
        problem,
    }
}

pub(crate) fn expression(text: &str) -> Result<Regex, Problem> {
    Regex::new(text).map_err(|_| Problem::Expression(text.to_owned()))
}

pub(super) fn compile_service(service: &catalogue::Service) -> Result<Service, AdapterError> {
    let fault = |problem| AdapterError {
        service: service.service.clone(),
        route: String::new(),
        problem,
    };
    let tiers = service
        .tiers
        .iter()
        .map(compile_tier)
        .collect::<Result<_, _>>()
        .map_err(fault)?;
    let mut routes = Vec::new();
    for route in &service.routes {
        // The set below cannot tell which of its expressions is at fault.
        expression(&route.matches.path).map_err(|problem| error(service, route, problem))?;
        routes.push(compile_route(route).map_err(|problem| error(service, route, problem))?);
    }
    let paths = RegexSetBuilder::new(service.routes.iter().map(|route| &route.matches.path))
        .unicode(false)
        .build();
    let paths = paths.map_err(|_| fault(Problem::Expression("match".to_owned())))?;
    let mut accounts = Vec::new();
    for locator in &service.account {
        accounts.push(outside(locator, "the account").map_err(fault)?);
    }
    Ok(Service {
        id: service.service.clone(),
        provider: service.provider.clone(),
        channel: service.channel,
        tiers,
        accounts,
        paths,
        routes,
    })
}

fn compile_tier(rule: &catalogue::TierRule) -> Result<TierTest, Problem> {
    Ok(TierTest {
        path: rule.path.as_deref().map(expression).transpose()?,
        host: rule.host.as_deref().map(HostPattern::parse).transpose()?,
        header: rule.header.as_deref().map(str::to_ascii_lowercase),
        value: rule.value.as_deref().map(expression).transpose()?,
        query: rule.query.as_deref().map(expression).transpose()?,
        tier: rule.tier,
        account: rule.account.clone(),
    })
}

/// A fact that must not depend on the body.
fn outside(locator: &str, purpose: &'static str) -> Result<OutsideFact, Problem> {
    let parsed = parse(locator)?;
    let at = match parsed.source {
        Source::Path(regex) if parsed.steps.is_empty() => Outside::Path(regex),
        Source::Header(name) if parsed.steps.is_empty() => Outside::Header(name),
        Source::Query(name, index) if parsed.steps.is_empty() => Outside::Query(name, index),
        _ => {
            return Err(Problem::Purpose {
                locator: locator.to_owned(),
                purpose,
            });
        }
    };
    Ok(OutsideFact {
        at,
        locator: locator.to_owned(),
    })
}

fn compile_route(route: &catalogue::Route) -> Result<CompiledRoute, Problem> {
    let mut build = Build {
        plan: Plan::new(),
        transport: route.matches.transport,
    };
    // Older catalogues call whole reports noise. That excuses nothing: secrets leave in reports too.
    for locator in route.noise.iter().filter(|locator| *locator != "*") {
        build.place(locator, "noise", Act::Noise)?;
    }
    let mut path_texts = Vec::new();
    for (number, rule) in route.text.iter().enumerate() {
        let number = u16::try_from(number).map_err(|_| Problem::Full)?;
        if rule.role == TextRole::Turn && route.turns.is_none() {
            return Err(Problem::NoTurns);
        }
        if let Some(fact) = build.fact(&rule.at, "text", Act::Text(number))?
            && let Outside::Path(regex) = fact.at
        {
            path_texts.push((regex, number));
        }
    }
    let turns = route.turns.as_ref().map(|turns| build.turns(turns)).transpose()?;
    for rule in &route.attachments {
        build.file(rule)?;
    }
    let mut models = Vec::new();
    for (rank, at) in (0..).zip(&route.model) {
        models.extend(build.fact(at, "the model", Act::Model(rank))?);
    }
    if let Some(rule) = &route.kinds {
        build.place(&rule.at, "the kind", Act::Kind)?;
    }
    let conversation = route.conversation.as_deref();
    let conversation = conversation
        .map(|at| build.fact(at, "the conversation", Act::Conversation))
        .transpose()?
        .flatten();
    let headers = route.matches.headers.iter();
    let headers = headers.map(|(name, value)| Ok((name.to_ascii_lowercase(), expression(value)?)));
    Ok(CompiledRoute {
        id: route.id.clone(),
        method: route.matches.method.clone(),
        transport: route.matches.transport,
        headers: headers.collect::<Result<_, Problem>>()?,
        host: route.matches.host.as_deref().map(HostPattern::parse).transpose()?,
        kind: route.kind.ok_or(Problem::NoKind)?,
        kinds: route
            .kinds
            .iter()
            .flat_map(|rule| &rule.values)
            .map(|(value, kind)| (value.clone(), *kind))
            .collect(),
        service: route.service.clone(),
        channel: route.channel,
        streaming: build.streaming(route.streaming.as_deref())?,
        plan: build.plan,
        texts: route
            .text
            .iter()
            .map(|rule| CompiledText {
                locator: rule.at.clone(),
                role: rule.role,
                join: rule.join,
            })
            .collect(),
        turns,
        path_texts,
        upload: route.upload.as_ref().map(upload::compile).transpose()?,
        models,
        conversation,
        declares_text: !(route.text.is_empty() && route.turns.is_none() && route.attachments.is_empty()),
        answer: named(route.answer.as_ref(), Problem::Answer)?,
        block: named(route.block.as_ref(), Problem::Block)?,
        integrity: route.integrity.unwrap_or_default(),
        prompt_optional: route.prompt_optional.unwrap_or_default(),
    })
}

fn named<T: std::str::FromStr>(name: Option<&String>, problem: fn(String) -> Problem) -> Result<Option<T>, Problem> {
    name.map(|name| name.parse().map_err(|_| problem(name.clone())))
        .transpose()
}

/// A plan in the making.
struct Build {
    plan: Plan,
    transport: Transport,
}

impl Build {
    /// A place in body or query.
    fn place(&mut self, locator: &str, purpose: &'static str, act: Act) -> Result<NodeId, Problem> {
        let parsed = parse(locator)?;
        let start = match &parsed.source {
            Source::Body => Plan::BODY,
            Source::Query(name, index) => {
                let field = [Step::Form(name.clone(), *index)];
                self.plan.add(Plan::QUERY, &field, None).ok_or(Problem::Full)?
            }
            Source::Path(_) | Source::Header(_) => {
                return Err(Problem::Purpose {
                    locator: locator.to_owned(),
                    purpose,
                });
            }
            // The body of a message that a WebSocket carries is the frame.
            Source::Frame(_) if self.transport == Transport::Http => return Err(Problem::Frame(locator.to_owned())),
            Source::Frame(Index::At(_)) => return Err(Problem::FrameNumber(locator.to_owned())),
            Source::Frame(Index::Any) => Plan::BODY,
        };
        self.plan.add(start, &parsed.steps, Some(act)).ok_or(Problem::Full)
    }

    /// A place that may also stand outside the body.
    fn fact(&mut self, locator: &str, purpose: &'static str, act: Act) -> Result<Option<OutsideFact>, Problem> {
        let parsed = parse(locator)?;
        match parsed.source {
            // Headers are read for facts and never rewritten.
            Source::Header(_) if matches!(act, Act::Text(_)) => self.place(locator, purpose, act).map(|_| None),
            Source::Path(_) | Source::Header(_) if parsed.steps.is_empty() => outside(locator, purpose).map(Some),
            _ => self.place(locator, purpose, act).map(|_| None),
        }
    }

    fn turns(&mut self, rule: &catalogue::TurnRule) -> Result<Turns, Problem> {
        let node = self.place(&rule.at, "turns", Act::Turn)?;
        self.below(node, &rule.role, Act::Speaker)?;
        Ok(Turns {
            roles: rule.roles.iter().map(|(name, role)| (name.clone(), *role)).collect(),
            otherwise: rule.otherwise,
        })
    }

    fn file(&mut self, rule: &catalogue::AttachmentRule) -> Result<(), Problem> {
        let node = self.place(&rule.at, "attachments", Act::File)?;
        for (pointer, act) in [
            (&rule.name, Act::FileName),
            (&rule.mime, Act::FileMime),
            (&rule.size, Act::FileSize),
            (&rule.data, Act::FileData),
            (&rule.id, Act::FileId),
        ] {
            if let Some(pointer) = pointer {
                self.below(node, pointer, act)?;
            }
        }
        Ok(())
    }

    /// `/source/data > b64` from a place inside JSON, `pb:2` from one inside protobuf, `b64` from a string.
    fn below(&mut self, node: NodeId, pointer: &str, act: Act) -> Result<(), Problem> {
        let fault = |source| Problem::Locator {
            locator: pointer.to_owned(),
            source,
        };
        let (first, rest) = match pointer.split_once(" > ") {
            Some((first, rest)) => (first, Some(rest)),
            None => (pointer, None),
        };
        let is_pointer = first.is_empty() || first.starts_with('/');
        let (tokens, steps): (Vec<Token>, _) = match is_pointer {
            true => (parse_pointer(first).map_err(fault)?, rest),
            false => (Vec::new(), Some(pointer)),
        };
        let steps = steps.map(Locator::parse).transpose().map_err(fault)?;
        let steps = match steps {
            None => Vec::new(),
            Some(steps) if matches!(steps.source, Source::Body) => steps.steps,
            Some(_) => return Err(fault(LocatorError::NotFirst(pointer.to_owned()))),
        };
        self.plan.add_below(node, &tokens, &steps, act).ok_or(Problem::Full)
    }

    fn streaming(&mut self, rule: Option<&str>) -> Result<Streaming, Problem> {
        match rule {
            None => Ok(Streaming::Never),
            Some("always") => Ok(Streaming::Always),
            Some(locator) => self
                .place(locator, "streaming", Act::Streaming)
                .map(|_| Streaming::Told),
        }
    }
}

pub(super) fn parse(locator: &str) -> Result<Locator, Problem> {
    Locator::parse(locator).map_err(|source| Problem::Locator {
        locator: locator.to_owned(),
        source,
    })
}
