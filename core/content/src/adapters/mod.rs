//! Adapters: the catalogue's routes, compiled. They are data; a new service needs no code here.
//!
//! The head of a request chooses the route: first the routes of the services that own the host, in the order of the
//! catalogue, then, by the look of path and body, the protocols that are spoken on hosts nobody has described.
//! This module must not read bodies; [`crate::inspect`](mod@crate::inspect) does.

mod plan;

pub(crate) use plan::{Act, NodeId, Plan, is_field, is_form, is_part};

use crate::answer::Decoder;
use crate::block;
use crate::codec::Codec;
use crate::locator::{Index, Locator, LocatorError, Name, Source, Step, Token, parse_pointer};
use crate::{Carrier, RequestView, form};
use regex::Regex;
use regex::bytes::{RegexSet, RegexSetBuilder};
use std::collections::HashMap;
use weir_model::catalogue::{self, Integrity, TextRole, Transport};
use weir_model::{Channel, HostPattern, Kind, ParseHostError, Role, Tier, split_port};

/// All adapters of a catalogue. Share it behind an `Arc`.
#[derive(Debug)]
pub struct Adapters {
    services: Vec<Service>,
    exact: HashMap<Box<str>, Vec<usize>>,
    /// `*.name`, by name.
    parents: HashMap<Box<str>, Vec<usize>>,
    /// All other patterns.
    patterns: Vec<(HostPattern, usize)>,
    shapes: Vec<ShapeRef>,
}

/// What the head of a request tells.
#[derive(Clone, Copy, Debug)]
pub struct RouteRef<'a> {
    service: &'a Service,
    route: &'a CompiledRoute,
}

/// A catalogue's route cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("route `{route}` of service `{service}`: {problem}")]
pub struct AdapterError {
    service: String,
    route: String,
    #[source]
    problem: Problem,
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
enum Problem {
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

#[derive(Debug)]
pub(crate) struct Service {
    pub(crate) id: String,
    pub(crate) provider: String,
    pub(crate) channel: Channel,
    tiers: Vec<TierTest>,
    pub(crate) accounts: Vec<OutsideFact>,
    paths: RegexSet,
    pub(crate) routes: Vec<CompiledRoute>,
}

#[derive(Debug)]
pub(crate) struct TierTest {
    path: Option<Regex>,
    host: Option<HostPattern>,
    header: Option<String>,
    value: Option<Regex>,
    query: Option<Regex>,
    pub(crate) tier: Tier,
    pub(crate) account: Option<String>,
}

#[derive(Debug)]
struct ShapeRef {
    path: Option<Regex>,
    keys: Vec<String>,
    service: usize,
    route: usize,
}

/// A fact that stands outside the body.
#[derive(Clone, Debug)]
pub(crate) struct OutsideFact {
    pub(crate) at: Outside,
    /// As the catalogue writes it.
    pub(crate) locator: String,
}

#[derive(Clone, Debug)]
pub(crate) enum Outside {
    Path(Regex),
    Header(String),
    Query(Name, Index),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Streaming {
    Never,
    Always,
    /// The plan knows where it says so.
    Told,
}

#[derive(Debug)]
pub(crate) struct CompiledText {
    pub(crate) locator: String,
    pub(crate) role: TextRole,
    pub(crate) join: bool,
}

#[derive(Debug)]
pub(crate) struct Turns {
    pub(crate) roles: HashMap<String, Role>,
    pub(crate) otherwise: Role,
}

/// One route, ready to be followed.
#[derive(Debug)]
pub(crate) struct CompiledRoute {
    pub(crate) id: String,
    method: String,
    host: Option<HostPattern>,
    transport: Transport,
    headers: Vec<(String, Regex)>,
    pub(crate) kind: Kind,
    /// Where it is not the one whose host it is.
    pub(crate) service: Option<String>,
    pub(crate) channel: Option<Channel>,
    pub(crate) plan: Plan,
    pub(crate) texts: Vec<CompiledText>,
    pub(crate) turns: Option<Turns>,
    pub(crate) path_texts: Vec<(Regex, u16)>,
    pub(crate) model: Option<OutsideFact>,
    pub(crate) conversation: Option<OutsideFact>,
    pub(crate) streaming: Streaming,
    /// Some place is named where text, turns or files stand.
    pub(crate) declares_text: bool,
    pub(crate) answer: Option<Decoder>,
    pub(crate) block: Option<block::Shape>,
    pub(crate) integrity: Integrity,
    pub(crate) prompt_optional: bool,
}

impl<'a> RouteRef<'a> {
    /// Id of the service.
    #[must_use]
    pub fn service(&self) -> &'a str {
        &self.service.id
    }

