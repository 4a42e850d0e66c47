//! Private keys: PEM blocks, PuTTY files, and the key inside a Google service account.

use super::{Family, Hit, Word};
use crate::classes::{ALNUM, TOKEN, is, run_end};
use crate::evidence::{contains, is_documented_secret};
use crate::page::{Findings, Page};
use crate::registry::{Info, Standing};
use weir_model::{Category, Confidence};

/// The family.
pub(super) struct Keys;

const KEY: &str = concat!(
    "-----BEGIN OPENSSH PRI",
    "VATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAMwAAAAtzc2gtZW\nQyNTUxOQAAACBRjy5zh\n-----END OPENSSH PRI",
    "VATE KEY-----"
);
const ESCAPED: &str = concat!(
    "key = \"-----BEGIN PRI",
    "VATE KEY-----\\nMC4CAQAwBQYDK2VwBCIEIPln+kauTem03Tk1EDtryfieug+8fu8jbuAg9JaQ2jjy\\n-----END PRI",
    "VATE KEY-----\\n\""
);
const ACCOUNT: &str = concat!(
    "{\"type\": \"service_account\", \"private_key\": \"-----BEGIN PRI",
    "VATE KEY-----\\nMC4CAQAwBQYDK2VwBCIEIPln+kauTem03Tk1EDtryfieug+8fu8jbuAg9JaQ2jjy\\n-----END PRI",
    "VATE KEY-----\\n\", \"client_email\": \"x@y.iam.gserviceaccount.com\"}"
);

/// A private key in text form.
pub(super) static PRIVATE_KEY: Info = Info::new("security/private_key", "Private key", Category::Security, Standing::Envelope)
    .from("any", "RFC 7468; OpenSSH, OpenPGP and PuTTY formats")
    .found_in(&[
            concat!("-----BEGIN RSA PRI", "VATE KEY-----\nMIIEpAIBAAKCAQEAo16WiLWZuaymsD8n5SKPmxV1y6jjgr3BSdUBpbrzd1aeFzN\nlI8l2jfAnzUyp and here it was cut"),
            concat!("-----BEGIN PGP PRI", "VATE KEY BLOCK-----\n\nlQdGBGXYZ0BEADRvaz8CCcshpCafJo4jkRMHcCAQEEIODBbHqS0nCqQtT4cnZ1b8m2\n=Ab3d\n-----END PGP PRI", "VATE KEY BLOCK-----"),KEY, ESCAPED, "{\"kty\":\"EC\",\"crv\":\"P-256\",\"d\":\"OLx8NqkRBYY1M0mzwjUAIVNgKWgxSCvFBwB19TSLb8A\",\"x\":\"weir\"}", concat!("PuTTY-User-Key-", "File-3: ssh-ed25519\nEncryption: none\nPrivate-Lines: 1\nAAAAIPln+kauTem03Tk1EDtryfieug+8fu8jbuAg9JaQ2jjy\nPrivate-MAC: 00")])
    .not_in(&[
        "-----BEGIN PRIVATE KEY-----\n...\n-----END PRIVATE KEY-----",
        "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n-----END PUBLIC KEY-----",
        "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"OLx8NqkRBYY1M0mzwjUAIVNgKWgxSCvFBwB19TSLb8A\"}",
        "{\"kty\":\"EC\",\"d\":\"870MB6gfuTJ4HtUnUvYMyJpr5eUZNP4Bk43bVdj3eAE\"}",
        "grep -r '-----BEGIN RSA PRIVATE KEY-----' .",
        "-----BEGIN RSA PRIVATE KEY-----\n<your key here>\n-----END RSA PRIVATE KEY-----",
        "a PEM file starts with -----BEGIN PRIVATE KEY----- and a body follows",
    ]);

