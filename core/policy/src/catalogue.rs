//! The catalogue: which services there are, on which hosts, and what binds the providers behind them.

use std::collections::HashMap;
use std::sync::Arc;

use regex::{Regex, RegexBuilder};
use weir_model::catalogue::{Host, Inspect, Provider, RouteShape, Service, Terms};
use weir_model::{Destination, HostPattern, Tier};

use crate::diagnostic::Diagnostics;
use crate::hosts::{HostTable, canonical};
use crate::report::{At, Report, did_you_mean};
use crate::tenant::TenantSchemes;
use crate::yaml::Node;
use crate::{Source, de, yaml};

/// Services and providers, read and checked. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Catalogue(Arc<Contents>, Arc<TenantSchemes>);

#[derive(Debug)]
struct Contents {
    services: Vec<Service>,
    providers: Vec<Provider>,
    /// Index of the service, and of the host in it.
    hosts: HostTable<(usize, usize)>,
    /// Of hosts that carry other things too, the paths that are read.
    paths: HashMap<(usize, usize), Regex>,
    texts: Vec<String>,
}

impl Catalogue {
    /// Reads the files; problems of all of them are reported together. Routes take what their shapes say.
    ///
    /// # Errors
    /// When a file is not YAML, does not fit the catalogue's types, or contradicts another.
    pub fn parse(services: &[Source], shapes: &[Source], providers: &[Source]) -> Result<Catalogue, Diagnostics> {
        let mut report = Report::default();
        let mut texts: Vec<String> = services
            .iter()
            .chain(shapes)
            .chain(providers)
            .map(|source| source.text.clone())
            .collect();
        texts.sort();
        let mut services: Vec<(Places, Service)> = read_all(services, &mut report);
        let shapes: Vec<(Places, RouteShape)> = read_all(shapes, &mut report);
        let providers: Vec<(Places, Provider)> = read_all(providers, &mut report);
        for (places, service) in &mut services {
            take_shapes(places, service, &shapes, &mut report);
        }
        unique(
            shapes.iter().map(|(places, shape)| (places.file, &*shape.shape)),
            &mut report,
        );
        unique(
            services
                .iter()
                .map(|(places, service)| (places.file, &*service.service)),
            &mut report,
        );
        unique(
            providers
                .iter()
                .map(|(places, provider)| (places.file, &*provider.provider)),
            &mut report,
        );
        check_owners(&services, &mut report);
        for (places, provider) in &providers {
            check_terms(places, provider, &mut report);
        }
        let hosts = index(&services, &mut report);
        let paths = read_paths(&services, &mut report);
        report.finish()?;
        let contents = Contents {
            services: services.into_iter().map(|(_, service)| service).collect(),
            providers: providers.into_iter().map(|(_, provider)| provider).collect(),
            hosts,
            paths,
            texts,
        };
        Ok(Catalogue(Arc::new(contents), Arc::default()))
    }

    /// The same with the vendors' tenant headers, one scheme a file.
    ///
    /// # Errors
    /// When a file is not YAML, does not fit the form of a scheme, or contradicts itself or another.
    pub fn with_tenant_schemes(self, sources: &[Source]) -> Result<Catalogue, Diagnostics> {
        let mut report = Report::default();
        let schemes = TenantSchemes::read(sources, &mut report);
        report.finish()?;
        Ok(Catalogue(self.0, Arc::new(schemes)))
    }

    pub(crate) fn tenant_schemes(&self) -> &TenantSchemes {
        &self.1
    }

    /// All services.
    #[must_use]
    pub fn services(&self) -> &[Service] {
        &self.0.services
    }

    /// All providers.
    #[must_use]
    pub fn providers(&self) -> &[Provider] {
        &self.0.providers
    }

    /// True when a host of this provider is read.
    pub(crate) fn reads_provider(&self, provider: &str) -> bool {
        let mut own = self.services().iter().filter(|service| service.provider == provider);
        own.any(|service| service.hosts.iter().any(|host| host.inspect == Inspect::Body))
    }

    /// The service behind a host, with the pattern that names it; the most exact pattern wins.
    #[must_use]
    pub fn service_for(&self, host: &str, port: u16) -> Option<(&Service, &Host)> {
        let (service, host) = self.0.hosts.find(host, port)?;
        let service = self.0.services.get(service)?;
        Some((service, service.hosts.get(host)?))
    }

    /// False for requests on a shared host that are no AI traffic. A path that the server may take for another one is
    /// always read.
    #[must_use]
    pub fn reads(&self, host: &str, port: u16, path: &str) -> bool {
        let place = self.0.hosts.find(host, port);
        let paths = place.and_then(|place| self.0.paths.get(&place));
        paths.is_none_or(|paths| paths.is_match(path) || is_ambiguous(path))
    }

