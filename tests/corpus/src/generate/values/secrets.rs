//! Keys, tokens and passwords, in the formats their issuers publish.

use super::digest::crc32;
use crate::generate::draft::Value;
use crate::generate::rng::{ALNUM, Rng, UPPER};
use crate::generate::words::Words;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

const URL_SAFE: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const LOWER_ALNUM: &str = "abcdefghijklmnopqrstuvwxyz0123456789";

pub(super) fn make(name: &str, rng: &mut Rng, words: &Words<'_>) -> Option<Value> {
    Some(match name {
        "openai_key" => Value::new("openai_key", openai(rng)),
        "anthropic_key" => {
            let kind = *rng.pick(&["api03", "api03", "admin01", "oat01"]);
            Value::new("anthropic_key", format!("sk-ant-{kind}-{}AA", rng.text(URL_SAFE, 93)))
        }
        "aws_access_key_id" => {
            let kind = *rng.pick(&["AKIA", "AKIA", "ASIA"]);
            Value::new(
                "aws_access_key_id",
                kind.to_owned() + &rng.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 16),
            )
        }
        "aws_secret_key" => Value::new("aws_secret_key", STANDARD.encode(rng.bytes(30))).also(&["generic_secret"]),
        "github_token" => Value::new("github_token", github(rng)),
        "gitlab_token" => Value::new("gitlab_token", gitlab(rng)),
        "slack_token" => Value::new("slack_token", slack(rng)),
        "slack_webhook" => Value::new(
            "slack_webhook",
            rng.shape("https://hooks.slack.com/services/T0*********/B0*********/^^^^^^^^^^^^^^^^^^^^^^^^"),
        ),
        "stripe_key" => {
            let kind = *rng.pick(&["sk_live_", "rk_live_", "sk_live_51"]);
            let length = *rng.pick(&[24, 97, 99]);
            Value::new("stripe_key", kind.to_owned() + &rng.alnum(length))
        }
        "google_api_key" => Value::new("google_api_key", "AIza".to_owned() + "Sy" + &rng.text(URL_SAFE, 33)),
        "gcp_service_account" => gcp(rng, words),
        "azure_storage_key" => {
            Value::new("azure_storage_key", STANDARD.encode(rng.bytes(64))).also(&["generic_secret"])
        }
        "azure_sas" => azure_sas(rng),
        "twilio_key" if rng.chance(50) => {
            Value::new("twilio_key", "SK".to_owned() + &rng.hex(32)).also(&["generic_secret"])
        }
        "twilio_key" => Value::new("twilio_key", rng.hex(32)).also(&["generic_secret"]),
        "sendgrid_key" => Value::new(
            "sendgrid_key",
            format!("SG.{}.{}", rng.text(URL_SAFE, 22), rng.text(URL_SAFE, 43)),
        ),
        "npm_token" => Value::new("npm_token", checked("npm_", rng)),
        "pypi_token" => {
            let length = rng.between(120, 180) as usize;
            Value::new(
                "pypi_token",
                "pypi-AgEIcHlwaS5vcmc".to_owned() + &rng.text(URL_SAFE, length),
            )
        }
        "huggingface_token" => Value::new(
            "huggingface_token",
            "hf_".to_owned() + &rng.text("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", 34),
        ),
        "databricks_token" => {
            let tail = *rng.pick(&["", "", "-2", "-3"]);
            Value::new("databricks_token", format!("dapi{}{tail}", rng.hex(32)))
        }
        "digitalocean_token" => {
            let kind = *rng.pick(&["dop", "doo", "dor"]);
            Value::new("digitalocean_token", format!("{kind}_v1_{}", rng.hex(64)))
        }
        "other_provider_token" => Value::new("other_provider_token", provider(rng)).also(&["generic_secret"]),
        "jwt" => Value::new("jwt", jwt(rng, words)).also(&["bearer_token"]),
        "private_key" => Value::new("private_key", private_key(rng)),
        "db_connection_string" => connection(rng, words),
        "basic_auth" => {
            let pair = format!("{}:{}", words.pick("login", rng), password(rng, words));
            Value::new("basic_auth", STANDARD.encode(pair)).also(&["generic_secret", "password"])
        }
        "bearer_token" => {
            let text = match rng.below(4) {
                0 => format!("ya29.a0{}", rng.text(URL_SAFE, 160)),
                1 => rng.hex(40),
                2 => rng.text(URL_SAFE, 43),
                _ => rng.alnum(48),
            };
            Value::new("bearer_token", text).also(&["generic_secret", "other_provider_token"])
        }
        "password" => Value::new("password", password(rng, words)).also(&["generic_secret"]),
        "generic_secret" => {
            let text = match rng.below(5) {
                0 => rng.hex(32),
                1 => rng.hex(64),
                2 => STANDARD.encode(rng.bytes(32)),
                3 => rng.text(URL_SAFE, 43),
                _ => rng.alnum(32),
            };
            Value::new("generic_secret", text).also(&["password", "other_provider_token", "bearer_token"])
        }
        _ => return None,
    })
}

