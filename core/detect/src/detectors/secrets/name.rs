//! The left side of an assignment: names that say that a secret follows.

use crate::classes::{DIGIT, HIGH, LETTER, LOWER, UPPER, class, is};
use crate::detectors::tokens;
use crate::evidence::contains;
use crate::page::Page;
use crate::phrases::{Index, Sorted};

/// What a name says of the value behind it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Password,
    Secret,
}

/// The name on the left of an assignment, in lower case, `_`, `-` and camel case read as spaces.
pub(super) struct Name {
    text: String,
    pub(super) start: usize,
}

const MAX_NAME: usize = 48;
/// What may stand between a name and its mark.
const BEHIND_NAME: &[u8] = b" \t\"'`\\]?*:>";
/// Names that belong to the one before them: a type, and the second half of a pair.
const TYPES: &[&str] = &[
    "str",
    "string",
    "&str",
    "optional",
    "secret str",
    "secretstr",
    "any",
    "'static str",
    "static str",
    "varchar",
    "text",
];
const VALUES: &[&str] = &["value", "val", "content", "default"];

/// True when the same name may go on to the end of the text.
pub(super) fn goes_on(behind: &[u8]) -> bool {
    behind.iter().all(|byte| BESIDE_NAME[usize::from(*byte)])
}

/// True when the last word before a mark may belong to the name before it.
pub(super) fn is_led_to(page: &Page<'_>, at: usize) -> bool {
    static LAST: &Index = &Sorted::by_end([
        "str", "string", "optional", "any", "varchar", "text", "value", "val", "content", "default",
    ]);
    const REACH: usize = 16;
    let before = page.slice(at.saturating_sub(REACH)..at);
    let end = before.iter().rposition(|byte| !BEHIND_NAME.contains(byte));
    let mut word = [0; REACH];
    let length = end.map_or(0, |end| end + 1);
    word[..length].copy_from_slice(&before[..length]);
    word.make_ascii_lowercase();
    LAST.ending(&word[..length]).next().is_some()
}

/// Bytes a name may be made of.
static IN_NAME: [bool; 256] = {
    let mut inside = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        let b = byte as u8;
        inside[byte] = b.is_ascii_alphanumeric() || b >= 0x80 || matches!(b, b'_' | b'-' | b'.' | b' ');
        byte += 1;
    }
    inside
};

/// Those, and what may stand between a name and its mark.
static BESIDE_NAME: [bool; 256] = {
    let mut beside = IN_NAME;
    let mut at = 0;
    while at < BEHIND_NAME.len() {
        beside[BEHIND_NAME[at] as usize] = true;
        at += 1;
    }
    beside
};

impl Name {
    pub(super) fn before(page: &Page<'_>, at: usize) -> Self {
        let mut end = at;
        while end > 0 && at - end < 8 && BEHIND_NAME.contains(&page.byte(end - 1)) {
            end -= 1;
        }
        let mut start = end;
        while start > 0 && end - start < MAX_NAME {
            let byte = page.byte(start - 1);
            // `code d'accès`
            let inside = |at: usize| start < end && is(page.byte(at), LETTER | HIGH);
            let joined = byte == b'\'' && start >= 2 && inside(start) && inside(start - 2);
            if !IN_NAME[usize::from(byte)] && !joined {
                break;
            }
            // Two blanks set columns apart.
            if byte == b' ' && start >= 2 && page.byte(start - 2) == b' ' {
                break;
            }
            start -= 1;
        }
        Self {
            text: fold_name(page.slice(start..end)),
            start,
        }
    }

    /// The name that stands in a range.
    pub(super) fn of(page: &Page<'_>, range: std::ops::Range<usize>) -> Self {
        Self {
            text: fold_name(page.slice(range.clone())),
            start: range.start,
        }
    }