    /// A service by its id, or by the name people know, in any case: `chatgpt-web` and `chatgpt` are the same.
    #[must_use]
    pub fn service(&self, name: &str) -> Option<&Service> {
        let services = &self.0.services;
        let by_id = services.iter().find(|service| service.service == name);
        by_id.or_else(|| services.iter().find(|service| service.name.eq_ignore_ascii_case(name)))
    }

    /// A provider by its id.
    #[must_use]
    pub fn provider(&self, id: &str) -> Option<&Provider> {
        self.0.providers.iter().find(|provider| provider.provider == id)
    }

    /// What is known of a provider's handling of data under one account tier.
    #[must_use]
    pub fn terms(&self, provider: &str, tier: Tier) -> Option<&Terms> {
        self.provider(provider)?.terms.iter().find(|terms| terms.tier == tier)
    }

    /// The destination of a message to a host, before anything of the message is read: tier, region and model are
    /// unknown.
    #[must_use]
    pub fn destination(&self, host: &str, port: u16) -> Destination {
        let service = self.service_for(host, port).map(|(service, _)| service);
        Destination {
            host: canonical(host),
            service: service.map(|service| service.service.clone()),
            provider: service.map(|service| service.provider.clone()),
            tier: Tier::Unknown,
            region: None,
            model: None,
            target: None,
        }
    }

    /// Patterns of the hosts treated in one way, without ports.
    pub(crate) fn patterns(&self, inspect: Inspect) -> impl Iterator<Item = String> {
        self.treated(inspect).map(|host| without_port(&host.host))
    }

    /// The same with the regions of a provider named one by one, where they are listed.
    pub(crate) fn names(&self, inspect: Inspect) -> impl Iterator<Item = String> {
        self.treated(inspect)
            .flat_map(Host::named)
            .map(|name| without_port(&name))
    }

    fn treated(&self, inspect: Inspect) -> impl Iterator<Item = &Host> {
        let hosts = self.0.services.iter().flat_map(|service| &service.hosts);
        hosts.filter(move |host| host.inspect == inspect)
    }

    /// The region that a host's name tells, as the provider writes it.
    #[must_use]
    pub fn region(&self, host: &str, port: u16) -> Option<String> {
        let (_, pattern) = self.service_for(host, port)?;
        let name = canonical(host);
        let regions = pattern.regions.iter();
        let mut fitting = regions.filter(|region| without_port(&pattern.host.replacen('*', region, 1)) == name);
        fitting.next().cloned()
    }

    /// The texts it was read from, in an order that does not depend on file names.
    pub(crate) fn texts(&self) -> impl Iterator<Item = &String> {
        self.0.texts.iter().chain(self.1.texts())
    }
}

fn without_port(host: &str) -> String {
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    name.to_ascii_lowercase()
}

/// Where in a file stands what is checked against other files. The tree it is taken from is many times larger than what
/// is read from it, and hundreds of trees at once would leave the agent's memory full of holes.
struct Places {
    file: At,
    routes: Vec<At>,
    /// Of the name of each route's shape.
    shapes: Vec<At>,
    hosts: Vec<At>,
    terms: Vec<At>,
}

impl Places {
    fn of(node: &Node) -> Self {
        let items = |list: &str| node.get(list).map(Node::items).unwrap_or_default();
        let places = |list: &str| items(list).iter().map(|item| item.at).collect();
        Self {
            file: node.at,
            routes: places("routes"),
            shapes: items("routes")
                .iter()
                .map(|route| route.get("shape").map_or(route.at, |shape| shape.at))
                .collect(),
            hosts: places("hosts"),
            terms: places("terms"),
        }
    }

    /// The file's beginning where it cannot be told.
    fn item(&self, list: &[At], index: usize) -> At {
        list.get(index).copied().unwrap_or(self.file)
    }
}

fn read_all<T: serde::de::DeserializeOwned>(sources: &[Source], report: &mut Report) -> Vec<(Places, T)> {
    sources.iter().filter_map(|source| read(source, report)).collect()
}

fn read<T: serde::de::DeserializeOwned>(source: &Source, report: &mut Report) -> Option<(Places, T)> {
    let file = report.add_file(&source.name)?;
    let node = yaml::parse(&source.text, file, report)?;
    let value = de::read(&node, report)?;
    Some((Places::of(&node), value))
}

