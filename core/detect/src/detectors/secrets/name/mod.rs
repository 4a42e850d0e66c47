//! The left side of an assignment: names that say that a secret follows.

mod lists;

use self::lists::{FILLERS, FOR, KEYS, NOT_PASSWORDS, OWNERS, PAGES, PASSWORD_ENDS, PASSWORD_WORDS, SECRETS, SESSIONS};
use super::REACH;
use crate::classes::{ALNUM, DIGIT, HIGH, LETTER, LOWER, UPPER, class, is};
use crate::detectors::tokens;
use crate::evidence::contains;
use crate::page::{Listed, Page, Topic};
use crate::phrases::{Index, Sorted};
use std::sync::LazyLock;

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
/// Bytes that may stand between a name and its mark at most: files are set in columns.
const MAX_BEHIND: usize = 24;
/// What may stand between a name and its mark.
const BEHIND_NAME: &[u8] = b" \t\"'`\\]?*:>";
/// Names that belong to the one before them: a type.
static TYPES: &Index = &Sorted::by_start([
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
]);

/// True when the same name may go on to the end of the text.
pub(super) fn goes_on(behind: &[u8]) -> bool {
    let behind = match remark(behind) {
        Some(remark) => &behind[..remark],
        None => behind,
    };
    behind.iter().all(|byte| PLACES[usize::from(*byte)] != 0)
}

/// Where a remark begins that ends the bytes before a mark: `Password (do not share)`. A call has no blank before its bracket.
fn remark(before: &[u8]) -> Option<usize> {
    const LONGEST: usize = 40;
    let from = before.len().saturating_sub(LONGEST);
    let inner = before[from..].strip_suffix(b")")?;
    let open = from + memchr::memrchr(b'(', inner)?;
    let plain = inner[open - from + 1..]
        .iter()
        .all(|byte| is(*byte, ALNUM | HIGH) || b" -'!,.".contains(byte));
    (plain && open > 0 && before[open - 1] == b' ').then_some(open)
}

/// True when the last word before a mark may belong to the name before it.
pub(super) fn is_led_to(page: &Page<'_>, at: usize) -> bool {
    static LAST: &Index = &Sorted::by_end([
        "str", "string", "optional", "any", "varchar", "text", "value", "val", "content", "default", "new", "neu",
        "neues", "nouveau", "nuevo", "nueva", "nuovo", "nuova", "novo", "nova", "nieuw", "nowe", "current",
    ]);
    const REACH: usize = 16;
    let before = page.slice(at.saturating_sub(REACH)..at);
    let end = before.iter().rposition(|byte| PLACES[usize::from(*byte)] & BEHIND == 0);
    let mut word = [0; REACH];
    let length = end.map_or(0, |end| end + 1);
    word[..length].copy_from_slice(&before[..length]);
    word.make_ascii_lowercase();
    LAST.ending(&word[..length]).next().is_some()
}

/// Letters in which the last words of names end, by a hash of three.
struct Endings(Box<[u64; ENDINGS / 64]>);

const ENDINGS: usize = 1 << 12;

impl Endings {
    fn bit(three: [u8; 3]) -> usize {
        let [a, b, c] = three.map(u32::from);
        ((a | b << 8 | c << 16).wrapping_mul(0x9E37_79B1) >> (u32::BITS - 12)) as usize
    }

    fn has(&self, three: [u8; 3]) -> bool {
        let bit = Self::bit(three);
        self.0[bit / 64] >> (bit % 64) & 1 == 1
    }
}

