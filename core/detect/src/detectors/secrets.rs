//! Secrets known by the name they are given: passwords, and keys without a format of their own.
//!
//! The name decides what is looked for, the value whether it is one: references, placeholders, words, types, paths and
//! function calls are not secrets.

use super::tokens::{self, Type};
use super::{Family, Hit, Word};
use crate::classes::{ALNUM, DIGIT, HEX, LETTER, LOWER, SPACE, UPPER, is};
use crate::evidence::{contains, distinct, entropy, is_placeholder, is_uuid};
use crate::page::{Findings, Page};
use crate::registry::{Info, Standing};
use crate::sweep::skip_blanks;
use std::ops::Range;
use weir_model::{Category, Confidence};

/// The family.
pub(super) struct Secrets;

/// A password.
pub(super) static PASSWORD: Info = Info::new(
    "security/password",
    "Password",
    Category::Security,
    Standing::Contextual,
)
.from(
    "any",
    "a name for a password in fifteen languages, and a value that is not a word",
)
.found_in(&[
    "password: F26LI1W0ceX",
    "db_password=River_2024!",
    "password = 'M!9^VMB^NYvL==_T'",
    "{\"password\":\"St0nes-And-3\"}",
    "Das Passwort ist Wehr#2024x",
    "contraseña: R10-grande!",
    "mysql -u root --password=fl0wsPast9",
    "CREATE USER x IDENTIFIED BY 'Fl0ws.Past'",
    "ALTER USER x WITH PASSWORD 'Fl0ws.Past'",
    "machine h login u password Fl0wsPast9",
    "curl -u weir:St0nesAnd3 https://x.io",
    "the password is St0nes4And3",
    "mot de passe : Riv1ere&7",
    "пароль: Reka2024!x",
    "密码：Heliu8899x",
    "export PGPASSWORD=St0nesAnd3",
    "sshpass -p 'Fl0wsPast9x' ssh weir@h",
    "mysql -uroot -pFl0wsPast9x crm",
    "my password is hunter2 btw",
    "config[\"password\"] = 'Kj8$mmQx2'",
    "{\\\"password\\\":\\\"Kj8$mmQx2\\\"}",
])
.not_in(&[
    "password = os.getenv('PW')",
    "password: string",
    "password = \"\"",
    "reset my password please",
    "password: ${PW}",
    "password=changeme",
    "password: must be at least 8 characters",
    "password: <your password>",
    "password = config.db.password",
    "if password == user.password:",
    "password_file=/run/secrets/db",
    "\"password\": \"Passwort\"",
    "password: ********",
    "passwordField.text = label2",
    "the password is wrong",
    "password = get_password(user1)",
    "bypass = route66a",
    "compass: N42e",
    "password=$2",
]);

/// A secret of unknown kind.
pub(super) static GENERIC: Info = Info::new(
    "security/generic_secret",
    "Secret",
    Category::Security,
    Standing::Generic,
)
.from("any", "a name for a key or token, and a value of high entropy")
.found_in(&[
    "client_secret = \"gMtaL5nKLh9n8rkhPjYnm2DsyiLooJDD\"",
    "API_KEY: 8f14e45fceea167a5a36dedd4bea2543",
    "x-api-key: WeirFlows2Past9Stones4",
    "export SIGNING_KEY='kJ8s-2mQ9_xZ4vB7nL1p'",
    "the api key is WeirFlows2Past9Stones4",
])
.not_in(&[
    "API_KEY=YOUR_API_KEY",
    "token: ${TOKEN}",
    "max_tokens=16384",
    "public_key: gMtaL5nKLh9n8rkhPjYnm2DsyiLooJDD",
    "secret_name: database-credentials-prod2",
    "monkey=gMtaL5nKLh9n8rkhPjYnm2DsyiLooJDD",
    "token_url=https://id.corp.io/oauth2/token",
    "commit: 9910789cfe1df0a844126a661b5948703a89853d",
    "next_page_token: gMtaL5nKLh9n8rkhPjYnm2Dsy",
    "key: ctrl+shift+alt+f12",
]);

/// The secret half of an AWS key.
pub(super) static AWS_SECRET: Info = Info::new(
    "security/aws_secret_key",
    "AWS secret access key",
    Category::Security,
    Standing::Typed,
)
.from(
    "any",
    "docs.aws.amazon.com; 40 characters of base64 beside its name or its key id",
)
.found_in(&[
    "AWS_SECRET_ACCESS_KEY=USAO4PzJiKbT4QAXHg0eN/xL6n2ddHQGvoCpdZmC",
    "aws_secret_access_key = \"Weir/Flows2Past9Stones4+And3Holds8Back1W\"",
    concat!("AK", "IAR3DPQ7TXWZ5LMNKB,USAO4PzJiKbT4QAXHg0eN/xL6n2ddHQGvoCpdZmC"),
])
.not_in(&[
    "AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    "aws_secret_access_key = ${AWS_SECRET}",
    "commit 9910789cfe1df0a844126a661b5948703a89853d",
    "AWS_SECRET_ACCESS_KEY=short",
]);

