//! E-mail addresses and network addresses.

use crate::classes::{ALNUM, DIGIT, HEX, HIGH, JOIN, LETTER, SPACE, is, run_end, run_start};
use crate::context::Context;
use crate::evidence::{contains, distinct};
use crate::page::{Findings, Page};
use crate::phrases::{Index, Sorted};
use crate::registry::{Info, Standing};
use crate::sweep::{Number, Token, follows_line_escape};
use std::net::{Ipv4Addr, Ipv6Addr};
use weir_model::{Category, Confidence};

/// What the family finds.
pub(super) static INFOS: [&Info; 3] = [&EMAIL, &IP_ADDRESS, &MAC_ADDRESS];

/// An e-mail address.
pub(super) static EMAIL: Info = Info::new(
    "personal/email",
    "E-mail address",
    Category::Personal,
    Standing::Surrounding,
)
.from("any", "RFC 5321; addresses reserved by RFC 2606 are not findings")
.found_in(&[
    "write to ada.weir@tidewater.io today",
    "<j_doe48@mail.corp.de>",
    "mailto:o'neill+x@sub.domain.co.uk",
    "电邮ada@tidewater.cn。",
    "andré.weiß@müller-söhne.de",
    "write to ada.weir [at] tidewater dot io",
    "иван@почта.рф",
])
.not_in(&[
    "write to user@example.com",
    "git@github.com:org/repo.git",
    "logo@2x.png",
    "pkg@1.2.3",
    "a@b",
    "@decorator.name",
    "me@localhost",
    "x@test.invalid",
    "scp a.txt deploy@host7.tidewater.io:/srv/www",
    "ssh deploy@erp1.intra.tidewater.io and look",
    "your.name@gmail.com",
    "Message-ID: <CAB7x81@mail.tidewater.io>",
    "meet [at] noon",
    "meet [at]",
    "npm i @scope/pkg@1.2.3",
]);

/// An internet address that belongs to someone.
pub(super) static IP_ADDRESS: Info = Info::new(
    "personal/ip_address",
    "Public IP address",
    Category::Personal,
    Standing::Surrounding,
)
.from(
    "any",
    "RFC 791, RFC 4291; private, documentation and well-known addresses are not findings",
)
.found_in(&[
    "login from 65.173.159.240 ok",
    "2404:ef50:5410:e59b:f360:4573:4f7:c647",
    "host 2a03:2880:f12f:83::25de",
    "src=91.198.174.192:443",
    "scp build.tgz ops@91.198.174.192:/srv",
    "23.45.12.9 - - [12/Oct/2026:13:55:36 +0000] \"GET / HTTP/1.1\" 200 4112",
    "tcp  0  0 2404:ef50:5410:e59b:f360:4573:4f7:c647:443  ESTABLISHED",
])
.not_in(&[
    "ping 192.0.2.99",
    "10.1.2.3",
    "192.168.0.1",
    "version 65.173.159.240",
    "v4.12.3.1",
    "8.8.8.8",
    "2001:db8::1",
    "::1",
    "fe80::1",
    "std::vec::Vec",
    "10:20:30",
    "1.2.3.4.5",
    "300.1.2.3",
]);

/// The address of a network card.
pub(super) static MAC_ADDRESS: Info = Info::new(
    "personal/mac_address",
    "MAC address",
    Category::Personal,
    Standing::Surrounding,
)
.from("any", "IEEE 802; EUI-48")
.found_in(&[
    "mac 30:d1:7e:18:0a:17",
    "30-D1-7E-18-0A-17",
    "wifi AC:DE:48:23:45:67.",
    "interface 30d1.7e18.0a17 up",
    "MAC address: 30D17E180A17",
])
.not_in(&[
    "00:00:00:00:00:00",
    "ff:ff:ff:ff:ff:ff",
    "fingerprint 30:d1:7e:18:0a:17:22:33",
    "00:00:5E:00:53:01",
    "00:1A:2B:3C:4D:5E",
    "10:20:30:40:50",
    "commit 30d17e180a17",
    "range 30d1.7e18",
]);