/// How the last words end of names for secrets, of types, and of what belongs to the name before it.
static LAST_WORDS: LazyLock<Endings> = LazyLock::new(|| {
    const OTHERS: [&str; 30] = [
        "token",
        "key",
        "authorization",
        "auth",
        "bearer",
        "cookie",
        "sid",
        "signature",
        "salt",
        "pepper",
        "secret",
        "passe",
        "ordine",
        "value",
        "val",
        "content",
        "default",
        "api",
        "acceso",
        "acesso",
        "accesso",
        "secreta",
        "segreta",
        "sleutel",
        "klucz",
        "anahtar",
        "nyckel",
        "jeton",
        "code",
        "codice",
    ];
    let lists = [TYPES, FILLERS, OWNERS, SECRETS, SESSIONS, PASSWORD_WORDS, PASSWORD_ENDS];
    let words = lists.iter().flat_map(|list| list.all()).chain(&OTHERS);
    let mut endings = Box::new([0; ENDINGS / 64]);
    for bit in words
        .filter_map(|word| word.as_bytes().last_chunk().copied())
        .map(Endings::bit)
    {
        endings[bit / 64] |= 1 << (bit % 64);
    }
    Endings(endings)
});

/// False where the last word before a mark is none of a name that is looked for, as a few letters tell; true where it may
/// be longer than it seems, or speak of a password named before.
pub(super) fn may_name(page: &Page<'_>, at: usize) -> bool {
    if page.mentions(Topic::Cookies) || page.password_before(at, REACH) {
        return true;
    }
    let near = page.slice(at.saturating_sub(REACH)..at);
    let end = near
        .iter()
        .rposition(|byte| PLACES[usize::from(*byte)] & BEHIND == 0)
        .map_or(0, |last| last + 1);
    let Some(&[first, second, third]) = near[..end].last_chunk().filter(|_| near.is_ascii()) else {
        return true;
    };
    // What stands behind a joint or a change of case is a word of its own, and a number none.
    let splits = |before: u8, byte: u8| is(before, LOWER | DIGIT) && is(byte, UPPER);
    let whole = [first, second, third].iter().all(|byte| is(*byte, ALNUM));
    let numbered = is(third, DIGIT) && {
        let digits = near[..end].iter().rev().take_while(|byte| is(**byte, DIGIT)).count();
        !near[..end - digits].last().is_some_and(|byte| is(*byte, LETTER))
    };
    !whole
        || splits(first, second)
        || splits(second, third)
        || numbered
        || LAST_WORDS.has([first, second, third].map(|byte| byte.to_ascii_lowercase()))
}

/// A byte a name may be made of, and one that may stand between a name and its mark.
const INSIDE: u8 = 1;
const BEHIND: u8 = 2;
/// Where in a name each byte may stand.
static PLACES: [u8; 256] = {
    let mut places = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let b = byte as u8;
        if b.is_ascii_alphanumeric() || b >= 0x80 || matches!(b, b'_' | b'-' | b'.' | b' ') {
            places[byte] |= INSIDE;
        }
        byte += 1;
    }
    let mut at = 0;
    while at < BEHIND_NAME.len() {
        places[BEHIND_NAME[at] as usize] |= BEHIND;
        at += 1;
    }
    places
};

impl Name {
    pub(super) fn before(page: &Page<'_>, at: usize) -> Self {
        let bytes = page.slice(at.saturating_sub(MAX_BEHIND + MAX_NAME)..at);
        let from = at - bytes.len();
        let mut end = remark(bytes).unwrap_or(bytes.len());
        while end > 0 && bytes.len() - end < MAX_BEHIND && PLACES[usize::from(bytes[end - 1])] & BEHIND != 0 {
            end -= 1;
        }
        let mut start = end;
        while let Some(before) = start.checked_sub(1).filter(|_| end - start < MAX_NAME) {
            let byte = bytes[before];
            if PLACES[usize::from(byte)] & INSIDE == 0 {
                // `code d'accès`
                let inside = |at: usize| is(bytes[at], LETTER | HIGH);
                let joined = byte == b'\'' && start < end && before > 0 && inside(start) && inside(before - 1);
                if !joined {
                    break;
                }
            }
            // Two blanks set columns apart.
            if byte == b' ' && before > 0 && bytes[before - 1] == b' ' {
                break;
            }
            start = before;
        }
        Self {
            text: fold_name(&bytes[start..end]),
            start: from + start,
        }
    }

