//! Credentials in headers and addresses: JWT, Bearer, Basic, connection strings, signed links, webhooks.

use super::tokens::{self, Type};
use super::{Family, Hit, Word};
use crate::classes::{ALNUM, TOKEN, is, run_end, run_start};
use crate::decode::blob;
use crate::evidence::{contains, distinct, is_placeholder};
use crate::page::{Findings, Page};
use crate::registry::{Info, Standing};
use weir_model::{Category, Confidence};

/// The family.
pub(super) struct Auth;

/// A JSON web token.
pub(super) static JWT: Info = Info::new("security/jwt", "JSON web token", Category::Security, Standing::Typed)
    .from("any", "RFC 7519; the header is decoded")
    .found_in(&[
        concat!(
            "token ey",
            "JhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.ey",
            "JzdWIiOiJ3ZWlyX2Zsb3dzX3Bhc3QifQ.WeirFlows2PastStones4And3HoldsBackWhat6MustNot"
        ),
        concat!(
            "ey",
            "JhbGciOiJSUzI1NiJ9.ey",
            "JpYXQiOjE2OTY0ODIwMzR9.Stones4And3HoldsBackWhat6MustNotPassOverTheOldWeir"
        ),
    ])
    .not_in(&[
        concat!(
            "ey",
            "JhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.ey",
            "JzdWIiOiIxMjM0NTY3ODkwIiwibmFtZSI6IkpvaG4gRG9lIiwiaWF0IjoxNTE2MjM5MDIyfQ.Sfl",
            "KxwRJSMeKKF2QT4fwpMeJf36POk6yJV_adQssw5c"
        ),
        concat!("ey", "JoZWxsbyI6IndvcmxkIn0"),
        concat!("ey", "Jub3QiOiJhIGhlYWRlciJ9.abcdefghijklmnop.qrstuvwxyz0123456789"),
    ]);

/// User and password of HTTP Basic.
pub(super) static BASIC: Info = Info::new(
    "security/basic_auth",
    "HTTP Basic credentials",
    Category::Security,
    Standing::Contextual,
)
.from("any", "RFC 7617; the value is decoded")
.found_in(&[
    "Authorization: Basic amVua2luczpQZW5jaWwtMzg5Pw==",
    "-H 'authorization: basic d2VpcjpTdG9uZXMtNC1BbmQtMw=='",
])
.not_in(&[
    "Basic education and training",
    "Basic aGVsbG8gd29ybGQ=",
    "Authorization: Basic <credentials>",
    "Authorization: Basic ${BASIC}",
]);

/// An address of a database or queue with its password.
pub(super) static CONNECTION: Info = Info::new(
    "security/db_connection_string",
    "Connection string",
    Category::Security,
    Standing::Envelope,
)
.from("any", "RFC 3986 user information; JDBC; ADO.NET")
.found_in(&[
    concat!(
        "DATABASE_URL=postgres:",
        "//readonly:wNACz-Y7Ws4STuJ@db.corp.io:5432/crm"
    ),
    concat!("redis:", "//:Hbh2Sm_pDbyvOugDeOsz@cache:6379/0"),
    concat!(
        "\"mongodb+srv:",
        "//weir:fl0ws.Past@cluster0.mongodb.net/prod?retryWrites=true\""
    ),
    concat!(
        "Server=tcp:sql.corp.io,1433;Database=crm;User ID=weir;Pass",
        "word=St0nes!And3;Encrypt=True"
    ),
    concat!("jdbc:mysql:", "//db.corp.io/crm?user=weir&pass", "word=St0nesAnd3"),
])
.not_in(&[
    concat!("postgres:", "//localhost:5432/crm"),
    concat!("postgres:", "//user:${DB_PASSWORD}@host/db"),
    concat!("postgres:", "//user:password@localhost/db"),
    concat!("mysql:", "//<user>:<password>@host/db"),
    "https://corp.io:8080/path",
    "Server=localhost;Database=crm;Integrated Security=true",
]);

/// A signed link to Azure storage.
pub(super) static AZURE_SAS: Info = Info::new(
    "security/azure_sas",
    "Azure shared access signature",
    Category::Security,
    Standing::Envelope,
)
.from("any", "learn.microsoft.com, service SAS")
.found_in(&[
    concat!(
        "https://files.blob.core.windows.net/a?sv=2022-11-02&ss=bfqt&sp=rwdl&se=2026-04-28T10:00:00Z&si",
        "g=WeirFlows2PastStones4And3HoldsBackWhat6Mus%3D"
    ),
    concat!(
        "sv=2023-01-03&se=2026-01-01&sr=b&sp=r&si",
        "g=Stones4And3HoldsBackWhat6MustNotPassOverTheO%3D"
    ),
])
.not_in(&[
    "https://files.blob.core.windows.net/a?sv=2022-11-02&sig=<signature>",
    "sig=short",
    "?page=2&sig=WeirFlows2PastStones4And3HoldsBackWhat6MustNotPass",
]);

