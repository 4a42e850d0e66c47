//! Tenant schemes: how a vendor is told, by headers, which accounts it may let in. One file each in
//! `policies/catalogue/tenant-control/`.
//!
//! Neighbours: the catalogue holds them; `chain/tenant_control.rs` fills them with a pack's ids. This module knows the
//! form of the headers and no pack.

use std::collections::{BTreeMap, HashSet};

use regex::{Regex, RegexBuilder};
use serde::Deserialize;
use weir_model::HostPattern;

use crate::report::{At, Report, did_you_mean};
use crate::yaml::Node;
use crate::{Source, de, yaml};

/// A compiled form may take this many bytes.
const FORM_LIMIT: usize = 1 << 18;

/// The schemes of a catalogue.
#[derive(Debug, Default)]
pub(crate) struct TenantSchemes {
    schemes: Vec<TenantScheme>,
    texts: Vec<String>,
}

/// One vendor's headers.
#[derive(Debug)]
pub(crate) struct TenantScheme {
    pub(crate) id: String,
    pub(crate) name: String,
    /// Where the headers belong, and nowhere else.
    pub(crate) hosts: Vec<HostPattern>,
    pub(crate) keys: Vec<SchemeKey>,
    pub(crate) headers: Vec<SchemeHeader>,
    /// Schemes whose headers must not be sent beside these.
    pub(crate) excludes: Vec<String>,
}

/// A value that a pack gives.
#[derive(Debug)]
pub(crate) struct SchemeKey {
    pub(crate) name: String,
    pub(crate) about: String,
    pub(crate) form: Regex,
    /// How many; 1 takes no list.
    pub(crate) most: usize,
    /// Values that let accounts in which are not the company's.
    pub(crate) loose: Vec<String>,
    pub(crate) example: String,
}

/// A header to set.
#[derive(Debug)]
pub(crate) struct SchemeHeader {
    pub(crate) name: String,
    /// `{key}` stands for the ids under that key, with commas between them.
    value: String,
    pub(crate) hosts: Vec<HostPattern>,
    split: Option<Split>,
}