    /// The name that stands in a range.
    pub(super) fn of(page: &Page<'_>, range: std::ops::Range<usize>) -> Self {
        Self {
            text: fold_name(page.slice(range.clone())),
            start: range.start,
        }
    }

    /// The name without white space at its ends.
    fn trimmed(&self) -> &str {
        // To look for other white space takes longer.
        if self.text.is_ascii() {
            self.text.trim_ascii()
        } else {
            self.text.trim()
        }
    }

    /// True for accounts that store something, in the languages Azure is sold in.
    pub(super) fn is_of_storage(&self) -> bool {
        const WORDS: [&str; 9] = [
            "storage",
            "azure",
            "speicherkonto",
            "stockage",
            "almacenamiento",
            "archiviazione",
            "armazenamento",
            "opslagaccount",
            "magazynu",
        ];
        WORDS.iter().any(|word| self.has(word))
    }

    /// True for what opens a portal, a door or a meeting, and may be a word or a number as well.
    pub(super) fn is_access_code(&self) -> bool {
        #[rustfmt::skip]
        static CODES: &Index = &Sorted::by_end([
            "access code", "accesscode", "zugangscode", "zugriffscode", "code d'accès", "código de acceso",
            "codigo de acceso", "código de acesso", "codice di accesso", "inlogcode", "toegangscode", "kod dostępu",
            "код доступа", "erişim kodu", "åtkomstkod", "アクセスコード", "访问码",
        ]);
        CODES.ending(self.trimmed().as_bytes()).next().is_some()
    }

    /// True when a word for a password goes on in the scripts of East Asia: `パスワードを確認してください:`.
    pub(super) fn asks_in_east(&self) -> bool {
        const WORDS: [&str; 7] = ["パスワード", "密码", "密碼", "口令", "비밀번호", "암호", "패스워드"];
        if self.text.is_ascii() {
            return false;
        }
        let text = self.text.trim();
        let asks = |word: &str| {
            text.split_once(word)
                .is_some_and(|(_, rest)| !rest.is_empty() && !rest.bytes().any(|byte| byte < 0x80))
        };
        WORDS.iter().any(|word| asks(word))
    }

    /// `name: DB_PASSWORD` and then `value: …`, on one line or two: the name that a `value` belongs to.
    pub(super) fn of_pair(&self, page: &Page<'_>) -> Option<Self> {
        const BETWEEN: usize = 24;
        const LINE: usize = 48;
        if !matches!(self.trimmed(), "value" | "val" | "content" | "default") {
            return None;
        }
        let between = |from: usize| {
            let mut end = from;
            while end > 0 && from - end < BETWEEN && b" \t\r\n\"'`,-\\{(".contains(&page.byte(end - 1)) {
                end -= 1;
            }
            end
        };
        // Between the name of a variable and what it is by default stand its type and what else is known of it.
        const ABOUT: [&[u8]; 4] = [b"type ", b"sensitive ", b"nullable ", b"ephemeral "];
        let mut end = between(self.start);
        for _ in ABOUT {
            let line = page.line_start(end, LINE);
            let about = page.slice(line..end).trim_ascii_start();
            if !ABOUT.iter().any(|word| about.starts_with(word)) {
                break;
            }
            end = between(line);
        }
        let name = Self::before(page, end);
        (end < self.start && matches!(page.before(name.start), b':' | b'=' | b'"' | b'\'')).then_some(name)
    }

