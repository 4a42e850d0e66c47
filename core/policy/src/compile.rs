//! A resolved pack to a [`Policy`]: reads what the keys mean, and reports what cannot be meant.

use std::collections::BTreeMap;

use aws_lc_rs::digest;
use weir_model::catalogue::{Provider, Service};
use weir_model::{BundleRef, CustomDetector, DataType, Level, SheetColumn};

use crate::agreement::read_agreements;
use crate::catalogue::Catalogue;
use crate::chain::{self, ChainMember, DEFAULT_CHAIN, Member, Setting};
use crate::custom::{self, Described};
use crate::decision::Approval;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::file_detector::FileDetector;
use crate::library::Library;
use crate::name_model::{self, NameModel};
use crate::pack_test::{self, PackTest};
use crate::policy::{ApprovalEntry, Approvals, Levels, Named, Policy, Volume, label_key};
use crate::rego::RegoEngine;
use crate::report::{At, Report, did_you_mean};
use crate::routing::{Target, read_routing, read_targets};
use crate::rule::{ProviderTerm, TypePattern};
use crate::sheet::{self, Sheets};
use crate::space::Mentions;
use crate::yaml::{Node, Value};
use crate::{Source, extend, file_detector, lint, words};

const DEFAULT_MARKER: &str = "[REDACTED:TYPE]";

/// A pack that can be put in force.
#[derive(Debug)]
pub struct Compiled {
    /// What is in force.
    pub policy: Policy,
    /// What may not be meant: warnings only.
    pub diagnostics: Vec<Diagnostic>,
    /// The tests of the pack itself, not of its parents.
    pub tests: Vec<PackTest>,
    types: Vec<(Place, TypePattern)>,
    custom: Vec<Described>,
    file_detectors: Vec<file_detector::Described>,
    name_model: Option<NameModel>,
    columns: Vec<SheetColumn>,
}

#[derive(Debug)]
pub(crate) struct Place {
    file: String,
    line: u32,
    column: u32,
}

impl Place {
    pub(crate) fn of(at: At, report: &Report) -> Self {
        Self {
            file: report.file(at.file).to_string(),
            line: at.line,
            column: at.column,
        }
    }

    /// File, line and column.
    pub(crate) fn parts(&self) -> (String, u32, u32) {
        (self.file.clone(), self.line, self.column)
    }
}

impl Compiled {
    /// The detectors of the pack and its parents, described: to be compiled and tried by what finds things.
    pub fn custom(&self) -> impl Iterator<Item = &CustomDetector> {
        self.custom.iter().map(|described| &described.detector)
    }

    /// The detectors that know what they find from files beside the pack: to be loaded by what asks those.
    pub fn file_detectors(&self) -> impl Iterator<Item = &FileDetector> {
        self.file_detectors.iter().map(|described| &described.detector)
    }

    /// What is wrong with the files of a detector, at the value of a key: the number of the detector, from 0.
    #[must_use]
    pub fn file_fault(&self, detector: usize, key: &str, message: String, help: Option<String>) -> Option<Diagnostic> {
        Some(self.file_detectors.get(detector)?.fault(key, message, help))
    }

    /// The columns of the pack's classification sheets: to be looked for by what finds things.
    #[must_use]
    pub fn sheet_columns(&self) -> &[SheetColumn] {
        &self.columns
    }

    /// The model that finds names beside the detectors, where the pack brings one.
    #[must_use]
    pub fn name_model(&self) -> Option<&NameModel> {
        self.name_model.as_ref()
    }

    /// What is wrong with a part of a detector, at its place: the number of the detector, the key, and the number of the
    /// value under it, all from 0.
    #[must_use]
    pub fn custom_fault(&self, detector: usize, key: &str, number: usize, message: String) -> Option<Diagnostic> {
        Some(self.custom.get(detector)?.fault(key, number, message))
    }

    /// The same, made from these files: SHA-256 in hex by name. What a policy and its detectors are called depends on what is
    /// in its files, as it does on its texts.
    #[must_use]
    pub fn with_files(mut self, files: &BTreeMap<String, String>) -> Self {
        if !files.is_empty() {
            let names = |digest: &str| {
                let mut context = digest::Context::new(&digest::SHA256);
                let parts = files.iter().flat_map(|(name, digest)| [name, digest]);
                for part in std::iter::once(digest).chain(parts.map(String::as_str)) {
                    context.update(&(part.len() as u64).to_be_bytes());
                    context.update(part.as_bytes());
                }
                hex::encode(context.finish())
            };
            self.policy.bundle.digest = names(&self.policy.bundle.digest);
            self.policy.detectors = names(&self.policy.detectors)[..16].to_owned();
        }
        self
    }