/// How a list that is too long for one header goes over several.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Split {
    /// Ids in one header.
    ids: usize,
    /// Headers at most.
    headers: usize,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SchemeFile {
    scheme: String,
    name: String,
    #[serde(rename = "provider")]
    _provider: String,
    #[serde(default, rename = "note")]
    _note: Option<String>,
    hosts: Vec<String>,
    keys: BTreeMap<String, KeyFile>,
    headers: Vec<HeaderFile>,
    #[serde(default)]
    excludes: Vec<String>,
    #[serde(rename = "source")]
    _source: String,
    #[serde(rename = "as_of")]
    _as_of: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct KeyFile {
    about: String,
    form: String,
    #[serde(default = "one")]
    most: usize,
    #[serde(default)]
    loose: Vec<String>,
    examples: Vec<String>,
    counter_examples: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct HeaderFile {
    name: String,
    value: String,
    #[serde(default)]
    hosts: Vec<String>,
    #[serde(default)]
    split: Option<Split>,
}

const fn one() -> usize {
    1
}

impl TenantSchemes {
    /// Reads the files; what is wrong with one is reported, and the others are read all the same.
    pub(crate) fn read(sources: &[Source], report: &mut Report) -> Self {
        let mut texts: Vec<String> = sources.iter().map(|source| source.text.clone()).collect();
        texts.sort();
        let files: Vec<(Node, SchemeFile)> = sources.iter().filter_map(|source| parse(source, report)).collect();
        check_names(&files, report);
        let schemes = files.iter().map(|(node, file)| scheme(node, file, report)).collect();
        Self { schemes, texts }
    }

    pub(crate) fn all(&self) -> &[TenantScheme] {
        &self.schemes
    }

    pub(crate) fn get(&self, id: &str) -> Option<&TenantScheme> {
        self.schemes.iter().find(|scheme| scheme.id == id)
    }

    /// What they were read from, in an order that does not depend on file names.
    pub(crate) fn texts(&self) -> &[String] {
        &self.texts
    }
}

impl TenantScheme {
    pub(crate) fn key(&self, name: &str) -> Option<&SchemeKey> {
        self.keys.iter().find(|key| key.name == name)
    }
}

impl SchemeKey {
    /// True for an id of this kind. Whatever the form says, nothing that would end or divide a header value is one.
    pub(crate) fn fits(&self, id: &str) -> bool {
        let plain = |byte: u8| byte.is_ascii_graphic() && !matches!(byte, b',' | b';');
        id.bytes().all(plain) && self.form.is_match(id)
    }
}

impl SchemeHeader {
    /// Names and values with a pack's ids filled in: one header, or as many as the list needs.
    pub(crate) fn filled(&self, values: &BTreeMap<String, Vec<String>>) -> Vec<(String, String)> {
        let listed = self.keys().find_map(|key| values.get(key));
        let (Some(split), Some(ids)) = (self.split, listed) else {
            return vec![(self.name.clone(), self.value_of(values))];
        };
        let parts = ids.chunks(split.ids.max(1));
        let count = parts.len();
        // The first header says how many there are; the others are numbered from 1.
        let part = |(index, ids): (usize, &[String])| match index {
            0 if count == 1 => (self.name.clone(), ids.join(",")),
            0 => (self.name.clone(), format!("{};n={count}", ids.join(","))),
            index => (format!("{}{index}", self.name), ids.join(",")),
        };
        parts.enumerate().map(part).collect()
    }

    fn value_of(&self, values: &BTreeMap<String, Vec<String>>) -> String {
        self.keys().fold(self.value.clone(), |text, key| {
            let ids = values.get(key).map(|ids| ids.join(",")).unwrap_or_default();
            text.replace(&format!("{{{key}}}"), &ids)
        })
    }

    /// The keys named in the value.
    fn keys(&self) -> impl Iterator<Item = &str> {
        let mut rest = &*self.value;
        std::iter::from_fn(move || {
            let (key, after) = rest.split_once('{')?.1.split_once('}')?;
            rest = after;
            Some(key)
        })
    }
}

fn parse(source: &Source, report: &mut Report) -> Option<(Node, SchemeFile)> {
    let file = report.add_file(&source.name)?;
    let node = yaml::parse(&source.text, file, report)?;
    let value = de::read(&node, report)?;
    Some((node, value))
}

/// Each scheme once, and no unknown ones excluded.
fn check_names(files: &[(Node, SchemeFile)], report: &mut Report) {
    let mut seen = HashSet::new();
    for (node, file) in files {
        if !seen.insert(&*file.scheme) {
            let message = format!("`{}` is described in another file already", file.scheme);
            report.error(place(node, &["scheme"]), "duplicate-key", message);
        }
        let known = files.iter().map(|(_, file)| &*file.scheme);
        for other in file
            .excludes
            .iter()
            .filter(|other| known.clone().all(|id| id != **other))
        {
            report
                .error(
                    place(node, &["excludes"]),
                    "unknown-name",
                    format!("there is no scheme `{other}`"),
                )
                .help(did_you_mean(other, known.clone()));
        }
    }
}

fn scheme(node: &Node, file: &SchemeFile, report: &mut Report) -> TenantScheme {
    let hosts = hosts(node.get("hosts"), &file.hosts, report);
    if hosts.is_empty() {
        report.error(place(node, &["hosts"]), "missing-key", "this scheme is for no host");
    }
    let keys = file
        .keys
        .iter()
        .filter_map(|(name, key)| scheme_key(node, name, key, report))
        .collect();
    let headers = file.headers.iter().enumerate().map(|(index, header)| {
        let at = node
            .get("headers")
            .and_then(|list| list.items().get(index))
            .unwrap_or(node);
        scheme_header(at, header, file, &hosts, report)
    });
    TenantScheme {
        headers: headers.collect(),
        id: file.scheme.clone(),
        name: file.name.clone(),
        keys,
        excludes: file.excludes.clone(),
        hosts,
    }
}

fn hosts(node: Option<&Node>, hosts: &[String], report: &mut Report) -> Vec<HostPattern> {
    let items = node.map(Node::items).unwrap_or_default();
    let mut patterns = Vec::new();
    for (host, item) in hosts.iter().zip(items) {
        match HostPattern::parse(host) {
            Ok(pattern) => patterns.push(pattern),
            Err(error) => _ = report.error(item.at, "wrong-value", error.to_string()),
        }
    }
    patterns
}

fn scheme_key(node: &Node, name: &str, key: &KeyFile, report: &mut Report) -> Option<SchemeKey> {
    let at = |part: &str| place(node, &["keys", name, part]);
    let form = RegexBuilder::new(&format!("^(?:{})$", key.form))
        .size_limit(FORM_LIMIT)
        .build();
    let Ok(form) = form else {
        report.error(at("form"), "bad-pattern", "the form does not compile");
        return None;
    };
    if key.most == 0 {
        report.error(at("most"), "wrong-value", "a key that takes no value");
    }
    let Some(example) = key.examples.first() else {
        report.error(at("examples"), "missing-key", "this form has no example");
        return None;
    };
    let read = SchemeKey {
        name: name.to_owned(),
        about: key.about.clone(),
        form,
        most: key.most,
        loose: key.loose.clone(),
        example: example.clone(),
    };
    let wrong = |examples: &[String], wanted: bool| examples.iter().any(|example| read.fits(example) != wanted);
    if wrong(&key.examples, true) {
        report.error(at("examples"), "bad-pattern", "the form does not fit its own examples");
    }
    if wrong(&key.counter_examples, false) {
        report.error(
            at("counter_examples"),
            "bad-pattern",
            "the form fits a counter-example, or one that would end a header value",
        );
    }
    Some(read)
}

fn scheme_header(
    node: &Node,
    header: &HeaderFile,
    file: &SchemeFile,
    all: &[HostPattern],
    report: &mut Report,
) -> SchemeHeader {
    let token = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    if header.name.is_empty() || !header.name.bytes().all(token) {
        let message = format!("`{}` is not the name of a header", header.name);
        report.error(place(node, &["name"]), "wrong-value", message);
    }
    let own = hosts(node.get("hosts"), &header.hosts, report);
    if let Some(host) = own.iter().find(|host| !all.contains(host)) {
        let message = format!("`{}` is not among the hosts of the scheme", host.name());
        report.error(place(node, &["hosts"]), "wrong-value", message);
    }
    let read = SchemeHeader {
        name: header.name.clone(),
        value: header.value.clone(),
        hosts: if own.is_empty() { all.to_vec() } else { own },
        split: header.split,
    };
    let known = file.keys.keys().map(String::as_str);
    if let Some(key) = read.keys().find(|key| !file.keys.contains_key(*key)) {
        report
            .error(
                place(node, &["value"]),
                "unknown-key",
                format!("the scheme has no key `{key}`"),
            )
            .help(did_you_mean(key, known));
    }
    check_split(node, &read, file, report);
    read
}

/// A header in parts holds one list and nothing else, and the parts must hold the longest.
fn check_split(node: &Node, header: &SchemeHeader, file: &SchemeFile, report: &mut Report) {
    let Some(split) = header.split else { return };
    let key = header.keys().next().unwrap_or_default();
    let whole = header.value == format!("{{{key}}}");
    let most = file.keys.get(key).map_or(0, |key| key.most);
    let room = split.ids.saturating_mul(split.headers);
    if !whole || split.ids == 0 || split.headers == 0 || room < most {
        report.error(
            place(node, &["split"]),
            "wrong-value",
            "a value in parts is one list, and the parts must have room for all of it",
        );
    }
}

fn place(node: &Node, path: &[&str]) -> At {
    let mut at = node.at;
    let mut here = node;
    for key in path {
        match here.get(key) {
            Some(next) => (here, at) = (next, next.at),
            None => break,
        }
    }
    at
}

#[cfg(test)]
mod tests {
    use super::TenantSchemes;
    use crate::Source;
    use crate::report::Report;
    use std::collections::BTreeMap;

    fn schemes(text: &str) -> TenantSchemes {
        let mut report = Report::default();
        let schemes = TenantSchemes::read(&[Source::new("a.yaml", text)], &mut report);
        report.finish().unwrap_or_else(|problems| panic!("{problems}"));
        schemes
    }

    const LISTED: &str = "
scheme: a
name: A
provider: p
hosts: [a.example]
keys:
  allow: {about: ids, form: '[a-z0-9]+', most: 6, examples: [x], counter_examples: ['x y']}
headers:
  - {name: X-Allow, value: '{allow}', split: {ids: 2, headers: 3}}
source: s
as_of: 2026-11-21
";

    fn filled(ids: &[&str]) -> Vec<(String, String)> {
        let schemes = schemes(LISTED);
        let ids = ids.iter().map(|&id| id.to_owned()).collect();
        schemes.all()[0].headers[0].filled(&BTreeMap::from([("allow".to_owned(), ids)]))
    }

    #[test]
    fn a_short_list_is_one_header() {
        assert_eq!(filled(&["a", "b"]), [("X-Allow".to_owned(), "a,b".to_owned())]);
    }

    #[test]
    fn a_long_list_says_how_many_headers_there_are_and_numbers_them() {
        let headers = filled(&["a", "b", "c", "d", "e"]);
        let expected = [("X-Allow", "a,b;n=3"), ("X-Allow1", "c,d"), ("X-Allow2", "e")];
        let expected = expected.map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(headers, expected);
    }

    #[test]
    fn the_number_of_parts_is_the_number_of_headers() {
        for count in 1..=6 {
            let ids: Vec<String> = (0..count).map(|id| id.to_string()).collect();
            let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
            let headers = filled(&ids);
            let said = headers[0]
                .1
                .split_once(";n=")
                .map_or(1, |(_, parts)| parts.parse().unwrap());
            assert_eq!(headers.len(), said, "{count}");
        }
    }

    #[test]
    fn parts_must_have_room_for_the_longest_list() {
        let text = LISTED.replace("most: 6", "most: 7");
        let mut report = Report::default();
        let _ = TenantSchemes::read(&[Source::new("a.yaml", text)], &mut report);
        assert!(report.has_errors());
    }
}