/// The account key of Azure storage.
pub(super) static AZURE_STORAGE: Info = Info::new("security/azure_storage_key", "Azure storage account key", Category::Security, Standing::Envelope)
    .from("any", "learn.microsoft.com; 64 bytes in base64 beside its name")
    .found_in(&[
        concat!("AccountName=weir;Account", "Key=Jv1lHT+/dMyOHrATAqRVe+dS5L01/VSauzK9mQpTpc5T6H9nY/9nGqWk4Bi5QgxVvOw9K9pWxVc6gibGyj2wPQ==;EndpointSuffix=core.windows.net"),
        "AZURE_STORAGE_KEY=Jv1lHT+/dMyOHrATAqRVe+dS5L01/VSauzK9mQpTpc5T6H9nY/9nGqWk4Bi5QgxVvOw9K9pWxVc6gibGyj2wPQ==",
    ])
    .not_in(&["AccountKey=<key>;", "AccountKey=Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==", "AccountKey=c2hvcnQ=", "sha512-Jv1lHT+/dMyOHrATAqRVe+dS5L01/VSauzK9mQpTpc5T6H9nY/9nGqWk4Bi5QgxVvOw9K9pWxVc6gibGyj2wPQ=="]);

/// Words after which a password or key may follow without an assignment.
const WORDS: [Word; 24] = [
    Word::any_case("password"),
    Word::any_case("passwort"),
    Word::any_case("kennwort"),
    Word::any_case("contraseña"),
    Word::any_case("contrasena"),
    Word::any_case("senha"),
    Word::any_case("mot de passe"),
    Word::any_case("wachtwoord"),
    Word::any_case("hasło"),
    Word::any_case("passcode"),
    Word::any_case("passphrase"),
    Word::any_case("passwd"),
    Word::any_case("pwd"),
    Word::any_case("пароль"),
    Word::exact("Пароль"),
    Word::any_case("密码"),
    Word::any_case("パスワード"),
    Word::any_case("비밀번호"),
    Word::any_case("identified by"),
    Word::any_case("lösenord"),
    Word::any_case("şifre"),
    Word::any_case("api key"),
    Word::any_case("access token"),
    Word::any_case("secret key"),
];
const FIRST_KEY_WORD: usize = 21;

/// What names of secrets begin with: an assignment is read only where one of these stands close before it.
const NAMES: &[&str] = &[
    "pass",
    "pwd",
    "psw",
    "secret",
    "token",
    "key",
    "apikey",
    "api",
    "auth",
    "cred",
    "client",
    "clave",
    "contrase",
    "senha",
    "mdp",
    "motdepasse",
    "kennwort",
    "wachtwoord",
    "hasło",
    "haslo",
    "пароль",
    "Пароль",
    "ПАРОЛЬ",
    "密码",
    "密碼",
    "パスワード",
    "비밀번호",
    "şifre",
    "lösenord",
    "adgangskode",
    "salasana",
    "heslo",
    "jelsz",
    "parol",
    "jwt",
    "cookie",
    "session",
    "signature",
    "salt",
    "pepper",
    "bearer",
    "pat",
    "account",
    "access",
    "connect",
    "private",
    "twilio",
    "aws",
    "accesskey",
    "storage",
];

/// True when the letters right before `at` end like the name of a secret: `PGPASSWORD=`.
fn ends_like_name(page: &Page<'_>, at: usize) -> bool {
    let mut end = at;
    while end > 0 && at - end < 8 && matches!(page.byte(end - 1), b' ' | b'"' | b'\'' | b'`' | b'\\' | b']' | b'?') {
        end -= 1;
    }
    let tail = &page.bytes[end.saturating_sub(9)..end];
    let ends = |name: &[u8]| tail.len() >= name.len() && tail[tail.len() - name.len()..].eq_ignore_ascii_case(name);
    match tail.last().map(u8::to_ascii_lowercase) {
        Some(b'd') => ends(b"password") || ends(b"passwd") || ends(b"pwd"),
        Some(b'n') => ends(b"token"),
        Some(b't') => ends(b"secret") || ends(b"passwort"),
        Some(b'y') => ends(b"apikey") || ends(b"secretkey"),
        Some(b'e') => ends(b"phrase"),
        Some(b'w') => ends(b"pw"),
        Some(b's') => ends(b"pass"),
        _ => false,
    }
}

