//! Names that a leaf can carry.

use weir_model::HostPattern;

/// A pattern whose hosts can be intercepted; `None` for what is no pattern, and for IP addresses.
pub(crate) fn intercepted(pattern: &str) -> Option<HostPattern> {
    HostPattern::parse(pattern).ok().filter(|pattern| !pattern.is_address())
}

/// True for a name that may stand in a leaf: letters, digits, hyphens, underscores, dots; no IP address.
pub(crate) fn is_dns_name(host: &str) -> bool {
    host.len() <= 253
        && host.parse::<std::net::IpAddr>().is_err()
        && host.split('.').all(is_label)
        // A last label of digits is an IPv4 address in one of its odd spellings.
        && !host.rsplit('.').next().is_some_and(|last| last.bytes().all(|b| b.is_ascii_digit()))
}

fn is_label(label: &str) -> bool {
    !label.is_empty()
        && label.len() <= 63
        && label
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'-' | b'_'))
}

#[cfg(test)]
mod tests {
    use super::is_dns_name;

    #[test]
    fn addresses_are_no_dns_names() {
        assert!(is_dns_name("api.openai.com") && is_dns_name("localhost"));
        for text in ["127.0.0.1", "::1", "127.1", "1.2.3.4.5", "0x7f.1", "a.*.b", "", "a..b"] {
            assert!(!is_dns_name(text), "{text}");
        }
    }
}
