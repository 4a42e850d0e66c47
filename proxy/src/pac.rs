//! The proxy auto-configuration file: only governed hosts come here, all others never depend on us (P2, P9).

use std::fmt::Write;
use std::net::SocketAddr;

use arc_swap::ArcSwap;

use weir_model::HostPattern;

use crate::dns_name::intercepted;

/// The governed hosts, as the PAC file tells them to browsers.
#[derive(Default)]
pub struct Pac {
    patterns: ArcSwap<Vec<HostPattern>>,
}

impl Pac {
    /// From host patterns; see [`Pac::set_hosts`].
    pub fn new<S: AsRef<str>>(hosts: &[S]) -> Self {
        let pac = Self::default();
        pac.set_hosts(hosts);
        pac
    }

    /// Takes new host patterns. What is not a pattern (an IP address) is left out: it cannot be intercepted.
    pub fn set_hosts<S: AsRef<str>>(&self, hosts: &[S]) {
        let patterns = hosts.iter().filter_map(|host| intercepted(host.as_ref())).collect();
        self.patterns.store(std::sync::Arc::new(patterns));
    }

    /// The file, sending governed hosts to the proxy at this address. There is no `DIRECT` beside `PROXY`: when the
    /// proxy is down, governed hosts fail and all others go on.
    #[must_use]
    pub fn render(&self, proxy: SocketAddr) -> String {
        let (mut exact, mut below, mut globs) = (String::new(), String::new(), String::new());
        for pattern in self.patterns.load().iter() {
            let name = pattern.name();
            // Writing to a string cannot fail. Patterns hold letters, digits, `-`, `_`, `.` and `*` only.
            let _ = match (pattern.exact(), pattern.port(), name.contains('*')) {
                (Some(host), None, _) => write!(exact, "\"{host}\":1,"),
                (_, None, false) => write!(below, "\"{name}\":1,"),
                _ => write!(globs, "{},", glob_entry(pattern)),
            };
        }
        format!(
            "// Governed AI services go through Weir on this machine; everything else goes directly.\n\
             var exact = {{{exact}}};\nvar below = {{{below}}};\nvar globs = [{globs}];\n\
             {FUNCTION}var proxy = \"PROXY {proxy}\";\n"
        )
    }
}

fn glob_entry(pattern: &HostPattern) -> String {
    let mut name = String::new();
    for c in pattern.name().chars() {
        match c {
            '*' => name.push_str("[^.]*"),
            '.' => name.push_str("[.]"),
            other => name.push(other),
        }
    }
    let below = if pattern.includes_below() { "(.*[.])?" } else { "" };
    let port = pattern.port().unwrap_or(0);
    format!("[/^{below}{name}$/,{port}]")
}

/// Old ECMAScript on purpose: WinHTTP and JavaScriptCore evaluate this too.
const FUNCTION: &str = r#"function has(set, key) { return Object.prototype.hasOwnProperty.call(set, key); }
function portOf(url) {
  var m = /^([a-z]+):\/\/(?:[^\/?#]*@)?(?:\[[^\]]*\]|[^\/?#:]*)(?::([0-9]+))?/i.exec(url);
  if (!m) { return 0; }
  if (m[2]) { return parseInt(m[2], 10); }
  var scheme = m[1].toLowerCase();
  return scheme === "https" || scheme === "wss" ? 443 : 80;
}
function FindProxyForURL(url, host) {
  host = host.toLowerCase();
  if (host.charAt(host.length - 1) === ".") { host = host.substring(0, host.length - 1); }
  if (has(exact, host)) { return proxy; }
  var name = host;
  while (true) {
    if (has(below, name)) { return proxy; }
    var dot = name.indexOf(".");
    if (dot < 0) { break; }
    name = name.substring(dot + 1);
  }
  for (var i = 0; i < globs.length; i++) {
    if (globs[i][0].test(host) && (globs[i][1] === 0 || globs[i][1] === portOf(url))) { return proxy; }
  }
  return "DIRECT";
}
"#;