    /// What the pack's own detectors find.
    fn own_types(&self) -> impl Iterator<Item = &DataType> {
        let described = self.custom().map(|custom| &custom.data_type);
        let from_files = self.file_detectors().map(|detector| &detector.data_type);
        described
            .chain(from_files)
            .chain(self.columns.iter().map(|column| &column.data_type))
    }

    /// Warnings for data types that the pack names and no detector finds: a misspelled one would silently never apply.
    #[must_use]
    pub fn unknown_types(&self, known: &[&str]) -> Vec<Diagnostic> {
        let unknown = self
            .types
            .iter()
            .filter(|(_, pattern)| !known.iter().any(|name| pattern.covers(name)))
            .filter(|(_, pattern)| !self.own_types().any(|own| pattern.matches(own)));
        unknown
            .map(|(place, pattern)| Diagnostic {
                severity: crate::Severity::Warning,
                file: place.file.clone(),
                line: place.line,
                column: place.column,
                code: "unknown-name",
                message: format!("no detector finds `{}`", pattern.as_str()),
                help: crate::report::nearest(pattern.as_str(), known.iter().copied())
                    .map(|name| format!("did you mean `{name}`?")),
            })
            .collect()
    }
}

/// Reads a pack with its parents.
///
/// # Errors
/// When the pack or one of its parents cannot be used; all problems are listed, warnings included.
pub fn compile(pack: &Source, library: &dyn Library, catalogue: &Catalogue) -> Result<Compiled, Diagnostics> {
    let mut report = Report::default();
    let Some(resolved) = extend::resolve(pack, library, &mut report) else {
        return Err(report.finish().err().unwrap_or(Diagnostics(Vec::new())));
    };
    compile_tree(&resolved, library.rego(), catalogue, report)
}

/// Reads what a pack with its parents means.
pub(crate) fn compile_tree(
    resolved: &extend::Resolved,
    rego: Option<&dyn RegoEngine>,
    catalogue: &Catalogue,
    mut report: Report,
) -> Result<Compiled, Diagnostics> {
    let tree = &resolved.tree;
    let targets = read_targets(tree, catalogue, &mut report);
    let agreements = read_agreements(tree, catalogue, &mut report);
    let described = custom::read(tree, &mut report);
    let name_model = name_model::read(tree, &mut report);
    let file_detectors = file_detector::read(tree, &mut report);
    let own = custom::levels(&described).chain(file_detector::levels(&file_detectors));
    let (mut levels, types) = read_levels(tree, own, &mut report);
    let Sheets {
        columns,
        levels: column_levels,
    } = sheet::read(&resolved.sheets, &mut report);
    levels.columns = column_levels;
    let groups = read_groups(tree);
    let context = Context {
        catalogue,
        targets: &targets,
        levels: &levels,
        groups: &groups,
        rego,
        modules: &resolved.modules,
    };
    let volumes = read_volumes(tree, &context, &mut report);
    let approvals = read_approvals(tree, &context, &mut report);
    let chain = read_chain(resolved, &context, &mut report);
    let marker = tree
        .at_path(&["classification", "marker"])
        .and_then(Node::text)
        .unwrap_or(DEFAULT_MARKER)
        .to_owned();
    lint::pack(resolved, &context, &mut report);
    let text = |key: &str| tree.at_path(&["pack", key]).and_then(Node::word);
    let routing = read_routing(tree, &targets, &mut report);
    let mut policy = Policy {
        name: text("name").unwrap_or_default(),
        version: text("version"),
        enabled: tree.at_path(&["pack", "enabled"]).and_then(Node::flag).unwrap_or(true),
        volumes,
        labels: read_labels(tree),
        marker,
        named: Named::default(),
        limits: None,
        detectors: detectors_digest(&described, &file_detectors, name_model.as_ref(), &columns),
        catalogue_name: short_digest(catalogue.texts()),
        approvals,
        chain,
        catalogue: catalogue.clone(),
        bundle: BundleRef {
            number: 0,
            digest: digest_of(&resolved.texts, catalogue),
        },
        levels,
        targets,
        agreements,
        routing,
        holds: crate::holds::read(tree),
        when_stale: crate::stale::read(tree),
    };
    policy.named = named(&policy);
    policy.limits = limits_digest(&policy);
    let types = types
        .into_iter()
        .map(|(at, pattern)| (Place::of(at, &report), pattern))
        .collect();
    let file = report.file(resolved.own.at.file).to_string();
    let diagnostics = report.finish()?;
    Ok(Compiled {
        policy,
        diagnostics,
        tests: pack_test::read(&resolved.own, &file),
        types,
        custom: described.into_iter().map(|(described, _)| described).collect(),
        file_detectors: file_detectors.into_iter().map(|(described, _)| described).collect(),
        name_model,
        columns,
    })
}