impl Family for Secrets {
    fn infos(&self) -> Vec<&'static Info> {
        vec![&AWS_SECRET, &AZURE_STORAGE, &PASSWORD, &GENERIC]
    }

    fn words(&self) -> Vec<Word> {
        WORDS
            .into_iter()
            .chain(NAMES.iter().map(|name| Word::any_case(name)))
            .collect()
    }

    /// A name in running text or on a command line: `the password is …`, `--password …`, `IDENTIFIED BY '…'`.
    fn word(&self, page: &Page<'_>, hit: Hit, out: &mut Findings) {
        page.note_name(hit.end);
        if hit.index >= WORDS.len() {
            return;
        }
        const LINKS: &[&str] = &[
            "is",
            "was",
            "ist",
            "lautet",
            "es",
            "est",
            "é",
            "e",
            "è",
            "jest",
            "=",
            ":",
            "to",
            "now",
            "auf",
            "als",
            "wird",
            "будет",
            "—",
            "-",
            "->",
            "是",
            "为",
            "は",
            "는",
            "är",
        ];
        let mut at = hit.end;
        let mut linked = page.slice(hit.start.saturating_sub(2)..hit.start) == b"--";
        for _ in 0..3 {
            let next = skip_blanks(page.bytes, at);
            let spaced = next > at || page.byte(at) >= 0x80;
            let Some(link) = LINKS
                .iter()
                .filter(|link| {
                    spaced
                        && page
                            .slice(next..next + link.len())
                            .eq_ignore_ascii_case(link.as_bytes())
                })
                .max_by_key(|link| link.len())
            else {
                break;
            };
            let end = next + link.len();
            if link.as_bytes()[0].is_ascii_alphabetic() && is(page.byte(end), ALNUM) {
                break;
            }
            if matches!(*link, ":" | "=") {
                return;
            }
            at = end;
            linked = true;
        }
        let start = skip_blanks(page.bytes, at);
        if start == at && !linked || matches!(page.byte(start), b':' | b'=') {
            return;
        }
        let Some(value) = Value::read(page, start) else { return };
        let text = page.text(value.range.clone());
        // Without a link only a quoted value, or one on the same line of a `.netrc`, is meant.
        if !linked && !value.quoted && !page.text(page.line_start(hit.start, 120)..hit.start).contains("login ") {
            return;
        }
        if hit.index >= FIRST_KEY_WORD {
            if is_secret(text, value.call) && distinct(text.as_bytes()) > 9 {
                out.add(&GENERIC, value.range, Confidence::Medium);
            }
        } else if !value.call && is_password(text, value.quoted) && !is_prose(text) {
            out.add(&PASSWORD, value.range, Confidence::Medium);
        }
    }
}

/// In running text a password has at least two of: digit, mark, capital inside.
fn is_prose(text: &str) -> bool {
    let digit = text.bytes().any(|byte| byte.is_ascii_digit());
    let mark = text
        .bytes()
        .any(|byte| byte.is_ascii_punctuation() && !matches!(byte, b'-' | b'.' | b'/' | b'\''));
    let capital = text.bytes().skip(1).any(|byte| byte.is_ascii_uppercase());
    usize::from(digit) + usize::from(mark) + usize::from(capital) < 2 && !(digit && text.len() >= 6)
}

/// A `:` or `=`: a name on the left, a value on the right.
pub(super) fn assignment(page: &Page<'_>, at: usize, out: &mut Findings) {
    if !page.is_named(at, 64) && !ends_like_name(page, at) {
        return;
    }
    let (before, after) = (page.before(at), page.byte(at + 1));
    let compares =
        matches!(before, b'=' | b'!' | b'<' | b'>' | b'~') || after == b'=' && page.byte(at) == b'=' || after == b'~';
    if compares || after == b':' || before == b':' && page.byte(at) == b':' || (page.byte(at), after) == (b':', b'=') {
        return;
    }
    let mut name = Name::before(page, at);
    if name.is_type() {
        name = Name::before(page, name.start.saturating_sub(1).max(page.line_start(at, 128)));
    }
    let Some(kind) = name.kind() else { return };
    let from = skip_blanks(page.bytes, at + 1 + usize::from(page.byte(at) == b'=' && after == b'>'));
    let Some(value) = Value::read(page, from) else { return };
    let text = page.text(value.range.clone());
    if let Some((info, confidence)) = judge(page, &name, kind, text, &value) {
        let span = if std::ptr::eq(info, &raw const super::auth::CONNECTION) {
            connection(page, &value.range)
        } else {
            value.range
        };
        out.add(info, span, confidence);
    }
}