    /// Id of the provider.
    #[must_use]
    pub fn provider(&self) -> &'a str {
        &self.service.provider
    }

    /// Id of the route within its service.
    #[must_use]
    pub fn id(&self) -> &'a str {
        &self.route.id
    }

    /// What such a message does.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.route.kind
    }

    /// How such a message leaves.
    #[must_use]
    pub fn channel(&self) -> Channel {
        channel_of(self.service, self.route)
    }

    /// False where the route names no place for text, turns or files.
    #[must_use]
    pub fn declares_text(&self) -> bool {
        self.route.declares_text
    }

    /// How the service streams its answers.
    #[must_use]
    pub fn answer(&self) -> Option<Decoder> {
        self.route.answer
    }

    /// How a block is answered.
    #[must_use]
    pub fn block(&self) -> Option<block::Shape> {
        self.route.block
    }
}

/// The route of a request, and how far it may be trusted.
#[derive(Clone, Copy)]
pub(crate) struct Chosen<'a> {
    /// The service that owns the host.
    pub(crate) owner: Option<&'a Service>,
    /// The service whose protocol is spoken.
    pub(crate) route: Option<(&'a Service, &'a CompiledRoute)>,
    /// False where only the body's look tells the protocol: the answer's format is not taken for granted.
    pub(crate) answers_known: bool,
}

impl<'a> Chosen<'a> {
    /// Id of the service the message belongs to. A protocol spoken on somebody else's host says nothing of that.
    pub(crate) fn belongs_to(&self) -> Option<&'a str> {
        let owner = self.owner?;
        let own_route = self.route.filter(|(service, _)| service.id == owner.id);
        let named = own_route.and_then(|(_, route)| route.service.as_deref());
        Some(named.unwrap_or(&owner.id))
    }
}

impl Adapters {
    /// Compiles the routes of all services.
    ///
    /// # Errors
    /// At the first rule that cannot be used.
    pub fn compile(services: &[catalogue::Service]) -> Result<Self, AdapterError> {
        let mut adapters = Self {
            services: Vec::new(),
            exact: HashMap::new(),
            parents: HashMap::new(),
            patterns: Vec::new(),
            shapes: Vec::new(),
        };
        for (number, service) in services.iter().enumerate() {
            for host in &service.hosts {
                let pattern = HostPattern::parse(&host.host).map_err(|problem| AdapterError {
                    service: service.service.clone(),
                    route: String::new(),
                    problem: problem.into(),
                })?;
                adapters.add_host(pattern, number);
            }
            adapters.add_shapes(number, service)?;
            adapters.services.push(compile_service(service)?);
        }
        // A path says more than a body's keys.
        adapters.shapes.sort_by_key(|shape| shape.path.is_none());
        Ok(adapters)
    }