/// What members are built against.
pub(crate) struct Context<'a> {
    pub(crate) catalogue: &'a Catalogue,
    pub(crate) targets: &'a [Target],
    pub(crate) levels: &'a Levels,
    /// Patterns of user names by group, in lower case.
    pub(crate) groups: &'a BTreeMap<String, Vec<String>>,
    /// What runs rules in Rego, and the files with such rules.
    pub(crate) rego: Option<&'a dyn RegoEngine>,
    pub(crate) modules: &'a [Source],
}

impl Context<'_> {
    /// A data type or pattern, if it can be one.
    pub(crate) fn type_pattern(&self, node: &Node, report: &mut Report) -> Option<TypePattern> {
        read_pattern(node.text()?, node.at, report)
    }

    /// Service ids; services may be given by the names people know.
    pub(crate) fn services(&self, node: Option<&Node>, report: &mut Report) -> Vec<String> {
        let items = node.map(Node::items).unwrap_or_default();
        let ids = items.iter().filter_map(|item| Some((item.at, item.text()?)));
        ids.map(|(at, name)| match self.catalogue.service(name) {
            Some(service) => service.service.clone(),
            None => {
                self.unknown_service(name, at, report);
                name.to_owned()
            }
        })
        .collect()
    }

    pub(crate) fn unknown_service(&self, name: &str, at: At, report: &mut Report) {
        let known = self.catalogue.services().iter().map(service_id);
        let help = did_you_mean(name, known);
        report
            .warning(at, "unknown-name", format!("the catalogue has no service `{name}`"))
            .help(help);
    }

    /// The users of the groups that are named.
    pub(crate) fn members(&self, named: &Node, report: &mut Report) -> Vec<String> {
        let mut members = Vec::new();
        for (at, name) in named.items().iter().filter_map(|item| Some((item.at, item.text()?))) {
            match self.groups.get(name) {
                Some(users) => members.extend(users.iter().cloned()),
                None => {
                    let help = did_you_mean(name, self.groups.keys().map(String::as_str));
                    report
                        .error(at, "unknown-name", format!("there is no group `{name}`"))
                        .help(help);
                }
            }
        }
        members
    }

    /// What `provider:` of a rule names.
    pub(crate) fn providers(&self, node: Option<&Node>, report: &mut Report) -> Vec<ProviderTerm> {
        let items = node.map(Node::items).unwrap_or_default();
        let ids = items.iter().filter_map(|item| Some((item.at, item.text()?)));
        ids.map(|(at, id)| match id {
            "approved" => ProviderTerm::Approved,
            "unapproved" => ProviderTerm::Unapproved,
            "denied" => ProviderTerm::Denied,
            id => {
                self.check_provider(id, at, report);
                ProviderTerm::Id(id.to_owned())
            }
        })
        .collect()
    }

    /// Warns of a provider nobody knows: neither the catalogue, nor the services, nor the pack's targets.
    fn check_provider(&self, id: &str, at: At, report: &mut Report) {
        if self.knows_provider(id) {
            return;
        }
        let words = ["approved", "unapproved", "denied"];
        let known = self.catalogue.providers().iter().map(provider_id).chain(words);
        let help = did_you_mean(id, known);
        report
            .warning(at, "unknown-name", format!("the catalogue has no provider `{id}`"))
            .help(help);
    }

    fn knows_provider(&self, id: &str) -> bool {
        self.catalogue.provider(id).is_some()
            || self.catalogue.services().iter().any(|service| service.provider == id)
            || self.targets.iter().any(|target| target.provider == id)
    }
}

fn service_id(service: &Service) -> &str {
    &service.service
}

fn provider_id(provider: &Provider) -> &str {
    &provider.provider
}

