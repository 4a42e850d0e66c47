//! Keys and tokens with a format of their own: a fixed beginning and a body of known letters and length.
//!
//! Each line of [`FORMATS`] is one format. Formats come from the issuers' documentation and from their own scanners'
//! published patterns; where a format carries a checksum it is verified.

use super::{Family, Hit, Word};
use crate::checks::ends_with_crc32;
use crate::classes::{ALNUM, DIGIT, TOKEN, is, run_end, run_start};
use crate::evidence::{distinct, is_placeholder};
use crate::page::{Findings, Page};
use crate::registry::{Info, Standing};
use crate::sweep::{Token, follows_line_escape};
use weir_model::{Category, Confidence};

/// The family.
pub(crate) struct Tokens;

impl Family for Tokens {
    fn infos(&self) -> Vec<&'static Info> {
        TYPES.iter().collect()
    }

    fn words(&self) -> Vec<Word> {
        FORMATS.iter().map(|format| Word::exact(format.prefix)).collect()
    }

    fn word(&self, page: &Page<'_>, hit: Hit, out: &mut Findings) {
        let format = &FORMATS[hit.index];
        if is(page.before(hit.start), ALNUM) && !follows_line_escape(page.bytes, hit.start) {
            return;
        }
        let end =
            body_end(page.bytes, hit.end, format.body, 0).or_else(|| body_end(page.bytes, hit.end, format.body, 2));
        let Some(end) = end else { return };
        let value = page.text(hit.start..end);
        let body = &value[hit.end - hit.start..];
        if distinct(body.as_bytes()) < 6 || is_placeholder(body) || value.ends_with("EXAMPLE") {
            return;
        }
        if let Some(confidence) = (format.check)(value) {
            out.add(&TYPES[format.of as usize], hit.start..end, confidence);
            if matches!(format.of, Type::AwsId) {
                super::secrets::beside_key_id(page, end, out);
            }
        }
    }
}

/// Formats whose beginning is too short or too late for the lexicon: Twilio's API keys and the secrets of Entra ID.
pub(super) fn odd(page: &Page<'_>, token: Token, out: &mut Findings) {
    let text = page.text(token.start..token.end);
    let hex = |text: &str| text.bytes().all(|byte| byte.is_ascii_hexdigit());
    if text.len() == 34 && text.starts_with("SK") && hex(&text[2..]) && distinct(text.as_bytes()) > 8 {
        out.add(info(Type::Twilio), token.start..token.end, Confidence::High);
    }
    if text.ends_with('Q') && page.byte(token.end) == b'~' && text.len() >= 5 {
        let inside = |byte: u8| Set::Dotted.has(byte) || byte == b'~';
        let start = token.end - 5;
        let end = (token.end + 1..page.bytes.len().min(token.end + 40)).find(|at| !inside(page.byte(*at)));
        let end = end.unwrap_or(page.bytes.len().min(token.end + 40));
        if page.byte(start + 3).is_ascii_digit()
            && matches!(end - token.end - 1, 31..=34)
            && !is(page.before(start), ALNUM)
        {
            out.add(info(Type::Other), start..end, Confidence::High);
        }
    }
}

/// The colon of a Telegram bot token: `49382716:AA…`.
pub(super) fn telegram(page: &Page<'_>, colon: usize, out: &mut Findings) {
    let start = run_start(page.bytes, colon, DIGIT, 11);
    let end = run_end(page.bytes, colon + 1, TOKEN, 36);
    let shaped = (8..=10).contains(&(colon - start)) && end - colon == 36 && page.slice(colon + 1..colon + 3) == b"AA";
    if shaped && distinct(page.slice(colon + 1..end)) > 12 {
        out.add(info(Type::Other), start..end, Confidence::High);
    }
}

/// One format: what it begins with, and the runs behind.
struct Format {
    of: Type,
    prefix: &'static str,
    body: &'static [Run],
    check: fn(&str) -> Option<Confidence>,
}

/// A run of letters of one set, and a literal behind it.
struct Run(Set, usize, usize, &'static str);

/// Sets of letters.
#[derive(Clone, Copy)]
enum Set {
    /// `A-Z a-z 0-9`
    Alnum,
    /// the same with `_` and `-`
    Word,
    /// the same with `.`
    Dotted,
    /// `0-9 a-f`, either case
    Hex,
    /// `A-Z 0-9`
    Upper,
    /// `A-Z 2-7`
    Base32,
    /// `a-z 0-9`
    Lower,
    /// `A-Z a-z`
    Letters,
    /// `0-9`
    Digits,
    /// base64 with its padding
    Base64,
}

impl Set {
    #[inline]
    fn has(self, byte: u8) -> bool {
        match self {
            Set::Alnum => byte.is_ascii_alphanumeric(),
            Set::Word => byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'),
            Set::Dotted => byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.'),
            Set::Hex => byte.is_ascii_hexdigit(),
            Set::Upper => byte.is_ascii_uppercase() || byte.is_ascii_digit(),
            Set::Base32 => byte.is_ascii_uppercase() || matches!(byte, b'2'..=b'7'),
            Set::Lower => byte.is_ascii_lowercase() || byte.is_ascii_digit(),
            Set::Letters => byte.is_ascii_alphabetic(),
            Set::Digits => byte.is_ascii_digit(),
            Set::Base64 => byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=' | b'-' | b'_'),
        }
    }
}

/// Where the body ends, if it has the form. Up to `breaks` line ends inside it are skipped.
fn body_end(bytes: &[u8], start: usize, body: &[Run], mut breaks: usize) -> Option<usize> {
    let mut at = start;
    for (index, &Run(set, min, max, then)) in body.iter().enumerate() {
        let mut count = 0;
        while count < max && at < bytes.len() {
            if set.has(bytes[at]) {
                count += 1;
                at += 1;
            } else if breaks > 0
                && count < min
                && let Some(next) = after_break(bytes, at)
            {
                breaks -= 1;
                at = next;
            } else {
                break;
            }
        }
        if count < min || !bytes[at..].starts_with(then.as_bytes()) {
            return None;
        }
        at += then.len();
        let last = index + 1 == body.len() && then.is_empty();
        if last && at < bytes.len() && (is(bytes[at], ALNUM) || set.has(bytes[at])) && bytes[at] != b'.' {
            return None;
        }
    }
    while at > start && bytes[at - 1] == b'.' {
        at -= 1;
    }
    Some(at)
}

/// The position behind a line end and its indentation.
fn after_break(bytes: &[u8], at: usize) -> Option<usize> {
    let mut end = at;
    while end < bytes.len() && end - at < 24 && matches!(bytes[end], b' ' | b'\t' | b'\r' | b'\n' | b'\\') {
        end += 1;
    }
    bytes[at..end].contains(&b'\n').then_some(end)
}

fn sure(_: &str) -> Option<Confidence> {
    Some(Confidence::High)
}

/// What follows the prefix must look drawn by chance: with fewer than two digits it may be a word or a name, and one
/// random key in twelve has that few.
fn with_digits(value: &str) -> Option<Confidence> {
    let digits = value.bytes().filter(u8::is_ascii_digit).count();
    let capitals = value.bytes().filter(u8::is_ascii_uppercase).count();
    (digits >= 2 || (digits == 1 && capitals >= 4) || is_drawn_by_chance(value)).then_some(Confidence::High)
}

/// Letters drawn by chance, told from words: the rare letters are as frequent as the others, or capitals come so often
/// that no word fits between them.
fn is_drawn_by_chance(value: &str) -> bool {
    let body = value.as_bytes();
    let letters = body.iter().filter(|byte| byte.is_ascii_alphabetic()).count();
    let rare = body
        .iter()
        .filter(|byte| b"jkqvwxz".contains(&byte.to_ascii_lowercase()))
        .count();
    let runs = || {
        body.split(|byte| !byte.is_ascii_lowercase())
            .filter(|run| !run.is_empty())
    };
    let capitals = body.iter().filter(|byte| byte.is_ascii_uppercase()).count();
    // Chance gives 7 of 26 rare letters and runs of two small letters; English gives 1 of 20, and words.
    let many_rare = rare >= 4 && rare * 7 >= letters;
    let short_runs = capitals >= 6 && runs().map(<[u8]>::len).sum::<usize>() * 5 <= runs().count() * 14;
    body.len() >= 16 && (many_rare || short_runs)
}

/// Tokens of GitHub and npm end with a checksum. One that fails is mistyped or made up: recorded, not acted on.
fn crc(value: &str) -> Option<Confidence> {
    let body = value.split_once('_').map_or("", |(_, body)| body);
    Some(if ends_with_crc32(body.as_bytes()) {
        Confidence::High
    } else {
        Confidence::Low
    })
}

/// OpenAI keys carry a marker in the middle; long ones without it are accepted with less confidence.
fn openai(value: &str) -> Option<Confidence> {
    match (value.contains("T3BlbkFJ"), value.len() >= 60) {
        (true, _) => Some(Confidence::High),
        (false, true) => with_digits(value).map(|_| Confidence::Medium),
        (false, false) => None,
    }
}

/// The early form, `sk-` and 48 letters and digits; DeepSeek and others use 32 hex digits.
fn bare_sk(value: &str) -> Option<Confidence> {
    match value.len() {
        51 if value.contains("T3BlbkFJ") => Some(Confidence::High),
        51 => with_digits(value).map(|_| Confidence::Medium),
        _ => None,
    }
}

/// Keys of upper-case letters need a digit, others may also show that they are no word.
fn with_any_digit(value: &str) -> Option<Confidence> {
    let has_digit = value.bytes().skip(4).any(|byte| byte.is_ascii_digit());
    (has_digit || is_drawn_by_chance(value)).then_some(Confidence::High)
}

/// What the formats are of.
#[derive(Clone, Copy)]
pub(super) enum Type {
    OpenAi,
    Anthropic,
    AwsId,
    GitHub,
    GitLab,
    Slack,
    Stripe,
    Google,
    SendGrid,
    Npm,
    PyPi,
    HuggingFace,
    Databricks,
    DigitalOcean,
    Twilio,
    Other,
    Bearer,
}

/// The data type of a format.
pub(super) fn info(of: Type) -> &'static Info {
    &TYPES[of as usize]
}