fn judge(page: &Page<'_>, name: &Name, kind: Kind, text: &str, value: &Value) -> Option<(&'static Info, Confidence)> {
    let base64 = text
        .bytes()
        .all(|byte| is(byte, ALNUM) || matches!(byte, b'+' | b'/' | b'='));
    if base64
        && text.len() == 88
        && text.ends_with("==")
        && (name.has("account") || name.has("storage") || name.has("azure"))
        && !text.starts_with("Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6")
    {
        return Some((&AZURE_STORAGE, Confidence::High));
    }
    if is_aws_secret(text)
        && (name.has("aws")
            || name.has("secret access")
            || name.has("secret") && (text.contains('/') || text.contains('+')))
    {
        return Some((&AWS_SECRET, Confidence::High));
    }
    if text.len() == 32
        && text.bytes().all(|byte| is(byte, HEX))
        && distinct(text.as_bytes()) > 7
        && (name.has("twilio") || kind == Kind::Secret && near(page, value.range.start, b"twilio"))
    {
        return Some((tokens::info(Type::Twilio), Confidence::High));
    }
    match kind {
        Kind::Password if !value.call && is_password(text, value.quoted) => {
            if is_connection(page, &value.range) {
                return Some((&super::auth::CONNECTION, Confidence::High));
            }
            Some((
                &PASSWORD,
                if is_prose(text) {
                    Confidence::Medium
                } else {
                    Confidence::High
                },
            ))
        }
        // Several vendors issue keys that look like UUIDs.
        Kind::Secret
            if is_uuid(text.as_bytes())
                && distinct(text.as_bytes()) > 8
                && (name.has("api key") || name.has("apikey") || name.has("secret")) =>
        {
            Some((&GENERIC, Confidence::Medium))
        }
        Kind::Secret if is_secret(text, value.call) => Some((&GENERIC, Confidence::Medium)),
        Kind::Secret if !value.call && name.has("secret") && is_password(text, value.quoted) && !is_prose(text) => {
            Some((&GENERIC, Confidence::Medium))
        }
        _ => None,
    }
}

/// The secret that stands behind an AWS key id: a column, a line or a few words on.
pub(super) fn beside_key_id(page: &Page<'_>, from: usize, out: &mut Findings) {
    let stop = page.bytes.len().min(from + 160);
    let inside = |byte: u8| is(byte, ALNUM) || matches!(byte, b'+' | b'/');
    let mut at = from;
    while at < stop {
        let end = (at..page.bytes.len().min(at + 41))
            .find(|at| !inside(page.byte(*at)))
            .unwrap_or(page.bytes.len().min(at + 41));
        if end - at == 40 && is_aws_secret(page.text(at..end)) {
            out.add(&AWS_SECRET, at..end, Confidence::High);
            return;
        }
        at = end + 1;
        while at < stop && inside(page.byte(at - 1)) && inside(page.byte(at)) {
            at += 1;
        }
    }
}

fn is_aws_secret(text: &str) -> bool {
    let bytes = text.as_bytes();
    let all = |classes| bytes.iter().all(|byte| is(*byte, classes));
    let mixed = bytes.iter().any(|byte| is(*byte, UPPER))
        && bytes.iter().any(|byte| is(*byte, LOWER))
        // One key in a thousand has no digit; no name has twenty different letters.
        && (bytes.iter().any(|byte| is(*byte, DIGIT)) || distinct(bytes) >= 20);
    bytes.len() == 40
        && mixed
        && !all(HEX)
        && distinct(bytes) >= 15
        && !text.contains("EXAMPLE")
        && bytes.iter().all(|byte| is(*byte, ALNUM) || matches!(byte, b'+' | b'/'))
}

fn near(page: &Page<'_>, at: usize, word: &[u8]) -> bool {
    contains(&page.slice(at.saturating_sub(160)..at).to_ascii_lowercase(), word)
}

/// True for the password inside `Server=…;Database=…;Password=…`.
fn is_connection(page: &Page<'_>, value: &Range<usize>) -> bool {
    let whole = page.slice(connection(page, value)).to_ascii_lowercase();
    let parts = whole.iter().filter(|byte| **byte == b';').count();
    let server = [
        &b"server="[..],
        b"data source=",
        b"host=",
        b"addr=",
        b"dsn=",
        b"driver=",
    ]
    .iter()
    .any(|key| contains(&whole, key));
    parts >= 2
        && server
        && (page.byte(value.end) == b';'
            || contains(&whole, b";pwd=")
            || contains(&whole, b";password=")
            || contains(&whole, b"; password="))
}