    /// What the head of a plain HTTP request tells; `None` where only headers or body could tell more.
    #[must_use]
    pub fn route(&self, method: &str, host: &str, path: &str) -> Option<RouteRef<'_>> {
        let (service, route) = self.owned_route(&RequestView {
            method,
            host,
            path,
            query: None,
            headers: &[],
            body: b"",
            carrier: Carrier::Http,
        })?;
        Some(RouteRef { service, route })
    }

    /// Chooses the route; `keys` are asked for only where the head does not tell.
    pub(crate) fn choose(&self, request: &RequestView<'_>, keys: impl FnOnce() -> Vec<String>) -> Chosen<'_> {
        if let Some(route) = self.owned_route(request) {
            return Chosen {
                owner: Some(route.0),
                route: Some(route),
                answers_known: true,
            };
        }
        let owner = self.owners(request.host).next().map(|number| &self.services[number]);
        let shape = is_plain(request.path).then(|| self.shape(request, keys)).flatten();
        Chosen {
            owner,
            route: shape.map(|shape| self.at(shape.service, shape.route)),
            answers_known: shape.is_some_and(|shape| shape.path.is_some()),
        }
    }

    fn at(&self, service: usize, route: usize) -> (&Service, &CompiledRoute) {
        let service = &self.services[service];
        (service, &service.routes[route])
    }

    fn owned_route(&self, request: &RequestView<'_>) -> Option<(&Service, &CompiledRoute)> {
        if !is_plain(request.path) {
            return None;
        }
        self.owners(request.host).find_map(|number| {
            let service = &self.services[number];
            let matching = service.paths.matches(request.path.as_bytes());
            let route = matching
                .iter()
                .map(|route| &service.routes[route])
                .find(|route| route.takes(request));
            route.map(|route| (service, route))
        })
    }

    /// The services that own a host, the most exact first.
    fn owners<'a>(&'a self, host: &'a str) -> impl Iterator<Item = usize> + 'a {
        let (name, port) = name_and_port(host);
        let exact = self.exact.get(name).map(Vec::as_slice).unwrap_or_default();
        let parents = std::iter::successors(Some(name), |name| name.split_once('.').map(|(_, parent)| parent));
        let parents = parents.filter_map(|parent| self.parents.get(parent)).flatten();
        let patterns = self
            .patterns
            .iter()
            .filter(move |(pattern, _)| pattern.covers(name, port));
        exact
            .iter()
            .chain(parents)
            .copied()
            .chain(patterns.map(|(_, number)| *number))
    }

    fn add_host(&mut self, pattern: HostPattern, number: usize) {
        if pattern.has_star() || pattern.port().is_some() {
            return self.patterns.push((pattern, number));
        }
        let table = if pattern.includes_below() {
            &mut self.parents
        } else {
            &mut self.exact
        };
        let known = table.entry(pattern.name().into()).or_default();
        if !known.contains(&number) {
            known.push(number);
        }
    }

    fn shape(&self, request: &RequestView<'_>, keys: impl FnOnce() -> Vec<String>) -> Option<&ShapeRef> {
        let mut candidates = self
            .shapes
            .iter()
            .filter(|shape| self.at(shape.service, shape.route).1.is_carried_by(request))
            .filter(|shape| shape.path.as_ref().is_none_or(|regex| regex.is_match(request.path)))
            .peekable();
        candidates.peek()?;
        let keys = keys();
        candidates.find(|shape| shape.keys.iter().all(|key| keys.contains(key)))
    }

    fn add_shapes(&mut self, number: usize, service: &catalogue::Service) -> Result<(), AdapterError> {
        for (place, route) in service.routes.iter().enumerate() {
            for shape in &route.matches.anywhere {
                let path = shape.path.as_deref().map(expression).transpose();
                let path = path.map_err(|problem| error(service, route, problem))?;
                self.shapes.push(ShapeRef {
                    path,
                    keys: shape.keys.clone(),
                    service: number,
                    route: place,
                });
            }
        }
        Ok(())
    }
}

impl Service {
    /// The first rule that knows the account tier of a request.
    pub(crate) fn tier(&self, request: &RequestView<'_>) -> Option<&TierTest> {
        self.tiers.iter().find(|test| test.holds(request))
    }
}