/// In the order of [`Type`]. Examples are made of words and put together at compile time: no scanner takes them for keys.
static TYPES: [Info; 17] = [
    Info::new("security/openai_key", "OpenAI API key", Category::Security, Standing::Typed)
        .from("any", "platform.openai.com, API keys")
        .found_in(&[
            concat!("OPENAI_API_KEY=s", "k-proj-", "Weir7Flows2Past9Stones4And3Holds8Back1WhT3Blb", "kFJWeir7Flows2Past9Stones4And3Holds8Back1Wh"),
            concat!("use s", "k-", "Weir7Flows2Past9StonT3Blb", "kFJWeir7Flows2Past9Ston here"),
            concat!("\"s", "k-svcacct-", "Weir7Flows2Past9Stones4And3Holds8Back1What6Must5Not0PassWeir7Flows2Past9StT3Blb", "kFJWeir7Flows2Past9Stones4And3Holds8Back1What6Must5Not0PassWeir7Flows2Past9St\""),
        ])
        .not_in(&[
            concat!("OPENAI_API_KEY=s", "k-proj-YOUR_KEY_HERE"),
            concat!("s", "k-proj-", "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"),
            "the class is called sk-spinner-container-for-pages",
            concat!("s", "k-", "Weir7Flows2Past9Stones4And3Hol"),
            "task-proj-Weir7Flows2Past9Ston",
        ]),
    Info::new("security/anthropic_key", "Anthropic API key", Category::Security, Standing::Typed)
        .from("any", "docs.anthropic.com")
        .found_in(&[
            concat!("x-api-key: sk", "-ant-api03-", "Weir7Flows2Past9Stones4And3Holds8Back1What6Must5Not0PassWeir7Flows2Past9Stones4And3Holds8BackAA"),
            concat!("sk", "-ant-admin01-", "Weir7Flows2Past9Stones4And3Holds8Back1What6Must5Not0PassWeir7Flows2Past9Stones4And3Holds8BackAA"),
        ])
        .not_in(&[
            concat!("sk", "-ant-api03-", "..."),
            concat!("sk", "-ant-api03-<your key>"),
            concat!("sk", "-ant-", "Weir7Flows2P"),
        ]),
    Info::new("security/aws_access_key_id", "AWS access key id", Category::Security, Standing::Typed)
        .from("any", "docs.aws.amazon.com, IAM identifiers")
        .found_in(&[
            concat!("aws_access_key_id = AK", "IA", "QWB5PDKHX6PYGPAN"),
            concat!("key AS", "IA", "NAPGYP6XHKDP5BWQ"),
        ])
        .not_in(&[
            concat!("AK", "IAIOSFODNN7EXAMPLE"),
            concat!("AK", "IA", "QWB5PDKHX6PYGPANX7"),
            concat!("AK", "IA", "QWB5PDKHX6PYGPA"),
            "MAKIAVELLI2345678901",
            concat!("AID", "A", "QWB5PDKHX6PYGPAN"),
        ]),
    Info::new("security/github_token", "GitHub token", Category::Security, Standing::Typed)
        .from("any", "github.blog, token formats; CRC-32 at the end")
        .found_in(&[
            concat!("token gh", "p_", "Weir7Flows2Past9Stones4And3Hol2N8M4V"),
            concat!("https://ci:gh", "s_", "Weir7Flows2Past9Stones4And3Hox2qKKtW@github.com/org/repo.git"),
            concat!("github", "_pat_", "Weir7Flows2Past9Stones_Weir7Flows2Past9Stones4And3Holds8Back1What6Must5Not0PassWei"),
        ])
        .not_in(&[
            concat!("gh", "p_", "Weir7Flows2Past9Ston"),
            concat!("gh", "p_", "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"),
            concat!("gh", "p_${GITHUB_TOKEN}"),
            concat!("hash_gh", "p_table_lookup_function_name"),
        ]),
    Info::new("security/gitlab_token", "GitLab token", Category::Security, Standing::Typed)
        .from("any", "docs.gitlab.com, token overview")
        .found_in(&[
            concat!("PRIVATE-TOKEN: gl", "pat-", "Weir7Flows2Past9Ston"),
            concat!("gl", "rt-", "Weir7Flows2Past9Ston"),
        ])
        .not_in(&[
            concat!("gl", "pat-", "Weir7Flo"),
            concat!("gl", "pat-xxxxxxxxxxxxxxxxxxxx"),
            concat!("gl", "pat-<token>"),
        ]),
    Info::new("security/slack_token", "Slack token", Category::Security, Standing::Typed)
        .from("any", "docs.slack.dev, token types")
        .found_in(&[
            concat!("xo", "xb-", "483726150934-5938274615023-", "Weir7Flows2Past9Stones4A"),
            concat!("xa", "pp-1-A048SJ3K2LM-", "5938274615023-", "4283fefc63f0cd0e873a0000c6d07ef7b77e90d3593ad699fc1f7cd5bb2e35cb"),
        ])
        .not_in(&[
            concat!("xo", "xb-your-token"),
            concat!("xo", "xb-", "xxxxxxxxxxxx-xxxxxxxxxxxx-xxxxxxxxxxxxxxxxxxxxxxxx"),
            concat!("xo", "xp-short1"),
        ]),
    Info::new("security/stripe_key", "Stripe live key", Category::Security, Standing::Typed)
        .from("any", "docs.stripe.com/keys")
        .found_in(&[
            concat!("stripe.api_key = \"sk", "_live_", "Weir7Flows2Past9Stones4A\""),
            concat!("rk", "_live_", "Weir7Flows2Past9Stones4And3Holds8Back1What6Must5Not0PassWeir7Flows2Past9Stones4And3Holds8Back1What6"),
        ])
        .not_in(&[
            concat!("pk", "_live_", "Weir7Flows2Past9Stones4A"),
            concat!("sk", "_test_", "Weir7Flows2Past9Stones4A"),
            concat!("sk", "_live_", "..."),
            concat!("sk", "_live_xxxxxxxxxxxxxxxxxxxxxxxx"),
        ]),
    Info::new("security/google_api_key", "Google API key", Category::Security, Standing::Typed)
        .from("any", "cloud.google.com, API keys")
        .found_in(&[
            concat!("maps AI", "za", "SyWeir7Flows2Past9Stones4And3Holds8"),
            concat!("key=AI", "za", "SyWeir7Flows2Past9Stones4And3Holds-"),
        ])
        .not_in(&[
            concat!("AI", "za", "SyWeir7Flows2Past9Ston"),
            concat!("AI", "za", "SyWeir7Flows2Past9Stones4And3Holds8Back1What6Must5No"),
            concat!("AI", "za", "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"),
        ]),
    Info::new("security/sendgrid_key", "SendGrid API key", Category::Security, Standing::Typed)
        .from("any", "www.twilio.com/docs/sendgrid")
        .found_in(&[
            concat!("SG", ".", "Weir7Flows2Past9Stones.Weir7Flows2Past9Stones4And3Holds8Back1What6"),
            concat!("SENDGRID_API_KEY=SG", ".", "Weir7Flows2Past9Ston_-.Weir7Flows2Past9Stones4And3Holds8Back1What6"),
        ])
        .not_in(&[
            concat!("SG", ".short.value"),
            concat!("SG", ".xxxxxxxxxxxxxxxxxxxxxx.xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"),
            "USG.Weir7Flows2Past9Stones.Weir7Flows",
        ]),
    Info::new("security/npm_token", "npm access token", Category::Security, Standing::Typed)
        .from("any", "docs.npmjs.com, about access tokens; CRC-32 at the end")
        .found_in(&[
            concat!("//registry.npmjs.org/:_authToken=np", "m_", "Weir7Flows2Past9Stones4And3Hol2N8M4V"),
            concat!("np", "m_", "Weir7Flows2Past9Ston01234032104KJwY2"),
        ])
        .not_in(&[
            concat!("np", "m_config_registry"),
            concat!("np", "m_", "Weir7Flows2P"),
            concat!("np", "m_", "Weir7Flows2Past9Stones4And3Holds8Back1What6Must5No"),
            concat!("np", "m_${NPM_TOKEN}"),
        ]),
    Info::new("security/pypi_token", "PyPI upload token", Category::Security, Standing::Typed)
        .from("any", "pypi.org/help/#apitoken")
        .found_in(&[
            concat!("password = py", "pi-AgEIcHlwaS5vcmc", "Weir7Flows2Past9Stones4And3Holds8Back1What6Must5Not0PassWeir7Flows2Past9Stones4And3Holds8Back1What6Must5Not0PassWeir7Flo"),
            concat!("py", "pi-AgENdGVzdC5weXBpLm9yZw", "Weir7Flows2Past9Stones4And3Holds8Back1What6Must5Not0PassWeir7Flows2Past9Stones4And3Holds8Back1What6M"),
        ])
        .not_in(&[
            concat!("py", "pi-server"),
            concat!("py", "pi-AgEIcHlwaS5vcmc"),
            concat!("py", "pi-release-notes-2024-and-more"),
        ]),
    Info::new("security/huggingface_token", "Hugging Face token", Category::Security, Standing::Typed)
        .from("any", "huggingface.co/docs/hub/security-tokens")
        .found_in(&[
            concat!("HF_TOKEN=h", "f_", "WeirFlowsPastStonesAndHoldsBackWha"),
            concat!("h", "f_", "AllTheWaterThatRunsOverTheOldWeirG"),
        ])
        .not_in(&[
            concat!("h", "f_model_name"),
            concat!("h", "f_", "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"),
            concat!("h", "f_hub_download_url_for_the_model_card"),
        ]),
    Info::new("security/databricks_token", "Databricks personal access token", Category::Security, Standing::Typed)
        .from("any", "docs.databricks.com/dev-tools/auth/pat")
        .found_in(&[
            concat!("DATABRICKS_TOKEN=da", "pi", "4283fefc63f0cd0e873a0000c6d07ef7"),
            concat!("da", "pi", "122b598615dcbe810beacd557705a54b-3"),
        ])
        .not_in(&[
            concat!("da", "pi", "4283fefc63f0cd0e873a"),
            concat!("da", "pi", "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"),
            concat!("okda", "pi", "4283fefc63f0cd0e873a0000c6d07ef7"),
        ]),
    Info::new("security/digitalocean_token", "DigitalOcean token", Category::Security, Standing::Typed)
        .from("any", "docs.digitalocean.com/reference/api")
        .found_in(&[
            concat!("doctl auth init -t do", "p_v1_", "4283fefc63f0cd0e873a0000c6d07ef7b77e90d3593ad699fc1f7cd5bb2e35cb"),
            concat!("do", "o_v1_", "122b598615dcbe810beacd557705a54b5edbbbe5ce7f8fbeebef7a58f99d96fb"),
        ])
        .not_in(&[
            concat!("do", "p_v1_", "4283fefc63f0cd0e873a0000c6d07e"),
            concat!("do", "p_v1_", "0000000000000000000000000000000000000000000000000000000000000000"),
            concat!("do", "p_v2_", "4283fefc63f0cd0e873a0000c6d07ef7b77e90d3593ad699fc1f7cd5bb2e35cb"),
        ]),
    Info::new("security/twilio_key", "Twilio key", Category::Security, Standing::Typed)
        .from("any", "www.twilio.com/docs/iam/api-keys")
        .found_in(&[
            concat!("TWILIO_AUTH_TOKEN=", "4283fefc63f0cd0e873a0000c6d07ef7"),
            concat!("S", "K", "eb8450ae2a1c5ed5571342c3967d286c is the api key"),
        ])
        .not_in(&[
            concat!("TWILIO_ACCOUNT_SID=A", "C", "4283fefc63f0cd0e873a0000c6d07ef7"),
            concat!("S", "K", "4283fefc63f0cd0e873a"),
            "TWILIO_AUTH_TOKEN=your_auth_token",
            concat!("TA", "SK", "4283fefc63f0cd0e873a0000c6d07ef7"),
        ]),
    Info::new("security/other_provider_token", "Token of another provider", Category::Security, Standing::Typed)
        .from("any", "the providers' own documentation, see FORMATS")
        .found_in(&[
            concat!("GROQ_API_KEY=gs", "k_", "Weir7Flows2Past9Stones4And3Holds8Back1What6Must5Not0"),
            concat!("xa", "i-", "Weir7Flows2Past9Stones4And3Holds8Back1What6Must5Not0PassWeir7Flows2Past9Stones4A"),
            concat!("sk", "-or-v1-", "4283fefc63f0cd0e873a0000c6d07ef7b77e90d3593ad699fc1f7cd5bb2e35cb"),
            concat!("hv", "s.", "CAESIWeir7Flows2Past9Stones4And3Holds8Back1What6Must5Not0PassWeir7Flows2Past9Stones4And3Holds8B"),
            concat!("nv", "api-", "Weir7Flows2Past9Stones4And3Holds8Back1What6Must5Not0PassWeir7Flo"),
            concat!("li", "n_api_", "Weir7Flows2Past9Stones4And3Holds8Back1Wh"),
            concat!("gl", "sa_", "Weir7Flows2Past9Stones4And3Holds_4283fefc"),
            concat!("sh", "pat_", "4283fefc63f0cd0e873a0000c6d07ef7"),
            concat!("PM", "AK-", "4283fefc63f0cd0e873a0000-4283fefc63f0cd0e873a0000c6d07ef7b7"),
            concat!("dckr", "_pat_", "Weir7Flows2Past9Stones4And3"),
            concat!("GOC", "SPX-", "Weir7Flows2Past9Stones4And3H"),
            concat!("Weir7Flows2Pas.atl", "asv1.", "Weir7Flows2Past9Stones4And3Holds8Back1What6Must5Not0PassWeir7Flows2"),
            concat!("49382", "71650:AA", "Weir7Flows2Past9Stones4And3Holds8"),
            concat!("abc8", "Q~", "Weir7Flows2Past9Stones4And3Holds8B"),
        ])
        .not_in(&[
            concat!("gs", "k_", "Weir7Flows2Past9Ston"),
            concat!("hv", "s.", "short1"),
            concat!("key", "-", "monkey-business-like-this-and-that"),
            concat!("fc", "-", "4283fefc63f0cd0e873a"),
            concat!("re", "_match_group_by_name_and_index"),
            "sha256~0000000000000000000000000000000000000000000",
            concat!("secret", "_santa_list_for_the_whole_office_2024_party"),
        ]),
    Info::new("security/bearer_token", "Bearer token", Category::Security, Standing::Contextual)
        .from("any", "RFC 6750; Google OAuth access tokens")
        .found_in(&[
            concat!("Authorization: Bear", "er ", "Weir7Flows2Past9Stones4And3Holds8Back1Wh"),
            concat!("ya", "29.", "a0AfWeir7Flows2Past9Stones4And3Holds8Back1What6Must5Not0PassWeir7Flows2Past9Stones4A"),
            concat!("-H 'authorization: bear", "er ", "Weir7Flows2Past9St-_.Weir7Flows2Past9St'"),
        ])
        .not_in(&[
            concat!("Authorization: Bear", "er <token>"),
            concat!("Authorization: Bear", "er $TOKEN"),
            concat!("the bear", "er of this letter is known to us"),
            concat!("Bear", "er YOUR_ACCESS_TOKEN"),
            concat!("token_type: Bear", "er"),
        ]),
];