/// An `@`: the address around it.
pub(super) fn email(page: &Page<'_>, at: usize, out: &mut Findings) {
    let mut start = local_start(page, at);
    // A key or an opening quote glued to the address: `email=ada@…`, `'ada@…`.
    if let Some(cut) = page
        .slice(start..at)
        .iter()
        .rposition(|byte| b"=/?&{|*`'$".contains(byte))
        .filter(|cut| start + cut + 1 < at)
    {
        let apostrophe = page.byte(start + cut) == b'\'' && cut > 0;
        start += if apostrophe { 0 } else { cut + 1 };
    }
    if follows_line_escape(page.bytes, start + 1) && start + 1 < at {
        start += 1;
    }
    let end = domain_end(page, at + 1);
    if start == at || page.before(at) == b'.' {
        return;
    }
    let (name, domain) = (page.text(start..at), page.text(at + 1..end));
    // `deploy@host.io:/srv` is a place to copy to.
    let remote = page.byte(end) == b':' && matches!(page.byte(end + 1), b'/' | b'~');
    if is_mail_domain(domain)
        && !is_nobody(name, domain)
        && page.byte(end) != b'('
        && !remote
        && !is_login(page, start, domain)
        && !is_message_id(page, start)
    {
        out.add(&EMAIL, start..end, Confidence::High);
        super::auth::beside_mail(page, end, out);
    }
}

/// `ssh deploy@db1.corp.internal`, `https://9f3c…@o1.ingest.io/2`: somebody at a machine, and no mailbox.
fn is_login(page: &Page<'_>, start: usize, domain: &str) -> bool {
    const REACH: usize = 48;
    const COMMANDS: [&[u8]; 4] = [b"ssh ", b"scp ", b"sftp ", b"rsync "];
    const INSIDE: [&str; 4] = [".internal", ".local", ".lan", ".corp"];
    let word = page.slice(start.saturating_sub(REACH)..start);
    let word = word
        .rsplit(|byte| is(*byte, SPACE) || b"\"'<>(,".contains(byte))
        .next()
        .unwrap_or(word);
    // The name, or the password, in an address.
    let address = memchr::memmem::find(word, b"://").map(|at| &word[at + 3..]);
    if address.is_some_and(|authority| !authority.contains(&b'/')) {
        return true;
    }
    // `…corp.acme.io`: a name that only resolves inside, below a public one.
    const BELOW: [&str; 3] = [".intra.", ".corp.", ".int."];
    let inside = INSIDE.iter().any(|end| domain.ends_with(end)) || BELOW.iter().any(|part| domain.contains(part));
    inside && {
        let line = page.slice(page.line_start(start, REACH)..start);
        COMMANDS.iter().any(|command| contains(line, command))
    }
}

/// `Message-ID: <CAB…@mail.gmail.com>` names a mail, and nobody.
fn is_message_id(page: &Page<'_>, start: usize) -> bool {
    if page.before(start) != b'<' {
        return false;
    }
    let from = page.line_start(start, 24);
    let before = page.slice(from..start).to_ascii_lowercase();
    [&b"message-id:"[..], b"in-reply-to:", b"references:", b"content-id:"]
        .iter()
        .any(|header| before.starts_with(header))
}

/// Where the part before the `@` begins. Letters outside ASCII belong to it when they stand apart from other words:
/// Chinese and Japanese run into the address.
fn local_start(page: &Page<'_>, at: usize) -> usize {
    let local = |byte: u8| is(byte, ALNUM) || b"._%+-'!#$&*/=?^`{|}~".contains(&byte);
    let mut start = at;
    while start > 0 && at - start < 65 && local(page.byte(start - 1)) {
        start -= 1;
    }
    let head = &page.text[..start];
    let accented = head
        .chars()
        .rev()
        .take(24)
        .take_while(|letter| ('\u{C0}'..'\u{530}').contains(letter) || letter.is_ascii_alphanumeric());
    start -= accented.map(char::len_utf8).sum::<usize>();
    while start < at && !is(page.byte(start), ALNUM | HIGH) {
        start += 1;
    }
    start
}

/// The end of a domain, whose labels may be of any alphabet.
fn domain_end(page: &Page<'_>, start: usize) -> usize {
    let rest = page.text.get(start..).unwrap_or("");
    let mut end = start;
    for (place, letter) in rest.char_indices().take(254) {
        let alphabetic = letter.is_ascii_alphanumeric() || letter.is_alphabetic() && letter < '\u{2E80}';
        if !alphabetic && !matches!(letter, '.' | '-') {
            break;
        }
        if alphabetic {
            end = start + place + letter.len_utf8();
        }
    }
    end
}

/// Words that stand for `@` so that no program finds the address: `ada [at] tidewater dot io`.
pub(super) const DISGUISES: [&str; 2] = ["at]", "at)"];