/// The line or literal around a value.
fn connection(page: &Page<'_>, value: &Range<usize>) -> Range<usize> {
    let line = page.line_start(value.start, 512);
    let mut start = page
        .slice(line..value.start)
        .iter()
        .rposition(|byte| matches!(byte, b'"' | b'\'' | b'`'))
        .map_or(line, |at| line + at + 1);
    // `ConnectionString=Server=…`, `conn: Server=…`: the name in front is not part of it.
    let head = page.text(start..value.start).to_ascii_lowercase();
    if let Some(at) = ["server=", "data source=", "host=", "driver=", "dsn=", "addr="]
        .iter()
        .filter_map(|key| head.find(key))
        .min()
    {
        start += at
            .min(head.find("database=").unwrap_or(at))
            .min(head.find("user id=").unwrap_or(at));
    }
    let end = (value.end..page.line_end(value.end, 512))
        .find(|at| matches!(page.byte(*at), b'"' | b'\'' | b'`'))
        .unwrap_or(page.line_end(value.end, 512));
    start..end
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Password,
    Secret,
}

/// The name on the left of an assignment, in lower case, `_`, `-` and camel case read as spaces.
struct Name {
    text: String,
    start: usize,
}

const MAX_NAME: usize = 48;

impl Name {
    fn before(page: &Page<'_>, at: usize) -> Self {
        let mut end = at;
        while end > 0 && at - end < 8 && b" \t\"'`\\]?*:>".contains(&page.byte(end - 1)) {
            end -= 1;
        }
        let mut start = end;
        while start > 0 && end - start < MAX_NAME {
            let byte = page.byte(start - 1);
            if !(is(byte, ALNUM) || byte >= 0x80 || matches!(byte, b'_' | b'-' | b'.' | b' ')) {
                break;
            }
            start -= 1;
        }
        Self {
            text: fold_name(page.slice(start..end)),
            start,
        }
    }

    fn has(&self, words: &str) -> bool {
        self.text.contains(words)
    }

    /// `password: str = …`: the name stands one further to the left.
    fn is_type(&self) -> bool {
        matches!(
            self.text.trim(),
            "str"
                | "string"
                | "&str"
                | "optional"
                | "secret str"
                | "secretstr"
                | "any"
                | "'static str"
                | "static str"
                | "varchar"
                | "text"
        )
    }

    /// What a value of this name is.
    fn kind(&self) -> Option<Kind> {
        let words: Vec<&str> = self.text.split_ascii_whitespace().collect();
        let count = words.len();
        let mut last = count;
        while last > 0
            && (FILLERS.contains(&words[last - 1]) || words[last - 1].bytes().all(|byte| byte.is_ascii_digit()))
        {
            last -= 1;
        }
        let word = *words[..last].last()?;
        let previous = if last >= 2 { words[last - 2] } else { "" };
        let prose = words[..last].iter().rev().take(6);
        if is_password_word(word) || previous == "de" && word == "passe" {
            return (!NOT_PASSWORDS.contains(&previous)).then_some(Kind::Password);
        }
        if is_secret_name(word, previous) {
            return Some(Kind::Secret);
        }
        // `password for the staging database: …`
        let linked = prose.clone().any(|word| {
            matches!(
                *word,
                "for"
                    | "of"
                    | "to"
                    | "für"
                    | "del"
                    | "de"
                    | "da"
                    | "do"
                    | "pour"
                    | "der"
                    | "vom"
                    | "от"
                    | "для"
                    | "van"
                    | "voor"
                    | "on"
                    | "dla"
            )
        });
        (linked && prose.clone().any(|word| is_password_word(word))).then_some(Kind::Password)
    }
}

const FILLERS: &[&str] = &[
    "value",
    "prod",
    "production",
    "dev",
    "staging",
    "stage",
    "default",
    "new",
    "current",
    "is",
    "text",
    "plain",
    "plaintext",
    "raw",
    "here",
    "now",
    "below",
    "live",
    "temp",
    "temporary",
];
const NOT_PASSWORDS: &[&str] = &[
    "forgot",
    "reset",
    "change",
    "show",
    "hide",
    "confirm",
    "invalid",
    "wrong",
    "no",
    "bad",
    "missing",
    "hashed",
    "encrypted",
    "by",
    "single",
    "one",
    "first",
    "second",
];

fn is_password_word(word: &str) -> bool {
    const WORDS: &[&str] = &[
        "password",
        "passwd",
        "pwd",
        "pass",
        "pw",
        "passphrase",
        "passcode",
        "passwort",
        "kennwort",
        "contraseña",
        "contrasena",
        "contrasenya",
        "clave",
        "senha",
        "mdp",
        "motdepasse",
        "wachtwoord",
        "hasło",
        "haslo",
        "пароль",
        "密码",
        "密碼",
        "パスワード",
        "비밀번호",
        "şifre",
        "lösenord",
        "passord",
        "adgangskode",
        "salasana",
        "heslo",
        "jelszó",
        "parolă",
        "parola",
        "pswd",
        "passw",
        "psw",
    ];
    const ENDS: &[&str] = &[
        "password",
        "passwd",
        "passwort",
        "pwd",
        "passphrase",
        "密码",
        "パスワード",
        "비밀번호",
        "密碼",
    ];
    WORDS.contains(&word) || ENDS.iter().any(|end| word.len() > end.len() && word.ends_with(end))
}