/// The key of a Google service account.
pub(super) static SERVICE_ACCOUNT: Info = Info::new(
    "security/gcp_service_account",
    "Google service account key",
    Category::Security,
    Standing::Envelope,
)
.from("any", "cloud.google.com, service account keys")
.found_in(&[
            concat!("{\"type\": \"service_account\", \"project_id\": \"weir\", \"private_key_id\": \"311b3bc2822936045abce901368eaf847aa448b1\", \"private_key\": \"-----BEGIN PRI", "VATE KEY-----\\nMC4CAQAwBQYDK2VwBCIEIPln+kauTem03Tk1EDtryfieug+8fu8jbuAg9JaQ2jjy\\n-----END PRI", "VATE KEY-----\\n\"}"),
            concat!("GOOGLE_CREDENTIALS={\"client_email\": \"x@y.iam.gserviceaccount.com\", \"type\": \"service_account\", \"private_key\": \"-----BEGIN PRI", "VATE KEY-----\\nMC4CAQAwBQYDK2VwBCIEIPln+kauTem03Tk1EDtryfieug+8fu8jbuAg9JaQ2jjy\\n-----END PRI", "VATE KEY-----\\n\"}"),
            concat!("{\n  \"type\": \"service_account\",\n  \"client_email\": \"x@y.iam.gserviceaccount.com\",\n  \"private_key\": \"-----BEGIN PRI", "VATE KEY-----\\nMC4CAQAwBQYDK2VwBCIEIPln+kauTem03Tk1EDtryfieug+8fu8jbuAg9JaQ2jjy\\n-----END PRI", "VATE KEY-----\\n\"\n}"),
            concat!("cat <<EOF\n{\"type\":\"service_account\",\"client_email\":\"a@b.iam.gserviceaccount.com\",\"private_key\": \"-----BEGIN PRI", "VATE KEY-----\\nMC4CAQAwBQYDK2VwBCIEIPln+kauTem03Tk1EDtryfieug+8fu8jbuAg9JaQ2jjy\\n-----END PRI", "VATE KEY-----\\n\",\"token_uri\":\"https://oauth2.googleapis.com/token\"}\nEOF"),ACCOUNT])
.not_in(&[
            "{\"type\": \"service_account\", \"private_key\": \"<private key>\", \"client_email\": \"x@y.iam.gserviceaccount.com\"}",
            "kind: ServiceAccount\nmetadata:\n  name: service_account\n  namespace: default",
    KEY,
    ESCAPED,
    "{\"type\": \"service_account\", \"client_email\": \"x@y.iam.gserviceaccount.com\"}",
]);

impl Family for Keys {
    fn infos(&self) -> Vec<&'static Info> {
        vec![&PRIVATE_KEY, &SERVICE_ACCOUNT]
    }

    fn words(&self) -> Vec<Word> {
        ["-----BEGIN", "PuTTY-User-Key-File-", "kty"].map(Word::exact).to_vec()
    }

    fn word(&self, page: &Page<'_>, hit: Hit, out: &mut Findings) {
        match hit.index {
            0 => pem(page, hit, out),
            1 => putty(page, hit, out),
            _ => jwk(page, hit, out),
        }
    }
}

const MAX_KEY: usize = 32 * 1024;
/// Base64 characters below which a block is a picture of a key.
const MIN_BODY: usize = 40;
const NEIGHBOURHOOD: usize = 4096;

fn pem(page: &Page<'_>, hit: Hit, out: &mut Findings) {
    let label = page.slice(hit.end..hit.end + 48);
    let Some(close) = memchr::memmem::find(label, b"-----") else {
        return;
    };
    if !contains(&label[..close], b"PRIVATE KEY") {
        return;
    }
    let body = hit.end + close + 5;
    let end = end_of_body(page, body);
    if !is_body(page.slice(body..end)) {
        return;
    }
    let closing = page.slice(end..end + 64);
    let whole = closing.starts_with(b"-----END");
    let mut end = if whole {
        end + 8 + memchr::memmem::find(&closing[8..], b"-----").map_or(0, |at| at + 5)
    } else {
        end
    };
    if page.slice(end..end + 2) == b"\\n" {
        end += 2;
    }
    if is_sample(page, hit.start, end) {
        return;
    }
    let around = page.slice(hit.start.saturating_sub(NEIGHBOURHOOD)..hit.start);
    let behind = page.slice(end..end + NEIGHBOURHOOD);
    let account = contains(around, b"service_account") || contains(behind, b"service_account");
    let google = account
        && (contains(around, b"client_email")
            || contains(behind, b"client_email")
            || contains(around, b"private_key_id"));
    let info = if google { &SERVICE_ACCOUNT } else { &PRIVATE_KEY };
    out.add(
        info,
        hit.start..end,
        if whole { Confidence::High } else { Confidence::Medium },
    );
}

