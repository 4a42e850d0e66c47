//! Credentials in headers and addresses: JWT, Bearer, Basic, connection strings, signed links, webhooks.

mod address;
mod commands;
mod links;

pub(super) use self::address::address;

use self::Leads::{Behind, By};
use self::address::{is_weak, oracle};
pub(super) use self::commands::beside_mail;
use self::commands::{
    after, at_host, attached, beside_user, curl, expect, go_store, hmac, htpasswd, key, key_below, lftp, login, method,
    net_use, net_user, network_credential, of_user, openssl, pair, piped, redis_prompt, second, secure_string, snmp,
    sqlplus, sudo, third, with_user, word,
};
use self::links::{keyed_webhook, sas, short_webhook, slack, terraform, webhook};
use super::tokens::{self, Type};
use super::{Family, Hit, Word, secrets};
use crate::classes::{ALNUM, TOKEN, is, run_end};
use crate::decode::blob;
use crate::encoding::Chain;
use crate::evidence::{contains, distinct, is_documented_secret, is_placeholder};
use crate::page::{Findings, Found, Page};
use crate::registry::{Info, Standing};
use weir_model::{Category, Confidence};

/// The family.
pub(super) struct Auth;

/// A JSON web token.
pub(super) static JWT: Info = Info::new("security/jwt", "JSON web token", Category::Security, Standing::Typed)
    .from("any", "RFC 7519; the header is decoded")
    .found_in(&[
        concat!(
            "Authorization: Bearer ey",
            "JhbGciOiJFUzI1NiIsImtpZCI6IndlaXItMSJ9",
            ".ey",
            "Jpc3MiOiJodHRwczovL2lkLmNvcnAuaW8iLCJzdWIiOiJhZGEifQ",
            ".",
            "Weir7Flows2Past9Stones4And3Holds8Back1What6"
        ),
        concat!(
            "Set-Cookie: token=ey",
            "J0eXAiOiJKV1QiLCJhbGciOiJSUzUxMiJ9",
            ".ey",
            "JhdWQiOiJjcm0iLCJleHAiOjE3OTAwMDAwMDB9",
            ".",
            "Weir7Flows2Past9Stones4And3Holds8Back1What6Must5Not0PassWeir7Flows2Past9Stones4And3Hol",
            "; HttpOnly"
        ),
        concat!(
            "{\"id_token\":\"ey",
            "J0eXAiOiJKV1QiLCJhbGciOiJSUzUxMiJ9",
            ".ey",
            "JhdWQiOiJjcm0iLCJleHAiOjE3OTAwMDAwMDB9",
            ".",
            "ows2Past9Stones4And3Holds8Back1What6Must5No",
            "\"}"
        ),
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
            "JhbGciOiJSUzI1NiJ9.eyJpc3MiOiJodHRwczovL2V4YW1wbGUuY29tIiwi",
            "c3ViIjoic3ViamVjdCIsImV4cCI6MTU0NDkzMjE0OX0.N9ibisEe0kKLe1GDWMON3PmY"
        ),
        concat!(
            "ey",
            "JhbGciOiJFUzI1NiIsImtpZCI6IndlaXItMSJ9",
            ".ey",
            "Jpc3MiOiJodHRwczovL2lkLmNvcnAuaW8iLCJzdWIiOiJhZGEifQ"
        ),
        concat!(
            "ey",
            "J0eXAiOiJKV1QiLCJhbGciOiJIUzI1NiJ9",
            ".ey",
            "Jzb21lIjoicGF5bG9hZCJ9",
            ".",
            "Weir7Flows2Past9Stones4And3Holds8Back1What6"
        ),
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
    concat!("Authorization: Basic ", "ZGVwbG95OkZsMHdzLlBhc3Q5"),
    concat!("headers = {'Authorization': 'Basic ", "YWRhOlN0MG5lcyFBbmQz", "'}"),
    concat!(
        "{\"auths\": {\"registry.corp.io\": {\"auth\": \"",
        "Y2k6SG9sZHM4QmFjazE=",
        "\"}}}"
    ),
    "Authorization: Basic amVua2luczpQZW5jaWwtMzg5Pw==",
    concat!("> AUTH PLAIN ", "AGV0bABGbDB3cy5QYXN0OQ=="),
    "-H 'authorization: basic d2VpcjpTdG9uZXMtNC1BbmQtMw=='",
])
.not_in(&[
    concat!("Authorization: Basic ", "dXNlcjpwYXNzd29yZA=="),
    "Basic education and training",
    "AUTH PLAIN LOGIN",
    "Basic aGVsbG8gd29ybGQ=",
    "Authorization: Basic <credentials>",
    "Authorization: Basic ${BASIC}",
    concat!("Authorization: Basic ", "YWFhOmJiYg=="),
    concat!("_auth: 'Basic ", "aXNhYWNzOm5vdCBteSByZWFsIHBhc3N3b3Jk'"),
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
    concat!("sql.Open(\"mysql\", \"weir:St0nesAnd3", "@tcp(db.corp.io:3306)/crm\")"),
])
.not_in(&[
    concat!("postgres:", "//localhost:5432/crm"),
    concat!("postgres:", "//user:${DB_PASSWORD}@host/db"),
    concat!("postgres:", "//user:password@localhost/db"),
    concat!("mysql:", "//<user>:<password>@host/db"),
    concat!("mysql:", "//username:p@ssw0rd@hostname:5432/database"),
    concat!("postgresql:", "//[user[:password]@][host][:port][/dbname]"),
    concat!("postgresql:", "//weir:correct%20horse%20battery%20staple@localhost"),
    "https://corp.io:8080/path",
    concat!("sql.Open(\"mysql\", \"user:password", "@tcp(127.0.0.1:3306)/test\")"),
    concat!("dsn := user + \":\" + word + \"", "@tcp(db:3306)/crm\""),
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
        "AZURE_SAS_TOKEN=\"",
        "sv=2022-11-02&ss=b&srt=o&se=2027-01-01T00%3A00%3A00Z&sp=rl&si",
        "g=WeirFlows2PastStones4And3HoldsBackWhat6Mus%3D\""
    ),
    concat!(
        "SharedAccessSignature sr=sb%3A%2F%2Fweir.servicebus.windows.net&si",
        "g=WeirFlows2PastStones4And3HoldsBackWhat6Mus%3D&se=1790000000&skn=Root"
    ),
    concat!(
        "azcopy copy 'https://weir.dfs.core.windows.net/a?",
        "sv=2022-11-02&ss=b&srt=o&se=2027-01-01T00%3A00%3A00Z&sp=rl&si",
        "g=Stones4And3HoldsBackWhat6MustNotPassOverTheO%3D' ."
    ),
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
    concat!(
        "sv=2022-11-02&ss=b&srt=o&se=2027-01-01T00%3A00%3A00Z&sp=rl&si",
        "g=xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
    ),
    "https://files.blob.core.windows.net/a?sv=2022-11-02&sr=b&sp=r",
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
        "SLACK_WEBHOOK_URL=https://hooks.sl",
        "ack.com/services/T04R8J2KQ/B05T9K3LM/WeirFlows2PastStones4And"
    ),
    concat!(
        "curl -X POST -d '{}' https://hooks.sl",
        "ack.com/services/T04R8J2KQ/B05T9K3LM/Stones4And3HoldsBackWhat"
    ),
    concat!(
        "\"webhook\": \"https://hooks.sl",
        "ack.com/workflows/T04R8J2KQ/A05T9K3LM/483726150934837261/WeirFlows2PastStones4And\""
    ),
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
    concat!("https://hooks.sl", "ack.com/services/T04R8J2KQ/B05T9K3LM/<secret>"),
    concat!("https://hooks.sl", "ack.com/services/${SLACK_PATH}"),
    "https://hooks.slack.com/services/",
    concat!(
        "https://hooks.sl",
        "ack.com/services/T00000000/B00000000/XXXXXXXXXXXXXXXXXXXXXXXX"
    ),
    "https://docs.slack.dev/services/TA6AXO2EWQY",
]);

