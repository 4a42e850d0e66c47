//! Host patterns, and finding the most exact one for a host.

use std::collections::HashMap;

/// A pattern of [`weir_model::catalogue::Host::host`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct HostPattern {
    form: Form,
    port: Option<u16>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Form {
    /// `name`.
    Exact(String),
    /// `*.name`: the name and everything below it.
    Below(String),
    /// A `*` inside one or more labels; it never stands for a dot.
    Labels(Vec<String>),
}

/// The text is not a host pattern.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a host pattern: write `name`, `*.name`, a `*` inside one label, or `name:port`")]
pub(crate) struct ParseHostError(String);

impl HostPattern {
    pub(crate) fn parse(text: &str) -> Result<Self, ParseHostError> {
        let refuse = || ParseHostError(text.to_owned());
        let (name, port) = match text.rsplit_once(':') {
            Some((name, port)) => (name, Some(port.parse().map_err(|_| refuse())?)),
            None => (text, None),
        };
        let name = name.to_ascii_lowercase();
        let (name, below) = match name.strip_prefix("*.") {
            Some(rest) => (rest.to_owned(), true),
            None => (name, false),
        };
        let last = name.rsplit('.').next().unwrap_or_default();
        // A `*` in the last label would stand for hosts of other owners.
        let too_wide = last.contains('*') || (below && name.contains('*'));
        if name.len() > 253 || too_wide || !name.split('.').all(is_label) {
            return Err(refuse());
        }
        let form = match (below, name.contains('*')) {
            (true, _) => Form::Below(name),
            (false, true) => Form::Labels(name.split('.').map(str::to_owned).collect()),
            (false, false) => Form::Exact(name),
        };
        Ok(Self { form, port })
    }
}

fn is_label(label: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'*');
    !label.is_empty() && label.len() <= 63 && label.bytes().all(allowed)
}

/// Which value belongs to a host: the most exact pattern wins, and a pattern with a port wins over one without.
#[derive(Clone, Debug, Default)]
pub(crate) struct HostTable<T> {
    exact: HashMap<String, Vec<(Option<u16>, T)>>,
    below: HashMap<String, Vec<(Option<u16>, T)>>,
    labels: Vec<(Vec<String>, Option<u16>, T)>,
}

impl<T: Copy> HostTable<T> {
    pub(crate) fn new() -> Self {
        Self {
            exact: HashMap::new(),
            below: HashMap::new(),
            labels: Vec::new(),
        }
    }

    /// False when the very same pattern is there already; the first stays.
    pub(crate) fn insert(&mut self, pattern: HostPattern, value: T) -> bool {
        let HostPattern { form, port } = pattern;
        let slot = match form {
            Form::Exact(name) => self.exact.entry(name).or_default(),
            Form::Below(name) => self.below.entry(name).or_default(),
            Form::Labels(labels) => {
                let fresh = !self
                    .labels
                    .iter()
                    .any(|(known, other, _)| *known == labels && *other == port);
                if fresh {
                    self.labels.push((labels, port, value));
                }
                return fresh;
            }
        };
        let fresh = !slot.iter().any(|(other, _)| *other == port);
        if fresh {
            slot.push((port, value));
        }
        fresh
    }

    pub(crate) fn find(&self, host: &str, port: u16) -> Option<T> {
        let host = canonical(host);
        self.exact
            .get(&host)
            .and_then(|slot| pick(slot, port))
            .or_else(|| self.find_labels(&host, port))
            .or_else(|| self.find_below(&host, port))
    }

    /// Among patterns with a `*` inside a label, the one with most letters of its own.
    fn find_labels(&self, host: &str, port: u16) -> Option<T> {
        let fits = |labels: &[String], wanted: Option<u16>| {
            wanted.is_none_or(|wanted| wanted == port)
                && labels.len() == host.split('.').count()
                && labels
                    .iter()
                    .zip(host.split('.'))
                    .all(|(pattern, label)| glob(pattern, label))
        };
        self.labels
            .iter()
            .filter(|(labels, wanted, _)| fits(labels, *wanted))
            .max_by_key(|(labels, wanted, _)| (wanted.is_some(), labels.iter().map(String::len).sum::<usize>()))
            .map(|(_, _, value)| *value)
    }