/// Positions in lists and texts, not secrets: `next_page_token`, `max_tokens`.
const PAGES: &[&str] = &[
    "page",
    "next",
    "continuation",
    "sync",
    "pagination",
    "start",
    "end",
    "eos",
    "pad",
    "bos",
    "mask",
    "unk",
    "sep",
    "cls",
    "stop",
    "special",
    "max",
    "min",
    "num",
    "cursor",
    "resume",
    "position",
    "cancellation",
    "contract",
];

/// What a key must be called to be a secret.
const KEYS: &[&str] = &[
    "api",
    "access",
    "secret",
    "private",
    "auth",
    "encryption",
    "signing",
    "master",
    "account",
    "shared",
    "storage",
    "license",
    "licence",
    "service",
    "app",
    "application",
    "consumer",
    "subscription",
    "client",
    "admin",
    "root",
    "session",
    "deploy",
    "webhook",
    "jwt",
    "hmac",
    "aes",
    "decryption",
    "sign",
    "server",
    "integration",
    "write",
    "ingest",
    "authorization",
    "rest",
    "security",
    "symmetric",
    "wrapping",
    "function",
    "host",
    "cipher",
    "crypto",
    "instrumentation",
    "token",
    "bot",
    "user",
    "sdk",
    "ssh",
    "activation",
    "openai",
    "anthropic",
    "google",
    "azure",
    "aws",
    "stripe",
    "twilio",
    "sendgrid",
    "mailgun",
    "datadog",
    "algolia",
    "cloudflare",
    "github",
    "gitlab",
    "slack",
    "heroku",
    "mapbox",
    "newrelic",
    "pagerduty",
    "rapidapi",
    "cohere",
    "mistral",
    "deepgram",
    "pinecone",
    "supabase",
    "firebase",
    "huggingface",
    "replicate",
    "groq",
    "maps",
    "sentry",
    "segment",
    "amplitude",
    "mixpanel",
    "honeycomb",
    "okta",
    "fastly",
    "alchemy",
    "infura",
    "etherscan",
    "binance",
    "coinbase",
    "kraken",
    "grafana",
    "elastic",
    "postmark",
    "mailchimp",
];

/// Names of secrets in one word.
const SECRETS: &[&str] = &[
    "secret",
    "apikey",
    "secretkey",
    "accesskey",
    "apitoken",
    "authtoken",
    "accesstoken",
    "clientsecret",
    "privatekey",
    "credential",
    "credentials",
    "creds",
    "secrets",
    "appsecret",
    "appkey",
    "sessionid",
    "jwt",
    "pat",
    "bearer",
    "accountkey",
    "sharedaccesskey",
    "passkey",
    "encryptionkey",
    "auth",
    "authorization",
];

fn is_secret_name(word: &str, previous: &str) -> bool {
    match word {
        "token" => !PAGES.contains(&previous),
        "key" => KEYS.contains(&previous),
        "id" => previous == "session",
        "cookie" | "sid" | "signature" | "salt" | "pepper" => matches!(previous, "session" | "connect" | "auth"),
        _ => {
            let glued = |end: &&str| word.len() > end.len() + 2 && word.ends_with(*end);
            SECRETS.contains(&word) || ["apikey", "secretkey", "token", "secret"].iter().any(glued)
        }
    }
}

fn fold_name(raw: &[u8]) -> String {
    let text = String::from_utf8_lossy(raw);
    let mut folded = String::with_capacity(text.len() + 4);
    let mut previous = ' ';
    for c in text.chars() {
        if c.is_uppercase() && previous.is_lowercase() {
            folded.push(' ');
        }
        previous = c;
        match c {
            '_' | '-' | '.' => folded.push(' '),
            c => folded.extend(c.to_lowercase()),
        }
    }
    folded
}

/// What stands on the right of an assignment.
struct Value {
    range: Range<usize>,
    quoted: bool,
    /// True when the value is called, indexed or read from somewhere.
    call: bool,
}

const MAX_VALUE: usize = 512;