/// True for keys made for tests: unit tests on the same page, a declaration that calls them so, or bytes that count.
fn is_sample(page: &Page<'_>, start: usize, end: usize) -> bool {
    const NAMES: &[&[u8]] = &[
        b"sample", b"example", b"test", b"dummy", b"fake", b"mock", b"bad_", b"invalid",
    ];
    let declaration = page.slice(page.line_start(start.saturating_sub(1), 160)..start);
    let declared = declaration.contains(&b'=') && {
        let name = declaration.to_ascii_lowercase();
        NAMES.iter().any(|word| contains(&name, word))
    };
    // 0, 1, 2, 3 … in base64, at each of its three alignments.
    let counts = [&b"AAECAwQFBgcI"[..], b"ABAgMEBQYHCA", b"AQIDBAUGBwgJ"]
        .iter()
        .any(|run| contains(page.slice(start..end), run));
    // The key of RFC 8410.
    let printed = contains(page.slice(start..end), b"INTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9E");
    declared || counts || printed || page.is_test_code()
}

/// Where the lines of the key end: at the closing line, or before the first byte that belongs to no key.
fn end_of_body(page: &Page<'_>, body: usize) -> usize {
    let stop = page.bytes.len().min(body + MAX_KEY);
    let inside = |byte: u8| is(byte, ALNUM) || b"+/=\\ \t\r\n\":,-_().;'".contains(&byte);
    let mut at = body;
    // Mails quote with `>` at the start of a line.
    let quoted = |at: usize| page.byte(at) == b'>' && page.before(at) == b'\n';
    while at < stop && (inside(page.byte(at)) || quoted(at)) {
        if page.slice(at..at + 8) == b"-----END" || page.slice(at..at + 10) == b"-----BEGIN" {
            return at;
        }
        at += 1;
    }
    at
}

fn is_body(body: &[u8]) -> bool {
    let longest = body
        .split(|byte| !(is(*byte, ALNUM) || matches!(byte, b'+' | b'/' | b'=')))
        .map(<[u8]>::len)
        .max()
        .unwrap_or(0);
    let letters = body
        .iter()
        .filter(|byte| is(**byte, ALNUM) || matches!(byte, b'+' | b'/'))
        .count();
    letters >= MIN_BODY && longest >= 24 && !contains(body, b"...")
}

fn putty(page: &Page<'_>, hit: Hit, out: &mut Findings) {
    let rest = page.slice(hit.end..hit.end + MAX_KEY);
    let Some(lines) = memchr::memmem::find(rest, b"Private-Lines:") else {
        return;
    };
    let end = memchr::memmem::find(&rest[lines..], b"Private-MAC:").map_or(rest.len(), |at| lines + at);
    let end = page.line_end(hit.end + end, 256);
    out.add(&PRIVATE_KEY, hit.start..end, Confidence::High);
}

/// `{"kty":"EC", …, "d":"…"}`: the private part of a key in JSON, RFC 7517 and 7518; `k` where it is symmetric.
fn jwk(page: &Page<'_>, hit: Hit, out: &mut Findings) {
    const BEFORE: usize = 4096;
    const BEHIND: usize = 8192;
    const SHORTEST: usize = 22;
    let read = page.object_end.get();
    if page.before(hit.start) != b'"' || hit.start < read || page.is_test_code() {
        return;
    }
    let from = hit.start.saturating_sub(BEFORE).max(read);
    let open = memchr::memrchr2(b'{', b'}', &page.bytes[from..hit.start]).map_or(from, |at| from + at);
    let stop = page.bytes.len().min(hit.end + BEHIND);
    let close = memchr::memchr2(b'{', b'}', &page.bytes[hit.end..stop]).map_or(stop, |at| hit.end + at);
    page.object_end.set(close);
    let object = page.slice(open..close);
    for quote in memchr::memchr_iter(b'"', object) {
        let start = match &object[quote..] {
            [b'"', b'd' | b'k', b'"', b':', ..] => quote + 4,
            [b'"', b'd' | b'k', b'\\', b'"', b':', ..] => quote + 5,
            _ => continue,
        };
        let blank = object[start..]
            .iter()
            .take_while(|byte| b" \t\\\"".contains(byte))
            .count();
        let key = open + start + blank;
        let end = run_end(page.bytes, key, TOKEN, BEHIND);
        let closes = page.bytes[end..].iter().find(|byte| **byte != b'\\') == Some(&b'"');
        if blank > 0 && end - key >= SHORTEST && closes && !is_documented_secret(page.text(key..end)) {
            out.add(&PRIVATE_KEY, key..end, Confidence::High);
        }
    }
}