    /// True for the name of a session's cookie, where the line says that it is one.
    pub(super) fn is_session_cookie(&self, page: &Page<'_>) -> bool {
        let name = self.trimmed();
        let name = name.strip_prefix("host ").unwrap_or(name);
        let name = name.strip_prefix("secure ").unwrap_or(name);
        if !SESSIONS.has(name) && !contains(name.as_bytes(), b"asp net core") {
            return false;
        }
        const HEADER: &str = "ookie";
        let from = page.line_start(self.start, 512);
        let to = page.text.floor_char_boundary(self.start).max(from);
        page.lists(Listed::Cookies, from..to, HEADER.len(), |text| {
            contains(text.as_bytes(), HEADER.as_bytes())
        })
    }

    /// What a name is that says it only with what stands above: `Key: …` below that of a wireless network or `api:`, and
    /// the head of a list of logins.
    pub(super) fn kind_by_place(&self, page: &Page<'_>) -> Option<Kind> {
        const NEAR: usize = 64;
        let name = self.trimmed();
        if self.is_of_several() {
            return Some(Kind::Secret);
        }
        if !matches!(name, "key" | "code" | "schlüssel") {
            return None;
        }
        let above = page
            .slice(self.start.saturating_sub(NEAR)..self.start)
            .to_ascii_lowercase();
        const PARENTS: [&[u8]; 8] = [
            b"api:",
            b"encryption:",
            b"signing:",
            b"jwt:",
            b"hmac:",
            b"crypto:",
            b"auth:",
            b"authentication:",
        ];
        let parent = || {
            let above = above.trim_ascii_end();
            PARENTS
                .iter()
                .any(|parent| above.ends_with(parent) || self.has_parent(page, parent))
        };
        const NETWORKS: [&[u8]; 5] = [b"ssid", b"network:", b"wifi", b"wi-fi", b"wlan"];
        match NETWORKS.iter().any(|network| contains(&above, network)) {
            true => Some(Kind::Password),
            false => parent().then_some(Kind::Secret),
        }
    }

    /// True when the line further out that this one stands below is this.
    fn has_parent(&self, page: &Page<'_>, parent: &[u8]) -> bool {
        const LINES: usize = 6;
        const LONGEST: usize = 96;
        if page.byte(self.start) != b' ' && page.before(self.start) != b' ' {
            return false;
        }
        let mut line = page.line_start(self.start, LONGEST);
        let indent = page
            .slice(line..line + LONGEST)
            .iter()
            .take_while(|byte| **byte == b' ')
            .count();
        for _ in 0..LINES {
            let Some(end) = line.checked_sub(1) else { return false };
            line = page.line_start(end, LONGEST);
            let text = page.slice(line..end);
            let inner = text.trim_ascii_start();
            if text.len() - inner.len() < indent {
                return inner == parent;
            }
        }
        false
    }

    /// `New:` on a line of its own, below one that holds a password.
    pub(super) fn is_of_next(&self, page: &Page<'_>) -> bool {
        const REACH: usize = 96;
        let begins = self.start == 0 || matches!(page.before(self.start), b'\n' | b'>');
        begins && FILLERS.has(self.trimmed()) && page.password_before(self.start, REACH)
    }

    /// The header, and the field that package managers keep it in.
    pub(super) fn is_authorization(&self) -> bool {
        matches!(
            self.trimmed(),
            "authorization" | "proxy authorization" | "x authorization" | "auth"
        )
    }

    /// `session_id`: secret as the cookie it came from.
    pub(super) fn is_session_number(&self) -> bool {
        let text = self.trimmed();
        text.ends_with("session id") || text.ends_with("sessionid")
    }

    pub(super) fn has(&self, words: &str) -> bool {
        contains(self.text.as_bytes(), words.as_bytes())
    }

    /// True for a user and a password in one word.
    pub(super) fn is_of_login(&self) -> bool {
        let text = self.trimmed();
        text.ends_with("creds") || text.ends_with("credentials")
    }

    /// True for words that stand for a user and a password, what they open behind them: `Zugangsdaten fürs Portal`.
    pub(super) fn is_of_credentials(&self) -> bool {
        const WORDS: [&str; 7] = [
            "cred",
            "zugangsdaten",
            "anmeldedaten",
            "identifiants",
            "inloggegevens",
            "dane logowania",
            "dane do logowania",
        ];
        WORDS.iter().any(|word| self.has(word))
    }