fn openai(rng: &mut Rng) -> String {
    let mark = concat!("T3Blbk", "FJ");
    match rng.below(4) {
        0 => format!("sk-{}{mark}{}", rng.alnum(20), rng.alnum(20)),
        kind => {
            let kind = ["proj", "svcacct", "admin"][kind - 1];
            format!("sk-{kind}-{}{mark}{}", rng.text(URL_SAFE, 74), rng.text(URL_SAFE, 74))
        }
    }
}

/// Thirty letters, and their CRC-32 in six digits of base 62.
fn checked(prefix: &str, rng: &mut Rng) -> String {
    const DIGITS: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let body = rng.alnum(30);
    let mut rest = crc32(body.as_bytes());
    let mut check = Vec::new();
    for _ in 0..6 {
        check.push(char::from(DIGITS[(rest % 62) as usize]));
        rest /= 62;
    }
    let check: String = check.into_iter().rev().collect();
    format!("{prefix}{body}{check}")
}

fn github(rng: &mut Rng) -> String {
    match rng.below(6) {
        0 => format!("github_pat_{}_{}", rng.alnum(22), rng.alnum(59)),
        kind => {
            let prefix = ["ghp_", "ghp_", "gho_", "ghu_", "ghs_"][kind - 1];
            checked(prefix, rng)
        }
    }
}

fn gitlab(rng: &mut Rng) -> String {
    match rng.below(6) {
        0 => format!("glrt-{}", rng.text(URL_SAFE, 20)),
        1 => format!("gldt-{}", rng.text(URL_SAFE, 20)),
        2 => format!("glptt-{}", rng.hex(40)),
        3 => format!("glpat-{}.01.{}", rng.text(URL_SAFE, 27), rng.text(LOWER_ALNUM, 9)),
        _ => format!("glpat-{}", rng.text(URL_SAFE, 20)),
    }
}

fn slack(rng: &mut Rng) -> String {
    let id = |rng: &mut Rng| rng.number(12);
    match rng.below(4) {
        0 => format!("xoxp-{}-{}-{}-{}", id(rng), id(rng), rng.number(13), rng.hex(32)),
        1 => format!(
            "xapp-1-A{}-{}-{}",
            rng.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", 10),
            rng.number(13),
            rng.hex(64)
        ),
        _ => format!("xoxb-{}-{}-{}", id(rng), rng.number(13), rng.alnum(24)),
    }
}