/// A disguised address around one of [`DISGUISES`].
pub(super) fn disguised(page: &Page<'_>, start: usize, end: usize, out: &mut Findings) {
    if !matches!(page.before(start), b'[' | b'(') {
        return;
    }
    let bracket = start - 1;
    let name_end = bracket.saturating_sub(usize::from(page.before(bracket) == b' '));
    let name_start = run_start(page.bytes, name_end, ALNUM | JOIN, 64);
    let name_start = dotted_start(page, name_start);
    let mut at = end + usize::from(page.byte(end) == b' ');
    let mut labels = 0;
    let mut stop = at;
    loop {
        let label = run_end(page.bytes, at, ALNUM | JOIN, 64);
        if label == at {
            break;
        }
        labels += 1;
        stop = label;
        match DOTS.iter().find(|dot| {
            page.slice(label..label + dot.len())
                .eq_ignore_ascii_case(dot.as_bytes())
        }) {
            Some(dot) => at = label + dot.len(),
            None => break,
        }
    }
    // Without a label behind it, the mark may be the end of the text.
    if labels < 2 {
        return;
    }
    let top = page.text(run_start(page.bytes, stop, LETTER, 24)..stop);
    if name_end > name_start && (2..=12).contains(&top.len()) && is(page.byte(name_start), ALNUM) {
        out.add(&EMAIL, name_start..stop, Confidence::Medium);
    }
}

const DOTS: [&str; 8] = [".", " dot ", " [dot] ", "[dot]", " (dot) ", "(dot)", " . ", "{dot}"];

/// Back over `ada.` in `ada.weir [at]`.
fn dotted_start(page: &Page<'_>, mut start: usize) -> usize {
    while page.before(start) == b'.' && start >= 2 && is(page.byte(start - 2), ALNUM) {
        start = run_start(page.bytes, start - 1, ALNUM | JOIN, 64);
    }
    start
}

fn is_mail_domain(domain: &str) -> bool {
    static FILES: &Index = &Sorted::by_start([
        "png", "jpg", "jpeg", "gif", "svg", "webp", "css", "js", "ts", "tsx", "jsx", "json", "html", "mjs", "cjs",
        "scss", "ico", "pdf", "zip", "gz", "yml", "yaml", "tgz",
    ]);
    let Some((rest, top)) = domain.rsplit_once('.') else {
        return false;
    };
    let labels = rest
        .split('.')
        .all(|label| !label.is_empty() && label.len() < 64 && !label.starts_with('-') && !label.ends_with('-'));
    let top_ok = (2..=24).contains(&top.len()) && top.chars().all(char::is_alphabetic);
    labels && top_ok && !FILES.has(&top.to_ascii_lowercase())
}

/// Tops of domains that nobody has.
static NOBODYS_TOPS: &Index = &Sorted::by_start(["example", "test", "invalid", "localhost", "local", "localdomain"]);

/// Domains that stand in documentation.
static NOBODYS_DOMAINS: &Index = &Sorted::by_end([
    "example.com",
    "example.org",
    "example.net",
    "example.edu",
    "domain.com",
    "email.com",
    "yourdomain.com",
    "yourcompany.com",
    "company.com",
    "test.com",
    "host.com",
    "acme.com",
    "users.noreply.github.com",
    "foo.com",
    "bar.com",
    "mydomain.com",
    "your-domain.com",
    "example.de",
    "example.co.uk",
]);

/// Names that stand for any name.
static NOBODYS_NAMES: &Index = &Sorted::by_start([
    "your.email",
    "your-email",
    "your_email",
    "youremail",
    "yourname",
    "your.name",
    "your_name",
    "your-name",
    "username",
    "user.name",
    "firstname.lastname",
    "first.last",
    "someone",
    "name",
    "you",
    "email",
    "user",
    "foo",
    "example",
    "xxx",
    "john.doe",
    "jane.doe",
    "johndoe",
    "janedoe",
    "first.lastname",
    "max.mustermann",
    "nobody",
]);

/// Senders: nobody reads what is sent there.
static UNREAD: &Index = &Sorted::by_start([
    "noreply",
    "no-reply",
    "no_reply",
    "donotreply",
    "do-not-reply",
    "do_not_reply",
    "mailer-daemon",
    "postmaster",
]);

/// Addresses of nobody: reserved names, version control, automatic senders in documentation.
fn is_nobody(name: &str, domain: &str) -> bool {
    let domain = domain.to_ascii_lowercase();
    let top = domain.rsplit('.').next().unwrap_or("");
    let reserved = NOBODYS_TOPS.has(top)
        || domain.split('.').any(|label| label == "example")
        || NOBODYS_NAMES.has(&name.to_ascii_lowercase())
        || UNREAD.has(&name.to_ascii_lowercase())
        || NOBODYS_DOMAINS.ending(domain.as_bytes()).any(|known| {
            let head = &domain[..domain.len() - known.len()];
            head.is_empty() || head.ends_with('.')
        });
    reserved || name.eq_ignore_ascii_case("git") || (name == "hg" || name == "svn") && domain.contains("bitbucket")
}