fn read_pattern(text: &str, at: At, report: &mut Report) -> Option<TypePattern> {
    let body = text.strip_suffix('*').unwrap_or(text);
    let letters = |part: &str| {
        part.chars()
            .all(|it| it.is_ascii_lowercase() || it.is_ascii_digit() || matches!(it, '_' | '-' | '.'))
    };
    let fits = match body.split_once('/') {
        Some((category, name)) => {
            !category.is_empty() && letters(category) && letters(name) && (!name.is_empty() || text.ends_with('*'))
        }
        None => text == "*",
    };
    if !fits {
        report
            .error(at, "wrong-value", format!("`{text}` is not a data type"))
            .help("write `category/name`, `category/*` or `*`: `security/openai_key`, `personal/*`");
    }
    fits.then(|| TypePattern::new(text))
}

type NamedTypes = Vec<(At, TypePattern)>;

fn read_levels(
    tree: &Node,
    own: impl Iterator<Item = (TypePattern, Level)>,
    report: &mut Report,
) -> (Levels, NamedTypes) {
    let classification = tree.get("classification");
    let detectors = classification
        .and_then(|node| node.get("detectors"))
        .map(Node::entries)
        .unwrap_or_default();
    let mut patterns = Vec::new();
    let mut named = Vec::new();
    for (key, value) in detectors {
        let level = value.text().and_then(words::level);
        if let (Some(pattern), Some(level)) = (read_pattern(&key.text, key.at, report), level) {
            named.push((key.at, pattern.clone()));
            patterns.push((pattern, level));
        }
    }
    patterns.extend(own);
    let low_confidence = classification.and_then(|node| words::one(node, "low_confidence", words::level));
    (
        Levels {
            patterns,
            columns: BTreeMap::new(),
            low_confidence: low_confidence.unwrap_or(Level::Public),
        },
        named,
    )
}

fn read_labels(tree: &Node) -> BTreeMap<String, Level> {
    let written = tree
        .at_path(&["classification", "labels"])
        .map(Node::entries)
        .unwrap_or_default();
    let mut labels = BTreeMap::new();
    for (key, value) in written {
        if let Some(level) = value.text().and_then(words::level) {
            let known = labels.entry(label_key(&key.text)).or_insert(level);
            *known = level.max(*known);
        }
    }
    labels
}

fn read_groups(tree: &Node) -> BTreeMap<String, Vec<String>> {
    let groups = tree.get("groups").map(Node::entries).unwrap_or_default();
    let lower = |users: &Node| {
        users
            .items()
            .iter()
            .filter_map(Node::text)
            .map(str::to_lowercase)
            .collect()
    };
    groups
        .iter()
        .map(|(name, users)| (name.text.clone(), lower(users)))
        .collect()
}

fn read_volumes(tree: &Node, context: &Context<'_>, report: &mut Report) -> Vec<Volume> {
    let volumes = tree
        .at_path(&["classification", "volume"])
        .map(Node::items)
        .unwrap_or_default();
    let read = |node: &Node| {
        Some(Volume {
            pattern: context.type_pattern(node.get("detector")?, report)?,
            at_least: node.get("at_least").and_then(Node::whole)?,
            level: words::one(node, "level", words::level)?,
        })
    };
    volumes.iter().filter_map(read).collect()
}

fn read_approvals(tree: &Node, context: &Context<'_>, report: &mut Report) -> Approvals {
    let mut approvals = Approvals::default();
    for (key, node) in tree
        .at_path(&["providers", "approvals"])
        .map(Node::entries)
        .unwrap_or_default()
    {
        let status = match &node.value {
            Value::Text(word) => words::approval(word),
            _ => words::one(node, "status", words::approval),
        };
        let Some(status) = status else { continue };
        if key.text == "default" {
            approvals.default = status;
            warn_of_approved_default(status, node.at, report);
            continue;
        }
        let service = context.catalogue.service(&key.text);
        if service.is_none() && !context.knows_provider(&key.text) {
            let known = context.catalogue.providers().iter().map(provider_id);
            let services = context.catalogue.services().iter().map(service_id);
            let help = did_you_mean(&key.text, known.chain(services));
            let message = format!("the catalogue has neither a provider nor a service `{}`", key.text);
            report.warning(key.at, "unknown-name", message).help(help);
        }
        let id = if context.knows_provider(&key.text) {
            None
        } else {
            service.map(|service| service.service.clone())
        };
        let entry = ApprovalEntry {
            status,
            environments: words::all(node, "environments", words::environment),
            users: words::texts(node, "users")
                .into_iter()
                .map(|user| user.to_lowercase())
                .collect(),
            reason: node.get("reason").and_then(Node::text).map(str::to_owned),
        };
        approvals.entries.push((id.unwrap_or_else(|| key.text.clone()), entry));
    }
    approvals
}

