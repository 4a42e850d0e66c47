//! Names of machines inside a company.

use super::{Family, Hit, Word};
use crate::classes::{ALNUM, DIGIT, UPPER, is};
use crate::page::{Findings, Page};
use crate::registry::{Info, Standing};
use weir_model::{Category, Confidence};

/// The family.
pub(super) struct Hosts;

/// A host or address that only resolves inside.
pub(super) static INTERNAL_HOST: Info = Info::new(
    "business/internal_host",
    "Internal host",
    Category::Business,
    Standing::Surrounding,
)
.from(
    "any",
    "RFC 6762 appendix G, RFC 8375, ICANN's `.internal`; `intra.`, `corp.` and the like below public names",
)
.found_in(&[
    "see https://billing-api.fra.tidewaterlabs.lan/job/deploy/355/console",
    "on host redis-cache-3.prod.redpineco.internal",
    "ssh ci-runner7.intra.acornfield.com",
    "https://jenkins7.int.acornfield.com/job/x",
    "\\\\fileserver01.corp.acme.local\\share",
    "map \\\\fs-muc-02\\finance$\\2025 as F:",
    "open http://intranet/hr/forms",
    "restart db.weir.lan then tail the log on sap.weir.local",
])
.not_in(&[
    "host.docker.internal",
    "metadata.google.internal",
    "this.internal",
    "config.local",
    ".env.local",
    "settings.local.json",
    "com.example.internal.Foo",
    "use crate.internal.util",
    "printer.local",
    "tail the log on sap.weir.local",
    "acme.corp",
    "https://www.who.int./data",
    "www.itu.int. Then",
    "std.int.from",
    "the internal. And then",
    "db.example.internal",
    "section .data.rel.ro.local which",
    "\\\\server\\share",
    "\\\\.\\pipe\\docker_engine",
    "a \\\\ b \\\\ c",
    "http://intranet.example.com/",
]);

impl Family for Hosts {
    fn infos(&self) -> Vec<&'static Info> {
        vec![&INTERNAL_HOST]
    }

    fn words(&self) -> Vec<Word> {
        [
            "internal",
            "local",
            "lan",
            "corp",
            "intra",
            "intranet",
            "localdomain",
            "priv",
            "private",
            "home.arpa",
            INTEGRATION,
        ]
        .into_iter()
        .map(Word::any_case)
        .collect()
    }

    fn word(&self, page: &Page<'_>, hit: Hit, out: &mut Findings) {
        if page.slice(hit.start.saturating_sub(3)..hit.start) == b"://" {
            portal(page, hit, out);
            return;
        }
        let mut hit = hit;
        if page.before(hit.end) == b'.' {
            if !is(page.byte(hit.end), ALNUM) {
                return;
            }
            hit.end -= 1;
        }
        let inside = |byte: u8| is(byte, ALNUM) || matches!(byte, b'.' | b'-');
        if page.before(hit.start) != b'.'
            || is(page.byte(hit.end), ALNUM)
            || matches!(page.byte(hit.end), b'_' | b'(' | b'-' | b'@')
        {
            return;
        }
        let mut start = hit.start;
        while start > 0 && hit.start - start < 200 && inside(page.byte(start - 1)) {
            start -= 1;
        }
        let mut end = hit.end;
        while end < page.bytes.len() && end - hit.end < 200 && inside(page.byte(end)) {
            end += 1;
        }
        while end > hit.end && matches!(page.byte(end - 1), b'.' | b'-') {
            end -= 1;
        }
        while start < hit.start && matches!(page.byte(start), b'.' | b'-') {
            start += 1;
        }
        let linked = page.slice(start.saturating_sub(3)..start) == b"://" || page.before(start) == b'@';
        let named = linked || page.slice(start..hit.start - 1).contains(&b'.') && is_behind_host(start, out);
        if page.byte(end) == b'('
            || page.slice(start..end).eq_ignore_ascii_case(b"localhost.localdomain")
            || page.before(start) == b'.'
            || matches!(page.before(start), b'_' | b'$' | b'#')
            || !is_internal(page, start, hit, end, named)
        {
            return;
        }
        let (start, end) = if page.slice(start.saturating_sub(3)..start) == b"://" {
            whole_link(page, start, end)
        } else {
            (start, end)
        };
        if out
            .0
            .last()
            .is_none_or(|found| !std::ptr::eq(found.info, &raw const INTERNAL_HOST) || found.span.end <= start)
        {
            out.add(&INTERNAL_HOST, start..end, Confidence::High);
        }
    }
}

/// True where a host was named shortly before: of two words, `sap.weir.local` is a host and may be a key elsewhere.
fn is_behind_host(start: usize, out: &Findings) -> bool {
    const NEAR: usize = 120;
    let is_near = |found: &crate::page::Found| {
        std::ptr::eq(found.info, &raw const INTERNAL_HOST) && found.span.end + NEAR > start
    };
    out.0.iter().rev().take(4).any(is_near)
}

/// A name between others: as the last one it is a public domain, and alone a type.
const INTEGRATION: &str = "int.";