/// Four groups with dots between.
pub(super) fn ipv4(page: &Page<'_>, number: &Number, out: &mut Findings) {
    if number.count() < 4 {
        return;
    }
    for first in 0..=number.count() - 4 {
        let (start, end) = (number.group(first).0, number.group(first + 3).1);
        let dotted = (first..first + 3).all(|at| page.byte(number.group(at).1) == b'.');
        let continued =
            first > 0 && page.before(start) == b'.' || page.byte(end) == b'.' && is(page.byte(end + 1), ALNUM);
        let before = page.before(start);
        let glued =
            (is(before, ALNUM) || matches!(before, b'_' | b'-' | b'.')) && !follows_line_escape(page.bytes, start);
        if !dotted || continued || glued || is(page.byte(end), ALNUM) || page.byte(end) == b'_' {
            continue;
        }
        let Ok(address) = page.text(start..end).parse::<Ipv4Addr>() else {
            continue;
        };
        // `91.198.174.0/24` is a network and nobody's.
        let network = address.octets()[3] == 0 && page.byte(end) == b'/';
        if network || !is_public_v4(address) {
            continue;
        }
        let context = Context::of(page, start, end);
        // Small numbers only are object identifiers, sections and versions more often than addresses.
        let small = address.octets().iter().all(|octet| *octet < 64) && context.find(ADDRESSES).is_none();
        // Behind an `@` stands a host, whatever is copied there: `scp build.tgz ops@…`. Who asked a web server begins a
        // line of its log.
        let host = before == b'@' || page.slice(end..end + LOGGED.len()) == LOGGED;
        if host || !small && !context.close(VERSIONS, 24) {
            out.add(&IP_ADDRESS, start..end, Confidence::High);
        }
    }
}

/// What stands behind the address in the log of a web server: nobody has said who it is.
const LOGGED: &[u8] = b" - - [";

const ADDRESSES: &[&str] = &[
    "ip",
    "host",
    "address",
    "addr",
    "server",
    "client",
    "from",
    "ping",
    "ssh",
    "src",
    "dst",
    "peer",
    "remote",
    "login",
    "firewall",
    "ips",
    "ipv4",
    "adresse",
    "dirección",
];

const VERSIONS: &[&str] = &[
    "version",
    "ver",
    "v",
    "release",
    "build",
    "assembly",
    "firmware",
    "section",
    "chapter",
    "oid",
    "rev",
    "upgrade from",
    "upgraded from",
    "upgrade to",
    "upgraded to",
    "downgrade to",
    "update from",
    "updated from",
    "update to",
    "updated to",
];

fn is_public_v4(address: Ipv4Addr) -> bool {
    const KNOWN: [[u8; 4]; 16] = [
        [1, 1, 1, 2],
        [9, 9, 9, 10],
        [149, 112, 112, 112],
        [94, 140, 14, 14],
        [94, 140, 15, 15],
        [185, 228, 168, 9],
        [8, 8, 8, 8],
        [8, 8, 4, 4],
        [1, 1, 1, 1],
        [1, 0, 0, 1],
        [9, 9, 9, 9],
        [1, 2, 3, 4],
        [4, 4, 4, 4],
        [208, 67, 222, 222],
        [208, 67, 220, 220],
        [168, 63, 129, 16],
    ];
    let octets = address.octets();
    let special = address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_documentation()
        || address.is_multicast();
    let shared = octets[0] == 100 && (64..128).contains(&octets[1]) || octets[0] == 198 && matches!(octets[1], 18 | 19);
    !special && !shared && octets[0] != 0 && octets[0] < 224 && octets[2..] != [0, 0] && !KNOWN.contains(&octets)
}