impl Value {
    fn read(page: &Page<'_>, from: usize) -> Option<Self> {
        let mut start = from;
        let mut quote = None;
        if page.byte(start) == b'\\' && matches!(page.byte(start + 1), b'"' | b'\'') {
            start += 1;
        }
        if matches!(page.byte(start), b'b' | b'r' | b'f' | b'u' | b'@') && matches!(page.byte(start + 1), b'"' | b'\'')
        {
            start += 1;
        }
        if let open @ (b'"' | b'\'' | b'`') = page.byte(start) {
            quote = Some(open);
            start += 1;
        }
        let line = page.line_end(start, MAX_VALUE);
        let closed = quote.and_then(|quote| memchr::memchr(quote, page.slice(start..line)).map(|at| start + at));
        let end = match closed {
            Some(end) if page.byte(end.wrapping_sub(1)) == b'\\' => end - 1,
            Some(end) => end,
            None => Self::unquoted_end(page, start, line),
        };
        let inner = page.slice(start..end);
        let opens = inner
            .first()
            .is_some_and(|byte| matches!(byte, b'&' | b'[' | b'{' | b'(' | b'|' | b'='));
        let call = closed.is_none()
            && (matches!(page.byte(end), b'(' | b'[')
                || opens
                || contains(inner, b"(")
                || contains(inner, b"::")
                || is_type(inner));
        (start < end).then_some(Self {
            range: start..end,
            quoted: closed.is_some(),
            call,
        })
    }

    fn unquoted_end(page: &Page<'_>, start: usize, line: usize) -> usize {
        let stops = |at: usize| {
            let byte = page.byte(at);
            is(byte, SPACE)
                || matches!(byte, b'"' | b'\'' | b'<' | b'`')
                || matches!(byte, b';' | b'&' | b',' | b'|') && Self::names_next(page, at + 1)
                || byte == b'\\' && matches!(page.byte(at + 1), b'n' | b'"' | b'r' | b't')
        };
        let mut end = (start..line).find(|at| stops(*at)).unwrap_or(line);
        while end > start && matches!(page.byte(end - 1), b',' | b';' | b'.' | b')' | b'}' | b']') {
            end -= 1;
        }
        end
    }

    /// True when another name and its assignment follow: `;Server=`.
    fn names_next(page: &Page<'_>, at: usize) -> bool {
        let start = skip_blanks(page.bytes, at);
        let mut end = start;
        while end - start < 40
            && (is(page.byte(end), LETTER) || matches!(page.byte(end), b'_' | b' ' | b'-' | b'.') && end > start)
        {
            end += 1;
        }
        start == page.bytes.len() || is(page.byte(start), SPACE) || end > start && matches!(page.byte(end), b'=' | b':')
    }
}

/// True when the text may be a password: it is neither a word, a reference, a type nor a place.
pub(super) fn is_password(text: &str, quoted: bool) -> bool {
    let bytes = text.as_bytes();
    if !(4..=160).contains(&bytes.len()) || is_placeholder(text) || text.contains("://") || text.contains("\\x") {
        return false;
    }
    let has = |classes| bytes.iter().any(|byte| is(*byte, classes));
    let (digit, letter) = (has(DIGIT), has(LETTER) || !text.is_ascii());
    let mark = bytes.iter().any(|byte| {
        byte.is_ascii_punctuation()
            && !matches!(
                byte,
                b'-' | b'_' | b'.' | b'/' | b',' | b'\'' | b':' | b'(' | b')' | b'[' | b']'
            )
    });
    let place = bytes[0] == b'/'
        || bytes.starts_with(b"./")
        || bytes.starts_with(b"~/")
        || bytes.get(1..3) == Some(b":\\")
        || is_file(text);
    let words = text.split_ascii_whitespace().count();
    let path = !quoted && is_member(bytes) && !digit;
    if words > 1 || place || path || bytes[0] == b'$' && bytes.len() < 4 {
        return false;
    }
    let numeric = !letter && digit && !mark;
    if numeric {
        return bytes.len() >= 6 && bytes.iter().all(u8::is_ascii_digit) && distinct(bytes) > 2;
    }
    // The hash of a password is not the password.
    let hash = [
        "$2a$", "$2b$", "$2y$", "$6$", "$5$", "$1$", "$argon2", "pbkdf2", "{SSHA}", "sha256$", "sha256:",
    ]
    .iter()
    .any(|start| text.starts_with(start));
    letter
        && (digit || mark)
        && !hash
        && distinct(bytes) >= 4
        && !is_numbered_name(text)
        && !(mark && !digit && is_markup(bytes))
}

fn is_file(text: &str) -> bool {
    [
        ".txt", ".pem", ".key", ".json", ".yml", ".yaml", ".env", ".crt", ".md", ".html",
    ]
    .iter()
    .any(|end| text.ends_with(end))
}

/// `config.db.password`, `self.password`.
fn is_member(bytes: &[u8]) -> bool {
    contains(bytes, b".")
        && bytes
            .iter()
            .all(|byte| is(*byte, LETTER) || matches!(byte, b'_' | b'.'))
}

