//! Adapters: the catalogue's routes, compiled. They are data; a new service needs no code here.
//!
//! The head of a request chooses the route: first the routes of the services that own the host, in the order of the
//! catalogue, then, by the look of path and body, the protocols that are spoken on hosts nobody has described.
//! This module must not read bodies; [`crate::inspect`](mod@crate::inspect) does.

mod compile;
mod plan;
mod upload;

pub use compile::AdapterError;
pub(crate) use plan::{Act, NodeId, Plan, is_field, is_form, is_part};
pub use upload::Gives;
pub(crate) use upload::plain;

use self::compile::{compile_service, error, expression};
use crate::answer::Decoder;
use crate::block;
use crate::codec::Codec;
use crate::locator::{Index, Name};
use crate::{Carrier, RequestView, form};
use regex::Regex;
use regex::bytes::RegexSet;
use std::collections::HashMap;
use weir_model::catalogue::{self, Integrity, TextRole, Transport};
use weir_model::{Channel, HostPattern, Kind, Role, Tier, split_port};

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
    /// By the value that the body has.
    pub(crate) kinds: HashMap<String, Kind>,
    /// Where it is not the one whose host it is.
    pub(crate) service: Option<String>,
    pub(crate) channel: Option<Channel>,
    pub(crate) plan: Plan,
    pub(crate) texts: Vec<CompiledText>,
    pub(crate) turns: Option<Turns>,
    pub(crate) path_texts: Vec<(Regex, u16)>,
    pub(crate) upload: Option<upload::Upload>,
    /// The first that is there counts.
    pub(crate) models: Vec<OutsideFact>,
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

#[cfg(test)]
mod tests;