/// Reads what stands behind a word.
type Reader = fn(&Page<'_>, Hit, &mut Findings);

/// How a word leads to a secret.
#[derive(Clone, Copy)]
enum Leads {
    By(Reader),
    /// It is a command, and the secret stands behind this option of it.
    Behind(&'static [u8]),
}

const WORDS: [(Word, Leads); 131] = [
    (Word::exact("eyJ"), By(jwt)),
    (Word::any_case("bearer "), By(bearer)),
    (Word::any_case("basic "), By(basic)),
    (Word::exact("AUTH PLAIN "), By(plain)),
    (Word::exact("sig="), By(sas)),
    (Word::exact("hooks.slack.com/"), By(slack)),
    (Word::exact("discord.com/api/webhooks/"), By(webhook)),
    (Word::exact("discordapp.com/api/webhooks/"), By(webhook)),
    (Word::exact("webhook.office.com/webhookb2/"), By(webhook)),
    (Word::exact("outlook.office.com/webhook/"), By(webhook)),
    (Word::exact("hooks.zapier.com/hooks/catch/"), By(short_webhook)),
    (Word::exact("open.feishu.cn/open-apis/bot/"), By(webhook)),
    (Word::exact("open.larksuite.com/open-apis/bot/"), By(webhook)),
    (Word::exact("oapi.dingtalk.com/robot/send"), By(keyed_webhook)),
    (Word::exact("qyapi.weixin.qq.com/cgi-bin/webhook/"), By(keyed_webhook)),
    (Word::exact("chat.googleapis.com/v1/spaces/"), By(keyed_webhook)),
    (Word::exact("atlasv1."), By(terraform)),
    (Word::exact("curl "), By(curl)),
    (Word::exact("sshpass "), Behind(b" -p ")),
    (Word::exact("docker login "), Behind(b" -p ")),
    (Word::exact("redis-cli "), Behind(b" -a ")),
    (Word::exact("jdbc:oracle:"), By(oracle)),
    (Word::exact("mysql "), By(attached)),
    (Word::exact("mysqldump "), By(attached)),
    (Word::exact("mysqladmin "), By(attached)),
    (Word::exact("zip "), Behind(b" -P ")),
    (Word::exact("mongodump "), Behind(b" -p ")),
    (Word::exact("mongorestore "), Behind(b" -p ")),
    (Word::exact("ldapmodify "), Behind(b" -w ")),
    (Word::exact("ldapadd "), Behind(b" -w ")),
    (Word::exact("plink "), Behind(b" -pw ")),
    (Word::exact("pscp "), Behind(b" -pw ")),
    (Word::exact("az login "), Behind(b" -p ")),
    (Word::exact("oc login "), Behind(b" -p ")),
    (Word::exact("podman login "), Behind(b" -p ")),
    (Word::exact("mssql-cli "), Behind(b" -P ")),
    (Word::any_case("net user "), By(net_user)),
    (Word::any_case("convertto-securestring "), By(secure_string)),
    (Word::exact("NetworkCredential("), By(network_credential)),
    (Word::exact("lftp -u "), By(lftp)),
    (Word::exact("sudo -S"), By(sudo)),
    (Word::exact("tcp("), By(go_store)),
    (Word::exact("net use "), By(net_use)),
    (Word::exact("unzip "), Behind(b" -P ")),
    (Word::exact("mongo "), Behind(b" -p ")),
    (Word::exact("ldapsearch "), Behind(b" -w ")),
    (Word::exact("sqlcmd "), Behind(b" -P ")),
    (Word::exact("mongosh "), Behind(b" -p ")),
    (Word::exact("ipmitool "), Behind(b" -P ")),
    (Word::exact("snmpwalk "), By(snmp)),
    (Word::exact("snmpget "), By(snmp)),
    (Word::exact("snmpset "), By(snmp)),
    (Word::exact("snmpbulkwalk "), By(snmp)),
    (Word::exact("snmptrap "), By(snmp)),
    (Word::exact("secret 0 "), By(word)),
    (Word::exact("rootpw "), By(word)),
    (Word::exact("plain-text-password-value "), By(word)),
    (Word::exact("password-stdin"), By(piped)),
    (Word::exact("crackmapexec "), Behind(b" -p ")),
    (Word::exact("netexec "), Behind(b" -p ")),
    (Word::exact("nxc "), Behind(b" -p ")),
    (Word::exact("evil-winrm "), Behind(b" -p ")),
    (Word::any_case("psexec "), Behind(b" -p ")),
    (Word::exact("mosquitto_pub "), Behind(b" -P ")),
    (Word::exact("mosquitto_sub "), Behind(b" -P ")),
    (Word::exact("bcp "), Behind(b" -P ")),
    (Word::exact("xfreerdp "), Behind(b" /p:")),
    (Word::any_case("cmdkey "), Behind(b" /pass:")),
    (Word::any_case("schtasks "), Behind(b" /rp ")),
    (Word::any_case("dsadd "), Behind(b" -pwd ")),
    (Word::exact("rar a "), Behind(b" -hp")),
    (Word::exact("pdftk "), Behind(b" user_pw ")),
    (Word::exact("7z "), By(attached)),
    (Word::exact("wpa_passphrase "), By(second)),
    (Word::exact("rabbitmqctl add_user "), By(net_user)),
    (Word::exact("rabbitmqctl change_password "), By(net_user)),
    (Word::any_case("isakmp key "), By(key)),
    (Word::any_case("pre-shared-key "), By(key)),
    (Word::any_case("pre-shared-secret "), By(key)),
    (Word::exact("psksecret "), By(key)),
    (Word::exact("key-string "), By(key)),
    (Word::exact("message-digest-key "), Behind(b" md5 ")),
    (Word::exact("tacacs-server "), Behind(b" key ")),
    (Word::exact("radius-server "), Behind(b" key ")),
    (Word::exact("radius server "), By(key_below)),
    (Word::exact("tacacs server "), By(key_below)),
    (Word::exact("basic("), By(login)),
    (
        Word::exact("smbclient "),
        By(|page, hit, out| {
            of_user(page, hit, b" -U ", b'%', out);
        }),
    ),
    (
        Word::exact("http -a "),
        By(|page, hit, out| {
            of_user(page, hit, b" ", b':', out);
        }),
    ),
    (Word::exact("sqlplus "), By(sqlplus)),
    (Word::exact("snmp-server community "), By(word)),
    (Word::exact("htpasswd "), By(htpasswd)),
    (Word::exact("ssh-keygen "), Behind(b" -N ")),
    (Word::exact("auth=("), By(login)),
    (Word::exact("auth = ("), By(login)),
    (Word::exact("getConnection("), By(third)),
    (Word::exact("PDO("), By(third)),
    (Word::exact("connect("), By(third)),
    (Word::exact("HTTPBasicAuth("), By(login)),
    (Word::exact("HTTPDigestAuth("), By(login)),
    (Word::exact("BasicAuth("), By(login)),
    (Word::any_case("hmac.new("), By(hmac)),
    (Word::any_case("createhmac("), By(hmac)),
    (Word::any_case("hash_hmac("), By(hmac)),
    (Word::any_case("hmacsha256("), By(hmac)),
    (Word::exact("auth("), By(method)),
    (Word::exact("AUTH "), By(redis_prompt)),
    (Word::exact("pass:"), By(openssl)),
    (Word::exact("send \""), By(expect)),
    (Word::exact("SetBasicAuth("), By(login)),
    (Word::exact("basic_auth("), By(login)),
    (Word::exact("login("), By(login)),
    (Word::any_case("log in with "), By(with_user)),
    (Word::any_case("login with "), By(with_user)),
    (Word::any_case("log in as "), By(with_user)),
    (Word::any_case("login as "), By(with_user)),
    (Word::any_case("sign in with "), By(with_user)),
    (Word::any_case("admin / "), By(beside_user)),
    (Word::any_case("admin // "), By(beside_user)),
    (Word::any_case("enter "), By(pair)),
    (Word::exact("kinit "), Behind(b" <<< ")),
    (Word::exact("openssl enc "), Behind(b" -k ")),
    (Word::exact("rootpw --plaintext "), By(key)),
    (Word::exact("impacket-"), By(at_host)),
    (Word::exact("secretsdump.py "), By(at_host)),
    (Word::exact("psexec.py "), By(at_host)),
    (Word::exact("wmiexec.py "), By(at_host)),
    (Word::any_case("root / "), By(beside_user)),
    (Word::any_case("administrator / "), By(beside_user)),
    (Word::any_case("admin:"), By(beside_user)),
    (Word::any_case("root:"), By(beside_user)),
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
        match WORDS[hit.index].1 {
            By(reader) => reader(page, hit, out),
            Behind(option) => after(page, hit, option, out),
        }
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

/// The payloads that jwt.io and the manuals of libraries show, and those of hosts that nobody has (RFC 2606).
fn is_documented_payload(payload: &[u8]) -> bool {
    blob(payload).is_some_and(|text| {
        text.contains("John Doe")
            || text.contains("Jane Doe")
            || text.contains("\"hello world\"")
            || is_of_example(&text)
            || [r#"{"some":"payload"}"#, r#"{"foo":"bar"}"#, r#"{"hello":"world"}"#]
                .contains(&text.replace(' ', "").as_str())
    })
}

/// True when who signed a token is a host kept for examples.
fn is_of_example(payload: &str) -> bool {
    let issuer = payload
        .split_once("\"iss\"")
        .and_then(|(_, rest)| rest.trim_start_matches([':', ' ']).strip_prefix('"'))
        .map(|rest| rest.split('"').next().unwrap_or(rest));
    issuer.is_some_and(|issuer| {
        let host = issuer.split_once("://").map_or(issuer, |(_, rest)| rest);
        let host = host.split([':', '/', '?']).next().unwrap_or(host);
        [
            "example.com",
            "example.org",
            "example.net",
            ".example",
            ".test",
            ".invalid",
        ]
        .iter()
        .any(|end| host.ends_with(end))
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

/// `AUTH PLAIN …`: who acts for whom and the password, each behind a zero byte (RFC 4616).
fn plain(page: &Page<'_>, hit: Hit, out: &mut Findings) {
    const SHORTEST: usize = 12;
    // Of RFC 4616, and `user` with `password`.
    const DOCUMENTED: [&str; 3] = [
        "AHRpbQB0YW5zdGFhZnRhbnN0YWFm",
        "AHVzZXIAcGFzc3dvcmQ=",
        "AHVzZXJuYW1lAHBhc3N3b3Jk",
    ];
    let inside = |byte: u8| is(byte, ALNUM) || b"+/=".contains(&byte);
    let end = (hit.end..page.line_end(hit.end, 1024)).find(|at| !inside(page.byte(*at)));
    let range = hit.end..end.unwrap_or_else(|| page.line_end(hit.end, 1024));
    let value = page.text(range.clone());
    if value.len() >= SHORTEST
        && !DOCUMENTED.contains(&value)
        && value.starts_with('A')
        && distinct(value.as_bytes()) >= 8
        && !is_placeholder(value)
    {
        out.add(&BASIC, range, Confidence::High);
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
/// `user:word` and nothing else from `start` to the end of what was written in base64, as the header has it: the word.
pub(crate) fn login_alone(text: &str, start: usize) -> Option<Found> {
    const LONGEST: usize = 96;
    let own = text.get(start..).filter(|own| own.len() <= LONGEST)?;
    let (user, word) = own.trim_end().split_once(':')?;
    let named = (2..=40).contains(&user.len()) && user.bytes().all(|byte| is(byte, ALNUM) || b"._-@".contains(&byte));
    let plain = !word.contains([' ', ':', '/', '\n', '"', '{']);
    let drawn = secrets::is_strong(word) || secrets::is_passphrase(word);
    let start = start + user.len() + 1;
    (named && plain && drawn && secrets::is_password(word, false)).then(|| Found {
        info: &secrets::PASSWORD,
        own: None,
        span: start..start + word.len(),
        confidence: Confidence::Medium,
        encodings: Chain::default(),
    })
}
