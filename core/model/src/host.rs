//! Host patterns, as the catalogue writes them.

use std::net::IpAddr;

/// A pattern on host names: `name` (exactly this host), `*.name` (the name and every host below it), a `*` inside one
/// label for regional hosts (`bedrock-runtime.*.amazonaws.com`), each with an optional `:port`. An IPv4 address is a
/// name like any other.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct HostPattern {
    labels: Vec<String>,
    below: bool,
    port: Option<u16>,
}

/// The text is not a host pattern.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a host pattern: write `name`, `*.name`, a `*` inside one label, or `name:port`")]
pub struct ParseHostError(String);

impl HostPattern {
    /// Reads a pattern.
    ///
    /// # Errors
    /// When it is not one of the forms above, or would stand for hosts of many owners (`*`, `*.*.com`, `a.*`).
    pub fn parse(text: &str) -> Result<Self, ParseHostError> {
        let refuse = || ParseHostError(text.to_owned());
        let (name, port) = match text.trim().rsplit_once(':') {
            Some((name, port)) => (name, Some(port.parse().map_err(|_| refuse())?)),
            None => (text.trim(), None),
        };
        let name = name.to_ascii_lowercase();
        let (name, below) = name
            .strip_prefix("*.")
            .map_or((name.as_str(), false), |rest| (rest, true));
        let last = name.rsplit('.').next().unwrap_or_default();
        let too_wide = last.contains('*') || (below && name.contains('*'));
        if name.len() > 253 || too_wide || !name.split('.').all(is_label_pattern) {
            return Err(refuse());
        }
        Ok(Self {
            labels: name.split('.').map(str::to_owned).collect(),
            below,
            port,
        })
    }

    /// True when the pattern covers this host (lower case, no trailing dot) on this port.
    #[must_use]
    pub fn covers(&self, host: &str, port: u16) -> bool {
        self.port.is_none_or(|own| own == port) && self.covers_name(host)
    }

    /// True when the pattern covers this host on some port.
    #[must_use]
    pub fn covers_name(&self, host: &str) -> bool {
        let mut rest = host.rsplit('.');
        for pattern in self.labels.iter().rev() {
            match rest.next() {
                Some(label) if glob(pattern, label) => {}
                _ => return false,
            }
        }
        self.below || rest.next().is_none()
    }

    /// The host, when the pattern names exactly one.
    #[must_use]
    pub fn exact(&self) -> Option<String> {
        (!self.below && !self.has_star()).then(|| self.name())
    }

    /// True for `*.name`.
    #[must_use]
    pub fn includes_below(&self) -> bool {
        self.below
    }

    /// True when a label has a `*` in it.
    #[must_use]
    pub fn has_star(&self) -> bool {
        self.labels.iter().any(|label| label.contains('*'))
    }

    /// True for an IP address: no certificate can be made for it here.
    #[must_use]
    pub fn is_address(&self) -> bool {
        self.name().parse::<IpAddr>().is_ok()
    }

    /// The labels, without the leading `*.`.
    #[must_use]
    pub fn labels(&self) -> &[String] {
        &self.labels
    }

    /// The labels joined, without the leading `*.`.
    #[must_use]
    pub fn name(&self) -> String {
        self.labels.join(".")
    }

    /// The port, when the pattern is for one port.
    #[must_use]
    pub fn port(&self) -> Option<u16> {
        self.port
    }

    /// The smallest DNS subtree that holds every host of the pattern: what follows the last label with a star.
    #[must_use]
    pub fn subtree(&self) -> String {
        let fixed = self
            .labels
            .iter()
            .rposition(|label| label.contains('*'))
            .map_or(0, |star| star + 1);
        self.labels[fixed..].join(".")
    }
}

/// Host and port of an authority as it stands in a URL; the port is absent where it is not written.
#[must_use]
pub fn split_port(authority: &str) -> (&str, Option<u16>) {
    match authority.rsplit_once(':') {
        // An IPv6 address without brackets has no port.
        Some((name, port)) if !name.contains(':') || name.ends_with(']') => match port.parse() {
            Ok(port) => (name, Some(port)),
            Err(_) => (authority, None),
        },
        _ => (authority, None),
    }
}