/// A colon between hex digits: a MAC address or the first colon of an IPv6 address.
pub(super) fn colons(page: &Page<'_>, at: usize, out: &mut Findings) {
    let start = run_start(page.bytes, at, HEX, 5);
    if at - start > 4
        || start == at
        || matches!(page.before(start), b':' | b'_')
        || is(page.before(start), ALNUM) && !follows_line_escape(page.bytes, start)
    {
        return;
    }
    let mut end = at;
    while end < page.bytes.len() && end - start < 48 && (is(page.byte(end), HEX) || page.byte(end) == b':') {
        end += 1;
    }
    while end > at && page.byte(end - 1) == b':' && page.byte(end.wrapping_sub(2)) != b':' {
        end -= 1;
    }
    if is(page.byte(end), ALNUM) || page.byte(end) == b'_' {
        return;
    }
    // Lists of connections write the port as one more group.
    if page.slice(start..end).iter().filter(|byte| **byte == b':').count() == 8
        && let Some(port) = memchr::memrchr(b':', page.slice(start..end))
    {
        end = start + port;
    }
    let text = page.text(start..end);
    if text.len() == 17 && at - start == 2 {
        mac(page, start, end, out);
    } else if text.bytes().filter(|byte| *byte == b':').count() >= 3
        && text.bytes().any(|byte| byte.is_ascii_digit())
        && let Ok(address) = text.parse::<Ipv6Addr>()
        && is_public_v6(address)
    {
        out.add(&IP_ADDRESS, start..end, Confidence::High);
    }
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let head = address.segments();
    let documentation = head[0] == 0x2001 && head[1] == 0xdb8 || head[0] == 0x3fff;
    let known = head[..4] == [0x2001, 0x4860, 0x4860, 0] || head[..4] == [0x2606, 0x4700, 0x4700, 0];
    head[0] & 0xe000 == 0x2000 && !documentation && !known
}

/// A token with dashes: `30-D1-7E-18-0A-17`.
pub(super) fn dashed_mac(page: &Page<'_>, token: Token, out: &mut Findings) {
    if token.len() == 17
        && page
            .slice(token.start..token.end)
            .iter()
            .enumerate()
            .all(|(at, byte)| if at % 3 == 2 { *byte == b'-' } else { is(*byte, HEX) })
    {
        mac(page, token.start, token.end, out);
    }
}

/// `30d1.7e18.0a17` as switches print it, and twelve digits behind their name.
pub(super) fn bare_mac(page: &Page<'_>, token: Token, out: &mut Findings) {
    let hex = |range: std::ops::Range<usize>| {
        range.end <= page.bytes.len() && page.slice(range).iter().all(|byte| is(*byte, HEX))
    };
    let span = match token.len() {
        4 => {
            let back = if page.before(token.start) == b'.' && token.start >= 5 && hex(token.start - 5..token.start - 1)
            {
                5
            } else {
                0
            };
            let start = token.start - back;
            let dotted = page.byte(start + 4) == b'.' && page.byte(start + 9) == b'.';
            (dotted && hex(start..start + 4) && hex(start + 5..start + 9) && hex(start + 10..start + 14))
                .then_some(start..start + 14)
        }
        12 if hex(token.start..token.end) => {
            let context = Context::of(page, token.start, token.end);
            context
                .close(
                    &["mac", "mac address", "hwaddr", "bssid", "ethernet", "mac adresse"][..],
                    24,
                )
                .then_some(token.start..token.end)
        }
        _ => None,
    };
    let Some(span) = span else { return };
    let open_before = is(page.before(span.start), ALNUM | JOIN) || page.before(span.start) == b'.';
    let after = page.byte(span.end);
    let open_after = is(after, ALNUM | JOIN) || after == b'.' && is(page.byte(span.end + 1), ALNUM);
    if !open_before && !open_after && distinct(page.slice(span.clone())) > 4 {
        out.add(&MAC_ADDRESS, span, Confidence::Medium);
    }
}

fn mac(page: &Page<'_>, start: usize, end: usize, out: &mut Findings) {
    let text = page.slice(start..end);
    let separator = text[2];
    let shaped = text.iter().enumerate().all(|(at, byte)| {
        if at % 3 == 2 {
            *byte == separator
        } else {
            is(*byte, HEX)
        }
    });
    let hex: Vec<u8> = text
        .iter()
        .filter(|byte| is(**byte, HEX))
        .map(u8::to_ascii_lowercase)
        .collect();
    let nobody = distinct(&hex) < 3
        || hex.starts_with(b"00005e0053")
        || hex == b"001122334455"
        || hex == b"aabbccddeeff"
        || hex == b"0123456789ab"
        || hex == b"001a2b3c4d5e"
        || hex == b"123456789abc"
        || hex == b"deadbeefcafe";
    let decimal_time = hex.iter().all(u8::is_ascii_digit)
        && separator == b'-'
        && run_end(&hex, 0, DIGIT, 12) == 12
        && hex.starts_with(b"20");
    if shaped && !nobody && !decimal_time {
        out.add(&MAC_ADDRESS, start..end, Confidence::High);
    }
}