/// All formats, by what they are for.
static FORMATS: &[Format] = &[
    Format {
        of: Type::OpenAi,
        prefix: "sk-proj-",
        body: &[Run(Set::Word, 40, 512, "")],
        check: openai,
    },
    Format {
        of: Type::OpenAi,
        prefix: "sk-svcacct-",
        body: &[Run(Set::Word, 40, 512, "")],
        check: openai,
    },
    Format {
        of: Type::OpenAi,
        prefix: "sk-admin-",
        body: &[Run(Set::Word, 40, 512, "")],
        check: openai,
    },
    Format {
        of: Type::OpenAi,
        prefix: "sk-None-",
        body: &[Run(Set::Word, 40, 512, "")],
        check: openai,
    },
    Format {
        of: Type::OpenAi,
        prefix: "sk-service-",
        body: &[Run(Set::Word, 40, 512, "")],
        check: openai,
    },
    Format {
        of: Type::OpenAi,
        prefix: "sk-",
        body: &[Run(Set::Alnum, 48, 48, "")],
        check: bare_sk,
    },
    Format {
        of: Type::OpenAi,
        prefix: "sess-",
        body: &[Run(Set::Alnum, 40, 40, "")],
        check: with_digits,
    },
    Format {
        of: Type::Anthropic,
        prefix: "sk-ant-api",
        body: &[Run(Set::Digits, 2, 2, "-"), Run(Set::Word, 60, 512, "")],
        check: sure,
    },
    Format {
        of: Type::Anthropic,
        prefix: "sk-ant-admin",
        body: &[Run(Set::Digits, 2, 2, "-"), Run(Set::Word, 60, 512, "")],
        check: sure,
    },
    Format {
        of: Type::Anthropic,
        prefix: "sk-ant-oat",
        body: &[Run(Set::Digits, 2, 2, "-"), Run(Set::Word, 60, 512, "")],
        check: sure,
    },
    Format {
        of: Type::Anthropic,
        prefix: "sk-ant-ort",
        body: &[Run(Set::Digits, 2, 2, "-"), Run(Set::Word, 60, 512, "")],
        check: sure,
    },
    Format {
        of: Type::Anthropic,
        prefix: "sk-ant-sid",
        body: &[Run(Set::Digits, 2, 2, "-"), Run(Set::Word, 60, 512, "")],
        check: sure,
    },
    Format {
        of: Type::AwsId,
        prefix: "AKIA",
        body: &[Run(Set::Base32, 16, 16, "")],
        check: sure,
    },
    Format {
        of: Type::AwsId,
        prefix: "ASIA",
        body: &[Run(Set::Base32, 16, 16, "")],
        check: sure,
    },
    Format {
        of: Type::AwsId,
        prefix: "ABIA",
        body: &[Run(Set::Base32, 16, 16, "")],
        check: sure,
    },
    Format {
        of: Type::AwsId,
        prefix: "ACCA",
        body: &[Run(Set::Base32, 16, 16, "")],
        check: sure,
    },
    Format {
        of: Type::GitHub,
        prefix: "ghp_",
        body: &[Run(Set::Alnum, 36, 36, "")],
        check: crc,
    },
    Format {
        of: Type::GitHub,
        prefix: "gho_",
        body: &[Run(Set::Alnum, 36, 36, "")],
        check: crc,
    },
    Format {
        of: Type::GitHub,
        prefix: "ghu_",
        body: &[Run(Set::Alnum, 36, 36, "")],
        check: crc,
    },
    Format {
        of: Type::GitHub,
        prefix: "ghs_",
        body: &[Run(Set::Alnum, 36, 36, "")],
        check: crc,
    },
    Format {
        of: Type::GitHub,
        prefix: "ghr_",
        body: &[Run(Set::Alnum, 36, 36, "")],
        check: crc,
    },
    Format {
        of: Type::GitHub,
        prefix: "github_pat_",
        body: &[Run(Set::Alnum, 22, 22, "_"), Run(Set::Alnum, 59, 59, "")],
        check: sure,
    },
    Format {
        of: Type::GitLab,
        prefix: "glpat-",
        body: &[Run(Set::Dotted, 20, 512, "")],
        check: with_any_digit,
    },
    Format {
        of: Type::GitLab,
        prefix: "glptt-",
        body: &[Run(Set::Dotted, 20, 512, "")],
        check: with_any_digit,
    },
    Format {
        of: Type::GitLab,
        prefix: "gldt-",
        body: &[Run(Set::Dotted, 20, 512, "")],
        check: with_any_digit,
    },
    Format {
        of: Type::GitLab,
        prefix: "glrt-",
        body: &[Run(Set::Dotted, 20, 512, "")],
        check: with_any_digit,
    },
    Format {
        of: Type::GitLab,
        prefix: "glrtr-",
        body: &[Run(Set::Dotted, 20, 512, "")],
        check: with_any_digit,
    },
    Format {
        of: Type::GitLab,
        prefix: "glcbt-",
        body: &[Run(Set::Dotted, 20, 512, "")],
        check: with_any_digit,
    },
    Format {
        of: Type::GitLab,
        prefix: "glsoat-",
        body: &[Run(Set::Dotted, 20, 512, "")],
        check: with_any_digit,
    },
    Format {
        of: Type::GitLab,
        prefix: "glft-",
        body: &[Run(Set::Dotted, 20, 512, "")],
        check: with_any_digit,
    },
    Format {
        of: Type::GitLab,
        prefix: "glimt-",
        body: &[Run(Set::Dotted, 20, 512, "")],
        check: with_any_digit,
    },
    Format {
        of: Type::GitLab,
        prefix: "glagent-",
        body: &[Run(Set::Dotted, 20, 512, "")],
        check: with_any_digit,
    },
    Format {
        of: Type::GitLab,
        prefix: "glwt-",
        body: &[Run(Set::Dotted, 20, 512, "")],
        check: with_any_digit,
    },
    Format {
        of: Type::GitLab,
        prefix: "gloas-",
        body: &[Run(Set::Dotted, 20, 512, "")],
        check: with_any_digit,
    },
    Format {
        of: Type::GitLab,
        prefix: "glffct-",
        body: &[Run(Set::Dotted, 20, 512, "")],
        check: with_any_digit,
    },
    Format {
        of: Type::GitLab,
        prefix: "GR1348941",
        body: &[Run(Set::Word, 20, 20, "")],
        check: sure,
    },
    Format {
        of: Type::Slack,
        prefix: "xoxb-",
        body: &[Run(Set::Word, 20, 512, "")],
        check: with_digits,
    },
    Format {
        of: Type::Slack,
        prefix: "xoxp-",
        body: &[Run(Set::Word, 20, 512, "")],
        check: with_digits,
    },
    Format {
        of: Type::Slack,
        prefix: "xoxa-",
        body: &[Run(Set::Word, 20, 512, "")],
        check: with_digits,
    },
    Format {
        of: Type::Slack,
        prefix: "xoxr-",
        body: &[Run(Set::Word, 20, 512, "")],
        check: with_digits,
    },
    Format {
        of: Type::Slack,
        prefix: "xoxs-",
        body: &[Run(Set::Word, 20, 512, "")],
        check: with_digits,
    },
    Format {
        of: Type::Slack,
        prefix: "xoxo-",
        body: &[Run(Set::Word, 20, 512, "")],
        check: with_digits,
    },
    Format {
        of: Type::Slack,
        prefix: "xoxe-",
        body: &[Run(Set::Word, 20, 512, "")],
        check: with_digits,
    },
    Format {
        of: Type::Slack,
        prefix: "xoxe.xoxp-",
        body: &[Run(Set::Word, 20, 512, "")],
        check: with_digits,
    },
    Format {
        of: Type::Slack,
        prefix: "xoxe.xoxb-",
        body: &[Run(Set::Word, 20, 512, "")],
        check: with_digits,
    },
    Format {
        of: Type::Slack,
        prefix: "xoxc-",
        body: &[Run(Set::Word, 20, 512, "")],
        check: with_digits,
    },
    Format {
        of: Type::Slack,
        prefix: "xoxd-",
        body: &[Run(Set::Word, 20, 512, "")],
        check: with_digits,
    },
    Format {
        of: Type::Slack,
        prefix: "xapp-",
        body: &[Run(Set::Word, 20, 512, "")],
        check: with_digits,
    },
    Format {
        of: Type::Stripe,
        prefix: "sk_live_",
        body: &[Run(Set::Alnum, 20, 512, "")],
        check: sure,
    },
    Format {
        of: Type::Stripe,
        prefix: "rk_live_",
        body: &[Run(Set::Alnum, 20, 512, "")],
        check: sure,
    },
    Format {
        of: Type::Stripe,
        prefix: "whsec_",
        body: &[Run(Set::Base64, 24, 96, "")],
        check: with_digits,
    },
    Format {
        of: Type::Google,
        prefix: "AIza",
        body: &[Run(Set::Word, 35, 35, "")],
        check: with_any_digit,
    },
    Format {
        of: Type::SendGrid,
        prefix: "SG.",
        body: &[Run(Set::Word, 16, 32, "."), Run(Set::Word, 32, 64, "")],
        check: sure,
    },
    Format {
        of: Type::Npm,
        prefix: "npm_",
        body: &[Run(Set::Alnum, 36, 36, "")],
        check: crc,
    },
    Format {
        of: Type::PyPi,
        prefix: "pypi-AgE",
        body: &[Run(Set::Word, 50, 512, "")],
        check: sure,
    },
    Format {
        of: Type::PyPi,
        prefix: "pypi-",
        body: &[Run(Set::Word, 85, 512, "")],
        check: sure,
    },
    Format {
        of: Type::HuggingFace,
        prefix: "hf_",
        body: &[Run(Set::Alnum, 34, 40, "")],
        check: sure,
    },
    Format {
        of: Type::HuggingFace,
        prefix: "api_org_",
        body: &[Run(Set::Letters, 34, 34, "")],
        check: sure,
    },
    Format {
        of: Type::Databricks,
        prefix: "dapi",
        body: &[Run(Set::Hex, 32, 32, "")],
        check: sure,
    },
    Format {
        of: Type::Databricks,
        prefix: "dapi",
        body: &[Run(Set::Hex, 32, 32, "-"), Run(Set::Digits, 1, 2, "")],
        check: sure,
    },
    Format {
        of: Type::DigitalOcean,
        prefix: "dop_v1_",
        body: &[Run(Set::Hex, 64, 64, "")],
        check: sure,
    },
    Format {
        of: Type::DigitalOcean,
        prefix: "doo_v1_",
        body: &[Run(Set::Hex, 64, 64, "")],
        check: sure,
    },
    Format {
        of: Type::DigitalOcean,
        prefix: "dor_v1_",
        body: &[Run(Set::Hex, 64, 64, "")],
        check: sure,
    },
    Format {
        of: Type::Bearer,
        prefix: "ya29.",
        body: &[Run(Set::Word, 40, 512, "")],
        check: sure,
    },
    Format {
        of: Type::Other,
        prefix: "sk-or-v1-",
        body: &[Run(Set::Hex, 64, 64, "")],
        check: sure,
    },
    Format {
        of: Type::Other,
        prefix: "sk-or-",
        body: &[Run(Set::Word, 40, 512, "")],
        check: with_digits,
    },
    Format {
        of: Type::Other,
        prefix: "sk-",
        body: &[Run(Set::Hex, 32, 32, "")],
        check: with_digits,
    },
    Format {
        of: Type::Other,
        prefix: "gsk_",
        body: &[Run(Set::Alnum, 52, 52, "")],
        check: sure,
    },
    Format {
        of: Type::Other,
        prefix: "xai-",
        body: &[Run(Set::Alnum, 80, 80, "")],
        check: sure,
    },
    Format {
        of: Type::Other,
        prefix: "pplx-",
        body: &[Run(Set::Alnum, 48, 56, "")],
        check: sure,
    },
    Format {
        of: Type::Other,
        prefix: "r8_",
        body: &[Run(Set::Alnum, 37, 37, "")],
        check: sure,
    },
    Format {
        of: Type::Other,
        prefix: "fw_",
        body: &[Run(Set::Alnum, 22, 40, "")],
        check: with_digits,
    },
    Format {
        of: Type::Other,
        prefix: "nvapi-",
        body: &[Run(Set::Word, 60, 70, "")],
        check: sure,
    },
    Format {
        of: Type::Other,
        prefix: "lsv2_pt_",
        body: &[Run(Set::Hex, 32, 32, "_"), Run(Set::Hex, 10, 10, "")],
        check: sure,
    },
    Format {
        of: Type::Other,
        prefix: "lsv2_sk_",
        body: &[Run(Set::Hex, 32, 32, "_"), Run(Set::Hex, 10, 10, "")],
        check: sure,
    },
    Format {
        of: Type::Other,
        prefix: "pcsk_",
        body: &[Run(Set::Alnum, 5, 8, "_"), Run(Set::Alnum, 60, 70, "")],
        check: sure,
    },
    Format {
        of: Type::Other,
        prefix: "csk-",
        body: &[Run(Set::Lower, 40, 60, "")],
        check: sure,
    },
    Format {
        of: Type::Other,
        prefix: "jina_",
        body: &[Run(Set::Word, 55, 65, "")],
        check: sure,
    },
    Format {
        of: Type::Other,
        prefix: "tvly-",
        body: &[Run(Set::Word, 28, 48, "")],
        check: with_digits,
    },
    Format {
        of: Type::Other,
        prefix: "fc-",
        body: &[Run(Set::Hex, 32, 32, "")],
        check: sure,
    },
    Format {
        of: Type::Other,
        prefix: "sk_",
        body: &[Run(Set::Hex, 48, 48, "")],
        check: sure,
    },
    Format {
        of: Type::Other,
        prefix: "pa-",
        body: &[Run(Set::Word, 43, 43, "")],
        check: with_digits,
    },
    Format {
        of: Type::Other,
        prefix: "co_api_",
        body: &[Run(Set::Alnum, 32, 48, "")],
        check: sure,
    },
    Format {
        of: Type::Other,
        prefix: "tgp_v1_",
        body: &[Run(Set::Word, 43, 43, "")],
        check: sure,
    },
    Format {
        of: Type::Other,
        prefix: "sk-lf-",
        body: &[Run(Set::Word, 36, 36, "")],
        check: sure,
    },
    Format {
        of: Type::Other,
        prefix: "wandb_v1_",
        body: &[Run(Set::Word, 70, 90, "")],
        check: sure,
    },
    Format {
        of: Type::Other,
        prefix: "AQVN",
        body: &[Run(Set::Word, 35, 38, "")],
        check: sure,
    },
    Format {
        of: Type::Other,
        prefix: "sk-litellm-",
        body: &[Run(Set::Word, 20, 64, "")],
        check: sure,
    },
    Format {
        of: Type::Other,
        prefix: "v1.0-",
        body: &[Run(Set::Hex, 24, 24, "-"), Run(Set::Hex, 146, 146, "")],
        check: sure,
    },
    Format {
        of: Type::Other,
        prefix: "LTAI",
        body: &[Run(Set::Alnum, 17, 24, "")],
        check: with_digits,
    },
    Format {
        of: Type::Other,
        prefix: "AKID",
        body: &[Run(Set::Alnum, 32, 32, "")],
        check: with_digits,
    },
    Format {
        of: Type::Other,
        prefix: "AKLT",
        body: &[Run(Set::Alnum, 40, 50, "")],
        check: with_digits,
    },
    Format {
        of: Type::Other,
        prefix: "HRKU-AA",
        body: &[Run(Set::Word, 58, 58, "")],
        check: sure,
    },
    Format {
        of: Type::Other,
        prefix: "HRKU-",
        body: &[Run(Set::Word, 36, 60, "")],
        check: with_digits,
    },
    Format {
        of: Type::Other,
        prefix: "nfp_",
        body: &[Run(Set::Alnum, 36, 40, "")],
        check: sure,
    },
    Format {
        of: Type::Other,
        prefix: "sbp_",
        body: &[Run(Set::Hex, 40, 40, "")],
        check: sure,
    },
    Format {
        of: Type::Other,
        prefix: "sb_secret_",
        body: &[Run(Set::Word, 28, 48, "")],
        check: sure,
    },
    Format {
        of: Type::Other,
        prefix: "pscale_tkn_",
        body: &[Run(Set::Dotted, 32, 64, "")],
        check: sure,
    },
    Format {
        of: Type::Other,
        prefix: "pscale_pw_",
        body: &[Run(Set::Dotted, 32, 64, "")],
        check: sure,
    },
    Format {
        of: Type::Other,
        prefix: "pscale_oauth_",
        body: &[Run(Set::Dotted, 32, 64, "")],
        check: sure,
    },
    Format {
        of: Type::Other,
        prefix: "napi_",
        body: &[Run(Set::Lower, 60, 70, "")],
        check: sure,
    },
    Format {
        of: Type::Other,
        prefix: "fo1_",
        body: &[Run(Set::Word, 43, 43, "")],
        check: sure,
    },
    Format {
        of: Type::Other,
        prefix: "fm2_",
        body: &[Run(Set::Base64, 100, 512, "")],
        check: sure,
    },
    Format {
        of: Type::Other,
        prefix: "fm1r_",
        body: &[Run(Set::Base64, 100, 512, "")],
        check: sure,
    },
    Format {
        of: Type::Other,
        prefix: "rnd_",
        body: &[Run(Set::Alnum, 32, 32, "")],
        check: sure,
    },
    Format {
        of: Type::Other,
        prefix: "vercel_",
        body: &[Run(Set::Alnum, 24, 40, "")],
        check: with_digits,
    },
    Format {
        of: Type::Other,
        prefix: "tskey-",
        body: &[
            Run(Set::Lower, 3, 12, "-"),
            Run(Set::Alnum, 10, 20, "-"),
            Run(Set::Alnum, 20, 40, ""),
        ],
        check: sure,
    },
    Format {
        of: Type::Other,
        prefix: "dp.pt.",
        body: &[Run(Set::Alnum, 43, 43, "")],
        check: sure,
    },
    Format {
        of: Type::Other,
        prefix: "dp.st.",
        body: &[Run(Set::Dotted, 43, 90, "")],
        check: with_digits,
    },
    Format {
        of: Type::Other,
        prefix: "dp.ct.",
        body: &[Run(Set::Alnum, 43, 43, "")],
        check: sure,
    },
    Format {
        of: Type::Other,
        prefix: "dp.sa.",
        body: &[Run(Set::Alnum, 43, 43, "")],
        check: sure,
    },
    Format {
        of: Type::Other,
        prefix: "dp.scim.",
        body: &[Run(Set::Alnum, 43, 43, "")],
        check: sure,
    },
    Format {
        of: Type::Other,
        prefix: "dp.audit.",
        body: &[Run(Set::Alnum, 43, 43, "")],
        check: sure,
    },
    Format {
        of: Type::Other,
        prefix: "hvs.",
        body: &[Run(Set::Word, 24, 512, "")],
        check: with_digits,
    },
    Format {
        of: Type::Other,
        prefix: "hvb.",
        body: &[Run(Set::Word, 100, 512, "")],
        check: sure,
    },
    Format {
        of: Type::Other,
        prefix: "hvr.",
        body: &[Run(Set::Word, 24, 512, "")],
        check: with_digits,
    },
    Format {
        of: Type::Other,
        prefix: "pul-",
        body: &[Run(Set::Hex, 40, 40, "")],
        check: sure,
    },
    Format {
        of: Type::Other,
        prefix: "ops_eyJ",
        body: &[Run(Set::Word, 200, 1024, "")],
        check: sure,
    },
    Format {
        of: Type::Other,
        prefix: "A3-",
        body: &[
            Run(Set::Upper, 6, 6, "-"),
            Run(Set::Upper, 11, 11, "-"),
            Run(Set::Upper, 5, 5, "-"),
            Run(Set::Upper, 5, 5, "-"),
            Run(Set::Upper, 5, 5, ""),
        ],
        check: sure,
    },
    Format {
        of: Type::Other,
        prefix: "AGE-SECRET-KEY-1",
        body: &[Run(Set::Upper, 58, 58, "")],
        check: sure,
    },
    Format {
        of: Type::Other,
        prefix: "sha256~",
        body: &[Run(Set::Word, 43, 43, "")],
        check: sure,
    },
    Format {
        of: Type::Other,
        prefix: "ABSK",
        body: &[Run(Set::Base64, 100, 140, "")],
        check: sure,
    },
    Format {
        of: Type::Other,
        prefix: "bedrock-api-key-",
        body: &[Run(Set::Base64, 40, 512, "")],
        check: sure,
    },
    Format {
        of: Type::Other,
        prefix: "amzn.mws.",
        body: &[Run(Set::Word, 36, 36, "")],
        check: sure,
    },
    Format {
        of: Type::Other,
        prefix: "scw-secret-",
        body: &[Run(Set::Word, 36, 36, "")],
        check: sure,
    },
    Format {
        of: Type::Other,
        prefix: "ATATT3xFfGF0",
        body: &[Run(Set::Base64, 150, 220, "")],
        check: sure,
    },
    Format {
        of: Type::Other,
        prefix: "ATCTT3xFfGN0",
        body: &[Run(Set::Base64, 150, 220, "")],
        check: sure,
    },
    Format {
        of: Type::Other,
        prefix: "ATBB",
        body: &[Run(Set::Alnum, 32, 32, "")],
        check: with_digits,
    },
    Format {
        of: Type::Other,
        prefix: "ATSTT3xFfG",
        body: &[Run(Set::Base64, 100, 220, "")],
        check: sure,
    },
    Format {
        of: Type::Other,
        prefix: "lin_api_",
        body: &[Run(Set::Alnum, 40, 40, "")],
        check: sure,
    },
    Format {
        of: Type::Other,
        prefix: "lin_oauth_",
        body: &[Run(Set::Hex, 64, 64, "")],
        check: sure,
    },
    Format {
        of: Type::Other,
        prefix: "ntn_",
        body: &[Run(Set::Alnum, 42, 50, "")],
        check: sure,
    },
    Format {
        of: Type::Other,
        prefix: "secret_",
        body: &[Run(Set::Alnum, 43, 43, "")],
        check: with_digits,
    },
    Format {
        of: Type::Other,
        prefix: "figd_",
        body: &[Run(Set::Word, 36, 48, "")],
        check: sure,
    },
    Format {
        of: Type::Other,
        prefix: "figo_",
        body: &[Run(Set::Word, 36, 48, "")],
        check: sure,
    },
    Format {
        of: Type::Other,
        prefix: "PMAK-",
        body: &[Run(Set::Hex, 24, 24, "-"), Run(Set::Hex, 34, 34, "")],
        check: sure,
    },
    Format {
        of: Type::Other,
        prefix: "rdme_",
        body: &[Run(Set::Lower, 70, 70, "")],
        check: sure,
    },
    Format {
        of: Type::Other,
        prefix: "rubygems_",
        body: &[Run(Set::Hex, 48, 48, "")],
        check: sure,
    },
    Format {
        of: Type::Other,
        prefix: "oy2",
        body: &[Run(Set::Lower, 43, 43, "")],
        check: with_digits,
    },
    Format {
        of: Type::Other,
        prefix: "cio",
        body: &[Run(Set::Alnum, 32, 32, "")],
        check: with_digits,
    },
    Format {
        of: Type::Other,
        prefix: "dckr_pat_",
        body: &[Run(Set::Word, 27, 32, "")],
        check: sure,
    },
    Format {
        of: Type::Other,
        prefix: "dckr_oat_",
        body: &[Run(Set::Word, 27, 36, "")],
        check: sure,
    },
    Format {
        of: Type::Other,
        prefix: "AKCp",
        body: &[Run(Set::Alnum, 60, 75, "")],
        check: sure,
    },
    Format {
        of: Type::Other,
        prefix: "cmVmdGtu",
        body: &[Run(Set::Alnum, 50, 60, "")],
        check: sure,
    },
    Format {
        of: Type::Other,
        prefix: "squ_",
        body: &[Run(Set::Hex, 40, 40, "")],
        check: sure,
    },
    Format {
        of: Type::Other,
        prefix: "sqp_",
        body: &[Run(Set::Hex, 40, 40, "")],
        check: sure,
    },
    Format {
        of: Type::Other,
        prefix: "sqa_",
        body: &[Run(Set::Hex, 40, 40, "")],
        check: sure,
    },
    Format {
        of: Type::Other,
        prefix: "CCIPAT_",
        body: &[Run(Set::Alnum, 22, 22, "_"), Run(Set::Hex, 40, 40, "")],
        check: sure,
    },
    Format {
        of: Type::Other,
        prefix: "CCIPRJ_",
        body: &[Run(Set::Alnum, 22, 22, "_"), Run(Set::Hex, 40, 40, "")],
        check: sure,
    },
    Format {
        of: Type::Other,
        prefix: "bkua_",
        body: &[Run(Set::Hex, 40, 40, "")],
        check: sure,
    },
    Format {
        of: Type::Other,
        prefix: "CLOJARS_",
        body: &[Run(Set::Hex, 60, 60, "")],
        check: sure,
    },
    Format {
        of: Type::Other,
        prefix: "pnu_",
        body: &[Run(Set::Alnum, 36, 36, "")],
        check: sure,
    },
    Format {
        of: Type::Other,
        prefix: "sgp_",
        body: &[Run(Set::Hex, 16, 16, "_"), Run(Set::Hex, 40, 40, "")],
        check: sure,
    },
    Format {
        of: Type::Other,
        prefix: "sgp_",
        body: &[Run(Set::Hex, 40, 40, "")],
        check: sure,
    },
    Format {
        of: Type::Other,
        prefix: "sgd_",
        body: &[Run(Set::Hex, 64, 64, "")],
        check: sure,
    },
    Format {
        of: Type::Other,
        prefix: "shpat_",
        body: &[Run(Set::Hex, 32, 32, "")],
        check: sure,
    },
    Format {
        of: Type::Other,
        prefix: "shpca_",
        body: &[Run(Set::Hex, 32, 32, "")],
        check: sure,
    },
    Format {
        of: Type::Other,
        prefix: "shppa_",
        body: &[Run(Set::Hex, 32, 32, "")],
        check: sure,
    },
    Format {
        of: Type::Other,
        prefix: "shpss_",
        body: &[Run(Set::Hex, 32, 32, "")],
        check: sure,
    },
    Format {
        of: Type::Other,
        prefix: "pat_",
        body: &[Run(Set::Alnum, 40, 80, "")],
        check: with_digits,
    },
    Format {
        of: Type::Other,
        prefix: "glsa_",
        body: &[Run(Set::Alnum, 32, 32, "_"), Run(Set::Hex, 8, 8, "")],
        check: sure,
    },
    Format {
        of: Type::Other,
        prefix: "glc_",
        body: &[Run(Set::Base64, 32, 400, "")],
        check: sure,
    },
    Format {
        of: Type::Other,
        prefix: "eyJrIjoi",
        body: &[Run(Set::Base64, 60, 400, "")],
        check: sure,
    },
    Format {
        of: Type::Other,
        prefix: "NRAK-",
        body: &[Run(Set::Upper, 27, 27, "")],
        check: sure,
    },
    Format {
        of: Type::Other,
        prefix: "NRJS-",
        body: &[Run(Set::Hex, 19, 19, "")],
        check: sure,
    },
    Format {
        of: Type::Other,
        prefix: "NRII-",
        body: &[Run(Set::Word, 32, 32, "")],
        check: sure,
    },
    Format {
        of: Type::Other,
        prefix: "NRRA-",
        body: &[Run(Set::Hex, 42, 42, "")],
        check: sure,
    },
    Format {
        of: Type::Other,
        prefix: "sntrys_",
        body: &[Run(Set::Base64, 60, 400, "")],
        check: sure,
    },
    Format {
        of: Type::Other,
        prefix: "sntryu_",
        body: &[Run(Set::Hex, 64, 64, "")],
        check: sure,
    },
    Format {
        of: Type::Other,
        prefix: "dt0c01.",
        body: &[Run(Set::Upper, 24, 24, "."), Run(Set::Upper, 64, 64, "")],
        check: sure,
    },
    Format {
        of: Type::Other,
        prefix: "dt0s01.",
        body: &[Run(Set::Upper, 8, 24, "."), Run(Set::Upper, 64, 64, "")],
        check: sure,
    },
    Format {
        of: Type::Other,
        prefix: "hcaik_",
        body: &[Run(Set::Lower, 58, 64, "")],
        check: sure,
    },
    Format {
        of: Type::Other,
        prefix: "hcxik_",
        body: &[Run(Set::Lower, 58, 64, "")],
        check: sure,
    },
    Format {
        of: Type::Other,
        prefix: "phx_",
        body: &[Run(Set::Alnum, 40, 50, "")],
        check: sure,
    },
    Format {
        of: Type::Other,
        prefix: "ddapi_",
        body: &[Run(Set::Alnum, 32, 40, "")],
        check: sure,
    },
    Format {
        of: Type::Other,
        prefix: "pdus+",
        body: &[Run(Set::Word, 20, 28, "")],
        check: sure,
    },
    Format {
        of: Type::Other,
        prefix: "LS0tLS1CRUdJTi",
        body: &[Run(Set::Base64, 100, 512, "")],
        check: sure,
    },
    Format {
        of: Type::Other,
        prefix: "sq0atp-",
        body: &[Run(Set::Word, 22, 22, "")],
        check: sure,
    },
    Format {
        of: Type::Other,
        prefix: "sq0csp-",
        body: &[Run(Set::Word, 43, 43, "")],
        check: sure,
    },
    Format {
        of: Type::Other,
        prefix: "EAAA",
        body: &[Run(Set::Word, 60, 60, "")],
        check: sure,
    },
    Format {
        of: Type::Other,
        prefix: "access_token$production$",
        body: &[Run(Set::Lower, 16, 16, "$"), Run(Set::Hex, 32, 32, "")],
        check: sure,
    },
    Format {
        of: Type::Other,
        prefix: "rzp_live_",
        body: &[Run(Set::Alnum, 14, 24, "")],
        check: sure,
    },
    Format {
        of: Type::Other,
        prefix: "FLWSECK-",
        body: &[Run(Set::Hex, 32, 32, "-X")],
        check: sure,
    },
    Format {
        of: Type::Other,
        prefix: "access-production-",
        body: &[Run(Set::Word, 36, 36, "")],
        check: sure,
    },
    Format {
        of: Type::Other,
        prefix: "shippo_live_",
        body: &[Run(Set::Hex, 40, 40, "")],
        check: sure,
    },
    Format {
        of: Type::Other,
        prefix: "duffel_live_",
        body: &[Run(Set::Word, 43, 43, "")],
        check: sure,
    },
    Format {
        of: Type::Other,
        prefix: "EZAK",
        body: &[Run(Set::Alnum, 54, 54, "")],
        check: sure,
    },
    Format {
        of: Type::Other,
        prefix: "paddle_live_",
        body: &[Run(Set::Alnum, 30, 60, "")],
        check: sure,
    },
    Format {
        of: Type::Other,
        prefix: "pdl_live_apikey_",
        body: &[Run(Set::Word, 40, 70, "")],
        check: sure,
    },
    Format {
        of: Type::Other,
        prefix: "xkeysib-",
        body: &[Run(Set::Hex, 64, 64, "-"), Run(Set::Alnum, 16, 16, "")],
        check: sure,
    },
    Format {
        of: Type::Other,
        prefix: "xsmtpsib-",
        body: &[Run(Set::Hex, 64, 64, "-"), Run(Set::Alnum, 16, 16, "")],
        check: sure,
    },
    Format {
        of: Type::Other,
        prefix: "key-",
        body: &[Run(Set::Hex, 32, 32, "")],
        check: with_digits,
    },
    Format {
        of: Type::Other,
        prefix: "pat-na1-",
        body: &[Run(Set::Word, 36, 36, "")],
        check: sure,
    },
    Format {
        of: Type::Other,
        prefix: "pat-eu1-",
        body: &[Run(Set::Word, 36, 36, "")],
        check: sure,
    },
    Format {
        of: Type::Other,
        prefix: "tfp_",
        body: &[Run(Set::Word, 43, 64, "")],
        check: sure,
    },
    Format {
        of: Type::Other,
        prefix: "CFPAT-",
        body: &[Run(Set::Word, 43, 43, "")],
        check: sure,
    },
    Format {
        of: Type::Other,
        prefix: "sl.",
        body: &[Run(Set::Word, 130, 512, "")],
        check: sure,
    },
    Format {
        of: Type::Other,
        prefix: "EAAC",
        body: &[Run(Set::Alnum, 100, 512, "")],
        check: sure,
    },
    Format {
        of: Type::Other,
        prefix: "EAAM",
        body: &[Run(Set::Alnum, 100, 512, "")],
        check: sure,
    },
    Format {
        of: Type::Other,
        prefix: "fio-u-",
        body: &[Run(Set::Word, 64, 64, "")],
        check: sure,
    },
    Format {
        of: Type::Other,
        prefix: "sk.eyJ",
        body: &[Run(Set::Dotted, 60, 200, "")],
        check: sure,
    },
    Format {
        of: Type::Other,
        prefix: "AAAAAAAAAAAAAAAAAAAAA",
        body: &[Run(Set::Base64, 80, 120, "")],
        check: sure,
    },
    Format {
        of: Type::Other,
        prefix: "GOCSPX-",
        body: &[Run(Set::Word, 28, 28, "")],
        check: sure,
    },
    Format {
        of: Type::Other,
        prefix: "ico-",
        body: &[Run(Set::Alnum, 32, 32, "")],
        check: with_digits,
    },
    Format {
        of: Type::Other,
        prefix: "tk-us-",
        body: &[Run(Set::Word, 48, 48, "")],
        check: sure,
    },
    Format {
        of: Type::Other,
        prefix: "PRVT-",
        body: &[Run(Set::Word, 40, 80, "")],
        check: sure,
    },
    Format {
        of: Type::Other,
        prefix: "QVVUSE9S",
        body: &[Run(Set::Base64, 40, 512, "")],
        check: sure,
    },
    Format {
        of: Type::Other,
        prefix: "re_",
        body: &[Run(Set::Alnum, 8, 10, "_"), Run(Set::Alnum, 22, 26, "")],
        check: sure,
    },
    Format {
        of: Type::Other,
        prefix: "MTA",
        body: &[
            Run(Set::Word, 20, 24, "."),
            Run(Set::Word, 6, 6, "."),
            Run(Set::Word, 27, 40, ""),
        ],
        check: sure,
    },
    Format {
        of: Type::Other,
        prefix: "MTE",
        body: &[
            Run(Set::Word, 20, 24, "."),
            Run(Set::Word, 6, 6, "."),
            Run(Set::Word, 27, 40, ""),
        ],
        check: sure,
    },
    Format {
        of: Type::Other,
        prefix: "MTI",
        body: &[
            Run(Set::Word, 20, 24, "."),
            Run(Set::Word, 6, 6, "."),
            Run(Set::Word, 27, 40, ""),
        ],
        check: sure,
    },
    Format {
        of: Type::Other,
        prefix: "NTA",
        body: &[
            Run(Set::Word, 20, 24, "."),
            Run(Set::Word, 6, 6, "."),
            Run(Set::Word, 27, 40, ""),
        ],
        check: sure,
    },
    Format {
        of: Type::Other,
        prefix: "OTA",
        body: &[
            Run(Set::Word, 20, 24, "."),
            Run(Set::Word, 6, 6, "."),
            Run(Set::Word, 27, 40, ""),
        ],
        check: sure,
    },
    Format {
        of: Type::Other,
        prefix: "SWMTKN-1-",
        body: &[Run(Set::Lower, 50, 50, "-"), Run(Set::Lower, 25, 25, "")],
        check: sure,
    },
];