/// `password1`, `value_2`, `user_password_v2`: names in code, not values.
fn is_numbered_name(text: &str) -> bool {
    const NAMES: &[&str] = &[
        "password", "passwd", "pass", "pwd", "value", "label", "field", "input", "arg", "param", "str", "string",
        "text", "utf", "sha", "md", "base", "int", "char", "varchar", "text", "type", "var", "test", "option",
        "secret", "token", "key",
    ];
    let stem = text.trim_end_matches(|c: char| c.is_ascii_digit() || matches!(c, '_' | '-'));
    NAMES.contains(&stem.to_ascii_lowercase().as_str())
        || stem.is_empty() && !text.bytes().all(|b| b.is_ascii_digit()) && text.len() < 6
}

/// Letters with quotes, brackets or question marks only: code or prose.
fn is_markup(bytes: &[u8]) -> bool {
    bytes
        .iter()
        .all(|byte| is(*byte, LETTER) || b"?!;=<>{}|&*\"#%+:,._-\\".contains(byte))
        && {
            let marks: Vec<&u8> = bytes.iter().filter(|byte| byte.is_ascii_punctuation()).collect();
            let tail = bytes
                .iter()
                .rev()
                .take_while(|byte| byte.is_ascii_punctuation())
                .count();
            marks.len() == tail && tail < 3 || bytes.first().is_some_and(|byte| b"<{&*%#=|".contains(byte))
        }
}

/// True when the text has the shape of a key: long, mixed, without structure that says what else it is.
fn is_secret(text: &str, call: bool) -> bool {
    let bytes = text.as_bytes();
    let allowed = bytes
        .iter()
        .all(|byte| is(*byte, ALNUM) || b"_-+/=.~:!@#$%^&*|,".contains(byte));
    let digits = bytes.iter().filter(|byte| is(**byte, DIGIT)).count();
    let letters = bytes.iter().filter(|byte| is(**byte, LETTER)).count();
    if call || !allowed || !(16..=MAX_VALUE).contains(&bytes.len()) || digits < 2 || letters < 2 || is_placeholder(text)
    {
        return false;
    }
    let place = text.contains("://")
        || bytes[0] == b'/'
        || bytes.starts_with(b"./")
        || is_file(text)
        || text.matches('/').count() > 3 && text.len() < 40;
    let date = text.len() < 32 && text.matches('-').count() >= 2 && text.contains(':');
    !place
        && !date
        && !is_uuid(bytes)
        && distinct(bytes) >= 8
        && entropy(bytes) >= 2.9
        && !is_words(text)
        && !is_digest(text)
}

/// `my-service-token-v2`: words and small numbers.
fn is_words(text: &str) -> bool {
    let parts: Vec<&str> = text
        .split(['-', '_', '.', '/', ':'])
        .filter(|part| !part.is_empty())
        .collect();
    let wordy = |part: &&str| {
        let letters = part.trim_matches(|c: char| c.is_ascii_digit()).as_bytes();
        let all = |test: fn(&u8) -> bool| letters.iter().all(test);
        let title = letters.iter().skip(1).all(u8::is_ascii_lowercase) && all(u8::is_ascii_alphabetic);
        (all(u8::is_ascii_lowercase) || all(u8::is_ascii_uppercase) || title) && part.len() - letters.len() <= 5
    };
    parts.len() >= 2 && parts.iter().all(wordy)
}

/// Types and constants of code: `u32`, `__u8`, `uint16_t`, `WIN32_ERROR`.
fn is_type(value: &[u8]) -> bool {
    let name = value.iter().all(|byte| is(*byte, ALNUM) || *byte == b'_');
    let stem: Vec<u8> = value
        .iter()
        .filter(|byte| is(**byte, LETTER))
        .map(u8::to_ascii_lowercase)
        .collect();
    let scalar = matches!(
        &stem[..],
        b"u" | b"i"
            | b"f"
            | b"uint"
            | b"int"
            | b"float"
            | b"uintt"
            | b"intt"
            | b"str"
            | b"char"
            | b"utf"
            | b"bytes"
            | b"cstr"
    );
    let constant = value.iter().all(|byte| is(*byte, UPPER | DIGIT) || *byte == b'_')
        && value.iter().filter(|byte| **byte == b'_').count() > 0
        && value.first().is_some_and(|byte| is(*byte, UPPER));
    name && (scalar
        || constant
            && value.iter().filter(|byte| is(**byte, DIGIT)).count() <= 2
            && std::str::from_utf8(value).is_ok_and(is_words))
}

/// `sha512-…`, `sha256:…`.
fn is_digest(text: &str) -> bool {
    [
        "sha1-", "sha256-", "sha384-", "sha512-", "sha256:", "sha512:", "md5:", "sha1:",
    ]
    .iter()
    .any(|start| text.starts_with(start))
}