    /// True when a word for a password goes on in the scripts of East Asia: `パスワードを確認してください:`.
    pub(super) fn asks_in_east(&self) -> bool {
        const WORDS: [&str; 5] = ["パスワード", "密码", "密碼", "비밀번호", "암호"];
        let text = self.text.trim();
        if text.is_ascii() {
            return false;
        }
        let asks = |word: &str| {
            text.split_once(word)
                .is_some_and(|(_, rest)| !rest.is_empty() && !rest.bytes().any(|byte| byte < 0x80))
        };
        WORDS.iter().any(|word| asks(word))
    }

    /// `name: DB_PASSWORD` and then `value: …`, on one line or two: the name that a `value` belongs to.
    pub(super) fn of_pair(&self, page: &Page<'_>) -> Option<Self> {
        const BETWEEN: usize = 24;
        if !VALUES.contains(&self.text.trim()) {
            return None;
        }
        let mut end = self.start;
        while end > 0 && self.start - end < BETWEEN && b" \t\r\n\"'`,-\\{(".contains(&page.byte(end - 1)) {
            end -= 1;
        }
        let name = Self::before(page, end);
        (end < self.start && matches!(page.before(name.start), b':' | b'=' | b'"' | b'\'')).then_some(name)
    }

    /// True for the name of a session's cookie, where the line says that it is one.
    pub(super) fn is_session_cookie(&self, page: &Page<'_>) -> bool {
        static SESSIONS: &Index = &Sorted::by_start([
            "session",
            "sessionid",
            "session id",
            "sid",
            "sess",
            "jsessionid",
            "phpsessid",
            "connect sid",
            "identity application",
            "asp net sessionid",
            "asp net session id",
            "laravel session",
            "gitlab session",
            "user session",
            "rack session",
            "remember token",
            "auth",
            "sso",
            "access",
            "refresh",
        ]);
        let name = self.text.trim();
        let name = name.strip_prefix("host ").unwrap_or(name);
        let name = name.strip_prefix("secure ").unwrap_or(name);
        if !SESSIONS.has(name) && (name.len() < "asp net core".len() || !name.contains("asp net core")) {
            return false;
        }
        contains(page.slice(page.line_start(self.start, 512)..self.start), b"ookie")
    }

    /// The header, and the field that package managers keep it in.
    pub(super) fn is_authorization(&self) -> bool {
        matches!(
            self.text.trim(),
            "authorization" | "proxy authorization" | "x authorization" | "auth"
        )
    }

    /// `session_id`: secret as the cookie it came from.
    pub(super) fn is_session_number(&self) -> bool {
        let text = self.text.trim();
        text.ends_with("session id") || text.ends_with("sessionid")
    }

    pub(super) fn has(&self, words: &str) -> bool {
        contains(self.text.as_bytes(), words.as_bytes())
    }

    /// True when the name speaks of a vendor whose keys look like the value.
    pub(super) fn is_of_vendor(&self, value: &str) -> bool {
        tokens::of_vendor(&self.text, value)
    }

    /// `password: str = …`: the name stands one further to the left.
    pub(super) fn is_type(&self) -> bool {
        TYPES.contains(&self.text.trim())
    }