impl TierTest {
    fn holds(&self, request: &RequestView<'_>) -> bool {
        let named = self.header.as_deref().map(|name| request.header_text(name));
        self.path.as_ref().is_none_or(|regex| regex.is_match(request.path))
            && self.host.as_ref().is_none_or(|pattern| covers(pattern, request.host))
            && self
                .query
                .as_ref()
                .is_none_or(|regex| regex.is_match(request.query.unwrap_or_default()))
            && match (named, &self.value) {
                (None, _) => true,
                (Some(None), _) => false,
                (Some(Some(_)), None) => true,
                (Some(Some(value)), Some(regex)) => regex.is_match(value),
            }
    }
}

impl OutsideFact {
    /// The fact, out of the encoding of its place.
    pub(crate) fn read(&self, request: &RequestView<'_>) -> Option<String> {
        match &self.at {
            Outside::Path(regex) => {
                let found = regex.captures(request.path)?.get(1)?;
                Some(Codec::Percent.decode_text(found.as_str().as_bytes()).into_owned())
            }
            Outside::Header(name) => request.header_text(name).map(str::to_owned),
            Outside::Query(name, index) => {
                let query = request.query?.as_bytes();
                let text = |span: std::ops::Range<usize>| Codec::Form.decode_text(&query[span]).into_owned();
                let named = form::fields(query).filter(|field| name.covers(&text(field.name.clone())));
                let mut wanted = named.enumerate().filter(|(place, _)| index.covers(*place));
                wanted.next().map(|(_, field)| text(field.value))
            }
        }
    }
}

impl CompiledRoute {
    fn takes(&self, request: &RequestView<'_>) -> bool {
        self.is_carried_by(request)
            && self.host.as_ref().is_none_or(|pattern| covers(pattern, request.host))
            && self
                .headers
                .iter()
                .all(|(name, regex)| request.header_text(name).is_some_and(|value| regex.is_match(value)))
    }

    fn is_carried_by(&self, request: &RequestView<'_>) -> bool {
        self.method == request.method && self.transport == request.carrier.transport()
    }
}

/// A path that every server reads alike. One that a server may shorten or decode before it looks names no route: it could
/// pass for telemetry here and be a conversation there.
fn is_plain(path: &str) -> bool {
    let escaped = path.as_bytes().windows(3).any(|three| {
        matches!(
            three.to_ascii_lowercase().as_slice(),
            // `%25`: the percent sign of another escape.
            b"%2e" | b"%2f" | b"%5c" | b"%25"
        )
    });
    // What stands behind a semicolon is a parameter to some servers.
    let dots = |part: &str| matches!(part.split(';').next(), Some("." | ".."));
    !escaped && !path.contains("//") && !path.contains('\\') && !path.split('/').any(dots)
}

fn covers(pattern: &HostPattern, host: &str) -> bool {
    let (name, port) = name_and_port(host);
    pattern.covers(name, port)
}

/// A host without a port is one of HTTPS.
fn name_and_port(host: &str) -> (&str, u16) {
    let (name, port) = split_port(host);
    (name, port.unwrap_or(443))
}

/// Files leave by the channel for files, whatever carries them.
pub(crate) fn channel_of(service: &Service, route: &CompiledRoute) -> Channel {
    match route.kind {
        Kind::Upload | Kind::UploadInit => Channel::Upload,
        _ => route.channel.unwrap_or(service.channel),
    }
}

fn error(service: &catalogue::Service, route: &catalogue::Route, problem: Problem) -> AdapterError {
    AdapterError {
        service: service.service.clone(),
        route: route.id.clone(),
        problem,
    }
}

fn expression(text: &str) -> Result<Regex, Problem> {
    Regex::new(text).map_err(|_| Problem::Expression(text.to_owned()))
}