fn gcp(rng: &mut Rng, words: &Words<'_>) -> Value {
    let project = format!("{}-{}", words.pick("slug", rng), rng.number(6));
    let account = format!("{}@{project}.iam.gserviceaccount.com", words.pick("login", rng));
    let (id, body) = (rng.hex(40), pkcs8(rng, "\\n"));
    let key = format!("-----BEGIN PRIVATE KEY-----\\n{body}\\n-----END PRIVATE KEY-----\\n");
    let text = format!(
        "{{\n  \"type\": \"service_account\",\n  \"project_id\": \"{project}\",\n  \"private_key_id\": \"{id}\",\n  \"private_key\": \"{key}\",\n  \"client_email\": \"{account}\",\n  \"client_id\": \"{}\",\n  \"token_uri\": \"https://oauth2.googleapis.com/token\"\n}}",
        rng.number(21)
    );
    Value::new("gcp_service_account", text)
        .only(&key)
        .also(&["private_key"])
        .beside("generic_secret", &id)
        .beside("email", &account)
}

/// As OpenSSL writes an RSA key: the header of the structure, and numbers that look random.
fn pkcs8(rng: &mut Rng, line_end: &str) -> String {
    let mut der = vec![
        0x30, 0x82, 0x04, 0xbd, 0x02, 0x01, 0x00, 0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01,
        0x01, 0x01, 0x05, 0x00, 0x04, 0x82,
    ];
    der.extend(rng.bytes(360));
    wrapped(&STANDARD.encode(der), 64, line_end)
}

fn wrapped(text: &str, width: usize, line_end: &str) -> String {
    let lines: Vec<&str> = (0..text.len().div_ceil(width))
        .map(|line| &text[line * width..(line * width + width).min(text.len())])
        .collect();
    lines.join(line_end)
}

fn private_key(rng: &mut Rng) -> String {
    let pem = |kind: &str, body: &str| format!("-----BEGIN {kind}-----\n{body}\n-----END {kind}-----");
    match rng.below(6) {
        0 => pem("PRIVATE KEY", &pkcs8(rng, "\n")),
        1 => {
            let mut der = vec![0x30, 0x82, 0x04, 0xa4, 0x02, 0x01, 0x00, 0x02, 0x82, 0x01, 0x01, 0x00];
            der.extend(rng.bytes(420));
            pem("RSA PRIVATE KEY", &wrapped(&STANDARD.encode(der), 64, "\n"))
        }
        2 => {
            let mut der = vec![0x30, 0x77, 0x02, 0x01, 0x01, 0x04, 0x20];
            der.extend(rng.bytes(112));
            pem("EC PRIVATE KEY", &wrapped(&STANDARD.encode(der), 64, "\n"))
        }
        3 => {
            let mut der =
                b"openssh-key-v1\0\0\0\0\x04none\0\0\0\x04none\0\0\0\0\0\0\0\x01\0\0\0\x33\0\0\0\x0bssh-ed25519"
                    .to_vec();
            der.extend(rng.bytes(180));
            pem("OPENSSH PRIVATE KEY", &wrapped(&STANDARD.encode(der), 70, "\n"))
        }
        4 => {
            let head = "Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,";
            let body = wrapped(&STANDARD.encode(rng.bytes(400)), 64, "\n");
            pem(
                "RSA PRIVATE KEY",
                &format!("{head}{}\n\n{body}", rng.text("0123456789ABCDEF", 32)),
            )
        }
        _ => {
            let body = wrapped(&STANDARD.encode(rng.bytes(420)), 64, "\n");
            pem(
                "PGP PRIVATE KEY BLOCK",
                &format!("\n{body}\n={}", STANDARD.encode(rng.bytes(3))),
            )
        }
    }
}

fn jwt(rng: &mut Rng, words: &Words<'_>) -> String {
    let head = *rng.pick(&[
        r#"{"alg":"HS256","typ":"JWT"}"#,
        r#"{"alg":"RS256","kid":"2024-09"}"#,
        r#"{"typ":"JWT","alg":"ES256"}"#,
    ]);
    let body = format!(
        r#"{{"sub":"{}","iss":"https://id.{}","iat":{},"scope":"admin"}}"#,
        rng.alnum(12),
        words.pick("domain", rng),
        rng.between(1_650_000_000, 1_780_000_000)
    );
    let signature = rng.bytes(32);
    format!(
        "{}.{}.{}",
        URL_SAFE_NO_PAD.encode(head),
        URL_SAFE_NO_PAD.encode(body),
        URL_SAFE_NO_PAD.encode(signature)
    )
}

