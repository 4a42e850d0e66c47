//! Host patterns, as the catalogue writes them.

/// A pattern on host names: `name` (exactly this host), `*.name` (the name and every host below it), a `*` inside one
/// label for regional hosts (`bedrock-runtime.*.amazonaws.com`), each with an optional `:port`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct HostPattern {
    labels: Vec<String>,
    below: bool,
    port: Option<u16>,
}

impl HostPattern {
    /// Reads a pattern; `None` for what is not a host name with optional stars (IP addresses are not).
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim().to_ascii_lowercase();
        let (name, port) = match text.split_once(':') {
            Some((name, port)) => (name, Some(port.parse().ok()?)),
            None => (text.as_str(), None),
        };
        let (name, below) = name.strip_prefix("*.").map_or((name, false), |rest| (rest, true));
        let labels: Vec<String> = name.split('.').map(str::to_owned).collect();
        let good = name.len() <= 253
            && labels.iter().all(|label| is_label_pattern(label))
            && name.parse::<std::net::IpAddr>().is_err()
            && !labels.last()?.contains('*');
        good.then_some(Self { labels, below, port })
    }

    /// True when the pattern covers this host (lower case, no trailing dot) on this port.
    #[must_use]
    pub fn covers(&self, host: &str, port: u16) -> bool {
        self.port.is_none_or(|own| own == port) && self.covers_name(host)
    }

    /// True when the pattern covers this host on any port.
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
        (!self.below && !self.labels.iter().any(|label| label.contains('*'))).then(|| self.labels.join("."))
    }

    /// True for `*.name`.
    #[must_use]
    pub(crate) fn includes_below(&self) -> bool {
        self.below
    }

    /// The labels as a glob, without the leading `*.`.
    #[must_use]
    pub(crate) fn name(&self) -> String {
        self.labels.join(".")
    }

    /// The port, when the pattern is for one port.
    #[must_use]
    pub(crate) fn port(&self) -> Option<u16> {
        self.port
    }

    /// The smallest DNS subtree that holds every host of the pattern: what follows the last label with a star.
    #[must_use]
    pub(crate) fn subtree(&self) -> String {
        let fixed = self.labels.iter().rposition(|label| label.contains('*')).map_or(0, |star| star + 1);
        self.labels[fixed..].join(".")
    }
}

/// True for a name that may stand in a leaf: letters, digits, hyphens, underscores, dots; no IP address.
pub(crate) fn is_dns_name(host: &str) -> bool {
    host.len() <= 253
        && host.parse::<std::net::IpAddr>().is_err()
        && host.split('.').all(|label| is_label_pattern(label) && !label.contains('*'))
        // A last label of digits is an IPv4 address in one of its odd spellings.
        && !host.rsplit('.').next().is_some_and(|last| last.bytes().all(|b| b.is_ascii_digit()))
}

fn is_label_pattern(label: &str) -> bool {
    !label.is_empty()
        && label.len() <= 63
        && label.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'-' | b'_' | b'*'))
}

/// Glob over one label; linear in the label for each star.
fn glob(pattern: &str, label: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = label.strip_prefix(parts.next().unwrap_or_default()) else { return false };
    let mut parts = parts.peekable();
    if parts.peek().is_none() {
        return rest.is_empty();
    }
    while let Some(part) = parts.next() {
        if parts.peek().is_none() {
            return rest.ends_with(part);
        }
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::{HostPattern, is_dns_name};

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
        assert!(covers("bedrock-runtime.*.amazonaws.com", "bedrock-runtime.eu-west-1.amazonaws.com"));
        assert!(!covers("bedrock-runtime.*.amazonaws.com", "bedrock-runtime.a.b.amazonaws.com"));
        assert!(covers("*-aiplatform.googleapis.com", "europe-aiplatform.googleapis.com"));
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
    fn addresses_and_bare_stars_are_no_patterns() {
        for text in ["127.0.0.1", "127.0.0.1:80", "*", "*.*", "a..b", "", "*.", "ex ample.com", "[::1]:80"] {
            assert!(HostPattern::parse(text).is_none(), "{text}");
        }
    }

    #[test]
    fn subtrees_are_what_follows_the_last_star() {
        let subtree = |text| HostPattern::parse(text).unwrap().subtree();
        assert_eq!(subtree("*.chatgpt.com"), "chatgpt.com");
        assert_eq!(subtree("chat.openai.com"), "chat.openai.com");
        assert_eq!(subtree("bedrock-runtime.*.amazonaws.com"), "amazonaws.com");
    }

    #[test]
    fn addresses_are_no_dns_names() {
        assert!(is_dns_name("api.openai.com") && is_dns_name("localhost"));
        for text in ["127.0.0.1", "::1", "127.1", "1.2.3.4.5", "0x7f.1", "a.*.b", "", "a..b"] {
            assert!(!is_dns_name(text), "{text}");
        }
    }
}