/// A route without a kind would be judged as anything at all.
fn take_shapes(places: &Places, service: &mut Service, shapes: &[(Places, RouteShape)], report: &mut Report) {
    for (index, route) in service.routes.iter_mut().enumerate() {
        let at = places.item(&places.routes, index);
        if let Some(name) = &route.shape {
            let Some((_, shape)) = shapes.iter().find(|(_, shape)| shape.shape == *name) else {
                let at = places.item(&places.shapes, index);
                let known = shapes.iter().map(|(_, shape)| &*shape.shape);
                report
                    .error(at, "unknown-shape", format!("unknown shape `{name}`"))
                    .help(did_you_mean(name, known));
                continue;
            };
            route.take_shape(shape);
        }
        if route.kind.is_none() {
            report
                .error(at, "missing-key", format!("route `{}` has no kind", route.id))
                .help("say `kind`, or name a `shape` that does");
        }
    }
}

fn unique<'a>(ids: impl Iterator<Item = (At, &'a str)>, report: &mut Report) {
    let mut seen = std::collections::HashSet::new();
    for (at, id) in ids {
        if !seen.insert(id) {
            report.error(
                at,
                "duplicate-key",
                format!("`{id}` is described in another file already"),
            );
        }
    }
}

/// Terms that cannot hold together would satisfy requirements they should not.
fn check_terms(places: &Places, provider: &Provider, report: &mut Report) {
    let mut seen = Vec::new();
    for (index, terms) in provider.terms.iter().enumerate() {
        let at = places.item(&places.terms, index);
        if seen.contains(&terms.tier) {
            report.error(
                at,
                "duplicate-key",
                format!("two sets of terms for tier `{}`", terms.tier),
            );
        }
        seen.push(terms.tier);
        if terms.zero_data_retention == Some(true) && terms.retention_days.is_some_and(|days| days > 0) {
            report.error(
                at,
                "contradiction",
                format!("tier `{}` keeps nothing and keeps data for days at once", terms.tier),
            );
        }
    }
}

/// A route may belong to another service; to one that exists.
fn check_owners(services: &[(Places, Service)], report: &mut Report) {
    for (places, service) in services {
        for (index, route) in service.routes.iter().enumerate() {
            let Some(owner) = &route.service else { continue };
            if services.iter().all(|(_, service)| service.service != *owner) {
                let known = services.iter().map(|(_, service)| &*service.service);
                report
                    .error(
                        places.item(&places.routes, index),
                        "unknown-name",
                        format!("unknown service `{owner}`"),
                    )
                    .help(did_you_mean(owner, known));
            }
        }
    }
}

/// The largest expression on a path, compiled.
const PATH_LIMIT: usize = 1 << 18;

fn read_paths(services: &[(Places, Service)], report: &mut Report) -> HashMap<(usize, usize), Regex> {
    let mut table = HashMap::new();
    for (service, (places, description)) in services.iter().enumerate() {
        for (host, pattern) in description.hosts.iter().enumerate() {
            let Some(paths) = &pattern.paths else { continue };
            match RegexBuilder::new(paths).size_limit(PATH_LIMIT).build() {
                Ok(regex) => {
                    table.insert((service, host), regex);
                }
                Err(_) => {
                    let at = places.item(&places.hosts, host);
                    report.error(at, "wrong-value", format!("`{paths}` is not a regular expression"));
                }
            }
        }
    }
    table
}

/// True for paths that a server may shorten or decode before it looks.
fn is_ambiguous(path: &str) -> bool {
    path.contains("//") || path.contains("/.") || path.contains(['\\', '%', ';'])
}

fn index(services: &[(Places, Service)], report: &mut Report) -> HostTable<(usize, usize)> {
    let mut table = HostTable::new();
    for (service, (places, description)) in services.iter().enumerate() {
        for (host, pattern) in description.hosts.iter().enumerate() {
            let at = places.item(&places.hosts, host);
            match HostPattern::parse(&pattern.host) {
                Err(error) => {
                    report.error(at, "wrong-value", error.to_string());
                }
                Ok(parsed) => {
                    check_regions(pattern, at, report);
                    if !table.insert(&parsed, (service, host)) {
                        report.error(at, "duplicate-key", format!("host `{}` is listed twice", pattern.host));
                    }
                }
            }
        }
    }
    table
}

fn check_regions(host: &Host, at: At, report: &mut Report) {
    if host.regions.is_empty() {
        return;
    }
    let is_label = |region: &str| {
        let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        !region.is_empty() && region.bytes().all(allowed)
    };
    let fault = if host.host.starts_with("*.") || host.host.matches('*').count() != 1 {
        Some(format!(
            "`{}` has no place for a region: one `*` inside a label",
            host.host
        ))
    } else {
        let wrong = host.regions.iter().find(|region| !is_label(region));
        wrong.map(|region| format!("`{region}` is not a region: small letters, digits and `-`"))
    };
    if let Some(fault) = fault {
        report.error(at, "wrong-value", fault);
    }
}
