//! Credentials in headers and addresses: JWT, Bearer, Basic, connection strings, signed links, webhooks.

use super::tokens::{self, Type};
use super::{Family, Hit, Word};
use crate::classes::{ALNUM, TOKEN, is, run_end, run_start};
use crate::decode::blob;
use crate::evidence::{contains, distinct, is_documented_secret, is_placeholder};
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

const WORDS: [(Word, Reader); 23] = [
    (Word::exact("eyJ"), jwt),
    (Word::any_case("bearer "), bearer),
    (Word::any_case("basic "), basic),
    (Word::exact("sig="), sas),
    (Word::exact("hooks.slack.com/"), slack),
    (Word::exact("discord.com/api/webhooks/"), webhook),
    (Word::exact("discordapp.com/api/webhooks/"), webhook),
    (Word::exact("webhook.office.com/webhookb2/"), webhook),
    (Word::exact("outlook.office.com/webhook/"), webhook),
    (Word::exact("hooks.zapier.com/hooks/catch/"), short_webhook),
    (Word::exact("open.feishu.cn/open-apis/bot/"), webhook),
    (Word::exact("open.larksuite.com/open-apis/bot/"), webhook),
    (Word::exact("oapi.dingtalk.com/robot/send"), keyed_webhook),
    (Word::exact("qyapi.weixin.qq.com/cgi-bin/webhook/"), keyed_webhook),
    (Word::exact("chat.googleapis.com/v1/spaces/"), keyed_webhook),
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
    let documented = contains(page.slice(payload..end), b"SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV_adQssw5c")
        || is_documented_payload(page.slice(header + 1..payload));
    let names_algorithm =
        blob(page.slice(hit.start..header)).is_some_and(|text| text.contains("\"alg\"") || text.contains("\"enc\""));
    if names_algorithm && !documented && end - payload > 16 {
        out.add(&JWT, hit.start..end, Confidence::High);
    }
}

/// The payloads that jwt.io and the manuals of libraries show.
fn is_documented_payload(payload: &[u8]) -> bool {
    blob(payload).is_some_and(|text| {
        text.contains("John Doe") && text.contains("1234567890")
            || [r#"{"some":"payload"}"#, r#"{"foo":"bar"}"#, r#"{"hello":"world"}"#]
                .contains(&text.replace(' ', "").as_str())
    })
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
    if is_basic(page.text(start..end)) {
        out.add(&BASIC, start..end, Confidence::High);
    }
}

/// True for a user and a password in base64.
pub(super) fn is_basic(value: &str) -> bool {
    // The decoder takes blobs of sixteen letters and more; short credentials are filled up with padding.
    let padded = format!("{value:=<16}");
    let documented = DOCUMENTED_BASIC.contains(&value) || is_documented_secret(value);
    let names_user = |text: String| {
        text.split_once(':')
            .is_some_and(|(user, word)| !word.is_empty() && !user.contains(' ') && !is_weak(word))
    };
    value.len() >= 8 && !documented && blob(padded.as_bytes()).is_some_and(names_user)
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
    } else if PLACES.contains(&scheme.as_str()) && super::secrets::is_password(word, true) {
        let from = colon + 3 + offset;
        super::secrets::password(page, from..from + word.len(), out);
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
        "foo",
        "bar",
        "baz",
        "abc",
        "xyz",
        "pass123",
        "secret123",
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
        && (contains(before, b"sv=")
            || contains(before, b"skn=")
            || contains(before, b"sr=") && contains(before, b"se="))
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

/// Links whose last part is short.
fn short_webhook(page: &Page<'_>, hit: Hit, out: &mut Findings) {
    let (start, end) = link(page, hit);
    let mut parts = page.text(hit.end..end).trim_end_matches('/').split('/');
    let account = parts.next().unwrap_or("");
    let hook = parts.next().unwrap_or("");
    if account.len() >= 4 && hook.len() >= 6 && !is_placeholder(hook) {
        out.add(tokens::info(Type::Other), start..end, Confidence::High);
    }
}

/// Links with the key in their query: `?access_token=…`.
fn keyed_webhook(page: &Page<'_>, hit: Hit, out: &mut Findings) {
    let (start, path) = link(page, hit);
    let query = page.slice(path..path + 256);
    let length = query
        .iter()
        .take_while(|byte| is(**byte, TOKEN) || b"?=&%.".contains(byte))
        .count();
    let keyed = page.text(path..path + length).split(['?', '&']).any(|pair| {
        pair.split_once('=').is_some_and(|(name, key)| {
            matches!(name, "access_token" | "key" | "token") && key.len() >= 30 && distinct(key.as_bytes()) >= 8
        })
    });
    if keyed {
        out.add(tokens::info(Type::Other), start..path + length, Confidence::High);
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