fn is_internal(page: &Page<'_>, start: usize, hit: Hit, end: usize, linked: bool) -> bool {
    const TOPS: &[&str] = &[
        "com", "net", "org", "io", "de", "fr", "uk", "eu", "co", "nl", "it", "es", "ch", "at", "pl", "se", "dev",
        "cloud", "tech", "ai", "app", "biz", "info", "us", "ca", "au", "jp", "in", "br", "cn",
    ];
    const KNOWN: &[&str] = &[
        "host.docker.internal",
        "gateway.docker.internal",
        "metadata.google.internal",
        "kubernetes.default.svc.cluster.local",
        "kubernetes.docker.internal",
        "example.internal",
        "example.local",
        "example.lan",
        "example.corp",
    ];
    let host = page.text(start..end).to_ascii_lowercase();
    let labels: Vec<&str> = host.split('.').collect();
    let before = page.text(start..hit.start.saturating_sub(1));
    let hosty = before.bytes().any(|byte| is(byte, DIGIT) || byte == b'-');
    let cased = page.slice(start..end).iter().any(|byte| is(*byte, UPPER)) && !linked && !hosty;
    if KNOWN.iter().any(|known| host.ends_with(known))
        || labels.iter().any(|label| label.is_empty() || *label == "example")
        || cased
    {
        return false;
    }
    let word = page.text(hit.start..hit.end).to_ascii_lowercase();
    if hit.end == end {
        let depth = before.split('.').count();
        return match word.as_str() {
            "private" | "priv" | "intra" | "intranet" => linked,
            "local" | "internal" => linked || hosty || depth >= 3,
            _ => linked || hosty || depth >= 2,
        };
    }
    let public = labels.last().is_some_and(|top| TOPS.contains(top)) && word != "local" && word != "home.arpa";
    public && (linked || hosty || labels.len() >= 4) && labels.first() != Some(&"com") && labels.first() != Some(&"org")
}

/// `http://intranet/hr`: a name that only resolves inside.
fn portal(page: &Page<'_>, hit: Hit, out: &mut Findings) {
    let alone = matches!(page.byte(hit.end), b'/' | b':' | b' ' | b'\n' | b'"' | b'<' | b')');
    if alone
        && page
            .slice(hit.start..hit.end)
            .to_ascii_lowercase()
            .starts_with(b"intra")
    {
        let (start, end) = whole_link(page, hit.start, hit.end);
        out.add(&INTERNAL_HOST, start..end, Confidence::Medium);
    }
}

/// `\\fs-muc-02\finance$`: a share of a file server.
pub(super) fn share(page: &Page<'_>, at: usize, out: &mut Findings) {
    const NOBODY: &[&str] = &[
        "server",
        "servername",
        "host",
        "hostname",
        "computer",
        "computername",
        "machine",
        "localhost",
        "wsl",
        "wsl.localhost",
        "tsclient",
        "fileserver",
    ];
    const SERVERS: &[&str] = &[
        "srv", "fs", "file", "nas", "dc", "share", "storage", "data", "filer", "print", "dfs",
    ];
    if page.byte(at + 1) != b'\\' || page.before(at) == b'\\' {
        return;
    }
    let named = |from: usize, more: &[u8]| {
        from + page
            .slice(from..from + 64)
            .iter()
            .take_while(|byte| is(**byte, ALNUM) || more.contains(byte))
            .count()
    };
    let end = named(at + 2, b".-_");
    let host = page.text(at + 2..end).to_ascii_lowercase();
    let folder = named(end + 1, b".-_$");
    if page.byte(end) != b'\\' || folder == end + 1 || host.len() < 3 || !is(page.byte(at + 2), ALNUM) {
        return;
    }
    let telling = host.bytes().any(|byte| is(byte, DIGIT) || byte == b'-')
        || SERVERS.iter().any(|server| host.starts_with(server));
    let nobody = NOBODY.contains(&host.as_str())
        || host.contains("example")
        || host.contains('.') && host.bytes().all(|byte| is(byte, DIGIT) || byte == b'.');
    if telling && !nobody {
        let mut stop = folder;
        while page.byte(stop) == b'\\' && named(stop + 1, b".-_$") > stop + 1 && stop - at < 256 {
            stop = named(stop + 1, b".-_$");
        }
        out.add(&INTERNAL_HOST, at..stop, Confidence::Medium);
    }
}

/// The link around a host, user information left out.
fn whole_link(page: &Page<'_>, host: usize, end: usize) -> (usize, usize) {
    let mut start = host - 3;
    while start > 0 && host - start < 16 && page.byte(start - 1).is_ascii_alphabetic() {
        start -= 1;
    }
    let mut to = end;
    while to < page.bytes.len()
        && to - end < 512
        && !b" \"'`<>\n\r\t|\\{}".contains(&page.byte(to))
        && page.byte(to) < 0x80
    {
        to += 1;
    }
    while to > end && b".,;:)]!?".contains(&page.byte(to - 1)) {
        to -= 1;
    }
    (start, to)
}