/// An incoming webhook of Slack.
pub(super) static SLACK_WEBHOOK: Info = Info::new(
    "security/slack_webhook",
    "Slack webhook",
    Category::Security,
    Standing::Envelope,
)
.from("any", "docs.slack.dev, incoming webhooks")
.found_in(&[
    concat!(
        "POST https://hooks.sl",
        "ack.com/services/TA6AXO2EWQY/BWO2KOA1G2A/WeirFlows2PastStones4And"
    ),
    concat!(
        "https://hooks.sl",
        "ack.com/triggers/TA6AXO2EWQY/4829137703/WeirFlows2PastStones4And3Holds"
    ),
])
.not_in(&[
    "https://hooks.slack.com/services/",
    concat!(
        "https://hooks.sl",
        "ack.com/services/T00000000/B00000000/XXXXXXXXXXXXXXXXXXXXXXXX"
    ),
    "https://docs.slack.dev/services/TA6AXO2EWQY",
]);

/// Reads what stands behind a word.
type Reader = fn(&Page<'_>, Hit, &mut Findings);

const WORDS: [(Word, Reader); 16] = [
    (Word::exact("eyJ"), jwt),
    (Word::any_case("bearer "), bearer),
    (Word::any_case("basic "), basic),
    (Word::exact("sig="), sas),
    (Word::exact("hooks.slack.com/"), slack),
    (Word::exact("discord.com/api/webhooks/"), webhook),
    (Word::exact("discordapp.com/api/webhooks/"), webhook),
    (Word::exact("webhook.office.com/webhookb2/"), webhook),
    (Word::exact("atlasv1."), terraform),
    (Word::exact("curl "), curl),
    (Word::exact("sshpass "), flag),
    (Word::exact("docker login "), flag),
    (Word::exact("redis-cli "), redis),
    (Word::exact("jdbc:oracle:"), oracle),
    (Word::exact("mysql "), attached),
    (Word::exact("mysqldump "), attached),
];

impl Family for Auth {
    fn infos(&self) -> Vec<&'static Info> {
        vec![&JWT, &BASIC, &CONNECTION, &AZURE_SAS, &SLACK_WEBHOOK]
    }

    fn words(&self) -> Vec<Word> {
        WORDS.iter().map(|(word, _)| *word).collect()
    }

    fn has_long_values(&self) -> bool {
        true
    }

    fn word(&self, page: &Page<'_>, hit: Hit, out: &mut Findings) {
        (WORDS[hit.index].1)(page, hit, out);
    }
}

const LONG: usize = 16 * 1024;

fn jwt(page: &Page<'_>, hit: Hit, out: &mut Findings) {
    if is(page.before(hit.start), ALNUM) && !crate::sweep::follows_line_escape(page.bytes, hit.start) {
        return;
    }
    let header = run_end(page.bytes, hit.start, TOKEN, LONG);
    let payload = run_end(page.bytes, header + 1, TOKEN, LONG);
    if page.byte(header) != b'.' || page.byte(payload) != b'.' || payload - header < 8 {
        return;
    }
    let mut end = run_end(page.bytes, payload + 1, TOKEN, LONG);
    // An encrypted token has five parts.
    for _ in 0..2 {
        if page.byte(end) == b'.' && is(page.byte(end + 1), TOKEN) {
            end = run_end(page.bytes, end + 1, TOKEN, LONG);
        }
    }
    let documented = contains(page.slice(payload..end), b"SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV_adQssw5c");
    let names_algorithm =
        blob(page.slice(hit.start..header)).is_some_and(|text| text.contains("\"alg\"") || text.contains("\"enc\""));
    if names_algorithm && !documented && end - payload > 16 {
        out.add(&JWT, hit.start..end, Confidence::High);
    }
}

fn bearer(page: &Page<'_>, hit: Hit, out: &mut Findings) {
    let start = hit.end;
    let mut end = start;
    while end < page.bytes.len()
        && end - start < LONG
        && (is(page.byte(end), TOKEN) || b".~+/=%".contains(&page.byte(end)))
    {
        end += 1;
    }
    while end > start && page.byte(end - 1) == b'.' {
        end -= 1;
    }
    let value = page.text(start..end);
    let varied = value.bytes().any(|b| b.is_ascii_digit())
        && value.bytes().any(|b| b.is_ascii_alphabetic())
        && distinct(value.as_bytes()) >= 8;
    if value.len() >= 16 && varied && !is_placeholder(value) && !is(page.before(hit.start), ALNUM) {
        out.add(tokens::info(Type::Bearer), start..end, Confidence::High);
    }
}

