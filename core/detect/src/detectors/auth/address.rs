//! Addresses with user information: connection strings of stores, and web addresses with a password.

use super::CONNECTION;
use crate::classes::{ALNUM, is};
use crate::detectors::{Hit, secrets};
use crate::evidence::{is_documented_secret, is_phrase, is_placeholder};
use crate::page::{Findings, Page};
use weir_model::Confidence;

/// Schemes of databases, queues and directories.
const STORES: &[&str] = &[
    "postgres",
    "postgresql",
    "mysql",
    "mariadb",
    "mongodb",
    "redis",
    "rediss",
    "amqp",
    "amqps",
    "mssql",
    "sqlserver",
    "oracle",
    "clickhouse",
    "cockroachdb",
    "neo4j",
    "bolt",
    "cassandra",
    "ldap",
    "ldaps",
    "mqtt",
    "mqtts",
    "nats",
    "kafka",
    "snowflake",
    "influxdb",
    "couchbase",
    "couchbases",
    "memcached",
    "db2",
    "firebird",
    "redshift",
    "presto",
    "trino",
    "hive2",
    "elasticsearch",
    "pulsar",
    "sqlite",
    "jdbc",
    "vertica",
    "cockroach",
    "pgsql",
    "timescaledb",
    "teradata",
    "rabbitmq",
    "valkey",
    "tidb",
];

/// `scheme://user:password@host`: the colon of the scheme.
pub(in crate::detectors) fn address(page: &Page<'_>, colon: usize, out: &mut Findings) {
    const LONGEST: usize = 1024;
    let mut start = colon;
    while start > 0
        && colon - start < 40
        && (is(page.byte(start - 1), ALNUM) || b"+-.:".contains(&page.byte(start - 1)))
    {
        start -= 1;
    }
    while start < colon && !page.byte(start).is_ascii_alphabetic() {
        start += 1;
    }
    // Most addresses name nobody.
    let web = matches!(page.slice(start..colon), b"http" | b"https");
    let line = page.slice(colon..page.line_end(colon, LONGEST));
    let with_password = || memchr::memchr_iter(b'=', line).any(|at| line[..at].ends_with(b"password"));
    if memchr::memchr(b'@', line).is_none() && (web || !with_password()) {
        return;
    }
    let scheme = page.text(start..colon).to_ascii_lowercase();
    let mut end = page.address.end(page.bytes, colon + 3, colon + LONGEST, |byte| {
        !b" \"'`<>\n\r\t|\\".contains(&byte)
    });
    while end > colon + 3 && b".,;)]}".contains(&page.byte(end - 1)) {
        end -= 1;
    }
    let rest = page.text(colon + 3..end);
    let store = scheme.split([':', '+', '.']).any(|part| STORES.contains(&part));
    // People put `#` and `?` into passwords without escaping them.
    let authority = rest.split('/').next().unwrap_or("");
    let secret = match authority.rfind('@').or_else(|| rest.rfind('@').filter(|_| store)) {
        Some(split) => rest[..split].split_once(':').map(|(user, word)| (user.len() + 1, word)),
        None => store
            .then(|| {
                rest.find("password=")
                    .map(|at| (at + 9, rest[at + 9..].split('&').next().unwrap_or("")))
            })
            .flatten(),
    };
    let Some((offset, word)) = secret.filter(|(_, word)| !word.is_empty() && !is_weak(word)) else {
        return;
    };
    if is_template(authority) || authority.is_empty() && secrets::names_a_secret(word) {
        return;
    }
    if store {
        out.add(&CONNECTION, start..end, Confidence::High);
    } else if PLACES.contains(&scheme.as_str()) && secrets::fits_place(word) {
        let from = colon + 3 + offset;
        secrets::password(page, from..from + word.len(), out);
    }
}

/// Schemes of what is not a store: only the password is the secret.
const PLACES: &[&str] = &[
    "http",
    "https",
    "ftp",
    "ftps",
    "ftpes",
    "sftp",
    "ssh",
    "scp",
    "smtp",
    "smtps",
    "imap",
    "imaps",
    "pop3",
    "pop3s",
    "git",
    "git+https",
    "git+ssh",
    "ws",
    "wss",
    "socks4",
    "socks5",
    "socks5h",
    "rtsp",
    "rtmp",
    "smb",
    "svn",
    "webdav",
    "rsync",
    "afp",
    "vnc",
    "rdp",
    "xmpp",
    "sip",
    "sips",
];

/// Addresses of manuals: `[user[:password]@][host]`, `username:p@ssw0rd@hostname`.
fn is_template(authority: &str) -> bool {
    const USERS: &[&str] = &["user", "username", "myuser", "dbuser", "db_user", "your_user"];
    const HOSTS: &[&str] = &["host", "hostname", "myhost", "dbhost", "db_host", "your_host"];
    let user = authority.split(':').next().unwrap_or("");
    let host = authority.rsplit('@').next().unwrap_or("");
    let host = host.split([':', '/']).next().unwrap_or("");
    user.starts_with('[') || USERS.contains(&user) && HOSTS.contains(&host)
}

/// Passwords of examples: the word itself, the user's name, a reference.
pub(super) fn is_weak(word: &str) -> bool {
    const EXAMPLES: &[&str] = &[
        "password",
        "pass",
        "pwd",
        "passwd",
        "secret",
        "user",
        "x",
        "xxx",
        "postgres",
        "root",
        "guest",
        "test",
        "mysql",
        "x-oauth-basic",
        "token",
        "admin",
        "redis",
        "mongo",
        "pw",
        "example",
        "changeit",
        "foo",
        "bar",
        "baz",
        "abc",
        "xyz",
        "pass123",
        "secret123",
    ];
    let plain = || word.replace("%20", "");
    let first = word.bytes().next();
    is_placeholder(word)
        || word.bytes().all(|byte| Some(byte) == first)
        || is_documented_secret(&plain())
        || is_phrase(word)
        || EXAMPLES.contains(&word.to_ascii_lowercase().as_str())
        || word.starts_with('[')
        || word.starts_with('{')
        || word
            .strip_prefix('$')
            .is_some_and(|name| !name.starts_with(|c: char| c.is_ascii_digit()))
        || word.starts_with('%') && word.ends_with('%')
}

/// `jdbc:oracle:thin:user/word@host:1521/service`.
pub(super) fn oracle(page: &Page<'_>, hit: Hit, out: &mut Findings) {
    let rest = page.slice(hit.end..hit.end + 256);
    let length = rest.iter().take_while(|byte| !b" \"'`<>\n\r\t".contains(byte)).count();
    let text = page.text(hit.end..hit.end + length).trim_end_matches([',', ';', ')']);
    let credentials = text.split_once(':').map_or(text, |(_, rest)| rest);
    let word = credentials
        .split_once('@')
        .and_then(|(who, _)| who.split_once('/'))
        .map(|(_, word)| word);
    if word.is_some_and(|word| !word.is_empty() && !is_weak(word)) {
        out.add(&CONNECTION, hit.start..hit.end + text.len(), Confidence::High);
    }
}