fn compile_service(service: &catalogue::Service) -> Result<Service, AdapterError> {
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
    let model = route
        .model
        .as_deref()
        .map(|at| build.fact(at, "the model", Act::Model))
        .transpose()?
        .flatten();
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
        model,
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

fn parse(locator: &str) -> Result<Locator, Problem> {
    Locator::parse(locator).map_err(|source| Problem::Locator {
        locator: locator.to_owned(),
        source,
    })
}

#[cfg(test)]
mod tests {
    use super::Adapters;
    use crate::{Carrier, RequestView};
    use weir_model::catalogue::{
        Host, Inspect, Route, RouteMatch, Service, ServiceCategory, TextRole, TextRule, Transport, TurnRule,
    };
    use weir_model::{Channel, Kind, Role};

    fn service(id: &str, host: &str, routes: Vec<Route>) -> Service {
        Service {
            service: id.to_owned(),
            name: id.to_owned(),
            provider: "acme".to_owned(),
            category: ServiceCategory::Api,
            channel: Channel::Api,
            hosts: vec![Host {
                host: host.to_owned(),
                inspect: Inspect::Body,
                paths: None,
            }],
            note: None,
            tiers: Vec::new(),
            account: Vec::new(),
            routes,
            tests: Vec::new(),
        }
    }

    fn route(at: &str, role: TextRole) -> Route {
        Route {
            id: "ask".to_owned(),
            matches: RouteMatch {
                method: "POST".to_owned(),
                path: "^/ask$".to_owned(),
                host: None,
                transport: Transport::Http,
                headers: std::collections::BTreeMap::new(),
                anywhere: Vec::new(),
            },
            kind: Some(Kind::Prompt),
            service: None,
            channel: None,
            turns: None,
            text: vec![TextRule {
                at: at.to_owned(),
                role,
                join: false,
            }],
            attachments: Vec::new(),
            model: None,
            conversation: None,
            streaming: None,
            noise: Vec::new(),
            answer: None,
            block: None,
            integrity: None,
            prompt_optional: None,
            shape: None,
        }
    }

    fn fault(route: Route) -> String {
        let error = Adapters::compile(&[service("acme-chat", "acme.example", vec![route])]).unwrap_err();
        format!("{error}")
    }

    #[test]
    fn frames_belong_to_websockets() {
        let message = fault(route("frame:* > json:/text", TextRole::Prompt));
        assert!(message.contains("acme-chat") && message.contains("ask"), "{message}");
        assert!(message.contains("not for a WebSocket"), "{message}");
        let mut socket = route("frame:1 > json:/text", TextRole::Prompt);
        socket.matches.transport = Transport::Websocket;
        assert!(fault(socket).contains("write `frame:*`"));
    }

    #[test]
    fn headers_and_transport_choose_between_routes_of_one_path() {
        let mut with_header = route("json:/text", TextRole::Prompt);
        with_header.id = "tagged".to_owned();
        with_header.matches.headers = [("x-target".to_owned(), "^chat$".to_owned())].into();
        let mut socket = route("frame:* > json:/text", TextRole::Prompt);
        socket.id = "socket".to_owned();
        socket.matches.method = "GET".to_owned();
        socket.matches.transport = Transport::Websocket;
        let routes = vec![with_header, socket, route("json:/text", TextRole::Prompt)];
        let adapters = Adapters::compile(&[service("acme-chat", "acme.example", routes)]).unwrap();
        let chosen = |method, headers: &[(&str, &[u8])], carrier| {
            let request = RequestView {
                method,
                host: "acme.example",
                path: "/ask",
                query: None,
                headers,
                body: b"",
                carrier,
            };
            adapters
                .choose(&request, Vec::new)
                .route
                .map(|(_, route)| route.id.clone())
        };
        let socket = Carrier::WebSocket { number: 3 };
        assert_eq!(
            chosen("POST", &[("x-target", b"chat")], Carrier::Http).as_deref(),
            Some("tagged")
        );
        assert_eq!(
            chosen("POST", &[("x-target", b"other")], Carrier::Http).as_deref(),
            Some("ask")
        );
        assert_eq!(chosen("GET", &[], socket).as_deref(), Some("socket"));
        assert_eq!(chosen("GET", &[], Carrier::Http), None);
        assert_eq!(chosen("POST", &[], socket), None);
    }

    #[test]
    fn rules_that_cannot_hold_are_refused() {
        assert!(fault(route("header:x-text", TextRole::Prompt)).contains("cannot be used for text"));
        assert!(fault(route("json:text", TextRole::Prompt)).contains("is faulty"));
        assert!(fault(route("json:/text", TextRole::Turn)).contains("has no turns"));
        let faulty = |change: fn(&mut Route)| {
            let mut route = route("json:/text", TextRole::Prompt);
            change(&mut route);
            fault(route)
        };
        assert!(faulty(|route| route.answer = Some("smoke".to_owned())).contains("unknown answer decoder `smoke`"));
        assert!(faulty(|route| route.block = Some("smoke".to_owned())).contains("unknown block shape `smoke`"));
        assert!(faulty(|route| route.matches.path = "(".to_owned()).contains("not a regular expression"));
        let turns = TurnRule {
            at: "json:/m/*".to_owned(),
            role: "role".to_owned(),
            roles: std::collections::BTreeMap::new(),
            otherwise: Role::History,
        };
        let mut with_turns = route("json:/m/*/text", TextRole::Turn);
        with_turns.turns = Some(turns);
        assert!(
            fault(with_turns).contains("is faulty"),
            "a relative pointer starts with a slash"
        );
    }

    #[test]
    fn paths_that_servers_read_differently_name_no_route() {
        let mut wide = route("json:/text", TextRole::Prompt);
        wide.matches.path = "^/a(/|$)".to_owned();
        let adapters = Adapters::compile(&[service("acme-chat", "acme.example", vec![wide])]).unwrap();
        let routed = |path: &str| adapters.route("POST", "acme.example", path).is_some();
        for path in ["/a", "/a/", "/a/b.c", "/a/...", "/a/%20b", "/a/.well-known"] {
            assert!(routed(path), "{path}");
        }
        for path in [
            "/a/../b",
            "/a/./b",
            "/a/..",
            "/a/.",
            "/a//b",
            "/a/\\b",
            "/a/%2e%2E/b",
            "/a%2fb",
            "/a/%5Cb",
            "/a/%252e/b",
            "/a/..;x=1/b",
        ] {
            assert!(!routed(path), "{path}");
            let request = RequestView {
                method: "POST",
                host: "acme.example",
                path,
                query: None,
                headers: &[],
                body: b"",
                carrier: Carrier::Http,
            };
            let chosen = adapters.choose(&request, Vec::new);
            assert!(chosen.owner.is_some() && chosen.route.is_none(), "{path}");
        }
    }

    #[test]
    fn the_most_exact_host_owns_a_request() {
        let ask = || vec![route("json:/text", TextRole::Prompt)];
        let services = [
            service("glob", "*-eu.acme.example", ask()),
            service("wide", "*.acme.example", ask()),
            service("near", "*.chat.acme.example", ask()),
            service("exact", "chat.acme.example", ask()),
            service("local", "localhost:8080", ask()),
        ];
        let adapters = Adapters::compile(&services).unwrap();
        let owner = |host: &str| {
            adapters
                .route("POST", host, "/ask")
                .map(|route| route.service().to_owned())
        };
        assert_eq!(owner("chat.acme.example").as_deref(), Some("exact"));
        assert_eq!(owner("a.chat.acme.example").as_deref(), Some("near"));
        assert_eq!(owner("acme.example:443").as_deref(), Some("wide"));
        assert_eq!(owner("x-eu.acme.example").as_deref(), Some("wide"));
        assert_eq!(owner("localhost:8080").as_deref(), Some("local"));
        assert_eq!(owner("localhost:8081"), None);
        assert_eq!(owner("evilacme.example"), None);
    }
}