fn azure_sas(rng: &mut Rng) -> Value {
    let signature = STANDARD
        .encode(rng.bytes(32))
        .replace('+', "%2B")
        .replace('/', "%2F")
        .replace('=', "%3D");
    let service = *rng.pick(&["blob", "queue", "table"]);
    let query = format!(
        "sv=2022-11-02&ss=bfqt&srt=sco&sp=rwdlacup&se=202{}-0{}-28T10:00:00Z&spr=https&sig={signature}",
        rng.between(6, 9),
        rng.between(1, 9)
    );
    let text = format!(
        "https://{}.{service}.core.windows.net/{}?{query}",
        rng.text(LOWER_ALNUM, 9),
        rng.text(LOWER_ALNUM, 5)
    );
    Value::new("azure_sas", text)
        .only(&query)
        .core(&signature)
        .also(&["generic_secret"])
}

fn connection(rng: &mut Rng, words: &Words<'_>) -> Value {
    let (user, word) = (words.pick("login", rng), url_password(rng, words));
    let host = super::contact::internal_host(rng, words);
    let host = if rng.chance(40) {
        format!("db{}.{}", rng.below(9), words.pick("domain", rng))
    } else {
        host
    };
    let base = words.pick("slug", rng);
    let text = match rng.below(9) {
        0 => format!("postgres://{user}:{word}@{host}:5432/{base}"),
        1 => format!("postgresql://{user}:{word}@{host}/{base}?sslmode=require"),
        2 => format!("mysql://{user}:{word}@{host}:3306/{base}"),
        3 => format!("mongodb+srv://{user}:{word}@{host}/{base}?retryWrites=true&w=majority"),
        4 => format!("redis://:{word}@{host}:6379/0"),
        5 => format!("amqp://{user}:{word}@{host}:5672/%2f"),
        6 => format!("Server={host};Database={base};User Id={user};Password={word};Encrypt=True"),
        7 => format!("jdbc:postgresql://{host}:5432/{base}?user={user}&password={word}"),
        _ => format!("postgresql+psycopg2://{user}:{word}@{host}/{base}"),
    };
    Value::new("db_connection_string", text)
        .core(&word)
        .also(&["password", "generic_secret"])
        .beside("internal_host", &host)
        .beside("email", &format!("{word}@{host}"))
}

/// Without the letters that an address or a quoted string would have to escape.
fn url_password(rng: &mut Rng, words: &Words<'_>) -> String {
    match rng.below(3) {
        0 => rng.text(URL_SAFE, 15),
        1 => format!(
            "{}_{}{}",
            capital(words.pick("noun", rng)),
            words.pick("noun", rng),
            rng.digits(3)
        ),
        _ => rng.alnum(18),
    }
}

/// What people and machines take for passwords. Never holds quotes, blanks or backslashes.
pub(super) fn password(rng: &mut Rng, words: &Words<'_>) -> String {
    let (one, two) = (words.pick("noun", rng), words.pick("noun", rng));
    let end = *rng.pick(&["!", "!!", "#", "?", "$", "*", ""]);
    match rng.below(8) {
        0 => format!("{}{}{end}", capital(one), rng.between(1970, 2026)),
        1 => format!("{}-{}-{}", capital(one), two, rng.digits(3)),
        2 => format!("{}@{}{end}", capital(one), rng.digits(4)),
        3 => rng.text(
            "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789!#%&*+-=?^_~",
            16,
        ),
        4 => rng.alnum(12) + end,
        5 => leet(&format!("{}{two}", capital(one))) + &rng.digits(2),
        6 => format!("{one}.{two}.{}", rng.digits(4)),
        _ => rng.text("abcdefghijklmnopqrstuvwxyz0123456789!$%*", 10) + &rng.text(UPPER, 2) + &rng.digits(1),
    }
}