fn basic(page: &Page<'_>, hit: Hit, out: &mut Findings) {
    let start = hit.end;
    let mut end = start;
    while end < page.bytes.len()
        && end - start < 1024
        && (is(page.byte(end), ALNUM) || b"+/=".contains(&page.byte(end)))
    {
        end += 1;
    }
    let value = page.slice(start..end);
    let padded = [value, b"===="].concat();
    let text = if value.len() >= 16 {
        blob(value)
    } else {
        blob(&padded[..padded.len().max(16).min(padded.len())])
    };
    let names_user = |text: String| {
        text.split_once(':')
            .is_some_and(|(user, word)| !word.is_empty() && !user.contains(' ') && !is_placeholder(word))
    };
    let documented = DOCUMENTED_BASIC.iter().any(|known| known.as_bytes() == value);
    if value.len() >= 8 && !documented && text.is_some_and(names_user) {
        out.add(&BASIC, start..end, Confidence::High);
    }
}

const DOCUMENTED_BASIC: &[&str] = &[
    "QWxhZGRpbjpvcGVuIHNlc2FtZQ==",
    "QWxhZGRpbjpvcGVuc2VzYW1l",
    "QWxhZGRpbjpPcGVuU2VzYW1l",
    "YWxhZGRpbjpvcGVuc2VzYW1l",
    "dXNlcm5hbWU6cGFzc3dvcmQ=",
    "dXNlcjpwYXNzd29yZA==",
];

/// `curl -u user:password`.
fn curl(page: &Page<'_>, hit: Hit, out: &mut Findings) {
    let line = page.slice(hit.end..page.line_end(hit.end, 512));
    for flag in [&b"-u "[..], b"--user ", b"-u", b"--user="] {
        let Some(at) = memchr::memmem::find(line, flag) else {
            continue;
        };
        let mut start = hit.end + at + flag.len();
        if matches!(page.byte(start), b'"' | b'\'') {
            start += 1;
        }
        let mut end = start;
        while end < page.bytes.len() && end - start < 128 && !b" \"'\n\r\t".contains(&page.byte(end)) {
            end += 1;
        }
        if let Some((user, word)) = page.text(start..end).split_once(':')
            && !user.is_empty()
            && super::secrets::is_password(word, true)
        {
            out.add(&super::secrets::PASSWORD, start + user.len() + 1..end, Confidence::High);
        }
        return;
    }
}

/// `sshpass -p word`, `docker login -p word`.
fn flag(page: &Page<'_>, hit: Hit, out: &mut Findings) {
    let line = page.slice(hit.end - 1..page.line_end(hit.end, 256));
    if let Some(at) = memchr::memmem::find(line, b" -p ") {
        word_of_flag(page, hit.end - 1 + at + 4, out);
    }
}

/// `redis-cli -a word`.
fn redis(page: &Page<'_>, hit: Hit, out: &mut Findings) {
    let line = page.slice(hit.end - 1..page.line_end(hit.end, 256));
    if let Some(at) = memchr::memmem::find(line, b" -a ") {
        word_of_flag(page, hit.end - 1 + at + 4, out);
    }
}