fn is_label_pattern(label: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'_' | b'*');
    !label.is_empty() && label.len() <= 63 && label.bytes().all(allowed)
}

/// True when the text fits the pattern, in which `*` stands for any letters. Linear in the product of the lengths, which
/// are short: labels, names, paths.
#[must_use]
pub fn glob(pattern: &str, text: &str) -> bool {
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
    use super::{HostPattern, glob, split_port};

    #[track_caller]
    fn covers(pattern: &str, host: &str) -> bool {
        HostPattern::parse(pattern).unwrap().covers(host, 443)
    }

    #[test]
    fn a_name_covers_itself_only() {
        assert!(covers("chatgpt.com", "chatgpt.com"));
        assert!(!covers("chatgpt.com", "www.chatgpt.com"));
        assert!(!covers("chatgpt.com", "evilchatgpt.com"));
        assert!(!covers("chatgpt.com", "chatgpt.com.evil.example"));
    }

    #[test]
    fn a_leading_star_covers_the_name_and_all_below() {
        assert!(covers("*.chatgpt.com", "chatgpt.com"));
        assert!(covers("*.chatgpt.com", "a.b.chatgpt.com"));
        assert!(!covers("*.chatgpt.com", "evilchatgpt.com"));
    }

    #[test]
    fn an_inner_star_stays_in_its_label() {
        assert!(covers(
            "bedrock-runtime.*.amazonaws.com",
            "bedrock-runtime.eu-west-1.amazonaws.com"
        ));
        assert!(!covers(
            "bedrock-runtime.*.amazonaws.com",
            "bedrock-runtime.a.b.amazonaws.com"
        ));
        assert!(covers(
            "*-aiplatform.googleapis.com",
            "europe-aiplatform.googleapis.com"
        ));
        assert!(!covers("*-aiplatform.googleapis.com", "aiplatform.googleapis.com"));
        assert!(covers("a*b*c.example", "axbxc.example"));
        assert!(!covers("a*b*c.example", "axcxb.example"));
    }

    #[test]
    fn a_port_limits_the_pattern() {
        let pattern = HostPattern::parse("localhost:11434").unwrap();
        assert!(pattern.covers("localhost", 11434));
        assert!(!pattern.covers("localhost", 443));
    }

    #[test]
    fn what_would_stand_for_many_owners_is_no_pattern() {
        for text in [
            "*",
            "*.*",
            "a.*",
            "*.a*b.c",
            "a..b",
            "",
            "*.",
            "ex ample.com",
            "[::1]:80",
            "http://a",
            "a:99999",
            "ü.example",
        ] {
            assert!(HostPattern::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn an_address_is_told_from_a_name() {
        assert!(HostPattern::parse("127.0.0.1:11434").unwrap().is_address());
        assert!(!HostPattern::parse("api.openai.com").unwrap().is_address());
    }

    #[test]
    fn a_port_is_split_off_where_there_is_one() {
        assert_eq!(split_port("localhost:11434"), ("localhost", Some(11434)));
        assert_eq!(split_port("chatgpt.com"), ("chatgpt.com", None));
        assert_eq!(split_port("a:b"), ("a:b", None));
        assert_eq!(split_port("::1"), ("::1", None));
        assert_eq!(split_port("[::1]:8443"), ("[::1]", Some(8443)));
    }

    #[test]
    fn subtrees_are_what_follows_the_last_star() {
        let subtree = |text| HostPattern::parse(text).unwrap().subtree();
        assert_eq!(subtree("*.chatgpt.com"), "chatgpt.com");
        assert_eq!(subtree("chat.openai.com"), "chat.openai.com");
        assert_eq!(subtree("bedrock-runtime.*.amazonaws.com"), "amazonaws.com");
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