    /// What a value of this name is.
    pub(super) fn kind(&self) -> Option<Kind> {
        let mut room = [""; MAX_NAME];
        let mut count = 0;
        // Words of one letter, and a blank behind each: a name has no more than there is room for.
        for (room, word) in room
            .iter_mut()
            .zip(self.text.split(' ').filter(|word| !word.is_empty()))
        {
            *room = word;
            count += 1;
        }
        let words = &room[..count];
        let mut last = count;
        while last > 0 && (FILLERS.has(words[last - 1]) || words[last - 1].bytes().all(|byte| byte.is_ascii_digit())) {
            last -= 1;
        }
        // Whose it is, in languages that say it without a small word.
        while last > 1 && OWNERS.has(words[last - 1]) && is_password_word(words[last - 2]) {
            last -= 1;
        }
        let word = *words[..last].last()?;
        // `publicKeyToken` stands in the manifests of programs.
        if word == "token" && words[..last].ends_with(&["public", "key", "token"]) {
            return None;
        }
        // `Pass-Nr.` is the number of a passport.
        if word == "pass" && matches!(words.get(last), Some(&"nr" | &"no")) {
            return None;
        }
        let previous = if last >= 2 { words[last - 2] } else { "" };
        let prose = words[..last].iter().rev().take(6);
        if is_password_word(word)
            || matches!(
                (previous, word),
                ("de" | "palavra", "passe")
                    | ("code", "d'accès")
                    | ("parola", "d'ordine")
                    | ("wlan" | "wpa" | "wpa2" | "wpa3", "key")
            )
        {
            return (!NOT_PASSWORDS.has(previous)).then_some(Kind::Password);
        }
        if is_secret_name(word, previous) {
            return Some(Kind::Secret);
        }
        // `password for the staging database: …`
        let mut before = prose.skip_while(|word| !FOR.has(word));
        before
            .any(|word| is_password_word(word) || *word == "passe")
            .then_some(Kind::Password)
    }
}

static OWNERS: &Index = &Sorted::by_start([
    "klienta",
    "użytkownika",
    "administratora",
    "dostępu",
    "клиента",
    "пользователя",
    "администратора",
    "клієнта",
    "користувача",
    "адміністратора",
]);

/// Words that lead from a password to what it opens.
static FOR: &Index = &Sorted::by_start([
    "du", "des", "della", "dello", "von", "den", "for", "of", "to", "für", "del", "de", "da", "do", "pour", "der",
    "vom", "от", "для", "van", "voor", "on", "dla",
]);

static FILLERS: &Index = &Sorted::by_start([
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
    "temporal",
    "temporária",
    "temporaire",
    "temporanea",
    "provvisoria",
    "tymczasowe",
    "tijdelijk",
    "wifi",
    "wi",
    "fi",
    "wlan",
    "string",
    "str",
    "b64",
    "base64",
    "base",
    "no",
    "nr",
    "on",
    "file",
    "record",
]);

static NOT_PASSWORDS: &Index = &Sorted::by_start([
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
    "without",
    "max",
    "min",
    "scale",
    "render",
    "final",
    "last",
    "third",
    "next",
    "compiler",
    "optimization",
    "optimisation",
    "boarding",
    "season",
    "bus",
    "ski",
]);

fn is_password_word(word: &str) -> bool {
    static WORDS: &Index = &Sorted::by_start([
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
        "암호",
        "şifre",
        "lösenord",
        "lösenordet",
        "passordet",
        "adgangskoden",
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
        "psk",
        "requirepass",
        "storepass",
        "keypass",
        "userpass",
        "dbpass",
        "口令",
        "패스워드",
        "şifresi",
        "parolası",
        "lösen",
        "wachtwoord",
    ]);
    static ENDS: &Index = &Sorted::by_end([
        "password",
        "passwd",
        "passwort",
        "pwd",
        "passphrase",
        "wachtwoord",
        "kennwort",
        "lösenord",
        "密码",
        "パスワード",
        "비밀번호",
        "암호",
        "密碼",
    ]);
    WORDS.has(word) || ENDS.ending(word.as_bytes()).any(|end| word.len() > end.len())
}

/// Positions in lists and texts, not secrets: `next_page_token`, `max_tokens`.
static PAGES: &Index = &Sorted::by_start([
    "starting",
    "client",
    "idempotency",
    "request",
    "lock",
    "change",
    "revision",
    "update",
    "unit",
    "lease",
    "fencing",
    "sequence",
    "import",
    "export",
    "product",
    "csrf",
    "xsrf",
    "csrfmiddleware",
    "antiforgery",
    "verification",
    "authenticity",
    "public",
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
]);