/// `jdbc:oracle:thin:user/word@host:1521/service`.
fn oracle(page: &Page<'_>, hit: Hit, out: &mut Findings) {
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

/// `mysql -pword`.
fn attached(page: &Page<'_>, hit: Hit, out: &mut Findings) {
    let line = page.slice(hit.end - 1..page.line_end(hit.end, 256));
    if let Some(at) = memchr::memmem::find(line, b" -p").filter(|at| line.get(at + 3).is_some_and(|byte| *byte != b' '))
    {
        word_of_flag(page, hit.end - 1 + at + 3, out);
    }
}

fn word_of_flag(page: &Page<'_>, at: usize, out: &mut Findings) {
    let start = at + usize::from(matches!(page.byte(at), b'"' | b'\''));
    let mut end = start;
    while end < page.bytes.len() && end - start < 128 && !b" \"'\n\r\t`".contains(&page.byte(end)) {
        end += 1;
    }
    if super::secrets::is_password(page.text(start..end), start > at) {
        out.add(&super::secrets::PASSWORD, start..end, Confidence::High);
    }
}

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
pub(super) fn address(page: &Page<'_>, colon: usize, out: &mut Findings) {
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
    let scheme = page.text(start..colon).to_ascii_lowercase();
    let mut end = colon + 3;
    while end < page.bytes.len() && end - colon < 1024 && !b" \"'`<>\n\r\t|\\".contains(&page.byte(end)) {
        end += 1;
    }
    while end > colon + 3 && b".,;)]}".contains(&page.byte(end - 1)) {
        end -= 1;
    }
    let rest = page.text(colon + 3..end);
    let store = scheme.split([':', '+', '.']).any(|part| STORES.contains(&part));
    let authority = rest.split(['/', '?', '#']).next().unwrap_or("");
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
    if store {
        out.add(&CONNECTION, start..end, Confidence::High);
    } else if matches!(
        scheme.as_str(),
        "http"
            | "https"
            | "ftp"
            | "ftps"
            | "sftp"
            | "ssh"
            | "smtp"
            | "smtps"
            | "imap"
            | "imaps"
            | "git"
            | "ws"
            | "wss"
            | "socks5"
            | "rtsp"
            | "smb"
    ) {
        let from = colon + 3 + offset;
        out.add(&super::secrets::PASSWORD, from..from + word.len(), Confidence::High);
    }
}

/// Passwords of examples: the word itself, the user's name, a reference.
fn is_weak(word: &str) -> bool {
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
    ];
    is_placeholder(word)
        || EXAMPLES.contains(&word.to_ascii_lowercase().as_str())
        || word.starts_with('[')
        || word.starts_with('{')
        || word.starts_with('$')
        || word.starts_with('%') && word.ends_with('%')
}

fn sas(page: &Page<'_>, hit: Hit, out: &mut Findings) {
    let query = |byte: u8| is(byte, TOKEN) || b"%&=.:+/,*~;".contains(&byte);
    let mut start = hit.start;
    while start > 0 && hit.start - start < 1024 && query(page.byte(start - 1)) {
        start -= 1;
    }
    if let Some(slash) = page
        .slice(start..hit.start)
        .iter()
        .rposition(|byte| *byte == b'/' || *byte == b';')
    {
        start += slash + 1;
    }
    let mut end = hit.end;
    while end < page.bytes.len() && end - hit.end < 512 && query(page.byte(end)) {
        end += 1;
    }
    let before = page.slice(start..end);
    let signature = end - hit.end >= 40;
    if signature
        && (contains(before, b"se=") || contains(before, b"sp="))
        && contains(before, b"sv=")
        && !is_placeholder(page.text(hit.end..end))
    {
        out.add(&AZURE_SAS, start..end, Confidence::High);
    }
}

fn slack(page: &Page<'_>, hit: Hit, out: &mut Findings) {
    let (start, end) = link(page, hit);
    let rest = page.text(hit.end..end);
    let last = rest.rsplit('/').next().unwrap_or("");
    let parts = rest.split('/').count();
    let known = ["services/T", "triggers/", "workflows/"]
        .iter()
        .any(|kind| rest.starts_with(kind));
    if known && parts >= 4 && last.len() >= 16 && distinct(last.as_bytes()) >= 6 {
        out.add(&SLACK_WEBHOOK, start..end, Confidence::High);
    }
}

fn webhook(page: &Page<'_>, hit: Hit, out: &mut Findings) {
    let (start, end) = link(page, hit);
    let last = page.text(hit.end..end).rsplit('/').next().unwrap_or("");
    if last.len() >= 30 && distinct(last.as_bytes()) >= 8 {
        out.add(tokens::info(Type::Other), start..end, Confidence::High);
    }
}

/// The link around a hit, from its scheme to its end.
fn link(page: &Page<'_>, hit: Hit) -> (usize, usize) {
    let mut start = run_start(page.bytes, hit.start, TOKEN, 64);
    while page.before(start) == b'.' && hit.start - start < 100 {
        start = run_start(page.bytes, start - 1, TOKEN, 64);
    }
    if page.slice(start.saturating_sub(8)..start).ends_with(b"https://") {
        start -= 8;
    }
    let mut end = hit.end;
    while end < page.bytes.len()
        && end - hit.end < 512
        && (is(page.byte(end), TOKEN) || b"/@.%".contains(&page.byte(end)))
    {
        end += 1;
    }
    while end > hit.end && page.byte(end - 1) == b'.' {
        end -= 1;
    }
    (start, end)
}

/// Terraform Cloud: fourteen characters, `.atlasv1.`, sixty and more.
fn terraform(page: &Page<'_>, hit: Hit, out: &mut Findings) {
    let start = run_start(page.bytes, hit.start.saturating_sub(1), ALNUM, 14);
    let end = run_end(page.bytes, hit.end, TOKEN, 100);
    if page.before(hit.start) == b'.' && hit.start - start == 15 && end - hit.end >= 60 {
        out.add(tokens::info(Type::Other), start..end, Confidence::High);
    }
}
