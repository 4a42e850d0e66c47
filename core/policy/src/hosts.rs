//! Finding the most exact host pattern for a host.

use std::collections::HashMap;

use weir_model::{HostPattern, glob};

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
    pub(crate) fn insert(&mut self, pattern: &HostPattern, value: T) -> bool {
        let port = pattern.port();
        if pattern.has_star() {
            return self.insert_labels(pattern, value);
        }
        let table = if pattern.includes_below() {
            &mut self.below
        } else {
            &mut self.exact
        };
        let slot = table.entry(pattern.name()).or_default();
        let fresh = !slot.iter().any(|(other, _)| *other == port);
        if fresh {
            slot.push((port, value));
        }
        fresh
    }

    fn insert_labels(&mut self, pattern: &HostPattern, value: T) -> bool {
        let (labels, port) = (pattern.labels(), pattern.port());
        let fresh = !self
            .labels
            .iter()
            .any(|(known, other, _)| known == labels && *other == port);
        if fresh {
            self.labels.push((labels.to_vec(), port, value));
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

#[cfg(test)]
mod tests {
    use super::HostTable;
    use weir_model::HostPattern;

    fn table(patterns: &[&'static str]) -> HostTable<&'static str> {
        let mut table = HostTable::new();
        for pattern in patterns {
            assert!(table.insert(&HostPattern::parse(pattern).unwrap(), *pattern));
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
}