    /// True for a name that others stand below.
    pub(super) fn is_of_several(&self) -> bool {
        matches!(
            self.trimmed(),
            "secrets" | "passwords" | "credentials" | "logins" | "creds"
        )
    }

    /// True when the name speaks of a vendor whose keys look like the value.
    pub(super) fn is_of_vendor(&self, value: &str) -> bool {
        tokens::of_vendor(&self.text, value)
    }

    /// `password: str = …`: the name stands one further to the left.
    pub(super) fn is_type(&self) -> bool {
        TYPES.has(self.trimmed())
    }

    /// What a value of this name is.
    pub(super) fn kind(&self) -> Option<Kind> {
        if self.is_foreign_key() {
            return Some(Kind::Secret);
        }
        let mut words = Backwards(&self.text);
        let (mut word, mut behind) = (words.next()?, "");
        while FILLERS.has(word) || word.bytes().all(|byte| byte.is_ascii_digit()) {
            (word, behind) = (words.next()?, word);
        }
        // Whose it is, in languages that say it without a small word.
        while OWNERS.has(word)
            && let Some(owned) = words.clone().next().filter(|word| is_password_word(word))
        {
            (word, behind) = (owned, word);
            words.next();
        }
        let mut before = words.clone();
        let previous = before.next().unwrap_or("");
        // `publicKeyToken` stands in the manifests of programs.
        if word == "token" && previous == "key" && before.next() == Some("public") {
            return None;
        }
        // `le code wifi`, `WLAN-Code`
        if matches!(behind, "wifi" | "wi" | "wlan") && matches!(word, "code" | "codice" | "código" | "clé" | "chiave")
        {
            return Some(Kind::Password);
        }
        // `Pass-Nr.` is the number of a passport.
        if word == "pass" && matches!(behind, "nr" | "no") {
            return None;
        }
        if is_password_word(word)
            || matches!(
                (previous, word),
                ("wifi" | "fi" | "wlan", "code" | "codice" | "código")
                    | ("de" | "palavra", "passe")
                    | ("code", "d'accès")
                    | ("parola", "d'ordine")
                    | ("wlan" | "wifi" | "fi" | "wpa" | "wpa2" | "wpa3", "key")
            )
            || (previous, word) == ("shared", "key") && words.clone().nth(1) == Some("pre")
        {
            return (!NOT_PASSWORDS.has(previous)).then_some(Kind::Password);
        }
        if is_secret_name(word, previous) {
            return Some(Kind::Secret);
        }
        // `password for the staging database: …`
        let prose = std::iter::once(word).chain(words).take(6);
        let mut before = prose.skip_while(|word| !FOR.has(word));
        before
            .any(|word| is_password_word(word) || word == "passe")
            .then_some(Kind::Password)
    }
}