/// What a key must be called to be a secret.
static KEYS: &Index = &Sorted::by_start([
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
    "preshared",
    "psk",
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
    "connection",
    "freshdesk",
    "zendesk",
    "intercom",
    "hubspot",
    "shopify",
    "notion",
    "airtable",
    "figma",
    "asana",
    "trello",
    "jira",
    "bitbucket",
    "circleci",
    "travis",
    "codecov",
    "snyk",
    "sonar",
    "jfrog",
    "vercel",
    "netlify",
    "linode",
    "vultr",
    "hetzner",
    "digitalocean",
    "scaleway",
    "ovh",
    "bitly",
    "openweather",
    "openweathermap",
    "newsapi",
    "tomtom",
    "ipinfo",
    "ipstack",
    "clearbit",
    "brevo",
    "sendinblue",
    "mailjet",
    "sparkpost",
    "mandrill",
    "klaviyo",
    "onesignal",
    "pusher",
    "ably",
    "pubnub",
    "twitch",
    "spotify",
    "discord",
    "telegram",
    "messagebird",
    "vonage",
    "nexmo",
    "plivo",
    "telnyx",
    "plaid",
    "paypal",
    "braintree",
    "adyen",
    "klarna",
    "razorpay",
    "paystack",
    "flutterwave",
    "mollie",
    "gocardless",
    "chargebee",
    "recurly",
    "paddle",
    "dropbox",
    "contentful",
    "strapi",
    "launchdarkly",
    "optimizely",
    "rollbar",
    "bugsnag",
    "loggly",
    "papertrail",
    "splunk",
    "dynatrace",
    "wakatime",
    "fireworks",
    "perplexity",
    "deepseek",
    "moonshot",
    "dashscope",
    "elevenlabs",
    "assemblyai",
    "voyage",
    "jina",
    "tavily",
    "serper",
    "serpapi",
    "langsmith",
    "wandb",
    "linkedin",
    "elastic",
    "postmark",
    "mailchimp",
]);

/// Names of secrets in one word.
static SECRETS: &Index = &Sorted::by_start([
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
    "secretaccesskey",
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
    "jsessionid",
    "phpsessid",
    "aspnetsessionid",
]);

fn is_secret_name(word: &str, previous: &str) -> bool {
    match word {
        "token" => !PAGES.has(previous),
        "key" => KEYS.has(previous),
        "id" => previous == "session",
        "authorization" | "auth" | "bearer" => matches!(previous, "" | "x" | "http" | "proxy" | "header" | "basic"),
        "cookie" | "sid" | "signature" | "salt" | "pepper" => matches!(previous, "session" | "connect" | "auth"),
        _ => {
            let glued = |end: &&str| word.len() > end.len() + 2 && word.ends_with(*end);
            let forged = || contains(word.as_bytes(), b"csrf") || contains(word.as_bytes(), b"xsrf");
            let key = word.strip_suffix("key").is_some_and(|prefix| KEYS.has(prefix));
            let secret = key || SECRETS.has(word) || ["apikey", "secretkey", "token", "secret"].iter().any(glued);
            secret && !forged()
        }
    }
}

fn fold_name(raw: &[u8]) -> String {
    if raw.is_ascii() {
        return fold_ascii(raw);
    }
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

/// The same for names of programs, which most are.
fn fold_ascii(raw: &[u8]) -> String {
    let mut folded = [b' '; 2 * MAX_NAME];
    let (mut length, mut previous) = (0, 0);
    // Names of constants have no small letters, and their digits end no word.
    let lower = raw.iter().any(u8::is_ascii_lowercase);
    for &byte in raw.iter().take(MAX_NAME) {
        let class = class(byte);
        length += usize::from(class & UPPER != 0 && previous & (LOWER | DIGIT) != 0 && lower);
        folded[length] = match byte {
            b'_' | b'-' | b'.' => b' ',
            _ => byte.to_ascii_lowercase(),
        };
        length += 1;
        previous = class;
    }
    String::from_utf8_lossy(&folded[..length]).into_owned()
}
