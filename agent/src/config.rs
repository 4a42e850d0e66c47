//! What `weir agent` is told. The command line parses into this and nothing below it reads arguments or the environment.

use std::fmt;
use std::net::{IpAddr, SocketAddr, TcpListener};
use std::path::PathBuf;
use std::str::FromStr;

use weir_policy::Environment;

use crate::state::StateDir;

/// Where the proxy listens when nothing else is said.
pub const DEFAULT_LISTEN: &str = "127.0.0.1:18080";

/// Where the gateway listens when it is asked for without an address.
pub const DEFAULT_GATEWAY: &str = "127.0.0.1:18081";

/// Everything the agent is told when it starts.
pub struct Options {
    /// Where it keeps what it must remember.
    pub state: StateDir,
    /// Where the proxy listens; port 0 takes a free one.
    pub listen: Vec<SocketAddr>,
    /// Sockets that the service manager holds for us over restarts, so that nobody else can take their addresses meanwhile.
    pub inherited: Vec<TcpListener>,
    /// A socket for the programs of all users of this machine, beside that of the agent's own user.
    pub machine_socket: Option<PathBuf>,
    /// Where the gateway listens; `None` leaves it out.
    pub gateway: Option<SocketAddr>,
    /// The pack in force; `None` is the built-in `weir/baseline`.
    pub pack: Option<PathBuf>,
    /// Run signed bundles instead of a pack.
    pub bundles: Option<Bundles>,
    /// Directory of service files beside the built-in catalogue; a file with a built-in id replaces that one.
    pub catalogue: Option<PathBuf>,
    /// More roots for the upstream leg (PEM), beside those of the system.
    pub upstream_ca: Option<PathBuf>,
    /// Addresses that replace name resolution on the upstream leg.
    pub resolve: Vec<Resolve>,
    /// Which environment this machine works in.
    pub environment: Environment,
    /// Called once, when the proxy and the socket answer.
    pub ready: Box<dyn FnOnce(&Ready) + Send>,
}

/// Whose bundles the agent runs.
pub struct Bundles {
    /// Whose signatures count.
    pub signers: Signers,
    /// Groups this device belongs to.
    pub groups: Vec<String>,
}

/// Who may sign bundles.
pub enum Signers {
    /// Those of these public keys (PEM), so many of them.
    Keys {
        /// The keys.
        keys: Vec<PathBuf>,
        /// How many of them must have signed.
        threshold: usize,
    },
    /// Those whom a root names, or the roots after it.
    Root(PathBuf),
}

/// What a program needs to know once the agent is up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ready {
    /// Where the proxy really listens.
    pub proxy: SocketAddr,
    /// The certificate that clients must trust.
    pub ca: PathBuf,
    /// URL of the PAC file.
    pub pac: String,
    /// Where the gateway listens, where there is one.
    pub gateway: Option<SocketAddr>,
}

/// One `--resolve`: connections to this host and port go to that address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resolve {
    /// Host name, lower case.
    pub host: String,
    /// Port as the client asked for it.
    pub port: u16,
    /// Where to connect instead.
    pub to: SocketAddr,
}

/// The text is not a `--resolve`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected HOST:PORT:ADDRESS or HOST:PORT:ADDRESS:PORT, an IPv6 address in brackets")]
pub struct ParseResolveError;

impl FromStr for Resolve {
    type Err = ParseResolveError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut parts = text.splitn(3, ':');
        let (Some(host), Some(port), Some(address)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(ParseResolveError);
        };
        let port = port.parse().map_err(|_| ParseResolveError)?;
        let to = parse_address(address, port).ok_or(ParseResolveError)?;
        if host.is_empty() {
            return Err(ParseResolveError);
        }
        Ok(Self {
            host: host.to_ascii_lowercase(),
            port,
            to,
        })
    }
}

/// `ADDRESS` or `ADDRESS:PORT`; `default_port` where none is given.
fn parse_address(text: &str, default_port: u16) -> Option<SocketAddr> {
    if let Ok(address) = text.parse::<SocketAddr>() {
        return Some(address);
    }
    let bare = text
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'))
        .unwrap_or(text);
    bare.parse::<IpAddr>()
        .ok()
        .map(|address| SocketAddr::new(address, default_port))
}

impl fmt::Display for Resolve {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.host, self.port, self.to)
    }
}

#[cfg(test)]
mod tests {
    use super::{ParseResolveError, Resolve};

    fn resolve(text: &str) -> Result<String, ParseResolveError> {
        text.parse::<Resolve>().map(|resolve| resolve.to_string())
    }

    #[test]
    fn the_port_of_the_address_is_that_of_the_host_unless_given() {
        assert_eq!(
            resolve("chatgpt.com:443:127.0.0.1").unwrap(),
            "chatgpt.com:443:127.0.0.1:443"
        );
        assert_eq!(
            resolve("ChatGPT.com:443:127.0.0.1:8443").unwrap(),
            "chatgpt.com:443:127.0.0.1:8443"
        );
    }

    #[test]
    fn ipv6_stands_in_brackets_or_alone() {
        assert_eq!(resolve("a:443:[::1]").unwrap(), "a:443:[::1]:443");
        assert_eq!(resolve("a:443:[::1]:8443").unwrap(), "a:443:[::1]:8443");
        assert_eq!(resolve("a:443:::1").unwrap(), "a:443:[::1]:443");
    }

    #[test]
    fn what_is_not_an_address_is_refused() {
        for text in [
            "",
            "a",
            "a:443",
            "a:x:127.0.0.1",
            "a:443:localhost",
            ":443:127.0.0.1",
            "a:443:127.0.0.1:99999",
        ] {
            assert_eq!(resolve(text), Err(ParseResolveError), "{text}");
        }
    }
}