impl Name {
    /// True when a word for a key or token of programs ends the name, in the languages that have words of their own.
    fn is_foreign_key(&self) -> bool {
        #[rustfmt::skip]
        static KEYS: &Index = &Sorted::by_end([
            "api schlüssel", "zugriffsschlüssel", "zugangsschlüssel", "geheimschlüssel", "geheimer schlüssel",
            "privater schlüssel", "zugriffstoken", "clé api", "clé d'api", "clé secrète", "clé d'accès", "clé privée",
            "jeton d'accès", "jeton", "clave api", "clave de api", "clave secreta", "token de acceso", "chiave api",
            "chiave segreta", "chiave di accesso", "token di accesso", "chave api", "chave de api", "chave da api",
            "chave secreta", "chave de acesso", "token de acesso", "api sleutel", "geheime sleutel", "toegangstoken",
            "toegangssleutel", "klucz api", "tajny klucz", "klucz dostępu", "token dostępu", "apiキー", "api キー",
            "アクセスキー", "シークレットキー", "秘密鍵", "トークン", "密钥", "密鑰", "私钥", "令牌", "api키", "api 키", "비밀키",
            "비밀 키", "액세스 키", "인증키", "토큰", "api anahtarı", "gizli anahtar", "erişim anahtarı", "api nyckel",
            "hemlig nyckel", "api nøgle", "api nøkkel", "api klíč", "api ключ", "ключ api", "секретный ключ",
            "ключ доступа", "токен доступа", "токен",
        ]);
        // `Schlüssel für die API`, `clé API du service météo`
        const PURPOSES: [&str; 9] = [
            " für ", " du ", " de ", " del ", " della ", " van ", " voor ", " dla ", " do ",
        ];
        const BARE: [&str; 7] = ["schlüssel", "clé", "clave", "chiave", "chave", "sleutel", "klucz"];
        let is_key = |name: &str| {
            KEYS.ending(name.as_bytes()).any(|key| {
                let ahead = &name[..name.len() - key.len()];
                ahead.is_empty() || ahead.ends_with(' ') || key.starts_with(|first: char| first >= '\u{2E80}')
            })
        };
        let name = self.trimmed();
        // Most names are in English.
        if name.len() <= 5 || name.is_ascii() && !FOREIGN.iter().any(|word| name.contains(word)) {
            return false;
        }
        let parts = || PURPOSES.iter().filter_map(|purpose| name.split_once(purpose));
        let of_api = |(head, tail): (&str, &str)| {
            let last = head.rsplit(' ').next().unwrap_or("");
            is_key(head) || BARE.contains(&last) && tail.split(' ').any(|word| word == "api")
        };
        is_key(name) || parts().any(of_api)
    }
}

/// The words of ASCII alone that the names of keys in other languages have.
const FOREIGN: [&str; 10] = [
    "clave", "chiave", "chave", "sleutel", "klucz", "token d", "toegang", "anahtar", "nyckel", "jeton",
];

/// The words of a text from the last one, blanks between them.
#[derive(Clone)]
struct Backwards<'t>(&'t str);

impl<'t> Iterator for Backwards<'t> {
    type Item = &'t str;

    #[inline]
    fn next(&mut self) -> Option<&'t str> {
        let bytes = self.0.as_bytes();
        let end = bytes.iter().rposition(|byte| *byte != b' ')? + 1;
        let start = bytes[..end]
            .iter()
            .rposition(|byte| *byte == b' ')
            .map_or(0, |at| at + 1);
        let word = &self.0[start..end];
        self.0 = &self.0[..start];
        Some(word)
    }
}

fn is_password_word(word: &str) -> bool {
    PASSWORD_WORDS.has(word) || PASSWORD_ENDS.ending(word.as_bytes()).any(|end| word.len() > end.len())
}

fn is_secret_name(word: &str, previous: &str) -> bool {
    match word {
        "token" => !PAGES.has(previous),
        "key" => KEYS.has(previous),
        "id" => previous == "session",
        "authorization" | "auth" | "bearer" => matches!(previous, "" | "x" | "http" | "proxy" | "header" | "basic"),
        "cookie" | "sid" | "signature" | "salt" | "pepper" => {
            matches!(previous, "session" | "connect" | "auth" | "erlang")
        }
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
    let ends_word = if lower { LOWER | DIGIT } else { 0 };
    for &byte in raw.iter().take(MAX_NAME) {
        let class = class(byte);
        length += usize::from(class & UPPER != 0 && previous & ends_word != 0);
        let Some(room) = folded.get_mut(length) else { break };
        *room = match byte {
            b'_' | b'-' | b'.' => b' ',
            _ => byte.to_ascii_lowercase(),
        };
        length += 1;
        previous = class;
    }
    String::from_utf8(folded[..length].to_vec()).unwrap_or_default()
}
