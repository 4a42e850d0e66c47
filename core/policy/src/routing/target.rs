//! A model the gateway may call.

use std::net::IpAddr;

use weir_model::{Destination, Flag, Interface, Tier, Timestamp, Trust};

use crate::catalogue::Catalogue;
use crate::chain::Handling;

/// A model the gateway may call, as the pack describes it. Nothing is inferred: what is not said is unknown.
#[derive(Clone, Debug)]
pub struct Target {
    pub(crate) id: String,
    pub(crate) provider: String,
    pub(crate) model: Option<String>,
    pub(crate) key: Option<KeyRef>,
    pub(crate) region: Option<String>,
    pub(crate) trust: Trust,
    pub(crate) weight: u32,
    /// What was promised when it was agreed.
    pub(crate) handling: Handling,
    /// The first moment at which that is unknown.
    pub(crate) handling_ends: Option<Timestamp>,
    pub(crate) denies_collection: bool,
    pub(crate) endpoints: Vec<Endpoint>,
    /// What its provider can be told.
    pub(crate) flags: Vec<Flag>,
}

/// Where the key of a target is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyRef {
    /// In an environment variable of the agent.
    Env(String),
    /// In a file that its owner alone can read.
    File(String),
    /// In the key store of the operating system.
    KeyStore(String),
}

/// Where a target takes calls, and in which interface.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// The interface it speaks.
    pub interface: Interface,
    /// True for TLS. Without it, it is on this machine or the company's own.
    pub secure: bool,
    /// Host, lower case; an IPv6 address without brackets.
    pub host: String,
    /// Port.
    pub port: u16,
    /// What stands before the interface's own path, without a slash at the end: `/v1`.
    pub path: String,
}

impl Target {
    /// Name of the target in the pack.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Provider id.
    #[must_use]
    pub fn provider(&self) -> &str {
        &self.provider
    }

    /// The model's name there; `None` where the caller's is kept.
    #[must_use]
    pub fn model(&self) -> Option<&str> {
        self.model.as_deref()
    }

    /// Where its key is; `None` where it needs none.
    #[must_use]
    pub fn key(&self) -> Option<&KeyRef> {
        self.key.as_ref()
    }

    /// What is promised now.
    pub(crate) fn handling(&self, now: Timestamp) -> Handling {
        match self.handling_ends {
            Some(end) if end <= now => Handling::default(),
            _ => self.handling,
        }
    }

    /// What its service is told with each call, so that what was agreed holds also where an account is set otherwise.
    pub(crate) fn told(&self) -> Vec<Flag> {
        let keeps_nothing = self.handling.zero_retention == Some(true);
        let collects_nothing = self.denies_collection || self.handling.no_training == Some(true);
        let applies = |flag: &Flag| match flag {
            Flag::DoNotStore => keeps_nothing || self.denies_collection,
            Flag::OnlyZeroRetention => keeps_nothing,
            Flag::DenyCollection => collects_nothing,
        };
        self.flags.iter().copied().filter(applies).collect()
    }

    /// Where to call it: in the caller's own interface where it speaks it, else in its first.
    #[must_use]
    pub fn endpoint(&self, callers: Interface) -> Option<&Endpoint> {
        let same = self.endpoints.iter().find(|endpoint| endpoint.interface == callers);
        same.or_else(|| self.endpoints.first())
    }

    /// The target as a destination. Its model is the caller's where it has none of its own.
    pub(crate) fn destination(&self, catalogue: &Catalogue, model: Option<&str>) -> Destination {
        let endpoint = self.endpoints.first();
        let service = endpoint
            .and_then(|endpoint| catalogue.service_for(&endpoint.host, endpoint.port))
            .map(|(service, _)| service)
            .filter(|service| service.provider == self.provider);
        Destination {
            host: endpoint.map(|endpoint| endpoint.host.clone()).unwrap_or_default(),
            service: service.map(|service| service.service.clone()),
            provider: Some(self.provider.clone()),
            tier: Tier::Api,
            region: self.region.clone(),
            model: self.model.clone().or_else(|| model.map(str::to_owned)),
            target: Some(self.id.clone()),
        }
    }
}

impl Endpoint {
    /// Reads `https://host:port/path`; `None` for anything else.
    pub(crate) fn parse(interface: Interface, url: &str) -> Option<Self> {
        let (scheme, rest) = url.split_once("://")?;
        let secure = match scheme {
            "https" => true,
            "http" => false,
            _ => return None,
        };
        let (authority, path) = match rest.find('/') {
            Some(slash) => rest.split_at(slash),
            None => (rest, ""),
        };
        let plain = |text: &str| {
            text.bytes()
                .all(|byte| byte.is_ascii_graphic() && !b"@?#\\\"<>".contains(&byte))
        };
        let (host, port) = split_authority(authority, if secure { 443 } else { 80 })?;
        (!host.is_empty() && plain(authority) && plain(path)).then(|| Self {
            interface,
            secure,
            host: host.to_ascii_lowercase(),
            port,
            path: path.trim_end_matches('/').to_owned(),
        })
    }

    /// Host and port, as a request names them.
    #[must_use]
    pub fn authority(&self) -> String {
        let host = match self.host.contains(':') {
            true => format!("[{}]", self.host),
            false => self.host.clone(),
        };
        match (self.secure, self.port) {
            (true, 443) | (false, 80) => host,
            (_, port) => format!("{host}:{port}"),
        }
    }

    /// Path of a call.
    #[must_use]
    pub fn call_path(&self) -> String {
        format!("{}/{}", self.path, self.interface.path())
    }

    /// True where nothing on the way could listen.
    pub(crate) fn is_on_this_machine(&self) -> bool {
        self.host == "localhost" || self.host.parse().is_ok_and(|address: IpAddr| address.is_loopback())
    }
}

fn split_authority(authority: &str, usual: u16) -> Option<(&str, u16)> {
    let (host, port) = match authority.strip_prefix('[') {
        Some(rest) => {
            let (host, port) = rest.split_once(']')?;
            (host, port.strip_prefix(':'))
        }
        None => match authority.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (authority, None),
        },
    };
    let port = port.map_or(Some(usual), |port| port.parse().ok())?;
    Some((host, port))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(url: &str) -> Option<(bool, String, u16, String)> {
        let endpoint = Endpoint::parse(Interface::OpenAiChat, url)?;
        let path = endpoint.call_path();
        Some((endpoint.secure, endpoint.host, endpoint.port, path))
    }

    #[test]
    fn addresses_are_read() {
        let of = |secure, host: &str, port, path: &str| Some((secure, host.to_owned(), port, path.to_owned()));
        assert_eq!(
            read("https://API.example/v1/"),
            of(true, "api.example", 443, "/v1/chat/completions")
        );
        assert_eq!(
            read("http://127.0.0.1:11434"),
            of(false, "127.0.0.1", 11434, "/chat/completions")
        );
        assert_eq!(
            read("http://[::1]:8080/x"),
            of(false, "::1", 8080, "/x/chat/completions")
        );
        for wrong in [
            "api.example",
            "ftp://a",
            "https://",
            "https://u@a",
            "https://a:x",
            "https://a/b?c",
            "https://a b",
        ] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }
}