    /// The longest suffix wins.
    fn find_below(&self, host: &str, port: u16) -> Option<T> {
        let mut rest = Some(host);
        while let Some(name) = rest {
            if let Some(value) = self.below.get(name).and_then(|slot| pick(slot, port)) {
                return Some(value);
            }
            rest = name.split_once('.').map(|(_, parent)| parent);
        }
        None
    }
}

/// Lower case, without the dot of a fully qualified name.
pub(crate) fn canonical(host: &str) -> String {
    host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase()
}

fn pick<T: Copy>(slot: &[(Option<u16>, T)], port: u16) -> Option<T> {
    let with_port = slot.iter().find(|(wanted, _)| *wanted == Some(port));
    with_port
        .or_else(|| slot.iter().find(|(wanted, _)| wanted.is_none()))
        .map(|(_, value)| *value)
}

/// True when the text fits the pattern, in which `*` stands for any letters. Linear in the product of the lengths, which
/// are short: labels, names, paths.
pub(crate) fn glob(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.as_bytes(), text.as_bytes());
    let (mut p, mut t, mut star) = (0, 0, None);
    while t < text.len() {
        match pattern.get(p) {
            Some(b'*') => {
                star = Some((p, t));
                p += 1;
            }
            Some(byte) if *byte == text[t] => {
                p += 1;
                t += 1;
            }
            _ => match star {
                Some((position, tried)) => {
                    p = position + 1;
                    t = tried + 1;
                    star = Some((position, tried + 1));
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|byte| *byte == b'*')
}

#[cfg(test)]
mod tests {
    use super::{HostPattern, HostTable, glob};

    fn table(patterns: &[&'static str]) -> HostTable<&'static str> {
        let mut table = HostTable::new();
        for pattern in patterns {
            assert!(table.insert(HostPattern::parse(pattern).unwrap(), *pattern));
        }
        table
    }

    #[test]
    fn the_most_exact_pattern_wins() {
        let table = table(&[
            "*.openai.com",
            "auth.openai.com",
            "*.eu.openai.com",
            "api-*.openai.com",
            "localhost:11434",
        ]);
        for (host, port, expected) in [
            ("openai.com", 443, Some("*.openai.com")),
            ("API.openai.com.", 443, Some("*.openai.com")),
            ("auth.openai.com", 443, Some("auth.openai.com")),
            ("x.auth.openai.com", 443, Some("*.openai.com")),
            ("a.b.eu.openai.com", 443, Some("*.eu.openai.com")),
            ("api-1.openai.com", 443, Some("api-*.openai.com")),
            ("api-1.x.openai.com", 443, Some("*.openai.com")),
            ("localhost", 11434, Some("localhost:11434")),
            ("localhost", 80, None),
            ("notopenai.com", 443, None),
            ("openai.com.evil.example", 443, None),
            ("", 443, None),
        ] {
            assert_eq!(table.find(host, port), expected, "{host}:{port}");
        }
    }

    #[test]
    fn what_is_not_a_host_pattern_is_refused() {
        for text in [
            "",
            "*",
            "*.",
            "a..b",
            "http://a",
            "a/b",
            "a:99999",
            "*.a*b.c",
            "ü.example",
        ] {
            assert!(HostPattern::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_star_stands_for_any_letters() {
        for (pattern, text, expected) in [
            ("*", "", true),
            ("a*c", "abbc", true),
            ("a*c", "abcb", false),
            ("*a*b*", "xxaxxbxx", true),
            ("", "a", false),
            ("a**", "a", true),
        ] {
            assert_eq!(glob(pattern, text), expected, "{pattern} {text}");
        }
    }
}