fn leet(word: &str) -> String {
    word.replace('o', "0").replace('a', "4").replace('e', "3")
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters
        .next()
        .map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
}

/// `prefix`, then so many letters of an alphabet: `h` hex, `l` lower case and digits, `u` URL-safe, `a` any, `c` capitals
/// and digits, `d` digits; everything else stands for itself behind a `'`.
const PROVIDERS: &[&str] = &[
    "glsa_ a32 '_ h8",
    "glc_ a120",
    "ATATT3 u180 '= C8",
    "lin_api_ a40",
    "ntn_ a46",
    "secret_ a43",
    "figd_ u40",
    "shpat_ h32",
    "shpss_ h32",
    "key- h32",
    "NRAK- c27",
    "sntrys_ a80",
    "pscale_tkn_ u43",
    "pul- h40",
    "hvs. u90",
    "dp.pt. a43",
    "PMAK- h24 '- h34",
    "rubygems_ h48",
    "CCIPAT_ a22 '_ h40",
    "bkua_ h40",
    "gsk_ a52",
    "pplx- a48",
    "r8_ a37",
    "xai- a80",
    "sk-or-v1- h64",
    "nvapi- u64",
    "lsv2_pt_ h32 '_ h10",
    "sbp_ h40",
    "nfp_ a36",
    "dt0c01. c24 '. c64",
    "sq0atp- u22",
    "access-production- h8 '- h4 '- h4 '- h4 '- h12",
    "pat a14 '. h64",
    "pat-na1- h8 '- h4 '- h4 '- h4 '- h12",
    "CFPAT- u43",
    "dckr_pat_ u27",
    "sqp_ h40",
    "tskey-auth- a17 '- a32",
    "tfp_ u44",
    "xkeysib- h64 '- a16",
    "d10 ':AA u33",
    "shippo_live_ h40",
    "EZAK a54",
    "duffel_live_ u43",
    "FLWSECK- h32 '-X",
    "rzp_live_ a14",
    "live_ h35",
    "fio-u- u64",
    "sk_prod_ a40",
    "phx_ a43",
    "pdl_live_apikey_ l26 '_ a22 '_ a3",
    "ops_eyJ a300",
    "LTAI5t a18",
    "AKCp a69",
    "v1.0- h24 '- h146",
    "glagent- u50",
    "cfut_ a40",
    "re_ a8 '_ a24",
    "whsec_ a32",
    "fm2_ a120",
    "sgp_ h16 '_ h40",
];

fn provider(rng: &mut Rng) -> String {
    let shape = *rng.pick(PROVIDERS);
    let mut token = String::new();
    for (index, part) in shape.split(' ').enumerate() {
        let (kind, rest) = part.split_at(1);
        let count = rest.parse().unwrap_or(0);
        match (kind, count) {
            ("'", _) => token.push_str(rest),
            ("h", count) if count > 0 => token.push_str(&rng.hex(count)),
            ("l", count) if count > 0 => token.push_str(&rng.text(LOWER_ALNUM, count)),
            ("u", count) if count > 0 => token.push_str(&rng.text(URL_SAFE, count)),
            ("a", count) if count > 0 => token.push_str(&rng.text(ALNUM, count)),
            ("c", count) if count > 0 => token.push_str(&rng.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", count)),
            ("C", count) if count > 0 => token.push_str(&rng.text("0123456789ABCDEF", count)),
            ("d", count) if count > 0 => token.push_str(&rng.number(count)),
            _ if index == 0 => token.push_str(part),
            _ => {}
        }
    }
    token
}