fn warn_of_approved_default(status: Approval, at: At, report: &mut Report) {
    if status == Approval::Approved {
        report
            .warning(
                at,
                "risky-rule",
                "every service is approved, also those nobody has looked at",
            )
            .help("`default: unapproved`, and approve services by name");
    }
}

fn read_chain(
    resolved: &extend::Resolved,
    context: &Context<'_>,
    report: &mut Report,
) -> Vec<(ChainMember, Box<dyn Member>)> {
    let tree = &resolved.tree;
    let configs = tree.at_path(&["policies", "policy"]);
    let mut chain: Vec<(ChainMember, Box<dyn Member>)> = Vec::new();
    for (at, name) in chain_names(tree, report) {
        let Some(registration) = chain::registration(name) else {
            continue;
        };
        let config = configs.and_then(|node| node.get(name));
        let mut setting = Setting {
            config,
            at,
            context,
            report,
        };
        if let Some(member) = (registration.build)(&mut setting) {
            chain.push((registration.member, member));
        }
    }
    chain
}

/// The members the chain names, each once; the default chain where it names none.
pub(crate) fn chain_names<'a>(tree: &'a Node, report: &mut Report) -> Vec<(At, &'a str)> {
    let Some(node) = tree.at_path(&["policies", "chain"]) else {
        return DEFAULT_CHAIN.iter().map(|member| (tree.at, member.as_str())).collect();
    };
    let mut names: Vec<(At, &str)> = Vec::new();
    for (at, name) in node.items().iter().filter_map(|item| Some((item.at, item.text()?))) {
        if chain::registration(name).is_none() {
            let help = did_you_mean(name, chain::names());
            report
                .error(at, "wrong-value", format!("there is no chain member `{name}`"))
                .help(help);
        } else if names.iter().any(|(_, known)| *known == name) {
            report.error(at, "duplicate-key", format!("`{name}` is in the chain twice"));
        } else {
            names.push((at, name));
        }
    }
    names
}

/// What a decision of this policy can depend on.
fn named(policy: &Policy) -> Named {
    let mut mentions = Mentions::default();
    policy.mentions(&mut mentions);
    let labels = policy.labels.keys().cloned().chain(mentions.labels);
    Named {
        labels: labels.collect(),
        accounts: mentions.accounts,
    }
}

/// Changes whenever a message could be over another limit.
fn limits_digest(policy: &Policy) -> Option<String> {
    let limits = policy.chain.iter().filter(|(name, _)| *name == ChainMember::RateLimit);
    let words: Vec<String> = limits.map(|(_, member)| member.beyond_decisions()).collect();
    (!words.is_empty()).then(|| short_digest(words.iter()))
}

/// Changes whenever a detector of the packs could find something else in some text: a detector's level and its examples do
/// not count. Of files beside the pack it knows the names; [`Compiled::with_files`] adds what is in them.
fn detectors_digest(
    described: &[(Described, Level)],
    files: &[(file_detector::Described, Level)],
    name_model: Option<&NameModel>,
    columns: &[SheetColumn],
) -> String {
    let detectors = described.iter().map(|(described, _)| {
        let detector = CustomDetector {
            examples: Vec::new(),
            counter_examples: Vec::new(),
            ..described.detector.clone()
        };
        format!("{detector:?}")
    });
    let files = files.iter().map(|(described, _)| format!("{:?}", described.detector));
    let model = name_model.map(|model| format!("{model:?}"));
    let columns = columns.iter().map(|column| format!("{column:?}"));
    let parts: Vec<String> = detectors.chain(files).chain(model).chain(columns).collect();
    short_digest(parts.iter())
}

fn short_digest<'a>(texts: impl Iterator<Item = &'a String>) -> String {
    let mut context = digest::Context::new(&digest::SHA256);
    for text in texts {
        context.update(&(text.len() as u64).to_be_bytes());
        context.update(text.as_bytes());
    }
    hex::encode(&context.finish().as_ref()[..8])
}

/// SHA-256 over everything the policy was made from. File names do not count; the order of packs does.
fn digest_of(packs: &[String], catalogue: &Catalogue) -> String {
    let mut context = digest::Context::new(&digest::SHA256);
    context.update(b"weir bundle 1\0");
    for text in packs.iter().chain(catalogue.texts()) {
        context.update(&(text.len() as u64).to_be_bytes());
        context.update(text.as_bytes());
    }
    hex::encode(context.finish())
}
